"""What the platform tells, joined to its session: in every order, fifty times at once, or late."""

from __future__ import annotations

import asyncio
import itertools
import os
from dataclasses import replace
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from tests.callers import as_claude, is_listen, shown
from tests.fake_claude import UNDERSTOOD, FakeClaude, Reply
from tests.interview.calls import NOON
from tests.live_server import WEBHOOK_SECRET
from tests.post_call import conversation, failure, transcription
from tests.switchboard import AUDIO, CALL, TRANSCRIPT, WORDS, event, switchboard
from webhook.calls import ALARM_S, GIVE_UP_S
from webhook.interview.call import CallState
from webhook.interview.session import Session, SessionStatus, from_dict, to_dict
from webhook.interview.told import ANOTHER_MODEL, Kind, Told, ToldStatus, joined, told_from, told_to, with_event
from webhook.wire.identity import TokenClaims, sign_token
from webhook.wire.post_call import OWN_MODELS


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

FAILURE = failure(CALL, at=12)
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


async def test_a_call_that_was_started_here_joins_the_session_it_was_started_for(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as here:
        await here.register("s-1")
        await here.first.bindings.bind(CALL, "s-1")
        await here.told(TRANSCRIPT)
        session = await here.session("s-1")
        assert (session.conversation_id, session.status) == (CALL, SessionStatus.ENDED_EARLY)
        assert session.report is not None
        assert (await here.found()).status is ToldStatus.JOINED


async def test_a_second_call_of_a_session_joins_what_was_split_off_for_it(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as here:
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
    async with switchboard(tmp_path) as here:
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
        async with switchboard(tmp_path, **given) as here:
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
    async with switchboard(tmp_path, workers=2) as here:
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
    async with switchboard(tmp_path) as here:
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
    async with switchboard(tmp_path, workers=2) as here:
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
    async with switchboard(tmp_path) as here:
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
    async with switchboard(tmp_path) as here:
        await here.register()
        broken = {"session_id": f"call:{CALL}", "status": "?", "flow_id": "", "created_at": 1.0, "updated_at": 1.0}
        await here.first.call_store.save(f"call:{CALL}", broken, expect=0)
        await here.told(TRANSCRIPT)
        assert (await here.session()).call is not None


async def test_whoever_dies_between_the_record_and_its_job_left_a_job_before(tmp_path: Path) -> None:
    """The store refuses the second job, as if the worker had died there."""
    async with switchboard(tmp_path) as here:
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


async def test_what_a_dead_worker_was_writing_is_removed_by_the_next_one(tmp_path: Path) -> None:
    async with switchboard(tmp_path) as here:
        folder = here.first.settings.recordings_dir
        folder.mkdir()
        half_written, new = folder / ".part-0123", folder / ".part-4567"
        half_written.write_bytes(b"so")
        new.write_bytes(b"so")
        os.utime(half_written, (1.0, 1.0))
        await here.first.calls._look()
        assert list(folder.iterdir()) == [new]
