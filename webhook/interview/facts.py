"""Facts: what is known, with the caller's own words, as a fold over events.

Claude and `reading` only propose (`understanding.Understanding`); `apply` checks every proposal against the flow and
turns what holds into events. Nothing is ever deleted: a correction is a newer event.
"""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from webhook.interview.flow import MANY, NUMERIC, Flow, Slot, SlotType
from webhook.interview.history import fold, normalise
from webhook.interview.verbatim import verbatim

if TYPE_CHECKING:
    from collections.abc import Collection, Container, Iterable, Mapping, Sequence

    from webhook.interview.understanding import Heard, Source, Understanding

_LARGEST_NUMBER = 1e12
_SPOKEN_SIGNS = "#&@%*/"
"""Signs that are part of a name, as in C#, beside those that Unicode calls symbols (C++)."""
_MOST_ITEMS = 50
"""Items of a list that are looked at; nobody says more in a call."""
TOGETHER = "\n"
"""What stands between answers that are heard together; in an utterance no line ever ends."""
PIECE = "\t"
"""What stands between the utterances that are one answer (`interview.answers`); in an utterance there is no tab."""


class Status(StrEnum):
    """Where a slot stands. Everything that is not in `OPEN` is *resolved*."""

    EMPTY = "empty"
    #: Something was said to it, and nobody understood it yet: the words are kept as they were said.
    NOT_UNDERSTOOD = "not_understood"
    #: A list of which fewer things are known than the flow asks for.
    PARTIAL = "partial"
    FILLED = "filled"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    GIVEN_UP = "given_up"


OPEN = frozenset({Status.EMPTY, Status.NOT_UNDERSTOOD, Status.PARTIAL})
"""Still to be asked for."""
KNOWN = frozenset({Status.PARTIAL, Status.FILLED})
"""With a value."""
_MAY_BE_UNKNOWN = frozenset({Status.EMPTY, Status.NOT_UNDERSTOOD, Status.GIVEN_UP})


@dataclass(frozen=True, kw_only=True)
class FactEvent:
    """One change of one slot. `words` is what the caller said, `turn` the number of their utterance from 1."""

    slot: str
    status: Status
    value: Any = None
    words: str = ""
    turn: int = 0
    source: Source = "listen"
    old_status: Status = Status.EMPTY
    old_value: Any = None


Facts = dict[str, FactEvent]
"""The newest event of each slot that has one."""


@dataclass(frozen=True, kw_only=True)
class BadValue:
    """A value that did not pass; `reason` is for Claude and for `talk`, in plain English."""

    slot: str
    reason: str
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What became of one understanding."""

    events: tuple[FactEvent, ...] = ()
    bad: tuple[BadValue, ...] = ()
    #: Slots whose value was replaced; a list that grew is not among them.
    corrected: tuple[str, ...] = ()
    #: Slots whose value was said again as it is known.
    confirmed: tuple[str, ...] = ()


class _Answer(NamedTuple):
    """One of the answers heard together: its words, the number of its first utterance, and where each of them ends."""

    text: str
    first: int
    folded: str
    ends: tuple[int, ...]


class _Place(NamedTuple):
    """Where the words of a value end.

    The number of the utterance among those heard together, and how far in the answer that it is a piece of.
    """

    line: int
    end: int
    answer: _Answer


class _Proposed(NamedTuple):
    """What was heard for a slot, and where its words stand."""

    heard: Heard
    place: _Place


class ValueRefused(ValueError):
    """The value does not fit its slot; the message says why, without the value."""


class _TooFew(ValueRefused):
    """Nothing is wrong with the list but that more is asked for; `found` is what there is."""

    def __init__(self, slot: Slot, found: list[Any]) -> None:
        super().__init__(f"fewer than {slot.at_least}")
        self.found = found


def facts_of(events: Iterable[FactEvent]) -> Facts:
    """Fold events, oldest first."""
    return {event.slot: event for event in events}


def status_of(facts: Facts, slot: str) -> Status:
    return facts[slot].status if slot in facts else Status.EMPTY


def is_open(facts: Facts, slot: str) -> bool:
    return status_of(facts, slot) in OPEN


def filled_values(facts: Facts) -> dict[str, Any]:
    return {name: event.value for name, event in facts.items() if event.status in KNOWN}


def coerce(slot: Slot, raw: object) -> Any:
    """The value in the slot's own type, or `ValueRefused`."""
    if slot.type is SlotType.CHOICES:
        return _choices(slot, raw)
    if slot.type is SlotType.LIST:
        return _list(slot, raw)
    if slot.type is SlotType.CHOICE:
        return _choice(slot, raw)
    value = _scalar(slot.type, raw)
    if slot.type in NUMERIC:
        _check_limits(slot, value)
    return value


def apply(
    flow: Flow,
    facts: Facts,
    heard: Understanding,
    *,
    utterance: str,
    turn: int,
    asked: Collection[str] = (),
    locked: Collection[str] = (),
    grown_from: Mapping[str, list[Any]] | None = None,
) -> Applied:
    """Check what was understood and turn it into events, in slot order of the file.

    Two values for one slot: the words said later win, and a list takes both. A value is dropped unless its words stand
    in `utterance`; a value that was only implied is dropped for a slot that was never `asked`; slots in `locked` (a
    consent whose text has not been spoken) accept nothing. Utterances that were heard together (`TOGETHER`, `PIECE`)
    have the numbers up to `turn`; words of two answers at once were never said. A list grows from its items in
    `grown_from` where they stand there, else from the value it has.
    """
    answers = _answers(utterance)
    first = turn - answers[-1].first - len(answers[-1].ends) + 1
    last = answers[-1].text
    events: list[FactEvent] = []
    bad: list[BadValue] = []
    corrected: list[str] = []
    confirmed: list[str] = []
    proposed = _proposed(flow, heard.facts, answers, asked)
    for name, slot in flow.slots.items():
        if name in locked:
            continue
        old = facts.get(name)
        if name in proposed:
            new, place = proposed[name]
            try:
                status, value, is_corrected = _learnt(slot, old, new, (grown_from or {}).get(name))
            except ValueRefused as refused:
                bad.append(BadValue(slot=name, reason=str(refused), words=new.words))
                continue
            if old and old.status is status:
                if old.value == value or (slot.type in MANY and _are_same_items(old.value, value)):
                    confirmed.append(name)
                    continue
                if is_corrected:
                    corrected.append(name)
            words = verbatim(new.words, place.answer.text) or new.words
            events.append(change(old, name, status, value, words, first + place.line, heard.source))
        elif event := _without_value(name, old, heard, last, turn):
            events.append(event)
    return Applied(events=tuple(events), bad=tuple(bad), corrected=tuple(corrected), confirmed=tuple(confirmed))


def _without_value(name: str, old: FactEvent | None, heard: Understanding, words: str, turn: int) -> FactEvent | None:
    """What it means for a slot that its value was refused, or is not known; None where it means nothing new."""
    status = Status.EMPTY if old is None else old.status
    if old is not None and status is Status.PARTIAL and name in (*heard.refused, *heard.unknown):
        return settled_for(old)
    if name in heard.refused and status is not Status.REFUSED:
        return change(old, name, Status.REFUSED, None, words, turn, heard.source)
    if name in heard.unknown and status in _MAY_BE_UNKNOWN:
        return change(old, name, Status.UNKNOWN, None, words, turn, heard.source)
    return None


def _learnt(slot: Slot, old: FactEvent | None, heard: Heard, items: list[Any] | None) -> tuple[Status, Any, bool]:
    """What a slot comes to with a value, and whether that corrects what was known.

    A list with fewer things than are asked for is partial, and settled by the same things once more: there are no more.
    """
    try:
        return Status.FILLED, *_merged(slot, old, heard, items)
    except _TooFew as few:
        if old is not None and old.status is Status.PARTIAL and _are_same_items(old.value, few.found):
            return Status.FILLED, old.value, False
        was_filled = old is not None and old.status is Status.FILLED
        return Status.FILLED if was_filled else Status.PARTIAL, few.found, False


def change(
    old: FactEvent | None, slot: str, status: Status, value: Any, words: str, turn: int, source: Source
) -> FactEvent:
    """An event that remembers what it replaces."""
    return FactEvent(
        slot=slot,
        status=status,
        value=value,
        words=normalise(words),
        turn=turn,
        source=source,
        old_status=old.status if old else Status.EMPTY,
        old_value=old.value if old else None,
    )


def settled_for(partial: FactEvent) -> FactEvent:
    """Fewer things than the flow asks for, and there are no more: what came is the answer, in the words that told it."""
    return replace(partial, status=Status.FILLED, old_status=partial.status, old_value=partial.value)


def _answers(utterance: str) -> list[_Answer]:
    """The answers in an utterance, which nearly always is one of one piece."""
    answers: list[_Answer] = []
    first = 0
    for text in utterance.split(TOGETHER):
        folded = [fold(piece) for piece in text.split(PIECE)]
        ends = tuple(accumulate(len(piece) + bool(piece) for piece in folded))
        answers.append(_Answer(text.replace(PIECE, " "), first, " ".join(filter(None, folded)), ends))
        first += len(folded)
    return answers


def _proposed(
    flow: Flow, facts: Iterable[Heard], said: Sequence[_Answer], asked: Collection[str]
) -> dict[str, _Proposed]:
    """One supported proposal for each slot, whatever the order they were listed in."""
    placed = [(place, h) for h in facts if (place := _place(h, said, asked)) is not None and h.slot in flow.slots]
    proposed: dict[str, _Proposed] = {}
    for place, heard in sorted(placed, key=lambda p: (*p[0][:2], p[1].correction, p[1].words, repr(p[1].value))):
        before = proposed.get(heard.slot)
        if before is None or flow.slots[heard.slot].type not in MANY or heard.correction:
            proposed[heard.slot] = _Proposed(heard, place)
            continue
        both = [*_items(before.heard.value), *_items(heard.value)]
        joined = replace(heard, value=both, correction=before.heard.correction)
        proposed[heard.slot] = _Proposed(joined, place)
    return proposed


def _place(heard: Heard, said: Sequence[_Answer], asked: Collection[str]) -> _Place | None:
    """Where the value's words stand, or None when the value cannot be taken."""
    words = fold(heard.words)
    if not words or not (heard.outright or heard.slot in asked):
        return None
    for answer in said:
        start = f" {answer.folded} ".find(f" {words} ")
        if start >= 0:
            end = start + len(words)
            return _Place(answer.first + bisect_left(answer.ends, end), end, answer)
    return None


def _items(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _merged(slot: Slot, old: FactEvent | None, heard: Heard, items: list[Any] | None) -> tuple[Any, bool]:
    """The value, and whether it replaces something. Lists grow from turn to turn ("... and Spotify").

    A correction puts another list in place of the known one, unless it is about a field of what the list holds.
    """
    if slot.type not in MANY or old is None or old.status not in KNOWN:
        return coerce(slot, heard.value), True
    new = coerce(replace(slot, at_least=0, at_most=None), heard.value)
    known = old.value if items is None else items
    grown = coerce(replace(slot, at_least=0), [*known, *new])
    is_mended = len(grown) == len(known) and grown != known
    if heard.correction and not is_mended:
        return coerce(slot, heard.value), True
    return _counted(slot, grown), any(_has_changed(one, other) for one, other in zip(known, grown, strict=False))


def _are_same_items(one: list[Any], other: list[Any]) -> bool:
    """In whatever order."""
    return len(one) == len(other) and all(item in other for item in one)


def _has_changed(record: Any, now: Any) -> bool:
    """Whether a field that was known has another value, which is more than one that was missing."""
    return isinstance(record, dict) and any(now.get(name) != value for name, value in record.items())


def items_of(events: Iterable[FactEvent], *, without: Container[int]) -> list[Any]:
    """The items of a list as these events of one slot built it, less what code read in the turns `without`."""
    items: list[Any] = []
    for event in events:
        if event.status not in KNOWN:
            items = []
            continue
        before = event.old_value if event.old_status in KNOWN else []
        fresh = [item for item in event.value if item not in before]
        is_dropped = event.source == "reading" and event.turn in without
        items = [item for item in items if item in event.value] + ([] if is_dropped else fresh)
    return items


def _scalar(kind: SlotType, raw: object) -> Any:
    if kind is SlotType.YES_NO:
        return _yes_no(raw)
    if kind in NUMERIC:
        return _number(kind, raw)
    text = normalise(str(raw)) if isinstance(raw, str | int | float) and not isinstance(raw, bool) else ""
    if not text:
        raise ValueRefused("no words")
    return text


def _yes_no(raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.strip().casefold() in ("yes", "true", "no", "false"):
        return raw.strip().casefold() in ("yes", "true")
    raise ValueRefused("neither yes nor no")


def _number(kind: SlotType, raw: object) -> int | float:
    if isinstance(raw, str):
        try:
            raw = float(raw.strip().replace(",", ""))
        except ValueError:
            raise ValueRefused("not a number") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or (isinstance(raw, float) and math.isnan(raw)):
        raise ValueRefused("not a number")
    if abs(raw) > _LARGEST_NUMBER:
        raise ValueRefused("too large a number")
    if float(raw).is_integer():
        return int(raw)
    if kind is SlotType.WHOLE_NUMBER:
        raise ValueRefused("not a whole number")
    return raw


def _check_limits(slot: Slot, value: float) -> None:
    if slot.min is not None and value < slot.min:
        raise ValueRefused(f"below the least possible value {slot.min:g}")
    if slot.max is not None and value > slot.max:
        raise ValueRefused(f"above the greatest possible value {slot.max:g}")


def _choice(slot: Slot, raw: object) -> str:
    wanted = fold(str(raw).replace("_", " "))
    for value in slot.values:
        if fold(value.replace("_", " ")) == wanted:
            return value
    raise ValueRefused("not one of " + ", ".join(slot.values))


def _choices(slot: Slot, raw: object) -> list[str]:
    items = _items(raw)[:_MOST_ITEMS]
    found: list[str] = []
    for item in items:
        if len(found) == slot.at_most:
            break
        try:
            value = _choice(slot, item)
        except ValueRefused:
            continue
        if value not in found:
            found.append(value)
    if items and not found:
        raise ValueRefused("not among " + ", ".join(slot.values))
    return _counted(slot, found)


def _list(slot: Slot, raw: object) -> list[Any]:
    """Each thing once, spelled as it was named first. What is said of a record again is added to it, or put right."""
    items = _items(raw)[:_MOST_ITEMS]
    found: dict[object, Any] = {}
    for item in (value for raw_item in items if (value := _item(slot, raw_item)) is not None):
        name = _name_of(slot, item)
        if name in found:
            found[name] = _told_again(slot, found[name], item)
        elif len(found) != slot.at_most:
            found[name] = item
    if items and not found:
        raise ValueRefused("nothing usable in it")
    return _counted(slot, list(found.values()))


def _name_of(slot: Slot, item: Any) -> object:
    """What tells an item from others: the words in any spelling, and of a record its first field."""
    if isinstance(item, dict):
        first = _first_field(slot)
        return (first, _name_of(slot, item[first])) if first in item else tuple(sorted(item.items()))
    if not isinstance(item, str):
        return item
    signs = "".join(sign for sign in item if sign in _SPOKEN_SIGNS or unicodedata.category(sign).startswith("S"))
    return fold(item), signs


def _told_again(slot: Slot, known: Any, item: Any) -> Any:
    return known | {k: v for k, v in item.items() if k != _first_field(slot)} if isinstance(known, dict) else known


def _first_field(slot: Slot) -> str:
    assert isinstance(slot.of, tuple)
    return slot.of[0][0]


def _item(slot: Slot, raw: object) -> Any:
    if isinstance(slot.of, tuple):
        return _record(slot.of, raw)
    try:
        return _scalar(slot.of, raw)
    except ValueRefused:
        return None


def _record(fields: tuple[tuple[str, SlotType], ...], raw: object) -> dict[str, Any] | None:
    if not isinstance(raw, dict):
        raw = {fields[0][0]: raw}
    kept: dict[str, Any] = {}
    for name, kind in fields:
        if raw.get(name) is None:
            continue
        try:
            kept[name] = _scalar(kind, raw[name])
        except ValueRefused:
            continue
    return kept or None


def _counted(slot: Slot, found: list[Any]) -> list[Any]:
    if len(found) < slot.at_least:
        raise _TooFew(slot, found) if found else ValueRefused(f"fewer than {slot.at_least}")
    return found


def condition_values(flow: Flow, facts: Facts, minutes_left: float) -> Mapping[str, object]:
    """What conditions see: every slot's value, None (or an empty list) where there is none, and `minutes_left`."""
    known = filled_values(facts)
    values: dict[str, object] = {
        name: known.get(name, [] if slot.type in MANY else None) for name, slot in flow.slots.items()
    }
    values["minutes_left"] = minutes_left
    return values
