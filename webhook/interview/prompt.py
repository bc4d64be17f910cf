"""What Claude is asked: the requests of *listen*, *speak* and *report*, as values.

`webhook.claude` turns a `ModelRequest` into a call of the Messages API. Constant parts come first and carry the
cache marker; what changes with each turn comes last. The caller's words stand only in user messages, between marks
they cannot write themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from webhook.interview.facts import Status, filled_values, status_of
from webhook.interview.flow import SUMMARY, Flow, Slot, SlotType, Template
from webhook.interview.history import normalise, spoken
from webhook.interview.moves import Move, MoveKind, State
from webhook.interview.road import missing
from webhook.interview.understanding import Signal
from webhook.interview.wording import Voicing, spoken_value

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from webhook.interview.history import Message
    from webhook.interview.session import Turn

T = TypeVar("T")
Purpose = Literal["listen", "speak", "report"]

LISTEN_TOKENS = 700
SPEAK_TOKENS = 220
REPORT_TOKENS = 4000
_MOST_SHOWN = 48
"""Messages of the talk that speak is shown. Beyond them the oldest go `_STEP` at a time, not one by one: what Claude has
cached begins with the first of them."""
_STEP = 16
_LONGEST_MESSAGE = 4000
_LEFT_OUT = "(They said something that is left out here.)"


@dataclass(frozen=True, kw_only=True)
class Block:
    """A piece of text; `cached` puts the cache marker behind it."""

    text: str
    cached: bool = False


@dataclass(frozen=True, kw_only=True)
class ModelMessage:
    """One message to the model; the roles are the Messages API's own."""

    role: Literal["user", "assistant"]
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class ModelRequest:
    """One call. With a `schema` the answer is a JSON document of that shape (`output_config.format`)."""

    purpose: Purpose
    system: tuple[Block, ...]
    messages: tuple[ModelMessage, ...]
    max_tokens: int
    schema: Mapping[str, Any] | None = None


@dataclass(frozen=True, kw_only=True)
class Prompts:
    """The service's own prompt templates, one for each purpose (`prompts/listen.md`, ...)."""

    listen: Template
    speak: Template
    report: Template


# Listen


def listen_request(
    prompts: Prompts,
    flow: Flow,
    *,
    language: str,
    utterances: Sequence[str],
    question: str,
    known: Mapping[str, Any],
    earlier: Sequence[str] = (),
    offered_stop: bool = False,
) -> ModelRequest:
    """Words to facts. `question` is what the caller was asked, `known` the values so far.

    `earlier` are the questions before the utterances but the last, where several turns are heard together.
    """
    system, schema = _listen_constants(_Same(prompts), _Same(flow), language)
    values = "\n".join(f"- {name}: {_quoted(str(value))}" for name, value in known.items()) or "- nothing yet"
    note = "We had just offered to end the call.\n" if offered_stop else ""
    said = _exchange(utterances, (*earlier, question))
    text = f"<known>\n{values}\n</known>\n{note}{said}"
    return ModelRequest(
        purpose="listen",
        system=system,
        messages=(ModelMessage(role="user", blocks=(Block(text=text),)),),
        max_tokens=LISTEN_TOKENS,
        schema=schema,
    )


class _Same(Generic[T]):
    """Makes a frozen value the key of a cache by what it is, not by all it holds."""

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value


@lru_cache(maxsize=64)
def _listen_constants(
    prompts: _Same[Prompts], flow: _Same[Flow], language: str
) -> tuple[tuple[Block, ...], Mapping[str, Any]]:
    """The system prompt and the schema: the same for every turn of every call of a flow."""
    names = {"title": flow.value.title, "language": language, "slots": _slot_table(flow.value)}
    system = Block(text=prompts.value.listen.render(names), cached=True)
    return (system,), listen_schema(flow.value)


def _exchange(utterances: Sequence[str], questions: Sequence[str]) -> str:
    """Each question once, before what the caller said to it; the first of them stands for what is older."""
    lines: list[str] = []
    before = ""
    older = (questions[0],) * (len(utterances) - len(questions))
    for utterance, question in zip(utterances, (*older, *questions), strict=True):
        if question != before:
            lines.append(f"<question>{_quoted(question)}</question>")
        lines.append(f"<caller>{_quoted(utterance)}</caller>")
        before = question
    return "\n".join(lines)


def listen_schema(flow: Flow) -> dict[str, Any]:
    """The closed form of an understanding: all slots of the flow, and no field for what happens next."""
    names = list(flow.slots)
    slot = {"type": "array", "items": {"type": "string", "enum": names}}
    return _object(
        {
            "facts": {"type": "array", "items": {"anyOf": [_fact_schema(n, v) for n, v in _by_value(flow)]}},
            "refused": slot,
            "unknown": slot,
            "wants_to_change": slot,
            "signals": {"type": "array", "items": {"type": "string", "enum": [s.value for s in Signal]}},
            "fullness": {"type": "string", "enum": ["thin", "fine", "rich"]},
        }
    )


def _by_value(flow: Flow) -> list[tuple[list[str], dict[str, Any]]]:
    """Slots with the same form of value share one branch, which keeps the grammar small."""
    groups: list[tuple[list[str], dict[str, Any]]] = []
    for slot in flow.slots.values():
        form = value_schema(slot.type, slot.values, slot.of)
        for names, known in groups:
            if known == form:
                names.append(slot.name)
                break
        else:
            groups.append(([slot.name], form))
    return groups


def _fact_schema(names: list[str], value: dict[str, Any]) -> dict[str, Any]:
    return _object(
        {
            "slot": {"type": "string", "enum": names},
            "value": value,
            "words": {"type": "string"},
            "how": {"type": "string", "enum": ["said", "implied", "corrected"]},
        }
    )


def value_schema(
    kind: SlotType, values: tuple[str, ...], of: SlotType | tuple[tuple[str, SlotType], ...]
) -> dict[str, Any]:
    """The JSON Schema of a slot's value, within what the API's structured output accepts."""
    if kind is SlotType.CHOICE:
        return {"type": "string", "enum": list(values)}
    if kind is SlotType.CHOICES:
        return {"type": "array", "items": {"type": "string", "enum": list(values)}}
    if kind is SlotType.LIST and isinstance(of, tuple):
        fields = {name: {"anyOf": [value_schema(k, (), SlotType.TEXT), {"type": "null"}]} for name, k in of}
        return {"type": "array", "items": _object(fields)}
    if kind is SlotType.LIST:
        assert isinstance(of, SlotType)
        return {"type": "array", "items": value_schema(of, (), SlotType.TEXT)}
    if kind is SlotType.YES_NO:
        return {"type": "boolean"}
    if kind is SlotType.WHOLE_NUMBER:
        return {"type": "integer"}
    return {"type": "string"} if kind is SlotType.TEXT else {"type": "number"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _slot_table(flow: Flow) -> str:
    return "\n".join(_slot_line(slot, flow) for slot in flow.slots.values())


def _slot_line(slot: Slot, flow: Flow) -> str:
    limits = [f"from {slot.min:g}" if slot.min is not None else "", f"to {slot.max:g}" if slot.max is not None else ""]
    kind = " ".join(part for part in (slot.type.value.replace("_", " "), *limits) if part)
    options = f", one of {', '.join(slot.values)}" if slot.type is SlotType.CHOICE else ""
    options += f", any of {', '.join(slot.values)}" if slot.type is SlotType.CHOICES else ""
    per = f", per {slot.per}" if slot.per else ""
    about = f": {slot.about}" if slot.about else ""
    return f"- {slot.name} ({kind}{options}{per}; talk about {flow.topics[slot.topic].label}){about}"


# Speak


def speak_request(
    prompts: Prompts,
    voicing: Voicing,
    move: Move,
    *,
    history: Sequence[Message],
    utterance: str,
    turn: int,
    left_out: Collection[str] = (),
) -> ModelRequest:
    """The words of one move: shown are the move, its topic and what is known; never other topics or roads.

    The talk before this turn is what every later turn begins with as well, so the second cache marker stands behind
    the caller's latest words; the brief comes after it and is gone in the next turn.
    `turn` is the number of those words. What they taught is not listed: they stand there themselves.
    `left_out`: utterances Claude declined to deal with. It would decline again if it were shown them again.
    """
    persona = voicing.flow.persona_or_default(voicing.persona_id)
    system = _speak_constants(_Same(prompts), _Same(voicing.flow), persona.id, voicing.language)
    said = without(left_out, (utterance,))[0]
    last = (Block(text=f"<caller>{_quoted(said)}</caller>", cached=True), Block(text=brief(voicing, move, turn)))
    return ModelRequest(
        purpose="speak",
        system=system,
        messages=(*_shown(history, utterance, left_out), ModelMessage(role="user", blocks=last)),
        max_tokens=SPEAK_TOKENS,
    )


@lru_cache(maxsize=64)
def _speak_constants(prompts: _Same[Prompts], same: _Same[Flow], persona_id: str, language: str) -> tuple[Block, ...]:
    """The system prompt, without what a call has taught us: the prefix must stay the same to be cached."""
    flow = same.value
    persona = flow.persona_or_default(persona_id)
    nothing_known = Voicing(
        flow=flow, state=State(), language=language, persona_id=persona_id, minutes_left=flow.time.minutes
    )
    style = _unmarked(nothing_known.text(persona.style))
    names = {"persona": {"name": persona.name, "style": style}, "language": language, "title": flow.title}
    return (Block(text=prompts.value.speak.render(names), cached=True),)


def brief(voicing: Voicing, move: Move, turn: int) -> str:
    """The instruction for the turn with this number."""
    topic = voicing.flow.topics[move.topic] if move.topic else None
    parts = [_task(voicing, move)]
    if topic is not None and topic.ask is not None:
        parts.append(f"What this is about: {_unmarked(voicing.text(topic.ask))}")
    if topic is not None and move.kind is MoveKind.PROBE and topic.probe_for is not None:
        parts.append(f"Dig for: {_unmarked(voicing.text(topic.probe_for))}")
    if topic is not None and topic.id != SUMMARY:
        open_slots = missing(topic, voicing.state.facts, voicing.state.reopened)
        about = [voicing.flow.slots[s].about or voicing.flow.slots[s].label for s in open_slots]
        parts += [f"Still to find out: {'; '.join(about)}"] if about else []
    parts.append(f"Known before their last words: {_known(voicing, turn)}")
    if move.say:
        parts.append("Fixed words were just spoken before yours; go straight to your question, no greeting.")
    if move.acknowledge:
        corrected = {s: filled_values(voicing.state.facts).get(s) for s in move.acknowledge}
        said = "; ".join(f"{s} is {_quoted(str(v))}" for s, v in corrected.items())
        parts.append(f"They corrected something: {said}. Acknowledge that in a few words and do not ask it again.")
    return "<brief>\n" + "\n".join(parts) + "\n</brief>"


_TASKS = {
    MoveKind.ASK: "Take up what they just said in a few words, then ask one question.",
    MoveKind.PROBE: "Their answer was short. Ask one open follow-up question about it.",
    MoveKind.CLARIFY: "You could not use their last answer. Say so kindly and ask once more, one question.",
    MoveKind.ANSWER: (
        "They asked you something. Answer in one short sentence if it is about this interview or about you, else say "
        "you cannot tell; then ask your question."
    ),
    MoveKind.REDIRECT: "They wandered off. Acknowledge it in half a sentence, then come back with your question.",
    MoveKind.SUMMARY: (
        "Read back the most telling things they said, three or four, in their own words; then ask one question: "
        "whether that is right."
    ),
}


def _task(voicing: Voicing, move: Move) -> str:
    task = _TASKS[move.kind]
    if move.problem:
        task += f" The problem: {move.problem}."
    if move.signal is Signal.OTHER_LANGUAGE:
        task = f"They spoke another language. Say kindly that you can only speak {voicing.language}, then ask again."
    if move.kind is MoveKind.ASK and move.slot in voicing.state.pressed:
        task = "They would rather not say. Explain in half a sentence why it matters, then ask once more, gently."
    elif move.kind is MoveKind.ASK and status_of(voicing.state.facts, move.slot or "") is Status.PARTIAL:
        task = "They named a part of it. Take that up, and ask what else there is; that there is no more is an answer."
    elif move.kind is MoveKind.ASK and move.again:
        task = "They have not answered this yet. Ask again in other words, one question."
    return task


def _known(voicing: Voicing, turn: int) -> str:
    facts = voicing.state.facts
    values = filled_values({name: event for name, event in facts.items() if event.turn < turn})
    said = [f"{name} = {_quoted(spoken_value(voicing.flow.slots[name], v))}" for name, v in values.items()]
    closed = [e.slot for e in facts.values() if e.status in (Status.REFUSED, Status.UNKNOWN)]
    if closed:
        said.append(f"would not or could not say: {', '.join(closed)} (do not ask again)")
    return "; ".join(said) or "nothing"


def without(left_out: Collection[str], utterances: Sequence[str]) -> tuple[str, ...]:
    """The utterances, with a remark in the place of those that are left out."""
    return tuple(_LEFT_OUT if utterance in left_out else utterance for utterance in utterances)


def _shown(history: Sequence[Message], utterance: str, left_out: Collection[str]) -> tuple[ModelMessage, ...]:
    """The last messages before the caller's latest words, in the roles of the API, beginning with the caller."""
    places = spoken(history)
    if places and (last := history[places[-1]]).role == "user" and normalise(last.text) == utterance:
        places.pop()
    surplus = max(0, len(places) - _MOST_SHOWN)
    shown = [_message(history[i], left_out) for i in places[-(-surplus // _STEP) * _STEP :]]
    if shown and shown[0].role == "assistant":
        shown.insert(0, ModelMessage(role="user", blocks=(Block(text="(The call goes on.)"),)))
    return tuple(shown)


def _message(message: Message, left_out: Collection[str]) -> ModelMessage:
    text = normalise(message.text)
    text = (text if message.role == "agent" else without(left_out, (text,))[0])[:_LONGEST_MESSAGE]
    if message.role == "agent":
        return ModelMessage(role="assistant", blocks=(Block(text=text),))
    return ModelMessage(role="user", blocks=(Block(text=f"<caller>{_quoted(text)}</caller>"),))


# Report


def report_request(
    prompts: Prompts, flow: Flow, *, turns: Sequence[Turn], facts: Mapping[str, Any], left_out: Collection[str] = ()
) -> ModelRequest:
    """The written fields of the report, each with quotes from the transcript."""
    written = [f for f in flow.report.fields if f.write is not None]
    fields = {
        f.name: _object(
            {"value": value_schema(f.type, f.values, f.of), "quotes": {"type": "array", "items": {"type": "string"}}}
        )
        for f in written
    }
    wanted = "\n".join(f"- {f.name}: {f.write} At least {f.evidence} quotes." for f in written)
    said = without(left_out, [turn.utterance for turn in turns])
    talk = "\n".join(f"<caller>{_quoted(utterance)}</caller>" for utterance in said)
    known = "\n".join(f"- {name}: {_quoted(str(value))}" for name, value in facts.items())
    text = f"<facts>\n{known}\n</facts>\n<transcript>\n{talk}\n</transcript>\n<wanted>\n{wanted}\n</wanted>"
    return ModelRequest(
        purpose="report",
        system=(Block(text=prompts.report.render({"title": flow.title})),),
        messages=(ModelMessage(role="user", blocks=(Block(text=text),)),),
        max_tokens=REPORT_TOKENS,
        schema=_object(fields),
    )


def _quoted(text: str) -> str:
    """Caller text as data: it cannot close or open a mark."""
    return _unmarked(normalise(text)[:_LONGEST_MESSAGE])


def _unmarked(text: str) -> str:
    """A designer's text may name slots, so what a caller said may stand in it."""
    return text.replace("<", "‹").replace(">", "›")
