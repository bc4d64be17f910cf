"""A flow as a picture: Mermaid text of its topics, arrows and endings, and of the road one call took through it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webhook.interview import road as roads
from webhook.interview.facts import KNOWN, FactEvent, Facts, Status, condition_values
from webhook.interview.flow import SUMMARY, Arrow, Flow, Topic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.interview.moves import State
    from webhook.interview.road import Road

_SHAPES = {"must": ("[", "]"), "should": ("(", ")"), "could": ("{{", "}}")}
_MINUTES_LEFT = "minutes_left"
_LONGEST_VALUE = 40
_HIDDEN = "•••"
_PRESSED = "time is short"
_CLASSES = (
    "classDef must stroke-width:3px",
    "classDef should stroke-width:1px",
    "classDef could stroke-width:1px,stroke-dasharray:4 3",
    "classDef ending fill:#eeeeee,stroke:#666666,color:#222222",
)
_TRACED = (
    "classDef walked fill:#d7f0dd,stroke:#2e7d46,color:#102a18",
    "classDef open fill:#fff2c2,stroke:#b07d00,stroke-width:3px,color:#3a2a00",
    "classDef reached fill:#d7f0dd,stroke:#2e7d46,stroke-width:3px,color:#102a18",
    "classDef faded fill:#fafafa,stroke:#cccccc,color:#8a8a8a",
)
#: What Mermaid gives a meaning of its own, in a quoted label or before it has even found the quotes.
_SPECIAL = re.compile(r"""["#&;:<>`\\%*~{}|\[\]]""")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """How far one call has come: its road, its facts, and the clock its conditions are seen by."""

    road: Road
    facts: Facts
    minutes_left: float


@dataclass(frozen=True, kw_only=True)
class _Link:
    """One line between two nodes."""

    source: str
    target: str
    label: str = ""
    dashed: bool = False
    taken: bool = False

    def __str__(self) -> str:
        label = f'|"{escaped(self.label)}"|' if self.label else ""
        return f"{self.source} {'-.->' if self.dashed else '-->'}{label} {self.target}"


def to_mermaid(flow: Flow, trace: Trace | None = None) -> str:
    """The flow as a Mermaid flowchart; with a trace, what the call did not come to is faded."""
    links = _links(flow, trace)
    drawn = _reachable_endings(flow, trace)
    lines = [
        f"title: {json.dumps(f'{flow.title} (version {flow.version})', ensure_ascii=False)}",
        "---",
        "flowchart TD",
        '  start(("start"))',
        *(f"  {_topic_node(flow, topic, trace)}" for topic in flow.topics.values()),
        '  subgraph endings ["endings"]',
        *(f"    {_ending_node(flow, ending, trace)}" for ending in drawn),
        "  end",
        *(f"  {link}" for link in links),
        *(f"  {style}" for style in (*_CLASSES, *(_TRACED if trace else ()))),
    ]
    faded = [str(i) for i, link in enumerate(links) if not link.taken]
    if trace is not None and faded:
        lines.append(f"  linkStyle {','.join(faded)} stroke:#cccccc,color:#8a8a8a")
    return "\n".join(["---", *lines, ""])


def trace_of(flow: Flow, state: State, *, minutes_left: float) -> Trace:
    """Where a call stands, as the talk went: it may have passed by topics that are still open, for want of time."""
    road = roads.walk(flow, state.facts, minutes_left=minutes_left, reopened=state.reopened)
    here = state.topic if state.topic in flow.topics else None
    if here is not None and here not in road.topics:
        passed = roads.walk(flow, state.facts, minutes_left=minutes_left, skip=flow.topics.keys() - {here})
        road = passed if here in passed.topics else road
    if state.ending is not None:
        is_by_road = road.ending == state.ending
        # Stopped, by the caller or by the clock: the last topic talked about is where the road breaks off.
        road = replace(road, open=None if is_by_road else road.open or here, ending=state.ending)
    return Trace(road=road, facts=state.facts, minutes_left=minutes_left)


def escaped(text: str) -> str:
    """Words that stand in a Mermaid label as they are: its own signs are written by number."""
    return _SPECIAL.sub(lambda sign: f"#{ord(sign[0])};", " ".join(text.split()))


# Nodes


def _topic_id(flow: Flow, topic_id: str) -> str:
    """With a number in front: a topic may be called `end`, and `a-b` is not `a_b`."""
    return f"t{list(flow.topics).index(topic_id) + 1}_{topic_id.replace('-', '_')}"


def _ending_id(flow: Flow, ending_id: str) -> str:
    return f"e{list(flow.endings).index(ending_id) + 1}_{ending_id.replace('-', '_')}"


def _topic_node(flow: Flow, topic: Topic, trace: Trace | None) -> str:
    opens, closes = _SHAPES[topic.importance]
    lines = [topic.label, topic.importance]
    look: str = topic.importance
    if trace is not None:
        look, remark = _look(topic, trace)
        lines += [remark] if remark else []
        lines += list(_known(flow, topic, trace.facts))
    label = "<br/>".join(map(escaped, lines))
    return f'{_topic_id(flow, topic.id)}{opens}"{label}"{closes}:::{look}'


def _look(topic: Topic, trace: Trace) -> tuple[str, str]:
    """The class of a topic, and what is to be said of it."""
    if topic.id == trace.road.open:
        return "open", "the call ended here" if trace.road.ending is not None else "the call is here"
    if topic.id not in trace.road.topics:
        return "faded", ""
    if roads.missing(topic, trace.facts):
        return "faded", "not reached"
    return "walked", ""


def _known(flow: Flow, topic: Topic, facts: Facts) -> Iterator[str]:
    for name in (*topic.required, *topic.nice_to_know):
        event = facts.get(name)
        if event is None or event.status is Status.EMPTY:
            continue
        if event.status not in KNOWN:
            yield f"{name} ({event.status.value})"
        else:
            yield f"{name} = {_HIDDEN if flow.slots[name].private else _value(event)}"


def _value(event: FactEvent) -> str:
    value = event.value if isinstance(event.value, str) else json.dumps(event.value, ensure_ascii=False)
    return value if len(value) <= _LONGEST_VALUE else f"{value[: _LONGEST_VALUE - 1]}…"


def _ending_node(flow: Flow, ending_id: str, trace: Trace | None) -> str:
    look = "ending"
    if trace is not None:
        look = "reached" if ending_id == trace.road.ending else "faded"
    return f'{_ending_id(flow, ending_id)}(["{escaped(ending_id.replace("_", " "))}"]):::{look}'


def _reachable_endings(flow: Flow, trace: Trace | None) -> tuple[str, ...]:
    """Those an arrow leads to, and the one the call came to; the others can happen anywhere, or not at all."""
    named = {arrow.end for topic in flow.topics.values() for arrow in topic.follow_up}
    came_to = trace.road.ending if trace is not None else None
    return tuple(e for e in flow.endings if e in named or e == came_to)


# Arrows


def _links(flow: Flow, trace: Trace | None) -> tuple[_Link, ...]:
    taken = _taken(flow, trace) if trace is not None else {}
    links = [_Link(source="start", target=_topic_id(flow, flow.start), taken=True)]
    for topic in flow.topics.values():
        for number, arrow in enumerate(topic.follow_up):
            links.append(_link(flow, topic, arrow, label=_label(topic, number), taken=taken.get(topic.id) is arrow))
    links += _past_could(flow)
    road = trace.road if trace is not None else None
    if road is not None and road.open is not None and road.ending is not None:
        here, there = _topic_id(flow, road.open), _ending_id(flow, road.ending)
        links.append(_Link(source=here, target=there, dashed=True, taken=True))
    return tuple(dict.fromkeys(links))


def _link(flow: Flow, topic: Topic, arrow: Arrow, *, label: str, taken: bool) -> _Link:
    is_timed = arrow.condition is not None and _MINUTES_LEFT in arrow.condition.names
    return _Link(
        source=_topic_id(flow, topic.id), target=_target(flow, arrow), label=label, dashed=is_timed, taken=taken
    )


def _target(flow: Flow, arrow: Arrow) -> str:
    return _topic_id(flow, arrow.go_to) if arrow.go_to is not None else _ending_id(flow, arrow.end or "completed")


def _label(topic: Topic, number: int) -> str:
    arrow = topic.follow_up[number]
    if arrow.condition is not None:
        return arrow.condition.source
    return "else" if number else ""


def _taken(flow: Flow, trace: Trace) -> dict[str, Arrow]:
    """The arrow that leads on from each topic the road has come through."""
    values = condition_values(flow, trace.facts, trace.minutes_left)
    gone = (flow.topics[t] for t in trace.road.topics if t != trace.road.open)
    return {topic.id: roads.next_arrow(topic, values) for topic in gone}


def _past_could(flow: Flow) -> Iterator[_Link]:
    """Roads that only a lack of time opens: past every `could` topic, to where it leads."""
    for topic in flow.topics.values():
        for number, arrow in enumerate(topic.follow_up):
            for onward in _beyond(flow, arrow, topic.id):
                conditions = (_label(topic, number), onward.condition.source if onward.condition is not None else "")
                label = ", ".join(dict.fromkeys((_PRESSED, *filter(None, conditions))))
                yield _Link(source=_topic_id(flow, topic.id), target=_target(flow, onward), label=label, dashed=True)


def _beyond(flow: Flow, arrow: Arrow, start: str) -> Iterator[Arrow]:
    """The arrows out of the run of `could` topics that this arrow leads into; they are all passed by together."""
    run = [arrow.go_to] if arrow.go_to is not None and _may_be_passed(flow, arrow.go_to) else []
    for here in run:
        for onward in flow.topics[here].follow_up:
            there = onward.go_to
            if there is None or not _may_be_passed(flow, there):
                yield onward
            elif there not in (*run, start):
                run.append(there)  # looked at later in this very loop


def _may_be_passed(flow: Flow, topic_id: str) -> bool:
    return flow.topics[topic_id].importance == "could" and topic_id not in (flow.start, SUMMARY)
