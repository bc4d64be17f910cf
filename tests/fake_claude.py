"""A stand-in for `POST /v1/messages` on a real loopback socket, scripted reply by reply.

It refuses what the API refuses (version 2026-10-21: sampling parameters, prefill, blank text, a fifth cache marker …)
in the API's own error shape, streams named events one write at a time, and keeps every request it got::

    async with FakeClaude([Reply(text="Hello there.")]) as fake:
        claude = Claude(api_key="key", base_url=fake.base_url)

`replies` is a list, used up in order, or a callable from the request's body to a `Reply`. Without either, and after
the end of a list, `answer_sensibly` answers. For a server in another process: `python -m tests.fake_claude --port N`.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib
import json
import re
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Literal, Self

Body = dict[str, Any]
Script = Callable[[Body], "Reply"]
ListenBrain = Callable[[Body], Mapping[str, Any]]

SPOKEN = "Thanks for telling me. What comes next?"
UNDERSTOOD: Mapping[str, Any] = {
    "facts": [],
    "refused": [],
    "unknown": [],
    "wants_to_change": [],
    "signals": [],
    "fullness": "fine",
}

Fault = Literal[
    "cut",  # the connection closes inside a chunked body
    "reset",  # the same by RST
    "close",  # no length was announced and the connection closes: looks like a proper end
    "end",  # a proper end of the body, but without `message_stop`
    "stall",  # nothing more, or only pings every `ping_s`, until the client hangs up
    "error",  # an `error` event of type `error`
    "garbage",  # an event whose data is not JSON
    "no_text",  # a piece of text whose text is null
    "open",  # every event, but the body never ends
]


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer. Times are seconds; a `fault` strikes after `after` pieces of text (None: after all of them)."""

    text: str = SPOKEN
    json: Mapping[str, Any] | None = None  # takes the place of `text`
    thinking: str = ""  # a thinking block before the text
    stop_reason: str | None = "end_turn"
    category: str | None = None  # of a refusal
    usage: Mapping[str, Any] = field(default_factory=dict)  # over the defaults, by the API's names
    headers_s: float = 0.0  # until the status line
    held_until: asyncio.Event | None = None  # no status line before a test wants it
    first_token_s: float = 0.0  # from there to the first piece
    gap_s: float = 0.0  # between pieces
    fault: Fault | None = None
    after: int | None = None
    ping_s: float | None = None
    error: str = "overloaded_error"  # type of the error event, or of the error answer when `status` is one
    error_code: str | None = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None  # the body of a plain answer, as it stands
    unknown_events: bool = False  # kinds of events and pieces that do not exist yet

    def pieces(self) -> list[str]:
        return re.findall(r"\s*\S+|\s+$", self.text if self.json is None else json.dumps(self.json))


def error_reply(status: int, kind: str, *, code: str | None = None, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer with an error status in the documented shape."""
    return Reply(status=status, error=kind, error_code=code, headers=headers or {})


@dataclass(kw_only=True)
class Received:
    """A request as it came in, and what became of its answer. `at` is `time.monotonic()`; `connection` counts from 1."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    at: float
    connection: int
    pieces_sent: int = 0
    #: What is billed for it, by the API's names: the prompt, and the output as far as it was sent.
    usage: dict[str, int] = field(default_factory=dict)
    hung_up: bool = False  # the client closed before the answer was complete
    ended: asyncio.Event = field(default_factory=asyncio.Event)


def answer_sensibly(body: Body, listen_brain: ListenBrain = lambda _: UNDERSTOOD) -> Reply:
    """Listening (a schema that has `facts`) by `listen_brain`, any other schema by its smallest document, else speech."""
    schema = _schema(body)
    if schema is None:
        return Reply()
    if "facts" in schema.get("properties", {}):
        return Reply(json=listen_brain(body))
    return Reply(json=smallest(schema))


def smallest(schema: Mapping[str, Any], root: Mapping[str, Any] | None = None) -> Any:
    """The smallest document that fits a schema of the kind structured output accepts."""
    root = schema if root is None else root
    if "$ref" in schema:
        return smallest(root["$defs"][schema["$ref"].rpartition("/")[2]], root)
    for key in ("anyOf", "allOf"):
        if key in schema:
            return smallest(schema[key][0], root)
    if "const" in schema or "enum" in schema:
        return schema["const"] if "const" in schema else schema["enum"][0]
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            return {name: smallest(schema["properties"][name], root) for name in schema.get("required", ())}
        case "array":
            return [smallest(schema["items"], root)] * schema.get("minItems", 0)
        case "string":
            return "nothing"
        case "integer" | "number":
            return 0
        case "boolean":
            return False
    return None


class FakeClaude:
    """The server. `received`, `others` and `connections` grow; `replies` may be replaced or refilled at any time."""

    def __init__(
        self,
        replies: Script | Iterable[Reply] = (),
        *,
        listen_brain: ListenBrain = lambda _: UNDERSTOOD,
        port: int = 0,
    ) -> None:
        self.replies: Script | deque[Reply] = replies if callable(replies) else deque(replies)
        self.listen_brain = listen_brain
        self.received: list[Received] = []  # message calls
        self.others: list[Received] = []  # such as the one that only opens a connection
        self.connections = 0
        self._port = port
        self._server: asyncio.Server | None = None
        self._open: set[_Connection] = set()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Connection(self), "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._server is not None
        self._server.close()
        await asyncio.gather(*(connection.abort() for connection in self._open))
        await self._server.wait_closed()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def bodies(self) -> list[Body]:
        """The bodies of the message calls, oldest first, refused ones included."""
        return [received.body for received in self.received]

    def reply_to(self, received: Received) -> Reply:
        """What the API would refuse is refused; everything else is scripted."""
        if (received.method, received.path) != ("POST", "/v1/messages"):
            return error_reply(404, "not_found_error")
        if not received.headers.get("authorization", "").removeprefix("Bearer "):
            return error_reply(401, "authentication_error")
        if problem := problem_with(received.headers, received.body):
            return Reply(status=400, error="invalid_request_error", text=problem)
        if callable(self.replies):
            return self.replies(received.body)
        return self.replies.popleft() if self.replies else answer_sensibly(received.body, self.listen_brain)


# What the API refuses

_FIELDS = frozenset({
    "model", "messages", "max_tokens", "system", "stream", "thinking", "output_config", "tools", "tool_choice",
    "stop_sequences", "metadata", "cache_control", "service_tier", "speed", "diagnostics", "container", "inference_geo",
})  # fmt: skip
_ALWAYS_THINKING = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5", "claude-mythos-5")
_UNSUPPORTED_KEYWORDS = frozenset({
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
    "uniqueItems", "oneOf", "minProperties", "maxProperties", "patternProperties",
})  # fmt: skip


def problem_with(headers: Mapping[str, str], body: Any) -> str | None:
    """Why the API would answer 400, or None."""
    if "anthropic-version" not in headers:
        return "anthropic-version: header is required"
    if not isinstance(body, dict):
        return "The request body is not valid JSON"
    return next(_problems(body), None)


def _problems(body: Body) -> Iterator[str]:
    for name in ("model", "max_tokens", "messages"):
        if name not in body:
            yield f"{name}: Field required"
            return
    for name in sorted(body.keys() - _FIELDS):
        yield f"{name}: Extra inputs are not permitted"
    if not isinstance(body["max_tokens"], int) or body["max_tokens"] < 0:
        yield "max_tokens: Input should be a valid integer, at least 0"
    yield from _problems_of_messages(body["messages"])
    yield from _problems_of_content("system", body.get("system", "-"))
    if len(list(_markers(body))) > 4:
        yield f"A maximum of 4 blocks with cache_control may be provided. Found {len(list(_markers(body)))}."
    thinking = body.get("thinking", {}).get("type")
    if thinking == "enabled" or (thinking == "disabled" and str(body["model"]).startswith(_ALWAYS_THINKING)):
        yield f'"thinking.type.{thinking}" is not supported for this model.'
    if "format" in body.get("output_config", {}):
        yield from _problems_of_format(body["output_config"]["format"])


def _problems_of_messages(messages: Any) -> Iterator[str]:
    if not isinstance(messages, list) or not messages:
        yield "messages: at least one message is required"
        return
    before = ""
    for index, message in enumerate(messages):
        role = message.get("role")
        if role not in {"user", "assistant", "system"}:
            yield f"messages.{index}.role: Input should be 'user' or 'assistant'"
        if index == 0 and role != "user":
            yield 'messages: first message must use the "user" role'
        if role == "system" and before != "user":
            yield f"messages.{index}: a system message must follow a user message"
        yield from _problems_of_content(f"messages.{index}", message.get("content"))
        before = role
    if before == "assistant":
        yield "This model does not support assistant message prefill. The conversation must end with a user message."


def _problems_of_content(where: str, content: Any) -> Iterator[str]:
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not isinstance(blocks, list) or not blocks:
        yield f"{where}: content must be non-empty"
        return
    for block in blocks:
        if block.get("type") != "text" or not isinstance(block.get("text"), str):
            yield f"{where}: text blocks only"
        elif not block["text"].strip():
            yield f"{where}: text content blocks must contain non-whitespace text"
        if unknown := sorted(block.keys() - {"type", "text", "cache_control"}):
            yield f"{where}: {unknown[0]}: Extra inputs are not permitted"
        if block.get("cache_control", {"type": "ephemeral"}).get("type") != "ephemeral":
            yield f"{where}: cache_control.type: Input should be 'ephemeral'"


def _markers(body: Body) -> Iterator[Any]:
    for content in (body.get("system"), *(message.get("content") for message in body["messages"])):
        if isinstance(content, list):
            yield from (block["cache_control"] for block in content if "cache_control" in block)
    if "cache_control" in body:
        yield body["cache_control"]


def _problems_of_format(form: Any) -> Iterator[str]:
    if form.get("type") != "json_schema" or not isinstance(form.get("schema"), dict):
        yield "output_config.format: Input should be a json_schema"
        return
    yield from _problems_of_schema(form["schema"])


def _problems_of_schema(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for entry in schema:
            yield from _problems_of_schema(entry)
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        yield "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly set to false"
    for keyword in sorted(schema.keys() & _UNSUPPORTED_KEYWORDS):
        yield f"output_config.format.schema: property '{keyword}' is not supported"
    if schema.get("minItems", 0) not in (0, 1):
        yield "output_config.format.schema: 'minItems' values other than 0 or 1 are not supported"
    for key in ("items", "anyOf", "allOf"):
        yield from _problems_of_schema(schema.get(key))
    for named in ("properties", "$defs"):
        yield from _problems_of_schema(list(schema.get(named, {}).values()))


def _schema(body: Body) -> Mapping[str, Any] | None:
    schema: Mapping[str, Any] | None = body.get("output_config", {}).get("format", {}).get("schema")
    return schema


# One connection


class _Cut(Exception):
    """The connection is gone on purpose."""


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request at a time; a client that hangs up cancels its answer."""

    def __init__(self, fake: FakeClaude) -> None:
        self._fake = fake
        self._buffer = b""
        self._lost = asyncio.Event()
        self._answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._fake._open.add(self)
        self._fake.connections += 1
        self._number = self._fake.connections

    def connection_lost(self, exc: Exception | None) -> None:
        self._fake._open.discard(self)
        self._lost.set()
        if self._answering is not None:
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._next()

    async def abort(self) -> None:
        self._transport.abort()
        await self._lost.wait()
        if self._answering is not None:
            await self._answering

    def _next(self) -> None:
        if self._answering is None and (received := self._parse()):
            (self._fake.received if received.path == "/v1/messages" else self._fake.others).append(received)
            self._answering = asyncio.get_running_loop().create_task(self._answer(received))

    def _parse(self) -> Received | None:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        length = int(headers.get("content-length", "0"))
        if not separator or len(rest) < length:
            return None
        self._buffer = rest[length:]
        method, target, _ = lines[0].split(" ")
        body = None
        with suppress(ValueError):
            body = json.loads(rest[:length])
        return Received(
            method=method,
            path=target.partition("?")[0],
            headers=headers,
            body=body,
            at=time.monotonic(),
            connection=self._number,
        )

    async def _answer(self, received: Received) -> None:
        try:
            await self._send_answer(received)
        except _Cut:
            pass
        except asyncio.CancelledError:
            received.hung_up = True
        except BaseException:
            self._transport.abort()  # a script that fails is loud on both sides
            raise
        finally:
            received.ended.set()
        self._answering = None
        if not self._transport.is_closing():
            self._next()

    async def _send_answer(self, received: Received) -> None:
        reply = self._fake.reply_to(received)
        number = len(self._fake.received)
        if reply.held_until is not None:
            await reply.held_until.wait()
        await asyncio.sleep(reply.headers_s)
        if reply.status != 200 or reply.raw is not None:
            self._send_plain(reply, number, reply.raw or _error(reply, number))
        elif received.body.get("stream"):
            await _EventStream(self._transport, reply, received, number).send()
        else:
            await self._send_message(reply, received, number)

    async def _send_message(self, reply: Reply, received: Received, number: int) -> None:
        pieces = reply.pieces()
        await asyncio.sleep(reply.first_token_s + reply.gap_s * max(0, len(pieces) - 1))
        message = _message(reply, received.body, number)
        body = json.dumps(message).encode()
        received.usage = message["usage"]
        if reply.fault in ("stall", "open"):
            await asyncio.Event().wait()
        if reply.fault == "error":
            self._send_plain(reply, number, _error(reply, number))
        elif reply.fault == "garbage":
            self._send_plain(reply, number, b"<html>not JSON")
        elif reply.fault is None:
            self._send_plain(reply, number, body)
        else:
            self._transport.write(_head(reply, number, f"content-length: {len(body)}") + body[: len(body) // 2])
            _close(self._transport, rst=reply.fault == "reset")

    def _send_plain(self, reply: Reply, number: int, body: bytes) -> None:
        self._transport.write(_head(reply, number, f"content-length: {len(body)}") + body)


class _EventStream:
    """A streamed answer, event by event, with its fault."""

    def __init__(self, transport: asyncio.Transport, reply: Reply, received: Received, number: int) -> None:
        self._transport = transport
        self._reply = reply
        self._received = received
        self._number = number
        self._chunked = reply.fault != "close"

    async def send(self) -> None:
        reply = self._reply
        pieces = reply.pieces()
        framing = "transfer-encoding: chunked" if self._chunked else "connection: close"
        self._transport.write(_head(reply, self._number, framing, content_type="text/event-stream; charset=utf-8"))
        await self._send_opening()
        for index, piece in enumerate(pieces):
            await self._strike(index)
            await asyncio.sleep(reply.gap_s if index else reply.first_token_s)
            if index == 0:
                await self._send_block_start({"type": "text", "text": ""})
            await self._event("content_block_delta", index=self._block, delta={"type": "text_delta", "text": piece})
            self._received.pieces_sent += 1
            self._received.usage["output_tokens"] += 1
        if not pieces:
            await asyncio.sleep(reply.first_token_s)
        await self._strike(len(pieces))
        await self._send_closing(has_text=bool(pieces))

    async def _send_opening(self) -> None:
        reply = self._reply
        start = _message(reply, self._received.body, self._number)
        start |= {"content": [], "stop_reason": None, "stop_details": None}
        self._received.usage = {**start["usage"], "output_tokens": 0}
        start["usage"] = {**start["usage"], "output_tokens": 1}
        await self._event("message_start", message=start)
        await self._event("ping")
        self._block = 0
        if reply.thinking:
            await self._send_block_start({"type": "thinking", "thinking": "", "signature": ""})
            delta = {"type": "thinking_delta", "thinking": reply.thinking}
            await self._event("content_block_delta", index=0, delta=delta)
            await self._event(
                "content_block_delta", index=0, delta={"type": "signature_delta", "signature": "c2lnbmVk"}
            )
            await self._event("content_block_stop", index=0)
            self._block = 1
        if reply.unknown_events:
            await self._event("weather_report", weather={"wind": 3})
            await self._event("content_block_delta", index=0, delta={"type": "mood_delta", "mood": "calm"})

    async def _send_block_start(self, block: Mapping[str, Any]) -> None:
        await self._event(
            "content_block_start", index=self._block if block["type"] == "text" else 0, content_block=block
        )

    async def _send_closing(self, *, has_text: bool) -> None:
        reply = self._reply
        if has_text:
            await self._event("content_block_stop", index=self._block)
        message = _message(reply, self._received.body, self._number)
        delta = {key: message[key] for key in ("stop_reason", "stop_sequence", "stop_details")}
        self._received.usage = message["usage"]
        await self._event("message_delta", delta=delta, usage=message["usage"])
        await self._event("message_stop")
        if reply.fault == "open":
            await asyncio.Event().wait()
        self._finish()

    async def _strike(self, sent: int) -> None:
        """The fault, if this is its place; it returns only where there is none."""
        reply = self._reply
        after = len(reply.pieces()) if reply.after is None else reply.after
        if reply.fault is None or sent != after:
            return
        match reply.fault:
            case "stall":
                while True:
                    await asyncio.sleep(reply.ping_s or 3600)
                    await self._event("ping")
            case "error":
                await self._event("error", error=json.loads(_error(reply, self._number))["error"])
                self._finish()
            case "garbage":
                self._write(b'event: content_block_delta\ndata: {"type": "content_bl\n\n')
                self._finish()
            case "no_text":
                await self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": None})
                self._finish()
            case "end":
                self._finish()
            case "open":
                return
            case "cut" | "reset" | "close":
                await asyncio.sleep(0)
                _close(self._transport, rst=reply.fault == "reset")
        raise _Cut

    async def _event(self, name: str, **data: Any) -> None:
        self._write(f"event: {name}\ndata: {json.dumps({'type': name, **data})}\n\n".encode())
        await asyncio.sleep(0)  # each event goes out on its own

    def _write(self, event: bytes) -> None:
        self._transport.write(b"%x\r\n%b\r\n" % (len(event), event) if self._chunked else event)

    def _finish(self) -> None:
        if self._chunked:
            self._transport.write(b"0\r\n\r\n")
        else:
            self._transport.close()


def _message(reply: Reply, body: Body, number: int) -> dict[str, Any]:
    pieces = reply.pieces()
    content: list[dict[str, Any]] = [{"type": "text", "text": "".join(pieces)}] if pieces else []
    if reply.thinking:
        content.insert(0, {"type": "thinking", "thinking": reply.thinking, "signature": "c2lnbmVk"})
    details = {"type": "refusal", "category": reply.category, "explanation": None}
    usage = {
        "input_tokens": 20,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": len(pieces),
        "service_tier": "standard",
    }
    return {
        "id": f"msg_fake_{number:06}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": content,
        "stop_reason": reply.stop_reason,
        "stop_sequence": None,
        "stop_details": details if reply.stop_reason == "refusal" else None,
        "usage": usage | dict(reply.usage),
    }


def _error(reply: Reply, number: int) -> bytes:
    error: dict[str, Any] = {"type": reply.error, "message": reply.text}
    if reply.error_code:
        error["details"] = {"error_code": reply.error_code}
    return json.dumps({"type": "error", "error": error, "request_id": f"req_fake_{number:06}"}).encode()


def _head(reply: Reply, number: int, framing: str, *, content_type: str = "application/json") -> bytes:
    lines = [f"HTTP/1.1 {reply.status} Fake", f"request-id: req_fake_{number:06}", framing]
    lines += [f"content-type: {content_type}"] if "content-type" not in reply.headers else []
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _close(transport: asyncio.Transport, *, rst: bool) -> None:
    if not rst:
        transport.close()
        return
    linger_off = struct.pack("ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_off)
    transport.abort()


# A process of its own


async def _serve(port: int, listen_brain: ListenBrain, *, first_token_s: float, gap_s: float) -> None:
    def reply(body: Body) -> Reply:
        sensible = answer_sensibly(body, listen_brain)
        return Reply(text=sensible.text, json=sensible.json, first_token_s=first_token_s, gap_s=gap_s)

    async with FakeClaude(reply, port=port) as fake:
        print(fake.base_url, flush=True)  # noqa: T201 - tells the parent that the port is open
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any free one; the address is printed when it is open")
    parser.add_argument("--listen-brain", help="module:function from a request's body to the understanding")
    parser.add_argument("--first-token-s", type=float, default=0.0)
    parser.add_argument("--gap-s", type=float, default=0.0)
    given = parser.parse_args()
    brain: ListenBrain = lambda _: UNDERSTOOD  # noqa: E731 - the plain case of the option below
    if given.listen_brain:
        module, _, name = given.listen_brain.partition(":")
        brain = getattr(importlib.import_module(module), name)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(given.port, brain, first_token_s=given.first_token_s, gap_s=given.gap_s))


if __name__ == "__main__":
    main()
