"""`python -m tests.bench`: all scenarios in some eight minutes, or `--quick` in one.

The server has one core, what measures it another. A scenario alone: `--only saturation-sqlite`; `--only saturation`
runs all whose name begins so. Exit code 1 when an answer was wrong: then the figures mean nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import orjson

from tests.bench.load import Result
from tests.bench.scenarios import FIGURES, NOT_QUICK, SCENARIOS, Bench, Figures, measure
from tests.bench.table import summary, table, write_into

HEAD = """What a turn costs, as `make bench` measured it last; how to read it stands in `tests/README.md`:
"""
LIMIT_S, QUICK_LIMIT_S = 390.0, 45.0
"""Nothing new is begun after so long."""


async def run(bench: Bench, only: list[str]) -> tuple[dict[str, Result], dict[str, Figures]]:
    """Rows and figures by their names."""
    rows: dict[str, Result] = {}
    figures: dict[str, Figures] = {}
    give_up = time.monotonic() + (QUICK_LIMIT_S if bench.is_quick else LIMIT_S)
    for name in _names(bench, only):
        if time.monotonic() > give_up:
            _say(f"{name}: left out, no time")
            continue
        began = time.monotonic()
        try:
            if name in FIGURES:
                figures[name] = await FIGURES[name](bench)
            else:
                rows[name] = await measure(bench, next(s for s in SCENARIOS if s.name == name))
        except Exception as error:  # noqa: BLE001 - what the others measured is not to be lost
            rows[name] = Result(errors={f"{type(error).__name__}: {error}": 1})
        _say(f"{name}: {time.monotonic() - began:.0f} s")
    return rows, figures


def _names(bench: Bench, only: list[str]) -> list[str]:
    all_names = [*(s.name for s in SCENARIOS), *FIGURES]
    if only:
        return [name for name in all_names if any(name == o or name.startswith(f"{o}-") for o in only)]
    if bench.is_quick:
        return [*(s.name for s in SCENARIOS if s.quick_s is not None), *(n for n in FIGURES if n not in NOT_QUICK)]
    return all_names


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - how far it is


def _machine() -> dict[str, object]:
    """What makes figures of two runs comparable, or not."""
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg(),
        "yardstick_ms": min(_yardstick_ms() for _ in range(5)),
    }


def _said(machine: dict[str, object]) -> str:
    shown = (
        f"{name} {value:.1f}" if isinstance(value, float) else f"{name} {value}" for name, value in machine.items()
    )
    return ", ".join(shown)


def _yardstick_ms() -> float:
    """CPU time of a piece of work that is always the same: half a million steps of a loop."""
    began, total = time.process_time(), 0
    for i in range(500_000):
        total += i * i % 7
    return (time.process_time() - began) * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer scenarios, shorter")
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="may be given several times")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    parser.add_argument(
        "--table", type=Path, metavar="FILE", help="write the table between the marks of that Markdown file"
    )
    parser.add_argument("--summary", type=Path, metavar="FILE", help="the same with the few figures that are compared")
    parser.add_argument("--no-pin", action="store_true", help="let the processes run on any core")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of the service")
    parser.add_argument("--list", action="store_true", help="name the scenarios")
    given = parser.parse_args()
    if given.list:
        _say("\n".join([*(s.name for s in SCENARIOS), *FIGURES]))
        return
    machine = _machine()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(
            folder=Path(folder),
            is_quick=given.quick,
            is_pinned=not given.no_pin,
            settings=dict(setting.split("=", 1) for setting in given.set),
        )
        rows, figures = asyncio.run(run(bench, given.only))
    text = f"{table(rows, figures)}\nmachine: {_said(machine)}; at the end: {_said(_machine())}\n"
    print(text)  # noqa: T201 - the answer
    if given.json:
        measured = {"machine": machine, "rows": {name: asdict(row) for name, row in rows.items()}, "figures": figures}
        given.json.write_bytes(orjson.dumps(measured, option=orjson.OPT_INDENT_2))
    if given.table:
        write_into(given.table, text)
    if given.summary:
        write_into(given.summary, f"{HEAD}\n{summary(rows, figures)}\nMachine: {_said(machine)}\n")
    if wrong := {name: row.errors for name, row in rows.items() if row.errors}:
        sys.exit(f"these figures mean nothing, answers were wrong: {wrong}")


if __name__ == "__main__":
    main()
