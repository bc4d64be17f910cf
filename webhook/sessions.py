"""Sessions in the store: load, and change by compare-and-set.

What this process saw last of a session is kept for a while, so that a turn of a long call does not decode and encode
the whole of it several times. Nothing rests on it: a version says whether it is what the store has, and compare-and-set
refuses what was made of an older one.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import orjson
import structlog

from webhook.errors import InvalidState, NotFound, RecordDamaged, RecordTooNew, StoreError, StoreRefused
from webhook.interview.retention import Keep
from webhook.interview.session import MOST_LOG_BYTES, Session, bounded, from_dict, shortened_log, to_dict, turns_to
from webhook.interview.talk_time import Reading
from webhook.machine import MACHINE
from webhook.store.base import VersionConflict, record_beside
from webhook.store.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.store.base import Store, Stored

DAMAGED = "damaged"
"""The status of a record that only keeps the bytes of another one which could not be read (base64, in `data`)."""
TRY_S = 1.0
"""How long a change is tried again after somebody else saved first. Each round lets one of them through: 30 writers
of one session need some 0.2 s on Redis, and a caller should not wait longer than this for a turn to begin."""
log_ = structlog.get_logger("webhook.sessions")
_PAUSE_S = (0.004, 0.064)
"""The longest first and the longest later pause; in between it doubles."""
LEAST_TRIES = 30
"""About as many as fit into that time where little else is done: a busy process makes them all the same."""
MOST_SEEN = 500
"""Sessions kept in memory; more than a worker has live calls."""
SEEN_S = 900.0
"""How long they are kept, in seconds: longer than a call is silent."""


@dataclass(kw_only=True)
class Tries:
    """For `async for`: once at once, then again after pauses of random length until the time is up.

    Some tries are made in any case: each may take long where this process has much to do.
    `jitter` gives 0 to 1: how much of a pause is waited, so that those who met do not meet again.
    """

    within_s: float = TRY_S
    jitter: Callable[[], float] = random.random
    _made: int = field(default=0, init=False)
    _give_up_at: float | None = field(default=None, init=False)
    _longest_s: float = field(default=_PAUSE_S[0], init=False)

    def __aiter__(self) -> Tries:
        return self

    async def __anext__(self) -> None:
        now = asyncio.get_running_loop().time()
        self._made += 1
        if self._give_up_at is None:
            self._give_up_at = now + self.within_s
            return
        pause_s = self._longest_s * self.jitter()
        if now + pause_s > self._give_up_at and self._made > LEAST_TRIES:
            raise StopAsyncIteration
        await asyncio.sleep(pause_s)
        self._longest_s = min(self._longest_s * 2, _PAUSE_S[1])


@dataclass(frozen=True, kw_only=True)
class Found:
    """A session as it was loaded: the version to give back to `save`, and what the store's clock said then.

    Leases are measured by that clock, for a worker's own may be wrong by minutes.
    """

    session: Session
    version: int
    at: float


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What this process saw last of a session; `log` is the JSON of its turns."""

    session: Session
    version: int
    log: bytes


class _LastSeen(Recent[_Seen]):
    """The sessions that were seen last."""

    def __init__(self, keep_s: float = SEEN_S) -> None:
        super().__init__(most=MOST_SEEN, keep_s=keep_s)
        #: How far the store's clock is before the monotonic one; None where it has none of its own.
        self.ahead_s: float | None = None

    def saw(self, session: Session, version: int, log: bytes = b"") -> None:
        self.keep(session.session_id, _Seen(session=session, version=version, log=log))


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The sessions of one store."""

    store: Store
    clock: Callable[[], float] = time.time
    #: A clock that never steps; what `clock` says of a span between two turns is held against it.
    steady: Callable[[], float] = time.monotonic
    tries: Callable[[], Tries] = Tries
    #: The store drops by itself, somewhat later, what the job that deletes has not deleted.
    keep: Keep = field(default_factory=Keep)
    _last_seen: _LastSeen = field(default_factory=_LastSeen, init=False, repr=False, compare=False)

    async def find(self, session_id: str) -> Found | None:
        """The session, if there is one. Raises `RecordTooNew`, and `RecordDamaged` once the bytes are kept aside."""
        seen = self._last_seen.get(session_id)
        stored = None
        try:
            stored = await self.store.load(session_id, known=seen.version if seen is not None else 0)
            if stored is None:
                self._last_seen.forget(session_id)
                return None
            if seen is not None and not stored.record:
                session = seen.session
            else:
                session = _session(stored)
                if self._last_seen.get(session_id) is seen:  # else something newer was saved meanwhile
                    self._last_seen.saw(session, stored.version)
        except RecordDamaged as damaged:
            if stored is None or stored.record.get("status") != DAMAGED:  # that one is what was kept aside
                await self._keep_aside(session_id, damaged)
            raise
        self._last_seen.ahead_s = None if stored.at is None else stored.at - time.monotonic()
        return Found(session=session, version=stored.version, at=self.clock() if stored.at is None else stored.at)

    def seen(self, session_id: str) -> Found | None:
        """What was seen last of the session, which nearly always is what the store has; only a save tells."""
        seen = self._last_seen.get(session_id)
        return None if seen is None else Found(session=seen.session, version=seen.version, at=self._now())

    async def now(self) -> float:
        """What the store's clock says; this machine's where the store has none."""
        at = await self.store.now()
        self._last_seen.ahead_s = None if at is None else at - time.monotonic()
        return self.clock() if at is None else at

    def reading(self, at: float) -> Reading:
        """What the clocks say, where the store's says `at`."""
        return Reading(at=at, steady=self.steady(), machine=MACHINE)

    def _now(self) -> float:
        """What the store's clock says, by what it said last."""
        ahead_s = self._last_seen.ahead_s
        return self.clock() if ahead_s is None else time.monotonic() + ahead_s

    async def beside(self, session_id: str, what: str) -> str:
        """The id of a record that stands beside a session's; who erases that finds it by its tag. Raises `StoreError`."""
        beside_id = f"{session_id}~{what}"
        await self.store.tag(_beside(session_id), beside_id, ttl_s=self.keep.net_s)
        return beside_id

    async def all_beside(self, session_id: str) -> tuple[str, ...]:
        """And what stands beside those. Raises `StoreError`."""
        found: list[str] = []
        for beside_id in sorted(await self.store.tagged(_beside(session_id))):
            found += [beside_id, *await self.all_beside(beside_id)]
        return tuple(found)

    async def _keep_aside(self, session_id: str, damaged: RecordDamaged) -> None:
        """What cannot be read today may be readable with a later release; it is kept under an id of its own."""
        aside_id = await self.beside(session_id, f"damaged-{damaged.version}")
        aside = record_beside(aside_id, DAMAGED, self.clock(), data=base64.b64encode(damaged.data).decode())
        saved = await self.store.save(aside_id, aside, expect=0, ttl_s=self.keep.net_s)
        if not isinstance(saved, VersionConflict):
            log_.error("record_kept_aside", session_id=aside_id)

    async def load(self, session_id: str) -> Session:
        """Raises `NotFound`."""
        found = await self.find(session_id)
        if found is None:
            raise NotFound("there is no session by that id")
        return found.session

    async def save(self, session: Session, *, expect: int, at: float | None = None, keeps_time: bool = False) -> bool:
        """False when somebody else saved first. `at` is the store's clock, where it is known.

        `keeps_time`: nothing happened in the interview, so it is as old as it was.
        """
        now = self.clock() if at is None else at
        session = bounded(session if keeps_time else replace(session, updated_at=now))
        log = _encoded_log(session, self._last_seen.get(session.session_id))
        if len(log) > MOST_LOG_BYTES:
            session = replace(session, log=shortened_log(session.log))
            log = _encoded_log(session, None)
        record = to_dict(session, log=orjson.Fragment(log))
        ttl_s = self.keep.ttl_s(session.created_at, now)
        saved = await self.store.save(session.session_id, record, expect=expect, ttl_s=ttl_s)
        if isinstance(saved, VersionConflict):
            return False
        self._last_seen.saw(session, saved, log)
        return True

    def forget_old(self) -> None:
        """Let go of what was seen long ago; a session that another worker deletes is forgotten here by then."""
        self._last_seen.forget_old()

    async def delete(self, session_id: str) -> bool:
        """Whether there was one."""
        self._last_seen.forget(session_id)
        return await self.store.delete(session_id)

    async def change(
        self, session_id: str, apply: Callable[[Session, float], Session | None], *, keeps_time: bool = False
    ) -> Session | None:
        """Apply a pure change until compare-and-set lets it through; it is given the store's clock as well.

        None: there is no such session, or the change was refused (`apply` gave None). The first try is made of what
        was seen last, which nearly always is what the store has: that saves a look at it.
        """
        seen, refused = self._last_seen.get(session_id), -1
        if seen is not None:
            at = self._now()
            try:
                changed = apply(seen.session, at)
            except InvalidState:
                changed = seen.session  # what was seen is not what there is: only a look can tell
            if changed is None:
                refused = seen.version
            elif changed is not seen.session and await self.save(
                changed, expect=seen.version, at=at, keeps_time=keeps_time
            ):
                return changed
        async for _ in self.tries():
            found = await self.find(session_id)
            changed = None if found is None or found.version == refused else apply(found.session, found.at)
            if found is None or changed is None:
                return None
            if await self.save(changed, expect=found.version, at=found.at, keeps_time=keeps_time):
                return changed
        raise StoreError("the session changed too often")


def _encoded_log(session: Session, seen: _Seen | None) -> bytes:
    """The JSON of the session's turns. A log only grows: of one that was encoded before, the new turns are."""
    before = seen.session.log if seen is not None and seen.log else ()
    known = seen.log if seen is not None and before and session.log[: len(before)] == before else b""
    new = session.log[len(before) :] if known else session.log
    if known and not new:
        return known
    try:
        encoded = orjson.dumps(turns_to(new))
    except TypeError:  # a lone surrogate; the error would carry the text along
        raise StoreRefused(f"The record of session {session.session_id!r} cannot be stored as JSON.") from None
    return b"%b,%b" % (known[:-1], encoded[1:]) if known else encoded


def _session(stored: Stored) -> Session:
    try:
        return from_dict(stored.record)
    except RecordTooNew:
        raise
    except StoreError:
        data = json.dumps(stored.record).encode()
        raise RecordDamaged("the session record is damaged", data=data, version=stored.version) from None


def _beside(session_id: str) -> str:
    """The tag under which the records beside a session are found."""
    return f"beside:{session_id}"
