"""What was measured, for people to read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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


def summary(rows: Mapping[str, Result], figures: Mapping[str, Figures]) -> str:
    """Markdown: the few figures by which a release is compared with the one before it, where they were measured."""
    lines = [_line(("figure", "measured", "beside it")), _line(("---", "---:", "---"))]
    lines += [_line(cells) for cells in _compared(rows, figures) if cells is not None]
    return "\n".join(lines) + "\n"


def _compared(rows: Mapping[str, Result], figures: Mapping[str, Figures]) -> Iterator[tuple[str, str, str] | None]:
    floor, full, two = (rows.get(n) for n in ("floor-redis", "saturation-redis", "saturation-redis-2-workers"))
    if floor and full:
        yield (
            "CPU of a turn, two model calls in it",
            f"{full.cpu_ms_per_turn:.1f} ms",
            f"bare passthrough with a Redis read and write {floor.cpu_ms_per_turn:.1f} ms",
        )
        yield (
            "turns per second, one worker",
            f"{full.turns_per_s:.0f}",
            f"passthrough {floor.turns_per_s:.0f}; two workers {two.turns_per_s:.0f}" if two else "",
        )
    for name, calls in (("calls-16", 16), ("calls-64", 64), ("calls-256", 256)):
        if row := rows.get(name):
            yield (
                f"first text added, {calls} realistic calls",
                f"{row.added_ms['p50']:.1f} ms (p99 {row.added_ms['p99']:.0f})",
                f"beyond the model's own {row.floor_ms:.0f} ms; {row.server_cpu:.0%} of a core",
            )
    short, long = rows.get("past-10-redis"), rows.get("past-1000-redis")
    if short and long:
        grown = long.cpu_ms_per_turn / short.cpu_ms_per_turn
        yield "CPU of a turn after 1,000 messages instead of 10", f"{grown:.1f} times", ""
    if row := rows.get("surplus-64"):
        spoken = row.model["speak_tokens"]
        wasted = max(spoken - row.words_heard, 0) / spoken if spoken else 0.0
        yield "tokens paid for and never spoken", f"{wasted:.1%}", "where one answer in ten tells more than was asked"
    if found := figures.get("memory"):
        stream = next((value for key, value in found.items() if key.startswith("rss_per_stream")), 0)
        yield "resident memory, idle", f"{found['rss_idle_mb']:.0f} MB", f"{stream:.0f} KB more for each open stream"
    if found := figures.get("start"):
        yield "start to first words, second start", f"{found['start_to_first_text_s']:.1f} s", ""
    if found := figures.get("capacity"):
        yield (
            "realistic calls one worker holds",
            str(found["calls_one_worker_holds"]),
            "until first text added is above 50 ms in one turn of a hundred",
        )


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
