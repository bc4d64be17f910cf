"""Whoever has no right is refused, counted by route and reason, and logged once in a while."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr
from starlette.routing import Route
from structlog.testing import capture_logs

import webhook.refusals
from tests.live_server import OPERATORS, TURNS, Live, live_server
from webhook.app import ROUTES, create_app
from webhook.refusals import BoundedWarning, Refusals
from webhook.services import Services
from webhook.wire.agent import EVENTS_PATH, INITIATION_HEADER, INITIATION_PATH
from webhook.wire.invites import Invite, sign_invite

CANARY = "a-secret-of-somebody-else"
OPEN = {"/healthz", "/readyz"}
DOORS = [
    (method, route.path)
    for route in ROUTES
    if isinstance(route, Route) and route.path not in OPEN
    for method in sorted(route.methods or ())
]
BEARER = {"Authorization": f"Bearer {CANARY}"}
WRONG: dict[str, dict[str, str]] = {
    EVENTS_PATH: {"ElevenLabs-Signature": f"t=9999999999,v0={'0' * 64}"},
    INITIATION_PATH: {INITIATION_HEADER: CANARY},
}


@pytest.fixture(scope="module")
async def guarded(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    given: dict[str, Any] = {"metrics": "token", "elevenlabs_webhook_secret": (SecretStr("wsec_1"),)}
    async with live_server(tmp_path_factory.mktemp("guarded"), **given) as running:
        yield running


async def counted(live: Live) -> dict[tuple[str, str], float]:
    text = (await live.http.get("/metrics", headers=OPERATORS)).text
    found = re.findall(r'webhook_refusals_total\{reason="(.*?)",route="(.*?)",worker="\d+"\} (\S+)', text)
    assert CANARY not in text
    return {(route, reason): float(number) for reason, route, number in found}


async def refused(live: Live, method: str, route: str, headers: dict[str, str]) -> dict[tuple[str, str], float]:
    """What grew by a request that was refused."""
    before = await counted(live)
    answer = await live.http.request(method, re.sub(r"\{.*?\}", "some-id", route), headers=headers)
    assert answer.status_code == 401
    after = await counted(live)
    return {key: number - before.get(key, 0.0) for key, number in after.items() if number != before.get(key, 0.0)}


@pytest.mark.parametrize(("method", "route"), [door for door in DOORS if door[0] != "HEAD"])
async def test_every_route_counts_a_secret_that_is_missing_and_one_that_is_wrong(
    guarded: Live, method: str, route: str
) -> None:
    assert await refused(guarded, method, route, {}) == {(route, "missing"): 1.0}
    reason = "stale" if route == EVENTS_PATH else "wrong"
    assert await refused(guarded, method, route, WRONG.get(route, BEARER)) == {(route, reason): 1.0}


async def test_an_invite_that_is_over_or_for_something_else_is_told_from_a_wrong_one(guarded: Live) -> None:
    status, message = "/api/v1/interviews/{interview_id}/voice/status", "/api/first-message"
    secret, now = guarded.services.settings.webhook_secret[0].get_secret_value(), guarded.services.interviewer.clock()
    over = sign_invite(Invite(interview_id="some-id"), now - 1, secret)
    other = sign_invite(Invite(interview_id="another", language="de"), now + 60, secret)
    assert await refused(guarded, "GET", status, {"Authorization": f"Bearer {over}"}) == {(status, "stale"): 1.0}
    assert await refused(guarded, "GET", status, {"Authorization": f"Bearer {other}"}) == {(status, "other"): 1.0}
    answer = await guarded.http.post(message, json={"flow": "none"}, headers={"Authorization": f"Bearer {other}"})
    assert answer.status_code == 401
    assert (await counted(guarded))[message, "other"] == 1.0


async def test_a_hundred_and_fifty_refusals_are_two_log_lines_that_name_neither_secret_nor_address(
    guarded: Live,
) -> None:
    refusals = Refusals(guarded.services.costs.metrics)
    with capture_logs() as logged:
        async with serving(replace(guarded.services, refusals=refusals)) as http:
            await asyncio.gather(*(http.get("/api/sessions", headers=BEARER) for _ in range(50)))
            await asyncio.gather(*(http.post("/v1", json={}, headers=BEARER) for _ in range(100)))
        refusals.flush()
    lines = [line for line in logged if line["event"] == "secret_refused"]
    told = {"event": "secret_refused", "log_level": "warning", "reason": "wrong"}
    assert lines == [{**told, "route": "/api/sessions", "count": 1}, {**told, "route": "/v1", "count": 149}]


@asynccontextmanager
async def serving(services: Services) -> AsyncGenerator[httpx2.AsyncClient]:
    app = create_app(services=services)

    async def with_services(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {"services": services}}, receive, send)

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(with_services), base_url="http://here") as http:
        yield http


async def test_what_was_suppressed_is_said_after_a_while_and_then_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook.refusals, "PERIOD_S", 0.01)
    warning = BoundedWarning("refused")
    with capture_logs() as logged:
        for route in ("/a", "/b", "/c"):
            warning.note(route=route)
        while warning._timer is not None:
            assert len(logged) < 3
            await asyncio.sleep(0.01)
    assert [(line["route"], line["count"]) for line in logged] == [("/a", 1), ("/c", 2)]


async def test_a_secret_that_is_right_is_no_refusal(guarded: Live) -> None:
    before = await counted(guarded)
    assert (await guarded.get("/api/sessions")).status_code == 200
    assert (await guarded.http.get("/v1/models", headers=TURNS)).status_code == 200
    assert await counted(guarded) == before
