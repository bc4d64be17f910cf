"""The tables of each language that code reads: what is said, and nothing of how it is read.

A further language is a module with the same constants and a line in `_LANGUAGES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from webhook.interview.reading.languages import english, french, german, spanish

if TYPE_CHECKING:
    from webhook.interview.reading.assent import Assent
    from webhook.interview.reading.choices import Choosing
    from webhook.interview.reading.dictation import Dictating
    from webhook.interview.reading.doubts import Doubts
    from webhook.interview.reading.numbers import Numbers
    from webhook.interview.reading.remarks import Remarks
    from webhook.interview.reading.texts import Telling
    from webhook.interview.reading.wishes import Wishes


class Language(NamedTuple):
    """The tables of one language, by what they are read for."""

    assent: Assent
    doubts: Doubts
    numbers: Numbers
    choosing: Choosing
    telling: Telling
    wishes: Wishes
    dictating: Dictating
    remarks: Remarks


_LANGUAGES = {
    code: Language(
        module.ASSENT,
        module.DOUBTS,
        module.NUMBERS,
        module.CHOOSING,
        module.TELLING,
        module.WISHES,
        module.DICTATING,
        module.REMARKS,
    )
    for code, module in {"en": english, "de": german, "fr": french, "es": spanish}.items()
}
ALL: tuple[Language, ...] = tuple(_LANGUAGES.values())


def language(tag: str) -> Language | None:
    """The tables for a language tag such as `en` or `de-AT`; None for a language that code does not read."""
    return _LANGUAGES.get(code_of(tag))


def code_of(tag: str) -> str:
    """The language alone: `de` for `de-AT`."""
    return tag.replace("_", "-").partition("-")[0].lower()
