"""Speech at ElevenLabs: audio that is passed on as it comes, recordings that are sent piece by piece, and what fails."""

from __future__ import annotations

import asyncio
import hashlib
import io
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.elevenlabs.conftest import refused
from tests.fake_elevenlabs import (
    KEY,
    VOICE_ID,
    Answer,
    FakeElevenLabs,
    audio_of,
    problem,
    transcript_of,
    wrong_field,
)
from webhook.elevenlabs.answers import no_text
from webhook.elevenlabs.client import LARGEST, ElevenLabs, Patience
from webhook.elevenlabs.speech import FORMATS, Transcript, Word, speak, transcribe
from webhook.elevenlabs.stream import Stream
from webhook.errors import (
    ElevenLabsAnswer,
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsInvalid,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
    MalformedRequest,
)
from webhook.interview.flow import Voice

TEXT = "TEXT-CANARY, what do you do in your free time?"
AUDIO = b"AUDIO-CANARY" * 1000
VOICE = Voice(voice_id=VOICE_ID)
HASTY = Patience(connect_s=1.0, silence_s=0.3, first_s=0.3, total_s=5.0, first_wait_s=0.01)
PATIENT = Patience(silence_s=20.0, first_s=20.0, total_s=40.0, first_wait_s=0.01)


@pytest.fixture
def patience() -> Patience:
    return Patience()


async def heard(sound: Stream) -> bytes:
    async with aclosing(sound.parts()) as parts:
        return b"".join([part async for part in parts])


async def spoken(client: ElevenLabs, patience: Patience = PATIENT) -> bytes:
    return await heard(await speak(client, VOICE, TEXT, patience=patience))


async def written(client: ElevenLabs, patience: Patience = PATIENT) -> Transcript:
    return await transcribe(client, io.BytesIO(AUDIO), media_type="audio/webm", patience=patience)


async def open_connections(client: ElevenLabs) -> int:
    """Those that are in use: idle ones may be used again."""
    pool: Any = (await client._client())._transport._pool  # type: ignore[attr-defined]  # there is no public look
    return sum(not connection.is_idle() and not connection.is_closed() for connection in pool.connections)


async def test_the_audio_is_what_elevenlabs_made_of_the_text(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    assert await spoken(client, PATIENT) == b"".join(audio_of(TEXT))
    sent = fake.received[0]
    assert (sent.path, sent.query) == (f"/v1/text-to-speech/{VOICE_ID}/stream", {"output_format": "mp3_44100_128"})
    assert sent.body == {"text": TEXT}  # no settings: the voice's own hold
    assert sent.headers["content-type"] == "application/json"


async def test_all_settings_of_a_voice_go_along(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    voice = Voice(voice_id=VOICE_ID, stability=0.0, similarity_boost=0.8, style=0.1, use_speaker_boost=False, speed=1.1)
    await heard(await speak(client, voice, TEXT))
    assert fake.received[0].body["voice_settings"] == {
        "stability": 0.0,
        "similarity_boost": 0.8,
        "style": 0.1,
        "use_speaker_boost": False,
        "speed": 1.1,
    }


@pytest.mark.parametrize("output_format", FORMATS)
async def test_every_format_is_asked_for_by_its_name(
    fake: FakeElevenLabs, client: ElevenLabs, output_format: str
) -> None:
    assert await heard(await speak(client, VOICE, TEXT, output_format=output_format))
    assert fake.received[0].query == {"output_format": output_format}


async def test_the_first_part_is_there_before_the_last_is_made(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(pieces=[b"one", b"two"], gap_s=3600.0, content_type="audio/mpeg"))
    parts = (await speak(client, VOICE, TEXT, patience=PATIENT)).parts()
    assert await anext(parts) == b"one"
    await parts.aclose()
    await fake.hung_up.wait()
    assert await open_connections(client) == 0


async def test_whoever_stops_waiting_for_the_first_part_hangs_up(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(delay_s=3600.0))
    asking = asyncio.create_task(speak(client, VOICE, TEXT, patience=Patience(first_s=3600.0)))
    while not fake.received:  # noqa: ASYNC110 - the fake keeps a list of them
        await asyncio.sleep(0)
    asking.cancel()
    await fake.hung_up.wait()
    assert await open_connections(client) == 0


async def test_a_recording_is_written_down(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    assert await transcribe(client, io.BytesIO(AUDIO), media_type="audio/webm", language="nl") == Transcript(
        text="Chess, mostly.",
        language="nl",
        words=(
            Word(text="Chess,", start_s=0.1, end_s=0.62, kind="word"),
            Word(text=" ", start_s=0.62, end_s=0.7, kind="spacing"),
            Word(text="mostly.", start_s=0.7, end_s=1.2, kind="word"),
            Word(text="(laughs)", start_s=None, end_s=None, kind="audio_event"),
        ),
    )
    sent = fake.received[0]
    assert sent.path == "/v1/speech-to-text"
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert int(sent.headers["content-length"]) > len(AUDIO)
    file = {"name": "audio", "type": "audio/webm", "size": len(AUDIO), "sha256": hashlib.sha256(AUDIO).hexdigest()}
    assert sent.body == {
        "model_id": "scribe_v2",
        "timestamps_granularity": "word",
        "language_code": "nl",
        "file": file,
    }


async def test_a_recording_in_which_nobody_speaks_has_no_words(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(document={"text": "", "language_code": "en", "words": []}))
    assert await written(client) == Transcript(text="", language="en", words=())


Call = Callable[[ElevenLabs, Patience], Awaitable[object]]
CALLS: tuple[Call, ...] = (spoken, written)
both = pytest.mark.parametrize("call", CALLS)

#: Answers that come before the first byte of what was asked for.
FAILURES: tuple[tuple[Answer, type[ElevenLabsError]], ...] = (
    (
        problem(401, kind="authentication_error", code="invalid_api_key", message=f"{KEY} {TEXT}"),
        ElevenLabsUnauthorised,
    ),
    (problem(404, kind="not_found", code="voice_not_found", message=TEXT), ElevenLabsNotFound),
    (wrong_field("body", "text", message=TEXT), ElevenLabsInvalid),
    (Answer(status=429, headers={"Retry-After": "1"}, document={"detail": TEXT}), ElevenLabsBusy),
    (Answer(status=500, raw=TEXT.encode()), ElevenLabsUnavailable),
    (Answer(status=502, raw=b"<html>", content_type="text/html"), ElevenLabsUnavailable),
    (Answer(status=302, headers={"Location": "http://169.254.169.254/"}), ElevenLabsAnswer),
    (Answer(raw=b"<html>", content_type="text/html"), ElevenLabsAnswer),
    (Answer(raw=b""), ElevenLabsAnswer),
    (Answer(raw=b"", content_type="audio/mpeg"), ElevenLabsAnswer),
    (Answer(document={"detail": "half an error"}), ElevenLabsAnswer),
    (Answer(raw=b"no gzip", content_type="audio/mpeg", headers={"Content-Encoding": "gzip"}), ElevenLabsAnswer),
    (Answer(fault="reset"), ElevenLabsUnavailable),
    (Answer(fault="close"), ElevenLabsUnavailable),
    (Answer(delay_s=3600.0), ElevenLabsUnavailable),
)


@both
@pytest.mark.parametrize(("answer", "error"), FAILURES)
async def test_a_failure_is_told_and_nothing_is_paid_for_twice(
    fake: FakeElevenLabs,
    client: ElevenLabs,
    call: Call,
    answer: Answer,
    error: type[ElevenLabsError],
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake.script.append(answer)
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        told = await refused(call(client, HASTY if answer.delay_s else PATIENT))
    assert type(told) is error
    assert len(fake.received) == 1
    assert await open_connections(client) == 0
    assert [event["code"] for event in logged] == [told.code]
    shown = [repr(logged), caplog.text, *traceback.format_exception(told), repr(vars(told))]
    assert not [text for text in shown if KEY in text or "CANARY" in text]
    assert told.__context__ is None or isinstance(told.__context__, ElevenLabsError)  # holds no request


#: Endings in mid-stream, when the first bytes have been passed on already.
BREAKS = (
    Answer(pieces=[b"one"], fault="cut", content_type="audio/mpeg"),
    Answer(pieces=[b"one", b"two"], gap_s=3600.0, content_type="audio/mpeg"),
    Answer(raw=b"one", fault="cut", content_type="audio/mpeg"),
)


@pytest.mark.parametrize("answer", BREAKS)
async def test_audio_that_breaks_off_is_an_error_after_what_came(
    fake: FakeElevenLabs, client: ElevenLabs, answer: Answer
) -> None:
    fake.script.append(answer)
    sound = await speak(client, VOICE, TEXT, patience=Patience(silence_s=0.5) if answer.gap_s else PATIENT)
    got: list[bytes] = []
    with structlog.testing.capture_logs() as logged, pytest.raises(ElevenLabsUnavailable):  # noqa: PT012 - it fails after its first part
        async for part in sound.parts():
            got += [part]
    assert got == [b"one"]
    assert [event["code"] for event in logged] == ["elevenlabs_unavailable"]
    assert len(fake.received) == 1
    assert await open_connections(client) == 0


async def test_audio_that_drips_for_ever_ends_with_all_patience(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(pieces=[b"drop"] * 100_000, gap_s=0.02, content_type="audio/mpeg"))
    sound = await speak(client, VOICE, TEXT, patience=Patience(silence_s=20.0, first_s=20.0, total_s=0.5))
    with pytest.raises(ElevenLabsUnavailable):
        await heard(sound)
    await fake.hung_up.wait()


async def test_audio_without_end_is_ended(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(pieces=[bytes(64 * 1024)] * 1000, content_type="audio/mpeg"))
    with pytest.raises(ElevenLabsAnswer):
        await heard(await client.stream("/v1/any", no_text, body={}, largest=1024 * 1024))
    assert await open_connections(client) == 0


@both
async def test_nobody_there_is_unavailable_and_what_never_arrived_is_sent_again(call: Call) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: a connection is refused
        port = taken.getsockname()[1]
        client = ElevenLabs(api_key=SecretStr(KEY), base_url=f"http://127.0.0.1:{port}")
        assert type(await refused(call(client, PATIENT))).__mro__[1] is ElevenLabsUnavailable
        patience = Patience(silence_s=20.0, first_s=20.0, total_s=40.0, tries=8, first_wait_s=0.05)
        asking = asyncio.ensure_future(call(client, patience))
        await asyncio.sleep(0.1)  # refused once by now
    async with await FakeElevenLabs().start(port) as fake:
        assert await asking
        assert len(fake.received) == 1
        if call is written:  # from its beginning
            assert fake.received[0].body["file"]["size"] == len(AUDIO)
    await client.close()


HALVES: tuple[dict[str, Any], ...] = (
    *({n: v for n, v in transcript_of("en").items() if n != name} for name in ("text", "language_code", "words")),
    {**transcript_of("en"), "text": None},
    {**transcript_of("en"), "language_code": ""},
    {**transcript_of("en"), "words": {}},
    {**transcript_of("en"), "words": ["Chess"]},
    {**transcript_of("en"), "words": [{"text": "Chess", "start": 0, "end": 1}]},
    {**transcript_of("en"), "words": [{"text": 7, "start": 0, "end": 1, "type": "word"}]},
    {**transcript_of("en"), "words": [{"text": "Chess", "start": "0", "end": 1, "type": "word"}]},
    {**transcript_of("en"), "words": [{"text": "Chess", "start": 0, "end": True, "type": "word"}]},
    {"transcripts": [transcript_of("en")]},
)


@pytest.mark.parametrize("document", HALVES, ids=map(str, range(len(HALVES))))
async def test_half_a_transcript_is_an_error(
    fake: FakeElevenLabs, client: ElevenLabs, document: dict[str, Any]
) -> None:
    fake.script.append(Answer(document=document))
    assert type(await refused(written(client))) is ElevenLabsAnswer


async def test_a_transcript_that_is_too_large_is_an_error(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(raw=b" " * (LARGEST + 1)))
    assert type(await refused(written(client, PATIENT))) is ElevenLabsAnswer


@pytest.mark.parametrize("voice_id", [None, "", "..", "../x", "a/b", "a%2fb", "a?b=c", "a b", "é", "a" * 129])
async def test_no_voice_id_with_a_trick_leaves_the_house(
    fake: FakeElevenLabs, client: ElevenLabs, voice_id: str | None
) -> None:
    with pytest.raises(MalformedRequest):
        await speak(client, Voice(voice_id=voice_id), TEXT)
    assert fake.received == []


async def test_what_was_said_is_in_no_repr(client: ElevenLabs) -> None:
    assert "Chess" not in repr(await written(client, PATIENT))


async def test_the_fake_refuses_what_the_real_one_would(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    assert type(await refused(speak(client, Voice(voice_id="unknownVoice"), TEXT))) is ElevenLabsNotFound
    assert type(await refused(speak(client, Voice(voice_id=VOICE_ID, speed=3.0), TEXT))) is ElevenLabsInvalid
    assert type(await refused(speak(client, VOICE, TEXT, output_format="tape"))) is ElevenLabsInvalid
    assert type(await refused(transcribe(client, io.BytesIO(AUDIO), model="scribe_v9"))) is ElevenLabsInvalid
    http = await client._client()
    for form in ({"files": {"file": ("audio", b"x")}}, {"files": {"model_id": (None, b"scribe_v2")}}):
        assert (await http.post("/v1/speech-to-text", **form)).status_code == 422
