"""Lengths: how many turns of ours an interview takes at best and at worst, and how many minutes that is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.journeys import Journeys, Stop, cheapest, is_whole
from webhook.interview.flow import SUMMARY
from webhook.interview.road import SECONDS_A_TURN

if TYPE_CHECKING:
    from collections.abc import Collection

    from webhook.interview.flow import Flow, Topic


@dataclass(frozen=True, kw_only=True)
class Length:
    """Turns of ours along the shortest whole road, and a bound for the longest.

    Repeats, answers to the caller's questions and the one more ask that pressing earns are not counted.
    """

    best_turns: int
    worst_turns: int
    limit_minutes: float
    #: The topics of the longest road that may be dropped first.
    could: tuple[str, ...] = ()

    @property
    def best_minutes(self) -> float:
        return _minutes(self.best_turns)

    @property
    def worst_minutes(self) -> float:
        return _minutes(self.worst_turns)

    @property
    def is_over(self) -> bool:
        return self.worst_minutes > self.limit_minutes


def length_of(flow: Flow, journeys: Journeys, turned_back: Collection[str] = ()) -> Length:
    """`turned_back` names the topics the call may turn back to because `enough` asks for them."""
    shortest = cheapest(journeys, is_goal=is_whole, cost=lambda name: len(flow.topics[name].required))
    if shortest is None:
        shortest = cheapest(
            journeys, is_goal=lambda step, _: step.to is None, cost=lambda name: len(flow.topics[name].required)
        )
    longest = _longest(flow, journeys)
    road = tuple(dict.fromkeys((*longest, *turned_back)))
    return Length(
        best_turns=shortest[0] if shortest else 0,
        worst_turns=sum(most_turns(flow, flow.topics[name]) for name in (*longest, *turned_back)),
        limit_minutes=flow.time.minutes,
        could=tuple(
            n
            for n in road
            if flow.topics[n].importance == "could" and n not in (flow.start, SUMMARY) and _asks(flow, n)
        ),
    )


def most_turns(flow: Flow, topic: Topic) -> int:
    return flow.house_rules.asks * len(topic.required) + topic.probes


def _asks(flow: Flow, name: str) -> bool:
    return most_turns(flow, flow.topics[name]) > 0


def _longest(flow: Flow, journeys: Journeys) -> tuple[str, ...]:
    """The topics of the longest road. Where roads run in circles: all topics, for each is walked once at most."""
    order = _in_order(journeys)
    if order is None:
        return tuple(dict.fromkeys(stop[0] for stop in journeys.steps))
    best: dict[Stop, tuple[int, Stop | None]] = {
        journeys.start: (most_turns(flow, flow.topics[journeys.start[0]]), None)
    }
    for stop in order:
        for step in journeys.steps[stop]:
            if step.to is None:
                continue
            turns = best[stop][0] + most_turns(flow, flow.topics[step.to[0]])
            if step.to not in best or turns > best[step.to][0]:
                best[step.to] = (turns, stop)
    at: Stop | None = max(best, key=lambda stop: best[stop][0])
    road: list[str] = []
    while at is not None:
        road.append(at[0])
        at = best[at][1]
    return tuple(reversed(road))


def _in_order(journeys: Journeys) -> list[Stop] | None:
    """The stops so that every step leads on; None when some lead back."""
    ways_in = dict.fromkeys(journeys.steps, 0)
    for step in journeys.all_steps():
        if step.to is not None:
            ways_in[step.to] += 1
    todo = [journeys.start] if ways_in[journeys.start] == 0 else []
    order: list[Stop] = []
    while todo:
        stop = todo.pop()
        order.append(stop)
        for step in journeys.steps[stop]:
            if step.to is not None:
                ways_in[step.to] -= 1
                if ways_in[step.to] == 0:
                    todo.append(step.to)
    return order if len(order) == len(journeys.steps) else None


def _minutes(turns: int) -> float:
    return round(turns * SECONDS_A_TURN / 60, 1)
