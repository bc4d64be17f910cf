"""What neither a caller nor a model that obeys them can do: consent unheard, leave the road, hang up by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.calls import lifestyle
from webhook.interview import moves, turns
from webhook.interview.guards import trusted
from webhook.interview.listening import checked_in_code
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.reading.danger import danger_in
from webhook.interview.session import Session
from webhook.interview.understanding import Heard, Signal, Understanding

FLOW = lifestyle()
OPENED = moves.opening(FLOW, State(), now=0).state
YES = Understanding(facts=(Heard(slot="consent", value=True, words="yes"),))


def checked(state: State, heard: Understanding, words: str) -> Understanding:
    return checked_in_code(FLOW, state, heard, words, question="Is that all right with you?", language="en")


def new_session() -> Session:
    return Session(
        session_id="s",
        flow_id=FLOW.id,
        flow_version=1,
        flow_hash="",
        persona_id="",
        language="en",
        created_at=0,
        updated_at=0,
    )


def decided(session: Session, generation: int, decision: Decision) -> Session:
    made = turns.decide(session, generation, decision, now=0)
    assert made is not None
    return made


@pytest.mark.parametrize("words", ["no I do not agree", "No.", "I'd rather not be recorded"])
def test_a_consent_that_the_callers_own_words_deny_is_none(words: str) -> None:
    agreed = Understanding(facts=(Heard(slot="consent", value=True, words=words),))

    assert trusted(FLOW, agreed, words, danger_in(words)).facts == ()


@pytest.mark.parametrize("words", ["yes", "yes, go ahead", "well, I suppose so"])
def test_a_consent_that_nothing_denies_stands(words: str) -> None:
    agreed = Understanding(facts=(Heard(slot="consent", value=True, words=words),))

    assert trusted(FLOW, agreed, words, danger_in(words)) == agreed


def test_a_stop_that_the_callers_own_words_deny_is_not_confirmed() -> None:
    offered = replace(OPENED, pending=Move(kind=MoveKind.OFFER_STOP))
    stop = Understanding(signals=frozenset({Signal.STOP}))

    assert checked(offered, stop, "no, please continue").signals == frozenset()
    assert checked(offered, stop, "yes please").signals == frozenset({Signal.STOP})


def test_a_consent_counts_only_once_its_words_were_heard() -> None:
    """The worker died, or the caller spoke first: nothing of the opening reached them."""
    session, begun = turns.begin(new_session(), ["hello"], now=0)
    session = decided(session, begun.generation, moves.opening(FLOW, State(), now=0))

    session, begun = turns.begin(session, ["hello", "yes"], now=0, shown="")
    decision = moves.advance(FLOW, session.base, YES, utterance="yes", turn=2, now=0)

    assert "consent" not in decision.state.facts
    assert decision.move.say == ("intro",)


def test_a_question_that_was_never_spoken_is_never_given_up() -> None:
    state = replace(OPENED, topic="age", asks={"consent": 1, "age": 1})
    asked = Move(kind=MoveKind.ASK, topic="age", slot="age")
    session = replace(new_session(), base=state)
    session, begun = turns.begin(session, ["um"], now=0)
    session = decided(
        session, begun.generation, Decision(state=replace(state, asks={"age": 2}), move=replace(asked, again=1))
    )

    session, _ = turns.begin(session, ["um", "hello"], now=0, shown="")

    assert session.base.asks["age"] == 1


@pytest.mark.parametrize(("slot", "value"), [("subscriptions", [{}]), ("summary_ok", "maybe"), ("tenure", "tent")])
def test_a_bad_value_leads_to_no_topic_that_is_not_there_yet(slot: str, value: object) -> None:
    agreed = moves.advance(FLOW, OPENED, YES, utterance="yes", turn=1, now=0).state
    odd = Understanding(facts=(Heard(slot=slot, value=value, words="Sam"),))

    decision = moves.advance(FLOW, agreed, odd, utterance="Sam", turn=2, now=0)

    assert (decision.move.kind, decision.move.topic) == (MoveKind.ASK, "name")


def test_the_summary_cannot_be_agreed_to_before_it_was_spoken() -> None:
    agreed = moves.advance(FLOW, OPENED, YES, utterance="yes", turn=1, now=0).state
    early = Understanding(facts=(Heard(slot="summary_ok", value=True, words="yes"),))

    assert "summary_ok" not in moves.advance(FLOW, agreed, early, utterance="yes", turn=2, now=0).state.facts
