"""What the platform's webhooks missed is asked for: all of it, once, by one worker, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs, problem
from tests.live_server import live_server
from tests.post_call import SECRET, conversation, deliver, transcription
from tests.switchboard import CALL, TRANSCRIPT, Switchboard, switchboard
from webhook.elevenlabs.client import ElevenLabs, Patience
from webhook.errors import ElevenLabsBusy, ElevenLabsError
from webhook.interview.told import Kind
from webhook.reconciler import AUDIO_AFTER_S, EVERY_S, Reconciler
from webhook.services import Services


@pytest.fixture
async def fake() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs(page=7) as running:
        yield running


def asking(fake: FakeElevenLabs) -> dict[str, Any]:
    return {
        "elevenlabs_api_key": SecretStr(KEY),
        "elevenlabs_agent_id": AGENT_ID,
        "elevenlabs_base_url": fake.base_url,
    }


def hasty(fake: FakeElevenLabs) -> ElevenLabs:
    """A client that tries once."""
    return ElevenLabs(api_key=SecretStr(KEY), base_url=fake.base_url, patience=Patience(tries=1))


def reconciler_of(services: Services) -> Reconciler:
    assert services.reconciler is not None
    return services.reconciler


def ended(fake: FakeElevenLabs, conversation_id: str, *, began_at: float, **fields: Any) -> None:
    metadata = {"start_time_unix_secs": int(began_at), "call_duration_secs": 61}
    fake.conversations[conversation_id] = conversation(conversation_id, metadata=metadata, **fields)


async def test_row_55_when_a_fifth_of_the_webhooks_is_lost_the_next_round_completes_every_ended_call(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    chance = random.Random(11)
    given = {**asking(fake), "elevenlabs_webhook_secret": (SecretStr(SECRET),)}
    async with live_server(tmp_path, reconciles=True, **given) as live:
        ids = [f"conv_drop{i:04}" for i in range(50)]
        lost = set(chance.sample(ids, 10))
        for conversation_id in ids:
            await live.services.admission.register(conversation_id, flow_id=None, persona_id=None)
            ended(fake, conversation_id, began_at=time.time() - 600)
            if conversation_id not in lost:
                body = transcription(conversation_id, metadata=fake.conversations[conversation_id]["metadata"])
                assert (await deliver(live.http, body)).status_code == 200
        await live.settle()
        assert {i for i in ids if not await live.services.calls.has_transcript(i)} == lost
        fake.received.clear()
        assert await reconciler_of(live.services).reconcile() == 10
        await live.settle()
        asked = [request.path for request in fake.received if request.path.endswith(tuple(ids))]
        assert len(asked) == 10, "only what is missing is asked for"
        for conversation_id in ids:
            session = await live.session(conversation_id)
            assert session.call is not None
            assert session.call.outcome.transcript_at is not None
            assert session.report is not None
        assert await reconciler_of(live.services).reconcile() == 0


BREAKS = (
    Answer(fault="reset"),
    Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "x"}),
    Answer(raw=b"half of it", content_type="audio/mpeg", fault="cut"),
    Answer(status=500, headers={"Retry-After": "900"}, raw=b"oops"),
)


@pytest.mark.parametrize("answer", BREAKS, ids=["reset", "429", "half", "500"])
async def test_row_58_a_sync_that_breaks_at_any_step_goes_on_and_ends_with_all_there_is(
    fake: FakeElevenLabs, tmp_path: Path, answer: Answer
) -> None:
    """Pages, calls and recordings; a call that is listed twice; a recording that is not there."""
    fake.page = 2
    ids = [f"conv_sync{i:04}" for i in range(5)]
    for i, conversation_id in enumerate(ids):
        ended(fake, conversation_id, began_at=time.time() - 3600 - i)
        fake.recordings[conversation_id] = bytes([i]) * 5000
    del fake.recordings[ids[3]]
    async with switchboard(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),), **asking(fake)) as here:
        services = here.first
        reconciler = replace(reconciler_of(services), client=hasty(fake))
        await reconciler._save(since=here.clock.now - 7200, expect=0)
        for step in range(1, 15):
            fake.received.clear()
            fake.interrupt = lambda _, step=step: answer if len(fake.received) >= step else None
            with contextlib.suppress(ElevenLabsError):
                await reconciler.reconcile()
            assert not list(services.settings.recordings_dir.glob(".part-*"))
        fake.interrupt = None
        await reconciler.reconcile()
        assert await reconciler.reconcile() == 0
        for conversation_id in ids:
            told = await here.found(conversation_id)
            assert Kind.TRANSCRIPT in told.events
            sound = fake.recordings.get(conversation_id)
            assert (told.recording is None) == (sound is None)
            if told.recording is not None:
                kept = (services.settings.recordings_dir / told.recording.file).read_bytes()
                assert kept == sound
                assert told.recording.sha256 == hashlib.sha256(kept).hexdigest()
        await reconciler.client.close()


async def test_a_recording_is_asked_for_only_when_its_webhook_had_time_and_recordings_are_wanted(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    ended(fake, CALL, began_at=time.time() - 61)
    fake.recordings[CALL] = b"sound"
    async with switchboard(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),), **asking(fake)) as here:
        reconciler = reconciler_of(here.first)
        assert await reconciler.reconcile() == 1
        assert (await here.found()).recording is None
        here.clock.now += AUDIO_AFTER_S
        assert await replace(reconciler, wants_audio=False).reconcile() == 0
        assert await reconciler.reconcile() == 1
        assert (await here.found()).recording is not None
        assert await reconciler.reconcile() == 0


async def test_only_our_agents_calls_that_are_over_are_completed(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        began = here.clock() - 300
        for status in ("initiated", "in-progress", "processing", "done", "failed"):
            ended(fake, f"conv_{status}", began_at=began, status=status)
        ended(fake, "conv_of_others", began_at=began, agent_id="agent_of_others")
        await reconciler_of(here.first).reconcile()
        kept = [i for i in fake.conversations if await here.first.calls.has_transcript(i)]
        assert kept == ["conv_done", "conv_failed"]


async def test_what_cannot_be_told_of_does_not_hold_up_the_others(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        for i in range(5):
            ended(fake, f"conv_odd{i:04}", began_at=here.clock() - 300)
        fake.conversations["conv_odd0001"]["transcript"] = []
        fake.script.append(Answer(document=await listing(fake)))
        fake.script.append(problem(404, kind="not_found", code="conversation_not_found", message="Gone."))
        fake.script.append(Answer(document={"conversation_id": "conv_odd0001"}))
        assert await reconciler_of(here.first).reconcile() == 3
        assert await since(here) == here.clock()


async def listing(fake: FakeElevenLabs) -> dict[str, Any]:
    rows = [{"agent_id": AGENT_ID, "conversation_id": i, "status": "done"} for i in fake.conversations]
    return {"conversations": rows, "has_more": False, "next_cursor": None}


async def since(here: Switchboard) -> float | None:
    stored = await here.first.call_store.load("reconcile")
    return None if stored is None else float(stored.record["since"])


async def test_a_round_that_is_broken_off_moves_no_watermark_and_the_next_one_catches_up(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        reconciler = reconciler_of(here.first)
        await reconciler.run_due()
        before = await since(here)
        for i in range(3):
            ended(fake, f"conv_busy{i:04}", began_at=here.clock() + 10)
        here.clock.now += EVERY_S + 1
        fake.script.append(Answer(document=await listing(fake)))
        fake.script.append(Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "slow down"}))
        await reconciler.run_due()
        assert await since(here) == before
        assert not await here.first.calls.has_transcript("conv_busy0000")
        here.clock.now += EVERY_S + 1
        await reconciler.run_due()
        assert await since(here) == here.clock()
        assert all([await here.first.calls.has_transcript(i) for i in fake.conversations])


async def test_an_outage_is_not_the_end_of_it(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        fake.script.append(Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "slow down"}))
        with pytest.raises(ElevenLabsBusy):
            await reconciler_of(here.first).reconcile()
        fake.script.append(Answer(status=429, headers={"Retry-After": "900"}, document={"detail": "slow down"}))
        await reconciler_of(here.first).run_due()
        here.clock.now += EVERY_S + 1
        ended(fake, "conv_after001", began_at=here.clock() - 200)
        await reconciler_of(here.first).run_due()
        assert await here.first.calls.has_transcript("conv_after001")


async def test_however_many_workers_there_are_one_of_them_asks(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with switchboard(tmp_path, workers=3, **asking(fake)) as here:
        for _ in range(4):
            await asyncio.gather(*(reconciler_of(worker).run_due() for worker in here.workers for _ in range(2)))
            here.clock.now += EVERY_S / 2
        assert len(fake.received) == 2


async def test_a_call_that_began_long_before_the_last_round_is_still_found(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        began = here.clock()
        ended(fake, "conv_long0001", began_at=began, status="in-progress")
        for _ in range(26):
            await reconciler_of(here.first).run_due()
            here.clock.now += EVERY_S
        fake.conversations["conv_long0001"]["status"] = "done"
        await reconciler_of(here.first).run_due()
        assert here.clock() - began > 2 * 3600
        assert await here.first.calls.has_transcript("conv_long0001")


async def test_an_erased_conversation_is_not_brought_back(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        await here.register()
        await here.told(TRANSCRIPT)
        await here.first.calls.forget(CALL)
        await here.first.sessions.delete(CALL)
        ended(fake, CALL, began_at=here.clock() - 100)
        assert await reconciler_of(here.first).reconcile() == 0
        assert (await here.found()).events == {}


async def test_a_webhook_after_the_reconciler_changes_nothing_that_matters(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with switchboard(tmp_path, **asking(fake)) as here:
        await here.register()
        ended(fake, CALL, began_at=here.clock() - 100)
        await reconciler_of(here.first).reconcile()
        await here.settle()
        before = await here.session()
        await here.told(transcription(CALL, metadata=fake.conversations[CALL]["metadata"]))
        after_it = await here.session()
        assert replace(after_it, updated_at=0.0) == replace(before, updated_at=0.0)
