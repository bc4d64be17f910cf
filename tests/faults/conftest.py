"""The service over HTTP, with a Claude that can be told to misbehave."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.callers import as_claude
from tests.fake_claude import FakeClaude


@pytest.fixture
async def fake() -> AsyncGenerator[FakeClaude]:
    """Claude as it should be; a test may replace `replies`."""
    async with FakeClaude(as_claude) as running:
        yield running
