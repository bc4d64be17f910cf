"""Some workers of the service, without a port, over the same stores and on a clock that the test turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from tests.live_server import PATIENT, settings_for
from webhook.asks import Ask
from webhook.interview.history import Message
from webhook.interview.session import Session
from webhook.services import Services, build_services

NOON = 1_800_000_000.0


@dataclass
class Clock:
    """Seconds since 1970, as the test wants them."""

    now: float = NOON

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, kw_only=True)
class Office:
    """Empty until it is `staffed`."""

    clock: Clock = field(default_factory=Clock)
    workers: list[Services] = field(default_factory=list)

    @property
    def first(self) -> Services:
        return self.workers[0]

    async def hear(self, *said: str, session_id: str = "s") -> str:
        """One turn in the first worker, and everything that follows from it."""
        interviewer = self.first.interviewer
        told = (interviewer.admission.opening(None, None), *said)
        messages = tuple(Message(role="user" if i % 2 else "agent", text=text) for i, text in enumerate(told))
        text = await (await interviewer.answer(Ask(messages=messages, session_id=session_id))).text()
        await self.settle()
        return text

    async def settle(self) -> None:
        """Wait until nothing is going on in any worker."""
        while running := {t for worker in self.workers for t in worker.interviewer.generations._tasks}:
            await asyncio.wait(running)

    async def session(self, session_id: str = "s") -> Session:
        """As it is stored."""
        return await self.first.sessions.load(session_id)


Kind = TypeVar("Kind", bound=Office)


@asynccontextmanager
async def staffed(
    office: Kind,
    data_dir: Path,
    *,
    workers: int = 1,
    prepare: Callable[[Services], Services] = lambda made: made,
    **given: Any,
) -> AsyncGenerator[Kind]:
    """With so many workers, their stores open; `given` are further settings, `prepare` changes what was built."""
    async with AsyncExitStack() as stack:
        for _ in range(workers):
            settings = settings_for(data_dir, **given)
            services = prepare(build_services(settings, deadlines=PATIENT, clock=office.clock))
            for store in (services.store, services.call_store):
                await store.open()
                stack.push_async_callback(store.close)
            for client in (services.claude, services.elevenlabs):
                if client is not None:
                    stack.push_async_callback(client.close)
            if services.deliveries is not None:
                stack.push_async_callback(services.deliveries.outbound.close)
            if services.claude is not None:
                await services.claude.warm()
            stack.push_async_callback(services.interviewer.generations.drain, 5.0)
            office.workers.append(services)
        yield office
