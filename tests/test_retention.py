"""Each class of data goes when its period is over, whoever dies on the way; times come from a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
import structlog
from pydantic import SecretStr

from tests.fake_claude import FakeClaude, Reply
from tests.fake_elevenlabs import KEY, Answer, FakeElevenLabs
from tests.live_server import OPERATORS, PATIENT, live_server, settings_for
from tests.office import Clock
from tests.post_call import transcription
from tests.servers import RedisServer, running_redis
from webhook.errors import NoLongerKept, NotFound, StoreError
from webhook.interview.call import Call
from webhook.interview.moves import State
from webhook.interview.retention import DAY_S, LIVE_S, NET_S, PATIENCE_S, Data, Keep, has_recording, has_transcript
from webhook.interview.session import Session, SessionStatus, Turn, to_dict
from webhook.interview.told import Event, Told, ToldStatus
from webhook.privacy.erasure import AtElevenLabs, ErasureStatus, Reason
from webhook.privacy.places import Place
from webhook.privacy.retention import ALARM_S, EVERY_S, Round
from webhook.reading_back import subtitles
from webhook.recordings import Recordings
from webhook.services import Services, build_services
from webhook.sessions import DAMAGED
from webhook.store.base import Filter, record_beside
from webhook.store.sqlite import SqliteStore
from webhook.wire.limits import read_object
from webhook.wire.post_call import parse_event

CALL = "conv_kept0001"
#: Said in the talk, and in nothing that belongs to the report.
SPOKEN = "Wenceslas Grumbletoft"
APART = Keep(recordings=1, transcripts=3, reports=5, audit=9)
LEASE_S = 961.0


@dataclass(frozen=True)
class Office:
    """Some workers over the same stores, and a clock that the test turns. It began at `start`."""

    clock: Clock
    start: float
    workers: list[Services] = field(default_factory=list)

    @property
    def first(self) -> Services:
        return self.workers[0]

    def turn_to(self, days: float) -> None:
        self.clock.now = self.start + days * DAY_S

    async def round(self, *, is_whole: bool = False) -> Round:
        done = await self.first.retention.round(is_whole=is_whole)
        await self.settle()
        return done

    async def settle(self) -> None:
        while running := {t for worker in self.workers for t in worker.interviewer.generations._tasks}:
            await asyncio.wait(running)

    async def told(self, body: bytes) -> Told:
        event = event_of(body)
        told = await self.first.calls.receive(event)
        await self.settle()
        return told

    async def sound(self, conversation_id: str = CALL, *, at: float | None = None) -> Path:
        """The call's audio, as it comes from the platform; the file is from then."""
        moment = self.clock.now if at is None else at
        await self.first.calls.take_recording(conversation_id, sound(), at=int(moment))
        await self.settle()
        path = self.first.settings.recordings_dir / f"{conversation_id}.mp3"
        if path.exists():
            os.utime(path, (moment, moment))
        return path

    async def held(
        self, session_id: str = "s-1", conversation_id: str = CALL, *, began: float | None = None, **fields: Any
    ) -> Session:
        """An interview that is over, with its report, what the platform told of it, and its recording."""
        at = self.clock.now if began is None else began
        session = replace(self.first.admission.new(session_id), **{**held_at(at, conversation_id), **fields})
        await self.first.sessions.save(session, expect=0, at=at)
        await self.first.bindings.bind(conversation_id, session_id)
        await self.told(told_of(conversation_id, at))
        await self.sound(conversation_id, at=at)
        return await self.session(session_id)

    async def session(self, session_id: str = "s-1") -> Session:
        return await self.first.sessions.load(session_id)

    async def found(self, conversation_id: str = CALL) -> Told:
        told = await self.first.calls.find(conversation_id)
        assert told is not None
        return told

    async def here(self, session_id: str = "s-1", conversation_id: str = CALL) -> set[Data]:
        """Which classes are still here, wherever they are; asked of the stores themselves."""
        found = await self.first.sessions.find(session_id)
        told = await self.first.calls.find(conversation_id)
        words = found is not None and has_transcript(found.session)
        sounds = found is not None and has_recording(found.session)
        left = set()
        if found is not None:
            left.add(Data.REPORTS)
        if words or (told is not None and SPOKEN in str(told.events)):
            left.add(Data.TRANSCRIPTS)
        if sounds or (told is not None and told.recording) or self.first.calls.recordings.has_of(conversation_id):
            left.add(Data.RECORDINGS)
        return left

    async def kept(self) -> str:
        """All records there are, as text."""
        stores = (self.first.store, self.first.call_store)
        pages = [await store.list_sessions(Filter(), limit=500) for store in stores]
        return "\n".join(str(record) for page in pages for record in page.records)


def held_at(at: float, conversation_id: str) -> dict[str, Any]:
    report = {"fields": {"mood": {"value": "good", "quotes": ["a quote"]}}, "createdAt": at, "reportedAt": at}
    return {
        "created_at": at,
        "updated_at": at,
        "status": SessionStatus.COMPLETED,
        "conversation_id": conversation_id,
        "log": (Turn(slot=1, utterance=f"I am {SPOKEN}.", reply=f"Hello {SPOKEN}."),),
        "base": State(started_at=at),
        "sealed": 1,
        "report": report,
        "report_status": "ready",
        "report_version": 1,
        "call": Call(started_at=at),
    }


def told_of(conversation_id: str, at: float, said: str = f"I am {SPOKEN}.") -> bytes:
    turns = [
        {"role": "agent", "message": "Hello?", "time_in_call_secs": 0, "producing_llm": "custom-llm"},
        {"role": "user", "message": said, "time_in_call_secs": 1},
    ]
    metadata = {"start_time_unix_secs": int(at), "call_duration_secs": 61, "termination_reason": "end_call"}
    analysis = {"call_successful": "success", "transcript_summary": ""}
    return transcription(conversation_id, at=int(at), transcript=turns, metadata=metadata, analysis=analysis)


def event_of(body: bytes) -> Event:
    found = parse_event(read_object(body))
    assert found is not None
    return found


async def sound() -> AsyncIterator[bytes]:
    yield b"sound"


@asynccontextmanager
async def office(data_dir: Path, *, workers: int = 1, keep: Keep = APART, **given: Any) -> AsyncGenerator[Office]:
    clock = Clock(time.time())
    opened = Office(clock, clock.now)
    async with AsyncExitStack() as stack:
        for _ in range(workers):
            settings = settings_for(data_dir, **{"keep_days": keep, **given})
            services = build_services(settings, clock=clock, deadlines=replace(PATIENT, report_s=50.0))
            for store in (services.store, services.call_store):
                await store.open()
                stack.push_async_callback(store.close)
            for client in (services.claude, services.elevenlabs):
                if client is not None:
                    stack.push_async_callback(client.close)
            stack.push_async_callback(services.interviewer.generations.drain, 5.0)
            if services.claude is not None:
                await services.claude.warm()
            opened.workers.append(services)
        yield opened


@pytest.fixture(scope="module")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(params=["sqlite", "redis-server"])
def where(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Further settings: which store."""
    if request.param == "sqlite":
        return {}
    server: RedisServer = request.getfixturevalue("redis_server")
    server.command("FLUSHALL")
    return {"redis_url": SecretStr(server.url), "turn_store_s": 5.0}


@pytest.fixture
async def elevenlabs() -> AsyncGenerator[FakeElevenLabs]:
    async with FakeElevenLabs() as fake:
        yield fake


def asking(fake: FakeElevenLabs) -> dict[str, Any]:
    return {"elevenlabs_api_key": SecretStr(KEY), "elevenlabs_base_url": fake.base_url}


def whys(done: Round) -> dict[tuple[Data, str], int]:
    return {(left.data, left.why): left.count for left in done.left}


# Each class at its boundary


async def test_each_class_goes_at_its_time_and_not_a_moment_before(where: dict[str, Any], tmp_path: Path) -> None:
    async with office(tmp_path, **where) as here:
        await here.held()
        left = {Data.RECORDINGS, Data.TRANSCRIPTS, Data.REPORTS}
        assert await here.here() == left
        for data in (Data.RECORDINGS, Data.TRANSCRIPTS, Data.REPORTS):
            here.clock.now = here.start + APART.seconds(data) - 1
            done = await here.round()
            assert (await here.here(), done.deleted, done.left) == (left, {}, ())
            here.clock.now += 1.5  # a file's time is somewhat coarser than ours
            done = await here.round()
            left -= {data}
            assert await here.here() == left, data
            assert done.is_proved
            assert done.deleted[data] >= 1
        assert SPOKEN not in await here.kept()


async def test_the_report_stays_when_the_talk_goes_and_it_is_as_old_as_before(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        before = await here.held()
        here.turn_to(3.5)
        await here.round()
        after = await here.session()
        assert (after.report, after.report_status, after.updated_at) == (before.report, "ready", before.updated_at)
        assert after.transcript_gone_at == here.clock.now
        told = await here.found()
        assert (told.status, told.session_id, told.recording) == (ToldStatus.JOINED, "s-1", None)
        assert await here.first.calls.has_transcript(CALL)  # nobody asks for it again
        with pytest.raises(NoLongerKept):
            await subtitles(here.first.calls, after, "srt", None)


async def test_when_the_report_is_over_it_goes_at_elevenlabs_too_and_that_is_proved(
    elevenlabs: FakeElevenLabs, where: dict[str, Any], tmp_path: Path
) -> None:
    elevenlabs.add_conversation(CALL)
    async with office(tmp_path, **asking(elevenlabs), **where) as here:
        await here.held()
        here.turn_to(5.5)
        done = await here.round()
        assert (done.is_whole, done.is_proved, CALL in elevenlabs.conversations) == (True, True, False)
        ((erasure,), _) = await here.first.erasures.listed()
        assert (erasure.reason, erasure.sessions) == (Reason.RETENTION, ("s-1",))
        assert erasure.conversations == {CALL: AtElevenLabs.GONE}
        here.turn_to(6)
        await here.first.erasures.run_due()
        assert (await here.first.erasures.find(erasure.id)).status is ErasureStatus.PROVED
        assert (await here.found()).status is ToldStatus.DELETED


async def test_what_elevenlabs_does_not_delete_is_told_of_until_it_does(
    elevenlabs: FakeElevenLabs, tmp_path: Path
) -> None:
    elevenlabs.add_conversation(CALL)
    elevenlabs.interrupt = lambda got: Answer(status=500) if got.method == "DELETE" else None
    async with office(tmp_path, **asking(elevenlabs)) as here:
        await here.held()
        here.turn_to(5.5)
        done = await here.round(is_whole=True)
        assert (done.is_proved, whys(done)) == (False, {(Data.REPORTS, "erasure"): 1})
        assert await here.here() == set()
        elevenlabs.interrupt = None
        here.turn_to(6.5)
        assert (await here.round(is_whole=True)).is_proved


PERIODS = [
    Keep(recordings=r, transcripts=t, reports=p, audit=9)
    for r, t, p in itertools.product((1, 2, 3), repeat=3)
    if max(r, t) <= p
]


async def test_in_every_order_of_the_periods_each_class_is_there_until_its_day(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        for number, keep in enumerate(PERIODS):
            here.clock.now = start = here.start + number
            services = here.first
            calls = replace(services.calls, keep=keep)
            erasures = replace(services.erasures, holdings=replace(services.erasures.holdings, calls=calls))
            retention = replace(services.retention, keep=keep, erasures=erasures)
            session_id, call = f"s-{number}", f"conv_order{number:04}"
            await here.held(session_id, call)
            for day in (1, 2, 3):
                here.clock.now = start + day * DAY_S + 1
                done = await retention.round(is_whole=True)
                assert done.is_proved
                wanted = {data for data in list(Data)[:3] if keep.days(data) > day}
                assert await here.here(session_id, call) == wanted, (keep, day)
    assert len(PERIODS) == 14


# What has no session


async def test_a_recording_and_a_talk_without_a_session_count_from_when_they_came(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.told(told_of(CALL, here.clock.now))
        path = await here.sound()
        here.turn_to(1.01)
        await here.first.calls.join_due()
        assert (await here.found()).status is ToldStatus.ORPHAN
        await here.round()
        assert (path.exists(), (await here.found()).recording) == (False, None)
        assert SPOKEN in await here.kept()
        here.turn_to(3.01)
        assert (await here.round()).is_proved
        assert SPOKEN not in await here.kept()
        told = await here.found()
        assert told.status is ToldStatus.ORPHAN  # so that neither a webhook nor the reconciler brings it back
        assert await here.first.calls.has_transcript(CALL)


async def test_a_file_that_nobody_knows_goes_by_its_own_time(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        path = here.first.settings.recordings_dir / "conv_nobody.mp3"
        path.parent.mkdir(parents=True)
        path.write_bytes(b"sound")
        os.utime(path, (here.start, here.start))
        here.turn_to(0.99)
        await here.round()
        assert path.exists()
        here.turn_to(1.01)
        assert (await here.round()).deleted == {Data.RECORDINGS: 1}
        assert not path.exists()


async def test_what_nobody_can_read_goes_with_the_talks_it_may_hold(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        services = here.first
        broken = {**to_dict(services.admission.new("s-broken")), "log": SPOKEN}
        await services.store.save("s-broken", broken, expect=0)
        aside = record_beside("s-2~damaged-1", DAMAGED, here.start, data=SPOKEN)
        await services.store.save("s-2~damaged-1", aside, expect=0)
        told = {**record_beside("call:conv_broken", "joined", here.start), "events": SPOKEN}
        await services.call_store.save("call:conv_broken", told, expect=0)
        here.turn_to(3.1)
        assert (await here.round()).is_proved
        assert SPOKEN not in await here.kept()


async def test_a_session_of_a_later_release_is_left_with_its_words_and_told_of(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        newer = {**to_dict(replace(here.first.admission.new("s-1"), created_at=here.start)), "schema": 99}
        await here.first.store.save("s-1", newer, expect=0)
        here.turn_to(3.1)
        done = await here.round()
        assert (done.is_proved, whys(done)) == (False, {(Data.TRANSCRIPTS, "record_too_new"): 1})
        here.turn_to(5.1)
        assert (await here.round()).is_proved  # whatever it is, it goes as a whole


# What comes late


async def test_a_webhook_that_comes_again_brings_nothing_back(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        here.turn_to(3.1)
        await here.round()
        for at in (here.start, here.clock.now):
            await here.told(told_of(CALL, at))
            assert not (await here.sound(at=at)).exists()
        assert await here.here() == {Data.REPORTS}
        assert (await here.session()).report_version == 1
        here.turn_to(5.1)
        await here.round()
        await here.told(told_of(CALL, here.clock.now))
        assert not (await here.sound()).exists()
        assert await here.here() == set()


async def test_a_webhook_that_comes_for_the_first_time_tells_how_the_call_went_and_no_more(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        at = here.start
        session = replace(here.first.admission.new("s-1"), **{**held_at(at, CALL), "log": (), "sealed": 0})
        await here.first.sessions.save(session, expect=0, at=at)
        await here.first.bindings.bind(CALL, "s-1")
        here.turn_to(3.1)
        await here.round()
        await here.told(told_of(CALL, at))
        path = await here.sound()
        await here.first.calls.join_due()
        await here.settle()
        after = await here.session()
        assert after.call is not None
        assert (after.call.outcome.duration_s, after.call.outcome.has_audio) == (61.0, False)
        assert not path.exists()
        assert await here.here() == {Data.REPORTS}
        assert SPOKEN not in await here.kept()


async def test_words_that_only_the_platform_heard_do_not_start_another_report(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        here.turn_to(3.1)
        await here.round()
        before = await here.session()
        await here.first.reports.remake("s-1")
        await here.told(told_of(CALL, here.clock.now, said=f"And {SPOKEN} again."))
        after = await here.session()
        assert (after.report, after.report_status, after.missed) == (before.report, "ready", ())
        assert "transcript_differs" not in after.flags


async def test_the_reconciler_asks_for_nothing_that_is_over(elevenlabs: FakeElevenLabs, tmp_path: Path) -> None:
    """The service was away for days: it asks for what it missed, and keeps of it what it would still have."""
    given = {**asking(elevenlabs), "elevenlabs_webhook_secret": (SecretStr("wsec_x"),)}
    async with office(tmp_path, **given) as here:
        reconciler = here.first.reconciler
        assert reconciler is not None
        await reconciler._save(since=here.start - 3600, expect=0)
        for call, age_days in ((CALL, 0.0), ("conv_young", 4.0)):
            began = int(here.start + age_days * DAY_S)
            document = read_object(told_of(call, began))["data"]
            elevenlabs.conversations[call] = document
            elevenlabs.recordings[call] = b"sound"
            at = float(began)
            session = replace(here.first.admission.new(f"s-{call}"), **{**held_at(at, call), "log": (), "sealed": 0})
            await here.first.sessions.save(session, expect=0, at=at)
            await here.first.bindings.bind(call, f"s-{call}")
        here.turn_to(4.5)
        assert await reconciler.reconcile() == 2
        await here.first.calls.join_due()
        await here.settle()
        assert await here.here(f"s-{CALL}") == {Data.REPORTS}
        assert await here.here("s-conv_young", "conv_young") == {Data.REPORTS, Data.TRANSCRIPTS, Data.RECORDINGS}
        assert [r.path for r in elevenlabs.received if r.path.endswith("/audio")] == [
            "/v1/convai/conversations/conv_young/audio"
        ]
        for _ in range(2):
            assert await reconciler.reconcile() == 0


async def test_a_recording_that_is_being_written_while_it_goes_is_gone(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        here.turn_to(1.1)
        half_way, go_on = asyncio.Event(), asyncio.Event()

        async def slowly() -> AsyncIterator[bytes]:
            yield b"so"
            half_way.set()
            await go_on.wait()
            yield b"und"

        writing = asyncio.create_task(here.first.calls.take_recording(CALL, slowly(), at=int(here.clock.now)))
        await half_way.wait()
        await here.round()
        go_on.set()
        await writing
        assert Data.RECORDINGS not in await here.here()


async def test_a_recording_that_gets_its_name_at_the_very_moment_it_goes_is_gone(tmp_path: Path) -> None:
    async with office(tmp_path, keep=Keep()) as here:
        calls, loop = here.first.calls, asyncio.get_running_loop()

        class Unlucky(Recordings):
            def keep(self, part: Path, recording: Any) -> None:
                over = frozenset({Data.RECORDINGS})
                asyncio.run_coroutine_threadsafe(calls.drop(CALL, over), loop).result(10.0)
                super().keep(part, recording)

        await here.told(told_of(CALL, here.clock.now))
        unlucky = Unlucky(folder=calls.recordings.folder, most=calls.recordings.most)
        await replace(calls, recordings=unlucky).take_recording(CALL, sound(), at=int(here.clock.now))
        assert not calls.recordings.has_of(CALL)


async def test_where_no_transcript_ever_came_nobody_asks_for_it_once_the_talk_is_gone(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        session = replace(here.first.admission.new("s-1"), **held_at(here.start, CALL))
        await here.first.sessions.save(session, expect=0, at=here.start)
        await here.first.bindings.bind(CALL, "s-1")
        await here.sound()
        assert not await here.first.calls.has_transcript(CALL)
        here.turn_to(3.1)
        await here.round()
        assert await here.first.calls.has_transcript(CALL)


# What waits


async def test_an_interview_that_is_being_held_is_left_alone_and_goes_in_a_later_round(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        long_ago = {"status": SessionStatus.IN_PROGRESS, "report": None, "report_status": "none"}
        at = here.start
        session = replace(here.first.admission.new("s-1"), **{**held_at(at, CALL), **long_ago})
        here.turn_to(5.1)
        await here.first.sessions.save(session, expect=0)  # changed just now
        done = await here.round()
        assert (done.is_proved, whys(done)) == (True, {(Data.REPORTS, "live"): 1})
        assert SPOKEN in await here.kept()
        here.clock.now += LIVE_S - 1
        assert (await here.round()).left
        here.clock.now += 1
        done = await here.round()
        assert (done.left, done.deleted[Data.REPORTS]) == ((), 1)
        assert SPOKEN not in await here.kept()


async def test_words_wait_for_a_report_nobody_has_made_and_see_to_it_that_it_is_made(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        unmade: dict[str, Any] = {"report": None, "report_status": "pending"}
        await here.first.sessions.change("s-1", lambda s, _: replace(s, **unmade), keeps_time=True)
        unended = {"status": SessionStatus.IN_PROGRESS, "report": None, "report_status": "none"}
        session = replace(here.first.admission.new("s-2"), **{**held_at(here.start, "conv_2"), **unended})
        await here.first.sessions.save(session, expect=0, at=here.start)
        here.turn_to(3.1)
        done = await here.round()
        assert done.is_proved  # it waits for good reason
        assert whys(done) == {(Data.TRANSCRIPTS, "report"): 2}
        assert Data.TRANSCRIPTS in await here.here()
        await here.first.reports._schedule("s-1", here.clock.now)
        here.clock.now += EVERY_S
        await here.first.reports.run_due()
        assert (await here.session("s-2")).report is not None
        assert (await here.round()).left == ()
        for session_id in ("s-1", "s-2"):
            after = await here.session(session_id)
            assert (has_transcript(after), after.report is not None) == (False, True)


async def test_a_report_that_claude_writes_while_the_words_go_quotes_none_of_them(tmp_path: Path) -> None:
    """Row 62: the promise to delete wins, and what Claude answers afterwards comes to nothing."""
    asked, answer = asyncio.Event(), asyncio.Event()
    quoted = {"value": f"They are {SPOKEN}", "quotes": [f"I am {SPOKEN}."]}

    def slowly(body: Any) -> Reply:
        asked.set()
        return Reply(
            json=dict.fromkeys(body["output_config"]["format"]["schema"]["properties"], quoted), held_until=answer
        )

    async with FakeClaude(slowly) as fake:
        claude: dict[str, Any] = {"anthropic_api_key": SecretStr("key"), "anthropic_base_url": fake.base_url}
        async with office(tmp_path, **claude) as here:
            unmade = {**held_at(here.start, CALL), "report": None, "report_status": "pending"}
            session = replace(here.first.admission.new("s-1"), **unmade)
            await here.first.sessions.save(session, expect=0, at=here.start)
            await here.first.reports._schedule("s-1", here.clock.now)
            here.turn_to(3.1)
            writing = asyncio.create_task(here.first.reports.run_due())
            await asked.wait()
            assert whys(await here.first.retention.round()) == {(Data.TRANSCRIPTS, "report"): 1}
            here.clock.now = here.start + APART.seconds(Data.TRANSCRIPTS) + PATIENCE_S
            assert (await here.first.retention.round()).left == ()
            answer.set()
            await writing
            await here.settle()
            session = await here.session()
            assert session.report is not None
            assert (session.report_status, session.written) == ("failed", None)
            assert SPOKEN not in await here.kept()


# The job


async def test_one_worker_does_a_round_each_hour(tmp_path: Path) -> None:
    async with office(tmp_path, workers=3) as here:
        await here.held()

        async def rounds() -> int:
            with structlog.testing.capture_logs() as lines:
                await asyncio.gather(*(worker.retention.run_due() for worker in here.workers for _ in range(2)))
            return sum(line["event"].startswith("retention_") for line in lines)

        assert await rounds() == 1
        here.clock.now += EVERY_S - 1
        assert await rounds() == 0
        here.clock.now += 1
        assert await rounds() == 1


async def test_a_round_sees_only_what_became_due_and_what_was_left_holds_it_back(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held("s-1", "conv_1")
        here.turn_to(0.5)
        await here.held("s-2", "conv_2", status=SessionStatus.IN_PROGRESS, report=None, report_status="none")
        await here.first.sessions.change("s-2", lambda s, _: replace(s, status=SessionStatus.IN_PROGRESS))
        here.turn_to(0.6)
        await here.held("s-3", "conv_3")
        here.turn_to(5.7)
        live = await here.first.sessions.change("s-2", lambda s, _: replace(s, nudges=(1,)))
        assert live is not None
        await here.round()
        marks, looked_at = await here.first.retention._marks()
        assert looked_at == here.clock.now
        assert marks[Place.INTERVIEWS] == (await here.session("s-2")).created_at
        assert marks[Place.FILES] == here.clock.now - DAY_S
        for gone in ("s-1", "s-3"):
            with pytest.raises(NotFound):
                await here.session(gone)
        here.clock.now += LIVE_S
        done = await here.round()
        assert (done.is_whole, done.left) == (False, ())
        with pytest.raises(NotFound):
            await here.session("s-2")


async def test_what_came_back_is_found_by_the_daily_look_and_goes(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held("s-1", "conv_1")
        here.turn_to(3.1)
        assert (await here.round()).is_whole
        await here.held("s-old", "conv_old", began=here.start)  # as from a store that was away
        session = await here.session("s-old")
        await here.first.sessions.change("s-old", lambda s, _: replace(s, log=held_at(0.0, "")["log"]))
        here.clock.now += EVERY_S
        done = await here.round()
        assert (done.is_whole, done.deleted.get(Data.TRANSCRIPTS, 0)) == (False, 0)
        assert has_transcript(await here.session("s-old"))
        here.clock.now += DAY_S
        done = await here.round()
        assert (done.is_whole, done.is_proved) == (True, True)
        assert not has_transcript(await here.session("s-old"))
        assert session.created_at == here.start


async def test_a_session_in_another_store_is_found_by_the_proof_and_holds_the_mark_back(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        standby = here.first.store.standby
        session = replace(here.first.admission.new("s-1"), **held_at(here.start, CALL))
        await standby.save("s-1", to_dict(session), expect=0)
        here.turn_to(3.1)
        done = await here.round()
        assert (done.is_proved, whys(done)) == (False, {(Data.TRANSCRIPTS, "still_there"): 1})
        assert (await here.first.retention._marks())[0][Place.TALKS] == here.start
        await here.first.store.mend()
        done = await here.round()
        assert (done.is_proved, done.deleted) == (True, {Data.TRANSCRIPTS: 1})
        assert SPOKEN not in await here.kept()


async def test_what_is_left_for_two_days_raises_an_alarm_and_shows_in_the_metrics(tmp_path: Path) -> None:
    async with office(tmp_path, workers=2) as here:
        newer = {**to_dict(replace(here.first.admission.new("s-1"), created_at=here.start)), "schema": 99}
        await here.first.store.save("s-1", newer, expect=0)
        over_at = here.start + APART.seconds(Data.TRANSCRIPTS)
        keep = replace(APART, reports=9)  # else it goes as a whole
        retention = replace(here.first.retention, keep=keep)
        for later_s, alarms in ((ALARM_S, 0), (ALARM_S + 1, 1)):
            here.clock.now = over_at + later_s
            with structlog.testing.capture_logs() as lines:
                assert not (await retention.round()).is_proved
            told = [(x["event"], x["log_level"]) for x in lines if x["event"].startswith("retention")]
            assert told == [("retention_not_done", "warning"), *[("retention_overdue", "error")] * alarms]
        assert b'webhook_retention_left{worker="' in here.first.costs.metrics.text()
        other = here.workers[1]
        await other.retention._ask_for_a_job()
        (line,) = [x for x in other.costs.metrics.text().splitlines() if x.startswith(b"webhook_retention_left{")]
        assert line.endswith(b" 1.0")


async def test_no_line_of_the_log_and_no_record_of_the_job_tells_what_was_said(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        here.turn_to(3.1)
        with structlog.testing.capture_logs() as lines:
            await here.round()
        assert SPOKEN not in str(lines)
        (done,) = [line for line in lines if line["event"] == "retention_done"]
        assert (done["recordings"], done["transcripts"], done["reports"], done["left"]) == (1, 1, 0, 0)
        stored = await here.first.call_store.load("retention")
        assert stored is not None
        assert stored.record["status"] == "done"
        assert stored.record["proved_at"] == here.clock.now
        assert stored.record["deleted"] == {"recordings": 1, "transcripts": 1}


# Interrupted


class Died(BaseException):
    """The process is gone."""


class Frail(SqliteStore):
    """Fails at an operation, or dies there and for ever after."""

    budget: ClassVar[dict[str, int]] = {"left": 1 << 30, "dies": 0}

    async def _run(self, work: Any) -> Any:
        self.budget["left"] -= 1
        if self.budget["left"] < 0 and self.budget["dies"]:
            raise Died
        if self.budget["left"] == -1:
            raise StoreError
        return await super()._run(work)


@dataclass(frozen=True)
class Frailty:
    """A worker whose stores fail at a given operation, and another one beside it, over files that can be set back."""

    folder: Path
    frail: Services
    other: Services
    clock: Clock

    async def set_back(self) -> None:
        for services in (self.frail, self.other):
            for store in (services.store.primary, services.store.standby, services.call_store):
                await store.close()
            for name in ("s-1", "s-2", "s-3"):
                services.sessions._last_seen.forget(name)
                services.store._copies.forget(name)
            services.bindings._seen.forget("conv_1")
        data = self.folder / "data"
        shutil.rmtree(data)
        shutil.copytree(self.folder / "before", data)
        for services in (self.frail, self.other):
            for store in (services.store.primary, services.store.standby, services.call_store):
                await store.open()
            services.store._is_here, services.store._keeps = True, False
            services.store._tags.clear()

    async def here(self) -> set[tuple[str, Data]]:
        found = set()
        for number in (1, 2, 3):
            place = Office(self.clock, 0.0, [self.other])
            left = await place.here(f"s-{number}", f"conv_{number}")
            found |= {(f"s-{number}", data) for data in left}
        return found


@asynccontextmanager
async def frailty(tmp_path: Path) -> AsyncGenerator[Frailty]:
    """One interview of which the recording is over, one whose words are as well, one that is over as a whole."""
    data = tmp_path / "data"
    async with office(data) as here:
        for number, age_days in ((1, 2.0), (2, 4.0), (3, 6.0)):
            await here.held(f"s-{number}", f"conv_{number}", began=here.start - age_days * DAY_S)
    # Joined at once they lost what is over: put it back, as if the service had been away since.
    async with office(data, keep=Keep(reports=300)) as here:
        for number, age_days in ((1, 2.0), (2, 4.0), (3, 6.0)):
            at = here.start - age_days * DAY_S
            await here.first.call_store.delete(f"call:conv_{number}")
            await here.told(told_of(f"conv_{number}", at))
            await here.sound(f"conv_{number}", at=at)
    shutil.copytree(data, tmp_path / "before")
    clock = Clock(time.time())
    stores = [
        (Frail(data / "sessions.db", timeout_s=5.0), Frail(data / "calls.db", timeout_s=5.0)),
        (SqliteStore(data / "sessions.db", timeout_s=5.0), SqliteStore(data / "calls.db", timeout_s=5.0)),
    ]
    built = [
        build_services(settings_for(data, keep_days=APART), store=store, call_store=calls, clock=clock)
        for store, calls in stores
    ]
    for services in built:
        await services.store.open()
        await services.call_store.open()
    try:
        yield Frailty(tmp_path, built[0], built[1], clock)
    finally:
        Frail.budget["left"] = 1 << 30
        for services in built:
            await services.interviewer.generations.drain(5.0)
            await services.store.close()
            await services.call_store.close()


GONE_RIGHT = {("s-1", Data.TRANSCRIPTS), ("s-1", Data.REPORTS), ("s-2", Data.REPORTS)}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("dies", [False, True], ids=["fails once", "dies"])
async def test_interrupted_at_every_operation_it_is_taken_up_by_another_worker(tmp_path: Path, *, dies: bool) -> None:
    start = time.time()
    async with frailty(tmp_path) as here:
        at = 0
        while True:
            here.clock.now = start
            Frail.budget.update(left=1 << 30, dies=False)
            await here.set_back()
            assert len(await here.here()) == 9
            Frail.budget.update(left=at, dies=dies)
            with suppress(Died):
                await here.frail.retention.run_due()
            is_whole = Frail.budget["left"] >= 0
            Frail.budget.update(left=1 << 30, dies=False)
            while running := set(here.frail.interviewer.generations._tasks):
                await asyncio.wait(running)
            here.clock.now += max(LEASE_S, EVERY_S)
            await here.other.retention.run_due()
            here.clock.now += EVERY_S
            await here.other.erasures.run_due()
            await here.other.retention.run_due()
            assert await here.here() == GONE_RIGHT, at
            stored = await here.other.call_store.load("retention")
            assert stored is not None
            assert (stored.record["status"], stored.record["left"]) == ("done", []), at
            if is_whole:
                break
            at += 1
        assert at > 60


# The second net


@pytest.mark.parametrize("days", [2, 365])
async def test_the_store_itself_drops_nothing_early_and_not_much_later(
    days: int, redis_server: RedisServer, tmp_path: Path
) -> None:
    redis_server.command("FLUSHALL")
    keep = Keep(recordings=1, transcripts=1, reports=days)
    wanted_s = days * DAY_S + NET_S
    async with office(tmp_path, keep=keep, redis_url=SecretStr(redis_server.url), turn_store_s=5.0) as here:
        await here.held()
        await here.first.sessions.beside("s-1", "x")
        await here.first.starts.take("i-1", "s-1", caller="")
        names = ["webhook:{s-1}:record", "webhook-calls:{call%3A" + CALL + "}:record", "webhook:{tag:beside%3As-1}"]
        names += ["webhook-calls:{tag:told%3As-1}", "webhook-calls:{interview%3Ai-1}:record"]
        for name in names:
            left_s = int(redis_server.command("PTTL", name).strip()[1:]) / 1000
            assert wanted_s - 60 < left_s <= wanted_s + 60, name
        there = await here.first.store.primary.load("s-1")
        assert there is not None
        await here.first.store.standby.save("s-1", {**there.record, "generation": 9}, expect=0)
        here.first.store._keeps = True
        await here.first.store.mend()  # what was put back stays as long
        assert int(redis_server.command("PTTL", names[0]).strip()[1:]) / 1000 > wanted_s - 60


@pytest.mark.parametrize("days", [2, 365])
async def test_a_file_drops_nothing_early_and_not_much_later(days: int, tmp_path: Path) -> None:
    async with office(tmp_path, keep=Keep(recordings=1, transcripts=1, reports=days)) as here:
        await here.held()
        at = here.start + days * DAY_S
        for early in (here.start + DAY_S, at):
            for name in ("sessions.db", "calls.db"):
                assert expired(tmp_path / name, early) == 0
        assert expired(tmp_path / "sessions.db", at + NET_S + 60) == 1
        assert expired(tmp_path / "calls.db", at + NET_S + 60) == 1


def expired(path: Path, at: float) -> int:
    """How many records would be dropped then."""
    with sqlite3.connect(path) as db:
        ((count,),) = db.execute("SELECT count(*) FROM sessions WHERE expires_at <= ?", (at,)).fetchall()
    return int(count)


async def test_the_record_of_an_erasure_is_kept_for_the_time_of_the_audit(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.held()
        here.turn_to(5.1)
        await here.round()
        with sqlite3.connect(tmp_path / "calls.db") as db:
            ((expires_at,),) = db.execute("SELECT expires_at FROM sessions WHERE flow_id = 'erasure'").fetchall()
        assert abs(expires_at - here.clock() - APART.seconds(Data.AUDIT)) < 60


# What people see


async def test_the_transcript_says_that_it_is_no_longer_kept_and_the_report_is_there(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        session = replace(live.services.admission.new("s-1"), **held_at(time.time(), CALL))
        session = replace(session, log=(), first_message="", transcript_gone_at=time.time())
        await live.services.sessions.save(session, expect=0)
        for form in ("json", "txt", "srt", "vtt"):
            answer = await live.http.get(f"/api/sessions/s-1/transcript?format={form}", headers=OPERATORS)
            assert (answer.status_code, answer.json()["error"]["code"]) == (410, "no_longer_kept")
        assert (await live.get("/api/sessions/s-1/report", private="show")).status_code == httpx2.codes.OK


def test_files_that_are_being_written_are_no_recordings(tmp_path: Path) -> None:
    recordings = Recordings(folder=tmp_path, most=10)
    (tmp_path / ".part-1").write_bytes(b"x")
    (tmp_path / "conv_1.mp3").write_bytes(b"x")
    assert [name for name, _ in recordings.kept_before(time.time() + 60)] == ["conv_1"]
    assert recordings.kept_before(time.time() - 60) == []
    assert Recordings(folder=tmp_path / "none", most=1).kept_before(time.time()) == []
