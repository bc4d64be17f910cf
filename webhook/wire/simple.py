"""The JSON webhook: `{messages, variables}` in, `{content, variables}` out.

Variables are the agent's, not ours: those we do not know go back as they came.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webhook.wire.chat_completions import extra_in, parse_messages, user_in
from webhook.wire.limits import as_object, read_object, without_surrogates

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webhook.interview.history import Message


@dataclass(frozen=True, kw_only=True)
class SimpleRequest:
    """One request for the agent's next words; `variables` as they came, {} when they are no object.

    `user` and `extra` as in `ChatRequest`.
    """

    messages: Sequence[Message]
    variables: dict[str, Any] = field(default_factory=dict)
    user: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


def parse_simple(body: bytes) -> SimpleRequest:
    """The request in `body`; raises MalformedRequest when it is no JSON object or has no list of `messages`."""
    document = read_object(body)
    messages, _ = parse_messages(document.get("messages"))
    return SimpleRequest(
        messages=messages,
        variables=as_object(document.get("variables")),
        user=user_in(document),
        extra=extra_in(document),
    )


def encode_simple(content: str, variables: Mapping[str, Any]) -> bytes:
    """The reply; `variables` hold JSON values only (integers of any size, finite floats)."""
    document = {"content": without_surrogates(content), "variables": dict(variables)}
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode("ascii")
