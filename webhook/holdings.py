"""What is held of a session or of a caller, and where: for erasing it, for proving that it is gone, for handing it over.

| place | what |
|---|---|
| the session store and its standby | sessions; beside them the branches of a call that came twice, and the bytes of a record that could not be read |
| the store of calls | what the platform told of a conversation, deliveries, the interview that points to the session, invited callers |
| the folder of recordings | the audio of a conversation |
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webhook import deliveries
from webhook.errors import StoreError
from webhook.store.base import Filter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.callers import Callers
    from webhook.calls import Calls
    from webhook.erasure import Erasure, Whom
    from webhook.interview.session import Session
    from webhook.sessions import Sessions
    from webhook.starts import Starts
    from webhook.store.base import Record, Store

_PAGE: Final = 20
"""Records that are decoded in one go: some milliseconds, for calls go on meanwhile."""


@dataclass(frozen=True, kw_only=True)
class Ties:
    """What hangs on a session beside its record."""

    conversations: tuple[str, ...] = ()
    interviews: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Holdings:
    """`stores` are all that hold sessions."""

    stores: tuple[Store, ...]
    sessions: Sessions
    calls: Calls
    starts: Starts
    callers: Callers

    async def sessions_of(self, whom: Whom, *, before: float) -> tuple[str, ...]:
        """The ids of the sessions that are there, with all that stands beside them. Raises `StoreError`.

        For a caller all sessions that began before then are gone through: no index can be out of date, and nobody
        waits for it.
        """
        found = [] if whom.session_id is None else [whom.session_id]
        if whom.callers:
            found += [r["session_id"] async for r in self._records(before) if _caller(r) in whom.callers]
        ids = [each for session_id in found for each in (session_id, *await self.sessions.all_beside(session_id))]
        return tuple([each for each in dict.fromkeys(ids) if await self.has_record(each, before=before)])

    async def _records(self, before: float) -> AsyncGenerator[Record]:
        for store in self.stores:
            cursor: str | None = None
            while True:
                page = await store.list_sessions(Filter(to_at=before), cursor=cursor, limit=_PAGE)
                for record in page.records:
                    yield record
                cursor = page.next_cursor
                if cursor is None:
                    break
                await asyncio.sleep(0)

    async def has_record(self, session_id: str, *, before: float) -> bool:
        """Whether a session that began before then is there; one that cannot be read is. Raises `StoreError`."""
        return any(began <= before for began in await self._began(session_id))

    async def is_another(self, session_id: str, *, than: float) -> bool:
        """Whether the session of that id is one that began later: who has the id now is somebody else."""
        return any(began > than for began in await self._began(session_id))

    async def _began(self, session_id: str) -> list[float]:
        return [at for store in self.stores if (at := await _began_at(store, session_id)) is not None]

    async def session(self, session_id: str) -> Session | None:
        """None: there is none, or it cannot be read. Raises `StoreError`."""
        try:
            found = await self.sessions.find(session_id)  # which keeps aside what it cannot read
        except StoreError as error:
            if error.retryable:
                raise
            return None
        return None if found is None else found.session

    async def ties_of(self, session_id: str) -> Ties:
        """Raises `StoreError`."""
        told = await self.calls.conversations_of(session_id)
        session = await self.session(session_id)
        if session is None:
            return Ties(conversations=told)
        over = (session.conversation_id, *session.past_conversations)
        started = session.call.newest if session.call is not None else ()
        interview = session.call.interview_id if session.call is not None else None
        return Ties(
            conversations=tuple(dict.fromkeys(each for each in (*over, *started, *told) if each is not None)),
            interviews=() if interview is None else (interview,),
        )

    async def left_of(self, erasure: Erasure) -> tuple[str, ...]:
        """The kinds of places where something is left of what an erasure has found so far. Raises `StoreError`."""
        left = set()
        for session_id in erasure.sessions:
            if await self.has_record(session_id, before=erasure.asked_at):
                left.add("sessions")
            if await deliveries.kept_of(self.calls.store, session_id):
                left.add("deliveries")
            if any([await self.starts.leads_to(each, session_id) for each in erasure.interviews]):
                left.add("interviews")
        for conversation_id in erasure.conversations:
            told = await self.calls.find(conversation_id)
            if told is not None and told.events:
                left.add("calls")
            if await asyncio.to_thread(self.calls.recordings.has_of, conversation_id):
                left.add("recordings")
        if any([await self.callers.invite_of(key) for key in erasure.whom.callers]):
            left.add("callers")
        return tuple(sorted(left))


async def _began_at(store: Store, session_id: str) -> float | None:
    """0 for a record that cannot be read."""
    try:
        stored = await store.load(session_id)
    except StoreError as error:
        if error.retryable:
            raise
        return 0.0
    return None if stored is None else float(stored.record["created_at"])


def _caller(record: Record) -> Any:
    call = record.get("call")
    return call.get("caller") if isinstance(call, dict) else None
