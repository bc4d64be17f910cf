"""Rows 34 to 46 of the fault catalogue that need a whole service over a real Redis which fails on the way."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.callers import SAM, calls_of
from tests.fake_claude import FakeClaude
from tests.faults.talk import Talk
from tests.live_server import PATIENT, Live, live_server, services_for
from tests.servers import RedisServer, free_port, running_redis
from tests.tcp_proxy import TcpProxy
from webhook.asks import Ask
from webhook.interview.history import Message
from webhook.interview.session import SCHEMA, to_dict
from webhook.store.redis import RedisStore

TOPICS = list(SAM)
LEARNT = ["consent", "name", "age", "interests", "home_area", "tenure", "eating_style", "transport"]


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Callable[..., RedisServer]]:
    """Starts Redis servers that end with the test."""
    with ExitStack() as stack:
        yield lambda **options: stack.enter_context(running_redis(tmp_path / f"redis-{free_port()}", **options))


@asynccontextmanager
async def service_behind(proxy: TcpProxy, fake: FakeClaude, data_dir: Path) -> AsyncGenerator[Live]:
    url = SecretStr(f"redis://127.0.0.1:{proxy.port}/0")
    async with live_server(data_dir, claude_url=fake.base_url, deadlines=PATIENT, redis_url=url) as live:
        yield live


async def go_on(talk: Talk, turns: int) -> None:
    """The next so many of Sam's answers; every one is answered with a question."""
    for topic in TOPICS[len(talk.messages) // 2 :][:turns]:
        assert (await talk.say(SAM[topic])).endswith("?")


@pytest.mark.parametrize("trouble", ["down", "stalled", "cut off"])
async def test_row_35_36_a_call_over_a_store_that_went_away_ends_as_if_it_had_not(
    trouble: str, servers: Callable[..., RedisServer], fake: FakeClaude, tmp_path: Path
) -> None:
    async with TcpProxy(servers().port) as proxy, service_behind(proxy, fake, tmp_path / "data") as live:
        talk = await Talk.begin(live)
        await go_on(talk, 3)
        proxy.down = trouble == "down"
        proxy.stalled = trouble == "stalled"
        proxy.cut_after = 0 if trouble == "cut off" else None
        if trouble != "stalled":
            proxy.reset()
        other = await Talk.begin(live, "conversation-2")
        await go_on(talk, 3)
        await go_on(other, 2)
        assert not live.services.store.is_here
        assert (await live.get("/readyz")).json()["store"] == "standby"

        proxy.down, proxy.stalled, proxy.cut_after = False, False, None
        await live.services.store.mend()
        assert (await live.get("/readyz")).json()["store"] == "ok"
        await go_on(talk, 2)
        await go_on(other, 6)
        for each in (talk, other):
            assert await each.learnt() == LEARNT
            stored = await live.services.store.primary.load(each.conversation_id)
            assert stored is not None
            assert stored.record["sealed"] == 7
        assert await live.services.store.standby.load(talk.conversation_id) is None
        # Each call has one draft too many: Sam's "I rent" looks like a thin answer, and his Claude finds it fine.
        assert calls_of(fake) == (16, 18)


async def test_row_37_what_a_failover_lost_comes_back_with_the_callers_next_words(
    servers: Callable[..., RedisServer], fake: FakeClaude, tmp_path: Path
) -> None:
    primary = servers(options=("--repl-diskless-sync-delay", "0"))
    replica = servers(options=("--replicaof", "127.0.0.1", str(primary.port)))
    async with TcpProxy(primary.port) as proxy, service_behind(proxy, fake, tmp_path / "data") as live:
        talk = await Talk.begin(live)
        await go_on(talk, 3)
        give_up = time.monotonic() + 60.0
        while not primary.command("WAIT", "1", "100").startswith(b":1"):
            assert time.monotonic() < give_up, "the replica does not follow"

        replica.command("REPLICAOF", "127.0.0.1", "1")  # it hears nothing of the next two turns
        await go_on(talk, 2)
        proxy.target_port = replica.port
        proxy.reset()
        await go_on(talk, 1)  # a read-only replica stands behind the name for a while
        assert not live.services.store.is_here
        replica.command("REPLICAOF", "NO", "ONE")
        await live.services.store.mend()
        await go_on(talk, 2)

        assert live.services.store.is_here
        assert await talk.learnt() == LEARNT
        assert [turn.utterance for turn in (await talk.session()).turns] == [SAM[topic] for topic in TOPICS[:8]]


async def test_row_46_a_record_of_a_later_release_is_left_alone_and_the_call_goes_on_beside_it(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        await go_on(talk, 2)
        store = live.services.store
        stored = await store.load(talk.conversation_id)
        assert stored is not None
        newer = json.loads(json.dumps({**to_dict(await talk.session()), "schema": SCHEMA + 1, "something_new": True}))
        assert isinstance(await store.save(talk.conversation_id, newer, expect=stored.version), int)

        await go_on(talk, 2)

        kept = await store.load(talk.conversation_id)
        assert kept is not None
        assert kept.record == newer
        beside = await live.session(f"{talk.conversation_id}~v{SCHEMA}")
        assert {name: fact.value for name, fact in beside.state.facts.items()}["age"] == 34
        assert [turn.utterance for turn in beside.turns] == [SAM[topic] for topic in TOPICS[:4]]


async def test_row_48_a_worker_whose_clock_is_wrong_takes_no_turn_from_another(
    servers: Callable[..., RedisServer], fake: FakeClaude, tmp_path: Path
) -> None:
    """Leases go by the clock of the store: one worker is ten minutes ahead, the other ten behind."""
    url = servers().url
    ahead, behind = (
        services_for(
            tmp_path,
            claude_url=fake.base_url,
            store=RedisStore(url),
            deadlines=replace(PATIENT, lease_s=2.0),
            clock=clock,
        )
        for clock in (lambda: time.time() + 600.0, lambda: time.time() - 600.0)
    )
    for services in (ahead, behind):
        await services.store.open()
    fake.replies = slowly(fake.replies)
    opening = Message(role="agent", text=ahead.admission.opening(None, None))
    for first, second in ((ahead, behind), (behind, ahead)):
        ask = Ask(messages=(opening, Message(role="user", text=SAM["intro"])), session_id=f"s-{first is ahead}")
        fake.received.clear()
        one = await first.interviewer.answer(ask)
        other = await second.interviewer.answer(ask)
        assert other.number == one.number
        assert await other.text() == await one.text()
        assert calls_of(fake) == (1, 1)
    for services in (ahead, behind):
        await services.interviewer.generations.drain(5.0)
        assert services.claude is not None
        await services.claude.close()
        await services.store.close()


def slowly(script: Any) -> Any:
    return lambda body: replace(script(body), headers_s=0.3)
