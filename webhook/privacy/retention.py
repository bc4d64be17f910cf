"""Each class of data goes when KEEP_DAYS says, and it is looked again whether it went.

One worker at a time, by a job with a fixed id, every hour. How far each place was gone through is kept, so that a round
sees only what has become due since; what was left holds that mark back. Once a day everything is looked at from the
beginning: what came back by whatever way is found, and goes in the next round.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from webhook.errors import StoreError, WebhookError
from webhook.interview.retention import DAY_S, Data
from webhook.jobs import Jobs, why_not_done
from webhook.privacy.erasure import ErasureStatus, Reason
from webhook.privacy.places import Overdue, Place, Places
from webhook.store.base import SESSION_TTL_S, VersionConflict, record_beside

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from webhook.interview.retention import Keep
    from webhook.metrics import Metrics
    from webhook.privacy.erasures import Erasures
    from webhook.reports import Reports
    from webhook.store.base import Job, Store
    from webhook.store.expiry_clock import ExpiryClock

EVERY_S: Final = 3600.0
WHOLE_S: Final = DAY_S
"""How often everything is looked at from the beginning."""
ALARM_S: Final = 2 * DAY_S
"""What is left so long beyond its time raises an alarm."""
AGAIN_S: Final = 300.0
"""Until the next round after one that was not done to its end."""
WAITING: Final = frozenset({"live", "report"})
"""Why something is left for good reason, for a while."""
_ROUND_S: Final = 900.0
_LEASE_S: Final = 960.0
_LOOK_S: Final = 60.0
_TRIES: Final = 5
_ID: Final = "retention"
log_ = structlog.get_logger("webhook.privacy.retention")


@dataclass(frozen=True, kw_only=True)
class Leftover:
    """So many of a class that are over and still there; `over_at` is since when, of the oldest."""

    data: Data
    why: str
    count: int
    over_at: float


@dataclass(frozen=True, kw_only=True)
class Round:
    """What a round came to. `is_whole`: it looked at everything from the beginning."""

    at: float
    is_whole: bool
    deleted: Mapping[Data, int]
    left: tuple[Leftover, ...]

    @property
    def is_proved(self) -> bool:
        """Nothing is left that should be gone."""
        return all(each.why in WAITING for each in self.left)


@dataclass(kw_only=True)
class _Sweep:
    """A round on its way."""

    now: float
    is_whole: bool
    #: How far each place was gone through before, and is now.
    before: Mapping[Place, float]
    marks: dict[Place, float] = field(default_factory=dict)
    deleted: Counter[Data] = field(default_factory=Counter)
    whys: dict[tuple[Place, str], str] = field(default_factory=dict)
    #: When it began, and since when it is over, of what was found again.
    left: dict[tuple[Data, str], list[float]] = field(default_factory=dict)

    def since(self, place: Place) -> float:
        return 0.0 if self.is_whole else self.before[place]

    def is_left(self, overdue: Overdue, why: str) -> None:
        self.marks[overdue.place] = min(self.marks[overdue.place], overdue.began)
        self.left.setdefault((overdue.place.data, why), []).append(overdue.over_at)

    def done(self) -> Round:
        left = (Leftover(data=d, why=why, count=len(ats), over_at=min(ats)) for (d, why), ats in self.left.items())
        return Round(at=self.now, is_whole=self.is_whole, deleted=dict(self.deleted), left=tuple(left))


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The periods of one service, and the job that keeps to them."""

    erasures: Erasures
    reports: Reports
    metrics: Metrics
    keep: Keep
    clock: Callable[[], float]
    #: What is over is over by this one.
    expiry: ExpiryClock

    @property
    def store(self) -> Store:
        return self.erasures.store

    @property
    def places(self) -> Places:
        return Places(erasures=self.erasures, reports=self.reports, keep=self.keep, clock=self.expiry)

    # The job

    async def keep_going(self) -> None:
        """Look whether a round is due, for ever."""
        while True:
            await self.run_due()
            await asyncio.sleep(_LOOK_S)

    async def run_due(self) -> None:
        """A round, if one is due and nobody else is at it. It ends quietly and comes again."""
        try:
            await self._ask_for_a_job()
        except StoreError as error:
            log_.warning("retention_not_done", reason=error.code)
        await self._jobs.run_due(self._round)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(store=self.store, kind=_ID, lease_s=_LEASE_S, clock=self.clock)

    async def _ask_for_a_job(self) -> None:
        """Once: from then on each round sets the next one, and never far away: a clock that stepped may have set it."""
        stored = await self.store.load(_ID)
        if stored is None:
            await self._jobs.schedule(_ID)
            await self._save(dict.fromkeys(Place, 0.0), looked_at=0.0)
        else:
            await self._jobs.schedule(_ID, due_at=self.clock() + EVERY_S)
            self.metrics.retention_left(int(stored.record["overdue"]))

    async def _round(self, _: Job) -> None:
        again_s = AGAIN_S
        try:  # what it deleted stays deleted, so the next one has less to do
            why = await why_not_done(self.round(), within_s=_ROUND_S)
            if why:
                log_.warning("retention_not_done", reason=why)
            else:
                again_s = EVERY_S
        finally:
            await self._jobs.schedule(_ID, due_at=self.clock() + again_s)

    # A round

    async def round(self, *, is_whole: bool = False) -> Round:
        """Delete what is over, and look again. Raises what ended it before its time."""
        now = self.expiry()
        before, looked_at = await self._marks()
        sweep = _Sweep(now=now, is_whole=is_whole or now >= looked_at + WHOLE_S, before=before)
        for place in Place:
            await self._sweep(place, sweep)
        if sweep.is_whole:
            await self.erasures.run_due()  # so that it is known what is gone at ElevenLabs as well
        for place in Place:
            await self._prove(place, sweep)
        await self._prove_erasures(sweep)
        done = sweep.done()
        await self._save(sweep.marks, looked_at=now if sweep.is_whole else looked_at, done=done)
        self._tell(done)
        return done

    async def overdue(self) -> AsyncGenerator[Overdue]:
        """What a round would find, and delete unless something keeps it."""
        now = self.expiry()
        for place in Place:
            async for each in self.places.overdue(place, since=0.0, now=now):
                yield each

    async def _sweep(self, place: Place, sweep: _Sweep) -> None:
        sweep.marks[place] = self.places.until(place, sweep.now)
        async for overdue in self.places.overdue(place, since=sweep.since(place), now=sweep.now):
            try:
                why = await self.places.end(overdue)
            except WebhookError as error:  # one that cannot go must not keep the others
                why = error.code
            if why:
                sweep.whys[place, overdue.name] = why
            else:
                sweep.deleted[place.data] += 1
            await asyncio.sleep(0)  # a store in a file keeps nobody waiting, so calls would not go on by themselves

    async def _prove(self, place: Place, sweep: _Sweep) -> None:
        """Look again, in every store: only what is not found is gone."""
        seen = set()
        stores = self.erasures.holdings.stores
        async for overdue in self.places.overdue(place, since=sweep.since(place), now=sweep.now, stores=stores):
            if overdue.name not in seen:
                seen.add(overdue.name)
                sweep.is_left(overdue, sweep.whys.get((place, overdue.name), "still_there"))

    async def _prove_erasures(self, sweep: _Sweep) -> None:
        """Whole interviews are gone here at once; at ElevenLabs when that has said so."""
        async for each in self.erasures.every(ErasureStatus.PENDING):
            is_old = each.tries or each.asked_at <= sweep.now - EVERY_S
            if each.reason is Reason.RETENTION and is_old:
                sweep.left.setdefault((Data.REPORTS, "erasure"), []).append(each.asked_at)

    def _tell(self, done: Round) -> None:
        counts = {data.value: done.deleted.get(data, 0) for data in (Data.RECORDINGS, Data.TRANSCRIPTS, Data.REPORTS)}
        left = sum(each.count for each in done.left)
        if self.expiry.doubted_s:
            log_.warning("retention_not_done", **counts, left=left, reason="clock_doubted")
        elif done.is_proved:
            log_.info("retention_done", **counts, left=left)
        else:
            log_.warning("retention_not_done", **counts, left=left, reason=" ".join(sorted({x.why for x in done.left})))
        for each in done.left:
            age_s = done.at - each.over_at
            if age_s > ALARM_S:
                log_.error(
                    "retention_overdue", kind=each.data.value, reason=each.why, count=each.count, age_s=round(age_s)
                )
        self.metrics.retention_left(_too_long(done))

    # The record

    async def _marks(self) -> tuple[Mapping[Place, float], float]:
        """How far each place was gone through, and when everything was looked at last."""
        stored = await self.store.load(_ID)
        record: Mapping[str, Any] = {} if stored is None else stored.record
        marks = record.get("marks", {})
        return {place: float(marks.get(place.value, 0.0)) for place in Place}, float(record.get("looked_at", 0.0))

    async def _save(self, marks: Mapping[Place, float], *, looked_at: float, done: Round | None = None) -> None:
        """What two rounds at once have found is true of both; the last one stays."""
        stored = await self.store.load(_ID)
        before, version = ({}, 0) if stored is None else (stored.record, stored.version)
        record = record_beside(
            _ID,
            "done" if done is None or done.is_proved else "not_done",
            self.clock(),
            marks={place.value: at for place, at in marks.items()},
            looked_at=looked_at,
            proved_at=done.at if done is not None and done.is_proved else before.get("proved_at"),
            deleted={} if done is None else {data.value: count for data, count in done.deleted.items()},
            left=[] if done is None else [{**vars(each), "data": each.data.value} for each in done.left],
            overdue=0 if done is None else _too_long(done),
        )
        for _ in range(_TRIES):
            saved = await self.store.save(_ID, record, expect=version, ttl_s=SESSION_TTL_S)
            if not isinstance(saved, VersionConflict):
                return
            version = saved.version
        raise StoreError("the record of what is kept changed too often")


def _too_long(done: Round) -> int:
    return sum(each.count for each in done.left if each.why not in WAITING)
