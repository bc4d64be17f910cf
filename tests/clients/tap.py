"""A TCP proxy in front of the service that keeps every request and its answer.

Bytes pass as they come, in both directions, and so do hang-ups: a client notices nothing. What passed is read beside.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self

import httptools
import orjson

_PIECE = 65536


@dataclass(kw_only=True)
class Exchange:
    """One request; `status` is 0 and `whole` false where the client hung up before the answer was complete."""

    method: str
    path: str
    sent: Any = None  # the JSON document of the request, None for none
    status: int = 0
    answer: bytes = b""
    whole: bool = False

    @property
    def documents(self) -> list[dict[str, Any]]:
        """The whole answer, or the events of a stream."""
        if not self.answer.startswith((b"data:", b"event:")):
            return [orjson.loads(self.answer)] if self.whole and self.answer else []
        lines = (line.removeprefix("data: ") for line in self.answer.decode().splitlines() if line.startswith("data: "))
        return [orjson.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]

    @property
    def tool_calls(self) -> list[str]:
        """The names of the tools that the answer asks for, in the form of either API."""
        return [name for document in self.documents for name in _calls_in(document)]

    @property
    def usages(self) -> list[dict[str, Any]]:
        """Every `usage` in the answer."""
        found = (document.get("usage") or document.get("response", {}).get("usage") for document in self.documents)
        return [usage for usage in found if usage]

    @property
    def asks_for_usage(self) -> bool:
        """Chat Completions tells it in a stream only where it is asked; whole answers and Responses always do."""
        sent = self.sent or {}
        is_chat_stream = "messages" in sent and sent.get("stream")
        return not is_chat_stream or bool((sent.get("stream_options") or {}).get("include_usage"))


def _calls_in(document: dict[str, Any]) -> Iterator[str]:
    for choice in document.get("choices", ()):
        for call in (choice.get("message") or choice.get("delta") or {}).get("tool_calls") or ():
            if name := call.get("function", {}).get("name"):
                yield name
    items = [*document.get("output", ()), *([document["item"]] if _is_done_item(document) else [])]
    yield from (item["name"] for item in items if item["type"] == "function_call")


def _is_done_item(document: dict[str, Any]) -> bool:
    return document.get("type") == "response.output_item.done"


@dataclass
class _Connection:
    """The requests of one connection in their order; answers come in the same."""

    exchanges: list[Exchange]  # of all connections
    waiting: list[Exchange] = field(default_factory=list)

    def requests(self) -> _Requests:
        return _Requests(self)

    def answers(self) -> _Answers:
        return _Answers(self)


class _Requests:
    """What httptools calls while it reads what the client sends."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._parser = httptools.HttpRequestParser(self)
        self._path, self._body = b"", b""

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_begin(self) -> None:
        self._path, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._path += url

    def on_headers_complete(self) -> None:  # a refusal may come before the body
        self._exchange = Exchange(method=self._parser.get_method().decode(), path=self._path.decode())
        self._connection.exchanges.append(self._exchange)
        self._connection.waiting.append(self._exchange)

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        self._exchange.sent = orjson.loads(self._body) if self._body else None


class _Answers:
    """The same for what the service sends back."""

    def __init__(self, connection: _Connection) -> None:
        self._connection = connection
        self._parser = httptools.HttpResponseParser(self)

    def feed(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_headers_complete(self) -> None:
        self._connection.waiting[0].status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self._connection.waiting[0].answer += body

    def on_message_complete(self) -> None:
        self._connection.waiting.pop(0).whole = True


class Tap:
    """Forwards to a port of this machine; `exchanges` grows."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._tasks: set[asyncio.Task[None]] = set()
        self.exchanges: list[Exchange] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
        connection = _Connection(self.exchanges)
        for source, sink, parser in (
            (reader, back, connection.requests()),
            (there, writer, connection.answers()),
        ):
            task = asyncio.create_task(_pass_on(source, sink, parser))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, parser: _Requests | _Answers) -> None:
    """Until either side is gone; then the other is told."""
    try:
        while data := await reader.read(_PIECE):
            parser.feed(data)
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()
