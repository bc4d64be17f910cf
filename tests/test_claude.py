"""`webhook.claude` against a real socket: what goes out, what comes back, and every way it can break.

"row" is a row of the fault catalogue this service is held to.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import traceback
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anthropic import AsyncAnthropic
from anthropic._error_classes import ERROR_CLASSES

from tests.fake_claude import (
    UNDERSTOOD,
    Body,
    FakeClaude,
    Reply,
    answer_sensibly,
    error_reply,
    problem_with,
)
from webhook.claude import CALL_BEGINS, Claude, Done, encode_request, translated
from webhook.errors import (
    InvalidState,
    ModelError,
    ModelOverloaded,
    ModelRefused,
    ModelTimeout,
    ModelUnavailable,
    StoreError,
)
from webhook.interview.cost import Call, Usage
from webhook.interview.prompt import Block, ModelMessage, ModelRequest

HAIKU = "claude-haiku-5-5"
SECRET = "my-salary-is-52000"  # stands for anything a caller may say
SCHEMA = {
    "type": "object",
    "properties": {"facts": {"type": "array", "items": {"type": "string"}}},
    "required": ["facts"],
    "additionalProperties": False,
}


def user(*texts: str) -> ModelMessage:
    return ModelMessage(role="user", blocks=tuple(Block(text=text) for text in texts))


def agent(*texts: str) -> ModelMessage:
    return ModelMessage(role="assistant", blocks=tuple(Block(text=text) for text in texts))


SPEAK = ModelRequest(purpose="speak", system=(Block(text="You ask."),), messages=(user(SECRET),), max_tokens=100)
LISTEN = ModelRequest(purpose="listen", system=(), messages=(user(SECRET),), max_tokens=100, schema=SCHEMA)
REPORT = ModelRequest(purpose="report", system=(), messages=(user(SECRET),), max_tokens=4000, schema=SCHEMA)


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture(scope="module")
async def claude(server: FakeClaude) -> AsyncIterator[Claude]:
    """One for all tests, as building the TLS context takes longer than most of them."""
    client = Claude(api_key="key", base_url=server.base_url)
    yield client
    await client.close()


@pytest.fixture
def fake(server: FakeClaude) -> FakeClaude:
    server.received.clear()
    server.others.clear()
    server.replies = deque()
    return server


@pytest.fixture
async def fresh(fake: FakeClaude) -> AsyncIterator[Claude]:
    """One that has loaded nothing yet."""
    client = Claude(api_key="key", base_url=fake.base_url)
    yield client
    await client.close()


def script(fake: FakeClaude, *replies: Reply) -> None:
    fake.replies = deque(replies)


async def heard(claude: Claude, request: ModelRequest = SPEAK, model: str = HAIKU) -> tuple[str, Done | Exception]:
    """The text of a stream, and how it ended."""
    text = ""
    try:
        async with aclosing(claude.stream(request, model=model)) as stream:
            async for item in stream:
                if isinstance(item, Done):
                    return text, item
                text += item
    except ModelError as error:
        return text, error
    return text, AssertionError("neither an error nor Done")


async def failure_of(claude: Claude, request: ModelRequest = LISTEN, timeout_s: float = 5.0) -> ModelError:
    with pytest.raises(ModelError) as caught:
        await claude.complete(request, model=HAIKU, timeout_s=timeout_s)
    return caught.value


def shown(error: BaseException) -> str:
    """All a log would show of it."""
    return "".join(traceback.format_exception(error)) + repr(error)


# Streams


async def test_a_stream_yields_its_pieces_and_then_exactly_one_done(fake: FakeClaude, claude: Claude) -> None:
    usage = {"input_tokens": 5, "cache_creation_input_tokens": 600, "cache_read_input_tokens": 70, "output_tokens": 8}
    script(fake, Reply(text="Where do you live?", usage=usage))
    items = [item async for item in claude.stream(SPEAK, model=HAIKU)]
    counted = Usage(input_tokens=5, cache_write_tokens=600, cache_read_tokens=70, output_tokens=8)
    assert items[:-1] == ["Where", " do", " you", " live?"]
    assert items[-1] == Done(stop_reason="end_turn", usage=counted, model=HAIKU)


async def test_the_first_piece_arrives_before_the_second_is_sent(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(text="Well then.", fault="stall", after=1))
    async with aclosing(claude.stream(SPEAK, model=HAIKU)) as stream:
        assert await anext(stream) == "Well"
        assert fake.received[0].pieces_sent == 1


async def test_thinking_and_unknown_kinds_of_events_are_passed_over(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(text="Hello.", thinking=SECRET, unknown_events=True))
    text, end = await heard(claude)
    assert text == "Hello."
    assert isinstance(end, Done)


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "a_reason_of_next_year"])
async def test_row_10_the_stop_reason_is_handed_on(fake: FakeClaude, claude: Claude, reason: str) -> None:
    script(fake, Reply(text="And where do you", stop_reason=reason))
    text, end = await heard(claude)
    assert isinstance(end, Done)
    assert (text, end.stop_reason) == ("And where do you", reason)


async def test_row_11_an_empty_answer_is_a_lone_done(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(text=""))
    assert [type(item) for item in [item async for item in claude.stream(SPEAK, model=HAIKU)]] == [Done]


@pytest.mark.parametrize("after", [0, 2, None])
@pytest.mark.parametrize("fault", ["cut", "reset", "close", "end", "garbage", "no_text"])
async def test_rows_3_and_4_a_broken_stream_is_an_error_after_its_text(
    fake: FakeClaude, claude: Claude, fault: Any, after: int | None
) -> None:
    script(fake, Reply(text=f"One two {SECRET} four.", fault=fault, after=after))
    text, end = await heard(claude)
    assert text == ["", "One two", f"One two {SECRET} four."][[0, 2, None].index(after)]
    assert type(end) is ModelError
    assert SECRET not in shown(end)


async def test_row_3_a_silent_stream_ends_in_a_timeout(fake: FakeClaude) -> None:
    script(fake, Reply(text="One two three.", fault="stall", after=1))
    claude = Claude(api_key="key", base_url=fake.base_url, stream_read_s=0.05)
    text, end = await heard(claude)
    assert (text, type(end)) == ("One", ModelTimeout)
    await claude.close()


@pytest.mark.parametrize("after", [0, 1, None])
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("overloaded_error", ModelOverloaded),
        ("rate_limit_error", ModelOverloaded),
        ("timeout_error", ModelTimeout),
        ("api_error", ModelError),
        ("conflict_error", ModelError),
        ("an_error_of_next_year", ModelError),
        ("invalid_request_error", ModelUnavailable),
        ("authentication_error", ModelUnavailable),
        ("billing_error", ModelUnavailable),
        ("permission_error", ModelUnavailable),
        ("not_found_error", ModelUnavailable),
        ("request_too_large", ModelUnavailable),
    ],
)
async def test_row_5_an_error_event_is_judged_by_its_type(
    fake: FakeClaude, claude: Claude, kind: str, expected: type[ModelError], after: int | None
) -> None:
    script(fake, Reply(text=f"Well, {SECRET}.", fault="error", error=kind, after=after))
    text, end = await heard(claude)
    assert text == {0: "", 1: "Well,", None: f"Well, {SECRET}."}[after]
    assert type(end) is expected
    assert SECRET not in shown(end)


@pytest.mark.parametrize("said", ["", "I would rather"])
async def test_row_9_a_refusal_is_told_apart_after_whatever_was_said(
    fake: FakeClaude, claude: Claude, said: str
) -> None:
    script(fake, Reply(text=said, stop_reason="refusal", category="general_harms"))
    text, end = await heard(claude)
    assert text == said
    assert type(end) is ModelRefused
    assert "general_harms" in str(end)
    assert not end.retryable


async def test_an_answer_is_complete_though_its_body_never_ends(fake: FakeClaude) -> None:
    script(fake, Reply(text="That is all.", fault="open"))
    claude = Claude(api_key="key", base_url=fake.base_url, stream_read_s=3600)
    text, end = await asyncio.wait_for(heard(claude), 10)
    assert text == "That is all."
    assert isinstance(end, Done)
    await asyncio.wait_for(fake.received[0].ended.wait(), 5)
    assert fake.received[0].hung_up
    await claude.close()


# What is noted

BILLED = {"input_tokens": 5, "cache_creation_input_tokens": 600, "cache_read_input_tokens": 70, "output_tokens": 8}
COUNTED = Usage(input_tokens=5, cache_write_tokens=600, cache_read_tokens=70, output_tokens=8)


async def test_a_call_that_was_read_to_its_end_is_noted_once_with_what_is_billed(
    fake: FakeClaude, claude: Claude
) -> None:
    noted: list[Call] = []
    script(fake, Reply(text="Where do you live?", usage=BILLED), Reply(json={"facts": []}, usage=BILLED))
    async for item in claude.stream(SPEAK, model=HAIKU, note=noted.append):
        assert len(noted) == isinstance(item, Done)
    await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)
    assert noted == [
        Call(purpose="speak", model=HAIKU, usage=COUNTED),
        Call(purpose="listen", model=HAIKU, usage=COUNTED),
    ]


@pytest.mark.parametrize(("after", "output"), [(0, 1), (1, 2), (3, 6)])
async def test_the_output_of_a_stream_that_is_left_is_estimated_from_its_text(
    fake: FakeClaude, claude: Claude, after: int, output: int
) -> None:
    """Four characters a token, rounded up; never less than the API has told."""
    noted: list[Call] = []
    script(fake, Reply(text="Well, then: whereabouts do you live?", usage=BILLED, fault="stall", after=after))
    with suppress(TimeoutError):
        async with asyncio.timeout(0.2), aclosing(claude.stream(SPEAK, model=HAIKU, note=noted.append)) as stream:
            async for _ in stream:
                pass
    usage = replace(COUNTED, output_tokens=output)
    assert noted == [Call(purpose="speak", model=HAIKU, usage=usage, is_whole=False)]


@pytest.mark.parametrize("fault", ["cut", "error", "garbage", "end"])
async def test_a_stream_that_breaks_is_noted_with_what_came_of_it(fake: FakeClaude, claude: Claude, fault: Any) -> None:
    noted: list[Call] = []
    script(fake, Reply(text="Well then, what?", usage=BILLED, fault=fault, after=2))
    with pytest.raises(ModelError):
        _ = [item async for item in claude.stream(SPEAK, model=HAIKU, note=noted.append)]
    assert noted == [
        Call(purpose="speak", model=HAIKU, usage=replace(COUNTED, output_tokens=3), is_whole=False),
    ]


async def test_an_error_answer_and_a_late_one_are_noted_without_tokens(fake: FakeClaude, claude: Claude) -> None:
    noted: list[Call] = []
    script(fake, error_reply(529, "overloaded_error"), error_reply(400, "invalid_request_error"), Reply(headers_s=30))
    with pytest.raises(ModelError):
        await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)
    with pytest.raises(ModelError):
        await anext(claude.stream(SPEAK, model=HAIKU, note=noted.append))
    with pytest.raises(ModelTimeout):
        await claude.complete(LISTEN, model=HAIKU, timeout_s=0.1, note=noted.append)
    assert [(call.purpose, call.usage, call.is_whole) for call in noted] == [
        ("listen", Usage(), False),
        ("speak", Usage(), False),
        ("listen", Usage(), False),
    ]


ODD_BILLS: list[dict[str, Any]] = [
    {"input_tokens": "5"},
    {"input_tokens": [5], "output_tokens": None},
    {"output_tokens": -8},
    {"cache_read_input_tokens": 1.5},
    {"cache_read_input_tokens": True},
    {"output_tokens": 10**30},
]


@pytest.mark.parametrize("odd", ODD_BILLS, ids=str)
async def test_a_bill_nobody_can_read_costs_no_answer_and_counts_as_nothing(
    fake: FakeClaude, claude: Claude, odd: dict[str, Any]
) -> None:
    noted: list[Call] = []
    none = {"input_tokens": 0, "output_tokens": 0}
    script(fake, Reply(text="Hi.", usage=none | odd), Reply(json={"facts": []}, usage=none | odd))
    said = [item async for item in claude.stream(SPEAK, model=HAIKU, note=noted.append)]
    assert said[0] == "Hi."
    assert (await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)).text == '{"facts": []}'
    assert [call.usage for call in noted] == [Usage(), Usage()]


async def test_a_redirect_is_not_followed_as_the_key_is_for_one_address(fake: FakeClaude, claude: Claude) -> None:
    async with FakeClaude() as elsewhere:
        redirect = Reply(status=307, headers={"location": f"{elsewhere.base_url}/v1/messages"}, raw=b"{}")
        script(fake, redirect, redirect)
        with pytest.raises(ModelError):
            await claude.complete(LISTEN, model=HAIKU, timeout_s=5)
        with pytest.raises(ModelError):
            await anext(claude.stream(SPEAK, model=HAIKU))
        assert elsewhere.received == []


async def test_a_refused_answer_is_noted_as_billed(fake: FakeClaude, claude: Claude) -> None:
    noted: list[Call] = []
    script(fake, Reply(text=SECRET, stop_reason="refusal", usage=BILLED))
    with pytest.raises(ModelRefused):
        await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)
    assert noted == [Call(purpose="listen", model=HAIKU, usage=COUNTED)]


async def test_a_request_that_never_reached_the_api_is_not_noted() -> None:
    async with FakeClaude() as fake:
        address = fake.base_url
    for base_url in (address, "nonsense"):
        noted: list[Call] = []
        claude = Claude(api_key="key", base_url=base_url)
        with pytest.raises(ModelError):
            await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)
        with pytest.raises(ModelError):
            await anext(claude.stream(SPEAK, model=HAIKU, note=noted.append))
        assert noted == []
        await claude.close()


@pytest.mark.parametrize("is_reset", [False, True])
async def test_a_connection_that_breaks_after_the_request_was_read_is_noted(is_reset: bool) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head.lower())
        await reader.readexactly(int(length[1]) if length else 0)
        if is_reset:
            writer.transport.abort()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    claude = Claude(api_key="key", base_url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    noted: list[Call] = []
    with pytest.raises(ModelError):
        await claude.complete(LISTEN, model=HAIKU, timeout_s=5, note=noted.append)
    with pytest.raises(ModelError):
        await anext(claude.stream(SPEAK, model=HAIKU, note=noted.append))
    assert [call.purpose for call in noted] == ["listen", "speak"]
    await claude.close()
    server.close()


# Leaving, cancelling, connections


async def test_cancelling_a_stream_closes_its_connection_and_no_other(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(fault="stall", after=2, ping_s=0.01), Reply(text="Next."))
    second_piece = asyncio.Event()

    async def listen() -> None:
        async for piece in claude.stream(SPEAK, model=HAIKU):
            if piece == " for":
                second_piece.set()

    listening = asyncio.create_task(listen())
    await second_piece.wait()
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await asyncio.wait_for(fake.received[0].ended.wait(), 5)
    assert fake.received[0].hung_up
    assert (await heard(claude))[0] == "Next."


async def test_leaving_a_stream_early_closes_its_connection(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(fault="stall", after=2))
    async with aclosing(claude.stream(SPEAK, model=HAIKU)) as stream:
        await anext(stream)
    await asyncio.wait_for(fake.received[0].ended.wait(), 5)
    assert fake.received[0].hung_up


async def test_row_1_an_outer_deadline_cuts_a_slow_first_word(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(first_token_s=30))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await heard(claude)


async def test_calls_after_one_another_share_one_connection_errors_included(fake: FakeClaude, claude: Claude) -> None:
    script(
        fake,
        Reply(),
        Reply(json=UNDERSTOOD),
        error_reply(529, "overloaded_error"),
        Reply(),
        Reply(fault="end"),
        Reply(),
    )
    await heard(claude)
    await claude.complete(LISTEN, model=HAIKU, timeout_s=5)
    for _ in range(4):
        await heard(claude)
    assert len(fake.received) == 6
    assert len({received.connection for received in fake.received}) == 1


async def test_many_streams_at_once_do_not_mix(fake: FakeClaude, claude: Claude) -> None:
    fake.replies = lambda body: Reply(text=f"You said {body['messages'][-1]['content'][0]['text']}.")

    async def echo(number: int) -> bool:
        request = ModelRequest(purpose="speak", system=(), messages=(user(f"n{number}"),), max_tokens=9)
        return (await heard(claude, request))[0] == f"You said n{number}."

    assert all(await asyncio.gather(*(echo(number) for number in range(40))))


async def test_the_sdk_is_loaded_once_for_callers_that_come_together(fresh: Claude) -> None:
    first, second, _ = await asyncio.gather(fresh._client(), fresh._client(), fresh.warm())
    assert first is second


async def test_a_caller_who_gives_up_leaves_the_load_to_the_others(fresh: Claude) -> None:
    impatient, patient = asyncio.create_task(fresh.warm()), asyncio.create_task(heard(fresh))
    await asyncio.sleep(0)
    impatient.cancel()
    assert isinstance((await patient)[1], Done)


async def test_closing_is_harmless_when_nothing_was_loaded_and_final_when_it_was(fake: FakeClaude) -> None:
    claude = Claude(api_key="key", base_url=fake.base_url)
    await claude.close()
    await claude.warm()
    await claude.close()
    assert type((await heard(claude))[1]) is ModelError


async def test_warming_opens_the_connection_of_the_first_call(fake: FakeClaude, fresh: Claude) -> None:
    await fresh.warm()
    await heard(fresh)
    (opening,) = fake.others
    assert (opening.method, opening.path) == ("GET", "/v1/models")
    assert opening.headers["authorization"] == "Bearer key"
    assert fake.received[0].connection == opening.connection


async def test_loading_does_not_wait_for_a_connection() -> None:
    asked = asyncio.Event()
    silent = await asyncio.start_server(lambda _, __: asked.set(), "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    claude = Claude(api_key="key", base_url=f"http://127.0.0.1:{port}")
    await claude.load()
    assert not asked.is_set()
    await claude.close()
    silent.close()


async def test_warming_is_well_when_nobody_is_at_the_address() -> None:
    async with FakeClaude() as fake:
        address = fake.base_url
    claude = Claude(api_key="key", base_url=address)
    await claude.warm()
    await claude.close()


def test_importing_the_module_loads_neither_the_sdk_nor_its_http_client() -> None:
    code = "import sys, webhook.claude; print({'anthropic', 'httpx2', 'pydantic'} & set(sys.modules))"
    root = Path(__file__).parent.parent
    shown_modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root)
    assert shown_modules.stdout.strip() == "set()"


# Whole answers


async def test_a_whole_answer_follows_its_schema(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(json={"facts": ["a"]}, thinking="Hm.", usage={"output_tokens": 7}))
    answer = await claude.complete(LISTEN, model=HAIKU, timeout_s=5)
    assert (answer.text, answer.stop_reason, answer.model) == ('{"facts": ["a"]}', "end_turn", HAIKU)
    assert answer.usage == Usage(input_tokens=20, output_tokens=7)


async def test_row_12_json_cut_by_the_token_limit_says_so(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(text='{"facts": [', stop_reason="max_tokens"))
    answer = await claude.complete(LISTEN, model=HAIKU, timeout_s=5)
    assert (answer.text, answer.stop_reason) == ('{"facts": [', "max_tokens")


@pytest.mark.parametrize("fault", ["cut", "reset", "garbage"])
async def test_a_broken_whole_answer_is_an_error(fake: FakeClaude, claude: Claude, fault: Any) -> None:
    script(fake, Reply(text=SECRET, fault=fault))
    error = await failure_of(claude)
    assert type(error) is ModelError
    assert SECRET not in shown(error)


@pytest.mark.parametrize("raw", [b"null", b"[]", b'"text"', b"{}", b'{"content": 3}', b"\xff\xfe", b"[" * 5000])
async def test_a_body_of_another_shape_is_an_error(fake: FakeClaude, claude: Claude, raw: bytes) -> None:
    script(fake, Reply(raw=raw))
    assert type(await failure_of(claude)) is ModelError


async def test_a_stream_answered_by_a_page_of_a_proxy_is_an_error(fake: FakeClaude, claude: Claude) -> None:
    script(
        fake,
        Reply(raw=b"<html>", headers={"content-type": "text/html"}),
        Reply(raw=b"event: message_stop\ndata: 5\n\n"),
    )
    assert type((await heard(claude))[1]) is ModelError
    assert type((await heard(claude))[1]) is ModelError


@pytest.mark.parametrize(
    "slow", [Reply(headers_s=30), Reply(first_token_s=30), Reply(fault="stall"), Reply(raw=b"{}", headers_s=30)]
)
async def test_a_whole_answer_keeps_its_deadline(fake: FakeClaude, claude: Claude, slow: Reply) -> None:
    await claude.warm()
    script(fake, slow)
    assert type(await failure_of(claude, timeout_s=0.05)) is ModelTimeout
    await asyncio.wait_for(fake.received[0].ended.wait(), 5)
    assert fake.received[0].hung_up


async def test_the_deadline_of_a_whole_answer_covers_the_load_of_the_sdk(fresh: Claude) -> None:
    assert type(await failure_of(fresh, timeout_s=0.001)) is ModelTimeout


async def test_a_refused_whole_answer_is_told_apart(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(text=SECRET, stop_reason="refusal"))
    error = await failure_of(claude)
    assert type(error) is ModelRefused
    assert SECRET not in shown(error)


# Error answers


@pytest.mark.parametrize(
    ("reply", "expected", "retryable"),
    [
        (error_reply(400, "invalid_request_error"), ModelUnavailable, False),
        (error_reply(400, "invalid_request_error", code="organization_on_hold"), ModelUnavailable, False),
        (error_reply(401, "authentication_error"), ModelUnavailable, False),
        (error_reply(402, "billing_error"), ModelUnavailable, False),
        (error_reply(403, "permission_error"), ModelUnavailable, False),
        (error_reply(404, "not_found_error"), ModelUnavailable, False),
        (error_reply(408, "timeout_error"), ModelTimeout, True),
        (error_reply(409, "conflict_error"), ModelError, True),
        (error_reply(413, "request_too_large"), ModelUnavailable, False),
        (error_reply(429, "rate_limit_error"), ModelOverloaded, True),
        (error_reply(429, "rate_limit_error", code="ramp_limit_exceeded"), ModelOverloaded, True),
        (error_reply(429, "rate_limit_error", code="enforced_spend_limit_reached"), ModelUnavailable, False),
        (error_reply(429, "rate_limit_error", code="contract_spend_limit_reached"), ModelUnavailable, False),
        (error_reply(500, "api_error"), ModelError, True),
        (error_reply(500, "overloaded_error"), ModelOverloaded, True),
        (error_reply(503, "api_error"), ModelOverloaded, True),
        (error_reply(504, "timeout_error"), ModelTimeout, True),
        (error_reply(529, "overloaded_error"), ModelOverloaded, True),
        (Reply(status=502, raw=b"<html>Bad gateway</html>", headers={"content-type": "text/html"}), ModelError, True),
        (
            Reply(status=503, raw=b"upstream connect error", headers={"content-type": "text/plain"}),
            ModelOverloaded,
            True,
        ),
        (Reply(status=521, raw=b'["odd"]'), ModelError, True),
    ],
)
async def test_rows_6_to_8_an_error_answer_becomes_ours(
    fake: FakeClaude, claude: Claude, reply: Reply, expected: type[ModelError], *, retryable: bool
) -> None:
    script(fake, reply, reply)
    whole, (text, streamed) = await failure_of(claude), await heard(claude)
    assert text == ""
    assert type(whole) is type(streamed) is expected
    assert whole.retryable is retryable


@pytest.mark.parametrize(("status", "code"), sorted(ERROR_CLASSES, key=str))
async def test_every_error_class_of_the_sdk_is_mapped(
    fake: FakeClaude, claude: Claude, status: int, code: str | None
) -> None:
    script(fake, Reply(status=status, error="api_error", error_code=code, text=SECRET))
    error = await failure_of(claude)
    is_passing = status in {408, 409, 429, 499} or status >= 500
    assert error.retryable is (
        is_passing and code not in {"enforced_spend_limit_reached", "contract_spend_limit_reached"}
    )
    assert f" {status}, " in str(error)
    assert SECRET not in shown(error)


async def test_the_message_names_class_status_type_code_and_request_only(fake: FakeClaude, claude: Claude) -> None:
    script(fake, Reply(status=429, error="rate_limit_error", error_code="ramp_limit_exceeded", text=SECRET))
    said = "APIStatusError 429, type rate_limit_error, code ramp_limit_exceeded, request req_fake_000001"
    assert str(await failure_of(claude)) == said


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "30"}, 30.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "30", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Mon, 01 Jan 2024 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "-5"}, None),
    ],
)
async def test_row_6_the_wait_is_handed_on_and_never_waited_for(
    fake: FakeClaude, claude: Claude, headers: dict[str, str], expected: float | None
) -> None:
    script(fake, error_reply(429, "rate_limit_error", headers=headers))
    error = await failure_of(claude)
    assert isinstance(error, ModelOverloaded)
    assert error.retry_after_s == expected
    assert len(fake.received) == 1


async def test_row_6_a_wait_given_as_a_date_is_turned_into_seconds(fake: FakeClaude, claude: Claude) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    script(fake, error_reply(529, "overloaded_error", headers={"retry-after": date}))
    error = await failure_of(claude)
    assert isinstance(error, ModelOverloaded)
    assert error.retry_after_s is not None
    assert 3000 < error.retry_after_s <= 3600


async def test_row_8_nobody_at_the_address_is_an_error() -> None:
    async with FakeClaude() as fake:
        address = fake.base_url
    for base_url in (address, "https://" + address.removeprefix("http://"), "nonsense"):
        claude = Claude(api_key="key", base_url=base_url)
        error = await failure_of(claude)
        assert type(error) is ModelError
        assert error.retryable
        await claude.close()


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (TimeoutError(SECRET), ModelTimeout),
        (httpx2.ReadTimeout(SECRET), ModelTimeout),
        (httpx2.PoolTimeout(SECRET), ModelTimeout),
        (httpx2.RemoteProtocolError(SECRET), ModelError),
        (httpx2.InvalidURL(SECRET), ModelError),
        (UnicodeEncodeError("ascii", SECRET, 0, 1, "no"), ModelError),
        (type("Unheard", (Exception,), {})(SECRET), ModelError),
        (ExceptionGroup(SECRET, [ValueError(SECRET)]), ModelError),
    ],
)
def test_anything_else_becomes_an_error_that_shows_no_text(raised: Exception, expected: type[ModelError]) -> None:
    with pytest.raises(ModelError) as caught, translated():
        raise raised
    assert type(caught.value) is expected
    assert type(raised).__name__ in str(caught.value)
    assert SECRET not in shown(caught.value)


@pytest.mark.parametrize("kind", [asyncio.CancelledError, KeyboardInterrupt, InvalidState, ModelRefused, StoreError])
def test_cancellation_and_our_own_errors_pass_unchanged(kind: Callable[[], BaseException]) -> None:
    raised = kind()
    with pytest.raises(BaseException) as caught, translated():  # noqa: PT011 - identity is checked below
        raise raised
    assert caught.value is raised


# What goes out


async def test_the_request_goes_out_exactly_so(fake: FakeClaude, claude: Claude) -> None:
    request = ModelRequest(
        purpose="listen",
        system=(Block(text="Rules.", cached=True), Block(text="Slots.")),
        messages=(user("Hello."), agent("How old are you?"), user("Thirty.", "I think.")),
        max_tokens=300,
        schema=SCHEMA,
    )
    script(fake, Reply(json={"facts": []}))
    await claude.complete(request, model=HAIKU, timeout_s=5)
    assert fake.bodies == [
        {
            "model": HAIKU,
            "max_tokens": 300,
            "stream": False,
            "thinking": {"type": "disabled"},
            "output_config": {"format": {"type": "json_schema", "schema": SCHEMA}},
            "system": [
                {"type": "text", "text": "Rules.", "cache_control": {"type": "ephemeral"}},
                {"type": "text", "text": "Slots."},
            ],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "Hello."}]},
                {"role": "assistant", "content": [{"type": "text", "text": "How old are you?"}]},
                {
                    "role": "user",
                    "content": [{"type": "text", "text": "Thirty."}, {"type": "text", "text": "I think."}],
                },
            ],
        }
    ]
    assert fake.received[0].headers["authorization"] == "Bearer key"
    assert fake.received[0].headers["anthropic-version"] == "2026-10-21"


async def test_a_speech_request_streams_and_has_no_format(fake: FakeClaude, claude: Claude) -> None:
    await heard(claude)
    assert fake.bodies[0].keys() == {"model", "max_tokens", "stream", "thinking", "system", "messages"}
    assert fake.bodies[0]["stream"] is True


@pytest.mark.parametrize(
    ("request_", "model", "thinking"),
    [
        (SPEAK, "claude-haiku-5-5", "disabled"),
        (LISTEN, "claude-haiku-4-5-20251001", "disabled"),
        (SPEAK, "some-model-of-next-year", "disabled"),
        (SPEAK, "claude-sonnet-5", "disabled"),
        (SPEAK, "claude-sonnet-5-5", "between_tools"),
        (LISTEN, "claude-opus-5-5", None),
        (SPEAK, "claude-fable-5-1", None),
        (REPORT, "claude-sonnet-5-5", None),
        (REPORT, "claude-haiku-5-5", None),
    ],
)
async def test_a_talking_turn_thinks_as_little_as_its_model_can(
    fake: FakeClaude, claude: Claude, request_: ModelRequest, model: str, thinking: str | None
) -> None:
    await claude.complete(request_, model=model, timeout_s=5)
    assert fake.bodies[0].get("thinking", {}).get("type") == thinking


async def test_blank_blocks_and_messages_are_left_out(fake: FakeClaude, claude: Claude) -> None:
    blank = (Block(text=" \n"), Block(text="", cached=True))
    messages = (user("Hello.", ""), agent(" "), user("Still there?"))
    await heard(claude, ModelRequest(purpose="speak", system=blank, messages=messages, max_tokens=9))
    assert "system" not in fake.bodies[0]
    assert [[block["text"] for block in message["content"]] for message in fake.bodies[0]["messages"]] == [
        ["Hello."],
        ["Still there?"],
    ]


async def test_a_talk_the_agent_began_gets_a_first_user_message(fake: FakeClaude, claude: Claude) -> None:
    messages = (agent("Hi, shall we start?"), user("Yes."))
    text, _ = await heard(claude, ModelRequest(purpose="speak", system=(), messages=messages, max_tokens=9))
    assert text
    assert fake.bodies[0]["messages"][0] == {"role": "user", "content": [{"type": "text", "text": CALL_BEGINS}]}
    assert [message["role"] for message in fake.bodies[0]["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    "messages", [(), (user(""),), (user("Hi."), agent("Hello,")), (user("Hi."), agent("A"), user(" "))]
)
async def test_a_request_without_a_last_user_message_is_our_own_mistake(
    fake: FakeClaude, claude: Claude, messages: tuple[ModelMessage, ...]
) -> None:
    request = ModelRequest(purpose="speak", system=(), messages=messages, max_tokens=9)
    with pytest.raises(InvalidState):
        await claude.complete(request, model=HAIKU, timeout_s=5)
    with pytest.raises(InvalidState):
        await anext(claude.stream(request, model=HAIKU))
    assert fake.received == []


async def test_four_cache_markers_are_sent_and_a_fifth_is_our_own_mistake(fake: FakeClaude, claude: Claude) -> None:
    def marked(count: int) -> ModelRequest:
        blocks = tuple(Block(text=f"Part {number}.", cached=True) for number in range(count))
        messages = (user("Hi."), ModelMessage(role="user", blocks=blocks[1:]))
        return ModelRequest(purpose="speak", system=blocks[:1], messages=messages, max_tokens=9)

    assert isinstance((await heard(claude, marked(4)))[1], Done)
    with pytest.raises(InvalidState):
        encode_request(marked(5), model=HAIKU)


async def test_a_deprecated_model_still_answers(fake: FakeClaude, claude: Claude) -> None:
    text, _ = await heard(claude, model="claude-sonnet-4-5")
    assert text


async def test_the_headers_are_those_the_sdk_sends_but_for_packed_answers(fake: FakeClaude, claude: Claude) -> None:
    async with AsyncAnthropic(api_key="key", base_url=fake.base_url, max_retries=0) as sdk:
        await sdk.messages.create(model=HAIKU, max_tokens=9, messages=[{"role": "user", "content": "Hi."}])
    await claude.complete(LISTEN, model=HAIKU, timeout_s=5)
    by_sdk, ours = (received.headers for received in fake.received)
    of_this_call = {
        "accept-encoding",
        "content-length",
        "x-stainless-timeout",
        "x-stainless-read-timeout",
        "x-stainless-retry-count",
    }
    assert {k: v for k, v in by_sdk.items() if k not in of_this_call} == {
        k: v for k, v in ours.items() if k not in of_this_call
    }
    assert ours["accept-encoding"] == "identity"


async def test_the_path_of_another_address_is_kept(fake: FakeClaude) -> None:
    claude = Claude(api_key="key", base_url=f"{fake.base_url}/v9")
    assert type(await failure_of(claude)) is ModelUnavailable
    assert [received.path for received in fake.others] == ["/v9/v1/messages"]
    await claude.close()


# The fake itself

GOOD: Body = {"model": HAIKU, "max_tokens": 9, "messages": [{"role": "user", "content": "Hi."}]}
TEXT = {"type": "text", "text": "Hi."}
MARKED = {**TEXT, "cache_control": {"type": "ephemeral"}}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ({"temperature": 1.0}, "temperature: Extra inputs are not permitted"),
        ({"top_p": 0.9}, "top_p"),
        ({"top_k": 3}, "top_k"),
        ({"max_tokens": None}, "max_tokens"),
        ({"messages": []}, "at least one message"),
        ({"messages": [{"role": "robot", "content": "Hi."}, GOOD["messages"][0]]}, "role"),
        ({"messages": [{"role": "assistant", "content": "Hi."}, GOOD["messages"][0]]}, "first message"),
        ({"messages": [GOOD["messages"][0], {"role": "assistant", "content": "Hel"}]}, "prefill"),
        ({"messages": [{"role": "user", "content": ""}]}, "non-whitespace"),
        ({"messages": [{"role": "user", "content": []}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": " "}]}]}, "non-whitespace"),
        ({"system": [TEXT, {**TEXT, "cached": True}]}, "Extra inputs"),
        ({"system": [MARKED] * 5}, "Found 5"),
        ({"system": [MARKED] * 3, "messages": [{"role": "user", "content": [MARKED] * 2}]}, "Found 5"),
        ({"model": "claude-sonnet-5-5", "thinking": {"type": "disabled"}}, "thinking.type.disabled"),
        ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "thinking.type.enabled"),
        ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}}, "additionalProperties"),
        (
            {"output_config": {"format": {"type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}},
            "minimum",
        ),
    ],
)
def test_the_fake_refuses_what_the_api_refuses(change: Body, part: str) -> None:
    assert part in (problem_with({"anthropic-version": "2026-10-21"}, GOOD | change) or "accepted")


def test_the_fake_accepts_what_the_api_accepts() -> None:
    messages = [*GOOD["messages"], *GOOD["messages"], {"role": "assistant", "content": [MARKED]}, *GOOD["messages"]]
    form = {"format": {"type": "json_schema", "schema": SCHEMA}}
    body = GOOD | {"system": [MARKED] * 3, "messages": messages, "output_config": form, "stream": True}
    assert problem_with({"anthropic-version": "2026-10-21"}, body) is None


@pytest.mark.parametrize(
    ("headers", "path", "content", "status", "kind"),
    [
        ({"authorization": "Bearer k", "anthropic-version": "1"}, "/v1/messages", b"{", 400, "invalid_request_error"),
        ({"authorization": "Bearer k"}, "/v1/messages", b"{}", 400, "invalid_request_error"),
        ({"x-api-key": "k", "anthropic-version": "1"}, "/v1/messages", b"{}", 401, "authentication_error"),
        ({"authorization": "Bearer k"}, "/v1/models", b"", 404, "not_found_error"),
    ],
)
async def test_the_fake_refuses_in_the_documented_shape(
    fake: FakeClaude, headers: dict[str, str], path: str, content: bytes, status: int, kind: str
) -> None:
    async with httpx2.AsyncClient(base_url=fake.base_url) as client:
        answer = await client.post(path, headers=headers, content=content)
    assert (answer.status_code, answer.json()["type"], answer.json()["error"]["type"]) == (status, "error", kind)
    assert answer.headers["request-id"] == answer.json()["request_id"]


def test_the_fake_answers_sensibly_without_a_script() -> None:
    listening = GOOD | {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}
    other = {
        "type": "object",
        "properties": {"kind": {"enum": ["a", "b"]}, "parts": {"type": "array", "items": {"$ref": "#/$defs/part"}}},
        "required": ["kind", "parts"],
        "$defs": {"part": {"type": "string"}},
    }
    reporting = GOOD | {"output_config": {"format": {"type": "json_schema", "schema": other}}}
    assert answer_sensibly(listening).json == UNDERSTOOD
    assert answer_sensibly(listening, lambda body: {"facts": [body["model"]]}).json == {"facts": [HAIKU]}
    assert answer_sensibly(reporting).json == {"kind": "a", "parts": []}
    assert answer_sensibly(GOOD).text.count("?") == 1


async def test_the_fake_runs_as_a_process_of_its_own() -> None:
    command = (sys.executable, "-m", "tests.fake_claude", "--port", "0")
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
    assert process.stdout is not None
    try:
        claude = Claude(api_key="key", base_url=(await process.stdout.readline()).decode().strip())
        assert (await heard(claude))[0] == Reply().text
        await claude.close()
    finally:
        process.terminate()
        await process.wait()
