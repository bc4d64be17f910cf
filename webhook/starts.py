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
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from webhook.errors import Conflict, InvalidState, NotFound, StoreError
from webhook.interview.call import ENDS, Call, CallState
from webhook.interview.session import Session, SessionStatus
from webhook.sessions import Tries
from webhook.store.base import SESSION_TTL_S, VersionConflict, record_beside

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.admission import Admission
    from webhook.reports import Reports
    from webhook.sessions import Sessions
    from webhook.store.base import Record, Store

CONNECT_S: Final = 15 * 60.0
"""Seconds in which what a start hands out can be used to connect (protocols: section 2.1)."""
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

    async def start(
        self, interview_id: str, wish: Wish, *, key: str | None = None, asked: object = None, only_one: bool = False
    ) -> Session:
        """The session to connect to: the one that is being held, or a new one.

        `key` makes a start that is sent again the same one; `asked` is what was sent with it. `only_one`: an interview
        that was held is not held again. Raises `Conflict` for the same key with something else, for a key whose
        interview is over, and for a second interview where there is to be only one.
        """
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

    async def note(self, interview_id: str, session_id: str) -> None:
        """The interview is held in this session from now on: its participant called by phone, which starts nothing here."""
        async for _ in self.tries():
            stored = await self.store.load(_key(interview_id))
            record = self._fresh(interview_id) if stored is None else stored.record
            changed = {**record, "current": session_id, "updated_at": self.clock()}
            if record["current"] == session_id or await self._save(
                interview_id, changed, 0 if stored is None else stored.version
            ):
                return
        raise StoreError("the interview changed too often while its call rang")

    async def watch(self, interview_id: str) -> Session:
        """The session with its call as far as it has come. Raises `NotFound`."""
        session = await self._current(interview_id)
        changed = await self.sessions.change(session.session_id, _observed)
        return changed or session

    async def end(self, interview_id: str) -> Session:
        """The same once its call is over; a call that is over already stays as it ended. Raises `NotFound`."""
        session = await self._current(interview_id)
        ended = await self.sessions.change(session.session_id, _ended)
        if ended is not None and ended.has_turns:
            await self.reports.call_ended(ended)
        return await self.watch(interview_id)

    async def connecting(self, session: Session, opening: str | None = None) -> Session:
        """Note that somebody was just given the means to connect; an opening that was written counts the first time."""
        until = self.clock() + CONNECT_S

        def noted(found: Session, now: float) -> Session | None:
            call = found.call_at(now)
            words = call.opening or ("" if found.has_turns else opening or "")
            changed = replace(call, expires_at=max(call.expires_at, until), opening=words)
            return None if changed == found.call else replace(found, call=changed)

        return await self.sessions.change(session.session_id, noted) or session

    async def _session(self, record: Record, known: dict[str, str] | None, *, only_one: bool) -> tuple[str, bool]:
        """The id of the session to connect to, and whether it is a new one."""
        session_id = known["session"] if known is not None else record["current"]
        if session_id is None:
            return self.new_id(), True
        found = await self.sessions.find(session_id)
        if found is None:
            # Lost half-way, or deleted since: while its start is young it is taken up, or two would be made of it.
            is_young = record["current"] == session_id and self.clock() < record["updated_at"] + CONNECT_S
            return (session_id, False) if is_young else (self.new_id(), True)
        state = found.session.call_at(found.at).state
        if state not in ENDS:
            return session_id, False
        if known is not None:
            raise Conflict("the call that this Idempotency-Key started is over; another one needs another key")
        if only_one and state is not CallState.EXPIRED:
            raise Conflict("this interview was held already")
        return self.new_id(), True

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
        return record_beside(_key(interview_id), "interview", self.clock(), current=None, keys={})

    async def _save(self, interview_id: str, record: Record, expect: int) -> bool:
        saved = await self.store.save(_key(interview_id), record, expect=expect, ttl_s=SESSION_TTL_S)
        return not isinstance(saved, VersionConflict)


def _observed(session: Session, now: float) -> Session | None:
    """What is told once stays true, so it is kept."""
    call = session.call_at(now)
    return None if call == session.call else replace(session, call=call)


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
