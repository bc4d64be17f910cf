"""What comes of a call after it, at an odd time or in an odd shape, and what strangers send in its place."""

from __future__ import annotations

import asyncio
import copy
import socket
import time
import tracemalloc
from collections.abc import AsyncGenerator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from pydantic import SecretStr

from tests.fake_elevenlabs import AGENT_ID, Answer, Document, FakeElevenLabs
from tests.live_server import Live, assistant, live_server, user
from tests.post_call import EVENTS, SECRET, audio, conversation, deliver, transcription
from tests.routes.participants import Clock, invited, listened, says
from tests.routes.test_voice_calls import AGENT, Interview, settings
from webhook.calls import GIVE_UP_S
from webhook.interview.told import ToldStatus
from webhook.recordings import MOST_SMALL

MB = 1024 * 1024
SIGNED: dict[str, Any] = {"elevenlabs_webhook_secret": (SecretStr(SECRET),)}


@pytest.fixture(scope="module")
async def platform() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        running.agents[AGENT_ID] = copy.deepcopy(AGENT)
        yield running


@pytest.fixture(scope="module")
async def service(platform: FakeElevenLabs, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    async with live_server(tmp_path_factory.mktemp("attacks"), **SIGNED, **settings(platform)) as live:
        yield live


@pytest.fixture
def fake(platform: FakeElevenLabs) -> FakeElevenLabs:
    platform.received.clear()
    platform.interrupt = None
    platform.conversations.clear()
    return platform


async def comes(live: Live, body: bytes) -> None:
    """A webhook, and all that comes of it."""
    answer = await deliver(live.http, body)
    assert answer.status_code == 200, answer.text
    await live.settle()


async def call_of(live: Live, session_id: str) -> dict[str, Any]:
    shown = (await live.get(f"/api/sessions/{session_id}")).json()
    call: dict[str, Any] = shown["call"]
    return call


# Lines that broke


async def test_a_broken_line_can_be_taken_up_after_its_webhook_came(service: Live) -> None:
    """It comes some seconds after the line broke; the participant is at the greeting of the next one."""
    participant = await invited(service)
    first = await participant.start()
    await says(service, first, "Yes.")
    second = await participant.start()
    await comes(service, transcription(first["conversationId"]))
    talk = [assistant(second["overrides"]["agent"]["firstMessage"]), user("I'm Sam.")]
    await service.chat(talk, headers={"X-Conversation-Id": second["conversationId"]})
    await service.settle()
    session = await service.session(first["sessionId"])
    assert [turn.utterance for turn in session.turns] == ["Yes.", "I'm Sam."]
    assert not session.is_over


async def test_a_line_that_broke_before_the_first_word_does_not_use_up_the_invite(service: Live) -> None:
    participant = await invited(service)
    first = await participant.start()
    await comes(service, transcription(first["conversationId"], transcript=[]))
    second = await participant.start()
    await says(service, second, "Yes.")
    assert (await participant.status())["status"] == "IN_PROGRESS"


async def test_an_interview_that_went_on_keeps_what_was_told_of_its_first_part(service: Live) -> None:
    interview = Interview(service)
    first = await interview.start()
    await says(service, first, "Yes.")
    second = await interview.start()
    await says(service, second, "I'm Sam.")
    spoken_by_another = conversation(first["conversationId"])["transcript"]
    spoken_by_another[2]["producing_llm"] = "gpt-9"
    await comes(service, transcription(first["conversationId"], transcript=spoken_by_another))
    await comes(service, audio(first["conversationId"], b"abc"))
    session = await service.session(first["sessionId"])
    assert "another_model" in session.flags
    assert not session.is_over
    assert (await interview.status())["hasAudio"] is True


async def test_a_hello_on_a_line_that_was_spared_does_not_take_the_call_s_verdict(service: Live) -> None:
    """Each start hands out conversations. One that was never needed is opened after the interview for a moment."""
    participant = await invited(service)
    held = await participant.start()
    spare = await participant.start()
    await says(service, held, "Yes.")
    await participant.end()
    await says(service, spare, "Hello?")
    await comes(service, transcription(held["conversationId"]))
    failed = {"call_successful": "failure", "transcript_summary": "x"}
    await comes(service, transcription(spare["conversationId"], analysis=failed))
    call = await call_of(service, held["sessionId"])
    assert (call["verdict"], call["summary"]) == ("success", "A short talk.")


async def test_an_end_that_the_platform_tells_of_while_claude_listens_is_an_end(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with listened(tmp_path, **SIGNED, **settings(fake)) as here:
        generations = here.live.services.interviewer.generations
        started = await Interview(here.live).start()
        async with here.to(started):
            deciding = set(generations._tasks)
            assert (await deliver(here.live.http, transcription(started["conversationId"]))).status_code == 200
            await asyncio.wait(generations._tasks - deciding)
            assert (await here.live.session(started["sessionId"])).is_over
        assert (await here.live.session(started["sessionId"])).is_over
        assert (await call_of(here.live, started["sessionId"]))["state"] == "ENDED_EARLY"


# Odd documents


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": {"cost": 2**70}},
        {"metadata": {"call_duration_secs": 10**330}},
        {"analysis": {"n": 2**64}},
        {"transcript": [{"role": "user", "message": "Hi", "time_in_call_secs": -(2**65)}]},
    ],
    ids=["cost", "duration", "analysis", "turn"],
)
async def test_a_transcript_with_a_number_nobody_foresaw_is_taken(service: Live, odd: Document) -> None:
    started = await Interview(service).start()
    await says(service, started, "Yes.")
    await comes(service, transcription(started["conversationId"], **odd))
    assert (await service.session(started["sessionId"])).is_over
    assert (await call_of(service, started["sessionId"]))["transcriptAt"] is not None


def nested(depth: int) -> Document:
    document: Document = {}
    for _ in range(depth):
        document = {"a": document}
    return document


async def test_one_odd_conversation_does_not_keep_the_others_from_being_reconciled(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    now = int(time.time())
    began = {"start_time_unix_secs": now, "call_duration_secs": 1}
    fake.add_conversation("conv_odd_00001", metadata=began, analysis=nested(300))
    fake.add_conversation("conv_odd_00002", metadata={**began, "cost": 2**70})
    fake.add_conversation("conv_plain_001", metadata=began)
    async with live_server(tmp_path, reconciles=True, **settings(fake)) as live:
        assert live.services.reconciler is not None
        await live.services.reconciler.reconcile()
        assert all([await live.services.calls.has_transcript(each) for each in fake.conversations])


async def test_a_list_that_repeats_its_cursor_does_not_keep_a_round_busy(fake: FakeElevenLabs, tmp_path: Path) -> None:
    page = Answer(document={"conversations": [], "next_cursor": "same", "has_more": True})
    fake.interrupt = lambda received: page if received.path.endswith("/conversations") else None
    async with live_server(tmp_path, reconciles=True, **settings(fake)) as live:
        assert live.services.reconciler is not None
        async with asyncio.timeout(10.0):
            await live.services.reconciler.reconcile()


# What is kept of a token


async def test_a_session_token_that_came_back_is_gone_once_its_call_is_joined_or_given_up(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    clock = Clock()
    async with live_server(tmp_path, clock=clock, **SIGNED, **settings(fake)) as live:
        started = await Interview(live).start()
        token = started["dynamicVariables"]["secret__session_token"]
        nobody_s = token.replace(token[:4], "abcd")
        for conversation_id, each in ((started["conversationId"], token), ("conv_of_nobody", nobody_s)):
            begun = {"dynamic_variables": {"secret__session_token": each}}
            await comes(live, transcription(conversation_id, conversation_initiation_client_data=begun))
        assert (await kept(live, started["conversationId"])) == (ToldStatus.JOINED, ())
        assert (await kept(live, "conv_of_nobody")) == (ToldStatus.PARKED, (nobody_s,))
        clock.now += GIVE_UP_S + 1.0
        await live.services.calls.join_due()
        assert (await kept(live, "conv_of_nobody")) == (ToldStatus.ORPHAN, ())


async def kept(live: Live, conversation_id: str) -> tuple[ToldStatus, tuple[str, ...]]:
    told = await live.services.calls.find(conversation_id)
    assert told is not None
    return told.status, told.tokens


# Strangers


@dataclass(frozen=True)
class Stranger:
    """A connection whose signature only looks like one, and whose body is to come."""

    sock: socket.socket

    async def answer(self) -> bytes:
        """The status of the next one; 100 is the service asking for the body."""
        return (await asyncio.get_running_loop().sock_recv(self.sock, 4096))[9:12]

    async def send(self, body: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self.sock, body)  # without a copy of it in our memory


@asynccontextmanager
async def strangers(live: Live, count: int, size: int) -> AsyncGenerator[list[Stranger]]:
    """All of them were asked for their body of so many bytes."""
    url = httpx2.URL(live.base_url)
    signature = f"t={int(time.time())},v0={'0' * 64}"
    head = f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nExpect: 100-continue\r\n"
    with ExitStack() as stack:
        there = [Stranger(stack.enter_context(socket.socket())) for _ in range(count)]
        for stranger in there:
            stranger.sock.setblocking(False)
            await asyncio.get_running_loop().sock_connect(stranger.sock, (url.host, url.port))
            await stranger.send(f"{head}ElevenLabs-Signature: {signature}\r\n\r\n".encode())
            assert await stranger.answer() == b"100"
        yield there


async def test_only_so_many_bodies_come_at_once_and_the_next_one_is_to_be_sent_again(service: Live) -> None:
    body = transcription("conv_at_the_door")
    async with strangers(service, MOST_SMALL, 2) as there:
        refused = await deliver(service.http, body)
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "recording_error")
        for stranger in there:
            await stranger.send(b"{}")
        assert {await stranger.answer() for stranger in there} == {b"401"}
        assert (await deliver(service.http, body)).status_code == 200


async def test_what_strangers_send_takes_little_memory(service: Live) -> None:
    """By Python's own count, which what the system keeps of the connections does not blur."""
    body = b"x" * (4 * MB - 1)

    async def refused(stranger: Stranger) -> bytes:
        await stranger.send(body)
        return await stranger.answer()

    async with strangers(service, 24, len(body)) as there:
        tracemalloc.start()
        try:
            answers = await asyncio.gather(*(refused(stranger) for stranger in there))
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert set(answers) == {b"401"}
    assert most < len(there) * 2 * MB, f"{most / MB:.0f} MB"
