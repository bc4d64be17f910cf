"""Free text: what was said without its lead-in ("my name is") and without the fillers around it."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from webhook.interview.reading.words import (
    Clause,
    Found,
    Token,
    begins_with,
    contains,
    cut,
    flat,
    forms_of,
    joined,
    opening,
    plain,
    says_only,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.flow import Slot
    from webhook.interview.reading.wordlist import Lexicon

LONGEST_VALUE = 300
"""Characters of a text value read by code."""
_WORDS_OF_A_NAME = 3
_LONGEST_LEAD_IN = 6
_NAME = frozenset({"name", "nickname", "vorname"})
_PLACE = frozenset({"area", "town", "city", "region", "place", "live", "wohnort", "ort", "stadt", "wohnen"})


def read_text(slot: Slot, text: str, clauses: Sequence[Clause], question: str, lexicon: Lexicon) -> Found | None:
    """The answer in the caller's own words, as a piece of `text`; None when they say nothing."""
    if says_only(clauses, lexicon.no | lexicon.none, lexicon.hedges):
        core = _plain_no(clauses, lexicon) if _may_be_nothing(question, lexicon) else []
    else:
        core = trimmed(_after_yes(clauses, lexicon), lexicon, lexicon.lead_ins)
    if core and _asks(slot, _PLACE):
        core = _place_only(core, lexicon)
    if core and _asks(slot, _NAME):
        core = _name_only(core, lexicon)
    if all(token.word in lexicon.yes_words or token.word in lexicon.hedges for token in core):
        return None
    start = core[0].start
    kept = [token for token in core if token.end - start <= LONGEST_VALUE]
    return Found(text[start : kept[-1].end], kept[0], kept[-1]) if kept else None


def trimmed(tokens: Sequence[Token], lexicon: Lexicon, lead_ins: frozenset[str]) -> list[Token]:
    """Without fillers at both ends and without lead-ins; empty when there is nothing else."""
    core = list(tokens)
    while core and (lead := _lead(core, lexicon, lead_ins)):
        core = core[lead:]
    while core and core[-1].word in lexicon.hedges:
        core.pop()
    return core


def _lead(core: Sequence[Token], lexicon: Lexicon, lead_ins: frozenset[str]) -> int:
    """How many words at the beginning lead in to the answer."""
    head = joined(core[:_LONGEST_LEAD_IN])
    rest_of_clause = sum(token.clause == core[0].clause for token in core[: 2 * _LONGEST_LEAD_IN])
    if long := opening(head, lead_ins):
        return len(long.split())
    short = opening(head, lexicon.short_lead_ins)
    if short and 0 < rest_of_clause - len(short.split()) <= _WORDS_OF_A_NAME:
        return len(short.split())
    return 1 if core[0].word in lexicon.hedges or core[0].word in lexicon.yes_words else 0


def _after_yes(clauses: Sequence[Clause], lexicon: Lexicon) -> list[Token]:
    """Without a leading "No problem," or "Of course,"."""
    left = list(clauses)
    while len(left) > 1 and forms_of(left[0], lexicon.hedges) & lexicon.yes:
        left.pop(0)
    return flat(left)


def _plain_no(clauses: Sequence[Clause], lexicon: Lexicon) -> list[Token]:
    """The "nothing" of "nope, nothing really", else all of it."""
    nothing = [c for c in clauses if forms_of(c, lexicon.hedges) & (lexicon.none - lexicon.no)]
    return trimmed(nothing[0], lexicon, lexicon.lead_ins) if nothing else flat(clauses)


def _may_be_nothing(question: str, lexicon: Lexicon) -> bool:
    """True for "Do you do anything to keep fit?", which a plain no answers, unlike "What should I call you?"."""
    said = cut(question)
    asked = [token.word for token in flat(said.clauses) if token.sentence in said.asking]
    return bool(asked) and (lexicon.ask_words.isdisjoint(asked) or contains(f" {' '.join(asked)} ", lexicon.if_any))


def _place_only(core: list[Token], lexicon: Lexicon) -> list[Token]:
    """The place in "I've just moved to Bristol from London"."""
    lead = opening(joined(core[:_LONGEST_LEAD_IN]), lexicon.moved_to)
    clause, ends = core[0].clause, lexicon.place_ends | lexicon.joiners
    rest = core[len(lead.split()) :]
    place = list(takewhile(lambda token: token.clause == clause and token.word not in ends, rest))
    return place if lead and place else core


def _asks(slot: Slot, words: frozenset[str]) -> bool:
    return not words.isdisjoint(plain(f"{slot.label} {slot.about}").split())


def _name_only(core: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """A name ends with its clause and before "and": "Sam, nice to meet you". "I'm good" is no name."""
    clause, ends = core[0].clause, lexicon.joiners | lexicon.name_ends
    said = list(takewhile(lambda token: token.clause == clause and token.word not in ends, core))
    name = trimmed(said, lexicon, lexicon.lead_ins)
    no_name = joined(name) in lexicon.yes | lexicon.content | lexicon.titles | lexicon.short_lead_ins
    return [] if no_name or begins_with(joined(name), lexicon.no_name) else name
