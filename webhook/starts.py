"""Starting, watching and ending the call of an interview: one live session each, whoever asks and however often.

An interview is known by an id of the front end's; its record points to the session that is being held. The record is
changed by compare-and-set before the session is made, so of two that start at once the second finds the first one's,
and a start that was lost half-way is taken up by the next.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from webhook.errors import Conflict, InvalidState, NotFound, RecordDamaged, StoreError, TooMany
from webhook.interview.call import ENDS, Call, CallState
from webhook.interview.session import Session, SessionStatus
from webhook.limits import Quota
from webhook.sessions import Tries
from webhook.store.base import SESSION_TTL_S, VersionConflict, record_beside
from webhook.store.raw import raw_record

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.admission import Admission
    from webhook.reports import Reports
    from webhook.sessions import Sessions
    from webhook.store.base import Record, Store

CONNECT_S: Final = 15 * 60.0
"""Seconds in which what a start hands out can be used to connect (protocols: section 2.1)."""
MOST_A_MINUTE: Final = 30
"""Starts of one interview, in each worker: a page that is loaded again and again needs fewer."""
_MOST_KEYS: Final = 20
"""Idempotency keys remembered of one interview; the newest are."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a start asks for; checked already. None: the flow's own."""

    flow_id: str | None = None
    persona_id: str | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True)
class Starts:
    """The interviews of the voice API. `store` holds a record for each (`store.open.open_calls`)."""

    store: Store
    sessions: Sessions
    admission: Admission
    reports: Reports
    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: f"s-{secrets.token_hex(16)}"
    tries: Callable[[], Tries] = Tries
    #: How long an interview is kept after its last change.
    keep_s: float = SESSION_TTL_S
    _quota: Quota = field(default_factory=lambda: Quota(MOST_A_MINUTE), init=False, repr=False, compare=False)

    async def start(
        self, interview_id: str, wish: Wish, *, key: str | None = None, asked: object = None, only_one: bool = False
    ) -> Session:
        """The session to connect to: the one that is being held, or a new one.

        `key` makes a start that is sent again the same one; `asked` is what was sent with it. `only_one`: an interview
        that was held is not held again. Raises `Conflict` for the same key with something else, for a key whose
        interview is over, and for a second interview where there is to be only one; `TooMany` for a flood of starts.
        """
        self._count(interview_id)
        digest = None if key is None else _digest(key)
        async for _ in self.tries():
            stored = await self.store.load(_key(interview_id))
            record = self._fresh(interview_id) if stored is None else stored.record
            known = record["keys"].get(digest) if digest is not None else None
            if known is not None and known["asked"] != _digest(asked):
                raise Conflict("this Idempotency-Key came with another request before")
            session, is_new = await self._session(record, known, only_one=only_one)
            changed = _with_key(record, digest, asked, session)
            if is_new:
                changed = {**changed, "current": session, "updated_at": self.clock()}
            if changed == record or await self._save(interview_id, changed, 0 if stored is None else stored.version):
                return await self._made(session, interview_id, wish)
        raise StoreError("the interview changed too often while a call was started")

    def _count(self, interview_id: str) -> None:
        """Each start asks ElevenLabs twice, and may ask Claude: a participant must not keep others from theirs."""
        now = time.monotonic()
        if not self._quota.has_room(interview_id, now):
            raise TooMany("this interview was started too often; try again in a minute")
        self._quota.count(interview_id, now)

    async def take(self, interview_id: str, session_id: str, *, caller: str) -> bool:
        """Whether the interview is held in this session from now on: its participant calls by phone.

        Not while it is held in another one, and not again once it was held; a call of the same caller in which nothing
        was said gives way. The session itself is made by whoever asks.
        """
        async for _ in self.tries():
            stored = await self.store.load(_key(interview_id))
            record = self._fresh(interview_id) if stored is None else stored.record
            current = record["current"]
            if current == session_id:
                return True
            if record["erased"] or (current is not None and not await self._gives_way(current, caller)):
                return False
            changed = {**record, "current": session_id, "updated_at": self.clock()}
            if await self._save(interview_id, changed, 0 if stored is None else stored.version):
                return True
        raise StoreError("the interview changed too often while its call rang")

    async def _gives_way(self, session_id: str, caller: str) -> bool:
        found = await self._now(session_id)
        if found is None or (found.call_at(self.clock()).state in ENDS and not found.has_turns):
            return True
        if found.has_turns or found.call is None or found.call.caller != caller:
            return False
        await self.sessions.change(session_id, lambda s, now: None if s.has_turns else _ended(s, now))
        found = await self._now(session_id)
        return found is None or not found.has_turns

    async def forget(self, interview_id: str, session_id: str) -> None:
        """The session is erased; who was invited to that one interview does not hold another."""
        async for _ in self.tries():
            try:
                stored = await self.store.load(_key(interview_id))
            except RecordDamaged as damaged:  # it may lead there: nobody can tell
                record, version = {**self._fresh(interview_id), "erased": True}, damaged.version
            else:
                if stored is None or stored.record["current"] != session_id:
                    return
                record, version = {**stored.record, "current": None, "erased": True}, stored.version
            if await self._save(interview_id, record, version):
                return
        raise StoreError("the interview changed too often while it was erased")

    async def raw(self, interview_id: str) -> Record | bytes | None:
        """What is kept of an interview, whether or not it can be read. Raises `StoreError`."""
        return await raw_record(self.store, _key(interview_id))

    async def leads_to(self, interview_id: str, session_id: str) -> bool:
        """A record that cannot be read may. Raises `StoreError`."""
        try:
            stored = await self.store.load(_key(interview_id))
        except RecordDamaged:
            return True
        return stored is not None and stored.record["current"] == session_id

    async def watch(self, interview_id: str) -> Session:
        """The session with its call as far as it has come. Raises `NotFound`."""
        session = await self._current(interview_id)
        return await self._now(session.session_id) or session

    async def end(self, interview_id: str) -> Session:
        """The same once its call is over; a call that is over already stays as it ended. Raises `NotFound`."""
        session = await self._current(interview_id)
        ended = await self.sessions.change(session.session_id, _ended)
        if ended is not None and ended.has_turns:
            await self.reports.call_ended(ended)
        return await self.watch(interview_id)

    async def connecting(
        self, session: Session, conversations: tuple[str, ...] = (), opening: str | None = None
    ) -> Session:
        """Note that somebody was just given the means to connect; an opening that was written counts the first time.

        Raises `Conflict` when the call ended meanwhile.
        """
        until = self.clock() + CONNECT_S

        def noted(found: Session, now: float) -> Session | None:
            call = found.call or Call(started_at=found.created_at)
            call = replace(found, call=replace(call, expires_at=max(call.expires_at, until))).call_at(now)
            if call.state in ENDS:
                return None
            words = call.opening or ("" if found.has_turns else opening or "")
            return replace(found, call=replace(call, opening=words, newest=conversations))

        changed = await self.sessions.change(session.session_id, noted)
        if changed is None:
            raise Conflict("the call ended while it was started")
        return changed

    async def _session(self, record: Record, known: dict[str, str] | None, *, only_one: bool) -> tuple[str, bool]:
        """The id of the session to connect to, and whether it is a new one."""
        current = record["current"]
        if known is not None and known["session"] != current:
            raise Conflict("the call that this Idempotency-Key started is over; another one needs another key")
        if current is None:
            if only_one and record["erased"]:
                raise Conflict("this interview was held already")
            return self.new_id(), True
        session = await self._now(current)
        if session is None:
            # Lost half-way: while its start is young it is taken up, or two would be made of it.
            is_young = self.clock() < record["updated_at"] + CONNECT_S
            return (current, False) if is_young else (self.new_id(), True)
        state = session.call_at(self.clock()).state
        if state not in ENDS:
            return current, False
        if known is not None:
            raise Conflict("the call that this Idempotency-Key started is over; another one needs another key")
        if only_one and session.has_turns:
            raise Conflict("this interview was held already")
        return self.new_id(), True

    async def _now(self, session_id: str) -> Session | None:
        """The session with its call as far as it has come; one whose call has expired is closed by that."""
        changed = await self.sessions.change(session_id, _observed)
        if changed is not None:
            return changed
        found = await self.sessions.find(session_id)
        return None if found is None else found.session

    async def _made(self, session_id: str, interview_id: str, wish: Wish) -> Session:
        now = self.clock()
        return await self.admission.register(
            session_id,
            flow_id=wish.flow_id,
            persona_id=wish.persona_id,
            language=wish.language,
            call=Call(interview_id=interview_id, started_at=now, expires_at=now + CONNECT_S),
        )

    async def _current(self, interview_id: str) -> Session:
        stored = await self.store.load(_key(interview_id))
        if stored is None or stored.record["current"] is None:
            raise NotFound("no call was started for an interview by that id")
        return await self.sessions.load(stored.record["current"])

    def _fresh(self, interview_id: str) -> Record:
        return record_beside(_key(interview_id), "interview", self.clock(), current=None, keys={}, erased=False)

    async def _save(self, interview_id: str, record: Record, expect: int) -> bool:
        saved = await self.store.save(_key(interview_id), record, expect=expect, ttl_s=self.keep_s)
        return not isinstance(saved, VersionConflict)


def _observed(session: Session, now: float) -> Session | None:
    """What is told once stays true, so it is kept. Nobody can come any more to a call that has expired."""
    call = session.call_at(now)
    if call == session.call:
        return None
    status = SessionStatus.ENDED_EARLY if call.state is CallState.EXPIRED else session.status
    return replace(session, call=call, status=status)


def _ended(session: Session, now: float) -> Session | None:
    if session.is_over or session.call_at(now).state in ENDS:
        return None
    return replace(session, status=SessionStatus.ENDED_EARLY)


def _with_key(record: Record, digest: str | None, asked: object, session_id: str) -> Record:
    if digest is None:
        return record
    keys = {**record["keys"], digest: {"asked": _digest(asked), "session": session_id}}
    return {**record, "keys": dict(list(keys.items())[-_MOST_KEYS:])}


def _digest(value: object) -> str:
    """Keys are the front end's and may tell something; only their digest is kept."""
    try:
        text = json.dumps(value, sort_keys=True)
    except ValueError:
        raise InvalidState("what a start asks for came from JSON") from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _key(interview_id: str) -> str:
    return f"interview:{interview_id}"
