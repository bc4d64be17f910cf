"""What a call may override: known only from the agent itself, and nothing where it is not known."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest
from pydantic import SecretStr

from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs, problem
from webhook.allowed import FRESH_S, Allowed
from webhook.elevenlabs.client import ElevenLabs
from webhook.store.sqlite import SqliteStore

AGENT = {
    "conversation_config": {},
    "platform_settings": {"overrides": {"conversation_config_override": {"tts": {"voice_id": True}}}},
}
VOICE = frozenset({"tts.voice_id"})


@pytest.fixture
async def fake() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        running.agents[AGENT_ID] = AGENT
        yield running


@pytest.fixture
async def store() -> AsyncGenerator[SqliteStore]:
    store = SqliteStore(None)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def elevenlabs(fake: FakeElevenLabs) -> AsyncGenerator[ElevenLabs]:
    client = ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url)
    yield client
    await client.close()


async def test_what_one_worker_learnt_another_knows_without_asking(
    fake: FakeElevenLabs, store: SqliteStore, elevenlabs: ElevenLabs
) -> None:
    assert await Allowed(store=store, elevenlabs=elevenlabs).fresh(AGENT_ID) == VOICE
    assert len(fake.received) == 1
    other = Allowed(store=store, elevenlabs=elevenlabs)
    assert await other.of(AGENT_ID) == await other.fresh(AGENT_ID) == VOICE
    assert len(fake.received) == 1


async def test_nothing_is_allowed_that_is_not_known(store: SqliteStore, elevenlabs: ElevenLabs) -> None:
    allowed = Allowed(store=store, elevenlabs=elevenlabs)
    assert await allowed.of(AGENT_ID) == frozenset()
    assert await allowed.fresh("agent_of_nobody") == frozenset()


async def test_an_agent_that_changed_is_asked_again_after_a_while(
    fake: FakeElevenLabs, store: SqliteStore, elevenlabs: ElevenLabs
) -> None:
    at = [1000.0]
    await Allowed(store=store, elevenlabs=elevenlabs, clock=lambda: at[0]).fresh(AGENT_ID)
    fake.agents[AGENT_ID] = {"conversation_config": {}}
    at[0] += FRESH_S
    assert await Allowed(store=store, elevenlabs=elevenlabs, clock=lambda: at[0]).fresh(AGENT_ID) == frozenset()


async def test_what_was_known_must_do_while_elevenlabs_refuses(
    fake: FakeElevenLabs, store: SqliteStore, elevenlabs: ElevenLabs
) -> None:
    at = [1000.0]
    await Allowed(store=store, elevenlabs=elevenlabs, clock=lambda: at[0]).fresh(AGENT_ID)
    at[0] += 10 * FRESH_S
    fake.script.append(problem(403, kind="authorization_error", code="x", message="x"))
    assert await Allowed(store=store, elevenlabs=elevenlabs, clock=lambda: at[0]).fresh(AGENT_ID) == VOICE


async def test_a_store_that_is_away_costs_the_overrides_and_not_the_call(elevenlabs: ElevenLabs) -> None:
    away = SqliteStore(None)
    await away.open()
    await away.close()
    allowed = Allowed(store=away, elevenlabs=None)
    assert await allowed.of(AGENT_ID) == await allowed.fresh(AGENT_ID) == frozenset()
    assert await Allowed(store=away, elevenlabs=elevenlabs).fresh(AGENT_ID) == VOICE
