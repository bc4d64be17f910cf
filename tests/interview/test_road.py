"""The road: derived from facts, walked again each time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.interview.calls import EVERYTHING, When, ends, flow_of, known, lifestyle, topic
from webhook.interview.facts import FactEvent, Facts, Status, facts_of
from webhook.interview.flow import Arrow, Enough, Flow, Slot, SlotType, TimeBudget
from webhook.interview.road import Pace, Road, ahead, is_enough, pace, progress, unsettled, walk, whole_road

FLOW = lifestyle()


def facts(**values: Any) -> Facts:
    return facts_of(known(**values))


def road(flow: Flow = FLOW, **values: Any) -> Road:
    return walk(flow, facts(**values), minutes_left=10)


def text_slot(name: str, **options: Any) -> Slot:
    return Slot(name=name, type=SlotType.TEXT, topic=options.pop("topic", name), **options)


def test_the_walk_stops_at_the_first_topic_that_is_not_complete() -> None:
    assert road() == Road(topics=("intro",), open="intro")
    assert road(consent=True, name="Sam").open == "age"


def test_what_was_filled_in_passing_is_walked_through() -> None:
    assert road(consent=True, name="Sam", age=34, home_area="Leeds", tenure="rent").open == "interests"
    assert road(**{**EVERYTHING, "interests": ["chess"]}).open == "summary"


@pytest.mark.parametrize("status", [Status.REFUSED, Status.UNKNOWN, Status.GIVEN_UP])
def test_everything_but_empty_resolves_a_slot(status: Status) -> None:
    there = {**facts(consent=True), "name": FactEvent(slot="name", status=status)}
    assert walk(FLOW, there, minutes_left=10).open == "age"


def test_nice_to_know_never_keeps_a_topic_open() -> None:
    reached = road(**{k: v for k, v in EVERYTHING.items() if k != "eating_style"})
    assert (reached.open, "housing_preference" in reached.topics) == ("food_preference", True)


@pytest.mark.parametrize(
    ("values", "ending"),
    [({"consent": False}, "no_consent"), ({"consent": True, "name": "Sam", "age": 16}, "under_age")],
)
def test_the_road_ends_where_an_arrow_says_so(values: dict[str, Any], ending: str) -> None:
    reached = road(**values)
    assert (reached.open, reached.ending) == (None, ending)
    assert whole_road(FLOW, facts(**values), reached, minutes_left=10) == reached.topics


def test_a_whole_call_ends_completed() -> None:
    assert road(**EVERYTHING, summary_ok=True).ending == "completed"


def test_a_branch_is_on_the_road_only_while_its_condition_holds() -> None:
    streams = {**EVERYTHING, "entertainment": ["streaming"]}
    assert road(**streams).open == "subscriptions_preference"
    with_subscriptions = {**streams, "subscriptions": [{"service": "Netflix"}]}
    assert "subscriptions_preference" in road(**with_subscriptions).topics
    withdrawn = {**with_subscriptions, "entertainment": ["reading"]}
    reached = road(**withdrawn)
    assert "subscriptions_preference" not in whole_road(FLOW, facts(**withdrawn), reached, minutes_left=10)


def test_too_little_for_the_summary_leads_back_to_what_must_be_had() -> None:
    flow = flow_of(
        [topic("a"), topic("b", probes=1), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("summary")],
        enough=Enough(must_have=("b",)),
    )
    assert road(flow, a="1").open == "b"
    skipping = flow_of(
        [topic("a", (Arrow(go_to="summary"),)), topic("b"), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("summary")],
        enough=Enough(must_have=("b",)),
    )
    reached = road(skipping, a="1")
    assert (reached.open, reached.owed, reached.topics) == ("b", "b", ("a",))
    assert road(skipping, a="1", b="2").open == "summary"


def test_enough_asks_for_so_many_of_a_group() -> None:
    enough = Enough(must_have=("a",), at_least=2, of=("b", "c", "d"))
    flow = flow_of([topic(n) for n in "abcd"], [text_slot(n) for n in "abcd"], enough=enough)
    assert unsettled(flow, {}) == ("a", "b", "c", "d")
    assert unsettled(flow, facts(a="1", b="1")) == ("c", "d")
    assert is_enough(flow, facts(a="1", b="1", d="1"))
    assert not is_enough(flow, facts(b="1", c="1", d="1"))


def test_a_loop_is_reported_and_goes_to_the_summary() -> None:
    flow = flow_of(
        [topic("a", "b"), topic("b", "a"), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("summary")],
    )
    reached = road(flow, a="1", b="1")
    assert (reached.open, reached.loop, reached.topics) == ("summary", True, ("a", "b", "summary"))


def test_a_loop_without_a_summary_to_go_to_ends_the_call() -> None:
    flow = flow_of([topic("a", "b"), topic("b", "a")], [text_slot("a"), text_slot("b")])
    assert road(flow, a="1", b="1") == Road(topics=("a", "b"), ending="completed", loop=True)
    back = flow_of([topic("a"), topic("summary", "a")], [text_slot("a"), text_slot("summary")])
    assert road(back, a="1", summary="1") == Road(topics=("a", "summary"), ending="completed", loop=True)


def test_the_last_arrow_is_taken_when_no_condition_holds() -> None:
    only = (Arrow(go_to="b", condition=When("a", "x")), ends("stuck", when=When("a", "y")))
    flow = flow_of([topic("a", only), topic("b", (ends(),))], [text_slot("a"), text_slot("b")])
    assert road(flow, a="z").ending == "stuck"
    assert road(flow, a="x").open == "b"


def test_a_reopened_slot_and_an_owed_probe_stop_the_walk_and_a_skipped_topic_does_not() -> None:
    there = facts(**EVERYTHING)
    assert walk(FLOW, there, minutes_left=9, reopened=("tenure",)).open == "housing_preference"
    assert walk(FLOW, there, minutes_left=9, probe_due="interests").open == "interests"
    assert walk(FLOW, facts(consent=True), minutes_left=9, skip={"name"}).open == "age"


def test_what_is_skipped_for_time_is_not_owed_either() -> None:
    flow = flow_of(
        [topic("a"), topic("b"), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("summary")],
        enough=Enough(must_have=("b",)),
    )
    assert walk(flow, facts(a="1"), minutes_left=9, skip={"b"}).open == "summary"


def test_the_way_ahead_follows_the_arrows_as_things_stand() -> None:
    way = ahead(FLOW, facts(**EVERYTHING), "fitness_preference", minutes_left=9)
    assert way == ("fitness_preference", "entertainment_preference", "travel_preference", "summary")


def test_progress_counts_what_may_still_come_and_shrinks_as_answers_rule_roads_out() -> None:
    steps: tuple[dict[str, Any], ...] = (
        {},
        {"consent": True},
        {"consent": True, "name": "Sam", "age": 34, "home_area": "Leeds", "tenure": "rent"},
    )
    told = [progress(FLOW, facts(**values), minutes_left=10) for values in steps]
    assert [resolved for resolved, _ in told] == [0, 1, 5]
    totals = [total for _, total in told]
    assert totals == sorted(totals, reverse=True)
    assert totals[0] > 10
    resolved, total = progress(FLOW, facts(**{**EVERYTHING, "summary_ok": True}), minutes_left=10)
    assert resolved == total
    refused, total = progress(FLOW, facts(consent=False), minutes_left=10)
    assert refused == total == 1


def test_time_can_be_looked_at_by_name() -> None:
    class Late:
        source, names = "minutes_left < 5", frozenset({"minutes_left"})

        def holds(self, values: Any) -> bool:
            return bool(values["minutes_left"] < 5)

    arrows = (Arrow(end="hurried", condition=Late()), Arrow(end="completed"))
    flow = flow_of([topic("a", arrows)], [text_slot("a")])
    assert walk(flow, facts(a="1"), minutes_left=4).ending == "hurried"
    assert walk(flow, facts(a="1"), minutes_left=6).ending == "completed"


#: must, should and could topics with a probe each: 25 seconds a question.
PACED = flow_of(
    [
        topic("must", "should", importance="must", probes=1),
        topic("should", "could", importance="should", probes=1),
        topic("could", importance="could", probes=1),
        topic("summary", (ends(),)),
    ],
    [text_slot(n) for n in ("must", "should", "could", "summary")],
    time=TimeBudget(minutes=10, wrap_up_minutes=0.5),
)
QUESTION = 25 / 60


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (7, Pace()),  # four questions and three probes
        (6.9, Pace(no_probes=frozenset({"should", "could"}))),
        (5, Pace(no_probes=frozenset({"should", "could"}))),
        (4.9, Pace(no_probes=frozenset({"should", "could"}), skip=frozenset({"could"}))),
        (4, Pace(no_probes=frozenset({"should", "could"}), skip=frozenset({"could"}))),
        (3.9, Pace(no_probes=frozenset({"must", "should", "could"}), skip=frozenset({"could"}))),
        (3, Pace(no_probes=frozenset({"must", "should", "could"}), skip=frozenset({"could"}))),
        (2.9, Pace(no_probes=frozenset({"must", "should", "could"}), skip=frozenset({"could", "should"}))),
        (1.3, Pace(no_probes=frozenset({"must", "should", "could"}), skip=frozenset({"could", "should"}))),
        (1.1, Pace(wrap_up=True)),
        (0, Pace(wrap_up=True, over=True)),
        (-1, Pace(wrap_up=True, over=True)),
    ],
)
def test_time_pressure_drops_content_by_importance(questions: float, expected: Pace) -> None:
    # A hair of slack, since seconds and minutes are floats.
    left = questions * QUESTION + (1e-9 if questions > 0 else 0)
    assert pace(PACED, {}, minutes_left=left, current=None, probes_used={}) == expected


def test_used_probes_and_answered_questions_need_no_time() -> None:
    left = 5 * QUESTION + 1e-9
    used = {"must": 1, "should": 1, "could": 1}
    assert pace(PACED, {}, minutes_left=left, current=None, probes_used=used) == Pace()
    assert pace(PACED, facts(must="1"), minutes_left=left, current=None, probes_used={}) == Pace()


def test_the_start_the_summary_and_the_current_topic_are_never_passed_by() -> None:
    flow = flow_of(
        [topic("a", "b"), topic("b", "c"), topic("c"), topic("summary", (ends(),))],
        [text_slot(n) for n in ("a", "b", "c", "summary")],
        time=TimeBudget(minutes=10, wrap_up_minutes=0.1),
    )
    assert pace(flow, {}, minutes_left=0.2, current="b", probes_used={}).skip == {"c"}
