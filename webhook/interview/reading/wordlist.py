"""What a `Lexicon` holds: the tables of words and phrases that code listens for in one language.

Every entry is plain (see `words.plain`): lower case, no apostrophes, no umlauts. `english` and `german` fill them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING

from webhook.interview.reading.words import by_last_word, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Words = frozenset[str]
NOTHING: Words = frozenset()


def phrases(text: str) -> Words:
    """Phrases separated by bars; a phrase may run over the end of a line."""
    return frozenset(plain(phrase) for phrase in text.split("|")) - {""}


def each(*parts: str) -> Words:
    """Every combination, one phrase of each part after the other."""
    return frozenset(plain(" ".join(chosen)) for chosen in product(*(part.split("|") for part in parts)))


def _unchanged(word: str) -> Words:
    return frozenset({word})


@dataclass(frozen=True, kw_only=True)
class Lexicon:
    """Tables of one language. A *clause phrase* is the whole of a clause, fillers aside; others may stand anywhere."""

    # how an utterance is cut
    breaks: Words = NOTHING  #: words that begin a new clause
    fillers: Words = NOTHING  #: no meaning of their own beside a wish ("no, please stop now")
    hedges: Words = NOTHING  #: no meaning of their own beside an answer
    # signals
    stop: Words = NOTHING  #: clause phrases, like the next five
    repeat: Words = NOTHING
    repeat_alone: Words = NOTHING  #: only when nothing else is said
    wait: Words = NOTHING
    refused: Words = NOTHING
    unknown: Words = NOTHING
    refclock_start: Words = NOTHING  #: beginnings of a clause
    refused_yes_no: Words = NOTHING  #: beginnings that decline a yes/no question only
    ask_words: Words = NOTHING  #: words that make a question more than a yes/no question
    ask_starts: Words = NOTHING  #: beginnings that make a question without a question mark
    distress: Words = NOTHING  #: anywhere in what was said
    threat: Words = NOTHING
    harmless: Words = NOTHING  #: left out before looking for danger
    doubts: Words = NOTHING  #: anywhere in what was said: it may be more, or something else, than an answer
    # yes and no
    yes: Words = NOTHING  #: clause phrases
    no: Words = NOTHING
    yes_words: Words = NOTHING  #: beginnings of a clause
    no_words: Words = NOTHING
    content: Words = NOTHING  #: clause phrases: all is well
    content_start: Words = NOTHING
    nothing_more: Words = NOTHING  #: clause phrases: content, after "anything to change?"
    discontent: Words = NOTHING  #: anywhere in a clause
    any_words: Words = NOTHING  #: with `change_words`: a question where "no" means content
    change_words: Words = NOTHING
    right_questions: Words = NOTHING  #: in such a question: it asks both ways at once
    mind_questions: Words = NOTHING  #: "do you mind ...": "no" is a yes
    # free text and lists
    asides: Words = NOTHING  #: at either end of a clause, no meaning of their own ("to be honest")
    lead_ins: Words = NOTHING
    short_lead_ins: Words = NOTHING  #: only before a name or a place
    list_lead_ins: Words = NOTHING
    moved_to: Words = NOTHING  #: lead-ins to a place, which ends before one of `place_ends`
    place_ends: Words = NOTHING
    no_name: Words = NOTHING  #: beginnings of what tells no name ("whatever you like")
    titles: Words = NOTHING  #: no name by themselves
    name_ends: Words = NOTHING  #: what follows is how the name is spelt
    if_any: Words = NOTHING  #: in a question: "nothing" answers it
    joiners: Words = NOTHING
    none: Words = NOTHING  #: clause phrases: an empty list, or 0
    closers: Words = NOTHING  #: clause phrases: the list ends here
    connectors: Words = NOTHING  #: between a thing and its price
    loose_prices: Words = NOTHING  #: a price that is no number ("a tenner", "a few quid")
    # choices
    forms: Callable[[str], Words] = field(default=_unchanged)
    and_or: Words = NOTHING  #: between two things that were meant
    negators: Words = NOTHING
    negators_before: Words = NOTHING  #: only directly before the word they deny
    negates_backward: bool = False
    unreal: Words = NOTHING  #: what was, will be or is wished for
    idioms: Words = NOTHING
    # numbers
    numbers: Mapping[str, float] = field(default_factory=dict)
    tens_before_units: bool = False
    hundred: Words = NOTHING
    scales: Mapping[str, int] = field(default_factory=dict)
    joined_thousand: str = ""
    articles: Words = NOTHING
    number_and: Words = NOTHING
    point: Words = NOTHING
    and_a_half: tuple[str, ...] = ()
    decimal_mark: str = "."
    minus: Words = NOTHING
    range_words: Words = NOTHING
    between: Words = NOTHING
    vague: Words = NOTHING  #: directly before a number that is not quite the one
    vague_after: Words = NOTHING
    ordinals: Words = NOTHING
    pronoun_one: Words = NOTHING
    before_pronoun: Words = NOTHING
    after_pronoun: Words = NOTHING
    born: Words = NOTHING
    future: Words = NOTHING  #: a clause with one of these is not about today
    age_to_come: Words = NOTHING  #: the same where an age was asked for: "18 in two weeks"
    corrections: Words = NOTHING
    i_am: Words = NOTHING
    i: Words = NOTHING
    years_old: Words = NOTHING
    about: Words = NOTHING
    currency: Words = NOTHING
    small_currency: Words = NOTHING
    periods: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def neutral(self) -> Words:
        """Words that change nothing about a yes or a no."""
        return (self.hedges | self.breaks) - self.yes - self.no

    @cached_property
    def asking(self) -> Words:
        """Beginnings of a clause that ends in a question mark and asks us something."""
        return self.ask_starts | self.ask_words

    @cached_property
    def between_wishes(self) -> Words:
        return self.fillers | self.breaks

    @cached_property
    def doubts_by_word(self) -> Mapping[str, Words]:
        return by_last_word(self.doubts)

    @cached_property
    def unmeant(self) -> Words:
        """A clause with one of these says nothing about a choice."""
        return self.unreal | self.idioms
