"""Whose call a request is about: by its words where it brings no id, by its token wherever it brings one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from tests.fake_claude import FakeClaude
from tests.live_server import CHAT, SIMPLE, TURNS, Live, assistant, live_server, user
from tests.servers import RedisServer
from webhook.interview.lines import Line, line
from webhook.interview.session import Session

OVER = line(Line.ALREADY_OVER, "en")
NAMES = ("Anna", "Bela", "Cleo", "Dora", "Emil", "Finn", "Gwen", "Hugo", "Ivan", "Jane")


@pytest.fixture(params=["sqlite", "redis"])
async def office(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[tuple[Live, Live]]:
    """Two workers of one store, in which nothing has been said yet."""
    given: dict[str, Any] = {}
    if request.param == "redis":
        redis: RedisServer = request.getfixturevalue("own_redis_server")
        given = {"redis_url": SecretStr(redis.url)}
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(live_server(tmp_path, **given))
        yield one, await stack.enter_async_context(live_server(tmp_path, **given))


@dataclass
class Call:
    """A caller whose client keeps the history, as all do, and sends what `headers` and `fields` say, each time."""

    live: Live
    headers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    messages: list[dict[str, Any]] = field(default_factory=list)

    async def say(self, *words: str) -> str:
        """What is heard after the last of these."""
        for each in words:
            self.messages.append(user(each))
            heard = await self.ask()
            self.messages.append(assistant(heard))
        return heard

    async def ask(self) -> str:
        body = {"messages": self.messages, **self.fields}
        answer = await self.live.http.post(CHAT, json=body, headers={**TURNS, **self.headers})
        assert answer.status_code == 200, answer.text
        await self.live.settle()
        return str(answer.json()["choices"][0]["message"]["content"])


@dataclass
class JsonCall(Call):
    """The same at the JSON webhook; `variables` are the last answer's, which not every client sends back."""

    echoes: bool = False
    variables: dict[str, Any] = field(default_factory=dict)

    async def ask(self) -> str:
        variables = {**self.fields, **(self.variables if self.echoes else {})}
        body = {"messages": self.messages, "variables": variables}
        answer = await self.live.http.post(SIMPLE, json=body, headers={**TURNS, **self.headers})
        assert answer.status_code == 200, answer.text
        await self.live.settle()
        self.variables = answer.json()["variables"]
        return str(answer.json()["content"])


async def sessions_of(live: Live) -> list[Session]:
    listed = (await live.get("/api/sessions", limit=200)).json()["sessions"]
    return [await live.session(each["sessionId"]) for each in listed]


async def said_in(live: Live) -> list[tuple[str, ...]]:
    """What was said in each session there is."""
    return sorted(tuple(turn.utterance for turn in session.turns) for session in await sessions_of(live))


# Without any id


@pytest.mark.parametrize("kind", [Call, JsonCall])
async def test_a_caller_who_hung_up_after_hello_makes_no_later_call_two_sessions(
    office: tuple[Live, Live], kind: type[Call]
) -> None:
    live, other = office
    await kind(live).say("Hello?")
    for name in NAMES[:3]:
        call = kind(live)
        await call.say("Hello?", "Yes.")
        call.live = other
        assert "How old" in await call.say(f"I'm {name}.")
        await live.settle()
    assert await said_in(live) == [("Hello?",), *(("Hello?", "Yes.", f"I'm {name}.") for name in NAMES[:3])]


async def test_a_caller_who_hung_up_later_takes_nobody_in_either(office: tuple[Live, Live]) -> None:
    live, _ = office
    await Call(live).say("Hello?", "Yes.")
    for name in NAMES[:2]:
        await Call(live).say("Hello?", "Yes.", f"I'm {name}.")
    assert await said_in(live) == [
        ("Hello?", "Yes."),
        ("Hello?", "Yes.", "I'm Anna."),
        ("Hello?", "Yes.", "I'm Bela."),
    ]


async def test_a_call_that_ended_in_silence_does_not_hang_up_on_the_next_with_the_same_words(
    office: tuple[Live, Live],
) -> None:
    live, _ = office
    silent = Call(live)
    await silent.say("Good day.", "Yes.", "...", "...", "...", "...")
    assert [session.is_over for session in await sessions_of(live)] == [True]
    assert "How old" in await Call(live).say("Good day.", "Yes.", "I'm Eve.")
    at_once = Call(live, messages=[user("Good day."), assistant(silent.messages[1]["content"])])
    assert OVER not in await at_once.say("Yes.", "I'm Eve.")


async def test_after_the_end_a_caller_without_an_id_is_told_so_however_often_they_speak(
    office: tuple[Live, Live],
) -> None:
    live, other = office
    call = Call(live)
    farewell = await call.say("Hello?", "No.")
    again = Call(other, messages=call.messages[:-1])
    assert await again.ask() == farewell, "a re-sent request gets the same words"
    call.live = other
    for words in ("Are you there?", "Hello?", "Well...", "Hello?", "Bye."):
        assert await call.say(words) == OVER
    assert await said_in(live) == [("Hello?", "No.")]
    assert "name" in await Call(live).say("Hello?", "Yes."), "which was nobody else's end"


async def test_somebody_else_s_no_is_not_the_end_of_a_call_with_the_same_words(office: tuple[Live, Live]) -> None:
    live, _ = office
    for _ in range(3):
        await Call(live).say("Hello?", "No.")
    assert await said_in(live) == [("Hello?", "No.")] * 3


async def test_callers_with_the_same_words_at_the_same_moment_have_a_session_each_and_never_mix(
    office: tuple[Live, Live],
) -> None:
    calls = [Call(office[i % 2]) for i in range(len(NAMES))]
    for words in ("Hello?", "Yes."):
        await asyncio.gather(*(call.say(words) for call in calls))
    heard = await asyncio.gather(*(call.say(f"I'm {name}.") for call, name in zip(calls, NAMES, strict=True)))
    assert all("How old" in each for each in heard)
    await asyncio.gather(*(call.say("I'm 34.") for call in calls))
    said = await said_in(office[0])
    whole = [each for each in said if len(each) == 4]
    assert whole == sorted(("Hello?", "Yes.", f"I'm {name}.", "I'm 34.") for name in NAMES)
    assert len(said) == len(NAMES), said


async def test_two_callers_who_part_at_their_third_words_keep_two_sessions(office: tuple[Live, Live]) -> None:
    one, other = Call(office[0]), Call(office[1])
    for words in ("Hello?", "Yes."):
        await one.say(words)
        await other.say(words)
    await one.say("I'm Anna.")
    await other.say("I'm Bela.")
    await one.say("34.")
    await other.say("61.")
    assert await said_in(office[0]) == [("Hello?", "Yes.", "I'm Anna.", "34."), ("Hello?", "Yes.", "I'm Bela.", "61.")]


async def test_a_silence_after_the_first_words_is_no_call_of_its_own(office: tuple[Live, Live]) -> None:
    live, _ = office
    call = Call(live)
    await call.say("Hello?", "...", "...", "Yes.")
    assert await said_in(live) == [("Hello?", "Yes.")]


async def test_words_that_go_on_are_the_same_call(office: tuple[Live, Live]) -> None:
    live, other = office
    call = Call(live)
    await call.say("Hello?", "Yes.")
    call.messages[-2:] = []
    call.live = other
    assert "name" in await call.say("Yes. That's fine.")
    assert await said_in(live) == [("Hello?", "Yes. That's fine.")]


async def test_a_history_without_our_words_is_one_call_too(office: tuple[Live, Live]) -> None:
    live, _ = office
    for end in range(1, 4):
        await Call(live, messages=[user(words) for words in ("Hello?", "Yes.", "I'm Sam.")[:end]]).ask()
    assert len(await said_in(live)) == 1


async def test_a_history_without_our_words_does_not_go_on_in_what_somebody_said_a_while_ago(tmp_path: Path) -> None:
    """The first request of a call may hold two messages, of which the first is what half the world begins with."""
    at = [1_800_000_000.0]
    async with live_server(tmp_path, clock=lambda: at[0]) as live:
        await Call(live).say("Hello?")
        at[0] += 300.0
        await Call(live, messages=[user("Hello?")]).say("Yes?")
        assert sorted(map(len, await said_in(live))) == [1, 2]


async def test_another_secret_another_flow_or_language_is_another_call(office: tuple[Live, Live]) -> None:
    live, _ = office
    for fields in ({}, {"flow": "screening"}, {"flow": "screening", "language": "de"}, {"persona_id": "danielle-town"}):
        await JsonCall(live, fields=fields).say("Hello?")
    for fields in ({"flow": "screening"}, {"persona_id": "danielle-town"}, {}):
        call = JsonCall(live, fields=fields)
        await call.say("Hello?", "Yes.")
        assert call.variables["persona_id"] == fields.get("persona_id", call.variables["persona_id"])
    assert len(await said_in(live)) == 7


# The JSON webhook


async def test_a_json_client_that_sends_no_variables_back_is_known_by_its_words(office: tuple[Live, Live]) -> None:
    live, _ = office
    assert "How old" in await JsonCall(live).say("Hello?", "Yes.", "Sam.")
    assert await said_in(live) == [("Hello?", "Yes.", "Sam.")]


async def test_clients_that_echo_and_clients_that_do_not_never_mix(office: tuple[Live, Live]) -> None:
    """What was begun with the same word may be taken up by words before its id comes back."""
    live, other = office
    for name, another in zip(NAMES[:3], NAMES[3:6], strict=True):
        echoing, silent = JsonCall(live, echoes=True), JsonCall(other)
        await echoing.say("Hello?")
        silent.messages = list(echoing.messages)
        await silent.say("Yes.", f"I'm {another}.", "61.")
        assert "How old" in await echoing.say("Yes.", f"I'm {name}.")
        await silent.say("Chess.")
        await echoing.say("34.")
    for words in await said_in(live):
        names = {name for name in NAMES if name in " ".join(words)}
        assert len(names) <= 1
        assert not ({"61.", "34."} <= set(words)), words


async def test_the_same_request_on_both_routes_at_once_is_answered_twice_and_lost_never(
    office: tuple[Live, Live],
) -> None:
    one, other = Call(office[0]), JsonCall(office[1])
    for words in ("Hello?", "Yes.", "I'm Sam.", "34.", "Chess."):
        heard = await asyncio.gather(one.say(words), other.say(words))
        assert len(set(heard)) == 1
    for session in await sessions_of(office[0]):
        facts = {name: fact.value for name, fact in session.state.facts.items()}
        whole = {"consent": True, "name": "Sam", "age": 34, "interests": ["Chess"]}
        assert facts == {name: whole[name] for name in facts}
    assert ("Hello?", "Yes.", "I'm Sam.", "34.", "Chess.") in await said_in(office[0])


# By a token


async def registered(live: Live, session_id: str | None = None, **fields: Any) -> tuple[str, str]:
    session_id = session_id or f"reg-{uuid4().hex}"
    answer = await live.post("/api/register-session", {"sessionId": session_id, **fields})
    assert answer.status_code == 201, answer.text
    return session_id, answer.json()["sessionToken"]


def by_header(live: Live, token: str) -> JsonCall:
    return JsonCall(live, headers={"X-Session-Token": token})


def by_variables(live: Live, token: str) -> JsonCall:
    return JsonCall(live, fields={"session_token": token})


def of_chat_by_header(live: Live, token: str) -> Call:
    return Call(live, headers={"X-Session-Token": token})


def of_chat_by_variables(live: Live, token: str) -> Call:
    return Call(live, fields={"variables": {"session_token": token}})


def of_chat_by_extra_body(live: Live, token: str) -> Call:
    return Call(live, fields={"elevenlabs_extra_body": {"session_token": token}})


WAYS = (by_header, by_variables, of_chat_by_header, of_chat_by_variables, of_chat_by_extra_body)


@pytest.mark.parametrize("way", WAYS)
async def test_a_token_binds_on_every_route_and_however_it_comes(scripted: Live, way: Any) -> None:
    session_id, token = await registered(scripted, personaId="danielle-town")
    call = way(scripted, token)
    assert "my name is Danielle Town" in await call.say("Hello?")
    await call.say("Yes.", "I'm Sam.")
    session = await scripted.session(session_id)
    assert [turn.utterance for turn in session.turns] == ["Hello?", "Yes.", "I'm Sam."]
    assert session.flags == ("scripted",)


async def test_a_token_in_the_extra_body_of_the_json_webhook_binds_too(scripted: Live) -> None:
    session_id, token = await registered(scripted)
    await scripted.talk({"messages": [user("Hello?")], "elevenlabs_extra_body": {"session_token": token}})
    assert (await scripted.session(session_id)).has_turns


@pytest.mark.parametrize("bad", ["nonsense", "eyJ.eyJ", 7, {"session_id": "x"}])
async def test_a_token_that_is_none_leaves_the_json_client_to_its_id(scripted: Live, bad: object) -> None:
    own = f"own-{uuid4().hex}"
    call = JsonCall(scripted, fields={"session_token": bad, "session_id": own})
    await call.say("Hello?", "Yes.")
    assert call.variables["session_id"] == own


async def test_two_tokens_that_differ_prove_no_session_on_the_json_webhook_either(scripted: Live) -> None:
    (one, token), (other, another) = await registered(scripted), await registered(scripted)
    call = JsonCall(scripted, headers={"X-Session-Token": token}, fields={"session_token": another})
    await call.say("Hello?")
    for session_id in (one, other):
        assert not (await scripted.session(session_id)).has_turns


def lines(live: Live, token: str) -> Sequence[Call]:
    """Four lines one after the other, which bring the same token."""
    body = {"elevenlabs_extra_body": {"session_token": token}}
    named = [Call(live, headers={"X-Conversation-Id": f"conv_{uuid4().hex}"}, fields=body) for _ in range(2)]
    return [named[0], JsonCall(live, headers={"X-Session-Token": token}), by_variables(live, token), named[1]]


async def test_the_interview_goes_on_at_the_open_question_over_every_line_that_brings_its_token(
    office: tuple[Live, Live],
) -> None:
    live, other = office
    session_id, token = await registered(live)
    first, second, third, fourth = lines(live, token)
    asked = await first.say("Hello?", "Yes.", "I'm Sam.")
    assert "How old" in asked

    assert (await registered(live, session_id))[0] == session_id, "registered again, it stays what it is"
    greeting = (await live.post("/api/first-message", {"sessionId": session_id})).json()["message"]
    assert greeting.startswith(line(Line.GO_ON, "en"))
    assert "How old" in greeting

    second.live = other
    assert "How old" in await second.say("Hello?"), "a page that was loaded anew; nothing was heard there yet"
    await second.say("34.")
    assert await first.say("Are you there?") == OVER, "the line before"
    third.messages.append(
        assistant((await live.post("/api/first-message", {"sessionId": session_id})).json()["message"])
    )
    await third.say("Chess.")
    assert await second.say("And hiking.") == OVER
    assert await fourth.say("Hello?")
    await fourth.say("Leeds.")
    assert await first.say("Hello?") == OVER

    session = await live.session(session_id)
    facts = {name: fact.value for name, fact in session.state.facts.items()}
    assert facts == {"consent": True, "name": "Sam", "age": 34, "interests": ["Chess"], "home_area": "Leeds"}
    assert session.flags == ("scripted",)
    assert len(await sessions_of(live)) == 1


async def test_an_interview_that_is_over_is_over_on_every_line_and_its_first_message_says_so(scripted: Live) -> None:
    session_id, token = await registered(scripted)
    first, *later = lines(scripted, token)
    await first.say("Hello?", "No.")
    assert (await scripted.post("/api/first-message", {"sessionId": session_id})).json()["message"] == OVER
    for call in later:
        assert await call.say("Hello again!") == OVER


async def test_a_bare_id_does_not_take_over_a_line(scripted: Live) -> None:
    session_id, token = await registered(scripted)
    named = lines(scripted, token)[0]
    await named.say("Hello?", "Yes.")
    claims = JsonCall(scripted, fields={"session_id": session_id})
    await claims.say("Hello again!")
    assert claims.variables["session_id"] != session_id
    assert "How old" in await named.say("I'm Sam.")


async def test_a_token_without_a_conversation_is_one_line_as_long_as_its_history_goes_on(scripted: Live) -> None:
    """Re-sent, cut short and revised requests are no new lines."""
    session_id, token = await registered(scripted)
    call = by_variables(scripted, token)
    await call.say("Hello?", "Yes.", "I'm Sam.")
    for end in (5, 3, 1):
        assert await JsonCall(scripted, fields={"session_token": token}, messages=call.messages[:end]).ask()
    await call.say("34.")
    session = await scripted.session(session_id)
    assert [turn.utterance for turn in session.turns] == ["Hello?", "Yes.", "I'm Sam.", "34."]


# Ids


@pytest.mark.parametrize("name", ["conv_1", "conv_a", "a", "study:7.p12~x", "A" * 128])
async def test_an_id_that_is_valid_in_one_place_is_valid_in_all(scripted: Live, name: str) -> None:
    await registered(scripted, name)
    await Call(scripted, headers={"X-Conversation-Id": name}).say("Hello?")
    assert (await scripted.session(name)).conversation_id == name
    marked = [{"role": "system", "content": f"CALL_ID={name}. Be kind."}]
    await Call(scripted, messages=marked).say("Hello?", "Yes.")
    assert (await scripted.get(f"/api/sessions/{name}")).json()["currentTopic"] == "name"
    echoed = f"{name[:-1]}b"
    call = JsonCall(scripted, fields={"session_id": echoed})
    await call.say("Hello?")
    assert call.variables["session_id"] == echoed


@pytest.mark.parametrize("bad", ["a b", "../x", "-a", "_a", "ü", "undefined", "None", "x" * 129, "{{x}}"])
async def test_an_id_that_is_none_is_none_everywhere_and_said_to_be(
    scripted: Live, bad: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (await scripted.post("/api/register-session", {"sessionId": bad})).status_code == 400
    assert (await scripted.post("/api/first-message", {"sessionId": bad})).status_code == 400
    capsys.readouterr()
    call = JsonCall(scripted, fields={"session_id": bad})
    await call.say("Hello?")
    assert call.variables["session_id"].startswith("s-")
    assert "session_id_doubtful" in capsys.readouterr().out
    if bad.isascii():
        await Call(scripted, headers={"X-Conversation-Id": bad}).say("Hello?")
        told = capsys.readouterr().out
        assert "session_id_doubtful" in told
        assert "header" in told


# How the interview stands


async def test_a_json_client_is_told_of_the_report_in_every_answer_after_the_end(live: Live, fake: FakeClaude) -> None:
    """Claude writes part of it, so the last words of the interview come before it."""
    session_id, token = await registered(live)
    for call in (JsonCall(live, echoes=True), by_variables(live, token), JsonCall(live)):
        await call.say("Hello?", "Yes.", "I'm Sam.", "I'm 12.")
        assert call.variables["ended"] is True
        ended_in = call.variables["session_id"]
        while call.variables["report_status"] == "pending":
            await asyncio.sleep(0.01)
            await call.say("Are you there?")
        assert (call.variables["report_generated"], call.variables["report_status"]) == (True, "ready")
        await call.say("Bye.")
        assert (call.variables["report_generated"], call.variables["session_id"]) == (True, ended_in)
        asked = {"messages": [], "variables": {"session_id": ended_in}}
        assert (await live.talk(asked))["variables"]["report_generated"] is True
    assert (await live.session(session_id)).is_over


@pytest.mark.parametrize("named", [{}, {"session_id": "own-1"}])
async def test_a_busy_json_webhook_says_that_the_call_is_over_and_names_no_session(
    tmp_path: Path, named: dict[str, str]
) -> None:
    async with live_server(tmp_path, max_calls=1) as live:
        await JsonCall(live, echoes=True).say("Hello?")
        call = JsonCall(live, fields={**named, "theirs": 7})
        assert await call.say("Hello?") == line(Line.BUSY, "en")
        assert call.variables == {
            "theirs": 7,
            "session_id": None,
            "persona_id": "anita-bhargava",
            "current_topic": None,
            "report_generated": False,
            "report_status": "none",
            "ended": True,
        }
        assert len(await sessions_of(live)) == 1
