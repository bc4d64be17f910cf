"""Replies across workers: copied to the store by the one that makes them, read along by the others."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from webhook.errors import StoreError
from webhook.interview import turns
from webhook.interview.session import HeadStatus
from webhook.interview.speech import gap
from webhook.store.base import Chunk

if TYPE_CHECKING:
    from webhook.asides import Asides
    from webhook.dialogue import Deadlines
    from webhook.generations import Generation
    from webhook.sessions import Sessions

_PUBLISH_S = 1.0
"""How far a reader in another worker is behind. Few replies have one, and most are over sooner: twice as often, the
copies were a tenth of what a turn costs."""
_WAKE_S = 0.5
_LOOK_S = 0.25
"""How long that reader waits for more before it looks whether the reply is complete."""
log_ = structlog.get_logger("webhook.turn")


@dataclass(frozen=True, kw_only=True)
class Relay:
    """What workers tell each other of a reply."""

    sessions: Sessions
    asides: Asides
    deadlines: Deadlines

    async def publish(self, generation: Generation) -> None:
        """Copy the reply to the store's chunk log in steps, for readers in other workers, and show signs of life.

        The end of it, and all of one that was quick, they find in the record.
        """
        sent, sent_at, alive_at = 0, time.monotonic(), time.monotonic()
        lease_s = self.deadlines.lease_s
        try:
            while not await generation.rest(min(_WAKE_S, lease_s / 4)):
                pieces = generation.pieces[sent:]
                if pieces and time.monotonic() - sent_at > _PUBLISH_S - _WAKE_S / 2:
                    sent, sent_at = sent + len(pieces), time.monotonic()
                    chunk = Chunk(data="".join(pieces))
                    await self.sessions.store.append_chunk(generation.session_id, generation.number, chunk)
                if time.monotonic() - alive_at > lease_s / 3:
                    alive_at = time.monotonic()
                    await self.sessions.change(
                        generation.session_id,
                        lambda s, now: turns.renew(s, generation.number, now=now, lease_s=lease_s),
                    )
        except StoreError as error:
            log_.warning("publish_failed", session_id=generation.session_id, code=error.code)

    async def follow(self, generation: Generation, number: int) -> bool:
        """Read along the reply another worker makes under that number.

        False: its owner died, and whoever asks for the turn now gets to make it. Where a newer reply has taken its
        place, that one is read.
        """
        session_id = generation.session_id
        read, text = 0, ""
        while True:
            ended = False
            log_of = self.sessions.store.follow_chunks(session_id, number, wait_s=_LOOK_S)
            try:
                async with aclosing(log_of):
                    at = 0
                    async for chunk in log_of:
                        at, ended = at + 1, chunk.last  # an older release says so of its last chunk
                        if at > read:
                            read = at
                            text += chunk.data
                            generation.add_read(chunk.data)
            except StoreError as error:
                log_.warning("follow_failed", session_id=session_id, error=error.code)
                await asyncio.sleep(_PUBLISH_S)
            found = await self.sessions.find(session_id)
            head = found.session.head if found is not None else None
            if found is None or head is None:
                generation.add("" if generation.has_words else self.asides.lost(found))
                return True
            generation.ending = found.session.state.ending
            if ended:
                return True
            if head.generation > number:
                generation.add(gap(text))
                number, read, text = head.generation, 0, ""
            elif head.status is HeadStatus.COMPLETE:
                # What was not in the chunk log: it ends with the store, or was written where this worker cannot look.
                generation.add_read(head.reply.removeprefix(text) if head.reply.startswith(text) else "")
                return True
            elif not turns.is_leased(head, now=found.at, lease_s=self.deadlines.lease_s):
                return False
