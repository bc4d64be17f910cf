"""A parameter or a field that a route does not know is refused by name, where it would be ignored to somebody's harm."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from pydantic import SecretStr
from starlette.routing import Route

from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs
from tests.live_server import CHAT, OPERATORS, SIMPLE, TURNS, Live, live_server, spoken, user
from webhook.app import ROUTES
from webhook.routes import llm
from webhook.routes.common import ApiRoute
from webhook.wire.agent import EVENTS_PATH, INITIATION_PATH

CANARY = "my salary is 52000"
#: What a caller or a platform sends is answered whatever stands beside it; so are probes.
TOLERANT = {
    *llm.CHAT_PATHS,
    *llm.RESPONSE_PATHS,
    *("/v1/models", "/v1/models/{model_id}", SIMPLE, EVENTS_PATH, INITIATION_PATH, "/healthz", "/readyz", "/metrics"),
}
STRICT = [route for route in ROUTES if isinstance(route, Route) and route.path not in TOLERANT]
VOICE = "/api/v1/interviews/i-1/voice"


@pytest.fixture(scope="module")
async def live(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with FakeElevenLabs() as fake:
        given: dict[str, Any] = {
            "elevenlabs_api_key": SecretStr(KEY),
            "elevenlabs_agent_id": AGENT_ID,
            "elevenlabs_base_url": fake.base_url,
        }
        async with live_server(tmp_path_factory.mktemp("strict"), **given) as running:
            yield running


async def asked(live: Live, route: Route, **query: str) -> tuple[int, str]:
    """As an operator."""
    method = next(iter((route.methods or set()) - {"HEAD"}))
    path = re.sub(r"\{.*?\}", "some-id", route.path)
    answer = await live.http.request(method, path, params=query, headers=OPERATORS)
    return answer.status_code, answer.text


@pytest.mark.parametrize("route", STRICT, ids=lambda route: f"{min(route.methods)} {route.path}")
async def test_every_route_of_the_json_api_names_a_parameter_that_it_does_not_know(live: Live, route: Route) -> None:
    assert isinstance(route, ApiRoute), (
        "a route of the JSON API is an ApiRoute; one that is tolerant stands in TOLERANT"
    )
    status, text = await asked(live, route, nonsense="1")
    assert status == 400
    assert "nonsense is no query parameter here; there is " in text
    for name in route.query:
        assert name in text
        assert "is no query parameter" not in (await asked(live, route, **{name: ""}))[1]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("q=Leeds", "q is no query parameter here; there is cursor, flow, from, limit, status, to"),
        ("persona=x", "persona is no query parameter here"),
        ("statos=completed", "did you mean `status`?"),
        ("flow=a&flow=b", "flow is in the query twice"),
        (f"{CANARY}=1", "a query parameter is none of those here"),
    ],
)
async def test_a_parameter_that_would_be_ignored_is_named(live: Live, query: str, message: str) -> None:
    answer = await live.http.get(f"/api/sessions?{query}", headers=OPERATORS)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert CANARY not in answer.text


async def test_sessions_are_chosen_by_the_time_they_began(live: Live) -> None:
    await live.post("/api/register-session", {"sessionId": "now"})
    for query, found in ({"from": "2026-01-01"}, True), ({"from": "2126-11-01"}, False), ({"to": "2026-01-01"}, False):
        listed = (await live.get("/api/sessions", **query)).json()["sessions"]
        assert ("now" in [session["sessionId"] for session in listed]) is found


async def test_a_stranger_hears_of_the_secret_alone(live: Live) -> None:
    assert (await live.http.get("/api/sessions?q=Leeds")).status_code == 401


async def test_turns_are_answered_whatever_stands_in_their_query_and_beside_their_messages(live: Live) -> None:
    body = {"messages": [user("Hello?")], "stream": True, "nonsense": 1}
    assert spoken(await live.http.post(f"{CHAT}?nonsense=1", json=body, headers=TURNS))
    answer = await live.http.post(f"{SIMPLE}?nonsense=1", json={**body, "variables": {}}, headers=TURNS)
    assert answer.json()["content"]


@pytest.mark.parametrize(
    ("path", "document", "message"),
    [
        ("/api/invites", {"flow": "screening", "expires": 120}, "did you mean `expiresInSeconds`?"),
        ("/api/invites", {"persona": "danielle-town"}, "did you mean `personaId`?"),
        (f"{VOICE}/start", {"personId": "danielle-town"}, "did you mean `personaId`?"),
        (f"{VOICE}/start", {"lang": "de"}, "lang is no field here"),
        ("/api/register-session", {"sessionId": "s", "languge": "de"}, "did you mean `language`?"),
        ("/api/elevenlabs-signed-url", {"sesionId": "s"}, "did you mean `sessionId`?"),
        ("/api/erasures", {"sessionId": "s", "numbr": "+4930123456"}, "did you mean `number`?"),
        ("/api/exports", {"sessionId": "s", "callr": "0" * 64}, "did you mean `caller`?"),
        ("/api/exports", {"sessionId": "s", CANARY: 1}, "a field is none of those here"),
    ],
)
async def test_a_mistyped_field_gives_and_deletes_nothing(
    live: Live, path: str, document: dict[str, Any], message: str
) -> None:
    answer = await live.post(path, document)
    assert answer.status_code == 400
    assert message in answer.json()["error"]["message"]
    assert CANARY not in answer.text
    assert (await live.get("/api/erasures")).json()["erasures"] == []


async def test_names_that_front_ends_have_always_sent_are_known(live: Live) -> None:
    document = {"session_id": "old", "therapist_id": "danielle-town", "flow": None, "timestamp": 1}
    assert (await live.post("/api/register-session", document)).status_code == 201
    assert (
        await live.post(f"{VOICE}/start", {"therapistId": "danielle-town", "agent_id": AGENT_ID})
    ).status_code == 201
