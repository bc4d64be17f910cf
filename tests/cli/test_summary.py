"""`webhook summary` over the store a server has left behind."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from tests.cli.conftest import CommandLine
from tests.interview.calls import known
from tests.live_server import services_for
from webhook.interview.moves import State
from webhook.interview.session import Session, SessionStatus, Turn, to_dict
from webhook.services import Services

CANARY = "Kanarienvogel"
MANY = 130
"""More than the pages of a store hold."""


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """Interviews that were stopped at the question of age, and a record that is no session any more."""
    asyncio.run(_keep(services_for(cli.data_dir)))
    return cli


async def _keep(services: Services) -> None:
    await services.store.open()
    for n in range(MANY):
        assert await services.sessions.save(_stopped(services, n), expect=0)
    damaged = to_dict(_stopped(services, MANY)) | {"base": CANARY}
    assert await services.store.save("damaged", damaged | {"session_id": "damaged"}, expect=0)
    await services.store.close()


def _stopped(services: Services, number: int) -> Session:
    flow = services.library.flow("financial_lifestyle")
    now = services.interviewer.clock()
    turns = ("name", "age")
    session = Session(
        session_id=f"s-{number}",
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=flow.persona,
        language="en",
        created_at=now - number,
        updated_at=now,
        status=SessionStatus.ENDED_EARLY,
    )
    log = tuple(Turn(slot=n, utterance=CANARY, reply=CANARY, topic=t) for n, t in enumerate(turns, start=1))
    return replace(session, log=log, base=State(events=known(consent=True, name=CANARY), started_at=now))


def test_the_table_tells_what_there_is_in_eighty_columns_and_no_word_of_a_caller(kept: CommandLine) -> None:
    shown = kept.run("summary", "financial_lifestyle")
    assert shown.returncode == 0, shown.stderr
    lines = [line.split() for line in shown.stdout.splitlines()]
    assert ["age", "130", "0", "130", "0", "0", "0"] in lines
    assert ["consent:", "yes", "130"] in lines
    assert "1 record could not be read" in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 80
    assert CANARY not in shown.stdout + shown.stderr


def test_the_name_of_the_file_says_which_form_it_gets(kept: CommandLine) -> None:
    for name, begins in (
        ("s.html", "<!DOCTYPE html>"),
        ("s.json", "{"),
        ("s.txt", "Financial lifestyle interview: 130"),
    ):
        done = kept.run("summary", "financial_lifestyle", "--output", name)
        assert (done.returncode, done.stdout) == (0, f"130 interviews summed up in {name}\n"), done.stderr
        written = (kept.here / name).read_text()
        assert written.startswith(begins)
        assert CANARY not in written
    assert json.loads((kept.here / "s.json").read_text())["damaged"] == 1


def test_json_is_what_the_route_answers(kept: CommandLine) -> None:
    made = json.loads(kept.run("summary", "financial_lifestyle", "--format", "json", "--least", "5").stdout)
    assert (made["schema"], made["least"], made["interviews"], made["completionRate"]) == (1, 5, 130, 0.0)


def test_a_time_without_interviews_has_none(kept: CommandLine) -> None:
    done = kept.run("summary", "financial_lifestyle", "--to", "2020-01-01")
    assert done.returncode == 0
    assert "There are no interviews" in done.stdout


def test_what_cannot_be_summed_up_is_wrong_use_and_said_in_a_line(cli: CommandLine) -> None:
    for words, named in (
        (("nothing",), "no flow by that id"),
        (("financial_lifestyle", "--from", "then"), "from must be a time"),
        (("financial_lifestyle", "--version", "9"), "has no version 9"),
        (("financial_lifestyle", "--output", "no/such/folder.html"), "cannot be written"),
    ):
        done = cli.run("summary", *words)
        assert done.returncode == 2
        assert named in done.stderr
        assert len(done.stderr.splitlines()) == 1
