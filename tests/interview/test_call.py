"""The state of a call: it follows from what happened, and it never goes back."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.interview.call import ENDS, GRACE_S, Call, CallState, Outcome, Recording, advanced, call_from, call_to

CREATED = Call(started_at=100.0, expires_at=1000.0)


def after(call: Call, **facts: object) -> CallState:
    told = {"has_connected": False, "has_turns": False, "end": None, "now": 200.0, **facts}
    return advanced(call, **told).state  # type: ignore[arg-type]  # a test's short way


def test_a_call_is_created_connects_goes_on_and_ends() -> None:
    assert after(CREATED) is CallState.CREATED
    assert after(CREATED, has_connected=True) is CallState.CONNECTED
    assert after(CREATED, has_connected=True, has_turns=True) is CallState.IN_PROGRESS
    assert after(CREATED, has_turns=True, end=CallState.COMPLETED) is CallState.COMPLETED


def test_a_call_nobody_came_to_expires_and_one_that_connected_does_not() -> None:
    assert after(CREATED, now=999.9 + GRACE_S) is CallState.CREATED
    assert after(CREATED, now=1000.0 + GRACE_S) is CallState.EXPIRED
    assert after(CREATED, now=5000.0, has_connected=True) is CallState.CONNECTED
    assert after(Call(), now=5000.0) is CallState.CREATED, "a call that nobody started through us has no such time"


def test_an_end_that_was_told_stays_even_when_the_turn_is_made_again() -> None:
    ended = replace(CREATED, state=CallState.COMPLETED)
    assert after(ended, has_connected=True, has_turns=True) is CallState.COMPLETED
    assert after(replace(CREATED, state=CallState.EXPIRED), has_turns=True) is CallState.EXPIRED


STEP = st.fixed_dictionaries(
    {
        "has_connected": st.booleans(),
        "has_turns": st.booleans(),
        "end": st.sampled_from([None, *sorted(ENDS - {CallState.EXPIRED})]),
        "now": st.floats(0, 2000),
    }
)


@given(st.lists(STEP, max_size=12))
def test_whatever_is_told_in_whatever_order_no_call_goes_back(steps: list[dict[str, object]]) -> None:
    order = [CallState.CREATED, CallState.CONNECTED, CallState.IN_PROGRESS]
    call, states = CREATED, [CREATED.state]
    for step in steps:
        call = advanced(call, **step)  # type: ignore[arg-type]  # as above
        states.append(call.state)
    ranks = [len(order) if state in ENDS else order.index(state) for state in states]
    assert ranks == sorted(ranks)
    assert len({state for state in states if state in ENDS}) <= 1


TOLD = (
    Outcome(transcript_at=5.0, has_audio=True, duration_s=61.0, reason="hung up", verdict="success", summary="A talk."),
    Outcome(has_audio=True, recording=Recording(file="c.mp3", size=9, sha256="ab")),
    Outcome(other_models=("a-model",)),
)


@pytest.mark.parametrize("order", list(itertools.permutations(TOLD)))
def test_what_the_platform_tells_adds_up_in_every_order(order: tuple[Outcome, ...]) -> None:
    whole = Outcome()
    for told in (*order, *order):
        whole = whole.joined(told)
    assert whole == replace(TOLD[0], recording=TOLD[1].recording, other_models=TOLD[2].other_models)


def test_the_first_time_of_the_transcript_stays() -> None:
    assert TOLD[0].joined(replace(TOLD[0], transcript_at=9.0)).transcript_at == 5.0


@pytest.mark.parametrize("outcome", [Outcome(), *TOLD])
def test_a_call_comes_back_from_its_record(outcome: Outcome) -> None:
    call = Call(
        interview_id="i", state=CallState.CONNECTED, started_at=1.5, expires_at=2.5, opening="Hi.", outcome=outcome
    )
    assert call_from(json.loads(json.dumps(call_to(call)))) == call


def test_a_record_from_before_callers_were_known_can_be_read() -> None:
    record = call_to(replace(CREATED, caller="a-hash"))
    assert call_from(record).caller == "a-hash"
    del record["caller"]
    assert call_from(record) == CREATED
