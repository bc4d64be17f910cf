"""`webhook retention` beside the stores a server has left behind: SQLite and Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.cli.conftest import CommandLine
from tests.live_server import services_for
from tests.servers import running_redis
from tests.test_retention import SPOKEN, held_at, told_of
from webhook.interview.retention import DAY_S
from webhook.interview.session import to_dict
from webhook.wire.limits import read_object
from webhook.wire.post_call import parse_event

SHORT = {"KEEP_DAYS": "recordings=1,transcripts=3,reports=5"}
AGES = {"s-young": 0.5, "s-spoken": 4.0, "s-old": 6.0}


@pytest.fixture(params=["sqlite", "redis-server"])
def env(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a deployment with short periods."""
    if request.param == "sqlite":
        yield SHORT
        return
    with running_redis(tmp_path / "redis") as server:
        yield {**SHORT, "REDIS_URL": server.url}


@pytest.fixture
def kept(cli: CommandLine, env: dict[str, str]) -> CommandLine:
    """Three interviews: one with everything, one whose words are over, one that is over as a whole; and a recording."""
    cli.env.update(env)

    async def keep() -> None:
        url = env.get("REDIS_URL")
        here = services_for(cli.data_dir, redis_url=None if url is None else SecretStr(url))
        for store in (here.store, here.call_store):
            await store.open()
        for session_id, days in AGES.items():
            began, call = time.time() - days * DAY_S, f"conv_{session_id}"
            session = replace(here.admission.new(session_id), **held_at(began, call))
            assert await here.sessions.save(session, expect=0, at=began)
            await here.bindings.bind(call, session_id)
            event = parse_event(read_object(told_of(call, began)))
            assert event is not None
            await here.calls.receive(event)
            await here.interviewer.generations.drain(5.0)
        folder = here.calls.recordings.folder
        folder.mkdir(parents=True)
        (folder / "conv_s-spoken.mp3").write_bytes(b"sound")
        for store in (here.call_store, here.store):
            await store.close()

    asyncio.run(keep())
    return cli


def test_what_is_over_is_listed_without_a_word_and_nothing_is_deleted(kept: CommandLine) -> None:
    for _ in range(2):
        told = kept.run("retention", "--dry-run")
        assert told.returncode == 0, told.stderr
        lines = [line.split()[:2] for line in told.stdout.splitlines()]
        assert ["reports", "s-old"] in lines
        assert ["transcripts", "s-spoken"] in lines
        assert "s-young" not in told.stdout
        assert SPOKEN not in told.stdout + told.stderr
        assert SPOKEN in kept.run("transcript", "s-spoken", "--private").stdout


def test_one_round_deletes_what_is_over_proves_it_and_leaves_the_rest(kept: CommandLine) -> None:
    done = kept.run("retention")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 reports" in done.stdout
    assert "nothing is left that should be gone" in done.stdout
    assert SPOKEN not in done.stdout + done.stderr
    gone = kept.run("transcript", "s-spoken")
    assert (gone.returncode, "no longer kept" in gone.stderr) == (2, True)
    assert kept.run("report", "s-spoken", "--format", "json", "--private").returncode == 0
    assert "there is no session" in kept.run("report", "s-old").stderr
    assert SPOKEN in kept.run("transcript", "s-young", "--private").stdout
    assert not (kept.data_dir / "recordings" / "conv_s-spoken.mp3").exists()
    assert "nothing is over" in kept.run("retention", "--dry-run").stdout
    again = kept.run("retention")
    assert (again.returncode, "nothing was over" in again.stdout) == (0, True)


def test_it_fails_while_something_is_left_and_says_what_and_why(kept: CommandLine, env: dict[str, str]) -> None:
    async def keep() -> None:
        url = env.get("REDIS_URL")
        here = services_for(kept.data_dir, redis_url=None if url is None else SecretStr(url))
        await here.store.open()
        session = replace(here.admission.new("s-newer"), **held_at(time.time() - 4 * DAY_S, "conv_newer"))
        await here.store.save("s-newer", {**to_dict(session), "schema": 99}, expect=0)
        await here.store.close()

    asyncio.run(keep())
    told = kept.run("retention")
    assert told.returncode == 1, told.stderr
    assert "left: 1 transcripts" in told.stdout
    assert "later release" in told.stdout
    assert "nothing is left" not in told.stdout


def test_a_wrong_period_is_named(cli: CommandLine) -> None:
    told = cli.run("retention", KEEP_DAYS="transcripts=40")
    assert (told.returncode, told.stdout) == (2, "")
    assert "KEEP_DAYS: " in told.stderr
    assert "transcripts (40) must not be kept longer than reports (30)" in told.stderr


def test_a_clock_far_from_what_was_stored_last_deletes_nothing_until_somebody_says_that_it_is_right(
    kept: CommandLine, env: dict[str, str]
) -> None:
    """As after a pause of twenty days, or with a clock that is so far ahead."""
    asyncio.run(_stopped_at(kept, env, time.time() - 20 * DAY_S))
    told = kept.run("retention")
    assert told.returncode == 1
    assert "20.0 days ahead of what was stored last" in told.stdout
    assert "deleted: nothing was over" in told.stdout
    doctor = kept.run("doctor", "--json")
    assert "480 hours ahead of what was stored last" in doctor.stdout

    told = kept.run("retention", "--trust-clock")
    assert "1 reports" in told.stdout
    assert "days ahead" not in told.stdout
    assert "480 hours" not in kept.run("doctor", "--json").stdout


async def _stopped_at(kept: CommandLine, env: dict[str, str], at: float) -> None:
    url = env.get("REDIS_URL")
    here = services_for(kept.data_dir, redis_url=None if url is None else SecretStr(url), clock=lambda: at)
    await here.call_store.open()
    await here.expiry.trust(here.call_store)
    await here.call_store.close()
