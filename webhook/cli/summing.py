"""`webhook summary`: what the interviews of one flow come to, as a table, as JSON, or as a page with charts."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from typing import TYPE_CHECKING, Any, Literal

import typer

from webhook.cli.output import hand_over
from webhook.cli.records import opened_store, quiet_settings
from webhook.content.library import Library
from webhook.content.versions import Versions
from webhook.interview import summary_page as told
from webhook.summaries import Wanted, summarise

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from rich.console import Console

    from webhook.interview.flow import Flow
    from webhook.settings import Settings

Form = Literal["table", "json", "html"]
_FORMS: dict[str, Form] = {".json": "json", ".html": "html", ".htm": "html"}
_PIPE_WIDTH = 80


def summary(flow_id: str, wanted: Wanted, *, form: Form | None, output: Path | None) -> None:
    """Print or write it. Raises `NotFound`, `ContentError`, `SettingsError` and `StoreError`."""
    settings = quiet_settings()
    library = Library(settings.flows_dir, settings.prompts_dir, versions=Versions(settings.versions_dir))
    library.load_all()
    made = asyncio.run(_summarise(settings, library.numbered(flow_id, wanted.version), wanted))
    form = form or _FORMS.get(output.suffix.lower() if output is not None else "", "table")
    if output is None and form == "table":
        _print(made, _console(sys.stdout, None if sys.stdout.isatty() else _PIPE_WIDTH))
        return
    texts: dict[Form, Callable[[dict[str, Any]], str]] = {"table": _table_text, "json": _json_text, "html": told.page}
    text = texts[form](made)
    hand_over(text, output)
    if output is not None:
        typer.echo(f"{told.counted(made['interviews'], 'interview')} summed up in {output}")


async def _summarise(settings: Settings, flow: Flow, wanted: Wanted) -> dict[str, Any]:
    from time import time  # noqa: PLC0415 - the clock is looked at here only

    async with opened_store(settings) as store:
        return await summarise(store, flow, wanted, now=time(), prices=settings.claude_prices)


def _json_text(made: dict[str, Any]) -> str:
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _table_text(made: dict[str, Any]) -> str:
    out = io.StringIO()
    _print(made, _console(out, _PIPE_WIDTH))
    return out.getvalue()


def _console(out: Any, width: int | None) -> Console:
    from rich.console import Console  # noqa: PLC0415 - not needed for JSON and HTML

    return Console(file=out, width=width, highlight=False, markup=False, emoji=False)


def _print(made: dict[str, Any], console: Console) -> None:
    flow = made["flow"]
    counted = told.counted(made["interviews"], "interview")
    console.print(f"{flow['title']}: {counted}, {told.percent(made['completionRate'])} completed")
    console.print(told.period(made))
    for note in told.remarks(made):
        console.print(note)
    if not made["interviews"]:
        return
    for heads, rows in _tables(made):
        if rows:
            console.print()
            _print_table(console, heads, rows)


def _tables(made: dict[str, Any]) -> Iterable[tuple[Sequence[str], list[told.Cells]]]:
    yield ("ended", "interviews"), _end_rows(made)
    yield ("topic", "entered", "left", "stopped", "still", "turns", "median"), [_topic_row(t) for t in made["topics"]]
    lengths = ("minutes", "turns")
    yield (
        ("length of what is over", *_SPREAD),
        [(name, *told.spread_cells(made["length"][name]["over"])) for name in lengths],
    )
    yield ("fact", *_STATUSES.values()), [_slot_row(slot) for slot in made["slots"]]
    numbers = [slot for slot in made["slots"] if slot["answers"] is not None and "median" in slot["answers"]]
    yield (
        ("number", *_SPREAD),
        [(told.words(s["slot"]), *told.spread_cells(s["answers"])) for s in numbers if s["answers"]["count"] != 0],
    )
    yield ("choice", "answers"), [row for slot in made["slots"] for row in _choice_rows(slot)]
    yield ("Claude", "US dollars"), told.claude_rows(made["claude"])
    for name in ("flags", "languages", "personas", "versions"):
        yield (name.removesuffix("s"), "interviews"), told.counts_rows(made[name])


_SPREAD = ("n", "least", "quarter", "median", "quarter", "most")
_STATUSES = {
    "filled": "told",
    "refused": "refused",
    "unknown": "don't know",
    "partial": "in part",
    "not_understood": "unclear",
    "given_up": "gave up",
    "not_reached": "not reached",
    "off_the_road": "off road",
}


def _end_rows(made: dict[str, Any]) -> list[told.Cells]:
    rows: list[told.Cells] = []
    for name, count in made["ends"].items():
        if count != 0:
            rows.append((told.ENDS[name], told.count_text(count)))
        if name == "ended_early":
            rows += [(f"  by {told.ending_name(e)}", told.count_text(n)) for e, n in made["endings"].items()]
    return rows


def _topic_row(topic: dict[str, Any]) -> told.Cells:
    counts = (told.count_text(topic[name]) for name in ("entered", "left", "stopped", "still", "turns"))
    median = topic["medianTurns"]
    return (told.words(topic["topic"]), *counts, told.NOTHING if median is None else f"{median:g}")


def _slot_row(slot: dict[str, Any]) -> told.Cells:
    return (told.words(slot["slot"]), *(told.count_text(slot["statuses"][status]) for status in _STATUSES))


def _choice_rows(slot: dict[str, Any]) -> list[told.Cells]:
    answers = slot["answers"]
    if answers is None or "counts" not in answers:
        return []
    return [(f"{told.words(slot['slot'])}: {value}", count) for value, count in told.counts_rows(answers["counts"])]


def _print_table(console: Console, heads: Sequence[str], rows: list[told.Cells]) -> None:
    from rich.table import Table  # noqa: PLC0415 - not needed for JSON and HTML
    from rich.text import Text  # noqa: PLC0415 - not needed for JSON and HTML

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for number, name in enumerate(heads):
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    console.print(table)
