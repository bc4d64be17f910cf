"""Roads: where each topic leads, and whether every road gets somewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.conditions import compile_condition
from webhook.content.document import ElseDoc, IfDoc, TargetDoc
from webhook.content.findings import closest
from webhook.content.parts import called
from webhook.errors import ContentError
from webhook.interview.flow import Arrow, Slot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from webhook.content.draft import Draft
    from webhook.content.source import Place
    from webhook.interview.flow import Condition


_MOST_LISTED = 12


@dataclass(frozen=True, kw_only=True)
class Way:
    """One line of a `follow_up` as it is written; `place` is where the target stands."""

    place: Place
    condition: str | None = None
    go_to: str | None = None
    end: str | None = None


def read_arrows(draft: Draft, topic_id: str, slots: Mapping[str, Slot]) -> tuple[Arrow, ...]:
    """The arrows of one topic, their targets and conditions checked."""
    place: Place = ("topics", topic_id, "follow_up")
    if draft.is_mended(*place):
        return ()
    _check_else(draft, topic_id)
    arrows = []
    for way in ways(draft, topic_id):
        _check_target(draft, way)
        condition = _condition(draft, way, slots) if way.condition is not None else None
        arrows.append(Arrow(condition=condition, go_to=way.go_to, end=way.end))
    return tuple(arrows)


def ways(draft: Draft, topic_id: str) -> Iterator[Way]:
    """The lines of a topic, whichever of the short forms they are written in."""
    place: Place = ("topics", topic_id, "follow_up")
    road = draft.doc.topics[topic_id].follow_up
    if isinstance(road, str | TargetDoc):
        yield _way(road, place)
        return
    for index, line in enumerate(road):
        if isinstance(line, ElseDoc):
            yield _way(line.else_, (*place, index, "else"))
        else:
            yield _way(line, (*place, index), condition=line.if_)


def _way(target: str | TargetDoc, place: Place, condition: str | None = None) -> Way:
    if isinstance(target, str):
        return Way(place=place, condition=condition, go_to=target)
    key = "end" if target.end is not None else "go_to"
    named = target.end is not None or target.go_to is not None
    return Way(place=(*place, key) if named else place, condition=condition, go_to=target.go_to, end=target.end)


def _check_else(draft: Draft, topic_id: str) -> None:
    place: Place = ("topics", topic_id, "follow_up")
    road = draft.doc.topics[topic_id].follow_up
    if isinstance(road, str | TargetDoc):
        return
    last = len(road) - 1
    has_else = any(isinstance(line, ElseDoc) for line in road)
    if isinstance(road[last], IfDoc) and not has_else:
        message = f"the follow_up of topic `{topic_id}` does not end in `else`"
        draft.note("missing-else", (*place, last), message)
    for index, line in enumerate(road[:last]):
        if isinstance(line, ElseDoc):
            message = f"lines after `else` are never read: put `else` last, in the follow_up of topic `{topic_id}`"
            draft.note("dead-line", (*place, index + 1), message)
            break


def _check_target(draft: Draft, way: Way) -> None:
    topics, endings = draft.doc.topics, draft.doc.endings
    where = called(way.place)
    if (way.go_to is None) == (way.end is None):
        draft.note("follow-up-target", way.place, f"a line needs either `go_to` or `end`, in {where}")
    elif way.go_to is not None and way.go_to not in topics:
        if way.go_to in endings:
            message = f"`{way.go_to}` is an ending: write {{end: {way.go_to}}}, in {where}"
            draft.note("unknown-topic", way.place, message)
        else:
            draft.note_unknown("topic", way.go_to, way.place, topics)
    elif way.end is not None and way.end not in endings:
        draft.note_unknown("ending", way.end, way.place, endings)


def _condition(draft: Draft, way: Way, slots: Mapping[str, Slot]) -> Condition | None:
    assert way.condition is not None
    words = set(way.condition.replace("(", " ").replace(")", " ").replace(".", " ").split())
    if words & draft.lost_slots:
        return None
    place: Place = (*(way.place[:-1] if way.place[-1] in ("go_to", "end") else way.place), "if")
    try:
        condition = compile_condition(way.condition, slots)
    except ContentError as refused:
        draft.note_problems(place, way.condition, refused.findings)
        return None
    if not condition.names:
        draft.note("constant-condition", place, "this condition looks at no slot: it never changes", severity="warning")
    return condition


@dataclass(frozen=True, kw_only=True)
class Map:
    """Which topics each topic can lead to, and which topics can end the call."""

    start: str
    leads_to: Mapping[str, tuple[str, ...]]
    ends: frozenset[str]


def read_map(draft: Draft, without: Collection[tuple[str, int]] = ()) -> Map | None:
    """The whole of the roads, `without` some lines of some topics; None while a follow_up is too broken to tell.

    A misspelt topic counts as the one that was probably meant, so that one slip is one finding and not twenty; a
    target nobody can guess counts as an ending.
    """
    topics = draft.doc.topics
    start = draft.doc.start if draft.doc.start in topics else closest(draft.doc.start, topics)
    if start is None or any(draft.is_mended("topics", name, "follow_up") for name in topics):
        return None
    leads_to: dict[str, tuple[str, ...]] = {}
    ends: set[str] = set()
    for name in topics:
        lines = [way for index, way in enumerate(ways(draft, name)) if (name, index) not in without]
        targets = [way.go_to if way.end is None else None for way in lines]
        meant = [t if t is None or t in topics else _topic_meant(draft, t) for t in targets]
        leads_to[name] = tuple(t for t in meant if t is not None)
        if None in meant:
            ends.add(name)
    return Map(start=start, leads_to=leads_to, ends=frozenset(ends))


def _topic_meant(draft: Draft, target: str) -> str | None:
    """An ending written where a topic belongs is meant as that ending, however like a topic it looks."""
    return None if target in draft.doc.endings else closest(target, draft.doc.topics)


def check_roads(draft: Draft) -> None:
    """Topics nobody comes to, and roads that never end."""
    roads = read_map(draft)
    if roads is None:
        return
    _check_reached(draft, roads)
    _check_ends(draft, roads)


def check_live_roads(draft: Draft, dead: Collection[tuple[str, int]]) -> None:
    """Warn of topics that only lines lead to which are never taken."""
    written, live = read_map(draft), read_map(draft, dead)
    if written is None or live is None:
        return
    cut_off = _from(written.leads_to, written.start) - _from(live.leads_to, live.start)
    for name in draft.doc.topics:
        if name in cut_off:
            message = f"topic `{name}` can never be reached: the lines that lead to it are never taken"
            draft.note("unreachable-topic", ("topics", name), message, at_key=True, severity="warning")


def _check_reached(draft: Draft, roads: Map) -> None:
    """One finding for the topic that is cut off first; those behind it are named along with it."""
    reached = _from(roads.leads_to, roads.start)
    for name in draft.doc.topics:
        if name in reached:
            continue
        found = _from(roads.leads_to, name, but=reached)
        behind = [other for other in draft.doc.topics if other in found - {name}]
        more = f", and so neither can {_listed(behind)}" if behind else ""
        draft.note("unreachable-topic", ("topics", name), f"topic `{name}` can never be reached{more}", at_key=True)
        reached |= found


def _check_ends(draft: Draft, roads: Map) -> None:
    ending = _can_end(roads)
    stuck = {name for name in draft.doc.topics if name not in ending}
    inside = {name: tuple(to for to in roads.leads_to[name] if to in stuck) for name in stuck}
    back = _turned(inside)
    told: set[str] = set()
    for name in draft.doc.topics:
        if name not in stuck or name in told:
            continue
        circle = _after(inside, name) & _after(back, name)
        if circle:
            told |= circle
            loop = [other for other in draft.doc.topics if other in circle]
            message = (
                f"no way out of the loop {_listed(loop)}" if len(loop) > 1 else f"topic `{name}` leads only to itself"
            )
            draft.note("endless-loop", ("topics", name), message, at_key=True)
        else:
            draft.note("no-ending", ("topics", name), f"no road from topic `{name}` reaches an ending", at_key=True)


def _can_end(roads: Map) -> set[str]:
    """The topics from which an ending can be reached: walked once, from the endings backwards."""
    back = _turned(roads.leads_to)
    found = set(roads.ends)
    todo = list(found)
    while todo:
        before = [name for name in back.get(todo.pop(), ()) if name not in found]
        found.update(before)
        todo.extend(before)
    return found


def _turned(leads_to: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    back: dict[str, list[str]] = {}
    for name, targets in leads_to.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    return back


def _from(leads_to: Mapping[str, Iterable[str]], start: str, but: Collection[str] = ()) -> set[str]:
    return {start} | _after(leads_to, start, but)


def _after(leads_to: Mapping[str, Iterable[str]], start: str, but: Collection[str] = ()) -> set[str]:
    """Every topic one can come to from here, going at least one step and through none of `but`."""
    found: set[str] = set()
    todo = list(leads_to.get(start, ()))
    while todo:
        name = todo.pop()
        if name not in found and name not in but:
            found.add(name)
            todo.extend(leads_to.get(name, ()))
    return found


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= _MOST_LISTED else names[:_MOST_LISTED]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(f"`{name}`" for name in shown) + more
