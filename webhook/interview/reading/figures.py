"""Numerals in words become figures: "i sleep seven and a half hours" -> "i sleep 7.5 hours".

The numerals themselves are read by text2num, which refuses what is no number ("two three", "eight fifty"). Here is what
it does not know: halves and other fractions, decimals said digit by digit, "2.5 thousand", "zweieinhalbtausend",
spellings of recognisers, and how a language writes figures. What looks like a figure and is none (a decimal mark where
groups stand, "007") becomes a token that no pattern consumes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from text_to_num import text2num

from webhook.interview.reading.line import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_LONGEST_NUMERAL = 14
"""Words of the longest numeral anybody says."""
_LONGEST_FRACTION = 3
_LONGEST_ARTICLE = 4
"""Letters of an article that may begin a number ("a hundred", "eine Million")."""
_SCALES = frozenset({100, 1000, 1_000_000})
_TOO_MUCH = 10**12
_WHOLE = r"(?:0|[1-9]\d{0,11})"


@dataclass(frozen=True, kw_only=True, eq=False)
class Numerals:
    """How one language says and writes numbers. Words are as `line.tokens_of` makes them."""

    code: str
    """The language, as text2num calls it."""
    decimal: str
    """The mark before decimals; the other one of "." and "," groups thousands."""
    point: frozenset[str]
    """Words before decimals that are said."""
    spaced: bool = False
    """Whether a space groups thousands ("2 500")."""
    joins: frozenset[str] = frozenset()
    """Words inside a numeral ("treinta y cuatro")."""
    not_alone: frozenset[str] = frozenset()
    """Numerals that are something else by themselves: articles ("un", "ein"), or vague ("thousands")."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Patterns of spellings that text2num does not know, and what to put there."""
    fractions: Mapping[str, str]
    """By the value ("0.5"): what adds it to a number before it ("and a half")."""
    joined_half: str = ""
    """A suffix for a half ("zweieinhalb")."""
    one_and_a_half: str = ""
    """One word for 1.5 ("anderthalb")."""


def plain_digits(text: str) -> str:
    """Text with the digits of every script as those of ASCII, and without marks of direction or other format."""
    if text.isascii():
        return text
    return "".join(_plain(sign) for sign in text)


def _plain(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Nd":
        return str(unicodedata.decimal(sign))
    return "" if category == "Cf" else sign


def with_figures(tokens: Sequence[str], words: Numerals) -> list[str]:
    """The tokens with every numeral, the longest first, as a figure; a figure that is no number begins with "#"."""
    said = respelt(tokens, words)
    figures: list[str] = []
    at = 0
    while at < len(said):
        value, stop = _numeral_at(said, at, words)
        if value is None:
            figures.append(f"#{said[at]}" if said[at][0].isdecimal() else said[at])
            at += 1
        else:
            value, at = _with_more(value, said, stop, words)
            figures.append(shown(value))
    return figures


def shown(value: float) -> str:
    """A number as a figure: at most twelve digits, no exponent."""
    return f"{value:.12g}"


def respelt(tokens: Sequence[str], words: Numerals) -> list[str]:
    said = " ".join(tokens)
    for pattern, spelling in _spellings(words):
        said = pattern.sub(spelling, said)
    return said.split()


@lru_cache(maxsize=16)
def _spellings(words: Numerals) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), spelling) for pattern, spelling in words.spellings.items())


@lru_cache(maxsize=16)
def fractions_of(words: Numerals) -> dict[str, float]:
    """The value of each fraction by its words."""
    return {phrase: float(value) for value, phrases in words.fractions.items() for phrase in split(phrases)}


def _numeral_at(said: Sequence[str], at: int, words: Numerals) -> tuple[float | None, int]:
    """The number that begins at a token, and where it stops."""
    if said[at][0].isdecimal():
        return _figure_at(said, at, words)
    stop = _end_of_run(said, at, words)
    for end in range(stop, at, -1):
        value = _spelt(said[at:end], words)
        if value is not None and not (end == at + 1 and said[at] in words.not_alone):
            return value, end
    return None, at


def _end_of_run(said: Sequence[str], at: int, words: Numerals) -> int:
    """Where the words end that could be one numeral."""
    stop, longest = at, min(len(said), at + _LONGEST_NUMERAL)
    while stop < longest:
        joins = said[stop] in words.joins and stop > at and stop + 1 < longest
        if _spelt([said[stop + joins]], words) is None:
            break
        stop += 1 + joins
    return stop


def _spelt(said: Sequence[str], words: Numerals) -> float | None:
    """The value of words that are one numeral and nothing else."""
    if len(said) == 1 and (half := _joined_half(said[0], words)) is not None:
        return half
    try:
        value = text2num(" ".join(said), words.code)
    except ValueError:
        return None
    return float(value) if value < _TOO_MUCH else None


def _joined_half(word: str, words: Numerals) -> float | None:
    """The value of a word with a half in it: "zweieinhalb", "anderthalb", "zweieinhalbtausend"."""
    one_and_a_half = words.one_and_a_half
    if not words.joined_half or not (words.joined_half in word or word.startswith(one_and_a_half)):
        return None
    if word.startswith(one_and_a_half):
        few: float | None = 1.5
        rest = word.removeprefix(one_and_a_half)
    else:
        head, _, rest = word.partition(words.joined_half)
        whole = _spelt([next((head.removesuffix(join) for join in words.joins if head.endswith(join)), head)], words)
        few = None if whole is None else whole + 0.5
    many = _spelt([rest], words) if rest else 1
    return few * many if few is not None and many in {1, *_SCALES} else None


def _figure_at(said: Sequence[str], at: int, words: Numerals) -> tuple[float | None, int]:
    """The number that is written at a token, with the groups behind it where a space groups thousands."""
    stop = at + 1
    written = said[at]
    if words.spaced and re.fullmatch(r"[1-9]\d?", written):
        while stop < len(said) and re.fullmatch(r"\d{3}", said[stop]):
            written, stop = written + said[stop], stop + 1
    return _figure(written, words), stop


def _figure(written: str, words: Numerals) -> float | None:
    if not _written(words.decimal).fullmatch(written):
        return None
    if words.decimal == ",":
        written = re.sub(r"\.(?=\d{3})", "", written).replace(",", ".")
    return float(written.replace(",", ""))


@lru_cache(maxsize=2)
def _written(decimal: str) -> re.Pattern[str]:
    """How a number is written. Three decimals are none: "2.500" is 2500 to some and two and a half to others.

    Where a comma stands before decimals, a point before one or two digits can be nothing else.
    """
    group = r"\." if decimal == "," else ","
    marks = "[.,]" if decimal == "," else r"\."
    return re.compile(rf"{_WHOLE}(?:{marks}\d\d?)?|[1-9]\d{{0,2}}(?:{group}\d{{3}}){{1,3}}(?:\{decimal}\d\d?)?")


def _with_more(value: float, said: Sequence[str], at: int, words: Numerals) -> tuple[float, int]:
    """A number with the decimals, the fraction and the scales that follow it, and where those stop."""
    value, at = _with_decimals(value, said, at, words)
    for length in range(_LONGEST_FRACTION, 0, -1):
        fraction = fractions_of(words).get(" ".join(said[at : at + length]))
        if fraction is not None and value.is_integer():
            value, at = value + fraction, at + length
            break
    while at < len(said) and (scale := _spelt([said[at]], words)) in _SCALES and value < (scale or 0):
        value, at = value * (scale or 1), at + 1
    return value, at


def _with_decimals(value: float, said: Sequence[str], at: int, words: Numerals) -> tuple[float, int]:
    """A number with decimals: "twelve point two five", or as one numeral, "deux virgule vingt cinq"."""
    if at + 1 >= len(said) or said[at] not in words.point or not value.is_integer():
        return value, at
    stop = at + 1
    digits = ""
    while stop < len(said) and (digit := _digit(said[stop], words)):
        digits, stop = digits + digit, stop + 1
    if not digits:
        pair, stop = _numeral_at(said, at + 1, words)
        digits = shown(pair) if pair is not None and pair in range(10, 100) else ""
    return (float(f"{value:.0f}.{digits}"), stop) if digits else (value, at)


def _digit(word: str, words: Numerals) -> str:
    value = float(word) if re.fullmatch(r"\d", word) else _spelt([word], words)
    return shown(value) if value is not None and value in range(10) else ""


def numbers_in(tokens: Sequence[str], words: Numerals) -> Iterator[tuple[int, int, float]]:
    """Every number said among tokens: where it begins, where it stops, and its value; the longest first."""
    at = 0
    while at < len(tokens):
        stop, value = _longest_at(tokens, at, words)
        if stop:
            yield at, stop, value
        at = stop or at + 1


def _longest_at(tokens: Sequence[str], at: int, words: Numerals) -> tuple[int, float]:
    """Where the longest number that begins at a token stops, and its value; 0 where none begins."""
    first = tokens[at]
    if not (first[0].isdecimal() or len(first) <= _LONGEST_ARTICLE or _spelt([first], words) is not None):
        return 0, 0.0
    for stop in range(min(len(tokens), at + _LONGEST_NUMERAL), at, -1):
        figures = with_figures(tokens[at:stop], words)
        if len(figures) == 1 and figures[0][0].isdecimal():
            return stop, float(figures[0])
    return 0, 0.0
