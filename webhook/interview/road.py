"""The road: which topics the call goes through, derived from facts and never stored.

Corrections, going back, resuming and recovery all come down to walking again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.interview.facts import Facts, condition_values, is_open
from webhook.interview.flow import COMPLETED, SUMMARY, Arrow, Flow, Importance, Topic

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

SECONDS_A_TURN = 25.0
"""What one question with its answer takes, for pacing."""


@dataclass(frozen=True, kw_only=True)
class Road:
    """Topics walked in order; then either an `open` topic where the walk stopped, or an `ending`."""

    topics: tuple[str, ...]
    open: str | None = None
    ending: str | None = None
    #: What `enough` still asks for, where that is why the road stops.
    owed: str | None = None
    #: The way led back to a topic already walked, so the summary was taken instead.
    loop: bool = False


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What time pressure drops: topics to pass by, importances that get no probe any more."""

    skip: frozenset[str] = frozenset()
    no_probes: frozenset[Importance] = frozenset()
    wrap_up: bool = False
    over: bool = False


def missing(topic: Topic, facts: Facts, reopened: Collection[str] = ()) -> tuple[str, ...]:
    """The topic's required slots that are not resolved, in order."""
    return tuple(s for s in topic.required if is_open(facts, s) or s in reopened)


def is_enough(flow: Flow, facts: Facts) -> bool:
    """True when what `enough` names is settled."""
    return not unsettled(flow, facts)


def unsettled(flow: Flow, facts: Facts) -> tuple[str, ...]:
    """The slots that still stand between the caller and the summary: `must_have` first, then those of `of`."""
    must = [s for s in flow.enough.must_have if is_open(facts, s)]
    open_of = [s for s in flow.enough.of if is_open(facts, s)]
    short = len(flow.enough.of) - len(open_of) < flow.enough.at_least
    return tuple(must) + (tuple(open_of) if short else ())


def next_arrow(topic: Topic, values: Mapping[str, object], *, unasked: Collection[str] = ()) -> Arrow:
    """The first line of `follow_up` that holds, else the last.

    `unasked`: slots that may still be answered, so that no line ends the call because they are empty.
    """
    for arrow in topic.follow_up:
        if arrow.condition is None:
            return arrow
        is_early = arrow.end is not None and not arrow.condition.names.isdisjoint(unasked)
        if arrow.condition.holds(values) and not is_early:
            return arrow
    return topic.follow_up[-1]


def walk(
    flow: Flow,
    facts: Facts,
    *,
    minutes_left: float,
    probe_due: str | None = None,
    reopened: Collection[str] = (),
    skip: Collection[str] = (),
) -> Road:
    """Walk from the start as far as the facts carry.

    `probe_due` is the topic that still owes a probe, `reopened` slots the caller wants to change, `skip` topics that
    time pressure passes by.
    """
    values = condition_values(flow, facts, minutes_left)
    here = flow.start
    topics: list[str] = []
    loop = False
    while True:
        topics.append(here)
        topic = flow.topics[here]
        if here not in skip and (missing(topic, facts, reopened) or here == probe_due):
            return Road(topics=tuple(topics), open=here, loop=loop)
        arrow = next_arrow(topic, values)
        if arrow.end is not None or arrow.go_to is None:
            return Road(topics=tuple(topics), ending=arrow.end or COMPLETED, loop=loop)
        there = arrow.go_to
        if there == SUMMARY:
            owed = next((s for s in unsettled(flow, facts) if flow.slots[s].topic not in skip), None)
            if owed is not None:
                return Road(topics=tuple(topics), open=flow.slots[owed].topic, owed=owed, loop=loop)
        if there in topics:
            loop = True
            there = SUMMARY
            if there in topics or there not in flow.topics:
                return Road(topics=tuple(topics), ending=COMPLETED, loop=True)
        here = there


def ahead(flow: Flow, facts: Facts, start: str, *, minutes_left: float) -> tuple[str, ...]:
    """The topics from `start` on, as the way would lead if nothing else became known and nobody was turned away.

    Behind the first topic, where a flow asks for consent, there is no way while it is open.
    """
    values = condition_values(flow, facts, minutes_left)
    topics: list[str] = []
    here: str | None = start
    while here is not None and here not in topics:
        topics.append(here)
        topic = flow.topics[here]
        here = next_arrow(topic, values, unasked=missing(topic, facts) if here != flow.start else ()).go_to
    return tuple(topics)


def whole_road(flow: Flow, facts: Facts, road: Road, *, minutes_left: float) -> tuple[str, ...]:
    """Topics walked and topics ahead: what is *on the road*. Everything else stays out of the report."""
    if road.open is None:
        return road.topics
    rest = ahead(flow, facts, road.open, minutes_left=minutes_left)
    return road.topics + tuple(t for t in rest if t not in road.topics)


def progress(flow: Flow, facts: Facts, *, minutes_left: float) -> tuple[int, int]:
    """How many required facts are resolved, and how many there are: of the topics walked and all that may still come.

    The second number shrinks as answers rule roads out, so a share of it never falls for that.
    """
    road = walk(flow, facts, minutes_left=minutes_left)
    topics = dict.fromkeys(road.topics)
    waiting = [road.open] if road.open is not None else []
    while waiting:
        for arrow in flow.topics[waiting.pop()].follow_up:
            if arrow.go_to is not None and arrow.go_to not in topics:
                topics[arrow.go_to] = None
                waiting.append(arrow.go_to)
    required = dict.fromkeys(s for t in topics for s in flow.topics[t].required)
    return sum(not is_open(facts, s) for s in required), len(required)


def pace(
    flow: Flow,
    facts: Facts,
    *,
    minutes_left: float,
    current: str | None,
    probes_used: Mapping[str, int],
) -> Pace:
    """What to drop so that the rest still fits, by declared importance; nothing while time is plentiful."""
    if minutes_left <= 0:
        return Pace(wrap_up=True, over=True)
    if minutes_left <= flow.time.wrap_up_minutes:
        return Pace(wrap_up=True)
    left_s = minutes_left * 60
    start = walk(flow, facts, minutes_left=minutes_left).open
    rest = ahead(flow, facts, start, minutes_left=minutes_left) if start else ()
    paces = _paces(flow, rest, current)
    return next((p for p in paces if _need_s(flow, facts, rest, p, probes_used) <= left_s), paces[-1])


def _paces(flow: Flow, rest: tuple[str, ...], current: str | None) -> tuple[Pace, ...]:
    """From no pressure to most: each step drops one thing more.

    The first topic, the summary and the one that is being talked about are never passed by.
    """
    kept = {flow.start, SUMMARY, current}
    could = frozenset(t for t in rest if flow.topics[t].importance == "could" and t not in kept)
    should = frozenset(t for t in rest if flow.topics[t].importance == "should" and t not in kept)
    few: frozenset[Importance] = frozenset({"should", "could"})
    none: frozenset[Importance] = few | {"must"}
    return (
        Pace(),
        Pace(no_probes=few),
        Pace(no_probes=few, skip=could),
        Pace(no_probes=none, skip=could),
        Pace(no_probes=none, skip=could | should),
    )


def _need_s(flow: Flow, facts: Facts, rest: tuple[str, ...], pace: Pace, probes_used: Mapping[str, int]) -> float:
    questions = 0
    for name in rest:
        if name in pace.skip:
            continue
        topic = flow.topics[name]
        questions += len(missing(topic, facts))
        if topic.importance not in pace.no_probes:
            questions += max(0, topic.probes - probes_used.get(name, 0))
    return questions * SECONDS_A_TURN
