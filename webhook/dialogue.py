"""Talking to Claude under a deadline: listen and speak, and what happens when it is late.

Timers count *text*, not bytes: keep-alive pings of a stalled model must not fool them.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from webhook.breaker import Breaker, HedgeBudget
from webhook.claude import Done
from webhook.cooldowns import Cooldowns
from webhook.errors import ModelError, ModelOverloaded, ModelRefused, ModelTimeout
from webhook.interview.cost import Bill, Note, unnoted
from webhook.interview.listening import parse_understanding
from webhook.interview.speech import Runs, SpeechFilter, has_words, runs_of
from webhook.race import Model, Race

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from webhook.interview.flow import Flow
    from webhook.interview.prompt import ModelRequest
    from webhook.interview.understanding import Understanding
    from webhook.store.base import Store


_READ_OUT_S = 1.0
_CUT_SHORT = ("max_tokens", "model_context_window_exceeded")


@dataclass(frozen=True, kw_only=True)
class Deadlines:
    """Seconds, each from the start of what it names; the platform gives up after four to fifteen.

    The environment sets all but the three that no caller waits for (`settings.Settings.turn_...`).
    """

    #: Listen answers, or code reads by itself.
    listen_s: float = 1.6
    #: How long a late listen may still go on; its facts are applied before the next turn.
    listen_late_s: float = 8.0
    #: A turn that comes to its draft later than this after its request is one of a backlog, and does without: to
    #: foresee its move is a tenth of what a turn costs, and the others wait for it.
    draft_s: float = 0.15
    #: A bridge phrase is said when there are no words yet, counted from the start of the turn.
    bridge_s: float = 1.8
    #: Claude's first words, counted from the moment speak is asked; then the fallback line.
    first_text_s: float = 1.8
    #: When the fallback model is asked as well, if the budget allows.
    hedge_s: float = 1.0
    #: The longest silence inside a reply.
    gap_s: float = 2.0
    #: The whole speak call.
    speak_s: float = 7.0
    #: The hard end of a whole turn.
    end_s: float = 12.0
    #: How long a reply may go without a sign of life before another worker makes it.
    lease_s: float = 2.0
    #: How long Claude speaks on when nobody listens any more; a request that is sent again comes within that.
    resend_s: float = 3.0
    report_s: float = 90.0


@dataclass(frozen=True, kw_only=True)
class Models:
    """Which model does what."""

    speak: str
    listen: str
    report: str
    #: Asked when the first one fails, is left alone after failures, or is slow to begin.
    fallback: str | None = None


@dataclass
class Spoken:
    """How a speak call went; filled in while it runs."""

    text: str = ""
    failed: ModelError | None = None
    #: The model's turn ended by itself, or with its first question.
    complete: bool = False
    done: Done | None = field(default=None)

    @property
    def cut(self) -> str:
        """Why these words are not all that Claude would have said, or no words at all; "" when they are."""
        if self.failed is not None:
            return self.failed.code
        if not self.complete:
            return "truncated"
        return "" if has_words(self.text) else "empty"


class Dialogue:
    """Claude as a listener, a speaker and a writer of reports."""

    def __init__(
        self, model: Model, models: Models, deadlines: Deadlines, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._model = model
        self._clock = clock
        self.models = models
        self.deadlines = deadlines
        self.breaker = Breaker()
        self._budget = HedgeBudget()
        self._leaving: set[asyncio.Task[None]] = set()

    async def listen(
        self,
        request: ModelRequest,
        flow: Flow,
        *,
        late: Callable[[asyncio.Task[Understanding]], None],
        note: Note = unnoted,
    ) -> Understanding:
        """What Claude understood. Raises `ModelError`; after a `ModelTimeout` the call may go on, in `late`'s hands.

        `note` is told of every call, of those that brought no understanding as wasted.
        """
        task = asyncio.create_task(self._understand(request, flow, note))
        try:
            done, _ = await asyncio.wait({task}, timeout=self.deadlines.listen_s)
        except asyncio.CancelledError:
            task.cancel()  # newer words are being answered; nobody wants to know what these meant
            raise
        if not done:
            late(task)
            raise ModelTimeout
        return task.result()

    async def listen_again(self, request: ModelRequest, flow: Flow, *, note: Note = unnoted) -> Understanding:
        """The same for a call that is over: nobody waits for it. Raises `ModelError`."""
        return await self._understand(request, flow, note, timeout_s=self.deadlines.report_s)

    async def _understand(
        self, request: ModelRequest, flow: Flow, note: Note, *, timeout_s: float | None = None
    ) -> Understanding:
        failed: ModelError = ModelOverloaded("every listening model is left alone after failures")
        for again, model in enumerate(self._allowed(self.models.listen)):
            if not self._affords(again=again > 0):
                break
            bill, understood = Bill(note), None
            try:
                answer = await self._model.complete(
                    request, model=model, timeout_s=timeout_s or self.deadlines.listen_late_s, note=bill.note
                )
                understood = _understood(flow, answer.text)
            except ModelError as error:
                self.breaker.failed(model, error, self._clock())
                failed = error
            else:
                self.breaker.succeeded(model)
                return understood
            finally:
                bill.close(wasted=understood is None)
        raise failed

    def _affords(self, *, again: bool) -> bool:
        """Count a call; the same words are put to a second model only within the budget."""
        if again:
            return self._budget.take(self._clock())
        self._budget.called(self._clock())
        return True

    def _allowed(self, first: str) -> list[str]:
        """The models that may be asked now, best first."""
        names = dict.fromkeys(m for m in (first, self.models.fallback) if m is not None)
        return [m for m in names if self.breaker.allows(m, self._clock())]

    async def speak(self, request: ModelRequest, spoken: Spoken, *, note: Note = unnoted) -> AsyncGenerator[str]:
        """Pieces of speech as they come. Never raises a `ModelError`: how it ended stands in `spoken`.

        `note` is told of every call, of those that lost a race or failed before the first word as wasted. A stream
        that is left with its question is read out first (`left`).
        """
        filtered = SpeechFilter(secret=_secrets(tuple(block.text for block in request.system)))
        try:
            async with asyncio.timeout(self.deadlines.speak_s):
                async for piece in self._pieces(request, filtered, spoken, note):
                    spoken.text += piece
                    yield piece
        except TimeoutError:
            spoken.failed = ModelTimeout()
        except ModelError as error:
            spoken.failed = error
        if filtered.blocked:
            spoken.failed = ModelRefused("the reply quoted its instructions")
        if spoken.failed is None:
            spoken.complete = spoken.done is None or spoken.done.stop_reason not in _CUT_SHORT
            if piece := filtered.flush() if spoken.complete else "":
                spoken.text += piece
                yield piece

    async def _pieces(
        self, request: ModelRequest, filtered: SpeechFilter, spoken: Spoken, note: Note
    ) -> AsyncGenerator[str]:
        names = self._allowed(self.models.speak)
        race = Race(self._model, request, names, self.breaker, self._budget, self._clock, note)
        item, model, stream = await race.first(hedge_s=self.deadlines.hedge_s, first_s=self.deadlines.first_text_s)
        is_wanted = False
        try:
            while item is not None:
                if isinstance(item, Done):
                    spoken.done = item
                elif piece := filtered.feed(item):
                    yield piece
                if filtered.done:
                    break
                async with asyncio.timeout(self.deadlines.gap_s):
                    item = await anext(stream, None)
            is_wanted = True
        except TimeoutError:
            self.breaker.failed(model, ModelTimeout(), self._clock())
            raise
        except ModelError as error:
            self.breaker.failed(model, error, self._clock())
            raise
        else:
            self.breaker.succeeded(model)
        finally:
            self._leave(stream, read_s=_READ_OUT_S if is_wanted else 0.0)

    def _leave(self, stream: AsyncGenerator[str | Done], *, read_s: float) -> None:
        """Read on behind the caller's back for a moment: a stream that is read to its end keeps its connection.

        Words that nobody wants any more are paid for as long as Claude speaks: there it is hung up on at once.
        """
        task = asyncio.create_task(_read_out(stream, read_s))
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)

    async def left(self) -> None:
        """Until the streams that were left by now have ended, about a second at most."""
        if self._leaving:
            await asyncio.wait(set(self._leaving))

    def cooldowns(self, store: Store) -> Cooldowns:
        """What keeps this worker's breaker and those of the others the same."""
        models = dict.fromkeys(m for m in (self.models.speak, self.models.listen, self.models.fallback) if m)
        return Cooldowns(breaker=self.breaker, models=tuple(models), store=store, clock=self._clock)

    def left_alone(self) -> dict[str, str]:
        """Models that are not asked for now after failures, with the error code."""
        return self.breaker.closed(self._clock())

    async def write(self, request: ModelRequest, *, note: Note = unnoted) -> str:
        """The written fields of a report, as JSON text. Raises `ModelError`."""
        answer = await self._model.complete(
            request, model=self.models.report, timeout_s=self.deadlines.report_s, note=note
        )
        return answer.text


def _understood(flow: Flow, text: str) -> Understanding:
    understood = parse_understanding(flow, text)
    if understood is None:
        raise ModelError("listen answered with something that is no understanding")
    return understood


@lru_cache(maxsize=64)
def _secrets(system: tuple[str, ...]) -> Runs:
    """The constant instructions, as what must never be spoken; the same for a whole call and most calls."""
    return runs_of(system)


async def _read_out(stream: AsyncGenerator[str | Done], read_s: float) -> None:
    async with aclosing(stream):
        with suppress(TimeoutError, ModelError):
            async with asyncio.timeout(read_s):
                async for _ in stream:
                    pass
