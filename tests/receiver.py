"""Whoever gets the results: a real HTTP server on the loopback interface that answers as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import orjson

OK = b"HTTP/1.1 204 No Content\r\n\r\n"


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status} Told", f"Content-Length: {len(body)}", *headers])
    return head.encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Got:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        told: dict[str, Any] = orjson.loads(self.body)
        return told

    @property
    def type(self) -> str:
        return str(self.document["type"])


@dataclass
class Receiver:
    """`say` gives the bytes of an answer; None says nothing at all until the sender goes away."""

    say: Callable[[Got], bytes | None] = lambda _: OK
    #: Sent over and over after the answer, for as long as the sender takes it.
    flood: bytes = b""
    tls: ssl.SSLContext | None = None
    got: list[Got] = field(default_factory=list)
    #: Bytes of floods that were taken.
    flooded: int = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/results?key=canary-of-the-address"

    @property
    def types(self) -> list[str]:
        return [one.type for one in self.got]

    @property
    def ids(self) -> list[str]:
        return [one.headers["webhook-id"] for one in self.got]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            got = Got(head[0].split(" ")[1], headers, body)
            self.got.append(got)
            said = self.say(got)
            self.arrived.set()
            if said is None:
                await reader.read()
            else:
                writer.write(said)
                await writer.drain()
                while self.flood:
                    writer.write(self.flood)
                    await writer.drain()
                    self.flooded += len(self.flood)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
