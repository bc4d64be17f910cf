"""The clock by which stored data expires: this machine's, for as long as it can be right.

One start with a clock that is weeks ahead would drop every session for good. So it is kept, beside the records, how far
time has come; a clock that is suddenly far from there is not believed. What is believed goes on at the pace of a
monotonic clock, and nothing expires sooner. After `CONFIRM_S` of that the clock is taken for right after all: then the
service was off for long, and the data is a day late. An operator who knows it sooner says so (`webhook retention
--trust-clock`).

Redis expires by its own clock, which nobody here can doubt: its host needs the right time before it starts.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from webhook.errors import RecordDamaged
from webhook.store.base import Filter, record_beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.store.base import Store

FAR_S: Final = 6 * 3600.0
"""How far from where time should be a clock is not believed; a night's pause is longer, and costs a day's delay."""
CONFIRM_S: Final = 24 * 3600.0
"""How long a clock is doubted; a wrong one is usually set right by then."""
_ID: Final = "clock"
_KEEP_S: Final = 100 * 365 * 24 * 3600.0
log_ = structlog.get_logger("webhook.store")


@dataclass(frozen=True, kw_only=True)
class Mark:
    """How far time has come, in seconds since 1970, and since when (by the same count) the clock is doubted."""

    at: float
    doubted_since: float | None = None

    def moved(self, elapsed_s: float, wall: float) -> Mark:
        """The mark `elapsed_s` later, when the machine's clock says `wall`."""
        expected = self.at + elapsed_s
        since = expected if self.doubted_since is None else self.doubted_since
        if abs(wall - expected) <= FAR_S or expected - since >= CONFIRM_S:
            return Mark(at=wall)
        return Mark(at=expected, doubted_since=since)


class ExpiryClock:
    """Called like a clock; until `restore` it believes the machine's.

    `steady` never steps. Nothing that is shown to anybody goes by this clock: while it doubts a clock that is right, it
    is behind.
    """

    def __init__(self, clock: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._steady = steady
        self._mark: Mark | None = None
        self._read_at = 0.0

    def __call__(self) -> float:
        wall = self._clock()
        if self._mark is None:
            return wall
        read_at = self._steady()
        self._mark = self._mark.moved(read_at - self._read_at, wall)
        self._read_at = read_at
        return min(wall, self._mark.at)

    @property
    def is_restored(self) -> bool:
        """Whether it is known how far time has come; else a machine's clock is believed, whatever it says."""
        return self._mark is not None

    @property
    def doubted_s(self) -> float:
        """How far the machine's clock is from what is believed; 0 while it is believed."""
        self()
        is_doubted = self._mark is not None and self._mark.doubted_since is not None
        return self._clock() - self._mark.at if self._mark is not None and is_doubted else 0.0

    async def restore(self, kept: Store, sessions: Store) -> None:
        """Go on from the mark in `kept`, else from the newest of `sessions`. Raises `StoreError`."""
        self._set((await _kept_mark(kept))[0] or await self._newest(sessions) or Mark(at=self._clock()))
        self()
        self._warn()

    async def keep(self, kept: Store) -> None:
        """Write the mark down, and say so while the clock is doubted. Raises `StoreError`.

        What another process or an operator has come to believe meanwhile is believed here, too.
        """
        theirs, version = await _kept_mark(kept)
        if theirs is not None and self.doubted_s and theirs.moved(0.0, self._clock()).doubted_since is None:
            self._set(Mark(at=self._clock()))
        self._warn()
        self()
        mark = self._mark or Mark(at=self._clock())
        record = record_beside(_ID, _ID, mark.at, doubted_since=mark.doubted_since)
        await kept.save(_ID, record, expect=version, ttl_s=_KEEP_S)  # a conflict: somebody else has just done it

    async def trust(self, kept: Store) -> None:
        """Believe the machine's clock, here and in the other processes. Raises `StoreError`."""
        self._set(Mark(at=self._clock()))
        await self.keep(kept)

    def _set(self, mark: Mark) -> None:
        self._mark, self._read_at = mark, self._steady()

    async def _newest(self, sessions: Store) -> Mark | None:
        """For a store that an earlier release wrote."""
        self._set(Mark(at=0.0))  # so long nothing is over, so that all are listed
        try:
            page = await sessions.list_sessions(Filter(), limit=1)
        finally:
            self._mark = None
        times = [float(record[name]) for record in page.records for name in ("created_at", "updated_at")]
        return Mark(at=max(times)) if times else None

    def _warn(self) -> None:
        if ahead_s := self.doubted_s:
            log_.warning("clock_doubted", age_s=round(ahead_s))


async def _kept_mark(kept: Store) -> tuple[Mark | None, int]:
    try:
        stored = await kept.load(_ID)
    except RecordDamaged as damaged:
        return None, damaged.version
    if stored is None:
        return None, 0
    return Mark(at=float(stored.record["updated_at"]), doubted_since=stored.record["doubted_since"]), stored.version


async def doubted_s(kept: Store, wall: float) -> float:
    """How far the clock is from the mark that is kept; 0 where there is none, or it is near. Raises `StoreError`."""
    mark, _ = await _kept_mark(kept)
    return 0.0 if mark is None or abs(wall - mark.at) <= FAR_S else wall - mark.at
