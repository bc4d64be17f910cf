"""What ElevenLabs sends after a call, as it sends it: bodies, signatures, and deliveries in chunks."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx2

from tests.fake_elevenlabs import AGENT_ID, Document, signed

EVENTS = "/api/v1/webhooks/elevenlabs/events"
SECRET = "wsec_what_signs_the_events"
_CHUNK = 64 * 1024


def transcription(conversation_id: str, *, at: int | None = None, **fields: Any) -> bytes:
    """A call that ended well, unless the fields of its data say otherwise."""
    return _body("post_call_transcription", conversation(conversation_id, **fields), at)


def audio(conversation_id: str, sound: bytes, *, at: int | None = None) -> bytes:
    data = {"agent_id": AGENT_ID, "conversation_id": conversation_id, "full_audio": base64.b64encode(sound).decode()}
    return _body("post_call_audio", data, at)


def failure(conversation_id: str, reason: str = "busy", *, at: int | None = None) -> bytes:
    phone = {"type": "twilio", "body": {"To": "+15550001111"}}
    data = {"agent_id": AGENT_ID, "conversation_id": conversation_id, "failure_reason": reason, "metadata": phone}
    return _body("call_initiation_failure", data, at)


def conversation(conversation_id: str, **fields: Any) -> Document:
    """As the platform keeps it; it says more than we want to know."""
    return {
        "agent_id": AGENT_ID,
        "conversation_id": conversation_id,
        "status": "done",
        "transcript": [
            {"role": "agent", "message": "Hello.", "time_in_call_secs": 0, "producing_llm": None},
            {"role": "user", "message": "Hello there.", "time_in_call_secs": 3},
            {"role": "agent", "message": "Thanks.", "time_in_call_secs": 5, "producing_llm": "custom-llm"},
        ],
        "metadata": {
            "start_time_unix_secs": int(time.time()) - 120,
            "call_duration_secs": 61,
            "termination_reason": "end_call tool was called",
            "phone_call": {"external_number": "+15550001111"},
        },
        "analysis": {"call_successful": "success", "transcript_summary": "A short talk."},
        "conversation_initiation_client_data": {"dynamic_variables": {"system__caller_id": "+15550001111"}},
        "has_audio": True,
        "has_user_audio": True,
        "has_response_audio": True,
        **fields,
    }


async def deliver(
    http: httpx2.AsyncClient, body: bytes, *, secret: str = SECRET, header: str | None = None
) -> httpx2.Response:
    """Chunked, as audio comes; `header` in place of a right signature."""

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), _CHUNK):
            yield body[start : start + _CHUNK]

    signature = signed(body, secret, int(time.time())) if header is None else header
    headers = {"ElevenLabs-Signature": signature, "Content-Type": "application/json"}
    return await http.post(EVENTS, content=chunks(), headers=headers)


def _body(kind: str, data: Document, at: int | None) -> bytes:
    event = {"type": kind, "event_timestamp": int(time.time()) if at is None else at, "data": data}
    return json.dumps(event).encode()
