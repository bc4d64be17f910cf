"""A thousand interviews in which Claude is away for random stretches: nothing false is written down, meanwhile or after.

Callers answer as the banks of spoken answers do, whose rows say which values are true. A Claude that hears them as a
careful person would is there, away, or back again; when the call is over it hears all of it once more.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests import figures
from tests.hearing.bank import FLOW, NONE, QUESTIONS, SLOTS, Row, banks, rows_of, shown
from tests.interview.calls import Call
from webhook.interview import moves
from webhook.interview.facts import TOGETHER, FactEvent, Status, ValueRefused, coerce
from webhook.interview.flow import Arrow, Flow, SlotType, Text, Topic
from webhook.interview.listening import read_in_code
from webhook.interview.understanding import Heard, Understanding

_ASKED = [name for name in SLOTS if name != "consent"]
_AWAY = 0.4
_CHANGES = 0.2
"""How likely Claude is gone or back at the next answer."""


def _interview(language: str) -> Flow:
    """One topic for each slot but the consent, which ends a call."""
    topics = {
        name: Topic(
            id=name,
            ask=Text.plain("Ask."),
            fallback=Text.plain(QUESTIONS[language][name]),
            follow_up=(Arrow(go_to=following) if following else Arrow(end="completed"),),
            required=(name,),
        )
        for name, following in zip(_ASKED, [*_ASKED[1:], ""], strict=True)
    }
    slots = {name: replace(SLOTS[name], topic=name) for name in _ASKED}
    return replace(FLOW, start=_ASKED[0], topics=topics, slots=slots, languages=(language,))


@dataclass
class _Caller:
    """Says one row of a bank for each slot that is asked for, and the same again when it is asked once more."""

    rows: dict[str, Row]

    def answer(self, slot: str) -> Row:
        return self.rows[slot]


def _callers(draw: random.Random, language: str) -> _Caller:
    every = [row for bank in banks() for row in rows_of(bank) if row.language == language]
    rows = {name: [row for row in every if row.slot == name] for name in _ASKED}
    words = "that depends on how you look at it"
    spare = Row(language, "", frozenset({NONE, words}), words)
    return _Caller({name: draw.choice(rows[name] or [replace(spare, slot=name)]) for name in _ASKED})


def _truly(row: Row) -> Any:
    """A value that is true of these words, as a careful listener takes it; None where there is none."""
    values, kind = sorted(row.accepted - {NONE}), SLOTS[row.slot].type
    if not values or (row.said in values and kind is not SlotType.TEXT):
        return None
    if kind is SlotType.YES_NO:
        return values[0] == "True"
    value = values[0] if kind is SlotType.TEXT else float(values[0])
    try:
        return coerce(SLOTS[row.slot], value)
    except ValueRefused:
        return None  # seven and a half of ten whole stars


def _claude(rows: list[Row]) -> Understanding:
    facts = [Heard(slot=row.slot, value=value, words=row.said) for row in rows if (value := _truly(row)) is not None]
    return Understanding(facts=tuple(facts))


def _held(draw: random.Random, language: str) -> tuple[Call, list[Row]]:
    """A whole interview, and the rows that were said in it."""
    call, caller = Call(flow=_interview(language)).begin(), _callers(draw, language)
    said: list[Row] = []
    away = draw.random() < _AWAY
    while call.state.ending is None and len(said) < 4 * len(_ASKED):
        away = away != (draw.random() < _CHANGES)
        pending = call.state.pending
        row = caller.answer(pending.slot) if pending is not None and pending.slot in caller.rows else _again(said)
        said.append(row)
        heard = _claude([row])
        if away:
            question = QUESTIONS[language][row.slot]
            heard = read_in_code(call.flow, call.state, row.said, question=question, language=language)
        call.hear(heard, row.said)
    return call, said


def _again(said: list[Row]) -> Row:
    """To what is no question of the flow's, such as "Are you safe?", the caller says the last thing again."""
    return said[-1]


def _false(events: tuple[FactEvent, ...], said: list[Row]) -> Iterator[str]:
    """Facts that the caller's own words do not bear out."""
    true = {row.slot: row for row in said}
    for event in events:
        if event.status is Status.FILLED and event.slot in true:
            row = true[event.slot]
            if shown(event.value) not in row.accepted:
                yield f"{row.language}|{event.slot}|{','.join(sorted(row.accepted))}|{row.said} -> {event.value}"


@pytest.mark.parametrize("count", [1000])
def test_in_a_thousand_interviews_with_claude_away_now_and_then_no_fact_is_false(count: int) -> None:
    draw, found, counted = random.Random(count), Counter[str](), Counter[str]()
    languages = sorted({row.language for bank in banks() for row in rows_of(bank)})
    for _ in range(count):
        call, said = _held(draw, draw.choice(languages))
        found.update(_false(call.state.events, said))
        utterance = TOGETHER.join(row.said for row in said)
        after = moves.absorb(call.flow, call.state, _claude(said), utterance=utterance, turn=len(said), is_over=True)
        found.update(_false(after.events, said))
        counted["answers"] += len(said)
        for name in {row.slot for row in said}:
            fact, row = after.facts.get(name), next(row for row in said if row.slot == name)
            is_missed = _truly(row) is not None and (fact is None or fact.status is not Status.FILLED)
            counted["missed after all"] += is_missed
            counted["right after all"] += fact is not None and fact.status is Status.FILLED
    figures.note("interviews with Claude away", interviews=count, **counted, false=found.total())
    assert not found
