"""A text that a stranger's regular expression matches, built from its parts: the expression itself is never run."""

from __future__ import annotations

from re import _parser as regex  # type: ignore[attr-defined]  # the one reader of patterns that runs none
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CHARS: Final = 4_000
"""Characters of a text that is built."""
_MOST_PATTERN_CHARS = 300


def text_matching(pattern: str, least: int) -> str | None:
    """A string of at least so many characters that the pattern matches; None where it cannot be told without running it."""
    if len(pattern) > _MOST_PATTERN_CHARS or least > MOST_CHARS:
        return None
    try:
        parts = list(regex.parse(pattern))
    except Exception:  # noqa: BLE001 - a stranger's pattern; the reader raises more than it says
        return None
    short = _spelt(parts, 0)
    if short is None or len(short) >= least:
        return short
    # Where it may go on, it does: with more of what may come again, else with anything behind what matched.
    longer = _spelt(parts, least)
    if longer is not None and len(longer) >= least:
        return longer
    is_open = not (parts and str(parts[-1][0]) == "AT" and "END" in str(parts[-1][1]))
    return short + "-" * (least - len(short)) if is_open else None


def _spelt(parts: Sequence[Any], more: int) -> str | None:
    """The text of a parsed pattern, each repeated part `more` times beyond its least, if it may come so often."""
    text = ""
    for kind, value in parts:
        piece = _spelt_part(str(kind), value, more)
        if piece is None or len(text) + len(piece) > 2 * MOST_CHARS:
            return None
        text += piece
    return text


def _spelt_part(kind: str, value: Any, more: int) -> str | None:
    if kind == "LITERAL":
        return chr(value)
    if kind in {"ANY", "NOT_LITERAL"}:
        return "a" if kind == "ANY" or value != ord("a") else "b"
    if kind == "IN":
        return _of_class(value)
    if kind in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"}:
        least, most, inner = value
        piece = _spelt(list(inner), 0)
        count = min(int(most), int(least) + more)
        return None if piece is None or count * len(piece) > 2 * MOST_CHARS else piece * count
    if kind == "SUBPATTERN":
        return _spelt(list(value[-1]), more)
    if kind == "BRANCH":
        return next((t for b in value[1] if (t := _spelt(list(b), more)) is not None), None)
    # A place in the text, such as its beginning; what looks ahead, behind or back is not understood.
    return "" if kind == "AT" and "BOUNDARY" not in str(value) else None


def _of_class(members: Sequence[Any]) -> str | None:
    for kind, value in members:
        name = str(kind)
        if name == "NEGATE":
            return _outside(members[1:])
        if name == "LITERAL":
            return chr(value)
        if name == "RANGE":
            return chr(value[0])
        found = {"CATEGORY_DIGIT": "0", "CATEGORY_WORD": "a", "CATEGORY_SPACE": " ", "CATEGORY_NOT_DIGIT": "a"}
        found |= {"CATEGORY_NOT_SPACE": "a", "CATEGORY_NOT_WORD": "-"}
        return found.get(str(value))
    return None


def _outside(members: Sequence[Any]) -> str | None:
    """A character that is none of these; only of plain ones and ranges can it be told."""
    plain = [(v, v) if str(k) == "LITERAL" else v for k, v in members if str(k) in {"LITERAL", "RANGE"}]
    if len(plain) < len(members):
        return None
    return next((c for c in "a0-b ~Z" if not any(low <= ord(c) <= high for low, high in plain)), None)
