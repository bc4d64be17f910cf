"""The library: the flows in service, by id, and every version a call may have begun with.

Files may be saved while calls are running. What passes its checks serves new calls from then on; what does not is left
as it was, and said so; a running call keeps the version it began with.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhook.content.findings import Finding, has_errors
from webhook.content.load import read_folder
from webhook.errors import ContentError, NotFound

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from webhook.content.load import Folder, Sources
    from webhook.content.versions import Versions
    from webhook.interview.flow import Flow

MOST_VERSIONS = 50
"""Versions out of service that are held in memory; an older one is read again from its copy."""
_Look = tuple[tuple[str, int, int], ...]
"""Name, time and size of every file: whether anything was saved."""


@dataclass(frozen=True, kw_only=True)
class LibraryContents:
    """The flows that new calls get, by id, and what was found when they were read."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def refused(self) -> tuple[Finding, ...]:
        """Why what the files say now is not in service, where it is not."""
        return self.findings if has_errors(self.findings) else ()


class Library:
    """Holds flows. An id is only ever looked up here: no path is made from it."""

    def __init__(
        self,
        flows_dir: Path,
        prompts_dir: Path,
        *,
        versions: Versions | None = None,
        default: str | None = None,
        shares: Mapping[str, Mapping[int, float]] | None = None,
    ) -> None:
        """`versions` keeps copies beyond this process; the flow `default` never leaves service.

        `shares` says how many of the new calls of a flow get which version, by number; the others get that of the file.
        """
        self._flows_dir = flows_dir
        self._prompts_dir = prompts_dir
        self._copies = versions
        self._default = default
        self._shares = shares or {}
        self._numbered: dict[tuple[str, int], Flow] = {}
        self._contents = LibraryContents()
        self._versions: OrderedDict[tuple[str, str], Flow] = OrderedDict()
        self._looked: _Look = ()
        self._loaded: _Look = ()

    @property
    def contents(self) -> LibraryContents:
        return self._contents

    def load_all(self) -> LibraryContents:
        """Read every flow and put them into service at once.

        A file that cannot be used is stood in for by the last version of it that was in service, if a copy is kept.
        Raises `ContentError` with all findings when there is none; what was in service then stays.
        """
        self._looked = self._loaded = self._look()
        folder = read_folder(self._flows_dir, self._prompts_dir)
        stand_ins = self._last_good(folder)
        if stand_ins is None:
            raise ContentError("the flows cannot be used:", folder.findings)
        return self._put_into_service({**folder.flows, **stand_ins}, folder)

    def has_changed(self) -> bool:
        """Whether files were saved since they were read, and none in this very moment. Meant to be asked regularly."""
        before, self._looked = self._looked, self._look()
        return self._looked == before and self._looked != self._loaded

    def reload(self) -> LibraryContents:
        """Read everything again. What cannot be used stays as it was; `contents.refused` tells why."""
        self._loaded = self._look()
        folder = read_folder(self._flows_dir, self._prompts_dir)
        before = self._contents.flows
        stays = before if has_errors(folder.findings) else {i: f for i, f in before.items() if i == self._default}
        return self._put_into_service({**stays, **folder.flows}, folder)

    def _put_into_service(self, flows: dict[str, Flow], folder: Folder) -> LibraryContents:
        for flow in flows.values():
            self._hold(flow)
        findings = (*folder.findings, *self._keep(flows.values(), folder.sources), *self._number(flows))
        self._contents = LibraryContents(flows=flows, findings=findings)
        return self._contents

    def _keep(self, flows: Iterable[Flow], sources: Mapping[str, Sources]) -> Iterator[Finding]:
        """Keep copies. A folder nobody can write to stops no call."""
        if self._copies is None:
            return
        for flow in flows:
            try:
                self._copies.keep(flow, sources.get(flow.id))
            except OSError as error:
                message = f"no copy of flow `{flow.id}` can be kept ({error.strerror}): a restart forgets this version"
                yield _warning(str(self._copies.folder), "copy-not-kept", message)

    def _number(self, flows: Mapping[str, Flow]) -> Iterator[Finding]:
        """Look up the versions that have a share."""
        numbered = {(flow.id, flow.version): flow for flow in flows.values()}
        for flow_id, version in ((i, v) for i, shares in self._shares.items() for v in shares):
            if (flow_id, version) in numbered:
                continue
            found = None if self._copies is None else self._copies.numbered(flow_id, version)
            if found is None:
                message = (
                    f"version {version} of flow `{flow_id}` was never in service here: its share goes to the file's"
                )
                yield _warning("FLOW_WEIGHTS", "version-not-found", message)
            else:
                self._hold(found)
                numbered[flow_id, version] = found
        self._numbered = numbered  # whole: calls begin while this runs in a thread

    def _hold(self, flow: Flow) -> None:
        self._versions[flow.id, flow.content_hash] = flow
        self._versions.move_to_end((flow.id, flow.content_hash))
        if len(self._versions) > MOST_VERSIONS + len(self._contents.flows):
            self._versions.popitem(last=False)

    def _last_good(self, folder: Folder) -> dict[str, Flow] | None:
        """What stands in for the files that cannot be used, by flow id; None where nothing can."""
        broken = {finding.path for finding in folder.findings if finding.is_error}
        found: dict[str, Flow] = {}
        for path in broken:
            flow = None if self._copies is None else self._copies.last_of(path)
            if flow is None or flow.id in folder.flows:
                return None
            found[flow.id] = flow
        return found

    def _look(self) -> _Look:
        paths = [*self._flows_dir.glob("*.yaml"), *self._prompts_dir.rglob("*.md")]
        return tuple(sorted(seen for path in paths if (seen := _seen(path)) is not None))

    def flow(self, flow_id: str) -> Flow:
        """The flow new calls get. Raises `NotFound`."""
        try:
            return self._contents.flows[flow_id]
        except KeyError:
            raise NotFound("there is no flow by that id") from None

    def numbered(self, flow_id: str, version: int | None) -> Flow:
        """The flow in service, or its version of that number if a copy is kept. Raises `NotFound`."""
        in_service = self.flow(flow_id)
        if version in (None, in_service.version):
            return in_service
        found = None if self._copies is None else self._copies.numbered(flow_id, version)
        if found is None:
            raise NotFound(f"flow {flow_id} has no version {version}; in service is {in_service.version}")
        return found

    def flow_of_new_call(self, flow_id: str, session_id: str) -> Flow:
        """The flow a new call gets: by the shares of its versions, the same for the same session. Raises `NotFound`."""
        in_service = self.flow(flow_id)
        shares = self._shares.get(flow_id, {})
        point = _fraction(session_id) * sum(shares.values())
        for version, share in sorted(shares.items()):
            point -= share
            if point < 0:
                return self._numbered.get((flow_id, version), in_service)
        return in_service

    def sweep(self, now: float | None = None) -> None:
        """Note which versions are in service, and let go of copies that no call can need any more by now."""
        if self._copies is not None:
            shared = (flow for flow in self._numbered.values() if flow.version in self._shares.get(flow.id, {}))
            for _ in self._keep((*self._contents.flows.values(), *shared), {}):
                pass  # was told when it was read
            self._copies.forget_old(now)

    def pinned(self, flow_id: str, content_hash: str) -> Flow | None:
        """The very version a call began with, if it is known here or a copy of it is kept."""
        held = self._versions.get((flow_id, content_hash))
        if held is not None or self._copies is None:
            return held
        found = self._copies.find(flow_id, content_hash)
        if found is not None:
            self._hold(found)
        return found

    def flow_of_call(self, flow_id: str, content_hash: str) -> Flow:
        """The version a call began with, else the one in service. Raises `NotFound`."""
        return self.pinned(flow_id, content_hash) or self.flow(flow_id)


def _warning(path: str, rule: str, message: str) -> Finding:
    return Finding(path=path, line=1, column=1, rule=rule, message=message, severity="warning")


def _fraction(session_id: str) -> float:
    """0 to 1, and always the same for a session."""
    return int.from_bytes(hashlib.sha256(session_id.encode()).digest()[:6], "big") / 2**48


def _seen(path: Path) -> tuple[str, int, int] | None:
    try:
        found = path.stat()
    except OSError:  # gone in this moment
        return None
    return str(path), found.st_mtime_ns, found.st_size
