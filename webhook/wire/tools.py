"""Tool calls of the platform that we make ourselves: `end_call` and `skip_turn`.

Arguments are built from the schema in the request, because live tools differ from their documentation: the farewell
is called `message` in one place and `system__message_to_speak` in another.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from webhook.interview.history import ToolCall
from webhook.wire.schema_values import object_for

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webhook.wire.chat_completions import Tool

OurTool = Literal["end_call", "skip_turn"]
END_CALL: OurTool = "end_call"
SKIP_TURN: OurTool = "skip_turn"
_SPOKEN = ("message", "system__message_to_speak")
_SEPARATORS = "_-.:/"
_CALL_ID = re.compile(r"(?:call|fc)_(end_call|skip_turn)(_again)?_[0-9a-f]{24}")


def is_named(name: str | None, ours: OurTool) -> bool:
    """Whether a tool's name is ours, alone or as the last part of a name that a framework made (`Phone-end_call`)."""
    if name is None or not name.endswith(ours):
        return False
    before = name.removesuffix(ours)
    return not before or before[-1] in _SEPARATORS


def find_tool(tools: Iterable[Tool], ours: OurTool) -> Tool | None:
    """The tool, if the request offers it; by the last part of its name only where that leaves no doubt."""
    named = [tool for tool in tools if is_named(tool.name, ours)]
    exact = [tool for tool in named if tool.name == ours]
    if exact:
        return exact[0]
    return named[0] if len(named) == 1 else None


def call_id(ours: OurTool, key: str, *, again: bool = False) -> str:
    """The id of the call that a reply makes. It tells the tool, for a client that returns no more than the id.

    `again`: the tool failed and is called once more.
    """
    return f"call_{ours}{'_again' if again else ''}_{key}"


def is_second_offer(call_id: str) -> bool:
    found = _CALL_ID.fullmatch(call_id)
    return found is not None and found[2] is not None


def call_of_id(call_id: str) -> ToolCall | None:
    """The call by its id, or by that of its item in a response, if it is one of ours."""
    found = _CALL_ID.fullmatch(call_id)
    return ToolCall(id=f"call_{call_id.partition('_')[2]}", name=found[1]) if found else None


def arguments_for(tool: Tool, *, reason: str, message: str = "") -> str:
    """Arguments as a JSON string that the tool's own schema allows: the reason and the words to speak where it has a
    place that takes them, and for any other required property the plainest valid value.
    """
    wanted = {"reason": reason, **(dict.fromkeys(_SPOKEN, message) if message else {})}
    return json.dumps(object_for(tool.parameters, wanted))
