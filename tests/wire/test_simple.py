"""The JSON webhook codec: the agent's variables go back as they came."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhook.errors import MalformedRequest
from webhook.interview.history import Message
from webhook.wire.simple import SimpleRequest, encode_simple, parse_simple

#: The same examples each time, however slow the machine.
STEADY = settings(derandomize=True)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_a_request_is_read_whole() -> None:
    body = b'{"messages":[{"role":"agent","content":"Hi"},{"role":"user","content":"Hello"}],"variables":{"a":1}}'
    assert parse_simple(body) == SimpleRequest(
        messages=(Message(role="agent", text="Hi"), Message(role="user", text="Hello")), variables={"a": 1}
    )


@pytest.mark.parametrize("variables", [b"null", b"[]", b'"x"', b"7", b"NaN"])
def test_variables_that_are_no_object_are_none(variables: bytes) -> None:
    assert parse_simple(b'{"messages":[],"variables":' + variables + b"}").variables == {}


def test_variables_may_be_missing() -> None:
    assert parse_simple(b'{"messages":[]}').variables == {}


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages":null}', b'{"variables":{}}'])
def test_what_is_no_request_is_malformed(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_simple(body)


@pytest.mark.parametrize(
    "variables",
    [
        b"{}",
        b'{"n":123456789012345678901234567890,"f":0.1,"neg":-0.0,"t":true,"z":null}',
        b'{"deep":{"list":[1,"two",{"x":[]}]},"u":"\\u00e9\\u2028"}',
        b'{"big":1e+308,"small":5e-324,"max":18446744073709551616}',
    ],
)
def test_unknown_variables_go_back_to_the_byte(variables: bytes) -> None:
    request = parse_simple(b'{"messages":[],"variables":' + variables + b"}")
    assert encode_simple("Hi", request.variables) == b'{"content":"Hi","variables":' + variables + b"}"


def test_numbers_that_json_cannot_write_go_back_as_null() -> None:
    request = parse_simple(b'{"messages":[],"variables":{"a":NaN,"b":1e999,"c":' + b"9" * 5_000 + b"}}")
    assert encode_simple("", request.variables) == b'{"content":"","variables":{"a":null,"b":null,"c":null}}'


@STEADY
@given(st.dictionaries(st.text(), JSON))
def test_any_variables_survive_the_round_trip(variables: dict[str, object]) -> None:
    body = json.dumps({"messages": [], "variables": variables}, ensure_ascii=False).encode()
    echoed = json.loads(encode_simple("x", parse_simple(body).variables))["variables"]
    assert json.dumps(echoed) == json.dumps(variables)


@STEADY
@given(st.binary(max_size=200))
def test_any_bytes_are_parsed_or_malformed(body: bytes) -> None:
    try:
        parse_simple(body)
    except MalformedRequest:
        return


def test_a_reply_is_ascii_and_holds_no_lone_surrogates() -> None:
    reply = encode_simple("a\u2028\ud800é", {})
    assert reply.isascii()
    assert json.loads(reply)["content"] == "a\u2028\ufffdé"
