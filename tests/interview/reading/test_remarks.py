"""A remark behind an answer changes nothing of it, and what may change it is no remark."""

from __future__ import annotations

import pytest

from tests.hearing.bank import QUESTIONS, SLOTS, Row, heard


def taken(language: str, slot: str, said: str) -> object:
    assert slot in SLOTS
    assert slot in QUESTIONS[language]
    return heard(Row(language, slot, frozenset(), said))


@pytest.mark.parametrize(
    ("language", "slot", "said", "value"),
    [
        ("en", "rooms", "Seven rooms, it's an old house.", 7),
        ("en", "children", "Three. They're all grown up.", 3),
        ("en", "contact", "Yes, of course, I'm at home a lot.", True),
        ("de", "distance", "Zehn Kilometer, ich fahre mit dem Rad.", 10),
        ("fr", "rooms", "Deux pièces, c'est assez petit.", 2),
        ("es", "rooms", "Son tres habitaciones, es un piso pequeño.", 3),
    ],
)
def test_a_remark_after_a_pause_leaves_the_value(language: str, slot: str, said: str, value: object) -> None:
    assert taken(language, slot, said) == value


@pytest.mark.parametrize(
    ("language", "slot", "said"),
    [
        ("en", "rooms", "Seven rooms, it's more if you count the attic"),
        ("en", "rooms", "Seven rooms, it's eight with the kitchen"),
        ("en", "rooms", "Seven rooms, once I have painted them"),
        ("en", "age", "Forty, I'm joking"),
        ("en", "hours", "Eight, I wish"),
        ("en", "hours", "Eight hours, I'd love that"),
        ("en", "income", "Two thousand, it's before tax"),
        ("en", "income", "Two thousand, we both work"),
        ("en", "smoke", "Yes, I smoked a lot at school"),
        ("en", "smoke", "No, I do smoke a pipe"),
        ("en", "smoke", "Yes, I stopped years ago"),
        ("en", "consent", "Yes, it's a nice day"),
        ("en", "contact", "No, that's totally fine by me"),
        ("de", "contact", "Nein, das ist völlig in Ordnung für mich"),
        ("de", "hours", "Acht, ich hätte gern mehr"),
        ("de", "income", "Zweitausend, das ist brutto"),
        ("fr", "hours", "Huit heures, j'aimerais bien"),
        ("fr", "income", "Deux mille, c'est avec ma femme"),
        ("es", "hours", "Ocho, me gustaría"),
        ("es", "income", "Dos mil, es bruto"),
    ],
)
def test_what_may_change_the_value_leaves_nothing(language: str, slot: str, said: str) -> None:
    assert taken(language, slot, said) is None
