"""A store that goes on while the real one is away.

Everything goes to the primary. Where it fails or does not answer in time, the standby takes over at once, starting
each session from the last record this process saw of it; once the primary answers again, what was kept is put there
and leaves the standby. A session that was changed in both places meanwhile is not merged: the record that has come
further is kept whole, and what it does not know is healed from the caller's next history.

The standby of Redis is a SQLite file, so that what it holds survives this process and is shared with the other
workers of the machine; the standby of SQLite is memory.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from webhook.errors import RecordDamaged, StoreError, StoreRefused
from webhook.store.base import SESSION_TTL_S, Filter, Stored, VersionConflict
from webhook.store.recent import Recent
from webhook.store.records import plain

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping

    from webhook.store.base import Chunk, Job, Page, Record, Store

T = TypeVar("T")
ROUND_S = 1.0
"""How often a primary that is away is asked again, and the standby looked into."""
COPY_S = 900.0
"""How long the last record of a session is remembered: longer than a call is silent."""
_MOST_COPIES = 500
_PUT_BACK = "put_back"
"""The status of a record in the standby that stands in the primary again; it is about to be deleted."""
log_ = structlog.get_logger("webhook.store")


class StandbyStore:
    """A store over two others; `further` chooses between two records of one session."""

    def __init__(
        self,
        primary: Store,
        standby: Store,
        *,
        further: Callable[[Record, Record], Record],
        round_s: float = ROUND_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.primary = primary
        self.standby = standby
        #: Told the id of every session that was put into the primary again, so that its jobs can be set anew.
        self.put_back: Callable[[str], Awaitable[None]] | None = None
        #: Told a name, when what was held under it was erased last; what is older is not put back.
        self.erased_at: Callable[[str], Awaitable[float | None]] | None = None
        #: Whether a record was made of a history whose past was not known.
        self.takes_up: Callable[[Record], bool] = lambda record: "recovered" in record.get("flags", ())
        #: How long what is put back is kept there at most; its next save knows better.
        self.keep_s = SESSION_TTL_S
        self._further = further
        self._round_s = round_s
        self._clock = clock
        #: The primary has answered; while it is away nobody waits for it.
        self._is_here = True
        #: The standby may hold sessions that belong into the primary.
        self._keeps = False
        #: Tags set or taken away while the primary was away: (key, session id) -> seconds to live, None: untag.
        self._tags: dict[tuple[str, str], float | None] = {}
        self._copies: Recent[Stored] = Recent(most=_MOST_COPIES, keep_s=COPY_S, clock=clock)

    @property
    def is_here(self) -> bool:
        """Whether the primary serves; if not, the standby does."""
        return self._is_here

    # Life

    async def open(self) -> None:
        """A primary that cannot be reached now is asked again later; a standby that cannot is an error."""
        await self.standby.open()
        self._keeps = True  # perhaps from before this process began
        try:
            await self.primary.open()
        except StoreError as error:
            self._failed(error)

    async def close(self) -> None:
        try:
            await self.primary.close()
        finally:
            await self.standby.close()

    async def ping(self) -> None:
        """Raises only when neither store can serve."""
        await self._serve(lambda store: store.ping())

    async def watch(self) -> None:
        """Ask again for a primary that is away, and put back what was kept, for ever."""
        while True:
            await asyncio.sleep(self._round_s)
            with suppress(StoreError):  # still away: the next round asks again
                await self.mend()

    async def mend(self) -> None:
        """One round. Raises `StoreError` while the primary is away."""
        if not self._is_here:
            await self.primary.open()
            self._is_here, self._keeps = True, True
            log_.warning("store_back")
        try:
            await self._put_all_back()
        except StoreError as error:
            self._failed(error)
            raise

    def _failed(self, error: StoreError) -> None:
        if isinstance(error, StoreRefused):
            log_.error("store_refused", code=error.code)  # all others are served as before
            return
        if self._is_here:
            log_.error("store_away", code=error.code, error=type(error.__cause__ or error).__name__)
        self._is_here = False

    # Records

    async def now(self) -> float | None:
        return await self._serve(lambda store: store.now())

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        if self._is_here:
            try:
                if self._keeps:
                    await self._put_one_back(session_id)
                # Only what is known here, too, may be left out: it is what the standby would go on from.
                copied = known if self._has_copy(session_id, known) else 0
                stored = await self.primary.load(session_id, known=copied)
            except RecordDamaged:
                raise
            except StoreError as error:
                self._failed(error)
            else:
                if stored is None or stored.record:
                    self._remember(session_id, stored)
                return stored
        kept = await self.standby.load(session_id)
        return self._copy(session_id) if kept is None or kept.record["status"] == _PUT_BACK else kept

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = SESSION_TTL_S
    ) -> int | VersionConflict:
        if self._is_here:
            try:
                if self._keeps:
                    await self._put_one_back(session_id)  # else a save of what was seen before would go past it
                saved = await self.primary.save(session_id, record, expect=expect, ttl_s=ttl_s)
            except RecordDamaged:
                raise  # one record nobody can read does not keep all the others from the primary
            except StoreError as error:
                self._failed(error)
            else:
                if isinstance(saved, int):
                    self._remember(session_id, Stored(record=dict(record), version=saved))
                return saved
        return await self._keep(session_id, record, expect, ttl_s)

    async def delete(self, session_id: str) -> bool:
        """Raises `StoreError` while the primary is away: nobody could promise that it is gone."""
        self._copies.forget(session_id)
        kept = await self.standby.delete(session_id)
        return await self._needed().delete(session_id) or kept

    async def list_sessions(self, where: Filter, *, cursor: str | None = None, limit: int = 50) -> Page:
        """Raises `StoreError` while the primary is away: the standby knows only a part."""
        return await self._needed().list_sessions(where, cursor=cursor, limit=limit)

    # What hangs on a session

    async def append_chunk(self, session_id: str, generation: int, chunk: Chunk) -> None:
        await self._serve(lambda store: store.append_chunk(session_id, generation, chunk))

    async def follow_chunks(self, session_id: str, generation: int, *, wait_s: float) -> AsyncGenerator[Chunk]:
        """A reader that fails proves nothing: it asks for the record next, and that decides who serves."""
        store = self.primary if self._is_here else self.standby
        async for chunk in store.follow_chunks(session_id, generation, wait_s=wait_s):
            yield chunk

    async def tag(self, key: str, session_id: str, *, ttl_s: float) -> None:
        await self._serve(lambda store: store.tag(key, session_id, ttl_s=ttl_s))
        if not self._is_here:
            self._tags.pop((key, session_id), None)  # so that the newest is the last
            self._tags[key, session_id] = ttl_s

    async def untag(self, key: str, session_id: str) -> None:
        await self._serve(lambda store: store.untag(key, session_id))
        if not self._is_here:
            self._tags[key, session_id] = None

    async def tagged(self, key: str) -> tuple[str, ...]:
        found = await self._serve(lambda store: store.tagged(key))
        if not (self._is_here and self._tags):
            return found
        ours = {each: ttl_s for (of, each), ttl_s in self._tags.items() if of == key}
        newest_first = [x for x, ttl_s in reversed(ours.items()) if ttl_s]
        return tuple(dict.fromkeys([*newest_first, *(x for x in found if ours.get(x, 1))]))

    # Jobs

    async def schedule_job(self, kind: str, session_id: str, *, due_at: float) -> None:
        await self._serve(lambda store: store.schedule_job(kind, session_id, due_at=due_at))

    async def claim_due(self, kind: str, *, now: float, lease_s: float, limit: int = 10) -> tuple[Job, ...]:
        return await self._serve(lambda store: store.claim_due(kind, now=now, lease_s=lease_s, limit=limit))

    async def finish_job(self, job: Job) -> bool:
        """A job stays with the store it came from; the other one does not know its token."""
        return await self._serve(lambda store: store.finish_job(job)) or await self.standby.finish_job(job)

    async def expire(self, now: float) -> int:
        return await self._serve(lambda store: store.expire(now)) + await self.standby.expire(now)

    # Between the two

    async def _serve(self, ask: Callable[[Store], Awaitable[T]]) -> T:
        if self._is_here:
            try:
                return await ask(self.primary)
            except StoreError as error:
                self._failed(error)
        return await ask(self.standby)

    def _needed(self) -> Store:
        if not self._is_here:
            raise StoreError("the session store is away; calls go on, this has to wait")
        return self.primary

    async def _keep(
        self, session_id: str, record: Mapping[str, Any], expect: int, ttl_s: float
    ) -> int | VersionConflict:
        """Save into the standby; the first save there goes by the version of the last record that was seen here."""
        self._keeps = True
        kept = await self.standby.load(session_id)
        if kept is None:
            copy = self._copy(session_id)
            if expect != (copy.version if copy is not None else 0):
                return VersionConflict(version=0)
            expect = 0
        elif kept.record["status"] == _PUT_BACK:
            return VersionConflict(version=kept.version)  # it leaves in a moment
        saved = await self.standby.save(session_id, record, expect=expect, ttl_s=ttl_s)
        if isinstance(saved, int):
            self._remember(session_id, Stored(record=dict(record), version=saved))
        return saved

    async def _put_all_back(self) -> None:
        for (key, session_id), ttl_s in list(self._tags.items()):
            if ttl_s is None:
                await self.primary.untag(key, session_id)
            else:
                await self.primary.tag(key, session_id, ttl_s=ttl_s)
            self._tags.pop((key, session_id), None)
        page = await self.standby.list_sessions(Filter(), limit=200)
        self._keeps = bool(page.records)
        for record in page.records:
            with suppress(StoreRefused, RecordDamaged):  # it stays here, and is served from here
                await self._put_one_back(record["session_id"])

    async def _put_one_back(self, session_id: str) -> None:
        """Put the kept record into the primary, unless that has come further; then it leaves the standby."""
        while (kept := await self.standby.load(session_id)) is not None:
            if kept.record["status"] != _PUT_BACK and not await self._was_erased(session_id, kept.record):
                there = await self._in_primary(session_id, kept.record)
                if there is None:
                    continue  # somebody else saved there first
                if self.put_back is not None:
                    await self.put_back(session_id)
                gone = {**kept.record, "status": _PUT_BACK}
                if isinstance(await self.standby.save(session_id, gone, expect=kept.version), VersionConflict):
                    continue  # a worker for which the primary is still away went on with the call
                self._remember(session_id, there)
                log_.info("session_put_back", session_id=session_id)
            await self.standby.delete(session_id)

    async def _was_erased(self, session_id: str, kept: Record) -> bool:
        """It went on in the standby, of this machine or of another one, when it was gone from the primary.

        Or it began there, of the history of a call that goes on, when nobody could tell that this was erased.
        """
        at = None if self.erased_at is None else await self.erased_at(session_id)
        if at is None or kept["created_at"] <= at:
            return at is not None
        return self.takes_up(kept) and await self.primary.load(session_id) is None

    async def _in_primary(self, session_id: str, kept: Record) -> Stored | None:
        """What the primary holds after the kept record was put there, if it has come further; None: try again."""
        there = await self.primary.load(session_id)
        try:
            if there is not None and self._further(there.record, kept) is there.record:
                return there
        except (LookupError, ValueError, TypeError, AttributeError) as error:  # damaged, or of a later release
            raise StoreRefused("Two records of a session cannot be compared.") from error
        version = there.version if there is not None else 0
        saved = await self.primary.save(session_id, kept, expect=version, ttl_s=self.keep_s)
        return Stored(record=kept, version=saved) if isinstance(saved, int) else None

    # The last record of each session that was seen here

    def _remember(self, session_id: str, stored: Stored | None) -> None:
        if stored is None:
            self._copies.forget(session_id)
        else:
            self._copies.keep(session_id, stored)

    def forget_old(self) -> None:
        """Let go of the copies of sessions that were not seen for long."""
        self._copies.forget_old()

    def _has_copy(self, session_id: str, version: int) -> bool:
        found = self._copies.get(session_id)
        return found is not None and found.version == version

    def _copy(self, session_id: str) -> Stored | None:
        """As the store would give it, parts that were encoded already included. Its clock of then is not given."""
        found = self._copies.get(session_id)
        return replace(found, record=plain(found.record), at=None) if found is not None else None
