"""Rows 14 to 33 of the fault catalogue that need a whole service: media, giant histories and bodies, idle sockets."""

from __future__ import annotations

import asyncio
import resource
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import orjson

from tests import figures
from tests.fake_claude import FakeClaude
from tests.faults.talk import ASK_AGE, Talk
from tests.live_server import CHAT, PATIENT, TURNS, assert_speakable, live_server, user
from tests.workers import Service

YES = "Yes, that's fine."
MEGABYTE = 1024 * 1024


async def test_row_23_media_is_never_fetched(fake: FakeClaude, tmp_path: Path) -> None:
    """The URLs lead to a server that counts who comes."""
    async with FakeClaude() as canary, live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        await talk.say(YES)
        parts: list[dict[str, Any]] = [
            {"type": "text", "text": "I'm Sam."},
            {"type": "image_url", "image_url": {"url": f"{canary.base_url}/me.png"}},
            {"type": "input_audio", "input_audio": {"data": f"{canary.base_url}/voice.wav", "format": "wav"}},
            {"type": "file", "file": {"file_url": f"{canary.base_url}/cv.pdf"}},
        ]
        talk.messages.append({"role": "user", "content": parts})
        assert (await talk.ask()).endswith("?")
        await live.settle()
        assert (await talk.facts())["name"] == "Sam"
        assert (canary.received, canary.connections) == ([], 0)
        assert canary.base_url not in orjson.dumps(fake.bodies).decode()


async def test_row_28_a_history_of_two_thousand_messages_and_five_megabytes_is_a_turn(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        for i in range(1000):
            talk.messages += [
                user(f"Well, {i}. " + "I like chess. " * 180),
                {"role": "assistant", "content": "Mm. " * 650},
            ]
        talk.messages.append(user("I'm Sam."))
        assert len(orjson.dumps(talk.messages)) > 5 * 10**6
        assert_speakable(await talk.ask())
        await live.settle()
        assert (await talk.session()).head is not None
        largest = max(len(orjson.dumps(body)) for body in fake.bodies)
        figures.note("row 28", largest_request_to_claude_kb=largest // 1024)
        assert largest < MEGABYTE


async def test_row_31_giant_bodies_leave_the_memory_as_it_was(tmp_path: Path) -> None:
    async def endless() -> Any:
        for _ in range(300):
            yield b" " * MEGABYTE

    bomb = b"\x1f\x8b" + b"\x00" * MEGABYTE
    async with Service(tmp_path / "data") as service, httpx2.AsyncClient(base_url=service.url, timeout=20.0) as http:
        for path in (CHAT, "/api/elevenlabs-webhook"):
            await http.post(path, content=b"{}", headers=TURNS)
        before = memory_kb(service.pid)
        statuses = []
        for content in (b"x" * (64 * MEGABYTE), endless(), endless()):
            try:
                statuses.append((await http.post(CHAT, content=content, headers=TURNS)).status_code)
            except httpx2.HTTPError:
                statuses.append(413)  # closed before the answer could be read
        packed = await http.post(CHAT, content=bomb, headers={**TURNS, "Content-Encoding": "gzip"})
        grown_kb = memory_kb(service.pid) - before
        figures.note("row 31", grown_mb=grown_kb / 1024)
        assert statuses == [413] * 3
        assert packed.status_code == 200
        assert grown_kb < 20 * 1024


async def test_row_32_five_thousand_idle_sockets_are_no_concern_of_the_callers(tmp_path: Path) -> None:
    many = allow_sockets(5_000)
    async with Service(tmp_path / "data") as service, AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx2.AsyncClient(base_url=service.url, timeout=20.0))
        talk = {"messages": [user("Hello?")], "stream": True}
        assert (await http.post(CHAT, json=talk, headers=TURNS)).status_code == 200
        writers: list[asyncio.StreamWriter] = []
        for start in range(0, many, 200):
            opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", service.port) for _ in range(200)))
            writers += [writer for _, writer in opened]
            for i, (_, writer) in enumerate(opened):
                writer.write((b"", b"POST /v1/chat", b"POST /v1 HTTP/1.1\r\nContent-Length: 50\r\n")[(start + i) % 3])
        answers = await asyncio.gather(
            *(
                http.post(CHAT, json=talk, headers={**TURNS, "X-Conversation-Id": f"conversation-{i}"})
                for i in range(20)
            )
        )
        for writer in writers:
            writer.transport.abort()
        assert [answer.status_code for answer in answers] == [200] * 20
        assert all(answer.text.endswith("data: [DONE]\n\n") for answer in answers)


async def test_row_15_a_turn_that_is_sent_again_waits_with_the_first_request_and_not_anew(
    fake: FakeClaude, tmp_path: Path
) -> None:
    """The platform gives up on the first request while Claude still thinks, and asks again."""
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        await talk.say(YES)
        talk.messages.append(user("I'm Sam."))
        fake.received.clear()
        fake.replies = slow(fake.replies)
        first = asyncio.create_task(talk.ask())
        await asyncio.sleep(0.2)
        first.cancel()
        again, once_more = await asyncio.gather(talk.ask(), talk.ask())
        assert again == once_more
        await live.settle()
        assert len(fake.bodies) == 2
        assert await talk.learnt() == ["consent", "name"]
        assert again != ASK_AGE


def slow(script: Any) -> Any:
    return lambda body: replace(script(body), headers_s=0.4)


def memory_kb(pid: int) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def allow_sockets(wanted: int) -> int:
    """As many sockets as this process may have, at most so many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return min(wanted, most // 2) // 200 * 200
