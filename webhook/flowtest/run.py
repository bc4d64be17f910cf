"""Runs cases, each in the way it asks for. Those that need Claude are skipped where there is none."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from webhook.flowtest.outcome import Outcome, skipped
from webhook.flowtest.told import hold

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from webhook.flowtest.load import Case

NO_KEY = "it needs Claude, and ANTHROPIC_API_KEY is not set"
LEFT_OUT = "it needs Claude, and tests without a model were asked for"


class Live(Protocol):
    """Holds the talks that need Claude."""

    async def hold(self, case: Case) -> Outcome: ...


def run_told(case: Case, *, without: str = NO_KEY, clock: Callable[[], float] = time.perf_counter) -> Outcome:
    """One case without Claude; skipped for the reason `without` where it needs it."""
    if case.needs_claude:
        return skipped(case, without)
    begun = clock()
    return replace(hold(case), seconds=clock() - begun)


async def run_all(
    cases: Iterable[Case], live: Live | None, *, without: str = NO_KEY, clock: Callable[[], float] = time.perf_counter
) -> AsyncGenerator[Outcome]:
    """Outcomes as they come, in the order of the cases."""
    for case in cases:
        if live is None or not case.needs_claude:
            yield run_told(case, without=without, clock=clock)
            continue
        begun = clock()
        yield replace(await live.hold(case), seconds=clock() - begun)
