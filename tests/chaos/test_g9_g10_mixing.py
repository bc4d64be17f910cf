"""G9, G10: two callers never mix, whatever is cancelled on the way, and also when nobody says who calls."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import orjson
import pytest

from tests import figures
from tests.crowd import Manners, crowd
from tests.fake_claude import FakeClaude
from tests.fork_server import Nursery
from tests.live_server import CHAT, WEBHOOK_SECRET
from tests.servers import RedisServer
from tests.workers import Service
from webhook.interview.session import from_dict
from webhook.store.base import Filter
from webhook.store.open import open_store

CALLERS = 24
TURNS_A_CALL = 6
FULL = [pytest.mark.chaos, pytest.mark.timeout(4 * 3600)]
CANARY = re.compile(rb"kestrel[0-9a-f]{8}")
PARROT = """
flow: parrot
version: 1
title: Says the caller's own word back
languages: [en]
start: word
persona: mia
personas:
  mia: {style: Plain.}
time: {minutes: 60, wrap_up_minutes: 1}
topics:
  word:
    ask: Ask for a word.
    fallback: Hello. What is your word?
    required_info: {word: {type: text}}
    follow_up: more1
"""
MORE = """
  more{0}:
    ask: Ask for more.
    fallback: You said {{{{ slots.word }}}}. What is more, part {0}?
    required_info: {{more{0}: {{type: text}}}}
    follow_up: {1}
"""
END = """
endings:
  completed: {say: That was all. Goodbye.}
report:
  fields:
    word: {from: [word]}
"""


def write_parrot(folder: Path) -> Path:
    last = TURNS_A_CALL + 1
    more = "".join(MORE.format(i, f"more{i + 1}" if i < last else "{end: completed}") for i in range(1, last + 1))
    folder.mkdir(parents=True)
    (folder / "parrot.yaml").write_text(PARROT + more + END)
    return folder


class Caller:
    """One connection after the other, each for as long as it lasts; `turns` counts requests that were sent whole."""

    def __init__(self, ports: Sequence[int], seed: int, seen: Counter[str]) -> None:
        self.draw = random.Random(seed)
        self.ports = ports
        self.seen = seen
        self.leaks: list[str] = []
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self) -> None:
        """One call: its word is in every answer from the second on, and no other call's word is in any."""
        word = f"kestrel{self.draw.getrandbits(32):08x}"
        messages = [{"role": "assistant", "content": "Hello. What is your word?"}]
        for number in range(TURNS_A_CALL):
            messages.append({"role": "user", "content": word if number == 0 else f"more of {word}, part {number}"})
            for _ in range(self.draw.choice([0, 1, 2])):
                await self.ask(word, messages, patience_s=self.draw.random() * 0.02)
            answer = await self.ask(word, messages)
            self.seen["echoes"] += word.encode() in answer
            for _ in range(4):
                await self.ask(word, messages, patience_s=self.draw.choice([None, self.draw.random() * 0.006]))
            messages.append({"role": "assistant", "content": f"You said {word}. What is more, part {number + 1}?"})

    async def ask(self, word: str, messages: Sequence[object], patience_s: float | None = None) -> bytes:
        """One request; with a `patience_s` the caller hangs up after that time, wherever the answer is."""
        body = orjson.dumps({"model": "m", "messages": messages, "stream": True})
        head = (
            f"POST {CHAT} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {WEBHOOK_SECRET}\r\n"
            f"X-Conversation-Id: call-{word}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.seen["turns"] += 1
        answer = b""
        try:
            async with asyncio.timeout(patience_s if patience_s is not None else 60.0):
                reader, writer = self._open or await asyncio.open_connection("127.0.0.1", self.draw.choice(self.ports))
                self._open = (reader, writer)
                writer.write(head.encode() + body)
                while not answer.endswith(b"0\r\n\r\n"):
                    part = await reader.read(65536)
                    if not part:
                        raise ConnectionResetError
                    answer += part
        except (TimeoutError, ConnectionError):
            self.hang_up()
            self.seen["cancelled"] += 1
            if patience_s is None:
                raise
        self.leaks += [f"{word} heard {other!r}" for other in set(CANARY.findall(answer)) if other != word.encode()]
        return answer

    def hang_up(self) -> None:
        if self._open is not None:
            self._open[1].transport.abort()
        self._open = None


@pytest.mark.parametrize(
    ("turns", "part"),
    [
        pytest.param(4_000, 0, marks=pytest.mark.timeout(600), id="short"),
        # A million in four parts, so that one that was interrupted costs no more than itself.
        *(pytest.param(250_000, part, marks=FULL, id=f"part {part} of 4") for part in range(1, 5)),
    ],
)
async def test_row_41_g9_no_caller_hears_a_word_of_another_one(
    turns: int, part: int, tmp_path: Path, own_redis_server: RedisServer, nursery: Nursery
) -> None:
    flows = write_parrot(tmp_path / "flows")
    seen: Counter[str] = Counter()
    options = {"redis_url": own_redis_server.url, "flows_dir": flows, "nursery": nursery, "env": {"LOG_LEVEL": "error"}}
    async with (
        Service(tmp_path / "data", **options) as one,  # type: ignore[arg-type]  # its own options
        Service(tmp_path / "data", **options) as other,  # type: ignore[arg-type]  # its own options
    ):
        callers = [Caller([one.port, other.port], part * CALLERS + i, seen) for i in range(CALLERS)]

        async def line(caller: Caller) -> None:
            while seen["turns"] < turns:
                await caller.call()
            caller.hang_up()

        await asyncio.gather(*(line(caller) for caller in callers))
        leaks = [leak for caller in callers for leak in caller.leaks]
        leaks += await stored_leaks(own_redis_server.url)

    figures.note(f"G9 part {part}", leaks=len(leaks), **seen)
    assert leaks == [], "\n".join(leaks[:20])
    assert seen["cancelled"] > turns / 10
    assert seen["echoes"] > turns / 10


async def stored_leaks(url: str) -> list[str]:
    """Sessions that hold another call's word."""
    store = open_store(url, Path(), timeout_s=5.0)
    await store.open()
    leaks: list[str] = []
    cursor: str | None = None
    while True:
        page = await store.list_sessions(Filter(), cursor=cursor, limit=200)
        for record in page.records:
            words = {word.decode() for word in CANARY.findall(orjson.dumps(record))}
            leaks += [f"{record['session_id']} holds {words}"] * (words != {record["session_id"].removeprefix("call-")})
        cursor = page.next_cursor
        if cursor is None:
            break
    await store.close()
    return leaks


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [20, pytest.param(50, marks=pytest.mark.chaos)])
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_row_24_g10_calls_without_any_id_are_as_many_sessions(
    kind: str,
    count: int,
    tmp_path: Path,
    flows: Path,
    claude: FakeClaude,
    nursery: Nursery,
    request: pytest.FixtureRequest,
) -> None:
    redis: RedisServer | None = request.getfixturevalue("own_redis_server") if kind == "redis" else None
    url = redis.url if redis is not None else None
    options = {"claude_url": claude.base_url, "redis_url": url, "flows_dir": flows, "nursery": nursery}
    async with (
        Service(tmp_path / "data", **options) as one,  # type: ignore[arg-type]  # its own options
        Service(tmp_path / "data", **options) as other,  # type: ignore[arg-type]  # its own options
        crowd(
            [one.url, other.url],
            seed=10,
            manners=Manners(speculate=0, duplicate=100, barge_in=0, cut=0, late_copy=0, late_prefix=0, silence=0),
            is_named=False,
            pause_s=0.3,
        ) as calls,
    ):
        await calls.hold(count)
        store = open_store(url, tmp_path / "data", timeout_s=5.0)
        await store.open()
        records = (await store.list_sessions(Filter(), limit=1000)).records
        await store.close()

    said = [tuple(turn.utterance for turn in from_dict(record).turns) for record in records]
    truths = [tuple(call.truth) for call in calls.calls]
    mixed = [words for words in said if not any(truth[: len(words)] == words for truth in truths)]
    whole = sum(any(words == truth[: len(words)] and len(words) > 10 for words in said) for truth in truths)
    figures.note(f"G10 {kind}", calls=len(truths), sessions=len(said), mixed=len(mixed), whole=whole)
    assert mixed == []
    assert whole == len(truths)
