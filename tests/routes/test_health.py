"""Alive and ready."""

from __future__ import annotations

import time
from pathlib import Path

from tests.fake_claude import FakeClaude
from tests.live_server import Live, live_server
from tests.routes.broken_store import BrokenStore
from webhook.errors import ModelUnavailable


async def test_health_needs_no_secret_and_tells_nothing(scripted: Live) -> None:
    answer = await scripted.http.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_names_the_flows_in_service_and_how_claude_is_used(
    scripted: Live, live: Live, fake: FakeClaude
) -> None:
    answer = (await scripted.http.get("/readyz")).json()
    flows = scripted.services.library.contents.flows
    assert (answer["status"], answer["store"], answer["claude"]) == ("ready", "ok", "scripted")
    assert {"financial_lifestyle", "screening", "stakeholder"} <= answer["flows"].keys()
    assert answer["flows"] == {f.id: {"version": f.version, "hash": f.content_hash} for f in flows.values()}
    assert (await live.http.get("/readyz")).json()["claude"] == "ok"
    assert fake.received == []


async def test_without_its_store_the_service_is_ready_on_its_standby_and_says_so(tmp_path: Path) -> None:
    async with live_server(tmp_path, store=BrokenStore()) as broken:
        assert (await broken.http.get("/healthz")).status_code == 200
        answer = await broken.http.get("/readyz")
        assert (answer.status_code, answer.json()["status"], answer.json()["store"]) == (200, "ready", "standby")


async def test_without_a_standby_either_it_is_alive_but_not_ready(tmp_path: Path) -> None:
    async with live_server(tmp_path, store=BrokenStore()) as broken:
        await broken.services.store.standby.close()
        assert (await broken.http.get("/healthz")).status_code == 200
        answer = await broken.http.get("/readyz")
        assert (answer.status_code, answer.json()["status"], answer.json()["store"]) == (503, "not_ready", "down")


async def test_ready_names_the_models_that_are_left_alone_and_why(live: Live) -> None:
    dialogue = live.services.interviewer.dialogue
    assert dialogue is not None
    dialogue.breaker.failed("claude-x", ModelUnavailable(), time.monotonic())

    assert (await live.http.get("/readyz")).json()["claude"] == {"claude-x": "model_unavailable"}
    dialogue.breaker.succeeded("claude-x")
