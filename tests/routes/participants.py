"""Who was invited to an interview: what their page asks for, what they say, and the telephone they may call from."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2

from tests.callers import as_claude, is_listen
from tests.fake_claude import Body, FakeClaude, Reply
from tests.fake_elevenlabs import AGENT_ID
from tests.live_server import OPERATORS, WEBHOOK_SECRET, Live, assistant, live_server, spoken, user
from webhook.interview.call import GRACE_S
from webhook.interview.session import Session
from webhook.starts import CONNECT_S
from webhook.wire.identity import derived_secret, verify_token
from webhook.wire.overrides import TOKEN_VARIABLE

RINGS = "/api/v1/webhooks/elevenlabs/initiation"


@dataclass
class Clock:
    """Seconds since 1970, from now on as the test wants them."""

    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now

    def until_a_call_expires(self) -> None:
        self.now += CONNECT_S + GRACE_S + 1.0


@dataclass(frozen=True, kw_only=True)
class Participant:
    """Holds an invite, and nothing else."""

    live: Live
    interview_id: str
    headers: Mapping[str, str]

    async def ask(self, what: str, document: object = None, *, key: str | None = None) -> httpx2.Response:
        path = f"/api/v1/interviews/{self.interview_id}/voice/{what}"
        if what == "status":
            return await self.live.http.get(path, headers=self.headers)
        headers = self.headers if key is None else {**self.headers, "Idempotency-Key": key}
        return await self.live.http.post(path, json=document or {}, headers=headers)

    async def start(self, document: object = None, *, key: str | None = None) -> dict[str, Any]:
        return told(await self.ask("start", document, key=key), 201)

    async def status(self) -> dict[str, Any]:
        return told(await self.ask("status"), 200)

    async def end(self) -> dict[str, Any]:
        return told(await self.ask("end"), 200)

    async def is_refused(self) -> bool:
        """Whether there is no other interview for them; asserts that nothing else is the reason."""
        answer = await self.ask("start")
        assert answer.status_code in {201, 409}, answer.text
        return answer.status_code == 409


async def invited(live: Live, **document: Any) -> Participant:
    made = told(await live.post("/api/invites", document), 201)
    headers = {"Authorization": f"Bearer {made['invite']}"}
    return Participant(live=live, interview_id=made["interviewId"], headers=headers)


def told(answer: httpx2.Response, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def says(live: Live, started: Mapping[str, Any], *words: str, **fields: Any) -> httpx2.Response:
    """The call that this start led to, with nothing said in it but these words; read to the end of what comes of it."""
    headers = {"X-Conversation-Id": started["conversationId"]}
    answer = await live.chat([user(each) for each in words], headers=headers, **fields)
    assert answer.status_code == 200, answer.text
    await live.settle()
    return answer


async def rings(live: Live, number: str, call_sid: str) -> tuple[Session, str]:
    """The session of a call that rings, and the token that opens it."""
    document = {"caller_id": number, "call_sid": call_sid, "agent_id": AGENT_ID}
    headers = {"X-Initiation-Secret": derived_secret(WEBHOOK_SECRET, "initiation")}
    made = told(await live.http.post(RINGS, json=document, headers=headers), 200)
    await live.settle()
    token: str = made["dynamic_variables"][TOKEN_VARIABLE]
    return await live.session(verify_token(token, [WEBHOOK_SECRET], 0.0).session_id), token


async def erase(live: Live, session_id: str) -> None:
    answer = await live.http.delete(f"/api/sessions/{session_id}", headers=OPERATORS)
    assert answer.status_code == 204, answer.text


@dataclass(frozen=True, kw_only=True)
class Listened:
    """A service with a Claude who waits with the first answer about what was said."""

    live: Live
    asked: asyncio.Event
    may_answer: asyncio.Event

    @asynccontextmanager
    async def to(self, started: Mapping[str, Any]) -> AsyncGenerator[None]:
        """Inside, a turn of this call is being decided; it is over afterwards."""
        talk = [assistant(started["overrides"]["agent"]["firstMessage"]), user("Well, I think that is fine by me.")]
        headers = {"X-Conversation-Id": started["conversationId"]}
        turn = asyncio.create_task(self.live.chat(talk, headers=headers))
        await self.asked.wait()
        yield
        self.may_answer.set()
        assert spoken(await turn)
        await self.live.settle()


@asynccontextmanager
async def listened(data_dir: Path, **given: Any) -> AsyncGenerator[Listened]:
    asked, may_answer = asyncio.Event(), asyncio.Event()

    def script(body: Body) -> Reply:
        if not is_listen(body) or asked.is_set():
            return as_claude(body)
        asked.set()
        return replace(as_claude(body), held_until=may_answer)

    async with FakeClaude(script) as claude, live_server(data_dir, claude_url=claude.base_url, **given) as live:
        yield Listened(live=live, asked=asked, may_answer=may_answer)
