"""A talk as a test holds it: `moves.advance` turn by turn, as the service does it, and a record of every step.

Pure: the clock is the test's own, and what was understood is handed in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from webhook.interview import moves, report
from webhook.interview import road as roads
from webhook.interview.facts import FactEvent, Status
from webhook.interview.history import Message
from webhook.interview.listening import checked_in_code, read_in_code
from webhook.interview.moves import State
from webhook.interview.road import SECONDS_A_TURN
from webhook.interview.session import Session, Turn
from webhook.interview.understanding import Understanding, understanding_of
from webhook.interview.wording import Voicing, wording

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.flowtest.document import UnderstoodDoc
    from webhook.flowtest.load import Case
    from webhook.interview.flow import Flow
    from webhook.interview.moves import Decision, Move


@dataclass(frozen=True, kw_only=True)
class Step:
    """One turn; number 0 is the opening. `fixed` are the words without a model, `said` those that were spoken."""

    number: int
    caller: str
    move: Move
    state: State
    learnt: tuple[FactEvent, ...]
    #: The topics on the road after it.
    road: tuple[str, ...]
    fixed: str
    said: str
    now: float

    @property
    def topic(self) -> str | None:
        """What the talk is at; None once it is over."""
        return None if self.state.ending else self.move.topic or self.state.topic


@dataclass(frozen=True, kw_only=True)
class Talk:
    """The steps so far. `clock` is when the first words of the caller are answered, in seconds of the call."""

    flow: Flow
    language: str
    persona: str
    clock: float
    steps: tuple[Step, ...] = ()

    @property
    def last(self) -> Step:
        return self.steps[-1]

    @property
    def state(self) -> State:
        return self.last.state

    @property
    def is_over(self) -> bool:
        return self.state.ending is not None

    @property
    def minutes(self) -> float:
        return self.last.now / 60

    @property
    def next_at(self) -> float:
        return self.clock + SECONDS_A_TURN * (len(self.steps) - 1)

    @property
    def history(self) -> tuple[Message, ...]:
        """The talk as a platform would send it."""
        said: list[Message] = []
        for step in self.steps:
            if step.caller:
                said.append(Message(role="user", text=step.caller))
            said.append(Message(role="agent", text=step.said))
        return tuple(said)


def opened(case: Case) -> Talk:
    """The talk before the caller has said anything in this test.

    What is given counts as told before: a consent that is given was asked for, and its words are not spoken again.
    """
    flow = case.flow
    events = tuple(
        FactEvent(slot=name, status=Status.FILLED, value=case.given[name], words="")
        for name in flow.slots
        if name in case.given
    )
    told = {t.id for t in flow.topics.values() if t.say and t.required and set(t.required) <= case.given.keys()}
    decision = moves.opening(flow, State(events=events, said=frozenset(told)), now=0.0)
    left = case.doc.minutes_left
    clock = SECONDS_A_TURN if left is None else max(0.0, (flow.time.minutes - left) * 60)
    return _with(Talk(flow=flow, language=case.language, persona=case.persona, clock=clock), "", decision, now=0.0)


def understood(talk: Talk, utterance: str, doc: UnderstoodDoc) -> Understanding:
    """What the test says was understood; the quote for each fact is all the caller said."""
    return checked(talk, utterance, understanding_of(doc.model_dump(), utterance))


def checked(talk: Talk, utterance: str, heard: Understanding) -> Understanding:
    """Less what the caller's own words plainly deny, as in the service."""
    return checked_in_code(talk.flow, talk.state, heard, utterance, question=talk.last.said, language=talk.language)


def read(talk: Talk, utterance: str) -> Understanding:
    """What code reads by itself, as in scripted mode."""
    return read_in_code(talk.flow, talk.state, utterance, question=talk.last.said, language=talk.language)


def answered(talk: Talk, utterance: str, heard: Understanding, *, scripted: bool = False) -> Talk:
    """The talk one turn further."""
    now = talk.next_at
    decision = moves.advance(
        talk.flow,
        talk.state,
        heard,
        utterance=utterance,
        turn=len(talk.steps),
        now=now,
        scripted=scripted,
    )
    return _with(talk, utterance, decision, now=now)


def spoken(talk: Talk, words: str) -> Talk:
    """The talk with other words for its last step: those of Claude."""
    return replace(talk, steps=(*talk.steps[:-1], replace(talk.last, said=words)))


def voicing(talk: Talk, state: State, now: float) -> Voicing:
    return Voicing(
        flow=talk.flow,
        state=state,
        language=talk.language,
        persona_id=talk.persona,
        minutes_left=moves.minutes_left(talk.flow, state, now),
        last_said=talk.steps[-1].said if talk.steps else "",
    )


def report_of(talk: Talk) -> Mapping[str, Any]:
    """The report as it would be made now, without the fields that Claude writes."""
    flow, last = talk.flow, talk.last
    session = Session(
        session_id="test",
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=talk.persona,
        language=talk.language,
        created_at=0.0,
        updated_at=last.now,
        base=last.state,
        log=tuple(Turn(slot=s.number, utterance=s.caller, reply=s.said) for s in talk.steps if s.number),
    )
    return report.build(flow, session, now=last.now)


def _with(talk: Talk, caller: str, decision: Decision, *, now: float) -> Talk:
    words = wording(voicing(talk, decision.state, now), decision.move).fixed
    step = Step(
        number=len(talk.steps),
        caller=caller,
        move=decision.move,
        state=decision.state,
        learnt=decision.learnt,
        road=_walked(talk.flow, decision.state, now),
        fixed=words,
        said=words,
        now=now,
    )
    return replace(talk, steps=(*talk.steps, step))


def _walked(flow: Flow, state: State, now: float) -> tuple[str, ...]:
    left = moves.minutes_left(flow, state, now)
    road = roads.walk(flow, state.facts, minutes_left=left)
    return roads.whole_road(flow, state.facts, road, minutes_left=left)
