"""Consent: taken only where the words are one, whoever heard them; what is in doubt is asked once more."""

from __future__ import annotations

import pytest

from tests.danger_table import CONSENT, Row, of_consent
from tests.interview.calls import EVERYTHING, Call, flow_of, given, lifestyle, topic
from webhook.interview import moves
from webhook.interview.answers import Answer, decide_in_code
from webhook.interview.facts import OPEN, PIECE, TOGETHER, Status
from webhook.interview.flow import Arrow, Slot, SlotType, Text
from webhook.interview.listening import read_in_code
from webhook.interview.moves import MoveKind
from webhook.interview.reading.consent import agrees, is_doubtful
from webhook.interview.understanding import Heard, Signal, Understanding
from webhook.interview.wording import Voicing

FLOW = lifestyle()
QUESTION = "Is that all right with you?"
K = MoveKind


def agreed(words: str) -> Understanding:
    return Understanding(facts=(Heard(slot="consent", value=True, words=words),))


@pytest.mark.parametrize("row", CONSENT, ids=lambda row: f"{row.language}-{row.words}")
def test_a_consent_is_what_the_words_are_whatever_claude_says(row: Row) -> None:
    assert of_consent(row) == row.expected


@pytest.mark.parametrize(
    ("words", "move"),
    [
        ("Okay, wait a second", K.WAIT),
        ("Yes, who is this?", K.ANSWER),
        ("Okay, say that again please", K.REPEAT),
        ("Fine, but no AI", K.HOLD),
    ],
)
def test_what_was_said_beside_a_yes_is_answered(words: str, move: MoveKind) -> None:
    call = Call().begin()
    heard = read_in_code(FLOW, call.state, words, question=QUESTION, language="en")

    assert call.hear(heard, words).move.kind is move
    assert call.status("consent") in OPEN


def test_whoever_stays_in_doubt_is_asked_twice_more_and_has_neither_agreed_nor_refused() -> None:
    call = Call().begin()
    assert call.hear(agreed("Fine, but no AI"), "Fine, but no AI").move.again == 1
    assert call.hear(agreed("Well, if I must, but no AI"), "Well, if I must, but no AI").move.again == 2
    call.hear(agreed("Okay, but no AI, as I said"), "Okay, but no AI, as I said")

    assert (call.status("consent"), call.move.ending) == (Status.GIVEN_UP, "not_understood")
    kept = [event.words for event in call.state.events if event.slot == "consent"]
    assert kept == ["Fine, but no AI", "Well, if I must, but no AI", "Okay, but no AI, as I said"]


def test_a_yes_that_stands_only_in_a_piece_of_a_no_is_none() -> None:
    heard = agreed("okay")
    assert Call().begin().hear(heard, "That's not okay").status("consent") is Status.NOT_UNDERSTOOD
    assert Call().begin().hear(heard, "That's okay").facts == {"consent": True}


@pytest.mark.parametrize(
    ("pieces", "value"),
    [
        (("Yes.", "Who is this?"), None),
        (("Yes.", "Go ahead."), True),
        (("No.", "Yes."), True),  # a bare no that was put right
        (("No, I don't want that recorded.", "Yes."), None),
        (("Yes.", "But no recording."), None),
    ],
)
def test_all_that_was_said_to_the_question_counts(pieces: tuple[str, str], value: bool | None) -> None:
    """Whether Claude hears a yes in it, or code reads it alone."""
    call = Call().begin()
    by_claude = moves.advance(FLOW, call.state, agreed("Yes"), utterance=PIECE.join(pieces), turn=2, now=0)
    voicing = Voicing(flow=FLOW, state=call.state, language="en", persona_id="", minutes_left=9)
    by_code = decide_in_code(voicing, [Answer(pieces=pieces, question=QUESTION)], turn=2, now=0)
    for decision in (by_claude, by_code):
        known = decision.state.facts.get("consent")
        assert (known.value if known is not None else None, decision.state.ending) == (value, None)


def test_what_was_said_to_other_questions_leaves_a_consent_alone() -> None:
    said = TOGETHER.join(("Yes.", "Sam.", "I don't know, why?"))
    decision = moves.advance(FLOW, Call().begin().state, agreed("Yes"), utterance=said, turn=3, now=0)
    assert decision.state.facts["consent"].value is True


@pytest.mark.parametrize(
    ("words", "value"), [("No", True), ("Not at all", True), ("No, but only if it is short", None)]
)
def test_to_do_you_mind_a_no_agrees_and_a_condition_does_not(words: str, value: bool | None) -> None:
    intro = topic(
        "intro", (Arrow(end="completed"),), ask=None, say=Text.plain("I'm an AI. Do you mind?"), required=("ok",)
    )
    slot = Slot(name="ok", type=SlotType.YES_NO, topic="intro", may_refuse=False)
    flow = flow_of([intro], [slot])
    heard = Understanding(facts=(Heard(slot="ok", value=True, words=words),))

    assert Call(flow=flow).begin().hear(heard, words).facts.get("ok") is value


def test_other_yes_or_no_questions_are_answered_as_ever() -> None:
    said = "Yes, but not on Sundays"
    heard = Understanding(facts=(Heard(slot="summary_ok", value=True, words=said),))

    assert given(**EVERYTHING).hear(heard, said).facts["summary_ok"] is True


@pytest.mark.parametrize("language", ["it", "tlh"])
def test_a_language_code_has_no_words_for_is_read_by_its_question_mark_and_in_those_it_knows(language: str) -> None:
    assert not agrees("sì", language)
    assert is_doubtful("sì?", [language])
    assert is_doubtful("sì, but no recording", [language])
    assert not is_doubtful("sì, va bene", [language])


@pytest.mark.parametrize("words", ["", "...", "um", "?!", "🙂"])
def test_no_words_are_no_yes(words: str) -> None:
    assert not agrees(words, "en")
    assert Signal.STOP not in read_in_code(FLOW, Call().begin().state, words, question=QUESTION, language="en").signals
