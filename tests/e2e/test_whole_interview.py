"""All thirteen topics, from the first hello to the report, over real sockets: both doors, with and without Claude."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI
from openai.types.chat import ChatCompletionMessageParam

from tests.callers import SAMS_FACTS, Caller, calls_of
from tests.fake_claude import FakeClaude
from tests.live_server import WEBHOOK_SECRET, Live, assert_speakable, assistant, live_server, user
from webhook.store.base import Store

TOPICS = 13
MOST_TURNS = 30


@dataclass
class Record:
    """One call: a row for each turn."""

    session_id: str = ""
    heard: list[str] = field(default_factory=list)
    topics: list[str] = field(default_factory=list)
    #: Listen and speak calls of each turn.
    calls: list[tuple[int, int]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)


async def by_openai(live: Live, fake: FakeClaude, caller: Caller) -> Record:
    """The platform has spoken the first message itself, and sends its own id for the call with every turn."""
    record = Record(session_id="conv_0123456789")
    opening = (await live.post("/api/first-message", {})).json()["message"]
    words = caller.answer("intro", opening)
    messages: list[ChatCompletionMessageParam] = [
        {"role": "system", "content": "You are the interviewer."},
        {"role": "assistant", "content": opening},
        {"role": "user", "content": words},
    ]
    ids = {"X-Conversation-Id": record.session_id}
    async with AsyncOpenAI(base_url=f"{live.base_url}/v1", api_key=WEBHOOK_SECRET, max_retries=0) as client:
        for _ in range(MOST_TURNS):
            before = len(fake.received)
            chunks = await client.chat.completions.create(
                model="webhook", messages=messages, stream=True, extra_headers=ids
            )
            heard = "".join([chunk.choices[0].delta.content or "" async for chunk in chunks])
            await live.settle()
            told = (await live.get(f"/api/sessions/{record.session_id}")).json()
            note(record, fake, before, heard, told["currentTopic"])
            if told["status"] == "completed":
                return record
            messages.append({"role": "assistant", "content": heard})
            messages.append({"role": "user", "content": caller.answer(told["currentTopic"], heard)})
    pytest.fail("the interview did not end")


async def by_webhook(live: Live, fake: FakeClaude, caller: Caller) -> Record:
    """The caller speaks first; the session is known by the variables only."""
    record = Record()
    messages = [user("Hello?")]
    variables: dict[str, Any] = {}
    for _ in range(MOST_TURNS):
        before = len(fake.received)
        answer = await live.talk({"messages": messages, "variables": variables})
        variables = answer["variables"]
        record.variables.append(variables)
        await live.settle()
        note(record, fake, before, answer["content"], variables["current_topic"])
        if variables["ended"]:
            record.session_id = variables["session_id"]
            return record
        said = caller.answer(variables["current_topic"], answer["content"])
        messages += [assistant(answer["content"]), user(said)]
    pytest.fail("the interview did not end")


def note(record: Record, fake: FakeClaude, before: int, heard: str, topic: str) -> None:
    assert_speakable(heard)
    record.heard.append(heard)
    record.topics.append(topic)
    record.calls.append(calls_of(fake, before))


async def finished(live: Live, session_id: str) -> dict[str, Any]:
    """The report, which was made in the background without anybody asking."""
    await live.settle()
    assert (await live.get(f"/api/sessions/{session_id}")).json()["reportStatus"] == "ready"
    answer = await live.get(f"/api/sessions/{session_id}/report", private="show")
    report: dict[str, Any] = answer.json()
    return report


def assert_whole(report: dict[str, Any]) -> None:
    """Every fact that was asked for on the road is there, with the words that show it."""
    assert (report["status"], report["ending"]) == ("completed", "completed")
    assert len(report["topics"]) == TOPICS
    assert "partial" not in report["flags"]
    required = {name: report["facts"][name] for name in SAMS_FACTS}
    assert {fact["status"] for fact in required.values()} == {"filled"}
    values = {name: fact["value"] for name, fact in required.items()}
    assert values | {"fitness": "go to the gym"} == dict(SAMS_FACTS)
    assert "go to the gym" in values["fitness"]
    assert all(fact["words"] for fact in required.values())
    assert report["fields"]["caller"] == {"name": "Sam", "age": 34, "home_area": "Leeds"}


def assert_spoken_once(calls: list[tuple[int, int]]) -> None:
    """But for a draft that was for another move: Sam's "I rent" looks like a thin answer, and his Claude finds it fine."""
    spoken = Counter(spoken for _, spoken in calls)
    assert spoken == {1: len(calls) - 1, 2: 1}


def assert_written(report: dict[str, Any]) -> None:
    """Claude's own fields stand on quotes that were said; the invented one is gone."""
    style = report["fields"]["spending_style"]
    assert style["value"] == "frugal"
    assert [q["words"] for q in style["quotes"]] == ["Netflix for 12 a month and Spotify.", "Mostly budget trips."]
    assert report["fields"]["what_matters"]["value"] == "Moving about under their own steam."
    assert report["fields"]["in_their_words"]["value"] == [
        "Netflix for 12 a month and Spotify.",
        "Mostly budget trips.",
    ]
    assert "yacht" not in str(report)


def assert_scripted(report: dict[str, Any], fake: FakeClaude) -> None:
    assert "scripted" in report["flags"]
    assert fake.received == []
    assert report["fields"]["spending_style"] == {"value": "cannot_tell", "quotes": []}


async def test_an_openai_client_is_led_through_the_whole_interview(
    store: Store, fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, store=store, claude_url=fake.base_url) as live:
        record = await by_openai(live, fake, Caller())
        report = await finished(live, record.session_id)
    assert_whole(report)
    assert_written(report)
    assert report["conversationId"] == record.session_id
    # Each turn hears once; the last words are the flow's own.
    assert [heard for heard, _ in record.calls] == [1] * TOPICS
    assert_spoken_once(record.calls[:-1])
    assert record.calls[-1] == (1, 0)
    assert [heard.count("?") for heard in record.heard] == [1] * (TOPICS - 1) + [0]
    assert record.topics == [*report["topics"][1:], "summary"]


async def test_the_json_webhook_leads_through_the_whole_interview(
    store: Store, fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, store=store, claude_url=fake.base_url) as live:
        record = await by_webhook(live, fake, Caller())
        report = await finished(live, record.session_id)
        after = await live.talk({"messages": [user("Hi")], "variables": record.variables[-1]})
    assert_whole(report)
    assert_written(report)
    # The greeting holds nothing to hear, and its answer is the flow's own.
    assert (record.calls[0], record.calls[-1]) == ((0, 0), (1, 0))
    assert [heard for heard, _ in record.calls[1:]] == [1] * TOPICS
    assert_spoken_once(record.calls[1:-1])
    assert record.topics == [*report["topics"], "summary"]
    assert [told["ended"] for told in record.variables] == [False] * TOPICS + [True]
    assert [told["report_generated"] for told in record.variables[:-1]] == [False] * TOPICS
    assert (after["variables"]["report_generated"], after["variables"]["report_status"]) == (True, "ready")
    assert after["variables"]["ended"] is True


async def test_an_openai_client_is_led_through_the_scripted_interview(
    store: Store, fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, store=store) as live:
        record = await by_openai(live, fake, Caller())
        report = await finished(live, record.session_id)
    assert_whole(report)
    assert_scripted(report, fake)
    assert record.topics == [*report["topics"][1:], "summary"]


async def test_the_json_webhook_leads_through_the_scripted_interview(
    store: Store, fake: FakeClaude, tmp_path: Path
) -> None:
    async with live_server(tmp_path, store=store) as live:
        record = await by_webhook(live, fake, Caller())
        report = await finished(live, record.session_id)
    assert_whole(report)
    assert_scripted(report, fake)
    assert record.topics == [*report["topics"], "summary"]
    assert (record.variables[-1]["ended"], record.variables[-1]["report_generated"]) == (True, True)
