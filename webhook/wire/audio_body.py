"""A body with a recording in it, without ever holding the recording: the small document around it, and the audio's bytes.

Post-call audio comes as one JSON document whose `full_audio` is up to some hundred megabytes of base64.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final

from webhook.errors import MalformedRequest, TooLarge
from webhook.wire.post_call import AUDIO_FIELD

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_END = re.compile(rb'["\\]')
_NAME: Final = f'"{AUDIO_FIELD}"'.encode()
_ESCAPE = re.compile(rb"\\(?:u00([0-7][0-9a-fA-F])|([/nrt]))")
_LONGEST_ESCAPE = 6
_BASE64_GROUP = 4
_WHITE = b" \n\r\t"


class AudioBody:
    """Fed with the pieces of a body, in order; `envelope` is the document with an empty string for the audio."""

    def __init__(self, most_envelope: int) -> None:
        self._most = most_envelope
        self._envelope = bytearray()
        self._is_in_text = False
        self._is_escaped = False
        #: Where the last string began, by which the one after it is known.
        self._text_at = 0
        self._audio: _Base64 | None = None
        self._is_in_audio = False

    @property
    def envelope(self) -> bytes:
        return bytes(self._envelope)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Takes in a piece; what it holds of the audio comes out. Raises `MalformedRequest` and `TooLarge`."""
        place = 0
        while place < len(data):
            if self._is_in_audio:
                place = yield from self._in_audio(data, place)
            elif self._is_in_text:
                place = self._in_text(data, place)
            else:
                place = self._outside(data, place)

    def finish(self) -> None:
        """Raises `MalformedRequest` when the audio stopped in the middle."""
        if self._is_in_audio:
            raise MalformedRequest(f"data.{AUDIO_FIELD}: it has no end")

    def _outside(self, data: bytes, place: int) -> int:
        quote = data.find(b'"', place)
        if quote < 0:
            self._keep(data[place:])
            return len(data)
        self._keep(data[place:quote])
        if self._is_value_of_audio():
            if self._audio is not None:
                raise MalformedRequest(f"data.{AUDIO_FIELD}: it is there twice")
            self._audio, self._is_in_audio = _Base64(), True
        else:
            self._text_at, self._is_in_text = len(self._envelope), True
        self._keep(b'"')
        return quote + 1

    def _in_text(self, data: bytes, place: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            self._keep(data[place : place + 1])
            return place + 1
        found = _END.search(data, place)
        if found is None:
            self._keep(data[place:])
            return len(data)
        self._keep(data[place : found.end()])
        self._is_escaped = found.group() == b"\\"
        self._is_in_text = self._is_escaped
        return found.end()

    def _in_audio(self, data: bytes, place: int) -> Generator[bytes, None, int]:
        assert self._audio is not None
        quote = data.find(b'"', place)
        ends = quote >= 0
        yield self._audio.decoded(data[place : quote if ends else len(data)], ends=ends)
        if not ends:
            return len(data)
        self._is_in_audio = False
        self._keep(b'"')
        return quote + 1

    def _is_value_of_audio(self) -> bool:
        before = bytes(self._envelope[self._text_at : self._text_at + len(_NAME) + 64])
        return before.startswith(_NAME) and before[len(_NAME) :].strip(_WHITE) == b":"

    def _keep(self, data: bytes) -> None:
        if len(self._envelope) + len(data) > self._most:
            raise TooLarge(f"what stands around the audio is larger than {self._most} bytes")
        self._envelope += data


class _Base64:
    """Base64 inside a JSON string, whose `/`, `+` and `=` may be written as escapes."""

    def __init__(self) -> None:
        self._left = b""
        self._is_padded = False

    def decoded(self, text: bytes, *, ends: bool) -> bytes:
        text = self._left + text
        cut = len(text) if ends else text.rfind(b"\\", -_LONGEST_ESCAPE)
        cut = len(text) if cut < 0 else cut  # an escape may be cut in two
        text, escape = text[:cut], text[cut:]
        if b"\\" in text:
            text = _ESCAPE.sub(_unescaped, text)
        if b"\\" in text:
            raise MalformedRequest(f"data.{AUDIO_FIELD}: no base64")
        whole = len(text) if ends else len(text) - len(text) % _BASE64_GROUP
        self._left = text[whole:] + escape
        text = text[:whole]
        if text and self._is_padded:
            raise MalformedRequest(f"data.{AUDIO_FIELD}: it goes on after its end")
        self._is_padded = text.endswith(b"=")
        try:
            return binascii.a2b_base64(text, strict_mode=True)
        except ValueError:  # raised again without it: its text may quote the audio
            pass
        raise MalformedRequest(f"data.{AUDIO_FIELD}: no base64")


def _unescaped(found: re.Match[bytes]) -> bytes:
    code, letter = found.groups()
    if code is not None:
        return bytes([int(code, 16)])
    return b"/" if letter == b"/" else b""
