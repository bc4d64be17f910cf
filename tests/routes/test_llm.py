"""Chat completions: an authenticated turn always ends in words, and each turn happens once."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.callers import SAM, as_claude, calls_of, is_listen
from tests.fake_claude import Body, FakeClaude, Reply
from tests.live_server import (
    API_TOKEN,
    CHAT,
    PATIENT,
    TURNS,
    WEBHOOK_SECRET,
    Live,
    assert_speakable,
    assistant,
    chunk_texts,
    events,
    live_server,
    spoken,
    user,
)
from tests.routes.faults import BROKEN_OFF, SILENT
from tests.servers import free_port
from webhook.asks import Ask
from webhook.asks import Reply as Answer
from webhook.dialogue import Deadlines
from webhook.interview.lines import Line, line
from webhook.interview.session import HeadStatus
from webhook.routes.common import TURN_BODY
from webhook.runner import Interviewer
from webhook.store.base import Stored
from webhook.store.sqlite import SqliteStore
from webhook.wire.identity import TokenClaims, sign_token

OPENING = "Is that all right with you?"
ASK_NAME = "What name should I use for you?"
SORRY = line(Line.DID_NOT_CATCH, "en")


def new_call() -> dict[str, str]:
    """The header of a call nobody has heard of yet."""
    return {"X-Conversation-Id": f"conv_{uuid4().hex}"}


async def consented(live: Live) -> list[dict[str, Any]]:
    """A history in which the platform has read out the opening and the caller agreed."""
    opening = (await live.post("/api/first-message", {})).json()["message"]
    return [assistant(opening), user("Yes, that's fine.")]


# Who may


REFUSED: dict[str, list[tuple[bytes, bytes]]] = {
    "nothing": [],
    "empty": [(b"Authorization", b"")],
    "no secret": [(b"Authorization", b"Bearer")],
    "a wrong one": [(b"Authorization", b"Bearer wrong")],
    "one letter more": [(b"Authorization", f"Bearer {WEBHOOK_SECRET}x".encode())],
    "the operators'": [(b"Authorization", f"Bearer {API_TOKEN}".encode())],
    "another scheme": [(b"Authorization", f"Basic {WEBHOOK_SECRET}".encode())],
    "no ASCII": [(b"Authorization", "Bearer Schlüssel".encode())],
    "no UTF-8": [(b"Authorization", b"Bearer \xff\xfe")],
    "two": [(b"Authorization", b"Bearer wrong"), (b"Authorization", f"Bearer {WEBHOOK_SECRET}".encode())],
    "the same twice": [(b"Authorization", f"Bearer {WEBHOOK_SECRET}".encode())] * 2,
    "elsewhere": [(b"X-Api-Key", WEBHOOK_SECRET.encode())],
}


@pytest.mark.parametrize("headers", REFUSED.values(), ids=REFUSED)
async def test_nobody_without_the_one_right_secret_gets_a_turn(
    scripted: Live, headers: list[tuple[bytes, bytes]]
) -> None:
    answer = await scripted.http.post(CHAT, json={"messages": [user("Hello")]}, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["error"].keys() == {"message", "type", "param", "code"}
    assert answer.json()["error"]["type"] == "authentication_error"
    models = await scripted.http.get("/v1/models", headers=headers)
    assert models.status_code == 401


async def test_the_scheme_may_be_written_in_any_case(scripted: Live) -> None:
    answer = await scripted.chat([user("Hello")], headers={"Authorization": f"bearer {WEBHOOK_SECRET}"} | new_call())
    assert OPENING in spoken(answer)


async def test_during_a_rotation_both_secrets_open_the_door(tmp_path: Path) -> None:
    async with live_server(tmp_path, webhook_secret="new-one, old-one") as live:
        for secret, status in (("new-one", 200), ("old-one", 200), (WEBHOOK_SECRET, 401)):
            answer = await live.chat([user("Hello")], headers={"Authorization": f"Bearer {secret}"} | new_call())
            assert answer.status_code == status


# What may come


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/v1", "/v1/", "/v1/chat/completions/chat/completions", "/chat/completions"]
)
async def test_every_form_of_a_mistyped_address_is_answered_without_a_redirect(scripted: Live, path: str) -> None:
    body = {"messages": [user("Hello")], "stream": True}
    assert OPENING in spoken(await scripted.http.post(path, json=body, headers=TURNS | new_call()))


GARBAGE: dict[str, bytes] = {
    "no JSON": b"hello there",
    "empty": b"",
    "half": b'{"messages": [{"role": "user", "con',
    "array": b"[]",
    "null": b"null",
    "string": b'"messages"',
    "number": b"7",
    "no messages": b"{}",
    "messages null": b'{"messages": null}',
    "messages text": b'{"messages": "hello"}',
    "messages object": b'{"messages": {"role": "user", "content": "hello"}}',
    "deep": b'{"messages": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "NUL": b"\x00\x00\x00\x00",
    "no UTF-8": b'\xff\xfe\xfa{"messages"',
}


@pytest.mark.parametrize("body", GARBAGE.values(), ids=GARBAGE)
async def test_a_body_that_is_no_turn_is_answered_in_words_and_makes_no_session(scripted: Live, body: bytes) -> None:
    before = (await scripted.get("/api/sessions", limit=200)).json()["sessions"]
    assert spoken(await scripted.raw(CHAT, body)) == SORRY
    assert (await scripted.get("/api/sessions", limit=200)).json()["sessions"] == before


ODD: dict[str, dict[str, Any]] = {
    "no messages yet": {"messages": []},
    "only a system message": {"messages": [{"role": "system", "content": "You are helpful."}]},
    "unknown roles": {"messages": [{"role": "narrator", "content": "It rains."}, user("Hello")]},
    "messages of other types": {"messages": [None, 7, "hello", [], user("Hello")]},
    "role of another type": {"messages": [{"role": ["user"], "content": "x"}, user("Hello")]},
    "content null": {"messages": [{"role": "user", "content": None}]},
    "content missing": {"messages": [{"role": "user"}]},
    "content number": {"messages": [{"role": "user", "content": 42}]},
    "content parts": {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}]}]},
    "an image": {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]},
    "parts of other types": {"messages": [{"role": "user", "content": [None, 3, {"text": 4}, "Hello"]}]},
    "max_tokens -1": {"messages": [user("Hello")], "max_tokens": -1},
    "max_tokens text": {"messages": [user("Hello")], "max_tokens": "many"},
    "unknown fields": {"messages": [user("Hello")], "temperature": 9, "frequency": {"a": [1]}, "n": -3, "seed": None},
    "tools wrong": {"messages": [user("Hello")], "tools": "none", "tool_choice": 3},
    "model wrong": {"messages": [user("Hello")], "model": {"name": "x"}},
    "extra body text": {"messages": [user("Hello")], "elevenlabs_extra_body": "{not json"},
    "extra body token wrong": {"messages": [user("Hello")], "elevenlabs_extra_body": {"session_token": 5}},
    "user wrong": {"messages": [user("Hello")], "user": {"id": 1}, "user_id": []},
    "silence": {"messages": [user("...")]},
    "only white space": {"messages": [user(" \n\t ")]},
    "control characters": {"messages": [user("He\u0000llo\u001b\u2028 there\u0085")]},
    "template": {"messages": [user("{{ slots.name }} {% raise %}")]},
}


@pytest.mark.parametrize("fields", ODD.values(), ids=ODD)
async def test_an_odd_request_still_opens_the_interview(scripted: Live, fields: dict[str, Any]) -> None:
    body = {"stream": True, **fields}
    answer = await scripted.http.post(CHAT, json=body, headers=TURNS | new_call())
    assert OPENING in spoken(answer)


RAW: dict[str, bytes] = {
    "byte order mark": '\ufeff{"stream":true,"messages":[{"role":"user","content":"Hello"}]}'.encode(),
    "UTF-16": '{"stream":true,"messages":[{"role":"user","content":"Hello"}]}'.encode("utf-16"),
    "lone surrogate": b'{"stream":true,"messages":[{"role":"user","content":"Hello \\ud800"}]}',
    "NaN": b'{"stream":true,"temperature":NaN,"messages":[{"role":"user","content":"Hello"}]}',
    "1e999": b'{"stream":true,"temperature":1e999,"messages":[{"role":"user","content":"Hello"}]}',
    "endless number": b'{"stream":true,"seed":' + b"9" * 5000 + b',"messages":[{"role":"user","content":"Hello"}]}',
    "equal keys": b'{"stream":true,"messages":[],"messages":[{"role":"user","content":"Hello"}]}',
}


@pytest.mark.parametrize("body", RAW.values(), ids=RAW)
async def test_odd_bytes_still_open_the_interview(scripted: Live, body: bytes) -> None:
    assert OPENING in spoken(await scripted.raw(CHAT, body))


async def test_a_body_over_the_limit_is_refused_whether_or_not_it_says_its_length(scripted: Live) -> None:
    body = json.dumps({"messages": [user("x" * (TURN_BODY + 1))]}).encode()

    async def in_parts() -> AsyncGenerator[bytes]:
        for start in range(0, len(body), 65536):
            yield body[start : start + 65536]

    for content in (body, in_parts()):
        answer = await scripted.http.post(CHAT, content=content, headers=TURNS)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "too_large"


async def test_a_very_long_history_is_answered(scripted: Live) -> None:
    messages = (await consented(scripted)) * 1000
    assert_speakable(spoken(await scripted.chat(messages, headers=new_call())))


# The form of a reply


async def test_a_streamed_reply_is_what_an_openai_client_expects(scripted: Live) -> None:
    answer = await scripted.chat([user("Hello")], headers=new_call(), model="my-model")
    chunks = events(answer)
    assert chunks[0].keys() == {"id", "object", "created", "model", "choices"}
    assert chunks[0]["object"] == "chat.completion.chunk"
    assert chunks[0]["model"] == "my-model"
    assert chunks[0]["id"].startswith("chatcmpl-")
    assert answer.headers["cache-control"] == "no-store"


async def test_without_stream_the_reply_is_one_document(scripted: Live) -> None:
    for fields in ({"stream": False}, {"stream": None}, {"stream": "yes"}):
        answer = await scripted.http.post(
            CHAT, json={"messages": [user("Hello")], **fields}, headers=TURNS | new_call()
        )
        document = answer.json()
        assert document["object"] == "chat.completion"
        assert document["choices"][0]["finish_reason"] == "stop"
        assert OPENING in document["choices"][0]["message"]["content"]


async def test_the_models_are_listed(scripted: Live) -> None:
    answer = await scripted.http.get("/v1/models", headers=TURNS)
    assert [m["id"] for m in answer.json()["data"]] == ["webhook", "claude-haiku-5-5"]


# Whatever Claude does


@pytest.mark.parametrize("reply", SILENT.values(), ids=SILENT)
async def test_when_claude_says_nothing_the_flow_s_own_question_is_asked(
    hasty: Live, fake: FakeClaude, reply: Reply
) -> None:
    fake.replies = lambda _: reply
    async with asyncio.timeout(10):
        answer = await hasty.chat(await consented(hasty), headers=new_call())
    assert spoken(answer) == ASK_NAME


@pytest.mark.parametrize("reply", BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_when_claude_breaks_off_the_flow_s_own_question_closes_the_turn(
    fake: FakeClaude, tmp_path: Path, reply: Reply
) -> None:
    fake.replies = lambda body: as_claude(body) if is_listen(body) else reply
    deadlines = replace(PATIENT, gap_s=0.3)  # only for what comes after the first words
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=deadlines) as live, asyncio.timeout(20):
        answer = await live.chat(await consented(live), headers=new_call())
    said, _, question = spoken(answer).partition(" What")
    assert question == ASK_NAME.removeprefix("What")
    # The last word may be half a word, so it is not said; a sentence that broke off is heard to do so.
    assert said in {"Thank you for that.", "Thank you for ...", "Thank you for that. Now ..."}


async def test_when_claude_cannot_be_reached_the_interview_goes_on(tmp_path: Path) -> None:
    call = new_call()
    async with live_server(tmp_path, claude_url=f"http://127.0.0.1:{free_port()}") as live:
        messages = await consented(live)
        assert spoken(await live.chat(messages, headers=call)) == ASK_NAME
        messages += [assistant(ASK_NAME), user("I'm Sam.")]
        assert spoken(await live.chat(messages, headers=call)) == "How old are you, roughly?"


def test_the_waits_of_a_turn_fit_into_the_platform_s_patience() -> None:
    waits = Deadlines()
    assert waits.listen_s + waits.first_text_s < 4.0
    assert waits.listen_s + waits.speak_s < 10.0


async def test_what_was_understood_too_late_counts_before_the_next_turn(hasty: Live, fake: FakeClaude) -> None:
    call = new_call()
    messages = [*(await consented(hasty))[:1], user("Yes, that's fine. I'm Sam, 34, from Leeds.")]

    def slow_to_hear(body: Body) -> Reply:
        heard = as_claude(body)
        return Reply(json=heard.json, headers_s=0.2) if is_listen(body) else heard

    fake.replies = slow_to_hear
    heard = spoken(await hasty.chat(messages, headers=call))
    await hasty.settle()
    fake.replies = as_claude
    messages += [assistant(heard), user("What do you mean by that?")]
    await hasty.chat(messages, headers=call)
    facts = (await hasty.session(call["X-Conversation-Id"])).state.facts
    assert {name: fact.value for name, fact in facts.items()} == {
        "consent": True,
        "name": "Sam",
        "age": 34,
        "home_area": "Leeds",
    }


# A turn happens once


async def test_a_turn_that_is_sent_again_gets_the_same_bytes_and_no_second_model_call(
    live: Live, fake: FakeClaude
) -> None:
    call, messages = new_call(), await consented(live)
    first = await live.chat(messages, headers=call)
    await live.settle()
    assert calls_of(fake) == (1, 1)
    again = await live.chat(messages, headers=call)
    assert again.text == first.text
    assert calls_of(fake) == (1, 1)


async def test_identical_requests_at_the_same_time_share_one_reply(live: Live, fake: FakeClaude) -> None:
    call, messages = new_call(), await consented(live)
    fake.replies = lambda body: Reply(json=as_claude(body).json, text="Thanks. What is your name?", gap_s=0.01)
    answers = await asyncio.gather(*(live.chat(messages, headers=call) for _ in range(8)))
    assert len(chunk_texts(answers)) == 1
    assert spoken(answers[0]) == "Thanks. What is your name?"
    assert calls_of(fake) == (1, 1)


async def test_a_caller_who_goes_on_speaking_gets_a_reply_to_all_of_it(live: Live, fake: FakeClaude) -> None:
    call, messages = new_call(), await consented(live)
    await live.chat(messages, headers=call)
    longer = [messages[0], user("Yes, that's fine. I'm Sam.")]
    await live.chat(longer, headers=call)
    await live.settle()
    session = await live.session(call["X-Conversation-Id"])
    assert [turn.utterance for turn in session.turns] == ["Yes, that's fine. I'm Sam."]
    assert session.state.facts["name"].value == "Sam"


class SlowStore(SqliteStore):
    """Takes its time to load, and tells that it was asked."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, timeout_s=5.0)
        self.asked, self.may_answer = asyncio.Event(), asyncio.Event()

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        self.asked.set()
        await self.may_answer.wait()
        return await super().load(session_id, known=known)


async def test_row_14_the_headers_leave_at_once_and_a_hang_up_before_the_first_byte_undoes_nothing(
    fake: FakeClaude, tmp_path: Path
) -> None:
    store = SlowStore(tmp_path / "sessions.db")
    async with live_server(tmp_path, claude_url=fake.base_url, store=store) as live:
        call, body = new_call(), {"messages": await consented(live), "stream": True}
        async with live.http.stream("POST", CHAT, json=body, headers=TURNS | call) as answer:
            assert answer.status_code == 200
            await store.asked.wait()
        await asyncio.sleep(0.05)
        store.may_answer.set()
        await live.settle()
        head = (await live.session(call["X-Conversation-Id"])).head
        assert head is not None
        assert head.status is HeadStatus.COMPLETE
        assert calls_of(fake) == (1, 1)


async def test_a_hang_up_after_the_first_chunk_keeps_the_decision_and_the_whole_reply(
    live: Live, fake: FakeClaude
) -> None:
    call, messages = new_call(), await consented(live)
    fake.replies = lambda body: Reply(
        json=as_claude(body).json, text="Thank you so much. Who am I talking to?", gap_s=0.02
    )
    body = {"messages": messages, "stream": True}
    async with live.http.stream("POST", CHAT, json=body, headers=TURNS | call) as answer:
        async for line_ in answer.aiter_lines():
            if "content" in line_:
                break
    await live.settle()
    head = (await live.session(call["X-Conversation-Id"])).head
    assert head is not None
    assert head.status is HeadStatus.COMPLETE
    assert head.reply == "Thank you so much. Who am I talking to?"
    assert calls_of(fake) == (1, 1)
    assert spoken(await live.chat(messages, headers=call)) == head.reply
    assert calls_of(fake) == (1, 1)


async def test_words_after_the_end_get_a_goodbye_and_change_nothing(scripted: Live) -> None:
    call, messages = new_call(), await consented(scripted)
    messages[-1] = user("No, I don't agree.")
    heard = spoken(await scripted.chat(messages, headers=call))
    assert heard.startswith("That's absolutely fine")
    await scripted.settle()
    before = await scripted.session(call["X-Conversation-Id"])
    messages += [assistant(heard), user("Oh, wait, one more thing.")]
    assert spoken(await scripted.chat(messages, headers=call)) == line(Line.ALREADY_OVER, "en")
    assert await scripted.session(call["X-Conversation-Id"]) == before


async def test_silence_gets_the_open_question_once_more_and_moves_nothing(scripted: Live) -> None:
    call, messages = new_call(), await consented(scripted)
    heard = spoken(await scripted.chat(messages, headers=call))
    await scripted.settle()
    before = await scripted.session(call["X-Conversation-Id"])
    assert spoken(await scripted.chat([*messages, assistant(heard)], headers=call)) == ASK_NAME
    assert spoken(await scripted.chat([*messages, assistant(heard)], headers=call)) == ASK_NAME
    assert (await scripted.session(call["X-Conversation-Id"])).state == before.state


async def test_row_20_a_caller_who_stays_silent_is_left_in_peace_then_offered_to_stop_then_let_go(
    scripted: Live,
) -> None:
    call, messages = new_call(), await consented(scripted)
    messages.append(assistant(spoken(await scripted.chat(messages, headers=call))))
    heard = []
    for _ in range(4):
        messages.append(user("..."))
        heard.append(spoken(await scripted.chat(messages, headers=call)))
        messages.append(assistant(heard[-1]))

    assert heard[0] == ASK_NAME
    assert heard[1:3] == [line(Line.NO_HURRY, "en"), line(Line.CONFIRM_STOP, "en")]
    assert (await scripted.session(call["X-Conversation-Id"])).state.ending == "fell_silent"


async def test_the_second_silence_is_a_skip_turn_call_where_the_platform_offers_it(scripted: Live) -> None:
    call, messages = new_call(), await consented(scripted)
    messages.append(assistant(spoken(await scripted.chat(messages, headers=call))))
    messages.append(user("..."))
    messages.append(assistant(spoken(await scripted.chat(messages, headers=call))))
    skip_turn = {"type": "function", "function": {"name": "skip_turn", "parameters": {"type": "object"}}}

    reply = await scripted.chat([*messages, user("...")], headers=call, tools=[skip_turn])

    assert '"name":"skip_turn"' in reply.text
    assert '"finish_reason":"tool_calls"' in reply.text
    assert reply.text.endswith("data: [DONE]\n\n")


# Who speaks first


@pytest.mark.parametrize("greeting", ["Hello?", "Hi there", "yes hello"])
@pytest.mark.parametrize("known", [True, False])
async def test_a_greeting_before_our_first_words_is_no_answer_to_them(
    scripted: Live, greeting: str, known: bool
) -> None:
    call = new_call() if known else {}
    messages = [user(greeting)]
    opening = spoken(await scripted.chat(messages, headers=call))
    assert "recorded" in opening
    messages += [assistant(opening), user("yes")]

    assert spoken(await scripted.chat(messages, headers=call)) == ASK_NAME


async def test_a_greeting_before_our_first_words_is_none_in_a_lost_session_either(scripted: Live) -> None:
    opening = spoken(await scripted.chat([user("Hello?")], headers=new_call()))

    reply = await scripted.chat([user("Hello?"), assistant(opening), user("yes")], headers=new_call())

    assert spoken(reply) == ASK_NAME


async def test_a_greeting_in_place_of_consent_is_asked_again_before_the_call_is_given_up(scripted: Live) -> None:
    call = new_call()
    opening = spoken(await scripted.chat([user("Hello?")], headers=call))
    messages = [assistant(opening), user("Hello?")]
    call = new_call()
    again = spoken(await scripted.chat(messages, headers=call))
    assert again.endswith("?")
    assert (await scripted.session(call["X-Conversation-Id"])).state.ending is None
    messages += [assistant(again), user("yes, sure")]

    assert spoken(await scripted.chat(messages, headers=call)) == ASK_NAME


# Whose call it is


async def whole_call(live: Live, name: str, town: str, headers: dict[str, str]) -> list[str]:
    """A scripted interview in which the caller gives their own name and town; everything they heard."""
    lines = {**SAM, "name": f"I'm {name}.", "housing_location": f"{town}."}
    messages = await consented(live)
    heard: list[str] = []
    for topic in [*list(SAM)[1:], ""]:
        heard.append(spoken(await live.chat(messages, headers=headers)))
        await asyncio.sleep(0)
        messages += [assistant(heard[-1]), user(lines.get(topic, "Bye."))]
    return heard


NAMES = ("Ada", "Ben", "Cleo", "Dora", "Emil", "Finn", "Greta", "Hugo", "Ida", "Jonas")
TOWNS = ("Aachen", "Bonn", "Celle", "Dover", "Essen", "Fulda", "Gera", "Hull", "Iver", "Jena")


async def test_ten_callers_without_any_id_are_never_mixed(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        calls = await asyncio.gather(*(whole_call(live, n, t, {}) for n, t in zip(NAMES, TOWNS, strict=True)))
        await live.settle()
        listed = (await live.get("/api/sessions", limit=200)).json()["sessions"]
        kept = [str(await live.session(s["sessionId"])) for s in listed]
    words = {*NAMES, *TOWNS}
    for heard, name, town in zip(calls, NAMES, TOWNS, strict=True):
        said = {w for w in words if w in " ".join(heard)}
        assert said == {town}, f"not the name ({name}), which is private, and nothing of another call"
        assert heard[-1].startswith("That's everything I wanted to ask.")
    for session in kept:
        found = {NAMES.index(n) for n in NAMES if n in session} | {TOWNS.index(t) for t in TOWNS if t in session}
        assert len(found) <= 1


async def test_two_callers_without_any_id_part_where_their_words_do(tmp_path: Path) -> None:
    """They begin with the same words, so they may share a session up to there, and not one word longer."""
    async with live_server(tmp_path) as live:
        same = await consented(live)
        for words in ("Well, let me see.", "I'd rather not say."):
            for _ in NAMES:
                heard = spoken(await live.chat(same))
            same += [assistant(heard), user(words)]
        talks = [[*same[:-1], user(f"Call me {name}.")] for name in NAMES]
        await asyncio.gather(*(live.http.get("/healthz") for _ in talks))  # connected, so that they arrive together
        replies = await asyncio.gather(*(live.chat(talk) for talk in talks))
        talks = [[*t, assistant(spoken(r)), user("I'm 34.")] for t, r in zip(talks, replies, strict=True)]
        await asyncio.gather(*(live.chat(talk) for talk in talks))
        await live.settle()
        listed = (await live.get("/api/sessions", limit=200)).json()["sessions"]
        kept = [(await live.session(s["sessionId"])).turns for s in listed]
    whole = [" ".join(turn.utterance for turn in turns) for turns in kept if len(turns) == 4]
    assert sorted(whole) == [f"Yes, that's fine. Well, let me see. Call me {name}. I'm 34." for name in NAMES]


async def registered(live: Live, **fields: Any) -> tuple[str, str]:
    """A new session's id and token."""
    session_id = f"reg-{uuid4().hex}"
    answer = await live.post("/api/register-session", {"sessionId": session_id, **fields})
    return session_id, answer.json()["sessionToken"]


Way = Callable[[str], tuple[dict[str, str], dict[str, Any]]]
WAYS: dict[str, Way] = {
    "extra body": lambda token: ({}, {"elevenlabs_extra_body": {"session_token": token}}),
    "extra body as text": lambda token: ({}, {"elevenlabs_extra_body": json.dumps({"session_token": token})}),
    "header": lambda token: ({"X-Session-Token": token}, {}),
    "user": lambda token: ({}, {"user_id": token}),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_registered_session_is_found_by_its_token(scripted: Live, way: Way) -> None:
    session_id, token = await registered(scripted, personaId="danielle-town")
    headers, fields = way(token)
    answer = await scripted.chat([user("Hello")], headers=headers | new_call(), **fields)
    assert "my name is Danielle Town" in spoken(answer)
    told = (await scripted.get(f"/api/sessions/{session_id}")).json()
    assert (told["status"], told["personaId"]) == ("in_progress", "danielle-town")
    assert told["conversationId"].startswith("conv_")


async def test_row_26_a_token_we_did_not_sign_or_that_is_too_old_opens_nobody_s_session(scripted: Live) -> None:
    session_id, token = await registered(scripted)
    claims, now = TokenClaims(session_id=session_id), scripted.services.interviewer.clock()
    forged = (
        sign_token(claims, now + 60, "another secret"),
        sign_token(claims, now - 1, WEBHOOK_SECRET),
        sign_token(claims, now + 60, WEBHOOK_SECRET, kind="invite"),
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        session_id,
    )
    for bad in forged:
        body = {"session_token": bad}
        assert OPENING in spoken(await scripted.chat([user("Hello")], headers=new_call(), elevenlabs_extra_body=body))
    assert OPENING in spoken(await scripted.chat([user(f"Hello. CALL_ID={session_id}")], headers=new_call()))
    assert (await scripted.get(f"/api/sessions/{session_id}")).json()["status"] == "created"


async def test_row_25_a_second_call_with_the_same_token_goes_on_with_the_interview_and_the_first_is_over(
    scripted: Live,
) -> None:
    """Who has the token was given this very session. Two calls that share an id are told apart as before."""
    session_id, token = await registered(scripted)
    extra: dict[str, Any] = {"elevenlabs_extra_body": {"session_token": token}}
    first, second = new_call(), new_call()
    messages = await consented(scripted)
    assert spoken(await scripted.chat(messages, headers=first, **extra)) == ASK_NAME
    other = await consented(scripted)
    assert spoken(await scripted.chat(other, headers=second, **extra)).endswith(ASK_NAME), "asked again: not heard here"
    messages += [assistant(ASK_NAME), user("I'm Quentin.")]
    assert spoken(await scripted.chat(messages, headers=first, **extra)) == line(Line.ALREADY_OVER, "en")
    other += [assistant(ASK_NAME), user("I'm Walter.")]
    await scripted.chat(other, headers=second, **extra)
    session = await scripted.session(session_id)
    assert (session.conversation_id, session.flags) == (second["X-Conversation-Id"], ("scripted",))
    assert session.state.facts["name"].value == "Walter"


async def test_a_call_is_known_by_the_marker_of_its_system_message(scripted: Live) -> None:
    call_id = f"conv_{uuid4().hex}"
    system = {"role": "system", "content": f"CALL_ID={call_id}. You are the interviewer."}
    await scripted.chat([system, *(await consented(scripted))])
    assert (await scripted.get(f"/api/sessions/{call_id}")).json()["currentTopic"] == "name"


async def test_a_header_and_a_marker_that_differ_get_a_session_of_their_own(scripted: Live) -> None:
    marked, header = f"conv_{uuid4().hex}", f"conv_{uuid4().hex}"
    system = {"role": "system", "content": f"CALL_ID={marked}"}
    answer = await scripted.chat([system, *(await consented(scripted))], headers={"X-Conversation-Id": header})
    assert spoken(answer) == ASK_NAME
    assert (await scripted.get(f"/api/sessions/{marked}")).status_code == 404


async def test_row_33_a_slow_reader_gets_the_whole_reply(live: Live, fake: FakeClaude) -> None:
    body = {"messages": await consented(live), "stream": True}
    parts: list[str] = []
    async with live.http.stream("POST", CHAT, json=body, headers=TURNS | new_call()) as answer:
        async for part in answer.aiter_text(16):
            parts.append(part)
            await asyncio.sleep(0)
    whole = httpx2.Response(200, headers=answer.headers, text="".join(parts))
    assert spoken(whole).endswith("?")


async def test_a_turn_came_when_the_first_byte_of_its_request_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it waits for its route in a busy moment, or for its body, is part of the caller's waiting."""
    asked: list[Ask] = []
    answer = Interviewer.answer

    async def noted(interviewer: Interviewer, ask: Ask) -> Answer:
        asked.append(ask)
        return await answer(interviewer, ask)

    monkeypatch.setattr(Interviewer, "answer", noted)
    async with live_server(tmp_path) as live:
        body = json.dumps({"messages": [user("Hello")], "stream": True}).encode()
        port = int(live.base_url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"POST {CHAT} HTTP/1.1\r\nHost: us\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}Authorization: {TURNS['Authorization']}\r\n\r\n".encode())
        for _ in range(20):  # rounds of the loop, which the server shares
            await asyncio.sleep(0.01)
        body_at = time.monotonic()
        writer.write(body)
        assert b"[DONE]" in await reader.read()
        writer.close()
    assert asked[0].came_at < body_at
