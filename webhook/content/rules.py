"""Rules: one function for each thing that can be wrong with a flow whose keys and types are right.

A new rule is a new function in `RULES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content import roads
from webhook.content.duties import check_duties, turned_back
from webhook.content.gates import check_gates
from webhook.content.journeys import journeys_of
from webhook.content.lengths import length_of
from webhook.content.logic import check_logic
from webhook.content.slots import check_slot_names, check_values
from webhook.content.trials import Trials
from webhook.interview.flow import SUMMARY

if TYPE_CHECKING:
    from webhook.content.document import ReportFieldDoc
    from webhook.content.draft import Draft
    from webhook.content.lengths import Length
    from webhook.content.source import Place
    from webhook.interview.flow import Flow, Slot


def check_start(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    if draft.doc.start not in draft.doc.topics:
        draft.note_unknown("topic", draft.doc.start, ("start",), draft.doc.topics)


def check_persona(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    if draft.doc.persona not in draft.doc.personas:
        draft.note_unknown("persona", draft.doc.persona, ("persona",), draft.doc.personas)


def check_languages(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    for index, language in enumerate(draft.doc.languages):
        if language in draft.doc.languages[:index]:
            draft.note("duplicate-value", ("languages", index), f"language `{language}` is there twice")


def check_time(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    time = draft.doc.time
    if time.wrap_up_minutes >= time.minutes:
        message = f"`wrap_up_minutes` {time.wrap_up_minutes:g} leaves nothing of `minutes` {time.minutes:g}"
        draft.note("impossible-range", ("time", "wrap_up_minutes"), message)


def check_safety(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    for name in ("distress", "threat"):
        rule = getattr(draft.doc.house_rules.safety, name)
        if rule is not None and rule.end is not None and rule.end not in draft.doc.endings:
            draft.note_unknown("ending", rule.end, ("house_rules", "safety", name, "end"), draft.doc.endings)


def check_fallbacks(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    """A topic that asks must be able to ask when Claude is away."""
    for name, topic in draft.doc.topics.items():
        asks = topic.ask or topic.say or topic.required_info or topic.nice_to_know
        if asks and topic.fallback is None and not draft.is_mended("topics", name, "fallback"):
            draft.note("missing-fallback", ("topics", name), f"topic `{name}` asks but has no `fallback`", at_key=True)


def check_enough(draft: Draft, slots: dict[str, Slot]) -> None:
    enough = draft.doc.enough
    check_slot_names(draft, enough.must_have, ("enough", "must_have"), slots)
    check_slot_names(draft, enough.of, ("enough", "of"), slots)
    if enough.at_least > len(enough.of) and not draft.is_mended("enough", "of"):
        message = f"`at_least` {enough.at_least} is more than the {len(enough.of)} slots in `of`"
        draft.note("impossible-range", ("enough", "at_least"), message)
    if (enough.must_have or enough.of) and SUMMARY not in draft.doc.topics:
        message = f"`enough` guards the way into the topic `{SUMMARY}`, and there is none"
        draft.note("no-summary", ("enough",), message, at_key=True, severity="warning")


def check_report(draft: Draft, slots: dict[str, Slot]) -> None:
    for name, field in draft.doc.report.fields.items():
        place: Place = ("report", "fields", name)
        if draft.is_mended(*place, "from") or draft.is_mended(*place, "write"):
            continue
        if (field.from_ is None) == (field.write is None):
            draft.note("report-field", place, f"report field `{name}` needs either `from` or `write`", at_key=True)
        if isinstance(field.from_, str) and field.from_ not in slots and field.from_ not in draft.lost_slots:
            draft.note_unknown("slot", field.from_, (*place, "from"), slots)
        if isinstance(field.from_, list):
            check_slot_names(draft, field.from_, (*place, "from"), slots)
        _check_written(draft, place, field)


def _check_written(draft: Draft, place: Place, field: ReportFieldDoc) -> None:
    kinds = {"values": ("choice", "choices"), "of": ("list",)}
    for option, needed in kinds.items():
        if getattr(field, option) is not None and field.type not in needed:
            message = f"`{option}` is for {' or '.join(needed)}, and report field `{place[-1]}` is {field.type}"
            draft.note("option-type", (*place, option), message, at_key=True)
    if field.type in kinds["values"] and field.values is None and not draft.is_mended(*place, "values"):
        draft.note("missing-key", place, f"missing key `values` in report field `{place[-1]}`", at_key=True)
    check_values(draft, place, field.values or ())


def check_roads(draft: Draft, slots: dict[str, Slot]) -> None:  # noqa: ARG001 - the shape of a rule
    roads.check_roads(draft)


RULES = (
    check_start,
    check_persona,
    check_languages,
    check_time,
    check_safety,
    check_fallbacks,
    check_enough,
    check_report,
    check_roads,
)


def check_flow(draft: Draft, flow: Flow) -> Length:
    """The rules over the flow as it will run, conditions and all; only for a flow without errors. Gives its length."""
    trials = Trials(flow)
    check_logic(draft, flow, trials)
    check_gates(draft, flow)
    journeys = journeys_of(flow, trials)
    check_duties(draft, flow, journeys)
    length = length_of(flow, journeys, turned_back(flow, journeys))
    check_length(draft, length)
    return length


def check_length(draft: Draft, length: Length) -> None:
    if not length.is_over:
        return
    dropped = f"without time, these are dropped first: {', '.join(f'`{name}`' for name in length.could)}"
    message = (
        f"at worst the interview takes {length.worst_turns} turns, {length.worst_minutes:g} minutes of "
        f"{length.limit_minutes:g}; {dropped if length.could else 'no topic is marked `could`, to be dropped first'}"
    )
    place: Place = ("time", "minutes") if "minutes" in draft.doc.time.model_fields_set else ("time",)
    draft.note("too-long", place, message, severity="warning")
