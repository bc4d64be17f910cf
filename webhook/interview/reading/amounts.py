"""The one number that answers a question: an age, an amount, a count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.flow import Slot, SlotType
from webhook.interview.reading.lexicon import KNOWN
from webhook.interview.reading.numerals import Number, numbers_in
from webhook.interview.reading.words import Clause, Found, Token, begins_with, contains, flat, joined, plain, says_only

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webhook.interview.reading.wordlist import Lexicon

_NEAR = 4
"""Words beside a number that may say what it is."""
_YEARS = range(1900, 2101)
_AGE = frozenset({"age", "old", "alter", "alt", "birth"})
_PERIODS = {word: period for lexicon in KNOWN for word, period in lexicon.periods.items()}


def read_number(slot: Slot, text: str, clauses: Sequence[Clause], lexicon: Lexicon) -> Found | None:
    tokens = flat(clauses)
    if slot.per and _other_period(slot.per, tokens):
        return None
    numbers = numbers_in(text, tokens, lexicon)
    if slot.type is SlotType.MONEY:
        numbers = with_small_change(numbers, tokens, lexicon)
    else:
        future = _future_clauses(slot, clauses, lexicon)
        numbers = [number for number in numbers if tokens[number.first].clause not in future]
    if _asks_age(slot):
        numbers = [number for number in numbers if number.value not in _YEARS]
    number = _the_one(slot, _without_corrected(numbers, tokens, lexicon), text, tokens, lexicon)
    if number is not None:
        # "Seventeen and a half": an age is counted in whole years.
        is_years = slot.type is SlotType.WHOLE_NUMBER and _asks_age(slot)
        value = number.value // 1 if is_years else number.value
        return Found(tidy(value), tokens[number.first], tokens[number.stop - 1])
    return None if numbers else _zero(slot, clauses, lexicon)


def _other_period(per: str, tokens: Iterable[Token]) -> bool:
    """True for "fifty a week" when an amount per month was wanted."""
    wanted = _PERIODS.get(plain(per))
    said = {_PERIODS[token.word] for token in tokens if token.word in _PERIODS}
    return wanted is not None and bool(said) and wanted not in said


def _asks_age(slot: Slot) -> bool:
    return not _AGE.isdisjoint(plain(f"{slot.label} {slot.about}").split())


def _future_clauses(slot: Slot, clauses: Sequence[Clause], lexicon: Lexicon) -> set[int]:
    """The clauses about what will be or was ("I'll be 35 next year")."""
    future = lexicon.future | lexicon.age_to_come if _asks_age(slot) else lexicon.future
    return {clause[0].clause for clause in clauses if contains(f" {joined(clause)} ", future)}


def with_small_change(numbers: Sequence[Number], tokens: Sequence[Token], lexicon: Lexicon) -> list[Number]:
    """Amounts said in two parts become one: "twelve pounds fifty", "twelve pounds and fifty pence"."""
    kept: list[Number] = []
    for number in numbers:
        before = kept[-1] if kept else None
        between = {t.word for t in tokens[before.stop : number.first]} if before else set()
        joins = between & lexicon.currency and between <= lexicon.currency | lexicon.number_and
        if before and joins and before.value.is_integer() and 0 < number.value < 100:  # noqa: PLR2004 - 100 to the unit
            kept[-1] = Number(before.value + number.value / 100, before.first, number.stop)
        else:
            kept.append(number)
    return kept


def _without_corrected(numbers: Sequence[Number], tokens: Sequence[Token], lexicon: Lexicon) -> list[Number]:
    """Of "thirty-four, sorry, thirty-five" only what follows the correction counts."""
    for i in range(len(numbers) - 1, 0, -1):
        between = tokens[numbers[i - 1].stop : numbers[i].first]
        if any(token.word in lexicon.corrections for token in between):
            return list(numbers[i:])
    return list(numbers)


def _the_one(
    slot: Slot, numbers: Sequence[Number], text: str, tokens: Sequence[Token], lexicon: Lexicon
) -> Number | None:
    """The number that answers the question: the only one, the one that says what it is, or the one said first."""
    possible = [n for n in numbers if _within(slot, n.value)]
    if not possible:
        return numbers[0] if len(numbers) == 1 else None
    said_so = [n for n in possible if _says_what_it_is(slot, n, text, tokens, lexicon)]
    if len({n.value for n in possible}) == 1 or said_so:
        return (said_so or possible)[0]
    lead = [token.word for token in tokens[: possible[0].first]]
    return possible[0] if all(word in lexicon.about or word in lexicon.hedges for word in lead) else None


def _within(slot: Slot, value: float) -> bool:
    return (slot.min is None or value >= slot.min) and (slot.max is None or value <= slot.max)


def _says_what_it_is(slot: Slot, number: Number, text: str, tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    if slot.type is SlotType.MONEY:
        return has_currency(number, text, tokens, lexicon)
    if not _asks_age(slot):
        return False
    before = joined(tokens[max(0, number.first - _NEAR) : number.first])
    after = joined(tokens[number.stop : number.stop + _NEAR])
    return begins_with(after, lexicon.years_old) or any(f" {before}".endswith(f" {words}") for words in lexicon.i_am)


def _zero(slot: Slot, clauses: Sequence[Clause], lexicon: Lexicon) -> Found | None:
    """The answer "none" counts as 0 where 0 is possible."""
    if not _within(slot, 0) or not says_only(clauses, lexicon.none, lexicon.hedges):
        return None
    tokens = flat(clauses)
    return Found(0, tokens[0], tokens[-1])


def has_currency(number: Number, text: str, tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    """True for "£800", "800 pounds" and "twelve pounds fifty"."""
    start, end = tokens[number.first].start, tokens[number.stop - 1].end
    symbols = text[max(0, start - 2) : start] + text[end : end + 2]
    words = {token.word for token in tokens[number.first : number.stop + 1]}
    return not words.isdisjoint(lexicon.currency) or any(symbol in symbols for symbol in "£$€")


def tidy(value: float) -> int | float:
    """34 rather than 34.0."""
    return int(value) if float(value).is_integer() else value
