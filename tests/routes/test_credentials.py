"""Every route against every credential, generated from the list of routes: a new one must say here whom it lets in."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.routing import Route

from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs, signed
from tests.live_server import API_TOKEN, WEBHOOK_SECRET, Live, live_server
from webhook.app import ROUTES
from webhook.wire.identity import TokenClaims, derived_secret, sign_token
from webhook.wire.invites import Invite, sign_invite

INTERVIEW, SESSION, EVENTS_SECRET = "interview-1", "session-1", "wsec_events"
BODY = b"{}"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def invite(interview_id: str = INTERVIEW, *, for_s: float = 600.0, secret: str = WEBHOOK_SECRET) -> dict[str, str]:
    return bearer(sign_invite(Invite(interview_id=interview_id), time.time() + for_s, secret))


def session_token() -> str:
    return sign_token(TokenClaims(session_id=SESSION), time.time() + 600.0, WEBHOOK_SECRET)


def webhook(secret: str, at: float = 0.0) -> dict[str, str]:
    return {"ElevenLabs-Signature": signed(BODY, secret, int(time.time() + at))}


CREDENTIALS: dict[str, Callable[[], dict[str, str]]] = {
    "nothing": dict,
    "a wrong secret": lambda: bearer("somebody-s-guess-of-a-secret"),
    "no secret": lambda: {"Authorization": "Bearer"},
    "the secret of turns": lambda: bearer(WEBHOOK_SECRET),
    "the token of operators": lambda: bearer(API_TOKEN),
    "the token, but not as a bearer": lambda: {"Authorization": f"Basic {API_TOKEN}"},
    "the beginning of the token": lambda: bearer(API_TOKEN[:-1]),
    "an invite": invite,
    "an invite to another interview": lambda: invite("interview-2"),
    "an invite that is over": lambda: invite(for_s=-1.0),
    "an invite of somebody else's": lambda: invite(secret=API_TOKEN),
    "a session's token": lambda: bearer(session_token()),
    "a session's token in its header": lambda: {"X-Session-Token": session_token()},
    "the key of ElevenLabs": lambda: bearer(KEY) | {"xi-api-key": KEY},
    "the header of ringing phones": lambda: {"X-Initiation-Secret": derived_secret(WEBHOOK_SECRET, "initiation")},
    "the header of ringing phones as a bearer": lambda: bearer(derived_secret(WEBHOOK_SECRET, "initiation")),
    "a secret in the header of ringing phones": lambda: {"X-Initiation-Secret": WEBHOOK_SECRET},
    "a signed event": lambda: webhook(EVENTS_SECRET),
    "an event signed by others": lambda: webhook(WEBHOOK_SECRET),
    "an event signed long ago": lambda: webhook(EVENTS_SECRET, -7200.0),
}
TURNS, OPERATORS = {"the secret of turns"}, {"the token of operators"}
ANYBODY = set(CREDENTIALS)
VOICE = "/api/v1/interviews/{interview_id}/voice"
OPENED_BY: dict[str, set[str]] = {
    "/v1/chat/completions": TURNS,
    "/v1": TURNS,
    "/v1/": TURNS,
    "/v1/chat/completions/chat/completions": TURNS,
    "/chat/completions": TURNS,
    "/v1/responses": TURNS,
    "/responses": TURNS,
    "/v1/models": TURNS,
    "/v1/models/{model_id}": TURNS,
    "/api/elevenlabs-webhook": TURNS,
    "/api/register-session": OPERATORS,
    "/api/first-message": OPERATORS | {"an invite", "an invite to another interview"},
    "/api/therapist-response": OPERATORS | {"an invite", "an invite to another interview"},
    "/api/invites": OPERATORS,
    "/api/exports": OPERATORS,
    "/api/deliveries": OPERATORS,
    "/api/deliveries/resume": OPERATORS,
    "/api/deliveries/{delivery_id}/redeliver": OPERATORS,
    "/api/erasures": OPERATORS,
    "/api/erasures/{erasure_id}": OPERATORS,
    "/api/sessions": OPERATORS,
    "/api/sessions/{session_id}": OPERATORS,
    "/api/sessions/{session_id}/transcript": OPERATORS,
    "/api/sessions/{session_id}/report": OPERATORS,
    "/api/flows/{flow_id}/summary": OPERATORS,
    "/api/reports": OPERATORS,
    "/api/reports/schema": OPERATORS,
    "/api/elevenlabs-signed-url": OPERATORS,
    f"{VOICE}/start": OPERATORS | {"an invite"},
    f"{VOICE}/status": OPERATORS | {"an invite"},
    f"{VOICE}/end": OPERATORS | {"an invite"},
    "/api/elevenlabs-tts": OPERATORS,
    "/api/elevenlabs-stt": OPERATORS,
    "/api/v1/webhooks/elevenlabs/initiation": {"the header of ringing phones"},
    "/api/v1/webhooks/elevenlabs/events": {"a signed event"},
    "/healthz": ANYBODY,
    "/readyz": ANYBODY,
    "/metrics": OPERATORS,
}


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with FakeElevenLabs() as fake:
        given: dict[str, Any] = {
            "elevenlabs_api_key": SecretStr(KEY),
            "elevenlabs_agent_id": AGENT_ID,
            "elevenlabs_base_url": fake.base_url,
            "elevenlabs_webhook_secret": (SecretStr(EVENTS_SECRET),),
            "metrics": "token",
        }
        async with live_server(tmp_path_factory.mktemp("doors"), **given) as live:
            yield live


DOORS = [
    (route.path, method)
    for route in ROUTES
    if isinstance(route, Route)
    for method in sorted((route.methods or set()) - {"HEAD"})
]


@pytest.mark.parametrize(("path", "method"), DOORS)
async def test_a_route_opens_to_those_it_is_for_and_to_nobody_else(service: Live, path: str, method: str) -> None:
    assert path in OPENED_BY, f"say in OPENED_BY who may use {path}"
    at = path.format(
        interview_id=INTERVIEW,
        session_id=SESSION,
        flow_id="screening",
        delivery_id="msg_1",
        erasure_id="er-1",
        model_id="webhook",
    )
    opened, refusals = set(), set()
    for name, made in CREDENTIALS.items():
        content = BODY if method == "POST" else None
        headers = {"Content-Type": "application/json", **made()}
        answer = await service.http.request(method, at, content=content, headers=headers)
        if answer.status_code == 401:
            refusals.add(answer.json()["error"]["code"])
            assert SESSION not in answer.text
        else:
            opened.add(name)
    assert opened == OPENED_BY[path]
    assert refusals <= {"unauthorized"}


async def test_two_credentials_at_once_are_none(service: Live) -> None:
    both = [("Authorization", f"Bearer {API_TOKEN}"), ("Authorization", f"Bearer {WEBHOOK_SECRET}")]
    for path in ("/api/sessions", "/v1/models", f"/api/v1/interviews/{INTERVIEW}/voice/status"):
        assert (await service.http.get(path, headers=both)).status_code == 401


def test_every_route_that_is_spoken_of_exists() -> None:
    assert {path for path, _ in DOORS} == set(OPENED_BY)


async def test_what_is_not_there_is_not_found_before_anybody_is_asked_who_they_are(service: Live) -> None:
    for path in ("/api/nothing", "/api/v1/interviews", "/.env", "/api/sessions/a/b/c"):
        assert (await service.http.get(path)).status_code == 404
