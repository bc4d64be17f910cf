"""The places where sessions are kept: a SQLite file, and a `redis-server` of our own."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from webhook.store.base import Store
from webhook.store.redis import RedisStore
from webhook.store.sqlite import SqliteStore


@pytest.fixture(params=["sqlite", "redis-server"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """Not opened yet: that is the service's own business."""
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "sessions.db")
    url = request.getfixturevalue("redis_server").url
    return RedisStore(url, prefix=f"test-{uuid.uuid4().hex}:")


@pytest.fixture
async def fake() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(as_claude) as running:
        yield running
