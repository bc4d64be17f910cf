"""What a `talk` shows beside the dialogue: facts, road and reasons, as lines of text."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from webhook.interview import road as roads
from webhook.interview.drawing import trace_of
from webhook.interview.facts import Status, condition_values
from webhook.interview.flow import SUMMARY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from webhook.interview.facts import FactEvent
    from webhook.interview.flow import Flow, Topic
    from webhook.interview.moves import State
    from webhook.interview.session import Session


def clock_text(minutes: float) -> str:
    """`9:05 left`; at zero the time is up."""
    seconds = max(0, math.ceil(minutes * 60 - 1e-6))
    return f"{seconds // 60}:{seconds % 60:02} left"


def fact_line(event: FactEvent) -> str:
    """`+ age = 34 (filled) "I'm 34"`."""
    named = event.slot if event.value is None else f"{event.slot} = {_shown(event.value)}"
    return f'+ {named} ({event.status.value}) "{event.words}"'


def fact_lines(flow: Flow, state: State) -> list[str]:
    """All slots of the flow, in its order."""
    width = max(map(len, flow.slots), default=0)
    return [f"{name:<{width}}  {_fact(state, name)}" for name in flow.slots]


def _fact(state: State, name: str) -> str:
    event = state.facts.get(name)
    if event is None or event.status is Status.EMPTY:
        return Status.EMPTY.value
    value = "" if event.value is None else f" {_shown(event.value)}"
    return f'{event.status.value:<8}{value}  "{event.words}"'


def road_lines(flow: Flow, state: State, *, minutes_left: float) -> list[str]:
    """The topics on the road, and where it ends if it does."""
    road = trace_of(flow, state, minutes_left=minutes_left).road
    skip = _skipped(flow, state, minutes_left)
    current = None if state.ending is not None else state.topic or road.open
    whole = roads.whole_road(flow, state.facts, road, minutes_left=minutes_left)
    lines = [_stand(flow.topics[topic], state, skip, road.topics, current) for topic in whole]
    return [*lines, f"end    {state.ending}"] if state.ending is not None else lines


def _stand(topic: Topic, state: State, skip: Collection[str], walked: tuple[str, ...], current: str | None) -> str:
    if topic.id == current:
        return f"now    {topic.id}"
    if topic.id in walked and not roads.missing(topic, state.facts, state.reopened):
        return f"done   {topic.id}"
    return f"ahead  {topic.id}" + (", but time is too short for it" if topic.id in skip else "")


def _skipped(flow: Flow, state: State, minutes_left: float) -> Collection[str]:
    """Topics that are still open, and that the time that is left is too short for."""
    pace = roads.pace(flow, state.facts, minutes_left=minutes_left, current=state.topic, probes_used=state.probes)
    if not pace.wrap_up:
        return pace.skip
    road = roads.walk(flow, state.facts, minutes_left=minutes_left)
    whole = roads.whole_road(flow, state.facts, road, minutes_left=minutes_left)
    still_asked = {flow.start, SUMMARY, state.topic}
    if not pace.over:
        still_asked |= {flow.slots[s].topic for s in flow.enough.must_have}
    return {t for t in whole if t not in still_asked and roads.missing(flow.topics[t], state.facts)}


def why_lines(flow: Flow, session: Session, *, minutes_left: float) -> list[str]:
    """The last move and the conditions on the road up to it."""
    move = session.head.move if session.head is not None else session.state.pending
    if move is None:
        return ["nothing was decided yet"]
    about = " ".join(part for part in (move.topic and f"[{move.topic}]", move.slot and f"for {move.slot}") if part)
    lines = [f"{move.kind.value} {about}: {move.reason}".replace(" :", ":")]
    if move.again:
        lines.append(f"asked {'once' if move.again == 1 else f'{move.again} times'} before")
    if move.problem:
        lines.append(f"the value was not taken: {move.problem}")
    trace = trace_of(flow, session.state, minutes_left=minutes_left)
    values = condition_values(flow, trace.facts, minutes_left)
    for name in trace.road.topics:  # of a topic that was passed by nothing was looked at
        if name != trace.road.open and not roads.missing(flow.topics[name], trace.facts):
            lines += _arrow_lines(flow.topics[name], values)
    skip = _skipped(flow, session.state, minutes_left)
    return [*lines, f"time is too short for {', '.join(t for t in flow.topics if t in skip)}"] if skip else lines


def _arrow_lines(topic: Topic, values: Mapping[str, object]) -> Iterator[str]:
    """The lines of a `follow_up` that were looked at: up to the first one that holds."""
    taken = roads.next_arrow(topic, values)
    for number, arrow in enumerate(topic.follow_up):
        target = arrow.go_to or arrow.end
        if arrow.condition is not None:
            holds = "holds" if arrow is taken else "does not hold"
            yield f"after {topic.id}: if {arrow.condition.source} {holds}" + (f" -> {target}" if arrow is taken else "")
        elif number:
            yield f"after {topic.id}: else -> {target}"
        if arrow is taken:
            return


def _shown(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
