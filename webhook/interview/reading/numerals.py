"""Numbers in figures and in words: "34", "1,200", "1.2k", "a hundred and five", "vierunddreißig".

Only what is certain is read. Ranges ("five to six", "5-6"), ordinals, decades ("my thirties"), birth years and
figures in a row ("twelve fifty", "12:30") are no numbers here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, takewhile
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.reading.wordlist import Lexicon
    from webhook.interview.reading.words import Token

_THOUSANDS_GROUP = 3
_LONGEST_FIGURE = 13
_LONGEST_NUMBER = 24
"""Words of the longest number anybody says."""
_HUNDRED = 100
_SHORT_ANSWER = 4


class Number(NamedTuple):
    """A number and the tokens it was made of: `first` up to but not including `stop`."""

    value: float
    first: int
    stop: int


class _Piece(NamedTuple):
    """A word, or one part of a long German number word; `at` is its token, `value` what it stands for by itself."""

    word: str
    at: int
    clause: int
    value: float | None = None


def numbers_in(text: str, tokens: Sequence[Token], lexicon: Lexicon) -> list[Number]:
    """Every number that can be relied on, in the order of the words."""
    pieces = [piece for at, token in enumerate(tokens) for piece in _pieces(token, at, lexicon)]
    found: list[Number] = []
    i = 0
    while i < len(pieces):
        read = _read(pieces, i, lexicon)
        if read is None:
            i += 1
            continue
        value, stop = read
        number = Number(value, pieces[i].at, pieces[stop - 1].at + 1)
        found.append(_signed(text, tokens, number, lexicon))
        i = stop
    born = {token.clause for token in tokens if token.word in lexicon.born}
    certain = [n for n in _without_runs_and_ranges(found, tokens, lexicon) if tokens[n.first].clause not in born]
    return [number for number in certain if not _is_doubtful(number, tokens, lexicon)]


def _pieces(token: Token, at: int, lexicon: Lexicon) -> list[_Piece]:
    if token.word[0].isdigit():
        return [_Piece(token.word, at, token.clause, _figures(token.word, lexicon))]
    left, thousand, right = token.word.partition(lexicon.joined_thousand or "\n")
    parts = [part for part in (left, right) if part]
    known = all(part in lexicon.numbers or (part == left and part in lexicon.articles) for part in parts)
    if not thousand or not parts or not known:
        return [_Piece(token.word, at, token.clause, lexicon.numbers.get(token.word))]
    return [_Piece(part, at, token.clause, lexicon.numbers.get(part)) for part in (left, thousand, right) if part]


def _figures(word: str, lexicon: Lexicon) -> float | None:
    """The value of a token that begins with a digit, None when its points and commas make no sense."""
    body, kilo = (word[:-1], 1000) if word.endswith("k") else (word, 1)
    groups = body.replace(",", ".").split(".")
    marks = [mark for mark in body if mark in ".,"]
    if not all(group.isdecimal() and len(group) <= _LONGEST_FIGURE for group in groups):
        return None
    *front, last = groups
    if not front:
        return float(last) * kilo
    decimals = marks[-1] == lexicon.decimal_mark or (len(marks) == 1 and len(last) != _THOUSANDS_GROUP and kilo > 1)
    if len(marks) == 1 and lexicon.decimal_mark == "," and marks[0] == "." and len(last) != _THOUSANDS_GROUP:
        decimals = True
    whole = front if decimals else groups
    if any(len(group) != _THOUSANDS_GROUP for group in whole[1:]):
        return None
    return float("".join(whole) + ("." + last if decimals else "")) * kilo


@dataclass
class _Sum:
    """A number that grows word by word: "two", "two hundred", "two hundred five", "two hundred five thousand"."""

    current: float | None = None
    total: float = 0.0
    ceiling: float = math.inf

    @property
    def value(self) -> float:
        return self.total + (self.current or 0)

    @property
    def is_round(self) -> bool:
        """After a hundred or a thousand, where "and five" may follow."""
        return self.current % _HUNDRED == 0 and self.current > 0 if self.current is not None else self.total > 0

    def take(self, piece: _Piece, lexicon: Lexicon) -> bool:
        """Add the next word; False when it begins something else."""
        if piece.value is not None:
            return self._add(piece.value, is_figure=piece.word[0].isdigit(), lexicon=lexicon)
        if piece.word in lexicon.hundred:
            return self._times_hundred()
        return self._close(lexicon.scales.get(piece.word, math.inf))

    def _add(self, value: float, *, is_figure: bool, lexicon: Lexicon) -> bool:
        if not self._has_room_for(value, is_figure=is_figure, lexicon=lexicon):
            return False
        self.current = (self.current or 0) + value
        return True

    def _has_room_for(self, value: float, *, is_figure: bool, lexicon: Lexicon) -> bool:
        if self.current is None:
            return value < self.ceiling
        if is_figure:
            return False
        if self.current >= _HUNDRED and self.is_round:
            return 0 < value < _HUNDRED
        tens = self.current % _HUNDRED
        return lexicon.tens_before_units and tens in range(20, 100, 10) and 1 <= value <= 9  # noqa: PLR2004 - digits

    def _times_hundred(self) -> bool:
        if (self.current is None and self.total) or not 1 <= (self.current or 1) < _HUNDRED:
            return False
        self.current = (self.current or 1) * _HUNDRED
        return True

    def _close(self, scale: float) -> bool:
        """Thousands, then hundreds: each scale must be smaller than the one before."""
        if scale >= self.ceiling or (not self.current and self.total):
            return False
        self.total += (self.current or 1) * scale
        self.current, self.ceiling = None, scale
        return True


def _read(pieces: Sequence[_Piece], start: int, lexicon: Lexicon) -> tuple[float, int] | None:
    """One number from `start` on and where it stops, by the grammar of number words."""
    clause = [piece for piece in pieces[start : start + _LONGEST_NUMBER] if piece.clause == pieces[start].clause]
    i, so_far = 0, _Sum()
    if clause[0].word in lexicon.articles:
        if len(clause) == 1 or not _is_multiplier(clause[1].word, lexicon):
            return None
        i, so_far = 1, _Sum(current=1.0)
    while i < len(clause):
        if so_far.take(clause[i], lexicon):
            i += 1
        elif so_far.current and so_far.current < _HUNDRED and _stands(clause, i, lexicon.and_a_half):
            so_far.current, i = so_far.current + 0.5, i + len(lexicon.and_a_half)
        elif i and clause[i].word in lexicon.number_and and so_far.is_round and _is_small(clause[i + 1 : i + 2]):
            i += 1
        else:
            break
    if i and i < len(clause) and clause[i].word in lexicon.point and (read := _decimals(clause[i + 1 :])):
        return float(f"{int(so_far.value)}.{read}"), start + i + 1 + len(read)
    return (so_far.value, start + i) if i else None


def _is_multiplier(word: str, lexicon: Lexicon) -> bool:
    return word in lexicon.hundred or word in lexicon.scales


def _is_small(pieces: Sequence[_Piece]) -> bool:
    """True when "and" is followed by a number word: "a hundred and five" goes on, "a hundred and Netflix" does not."""
    return any(p.value is not None and 0 < p.value < _HUNDRED and not p.word[0].isdigit() for p in pieces)


def _decimals(pieces: Sequence[_Piece]) -> str:
    """The digits after "point", one from each word."""
    digits = (str(int(p.value)) if p.value in range(10) and p.value is not None else "" for p in pieces)
    return "".join(takewhile(bool, digits))


def _stands(pieces: Sequence[_Piece], i: int, words: Sequence[str]) -> bool:
    return bool(words) and [piece.word for piece in pieces[i : i + len(words)]] == list(words)


def _signed(text: str, tokens: Sequence[Token], number: Number, lexicon: Lexicon) -> Number:
    first = number.first
    if first and tokens[first - 1].word in lexicon.minus:
        return Number(-number.value, first - 1, number.stop)
    at = tokens[first].start
    if text[max(0, at - 1) : at] in ("-", "−") and not text[max(0, at - 2) : at - 1].strip():
        return number._replace(value=-number.value)
    return number


def _without_runs_and_ranges(found: Sequence[Number], tokens: Sequence[Token], lexicon: Lexicon) -> list[Number]:
    unclear: set[Number] = set()
    for one, two in pairwise(found):
        between = tokens[one.stop : two.first]
        before = tokens[one.first - 1].word if one.first else ""
        same_clause = tokens[one.first].clause == tokens[two.first].clause
        is_range = len(between) == 1 and (between[0].word in lexicon.range_words or before in lexicon.between)
        if (not between and same_clause) or is_range:
            unclear |= {one, two}
    return [number for number in found if number not in unclear]


def _is_doubtful(number: Number, tokens: Sequence[Token], lexicon: Lexicon) -> bool:
    before = tokens[number.first - 1].word if number.first else ""
    after = tokens[number.stop].word if number.stop < len(tokens) else ""
    clause = tokens[number.first].clause
    is_vague = before in lexicon.vague and tokens[number.first - 1].clause == clause
    if after in lexicon.vague_after and tokens[number.stop].clause == clause:
        is_vague = True
    if is_vague or after in lexicon.ordinals:
        return True
    if number.stop - number.first > 1 or tokens[number.first].word not in lexicon.pronoun_one:
        return False
    return len(tokens) > _SHORT_ANSWER or before in lexicon.before_pronoun or after in lexicon.after_pronoun
