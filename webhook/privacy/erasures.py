"""Erasing what is held of a session or of a caller, here and at ElevenLabs, and proving it.

What is to be erased is written down before anything is (`webhook.privacy.erasure`), and a job carries it out: whoever dies on
the way leaves it to the next. The names of what is erased are blocked first, so that a turn, a webhook or a report that
is under way brings nothing back. Then every place is looked at again; what is left is erased again.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import structlog

from webhook import deliveries
from webhook.elevenlabs import conversations as at_elevenlabs
from webhook.errors import (
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    NotFound,
    RecordDamaged,
    StoreError,
    WebhookError,
)
from webhook.interview.lines import Line, line
from webhook.jobs import Jobs
from webhook.privacy.erasure import (
    FLOW,
    KEY,
    AtElevenLabs,
    Erasure,
    ErasureStatus,
    Reason,
    Whom,
    erasure_of,
    looked,
    record_of,
    with_found,
)
from webhook.store.base import Filter, VersionConflict
from webhook.store.pages import every_record
from webhook.wire.limits import ELEVENLABS_ID

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

    from webhook.bindings import Bindings
    from webhook.elevenlabs.client import ElevenLabs
    from webhook.generations import Generations
    from webhook.privacy.holdings import Holdings
    from webhook.store.base import Job, Record, Store

ROUND_S: Final = 5.0
AUDIT_S: Final = 365 * 24 * 3600.0
"""How long the record of an erasure is kept after its last change."""
AHEAD_S: Final = 60.0
"""How far the clocks of two workers may be apart."""
ALARM_S: Final = 24 * 3600.0
"""What is not erased by then is not erased by itself: somebody has to look."""
_LEASE_S: Final = 300.0
_AWAY_S: Final = 8.0
"""Shorter than the first pause (`erasure.AGAIN_S`), so that whoever found it away is not held up by that."""
_MOST_FAILED: Final = 3
"""Conversations that ElevenLabs may fail to tell of in one look; each may take as long as its client is patient."""
log_ = structlog.get_logger("webhook.privacy.erasures")


@dataclass(kw_only=True)
class _Away:
    """That ElevenLabs failed just now: nobody waits for it then, and what is here goes first."""

    until: float = 0.0
    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class Erasures:
    """The erasures of one service. `elevenlabs` is None where ElevenLabs cannot be asked."""

    holdings: Holdings
    bindings: Bindings
    generations: Generations
    elevenlabs: ElevenLabs | None
    #: The language in which somebody who is on the phone hears that the call is over.
    language: Callable[[], str]
    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: f"er-{secrets.token_hex(16)}"
    audit_s: float = AUDIT_S
    #: However many are asked for at once, a worker is at one of them: calls go on, and ElevenLabs is not flooded.
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False, compare=False)
    _running: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False, compare=False)
    _away: _Away = field(default_factory=_Away, init=False, repr=False, compare=False)

    @property
    def store(self) -> Store:
        return self.holdings.calls.store

    @property
    def _jobs(self) -> Jobs:
        return Jobs(store=self.store, kind="erase", lease_s=_LEASE_S, clock=self.clock)

    # Asking

    async def ask(self, whom: Whom, reason: Reason = Reason.REQUEST) -> Erasure:
        """Write down what is to be erased; once this returns it will be. Raises `NotFound` and `StoreError`.

        What is known of one session is erased before this returns, and must be there; to find all of a caller's takes
        its time.
        """
        now = self.clock()
        erasure = Erasure(id=self.new_id(), whom=whom, reason=reason, asked_at=now, updated_at=now)
        if whom.session_id is not None:
            # The clock of the worker that made it may be before ours: it is what is meant all the same.
            began = await self.holdings.began(whom.session_id)
            erasure = replace(erasure, asked_at=max(now, *began, 0.0))
            erasure = await self._with(erasure, (whom.session_id, *await self._found(erasure)))
            if not erasure.conversations and not await self.holdings.has_record(
                whom.session_id, before=erasure.asked_at
            ):
                raise NotFound("there is no session by that id")
        await self._jobs.schedule(erasure.key)  # first: what is written down always has a job
        await self._save(erasure, 0)
        log_.info("erasure_asked", reason=reason.value, count=len(erasure.sessions))
        async with self._asking:
            await self._erase(erasure)
        if reason is Reason.REQUEST:  # what is over by itself may be many, and ElevenLabs is asked one by one
            self.generations.spawn(self.run_due())
        return erasure

    async def find(self, erasure_id: str) -> Erasure:
        """Raises `NotFound`."""
        erasure, _ = await self._load(f"{KEY}{erasure_id}")
        if erasure is None:
            raise NotFound("there is no erasure by that id")
        return erasure

    async def listed(
        self, status: ErasureStatus | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[Erasure], str | None]:
        """Newest first, and where the next page begins. Raises `MalformedRequest` for a foreign cursor."""
        page = await self.store.list_sessions(_where(status), cursor=cursor, limit=limit)
        return [*_readable(page.records)], page.next_cursor

    async def every(self, status: ErasureStatus | None = None) -> AsyncGenerator[Erasure]:
        """Newest first."""
        async for record in every_record(self.store, _where(status)):
            for erasure in _readable([record]):
                yield erasure

    # Carrying out

    async def keep_going(self) -> None:
        """Do what is due, for ever."""
        while True:
            await self.run_due()
            await asyncio.sleep(ROUND_S)

    async def run_due(self) -> None:
        """One round."""
        async with self._running:
            await self._jobs.run_due(self._run)

    async def _run(self, job: Job) -> None:
        erasure, version = await self._load(job.session_id)
        if erasure is None or erasure.status is ErasureStatus.PROVED:
            return
        try:
            found = await self._with(*await self._dated(erasure))
            found = with_found(found, sessions=(), conversations=await self._told_since(erasure), interviews=())
            if found is not erasure:  # written down before it is gone, and with it what it leads to
                erasure, version = found, await self._saved(found, version)
            await self._erase(erasure)
            erasure, problem = await self._gone_there(erasure)
            problem = problem or " ".join(await self._left(erasure))
        except WebhookError as error:
            problem = error.code
        await self._settle(erasure, version, problem)

    async def _dated(self, erasure: Erasure) -> tuple[Erasure, tuple[str, ...]]:
        """What is found, and the erasure as of the newest of it.

        In the first look at a caller what is there by then counts, though the clock of its worker was before ours.
        """
        if not erasure.whom.callers or erasure.tries or erasure.erased_at is not None:
            return erasure, await self._found(erasure)
        until = erasure.asked_at + AHEAD_S
        found = await self._found(replace(erasure, asked_at=until))
        began = [at for each in found for at in await self.holdings.began(each) if at <= until]
        newest = max(began, default=0.0)
        return (replace(erasure, asked_at=newest) if newest > erasure.asked_at else erasure), found

    async def _settle(self, erasure: Erasure, version: int, problem: str) -> None:
        """After a look."""
        after, due_at = looked(erasure, problem=problem, now=self.clock())
        if due_at is not None:
            await self._jobs.schedule(after.key, due_at=due_at)
        await self._saved(after, version)
        told = {"kind": after.reason.value, "count": len(after.sessions), "status": after.status.value}
        if problem:
            tell = log_.error if self.clock() > after.asked_at + ALARM_S else log_.warning
            tell("erasure_not_done", **told, reason=problem, attempt=after.tries)
        else:
            log_.info("erasure_looked_after", **told)

    async def _gone_there(self, erasure: Erasure) -> tuple[Erasure, str]:
        """What has become of the conversations at ElevenLabs, and why if it could not tell of one.

        One that it cannot erase does not keep the others, which come first the next time.
        """
        if self.clock() < self._away.until and erasure.conversations:
            return erasure, self._away.problem
        states, problem = dict(erasure.conversations), ""
        failed: list[str] = []
        for each in sorted(states, key=lambda name: states[name] is AtElevenLabs.GONE):
            try:
                states[each] = await self._state_there(each)
            except ElevenLabsError as error:
                problem, states[each] = error.code, AtElevenLabs.NOT_YET
                failed.append(each)
                if len(failed) == _MOST_FAILED or isinstance(error, ElevenLabsBusy | ElevenLabsUnauthorised):
                    self._away.until, self._away.problem = self.clock() + _AWAY_S, problem
                    break  # the others would fare no better now
        last_of_all = {name: states.pop(name) for name in failed}
        return replace(erasure, conversations=states | last_of_all), problem

    async def _left(self, erasure: Erasure) -> list[str]:
        """The kinds of places where something is left."""
        left = {*await self.holdings.left_of(erasure)}
        if await self._found(erasure):
            left.add("sessions")
        if AtElevenLabs.NOT_YET in erasure.conversations.values():
            left.add("elevenlabs")
        return sorted(left)

    async def _found(self, erasure: Erasure) -> tuple[str, ...]:
        names = (*erasure.sessions, *erasure.conversations)
        return await self.holdings.sessions_of(erasure.whom, before=erasure.asked_at, names=names)

    async def _told_since(self, erasure: Erasure) -> list[str]:
        """Conversations that the platform told of only after their session was erased."""
        found: list[str] = []
        for session_id in erasure.sessions:
            await asyncio.sleep(0)
            if not await self.holdings.is_another(session_id, than=erasure.asked_at):
                found += await self.holdings.calls.conversations_of(session_id)
        return found

    async def _with(self, erasure: Erasure, session_ids: tuple[str, ...]) -> Erasure:
        conversations: list[str] = []
        interviews: list[str] = []
        for session_id in session_ids:
            await asyncio.sleep(0)  # calls go on, however many there are
            ties = await self.holdings.ties_of(session_id)
            conversations += ties.conversations
            interviews += ties.interviews
        return with_found(erasure, sessions=session_ids, conversations=conversations, interviews=interviews)

    async def _erase(self, erasure: Erasure) -> None:
        """Everything that was found, whatever of it is gone already. Raises `StoreError` and `RecordingError`."""
        for name in (*erasure.sessions, *erasure.conversations):
            await asyncio.sleep(0)
            await self.bindings.erase(name, erasure.asked_at)
        for conversation_id in erasure.conversations:
            await asyncio.sleep(0)
            await self.holdings.calls.forget(conversation_id)
        for session_id in erasure.sessions:
            await asyncio.sleep(0)
            if not await self.holdings.is_another(session_id, than=erasure.asked_at):
                await self._erase_session(session_id, erasure.interviews)
        for key in erasure.whom.callers:
            await self.holdings.callers.forget(key, before=erasure.asked_at)

    async def _erase_session(self, session_id: str, interviews: tuple[str, ...]) -> None:
        await self.generations.stop(session_id, words=line(Line.DID_NOT_CATCH, self.language()))
        await self.holdings.calls.untie(session_id)
        await deliveries.forget(self.store, session_id)
        await self.holdings.sessions.delete(session_id)
        for interview_id in interviews:
            await self.holdings.starts.forget(interview_id, session_id)

    async def _state_there(self, conversation_id: str) -> AtElevenLabs:
        """Deleted at ElevenLabs, and asked for again: only that it is not found there counts."""
        if self.elevenlabs is None or not ELEVENLABS_ID.fullmatch(conversation_id):
            return AtElevenLabs.NOT_ASKED
        try:
            await at_elevenlabs.delete(self.elevenlabs, conversation_id)
        except ElevenLabsNotFound:
            return AtElevenLabs.GONE
        is_gone = await at_elevenlabs.is_gone(self.elevenlabs, conversation_id)
        return AtElevenLabs.GONE if is_gone else AtElevenLabs.NOT_YET

    # The records

    async def _load(self, key: str) -> tuple[Erasure | None, int]:
        stored = await self.store.load(key)
        return (None, 0) if stored is None else (erasure_of(stored.record, stored.version), stored.version)

    async def _save(self, erasure: Erasure, version: int) -> int | VersionConflict:
        return await self.store.save(erasure.key, record_of(erasure), expect=version, ttl_s=self.audit_s)

    async def _saved(self, erasure: Erasure, version: int) -> int:
        saved = await self._save(erasure, version)
        if isinstance(saved, VersionConflict):
            raise StoreError("another worker carries out this erasure")
        return saved


def _readable(records: Iterable[Record]) -> Iterator[Erasure]:
    """Of a damaged one there is nothing to show."""
    for record in records:
        with suppress(RecordDamaged):
            yield erasure_of(record)


def _where(status: ErasureStatus | None) -> Filter:
    return Filter(status=None if status is None else status.value, flow_id=FLOW)
