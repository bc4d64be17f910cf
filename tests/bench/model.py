"""A Messages API that costs next to nothing, so that a benchmark measures its caller.

`python -m tests.bench.model --first-token-s 0.3 --gap-s 0.02` prints its address when it is open. It holds the interview
of `tests/numbers.py`: a request with a schema is *listen* and is answered with the numbers in the caller's words, any
other is *speak* and is answered with so many words, the last of which end the question for the next number.

Speak: the first delta comes `first_token_s` after the request, the others `gap_s` apart. Listen: its whole answer comes
after `first_token_s` and a quarter of `gap_s` for each of its tokens (a token: four characters), for a model writes
JSON that a schema narrows down faster than prose. With a gap each delta is a write of its own at its own time; without
one all are written at once, one event after the other.

`GET /stats` says what was asked and sent so far. A request with the header `x-probe` is answered but not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import cache, lru_cache
from typing import Any, cast

import orjson
import uvloop

from tests import numbers
from tests.fake_claude import smallest

LISTEN_SPEED = 4
"""How much faster than speech a listen is written."""
TOKEN_CHARS = 4
_FILLER = "Right, that is good to know, and it is noted down with all of the others, so we can simply go on from there,"
THE_SAME = "like the other"
"""Words that tell one more number than was asked for, and that only Claude understands."""
_ABOUT = re.compile(r"What this is about: Ask for their (\w+) number")


@dataclass(kw_only=True)
class Stats:
    """Since the start; probes are left out. Tokens are those sent: what the API bills, hung up on or not."""

    listens: int = 0
    speaks: int = 0
    #: By the size of the request's body.
    input_tokens: int = 0
    listen_tokens: int = 0
    speak_tokens: int = 0
    #: Answers whose reader closed the connection before their end, and what had been sent of them by then.
    hung_up: int = 0
    hung_up_tokens: int = 0
    connections: int = 0
    #: Answers that were being made at the same time, now and at most.
    open: int = 0
    most_open: int = 0


@dataclass(frozen=True, kw_only=True)
class Pace:
    """When what is sent."""

    first_token_s: float
    gap_s: float
    tokens: int


# Answers, encoded once


@cache
def spoken_words(name: str, tokens: int) -> tuple[str, ...]:
    """So many words, the last of which are the question for the number by that name."""
    question = f"What is your {name} number?".split()
    filler = _FILLER.split()
    lead = [filler[i % len(filler)] for i in range(max(tokens - len(question), 0))]
    words = [*lead, *question]
    return (words[0], *(f" {word}" for word in words[1:]))


def _event(name: str, data: bytes) -> bytes:
    event = b"event: %b\ndata: %b\n\n" % (name.encode(), data)
    return b"%x\r\n%b\r\n" % (len(event), event)


def _encoded(kind: str, **data: Any) -> bytes:
    return _event(kind, orjson.dumps({"type": kind, **data}))


@cache
def _opening(model: str) -> bytes:
    message = {**_message(model, 0), "content": [], "stop_reason": None}
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\nrequest-id: req_bench\r\n"
    opening = head + b"transfer-encoding: chunked\r\n\r\n"
    opening += _encoded("message_start", message=message)
    opening += _encoded("content_block_start", index=0, content_block={"type": "text", "text": ""})
    return opening + _encoded("ping")


@lru_cache(maxsize=256)
def _deltas(pieces: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(
        _encoded("content_block_delta", index=0, delta={"type": "text_delta", "text": piece}) for piece in pieces
    )


@cache
def _closing(model: str, tokens: int) -> bytes:
    message = _message(model, tokens)
    delta = {"stop_reason": "end_turn", "stop_sequence": None, "stop_details": None}
    closing = _encoded("content_block_stop", index=0)
    closing += _encoded("message_delta", delta=delta, usage=message["usage"])
    return closing + _encoded("message_stop") + b"0\r\n\r\n"


def _message(model: str, tokens: int) -> dict[str, Any]:
    return {
        "id": "msg_bench",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "stop_details": None,
        "usage": {
            "input_tokens": 120,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 1500,
            "output_tokens": tokens,
            "service_tier": "standard",
        },
    }


def _plain(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)


# One connection


class Connection(asyncio.Protocol):
    """HTTP/1.1 with keep-alive, one request at a time."""

    def __init__(self, pace: Pace, stats: Stats) -> None:
        self._pace = pace
        self._stats = stats
        self._loop = asyncio.get_running_loop()
        self._buffer = b""
        self._timer: asyncio.TimerHandle | None = None
        self._sent = 0
        self._is_counted = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class
        self._stats.connections += 1

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._end()
            if self._is_counted:
                self._stats.hung_up += 1
                self._stats.hung_up_tokens += self._sent

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        lines = head.lower().split(b"\r\n")
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        if len(rest) >= length:
            self._buffer = rest[length:]
            self._is_counted = not any(line.startswith(b"x-probe:") for line in lines)
            self._answer(lines[0].split(b" ")[1], rest[:length])

    def _answer(self, path: bytes, body: bytes) -> None:
        if path.startswith(b"/v1/messages"):
            self._answer_message(orjson.loads(body), len(body))
        elif path.startswith(b"/stats"):
            self._transport.write(_plain(orjson.dumps(asdict(self._stats))))
        else:
            self._transport.write(_plain(b'{"data":[],"has_more":false}'))

    def _answer_message(self, body: dict[str, Any], size: int) -> None:
        if self._is_counted:
            self._stats.input_tokens += size // TOKEN_CHARS
        model = body["model"]
        schema = body.get("output_config", {}).get("format", {}).get("schema")
        if schema is None:
            self._stats.speaks += self._is_counted
            about = _ABOUT.search(_last_text(body))
            words = spoken_words(about[1] if about else numbers.NAMES[0], self._pace.tokens)
            self._stream(model, words, self._pace.gap_s, is_speech=True)
            return
        self._stats.listens += self._is_counted
        heard = _understood(body) if "facts" in schema["properties"] else smallest(schema)
        text = orjson.dumps(heard).decode()
        pieces = tuple(text[i : i + TOKEN_CHARS] for i in range(0, len(text), TOKEN_CHARS))
        if body.get("stream"):
            self._stream(model, pieces, self._pace.gap_s / LISTEN_SPEED, is_speech=False)
            return
        message = {**_message(model, len(pieces)), "content": [{"type": "text", "text": text}]}
        whole = _plain(orjson.dumps(message))
        self._begin()
        self._later(
            self._loop.time() + self._pace.first_token_s + len(pieces) * self._pace.gap_s / LISTEN_SPEED,
            lambda: self._send_whole(whole, len(pieces)),
        )

    def _begin(self) -> None:
        self._sent = 0
        self._stats.open += self._is_counted
        self._stats.most_open = max(self._stats.most_open, self._stats.open)

    def _end(self) -> None:
        self._stats.open -= self._is_counted

    def _later(self, at: float, send: Callable[[], None]) -> None:
        if at > self._loop.time():
            self._timer = self._loop.call_at(at, send)
        else:
            send()

    def _send_whole(self, whole: bytes, tokens: int) -> None:
        self._timer = None
        self._stats.listen_tokens += tokens * self._is_counted
        self._transport.write(whole)
        self._end()

    def _stream(self, model: str, pieces: tuple[str, ...], gap_s: float, *, is_speech: bool) -> None:
        self._begin()
        self._transport.write(_opening(model))
        begins = self._loop.time() + self._pace.first_token_s
        deltas, closing = _deltas(pieces), _closing(model, len(pieces))
        self._later(begins, lambda: self._send(deltas, closing, begins, gap_s, is_speech))

    def _send(self, deltas: Sequence[bytes], closing: bytes, begins: float, gap_s: float, is_speech: bool) -> None:
        """What is due by now, each delta as a write of its own; the rest later."""
        self._timer = None
        now = self._loop.time()
        before = self._sent
        while self._sent < len(deltas) and (not gap_s or begins + self._sent * gap_s <= now + 0.0005):
            self._transport.write(deltas[self._sent])
            self._sent += 1
        if self._is_counted and is_speech:
            self._stats.speak_tokens += self._sent - before
        elif self._is_counted:
            self._stats.listen_tokens += self._sent - before
        if self._sent == len(deltas):
            self._transport.write(closing)
            self._end()
        else:
            due = begins + self._sent * gap_s
            self._timer = self._loop.call_at(due, self._send, deltas, closing, begins, gap_s, is_speech)


def _understood(body: dict[str, Any]) -> dict[str, Any]:
    """As the numbers interview hears it, and the next number where that is told as well."""
    heard = dict(numbers.as_claude(body).json or {})
    facts = heard.get("facts", [])
    if facts and THE_SAME in _last_text(body):
        following = numbers.NAMES[numbers.NAMES.index(facts[-1]["slot"]) + 1 :]
        facts.extend({**facts[-1], "slot": name, "words": THE_SAME} for name in following[:1])
    return heard


def _last_text(body: dict[str, Any]) -> str:
    content = body["messages"][-1]["content"]
    return content if isinstance(content, str) else "\n".join(block["text"] for block in content)


async def _serve(port: int, pace: Pace) -> None:
    stats = Stats()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pace, stats), "127.0.0.1", port, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - the parent waits for it
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--first-token-s", type=float, default=0.0)
    parser.add_argument("--gap-s", type=float, default=0.0)
    parser.add_argument("--tokens", type=int, default=32)
    given = parser.parse_args()
    pace = Pace(first_token_s=given.first_token_s, gap_s=given.gap_s, tokens=given.tokens)
    uvloop.run(_serve(given.port, pace))


if __name__ == "__main__":
    main()
