"""Speech through this service: what a front end gets, what it is told when it gets nothing, and what nobody sees."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import shutil
import socket
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from tests.fake_elevenlabs import KEY, VOICE_ID, Answer, FakeElevenLabs, audio_of, problem
from tests.live_server import OPERATORS, ROOT, TURNS, Live, live_server

TTS = "/api/elevenlabs-tts"
STT = "/api/elevenlabs-stt"
TEXT = "TEXT-CANARY, what do you do in your free time?"
AUDIO = b"AUDIO-CANARY" * 1000
VOICED = "danielle-town"


@pytest.fixture(scope="module")
async def platform() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        yield running


def given(fake: FakeElevenLabs) -> dict[str, Any]:
    return {"elevenlabs_api_key": SecretStr(KEY), "elevenlabs_base_url": fake.base_url}


@pytest.fixture(scope="module")
async def service(platform: FakeElevenLabs, tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """Where the flow gives one of its personas a voice; the others have settings only."""
    folder = tmp_path_factory.mktemp("speech")
    shutil.copytree(ROOT / "flows", folder / "flows")
    path = folder / "flows" / "financial_lifestyle.yaml"
    name, first, rest = path.read_text().partition("  danielle-town:")
    path.write_text(name + first + rest.replace("elevenlabs\n", f"elevenlabs\n      voice_id: {VOICE_ID}\n", 1))
    async with live_server(folder, flows_dir=folder / "flows", **given(platform)) as live:
        yield live


@pytest.fixture
def fake(platform: FakeElevenLabs) -> FakeElevenLabs:
    platform.received.clear()
    platform.script.clear()
    platform.hung_up.clear()
    return platform


async def hear(live: Live, **form: Any) -> httpx2.Response:
    """A recording, sent as an operator."""
    files = form.pop("files", {"audio": ("sam's answer.webm", AUDIO, "audio/webm;codecs=opus")})
    return await live.http.post(STT, data=form, files=files, headers=OPERATORS)


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_a_text_is_heard_in_the_voice_that_is_named(fake: FakeElevenLabs, service: Live) -> None:
    answer = await service.post(TTS, {"text": TEXT, "voiceId": VOICE_ID})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    assert answer.content == b"".join(audio_of(TEXT))
    assert fake.received[0].body == {"text": TEXT}


@pytest.mark.parametrize("name", ["personaId", "persona_id", "therapistId", "therapist_id"])
async def test_a_persona_speaks_with_all_settings_of_its_flow(fake: FakeElevenLabs, service: Live, name: str) -> None:
    answer = await service.post(TTS, {"text": TEXT, name: VOICED, "flow": "financial_lifestyle"})
    assert answer.status_code == 200
    assert fake.received[0].path == f"/v1/text-to-speech/{VOICE_ID}/stream"
    assert fake.received[0].body["voice_settings"] == {
        "stability": 0.6,
        "similarity_boost": 0.8,
        "style": 0.3,
        "speed": 1.0,
    }


async def test_settings_of_the_request_go_over_those_of_the_persona(fake: FakeElevenLabs, service: Live) -> None:
    settings = {"stability": 0, "similarityBoost": None, "useSpeakerBoost": False, "speed": 1.2}
    document = {"text": TEXT, "personaId": VOICED, "flow": "financial_lifestyle", "settings": settings}
    assert (await service.post(TTS, document)).status_code == 200
    assert fake.received[0].body["voice_settings"] == {
        "stability": 0,
        "similarity_boost": 0.8,
        "style": 0.3,
        "use_speaker_boost": False,
        "speed": 1.2,
    }


@pytest.mark.parametrize(
    ("output_format", "media_type"),
    [("pcm_16000", "audio/pcm;rate=16000"), ("ulaw_8000", "audio/basic"), ("wav_44100", "audio/wav")],
)
async def test_another_format_comes_as_what_it_is(
    fake: FakeElevenLabs, service: Live, output_format: str, media_type: str
) -> None:
    answer = await service.post(TTS, {"text": TEXT, "voiceId": VOICE_ID, "format": output_format})
    assert answer.headers["content-type"] == media_type
    assert fake.received[0].query["output_format"] == output_format


BY_VOICE = {"text": TEXT, "voiceId": VOICE_ID}
WRONG_TEXTS: tuple[tuple[Any, int, str], ...] = (
    ({"voiceId": VOICE_ID}, 400, "text"),
    ({**BY_VOICE, "text": ""}, 400, "text"),
    ({**BY_VOICE, "text": " \n"}, 400, "text"),
    ({**BY_VOICE, "text": ["a"]}, 400, "text"),
    ({**BY_VOICE, "text": "a" * 5001}, 400, "5000"),
    ({"text": TEXT}, 400, "voiceId"),
    ({**BY_VOICE, "personaId": VOICED}, 400, "not both"),
    ({**BY_VOICE, "voiceId": "../voices"}, 400, "voiceId"),
    ({**BY_VOICE, "voiceId": 7}, 400, "voiceId"),
    ({"text": TEXT, "personaId": "nobody"}, 404, "personaId"),
    ({"text": TEXT, "personaId": VOICED, "flow": "no_flow"}, 404, "flow"),
    ({"text": TEXT, "personaId": "marcus-hale", "flow": "stakeholder"}, 400, "voice_id"),
    ({**BY_VOICE, "format": "tape"}, 400, "format"),
    ({**BY_VOICE, "settings": []}, 400, "settings"),
    ({**BY_VOICE, "settings": {"pitch": 1}}, 400, "settings"),
    ({**BY_VOICE, "settings": {"stability": 1.01}}, 400, "settings.stability"),
    ({**BY_VOICE, "settings": {"similarityBoost": -0.1}}, 400, "settings.similarityBoost"),
    ({**BY_VOICE, "settings": {"style": "0.5"}}, 400, "settings.style"),
    ({**BY_VOICE, "settings": {"style": True}}, 400, "settings.style"),
    ({**BY_VOICE, "settings": {"useSpeakerBoost": 1}}, 400, "settings.useSpeakerBoost"),
    ({**BY_VOICE, "settings": {"speed": 0.69}}, 400, "settings.speed"),
    ([], 400, ""),
    ({**BY_VOICE, "text": "a" * 200_000}, 413, "body"),
)


@pytest.mark.parametrize(("document", "status", "named"), WRONG_TEXTS)
async def test_a_wrong_request_is_told_by_its_field_and_costs_nothing(
    fake: FakeElevenLabs, service: Live, document: Any, status: int, named: str
) -> None:
    answer = await service.post(TTS, document)
    assert answer.status_code == status
    assert named in answer.json()["error"]["message"]
    assert fake.received == []


async def test_the_longest_text_in_escapes_is_heard(fake: FakeElevenLabs, service: Live) -> None:
    assert (await service.post(TTS, {**BY_VOICE, "text": "\U0001f600" * 5000})).status_code == 200


async def test_a_recording_comes_back_as_words(fake: FakeElevenLabs, service: Live) -> None:
    answer = await hear(service, language="nl-BE")
    assert answer.status_code == 200
    assert answer.json() == {
        "text": "Chess, mostly.",
        "language": "nl",
        "words": [
            {"text": "Chess,", "start": 0.1, "end": 0.62, "type": "word"},
            {"text": " ", "start": 0.62, "end": 0.7, "type": "spacing"},
            {"text": "mostly.", "start": 0.7, "end": 1.2, "type": "word"},
            {"text": "(laughs)", "start": None, "end": None, "type": "audio_event"},
        ],
    }
    sent = fake.received[0].body
    assert (sent["model_id"], sent["language_code"]) == ("scribe_v2", "nl")
    digest = hashlib.sha256(AUDIO).hexdigest()
    assert sent["file"] == {"name": "audio", "type": "audio/webm", "size": len(AUDIO), "sha256": digest}


async def test_another_model_may_write_it_down(fake: FakeElevenLabs, service: Live) -> None:
    assert (await hear(service, model="scribe_v1")).status_code == 200
    assert fake.received[0].body["model_id"] == "scribe_v1"


WRONG_FORMS: tuple[tuple[dict[str, Any], str], ...] = (
    ({"files": {"audio": ("a", b"", "audio/webm")}}, "audio is empty"),
    ({"files": {"sound": ("a", AUDIO, "audio/webm")}}, "audio is missing"),
    ({"files": {"model": ("a", b"scribe_v2", "audio/webm")}}, "audio is missing"),
    ({"files": {"audio": (None, b"not a file")}}, "audio is missing"),
    ({"files": {"audio": (None, AUDIO)}}, "filename"),
    ({"files": [("audio", ("a", AUDIO, "audio/webm"))] * 2}, "one file"),
    ({"files": {"audio": ("a", AUDIO, "text/html")}}, "Content-Type"),
    ({"files": {"audio": ("a", AUDIO, "audio/webm/../x")}}, "Content-Type"),
    ({"model": "scribe v2"}, "model"),
    ({"model": ["scribe_v1", "scribe_v2"]}, "twice"),
    ({"language": "the Queen's"}, "language"),
    ({str(number): "x" for number in range(9)}, "fields"),
)


@pytest.mark.parametrize(("form", "told"), WRONG_FORMS, ids=map(str, range(len(WRONG_FORMS))))
async def test_a_wrong_form_is_told_by_its_field_and_costs_nothing(
    fake: FakeElevenLabs, service: Live, form: dict[str, Any], told: str
) -> None:
    answer = await hear(service, **form)
    assert error_of(answer) == (400, "malformed_request")
    assert told in answer.json()["error"]["message"]
    assert fake.received == []


HEAD = b'--b\r\nContent-Disposition: form-data; name="audio"; filename="a"\r\nContent-Type: audio/webm\r\n\r\n'
BODIES = (
    (b"", "multipart/form-data; boundary=b"),
    (b"no form at all", "multipart/form-data; boundary=b"),
    (HEAD + AUDIO, "multipart/form-data; boundary=b"),
    (HEAD + AUDIO + b"\r\n--b", "multipart/form-data; boundary=b"),
    (HEAD + AUDIO + b"\r\n--b--\r\n", "multipart/form-data; boundary=c"),
    (HEAD + AUDIO + b"\r\n--b--\r\n", "multipart/form-data"),
    (HEAD + AUDIO + b"\r\n--b--\r\n", "audio/webm"),
    (HEAD + AUDIO + b"\r\n--b--\r\n", "application/json"),
    (b"audio=x", "application/x-www-form-urlencoded"),
    (b"--b\r\nContent-Type: audio/webm\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    (b"--b\r\n" + b"X-A: b\r\n" * 1000 + b"\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    (HEAD + AUDIO + b"\r\n--b--\r\n", "multipart/form-data; boundary=" + "b" * 1000),
)


@pytest.mark.parametrize(("body", "kind"), BODIES, ids=map(str, range(len(BODIES))))
async def test_a_body_that_is_no_whole_form_is_refused(
    fake: FakeElevenLabs, service: Live, body: bytes, kind: str
) -> None:
    answer = await service.http.post(STT, content=body, headers={**OPERATORS, "Content-Type": kind})
    assert error_of(answer) == (400, "malformed_request")
    assert fake.received == []


async def chunks(size: int) -> AsyncIterator[bytes]:
    """A form with a file of that size, made as it is sent."""
    yield HEAD
    for _ in range(size // 65536):
        yield bytes(65536)
    yield b"\r\n--b--\r\n"


FORM = {**OPERATORS, "Content-Type": "multipart/form-data; boundary=b"}
MB = 1024 * 1024


async def test_25_megabytes_pass_through_without_ever_being_in_memory(fake: FakeElevenLabs, service: Live) -> None:
    await hear(service)  # what is loaded on first use stays
    fake.received.clear()
    tracemalloc.start()
    try:
        answer = await service.http.post(STT, content=chunks(25 * MB), headers=FORM)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status_code == 200
    assert fake.received[0].body["file"]["size"] == 25 * MB
    assert peak < 6 * MB  # of client, service and fake together


async def test_more_is_refused_wherever_it_shows(fake: FakeElevenLabs, service: Live) -> None:
    answer = await service.http.post(STT, content=chunks(26 * MB), headers=FORM)
    assert error_of(answer) == (413, "too_large")
    assert "413" in await begun(service, f"Content-Length: {26 * MB}")
    endless = b"%x\r\n" % (99 * MB) + HEAD + bytes(26 * MB)
    assert "413" in await begun(service, "Transfer-Encoding: chunked", endless)
    assert fake.received == []


async def test_a_file_one_byte_too_large_is_refused(fake: FakeElevenLabs, service: Live) -> None:
    answer = await hear(service, files={"audio": ("a", bytes(25 * MB + 1), "audio/webm")})
    assert error_of(answer) == (413, "too_large")


async def test_an_upload_that_stops_is_given_up(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with live_server(tmp_path, body_s=0.3, **given(fake)) as live:
        answer = await begun(live, "Content-Length: 100000")
    assert answer.startswith("HTTP/1.1 400 ")
    assert "in time" in answer
    assert fake.received == []


async def test_an_upload_may_take_as_long_as_it_comes_fast_enough(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield HEAD
        for _ in range(10):
            yield bytes(16 * 65536)  # half a minute's worth
            await asyncio.sleep(0.1)
        yield b"\r\n--b--\r\n"

    async with live_server(tmp_path, body_s=0.5, **given(fake)) as live:
        answer = await live.http.post(STT, content=slow(), headers=FORM)
    assert answer.status_code == 200


async def begun(live: Live, header: str, body: bytes = HEAD) -> str:
    """What is answered to an upload that stops after its first bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(live.base_url.rsplit(":", 1)[1]))
    fields = "".join(f"{name}: {value}\r\n" for name, value in FORM.items())
    writer.write(f"POST {STT} HTTP/1.1\r\nHost: h\r\n{header}\r\n{fields}\r\n".encode() + body)
    answer = await reader.read()
    writer.close()
    return answer.decode()


@pytest.mark.parametrize("route", [TTS, STT])
@pytest.mark.parametrize("headers", [{}, TURNS, {"Authorization": f"Bearer {KEY}"}])
async def test_only_operators_are_served(
    fake: FakeElevenLabs, service: Live, route: str, headers: dict[str, str]
) -> None:
    assert error_of(await service.http.post(route, json=BY_VOICE, headers=headers)) == (401, "unauthorized")
    assert fake.received == []


async def test_without_a_key_it_says_which_setting_is_missing(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        for answer in (await live.post(TTS, BY_VOICE), await hear(live)):
            assert error_of(answer) == (503, "not_configured")
            assert "ELEVENLABS_API_KEY" in answer.json()["error"]["message"]


REFUSED = (
    (problem(401, kind="authentication_error", code="x", message=f"{KEY} CANARY"), "elevenlabs_unauthorised"),
    (problem(404, kind="not_found", code="x", message="CANARY"), "elevenlabs_not_found"),
    (problem(422, kind="validation_error", code="x", message="CANARY"), "elevenlabs_invalid"),
    (Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "CANARY"}), "elevenlabs_busy"),
    (Answer(status=500, raw=b"CANARY"), "elevenlabs_unavailable"),
    (Answer(raw=b"<p>CANARY</p>", content_type="text/html"), "elevenlabs_answer"),
    (Answer(fault="reset"), "elevenlabs_unavailable"),
)


@pytest.mark.parametrize("route", [TTS, STT])
@pytest.mark.parametrize(("answer", "code"), REFUSED)
async def test_what_fails_before_the_first_byte_is_an_error_of_ours(
    fake: FakeElevenLabs, service: Live, answer: Answer, code: str, route: str, caplog: pytest.LogCaptureFixture
) -> None:
    fake.script.append(answer)
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        told = await (service.post(TTS, BY_VOICE) if route == TTS else hear(service))
    assert error_of(told) == (502, code)
    assert len(fake.received) == 1
    shown = told.text + repr(logged) + caplog.text
    assert "CANARY" not in shown
    assert KEY not in shown


@pytest.mark.parametrize("gap_s", [0.0, 0.3])
async def test_audio_that_breaks_off_ends_the_answer_without_its_end(
    fake: FakeElevenLabs, service: Live, gap_s: float
) -> None:
    fake.script.append(Answer(pieces=[b"one", b"two"], gap_s=gap_s, fault="cut", content_type="audio/mpeg"))
    got = b""
    with structlog.testing.capture_logs() as logged, pytest.raises(httpx2.RemoteProtocolError):  # noqa: PT012 - it fails in the middle
        async with service.http.stream("POST", TTS, json=BY_VOICE, headers=OPERATORS) as answer:
            assert answer.status_code == 200
            async for part in answer.aiter_bytes():
                got += part
    assert got in {b"one", b"onetwo"}
    told = [event for event in logged if event["event"] == "text_spoken"]
    assert [(event["cut"], event["chars_in"]) for event in told] == [(True, len(TEXT))]


@pytest.mark.parametrize("route", [TTS, STT])
async def test_a_hang_up_before_the_answer_hangs_up_on_elevenlabs(
    fake: FakeElevenLabs, service: Live, route: str
) -> None:
    fake.script.append(Answer(delay_s=3600.0))
    asking = asyncio.create_task(service.post(TTS, BY_VOICE) if route == TTS else hear(service))
    while not fake.received:  # noqa: ASYNC110 - the fake keeps a list of them
        await asyncio.sleep(0)
    asking.cancel()
    await fake.hung_up.wait()


async def test_a_hang_up_in_mid_stream_hangs_up_on_elevenlabs(fake: FakeElevenLabs, service: Live) -> None:
    fake.script.append(Answer(pieces=[b"one", b"two"], gap_s=3600.0, content_type="audio/mpeg"))
    async with service.http.stream("POST", TTS, json=BY_VOICE, headers=OPERATORS) as answer:
        assert await anext(answer.aiter_bytes()) == b"one"
    await fake.hung_up.wait()


async def test_a_hang_up_in_an_upload_reaches_nobody(fake: FakeElevenLabs, service: Live) -> None:
    with socket.create_connection(("127.0.0.1", int(service.base_url.rsplit(":", 1)[1]))) as caller:
        fields = "".join(f"{name}: {value}\r\n" for name, value in FORM.items())
        caller.sendall(f"POST {STT} HTTP/1.1\r\nHost: h\r\nContent-Length: 99999\r\n{fields}\r\n".encode() + HEAD)
    assert (await hear(service)).status_code == 200
    assert len(fake.received) == 1


async def test_what_went_well_shows_nothing_but_sizes(
    fake: FakeElevenLabs, service: Live, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as logged:
        sound = await service.post(TTS, BY_VOICE)
        words = await hear(service)
    spoken, written = [event for event in logged if event["event"] in {"text_spoken", "audio_transcribed"}]
    assert (spoken["chars_in"], spoken["bytes_out"], spoken["cut"]) == (len(TEXT), len(sound.content), False)
    assert (written["bytes_in"], written["chars_out"]) == (len(AUDIO), len(words.json()["text"]))
    shown = repr(logged) + caplog.text
    assert not [secret for secret in ("CANARY", "Chess", "sam's", KEY) if secret in shown]
