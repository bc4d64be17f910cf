"""Consent, the answer that is too dear to be guessed: what speaks for one and against it, whoever heard it.

"Yes, who is this?" picks up the phone, and "fine, but no recording" agrees to something else. Both are asked once more:
a question costs a moment, a consent that nobody gave costs the interview. What code takes for a consent by itself is
stricter still (`assent.read_consent`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.reading import assent, doubts
from webhook.interview.reading.languages import ALL, language

if TYPE_CHECKING:
    from collections.abc import Collection

    from webhook.interview.reading.languages import Language


def agrees(text: str, tag: str) -> bool:
    """Whether code may take the words for a consent by itself."""
    tables = language(tag)
    return tables is not None and assent.read_consent(text, tables.assent) is True


def is_doubtful(text: str, tags: Collection[str], *, no_is_yes: bool = False) -> bool:
    """Whether a no, a condition, a question or a doubt stands beside whatever yes there is.

    `tags` are the languages of the flow; where code knows none of them it listens in all it knows. `no_is_yes`: the
    words answer a question such as "do you mind?".
    """
    known = _known(tags) or ALL
    return any(doubts.holds_doubt(text, tables.assent, tables.doubts, no_is_yes=no_is_yes) for tables in known)


def says_yes_too(text: str, tags: Collection[str]) -> bool:
    """Whether something in the words agrees in so many words, whatever no stands beside it: "no, that's fine"."""
    return any(doubts.agrees_outright(text, tables.assent) for tables in _known(tags))


def is_bare_no(text: str, tags: Collection[str]) -> bool:
    """Whether the words are a no and nothing else."""
    return any(assent.is_no(text, tables.assent) for tables in _known(tags))


def minds(question: str, tags: Collection[str]) -> bool:
    """Whether a question asks if somebody minds, so that a no agrees."""
    return any(assent.minds(question, tables.assent) for tables in _known(tags))


def _known(tags: Collection[str]) -> list[Language]:
    return [tables for tag in tags if (tables := language(tag)) is not None]
