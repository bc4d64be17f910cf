r"""What a word is made of in every script: letters and figures, with the marks that belong to them.

Python's `\w` leaves combining marks out, so that it cuts words of Devanagari, Thai, Arabic or Hebrew to pieces. In
scripts that put no space between words each letter is compared as a word of its own: a name is then found wherever it
stands, and never in part.
"""

from __future__ import annotations

import unicodedata

_PICTURES = range(0xFE00, 0xFE10)
"""Marks that only choose a picture: none of a word."""


def _marks() -> str:
    """A character class of the marks that belong to a letter (Unicode's Mn and Mc, to the end of the living scripts)."""
    codes = {code for code in range(0x300, 0x11FFF) if unicodedata.category(chr(code)) in ("Mn", "Mc")} - {*_PICTURES}
    starts = sorted(code for code in codes if code - 1 not in codes)
    ends = sorted(code for code in codes if code + 1 not in codes)
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


MARKS = _marks()
#: Thai, Lao, Burmese, Khmer, kana, Chinese characters.
_UNSPACED = (
    "\u0e01-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
)
WORD = rf"(?:[{_UNSPACED}](?<=\w)[{MARKS}]*|(?:[^\W_{_UNSPACED}][{MARKS}]*)+)"
"""A word, or a letter where words are not told apart, for a pattern; apostrophes are the caller's."""
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
"""A character class of soft hyphens, joiners and marks of direction, which nobody says."""
