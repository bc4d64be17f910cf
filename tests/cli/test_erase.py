"""`webhook erase` and `webhook erasures` on the stores that a server has left behind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tests.cli.conftest import CommandLine, Inside
from tests.live_server import WEBHOOK_SECRET, services_for
from webhook.interview.call import Call
from webhook.wire.phone import number_keys

NUMBER = "+493012345678"
ENV = {"WEBHOOK_SECRET": WEBHOOK_SECRET}


@pytest.fixture
def kept(inside: Inside, cli: CommandLine) -> Inside:
    """Two sessions of a caller and one of somebody else."""
    key = number_keys(NUMBER, [WEBHOOK_SECRET])[0]

    async def keep() -> None:
        here = services_for(cli.data_dir)
        await here.store.open()
        for session_id, caller in (("s-1", key), ("s-2", key), ("s-3", "another")):
            session = here.admission.new(session_id, call=Call(caller=caller))
            assert await here.sessions.save(replace(session), expect=0)
        await here.store.close()

    asyncio.run(keep())
    return inside


def ids(inside: Inside) -> list[str]:
    listed = json.loads(inside("sessions", "--json", **ENV).stdout)["sessions"]
    return sorted(session["sessionId"] for session in listed)


def test_all_of_a_caller_is_erased_and_nobody_elses(kept: Inside) -> None:
    done = kept("erase", "--number", "0049 (30) 12345678", "--json", **ENV)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], sorted(told["sessions"]), told["problem"]) == ("erased", ["s-1", "s-2"], None)
    assert NUMBER not in done.stdout + done.stderr
    assert ids(kept) == ["s-3"]


def test_one_session_is_erased_and_what_stays_of_it_is_listed(kept: Inside) -> None:
    done = kept("erase", "--session", "s-2", **ENV)
    assert done.returncode == 0, done.stderr
    assert "nothing is left" in done.stdout
    assert ids(kept) == ["s-1", "s-3"]
    listed = kept("erasures", "--run", **ENV)
    assert (listed.returncode, listed.stdout.count("erased")) == (0, 2), "the head of the table is one"
    assert "no erasures" in kept("erasures", "--status", "pending", **ENV).stdout


def test_whom_is_said_in_exactly_one_way(kept: Inside) -> None:
    for words in ((), ("--session", "s-1", "--number", NUMBER), ("--number", "12"), ("--caller", "s-1")):
        refused = kept("erase", *words, **ENV)
        assert (refused.returncode, refused.stdout) == (2, ""), words
    unknown = kept("erase", "--session", "nobody", **ENV)
    assert (unknown.returncode, "no session" in unknown.stderr) == (2, True)
    assert ids(kept) == ["s-1", "s-2", "s-3"]


def test_what_elevenlabs_still_has_is_told_with_exit_code_1(kept: Inside, cli: CommandLine) -> None:
    async def hold() -> None:
        here = services_for(cli.data_dir)
        await here.store.open()
        held = await here.sessions.change("s-1", lambda s, _: replace(s, conversation_id="conv_there001"))
        assert held is not None
        await here.store.close()

    asyncio.run(hold())
    nobody_there = {"ELEVENLABS_API_KEY": "a-key", "ELEVENLABS_BASE_URL": "http://127.0.0.1:9"}
    pending = kept("erase", "--session", "s-1", **ENV, **nobody_there)
    assert pending.returncode == 1, pending.stderr
    assert "conv_there001 not yet" in pending.stdout
    assert "left: elevenlabs_unavailable" in pending.stdout
    assert ids(kept) == ["s-2", "s-3"]
    assert kept("erasures", **ENV).returncode == 1
