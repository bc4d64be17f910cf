"""Running services for a whole module of tests; each test uses session ids of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from tests.live_server import QUICK, Live, live_server
from webhook.breaker import Breaker


@pytest.fixture(scope="module")
async def scripted(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """Without Claude."""
    async with live_server(tmp_path_factory.mktemp("scripted")) as running:
        yield running


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(as_claude) as running:
        yield running


@pytest.fixture
def fake(server: FakeClaude) -> FakeClaude:
    """Claude as it should be; a test may replace `replies`."""
    server.received.clear()
    server.replies = as_claude
    return server


@pytest.fixture(scope="module")
async def live(server: FakeClaude, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """With Claude, and all the time in the world."""
    async with live_server(tmp_path_factory.mktemp("live"), claude_url=server.base_url) as running:
        yield running


@pytest.fixture(scope="module")
async def hasty_server(server: FakeClaude, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with live_server(tmp_path_factory.mktemp("hasty"), claude_url=server.base_url, deadlines=QUICK) as running:
        yield running


@pytest.fixture
async def hasty(hasty_server: Live) -> Live:
    """With Claude, and little patience; it knows nothing of the failures of other tests."""
    await hasty_server.settle()
    dialogue = hasty_server.services.interviewer.dialogue
    assert dialogue is not None
    dialogue.breaker = Breaker()
    return hasty_server
