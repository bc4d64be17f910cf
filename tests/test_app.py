"""The application as a whole: how it starts, what it refuses to start with, and how it stops."""

from __future__ import annotations

import asyncio
import logging
import shutil
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from starlette.testclient import TestClient

from tests.callers import as_claude, is_speak
from tests.fake_claude import Body, FakeClaude, Reply
from tests.live_server import API_TOKEN, ROOT, TURNS, WEBHOOK_SECRET, assistant, live_server, services_for, user
from webhook.app import _watch_files, create_app, running
from webhook.content.library import Library, LibraryContents
from webhook.errors import ContentError, SettingsError
from webhook.settings import Settings
from webhook.store.sqlite import SqliteStore


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A working directory with flows and prompts, and nothing of ours in the environment."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for folder in ("flows", "prompts"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield monkeypatch
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_without_arguments_the_environment_decides(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("WEBHOOK_SECRET", "from-the-environment")
    with TestClient(create_app()) as client:
        body = {"messages": [user("Hello")]}
        for secret, status in (("from-the-environment", 200), ("another", 401)):
            answer = client.post("/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {secret}"})
            assert answer.status_code == status
    assert Path(".data/sessions.db").exists()
    assert Path(".data/api_token").exists()


def test_a_broken_flow_stops_the_start_with_every_finding(environment: pytest.MonkeyPatch) -> None:
    flow = Path("flows/financial_lifestyle.yaml")
    text = flow.read_text().replace("follow_up: age", "follow_up: aeg").replace("min: 1, max: 120", "min: 1, max: old")
    flow.write_text(text)
    with pytest.raises(ContentError) as caught:
        create_app()
    assert len(caught.value.findings) >= 2
    assert "flows/financial_lifestyle.yaml:" in str(caught.value)
    assert "aeg" in str(caught.value)


def test_a_missing_prompt_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    Path("prompts/listen.md").unlink()
    with pytest.raises(ContentError, match="listen"):
        create_app()


def test_a_wrong_setting_stops_the_start(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PORT", "far too high")
    with pytest.raises(SettingsError, match="PORT"):
        create_app()
    environment.setenv("PORT", "80")
    environment.setenv("HOST", "0.0.0.0")
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET"):
        create_app()


def test_a_default_flow_that_does_not_exist_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FLOW: there is no flow by that id; there is financial_lifestyle"):
        services_for(tmp_path, flow="nothing")


async def test_a_reply_in_the_making_is_finished_before_the_service_stops(tmp_path: Path) -> None:
    def slowly(body: Body) -> Reply:
        return Reply(text="Thank you. Who am I talking to?", gap_s=0.05) if is_speak(body) else as_claude(body)

    async with FakeClaude(slowly) as fake:
        async with live_server(tmp_path, claude_url=fake.base_url) as live:
            opening = (await live.post("/api/first-message", {})).json()["message"]
            body = {"messages": [assistant(opening), user("Yes, that's fine.")], "stream": True}
            headers = {**TURNS, "X-Conversation-Id": "conv_12345678"}
            async with live.http.stream("POST", "/v1/chat/completions", json=body, headers=headers) as answer:
                async for part in answer.aiter_text():
                    if "Thank" in part:
                        break
        async with live_server(tmp_path, claude_url=fake.base_url) as live:
            head = (await live.session("conv_12345678")).head
    assert head is not None
    assert head.reply == "Thank you. Who am I talking to?"


async def test_a_call_goes_on_after_the_service_was_started_again(tmp_path: Path) -> None:
    messages = [user("Hello?")]
    variables: dict[str, object] = {}
    topics = []
    for words in ("Yes, that's fine.", "I'm Sam.", "I'm 34.", "Chess."):
        async with live_server(tmp_path) as live:
            answer = await live.talk({"messages": messages, "variables": variables})
        variables = answer["variables"]
        topics.append(variables["current_topic"])
        messages += [assistant(answer["content"]), user(words)]
    assert topics == ["intro", "name", "age", "interests"]


async def test_two_workers_over_one_store_hold_one_call_together(tmp_path: Path) -> None:
    shared = tmp_path / "sessions.db"
    async with (
        live_server(tmp_path, store=SqliteStore(shared)) as one,
        live_server(tmp_path, store=SqliteStore(shared)) as other,
    ):
        call = {"X-Conversation-Id": "conv_12345678"}
        messages = [user("Hello?")]
        first, second = await asyncio.gather(*(live.chat(messages, headers=call) for live in (one, other)))
        assert first.text == second.text
        opening = (await one.post("/api/first-message", {})).json()["message"]
        messages += [assistant(opening), user("Yes, that's fine.")]
        answers = [await live.chat(messages, headers=call) for live in (one, other)]
        assert answers[0].text == answers[1].text
        assert len((await one.session("conv_12345678")).turns) == 2


async def test_no_other_origin_may_ask_unless_it_is_named(tmp_path: Path) -> None:
    def preflight(path: str, origin: str) -> tuple[str, dict[str, str]]:
        return path, {"Origin": origin, "Access-Control-Request-Method": "POST"}

    ours, theirs = "https://app.example", "https://evil.example"
    async with live_server(tmp_path / "a", allowed_origins=(ours,)) as live:
        allowed = await answer_to(live.http, *preflight("/api/register-session", ours))
        assert allowed.headers["access-control-allow-origin"] == ours
        for path, headers in (preflight("/api/register-session", theirs), preflight("/api/sessions", ours)):
            assert "access-control-allow-origin" not in (await answer_to(live.http, path, headers)).headers
    async with live_server(tmp_path / "b") as live:
        refused = await answer_to(live.http, *preflight("/api/register-session", ours))
        assert "access-control-allow-origin" not in refused.headers


async def answer_to(http: httpx2.AsyncClient, path: str, headers: dict[str, str]) -> httpx2.Response:
    return await http.options(path, headers=headers)


async def test_no_secret_shows_in_the_services_when_they_are_printed(tmp_path: Path) -> None:
    services = services_for(tmp_path, claude_url="http://127.0.0.1:9")
    for secret in (WEBHOOK_SECRET, API_TOKEN, "claude-key-of-the-tests"):
        assert secret not in repr(services)


async def test_flows_that_could_not_be_read_once_are_looked_after_further(environment: pytest.MonkeyPatch) -> None:
    loop, is_read = asyncio.get_running_loop(), asyncio.Event()

    class Failing(Library):
        """Fails while it looks, then while it reads, then never again."""

        looks = 0

        def has_changed(self) -> bool:
            self.looks += 1
            if self.looks == 1:
                raise FileNotFoundError
            return True

        def reload(self) -> LibraryContents:
            if self.looks == 2:
                raise KeyError
            loop.call_soon_threadsafe(is_read.set)
            return super().reload()

    watching = asyncio.create_task(_watch_files(Failing(Path("flows"), Path("prompts")), look_s=0.0))
    done, _ = await asyncio.wait(
        {watching, reading := asyncio.create_task(is_read.wait())}, timeout=20, return_when=asyncio.FIRST_COMPLETED
    )
    for task in (watching, reading):
        task.cancel()
    await asyncio.gather(watching, reading, return_exceptions=True)

    assert done == {reading}


async def test_a_worker_that_is_not_warm_yet_takes_no_turns(tmp_path: Path) -> None:
    """A server accepts once the lifespan has begun; that waits for the SDK, and for no answer of Claude's."""
    services = services_for(tmp_path, claude_url="http://127.0.0.1:1")
    claude, loaded = services.claude, asyncio.Event()
    assert claude is not None
    load = claude._client

    async def slowly() -> Any:
        await loaded.wait()
        return await load()

    claude._client = slowly  # type: ignore[method-assign]  # a load that takes its time
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(stack.enter_async_context(running(services)))
        await asyncio.wait({starting}, timeout=0.3)
        assert not starting.done()
        loaded.set()
        await starting
