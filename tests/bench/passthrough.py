"""The least that a service of this kind can do, as a floor to compare with.

For each chat completion one streamed request to the model; its words are passed on as they come, without an interview,
without a store (`--redis-url`: with one GET and one SET a turn). Pure ASGI, and a bare connection to the model.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import orjson
import uvicorn
import uvloop
from redis.asyncio import Redis

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
SYSTEM = "You hold an interview on the telephone. Ask one question at a time. " * 20
_CHUNK = (
    b'data: {"id":"c","object":"chat.completion.chunk","created":0,"model":"m","choices":[{"index":0,"delta":%b}]}\n\n'
)
_ROLE = _CHUNK % b'{"role":"assistant"}'
_END = _CHUNK.replace(b'"delta":%b', b'"delta":{},"finish_reason":"stop"') + b"data: [DONE]\n\n"
_DELTA = re.compile(rb'data: (\{"type":"content_block_delta".*\})')


class Passthrough:
    """The ASGI application."""

    def __init__(self, model_url: str, redis_url: str | None) -> None:
        address = urlsplit(model_url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._redis = Redis.from_url(redis_url) if redis_url else None

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        body = await _read(receive)
        messages = [m for m in orjson.loads(body)["messages"] if m["role"] != "system"]
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": _ROLE, "more_body": True})
        key = dict(scope["headers"])[b"x-conversation-id"]
        if self._redis is not None:
            await self._redis.get(key)
        async for text in self._words(messages):
            chunk = _CHUNK % orjson.dumps({"content": text})
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        if self._redis is not None:
            await self._redis.set(key, body, ex=600)
        await send({"type": "http.response.body", "body": _END})

    async def _words(self, messages: list[dict[str, str]]) -> AsyncGenerator[str]:
        talk = [{"role": "user", "content": "(The call begins.)"}, *messages]
        call = {"model": "m", "max_tokens": 220, "stream": True, "system": SYSTEM, "messages": talk}
        body = orjson.dumps(call)
        async with self._connection() as (reader, writer):
            writer.write(
                b"POST /v1/messages HTTP/1.1\r\nhost: model\r\ncontent-type: application/json\r\n"
                b"anthropic-version: 2023-06-01\r\nauthorization: Bearer key\r\ncontent-length: %d\r\n\r\n%b"
                % (len(body), body)
            )
            left = b""
            while not left.endswith(b"\r\n0\r\n\r\n"):
                received = await reader.read(65536)
                if not received:
                    raise ConnectionError("the model hung up")
                *events, left = (left + received).split(b"\n\n")
                for event in events:
                    if (delta := _DELTA.search(event)) is not None:
                        yield orjson.loads(delta[1])["delta"]["text"]

    @asynccontextmanager
    async def _connection(self) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """A free one, or a new one; one whose answer was not read to its end is closed."""
        connection = self._free.pop() if self._free else await asyncio.open_connection(self._host, self._port)
        try:
            yield connection
        except BaseException:
            connection[1].close()
            raise
        self._free.append(connection)


async def _read(receive: Receive) -> bytes:
    body: bytes = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            return body


async def _serve(app: Passthrough) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listening:
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
        )
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)  # noqa: T201 - the parent waits for it
        await uvicorn.Server(config).serve([listening])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model-url", required=True)
    parser.add_argument("--redis-url")
    given = parser.parse_args()
    uvloop.run(_serve(Passthrough(given.model_url, given.redis_url)))


if __name__ == "__main__":
    main()
