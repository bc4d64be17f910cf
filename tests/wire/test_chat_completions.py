"""The Chat Completions codec: everything that can be understood is read, and replies are exact to the byte."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from webhook.errors import MalformedRequest
from webhook.interview.cost import NOTHING, Usage
from webhook.interview.history import Message, ToolCall
from webhook.wire.chat_completions import (
    ChatRequest,
    ChunkEncoder,
    ReplyHead,
    Tool,
    encode_completion,
    encode_error,
    encode_model,
    encode_models,
    parse_chat,
    request_digest,
    wants_stream,
)
from webhook.wire.limits import MAX_MESSAGES, MAX_TEXT_CHARS

#: The same examples each time, however slow the machine.
STEADY = settings(derandomize=True)

REPLY = ReplyHead(reply_id="chatcmpl-x", key="0" * 24, created=1760000000, model="m")
ENCODER = ChunkEncoder(REPLY)
USED = Usage(input_tokens=5, cache_write_tokens=7, cache_read_tokens=11, output_tokens=3)
HEAD = (
    b'data: {"id":"chatcmpl-x","object":"chat.completion.chunk","created":1760000000,"model":"m","choices":[{"index":0,'
)

#: As the platform sends it, every field of its documentation in use.
ELEVENLABS: dict[str, Any] = {
    "model": "any-string",
    "messages": [
        {"role": "system", "content": "Agent prompt. CALL_ID=conv_12345678"},
        {"role": "assistant", "content": "Hello, may I ask you a few questions?"},
        {"role": "user", "content": "Yes, go on."},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "save_answer", "arguments": '{"x":1}'}}
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "saved"},
    ],
    "stream": True,
    "temperature": 0,
    "max_tokens": 500,
    "tools": [
        {
            "type": "function",
            "function": {"name": "end_call", "description": "Ends.", "parameters": {"type": "object"}},
        }
    ],
    "tool_choice": "auto",
    "user_id": "user-7",
    "elevenlabs_extra_body": {"study_id": "s1", "session_token": "t"},
}


def body_with(**fields: object) -> bytes:
    return json.dumps({"messages": [{"role": "user", "content": "hi"}], **fields}).encode()


def with_message(message: object) -> ChatRequest:
    return parse_chat(json.dumps({"messages": [message]}).encode())


def with_content(content: object) -> str:
    return with_message({"role": "user", "content": content}).messages[0].text


def test_a_documented_request_is_read_whole() -> None:
    assert parse_chat(json.dumps(ELEVENLABS).encode()) == ChatRequest(
        messages=(
            Message(role="system", text="Agent prompt. CALL_ID=conv_12345678"),
            Message(role="agent", text="Hello, may I ask you a few questions?"),
            Message(role="user", text="Yes, go on."),
            Message(role="agent", tool_calls=(ToolCall(id="call_1", name="save_answer", arguments='{"x":1}'),)),
            Message(role="tool", text="saved", tool_call_id="call_1"),
        ),
        model="any-string",
        stream=True,
        tools=(Tool(name="end_call", description="Ends.", parameters={"type": "object"}),),
        user="user-7",
        extra={"study_id": "s1", "session_token": "t"},
        not_honoured=("max_tokens", "temperature"),
    )


def test_only_messages_must_be_there() -> None:
    assert parse_chat(b'{"messages":[]}') == ChatRequest(messages=())


NO_REQUEST = {
    "empty": b"",
    "blank": b" ",
    "no JSON": b"hello",
    "array": b"[]",
    "null": b"null",
    "string": b'"text"',
    "number": b"12",
    "no messages": b"{}",
    "null messages": b'{"messages":null}',
    "object as messages": b'{"messages":{}}',
    "string as messages": b'{"messages":"hi"}',
    "cut off": b'{"messages":[]',
    "something after": b'{"messages":[]} extra',
    "NUL": b"\x00",
    "only a byte order mark": b"\xff\xfe",
    "no UTF-8": b"\x80abc",
    "nested a level too deep": b'{"messages":[],"a":' + b"[" * 64 + b"]" * 64 + b"}",
    "lists without end": b'{"messages":[],"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}",
    "more brackets than any talk needs": b'{"messages":[' + b"{}," * 100_000 + b"{}]}",
    "objects without end": b'{"messages":[],"a":' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.mark.parametrize("body", NO_REQUEST.values(), ids=NO_REQUEST)
def test_what_is_no_request_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_chat(body)


def test_the_error_holds_nothing_of_the_body() -> None:
    with pytest.raises(MalformedRequest) as caught:
        parse_chat(b'{"messages": "my secret illness" ')
    assert "illness" not in str(caught.value)
    assert caught.value.__context__ is None


HI = '{"messages":[{"role":"user","content":"hi"}]}'
STRANGE = {
    "NaN and infinities": HI[:-1].encode() + b',"a":NaN,"b":-Infinity,"c":1e999}',
    "integer of 5,000 digits": HI[:-1].encode() + b',"max_tokens":' + b"9" * 5_000 + b"}",
    "fraction of 5,000 digits": HI[:-1].encode() + b',"a":0.' + b"9" * 5_000 + b"}",
    "byte order mark": b"\xef\xbb\xbf" + HI.encode(),
    "UTF-16": HI.encode("utf-16"),
    "UTF-16 without a mark": HI.encode("utf-16-be"),
    "UTF-32": HI.encode("utf-32"),
    "messages twice": b'{"messages":[],' + HI[1:].encode(),
    "content twice": b'{"messages":[{"role":"user","content":"no","content":"hi"}]}',
    "string as extra body": HI[:-1].encode() + b',"elevenlabs_extra_body":"text"}',
    "nested as deep as allowed": HI[:-1].encode() + b',"a":' + b"[" * 63 + b"]" * 63 + b"}",
    "deep nesting inside a string": HI[:-1].encode() + b',"elevenlabs_extra_body":"' + b"[" * 9_999 + b'"}',
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE)
def test_a_strange_body_that_can_be_understood_is_understood(body: bytes) -> None:
    assert parse_chat(body) == ChatRequest(messages=(Message(role="user", text="hi"),))


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("words", "words"),
        (None, ""),
        (42, ""),
        ({}, ""),
        ([], ""),
        ([{"type": "text", "text": "one"}, {"type": "input_text", "text": "two"}], "one\ntwo"),
        (["one", "two"], "one\ntwo"),
        ([{"text": "untyped"}], "untyped"),
        ({"type": "text", "text": "lonely"}, "lonely"),
        ([{"type": "text", "text": None}, {"type": ["text"], "text": "no"}, None, 7, [["deep"]]], ""),
        ([{"type": "image_url", "image_url": {"url": "http://canary"}}, {"type": "text", "text": "see"}], "see"),
        ("nul\0 in words", "nul\0 in words"),
        ("x" * (MAX_TEXT_CHARS + 1), "x" * MAX_TEXT_CHARS),
        ([{"type": "text", "text": "x" * MAX_TEXT_CHARS}] * 3, "x" * MAX_TEXT_CHARS),
    ],
)
def test_row_23_every_shape_of_content_gives_its_text(content: object, text: str) -> None:
    assert with_content(content) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [(r"\ud800", "\ufffd"), (r"a\uDC00b", "a\ufffdb"), (r"\ud83d\ude00", "\U0001f600"), (r"\\ud800", r"\ud800")],
)
def test_lone_surrogates_become_replacement_characters(source: str, text: str) -> None:
    body = f'{{"messages":[{{"role":"user","content":"{source}"}}],"user":"{source}","elevenlabs_extra_body":{{"{source}":"{source}"}}}}'
    request = parse_chat(body.encode())
    assert (request.messages[0].text, request.user, request.extra) == (text, text, {text: text})


def test_bytes_that_are_no_utf8_become_replacement_characters() -> None:
    assert parse_chat(b'{"messages":[{"role":"user","content":"caf\xe9"}]}').messages[0].text == "caf\ufffd"


def test_only_the_newest_user_message_counts_as_media() -> None:
    image = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://canary"}}]}
    words = {"role": "user", "content": [{"type": "text", "text": "words"}]}
    agent = {"role": "assistant", "content": "I cannot see that."}
    assert parse_chat(json.dumps({"messages": [words, image, agent]}).encode()).has_media
    assert not parse_chat(json.dumps({"messages": [image, agent, words]}).encode()).has_media


def test_row_21_unknown_roles_are_ignored_and_counted() -> None:
    raw = [{"role": "critic"}, {"content": "x"}, {"role": ["user"]}, None, "hi", {"role": "developer", "content": "d"}]
    request = parse_chat(json.dumps({"messages": raw}).encode())
    assert request.messages == (Message(role="system", text="d"),)
    assert request.ignored == 5


def test_a_long_history_keeps_its_system_messages_and_its_newest() -> None:
    raw = [{"role": "system", "content": "s"}, *({"role": "user", "content": str(n)} for n in range(MAX_MESSAGES + 5))]
    messages = parse_chat(json.dumps({"messages": raw}).encode()).messages
    assert len(messages) == MAX_MESSAGES
    assert messages[0] == Message(role="system", text="s")
    assert messages[1].text == "6"
    assert messages[-1].text == str(MAX_MESSAGES + 4)


def test_system_messages_alone_are_limited_too() -> None:
    raw = [{"role": "system", "content": str(n)} for n in range(MAX_MESSAGES + 1)]
    messages = parse_chat(json.dumps({"messages": raw}).encode()).messages
    assert (len(messages), messages[0].text) == (MAX_MESSAGES, "0")


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        (None, ()),
        ("end_call", ()),
        ([None, {}, {"function": "end_call"}, {"function": {"name": 3}}], ()),
        ([{"function": {"name": "f"}}], (ToolCall(id="", name="f", arguments="{}"),)),
        (
            [{"id": "1", "function": {"name": "f", "arguments": {"a": 1}}}],
            (ToolCall(id="1", name="f", arguments='{"a": 1}'),),
        ),
        ([{"id": 1, "function": {"name": "f", "arguments": 5}}], (ToolCall(id="", name="f", arguments="{}"),)),
    ],
)
def test_tool_calls_of_the_history_are_read_with_patience(calls: object, expected: tuple[ToolCall, ...]) -> None:
    assert with_message({"role": "assistant", "tool_calls": calls}).messages[0].tool_calls == expected


def test_only_the_agent_calls_tools_and_only_tools_answer_calls() -> None:
    message = {"role": "user", "tool_call_id": "1", "tool_calls": [{"id": "1", "function": {"name": "f"}}]}
    assert with_message(message).messages[0] == Message(role="user")


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        (None, ()),
        ({"name": "x"}, ()),
        ([None, 3, {}, {"function": None}, {"function": {"name": ""}}], ()),
        ([{"type": "function", "name": "flat", "parameters": {"a": 1}}], (Tool(name="flat", parameters={"a": 1}),)),
        ([{"function": {"name": "f", "description": 1, "parameters": []}}], (Tool(name="f"),)),
    ],
)
def test_tools_are_read_with_patience(tools: object, expected: tuple[Tool, ...]) -> None:
    assert parse_chat(body_with(tools=tools)).tools == expected


END, SKIP, OTHER = (Tool(name=name) for name in ("end_call", "skip_turn", "other"))
NAMED = {"type": "function", "function": {"name": "end_call"}}


@pytest.mark.parametrize(
    ("choice", "tools", "must_call"),
    [
        (None, (END, SKIP, OTHER), False),
        ("auto", (END, SKIP, OTHER), False),
        ("none", (), False),
        ("required", (END, SKIP, OTHER), True),
        (NAMED, (END,), True),
        ({"type": "function", "name": "end_call"}, (END,), True),
        ({"type": "function", "function": {"name": "never offered"}}, (), True),
        ({"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [NAMED]}}, (END,), False),
        (
            {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "other"}]},
            (OTHER,),
            True,
        ),
        (3, (END, SKIP, OTHER), False),
        ([], (END, SKIP, OTHER), False),
        ({"type": "allowed_tools", "tools": 7}, (END, SKIP, OTHER), False),
    ],
)
def test_tool_choice_leaves_the_tools_that_may_be_called(
    choice: object, tools: tuple[Tool, ...], must_call: bool
) -> None:
    offered = [{"type": "function", "function": {"name": tool.name}} for tool in (END, SKIP, OTHER)]
    request = parse_chat(body_with(tools=offered, tool_choice=choice))
    assert (request.tools, request.must_call) == (tools, must_call)


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        ({"n": 1, "stop": None, "seed": 3}, ()),
        ({"n": 2}, ("n",)),
        ({"n": [{}]}, ("n",)),
        ({"stop": ["."], "max_tokens": -1, "functions": []}, ("stop", "max_tokens", "functions")),
    ],
)
def test_what_is_not_honoured_is_known_by_name(fields: dict[str, Any], names: tuple[str, ...]) -> None:
    assert parse_chat(body_with(**fields)).not_honoured == names


@pytest.mark.parametrize(
    ("form", "schema"),
    [
        (None, None),
        ({"type": "text"}, None),
        ("json", None),
        ({"type": "json_object"}, {}),
        ({"type": "json_schema", "json_schema": {"name": "t", "schema": {"type": "object"}}}, {"type": "object"}),
        ({"type": "json_schema", "json_schema": 5}, {}),
    ],
)
def test_it_is_known_whether_json_is_wanted_in_place_of_words(form: object, schema: object) -> None:
    assert parse_chat(body_with(response_format=form)).json_schema == schema


@pytest.mark.parametrize(
    ("body", "stream"),
    [
        (b'{"stream": false}', False),
        (b'{"stream": null, "messages": 1}', False),
        (b'{"stream": true}', True),
        (b"{}", True),
        (b"no JSON", True),
    ],
)
def test_a_body_that_is_not_understood_is_answered_as_it_asks(body: bytes, stream: bool) -> None:
    assert wants_stream(body) is stream


def test_the_same_request_has_the_same_digest_whatever_its_system_message_tells_of_the_time() -> None:
    talk = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "Hello."}]

    def digest(*messages: dict[str, str]) -> str:
        return request_digest(parse_chat(json.dumps({"messages": messages}).encode()))

    same = {digest({"role": "system", "content": f"It is {n} o'clock."}, *talk) for n in range(3)}
    assert len({*same, digest(*talk)}) == 1
    assert len({digest(*talk), digest(*talk[:1]), digest(*talk, talk[0])}) == 3


@pytest.mark.parametrize("value", ["true", 1, None, []])
def test_a_stream_of_the_wrong_type_is_no_stream(value: object) -> None:
    assert not parse_chat(body_with(stream=value)).stream


@pytest.mark.parametrize(
    ("fields", "extra"),
    [
        ({"elevenlabs_extra_body": {"a": 1}}, {"a": 1}),
        ({"elevenlabs_extra_body": '{"a":1}'}, {"a": 1}),
        ({"elevenlabs_extra_body": "[1]"}, {}),
        ({"elevenlabs_extra_body": None}, {}),
        ({"session_token": "top"}, {"session_token": "top"}),
        ({"session_token": "top", "elevenlabs_extra_body": {"session_token": "in"}}, {"session_token": "in"}),
    ],
)
def test_the_extra_body_is_found_in_every_place_it_was_seen(fields: dict[str, Any], extra: dict[str, Any]) -> None:
    assert parse_chat(body_with(**fields)).extra == extra


@pytest.mark.parametrize(
    ("fields", "user"),
    [
        ({"user": "a"}, "a"),
        ({"user_id": "b"}, "b"),
        ({"user": "a", "user_id": "b"}, "b"),
        ({"user": 5}, None),
        ({"user": ""}, None),
    ],
)
def test_the_user_is_found_under_both_names(fields: dict[str, Any], user: str | None) -> None:
    assert parse_chat(body_with(**fields)).user == user


# Whatever comes in, nothing but MalformedRequest comes out.

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def parse_or_refuse(body: bytes) -> ChatRequest | None:
    try:
        return parse_chat(body)
    except MalformedRequest:
        return None


@STEADY
@given(st.binary(max_size=400))
def test_any_bytes_are_parsed_or_malformed(body: bytes) -> None:
    parse_or_refuse(body)


@STEADY
@given(JSON)
def test_any_json_is_parsed_or_malformed(document: object) -> None:
    parse_or_refuse(json.dumps(document).encode())


@STEADY
@given(st.sampled_from(sorted({*ELEVENLABS, "user", "max_completion_tokens", "session_token"} - {"messages"})), JSON)
def test_no_wrong_field_makes_a_request_malformed(key: str, value: object) -> None:
    request = parse_or_refuse(json.dumps({**ELEVENLABS, key: value}).encode())
    assert request is not None
    assert len(request.messages) == 5


@STEADY
@given(JSON, JSON, JSON)
def test_no_wrong_message_makes_a_request_malformed(content: object, calls: object, message: object) -> None:
    raw = [{"role": "assistant", "content": content, "tool_calls": calls, "tool_call_id": content}, message]
    request = parse_or_refuse(json.dumps({"messages": raw}).encode())
    assert request is not None
    # What is kept can be stored and sent on.
    assert all(m.text.encode() is not None for m in request.messages)


@STEADY
@given(st.data())
def test_a_damaged_request_is_parsed_or_malformed(data: st.DataObject) -> None:
    body = bytearray(json.dumps(ELEVENLABS).encode())
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body)))
        body[start : start + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=4))
    parse_or_refuse(bytes(body))


# Replies.


def test_chunks_are_exact_to_the_byte() -> None:
    assert ENCODER.role() == HEAD + b'"delta":{"role":"assistant"},"finish_reason":null}]}\n\n'
    assert ENCODER.text("Hello, ") == HEAD + b'"delta":{"content":"Hello, "},"finish_reason":null}]}\n\n'
    assert ENCODER.finish("stop") == HEAD + b'"delta":{},"finish_reason":"stop"}]}\n\n'
    assert ENCODER.finish("tool_calls") == HEAD + b'"delta":{},"finish_reason":"tool_calls"}]}\n\n'
    assert ENCODER.DONE == b"data: [DONE]\n\n"


def test_a_tool_call_chunk_is_exact_to_the_byte() -> None:
    call = ToolCall(id="call_skip_1", name="skip_turn", arguments='{"reason":"thinking"}')
    [event, _] = ChunkEncoder(REPLY).close("", call).split(b"\n\n")[:-1]
    assert event + b"\n\n" == HEAD + (
        b'"delta":{"role":"assistant","content":null,"tool_calls":[{"index":0,"id":"call_skip_1","type":"function",'
        b'"function":{"name":"skip_turn","arguments":"{\\"reason\\":\\"thinking\\"}"}}]},"finish_reason":null}]}\n\n'
    )


def test_the_models_own_name_is_escaped() -> None:
    [event] = ChunkEncoder(replace(REPLY, reply_id='i"d', model='m"\n\ndata: x')).text("t").decode().splitlines()[:-1]
    assert json.loads(event.removeprefix("data: "))["model"] == 'm"\n\ndata: x'


@pytest.mark.parametrize(
    "text",
    ["a\n\ndata: [DONE]\n\nb", "\r", "\u2028\u2029\x85\x0b\x0c\x1c", "\0", '"}]}', "\\", "\U0001f600 é", ""],
)
def test_nothing_in_a_text_can_end_its_event(text: str) -> None:
    event = ENCODER.text(text)
    assert event.isascii()
    # str.splitlines splits at every line end any reader knows.
    lines = event.decode().splitlines()
    assert lines[1:] == [""]
    assert json.loads(lines[0].removeprefix("data: "))["choices"][0]["delta"] == {"content": text}


@STEADY
@given(st.text(st.characters(codec=None)))
def test_any_text_is_one_event_that_openai_reads(text: str) -> None:
    lines = ENCODER.text(text).decode().splitlines()
    assert lines[1:] == [""]
    chunk = ChatCompletionChunk.model_validate_json(lines[0].removeprefix("data: "))
    expected = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    assert chunk.choices[0].delta.content == expected


@STEADY
@given(st.text(), st.text(), st.text())
def test_any_tool_call_is_one_event_that_openai_reads(call_id: str, name: str, arguments: str) -> None:
    made = ToolCall(id=call_id, name=name, arguments=arguments)
    [line, empty] = ENCODER.tool_call(made, index=2).decode().splitlines()
    chunk = ChatCompletionChunk.model_validate_json(line.removeprefix("data: "))
    [call] = chunk.choices[0].delta.tool_calls or []
    assert call.function is not None
    assert (empty, call.index, call.id, call.function.name) == ("", 2, call_id, name)
    assert call.function.arguments == arguments


BYE = ToolCall(id="1", name="end_call")


def chunks_of(told: bytes) -> list[ChatCompletionChunk]:
    *events, done, end = told.decode().split("\n\n")
    assert (done, end) == ("data: [DONE]", "")
    return [ChatCompletionChunk.model_validate_json(event.removeprefix("data: ")) for event in events]


def test_a_stream_is_read_by_openais_own_types_and_its_role_stands_in_the_first_chunk_alone() -> None:
    encoder = ChunkEncoder(REPLY)
    chunks = chunks_of(
        encoder.begin(has_words=True) + encoder.text("Hi. ") + encoder.close("Hi. ", BYE) + encoder.end(USED)
    )
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, None, "tool_calls"]
    assert [chunk.choices[0].delta.role for chunk in chunks] == ["assistant", None, None, None]
    assert all("usage" not in chunk.model_fields_set for chunk in chunks)


def test_a_reply_of_a_call_alone_has_its_role_in_the_chunk_of_the_call() -> None:
    encoder = ChunkEncoder(REPLY)
    chunks = chunks_of(encoder.begin(has_words=False) + encoder.close("", BYE) + encoder.end(USED))
    assert [chunk.choices[0].delta.role for chunk in chunks] == ["assistant", None]


def test_the_usage_stands_in_a_last_chunk_without_choices_where_it_is_wanted() -> None:
    encoder = ChunkEncoder(REPLY, wants_usage=True)
    *chunks, last = chunks_of(encoder.begin(has_words=True) + encoder.close("", None) + encoder.end(USED))
    assert [chunk.usage for chunk in chunks] == [None, None]
    assert all("usage" in chunk.model_fields_set for chunk in chunks)
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (23, 3, 26)
    assert last.usage.prompt_tokens_details is not None
    assert last.usage.prompt_tokens_details.cached_tokens == 11
    assert last.usage.prompt_tokens_details.cache_write_tokens == 7


def test_a_completion_is_exact_to_the_byte() -> None:
    head = ReplyHead(reply_id="c1", key="", created=1, model="m")
    assert encode_completion(head, "Hé", None, NOTHING) == (
        b'{"id":"c1","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":'
        b'{"role":"assistant","content":"H\\u00e9"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,'
        b'"completion_tokens":0,"total_tokens":0,"prompt_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}}}'
    )


@pytest.mark.parametrize(
    ("text", "call", "content", "reason"),
    [
        ("Bye.", None, "Bye.", "stop"),
        ("", None, "", "stop"),
        ("Bye.", BYE, "Bye.", "tool_calls"),
        ("", BYE, None, "tool_calls"),
    ],
)
def test_a_completion_is_read_by_openais_own_types(
    text: str, call: ToolCall | None, content: str | None, reason: str
) -> None:
    completion = ChatCompletion.model_validate_json(encode_completion(REPLY, text, call, USED))
    [choice] = completion.choices
    assert (choice.message.content, choice.finish_reason) == (content, reason)
    assert [made.id for made in choice.message.tool_calls or []] == ([] if call is None else [call.id])
    assert completion.usage is not None
    assert completion.usage.total_tokens == 26


def test_models_are_listed_as_openai_lists_them() -> None:
    document = json.loads(encode_models(["interview", "other"], 5))
    assert document["object"] == "list"
    assert [Model.model_validate(m, strict=True).id for m in document["data"]] == ["interview", "other"]


def test_a_model_is_told_as_openai_tells_it() -> None:
    assert Model.model_validate_json(encode_model("webhook", 5)).id == "webhook"


def test_an_error_has_openais_shape() -> None:
    assert encode_error("Wrong secret.", "invalid_request_error", "unauthorized") == (
        b'{"error":{"message":"Wrong secret.","type":"invalid_request_error","param":null,"code":"unauthorized"}}'
    )


@pytest.mark.parametrize("item", ["1", '""', "null", '{"a":1}'])
def test_a_document_of_very_many_values_is_not_read(item: str) -> None:
    body = f'{{"messages": [{",".join([item] * 500_000)}]}}'.encode()
    with pytest.raises(MalformedRequest):
        parse_chat(body)


def test_of_very_many_parts_of_a_message_the_first_are_read() -> None:
    body = json.dumps({"messages": [{"role": "user", "content": ["a"] * 1000}]}).encode()
    assert parse_chat(body).messages[0].text.split() == ["a"] * 128
