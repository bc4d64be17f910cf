"""Where words stand in what was said.

Looked for word by word, so case and punctuation do not matter; what is found is the speaker's own spelling.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.history import fold, normalise
from webhook.interview.letters import INVISIBLE, WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_APOSTROPHES = "'’`"
_PART = rf"{WORD}(?:[{INVISIBLE}]+{WORD})*"
_WORD = re.compile(rf"{_PART}(?:[{_APOSTROPHES}]+{_PART})*")


class Word(NamedTuple):
    """One word of a text: where it stands and how it is compared."""

    start: int
    end: int
    folded: str


def words_of(text: str) -> list[Word]:
    """The words of a text in order; joined by blanks they are what `fold` makes of it."""
    found = ((m.start(), m.end(), fold(m[0])) for m in _WORD.finditer(text))
    return [Word(start, end, part) for start, end, folded in found for part in folded.split()]


def places_of(wanted: Sequence[str], words: Sequence[Word]) -> Iterable[tuple[int, int]]:
    """From where to where in the text these words stand one after the other."""
    size = len(wanted)
    for i in range(len(words) - size + 1 if size else 0):
        if all(words[i + k].folded == wanted[k] for k in range(size)):
            yield words[i].start, words[i + size - 1].end


def verbatim(quote: str, utterance: str) -> str:
    """The words of the utterance that the quote means; "" when they do not stand there."""
    words = words_of(utterance)
    place = next(iter(places_of(fold(quote).split(), words)), None)
    if place is None:
        return ""
    given = normalise(quote)
    return given if given in normalise(utterance) else utterance[place[0] : place[1]]
