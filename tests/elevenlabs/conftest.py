"""The fake ElevenLabs and our client for it; a module says how patient the client is."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable

import pytest
from pydantic import SecretStr

from tests.fake_elevenlabs import KEY, FakeElevenLabs
from webhook.elevenlabs.client import ElevenLabs, Patience
from webhook.errors import ElevenLabsError


@pytest.fixture
async def fake() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as running:
        yield running


@pytest.fixture
async def client(fake: FakeElevenLabs, patience: Patience) -> AsyncGenerator[ElevenLabs]:
    made = ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url, patience=patience)
    await made._client()  # takes a while to load, and patience is short here
    yield made
    await made.close()


async def refused(call: Awaitable[object]) -> ElevenLabsError:
    with pytest.raises(ElevenLabsError) as caught:
        await call
    return caught.value
