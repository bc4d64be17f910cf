"""Yes or no, as an answer to one question.

"No" can be good news: after "Is there anything you would like to change?" it means that all is well. The words of
the question decide which way a bare yes or no points.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from webhook.interview.reading.words import begins_with, contains, cut, flat, forms_of, joined, opening

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.reading.wordlist import Lexicon
    from webhook.interview.reading.words import Clause


class _Asks(StrEnum):
    """What a question asks for."""

    CONSENT = "consent"  #: yes is yes
    CHANGE = "change"  #: "anything to change?": no means content
    BOTH = "both"  #: "is that right, or is anything wrong?": a bare yes or no says nothing
    MIND = "mind"  #: "do you mind?": no means yes, yes says nothing


def read_yes_no(clauses: Sequence[Clause], question: str, lexicon: Lexicon) -> bool | None:
    """What the answer comes to; None when it is neither or both."""
    asks = _asks(question, lexicon)
    verdicts = [v for clause in clauses if (v := _clause(clause, asks, lexicon)) is not None]
    outright = {value for value, is_outright in verdicts if is_outright}
    said = outright if outright and asks is not _Asks.CONSENT else {value for value, _ in verdicts}
    bare = {value for value, is_outright in verdicts if not is_outright}
    if outright == {True} and bare == {False}:
        return None
    if True in said and any(_takes_back(clause, asks, lexicon) for clause in clauses):
        return None
    return said.pop() if len(said) == 1 else None


def _asks(question: str, lexicon: Lexicon) -> _Asks:
    said = cut(question)
    last = max(said.asking, default=None)
    words = f" {joined(t for t in flat(said.clauses) if last is None or t.sentence == last)} "
    if contains(words, lexicon.mind_questions):
        return _Asks.MIND
    if not (contains(words, lexicon.any_words) and contains(words, lexicon.change_words)):
        return _Asks.CONSENT
    return _Asks.BOTH if contains(words, lexicon.right_questions) else _Asks.CHANGE


def _clause(clause: Clause, asks: _Asks, lexicon: Lexicon) -> tuple[bool, bool] | None:
    """(value, said outright): "that's right" is outright, a bare "no" gets its meaning from the question."""
    forms = forms_of(clause, lexicon.neutral)
    text = joined(clause)
    if forms & lexicon.content or begins_with(text, lexicon.content_start):
        return True, True
    if asks in (_Asks.CHANGE, _Asks.BOTH) and forms & lexicon.nothing_more:
        return True, True
    if asks in (_Asks.CHANGE, _Asks.BOTH) and _after_no(text, lexicon) in lexicon.content | lexicon.nothing_more:
        return True, True
    if contains(f" {text} ", lexicon.discontent):
        return False, True
    if asks is not _Asks.CONSENT and text.removeprefix(opening(text, lexicon.yes_words)).strip() in lexicon.content:
        return None
    bare = _bare(forms, text, lexicon)
    return None if bare is None else _pointed(bare, asks)


def _takes_back(clause: Clause, asks: _Asks, lexicon: Lexicon) -> bool:
    """A clause that is neither yes nor no but denies something: "I'd love to, but I can't talk now"."""
    return any(token.word in lexicon.negators for token in clause) and _clause(clause, asks, lexicon) is None


def _after_no(text: str, lexicon: Lexicon) -> str:
    """The part after the no in "no nothing is wrong", said without a pause."""
    first, _, rest = text.partition(" ")
    return rest if first in lexicon.no_words and first not in lexicon.negators else ""


def _pointed(bare: bool, asks: _Asks) -> tuple[bool, bool] | None:  # noqa: FBT001 - the answer itself
    if asks is _Asks.CONSENT:
        return bare, False
    if asks is _Asks.CHANGE:
        return not bare, False
    return (True, False) if asks is _Asks.MIND and not bare else None


def _bare(forms: frozenset[str], text: str, lexicon: Lexicon) -> bool | None:
    """Yes or no by the clause alone; what follows a leading yes or no must not contradict it."""
    if forms & lexicon.yes:
        return True
    if forms & lexicon.no:
        return False
    for value, openings in ((True, lexicon.yes_words), (False, lexicon.no_words)):
        if head := opening(text, openings):
            return value if _agrees(text[len(head) :].strip(), value, lexicon) else None
    return None


def _agrees(rest: str, value: bool, lexicon: Lexicon) -> bool:  # noqa: FBT001 - the answer itself
    if not rest or rest in (lexicon.yes if value else lexicon.no):
        return True
    if rest in (lexicon.no if value else lexicon.yes | lexicon.content):
        return False
    against = lexicon.no_words | lexicon.negators if value else lexicon.yes_words
    return not contains(f" {rest} ", against)
