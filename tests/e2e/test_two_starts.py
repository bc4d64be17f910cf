"""Two starts of one interview at the same moment, at two real workers: one session, every time."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx2
import pytest

from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs
from tests.fork_server import Nursery
from tests.live_server import OPERATORS
from tests.workers import Service

ROUNDS = [pytest.param(40), pytest.param(500, marks=pytest.mark.chaos)]


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_row_57_two_starts_at_two_workers_are_one_session(
    kind: str, rounds: int, tmp_path: Path, nursery: Nursery, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("own_redis_server").url if kind == "redis" else None
    async with FakeElevenLabs() as fake:
        env = {
            "ELEVENLABS_API_KEY": KEY,
            "ELEVENLABS_AGENT_ID": AGENT_ID,
            "ELEVENLABS_BASE_URL": fake.base_url,
            "LOG_LEVEL": "warning",
        }
        async with (
            Service(tmp_path, redis_url=url, env=env, nursery=nursery) as one,
            Service(tmp_path, redis_url=url, env=env, nursery=nursery) as other,
        ):
            await _race(one.url, other.url, rounds)


async def _race(one: str, other: str, rounds: int) -> None:
    same = 0
    async with httpx2.AsyncClient(timeout=30.0, headers=OPERATORS) as http:
        for number in range(rounds):
            path = f"/api/v1/interviews/race-{number}/voice/start"
            answers = await asyncio.gather(*(http.post(f"{url}{path}", json={}) for url in (one, other)))
            assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
            told = [answer.json() for answer in answers]
            assert told[0]["sessionId"] == told[1]["sessionId"], f"round {number}"
            assert told[0]["conversationId"] != told[1]["conversationId"]
            same += 1
    assert same == rounds
