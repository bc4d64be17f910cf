"""Sets of plain phrases, for what is looked for anywhere in a text, and not only as the whole of it."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Words = frozenset[str]
NOTHING: Words = frozenset()
_WORD = re.compile(r"[^\W_]+")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "'": None, "’": None, "`": None})


def plain(text: str) -> str:
    """How words are compared: "I'd, früher" becomes "id frueher"."""
    return " ".join(_WORD.findall(text.casefold().translate(_UMLAUTS)))


def phrases(text: str) -> Words:
    """Phrases separated by bars; a phrase may run over the end of a line."""
    return frozenset(plain(phrase) for phrase in text.split("|")) - {""}


def each(*parts: str) -> Words:
    """Every combination, one phrase of each part after the other."""
    options = ([plain(phrase) for phrase in part.split("|")] for part in parts)
    return frozenset(" ".join(filter(None, chosen)) for chosen in product(*options))


def by_last_word(those: Iterable[str]) -> dict[str, Words]:
    """Phrases under their last word, so that only those are looked for whose last word was said at all."""
    found: dict[str, set[str]] = {}
    for phrase in those:
        found.setdefault(phrase.rpartition(" ")[2], set()).add(phrase)
    return {word: frozenset(phrases_of) for word, phrases_of in found.items()}
