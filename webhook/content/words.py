"""Words: texts of a flow in each of its languages, from the file itself or from a prompt file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webhook.content.findings import closest
from webhook.content.parts import called
from webhook.content.prompts import PREFIX, is_prompt_file
from webhook.content.templates import compile_template
from webhook.errors import ContentError
from webhook.interview.flow import PlainTemplate, Template, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webhook.content.draft import Draft
    from webhook.content.source import Place

LONGEST_QUESTION = 25
"""Words in a fallback: what a listener keeps in mind."""
_QUESTION_MARKS = "?？؟"
_PATH = re.compile(
    r"(?:\.{0,2}|~|[A-Za-z]:)[/\\]\S+"  # /etc/passwd, ./age.md, ..\age.md, ~/age.md, C:\age.md
    r"|\S+[/\\]\S*\.\w{1,5}"  # Prompts/age.md, texts/age.txt
    r"|\S+\.(?:md|markdown|txt|ya?ml)"  # age.md
)
"""One word that names a file; `and/or` and `24/7` do not."""


def known_names(slots: Iterable[str]) -> frozenset[str]:
    """What a template may name."""
    return frozenset({f"slots.{name}" for name in slots} | {"time.minutes_left", "persona.name", "language"})


class Wording:
    """Turns the texts of one draft into `Text` values; findings go into the draft."""

    def __init__(self, draft: Draft, slots: Iterable[str]) -> None:
        self._draft = draft
        self._languages = list(dict.fromkeys(draft.doc.languages))
        self._names = known_names({*slots, *draft.lost_slots})

    def spoken(self, place: Place, value: str | dict[str, str]) -> Text:
        """Words that are spoken as they stand: they must be there in each language."""
        if isinstance(value, str) and len(self._languages) > 1:
            others = " and ".join(f"`{language}`" for language in self._languages[1:])
            message = f"no {others} for `{place[-1]}` in {called(place)}: write one text for each language"
            self._draft.note("missing-language", place, message)
        return self.brief(place, value)

    def brief(self, place: Place, value: str | dict[str, str]) -> Text:
        """Words for Claude, who knows every language: one text is enough."""
        if isinstance(value, str):
            return Text(by_language={self._languages[0]: self._template(place, value)})
        self._check_languages(place, value)
        texts = {language: self._template((*place, language), text) for language, text in value.items()}
        order = [language for language in self._languages if language in texts]
        return Text(by_language={language: texts[language] for language in order or texts})

    def plain(self, place: Place, value: str) -> str:
        """Words without names in them, perhaps from a prompt file."""
        if not is_prompt_file(value):
            self._check_path(place, value)
            return value
        try:
            return self._draft.folder.read(value)
        except ContentError as refused:
            self._draft.note_problems(place, value, refused.findings)
            return value

    def _template(self, place: Place, value: str) -> Template:
        file = None
        text = value
        if is_prompt_file(value):
            file, text = str(self._draft.folder.path_of(value)), self.plain(place, value)
        else:
            self._check_path(place, value)
        try:
            return compile_template(text, self._names)
        except ContentError as refused:
            self._draft.note_problems(place, text, refused.findings, file=file)
            return PlainTemplate(source=text)

    def _check_path(self, place: Place, value: str) -> None:
        """A name of a file that is none of ours would be spoken as it stands."""
        if value.startswith(PREFIX) and len(value.split()) == 1:
            self._draft.note("prompt-file", place, f"`{value}` looks like a prompt file, but does not end in .md")
        elif _PATH.fullmatch(value.strip()):
            message = f"`{value.strip()}` looks like a file, but is the text itself: a prompt file is `{PREFIX}NAME.md`"
            self._draft.note("prompt-file", place, message, severity="warning")

    def _check_languages(self, place: Place, value: Mapping[str, str]) -> None:
        for language in value:
            if language not in self._languages:
                suggestion = closest(language, self._languages)
                message = f"language `{language}` is not one of `languages`"
                self._draft.note("unknown-language", (*place, language), message, at_key=True, suggestion=suggestion)
        for language in self._languages:
            if language not in value:
                message = f"no `{language}` for `{place[-1]}` in {called(place)}"
                self._draft.note("missing-language", place, message, at_key=True)


def check_question(draft: Draft, place: Place, text: Text, slots: Iterable[str]) -> None:
    """A fallback is one plain question, whatever is known."""
    known = dict.fromkeys(slots, "something")
    for language, template in text.by_language.items():
        here = (*place, language) if len(text.by_language) > 1 else place
        for context in ({}, {"slots": known, "time": {"minutes_left": 5}, "persona": {"name": "A B"}}):
            said = " ".join(template.render(context).split())
            marks = sum(said.count(mark) for mark in _QUESTION_MARKS)
            if marks != 1:
                message = f"the fallback of topic `{place[1]}` should have exactly one question mark, not {marks}"
                draft.note("fallback-question", here, message)
                break
            count = len(said.split())
            if count > LONGEST_QUESTION:
                message = (
                    f"the fallback of topic `{place[1]}` has {count} words; at most {LONGEST_QUESTION} are easy to hear"
                )
                draft.note("fallback-length", here, message, severity="warning")
                break
