"""The call of an interview: started once, watched, ended, over real HTTP and a fake ElevenLabs."""

from __future__ import annotations

import asyncio
import copy
import re
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs
from tests.live_server import OPERATORS, TURNS, WEBHOOK_SECRET, Live, assistant, live_server, spoken, user
from webhook.wire.identity import verify_token
from webhook.wire.invites import Invite, sign_invite

OVERRIDES = {
    "conversation_config_override": {
        "agent": {"first_message": True, "language": True},
        "tts": {"voice_id": True, "speed": True, "stability": True, "similarity_boost": True},
    },
    "custom_llm_extra_body": True,
}
AGENT = {"name": "Interviewer", "conversation_config": {"agent": {}}, "platform_settings": {"overrides": OVERRIDES}}
#: What existing clients rely on.
ANSWERED = {
    "sessionId",
    "status",
    "agentId",
    "webhookUrl",
    "signedUrl",
    "conversationToken",
    "conversationId",
    "dynamicVariables",
    "overrides",
    "expiresAt",
    "createdAt",
}


@pytest.fixture(scope="module")
async def platform() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        yield running


def settings(platform: FakeElevenLabs, **given: Any) -> dict[str, Any]:
    return {
        "elevenlabs_api_key": SecretStr(KEY),
        "elevenlabs_agent_id": AGENT_ID,
        "elevenlabs_base_url": platform.base_url,
        **given,
    }


@pytest.fixture(scope="module")
async def service(platform: FakeElevenLabs, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    platform.agents[AGENT_ID] = copy.deepcopy(AGENT)
    async with live_server(tmp_path_factory.mktemp("calls"), **settings(platform)) as live:
        yield live


@pytest.fixture
def fake(platform: FakeElevenLabs) -> FakeElevenLabs:
    platform.received.clear()
    platform.script.clear()
    return platform


class Interview:
    """One interview's routes, as a front end uses them."""

    def __init__(self, live: Live, interview_id: str | None = None) -> None:
        self.live = live
        self.path = f"/api/v1/interviews/{interview_id or uuid4().hex}/voice"

    async def start(self, document: object = None, *, key: str | None = None, expect: int = 201) -> dict[str, Any]:
        headers = OPERATORS if key is None else {**OPERATORS, "Idempotency-Key": key}
        answer = await self.live.http.post(f"{self.path}/start", json=document or {}, headers=headers)
        assert answer.status_code == expect, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def status(self, *, expect: int = 200) -> dict[str, Any]:
        answer = await self.live.get(f"{self.path}/status")
        assert answer.status_code == expect, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def end(self, *, expect: int = 200) -> dict[str, Any]:
        answer = await self.live.http.post(f"{self.path}/end", headers=OPERATORS)
        assert answer.status_code == expect, answer.text
        told: dict[str, Any] = answer.json()
        return told


@pytest.fixture
def interview(fake: FakeElevenLabs, service: Live) -> Interview:
    return Interview(service)


async def test_a_start_answers_with_everything_the_client_needs(interview: Interview) -> None:
    told = await interview.start()
    assert told.keys() >= ANSWERED
    assert all(told[name] not in (None, "", {}) for name in ANSWERED)
    assert (told["status"], told["agentId"]) == ("CREATED", AGENT_ID)
    assert told["signedUrl"].startswith("wss://")
    assert re.fullmatch(r"s-[0-9a-f]{32}", told["sessionId"]), "at least 128 bits of chance"
    assert told["createdAt"] < told["expiresAt"]
    assert told["webhookUrl"] == f"{interview.live.base_url}/api/elevenlabs-webhook"


async def test_the_token_names_the_session_in_a_secret_variable_and_in_the_extra_body(interview: Interview) -> None:
    told = await interview.start({"personaId": "danielle-town"})
    token = told["dynamicVariables"]["secret__session_token"]
    claims = verify_token(token, [WEBHOOK_SECRET], 0)
    assert (claims.session_id, claims.persona_id) == (told["sessionId"], "danielle-town")
    assert told["customLlmExtraBody"] == {"session_token": token}


async def test_the_persona_becomes_overrides_and_the_opening_the_first_message(interview: Interview) -> None:
    told = await interview.start({"therapistId": "danielle-town"})
    opening = await interview.live.post("/api/first-message", {"personaId": "danielle-town"})
    assert told["overrides"]["agent"] == {"firstMessage": opening.json()["message"], "language": "en"}
    voice = interview.live.services.admission.choose_flow(None).personas["danielle-town"].voice
    given = {"stability": voice.stability, "similarityBoost": voice.similarity_boost, "speed": voice.speed}
    assert told["overrides"]["tts"] == given


async def test_only_what_the_agent_allows_is_overridden(fake: FakeElevenLabs, tmp_path: Path) -> None:
    fake.agents["agent_strict"] = {"conversation_config": {}}
    async with live_server(tmp_path, **settings(fake)) as live:
        told = await Interview(live).start({"agentId": "agent_strict"})
    assert (told["overrides"], told["customLlmExtraBody"]) == ({}, {})
    assert told["dynamicVariables"]


async def test_what_an_agent_allows_is_asked_once_and_not_at_every_start(
    interview: Interview, fake: FakeElevenLabs
) -> None:
    await interview.start()
    fake.received.clear()
    await Interview(interview.live).start()
    assert [r.path for r in fake.received if r.path.startswith("/v1/convai/agents")] == []


async def test_both_ways_to_connect_lead_to_the_session_they_were_made_for(interview: Interview) -> None:
    for kind in ("websocket", "webrtc"):
        one = Interview(interview.live)
        told = await one.start({"connectionType": kind})
        answer = await one.live.chat([user("Yes.")], headers={"X-Conversation-Id": told["conversationId"]})
        assert spoken(answer)
        status = await one.status()
        assert (status["status"], status["sessionId"]) == ("IN_PROGRESS", told["sessionId"])
        assert status["conversationId"] == told["conversationId"]


async def test_the_first_words_are_our_opening_so_the_first_answer_counts(interview: Interview) -> None:
    told = await interview.start()
    talk = [assistant(told["overrides"]["agent"]["firstMessage"]), user("Yes.")]
    await interview.live.chat(talk, headers={"X-Conversation-Id": told["conversationId"]})
    session = await interview.live.session(told["sessionId"])
    assert session.state.facts["consent"].value is True


async def test_a_header_of_another_call_does_not_open_this_session(interview: Interview) -> None:
    """What the page sends says one session, the platform's own header another one's call: the platform knows."""
    mine, other = await interview.start(), await Interview(interview.live).start()
    token = mine["dynamicVariables"]["secret__session_token"]
    headers = {"X-Conversation-Id": other["conversationId"], "X-Session-Token": token}
    assert spoken(await interview.live.chat([user("Yes.")], headers=headers))
    assert not (await interview.live.session(mine["sessionId"])).has_turns
    assert (await interview.live.session(other["sessionId"])).has_turns


async def test_a_second_start_gives_the_same_session_and_new_means_to_connect(interview: Interview) -> None:
    first, second = await interview.start(), await interview.start({"personaId": "danielle-town"})
    assert second["sessionId"] == first["sessionId"]
    assert second["signedUrl"] != first["signedUrl"], "each opens one call, and none is kept"
    answer = await interview.live.chat([user("Yes.")], headers={"X-Conversation-Id": first["conversationId"]})
    assert spoken(answer)
    assert (await interview.status())["status"] == "IN_PROGRESS"


async def test_a_broken_line_is_taken_up_by_another_call_at_the_open_question(interview: Interview) -> None:
    """The page was loaded anew: the second start leads to the same interview, and its call goes on where it was."""
    live = interview.live
    first = await interview.start()
    old = {"X-Conversation-Id": first["conversationId"]}
    talk = [assistant(first["overrides"]["agent"]["firstMessage"]), user("Yes.")]
    talk += [assistant(spoken(await live.chat(talk, headers=old))), user("I'm Sam.")]
    asked = spoken(await live.chat(talk, headers=old))
    await live.settle()

    second = await interview.start()
    assert second["sessionId"] == first["sessionId"]
    greeting = second["overrides"]["agent"]["firstMessage"]
    assert "back" in greeting
    assert greeting.endswith(asked.rsplit(". ", maxsplit=1)[-1])
    new = {"X-Conversation-Id": second["conversationId"]}
    again = [assistant(greeting), user("I'm 34.")]
    reply = await live.chat(again, headers=new)
    assert (await live.chat(again, headers=new)).text == reply.text, "a re-sent turn gets the same bytes"
    again += [assistant(spoken(reply)), user("Chess.")]
    assert spoken(await live.chat(again, headers=new))
    await live.settle()

    session = await live.session(first["sessionId"])
    facts = {name: fact.value for name, fact in session.state.facts.items()}
    assert facts == {"consent": True, "name": "Sam", "age": 34, "interests": ["Chess"]}
    assert [turn.utterance for turn in session.turns] == ["Yes.", "I'm Sam.", "I'm 34.", "Chess."]
    assert session.flags == ("scripted",)
    status = await interview.status()
    assert (status["conversationId"], status["status"]) == (second["conversationId"], "IN_PROGRESS")


async def test_a_signed_url_that_is_asked_for_again_leads_to_the_open_question(
    interview: Interview, fake: FakeElevenLabs
) -> None:
    """Also where the agent greets in its own way: what was not heard on this line is asked again."""
    live, session_id = interview.live, f"res-{uuid4().hex}"
    await live.post("/api/register-session", {"sessionId": session_id})
    lines = [f"conv_{uuid4().hex}" for _ in range(2)]
    for conversation_id in lines:
        fake.script.append(Answer(document={"signed_url": "wss://h/", "conversation_id": conversation_id}))
        assert (await live.post("/api/elevenlabs-signed-url", {"sessionId": session_id})).status_code == 200
    opening = (await live.post("/api/first-message", {"sessionId": session_id})).json()["message"]
    talk = [assistant(opening), user("Yes.")]
    talk += [assistant(spoken(await live.chat(talk, headers={"X-Conversation-Id": lines[0]}))), user("I'm Sam.")]
    asked = spoken(await live.chat(talk, headers={"X-Conversation-Id": lines[0]}))
    await live.settle()

    again = [assistant(opening), user("Yes.")]
    assert spoken(await live.chat(again, headers={"X-Conversation-Id": lines[1]})) == asked
    again += [assistant(asked), user("I'm 34.")]
    await live.chat(again, headers={"X-Conversation-Id": lines[1]})
    await live.settle()
    session = await live.session(session_id)
    facts = {name: fact.value for name, fact in session.state.facts.items()}
    assert facts == {"consent": True, "name": "Sam", "age": 34}
    assert (session.conversation_id, session.past_conversations) == (lines[1], (lines[0],))


async def test_what_is_still_said_on_the_old_line_is_no_part_of_the_interview(interview: Interview) -> None:
    live = interview.live
    first = await interview.start()
    old = {"X-Conversation-Id": first["conversationId"]}
    await live.chat([user("Yes.")], headers=old)
    second = await interview.start()
    await live.chat([user("I'm Sam.")], headers={"X-Conversation-Id": second["conversationId"]})
    await live.settle()
    before = await live.session(first["sessionId"])
    offered = [{"type": "function", "function": {"name": "end_call", "parameters": {"type": "object"}}}]
    late = await live.chat([user("Yes."), assistant("?"), user("I'm Eve.")], headers=old, tools=offered)
    assert "end_call" in late.text
    after = await live.session(first["sessionId"])
    assert after == before
    assert (await interview.status())["conversationId"] == second["conversationId"]


async def test_twenty_starts_at_once_are_one_session(interview: Interview) -> None:
    told = await asyncio.gather(*(interview.start() for _ in range(20)))
    assert len({one["sessionId"] for one in told}) == 1


async def test_the_same_key_is_the_same_start_and_another_body_under_it_a_conflict(interview: Interview) -> None:
    first = await interview.start({"language": "en"}, key="k-1")
    assert (await interview.start({"language": "en"}, key="k-1"))["sessionId"] == first["sessionId"]
    told = await interview.start({}, key="k-1", expect=409)
    assert told["error"]["code"] == "conflict"
    await interview.end()
    assert (await interview.start({"language": "en"}, key="k-1", expect=409))["error"]["code"] == "conflict"
    assert (await interview.start({"language": "en"}, key="k-2"))["sessionId"] != first["sessionId"]


async def test_status_tells_the_topic_the_progress_and_the_last_activity(interview: Interview) -> None:
    told = await interview.start()
    before = await interview.status()
    assert (before["status"], before["progress"]["resolved"], before["conversationId"]) == ("CREATED", 0, None)
    headers = {"X-Conversation-Id": told["conversationId"]}
    talk = [assistant(told["overrides"]["agent"]["firstMessage"]), user("Yes.")]
    await interview.live.chat(talk, headers=headers)
    await interview.live.settle()
    after = await interview.status()
    assert after["progress"]["resolved"] == 1
    assert after["progress"]["total"] >= before["progress"]["total"] > 1
    assert after["currentTopic"] == "name"
    assert after["lastActivityAt"] > before["lastActivityAt"]
    assert (after["reportStatus"], after["interviewId"]) == ("none", interview.path.split("/")[4])


async def test_the_platform_s_first_request_without_words_means_connected(interview: Interview) -> None:
    told = await interview.start()
    await interview.live.chat(
        [assistant(told["overrides"]["agent"]["firstMessage"])], headers={"X-Conversation-Id": told["conversationId"]}
    )
    assert (await interview.status())["status"] == "CONNECTED"


async def test_end_is_idempotent_and_the_next_turn_hears_that_it_is_over(interview: Interview) -> None:
    told = await interview.start()
    headers = {"X-Conversation-Id": told["conversationId"]}
    await interview.live.chat([user("Yes.")], headers=headers)
    ended = await interview.end()
    again = await interview.end()
    assert ended["status"] == again["status"] == "ENDED_EARLY"
    await interview.live.settle()
    report = await interview.live.get(f"/api/sessions/{told['sessionId']}/report")
    assert report.status_code == 200
    assert spoken(await interview.live.chat([user("Yes."), assistant("?"), user("Sam.")], headers=headers))
    assert (await interview.status())["status"] == "ENDED_EARLY"


async def test_after_an_end_a_start_is_a_new_session(interview: Interview) -> None:
    first = await interview.start()
    await interview.end()
    second = await interview.start()
    assert (second["status"], second["sessionId"] != first["sessionId"]) == ("CREATED", True)


async def test_status_and_end_before_a_start_are_not_found(interview: Interview) -> None:
    assert (await interview.status(expect=404))["error"]["code"] == "not_found"
    assert (await interview.end(expect=404))["error"]["code"] == "not_found"


async def test_a_call_nobody_came_to_expires_and_may_be_started_anew(fake: FakeElevenLabs, tmp_path: Path) -> None:
    at = [1_800_000_000.0]
    async with live_server(tmp_path, clock=lambda: at[0], **settings(fake)) as live:
        interview = Interview(live)
        first = await interview.start()
        at[0] += 14 * 60
        assert (await interview.status())["status"] == "CREATED"
        at[0] += 4 * 60
        assert (await interview.status())["status"] == "EXPIRED"
        assert (await interview.end())["status"] == "EXPIRED"
        assert (await interview.start())["sessionId"] != first["sessionId"]


HALF = (
    Answer(document={"signed_url": "wss://h/?x=1"}),
    Answer(document={"signed_url": "", "conversation_id": "conv_1"}),
    Answer(document={}),
    Answer(raw=b"<p>hello</p>", content_type="text/html"),
    Answer(raw=b""),
)


@pytest.mark.parametrize("answer", HALF)
async def test_an_answer_without_a_url_or_a_token_is_an_error_and_never_a_start(
    interview: Interview, fake: FakeElevenLabs, answer: Answer
) -> None:
    fake.script.extend([answer, answer])
    told = await interview.start(expect=502)
    assert told["error"]["code"] == "elevenlabs_answer"
    assert (await interview.start())["status"] == "CREATED", "the next try starts it"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "elevenlabs_unauthorised"),
        (404, "elevenlabs_not_found"),
        (422, "elevenlabs_invalid"),
        (429, "elevenlabs_busy"),
        (500, "elevenlabs_unavailable"),
    ],
)
async def test_what_elevenlabs_refuses_has_its_code(
    interview: Interview, fake: FakeElevenLabs, status: int, code: str
) -> None:
    refusal = Answer(status=status, headers={"Retry-After": "900"}, document={"detail": "x"})
    fake.script.extend([refusal] * 2)
    assert (await interview.start(expect=502))["error"]["code"] == code


async def test_an_operator_s_deletion_leaves_no_session_and_the_next_start_a_new_one(interview: Interview) -> None:
    told = await interview.start()
    headers = {"X-Conversation-Id": told["conversationId"]}
    await interview.live.chat([user("Yes.")], headers=headers)
    deleted = await interview.live.http.delete(f"/api/sessions/{told['sessionId']}", headers=OPERATORS)
    await interview.live.settle()  # ElevenLabs is asked as well, and no other test shall see that
    assert deleted.status_code == 204
    await interview.status(expect=404)
    again = await interview.start()
    assert not (await interview.live.session(again["sessionId"])).has_turns


@pytest.mark.parametrize(
    "document",
    [
        {"personaId": 7},
        {"connectionType": "carrier-pigeon"},
        {"firstMessage": "improvised"},
        {"language": "xx"},
        {"agentId": "../x"},
        [],
    ],
)
async def test_a_start_that_cannot_be_understood_is_refused_and_nothing_is_begun(
    interview: Interview, fake: FakeElevenLabs, document: object
) -> None:
    answer = await interview.live.post(f"{interview.path}/start", document)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
    assert fake.received == []
    await interview.status(expect=404)


@pytest.mark.parametrize("document", [{"flow": "no_such"}, {"personaId": "nobody"}])
async def test_an_unknown_flow_or_persona_is_not_found(interview: Interview, document: object) -> None:
    assert (await interview.start(document, expect=404))["error"]["code"] == "not_found"


@pytest.mark.parametrize("interview_id", ["..%2f..%2fx", "%2e%2e", "a%00b", "a%20b", "-a", "a" * 129, "%c3%bc"])
async def test_an_id_with_a_trick_is_refused(interview: Interview, fake: FakeElevenLabs, interview_id: str) -> None:
    path = f"/api/v1/interviews/{interview_id}/voice"
    for answer in (
        await interview.live.post(f"{path}/start", {}),
        await interview.live.get(f"{path}/status"),
        await interview.live.post(f"{path}/end", {}),
    ):
        assert answer.status_code in (400, 404)
    assert fake.received == []


@pytest.mark.parametrize("headers", [{}, TURNS, {"Authorization": f"Bearer {KEY}"}])
async def test_only_operators_start_watch_and_end(
    interview: Interview, fake: FakeElevenLabs, headers: dict[str, str]
) -> None:
    for answer in (
        await interview.live.http.post(f"{interview.path}/start", headers=headers),
        await interview.live.http.get(f"{interview.path}/status", headers=headers),
        await interview.live.http.post(f"{interview.path}/end", headers=headers),
    ):
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "unauthorized")
    assert fake.received == []


async def test_a_signed_url_for_a_session_is_bound_to_it(interview: Interview, fake: FakeElevenLabs) -> None:
    live = interview.live
    session_id = f"bound-{uuid4().hex}"
    await live.post("/api/register-session", {"sessionId": session_id})
    fake.script.append(Answer(document={"signed_url": "wss://h/", "conversation_id": "conv_of_the_url"}))
    assert (await live.post("/api/elevenlabs-signed-url", {"sessionId": session_id})).status_code == 200
    await live.chat([user("Yes.")], headers={"X-Conversation-Id": "conv_of_the_url"})
    assert (await live.session(session_id)).has_turns
    unknown = await live.post("/api/elevenlabs-signed-url", {"sessionId": "no-such-session"})
    assert unknown.status_code == 404


async def test_no_url_and_no_token_is_kept_anywhere(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with live_server(tmp_path, **settings(fake)) as live:
        told = await Interview(live).start(key="a-key")
    stored = everything_in(tmp_path)
    assert told["sessionId"].encode() in stored
    for secret in (told["signedUrl"], told["conversationToken"], told["dynamicVariables"]["secret__session_token"]):
        assert secret.encode() not in stored
    assert b"a-key" not in stored


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# With an invite


def invited(invite: Invite, *, for_s: float = 600.0) -> dict[str, str]:
    return {"Authorization": f"Bearer {sign_invite(invite, time.time() + for_s, WEBHOOK_SECRET)}"}


async def test_an_invite_starts_its_interview_with_the_persona_it_names_whatever_is_asked_for(
    interview: Interview, fake: FakeElevenLabs
) -> None:
    live, interview_id = interview.live, interview.path.split("/")[4]
    headers = invited(Invite(interview_id=interview_id, flow="screening", language="de"))
    asked = {"flow": "financial_lifestyle", "language": "en", "agentId": "agent_other", "connectionType": "webrtc"}
    answer = await live.http.post(f"{interview.path}/start", json=asked, headers=headers)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    session = await live.session(told["sessionId"])
    assert (session.flow_id, session.language, told["agentId"]) == ("screening", "de", AGENT_ID)
    assert (await live.http.get(f"{interview.path}/status", headers=headers)).json()["status"] == "CREATED"


async def test_an_invite_holds_exactly_one_interview(interview: Interview) -> None:
    live, interview_id = interview.live, interview.path.split("/")[4]
    headers = invited(Invite(interview_id=interview_id))
    first = await live.http.post(f"{interview.path}/start", headers=headers)
    again = await live.http.post(f"{interview.path}/start", headers=headers)
    assert again.json()["sessionId"] == first.json()["sessionId"], "a page that is loaded anew"
    await live.chat([user("Yes.")], headers={"X-Conversation-Id": again.json()["conversationId"]})
    assert (await live.http.post(f"{interview.path}/end", headers=headers)).json()["status"] == "ENDED_EARLY"
    over = await live.http.post(f"{interview.path}/start", headers=headers)
    assert (over.status_code, over.json()["error"]["code"]) == (409, "conflict")
    assert (await interview.start())["status"] == "CREATED", "an operator may"
