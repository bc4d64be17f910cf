"""G2: workers die of SIGKILL at random moments; no turn that was acknowledged is lost, none counts twice."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from tests import figures
from tests.crowd import Crowd, crowd
from tests.fake_claude import FakeClaude
from tests.fork_server import Nursery
from tests.servers import RedisServer
from tests.workers import Service
from webhook.store.open import open_store

CALLS = 8
#: A worker dies every half second, far more often than three attempts of one request can bear: the platform of this
#: test asks on, and whoever finds a dead owner waits less for it.
ENV = {"TURN_LEASE_S": "0.5"}
FULL = [pytest.mark.chaos, pytest.mark.timeout(4 * 3600)]


@pytest.mark.parametrize("kills", [pytest.param(15, marks=pytest.mark.timeout(600)), pytest.param(1000, marks=FULL)])
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_row_43_44_g2_no_turn_is_lost_or_doubled_when_workers_are_killed(
    kind: str,
    kills: int,
    tmp_path: Path,
    flows: Path,
    claude: FakeClaude,
    nursery: Nursery,
    request: pytest.FixtureRequest,
) -> None:
    server: RedisServer | None = request.getfixturevalue("own_redis_server") if kind == "redis" else None
    url = server.url if server is not None else None
    workers = [
        Service(tmp_path / "data", claude_url=claude.base_url, redis_url=url, flows_dir=flows, nursery=nursery, env=ENV)
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    await asyncio.gather(*(worker.ready() for worker in workers))
    alive = [worker.url for worker in workers]
    try:
        async with crowd(alive, seed=kills, pause_s=0.5, tries=20) as calls:
            killing = asyncio.create_task(kill(workers, alive, kills, calls, claude))
            await calls.run(CALLS, until=killing.done)
            await killing
        store = open_store(url, tmp_path / "data", timeout_s=5.0)
        await store.open()
        lies = await calls.lies(store)
        await store.close()
    finally:
        for worker in workers:
            worker.end()

    tally = calls.tally
    figures.note(
        f"G2 {kind}",
        kills=kills,
        turns=tally.turns,
        calls=len(calls.calls),
        wrong=len(lies),
        dropped=tally.dropped,
        **{name.replace(" ", "_"): number for name, number in sorted(tally.did.items())},
    )
    assert lies == [], "\n".join(lies)
    assert tally.dropped == 0


async def kill(workers: list[Service], alive: list[str], kills: int, calls: Crowd, claude: FakeClaude) -> None:
    """One worker at a time, at a moment that some request to Claude or the clock sets; it comes back at once."""
    draw = random.Random(kills)
    for _ in range(kills):
        await a_random_moment(draw, claude)
        worker = draw.choice(workers)
        alive.remove(worker.url)
        worker.kill()
        worker.start()
        await worker.ready()
        alive.append(worker.url)


async def a_random_moment(draw: random.Random, claude: FakeClaude) -> None:
    """So many milliseconds after so many more requests: anywhere between accepting a turn and its last word."""
    wanted = len(claude.received) + draw.randint(1, 12)
    while len(claude.received) < wanted:  # noqa: ASYNC110 - nothing tells of a request
        await asyncio.sleep(0.001)
    await asyncio.sleep(draw.random() * 0.03)
