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
_LONGEST_WORD = 16
"""Characters of a token and what is around it, on average: a longer text is not even cut."""
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[,;]|[^\w\s.!…,;]")
_APOSTROPHE = re.compile(r"['’`](?!\d)")
#: A hyphen before a figure or between two of them means something.
_HYPHEN = re.compile(r"(?<=[^\W\d_])[-–](?=[^\W\d_])|(?<=\d)-(?=[^\W\d_])")
PAUSES = frozenset(",;")


def tokens_of(text: str, longest: int = LONGEST) -> tuple[str, ...]:
    """The tokens of a text; none where there are more than `longest`."""
    if len(text) > longest * _LONGEST_WORD:
        return ()
    found = tuple(_TOKEN.findall(_HYPHEN.sub(" ", _APOSTROPHE.sub("", text.casefold()))))
    return found if len(found) <= longest else ()


def line(tokens: Iterable[str]) -> str:
    """Tokens one after the other, each with a space behind it: what the patterns of `any_of` match."""
    return "".join(f"{token} " for token in tokens)


@lru_cache(maxsize=1024)
def any_of(*tables: str) -> str:
    """A pattern for one of the phrases of the tables, the longest first, with the space after it.

    A table holds phrases separated by bars, lower case, without hyphens and stops. A phrase may be a regular expression
    ("years?(?: old)?"). An empty table matches nothing.
    """
    phrases = sorted({phrase for table in tables for phrase in split(table)}, key=len, reverse=True)
    return f"(?:(?:{'|'.join(phrases)}) )" if phrases else "(?!)"


def split(table: str) -> list[str]:
    """The phrases of a table as they are compared: cut at bars outside brackets, without apostrophes, ss for ß."""
    phrases, depth = [""], 0
    for sign in _APOSTROPHE.sub("", table).replace("ß", "ss"):
        depth += (sign == "(") - (sign == ")")
        if sign == "|" and not depth:
            phrases.append("")
        else:
            phrases[-1] += sign
    return [phrase for part in phrases if (phrase := " ".join(part.split()))]


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
