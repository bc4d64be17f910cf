"""G3: Claude is gone, in six ways; every turn is answered in time all the same, and the interview goes on."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests import figures
from tests.crowd import POLITE, crowd
from tests.fake_claude import Body, FakeClaude, Reply, error_reply
from tests.fork_server import Nursery
from tests.platform import Tally
from tests.servers import free_port
from tests.workers import Service
from webhook.store.open import open_store

CALLS = 50
LIMIT_S, P99_S = 2.5, 2.0
SPEAKS_S = 4.0
"""A caller speaks for up to so long; fifty of them do not all come to their end in the same instant."""
FULL = [pytest.mark.chaos, pytest.mark.timeout(3600)]
SHAPES: dict[str, Callable[[Body], Reply] | None] = {
    "refused": None,
    "overloaded": lambda _: error_reply(529, "overloaded_error"),
    "limited": lambda _: error_reply(429, "rate_limit_error", headers={"retry-after": "30"}),
    "black hole": lambda _: Reply(headers_s=60.0),
    "stall": lambda _: Reply(text="Well, now then, let me", fault="stall", after=3, ping_s=1.0),
    "garbage": lambda _: Reply(fault="garbage", after=0),
}


@asynccontextmanager
async def broken_claude(shape: str) -> AsyncGenerator[str]:
    script = SHAPES[shape]
    if script is None:
        yield f"http://127.0.0.1:{free_port()}"
        return
    async with FakeClaude(script) as fake:
        yield fake.base_url


@pytest.mark.parametrize("turns", [pytest.param(300, marks=pytest.mark.timeout(600)), pytest.param(10_000, marks=FULL)])
async def test_g3_every_turn_is_answered_in_time_while_claude_is_gone(
    turns: int, tmp_path: Path, flows: Path, nursery: Nursery
) -> None:
    together, lies = Tally(), []
    for shape in SHAPES:
        tally, wrong = await outage(shape, -(-turns // len(SHAPES)), tmp_path / shape, flows, nursery)
        lies += wrong
        together.turns += tally.turns
        together.dropped += tally.dropped
        together.first_s += tally.first_s
        together.did += tally.did
        late = sum(first_s > LIMIT_S for first_s in tally.first_s)
        figures.note(
            f"G3 {shape}", turns=tally.turns, late=late, p50_s=tally.percentile(0.5), p99_s=tally.percentile(0.99)
        )

    late = sum(first_s > LIMIT_S for first_s in together.first_s)
    share = 1 - late / len(together.first_s)
    figures.note("G3", turns=together.turns, within_2_5_s=share, p99_s=together.percentile(0.99), wrong=len(lies))
    assert together.dropped == 0
    assert lies == [], "\n".join(lies)
    if turns > 300:  # on a machine that does nothing else
        assert together.did["resend"] == 0
        assert late == 0
        assert together.percentile(0.99) <= P99_S


async def outage(shape: str, turns: int, data_dir: Path, flows: Path, nursery: Nursery) -> tuple[Tally, list[str]]:
    """So many turns of fifty calls at once, and what is wrong with their sessions."""
    async with (
        broken_claude(shape) as claude_url,
        Service(data_dir, claude_url=claude_url, flows_dir=flows, nursery=nursery) as service,
        crowd([service.url], seed=turns, manners=POLITE, pause_s=SPEAKS_S) as calls,
    ):
        await calls.run(CALLS, until=lambda: calls.tally.turns >= turns)
        store = open_store(None, data_dir, timeout_s=5.0)
        await store.open()
        lies = await calls.lies(store)
        await store.close()
    return calls.tally, lies
