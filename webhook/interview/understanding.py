"""What was understood of one utterance: the answer of *listen*, or of `reading` when Claude is late or absent.

There is deliberately no field here for a next topic or a next action: what was said is Claude's to hear, what
happens next is code's to decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

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
