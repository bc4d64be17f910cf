"""The official `openai` package against both APIs: a whole interview, streamed and not, to the end and past it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openai import AsyncOpenAI, AuthenticationError, NotFoundError
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

from tests.callers import Caller, calls_of
from tests.fake_claude import FakeClaude
from tests.live_server import WEBHOOK_SECRET, Live, live_server
from webhook.interview.lines import Line, line

TOPICS = 13
MOST_TURNS = 30
#: As strict mode of openai-agents writes it: every parameter is required.
STRICT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "reason": {"type": "string", "enum": ["done", "user_request"]},
        "delay_seconds": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
    },
    "required": ["reason", "delay_seconds"],
    "additionalProperties": False,
}
NAMES = ("end_call", "skip_turn")
CHAT_TOOLS = [{"type": "function", "function": {"name": name, "parameters": STRICT}} for name in NAMES]
FLAT_TOOLS = [{"type": "function", "name": name, "parameters": STRICT, "strict": True} for name in NAMES]
ALREADY_OVER = line(Line.ALREADY_OVER, "en")


@dataclass
class Said:
    """One reply: its id, its words, the tools it calls by the ids of the calls, and what it cost."""

    reply_id: str
    text: str
    calls: dict[str, str] = field(default_factory=dict)
    tokens: int = 0


@dataclass
class Client:
    """A client that keeps the talk as its API has it; `items` is what the next request sends."""

    openai: AsyncOpenAI
    stream: bool
    headers: Mapping[str, str]
    items: list[Any] = field(default_factory=list)
    tools: bool = True

    async def say(self, words: str) -> Said:
        self.items.append({"role": "user", "content": words})
        return await self.ask()

    async def ask(self) -> Said:
        raise NotImplementedError

    async def ran(self, said: Said, result: str = "ok") -> Said:
        """What an agent framework does with a reply that calls tools: it runs them and asks again."""
        raise NotImplementedError


class Chat(Client):
    async def ask(self) -> Said:
        wanted: dict[str, Any] = {"model": "webhook", "messages": self.items, "extra_headers": self.headers}
        wanted |= {"tools": CHAT_TOOLS} if self.tools else {}
        if not self.stream:
            return self._took(await self.openai.chat.completions.create(**wanted))
        async with self.openai.chat.completions.stream(**wanted, stream_options={"include_usage": True}) as stream:
            async for _ in stream:
                pass
            return self._took(await stream.get_final_completion())

    def _took(self, completion: ChatCompletion) -> Said:
        message = completion.choices[0].message
        assert message.role == "assistant"
        assert completion.usage is not None
        calls = message.tool_calls or []
        for call in calls:
            assert call.type == "function"
            assert call.function.name in NAMES
            assert json.loads(call.function.arguments) == {"reason": "done", "delay_seconds": None}
        kept = message.model_dump(include={"role", "content", "tool_calls"}, exclude_none=True)
        for call in kept.get("tool_calls", ()):
            call["function"].pop("parsed_arguments", None)
            call.pop("index", None)
        self.items.append(kept)
        named = {call.id: call.function.name for call in calls if call.type == "function"}
        return Said(completion.id, message.content or "", named, completion.usage.total_tokens)

    async def ran(self, said: Said, result: str = "ok") -> Said:
        self.items += [{"role": "tool", "tool_call_id": call_id, "content": result} for call_id in said.calls]
        return await self.ask()


class Responses(Client):
    """With the whole talk in each request, as openai-agents sends it."""

    async def ask(self) -> Said:
        return self._took(await self._response())

    async def _response(self, **more: Any) -> Response:
        wanted: dict[str, Any] = {"model": "webhook", "input": self.items, "extra_headers": self.headers, **more}
        wanted |= {"tools": FLAT_TOOLS} if self.tools else {}
        if not self.stream:
            response: Response = await self.openai.responses.create(**wanted)
            return response
        async with self.openai.responses.stream(**wanted) as stream:
            kinds = [event.type async for event in stream]
            streamed: Response = await stream.get_final_response()
        assert kinds[:2] == ["response.created", "response.in_progress"]
        assert kinds[-1] == "response.completed"
        return streamed

    def _took(self, response: Response) -> Said:
        said = self._read(response)
        self.items += [item.model_dump(exclude_none=True, exclude={"parsed_arguments"}) for item in response.output]
        return said

    @staticmethod
    def _read(response: Response) -> Said:
        assert response.status == "completed"
        assert response.usage is not None
        calls = {item.call_id: item.name for item in response.output if item.type == "function_call"}
        for item in response.output:
            if item.type == "function_call":
                assert json.loads(item.arguments) == {"reason": "done", "delay_seconds": None}
        return Said(response.id, response.output_text, calls, response.usage.total_tokens)

    async def ran(self, said: Said, result: str = "ok") -> Said:
        self.items += self._outputs(said, result)
        return await self.ask()

    @staticmethod
    def _outputs(said: Said, result: str) -> list[dict[str, str]]:
        return [{"type": "function_call_output", "call_id": c, "output": result} for c in said.calls]


class References(Responses):
    """With its own input again and references to our items, as the AI SDK sends it by default."""

    def _took(self, response: Response) -> Said:
        self.items += [{"type": "item_reference", "id": item.id} for item in response.output]
        return self._read(response)


class Continued(Responses):
    """With nothing but what is new, and the id of the response before it."""

    previous: str | None = None

    async def ask(self) -> Said:
        more = {} if self.previous is None else {"previous_response_id": self.previous}
        said = self._read(await self._response(**more))
        self.previous, self.items = said.reply_id, []
        return said

    async def again(self, said: Said, words: str) -> Said:
        """What was said after that reply, sent once more."""
        self.previous, self.items = said.reply_id, [{"role": "user", "content": words}]
        return await self.ask()


KINDS: dict[str, type[Client]] = {
    "chat": Chat,
    "responses": Responses,
    "references": References,
    "continued": Continued,
}
Make = Callable[[type[Client], bool], Client]


@pytest.fixture
async def openai(live: Live) -> AsyncGenerator[AsyncOpenAI]:
    async with AsyncOpenAI(base_url=f"{live.base_url}/v1", api_key=WEBHOOK_SECRET, max_retries=0) as client:
        yield client


@pytest.fixture
async def live(fake: FakeClaude, tmp_path: Path) -> AsyncGenerator[Live]:
    async with live_server(tmp_path, claude_url=fake.base_url) as running:
        yield running


def maker(openai: AsyncOpenAI) -> Make:
    def made(kind: type[Client], stream: bool) -> Client:
        # `Continued` is known by its ids alone.
        headers = {} if kind is Continued else {"X-Conversation-Id": f"conv_{uuid4().hex}"}
        return kind(openai=openai, stream=stream, headers=headers)

    return made


@pytest.fixture
def make(openai: AsyncOpenAI) -> Make:
    return maker(openai)


@pytest.fixture
async def scripted(tmp_path: Path) -> AsyncGenerator[Make]:
    """Clients of a service without Claude."""
    async with (
        live_server(tmp_path) as running,
        AsyncOpenAI(base_url=f"{running.base_url}/v1", api_key=WEBHOOK_SECRET, max_retries=0) as client,
    ):
        yield maker(client)


async def session_of(live: Live, client: Client) -> dict[str, Any]:
    await live.settle()
    conversation = client.headers.get("X-Conversation-Id")
    if conversation is None:
        [listed] = (await live.get("/api/sessions")).json()["sessions"]
        conversation = listed["sessionId"]
    told: dict[str, Any] = (await live.get(f"/api/sessions/{conversation}")).json()
    return told


async def held(live: Live, client: Client, caller: Caller) -> list[Said]:
    """The interview from the greeting to its end."""
    heard = [await client.say("Hello?")]
    for _ in range(MOST_TURNS):
        told = await session_of(live, client)
        if told["status"] == "completed":
            return heard
        heard.append(await client.say(caller.answer(told["currentTopic"], heard[-1].text)))
    pytest.fail("the interview did not end")


async def no_words_and_no_call(reply: Awaitable[Said]) -> Said:
    said = await reply
    assert (said.text, said.calls) == (" ", {})
    return said


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_a_whole_interview_to_the_end_and_past_it(
    live: Live, fake: FakeClaude, make: Make, kind: type[Client], stream: bool
) -> None:
    client = make(kind, stream)
    heard = await held(live, client, Caller())

    assert len(heard) == TOPICS + 1
    assert [list(said.calls.values()) for said in heard] == [[]] * TOPICS + [["end_call"]]
    assert len({said.reply_id for said in heard}) == len(heard)
    # Each turn hears once, whatever of the talk the client sends again.
    assert calls_of(fake)[0] == TOPICS
    assert heard[0].tokens == 0  # the greeting is answered without Claude
    assert all(said.tokens > 0 for said in heard[1:])

    after = [await no_words_and_no_call(client.ran(heard[-1]))]
    once_more = await client.say("Are you still there?")
    assert (once_more.text, once_more.calls) == (ALREADY_OVER, {})
    after += [once_more]
    assert len({said.reply_id for said in (*heard, *after)}) == len(heard) + len(after)
    assert [said.tokens for said in after] == [0, 0]
    report = (await live.get(f"/api/sessions/{(await session_of(live, client))['sessionId']}/report")).json()
    assert (report["status"], len(report["topics"])) == ("completed", TOPICS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_the_result_of_waiting_is_no_silence(scripted: Make, kind: type[Client]) -> None:
    client = scripted(kind, False)
    await client.say("Hello?")
    assert (await client.say("...")).text
    waiting = await client.say("...")
    assert (waiting.text, list(waiting.calls.values())) == ("", ["skip_turn"])

    await no_words_and_no_call(client.ran(waiting))
    await no_words_and_no_call(client.ask() if kind is not Continued else client.ran(waiting))

    assert (await client.say("...")).text == line(Line.CONFIRM_STOP, "en")
    assert list((await client.say("...")).calls.values()) == ["end_call"]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_hanging_up_that_failed_is_asked_for_once_more_and_no_oftener(scripted: Make, kind: type[Client]) -> None:
    client = scripted(kind, False)
    await client.say("Hello?")
    goodbye = await client.say("No, I don't agree.")
    assert list(goodbye.calls.values()) == ["end_call"]

    again = await client.ran(goodbye, "An error occurred while running the tool. Error: 1 validation error")
    assert (again.text, list(again.calls.values())) == ("", ["end_call"])
    assert again.calls.keys().isdisjoint(goodbye.calls)

    await no_words_and_no_call(client.ran(again, "An error occurred while running the tool."))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
async def test_without_tools_a_caller_is_told_in_words(scripted: Make, kind: type[Client]) -> None:
    client = scripted(kind, True)
    client.tools = False
    await client.say("Hello?")
    assert (await client.say("...")).calls == {}
    assert (await client.say("...")).text == line(Line.NO_HURRY, "en")
    goodbye = await client.say("No, I don't agree.")
    assert goodbye.text
    assert goodbye.calls == {}


async def test_a_request_that_is_sent_again_gets_the_same_answer_with_the_same_ids(
    live: Live, fake: FakeClaude, make: Make
) -> None:
    client = make(Continued, False)
    assert isinstance(client, Continued)
    opening = await client.say("Hello?")
    first = await client.say("Yes, that's fine.")
    await live.settle()
    calls = calls_of(fake)

    assert await client.again(opening, "Yes, that's fine.") == first
    assert calls_of(fake) == calls
    assert (await session_of(live, client))["currentTopic"] == "name"


async def test_an_id_that_is_nobody_s_is_no_error_and_opens_nothing(live: Live, make: Make) -> None:
    client = make(Continued, False)
    assert isinstance(client, Continued)
    opening = await client.say("Hello?")
    for unknown in ("resp_123", "", opening.reply_id[:-1] + "~", f"resp_{'0' * 3000}", "é"):
        client.previous, client.items = unknown, [{"role": "user", "content": "Hello?"}]
        assert (await client.ask()).text == opening.text
    await live.settle()
    listed = (await live.get("/api/sessions")).json()["sessions"]
    assert len(listed) == 6


async def test_an_id_made_under_another_secret_does_not_open_that_session(
    live: Live, make: Make, tmp_path: Path
) -> None:
    first = await make(Continued, False).say("Hello?")
    async with (
        live_server(tmp_path, webhook_secret="another-secret") as other,
        AsyncOpenAI(base_url=f"{other.base_url}/v1", api_key="another-secret", max_retries=0) as openai,
    ):
        reply = await openai.responses.create(model="m", input="Yes.", previous_response_id=first.reply_id)
        assert reply.output_text == first.text  # a new call: the opening
        await other.settle()
        statuses = [s["currentTopic"] for s in (await other.get("/api/sessions")).json()["sessions"]]
    assert statuses == ["intro", "intro"]


async def test_a_wrong_secret_is_told_as_openai_tells_it(live: Live) -> None:
    async with AsyncOpenAI(base_url=f"{live.base_url}/v1", api_key="wrong", max_retries=0) as client:
        for asked in (
            client.chat.completions.create(model="m", messages=[]),
            client.responses.create(model="m", input="Hello"),
            client.models.retrieve("webhook"),
        ):
            with pytest.raises(AuthenticationError, match="secret"):
                await asked


async def test_what_there_is_not_is_told_with_what_there_is(openai: AsyncOpenAI) -> None:
    assert (await openai.models.retrieve("webhook")).id == "webhook"
    with pytest.raises(NotFoundError, match="webhook"):
        await openai.models.retrieve("gpt-4o")
    for asked in (
        openai.completions.create(model="m", prompt="Hello"),
        openai.embeddings.create(model="m", input="Hello"),
        openai.responses.retrieve("resp_1"),
    ):
        with pytest.raises(NotFoundError, match="POST /v1/chat/completions or POST /v1/responses") as told:
            await asked
        assert told.value.code == "unknown_url"
