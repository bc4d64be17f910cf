"""What leaves a consent in doubt: a no, a condition, a question, a sign that one merely listens."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of

if TYPE_CHECKING:
    from webhook.interview.reading.assent import Assent

LONGEST_READ = 500
"""Tokens of an answer that are looked at; in a longer one there is always a doubt."""
_CLAUSE = re.compile(r"[^.!?…,;:()\t\n]+[.!?…,;:()\t\n]*")


@dataclass(frozen=True, kw_only=True, eq=False)
class Doubts:
    """What leaves a consent in doubt, wherever it stands. Every field is a table of phrases (see `line.any_of`)."""

    denials: str  #: a no
    harmless: str  #: left out before looking for those and for the next: "no problem", "why not"
    reservations: str  #: a condition, a demand, a doubt
    picks_up: str  #: begins what is said to show that one listens, after a yes: "yes, speaking"
    asking: str  #: begins a question
    fillers: str  #: may stand before a question


def holds_doubt(text: str, assent: Assent, doubts: Doubts, *, no_is_yes: bool) -> bool:
    """Whether anything in the words leaves a consent in doubt; `no_is_yes`: they answer "do you mind?"."""
    said = _spaced(text)
    if not said.strip():
        return True
    said = _anywhere(doubts.harmless).sub(" ", said)
    against = _anywhere(doubts.reservations) if no_is_yes else _anywhere(doubts.reservations, doubts.denials)
    return against.search(said) is not None or _asks_back(text, doubts) or _picks_up(text, assent, doubts)


def agrees_outright(text: str, assent: Assent) -> bool:
    """Whether a clause is a phrase of several words that would be a consent alone, after a leading no at most."""
    return any(_outright(assent).fullmatch(_spaced(clause)) is not None for clause in _clauses(text))


@lru_cache(maxsize=16)
def _outright(assent: Assent) -> re.Pattern[str]:
    several = f"(?=(?:\\S+ ){{2}}){any_of(assent.agree)}"
    return compiled(
        f" {any_of(assent.no)}?{any_of(assent.plain_yes)}*+{several}{any_of(assent.agree_tail, assent.polite)}*+"
    )


def _clauses(text: str) -> list[str]:
    return [found.group() for found in _CLAUSE.finditer(text)]


def _spaced(text: str) -> str:
    return f" {line(token for token in tokens_of(text, LONGEST_READ) if token not in PAUSES)}"


@lru_cache(maxsize=64)
def _anywhere(*tables: str) -> re.Pattern[str]:
    return compiled(f" {any_of(*tables)}")


@lru_cache(maxsize=16)
def _asking(doubts: Doubts) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What begins a question, and what is a harmless one."""
    harmless, fillers = any_of(doubts.harmless), any_of(doubts.fillers)
    return compiled(f" {fillers}*+(?!{harmless}){any_of(doubts.asking)}"), compiled(f" {fillers}*+{harmless}")


def asks_something(text: str, doubts: Doubts) -> bool:
    """Whether a clause begins as a question does, with a mark behind it or without."""
    asks, _ = _asking(doubts)
    return any(asks.match(_spaced(clause)) for clause in _clauses(text))


def _asks_back(text: str, doubts: Doubts) -> bool:
    """Any question but a harmless one: "why not?"."""
    _, harmless = _asking(doubts)
    marked = [_spaced(clause) for clause in _clauses(text) if "?" in clause]
    return asks_something(text, doubts) or any(not harmless.fullmatch(said.replace("? ", "")) for said in marked)


@lru_cache(maxsize=16)
def _greeting(assent: Assent, doubts: Doubts) -> re.Pattern[str]:
    return compiled(f" {any_of(assent.plain_yes, doubts.fillers)}*?{any_of(doubts.picks_up)}")


def _picks_up(text: str, assent: Assent, doubts: Doubts) -> bool:
    """No more than a yes beside "hello" or a name, or another sign that one listens: so one answers the phone."""
    greets = any(_greeting(assent, doubts).match(_spaced(clause)) for clause in _clauses(text))
    return greets and not agrees_outright(text, assent)
