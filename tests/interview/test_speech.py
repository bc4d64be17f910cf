"""What may be spoken: the filter between the model and the voice."""

from __future__ import annotations

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from webhook.interview.speech import (
    LONGEST_REPLY,
    SpeechFilter,
    clean,
    question_of,
    split_sentences,
    until_sentence_end,
)


def spoken(*deltas: str) -> str:
    speech = SpeechFilter()
    out = "".join(speech.feed(delta) for delta in deltas) + speech.flush()
    assert out == speech.spoken
    return out


@pytest.mark.parametrize(
    "text",
    [
        "Is it 3.50 or so?",
        "You're 34. That's lovely.",
        "Dr. Smith, e.g. at 5 p.m., said so - or did he?",
        "Café – naïve, “really”… and it's £5, 50%, & more!",
        "Und wie wohnen Sie, z. B. zur Miete?",
        "So that's 1. chess and 2. go, right?",
        "It was 5 or 6... or 7.",
    ],
)
def test_plain_speech_is_not_touched(text: str) -> None:
    assert spoken(text) == text


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("**Great!** How *do* you `travel`?", "Great! How do you travel?"),
        ("# Next\n\nHow old are you?", "Next How old are you?"),
        ("- first\n- second\n1. third\n• fourth\n2) fifth", "first second third fourth fifth"),
        ("| a | b |\n", "a b "),
        ('{"say": "How old are you?"} And how old are you?', "And how old are you?"),
        ('[{"a": {"b": 1}}] Well.', "Well."),
        ('```json\n{"a": 1}\n```\nHow old are you?', "How old are you?"),
        ("```python print('x')``` How old are you?", "How old are you?"),
        ("~~~\nrm -rf\n~~~ So?", "So?"),
        ("<b>So</b> how <break time='1s'/>old?", "So how old?"),
        ("<brief how old", ""),
        ("Look at https://evil.example/x?y=1. How old are you?", "Look at . How old are you?"),
        ("[Our site](http://x.example) is good. Ok?", "is good. Ok?"),
        ("*laughs softly* Oh really? And then?", "Oh really?"),
        ("Sure. *pauses* And your name?", "Sure. And your name?"),
        ("(smiling) How [pause] are you {warmly} today?", "How are you today?"),
        ("Interviewer: How old are you?", "How old are you?"),
        ("**Assistant:** Hello.", "Hello."),
        ("Lovely 😀👍🏽! How old are you ❤️?", "Lovely ! How old are you ?"),
        ("snake_case and under_score", "snake case and under score"),
        ("bell\x07 null\x00 line\u2028end", "bell null line end"),
        ("a\n\n\n  b\tc", "a b c"),
        ("", ""),
        (" \n ", ""),
    ],
)
def test_what_only_makes_sense_on_a_screen_is_not_spoken(text: str, heard: str) -> None:
    assert spoken(text) == heard


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("How old are you? And where do you live?", "How old are you?"),
        ("Really?! Tell me more.", "Really?!"),
        ("Why?? Because.", "Why??"),
        ("Do you “rent?” Or own?", "Do you “rent?”"),
        ("Why?And how?", "Why?"),
        ("どこ？ Where?", "どこ？"),
        ("Is www.example.com good? And so?", "Is good?"),
        ("**How old are you?** Also, where?", "How old are you?"),
    ],
)
def test_nothing_is_spoken_after_the_first_question(text: str, heard: str) -> None:
    speech = SpeechFilter()
    assert speech.feed(text) + speech.flush() == heard
    assert speech.done
    assert (speech.feed("More?"), speech.flush()) == ("", "")


def test_a_question_mark_inside_a_word_is_no_question() -> None:
    assert spoken("It is what?ever you say. Right?") == "It is what?ever you say. Right?"


def test_words_are_released_as_soon_as_they_are_whole() -> None:
    speech = SpeechFilter()
    assert [speech.feed(d) for d in ("How", " o", "ld are", " you", "?")] == ["", "How ", "old ", "are ", ""]
    assert speech.flush() == "you?"


def test_half_a_tag_or_link_is_never_heard() -> None:
    speech = SpeechFilter()
    heard = [speech.feed(c) for c in "Hm <think>no</think> http://x.example ok"]
    assert "".join(heard) + speech.flush() == "Hm no ok"
    assert all("<" not in h and "http" not in h for h in heard)


def test_a_bracket_that_is_never_closed_does_not_swallow_the_rest_of_the_call() -> None:
    assert spoken("So (" + "x " * 300 + "how old are you?").endswith("how old are you?")


def test_a_stage_direction_that_is_never_closed_ends_by_itself() -> None:
    assert spoken("*sighs and one two three four five six seven How old?") == "seven How old?"


@pytest.mark.parametrize("text", ["Again and again. " * 180, "word " * 600, "x" * 3000, "<" + "y" * 3000])
def test_three_thousand_characters_are_cut(text: str) -> None:
    heard = spoken(text)
    assert len(heard) <= 900
    if "." in text:
        assert heard.rstrip().endswith(".")
        assert LONGEST_REPLY < len(heard) < LONGEST_REPLY + 20


_MARKS = [
    "*",
    "**",
    "`",
    "```",
    "\n",
    "- ",
    "1. ",
    "<b>",
    "</b>",
    "{",
    "}",
    "[",
    "(",
    ")",
    "_",
    "\t",
    " ",
    "?",
    "!",
    "…",
]
_PIECES = ["How old", " are", " you?", "http://x.y/z ", "Assistant: ", "*smiles* ", "😀", "Dr. ", "3.50", "ok. "]
_BITS = st.sampled_from([*_MARKS, *_PIECES])


@settings(max_examples=300, deadline=None)
@for_all(bits=st.lists(_BITS | st.text(max_size=6), max_size=25), cuts=st.lists(st.integers(1, 7), min_size=1))
def test_however_the_text_is_cut_into_deltas_the_same_is_spoken(bits: list[str], cuts: list[int]) -> None:
    text = "".join(bits)
    deltas: list[str] = []
    at = 0
    while at < len(text):
        size = cuts[len(deltas) % len(cuts)]
        deltas.append(text[at : at + size])
        at += size
    assert spoken(*deltas) == spoken(text)


@settings(max_examples=200, deadline=None)
@for_all(bits=st.lists(_BITS | st.text(max_size=6), max_size=25))
def test_nothing_unspeakable_ever_gets_through(bits: list[str]) -> None:
    heard = spoken("".join(bits))
    assert not set(heard) & set("*_`#~|^\\<{[\n\t\x00")
    assert "http://" not in heard
    assert "  " not in heard


def test_clean_leaves_white_space_at_the_ends_of_a_later_piece() -> None:
    assert clean(" a  b ", at_start=False) == " a b "
    assert clean(" a  b ") == "a b "
    assert clean("- a\n- b") == "a b"


def test_sentences_end_at_their_marks_but_not_at_abbreviations() -> None:
    text = 'I saw Dr. Smith, e.g. today. He said "hi." Then what? I paid 3.50! Well…'
    assert split_sentences(text) == [
        "I saw Dr. Smith, e.g. today.",
        'He said "hi."',
        "Then what?",
        "I paid 3.50!",
        "Well…",
    ]
    assert split_sentences("no end") == ["no end"]
    assert split_sentences(" ") == []


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("Thanks. How old are you?", "How old are you?"),
        ("How old are you? Take your time.", "How old are you?"),
        ("Do you know Dr. Smith by any chance?", "Do you know Dr. Smith by any chance?"),
        ("Tell me more.", "Tell me more."),
        ("", ""),
    ],
)
def test_the_question_of_a_text_is_its_last_one_or_the_text_itself(text: str, question: str) -> None:
    assert question_of(text) == question


def test_a_text_can_be_cut_back_to_its_last_whole_sentence() -> None:
    assert until_sentence_end("One. Two! And th") == "One. Two!"
    assert until_sentence_end("nothing whole") == ""
