"""The number that answers a question, taken from the whole answer or not at all.

One pattern for every slot: leads, the number, its unit, perhaps the same number again, then units and tails, in a line
in which numerals are figures (`figures`). What a lead, a unit or a tail is depends on the kind of the slot and on the
question: "about" says nothing against an amount and makes an age no age, "a week" is neutral only where the slot is by
the week. Whatever else stands in the line (a range, "or", another unit, another period, an ordinal, somebody else) is
consumed by nothing, so nothing is taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.flow import Slot, SlotType
from webhook.interview.reading.figures import Numerals, fractions_of, plain_digits, shown, with_figures
from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of
from webhook.interview.reading.question import (
    MEASURED,
    NOUN,
    SAID,
    SPANS,
    YEARS,
    Asked,
    Kind,
    finder,
    holds,
    restated,
    understood,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_N = r"(?<!\S)(-?\d+(?:\.\d+)?) "
_END = r"(?=[,;] |\Z)"
_FEW = 10
_THOUSAND = 1000
_MOST = 1e12
_BARE_DECIMAL = re.compile(r"(?<![\w.…!?,;)])[.,]\d")
"""Of ".5" the tokens keep only the 5."""
_CLOCK = re.compile(r"\d\d?[.,][0-5]\d")
"""Hours with minutes as often as with decimals."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers(Numerals):
    """The table of one language. Phrases are separated by bars, as `line.any_of` takes them."""

    words: Mapping[str, str]
    """Small tables by their use: "no" (before a zero), "earn" (before an amount), "points" (after a mark), "and", "but"
    (after a denied value), "minus", "out of" (between a mark and the highest one), "months", "since" (before a span of
    time), "change" (a hundredth of the currency), "thousand" (what money calls one), "net", "gross", "dozen", "times".
    """
    lead: str
    """Before a number of any kind."""
    tail: str
    """After it."""
    about: str
    """Before what is measured (money, hours, a mark) or asked for so ("roughly how many"): vague, and good enough."""
    after_about: str
    usual: str
    """Before or after whatever is no age and no year."""
    mark: str
    """Before a mark on a scale ("a solid")."""
    from_to: str
    """A scale in figures, with {low} and {high} for its ends."""
    age_lead: str
    years: str
    year_lead: str
    currency: str
    periods: Mapping[str, str]
    """By the word of `Slot.per`: what says that period."""
    units: Mapping[str, str]
    """By their English plural: what names the unit."""
    parts: Mapping[str, str] = field(default_factory=dict)
    """Nouns that add up to the unit ("a boy and a girl")."""
    one: str
    """What is 1 before a unit."""
    one_alone: str = ""
    """What is 1 at the end of the answer as well."""
    half_of: str
    """Before the unit of which it is a half."""
    zero: str
    """None of what is counted or measured."""
    nothing: str
    """No money."""
    never: str
    """Not at all: on a scale, of what is measured, of how often."""
    no: str
    """Before the noun of which there is none."""
    once: Mapping[str, str] = field(default_factory=dict)
    """How often, in words of their own."""
    correction: str
    """Between a value that is taken back and the one that counts."""
    but_not: str
    """Before a value that is denied, when the right one follows."""
    asks: Mapping[str, str]
    """By "age", "year", "scale", "times", "count" and "roughly": what in a question asks for it."""
    asked_noun: str
    """A pattern, with groups for the nouns of which the question asks the number."""
    said_back: Mapping[str, str]
    """Words of a question as the caller says them back."""
    not_said_back: str
    """Words that change a value, or are an answer of their own, even where the question has them."""
    said_together: str
    """Words that are said back only together with others ("last month", but not "last seven")."""
    noise: str
    """Says nothing wherever it stands."""
    misheard: Mapping[str, str] = field(default_factory=dict)
    """Words that on a scale, and alone, can only be a numeral."""


def named(table: str) -> dict[str, str]:
    """A table of tables: "hours: hours?|h; minutes: minutes?" by their names."""
    return {name.strip(): phrases for name, _, phrases in (one.partition(": ") for one in table.split("; "))}


_Value = float | None
_Rewrite = tuple[re.Pattern[str], "Callable[[re.Match[str]], float]"]


class _Grammar(NamedTuple):
    rewrites: tuple[_Rewrite, ...]
    number: re.Pattern[str]
    zero: re.Pattern[str]
    correction: re.Pattern[str]
    denied: re.Pattern[str]


def read_number(
    slot: Slot, question: str, text: str, numbers: Numbers, *, is_price: bool = False
) -> int | float | None:
    """The number that `text` gives for `slot`, None where anything in it is not understood.

    `question` is what the caller answers; `is_price`: an amount that is never short for thousands. A number outside the slot's range, or with decimals where whole ones are
    wanted, is None.
    """
    tokens = [plain for token in tokens_of(text) if (plain := plain_digits(token))]
    if not tokens or _BARE_DECIMAL.search(text):
        return None
    meant = understood(slot, question, numbers)
    if meant.asked.unit == "hours" and any(map(_CLOCK.fullmatch, tokens)):
        return None
    said = finder(numbers.noise).sub("", line(tokens)).split()
    if meant.asked.kind is Kind.SCALE and len(said) == 1:
        said = [numbers.misheard.get(said[0], said[0])]
    figures = with_figures(said, numbers)
    grammar = _grammar(meant.asked, numbers)
    value = _value(line(figures), slot, grammar)
    if value is None and not meant.places.keys().isdisjoint(figures):
        value = _value(line(restated(figures, meant)), slot, grammar)
    if value is None or (not is_price and _is_doubtful(value, meant.asked, figures, numbers)):
        return None
    return _fitting(value, slot, meant.asked)


def has_number(text: str, numbers: Numbers) -> bool:
    """Whether a numeral stands anywhere in a short text, whatever it says."""
    return any(token[0].isdecimal() for token in with_figures(tokens_of(text), numbers))


def read_age_statement(slot: Slot, clause: str, numbers: Numbers) -> int | float | None:
    """An age that cannot be another's: "I'm 34 years old"."""
    stated = rf"{any_of(numbers.words['and'])}?{any_of(numbers.age_lead)}.*{any_of(numbers.years)}"
    said = line(token for token in tokens_of(clause) if token not in PAUSES)
    return read_number(slot, "", clause, numbers) if compiled(stated).fullmatch(said) else None


def _is_doubtful(value: float, asked: Asked, figures: Sequence[str], numbers: Numbers) -> bool:
    """Whether a number may be short for another ("two" for two thousand, "mille deux" for mille deux cents), or is a
    year where years are counted ("since 2015").
    """
    if asked.kind is not Kind.MONEY:
        return asked.unit == "years" and value >= YEARS[0]
    is_few = 0 < value < _FEW and not holds(numbers.currency, line(figures))
    return is_few or (value > _THOUSAND and 0 < value % _THOUSAND < _FEW)


def _fitting(value: float, slot: Slot, asked: Asked) -> int | float | None:
    """The value, if the slot takes it."""
    low, high = YEARS if asked.kind is Kind.YEAR else (0, _MOST)
    is_within = (low if slot.min is None else slot.min) <= value <= (high if slot.max is None else slot.max)
    is_whole = float(value).is_integer()
    if not is_within or (slot.type is SlotType.WHOLE_NUMBER and not is_whole):
        return None
    return int(value) if is_whole else value


def _value(said: str, slot: Slot, grammar: _Grammar) -> _Value:
    for pattern, value in grammar.rewrites:
        said = pattern.sub(lambda found, value=value: f"{shown(value(found))} ", said)  # type: ignore[misc]
    if _may_be_dictated(said, slot):
        return None
    said = re.sub("[,;] ", "", said)
    if denied := grammar.denied.fullmatch(said):
        said = denied["right"]
    values = [_one_value(part, grammar) for part in _corrected(said, grammar)]
    return None if None in values else values[-1]


def _corrected(said: str, grammar: _Grammar) -> list[str]:
    """The parts of a line between corrections, each with its number: the last one counts."""
    first = re.search(_N, said)
    begin = first.start() if first else len(said)
    head, *others = grammar.correction.split(said[begin:])
    return [said[:begin] + head, *others]


def _may_be_dictated(said: str, slot: Slot) -> bool:
    """True where a number said twice in one breath may be one number said in pieces: "five five", "twelve fifty"."""
    pieces = 100 if slot.type is SlotType.MONEY else 10
    highest = _MOST if slot.max is None else slot.max
    doubled = re.finditer(r"(?<!\S)(\d+) (?=\1 )", said)
    return any(int(found[1]) < pieces and int(found[1] * 2) <= highest for found in doubled)


def _one_value(part: str, grammar: _Grammar) -> _Value:
    """The number of a line that says one, perhaps several times."""
    if found := grammar.number.fullmatch(part):
        again = re.findall(_N, found["again"])
        value = float(found["value"])
        return value if all(float(other) == value for other in again) else None
    return 0.0 if grammar.zero.fullmatch(part) else None


@lru_cache(maxsize=512)
def _grammar(asked: Asked, numbers: Numbers) -> _Grammar:
    unit = _unit(asked, numbers)
    leads, tails = _around(asked, numbers)
    highest = _highest(asked, numbers)
    lead, tail, units = any_of(*leads, highest), any_of(*tails, highest, unit), any_of(unit)
    value = _N.replace("(-", "(?P<value>-")
    number = f"{lead}*+{value}{units}?+(?P<again>(?:{lead}*+{_N}{units}?+){{0,3}}){tail}*+"
    none = f"{any_of(*_zeros(asked, numbers))}|{any_of(numbers.no)}(?:{NOUN} |{units})"
    return _Grammar(
        rewrites=tuple(_rewrites(asked, unit, any_of(*tails, unit), numbers)),
        number=re.compile(number),
        zero=re.compile(f"{any_of(*leads, numbers.words['no'])}*?(?:{none}){tail}*+" if asked.zero else "(?!)"),
        correction=re.compile(rf"(?<!\S)(?:\? )?{any_of(numbers.correction)}+(?=.*\d)"),
        denied=re.compile(
            rf"{any_of(numbers.but_not)}{any_of(numbers.mark)}?{_N}{units}?{any_of(numbers.words['but'])}?(?P<right>.*\d.*)"
        ),
    )


def _unit(asked: Asked, numbers: Numbers) -> str:
    if asked.kind is Kind.AGE:
        return numbers.years
    if asked.kind is Kind.MONEY:
        return numbers.currency
    own = (
        numbers.units.get(asked.unit, ""),
        numbers.parts.get(asked.unit, ""),
        numbers.words["times"] if asked.times else "",
    )
    return "|".join(names for names in own if names)


def _around(asked: Asked, numbers: Numbers) -> tuple[list[str], list[str]]:
    """What may stand before the number, and after it."""
    periods = [numbers.periods.get(period, "") for period in asked.periods]
    leads = [numbers.lead, SAID, NOUN, *periods]
    tails = [numbers.tail, SAID, NOUN, *periods]
    if asked.roughly:
        leads.append(numbers.about)
        tails.append(numbers.after_about)
    if asked.kind is Kind.AGE:
        leads.append(numbers.age_lead)
    elif asked.kind is Kind.YEAR:
        leads.append(numbers.year_lead)
    else:
        leads.append(numbers.usual)
        tails.append(numbers.usual)
    if asked.unit in SPANS:
        leads.append(numbers.words["since"])
    if asked.kind is Kind.MONEY:
        tax = {"net": numbers.words["net"], "gross": numbers.words["gross"]}.get(asked.tax, "")
        leads += [numbers.words["earn"], tax, r"€|£|\$"]
        tails.append(tax)
    if asked.kind is Kind.SCALE:
        leads.append(numbers.mark)
        tails.append(numbers.words["points"])
    return leads, tails


def _highest(asked: Asked, numbers: Numbers) -> str:
    """A scale named with the mark: "out of ten", "from one to ten"."""
    if asked.scale is None:
        return ""
    low, high = asked.scale
    return "|".join((f"(?:{numbers.words['out of']}) {high}", numbers.from_to.format(low=low, high=high)))


def _zeros(asked: Asked, numbers: Numbers) -> list[str]:
    zeros = [numbers.zero]
    if asked.kind is Kind.MONEY:
        zeros.append(numbers.nothing)
    elif asked.times or asked.kind in MEASURED:
        zeros.append(numbers.never)
    return zeros


def _rewrites(asked: Asked, unit: str, tail: str, numbers: Numbers) -> list[_Rewrite]:
    """What is put into one figure before the line is read, in this order."""
    units, and_ = any_of(unit), any_of(numbers.words["and"])
    rules: list[tuple[str, Callable[[re.Match[str]], float]]] = []
    if asked.negative:
        rules.append((rf"(?<!\S){any_of(numbers.words['minus'])}{_N}", lambda found: -float(found[1])))
    if asked.times:
        rules.append((rf"(?<!\S){any_of(*numbers.once)}", lambda found: float(numbers.once[found[0].strip()])))
    if asked.kind is Kind.QUANTITY and unit:
        rules.append((rf"(?<!\S){any_of(numbers.half_of)}(?={units})", lambda _: 0.5))
    rules.append((rf"(?<!\S){any_of(numbers.one)}(?={any_of(unit, numbers.words['dozen'])})", lambda _: 1))
    if asked.kind in {Kind.COUNT, Kind.QUANTITY, Kind.SCALE}:
        rules.append((rf"(?<!\S){any_of(numbers.one_alone)}(?={tail}|{_END})", lambda _: 1))
    if asked.kind in {Kind.COUNT, Kind.QUANTITY}:
        rules.append((rf"{_N}{any_of(numbers.words['dozen'])}", lambda found: float(found[1]) * 12))
    if unit:
        fractions = fractions_of(numbers)
        pattern = f"{_N}{units}({any_of(*fractions)})"
        rules.append((pattern, lambda found: float(found[1]) + fractions[found[2].strip()]))
    rules += _rewrites_of_kind(asked, units, and_, numbers)
    return [(re.compile(pattern), value) for pattern, value in rules]


def _rewrites_of_kind(
    asked: Asked, units: str, and_: str, numbers: Numbers
) -> list[tuple[str, Callable[[re.Match[str]], float]]]:
    if asked.kind is Kind.AGE:
        return [(f"{_N}{units}{and_}?{_N}{any_of(numbers.words['months'])}", lambda found: float(found[1]))]
    if asked.kind is Kind.YEAR:
        return [(r"(?<!\S)(1\d|20) (\d\d) ", lambda found: float(found[1] + found[2]))]
    if asked.kind is Kind.MONEY:
        small = rf"(?<!\S)(\d{{1,3}}) {units}{and_}?(\d\d) (?!{units}){any_of(numbers.words['change'])}?"
        return [
            (f"{_N}{any_of(numbers.words['thousand'])}", lambda found: float(found[1]) * 1000),
            (small, lambda found: float(found[1]) + float(found[2]) / 100),
        ]
    if asked.unit == "hours":
        minutes = any_of(numbers.units["minutes"])
        pair = rf"{_N}{units}{and_}?([1-5]\d|\d(?= {minutes})) (?!{units}){minutes}?"
        return [(pair, lambda found: float(found[1]) + float(found[2]) / 60)]
    if parts := any_of(numbers.parts.get(asked.unit, "")):
        # Another noun than the one before: "two girls, two girls" are two.
        sum_ = rf"{_N}({parts})(?:, )?{and_}?(?!\d+ \2){_N}{parts}"
        return [(sum_, lambda found: float(found[1]) + float(found[3]))]
    return []
