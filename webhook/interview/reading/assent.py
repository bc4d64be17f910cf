"""Yes or no, where the whole answer says so and nothing else.

"No" can be good news: after "Is there anything you would like to change?" it means that all is well. So the question
decides which way a bare yes or no points, and it lends its verb ("Do you smoke?": "I do", "I don't smoke").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Assent:
    """How a language says yes and no. Every field is a table of phrases (see `line.any_of`), if not said otherwise."""

    noise: str  #: says nothing wherever it stands ("um")
    yes: str  #: a yes to a question about the caller or the world
    no: str
    yes_tail: str  #: may follow a yes and leaves it one
    no_tail: str
    verb: tuple[str, ...] = ()  #: patterns that find the verb of a question, "do you (smoke)"
    verb_yes: str = ""  #: what says it back, with \1 for that verb
    verb_no: str = ""
    never_said_back: str = ""  #: words of a question that would change a yes
    # a question that asks leave, and the answers that fit only that
    leave: str = ""  #: anywhere in a question
    permit: str = ""
    forbid: str = ""
    # a question whose no agrees, or that asks for changes
    mind: str = ""  #: anywhere in a question: "do you mind"
    change: tuple[str, str] = ("", "")  #: both anywhere in a question: "anything", "change"
    right: str = ""  #: in such a question: it asks both ways at once
    content: str = ""  #: all is well
    nothing_more: str = ""  #: all is well, after a question for changes
    discontent: str = ""  #: anywhere in an answer: something is not right
    # consent: phrases that cannot mean anything else
    plain_yes: str = ""
    polite: str = ""
    agree: str = ""
    agree_tail: str = ""
    disagree: str = ""


_HUMMED = re.compile(r"\b(?:uh|mm|ah)[- ](?:huh|hmm?)\b")
"""A yes that is hummed: "uh-huh", "mm-hm"; elsewhere its parts say nothing."""
_OPENING = frozenset("¿¡")
_LONGEST_QUESTION = 100
"""Tokens of a question that are looked at."""


class _Asks(StrEnum):
    """What a question asks for."""

    FACT = "fact"  #: yes is yes
    CHANGE = "change"  #: "anything to change?": a no is content
    BOTH = "both"  #: "is that right, or is anything wrong?": a bare yes or no says nothing
    MIND = "mind"  #: "do you mind?": a no agrees, a yes says nothing


class _Patterns(NamedTuple):
    asks: _Asks
    yes: re.Pattern[str]
    no: re.Pattern[str]
    content: re.Pattern[str]  #: "that's right"
    discontent: re.Pattern[str]  #: anywhere: "that's wrong"
    both_ways: re.Pattern[str]  #: "yes, that's right", after a question for changes


def read_yes_no(text: str, question: str, assent: Assent) -> bool | None:
    """What the whole answer comes to; None where it is neither, both, or anything more."""
    said = _said(text, assent)
    if not said:
        return None
    patterns = _patterns(question, assent)
    if patterns.content.fullmatch(said):
        return True
    if patterns.both_ways.fullmatch(said):
        return None
    if patterns.discontent.search(f" {said}"):
        return False
    verdicts = {value for value, pattern in ((True, patterns.yes), (False, patterns.no)) if pattern.fullmatch(said)}
    if len(verdicts) != 1:
        return None
    return _pointed(verdicts.pop(), patterns.asks)


def read_consent(text: str, assent: Assent) -> bool | None:
    """A consent or its refusal, by phrases that mean nothing else with nothing around them."""
    said = _said(text, assent)
    agrees, refuses = _consent_patterns(assent)
    if agrees.fullmatch(said):
        return True
    return False if refuses.fullmatch(said) else None


def minds(question: str, assent: Assent) -> bool:
    """Whether a question asks if somebody minds, so that a no agrees."""
    return _patterns(question, assent).asks is _Asks.MIND


def _pointed(value: bool, asks: _Asks) -> bool | None:  # noqa: FBT001 - the answer itself
    if asks is _Asks.FACT:
        return value
    if asks is _Asks.CHANGE:
        return not value
    return True if asks is _Asks.MIND and not value else None


def _said(text: str, assent: Assent) -> str:
    """The answer as a line without noise and pauses; "" where it asks us something, or there is none."""
    tokens = tokens_of(_HUMMED.sub("mhm", text.casefold()))
    if "?" in tokens:
        return ""
    noise = _noise(assent)
    words = [token for token in tokens if token not in PAUSES]
    return line(word for word in words if not noise.fullmatch(f"{word} ")) or line(words)  # "mm-hm" is all noise


@lru_cache(maxsize=16)
def _noise(assent: Assent) -> re.Pattern[str]:
    return compiled(any_of(assent.noise))


@lru_cache(maxsize=256)
def _patterns(question: str, assent: Assent) -> _Patterns:
    asked = _last_question(question)
    asks = _asks(asked, assent)
    for_leave = compiled(rf"\b{any_of(assent.leave)}").search(asked) is not None
    yes, no = [assent.yes], [assent.no]
    if for_leave:
        yes, no = [*yes, assent.permit], [*no, assent.forbid]
    if found := next((m for pattern in assent.verb if (m := re.search(pattern, asked))), None):
        yes, no = [*yes, found.expand(assent.verb_yes)], [*no, found.expand(assent.verb_no)]
    content = any_of(assent.content)
    if asks in (_Asks.CHANGE, _Asks.BOTH):
        content = f"(?:{any_of(*no)}*+{any_of(assent.content, assent.nothing_more)})"
    elif asks is _Asks.FACT:
        content = f"(?:{any_of(*yes)}*+{content})"
    tail = any_of(*yes, assent.yes_tail, _said_back(asked, assent))
    return _Patterns(
        asks,
        compiled(f"{any_of(*yes)}{tail}*+"),
        compiled(f"{any_of(*no)}{any_of(*no, assent.no_tail)}*+"),
        compiled(f"{content}{{1,3}}{any_of(assent.polite)}*+")
        if _asks_about_words(asked, asks, assent)
        else compiled("(?!)"),
        compiled(rf"\b{any_of(assent.discontent)}") if _asks_about_words(asked, asks, assent) else compiled("(?!)"),
        compiled(f"{any_of(*yes)}+{any_of(assent.content)}") if asks is _Asks.CHANGE else compiled("(?!)"),
    )


def _said_back(asked: str, assent: Assent) -> str:
    """The words of a question that a yes may say back: "yes, in Germany"."""
    unsaid = compiled(any_of(assent.never_said_back, assent.no))
    return "|".join(sorted({word for word in asked.split() if word.isalpha() and not unsaid.fullmatch(f"{word} ")}))


def _asks(asked: str, assent: Assent) -> _Asks:
    if compiled(rf"\b{any_of(assent.mind)}").search(asked):
        return _Asks.MIND
    if not all(compiled(rf"\b{any_of(words)}").search(asked) for words in assent.change):
        return _Asks.FACT
    return _Asks.BOTH if compiled(rf"\b{any_of(assent.right)}").search(asked) else _Asks.CHANGE


def _asks_about_words(asked: str, asks: _Asks, assent: Assent) -> bool:
    """Whether a question is about what we said: "Is that right?", "Anything to change?"."""
    return asks in (_Asks.CHANGE, _Asks.BOTH) or compiled(rf"\b{any_of(assent.right)}").search(asked) is not None


def _last_question(question: str) -> str:
    """The sentence of a text that asks, as a line."""
    asking = [sentence for sentence in re.findall(r"[^.!?]*\?", question) if sentence.strip("? ")]
    tokens = tokens_of(asking[-1].strip("? ") if asking else question, _LONGEST_QUESTION)
    return line(token for token in tokens if token not in PAUSES | _OPENING)


@lru_cache(maxsize=16)
def _consent_patterns(assent: Assent) -> tuple[re.Pattern[str], re.Pattern[str]]:
    yes, polite = any_of(assent.plain_yes, assent.agree), any_of(assent.polite)
    refuse = any_of(assent.no, assent.forbid, assent.disagree)
    return (
        compiled(f"{yes}{{1,4}}{any_of(assent.agree_tail)}?{polite}?"),
        compiled(f"{refuse}{any_of(assent.no, assent.forbid, assent.no_tail, assent.disagree)}*+"),
    )


def is_no(text: str, assent: Assent) -> bool:
    """Whether the whole of a text is a no."""
    return _bare_no(assent).fullmatch(_said(text, assent)) is not None


@lru_cache(maxsize=16)
def _bare_no(assent: Assent) -> re.Pattern[str]:
    return compiled(f"{any_of(assent.no)}{any_of(assent.no, assent.no_tail)}*+")
