"""Which model may be asked when: tables over time."""

from __future__ import annotations

import pytest

from webhook.breaker import LONGEST_COOLDOWN_S, PERMANENT_S, TRANSIENT_S, Breaker, HedgeBudget
from webhook.errors import ModelError, ModelOverloaded, ModelRefused, ModelTimeout, ModelUnavailable

SOME = "a-model"
OTHER = "another-model"
NOON = 50_000.0

#: What failed when, and from when on the model may be asked again; all in seconds after noon.
FAILURES: dict[str, tuple[list[tuple[float, ModelError]], float]] = {
    "nothing yet": ([], 0.0),
    "once": ([(0.0, ModelError())], 0.0),
    "twice": ([(0.0, ModelError()), (0.5, ModelTimeout())], 0.0),
    "three times": ([(0.0, ModelError()), (0.5, ModelTimeout()), (1.0, ModelOverloaded())], 1.0 + TRANSIENT_S),
    "three times, far apart": ([(0.0, ModelError()), (6.0, ModelError()), (12.0, ModelError())], 0.0),
    "three of four close together": ([(0.0, ModelError()), *((at, ModelError()) for at in (9.0, 10.0, 11.0))], 16.0),
    "once more after the cooldown": ([*((at, ModelError()) for at in (0.0, 0.1, 0.2)), (5.3, ModelError())], 10.3),
    "once more much later": ([*((at, ModelError()) for at in (0.0, 0.1, 0.2)), (60.0, ModelError())], 0.0),
    "overloaded, with a time": ([(2.0, ModelOverloaded(retry_after_s=7.0))], 9.0),
    "overloaded, come back at once": ([(2.0, ModelOverloaded(retry_after_s=0.0))], 0.0),
    "overloaded, with a very long time": ([(0.0, ModelOverloaded(retry_after_s=86_400.0))], LONGEST_COOLDOWN_S),
    "wrong key": ([(3.0, ModelUnavailable())], 3.0 + PERMANENT_S),
    "a shorter reason after a longer": ([(0.0, ModelUnavailable()), (1.0, ModelOverloaded(retry_after_s=2.0))], 60.0),
    "refused, over and over": ([(at / 10, ModelRefused()) for at in range(20)], 0.0),
    "refusals between failures": ([(0.0, ModelError()), (0.1, ModelRefused()), (0.2, ModelError())], 0.0),
}


@pytest.mark.parametrize(("failed", "open_from"), FAILURES.values(), ids=FAILURES)
def test_a_model_is_left_alone_for_as_long_as_its_failures_say(
    failed: list[tuple[float, ModelError]], open_from: float
) -> None:
    breaker = Breaker()
    for at, error in failed:
        breaker.failed(SOME, error, NOON + at)
    last = max((at for at, _ in failed), default=0.0)
    assert breaker.allows(SOME, NOON + max(last, open_from))
    if open_from:
        assert not breaker.allows(SOME, NOON + last)
        assert not breaker.allows(SOME, NOON + open_from - 0.01)
    assert breaker.allows(OTHER, NOON + last)


def test_a_failure_says_for_how_long_the_model_is_left_alone() -> None:
    breaker = Breaker()
    told = [breaker.failed(SOME, ModelError(), NOON) for _ in range(3)]
    assert told == [0.0, 0.0, TRANSIENT_S]
    assert breaker.failed(OTHER, ModelUnavailable(), NOON) == PERMANENT_S


def test_one_success_wipes_the_slate() -> None:
    breaker = Breaker()
    for _ in range(3):
        breaker.failed(SOME, ModelError(), NOON)
    breaker.succeeded(SOME)
    assert breaker.allows(SOME, NOON)
    assert breaker.failed(SOME, ModelError(), NOON) == 0.0


def test_models_that_are_left_alone_are_listed_with_the_reason() -> None:
    breaker = Breaker()
    breaker.failed(SOME, ModelUnavailable(), NOON)
    breaker.failed(OTHER, ModelError(), NOON)
    assert breaker.closed(NOON + 1) == {SOME: "model_unavailable"}
    assert breaker.closed(NOON + PERMANENT_S) == {}


# Asking twice


def test_one_extra_call_a_minute_is_always_allowed() -> None:
    budget = HedgeBudget()
    budget.called(NOON)
    assert [budget.take(NOON + at) for at in (0.0, 1.0, 60.0, 60.1, 120.2)] == [True, False, False, True, True]


@pytest.mark.parametrize(("calls", "extra"), [(0, 1), (1, 1), (39, 1), (40, 2), (99, 4), (200, 10)])
def test_extra_calls_stay_within_a_share_of_the_last_minute_s_calls(calls: int, extra: int) -> None:
    budget = HedgeBudget()
    for number in range(calls):
        budget.called(NOON + number * 0.1)
    assert [budget.take(NOON + 20.0) for _ in range(calls + 2)].count(True) == extra


def test_over_any_minute_of_an_outage_the_extra_calls_stay_within_the_share() -> None:
    budget = HedgeBudget(share=0.05)
    calls = [at * 0.25 for at in range(1200)]  # five minutes, four calls a second, each of which would like another
    taken = []
    for at in calls:
        budget.called(at)
        if budget.take(at):
            taken.append(at)
    for end in calls:
        made = sum(end - 60.0 <= at <= end for at in calls)
        assert sum(end - 60.0 <= at <= end for at in taken) <= max(1, 0.05 * made)
    assert len(taken) >= 0.04 * len(calls)


def test_calls_of_an_earlier_minute_earn_nothing() -> None:
    budget = HedgeBudget()
    for _ in range(400):
        budget.called(NOON)
    assert [budget.take(NOON + 61.0) for _ in range(3)] == [True, False, False]
