"""OpenAI's Responses API: another form of the same requests and replies as `chat_completions`.

A client may send the whole talk as `input`, or only what is new together with `previous_response_id`, or the whole
talk with our own words as references (`item_reference`). An id of a response is signed and tells whose it is and how
far the talk had come, so no state is kept for it, and nobody without the secret can make one.

Source: OpenAI API reference, Responses, and the types of the `openai` package 3.52. `data: [DONE]` at the end is what
ElevenLabs wants (custom LLM with `api_type: responses`); OpenAI's own clients end their reading there as well.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import MalformedRequest, Unauthorized
from webhook.interview.continued import Known
from webhook.interview.history import ToolCall, history_of
from webhook.wire.chat_completions import (
    ChatRequest,
    ChunkEncoder,
    content_text,
    parse_arguments,
    parse_common,
    parse_json_schema,
    parse_message,
)
from webhook.wire.identity import signed, verified
from webhook.wire.limits import (
    MAX_MESSAGES,
    MAX_NAME_CHARS,
    MAX_TEXT_CHARS,
    as_object,
    as_text,
    read_object,
    without_surrogates,
)
from webhook.wire.tools import call_of_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webhook.interview.cost import Usage
    from webhook.wire.chat_completions import ReplyHead

GOOD_FOR_S: Final = 30 * 24 * 3600.0
"""How long after its session was made an id opens it, in seconds."""
_PREFIX = "resp_"
_NOTHING_SAID = "_blank"
"""Ends the id of a message that holds a blank, so that a reference to it is no reference to words."""
#: As for Chat Completions. `conversation` names a state kept at OpenAI, `prompt` a text kept there.
_NOT_HONOURED = (
    *("max_output_tokens", "max_tool_calls", "temperature", "top_p", "top_logprobs", "reasoning", "background"),
    *("conversation", "prompt", "include", "truncation"),
)


# Requests


def parse_response(body: bytes) -> ChatRequest:
    """The request in `body`; raises MalformedRequest when it is no JSON object or has no `input`."""
    document = read_object(body)
    raw = document.get("input")
    if isinstance(raw, str):
        raw = [{"role": "user", "content": raw}]
    if not isinstance(raw, list):
        raise MalformedRequest
    found = [fields for fields in map(_fields, raw[-MAX_MESSAGES:]) if fields is not None]
    if instructions := as_text(document.get("instructions"), MAX_TEXT_CHARS):
        found.insert(0, ("system", instructions))
    return ChatRequest(
        messages=history_of(found),
        json_schema=parse_json_schema(as_object(document.get("text")).get("format")),
        wants_usage=True,
        previous_response_id=as_text(document.get("previous_response_id")) or None,
        has_references=any(fields[-1] is True and fields[0] == "agent" for fields in found),
        **parse_common(document, _NOT_HONOURED),
    )


def _fields(raw: object) -> tuple[Any, ...] | None:
    """The fields of a `Message`; None for what is none, such as a model's reasoning."""
    item = as_object(raw)
    kind = as_text(item.get("type", "message"))
    if kind == "message":
        return parse_message(item)
    call_id = as_text(item.get("call_id"), MAX_NAME_CHARS)
    if kind == "function_call" and (name := as_text(item.get("name"), MAX_NAME_CHARS)):
        return "agent", "", (ToolCall(id=call_id, name=name, arguments=parse_arguments(item.get("arguments"))),), None
    if kind == "function_call_output":
        has_failed = item.get("is_error") is True or item.get("status") == "incomplete"
        return "tool", content_text(item.get("output")), (), call_id or None, has_failed
    return _referred(as_text(item.get("id"), MAX_NAME_CHARS)) if kind == "item_reference" else None


def _referred(item_id: str) -> tuple[Any, ...] | None:
    if (call := call_of_id(item_id)) is not None:
        return "agent", "", (call,), None
    refers_to_words = item_id.startswith("msg_") and not item_id.endswith(_NOTHING_SAID)
    return ("agent", "", (), None, False, True) if refers_to_words else None


def response_id(known: Known, key: str, expires_at: float, secret: str) -> str:
    """The id of the response after which so much is known. The same for the same arguments."""
    claims = {
        "session_id": known.session_id,
        "turns": str(known.turns),
        "silences": str(known.silences),
        "reply": key,
        **({"hung_up": "yes"} if known.has_hung_up else {}),
    }
    return _PREFIX + signed(claims, expires_at, secret, "response")


def known_of(previous_response_id: str | None, secrets: Iterable[str], now: float) -> Known | None:
    """What the id tells; None for one that none of the secrets signed, which is no error."""
    if previous_response_id is None or not previous_response_id.startswith(_PREFIX):
        return None
    try:
        claims = verified(previous_response_id.removeprefix(_PREFIX), secrets, now, "response")
        return Known(
            session_id=str(claims["session_id"]),
            turns=int(claims["turns"]),
            silences=int(claims["silences"]),
            has_hung_up="hung_up" in claims,
        )
    except (Unauthorized, KeyError, ValueError):
        return None


# Replies


def encode_response(head: ReplyHead, text: str, call: ToolCall | None, usage: Usage) -> bytes:
    """The whole reply as one JSON document, for a request without `stream`."""
    return _json(_response(head, "completed", output=_output(head, text, call, has_message=bool(text)), usage=usage))


class ResponseEncoder:
    """The events of one streamed response, each as bytes ready to send."""

    def __init__(self, head: ReplyHead) -> None:
        self._reply = head
        self._number = 0
        self._place = {"item_id": _message_id(head), "output_index": 0, "content_index": 0}
        self._has_words = False
        self._output: list[dict[str, Any]] = []

    def begin(self, *, has_words: bool) -> bytes:
        response = _response(self._reply, "in_progress")
        told = self._event("response.created", response=response)
        told += self._event("response.in_progress", response=response)
        return told + (self._open() if has_words else b"")

    def text(self, delta: str) -> bytes:
        return self._event("response.output_text.delta", **self._place, delta=without_surrogates(delta), logprobs=[])

    def close(self, text: str, call: ToolCall | None) -> bytes:
        self._output = _output(self._reply, text, call, has_message=self._has_words)
        told = self._close(text) if self._has_words else b""
        return told + (self._call(call) if call is not None else b"")

    def end(self, usage: Usage) -> bytes:
        response = _response(self._reply, "completed", output=self._output, usage=usage)
        return self._event("response.completed", response=response) + ChunkEncoder.DONE

    def _open(self) -> bytes:
        self._has_words = True
        item = {**_message(self._reply, "", "in_progress"), "content": []}
        told = self._event("response.output_item.added", output_index=0, item=item)
        return told + self._event("response.content_part.added", **self._place, part=_part(""))

    def _close(self, text: str) -> bytes:
        item = _message(self._reply, text, "completed")
        told = self._event("response.output_text.done", **self._place, text=without_surrogates(text), logprobs=[])
        told += self._event("response.content_part.done", **self._place, part=_part(text))
        return told + self._event("response.output_item.done", output_index=0, item=item)

    def _call(self, call: ToolCall) -> bytes:
        index = 1 if self._has_words else 0
        item = _call_item(call, "completed")
        place = {"item_id": item["id"], "output_index": index}
        begun = {**item, "arguments": "", "status": "in_progress"}
        told = self._event("response.output_item.added", output_index=index, item=begun)
        told += self._event("response.function_call_arguments.delta", **place, delta=call.arguments)
        told += self._event("response.function_call_arguments.done", **place, name=call.name, arguments=call.arguments)
        return told + self._event("response.output_item.done", output_index=index, item=item)

    def _event(self, kind: str, **fields: Any) -> bytes:
        document = _json({"type": kind, "sequence_number": self._number, **fields})
        self._number += 1
        return b"event: %b\ndata: %b\n\n" % (kind.encode("ascii"), document)


def _response(
    head: ReplyHead, status: str, *, output: Sequence[Mapping[str, Any]] = (), usage: Usage | None = None
) -> dict[str, Any]:
    """Every field that OpenAI's own clients read; what was asked for is not repeated."""
    return {
        "id": head.reply_id,
        "object": "response",
        "created_at": head.created,
        "status": status,
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "max_output_tokens": None,
        "metadata": {},
        "model": head.model,
        "output": list(output),
        "parallel_tool_calls": False,
        "previous_response_id": None,
        "reasoning": {"effort": None, "summary": None},
        "store": True,
        "temperature": None,
        "text": {"format": {"type": "text"}},
        "tool_choice": "auto",
        "tools": [],
        "top_p": None,
        "truncation": "disabled",
        "usage": None if usage is None else _usage(usage),
        "user": None,
    }


def _output(head: ReplyHead, text: str, call: ToolCall | None, *, has_message: bool) -> list[dict[str, Any]]:
    """No message where nothing is said: one without words would come back as a reference to words."""
    said = [_message(head, text, "completed")] if has_message else []
    return said if call is None else [*said, _call_item(call, "completed")]


def _message(head: ReplyHead, text: str, status: str) -> dict[str, Any]:
    item = {"id": _message_id(head), "type": "message", "status": status, "role": "assistant"}
    return {**item, "content": [_part(text)]}


def _message_id(head: ReplyHead) -> str:
    return f"msg_{head.key}{_NOTHING_SAID if head.is_blank else ''}"


def _part(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": without_surrogates(text), "annotations": [], "logprobs": []}


def _call_item(call: ToolCall, status: str) -> dict[str, Any]:
    item_id = call.id.replace("call_", "fc_", 1)
    return {
        "id": item_id,
        "type": "function_call",
        "status": status,
        "arguments": call.arguments,
        "call_id": call.id,
        "name": call.name,
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.prompt_tokens,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read_tokens,
            "cache_write_tokens": usage.cache_write_tokens,
        },
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": usage.prompt_tokens + usage.output_tokens,
    }


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode("ascii")
