"""The library: the flows in service, by id, and every version that has been in service since the start."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from webhook.content.findings import Finding, has_errors
from webhook.content.load import check_all
from webhook.errors import ContentError, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from webhook.interview.flow import Flow


@dataclass(frozen=True, kw_only=True)
class LibraryContents:
    """What one loading gave: the flows by id, and the warnings about them."""

    flows: Mapping[str, Flow] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


class Library:
    """Holds flows. An id is only ever looked up here: no path is made from it."""

    def __init__(self, flows_dir: Path, prompts_dir: Path) -> None:
        self._flows_dir = flows_dir
        self._prompts_dir = prompts_dir
        self._contents = LibraryContents()
        #: Calls that are running keep the version they began with.
        self._versions: dict[tuple[str, str], Flow] = {}

    @property
    def contents(self) -> LibraryContents:
        return self._contents

    def load_all(self) -> LibraryContents:
        """Read every flow and put them into service at once.

        Raises `ContentError` with all findings when anything is an error; what was in service then stays.
        """
        flows, findings = check_all(self._flows_dir, self._prompts_dir)
        if has_errors(findings):
            raise ContentError("the flows cannot be used:", findings)
        for flow in flows.values():
            self._versions[flow.id, flow.content_hash] = flow
        self._contents = LibraryContents(flows=flows, findings=findings)
        return self._contents

    def flow(self, flow_id: str) -> Flow:
        """The flow new calls get. Raises `NotFound`."""
        try:
            return self._contents.flows[flow_id]
        except KeyError:
            raise NotFound("there is no flow by that id") from None

    def pinned(self, flow_id: str, content_hash: str) -> Flow | None:
        """The very version a call began with, if this process has had it in service."""
        return self._versions.get((flow_id, content_hash))

    def flow_of_call(self, flow_id: str, content_hash: str) -> Flow:
        """The version a call began with, else the one in service. Raises `NotFound`."""
        return self.pinned(flow_id, content_hash) or self.flow(flow_id)
