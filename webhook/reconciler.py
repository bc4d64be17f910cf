"""Calls whose webhooks never came: every few minutes the platform is asked what has ended.

One worker at a time, by a job with a fixed id. What it finds goes the same way as a webhook.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from webhook.elevenlabs import conversations
from webhook.errors import (
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
    MalformedRequest,
    StoreError,
    StoreRefused,
)
from webhook.interview.retention import Data
from webhook.interview.told import Kind
from webhook.jobs import Jobs, why_not_done
from webhook.store.base import SESSION_TTL_S, record_beside
from webhook.wire.post_call import OVER, event_of_conversation

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from webhook.calls import Calls
    from webhook.elevenlabs.client import ElevenLabs
    from webhook.store.base import Job, Store

EVERY_S: Final = 300.0
"""Within 15 minutes everything that ended is to be here, with one round that fails on the way."""
OVERLAP_S: Final = 2.5 * 3600.0
"""A call that began before the last round may have ended after it: two hours at most, and then it is processed."""
LOOK_BACK_S: Final = 7 * 24 * 3600.0
"""However long we were away; older calls are nobody's business any more."""
AUDIO_AFTER_S: Final = 600.0
"""A recording's webhook comes within minutes of the call, or never."""
_ROUND_S = 200.0
_LEASE_S = 240.0
_LOOK_S = 15.0
_ID = "reconcile"
log_ = structlog.get_logger("webhook.reconciler")


@dataclass(frozen=True, kw_only=True)
class Reconciler:
    """`agent_id`: only this agent's calls; None: all of the account. `wants_audio`: recordings are kept here."""

    calls: Calls
    client: ElevenLabs
    agent_id: str | None
    wants_audio: bool
    clock: Callable[[], float]

    @property
    def store(self) -> Store:
        return self.calls.store

    async def keep_going(self) -> None:
        """Look whether a round is due, for ever."""
        while True:
            await self.run_due()
            await asyncio.sleep(_LOOK_S)

    async def run_due(self) -> None:
        """A round, if one is due and nobody else is at it. It ends quietly and comes again."""
        try:
            await self._ask_for_a_job()
        except StoreError as error:
            log_.warning("reconciling_failed", code=error.code)
        await self._jobs.run_due(self._round)

    @property
    def _jobs(self) -> Jobs:
        return Jobs(store=self.store, kind=_ID, lease_s=_LEASE_S, clock=self.clock)

    async def _ask_for_a_job(self) -> None:
        """Once: from then on each round sets the next one, and never far away: a clock that stepped may have set it."""
        if await self.store.load(_ID) is None:
            await self._jobs.schedule(_ID)
            await self._save(since=self.clock(), expect=0)
        else:
            await self._jobs.schedule(_ID, due_at=self.clock() + EVERY_S)

    async def _round(self, _: Job) -> None:
        try:  # what it brought stays, so the next round has less to do
            if why := await why_not_done(self.reconcile(), within_s=_ROUND_S):
                log_.warning("reconciling_failed", code=why)
        finally:
            await self._jobs.schedule(_ID, due_at=self.clock() + EVERY_S)

    async def reconcile(self) -> int:
        """One round; how many calls it completed. Raises what ended it before its time.

        The watermark moves only after a whole one. A call that the platform cannot tell of is left behind, for it
        would hold up all others.
        """
        now = self.clock()
        stored = await self.store.load(_ID)
        since = now if stored is None else min(float(stored.record["since"]), now)
        count = 0
        async with aclosing(self._ended(max(since - OVERLAP_S, now - LOOK_BACK_S))) as ended:
            async for conversation_id in ended:
                count += await self._complete(conversation_id)
        await self._save(since=now, expect=0 if stored is None else stored.version)
        if count:
            log_.info("calls_reconciled", count=count)
        return count

    async def _ended(self, from_at: float) -> AsyncGenerator[str]:
        cursor: str | None = None
        while True:
            page = await conversations.conversations(
                self.client, agent_id=self.agent_id, from_at=from_at, cursor=cursor
            )
            for one in page.conversations:
                if one["status"] in OVER:
                    yield one["conversation_id"]
            if page.next_cursor is None or page.next_cursor == cursor:  # the same page again would be without end
                return
            cursor = page.next_cursor

    async def _complete(self, conversation_id: str) -> bool:
        """Whether something was missing and is here now."""
        has_transcript = await self.calls.has_transcript(conversation_id)
        try:
            if not has_transcript:
                document = await conversations.conversation(self.client, conversation_id)
                if document["status"] not in OVER:
                    return False
                await self.calls.receive(event_of_conversation(document))
            has_fetched = self.wants_audio and await self._fetch(conversation_id)
        except (ElevenLabsBusy, ElevenLabsUnavailable, ElevenLabsUnauthorised):
            raise  # the others would fare no better
        except (ElevenLabsError, MalformedRequest, StoreRefused) as error:
            log_.warning("call_not_reconciled", conversation_id=conversation_id, code=error.code)
            return False
        return has_fetched or not has_transcript

    async def _fetch(self, conversation_id: str) -> bool:
        """The recording, where there is one and its webhook had time enough: nobody sends that a second time."""
        told = await self.calls.find(conversation_id)
        transcript = None if told is None else told.content(Kind.TRANSCRIPT)
        if told is None or transcript is None or not transcript["has_audio"] or told.recording is not None:
            return False
        if self.clock() < told.ended_at + AUDIO_AFTER_S:
            return False
        if Data.RECORDINGS in self.calls.keep.over(told.started_at or told.created_at, self.calls.expiry()):
            return False  # it would have gone by now
        stream = await conversations.recording(self.client, conversation_id, largest=self.calls.recordings.most)
        async with aclosing(stream.parts()) as parts:
            await self.calls.take_recording(conversation_id, parts, at=math.ceil(told.ended_at))
        return True

    async def _save(self, *, since: float, expect: int) -> None:
        record = record_beside(_ID, _ID, self.clock(), since=since)
        await self.store.save(_ID, record, expect=expect, ttl_s=SESSION_TTL_S)
