"""Quotes: what the caller really said of what they are said to have said.

What is kept is the caller's own spelling (`webhook.interview.verbatim`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webhook.interview.history import fold
from webhook.interview.verbatim import verbatim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webhook.interview.session import Turn

_COMMON_TEXT = (
    "a about ah all am an and are as at be been but by can cant could did do does dont er erm for from get got had "
    "has have he her him his hm i id if ill im in is isnt it its ive just know like maybe me mhm mm my no nope not of "
    "oh ok okay on or our quite really right she so some sure thanks that thats the their them then there they this "
    "to too uh uhm um very was we well were what will with would yeah yep yes you your "
    "aber als also am an auf aus äh ähm bei bin bisschen bitte da das dass dem den der des die doch du ein eine einem "
    "einen einer er es für genau gut habe hab hat hatte ich ihm ihn ihr im in ist ja jo kann klar mal mein meine mich "
    "mir mit na nach naja ne nee nein nicht noch nur oder richtig schon sehr sein sich sie sind so um und uns vielleicht "
    "von war was weil wenn wie wir wird würde zu zum zur"
)
_COMMON = frozenset(fold(_COMMON_TEXT).split())
"""Words that every talk is full of, in English and German: a quote of nothing else bears no judgement."""


def is_telling(text: str) -> bool:
    """False for "yes", "I do", "the": said so often that it proves nothing."""
    return any(word not in _COMMON for word in fold(text).split())


def as_said(text: str, turns: Iterable[Turn]) -> str:
    """The caller's own words for the text; "" when they did not say so, or it tells nothing."""
    told = (verbatim(text, turn.utterance) for turn in turns) if is_telling(text) else ()
    return next(filter(None, told), "")


def found_quotes(quotes: Any, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    """The quotes that stand in what the caller said, each with its turn. Our own words are no evidence.

    Each counts once: not again in another spelling, and not again as a piece of a longer one of the same turn.
    """
    found: list[dict[str, Any]] = []
    for quote in quotes if isinstance(quotes, list) else []:
        if not isinstance(quote, str) or not is_telling(quote):
            continue
        told = ((turn.slot, verbatim(quote, turn.utterance)) for turn in turns)
        slot, words = next(((slot, words) for slot, words in told if words), (0, ""))
        if not words or any(_covers(known, slot, words) for known in found):
            continue
        found = [known for known in found if not _covers({"words": words, "turn": slot}, known["turn"], known["words"])]
        found.append({"words": words, "turn": slot})
    return found


def _covers(quote: dict[str, Any], turn: int, words: str) -> bool:
    whole, part = f" {fold(quote['words'])} ", f" {fold(words)} "
    return whole == part or (quote["turn"] == turn and part in whole)
