"""The Responses codec: every form of input is read, and what leaves is what OpenAI's own types take."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from webhook.errors import MalformedRequest
from webhook.interview.continued import Known
from webhook.interview.cost import NOTHING, Usage
from webhook.interview.history import Message, ToolCall
from webhook.wire.chat_completions import ChatRequest, ReplyHead, Tool
from webhook.wire.identity import TokenClaims, sign_token
from webhook.wire.responses import ResponseEncoder, encode_response, known_of, parse_response, response_id
from webhook.wire.tools import END_CALL, SKIP_TURN, call_id

STEADY = settings(derandomize=True, suppress_health_check=list(HealthCheck))
KEY = "0123456789abcdef01234567"
HEAD = ReplyHead(reply_id="resp_1", key=KEY, created=1760000000, model="m")
BYE = ToolCall(id=call_id(END_CALL, KEY), name="end_call", arguments='{"reason":"done"}')
USED = Usage(input_tokens=5, cache_write_tokens=7, cache_read_tokens=11, output_tokens=3)
EVENTS: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)


def asked(**fields: Any) -> ChatRequest:
    return parse_response(json.dumps(fields).encode())


def items(*raw: Any) -> tuple[Message, ...]:
    return tuple(asked(input=list(raw)).messages)


# Requests


def test_a_text_is_what_the_caller_says() -> None:
    assert asked(input="Hello?").messages == (Message(role="user", text="Hello?"),)


def test_every_form_of_an_item_is_read() -> None:
    assert items(
        {"role": "developer", "content": "Be kind."},
        {"role": "user", "content": [{"type": "input_text", "text": "Hello"}, {"type": "input_text", "text": "there"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "message",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Hi.", "annotations": []}],
        },
        {"type": "function_call", "call_id": "c1", "name": "end_call", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "ok"},
        {"type": "function_call_output", "call_id": "c2", "output": [{"type": "input_text", "text": "no"}]},
        {"type": "function_call_output", "call_id": "c3", "output": "x", "status": "incomplete"},
        {"type": "image_generation_call", "id": "ig_1"},
    ) == (
        Message(role="system", text="Be kind."),
        Message(role="user", text="Hello\nthere"),
        Message(role="agent", text="Hi."),
        Message(role="agent", tool_calls=(ToolCall(id="c1", name="end_call", arguments='{"a":1}'),)),
        Message(role="tool", text="ok", tool_call_id="c1"),
        Message(role="tool", text="no", tool_call_id="c2"),
        Message(role="tool", text="x", tool_call_id="c3", has_failed=True),
    )


def test_a_reference_is_to_words_or_to_the_call_that_its_id_tells() -> None:
    skip = call_id(SKIP_TURN, KEY)
    assert items(
        {"type": "item_reference", "id": f"msg_{KEY}"},
        {"type": "item_reference", "id": skip.replace("call_", "fc_", 1)},
        {"type": "item_reference", "id": "rs_1"},
        {"type": "item_reference"},
    ) == (
        Message(role="agent", is_reference=True),
        Message(role="agent", tool_calls=(ToolCall(id=skip, name="skip_turn"),)),
    )


@pytest.mark.parametrize(
    ("item", "has_references"),
    [
        ({"type": "item_reference", "id": "msg_1"}, True),
        ({"type": "item_reference", "id": f"fc_end_call_{KEY}"}, False),
        ({"type": "function_call_output", "call_id": "c", "output": "x", "status": "incomplete"}, False),
        ({"role": "assistant", "content": "Hi."}, False),
    ],
)
def test_it_is_known_whether_any_words_are_referred_to(item: dict[str, str], has_references: bool) -> None:
    assert asked(input=[item]).has_references is has_references


def test_the_other_fields_are_read() -> None:
    request = asked(
        input=[],
        model="my-model",
        instructions="Be brief. CALL_ID=conv_12345678",
        stream=True,
        tools=[{"type": "function", "name": "end_call", "parameters": {"type": "object"}, "strict": True}],
        tool_choice={"type": "function", "name": "end_call"},
        previous_response_id="resp_0",
        text={"format": {"type": "json_schema", "name": "t", "schema": {"type": "object"}}},
        max_output_tokens=5,
        elevenlabs_extra_body={"session_token": "t"},
        store=False,
    )
    assert request == ChatRequest(
        messages=(Message(role="system", text="Be brief. CALL_ID=conv_12345678"),),
        model="my-model",
        stream=True,
        tools=(Tool(name="end_call", parameters={"type": "object"}),),
        must_call=True,
        extra={"session_token": "t"},
        wants_usage=True,
        json_schema={"type": "object"},
        previous_response_id="resp_0",
        not_honoured=("max_output_tokens",),
    )


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"input":null}', b'{"input":{}}', b'{"messages":[]}'])
def test_a_request_without_input_is_none(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_response(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)
KINDS = ["message", "function_call", "function_call_output", "item_reference", "reasoning", 7]


@STEADY
@given(st.sampled_from(KINDS), JSON, JSON, JSON)
def test_no_wrong_item_makes_a_request_malformed(kind: object, content: object, name: object, rest: object) -> None:
    item = {
        "type": kind,
        "role": "user",
        "content": content,
        "name": name,
        "call_id": name,
        "output": content,
        "id": rest,
    }
    asked(input=[item, rest], instructions=rest, tools=rest, tool_choice=rest, text=rest, previous_response_id=rest)


# Ids


KNOWN = Known(session_id="s-1", turns=3, silences=2)


def test_the_id_of_a_response_tells_what_is_known_and_is_the_same_each_time() -> None:
    made = response_id(KNOWN, KEY, 200.0, "secret")
    assert made == response_id(KNOWN, KEY, 200.0, "secret")
    assert made.startswith("resp_")
    assert known_of(made, ["new secret", "secret"], 100.0) == KNOWN


def test_an_id_that_we_did_not_make_or_that_is_too_old_tells_nothing() -> None:
    made = response_id(KNOWN, KEY, 200.0, "secret")
    session = sign_token(TokenClaims(session_id="s-1"), 200.0, "secret")
    for other in (
        None,
        "",
        "resp_",
        "resp_abc",
        made[:-1] + "~",
        made.removeprefix("resp_"),
        f"resp_{session}",
        "é" * 9,
    ):
        assert known_of(other, ["secret"], 100.0) is None
    assert known_of(made, ["another secret"], 100.0) is None
    assert known_of(made, ["secret"], 200.0) is None


# Replies


def strict(event: bytes) -> Any:
    name, _, data = event.decode().partition("\ndata: ")
    document = json.loads(data)
    assert name == f"event: {document['type']}"
    return EVENTS.validate_python(document)


def streamed(*pieces: str, call: ToolCall | None = None, has_words: bool = True) -> list[Any]:
    encoder = ResponseEncoder(HEAD)
    told = encoder.begin(has_words=has_words) + b"".join(map(encoder.text, pieces))
    told += encoder.close("".join(pieces), call) + encoder.end(USED)
    *events, done, end = told.split(b"\n\n")
    assert (done, end) == (b"data: [DONE]", b"")
    return [strict(event) for event in events]


TEXT_EVENTS = ["response.output_item.added", "response.content_part.added"]
TEXT_ENDS = ["response.output_text.done", "response.content_part.done", "response.output_item.done"]
CALL_EVENTS = [
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
]
BEGINS, ENDS = ["response.created", "response.in_progress"], ["response.completed"]


@pytest.mark.parametrize(
    ("pieces", "call", "expected"),
    [
        (("Good", "bye."), None, [*TEXT_EVENTS, *["response.output_text.delta"] * 2, *TEXT_ENDS]),
        (("Bye.",), BYE, [*TEXT_EVENTS, "response.output_text.delta", *TEXT_ENDS, *CALL_EVENTS]),
        ((), BYE, CALL_EVENTS),
        ((), None, []),
    ],
)
def test_the_events_are_openais_own_in_their_order(
    pieces: tuple[str, ...], call: ToolCall | None, expected: list[str]
) -> None:
    events = streamed(*pieces, call=call, has_words=bool(pieces))
    assert [event.type for event in events] == [*BEGINS, *expected, *ENDS]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    final = events[-1].response
    whole = Response.model_validate_json(encode_response(HEAD, "".join(pieces), call, USED), strict=True)
    assert final == whole
    assert whole.output_text == "".join(pieces)
    done = [event.item for event in events if event.type == "response.output_item.done"]
    assert done == whole.output
    assert [event.output_index for event in events if event.type == "response.output_item.done"] == [*range(len(done))]


def test_a_call_is_told_with_its_arguments_and_ids() -> None:
    whole = Response.model_validate_json(encode_response(HEAD, "", BYE, NOTHING))
    [item] = whole.output
    assert item.type == "function_call"
    assert (item.id, item.call_id) == (f"fc_end_call_{KEY}", f"call_end_call_{KEY}")
    assert (item.name, item.arguments) == ("end_call", '{"reason":"done"}')


def test_the_usage_is_told_with_what_was_cached() -> None:
    usage = Response.model_validate_json(encode_response(HEAD, "Hi.", None, USED)).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (23, 3, 26)
    assert (usage.input_tokens_details.cached_tokens, usage.input_tokens_details.cache_write_tokens) == (11, 7)


@STEADY
@given(st.text(st.characters(codec=None)))
def test_nothing_in_a_text_can_end_its_event(text: str) -> None:
    told = ResponseEncoder(HEAD).text(text).decode()
    assert told.isascii()
    assert len(told.splitlines()) == 3
    delta = json.loads(told.splitlines()[1].removeprefix("data: "))["delta"]
    assert delta == "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
