"""How long things are kept, and what is left of a session and of what the platform told when a period is over."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.interview.calls import NOON, understood
from tests.interview.reported import CANARY, canary_session, flow, whole_report
from tests.post_call import transcription
from webhook.interview.call import Call, Outcome, Recording
from webhook.interview.history import normalise
from webhook.interview.moves import Move, MoveKind
from webhook.interview.relistening import READ_BY_CODE, is_unheard
from webhook.interview.report import build, transcript
from webhook.interview.retention import (
    DAY_S,
    LIVE_S,
    NET_S,
    PATIENCE_S,
    Data,
    Keep,
    has_recording,
    has_transcript,
    has_words,
    parse_keep,
    told_without,
    waits_for,
    without_recording,
    without_transcript,
)
from webhook.interview.session import Head, HeadStatus, Late, Session, SessionStatus, from_dict, further, to_dict
from webhook.interview.tally import glimpse
from webhook.interview.told import Event, Kind, Told, ToldStatus, joined, told_from, told_to, with_event, with_missed
from webhook.interview.turns import Action, begin
from webhook.wire.limits import read_object
from webhook.wire.post_call import OWN_MODELS, parse_event

CALL = "conv_kept0001"
SOUND = Recording(file=f"{CALL}.mp3", size=3, sha256="ab")
#: Said somewhere, and in nothing that belongs to the report.
SPOKEN = "Wenceslas Grumbletoft"


def a_told(**fields: Any) -> Told:
    said = [
        {"role": "agent", "message": f"Hello {SPOKEN}.", "producing_llm": "custom-llm"},
        {"role": "user", "message": f"I am {SPOKEN}.", "original_message": SPOKEN},
    ]
    analysis = {"call_successful": "success", "transcript_summary": f"They said {SPOKEN}.", "data": {"x": SPOKEN}}
    found = parse_event(read_object(transcription(CALL, at=10, transcript=said, analysis=analysis)))
    assert found is not None
    told = with_event(None, found, NOON)
    sound = Event(kind=Kind.AUDIO, conversation_id=CALL, at=11, content={"recording": vars(SOUND)})
    return replace(with_event(told, sound, NOON), **fields)


def spoken_session() -> Session:
    """In every place where anything said is kept stands the same name; a report was made of it."""
    held = canary_session()
    head = Head(
        slot=6,
        utterance=SPOKEN,
        generation=9,
        status=HeadStatus.COMPLETE,
        state=held.base,
        move=Move(kind=MoveKind.END),
        reply=f"Bye {SPOKEN}",
        pieces=(f"Bye {SPOKEN}",),
        late_seen=1,
    )
    log = tuple(replace(turn, utterance=SPOKEN, reply=SPOKEN, heard=SPOKEN) for turn in held.log)
    outcome = Outcome(has_audio=True, recording=SOUND, duration_s=61.0, reason="end_call", transcript_at=NOON)
    return replace(
        held,
        log=log,
        head=head,
        first_message=f"Hello {SPOKEN}",
        pending=(SPOKEN,),
        late=(Late(slot=1, utterance=SPOKEN, understanding=understood(name=SPOKEN)),),
        left_out=(SPOKEN,),
        missed=(SPOKEN,),
        written={"mood": {"value": SPOKEN, "quotes": [SPOKEN]}},
        call=Call(opening=f"Dear {SPOKEN}", outcome=outcome, interview_id="i-1"),
        conversation_id=CALL,
        report=whole_report(held),
        report_status="ready",
        report_version=1,
    )


# The periods


def test_without_a_word_everything_is_kept_for_thirty_days_and_the_audit_for_a_year() -> None:
    assert parse_keep("") == Keep() == Keep(recordings=30, transcripts=30, reports=30, audit=365)


def test_parts_may_be_left_out_and_come_in_any_order() -> None:
    assert parse_keep(" audit=3650 , reports=365,, recordings = 7 ") == Keep(recordings=7, reports=365, audit=3650)


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("reports", "reports: whole days"),
        ("reports=", "reports: whole days"),
        ("reports=0", "reports: whole days"),
        ("reports=-1", "reports: whole days"),
        ("reports=1.5", "reports: whole days"),
        ("reports=3651,audit=3651", "reports: whole days from 1 to 3650"),
        ("reports=99999999999999999999", "reports: whole days"),
        ("reports=٣٠", "reports: whole days"),
        ("reports=30,reports=30", "reports: given twice"),
        ("logs=3", "classes are recordings, transcripts, reports, audit"),
        ("30", "classes are"),
        ("recordings=31", r"recordings \(31\) must not be kept longer than reports \(30\)"),
        ("transcripts=31", r"transcripts \(31\) must not be kept longer than reports \(30\)"),
        ("reports=7", r"recordings \(30\) must not be kept longer than reports \(7\)"),
        ("audit=29", r"audit \(29\) must not be shorter than reports \(30\)"),
        ("reports=366", r"audit \(365\) must not be shorter than reports \(366\)"),
    ],
)
def test_a_wrong_period_is_named(wrong: str, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_keep(wrong)


@pytest.mark.parametrize("data", list(Data))
def test_each_class_is_over_at_its_very_boundary_and_not_before(data: Data) -> None:
    keep = Keep(recordings=1, transcripts=2, reports=3, audit=4)
    at = NOON + keep.days(data) * DAY_S
    assert keep.over_at(data, NOON) == at
    assert data not in keep.over(NOON, at - 0.001)
    assert data in keep.over(NOON, at)


def test_a_store_drops_by_itself_a_week_after_the_report_and_never_before() -> None:
    keep = Keep(reports=365)
    assert keep.ttl_s(NOON, NOON) == keep.net_s == 365 * DAY_S + NET_S
    assert keep.ttl_s(NOON, NOON + 300 * DAY_S) == 65 * DAY_S + NET_S
    assert keep.ttl_s(NOON, NOON + 400 * DAY_S) == NET_S


@pytest.mark.parametrize(
    ("fields", "later_s", "why"),
    [
        ({"status": SessionStatus.IN_PROGRESS, "updated_at": NOON}, LIVE_S - 1, "live"),
        ({"status": SessionStatus.IN_PROGRESS, "updated_at": NOON}, LIVE_S, "report"),
        ({"status": SessionStatus.ENDED_EARLY, "report_status": "none"}, 0, "report"),
        ({"status": SessionStatus.ENDED_EARLY, "report_status": "pending"}, PATIENCE_S - 1, "report"),
        ({"status": SessionStatus.ENDED_EARLY, "report_status": "pending"}, PATIENCE_S, ""),
        ({"status": SessionStatus.ENDED_EARLY, "report_status": "ready"}, 0, ""),
        ({"status": SessionStatus.COMPLETED, "report_status": "failed"}, 0, ""),
    ],
)
def test_a_talk_waits_while_it_is_held_and_for_its_report_but_for_that_not_for_ever(
    fields: dict[str, Any], later_s: float, why: str
) -> None:
    session = replace(canary_session(), **fields)
    assert waits_for(session, now=NOON + later_s, over_at=NOON) == why


# What was said


def test_nothing_that_was_said_is_left_and_the_report_is_as_it_was() -> None:
    session = spoken_session()
    less = without_transcript(session, NOON + 5)
    assert SPOKEN not in json.dumps(to_dict(less))
    assert not has_transcript(less)
    assert less.transcript_gone_at == NOON + 5
    assert (less.report, less.report_status, less.report_version) == (session.report, "ready", 1)
    assert less.state.facts == session.state.facts
    assert CANARY in json.dumps(to_dict(less))  # the facts keep the words that show them
    for kept in ("flags", "spending", "status", "conversation_id", "created_at", "updated_at"):
        assert getattr(less, kept) == getattr(session, kept)
    assert less.call is not None
    assert session.call is not None
    assert less.call.outcome == session.call.outcome
    assert [(t.slot, t.move, t.topic) for t in less.turns] == [(t.slot, t.move, t.topic) for t in session.turns]


@pytest.mark.parametrize(
    "place",
    ["log", "heard", "head", "reply", "first_message", "pending", "late", "left_out", "missed", "written", "opening"],
)
def test_words_in_any_one_place_are_found_and_go(place: str) -> None:
    bare = without_transcript(spoken_session(), NOON)
    whole = spoken_session()
    only: dict[str, Any] = {
        "log": {"log": (replace(bare.log[0], utterance=SPOKEN), *bare.log[1:])},
        "heard": {"log": (replace(bare.log[0], heard=SPOKEN), *bare.log[1:])},
        "reply": {"log": (replace(bare.log[0], reply=SPOKEN), *bare.log[1:])},
        "head": {"head": whole.head},
        "opening": {"call": whole.call},
    }
    session = replace(bare, **only.get(place, {place: getattr(whole, place, None)}))
    assert has_transcript(session)
    assert SPOKEN not in json.dumps(to_dict(without_transcript(session, NOON)))


def test_nothing_changes_the_second_time_nor_where_nobody_said_a_word() -> None:
    less = without_transcript(spoken_session(), NOON)
    assert without_transcript(less, NOON + 9) is less
    silent = replace(canary_session(), log=(), base=replace(canary_session().base, events=()))
    assert without_transcript(silent, NOON) is silent
    assert silent.transcript_gone_at is None


def test_what_is_left_comes_back_from_its_record_and_an_older_record_has_lost_nothing() -> None:
    less = without_transcript(spoken_session(), NOON)
    record = json.loads(json.dumps(to_dict(less)))
    assert from_dict(record) == less
    del record["transcript_gone_at"]
    assert from_dict(record).transcript_gone_at is None


def test_a_report_that_was_to_be_made_again_is_not_and_the_one_there_is_stays() -> None:
    less = without_transcript(replace(spoken_session(), report_status="pending"), NOON)
    assert (less.report_status, less.report) == ("ready", spoken_session().report)
    unmade = without_transcript(replace(spoken_session(), report=None, report_status="pending"), NOON)
    assert unmade.report_status == "pending"  # the facts alone are still to be reported


def test_of_what_is_left_nothing_is_listened_to_and_no_quote_is_found() -> None:
    session = spoken_session().flagged(READ_BY_CODE)
    assert is_unheard(session)
    less = without_transcript(session, NOON)
    assert not is_unheard(less)
    assert build(flow(), less, now=NOON, written=session.written)["facts"]["name"]["value"] == CANARY
    assert {line["text"] for line in transcript(less)} == {""}


def test_what_interviews_come_to_is_counted_as_before() -> None:
    session = spoken_session()
    assert glimpse(flow(), without_transcript(session, NOON), now=NOON) == glimpse(flow(), session, now=NOON)


def test_words_that_come_late_are_not_taken_in() -> None:
    less = without_transcript(spoken_session(), NOON)
    assert with_missed(less, a_told()) is less
    assert with_missed(spoken_session(), a_told()).missed != spoken_session().missed


def test_nobody_can_go_on_with_it() -> None:
    less = without_transcript(spoken_session(), NOON)
    for said in (["Hello?"], ["Hello?", "Me again."], ["x"] * 7):
        session, begun = begin(less, [normalise(each) for each in said], now=NOON + 40 * DAY_S)
        assert begun.action in {Action.CLOSED, Action.STALE}, said
        assert not has_transcript(session)


@pytest.mark.parametrize("is_later", [False, True])
def test_of_two_records_the_one_that_lost_its_words_stays_so_whichever_is_newer(*, is_later: bool) -> None:
    session = spoken_session()
    less, whole = to_dict(without_transcript(session, NOON)), to_dict(session)
    (whole if is_later else less)["updated_at"] += 99
    assert further(less, whole) is less
    assert further(whole, less) is less
    another = {**whole, "created_at": NOON + 1}  # another interview has that id now
    assert further(less, another) is another


# The recording


def test_a_session_without_its_recording_says_that_there_is_none() -> None:
    session = spoken_session()
    less = without_recording(session)
    assert has_recording(session)
    assert not has_recording(less)
    assert less.call is not None
    assert (less.call.outcome.duration_s, less.call.outcome.recording) == (61.0, None)
    assert without_recording(less) is less
    assert has_transcript(less)


def test_what_was_told_once_does_not_bring_a_recording_back() -> None:
    less = without_recording(spoken_session())
    again = joined(less, told_without(a_told(), frozenset({Data.RECORDINGS})), OWN_MODELS, now=NOON)
    assert not has_recording(again)


# What the platform told

BOTH = frozenset({Data.RECORDINGS, Data.TRANSCRIPTS})


def test_what_was_told_keeps_how_the_call_went_and_nothing_that_was_said() -> None:
    told = a_told(status=ToldStatus.JOINED)
    less = told_without(told, frozenset({Data.TRANSCRIPTS}))
    assert has_words(told)
    assert not has_words(less)
    assert SPOKEN not in json.dumps(told_to(less))
    assert (less.started_at, less.ended_at, less.recording) == (told.started_at, told.ended_at, SOUND)
    assert less.status is ToldStatus.JOINED
    assert told_without(less, frozenset({Data.TRANSCRIPTS})) is less
    session = joined(replace(spoken_session(), call=None), less, OWN_MODELS, now=NOON)
    assert session.call is not None
    assert (session.call.outcome.verdict, session.call.outcome.has_audio) == ("success", True)


def test_what_was_told_without_its_recording_keeps_the_words() -> None:
    less = told_without(a_told(), frozenset({Data.RECORDINGS}))
    assert (less.recording, has_words(less)) == (None, True)
    transcript_ = less.content(Kind.TRANSCRIPT)
    assert transcript_ is not None
    assert transcript_["has_audio"] is False  # so nobody asks for it once more


def test_both_go_in_either_order() -> None:
    one = told_without(told_without(a_told(), frozenset({Data.RECORDINGS})), frozenset({Data.TRANSCRIPTS}))
    other = told_without(told_without(a_told(), frozenset({Data.TRANSCRIPTS})), frozenset({Data.RECORDINGS}))
    assert one.events == other.events == told_without(a_told(), BOTH).events
    assert set(one.gone) == set(other.gone) == {Kind.TRANSCRIPT, Kind.AUDIO}


def test_nothing_of_what_went_is_taken_in_again_however_new_it_is() -> None:
    less = told_without(a_told(), BOTH)
    later = parse_event(read_object(transcription(CALL, at=99)))
    assert later is not None
    assert with_event(less, later, NOON) is less
    assert with_event(less, Event(kind=Kind.AUDIO, conversation_id=CALL, at=99, content={}), NOON) is less
    assert with_event(told_without(a_told(), frozenset({Data.RECORDINGS})), later, NOON).events[later.kind].at == 99


def test_it_comes_back_from_its_record_and_an_older_record_has_lost_nothing() -> None:
    less = told_without(a_told(), BOTH)
    record = json.loads(json.dumps(told_to(less)))
    assert told_from(record) == less
    del record["gone"]
    assert told_from(record).gone == ()
