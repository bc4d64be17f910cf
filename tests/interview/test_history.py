"""The talk as the platform tells it."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from webhook.interview.history import (
    FEW_CHARS,
    MANY_CHARS,
    Message,
    Ours,
    align,
    fold,
    history_of,
    is_nudge,
    is_same,
    is_silence,
    last_agent_text,
    normalise,
    questions,
    shortened,
    utterances,
)


def user(text: str) -> Message:
    return Message(role="user", text=text)


def agent(text: str) -> Message:
    return Message(role="agent", text=text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  I'm \n forty\t three ", "I'm forty three"),
        ("Cafe\u0301", "Café"),
        ("a\x00b\x1fc\u2028d", "a b c d"),
        ("broken \ud800 half", "broken ? half"),
        ("\u00a0wide\u3000space ", "wide space"),
        ("", ""),
    ],
)
def test_the_same_words_have_one_spelling(text: str, same: str) -> None:
    assert normalise(text) == same


_ANY_TEXT = st.text(st.characters(), max_size=30)


@for_all(text=_ANY_TEXT)
def test_normalising_twice_changes_nothing_and_the_result_can_be_encoded(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@for_all(text=_ANY_TEXT)
def test_folding_leaves_only_words(text: str) -> None:
    folded = fold(text)
    assert all(c.isalnum() or c == " " for c in folded)
    assert folded == " ".join(folded.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [("I’m 34!", "im 34"), ("Well -- YES.", "well yes"), ("Straße", "STRASSE"), ("rock'n'roll", "rocknroll")],
)
def test_case_and_punctuation_are_folded(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize("text", ["", " ", "...", "…", "-", "?!", "[silence]", "(no response)", "__", "\x00", "[]"])
def test_silence_is_no_utterance(text: str) -> None:
    assert is_silence(text)
    assert utterances([user("hello"), user(text)]) == ("hello",)


@pytest.mark.parametrize("text", ["no", "5", "hm...", "(laughs) yes", "[a] b", "好", "(" + "x" * 40 + ")"])
def test_words_are_not_silence(text: str) -> None:
    assert not is_silence(text)


def test_utterances_are_the_callers_words_in_order_and_nobody_elses() -> None:
    history = [
        Message(role="system", text="You are"),
        agent("Hi"),
        user(" I'm\nSam "),
        Message(role="tool", text="x"),
        user("34"),
    ]
    assert utterances(history) == ("I'm Sam", "34")
    assert utterances([]) == ()


@pytest.mark.parametrize(
    ("history", "heard"),
    [
        ([], ""),
        ([user("hello")], ""),
        ([agent("Hi. ")], "Hi."),
        ([agent("Hi."), user("hello")], "Hi."),
        ([agent("Hi."), agent(""), user("hello")], "Hi."),
        ([agent("Hi."), user("hello"), agent("How old?"), user("34")], "How old?"),
        ([agent("Hi."), user("hello"), agent("How old?")], "Hi."),
        ([agent("Hi."), user("one"), user("two")], "Hi."),
    ],
)
def test_what_was_heard_last_is_what_we_said_before_the_callers_last_words(history: list[Message], heard: str) -> None:
    assert last_agent_text(history) == heard


@pytest.mark.parametrize(
    ("history", "nudge"),
    [
        ([], False),
        ([user("hello")], False),
        ([user("hello"), agent("How old?")], True),
        ([user("hello"), agent("How old?"), user("...")], True),
        ([user("hello"), user("...")], False),
        ([user("hello"), agent("How old?"), user("34")], False),
        ([user("hello"), agent("")], False),
        ([user("hello"), agent("How old?"), Message(role="tool", text="x")], True),
    ],
)
def test_a_request_after_our_own_words_is_a_nudge(history: list[Message], nudge: bool) -> None:
    assert is_nudge(history) is nudge


@pytest.mark.parametrize(
    ("known", "incoming", "left_out"),
    [
        ("", "a", 0),
        ("a", "b", 0),  # the newest may still be revised, and here it is all there is
        ("a b c", "a b c", 0),
        ("a b c", "a b x", 0),
        ("a b c", "a", 0),
        ("a b c", "b c d", 1),
        ("a b c", "c d", 2),
        ("a b c d", "b c x", 1),  # trimmed, and the newest revised
        ("a b c d", "c x", None),  # one utterance is too little to know a talk by
        ("a b c d e", "b c", 1),  # a late copy of a trimmed request
        ("a b c d e", "b", None),
        ("a b c d e", "b d", None),
        ("a b c", "x y z", None),
        ("yes no yes yes", "yes yes", 2),
        ("yes sam 34 idk cook", "34 idk cook idk", 2),  # the newest but one is that of two turns before
        ("a b chess d e", "a b ch", 0),  # a late copy of a first guess
        ("a b c d e f", "a b x d e f g", 0),  # the platform thought better of one long ago
    ],
)
def test_row_19_what_the_platform_left_out_is_found_by_what_both_still_have(
    known: str, incoming: str, left_out: int | None
) -> None:
    assert align(known.split(), incoming.split()) == left_out


TALK = [
    user("hello?"),
    agent("Hello."),
    user("yes"),
    agent("Name?"),
    user("..."),
    agent("Your name?"),
    user("Sam"),
    user("Miller"),
    agent("Age?"),
    user("34"),
]


@pytest.mark.parametrize("count", range(1, 7))
def test_each_of_the_last_utterances_has_the_question_that_was_heard_before_it(count: int) -> None:
    assert questions(TALK, count) == ("", "Hello.", "Your name?", "Your name?", "Age?")[-count:]


def test_a_letter_with_thousands_of_marks_is_no_more_work_than_other_letters() -> None:
    marked = "a" + "\u0315" * 100_000 + "\u0316" * 100_000 + " b"
    assert len(normalise(marked)) <= 40
    assert normalise("cafe\u0301") == "café"


YES = ["yes"] * 6


@pytest.mark.parametrize(
    ("incoming", "trimmed", "is_answered", "left_out"),
    [
        (6, 0, False, 0),  # sent again
        (7, 0, False, 0),  # the next one
        (6, 0, True, 1),  # one was left out, and one is new
        (4, 2, False, 2),  # sent again by a platform that shows four
        (4, 2, True, 3),  # the next one of it
        (5, 2, False, 2),  # nothing comes back that was left out: the next one
        (3, 2, True, 2),  # fewer than it has shown: a late copy
        (8, 0, True, 0),  # one never came to us
    ],
)
def test_the_same_answer_all_over_is_lined_up_by_what_the_platform_did_before_and_by_the_time(
    incoming: int, trimmed: int, is_answered: bool, left_out: int
) -> None:
    assert align(YES, ["yes"] * incoming, trimmed=trimmed, is_answered=is_answered) == left_out


def ours(*sent: str) -> list[Ours]:
    return [Ours(sent=words) for words in sent]


@pytest.mark.parametrize(
    ("heard", "left_out"),
    [
        (["How old are you?", "Where do you live?"], 1),
        (["Where do you live?", "What do you cook?"], 2),
        (["", "What do you"], 2),  # cut off
        (["Mm-hm, okay. What do you cook?", "What else?"], 3),
    ],
)
def test_the_same_answer_is_lined_up_by_the_question_before_it(heard: list[str], left_out: int) -> None:
    asked = ours("Hello, is that all right?", "How old are you?", "Where do you live?", "What do you cook?")

    assert align(["no", "no", "no"], ["no", "no"], asked=asked, heard=heard, is_answered=True) == left_out


def test_the_last_question_alone_is_enough_to_know_a_talk_by() -> None:
    asked = ours("Hello, is that all right?", "How old are you?", "Where do you live?")

    assert align(["yes", "34"], ["Leeds"], asked=asked, heard=["Where do you live?"]) == 2
    assert align(["yes", "34"], ["Leeds"], asked=asked, heard=["Can I help you?"]) is None


def test_what_a_history_has_shown_once_it_goes_on_showing() -> None:
    asked = [Ours(), Ours(sent="How old are you?", heard="How"), *ours("Where do you live?", "How old are you?")]
    known = ["no", "no", "no"]

    assert align(known, ["no"], asked=asked, heard=["How old are you?"], trimmed=2, is_answered=True) == 3
    assert align(known, ["no", "no"], asked=asked, heard=["How", "Where do you"], trimmed=1) == 1


def test_what_was_trimmed_does_not_come_back_though_the_platform_says_something_of_its_own() -> None:
    asked, heard = ours(*["Really?"] * 7), ["One moment, I am connecting you.", *["Really?"] * 4]

    assert align(YES, ["yes"] * 5, asked=asked, heard=heard, trimmed=2) == 2


def test_thousands_of_the_same_answers_are_lined_up_in_no_time_that_anybody_would_notice() -> None:
    known = [*(f"word {i}" for i in range(10)), *["Yes."] * 3_989]
    asked = ours(*["Really?"] * 4_000)

    for incoming in (known[1:], [*known, "Yes."], known[2_000:], ["Yes."] * 40, ["Sam.", *["Yes."] * 3_000]):
        heard = ["Really?"] * len(incoming)
        looks = Counted(known)
        align(looks, incoming, asked=asked, heard=heard, is_answered=True)
        assert looks.looks < 40 * 4_000


class Counted(list[str]):
    """Counts how often something of it is looked at."""

    looks = 0

    def __getitem__(self, place: Any) -> Any:
        self.looks += 1
        return super().__getitem__(place)


_FEW_WORDS = st.lists(st.sampled_from("abc"), max_size=9)


@for_all(known=_FEW_WORDS, incoming=_FEW_WORDS.filter(bool), more=_FEW_WORDS)
def test_a_history_that_goes_on_where_the_record_ends_is_lined_up_there(
    known: list[str], incoming: list[str], more: list[str]
) -> None:
    assert align(known, [*known, *incoming]) == 0
    unlike = [f"{word} {i}" for i, word in enumerate([*known, *incoming])]
    trimmed = len(more) % len(unlike)
    assert align(unlike, [*unlike[trimmed:], *more, "new"]) == trimmed


_MESSAGES = st.lists(st.builds(Message, st.sampled_from(["system", "user", "agent", "tool"]), st.text(max_size=4)))


@for_all(messages=_MESSAGES)
def test_a_history_that_is_made_when_it_is_looked_at_is_as_one_that_is_made_at_once(messages: list[Message]) -> None:
    lazy = history_of([tuple(m) for m in messages])
    assert list(lazy) == messages
    assert lazy[1:3] == tuple(messages[1:3])
    assert utterances(lazy) == utterances(messages)
    assert last_agent_text(lazy) == last_agent_text(messages)
    assert questions(lazy, 3) == questions(messages, 3)


@for_all(text=_ANY_TEXT)
def test_a_text_that_is_plain_already_is_normalised_as_any_other(text: str) -> None:
    assert normalise(text + "\n") == normalise(text)


def test_an_utterance_is_known_by_its_two_ends_once_it_was_shortened() -> None:
    told = "Well, I think that it was in the spring of last year when we moved to Leeds"
    other = "Well, I think that it was in the autumn of the year before, if I am not mistaken"

    for once in (shortened(told, FEW_CHARS), shortened(shortened(told * 90, MANY_CHARS), FEW_CHARS)):
        assert len(once) == FEW_CHARS + 1
        assert is_same(once, told)
        assert not is_same(once, other)
        assert not is_same(once, once[:12])


def test_the_mark_of_a_shortened_utterance_may_be_said_as_well() -> None:
    assert is_same("Well… hm", "Well… hm")
    assert not is_same("Well… hm", "Well and then hm")
