"""A flow is saved while calls are running: two workers, real processes, real files."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2

from tests import numbers
from tests.fork_server import Nursery
from tests.live_server import OPERATORS, SIMPLE, TURNS
from tests.workers import Service

WITHIN_S = 20.0
SEEN_S = 2.5
"""A file that was saved is in service by then."""
THINK_S = 0.6
OLD, NEW = "What is your bravo number?", "And bravo, please?"


def to(service: Service) -> httpx2.AsyncClient:
    """A new connection for every request: any of the workers may have it."""
    return httpx2.AsyncClient(base_url=service.url, timeout=20.0, headers={"Connection": "close"})


async def turn(http: httpx2.AsyncClient, session_id: str, *talk: str) -> str:
    """The answer to a talk."""
    messages = [{"role": "assistant" if i % 2 else "user", "content": text} for i, text in enumerate(talk)]
    body = {"messages": messages, "variables": {"session_id": session_id}}
    answer: dict[str, str] = (await http.post(SIMPLE, json=body, headers=TURNS)).json()
    return answer["content"]


async def ready(http: httpx2.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/readyz")).json()
    return found


async def record(http: httpx2.AsyncClient, session_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get(f"/api/sessions/{session_id}", headers=OPERATORS)).json()
    return found


async def soon(holds: Callable[[], Awaitable[bool]], times: int = 1) -> None:
    """Wait until it holds so many times in a row: several workers answer."""
    give_up, held = time.monotonic() + WITHIN_S, 0
    while held < times:
        assert time.monotonic() < give_up
        held = held + 1 if await holds() else 0
        await asyncio.sleep(0.05)


async def test_a_saved_flow_serves_new_calls_in_every_worker_and_disturbs_no_running_one(
    tmp_path: Path, nursery: Nursery
) -> None:
    path = numbers.write_flow(tmp_path / "flows") / "numbers.yaml"
    good = path.read_text()
    async with Service(tmp_path, flows_dir=path.parent, workers=2) as service, to(service) as http:
        first = await turn(http, "running", "Hello?")
        path.write_text(good.replace("version: 1", "version: 2").replace(OLD, NEW))

        async def has_two() -> bool:
            return bool((await ready(http))["flows"]["numbers"]["version"] == 2)

        await soon(has_two, times=20)
        talk = ["Hello?", first, "My alpha number is 7"]
        assert await turn(http, "running", *talk) == OLD
        assert await turn(http, "new", *talk) == NEW

        path.write_text(good.replace("follow_up: charlie", "follow_up: charly"))

        async def is_refused() -> bool:
            return (await ready(http)).get("refused") == ["numbers.yaml:23: unknown-topic"]

        await soon(is_refused, times=20)
        assert (await ready(http))["flows"]["numbers"]["version"] == 2
        assert await turn(http, "newer", *talk) == NEW
        assert any("charly" in str(line["findings"]) for line in service.logged("flows_refused"))

    # What is broken still is, and a call that began with the first version is not over.
    async with Service(tmp_path, flows_dir=path.parent, nursery=nursery) as service, to(service) as http:
        assert (await ready(http))["flows"]["numbers"]["version"] == 2
        assert await turn(http, "running", *talk, OLD, "My bravo number is 8") == "What is your charlie number?"
        assert (await record(http, "running"))["flowVersion"] == 1


async def held(http: httpx2.AsyncClient, session_id: str) -> list[str]:
    """A whole call, answering whatever is asked; what was asked, in order."""
    talk, asked = ["Hello?"], []
    while True:
        asked.append(await turn(http, session_id, *talk))
        name = next((name for name in numbers.NAMES if name in asked[-1]), None)
        if name is None:
            return asked
        talk += [asked[-1], f"My {name} number is {len(asked)}"]
        await asyncio.sleep(THINK_S)


async def test_row_59_fifty_running_calls_are_not_disturbed_by_a_good_file_and_a_broken_one(tmp_path: Path) -> None:
    path = numbers.write_flow(tmp_path / "flows") / "numbers.yaml"
    good = path.read_text()
    async with Service(tmp_path, flows_dir=path.parent, workers=2) as service, to(service) as http:
        calls = [asyncio.create_task(held(http, f"s-{i}")) for i in range(50)]
        for text in (
            good.replace("version: 1", "version: 2").replace("What is your", "And what is your"),
            good.replace("follow_up: charlie", "follow_up: charly"),
            good.replace("version: 1", "version: 3").replace("Goodbye", "Bye"),
        ):
            await asyncio.sleep(SEEN_S)
            path.write_text(text)
        asked = await asyncio.gather(*calls)
        served = await asyncio.gather(*(record(http, f"s-{i}") for i in range(50)))
        in_service = [line["flows"] for line in service.logged("flows_in_service")]

    expected = [f"{'Hello. ' * (name == 'alpha')}What is your {name} number?" for name in numbers.NAMES]
    assert {tuple(each) for each in asked} == {(*expected, "That was the last number. Goodbye.")}
    assert {each["flowVersion"] for each in served} == {1}
    assert any("numbers 2" in str(flows) for flows in in_service), "nothing was saved while calls were running"
