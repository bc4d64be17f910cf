"""The interview's own clock, among clocks that are not to be believed."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.interview.calls import NOON
from tests.interview.test_session import new
from webhook.interview.road import SECONDS_A_TURN
from webhook.interview.talk_time import LONGEST_SILENCE_S, Reading, TalkTime
from webhook.interview.turns import Action, begin, timed

DAY_S = 24 * 3600.0
HERE, THERE = "here", "there"


def time_at(at: float, steady: float = 0.0, machine: str = HERE) -> TalkTime:
    return TalkTime(clock_s=100.0, read=Reading(at=at, steady=steady, machine=machine))


def test_on_one_machine_a_span_is_what_the_monotonic_clock_says() -> None:
    for step in (0.0, DAY_S, -DAY_S, 600.0, -600.0):
        later, has_jumped = time_at(NOON, 50.0).passed(Reading(at=NOON + 20.0 + step, steady=70.0, machine=HERE))
        assert later.clock_s == 120.0
        assert has_jumped == (step != 0.0)


def test_a_real_silence_counts_however_long_it_is() -> None:
    later, has_jumped = time_at(NOON, 50.0).passed(Reading(at=NOON + 3600.0, steady=3650.0, machine=HERE))
    assert (later.clock_s, has_jumped) == (3700.0, False)
    later, has_jumped = time_at(NOON).passed(Reading(at=NOON + 600.0, machine=THERE))
    assert (later.clock_s, has_jumped) == (700.0, False)


def test_between_two_machines_what_cannot_be_true_counts_as_one_turn() -> None:
    for step in (DAY_S, -DAY_S, LONGEST_SILENCE_S + 1.0, -61.0):
        later, has_jumped = time_at(NOON).passed(Reading(at=NOON + step, steady=5.0, machine=THERE))
        assert (later.clock_s, has_jumped) == (100.0 + SECONDS_A_TURN, True)


def test_after_a_boot_the_monotonic_clock_tells_nothing() -> None:
    later, has_jumped = time_at(NOON, 9e6).passed(Reading(at=NOON + 30.0, steady=12.0, machine=HERE))
    assert (later.clock_s, has_jumped) == (130.0, False)


def test_servers_that_differ_by_seconds_take_no_time_back() -> None:
    later, has_jumped = time_at(NOON).passed(Reading(at=NOON - 3.0, machine=THERE))
    assert (later.clock_s, has_jumped) == (100.0, False)


def test_without_a_reading_the_clock_stands_still() -> None:
    later, has_jumped = time_at(NOON).stopped().passed(Reading(at=NOON + DAY_S, steady=5.0, machine=HERE))
    assert (later.clock_s, has_jumped) == (100.0, False)
    assert later.read == Reading(at=NOON + DAY_S, steady=5.0, machine=HERE)


@given(
    st.lists(st.tuples(st.floats(0, 3600), st.floats(-DAY_S, DAY_S), st.sampled_from([HERE, THERE, ""])), max_size=20)
)
def test_it_never_goes_back_and_never_faster_than_can_be(
    spans: list[tuple[float, float, str]],
) -> None:
    time, steady = time_at(NOON), 0.0
    for span_s, step_s, machine in spans:
        steady += span_s
        before = time.clock_s
        time, _ = time.passed(Reading(at=NOON + steady + step_s, steady=steady, machine=machine))
        assert before <= time.clock_s <= before + max(span_s, steady, LONGEST_SILENCE_S)


def test_the_time_between_two_lines_is_not_the_interviews() -> None:
    session = replace(new(conversation_id="one"), time=time_at(NOON, 50.0))
    resumed, begun = begin(session, ["Yes."], now=NOON + 7000.0, conversation_id="two", may_resume=True)
    assert begun.action is Action.RUN
    later = timed(resumed, Reading(at=NOON + 7000.0, steady=7050.0, machine=HERE))
    assert (later.time.clock_s, later.flags) == (100.0, ())
    assert timed(later, Reading(at=NOON + 7020.0, steady=7070.0, machine=HERE)).time.clock_s == 120.0
