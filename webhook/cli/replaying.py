"""`webhook replay`: recorded calls on the flows as they are now, before they are published."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from webhook.cli.records import quiet_settings
from webhook.content.load import read_folder
from webhook.content.versions import Versions
from webhook.errors import NotFound, RequestError
from webhook.interview.replaying import as_it_was, differences, replay

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from webhook.interview.flow import Flow

_KEYS = {"call": str, "flow": str, "version": int, "hash": str, "turns": list}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One call: from which version to which, and what would be different."""

    call: str
    flow: str
    before: int
    after: int
    differences: tuple[str, ...]
    #: False where the version of the call is not here any more, and the call itself is what it is held against.
    is_replayed_twice: bool


def replay_calls(paths: Sequence[Path], *, as_json: bool) -> bool:
    """Print what would be different; False when anything would. Raises `RequestError` and `NotFound`."""
    settings = quiet_settings()
    flows = read_folder(settings.flows_dir, settings.prompts_dir).flows
    versions = Versions(settings.versions_dir)
    outcomes = [_outcome(recording, flows, versions) for recording in _recordings(paths)]
    typer.echo(json.dumps([vars(each) for each in outcomes], indent=2) if as_json else _told(outcomes))
    return not any(outcome.differences for outcome in outcomes)


def _recordings(paths: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        for file in sorted(path.glob("*.jsonl")) if path.is_dir() else [path]:
            yield from _of_file(file)


def _of_file(file: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise RequestError(f"{file} cannot be read: it is written by webhook sessions export --output") from None
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _recording(line, f"{file}:{number}")


def _recording(line: str, place: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
        is_one = isinstance(found, dict) and all(isinstance(found.get(key), kind) for key, kind in _KEYS.items())
        if is_one and all(isinstance(turn["understood"], Mapping) for turn in found["turns"]):
            recording: dict[str, Any] = found
            return recording
    except (ValueError, TypeError, LookupError, RecursionError):
        pass
    raise RequestError(f"{place}: this line is no recording; they are written by webhook sessions export")


def _outcome(recording: dict[str, Any], flows: Mapping[str, Flow], versions: Versions) -> Outcome:
    flow = flows.get(recording["flow"])
    if flow is None:
        raise NotFound(
            f"{recording['call']} was held with the flow {recording['flow']}, which cannot be used or is gone"
        )
    turns = recording["turns"]
    after = replay(flow, turns)
    old = versions.find(flow.id, recording["hash"])
    before = replay(old, turns) if old is not None else as_it_was(after, turns, recording.get("ending"))
    return Outcome(
        call=recording["call"],
        flow=flow.id,
        before=recording["version"],
        after=flow.version,
        differences=tuple(differences(before, after)),
        is_replayed_twice=old is not None,
    )


def _told(outcomes: Sequence[Outcome]) -> str:
    lines = []
    for outcome in (each for each in outcomes if each.differences):
        lines.append(f"{outcome.call} ({outcome.flow}, version {outcome.before} then, {outcome.after} now):")
        lines += [f"  {difference}" for difference in outcome.differences]
    changed = sum(bool(each.differences) for each in outcomes)
    lines.append(f"{len(outcomes)} calls, {changed} of them would be different")
    if any(not each.is_replayed_twice for each in outcomes):
        lines.append(
            "Of some the version they began with is not kept here: they are held against the calls themselves."
        )
    return "\n".join(lines)
