"""Texts of 32 KB, each of a shape that could cost a reader much."""

from __future__ import annotations

_SIZE = 32 * 1024


def _filled(piece: str) -> str:
    return (piece * (_SIZE // len(piece) + 1))[:_SIZE]


LONG_TEXTS = {
    "one letter": _filled("a"),
    "one word": _filled("yes "),
    "a story": _filled("well my brother who lives in Leeds said that he would never do that again, and I agreed. "),
    "numerals": _filled("thirty four "),
    "figures": _filled("34 "),
    "one figure": _filled("7"),
    "corrections": _filled("no wait thirty four "),
    "fillers": _filled("um uh "),
    "commas": _filled(", "),
    "marks": _filled("?!/+-"),
    "combining marks": _filled("e\u0301\u0323"),
    "digits of another script": _filled("٣٤ "),
}
