"""The same store four times: over a SQLite file, with a standby, over fakeredis, over a `redis-server` of our own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import fakeredis
import pytest

from webhook.store.base import Store
from webhook.store.redis import RedisStore
from webhook.store.sqlite import SqliteStore
from webhook.store.standby import StandbyStore


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where data is. Each call of `connect` gives a store of its own over it, as another worker process has."""

    build: Callable[[], Store]
    opened: list[Store] = field(default_factory=list)

    async def connect(self) -> Store:
        store = self.build()
        await store.open()
        self.opened.append(store)
        return store


@pytest.fixture(params=["sqlite", "standby", "fakeredis", "redis-server"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Place]:
    place = Place(build=builder(request, tmp_path))
    yield place
    for store in place.opened:
        await store.close()


@pytest.fixture
async def store(place: Place) -> Store:
    return await place.connect()


#: Seconds. What the contract says must hold on a busy machine too; the budget itself has tests of its own.
AMPLE_S = 5.0


def builder(request: pytest.FixtureRequest, directory: Path) -> Callable[[], Store]:
    if request.param == "sqlite":
        return lambda: SqliteStore(directory / "sessions.db", timeout_s=AMPLE_S)
    if request.param == "standby":
        return lambda: StandbyStore(
            SqliteStore(directory / "sessions.db", timeout_s=AMPLE_S), SqliteStore(None), further=lambda one, _: one
        )
    if request.param == "fakeredis":
        server = fakeredis.FakeServer(version=(7,), server_type="redis")
        return lambda: RedisStore("redis://fake", client=fakeredis.FakeAsyncRedis(server=server), timeout_s=AMPLE_S)
    url = request.getfixturevalue("redis_server").url
    prefix = f"test-{uuid.uuid4().hex}:"
    return lambda: RedisStore(url, prefix=prefix, timeout_s=AMPLE_S)
