"""What Claude costs: prices, sums, and calls whose words nobody wanted."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.interview.cost import (
    PRICES,
    Bill,
    Call,
    Price,
    Spending,
    Usage,
    from_rows,
    price_of,
    spending_of,
    to_rows,
)

HAIKU, SONNET = "claude-haiku-5-5", "claude-sonnet-5-5"
COUNTS = st.integers(0, 10**6)
USAGES = st.builds(
    Usage, input_tokens=COUNTS, cache_write_tokens=COUNTS, cache_read_tokens=COUNTS, output_tokens=COUNTS
)
CALLS = st.builds(
    Call,
    purpose=st.sampled_from(["listen", "speak", "report"]),
    model=st.sampled_from([HAIKU, SONNET]),
    usage=USAGES,
    is_whole=st.booleans(),
    is_wasted=st.booleans(),
)


def test_tokens_are_priced_by_the_million_and_the_cache_by_the_price_of_the_input() -> None:
    used = Usage(
        input_tokens=1_000_000, cache_write_tokens=2_000_000, cache_read_tokens=3_000_000, output_tokens=4_000_000
    )
    assert Price(input=2.0, output=10.0).of(used) == pytest.approx(2.0 + 2 * 2.5 + 3 * 0.2 + 4 * 10.0)
    assert Price(input=2.0, output=10.0, cache_read=1.0, cache_write=4.0).of(used) == pytest.approx(2 + 8 + 3 + 40)


@pytest.mark.parametrize("wrong", [-1.0, float("nan"), float("inf")])
def test_what_is_no_price_is_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="a price"):
        Price(input=1.0, output=wrong)


def test_a_model_has_the_price_under_the_longest_beginning_of_its_name() -> None:
    prices = {"claude": Price(input=1, output=1), "claude-haiku": Price(input=2, output=2)}
    assert price_of(prices, "claude-haiku-5-5") == prices["claude-haiku"]
    assert price_of(prices, "claude-sonnet-5-5") == prices["claude"]
    assert price_of(prices, "gpt") is None
    assert price_of(PRICES, f"{SONNET}-20260928") == PRICES[SONNET]


@given(st.lists(CALLS, max_size=8))
def test_a_spending_is_the_sum_of_its_calls(calls: list[Call]) -> None:
    spending = spending_of(*calls)
    expected = sum(PRICES[call.model].of(call.usage) for call in calls)
    wasted = sum(PRICES[call.model].of(call.usage) for call in calls if call.is_wasted)
    assert spending.total().calls == len(calls)
    assert spending.total().wasted_calls == sum(call.is_wasted for call in calls)
    assert spending.cost(PRICES) == pytest.approx(expected)
    assert spending.wasted_cost(PRICES) == pytest.approx(wasted)


@given(st.lists(CALLS, max_size=6), st.lists(CALLS, max_size=6))
def test_spendings_add_up_and_come_back_from_their_rows(some: list[Call], more: list[Call]) -> None:
    together = spending_of(*some) + spending_of(*more)
    assert together == spending_of(*some, *more)
    assert from_rows(json.loads(json.dumps(to_rows(together)))) == together


def test_one_model_without_a_price_makes_the_cost_unknown_and_not_nothing() -> None:
    known, unknown = Call(purpose="speak", model=HAIKU, usage=Usage(output_tokens=1)), Call(purpose="speak", model="x")
    assert Spending().cost(PRICES) == 0.0
    used = spending_of(known, Call(purpose="listen", model="x", usage=Usage(input_tokens=1)))
    assert used.cost(PRICES) is None
    assert used.wasted_cost(PRICES) == 0.0
    assert spending_of(known, unknown).cost(PRICES) == pytest.approx(0.5e-6)


def test_a_bill_hands_its_calls_on_once_it_is_known_whether_they_were_wanted() -> None:
    told: list[Call] = []
    bill = Bill(told.append)
    first, second = Call(purpose="speak", model="a"), Call(purpose="speak", model="b")
    bill.note(first)
    assert told == []
    bill.close()
    bill.note(second)
    assert told == bill.calls == [first, second]


def test_a_bill_of_wasted_work_says_so_of_calls_that_end_before_and_after() -> None:
    told: list[Call] = []
    bill = Bill(told.append)
    bill.note(Call(purpose="speak", model="a"))
    bill.close(wasted=True)
    bill.note(Call(purpose="speak", model="b", is_wasted=True))
    assert [(call.model, call.is_wasted) for call in told] == [("a", True), ("b", True)]


def test_what_is_given_up_later_is_wasted_only_where_its_outcome_is_still_to_come() -> None:
    told: list[Call] = []
    bill = Bill(told.append)
    bill.note(Call(purpose="speak", model="a"))
    bill.close()
    bill.close(wasted=True)
    bill.note(Call(purpose="speak", model="b"))
    assert [(call.model, call.is_wasted) for call in told] == [("a", False), ("b", True)]
