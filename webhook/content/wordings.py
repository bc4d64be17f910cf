"""Wordings: fixed lines that lead the caller to an answer, or ask two things at once.

Only questions are looked at, by plain patterns for each language we know; a text in another language is left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.findings import Problem
from webhook.content.prompts import is_prompt_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.content.document import TextDoc
    from webhook.content.draft import Draft
    from webhook.content.source import Place
    from webhook.interview.flow import Flow, Text

_QUESTION = re.compile(r"[^.!?？]*[?？]")
_NOT = r"(?:do|does|did|would|is|are|was|were|have|has|can|could|will|should)(?:n['’]t| not)"
_ASKED_OPENLY = r"(?<!why )(?<!what )(?<!where )(?<!when )(?<!who )(?<!which )(?<!how )(?<!if )"
_DOES = r"(?:do|does|did|are|is|was|were|would|will|can|could|have|has|should|might)"


@dataclass(frozen=True, kw_only=True)
class _Patterns:
    """What a question should not hold, in one language."""

    leading: re.Pattern[str]
    double: re.Pattern[str]


def _either(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


_BY_LANGUAGE = {
    "en": _Patterns(
        leading=_either(
            rf"{_ASKED_OPENLY}\b{_NOT} (?:you|it|that|they|we|this|there)\b",
            r"\bwon['’]t (?:you|it|they)\b",
            r"\bsurely\b",
            r"\bobviously\b",
            r"(?:^\s*(?:so |and |but |then )?|, )you must\b",
            r", (?:right|correct|no|yes)(?=\s*\?)",
        ),
        double=_either(
            r"\band (?:how|why|what)\b",
            r"\bor (?:how|why)\b",
            r"\b(?:how|why|what|when|where|who) (?:and|or) (?:how|why|what|when|where|who)\b",
            rf"\band (?:when|where|who|which) {_DOES}\b",
            rf"\band {_DOES} (?:you|your|they|he|she|it|we|there|that|this)\b",
        ),
    ),
    "de": _Patterns(
        leading=_either(
            r"\bnicht wahr\b",
            r"\b(?:finden|meinen|denken|glauben) Sie nicht\b(?: auch\b)?",
            r"\b(?:findest|meinst|denkst|glaubst) du nicht\b(?: auch\b)?",
            r"\boder nicht(?=\s*\?)",
            r", oder(?=\s*\?)",
            r"\b(?:doch sicher|sicherlich|bestimmt auch)\b",
        ),
        double=_either(
            r"\bund (?:wie|warum|wieso|weshalb|was|wofür|woran)\b",
            r"\b(?:wie|warum|was|wann|wo|wer) und (?:wie|warum|was|wann|wo|wer)\b",
            r"\bund (?:wo|wann|wer|wen|wem|womit|welche[rsnm]?)\b",
            r"\b(?:Sie|du|ihr)\b.*?(?P<second>\bund \w+ (?:Sie|du|ihr)\b)",
        ),
    ),
}


def check_wordings(draft: Draft, flow: Flow) -> None:
    """Warn of the questions in `fallback` and `say`."""
    for name, topic in draft.doc.topics.items():
        for key, written, text in (
            ("fallback", topic.fallback, flow.topics[name].fallback),
            ("say", topic.say, flow.topics[name].say),
        ):
            if written is not None and text is not None and not draft.is_mended("topics", name, key):
                _check_text(draft, ("topics", name, key), written, text)


def _check_text(draft: Draft, place: Place, written: TextDoc, text: Text) -> None:
    for language, template in text.by_language.items():
        value = written if isinstance(written, str) else written.get(language, "")
        here = place if isinstance(written, str) else (*place, language)
        file = str(draft.folder.path_of(value)) if is_prompt_file(value) else None
        draft.note_problems(here, template.source, problems_in(template.source, language), file=file)


def problems_in(text: str, language: str) -> Iterator[Problem]:
    """What is wrong with the questions of one text."""
    patterns = _BY_LANGUAGE.get(language.split("-", maxsplit=1)[0].lower())
    if patterns is None:
        return
    # Line ends become spaces, one for one, so that offsets stay true.
    for question in _QUESTION.finditer(re.sub(r"\s", " ", text)):
        for rule, pattern, message in (
            ("leading-question", patterns.leading, "leads the caller to an answer: ask so that any answer is as easy"),
            ("double-question", patterns.double, "asks two things at once: callers answer one of them"),
        ):
            found = pattern.search(question[0])
            if found is not None:
                part = "second" if found.groupdict().get("second") else 0
                words = found[part].strip(" ,")
                offset = question.start() + found.start(part) + found[part].index(words)
                yield Problem(
                    offset=offset, rule=rule, message=f'"{words}" {message}', snippet=words, severity="warning"
                )
