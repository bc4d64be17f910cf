"""Replaying: what a version of a flow makes of a recorded call, and how two versions differ in it.

The clock stands still meanwhile: time pressure is no part of a recording.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from webhook.interview import moves
from webhook.interview.facts import KNOWN
from webhook.interview.moves import MoveKind, State
from webhook.interview.road import walk, whole_road
from webhook.interview.understanding import understanding_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webhook.interview.flow import Flow


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """What became of a call: what answered each turn, as `kind topic`, and what its report would hold."""

    answers: tuple[str, ...]
    topics: tuple[str, ...]
    ending: str | None
    values: Mapping[str, Any]


def replay(flow: Flow, turns: Sequence[Mapping[str, Any]]) -> Replayed:
    """Hold the call again with this version, as far as it goes: to its ending, or to the last turn."""
    state = moves.opening(flow, State(), now=0.0).state
    answers: list[str] = []
    for number, turn in enumerate(turns, start=1):
        words = f"turn {number}"
        heard = understanding_of(turn["understood"], words)
        said = f"{words}. {_stand_in(turn['move'], state)}"
        decision = moves.advance(flow, state, heard, utterance=said, turn=number, now=0.0)
        state = decision.state
        answers.append(f"{decision.move.kind.value} {decision.move.topic or ''}".strip())
        if state.ending is not None:
            break
    return _replayed(flow, state, answers)


def _stand_in(move: str, state: State) -> str:
    """Words for those that a recording leaves out, where code goes by what was said about danger."""
    was_asked = state.pending is not None and state.pending.kind is MoveKind.SAFETY_CHECK
    if move == MoveKind.SAFETY:
        return "I want to die."
    return "I am safe." if was_asked and move != MoveKind.SAFETY_CHECK else ""


def _replayed(flow: Flow, state: State, answers: Sequence[str]) -> Replayed:
    left = flow.time.minutes
    topics = whole_road(flow, state.facts, walk(flow, state.facts, minutes_left=left), minutes_left=left)
    slots = [slot for topic in topics for slot in (*flow.topics[topic].required, *flow.topics[topic].nice_to_know)]
    known = {slot: state.facts[slot] for slot in slots if slot in state.facts}
    values = {slot: fact.value if fact.status in KNOWN else f"({fact.status.value})" for slot, fact in known.items()}
    return Replayed(answers=tuple(answers), topics=topics, ending=state.ending, values=values)


def differences(before: Replayed, after: Replayed) -> Iterator[str]:
    """What the call would be like now, in plain words; nothing where it would be the same."""
    for number, (old, new) in enumerate(zip(before.answers, after.answers, strict=False), start=1):
        if old != new:
            yield f"after turn {number}: {new} rather than {old}"
            break
    if len(before.answers) != len(after.answers):
        yield f"ends after turn {len(after.answers)} rather than {len(before.answers)}"
    if before.ending != after.ending:
        yield f"ends as {after.ending or 'not over yet'} rather than {before.ending or 'not over yet'}"
    if before.topics != after.topics:
        yield from _roads(before.topics, after.topics)
    for slot in sorted(before.values.keys() | after.values.keys()):
        old, new = before.values.get(slot, "nothing"), after.values.get(slot, "nothing")
        if old != new:
            yield f"reports {slot}: {new} rather than {old}"


def _roads(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    gone, come = [t for t in before if t not in after], [t for t in after if t not in before]
    if gone:
        yield f"no longer comes to {', '.join(gone)}"
    if come:
        yield f"comes to {', '.join(come)}"
    if not gone and not come:
        yield f"takes the topics in another order: {', '.join(after)}"


def recorded_answers(turns: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """What answered each turn in the call itself, in the form of `Replayed.answers`."""
    return tuple(f"{turn['move']} {turn['topic'] or ''}".strip() for turn in turns)


def as_it_was(replayed: Replayed, turns: Sequence[Mapping[str, Any]], ending: str | None) -> Replayed:
    """Where the old version is not there any more: the answers and the ending of the call itself."""
    return replace(replayed, answers=recorded_answers(turns), ending=ending)
