"""The JSON webhook: `{messages, variables}` in, `{content, variables}` out, whatever comes and whatever breaks."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest

from tests.callers import SAM, as_claude, calls_of, is_listen
from tests.fake_claude import FakeClaude, Reply
from tests.live_server import (
    API_TOKEN,
    OPERATORS,
    SIMPLE,
    TURNS,
    WEBHOOK_SECRET,
    Live,
    assert_speakable,
    assistant,
    user,
)
from tests.routes.faults import BROKEN_OFF, SILENT
from webhook.routes.common import TURN_BODY

OPENING = "Is that all right with you?"
EVERY_FAULT = SILENT | {f"{name} after some words": reply for name, reply in BROKEN_OFF.items()}
SORRY = "I didn't catch that. Could you please repeat?"


def call_id() -> str:
    return f"s-{uuid4().hex}"


async def opened(live: Live, **variables: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A talk after the first reply."""
    messages = [user("Hello?")]
    answer = await live.talk({"messages": messages, "variables": variables})
    return [*messages, assistant(answer["content"])], answer["variables"]


# The form


async def test_a_turn_is_messages_and_variables_in_content_and_variables_out(scripted: Live) -> None:
    answer = await scripted.talk({"messages": [user("Hello?")], "variables": {}})
    assert answer.keys() == {"content", "variables"}
    assert answer["content"].endswith(OPENING)
    assert answer["variables"] == {
        "session_id": answer["variables"]["session_id"],
        "persona_id": "anita-bhargava",
        "current_topic": "intro",
        "report_generated": False,
        "report_status": "none",
        "ended": False,
    }
    assert answer["variables"]["session_id"]


async def test_variables_we_do_not_know_come_back_as_they_were(scripted: Live) -> None:
    theirs = {
        "customer": {"id": 7, "tags": ["a", None, 1.5]},
        "empty": "",
        "nothing": None,
        "big": 2**70,
        "text": "ä \u2028 </b>",
        "": True,
    }
    answer = await scripted.talk({"messages": [user("Hello?")], "variables": {**theirs, "session_id": call_id()}})
    assert {name: answer["variables"][name] for name in theirs} == theirs


async def test_the_session_goes_on_under_the_id_that_was_given(scripted: Live) -> None:
    messages, variables = await opened(scripted)
    answer = await scripted.talk({"messages": [*messages, user("Yes, that's fine.")], "variables": variables})
    assert answer["variables"] == variables | {"current_topic": "name"}
    own = call_id()
    assert (await opened(scripted, session_id=own))[1]["session_id"] == own


@pytest.mark.parametrize("bad", [7, None, "", "../etc/passwd", "x" * 200, "a b", ["s"], {"$ne": 1}, True])
async def test_an_id_that_cannot_be_one_gets_a_new_one(scripted: Live, bad: object) -> None:
    _, variables = await opened(scripted, session_id=bad)
    assert isinstance(variables["session_id"], str)
    assert variables["session_id"].startswith("s-")


async def test_a_therapist_id_is_a_persona_id_and_is_echoed(scripted: Live) -> None:
    messages, variables = await opened(scripted, therapist_id="danielle-town")
    assert "my name is Danielle Town" in messages[-1]["content"]
    assert (variables["therapist_id"], variables["persona_id"]) == ("danielle-town", "danielle-town")


async def test_a_persona_nobody_knows_is_the_flow_s_own(scripted: Live) -> None:
    messages, variables = await opened(scripted, persona_id="nobody")
    assert "my name is Anita Bhargava" in messages[-1]["content"]
    assert variables["persona_id"] == "anita-bhargava"


# What may come


GARBAGE: dict[str, bytes] = {
    "no JSON": b"hello",
    "empty": b"",
    "array": b"[1]",
    "null": b"null",
    "no messages": b"{}",
    "messages null": b'{"messages": null, "variables": {}}',
    "messages empty": b'{"messages": []}',
    "messages text": b'{"messages": "hello"}',
    "variables wrong": b'{"messages": [], "variables": [1, 2]}',
    "unknown roles only": b'{"messages": [{"role": "narrator", "content": "x"}]}',
    "last from the agent": b'{"messages": [{"role": "user", "content": "Hi"}, {"role": "agent", "content": "Hello"}]}',
    "last from the system": b'{"messages": [{"role": "user", "content": "Hi"}, {"role": "system", "content": "x"}]}',
    "deep": b'{"messages": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    "no UTF-8": b"\xff\xff\xff",
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_what_is_no_word_of_the_caller_is_not_caught(scripted: Live, body: bytes) -> None:
    answer = await scripted.raw(SIMPLE, body)
    assert answer.status_code == 200
    assert answer.json()["content"] == SORRY
    session_id = answer.json()["variables"]["session_id"]
    assert (await scripted.get(f"/api/sessions/{session_id}")).status_code == 404


async def test_nothing_moves_when_the_last_message_is_not_the_user_s(scripted: Live) -> None:
    messages, variables = await opened(scripted, customer=3)
    before = await scripted.session(variables["session_id"])
    answer = await scripted.talk({"messages": messages, "variables": variables})
    assert answer == {"content": SORRY, "variables": variables}
    assert await scripted.session(variables["session_id"]) == before


async def test_odd_contents_are_answered(scripted: Live) -> None:
    for content in (None, 5, [], [{"type": "text", "text": "Hello"}], {"text": "Hello"}, "\ud800", "...", " "):
        body = json.dumps({"messages": [{"role": "user", "content": content}]}).encode()
        answer = await scripted.raw(SIMPLE, body)
        assert answer.json()["content"].endswith(OPENING), content


# Who may


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"Authorization", b"Bearer wrong")],
        [(b"Authorization", f"Bearer {API_TOKEN}".encode())],
        [(b"Authorization", "Bearer Schlüssel".encode())],
        [(b"Authorization", f"Bearer {WEBHOOK_SECRET}".encode()), (b"Authorization", b"Bearer wrong")],
    ],
    ids=["nothing", "wrong", "the operators'", "no ASCII", "two"],
)
async def test_nobody_without_the_secret_gets_a_turn(scripted: Live, headers: list[tuple[bytes, bytes]]) -> None:
    answer = await scripted.http.post(SIMPLE, json={"messages": [user("Hello")]}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorized"


async def test_a_body_over_the_limit_is_refused(scripted: Live) -> None:
    answer = await scripted.raw(SIMPLE, json.dumps({"messages": [user("x" * (TURN_BODY + 1))]}).encode())
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


async def test_a_history_of_another_talk_is_answered_for_the_session_that_answers_it(scripted: Live) -> None:
    messages, variables = await opened(scripted)
    asked_for = variables["session_id"]
    own = await scripted.talk({"messages": [*messages, user("Yes, that's fine.")], "variables": variables})
    before = await scripted.session(asked_for)
    strange = [user("Good morning to you."), *messages[1:], user("No, I do not agree to that.")]
    answer = await scripted.talk({"messages": strange, "variables": variables})
    told = answer["variables"]
    assert told["session_id"] != asked_for
    assert told["current_topic"] == (await scripted.session(told["session_id"])).current_topic
    assert told["current_topic"] != own["variables"]["current_topic"]
    assert await scripted.session(asked_for) == before
    strange += [assistant(answer["content"]), user("Oh, then yes, I do.")]
    again = await scripted.talk({"messages": strange, "variables": told})
    assert again["variables"]["session_id"] == told["session_id"]


# A session that is deleted while it is being answered


def running_reply(live: Live, session_id: str) -> Any:
    """White box: no request can ask for it."""
    running = live.services.interviewer.generations._running
    return next((reply for (each, _), (reply, _) in running.items() if each == session_id), None)


@pytest.mark.parametrize("told", ["nothing yet", "the bridge"])
async def test_a_deleted_session_leaves_nothing_of_a_running_turn_behind(
    live: Live, fake: FakeClaude, told: str
) -> None:
    messages, variables = await opened(live)
    session_id = variables["session_id"]
    fake.replies = lambda body: Reply(json=as_claude(body).json, headers_s=0.5) if is_listen(body) else as_claude(body)
    turn = asyncio.create_task(live.talk({"messages": [*messages, user("Yes, that's fine.")], "variables": variables}))
    while (running := running_reply(live, session_id)) is None or not fake.received:  # noqa: ASYNC110 - no event tells that Claude was asked
        await asyncio.sleep(0.001)
    if told == "the bridge":
        running.add("Mm-hm, okay... ")
    answer = await live.http.delete(f"/api/sessions/{session_id}", headers=OPERATORS)
    assert answer.status_code == 204
    assert running.settled.is_set(), "the reply is not made any more"
    assert_speakable((await turn)["content"])
    await live.settle()
    assert [chunk async for chunk in live.services.store.follow_chunks(session_id, running.number, wait_s=0.0)] == []
    assert (await live.get(f"/api/sessions/{session_id}")).status_code == 404


# The end of an interview


async def test_the_summary_is_spoken_and_is_no_report(live: Live, fake: FakeClaude) -> None:
    everything = (
        "Yes, that's fine. I'm Sam, 34, from Leeds, I rent and I mostly cook. Chess and hiking. By car and by bike. "
        "I go to the gym. Reading. Mostly budget trips."
    )
    messages, variables = await opened(live)
    answer = await live.talk({"messages": [*messages, user(everything)], "variables": variables})
    assert answer["variables"]["current_topic"] == "summary"
    assert answer["content"] == "You told me how you live and what you enjoy. Did I understand all of that?"
    assert answer["variables"]["ended"] is False


async def test_the_scripted_summary_is_spoken_too(scripted: Live) -> None:
    messages, variables = await opened(scripted)
    content = ""
    while variables["current_topic"] != "summary":
        messages.append(user(SAM[variables["current_topic"]]))
        answer = await scripted.talk({"messages": messages, "variables": variables})
        content, variables = answer["content"], answer["variables"]
        messages.append(assistant(content))
    assert_speakable(content)
    assert "home area: Leeds" in content
    assert content.endswith("Did I understand you correctly, as far as you can tell?")


# Whatever Claude does


@pytest.mark.parametrize("reply", EVERY_FAULT.values(), ids=EVERY_FAULT)
async def test_whatever_claude_does_the_turn_ends_in_a_question(hasty: Live, fake: FakeClaude, reply: Reply) -> None:
    messages, variables = await opened(hasty)
    fake.replies = lambda _: reply
    async with asyncio.timeout(10):
        answer = await hasty.talk({"messages": [*messages, user("Yes, that's fine.")], "variables": variables})
    assert_speakable(answer["content"])
    assert answer["content"].endswith("What name should I use for you?")
    assert answer["variables"]["current_topic"] == "name"


async def test_a_turn_that_is_sent_again_gets_the_same_answer_and_no_second_model_call(
    live: Live, fake: FakeClaude
) -> None:
    messages, variables = await opened(live)
    turn = {"messages": [*messages, user("Yes, that's fine.")], "variables": variables}
    first = await live.talk(turn)
    assert await live.talk(turn) == first
    assert calls_of(fake) == (1, 1)


async def test_identical_requests_at_the_same_time_share_one_answer(live: Live, fake: FakeClaude) -> None:
    messages, variables = await opened(live)
    fake.replies = lambda body: Reply(json=as_claude(body).json, headers_s=0.05) if is_listen(body) else as_claude(body)
    turn = {"messages": [*messages, user("Yes, that's fine.")], "variables": variables}
    answers = await asyncio.gather(*(live.talk(turn) for _ in range(6)))
    assert all(answer == answers[0] for answer in answers)
    assert calls_of(fake) == (1, 1)


async def test_ten_callers_without_an_id_get_ten_sessions(scripted: Live) -> None:
    answers = await asyncio.gather(*(opened(scripted) for _ in range(10)))
    assert len({variables["session_id"] for _, variables in answers}) == 10


async def test_a_get_is_not_a_turn(scripted: Live) -> None:
    assert (await scripted.http.get(SIMPLE, headers=TURNS)).status_code == 405


async def test_row_26_a_call_of_the_other_route_is_neither_read_nor_changed_by_naming_it(scripted: Live) -> None:
    call = f"conversation-{uuid4().hex}"
    theirs = {"messages": [assistant(scripted.services.admission.opening(None, None)), user("Yes.")], "stream": False}
    answer = await scripted.http.post("/v1/chat/completions", json=theirs, headers=TURNS | {"X-Conversation-Id": call})
    assert answer.status_code == 200
    before = await scripted.session(call)

    for said in (["Yes."], ["Yes.", "Stop."], []):
        told = await scripted.talk({"messages": [user(words) for words in said], "variables": {"session_id": call}})
        assert told["variables"].get("current_topic") in (None, "intro")
        assert "What name should I use" not in told["content"]

    await scripted.settle()
    assert await scripted.session(call) == before
