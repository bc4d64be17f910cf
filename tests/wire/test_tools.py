"""Tool calls that we make: arguments follow the request's own schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from webhook.wire.chat_completions import Tool
from webhook.wire.tools import arguments_for, find_tool


def tool(name: str, properties: dict[str, Any], required: list[Any] | None = None) -> Tool:
    return Tool(name=name, description="", parameters={"properties": properties, "required": required or []})


def test_only_a_tool_that_is_offered_is_found() -> None:
    offered = (tool("end_call", {}),)

    assert find_tool(offered, "end_call") is offered[0]
    assert find_tool(offered, "skip_turn") is None


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

    assert json.loads(arguments_for(all_required, reason="x")) == dict.fromkeys(names[:32], 0)
    assert json.loads(arguments_for(last_required, reason="x")) == {"reason": "x", "p39999": ""}


def test_nonsense_in_the_schema_is_no_error() -> None:
    odd = Tool(name="end_call", description="", parameters={"properties": [], "required": [1, "reason"]})

    assert json.loads(arguments_for(odd, reason="completed")) == {"reason": "completed"}
