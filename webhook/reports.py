"""Reports: made once when a call has ended, in the background, also when a worker dies on the way.

The job list of the store is what makes it certain: a call that ended leaves a `report` job, and every call leaves an
`idle` job that ends it if it just stops. What a step brought is saved before the next one begins, and the report itself
is saved in one piece with its version: whoever goes on with a job asks nothing twice, and there is one current report.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Any, Literal

import structlog

from webhook.errors import ModelError, NotFound, ReportPending
from webhook.interview import prompt, report
from webhook.interview.cost import Bill
from webhook.interview.facts import filled_values
from webhook.interview.relistening import is_unheard, questions, relistened, utterances
from webhook.interview.session import Session, SessionStatus
from webhook.interview.told import with_missed
from webhook.jobs import Jobs

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from webhook.content.library import Library
    from webhook.costs import Costs
    from webhook.deliveries import Deliveries
    from webhook.dialogue import Dialogue
    from webhook.generations import Generations
    from webhook.interview.flow import Flow
    from webhook.interview.prompt import Prompts
    from webhook.interview.told import Told
    from webhook.sessions import Sessions
    from webhook.store.base import Job

IDLE_S = 15 * 60.0
"""A call without a turn for so long is over, whether or not anybody said so."""
ROUND_S = 5.0
_LEASE_S = 120.0
BACK_OFF_S = (30.0, 120.0, 480.0, 1800.0, 7200.0)
"""Seconds until what Claude did not do is tried again; after the last of them the facts are reported alone."""
_MOST_ATTEMPTS = 4
"""Of a job that breaks in a way nobody foresaw; then the facts are reported alone, too."""
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
    #: What the platform told of a conversation, which a report is checked against.
    told_of: Callable[[str], Awaitable[Told | None]] | None = None
    #: None where results are sent nowhere.
    deliveries: Deliveries | None = None

    async def watch(self, session_id: str) -> None:
        """A call has begun; see to it that it ends."""
        await self._jobs("idle").schedule(session_id, due_at=self.clock() + IDLE_S)

    async def call_ended(self, session: Session) -> None:
        """Make the report: at once from facts, or in the background where Claude writes part of it."""
        self.tell_soon(session)
        if not await self._needs_claude(session):
            await self._store(session.session_id, "ready")
            return
        await self._schedule(session.session_id, self.clock())  # first: what is pending always has a job
        await self.sessions.change(
            session.session_id, lambda s, _: None if s.report is not None else replace(s, report_status="pending")
        )
        self.generations.spawn(self.run_due())

    async def remake(self, session_id: str) -> None:
        """Another report in place of the one there is, which stays the current one until then."""
        if await self.sessions.change(session_id, _pending_again) is not None:
            await self._schedule(session_id, self.clock())
            self.generations.spawn(self.run_due())

    async def _schedule(self, session_id: str, due_at: float) -> None:
        await self._jobs("report").schedule(session_id, due_at=due_at)

    async def _needs_claude(self, session: Session) -> bool:
        if self.dialogue is None:
            return False
        return _has_written(self._flow(session)) or is_unheard(await self._with_missed(session))

    def tell_soon(self, session: Session) -> None:
        """Have noticed what there is to send of the session; no caller waits for it."""
        if self.deliveries is not None:
            self.generations.spawn(self.deliveries.notice_soon(session))

    async def make_now(self, session_id: str) -> Session:
        """The session with its report, made now if nobody is at it. Raises `NotFound`; a running call gets none."""
        session = await self.sessions.load(session_id)
        if session.report is None and session.is_over and session.report_status != "pending":
            await self._make(session)
        return await self.sessions.load(session_id)

    def report_of(self, session: Session) -> Mapping[str, Any]:
        """What `make_now` made. Raises `NotFound` while the interview goes on, `ReportPending` while Claude is waited for."""
        if session.report is not None:
            return session.report
        if not session.is_over:
            raise NotFound("there is no report yet: the interview is still going on")
        last_try = session.updated_at + BACK_OFF_S[session.report_tries - 1] if session.report_tries else 0.0
        raise ReportPending(retry_after_s=ceil(max(last_try - self.clock(), 0.0) + ROUND_S))

    async def keep_going(self) -> None:
        """Do what is due, for ever."""
        while True:
            await self.run_due()
            await asyncio.sleep(ROUND_S)

    async def run_due(self) -> None:
        """One round."""
        await self._jobs("report").run_due(self._report_job)
        await self._jobs("idle").run_due(self._idle_job)

    def _jobs(self, kind: str) -> Jobs:
        """One at a time, so that no lease runs out while its job waits behind another."""
        return Jobs(store=self.sessions.store, kind=kind, lease_s=_LEASE_S, clock=self.clock)

    async def _tell(self, session_id: str) -> None:
        """Before a job is finished for good: whoever told of the session until now may have died over it."""
        found = None if self.deliveries is None else await self.sessions.find(session_id)
        if found is not None and self.deliveries is not None:
            await self.deliveries.notice(found.session)

    async def _report_job(self, job: Job) -> None:
        found = await self.sessions.find(job.session_id)
        if found is not None and found.session.is_over and found.session.report_status not in ("ready", "failed"):
            await self._try(found.session, attempts=job.attempts)
        await self._tell(job.session_id)

    async def _try(self, session: Session, *, attempts: int) -> None:
        """Make the report, or see to it that it is tried again."""
        tries = session.report_tries
        if attempts > _MOST_ATTEMPTS:
            await self._store(session.session_id, "failed")
        elif not await self._make(session, last_try=tries >= len(BACK_OFF_S)):
            await self.sessions.change(session.session_id, lambda s, _: replace(s, report_tries=tries + 1))
            await self._schedule(session.session_id, self.clock() + BACK_OFF_S[tries])

    async def _idle_job(self, job: Job) -> None:
        """End a call that just stopped; one that goes on is looked at again later."""
        found = await self.sessions.find(job.session_id)
        if found is not None and found.session.report_status == "none":
            quiet_since = found.session.updated_at + IDLE_S
            if not found.session.is_over and quiet_since > found.at:
                await self._jobs("idle").schedule(job.session_id, due_at=quiet_since)
            elif (ended := await self.sessions.change(job.session_id, _abandoned)) is not None:
                await self.call_ended(ended)
        await self._tell(job.session_id)

    async def _make(self, session: Session, *, last_try: bool = True) -> bool:
        """Step by step; False when Claude failed, and it is worth another try."""
        failed = False
        if self.dialogue is not None and session.transcript_gone_at is None:
            try:
                session = await self._heard(self.dialogue, session)
                await self._written(self.dialogue, session)
            except ModelError as error:
                log_.warning("report_writing_failed", session_id=session.session_id, code=error.code)
                failed = True
            if failed and not last_try:
                return False
            await self.dialogue.left()  # then what they cost is known
        await self._store(session.session_id, "failed" if failed else "ready")
        return True

    async def _heard(self, dialogue: Dialogue, session: Session) -> Session:
        """What was said while Claude did not listen is listened to now."""
        session = await self._with_missed(session)
        if not is_unheard(session):
            return session
        flow = self._flow(session)
        asked = questions(session, session.first_message or flow.topics[flow.start].label)
        request = prompt.listen_request(
            self.prompts,
            flow,
            language=session.language,
            utterances=prompt.without(session.left_out, utterances(session)),
            question=asked[-1],
            earlier=asked[:-1],
            known={},
        )
        bill, heard = Bill(self.costs.noting(session)), None
        try:
            heard = await dialogue.listen_again(replace(request, max_tokens=prompt.REPORT_TOKENS), flow, note=bill.note)
        finally:
            bill.close(wasted=heard is None)
        changed = await self.sessions.change(
            session.session_id, lambda s, _: relistened(flow, s, heard) if s.is_over and is_unheard(s) else None
        )
        return changed or session

    async def _with_missed(self, session: Session) -> Session:
        """With the words that only the platform heard, once it has told of the call."""
        told = None
        if self.told_of is not None and session.conversation_id is not None:
            told = await self.told_of(session.conversation_id)
        if told is None or with_missed(session, told) is session:
            return session
        changed = await self.sessions.change(
            session.session_id, lambda s, _: with_missed(s, told) if s.is_over else None
        )
        return changed or session

    async def _written(self, dialogue: Dialogue, session: Session) -> None:
        flow = self._flow(session)
        if session.written is not None or not _has_written(flow):
            return
        written = await self._write(dialogue, flow, session)
        await self.sessions.change(session.session_id, lambda s, _: _with_written(s, written))

    async def _write(self, dialogue: Dialogue, flow: Flow, session: Session) -> dict[str, Any]:
        facts = filled_values(session.state.facts)
        request = prompt.report_request(self.prompts, flow, turns=session.told, facts=facts, left_out=session.left_out)
        bill, answer = Bill(self.costs.noting(session)), None
        try:
            answer = json.loads(await dialogue.write(request, note=bill.note))
        except ValueError:
            raise ModelError("the written report fields are no JSON") from None
        finally:
            bill.close(wasted=answer is None)
        return answer if isinstance(answer, dict) else {}

    async def _store(self, session_id: str, status: Literal["ready", "failed"]) -> None:
        def reported(session: Session, _: float) -> Session | None:
            if session.report_status in ("ready", "failed") or not session.is_over:
                return None  # made already, or the call went on after all
            flow = self._flow(session)
            has_come_too_late = (
                session.transcript_gone_at is not None and session.written is None and _has_written(flow)
            )
            made = report.build(flow, session, now=self.clock(), written=session.written, prices=self.costs.prices)
            return replace(
                session,
                report=made,
                report_status="failed" if has_come_too_late else status,
                report_version=made["version"],
                report_tries=0,
                written=None,
            )

        made = await self.costs.change(self.sessions, session_id, reported)
        if made is not None:
            log_.info("report_ready", session_id=session_id)
            self.tell_soon(made)

    def known_flow(self, session: Session) -> Flow | None:
        """The flow of a session; None where nobody has it any more."""
        try:
            return self._flow(session)
        except NotFound:
            return None

    def _flow(self, session: Session) -> Flow:
        return self.library.flow_of_call(session.flow_id, session.flow_hash)


def _abandoned(session: Session, _: float) -> Session:
    return session if session.is_over else replace(session, status=SessionStatus.ENDED_EARLY)


def _pending_again(session: Session, _: float) -> Session | None:
    if not session.is_over or session.report_status not in ("ready", "failed"):
        return None
    if session.transcript_gone_at is not None:
        return None  # there is nothing left to make another one of
    return replace(session, report_status="pending", report_tries=0, written=None)


def _with_written(session: Session, written: dict[str, Any]) -> Session | None:
    """It quotes the caller: where what they said has gone meanwhile, it is not kept either."""
    is_wanted = session.is_over and session.transcript_gone_at is None
    return replace(session, written=written) if is_wanted else None


def _has_written(flow: Flow) -> bool:
    return any(f.write is not None for f in flow.report.fields)
