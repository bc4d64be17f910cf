"""A flow is saved while calls are running: two workers, real processes, real files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

from tests import numbers
from tests.live_server import SIMPLE, TURNS
from tests.workers import Service

WITHIN_S = 20.0
OLD, NEW = "What is your bravo number?", "And bravo, please?"


async def turn(service: Service, session_id: str, *talk: str) -> str:
    """The answer to a talk, by a connection of its own: any of the workers may have it."""
    messages = [{"role": "assistant" if i % 2 else "user", "content": text} for i, text in enumerate(talk)]
    async with httpx2.AsyncClient(base_url=service.url, timeout=10.0) as http:
        body = {"messages": messages, "variables": {"session_id": session_id}}
        answer = (await http.post(SIMPLE, json=body, headers=TURNS)).json()
    content: str = answer["content"]
    return content


async def ready(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = (await service.get("/readyz")).json()
    return found


async def soon(holds: Callable[[], Awaitable[bool]], times: int = 1) -> None:
    """Wait until it holds so many times in a row: several workers answer."""
    give_up, held = time.monotonic() + WITHIN_S, 0
    while held < times:
        assert time.monotonic() < give_up
        held = held + 1 if await holds() else 0
        await asyncio.sleep(0.05)


async def test_a_saved_flow_serves_new_calls_in_every_worker_and_disturbs_no_running_one(tmp_path: Path) -> None:
    path = numbers.write_flow(tmp_path / "flows") / "numbers.yaml"
    good = path.read_text()
    async with Service(tmp_path, flows_dir=path.parent, workers=2) as service:
        first = await turn(service, "running", "Hello?")
        path.write_text(good.replace("version: 1", "version: 2").replace(OLD, NEW))

        async def has_two() -> bool:
            return bool((await ready(service))["flows"]["numbers"]["version"] == 2)

        await soon(has_two, times=20)
        talk = ["Hello?", first, "My alpha number is 7"]
        assert await turn(service, "running", *talk) == OLD
        assert await turn(service, "new", *talk) == NEW

        path.write_text(good.replace("follow_up: charlie", "follow_up: charly"))

        async def is_refused() -> bool:
            return (await ready(service)).get("refused") == ["numbers.yaml:23: unknown-topic"]

        await soon(is_refused, times=20)
        assert (await ready(service))["flows"]["numbers"]["version"] == 2
        assert await turn(service, "newer", *talk) == NEW
        assert any("charly" in str(line["findings"]) for line in service.logged("flows_refused"))

    # What is broken still is, and a call that began with the first version is not over.
    async with Service(tmp_path, flows_dir=path.parent) as service:
        assert (await ready(service))["flows"]["numbers"]["version"] == 2
        assert await turn(service, "running", *talk, OLD, "My bravo number is 8") == "What is your charlie number?"
        record = (await service.get("/api/sessions/running")).json()
        assert record["flowVersion"] == 1
