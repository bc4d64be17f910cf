"""Workers that are told of calls by the platform, and the events it tells."""

from __future__ import annotations

import asyncio
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.office import Clock, Office, staffed
from tests.post_call import audio, transcription
from webhook.interview.session import Session, Turn
from webhook.interview.told import Event, Kind, Told
from webhook.wire.limits import read_object
from webhook.wire.post_call import parse_event

CALL = "conv_join0001"
SOUND = {"file": f"{CALL}.mp3", "size": 3, "sha256": "ab"}
TRANSCRIPT, AUDIO = transcription(CALL, at=10), audio(CALL, b"abc", at=11)
WORDS = Turn(slot=1, utterance="Yes.", reply="Good.")


def event(body: bytes) -> Event:
    found = parse_event(read_object(body))
    assert found is not None
    return replace(found, content={"recording": SOUND}) if found.kind is Kind.AUDIO else found


class Switchboard(Office):
    """Where calls are joined to their sessions."""

    async def told(self, body: bytes, *, worker: int = 0) -> Told:
        told = await self.workers[worker].calls.receive(event(body))
        await self.settle()
        return told

    async def due(self) -> None:
        """What is due by now, in all workers at once."""
        await asyncio.gather(*(worker.calls.join_due() for worker in self.workers))
        await self.settle()

    async def found(self, conversation_id: str = CALL) -> Told:
        told = await self.first.calls.find(conversation_id)
        assert told is not None
        return told

    async def session(self, session_id: str = CALL) -> Session:
        return await super().session(session_id)

    async def register(self, session_id: str = CALL) -> Session:
        return await self.first.admission.register(session_id, flow_id=None, persona_id=None)


def switchboard(data_dir: Path, *, workers: int = 1, **given: Any) -> AbstractAsyncContextManager[Switchboard]:
    """Its clock begins now: the platform's own times are real ones."""
    return staffed(Switchboard(clock=Clock(time.time())), data_dir, workers=workers, **given)
