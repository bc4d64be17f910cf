"""Whose session a history without any id is: every way in which it may be somebody else's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.interview.calls import NOON
from tests.interview.world import new_session
from webhook.interview.call import Call
from webhook.interview.history import Message, ToolCall, places_of_words, utterances
from webhook.interview.moves import State
from webhook.interview.recognising import Fit, Told, fit, says_all
from webhook.interview.session import Head, HeadStatus, Session, SessionStatus, Turn

ASKS_NAME = "Thank you. What name should I use for you?"
ASKS_AGE = "Nice to meet you. How old are you, roughly?"
FAREWELL = "That is all right. Thank you for your time, and goodbye."


def session(*said: str, reply: str = ASKS_AGE, ending: str | None = None, **fields: Any) -> Session:
    """With the last words answered by `reply`, those before them by `ASKS_NAME`."""
    log = tuple(Turn(slot=i, utterance=each, reply=ASKS_NAME) for i, each in enumerate(said[:-1], start=1))
    head = Head(
        slot=len(said),
        utterance=said[-1],
        generation=1,
        status=HeadStatus.COMPLETE,
        state=State(ending=ending),
        reply=reply,
    )
    status = SessionStatus.IN_PROGRESS if ending is None else SessionStatus.ENDED_EARLY
    made = replace(new_session(), status=status, log=log, sealed=len(log), head=head)
    return replace(made, **fields)


def told(*messages: Message | str) -> Told:
    """A history; texts are the caller's and ours in turn."""
    made = tuple(
        m if isinstance(m, Message) else Message(role="agent" if i % 2 else "user", text=m)
        for i, m in enumerate(messages)
    )
    return Told(messages=made, words=tuple(utterances(made)), places=places_of_words(made))


HUNG_UP = Message(role="agent", tool_calls=(ToolCall(id="1", name="end_call"),))
SILENCE = Message(role="user", text="...")
TWO = ("Hello?", ASKS_NAME, "I'm Sam.")

GOING_ON = {
    "the next words": (told(*TWO, ASKS_AGE, "34."), Fit.WELL),
    "the same words again": (told(*TWO), Fit.WELL),
    "words that go on": (told("Hello?", ASKS_NAME, "I'm Sam. Sam Smith."), Fit.WELL),
    "a reply that was cut": (told(*TWO, "Nice to meet you.", "34."), Fit.WELL),
    "a history without our words": (told(*(Message(role="user", text=t) for t in ("Hello?", "I'm Sam."))), Fit.WELL),
    "another reply": (told(*TWO, "And where do you live?", "34."), Fit.OTHERWISE),
    "another reply before that": (told("Hello?", "And where do you live?", "I'm Sam."), Fit.OTHERWISE),
    "other words": (told("Hello?", ASKS_NAME, "I'm Eve."), None),
    "other words before that": (told("Good day.", ASKS_NAME, "I'm Sam."), None),
    "fewer words": (told("Hello?"), None),
    "words that went on before": (told("Hello? Yes.", ASKS_NAME, "I'm Sam.", ASKS_AGE, "34."), None),
    "words that went on since": (told("Hello?", ASKS_NAME, "I'm Sam. Smith.", ASKS_AGE, "34."), None),
}


@pytest.mark.parametrize(("history", "how"), GOING_ON.values(), ids=GOING_ON)
def test_a_session_belongs_to_whoever_said_all_that_it_knows(history: Told, how: Fit | None) -> None:
    assert fit(session("Hello?", "I'm Sam."), history) == how


@pytest.mark.parametrize("nudges", [(2,), (2, 4)])
def test_a_silence_that_the_history_does_not_show_is_more_likely_somebody_else_s(nudges: tuple[int, ...]) -> None:
    silent = session("Hello?", "I'm Sam.", nudges=nudges)
    assert fit(silent, told(*TWO, ASKS_AGE, "34.")) is Fit.OTHERWISE
    assert fit(silent, told(*TWO, ASKS_AGE, SILENCE, "?", SILENCE, "?", "34.")) is Fit.WELL


ENDED = {
    "the farewell is shown": (told("Hello?", ASKS_NAME, "No.", FAREWELL, "Are you there?"), Fit.OVER),
    "the hanging up is shown": (told("Hello?", ASKS_NAME, "No.", HUNG_UP, "Are you there?"), Fit.OVER),
    "the farewell is the last": (told("Hello?", ASKS_NAME, "No.", FAREWELL), Fit.OVER),
    "the last words again": (told("Hello?", ASKS_NAME, "No."), Fit.AGAIN),
    "it went on": (told("Hello?", ASKS_NAME, "No.", ASKS_NAME, "Sam."), None),
    "it is not shown": (told("Hello?", ASKS_NAME, "No.", Message(role="user", text="Sam.")), None),
    "other words": (told("Hello?", ASKS_NAME, "No. Yes."), None),
}


@pytest.mark.parametrize(("history", "how"), ENDED.values(), ids=ENDED)
def test_a_session_that_is_over_belongs_to_whoever_knows_its_end(history: Told, how: Fit | None) -> None:
    assert fit(session("Hello?", "No.", reply=FAREWELL, ending="no_consent"), history) == how


def test_an_end_in_silence_is_known_to_whoever_was_silent() -> None:
    silent = session("Hello?", "I'm Sam.", ending="stopped_by_caller", nudges=(2, 4, 6, 8))
    asked = (ASKS_AGE, SILENCE, "?", SILENCE, "?", SILENCE, "?", SILENCE)
    assert fit(silent, told(*TWO, *asked)) is Fit.OVER
    assert fit(silent, told(*TWO, *asked, FAREWELL, "Hello?")) is Fit.OVER
    assert fit(silent, told(*TWO)) is None
    assert fit(silent, told(*TWO, ASKS_AGE, "34.")) is None
    assert fit(silent, told(*TWO, *asked[:4], "34.")) is None


def test_a_call_that_just_stopped_or_was_ended_from_outside_is_nobody_s() -> None:
    ended = session("Hello?", "I'm Sam.", status=SessionStatus.ENDED_EARLY)
    assert fit(ended, told(*TWO, ASKS_AGE, "34.")) is None


@pytest.mark.parametrize(
    "fields", [{"known_by": "id"}, {"conversation_id": "conv_1"}, {"call": Call(started_at=NOON)}], ids=str
)
def test_what_is_known_by_an_id_is_never_found_by_words(fields: dict[str, Any]) -> None:
    assert fit(session("Hello?", **fields), told("Hello?", ASKS_AGE, "34.")) is None


def test_a_session_without_turns_is_whoever_s_id_it_has() -> None:
    empty = replace(session("x"), head=None)
    assert fit(empty, told("Hello?")) is Fit.WELL
    assert says_all(empty, ())
    assert fit(replace(empty, status=SessionStatus.ENDED_EARLY), told("Hello?")) is None
