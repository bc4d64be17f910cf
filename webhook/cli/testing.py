"""`webhook test` and `webhook cover`: the designers' tests of their flows, and what those reach."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing, nullcontext
from typing import TYPE_CHECKING, Any

import typer

from webhook.content.findings import has_errors
from webhook.content.load import read_folder
from webhook.content.source import read_source
from webhook.errors import ContentError, NotFound, SettingsError
from webhook.flowtest.coverage import KINDS, Coverage, cover
from webhook.flowtest.failure import failure_text, summary
from webhook.flowtest.junit import junit_xml
from webhook.flowtest.load import Cases, files_of, read_tests
from webhook.flowtest.run import LEFT_OUT, NO_KEY, run_all, run_told
from webhook.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from webhook.content.load import Folder
    from webhook.flowtest.load import Case
    from webhook.flowtest.outcome import Outcome
    from webhook.flowtest.run import Live
    from webhook.settings import Settings

_COLOURS = {"passed": typer.colors.GREEN, "failed": typer.colors.RED, "skipped": typer.colors.YELLOW}


def run(paths: Sequence[Path], *, only: str, use_model: bool, junit: Path | None) -> bool:
    """Run the tests and print what fails; False when something does, or cannot be read."""
    settings = load_settings()
    folder = _folder(settings)
    tests = _tests(paths, settings, folder)
    if tests.findings:
        return False
    cases = [case for case in tests.cases if only.casefold() in case.name.casefold()]
    outcomes = asyncio.run(_run(cases, settings, use_model=use_model))
    if junit is not None:
        _write(junit, junit_xml(outcomes))
    if only and not cases:
        raise NotFound(f"no test has “{only}” in its name")
    typer.echo(summary(outcomes))
    return all(outcome.status != "failed" for outcome in outcomes)


def coverage(flow_id: str | None, *, fail_under: float, as_json: bool) -> bool:
    """Print what the tests without a model reach; False when that is less than `fail_under` per cent."""
    settings = load_settings()
    folder = _folder(settings)
    if flow_id is not None and flow_id not in folder.flows:
        raise NotFound(f"there is no flow by that id; there is {', '.join(folder.flows)}")
    tests = _tests([], settings, folder)
    if tests.findings:
        return False
    ids = [flow_id] if flow_id is not None else list(folder.flows)
    covered = [_cover(name, folder, settings, tests.cases) for name in ids]
    if as_json:
        typer.echo(json.dumps([_as_data(one) for one in covered], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n\n".join(map(_as_text, covered)))
    return all(one.percent() >= fail_under for one in covered)


def _folder(settings: Settings) -> Folder:
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    if has_errors(folder.findings):
        raise ContentError("the flows cannot be used:", folder.findings)
    return folder


def _tests(paths: Sequence[Path], settings: Settings, folder: Folder) -> Cases:
    files = files_of(paths or [settings.flows_dir / "tests"])
    tests = read_tests(files, folder.flows)
    for finding in tests.findings:
        typer.echo(str(finding), err=True)
    return tests


async def _run(cases: Sequence[Case], settings: Settings, *, use_model: bool) -> tuple[Outcome, ...]:
    outcomes: list[Outcome] = []
    without = NO_KEY if use_model else LEFT_OUT
    wants = use_model and any(case.needs_claude for case in cases)
    async with _claude(settings) if wants else nullcontext() as live:
        running = run_all(cases, live, without=without)
        async with aclosing(running):
            async for outcome in running:
                outcomes.append(outcome)
                _tell(outcome)
    return tuple(outcomes)


def _claude(settings: Settings) -> AbstractAsyncContextManager[Live | None]:
    """What only tests with Claude need is imported only for them: the others take no time."""
    from webhook import log  # noqa: PLC0415 - only tests with Claude have anything to log
    from webhook.flowtest.live import with_claude  # noqa: PLC0415 - loads the whole service

    log.set_up(level="error", style=settings.log_format)
    return with_claude(settings)


def _tell(outcome: Outcome) -> None:
    """Tests that pass are only counted; a terminal shows how a failure differs from a skip by colour as well."""
    mark = typer.style(outcome.status.upper(), fg=_COLOURS[outcome.status], bold=True)
    if outcome.status == "failed":
        typer.echo(f"{mark} {failure_text(outcome)}\n")
    elif outcome.status == "skipped":
        typer.echo(f"{mark} {outcome.case.place}: {outcome.case.name}: {outcome.why}")
    elif outcome.runs > 1:
        typer.echo(f"{mark} {outcome.case.place}: {outcome.case.name}: {outcome.runs_passed} of {outcome.runs}")


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror})") from error


def _cover(flow_id: str, folder: Folder, settings: Settings, cases: Sequence[Case]) -> Coverage:
    flow, sources = folder.flows[flow_id], folder.sources[flow_id]
    path = settings.flows_dir / sources.file_name
    source, _ = read_source(sources.flow, str(path))
    assert source is not None, "a flow that is in the folder can be read"
    outcomes = [run_told(case) for case in cases if case.flow is flow]
    return cover(flow, source, [outcome.talk for outcome in outcomes if outcome.talk is not None])


def _as_text(covered: Coverage) -> str:
    lines = [f"{covered.path}:{item.line}: no test reaches {item.text}" for item in covered.missed]
    parts = ", ".join(f"{kind}s {_share(covered.of(kind), covered.percent(kind))}" for kind in KINDS)
    return "\n".join([*lines, f"{covered.flow_id}: {covered.percent():.0f} % ({parts})"])


def _share(counts: tuple[int, int], percent: float) -> str:
    return f"{counts[0]}/{counts[1]} {percent:.0f} %"


def _as_data(covered: Coverage) -> Mapping[str, Any]:
    return {
        "flow": covered.flow_id,
        "file": covered.path,
        "percent": round(covered.percent(), 2),
        "kinds": {
            kind: {"reached": of[0], "all": of[1], "percent": round(covered.percent(kind), 2)}
            for kind in KINDS
            for of in [covered.of(kind)]
        },
        "missed": [{"kind": item.kind, "what": item.text, "line": item.line} for item in covered.missed],
    }
