"""Numbers and names as they are dictated: figure by figure, with "double" and "oh", in pairs; letter by letter.

`figures_in` and `letters_in` find them anywhere in a text, so that what is private is hidden in this form, too;
`read_figures` and `read_letters` take an answer that is nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from text_to_num import text2num

from webhook.interview.reading.figures import plain_digits
from webhook.interview.reading.line import any_of, compiled, line, split, tokens_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LEAST_FIGURES = 6
"""Fewer are a year, a price or a house number."""
_LEAST_LETTERS = 3
_LONGEST_NUMERAL = 5
"""Words of a numeral within a dictated number: "quatre vingt dix neuf"."""
_BELOW = 1000
_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’][^\W\d_]+)*|\+")
_BETWEEN = re.compile(r"[\s,.;:/()\u2010-\u2015-]*")
"""What may stand between two parts of a dictated number or name."""
_AS_IN = "for|as in|like|wie|comme|de|como"
_LINK = frozenset(word for phrase in split(_AS_IN) for word in phrase.split())


@dataclass(frozen=True, kw_only=True, eq=False)
class Dictating:
    """How a language dictates. Tables of phrases, single words but for `lead` (see `line.any_of`)."""

    code: str
    """The language, as text2num calls it."""
    zero: str
    double: str
    triple: str
    plus: str
    lead: str
    """Before a number or a name that is dictated, or behind it: "my number is", "it's spelled"."""


class Part(NamedTuple):
    """What was dictated in a piece of a text, from character `start` to `stop`."""

    start: int
    stop: int
    text: str
    #: Whether any of it was said in words.
    is_spoken: bool


def figures_in(text: str, words: Dictating) -> Iterator[Part]:
    """Each run of figures in a text, as written or as said: "oh one seven one double five" is 017155."""
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        figures, is_spoken, stop = _run(tokens, at, text, words)
        if figures.strip("+"):
            yield Part(tokens[at].start(), tokens[stop - 1].end(), figures, is_spoken)
        at = max(stop, at + 1)


def _run(tokens: Sequence[re.Match[str]], first: int, text: str, words: Dictating) -> tuple[str, bool, int]:
    figures, is_spoken, at = "", False, first
    while at < len(tokens) and (at == first or _touch(tokens[at - 1], tokens[at], text)):
        said = [token[0].casefold() for token in tokens[at : at + _LONGEST_NUMERAL]]
        if (said[0] == "+" or said[0] in _any(words.plus)) and not figures:
            figures, stop = "+", at + 1
        elif said[0].isdecimal():
            figures, stop = figures + plain_digits(said[0]), at + 1
        elif (times := _times(said[0], words)) and len(said) > 1 and (figure := _one_figure(said[1], words)):
            figures, stop, is_spoken = figures + figure * times, at + 2, True
        elif (spelt := _spelt(said, words)) is not None:
            figures, stop, is_spoken = figures + spelt[0], at + spelt[1], True
        else:
            break
        at = stop
    return figures, is_spoken, at


def _times(word: str, words: Dictating) -> int:
    return 2 if word in _any(words.double) else 3 if word in _any(words.triple) else 0


@lru_cache(maxsize=64)
def _any(table: str) -> frozenset[str]:
    return frozenset(split(table))


def _one_figure(word: str, words: Dictating) -> str:
    spelt = _spelt([word], words)
    figures = plain_digits(word) if word.isdecimal() else spelt[0] if spelt is not None else ""
    return figures if len(figures) == 1 else ""


def _spelt(said: Sequence[str], words: Dictating) -> tuple[str, int] | None:
    """The figures of the longest numeral that words begin with, and how many words it has."""
    if said[0] in _any(words.zero):
        return "0", 1
    for count in range(len(said), 0, -1):
        try:
            value = text2num(" ".join(said[:count]), words.code)
        except ValueError:
            continue
        if value < _BELOW:
            return f"{value:.0f}", count
    return None


def _touch(one: re.Match[str], other: re.Match[str], text: str) -> bool:
    return _BETWEEN.fullmatch(text, one.end(), other.start()) is not None


def letters_in(text: str) -> Iterator[Part]:
    """Each name that is spelled in a text: "K A T", "K-A-T", "K for Kilo, A, double T"."""
    tokens = list(_TOKEN.finditer(text))
    at = 0
    while at < len(tokens):
        letters, stop = "", at
        while stop < len(tokens) and (stop == at or _touch(tokens[stop - 1], tokens[stop], text)):
            letter, after = _letter(tokens, stop)
            if not letter:
                break
            letters, stop = letters + letter, after
        if len(letters) >= _LEAST_LETTERS and stop > at + 1:
            yield Part(tokens[at].start(), tokens[stop - 1].end(), letters, is_spoken=True)
        at = max(stop, at + 1)


def _letter(tokens: Sequence[re.Match[str]], at: int) -> tuple[str, int]:
    """The letter that begins at a token ("K", "double T", "K as in Kilo"), and where it stops; "" for none."""
    said = [unicodedata.normalize("NFC", token[0]) for token in tokens[at : at + 4]]
    if said[0].casefold() in {"double", "doppel", "doble"} and len(said) > 1 and len(said[1]) == 1:
        return said[1] * 2, at + 2
    if len(said[0]) != 1 or not said[0].isalpha():
        return "", at
    for link in (1, 2):
        is_link = len(said) > link + 1 and all(word.casefold() in _LINK for word in said[1 : link + 1])
        if is_link and len(said[link + 1]) > 1 and said[link + 1][0].casefold() == said[0].casefold():
            return said[0], at + link + 2
    return said[0], at + 1


def read_figures(text: str, words: Dictating) -> str | None:
    """The figures of an answer that dictates a number and says nothing else; None for any other.

    What was written as figures stays as it stands: "+49 30 1234 5678".
    """
    found = list(figures_in(text, words))
    if len(found) != 1 or not _is_all(text, found[0], words):
        return None
    part = found[0]
    return part.text if part.is_spoken else text[part.start : part.stop].strip()


def read_letters(text: str, words: Dictating) -> str | None:
    """The name that an answer spells and says nothing else, in title case; None for any other."""
    found = list(letters_in(text))
    return found[0].text.title() if len(found) == 1 and _is_all(text, found[0], words) else None


def _is_all(text: str, part: Part, words: Dictating) -> bool:
    """Whether there is nothing around a part but what leads to it."""
    return all(
        compiled(f"{any_of(words.lead)}*+").fullmatch(line(t for t in tokens_of(rest) if t.isalnum())) is not None
        for rest in (text[: part.start], text[part.stop :])
    )
