"""What was found, in the forms that people, scripts, GitHub and code scanners read."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from rich.cells import cell_len
from rich.text import Text

from webhook import __version__
from webhook.cli.starter import guide
from webhook.content.findings import Finding, with_suggestion
from webhook.content.source import LARGEST_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from webhook.content.lengths import Length

Format = Literal["text", "json", "github", "sarif"]

_WIDEST = 110
"""Columns of an excerpt; of a longer line the part round the place is shown."""
_COLOURS = {"error": "bold red", "warning": "bold yellow"}


@dataclass(frozen=True, kw_only=True)
class CheckedFlow:
    """A flow that can be used."""

    id: str
    version: int
    path: str
    length: Length


@dataclass(frozen=True, kw_only=True)
class Checked:
    """Everything one run of `check` has to say. `count` is how many flows it says can be used or looked at."""

    count: int
    flows: tuple[CheckedFlow, ...]
    findings: tuple[Finding, ...]


def as_text(checked: Checked, lines_of: Callable[[str], Sequence[str]]) -> Text:
    """Each finding with the line it is about, how long each flow takes, and the sum of it in the last line."""
    text = Text()
    for finding in checked.findings:
        text.append_text(_headline(finding))
        lines = lines_of(finding.path)
        if finding.line <= len(lines):
            text.append_text(_excerpt(finding, lines[finding.line - 1]))
    for flow in checked.flows:
        text.append(f"{_length_line(flow)}\n")
    text.append(f"{counted(checked.count, 'flow')}, {summed(checked.findings)}")
    return text


def as_json(checked: Checked) -> str:
    errors = sum(finding.is_error for finding in checked.findings)
    document = {
        "flows": [
            {"id": flow.id, "version": flow.version, "path": flow.path, "length": _length(flow.length)}
            for flow in checked.flows
        ],
        "findings": [
            {
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "rule": finding.rule,
                "severity": finding.severity,
                "message": finding.message,
                "suggestion": finding.suggestion,
            }
            for finding in checked.findings
        ],
        "errors": errors,
        "warnings": len(checked.findings) - errors,
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def as_github(checked: Checked) -> str:
    """Workflow commands: GitHub shows them beside the lines of a pull request."""
    return "\n".join(
        f"::{finding.severity} file={_property(finding.path)},line={finding.line},col={finding.column},"
        f"title={_property(finding.rule)}::{_data(_said(finding))}"
        for finding in checked.findings
    )


def as_sarif(checked: Checked) -> str:
    """SARIF 2.1.0, with what GitHub's code scanning wants beyond it (docs.github.com, "SARIF support", read 2026-11)."""
    rules = sorted({finding.rule for finding in checked.findings})
    document = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "webhook check",
                        "version": __version__,
                        "informationUri": guide().as_uri(),
                        "rules": [_sarif_rule(rule) for rule in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _sarif_result(finding, rules.index(finding.rule), mark)
                    for finding, mark in zip(checked.findings, _fingerprints(checked.findings), strict=True)
                ],
            }
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def file_lines(path: str) -> Sequence[str]:
    """The lines of a file as findings count them; none when it cannot be read."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(LARGEST_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return ()
    return text.replace("\r\n", "\n").split("\n")


def summed(findings: Sequence[Finding]) -> str:
    errors = sum(finding.is_error for finding in findings)
    parts = [counted(n, word) for n, word in ((errors, "error"), (len(findings) - errors, "warning")) if n]
    return ", ".join(parts) or "no findings"


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _headline(finding: Finding) -> Text:
    text = Text(f"{_shown(finding.path)}:{finding.line}:{finding.column}: ", style="bold")
    if not finding.is_error:
        text.append("warning: ", style=_COLOURS[finding.severity])
    text.append(f"{_shown(_said(finding))}\n", style="not bold")
    return text


def _excerpt(finding: Finding, line: str) -> Text:
    """The line, or the part of it round the place, and a caret under the place."""
    at = min(finding.column - 1, len(line))
    start = 0 if len(line) <= _WIDEST else max(0, min(at - _WIDEST // 2, len(line) - _WIDEST))
    gutter = f"{finding.line:>5} | "
    text = Text(gutter, style="dim")
    text.append(f"{_shown(line[start : start + _WIDEST])}\n", style="not dim")
    text.append(" " * (len(gutter) - 2) + "| ")
    text.append(" " * cell_len(_shown(line[start:at])))
    text.append("^\n", style=f"not dim {_COLOURS[finding.severity]}")
    return text


def _shown(text: str) -> str:
    """Without anything that would move a terminal's cursor or turn the direction of writing."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "\ufffd" for c in text)


def _said(finding: Finding) -> str:
    return with_suggestion(finding.message, finding.suggestion)


def _length_line(flow: CheckedFlow) -> str:
    length = flow.length
    return (
        f"{flow.id}: {length.best_turns} turns ({length.best_minutes:g} min) at best, "
        f"{length.worst_turns} turns ({length.worst_minutes:g} min) at worst, of {length.limit_minutes:g} min"
    )


def _length(length: Length) -> Mapping[str, Any]:
    return {
        "best": {"turns": length.best_turns, "minutes": length.best_minutes},
        "worst": {"turns": length.worst_turns, "minutes": length.worst_minutes},
        "limit_minutes": length.limit_minutes,
        "dropped_first": list(length.could),
    }


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _sarif_rule(rule: str) -> Mapping[str, Any]:
    told = {"text": rule.replace("-", " ").capitalize()}
    how = {
        "text": "The result's message says what is wrong; the designers' guide, flows/README.md, says how it is meant."
    }
    return {"id": rule, "shortDescription": told, "fullDescription": told, "help": how}


def _sarif_result(finding: Finding, rule_index: int, fingerprint: str) -> Mapping[str, Any]:
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": _said(finding)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": _uri(finding.path)},
                    "region": {
                        "startLine": finding.line,
                        "startColumn": finding.column,
                        "endLine": finding.line,
                        "endColumn": finding.column + 1,
                    },
                }
            }
        ],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _fingerprints(findings: Sequence[Finding]) -> Iterator[str]:
    """The same while the line of a finding moves, so that GitHub knows it again; equal ones are numbered."""
    seen: Counter[str] = Counter()
    for finding in findings:
        told = hashlib.sha256(f"{finding.path}\n{finding.rule}\n{finding.message}".encode()).hexdigest()[:16]
        seen[told] += 1
        yield f"{told}:{seen[told]}"


def _uri(path: str) -> str:
    pure = PurePath(path)
    return pure.as_uri() if pure.is_absolute() else quote(pure.as_posix())
