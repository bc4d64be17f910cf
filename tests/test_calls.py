"""What the platform tells, joined to its session: in every order, fifty times at once, late, or never sent at all."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial, reduce
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.callers import as_claude, is_listen, shown
from tests.fake_claude import UNDERSTOOD, FakeClaude, Reply
from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs, problem
from tests.interview.calls import NOON
from tests.live_server import OPERATORS, WEBHOOK_SECRET, live_server, settings_for
from tests.post_call import SECRET, audio, conversation, deliver, failure, transcription
from webhook.calls import ALARM_S, GIVE_UP_S
from webhook.elevenlabs.client import ElevenLabs, Patience
from webhook.errors import ElevenLabsBusy, ElevenLabsError
from webhook.interview.call import CallState
from webhook.interview.session import Session, SessionStatus, Turn, from_dict, to_dict
from webhook.interview.told import ANOTHER_MODEL, Event, Kind, Told, ToldStatus, joined, told_from, told_to, with_event
from webhook.reconciler import AUDIO_AFTER_S, EVERY_S, Reconciler
from webhook.services import Services, build_services
from webhook.wire.identity import TokenClaims, sign_token
from webhook.wire.limits import read_object
from webhook.wire.post_call import OWN_MODELS, parse_event

CALL = "conv_join0001"
SOUND = {"file": f"{CALL}.mp3", "size": 3, "sha256": "ab"}


def event(body: bytes) -> Event:
    found = parse_event(read_object(body))
    assert found is not None
    return replace(found, content={"recording": SOUND}) if found.kind is Kind.AUDIO else found


def a_session(**fields: Any) -> Session:
    given = {"flow_id": "f", "flow_version": 1, "flow_hash": "h", "persona_id": "p", "language": "en"}
    return Session(session_id="s", created_at=NOON, updated_at=NOON, **{**given, **fields})


def told_of(*bodies: bytes) -> Told:
    told: Told | None = None
    for body in bodies:
        told = with_event(told, event(body), NOON)
    assert told is not None
    return told


# The pure part

TRANSCRIPT, AUDIO = transcription(CALL, at=10), audio(CALL, b"abc", at=11)
FAILURE = failure(CALL, at=12)
WORDS = Turn(slot=1, utterance="Yes.", reply="Good.")
STEPS: dict[str, Any] = {"start": None, "turns": None, "end": None, "transcript": TRANSCRIPT, "audio": AUDIO}


def after(order: tuple[str, ...]) -> Session:
    """What stands in the session after these steps; it is joined whenever there is something to join."""
    session: Session | None = None
    told: Told | None = None
    waiting: list[str] = []  # what happens in a session that is not there yet happens with its start
    for step in order:
        if step in ("turns", "end") and session is None:
            waiting.append(step)
            continue
        if step in ("transcript", "audio", "failure"):
            told = with_event(told, event({**STEPS, "failure": FAILURE}[step]), NOON)
        elif step == "start":
            session = reduce(happened, waiting, a_session())
        else:
            assert session is not None
            session = happened(session, step)
        if session is not None and told is not None:
            session = joined(session, told, OWN_MODELS, now=NOON)
    assert session is not None
    return session


def happened(session: Session, step: str) -> Session:
    if step == "turns":
        return replace(session, log=(WORDS,), sealed=1)
    return session if session.is_over else replace(session, status=SessionStatus.ENDED_EARLY)


def test_row_53_in_every_order_of_start_turns_end_transcript_audio_and_failure_the_same_comes_out() -> None:
    found = [after(order) for order in itertools.permutations([*STEPS, "failure"])]
    assert len(found) == 720
    assert all(session == found[0] for session in found)
    call = found[0].call_at(NOON)
    assert (call.state, call.outcome.failure, call.outcome.has_audio) == (CallState.ENDED_EARLY, "busy", True)
    assert found[0].conversation_id == CALL


@pytest.mark.parametrize("order", list(itertools.permutations(["start", "failure"])))
def test_a_call_that_never_came_about_is_failed_and_may_be_tried_again(order: tuple[str, ...]) -> None:
    session = after(order)
    assert session.call_at(NOON).state is CallState.FAILED
    assert (session.conversation_id, session.is_over) == (None, False)


def test_joining_twice_changes_nothing_and_the_session_comes_back_from_its_record() -> None:
    told = told_of(TRANSCRIPT, AUDIO)
    once = joined(a_session(), told, OWN_MODELS, now=NOON)
    assert joined(once, told, OWN_MODELS, now=NOON) is once
    assert from_dict(to_dict(once)) == once


def test_a_session_that_was_completed_stays_completed() -> None:
    session = joined(a_session(status=SessionStatus.COMPLETED), told_of(TRANSCRIPT), OWN_MODELS, now=NOON)
    assert (session.status, session.call_at(NOON).state) == (SessionStatus.COMPLETED, CallState.COMPLETED)


def test_a_conversation_that_is_not_the_sessions_own_changes_nothing_in_it() -> None:
    session = a_session(conversation_id="conv_another")
    assert joined(session, told_of(TRANSCRIPT, AUDIO, FAILURE), OWN_MODELS, now=NOON) is session


@pytest.mark.parametrize(
    ("model", "others"),
    [(None, ()), ("", ()), ("custom-llm", ()), ("webhook", ()), ("gemini-2.0-flash", ("gemini-2.0-flash",))],
)
def test_a_model_that_spoke_in_our_place_is_named(model: str | None, others: tuple[str, ...]) -> None:
    turns = [
        {"role": "user", "message": "Hm?", "producing_llm": "an-asr"},
        {"role": "agent", "message": "Hello.", "producing_llm": model},
    ]
    session = joined(a_session(), told_of(transcription(CALL, transcript=turns)), OWN_MODELS, now=NOON)
    assert session.call is not None
    assert session.call.outcome.other_models == others
    assert (ANOTHER_MODEL in session.flags) is bool(others)


def test_an_older_event_of_a_kind_and_the_same_one_leave_the_newer_one() -> None:
    newer = told_of(transcription(CALL, at=20, status="done"))
    for at in (20, 19):
        assert with_event(newer, event(transcription(CALL, at=at, status="failed")), NOON + 1) is newer
    newest = with_event(newer, event(transcription(CALL, at=21, status="failed")), NOON + 1)
    assert newest.events[Kind.TRANSCRIPT].content["status"] == "failed"


def test_a_record_comes_back_from_the_store_and_a_forgotten_one_stays_forgotten() -> None:
    told = told_of(TRANSCRIPT, AUDIO, FAILURE)
    assert told_from(told_to(told)) == told
    gone = replace(told, status=ToldStatus.DELETED, events={})
    assert with_event(gone, event(transcription(CALL, at=99)), NOON) is gone


# Over the stores


@dataclass
class Clock:
    now: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class Office:
    """Some workers over the same stores, and a clock that the test turns."""

    clock: Clock
    workers: list[Services]

    @property
    def first(self) -> Services:
        return self.workers[0]

    async def told(self, body: bytes, *, worker: int = 0) -> Told:
        told = await self.workers[worker].calls.receive(event(body))
        await self.settle()
        return told

    async def due(self) -> None:
        """What is due by now, in all workers at once."""
        await asyncio.gather(*(worker.calls.join_due() for worker in self.workers))
        await self.settle()

    async def settle(self) -> None:
        while running := {t for worker in self.workers for t in worker.interviewer.generations._tasks}:
            await asyncio.wait(running)

    async def found(self, conversation_id: str = CALL) -> Told:
        told = await self.first.calls.find(conversation_id)
        assert told is not None
        return told

    async def session(self, session_id: str = CALL) -> Session:
        return await self.first.sessions.load(session_id)

    async def register(self, session_id: str = CALL) -> Session:
        return await self.first.admission.register(session_id, flow_id=None, persona_id=None)


@asynccontextmanager
async def office(data_dir: Path, *, workers: int = 1, **given: Any) -> AsyncGenerator[Office]:
    clock = Clock()
    built = [build_services(settings_for(data_dir, **given), clock=clock) for _ in range(workers)]
    for services in built:
        await services.store.open()
        await services.call_store.open()
    try:
        yield Office(clock, built)
    finally:
        for services in built:
            await services.interviewer.generations.drain(5.0)
            for client in (services.claude, services.elevenlabs):
                if client is not None:
                    await client.close()
            await services.store.close()
            await services.call_store.close()


async def test_a_call_that_was_started_here_joins_the_session_it_was_started_for(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.register("s-1")
        await here.first.bindings.bind(CALL, "s-1")
        await here.told(TRANSCRIPT)
        session = await here.session("s-1")
        assert (session.conversation_id, session.status) == (CALL, SessionStatus.ENDED_EARLY)
        assert session.report is not None
        assert (await here.found()).status is ToldStatus.JOINED


async def test_a_second_call_of_a_session_joins_what_was_split_off_for_it(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.register("s-1")
        await here.first.sessions.change("s-1", lambda s, _: replace(s, conversation_id="conv_first000"))
        token = sign_token(TokenClaims(session_id="s-1"), here.clock.now + 60.0, WEBHOOK_SECRET)
        started = {"custom_llm_extra_body": {"session_token": token}}
        await here.told(transcription(CALL, at=10, conversation_initiation_client_data=started))
        assert (await here.found()).status is ToldStatus.PARKED
        assert (await here.session("s-1")).call is None
        await here.register(f"s-1~{CALL}")
        here.clock.now += 6.0
        await here.due()
        assert (await here.found()).session_id == f"s-1~{CALL}"


async def test_the_end_of_a_line_that_broke_does_not_end_the_interview_that_went_on(tmp_path: Path) -> None:
    """It was taken up by another conversation before the platform told of the first one's end."""
    async with office(tmp_path) as here:
        await here.register("s-1")
        for conversation_id in (CALL, "conv_second00", "conv_unused00"):
            await here.first.bindings.bind(conversation_id, "s-1")
        await here.first.sessions.change(
            "s-1", lambda s, _: replace(s, conversation_id="conv_second00", past_conversations=(CALL,), log=(WORDS,))
        )
        await here.told(TRANSCRIPT)
        await here.told(transcription("conv_unused00"))
        assert not (await here.session("s-1")).is_over
        for conversation_id in (CALL, "conv_unused00"):
            told = await here.found(conversation_id)
            assert (told.status, told.session_id) == (ToldStatus.JOINED, "s-1")
        await here.told(transcription("conv_second00"))
        assert (await here.session("s-1")).status is SessionStatus.ENDED_EARLY


async def test_words_that_only_the_platform_heard_are_listened_to_and_the_report_is_made_again(tmp_path: Path) -> None:
    """The caller's last words came when nobody asked us any more: they stand in the platform's transcript alone."""

    def script(body: Any) -> Reply:
        if not is_listen(body):
            return as_claude(body)
        heard = [{"slot": "age", "value": 34, "words": "thirty-four", "how": "said"}]
        return Reply(json={**UNDERSTOOD, "facts": heard if "thirty-four" in shown(body) else []})

    async with FakeClaude(script) as claude:
        given: dict[str, Any] = {"anthropic_api_key": SecretStr("key"), "anthropic_base_url": claude.base_url}
        async with office(tmp_path, **given) as here:
            await here.register()
            await here.first.sessions.change(
                CALL, lambda s, _: replace(s, log=(replace(WORDS, utterance="Hello there."),), sealed=1)
            )
            await here.first.sessions.change(CALL, lambda s, _: replace(s, status=SessionStatus.ENDED_EARLY))
            await here.first.reports.call_ended(await here.session())
            await here.settle()
            first = (await here.session()).report
            assert first is not None
            assert first["facts"].get("age", {}).get("value") is None
            turns = conversation(CALL)["transcript"]
            last = {"role": "user", "message": "Oh, and I'm thirty-four.", "time_in_call_secs": 9}
            await here.told(transcription(CALL, at=10, transcript=[*turns, last]))
            await here.due()
            session = await here.session()
            assert session.missed == ("Oh, and I'm thirty-four.",)
            assert session.report is not None
            assert (session.report_status, session.report["version"]) == ("ready", 2)
            assert {"slot": "age", "code": None, "claude": {"status": "filled", "value": 34}} in session.differences
            await here.told(transcription(CALL, at=11, transcript=[*turns, last]))
            await here.due()
            assert (await here.session()).report_version == 2, "nothing new was told"


async def test_what_nobody_knows_yet_is_parked_and_tried_again_less_and_less_often(tmp_path: Path) -> None:
    async with office(tmp_path, workers=2) as here:
        await here.told(TRANSCRIPT)
        tried = []
        for second in range(1, 3000):
            here.clock.now += 1.0
            if jobs := await here.first.call_store.claim_due("join", now=here.clock(), lease_s=60.0):
                tried.append(second)
                await here.first.calls._join(jobs[0])
                await here.first.call_store.finish_job(jobs[0])
        pauses = [b - a for a, b in itertools.pairwise([0, *tried])]
        assert pauses == sorted(pauses)
        assert (pauses[0], pauses[-1]) == (5, 600)
        await here.register()
        here.clock.now += 601.0
        await here.due()
        assert (await here.session()).call is not None


async def test_what_waits_for_an_hour_raises_one_alarm_and_is_an_orphan_after_a_day(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.told(TRANSCRIPT)
        assert await here.first.calls.orphans() == ()
        with structlog.testing.capture_logs() as logged:
            for _ in range(12):
                here.clock.now += ALARM_S / 3
                await here.due()
        alarms = [entry for entry in logged if entry["event"] == "call_without_session"]
        assert [(entry["log_level"], entry["conversation_id"]) for entry in alarms] == [("error", CALL)]
        assert ALARM_S <= alarms[0]["age_s"] < 2 * ALARM_S
        assert [told.conversation_id for told in await here.first.calls.orphans()] == [CALL]
        await here.first.calls._look()
        assert b"webhook_orphans{" in here.first.costs.metrics.text()
        assert b'"} 1.0' in here.first.costs.metrics.text().split(b"webhook_orphans{")[1].splitlines()[0]

        here.clock.now += GIVE_UP_S
        await here.due()
        assert (await here.found()).status is ToldStatus.ORPHAN
        here.clock.now += GIVE_UP_S
        assert await here.first.call_store.claim_due("join", now=here.clock(), lease_s=1.0) == ()
        assert len(await here.first.calls.orphans()) == 1

        await here.register()
        await here.told(AUDIO)
        assert (await here.found()).status is ToldStatus.JOINED
        assert await here.first.calls.orphans() == ()


async def test_row_52_fifty_deliveries_at_once_have_one_effect_and_one_report(tmp_path: Path) -> None:
    async with office(tmp_path, workers=2) as here:
        await here.register()
        with structlog.testing.capture_logs() as logged:
            told = await asyncio.gather(*(here.workers[i % 2].calls.receive(event(TRANSCRIPT)) for i in range(50)))
            await here.settle()
            await here.due()
        assert {one.conversation_id for one in told} == {CALL}
        stored = await here.first.call_store.load(f"call:{CALL}")
        await here.told(TRANSCRIPT)
        again = await here.first.call_store.load(f"call:{CALL}")
        assert stored is not None
        assert again is not None
        assert again.version == stored.version
        assert [entry["event"] for entry in logged].count("report_ready") == 1
        assert [entry["event"] for entry in logged].count("call_joined") == 1


async def test_another_model_is_alarmed_about_and_counted_once(tmp_path: Path) -> None:
    turns = [{"role": "agent", "message": "Hi.", "producing_llm": "gemini-2.0-flash"}]
    async with office(tmp_path) as here:
        await here.register()
        with structlog.testing.capture_logs() as logged:
            await here.told(transcription(CALL, at=10, transcript=turns))
            await here.told(transcription(CALL, at=20, transcript=turns))
            await here.told(AUDIO)
        assert [entry["log_level"] for entry in logged if entry["event"] == "another_model_spoke"] == ["error"]
        assert ANOTHER_MODEL in (await here.session()).flags
        assert b"webhook_other_models_total{" in here.first.costs.metrics.text()
        assert b"} 1.0" in here.first.costs.metrics.text().split(b"webhook_other_models_total{")[1].splitlines()[0]


async def test_a_record_that_cannot_be_read_gives_way_to_what_is_told_anew(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.register()
        broken = {"session_id": f"call:{CALL}", "status": "?", "flow_id": "", "created_at": 1.0, "updated_at": 1.0}
        await here.first.call_store.save(f"call:{CALL}", broken, expect=0)
        await here.told(TRANSCRIPT)
        assert (await here.session()).call is not None


async def test_whoever_dies_between_the_record_and_its_job_left_a_job_before(tmp_path: Path) -> None:
    """The store refuses the second job, as if the worker had died there."""
    async with office(tmp_path) as here:
        await here.register()
        store = here.first.call_store
        set_job, asked = store.schedule_job, []

        async def once(kind: str, session_id: str, *, due_at: float) -> None:
            asked.append(kind)
            if len(asked) == 2:
                raise KeyboardInterrupt
            await set_job(kind, session_id, due_at=due_at)

        dying = replace(here.first.calls, store=_with(store, schedule_job=once))
        with pytest.raises(KeyboardInterrupt):
            await dying.receive(event(TRANSCRIPT))
        here.clock.now += 11.0
        await here.due()
        assert (await here.found()).status is ToldStatus.JOINED


def _with(store: Any, **methods: Any) -> Any:
    """A store of which some methods are others."""
    return type(
        "Store",
        (),
        {
            **{n: getattr(store, n) for n in dir(store) if not n.startswith("_")},
            **{n: staticmethod(m) for n, m in methods.items()},
        },
    )()


# Erased


def _held_over(session: Session, _: float, *, conversation_id: str) -> Session:
    return replace(session, conversation_id=conversation_id)


async def test_whatever_comes_while_a_session_is_erased_nothing_of_it_is_left(tmp_path: Path) -> None:
    """Row 62, for what the platform tells."""
    chance = random.Random(3)
    async with live_server(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),)) as live:
        for number in range(12):
            conversation_id = f"conv_race{number:04}"
            await live.services.admission.register(conversation_id, flow_id=None, persona_id=None)
            held = partial(_held_over, conversation_id=conversation_id)
            await live.services.sessions.change(conversation_id, held)

            async def erase(session_id: str = conversation_id) -> None:
                await asyncio.sleep(chance.random() * 0.03)
                gone = await live.http.delete(f"/api/sessions/{session_id}", headers=OPERATORS)
                assert gone.status_code == 204

            said = [{"role": "user", "message": "CANARY"}]
            bodies = [transcription(conversation_id, transcript=said), audio(conversation_id, b"CANARY" * 1000)]
            answers, _ = await asyncio.gather(asyncio.gather(*(deliver(live.http, body) for body in bodies)), erase())
            assert [answer.status_code for answer in answers] == [200, 200]
            await live.settle()
            assert await live.services.sessions.find(conversation_id) is None
            told = await live.services.calls.find(conversation_id)
            assert told is not None
            assert (told.status, told.events) == (ToldStatus.DELETED, {})
        assert list((tmp_path / "recordings").iterdir()) == []


async def test_what_a_dead_worker_was_writing_is_removed_by_the_next_one(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        folder = here.first.settings.recordings_dir
        folder.mkdir()
        half_written, new = folder / ".part-0123", folder / ".part-4567"
        half_written.write_bytes(b"so")
        new.write_bytes(b"so")
        os.utime(half_written, (1.0, 1.0))
        await here.first.calls._look()
        assert list(folder.iterdir()) == [new]


# The reconciler


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
    async with office(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),), **asking(fake)) as here:
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
    async with office(tmp_path, elevenlabs_webhook_secret=(SecretStr(SECRET),), **asking(fake)) as here:
        reconciler = reconciler_of(here.first)
        assert await reconciler.reconcile() == 1
        assert (await here.found()).recording is None
        here.clock.now += AUDIO_AFTER_S
        assert await replace(reconciler, wants_audio=False).reconcile() == 0
        assert await reconciler.reconcile() == 1
        assert (await here.found()).recording is not None
        assert await reconciler.reconcile() == 0


async def test_only_our_agents_calls_that_are_over_are_completed(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with office(tmp_path, **asking(fake)) as here:
        began = here.clock() - 300
        for status in ("initiated", "in-progress", "processing", "done", "failed"):
            ended(fake, f"conv_{status}", began_at=began, status=status)
        ended(fake, "conv_of_others", began_at=began, agent_id="agent_of_others")
        await reconciler_of(here.first).reconcile()
        kept = [i for i in fake.conversations if await here.first.calls.has_transcript(i)]
        assert kept == ["conv_done", "conv_failed"]


async def test_what_cannot_be_told_of_does_not_hold_up_the_others(fake: FakeElevenLabs, tmp_path: Path) -> None:
    async with office(tmp_path, **asking(fake)) as here:
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


async def since(here: Office) -> float | None:
    stored = await here.first.call_store.load("reconcile")
    return None if stored is None else float(stored.record["since"])


async def test_a_round_that_is_broken_off_moves_no_watermark_and_the_next_one_catches_up(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with office(tmp_path, **asking(fake)) as here:
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
    async with office(tmp_path, **asking(fake)) as here:
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
    async with office(tmp_path, workers=3, **asking(fake)) as here:
        for _ in range(4):
            await asyncio.gather(*(reconciler_of(worker).run_due() for worker in here.workers for _ in range(2)))
            here.clock.now += EVERY_S / 2
        assert len(fake.received) == 2


async def test_a_call_that_began_long_before_the_last_round_is_still_found(
    fake: FakeElevenLabs, tmp_path: Path
) -> None:
    async with office(tmp_path, **asking(fake)) as here:
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
    async with office(tmp_path, **asking(fake)) as here:
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
    async with office(tmp_path, **asking(fake)) as here:
        await here.register()
        ended(fake, CALL, began_at=here.clock() - 100)
        await reconciler_of(here.first).reconcile()
        await here.settle()
        before = await here.session()
        await here.told(transcription(CALL, metadata=fake.conversations[CALL]["metadata"]))
        after_it = await here.session()
        assert replace(after_it, updated_at=0.0) == replace(before, updated_at=0.0)
