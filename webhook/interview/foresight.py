"""The move an answer most likely leads to, so that its words can be drafted while Claude still listens.

Nothing is decided here: what the caller said is learnt from Claude's listening alone, and a draft for a move that
turns out not to be the move is thrown away unheard. So this says nothing wherever a guess could be wrong in a way that
matters, or is likely to be wrong: a consent, a question of theirs, a wish to stop, a sign of danger, a road that forks
on this very answer.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webhook.interview import road as roads
from webhook.interview.flow import NUMERIC, Flow, Slot, SlotType
from webhook.interview.guards import consents
from webhook.interview.listening import read_in_code
from webhook.interview.moves import Decision, Move, MoveKind, State, advance, minutes_left
from webhook.interview.reading.languages import language as tables_of
from webhook.interview.reading.numbers import has_number
from webhook.interview.reading.plain import is_plain
from webhook.interview.understanding import Heard, Understanding

if TYPE_CHECKING:
    from collections.abc import Collection

    from webhook.interview.understanding import Fullness

_OPEN = frozenset({MoveKind.ASK, MoveKind.CLARIFY, MoveKind.ANSWER, MoveKind.REDIRECT, MoveKind.PROBE})
"""Moves after which a plain answer leads on."""
_FORESEEN = frozenset({MoveKind.ASK, MoveKind.PROBE, MoveKind.SUMMARY})
_THIN = 2
"""Words up to which an answer is taken for a thin one."""


def foresee(
    flow: Flow, state: State, utterance: str, *, question: str, language: str, turn: int, now: float
) -> Decision | None:
    """What would be decided if the words are the plain answer that they seem to be; None: wait and listen.

    `question` is what the caller was asked, `state` the one before these words.
    """
    pending = state.pending
    if pending is None or pending.kind not in _OPEN or pending.slot in consents(flow):
        return None
    if not is_plain(utterance, language):
        return None
    read = read_in_code(flow, state, utterance, question=question, language=language)
    heard = _as_heard(flow, pending, read, utterance, language)
    if heard is None:
        return None
    decision = advance(flow, state, heard, utterance=utterance, turn=turn, now=now)
    if decision.move.kind not in _FORESEEN or _forks(flow, decision, pending, now):
        return None
    return decision


def _as_heard(flow: Flow, pending: Move, read: Understanding, utterance: str, language: str) -> Understanding | None:
    """As Claude may be expected to hear it: with a value for what was asked, whether or not code can tell which."""
    if read.signals or read.refused or read.unknown or read.wants_to_change:
        return None
    facts = read.facts
    slot = flow.slots.get(pending.slot or "")
    if slot is not None and not any(fact.slot == slot.name for fact in facts):
        value = _stand_in(slot, utterance, language)
        if value is None:
            return None
        facts = (*facts, Heard(slot=slot.name, value=value, words=utterance))
    return replace(read, facts=facts, fullness=_fullness(utterance), source="listen")


def _stand_in(slot: Slot, utterance: str, language: str) -> object:
    """Any value where one leads on as the other does; None where an answer code cannot read may be no answer."""
    tables = tables_of(language)
    if slot.type in NUMERIC and tables is not None and has_number(utterance, tables.numbers):
        return 1 if slot.min is None else int(slot.min)
    if slot.type is SlotType.CHOICE:
        return slot.values[0]
    return [slot.values[0]] if slot.type is SlotType.CHOICES else None


def _fullness(utterance: str) -> Fullness:
    return "thin" if len(utterance.split()) <= _THIN else "fine"


def _forks(flow: Flow, decision: Decision, pending: Move, now: float) -> bool:
    """Whether the way from the question to the foreseen move depends on this answer, or is not the straight one."""
    here, there = pending.topic, decision.move.topic
    if here == there and decision.move.kind is not MoveKind.PROBE:
        return False  # more is to be asked before the road goes on
    left = minutes_left(flow, decision.state, now)
    walked = roads.walk(flow, decision.state.facts, minutes_left=left).topics
    if here not in walked or there not in walked:
        return True
    topic = flow.topics[here]
    told = {*topic.required, *topic.nice_to_know, *(event.slot for event in decision.learnt)}
    way = walked[walked.index(here) : walked.index(there)] or (here,)
    return any(_looks_at(flow, passed, told) for passed in way)


def _looks_at(flow: Flow, topic: str, slots: Collection[str]) -> bool:
    conditions = (arrow.condition for arrow in flow.topics[topic].follow_up)
    return any(not condition.names.isdisjoint(slots) for condition in conditions if condition is not None)
