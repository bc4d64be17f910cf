"""The whole service on a real loopback port, served by uvicorn inside the test's own event loop.

::

    async with live_server(tmp_path, claude=fake) as live:
        answer = await live.talk({"messages": [...], "variables": {}})
"""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import orjson
import uvicorn
from pydantic import SecretStr

from webhook.app import create_app
from webhook.cli.serving import uvicorn_options
from webhook.dialogue import Deadlines
from webhook.edge import EdgeProtocol
from webhook.generations import Generation
from webhook.maker import Job
from webhook.services import BODY_S, Services, build_services
from webhook.settings import Settings

if TYPE_CHECKING:
    from webhook.asks import Ask
    from webhook.interview.moves import Decision
    from webhook.interview.session import Session
    from webhook.interview.turns import Begin
    from webhook.store.base import Store

ROOT = Path(__file__).parents[1]
WEBHOOK_SECRET = "turns-are-open-with-this-and-nothing-else"
API_TOKEN = "operators-come-in-with-this-and-nobody-else"
TURNS = {"Authorization": f"Bearer {WEBHOOK_SECRET}"}
OPERATORS = {"Authorization": f"Bearer {API_TOKEN}"}
CHAT = "/v1/chat/completions"
SIMPLE = "/api/elevenlabs-webhook"

#: For tests of what happens when Claude fails: every wait is short, their order is that of the real ones.
QUICK = Deadlines(
    listen_s=0.15,
    listen_late_s=0.4,
    draft_s=9.0,
    bridge_s=5.0,
    first_text_s=0.15,
    hedge_s=0.1,
    gap_s=0.15,
    speak_s=0.6,
    report_s=1.0,
)
#: For tests where Claude answers: a busy machine must not look like a slow model.
PATIENT = Deadlines(
    listen_s=9.0,
    listen_late_s=9.0,
    draft_s=9.0,
    bridge_s=9.0,
    first_text_s=9.0,
    hedge_s=9.0,
    gap_s=9.0,
    speak_s=9.0,
    report_s=9.0,
)


@dataclass(frozen=True, kw_only=True)
class Live:
    """A running service and a client for it; each `post` and `get` goes over the socket."""

    base_url: str
    services: Services
    http: httpx2.AsyncClient

    async def chat(
        self, messages: Any, *, headers: Mapping[str, str] = {}, stream: bool = True, **fields: Any
    ) -> httpx2.Response:
        """One chat-completions turn, read to its end."""
        body = {"model": "webhook", "messages": messages, "stream": stream, **fields}
        return await self.http.post(CHAT, json=body, headers={**TURNS, **headers})

    async def raw(self, path: str, body: bytes) -> httpx2.Response:
        """A turn route's answer to whatever bytes."""
        return await self.http.post(path, content=body, headers={**TURNS, "Content-Type": "application/json"})

    async def talk(self, document: Any) -> dict[str, Any]:
        """One turn of the JSON webhook; asserts that it was answered."""
        answer = await self.http.post(SIMPLE, json=document, headers=TURNS)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def get(self, path: str, **query: Any) -> httpx2.Response:
        """As an operator."""
        return await self.http.get(path, params=query, headers=OPERATORS)

    async def post(self, path: str, document: Any) -> httpx2.Response:
        """As an operator."""
        return await self.http.post(path, json=document, headers=OPERATORS)

    async def session(self, session_id: str) -> Session:
        """As it is stored."""
        return await self.services.sessions.load(session_id)

    async def settle(self) -> None:
        """Wait until nothing is going on behind the answers."""
        generations = self.services.interviewer.generations
        while generations._tasks:
            await asyncio.wait(set(generations._tasks))


def settings_for(data_dir: Path, **given: Any) -> Settings:
    """Settings that owe nothing to the environment or to a `.env` file."""
    defaults = {name: field.get_default() for name, field in Settings.model_fields.items()}
    fixed = {
        "data_dir": data_dir,
        "flows_dir": ROOT / "flows",
        "prompts_dir": ROOT / "prompts",
        "webhook_secret": (SecretStr(WEBHOOK_SECRET),),
        "api_token": (SecretStr(API_TOKEN),),
    }
    return Settings(**{**defaults, **fixed, **given})


def services_for(
    data_dir: Path,
    *,
    claude_url: str | None = None,
    store: Store | None = None,
    deadlines: Deadlines = PATIENT,
    clock: Callable[[], float] = time.time,
    body_s: float = BODY_S,
    **given: Any,
) -> Services:
    """Scripted without `claude_url`; `given` are further settings."""
    if claude_url is not None:
        given = {"anthropic_api_key": "claude-key-of-the-tests", "anthropic_base_url": claude_url, **given}
    services = build_services(settings_for(data_dir, **given), store=store, deadlines=deadlines, clock=clock)
    return replace(services, body_s=body_s)


async def decision_of(services: Services, session: Session, begun: Begin, ask: Ask) -> Decision:
    """What the service decides about a turn that was begun; nothing is saved."""
    maker = replace(services.interviewer.maker, drafts=False)
    job = Job(
        generation=Generation(session.session_id, begun.generation),
        session=session,
        begun=begun,
        ask=ask,
        dialogue=maker.dialogue,
        started=0.0,
        store_at=0.0,
        at=session.time.clock_s,
    )
    return await maker._decide(job, maker.admission.flow_of(session), session.base)


@asynccontextmanager
async def live_server(
    data_dir: Path, *, edge: type[EdgeProtocol] = EdgeProtocol, reconciles: bool = False, **options: Any
) -> AsyncGenerator[Live]:
    """A service built by `services_for(data_dir, **options)`, from its lifespan's start to its end.

    One that does not reconcile asks ElevenLabs only what a test makes it ask.
    """
    services = services_for(data_dir, **options)
    services = services if reconciles else replace(services, reconciler=None)
    with socket.socket(proto=socket.IPPROTO_TCP) as listening:  # asyncio sets TCP_NODELAY only where this is said
        listening.bind(("127.0.0.1", 0))
        base_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        served = {**uvicorn_options(services.settings), "loop": "asyncio", "http": edge}  # in the test's own loop
        config = uvicorn.Config(create_app(services=services), **served)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            assert not serving.done(), "the service did not start"
            await asyncio.sleep(0.001)
        if services.claude is not None:
            await services.claude.warm()  # else the first test would measure how long a library takes to load
        try:
            async with httpx2.AsyncClient(base_url=base_url, timeout=30.0) as http:
                yield Live(base_url=base_url, services=services, http=http)
        finally:
            server.should_exit = True
            await serving


def user(text: str) -> dict[str, Any]:
    return {"role": "user", "content": text}


def assistant(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text}


def events(answer: httpx2.Response) -> list[dict[str, Any]]:
    """The chunks of a streamed reply; asserts that it is one, well formed and complete."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    *data, done = [part.removeprefix("data: ") for part in answer.text.removesuffix("\n\n").split("\n\n")]
    assert done == "[DONE]"
    chunks = [orjson.loads(part) for part in data]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant"}
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert len({(c["id"], c["created"], c["model"]) for c in chunks}) == 1
    return chunks


def spoken(answer: httpx2.Response) -> str:
    """What the caller hears of a streamed reply; asserts that there is something to say."""
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in events(answer))
    assert_speakable(text)
    return text


def assert_speakable(text: str) -> None:
    """Words, and nothing that only makes sense on a screen."""
    assert any(c.isalpha() for c in text), repr(text)
    assert not set(text) & set("<>{}[]*#`\n"), repr(text)


def chunk_texts(answers: Iterable[httpx2.Response]) -> set[str]:
    """The different bodies among these answers."""
    return {answer.text for answer in answers}
