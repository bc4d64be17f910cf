"""The report: what was learnt, with every value's status and the caller's own words, as a JSON-able dict."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from webhook.interview.cost import PRICES, Prices, Spending, Spent, Usage, price_of
from webhook.interview.facts import FactEvent, Facts, Status, coerce
from webhook.interview.facts import ValueRefused as _Refused
from webhook.interview.flow import COMPLETED, Flow, ReportField, Slot, SlotType
from webhook.interview.history import fold
from webhook.interview.moves import minutes_left
from webhook.interview.road import walk, whole_road

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webhook.interview.session import Session, Turn

CANNOT_TELL = "cannot_tell"
NOT_REACHED = "not_reached"
SCHEMA = 1


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
    topics = _on_the_road(flow, session, facts)
    shown = {s.name: s for t in topics for s in _slots_of(flow, t)}
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
        "fields": {f.name: _field(f, facts, shown, session, written) for f in flow.report.fields},
        "facts": {name: _fact(slot, facts.get(name), session) for name, slot in shown.items()},
        "differences": [dict(difference) for difference in session.differences],
        "claude": _claude(session.spending, prices),
    }


def _on_the_road(flow: Flow, session: Session, facts: Facts) -> tuple[str, ...]:
    left = minutes_left(flow, session.state, session.updated_at)
    return whole_road(flow, facts, walk(flow, facts, minutes_left=left), minutes_left=left)


def _slots_of(flow: Flow, topic: str) -> list[Slot]:
    here = flow.topics[topic]
    return [flow.slots[s] for s in (*here.required, *here.nice_to_know)]


def _fact(slot: Slot, event: FactEvent | None, session: Session) -> dict[str, Any]:
    if event is None or event.status is Status.EMPTY:
        return {"status": NOT_REACHED, "value": None, "topic": slot.topic}
    fact = {
        "status": event.status.value,
        "value": event.value,
        "topic": slot.topic,
        "words": event.words,
        "turn": event.turn,
        "source": event.source,
    }
    if slot.private:
        fact["private"] = True
    earlier = [e for e in session.state.events if e.slot == slot.name and e is not event]
    if earlier:
        fact["corrected"] = [{"value": e.value, "status": e.status.value, "turn": e.turn} for e in earlier]
    return fact


def _field(
    field: ReportField,
    facts: Facts,
    shown: Mapping[str, Slot],
    session: Session,
    written: Mapping[str, Any] | None,
) -> Any:
    if field.write is not None:
        return _written(field, (written or {}).get(field.name), session.turns)
    values = {s: facts[s].value if s in facts and s in shown else None for s in field.slots}
    return values[field.slots[0]] if field.single else values


def _written(field: ReportField, answer: Any, turns: Sequence[Turn]) -> dict[str, Any]:
    """A written field keeps only quotes that stand in the transcript; with too few of them it cannot be told."""
    quotes = _found(answer.get("quotes"), turns) if isinstance(answer, dict) else []
    if not isinstance(answer, dict) or len(quotes) < field.evidence:
        return {"value": CANNOT_TELL, "quotes": []}
    slot = Slot(name=field.name, type=field.type, topic="", values=field.values, of=field.of)
    try:
        value = coerce(slot, answer.get("value"))
    except _Refused:
        return {"value": CANNOT_TELL, "quotes": []}
    if field.type is SlotType.LIST and field.evidence:
        # A list that asks for evidence is a list of statements, and each must have been made.
        value = [v for v in value if not isinstance(v, str) or _is_said(v, turns)]
    return {"value": value, "quotes": quotes}


def _found(quotes: Any, turns: Sequence[Turn]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for quote in quotes if isinstance(quotes, list) else []:
        turn = next((t for t in turns if isinstance(quote, str) and _stands_in(quote, t)), None)
        if turn is not None and quote not in [f["words"] for f in found]:
            found.append({"words": quote, "turn": turn.slot})
    return found


def _is_said(text: str, turns: Sequence[Turn]) -> bool:
    return any(_stands_in(text, turn) for turn in turns)


def _stands_in(quote: str, turn: Turn) -> bool:
    words = fold(quote)
    return bool(words) and f" {words} " in f" {fold(turn.utterance)} "


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
    """The talk in order; roles as ElevenLabs names them."""
    said: list[dict[str, Any]] = []
    if session.first_message:
        said.append({"role": "agent", "text": session.first_message, "turn": 0})
    for turn in session.turns:
        said.append({"role": "user", "text": turn.utterance, "turn": turn.slot})
        if reply := turn.reply or turn.heard:  # a reply that was cut off is known by what was heard of it
            said.append({"role": "agent", "text": reply, "turn": turn.slot, "topic": turn.topic})
    return said


# Forms

_TIMES = ("createdAt", "reportedAt")
_STATUS = {"given_up": "not understood", NOT_REACHED: "not reached"}
_NOTHING = "–"


def iso(seconds: float) -> str:
    """Seconds since 1970 as `2026-11-20T12:00:00.000Z`."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_json(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report for programs: as it is kept, with its times in ISO 8601."""
    return {name: iso(value) if name in _TIMES else value for name, value in report.items()}


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for people."""
    lines = [f"# {report['flow']['title']}", "", f"Session {report['sessionId']}, {_label(report['status'])}."]
    if report["flags"]:
        lines.append(f"Please note: {', '.join(report['flags'])}.")
    lines += ["", "## Report", ""]
    for name, value in report["fields"].items():
        lines.append(f"- **{_label(name)}**: {_inline(value)}")
    lines += ["", "## Facts", "", "| fact | value | status | in their words |", "|---|---|---|---|"]
    for name, fact in report["facts"].items():
        status = _STATUS.get(fact["status"]) or _label(fact["status"])
        cells = (_label(name), _plain(fact["value"]), status, fact.get("words", ""))
        lines.append("| " + " | ".join(c.replace("|", "\\|").replace("\n", " ") for c in cells) + " |")
    if claude := report.get("claude"):  # reports of earlier releases know nothing of it
        lines += ["", _cost_line(claude)]
    return "\n".join(lines) + "\n"


def _cost_line(claude: Mapping[str, Any]) -> str:
    calls, cost, wasted = claude["calls"], claude["costUsd"], claude["wastedCostUsd"]
    if cost is None or wasted is None:
        return f"Claude: {calls} calls; what they cost is not known ({', '.join(claude['modelsWithoutPrice'])})."
    return f"Claude: {calls} calls, {cost:.4f} USD, of which {wasted:.4f} USD for words nobody heard."


def to_csv(report: Mapping[str, Any]) -> str:
    """One row of facts under their names; cells a spreadsheet would run as a formula are made harmless."""
    row: dict[str, str] = {
        "session_id": report["sessionId"],
        "status": report["status"],
        "ending": report["ending"] or "",
    }
    row |= {name: _cell(fact["value"]) for name, fact in report["facts"].items()}
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(row), lineterminator="\r\n")
    writer.writeheader()
    writer.writerow({k: _harmless(v) for k, v in row.items()})
    return out.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _label(name: str) -> str:
    return name.replace("_", " ")


def _cell(value: Any) -> str:
    """For programs: true and false and numbers as in JSON, entries of a list divided by `; `."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> str:
    """For people: `yes`, `chess, tea`, `service: Netflix, monthly cost: 12`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ("; " if any(isinstance(v, dict) for v in value) else ", ").join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{_label(k)}: {_plain(v) or _NOTHING}" for k, v in value.items())
    return str(value)


def _inline(value: Any) -> str:
    if not isinstance(value, dict) or "quotes" not in value:
        return _plain(value) or _NOTHING
    said = "cannot tell" if value["value"] == CANNOT_TELL else _plain(value["value"])
    quotes = "; ".join(f"“{q['words']}”" for q in value["quotes"])
    return f"{said} ({quotes})" if quotes else said
