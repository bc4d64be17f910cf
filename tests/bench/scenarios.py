"""What is measured: each scenario by its name, with processes of its own."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

import orjson

from tests import numbers
from tests.bench.load import Call, Client, Order, Result, spoken
from tests.bench.model import Pace
from tests.bench.processes import GENERATOR_CORE, ROOT, SERVER_CORE, cpu_s, on_core, rss_mb, started
from tests.live_server import WEBHOOK_SECRET
from tests.servers import RedisServer
from tests.workers import Service

#: Claude on an ordinary day, and a Claude that costs no time at all.
REAL = Pace(first_token_s=0.3, gap_s=0.02, tokens=32)
INSTANT = Pace(first_token_s=0.0, gap_s=0.0, tokens=32)
#: Nothing that is there to limit a caller may limit the benchmark.
UNLIMITED = dict.fromkeys(("LIMIT_SESSION", "LIMIT_AGENT", "LIMIT_ALL", "MAX_CALLS"), "1000000000")
HELD_MS = 50.0
"""A worker holds its calls as long as it adds no more to the first text, in 99 of 100 turns."""
BURST = 200
IDLE_S = 15.0
"""The longest wait for a service that was started to have nothing to do."""
SURPLUS = 0.1
"""The share of answers that tell more than was asked, where that is looked at: the reply drafted meanwhile is the wrong
one then, and the model is asked twice, one after the other. That time is not the service's, so no other row has it."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """One row. Times are seconds; `quick_s` takes the place of `seconds` in a quick run (None: left out)."""

    name: str
    calls: int
    seconds: float
    quick_s: float | None = None
    pace: Pace = INSTANT
    think_s: float = 0.0
    jitter_s: float = 0.0
    warm_up_s: float = 1.0
    past: int = 0
    surplus: float = 0.0
    target: Literal["service", "passthrough"] = "service"
    store: Literal["sqlite", "redis"] = "sqlite"
    workers: int = 1


def _calls(number: int, seconds: float, quick_s: float | None = None) -> Scenario:
    return Scenario(
        name=f"calls-{number}",
        calls=number,
        seconds=seconds,
        quick_s=quick_s,
        pace=REAL,
        think_s=3.0,
        jitter_s=1.0,
        warm_up_s=4.5,
        store="redis",
    )


def _past(messages: int, quick_s: float | None = None) -> list[Scenario]:
    plain = Scenario(name=f"past-{messages}-sqlite", calls=4, seconds=4.0, quick_s=quick_s, past=messages)
    return [plain, replace(plain, name=f"past-{messages}-redis", store="redis", quick_s=None)]


_FULL = Scenario(name="saturation-sqlite", calls=32, seconds=8.0, quick_s=3.0)
_PACED = Scenario(name="paced-sqlite", calls=16, seconds=6.0, quick_s=2.0, think_s=0.1, jitter_s=0.05)

SCENARIOS = (
    replace(_FULL, name="floor", target="passthrough", seconds=4.0, quick_s=2.0),
    replace(_FULL, name="floor-redis", target="passthrough", store="redis", seconds=4.0, quick_s=None),
    replace(_PACED, name="floor-paced", target="passthrough", quick_s=None),
    _FULL,
    replace(_FULL, name="saturation-redis", store="redis"),
    replace(_FULL, name="saturation-sqlite-2-workers", workers=2, quick_s=None),
    replace(_FULL, name="saturation-redis-2-workers", workers=2, store="redis", quick_s=None),
    _PACED,
    replace(_PACED, name="paced-redis", store="redis", quick_s=None),
    _calls(1, 20.0),
    _calls(16, 10.0, 4.0),
    _calls(64, 10.0),
    _calls(256, 10.0),
    replace(_calls(64, 10.0), name="surplus-64", surplus=SURPLUS),
    *_past(10),
    *_past(100),
    *_past(1000, 2.0),
)


@dataclass(kw_only=True)
class Bench:
    """Where it runs, and how."""

    folder: Path
    is_quick: bool = False
    is_pinned: bool = True
    #: Further settings of the service, by their names in the environment.
    settings: Mapping[str, str] = field(default_factory=dict)
    _count: int = 0

    def _fresh(self) -> Path:
        self._count += 1
        return self.folder / str(self._count)

    def core(self, core: int) -> int | None:
        return core if self.is_pinned else None

    @contextmanager
    def model(self, pace: Pace) -> Iterator[tuple[str, int]]:
        """Its address and its pid."""
        words = [f"--{name.replace('_', '-')}={value}" for name, value in asdict(pace).items()]
        with ExitStack() as stack:
            with on_core(self.core(GENERATOR_CORE)):
                running = stack.enter_context(started("tests.bench.model", *words))
            yield running

    @contextmanager
    def redis(self) -> Iterator[str]:
        server = RedisServer(self._fresh())
        with on_core(self.core(GENERATOR_CORE)):
            server.start()
        try:
            yield server.url
        finally:
            server.kill()

    def new_service(
        self,
        model_url: str,
        *,
        redis_url: str | None = None,
        workers: int = 1,
        module: Sequence[str] = ("webhook", "serve"),
        env: Mapping[str, str] = {},
    ) -> Service:
        folder = self._fresh()
        flows = numbers.write_flow(folder / "flows")
        return Service(
            folder / "data",
            claude_url=model_url,
            redis_url=redis_url,
            flows_dir=flows,
            workers=workers,
            module=module,
            env={**UNLIMITED, **env, **self.settings},
        )

    async def start(self, service: Service, workers: int = 1) -> tuple[int, ...]:
        """The pids of all its processes. Several workers share the cores with what measures them."""
        with on_core(self.core(SERVER_CORE) if workers == 1 else None):
            service.start()
        await service.ready()
        while workers > 1 and len(service.worker_pids) < workers:  # noqa: ASYNC110 - a process sends no event
            await asyncio.sleep(0.05)
        pids = (service.pid,) if workers == 1 else (service.pid, *service.worker_pids)
        await _idle(pids)
        return pids

    async def load(self, order: Order) -> Result:
        """Let a process of its own hold the calls."""
        words = [sys.executable, "-m", "tests.bench.load", orjson.dumps(asdict(order)).decode()]
        with on_core(self.core(GENERATOR_CORE)):
            process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdout=subprocess.PIPE)
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError("the load generator failed; what it said stands above")
        return Result(**orjson.loads(said))

    @asynccontextmanager
    async def target(self, scenario: Scenario) -> AsyncGenerator[Order]:
        """All processes of a scenario, and an order without numbers."""
        with ExitStack() as stack:
            model_url, model_pid = stack.enter_context(self.model(scenario.pace))
            redis_url = stack.enter_context(self.redis()) if scenario.store == "redis" else None
            order = Order(url="", secret=WEBHOOK_SECRET, calls=1, seconds=1.0, model_url=model_url, model_pid=model_pid)
            if scenario.target == "passthrough":
                words = ["--model-url", model_url, *(["--redis-url", redis_url] if redis_url else [])]
                with on_core(self.core(SERVER_CORE)):
                    url, pid = stack.enter_context(started("tests.bench.passthrough", *words))
                yield replace(order, url=url, pids=(pid,), listens=False)
                return
            service = self.new_service(model_url, redis_url=redis_url, workers=scenario.workers)
            try:
                pids = await self.start(service, scenario.workers)
                yield replace(order, url=service.url, pids=pids)
            finally:
                service.end()


async def _idle(pids: tuple[int, ...]) -> None:
    """Until they have loaded all they load behind an open port."""
    give_up = time.monotonic() + IDLE_S
    before, used = cpu_s(pids), 1.0
    while used > 0.02 and time.monotonic() < give_up:
        await asyncio.sleep(0.5)
        now = cpu_s(pids)
        before, used = now, now - before


async def measure(bench: Bench, scenario: Scenario) -> Result:
    """One row of the table."""
    seconds = scenario.quick_s if bench.is_quick and scenario.quick_s else scenario.seconds
    async with bench.target(scenario) as order:
        return await bench.load(_ordered(order, scenario, seconds=seconds))


def _ordered(order: Order, scenario: Scenario, *, seconds: float) -> Order:
    return replace(
        order,
        calls=scenario.calls,
        seconds=seconds,
        warm_up_s=scenario.warm_up_s,
        think_s=scenario.think_s,
        jitter_s=scenario.jitter_s,
        past=scenario.past,
        ready=round(seconds * 16) if scenario.past else 0,
        ready_s=seconds * 1.5,
        surplus=scenario.surplus,
    )


# Figures that are no rows

Figures = dict[str, float | str]

_PATIENT = {
    "TURN_DRAFT": "false",
    "TURN_LISTEN_S": "10",
    "TURN_FIRST_TEXT_S": "10",
    "TURN_HEDGE_S": "10",
    "TURN_BRIDGE_S": "10",
    "TURN_SPEAK_S": "20",
    "TURN_END_S": "30",
}


async def memory(bench: Bench) -> Figures:
    """Resident memory without calls, after some, and while so many replies are being streamed at once.

    As many as the service has connections to Claude: without drafts each reply holds one.
    """
    streams = 50 if bench.is_quick else 200
    pace = Pace(first_token_s=0.3, gap_s=0.1, tokens=20 if bench.is_quick else 90)
    with bench.model(pace) as (model_url, model_pid):
        service = bench.new_service(model_url, env=_PATIENT)
        try:
            pids = await bench.start(service)
            idle = rss_mb(pids)
            order = Order(
                url=service.url,
                secret=WEBHOOK_SECRET,
                calls=8,
                seconds=0.1,
                warm_up_s=0.1,
                pids=pids,
                model_url=model_url,
                model_pid=model_pid,
            )
            await bench.load(order)
            warm = rss_mb(pids)
            loading = asyncio.create_task(bench.load(replace(order, calls=streams, seconds=1.0)))
            most = warm
            while not loading.done():
                most = max(most, rss_mb(pids))
                await asyncio.sleep(0.05)
            result = await loading
        finally:
            service.end()
    return {
        "rss_idle_mb": idle,
        "rss_after_8_calls_mb": warm,
        f"rss_{streams}_streams_mb": most,
        "rss_per_stream_kb": (most - warm) / streams * 1000,
        "most_open": result.model["most_open"],
        "errors": sum(result.errors.values()),
    }


async def start(bench: Bench) -> Figures:
    """From the command to the first text of the first turn, on a second start; best and worst of three."""
    times_s: list[float] = []
    worded = 0
    with bench.model(INSTANT) as (model_url, _):
        service = bench.new_service(model_url)
        for again in range(2 if bench.is_quick else 4):
            call = Call(Order(url=service.url, secret=WEBHOOK_SECRET, calls=1, seconds=1.0), random.Random())
            began = time.perf_counter()
            with on_core(bench.core(SERVER_CORE)):
                service.start()
            try:
                at, text = await _first_answer(service, call)
            finally:
                service.end()
            if again:
                times_s.append(at - began)
                worded += "Right," in text
    figures: Figures = {"start_to_first_text_s": min(times_s), "start_to_first_text_worst_s": max(times_s)}
    return {**figures, "worded_by_claude": f"{worded} of {len(times_s)}"}


async def _first_answer(service: Service, call: Call) -> tuple[float, str]:
    request = call.next_request()
    client = Client(service.url)
    while True:
        try:
            answer = await client.ask(request)
        except ConnectionRefusedError:
            await asyncio.sleep(0.005)
        else:
            client.close()
            assert answer.first_at is not None
            return answer.first_at, spoken(answer)


async def capacity(bench: Bench) -> Figures:
    """How many realistic calls one worker holds: doubled until it does not, then halved in between, twice."""
    scenario = _calls(0, 6.0)
    held, failed, tried = 0, 0, {}
    give_up = time.monotonic() + 75.0
    async with bench.target(scenario) as order:
        calls = 64
        while time.monotonic() < give_up and (not failed or (failed - held) > max(held // 4, 8)):
            result = await bench.load(_ordered(order, replace(scenario, calls=calls), seconds=scenario.seconds))
            tried[calls] = result.added_ms["p99"]
            if tried[calls] <= HELD_MS and not result.errors:
                held = calls
            else:
                failed = calls
            calls = (held + failed) // 2 if failed else calls * 2
    steps = ", ".join(f"{calls}: {ms:.0f} ms" for calls, ms in sorted(tried.items()))
    return {"calls_one_worker_holds": held, "added_p99_by_calls": steps}


async def burst(bench: Bench) -> Figures:
    """The first turns of `BURST` calls at the same moment, on one worker; all rounds together."""
    with bench.model(REAL) as (model_url, model_pid):
        service = bench.new_service(model_url)
        try:
            pids = await bench.start(service)
            order = Order(
                url=service.url,
                secret=WEBHOOK_SECRET,
                calls=1,
                at_once=BURST,
                seconds=5.0 if bench.is_quick else 30.0,
                think_s=2.0,
                pids=pids,
                model_url=model_url,
                model_pid=model_pid,
            )
            result = await bench.load(order)
        finally:
            service.end()
    return {
        "first_turns_at_once": BURST,
        "first_text_p50_ms": result.first_ms["p50"],
        "first_text_p99_ms": result.first_ms["p99"],
        "first_text_max_ms": result.first_ms["max"],
        "cpu_ms_per_turn": result.cpu_ms_per_turn,
        "turns": result.turns,
        "by_code": result.by_code,
        "errors": sum(result.errors.values()),
    }


FIGURES = {"memory": memory, "start": start, "burst": burst, "capacity": capacity}
NOT_QUICK = frozenset({"burst", "capacity"})
