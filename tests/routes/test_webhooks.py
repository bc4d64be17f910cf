"""Post-call webhooks over real HTTP: what gets in, what is refused, and what is left behind of either."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import stat
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from tests.fake_elevenlabs import signed
from tests.live_server import OPERATORS, TURNS, Live, live_server
from tests.post_call import EVENTS, SECRET, audio, deliver, failure, transcription
from webhook.interview.told import ToldStatus
from webhook.recordings import IN_MEMORY, LARGEST_ENVELOPE, MOST_LARGE
from webhook.wire.identity import TokenClaims, sign_token

SOUND = bytes(range(256)) * 40
LARGE = hashlib.sha256(b"x").digest() * (IN_MEMORY // 32 + 7)
OK = (200, {"received": True})


@pytest.fixture(scope="module")
async def service(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    secrets = (SecretStr("wsec_the_old_one"), SecretStr(SECRET))
    data_dir = tmp_path_factory.mktemp("webhooks")
    async with live_server(data_dir, elevenlabs_webhook_secret=secrets, recording_mb=12, body_s=5.0) as live:
        yield live


def told(answer: httpx2.Response) -> tuple[int, Any]:
    document = answer.json()
    return answer.status_code, document.get("error", {}).get("code") or document


def files(live: Live) -> list[str]:
    folder = live.services.settings.recordings_dir
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


async def has_session(live: Live, session_id: str, words: str = "Hello?") -> None:
    """A call by this id has begun."""
    answer = await live.chat([{"role": "user", "content": words}], headers={"X-Conversation-Id": session_id})
    assert answer.status_code == 200
    await live.settle()


async def call_of(live: Live, session_id: str) -> Any:
    await live.settle()
    return (await live.get(f"/api/sessions/{session_id}")).json()["call"]


# In


async def test_the_transcript_of_a_call_comes_home_and_is_shown_with_its_session(service: Live) -> None:
    await has_session(service, "conv_shown0001")
    assert await call_of(service, "conv_shown0001") is None
    assert told(await deliver(service.http, transcription("conv_shown0001"))) == OK
    call = await call_of(service, "conv_shown0001")
    assert call.pop("transcriptAt").startswith("20")
    assert call == {
        "state": "ENDED_EARLY",
        "interviewId": None,
        "caller": None,
        "hasAudio": True,
        "durationSeconds": 61.0,
        "reason": "end_call tool was called",
        "verdict": "success",
        "summary": "A short talk.",
        "failure": None,
    }
    assert (await service.get("/api/sessions/conv_shown0001/report")).status_code == 200


@pytest.mark.parametrize("sound", [SOUND, LARGE], ids=["in-memory", "over-the-disk"])
async def test_a_recording_is_a_file_that_only_the_service_reads(service: Live, sound: bytes) -> None:
    conversation_id = f"conv_sound{len(sound)}"
    await has_session(service, conversation_id)
    assert told(await deliver(service.http, audio(conversation_id, sound))) == OK
    await service.settle()
    call = (await service.session(conversation_id)).call
    assert call is not None
    assert call.outcome.recording is not None
    kept = service.services.settings.recordings_dir / call.outcome.recording.file
    assert kept.name == f"{conversation_id}.mp3"
    assert kept.read_bytes() == sound
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert (call.outcome.recording.size, call.outcome.recording.sha256) == (
        len(sound),
        hashlib.sha256(sound).hexdigest(),
    )
    assert call.outcome.has_audio

    before = kept.stat()
    assert told(await deliver(service.http, audio(conversation_id, sound, at=int(time.time()) + 9))) == OK
    assert (kept.stat().st_ino, kept.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [name for name in files(service) if name.startswith(".")] == []


async def test_a_call_that_never_came_about_is_failed(service: Live) -> None:
    await service.post("/api/register-session", {"sessionId": "conv_busy0001"})
    assert told(await deliver(service.http, failure("conv_busy0001", "no-answer"))) == OK
    call = await call_of(service, "conv_busy0001")
    assert (call["state"], call["failure"], call["transcriptAt"]) == ("FAILED", "no-answer", None)


async def test_the_old_secret_is_as_good_as_the_new_one(service: Live) -> None:
    assert told(await deliver(service.http, transcription("conv_old0001"), secret="wsec_the_old_one")) == OK


async def test_an_event_we_do_not_know_is_taken_and_only_its_type_is_logged(service: Live) -> None:
    body = json.dumps(
        {"type": "answering_machine_detection", "data": {"conversation_id": "conv_amd", "said": "SPOKEN"}}
    )
    with structlog.testing.capture_logs() as logged:
        assert told(await deliver(service.http, body.encode())) == OK
    assert [event["kind"] for event in logged if event["event"] == "webhook_ignored"] == ["answering_machine_detection"]
    assert "SPOKEN" not in repr(logged)
    assert await service.services.calls.find("conv_amd") is None


async def test_a_token_that_came_back_tells_whose_call_it_was_though_it_has_expired(service: Live) -> None:
    now = time.time()
    await service.post("/api/register-session", {"sessionId": "interview-7"})
    key = service.services.settings.webhook_secret[0].get_secret_value()
    token = sign_token(TokenClaims(session_id="interview-7"), now - 60, key)
    start = {"custom_llm_extra_body": {"session_token": token}}
    began = {"start_time_unix_secs": int(now) - 120, "call_duration_secs": 30}
    body = transcription("conv_token0001", conversation_initiation_client_data=start, metadata=began)
    assert told(await deliver(service.http, body)) == OK
    assert (await call_of(service, "interview-7"))["durationSeconds"] == 30.0
    assert (await service.session("interview-7")).conversation_id == "conv_token0001"
    kept = await service.services.calls.find("conv_token0001")
    assert kept is not None
    assert (kept.session_id, kept.tokens) == ("interview-7", ())


async def test_a_token_that_was_over_before_the_call_or_is_forged_joins_nothing(service: Live) -> None:
    now = time.time()
    await service.post("/api/register-session", {"sessionId": "interview-8"})
    key = service.services.settings.webhook_secret[0].get_secret_value()
    for number, token in enumerate(
        [
            sign_token(TokenClaims(session_id="interview-8"), now - 300, key),
            sign_token(TokenClaims(session_id="interview-8"), now + 300, "another key"),
            "interview-8",
        ]
    ):
        start = {"dynamic_variables": {"secret__session_token": token}}
        body = transcription(f"conv_forged{number}", conversation_initiation_client_data=start)
        assert told(await deliver(service.http, body)) == OK
        await service.settle()
        parked = await service.services.calls.find(f"conv_forged{number}")
        assert parked is not None
        assert parked.status is ToldStatus.PARKED
    assert await call_of(service, "interview-8") is None


# Refused


@pytest.mark.parametrize(
    "header",
    ["", "t=1,v0=00", f"t={int(time.time())},v0={'0' * 64}", f"t={int(time.time()) - 4000},v0={'0' * 64}"],
    ids=["none", "malformed", "wrong", "stale"],  # the same in each process that shares the tests
)
async def test_without_a_right_signature_nothing_is_kept(service: Live, header: str) -> None:
    before = files(service)
    for body in (transcription("conv_forger"), audio("conv_forger", LARGE)):
        assert told(await deliver(service.http, body, header=header)) == (401, "unauthorized")
    assert await service.services.calls.find("conv_forger") is None
    assert files(service) == before


@pytest.mark.parametrize("headers", [{}, TURNS, OPERATORS])
async def test_no_other_secret_of_ours_opens_it(service: Live, headers: dict[str, str]) -> None:
    answer = await service.http.post(EVENTS, content=transcription("conv_forger"), headers=headers)
    assert told(answer) == (401, "unauthorized")


async def test_two_signatures_are_none(service: Live) -> None:
    body = transcription("conv_forger")
    right = signed(body, SECRET, int(time.time()))
    headers = [("ElevenLabs-Signature", right), ("ElevenLabs-Signature", right)]
    assert told(await service.http.post(EVENTS, content=body, headers=headers)) == (401, "unauthorized")


async def test_a_header_that_cannot_be_right_is_refused_before_the_body_comes(service: Live) -> None:
    url = httpx2.URL(service.base_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(
        f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nElevenLabs-Signature: t=5,v0={'0' * 64}\r\nContent-Length: 9000\r\n\r\n".encode()
    )
    assert (await reader.readline()).startswith(b"HTTP/1.1 401")
    writer.close()


MALFORMED = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"{}",
    b'{"type": 7}',
    b'{"type": "post_call_transcription", "event_timestamp": 1, "data": {"conversation_id": "../x", "transcript": []}}',
    b'{"type": "post_call_audio", "event_timestamp": 1, "data": {"conversation_id": "conv_x", "full_audio": "Q!=="}}',
    b'{"type": "post_call_audio", "event_timestamp": 1, "data": {"conversation_id": "conv_x", "full_audio": ""}}',
    b'{"type": "post_call_audio", "event_timestamp": 1, "data": {"conversation_id": "conv_x"}}',
    b'{"type": "post_call_audio", "event_timestamp": 1, "data": {"conversation_id": "../../x", "full_audio": "QUJD"}}',
    b'{"type": "post_call_audio", "event_timestamp": 1, "data": {"conversation_id": "conv_x", "full_audio": "QUJD',
    b"\xff\xfe" + b"[" * 100_000,
)


@pytest.mark.parametrize("body", MALFORMED, ids=range(len(MALFORMED)))
async def test_what_is_signed_and_malformed_is_refused_and_leaves_nothing(service: Live, body: bytes) -> None:
    before = files(service)
    assert told(await deliver(service.http, body)) == (400, "malformed_request")
    assert files(service) == before


async def test_a_giant_is_refused_whether_it_says_so_or_not(service: Live) -> None:
    before = files(service)
    giant = audio("conv_giant", b"x" * (17 * 1024 * 1024))
    assert told(await deliver(service.http, giant)) == (413, "too_large")
    header = {"ElevenLabs-Signature": signed(giant, SECRET, int(time.time()))}
    assert told(await service.http.post(EVENTS, content=giant, headers=header)) == (413, "too_large")
    long = transcription("conv_giant", user_id="x" * (LARGEST_ENVELOPE + 1))
    assert told(await deliver(service.http, long)) == (413, "too_large")
    assert files(service) == before


async def test_a_body_that_does_not_come_in_time_is_given_up_and_may_be_sent_again(tmp_path: Path) -> None:
    async with live_server(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),), body_s=0.2) as live:
        url = httpx2.URL(live.base_url)
        reader, writer = await asyncio.open_connection(url.host, url.port)
        signature = signed(b"", SECRET, int(time.time()))
        writer.write(
            f"POST {EVENTS} HTTP/1.1\r\nHost: x\r\nElevenLabs-Signature: {signature}\r\n"
            f"Content-Length: 9000\r\n\r\n{{".encode()
        )
        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()


async def test_without_a_secret_of_its_own_the_route_says_which_setting_is_missing(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        answer = await deliver(live.http, transcription("conv_x"))
        assert told(answer) == (503, "not_configured")
        assert "ELEVENLABS_WEBHOOK_SECRET" in answer.text


async def test_a_store_that_is_away_is_an_answer_after_which_it_is_sent_again(tmp_path: Path) -> None:
    async with live_server(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),)) as live:
        await live.services.call_store.close()
        assert told(await deliver(live.http, transcription("conv_later"))) == (503, "store_error")
        assert told(await deliver(live.http, audio("conv_later", SOUND))) == (503, "store_error")
        assert [name for name in files(live) if name.startswith(".")] == []
        await live.services.call_store.open()
        assert told(await deliver(live.http, transcription("conv_later"))) == OK
        assert await live.services.calls.has_transcript("conv_later")


async def test_nothing_that_was_said_or_signed_is_in_a_log_line_or_an_answer(
    service: Live, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = [{"role": "user", "message": "SPOKEN-WORDS"}]
    with structlog.testing.capture_logs() as logged:
        answers = [
            await deliver(service.http, transcription("conv_quiet01", transcript=said)),
            await deliver(service.http, transcription("conv_quiet01", transcript=said), header="t=1,v0=SPOKEN-WORDS"),
            await deliver(service.http, transcription("conv_quiet01", transcript="SPOKEN-WORDS")),
            await deliver(
                service.http, audio("conv_quiet01", SOUND).replace(b'full_audio": "', b'full_audio": "SPOKEN-WORDS!')
            ),
            await deliver(service.http, failure("conv_quiet01", "SPOKEN-WORDS")),
        ]
        await service.settle()
    assert [answer.status_code for answer in answers] == [200, 401, 400, 400, 200]
    shown = repr(logged) + caplog.text + "".join(answer.text for answer in answers)
    for secret in ("SPOKEN-WORDS", SECRET, "+1555"):
        assert secret not in shown


# At once


async def test_many_recordings_at_once_wait_for_each_other_and_all_get_in(service: Live) -> None:
    bodies = [audio(f"conv_many{i:04}", LARGE) for i in range(MOST_LARGE + 3)]
    answers = await asyncio.gather(*(deliver(service.http, body) for body in bodies))
    assert [told(answer) for answer in answers] == [OK] * len(bodies)
    assert {f"conv_many{i:04}.mp3" for i in range(len(bodies))} <= set(files(service))


# Erased


async def test_a_deleted_session_takes_its_recording_along_and_nothing_brings_it_back(service: Live) -> None:
    await has_session(service, "conv_erased01", "My name is CANARY.")
    at = int(time.time())
    said = [{"role": "user", "message": "CANARY"}]
    for body in (transcription("conv_erased01", at=at, transcript=said), audio("conv_erased01", b"CANARY" * 9, at=at)):
        assert told(await deliver(service.http, body)) == OK
    await service.settle()
    assert "conv_erased01.mp3" in files(service)
    gone = await service.http.delete("/api/sessions/conv_erased01", headers=OPERATORS)
    assert gone.status_code == 204
    for later in (0, 50):
        for body in (
            transcription("conv_erased01", at=at + later, transcript=said),
            audio("conv_erased01", b"CANARY" * 9, at=at + later),
            failure("conv_erased01", at=at + later),
        ):
            assert told(await deliver(service.http, body)) == OK
    await service.settle()
    assert "conv_erased01.mp3" not in files(service)
    assert (await service.get("/api/sessions/conv_erased01")).status_code == 404
    kept = await service.services.call_store.load("call:conv_erased01")
    assert kept is not None
    assert "CANARY" not in json.dumps(kept.record)


async def test_a_session_whose_calls_cannot_be_erased_now_is_not_erased_by_halves(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        await live.post("/api/register-session", {"sessionId": "stays"})
        await live.services.call_store.close()
        gone = await live.http.delete("/api/sessions/stays", headers=OPERATORS)
        assert told(gone) == (503, "store_error")
        assert (await live.get("/api/sessions/stays")).status_code == 200
        await live.services.call_store.open()
        assert (await live.http.delete("/api/sessions/stays", headers=OPERATORS)).status_code == 204
