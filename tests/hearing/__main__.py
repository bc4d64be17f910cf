"""`python -m tests.hearing`: what code takes from the answers of each bank, and how long a reading takes.

`--missed` lists the rows that are wrong, and those of which nothing was taken; `--raise` writes figures that are better
than the bar into `bar.toml`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from tests.hearing.bank import NOTHING, RIGHT, SLOTS, WRONG, Figures, Row, banks, heard, rows_of
from tests.hearing.bar import raised, write
from tests.hearing.long_texts import LONG_TEXTS

_LINE = "{:<10} {:<4} {:>6} {:>8} {:>6} {:>6} {:>6}"


def main() -> None:
    arguments = _arguments()
    figures: dict[str, Figures] = {}
    for bank in banks():
        rows = list(rows_of(bank))
        figures[bank] = _measure(rows)
        _print_bank(bank, rows, figures[bank])
        if arguments.missed:
            _print_missed(rows)
    _print_times([row for bank in banks() for row in rows_of(bank)])
    if getattr(arguments, "raise"):
        write(raised({bank: found.bar() for bank, found in figures.items()}))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.hearing")
    parser.add_argument("--missed", action="store_true", help="list what is wrong, and what was not taken")
    parser.add_argument("--raise", action="store_true", help="write better figures into bar.toml")
    return parser.parse_args()


def _measure(rows: list[Row]) -> Figures:
    figures = Figures()
    for row in rows:
        figures.count(row, heard(row))
    return figures


def _print_bank(bank: str, rows: list[Row], whole: Figures) -> None:
    _say(f"\n{bank}.txt, {len(rows)} answers")
    _say(_LINE.format("slot", "", RIGHT, NOTHING, WRONG, "taken", "of"))
    for slot, language in sorted({(row.slot, row.language) for row in rows}):
        _print_line(slot, language, _measure([row for row in rows if (row.slot, row.language) == (slot, language)]))
    for language in sorted({row.language for row in rows}):
        _print_line("all", language, _measure([row for row in rows if row.language == language]))
    _print_line("all", "", whole)
    share = whole.taken / whole.valued if whole.valued else 0.0
    _say(f"false consents: {whole.false_consents}; values taken at once: {share:.1%}")


def _print_line(slot: str, language: str, figures: Figures) -> None:
    found = figures.verdicts
    _say(_LINE.format(slot, language, found[RIGHT], found[NOTHING], found[WRONG], figures.taken, figures.valued))


def _print_missed(rows: list[Row]) -> None:
    for row in rows:
        value = heard(row)
        if (verdict := row.verdict(value)) != RIGHT:
            _say(f"  {verdict}: {row.language}|{row.slot}|{','.join(sorted(row.accepted))}|{row.said} -> {value}")


def _print_times(rows: list[Row]) -> None:
    for row in rows:
        heard(row)  # the patterns of a question are made once
    times = [_seconds(row) for row in rows]
    _say(f"\na reading: {statistics.median(times) * 1e6:.0f} µs median, {max(times) * 1e6:.0f} µs worst")
    long = [(shape, Row("en", slot, frozenset(), text)) for shape, text in LONG_TEXTS.items() for slot in SLOTS]
    worst, shape, slot = max((_seconds(row), shape, row.slot) for shape, row in long)
    _say(f"over 32 KB: {worst * 1e3:.1f} ms worst ({shape}, {slot})")


def _seconds(row: Row) -> float:
    """The best of three: a busy machine only ever makes it longer."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        heard(row)
        times.append(time.perf_counter() - began)
    return min(times)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    main()
