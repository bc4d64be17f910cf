"""A time budget that runs in turns of the loop."""

from __future__ import annotations

import asyncio
import time

import pytest

from webhook.store.budget import TICKS, _Ticks, budget


async def test_whoever_does_not_answer_is_given_up_after_the_budget() -> None:
    with pytest.raises(TimeoutError):
        async with budget(0.1):
            await asyncio.Event().wait()


async def test_an_answer_is_heard_however_long_this_process_was_busy() -> None:
    answered = asyncio.Event()

    async def busy() -> None:
        for _ in range(3):
            time.sleep(0.06)  # noqa: ASYNC251 - what keeps the loop from the answer
            await asyncio.sleep(0)
        answered.set()

    working = asyncio.create_task(busy())
    async with budget(0.1):
        await answered.wait()
    await working


async def test_a_process_that_never_comes_to_rest_gives_up_in_the_end() -> None:
    async def busy() -> None:
        while True:
            time.sleep(0.05)  # noqa: ASYNC251 - each turn of the loop takes longer than a tick
            await asyncio.sleep(0)

    working = asyncio.create_task(busy())
    with pytest.raises(TimeoutError):
        async with budget(0.1):
            await asyncio.Event().wait()
    working.cancel()


async def test_a_last_tick_that_comes_together_with_the_end_of_all_patience_changes_nothing() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0) as limit:
            await asyncio.sleep(60)
    ticks = _Ticks(limit, 60.0)
    for _ in range(TICKS):
        ticks.timer.cancel()
        ticks._tick()
    assert limit.expired()
