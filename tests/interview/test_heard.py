"""What the caller heard is learnt from the platform's history, and only changes what counts as asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.calls import lifestyle
from webhook.interview import moves, turns
from webhook.interview.history import Message, heard_words, is_question_heard, shown_before
from webhook.interview.moves import Decision, MoveKind, State
from webhook.interview.session import Session
from webhook.interview.understanding import Heard, Understanding

SENT = "Thanks, Sam. How old are you, roughly?"


def user(text: str) -> Message:
    return Message(role="user", text=text)


def agent(text: str) -> Message:
    return Message(role="agent", text=text)


@pytest.mark.parametrize(
    ("shown", "heard"),
    [
        (SENT, True),
        ("Thanks, Sam. How old are you...", True),
        ("Thanks, Sam. How old...", False),
        ("Thanks,", False),
        ("", False),
        ("Something else entirely was shown by the platform here", True),
    ],
)
def test_a_question_is_heard_when_its_words_are_shown(shown: str, heard: bool) -> None:
    assert is_question_heard(SENT, shown) is heard


@pytest.mark.parametrize("cut", range(len(SENT.split()) + 1))
def test_row_18_every_cut_of_a_reply_counts_as_heard_only_from_its_question_on(cut: int) -> None:
    shown = " ".join(SENT.split()[:cut])

    assert is_question_heard(SENT, shown) is (cut >= len(SENT.split()) - 1)


def test_a_reply_without_a_question_has_none_to_lose() -> None:
    assert is_question_heard("Take your time.", "Take")


def test_a_bridge_phrase_comes_back_with_dots_that_do_not_count() -> None:
    assert heard_words("Let me see... Where do you live?", "Let me see. Where do you live?") == 7


def test_what_is_shown_stands_between_the_last_two_utterances() -> None:
    talk = [agent("Hello."), user("yes"), agent("And your"), agent("name?"), user("..."), user("Sam")]

    assert shown_before(talk) == "And your name?"


def test_a_client_that_keeps_nothing_of_ours_tells_nothing() -> None:
    assert shown_before([user("yes"), user("Sam")]) is None


def test_a_reply_that_is_missing_was_not_heard() -> None:
    assert shown_before([agent("Hello."), user("yes"), user("Sam")]) == ""


def call_until_age_is_asked() -> Session:
    """The caller has agreed and said their name; they are being asked for their age."""
    flow = lifestyle()
    session = Session(
        session_id="s",
        flow_id=flow.id,
        flow_version=1,
        flow_hash="",
        persona_id="",
        language="en",
        created_at=0,
        updated_at=0,
        base=moves.opening(flow, State(), now=0).state,
    )
    for said, slot, value in (("yes", "consent", True), ("Sam", "name", "Sam")):
        utterances = [t.utterance for t in session.turns] + [said]
        session, begun = turns.begin(session, utterances, now=0)
        heard = Understanding(facts=(Heard(slot=slot, value=value, words=said),))
        decision = moves.advance(flow, session.base, heard, utterance=said, turn=begun.slot, now=0)
        session = saved(session, begun.generation, decision, SENT)
    return session


def saved(session: Session, generation: int, decision: Decision, reply: str) -> Session:
    decided = turns.decide(session, generation, decision, now=0)
    assert decided is not None
    finished = turns.finish(decided, generation, reply, (reply,))
    assert finished is not None
    return finished


def test_a_question_that_was_cut_off_does_not_count_as_asked() -> None:
    session = call_until_age_is_asked()
    assert session.state.asks["age"] == 1

    cut, _ = turns.begin(session, ["yes", "Sam", "hm"], now=0, shown="Thanks,")
    whole, _ = turns.begin(session, ["yes", "Sam", "hm"], now=0, shown=SENT)

    assert "age" not in cut.base.asks
    assert whole.base.asks["age"] == 1
    assert cut.base.facts == whole.base.facts
    assert cut.log[-1].heard == "Thanks,"


def test_a_consent_text_that_was_cut_off_is_spoken_again_whatever_the_caller_said() -> None:
    flow = lifestyle()
    opening = moves.opening(flow, State(), now=0)
    session = call_until_age_is_asked()
    session = replace(session, base=State(), head=None, log=(), sealed=0)
    session, begun = turns.begin(session, ["hello?"], now=0)
    first = moves.advance(flow, session.base, Understanding(), utterance="hello?", turn=1, now=0)
    session = saved(session, begun.generation, first, "This call is recorded. Shall we start?")
    assert session.state.said == opening.state.said

    session, begun = turns.begin(session, ["hello?", "yes"], now=0, shown="This call")
    agreed = Understanding(facts=(Heard(slot="consent", value=True, words="yes"),))
    again = moves.advance(flow, session.base, agreed, utterance="yes", turn=2, now=0)

    assert again.move.kind is MoveKind.ASK
    assert again.move.say == ("intro",)
    assert "consent" not in again.state.facts


def test_a_probe_that_was_cut_off_is_given_back() -> None:
    probed = State(probes={"interests": 1})
    move = moves.Move(kind=MoveKind.PROBE, topic="interests")

    assert moves.take_back(probed, move).probes == {"interests": 0}
