"""Two models, one first word: start the first, start the second when the first is slow or fails, take who speaks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from webhook.errors import ModelError, ModelOverloaded, ModelTimeout
from webhook.interview.cost import Bill, Note, unnoted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from webhook.breaker import Breaker, HedgeBudget
    from webhook.claude import Completion, Done
    from webhook.interview.prompt import ModelRequest


class Model(Protocol):
    """What is needed of `claude.Claude`."""

    async def complete(
        self, request: ModelRequest, *, model: str, timeout_s: float, note: Note = unnoted
    ) -> Completion: ...

    def stream(
        self, request: ModelRequest, *, model: str, note: Note = unnoted
    ) -> AsyncGenerator[str | Done, None]: ...


class Race:
    """The start of one speak call."""

    def __init__(
        self,
        model: Model,
        request: ModelRequest,
        names: list[str],
        breaker: Breaker,
        budget: HedgeBudget,
        clock: Callable[[], float],
        note: Note = unnoted,
    ) -> None:
        """`note` is told of the losers as wasted, and of the winner when its stream ends."""
        self._model = model
        self._request = request
        self._waiting = list(names)
        self._breaker = breaker
        self._budget = budget
        self._clock = clock
        self._note = note
        self._running: dict[asyncio.Task[str | Done | None], tuple[str, AsyncGenerator[str | Done], Bill]] = {}
        self._failed: ModelError = ModelOverloaded("every speaking model is left alone after failures")

    async def first(
        self, *, hedge_s: float, first_s: float
    ) -> tuple[str | Done | None, str, AsyncGenerator[str | Done]]:
        """The first item, the model it came from and the rest of its stream. Raises `ModelError`."""
        started = self._clock()
        if self._waiting:
            self._budget.called(started)
            self._start()
        try:
            while self._running:
                await self._wait(started, hedge_s, first_s)
                if (found := self._finished()) is not None:
                    return found
            raise self._failed
        finally:
            await self._stop_losers()

    async def _wait(self, started: float, hedge_s: float, first_s: float) -> None:
        """Until something happens; a slow first model gets company, a late one is given up."""
        passed = self._clock() - started
        if passed >= first_s:
            for name, _, _ in self._running.values():
                self._breaker.failed(name, ModelTimeout(), self._clock())
            raise ModelTimeout
        wants_company = bool(self._waiting) and len(self._running) == 1 and passed < hedge_s
        done, _ = await asyncio.wait(
            self._running,
            timeout=(min(hedge_s, first_s) if wants_company else first_s) - passed,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if not done and wants_company:
            self._start_another()

    def _finished(self) -> tuple[str | Done | None, str, AsyncGenerator[str | Done]] | None:
        for task in [t for t in self._running if t.done()]:
            name, stream, bill = self._running.pop(task)
            error = task.exception()
            bill.close(wasted=error is not None)
            if error is None:
                return task.result(), name, stream
            if not isinstance(error, ModelError):
                raise error
            self._breaker.failed(name, error, self._clock())
            self._failed = error
            self._start_another()
        return None

    def _start_another(self) -> None:
        if self._waiting and self._budget.take(self._clock()):
            self._start()

    def _start(self) -> None:
        name = self._waiting.pop(0)
        bill = Bill(self._note)
        stream = self._model.stream(self._request, model=name, note=bill.note)
        self._running[asyncio.create_task(_next(stream))] = (name, stream, bill)

    async def _stop_losers(self) -> None:
        for task, (_, stream, bill) in self._running.items():
            bill.close(wasted=True)
            task.cancel()
            await asyncio.wait({task})  # never raises the loser's error, and lets our own cancellation through
            await stream.aclose()
        self._running.clear()


async def _next(stream: AsyncGenerator[str | Done]) -> str | Done | None:
    return await anext(stream, None)
