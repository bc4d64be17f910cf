"""`webhook sessions` and `webhook report` over the store a server has left behind."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime

import pytest

from tests.cli.conftest import CommandLine
from tests.live_server import services_for
from webhook.interview.session import Session, SessionStatus
from webhook.services import Services


def session(services: Services, session_id: str, status: SessionStatus, *, at: float) -> Session:
    flow = services.library.flow("financial_lifestyle")
    return Session(
        session_id=session_id,
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=flow.persona,
        language="en",
        created_at=at,
        updated_at=at,
        status=status,
    )


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """A store with a call that is over, without a report yet, and a newer one that is going on."""
    asyncio.run(_keep(services_for(cli.data_dir)))
    return cli


async def _keep(services: Services) -> None:
    now = services.interviewer.clock()
    await services.store.open()
    for made in (
        session(services, "s-over", SessionStatus.ENDED_EARLY, at=now - 60),
        session(services, "s-running", SessionStatus.IN_PROGRESS, at=now),
    ):
        assert await services.sessions.save(made, expect=0)
    await services.store.close()


def test_sessions_are_listed_newest_first(kept: CommandLine) -> None:
    listed = kept.run("sessions")
    head, *rows = [line.split() for line in listed.stdout.splitlines()]
    assert listed.returncode == 0, listed.stderr
    assert head[:3] == ["session", "flow", "status"]
    assert [row[:3] for row in rows] == [
        ["s-running", "financial_lifestyle", "in_progress"],
        ["s-over", "financial_lifestyle", "ended_early"],
    ]


def test_sessions_are_chosen_by_status_and_come_as_json(kept: CommandLine) -> None:
    listed = json.loads(kept.run("sessions", "--status", "ended_early", "--json").stdout)
    assert [(row["sessionId"], row["reportStatus"]) for row in listed["sessions"]] == [("s-over", "none")]


def test_a_missing_report_is_made_and_stays_the_same(kept: CommandLine) -> None:
    made = kept.run("report", "s-over", "--format", "json")
    again = kept.run("report", "s-over", "--format", "csv")
    assert made.returncode == again.returncode == 0, made.stderr + again.stderr
    assert json.loads(made.stdout)["status"] == "ended_early"
    assert datetime.fromisoformat(json.loads(made.stdout)["createdAt"]).tzinfo is not None
    head, row = again.stdout.splitlines()
    assert head.startswith("session_id,status,ending,consent")
    assert row.startswith("s-over,ended_early,")


def test_there_is_no_report_on_a_call_that_goes_on_or_never_was(kept: CommandLine) -> None:
    running = kept.run("report", "s-running")
    unknown = kept.run("report", "s-nobody")
    assert (running.returncode, running.stdout) == (2, "")
    assert running.stderr == "webhook: there is no report yet: the interview is still going on\n"
    assert unknown.returncode == 2
    assert unknown.stderr == "webhook: there is no session by that id\n"
