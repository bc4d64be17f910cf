"""Journeys: every road through a flow that some facts allow.

A stop is a topic together with what the road so far says about slots that are asked for again later on: after "owns
their home", a later line for tenants is no way any more.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.conditions import MINUTES_LEFT, RuleCondition
from webhook.content.trials import Case, TooMany, Trials
from webhook.interview.flow import COMPLETED, SUMMARY

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from webhook.interview.flow import Flow

_MOST_STOPS = 2_000
_MOST_WAYS = 30_000
"""Ways on from all stops together: a few stops can have as many as there are pairs of them."""

Known = tuple[tuple[str, int], ...]
"""Names of slots and the numbers of their samples."""
Stop = tuple[str, Known]
"""A topic, and what is known there of slots that still matter."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """From one stop to the next (None: an ending), by a line of the topic's `follow_up`."""

    stop: Stop
    line: int
    to: Stop | None
    end: str | None = None

    @property
    def topic(self) -> str:
        return self.stop[0]


@dataclass(frozen=True, kw_only=True)
class Journeys:
    """All stops with the steps from them. `exact` is False when roads may be among them that no facts allow."""

    start: Stop
    steps: Mapping[Stop, tuple[Step, ...]]
    exact: bool

    def all_steps(self) -> Iterator[Step]:
        return (step for steps in self.steps.values() for step in steps)


def journeys_of(flow: Flow, trials: Trials) -> Journeys:
    """Every stop that can be reached. Where that is too much to work out, what the topics alone say."""
    try:
        return _Walker(flow, trials, tracked=_asked_again(flow, trials)).walk(_MOST_STOPS)
    except TooMany:
        return _Walker(flow, trials, tracked=None).walk(len(flow.topics))


class _Walker:
    """Finds the stops one after the other. `tracked` None: any line may be taken."""

    def __init__(self, flow: Flow, trials: Trials, tracked: frozenset[str] | None) -> None:
        self._flow = flow
        self._trials = trials
        self._tracked = tracked
        self._needed = _needed(flow, tracked or frozenset())
        self._branches: dict[str, tuple[tuple[int, Known], ...]] = {}
        self._left = _MOST_WAYS

    def walk(self, most: int) -> Journeys:
        start: Stop = (self._flow.start, ())
        steps: dict[Stop, tuple[Step, ...]] = {}
        todo = [start]
        while todo:
            stop = todo.pop()
            if stop in steps:
                continue
            if len(steps) >= most:
                raise TooMany
            steps[stop] = tuple(dict.fromkeys(self._steps(stop)))
            todo += [step.to for step in steps[stop] if step.to is not None]
        return Journeys(start=start, steps=steps, exact=self._tracked is not None)

    def _steps(self, stop: Stop) -> Iterator[Step]:
        topic, known = stop
        if topic not in self._branches:
            self._branches[topic] = tuple(dict.fromkeys(self._branching(topic)))
        self._left -= len(self._branches[topic])
        if self._left < 0 and self._tracked is not None:
            raise TooMany
        before = dict(known)
        for line, learnt in self._branches[topic]:
            if all(before.get(name, sample) == sample for name, sample in learnt):
                yield self._step(stop, line, {**before, **dict(learnt)})

    def _branching(self, topic: str) -> Iterator[tuple[int, Known]]:
        """The lines that can be taken, each with what it says about tracked slots."""
        arrows = self._flow.topics[topic].follow_up
        if self._tracked is None or len(arrows) == 1:
            yield from ((line, ()) for line in range(len(arrows)))
            return
        conditions = [a.condition for a in arrows if isinstance(a.condition, RuleCondition)]
        names = frozenset().union(*(c.names for c in conditions if self._trials.is_plain(c)))
        for case in self._trials.cases(names):
            learnt = tuple((name, sample) for name, sample in case.items() if name in self._tracked)
            for line in self._lines(topic, case):
                yield line, learnt

    def _lines(self, topic: str, case: Case) -> Iterator[int]:
        """The line that holds, and before it those of which nobody can tell."""
        for line, arrow in enumerate(self._flow.topics[topic].follow_up):
            condition = arrow.condition
            if not isinstance(condition, RuleCondition):
                yield line
                return
            if not self._trials.is_plain(condition):
                yield line
            elif self._trials.holds(condition, case):
                yield line
                return

    def _step(self, stop: Stop, line: int, case: Case) -> Step:
        arrow = self._flow.topics[stop[0]].follow_up[line]
        if arrow.go_to is None or arrow.end is not None:
            return Step(stop=stop, line=line, to=None, end=arrow.end or COMPLETED)
        needed = self._needed[arrow.go_to]
        known = tuple(sorted((name, sample) for name, sample in case.items() if name in needed))
        return Step(stop=stop, line=line, to=(arrow.go_to, known))


def _asked_again(flow: Flow, trials: Trials) -> frozenset[str]:
    """Slots that conditions of several topics look at. Raises `TooMany` when one of those conditions is beyond us."""
    once: set[str] = set()
    again: set[str] = set()
    beyond: set[str] = set()
    for topic in flow.topics.values():
        conditions = [a.condition for a in topic.follow_up if isinstance(a.condition, RuleCondition)]
        names = set().union(*(c.names for c in conditions)) - {MINUTES_LEFT}
        beyond |= {n for c in conditions if not trials.is_plain(c) for n in c.names}
        again |= names & once
        once |= names
    if again & beyond:
        raise TooMany
    return frozenset(again)


def _needed(flow: Flow, tracked: frozenset[str]) -> dict[str, frozenset[str]]:
    """For each topic, the tracked slots that its conditions or those of any topic after it look at."""
    needed = {
        name: frozenset(
            slot for a in topic.follow_up if a.condition is not None for slot in a.condition.names & tracked
        )
        for name, topic in flow.topics.items()
    }
    before: dict[str, set[str]] = {name: set() for name in flow.topics}
    for name, topic in flow.topics.items():
        for arrow in topic.follow_up:
            if arrow.go_to is not None:
                before[arrow.go_to].add(name)
    todo = [name for name in flow.topics if needed[name]]
    while todo:
        here = todo.pop()
        for name in before[here]:
            if not needed[here] <= needed[name]:
                needed[name] |= needed[here]
                todo.append(name)
    return needed


def cheapest(
    journeys: Journeys,
    *,
    is_goal: Callable[[Step, bool], bool],
    cost: Callable[[str], int],
    avoid: Collection[str] = (),
) -> tuple[int, tuple[Step, ...]] | None:
    """The road of least cost to a goal, through none of the topics in `avoid`; None if no road leads there.

    `is_goal` is told the step, and whether the road has been through the summary.
    """
    if journeys.start[0] in avoid:
        return None
    came: dict[tuple[Stop, bool], tuple[tuple[Stop, bool] | None, Step | None]] = {}
    first = (journeys.start, journeys.start[0] == SUMMARY)
    todo: list[tuple[int, int, tuple[Stop, bool], tuple[Stop, bool] | None, Step | None]] = []
    heapq.heappush(todo, (cost(journeys.start[0]), 0, first, None, None))
    order = 0
    while todo:
        paid, _, here, before, by = heapq.heappop(todo)
        if here in came:
            continue
        came[here] = (before, by)
        for step in journeys.steps[here[0]]:
            if is_goal(step, here[1]):
                return paid, (*_trail(came, here), step)
            if step.to is None or step.to[0] in avoid:
                continue
            order += 1
            then = (step.to, here[1] or step.to[0] == SUMMARY)
            heapq.heappush(todo, (paid + cost(step.to[0]), order, then, here, step))
    return None


def _trail(
    came: Mapping[tuple[Stop, bool], tuple[tuple[Stop, bool] | None, Step | None]], here: tuple[Stop, bool]
) -> tuple[Step, ...]:
    steps: list[Step] = []
    at: tuple[Stop, bool] | None = here
    while at is not None:
        at, step = came[at]
        if step is not None:
            steps.append(step)
    return tuple(reversed(steps))


def is_whole(step: Step, summarised: bool) -> bool:  # noqa: FBT001 - what `cheapest` asks its goal
    """The end of an interview that was held to its end: after the summary, or `completed`."""
    return step.to is None and (summarised or step.end == COMPLETED)


def into_summary(step: Step, summarised: bool) -> bool:  # noqa: FBT001 - what `cheapest` asks its goal
    return step.to is not None and step.to[0] == SUMMARY and not summarised


def topics_on(steps: Sequence[Step]) -> tuple[str, ...]:
    return tuple(step.topic for step in steps)
