"""The audio of calls in files under DATA_DIR, and the disk that a large body passes over on its way there.

A recording is there whole or not at all: it is written beside its place, synced, and moved there at once. Everything
here that touches the disk does so in a thread, for calls go on meanwhile.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import tempfile
import time
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from webhook.errors import RecordingError
from webhook.folders import make_private
from webhook.wire.audio_body import AudioBody

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from webhook.interview.call import Recording

IN_MEMORY: Final = 256 * 1024
"""Bytes of a body that never sees the disk: the transcript of a long call. Nobody knows yet who sends it."""
LARGEST_ENVELOPE: Final = 4 * 1024 * 1024
"""Bytes of a body beside its audio: several times the transcript of the longest call."""
MOST_SMALL: Final = 64
"""Bodies that come at the same time at all; ElevenLabs comes again to whoever is too busy."""
MOST_LARGE: Final = 4
"""Larger bodies that come at the same time; one more waits, unread, and the sender with it."""
WAIT_S: Final = 60.0
"""How long it waits: about as long as one of a hundred megabytes takes."""
STALE_S: Final = 3600.0
"""A file that a dead worker was writing is older than this; no body takes so long."""
_BLOCK = 1024 * 1024
_PART = ".part-"
_SUFFIX = ".mp3"


@dataclass(frozen=True, kw_only=True)
class Unpacked:
    """A body taken apart: its document, and the audio that was in it, in a file that has no name of its own yet."""

    envelope: bytes
    part: Path | None
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Recordings:
    """The folder of recordings; `most` is the size in bytes of the largest that is kept."""

    folder: Path
    most: int
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_LARGE), init=False, repr=False)
    _doors: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(MOST_SMALL), init=False, repr=False)

    @property
    def most_body(self) -> int:
        """Bytes of a body with the largest recording in it, as base64."""
        return self.most * 4 // 3 + LARGEST_ENVELOPE

    @asynccontextmanager
    async def door(self) -> AsyncGenerator[None]:
        """Held while any body comes, so that strangers take only so much. Raises `RecordingError` at once."""
        if self._doors.locked():
            raise RecordingError("too many webhooks come at the same time")
        async with self._doors:
            yield

    @asynccontextmanager
    async def slot(self) -> AsyncGenerator[None]:
        """Held while a large body comes. Raises `RecordingError` when none gets free."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._slots.acquire()
        except TimeoutError:
            raise RecordingError("too many recordings come at the same time") from None
        try:
            yield
        finally:
            self._slots.release()

    def scratch(self) -> IO[bytes]:
        """A file that nobody else can open and that is gone with the process. Raises `RecordingError`."""
        try:
            return tempfile.TemporaryFile(dir=self._made())
        except OSError as error:
            raise _failed(error) from None

    def write(self, file: IO[bytes], data: bytes) -> None:
        """Raises `RecordingError`."""
        try:
            file.write(data)
        except OSError as error:
            raise _failed(error) from None

    def close(self, file: IO[bytes]) -> None:
        with suppress(OSError):  # what the disk did not take before, it does not take now; the file is gone either way
            file.close()

    def unpack(self, body: IO[bytes]) -> Unpacked:
        """Reads a body from its beginning; the audio in it goes to the disk as it is read.

        Raises `MalformedRequest`, `TooLarge` and `RecordingError`; then nothing is left of it.
        """
        part = self.folder / f"{_PART}{secrets.token_hex(8)}"
        taken = AudioBody(LARGEST_ENVELOPE)
        digest, size, file = hashlib.sha256(), 0, None
        try:
            body.seek(0)
            while block := body.read(_BLOCK):
                for audio in taken.feed(block):
                    file = file or self._opened(part)
                    digest.update(audio)
                    size += file.write(audio)
            taken.finish()
            if file is not None:
                self._finished(file)
        except BaseException as error:
            if file is not None:
                self.close(file)
                self.drop(part)
            if isinstance(error, OSError):
                raise _failed(error) from None
            raise
        return Unpacked(
            envelope=taken.envelope, part=None if file is None else part, size=size, sha256=digest.hexdigest()
        )

    async def fetched(self, parts: AsyncIterator[bytes]) -> Unpacked:
        """The audio that comes in these parts, in a file that has no name of its own yet; nothing is left of half of it.

        Raises `RecordingError`, and what `parts` raises.
        """
        part = self.folder / f"{_PART}{secrets.token_hex(8)}"
        digest, size = hashlib.sha256(), 0
        file = await asyncio.to_thread(self._opened, part)
        try:
            async for audio in parts:
                digest.update(audio)
                size += len(audio)
                await asyncio.to_thread(self.write, file, audio)
            await asyncio.to_thread(self._finished, file)
        except BaseException:  # a cancelled one as well
            self.close(file)
            self.drop(part)
            raise
        return Unpacked(envelope=b"", part=part, size=size, sha256=digest.hexdigest())

    def keep(self, part: Path, recording: Recording) -> None:
        """Gives the audio its name, in place of what had it. Raises `RecordingError`."""
        try:
            part.replace(self.folder / recording.file)
            folder = os.open(self.folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise _failed(error) from None

    def drop(self, part: Path | None) -> None:
        if part is not None:
            with suppress(OSError):  # a worker that sweeps was here before, or the next one will be
                part.unlink(missing_ok=True)

    def has_of(self, conversation_id: str) -> bool:
        return (self.folder / file_of(conversation_id)).exists()

    def opened_of(self, conversation_id: str) -> IO[bytes] | None:
        """To read; None where there is none. Raises `RecordingError`."""
        try:
            return (self.folder / file_of(conversation_id)).open("rb")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RecordingError(f"a recording under DATA_DIR cannot be read ({error.strerror})") from None

    def kept_before(self, at: float) -> list[tuple[str, float]]:
        """The conversations whose audio was written before then, and when that was. Raises `RecordingError`."""
        found = []
        try:
            for path in self.folder.glob(f"*{_SUFFIX}"):
                with suppress(FileNotFoundError):  # erased meanwhile
                    written = path.stat().st_mtime
                    if written < at:
                        found.append((path.name.removesuffix(_SUFFIX), written))
        except OSError as error:
            raise _failed(error) from None
        return found

    def delete(self, conversation_id: str) -> None:
        """Raises `RecordingError`: what is to be erased must not stay unsaid."""
        try:
            (self.folder / file_of(conversation_id)).unlink(missing_ok=True)
        except OSError as error:
            raise _failed(error) from None

    def sweep(self) -> None:
        """Removes what dead workers were writing."""
        for part in self.folder.glob(f"{_PART}*"):
            with suppress(OSError):  # another worker sweeps as well
                if part.stat().st_mtime < time.time() - STALE_S:
                    part.unlink()

    def _finished(self, file: IO[bytes]) -> None:
        try:
            file.flush()
            os.fsync(file.fileno())
            file.close()
        except OSError as error:
            raise _failed(error) from None

    def _made(self) -> Path:
        make_private(self.folder)
        return self.folder

    def _opened(self, part: Path) -> IO[bytes]:
        try:
            self._made()
            return os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        except OSError as error:
            raise _failed(error) from None


def file_of(conversation_id: str) -> str:
    """An id has no `/` and begins with no dot (`wire.limits.is_id`), so it leads nowhere else."""
    return f"{conversation_id}{_SUFFIX}"


def _failed(error: OSError) -> RecordingError:
    return RecordingError(f"a recording cannot be written under DATA_DIR ({error.strerror})")
