"""What operators and the product's own front end see of sessions."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Any

import pytest

from tests.live_server import OPERATORS, TURNS, Live, assistant, live_server, user
from webhook.wire.identity import verify_token

LISTED = {
    "sessionId",
    "conversationId",
    "flow",
    "flowVersion",
    "personaId",
    "status",
    "currentTopic",
    "createdAt",
    "updatedAt",
    "reportStatus",
}
ROUTES = (
    ("POST", "/api/register-session"),
    ("POST", "/api/first-message"),
    ("POST", "/api/therapist-response"),
    ("GET", "/api/sessions"),
    ("GET", "/api/sessions/done"),
    ("GET", "/api/sessions/done/transcript"),
    ("GET", "/api/sessions/done/report"),
    ("DELETE", "/api/sessions/done"),
)


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """Three sessions: `made` has only been registered, `open` is going on, `done` ended early."""
    clock = iter(range(1_800_000_000, 1_900_000_000))
    async with live_server(tmp_path_factory.mktemp("kept"), clock=lambda: float(next(clock))) as live:
        await live.post("/api/register-session", {"sessionId": "made", "personaId": "danielle-town"})
        await said(live, "open", "Yes, that's fine.", "I'm Sam.")
        await said(live, "done", "No, I don't agree.")
        yield live


async def said(live: Live, session_id: str, *words: str) -> None:
    variables = {"session_id": session_id}
    messages = [user("Hello?")]
    for utterance in (*words, None):
        answer = await live.talk({"messages": messages, "variables": variables})
        messages += [assistant(answer["content"]), user(utterance or "")]
    await live.settle()


async def ids(live: Live, **query: Any) -> list[str]:
    answer = await live.get("/api/sessions", **query)
    assert answer.status_code == 200, answer.text
    return [s["sessionId"] for s in answer.json()["sessions"]]


# Who may


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_only_the_operators_token_opens_these_routes(kept: Live, method: str, path: str) -> None:
    for headers in ({}, TURNS, {"Authorization": "Bearer wrong"}, {"Authorization": OPERATORS["Authorization"] + "x"}):
        answer = await kept.http.request(method, path, headers=headers, json={} if method == "POST" else None)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "unauthorized"


# The list


async def test_sessions_are_listed_newest_first_in_the_documented_form(kept: Live) -> None:
    answer = (await kept.get("/api/sessions")).json()
    assert answer.keys() == {"sessions", "nextCursor"}
    assert [s["sessionId"] for s in answer["sessions"]] == ["done", "open", "made"]
    assert all(s.keys() == LISTED for s in answer["sessions"])
    done, going, made = answer["sessions"]
    assert (done["status"], done["reportStatus"]) == ("ended_early", "ready")
    assert (going["status"], going["currentTopic"], going["flow"]) == ("in_progress", "age", "financial_lifestyle")
    assert (made["status"], made["currentTopic"], made["personaId"]) == ("created", None, "danielle-town")
    assert answer["nextCursor"] is None


async def test_one_session_is_listed_as_it_is_shown(kept: Live) -> None:
    listed = (await kept.get("/api/sessions")).json()["sessions"]
    for row in listed:
        shown = (await kept.get(f"/api/sessions/{row['sessionId']}")).json()
        assert {name: shown[name] for name in LISTED} == row


async def test_the_list_is_filtered(kept: Live) -> None:
    assert await ids(kept, status="in_progress") == ["open"]
    assert await ids(kept, status="completed") == []
    assert await ids(kept, flow="financial_lifestyle") == ["done", "open", "made"]
    assert await ids(kept, flow="another") == []
    created = (await kept.get("/api/sessions/open")).json()["createdAt"]
    assert await ids(kept, **{"from": created}) == ["done", "open"]
    assert await ids(kept, to=created) == ["made"]
    assert await ids(kept, status="", flow="", cursor="") == ["done", "open", "made"]


async def test_the_list_comes_in_pages(kept: Live) -> None:
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        answer = (await kept.get("/api/sessions", limit=1, cursor=cursor)).json()
        seen += [s["sessionId"] for s in answer["sessions"]]
        cursor = answer["nextCursor"] or ""
    assert seen == ["done", "open", "made"]


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "many"},
        {"limit": "-1"},
        {"limit": "²"},
        {"limit": "9" * 5000},
        {"from": "yesterday"},
        {"to": "2026-13-01"},
        {"cursor": "nonsense"},
    ],
    ids=lambda query: str(query)[:30],
)
async def test_a_query_that_makes_no_sense_is_refused(kept: Live, query: dict[str, str]) -> None:
    answer = await kept.get("/api/sessions", **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in {"malformed_request", "bad_request"}


async def test_an_unknown_status_is_refused_and_the_known_ones_are_named(kept: Live) -> None:
    answer = await kept.get("/api/sessions", status="complete")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "malformed_request"
    assert answer.json()["error"]["message"] == "status must be one of created, in_progress, completed, ended_early"


# One session


async def test_a_session_is_shown_with_what_is_known_and_where_it_stands(kept: Live) -> None:
    shown = (await kept.get("/api/sessions/open")).json()
    assert shown["facts"]["name"] == {"status": "filled", "value": "•••", "words": "•••", "turn": 3}
    whole = (await kept.get("/api/sessions/open", private="show")).json()
    assert whole["facts"]["name"] == {"status": "filled", "value": "Sam", "words": "I'm Sam.", "turn": 3}
    assert (shown["turns"], shown["move"], shown["ending"], shown["flags"]) == (3, "ask", None, ["scripted"])
    assert datetime.fromisoformat(shown["createdAt"]) < datetime.fromisoformat(shown["updatedAt"])


async def test_the_transcript_is_the_talk_in_order(kept: Live) -> None:
    told = (await kept.get("/api/sessions/open/transcript", private="show")).json()
    assert told["sessionId"] == "open"
    assert [(t["role"], t["turn"]) for t in told["transcript"]] == [
        ("user", 1),
        ("agent", 1),
        ("user", 2),
        ("agent", 2),
        ("user", 3),
        ("agent", 3),
    ]
    assert [t["text"] for t in told["transcript"] if t["role"] == "user"] == ["Hello?", "Yes, that's fine.", "I'm Sam."]
    assert told["transcript"][-1]["text"] == "How old are you, roughly?"


async def test_a_report_comes_as_json_markdown_and_csv(kept: Live) -> None:
    as_json = await kept.get("/api/sessions/done/report")
    assert as_json.headers["content-type"] == "application/json"
    assert (as_json.json()["sessionId"], as_json.json()["ending"]) == ("done", "no_consent")
    shown = (await kept.get("/api/sessions/done")).json()
    assert shown["createdAt"] == as_json.json()["createdAt"] < as_json.json()["reportedAt"]
    as_md = await kept.get("/api/sessions/done/report", format="md")
    assert as_md.headers["content-type"].startswith("text/markdown")
    assert as_md.text.startswith("# Financial lifestyle interview\n")
    as_csv = await kept.get("/api/sessions/done/report", format="csv")
    assert as_csv.headers["content-type"].startswith("text/csv")
    (row,) = csv.DictReader(io.StringIO(as_csv.text))
    assert (row["session_id"], row["ending"]) == ("done", "no_consent")


async def test_there_is_no_report_of_a_call_that_is_going_on(kept: Live) -> None:
    for session_id in ("made", "open", "nobody"):
        answer = await kept.get(f"/api/sessions/{session_id}/report")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_another_form_of_report_is_refused(kept: Live) -> None:
    assert (await kept.get("/api/sessions/done/report", format="html")).status_code == 400


async def test_a_deleted_session_is_gone_with_everything_that_was_said(scripted: Live) -> None:
    await said(scripted, "to-go", "No, I don't agree.")
    gone = await scripted.http.delete("/api/sessions/to-go", headers=OPERATORS)
    assert (gone.status_code, gone.content) == (204, b"")
    for path in ("", "/transcript", "/report"):
        assert (await scripted.get(f"/api/sessions/to-go{path}")).status_code == 404
    assert "to-go" not in await ids(scripted, limit=200)
    assert (await scripted.http.delete("/api/sessions/to-go", headers=OPERATORS)).status_code == 404


# The front end


async def test_a_registered_session_comes_with_a_token_that_is_only_for_it(scripted: Live) -> None:
    answer = await scripted.post(
        "/api/register-session", {"sessionId": "reg-1", "therapistId": "danielle-town", "timestamp": 1}
    )
    assert answer.status_code == 201
    made = answer.json()
    assert made.keys() == LISTED | {"sessionToken", "expiresAt"}
    secrets = [s.get_secret_value() for s in scripted.services.settings.webhook_secret]
    claims = verify_token(made["sessionToken"], secrets, scripted.services.interviewer.clock())
    assert (claims.session_id, claims.persona_id, claims.flow_id) == ("reg-1", "danielle-town", "financial_lifestyle")
    assert datetime.fromisoformat(made["expiresAt"]) > datetime.fromisoformat(made["createdAt"])


async def test_registering_twice_keeps_the_session_as_it_is(scripted: Live) -> None:
    first = (await scripted.post("/api/register-session", {"sessionId": "reg-2", "personaId": "danielle-town"})).json()
    await said(scripted, "reg-2")
    again = (await scripted.post("/api/register-session", {"sessionId": "reg-2"})).json()
    assert (again["personaId"], again["createdAt"]) == ("danielle-town", first["createdAt"])
    assert again["status"] == "in_progress"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"sessionId": ""},
        {"sessionId": 5},
        {"sessionId": "a/b"},
        {"sessionId": "x" * 129},
        {"sessionId": "ok", "personaId": 5},
        {"sessionId": "ok", "flow": ["x"]},
    ],
    ids=json.dumps,
)
async def test_a_registration_that_cannot_be_used_is_refused(scripted: Live, document: dict[str, Any]) -> None:
    answer = await scripted.post("/api/register-session", document)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


@pytest.mark.parametrize("document", [{"personaId": "nobody"}, {"flow": "nothing"}], ids=json.dumps)
async def test_what_does_not_exist_cannot_be_asked_for(scripted: Live, document: dict[str, str]) -> None:
    for path in ("/api/register-session", "/api/first-message"):
        answer = await scripted.post(path, {"sessionId": "reg-3", **document})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_the_first_message_is_the_flow_s_opening_in_the_persona_s_name(scripted: Live) -> None:
    for path in ("/api/first-message", "/api/therapist-response"):
        for name in ("personaId", "therapistId", "persona_id", "therapist_id"):
            answer = await scripted.post(path, {name: "danielle-town", "sessionId": "unknown-yet"})
            assert answer.json().keys() == {"message"}
            assert answer.json()["message"].startswith("Hello, my name is Danielle Town.")
    assert (await scripted.post("/api/first-message", {})).json()["message"].startswith("Hello, my name is Anita")


async def test_the_first_message_of_a_registered_session_is_its_own(scripted: Live) -> None:
    await scripted.post("/api/register-session", {"sessionId": "reg-4", "personaId": "danielle-town"})
    answer = await scripted.post("/api/first-message", {"sessionId": "reg-4"})
    assert answer.json()["message"].startswith("Hello, my name is Danielle Town.")


async def test_fields_may_be_spelt_as_in_a_turn(scripted: Live) -> None:
    made = await scripted.post("/api/register-session", {"session_id": "reg-5", "therapist_id": "danielle-town"})
    assert (made.json()["sessionId"], made.json()["personaId"]) == ("reg-5", "danielle-town")
    answer = await scripted.post("/api/first-message", {"session_id": "reg-5"})
    assert answer.json()["message"].startswith("Hello, my name is Danielle Town.")


async def test_a_first_message_needs_no_body(scripted: Live) -> None:
    answer = await scripted.http.post("/api/first-message", headers=OPERATORS)
    assert answer.status_code == 200
    assert answer.json()["message"].startswith("Hello, my name is Anita")
    assert (await scripted.http.post("/api/first-message", headers=OPERATORS, content=b"[]")).status_code == 400
    assert (await scripted.http.post("/api/register-session", headers=OPERATORS)).status_code == 400


async def test_a_language_that_the_flow_does_not_speak_is_refused_by_name(scripted: Live) -> None:
    for path in ("/api/register-session", "/api/first-message"):
        answer = await scripted.post(path, {"sessionId": "try-language", "language": "xx"})

        assert answer.status_code == 400
        assert answer.json()["error"]["message"] == "flow financial_lifestyle speaks en"
