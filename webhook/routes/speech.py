"""Speech for a front end without a key of ElevenLabs: a text spoken, a recording written down.

Both pass through: neither text nor audio is kept here, and no log line has more of them than their sizes.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from webhook.elevenlabs.speech import DEFAULT_FORMAT, FORMATS, LONGEST_TEXT, MODEL, speak, transcribe
from webhook.errors import ElevenLabsError, MalformedRequest, NotFound, RequestError
from webhook.interview.flow import Voice
from webhook.routes.common import (
    PERSONA_ID,
    ApiRoute,
    check_bearer,
    elevenlabs_of,
    json_response,
    read_body,
    services_of,
    text_field,
)
from webhook.routes.streamed import Streamed
from webhook.routes.uploads import upload
from webhook.wire.limits import ELEVENLABS_ID, read_object

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.elevenlabs.speech import Transcript
    from webhook.elevenlabs.stream import Stream
    from webhook.routes.streamed import Write
    from webhook.services import Services

BODY: Final = 128 * 1024
"""Bytes; the longest text may be written in escapes, twelve bytes a character."""
LARGEST_AUDIO: Final = 25 * 1024 * 1024
"""Bytes; an hour as browsers record speech."""
_VOICE_ID: Final = ("voiceId", "voice_id")
_MODEL: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_LANGUAGE: Final = re.compile(r"([A-Za-z]{2,3})([-_][A-Za-z0-9]{2,8})*")
_RECORDING: Final = re.compile(r"(audio|video)/[a-z0-9.+-]{1,64}|application/(octet-stream|ogg)")

Made = TypeVar("Made")
log_ = structlog.get_logger("webhook.routes.speech")


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """One of a voice's settings: its name in `Voice`, and its bounds (none: yes or no)."""

    name: str
    bounds: tuple[float, float] | None = (0.0, 1.0)


_SETTINGS: Final = {
    "stability": _Setting(name="stability"),
    "similarityBoost": _Setting(name="similarity_boost"),
    "style": _Setting(name="style"),
    "useSpeakerBoost": _Setting(name="use_speaker_boost", bounds=None),
    "speed": _Setting(name="speed", bounds=(0.7, 1.2)),
}


async def text_to_speech(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    client = elevenlabs_of(services)
    document = read_object(await read_body(request, BODY))
    text = _text(document)
    voice = replace(_voice(services, document), **_settings(document.get("settings")))
    output_format = text_field(document, "format") or DEFAULT_FORMAT
    if output_format not in FORMATS:
        raise MalformedRequest(f"format must be one of {', '.join(FORMATS)}")
    started = asyncio.get_running_loop().time()
    sound = await _while_listening(request, speak(client, voice, text, output_format=output_format))
    return Streamed(partial(_play, sound, len(text), started), media_type=FORMATS[output_format])


async def _play(sound: Stream, chars: int, started: float, write: Write) -> None:
    """Without the last part the connection is cut, so that nobody takes half a sentence for all of it."""
    size, is_whole = 0, False
    try:
        with suppress(ElevenLabsError):  # it is in the log already, and the status is out
            async with aclosing(sound.parts()) as parts:
                async for part in parts:
                    await write(part)
                    size += len(part)
            await write(b"", last=True)
            is_whole = True
    finally:
        log_.info("text_spoken", status=200, chars_in=chars, bytes_out=size, duration_ms=_ms(started), cut=not is_whole)


async def speech_to_text(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    client = elevenlabs_of(services)
    async with upload(request, "audio", LARGEST_AUDIO) as form:
        media_type = _recording(form.media_type)
        model = form.fields.get("model") or MODEL
        if not _MODEL.fullmatch(model):
            raise MalformedRequest("model must be the name of a model, like scribe_v2")
        language = _language(form.fields.get("language"))
        started = asyncio.get_running_loop().time()
        heard = await _while_listening(
            request, transcribe(client, form.file, model=model, media_type=media_type, language=language)
        )
    duration_ms = _ms(started)
    log_.info("audio_transcribed", status=200, bytes_in=form.size, chars_out=len(heard.text), duration_ms=duration_ms)
    return json_response(_document(heard))


def _document(heard: Transcript) -> dict[str, Any]:
    words = [{"text": one.text, "start": one.start_s, "end": one.end_s, "type": one.kind} for one in heard.words]
    return {"text": heard.text, "language": heard.language, "words": words}


async def _while_listening(request: Request, work: Coroutine[Any, Any, Made]) -> Made:
    """What the work makes, unless the client hangs up: then it is given up at once, for it costs money.

    The request must have been read to its end.
    """
    working = asyncio.create_task(work)
    watching = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait({working, watching}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise RequestError("the client hung up before it was answered")
    finally:
        for task in (working, watching):
            task.cancel()
        await asyncio.gather(working, watching, return_exceptions=True)


async def _hung_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _text(document: dict[str, Any]) -> str:
    text = text_field(document, "text") or ""
    if not text.strip():
        raise MalformedRequest("text is missing: what is to be spoken")
    if len(text) > LONGEST_TEXT:
        raise MalformedRequest(f"text is longer than {LONGEST_TEXT} characters")
    return text


def _voice(services: Services, document: dict[str, Any]) -> Voice:
    """The persona's, with all its settings, or the bare one that is named."""
    voice_id, persona_id = text_field(document, *_VOICE_ID), text_field(document, *PERSONA_ID)
    if (voice_id is None) == (persona_id is None):
        raise MalformedRequest("either voiceId or personaId must be given, and not both")
    flow_id = text_field(document, "flow")
    if persona_id is None:
        if not ELEVENLABS_ID.fullmatch(voice_id or ""):
            raise MalformedRequest("voiceId must be 1 to 128 letters, digits, _ or -")
        return Voice(voice_id=voice_id)
    flow = services.admission.choose_flow(flow_id)
    if persona_id not in flow.personas:
        raise NotFound(f"personaId: flow {flow.id} has no such persona; it has {', '.join(flow.personas)}")
    voice = flow.personas[persona_id].voice
    if voice.voice_id is None:
        raise MalformedRequest(f"personaId: flow {flow.id} gives this persona no voice_id; write one, or send voiceId")
    return voice


def _settings(value: object) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise MalformedRequest("settings must be an object")
    if not value.keys() <= _SETTINGS.keys():
        raise MalformedRequest(f"settings may have {', '.join(_SETTINGS)}, and nothing else")
    return {_SETTINGS[name].name: _setting(name, given) for name, given in value.items() if given is not None}


def _setting(name: str, value: object) -> float | bool:
    bounds = _SETTINGS[name].bounds
    if bounds is None:
        if not isinstance(value, bool):
            raise MalformedRequest(f"settings.{name} must be true or false")
        return value
    low, high = bounds
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise MalformedRequest(f"settings.{name} must be a number from {low:g} to {high:g}")
    return value


def _recording(media_type: str) -> str:
    """Without what stands behind a semicolon: browsers write codecs there, and the file says them itself."""
    kind = media_type.partition(";")[0].strip().lower() or "application/octet-stream"
    if not _RECORDING.fullmatch(kind):
        raise MalformedRequest("audio must be a recording: its Content-Type audio/..., video/... or left out")
    return kind


def _language(text: str | None) -> str | None:
    """`en` of en-GB: ElevenLabs knows languages, not countries."""
    if not text:
        return None
    found = _LANGUAGE.fullmatch(text)
    if found is None:
        raise MalformedRequest("language must be a code like en or eng")
    return found[1].lower()


def _ms(started: float) -> int:
    return round((asyncio.get_running_loop().time() - started) * 1000)


routes = [
    ApiRoute("/api/elevenlabs-tts", text_to_speech, methods=["POST"]),
    ApiRoute("/api/elevenlabs-stt", speech_to_text, methods=["POST"]),
]
