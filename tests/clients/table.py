"""The table client × feature, for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.clients.driver import Client

_OPEN, _CLOSE = "<!-- clients -->", "<!-- /clients -->"


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was found of one client: problems by column; a column that is missing is none of the client's."""

    client: Client
    cells: Mapping[str, Sequence[str]]

    def mark(self, column: str) -> str:
        if column not in self.cells:
            return "-"
        at_fault = column in self.client.faults
        return {(False, False): "yes", (True, False): "**no**", (True, True): "no*", (False, True): "**yes?**"}[
            bool(self.cells[column]), at_fault
        ]

    @property
    def problems(self) -> list[str]:
        """Of the service; what the client itself is at fault in is none, as long as it still is."""
        found = []
        for column, problems in self.cells.items():
            if column not in self.client.faults:
                found += [f"{self.client.name}: {column}: {problem}" for problem in problems]
            elif not problems:
                found.append(f"{self.client.name}: {column}: right now, though `faults` of its driver says otherwise")
        return found


def markdown(rows: Sequence[Row], columns: Sequence[str]) -> str:
    lines = [f"| Client | {' | '.join(columns)} |", f"|---|{'---|' * len(columns)}"]
    lines += [
        f"| {row.client.name} ({row.client.package} {row.client.version}) | {' | '.join(map(row.mark, columns))} |"
        for row in rows
    ]
    faults = [
        f"- {row.client.name}, {column}: {why}"
        for row in rows
        for column, why in row.client.faults.items()
        if column in row.cells
    ]
    notes = ["", "\\* the client's own doing:", "", *faults] if faults else []
    return "\n".join([*lines, *notes]) + "\n"


def write_between_marks(file: Path, text: str) -> None:
    """Replace what stands between the two marks in `file`."""
    before, opening, rest = file.read_text().partition(_OPEN)
    _, closing, after = rest.partition(_CLOSE)
    if not opening or not closing:
        raise ValueError(f"{file} has no {_OPEN} ... {_CLOSE}")
    file.write_text(f"{before}{opening}\n{text}{closing}{after}")
