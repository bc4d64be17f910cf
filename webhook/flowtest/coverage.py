"""How much of a flow its tests reach: topics, arrows, conditions both ways, endings, slots. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from webhook.content.findings import line_and_column
from webhook.interview import road as roads
from webhook.interview.facts import condition_values
from webhook.interview.moves import minutes_left

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from webhook.content.source import Place, Source
    from webhook.flowtest.talk import Step, Talk
    from webhook.interview.flow import Arrow, Flow

Kind = Literal["topic", "arrow", "condition", "ending", "slot"]
KINDS: tuple[Kind, ...] = ("topic", "arrow", "condition", "ending", "slot")
Mark = tuple[str, ...]
"""What was reached: `("topic", id)`, `("arrow", topic, number)`, `("condition", topic, number, "true")`, ..."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing a test can reach, and the line where it stands in the flow."""

    kind: Kind
    mark: Mark
    text: str
    line: int
    is_reached: bool


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """All that can be reached in one flow, in the order of the file."""

    flow_id: str
    path: str
    items: tuple[Item, ...]

    @property
    def missed(self) -> tuple[Item, ...]:
        return tuple(item for item in self.items if not item.is_reached)

    def of(self, kind: Kind | None = None) -> tuple[int, int]:
        """How many were reached, and how many there are."""
        items = [item for item in self.items if kind in (None, item.kind)]
        return sum(item.is_reached for item in items), len(items)

    def percent(self, kind: Kind | None = None) -> float:
        reached, count = self.of(kind)
        return 100.0 * reached / count if count else 100.0


def cover(flow: Flow, source: Source, talks: Iterable[Talk]) -> Coverage:
    """What these talks reach of the flow that was written in `source`."""
    reached = {mark for talk in talks for step in talk.steps for mark in _reached(flow, step)}
    items = [
        Item(kind=kind, mark=mark, text=text, line=_line(source, place), is_reached=mark in reached)
        for kind, mark, text, place in _everything(flow, source)
    ]
    items.sort(key=lambda item: (item.line, KINDS.index(item.kind)))
    return Coverage(flow_id=flow.id, path=source.path, items=tuple(items))


def _reached(flow: Flow, step: Step) -> Iterator[Mark]:
    if step.topic is not None:
        yield ("topic", step.topic)
    if step.state.ending is not None:
        yield ("ending", step.state.ending)
    yield from (("slot", event.slot) for event in step.learnt)
    yield from _on_the_way(flow, step)


def _on_the_way(flow: Flow, step: Step) -> Iterator[Mark]:
    """The lines that were taken so far, and the conditions that were true or false for it."""
    left = minutes_left(flow, step.state, step.now)
    road = roads.walk(flow, step.state.facts, minutes_left=left)
    values = condition_values(flow, step.state.facts, left)
    left_behind = road.topics if road.ending is not None else road.topics[:-1]
    for topic_id in left_behind:
        topic = flow.topics[topic_id]
        taken = roads.next_arrow(topic, values)
        for number, arrow in enumerate(topic.follow_up):
            is_taken = arrow is taken
            if arrow.condition is not None:
                yield ("condition", topic_id, str(number), "true" if arrow.condition.holds(values) else "false")
            if is_taken:
                yield ("arrow", topic_id, str(number))
                break


def _everything(flow: Flow, source: Source) -> Iterator[tuple[Kind, Mark, str, Place]]:
    for topic in flow.topics.values():
        place: Place = ("topics", topic.id)
        yield "topic", ("topic", topic.id), f"topic `{topic.id}`", place
        for key, names in (("required_info", topic.required), ("nice_to_know", topic.nice_to_know)):
            for name in names:
                if flow.slots[name].topic == topic.id:
                    yield "slot", ("slot", name), f"slot `{name}`", (*place, key, name)
        for number, arrow in enumerate(topic.follow_up):
            yield from _of_arrow(topic.id, number, arrow, (*place, "follow_up", number))
    for name in source.data.get("endings") or ():
        yield "ending", ("ending", name), f"ending `{name}`", ("endings", name)


def _of_arrow(topic: str, number: int, arrow: Arrow, place: Place) -> Iterator[tuple[Kind, Mark, str, Place]]:
    target = f"end `{arrow.end}`" if arrow.end is not None else f"`{arrow.go_to}`"
    yield "arrow", ("arrow", topic, str(number)), f"arrow `{topic}` to {target}", place
    if arrow.condition is not None:
        for way in ("true", "false"):
            text = f"condition `{' '.join(arrow.condition.source.split())}` {way}"
            yield "condition", ("condition", topic, str(number), way), text, place


def _line(source: Source, place: Place) -> int:
    return line_and_column(source.text, source.key_offset(place))[0]
