"""Real processes in trouble. What a short run shows in the suite, `make chaos` shows at full size."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests import numbers
from tests.fake_claude import FakeClaude

MIND_THE_TIME = frozenset({"test_g3_outage", "test_g6_g7_redis", "test_g8_rolling"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Crowds that mind the time run one after the other, in one of the processes that share the tests.

    Connections of the harness to processes that were killed are left to the garbage collector.
    """
    for item in items:
        if item.path.stem in MIND_THE_TIME:
            item.add_marker(pytest.mark.xdist_group("crowds"))
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))
            item.add_marker(pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"))


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    return numbers.write_flow(tmp_path / "flows")


@pytest.fixture
async def claude() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(numbers.as_claude) as running:
        yield running
