"""Secrets stored at ElevenLabs: found by name, over all pages, and never shown."""

from __future__ import annotations

import logging
import traceback
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.fake_elevenlabs import Answer, FakeElevenLabs, problem
from webhook.elevenlabs.client import ElevenLabs, Patience
from webhook.elevenlabs.secrets import secret_name, store_secret, stored_secrets
from webhook.errors import ElevenLabsAnswer, ElevenLabsError, ElevenLabsUnavailable

VALUE = SecretStr("the-value-nobody-may-see")


@pytest.fixture
def patience() -> Patience:
    return Patience(silence_s=1.0, first_wait_s=0.01)


def test_a_name_tells_one_value_from_another_and_neither_value() -> None:
    assert secret_name("turns", SecretStr("abc")) == "voice-interviewer turns ba7816bf"
    assert secret_name("turns", SecretStr("abd")) != secret_name("turns", SecretStr("abc"))
    assert secret_name("other", SecretStr("abc")) != secret_name("turns", SecretStr("abc"))


async def test_a_secret_that_was_stored_is_found_by_its_id(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    secret_id = await store_secret(client, "voice-interviewer turns 1", VALUE)
    assert fake.secrets[secret_id]["value"] == VALUE.get_secret_value()
    assert await stored_secrets(client) == {secret_id: "voice-interviewer turns 1"}


async def test_all_pages_of_secrets_are_read(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.page = 2
    made = {await store_secret(client, f"n{number}", VALUE): f"n{number}" for number in range(5)}
    assert await stored_secrets(client) == made


async def test_a_list_without_an_end_is_given_up(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.extend([Answer(document={"secrets": [], "next_cursor": "again"})] * 200)
    with pytest.raises(ElevenLabsAnswer):
        await stored_secrets(client)
    assert len(fake.received) == 100


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"secrets": None},
        {"secrets": ["s"]},
        {"secrets": [{"name": "n"}]},
        {"secrets": [{"secret_id": "s"}]},
        {"secrets": [{"secret_id": "../x", "name": "n"}]},
        {"secrets": [], "next_cursor": 3},
    ],
)
async def test_half_a_list_is_an_error(fake: FakeElevenLabs, client: ElevenLabs, document: dict[str, Any]) -> None:
    fake.script.append(Answer(document=document))
    with pytest.raises(ElevenLabsAnswer):
        await stored_secrets(client)


@pytest.mark.parametrize("document", [{}, {"secret_id": None}, {"secret_id": "a/b"}])
async def test_a_secret_without_an_id_is_an_error(
    fake: FakeElevenLabs, client: ElevenLabs, document: dict[str, Any]
) -> None:
    fake.script.append(Answer(document=document))
    with pytest.raises(ElevenLabsAnswer):
        await store_secret(client, "n", VALUE)


async def test_a_secret_is_never_sent_twice(fake: FakeElevenLabs, client: ElevenLabs) -> None:
    fake.script.append(Answer(status=503))
    with pytest.raises(ElevenLabsUnavailable):
        await store_secret(client, "n", VALUE)
    assert len(fake.received) == 1


async def test_a_refusal_that_repeats_the_value_shows_it_nowhere(
    fake: FakeElevenLabs, client: ElevenLabs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text = VALUE.get_secret_value()
    fake.script.append(problem(400, kind="validation_error", code="bad", message=f"{text} is too short"))
    with structlog.testing.capture_logs() as ours, pytest.raises(ElevenLabsError) as caught:
        await store_secret(client, "n", VALUE)
    seen = [*map(repr, ours), caplog.text, *traceback.format_exception(caught.value), repr(caught.value.problem)]
    assert not [shown for shown in seen if text in shown]
