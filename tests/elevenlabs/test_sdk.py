"""ElevenLabs' own SDK against the fake: what the fake answers is what the SDK reads, and what we sign it accepts."""

from __future__ import annotations

import importlib.util
import json
import time
from collections.abc import AsyncGenerator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs, signed
from webhook.wire.agent import Wishes, differences, wanted

if TYPE_CHECKING:
    from elevenlabs.client import AsyncElevenLabs, ElevenLabs

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("elevenlabs") is None, reason="the SDK `elevenlabs` is not installed (dev group)"
    ),
    # Of the SDK's own making, in its generated models and in what it takes from Python's libraries.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::UserWarning"),
]

BODY = json.dumps({"type": "post_call_transcription", "event_timestamp": 1, "data": {"conversation_id": "conv_ü"}})


@pytest.fixture
async def sdk(fake: FakeElevenLabs) -> AsyncGenerator[AsyncElevenLabs]:
    """With connections of ours: the SDK has no way to close its own."""
    import httpx  # noqa: PLC0415 - it comes with the SDK
    from elevenlabs.client import AsyncElevenLabs  # noqa: PLC0415 - it may not be there

    async with httpx.AsyncClient() as http:
        yield AsyncElevenLabs(api_key=KEY, base_url=fake.base_url, httpx_client=http)


@pytest.fixture
def blocking() -> Iterator[ElevenLabs]:
    """Only this one is documented to look at webhooks; it needs no connection for that."""
    import httpx  # noqa: PLC0415 - it comes with the SDK
    from elevenlabs.client import ElevenLabs  # noqa: PLC0415 - it may not be there

    with httpx.Client() as http:
        yield ElevenLabs(api_key=KEY, httpx_client=http)


async def test_a_call_is_started_by_signed_url_or_token(sdk: AsyncElevenLabs) -> None:
    url = await sdk.conversational_ai.conversations.get_signed_url(agent_id=AGENT_ID, include_conversation_id=True)
    assert url.signed_url.startswith("wss://")
    assert url.dict()["conversation_id"].startswith("conv_")
    token = await sdk.conversational_ai.conversations.get_webrtc_token(agent_id=AGENT_ID)
    assert token.token
    assert token.dict()["conversation_id"].startswith("conv_")


async def test_conversations_are_listed_page_by_page_and_read(sdk: AsyncElevenLabs, fake: FakeElevenLabs) -> None:
    fake.page = 2
    for number in range(3):
        fake.add_conversation(f"conv_{number}")
    first = await sdk.conversational_ai.conversations.list(agent_id=AGENT_ID)
    rest = await sdk.conversational_ai.conversations.list(agent_id=AGENT_ID, cursor=first.next_cursor)
    listed = [*first.conversations, *rest.conversations]
    assert [one.conversation_id for one in listed] == ["conv_0", "conv_1", "conv_2"]
    assert (first.has_more, rest.has_more) == (True, False)
    one = await sdk.conversational_ai.conversations.get("conv_1")
    assert (one.status, one.transcript[0].message) == ("done", "Hello.")
    assert one.metadata.start_time_unix_secs == 1_800_000_000
    assert one.has_audio


async def test_the_agent_we_want_is_made_read_and_changed_as_the_sdk_does_it(
    sdk: AsyncElevenLabs, fake: FakeElevenLabs
) -> None:
    secret = await sdk.conversational_ai.secrets.create(name="turns", value="v")
    document = wanted(
        Wishes(
            url="https://talk.example.org",
            turn_secret_id=secret.secret_id,
            initiation_secret_id=secret.secret_id,
            openings={"en": "Hello.", "de": "Hallo."},
            silence_s=8,
            longest_s=900,
            webhook_id="wh_1",
        )
    )
    models = typed(document)
    assert [name for model in models.values() for name in unknown(model)] == []
    assert unknown(typed({**document, "platform_settings": {"auth": {"x": 1}}})["platform_settings"]) == ["x"]
    made = await sdk.conversational_ai.agents.create(**models, name="Mine")
    found = await sdk.conversational_ai.agents.get(made.agent_id)
    llm = found.conversation_config.agent.prompt.custom_llm
    assert (llm.url, llm.api_key.secret_id) == ("https://talk.example.org/v1", secret.secret_id)
    assert found.platform_settings.overrides.custom_llm_extra_body is True
    assert differences(document, fake.agents[made.agent_id]) == ()
    await sdk.conversational_ai.agents.update(made.agent_id, name="Yours")
    assert (await sdk.conversational_ai.agents.get(made.agent_id)).name == "Yours"


def typed(document: dict[str, Any]) -> dict[str, Any]:
    """As the SDK's own models."""
    from elevenlabs.types import (  # noqa: PLC0415 - it may not be there
        AgentPlatformSettingsRequestModel,
        ConversationalConfig,
    )

    models = {"conversation_config": ConversationalConfig, "platform_settings": AgentPlatformSettingsRequestModel}
    return {name: model.model_validate(document[name]) for name, model in models.items()}


def unknown(model: Any) -> list[str]:
    """The fields the SDK's models have no name for; it keeps them, so nobody would hear of them."""
    if isinstance(model, list | dict):
        return [name for inner in (model.values() if isinstance(model, dict) else model) for name in unknown(inner)]
    if not hasattr(model, "model_extra"):
        return []
    inside = [name for field in type(model).model_fields for name in unknown(getattr(model, field))]
    return [*(model.model_extra or {}), *inside]


async def test_secrets_are_stored_listed_and_changed(sdk: AsyncElevenLabs, fake: FakeElevenLabs) -> None:
    made = await sdk.conversational_ai.secrets.create(name="turns 1", value="v")
    assert (made.type, made.name) == ("stored", "turns 1")
    listed = await sdk.conversational_ai.secrets.list()
    assert [(one.secret_id, one.name) for one in listed.secrets] == [(made.secret_id, "turns 1")]
    await sdk.conversational_ai.secrets.update(made.secret_id, name="turns 2", value="w")
    assert fake.secrets[made.secret_id] == {"name": "turns 2", "value": "w"}


async def test_the_sdk_reads_the_errors_of_the_fake(sdk: AsyncElevenLabs) -> None:
    from elevenlabs.core.api_error import ApiError  # noqa: PLC0415 - it may not be there

    with pytest.raises(ApiError) as caught:
        await sdk.conversational_ai.agents.get("agent_gone")
    assert caught.value.status_code == 404
    with pytest.raises(ApiError) as caught:
        await sdk.conversational_ai.secrets.create(name="", value="v")
    assert caught.value.status_code == 422


def test_the_sdk_accepts_what_we_sign(blocking: ElevenLabs) -> None:
    header = signed(BODY.encode(), "whsec", int(time.time()))
    assert blocking.webhooks.construct_event(BODY, header, "whsec") == json.loads(BODY)


@pytest.mark.parametrize(
    ("body", "secret", "age"), [(BODY + " ", "whsec", 0), (BODY, "another", 0), (BODY, "whsec", 1900)]
)
def test_the_sdk_refuses_another_body_another_secret_and_an_old_second(
    blocking: ElevenLabs, body: str, secret: str, age: int
) -> None:
    from elevenlabs.errors import BadRequestError  # noqa: PLC0415 - it may not be there

    header = signed(BODY.encode(), "whsec", int(time.time()) - age)
    with pytest.raises(BadRequestError):
        blocking.webhooks.construct_event(body, header, secret)
