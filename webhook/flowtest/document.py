"""A test file as designers write it: which keys there are, and what each of them takes.

What one value cannot tell about itself (does this topic exist?) is checked in `load`.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from webhook.content.document import Words  # noqa: TC001 - pydantic reads the annotations when it runs


class _Doc(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UnderstoodDoc(_Doc):
    """What was understood of a turn. Every other key is a slot with its value."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    corrected: dict[str, Any] = {}
    refused: list[str] = []
    unknown: list[str] = []
    wants_to_change: list[str] = []
    signals: list[str] = []
    thin: bool = False

    @property
    def slots(self) -> dict[str, Any]:
        return self.model_extra or {}


class ExpectDoc(_Doc):
    """What should hold after a turn, or at the end of the talk."""

    topic: str | None = None
    end: str | None = None
    move: str | None = None
    asked: str | None = None
    said: Words | None = None
    filled: dict[str, Any] = {}
    refused: list[str] = []
    unknown: list[str] = []
    empty: list[str] = []
    never_asked: list[str] = []
    in_report: dict[str, Any] = {}
    not_in_report: list[str] = []
    spoken_only: Literal["fallback_lines"] | None = None
    minutes_under: float | None = Field(default=None, gt=0)
    judge: list[Words] = []


class TurnDoc(_Doc):
    """One thing the caller says."""

    caller: Words
    understood: UnderstoodDoc | None = None
    expect: ExpectDoc = ExpectDoc()


class IntervieweeDoc(_Doc):
    """A person for Claude to play."""

    style: Words
    facts: dict[str, Any] = {}
    will_not_say: list[str] = []


class CaseDoc(_Doc):
    """One test."""

    test: Words
    given: dict[str, Any] = {}
    language: str | None = None
    persona: str | None = None
    minutes_left: float | None = Field(default=None, gt=0)
    turns: list[TurnDoc] = []
    model: Literal["off"] | None = None
    caller_says: list[Words] = []
    interviewee: IntervieweeDoc | None = None
    runs: int = Field(default=1, ge=1, le=20)
    expect: ExpectDoc = ExpectDoc()


class SuiteDoc(_Doc):
    """One file: a flow and its tests."""

    flow: str
    tests: list[CaseDoc]


KEYS: dict[str, type[BaseModel]] = {
    "understood": UnderstoodDoc,
    "expect": ExpectDoc,
    "interviewee": IntervieweeDoc,
    "turns": TurnDoc,
    "tests": CaseDoc,
}
"""The document below each key that has one, in a list or not."""
