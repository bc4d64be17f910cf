"""An utterance as a line of tokens, which the tables of a language consume whole or not at all.

Compared is case-folded text without apostrophes; a hyphen between words opens them. A full stop or an exclamation mark
says nothing about a value and goes; a comma stays until somebody has looked at it; any other mark ("/", "+", a minus, a
question mark) stays a token of its own, so that no table consumes it and nothing is taken from the words around it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 25
"""Tokens: whoever says more has said more than a value."""
_LONGEST_TEXT = 400
"""Characters of a text that may hold so few tokens."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[,;]|[^\w\s.!…,;]")
_APOSTROPHE = re.compile(r"['’`](?!\d)")
#: A hyphen before a figure or between two of them means something.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-–](?=[^\W\d_])|(?<=\d)-(?=[^\W\d_])")
PAUSES = frozenset(",;")


def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of a text; none where there are more than `LONGEST`."""
    if len(text) > _LONGEST_TEXT:
        return ()
    found = tuple(_TOKEN.findall(_HYPHEN.sub(" ", _APOSTROPHE.sub("", text.casefold()))))
    return found if len(found) <= LONGEST else ()


def line(tokens: Iterable[str]) -> str:
    """Tokens one after the other, each with a space behind it: what the patterns of `any_of` match."""
    return "".join(f"{token} " for token in tokens)


def any_of(*tables: str) -> str:
    """A pattern for one of the phrases of the tables, the longest first, with the space after it.

    A table holds phrases separated by bars, compared as `tokens_of` does: no apostrophes, no hyphens, no stops. A
    phrase may be a regular expression ("years?(?: old)?"). An empty table matches nothing.
    """
    phrases = sorted({phrase for table in tables for phrase in split(table)}, key=len, reverse=True)
    return f"(?:(?:{'|'.join(phrases)}) )" if phrases else "(?!)"


def split(table: str) -> list[str]:
    """The phrases of a table: at bars outside brackets."""
    return [phrase for part in re.split(r"\|(?![^(]*\))", table) if (phrase := " ".join(part.split()))]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
