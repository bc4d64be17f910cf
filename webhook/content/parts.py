"""The parts of a flow: what to call a place in it, and which keys it takes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content import document

if TYPE_CHECKING:
    from pydantic import BaseModel

    from webhook.content.source import Place


@dataclass(frozen=True, kw_only=True)
class Part:
    """A kind of place: how it is called, and which keys it takes."""

    pattern: tuple[str, ...]
    called: str
    models: tuple[type[BaseModel], ...]


_PARTS = (
    Part(pattern=(), called="the flow", models=(document.FlowDoc,)),
    Part(pattern=("personas", "*"), called="persona `{-1}`", models=(document.PersonaDoc,)),
    Part(pattern=("personas", "*", "voice"), called="the voice of persona `{-2}`", models=(document.VoiceDoc,)),
    Part(pattern=("time",), called="`time`", models=(document.TimeDoc,)),
    Part(pattern=("house_rules",), called="`house_rules`", models=(document.HouseRulesDoc,)),
    Part(pattern=("house_rules", "safety"), called="`safety`", models=(document.SafetyDoc,)),
    Part(pattern=("house_rules", "safety", "*"), called="safety rule `{-1}`", models=(document.SafetyRuleDoc,)),
    Part(pattern=("topics", "*"), called="topic `{-1}`", models=(document.TopicDoc,)),
    Part(pattern=("topics", "*", "required_info", "*"), called="slot `{-1}`", models=(document.SlotDoc,)),
    Part(pattern=("topics", "*", "nice_to_know", "*"), called="slot `{-1}`", models=(document.SlotDoc,)),
    Part(pattern=("topics", "*", "follow_up"), called="the follow_up of topic `{-2}`", models=(document.TargetDoc,)),
    Part(
        pattern=("topics", "*", "follow_up", "*"),
        called="the follow_up of topic `{-3}`",
        models=(document.IfDoc, document.ElseDoc),
    ),
    Part(
        pattern=("topics", "*", "follow_up", "*", "else"),
        called="the follow_up of topic `{-4}`",
        models=(document.TargetDoc,),
    ),
    Part(pattern=("enough",), called="`enough`", models=(document.EnoughDoc,)),
    Part(pattern=("endings", "*"), called="ending `{-1}`", models=(document.EndingDoc,)),
    Part(pattern=("report",), called="`report`", models=(document.ReportDoc,)),
    Part(pattern=("report", "fields", "*"), called="report field `{-1}`", models=(document.ReportFieldDoc,)),
)


def called(place: Place) -> str:
    """What to call the nearest part of the document that a place lies in, e.g. "topic `age`"."""
    part, depth = part_of(place)
    names = [str(step) for step in place[:depth]]
    return re.sub(r"\{-(\d)\}", lambda m: names[-int(m[1])], part.called)


def part_of(place: Place) -> tuple[Part, int]:
    for depth in range(len(place), -1, -1):
        for part in _PARTS:
            if len(part.pattern) == depth and all(
                wanted in ("*", step) for wanted, step in zip(part.pattern, place, strict=False)
            ):
                return part, depth
    return _PARTS[0], 0


def keys_of(place: Place) -> list[str]:
    part, depth = part_of(place)
    if depth < len(place):
        return []
    return [field.alias or name for model in part.models for name, field in model.model_fields.items()]


def thing(place: Place) -> str:
    """What stands at a place, e.g. "`min` in slot `age`"."""
    part, depth = part_of(place)
    if depth == len(place):
        return called(place)
    names = [step for step in place[depth:] if isinstance(step, str)]
    if depth == 0 and names:
        return f"`{'.'.join(names)}`"
    inside = called(place[:-1]) if names else called(place)
    return f"`{'.'.join(names)}` in {inside}" if names else f"a line in {inside}" if part.pattern else inside
