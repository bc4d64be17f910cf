"""What we send is what Standard Webhooks asks for: its own library takes it, and nothing that was tampered with."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from webhook.interview.call import Call
from webhook.interview.moves import Alarm, Move, MoveKind, State
from webhook.interview.session import Head, HeadStatus, Session, SessionStatus, Turn
from webhook.interview.understanding import Signal
from webhook.wire.standard_webhooks import (
    REPORT_READY,
    SAFETY_RAISED,
    SESSION_ENDED,
    ResultEvent,
    events_of,
    key_of,
    signed_headers,
)

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 24).decode()
NOON = 1_800_000_000.0


def headers(body: bytes, *secrets: str, at: float | None = None) -> dict[str, str]:
    return signed_headers("msg_1", body, secrets or (SECRET,), at=time.time() if at is None else at)


def a_session(**fields: Any) -> Session:
    given = {"flow_id": "f", "flow_version": 2, "flow_hash": "h", "persona_id": "p", "language": "en"}
    return Session(session_id="s-1", created_at=NOON, updated_at=NOON, **{**given, **fields})


OVER = a_session(
    status=SessionStatus.COMPLETED,
    base=State(ending="completed"),
    conversation_id="conv_1",
    call=Call(interview_id="i-1", started_at=NOON),
    flags=("recovered",),
    log=(Turn(slot=1, utterance="canary words", reply="canary reply", move="ask"),),
)
REPORT = {"reportedAt": NOON, "flags": ["recovered", "partial"], "facts": {"name": "canary Sam"}}


def in_need(slot: int, signal: Signal) -> Head:
    move = Move(kind=MoveKind.SAFETY, signal=signal)
    return Head(slot=slot, utterance="canary words", generation=slot, status=HeadStatus.COMPLETE, move=move)


@given(st.binary(max_size=300).map(lambda raw: json.dumps(list(raw)).encode()))
def test_the_official_library_takes_what_we_sign(body: bytes) -> None:
    assert Webhook(SECRET).verify(body, headers(body)) == json.loads(body)


@pytest.mark.parametrize(
    ("name", "value"),
    [("webhook-id", "msg_2"), ("webhook-timestamp", str(int(time.time()) + 9)), ("webhook-signature", "v1,AAAA")],
    ids=["id", "time", "signature"],
)
def test_the_official_library_refuses_what_was_tampered_with(name: str, value: str) -> None:
    body = b'{"a":1}'
    for tampered in ({**headers(body), name: value}, {n: v for n, v in headers(body).items() if n != name}):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(body, tampered)


def test_the_official_library_refuses_another_body_another_secret_and_an_old_attempt() -> None:
    body = b'{"a":1}'
    for secret, sent, signed in (
        (SECRET, b'{"a":2}', headers(body)),
        (OTHER, body, headers(body)),
        (SECRET, body, headers(body, at=time.time() - 301)),
    ):
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(sent, signed)


def test_while_secrets_are_changed_the_old_one_and_the_new_one_both_verify() -> None:
    body = b"{}"
    signed = headers(body, SECRET, OTHER)
    assert len(signed["webhook-signature"].split(" ")) == 2
    for secret in (SECRET, OTHER):
        Webhook(secret).verify(body, signed)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "whsec_",
        "canary",
        SECRET.removeprefix("whsec_"),
        "whsec_canary!canary!canary!canary!canary",
        "whsec_" + base64.b64encode(b"k" * 23).decode(),
        "whsec_" + base64.b64encode(b"k" * 65).decode(),
        SECRET.rstrip("="),
        SECRET + "ü",
    ],
)
def test_a_secret_that_is_none_is_refused_without_being_quoted(secret: str) -> None:
    with pytest.raises(ValueError, match="whsec_ and 24 to 64 random bytes") as refused:
        key_of(secret)
    assert "canary" not in str(refused.value)


def test_a_call_that_goes_on_without_need_has_nothing_to_tell() -> None:
    assert events_of(a_session(status=SessionStatus.IN_PROGRESS, log=OVER.log)) == ()


def test_an_end_and_a_report_are_told_with_ids_and_states_and_nothing_that_was_said() -> None:
    ended, ready = events_of(replace(OVER, report=REPORT, report_status="ready"), "https://us.example/")
    ids = {
        "sessionId": "s-1",
        "conversationId": "conv_1",
        "interviewId": "i-1",
        "flow": "f",
        "flowVersion": 2,
        "status": "completed",
        "ending": "completed",
    }
    assert (ended.type, ended.data) == (SESSION_ENDED, {**ids, "flags": ["recovered"]})
    assert (ready.type, ready.data) == (
        REPORT_READY,
        {**ids, "flags": ["recovered", "partial"], "reportUrl": "https://us.example/api/sessions/s-1/report"},
    )
    assert b"canary" not in ended.body(NOON) + ready.body(NOON)
    assert json.loads(ready.body(NOON)) == {
        "type": "report.ready",
        "timestamp": "2027-01-15T08:00:00.000Z",
        "data": ready.data,
    }


def test_an_event_has_one_id_however_often_it_is_noticed_and_every_event_has_its_own() -> None:
    reported = replace(OVER, report=REPORT, report_status="ready", head=in_need(2, Signal.DISTRESS))
    again = replace(reported, updated_at=NOON + 60, flags=("recovered", "conflict"))
    ids = [event.id for event in events_of(reported)]
    assert ids == [event.id for event in events_of(again)]
    assert len(set(ids)) == 3
    assert all(one.startswith("msg_") and "s-1" not in one for one in ids)
    others = [
        replace(reported, session_id="s-2"),
        replace(
            reported, status=SessionStatus.ENDED_EARLY, report={**REPORT, "version": 2}, head=in_need(3, Signal.THREAT)
        ),
    ]
    assert len({event.id for each in (reported, *others) for event in events_of(each)}) == 9


def test_a_report_made_anew_is_told_of_anew_and_one_in_the_making_is_not() -> None:
    first, second = (
        replace(OVER, report={**REPORT, "reportedAt": at}, report_status="ready") for at in (NOON, NOON + 1)
    )
    assert events_of(first)[1].id != events_of(second)[1].id
    assert [event.type for event in events_of(replace(OVER, report_status="pending"))] == [SESSION_ENDED]


def test_need_is_told_of_while_the_call_goes_on_with_the_signal_and_no_words() -> None:
    running = a_session(status=SessionStatus.IN_PROGRESS, log=OVER.log, head=in_need(2, Signal.DISTRESS))
    (event,) = events_of(running)
    assert (event.type, event.data["turn"], event.data["signal"]) == (SAFETY_RAISED, 2, "distress")
    assert b"canary" not in event.body(NOON)


def test_whether_somebody_is_safe_is_told_of_when_it_is_asked_and_when_it_is_known() -> None:
    def told(alarm: Alarm, **more: Any) -> list[tuple[int, str, str]]:
        running = a_session(status=SessionStatus.IN_PROGRESS, base=State(alarm=alarm), **more)
        events = events_of(running)
        assert len({event.id for event in events}) == len(events)
        return [(event.data["turn"], event.data["signal"], event.data["outcome"]) for event in events]

    asked = Alarm(signal=Signal.THREAT, turn=2, ending="stopped_for_safety")
    assert told(asked) == [(2, "threat", "asked")]
    assert told(replace(asked, cleared_in=3)) == [(2, "threat", "asked"), (3, "threat", "cleared")]
    said = (Turn(slot=3, utterance="", move="safety"),)
    assert told(asked, log=said) == [(2, "threat", "asked"), (3, None, "told")]


def test_an_end_for_safety_is_told_of_as_one() -> None:
    head = in_need(2, Signal.DISTRESS)
    assert head.move is not None
    ended = replace(head, move=replace(head.move, ending="stopped_for_safety"))
    assert [events_of(a_session(head=each))[0].data["outcome"] for each in (head, ended)] == ["told", "ended"]


def test_need_that_was_not_told_of_in_its_turn_is_told_of_later_as_the_same_event() -> None:
    in_its_turn = a_session(status=SessionStatus.IN_PROGRESS, head=in_need(2, Signal.THREAT))
    later = replace(in_its_turn, log=(Turn(slot=2, utterance="", move="safety"),), head=None)
    assert [event.id for event in events_of(in_its_turn)] == [event.id for event in events_of(later)]
    assert events_of(later)[0].data["signal"] is None


def test_an_id_is_not_another_ones_by_a_cut_at_another_place() -> None:
    one = ResultEvent(type="a", session_id="b", occasion="c d", data={})
    assert one.id != replace(one, session_id="b c", occasion="d").id
