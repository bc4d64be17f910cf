"""The places where data of a class is: what is over there by KEEP_DAYS, and how it goes.

A place is gone through by the time its data began, so a round need look only at what has become due since the last.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from webhook.errors import NotFound, RecordDamaged, RecordTooNew, StoreError
from webhook.interview.retention import (
    Data,
    has_recording,
    has_transcript,
    has_words,
    is_live,
    waits_for,
    without_recording,
    without_transcript,
)
from webhook.interview.session import from_dict
from webhook.privacy.erasure import Reason, Whom
from webhook.sessions import DAMAGED
from webhook.store.base import Filter
from webhook.store.pages import every_record

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from webhook.calls import Calls
    from webhook.interview.retention import Keep
    from webhook.interview.session import Session
    from webhook.privacy.erasures import Erasures
    from webhook.reports import Reports
    from webhook.sessions import Sessions
    from webhook.store.base import Record, Store


class Place(StrEnum):
    """Where data of a class is. Whole interviews go first: they take all the rest with them."""

    INTERVIEWS = "interviews"
    SOUND = "sound"
    TALKS = "talks"
    #: What the platform told, also of calls that have no session.
    TOLD = "told"
    #: Audio in the folder of recordings, also of calls that have no session.
    FILES = "files"

    @property
    def data(self) -> Data:
        return _CLASSES[self]


_CLASSES: Final[Mapping[Place, Data]] = {
    Place.INTERVIEWS: Data.REPORTS,
    Place.SOUND: Data.RECORDINGS,
    Place.TALKS: Data.TRANSCRIPTS,
    Place.TOLD: Data.TRANSCRIPTS,
    Place.FILES: Data.RECORDINGS,
}


@dataclass(frozen=True, kw_only=True)
class Overdue:
    """Something that is over. `name` is a session's or a conversation's id; times are seconds since 1970."""

    place: Place
    name: str
    began: float
    over_at: float
    #: What was told, or the bytes that were kept aside of a session's record: nobody can take a part out of it.
    is_unreadable: bool = False


@dataclass(frozen=True, kw_only=True)
class Places:
    """Finds what is over, and sees to it that it goes."""

    erasures: Erasures
    reports: Reports
    keep: Keep
    clock: Callable[[], float]

    @property
    def calls(self) -> Calls:
        return self.erasures.holdings.calls

    @property
    def sessions(self) -> Sessions:
        return self.erasures.holdings.sessions

    # Finding

    async def overdue(
        self, place: Place, *, since: float, now: float, stores: tuple[Store, ...] | None = None
    ) -> AsyncGenerator[Overdue]:
        """What is over of what began since then. Raises `StoreError` and `RecordingError`.

        `stores` are those whose sessions are looked at, in place of the one that serves.
        """
        to_at = self.until(place, now)
        if place is Place.TOLD:
            async for conversation_id, began, told in self.calls.told_between(since, to_at):
                if told is None or has_words(told):
                    yield self._overdue(place, conversation_id, began, is_unreadable=told is None)
        elif place is Place.FILES:
            for conversation_id, written in await asyncio.to_thread(self.calls.recordings.kept_before, to_at):
                yield self._overdue(place, conversation_id, written)
        else:
            if place is not Place.INTERVIEWS:  # older ones go whole
                since = max(since, self.until(Place.INTERVIEWS, now))
            for store in stores or (self.sessions.store,):
                async for record in every_record(store, Filter(from_at=since, to_at=to_at)):
                    if (found := self._in(place, record)) is not None:
                        yield found

    def until(self, place: Place, now: float) -> float:
        """What began before then is over."""
        return now - self.keep.seconds(place.data)

    def _overdue(self, place: Place, name: str, began: float, *, is_unreadable: bool = False) -> Overdue:
        over_at = self.keep.over_at(place.data, began)
        return Overdue(place=place, name=name, began=began, over_at=over_at, is_unreadable=is_unreadable)

    def _in(self, place: Place, record: Record) -> Overdue | None:
        """A record that cannot be read may hold anything that was said; sound is in none."""
        name, began = record["session_id"], float(record["created_at"])
        if record["status"] == DAMAGED:
            return None if place is Place.SOUND else self._overdue(place, name, began, is_unreadable=True)
        if place is Place.INTERVIEWS:
            return self._overdue(place, name, began)
        try:
            session = from_dict(record)
        except StoreError:
            is_there = place is not Place.SOUND
        else:
            is_there = has_recording(session) if place is Place.SOUND else has_transcript(session)
        return self._overdue(place, name, began) if is_there else None

    # Carrying out

    async def end(self, overdue: Overdue) -> str:
        """Delete it; why it is left, or "" when it is gone. Raises `StoreError` and `RecordingError`."""
        if overdue.place is Place.FILES:
            await self._end_file(overdue)
            return ""
        if overdue.place is Place.TOLD:
            return await self._end_told(overdue)
        if overdue.is_unreadable:
            await self.sessions.delete(overdue.name)
            return ""
        try:
            found = await self.sessions.find(overdue.name)
        except RecordTooNew as error:
            return await self._erase(overdue) if overdue.place is Place.INTERVIEWS else error.code
        except RecordDamaged:
            return await self._erase(overdue)
        if found is None or found.session.created_at > overdue.began:  # who has the id now is somebody else
            return ""
        if overdue.place is Place.INTERVIEWS:
            return await self._end_interview(overdue, found.session)
        return await self._end_part(overdue, found.session)

    async def _end_interview(self, overdue: Overdue, session: Session) -> str:
        return "live" if is_live(session, self.clock()) else await self._erase(overdue)

    async def _erase(self, overdue: Overdue) -> str:
        with suppress(NotFound):  # somebody else erased it
            await self.erasures.ask(Whom(session_id=overdue.name), Reason.RETENTION)
        return ""

    async def _end_part(self, overdue: Overdue, session: Session) -> str:
        """What was told of its calls first: that nothing is left in the session says that all of it is done."""
        why = self._waits_for(overdue, session)
        if why == "report":
            await self._hurry(session)
        if why:
            return why
        for conversation_id in (await self.erasures.holdings.ties_of(overdue.name)).conversations:
            await self.calls.drop(conversation_id, frozenset({overdue.place.data}))
        now = self.clock()

        def apply(found: Session, _: float) -> Session | None:
            if self._waits_for(overdue, found):
                return None
            less = without_recording(found) if overdue.place is Place.SOUND else without_transcript(found, now)
            return None if less is found else less

        if await self.sessions.change(overdue.name, apply, keeps_time=True) is not None:
            return ""
        found = await self.sessions.find(overdue.name)
        return "" if found is None else self._waits_for(overdue, found.session)

    def _waits_for(self, overdue: Overdue, session: Session) -> str:
        why = waits_for(session, now=self.clock(), over_at=overdue.over_at)
        return "" if why == "report" and overdue.place is Place.SOUND else why

    async def _hurry(self, session: Session) -> None:
        """A report that nobody is making, because a worker died at the wrong moment, is made now."""
        with suppress(NotFound):  # of a flow that nobody has any more
            if not session.is_over:
                await self.reports.watch(session.session_id)
            elif session.report_status == "none":
                await self.reports.call_ended(session)

    async def _end_told(self, overdue: Overdue) -> str:
        if overdue.is_unreadable:
            await self.calls.forget(overdue.name)
        else:
            await self.calls.drop(overdue.name, frozenset({Data.TRANSCRIPTS}))
        return ""

    async def _end_file(self, overdue: Overdue) -> None:
        """What the platform told knows the session, where there is one."""
        told = await self.calls.find(overdue.name)
        await self.calls.drop(overdue.name, frozenset({Data.RECORDINGS}))
        if told is not None and told.session_id is not None:
            await self.sessions.change(
                told.session_id,
                lambda s, _: None if (less := without_recording(s)) is s else less,
                keeps_time=True,
            )
