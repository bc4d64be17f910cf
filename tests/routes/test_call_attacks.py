"""What a participant, or whoever got hold of their page, could do to a call: ends, expiry, erasure, takeovers, costs."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from tests.callers import as_claude, is_listen
from tests.fake_claude import FakeClaude, Reply
from tests.fake_elevenlabs import AGENT_ID, Answer, FakeElevenLabs, Received
from tests.live_server import OPERATORS, Live, assistant, live_server, spoken, user
from tests.routes.participants import Clock, erase, invited, listened, rings, says
from tests.routes.test_voice_calls import AGENT, Interview, settings
from tests.test_openings import GREETING
from tests.test_openings import service as with_openings
from webhook import allowed
from webhook.interview.lines import Line, line
from webhook.interview.turns import MOST_CONVERSATIONS
from webhook.starts import CONNECT_S, MOST_A_MINUTE


@pytest.fixture(scope="module")
async def platform() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        running.agents[AGENT_ID] = copy.deepcopy(AGENT)
        running.agents["agent_slow"] = copy.deepcopy(AGENT)
        yield running


@pytest.fixture(scope="module")
def clock() -> Clock:
    """One for all tests: it never goes back."""
    return Clock()


@pytest.fixture(scope="module")
async def service(
    platform: FakeElevenLabs, clock: Clock, tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[Live]:
    async with live_server(tmp_path_factory.mktemp("attacks"), clock=clock, **settings(platform)) as live:
        yield live


@pytest.fixture
def fake(platform: FakeElevenLabs) -> FakeElevenLabs:
    platform.received.clear()
    platform.script.clear()
    platform.interrupt = None
    return platform


async def in_progress(live: Live) -> list[str]:
    listed = (await live.get("/api/sessions", status="in_progress")).json()["sessions"]
    return [each["sessionId"] for each in listed]


# A call that has expired


async def test_the_first_message_of_an_invite_is_the_open_question_once_its_interview_goes_on(service: Live) -> None:
    participant = await invited(service)

    async def first_message() -> str:
        answer = await service.http.post("/api/first-message", headers=participant.headers)
        return str(answer.json()["message"])

    opening = await first_message()
    await says(service, await participant.start(), "Yes.")
    assert (await first_message()).startswith(line(Line.GO_ON, "en"))
    other = await invited(service)
    answer = await service.http.post("/api/first-message", headers=other.headers)
    assert answer.json()["message"] == opening, "another one's has not begun"
    await participant.end()
    assert await first_message() == line(Line.ALREADY_OVER, "en")


async def test_who_comes_to_a_call_that_has_expired_hears_a_goodbye_and_holds_nothing(
    service: Live, clock: Clock
) -> None:
    participant = await invited(service)
    first = await participant.start()
    clock.until_a_call_expires()
    assert (await participant.status())["status"] == "EXPIRED"
    assert spoken(await says(service, first, "Yes.")) == line(Line.ALREADY_OVER, "en")
    session = await service.session(first["sessionId"])
    assert (session.is_over, session.has_turns) == (True, False)
    assert (await participant.start())["sessionId"] != first["sessionId"], "nothing was said, so it may be held yet"


async def test_an_expired_call_that_nobody_watched_gives_way_to_the_next_start(service: Live, clock: Clock) -> None:
    participant = await invited(service)
    first = await participant.start()
    clock.until_a_call_expires()
    second = await participant.start()
    assert first["sessionId"] != second["sessionId"]
    for started in (first, second):
        await says(service, started, "Yes.")
    assert not (await service.session(first["sessionId"])).has_turns
    assert (await service.session(second["sessionId"])).status == "in_progress"


async def test_who_connected_at_the_last_moment_is_heard_and_can_end_their_call(service: Live, clock: Clock) -> None:
    participant = await invited(service)
    started = await participant.start()
    clock.now += CONNECT_S + 1.0
    assert (await participant.status())["status"] == "CREATED"
    await says(service, started, "Yes.")
    assert (await participant.status())["status"] == "IN_PROGRESS"
    assert (await participant.end())["status"] == "ENDED_EARLY"
    assert (await service.session(started["sessionId"])).is_over


async def test_a_start_that_is_under_way_when_the_last_one_has_had_its_time_is_a_start(
    service: Live, fake: FakeElevenLabs, clock: Clock
) -> None:
    interview = Interview(service)
    await interview.start()
    clock.now += CONNECT_S - 2.0
    asked = asyncio.Event()

    def slowly(received: Received) -> Answer | None:
        if not received.path.endswith("/get-signed-url"):
            return None
        asked.set()
        return Answer(document={"signed_url": "wss://h/", "conversation_id": "conv_slow_0001"}, delay_s=0.2)

    fake.interrupt = slowly
    starting = asyncio.create_task(interview.start())
    await asked.wait()
    clock.now += 4.0
    assert (await interview.status())["status"] == "CREATED"
    assert (await starting)["status"] == "CREATED"


async def test_an_old_session_s_token_opens_no_interview_beside_the_one_that_is_held(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    clock = Clock()
    async with live_server(tmp_path, clock=clock, **settings(fake)) as live:
        participant = await invited(live)
        old = await participant.start()
        clock.until_a_call_expires()
        for _ in range(4):
            started = await participant.start()
            await says(live, started, "Yes.", elevenlabs_extra_body=old["customLlmExtraBody"])
        assert started["sessionId"] != old["sessionId"]
        assert await in_progress(live) == [started["sessionId"]]


async def test_an_old_key_whose_session_was_erased_starts_nothing_beside_the_interview(
    service: Live, clock: Clock
) -> None:
    participant = await invited(service)
    old = await participant.start(key="k")
    clock.until_a_call_expires()
    started = await participant.start()
    await says(service, started, "Yes.")
    await erase(service, old["sessionId"])
    again = await participant.ask("start", key="k")
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert (await participant.status())["sessionId"] == started["sessionId"]


# The end of a call


async def test_an_end_while_claude_listens_is_an_end(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with listened(tmp_path, **settings(fake)) as here:
        interview = Interview(here.live)
        started = await interview.start()
        async with here.to(started):
            assert (await interview.end())["status"] == "ENDED_EARLY"
        assert (await here.live.session(started["sessionId"])).is_over
        assert (await interview.status())["status"] == "ENDED_EARLY"


async def test_the_old_line_does_not_hear_the_reply_that_is_spoken_on_the_new_one(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    name, asked = "Well, my name is Sam I think.", asyncio.Event()

    def script(body: Any) -> Reply:
        if is_listen(body) and name in str(body) and not asked.is_set():
            asked.set()
            return Reply(fault="stall")
        return as_claude(body) if is_listen(body) else Reply(text="Thank you for that. What is it, then?")

    async with (
        FakeClaude(script) as claude,
        live_server(tmp_path, claude_url=claude.base_url, turn_draft=False, **settings(fake)) as live,
    ):
        interview = Interview(live)
        first = await interview.start()
        talk = [assistant(first["overrides"]["agent"]["firstMessage"]), user("Yes.")]
        old = {"X-Conversation-Id": first["conversationId"]}
        talk += [assistant(spoken(await live.chat(talk, headers=old))), user(name)]
        await live.settle()
        second = await interview.start()
        turn = asyncio.create_task(live.chat(talk, headers=old))
        await asked.wait()
        new = await says(live, second, "My name is Samuel, I live in Leeds.")
        assert spoken(await turn) != spoken(new)


async def test_an_interview_is_taken_up_so_often_and_the_first_line_of_many_does_not_come_back(
    service: Live,
) -> None:
    interview = Interview(service)
    lines = []
    for i in range(MOST_CONVERSATIONS + 3):
        lines.append(await interview.start())
        await says(service, lines[-1], f"Hm {i} maybe.")
    await says(service, lines[0], "Hm 0 maybe.", "I'm Eve.")
    session = await service.session(lines[0]["sessionId"])
    ids = [started["conversationId"] for started in lines]
    assert session.past_conversations == tuple(ids[:MOST_CONVERSATIONS])
    assert session.conversation_id == ids[MOST_CONVERSATIONS]
    assert "I'm Eve." not in [turn.utterance for turn in session.turns]


# By phone


async def test_a_phone_that_rings_does_not_take_an_interview_that_was_held_back_to_its_beginning(
    service: Live, clock: Clock
) -> None:
    number = "+49305550101"
    participant = await invited(service, phone=number)
    await says(service, await participant.start(), "Yes.")
    ended = await participant.end()
    assert await participant.is_refused()
    session, _ = await rings(service, number, "CA-101")  # once, and nobody talks
    assert session.call is not None
    assert session.call.interview_id is None
    now = await participant.status()
    assert (now["status"], now["sessionId"]) == ("ENDED_EARLY", ended["sessionId"])
    clock.until_a_call_expires()
    assert await participant.is_refused()


async def test_an_interview_in_which_nothing_was_said_may_be_held_by_phone_after_all(service: Live) -> None:
    number = "+49305550102"
    participant = await invited(service, phone=number)
    await participant.start()
    await participant.end()
    session, _ = await rings(service, number, "CA-102")
    now = await participant.status()
    assert (now["status"], now["sessionId"]) == ("CREATED", session.session_id)


async def test_of_all_calls_from_a_known_number_one_is_the_interview_and_the_others_are_of_the_default_flow(
    service: Live,
) -> None:
    number = "+49305550103"
    participant = await invited(service, phone=number, flow="screening", language="de")
    held = []
    for i in range(3):
        session, token = await rings(service, number, f"CA-103-{i}")
        await says(
            service, {"conversationId": f"conv_phone_{i}"}, "Yes.", elevenlabs_extra_body={"session_token": token}
        )
        held.append(await service.session(session.session_id))
    assert all(session.has_turns for session in held)
    assert [session.flow_id for session in held] == ["screening", "financial_lifestyle", "financial_lifestyle"]
    calls = [session.call for session in held if session.call is not None]
    assert [call.interview_id for call in calls] == [participant.interview_id, None, None]
    assert (await participant.status())["sessionId"] == held[0].session_id


# Erasing


async def test_an_interview_that_was_held_and_erased_is_not_held_again_with_the_same_invite(service: Live) -> None:
    participant = await invited(service)
    started = await participant.start()
    await says(service, started, "Yes.")
    await participant.end()
    assert await participant.is_refused()
    await erase(service, started["sessionId"])
    assert await participant.is_refused()


async def test_what_was_erased_in_the_middle_of_a_call_is_not_brought_back_by_its_next_turn(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with live_server(tmp_path, **settings(fake)) as live:
        started = await Interview(live).start()
        await says(live, started, "Yes.")
        await erase(live, started["sessionId"])
        assert spoken(await says(live, started, "Yes.", "I'm Sam."))
        assert (await live.get("/api/sessions")).json()["sessions"] == []
        assert (await live.get(f"/api/sessions/{started['sessionId']}/transcript")).status_code == 404


# Costs


async def test_the_opening_of_an_interview_that_goes_on_costs_no_claude(tmp_path: Path) -> None:
    async with with_openings(tmp_path, Reply(text=GREETING), say="    say: Hello.\n") as here:
        participant = await invited(here.live)
        await says(here.live, await participant.start({"firstMessage": "fixed"}), "Yes.")
        before = len(here.claude.received)
        for _ in range(5):
            await participant.start({"firstMessage": "written"})
        assert len(here.claude.received) == before


async def test_starts_at_once_ask_claude_no_more_often_than_an_interview_may_be_started(tmp_path: Path) -> None:
    async with with_openings(tmp_path, Reply(text=GREETING), say="    say: Hello.\n") as here:
        participant = await invited(here.live)
        asking = [participant.ask("start", {"firstMessage": "written"}) for _ in range(2 * MOST_A_MINUTE)]
        answers = await asyncio.gather(*asking)
        assert [answer.status_code for answer in answers].count(429) == MOST_A_MINUTE
        assert 1 <= len(here.claude.received) <= MOST_A_MINUTE


async def test_who_starts_without_end_is_refused_before_elevenlabs_is_asked_and_keeps_nobody_else_from_it(
    service: Live, fake: FakeElevenLabs
) -> None:
    participant = await invited(service)
    for _ in range(MOST_A_MINUTE):
        await participant.start()
    asked = len(fake.received)
    refused = await participant.ask("start")
    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many")
    assert len(fake.received) == asked
    assert (await (await invited(service)).start())["status"] == "CREATED"


async def test_a_slow_answer_about_the_agent_does_not_hold_up_a_start(
    service: Live, fake: FakeElevenLabs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(allowed, "ASK_S", 0.1)
    fake.interrupt = lambda received: Answer(document={}, delay_s=20.0) if "/agents/" in received.path else None
    async with asyncio.timeout(8.0):
        started = await Interview(service).start({"agentId": "agent_slow"})
    assert started["overrides"] == {}, "nothing is known of it"


# Documents that make no sense


@pytest.mark.parametrize("lifetime", [b"NaN", b"Infinity", b"1e999"])
async def test_a_lifetime_that_is_no_number_is_refused(service: Live, lifetime: bytes) -> None:
    body = b'{"expiresInSeconds": ' + lifetime + b"}"
    answer = await service.http.post("/api/invites", content=body, headers=OPERATORS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")


async def test_a_charset_that_cannot_be_used_is_the_sender_s_mistake(service: Live) -> None:
    body = b'--X\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\n\r\nabc\r\n--X--\r\n'
    headers = {**OPERATORS, "Content-Type": "multipart/form-data; boundary=X; charset=undefined"}
    answer = await service.http.post("/api/elevenlabs-stt", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "malformed_request")
