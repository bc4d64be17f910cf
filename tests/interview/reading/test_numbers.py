"""The number of a whole answer, by kinds of answers: what was asked, what was said, what may be taken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.hearing.bank import QUESTIONS, SLOTS, Figures, rows_of
from tests.hearing.long_texts import LONG_TEXTS
from webhook.interview.flow import NUMERIC, Slot, SlotType
from webhook.interview.reading.languages import english, french, german, spanish
from webhook.interview.reading.line import split
from webhook.interview.reading.numbers import read_number

TABLES = {"en": english.NUMBERS, "de": german.NUMBERS, "fr": french.NUMBERS, "es": spanish.NUMBERS}


def slot(name: str, kind: SlotType = SlotType.WHOLE_NUMBER, **options: Any) -> Slot:
    return Slot(name=name, type=kind, topic="talk", **options)


#: Slots beside those of the banks, with their questions.
OTHERS = {
    "orders": slot("orders", min=0, max=500),
    "born": slot("born", min=1900, max=2026),
    "pain": slot("pain", min=0, max=10),
    "food": slot("food", SlotType.MONEY, per="week"),
    "stay": slot("years", SlotType.NUMBER, min=0),
    "degrees": slot("degrees", SlotType.NUMBER, min=-50, max=60),
    "parcels": slot("parcels", min=0),
    "gross": slot("gross", SlotType.MONEY, per="year", about="Income before tax"),
}
ASKED = {
    "en": {
        "orders": "How many times did you order last month?",
        "born": "In what year were you born?",
        "pain": "From zero to ten, how strong is your pain?",
        "food": "In a usual week, how much do you spend on food and drink?",
        "stay": "How many years have you lived there?",
        "degrees": "How many degrees is it outside?",
        "gross": "How much do you earn a year before tax?",
        "parcels": "Roughly how many parcels do you get a year?",
    },
    "de": {
        "orders": "Wie oft haben Sie letzten Monat bestellt?",
        "born": "In welchem Jahr sind Sie geboren?",
        "pain": "Von null bis zehn, wie stark sind Ihre Schmerzen?",
        "food": "Wie viel geben Sie in der Woche für Essen und Trinken aus?",
    },
    "fr": {
        "orders": "Combien de fois avez-vous commandé le mois dernier ?",
        "born": "En quelle année êtes-vous né ?",
        "food": "Combien dépensez-vous par semaine pour manger ?",
    },
    "es": {
        "orders": "¿Cuántas veces pidió el mes pasado?",
        "born": "¿En qué año nació?",
        "food": "¿Cuánto gasta a la semana en comida?",
    },
}


def read(asked: str, language: str, said: str) -> int | float | None:
    """What is taken from an answer to one of the questions."""
    question = ASKED[language].get(asked) or QUESTIONS[language][asked]
    return read_number(OTHERS.get(asked) or SLOTS[asked], question, said, TABLES[language])


def told(table: str) -> list[tuple[str, str, str, float | None]]:
    """Rows of "language slot value: what is said", the value "-" for nothing."""
    rows = []
    for row in filter(None, map(str.strip, table.splitlines())):
        head, _, said = row.partition(": ")
        language, asked, value = head.split()
        rows.append((language, asked, said, None if value == "-" else float(value)))
    return rows


def kind(table: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("language", "asked", "said", "value"), told(table))


@kind("""
    en children 2: two
    en children 2: We have two.
    en age 34: I'm thirty four years old, thank you
    en distance 12: 12k
    en rooms 4: it has four rooms
    en stay 10: for the last ten years
    en hours 7: I sleep seven hours a night
    en food 40: I spend forty pounds on food
    en food 40: £40
    en income 2500: two thousand five hundred a month after tax
    en gross 30000: thirty thousand before tax
    en income 1800: I take home about 1800
    en children 1: just the one
    de income 2400: im Monat etwa 2400 Euro
    fr distance 12: c'est à douze kilomètres
    es hours 7: duermo unas siete horas
    de age 34: Ich bin vierunddreißig Jahre alt.
    de income 2500: ich verdiene zweitausendfünfhundert Euro netto
    de children 1: einen Sohn
    de hours 7: ich schlafe sieben Stunden
    fr age 97: quatre-vingt-dix-sept ans
    fr income 2500: 2 500 € par mois
    fr children 1: une fille
    fr hours 7: je dors sept heures par nuit
    es age 34: tengo treinta y cuatro años
    es income 2500: gano 2.500 euros al mes
    es children 2: dos hijos
""")
def test_an_answer_that_says_a_number_and_restates_the_question_is_that_number(
    language: str, asked: str, said: str, value: float
) -> None:
    assert read(asked, language, said) == value


@kind("""
    en age -: I finished school at sixteen
    en age -: I retired at sixty five
    en age -: my daughter is twelve
    en children -: two, five and seven years old
    en children -: none of your business
    en children -: one moment
    en stars -: that's a good one
    en stars -: seven?
    en income -: the rent alone is eight hundred
    en age -: thirty four in May
    de age -: meine Tochter ist schon zwölf
    de stars -: das ist eine gute Frage
    de age -: ich werde vierzig
    fr age -: il y a trente ans
    fr stars -: un moment
    es age -: hace treinta años
    es age -: treinta este año
""")
def test_an_answer_of_which_anything_is_not_understood_gives_nothing(
    language: str, asked: str, said: str, value: None
) -> None:
    assert read(asked, language, said) is value


@kind("""
    en income -: two or three thousand
    en income -: two, three hundred
    en income -: two three hundred
    en orders -: six, seven, nine hundred
    en orders -: one, two, three
    en income -: between two and three thousand
    en hours -: six to eight
    en hours -: 6-8
    en hours -: six eight
    en income -: more than two thousand
    en age -: at least eighteen
    en age -: over sixty
    en age -: fifty odd
    en income -: a couple of thousand
    en income -: thousands
    en rooms -: the third one
    de hours -: sechs bis acht
    de income -: zwei bis dreitausend
    de distance -: gut vierzig Kilometer
    de age -: fast fünfzig
    fr income -: deux, trois mille
    fr income -: plus de deux mille
    es income -: dos o tres mil
    es income -: miles
""")
def test_a_range_a_choice_a_limit_or_an_ordinal_is_no_number(language: str, asked: str, said: str, value: None) -> None:
    assert read(asked, language, said) is value


@kind("""
    en orders -: once a week
    en income -: thirty thousand a year
    en food -: forty a month
    en distance -: five miles
    en stay -: six months
    en stay -: since 2015
    en stay -: 2015
    en hours -: 20 minutes
    en stars -: three out of five
    en income -: two thousand gross
    en gross -: two thousand after tax
    en orders -: seven months
    en orders -: last seven
    de income -: fünfhundert die Woche
    de stars -: drei Sterne von fünf
    de income -: dreitausend brutto
    fr income -: trente mille par an
    es income -: treinta mil al año
""")
def test_another_period_unit_or_scale_is_not_what_was_asked_for(
    language: str, asked: str, said: str, value: None
) -> None:
    assert read(asked, language, said) is value


@kind("""
    en food 40: about forty
    en hours 7: around seven, I'd say
    en pain 5: somewhere around five
    de food 40: so um die vierzig Euro
    fr hours 7: environ sept heures
    es income 2000: unos dos mil
    en age -: about forty
    en children -: about two
    en parcels 20: about twenty
    de age -: um die fünfzig
    fr age -: environ trente ans
""")
def test_about_is_good_enough_for_what_is_measured_and_for_no_age_and_no_count(
    language: str, asked: str, said: str, value: float | None
) -> None:
    assert read(asked, language, said) == value


@kind("""
    en age 34: thirty three, no wait, thirty four
    en hours 8: ten hours, no sorry, eight hours
    en pain 8: hmm, seven? no, eight
    en stars 9: not a ten, nine
    en age -: thirty three no wait
    en stars -: definitely not ten
    de age 34: dreiunddreißig, nein, vierunddreißig
    de stars 9: keine zehn, neun
    de stars -: keine zehn
    fr age 34: trente-trois, non pardon, trente-quatre
    fr stars 9: pas dix, neuf
    es age 34: treinta y tres, no, perdón, treinta y cuatro
    es children -: dos, no tres
    es children 3: no dos sino tres
""")
def test_of_a_correction_the_last_number_counts(language: str, asked: str, said: str, value: float | None) -> None:
    assert read(asked, language, said) == value


@kind("""
    en age 34: 34 34 34
    en age 34: thirty four thirty four thirty four
    en orders 12: twelve twelve
    en food 20: twenty euros twenty euros
    en children 2: two girls two girls
    de age 34: vierunddreißig, vierunddreißig
    en stars 5: five five
    en age -: five five
    en age 5: five, five
    en food -: twelve twelve
    en age -: thirty thirty five
""")
def test_a_number_said_again_is_the_same_number_unless_it_may_be_said_in_pieces(
    language: str, asked: str, said: str, value: float | None
) -> None:
    assert read(asked, language, said) == value


@kind("""
    en orders 0: zero
    en orders 0: none at all
    en orders 0: not once
    en orders 0: Not a single one.
    en orders 0: not a single time
    en orders 0: never
    en children 0: I don't have any children
    en children 0: no kids
    en children 0: No, none.
    de children 0: Nein, noch keine
    en pain 0: no pain at all
    en food 0: nothing
    de orders 0: gar nicht
    de orders 0: Kein einziges Mal
    de orders 0: Keinmal
    de orders 0: nie
    de children 0: keins
    de pain 0: gar keine Schmerzen
    fr orders 0: jamais
    fr orders 0: pas une seule fois
    fr children 0: je n'ai pas d'enfants
    es orders 0: nunca
    es orders 0: ni una sola vez
    es children 0: no tengo hijos
    en children -: no
    en children -: never
    en orders -: no idea
    en orders -: no thank you
    en stars -: none
    en age -: none
    de children -: nein
    de orders -: keine Ahnung
""")
def test_zero_and_never_are_answers_where_nothing_is_a_number(
    language: str, asked: str, said: str, value: float | None
) -> None:
    assert read(asked, language, said) == value


@kind("""
    en hours 7.5: seven and a half
    en hours 1.5: an hour and a half
    en hours 7.5: seven hours thirty
    en hours 0.5: half an hour
    en distance 12.5: twelve point five
    en distance 12.05: twelve point oh five
    en rooms 2.5: 2 1/2
    de income 2500: zweieinhalbtausend
    de rooms 1.5: anderthalb
    de rooms 2.5: zwei ein halb
    de rooms 2.5: 2,5
    fr hours 7.5: sept heures et demie
    fr distance 12.25: douze virgule vingt-cinq
    es hours 7.5: siete y media
    es hours 1.5: hora y media
    en age -: seventeen and a half
    en distance -: .5
    en hours -: 7.30
    en hours -: half past seven
    de hours -: bis halb acht
""")
def test_halves_and_decimals_are_part_of_the_number(language: str, asked: str, said: str, value: float | None) -> None:
    assert read(asked, language, said) == value


@kind("""
    en income 2300: twenty three hundred
    en income 1500: one and a half grand
    en income 2500: 2.5k
    en income 100: a hundred quid
    en food 12.5: twelve pounds fifty
    en orders 24: two dozen
    en orders 2: a couple of times
    en orders 6: half a dozen
    en orders 1: once
    de income 1200: zwölfhundert
    de age 36: sechs und dreißig
    de age 45: fuenfundvierzig
    de orders 2: zweimal
    de orders 1: ein Mal
    fr income 1500: quinze cents
    es age 22: veintidos
    en income -: two
    en income -: eight fifty
    en income -: two thousand five
    en food -: -£50
    fr income -: mille deux
""")
def test_numerals_as_they_are_spoken(language: str, asked: str, said: str, value: float | None) -> None:
    assert read(asked, language, said) == value


@kind("""
    en born 1984: nineteen eighty four
    en born 2012: in twenty twelve
    en born 2005: two thousand and five
    de born 1984: neunzehnhundertvierundachtzig
    fr born 1984: en mille neuf cent quatre-vingt-quatre
    es born 1984: nací en 1984
    en born -: eighty four
    en born -: '84
    en age -: 1984
    en age -: nineteen eighty four
""")
def test_a_year_is_one_where_a_year_is_asked_for(language: str, asked: str, said: str, value: float | None) -> None:
    assert read(asked, language, said) == value


@kind("""
    en children 2: a boy and a girl
    en children 4: two boys, two girls
    en children 4: two boys two girls
    en children 2: two kids, a boy and a girl
    de children 3: zwei Söhne und eine Tochter
    fr children 2: un garçon et une fille
    es children 2: dos hijos, un niño y una niña
""")
def test_sons_and_daughters_add_up(language: str, asked: str, said: str, value: float) -> None:
    assert read(asked, language, said) == value


@kind("""
    en age 34: um, I'm, uh, thirty four
    en age 34: THIRTY FOUR
    en age 34: ٣٤
    en age 34: \u200f34
    en pain 8: ate
    en pain -: for
    en age -: ate
    de age 34: VIERUNDDREISSIG
    en degrees -5: minus five
    en degrees -5: -5
    en distance -: -5
""")
def test_what_recognisers_make_of_a_number(language: str, asked: str, said: str, value: float | None) -> None:
    assert read(asked, language, said) == value


def test_of_the_numbers_of_the_bank_none_is_wrong() -> None:
    figures = Figures()
    missed = []
    for row in rows_of("spoken"):
        if SLOTS[row.slot].type in NUMERIC:
            value = read(row.slot, row.language, row.said)
            figures.count(row, value)
            missed += [f"{row} -> {value}"] if row.verdict(value) == "wrong" else []
    assert missed == []
    assert figures.verdicts["right"] >= 294
    assert figures.taken >= 73


@pytest.mark.parametrize("shape", LONG_TEXTS)
def test_a_text_of_32_kb_is_no_number(shape: str) -> None:
    assert [name for name in SLOTS if read(name, "en", LONG_TEXTS[shape]) is not None] == []


_UNITS = {
    "en": "one two three four five six seven eight nine",
    "de": "ein zwei drei vier fünf sechs sieben acht neun",
    "fr": "un deux trois quatre cinq six sept huit neuf",
    "es": "uno dos tres cuatro cinco seis siete ocho nueve",
}
_TENS = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "- treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_JOINED = {"en": "{tens} {unit}", "de": "{unit}und{tens}", "fr": "{tens} {unit}", "es": "{tens} y {unit}"}


def spoken(language: str, number: int) -> str:
    """A number from 31 to 99 in words; French up to 69."""
    tens, unit = divmod(number, 10)
    ten = _TENS[language].split()[tens - 2]
    if not unit:
        return ten
    one = "et un" if (language, unit) == ("fr", 1) else _UNITS[language].split()[unit - 1]
    return _JOINED[language].format(tens=ten, unit=one)


def _words_of(table: str) -> list[str]:
    """The phrases of a table that are plain words."""
    return [phrase for phrase in split(table) if phrase.replace(" ", "").isalpha()]


@given(st.sampled_from(sorted(TABLES)), st.integers(31, 69))
def test_a_number_in_words_reads_back_and_beside_words_of_no_table_it_does_not(language: str, number: int) -> None:
    words = spoken(language, number)
    assert read("age", language, words) == read("age", language, words.upper()) == number
    assert read("age", language, f"{words} xyzzy") is None


@pytest.mark.parametrize("language", sorted(TABLES))
def test_no_phrase_of_a_table_is_out_of_reach(language: str) -> None:
    table, number = TABLES[language], spoken(language, 34)
    before = [f"{phrase} {number}" for phrase in _words_of(f"{table.lead}|{table.age_lead}")]
    after = [f"{number}, {phrase}" for phrase in _words_of(table.tail)]
    corrected = [f"{spoken(language, 33)} {phrase} {number}" for phrase in _words_of(table.correction)]
    about = [f"{phrase} {number}" for phrase in _words_of(f"{table.about}|{table.usual}")]
    zeros = {"children": table.zero, "food": table.nothing, "orders": table.never}
    assert [said for said in (*before, *after, *corrected) if read("age", language, said) != 34] == []
    assert [said for said in about if read("distance", language, said) != 34] == []
    assert [said for asked, no in zeros.items() for said in _words_of(no) if read(asked, language, said) != 0] == []


@given(st.sampled_from(sorted(TABLES)), st.integers(31, 69), st.integers(31, 69), st.sampled_from([" ", ", ", " - "]))
def test_two_numbers_are_never_one(language: str, one: int, other: int, between: str) -> None:
    value = read("age", language, f"{spoken(language, one)}{between}{spoken(language, other)}")
    assert value in ({None, one} if one == other else {None})


@given(st.sampled_from(sorted(TABLES)), st.sampled_from(sorted({**SLOTS, **OTHERS})), st.text(max_size=60))
def test_any_text_gives_a_number_within_the_bounds_or_nothing(language: str, asked: str, text: str) -> None:
    meant = OTHERS.get(asked) or SLOTS[asked]
    value = read_number(meant, "", text, TABLES[language])
    assert value is None or (meant.min or 0) <= value <= (meant.max or 1e12)
