"""Findings: what is wrong with a file, where, and what was probably meant."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing to mend. `line` and `column` count from 1; `rule` is a stable kebab-case id."""

    path: str
    line: int
    column: int
    rule: str
    message: str
    severity: Severity = "error"
    #: The name that was probably meant.
    suggestion: str | None = None

    def __str__(self) -> str:
        kind = "warning: " if self.severity == "warning" else ""
        return f"{self.path}:{self.line}:{self.column}: {kind}{with_suggestion(self.message, self.suggestion)}"

    @property
    def is_error(self) -> bool:
        return self.severity == "error"


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A finding inside one text, before it is known where the text stands in which file.

    `offset` counts characters from the start of the text; `snippet` is the piece of it that is wrong.
    """

    offset: int
    rule: str
    message: str
    snippet: str = ""
    suggestion: str | None = None
    severity: Severity = "error"

    def __str__(self) -> str:
        return with_suggestion(self.message, self.suggestion)


def with_suggestion(message: str, suggestion: str | None) -> str:
    return f"{message} (did you mean `{suggestion}`?)" if suggestion else message


def closest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be."""
    names = sorted(set(known) - {name})
    folded = {n.casefold().replace("-", "_"): n for n in names}
    found = get_close_matches(name.casefold().replace("-", "_"), folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def has_errors(findings: Iterable[Finding]) -> bool:
    return any(finding.is_error for finding in findings)


def line_and_column(text: str, offset: int) -> tuple[int, int]:
    """Where a character of `text` stands, both from 1, as editors count."""
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1
