"""Looking into what ElevenLabs answers: each function gives what was promised, or raises `ElevenLabsAnswer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webhook.errors import ElevenLabsAnswer, MalformedRequest
from webhook.wire.limits import ELEVENLABS_ID

if TYPE_CHECKING:
    from collections.abc import Mapping


def checked_id(value: str) -> str:
    """An id of an agent or conversation, fit to stand in an address. Raises `MalformedRequest`."""
    if not ELEVENLABS_ID.fullmatch(value):
        raise MalformedRequest("an id of ElevenLabs has 1 to 128 letters, digits, _ or -")
    return value


def no_text(media_type: str) -> None:
    """Instead of audio, text is a gateway's page, or an error that came with a good status."""
    if media_type.startswith("text/") or "json" in media_type or "xml" in media_type:
        raise ElevenLabsAnswer("ElevenLabs answered with text instead of audio")


def text_of(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ElevenLabsAnswer(f"ElevenLabs answered without {name}")
    return value


def id_of(document: Mapping[str, Any], name: str) -> str:
    value = text_of(document, name)
    if not ELEVENLABS_ID.fullmatch(value):
        raise ElevenLabsAnswer(f"ElevenLabs answered with {name} that is no id")
    return value


def same_id(document: Mapping[str, Any], name: str, asked: str) -> None:
    if id_of(document, name) != asked:
        raise ElevenLabsAnswer(f"ElevenLabs answered with another {name} than it was asked for")


def kind_of(document: Mapping[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise ElevenLabsAnswer(f"ElevenLabs answered without {name}")
    return value
