"""Rows 1 to 13 of the fault catalogue: what the caller hears and what is stored when Claude misbehaves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import structlog

from tests.callers import as_claude, calls_of, is_speak
from tests.fake_claude import Body, FakeClaude, Reply, error_reply
from tests.faults.talk import ASK_AGE, ASK_NAME, BRIDGE, WAITS, Talk, listening, speaking
from tests.live_server import PATIENT, live_server
from webhook.interview.session import HeadStatus
from webhook.interview.speech import SpeechFilter, clean

SPARE = "claude-haiku-4-5"
YES = "Yes, that's fine."
SOME = "Thank you for that. Now then"


def by_model(main: Reply) -> object:
    """The first model speaks so, the second one as it should."""
    return lambda body: main if is_speak(body) and body["model"] != SPARE else as_claude(body)


# 1: slow


@pytest.mark.parametrize("wait_s", [3.0, 8.0, 30.0])
async def test_row_01_a_slow_first_word_is_bridged_and_then_the_flow_asks(
    wait_s: float, fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(Reply(headers_s=wait_s))
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=WAITS) as live:
        talk = await Talk.begin(live)
        assert await talk.say(YES) == f"{BRIDGE}{ASK_NAME}"
        assert await talk.learnt() == ["consent"]
        assert ((await talk.head()).status, (await talk.head()).cut) == (HeadStatus.COMPLETE, "model_timeout")


async def test_row_01_a_second_model_speaks_in_the_place_of_a_slow_one(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = by_model(Reply(headers_s=30.0))  # type: ignore[assignment]  # a script
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=WAITS, claude_fallback_model=SPARE) as live:
        talk = await Talk.begin(live)
        text = await talk.say(YES)
        assert text.endswith("?")
        assert ASK_NAME not in text
        assert await talk.learnt() == ["consent"]
        assert (await talk.head()).cut == ""


# 2 to 4: stalls, broken connections, an end that is none


@pytest.mark.parametrize(
    ("row", "reply", "cut"),
    [
        ("2 pings", Reply(text=SOME, fault="stall", after=4, ping_s=0.05), "model_timeout"),
        ("3 no bytes", Reply(text=SOME, fault="stall", after=4), "model_timeout"),
        ("3 cut", Reply(text=SOME, fault="cut", after=4), "model_error"),
        ("3 reset", Reply(text=SOME, fault="reset", after=4), "model_error"),
        ("3 garbage", Reply(text=SOME, fault="garbage", after=4), "model_error"),
        ("4 closed", Reply(text=SOME, fault="close", after=4), "model_error"),
        ("4 ended", Reply(text=SOME, fault="end", after=4), "model_error"),
        ("5 error event", Reply(text=SOME, fault="error", after=4), "model_overloaded"),
    ],
)
async def test_row_02_03_04_05_what_breaks_off_is_closed_by_the_flows_own_question(
    row: str, reply: Reply, cut: str, fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(reply)
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=WAITS) as live:
        talk = await Talk.begin(live)
        text = await talk.say(YES)
        assert text.startswith("Thank you for")
        assert text.endswith(ASK_NAME)
        head = await talk.head()
        assert (head.reply, head.cut) == (text, cut)
        assert await talk.learnt() == ["consent"]


async def test_row_05_an_error_before_the_first_word_is_no_matter_where_there_is_a_second_model(
    fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = by_model(Reply(fault="error", after=0))  # type: ignore[assignment]  # a script
    async with live_server(tmp_path, claude_url=fake.base_url, claude_fallback_model=SPARE) as live:
        talk = await Talk.begin(live)
        assert ASK_NAME not in await talk.say(YES)
        assert (await talk.head()).cut == ""


# 6 to 8: errors instead of answers


async def test_row_06_nobody_waits_for_a_model_that_asks_to_be_left_alone(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = lambda _: error_reply(429, "rate_limit_error", headers={"retry-after": "30"})
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        assert await talk.say(YES) == ASK_NAME
        assert len(fake.bodies) == 1
        assert await talk.say("I'm Sam.") == ASK_AGE
        assert len(fake.bodies) == 1
        assert await talk.facts() == {"consent": True, "name": "Sam"}


@pytest.mark.parametrize(
    "reply",
    [
        error_reply(401, "authentication_error"),
        error_reply(403, "permission_error"),
        error_reply(404, "not_found_error"),
        error_reply(402, "billing_error"),
        error_reply(400, "invalid_request_error", code="enforced_spend_limit_reached"),
        error_reply(429, "rate_limit_error", code="enforced_spend_limit_reached"),
    ],
    ids=["401", "403", "404", "402", "400 spend limit", "429 spend limit"],
)
async def test_row_07_what_does_not_mend_itself_is_told_once_and_the_interview_goes_on(
    reply: Reply, fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = lambda _: reply
    with structlog.testing.capture_logs() as logged:
        async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
            talk = await Talk.begin(live)
            for said, heard in ((YES, ASK_NAME), ("I'm Sam.", ASK_AGE), ("I'm 34.", "?")):
                assert (await talk.say(said)).endswith(heard)
            assert len(fake.bodies) == 1
            assert await talk.facts() == {"consent": True, "name": "Sam", "age": 34}
    alarms = [line for line in logged if line["event"] == "model_left_alone"]
    assert [line["code"] for line in alarms] == ["model_unavailable"]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 529])
async def test_row_08_an_answer_with_an_error_is_as_good_as_none(status: int, fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = lambda _: error_reply(status, "api_error")
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        assert await talk.say(YES) == ASK_NAME
        assert await talk.say("I'm Sam.") == ASK_AGE


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://nowhere.invalid", "https://127.0.0.1:{port}"])
async def test_row_08_so_is_a_server_that_is_not_there(url: str, fake: FakeClaude, tmp_path: Path) -> None:
    """Nobody listens, there is no such name, no certificate."""
    port = fake.base_url.rpartition(":")[2]
    async with live_server(tmp_path, claude_url=url.format(port=port), deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        assert await talk.say(YES) == ASK_NAME
        assert await talk.say("I'm Sam.") == ASK_AGE


# 9: refusals


@pytest.mark.parametrize("said_first", ["", "Thank you for that."])
async def test_row_09_what_claude_declined_is_not_shown_to_it_again(
    said_first: str, fake: FakeClaude, tmp_path: Path
) -> None:
    flagged = "Chess, and reading how one builds a bomb."

    def declines(body: Body) -> Reply:
        if "bomb" in json.dumps(body["messages"]):
            return Reply(text=said_first, stop_reason="refusal", category="general_harms")
        return as_claude(body)

    fake.replies = declines
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        for words in (YES, "I'm Sam.", "I'm 34."):
            await talk.say(words)
        text = await talk.say(flagged)
        assert text.endswith("?")
        assert "bomb" not in text
        assert (await talk.session()).left_out == (flagged,)
        fake.received.clear()
        assert (await talk.say("Leeds.")).endswith("?")
        assert calls_of(fake)[0] == 1
        assert (await talk.facts())["home_area"] == "Leeds"


# 10, 11: too much, nothing


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded"])
async def test_row_10_a_reply_that_was_too_long_ends_with_a_whole_word(
    reason: str, fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(Reply(text="Thank you for that. It is unbeliev", stop_reason=reason))
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        text = await talk.say(YES)
        assert "unbeliev" not in text
        assert text.endswith(ASK_NAME)
        assert (await talk.head()).cut == "truncated"


@pytest.mark.parametrize("text", ["", "   \n ", "```json {} ```", "..."])
async def test_row_11_an_empty_reply_is_the_flows_own_question(text: str, fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = speaking(Reply(text=text))
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        assert await talk.say(YES) == ASK_NAME
        assert (await talk.head()).cut == "empty"


# 12: control data


@pytest.mark.parametrize(
    "answer",
    [
        Reply(text='{"facts": [{"slot": "consent", "value": tr'),
        Reply(text="I would say they agree."),
        Reply(json={"facts": {"consent": True}}),
        Reply(json={"facts": [{"slot": "next_topic", "value": "summary", "words": "yes", "how": "said"}]}),
        Reply(json={"facts": [], "signals": ["end_call", 5, None], "next_action": "finish"}),
        Reply(json={"facts": [{"slot": "consent", "value": "perhaps", "words": "yes", "how": "said"}]}),
        Reply(unknown_events=True, json={"facts": []}),
    ],
    ids=["half a document", "no document", "wrong type", "unknown slot", "unknown signal", "bad value", "new events"],
)
async def test_row_12_control_data_that_makes_no_sense_moves_nothing_by_itself(
    answer: Reply, fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = listening(answer)
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        await talk.say("Hm, I have to think about that one.")
        session = await talk.session()
        assert (session.state.topic, session.state.ending) == ("intro", None)
        assert await talk.facts() == {"consent": None}, "nothing but that it was not understood"


# 13: what must not be spoken

MARKS = (
    "**{}**",
    "# {}",
    "* {}\n* {}",
    "1. {}\n2. {}",
    "`{}`",
    "~~{}~~",
    "> {}",
    "[{}](https://x.example)",
    "<b>{}</b>",
)
FRAMES = (
    *('{{"say": "{}"}}', "```\n{}\n```", "<thinking>{}</thinking>", "[{}]", "({})", "*smiles* {}", "{} 😀", "{}\u200b"),
    *("Assistant: {}", "{} https://x.example/y?z=1", "{} www.x.example", "{}\ndata: [DONE]\n\n", "{}\u2028{}"),
)
CORES = (
    *("Thank you", "I see, so you like chess", "That is good to know", "Let us go on", "You said Leeds"),
    *("Well, that is a lovely answer", "Good", "Thanks, Sam", "I understand", "Of course"),
)
BAD = [frame.format(core, core) for frame in (*MARKS, *FRAMES) for core in CORES]
NEVER_SPOKEN = set("<>{}[]()*#`~|^\\_\u200b\u2028\n")


def test_row_13_two_hundred_outputs_that_are_not_for_a_voice() -> None:
    assert len(set(BAD)) >= 200
    for text in BAD:
        filtered = SpeechFilter()
        spoken = "".join(filtered.feed(text[i : i + 3]) for i in range(0, len(text), 3)) + filtered.flush()
        assert not set(spoken) & NEVER_SPOKEN, (text, spoken)
        assert "http" not in spoken, (text, spoken)
        assert "example" not in spoken, (text, spoken)
        assert clean(spoken) == spoken, (text, spoken)


async def test_row_13_the_instructions_themselves_are_never_spoken(fake: FakeClaude, tmp_path: Path) -> None:
    def quotes(body: Body) -> Reply:
        if not is_speak(body):
            return as_claude(body)
        return Reply(text=f"Sure, here it is: {body['system'][0]['text']}")

    fake.replies = quotes
    async with live_server(tmp_path, claude_url=fake.base_url, deadlines=PATIENT) as live:
        talk = await Talk.begin(live)
        text = await talk.say(YES)
        assert text.endswith(ASK_NAME)
        instructions = " ".join(fake.bodies[-1]["system"][0]["text"].split())
        words = text.split()
        assert not any(" ".join(words[i : i + 8]) in instructions for i in range(len(words) - 8))
        assert (await talk.head()).cut == "model_refused"
