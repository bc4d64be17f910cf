"""`python -m tests.bench.profile`: where the CPU of a turn goes, as a page of text.

Calls of functions are counted exactly and are the same on any machine; shares of time are cProfile's and flatter
whatever runs in C.
"""

from __future__ import annotations

import asyncio
import pstats
import signal
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.bench.load import Order
from tests.bench.processes import ROOT
from tests.bench.scenarios import INSTANT, Bench
from tests.live_server import WEBHOOK_SECRET

_CALLS, _WARM_S, _SECONDS = 4, 1.0, 3.0
_MOST = 24
_STEPS = {
    "routes/llm.py:answer_turn": "decode the request, find out which call it is",
    "runner.py:answer": "load the session, begin the turn, save it",
    "interview/foresight.py:foresee": "foresee the move",
    "interview/prompt.py:listen_request": "what listen is asked",
    "interview/prompt.py:speak_request": "what speak is asked, for the draft and for the move",
    "claude.py:complete": "listen: one whole answer",
    "claude.py:stream": "speak: one streamed answer",
    "interview/listening.py:parse_understanding": "the answer of listen, checked",
    "interview/moves.py:advance": "facts, road, move; once foreseen and once decided",
    "interview/speech.py:feed": "fit for a voice",
    "routes/llm.py:_events": "what leaves, as events",
    "sessions.py:save": "three saves",
    "relay.py:publish": "a copy for readers in other workers, signs of life",
}


async def profiled(bench: Bench) -> tuple[pstats.Stats, int]:
    """The profile of some turns, and how many."""
    to = bench.folder / "profile"
    with bench.model(INSTANT) as (model_url, model_pid), bench.redis() as redis_url:
        service = bench.new_service(
            model_url, redis_url=redis_url, module=("tests.bench.profiled",), env={"PROFILE_TO": str(to)}
        )
        try:
            pids = await bench.start(service)
            order = Order(
                url=service.url,
                secret=WEBHOOK_SECRET,
                calls=_CALLS,
                seconds=_WARM_S,
                model_url=model_url,
                model_pid=model_pid,
                pids=pids,
            )
            await bench.load(order)
            service.signal(signal.SIGUSR1)
            result = await bench.load(replace(order, seconds=_SECONDS, warm_up_s=0.0))
            service.signal(signal.SIGUSR2)
            while not to.exists() or not to.stat().st_size:  # noqa: ASYNC110 - a process sends no event
                await asyncio.sleep(0.1)
        finally:
            service.end()
    return pstats.Stats(str(to)), result.all_turns


def page(stats: pstats.Stats, turns: int) -> str:
    """Markdown: steps of a turn, then packages."""
    rows = stats.stats  # type: ignore[attr-defined]  # what pstats documents is only its printing
    total = sum(row[2] for row in rows.values())
    calls, shares = Counter[str](), Counter[str]()
    steps: dict[str, float] = {}
    for (file, _, function), (_, count, own, inclusive, _) in rows.items():
        package = _package(file)
        calls[package] += count
        shares[package] += own
        if (step := f"{package.removeprefix('webhook/')}:{function}") in _STEPS:
            steps[step] = inclusive
    if missing := _STEPS.keys() - steps.keys():
        raise LookupError(f"no step has these names any more: {', '.join(sorted(missing))}")
    lines = [
        f"A turn is {sum(calls.values()) / turns:,.0f} calls of functions, {calls['C'] / turns:,.0f} of them into C.",
        "",
        "| step, all below it included | share of the CPU |",
        "| --- | ---: |",
        *(f"| `{step}`: {_STEPS[step]} | {steps[step] / total:.0%} |" for step in _STEPS),
        "",
        "| where, nothing below it included | calls a turn | share of the CPU |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {calls[name] / turns:,.0f} | {own / total:.1%} |" for name, own in shares.most_common(_MOST)),
    ]
    return "\n".join(lines) + "\n"


def _package(file: str) -> str:
    if file == "~":
        return "C"
    if "/site-packages/" in file:
        return file.rpartition("/site-packages/")[2].partition("/")[0]
    if file.startswith(f"{ROOT}/webhook/"):
        return file.removeprefix(f"{ROOT}/")
    return "the standard library"


HEAD = """# Where the CPU of a turn goes

`make profile` writes this page: four calls over Redis at a Claude that costs no time, drafts on, each turn with one listen
and one speak call of 32 deltas. Calls are counted exactly; shares are cProfile's, which flatters what runs in C.

"""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="profile-") as folder:
        stats, turns = asyncio.run(profiled(Bench(folder=Path(folder))))
    to = ROOT / "docs" / "profile.md"
    to.parent.mkdir(exist_ok=True)
    to.write_text(HEAD + page(stats, turns))


if __name__ == "__main__":
    main()
