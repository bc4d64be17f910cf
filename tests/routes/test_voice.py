"""What a front end gets to start a call at ElevenLabs, and what it is told when it gets nothing."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs, problem
from tests.live_server import OPERATORS, TURNS, Live, live_server

ROUTE = "/api/elevenlabs-signed-url"


@pytest.fixture(scope="module")
async def platform() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        yield running


@pytest.fixture(scope="module")
async def service(platform: FakeElevenLabs, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    given: dict[str, Any] = {
        "elevenlabs_api_key": SecretStr(KEY),
        "elevenlabs_agent_id": AGENT_ID,
        "elevenlabs_base_url": platform.base_url,
    }
    async with live_server(tmp_path_factory.mktemp("voice"), **given) as live:
        yield live


@pytest.fixture
def fake(platform: FakeElevenLabs) -> FakeElevenLabs:
    platform.received.clear()
    platform.script.clear()
    return platform


@pytest.mark.parametrize("document", [{}, {"agentId": None}, {"agentId": ""}])
async def test_the_signed_url_of_the_configured_agent_is_handed_out(
    fake: FakeElevenLabs, service: Live, document: dict[str, Any]
) -> None:
    answer = await service.post(ROUTE, document)
    assert answer.status_code == 200
    assert list(answer.json()) == ["signedUrl"]
    assert answer.json()["signedUrl"].startswith(f"wss://api.elevenlabs.io/v1/convai/conversation?agent_id={AGENT_ID}&")
    assert answer.headers["cache-control"] == "no-store"


async def test_no_body_is_as_good_as_an_empty_object(fake: FakeElevenLabs, service: Live) -> None:
    answer = await service.http.post(ROUTE, headers=OPERATORS)
    assert answer.status_code == 200


async def test_the_body_may_name_another_agent(fake: FakeElevenLabs, service: Live) -> None:
    fake.agents["agent_other"] = {"conversation_config": {}}
    answer = await service.post(ROUTE, {"agentId": "agent_other"})
    assert "agent_id=agent_other&" in answer.json()["signedUrl"]


@pytest.mark.parametrize("headers", [{}, TURNS, {"Authorization": f"Bearer {KEY}"}])
async def test_only_operators_get_one(fake: FakeElevenLabs, service: Live, headers: dict[str, str]) -> None:
    answer = await service.http.post(ROUTE, json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert fake.received == []


@pytest.mark.parametrize("agent_id", ["../conversations", "a%2fb", "a b", "a" * 129, 7, ["a"]])
async def test_an_agent_id_with_a_trick_is_refused_and_goes_nowhere(
    fake: FakeElevenLabs, service: Live, agent_id: object
) -> None:
    answer = await service.post(ROUTE, {"agentId": agent_id})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert fake.received == []


async def test_a_body_that_is_too_large_or_no_object_is_refused(fake: FakeElevenLabs, service: Live) -> None:
    assert (await service.post(ROUTE, {"agentId": "a" * 70_000})).status_code == 413
    assert (await service.post(ROUTE, [])).status_code == 400
    assert fake.received == []


REFUSED = (
    (problem(401, kind="authentication_error", code="x", message="SECRET-TEXT"), "elevenlabs_unauthorised"),
    (problem(404, kind="not_found", code="x", message="SECRET-TEXT"), "elevenlabs_not_found"),
    (problem(422, kind="validation_error", code="x", message="SECRET-TEXT"), "elevenlabs_invalid"),
    (Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "SECRET-TEXT"}), "elevenlabs_busy"),
    (Answer(status=503, headers={"Retry-After": "900"}, raw=b"SECRET-TEXT"), "elevenlabs_unavailable"),
    (Answer(raw=b"<p>SECRET-TEXT</p>", content_type="text/html"), "elevenlabs_answer"),
    (Answer(document={"signed_url": "wss://h/?SECRET-TEXT"}), "elevenlabs_answer"),
)


@pytest.mark.parametrize(("answer", "code"), REFUSED)
async def test_a_failure_has_its_code_and_nothing_of_what_elevenlabs_wrote(
    fake: FakeElevenLabs, service: Live, answer: Answer, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    fake.script.append(answer)
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        told = await service.post(ROUTE, {})
    assert (told.status_code, told.json()["error"]["code"]) == (502, code)
    assert [event["code"] for event in logged if event["event"] == "elevenlabs_failed"] == [code]
    shown = told.text + repr(logged) + caplog.text
    assert "SECRET-TEXT" not in shown
    assert KEY not in shown


async def test_without_a_key_or_an_agent_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    async with live_server(tmp_path / "no-key", elevenlabs_agent_id=AGENT_ID) as live:
        told = await live.post(ROUTE, {"agentId": AGENT_ID})
        assert (told.status_code, told.json()["error"]["code"]) == (503, "not_configured")
        assert "ELEVENLABS_API_KEY" in told.json()["error"]["message"]
    async with live_server(tmp_path / "no-agent", elevenlabs_api_key=SecretStr(KEY)) as live:
        told = await live.post(ROUTE, {})
        assert (told.status_code, told.json()["error"]["code"]) == (503, "not_configured")
        assert "ELEVENLABS_AGENT_ID" in told.json()["error"]["message"]


async def test_the_connections_are_given_back_when_the_service_stops(fake: FakeElevenLabs, tmp_path: Path) -> None:
    given: dict[str, Any] = {"elevenlabs_api_key": SecretStr(KEY), "elevenlabs_base_url": fake.base_url}
    async with live_server(tmp_path, **given) as live:
        assert (await live.post(ROUTE, {"agentId": AGENT_ID})).status_code == 200
        client = live.services.elevenlabs
        assert client is not None
        assert client._loading is not None
        http = await client._loading
    assert http.is_closed
