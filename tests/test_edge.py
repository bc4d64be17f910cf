"""What a connection may do before a route sees its request: over real sockets, with short limits of time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from uvicorn.protocols.http.flow_control import FlowControl

from tests.live_server import CHAT, SIMPLE, WEBHOOK_SECRET, Live, live_server
from webhook.edge import HEAD_BYTES, EdgeProtocol

SOON_S = 2.0
HELLO = b'{"messages": [{"role": "user", "content": "Hello?"}]}'


class Hasty(EdgeProtocol):
    head_s = 0.3
    linger_s = 0.3
    unread_s = 0.3


@pytest.fixture(scope="module")
async def hasty(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with live_server(tmp_path_factory.mktemp("edge"), edge=Hasty) as live:
        yield live


@asynccontextmanager
async def connected(live: Live) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", live.http.base_url.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


def head(path: str = SIMPLE, *more: str, length: int = len(HELLO)) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: here", f"Authorization: Bearer {WEBHOOK_SECRET}"]
    return "\r\n".join([*lines, f"Content-Length: {length}", *more, "", ""]).encode()


async def status_of(reader: asyncio.StreamReader) -> int:
    """The status of the next answer, which is read to its end."""
    async with asyncio.timeout(10.0):
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), None)
        if length is None:
            await reader.readuntil(b"0\r\n\r\n")
        else:
            await reader.readexactly(length)
    return int(lines[0].split()[1])


async def is_closed(reader: asyncio.StreamReader, within_s: float = SOON_S) -> bool:
    try:
        async with asyncio.timeout(within_s):
            while await reader.read(65536):
                pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"POST / HT", head()[:-2], b"POST / HTTP/1.1\r\nX: " + b"y" * 100],
    ids=["nothing", "a blank line", "half a request line", "a head without its end", "half a field"],
)
async def test_row_32_whoever_does_not_finish_the_head_of_a_request_in_time_is_left(hasty: Live, sent: bytes) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(sent)
        assert await is_closed(reader)


async def test_row_32_a_head_that_comes_byte_by_byte_is_no_sign_of_life(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        closed = asyncio.create_task(is_closed(reader))
        for byte in head():
            if closed.done():
                break
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)
        assert await closed


async def test_row_32_blank_lines_between_requests_keep_nothing_open(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(head() + HELLO)
        assert await status_of(reader) == 200
        writer.write(b"\r\n")
        assert await is_closed(reader)


async def test_a_connection_that_rests_between_turns_stays_open(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        for _ in range(2):
            writer.write(head() + HELLO)
            assert await status_of(reader) == 200
            await asyncio.sleep(2 * Hasty.head_s)
        assert not await is_closed(reader, within_s=0.05)


async def test_a_head_in_two_pieces_with_a_large_body_behind_it_is_read(hasty: Live) -> None:
    body = HELLO + b" " * (2 * HEAD_BYTES)
    whole = head(length=len(body)) + body
    async with connected(hasty) as (reader, writer):
        writer.write(whole[:40])
        await asyncio.sleep(0.05)
        writer.write(whole[40:])
        assert await status_of(reader) == 200


@pytest.mark.parametrize(
    "sent",
    [
        head(SIMPLE, f"X-Big: {'x' * HEAD_BYTES}"),
        head(SIMPLE, *(f"X-{i}: {'x' * 100}" for i in range(200))),
        head(f"/{'x' * HEAD_BYTES}"),
        b"POST / HTTP/1.1\r\nX: " + b"y" * (4 * HEAD_BYTES),
    ],
    ids=["one field", "many fields", "the path", "a field without end"],
)
async def test_row_31_a_head_that_is_too_large_is_refused(hasty: Live, sent: bytes) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(sent)
        assert await status_of(reader) == 400
        assert await is_closed(reader)


@pytest.mark.parametrize("path", [SIMPLE, CHAT])
async def test_row_31_a_body_without_end_is_answered_and_the_connection_closed(hasty: Live, path: str) -> None:
    async with connected(hasty) as (reader, writer):
        answered = asyncio.create_task(status_of(reader))
        writer.write(
            head(path, "Transfer-Encoding: chunked").replace(f"Content-Length: {len(HELLO)}\r\n".encode(), b"")
        )
        sent = 0
        try:
            while not writer.transport.is_closing():
                writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
                await writer.drain()
                sent += 0x10000
        except ConnectionError:
            pass
        assert await answered == 413


async def test_requests_that_are_sent_ahead_are_answered_in_order(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write((head() + HELLO) * 3)
        for _ in range(3):
            assert await status_of(reader) == 200


async def test_an_answer_may_take_longer_than_a_head(hasty: Live) -> None:
    """The body comes late, within its own time: the clock of the head has stopped."""
    async with connected(hasty) as (reader, writer):
        writer.write(head())
        await asyncio.sleep(2 * Hasty.head_s)
        writer.write(HELLO)
        assert await status_of(reader) == 200


async def test_requests_sent_far_ahead_end_the_connection(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n" * 5000)
        assert await is_closed(reader)


async def test_a_few_requests_may_be_sent_ahead(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n" * 8)
        assert [await status_of(reader) for _ in range(8)] == [200] * 8


@pytest.mark.parametrize("name", ["Upgrade", "upgrade", "UPGRADE "])
async def test_a_wish_for_another_protocol_is_ignored_and_the_body_belongs_to_its_request(
    hasty: Live, name: str
) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n"
    async with connected(hasty) as (reader, writer):
        writer.write(head("/healthz", "Connection: Upgrade", f"{name}: h2c", length=len(smuggled)))
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(smuggled + head("/healthz", length=0).replace(b"POST", b"GET"))
        assert [await status_of(reader), await status_of(reader)] == [405, 200]


async def test_a_wish_that_is_not_seen_in_time_ends_the_connection(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        whole = head("/healthz", "Connection: Upgrade", "Upgrade: h2c")
        cut = whole.index(b"Upgrade: h2c") + 3
        writer.write(whole[:cut])
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(whole[cut:] + b"GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n")
        answers = b""
        while part := await reader.read(65536):
            answers += part
        assert answers.count(b"HTTP/1.1 ") == 1
        assert answers.startswith(b"HTTP/1.1 400")


async def test_a_head_of_many_small_fields_is_too_large(hasty: Live) -> None:
    async with connected(hasty) as (reader, writer):
        writer.write(head(SIMPLE, *["a:"] * 1000) + HELLO)
        assert await status_of(reader) == 400


async def test_a_peer_that_does_not_read_is_left() -> None:
    aborted: list[float] = []

    class Transport(asyncio.Transport):
        def abort(self) -> None:
            aborted.append(asyncio.get_running_loop().time())

    protocol = object.__new__(Hasty)
    protocol.loop = asyncio.get_running_loop()
    protocol.transport = Transport()
    protocol.flow = FlowControl(protocol.transport)
    for _ in range(2):
        protocol.pause_writing()
        protocol.resume_writing()
    protocol.pause_writing()
    await asyncio.sleep(0.6)
    assert len(aborted) == 1
