"""Tool calls that we make: arguments follow the request's own schema."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator

from tests.wire.schemas import PARAMETERS
from webhook.interview.history import ToolCall
from webhook.wire.chat_completions import Tool
from webhook.wire.schema_values import MOST_PROPERTIES, allows, object_for, value_for
from webhook.wire.tools import END_CALL, SKIP_TURN, arguments_for, call_id, call_of_id, find_tool, is_second_offer


def tool(name: str, properties: dict[str, Any], required: list[Any] | None = None) -> Tool:
    return Tool(name=name, description="", parameters={"properties": properties, "required": required or []})


def test_only_a_tool_that_is_offered_is_found() -> None:
    offered = (tool("end_call", {}),)

    assert find_tool(offered, END_CALL) is offered[0]
    assert find_tool(offered, SKIP_TURN) is None


@pytest.mark.parametrize("name", ["Phone-end_call", "Phone_end_call", "phone.end_call", "mcp__phone__end_call"])
def test_a_name_that_a_framework_made_is_known_by_its_last_part(name: str) -> None:
    offered = (tool("skip_turn", {}), tool(name, {}), tool("weekend_call", {}), tool("end_calls", {}))

    found = find_tool(offered, END_CALL)
    assert found is offered[1]


def test_the_last_part_decides_only_where_it_leaves_no_doubt() -> None:
    two = (tool("a.end_call", {}), tool("b.end_call", {}))

    assert find_tool(two, END_CALL) is None
    assert find_tool((*two, exact := tool("end_call", {})), END_CALL) is exact


@pytest.mark.parametrize("again", [False, True])
def test_the_id_of_a_call_tells_the_tool_and_whether_it_is_called_once_more(again: bool) -> None:
    made = call_id(END_CALL, "0123456789abcdef01234567", again=again)

    assert call_of_id(made) == ToolCall(id=made, name="end_call")
    assert call_of_id(made.replace("call_", "fc_", 1)) == ToolCall(id=made, name="end_call")
    assert is_second_offer(made) is again


@pytest.mark.parametrize("other", ["", "call_1", "call_end_call_", "call_end_call_0123456789abcdef0123456z", "é"])
def test_the_id_of_another_s_call_tells_nothing(other: str) -> None:
    assert call_of_id(other) is None
    assert not is_second_offer(other)


@pytest.mark.parametrize("name", ["message", "system__message_to_speak"])
def test_the_farewell_goes_where_the_tool_has_a_place_for_it(name: str) -> None:
    end_call = tool("end_call", {"reason": {"type": "string"}, name: {"type": "string"}}, ["reason"])

    assert json.loads(arguments_for(end_call, reason="completed", message="Take care!")) == {
        "reason": "completed",
        name: "Take care!",
    }


def test_a_tool_without_properties_gets_no_arguments() -> None:
    assert arguments_for(Tool(name="skip_turn", description="", parameters={}), reason="silence") == "{}"


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": "string"}, ""),
        ({"type": "integer"}, 0),
        ({"type": "boolean"}, False),
        ({"enum": ["a", "b"]}, "a"),
        ("nonsense", ""),
    ],
)
def test_an_unknown_required_property_gets_the_plainest_value(schema: Any, expected: Any) -> None:
    odd = tool("end_call", {"other": schema}, ["other"])

    assert json.loads(arguments_for(odd, reason="completed")) == {"other": expected}


def test_an_unknown_optional_property_is_left_out() -> None:
    assert json.loads(arguments_for(tool("end_call", {"other": {"type": "string"}}), reason="x")) == {}


def test_a_giant_schema_is_looked_at_no_further_than_its_first_properties() -> None:
    names = [f"p{n}" for n in range(40_000)]
    all_required = tool("end_call", {name: {"type": "integer"} for name in names}, names)
    last_required = tool("end_call", {name: {} for name in names}, ["reason", "p39999"])

    assert json.loads(arguments_for(all_required, reason="x")) == dict.fromkeys(names[:MOST_PROPERTIES], 0)
    assert json.loads(arguments_for(last_required, reason="x")) == {"reason": "x", "p39999": ""}


def test_nonsense_in_the_schema_is_no_error() -> None:
    odd = Tool(name="end_call", description="", parameters={"properties": [], "required": [1, "reason"]})

    assert json.loads(arguments_for(odd, reason="completed")) == {"reason": "completed"}


# Whatever the schema holds

STEADY = settings(derandomize=True, max_examples=300, suppress_health_check=list(HealthCheck))
NULLABLE = {"anyOf": [{"type": "integer"}, {"type": "null"}]}


@STEADY
@given(PARAMETERS)
def test_arguments_are_valid_against_the_tool_s_own_schema(schema: dict[str, Any]) -> None:
    made = json.loads(arguments_for(Tool(name="end_call", parameters=schema), reason="completed", message="Take care!"))

    assert [error.message for error in Draft202012Validator(schema).iter_errors(made)] == []


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (NULLABLE, None),
        ({"type": ["string", "null"]}, None),
        ({"oneOf": [{"type": "integer", "minimum": 3}, {"const": "x"}]}, 3),
        ({"type": "integer", "minimum": 1}, 1),
        ({"type": "integer", "exclusiveMinimum": 1, "multipleOf": 4}, 4),
        ({"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}, 0.5),
        ({"type": "integer", "maximum": -3}, -3),
        ({"type": "integer", "minimum": 0, "exclusiveMinimum": True}, 1),
        ({"type": "string", "minLength": 3}, "---"),
        ({"type": "string", "pattern": r"^\d{3}-\d{4}$"}, "000-0000"),
        ({"type": "string", "format": "date-time"}, "1970-01-01T00:00:00Z"),
        ({"type": "array", "minItems": 2, "items": {"enum": ["a", "b"]}, "uniqueItems": True}, ["a", "b"]),
        ({"type": "object", "properties": {"a": NULLABLE}, "required": ["a"]}, {"a": None}),
        ({"allOf": [{"type": "integer", "minimum": 2}, {"maximum": 9, "multipleOf": 5}]}, 5),
        ({"allOf": [{"enum": [1, 2]}, {"enum": [2, 3]}]}, 2),
        ({"type": "string", "default": "later"}, "later"),
        ({"type": "integer", "not": {"const": 0}, "minimum": 0}, 1),
        ({"const": True}, True),
        ({"enum": [{"a": [1]}]}, {"a": [1]}),
    ],
)
def test_the_plainest_value_that_a_schema_allows(schema: dict[str, Any], expected: Any) -> None:
    assert value_for(schema) == expected
    assert type(value_for(schema)) is type(expected)


def test_a_reason_or_farewell_is_given_only_where_its_schema_takes_it() -> None:
    choice = {"enum": ["done", "user_request"]}
    for required, expected in ((["reason"], {"reason": "done"}), ([], {})):
        odd = tool("end_call", {"reason": choice, "message": {"type": "string", "maxLength": 5}}, required)
        assert json.loads(arguments_for(odd, reason="completed", message="Take care!")) == expected


def test_references_are_followed_and_those_that_go_round_end() -> None:
    for root in (
        {"properties": {"a": {"$ref": "#/$defs/A"}}, "required": ["a"], "$defs": {"A": {"$ref": "#/$defs/A"}}},
        {"properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"$ref": "#"},
        {"properties": {"a": {"$ref": "https://example.com/x"}}, "required": ["a"]},
    ):
        assert isinstance(object_for(root, {}), dict)
    node = {"type": "object", "properties": {"next": {"anyOf": [{"$ref": "#/definitions/a~1b"}, {"type": "null"}]}}}
    named = {"properties": {"n": {"$ref": "#/definitions/a~1b"}}, "definitions": {"a/b": node | {"required": ["next"]}}}
    assert object_for(named | {"required": ["n"]}, {}) == {"n": {"next": None}}


NO_SCHEMAS: tuple[Any, ...] = (
    *(
        None,
        1,
        "x",
        [],
        {},
        True,
        False,
        {"type": 5},
        {"type": ["x", {}]},
        {"$ref": 3},
        {"$ref": "#/a/b"},
        {"enum": {}},
    ),
    *({"anyOf": {}}, {"properties": [1]}, {"required": [[], {}]}, {"items": 3}, {"minimum": "a"}, {"pattern": "("}),
    *({"oneOf": [1, 2]}, {"allOf": [[], 5]}, {"minItems": 10**300, "type": "array"}, {"multipleOf": 10**300}),
    *({"type": "integer", "minimum": 10**300}, {"enum": []}, {"not": {}}, {"maxLength": -1, "type": "string"}),
    *({"pattern": "(((a{900}){900}){900})"}, {"pattern": "(a|b)*" * 60}, {"type": "string", "minLength": 10**9}),
)


@pytest.mark.parametrize("schema", NO_SCHEMAS, ids=range(len(NO_SCHEMAS)))
def test_what_is_no_schema_or_a_hopeless_one_never_raises(schema: Any) -> None:
    json.dumps(value_for(schema))
    json.dumps(object_for(schema, {"reason": "x"}))
    json.dumps(object_for({"properties": {"a": schema}, "required": ["a"]}, {"reason": "x"}))


def test_a_schema_that_doubles_at_each_of_fifty_levels_is_given_up() -> None:
    doubled: dict[str, Any] = {"type": "string"}
    for _ in range(50):
        doubled = {"anyOf": [doubled, doubled]}

    assert object_for({"properties": {"a": doubled}, "required": ["a"]}, {}) == {"a": ""}


@pytest.mark.parametrize(
    ("pattern", "least"),
    [("^[a-z]+$", 7), ("^(done|later)$", 0), ("^.{3,}$", 12), ("[^a-z]x", 0), (r"^\s\S\W\D\w\d$", 0), ("a{2,5}b?", 9)],
)
def test_a_text_for_a_pattern_is_built_without_running_it(pattern: str, least: int) -> None:
    made = value_for({"type": "string", "pattern": pattern, "minLength": least})

    assert re.search(pattern, made)
    assert len(made) >= least


def test_values_are_told_apart_as_json_does() -> None:
    assert not allows({"enum": [1]}, True)
    assert allows({"enum": [1]}, 1)
    assert not allows({"type": "integer"}, True)
    assert allows({"type": "integer"}, 2.0)
    assert not allows({"properties": {"a": {}}, "additionalProperties": False}, {"b": 1})
