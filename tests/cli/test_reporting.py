"""`webhook report`, `transcript`, `reports` and `schema --report` over the store a server has left behind."""

from __future__ import annotations

import asyncio
import csv
import json
from dataclasses import replace

import pypdf
import pytest
from jsonschema import Draft202012Validator

from tests.cli.conftest import CommandLine, Inside
from tests.cli.test_records import session
from tests.live_server import services_for
from webhook.interview.facts import FactEvent, Status
from webhook.interview.moves import State
from webhook.interview.session import SessionStatus, Turn
from webhook.services import Services

NAME = "Zerbinetta"
NOON = 1_800_000_000.0
EVENTS = (
    FactEvent(slot="consent", status=Status.FILLED, value=True, words="Yes", turn=1),
    FactEvent(slot="name", status=Status.FILLED, value=NAME, words=NAME, turn=2),
)


@pytest.fixture
def kept(cli: CommandLine) -> CommandLine:
    """Five interviews a day apart, whose reports are ready, and one that goes on."""
    asyncio.run(_keep(services_for(cli.data_dir)))
    return cli


async def _keep(services: Services) -> None:
    await services.store.open()
    for number in range(6):
        status = SessionStatus.IN_PROGRESS if number == 5 else SessionStatus.COMPLETED
        made = session(services, f"s-{number}", status, at=NOON + number * 86_400)
        log = (Turn(slot=1, utterance="Yes."), Turn(slot=2, utterance=f"{NAME}."))
        assert await services.sessions.save(replace(made, base=State(events=EVENTS), log=log), expect=0)
        if number < 5:
            await services.reports.make_now(made.session_id)
    await services.store.close()


def test_a_table_of_all_reports_is_written_to_a_file_with_what_is_private_masked(
    kept: CommandLine, inside: Inside
) -> None:
    done = inside("reports", "financial_lifestyle", "--output", "all.csv")
    assert (done.returncode, done.stdout) == (0, "5 reports written to all.csv; 1 interviews have none yet\n"), (
        done.stderr
    )
    text = (kept.here / "all.csv").read_text()
    assert NAME not in text
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["session_id"] for row in rows] == ["s-4", "s-3", "s-2", "s-1", "s-0"]
    assert {row["name"] for row in rows} == {"•••"}
    assert [path.name for path in kept.here.iterdir()] == ["all.csv"]


def test_a_set_is_chosen_by_days_and_comes_as_json(kept: CommandLine) -> None:
    words = ("reports", "financial_lifestyle", "--from", "2027-01-16", "--to", "2027-01-18", "--format", "json")
    made = json.loads(kept.run(*words, "--private").stdout)
    assert [each["sessionId"] for each in made["reports"]] == ["s-2", "s-1"]
    assert made["reports"][0]["facts"]["name"]["value"] == NAME


def test_every_report_fits_the_schema_that_is_printed(kept: CommandLine) -> None:
    schema = json.loads(kept.run("schema", "--report", "financial_lifestyle").stdout)
    made = json.loads(kept.run("report", "s-1", "--format", "json").stdout)
    assert [error.message for error in Draft202012Validator(schema).iter_errors(made)] == []


def test_a_report_that_waits_for_claude_is_said_to_be_pending(kept: CommandLine) -> None:
    asyncio.run(_make_pending(services_for(kept.data_dir)))
    for form in ("md", "json", "csv", "pdf", "docx"):
        waits = kept.run("report", "s-0", "--format", form)
        assert (waits.returncode, waits.stdout) == (2, "")
        assert waits.stderr.startswith(
            "webhook: the interview is over and its report is still being made: ask again in"
        )


async def _make_pending(services: Services) -> None:
    await services.store.open()
    await services.sessions.change("s-0", lambda s, _: replace(s, report=None, report_status="pending"))
    await services.store.close()


def test_a_report_is_a_pdf_where_one_is_wanted(kept: CommandLine, inside: Inside) -> None:
    done = inside("report", "s-1", "--format", "pdf", "--output", "r.pdf")
    assert done.returncode == 0, done.stderr
    text = pypdf.PdfReader(kept.here / "r.pdf").pages[0].extract_text()
    assert "•••" in text
    assert NAME not in text


def test_a_transcript_is_text_and_subtitles_are_refused_without_times(kept: CommandLine) -> None:
    assert kept.run("transcript", "s-1").stdout == "Caller: Yes.\n\nCaller: •••.\n"
    whole = json.loads(kept.run("transcript", "s-1", "--format", "json", "--private").stdout)
    assert [line["text"] for line in whole["transcript"]] == ["Yes.", f"{NAME}."]
    refused = kept.run("transcript", "s-1", "--format", "srt")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "subtitles need times" in refused.stderr


def test_a_flow_that_there_is_not_and_a_file_that_cannot_be_written_are_named(
    kept: CommandLine, inside: Inside
) -> None:
    unknown = inside("reports", "nothing")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "there is no flow by that id" in unknown.stderr
    nowhere = inside("reports", "financial_lifestyle", "--output", "no/such/folder.csv")
    assert nowhere.returncode == 2
    assert nowhere.stderr == "webhook: no/such/folder.csv cannot be written (No such file or directory)\n"
