"""What the platform tells of calls: kept before it is acknowledged, joined to its session afterwards.

One record for each conversation, beside the sessions. A `join` job takes it to its session, also when a worker dies on
the way; where there is none yet, the record is parked and the job comes again.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

import structlog

from webhook import log
from webhook.bindings import ERASED_S
from webhook.bindings import KEEP_S as BOUND_S
from webhook.errors import MalformedRequest, RecordDamaged, StoreError, Unauthorized, WebhookError
from webhook.interview.call import Recording
from webhook.interview.retention import Data, Keep, told_without
from webhook.interview.told import (
    ANOTHER_MODEL,
    Event,
    Kind,
    Told,
    ToldStatus,
    joined,
    told_from,
    told_to,
    with_event,
    with_missed,
)
from webhook.jobs import Jobs
from webhook.recordings import file_of
from webhook.sessions import Tries
from webhook.store.base import Filter, VersionConflict
from webhook.store.pages import every_record
from webhook.store.raw import raw_record
from webhook.wire.identity import verify_token
from webhook.wire.post_call import AUDIO_FIELD

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
    from pathlib import Path

    from webhook.bindings import Bindings
    from webhook.costs import Costs
    from webhook.generations import Generations
    from webhook.interview.session import Session
    from webhook.recordings import Recordings, Unpacked
    from webhook.reports import Reports
    from webhook.sessions import Sessions
    from webhook.store.base import Job, Record, Store

ROUND_S: Final = 5.0
LOOK_S: Final = 60.0
"""How often orphans are counted and left files looked for."""
WAIT_S: Final = (5.0, 600.0)
"""The shortest and the longest pause before a parked record is tried again; in between it is as long as it has waited."""
ALARM_S: Final = 3600.0
"""A session is there from its first turn on, so what has none an hour after its call will hardly get one."""
GIVE_UP_S: Final = BOUND_S
"""As long as a conversation is bound to its session."""
KEEP_S: Final = ERASED_S
"""How long an orphan is kept, and how long an erased conversation is known as such."""
_LEASE_S = 20.0
_AGAIN_S = 10.0
_RECORD = "call:"
_ORPHANS = "orphans"
log_ = structlog.get_logger("webhook.calls")


@dataclass(frozen=True, kw_only=True)
class Calls:
    """The calls of one service. `own_models` are the names under which the platform knows our own words."""

    store: Store
    sessions: Sessions
    bindings: Bindings
    reports: Reports
    recordings: Recordings
    generations: Generations
    costs: Costs
    token_secrets: tuple[str, ...] = field(repr=False)
    own_models: frozenset[str]
    clock: Callable[[], float]
    #: What is over is over by this one.
    expiry: Callable[[], float]
    tries: Callable[[], Tries] = Tries
    keep: Keep = field(default_factory=Keep)

    # What comes

    async def receive(self, event: Event) -> Told:
        """Keep the event; once this returns it is not lost. Raises `StoreError`.

        The job is set before the record as well as after it: whoever dies in between leaves a job that finds something
        or nothing, and never a record without a job.
        """
        known = await self.find(event.conversation_id)
        is_old = known is not None and with_event(known, event, self.clock()) is known
        if known is not None and is_old and known.status is not ToldStatus.PARKED:
            return known
        key = _key(event.conversation_id)
        await self._jobs.schedule(key, due_at=self.clock() + _AGAIN_S)
        told = await self._change(event.conversation_id, lambda t: with_event(t, event, self.clock()))
        assert told is not None
        if told.status is ToldStatus.PARKED:
            await self._jobs.schedule(key)
            self.generations.spawn(self.join_due())
        return told

    async def take(self, parse: Callable[[], Event | None], unpacked: Unpacked) -> Told | None:
        """Keep what a body tells, and the recording if there is one in it; the file is in its place before the event is.

        Raises what `parse` raises, `MalformedRequest`, `RecordingError` and `StoreError`; then, and where the recording
        is there already or unwanted, the file that was written is gone.
        """
        part = unpacked.part
        try:
            event = parse()
            if event is None or event.kind is not Kind.AUDIO:
                return None if event is None else await self.receive(event)
            if part is None or not unpacked.size:
                raise MalformedRequest(f"data.{AUDIO_FIELD}: the audio as base64")
            return await self._keep(event, part, unpacked)
        finally:
            await asyncio.to_thread(self.recordings.drop, part)

    async def take_recording(self, conversation_id: str, parts: AsyncIterator[bytes], *, at: int) -> Told:
        """The same for a recording that was asked for; `at` is when its call ended. Raises what `parts` raises, too."""
        unpacked = await self.recordings.fetched(parts)
        assert unpacked.part is not None
        event = Event(kind=Kind.AUDIO, conversation_id=conversation_id, at=at, content={})
        try:
            return await self._keep(event, unpacked.part, unpacked)
        finally:
            await asyncio.to_thread(self.recordings.drop, unpacked.part)

    async def _keep(self, event: Event, part: Path, unpacked: Unpacked) -> Told:
        recording = Recording(file=file_of(event.conversation_id), size=unpacked.size, sha256=unpacked.sha256)
        event = replace(event, content={"recording": vars(recording)})
        told = await self.find(event.conversation_id)
        if told is not None and with_event(told, event, self.clock()) is told:
            return await self.receive(event)
        is_there = told is not None and told.recording == recording
        if not is_there or not await asyncio.to_thread(self.recordings.has_of, event.conversation_id):
            await asyncio.to_thread(self.recordings.keep, part, recording)
        told = await self.receive(event)
        if told.status is ToldStatus.DELETED or Kind.AUDIO in told.gone:  # while we wrote
            await asyncio.to_thread(self.recordings.delete, event.conversation_id)
        return told

    async def expect(self, conversation_id: str, session_id: str) -> None:
        """A call was started for this session: when that is erased, what comes of the call is not kept either."""
        await self.store.tag(_conversations(session_id), _key(conversation_id), ttl_s=self.keep.net_s)

    # The records

    async def find(self, conversation_id: str) -> Told | None:
        found, _ = await self._load(conversation_id)
        return found

    async def raw(self, conversation_id: str) -> Record | bytes | None:
        """What is kept of it, whether or not it can be read. Raises `StoreError`."""
        return await raw_record(self.store, _key(conversation_id))

    async def has_transcript(self, conversation_id: str) -> bool:
        """Whether nothing more is to be asked for; so it is for a conversation that was erased."""
        told = await self.find(conversation_id)
        if told is None:
            return False
        return told.status is ToldStatus.DELETED or Kind.TRANSCRIPT in told.events or Kind.TRANSCRIPT in told.gone

    async def _load(self, conversation_id: str) -> tuple[Told | None, int]:
        """A record that cannot be read counts as none; its version lets another take its place."""
        try:
            stored = await self.store.load(_key(conversation_id))
            return (None, 0) if stored is None else (_told(stored.record, stored.version), stored.version)
        except RecordDamaged as damaged:
            log_.error("record_damaged", conversation_id=conversation_id)
            return None, damaged.version

    async def _change(
        self, conversation_id: str, apply: Callable[[Told | None], Told | None], *, ttl_s: float | None = None
    ) -> Told | None:
        """Apply a pure change until compare-and-set lets it through; what is there after it."""
        ttl_s = self.keep.net_s if ttl_s is None else ttl_s
        async for _ in self.tries():
            told, version = await self._load(conversation_id)
            changed = apply(told)
            if changed is None or changed is told:
                return told
            saved = await self.store.save(_key(conversation_id), _record(changed), expect=version, ttl_s=ttl_s)
            if not isinstance(saved, VersionConflict):
                return changed
        raise StoreError("the record of a call changed too often")

    # Joining

    async def keep_going(self) -> None:
        """Do what is due, for ever."""
        rounds = 0
        while True:
            await self.join_due()
            if rounds % round(LOOK_S / ROUND_S) == 0:
                await self._look()
            rounds += 1
            await asyncio.sleep(ROUND_S)

    async def join_due(self) -> None:
        """One round."""
        await self._jobs.run_due(self._join)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(store=self.store, kind="join", lease_s=_LEASE_S, clock=self.clock)

    async def _join(self, job: Job) -> None:
        conversation_id = job.session_id.removeprefix(_RECORD)
        told = await self.find(conversation_id)
        if told is None or told.status is not ToldStatus.PARKED:
            return
        session = await self._session_of(told)
        if session is None:
            if not await self._was_erased(told):
                await self._wait(told)
            return
        await self.store.tag(_conversations(session.session_id), _key(conversation_id), ttl_s=self.keep.net_s)
        over = self.keep.over(session.created_at, self.expiry())
        kept = told_without(told, over)  # what comes so late comes for nothing
        if Data.RECORDINGS in over:
            await asyncio.to_thread(self.recordings.delete, conversation_id)
        await self._tell(session, kept)
        done = replace(kept, status=ToldStatus.JOINED, session_id=session.session_id, tokens=())
        # Where another event came meanwhile it stays parked: whoever brought that has set the job again.
        await self._change(conversation_id, lambda now: done if now == told else now)
        if told.has_alarmed:
            await self.store.untag(_ORPHANS, _key(conversation_id))

    async def _tell(self, session: Session, told: Told) -> None:
        """Join, and see to the report of a call that is over; both are without effect the second time."""
        had_flag = ANOTHER_MODEL in session.flags

        def apply(session: Session, _: float) -> Session | None:
            changed = joined(session, told, self.own_models, now=self.clock())
            return None if changed is session else changed

        changed = await self.sessions.change(session.session_id, apply)
        now = changed or session
        if ANOTHER_MODEL in now.flags and not had_flag and now.call is not None:
            self.costs.metrics.another_model()
            log_.error("another_model_spoke", session_id=now.session_id, count=len(now.call.outcome.other_models))
        if now.is_over and now.report is None:
            await self.reports.call_ended(now)
        elif changed is not None and with_missed(now, told) is not now:
            await self.reports.remake(now.session_id)
        if changed is not None:
            log_.info("call_joined", session_id=now.session_id, conversation_id=told.conversation_id)

    async def _session_of(self, told: Told) -> Session | None:
        """The session that was held over this conversation, now or before its line broke; else one that has none yet."""
        open_to_it: Session | None = None
        bound = await self.bindings.session_id(told.conversation_id)
        for session_id in self._candidates(told, bound):
            found = await self.sessions.find(session_id)
            if found is None:
                continue
            held_over = (found.session.conversation_id, *found.session.past_conversations)
            was_started_for_it = session_id == bound != told.conversation_id
            if was_started_for_it or told.conversation_id in held_over:
                return found.session
            if found.session.conversation_id is None and open_to_it is None:
                open_to_it = found.session
        return open_to_it

    async def _was_erased(self, told: Told) -> bool:
        """Whether it is of a session that was erased; then it goes as well, and the erasure finds it by its session.

        No turn had told of such a call before, so the erasure could not know of it.
        """
        bound = await self.bindings.session_id(told.conversation_id)
        for session_id in self._candidates(told, bound):
            if await self.bindings.erased_at(session_id) is not None:
                await self.forget(told.conversation_id)
                await self.expect(told.conversation_id, session_id)  # after it: a record takes its tags along
                log_.info("call_of_erased_session", conversation_id=told.conversation_id)
                return True
        return False

    def _candidates(self, told: Told, bound: str) -> Sequence[str]:
        """Where to look, the surest first. A call that came twice goes on beside its session, under an id made of both."""
        conversation_id = told.conversation_id
        named = [told.session_id, bound, *self._claimed(told)]
        forks = [f"{session_id}~{conversation_id}" for session_id in named if session_id]
        found = [*named, *forks, f"{conversation_id}~fresh"]
        return tuple(dict.fromkeys(session_id for session_id in found if session_id))

    def _claimed(self, told: Told) -> list[str]:
        """The sessions of signed tokens. They must have been good when the call began; by now they may have expired."""
        claimed = []
        for token in told.tokens:
            try:
                claimed.append(verify_token(token, self.token_secrets, told.started_at).session_id)
            except Unauthorized:
                continue
        return claimed

    async def _wait(self, told: Told) -> None:
        """Come again later; who waits for long is told of once, and in the end nobody comes any more."""
        now = self.clock()
        age_s = now - told.created_at
        if age_s >= ALARM_S and not told.has_alarmed:
            log_.error("call_without_session", conversation_id=told.conversation_id, age_s=round(age_s))
            await self.store.tag(_ORPHANS, _key(told.conversation_id), ttl_s=KEEP_S)
        waiting = replace(
            told,
            has_alarmed=age_s >= ALARM_S,
            status=ToldStatus.ORPHAN if age_s >= GIVE_UP_S else ToldStatus.PARKED,
            tokens=() if age_s >= GIVE_UP_S else told.tokens,
        )
        if waiting != told:
            ttl_s = KEEP_S if waiting.status is ToldStatus.ORPHAN else None
            await self._change(told.conversation_id, lambda t: waiting if t == told else t, ttl_s=ttl_s)
        if waiting.status is ToldStatus.PARKED:
            pause_s = min(max(age_s, WAIT_S[0]), WAIT_S[1])
            await self._jobs.schedule(_key(told.conversation_id), due_at=now + pause_s)

    # Orphans

    async def orphans(self) -> tuple[Told, ...]:
        """What has waited for its session longer than it should, or in vain."""
        keys = sorted(await self.store.tagged(_ORPHANS))
        found = [await self.find(key.removeprefix(_RECORD)) for key in keys]
        return tuple(told for told in found if told is not None)

    async def _look(self) -> None:
        try:
            self.costs.metrics.orphans(len(await self.store.tagged(_ORPHANS)))
            await asyncio.to_thread(self.recordings.sweep)
        except WebhookError as error:
            log_.warning("orphans_not_counted", code=error.code)
        except Exception as error:  # noqa: BLE001 - the figure is missing for a minute; the joins go on
            log_.error("orphans_not_counted", where=log.where(error))

    # What is over

    async def told_between(self, from_at: float, to_at: float) -> AsyncGenerator[tuple[str, float, Told | None]]:
        """What was told first in this time: conversation, when, and None for what cannot be read. Raises `StoreError`."""
        async for record in every_record(self.store, Filter(from_at=from_at, to_at=to_at)):
            key, at = record["session_id"], float(record["created_at"])
            if key.startswith(_RECORD):
                try:
                    told = _told(record, 0)
                except RecordDamaged:
                    told = None
                yield key.removeprefix(_RECORD), at, told

    async def drop(self, conversation_id: str, over: frozenset[Data]) -> None:
        """What is over of what was told goes; that it was told stays, so that it does not come back.

        Raises `StoreError` and `RecordingError`.
        """
        found = await self.find(conversation_id)
        if found is not None and found.status is not ToldStatus.DELETED:
            ttl_s = KEEP_S if found.status is ToldStatus.ORPHAN else None
            await self._change(conversation_id, lambda t: None if t is None else told_without(t, over), ttl_s=ttl_s)
        if Data.RECORDINGS in over:  # after it is known to be unwanted: whoever is writing it now looks at that again
            await asyncio.to_thread(self.recordings.delete, conversation_id)

    # Erasing

    async def conversations_of(self, session_id: str) -> tuple[str, ...]:
        """Those that were started for a session or joined to it, and one that has its name."""
        keys = await self.store.tagged(_conversations(session_id))
        named = await self.find(session_id)
        own = () if named is None or not named.events else (session_id,)
        return tuple(dict.fromkeys((*own, *sorted(key.removeprefix(_RECORD) for key in keys))))

    async def untie(self, session_id: str) -> None:
        """Forget which conversations were its."""
        for key in await self.store.tagged(_conversations(session_id)):
            await self.store.untag(_conversations(session_id), key)

    async def forget(self, conversation_id: str) -> None:
        """Erase what was told of a conversation, for good: what still comes of it is not kept.

        Raises `StoreError` and `RecordingError`.
        """
        now = self.clock()
        gone = Told(conversation_id=conversation_id, created_at=now, updated_at=now, status=ToldStatus.DELETED)
        await self.store.delete(_key(conversation_id))  # which leaves no page of a file to read it on
        await self._change(conversation_id, lambda _: gone, ttl_s=KEEP_S)
        await self.store.untag(_ORPHANS, _key(conversation_id))
        await asyncio.to_thread(self.recordings.delete, conversation_id)


def _key(conversation_id: str) -> str:
    return f"{_RECORD}{conversation_id}"


def _conversations(session_id: str) -> str:
    """The tag under which a session's conversations are found."""
    return f"told:{session_id}"


def _record(told: Told) -> dict[str, Any]:
    """As the store wants it; the session's id has a name of its own, for `session_id` is the record's."""
    document = told_to(told)
    return {**document, "joined_to": document["session_id"], "session_id": _key(told.conversation_id), "flow_id": ""}


def _told(record: dict[str, Any], version: int) -> Told:
    try:
        return told_from({**record, "session_id": record.get("joined_to")})
    except StoreError:
        raise RecordDamaged("the record of a call is damaged", data=b"", version=version) from None
