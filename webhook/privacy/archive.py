"""The zip of an export as it grows, and what has been written into it. Nothing here waits for anything but the disk."""

from __future__ import annotations

import hashlib
import os
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from webhook.errors import RecordingError
from webhook.privacy.export import caller_file, erasures_file, files_of
from webhook.privacy.export_index import Entry, index_file, read_me

if TYPE_CHECKING:
    from webhook.privacy.export import Bundle, Overview

PIECE: Final = 1024 * 1024
"""Bytes of a recording that are copied in one go."""


@dataclass(kw_only=True)
class Copy:
    """A file on its way into the zip, piece by piece."""

    archive: Archive
    entry: Entry
    into: IO[bytes]
    digest: Any = field(default_factory=hashlib.sha256)

    def take(self, source: IO[bytes]) -> bool:
        """Whether there was more. Raises `RecordingError`."""
        try:
            piece = source.read(PIECE)
        except OSError as error:
            raise RecordingError(f"a recording under DATA_DIR cannot be read ({error.strerror})") from None
        self.put(piece)
        return bool(piece)

    def put(self, piece: bytes) -> None:
        self.into.write(piece)
        self.digest.update(piece)
        self.entry = replace(self.entry, size=self.entry.size + len(piece))

    def finish(self) -> Entry:
        self.into.close()
        entry = replace(self.entry, sha256=self.digest.hexdigest())
        self.archive.entries.append(entry)
        return entry


class Archive:
    """The zip as it grows, and what has been written into it. Nothing here waits for anything but the disk."""

    def __init__(self, out: IO[bytes], at: float) -> None:
        self.out = out
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.entries: list[Entry] = []
        self.open: Copy | None = None
        self._at = datetime.fromtimestamp(at, UTC).timetuple()[:6]

    @property
    def recorded(self) -> set[str]:
        return {entry.conversation for entry in self.entries if entry.conversation is not None}

    def add_session(self, bundle: Bundle, folder: str) -> None:
        for name, content in files_of(bundle):
            self.add(f"{folder}/{name}", content)

    def add(self, path: str, content: bytes) -> None:
        copy = self._begun(path, None, zipfile.ZIP_DEFLATED)
        copy.put(content)
        copy.finish()

    def begin(self, path: str, conversation_id: str) -> Copy:
        """For a recording: sound does not get smaller, and may be larger than 4 GB."""
        return self._begun(path, conversation_id, zipfile.ZIP_STORED)

    def _begun(self, path: str, conversation_id: str | None, how: int) -> Copy:
        info = zipfile.ZipInfo(path, self._at)
        info.compress_type, info.external_attr = how, 0o600 << 16
        into = self.zip.open(info, "w", force_zip64=how == zipfile.ZIP_STORED)
        entry = Entry(path=path, size=0, sha256="", conversation=conversation_id)
        self.open = Copy(archive=self, entry=entry, into=into)
        return self.open

    def finish(self, overview: Overview, sessions: list[dict[str, Any]]) -> None:
        if overview.invites:
            self.add("caller.json", caller_file(overview))
        if overview.erasures:
            self.add("erasures.json", erasures_file(overview))
        self.add("README.txt", read_me(overview, sessions=len(sessions), recordings=len(self.recorded)))
        self.add("index.json", index_file(overview, sessions, self.entries))
        self.zip.close()
        self.out.flush()
        self.out.seek(0)

    def abandon(self) -> None:
        """Nothing is left that could be taken for the whole: a zip that is let go of would end itself as one."""
        with suppress(OSError, ValueError):
            if self.open is not None:
                self.open.into.close()
        with suppress(OSError, ValueError):
            self.zip.close()
        with suppress(OSError, ValueError):
            os.ftruncate(self.out.fileno(), 0)  # past its buffer, which a full disk would not take either
