"""The report: what was learnt, with every value's status and the caller's own words, as a JSON-able dict."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webhook.interview.cost import PRICES, Prices, Spending, Spent, Usage, price_of
from webhook.interview.evidence import as_said, found_quotes
from webhook.interview.facts import FactEvent, Facts, Status, coerce, condition_values
from webhook.interview.facts import ValueRefused as _Refused
from webhook.interview.flow import COMPLETED, Arrow, Flow, ReportField, Slot, SlotType, Topic
from webhook.interview.masking import secrets_of_session
from webhook.interview.moves import minutes_left
from webhook.interview.road import missing, walk, whole_road

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from webhook.interview.session import Session, Turn

CANNOT_TELL = "cannot_tell"
NOT_REACHED = "not_reached"
OFF_THE_ROAD = "off_the_road"
"""The status of a fact that was learnt on a road which later answers left: it is listed, and its value counts for nothing."""
SCHEMA = 2
"""The form of a report. The first one listed no facts off the road, and of corrections no words."""


def build(
    flow: Flow,
    session: Session,
    *,
    now: float,
    written: Mapping[str, Any] | None = None,
    prices: Prices = PRICES,
) -> dict[str, Any]:
    """The report on a session as it stands. `written` is Claude's answer for the written fields, checked here."""
    facts = session.state.facts
    topics = road_of(flow, session)
    shown = {s.name: s for t in topics for s in _slots_of(flow, t)}
    has_agreed = any(topic != flow.start for topic in topics)
    flags = list(session.flags)
    if session.state.ending != COMPLETED and "partial" not in flags:
        flags.append("partial")
    return {
        "schema": SCHEMA,
        "version": session.report_version + 1,
        "sessionId": session.session_id,
        "conversationId": session.conversation_id,
        "flow": {"id": flow.id, "version": flow.version, "hash": flow.content_hash, "title": flow.title},
        "personaId": session.persona_id,
        "language": session.language,
        "status": session.status.value,
        "ending": session.state.ending,
        "flags": flags,
        "createdAt": session.created_at,
        "reportedAt": now,
        "topics": list(topics),
        "fields": {
            f.name: _field(f, facts, shown, session, written if has_agreed else None) for f in flow.report.fields
        },
        "privateFields": [f.name for f in flow.report.fields if f.single and flow.slots[f.slots[0]].private],
        "facts": _facts(flow, shown, session) if has_agreed else _not_agreed(flow, shown, session),
        "differences": [dict(difference) for difference in session.differences],
        "claude": _claude(session.spending, prices),
    }


def road_of(flow: Flow, session: Session) -> tuple[str, ...]:
    """The topics of the call, walked and ahead, as it went.

    A line of `follow_up` that looks at the clock was decided when the call came by: it leads where it led, however
    late it is by now.
    """
    facts = session.state.facts
    left = minutes_left(flow, session.state, session.time.clock_s)
    been = {turn.topic for turn in session.turns} | {t.id for t in flow.topics.values() if not missing(t, facts)}
    then, now = (condition_values(flow, facts, minutes) for minutes in (flow.time.minutes, left))
    went = {t.id: replace(t, follow_up=(_taken(t, then, now, been),)) for t in flow.topics.values() if _is_timed(t)}
    flow = replace(flow, topics={**flow.topics, **went})
    return whole_road(flow, facts, walk(flow, facts, minutes_left=left), minutes_left=left)


def _is_timed(topic: Topic) -> bool:
    return any(arrow.condition is not None and "minutes_left" in arrow.condition.names for arrow in topic.follow_up)


def _taken(topic: Topic, then: Mapping[str, object], now: Mapping[str, object], been: Collection[str | None]) -> Arrow:
    """The line that was taken; `then` is what conditions saw when the call began, with what is known now."""
    for arrow in topic.follow_up:
        if arrow.condition is None:
            return arrow
        held, holds = arrow.condition.holds(then), arrow.condition.holds(now)
        if held and holds:
            return arrow
        others = (other.go_to in been for other in topic.follow_up if other is not arrow)
        if held != holds and (arrow.go_to in been or (holds and not any(others))):
            return arrow
    return topic.follow_up[-1]


def _slots_of(flow: Flow, topic: str) -> list[Slot]:
    here = flow.topics[topic]
    return [flow.slots[s] for s in (*here.required, *here.nice_to_know)]


def _facts(flow: Flow, shown: Mapping[str, Slot], session: Session) -> dict[str, Any]:
    """Those of the road, in its order, and after them what else was learnt."""
    facts = session.state.facts
    others = {name: slot for name, slot in flow.slots.items() if name in facts and name not in shown}
    reported = {name: _fact(slot, facts.get(name), session) for name, slot in shown.items()}
    left = {name: _off_the_road(_fact(slot, facts[name], session)) for name, slot in others.items()}
    return reported | {
        name: fact for name, fact in left.items() if fact["status"] != NOT_REACHED or "corrected" in fact
    }


def _not_agreed(flow: Flow, shown: Mapping[str, Slot], session: Session) -> dict[str, Any]:
    """Of whoever did not come past the first topic nothing else is told: it asks whether they agree to be asked.

    Nor is it told by the words in which they did not agree ("I'm Sam, and I'd rather not").
    """
    secrets = secrets_of_session(flow, session)
    facts = {name: _fact(slot, session.state.facts.get(name), session) for name, slot in shown.items()}
    return {name: secrets.fact(name, fact) for name, fact in facts.items()}


def _fact(slot: Slot, event: FactEvent | None, session: Session) -> dict[str, Any]:
    """What was said back wrong and not said again is not known; what it was taken for stands in its history."""
    private = {"private": True} if slot.private else {}
    nothing = {"status": NOT_REACHED, "value": None}
    told = nothing if event is None or event.status is Status.EMPTY else _told(event)
    fact = {**told, "topic": slot.topic, **private}
    events = (e for e in session.state.events if e.slot == slot.name and e.status is not Status.EMPTY)
    earlier = [e for e in events if e is not event]
    if earlier:
        fact["corrected"] = [_told(e) for e in earlier]
    return fact


def _told(event: FactEvent) -> dict[str, Any]:
    return {
        "status": event.status.value,
        "value": event.value,
        "words": event.words,
        "turn": event.turn,
        "source": event.source,
    }


def _off_the_road(fact: dict[str, Any]) -> dict[str, Any]:
    """What was learnt stands apart, so that nobody who reads values takes it for one."""
    if fact["status"] == NOT_REACHED:
        return fact
    return {**fact, "status": OFF_THE_ROAD, "value": None, "learnt": {n: fact[n] for n in ("status", "value")}}


def _field(
    field: ReportField,
    facts: Facts,
    shown: Mapping[str, Slot],
    session: Session,
    written: Mapping[str, Any] | None,
) -> Any:
    if field.write is not None:
        return _written(field, (written or {}).get(field.name), session.told)
    values = {s: facts[s].value if s in facts and s in shown else None for s in field.slots}
    return values[field.slots[0]] if field.single else values


def _written(field: ReportField, answer: Any, turns: Sequence[Turn]) -> dict[str, Any]:
    """A written field keeps only quotes that stand in the transcript; with too few of them it cannot be told."""
    nothing = {"value": CANNOT_TELL, "quotes": []}
    quotes = found_quotes(answer.get("quotes"), turns) if isinstance(answer, dict) else []
    if not isinstance(answer, dict) or len(quotes) < field.evidence:
        return nothing
    slot = Slot(name=field.name, type=field.type, topic="", values=field.values, of=field.of)
    try:
        value = coerce(slot, answer.get("value"))
    except _Refused:
        return nothing
    if field.type is SlotType.LIST and field.evidence:
        # A list that asks for evidence is a list of statements, and each must have been made.
        said = [as_said(v, turns) if isinstance(v, str) else v for v in value]
        value = [v for i, v in enumerate(said) if v and v not in said[:i]]
        if not value:
            return nothing
    return {"value": value, "quotes": quotes}


def _claude(spending: Spending, prices: Prices) -> dict[str, Any]:
    """What Claude did and cost, in US dollars; a cost is None where the price of a model is not known."""
    total = spending.total()
    models = dict.fromkeys(model for _, model in spending.spent)
    return {
        "calls": total.calls,
        "wastedCalls": total.wasted_calls,
        "tokens": [_tokens(purpose, model, spent, prices) for (purpose, model), spent in spending.spent.items()],
        "costUsd": _dollars(spending.cost(prices)),
        "wastedCostUsd": _dollars(spending.wasted_cost(prices)),
        "modelsWithoutPrice": [model for model in models if price_of(prices, model) is None],
    }


def _tokens(purpose: str, model: str, spent: Spent, prices: Prices) -> dict[str, Any]:
    price = price_of(prices, model)
    return {
        "purpose": purpose,
        "model": model,
        "calls": spent.calls,
        **_counts(spent.usage),
        "wastedCalls": spent.wasted_calls,
        "wasted": _counts(spent.wasted),
        "costUsd": None if price is None else _dollars(price.of(spent.usage)),
    }


def _counts(usage: Usage) -> dict[str, int]:
    return {
        "input": usage.input_tokens,
        "cacheRead": usage.cache_read_tokens,
        "cacheWrite": usage.cache_write_tokens,
        "output": usage.output_tokens,
    }


def _dollars(amount: float | None) -> float | None:
    return None if amount is None else round(amount, 8)


def transcript(session: Session) -> list[dict[str, Any]]:
    """The talk in order, with what only the platform heard; roles as ElevenLabs names them."""
    said: list[dict[str, Any]] = []
    if session.first_message:
        said.append({"role": "agent", "text": session.first_message, "turn": 0})
    for turn in session.told:
        said.append({"role": "user", "text": turn.utterance, "turn": turn.slot})
        if reply := turn.reply or turn.heard:  # a reply that was cut off is known by what was heard of it
            said.append({"role": "agent", "text": reply, "turn": turn.slot, "topic": turn.topic})
    return said


# For programs

_TIMES = ("createdAt", "reportedAt")


def iso(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-20T12:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report for programs: as it is kept, with its times in ISO 8601."""
    return {name: iso(value) if name in _TIMES else value for name, value in report.items()}
