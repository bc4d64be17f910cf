"""Who makes invites, what they open, and what they do not."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tests.live_server import API_TOKEN, TURNS, WEBHOOK_SECRET, Live, live_server, services_for
from webhook.app import _ours
from webhook.errors import WebhookError
from webhook.routes.common import json_response
from webhook.routes.credentials import check_caller
from webhook.wire.identity import TokenClaims, sign_token
from webhook.wire.invites import Invite, sign_invite, verify_invite

ROUTE = "/api/invites"
PHONE = "+49 30 5550199"
DIGITS = "49305550199"


@dataclass
class Clock:
    """Seconds since 1970, as the test wants them."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def service(tmp_path: Path, clock: Clock) -> AsyncGenerator[Live]:
    async with live_server(tmp_path, clock=clock) as live:
        yield live


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def made(live: Live, **document: Any) -> dict[str, Any]:
    answer = await live.post(ROUTE, document)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def read(told: dict[str, Any], now: float = 0.0) -> Invite:
    return verify_invite(told["invite"], [WEBHOOK_SECRET], now)


async def test_an_invite_that_names_nothing_is_for_the_default_flow_and_a_new_interview(
    service: Live, clock: Clock
) -> None:
    one, other = await made(service), await made(service)
    assert list(one) == ["invite", "interviewId", "url", "expiresAt"]
    assert one["url"] is None
    assert one["interviewId"] != other["interviewId"]
    assert len(one["interviewId"].removeprefix("i-")) == 32
    assert datetime.fromisoformat(one["expiresAt"]).timestamp() == clock.now + 24 * 3600
    assert read(one) == Invite(
        interview_id=one["interviewId"], flow="financial_lifestyle", persona="anita-bhargava", language="en"
    )


async def test_an_invite_is_for_what_was_asked(service: Live, clock: Clock) -> None:
    told = await made(
        service,
        flow="screening",
        therapistId="nora-winter",
        language="de",
        interviewId="study-7",
        expiresInSeconds=60,
        page="https://study.example/start",
    )
    assert told["url"] == f"https://study.example/start#invite={told['invite']}"
    assert read(told) == Invite(interview_id="study-7", flow="screening", persona="nora-winter", language="de")
    assert datetime.fromisoformat(told["expiresAt"]).timestamp() == clock.now + 60


WRONG: tuple[tuple[dict[str, Any], int, str], ...] = (
    ({"flow": "nothing"}, 404, "no flow"),
    ({"personaId": "nobody"}, 404, "no such persona"),
    ({"language": "xx"}, 400, "speaks"),
    ({"interviewId": "../other"}, 400, "interviewId"),
    ({"interviewId": 7}, 400, "interviewId"),
    ({"expiresInSeconds": 59}, 400, "a minute to 30 days"),
    ({"expiresInSeconds": "1h"}, 400, "a minute to 30 days"),
    ({"page": "http://study.example/"}, 400, "page must be"),
    ({"page": "https://study.example/#top"}, 400, "page must be"),
    ({"phone": "030 5550199"}, 400, "international number"),
    ({"phone": "anonymous"}, 400, "international number"),
    ({"phone": 49305550199}, 400, "phone must be text"),
)


@pytest.mark.parametrize(("document", "status", "named"), WRONG)
async def test_a_wrong_wish_is_refused_by_name_and_leaves_nothing(
    service: Live, document: dict[str, Any], status: int, named: str
) -> None:
    answer = await service.post(ROUTE, {"phone": PHONE, **document})
    assert answer.status_code == status
    assert named in answer.json()["error"]["message"]
    assert DIGITS not in answer.text
    assert await service.services.callers.find(f"+{DIGITS}", secrets=[WEBHOOK_SECRET], now=0.0) is None


async def test_only_operators_make_invites(service: Live) -> None:
    told = await made(service)
    for headers in ({}, TURNS, bearer(told["invite"])):
        answer = await service.http.post(ROUTE, json={}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")


async def test_an_invite_opens_the_first_message_of_its_own_persona_and_of_no_other(
    service: Live, clock: Clock
) -> None:
    told = await made(service, flow="screening", language="de", expiresInSeconds=60)
    headers = bearer(told["invite"])
    own: tuple[dict[str, Any], ...] = ({}, {"flow": "screening", "personaId": "nora-winter", "language": "de"})
    for document in own:
        answer = await service.http.post("/api/first-message", json=document, headers=headers)
        assert answer.json()["message"].startswith("Guten Tag, hier ist")
    for other in ({"flow": "stakeholder"}, {"personaId": "leonie-brandt"}, {"language": "en"}):
        answer = await service.http.post("/api/first-message", json=other, headers=headers)
        assert answer.status_code == 401
        assert "another flow" in answer.json()["error"]["message"]
    clock.now += 60
    assert (await service.http.post("/api/first-message", headers=headers)).status_code == 401


async def test_an_invite_does_not_look_into_somebody_else_s_session(service: Live) -> None:
    await service.post("/api/register-session", {"sessionId": "theirs", "flow": "stakeholder", "language": "de"})
    headers = bearer((await made(service, flow="screening"))["invite"])
    answers = [
        await service.http.post("/api/first-message", json={"sessionId": name}, headers=headers)
        for name in ("theirs", "nobody-s")
    ]
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["message"].startswith("Hello, this is")


CLOSED = (
    ("POST", "/api/register-session"),
    ("POST", "/api/elevenlabs-signed-url"),
    ("GET", "/api/sessions"),
    ("GET", "/api/sessions/theirs"),
    ("DELETE", "/api/sessions/theirs"),
    ("GET", "/api/sessions/theirs/transcript"),
    ("GET", "/api/sessions/theirs/report"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/api/elevenlabs-webhook"),
    ("POST", "/api/v1/webhooks/elevenlabs/initiation"),
)


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_an_invite_opens_nothing_else(service: Live, method: str, path: str) -> None:
    headers = bearer((await made(service))["invite"])
    document = {"sessionId": "theirs"} if method == "POST" else None
    assert (await service.http.request(method, path, json=document, headers=headers)).status_code == 401


async def test_no_secret_session_token_or_foreign_invite_passes_for_an_invite(service: Live, clock: Clock) -> None:
    claims = TokenClaims(session_id="i-1")
    for token in (
        WEBHOOK_SECRET,
        ".",
        sign_token(claims, clock.now + 60, WEBHOOK_SECRET),
        sign_token(claims, clock.now + 60, WEBHOOK_SECRET, "invite"),
        sign_invite(Invite(interview_id="i-1"), clock.now + 60, "another secret"),
    ):
        answer = await service.http.post("/api/first-message", headers=bearer(token))
        assert answer.status_code == 401
    valid = sign_invite(Invite(interview_id="i-1"), clock.now + 60, WEBHOOK_SECRET)
    twice = [("authorization", f"Bearer {valid}")] * 2
    assert (await service.http.post("/api/first-message", headers=twice)).status_code == 401
    assert (await service.http.post("/api/first-message", headers={"Authorization": valid})).status_code == 401
    invite_as_session = await service.chat([], headers={"X-Session-Token": valid})
    assert invite_as_session.status_code == 200
    assert (await service.get("/api/sessions/i-1")).status_code == 404


async def test_an_invite_is_good_as_long_as_its_secret_is(tmp_path: Path) -> None:
    new = (SecretStr("the-new-secret"),)
    async with live_server(tmp_path) as live:
        headers = bearer((await made(live, flow="screening"))["invite"])
    for secrets, status in (((*new, SecretStr(WEBHOOK_SECRET)), 200), (new, 401)):
        async with live_server(tmp_path, webhook_secret=secrets) as live:
            assert (await live.http.post("/api/first-message", headers=headers)).status_code == status


@pytest.mark.parametrize("interview_id", ["i-1", "i-2"])
async def test_a_door_of_one_interview_opens_to_operators_and_to_its_own_invite(
    tmp_path: Path, clock: Clock, interview_id: str
) -> None:
    async def door(request: Request) -> Response:
        caller = check_caller(request, request.path_params["id"])
        return json_response({"kind": caller.kind, "interview": caller.invite and caller.invite.interview_id})

    services = services_for(tmp_path, clock=clock)
    app = Starlette(routes=[Route("/{id}", door)], exception_handlers={WebhookError: _ours})  # type: ignore[dict-item]  # narrower than declared

    async def with_services(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    invite = sign_invite(Invite(interview_id="i-1"), clock.now + 60, WEBHOOK_SECRET)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(with_services), base_url="http://here") as http:
        answer = await http.get(f"/{interview_id}", headers=bearer(invite))
        as_operator = await http.get(f"/{interview_id}", headers=bearer(API_TOKEN))
        as_nobody = await http.get(f"/{interview_id}")
    assert as_operator.json() == {"kind": "operator", "interview": None}
    assert as_nobody.status_code == 401
    if interview_id == "i-1":
        assert answer.json() == {"kind": "invite", "interview": "i-1"}
    else:
        assert (answer.status_code, answer.json()["error"]["message"]) == (401, "this invite is for another interview")


async def test_neither_the_invite_nor_the_number_is_in_any_log_line(
    service: Live, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        told = await made(service, phone=PHONE, page="https://study.example/")
        await service.http.post("/api/first-message", headers=bearer(told["invite"]))
        await service.http.post("/api/first-message", headers=bearer(told["invite"] + "x"))
    shown = repr(logged) + caplog.text
    assert told["invite"] not in shown
    assert DIGITS not in shown


# Browsers

OURS, THEIRS = "https://app.example", "https://evil.example"
POST_ONLY, BOTH, NOTHING = {"POST"}, {"GET", "POST"}, set[str]()
VOICE = "/api/v1/interviews/i-1/voice"
PATHS = {
    "/api/first-message": POST_ONLY,
    "/api/therapist-response": POST_ONLY,
    "/api/register-session": POST_ONLY,
    f"{VOICE}/start": BOTH,
    f"{VOICE}/status": BOTH,
    f"{VOICE}/end": BOTH,
    f"{VOICE}/other": NOTHING,
    f"{VOICE}/start/more": NOTHING,
    f"/x{VOICE}/start": NOTHING,
    "/api/v1/interviews/a/b/voice/start": NOTHING,
    "/api/invites": NOTHING,
    "/api/deliveries": NOTHING,
    "/api/deliveries/resume": NOTHING,
    "/api/deliveries/{delivery_id}/redeliver": NOTHING,
    "/api/elevenlabs-signed-url": NOTHING,
    "/api/v1/webhooks/elevenlabs/initiation": NOTHING,
    "/api/sessions": NOTHING,
    "/v1/chat/completions": NOTHING,
}


@pytest.fixture(scope="module")
async def crossed(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with live_server(tmp_path_factory.mktemp("crossed"), allowed_origins=(OURS,)) as live:
        yield live


async def allowed(live: Live, path: str, origin: str, method: str, header: str) -> bool:
    """Whether a browser would send it, and show the page what comes back."""
    asks = {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": header}
    preflight = await live.http.options(path, headers={"Origin": origin, **asks})
    answer = await live.http.request(method, path, headers={"Origin": origin})
    origins = {told.headers.get("access-control-allow-origin") for told in (preflight, answer)}
    assert origins in ({OURS}, {None}), "a path is open to exactly this origin or not at all"
    return preflight.status_code == 200 and origins == {OURS}


@pytest.mark.parametrize(("path", "methods"), PATHS.items())
async def test_a_page_of_ours_reaches_these_paths_by_these_methods(crossed: Live, path: str, methods: set[str]) -> None:
    found = {m for m in ("GET", "POST", "PUT", "DELETE") if await allowed(crossed, path, OURS, m, "authorization")}
    assert found == methods


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_others_reaches_none(crossed: Live, path: str) -> None:
    for origin in (THEIRS, f"{OURS}.evil.example", "http://app.example", "null"):
        answer = await crossed.http.post(path, headers={"Origin": origin})
        preflight = await crossed.http.options(
            path, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert "access-control-allow-origin" not in answer.headers
        assert "access-control-allow-origin" not in preflight.headers


async def test_a_page_may_send_the_headers_that_are_needed_and_no_others(crossed: Live) -> None:
    for header, is_open in (("idempotency-key", True), ("content-type", True), ("x-session-token", False)):
        assert await allowed(crossed, f"{VOICE}/start", OURS, "POST", header) is is_open
    assert not await allowed(crossed, "/api/first-message", OURS, "POST", "idempotency-key")
