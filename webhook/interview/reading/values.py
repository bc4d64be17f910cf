"""A value of a slot's own type, read out of what the caller said.

`read_value` is the door; there is a reader for each family of types. A reader returns None when it is not certain:
the question is then asked again, which costs less than a wrong fact.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.flow import NUMERIC, Slot, SlotType
from webhook.interview.reading.amounts import read_number
from webhook.interview.reading.free_text import read_text
from webhook.interview.reading.lists import read_list
from webhook.interview.reading.polarity import read_yes_no
from webhook.interview.reading.words import Clause, Found, Token, contains, flat, joined, plain, says_only, without_ends

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.reading.wordlist import Lexicon

_Span = tuple[Token, Token]
_WORDS_OF_ANOTHER = 2
"""Words beside "and" that may well be a choice of their own ("I cook and order in")."""
_WORDS_OF_MORE = 3
"""The same where several may be chosen, and one that was missed does less harm."""
_GAP = 2
"""How many words may stand inside a value of several words ("with my whole family")."""


def read_value(slot: Slot, text: str, clauses: Sequence[Clause], question: str, lexicon: Lexicon) -> Found | None:
    """The value in `clauses`, which are pieces of `text`; `question` is what the caller answers."""
    tokens = flat(clauses)
    if not tokens:
        return None
    if slot.type is SlotType.YES_NO:
        verdict = read_yes_no(clauses, question, lexicon)
        return None if verdict is None else Found(verdict, tokens[0], tokens[-1])
    clauses = [left for clause in clauses if (left := without_ends(clause, lexicon.asides))]
    if not clauses:
        return None
    if slot.type in NUMERIC:
        return read_number(slot, text, clauses, lexicon)
    if slot.type is SlotType.CHOICE:
        return _choice(slot, clauses, lexicon)
    if slot.type is SlotType.CHOICES:
        return _choices(slot, clauses, lexicon)
    if slot.type is SlotType.LIST:
        return read_list(slot, text, clauses, lexicon)
    return read_text(slot, text, clauses, question, lexicon)


def _choice(slot: Slot, clauses: Sequence[Clause], lexicon: Lexicon) -> Found | None:
    hits = _hits(slot, clauses, lexicon)
    if not hits:
        return None
    longest = max(len(value.split("_")) for value in hits)
    best = [value for value in hits if len(value.split("_")) == longest]
    spans = list(hits.values())
    if len(best) > 1 or _is_one_of_several(clauses, spans, lexicon):
        return None
    return Found(best[0], *hits[best[0]])


def _choices(slot: Slot, clauses: Sequence[Clause], lexicon: Lexicon) -> Found | None:
    hits = _hits(slot, clauses, lexicon)
    if hits:
        spans = list(hits.values())
        if _others(_strands(clauses, spans, lexicon), spans, _WORDS_OF_MORE, lexicon):
            return None
        return Found(list(hits), min(first for first, _ in spans), max(last for _, last in spans))
    if slot.at_least == 0 and says_only(clauses, lexicon.none, lexicon.hedges):
        tokens = flat(clauses)
        return Found([], tokens[0], tokens[-1])
    return None


def _is_one_of_several(clauses: Sequence[Clause], spans: Sequence[_Span], lexicon: Lexicon) -> bool:
    """True for "I cook and order in at weekends": to take one of the two would be wrong."""
    strands = _strands(clauses, spans, lexicon)
    meant = [strand for strand in strands if any(first in strand for first, _ in spans)]
    return len(meant) > 1 or _others(strands, spans, _WORDS_OF_ANOTHER, lexicon)


def _strands(clauses: Sequence[Clause], spans: Sequence[_Span], lexicon: Lexicon) -> list[list[Token]]:
    """What stands with a value in one clause, or in clauses that "and" or "or" links, cut at those words."""
    linked: list[list[list[Token]]] = []
    for clause in clauses:
        if not linked or clause[0].word not in lexicon.and_or:
            linked.append([[]])
        for token in clause:
            if token.word in lexicon.and_or:
                linked[-1].append([])
            else:
                linked[-1][-1].append(token)
    return [s for strands in linked if any(first in t for t in strands for first, _ in spans) for s in strands]


def _others(strands: Sequence[Sequence[Token]], spans: Sequence[_Span], least: int, lexicon: Lexicon) -> bool:
    """True when a strand of so many words says something that is no value and is not denied or only wished for."""
    aside = lexicon.negators | lexicon.negators_before | lexicon.unmeant
    for strand in strands:
        words = [token.word for token in strand if token.word not in lexicon.hedges]
        text = f" {joined(strand)} "
        is_value = any(first in strand for first, _ in spans)
        if len(words) >= least and not is_value and text.strip() not in lexicon.closers and not contains(text, aside):
            return True
    return False


def _hits(slot: Slot, clauses: Sequence[Clause], lexicon: Lexicon) -> dict[str, _Span]:
    """The values that were said and meant, in the order of the file, with the tokens that say them.

    "other" is too common a word to stand beside a value that says more.
    """
    found: dict[str, _Span] = {}
    usable = [list(clause) for clause in clauses if not contains(f" {joined(clause)} ", lexicon.unmeant)]
    for value in slot.values:
        shapes = [lexicon.forms(word) for word in plain(value.replace("_", " ")).split()]
        spans = (_span(clause, shapes, lexicon) for clause in usable if shapes)
        if (span := next((s for s in spans if s is not None), None)) is not None:
            found[value] = span
    return {value: span for value, span in found.items() if value != "other"} or found


def _span(clause: Sequence[Token], shapes: Sequence[frozenset[str]], lexicon: Lexicon) -> _Span | None:
    """Where the words of a value stand in a clause, in order and not denied."""
    for i in (i for i, token in enumerate(clause) if token.word in shapes[0]):
        last = i
        for shape in shapes[1:]:
            ahead = range(last + 1, min(len(clause), last + 2 + _GAP))
            last = next((k for k in ahead if clause[k].word in shape), -1)
            if last < 0:
                break
        if last >= 0 and not _is_denied(clause, i, lexicon):
            return clause[i], clause[last]
    return None


def _is_denied(clause: Sequence[Token], at: int, lexicon: Lexicon) -> bool:
    scope = clause if lexicon.negates_backward else clause[:at]
    directly = at > 0 and clause[at - 1].word in lexicon.negators_before
    return directly or any(token.word in lexicon.negators for token in scope)
