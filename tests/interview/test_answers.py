"""Several utterances are one answer until something of ours was heard; the last decision alone counts."""

from __future__ import annotations

import pytest

from tests.interview.calls import EVERYTHING, Call, given, lifestyle
from webhook.interview.answers import Answer, answers_of, decide_in_code, together
from webhook.interview.facts import filled_values
from webhook.interview.moves import Decision, MoveKind, State, advance, minutes_left
from webhook.interview.understanding import Signal, Understanding
from webhook.interview.wording import Voicing, wording

FLOW = lifestyle()
NOTHING_SAID = State()


def voicing_of(state: State, now: float = 0.0) -> Voicing:
    return Voicing(flow=FLOW, state=state, language="en", persona_id="", minutes_left=minutes_left(FLOW, state, now))


def question_of(call: Call) -> str:
    return wording(voicing_of(call.state, call.now), call.move).fixed


def decide(call: Call, *answers: Answer, turn: int | None = None) -> Decision:
    count = sum(len(answer.pieces) for answer in answers)
    return decide_in_code(voicing_of(call.state, call.now), answers, turn=turn or count, now=call.now)


def say(call: Call, *pieces: str) -> Decision:
    """One answer to the open question."""
    return decide(call, Answer(pieces=pieces, question=question_of(call)))


def facts(decision: Decision) -> dict[str, object]:
    return filled_values(decision.state.facts)


AT_CONSENT = Call().begin()
AT_AGE = given(consent=True, name="Sam")
AT_HOME = given(consent=True, name="Sam", age=34, interests=["chess"])


# Which utterances are one answer


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        (("", "", ""), [("a", "b", "c")]),
        (("x", "", ""), [("a", "b", "c")]),
        (("x", "y", ""), [("a",), ("b", "c")]),
        (("x", "x", "x"), [("a",), ("b",), ("c",)]),  # asked the same again
        (("y",), [("a", "b"), ("c",)]),  # the history begins after them
        (("w", "v", "x", "y", "z"), [("a",), ("b",), ("c",)]),
    ],
)
def test_what_is_said_until_something_of_ours_is_heard_is_one_answer(
    heard: tuple[str, ...], expected: list[tuple[str, ...]]
) -> None:
    assert [answer.pieces for answer in answers_of(("a", "b", "c"), ("p", "q", "r"), heard)] == expected


def test_an_answer_has_the_question_that_was_heard_before_its_first_words() -> None:
    assert [answer.question for answer in answers_of(("a", "b", "c"), ("p", "p", "q"), ("p", "", "q"))] == ["p", "q"]


# One answer


@pytest.mark.parametrize(
    ("call", "pieces", "slot", "value"),
    [
        (AT_CONSENT, ("No.", "Yes."), "consent", True),
        (AT_CONSENT, ("Yes.", "No."), "consent", False),
        (AT_CONSENT, ("No.", "Yes.", "Yes."), "consent", True),
        (AT_AGE, ("I'm 6", "I'm 63."), "age", 63),
        (AT_AGE, ("Thirty", "four."), "age", 34),
        (AT_AGE, ("I'm 63.", "Hold on."), "age", 63),
        (AT_HOME, ("I live in", "Leeds."), "home_area", "Leeds"),
        (AT_HOME, ("I live", "in", "Leeds."), "home_area", "Leeds"),
        (given(consent=True, name="Sam", age=34), ("Chess", "and hiking."), "interests", ["Chess", "hiking"]),
        (given(**{**EVERYTHING, "tenure": "rent"}), ("Yes, that's right.",), "summary_ok", True),
    ],
)
def test_pieces_are_read_as_the_one_answer_that_they_are(
    call: Call, pieces: tuple[str, ...], slot: str, value: object
) -> None:
    decision = say(call, *pieces)

    assert facts(decision)[slot] == value
    assert sum(event.slot == slot for event in decision.learnt) == 1, "nothing is left of another reading"


@pytest.mark.parametrize(
    ("call", "pieces"),
    [(AT_CONSENT, ("No.", "Yes.")), (AT_AGE, ("I'm 6", "I'm 63."))],
)
def test_what_was_put_right_within_one_answer_never_ended_the_call(call: Call, pieces: tuple[str, ...]) -> None:
    decision = say(call, *pieces)

    assert decision.state.ending is None
    assert decision.move.kind is MoveKind.ASK


def test_an_ending_that_the_last_words_mean_stands() -> None:
    assert say(AT_CONSENT, "Yes.", "No.").state.ending == "no_consent"
    assert say(AT_AGE, "I'm 63.", "No, I'm 6.").state.ending == "under_age"


@pytest.mark.parametrize("pieces", [("I want to", "kill myself."), ("I want to kill myself.", "I'm 34.")])
def test_a_sign_of_danger_in_any_piece_counts(pieces: tuple[str, ...]) -> None:
    assert say(AT_AGE, *pieces).move.kind is MoveKind.SAFETY


def test_signs_of_danger_are_added_to_what_claude_heard() -> None:
    said = [Answer(pieces=("I want to kill myself.", "I'm 34."), question="How old are you?")]

    decision = advance(FLOW, AT_AGE.state, Understanding(), utterance=together(said), turn=2, now=AT_AGE.now)

    assert (decision.move.kind, decision.move.signal) == (MoveKind.SAFETY, Signal.DISTRESS)


def test_the_words_of_a_value_may_go_over_the_cut_and_have_the_turn_they_end_in() -> None:
    (event,) = decide(AT_AGE, Answer(pieces=("I'd say thirty", "four."), question="How old are you?"), turn=7).learnt

    assert (event.words, event.turn) == ("I'd say thirty four.", 7)


def test_words_before_our_first_words_settle_nothing() -> None:
    """The first request of a call, and nobody has said what it is about."""
    for pieces in (("Hello?", "Yes?"), ("Hello?", "Yes."), ("Hello?",) * 3, ("Hello?", "No."), ("Yes.", "Yes.")):
        decision = decide_in_code(voicing_of(NOTHING_SAID), [Answer(pieces=pieces)], turn=len(pieces), now=0.0)

        assert decision.state.events == ()
        assert decision.state.ending is None
        assert decision.move.say == ("intro",)


# Several answers


def test_answers_are_taken_one_after_the_other() -> None:
    opening = question_of(AT_CONSENT)
    decision = decide(
        AT_CONSENT,
        Answer(pieces=("Yes.",), question=opening),
        Answer(pieces=("Sam.",), question="What name should I use for you?"),
        Answer(pieces=("I'm 3", "34."), question="How old are you, roughly?"),
    )

    assert facts(decision) == {"consent": True, "name": "Sam", "age": 34}
    assert [event.turn for event in decision.state.events] == [1, 2, 4]


def test_an_ending_in_the_middle_of_a_talk_that_went_on_leaves_no_trace() -> None:
    opening = question_of(AT_CONSENT)
    decision = decide(
        AT_CONSENT,
        Answer(pieces=("No.",), question=opening),
        Answer(pieces=("Yes.",), question=opening),
    )

    assert facts(decision) == {"consent": True}
    assert (decision.state.ending, decision.move.kind) == (None, MoveKind.ASK)


@pytest.mark.parametrize("heard", ["Mm-hm, okay.", "How old are you?"])
def test_plain_danger_counts_after_the_next_words_whatever_was_heard_in_between(heard: str) -> None:
    """Its turn was lost, with the decision: nobody has stopped for it."""
    danger = Answer(pieces=("I want to kill myself.",), question="How old are you, roughly?")

    assert decide(AT_AGE, danger, Answer(pieces=("34.",), question=heard)).move.kind is MoveKind.SAFETY


def test_all_of_them_are_one_text_in_which_each_piece_can_be_told() -> None:
    said = [Answer(pieces=("a", "b")), Answer(pieces=("c",))]

    assert together(said) == "a\tb\nc"
