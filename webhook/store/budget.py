"""A time budget that a busy process does not use up by itself.

A worker that makes fifty replies at once comes back to its event loop only now and then, and an answer that came long
ago waits in a socket meanwhile. Taken by the clock, that is a store that does not answer, and the worker would go on
without a store that is there. So the budget runs in ticks of the loop: one that comes late counts as one.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

TICKS = 10
AT_MOST = 4.0
"""The budget by the clock, in budgets: there is a caller who waits."""


@asynccontextmanager
async def budget(seconds: float) -> AsyncIterator[None]:
    """Raises `TimeoutError` after `seconds` in which the loop turned at least `TICKS` times, or `AT_MOST` times that."""
    async with asyncio.timeout(AT_MOST * seconds) as limit:
        ticks = _Ticks(limit, seconds / TICKS)
        try:
            yield
        finally:
            ticks.timer.cancel()


class _Ticks:
    """Lets `limit` expire after its ticks."""

    def __init__(self, limit: asyncio.Timeout, every_s: float) -> None:
        self._limit, self._every_s, self._left = limit, every_s, TICKS
        self._loop = asyncio.get_running_loop()
        self.timer = self._loop.call_later(every_s, self._tick)

    def _tick(self) -> None:
        self._left -= 1
        if self._left:
            self.timer = self._loop.call_later(self._every_s, self._tick)
        elif not self._limit.expired():
            self._limit.reschedule(self._loop.time())
