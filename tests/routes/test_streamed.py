"""A response in parts: it ends with its last part, with the client's hanging up, or with its task."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from webhook.routes.streamed import Streamed, Write


class Client:
    """Takes what is sent, and hangs up when it is told to."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.got: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.got.append(message)


async def answer(client: Client, response: Streamed) -> None:
    await response({"type": "http"}, client.receive, client.send)


async def test_the_last_part_ends_the_response() -> None:
    async def body(write: Write) -> None:
        await write(b"one")
        await write(b"two", last=True)

    client, before = Client(), asyncio.all_tasks()
    await answer(client, Streamed(body, media_type="text/plain", headers={"X-Kind": "test"}))
    start, *parts = client.got
    assert start["status"] == 200
    assert {(b"content-type", b"text/plain; charset=utf-8"), (b"x-kind", b"test")} <= set(start["headers"])
    assert [(part["body"], part["more_body"]) for part in parts] == [(b"one", True), (b"two", False)]
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == before, "nothing watches on"


async def test_the_head_leaves_before_the_first_part_and_a_hang_up_ends_the_body() -> None:
    ended = asyncio.Event()

    async def body(_: Write) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    client = Client()
    answering = asyncio.create_task(answer(client, Streamed(body, media_type="text/plain")))
    await asyncio.sleep(0.01)
    assert [message["type"] for message in client.got] == ["http.response.start"]
    client.gone.set()
    await asyncio.wait_for(answering, 1)
    assert ended.is_set()
    assert len(client.got) == 1


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_whoever_cancels_the_request_sees_it_cancelled(hangs_up: bool) -> None:
    async def body(_: Write) -> None:
        await asyncio.sleep(60)

    client = Client()
    answering = asyncio.create_task(answer(client, Streamed(body, media_type="text/plain")))
    await asyncio.sleep(0.01)
    answering.cancel()
    if hangs_up:
        client.gone.set()
    with pytest.raises(asyncio.CancelledError):
        await answering


async def test_an_error_of_the_body_goes_on_upwards() -> None:
    async def body(_: Write) -> None:
        raise ZeroDivisionError

    before = asyncio.all_tasks()
    with pytest.raises(ZeroDivisionError):
        await answer(Client(), Streamed(body, media_type="text/plain"))
    await asyncio.sleep(0.01)
    assert asyncio.all_tasks() == before
