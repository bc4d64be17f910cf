"""What a caller wants of the interviewer besides answering, where the whole utterance says so.

"I stop at red lights" is an answer, and "March, no wait, April" asks for no moment. Only after words by which one takes
one's leave, or declines, may a reason follow that nobody has to understand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.reading.line import PAUSES, any_of, compiled, line, split, tokens_of
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLAUSE = re.compile(r"[^,.;!?…]+[,.;!?…]*")
_LONGEST = 16
"""Tokens of a wish, politeness and all."""
_MARKS = PAUSES | {"?", "¿", "¡"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Wishes:
    """How a language asks for something. Every field is a table of phrases (see `line.any_of`)."""

    fillers: str  #: may stand around a wish and change nothing
    stop: str
    leave: str  #: the same, and a reason may follow: "I have to go, the kids are home"
    repeat: str
    pardon: str  #: asks to repeat where a mark stands behind it and nothing else is said
    wait: str
    wait_while: str  #: begins a wish to wait whose reason may follow without a pause: "hold on while ..."
    refuse: str
    refuse_to: str  #: the same, and a reason may follow after a pause
    refuse_about: str  #: begins a refusal that says what they will not speak of
    unknown: str
    change: str  #: to go back to an earlier answer
    change_of: str  #: leads on to what that answer was about: "go back to the rent"
    asks: str  #: begins a question, with a mark behind it or without
    asks_with_mark: str  #: begins one only where a mark stands behind it


class Wish(NamedTuple):
    """One wish. Exactly one of the first four fields is set."""

    signal: Signal | None = None
    refuses: bool = False
    is_unknown: bool = False
    changes: bool = False
    #: What the answer was about that they want to change, where they say so.
    about: str = ""


class _Patterns(NamedTuple):
    filler: re.Pattern[str]
    only_fillers: re.Pattern[str]
    whole: tuple[tuple[Wish, re.Pattern[str]], ...]
    before_a_reason: tuple[tuple[Wish, re.Pattern[str]], ...]
    change: re.Pattern[str]
    asks: re.Pattern[str]
    asks_with_mark: re.Pattern[str]


def wish_in(text: str, wishes: Wishes) -> Wish | None:
    """The wish that an utterance is; None where it is anything else."""
    patterns = _patterns(wishes)
    tokens = tokens_of(text)
    is_marked = text.rstrip().endswith("?")
    if is_marked and compiled(any_of(wishes.pardon)).fullmatch(_line(tokens)):
        return Wish(signal=Signal.REPEAT)
    if wish := _whole(tokens, patterns.whole, patterns):
        return wish
    if len(tokens) <= _LONGEST and (back := patterns.change.fullmatch(_line(tokens))):
        return Wish(changes=True, about=(back["about"] or "").strip())
    begun: tuple[str, ...] = ()
    for clause in _CLAUSE.findall(text)[:-1]:
        begun += tokens_of(clause)
        if len(begun) > _LONGEST:
            break
        if wish := _whole(begun, patterns.before_a_reason, patterns):
            return wish
    said = _line(tokens)
    asks = patterns.asks.match(said) or (is_marked and patterns.asks_with_mark.match(said))
    return Wish(signal=Signal.QUESTION) if asks else None


def _line(tokens: Sequence[str]) -> str:
    return line(token for token in tokens if token not in _MARKS)


def _whole(tokens: Sequence[str], wishes: Sequence[tuple[Wish, re.Pattern[str]]], patterns: _Patterns) -> Wish | None:
    """The wish that tokens are as a whole, as they stand or without the fillers among them."""
    if len(tokens) > _LONGEST or patterns.only_fillers.fullmatch(said := _line(tokens)):
        return None
    bare = _line([token for token in tokens if not patterns.filler.fullmatch(f"{token} ")])
    forms = dict.fromkeys((said, bare))
    return next((wish for wish, pattern in wishes if any(pattern.fullmatch(form) for form in forms)), None)


def _one_or_more(table: str, fillers: str) -> re.Pattern[str]:
    """A pattern for phrases of a table with fillers among them. A filler that is a phrase, too, is taken for that."""
    phrase = compiled(any_of(table))
    others = "|".join(filler for filler in split(fillers) if not phrase.fullmatch(f"{filler} "))
    return compiled(f"{any_of(table, others)}+")


@lru_cache(maxsize=16)
def _patterns(wishes: Wishes) -> _Patterns:
    fill = f"{any_of(wishes.fillers)}*?"

    def whole(*tables: str) -> re.Pattern[str]:
        return _one_or_more("|".join(tables), wishes.fillers)

    stops, waits, refuses = Wish(signal=Signal.STOP), Wish(signal=Signal.WAIT), Wish(refuses=True)
    return _Patterns(
        filler=compiled(any_of(wishes.fillers)),
        only_fillers=compiled(f"{any_of(wishes.fillers)}+"),
        whole=(
            (stops, whole(wishes.stop, wishes.leave)),
            (Wish(signal=Signal.REPEAT), whole(wishes.repeat)),
            (waits, whole(wishes.wait)),
            (waits, compiled(f"{fill}{any_of(wishes.wait_while)}.*")),
            (refuses, whole(wishes.refuse, wishes.refuse_to)),
            (refuses, compiled(f"{fill}{any_of(wishes.refuse_about)}.*")),
            (Wish(is_unknown=True), whole(wishes.unknown)),
        ),
        before_a_reason=((stops, whole(wishes.leave)), (refuses, whole(wishes.refuse_to))),
        change=compiled(
            f"{any_of(wishes.fillers)}*{any_of(wishes.change)}"
            f"(?:{any_of(wishes.fillers)}*|{any_of(wishes.change_of)}(?P<about>.+))"
        ),
        asks=compiled(f"{fill}{any_of(wishes.asks)}"),
        asks_with_mark=compiled(f"{fill}{any_of(wishes.asks_with_mark)}"),
    )
