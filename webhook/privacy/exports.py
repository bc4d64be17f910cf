"""Handing over everything that is held about a caller or of a session, as one zip.

It is whole or it is not there: what is missing because a store, a disk or a record failed is an error, and then nothing
of the file is left. Calls go on meanwhile, so all that takes time is done in a thread, one session and one piece of a
recording after the other.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Any, Final, ParamSpec, TypeVar

import structlog

from webhook import deliveries
from webhook.errors import ExportError, NotFound
from webhook.folders import make_private
from webhook.privacy.archive import Archive
from webhook.privacy.erasure import FLOW
from webhook.privacy.export import Bundle, Overview, folder_of, is_erasure_of
from webhook.privacy.export_index import session_entry
from webhook.privacy.raw_records import began_in, caller_in, conversations_in, is_tombstone
from webhook.store.base import Filter
from webhook.store.pages import every_record
from webhook.store.raw import raw_record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from webhook.privacy.erasure import Whom
    from webhook.privacy.export_index import Entry
    from webhook.privacy.holdings import Holdings
    from webhook.privacy.raw_records import Raw

P = ParamSpec("P")
T = TypeVar("T")
_AHEAD_S: Final = 60.0
"""How far the clock of a worker that made a session may be before ours."""
log_ = structlog.get_logger("webhook.privacy.exports")


@dataclass(frozen=True, kw_only=True)
class Exports:
    """`folder` is where the file of an export is while it is made and sent."""

    holdings: Holdings
    folder: Path
    clock: Callable[[], float] = time.time

    # Finding

    async def find(self, whom: Whom) -> Overview:
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
        overview = Overview(
            whom=whom,
            at=at,
            began=dict(sorted(began.items(), key=lambda item: (item[1] is None, item[1] or 0.0, item[0]))),
            invites=await self._invites(callers),
            erasures=await self._erasures(own, whom.callers),
        )
        return await self._checked(overview, own)

    async def _checked(self, overview: Overview, own: Mapping[str, tuple[Raw, ...]]) -> Overview:
        """Without what turns out to be nothing. Raises `NotFound`."""
        known = {_caller(raws) for raws in own.values()}
        known |= {key for record in overview.erasures for key in record["whom"].get("callers") or ()}
        invites = {key: raw for key, raw in overview.invites.items() if raw is not None or key in known}
        began = {each: at for each, at in overview.began.items() if own[each] or await self._is_held(each)}
        if not (began or invites or overview.erasures):
            raise NotFound("nothing is held of this session or caller")
        return replace(overview, began=began, invites=invites)

    async def _is_held(self, session_id: str) -> bool:
        """Whether something is, where there is no session: what the platform told, say, before anybody asked us."""
        bundle = await self._gather(session_id)
        if bundle.deliveries or any(raw is not None and not is_tombstone(raw) for raw in bundle.told.values()):
            return True
        recordings = self.holdings.calls.recordings
        return any([await asyncio.to_thread(recordings.has_of, each) for each in bundle.told])

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

    async def _gather(self, session_id: str) -> Bundle:
        records = await self._records(session_id)
        ties = await self.holdings.ties_of(session_id)
        named = (each for raw in records for each in conversations_in(raw))
        calls, starts = self.holdings.calls, self.holdings.starts
        interviews = {each: await starts.raw(each) for each in ties.interviews}
        return Bundle(
            session_id=session_id,
            records=records,
            interviews={each: raw for each, raw in interviews.items() if raw is not None},
            deliveries=await deliveries.raw_of(calls.store, session_id),
            told={each: await calls.raw(each) for each in dict.fromkeys((*ties.conversations, *named))},
        )

    # Writing

    async def made(self, overview: Overview) -> IO[bytes]:
        """The zip in a file that has no name and is gone once it is closed, at its beginning.

        Raises `ExportError`, `RecordingError` and `StoreError`.
        """
        file = await asyncio.to_thread(self._scratch)
        try:
            await self.write(overview, file)
        except BaseException:  # a cancelled one as well
            _close(file)
            raise
        return file

    def _scratch(self) -> IO[bytes]:
        try:
            make_private(self.folder)
            return tempfile.TemporaryFile(dir=self.folder)
        except OSError as error:
            raise _failed(error) from None

    async def write(self, overview: Overview, out: IO[bytes], advance: Callable[[], None] = lambda: None) -> None:
        """The zip; `advance` is told of each session. After an error nothing of it is in `out`. Raises as `made`."""
        archive = Archive(out, overview.at)
        try:
            sessions: list[dict[str, Any]] = []
            for session_id, began in overview.began.items():
                entry = await self._session(archive, session_id, folder_of(len(sessions) + 1, began))
                sessions += [] if entry is None else [entry]
                advance()
            await _in_thread(archive.finish, overview, sessions)
        except BaseException as error:  # a cancelled one as well
            await _in_thread(archive.abandon)
            if isinstance(error, OSError):
                raise _failed(error) from None
            raise

    async def _session(self, archive: Archive, session_id: str, folder: str) -> dict[str, Any] | None:
        """What the index says of it; None for one that was erased meanwhile."""
        bundle = await self._gather(session_id)
        before = len(archive.entries)
        await _in_thread(archive.add_session, bundle, folder)
        recordings = []
        for number, conversation_id in enumerate(bundle.told, start=1):
            if conversation_id not in archive.recorded:  # a branch is held over the same call as its session
                entry = await self._recording(archive, conversation_id, f"{folder}/recording-{number}.mp3")
                recordings += [] if entry is None else [entry]
        return session_entry(bundle, folder, recordings) if len(archive.entries) > before else None

    async def _recording(self, archive: Archive, conversation_id: str, path: str) -> Entry | None:
        source = await asyncio.to_thread(self.holdings.calls.recordings.opened_of, conversation_id)
        if source is None:
            return None
        with source:
            copy = await _in_thread(archive.begin, path, conversation_id)
            while await _in_thread(copy.take, source):
                pass
            return await _in_thread(copy.finish)


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
