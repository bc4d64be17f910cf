"""Work that must be finished later: claimed for a while, done, and taken off the list.

Whoever dies over a job leaves it to the next who looks once its lease is over, so the work of a job must be fit to be
done twice.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from webhook import log
from webhook.errors import WebhookError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from webhook.store.base import Job, Store

log_ = structlog.get_logger("webhook.jobs")


async def why_not_done(work: Awaitable[object], *, within_s: float) -> str:
    """Do it; the code of what ended it before its time, "" where nothing did."""
    try:
        async with asyncio.timeout(within_s):
            await work
    except TimeoutError:
        return "timeout"
    except WebhookError as error:
        return error.code
    return ""


@dataclass(frozen=True, kw_only=True)
class Jobs:
    """The jobs of one kind in one store. `at_once`: how many of them a worker does at the same time."""

    store: Store
    kind: str
    lease_s: float
    clock: Callable[[], float]
    at_once: int = 1

    async def schedule(self, session_id: str, *, due_at: float | None = None) -> None:
        """At once, or when it is time; the earlier one counts where the job is there already. Raises `StoreError`."""
        await self.store.schedule_job(self.kind, session_id, due_at=self.clock() if due_at is None else due_at)

    async def run_due(self, work: Callable[[Job], Awaitable[None]]) -> None:
        """Do what is due, and end quietly. A job whose work raises is left to its lease, so that it is tried again."""
        try:
            while jobs := await self._claim():
                await asyncio.gather(*(self._run(job, work) for job in jobs))
        except WebhookError as error:
            log_.warning("jobs_failed", kind=self.kind, code=error.code)
        except Exception as error:  # noqa: BLE001 - the next round comes after whatever happened in this one
            log_.error("jobs_failed", kind=self.kind, where=log.where(error))

    async def _claim(self) -> tuple[Job, ...]:
        return await self.store.claim_due(self.kind, now=self.clock(), lease_s=self.lease_s, limit=self.at_once)

    async def _run(self, job: Job, work: Callable[[Job], Awaitable[None]]) -> None:
        named = {"kind": job.kind, "session_id": job.session_id, "attempt": job.attempts}
        try:
            await work(job)
            await self.store.finish_job(job)
        except WebhookError as error:
            log_.warning("job_failed", **named, code=error.code)
        except Exception as error:  # noqa: BLE001 - one bad record must not keep the others from their turn
            log_.error("job_failed", **named, where=log.where(error))
