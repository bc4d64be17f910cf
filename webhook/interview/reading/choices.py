"""One or several of the values of a slot, where every word of the answer is understood.

A value is known by its own words, in the shapes that speech gives them, and by those the flow gives it in the language
of the call. Around it may stand the small words of a closed list and those of the question; anything else, a second
value where one is asked for, or "or", and nothing is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.flow import SlotType
from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from webhook.interview.flow import Slot
    from webhook.interview.reading.inflection import Forms

_GAP = 2
"""Small words that may stand inside a value of several words ("with my whole family")."""
_LONGEST_QUESTION = 100
_OTHER = "other"


@dataclass(frozen=True, kw_only=True, eq=False)
class Choosing:
    """How a language says which. Tables of phrases (see `line.any_of`), if not said otherwise."""

    code: str  #: the language itself, as `flow.SaidAs` names it
    forms: Callable[[str], Forms]  #: the shapes of a word
    noise: str
    around: str  #: small words that may stand beside a value and change nothing
    never_echoed: str  #: words of a question that mean something in an answer ("or", "not")
    denies: str  #: the values of its clause are not meant
    denies_next: str  #: only the value that it stands directly before
    and_: str  #: between two values; a new clause
    or_: str  #: between values where several may be chosen; where one is asked for, nobody knows which
    partly: str  #: what its clause names is not the one, where one is asked for
    but: str  #: begins a clause
    idioms: str  #: hold the word of a value and mean something else ("on my own")
    i: str  #: before a value it makes a statement about oneself
    none: str  #: the whole answer: no value at all
    nth: tuple[str, ...]  #: "the first one", for an answer to a question that names the values in order
    last: str


class _Piece(NamedTuple):
    """A stretch of the answer: a value, a denial, a border between clauses, or nothing of weight."""

    length: int
    value: str = ""
    denies: bool = False
    denies_next: bool = False
    is_border: bool = False


def read_choice(slot: Slot, text: str, question: str, choosing: Choosing) -> str | None:
    """The one value that the whole answer names."""
    said = _said(text, choosing)
    values = _values_in(slot, said, question, choosing)
    if not values:
        return _by_place(slot, said, question, choosing)
    if len(values) > 1 and _OTHER in values:
        values.remove(_OTHER)
    return values[0] if len(values) == 1 else None


def read_choices(slot: Slot, text: str, question: str, choosing: Choosing) -> list[str] | None:
    """The values that the whole answer names, in the order in which they were said; [] for "none of them"."""
    said = _said(text, choosing)
    if slot.at_least == 0 and compiled(f"{any_of(choosing.none)}{any_of(choosing.around)}*+").fullmatch(
        line(_words(said))
    ):
        return []
    return _values_in(slot, said, question, choosing) or None


def read_statement(slot: Slot, clause: str, choosing: Choosing) -> str | None:
    """The value of a clause that is nothing but "I" and a value: "I rent", "we mostly cook"."""
    said = line(_words(_said(clause, choosing)))
    begins = f"{any_of(choosing.and_)}?{any_of(choosing.i)}"
    found = [v for v in slot.values if compiled(f"{begins}{any_of(v.replace('_', ' '))}").fullmatch(said)]
    return found[0] if len(found) == 1 else None


def is_value(slot: Slot, text: str) -> str | None:
    """The value that a text spells exactly: what can be read in a language without tables."""
    said = line(_words(tokens_of(text)))
    return next((value for value in slot.values if said == line(tokens_of(value.replace("_", " ")))), None)


def _said(text: str, choosing: Choosing) -> tuple[str, ...]:
    noise = compiled(any_of(choosing.noise))
    return tuple(token for token in tokens_of(text) if not noise.fullmatch(f"{token} "))


def _words(said: Sequence[str]) -> list[str]:
    return [token for token in said if token not in PAUSES]


def _values_in(slot: Slot, said: Sequence[str], question: str, choosing: Choosing) -> list[str] | None:
    """The values that are meant, each once; None where a word is not understood or a value is both meant and denied."""
    pieces = _pieces(slot, said, question, choosing)
    if pieces is None:
        return None
    meant: list[str] = []
    denied: set[str] = set()
    for clause in _clauses(pieces):
        is_denied = any(piece.denies for piece in clause)
        before = _Piece(0)
        for piece in clause:
            if piece.value and (is_denied or before.denies_next):
                denied.add(piece.value)
            elif piece.value and piece.value not in meant:
                meant.append(piece.value)
            before = piece
    return None if denied & set(meant) else meant


def _clauses(pieces: Sequence[_Piece]) -> Iterator[list[_Piece]]:
    clause: list[_Piece] = []
    for piece in pieces:
        if piece.is_border and clause:
            yield clause
            clause = []
        clause.append(piece)
    yield clause


def _pieces(slot: Slot, said: Sequence[str], question: str, choosing: Choosing) -> list[_Piece] | None:
    """All of the answer, cut; None where a word is none of what may stand there."""
    around = _around(f"{question} {slot.label}", choosing)
    pieces: list[_Piece] = []
    at = 0
    while at < len(said):
        piece = _piece_at(slot, said, at, around, choosing)
        if piece is None:
            return None
        pieces.append(piece)
        at += piece.length
    return pieces


def _piece_at(slot: Slot, said: Sequence[str], at: int, around: frozenset[str], choosing: Choosing) -> _Piece | None:
    rest = line(said[at:])
    if compiled(any_of(choosing.idioms)).match(rest):
        return None
    value, length = _value_at(slot, said, at, around, choosing)
    if value:
        return _Piece(length, value=value)
    if said[at] in PAUSES:
        return _Piece(1, is_border=True)
    for table, piece in (
        (_denials(slot, choosing), _Piece(0, denies=True)),
        (choosing.denies_next, _Piece(0, denies_next=True)),
        (_borders(slot, choosing), _Piece(0, is_border=True)),
        (choosing.around, _Piece(0)),
    ):
        if found := compiled(any_of(table)).match(rest):
            return piece._replace(length=found.group().count(" "))
    return _Piece(1) if said[at] in around else None


def _borders(slot: Slot, choosing: Choosing) -> str:
    one = f"{choosing.and_}|{choosing.but}"
    return f"{one}|{choosing.or_}|{choosing.partly}" if slot.type is SlotType.CHOICES else one


def _denials(slot: Slot, choosing: Choosing) -> str:
    return choosing.denies if slot.type is SlotType.CHOICES else f"{choosing.denies}|{choosing.partly}"


@lru_cache(maxsize=256)
def _around(question: str, choosing: Choosing) -> frozenset[str]:
    """The words of the question, which are said back, less those that would mean something."""
    unsaid = compiled(any_of(choosing.never_echoed, choosing.denies, choosing.denies_next, choosing.but))
    return frozenset(t for t in tokens_of(question, _LONGEST_QUESTION) if t.isalpha() and not unsaid.fullmatch(f"{t} "))


def _value_at(slot: Slot, said: Sequence[str], at: int, around: frozenset[str], choosing: Choosing) -> tuple[str, int]:
    """The value whose words begin here, the longest first, and how many tokens they take; "" and 0 for none."""
    best = ("", 0)
    for value, shapes in _shapes(slot, choosing):
        length = _length_of(shapes, said, at, around, choosing)
        if length > best[1]:
            best = (value, length)
    return best


@lru_cache(maxsize=256)
def _shapes(slot: Slot, choosing: Choosing) -> tuple[tuple[str, tuple[Forms, ...]], ...]:
    """Every wording of every value, word by word, each in all of its shapes; wordings of more words come first."""
    wordings = [(value, value.replace("_", " ")) for value in slot.values]
    wordings += [(s.value, words) for s in slot.said_as if s.language in ("", choosing.code) for words in s.words]
    shaped = [(value, tuple(choosing.forms(word) for word in tokens_of(wording))) for value, wording in wordings]
    return tuple(sorted((s for s in shaped if s[1]), key=lambda s: -len(s[1])))


def _length_of(
    shapes: Sequence[Forms], said: Sequence[str], at: int, around: frozenset[str], choosing: Choosing
) -> int:
    """How many tokens from `at` on say the words of a value, with small words between them; 0 where they do not."""
    small = compiled(any_of(choosing.around))
    place = at
    for i, shape in enumerate(shapes):
        gap = 0
        while i and gap < _GAP and place < len(said) and said[place] not in shape:
            if said[place] not in around and not small.fullmatch(f"{said[place]} "):
                return 0
            place, gap = place + 1, gap + 1
        if place >= len(said) or said[place] not in shape:
            return 0
        place += 1
    return place - at


def _by_place(slot: Slot, said: Sequence[str], question: str, choosing: Choosing) -> str | None:
    """Say "the first one", where the question names every value, each once, and so in an order."""
    words = line(_words(said))
    small = any_of(choosing.around)
    ordinals = [*choosing.nth[: len(slot.values)], choosing.last]
    places = [i for i, nth in enumerate(ordinals) if compiled(f"{small}*?{any_of(nth)}{small}*+").fullmatch(words)]
    if len(places) != 1:
        return None
    asked = tokens_of(question, _LONGEST_QUESTION)
    found = {value: at for at in range(len(asked)) if (value := _value_at(slot, asked, at, frozenset(), choosing)[0])}
    order = sorted(found, key=lambda value: found[value])
    nth = -1 if ordinals[places[0]] == choosing.last else places[0]
    return order[nth] if len(order) == len(slot.values) and nth < len(order) else None
