"""Words with their places: an utterance cut into sentences, clauses and words.

Matching is done on plain words (lower case, no apostrophes, no umlauts), quoting on the places, so that whatever is
read can be shown in the caller's own spelling. Every pattern here is linear in the length of the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

_SPOKEN_WORD = re.compile(r"[^\W_]+")
#: Figures stand alone ("1,200", "43.5", "1.2k"); "30s", "2nd" and "34yo" are words, not figures.
_TOKEN = re.compile(r"\d{1,13}(?:[.,]\d{1,6}){0,4}[kK]?(?![^\W_])|[^\W_]+(?:['’`]+[^\W_]+)*")
_ENDS_SENTENCE = re.compile(r"[.!?…]")
_ENDS_CLAUSE = re.compile(r"[,;()\"“”„—–]|:\s| - ")
_LONGEST_PHRASE = 10
"""Words of the longest phrase in a lexicon."""
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "'": None, "’": None, "`": None})


class Token(NamedTuple):
    """One word: where it stands and how it is compared. Tokens sort by place."""

    start: int
    end: int
    word: str
    clause: int = 0
    sentence: int = 0


Clause = tuple[Token, ...]


class Found(NamedTuple):
    """A value and the tokens that say it, first and last."""

    value: Any
    first: Token
    last: Token


@dataclass(frozen=True, kw_only=True)
class Said:
    """An utterance in pieces; `asking` holds the numbers of the sentences that end in a question mark."""

    text: str
    clauses: tuple[Clause, ...] = ()
    asking: frozenset[int] = frozenset()


def plain(text: str) -> str:
    """How words are compared: "I'd, früher" becomes "id frueher"."""
    return " ".join(_SPOKEN_WORD.findall(text.casefold().translate(_UMLAUTS)))


def cut(text: str, breaks: Collection[str] = ()) -> Said:
    """Cut normalised text at punctuation and before the words in `breaks` ("but", "because")."""
    clauses: list[list[Token]] = []
    asking: set[int] = set()
    sentence = end = 0
    for found in _TOKEN.finditer(text):
        gap = text[end : found.start()]
        new_sentence = _ENDS_SENTENCE.search(gap) is not None
        if new_sentence and clauses:
            asking.update({sentence} if "?" in gap else ())
            sentence += 1
        word = _compared(found.group())
        if not clauses or new_sentence or word in breaks or _ENDS_CLAUSE.search(gap):
            clauses.append([])
        end = found.end()
        clauses[-1].append(Token(found.start(), end, word, len(clauses), sentence))
    if clauses and "?" in text[end:]:
        asking.add(sentence)
    return Said(text=text, clauses=tuple(map(tuple, clauses)), asking=frozenset(asking))


def _compared(word: str) -> str:
    """Figures keep their points and commas."""
    return word.lower() if "." in word or "," in word else plain(word)


def joined(tokens: Iterable[Token]) -> str:
    return " ".join(token.word for token in tokens)


def flat(clauses: Iterable[Clause]) -> list[Token]:
    return [token for clause in clauses for token in clause]


def forms_of(clause: Sequence[Token], fillers: Collection[str]) -> frozenset[str]:
    """A clause as it stands, without fillers at its ends, and without any: the three shapes a phrase may have."""
    inner = list(clause)
    while inner and inner[0].word in fillers:
        inner.pop(0)
    while inner and inner[-1].word in fillers:
        inner.pop()
    bare = [token for token in inner if token.word not in fillers]
    return frozenset({joined(clause), joined(inner), joined(bare)} - {""})


def without_ends(clause: Clause, phrases: Collection[str]) -> Clause:
    """A clause without the longest of the phrases that it begins and ends with."""
    begins = opening(joined(clause), phrases)
    left = clause[len(begins.split()) :]
    ends = (at for at in range(max(0, len(left) - _LONGEST_PHRASE), len(left)) if joined(left[at:]) in phrases)
    return left[: next(ends, len(left))]


def says_only(clauses: Iterable[Clause], phrases: Collection[str], fillers: Collection[str]) -> bool:
    """Every clause is one of the phrases or nothing but fillers, and at least one is a phrase."""
    meant = [clause for clause in clauses if any(token.word not in fillers for token in clause)]
    return bool(meant) and all(any(form in phrases for form in forms_of(clause, fillers)) for clause in meant)


def by_last_word(phrases: Iterable[str]) -> dict[str, frozenset[str]]:
    """Phrases under their last word, so that only those are looked for whose last word was said at all."""
    found: dict[str, set[str]] = {}
    for phrase in phrases:
        found.setdefault(phrase.rpartition(" ")[2], set()).add(phrase)
    return {word: frozenset(those) for word, those in found.items()}


def contains(spaced: str, phrases: Iterable[str]) -> bool:
    """True when one of the phrases stands in the plain text `spaced`, which begins and ends with a space."""
    return any(f" {phrase} " in spaced for phrase in phrases)


def opening(text: str, phrases: Collection[str]) -> str:
    """The longest of the phrases that plain text begins with, "" when there is none."""
    words = text.split(" ", _LONGEST_PHRASE)[:_LONGEST_PHRASE]
    heads = (" ".join(words[:length]) for length in range(len(words), 0, -1))
    return next((head for head in heads if head in phrases), "")


def begins_with(text: str, phrases: Collection[str]) -> bool:
    return opening(text, phrases) != ""
