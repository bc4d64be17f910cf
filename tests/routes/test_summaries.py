"""The summary of a flow's interviews, as operators get it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.live_server import Live, assistant, live_server, user
from webhook.interview.summary_page import POLICY

SUMMARY = "/api/flows/financial_lifestyle/summary"
CANARY = "Kanarienvogel"


@pytest.fixture(scope="module")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """One interview that goes on, one that ended for want of consent, one that has only been registered."""
    clock = iter(range(1_800_000_000, 1_900_000_000))
    async with live_server(tmp_path_factory.mktemp("kept"), clock=lambda: float(next(clock))) as live:
        await said(live, "open", "Yes, that's fine.", f"I'm {CANARY}.")
        await said(live, "done", "No, I don't agree.")
        await live.post("/api/register-session", {"sessionId": "made"})
        yield live


async def said(live: Live, session_id: str, *words: str) -> None:
    messages = [user("Hello?")]
    for utterance in (*words, None):
        answer = await live.talk({"messages": messages, "variables": {"session_id": session_id}})
        messages += [assistant(answer["content"]), user(utterance or "")]
    await live.settle()


async def test_interviews_held_over_this_service_are_summed_up(kept: Live) -> None:
    made = (await kept.get(SUMMARY)).json()
    assert (made["interviews"], made["damaged"]) == (3, 0)
    ends = {name: count for name, count in made["ends"].items() if count}
    assert ends == {"going_on": 1, "ended_early": 1, "not_begun": 1}
    assert made["endings"] == {"no_consent": 1}
    consent = next(slot for slot in made["slots"] if slot["slot"] == "consent")
    assert consent["answers"]["counts"] == {"yes": 1, "no": 1}
    assert [t["stopped"] for t in made["topics"]][:2] == [1, 0]
    assert made["flags"]["scripted"] == 3


async def test_the_page_is_html_with_a_policy_and_no_word_of_a_caller(kept: Live) -> None:
    name = (await kept.get("/api/sessions/open", private="show")).json()["facts"]["name"]
    assert CANARY in name["value"]
    answer = await kept.get(SUMMARY, format="html")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith("<!DOCTYPE html>")
    for form in (answer.text, (await kept.get(SUMMARY)).text):
        assert CANARY not in form


async def test_only_interviews_of_the_time_asked_for_count(kept: Live) -> None:
    began = (await kept.get("/api/sessions/done")).json()["createdAt"]
    assert (await kept.get(SUMMARY, **{"from": began})).json()["interviews"] == 2
    before = (await kept.get(SUMMARY, to=began)).json()
    assert (before["interviews"], before["to"]) == (1, began)


async def test_small_groups_are_hidden_on_request(kept: Live) -> None:
    made = (await kept.get(SUMMARY, least="2")).json()
    assert made["interviews"] == 3
    assert made["ends"]["ended_early"] is made["endings"]["no_consent"] is made["completionRate"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"format": "pdf"}, "format"),
        ({"from": "yesterday"}, "from"),
        ({"to": "9999-12-31T23:59:59-23:59"}, "to"),
        ({"version": "one"}, "version"),
        ({"version": "0"}, "version"),
        ({"least": "1001"}, "least"),
        ({"least": "²"}, "least"),
    ],
)
async def test_a_question_that_is_not_understood_is_told_which_part_of_it(
    kept: Live, query: dict[str, str], named: str
) -> None:
    answer = await kept.get(SUMMARY, **query)
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(f"{named} must be")


async def test_a_flow_or_a_version_that_is_not_there_is_not_found(kept: Live) -> None:
    assert (await kept.get("/api/flows/nothing/summary")).status_code == 404
    assert (await kept.get("/api/flows/*/summary", version="7")).status_code == 404
    answer = await kept.get(SUMMARY, version="7")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "flow financial_lifestyle has no version 7; in service is 1"
