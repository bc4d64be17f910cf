"""What a question asks for, as far as it decides which number may be taken from the answer.

The kind of number comes from the slot (its type, name, `about` and bounds) and from the words of the question, the
unit and the period as well. Words of the question that the caller says back ("I sleep", "on food and drink") say
nothing new, so they are no reason to take nothing.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.flow import Slot, SlotType
from webhook.interview.reading.line import any_of, compiled, line, split

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webhook.interview.reading.numbers import Numbers

SAID, NOUN = "<said>", "<noun>"
"""What stands in the line for words of the question said back, and for the noun that it asks the number of."""
_LONGEST_QUESTION = 300
"""Characters of a question that are looked at, from its end."""
_LONGEST_SAID_BACK = 6
_CONTENT = 4
"""Letters of a word that says something by itself."""
_AGE = frozenset({"age", "old", "alter", "alt", "âge", "edad"})
_SCALE = frozenset({"rating", "scale", "score", "stars", "mark"})
_SCALE_TOP = range(3, 101)
_COUNTED = frozenset({"children", "rooms", "people"})
SPANS = frozenset({"years", "months", "weeks", "days"})
"""Units of a span of time."""
YEARS = (1000, 2999)
"""What counts as a year where a year is asked for."""


class Kind(Enum):
    AGE = auto()
    COUNT = auto()
    MONEY = auto()
    QUANTITY = auto()
    SCALE = auto()
    YEAR = auto()


MEASURED = frozenset({Kind.MONEY, Kind.QUANTITY, Kind.SCALE})


class Asked(NamedTuple):
    """What a question asks for, as far as it decides what may stand around the number."""

    kind: Kind
    unit: str = ""
    periods: tuple[str, ...] = ()
    tax: str = ""
    scale: tuple[int, int] | None = None
    times: bool = False
    roughly: bool = False
    zero: bool = False
    negative: bool = False


def _words(question: str) -> list[str]:
    """The last words of a question or a description, numbers included."""
    plain = re.sub(r"['’`]", "", question[-_LONGEST_QUESTION:].casefold())
    return re.findall(r"[^\W_]+", plain)


def _asked(slot: Slot, question: str, numbers: Numbers) -> Asked:
    about = line(_words(f"{slot.label} {slot.about}"))
    unit = "" if holds(numbers.asks["times"], question) else _unit_of(slot, question, numbers)
    kind = _kind_of(slot, question, about, unit, numbers)
    return Asked(
        kind=kind,
        unit=unit if kind in {Kind.COUNT, Kind.QUANTITY} else "",
        periods=_periods_of(slot, question, numbers),
        tax=_tax_of(f"{question} {about}", numbers) if kind is Kind.MONEY else "",
        scale=(int(slot.min or 0), int(slot.max or 0)) if kind is Kind.SCALE else None,
        times=holds(numbers.asks["times"], question),
        roughly=kind in MEASURED or (kind is Kind.COUNT and holds(numbers.asks["roughly"], question)),
        zero=(slot.min or 0) <= 0 and kind not in {Kind.AGE, Kind.YEAR},
        negative=(slot.min or 0) < 0,
    )


def _kind_of(slot: Slot, question: str, about: str, unit: str, numbers: Numbers) -> Kind:
    named = frozenset(about.split())
    if slot.type is SlotType.MONEY:
        return Kind.MONEY
    if named & _AGE or holds(numbers.asks["age"], question):
        return Kind.AGE
    if _holds_years(slot) or holds(numbers.asks["year"], question):
        return Kind.YEAR
    if (slot.max in _SCALE_TOP and slot.min in {0, 1}) and (named & _SCALE or holds(numbers.asks["scale"], question)):
        return Kind.SCALE
    if unit:
        return Kind.COUNT if unit in _COUNTED else Kind.QUANTITY
    counts = slot.type is SlotType.WHOLE_NUMBER or holds(numbers.asks["count"], question)
    return Kind.COUNT if counts else Kind.QUANTITY


def _holds_years(slot: Slot) -> bool:
    return slot.min is not None and slot.max is not None and slot.min >= YEARS[0] and slot.max <= YEARS[1]


def _unit_of(slot: Slot, question: str, numbers: Numbers) -> str:
    """The unit that is asked for: of the noun after "how many", else the one that the question or the slot names.

    A span of time is a unit only where it is that noun, or where the slot begins with it: elsewhere it is a period.
    """
    nouns = line(_nouns(question, numbers))
    about = line(_words(f"{slot.label} {slot.about}"))
    beginnings = line([*_words(slot.label)[:1], *_words(slot.about)[:1]])
    for words, spans in ((nouns, True), ("" if nouns else question, False), (beginnings, True), (about, False)):
        units = numbers.units.items() if spans else ((u, n) for u, n in numbers.units.items() if u not in SPANS)
        found = ((_found(f"{names}|{unit}", words), unit) for unit, names in units)
        named = [(match.start(), unit) for match, unit in found if match]
        if named:
            return min(named)[1]
    return ""


def _nouns(question: str, numbers: Numbers) -> list[str]:
    """What the question asks the number of, in the order of its words: "online", "orders"."""
    asked = compiled(numbers.asked_noun).search(question)
    return [word for word in asked.groups() if word and not holds(numbers.not_said_back, f"{word} ")] if asked else []


def _periods_of(slot: Slot, question: str, numbers: Numbers) -> tuple[str, ...]:
    """The periods that a value may be said to be for: the slot's own, else those of the question."""
    if slot.per:
        per = f"{slot.per.casefold()} "
        return tuple(period for period, names in numbers.periods.items() if per in (f"{period} ", *_last_words(names)))
    return tuple(period for period, names in numbers.periods.items() if holds(names, question))


def _last_words(names: str) -> list[str]:
    """What a period is called in its phrases: "month " of "a month"."""
    return [f"{phrase.split()[-1]} " for phrase in split(names)]


def _tax_of(words: str, numbers: Numbers) -> str:
    found = {"net": holds(numbers.words["net"], words), "gross": holds(numbers.words["gross"], words)}
    return "" if all(found.values()) else next((tax for tax, is_said in found.items() if is_said), "")


def _found(table: str, words: str) -> re.Match[str] | None:
    return finder(table).search(words) if table else None


def holds(table: str, words: str) -> bool:
    return _found(table, words) is not None


@lru_cache(maxsize=512)
def finder(table: str) -> re.Pattern[str]:
    """Finds a phrase of the table in a line."""
    return re.compile(rf"(?<!\S){any_of(table)}")


class Question(NamedTuple):
    """A question: what it asks for, and its words as they may be said back."""

    asked: Asked
    nouns: frozenset[str]
    words: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]
    """Where in `words` a word stands."""
    dependent: frozenset[str]
    """Which of the words say something only with a word before them: units that were not asked for ("a night", but not
    "seven nights"), and those of `said_together`."""


@lru_cache(maxsize=128)
def understood(slot: Slot, question: str, numbers: Numbers) -> Question:
    plain = line(_words(question))
    asked = _asked(slot, plain, numbers)
    words = _as_said_back(plain, numbers)
    others = "|".join(names for unit, names in numbers.units.items() if unit != asked.unit)
    return Question(
        asked=asked,
        nouns=frozenset(noun for noun in _nouns(plain, numbers) if len(noun) >= _CONTENT),
        words=words,
        places={word: tuple(at for at, other in enumerate(words) if other == word) for word in words if word},
        dependent=frozenset(word for word in words if holds(f"{others}|{numbers.said_together}", f"{word} ")),
    )


def _as_said_back(question: str, numbers: Numbers) -> tuple[str, ...]:
    """The words of the question, and behind them the same in the caller's mouth ("do you sleep" -> "do i sleep").

    A word that may not be said back is "".
    """
    mine = question
    for pattern, words in numbers.said_back.items():
        mine = compiled(rf"(?<!\S)(?:{pattern})(?!\S)").sub(words, mine)
    both = (*question.split(), "", *mine.split())
    return tuple("" if holds(numbers.not_said_back, f"{word} ") else word for word in both)


def restated(said: Sequence[str], question: Question) -> list[str]:
    """The line with what it says back of the question as one token: "on food and drink" -> `<said>`."""
    out: list[str] = []
    at = 0
    while at < len(said):
        places = question.places.get(said[at], ())
        length = max((_common(said[at:], question.words[place:]) for place in places), default=0)
        if said[at] in question.nouns - question.dependent:
            out.append(NOUN)
            at += 1
        elif _says_something(said[at : at + length], question):
            out.append(SAID)
            at += length
        else:
            out.append(said[at])
            at += 1
    return out


def _common(said: Sequence[str], source: Sequence[str]) -> int:
    """With how many words both begin."""
    pairs = zip(said[:_LONGEST_SAID_BACK], source, strict=False)
    return next(
        (at for at, (one, other) in enumerate(pairs) if one != other), min(len(said), len(source), _LONGEST_SAID_BACK)
    )


def _says_something(words: Sequence[str], question: Question) -> bool:
    return any(len(word) >= _CONTENT and (at > 0 or word not in question.dependent) for at, word in enumerate(words))
