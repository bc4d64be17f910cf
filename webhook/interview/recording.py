"""Recordings: what was understood in a call, turn by turn, without who it was.

A recording is what `webhook replay` holds a new version of a flow against. It has no words of the caller: facts that
are text become placeholders, numbers that are private become the least the flow allows, unless the road looks at them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from webhook.interview.facts import FactEvent, Status
from webhook.interview.flow import MANY, STOPPED_BY_CALLER, SlotType
from webhook.interview.moves import MoveKind
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webhook.interview.flow import Flow, Slot
    from webhook.interview.session import Session, Turn

#: What a move answers, where that is not a fact.
_WISHES = {
    MoveKind.OFFER_STOP: Signal.STOP,
    MoveKind.SAFETY: Signal.DISTRESS,
    MoveKind.REPEAT: Signal.REPEAT,
    MoveKind.WAIT: Signal.WAIT,
    MoveKind.ANSWER: Signal.QUESTION,
    MoveKind.REDIRECT: Signal.OFF_TOPIC,
}


def recording(flow: Flow, session: Session, *, call: str) -> dict[str, Any]:
    """A call as JSON: `{call, flow, version, hash, language, turns: [{understood, move, topic}], ending}`.

    `flow` is the version the call began with, `call` the name it goes by from now on. `understood` is written as in a
    designer's test. Beside its facts a record keeps no more of a turn than the move that answered it, so a wish is
    taken from that.
    """
    state, turns = session.state, session.turns
    by_turn: dict[int, list[FactEvent]] = defaultdict(list)
    for event in state.events:
        by_turn[event.turn].append(event)
    looked_at = _looked_at(flow)
    return {
        "call": call,
        "flow": session.flow_id,
        "version": session.flow_version,
        "hash": session.flow_hash,
        "language": session.language,
        "turns": [
            {
                "understood": _understood(flow, by_turn[turn.slot], _wish(turn, state.ending), looked_at)
                | ({"thin": True} if turn.move == MoveKind.PROBE else {}),
                "move": turn.move,
                "topic": turn.topic,
            }
            for turn in _moved(turns)
        ],
        "ending": state.ending,
    }


def _moved(turns: Sequence[Turn]) -> Iterable[Turn]:
    """A turn that never was decided teaches nothing; its words were heard together with the next."""
    return (turn for turn in turns if turn.move)


def _looked_at(flow: Flow) -> frozenset[str]:
    arrows = (arrow for topic in flow.topics.values() for arrow in topic.follow_up)
    return frozenset(name for arrow in arrows if arrow.condition is not None for name in arrow.condition.names)


def _wish(turn: Turn, ending: str | None) -> Signal | None:
    if turn.move == MoveKind.END and ending == STOPPED_BY_CALLER:
        return Signal.STOP
    return _WISHES.get(MoveKind(turn.move))


def _understood(
    flow: Flow, events: Sequence[FactEvent], wish: Signal | None, looked_at: frozenset[str]
) -> dict[str, Any]:
    understood: dict[str, Any] = {}
    corrected: dict[str, Any] = {}
    for event in events:
        slot = flow.slots.get(event.slot)
        if slot is None or event.status is not Status.FILLED:
            continue
        into = corrected if event.old_status is Status.FILLED else understood
        into[event.slot] = anonymous(slot, event.value, is_looked_at=event.slot in looked_at)
    lists = {
        "refused": [event.slot for event in events if event.status is Status.REFUSED],
        "unknown": [event.slot for event in events if event.status is Status.UNKNOWN],
        "signals": [] if wish is None else [wish.value],
    }
    understood |= {"corrected": corrected} if corrected else {}
    return understood | {name: values for name, values in lists.items() if values}


def anonymous(slot: Slot, value: Any, *, is_looked_at: bool = False) -> Any:
    """A value that tells nobody who gave it, and takes the same road."""
    if is_looked_at or slot.type in (SlotType.CHOICE, SlotType.CHOICES, SlotType.YES_NO):
        return value
    if slot.type is SlotType.TEXT:
        return f"({slot.label})"
    if slot.type is SlotType.LIST:
        return [_item(slot, item, number) for number, item in enumerate(value, start=1)]
    return _least(slot) if slot.private else value


def _item(slot: Slot, item: Any, number: int) -> Any:
    """Items stay different from each other: a list holds each once."""
    if isinstance(item, dict):
        kinds = dict(slot.of) if isinstance(slot.of, tuple) else {}
        return {name: _part(slot, kinds.get(name), part, name, number) for name, part in item.items()}
    return _part(slot, slot.of if isinstance(slot.of, SlotType) else None, item, slot.label, number)


def _part(slot: Slot, kind: SlotType | None, part: Any, name: str, number: int) -> Any:
    if part is None or kind in MANY:
        return part
    if kind is SlotType.TEXT or isinstance(part, str):
        return f"({name} {number})"
    return number if slot.private else part


def _least(slot: Slot) -> float | int:
    least = slot.min if slot.min is not None else 1
    return int(least) if slot.type is SlotType.WHOLE_NUMBER else least
