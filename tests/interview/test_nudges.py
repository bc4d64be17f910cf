"""Silence: the platform asks us to go on although the caller has said nothing new."""

from __future__ import annotations

import pytest

from webhook.interview.history import Message, silences
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.session import Session, SessionStatus, from_dict, to_dict
from webhook.interview.turns import Action, Begin, begin, decide, finish

ASK = Move(kind=MoveKind.ASK, topic="name", slot="name")


def user(text: str) -> Message:
    return Message(role="user", text=text)


def agent(text: str) -> Message:
    return Message(role="agent", text=text)


@pytest.mark.parametrize(
    ("talk", "number"),
    [
        ([], 0),
        ([user("yes")], 0),
        ([agent("Hello?")], 1),
        ([agent("Hello?"), user("...")], 2),
        ([user("yes"), agent("Your name?")], 1),
        ([user("yes"), agent("Your name?"), user("[silence]")], 2),
        ([user("yes"), agent("Your name?"), user("..."), agent("Still there?"), user("...")], 4),
        ([user("yes"), user("...")], 0),
    ],
)
def test_silences_are_counted_from_the_callers_last_words(talk: list[Message], number: int) -> None:
    assert silences(talk) == number


def new() -> Session:
    return Session(
        session_id="s",
        flow_id="f",
        flow_version=1,
        flow_hash="",
        persona_id="p",
        language="en",
        created_at=0,
        updated_at=0,
    )


def answered() -> Session:
    session = new()
    session, begun = begin(session, ["yes"], now=0)
    decided = decide(session, begun.generation, Decision(state=State(topic="name", pending=ASK), move=ASK), now=0)
    assert decided is not None
    finished = finish(decided, begun.generation, "What is your name?")
    assert finished is not None
    return finished


def silent(session: Session, *numbers: int) -> tuple[Session, Begin]:
    begun = Begin(action=Action.NUDGE)
    for number in numbers:
        session, begun = begin(session, ["yes"], now=0, silences=number)
    return session, begun


def test_row_20_each_silence_is_a_nudge_of_its_own_and_a_re_sent_one_is_not() -> None:
    assert [silent(answered(), *upto)[1].nudge for upto in ((1,), (1, 1), (1, 3), (1, 3, 1))] == [1, 1, 2, 1]


def test_row_20_nothing_moves_while_the_caller_is_silent() -> None:
    before = answered()
    after, _ = silent(before, 1, 3)

    assert after.state == before.state
    assert after.head == before.head


def test_at_the_third_silence_we_offer_to_stop_and_a_word_brings_the_talk_back() -> None:
    session, _ = silent(answered(), 1, 3, 5)
    assert session.state.pending is not None
    assert session.state.pending.kind is MoveKind.OFFER_STOP

    session, begun = begin(session, ["yes", "sorry, I am here"], now=0)
    assert begun.action is Action.RUN
    assert session.nudges == ()


def test_at_the_fourth_silence_the_call_ends_once() -> None:
    session, begun = silent(answered(), 1, 3, 5, 7)
    assert (begun.action, begun.nudge) == (Action.NUDGE, 4)
    assert (session.status, session.state.ending) == (SessionStatus.ENDED_EARLY, "fell_silent")

    assert silent(session, 7) == (session, begun)
    assert silent(session, 9)[1].action is Action.CLOSED


def test_a_caller_who_never_speaks_is_let_go_as_well() -> None:
    session = new()
    for number in (1, 3, 5, 7):
        session, _ = begin(session, [], now=0, silences=number)

    assert session.is_over


def test_nudges_survive_the_store() -> None:
    session, _ = silent(answered(), 1, 3)

    assert from_dict(to_dict(session)) == session
