"""What is particular to the Redis store: a server that dies, freezes, forgets its scripts or is a Cluster."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from redis.asyncio.connection import SSLConnection
from structlog.testing import capture_logs

from tests.servers import RedisSentinel, RedisServer, free_port, running_redis
from webhook.errors import RecordDamaged, SettingsError, StoreError
from webhook.store.base import Chunk, Filter, Store, Stored, VersionConflict
from webhook.store.redis import RedisStore
from webhook.store.redis_client import connect

CLUSTER_SLOTS = 16384


def record(session_id: str, **more: Any) -> dict[str, Any]:
    return {
        "session_id": session_id,
        "status": "active",
        "flow_id": "intake",
        "created_at": 1_700_000_000.0,
        "updated_at": 1_700_000_000.0,
        **more,
    }


async def every_operation_serves(store: Store) -> None:
    """One session's life through every script."""
    version = await saved(store, record("s1"), expect=0)
    newer = await saved(store, record("s1", topic="sleep"), expect=version)
    assert newer > version
    assert await store.save("s1", record("s1"), expect=version) == VersionConflict(version=newer)
    assert await store.load("s1") == Stored(record=record("s1", topic="sleep"), version=newer)
    assert [each["session_id"] for each in (await store.list_sessions(Filter())).records] == ["s1"]
    await store.append_chunk("s1", 1, Chunk(data="Hello.", last=True))
    assert await read_log(store, "s1", 1) == ["Hello."]
    await store.tag("caller:1", "s1", ttl_s=60)
    assert await store.tagged("caller:1") == ("s1",)
    await store.schedule_job("report", "s1", due_at=10)
    (job,) = await store.claim_due("report", now=10, lease_s=5)
    await store.schedule_job("report", "s1", due_at=12)
    assert await store.finish_job(job)
    (job,) = await store.claim_due("report", now=12, lease_s=5)
    assert await store.finish_job(job)
    assert await store.delete("s1")
    assert await store.load("s1") is None
    assert await store.tagged("caller:1") == ()


async def saved(store: Store, what: dict[str, Any], *, expect: int) -> int:
    version = await store.save(what["session_id"], what, expect=expect)
    assert isinstance(version, int)
    return version


async def read_log(store: Store, session_id: str, generation: int, *, wait_s: float = 5.0) -> list[str]:
    async with aclosing(store.follow_chunks(session_id, generation, wait_s=wait_s)) as chunks:
        return [chunk.data async for chunk in chunks]


@pytest.fixture
def prefix() -> str:
    return f"test-{uuid.uuid4().hex}:"


@pytest.fixture
async def store(redis_server: RedisServer, prefix: str) -> AsyncGenerator[RedisStore]:
    store = RedisStore(redis_server.url, prefix=prefix, timeout_s=5.0)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def raw(redis_server: RedisServer) -> AsyncGenerator[Any]:
    """A client of the test's own. Any: redis-py's stubs give a union of sync and async answers."""
    async with Redis.from_url(redis_server.url) as client:
        yield client


@pytest.fixture
async def own_store(own_redis_server: RedisServer) -> AsyncGenerator[RedisStore]:
    store = RedisStore(own_redis_server.url)
    await store.open()
    yield store
    await store.close()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Cluster of one node that owns every slot (up after two seconds). Its bus listens 10,000 above its port."""
    port = next(port for port in iter(free_port, 0) if port < 55_000)
    options = ("--cluster-enabled", "yes")
    with running_redis(tmp_path_factory.mktemp("cluster"), port=port, options=options) as server:
        assert server.command("CLUSTER", "ADDSLOTSRANGE", "0", str(CLUSTER_SLOTS - 1)) == b"+OK\r\n"
        wait_until_served(server)
        yield server


@pytest.fixture
async def cluster_store(cluster: RedisServer, prefix: str) -> AsyncGenerator[RedisStore]:
    store = RedisStore(f"redis+cluster://127.0.0.1:{cluster.port}", prefix=prefix, timeout_s=5.0)
    await store.open()
    yield store
    await store.close()


def wait_until_served(server: RedisServer) -> None:
    give_up = time.monotonic() + 60
    while b"cluster_state:ok" not in server.command("CLUSTER", "INFO"):
        assert time.monotonic() < give_up, "the Cluster did not come up"
        time.sleep(0.02)


@pytest.fixture
def sentinel_url(tmp_path: Path, own_redis_server: RedisServer) -> Iterator[str]:
    server = RedisSentinel(tmp_path / "sentinel", primary_port=own_redis_server.port)
    server.start()
    try:
        yield server.url
    finally:
        server.kill()


@pytest.fixture(params=["one server", "sentinel", "cluster"])
def any_url(request: pytest.FixtureRequest) -> str:
    """Every form of URL behind which redis-py has a pool of its own kind."""
    if request.param == "cluster":
        return f"redis+cluster://127.0.0.1:{request.getfixturevalue('cluster').port}"
    if request.param == "sentinel":
        return str(request.getfixturevalue("sentinel_url"))
    return str(request.getfixturevalue("redis_server").url)


async def test_every_operation_works_in_a_cluster(cluster_store: RedisStore) -> None:
    await every_operation_serves(cluster_store)


async def test_a_listing_in_a_cluster_gathers_sessions_from_many_slots(cluster_store: RedisStore) -> None:
    for number in range(20):
        await cluster_store.save(f"s{number}", record(f"s{number}", created_at=float(number)), expect=0)
    page = await cluster_store.list_sessions(Filter(from_at=5.0, to_at=15.0))
    assert [each["created_at"] for each in page.records] == [float(number) for number in reversed(range(5, 15))]


async def test_a_cluster_that_is_gone_is_a_store_error_and_serves_again_when_it_is_back(
    cluster: RedisServer, cluster_store: RedisStore
) -> None:
    cluster.kill()
    with pytest.raises(StoreError):
        await cluster_store.ping()
    cluster.start()
    wait_until_served(cluster)
    await every_operation_serves(cluster_store)


async def test_every_operation_works_on_the_primary_that_sentinel_names(sentinel_url: str) -> None:
    store = RedisStore(sentinel_url)
    await store.open()
    await every_operation_serves(store)
    await store.close()


async def test_a_service_that_sentinel_does_not_know_is_a_store_error(sentinel_url: str) -> None:
    store = RedisStore(sentinel_url.replace("interviews", "other"))
    with pytest.raises(StoreError):
        await store.open()
    await store.close()


async def test_every_operation_works_over_a_socket_file(tmp_path: Path) -> None:
    socket_file = tmp_path / "redis.sock"
    with running_redis(tmp_path / "redis", options=("--unixsocket", str(socket_file))):
        store = RedisStore(f"unix://{socket_file}")
        await store.open()
        await every_operation_serves(store)
        await store.close()


async def test_a_user_limited_to_our_prefix_and_to_harmless_commands_is_enough(own_redis_server: RedisServer) -> None:
    rights = ("on", ">p@ss:word", "~webhook:*", "+@all", "-@dangerous")
    assert own_redis_server.command("ACL", "SETUSER", "interviewer", *rights) == b"+OK\r\n"
    store = RedisStore(own_redis_server.url.replace("redis://", "redis://interviewer:p%40ss%3Aword@"))
    await store.open()
    await every_operation_serves(store)
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "redis://user:p%40ss@host:6379/0",
        "rediss://user:p%40ss@host/0",
        "redis+sentinel://user:p%40ss@host,other:26380,[::1]:26381/interviews/0",
        "rediss+sentinel://user:p%40ss@host/interviews?sentinel_password=secret",
        "redis+cluster://user:p%40ss@host:6379,other:6380",
        "rediss+cluster://user:p%40ss@host",
    ],
)
def test_a_login_and_tls_reach_the_client_in_every_form_of_url(url: str) -> None:
    client = connect(url, timeout_s=0.25, answer_timeout_s=0.5, max_connections=7)
    if isinstance(client, Redis):
        options, tls = client.connection_pool.connection_kwargs, client.connection_pool.connection_class
        has_tls = issubclass(tls, SSLConnection)
    else:
        options = client.connection_kwargs
        has_tls = options.get("connection_class") is SSLConnection
    assert (options["username"], options["password"]) == ("user", "p@ss")
    assert (options["socket_connect_timeout"], options["socket_timeout"]) == (0.25, 0.5)
    assert has_tls == url.startswith("rediss")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:6379",
        "localhost:6379",
        "redis://localhost:port",
        "redis://localhost/0?no_such_option=1",
        "redis+sentinel://localhost:26379",
        "redis+sentinel://localhost/service/zero",
        "redis+sentinel://localhost/service?no_such_option=1",
        "redis+sentinel:///service",
        "redis+cluster://",
        "redis+cluster://localhost/1",
    ],
)
def test_an_unusable_url_is_a_settings_error(url: str) -> None:
    with pytest.raises(SettingsError, match="REDIS_URL"):
        RedisStore(url)


def test_the_error_for_an_unusable_url_keeps_the_password() -> None:
    with pytest.raises(SettingsError) as caught:
        RedisStore("redis://:hunter2@localhost:port/0")
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_row_40_scripts_come_back_after_the_server_forgot_them(store: RedisStore, raw: Any) -> None:
    await every_operation_serves(store)
    await raw.script_flush()
    await every_operation_serves(store)


async def test_row_40_fifty_tasks_share_a_pool_of_one_connection(any_url: str, prefix: str) -> None:
    store = RedisStore(any_url, prefix=prefix, max_connections=1, timeout_s=5.0)
    names = [f"s{number}" for number in range(50)]
    await asyncio.gather(*(store.save(name, record(name), expect=0) for name in names))
    loaded = await asyncio.gather(*(store.load(name) for name in names))
    assert [each.record["session_id"] for each in loaded if each] == names
    await store.close()


async def test_fifty_followers_share_a_pool_of_one_connection(any_url: str, prefix: str) -> None:
    store = RedisStore(any_url, prefix=prefix, max_followers=1, timeout_s=5.0)
    await saved(store, record("s1"), expect=0)
    await store.append_chunk("s1", 1, Chunk(data="Hello.", last=True))
    assert await asyncio.gather(*(read_log(store, "s1", 1) for _ in range(50))) == [["Hello."]] * 50
    await store.close()


async def test_more_connections_at_once_than_redis_py_allows_by_itself(any_url: str, prefix: str) -> None:
    store = RedisStore(any_url, prefix=prefix, timeout_s=5.0)
    await saved(store, record("s1"), expect=0)
    followers = [asyncio.create_task(read_log(store, "s1", 1, wait_s=60)) for _ in range(150)]
    await asyncio.sleep(0)
    await store.append_chunk("s1", 1, Chunk(data="Hello.", last=True))
    assert await asyncio.gather(*followers) == [["Hello."]] * 150
    await store.close()


async def test_waiting_for_a_connection_is_part_of_the_time_budget(own_redis_server: RedisServer) -> None:
    store = RedisStore(own_redis_server.url, max_connections=1)
    await store.open()
    own_redis_server.freeze()
    try:
        async with asyncio.timeout(5):  # twenty loads one after another would take as long
            loaded = await asyncio.gather(*(store.load("s1") for _ in range(20)), return_exceptions=True)
    finally:
        own_redis_server.resume()
    assert [type(each) for each in loaded] == [StoreError] * 20
    assert await store.load("s1") is None
    await store.close()


async def test_waiting_followers_do_not_keep_a_save_waiting(redis_server: RedisServer, prefix: str) -> None:
    store = RedisStore(redis_server.url, prefix=prefix, max_connections=1)
    followers = [asyncio.create_task(read_log(store, "s1", 1)) for _ in range(20)]
    await asyncio.sleep(0.05)
    version = 0
    for _ in range(10):
        version = await saved(store, record("s1"), expect=version)
    await store.append_chunk("s1", 1, Chunk(data="Hello.", last=True))
    assert await asyncio.gather(*followers) == [["Hello."]] * 20
    await store.close()


async def test_row_41_cancelled_commands_do_not_mix_replies(redis_server: RedisServer, prefix: str) -> None:
    store = RedisStore(redis_server.url, prefix=prefix, max_connections=4, timeout_s=5.0)
    names = [f"s{number}" for number in range(20)]
    for name in names:
        await store.save(name, record(name, canary=name * 50), expect=0)
    for round_ in range(20):
        tasks = {name: asyncio.create_task(store.load(name)) for name in names}
        for _ in range(round_ % 5 + 1):
            await asyncio.sleep(0)
        for name in names[round_ % 2 :: 2]:
            tasks[name].cancel()
        for name, loaded in zip(names, await asyncio.gather(*tasks.values(), return_exceptions=True), strict=True):
            if not isinstance(loaded, asyncio.CancelledError):
                assert isinstance(loaded, Stored)
                assert loaded.record["canary"] == name * 50
    await store.close()


async def test_a_cancelled_follower_leaves_its_connection_in_order(store: RedisStore) -> None:
    follower = asyncio.create_task(read_log(store, "s1", 1))
    await asyncio.sleep(0.05)
    follower.cancel()
    with pytest.raises(asyncio.CancelledError):
        await follower
    await saved(store, record("s2"), expect=0)
    await store.append_chunk("s2", 1, Chunk(data="For s2.", last=True))
    assert await read_log(store, "s2", 1) == ["For s2."]


async def test_a_dead_server_is_a_store_error_and_serves_again_when_it_is_back(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    own_redis_server.kill()
    with pytest.raises(StoreError):
        await own_store.load("s1")
    own_redis_server.start()
    await every_operation_serves(own_store)


async def test_a_restart_between_two_commands_goes_unnoticed(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    version = await saved(own_store, record("s1"), expect=0)
    own_redis_server.kill()
    own_redis_server.start()
    assert await saved(own_store, record("s1"), expect=version) > version


async def test_a_frozen_server_is_a_store_error_and_serves_again_when_it_thaws(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    own_redis_server.freeze()
    try:
        async with asyncio.timeout(5):  # redis-py's own defaults would wait for longer than 20 s
            for call in (own_store.load("s1"), own_store.ping(), read_log(own_store, "s1", 1, wait_s=60)):
                with pytest.raises(StoreError):
                    await call
    finally:
        own_redis_server.resume()
    await every_operation_serves(own_store)


async def test_a_follower_hears_of_a_server_that_dies_while_it_waits(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    follower = asyncio.create_task(read_log(own_store, "s1", 1, wait_s=60))
    await asyncio.sleep(0.05)
    own_redis_server.kill()
    with pytest.raises(StoreError):
        await follower


async def test_row_38_a_full_server_refuses_a_save_as_a_whole_and_still_deletes(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    version = await saved(own_store, record("s1"), expect=0)
    await own_store.tag("caller:1", "s1", ttl_s=60)
    own_redis_server.command("CONFIG", "SET", "maxmemory", "1")
    with pytest.raises(StoreError):
        await own_store.save("s1", record("s1", topic="sleep"), expect=version)
    assert await own_store.load("s1") == Stored(record=record("s1"), version=version)
    assert await own_store.delete("s1")
    assert await own_store.tagged("caller:1") == ()


async def test_a_read_only_replica_is_a_store_error_and_connections_are_made_anew(
    own_redis_server: RedisServer, own_store: RedisStore
) -> None:
    version = await saved(own_store, record("s1"), expect=0)
    before = own_redis_server.command("INFO", "stats").split(b"total_connections_received:")[1].split()[0]
    own_redis_server.command("REPLICAOF", "127.0.0.1", str(free_port()))
    with pytest.raises(StoreError, match="read-only"):
        await own_store.save("s1", record("s1"), expect=version)
    own_redis_server.command("REPLICAOF", "NO", "ONE")
    assert await saved(own_store, record("s1"), expect=version) > version
    after = own_redis_server.command("INFO", "stats").split(b"total_connections_received:")[1].split()[0]
    assert int(after) - int(before) == 4  # three commands of this test, and the store's new connection


async def test_a_save_whose_answer_was_lost_is_recognised_when_it_is_repeated(lossy: LossyProxy, prefix: str) -> None:
    store = RedisStore(lossy.url, prefix=prefix, timeout_s=5.0)
    await saved(store, record("other"), expect=0)  # makes the script known
    version = 0
    for topic in ("work", "sleep"):
        lossy.lose_next_answer()
        version = await saved(store, record("s1", topic=topic), expect=version)
        assert await store.load("s1") == Stored(record=record("s1", topic=topic), version=version)
    assert lossy.lost == 2
    await store.close()


async def test_a_chunk_whose_answer_was_lost_is_in_the_log_once(lossy: LossyProxy, prefix: str) -> None:
    store = RedisStore(lossy.url, prefix=prefix, timeout_s=5.0)
    await saved(store, record("s1"), expect=0)
    await store.append_chunk("s1", 1, Chunk(data="One. "))
    lossy.lose_next_answer()
    await store.append_chunk("s1", 1, Chunk(data="Two. "))
    await store.append_chunk("s1", 1, Chunk(data="Three.", last=True))
    assert lossy.lost == 1
    assert await read_log(store, "s1", 1) == ["One. ", "Two. ", "Three."]
    await store.close()


@pytest.mark.parametrize(
    "fields",
    [
        {"v": "3", "d": "{not json"},
        {"v": "3", "d": '["a list"]'},
        {"v": "three", "d": "{}"},
        {"v": "3"},
        {"d": "{}"},
    ],
)
async def test_a_damaged_record_is_a_store_error(
    store: RedisStore, raw: Any, prefix: str, fields: dict[str, str]
) -> None:
    await raw.hset(f"{prefix}{{s1}}:record", mapping=fields)
    with pytest.raises(StoreError):
        await store.load("s1")


async def test_a_listing_leaves_out_a_damaged_record_and_says_so(store: RedisStore, raw: Any, prefix: str) -> None:
    for number, session_id in enumerate(("a", "s", "z")):
        await saved(store, record(session_id, created_at=float(number)), expect=0)
    await raw.hset(f"{prefix}{{s}}:record", "d", '{"words": "the secret wo')
    with capture_logs() as logged:
        page = await store.list_sessions(Filter(), limit=2)
    assert logged == [{"event": "record_damaged", "session_id": "s", "log_level": "warning"}]
    assert [each["session_id"] for each in page.records] == ["z"]
    rest = await store.list_sessions(Filter(), cursor=page.next_cursor, limit=2)
    assert [each["session_id"] for each in rest.records] == ["a"]


@pytest.mark.parametrize("version", ["three", "3"])
async def test_row_42_a_save_takes_the_place_of_what_is_damaged(
    store: RedisStore, raw: Any, prefix: str, version: str
) -> None:
    await raw.hset(f"{prefix}{{s1}}:record", mapping={"v": version, "d": "half a rec"})
    with pytest.raises(RecordDamaged) as caught:
        await store.load("s1")
    assert caught.value.data == b"half a rec"
    assert "half" not in str(caught.value)
    saved = await store.save("s1", record("s1"), expect=caught.value.version)
    assert isinstance(saved, int)
    assert await store.load("s1") == Stored(record=record("s1"), version=saved)


async def test_a_load_tells_the_time_of_the_server(store: RedisStore) -> None:
    await saved(store, record("s1"), expect=0)
    first, second = await store.load("s1"), await store.load("s1")
    assert first is not None
    assert second is not None
    assert first.at is not None
    assert second.at is not None
    assert time.time() - 60 < first.at <= second.at < time.time() + 60


async def test_a_key_of_another_type_is_a_store_error(store: RedisStore, raw: Any, prefix: str) -> None:
    await raw.set(f"{prefix}{{s1}}:record", "text")
    with pytest.raises(StoreError):
        await store.load("s1")


@pytest.mark.parametrize("session_id", ["a}b", "{a", "}", "a:b", "a b\r\n", "ä€😀", "%7B"])
async def test_any_session_id_has_keys_of_its_own_in_one_slot(cluster_store: RedisStore, session_id: str) -> None:
    await cluster_store.save(session_id, record(session_id), expect=0)
    await cluster_store.append_chunk(session_id, 1, Chunk(data="Hello.", last=True))
    await cluster_store.tag("caller:1", session_id, ttl_s=60)
    assert (await cluster_store.list_sessions(Filter())).records == (record(session_id),)
    assert await cluster_store.tagged("caller:1") == (session_id,)
    assert await cluster_store.delete(session_id)
    assert (await cluster_store.list_sessions(Filter())).records == ()


async def test_a_deletion_leaves_no_key_behind(store: RedisStore, raw: Any, prefix: str) -> None:
    await store.save("s1", record("s1"), expect=0)
    await store.append_chunk("s1", 1, Chunk(data="Hello."))
    await store.append_chunk("s1", 2, Chunk(data="Hello again."))
    await store.tag("caller:1", "s1", ttl_s=60)
    await store.schedule_job("report", "s1", due_at=1)
    await store.schedule_job("reconcile", "s1", due_at=1)
    await store.claim_due("report", now=1, lease_s=60)
    await store.schedule_job("report", "s1", due_at=70)
    assert len(await raw.keys(f"{prefix}*")) > 5
    assert await store.delete("s1")
    await store.append_chunk("s1", 2, Chunk(data="too late"))
    assert await raw.keys(f"{prefix}*") == []


async def test_every_key_of_a_session_expires(store: RedisStore, raw: Any, prefix: str) -> None:
    await store.save("s1", record("s1"), expect=0, ttl_s=1000)
    await store.append_chunk("s1", 1, Chunk(data="Hello."))
    await store.tag("caller:1", "s1", ttl_s=500)
    lifetimes = {key.decode().removeprefix(prefix): await raw.ttl(key) for key in await raw.keys(f"{prefix}*")}
    assert lifetimes.pop("index") == -1
    assert set(lifetimes) == {"{s1}:record", "{s1}:chunks:1", "{s1}:links", "{tag:caller%3A1}"}
    assert all(lifetime > 0 for lifetime in lifetimes.values())


async def test_a_listing_drops_the_places_of_sessions_that_are_gone(store: RedisStore, raw: Any, prefix: str) -> None:
    await store.save("s1", record("s1"), expect=0)
    await store.save("s2", record("s2"), expect=0)
    await raw.delete(f"{prefix}{{s1}}:record")
    assert [each["session_id"] for each in (await store.list_sessions(Filter())).records] == ["s2"]
    assert await raw.zcard(f"{prefix}index") == 1


async def test_the_next_save_enters_a_session_in_the_index_again(store: RedisStore, raw: Any, prefix: str) -> None:
    version = await saved(store, record("s1"), expect=0)
    await raw.delete(f"{prefix}index")
    await saved(store, record("s1"), expect=version)
    assert [each["session_id"] for each in (await store.list_sessions(Filter())).records] == ["s1"]


async def test_a_rare_status_among_thousands_is_found_by_following_the_cursor(
    redis_server: RedisServer, prefix: str
) -> None:
    store = RedisStore(redis_server.url, prefix=prefix, timeout_s=10.0)
    await store.save("rare", record("rare", status="ended", created_at=1.0), expect=0)
    newer = [(f"s{number}", 2.0 + number) for number in range(2100)]
    await asyncio.gather(*(store.save(name, record(name, created_at=at), expect=0) for name, at in newer))
    page = await store.list_sessions(Filter(status="ended"))
    assert page.records == ()
    assert page.next_cursor is not None
    page = await store.list_sessions(Filter(status="ended"), cursor=page.next_cursor)
    assert [each["session_id"] for each in page.records] == ["rare"]
    assert page.next_cursor is None
    await store.close()


class LossyProxy:
    """Between a client and the server; on demand it drops the connection in place of the next answer to a script."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._armed = False
        self._listener: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.lost = 0
        self.url = ""

    async def start(self) -> None:
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.url = f"redis://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}/0"

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)

    def lose_next_answer(self) -> None:
        self._armed = True

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._serving.add(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        upstream, to_server = await asyncio.open_connection("127.0.0.1", self._server_port)
        try:
            while asked := await reader.read(65536):
                to_server.write(asked)
                answer = await upstream.read(65536)
                if self._armed and b"EVAL" in asked:
                    self._armed = False
                    self.lost += 1
                    return
                writer.write(answer)
                await writer.drain()
        finally:
            to_server.close()
            writer.close()


@pytest.fixture
async def lossy(redis_server: RedisServer) -> AsyncGenerator[LossyProxy]:
    proxy = LossyProxy(redis_server.port)
    await proxy.start()
    yield proxy
    await proxy.stop()
