"""What one worker learns about a model, the others know a round later."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import pytest

from webhook.breaker import PERMANENT_S, Breaker
from webhook.cooldowns import ROUND_S, Cooldowns
from webhook.errors import ModelOverloaded, ModelUnavailable
from webhook.store.sqlite import SqliteStore


@dataclass
class Time:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Worker:
    """Its clock is its own: monotonic clocks of two processes have nothing in common."""

    store: SqliteStore
    time: Time
    breaker: Breaker = field(default_factory=Breaker)

    async def share(self) -> None:
        await Cooldowns(breaker=self.breaker, models=("fast", "other"), store=self.store, clock=self.time).share()

    def allows(self, model: str = "fast") -> bool:
        return self.breaker.allows(model, self.time.now)


@pytest.fixture
async def store() -> AsyncGenerator[SqliteStore]:
    opened = SqliteStore(None)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def ours(store: SqliteStore) -> Worker:
    return Worker(store, Time(100.0))


@pytest.fixture
def theirs(store: SqliteStore) -> Worker:
    return Worker(store, Time(5_000.0))


async def test_row_06_a_model_that_asks_to_be_left_alone_is_left_alone_by_all_workers(
    ours: Worker, theirs: Worker
) -> None:
    ours.breaker.failed("fast", ModelOverloaded(retry_after_s=30.0), ours.time.now)
    await ours.share()
    await theirs.share()

    assert not theirs.allows()
    assert theirs.allows("other")
    assert theirs.breaker.closed(theirs.time.now) == {"fast": "model_overloaded"}


async def test_a_cooldown_that_is_not_renewed_ends(ours: Worker, theirs: Worker) -> None:
    ours.breaker.failed("fast", ModelOverloaded(retry_after_s=30.0), ours.time.now)
    await ours.share()
    await theirs.share()
    theirs.time.now += 2 * ROUND_S

    assert theirs.allows()


async def test_nobody_keeps_a_cooldown_alive_by_hearing_of_it(ours: Worker, theirs: Worker) -> None:
    """What was heard from another is told to no third one: else the two would go on telling each other for ever."""
    ours.breaker.failed("fast", ModelOverloaded(retry_after_s=2.5 * ROUND_S), ours.time.now)
    await ours.share()
    await theirs.share()
    await ours.store.untag("cooldown:fast", "model_overloaded")
    await theirs.share()

    assert await ours.store.tagged("cooldown:fast") == ()


async def test_a_key_that_is_wrong_is_known_to_all(ours: Worker, theirs: Worker) -> None:
    ours.breaker.failed("fast", ModelUnavailable(), ours.time.now)
    assert ours.breaker.left_alone_for("fast", ours.time.now) == PERMANENT_S
    await ours.share()
    await theirs.share()

    assert theirs.breaker.closed(theirs.time.now) == {"fast": "model_unavailable"}


async def test_while_all_is_well_nothing_is_told(ours: Worker, theirs: Worker) -> None:
    await ours.share()

    assert await ours.store.tagged("cooldown:fast") == ()
    assert theirs.allows()
