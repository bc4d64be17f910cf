"""The store on one machine: a SQLite file that several local worker processes may share.

The file is in WAL mode with `synchronous=NORMAL`: what was acknowledged survives the death of any process; a power
cut may cost the last commits. It is readable by its owner alone, and what is deleted is overwritten.

Statements run in the event loop's own thread: one takes some 20 microseconds there and five times as much through a
worker thread. No `await` happens inside a transaction, so tasks cannot get into one another's, and a lock that another
process holds is waited for in the loop's sleep, not in SQLite's, until the time budget is spent.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from webhook.errors import StoreError
from webhook.store import sqlite_statements as sql
from webhook.store.base import CHUNK_TTL_S, SESSION_TTL_S, SKEW_S, Chunk, Filter, Job, Page, Stored, VersionConflict
from webhook.store.records import parse_record, readable_records
from webhook.store.sqlite_file import connect, forget_old_pages, patiently, store_errors, transaction
from webhook.store.sqlite_rows import cursor_of, parse_cursor, row_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import AsyncGenerator, Callable, Mapping
    from pathlib import Path

_T = TypeVar("_T")

#: Workers that start together wait for one another while the first creates the file; nobody is on the phone yet.
_OPEN_TIMEOUT_S: Final = 5.0
#: A writer in this process wakes its followers; one in another process is noticed by polling this often.
_POLL_S: Final = (0.020, 0.050)


class SqliteStore:
    """`base.Store` in the file `path`, which is created with its folder when missing; in memory without one.

    `timeout_s` bounds each operation; `clock` gives seconds since 1970 for what expires. The store belongs to the
    thread that opened it.
    """

    def __init__(self, path: Path | None, *, timeout_s: float = 0.25, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._timeout_s = timeout_s
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        #: What was deleted may still be read in the write-ahead log; the next sweep tries again.
        self._has_old_pages = True  # perhaps from before this process began
        self._followers: dict[tuple[str, int], set[asyncio.Event]] = {}

    async def open(self) -> None:
        if self._connection is None:
            self._connection = await patiently(lambda: connect(self._path), _OPEN_TIMEOUT_S)

    async def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with store_errors():
                connection.close()

    async def ping(self) -> None:
        """Take the write lock and give it back: a read-only, full or locked-up database cannot serve."""

        def touch(db: sqlite3.Connection) -> None:
            with transaction(db):
                db.execute("SELECT 1 FROM sessions LIMIT 1").fetchall()

        await self._run(touch)

    async def now(self) -> None:
        """There is no clock here but this machine's own."""

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        found = await self._fetch(sql.LOAD, known, session_id, self._clock())
        if not found:
            return None
        version, data = found[0]
        if version == known:
            return Stored(record={}, version=version)
        return Stored(record=parse_record(session_id, data, version), version=version)

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = SESSION_TTL_S
    ) -> int | VersionConflict:
        now = self._clock()
        version = max(expect + 1, int(now * 1_000_000))
        row = row_of(session_id, record) | {"expires_at": now + ttl_s, "now": now, "expect": expect, "version": version}
        if await self._run(lambda db: db.execute(sql.UPDATE if expect else sql.INSERT, row).rowcount):
            return version
        found = await self._fetch(
            "SELECT version FROM sessions WHERE session_id = ? AND expires_at > ?", session_id, now
        )
        return VersionConflict(version=found[0][0] if found else 0)

    async def delete(self, session_id: str) -> bool:
        now = self._clock()

        def remove(db: sqlite3.Connection) -> bool:
            with transaction(db):
                found = db.execute("SELECT expires_at FROM sessions WHERE session_id = ?", (session_id,)).fetchone()
                for statement in sql.DELETE:
                    db.execute(statement, (session_id,))
            return found is not None and found[0] > now

        existed = await self._run(remove)
        await self._forget_old_pages()
        return existed

    async def list_sessions(self, where: Filter, *, cursor: str | None = None, limit: int = 50) -> Page:
        limit = max(1, limit)
        before_at, before_id = (None, None) if cursor is None else parse_cursor(cursor)
        rows = await self._run(
            lambda db: db.execute(
                sql.LIST,
                {
                    "status": where.status,
                    "flow_id": where.flow_id,
                    "from_at": where.from_at,
                    "to_at": where.to_at,
                    "before_at": before_at,
                    "before_id": before_id,
                    "now": self._clock(),
                    "limit": limit + 1,
                },
            ).fetchall()
        )
        shown = rows[:limit]
        return Page(
            records=readable_records((session_id, data) for _, session_id, data in shown),
            next_cursor=cursor_of(*shown[-1][:2]) if len(rows) > limit else None,
        )

    async def append_chunk(self, session_id: str, generation: int, chunk: Chunk) -> None:
        now = self._clock()
        row = {
            "session_id": session_id,
            "generation": generation,
            "data": chunk.data,
            "last": chunk.last,
            "now": now,
            "expires_at": now + CHUNK_TTL_S,
        }
        await self._run(lambda db: db.execute(sql.APPEND, row))
        for follower in self._followers.get((session_id, generation), ()):
            follower.set()

    async def follow_chunks(self, session_id: str, generation: int, *, wait_s: float) -> AsyncGenerator[Chunk]:
        seen, poll_s = 0, _POLL_S[0]
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + wait_s
        while True:
            rows = await self._fetch(sql.FOLLOW, session_id, generation, seen, session_id, generation, self._clock())
            for number, data, last in rows:
                seen = number
                yield Chunk(data=data, last=bool(last))
                if last:
                    return
            if rows:  # the reader may have been busy with them for a while: look again before the wait begins
                poll_s, give_up_at = _POLL_S[0], loop.time() + wait_s
                continue
            left_s = give_up_at - loop.time()
            if left_s <= 0:
                return
            await self._wait_for_chunk((session_id, generation), min(poll_s, left_s))
            poll_s = min(poll_s * 1.5, _POLL_S[1])

    async def tag(self, key: str, session_id: str, *, ttl_s: float) -> None:
        row = (key, session_id, self._clock() + ttl_s)
        await self._run(lambda db: db.execute(sql.TAG, row))

    async def untag(self, key: str, session_id: str) -> None:
        row = (key, session_id)
        await self._run(lambda db: db.execute("DELETE FROM tags WHERE key = ? AND session_id = ?", row))

    async def tagged(self, key: str) -> tuple[str, ...]:
        rows = await self._fetch(sql.TAGGED, key, self._clock())
        return tuple(session_id for (session_id,) in rows)

    async def schedule_job(self, kind: str, session_id: str, *, due_at: float) -> None:
        row = (kind, session_id, due_at)
        await self._run(lambda db: db.execute(sql.SCHEDULE, row))

    async def claim_due(self, kind: str, *, now: float, lease_s: float, limit: int = 10) -> tuple[Job, ...]:
        token = secrets.token_hex(8)
        due = {"kind": kind, "now": now, "latest": now + lease_s + SKEW_S, "limit": limit}

        def claim(db: sqlite3.Connection) -> tuple[Job, ...]:
            with transaction(db):
                rows = db.execute(sql.DUE, due).fetchall()
                db.executemany(sql.LEASE, [(now + lease_s, token, kind, session_id) for session_id, _ in rows])
            return tuple(Job(kind=kind, session_id=each, token=token, attempts=tried + 1) for each, tried in rows)

        return await self._run(claim)

    async def finish_job(self, job: Job) -> bool:
        row = (job.kind, job.session_id, job.token)

        def finish(db: sqlite3.Connection) -> bool:
            with transaction(db):
                return any(db.execute(statement, row).rowcount for statement in sql.FINISH)

        return await self._run(finish)

    async def expire(self, now: float) -> int:
        """Drop sessions, chunk logs and tags over their time; the number of sessions dropped."""

        def sweep(db: sqlite3.Connection) -> int:
            with transaction(db):
                for statement in sql.EXPIRE:
                    db.execute(statement, (now,))
                return db.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,)).rowcount

        dropped = await self._run(sweep)
        if dropped or self._has_old_pages:
            await self._forget_old_pages()
        return dropped

    async def _forget_old_pages(self) -> None:
        self._has_old_pages = not await self._run(forget_old_pages)

    async def _fetch(self, statement: str, *values: object) -> list[Any]:
        return await self._run(lambda db: db.execute(statement, values).fetchall())

    async def _run(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        return await patiently(lambda: work(self._opened()), self._timeout_s)

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("The session store is not open.")
        return self._connection

    async def _wait_for_chunk(self, log: tuple[str, int], seconds: float) -> None:
        """Until a chunk is appended in this process, or for that long. Nothing may be awaited since the last look."""
        woken = asyncio.Event()
        self._followers.setdefault(log, set()).add(woken)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await woken.wait()
        finally:
            self._followers[log].discard(woken)
            if not self._followers[log]:
                del self._followers[log]
