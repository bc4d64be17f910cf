"""What was understood of one utterance: the answer of *listen*, or of `reading` when Claude is late or absent.

There is deliberately no field here for a next topic or a next action: what was said is Claude's to hear, what
happens next is code's to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Fullness = Literal["thin", "fine", "rich"]
Source = Literal["listen", "reading"]


class Signal(StrEnum):
    """What a caller can want from the interviewer besides answering."""

    DISTRESS = "distress"
    THREAT = "threat"
    STOP = "stop"
    REPEAT = "repeat"
    WAIT = "wait"
    QUESTION = "question"
    OFF_TOPIC = "off_topic"
    OTHER_LANGUAGE = "other_language"


class AboutUs(StrEnum):
    """What a caller can want to know of the call itself."""

    AI = "ai"
    WHO = "who"
    RECORDING = "recording"
    DURATION = "duration"
    HUMAN = "human"  #: they would rather talk to a person


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A value the caller gave. `words` is a piece of what they said, verbatim."""

    slot: str
    value: object
    words: str
    correction: bool = False
    #: False when it follows from what they said but was not said outright.
    outright: bool = True


@dataclass(frozen=True, kw_only=True)
class Understanding:
    """Everything taken from the caller's latest words; only proposals until `facts.apply` has checked them."""

    facts: tuple[Heard, ...] = ()
    refused: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    #: Slots the caller wants to talk about again without having given the new value yet.
    wants_to_change: tuple[str, ...] = ()
    signals: frozenset[Signal] = frozenset()
    fullness: Fullness = "fine"
    source: Source = "listen"


OWN_KEYS = ("corrected", "refused", "unknown", "wants_to_change", "signals", "thin")
"""The words of an `understood` that are no slots."""


def understanding_of(understood: Mapping[str, Any], utterance: str) -> Understanding:
    """An `understood` as it is written in tests and recordings. Every fact counts as said by the whole utterance."""
    given = {name: value for name, value in understood.items() if name not in OWN_KEYS}
    corrected = understood.get("corrected", {})
    return Understanding(
        facts=tuple(
            Heard(slot=slot, value=value, words=utterance, correction=slot in corrected)
            for slot, value in (given | corrected).items()
        ),
        refused=tuple(understood.get("refused", ())),
        unknown=tuple(understood.get("unknown", ())),
        wants_to_change=tuple(understood.get("wants_to_change", ())),
        signals=frozenset(Signal(signal) for signal in understood.get("signals", ())),
        fullness="thin" if understood.get("thin") else "fine",
    )
