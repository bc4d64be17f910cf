"""Reports: made once when a call has ended, in the background, also when a worker dies on the way.

The job list of the store is what makes it certain: a call that ended leaves a `report` job, and every call leaves an
`idle` job that ends it if it just stops.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from webhook import log
from webhook.errors import ModelError, WebhookError
from webhook.interview import prompt, report
from webhook.interview.cost import Bill
from webhook.interview.facts import filled_values
from webhook.interview.session import Session, SessionStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.content.library import Library
    from webhook.costs import Costs
    from webhook.dialogue import Dialogue
    from webhook.generations import Generations
    from webhook.interview.flow import Flow
    from webhook.interview.prompt import Prompts
    from webhook.sessions import Sessions
    from webhook.store.base import Job

IDLE_S = 15 * 60.0
"""A call without a turn for so long is over, whether or not anybody said so."""
ROUND_S = 5.0
_LEASE_S = 120.0
_MOST_ATTEMPTS = 4
log_ = structlog.get_logger("webhook.reports")


@dataclass(frozen=True, kw_only=True)
class Reports:
    """Makes reports. `dialogue` is None in scripted mode: then a report holds facts only."""

    sessions: Sessions
    library: Library
    prompts: Prompts
    dialogue: Dialogue | None
    generations: Generations
    costs: Costs
    clock: Callable[[], float]

    async def watch(self, session_id: str) -> None:
        """A call has begun; see to it that it ends."""
        await self.sessions.store.schedule_job("idle", session_id, due_at=self.clock() + IDLE_S)

    async def call_ended(self, session: Session) -> None:
        """Make the report: at once from facts, or in the background where Claude writes part of it."""
        flow = self._flow(session)
        if self.dialogue is None or not _has_written(flow):
            await self._store(session.session_id, None)
            return
        await self.sessions.change(
            session.session_id, lambda s, _: None if s.report is not None else replace(s, report_status="pending")
        )
        await self.sessions.store.schedule_job("report", session.session_id, due_at=self.clock())
        self.generations.spawn(self.run_due())

    async def make_now(self, session_id: str) -> Session:
        """The session with its report, made now if nobody is at it. Raises `NotFound`; a running call gets none."""
        session = await self.sessions.load(session_id)
        if session.report is None and session.is_over and session.report_status != "pending":
            await self._make(session)
        return await self.sessions.load(session_id)

    async def keep_going(self) -> None:
        """Do what is due, for ever."""
        while True:
            await self.run_due()
            await asyncio.sleep(ROUND_S)

    async def run_due(self) -> None:
        """One round. An error of one job is logged and leaves it to its lease, so that it is tried again."""
        try:
            for kind, work in (("report", self._report_job), ("idle", self._idle_job)):
                # One at a time, so that no lease runs out while its job waits behind another.
                while jobs := await self.sessions.store.claim_due(kind, now=self.clock(), lease_s=_LEASE_S, limit=1):
                    await self._run(jobs[0], work)
        except WebhookError as error:
            log_.warning("jobs_failed", code=error.code)
        except Exception as error:  # noqa: BLE001 - the round goes on after whatever happened in this one
            log_.error("jobs_failed", where=log.where(error))

    async def _run(self, job: Job, work: Callable[[Job], Any]) -> None:
        try:
            if await work(job):
                await self.sessions.store.finish_job(job)
        except Exception as error:  # noqa: BLE001 - one bad session must not stop the others' reports
            log_.error("job_failed", kind=job.kind, session_id=job.session_id, where=log.where(error))

    async def _report_job(self, job: Job) -> bool:
        found = await self.sessions.find(job.session_id)
        if found is None or found.session.report is not None or not found.session.is_over:
            return True
        return await self._make(found.session, last_try=job.attempts >= _MOST_ATTEMPTS)

    async def _idle_job(self, job: Job) -> bool:
        """End a call that just stopped; one that goes on is looked at again later."""
        found = await self.sessions.find(job.session_id)
        if found is None or found.session.report is not None:
            return True
        session = found.session
        quiet_since = session.updated_at + IDLE_S
        if not session.is_over and quiet_since > found.at:
            await self.sessions.store.schedule_job("idle", session.session_id, due_at=quiet_since)
            return True
        ended = await self.sessions.change(session.session_id, _abandoned)
        if ended is not None:
            await self.call_ended(ended)
        return True

    async def _make(self, session: Session, *, last_try: bool = True) -> bool:
        flow = self._flow(session)
        written = None
        if self.dialogue is not None and _has_written(flow):
            try:
                written = await self._write(self.dialogue, flow, session)
            except ModelError as error:
                log_.warning("report_writing_failed", session_id=session.session_id, code=error.code)
                if not last_try:
                    return False
        if self.dialogue is not None:
            await self.dialogue.left()  # then what they cost is known
        await self._store(session.session_id, written)
        return True

    async def _write(self, dialogue: Dialogue, flow: Flow, session: Session) -> dict[str, Any]:
        facts = filled_values(session.state.facts)
        request = prompt.report_request(self.prompts, flow, turns=session.turns, facts=facts, left_out=session.left_out)
        bill, answer = Bill(self.costs.noting(session)), None
        try:
            answer = json.loads(await dialogue.write(request, note=bill.note))
        except ValueError:
            raise ModelError("the written report fields are no JSON") from None
        finally:
            bill.close(wasted=answer is None)
        return answer if isinstance(answer, dict) else {}

    async def _store(self, session_id: str, written: dict[str, Any] | None) -> None:
        def reported(session: Session, _: float) -> Session | None:
            if session.report is not None or not session.is_over:
                return None  # made already, or the call went on after all
            flow = self._flow(session)
            made = report.build(flow, session, now=self.clock(), written=written, prices=self.costs.prices)
            return replace(session, report=made, report_status="ready")

        if await self.costs.change(self.sessions, session_id, reported) is not None:
            log_.info("report_ready", session_id=session_id)

    def _flow(self, session: Session) -> Flow:
        return self.library.flow_of_call(session.flow_id, session.flow_hash)


def _abandoned(session: Session, _: float) -> Session:
    return session if session.is_over else replace(session, status=SessionStatus.ENDED_EARLY)


def _has_written(flow: Flow) -> bool:
    return any(f.write is not None for f in flow.report.fields)
