"""ElevenLabs' REST API as we use it: what it may answer, what becomes of it, and what never shows."""

from __future__ import annotations

import asyncio
import logging
import socket
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.elevenlabs.conftest import refused
from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs, problem, signed, wrong_field
from webhook.elevenlabs import agents, conversations
from webhook.elevenlabs.client import LARGEST, ElevenLabs, Patience
from webhook.elevenlabs.problems import Problem, problem_of
from webhook.errors import (
    ElevenLabsAnswer,
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsInvalid,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
    InvalidState,
    MalformedRequest,
)

HASTY = Patience(connect_s=1.0, silence_s=0.2, total_s=5.0, tries=3, first_wait_s=0.01)
SIGNED = "wss://api.elevenlabs.io/v1/convai/conversation?agent_id=a&conversation_signature=SIGNATURE-CANARY"
HTML = Answer(status=200, raw=b"<html><body>Welcome</body></html>", content_type="text/html")
CONVERSATION = "conv_0001"


@pytest.fixture
def patience() -> Patience:
    return HASTY


async def test_a_signed_url_comes_with_the_id_of_its_conversation(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    answer = await conversations.signed_url(client, AGENT_ID)
    assert answer.url.startswith("wss://")
    assert answer.conversation_id.startswith("conv_")
    assert fake.received[0].query == {"agent_id": AGENT_ID, "include_conversation_id": "true"}
    assert fake.received[0].headers["xi-api-key"] == KEY


async def test_the_conversations_id_may_stand_in_the_signed_url(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(document={"signed_url": f"{SIGNED}&conversation_id=conv_inside"}))
    assert (await conversations.signed_url(client, AGENT_ID)).conversation_id == "conv_inside"


async def test_a_token_comes_with_the_id_of_its_conversation(client: ElevenLabs) -> None:
    answer = await conversations.conversation_token(client, AGENT_ID)
    assert answer.token
    assert answer.conversation_id.startswith("conv_")


async def test_a_conversation_comes_as_it_is(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    kept = fake.add_conversation(CONVERSATION, something_new={"x": 1})
    assert await conversations.conversation(client, CONVERSATION) == kept


async def test_all_pages_together_list_each_conversation_once(client: ElevenLabs, fake: FakeElevenLabs) -> None:
    for number in range(7):
        fake.add_conversation(f"conv_{number}", metadata={"start_time_unix_secs": 1000 + number})
    fake.page = 2
    found, cursor = [], None
    while True:
        page = await conversations.conversations(client, agent_id=AGENT_ID, from_at=1001.7, to_at=1005.2, cursor=cursor)
        found += [one["conversation_id"] for one in page.conversations]
        if (cursor := page.next_cursor) is None:
            break
    assert found == [f"conv_{number}" for number in range(1, 7)]


async def test_an_agent_is_made_changed_and_read_back(client: ElevenLabs) -> None:
    agent_id = await agents.create_agent(
        client, {"conversation_config": {"agent": {"language": "en", "first_message": ""}}}
    )
    changed = await agents.update_agent(client, agent_id, {"conversation_config": {"agent": {"language": "nl"}}})
    assert changed["conversation_config"]["agent"] == {"language": "nl", "first_message": ""}
    assert await agents.agent(client, agent_id) == changed


FINAL = (
    (problem(401, kind="authentication_error", code="invalid_api_key", message="no"), ElevenLabsUnauthorised),
    (problem(402, kind="payment_required", code="quota", message="no"), ElevenLabsUnauthorised),
    (problem(403, kind="authorization_error", code="missing_permission", message="no"), ElevenLabsUnauthorised),
    (problem(404, kind="not_found", code="agent_not_found", message="no"), ElevenLabsNotFound),
    (problem(400, kind="validation_error", code="bad", message="no"), ElevenLabsInvalid),
    (problem(409, kind="conflict", code="conflict", message="no"), ElevenLabsInvalid),
    (wrong_field("query", "agent_id"), ElevenLabsInvalid),
    (Answer(status=418, document={"detail": "a teapot"}), ElevenLabsInvalid),
    (Answer(status=302, headers={"Location": "http://169.254.169.254/"}), ElevenLabsAnswer),
    (HTML, ElevenLabsAnswer),
    (Answer(raw=b""), ElevenLabsAnswer),
    (Answer(raw=b"[]"), ElevenLabsAnswer),
    (Answer(raw=b"null"), ElevenLabsAnswer),
    (Answer(raw=b'{"signed_url": "wss://h/'), ElevenLabsAnswer),
    (Answer(raw=b"[" * 100_000), ElevenLabsAnswer),
    (Answer(raw=b"not gzip", headers={"Content-Encoding": "gzip"}), ElevenLabsAnswer),
    (Answer(raw=b" " * (LARGEST + 1)), ElevenLabsAnswer),
)


@pytest.mark.parametrize(("answer", "error"), FINAL)
async def test_what_will_not_change_is_asked_once(
    fake: FakeElevenLabs, client: ElevenLabs, answer: Answer, error: type[ElevenLabsError]
) -> None:
    fake.script.append(answer)
    assert type(await refused(conversations.signed_url(client, AGENT_ID))) is error
    assert len(fake.received) == 1


PASSING = (
    Answer(status=429, headers={"Retry-After": "0"}, document={"detail": "slow down"}),
    Answer(status=429, headers={"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    Answer(status=408),
    Answer(status=500),
    Answer(status=502, raw=HTML.raw, content_type="text/html"),
    Answer(status=503, raw=b""),
    Answer(status=504),
    Answer(fault="reset"),
    Answer(fault="close"),
    Answer(fault="cut", document={"signed_url": SIGNED}),
    Answer(delay_s=0.5),
)


@pytest.mark.parametrize("answer", PASSING)
async def test_what_may_pass_is_asked_again(fake: FakeElevenLabs, client: ElevenLabs, answer: Answer) -> None:
    fake.script.extend([answer, answer])
    assert (await conversations.signed_url(client, AGENT_ID)).url.startswith("wss://")
    assert len(fake.received) == 3


@pytest.mark.parametrize("answer", PASSING)
async def test_what_does_not_pass_is_given_up(fake: FakeElevenLabs, client: ElevenLabs, answer: Answer) -> None:
    fake.script.extend([answer] * 9)
    error = await refused(conversations.signed_url(client, AGENT_ID))
    assert type(error) is (ElevenLabsBusy if answer.status == 429 else ElevenLabsUnavailable)
    assert len(fake.received) == 3


@pytest.mark.parametrize("answer", PASSING)
@pytest.mark.parametrize("method", ["create", "update"])
async def test_a_change_is_never_sent_twice(
    fake: FakeElevenLabs, client: ElevenLabs, answer: Answer, method: str
) -> None:
    fake.script.append(answer)
    body: dict[str, Any] = {"conversation_config": {}}
    call = agents.create_agent(client, body) if method == "create" else agents.update_agent(client, AGENT_ID, body)
    assert (await refused(call)).retryable
    assert len(fake.received) == 1


async def test_the_wait_that_is_asked_for_takes_the_place_of_our_own(fake: FakeElevenLabs) -> None:
    fake.script.append(Answer(status=429, headers={"Retry-After": "1"}))
    patience = Patience(first_wait_s=3600.0)  # would be given up
    client = ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url, patience=patience)
    await conversations.signed_url(client, AGENT_ID)
    assert len(fake.received) == 2
    await client.close()


async def test_a_wait_beyond_all_patience_is_told_at_once(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(status=429, headers={"Retry-After": "3600"}))
    error = await refused(conversations.signed_url(client, AGENT_ID))
    assert isinstance(error, ElevenLabsBusy)
    assert error.retry_after_s == 3600
    assert len(fake.received) == 1


async def test_all_tries_together_end_with_all_patience(fake: FakeElevenLabs) -> None:
    fake.script.append(Answer(delay_s=3.0))
    patience = Patience(silence_s=30.0, total_s=0.2)
    client = ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url, patience=patience)
    assert isinstance(await refused(conversations.signed_url(client, AGENT_ID)), ElevenLabsUnavailable)
    await client.close()


async def test_nobody_there_is_unavailable_and_a_change_waits_for_somebody() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening: a connection is refused
        port = taken.getsockname()[1]
        patience = Patience(tries=8, first_wait_s=0.02)
        client = ElevenLabs(api_key=SecretStr(KEY), base_url=f"http://127.0.0.1:{port}", patience=patience)
        error = await refused(conversations.signed_url(client, AGENT_ID))
        assert error.code == "elevenlabs_unavailable"
        creating = asyncio.create_task(agents.create_agent(client, {"conversation_config": {}}))
        await asyncio.sleep(0.1)  # refused once by now, and never sent
    async with await FakeElevenLabs().start(port) as fake:
        assert await creating in fake.agents
    await client.close()


Call = Callable[[ElevenLabs], Awaitable[object]]
TALK: dict[str, Any] = {
    "conversation_id": CONVERSATION,
    "agent_id": "a",
    "status": "done",
    "transcript": [],
    "metadata": {},
}
LISTED = {"conversation_id": "c", "agent_id": "a", "status": "done"}
HALVES: tuple[tuple[Call, dict[str, Any]], ...] = (
    (lambda c: conversations.signed_url(c, AGENT_ID), {}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": SIGNED}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": SIGNED, "conversation_id": ["c"]}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": SIGNED, "conversation_id": "../../x"}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": None, "conversation_id": "c"}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": "", "conversation_id": "c"}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": "https://h/", "conversation_id": "c"}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signed_url": "wss://[", "conversation_id": "c"}),
    (lambda c: conversations.signed_url(c, AGENT_ID), {"signedUrl": SIGNED, "conversation_id": "c"}),
    (lambda c: conversations.conversation_token(c, AGENT_ID), {"token": "t"}),
    (lambda c: conversations.conversation_token(c, AGENT_ID), {"conversation_id": "c"}),
    *(
        (lambda c: conversations.conversation(c, CONVERSATION), {n: v for n, v in TALK.items() if n != name})
        for name in TALK
    ),
    (lambda c: conversations.conversation(c, CONVERSATION), {**TALK, "conversation_id": "conv_of_another"}),
    (conversations.conversations, {"conversations": []}),
    (conversations.conversations, {"has_more": False}),
    (conversations.conversations, {"conversations": [], "has_more": True, "next_cursor": None}),
    (conversations.conversations, {"conversations": ["c"], "has_more": False}),
    *((conversations.conversations, {"conversations": [{**LISTED, name: None}], "has_more": False}) for name in LISTED),
    (lambda c: agents.agent(c, AGENT_ID), {"conversation_config": {}}),
    (lambda c: agents.agent(c, AGENT_ID), {"agent_id": AGENT_ID}),
    (lambda c: agents.agent(c, AGENT_ID), {"agent_id": "agent_of_another", "conversation_config": {}}),
    (lambda c: agents.create_agent(c, {}), {}),
    (lambda c: agents.update_agent(c, AGENT_ID, {}), {}),
)


@pytest.mark.parametrize(("call", "document"), HALVES, ids=map(str, range(len(HALVES))))
async def test_half_an_answer_is_an_error(
    fake: FakeElevenLabs, client: ElevenLabs, call: Call, document: dict[str, Any]
) -> None:
    fake.script.append(Answer(document=document))
    assert type(await refused(call(client))) is ElevenLabsAnswer


TRICKS = (
    "../x",
    "..",
    "a/b",
    "a%2fb",
    "a b",
    "",
    "a?b=c",
    "a#b",
    "a\r\nb",
    "a\n",
    "é",
    "\x00",
    "a" * 129,
    "a" * 100_000,
)
BY_ID: tuple[Callable[[ElevenLabs, str], Awaitable[object]], ...] = (
    conversations.signed_url,
    conversations.conversation_token,
    conversations.conversation,
    lambda c, i: conversations.conversations(c, agent_id=i),
    agents.agent,
    lambda c, i: agents.update_agent(c, i, {}),
)


@pytest.mark.parametrize("call", BY_ID, ids=map(str, range(len(BY_ID))))
async def test_no_id_with_a_trick_leaves_the_house(
    fake: FakeElevenLabs, client: ElevenLabs, call: Callable[[ElevenLabs, str], Awaitable[object]]
) -> None:
    for trick in TRICKS:
        with pytest.raises(MalformedRequest):
            await call(client, trick)
    assert fake.received == []


async def test_a_cursor_is_encoded(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(document={"conversations": [], "has_more": False}))
    await conversations.conversations(client, cursor="a&agent_id=b/../#%2f")
    assert fake.received[0].query["cursor"] == "a&agent_id=b/../#%2f"
    assert "agent_id" not in fake.received[0].query


SHAPES: tuple[tuple[Any, Problem], ...] = (
    (
        {"detail": {"type": "t", "code": "c", "message": "m", "request_id": "r", "param": "p"}},
        Problem(status=400, kind="t", code="c", message="m", request_id="r", param="p"),
    ),
    ({"detail": {"status": "old_code", "message": "m"}}, Problem(status=400, code="old_code", message="m")),
    (
        {"detail": [{"loc": ["body", "x", 0], "msg": "m", "type": "t"}, {"msg": "n"}]},
        Problem(status=400, kind="t", param="body.x.0", message="m; n"),
    ),
    ({"detail": "text"}, Problem(status=400, message="text")),
    ({"detail": {"code": "two words", "type": 3, "message": ["m"]}}, Problem(status=400)),
    ({"detail": []}, Problem(status=400)),
    ({"detail": [1, None, "x"]}, Problem(status=400)),
    ({"detail": None}, Problem(status=400)),
    ([], Problem(status=400)),
)


@pytest.mark.parametrize(("document", "found"), SHAPES)
async def test_every_shape_of_error_is_read(
    fake: FakeElevenLabs, client: ElevenLabs, document: Any, found: Problem
) -> None:
    fake.script.append(Answer(status=400, document=document))
    assert (await refused(agents.agent(client, AGENT_ID))).problem == found


def test_a_key_in_a_long_message_is_not_cut_into_view() -> None:
    text = "x" * 290 + KEY
    found = problem_of(401, b'{"detail": "' + text.encode() + b'"}', KEY)
    assert found.message is not None
    assert KEY[:6] not in found.message


@contextmanager
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    caplog.set_level(logging.DEBUG)
    seen: list[str] = []
    with structlog.testing.capture_logs() as ours:
        yield seen
    seen += [repr(event) for event in ours] + [record.getMessage() for record in caplog.records]


ECHO = problem(401, kind=KEY, code=KEY, message=f"the key {KEY} is wrong, {SIGNED}")
LEAKY = (*(answer for answer, _ in FINAL), *PASSING, ECHO, Answer(status=500, document={"detail": KEY}))


@pytest.mark.parametrize("answer", [*LEAKY, Answer(document={"signed_url": SIGNED})])
async def test_neither_key_nor_signed_url_is_in_an_error_a_log_or_a_repr(
    fake: FakeElevenLabs, client: ElevenLabs, answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    fake.script.extend([answer] * 3)
    with everything_logged(caplog) as seen:
        error = await refused(conversations.signed_url(client, AGENT_ID))
    seen += traceback.format_exception(error)
    seen += [repr(error), str(error), repr(error.problem), repr(client), repr(vars(client))]
    chain: BaseException | None = error
    while chain is not None:  # an error reporter looks into all of it
        seen += [repr(vars(chain)), repr(chain.args)]
        assert not hasattr(chain, "request")
        chain = chain.__cause__ or chain.__context__
    assert not [text for text in seen if KEY in text or "SIGNATURE-CANARY" in text]


async def test_what_went_well_shows_no_secret_either(client: ElevenLabs, caplog: pytest.LogCaptureFixture) -> None:
    with everything_logged(caplog) as seen:
        url, token = (
            await conversations.signed_url(client, AGENT_ID),
            await conversations.conversation_token(client, AGENT_ID),
        )
    shown = "\n".join([*seen, repr(url), repr(token)])
    assert url.conversation_id in shown
    assert not [secret for secret in (KEY, url.url, url.url[-32:], token.token) if secret in shown]


async def test_a_client_that_was_closed_says_so(fake: FakeElevenLabs) -> None:
    client = ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url)
    await client.close()
    with pytest.raises(InvalidState):
        await agents.agent(client, AGENT_ID)


def test_the_signature_of_the_fake_is_that_of_the_page() -> None:
    """Digest by another tool: `printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec`."""
    assert signed(b'{"a":1}', "whsec", 1_700_000_000) == "t=1700000000,v0=" + DIGEST


DIGEST = "8ad37ba156048ae0e0a5533c75cdf26fee88b07f93cb57ee4c80adb053012032"
