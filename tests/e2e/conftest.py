"""The places where sessions are kept: a SQLite file, and a `redis-server` of our own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

import pytest

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from tests.servers import RedisServer
from webhook.store.base import Store
from webhook.store.redis import RedisStore
from webhook.store.sqlite import SqliteStore

NO_SERVER = "redis-server is not on PATH: NO WHOLE INTERVIEW WAS HELD OVER A REAL REDIS"


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for all; each test has a key prefix of its own."""
    if not RedisServer.available():
        pytest.skip(NO_SERVER)
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server.url
    server.stop()


@pytest.fixture(params=["sqlite", "redis-server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Not opened yet: that is the service's own business."""
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "sessions.db")
    url: str = request.getfixturevalue("redis_url")
    return RedisStore(url, prefix=f"test-{uuid.uuid4().hex}:")


@pytest.fixture
async def fake() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(as_claude) as running:
        yield running
