"""The answer of *listen*, from JSON to an `Understanding`; anything that does not fit is left out, never guessed."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from webhook.interview import reading
from webhook.interview.facts import Status, status_of
from webhook.interview.flow import SUMMARY, Flow, Slot, SlotType
from webhook.interview.guards import consents
from webhook.interview.history import fold
from webhook.interview.moves import ASKING, Move, MoveKind, State
from webhook.interview.reading import consent
from webhook.interview.road import missing
from webhook.interview.speech import question_of
from webhook.interview.understanding import Heard, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Collection

_SIGNALS = {s.value: s for s in Signal}
#: Stands for "yes or no" where the question was ours and not the flow's.
_YES_NO = Slot(name="yes_no", type=SlotType.YES_NO, topic="")


def parse_understanding(flow: Flow, text: str) -> Understanding | None:
    """The understanding in a model answer; None when it is no such document at all."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict) or not isinstance(data.get("facts"), list):
        return None
    facts = tuple(h for item in data["facts"] if (h := _heard(flow, item)) is not None)
    fullness = data.get("fullness")
    return Understanding(
        facts=facts,
        refused=_slots(flow, data.get("refused")),
        unknown=_slots(flow, data.get("unknown")),
        wants_to_change=_slots(flow, data.get("wants_to_change")),
        signals=frozenset(_SIGNALS[s] for s in _strings(data.get("signals")) if s in _SIGNALS),
        fullness=fullness if fullness in ("thin", "rich") else "fine",
    )


def checked_in_code(
    flow: Flow, state: State, heard: Understanding, utterance: str, *, question: str, language: str
) -> Understanding:
    """What Claude understood, less what the caller's own words plainly deny.

    Two answers are too dear for one witness. A consent has a guard of its own (`guards.trusted`). The wish to end the
    call after we offered it is dropped where code reads a no.
    """
    if state.pending is None or state.pending.kind is not MoveKind.OFFER_STOP:
        return heard
    read = reading.read(flow, utterance, asked=_YES_NO, question=question, language=language)
    denied = bool(read.refused) or any(f.value is False for f in read.facts)
    return replace(heard, signals=heard.signals - {Signal.STOP}) if denied else heard


def read_in_code(flow: Flow, state: State, utterance: str, *, question: str, language: str) -> Understanding:
    """What code alone makes of the caller's words: the first guess, and the answer when Claude is late."""
    pending = state.pending
    if pending is not None and pending.kind in (MoveKind.OFFER_STOP, MoveKind.READ_BACK):
        return _read_confirmation(flow, state, pending, utterance, question=question, language=language)
    asked = flow.slots.get(pending.slot or "") if pending is not None and pending.kind in ASKING else None
    if asked is not None and status_of(state.facts, asked.name) is Status.FILLED and asked.name not in state.reopened:
        asked = None  # learnt meanwhile, from a listen that came late
    topic = flow.topics.get(pending.topic or "") if pending is not None else None
    others = missing(topic, state.facts) if topic is not None else ()
    return reading.read(
        flow,
        utterance,
        asked=asked,
        question=question,
        language=language,
        open_slots=_but(others, asked),
        answered=_answered(flow, state),
        is_consent=asked is not None and asked.name in consents(flow) and not consent.minds(question, (language,)),
    )


def _answered(flow: Flow, state: State) -> tuple[str, ...]:
    """The slots that have a value which the caller was asked for, the last one last; a consent is not among them."""
    known = [e for e in state.facts.values() if e.status is Status.FILLED and e.slot in flow.slots]
    answers = sorted((e for e in known if flow.slots[e.slot].topic != SUMMARY), key=lambda e: e.turn)
    return tuple(e.slot for e in answers if e.slot not in consents(flow))


def read_on_in_code(
    flow: Flow,
    before: State,
    state: State,
    utterance: str,
    *,
    heard_before: str,
    heard: str,
    question: str,
    language: str,
) -> Understanding:
    """As `read_in_code`, for words that are read together with earlier ones: `state` is the one after those.

    What the caller was asked stands only in the history: `heard` before these words, `heard_before` before the ones
    before them, which were said in state `before`; `question` is what would be asked now. Where they were asked the
    same again, or nothing new, the later answer replaces the earlier one; where they were asked something else, there
    is no telling what a bare answer is about.
    """
    if not heard or asks_the_same(heard, question):
        return read_in_code(flow, state, utterance, question=question, language=language)
    if not asks_the_same(heard, heard_before):
        return read_in_code(flow, replace(state, pending=None), utterance, question=heard, language=language)
    again = read_in_code(flow, before, utterance, question=heard, language=language)
    return replace(again, facts=tuple(replace(fact, correction=True) for fact in again.facts))


def asks_the_same(one: str, other: str) -> bool:
    """Whether two texts put the same question, whatever goes before it."""
    first, second = fold(question_of(one)), fold(question_of(other))
    return bool(first and second) and (first.endswith(second) or second.endswith(first))


def _read_confirmation(
    flow: Flow, state: State, pending: Move, utterance: str, *, question: str, language: str
) -> Understanding:
    said_back = (pending.slot,) if pending.kind is MoveKind.READ_BACK and pending.slot else ()
    heard = reading.read(flow, utterance, asked=_YES_NO, question=question, language=language, answered=said_back)
    answer = next((f.value for f in heard.facts if f.slot == _YES_NO.name), None)
    signals = heard.signals
    if pending.kind is MoveKind.OFFER_STOP and answer is True:
        signals |= {Signal.STOP}
    if said_back and answer is not True and not signals and not heard.wants_to_change:
        corrected = _read_correction(flow, state, said_back[0], utterance, question, language)
        if corrected is not None:
            return Understanding(facts=(corrected,), source="reading")
    wrong = said_back if answer is False else heard.wants_to_change
    return Understanding(signals=signals, wants_to_change=wrong, source="reading")


def _read_correction(flow: Flow, state: State, name: str, utterance: str, question: str, language: str) -> Heard | None:
    """The value that was said back is another: "no, Kathryn"."""
    known, slot = state.facts.get(name), flow.slots.get(name)
    if slot is None or known is None:
        return None
    value = reading.read_correction(slot, utterance, known.value, question=question, language=language)
    return None if value is None else Heard(slot=name, value=value, words=utterance, correction=True)


def _but(names: Collection[str], asked: Slot | None) -> tuple[str, ...]:
    return tuple(n for n in names if asked is None or n != asked.name)


def _heard(flow: Flow, item: Any) -> Heard | None:
    if not isinstance(item, dict):
        return None
    slot, words, how = item.get("slot"), item.get("words"), item.get("how")
    if not isinstance(slot, str) or slot not in flow.slots or not isinstance(words, str) or "value" not in item:
        return None
    return Heard(slot=slot, value=item["value"], words=words, correction=how == "corrected", outright=how != "implied")


def _slots(flow: Flow, names: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(n for n in _strings(names) if n in flow.slots))


def _strings(items: Any) -> tuple[str, ...]:
    return tuple(i for i in items if isinstance(i, str)) if isinstance(items, list) else ()
