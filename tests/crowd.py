"""Many calls at once through the platform at its worst, and whether what they left behind is the truth."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx2

from tests import numbers
from tests.platform import POLITE, TRIES, Call, Manners, Tally
from webhook.interview.session import Session, from_dict
from webhook.store.base import Store

#: A platform that does everything it was ever seen to do.
AT_ITS_WORST = Manners()


@dataclass(kw_only=True)
class Crowd:
    """`urls` are the workers that take requests now, as a load balancer knows them; the list may change at any time."""

    http: httpx2.AsyncClient
    urls: Sequence[str]
    seed: int = 0
    manners: Manners = AT_ITS_WORST
    cascade_s: float = 4.0
    tries: int = TRIES
    #: The longest pause before the caller speaks, in seconds.
    pause_s: float = 0.0
    #: Whether the platform says which call a request belongs to.
    is_named: bool = True
    tally: Tally = field(default_factory=Tally)
    calls: list[Call] = field(default_factory=list)
    _numbers: count[int] = field(default_factory=count)
    _draw: random.Random = field(default_factory=lambda: random.Random(0))

    async def run(self, at_once: int, *, until: Callable[[], bool]) -> None:
        """Keep so many calls going; once it is time, each of them ends after its present turn."""
        await asyncio.gather(*(self._line(until) for _ in range(at_once)))
        await asyncio.gather(*(call.finish() for call in self.calls))

    async def _line(self, until: Callable[[], bool]) -> None:
        while not until():
            call = self.new_call()
            while not call.is_over and not until():
                await self._pause()
                if not until():
                    await call.turn()

    async def hold(self, calls: int) -> None:
        """So many calls at once, each to its end."""
        await asyncio.gather(*(self._hold_one() for _ in range(calls)))
        await asyncio.gather(*(call.finish() for call in self.calls))

    async def _hold_one(self) -> None:
        call = self.new_call()
        while not call.is_over:
            await self._pause()
            await call.turn()

    async def _pause(self) -> None:
        await asyncio.sleep(self._draw.random() * self.pause_s)

    def new_call(self) -> Call:
        number = next(self._numbers)
        call = Call(
            self.http,
            self.urls,
            f"conversation-{self.seed}-{number:06}" if self.is_named else None,
            numbers.answer_to,
            self.tally,
            opening=numbers.OPENING,
            seed=self.seed * 1_000_003 + number,
            manners=self.manners,
            cascade_s=self.cascade_s,
            tries=self.tries,
        )
        self.calls.append(call)
        return call

    async def lies(self, store: Store) -> list[str]:
        """What is wrong with the sessions of all calls, as they are stored now."""
        found = [await self._lie(store, call) for call in self.calls if call.truth]
        return [lie for lie in found if lie is not None]

    async def _lie(self, store: Store, call: Call) -> str | None:
        assert call.conversation_id is not None
        stored = await store.load(call.conversation_id)
        if stored is None:
            return f"{call.conversation_id} is not there; it said {call.truth}"
        session: Session = from_dict(stored.record)
        wrong = numbers.what_is_wrong(session, call.truth)
        return f"{call.conversation_id}: {wrong}" if wrong else None


@asynccontextmanager
async def crowd(urls: Sequence[str], **options: object) -> AsyncGenerator[Crowd]:
    """A crowd with a client of its own for its requests."""
    limits = httpx2.Limits(max_connections=1000, max_keepalive_connections=200, keepalive_expiry=30.0)
    async with httpx2.AsyncClient(limits=limits, timeout=60.0) as http:
        yield Crowd(http=http, urls=urls, **options)  # type: ignore[arg-type]  # its own fields


__all__ = ["AT_ITS_WORST", "POLITE", "Crowd", "Manners", "crowd"]
