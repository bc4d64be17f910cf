"""Handing over everything that is held about a caller or of a session, as one zip.

It is whole or it is not there: what is missing because a store, a disk or a record failed is an error, and then nothing
of the file is left. Calls go on meanwhile, so all that takes time is done in a thread, one session and one piece of a
recording after the other.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import tempfile
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import structlog

from webhook import deliveries
from webhook.erasure import FLOW
from webhook.errors import ExportError, NotFound, RecordingError
from webhook.export import (
    Entry,
    Found,
    Held,
    began_in,
    caller_file,
    caller_in,
    conversations_in,
    erasures_file,
    files_of,
    folder_of,
    index_file,
    is_erasure_of,
    is_tombstone,
    read_me,
    session_entry,
)
from webhook.store.base import Filter
from webhook.store.pages import every_record
from webhook.store.raw import raw_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from webhook.erasure import Whom
    from webhook.export import Raw
    from webhook.holdings import Holdings

P = ParamSpec("P")
T = TypeVar("T")
PIECE: Final = 1024 * 1024
"""Bytes of a recording that are copied in one go."""
_AHEAD_S: Final = 60.0
"""How far the clock of a worker that made a session may be before ours."""
log_ = structlog.get_logger("webhook.exports")


@dataclass(frozen=True, kw_only=True)
class Exports:
    """`folder` is where the file of an export is while it is made and sent."""

    holdings: Holdings
    folder: Path
    clock: Callable[[], float] = time.time

    # Finding

    async def find(self, whom: Whom) -> Found:
        """Raises `NotFound` where nothing is held, and `StoreError`."""
        at = self.clock()
        session_ids = await self.holdings.sessions_of(whom, before=at + _AHEAD_S)
        if whom.session_id is not None:  # also where only the platform told of a conversation by that name
            session_ids = tuple(dict.fromkeys((whom.session_id, *session_ids)))
        records = {each: await self._records(each) for each in session_ids}
        callers = whom.callers or tuple(filter(None, [_caller(records.get(whom.session_id or "", ()))]))
        # A session that stands beside one of theirs may be somebody else's who came with the same id.
        own = {each: raws for each, raws in records.items() if _caller(raws) in ("", *callers)}
        began = {each: min(filter(None, map(began_in, raws)), default=None) for each, raws in own.items()}
        found = Found(
            whom=whom,
            at=at,
            began=dict(sorted(began.items(), key=lambda item: (item[1] is None, item[1] or 0.0, item[0]))),
            invites=await self._invites(callers),
            erasures=await self._erasures(own, whom.callers),
        )
        return await self._checked(found, own)

    async def _checked(self, found: Found, own: Mapping[str, tuple[Raw, ...]]) -> Found:
        """Without what turns out to be nothing. Raises `NotFound`."""
        known = {_caller(raws) for raws in own.values()}
        known |= {key for record in found.erasures for key in record["whom"].get("callers") or ()}
        invites = {key: raw for key, raw in found.invites.items() if raw is not None or key in known}
        began = {each: at for each, at in found.began.items() if own[each] or await self._is_held(each)}
        if not (began or invites or found.erasures):
            raise NotFound("nothing is held of this session or caller")
        return replace(found, began=began, invites=invites)

    async def _is_held(self, session_id: str) -> bool:
        """Whether something is, where there is no session: what the platform told, say, before anybody asked us."""
        held = await self._gather(session_id)
        if held.deliveries or any(raw is not None and not is_tombstone(raw) for raw in held.told.values()):
            return True
        recordings = self.holdings.calls.recordings
        return any([await asyncio.to_thread(recordings.has_of, each) for each in held.told])

    async def _records(self, session_id: str) -> tuple[Raw, ...]:
        """The record of each store that has one; a copy that is the same is left out."""
        await asyncio.sleep(0)  # a store in a file answers without letting anybody else in
        found: list[Raw] = []
        for store in self.holdings.stores:
            raw = await raw_record(store, session_id)
            if raw is not None and raw not in found:
                found.append(raw)
        return tuple(found)

    async def _invites(self, callers: Iterable[str]) -> dict[str, Raw | None]:
        return {key: await self.holdings.callers.raw(key) for key in callers}

    async def _erasures(self, sessions: Iterable[str], callers: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
        """All of them are gone through: there are few, and no index can be out of date."""
        ids, keys = set(sessions), set(callers)
        erasures = every_record(self.holdings.calls.store, Filter(flow_id=FLOW))
        return tuple([record async for record in erasures if is_erasure_of(record, ids, keys)])

    async def _gather(self, session_id: str) -> Held:
        records = await self._records(session_id)
        ties = await self.holdings.ties_of(session_id)
        named = (each for raw in records for each in conversations_in(raw))
        calls, starts = self.holdings.calls, self.holdings.starts
        interviews = {each: await starts.raw(each) for each in ties.interviews}
        return Held(
            session_id=session_id,
            records=records,
            interviews={each: raw for each, raw in interviews.items() if raw is not None},
            deliveries=await deliveries.raw_of(calls.store, session_id),
            told={each: await calls.raw(each) for each in dict.fromkeys((*ties.conversations, *named))},
        )

    # Writing

    async def made(self, found: Found) -> IO[bytes]:
        """The zip in a file that has no name and is gone once it is closed, at its beginning.

        Raises `ExportError`, `RecordingError` and `StoreError`.
        """
        file = await asyncio.to_thread(self._scratch)
        try:
            await self.write(found, file)
        except BaseException:  # a cancelled one as well
            _close(file)
            raise
        return file

    def _scratch(self) -> IO[bytes]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return tempfile.TemporaryFile(dir=self.folder)
        except OSError as error:
            raise _failed(error) from None

    async def write(self, found: Found, out: IO[bytes], advance: Callable[[], None] = lambda: None) -> None:
        """The zip; `advance` is told of each session. After an error nothing of it is in `out`. Raises as `made`."""
        archive = _Archive(out, found.at)
        try:
            sessions: list[dict[str, Any]] = []
            for session_id, began in found.began.items():
                entry = await self._session(archive, session_id, folder_of(len(sessions) + 1, began))
                sessions += [] if entry is None else [entry]
                advance()
            await _in_thread(archive.finish, found, sessions)
        except BaseException as error:  # a cancelled one as well
            await _in_thread(archive.abandon)
            if isinstance(error, OSError):
                raise _failed(error) from None
            raise

    async def _session(self, archive: _Archive, session_id: str, folder: str) -> dict[str, Any] | None:
        """What the index says of it; None for one that was erased meanwhile."""
        held = await self._gather(session_id)
        before = len(archive.entries)
        await _in_thread(archive.add_session, held, folder)
        recordings = []
        for number, conversation_id in enumerate(held.told, start=1):
            if conversation_id not in archive.recorded:  # a branch is held over the same call as its session
                entry = await self._recording(archive, conversation_id, f"{folder}/recording-{number}.mp3")
                recordings += [] if entry is None else [entry]
        return session_entry(held, folder, recordings) if len(archive.entries) > before else None

    async def _recording(self, archive: _Archive, conversation_id: str, path: str) -> Entry | None:
        source = await asyncio.to_thread(self.holdings.calls.recordings.opened_of, conversation_id)
        if source is None:
            return None
        with source:
            copy = await _in_thread(archive.begin, path, conversation_id)
            while await _in_thread(copy.take, source):
                pass
            return await _in_thread(copy.finish)


@dataclass(kw_only=True)
class _Copy:
    """A file on its way into the zip, piece by piece."""

    archive: _Archive
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


class _Archive:
    """The zip as it grows, and what has been written into it. Nothing here waits for anything but the disk."""

    def __init__(self, out: IO[bytes], at: float) -> None:
        self.out = out
        self.zip = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)
        self.entries: list[Entry] = []
        self.open: _Copy | None = None
        self._at = datetime.fromtimestamp(at, UTC).timetuple()[:6]

    @property
    def recorded(self) -> set[str]:
        return {entry.conversation for entry in self.entries if entry.conversation is not None}

    def add_session(self, held: Held, folder: str) -> None:
        for name, content in files_of(held):
            self.add(f"{folder}/{name}", content)

    def add(self, path: str, content: bytes) -> None:
        copy = self._begun(path, None, zipfile.ZIP_DEFLATED)
        copy.put(content)
        copy.finish()

    def begin(self, path: str, conversation_id: str) -> _Copy:
        """For a recording: sound does not get smaller, and may be larger than 4 GB."""
        return self._begun(path, conversation_id, zipfile.ZIP_STORED)

    def _begun(self, path: str, conversation_id: str | None, how: int) -> _Copy:
        info = zipfile.ZipInfo(path, self._at)
        info.compress_type, info.external_attr = how, 0o600 << 16
        into = self.zip.open(info, "w", force_zip64=how == zipfile.ZIP_STORED)
        entry = Entry(path=path, size=0, sha256="", conversation=conversation_id)
        self.open = _Copy(archive=self, entry=entry, into=into)
        return self.open

    def finish(self, found: Found, sessions: list[dict[str, Any]]) -> None:
        if found.invites:
            self.add("caller.json", caller_file(found))
        if found.erasures:
            self.add("erasures.json", erasures_file(found))
        self.add("README.txt", read_me(found, sessions=len(sessions), recordings=len(self.recorded)))
        self.add("index.json", index_file(found, sessions, self.entries))
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


async def _in_thread(work: Callable[P, T], *args: P.args, **more: P.kwargs) -> T:
    """A thread cannot be cancelled: whoever is waits until it has let go of the file."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args, **more))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise


def _caller(records: tuple[Raw, ...]) -> str:
    return next(filter(None, map(caller_in, records)), "")


def _close(file: IO[bytes]) -> None:
    with suppress(OSError):  # what the disk did not take before, it does not take now; the file is gone either way
        file.close()


def _failed(error: OSError) -> ExportError:
    return ExportError(f"the export cannot be written ({error.strerror}): look at the free space")
