"""Sessions of a small flow with private facts, and the reports on them."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from tests.interview.calls import NOON, lifestyle
from webhook.interview.facts import FactEvent, Status
from webhook.interview.flow import Flow, ReportField, ReportPlan, Slot
from webhook.interview.moves import State
from webhook.interview.report import build
from webhook.interview.session import Session, SessionStatus, Turn

#: Said once, as the caller's name; it must come out nowhere.
CANARY = "Zerbinetta Quux"


@cache
def flow() -> Flow:
    """The shipped flow, whose name and housing cost are private, with a private field of one slot."""
    shipped = lifestyle()
    fields = (*shipped.report.fields, ReportField(name="called", slots=("name",), single=True))
    return replace(shipped, report=ReportPlan(fields=fields))


def event(slot: str, value: Any, words: str, turn: int, status: Status = Status.FILLED) -> FactEvent:
    return FactEvent(slot=slot, status=status, value=value, words=words, turn=turn)


def session(*events: FactEvent, said: tuple[str, ...] = (), replies: tuple[str, ...] = ()) -> Session:
    talk = zip(said, (*replies, *[""] * len(said)), strict=False)
    return Session(
        session_id="s-1",
        flow_id=flow().id,
        flow_version=1,
        flow_hash="h",
        persona_id=flow().persona,
        language="en",
        created_at=NOON,
        updated_at=NOON,
        status=SessionStatus.COMPLETED,
        base=State(events=events),
        log=tuple(Turn(slot=n, utterance=words, reply=reply) for n, (words, reply) in enumerate(talk, start=1)),
    )


def whole_report(held: Session, **written: Any) -> dict[str, Any]:
    return build(flow(), held, now=NOON + 60, written=written)


def with_slot(**options: Any) -> Flow:
    """A flow with one slot more in its first topic."""
    base = flow()
    slot = Slot(topic=base.start, **options)
    first = base.topics[base.start]
    topics = {**base.topics, base.start: replace(first, nice_to_know=(slot.name,))}
    return replace(base, topics=topics, slots={**base.slots, slot.name: slot})


def canary_session(name: str = CANARY, cost: float = 1234) -> Session:
    """Everything about it is in places it should not be shown in."""
    return session(
        event("consent", True, "Yes", 1),
        event("name", "Bob Wrong", "Bob Wrong", 2),
        event("name", name, name, 3),
        event("age", 34, f"I'm {name} and I'm 34", 4),
        event("home_area", f"near {name}", f"near {name}", 4),
        event("tenure", "rent", "rent", 5),
        event("housing_cost", cost, "that is a private matter of mine", 5),
        said=(
            "Yes, that's fine.",
            "Bob Wrong.",
            f"No: {name.upper()}!",
            f"I'm {name} and I'm 34, near {name}.",
            f"I rent, for {cost:,}. that is a private matter of mine",
        ),
        replies=("And your name?", "Thanks, Bob.", f"Thanks, {name.split(maxsplit=1)[0]}. How old?"),
    )
