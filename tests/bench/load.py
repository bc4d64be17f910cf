"""The callers of a benchmark: a process of its own that holds calls and says how they were answered.

`python -m tests.bench.load ORDER`, with an `Order` as JSON, prints a `Result` as JSON. A call holds the interview of
`tests/numbers.py` in ElevenLabs' shape: each request carries the whole history. Then it begins anew under another id.

*First text* is the time from the request to the first chunk with words in it. What the model alone takes for a turn is
measured in the same run, by a probe that asks the model directly, under the same load and through the same client:
listen and speak at once, until the understanding is whole and the first word is there. The median of that is the
floor, and *added* is first text less the floor.
"""

from __future__ import annotations

import asyncio
import gc
import random
import re
import secrets
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import orjson
import uvloop

from tests import numbers
from tests.bench.model import THE_SAME, spoken_words
from tests.bench.processes import cpu_s
from tests.platform import TOOLS

GIVE_UP_S = 20.0
PROBE_PAUSE_S = 0.1
FIRST_TEXT = re.compile(rb'"content":"[^"]')
_FIRST_DELTA = re.compile(rb'"type":"text_delta"')
_CLAUDE_S = spoken_words("alpha", 32)[0]
"""The word with which the model begins, and the flow's own lines do not."""
_PAST = ("Let me think about that for a moment.", "Take your time. What is your alpha number?")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be done. Times are seconds."""

    url: str
    secret: str
    calls: int
    seconds: float
    #: Before anything is measured.
    warm_up_s: float = 1.0
    think_s: float = 0.0
    #: Each pause is this much longer or shorter at most.
    jitter_s: float = 0.0
    #: Messages that a call has behind it when it begins; its first turn, which tells them, is not measured.
    past: int = 0
    #: Calls with a past that are made ready before anything is measured; the run ends when they are used up.
    ready: int = 0
    ready_s: float = 6.0
    #: The share of answers that tell the next number as well, so that the reply drafted meanwhile is the wrong one.
    surplus: float = 0.0
    #: Not 0: that many first turns at the same moment instead, all of them once more after `think_s`, and so on until
    #: `seconds` are over.
    at_once: int = 0
    #: The processes whose CPU is counted.
    pids: tuple[int, ...] = ()
    model_url: str = ""
    model_pid: int = 0
    #: Whether a turn needs an understanding before it can be spoken.
    listens: bool = True


@dataclass(kw_only=True)
class Result:
    """What was measured. Times are milliseconds, shares are of one core, counts are of the measured window."""

    turns: int = 0
    window_s: float = 0.0
    turns_per_s: float = 0.0
    cpu_ms_per_turn: float = 0.0
    server_cpu: float = 0.0
    first_ms: dict[str, float] = field(default_factory=dict)
    total_ms: dict[str, float] = field(default_factory=dict)
    floor_ms: float = 0.0
    added_ms: dict[str, float] = field(default_factory=dict)
    #: What went wrong, in the whole run. With an error the figures mean nothing.
    errors: dict[str, int] = field(default_factory=dict)
    #: Turns that were not worded by Claude, because it was late for the service.
    by_code: int = 0
    generator_cpu: float = 0.0
    model_cpu: float = 0.0
    #: Of the whole run: what the model sent, how many of its words were heard, and all turns.
    model: dict[str, int] = field(default_factory=dict)
    words_heard: int = 0
    all_turns: int = 0


# One connection


@dataclass(kw_only=True)
class Answer:
    """An answer, and when its first text and its end came."""

    status: int
    body: bytes
    first_at: float | None
    ended_at: float


class Client(asyncio.Protocol):
    """One HTTP/1.1 connection that is kept; one request at a time."""

    def __init__(self, url: str, first: re.Pattern[bytes] = FIRST_TEXT) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._first = first
        self._transport: asyncio.Transport | None = None
        self._waiting: asyncio.Future[Answer] | None = None
        self._reset()

    def _reset(self) -> None:
        self._buffer = bytearray()
        self._body_at = 0
        self._ends_at: int | None = None
        self._first_at: float | None = None

    async def ask(self, request: bytes) -> Answer:
        """Raises `OSError` when the connection is lost, `TimeoutError` when nothing comes."""
        loop = asyncio.get_running_loop()
        if self._transport is None or self._transport.is_closing():
            await loop.create_connection(lambda: self, self._host, self._port)
        assert self._transport is not None
        self._reset()
        self._waiting = loop.create_future()
        self._transport.write(request)
        try:
            async with asyncio.timeout(GIVE_UP_S):
                return await self._waiting
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class

    def connection_lost(self, exc: Exception | None) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_exception(ConnectionError("closed before the end of the answer"))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._first_at is None and self._first.search(self._buffer):
            self._first_at = time.perf_counter()
        if not self._body_at:
            self._read_head()
        if self._body_at and self._is_whole() and self._waiting is not None and not self._waiting.done():
            answer = Answer(
                status=int(self._buffer[9:12]),
                body=bytes(self._buffer[self._body_at :]),
                first_at=self._first_at,
                ended_at=time.perf_counter(),
            )
            self._waiting.set_result(answer)

    def _read_head(self) -> None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        self._body_at = end + 4
        head = bytes(self._buffer[:end]).lower()
        if (length := re.search(rb"\r\ncontent-length: *(\d+)", head)) is not None:
            self._ends_at = self._body_at + int(length[1])

    def _is_whole(self) -> bool:
        """What is sent in chunks is JSON on lines of its own, so these bytes stand nowhere else in it."""
        return (
            len(self._buffer) >= self._ends_at if self._ends_at is not None else self._buffer.endswith(b"\r\n0\r\n\r\n")
        )


def request_bytes(url: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"POST {path} HTTP/1.1", f"host: {urlsplit(url).netloc}", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, f"content-length: {len(body)}", "", ""]).encode() + body


# One call

_BODY_HEAD = (
    b'{"model":"webhook","stream":true,"temperature":0.5,"max_tokens":500,"tools":%b,"messages":[' % orjson.dumps(TOOLS)
)


def _message(role: str, text: str) -> bytes:
    return orjson.dumps({"role": role, "content": text})


class Call:
    """What one caller says, and the history as the platform keeps it."""

    def __init__(self, order: Order, draw: random.Random) -> None:
        self._order = order
        self._draw = draw
        self._headers = {
            "authorization": f"Bearer {order.secret}",
            # Several runs may ask the same service: no id comes twice, whatever the seed of the words.
            "x-conversation-id": f"bench-{secrets.token_hex(8)}",
        }
        self._heard = numbers.OPENING
        self._messages = bytearray(_message("system", "You are a friendly interviewer on the telephone."))
        self._add("assistant", numbers.OPENING)
        for _ in range((order.past - 1) // 2):
            self._add("user", _PAST[0])
            self._add("assistant", _PAST[1])
        self.turns = 0
        self.is_over = False

    def _add(self, role: str, text: str) -> None:
        self._messages += b"," + _message(role, text)

    def next_request(self) -> bytes:
        """The caller speaks."""
        number = self._draw.randrange(1, 1000)
        words = numbers.answer_to(self._heard, number)
        if self._draw.random() < self._order.surplus:
            words = f"{words.rstrip('.')}, {THE_SAME}."
        self._add("user", words)
        body = b"%b%b]}" % (_BODY_HEAD, bytes(self._messages))
        return request_bytes(self._order.url, "/v1/chat/completions", self._headers, body)

    def heard(self, text: str) -> None:
        self._heard = text
        self._add("assistant", text)
        self.turns += 1
        self.is_over = "Goodbye" in text or self.turns >= len(numbers.NAMES)


def spoken(answer: Answer) -> str:
    """The words of an answer. Raises `ValueError` that says what is wrong with it."""
    if answer.status != 200:
        raise ValueError(f"status {answer.status}")
    events = _unchunked(answer.body).split(b"\n\n")
    if events[-2:] != [b"data: [DONE]", b""]:
        raise ValueError("no [DONE]")
    pieces = []
    for event in events[:-2]:
        delta = orjson.loads(event[6:])["choices"][0]["delta"]
        pieces.append(delta.get("content") or "")
    text = "".join(pieces)
    if "?" not in text and "Goodbye" not in text:
        raise ValueError("no question")
    return text


def _unchunked(body: bytes) -> bytes:
    out: list[bytes] = []
    at = 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end], 16)
        if not size:
            return b"".join(out)
        out.append(body[end + 2 : end + 2 + size])
        at = end + 4 + size


# All calls


class Callers:
    """So many calls at a time, until it is time to stop."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._draw = random.Random(1)
        self._ready: deque[Call] = deque()
        self._is_done = False
        self.result = Result()
        self._errors: Counter[str] = Counter()
        #: Of each turn: when it began, its first text and its end, in seconds.
        self._turns: list[tuple[float, float, float]] = []
        self._by_code: list[float] = []
        self._floors: list[float] = []

    async def run(self) -> Result:
        return await (self._burst() if self._order.at_once else self._hold_calls())

    async def _burst(self) -> Result:
        """New calls over new connections, all of them at the same moment."""
        order, begins, cpu_before = self._order, time.perf_counter(), self._cpu()
        while time.perf_counter() < begins + order.seconds:
            clients = [Client(order.url) for _ in range(order.at_once)]
            await asyncio.gather(*(self._turn(client, self._new_call()) for client in clients))
            for client in clients:
                client.close()
            await asyncio.sleep(order.think_s)
        cpu = [b - a for a, b in zip(cpu_before, self._cpu(), strict=True)]
        self._reckon(begins, time.perf_counter(), cpu)
        return self.result

    async def _hold_calls(self) -> Result:
        order, before = self._order, await self._model_stats()
        if order.past:
            await self._make_ready()
        lines = [asyncio.create_task(self._line(i)) for i in range(order.calls)]
        probing = asyncio.create_task(self._probe())
        if not order.past:
            await self._warm_up()
        begins, cpu_before = time.perf_counter(), self._cpu()
        gc.freeze()
        await asyncio.wait(lines, timeout=order.seconds, return_when=asyncio.FIRST_COMPLETED)
        ends, cpu_after = time.perf_counter(), self._cpu()
        self._is_done = True
        await asyncio.gather(*lines)
        await self._end_probe(probing)
        self._reckon(begins, ends, [b - a for a, b in zip(cpu_before, cpu_after, strict=True)])
        after = await self._model_stats()
        self.result.model = {name: value if name in _STATES else value - before[name] for name, value in after.items()}
        return self.result

    def _cpu(self) -> tuple[float, float, float]:
        model = (self._order.model_pid,) if self._order.model_pid else ()
        return cpu_s(self._order.pids), time.process_time(), cpu_s(model)

    async def _warm_up(self) -> None:
        """So long, and until there were as many turns as there are calls, or it is hopeless."""
        began = time.perf_counter()
        await asyncio.sleep(self._order.warm_up_s)
        give_up = began + 3 * self._order.warm_up_s
        while len(self._turns) < self._order.calls and time.perf_counter() < give_up:  # noqa: ASYNC110 - coarse is enough
            await asyncio.sleep(0.05)

    async def _make_ready(self) -> None:
        give_up = time.perf_counter() + self._order.ready_s

        async def some() -> None:
            client = Client(self._order.url)
            while next(left, None) is not None and time.perf_counter() < give_up:
                call = self._new_call()
                if await self._turn(client, call) and not call.is_over:
                    self._ready.append(call)
            client.close()

        left = iter(range(self._order.ready))
        await asyncio.gather(*(some() for _ in range(self._order.calls)))

    def _new_call(self) -> Call:
        return Call(self._order, self._draw)

    def _next_call(self) -> Call | None:
        if not self._order.past:
            return self._new_call()
        return self._ready.popleft() if self._ready else None

    async def _line(self, place: int) -> None:
        order = self._order
        client = Client(order.url)
        await asyncio.sleep((order.think_s + order.jitter_s) * place / order.calls)
        call: Call | None = None
        while not self._is_done:
            call = self._next_call() if call is None or call.is_over else call
            if call is None:
                break
            if not await self._turn(client, call):
                call = None
            if order.think_s:
                await asyncio.sleep(order.think_s + order.jitter_s * self._draw.uniform(-1, 1))
        client.close()

    async def _turn(self, client: Client, call: Call) -> bool:
        request = call.next_request()
        began = time.perf_counter()
        try:
            answer = await client.ask(request)
            text = spoken(answer)
        except (OSError, ValueError) as error:
            self._errors[str(error) or type(error).__name__] += 1
            await asyncio.sleep(0.01)
            return False
        assert answer.first_at is not None  # there were words in it
        call.heard(text)
        self._turns.append((began, answer.first_at, answer.ended_at))
        if _CLAUDE_S in text:
            self.result.words_heard += len(text.split())
        elif not call.is_over:
            self._by_code.append(answer.ended_at)
        return True

    async def _probe(self) -> None:
        """What the model alone takes, again and again."""
        url = self._order.model_url
        if not url:
            return
        speaker, listener = Client(url, _FIRST_DELTA), Client(url, _FIRST_DELTA)
        while True:
            began = time.perf_counter()
            asked = [speaker.ask(_probe_request(url, {}))]
            if self._order.listens:
                asked.append(listener.ask(_probe_request(url, _LISTEN)))
            first, *heard = await asyncio.gather(*asked)
            at = max(first.first_at or 0.0, *(answer.ended_at for answer in heard), 0.0)
            self._floors.append(at - began)
            await asyncio.sleep(PROBE_PAUSE_S)

    async def _end_probe(self, probing: asyncio.Task[None]) -> None:
        """Without a floor nothing can be said of what is added."""
        probing.cancel()
        try:
            await probing
        except asyncio.CancelledError:
            pass
        except OSError as error:
            self._errors[f"probe: {type(error).__name__}"] += 1

    async def _model_stats(self) -> dict[str, int]:
        if not self._order.model_url:
            return {}
        client = Client(self._order.model_url, _FIRST_DELTA)
        answer = await client.ask(b"GET /stats HTTP/1.1\r\nhost: model\r\n\r\n")
        client.close()
        stats: dict[str, int] = orjson.loads(answer.body)
        return stats

    def _reckon(self, begins: float, ends: float, cpu: list[float]) -> None:
        result, window_s = self.result, ends - begins
        done = [turn for turn in self._turns if begins <= turn[2] <= ends]
        timed = [turn for turn in done if turn[0] >= begins]
        result.turns, result.window_s, result.all_turns = len(done), window_s, len(self._turns)
        result.turns_per_s = len(done) / window_s
        result.cpu_ms_per_turn = cpu[0] / len(done) * 1000 if done else 0.0
        result.server_cpu, result.generator_cpu, result.model_cpu = (used / window_s for used in cpu)
        result.floor_ms = percentile(self._floors, 0.5) * 1000 if self._floors else 0.0
        result.first_ms = _percentiles([first - began for began, first, _ in timed])
        result.total_ms = _percentiles([ended - began for began, _, ended in timed])
        result.added_ms = {name: value - result.floor_ms for name, value in result.first_ms.items()}
        result.errors = dict(self._errors)
        result.by_code = sum(begins <= at <= ends for at in self._by_code)


_STATES = frozenset({"open", "most_open"})
"""What in the model's statistics does not count up."""
_LISTEN = {"output_config": {"format": {"type": "json_schema", "schema": {"properties": {"facts": {}}}}}}


def _probe_request(url: str, fields: dict[str, Any]) -> bytes:
    said = "<caller>My alpha number is 500.</caller>"
    body = {"model": "probe", "max_tokens": 9, "messages": [{"role": "user", "content": said}], **fields}
    if not fields:
        body["stream"] = True
    return request_bytes(url, "/v1/messages", {"x-probe": "1"}, orjson.dumps(body))


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(int(len(values) * share), len(values) - 1)]


def _percentiles(seconds: list[float]) -> dict[str, float]:
    """Of nothing there are none."""
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    return {name: percentile(seconds, share) * 1000 for name, share in shares.items()} if seconds else {}


def main() -> None:
    order = Order(**orjson.loads(sys.argv[1]))
    result = uvloop.run(Callers(order).run())
    print(orjson.dumps(asdict(result)).decode())  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
