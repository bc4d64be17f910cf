"""OpenAI's Chat Completions as voice platforms speak it: requests in, SSE chunks and whole completions out.

Requests are read with patience, because a refused turn ends a phone call: only `messages` must be there, unknown
fields pass, and a field of the wrong type counts as absent. Replies are exact to the byte.

Source: OpenAI API reference, Chat Completions; ElevenLabs documentation, Custom LLM.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

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

    from webhook.interview.cost import Usage

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
    """One request for the agent's next words, by whichever of OpenAI's APIs it came.

    `extra` is what the session's starter attached (`elevenlabs_extra_body`): set by a browser, so not to be trusted.
    `has_media` says that the newest user message holds an image, sound or file, `ignored` how many messages could
    not be understood.
    """

    messages: Sequence[Message]
    model: str = ""
    stream: bool = False
    #: Those that may be called: `tool_choice` has left out the others.
    tools: tuple[Tool, ...] = ()
    #: `tool_choice` wants a call in any case.
    must_call: bool = False
    user: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    #: As the JSON webhook has them.
    variables: Mapping[str, Any] = field(default_factory=dict)
    #: A streamed reply ends with what it has cost; a whole one always tells.
    wants_usage: bool = False
    #: Not words are wanted but JSON, by this schema where there is one: nobody is on the phone.
    json_schema: object | None = None
    #: The response of ours that this request goes on from; its client sends no more than what is new.
    previous_response_id: str | None = None
    #: Some of the messages are references to words of ours.
    has_references: bool = False
    #: The fields that are not honoured, by name.
    not_honoured: tuple[str, ...] = ()
    has_media: bool = False
    ignored: int = 0


#: What changes nothing here although it changes what OpenAI answers; `n` beside them. The reply is always whole, one,
#: and in words that the flow or Claude finds.
_NOT_HONOURED = (
    *("stop", "max_tokens", "max_completion_tokens", "functions", "function_call", "logprobs", "top_logprobs"),
    *("logit_bias", "temperature", "top_p", "frequency_penalty", "presence_penalty", "modalities", "audio"),
    *("prediction", "web_search_options", "reasoning_effort", "verbosity"),
)


def parse_chat(body: bytes) -> ChatRequest:
    """The request in `body`; raises MalformedRequest when it is no JSON object or has no list of `messages`."""
    document = read_object(body)
    raw = document.get("messages")
    messages, ignored = parse_messages(raw)
    return ChatRequest(
        messages=messages,
        wants_usage=as_object(document.get("stream_options")).get("include_usage") is True,
        json_schema=parse_json_schema(document.get("response_format")),
        has_media=_has_media(raw),
        ignored=ignored,
        **parse_common(document, _NOT_HONOURED),
    )


def parse_common(document: Mapping[str, Any], not_honoured: Iterable[str]) -> dict[str, Any]:
    """The fields of a `ChatRequest` that both APIs write alike."""
    choice = document.get("tool_choice")
    beside = ("n",) if document.get("n") not in (None, 1) else ()
    return {
        "model": as_text(document.get("model"), MAX_NAME_CHARS),
        "stream": document.get("stream") is True,
        "tools": _callable(parse_tools(document.get("tools")), choice),
        "must_call": _must_call(choice),
        "user": user_in(document),
        "extra": extra_in(document),
        "variables": as_object(document.get("variables")),
        "not_honoured": (*beside, *(name for name in not_honoured if document.get(name) is not None)),
    }


def wants_stream(body: bytes) -> bool:
    """Whether a request that was not understood wants a stream: unless it says otherwise, as a platform on the phone."""
    try:
        return read_object(body).get("stream", True) is True
    except MalformedRequest:
        return True


def request_digest(chat: ChatRequest) -> str:
    """Stands for what was asked, the same when it is sent again; system messages, which may tell the time, do not count."""
    digest = hashlib.sha256((chat.previous_response_id or "").encode())
    for message in chat.messages:
        if message.role != "system":
            digest.update(repr(tuple(message)).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def parse_json_schema(raw: object) -> object | None:
    """The schema that a `response_format` wants its JSON in, {} where it has none; None where it wants words."""
    form = as_object(raw)
    if form.get("type") == "json_object":
        return {}
    if form.get("type") != "json_schema":
        return None
    # Chat Completions wrap it, the Responses API has the same fields flat.
    return as_object(as_object(form.get("json_schema", form)).get("schema"))


def parse_messages(raw: object) -> tuple[Sequence[Message], int]:
    """The messages in a JSON list, and how many of its items were no message with a known role.

    Of more than MAX_MESSAGES the system messages and the newest others are kept. Raises MalformedRequest when `raw`
    is no list.
    """
    if not isinstance(raw, list):
        raise MalformedRequest
    found = [fields for fields in map(parse_message, raw) if fields is not None]
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


def parse_message(raw: object) -> tuple[Any, ...] | None:
    """The fields of a `Message`; None for what is none. A message of text alone, as nearly all are, costs little."""
    fields: dict[str, Any] = raw if isinstance(raw, dict) else {}
    kind, content = fields.get("role"), fields.get("content")
    if isinstance(content, str) and kind in ("user", "assistant") and "tool_calls" not in fields:
        text = content[:MAX_TEXT_CHARS]
        return _ROLES[kind], _unless_blank(text) if kind == "assistant" else text
    role = _ROLES.get(as_text(kind))
    if role is None:
        return None
    calls = _tool_calls(fields.get("tool_calls")) if role == "agent" else ()
    if role == "agent":
        return role, _unless_blank(content_text(content)), calls, None
    if role != "tool":
        return role, content_text(content), calls, None
    call_id = as_text(fields.get("tool_call_id"), MAX_NAME_CHARS) or None
    return role, content_text(content), calls, call_id, fields.get("is_error") is True


def _unless_blank(text: str) -> str:
    """A blank of ours that comes back says nothing."""
    return "" if text.isspace() else text


def content_text(content: object) -> str:
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
            calls.append(ToolCall(id=call_id, name=name, arguments=parse_arguments(function.get("arguments"))))
    return tuple(calls)


def parse_arguments(raw: object) -> str:
    return as_text(json.dumps(raw) if isinstance(raw, dict) else raw) or "{}"


def parse_tools(raw: object) -> tuple[Tool, ...]:
    tools = []
    for item in as_list(raw)[:MAX_TOOLS]:
        # Chat Completions wraps the function, the Responses API has the same fields flat.
        function = as_object(as_object(item).get("function", item))
        if name := as_text(function.get("name"), MAX_NAME_CHARS):
            parameters = as_object(function.get("parameters"))
            tools.append(Tool(name=name, description=as_text(function.get("description")), parameters=parameters))
    return tuple(tools)


def _callable(tools: tuple[Tool, ...], choice: object) -> tuple[Tool, ...]:
    """The tools that `tool_choice` leaves."""
    if choice == "none":
        return ()
    form = as_object(choice)
    named = {tool.name for tool in parse_tools([form])}
    allowed = as_object(form.get("allowed_tools", form))
    named |= {tool.name for tool in parse_tools(allowed.get("tools"))}
    return tuple(tool for tool in tools if tool.name in named) if named else tools


def _must_call(choice: object) -> bool:
    form = as_object(choice)
    mode = as_object(form.get("allowed_tools", form)).get("mode")
    return choice == "required" or form.get("type") == "function" or mode == "required"


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


@dataclass(frozen=True, kw_only=True)
class ReplyHead:
    """What an answer is known by; a request that is sent again gets the same.

    `key` are 24 hex digits, another for each reply, of which the ids of its parts are made. `created` is in seconds
    since 1970; `model` is usually the request's own. `is_blank`: nothing is said in it.
    """

    reply_id: str
    key: str
    created: int
    model: str
    is_blank: bool = False


class Encoder(Protocol):
    """A streamed answer in one of OpenAI's APIs, each step as bytes ready to send."""

    def begin(self, *, has_words: bool) -> bytes:
        """`has_words`: something will be said, so that its place may be opened at once."""
        ...

    def text(self, delta: str) -> bytes: ...

    def close(self, text: str, call: ToolCall | None) -> bytes:
        """What comes after the last words and can be told at once; `text` are all of them."""
        ...

    def end(self, usage: Usage) -> bytes: ...


class ChunkEncoder:
    """The events of one streamed completion.

    Everything but the text is encoded once. Text is escaped to ASCII, so that nothing in it can end a line or an
    event: some readers take U+2028 or U+0085 for a line end.
    """

    DONE: ClassVar[bytes] = b"data: [DONE]\n\n"

    def __init__(self, head: ReplyHead, *, wants_usage: bool = False) -> None:
        """`wants_usage`: a last chunk without choices tells it, and the others say that they do not."""
        self._head = (
            f'data: {{"id":{_string(head.reply_id)},"object":"chat.completion.chunk","created":{head.created:d},'
            f'"model":{_string(head.model)},'
        )
        self._delta = f'{self._head}"choices":[{{"index":0,"delta":'
        self._tail = ',"usage":null}\n\n' if wants_usage else "}\n\n"
        self._wants_usage = wants_usage
        self._has_role = False

    def begin(self, *, has_words: bool) -> bytes:
        return self.role() if has_words else b""

    def close(self, text: str, call: ToolCall | None) -> bytes:  # noqa: ARG002 - each piece is out already
        if call is not None:
            return self.tool_call(call) + self.finish("tool_calls")
        return (b"" if self._has_role else self.role()) + self.finish("stop")

    def end(self, usage: Usage) -> bytes:
        return (self.usage(usage) if self._wants_usage else b"") + self.DONE

    def role(self) -> bytes:
        self._has_role = True
        return self._event('{"role":"assistant"}')

    def text(self, delta: str) -> bytes:
        return self._event(f'{{"content":{_string(delta)}}}')

    def tool_call(self, call: ToolCall, *, index: int = 0) -> bytes:
        """A whole tool call in one chunk, `index` its place among the calls of a reply.

        Where there are no words, the role is in it, as the platform was seen to take it; readers add up roles.
        """
        role = "" if self._has_role else '"role":"assistant","content":null,'
        self._has_role = True
        return self._event(f'{{{role}"tool_calls":[{{"index":{index:d},{_call_fields(call)}}}]}}')

    def finish(self, reason: FinishReason) -> bytes:
        return self._event("{}", f'"{reason}"')

    def usage(self, usage: Usage) -> bytes:
        return f'{self._head}"choices":[],"usage":{encode_usage(usage)}}}\n\n'.encode("ascii")

    def _event(self, delta: str, finish_reason: str = "null") -> bytes:
        return f'{self._delta}{delta},"finish_reason":{finish_reason}}}]{self._tail}'.encode("ascii")


def encode_completion(head: ReplyHead, text: str, call: ToolCall | None, usage: Usage) -> bytes:
    """The whole reply as one JSON document, for a request without `stream`."""
    content = _string(text) if text or call is None else "null"
    with_call = f',"tool_calls":[{{{_call_fields(call)}}}]' if call is not None else ""
    return (
        f'{{"id":{_string(head.reply_id)},"object":"chat.completion","created":{head.created:d},'
        f'"model":{_string(head.model)},'
        f'"choices":[{{"index":0,"message":{{"role":"assistant","content":{content}{with_call}}},'
        f'"finish_reason":"{"stop" if call is None else "tool_calls"}"}}],"usage":{encode_usage(usage)}}}'
    ).encode("ascii")


def encode_usage(usage: Usage) -> str:
    """Tokens as billed; the cached ones are among the prompt's."""
    total = usage.prompt_tokens + usage.output_tokens
    return (
        f'{{"prompt_tokens":{usage.prompt_tokens:d},"completion_tokens":{usage.output_tokens:d},"total_tokens":{total:d},'
        f'"prompt_tokens_details":{{"cached_tokens":{usage.cache_read_tokens:d},'
        f'"cache_write_tokens":{usage.cache_write_tokens:d}}}}}'
    )


def encode_models(model_ids: Iterable[str], created: int) -> bytes:
    """The answer of `GET /v1/models`."""
    data = [_model(model_id, created) for model_id in model_ids]
    return json.dumps({"object": "list", "data": data}, separators=(",", ":")).encode("ascii")


def encode_model(model_id: str, created: int) -> bytes:
    """The answer of `GET /v1/models/{id}`."""
    return json.dumps(_model(model_id, created), separators=(",", ":")).encode("ascii")


def _model(model_id: str, created: int) -> dict[str, Any]:
    return {"id": model_id, "object": "model", "created": created, "owned_by": "voice-interviewer"}


def encode_error(message: str, kind: str, code: str) -> bytes:
    """OpenAI's error document; `kind` becomes its `type`, such as `invalid_request_error`."""
    error = {"message": message, "type": kind, "param": None, "code": code}
    return json.dumps({"error": error}, separators=(",", ":")).encode("ascii")


def _call_fields(call: ToolCall) -> str:
    function = f'{{"name":{_string(call.name)},"arguments":{_string(call.arguments)}}}'
    return f'"id":{_string(call.id)},"type":"function","function":{function}'


def _string(text: str) -> str:
    return json.dumps(without_surrogates(text))
