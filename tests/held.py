"""Two callers of whom something is held in every place there is, each piece with a word of its own.

::

    await hold(services, "zerbinetta", number="+4930123456")
    everything held about that number has each of `words("zerbinetta")` in it
"""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import zipfile
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import redis

from webhook.errors import StoreError
from webhook.interview.call import Call
from webhook.interview.facts import FactEvent, Status
from webhook.interview.moves import State
from webhook.interview.retention import parse_keep
from webhook.interview.session import Session, SessionStatus, Turn, to_dict
from webhook.interview.told import Event, Kind
from webhook.privacy.erasure import Erasure, ErasureStatus, Reason, Whom
from webhook.recordings import file_of
from webhook.services import Services
from webhook.wire.identity import TokenClaims, sign_token
from webhook.wire.invites import Invite
from webhook.wire.phone import number_keys

THEN = 1_750_000_000.0
"""2025-06-15, in seconds since 1970."""
FOR_LONG = parse_keep("recordings=3650,transcripts=3650,reports=3650,audit=3650")
"""Nothing of it is over."""
PLACES = (
    *("utterance", "reply", "fact", "quote", "heard by the platform", "its summary", "recording", "invite"),
    *("interview", "delivery", "branch", "odd record", "damaged record", "report", "erasure"),
)


def word(name: str, place: str) -> str:
    """What was said in one place, and nowhere else."""
    return f"{name}-{place.replace(' ', '-')}"


def words(name: str) -> set[str]:
    return {word(name, place) for place in PLACES}


def token_of(name: str, secret: str) -> str:
    """What the platform sends back of the session token that a call was started with."""
    return sign_token(TokenClaims(session_id=f"{name}-1"), THEN + 3 * 3600, secret)


async def hold(services: Services, name: str, *, number: str, secret: str) -> None:
    """Sessions `NAME-1` (with a branch, its call and a delivery) and `NAME-2` (which no release can read)."""
    key = number_keys(number, [secret])[0]
    session = _session(services, name, key)
    assert await services.sessions.save(session, expect=0)
    await _told(services, name, secret)
    await settled(services)  # for the report is made anew of what the platform heard
    await services.reports.make_now(session.session_id)
    await _report_says(services, session.session_id, name)
    branch_id = await services.sessions.beside(session.session_id, f"conv_{name}2")
    branch = replace(session, session_id=branch_id, log=(Turn(slot=1, utterance=word(name, "branch")),), call=None)
    assert await services.sessions.save(branch, expect=0)
    await _odd_record(services, name, key)
    await _beside_the_sessions(services, name, number, secret)
    assert services.deliveries is not None
    await services.deliveries.notice(await services.sessions.load(session.session_id))


async def settled(services: Services) -> None:
    """Once nothing is going on behind it any more."""
    tasks = services.interviewer.generations._tasks
    while tasks:
        await asyncio.wait(set(tasks))


def _session(services: Services, name: str, key: str) -> Session:
    flow = services.library.flow("financial_lifestyle")
    consent = FactEvent(slot="consent", status=Status.FILLED, value=True, words="Yes", turn=1)
    fact = FactEvent(slot="name", status=Status.FILLED, value=word(name, "fact"), words=word(name, "fact"), turn=2)
    return Session(
        session_id=f"{name}-1",
        conversation_id=f"conv_{name}1",
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=flow.persona,
        language="en",
        created_at=THEN,
        updated_at=THEN,
        status=SessionStatus.COMPLETED,
        base=State(events=(consent, fact), ending=word(name, "delivery")),
        log=(Turn(slot=1, utterance=word(name, "utterance"), reply=word(name, "reply")),),
        call=Call(interview_id=word(name, "interview"), started_at=THEN, caller=key),
    )


async def _report_says(services: Services, session_id: str, name: str) -> None:
    """As if Claude had written a field of it."""

    def written(session: Session, _: float) -> Session:
        assert session.report is not None
        field = {"value": word(name, "report"), "quotes": [{"words": word(name, "quote"), "turn": 1}]}
        return replace(session, report={**session.report, "fields": {**session.report["fields"], "mood": field}})

    assert await services.sessions.change(session_id, written) is not None


async def _told(services: Services, name: str, secret: str) -> None:
    conversation_id = f"conv_{name}1"
    said = [
        {"role": "agent", "message": "Hello.", "time_in_call_secs": 0},
        {"role": "user", "message": word(name, "heard by the platform"), "time_in_call_secs": 3},
    ]
    analysis = {"transcript_summary": word(name, "its summary")}
    content = {"status": "done", "transcript": said, "metadata": {}, "analysis": analysis, "has_audio": True}
    token = token_of(name, secret)
    transcript = Event(kind=Kind.TRANSCRIPT, conversation_id=conversation_id, at=10, content=content, tokens=(token,))
    await services.calls.receive(transcript)
    hold_recording(services, conversation_id, word(name, "recording").encode())


def hold_recording(services: Services, conversation_id: str, sound: bytes) -> Path:
    folder = services.settings.recordings_dir
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_of(conversation_id)
    path.write_bytes(sound)
    return path


async def _odd_record(services: Services, name: str, key: str) -> None:
    """JSON that is no session, and beside it the bytes of what it was before, kept aside."""
    odd = to_dict(_session(services, name, key)) | {"session_id": f"{name}-2", "created_at": THEN + 86_400}
    odd |= {"conversation_id": None, "log": [word(name, "damaged record")], "base": None, "call": {"caller": key}}
    odd |= {"report": None, "head": None}
    version = await services.store.save(f"{name}-2", odd, expect=0)
    assert isinstance(version, int)
    with suppress(StoreError):  # which keeps it aside
        await services.sessions.find(f"{name}-2")
    await services.store.save(f"{name}-2", odd | {"log": [word(name, "odd record")]}, expect=version)


async def _beside_the_sessions(services: Services, name: str, number: str, secret: str) -> None:
    key = number_keys(number, [secret])[0]
    invite = Invite(interview_id=word(name, "interview"), persona=word(name, "invite"))
    now = services.interviewer.clock()
    await services.callers.remember(number, invite, secrets=[secret], expires_at=now + 3600, now=now)
    assert await services.starts.take(word(name, "interview"), f"{name}-1", caller=key)
    erasure = Erasure(
        id=word(name, "erasure"),
        whom=Whom(callers=(key,)),
        reason=Reason.REQUEST,
        asked_at=THEN - 86_400,
        updated_at=THEN - 86_400,
        status=ErasureStatus.PROVED,
    )
    await services.erasures._save(erasure, 0)


# Breaking


def damage(services: Services, record_id: str, data: bytes) -> None:
    """The bytes of a session's record, as a disk or another release might have left them."""
    if services.settings.redis_url is not None:
        with redis.Redis.from_url(services.settings.redis_url.get_secret_value()) as server:
            assert server.hset(f"webhook:{{{record_id}}}:record", "d", data) == 0
        return
    with closing(sqlite3.connect(services.settings.data_dir / "sessions.db")) as other, other:
        assert other.execute("UPDATE sessions SET record = ? WHERE session_id = ?", (data, record_id)).rowcount == 1


# Looking


def files_in(archive: bytes) -> dict[str, bytes]:
    """Every file of a zip, by its path; asserts that it is whole."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        assert opened.testzip() is None
        return {name: opened.read(name) for name in opened.namelist()}


def said_in(files: dict[str, bytes], name: str) -> set[str]:
    """The words of somebody that stand anywhere in the files or in their names."""
    everything = b"\n".join((*files.values(), *(path.encode() for path in files)))
    return {each for each in words(name) if each.encode() in everything}


def document(files: dict[str, bytes], path: str) -> Any:
    return json.loads(files[path])
