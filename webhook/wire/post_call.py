"""What ElevenLabs tells of a call once it is over, as a webhook or as the answer to a question: the same document.

Only what an interview needs is taken: numbers, names and whatever else the platform echoes of the caller stay out.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import MalformedRequest
from webhook.interview.told import Event, Kind
from webhook.wire.limits import WHAT_AN_ID_IS, as_object, as_text, is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

AUDIO_FIELD: Final = "full_audio"
OWN_MODELS: Final = frozenset({"custom-llm", "webhook"})
"""How the platform names whoever spoke where we did: the kind of model it is, or the id that its agent calls ours by."""
OVER: Final = frozenset({"done", "failed"})
"""The states in which a conversation's transcript is final."""
_TYPE = re.compile(r"[a-z_]{1,64}")
_MOST_TIME = 10_000_000_000
_DEEPEST = 20
_TURN = ("role", "message", "original_message", "time_in_call_secs", "interrupted", "producing_llm")
_METADATA = ("start_time_unix_secs", "call_duration_secs", "termination_reason", "error", "main_language", "cost")


def type_of(document: Mapping[str, Any]) -> str:
    """The event's type, fit for a log line; "" when it has none. Raises `MalformedRequest` for a type that is no text."""
    given = document.get("type")
    if not isinstance(given, str) or not given:
        raise MalformedRequest("type: an event has one, like post_call_transcription")
    return given if _TYPE.fullmatch(given) else "other"


def parse_event(document: Mapping[str, Any]) -> Event | None:
    """The event in a webhook's body; None for a type that is nothing to us. Raises `MalformedRequest`.

    Audio is in no document that anybody holds whole, so its event has no content here.
    """
    kind = type_of(document)
    if kind not in list(Kind):
        return None
    at = document.get("event_timestamp")
    if not isinstance(at, int) or isinstance(at, bool) or not 0 <= at <= _MOST_TIME:
        raise MalformedRequest("event_timestamp: seconds since 1970")
    data = document.get("data")
    if not isinstance(data, dict):
        raise MalformedRequest("data: an object")
    return _event(Kind(kind), data, at=at)


def event_of_conversation(document: Mapping[str, Any]) -> Event:
    """The same from a conversation that was asked for; it happened when the call ended."""
    metadata = as_object(document.get("metadata"))
    at = _seconds(metadata.get("start_time_unix_secs")) + _seconds(metadata.get("call_duration_secs"))
    return _event(Kind.TRANSCRIPT, document, at=math.ceil(at))


def _event(kind: Kind, data: Mapping[str, Any], *, at: int) -> Event:
    conversation_id = data.get("conversation_id")
    if not is_id(conversation_id):
        raise MalformedRequest(f"data.conversation_id: {WHAT_AN_ID_IS}")
    content: dict[str, Any] = {}
    if kind is Kind.TRANSCRIPT:
        content = _transcript(data)
    elif kind is Kind.FAILURE:
        content = {"reason": as_text(data.get("failure_reason"), 64) or "unknown"}
    return Event(kind=kind, conversation_id=conversation_id, at=at, content=content, tokens=_tokens(data))


def _transcript(data: Mapping[str, Any]) -> dict[str, Any]:
    turns = data.get("transcript")
    if not isinstance(turns, list):
        raise MalformedRequest("data.transcript: a list")
    metadata = as_object(data.get("metadata"))
    return {
        "status": as_text(data.get("status"), 64),
        "transcript": [{name: _storable(turn.get(name)) for name in _TURN} for turn in turns if isinstance(turn, dict)],
        "metadata": {name: _storable(metadata.get(name)) for name in _METADATA},
        "analysis": _storable(as_object(data.get("analysis"))),
        "has_audio": data.get("has_audio") is True,
    }


def _storable(value: Any, depth: int = 0) -> Any:
    """The value less what no store takes: numbers beyond 64 bits, and what is nested without end."""
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return None
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return None
    if isinstance(value, dict):
        return {name: _storable(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_storable(inner, depth + 1) for inner in value]
    return value


def _tokens(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The session tokens that the call was started with, if any came back; nothing is known of them yet."""
    start = as_object(data.get("conversation_initiation_client_data"))
    given = (
        as_object(start.get("custom_llm_extra_body")).get("session_token"),
        as_object(start.get("dynamic_variables")).get("secret__session_token"),
    )
    return tuple(dict.fromkeys(token for token in given if isinstance(token, str) and token))


def _seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and 0 <= value <= _MOST_TIME else 0.0
