"""The service's own prompts: `listen.md`, `speak.md` and `report.md` in the prompts folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content.findings import Finding, Problem, line_and_column
from webhook.content.prompts import PromptFolder
from webhook.content.templates import compile_template
from webhook.errors import ContentError
from webhook.interview.prompt import Prompts

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webhook.interview.flow import Template

_NAMES = {
    "listen": ("title", "language", "slots"),
    "speak": ("title", "language", "persona.name", "persona.style"),
    "report": ("title",),
}


def load_prompts(prompts_dir: Path) -> Prompts:
    """Read and compile all three. Raises `ContentError` with everything that was found."""
    made, findings = _read(prompts_dir)
    if findings:
        raise ContentError("the prompts cannot be used:", findings)
    return Prompts(**made)


def check_prompts(prompts_dir: Path) -> tuple[Finding, ...]:
    """Everything that is wrong with them; all of it is an error."""
    return _read(prompts_dir)[1]


def _read(prompts_dir: Path) -> tuple[dict[str, Template], tuple[Finding, ...]]:
    folder = PromptFolder(prompts_dir)
    made: dict[str, Template] = {}
    findings: list[Finding] = []
    for purpose, names in _NAMES.items():
        file, text = f"prompts/{purpose}.md", ""
        try:
            text = folder.read(file)
            made[purpose] = compile_template(text, names)
        except ContentError as error:
            findings += _located(error, str(folder.path_of(file)), text)
    return made, tuple(findings)


def _located(error: ContentError, path: str, text: str) -> Iterator[Finding]:
    for problem in error.findings:
        assert isinstance(problem, Problem)
        line, column = line_and_column(text, problem.offset)
        yield Finding(
            path=path,
            line=line,
            column=column,
            rule=problem.rule,
            message=problem.message,
            severity=problem.severity,
            suggestion=problem.suggestion,
        )
