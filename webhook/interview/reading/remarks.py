"""A remark behind an answer, which changes nothing of it: "seven rooms, it's an old house".

People explain what they said. After a pause a new statement may follow that begins as remarks do and holds no word that
could take the answer back, limit it, or make it another's: no number, no "not", "but", "if", "before", "used to", "both".
A consent has no remarks: it stands alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of
from webhook.interview.reading.numbers import has_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from webhook.interview.reading.numbers import Numbers

_LONGEST = 16
"""Tokens of a remark; who says more begins a story."""
_SHORTEST = 2
_CLAUSE = re.compile(r"[^.!…,;]+[.!…,;]*")
_STEM = 4
"""Letters by which a word of the question is known in another form."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Remarks:
    """How remarks go on in a language. Tables of phrases (see `line.any_of`)."""

    begin: str
    never: str  #: anywhere in one: it may change the answer


def before_remarks(
    text: str, question: str, remarks: Remarks, numbers: Numbers, *, nor: Sequence[str] = ()
) -> Iterator[str]:
    """The text without the remarks at its end, one after the other. `nor`: tables of what is no remark here either."""
    clauses = _CLAUSE.findall(text)
    while len(clauses) > 1 and _is_remark(clauses.pop(), question, remarks, numbers, nor):
        yield "".join(clauses).rstrip(" ,;")


def _is_remark(clause: str, question: str, remarks: Remarks, numbers: Numbers, nor: Sequence[str]) -> bool:
    tokens = tokens_of(clause)
    if not _SHORTEST <= len(tokens) <= _LONGEST or not all(token.isalpha() or token in PAUSES for token in tokens):
        return False
    said = line(token for token in tokens if token not in PAUSES)
    if not compiled(any_of(remarks.begin)).match(said) or compiled(rf"\b{any_of(remarks.never, *nor)}").search(said):
        return False
    asked = {word[:_STEM] for word in tokens_of(question, 100) if len(word) >= _STEM}
    return asked.isdisjoint(word[:_STEM] for word in tokens) and not has_number(clause, numbers)
