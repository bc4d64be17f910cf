"""OpenAI's Chat Completions as voice platforms speak it: requests in, SSE chunks and whole completions out.

Requests are read with patience, because a refused turn ends a phone call: only `messages` must be there, unknown
fields pass, and a field of the wrong type counts as absent. Replies are exact to the byte.

Source: OpenAI API reference, Chat Completions; ElevenLabs documentation, Custom LLM.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from webhook.errors import MalformedRequest
from webhook.interview.history import Message, Role, ToolCall, history_of
from webhook.wire.limits import (
    MAX_MESSAGES,
    MAX_NAME_CHARS,
    MAX_PARTS,
    MAX_TEXT_CHARS,
    MAX_TOOLS,
    as_list,
    as_object,
    as_text,
    read_object,
    without_surrogates,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FinishReason = Literal["stop", "tool_calls"]

_ROLES: Mapping[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "agent",
    "agent": "agent",  # as ElevenLabs' own transcripts call it
    "tool": "tool",
}
_TEXT_PARTS = frozenset({"text", "input_text", "output_text"})


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A function the platform offers to run; `parameters` is its JSON schema as it came, {} when there is none."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChatRequest:
    """One request for the agent's next words.

    `extra` is what the session's starter attached (`elevenlabs_extra_body`): set by a browser, so not to be trusted.
    `has_media` says that the newest user message holds an image, sound or file, `ignored` how many messages could
    not be understood.
    """

    messages: Sequence[Message]
    model: str = ""
    stream: bool = False
    tools: tuple[Tool, ...] = ()
    user: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    #: As the JSON webhook has them.
    variables: Mapping[str, Any] = field(default_factory=dict)
    max_tokens: int | None = None
    has_media: bool = False
    ignored: int = 0


def parse_chat(body: bytes) -> ChatRequest:
    """The request in `body`; raises MalformedRequest when it is no JSON object or has no list of `messages`."""
    document = read_object(body)
    raw = document.get("messages")
    messages, ignored = parse_messages(raw)
    return ChatRequest(
        messages=messages,
        model=as_text(document.get("model"), MAX_NAME_CHARS),
        stream=document.get("stream") is True,
        tools=_tools(document.get("tools")),
        user=user_in(document),
        extra=extra_in(document),
        variables=as_object(document.get("variables")),
        max_tokens=_max_tokens(document),
        has_media=_has_media(raw),
        ignored=ignored,
    )


def parse_messages(raw: object) -> tuple[Sequence[Message], int]:
    """The messages in a JSON list, and how many of its items were no message with a known role.

    Of more than MAX_MESSAGES the system messages and the newest others are kept. Raises MalformedRequest when `raw`
    is no list.
    """
    if not isinstance(raw, list):
        raise MalformedRequest
    found = [fields for fields in map(_fields, raw) if fields is not None]
    return history_of(_newest(found)), len(raw) - len(found)


def _newest(messages: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    surplus = len(messages) - MAX_MESSAGES
    if surplus <= 0:
        return messages
    kept = []
    for message in messages:
        if surplus > 0 and message[0] != "system":
            surplus -= 1
        else:
            kept.append(message)
    return kept[:MAX_MESSAGES]


def _fields(raw: object) -> tuple[Any, ...] | None:
    """The fields of a `Message`; None for what is none. A message of text alone, as nearly all are, costs little."""
    fields: dict[str, Any] = raw if isinstance(raw, dict) else {}
    kind, content = fields.get("role"), fields.get("content")
    if isinstance(content, str) and kind in ("user", "assistant") and "tool_calls" not in fields:
        return _ROLES[kind], content[:MAX_TEXT_CHARS]
    role = _ROLES.get(as_text(kind))
    if role is None:
        return None
    calls = _tool_calls(fields.get("tool_calls")) if role == "agent" else ()
    call_id = as_text(fields.get("tool_call_id"), MAX_NAME_CHARS) or None if role == "tool" else None
    return role, _content_text(content), calls, call_id


def _content_text(content: object) -> str:
    parts = content[:MAX_PARTS] if isinstance(content, list) else [content]
    return as_text("\n".join(text for text in map(_part_text, parts) if text))


def _part_text(part: object) -> str:
    if isinstance(part, dict):
        return as_text(part.get("text")) if _is_text_part(part) else ""
    return as_text(part)


def _is_text_part(part: Mapping[str, Any]) -> bool:
    return as_text(part.get("type", "text")) in _TEXT_PARTS


def _has_media(raw: object) -> bool:
    users = (m for m in reversed(as_list(raw)) if as_object(m).get("role") == "user")
    parts = as_list(as_object(next(users, None)).get("content"))
    return any(isinstance(part, dict) and not _is_text_part(part) for part in parts)


def _tool_calls(raw: object) -> tuple[ToolCall, ...]:
    calls = []
    for item in as_list(raw)[:MAX_TOOLS]:
        function = as_object(as_object(item).get("function"))
        if name := as_text(function.get("name"), MAX_NAME_CHARS):
            call_id = as_text(as_object(item).get("id"), MAX_NAME_CHARS)
            calls.append(ToolCall(id=call_id, name=name, arguments=_arguments(function.get("arguments"))))
    return tuple(calls)


def _arguments(raw: object) -> str:
    return as_text(json.dumps(raw) if isinstance(raw, dict) else raw) or "{}"


def _tools(raw: object) -> tuple[Tool, ...]:
    tools = []
    for item in as_list(raw)[:MAX_TOOLS]:
        # Chat Completions wraps the function, the Responses API has the same fields flat.
        function = as_object(as_object(item).get("function", item))
        if name := as_text(function.get("name"), MAX_NAME_CHARS):
            parameters = as_object(function.get("parameters"))
            tools.append(Tool(name=name, description=as_text(function.get("description")), parameters=parameters))
    return tuple(tools)


def user_in(document: Mapping[str, Any]) -> str | None:
    return as_text(document.get("user_id")) or as_text(document.get("user")) or None


def extra_in(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the session's starter attached, wherever the platform puts it."""
    extra = _object_or_json(document.get("elevenlabs_extra_body"))
    # Some sessions were seen to have the extra body merged into the top level.
    return {key: document[key] for key in ("session_token",) if key in document} | extra


def _object_or_json(raw: object) -> dict[str, Any]:
    if not isinstance(raw, str):
        return as_object(raw)
    try:
        return read_object(raw)
    except MalformedRequest:
        return {}


def _max_tokens(document: Mapping[str, Any]) -> int | None:
    for key in ("max_tokens", "max_completion_tokens"):
        value = document.get(key)
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
    return None


class ChunkEncoder:
    """The events of one streamed completion, each as bytes ready to send.

    Everything but the text is encoded once. Text is escaped to ASCII, so that nothing in it can end a line or an
    event: some readers take U+2028 or U+0085 for a line end.
    """

    DONE: ClassVar[bytes] = b"data: [DONE]\n\n"

    def __init__(self, completion_id: str, created: int, model: str) -> None:
        """`created` is in seconds since 1970; `model` is usually the request's own."""
        self._head = (
            f'data: {{"id":{_string(completion_id)},"object":"chat.completion.chunk","created":{created:d},'
            f'"model":{_string(model)},"choices":[{{"index":0,"delta":'
        )

    def role(self) -> bytes:
        return self._event('{"role":"assistant"}')

    def text(self, delta: str) -> bytes:
        return self._event(f'{{"content":{_string(delta)}}}')

    def tool_call(self, call_id: str, name: str, arguments: str, *, index: int = 0) -> bytes:
        """A whole tool call in one chunk; `arguments` is a JSON string, `index` its place among the calls of a reply."""
        call = f'{{"index":{index:d},{_call_fields(call_id, name, arguments)}}}'
        return self._event(f'{{"role":"assistant","content":null,"tool_calls":[{call}]}}')

    def finish(self, reason: FinishReason) -> bytes:
        return self._event("{}", f'"{reason}"')

    def _event(self, delta: str, finish_reason: str = "null") -> bytes:
        return f'{self._head}{delta},"finish_reason":{finish_reason}}}]}}\n\n'.encode("ascii")


def encode_completion(
    *, completion_id: str, created: int, model: str, text: str, tool_calls: Iterable[ToolCall] = ()
) -> bytes:
    """The whole reply as one JSON document, for a request without `stream`."""
    calls = ",".join(f"{{{_call_fields(call.id, call.name, call.arguments)}}}" for call in tool_calls)
    content = _string(text) if text or not calls else "null"
    with_calls = f',"tool_calls":[{calls}]' if calls else ""
    return (
        f'{{"id":{_string(completion_id)},"object":"chat.completion","created":{created:d},"model":{_string(model)},'
        f'"choices":[{{"index":0,"message":{{"role":"assistant","content":{content}{with_calls}}},'
        f'"finish_reason":"{"tool_calls" if calls else "stop"}"}}]}}'
    ).encode("ascii")


def encode_models(model_ids: Iterable[str], created: int) -> bytes:
    """The answer of `GET /v1/models`."""
    data = [{"id": m, "object": "model", "created": created, "owned_by": "voice-interviewer"} for m in model_ids]
    return json.dumps({"object": "list", "data": data}, separators=(",", ":")).encode("ascii")


def encode_error(message: str, kind: str, code: str) -> bytes:
    """OpenAI's error document; `kind` becomes its `type`, such as `invalid_request_error`."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error}, separators=(",", ":")).encode("ascii")


def _call_fields(call_id: str, name: str, arguments: str) -> str:
    function = f'{{"name":{_string(name)},"arguments":{_string(arguments)}}}'
    return f'"id":{_string(call_id)},"type":"function","function":{function}'


def _string(text: str) -> str:
    return json.dumps(without_surrogates(text))
