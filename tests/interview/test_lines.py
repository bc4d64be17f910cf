"""The service's own lines: every one in every language, fit to be spoken."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from webhook.interview.lines import LANGUAGES, Line, bridge_of_turn, bridges, line, minutes_left

ASKS = {
    Line.DID_NOT_CATCH,
    Line.CONFIRM_STOP,
    Line.ASK_MORE,
    Line.ARE_YOU_SAFE,
    Line.IS_EVERYBODY_SAFE,
    Line.STILL_THERE,
    Line.WHAT_ELSE,
    Line.AND_WHAT_ABOUT,
    Line.TELL_ME_CHANGE,
    Line.READ_BACK,
}
TO_FILL_IN = {Line.READ_BACK, Line.AND_WHAT_ABOUT, Line.WHO, Line.MINUTES_LEFT}
ENGLISH_WORDS = frozenset(
    [
        "the",
        "you",
        "your",
        "i'm",
        "i",
        "is",
        "are",
        "of",
        "to",
        "and",
        "thank",
        "thanks",
        "please",
        "okay",
        "ok",
        "sorry",
        "let",
        "right",
        "call",
        "stop",
        "here",
        "what",
        "that",
        "got",
        "it",
        "take",
        "time",
    ]
)

every_line = pytest.mark.parametrize("name", list(Line))
every_language = pytest.mark.parametrize("language", LANGUAGES)


@every_language
@every_line
def test_every_line_exists_in_every_language(name: Line, language: str) -> None:
    assert line(name, language).strip()


@every_language
@every_line
def test_a_line_that_asks_has_one_question_mark_and_the_others_have_none(name: Line, language: str) -> None:
    assert line(name, language).count("?") == (1 if name in ASKS else 0)


@every_language
@every_line
def test_a_line_can_be_spoken(name: Line, language: str) -> None:
    text = line(name, language)
    assert not re.search(r"[*_#<>\[\]|/]|https?:|\n|  ", text)
    assert len(re.split(r"[.?!]", text)[0].split()) <= 25
    assert ("{" in text) == (name in TO_FILL_IN)


@every_line
def test_no_english_is_left_in_german(name: Line) -> None:
    words = set(re.findall(r"[a-zäöüß']+", line(name, "de").casefold()))
    assert not words & ENGLISH_WORDS
    assert line(name, "de") != line(name, "en")


def test_the_line_for_what_was_not_understood_is_word_for_word() -> None:
    assert line(Line.DID_NOT_CATCH, "en") == "I didn't catch that. Could you please repeat?"


@every_language
def test_bridge_phrases_are_several_short_and_end_in_dots_so_that_speech_goes_on(language: str) -> None:
    phrases = bridges(language)
    assert len(set(phrases)) == len(phrases) >= 3
    for turn, phrase in enumerate(phrases, start=1):
        assert bridge_of_turn(phrases, turn, ()) == f"{phrase.rstrip('.')}... "
        assert len(phrase.split()) <= 6
        assert "?" not in phrase


@every_language
@pytest.mark.parametrize("own", [(), ("Mm-hm, okay.",)], ids=["the service's", "with the flow's"])
@pytest.mark.parametrize("bridged", ["every turn", "every other turn", "every fourth turn", "turns 1, 4, 5, 9"])
def test_no_bridge_phrase_is_said_twice_in_a_row(language: str, own: tuple[str, ...], bridged: str) -> None:
    slow: Callable[[int], bool] = {
        "every turn": lambda _: True,
        "every other turn": lambda turn: turn % 2 == 1,
        "every fourth turn": lambda turn: turn % 4 == 1,
        "turns 1, 4, 5, 9": (1, 4, 5, 9).__contains__,
    }[bridged]
    replies: list[str] = []
    said: list[str] = []
    for turn in range(1, 13):
        phrase = bridge_of_turn((*own, *bridges(language)), turn, replies) if slow(turn) else ""
        said += [phrase] if phrase else []
        replies.append(f"{phrase}What comes next?")
    assert all(one != next_one for one, next_one in pairwise(said))
    assert len(set(said)) >= 2
    assert said[0] == f"{(*own, *bridges(language))[0].rstrip('.')}... "


def test_a_flow_in_a_language_without_lines_keeps_to_its_own_bridge_line() -> None:
    assert bridges("it", "Un instant.") == ("Un instant.",)
    assert bridge_of_turn(bridges("it", "Un instant."), 2, ("Un instant... Alors?",)) == "Un instant... "
    assert bridges("de-AT", "Moment.") == ("Moment.", *bridges("de"))
    assert bridges("it") == bridges("en")


def test_a_flow_whose_bridge_line_is_one_of_the_service_s_does_not_have_it_twice() -> None:
    own, *others = bridges("en")
    assert bridge_of_turn((own, own, *others), 2, ()) == f"{others[0].rstrip('.')}... "


@pytest.mark.parametrize(("minutes", "said"), [(8.4, "8 m"), (1.2, "a minute"), (0.0, "a minute"), (-3.0, "a minute")])
def test_how_long_a_call_goes_on_is_said_in_whole_minutes(minutes: float, said: str) -> None:
    assert said in minutes_left(minutes, "en")
    assert said.replace("a m", "eine M").replace(" m", " M") in minutes_left(minutes, "de")


@every_language
def test_a_value_is_read_back(language: str) -> None:
    assert "800" in line(Line.READ_BACK, language).format(value="800")


@pytest.mark.parametrize("language", ["it", "", "xx-YY"])
def test_other_languages_hear_english(language: str) -> None:
    assert line(Line.GOT_IT, language) == line(Line.GOT_IT, "en")


@pytest.mark.parametrize("language", ["de-AT", "de_CH", "DE"])
def test_a_region_does_not_change_the_language(language: str) -> None:
    assert line(Line.GOT_IT, language) == line(Line.GOT_IT, "de")
