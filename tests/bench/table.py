"""What was measured, for people to read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.bench.load import Result
from tests.bench.scenarios import Figures

HEAD = (
    "scenario",
    "turns/s",
    "CPU ms per turn",
    "first text added p50, ms",
    "p99, ms",
    "errors",
    "by code",
    "generator + model CPU %",
    "tokens billed",
    "never spoken",
)
BUSY = 0.8
"""The share of a core from which on what measures may be slower than what is measured."""
_MARKED = re.compile(r"(<!-- bench -->\n).*?(<!-- /bench -->)", re.DOTALL)


def table(rows: Mapping[str, Result], figures: Mapping[str, Figures]) -> str:
    """Markdown."""
    lines = [_line(HEAD), _line(["---", *["---:"] * (len(HEAD) - 1)])] if rows else []
    lines += [_line(_cells(name, result)) for name, result in rows.items()]
    if any(_is_busy(result) for result in rows.values()):
        lines += ["", "\\* what measures was busy itself: the figures are the least that can be said."]
    for name, measured in figures.items():
        shown = (
            f"{key} {value:.3g}" if isinstance(value, float) else f"{key} {value}" for key, value in measured.items()
        )
        lines += ["", f"{name}: {', '.join(shown)}"]
    return "\n".join(lines) + "\n"


def write_into(path: Path, text: str) -> None:
    """Between the marks of a Markdown file. Raises `ValueError` where there are none."""
    before = path.read_text()
    after, places = _MARKED.subn(lambda found: f"{found[1]}{text}{found[2]}", before)
    if not places:
        raise ValueError(f"{path} has no <!-- bench --> and <!-- /bench -->")
    path.write_text(after)


def _cells(name: str, result: Result) -> list[str]:
    spoken = result.model.get("speak_tokens", 0)
    listened = result.model.get("listen_tokens", 0)
    return [
        f"{name} \\*" if _is_busy(result) else name,
        f"{result.turns_per_s:.1f}",
        f"{result.cpu_ms_per_turn:.2f}",
        *(f"{result.added_ms[share]:.1f}" if result.added_ms else "–" for share in ("p50", "p99")),
        str(sum(result.errors.values())),
        str(result.by_code),
        f"{result.generator_cpu * 100:.0f} + {result.model_cpu * 100:.0f}",
        str(spoken + listened),
        f"{max(spoken - result.words_heard, 0)} ({result.model.get('hung_up_tokens', 0)} hung up)",
    ]


def _is_busy(result: Result) -> bool:
    """They share a core."""
    return result.generator_cpu + result.model_cpu > BUSY


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
