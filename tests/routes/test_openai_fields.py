"""What OpenAI's fields mean here: tools and their results, `tool_choice`, usage, JSON in place of words, unknown addresses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
import structlog

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from tests.live_server import CHAT, TURNS, Live, assistant, events, live_server, spoken, user
from tests.routes.participants import Clock
from webhook.interview.cost import Usage
from webhook.interview.lines import Line, line
from webhook.runner import AT_ONCE_S

RESPONSES = "/v1/responses"
OPENING = "Is that all right with you?"
ASK_CONSENT = "Is it all right with you to be interviewed by an AI, with the call recorded?"
ALREADY_OVER = line(Line.ALREADY_OVER, "en")
SORRY = line(Line.DID_NOT_CATCH, "en")


def tool(name: str, **parameters: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, "parameters": {"type": "object", **parameters}}}


TOOLS = [tool("end_call"), tool("skip_turn")]


@dataclass
class Talk:
    """A call over Chat Completions, whole answers only; `messages` grow as a client's do."""

    live: Live
    fields: Mapping[str, Any] = field(default_factory=lambda: {"tools": TOOLS})
    headers: Mapping[str, str] = field(default_factory=lambda: {"X-Conversation-Id": f"conv_{uuid4().hex}"})
    messages: list[dict[str, Any]] = field(default_factory=list)
    reply_id: str = ""
    usage: dict[str, Any] = field(default_factory=dict)

    async def ask(self, **fields: Any) -> tuple[str, list[str]]:
        """The words of the reply, and the names of the tools it calls."""
        document = await self.whole(**fields)
        message = document["choices"][0]["message"]
        self.messages.append(message)
        self.reply_id, self.usage = document["id"], document["usage"]
        return message["content"] or "", [call["function"]["name"] for call in message.get("tool_calls", [])]

    async def whole(self, **fields: Any) -> dict[str, Any]:
        answer = await self.live.chat(self.messages, headers=self.headers, stream=False, **{**self.fields, **fields})
        document: dict[str, Any] = answer.json()
        return document

    async def say(self, words: str, **fields: Any) -> tuple[str, list[str]]:
        self.messages.append(user(words))
        return await self.ask(**fields)

    async def ran(self, result: str = "ok", **message: Any) -> tuple[str, list[str]]:
        for call in self.messages[-1].get("tool_calls", ()):
            self.messages.append({"role": "tool", "tool_call_id": call["id"], "content": result, **message})
        return await self.ask()

    def __post_init__(self) -> None:
        self.messages = list(self.messages)


async def sessions(live: Live) -> list[dict[str, Any]]:
    await live.settle()
    listed: list[dict[str, Any]] = (await live.get("/api/sessions", limit=200)).json()["sessions"]
    return listed


#: A blank: some frameworks take a reply without any text for a fault.
NOTHING_MORE: tuple[str, list[str]] = (" ", [])


# After the goodbye


async def test_nothing_is_said_or_called_on_the_result_of_a_hang_up_whatever_came_before(scripted: Live) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    assert (await talk.say("No."))[1] == ["end_call"]
    assert await talk.ran() == NOTHING_MORE
    ids = [talk.reply_id]
    for words in ("Are you there?", "Hello?", "Hello?"):
        assert await talk.say(words) == (ALREADY_OVER, [])
        ids.append(talk.reply_id)
    assert len(set(ids)) == len(ids)


async def test_the_end_stays_where_a_client_drops_the_words_that_came_with_the_hang_up(scripted: Live) -> None:
    """As agno does with Responses: its history does not show that the goodbye was heard."""
    talk = Talk(scripted)
    await talk.say("Hello?")
    assert (await talk.say("No."))[1] == ["end_call"]
    talk.messages[-1]["content"] = None
    assert await talk.ran() == NOTHING_MORE
    assert await talk.say("Yes.") == (ALREADY_OVER, [])


async def test_the_result_of_a_hang_up_that_a_new_session_knows_nothing_of_begins_no_call(scripted: Live) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    await talk.say("No.")
    before = len(await sessions(scripted))
    for headers in (
        {"X-Conversation-Id": f"conv_{uuid4().hex}"},
        {},
    ):
        assert await Talk(scripted, headers=headers, messages=talk.messages).ran() == NOTHING_MORE
    assert len(await sessions(scripted)) == before


async def test_a_call_that_could_not_begin_is_hung_up_once(tmp_path: Path) -> None:
    async with live_server(tmp_path, max_calls=1) as live:
        await Talk(live).say("Hello?")
        turned_away = Talk(live)
        assert await turned_away.say("Hello?") == (line(Line.BUSY, "en"), ["end_call"])
        assert await turned_away.ran() == NOTHING_MORE


@pytest.mark.parametrize(
    ("result", "marked"),
    [
        ("An error occurred while running the tool. Error: 1 validation error", {}),
        ("It did not work", {"is_error": True}),
    ],
)
async def test_a_hang_up_that_failed_is_asked_for_once_more(
    scripted: Live, result: str, marked: dict[str, Any]
) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    await talk.say("No.")
    first = talk.messages[-1]["tool_calls"][0]["id"]
    assert await talk.ran(result, **marked) == ("", ["end_call"])
    assert talk.messages[-1]["tool_calls"][0]["id"] != first
    assert await talk.ran(result, **marked) == NOTHING_MORE


async def test_a_client_with_call_ids_of_its_own_is_asked_no_oftener(scripted: Live) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    await talk.say("No.")
    for expected in (["end_call"], [], []):
        for call in talk.messages[-1].get("tool_calls", ()):
            call["id"] = f"own-{uuid4().hex}"
        assert (await talk.ran("Error: failed"))[1] == expected


# Silence and the results of waiting


async def test_the_result_of_waiting_is_no_silence(scripted: Live) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    await talk.say("...")
    assert await talk.say("...") == ("", ["skip_turn"])
    for _ in range(4):
        assert await talk.ran() == NOTHING_MORE
    assert await talk.say("...") == (line(Line.CONFIRM_STOP, "en"), [])


async def test_where_the_platform_comes_back_to_us_after_the_wait_the_caller_is_asked_again(tmp_path: Path) -> None:
    clock = Clock()
    async with live_server(tmp_path, clock=clock) as live:
        talk = Talk(live)
        await talk.say("Hello?")
        await talk.say("...")
        await talk.say("...")
        clock.now += AT_ONCE_S
        assert await talk.ran() == (ASK_CONSENT, [])
        assert await talk.say("...") == (line(Line.CONFIRM_STOP, "en"), [])


async def test_the_result_of_a_call_that_nobody_made_is_answered_in_words_and_moves_nothing(scripted: Live) -> None:
    talk = Talk(scripted)
    await talk.say("Hello?")
    before = await scripted.session(talk.headers["X-Conversation-Id"])
    talk.messages.append({"role": "tool", "tool_call_id": "call_never_made", "content": "42"})
    assert await talk.ask() == (ASK_CONSENT, [])
    assert await scripted.session(talk.headers["X-Conversation-Id"]) == before


@pytest.mark.parametrize("path", [CHAT, RESPONSES])
async def test_after_a_tools_result_a_blank_is_said_that_counts_for_nothing(scripted: Live, path: str) -> None:
    headers = {"X-Conversation-Id": f"conv_{uuid4().hex}"}
    talk = Talk(scripted, headers=headers)
    await talk.say("Hello?")
    await talk.say("...")
    await talk.say("...")
    assert await talk.ran() == (" ", [])
    if path == RESPONSES:
        call_id = talk.messages[-3]["tool_calls"][0]["id"]
        body = {"input": [user("Hello?"), {"type": "function_call_output", "call_id": call_id, "output": "ok"}]}
        response = (await scripted.http.post(path, json=body, headers={**TURNS, **headers})).json()
        assert response["output"][0]["content"][0]["text"] == " "
    assert await talk.say("...") == (line(Line.CONFIRM_STOP, "en"), [])


# tool_choice, and names of tools


async def test_where_no_tool_may_be_called_the_words_stand_alone(scripted: Live) -> None:
    talk = Talk(scripted, {"tools": TOOLS, "tool_choice": "none"})
    await talk.say("Hello?")
    await talk.say("...")
    assert await talk.say("...") == (line(Line.NO_HURRY, "en"), [])
    words, calls = await talk.say("No.")
    assert (bool(words), calls) == (True, [])


async def test_a_named_tool_is_the_only_one_that_may_be_called(scripted: Live) -> None:
    choice = {"type": "function", "function": {"name": "end_call"}}
    talk = Talk(scripted, {"tools": TOOLS, "tool_choice": choice})
    assert (await talk.say("Hello?"))[1] == []
    await talk.say("...")
    assert await talk.say("...") == (line(Line.NO_HURRY, "en"), [])
    assert (await talk.say("No."))[1] == ["end_call"]


@pytest.mark.parametrize("name", ["Phone-{}", "Phone_{}", "phone.{}"])
async def test_a_call_uses_the_name_as_it_was_offered(scripted: Live, name: str) -> None:
    tools = [tool(name.format(each)) for each in ("end_call", "skip_turn")]
    talk = Talk(scripted, {"tools": tools})
    await talk.say("Hello?")
    await talk.say("...")
    assert await talk.say("...") == ("", [name.format("skip_turn")])
    assert await talk.ran() == NOTHING_MORE
    assert (await talk.say("No."))[1] == [name.format("end_call")]
    assert await talk.ran() == NOTHING_MORE


async def test_what_is_not_honoured_is_said_once_by_its_name_alone(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        with structlog.testing.capture_logs() as logged:
            for _ in range(3):
                await Talk(live, {"tools": TOOLS, "tool_choice": "required", "n": 3, "stop": ["secret words"]}).say(
                    "Hi"
                )
                body = {"input": "Hello", "max_output_tokens": 3, "functions": []}
                await live.http.post(RESPONSES, json=body, headers=TURNS)
    told = [entry for entry in logged if entry["event"] == "field_not_honoured"]
    assert [entry["field"] for entry in told] == ["n", "stop", "tool_choice", "max_output_tokens"]
    assert "secret words" not in str(logged)


# What it costs


def tokens(usage: Mapping[str, Any]) -> tuple[int, int, int, int]:
    cached = usage["prompt_tokens_details"]
    return (
        usage["prompt_tokens"],
        usage["completion_tokens"],
        cached["cached_tokens"],
        cached["cache_write_tokens"],
    )


def billed(usage: Usage) -> tuple[int, int, int, int]:
    return usage.prompt_tokens, usage.output_tokens, usage.cache_read_tokens, usage.cache_write_tokens


async def test_a_whole_answer_tells_what_the_turn_was_billed_and_tells_it_again(live: Live, fake: FakeClaude) -> None:
    cached = {"cache_read_input_tokens": 90, "cache_creation_input_tokens": 7}
    fake.replies = lambda body: replace(as_claude(body), usage=cached)
    talk = Talk(live)
    await talk.say("Hello?")
    assert tokens(talk.usage) == (0, 0, 0, 0)
    talk.messages.append(user("Yes, that's fine."))
    first = await talk.whole()
    await live.settle()
    total = (await live.session(talk.headers["X-Conversation-Id"])).spending.total()
    assert tokens(first["usage"]) == billed(total.usage)
    assert first["usage"]["prompt_tokens_details"]["cached_tokens"] == 90 * total.calls > 0
    assert await talk.whole() == first
    assert total.calls == len(fake.received)


async def test_a_streamed_answer_tells_it_where_that_is_wanted(live: Live) -> None:
    talk = Talk(live)
    await talk.say("Hello?")
    talk.messages.append(user("Yes, that's fine."))
    answer = await live.chat(talk.messages, headers=talk.headers, stream_options={"include_usage": True})
    *chunks, last = [json.loads(part[6:]) for part in answer.text.split("\n\n")[:-2]]
    assert last["choices"] == []
    assert {chunk["usage"] for chunk in chunks} == {None}
    assert (await talk.whole())["usage"] == last["usage"]
    assert last["usage"]["total_tokens"] > 0
    odd: list[object] = [None, {}, {"include_usage": "yes"}, []]
    for options in odd:
        answer = await live.chat(talk.messages, headers=talk.headers, stream_options=options)
        assert all("usage" not in chunk for chunk in events(answer))


# Nobody on the phone


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CHAT, {"messages": [user("Name this chat.")], "response_format": {"type": "json_object"}}),
        (RESPONSES, {"input": "Name this chat.", "text": {"format": {"type": "json_object"}}}),
    ],
)
async def test_a_request_for_json_gets_json_and_makes_no_session(
    scripted: Live, path: str, body: dict[str, Any]
) -> None:
    before = await sessions(scripted)
    schema = {"type": "object", "properties": {"title": {"type": "string", "minLength": 1}}, "required": ["title"]}
    for form, wanted in (
        (None, {}),
        ({"type": "json_schema", "name": "t", "schema": schema, "json_schema": {"schema": schema}}, {"title": "-"}),
    ):
        fields = {} if form is None else {"response_format": form, "text": {"format": form}}
        headers = {**TURNS, "X-Conversation-Id": f"conv_{uuid4().hex}"}
        document = (await scripted.http.post(path, json={**body, **fields}, headers=headers)).json()
        text = document["output"][0]["content"][0]["text"] if path == RESPONSES else _content(document)
        assert json.loads(text) == wanted
    assert await sessions(scripted) == before


def _content(document: dict[str, Any]) -> str:
    text: str = document["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize("messages", [[], [{"role": "system", "content": "Hi."}], [assistant("Hi.")], [user("...")]])
async def test_a_request_without_a_caller_is_answered_and_takes_nobody_s_place(
    tmp_path: Path, messages: list[dict[str, Any]]
) -> None:
    async with live_server(tmp_path, max_calls=1) as live:
        for _ in range(3):
            assert OPENING in spoken(await live.chat(messages))
        assert OPENING in spoken(await live.chat([user("Hello?")]))
        assert len(await sessions(live)) == 1


# Forms and addresses


async def test_a_body_that_is_not_understood_is_answered_in_the_form_it_asks_for(scripted: Live) -> None:
    whole = (await scripted.raw(CHAT, b'{"stream": false}')).json()
    assert _content(whole) == SORRY
    assert whole["usage"]["total_tokens"] == 0
    response = (await scripted.raw(RESPONSES, b'{"stream": false, "input": 5}')).json()
    assert response["output"][0]["content"][0]["text"] == SORRY
    assert spoken(await scripted.raw(CHAT, b'{"stream": true}')) == SORRY
    streamed = (await scripted.raw(RESPONSES, b"no JSON")).text
    assert streamed.startswith("event: response.created\n")
    assert streamed.endswith("data: [DONE]\n\n")


@pytest.mark.parametrize("path", [RESPONSES, "/responses"])
async def test_elevenlabs_own_form_of_responses_is_answered(scripted: Live, path: str) -> None:
    body = {
        "model": "any",
        "input": [{"role": "user", "content": "Hello?"}],
        "temperature": 0,
        "max_output_tokens": -1,
        "stream": True,
        "elevenlabs_extra_body": {"study": "s"},
    }
    answer = await scripted.http.post(path, json=body, headers=TURNS)
    *told, done = [part for part in answer.text.split("\n\n") if part]
    assert done == "data: [DONE]"
    documents = [json.loads(part.partition("\ndata: ")[2]) for part in told]
    assert OPENING in "".join(d["delta"] for d in documents if d["type"] == "response.output_text.delta")
    assert documents[-1]["type"] == "response.completed"


async def test_a_call_that_another_conversation_goes_on_from_is_not_mixed_with_it(scripted: Live) -> None:
    async def respond(words: str, previous: str | None, conversation: str) -> dict[str, Any]:
        body = {"input": words, "previous_response_id": previous}
        headers = {**TURNS, "X-Conversation-Id": conversation}
        document: dict[str, Any] = (await scripted.http.post(RESPONSES, json=body, headers=headers)).json()
        await scripted.settle()
        return document

    one, other = f"conv_{uuid4().hex}", f"conv_{uuid4().hex}"
    opening = await respond("Hello?", None, one)
    asked = await respond("Yes.", opening["id"], one)
    await respond("I'm Quentin.", asked["id"], one)
    stray = await respond("I'm Walter.", asked["id"], other)
    assert OPENING in stray["output"][0]["content"][0]["text"]
    names = {fact.value for fact in (await scripted.session(one)).state.facts.values()}
    assert names == {True, "Quentin"}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/completions", 404),
        ("GET", "/v1/responses/resp_1", 404),
        ("DELETE", "/v1/responses/resp_1", 404),
        ("POST", "/v1/audio/speech", 404),
        ("PATCH", "/v1/x/y/z", 404),
        ("GET", CHAT, 405),
        ("GET", RESPONSES, 405),
        ("POST", "/v1/models", 405),
    ],
)
async def test_an_address_that_is_not_answered_tells_which_are(
    scripted: Live, method: str, path: str, status: int
) -> None:
    answer: httpx2.Response = await scripted.http.request(method, path, headers=TURNS)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert error.keys() == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert "POST /v1/chat/completions or POST /v1/responses" in error["message"]
