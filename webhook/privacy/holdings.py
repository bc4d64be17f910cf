"""What is held of a session or of a caller, and where: for erasing it, for proving that it is gone, for handing it over.

| place | what |
|---|---|
| the session store and its standby | sessions; beside them the branches of a call that came twice, and the bytes of a record that could not be read |
| the store of calls | what the platform told of a conversation, deliveries, the interview that points to the session, invited callers |
| the folder of recordings | the audio of a conversation |
"""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook import deliveries
from webhook.errors import StoreError
from webhook.privacy.raw_records import caller_in, session_in
from webhook.store.base import Filter
from webhook.store.pages import every_record
from webhook.store.raw import raw_record

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable

    from webhook.callers import Callers
    from webhook.calls import Calls
    from webhook.interview.session import Session
    from webhook.privacy.erasure import Erasure, Whom
    from webhook.sessions import Sessions
    from webhook.starts import Starts
    from webhook.store.base import Record, Store


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

    async def sessions_of(self, whom: Whom, *, before: float, names: Iterable[str] = ()) -> tuple[str, ...]:
        """The ids of the sessions that had begun by then: those asked for, what stands beside them, and those that were
        begun under the name of one of their conversations. `names` are more names they may have. Raises `StoreError`.

        For a caller all sessions are gone through: no index can be out of date, and nobody waits for it.
        """
        to_see = [*names] if whom.session_id is None else [whom.session_id, *names]
        if whom.callers:
            to_see += [r["session_id"] async for r in self._records(before) if caller_in(r) in whom.callers]
        callers = {"", *whom.callers}
        if whom.session_id is not None:
            callers.add(await self._caller_of(whom.session_id))
        seen: dict[str, bool] = {}
        while to_see:
            name = to_see.pop(0)
            await asyncio.sleep(0)  # a store in a file answers without letting anybody else in
            # What stands beside a session may be somebody else's who came with the same id.
            if name in seen or await self._caller_of(name) not in callers:
                continue
            seen[name] = await self.has_record(name, before=before)
            to_see += await self.sessions.all_beside(name)
            to_see += (await self.ties_of(name)).conversations if seen[name] else ()
        return tuple(name for name, is_there in seen.items() if is_there)

    async def _caller_of(self, session_id: str) -> str:
        session = await self.session(session_id)
        return "" if session is None or session.call is None else session.call.caller

    async def _records(self, before: float) -> AsyncGenerator[Record]:
        where = Filter(to_at=math.nextafter(before, math.inf))  # that moment included
        for store in self.stores:
            async for record in every_record(store, where):
                yield record

    async def has_record(self, session_id: str, *, before: float) -> bool:
        """Whether a session that began before then is there; one that cannot be read is. Raises `StoreError`."""
        return any(began <= before for began in await self.began(session_id))

    async def is_another(self, session_id: str, *, than: float) -> bool:
        """Whether the session of that id is one that began later: who has the id now is somebody else."""
        return any(began > than for began in await self.began(session_id))

    async def began(self, session_id: str) -> list[float]:
        """When the session of that id began, by each store that has one; 0 where nobody can read it."""
        return [at for store in self.stores if (at := await _began_at(store, session_id)) is not None]

    async def session(self, session_id: str) -> Session | None:
        """None: there is none, or it cannot be read. Raises `StoreError`.

        Looked at in the store itself: `Sessions.find` keeps another copy of what it cannot read, and who looks for all
        that is there must not make more of it.
        """
        raw = await raw_record(self.sessions.store, session_id)
        return None if raw is None else session_in(raw)

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
            await asyncio.sleep(0)
            if await self.is_another(session_id, than=erasure.asked_at):
                continue
            if await self.has_record(session_id, before=erasure.asked_at):
                left.add("sessions")
            if await deliveries.kept_of(self.calls.store, session_id):
                left.add("deliveries")
            if any([await self.starts.leads_to(each, session_id) for each in erasure.interviews]):
                left.add("interviews")
        for conversation_id in erasure.conversations:
            await asyncio.sleep(0)
            told = await self.calls.find(conversation_id)
            if told is not None and told.events:
                left.add("calls")
            if await asyncio.to_thread(self.calls.recordings.has_of, conversation_id):
                left.add("recordings")
        if any([await self.callers.was_invited(key, before=erasure.asked_at) for key in erasure.whom.callers]):
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
