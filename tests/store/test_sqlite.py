"""What is particular to the SQLite store."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from webhook.errors import StoreError
from webhook.store.base import CHUNK_TTL_S, Chunk, Filter, Stored, VersionConflict
from webhook.store.open import open_store
from webhook.store.redis import RedisStore
from webhook.store.sqlite import SqliteStore

ROOT = Path(__file__).parents[2]
COUNT_UP = """
import asyncio, sys
from pathlib import Path
from webhook.store.sqlite import SqliteStore

async def count(times):
    store = SqliteStore(Path(sys.argv[1]), timeout_s=20.0)
    await store.open()
    while times:
        stored = await store.load("s")
        grown = stored.record | {"count": stored.record["count"] + 1}
        times -= isinstance(await store.save("s", grown, expect=stored.version), int)
    await store.close()

asyncio.run(count(100))
"""


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "sessions.db"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(path: Path, clock: Clock) -> AsyncGenerator[SqliteStore]:
    store = SqliteStore(path, clock=clock)
    await store.open()
    yield store
    await store.close()


def a_record(session_id: str = "s", **more: Any) -> dict[str, Any]:
    return {"session_id": session_id, "status": "running", "flow_id": "f", "created_at": 1.0, "updated_at": 1.0} | more


async def test_two_processes_share_one_file_and_no_increment_is_lost(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    first = await store.save("s", a_record(count=0), expect=0)
    assert isinstance(first, int)
    command = (sys.executable, "-c", COUNT_UP, str(path))
    workers = [await asyncio.create_subprocess_exec(*command, cwd=ROOT) for _ in range(2)]
    assert [await worker.wait() for worker in workers] == [0, 0]
    stored = await store.load("s")
    await store.close()
    assert stored is not None
    assert stored.record["count"] == 200
    assert stored.version >= first + 200


async def test_stores_that_open_a_new_file_together_all_open(path: Path) -> None:
    stores = [SqliteStore(path) for _ in range(8)]
    await asyncio.gather(*(store.open() for store in stores))
    await asyncio.gather(*(store.ping() for store in stores))
    for store in stores:
        await store.close()


async def test_a_lock_held_too_long_is_an_error_and_service_returns_with_its_end(
    store: SqliteStore, path: Path
) -> None:
    version = await store.save("s", a_record(), expect=0)
    assert isinstance(version, int)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="SQLITE_BUSY"):
        await store.save("s", a_record(), expect=version)
    with pytest.raises(StoreError, match="SQLITE_BUSY"):
        await store.ping()
    assert await store.load("s") is not None, "readers do not wait for writers"
    other.execute("ROLLBACK")
    other.close()
    assert isinstance(await store.save("s", a_record(), expect=version), int)
    await store.ping()


async def test_other_tasks_run_while_a_lock_is_waited_for(path: Path) -> None:
    store = SqliteStore(path, timeout_s=20.0)
    await store.open()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    saving = asyncio.create_task(store.save("s", a_record(), expect=0))
    await asyncio.sleep(0.02)
    assert not saving.done()
    other.execute("COMMIT")
    other.close()
    await saving
    assert await store.load("s") is not None
    await store.close()


async def test_a_failed_transaction_changes_nothing_and_is_over(store: SqliteStore, path: Path) -> None:
    await store.save("s", a_record(), expect=0)
    await store.tag("key", "s", ttl_s=60.0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("CREATE TRIGGER refuse BEFORE DELETE ON tags BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(StoreError):
        await store.delete("s")
    other.execute("DROP TRIGGER refuse")
    other.close()
    assert await store.load("s") is not None
    assert await store.delete("s") is True


@pytest.mark.parametrize("content", [b"this is no database, but long enough to look like one" * 20, b"SQLite format 3"])
async def test_a_file_that_is_no_database_is_refused_at_open(path: Path, content: bytes) -> None:
    write(path, content)
    store = SqliteStore(path)
    with pytest.raises(StoreError, match="NOTADB"):
        await store.open()
    assert read(path) == content


async def test_a_damaged_page_is_a_store_error(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.save("s", a_record(words="x" * 50_000), expect=0)
    await store.close()
    whole = read(path)
    write(path, whole[:4096] + b"\xff" * (len(whole) - 4096))
    await store.open()
    with pytest.raises(StoreError):
        await store.load("s")
    await store.close()


async def test_a_file_of_a_newer_program_is_refused_and_left_alone(store: SqliteStore, path: Path) -> None:
    await store.close()
    other = sqlite3.connect(path)
    other.execute("PRAGMA user_version = 99")
    other.close()
    with pytest.raises(StoreError, match="version 99"):
        await store.open()
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA user_version").fetchone() == (99,)
    other.close()


@pytest.mark.parametrize("damaged", [b'{"words": "the secret wo', b"[1, 2]", b"\xff"])
async def test_a_damaged_record_is_an_error_that_tells_its_session_but_not_its_words(
    store: SqliteStore, path: Path, damaged: bytes
) -> None:
    await store.save("s", a_record(), expect=0)
    other = sqlite3.connect(path)
    other.execute("UPDATE sessions SET record = ?", (damaged,))
    other.commit()
    other.close()
    with pytest.raises(StoreError, match="'s' is damaged") as caught:
        await store.load("s")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert await store.delete("s") is True


async def test_a_listing_leaves_out_a_damaged_record_and_says_so(store: SqliteStore, path: Path) -> None:
    for session_id in ("a", "s", "z"):
        await store.save(session_id, a_record(session_id), expect=0)
    other = sqlite3.connect(path)
    other.execute("UPDATE sessions SET record = ? WHERE session_id = 's'", (b'{"words": "the secret wo',))
    other.commit()
    other.close()
    with capture_logs() as logged:
        page = await store.list_sessions(Filter(), limit=2)
    assert logged == [{"event": "record_damaged", "session_id": "s", "log_level": "warning"}]
    assert [record["session_id"] for record in page.records] == ["z"]
    rest = await store.list_sessions(Filter(), cursor=page.next_cursor, limit=2)
    assert [record["session_id"] for record in rest.records] == ["a"]


async def test_nothing_of_a_deleted_session_is_left_in_any_file(store: SqliteStore, path: Path) -> None:
    words = "marzipan" * 2_000
    version = await store.save("s", a_record(words=words), expect=0)
    assert isinstance(version, int)
    assert isinstance(await store.save("s", a_record(words=words[:5_000]), expect=version), int)
    await store.append_chunk("s", 1, Chunk(data=words, last=True))
    assert any(b"marzipan" in file.read_bytes() for file in path.parent.iterdir())
    await store.delete("s")
    await store.append_chunk("s", 1, Chunk(data=words, last=True))
    assert rows(path, "chunks") == 0
    assert not [file.name for file in path.parent.iterdir() if b"marzipan" in file.read_bytes()]


async def test_what_a_reader_kept_of_a_deleted_session_is_gone_with_the_next_sweep(
    store: SqliteStore, path: Path, clock: Clock
) -> None:
    word = "Zanzibarova"
    await store.save("s", a_record(words=word * 200), expect=0)
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM sessions").fetchall()
    await store.delete("s")
    reader.execute("COMMIT")
    reader.close()
    await store.expire(clock())
    assert [each.name for each in path.parent.iterdir() if word.encode() in each.read_bytes()] == []


async def test_the_files_are_for_their_owner_alone(store: SqliteStore, path: Path) -> None:
    await store.save("s", a_record(), expect=0)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("sessions.db", "sessions.db-wal", "sessions.db-shm"), 0o600)


async def test_a_session_over_its_time_is_gone_before_anybody_sweeps(store: SqliteStore, clock: Clock) -> None:
    version = await store.save("s", a_record(), expect=0, ttl_s=60.0)
    assert isinstance(version, int)
    await store.tag("key", "s", ttl_s=60.0)
    clock.now += 60.0
    assert await store.load("s") is None
    assert (await store.list_sessions(Filter())).records == ()
    assert await store.tagged("key") == ()
    assert await store.save("s", a_record(), expect=version) == VersionConflict(version=0)
    assert await store.delete("s") is False


async def test_an_id_is_free_again_after_its_session_is_over_its_time(store: SqliteStore, clock: Clock) -> None:
    early = await store.save("s", a_record(count=1), expect=0, ttl_s=60.0)
    clock.now += 60.0
    version = await store.save("s", a_record(count=2), expect=0)
    assert isinstance(early, int)
    assert isinstance(version, int)
    assert await store.save("s", a_record(count=3), expect=early) == VersionConflict(version=version)
    assert await store.load("s") == Stored(record=a_record(count=2), version=version)


async def test_sweeping_drops_what_is_over_its_time_and_keeps_the_rest(
    store: SqliteStore, clock: Clock, path: Path
) -> None:
    for session_id, ttl_s in (("old", 60.0), ("young", 600.0)):
        await store.save(session_id, a_record(session_id), expect=0, ttl_s=ttl_s)
        await store.tag("key", session_id, ttl_s=ttl_s)
        await store.schedule_job("report", session_id, due_at=0.0)
    await store.append_chunk("young", 1, Chunk(data="first"))
    clock.now += 59.0
    await store.append_chunk("old", 1, Chunk(data="only", last=True))
    clock.now += CHUNK_TTL_S - 60.0
    await store.append_chunk("young", 1, Chunk(data="second", last=True))
    clock.now += 2
    assert await store.expire(clock.now) == 1
    assert await store.load("young") is not None
    assert await store.tagged("key") == ("young",)
    assert [job.session_id for job in await store.claim_due("report", now=clock.now, lease_s=1.0)] == ["young"]
    assert rows(path, "chunks") == 3, "the first chunk lives as long as the last of its log"
    clock.now += CHUNK_TTL_S
    assert await store.expire(clock.now) == 0
    assert rows(path, "chunks") == 0


async def test_a_chunk_log_over_its_time_is_not_followed(store: SqliteStore, clock: Clock) -> None:
    await store.save("s", a_record(), expect=0)
    await store.append_chunk("s", 1, Chunk(data="only", last=True))
    assert len([chunk async for chunk in store.follow_chunks("s", 1, wait_s=0.0)]) == 1
    clock.now += CHUNK_TTL_S
    assert [chunk async for chunk in store.follow_chunks("s", 1, wait_s=0.0)] == []


async def test_a_store_that_is_not_open_says_so(path: Path) -> None:
    with pytest.raises(StoreError, match="not open"):
        await SqliteStore(path).load("s")


async def test_a_folder_that_is_a_file_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "data").touch()
    with pytest.raises(StoreError, match="cannot be opened"):
        await SqliteStore(tmp_path / "data" / "sessions.db").open()


def test_the_url_decides_which_store_is_used(tmp_path: Path) -> None:
    assert isinstance(open_store(None, tmp_path), SqliteStore)
    assert isinstance(open_store("redis://127.0.0.1:1/0", tmp_path), RedisStore)
    assert list(tmp_path.iterdir()) == []


def read(path: Path) -> bytes:
    return path.read_bytes()


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)


def rows(path: Path, table: str) -> int:
    other = sqlite3.connect(path)
    try:
        return int(other.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
    finally:
        other.close()
