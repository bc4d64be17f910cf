"""The Redis store: one record, its chunk logs and its links per session, changed by small scripts.

Every operation has one time budget and every failure is a `StoreError`. Nothing here retries beyond the client's own
second try, which is safe: a save and a chunk carry a name by which the server knows that it already has them.
Forms of the URL: `redis_client`. Keys and scripts: `redis_scripts`. What is stored: `redis_values`.
"""

from __future__ import annotations

import asyncio
import secrets
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ReadOnlyError, RedisClusterException, RedisError, ResponseError

from webhook.errors import StoreError, StoreRefused
from webhook.store.base import CHUNK_TTL_S, SESSION_TTL_S, SKEW_S, Chunk, Job, Page, Stored, VersionConflict
from webhook.store.budget import AT_MOST, budget
from webhook.store.records import parse_record, readable_records
from webhook.store.redis_client import connect, disconnect
from webhook.store.redis_scripts import (
    APPEND,
    CLAIM,
    FINISH,
    LINK,
    LOAD,
    SAVE,
    SCHEDULE,
    TAG,
    TAGGED,
    Keys,
    Script,
)
from webhook.store.redis_values import (
    cursor_of,
    encode_record,
    hex_of,
    ms,
    parse_cursor,
    parse_version,
    place_of,
    session_of,
)

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from redis.asyncio import RedisCluster

    from webhook.store.base import Filter, Record

#: How many places of the index one step of a listing looks at, and how many steps it takes for one page.
_LIST_STEP = 200
_LIST_STEPS = 10


class RedisStore:
    """Sessions in Redis or Valkey (>= 6.2); see `redis_client` for the forms of `url`.

    `timeout_s` is the time budget of an operation (of each step of a listing; a follower's read may take as long
    again, for it waits in the server). `max_connections` bounds commands, `max_followers` the readers of chunk logs
    who wait at the same time: they have connections of their own, so that they never keep a save waiting. Whoever
    comes on top of that waits for its turn within the time budget.
    A ready `client` is used for both and never closed here. Raises `SettingsError` for an unusable URL.
    """

    def __init__(
        self,
        url: str,
        *,
        client: Redis | None = None,
        timeout_s: float = 0.25,
        prefix: str = "webhook:",
        max_connections: int = 50,
        max_followers: int = 1000,
    ) -> None:
        self._timeout_s = timeout_s
        self._keys = Keys(prefix)
        # Only one of redis-py's pools waits for a free connection; those of Sentinel and Cluster refuse at once.
        self._commands = asyncio.Semaphore(max_connections)
        self._followers = asyncio.Semaphore(max_followers)
        self._owned: list[Redis | RedisCluster] = []
        # Any: redis-py's Redis and RedisCluster share their commands, but no type that has them.
        self._client: Any = client
        self._follower: Any = client
        if client is None:
            longest_s = AT_MOST * timeout_s  # the budget of the operation ends before the client's own
            self._client = connect(
                url, timeout_s=longest_s, answer_timeout_s=longest_s, max_connections=max_connections
            )
            self._follower = connect(
                url, timeout_s=longest_s, answer_timeout_s=2 * longest_s, max_connections=max_followers
            )
            self._owned = [self._client, self._follower]
        self._is_one_server = isinstance(self._client, Redis)

    async def open(self) -> None:
        await self.ping()

    async def close(self) -> None:
        async with self._budget(nullcontext()):  # in turn, it would wait for commands that hang
            for client in self._owned:
                await disconnect(client)

    async def ping(self) -> None:
        async with self._budget():
            await self._client.exists(self._keys.index)  # unlike PING, it also asks a Cluster whether it can serve

    async def now(self) -> float:
        async with self._budget():
            _, _, at = await self._run(LOAD, (self._keys.record(""),), 0)
        return int(at) / 1000

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        async with self._budget():
            version, data, at = await self._run(LOAD, (self._keys.record(session_id),), known)
        if version is None and data is None:
            return None
        if known and version == b"%d" % known:
            return Stored(record={}, version=known, at=int(at) / 1000)
        number = parse_version(session_id, version, data)
        return Stored(record=parse_record(session_id, data, number), version=number, at=int(at) / 1000)

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = SESSION_TTL_S
    ) -> int | VersionConflict:
        """A session that cannot enter the index (`StoreError`) is saved all the same; its next save enters it."""
        data, status, flow_id, created_at = encode_record(session_id, record)
        place = place_of(created_at, session_id)
        async with self._budget():
            keys = (self._keys.record(session_id), self._keys.links(session_id))
            said = (expect, data, place, status, flow_id, ms(ttl_s), secrets.token_hex(8))
            saved, version = await self._save(keys, said, place)
        return int(version) if saved else VersionConflict(version=int(version))

    async def _save(self, keys: Sequence[str], said: Sequence[Any], place: str) -> tuple[int, int]:
        """Whether it was saved, and the version; in one step with the index where one server has both."""
        if self._is_one_server:
            try:
                saved, version = await self._run(SAVE, (*keys, self._keys.index), *said)
            except ResponseError as exc:
                if "CROSSSLOT" not in str(exc):
                    raise
                self._is_one_server = False  # a Cluster behind one address, which does nothing by halves
            else:
                return saved, version
        saved, version = await self._run(SAVE, keys, *said)
        if saved:
            await self._client.zadd(self._keys.index, {place: 0})
        return saved, version

    async def delete(self, session_id: str) -> bool:
        """The record goes last, so that a deletion that failed half-way can simply be asked for again."""
        async with self._budget():
            record, links = self._keys.record(session_id), self._keys.links(session_id)
            place = await self._client.hget(record, "p")
            for link in await self._client.smembers(links):
                await self._unlink(session_id, link.decode())
            if place is not None:
                await self._client.zrem(self._keys.index, place)
            there_was_one = await self._client.unlink(record)
            await self._client.unlink(links)
        return bool(there_was_one)

    async def list_sessions(self, where: Filter, *, cursor: str | None = None, limit: int = 50) -> Page:
        """As the contract says; a page may be short, even empty, and still have a cursor when few sessions match."""
        limit = max(1, limit)
        highest = b"(" + (parse_cursor(cursor) if cursor else b"\xff")
        if where.to_at is not None:
            highest = min(highest, b"(" + hex_of(where.to_at).encode())
        lowest = b"-" if where.from_at is None else b"[" + hex_of(where.from_at).encode()
        found: list[bytes] = []
        for _ in range(_LIST_STEPS):
            async with self._budget():
                places = await self._client.zrevrangebylex(self._keys.index, highest, lowest, 0, _LIST_STEP)
                found += await self._matching(places, where)
            if len(found) > limit:
                return Page(records=await self._records(found[:limit]), next_cursor=cursor_of(found[limit - 1]))
            if len(places) < _LIST_STEP:
                return Page(records=await self._records(found))
            highest = b"(" + places[-1]
        return Page(records=await self._records(found), next_cursor=cursor_of(highest[1:]))

    async def append_chunk(self, session_id: str, generation: int, chunk: Chunk) -> None:
        async with self._budget():
            keys = (
                self._keys.chunks(session_id, generation),
                self._keys.links(session_id),
                self._keys.record(session_id),
            )
            said = (chunk.data, "1" if chunk.last else "", secrets.token_hex(8), f"chunks:{generation}")
            await self._run(APPEND, keys, *said, ms(CHUNK_TTL_S), ms(SESSION_TTL_S))

    async def follow_chunks(self, session_id: str, generation: int, *, wait_s: float) -> AsyncGenerator[Chunk]:
        now = asyncio.get_running_loop().time
        position, give_up = b"0", now() + wait_s
        while True:
            entries = await self._read_chunks(session_id, generation, position, give_up - now())
            for position, fields in entries:  # noqa: B007 - the position is where the next read goes on
                chunk = Chunk(data=fields[b"d"].decode(), last=fields[b"l"] == b"1")
                yield chunk
                if chunk.last:
                    return
            if entries:
                give_up = now() + wait_s
            elif now() >= give_up:
                return

    async def tag(self, key: str, session_id: str, *, ttl_s: float) -> None:
        async with self._budget():
            await self._link(session_id, f"tag:{key}", ttl_s)
            await self._run(TAG, (self._keys.tag(key),), session_id, ms(ttl_s))

    async def untag(self, key: str, session_id: str) -> None:
        async with self._budget():
            await self._client.zrem(self._keys.tag(key), session_id)
            await self._client.srem(self._keys.links(session_id), f"tag:{key}")

    async def tagged(self, key: str) -> tuple[str, ...]:
        async with self._budget():
            return tuple(session_id.decode() for session_id in await self._run(TAGGED, (self._keys.tag(key),)))

    async def schedule_job(self, kind: str, session_id: str, *, due_at: float) -> None:
        async with self._budget():
            await self._link(session_id, f"job:{kind}", SESSION_TTL_S)
            await self._run(SCHEDULE, self._keys.jobs(kind), session_id, due_at)

    async def claim_due(self, kind: str, *, now: float, lease_s: float, limit: int = 10) -> tuple[Job, ...]:
        """A claim whose answer was lost is lost too: its jobs come back when their lease ends."""
        token = secrets.token_hex(8)
        async with self._budget():
            until = now + lease_s
            claimed = await self._run(CLAIM, self._keys.jobs(kind), now, until, limit, token, until + SKEW_S)
        pairs = zip(claimed[::2], claimed[1::2], strict=True)
        return tuple(Job(kind=kind, session_id=each.decode(), token=token, attempts=tries) for each, tries in pairs)

    async def finish_job(self, job: Job) -> bool:
        async with self._budget():
            return bool(await self._run(FINISH, self._keys.jobs(job.kind), job.session_id, job.token))

    async def expire(self, now: float) -> int:  # noqa: ARG002 - Redis has its own clock
        """0: Redis drops by itself what is over its time, and the listing drops places whose session is gone."""
        return 0

    async def _run(self, script: Script, keys: Sequence[str], *said: str | bytes | float) -> Any:
        try:
            return await self._client.evalsha(script.sha, len(keys), *keys, *said)
        except NoScriptError:  # a new server, a failover, SCRIPT FLUSH; EVAL also makes it known again
            return await self._client.eval(script.text, len(keys), *keys, *said)

    async def _link(self, session_id: str, link: str, ttl_s: float) -> None:
        """Note first what is about to be made elsewhere, so that a deletion finds it whatever fails in between."""
        await self._run(LINK, (self._keys.links(session_id),), link, ms(max(ttl_s, SESSION_TTL_S)))

    async def _unlink(self, session_id: str, link: str) -> None:
        what, _, name = link.partition(":")
        if what == "chunks":
            await self._client.unlink(self._keys.chunks(session_id, name))
        elif what == "tag":
            await self._client.zrem(self._keys.tag(name), session_id)
        else:
            due, *of_claims = self._keys.jobs(name)
            await self._client.zrem(due, session_id)
            for key in of_claims:
                await self._client.hdel(key, session_id)

    async def _matching(self, places: list[bytes], where: Filter) -> list[bytes]:
        """The places whose session is still there and is wanted; places of sessions that are gone are dropped."""
        if not places:
            return []
        pipeline = self._client.pipeline(transaction=False)
        for place in places:
            pipeline.hmget(self._keys.record(session_of(place.decode())), "p", "s", "f")
        rows = list(zip(places, await pipeline.execute(), strict=True))
        if stale := [place for place, (current, _, _) in rows if current != place]:
            await self._client.zrem(self._keys.index, *stale)
        return [
            place
            for place, (current, status, flow_id) in rows
            if current == place
            and (where.status is None or status == where.status.encode())
            and (where.flow_id is None or flow_id == where.flow_id.encode())
        ]

    async def _records(self, places: list[bytes]) -> tuple[Record, ...]:
        if not places:
            return ()
        session_ids = [session_of(place.decode()) for place in places]
        async with self._budget():
            pipeline = self._client.pipeline(transaction=False)
            for session_id in session_ids:
                pipeline.hget(self._keys.record(session_id), "d")
            rows = zip(session_ids, await pipeline.execute(), strict=True)
        return readable_records((session_id, data) for session_id, data in rows if data is not None)

    async def _read_chunks(
        self, session_id: str, generation: int, position: bytes, wait_s: float
    ) -> list[tuple[bytes, dict[bytes, bytes]]]:
        """Wait in the server in short turns, so that a frozen server is noticed however patient the caller is."""
        block_s = min(wait_s, self._timeout_s)
        block = ms(block_s) if block_s > 0 else None  # zero would mean for ever
        async with self._budget(self._followers, max(block_s, 0.0)):
            streams = {self._keys.chunks(session_id, generation): position}
            answer = await _cancellable(self._follower.xread(streams, count=100, block=block))
        return answer[0][1] if answer else []

    @asynccontextmanager
    async def _budget(
        self, turn: AbstractAsyncContextManager[None] | None = None, extra_s: float = 0.0
    ) -> AsyncIterator[None]:
        try:
            async with budget(self._timeout_s + extra_s), turn or self._commands:
                yield
        except UnicodeError:  # a lone surrogate; the error would carry the text along
            raise StoreRefused("A text for Redis is not valid Unicode.") from None
        except ReadOnlyError as exc:
            await self._leave_old_primary()
            raise StoreError("Redis is a read-only replica.") from exc
        except ResponseError as exc:
            refused = StoreRefused if "WRONGTYPE" in str(exc) else StoreError
            raise refused(f"Redis did not answer as it should ({type(exc).__name__}).") from exc
        except (RedisError, RedisClusterException, OSError) as exc:  # a timeout is an OSError
            raise StoreError(f"Redis did not answer as it should ({type(exc).__name__}).") from exc

    async def _leave_old_primary(self) -> None:
        """Connect anew for the next command: behind the same name there may be a new primary already."""
        if isinstance(self._client, Redis):
            await self._client.connection_pool.disconnect(inuse_connections=False)


async def _cancellable(command: Awaitable[Any]) -> Any:
    """The answer to a command that may take long, which can be given up at any time.

    redis-py 8.1.0 loses some cancellations, most of them while it connects: the command is sent all the same, and waits
    (`findings/redis_cancelled_task_goes_on.sh`). Here it is left to end by itself.
    """
    running = asyncio.ensure_future(command)
    try:
        await asyncio.wait([running])
    finally:
        running.add_done_callback(_forget)
        running.cancel()
    return running.result()


def _forget(done: asyncio.Future[Any]) -> None:
    """What nobody waits for any more has no error that anybody must see."""
    if not done.cancelled():
        done.exception()
