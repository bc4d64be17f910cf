"""Real clients, each through whole interviews with the real service: `make clients`.

`--webhook .venv/bin/webhook` is the service to try (of any checkout; or WEBHOOK_BIN), `--only NAME` keeps the drivers
whose file names begin so, `--table FILE` writes the table between its marks. Exit code 1 if a cell is not right.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.callers import as_claude, is_speak
from tests.clients import checks
from tests.clients.calls import PAST, WORDS, hold, hold_with_claude, scripted_replies
from tests.clients.driver import Client, Driver, drivers, started
from tests.clients.service import Service, running
from tests.clients.table import Row, markdown, write_between_marks
from tests.fake_claude import Body, FakeClaude, Reply

COLUMNS = (
    "whole",
    "stream",
    "tools, whole",
    "tools, stream",
    "past the end",
    "silence",
    "interruption",
    "usage",
    "wrong secret",
    "without an id",
)
LANES = 2
_GAP_S = 0.02
"""Between the pieces of a reply, so that there is something to interrupt."""
_SHORT = ("Hello?", "Yes, that's fine.", "I'm Sam.", "I'm 34.")
"""Enough to count tokens."""


@dataclass(frozen=True, kw_only=True)
class Lane:
    """Services that one client at a time asks, so that every request and session there is its doing."""

    scripted: Service
    worded: Service  # by Claude
    fake: FakeClaude
    replies: list[str]  # of the scripted one to WORDS and PAST


def _slowly(body: Body) -> Reply:
    reply = as_claude(body)
    return replace(reply, gap_s=_GAP_S) if is_speak(body) else reply


@asynccontextmanager
async def lane(webhook: Path, folder: Path) -> AsyncGenerator[Lane]:
    async with (
        FakeClaude(_slowly) as fake,
        running(webhook, folder / "scripted") as scripted,
        running(webhook, folder / "worded", claude_url=fake.base_url) as worded,
    ):
        yield Lane(scripted=scripted, worded=worded, fake=fake, replies=await scripted_replies(scripted))


async def row_of(lane: Lane, driver: Driver, client: Client) -> Row:
    cells: dict[str, list[str]] = {}

    def note(column: str, problems: Iterator[str]) -> None:
        found = cells.setdefault(column, [])
        found += [problem for problem in dict.fromkeys(problems) if problem not in found]

    for mode in client.modes:
        for tools in (False, True):
            held = await hold(
                lane.scripted, driver, client, stream=mode == "stream", tools=tools, words=WORDS, past=PAST
            )
            note(f"tools, {mode}" if tools else mode, checks.interview(held, lane.replies))
            note("past the end", checks.past_the_end(held, lane.replies))
            note("usage", checks.usage_on_the_wire(held.everything))
    stream = "stream" in client.modes
    for tools in (False, True):
        held = await hold(lane.scripted, driver, client, stream=stream, tools=tools, words=checks.SILENT_WORDS)
        note("silence", checks.silence(held, lane.replies))
    held = await hold(lane.scripted, driver, client, stream=stream, known=False)
    note("without an id", checks.interview(held, lane.replies))
    held = await hold(lane.scripted, driver, client, stream=stream, words=WORDS[:1], key="wrong")
    note("wrong secret", checks.wrong_secret(held))
    if stream and client.interrupts:
        held = await hold_with_claude(lane.worded, driver, client, interrupts=("age", "transport_preference"))
        note("interruption", checks.interruption(held))
    for mode in client.modes:
        since = len(lane.fake.received)
        held = await hold(lane.worded, driver, client, stream=mode == "stream", words=_SHORT)
        note("usage", checks.usage(held, _billed(lane.fake, since)))
    return Row(client=client, cells=cells)


def _billed(fake: FakeClaude, since: int) -> int:
    return sum(
        count for received in fake.received[since:] for name, count in received.usage.items() if name.endswith("tokens")
    )


async def rows_of(lane: Lane, command: list[str], log: Path) -> list[Row]:
    """Of every client of one driver file."""
    async with started(command, log) as driver:
        return [await row_of(lane, driver, client) for client in driver.clients]


async def run(webhook: Path, chosen: Mapping[str, list[str]], folder: Path) -> list[Row]:
    """All rows, in the order of the drivers; `LANES` drivers at a time."""
    found: dict[str, list[Row]] = {}
    waiting = list(chosen.items())

    async def work(number: int) -> None:
        async with lane(webhook, folder / f"lane-{number}") as its:
            while waiting:
                name, command = waiting.pop(0)
                began = time.monotonic()
                found[name] = await rows_of(its, command, folder / f"{name}.log")
                _say(f"{name}: {time.monotonic() - began:.0f} s")

    async with asyncio.TaskGroup() as tasks:
        for number in range(min(LANES, len(waiting))):
            tasks.create_task(work(number))
    return [row for name in chosen for row in found[name]]


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a program of the terminal


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("WEBHOOK_BIN", str(Path(sys.executable).with_name("webhook")))
    parser.add_argument("--webhook", type=Path, default=Path(default))
    parser.add_argument("--only", action="append", default=[], help="the beginning of a driver's file name")
    parser.add_argument("--logs", type=Path, help="a folder, not there yet, for what services and clients log")
    parser.add_argument("--table", type=Path, help="a Markdown file with marks for the table")
    given = parser.parse_args()
    chosen = {name: c for name, c in drivers().items() if not given.only or name.startswith(tuple(given.only))}
    with tempfile.TemporaryDirectory(prefix="clients-") as temporary:
        folder = given.logs or Path(temporary)
        folder.mkdir(exist_ok=True)
        rows = asyncio.run(run(given.webhook.absolute(), chosen, folder))
    text = markdown(rows, COLUMNS)
    problems = [problem for row in rows for problem in row.problems]
    _say("\n".join(["", text, *problems]))
    cells = [row.mark(column) for row in rows for column in COLUMNS]
    wrong = sum(mark.startswith("**") for mark in cells)
    _say(f"{len(cells) - wrong - cells.count('-')} passed, {wrong} failed")
    if given.table is not None and not problems:
        write_between_marks(given.table, text)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
