"""Recordings: what was understood in a call, turn by turn, without who it was.

A recording is what `webhook replay` holds a new version of a flow against. It has no words of the caller: facts that
are text become placeholders, unless they are words that stand in a condition, and so the designer's own. Numbers that
are private become the least the flow allows, unless the road looks at them.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from webhook.interview.facts import KNOWN, FactEvent, Status
from webhook.interview.flow import MANY, STOPPED_BY_CALLER, SlotType
from webhook.interview.moves import MoveKind
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webhook.interview.flow import Flow, Slot
    from webhook.interview.session import Session, Turn

#: What a move answers, where that is not a fact.
_WISHES = {
    MoveKind.OFFER_STOP: Signal.STOP,
    MoveKind.SAFETY_CHECK: Signal.DISTRESS,
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
    conditions = _conditions(flow)
    return {
        "call": call,
        "flow": session.flow_id,
        "version": session.flow_version,
        "hash": session.flow_hash,
        "language": session.language,
        "turns": [
            {
                "understood": _understood(flow, by_turn[turn.slot], _wish(turn, state.ending), conditions)
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


def _conditions(flow: Flow) -> Mapping[str, str]:
    """For each slot that the road looks at, the conditions that do."""
    found: dict[str, str] = defaultdict(str)
    arrows = (arrow for topic in flow.topics.values() for arrow in topic.follow_up)
    for condition in (arrow.condition for arrow in arrows if arrow.condition is not None):
        for name in condition.names:
            found[name] += f"{condition.source}\n"
    return found


def _wish(turn: Turn, ending: str | None) -> Signal | None:
    if turn.move == MoveKind.END and ending == STOPPED_BY_CALLER:
        return Signal.STOP
    return _WISHES.get(MoveKind(turn.move))


def _understood(
    flow: Flow, events: Sequence[FactEvent], wish: Signal | None, conditions: Mapping[str, str]
) -> dict[str, Any]:
    understood: dict[str, Any] = {}
    corrected: dict[str, Any] = {}
    for event in events:
        slot = flow.slots.get(event.slot)
        if slot is None or event.status not in KNOWN:
            continue
        into = corrected if event.old_status is Status.FILLED else understood
        into[event.slot] = anonymous(slot, event.value, conditions=conditions.get(event.slot, ""))
    lists = {
        "refused": [event.slot for event in events if event.status is Status.REFUSED],
        "unknown": [event.slot for event in events if event.status is Status.UNKNOWN],
        "signals": [] if wish is None else [wish.value],
    }
    understood |= {"corrected": corrected} if corrected else {}
    return understood | {name: values for name, values in lists.items() if values}


def anonymous(slot: Slot, value: Any, *, conditions: str = "") -> Any:
    """A value that tells nobody who gave it, and takes the same road past the `conditions` that look at the slot."""
    if slot.type in (SlotType.CHOICE, SlotType.CHOICES, SlotType.YES_NO):
        return value
    if slot.type is SlotType.TEXT:
        return value if _is_written(value, conditions) else f"({slot.label})"
    if slot.type is SlotType.LIST:
        return [_item(slot, item, number, conditions) for number, item in enumerate(value, start=1)]
    return _least(slot) if slot.private and not conditions else value


def _is_written(words: Any, conditions: str) -> bool:
    """True when these words stand in a condition, between quotes."""
    return any(f"{quote}{words}{quote}" in conditions for quote in "\"'")


def _item(slot: Slot, item: Any, number: int, conditions: str) -> Any:
    """Items stay different from each other: a list holds each once."""
    hidden = number if slot.private and not conditions else None
    if isinstance(item, dict):
        kinds = dict(slot.of) if isinstance(slot.of, tuple) else {}
        return {
            name: _part(kinds.get(name), part, f"({name} {number})", hidden, conditions) for name, part in item.items()
        }
    kind = slot.of if isinstance(slot.of, SlotType) else None
    return _part(kind, item, f"({slot.label} {number})", hidden, conditions)


def _part(kind: SlotType | None, part: Any, words: str, hidden: int | None, conditions: str) -> Any:
    """`words` stand in for a text, `hidden` for a private number."""
    if part is None or kind in MANY:
        return part
    if kind is SlotType.TEXT or isinstance(part, str):
        return part if _is_written(part, conditions) else words
    return part if hidden is None else hidden


def _least(slot: Slot) -> float | int:
    least = slot.min if slot.min is not None else 1
    return int(least) if slot.type is SlotType.WHOLE_NUMBER else least
