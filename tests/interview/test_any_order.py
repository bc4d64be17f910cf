"""The same world in any order Hypothesis can think of; what it finds is printed as the shortest program that shows it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.interview.world import OTHER_CALL, World
from webhook.interview.session import from_dict, to_dict
from webhook.interview.turns import LEASE_S, Action

_PICK = st.integers(0, 20)


class Call(RuleBasedStateMachine):
    """One call; every rule is something that happens to it, and the truth must hold after each."""

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.newest = 0

    # The caller and the platform

    @precondition(lambda self: not self.world.is_over)
    @rule(arrives=st.booleans())
    def say(self, arrives: bool) -> None:
        self.world.say(f"word {len(self.world.truth) + 1} and more", arrives=arrives)

    @precondition(lambda self: not self.world.is_over)
    @rule(letters=st.integers(2, 12), other=st.booleans())
    def guess(self, letters: int, other: bool) -> None:
        words = "something else" if other else f"word {len(self.world.truth) + 1} and more"
        self.world.guess(words[:letters])

    @rule()
    def send_again(self) -> None:
        before = self.world.record
        begun = self.world.ask()
        if begun.action is Action.REPLAY:
            assert self.world.record == before, "sending again changed something"

    @precondition(lambda self: self.world.truth)
    @rule(number=_PICK)
    def send_an_older_one(self, number: int) -> None:
        self.world.ask_for_older(1 + number % len(self.world.truth))

    @precondition(lambda self: self.world.truth)
    @rule()
    def send_a_part(self) -> None:
        self.world.ask_for_part()

    @precondition(lambda self: self.world.truth)
    @rule(words=st.integers(0, 9))
    def interrupt(self, words: int) -> None:
        self.world.cut(words)

    @rule(dots=st.booleans())
    def be_silent(self, dots: bool) -> None:
        self.world.be_silent(dots=dots)

    @rule()
    def have_called_a_tool(self) -> None:
        self.world.call_a_tool()

    @rule()
    def another_call_claims_the_session(self) -> None:
        before = self.world.record
        if self.world.ask(OTHER_CALL).action is Action.CONFLICT:
            assert self.world.record == before

    # Workers and the store

    @rule(seconds=st.sampled_from([0.1, LEASE_S / 2, LEASE_S + 0.1]))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    @precondition(lambda self: self.world.tasks)
    @rule(which=_PICK)
    def work(self, which: int) -> None:
        self.world.step(self.world.tasks[which % len(self.world.tasks)])

    @precondition(lambda self: self.world.tasks)
    @rule(which=_PICK, how=st.sampled_from(["kill", "break_off", "let_go", "renew"]))
    def trouble(self, which: int, how: str) -> None:
        getattr(self.world, how)(self.world.tasks[which % len(self.world.tasks)])

    @rule()
    def lose_the_session(self) -> None:
        self.world.lose()

    # What must hold

    @invariant()
    def the_record_tells_the_truth(self) -> None:
        assert self.world.what_is_wrong() is None

    @invariant()
    def numbers_of_replies_only_grow(self) -> None:
        if self.world.record is not None:
            assert self.world.record.generation >= self.newest
            self.newest = self.world.record.generation

    @invariant()
    def the_record_survives_the_store(self) -> None:
        if self.world.record is not None:
            assert from_dict(to_dict(self.world.record)) == self.world.record

    def teardown(self) -> None:
        assert self.world.hang_up() is None


@pytest.mark.parametrize("examples", [60, pytest.param(3_000, marks=[pytest.mark.chaos, pytest.mark.timeout(3600)])])
def test_in_any_order_the_record_tells_the_truth(examples: int) -> None:
    run_state_machine_as_test(
        Call,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            derandomize=examples < 1000,
            suppress_health_check=list(HealthCheck),
        ),
    )
