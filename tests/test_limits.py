"""How much may be asked for: by one call, by one agent, by all; and how many calls at once."""

from __future__ import annotations

from webhook.limits import LIVE_S, WINDOW_S, Limits, LiveCalls, Quota


def test_a_call_has_so_many_turns_with_claude_in_any_minute() -> None:
    limits = Limits(session=3, agent=99, everyone=99)

    assert [limits.allows("s", "a", float(t)) for t in range(5)] == [True, True, True, False, False]
    assert limits.allows("s", "a", WINDOW_S)
    assert not limits.allows("s", "a", WINDOW_S)


def test_one_call_that_asks_too_much_takes_nothing_from_the_others() -> None:
    limits = Limits(session=2, agent=99, everyone=99)
    flood = [limits.allows("flood", "a", 0.0) for _ in range(50)]

    assert flood.count(True) == 2
    assert limits.allows("calm", "a", 0.0)


def test_one_agent_cannot_use_up_what_another_one_has() -> None:
    limits = Limits(session=99, agent=2, everyone=99)

    assert [limits.allows(f"s{i}", "greedy", 0.0) for i in range(3)] == [True, True, False]
    assert limits.allows("t", "modest", 0.0)


def test_there_is_an_end_to_what_all_of_them_may_ask() -> None:
    limits = Limits(session=99, agent=99, everyone=2)

    assert [limits.allows(f"s{i}", f"a{i}", 0.0) for i in range(3)] == [True, True, False]


def test_a_turn_that_is_refused_by_one_limit_counts_in_none() -> None:
    limits = Limits(session=1, agent=99, everyone=2)
    limits.allows("s", "a", 0.0)
    for _ in range(5):
        limits.allows("s", "a", 0.0)

    assert limits.allows("t", "a", 0.0)


def test_who_has_been_quiet_for_a_minute_is_forgotten() -> None:
    quota = Quota(5)
    for i in range(1000):
        quota.count(f"s{i}", float(i))

    assert len(quota._times) <= WINDOW_S + 1


def test_a_call_too_many_is_not_admitted_and_one_that_is_live_always_is() -> None:
    live = LiveCalls(2)
    for call in ("a", "b"):
        assert live.admits(call, 0.0)
        live.seen(call, 0.0)

    assert not live.admits("c", 1.0)
    assert live.admits("a", 1.0)


def test_a_place_is_free_when_a_call_has_ended_or_was_silent_for_long() -> None:
    live = LiveCalls(2)
    live.seen("a", 0.0)
    live.seen("b", 1.0)
    live.left("b")
    assert live.admits("c", 2.0)
    live.seen("c", 2.0)
    assert not live.admits("d", 2.0)
    assert live.admits("d", LIVE_S)


def test_a_call_that_goes_on_keeps_its_place() -> None:
    live = LiveCalls(1)
    for t in range(10):
        live.seen("a", t * LIVE_S / 2)

    assert not live.admits("b", 9 * LIVE_S / 2 + 1)
