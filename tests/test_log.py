"""One line a turn, with ids and timings; never a word that was said, never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.callers import SAM, as_claude
from tests.fake_claude import FakeClaude
from tests.live_server import API_TOKEN, WEBHOOK_SECRET, Live, assistant, live_server, user
from webhook import log

#: Words of the caller and of Claude that stand in no flow, prompt or line of ours.
CANARIES = ("Zebedee", "Wolverhampton", "macrame", "jetski", "unicycle", "trampoline", "Hulu", "Thank you for that")
LINES = {
    **SAM,
    "name": "I'm Zebedee.",
    "interests": "Chess and macrame.",
    "housing_location": "Wolverhampton.",
    "transport_preference": "By car, and by jetski.",
    "fitness_preference": "I go unicycle riding, and to the trampoline.",
    "subscriptions_preference": "Hulu for 12 a month.",
}

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes, as JSON; everything is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    log.set_up(level="debug", style="json", stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


async def whole_call(live: Live) -> str:
    """A call to its end; the session's id."""
    messages = [user("Hello?")]
    variables: dict[str, Any] = {}
    while not variables.get("ended"):
        answer = await live.talk({"messages": messages, "variables": variables})
        variables = answer["variables"]
        said = LINES.get(variables["current_topic"] or "", "Well.")
        messages += [assistant(answer["content"]), user(said)]
    await live.settle()
    return str(variables["session_id"])


async def test_a_scripted_call_leaves_one_line_a_turn_and_no_word_of_it(
    stream: io.StringIO, lines: Lines, tmp_path: Path
) -> None:
    async with live_server(tmp_path) as live:
        session_id = await whole_call(live)
        turns = (await live.session(session_id)).turns
    logged = [line for line in lines() if line["event"] == "turn"]
    numbers = [line["generation"] for line in logged]
    assert numbers == sorted(set(numbers))
    assert [line["topic"] for line in logged] == [turn.topic for turn in turns]
    assert [line["move"] for line in logged] == [turn.move for turn in turns]
    for line in logged:
        assert line["session_id"] == session_id
        assert line["level"] == "info"
        assert line["request_id"]
        assert line["reason"]
        assert all(isinstance(line[name], int) for name in ("listen_ms", "total_ms", "chars_out", "facts"))
    assert_says_nothing(stream.getvalue())


async def test_a_call_with_claude_leaves_no_word_either(stream: io.StringIO, lines: Lines, tmp_path: Path) -> None:
    async with FakeClaude(as_claude) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        await whole_call(live)
    assert [line["event"] for line in lines()].count("turn") >= 13
    assert_says_nothing(stream.getvalue())


async def test_what_breaks_leaves_no_word_either(stream: io.StringIO, lines: Lines, tmp_path: Path) -> None:
    async with live_server(tmp_path, claude_url="http://127.0.0.1:9") as live:
        opening = (await live.post("/api/first-message", {})).json()["message"]
        talk = [assistant(opening), user("Yes, that's fine.")]
        answer = await live.talk({"messages": talk})
        talk += [assistant(answer["content"]), user("I'm Zebedee.")]
        await live.talk({"messages": talk, "variables": answer["variables"]})
        await live.raw("/v1/chat/completions", b'{"messages": "Zebedee"')
        await live.raw("/api/elevenlabs-webhook", b"Wolverhampton")
        await live.get("/api/sessions/Zebedee", limit="macrame")
        await live.http.get("/Wolverhampton", headers={"Authorization": "Bearer jetski"})
    events = {line["event"] for line in lines()}
    assert {"listen_failed", "speak_failed", "turn_not_understood"} <= events
    assert_says_nothing(stream.getvalue())


async def test_every_line_of_a_request_has_its_id_and_so_has_its_error(lines: Lines, tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        for number in range(3):
            headers = {"X-Request-Id": f"request-{number:08}"}
            await live.chat([user("Hello?")], headers=headers | {"X-Conversation-Id": f"conversation-{number}"})
        answer = await live.http.get("/api/sessions", headers={"X-Request-Id": "request-00000009"})
        await live.settle()
    assert answer.json()["error"]["request_id"] == "request-00000009"
    by_call = {line["session_id"]: line["request_id"] for line in lines() if line["event"] == "turn"}
    assert by_call == {f"conversation-{n}": f"request-{n:08}" for n in range(3)}


def assert_says_nothing(text: str) -> None:
    assert text
    for word in (*CANARIES, WEBHOOK_SECRET, API_TOKEN, "claude-key-of-the-tests"):
        assert word.lower() not in text.lower(), word


def test_only_fields_on_the_list_are_logged(lines: Lines) -> None:
    structlog.get_logger().info("turn", session_id="s", utterance="Zebedee", text="Zebedee", facts=3)
    (line,) = lines()
    assert line.keys() == {"event", "level", "timestamp", "session_id", "facts"}


def test_a_library_s_warning_is_told_without_its_text(stream: io.StringIO, lines: Lines) -> None:
    logging.getLogger("redis").warning("cannot send %s", "Zebedee")
    logging.getLogger("httpx2").info("POST Zebedee")
    try:
        int("Zebedee")
    except ValueError:
        logging.getLogger("asyncio").exception("Task failed: Zebedee")
    first, second = lines()
    assert (first["event"], first["logger"], first["level"]) == ("library_warning", "redis", "warning")
    assert (second["logger"], second["error"], second["level"]) == ("asyncio", "ValueError", "error")
    assert_says_nothing(stream.getvalue())


def test_the_level_is_kept(lines: Lines, stream: io.StringIO) -> None:
    log.set_up(level="warning", style="json", stream=stream)
    structlog.get_logger().info("turn")
    structlog.get_logger().warning("listen_failed")
    assert [line["event"] for line in lines()] == ["listen_failed"]


def test_on_no_terminal_auto_is_json_and_console_is_for_people(stream: io.StringIO) -> None:
    log.set_up(level="info", style="auto", stream=stream)
    structlog.get_logger().info("turn", session_id="s")
    assert json.loads(stream.getvalue())["session_id"] == "s"
    log.set_up(level="info", style="console", stream=stream)
    structlog.get_logger().info("turn", utterance="Zebedee")
    assert stream.getvalue().count("\n") == 2
    assert_says_nothing(stream.getvalue())


def test_an_error_is_told_by_type_and_place_only() -> None:
    try:
        int("Zebedee")
    except ValueError as error:
        told = log.where(error)
    assert told.startswith("ValueError at test_log.py:")
    assert "Zebedee" not in told
    assert log.where(ValueError("Zebedee")) == "ValueError at ?"
