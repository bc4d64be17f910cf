"""Speech at ElevenLabs: text made audible, and a recording written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from webhook.elevenlabs.answers import checked_id, kind_of, no_text, text_of
from webhook.elevenlabs.client import Form, Patience
from webhook.errors import ElevenLabsAnswer, MalformedRequest

if TYPE_CHECKING:
    from typing import BinaryIO

    from webhook.elevenlabs.client import ElevenLabs
    from webhook.elevenlabs.stream import Stream
    from webhook.interview.flow import Voice

LONGEST_TEXT: Final = 5_000
"""Characters that are spoken at once: some six minutes. The models take from 5,000 (v3) to 40,000."""
DEFAULT_FORMAT: Final = "mp3_44100_128"
MODEL: Final = "scribe_v2"
_SPEAKING: Final = Patience(silence_s=10.0, first_s=15.0, total_s=600.0)
"""A long text takes some seconds until it begins to sound; it may be fetched as slowly as it is played."""
_HEARING: Final = Patience(silence_s=240.0, total_s=300.0)
"""Nothing comes before all is written down; the largest upload may hold an hour, of which a minute takes seconds."""
_CODECS: Final = {
    "audio/mpeg": "mp3_22050_32 mp3_24000_48 mp3_44100_32 mp3_44100_64 mp3_44100_96 mp3_44100_128 mp3_44100_192",
    "audio/wav": "wav_8000 wav_16000 wav_22050 wav_24000 wav_32000 wav_44100 wav_48000",
    "audio/basic": "ulaw_8000",
    "audio/pcma": "alaw_8000",
}
_PCM: Final = (8000, 16000, 22050, 24000, 32000, 44100, 48000)
FORMATS: Final = {name: media_type for media_type, names in _CODECS.items() for name in names.split()} | {
    f"pcm_{rate}": f"audio/pcm;rate={rate}" for rate in _PCM
}
"""`output_format` and what it is on the web. Without Opus: nobody says in which container it comes."""
_SETTINGS: Final = ("stability", "similarity_boost", "style", "use_speaker_boost", "speed")


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word, a gap or a sound of a recording; seconds from its beginning, where they are known."""

    text: str = field(repr=False)
    start_s: float | None
    end_s: float | None
    kind: str


@dataclass(frozen=True, kw_only=True)
class Transcript:
    """What was said in a recording; no text where nothing was."""

    text: str = field(repr=False)
    language: str
    words: tuple[Word, ...] = field(repr=False)


async def speak(
    client: ElevenLabs,
    voice: Voice,
    text: str,
    *,
    output_format: str = DEFAULT_FORMAT,
    patience: Patience = _SPEAKING,
) -> Stream:
    """The text in this voice, as audio from its first bytes on. Never sent twice: each time costs the same again."""
    if voice.voice_id is None:
        raise MalformedRequest("there is no voice without a voice_id")
    path = f"/v1/text-to-speech/{checked_id(voice.voice_id)}/stream"
    settings = {name: value for name in _SETTINGS if (value := getattr(voice, name)) is not None}
    body: dict[str, Any] = {"text": text}
    if settings:
        body["voice_settings"] = settings  # an empty one would put the voice's own aside
    query = {"output_format": output_format}
    return await client.stream(path, no_text, query=query, body=body, patience=patience)


async def transcribe(
    client: ElevenLabs,
    file: BinaryIO,
    *,
    model: str = MODEL,
    media_type: str = "application/octet-stream",
    language: str | None = None,
    patience: Patience = _HEARING,
) -> Transcript:
    """What is said in the recording. Never sent twice either. The file must be able to go back to its beginning."""
    fields = {"model_id": model, "timestamps_granularity": "word"}
    if language is not None:
        fields["language_code"] = language
    form = Form(fields=fields, file=file, media_type=media_type)
    return await client.ask("POST", "/v1/speech-to-text", _transcript, body=form, patience=patience)


def _transcript(document: dict[str, Any]) -> Transcript:
    return Transcript(
        text=kind_of(document, "text", str),
        language=text_of(document, "language_code"),
        words=tuple(_word(one) for one in kind_of(document, "words", list)),
    )


def _word(one: object) -> Word:
    if not isinstance(one, dict):
        raise ElevenLabsAnswer("ElevenLabs answered with a word that is none")
    start, end = _seconds(one, "start"), _seconds(one, "end")
    return Word(text=kind_of(one, "text", str), start_s=start, end_s=end, kind=text_of(one, "type"))


def _seconds(word: dict[str, Any], name: str) -> float | None:
    value = word.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ElevenLabsAnswer(f"ElevenLabs answered with {name} of a word that is no time")
    return value
