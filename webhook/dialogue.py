"""Talking to Claude under a deadline: listen and speak, and what happens when it is late.

Timers count *text*, not bytes: keep-alive pings of a stalled model must not fool them.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from webhook.claude import Completion, Done
from webhook.errors import ModelError, ModelTimeout
from webhook.interview.listening import parse_understanding
from webhook.interview.speech import SpeechFilter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from webhook.interview.flow import Flow
    from webhook.interview.prompt import ModelRequest
    from webhook.interview.understanding import Understanding


_READ_OUT_S = 1.0


class Model(Protocol):
    """What is needed of `claude.Claude`."""

    async def complete(self, request: ModelRequest, *, model: str, timeout_s: float) -> Completion: ...

    def stream(self, request: ModelRequest, *, model: str) -> AsyncGenerator[str | Done, None]: ...


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """Seconds, each from the start of what it names; the platform gives up after four to fifteen."""

    #: Listen answers, or code reads by itself.
    listen_s: float = 1.6
    #: How long a late listen may still go on; its facts are applied before the next turn.
    listen_late_s: float = 8.0
    #: Claude's first words, counted from the moment speak is asked; then the fallback line.
    first_text_s: float = 1.8
    #: The longest silence inside a reply.
    gap_s: float = 2.0
    #: The whole speak call.
    speak_s: float = 7.0
    report_s: float = 90.0


@dataclass(frozen=True, kw_only=True)
class Models:
    """Which model does what."""

    speak: str
    listen: str
    report: str


@dataclass
class Spoken:
    """How a speak call went; filled in while it runs."""

    text: str = ""
    failed: ModelError | None = None
    #: The model's turn ended by itself, or with its first question.
    complete: bool = False
    done: Done | None = field(default=None)


class Dialogue:
    """Claude as a listener, a speaker and a writer of reports."""

    def __init__(self, model: Model, models: Models, deadlines: Deadlines) -> None:
        self._model = model
        self.models = models
        self.deadlines = deadlines
        self._leaving: set[asyncio.Task[None]] = set()

    async def listen(
        self, request: ModelRequest, flow: Flow, *, late: Callable[[asyncio.Task[Understanding]], None]
    ) -> Understanding:
        """What Claude understood. Raises `ModelError`; after a `ModelTimeout` the call may go on, in `late`'s hands."""
        task = asyncio.create_task(self._understand(request, flow))
        done, _ = await asyncio.wait({task}, timeout=self.deadlines.listen_s)
        if not done:
            late(task)
            raise ModelTimeout
        return task.result()

    async def _understand(self, request: ModelRequest, flow: Flow) -> Understanding:
        timeout_s = self.deadlines.listen_late_s
        answer = await self._model.complete(request, model=self.models.listen, timeout_s=timeout_s)
        understood = parse_understanding(flow, answer.text)
        if understood is None:
            raise ModelError("listen answered with something that is no understanding")
        return understood

    async def speak(self, request: ModelRequest, spoken: Spoken) -> AsyncGenerator[str]:
        """Pieces of speech as they come. Never raises a `ModelError`: how it ended stands in `spoken`."""
        filtered = SpeechFilter()
        stream = self._model.stream(request, model=self.models.speak)
        try:
            async with asyncio.timeout(self.deadlines.speak_s):
                async for piece in self._pieces(stream, filtered, spoken):
                    spoken.text += piece
                    yield piece
        except TimeoutError:
            spoken.failed = ModelTimeout()
        except ModelError as error:
            spoken.failed = error
        finally:
            self._leave(stream)
        if spoken.failed is None:
            spoken.complete = spoken.done is None or spoken.done.stop_reason != "max_tokens"
            if piece := filtered.flush() if spoken.complete else "":
                spoken.text += piece
                yield piece

    async def _pieces(
        self, stream: AsyncGenerator[str | Done], filtered: SpeechFilter, spoken: Spoken
    ) -> AsyncGenerator[str]:
        wait_s = self.deadlines.first_text_s
        while not filtered.done:
            try:
                async with asyncio.timeout(wait_s):
                    item = await anext(stream, None)
            except TimeoutError:
                raise ModelTimeout from None
            if item is None:
                return
            if isinstance(item, Done):
                spoken.done = item
                continue
            wait_s = self.deadlines.gap_s
            if piece := filtered.feed(item):
                yield piece

    def _leave(self, stream: AsyncGenerator[str | Done]) -> None:
        """Read on behind the caller's back for a moment: a stream that is read to its end keeps its connection."""
        task = asyncio.create_task(_read_out(stream))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def write(self, request: ModelRequest) -> str:
        """The written fields of a report, as JSON text. Raises `ModelError`."""
        answer = await self._model.complete(request, model=self.models.report, timeout_s=self.deadlines.report_s)
        return answer.text


async def _read_out(stream: AsyncGenerator[str | Done]) -> None:
    async with aclosing(stream):
        with suppress(TimeoutError, ModelError):
            async with asyncio.timeout(_READ_OUT_S):
                async for _ in stream:
                    pass
