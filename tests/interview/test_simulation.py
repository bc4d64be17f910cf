"""Calls by the thousand, drawn from a seed: whatever happens, each final utterance is applied exactly once."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tests import figures
from tests.interview.world import OTHER_CALL, Decide, World, guarded
from webhook.interview.moves import Decision
from webhook.interview.session import Session
from webhook.interview.turns import LEASE_S, decide

TURNS_A_CALL = 8
MUST_BE_REACHED = (
    *("run", "join", "replay", "respeak", "nudge", "continue", "stale", "closed", "conflict"),
    *("healed", "revised", "superseded", "rebuilt", "killed", "lost"),
)


class Drawn:
    """A call in which a seeded draw decides what happens next."""

    def __init__(self, seed: int, write: Decide) -> None:
        self.draw = random.Random(seed)
        self.world = World(write)
        self.may_trim = seed % 4 == 0
        #: A platform that leaves out the beginning takes with it what a lost session would be rebuilt from.
        self.may_lose = not self.may_trim

    def run(self) -> str | None:
        for number in range(1, TURNS_A_CALL + 1):
            self.turn(f"word {number} and more")
            if self.world.is_over:
                break
        return self.world.hang_up()

    def turn(self, words: str) -> None:
        world, draw = self.world, self.draw
        self.cut_or_hear()
        for guess in draw.choice([[], [], [], [], [words[:6]], [words[:6], words[:10]], ["something else"]]):
            world.guess(guess)
            self.work(draw.randrange(4))
        if draw.random() < 0.03:
            world.wait(90.0)
        world.say(words, arrives=draw.random() > 0.05)
        for _ in range(draw.choice([0, 0, 0, 0, 1, 2])):
            world.wait(draw.choice([0.0, 0.1, LEASE_S + 0.1]))
            world.ask()
            self.work(draw.randrange(4))
        self.late()
        self.work(draw.randrange(6))
        if draw.random() < 0.1:
            self.silence()
        self.store()

    def late(self) -> None:
        world, draw = self.world, self.draw
        if draw.random() < 0.1 and len(world.truth) > 5:
            world.ask_for_older(draw.randint(len(world.truth) - 2, len(world.truth)))
        if draw.random() < 0.1:
            world.ask_for_part()
        if draw.random() < 0.02:
            world.ask(OTHER_CALL)

    def silence(self) -> None:
        for _ in range(self.draw.randint(1, 2)):
            self.world.be_silent(dots=self.draw.random() < 0.5)
        if self.draw.random() < 0.4:
            self.world.call_a_tool()

    def store(self) -> None:
        if self.may_lose and self.draw.random() < 0.03:
            self.world.lose()
        if self.may_trim and self.draw.random() < 0.3:
            self.world.trim(self.draw.randint(1, 4))

    def cut_or_hear(self) -> None:
        if self.draw.random() < 0.2:
            self.world.cut(self.draw.randrange(10))

    def work(self, steps: int) -> None:
        for _ in range(steps):
            if not self.world.tasks:
                return
            task = self.draw.choice(self.world.tasks)
            chance = self.draw.random()
            if chance < 0.1:
                self.world.kill(task)
            elif chance < 0.13:
                self.world.break_off(task)
            elif chance < 0.16:
                self.world.let_go(task)
            elif chance < 0.2:
                self.world.renew(task)
            else:
                self.world.step(task)


def simulate(turns: int, write: Decide = guarded) -> tuple[int, Counter[str]]:
    """How many calls went wrong in so many turns, and what was reached."""
    wrong, reached = 0, Counter[str]()
    for seed in range(turns // TURNS_A_CALL):
        call = Drawn(seed, write)
        wrong += call.run() is not None
        reached += call.world.reached
    return wrong, reached


@pytest.mark.parametrize(
    "turns",
    [
        pytest.param(20_000, marks=pytest.mark.timeout(600)),
        pytest.param(1_000_000, marks=[pytest.mark.chaos, pytest.mark.timeout(3600)]),
    ],
)
def test_g5_whatever_the_platform_does_each_final_utterance_is_applied_exactly_once(turns: int) -> None:
    wrong, reached = simulate(turns)

    figures.note("G5 simulated turns", turns=turns, wrong_sessions=wrong, **dict(sorted(reached.items())))
    assert wrong == 0
    assert [state for state in MUST_BE_REACHED if not reached[state]] == []


def test_a_seed_gives_the_same_call_every_time() -> None:
    first, second = Drawn(7, guarded), Drawn(7, guarded)

    assert (first.run(), first.world.reached, first.world.records) == (
        second.run(),
        second.world.reached,
        second.world.records,
    )


def test_the_simulation_notices_when_the_fence_is_missing() -> None:
    def unguarded(session: Session, generation: int, made: Decision, now: float) -> Session | None:
        """`decide` as it would be without its fence."""
        return decide(session, session.head.generation if session.head else generation, made, now=now)

    wrong, _ = simulate(400, unguarded)
    assert wrong > 5
