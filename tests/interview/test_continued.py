"""A client that sends only a part of the talk: the rest is what our record holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.test_turns import answered, new
from webhook.interview import continued
from webhook.interview.continued import Known
from webhook.interview.history import Message, silences, utterances
from webhook.interview.session import Session
from webhook.interview.turns import Action, begin

NOW = 1_800_000_000.0
REFERENCE = Message(role="agent", is_reference=True)


def user(text: str) -> Message:
    return Message(role="user", text=text)


def agent(text: str) -> Message:
    return Message(role="agent", text=text)


def whole_talk(session: Session, messages: list[Message], known: Known | None) -> list[Message]:
    has_references = any(message.is_reference for message in messages)
    whole = continued.whole_talk(session, messages, known, has_references=has_references)
    assert isinstance(whole, list)
    return whole


def talk(*said: str) -> Session:
    """A session in which each of these was answered with a question about it."""
    session = new()
    for i, words in enumerate(said, start=1):
        session = answered(session, *said[:i], reply=f"{words} and?")
    return session


def known(session: Session, turns: int, times: int = 0) -> Known:
    return Known(session_id=session.session_id, turns=turns, silences=times)


def test_what_came_before_a_response_is_what_the_record_holds() -> None:
    session = talk("one", "two")
    system = Message(role="system", text="Be kind.")
    assert whole_talk(session, [system, user("three")], known(session, 2)) == [
        *(system, user("one"), agent("one and?"), user("two"), agent("two and?"), user("three"))
    ]
    assert whole_talk(session, [user("another two")], known(session, 1)) == [
        *(user("one"), agent("one and?"), user("another two"))
    ]


def test_the_first_message_that_the_platform_spoke_stands_before_all_else() -> None:
    session = replace(talk("one"), first_message="Hello.")
    assert whole_talk(session, [user("two")], known(session, 1))[0] == agent("Hello.")


def test_what_another_call_of_the_interview_said_is_not_part_of_this_one() -> None:
    session = replace(talk("one", "two", "three"), carried=2)
    assert utterances(whole_talk(session, [user("four")], known(session, 3))) == ("three", "four")


def test_each_silence_is_another_one() -> None:
    session = talk("one")
    numbers = [silences(whole_talk(session, [user("...")], known(session, 1, times))) for times in range(4)]
    assert len(set(numbers)) == 4


def test_what_is_known_of_another_session_is_not_told_in_this_one() -> None:
    messages = [user("three")]
    assert whole_talk(talk("one", "two"), messages, Known(session_id="other", turns=2, silences=0)) is messages


def test_a_whole_talk_is_left_as_it_is() -> None:
    messages = [user("one"), agent("Well."), user("two")]
    assert whole_talk(talk("one"), messages, None) is messages


def with_references(*said: str) -> list[Message]:
    messages: list[Message] = []
    for words in said:
        messages += [user(words), REFERENCE]
    return messages


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ([*with_references("one", "two"), user("three")], ["one and?", "two and?"]),
        ([*with_references("one"), user("two")], ["one and?"]),
        ([*with_references("one"), user("two, no, four")], ["one and?"]),
        ([*with_references("two"), user("three")], ["two and?"]),
        ([*with_references("one", "two")], ["one and?", "two and?"]),
        ([REFERENCE, *with_references("one"), user("two")], ["Hello.", "one and?"]),
    ],
)
def test_a_reference_is_to_the_reply_to_the_words_before_it(asked: list[Message], expected: list[str]) -> None:
    session = replace(talk("one", "two"), first_message="Hello.")
    whole = whole_talk(session, asked, None)
    assert [message.text for message in whole if message.role == "agent"] == expected


def test_a_reference_to_what_we_do_not_know_is_left_out() -> None:
    assert whole_talk(new(), [user("one"), REFERENCE, user("two")], None) == [user("one"), user("two")]


def test_the_same_words_after_the_same_response_are_the_same_turn() -> None:
    session = talk("one", "two")
    again = whole_talk(session, [user("two")], known(session, 1))
    assert begin(session, utterances(again), now=NOW)[1].action is Action.REPLAY
    further = whole_talk(session, [user("two")], known(session, 2))
    assert begin(session, utterances(further), now=NOW)[1].action is Action.RUN
