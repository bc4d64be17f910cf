"""A store that opens and then answers nothing but errors."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from webhook.errors import StoreError
from webhook.store.base import Chunk, Filter, Job, Page, Stored, VersionConflict


@dataclass(frozen=True)
class BrokenStore:
    """`error` is what everything raises once it is open."""

    error: Exception = StoreError()  # noqa: RUF009 - an error has no state worth keeping apart

    def fail(self) -> NoReturn:
        raise self.error

    async def open(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    async def ping(self) -> None:
        self.fail()

    async def now(self) -> float | None:
        self.fail()

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        self.fail()

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = 0.0
    ) -> int | VersionConflict:
        self.fail()

    async def delete(self, session_id: str) -> bool:
        self.fail()

    async def list_sessions(self, where: Filter, *, cursor: str | None = None, limit: int = 50) -> Page:
        self.fail()

    async def append_chunk(self, session_id: str, generation: int, chunk: Chunk) -> None:
        self.fail()

    async def follow_chunks(self, session_id: str, generation: int, *, wait_s: float) -> AsyncGenerator[Chunk]:
        self.fail()
        yield

    async def tag(self, key: str, session_id: str, *, ttl_s: float) -> None:
        self.fail()

    async def untag(self, key: str, session_id: str) -> None:
        self.fail()

    async def tagged(self, key: str) -> tuple[str, ...]:
        self.fail()

    async def schedule_job(self, kind: str, session_id: str, *, due_at: float) -> None:
        self.fail()

    async def claim_due(self, kind: str, *, now: float, lease_s: float, limit: int = 10) -> tuple[Job, ...]:
        return ()

    async def finish_job(self, job: Job) -> bool:
        self.fail()

    async def expire(self, now: float) -> int:
        return 0
