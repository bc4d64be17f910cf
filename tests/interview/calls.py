"""Calls without a model: a flow, a list of (utterance, what was understood), and the moves that come out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from webhook.content.load import check_file
from webhook.interview.facts import FactEvent, Status, filled_values, status_of
from webhook.interview.flow import Arrow, Condition, Flow, Persona, Slot, Text, Topic
from webhook.interview.moves import Decision, Move, MoveKind, State, advance, minutes_left, opening
from webhook.interview.road import Road, walk, whole_road
from webhook.interview.understanding import Heard, Understanding

ROOT = Path(__file__).parents[2]
NOON = 1_800_000_000.0
NOTHING = Understanding()
#: What `flows/financial_lifestyle.yaml` needs before its summary, without any branch.
EVERYTHING: dict[str, Any] = {
    "consent": True,
    "name": "Sam",
    "age": 34,
    "interests": ["chess"],
    "home_area": "Leeds",
    "tenure": "rent",
    "eating_style": "cook",
    "transport": ["bike"],
    "fitness": "gym",
    "entertainment": ["reading"],
    "travel_style": "budget",
}


@cache
def shipped(flow_id: str) -> Flow:
    """A shipped flow, as the service loads it."""
    flow, findings = check_file(ROOT / "flows" / f"{flow_id}.yaml", ROOT / "prompts")
    assert flow is not None, findings
    return flow


def lifestyle() -> Flow:
    """The shipped flow that most tests talk about."""
    return shipped("financial_lifestyle")


def understood(
    *, implied: Mapping[str, Any] | None = None, corrected: Mapping[str, Any] | None = None, **told: Any
) -> Understanding:
    """Facts by name, and beside them the other fields of an `Understanding`; the quote of a fact is its value."""
    fields = {"refused", "unknown", "wants_to_change", "signals", "fullness", "source"}
    more = {name: told.pop(name) for name in fields & told.keys()}
    facts = [Heard(slot=slot, value=value, words=quote(value)) for slot, value in told.items()]
    facts += [Heard(slot=s, value=v, words=quote(v), outright=False) for s, v in (implied or {}).items()]
    facts += [Heard(slot=s, value=v, words=quote(v), correction=True) for s, v in (corrected or {}).items()]
    return Understanding(facts=tuple(facts), **more)


def quote(value: object) -> str:
    """Words a caller might have said for a value."""
    if isinstance(value, dict):
        return " ".join(str(v) for v in value.values())
    if isinstance(value, list):
        return " ".join(quote(v) for v in value) or "none"
    return str(value)


def utterance_for(heard: Understanding) -> str:
    """An utterance that holds every quote."""
    return " and ".join(f.words for f in heard.facts) or "well"


def known(**values: Any) -> tuple[FactEvent, ...]:
    """Events for facts that are known from before."""
    return tuple(FactEvent(slot=s, status=Status.FILLED, value=v, words=quote(v)) for s, v in values.items())


@dataclass
class Call:
    """One call through `advance`."""

    flow: Flow = field(default_factory=lifestyle)
    state: State = field(default_factory=State)
    now: float = NOON
    seconds_a_turn: float = 5.0
    scripted: bool = False
    turn: int = 0
    moves: list[Move] = field(default_factory=list)
    last: Decision | None = None

    def begin(self) -> Call:
        self.last = opening(self.flow, self.state, now=self.now)
        return self._moved()

    def hear(self, heard: Understanding, utterance: str | None = None) -> Call:
        self.turn += 1
        self.now += self.seconds_a_turn
        self.last = advance(
            self.flow,
            self.state,
            heard,
            utterance=utterance_for(heard) if utterance is None else utterance,
            turn=self.turn,
            now=self.now,
            scripted=self.scripted,
        )
        return self._moved()

    def _moved(self) -> Call:
        assert self.last is not None
        self.state = self.last.state
        self.moves.append(self.last.move)
        return self

    def tell(self, utterance: str | None = None, **told: Any) -> Call:
        return self.hear(understood(**told), utterance)

    @property
    def move(self) -> Move:
        return self.moves[-1]

    @property
    def facts(self) -> dict[str, Any]:
        return filled_values(self.state.facts)

    @property
    def road(self) -> Road:
        return walk(self.flow, self.state.facts, minutes_left=minutes_left(self.flow, self.state, self.now))

    @property
    def on_road(self) -> tuple[str, ...]:
        left = minutes_left(self.flow, self.state, self.now)
        return whole_road(self.flow, self.state.facts, self.road, minutes_left=left)

    def status(self, slot: str) -> Status:
        return status_of(self.state.facts, slot)

    @property
    def slots_asked(self) -> list[str]:
        return [m.slot for m in self.moves if m.slot]


def given(flow: Flow | None = None, /, **values: Any) -> Call:
    """A call where these are known already; the move is the one that comes next."""
    flow = flow or lifestyle()
    call = Call(flow=flow, state=State(events=known(**values), said=frozenset(t.id for t in says(flow))))
    return call.begin()


def says(flow: Flow) -> Iterable[Topic]:
    return (t for t in flow.topics.values() if t.say is not None)


def talk(call: Call, *turns: tuple[str, Understanding]) -> list[tuple[MoveKind, str | None]]:
    """Run (utterance, understanding) pairs; kind and topic of the move after each."""
    return [(call.hear(heard, utterance).move.kind, call.move.topic) for utterance, heard in turns]


@dataclass(frozen=True)
class When:
    """A condition made of plain Python, for flows that exist in one test only."""

    slot: str
    value: object
    source: str = "a test's own"

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.slot})

    def holds(self, values: Mapping[str, object]) -> bool:
        return values[self.slot] == self.value


def topic(name: str, follow: str | tuple[Arrow, ...] = "summary", **options: Any) -> Topic:
    """A topic that asks for a slot of its own name unless told otherwise."""
    arrows = (Arrow(go_to=follow),) if isinstance(follow, str) else follow
    options.setdefault("required", (name,))
    options.setdefault("ask", Text.plain(f"Find out {name}."))
    return Topic(id=name, fallback=Text.plain(f"What about {name}?"), follow_up=arrows, **options)


def ends(ending: str = "completed", *, when: Condition | None = None) -> Arrow:
    return Arrow(end=ending, condition=when)


def flow_of(topics: Iterable[Topic], slots: Iterable[Slot], **options: Any) -> Flow:
    """A small flow; the first topic is where it starts."""
    by_id = {t.id: t for t in topics}
    made = Flow(
        id="small",
        version=1,
        title="Small",
        languages=("en",),
        start=next(iter(by_id)),
        persona="mia",
        personas={"mia": Persona(id="mia", name="Mia", style=Text.plain("Warm."))},
        topics=by_id,
        slots={s.name: s for s in slots},
        endings={},
    )
    return replace(made, **options)
