"""Generations: replies being made. Each belongs to its session, not to the request that asked for it.

A response only reads the chunk log, so a hang-up, a re-send or a second reader never restarts a reply.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from webhook.interview.cost import NOTHING
from webhook.store.recent import Recent

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine

    from webhook.interview.cost import Usage

T = TypeVar("T")
_BILLED_S = 2.0
"""Twice as long as a stream is read on after its last words to learn what it cost."""
_MOST_BILLED = 2_000
_KEPT_S = 900.0


class Generation:
    """One reply in the making: pieces are added by its task and read by any number of followers."""

    def __init__(self, session_id: str, number: int, *, resend_s: float = 0.0, is_ours: bool = False) -> None:
        """`resend_s`: how long nobody may listen before it is abandoned; see `when_abandoned`.

        `is_ours`: it is made in this process, not read along from another one.
        """
        self.session_id = session_id
        self.number = number
        self.is_ours = is_ours
        self.pieces: list[str] = []
        #: When the first of them came, in monotonic seconds.
        self.first_at: float | None = None
        #: The ending, once it is decided that this reply ends the call.
        self.ending: str | None = None
        self.is_done = False
        #: Answers the fuller words of the same caller; who has heard nothing yet from here reads on there.
        self.successor: Generation | None = None
        self._bridge = ""
        self._readers = 0
        self._resend_s = resend_s
        self._stop: Callable[[], None] | None = None
        self._abandoning: asyncio.TimerHandle | None = None
        self._grown = asyncio.Event()
        self._closed = asyncio.Event()
        #: Set when the task has ended, its book-keeping included.
        self.settled = asyncio.Event()
        self._usage = NOTHING
        self._billed = asyncio.Event()

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def add(self, piece: str) -> None:
        if not piece:
            return
        if self.first_at is None:
            self.first_at = time.monotonic()
        self.pieces.append(piece)
        self._wake()

    def bridge(self, words: str) -> None:
        """Say the bridge phrase, unless there are other words by now."""
        if not self.pieces and not self.is_done:
            self._bridge = words
            self.add(words)

    @property
    def has_words(self) -> bool:
        """Whether there is more than the bridge phrase."""
        return self.text != self._bridge

    def add_read(self, piece: str) -> None:
        """Add what was read of a reply that is made elsewhere; its bridge phrase is not said twice."""
        self.add(piece if self.has_words else piece.removeprefix(self._bridge))

    def when_abandoned(self, stop: Callable[[], None]) -> None:
        """Call this once nobody has listened for as long as a request takes to be sent again."""
        self._stop = stop
        self._look_for_readers()

    def _look_for_readers(self) -> None:
        if self._abandoning is not None:
            self._abandoning.cancel()
            self._abandoning = None
        if self._stop is not None and not self._readers and not self.is_done:
            self._abandoning = asyncio.get_running_loop().call_later(self._resend_s, self._stop)

    def close(self) -> None:
        self.is_done = True
        self._look_for_readers()
        self._closed.set()
        self._wake()

    def bill(self, usage: Usage) -> None:
        """What the calls for it were billed is known now."""
        self._usage = usage
        self._billed.set()

    async def usage(self) -> Usage:
        """The tokens billed for it, once they are known; those known by then where that takes too long."""
        if not self.pieces and self.successor is not None:
            return await self.successor.usage()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._billed.wait(), _BILLED_S)
        return self._usage

    async def rest(self, seconds: float) -> bool:
        """Wait for the end, at most so long; whether it has come."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._closed.wait(), seconds)
        return self.is_done

    def _wake(self) -> None:
        grown, self._grown = self._grown, asyncio.Event()
        grown.set()

    async def batches(self) -> AsyncGenerator[tuple[str, ...]]:
        """Every piece from the first on, as they come: those together that are there at the same moment."""
        sent = 0
        self._readers += 1
        self._look_for_readers()
        try:
            while True:
                if ready := tuple(self.pieces[sent:]):
                    sent += len(ready)
                    yield ready
                elif self.is_done:
                    break
                else:
                    await self._grown.wait()
        finally:
            self._readers -= 1
            self._look_for_readers()
        if sent == 0 and self.successor is not None:
            async for ready in self.successor.batches():
                yield ready


class Generations:
    """Those running in this process. Keeps the tasks alive and waits for them at shutdown."""

    def __init__(self) -> None:
        self._running: dict[tuple[str, int], tuple[Generation, asyncio.Task[None]]] = {}
        #: What replies were billed that are complete, for requests that are sent again; by session and number.
        self.billed: Recent[Usage] = Recent(most=_MOST_BILLED, keep_s=_KEPT_S)
        self._tasks: set[asyncio.Task[Any]] = set()

    def find(self, session_id: str, number: int) -> Generation | None:
        found = self._running.get((session_id, number))
        return found[0] if found else None

    def ours(self, session_id: str, number: int) -> bool:
        """Whether the reply is being made in this process."""
        found = self.find(session_id, number)
        return found is not None and found.is_ours

    def start(self, generation: Generation, work: Coroutine[None, None, None]) -> None:
        """Run the work detached from whoever asked for it."""
        key = (generation.session_id, generation.number)

        def forget(_: asyncio.Task[None]) -> None:
            generation.close()
            generation.settled.set()
            self._running.pop(key, None)

        task = self.spawn(work)
        self._running[key] = (generation, task)
        task.add_done_callback(forget)

    def supersede(self, newer: Generation) -> None:
        """Stop older replies of the same session: newer words are being answered, and what was decided is saved.

        Whoever reads along and makes the reply itself in the end goes on: it is the reader of the new one.
        """
        ours = asyncio.current_task()
        for (session_id, number), (older, task) in list(self._running.items()):
            if session_id == newer.session_id and number < newer.number and task is not ours:
                older.successor = newer
                task.cancel()

    async def stop(self, session_id: str, *, words: str) -> None:
        """End every reply of a session that is about to be deleted, or goes on elsewhere.

        Whoever has heard nothing yet hears the words.
        """
        stopped = [(reply, task) for (each, _), (reply, task) in self._running.items() if each == session_id]
        for reply, task in stopped:
            task.cancel()
            if not reply.pieces:
                reply.add(words)
        if stopped:
            await asyncio.wait([task for _, task in stopped])

    def spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Run anything that must outlive its request."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is running and for what that begins, then cancel what still runs."""
        now = asyncio.get_running_loop().time
        until = now() + timeout_s
        while self._tasks and now() < until:
            await asyncio.wait(set(self._tasks), timeout=until - now())
        for task in set(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
