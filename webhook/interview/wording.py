"""The words of a move that need no model: fixed texts, fallback lines, the read-back of facts.

Every move has words here. That is what makes the scripted interview, and what a caller hears when Claude is late.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from webhook.interview import moves
from webhook.interview import road as roads
from webhook.interview.facts import Status, filled_values, status_of
from webhook.interview.flow import (
    ANSWERED_BY_MACHINE,
    FELL_SILENT,
    NOT_UNDERSTOOD,
    OUT_OF_TIME,
    STOPPED_BY_CALLER,
    SUMMARY,
    Flow,
    Slot,
    SlotType,
    Text,
    Topic,
)
from webhook.interview.lines import Line, line, minutes_left
from webhook.interview.moves import MEDICAL, Move, MoveKind, State
from webhook.interview.speech import clean, question_of, split_sentences
from webhook.interview.understanding import AboutUs, Signal

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Moves that Claude words; all others are spoken as they stand.
_WORDED = frozenset(
    {MoveKind.ASK, MoveKind.PROBE, MoveKind.CLARIFY, MoveKind.ANSWER, MoveKind.REDIRECT, MoveKind.SUMMARY}
)
_LAST_LINES = {
    STOPPED_BY_CALLER: Line.STOPPED,
    OUT_OF_TIME: Line.OUT_OF_TIME,
    FELL_SILENT: Line.FELL_SILENT,
    ANSWERED_BY_MACHINE: Line.ANSWERED_BY_MACHINE,
    NOT_UNDERSTOOD: Line.NOT_UNDERSTOOD,
}
_ITEMS_READ_BACK = 8
_RECORDING = re.compile(
    r"\brecord(?:ed|ing)\b|\btaped\b|aufgezeichnet|aufzeichn|aufgenommen|aufnahme|mitgeschnitten", re.IGNORECASE
)
_IN_THEIR_WORDS = (SlotType.TEXT, SlotType.LIST)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """How a move is said: `lead` word for word, then Claude's words if `by_claude`, else (or if late) `fallback`.

    `question` alone closes a turn that Claude began and did not bring to its question.
    """

    lead: str = ""
    by_claude: bool = False
    fallback: str = ""
    question: str = ""

    @property
    def fixed(self) -> str:
        """The whole move without Claude."""
        return " ".join(part for part in (self.lead, self.fallback) if part)


@dataclass(frozen=True, kw_only=True)
class Voicing:
    """Who speaks to whom: what every rendered text may use."""

    flow: Flow
    state: State
    language: str
    persona_id: str
    minutes_left: float
    #: The last thing we said, for saying it again.
    last_said: str = ""

    @cached_property
    def context(self) -> dict[str, Any]:
        """The names a template may use: `slots`, `time.minutes_left`, `persona.name`, `language`."""
        return template_context(self.flow, self.state, self.language, self.persona_id, self.minutes_left)

    def text(self, text: Text) -> str:
        return text.render(self.language, self.context)

    def line(self, name: Line) -> str:
        return line(name, self.language)


def template_context(flow: Flow, state: State, language: str, persona_id: str, minutes_left: float) -> dict[str, Any]:
    persona = flow.persona_or_default(persona_id)
    return {
        "slots": {name: _sayable(flow.slots[name], value) for name, value in filled_values(state.facts).items()},
        "time": {"minutes_left": max(0, round(minutes_left))},
        "persona": {"name": persona.name},
        "language": language,
    }


def _sayable(slot: Slot, value: Any) -> Any:
    """The value for a template that may be spoken; a flow's own names (of choices) stay as the flow has them."""
    if isinstance(value, str):
        return _aloud(value) if slot.type is SlotType.TEXT else value
    if slot.type is SlotType.LIST and isinstance(value, list | tuple):
        return [_sayable_item(item) for item in value]
    return value


def _sayable_item(item: Any) -> Any:
    if isinstance(item, dict):
        return {name: _sayable_item(field) for name, field in item.items()}
    return _aloud(item) if isinstance(item, str) else item


def wording(voicing: Voicing, move: Move) -> Wording:
    """The words of a move."""
    if move.kind not in _WORDED:
        return Wording(fallback=_fixed(voicing, move))
    lead = " ".join(voicing.text(say) for t in move.say if (say := voicing.flow.topics[t].say))
    topic = voicing.flow.topics[move.topic] if move.topic else None
    if move.kind is MoveKind.ASK and topic and topic.ask is None:
        return Wording(lead=lead, fallback="" if topic.id in move.say and "?" in lead else _question(voicing, move))
    if move.kind is MoveKind.SUMMARY and move.problem:
        return Wording(fallback=voicing.line(Line.TELL_ME_CHANGE))
    fallback = _fallback(voicing, move, topic)
    question = fallback if move.kind is MoveKind.PROBE else _topic_question(voicing, move)
    return Wording(lead=lead, by_claude=True, fallback=fallback, question=question)


def opening_words(flow: Flow, *, language: str, persona_id: str) -> str:
    """The first words of a call, as the flow fixes them."""
    decision = moves.opening(flow, State(), now=0.0)
    voicing = Voicing(
        flow=flow,
        state=decision.state,
        language=language,
        persona_id=persona_id,
        minutes_left=moves.minutes_left(flow, decision.state, 0.0),
    )
    return wording(voicing, decision.move).fixed


def _fixed(voicing: Voicing, move: Move) -> str:
    flow = voicing.flow
    if move.kind is MoveKind.REPEAT:
        topic = flow.topics.get(move.topic or "")
        if topic is not None and topic.say is not None and topic.ask is None and topic.id in voicing.state.said:
            return voicing.text(topic.say)  # what was asked is only understood with all its words
        return question_of(voicing.last_said) or _topic_question(voicing, move)
    if move.kind is MoveKind.WAIT:
        return voicing.line(Line.TAKE_YOUR_TIME)
    if move.kind is MoveKind.HOLD:
        held = flow.house_rules.holding_line
        return voicing.text(held) if held else voicing.line(Line.HOLDING)
    if move.kind is MoveKind.OFFER_STOP:
        return voicing.line(Line.CONFIRM_STOP)
    if move.kind is MoveKind.READ_BACK and move.slot:
        slot = flow.slots[move.slot]
        return voicing.line(Line.READ_BACK).format(
            value=spoken_value(slot, filled_values(voicing.state.facts)[move.slot], voicing.language)
        )
    if move.kind is MoveKind.SAFETY_CHECK:
        return voicing.line(Line.IS_EVERYBODY_SAFE if move.signal is Signal.THREAT else Line.ARE_YOU_SAFE)
    if move.kind is MoveKind.SAFETY:
        return _safety(voicing, move)
    return last_words(voicing, move.ending or "")


def last_words(voicing: Voicing, ending: str) -> str:
    """What is said as the call ends."""
    known = voicing.flow.endings.get(ending)
    if known is not None and known.say is not None:
        return voicing.text(known.say)
    return voicing.line(_LAST_LINES.get(ending, Line.GOODBYE))


def _safety(voicing: Voicing, move: Move) -> str:
    rule = voicing.flow.house_rules.safety.get(move.signal.value if move.signal else "")
    said = voicing.text(rule.say) if rule else voicing.line(Line.NOTHING_BAD)
    if move.problem == MEDICAL:
        said = f"{voicing.line(Line.CALL_FOR_HELP)} {said}"
    known = voicing.flow.endings.get(move.ending or "")
    if known is not None and known.say is not None:
        said = f"{said} {voicing.text(known.say)}"
    return said


def _fallback(voicing: Voicing, move: Move, topic: Topic | None) -> str:
    if move.kind is MoveKind.PROBE or topic is None:
        return voicing.line(Line.ASK_MORE)
    return _with_read_back(voicing, move) if topic.id == SUMMARY else _question(voicing, move)


def _question(voicing: Voicing, move: Move) -> str:
    """The topic's plain question, with the few words that the move needs before it."""
    before = _before_question(voicing, move)
    return " ".join(part for part in (before, _topic_question(voicing, move)) if part)


def _before_question(voicing: Voicing, move: Move) -> str:
    if move.kind is MoveKind.CLARIFY or move.problem:
        return voicing.line(Line.SAY_AGAIN_VALUE)
    if move.kind is MoveKind.ANSWER:
        return _answer(voicing, move.about_us)
    if move.kind is MoveKind.REDIRECT:
        return voicing.line(Line.ONLY_THIS_LANGUAGE if move.signal is Signal.OTHER_LANGUAGE else Line.BACK_TO_IT)
    if move.slot in voicing.state.pressed:
        return voicing.line(Line.EXPLAIN_WHY)
    return voicing.line(Line.GOT_IT) if move.acknowledge else ""


def _answer(voicing: Voicing, asked: AboutUs | None) -> str:
    """What code knows of the call itself; nothing is said of a recording but what the flow says of it."""
    if asked is AboutUs.AI:
        return voicing.line(Line.AN_AI)
    if asked is AboutUs.HUMAN:
        return voicing.line(Line.NO_PERSON)
    if asked is AboutUs.WHO:
        name = voicing.flow.persona_or_default(voicing.persona_id).name
        return voicing.line(Line.WHO).format(name=name)
    if asked is AboutUs.DURATION:
        return minutes_left(voicing.minutes_left, voicing.language)
    if asked is AboutUs.RECORDING:
        return _said_of_recording(voicing) or voicing.line(Line.ASK_THE_HOSTS)
    return voicing.line(Line.CANNOT_ANSWER)


def _said_of_recording(voicing: Voicing) -> str:
    """The sentence of the opening that speaks of a recording, as it stands there."""
    start = voicing.flow.topics[voicing.flow.start]
    opening = voicing.text(start.say) if start.say is not None else ""
    return next((s for s in split_sentences(opening) if _RECORDING.search(s) and not s.endswith("?")), "")


def _topic_question(voicing: Voicing, move: Move) -> str:
    """What to ask without Claude: of a topic with several facts its own question is the one for the first of them."""
    topic = voicing.flow.topics.get(move.topic or voicing.flow.start)
    if topic is None:
        return ""
    slot = voicing.flow.slots.get(move.slot or "")
    if slot is not None and status_of(voicing.state.facts, slot.name) is Status.PARTIAL:
        return voicing.line(Line.WHAT_ELSE)
    if slot is not None and slot.fallback is not None:
        return voicing.text(slot.fallback)
    is_first = slot is None or slot.name not in topic.required[1:]
    # The names of facts are words of the language the flow is written in.
    if is_first or voicing.language != voicing.flow.language:
        return voicing.text(topic.fallback)
    assert slot is not None
    return voicing.line(Line.AND_WHAT_ABOUT).format(fact=slot.label)


def _with_read_back(voicing: Voicing, move: Move) -> str:
    """A summary in code: the facts of the road that was taken, by name, then the question.

    A private fact is not said aloud: people take these calls in trains. The names of facts, and of choices without words
    of their own, are words of the language the flow is written in. In another one only what the caller said in words
    of their own, and choices the flow has words for, are read back.
    """
    known = {
        name: value
        for name, value in filled_values(voicing.state.facts).items()
        if value != [] and not isinstance(value, bool)
    }
    slots = [slot for slot in _on_road(voicing) if slot.name in known and not slot.private]
    language = voicing.language
    if language == voicing.flow.language:
        values = [(f"{slot.label}: ", spoken_value(slot, known[slot.name], language)) for slot in slots]
    else:
        values = [("", spoken_value(slot, known[slot.name], language)) for slot in slots if _is_in(slot, language)]
    said = [f"{label}{value}" for label, value in values if value][:_ITEMS_READ_BACK]
    before = f"{voicing.line(Line.SUMMARY_INTRO)} {'; '.join(said)}." if said else ""
    return " ".join(part for part in (before, _question(voicing, move)) if part)


def _on_road(voicing: Voicing) -> list[Slot]:
    flow, facts = voicing.flow, voicing.state.facts
    road = roads.walk(flow, facts, minutes_left=voicing.minutes_left)
    topics = [flow.topics[t] for t in roads.whole_road(flow, facts, road, minutes_left=voicing.minutes_left)]
    names = {name for topic in topics for name in (*topic.required, *topic.nice_to_know)}
    return [slot for slot in flow.slots.values() if slot.name in names]


def _is_in(slot: Slot, language: str) -> bool:
    """Whether a slot's values are words of another language than the one the flow is written in."""
    return slot.type in _IN_THEIR_WORDS or any(said.language == language for said in slot.said_as)


def spoken_value(slot: Slot, value: Any, language: str = "") -> str:
    """A value as one would say it; empty if there is nothing in it that a voice could say.

    A choice is said in the first of the words that the flow has for it in this language, else as it is written.
    """
    said_as = {said.value: said.words[0] for said in slot.said_as if said.language in ("", language)}
    if isinstance(value, list | tuple):
        return ", ".join(said for item in value if (said := _spoken_item(_in_words(item, said_as))))
    words = _spoken_item(_in_words(value, said_as))
    return f"{words} per {slot.per}" if slot.per and slot.type is SlotType.MONEY else words


def _in_words(value: Any, said_as: Mapping[str, str]) -> Any:
    return said_as.get(value, value) if isinstance(value, str) else value


def _spoken_item(item: Any) -> str:
    if isinstance(item, dict):
        return " ".join(_spoken_item(v) for v in _fields(item).values())
    if isinstance(item, bool):
        return "yes" if item else "no"
    if isinstance(item, float):
        return f"{item:g}"
    return _aloud(str(item))


def _aloud(text: str) -> str:
    """What somebody said, without marks that only a screen can show."""
    return clean(text).strip()


def _fields(record: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v for k, v in record.items() if v is not None}
