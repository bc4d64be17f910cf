"""Numerals become figures, whatever stands around them, and what only looks like a number stays a word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.interview.reading.figures import Numerals, plain_digits, with_figures
from webhook.interview.reading.languages import english, french, german, spanish
from webhook.interview.reading.line import tokens_of

TABLES: dict[str, Numerals] = {
    "en": english.NUMBERS,
    "de": german.NUMBERS,
    "fr": french.NUMBERS,
    "es": spanish.NUMBERS,
}


def figures(language: str, said: str) -> str:
    return " ".join(with_figures(tokens_of(plain_digits(said)), TABLES[language]))


@pytest.mark.parametrize(
    ("language", "said", "line"),
    [
        ("en", "I sleep seven and a half hours", "i sleep 7.5 hours"),
        ("en", "a hundred and two", "102"),
        ("en", "two and a half thousand", "2500"),
        ("en", "3 hundred thousand", "300000"),
        ("en", "twelve point two five", "12.25"),
        ("en", "1,234,567.89", "1234567.89"),
        ("en", "thirty four thirty four", "34 34"),
        ("en", "two three hundred", "2 300"),
        ("en", "twenty, five", "20 , 5"),
        ("en", "hundreds of thousands", "hundreds of thousands"),
        ("de", "zweieinhalbtausend Euro", "2500 euro"),
        ("de", "anderthalb", "1.5"),
        ("de", "zwei und dreißig", "32"),
        ("de", "eine Million", "1000000"),
        ("de", "2.500,50", "2500.5"),
        ("de", "2.5", "2.5"),
        ("de", "ein Kind", "ein kind"),
        ("fr", "soixante et onze", "71"),
        ("fr", "deux cents", "200"),
        ("fr", "2 500 euros", "2500 euros"),
        ("fr", "300 400", "300 400"),
        ("fr", "un huit", "un 8"),
        ("es", "diez y seis", "16"),
        ("es", "unos dos mil", "unos 2000"),
    ],
)
def test_numerals_become_figures(language: str, said: str, line: str) -> None:
    assert figures(language, said) == line


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "2.500"), ("en", "2,5"), ("en", "007"), ("en", "1,23"), ("de", "2,500"), ("de", "1234567890123")],
)
def test_a_figure_that_is_no_number_is_marked_as_such(language: str, said: str) -> None:
    assert figures(language, said) == f"#{said}"


def test_digits_of_every_script_are_digits_and_marks_of_direction_say_nothing() -> None:
    assert plain_digits("\u200f٣٤ और ३५") == "34 और 35"


@given(st.sampled_from(sorted(TABLES)), st.text(max_size=80))
def test_any_text_is_read_and_what_was_said_in_figures_stays(language: str, text: str) -> None:
    figures(language, text)
    assert figures(language, "34") == "34"


def test_every_language_has_the_same_small_tables() -> None:
    tables = (english.NUMBERS, german.NUMBERS, french.NUMBERS, spanish.NUMBERS)
    assert len({frozenset(table.words) for table in tables}) == 1
    assert len({frozenset(table.asks) for table in tables}) == 1
    assert len({frozenset(table.units) for table in tables}) == 1
    assert len({frozenset(table.periods) for table in tables}) == 1
