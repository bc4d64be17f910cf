"""The door to the word lists: one `Lexicon` for each language that code can listen to.

A language without one gets the empty lexicon: figures, the `values` of a choice and free text can still be read.
"""

from __future__ import annotations

from webhook.interview.reading.english import ENGLISH
from webhook.interview.reading.german import GERMAN
from webhook.interview.reading.wordlist import Lexicon

_EMPTY = Lexicon()
_LEXICONS = {"en": ENGLISH, "de": GERMAN}
KNOWN: tuple[Lexicon, ...] = tuple(_LEXICONS.values())
"""Every lexicon there is: danger is listened for in all of them, whatever the language of the call."""


def lexicon(language: str) -> Lexicon:
    """The tables for a language tag such as `en` or `de-AT`; the empty lexicon when there are none."""
    return _LEXICONS.get(language.replace("_", "-").partition("-")[0].lower(), _EMPTY)
