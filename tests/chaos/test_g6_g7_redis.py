"""G6, G7: Redis is restarted or frozen under fifty calls; they go on, and everything is there afterwards."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests import figures
from tests.crowd import Crowd, crowd
from tests.fake_claude import FakeClaude
from tests.fork_server import Nursery
from tests.servers import RedisServer
from tests.workers import Service
from webhook.store.open import open_store

CALLS = 50
FULL = [pytest.mark.chaos, pytest.mark.timeout(3600)]
#: By then what was kept while the store was away stands in it again, on however busy a machine; mostly within four.
MEND_S = 40.0


@dataclass
class Trouble:
    """Two workers over one Redis, and fifty callers who think for two seconds before they speak."""

    calls: Crowd
    redis: RedisServer
    lies: list[str] = field(default_factory=list)

    async def look(self) -> None:
        """What is wrong with what stands in Redis, once all that was kept elsewhere stands there again."""
        give_up_at = time.monotonic() + MEND_S
        store = open_store(self.redis.url, Path(), timeout_s=5.0)
        await store.open()
        while True:
            await asyncio.sleep(1.0)
            self.lies = await self.calls.lies(store)
            if not self.lies or time.monotonic() > give_up_at:
                break
        await store.close()

    def note(self, name: str, **more: object) -> None:
        tally = self.calls.tally
        figures.note(
            name,
            **more,
            turns=tally.turns,
            lost=len(self.lies),
            dropped=tally.dropped,
            resent=[f"{name}: {times}" for name, times in tally.did.items() if name.startswith("resend, ")],
            p50_s=tally.percentile(0.5),
            p99_s=tally.percentile(0.99),
        )


@asynccontextmanager
async def trouble(
    data_dir: Path, redis: RedisServer, flows: Path, claude: FakeClaude, nursery: Nursery
) -> AsyncGenerator[Trouble]:
    async with AsyncExitStack() as stack:
        workers = [
            await stack.enter_async_context(
                Service(data_dir, claude_url=claude.base_url, redis_url=redis.url, flows_dir=flows, nursery=nursery)
            )
            for _ in range(2)
        ]
        calls = await stack.enter_async_context(crowd([w.url for w in workers], seed=1, pause_s=4.0))
        yield Trouble(calls, redis)


@pytest.mark.parametrize(
    ("seconds", "gaps_s"),
    [pytest.param(20.0, (1.0, 3.0), marks=pytest.mark.timeout(600)), pytest.param(1800.0, (5.0, 40.0), marks=FULL)],
    ids=["20 s", "30 min"],
)
async def test_row_34_g6_calls_go_on_over_restarts_of_redis(
    seconds: float,
    gaps_s: tuple[float, float],
    tmp_path: Path,
    own_redis_server: RedisServer,
    flows: Path,
    claude: FakeClaude,
    nursery: Nursery,
) -> None:
    async with trouble(tmp_path / "data", own_redis_server, flows, claude, nursery) as it:
        restarting = asyncio.create_task(restart(own_redis_server, seconds, gaps_s))
        await it.calls.run(CALLS, until=restarting.done)
        restarts = await restarting
        await it.look()
        it.note("G6", seconds=seconds, restarts=restarts)
        assert it.lies == [], "\n".join(it.lies)
        assert it.calls.tally.dropped == 0


async def restart(redis: RedisServer, seconds: float, gaps_s: tuple[float, float]) -> int:
    draw, until, restarts = random.Random(6), time.monotonic() + seconds, 0
    while True:
        await asyncio.sleep(draw.uniform(*gaps_s))
        if time.monotonic() > until:
            return restarts
        redis.kill()
        await asyncio.sleep(draw.uniform(0.0, 1.0))
        await asyncio.to_thread(redis.start)
        restarts += 1


@pytest.mark.parametrize(
    "frozen_s", [pytest.param(6.0, marks=pytest.mark.timeout(600)), pytest.param(60.0, marks=FULL)]
)
async def test_row_36_g7_calls_go_on_while_redis_is_frozen(
    frozen_s: float, tmp_path: Path, own_redis_server: RedisServer, flows: Path, claude: FakeClaude, nursery: Nursery
) -> None:
    async with trouble(tmp_path / "data", own_redis_server, flows, claude, nursery) as it:
        freezing = asyncio.create_task(freeze(own_redis_server, frozen_s))
        await it.calls.run(CALLS, until=freezing.done)
        await it.look()
        it.note("G7", frozen_s=frozen_s)
        assert it.lies == [], "\n".join(it.lies)
        assert it.calls.tally.dropped == 0
        if frozen_s > 10.0:  # on a machine that does nothing else
            assert it.calls.tally.percentile(0.99) <= 2.5


async def freeze(redis: RedisServer, seconds: float) -> None:
    await asyncio.sleep(3.0)
    redis.freeze()
    await asyncio.sleep(seconds)
    redis.resume()
    await asyncio.sleep(3.0)
