"""G8: each worker is told to stop while it speaks to many; it ends its sentences, and nobody loses a turn."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests import figures, numbers
from tests.crowd import POLITE, crowd
from tests.fake_claude import Body, FakeClaude, Reply
from tests.fork_server import Nursery
from tests.workers import Service
from webhook.interview.lines import bridges
from webhook.store.open import open_store

DRAIN_S = 20.0
FULL = [pytest.mark.chaos, pytest.mark.timeout(600)]
BRIDGES = ("Mm-hm, okay", *(phrase.rstrip(".") for phrase in bridges("en")))


def slowly(body: Body) -> Reply:
    """A Claude whose every reply takes three seconds to speak."""
    reply = numbers.as_claude(body)
    return reply if reply.json is not None else replace(reply, gap_s=0.4)


@pytest.mark.parametrize("streams", [pytest.param(40, marks=pytest.mark.timeout(600)), pytest.param(200, marks=FULL)])
async def test_row_45_g8_workers_are_restarted_one_by_one_without_a_break(
    streams: int, tmp_path: Path, flows: Path, nursery: Nursery
) -> None:
    drains_s: list[float] = []
    async with FakeClaude(slowly) as claude:
        workers = [
            Service(tmp_path / "data", claude_url=claude.base_url, flows_dir=flows, nursery=nursery) for _ in range(2)
        ]
        for worker in workers:
            worker.start()
            await worker.ready()
        alive = [worker.url for worker in workers]
        try:
            async with crowd(alive, seed=streams, manners=POLITE, pause_s=0.5) as calls:
                rolling = asyncio.create_task(roll(workers, alive, drains_s))
                await calls.run(streams, until=rolling.done)
                await rolling
            store = open_store(None, tmp_path / "data", timeout_s=5.0)
            await store.open()
            lies = await calls.lies(store)
            await store.close()
        finally:
            for worker in workers:
                worker.end()

    tally = calls.tally
    bridged = max(sum(str(m["content"]).startswith(BRIDGES) for m in call.messages) for call in calls.calls)
    figures.note(
        "G8",
        streams=streams,
        turns=tally.turns,
        lost=len(lies),
        dropped=tally.dropped,
        resent=tally.did["resend"],
        most_bridges_in_a_call=bridged,
        longest_drain_s=max(drains_s),
        p99_s=tally.percentile(0.99),
    )
    assert lies == [], "\n".join(lies)
    assert tally.dropped == 0
    if streams > 40:  # on a machine that does nothing else
        assert max(drains_s) <= DRAIN_S


async def roll(workers: list[Service], alive: list[str], drains_s: list[float]) -> None:
    """Each in turn is taken off the list, told to stop, and started again when it is gone."""
    for worker in workers:
        await asyncio.sleep(4.0)
        alive.remove(worker.url)
        told = time.monotonic()
        worker.signal(signal.SIGTERM)
        while worker.is_running:  # noqa: ASYNC110 - a process of somebody else's sends no event
            await asyncio.sleep(0.02)
        drains_s.append(time.monotonic() - told)
        worker.start()
        await worker.ready()
        alive.append(worker.url)
    await asyncio.sleep(1.0)
