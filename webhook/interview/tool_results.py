"""Results of tool calls in the history: a request that ends with one asks us to go on, and is no turn and no silence."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webhook.interview.history import Message, ToolCall

_LOOKED_AT = 2_000
"""Characters of a result; a failure says so at its beginning."""
_FAILURE = re.compile(
    r"\b(?:error|errors|exception|traceback|failed|failure|fail|invalid|unknown|not found|not allowed|denied|refused"
    r"|unable|cannot|can't|could not|couldn't|not available|unavailable|timed? ?out|try again)\b",
    re.IGNORECASE,
)
_NO_FAILURE = re.compile(
    r"\b(?:no|without|0|zero|not an?|never)\s+(?:any\s+)?(?:errors?|exceptions?|failures?)\b", re.IGNORECASE
)
_ERROR_FIELDS = ("error", "errors", "is_error", "iserror", "exception", "errormessage", "error_message")
_SUCCESS_FIELDS = ("success", "ok", "succeeded")
_FAILED_STATES = frozenset({"error", "failed", "failure", "incomplete"})


@dataclass(frozen=True, kw_only=True)
class ToolResult:
    """The result that ends a history, with no words of anybody after it.

    `name` is the tool's (None: a call that nobody made), `calls` the names of all tools that were called since the
    caller's last message.
    """

    call_id: str
    name: str | None
    has_failed: bool
    calls: tuple[str, ...]


def last_tool_result(messages: Sequence[Message], call_of: Callable[[str], ToolCall | None]) -> ToolResult | None:
    """The last result, if nobody has said anything since; `call_of` knows a call by its id alone."""
    result = None
    calls: list[ToolCall] = []
    for message in reversed(messages):
        if message.role == "user" or (
            result is None and message.role == "agent" and (message.text or message.tool_calls)
        ):
            break
        if message.role == "tool" and result is None:
            result = message
        calls += reversed(message.tool_calls)
    if result is None:
        return None
    called_id = result.tool_call_id or ""
    called = next((call for call in calls if call.id == called_id), None) or call_of(called_id)
    if called is None and calls:
        called = calls[0]
    return ToolResult(
        call_id=called_id,
        name=None if called is None else called.name,
        has_failed=result.has_failed or is_failure(result.text),
        calls=tuple(call.name for call in calls),
    )


def names_that_ran(messages: Sequence[Message], call_of: Callable[[str], ToolCall | None]) -> set[str]:
    """The tools whose results, anywhere in the history, tell of no failure."""
    calls = {call.id: call.name for message in messages for call in message.tool_calls}
    ran = set()
    for message in messages:
        if message.role != "tool" or message.has_failed or is_failure(message.text):
            continue
        call_id = message.tool_call_id or ""
        ours = call_of(call_id)
        name = calls.get(call_id) or (ours.name if ours is not None else "")
        ran.add(name)
    return ran


def is_failure(text: str) -> bool:
    """Whether a tool's result tells that the tool did not run: a framework's error, or the tool's own.

    A guess: Chat Completions have no field for it, so every framework writes a sentence of its own.
    """
    text = text[:_LOOKED_AT]
    document = _read(text)
    if isinstance(document, dict):
        return _tells_failure({str(name).casefold(): value for name, value in document.items()})
    return _FAILURE.search(_NO_FAILURE.sub("", text)) is not None


def _read(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _tells_failure(fields: dict[str, Any]) -> bool:
    state = fields.get("status")
    return (
        any(fields.get(name) for name in _ERROR_FIELDS)
        or any(fields.get(name) is False for name in _SUCCESS_FIELDS)
        or (isinstance(state, str) and state.casefold() in _FAILED_STATES)
    )
