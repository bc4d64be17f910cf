"""Versions: copies of the flows that were in service, so that a call keeps the one it began with.

A folder for each, `FLOW-HASH/flow.yaml` and `FLOW-HASH/prompts/...`, with nothing but what the flow names. Workers of
one machine share them, and they outlive a restart. A version leaves when no call can need it any more.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from webhook.content.load import check_file
from webhook.folders import make_private

if TYPE_CHECKING:
    from collections.abc import Iterator

    from webhook.content.load import Sources
    from webhook.interview.flow import Flow

KEPT_S = 40 * 86_400.0
"""How long a version stays once it is out of service: longer than any session's record."""
_FLOW = "flow.yaml"
_PROMPTS = "prompts"
_FILE_NAME = "file_name"


class Versions:
    """The versions in `folder`, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, flow: Flow, sources: Sources | None) -> None:
        """Keep a version, or note that it is in service still. Raises `OSError`."""
        place = self._place(flow.id, flow.content_hash)
        if place.is_dir():
            os.utime(place)
            return
        if sources is None:
            return
        make_private(self.folder)
        # Under another name until it is whole: another worker may look for it, or make it as well.
        with tempfile.TemporaryDirectory(prefix=".", dir=self.folder) as scratch:
            made = self.folder / scratch / place.name
            own = {_FLOW: sources.flow, _FILE_NAME: sources.file_name.encode()}
            for name, content in {**own, **sources.prompts}.items():
                target = made / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            try:
                made.rename(place)
            except OSError:
                if not place.is_dir():  # else another worker was sooner
                    raise

    def find(self, flow_id: str, content_hash: str) -> Flow | None:
        """The version, if it is here and still what its name says."""
        place = self._place(flow_id, content_hash)
        if place.parent != self.folder or not place.is_dir():
            return None
        flow, _ = check_file(place / _FLOW, place / _PROMPTS)
        return flow if flow is not None and (flow.id, flow.content_hash) == (flow_id, content_hash) else None

    def last_of(self, path: str) -> Flow | None:
        """Of the file by that name, the version that was in service last."""
        file_name = Path(path).name.encode()
        for place in self._newest_first("*"):
            with suppress(OSError):  # another worker let go of it in this moment
                if (place / _FILE_NAME).read_bytes() == file_name:
                    return check_file(place / _FLOW, place / _PROMPTS)[0]
        return None

    def numbered(self, flow_id: str, version: int) -> Flow | None:
        """The version by its number; of several that bear it, the one that was in service last."""
        for place in self._newest_first(flow_id):
            flow = self.find(flow_id, place.name.removeprefix(f"{flow_id}-"))
            if flow is not None and flow.version == version:
                return flow
        return None

    def forget_old(self, now: float | None = None) -> int:
        """Let go of what has been out of service for `KEPT_S`; how many that were."""
        oldest = (time.time() if now is None else now) - KEPT_S
        old = [place for place, noted_ns in self._places("*") if noted_ns / 1e9 < oldest]
        for place in old:
            shutil.rmtree(place, ignore_errors=True)
        return len(old)

    def _newest_first(self, flow_id: str) -> list[Path]:
        found = sorted(self._places(flow_id), key=lambda each: each[1], reverse=True)
        return [place for place, _ in found]

    def _places(self, flow_id: str) -> Iterator[tuple[Path, int]]:
        """Each version with the time it was last in service; other workers let go of some meanwhile."""
        for place in self.folder.glob(f"{flow_id}-*"):
            with suppress(FileNotFoundError):
                found = place.stat()
                if stat.S_ISDIR(found.st_mode):
                    yield place, found.st_mtime_ns

    def _place(self, flow_id: str, content_hash: str) -> Path:
        return self.folder / f"{flow_id}-{content_hash}"
