"""A voice platform at its worst, over real HTTP: ElevenLabs' ways with a custom LLM, and the truth of every call.

It re-sends, guesses ahead, talks over itself, hangs up, cuts what was heard and forgets nothing: `Call.truth` is what
its caller finally said, in order.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from tests.live_server import CHAT, TURNS

TRIES = 3
"""How often the platform asks before the call is lost."""
TOOLS = [
    {
        "type": "function",
        "function": {"name": name, "parameters": {"type": "object", "properties": {"reason": {"type": "string"}}}},
    }
    for name in ("end_call", "skip_turn")
]


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How often, of a thousand turns, the platform does what."""

    speculate: int = 150
    duplicate: int = 100
    barge_in: int = 150
    cut: int = 100
    late_copy: int = 80
    late_prefix: int = 60
    silence: int = 60


POLITE = Manners(speculate=0, duplicate=0, barge_in=0, cut=0, late_copy=0, late_prefix=0, silence=0)


@dataclass(kw_only=True)
class Heard:
    """One answer as it came over the wire."""

    text: str = ""
    tool: dict[str, Any] | None = None
    done: bool = False
    #: Seconds from the request to the first text that can be spoken, and the longest silence after it.
    first_s: float | None = None
    gap_s: float = 0.0

    @property
    def is_answer(self) -> bool:
        return self.done and (any(c.isalnum() for c in self.text) or self.tool is not None)


@dataclass(kw_only=True)
class Tally:
    """What happened in all calls together; times are seconds."""

    turns: int = 0
    dropped: int = 0
    first_s: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    did: Counter[str] = field(default_factory=Counter)

    def percentile(self, share: float) -> float:
        times = sorted(self.first_s)
        return times[min(int(len(times) * share), len(times) - 1)] if times else 0.0


class Call:
    """One call. `urls` are the workers; each request goes to one of them."""

    def __init__(
        self,
        http: httpx2.AsyncClient,
        urls: Sequence[str],
        conversation_id: str | None,
        answer: Callable[[str, int], str],
        tally: Tally,
        *,
        opening: str,
        seed: int,
        manners: Manners = POLITE,
        cascade_s: float = 4.0,
        tries: int = TRIES,
    ) -> None:
        self._http = http
        self._urls = urls
        self._answer = answer
        self._tally = tally
        self._manners = manners
        self._cascade_s = cascade_s
        self._tries = tries
        self._draw = random.Random(seed)
        self._left_open: set[asyncio.Task[Heard]] = set()
        self.conversation_id = conversation_id
        self.messages: list[dict[str, Any]] = [{"role": "assistant", "content": opening}]
        self.truth: list[str] = []
        self.is_over = False
        self.is_dropped = False
        self.silent_for = 0

    # A turn

    async def turn(self) -> None:
        """The caller says the next thing, and hears an answer or drops out."""
        words = self._answer(self._last_heard(), self._draw.randrange(1000, 9999))
        history = [*self.messages, {"role": "user", "content": words}]
        await self._guess_ahead(words)
        self._tally.turns += 1
        heard = await self._ask_until_answered(history)
        if heard is None:
            self._tally.dropped += 1
            self.is_dropped = self.is_over = True
            return
        self.truth.append(words)
        self.messages = [*history, *self._shown(heard)]
        if heard.tool is not None and heard.tool["name"] == "end_call":
            self.is_over = True
        await self._afterwards(words)

    async def finish(self) -> None:
        """Wait for what was left open."""
        for task in self._left_open:
            task.cancel()
        await asyncio.gather(*self._left_open, return_exceptions=True)

    def _does(self, what: str) -> bool:
        is_so: bool = self._draw.randrange(1000) < getattr(self._manners, what)
        self._tally.did[what] += is_so
        return is_so

    async def _guess_ahead(self, words: str) -> None:
        """Requests for the first part of what is being said; closed, or left open."""
        if not self._does("speculate"):
            return
        for _ in range(self._draw.randint(1, 2)):
            guess = words[: self._draw.randrange(4, len(words))]
            task = asyncio.create_task(self._quietly([*self.messages, {"role": "user", "content": guess}]))
            await asyncio.sleep(self._draw.random() * 0.08)
            if self._draw.random() < 0.5:
                task.cancel()
            self._left_open.add(task)

    async def _ask_until_answered(self, history: list[dict[str, Any]]) -> Heard | None:
        stop_after = self._draw.randint(1, 4) if self._does("barge_in") else None
        if self._does("duplicate"):
            self._left_open.add(asyncio.create_task(self._quietly(history)))
        started = time.monotonic()
        for attempt in range(self._tries):
            why = "nothing said"
            try:
                heard = await self._request(history, stop_after=stop_after)
            except (httpx2.HTTPError, TimeoutError) as error:
                why = type(error).__name__
            else:
                if heard.is_answer or stop_after is not None:
                    if heard.first_s is not None and attempt == 0:
                        self._tally.first_s.append(heard.first_s)
                    elif heard.first_s is not None:
                        self._tally.did["answered late"] += 1
                        self._tally.first_s.append(time.monotonic() - started)
                    self._tally.gaps_s.append(heard.gap_s)
                    return heard
            self._tally.did["resend"] += 1
            self._tally.did[f"resend, {why}"] += 1
        return None

    def _shown(self, heard: Heard) -> list[dict[str, Any]]:
        """How the platform tells later what was heard: all of it, the first words of it, or nothing."""
        text = heard.text.strip()
        words = text.split()
        if not heard.done or (heard.tool is None and self._does("cut")):
            text = " ".join(words[: self._draw.randint(0, len(words))])
        return [{"role": "assistant", "content": text}] if text else []

    async def _afterwards(self, words: str) -> None:
        if len(self.truth) > 1 and self._does("late_copy"):
            users = [i for i, m in enumerate(self.messages) if m["role"] == "user"]
            await self._quietly(self.messages[: self._draw.choice(users[:-1]) + 1])
        if self._does("late_prefix"):
            place = max(i for i, m in enumerate(self.messages) if m["role"] == "user")
            guess = {"role": "user", "content": words[: len(words) // 2]}
            await self._quietly([*self.messages[:place], guess])
        if not self.is_over and self._does("silence"):
            await self._be_silent()

    async def _be_silent(self) -> None:
        """The platform asks us to go on although nothing was said; after a tool call it asks once more."""
        if self._draw.random() < 0.5:
            self.messages.append({"role": "user", "content": "..."})
        with suppress(httpx2.HTTPError, TimeoutError):
            heard = await self._request(self.messages)
            if heard.tool is not None:
                called = {"id": "call_1", "type": "function", "function": {**heard.tool}}
                self.messages.append({"role": "assistant", "content": heard.text or None, "tool_calls": [called]})
                self.messages.append({"role": "tool", "tool_call_id": "call_1", "content": "ok"})
                self._tally.did["tool follow-up"] += 1
                self._tally.did["tool follow-up with words or a call"] += (await self._request(self.messages)).is_answer
            elif heard.text.strip():
                self.messages.append({"role": "assistant", "content": heard.text.strip()})

    def _last_heard(self) -> str:
        for message in reversed(self.messages):
            if message["role"] == "assistant" and message["content"]:
                return str(message["content"])
            if message["role"] == "user" and message["content"] != "...":
                return ""
        return ""

    # The wire

    async def _quietly(self, history: Sequence[dict[str, Any]]) -> Heard:
        """A request whose answer nobody waits for."""
        try:
            return await self._request(history)
        except (httpx2.HTTPError, TimeoutError):
            return Heard()

    async def _request(self, history: Sequence[dict[str, Any]], *, stop_after: int | None = None) -> Heard:
        """One request to any worker. Raises `TimeoutError` when no text came in time, or none for so long."""
        body = {"model": "webhook", "messages": list(history), "stream": True, "tools": TOOLS}
        named = {"X-Conversation-Id": self.conversation_id} if self.conversation_id else {}
        heard, started, pieces = Heard(), time.monotonic(), 0
        last = started
        url = self._draw.choice(self._urls) + CHAT
        async with asyncio.timeout(self._cascade_s) as patience:
            loop = asyncio.get_running_loop()
            async with self._http.stream("POST", url, json=body, headers={**TURNS, **named}, timeout=60.0) as answer:
                if answer.status_code != 200:
                    raise httpx2.HTTPError(f"status {answer.status_code}")
                async for line in answer.aiter_lines():
                    if not _take(heard, line):
                        continue
                    now = time.monotonic()
                    if heard.first_s is None:
                        heard.first_s = now - started
                    else:
                        heard.gap_s = max(heard.gap_s, now - last)
                    last, pieces = now, pieces + 1
                    patience.reschedule(loop.time() + self._cascade_s)
                    if pieces == stop_after:
                        return heard
        return heard


def _take(heard: Heard, line: str) -> bool:
    """Read one line of the stream; whether it brought something to speak or to do."""
    if line == "data: [DONE]":
        heard.done = True
    if not line.startswith("data: {"):
        return False
    delta = orjson.loads(line[6:])["choices"][0]["delta"]
    for call in delta.get("tool_calls", ()):
        heard.tool = call["function"]
    heard.text += delta.get("content") or ""
    return bool((delta.get("content") or "").strip() or delta.get("tool_calls"))
