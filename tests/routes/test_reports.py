"""Reports and transcripts over HTTP: every form, for operators, with what is private masked."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

import docx
import httpx2
import pypdf
import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from tests.fake_elevenlabs import signed
from tests.live_server import Live, assistant, live_server, user
from tests.post_call import SECRET, deliver, transcription
from webhook.reports import BACK_OFF_S

NAME = "Zerbinetta"
ANSWERS = ("Yes, that's fine.", f"I'm {NAME}.", "I'm 34.", "I want to stop.", "Yes, please stop.")
FLOW = "financial_lifestyle"


async def hold(live: Live, session_id: str, *words: str) -> None:
    messages = [user("Hello?")]
    for utterance in (*words, None):
        answer = await live.talk({"messages": messages, "variables": {"session_id": session_id}})
        messages += [assistant(answer["content"]), user(utterance or "")]
        if answer["variables"].get("ended"):
            break
    await live.settle()


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """Two interviews that are over, `told` with the platform's transcript, and `open`, which goes on."""
    secrets: dict[str, Any] = {"elevenlabs_webhook_secret": (SecretStr(SECRET),)}
    clock = iter(range(1_800_000_000, 1_900_000_000))
    async with live_server(tmp_path_factory.mktemp("reports"), clock=lambda: float(next(clock)), **secrets) as live:
        await hold(live, "first", *ANSWERS)
        await hold(live, "told:2", "No, I don't agree.")
        await hold(live, "open", *ANSWERS[:2])
        yield live


@pytest.mark.parametrize("form", ["json", "md", "csv", "pdf", "docx"])
async def test_a_report_that_waits_for_another_try_is_pending_in_every_form(kept: Live, form: str) -> None:
    """The listed fault: a report that Claude could not write yet was said to be of a running interview."""
    ended = await kept.session("first")
    waiting = replace(ended, session_id=f"waiting-{form}", report=None, report_status="pending", report_tries=2)
    await kept.services.sessions.save(waiting, expect=0)
    answer = await kept.get(f"/api/sessions/{waiting.session_id}/report", format=form)
    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "report_pending"
    assert "still going on" not in answer.text
    assert 0 < int(answer.headers["retry-after"]) <= BACK_OFF_S[1] + 10
    assert (await kept.get(f"/api/sessions/{waiting.session_id}")).json()["reportStatus"] == "pending"


async def shown(kept: Live, path: str, **query: str) -> httpx2.Response:
    answer = await kept.get(path, **query)
    assert answer.status_code == 200, answer.text
    return answer


def text_of(answer: httpx2.Response) -> str:
    kind = answer.headers["content-type"]
    if kind == "application/pdf":
        return "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
    if "wordprocessingml" in kind:
        document = docx.Document(io.BytesIO(answer.content))
        return "".join(cell.text for table in document.tables for row in table.rows for cell in row.cells)
    return answer.text


FORMS = (
    *(("report", form) for form in ("json", "md", "csv", "pdf", "docx")),
    *(("transcript", form) for form in ("json", "txt")),
)


@pytest.mark.parametrize(("what", "form"), FORMS)
async def test_a_private_value_is_in_no_form_unless_it_is_asked_for(kept: Live, what: str, form: str) -> None:
    masked = await shown(kept, f"/api/sessions/first/{what}", format=form)
    assert NAME not in text_of(masked)
    assert "•••" in text_of(masked)
    assert masked.headers["content-disposition"] == f'attachment; filename="{what}-first.{form}"'
    assert masked.headers["cache-control"] == "no-store"
    assert NAME in text_of(await shown(kept, f"/api/sessions/first/{what}", format=form, private="show"))


async def test_a_session_and_a_list_of_reports_hide_it_too(kept: Live) -> None:
    for path, wanted in (
        ("/api/sessions/first", {}),
        ("/api/reports", {"flow": FLOW}),
        ("/api/reports", {"flow": FLOW, "format": "csv"}),
    ):
        assert NAME not in (await shown(kept, path, **wanted)).text
        assert NAME in (await shown(kept, path, private="show", **wanted)).text


@pytest.mark.parametrize("path", ["sessions/first", "sessions/first/report", "sessions/first/transcript", "reports"])
async def test_another_wish_for_private_values_is_refused(kept: Live, path: str) -> None:
    answer = await kept.get(f"/api/{path}", private="yes")
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


async def test_a_file_is_named_by_ids_and_by_nothing_that_a_name_of_a_file_cannot_hold(kept: Live) -> None:
    answer = await shown(kept, "/api/sessions/told:2/report", format="md")
    assert answer.headers["content-disposition"] == 'attachment; filename="report-told-2.md"'


@pytest.mark.parametrize(
    ("path", "form"),
    [("sessions/first/report", "html"), ("sessions/first/transcript", "pdf"), ("reports", "pdf"), ("reports", "csv")],
)
async def test_a_form_that_there_is_not_is_refused(kept: Live, path: str, form: str) -> None:
    answer = await kept.get(f"/api/{path}", format=form)  # a table needs to know the flow
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


# Subtitles


async def test_subtitles_need_the_platform_s_transcript(kept: Live) -> None:
    for session_id in ("open", "first"):
        answer = await kept.get(f"/api/sessions/{session_id}/transcript", format="srt")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "conflict")
        assert "times" in answer.json()["error"]["message"]


async def test_subtitles_have_the_times_of_the_platform_and_hide_what_is_private(kept: Live) -> None:
    lines = [
        {"role": "agent", "message": "And your name?", "time_in_call_secs": 0},
        {"role": "user", "message": f"{NAME}.", "time_in_call_secs": 4},
    ]
    session = await kept.session("first")
    conversation_id = session.conversation_id or "conv_of_first"
    if session.conversation_id is None:
        await kept.services.sessions.change(
            "first", lambda s, _: type(s)(**{**vars(s), "conversation_id": conversation_id})
        )
    body = transcription(conversation_id, transcript=lines)
    at = int(kept.services.interviewer.clock())
    delivered = await deliver(kept.http, body, header=signed(body, SECRET, at))
    assert delivered.status_code == 200
    await kept.settle()
    srt = await shown(kept, "/api/sessions/first/transcript", format="srt")
    assert srt.text.startswith("1\n00:00:00,000 --> 00:00:04,000\nInterviewer: And your name?\n\n2\n00:00:04,000 --> ")
    assert srt.text.endswith("Caller: •••.\n")
    vtt = await shown(kept, "/api/sessions/first/transcript", format="vtt", private="show")
    assert vtt.headers["content-type"] == "text/vtt; charset=utf-8"
    assert f"<v Caller>{NAME}." in vtt.text


# A set of reports


async def test_reports_come_newest_first_page_by_page_and_only_those_that_are_ready(kept: Live) -> None:
    whole = (await shown(kept, "/api/reports", flow=FLOW)).json()
    assert ([each["sessionId"] for each in whole["reports"]], whole["nextCursor"]) == (["told:2", "first"], None)
    found, cursor = [], ""
    while cursor is not None:
        page = (await shown(kept, "/api/reports", limit="1", cursor=cursor)).json()
        found += [each["sessionId"] for each in page["reports"]]
        cursor = page["nextCursor"]
    assert found == ["told:2", "first"]


async def test_reports_are_chosen_by_flow_and_by_when_the_interview_began(kept: Live) -> None:
    second, first = (await shown(kept, "/api/reports")).json()["reports"]
    later = await shown(kept, "/api/reports", **{"from": second["createdAt"]})
    earlier = await shown(kept, "/api/reports", to=second["createdAt"])
    assert [each["sessionId"] for each in later.json()["reports"]] == ["told:2"]
    assert [each["sessionId"] for each in earlier.json()["reports"]] == [first["sessionId"]]
    assert (await shown(kept, "/api/reports", flow="screening")).json()["reports"] == []


async def test_a_table_has_one_row_for_each_interview_and_tells_of_the_next_page(kept: Live) -> None:
    answer = await shown(kept, "/api/reports", flow=FLOW, format="csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="reports-{FLOW}.csv"'
    assert "x-next-cursor" not in answer.headers
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [(row["session_id"], row["ending"]) for row in rows] == [
        ("told:2", "no_consent"),
        ("first", "stopped_by_caller"),
    ]
    assert (rows[1]["age"], rows[1]["name"], rows[1]["name.status"]) == ("34", "•••", "filled")
    page = await shown(kept, "/api/reports", flow=FLOW, format="csv", limit="1")
    assert page.headers["x-next-cursor"]
    assert (await kept.get("/api/reports", flow="nothing", format="csv")).status_code == 404


async def test_every_report_fits_the_schema_of_its_flow(kept: Live) -> None:
    schema = (await shown(kept, "/api/reports/schema", flow=FLOW)).json()
    for query in ({}, {"private": "show"}):
        for report in (await shown(kept, "/api/reports", **query)).json()["reports"]:
            assert [e.message for e in Draft202012Validator(schema).iter_errors(report)] == []
    assert (await kept.get("/api/reports/schema", flow="nothing")).status_code == 404


async def test_the_schema_is_json_that_names_every_slot(kept: Live) -> None:
    schema = json.loads((await shown(kept, "/api/reports/schema", flow=FLOW)).text)
    assert list(schema["properties"]["facts"]["properties"]) == list(kept.services.library.flow(FLOW).slots)
