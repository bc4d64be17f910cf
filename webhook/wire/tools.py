"""Tool calls of the platform that we make ourselves: `end_call` and `skip_turn`.

Arguments are built from the schema in the request, because live tools differ from their documentation: the farewell
is called `message` in one place and `system__message_to_speak` in another.
"""

from __future__ import annotations

import json
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webhook.wire.chat_completions import Tool

END_CALL = "end_call"
SKIP_TURN = "skip_turn"
_SPOKEN = ("message", "system__message_to_speak")
_MOST_PROPERTIES = 32
"""Properties looked at, the required ones first; live tools have two or three."""


def find_tool(tools: Iterable[Tool], name: str) -> Tool | None:
    """The tool, if the request offers it."""
    return next((tool for tool in tools if tool.name == name), None)


def arguments_for(tool: Tool, *, reason: str, message: str = "") -> str:
    """Arguments as a JSON string: the reason, the words to speak where the tool has a place for them, and for any
    other required property the plainest value its schema allows.
    """
    properties = tool.parameters.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    required = tool.parameters.get("required")
    required = required[:_MOST_PROPERTIES] if isinstance(required, list) else []
    wanted = dict.fromkeys(name for name in required if isinstance(name, str))
    values: dict[str, Any] = {}
    for name in islice(chain(wanted, (name for name in properties if name not in wanted)), _MOST_PROPERTIES):
        if name in _SPOKEN and message:
            values[name] = message
        elif name == "reason":
            values[name] = reason
        elif name in wanted:
            values[name] = _plainest(properties.get(name))
    return json.dumps(values)


def _plainest(schema: object) -> Any:
    form: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
    options = form.get("enum")
    if isinstance(options, list) and options:
        return options[0]
    kind = form.get("type")
    return {"integer": 0, "number": 0, "boolean": False, "array": [], "object": {}}.get(str(kind), "")
