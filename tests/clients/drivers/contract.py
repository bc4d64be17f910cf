"""What a driver is: one client in one call, led step by step by the runner.

A driver file lists its `CLIENTS`. For each call the host makes a `Talk` of that class, opens it, and says words to it
until it is closed. What the client does by itself (running tools, asking again, retrying, keeping the history) is left
to the client: a driver must not help it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

#: What is offered as tools. The arguments are harder than those of a live platform on purpose.
DESCRIPTIONS = {"end_call": "Hang up, after the last words.", "skip_turn": "Say nothing and wait for the caller."}
_REASON = {"type": "string", "enum": ["done", "user_request"]}
_SCHEMAS = {
    "end_call": {"reason": _REASON, "delay_seconds": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
    "skip_turn": {"reason": {"type": "string"}},
}
RESULTS = {"end_call": "The call has ended.", "skip_turn": "Waiting."}
ENOUGH = 10
"""Characters after which an interrupting caller has heard something."""


@dataclass(kw_only=True)
class Call:
    """Where to ask and how; `ran` grows by the name of each tool that the client runs."""

    base_url: str  # ends in /v1
    key: str
    headers: dict[str, str]
    stream: bool
    tools: bool
    ran: list[str] = field(default_factory=list)

    def run(self, name: str, arguments: str) -> str:
        """For clients that leave it to their user: run the tool, with the arguments checked."""
        given = json.loads(arguments)
        if set(given) != set(_SCHEMAS[name]):
            raise ValueError(f"arguments of {name}: {given}")
        function = next(f for f in self.functions() if f.__name__ == name)
        return function(**given)

    def functions(self) -> list[Callable[..., str]]:
        """The tools, for clients that make the schema from a function."""
        if not self.tools:
            return []

        def end_call(reason: Literal["done", "user_request"], delay_seconds: int | None = None) -> str:
            """Hang up, after the last words."""
            if reason not in ("done", "user_request") or not isinstance(delay_seconds, int | None):
                raise ValueError(f"{reason=}, {delay_seconds=}")
            self.ran.append("end_call")
            return RESULTS["end_call"]

        def skip_turn(reason: str) -> str:
            """Say nothing and wait for the caller."""
            self.ran.append("skip_turn")
            return RESULTS["skip_turn"]

        return [end_call, skip_turn]

    def schemas(self, *, flat: bool = False) -> list[dict[str, Any]]:
        """The tools as Chat Completions has them, or flat as Responses does."""
        if not self.tools:
            return []
        functions = [
            {"name": name, "description": DESCRIPTIONS[name], "strict": True, "parameters": _object(properties)}
            for name, properties in _SCHEMAS.items()
        ]
        return [{"type": "function", **f} if flat else {"type": "function", "function": f} for f in functions]


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties], "additionalProperties": False}


@dataclass
class Usage:
    """Tokens as the client tells them."""

    input: int
    output: int


@dataclass
class Said:
    """All that the caller heard until the client was done with the turn; `usage` of every reply in it."""

    text: str
    usage: Usage | None = None


class Talk:
    """One call. A driver overrides `say`, and of the rest what it needs."""

    #: The package whose version stands in the table.
    package: ClassVar[str]
    #: Whether replies can be streamed, whole, or both.
    modes: ClassVar[tuple[str, ...]] = ("stream", "whole")
    #: Whether the client can break off a reply that is streamed.
    interrupts: ClassVar[bool] = True
    #: Columns in which the client itself is at fault, and how.
    faults: ClassVar[dict[str, str]] = {}

    def __init__(self, call: Call) -> None:
        self.call = call

    async def open(self) -> None: ...

    async def say(self, words: str) -> Said:
        raise NotImplementedError

    async def interrupt(self, words: str) -> str:
        """Say `words`, and break off when the first of the answer has come; what was heard of it."""
        raise NotImplementedError

    async def close(self) -> None: ...


def added(first: Usage | None, second: Usage | None) -> Usage | None:
    if first is None or second is None:
        return first or second
    return Usage(first.input + second.input, first.output + second.output)
