"""`webhook check`: everything that is wrong with flows and prompts, listed as a compiler would."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import typer

from webhook.cli import finding_formats
from webhook.cli.finding_formats import Checked, CheckedFlow, Format
from webhook.content.findings import has_errors
from webhook.content.load import read_files, read_folder
from webhook.content.service_prompts import check_prompts
from webhook.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from webhook.content.load import Folder
    from webhook.settings import Settings


def check(paths: Sequence[Path], form: Format = "text") -> bool:
    """Print what is found in these files, or in all flows and prompts; False when something is an error."""
    settings = load_settings()
    checked = _these(paths, settings) if paths else _all(settings)
    if form == "text":
        print_text(checked)
    else:
        write = {
            "json": finding_formats.as_json,
            "github": finding_formats.as_github,
            "sarif": finding_formats.as_sarif,
        }
        typer.echo(write[form](checked), nl=form != "github" or bool(checked.findings))
    return not has_errors(checked.findings)


def tell_errors() -> bool:
    """Print to stderr what stands in the way of a start, as `check` has it; False when nothing does."""
    checked = _all(load_settings())
    if not has_errors(checked.findings):
        return False
    print_text(checked, stderr=True)
    return True


def print_text(checked: Checked, *, stderr: bool = False) -> None:
    """As people read it, each finding with its line."""
    from rich.console import Console  # noqa: PLC0415 - only people who read need it

    # Colour only on a terminal, and none where NO_COLOR is set: rich sees to both.
    console = Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False, markup=False)
    console.print(finding_formats.as_text(checked, cache(finding_formats.file_lines)))


def _all(settings: Settings) -> Checked:
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    findings = (*folder.findings, *check_prompts(settings.prompts_dir))
    return Checked(count=len(folder.flows), flows=_flows(folder, settings), findings=findings)


def _these(paths: Sequence[Path], settings: Settings) -> Checked:
    files = [read_files([path], settings.prompts_dir) for path in paths]
    return Checked(
        count=len(paths),
        flows=tuple(
            CheckedFlow(id=flow.id, version=flow.version, path=str(path), length=folder.lengths[flow.id])
            for path, folder in zip(paths, files, strict=True)
            for flow in folder.flows.values()
        ),
        findings=tuple(finding for folder in files for finding in folder.findings),
    )


def _flows(folder: Folder, settings: Settings) -> tuple[CheckedFlow, ...]:
    return tuple(
        CheckedFlow(
            id=name,
            version=flow.version,
            path=str(settings.flows_dir / folder.sources[name].file_name),
            length=folder.lengths[name],
        )
        for name, flow in folder.flows.items()
    )
