"""Listening and speaking under deadlines, over a real socket, with every way Claude can fail."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from tests.fake_claude import UNDERSTOOD, FakeClaude, Reply, error_reply
from tests.interview.calls import lifestyle
from webhook.claude import Claude
from webhook.dialogue import Deadlines, Dialogue, Models, Spoken
from webhook.errors import (
    ModelError,
    ModelOverloaded,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
)
from webhook.interview.cost import Call, Usage
from webhook.interview.prompt import Block, ModelMessage, ModelRequest
from webhook.interview.understanding import Understanding

MAIN = "claude-haiku-5-5"
SPARE = "claude-haiku-4-5"
PATIENT = Deadlines(
    listen_s=9.0, listen_late_s=9.0, bridge_s=9.0, first_text_s=9.0, hedge_s=9.0, gap_s=9.0, speak_s=9.0, report_s=9.0
)
NEVER = Reply(headers_s=30.0)
BUSY = error_reply(529, "overloaded_error")
BROKEN = error_reply(500, "api_error")
GOOD = "Thank you for that. How old are you?"


def request(purpose: str) -> ModelRequest:
    said = ModelMessage(role="user", blocks=(Block(text="I'm Sam."),))
    schema = None if purpose == "speak" else SCHEMA
    return ModelRequest(purpose=purpose, system=(), messages=(said,), max_tokens=99, schema=schema)  # type: ignore[arg-type]  # one of the three


SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"facts": {"type": "array", "items": {"type": "string"}}},
    "required": ["facts"],
    "additionalProperties": False,
}
SPEAK, LISTEN, REPORT = request("speak"), request("listen"), request("report")
HEARD = Reply(json=UNDERSTOOD)
NAMED = Reply(json={**UNDERSTOOD, "facts": [{"slot": "name", "value": "Sam", "words": "Sam", "how": "said"}]})


def tasks() -> set[asyncio.Task[object]]:
    """All but pytest's own."""
    return {t for t in asyncio.all_tasks() if not str(t.get_coro()).startswith("<coroutine object TestRunner.")}


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture(scope="module")
async def claude(server: FakeClaude) -> AsyncGenerator[Claude]:
    client = Claude(api_key="key", base_url=server.base_url)
    await client.warm()
    yield client
    await client.close()


@pytest.fixture
async def fake(server: FakeClaude, claude: Claude) -> AsyncGenerator[FakeClaude]:
    """Nothing may go on, on either side, when a test is over."""
    server.received.clear()
    before = tasks()
    yield server
    async with asyncio.timeout(5):
        for received in server.received:
            await received.ended.wait()
        while left := tasks() - before:
            await asyncio.wait(left)


def dialogue_of(claude: Claude, *, fallback: str | None = None, **deadlines: float) -> Dialogue:
    models = Models(speak=MAIN, listen=MAIN, report=MAIN, fallback=fallback)
    return Dialogue(claude, models, replace(PATIENT, **deadlines))


async def spoken_by(dialogue: Dialogue) -> tuple[Spoken, list[str]]:
    spoken = Spoken()
    pieces = [piece async for piece in dialogue.speak(SPEAK, spoken)]
    assert "".join(pieces) == spoken.text
    return spoken, pieces


async def left(dialogue: Dialogue) -> None:
    """Until the streams that were left early are read out."""
    while dialogue._leaving:
        await asyncio.wait(set(dialogue._leaving))


async def hung_up(fake: FakeClaude) -> None:
    """The one call is given up, and not only when its own deadline has passed."""
    (received,) = fake.received
    async with asyncio.timeout(5):
        await received.ended.wait()
    assert received.hung_up


def by_model(**replies: Reply) -> Any:
    return lambda body: replies["spare" if body["model"] == SPARE else "main"]


def asked(fake: FakeClaude) -> list[str]:
    return ["spare" if body["model"] == SPARE else "main" for body in fake.bodies]


# Speaking


async def test_words_leave_one_by_one_and_end_with_the_question(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: Reply(text=f"{GOOD} And where do you live? I ask *because*.")
    spoken, pieces = await spoken_by(dialogue_of(claude))
    assert spoken.text == GOOD
    assert pieces[:4] == ["Thank ", "you ", "for ", "that. "]
    assert "".join(pieces) == "Thank you for that. How old are you?"
    assert (spoken.failed, spoken.complete) == (None, True)


_CUT = "Thank you for"
#: What Claude does after two whole words, and the error it comes down to.
BROKEN_OFF: dict[str, tuple[Reply, type[ModelError]]] = {
    "silence": (Reply(text=_CUT, fault="stall", after=3), ModelTimeout),
    "pings": (Reply(text=_CUT, fault="stall", after=3, ping_s=0.05), ModelTimeout),
    "cut": (Reply(text=_CUT, fault="cut", after=3), ModelError),
    "reset": (Reply(text=_CUT, fault="reset", after=3), ModelError),
    "looks like an end": (Reply(text=_CUT, fault="close", after=3), ModelError),
    "no message_stop": (Reply(text=_CUT, fault="end", after=3), ModelError),
    "overloaded": (Reply(text=_CUT, fault="error", after=3), ModelOverloaded),
    "key revoked": (Reply(text=_CUT, fault="error", after=3, error="permission_error"), ModelUnavailable),
    "garbage": (Reply(text=_CUT, fault="garbage", after=3), ModelError),
    "refusal": (Reply(text=_CUT, stop_reason="refusal"), ModelRefused),
}


@pytest.mark.parametrize(("reply", "error"), BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_a_reply_that_breaks_off_keeps_its_whole_words_and_tells_why(
    fake: FakeClaude, claude: Claude, reply: Reply, error: type[ModelError]
) -> None:
    fake.replies = lambda _: reply
    dialogue = dialogue_of(claude, fallback=SPARE, gap_s=0.4)
    spoken, _ = await spoken_by(dialogue)
    assert spoken.text == "Thank you "
    assert type(spoken.failed) is error
    assert not spoken.complete
    assert asked(fake) == ["main"]  # nobody begins anew in the middle of a sentence
    await left(dialogue)


#: What Claude does instead of a first word.
SILENT: dict[str, tuple[Reply, type[ModelError]]] = {
    "silence": (NEVER, ModelTimeout),
    "pings": (Reply(fault="stall", after=0, ping_s=0.05), ModelTimeout),
    "cut": (Reply(fault="cut", after=0), ModelError),
    "looks like an end": (Reply(fault="close", after=0), ModelError),
    "overloaded": (Reply(fault="error", after=0), ModelOverloaded),
    "garbage": (Reply(fault="garbage", after=0), ModelError),
    "refusal": (Reply(text="", stop_reason="refusal"), ModelRefused),
    "529": (BUSY, ModelOverloaded),
    "429": (error_reply(429, "rate_limit_error", headers={"retry-after": "30"}), ModelOverloaded),
    "401": (error_reply(401, "authentication_error"), ModelUnavailable),
    "500": (BROKEN, ModelError),
    "HTML": (Reply(raw=b"<html>bad gateway</html>", status=502), ModelError),
}


@pytest.mark.parametrize(("reply", "error"), SILENT.values(), ids=SILENT)
async def test_a_reply_that_never_begins_tells_why(
    fake: FakeClaude, claude: Claude, reply: Reply, error: type[ModelError]
) -> None:
    fake.replies = lambda _: reply
    spoken, pieces = await spoken_by(dialogue_of(claude, first_text_s=0.4))
    assert pieces == []
    assert type(spoken.failed) is error
    assert not spoken.complete


@pytest.mark.parametrize(("reply", "error"), SILENT.values(), ids=SILENT)
async def test_when_no_model_begins_it_is_told_too(
    fake: FakeClaude, claude: Claude, reply: Reply, error: type[ModelError]
) -> None:
    fake.replies = lambda _: reply
    spoken, pieces = await spoken_by(dialogue_of(claude, fallback=SPARE, hedge_s=0.1, first_text_s=0.4))
    assert (pieces, type(spoken.failed), asked(fake)) == ([], error, ["main", "spare"])


async def test_a_second_model_speaks_where_the_first_fails_or_is_slow(fake: FakeClaude, claude: Claude) -> None:
    for main in (BUSY, NEVER):
        fake.received.clear()
        fake.replies = by_model(main=main, spare=Reply(text=GOOD))
        spoken, _ = await spoken_by(dialogue_of(claude, fallback=SPARE, hedge_s=0.05))
        assert (spoken.text, spoken.failed, asked(fake)) == (GOOD, None, ["main", "spare"])


@pytest.mark.parametrize(
    ("reply", "text", "complete"),
    [
        (Reply(text="Thank you for that."), "Thank you for that.", True),
        (Reply(text="Thank you for tha", stop_reason="max_tokens"), "Thank you for ", False),
        (Reply(text=""), "", True),
        (Reply(text=" \n "), "", True),
        (Reply(text='{"say": "nothing"}'), "", True),
    ],
    ids=["no question", "too long", "empty", "blank", "unspeakable"],
)
async def test_an_end_without_a_question_is_no_failure(
    fake: FakeClaude, claude: Claude, reply: Reply, text: str, complete: bool
) -> None:
    fake.replies = lambda _: reply
    spoken, _ = await spoken_by(dialogue_of(claude))
    assert (spoken.text, spoken.failed, spoken.complete) == (text, None, complete)


async def test_a_reply_that_quotes_its_instructions_is_stopped_before_it_has_said_them(
    fake: FakeClaude, claude: Claude
) -> None:
    rule = "Exactly one question at the very end and never two of them in one turn"
    fake.replies = lambda _: Reply(text=f"Sure, my rules are these: {rule}. Okay?")
    spoken = Spoken()
    told = replace(SPEAK, system=(Block(text=f"Rules. {rule}."),))

    pieces = [piece async for piece in dialogue_of(claude).speak(told, spoken)]

    assert "".join(pieces) == "Sure, my rules are these: Exactly one question at the very end "
    assert type(spoken.failed) is ModelRefused


async def test_a_reply_that_never_ends_is_cut_by_the_clock(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: Reply(text="and on " * 300, gap_s=0.02)
    spoken, pieces = await spoken_by(dialogue_of(claude, speak_s=0.4))
    assert isinstance(spoken.failed, ModelTimeout)
    assert pieces
    await hung_up(fake)


async def test_a_speaker_who_is_left_alone_is_not_asked(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = by_model(main=error_reply(401, "authentication_error"), spare=Reply(text=GOOD))
    dialogue = dialogue_of(claude, fallback=SPARE)
    for _ in range(3):
        spoken, _ = await spoken_by(dialogue)
        assert spoken.text == GOOD
    assert asked(fake) == ["main", "spare", "spare", "spare"]  # a key does not mend itself


async def test_when_both_are_left_alone_nobody_is_asked_and_the_answer_is_there_at_once(
    fake: FakeClaude, claude: Claude
) -> None:
    fake.replies = lambda _: error_reply(401, "authentication_error")
    dialogue = dialogue_of(claude, fallback=SPARE)
    await spoken_by(dialogue)
    assert asked(fake) == ["main", "spare"]
    spoken, _ = await spoken_by(dialogue)
    assert isinstance(spoken.failed, ModelOverloaded)
    with pytest.raises(ModelOverloaded):
        await dialogue.listen(LISTEN, lifestyle(), late=keep_nothing)
    assert asked(fake) == ["main", "spare"]


@pytest.mark.parametrize("stall", [Reply(text=_CUT, fault="stall", after=3, ping_s=0.05), BROKEN], ids=["mid", "500"])
async def test_three_failures_open_the_breaker_and_a_success_closes_it(
    fake: FakeClaude, claude: Claude, stall: Reply
) -> None:
    now = [1000.0]
    models = Models(speak=MAIN, listen=MAIN, report=MAIN)
    dialogue = Dialogue(claude, models, replace(PATIENT, gap_s=0.2), clock=lambda: now[0])
    fake.replies = lambda _: stall
    for _ in range(4):
        await spoken_by(dialogue)
    assert len(fake.bodies) == 3
    now[0] += 5.1
    fake.replies = lambda _: Reply(text=GOOD)
    assert (await spoken_by(dialogue))[0].text == GOOD
    assert dialogue.breaker.closed(now[0]) == {}
    fake.replies = lambda _: BROKEN
    await spoken_by(dialogue)
    assert dialogue.breaker.closed(now[0]) == {}


# Connections


async def test_what_comes_after_the_question_is_read_out_and_the_connection_is_used_again(
    fake: FakeClaude, claude: Claude
) -> None:
    dialogue = dialogue_of(claude)
    fake.replies = lambda _: Reply(text=f"{GOOD} " + "And more. " * 20)
    await spoken_by(dialogue)
    await left(dialogue)
    connections = fake.connections
    for _ in range(5):
        await spoken_by(dialogue)
        await left(dialogue)
    assert fake.connections == connections
    assert [received.hung_up for received in fake.received] == [False] * 6


async def test_a_stream_that_is_left_is_noted_when_it_is_read_out(fake: FakeClaude, claude: Claude) -> None:
    dialogue, noted = dialogue_of(claude), list[Call]()
    fake.replies = lambda _: Reply(text=f"{GOOD} " + "And more. " * 20, usage={"output_tokens": 77})
    _ = [piece async for piece in dialogue.speak(SPEAK, Spoken(), note=noted.append)]
    await dialogue.left()
    assert noted == [Call(purpose="speak", model=MAIN, usage=Usage(input_tokens=20, output_tokens=77))]


async def test_a_reply_that_goes_on_for_too_long_after_the_question_is_hung_up_on(
    fake: FakeClaude, claude: Claude
) -> None:
    fake.replies = lambda _: Reply(text=f"{GOOD} And more.", fault="stall", after=9, ping_s=0.1)
    dialogue = dialogue_of(claude)
    spoken, _ = await spoken_by(dialogue)
    assert (spoken.text, spoken.failed) == (GOOD, None)
    await hung_up(fake)


async def test_a_speaker_who_is_interrupted_hangs_up(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: Reply(text="word " * 50, fault="stall", after=3)
    dialogue = dialogue_of(claude)
    spoken = Spoken()

    async def speak() -> None:
        async for _ in dialogue.speak(SPEAK, spoken):
            pass

    speaking = asyncio.create_task(speak())
    while not spoken.text:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)
    speaking.cancel()
    await asyncio.wait({speaking})
    await hung_up(fake)
    assert dialogue.breaker.closed(0.0) == {}


async def test_a_listener_who_turns_away_after_the_first_word_leaves_nothing_running(
    fake: FakeClaude, claude: Claude
) -> None:
    fake.replies = lambda _: Reply(text=GOOD, gap_s=0.01)
    dialogue = dialogue_of(claude)
    async with aclosing(dialogue.speak(SPEAK, Spoken())) as pieces:
        assert await anext(pieces) == "Thank "
    await left(dialogue)
    await fake.received[0].ended.wait()


# Listening


def keep_nothing(task: asyncio.Task[Understanding]) -> None:
    pytest.fail("the answer was in time")


async def heard_by(dialogue: Dialogue) -> Understanding:
    return await dialogue.listen(LISTEN, lifestyle(), late=keep_nothing)


async def test_what_was_understood_comes_back(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: NAMED
    understanding = await heard_by(dialogue_of(claude))
    assert [(fact.slot, fact.value) for fact in understanding.facts] == [("name", "Sam")]


NO_UNDERSTANDING: dict[str, tuple[Reply, type[ModelError]]] = {
    "no JSON": (Reply(text="I understood everything."), ModelError),
    "another document": (Reply(json={"answer": 42}), ModelError),
    "cut JSON": (Reply(text='{"facts": [{"slot": "na', stop_reason="max_tokens"), ModelError),
    "nothing": (Reply(text=""), ModelError),
    "refusal": (Reply(text="", stop_reason="refusal"), ModelRefused),
    "cut": (Reply(json=UNDERSTOOD, fault="cut"), ModelError),
    "HTML": (Reply(json=UNDERSTOOD, fault="garbage"), ModelError),
    "529": (BUSY, ModelOverloaded),
    "404": (error_reply(404, "not_found_error"), ModelUnavailable),
}


@pytest.mark.parametrize(("reply", "error"), NO_UNDERSTANDING.values(), ids=NO_UNDERSTANDING)
async def test_an_answer_that_is_no_understanding_is_asked_of_the_second_model(
    fake: FakeClaude, claude: Claude, reply: Reply, error: type[ModelError]
) -> None:
    fake.replies = by_model(main=reply, spare=NAMED)
    assert (await heard_by(dialogue_of(claude, fallback=SPARE))).facts
    assert asked(fake) == ["main", "spare"]
    with pytest.raises(error) as raised:
        await heard_by(dialogue_of(claude))
    assert type(raised.value) is error


async def test_an_answer_that_is_no_understanding_is_noted_as_wasted(fake: FakeClaude, claude: Claude) -> None:
    noted: list[Call] = []
    fake.replies = by_model(main=Reply(text="I understood everything."), spare=NAMED)
    dialogue = dialogue_of(claude, fallback=SPARE)
    await dialogue.listen(LISTEN, lifestyle(), late=keep_nothing, note=noted.append)
    assert [(call.model, call.is_whole, call.is_wasted) for call in noted] == [(MAIN, True, True), (SPARE, True, False)]
    assert noted[0].usage.input_tokens == 20


async def test_a_late_understanding_is_handed_over_while_it_goes_on(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: Reply(json=NAMED.json, headers_s=0.3)
    handed: list[asyncio.Task[Understanding]] = []
    with pytest.raises(ModelTimeout):
        await dialogue_of(claude, listen_s=0.05).listen(LISTEN, lifestyle(), late=handed.append)
    (late,) = handed
    assert [fact.value for fact in (await late).facts] == ["Sam"]


async def test_an_understanding_that_is_too_late_even_for_that_is_given_up(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: NEVER
    handed: list[asyncio.Task[Understanding]] = []
    with pytest.raises(ModelTimeout):
        await dialogue_of(claude, listen_s=0.05, listen_late_s=0.2).listen(LISTEN, lifestyle(), late=handed.append)
    with pytest.raises(ModelTimeout):
        await handed[0]
    await hung_up(fake)


async def test_listening_ends_with_the_turn_that_wanted_it(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: NEVER
    listening = asyncio.create_task(heard_by(dialogue_of(claude)))
    while not fake.received:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)
    listening.cancel()
    await asyncio.wait({listening})
    assert listening.cancelled()
    await hung_up(fake)


async def two_hundred_turns(dialogue: Dialogue) -> None:
    """Twenty at a time."""

    async def turn() -> None:
        with pytest.raises(ModelError):
            await heard_by(dialogue)
        await spoken_by(dialogue)

    for _ in range(10):
        await asyncio.gather(*(turn() for _ in range(20)))


async def test_in_an_outage_the_extra_calls_stay_within_the_budget(fake: FakeClaude, claude: Claude) -> None:
    """Refusals, as they tell nothing about the model: every turn asks it, and would like to ask the other."""
    fake.replies = lambda _: Reply(text="", stop_reason="refusal")
    await two_hundred_turns(dialogue_of(claude, fallback=SPARE))
    assert asked(fake).count("main") == 400
    assert 1 <= asked(fake).count("spare") <= 20


async def test_in_an_outage_the_models_are_soon_left_alone(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: BROKEN
    models = Models(speak=MAIN, listen=MAIN, report=MAIN, fallback=SPARE)
    dialogue = Dialogue(claude, models, PATIENT, clock=lambda: 1000.0)
    await two_hundred_turns(dialogue)
    assert dialogue.breaker.closed(1000.0) == {MAIN: "model_error", SPARE: "model_error"}
    assert len(fake.bodies) <= 2 * 20 + 3


# Writing


async def test_a_report_is_written_by_its_own_model(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: Reply(json={"facts": []})
    models = Models(speak=MAIN, listen=MAIN, report="claude-sonnet-5-5", fallback=SPARE)
    answer = await Dialogue(claude, models, PATIENT).write(REPORT)
    assert json.loads(answer) == {"facts": []}
    assert [body["model"] for body in fake.bodies] == ["claude-sonnet-5-5"]


async def test_a_report_that_cannot_be_written_says_why(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda _: BUSY
    with pytest.raises(ModelOverloaded):
        await dialogue_of(claude).write(REPORT)
    fake.replies = lambda _: NEVER
    with pytest.raises(ModelTimeout):
        await dialogue_of(claude, report_s=0.2).write(REPORT)
