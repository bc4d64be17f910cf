"""`webhook check`: everything that is wrong with flows and prompts, listed as a compiler would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from webhook.content.findings import Finding, has_errors
from webhook.content.load import check_file, read_folder
from webhook.content.service_prompts import check_prompts
from webhook.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def check(paths: Sequence[Path]) -> bool:
    """Print what is found in these files, or in all flows and prompts; False when something is an error."""
    settings = load_settings()
    count, findings = _these(paths, settings) if paths else everything(settings)
    typer.echo(listed(count, findings))
    return not has_errors(findings)


def everything(settings: Settings) -> tuple[int, tuple[Finding, ...]]:
    """How many flows can be used, and what stands in the way of a start (or is worth a warning)."""
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    return len(folder.flows), (*folder.findings, *check_prompts(settings.prompts_dir))


def listed(count: int, findings: Sequence[Finding]) -> str:
    """One line each, `path:line:column: message`, and the sum of it in the last line."""
    return "\n".join([*map(str, findings), f"{_counted(count, 'flow')}, {_summed(findings)}"])


def _these(paths: Sequence[Path], settings: Settings) -> tuple[int, tuple[Finding, ...]]:
    found = [check_file(path, settings.prompts_dir)[1] for path in paths]
    return len(paths), tuple(finding for findings in found for finding in findings)


def _summed(findings: Sequence[Finding]) -> str:
    errors = sum(finding.is_error for finding in findings)
    parts = [_counted(n, word) for n, word in ((errors, "error"), (len(findings) - errors, "warning")) if n]
    return ", ".join(parts) or "no findings"


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
