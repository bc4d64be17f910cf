"""A flow: one interview plan, as frozen values.

`webhook.content` makes these from the YAML that content designers write; nothing here knows of YAML, files or
template languages. Words that may hold names of facts are a `Text`, conditions a `Condition`: both are protocols,
so that the libraries behind them stay in one place and this package stays free of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

Importance = Literal["must", "should", "could"]
SUMMARY = "summary"
"""The id of the topic that reads back what was learnt; `enough` guards the way into it."""
COMPLETED = "completed"
"""The id of the ending that means the interview was held to its end."""
STOPPED_BY_CALLER = "stopped_by_caller"
FELL_SILENT = "fell_silent"
ANSWERED_BY_MACHINE = "answered_by_machine"
NOT_UNDERSTOOD = "not_understood"
"""The id of the ending of a call whose consent was asked for in vain: neither a yes nor a no could be made out."""
OUT_OF_TIME = "out_of_time"
BROKEN = "broken"
"""The id of the ending of a call in which every turn fails."""


class SlotType(StrEnum):
    """What kind of value a slot takes."""

    TEXT = "text"
    WHOLE_NUMBER = "whole_number"
    NUMBER = "number"
    MONEY = "money"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    LIST = "list"


NUMERIC = frozenset({SlotType.WHOLE_NUMBER, SlotType.NUMBER, SlotType.MONEY})
MANY = frozenset({SlotType.CHOICES, SlotType.LIST})


class Template(Protocol):
    """Words that may name facts, e.g. ``Thanks, {{ slots.name }}.``"""

    @property
    def source(self) -> str: ...

    def render(self, context: Mapping[str, object]) -> str:
        """Fill in the names. `context` is what `prompt.template_context` makes."""
        ...


class Condition(Protocol):
    """One `if` line of a `follow_up`."""

    @property
    def source(self) -> str: ...

    @property
    def names(self) -> frozenset[str]:
        """The slots (and `minutes_left`) the line looks at."""
        ...

    def holds(self, values: Mapping[str, object]) -> bool:
        """True or false for these values; an empty slot is None (or an empty list), a type error is false."""
        ...


@dataclass(frozen=True, kw_only=True)
class PlainTemplate:
    """Words without any name in them."""

    source: str

    def render(self, context: Mapping[str, object]) -> str:  # noqa: ARG002 - the protocol's shape
        return self.source


@dataclass(frozen=True, kw_only=True)
class Text:
    """The same words in each language of the flow; the first language is the default."""

    by_language: Mapping[str, Template]

    def render(self, language: str, context: Mapping[str, object]) -> str:
        template = self.by_language.get(language) or next(iter(self.by_language.values()))
        return " ".join(template.render(context).split())

    @classmethod
    def plain(cls, source: str, language: str = "en") -> Text:
        return cls(by_language={language: PlainTemplate(source=source)})


class SaidAs(NamedTuple):
    """What people say for a value of a choice."""

    value: str
    #: A language of the flow; "" for each of them.
    language: str
    words: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Slot:
    """One fact to collect."""

    name: str
    type: SlotType
    topic: str
    #: The topic that requires it first, else the first that lists it as nice to know.
    required: bool = True
    about: str = ""
    min: float | None = None
    max: float | None = None
    values: tuple[str, ...] = ()
    said_as: tuple[SaidAs, ...] = ()
    #: What a list holds: an item type, or the fields of a record.
    of: SlotType | tuple[tuple[str, SlotType], ...] = SlotType.TEXT
    at_least: int = 0
    at_most: int | None = None
    per: str | None = None
    private: bool = False
    read_back: bool = False
    may_refuse: bool = True
    #: Its own plain question, where its topic has several facts.
    fallback: Text | None = field(default=None, compare=False)

    @property
    def label(self) -> str:
        """The name as words."""
        return self.name.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """One line of a `follow_up`: where to go when the condition holds (no condition: always)."""

    condition: Condition | None = None
    go_to: str | None = None
    end: str | None = None


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A subject of the talk."""

    id: str
    fallback: Text
    follow_up: tuple[Arrow, ...]
    importance: Importance = "should"
    say: Text | None = None
    ask: Text | None = None
    required: tuple[str, ...] = ()
    nice_to_know: tuple[str, ...] = ()
    probes: int = 0
    probe_for: Text | None = None

    @property
    def label(self) -> str:
        return self.id.replace("_", " ")


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How a persona sounds; the names are ElevenLabs' own (`voice_settings`)."""

    provider: str = "elevenlabs"
    voice_id: str | None = None
    stability: float | None = None
    similarity_boost: float | None = None
    style: float | None = None
    use_speaker_boost: bool | None = None
    speed: float | None = None


@dataclass(frozen=True, kw_only=True)
class Persona:
    """Who the interviewer is."""

    id: str
    name: str
    style: Text
    voice: Voice = field(default_factory=Voice)


@dataclass(frozen=True, kw_only=True)
class SafetyRule:
    """What is said word for word on a sign of danger, and the ending that follows, if any."""

    say: Text
    end: str | None = None


@dataclass(frozen=True, kw_only=True)
class HouseRules:
    """What holds in every topic."""

    asks: int = 2
    after_refusal: Literal["accept", "explain_once"] = "accept"
    silence_seconds: float = 8
    holding_line: Text | None = None
    bridge_line: Text | None = None
    #: By signal name: `distress`, `threat`.
    safety: Mapping[str, SafetyRule] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class TimeBudget:
    """The length of the call, in minutes."""

    minutes: float = 15
    wrap_up_minutes: float = 2


@dataclass(frozen=True, kw_only=True)
class Enough:
    """What must be settled before the summary may start."""

    must_have: tuple[str, ...] = ()
    at_least: int = 0
    of: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Ending:
    """A way the call can end."""

    id: str
    say: Text | None = None


@dataclass(frozen=True, kw_only=True)
class ReportField:
    """One field of the report: taken from slots (`slots`), or written by Claude (`write`) with quotes as evidence."""

    name: str
    slots: tuple[str, ...] = ()
    #: `from: x` gives the value itself, `from: [x]` an object.
    single: bool = False
    write: str | None = None
    type: SlotType = SlotType.TEXT
    values: tuple[str, ...] = ()
    of: SlotType | tuple[tuple[str, SlotType], ...] = SlotType.TEXT
    evidence: int = 0


@dataclass(frozen=True, kw_only=True)
class ReportPlan:
    """What is handed over when the call ends."""

    send_as: tuple[str, ...] = ("json",)
    fields: tuple[ReportField, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Flow:
    """One interview plan. `content_hash` covers the YAML and every prompt file it names."""

    id: str
    version: int
    title: str
    languages: tuple[str, ...]
    start: str
    persona: str
    personas: Mapping[str, Persona]
    topics: Mapping[str, Topic]
    slots: Mapping[str, Slot]
    endings: Mapping[str, Ending]
    time: TimeBudget = field(default_factory=TimeBudget)
    house_rules: HouseRules = field(default_factory=HouseRules)
    enough: Enough = field(default_factory=Enough)
    report: ReportPlan = field(default_factory=ReportPlan)
    content_hash: str = ""

    @property
    def language(self) -> str:
        return self.languages[0]

    def persona_or_default(self, persona_id: str | None) -> Persona:
        return self.personas.get(persona_id or "") or self.personas[self.persona]
