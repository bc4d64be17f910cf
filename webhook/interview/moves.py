"""Which move comes next. `advance` is the whole state machine: state and words in, state and move out.

The order is fixed: safety, nobody there, stop, repeat, wait, their question, off topic, a bad value, read back, the current topic,
the next topic, the summary, an ending. Claude has no say in it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from webhook.interview import road as roads
from webhook.interview.facts import (
    PIECE,
    TOGETHER,
    Applied,
    BadValue,
    FactEvent,
    Facts,
    Status,
    apply,
    change,
    condition_values,
    facts_of,
    is_open,
    items_of,
    settled_for,
    status_of,
)
from webhook.interview.flow import (
    ANSWERED_BY_MACHINE,
    COMPLETED,
    MANY,
    NOT_UNDERSTOOD,
    OUT_OF_TIME,
    STOPPED_BY_CALLER,
    SUMMARY,
    Flow,
    SlotType,
)
from webhook.interview.guards import consents, trusted
from webhook.interview.reading.about_us import about_us
from webhook.interview.reading.announcements import is_announcement
from webhook.interview.reading.danger import SIGNS, danger_in, says_safe
from webhook.interview.reading.plain import says_nothing
from webhook.interview.understanding import AboutUs, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Mapping

REPAIRS_IN_A_ROW = 3
"""Repeats, waits and questions of theirs after which we offer to stop."""
REOPENINGS = 2
"""How often one slot is asked anew because the caller wants to go back to it; a new value is taken at any time."""
CONSENT_ASKS = 3
"""How often a consent is asked for where the answer is neither a plain yes nor a plain no, whatever `asks` says."""
READ_BACKS = 2
"""How many values of one slot are said back: the first, and one correction of it."""
MEDICAL = "medical"
"""The problem of a safety move after words about the body: an ambulance is named before all else."""
_DANGERS = (Signal.DISTRESS, Signal.THREAT)
_ASKS_BACK = frozenset({Signal.REPEAT, Signal.WAIT, Signal.QUESTION})
_DIGRESSIONS = (Signal.REPEAT, Signal.WAIT, Signal.QUESTION, Signal.OFF_TOPIC, Signal.OTHER_LANGUAGE)


class MoveKind(StrEnum):
    """What an interviewer can do with its turn."""

    ASK = "ask"
    PROBE = "probe"
    CLARIFY = "clarify"
    READ_BACK = "read_back"
    ANSWER = "answer"
    REDIRECT = "redirect"
    SUMMARY = "summary"
    REPEAT = "repeat"
    WAIT = "wait"
    HOLD = "hold"
    OFFER_STOP = "offer_stop"
    SAFETY_CHECK = "safety_check"
    SAFETY = "safety"
    END = "end"


#: Moves that ask for a slot, so that an answer to them counts as an answer to it.
ASKING = frozenset(
    {MoveKind.ASK, MoveKind.CLARIFY, MoveKind.ANSWER, MoveKind.REDIRECT, MoveKind.SUMMARY, MoveKind.PROBE}
)


_WITHOUT_THANKS = frozenset({MoveKind.END, MoveKind.SAFETY, MoveKind.SAFETY_CHECK, MoveKind.OFFER_STOP})


@dataclass(frozen=True, kw_only=True)
class Move:
    """One move. `reason` says in plain English why it was chosen; it holds nothing the caller said."""

    kind: MoveKind
    topic: str | None = None
    slot: str | None = None
    #: How often the slot was asked before.
    again: int = 0
    #: Topics whose `say` text comes first, word for word.
    say: tuple[str, ...] = ()
    #: Corrected slots to acknowledge in passing.
    acknowledge: tuple[str, ...] = ()
    problem: str = ""
    signal: Signal | None = None
    #: What of the call itself the caller wants to know; with `ANSWER`.
    about_us: AboutUs | None = None
    ending: str | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A sign of danger in words that may be a figure of speech, so that the caller was asked whether they are safe."""

    signal: Signal
    #: The number of the utterance that held it.
    turn: int
    #: What the call comes to unless they say that they are.
    ending: str | None = None
    #: The number of the utterance that said so.
    cleared_in: int | None = None


@dataclass(frozen=True, kw_only=True)
class State:
    """Everything the engine remembers of one call; position is derived from `events` and `topic`."""

    events: tuple[FactEvent, ...] = ()
    asks: Mapping[str, int] = field(default_factory=dict)
    probes: Mapping[str, int] = field(default_factory=dict)
    #: Topics whose `say` text was spoken.
    said: frozenset[str] = frozenset()
    topic: str | None = None
    #: Slots the caller wants to talk about again.
    reopened: tuple[str, ...] = ()
    #: How often each slot was reopened.
    reopenings: Mapping[str, int] = field(default_factory=dict)
    #: Slots that were refused once although the flow would rather not accept that.
    pressed: tuple[str, ...] = ()
    repairs: int = 0
    #: Turns in a row that code had to read because Claude was late.
    unheard: int = 0
    probe_due: str | None = None
    #: There is one question a call whether the caller is safe.
    alarm: Alarm | None = None
    #: A sign of danger that was understood too late for its own turn: the next one asks about it.
    danger_due: Signal | None = None
    #: What the caller is answering now.
    pending: Move | None = None
    #: By the interview's own clock (`talk_time`), in seconds.
    started_at: float | None = None
    ending: str | None = None

    @cached_property
    def facts(self) -> Facts:
        """Looked at many times a turn; not to be changed."""
        return facts_of(self.events)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The new state and what to do. `learnt` are this turn's events."""

    state: State
    move: Move
    learnt: tuple[FactEvent, ...] = ()
    topics: tuple[str, ...] = ()


def minutes_left(flow: Flow, state: State, now: float) -> float:
    """By the session's own clock, which starts with the first word."""
    started = now if state.started_at is None else state.started_at
    return flow.time.minutes - (now - started) / 60


def opening(flow: Flow, state: State, *, now: float) -> Decision:
    """The move before the caller has said anything."""
    return _Turn(flow, replace(state, started_at=now), Understanding(), "", 0, now).next()


def absorb(
    flow: Flow, state: State, heard: Understanding, *, utterance: str, turn: int, is_over: bool = False
) -> State:
    """Apply what was understood too late, without moving. What was said after it stands.

    It takes the place of what code had read in the same words. `is_over`: nobody will ask again, so what would be asked
    about once more is the answer.
    """
    newer = {e.slot for e in state.events if e.turn > turn}
    older = replace(
        heard,
        facts=tuple(f for f in heard.facts if f.slot not in newer),
        refused=tuple(s for s in heard.refused if s not in newer),
        unknown=tuple(s for s in heard.unknown if s not in newer),
    )
    step = _Turn(flow, state, older, utterance, turn, state.started_at or 0.0)
    step.take(may_ask_again=not is_over, grown_from=_lists_without(flow, state, utterance, turn))
    return step.state if is_over else _with_late_danger(step.state, heard, utterance, turn)


def _with_late_danger(state: State, heard: Understanding, utterance: str, turn: int) -> State:
    """A sign that code read was acted upon in its own turn, and so was whatever was asked about since."""
    late = [signal for signal in _DANGERS if signal in heard.signals]
    is_known = bool(danger_in(utterance).found) or (state.alarm is not None and turn <= state.alarm.turn)
    return replace(state, danger_due=late[0]) if late and not is_known else state


def _lists_without(flow: Flow, state: State, utterance: str, turn: int) -> dict[str, list[Any]]:
    """The lists that are known, without what code had read in the words that were understood now."""
    heard_again = range(turn - utterance.count(TOGETHER) - utterance.count(PIECE), turn + 1)
    read_there = {e.slot for e in state.events if e.source == "reading" and e.turn in heard_again}
    return {
        name: items_of((e for e in state.events if e.slot == name), without=heard_again)
        for name in read_there
        if name in flow.slots and flow.slots[name].type in MANY
    }


def tells_of_danger(state: State, move: Move, turn: int) -> bool:
    """Whether the turn raised an alarm or cleared one, of which whoever runs the interview is told at once."""
    is_cleared = state.alarm is not None and state.alarm.cleared_in == turn
    return is_cleared or move.kind in (MoveKind.SAFETY, MoveKind.SAFETY_CHECK)


def take_back(state: State, move: Move) -> State:
    """The question of this move was cut off before the caller heard it: it does not count as asked.

    Fixed words that came with it are spoken again from the start. Facts stay as they are.
    """
    asks = dict(state.asks)
    if move.slot is not None and move.kind is not MoveKind.PROBE and asks.get(move.slot, 0) > move.again:
        asks[move.slot] -= 1
        if asks[move.slot] == 0:
            del asks[move.slot]
    probes = dict(state.probes)
    if move.kind is MoveKind.PROBE and move.topic is not None:
        probes[move.topic] = max(0, probes.get(move.topic, 0) - 1)
    state = replace(state, asks=asks, probes=probes, said=state.said - set(move.say))
    return replace(state, alarm=None, danger_due=move.signal) if move.kind is MoveKind.SAFETY_CHECK else state


def advance(
    flow: Flow, state: State, heard: Understanding, *, utterance: str, turn: int, now: float, scripted: bool = False
) -> Decision:
    """Apply one utterance and choose the move. `scripted`: there is no Claude, so nothing is waited for."""
    unheard = 0 if heard.source == "listen" else state.unheard + 1
    state = replace(state, unheard=unheard, started_at=now if state.started_at is None else state.started_at)
    return _Turn(flow, state, heard, utterance, turn, now).run(may_hold=not scripted and unheard <= 1)


class _Turn:
    """One utterance on its way through the rules. The state is replaced as the rules go; nothing outlives the turn."""

    def __init__(self, flow: Flow, state: State, heard: Understanding, utterance: str, turn: int, now: float) -> None:
        self.flow = flow
        self.state = state
        self.before = state
        self.danger = danger_in(utterance)
        self.heard = trusted(flow, heard, utterance, self.danger)
        self.utterance = utterance
        self.turn = turn
        self.left = minutes_left(flow, state, now)
        self.done = Applied()
        self.learnt: tuple[FactEvent, ...] = ()
        #: The slot to which something was said that was not understood.
        self.unclear: str | None = None
        self._walked: tuple[tuple[FactEvent, ...], roads.Road] | None = None

    @property
    def last_answer(self) -> str:
        """Of several answers that were heard together the last, in the caller's words."""
        return self.utterance.split(TOGETHER)[-1].replace(PIECE, " ")

    # The order of one turn

    def run(self, *, may_hold: bool) -> Decision:
        self.hear()
        return (
            self.safety()
            or self.nobody()
            or self.stop()
            or self.time_up()
            or self.digression()
            or self.hold(may_hold=may_hold)
            or self.bad_value()
            or self.read_back()
            or self.next()
        )

    # Facts

    def hear(self) -> None:
        self.take()
        if self.heard.signals & SIGNS:
            self.state = replace(self.state, probe_due=None)
            return  # the words are no answer to anything
        self.reopen()
        self.note_thin_answer()
        if self.learnt or not self.heard.signals - {Signal.OFF_TOPIC}:
            self.keep_words()
            self.give_up()

    def take(self, *, may_ask_again: bool = True, grown_from: Mapping[str, list[Any]] | None = None) -> None:
        """Facts only."""
        self.done = apply(
            self.flow,
            self.state.facts,
            self.pressed_refusals() if may_ask_again else self.heard,
            utterance=self.utterance,
            turn=self.turn,
            asked=self.state.asks.keys(),
            locked=_locked(self.flow, self.state) - self.declined(),
            grown_from=grown_from,
        )
        self.add(self.summary_checked(self.done.events) if may_ask_again else self.done.events)

    def declined(self) -> frozenset[str]:
        """A consent that was asked for and is not given: only a yes needs its words to have been heard to the end."""
        slot = self.asks_for_unheard_consent()
        values = [fact.value for fact in self.heard.facts if fact.slot == slot]
        is_no = slot in self.heard.refused or False in values
        return frozenset({slot}) if slot is not None and is_no and all(v is False for v in values) else frozenset()

    def asks_for_unheard_consent(self) -> str | None:
        """The consent that the caller was asked for with words that were cut off."""
        pending = self.before.pending
        slot = self.flow.slots.get(pending.slot or "") if pending is not None and pending.kind in ASKING else None
        if slot is None or slot.type is not SlotType.YES_NO or slot.topic == SUMMARY:
            return None
        return slot.name if slot.name in _locked(self.flow, self.before) else None

    def add(self, events: tuple[FactEvent, ...]) -> None:
        self.learnt += events
        settled = {e.slot for e in events}.union(self.done.confirmed)
        self.state = replace(
            self.state,
            events=self.state.events + events,
            reopened=tuple(s for s in self.state.reopened if s not in settled),
        )

    def pressed_refusals(self) -> Understanding:
        """Hold back the first refusal of a slot that matters: it is asked once more.

        Not where the flow says itself where a refusal leads (`if: consent != true`): asking a second time whether
        somebody agrees to be recorded would be pressing them.
        """
        held = tuple(s for s in self.heard.refused if self.is_pressed(s))
        if not held:
            return self.heard
        self.state = replace(self.state, pressed=self.state.pressed + held)
        return replace(self.heard, refused=tuple(s for s in self.heard.refused if s not in held))

    def is_pressed(self, name: str) -> bool:
        slot = self.flow.slots.get(name)
        if slot is None or name in self.state.pressed or not is_open(self.state.facts, name):
            return False
        if slot.may_refuse and self.flow.house_rules.after_refusal == "accept":
            return False
        topic = self.flow.topics[slot.topic]
        if name not in topic.required or name in _locked(self.flow, self.state):
            return False
        arrow = roads.next_arrow(topic, condition_values(self.flow, self.state.facts, self.left))
        return not (arrow.condition is not None and name in arrow.condition.names)

    def summary_checked(self, events: tuple[FactEvent, ...]) -> tuple[FactEvent, ...]:
        """At the summary, "no, that is not right" is no answer yet: what should change comes first."""
        pending = self.state.pending
        if pending is None or pending.topic != SUMMARY or pending.problem:
            return events
        refused = tuple(e.slot for e in events if self.is_summary_no(e))
        self.state = replace(self.state, pressed=self.state.pressed + refused)
        return tuple(e for e in events if e.slot not in refused)

    def is_summary_no(self, event: FactEvent) -> bool:
        slot = self.flow.slots[event.slot]
        return slot.topic == SUMMARY and slot.type is SlotType.YES_NO and event.value is False

    def reopen(self) -> None:
        """Slots the caller wants to talk about again; their topic becomes the current one if the call was there."""
        learnt = {e.slot for e in self.learnt}.union(self.done.confirmed)
        wanted = tuple(
            s
            for s in self.heard.wants_to_change
            if s in self.flow.slots
            and s not in learnt
            and s not in self.state.reopened
            and self.state.reopenings.get(s, 0) < REOPENINGS
            and s in self.flow.topics[self.flow.slots[s].topic].required
            and not is_open(self.state.facts, s)
        )
        if not wanted:
            return
        asks = {s: n for s, n in self.state.asks.items() if s not in wanted}
        again = {s: self.state.reopenings.get(s, 0) + 1 for s in wanted}
        topic = self.flow.slots[wanted[0]].topic
        self.state = replace(
            self.state,
            reopened=self.state.reopened + wanted,
            reopenings={**self.state.reopenings, **again},
            asks=asks,
            # A wish leads back, and nowhere the call has not come to.
            topic=topic if topic in self.road().topics else self.state.topic,
        )

    def road(self) -> roads.Road:
        """As the facts have it now, without what is owed or wanted besides."""
        if self._walked is None or self._walked[0] is not self.state.events:
            self._walked = self.state.events, roads.walk(self.flow, self.state.facts, minutes_left=self.left)
        return self._walked[1]

    def note_thin_answer(self) -> None:
        """A probe falls due when the topic's question was answered, but thinly."""
        pending = self.state.pending
        due = None
        if pending is not None and pending.kind in ASKING and pending.topic and self.heard.fullness == "thin":
            topic = self.flow.topics[pending.topic]
            filled = {e.slot for e in self.learnt if e.status is Status.FILLED}
            answered = pending.slot in filled or pending.kind is MoveKind.PROBE
            if answered and self.heard.source == "listen" and self.state.probes.get(topic.id, 0) < topic.probes:
                due = topic.id
        self.state = replace(self.state, probe_due=due)

    def asked(self) -> str | None:
        """The slot that these words are the answer to."""
        pending = self.state.pending
        slot = pending.slot if pending is not None and pending.kind in ASKING - {MoveKind.PROBE} else None
        return slot if slot in self.flow.slots else None

    def keep_words(self) -> None:
        """Words that answer the question, and of which nothing was understood, are kept at the slot as they stand."""
        slot = self.asked()
        if slot is None or says_nothing(self.last_answer) or not is_open(self.state.facts, slot):
            return
        was_understood = self.learnt or self.done.confirmed or self.heard.signals or self.heard.wants_to_change
        is_refusal = slot in self.state.pressed and slot not in self.before.pressed
        if was_understood or is_refusal or slot in _locked(self.flow, self.before) or self.is_asked_enough(slot):
            return
        known = self.state.facts.get(slot)
        event = self.event(slot, Status.NOT_UNDERSTOOD)
        if known is not None and known.status is Status.PARTIAL:
            event = replace(event, status=known.status, value=known.value)
        self.state = replace(self.state, events=(*self.state.events, event))
        self.unclear = slot

    def give_up(self) -> None:
        """The question was put as often as the house rules allow: keep the raw words and move on."""
        slot = self.asked()
        if slot is not None and self.is_asked_enough(slot):
            self.settle(slot)

    def is_asked_enough(self, slot: str) -> bool:
        return self.state.asks.get(slot, 0) >= self.limit(slot)

    def limit(self, slot: str) -> int:
        """How often the slot may be asked; pressing it once earns one more, and so does each thing told of a list."""
        asks = CONSENT_ASKS if slot in consents(self.flow) else self.flow.house_rules.asks
        known = self.state.facts.get(slot)
        told = len(known.value) - 1 if known is not None and known.status is Status.PARTIAL else 0
        return asks + (slot in self.state.pressed) + told

    def event(self, slot: str, status: Status) -> FactEvent:
        old = self.state.facts.get(slot)
        return change(old, slot, status, None, self.last_answer, self.turn, self.heard.source)

    # The moves, in order

    def safety(self) -> Decision | None:
        """Plain signs of danger end the call at once, doubtful ones after a question that was not plainly answered.

        It is put once. Who hides what they mean would answer it in the same way again, so that a second sign, however
        doubtful, is no figure of speech any more. Where words said later follow in the same turn, an end stays an end.
        """
        asked, alarm = self.before.pending, self.state.alarm
        if asked is not None and asked.kind is MoveKind.SAFETY and asked.signal and asked.ending:
            return self.stop_for(asked.signal, asked.problem)
        sign = self.sign()
        if asked is not None and asked.kind is MoveKind.SAFETY_CHECK and alarm is not None:
            return self.checked(alarm, asked, sign)
        if sign is None:
            return None
        if sign in self.danger.plain or alarm is not None:
            return self.stop_for(sign)
        self.state = replace(self.state, alarm=Alarm(signal=sign, turn=self.turn, ending=self.safety_ending(sign)))
        return self.check(sign)

    def sign(self) -> Signal | None:
        """The sign of danger that counts most; whatever was heard too late is one of now."""
        signs = (*self.danger.plain, *self.heard.signals, self.state.danger_due)
        self.state = replace(self.state, danger_due=None)
        return min((s for s in signs if s in _DANGERS), key=self.rank, default=None)

    def rank(self, sign: Signal) -> tuple[bool, int]:
        return sign not in self.danger.plain, _DANGERS.index(sign)

    def checked(self, alarm: Alarm, asked: Move, sign: Signal | None) -> Decision | None:
        """The answer to "are you safe?": a plain yes, which leads back; something to say it again for; or no yes."""
        if sign is None and says_safe(self.utterance):
            self.state = replace(self.state, alarm=replace(alarm, cleared_in=self.turn))
            return None
        if sign is None and not asked.again and self.heard.signals & _ASKS_BACK:
            return self.check(alarm.signal, again=1, problem=asked.problem)
        return self.stop_for(sign or alarm.signal, asked.problem)

    def check(self, sign: Signal, again: int = 0, problem: str = "") -> Decision:
        reason = f"words that may be a sign of {sign}: they are asked whether they are safe"
        return self.say(
            MoveKind.SAFETY_CHECK, signal=sign, again=again, problem=self.medical() or problem, reason=reason
        )

    def medical(self) -> str:
        return MEDICAL if self.danger.is_medical else ""

    def stop_for(self, sign: Signal, problem: str = "") -> Decision:
        """`problem`: of the sign that they were asked about."""
        ending, problem = self.safety_ending(sign), self.medical() or problem
        self.state = replace(self.state, ending=ending)
        return self.say(MoveKind.SAFETY, signal=sign, ending=ending, problem=problem, reason=f"signs of {sign}")

    def safety_ending(self, sign: Signal) -> str | None:
        rule = self.flow.house_rules.safety.get(sign.value)
        return rule.end if rule else None

    def nobody(self) -> Decision | None:
        """A mailbox, a queue or a menu answers in a person's place; whoever has told us anything is a person."""
        has_told = any(event.status is not Status.NOT_UNDERSTOOD for event in self.before.events)
        if has_told or not is_announcement(self.utterance):
            return None
        self.state, self.learnt = replace(self.state, events=self.before.events), ()
        return self.end(ANSWERED_BY_MACHINE, "an announcement answered the call")

    def stop(self) -> Decision | None:
        if Signal.STOP not in self.heard.signals:
            return None
        if self.before.pending is not None and self.before.pending.kind is MoveKind.OFFER_STOP:
            return self.end(STOPPED_BY_CALLER, "the caller confirmed that they want to stop")
        if self.asks_for_unheard_consent() is not None:
            return self.end(STOPPED_BY_CALLER, "the caller does not want to hear what the call is about")
        return self.say(MoveKind.OFFER_STOP, reason="the caller wants to stop; it is confirmed once")

    def time_up(self) -> Decision | None:
        return self.next() if self.left <= 0 else None

    def digression(self) -> Decision | None:
        """What they want instead of answering. Beside an answer only a question of theirs counts."""
        signal = next((s for s in _DIGRESSIONS if s in self.heard.signals), None)
        if Signal.QUESTION in self.heard.signals and self.asked_about_us():
            signal = Signal.QUESTION  # "Wait, are you a robot?"
        answered = bool(self.learnt or self.done.bad or self.done.confirmed)
        if signal is None or self.state.pending is None or (answered and signal is not Signal.QUESTION):
            self.state = replace(self.state, repairs=0)
            return None
        repairs = 0 if answered else self.state.repairs + 1
        if repairs > REPAIRS_IN_A_ROW:
            self.state = replace(self.state, repairs=0)
            return self.say(MoveKind.OFFER_STOP, reason=f"{REPAIRS_IN_A_ROW} turns in a row without an answer")
        self.state = replace(self.state, repairs=repairs)
        if signal is Signal.REPEAT:
            return self.stay(MoveKind.REPEAT, "the caller did not catch the question")
        if signal is Signal.WAIT:
            return self.stay(MoveKind.WAIT, "the caller asked for a moment")
        kind = MoveKind.ANSWER if signal is Signal.QUESTION else MoveKind.REDIRECT
        self.state = replace(self.state, probe_due=None)  # one thing at a time: what they want stands in for it
        return self.next(kind=kind, signal=signal, counts=signal is Signal.OFF_TOPIC or answered)

    def hold(self, *, may_hold: bool) -> Decision | None:
        """Claude was late and code could not read the answer: hold the line, ask again next turn."""
        pending = self.state.pending
        was_read = self.heard.source == "listen" or self.learnt or self.heard.wants_to_change
        if not may_hold or was_read or pending is None or pending.slot is None:
            return None
        if pending.kind not in ASKING or self.is_settled(pending.slot):
            return None
        return self.stay(MoveKind.HOLD, "Claude was late and code could not read the answer")

    def is_settled(self, slot: str) -> bool:
        return not is_open(self.state.facts, slot) and slot not in self.state.reopened

    def bad_value(self) -> Decision | None:
        for bad in self.done.bad:
            if self.wants_clearing(bad):
                topic = self.flow.slots[bad.slot].topic
                return self.ask(MoveKind.CLARIFY, topic, bad.slot, f"the value was {bad.reason}", problem=bad.reason)
        return None

    def wants_clearing(self, bad: BadValue) -> bool:
        topic = self.flow.slots[bad.slot].topic
        # A bad value for a topic that is not there yet is left for when it is: it must not lead the talk there.
        asked = bad.slot in self.state.asks or bad.slot in self.state.facts
        road = self.road()
        whole = roads.whole_road(self.flow, self.state.facts, road, minutes_left=self.left)
        here = (topic == self.state.topic and topic in whole) or (asked and topic in road.topics)
        needed = here and bad.slot in self.flow.topics[topic].required
        correction = any(h.slot == bad.slot and h.correction for h in self.heard.facts)
        unclear = correction or not self.is_settled(bad.slot)
        return needed and unclear and self.state.asks.get(bad.slot, 0) < self.limit(bad.slot)

    def read_back(self) -> Decision | None:
        """Say a new value back once; when it is wrong, ask for it once."""
        asked = self.before.pending
        wrong = asked.slot if asked is not None and asked.kind is MoveKind.READ_BACK else None
        if wrong in self.heard.wants_to_change and not self.learnt:
            assert wrong is not None
            self.add((self.event(wrong, Status.EMPTY),))
            topic = self.flow.slots[wrong].topic
            return self.ask(MoveKind.CLARIFY, topic, wrong, "what was said back is wrong", problem="wrong")
        for event in self.learnt:
            if self.is_read_back(event) and self.has_begun():
                topic = self.flow.slots[event.slot].topic
                return self.say(MoveKind.READ_BACK, topic=topic, slot=event.slot, reason="the flow asks to say it back")
        return None

    def has_begun(self) -> bool:
        """Whether the first topic, where a flow asks for consent, is settled and the road goes on from it."""
        road = self.road()
        return road.ending is None and road.open != self.flow.start

    def is_read_back(self, event: FactEvent) -> bool:
        if event.status is not Status.FILLED or not self.flow.slots[event.slot].read_back:
            return False
        values = [e.value for e in self.state.events if e.slot == event.slot and e.status is Status.FILLED]
        return sum(not _goes_on(*pair) for pair in pairwise(values)) < READ_BACKS

    def next(self, *, kind: MoveKind = MoveKind.ASK, signal: Signal | None = None, counts: bool = True) -> Decision:
        """The current topic until it is complete or off the road; then the open one; then an ending."""
        pace = roads.pace(
            self.flow,
            self.state.facts,
            minutes_left=self.left,
            current=self.state.topic,
            probes_used=self.state.probes,
        )
        if pace.over:
            return self.end(self.ending_at_last(), "the time is up")
        due = self.probe_allowed(pace)
        road = self.walk(pace, due)
        if self.is_consent_unclear(road):
            return self.end(NOT_UNDERSTOOD, "a consent was neither given nor refused")
        owed = self.owed_at_last(road, pace)
        topic, reason = self.choose(road, pace)
        if owed is not None:
            topic, reason = self.flow.slots[owed].topic, "little time is left, and this must be known"
        if topic is None:
            return self.end(self.ending_of(road), reason)
        slots = (owed,) if owed else roads.missing(self.flow.topics[topic], self.state.facts, self.state.reopened)
        if not slots and road.owed is not None and topic == road.open:
            slots = (road.owed,)
        if not slots:
            return self.probe(topic)
        if topic == SUMMARY and kind is MoveKind.ASK:
            kind = MoveKind.SUMMARY
        slot = slots[0]
        counts = counts and not (self.resumes() and slot in self.state.asks)
        if counts and self.state.asks.get(slot, 0) >= self.limit(slot):
            # Asked too often already (it was reopened, or answered away from its topic): settle it and look again.
            self.settle(slot)
            return self.next(kind=kind, signal=signal, counts=counts)
        return self.ask(kind, topic, slot, reason, signal=signal, counts=counts, road=road)

    def resumes(self) -> bool:
        """The last move was no question of the flow, so putting the question again costs nothing."""
        pending = self.before.pending
        return pending is not None and pending.kind not in ASKING

    def is_consent_unclear(self, road: roads.Road) -> bool:
        """Whether the call ends, or would go on without a consent, only because the answer was not understood."""
        unclear = {s for s in consents(self.flow) if status_of(self.state.facts, s) is Status.GIVEN_UP}
        if not unclear.isdisjoint(self.flow.topics[self.flow.start].required):
            return True
        if not unclear or road.ending is None:
            return False
        values = condition_values(self.flow, self.state.facts, self.left)
        arrow = roads.next_arrow(self.flow.topics[road.topics[-1]], values)
        return arrow.condition is not None and not arrow.condition.names.isdisjoint(unclear)

    def ending_of(self, road: roads.Road) -> str:
        if road.ending is not None:
            return road.ending
        values = condition_values(self.flow, self.state.facts, self.left)
        ending = roads.next_arrow(self.flow.topics[SUMMARY], values).end or COMPLETED
        return OUT_OF_TIME if ending == COMPLETED and self.lacks_musts() else ending

    def ending_at_last(self) -> str:
        """With the time up: where the road ends, if the last answer was the last one needed; else `out_of_time`."""
        road = self.road()
        summary = self.flow.topics.get(SUMMARY)
        is_done = road.ending is not None or (summary is not None and not roads.missing(summary, self.state.facts))
        return self.ending_of(road) if is_done else OUT_OF_TIME

    def owed_at_last(self, road: roads.Road, pace: roads.Pace) -> str | None:
        """The last minutes are spent on what `enough` must have, before the summary."""
        if not pace.wrap_up or road.ending is not None or road.open == self.flow.start:
            return None
        return next(iter(self.empty_must_haves()), None)

    def empty_must_haves(self) -> tuple[str, ...]:
        return tuple(s for s in self.flow.enough.must_have if is_open(self.state.facts, s))

    def lacks_musts(self) -> bool:
        """Whether something that matters was passed by, for want of time."""
        whole = roads.whole_road(self.flow, self.state.facts, self.road(), minutes_left=self.left)
        musts = (t for name in whole if (t := self.flow.topics[name]).importance == "must" and name != SUMMARY)
        return bool(self.empty_must_haves()) or any(roads.missing(t, self.state.facts) for t in musts)

    def settle(self, slot: str) -> None:
        if slot in self.state.reopened:
            self.state = replace(self.state, reopened=tuple(s for s in self.state.reopened if s != slot))
        known = self.state.facts.get(slot)
        if known is not None and known.status is Status.PARTIAL:
            self.add((settled_for(known),))
        elif is_open(self.state.facts, slot):
            self.add((self.given_up(slot, known),))

    def given_up(self, slot: str, known: FactEvent | None) -> FactEvent:
        """With the words that were last said to it; of what was never answered there are none."""
        event = self.event(slot, Status.GIVEN_UP)
        if slot == self.asked():
            return event
        return replace(event, words="" if known is None else known.words)

    def probe_allowed(self, pace: roads.Pace) -> str | None:
        due = self.state.probe_due
        if due is None or pace.wrap_up or self.flow.topics[due].importance in pace.no_probes:
            return None
        return due

    def walk(self, pace: roads.Pace, due: str | None) -> roads.Road:
        if due is None and not self.state.reopened and not pace.skip:
            return self.road()
        return roads.walk(
            self.flow,
            self.state.facts,
            minutes_left=self.left,
            probe_due=due,
            reopened=self.state.reopened,
            skip=pace.skip,
        )

    def choose(self, road: roads.Road, pace: roads.Pace) -> tuple[str | None, str]:
        """The topic to speak about now (None: the road ends) and why."""
        if road.ending is not None:
            return None, f"the road ends: {road.ending}"
        begun = road.open != self.flow.start
        if pace.wrap_up and begun and SUMMARY in self.flow.topics:
            return (SUMMARY if self.is_incomplete(SUMMARY, pace) else None), "little time is left"
        current = self.state.topic
        whole = roads.whole_road(self.flow, self.state.facts, road, minutes_left=self.left)
        if current in whole and current not in pace.skip and self.is_incomplete(current, pace):
            return current, "the current topic is not complete"
        return road.open, "it is the next open topic on the road"

    def is_incomplete(self, topic: str, pace: roads.Pace) -> bool:
        slots = roads.missing(self.flow.topics[topic], self.state.facts, self.state.reopened)
        return bool(slots) or self.probe_allowed(pace) == topic

    # Putting a move together

    def ask(
        self,
        kind: MoveKind,
        topic: str,
        slot: str,
        reason: str,
        *,
        problem: str = "",
        signal: Signal | None = None,
        counts: bool = True,
        road: roads.Road | None = None,
    ) -> Decision:
        before = self.state.asks.get(slot, 0)
        if kind is MoveKind.SUMMARY and not self.learnt and any(map(self.is_summary_no, self.done.events)):
            problem = "the caller said something is wrong"
        if kind is MoveKind.ASK and slot == self.unclear:
            problem = "the answer was not understood"
        say = self.unsaid(topic, road)
        self.state = replace(
            self.state,
            asks={**self.state.asks, slot: before + 1} if counts else self.state.asks,
            said=self.state.said | set(say),
            topic=topic,
        )
        return self.say(
            kind, topic=topic, slot=slot, again=before, say=say, problem=problem, signal=signal, reason=reason
        )

    def probe(self, topic: str) -> Decision:
        used = self.state.probes.get(topic, 0)
        self.state = replace(self.state, probes={**self.state.probes, topic: used + 1}, probe_due=None, topic=topic)
        return self.say(MoveKind.PROBE, topic=topic, again=used, reason="the answer was thin and a probe is left")

    def unsaid(self, topic: str, road: roads.Road | None) -> tuple[str, ...]:
        """The `say` texts on the way to the topic that were not spoken yet."""
        way = [*(road.topics if road else ()), topic]
        return tuple(dict.fromkeys(t for t in way if self.flow.topics[t].say and t not in self.state.said))

    def end(self, ending: str, reason: str) -> Decision:
        self.state = replace(self.state, ending=ending)
        return self.say(MoveKind.END, ending=ending, reason=reason)

    def say(self, kind: MoveKind, **parts: object) -> Decision:
        """A move that the caller answers next."""
        about_us = self.asked_about_us() if kind is MoveKind.ANSWER else None
        move = Move(kind=kind, acknowledge=self.acknowledged(kind), about_us=about_us, **parts)  # type: ignore[arg-type]  # Move's own fields
        self.state = replace(self.state, pending=move)
        return self.decision(move)

    def asked_about_us(self) -> AboutUs | None:
        return about_us(self.last_answer)

    def stay(self, kind: MoveKind, reason: str) -> Decision:
        """A move that leaves the question before it open."""
        pending = self.state.pending
        topic = pending.topic if pending else None
        return self.decision(Move(kind=kind, topic=topic, slot=pending.slot if pending else None, reason=reason))

    def acknowledged(self, kind: MoveKind) -> tuple[str, ...]:
        return () if kind in _WITHOUT_THANKS else self.done.corrected

    def decision(self, move: Move) -> Decision:
        whole = roads.whole_road(self.flow, self.state.facts, self.road(), minutes_left=self.left)
        return Decision(state=self.state, move=move, learnt=self.learnt, topics=whole)


def _goes_on(before: object, after: object) -> bool:
    """Whether a value is another one with more at its end: a number that is told in several turns."""
    return isinstance(before, str) and isinstance(after, str) and len(after) > len(before) and after.startswith(before)


def _locked(flow: Flow, state: State) -> frozenset[str]:
    """Slots nobody can have answered: a consent whose fixed words, or a summary that, was not spoken."""
    unspoken = [t for t in flow.topics.values() if t.say and t.ask is None and t.id not in state.said]
    summary = flow.topics.get(SUMMARY)
    if summary is not None and not any(s in state.asks for s in summary.required):
        unspoken.append(summary)
    return frozenset(s for t in unspoken for s in t.required)
