"""Duties: what a flow promises of every interview (musts, `enough`, consent first), and the roads that break it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content.findings import line_and_column
from webhook.content.journeys import Journeys, Step, Stop, cheapest, into_summary, is_whole, topics_on
from webhook.content.roads import ways
from webhook.interview.flow import SUMMARY, SlotType

if TYPE_CHECKING:
    from collections.abc import Collection

    from webhook.content.draft import Draft
    from webhook.content.source import Place
    from webhook.interview.flow import Flow, Slot

_MOST_SEARCHES = 200_000
"""Musts times steps: beyond that nobody waits for the answer."""


def check_duties(draft: Draft, flow: Flow, journeys: Journeys) -> None:
    """Warn of roads on which a promise is not kept; silent where the roads could not be worked out exactly."""
    if not journeys.exact:
        return
    _check_musts(draft, flow, journeys)
    _check_must_have(draft, flow, journeys)
    _check_at_least(draft, flow, journeys)
    _check_consent(draft, flow, journeys)


def turned_back(flow: Flow, journeys: Journeys) -> tuple[str, ...]:
    """The topics a call may have to turn back to before its summary, because `enough` asks for one of their slots."""
    enough = flow.enough
    wanted = [*enough.must_have, *(enough.of if _fewest(flow, journeys) else ())]
    avoidable = [slot for slot in wanted if _past(journeys, _asking(flow, slot)) is not None]
    return tuple(dict.fromkeys(flow.slots[slot].topic for slot in avoidable))


def _check_musts(draft: Draft, flow: Flow, journeys: Journeys) -> None:
    """One finding for each line that leads past topics every interview must have."""
    reached = {stop[0] for stop in journeys.steps}
    musts = [name for name, topic in flow.topics.items() if topic.importance == "must" and name in reached]
    if len(musts) * sum(map(len, journeys.steps.values())) > _MOST_SEARCHES:
        return
    passed: dict[Place, list[str]] = {}
    for name in musts:
        found = cheapest(journeys, is_goal=is_whole, cost=lambda _: 1, avoid={name})
        if found is not None:
            place = _target(draft, _leaving(journeys, found[1], {name}))
            passed.setdefault(place, []).append(name)
    for place, names in passed.items():
        many = len(names) > 1
        message = f"this line leads past {_listed(names)}, which {'are' if many else 'is'} a `must`: a whole interview can go without"
        draft.note("must-avoided", place, message, severity="warning")


def _check_must_have(draft: Draft, flow: Flow, journeys: Journeys) -> None:
    for index, slot in enumerate(flow.enough.must_have):
        asking = _asking(flow, slot)
        road = _past(journeys, asking)
        if road is None:
            continue
        turns = f"the call then turns back to topic `{flow.slots[slot].topic}` before the summary"
        if asking:
            line = _line(draft, _target(draft, _leaving(journeys, road, asking)))
            message = f"no topic on some road into the summary asks for `{slot}` (line {line} leads past it): {turns}"
        else:
            message = f"no topic before the summary requires `{slot}`: {turns}"
        draft.note("enough-not-met", ("enough", "must_have", index), message, severity="warning")


def _check_at_least(draft: Draft, flow: Flow, journeys: Journeys) -> None:
    found = _fewest(flow, journeys)
    if found is None:
        return
    count, road = found
    met = {slot for name in topics_on(road) for slot in flow.topics[name].required}
    owed = next(slot for slot in flow.enough.of if slot not in met)
    way = " - ".join(dict.fromkeys((*topics_on(road), SUMMARY)))
    message = (
        f"on the road {_shortened(way)} only {count} of the slots in `of` are asked for: "
        f"the call then turns back to topic `{flow.slots[owed].topic}` before the summary"
    )
    draft.note("enough-not-met", ("enough", "at_least"), message, severity="warning")


def _fewest(flow: Flow, journeys: Journeys) -> tuple[int, tuple[Step, ...]] | None:
    """The road into the summary that asks for the fewest slots of `of`, if those are too few."""
    wanted = set(flow.enough.of)
    found = cheapest(
        journeys, is_goal=into_summary, cost=lambda name: len(wanted.intersection(flow.topics[name].required))
    )
    return found if found is not None and found[0] < flow.enough.at_least else None


def _check_consent(draft: Draft, flow: Flow, journeys: Journeys) -> None:
    """The first private slot on a road that has not asked for consent."""
    consents = {name for name, slot in flow.slots.items() if _is_consent(slot)}
    asking = {name for name, topic in flow.topics.items() if consents.intersection(topic.required)}
    for place, name, doc, _ in draft.slot_docs():
        topic = str(place[1])
        if not doc.private:
            continue
        if not _comes_first(flow, topic, name, consents) and (
            topic == flow.start or _reaches(journeys, topic, asking - {topic})
        ):
            before = "no road asks for consent" if not consents else "on some road it is asked for before consent is"
            message = f"slot `{name}` is private, and {before} (yes_no with `may_refuse: false`)"
            draft.note("private-before-consent", place, message, at_key=True, severity="warning")
            if not consents:
                return


def _is_consent(slot: Slot) -> bool:
    return slot.type is SlotType.YES_NO and not slot.may_refuse and slot.required


def _comes_first(flow: Flow, topic: str, name: str, consents: set[str]) -> bool:
    """True when the topic itself asks for consent before it comes to the slot."""
    required = flow.topics[topic].required
    before = required[: required.index(name)] if name in required else required
    return bool(consents.intersection(before))


def _reaches(journeys: Journeys, topic: str, avoid: Collection[str]) -> bool:
    goal = cheapest(
        journeys,
        is_goal=lambda step, _: step.to is not None and step.to[0] == topic,
        cost=lambda _: 1,
        avoid=avoid,
    )
    return goal is not None


def _asking(flow: Flow, slot: str) -> set[str]:
    return {name for name, topic in flow.topics.items() if slot in topic.required and name != SUMMARY}


def _past(journeys: Journeys, topics: Collection[str]) -> tuple[Step, ...] | None:
    """A road into the summary that goes through none of these topics."""
    found = cheapest(journeys, is_goal=into_summary, cost=lambda _: 1, avoid=topics)
    return found[1] if found else None


def _leaving(journeys: Journeys, road: tuple[Step, ...], topics: Collection[str]) -> Step:
    """The last step of the road that is taken where one could still have come to the topics."""
    before: dict[Stop, set[Stop]] = {}
    for step in journeys.all_steps():
        if step.to is not None:
            before.setdefault(step.to, set()).add(step.stop)
    can_reach = {stop for stop in journeys.steps if stop[0] in topics}
    todo = list(can_reach)
    while todo:
        new = before.get(todo.pop(), set()) - can_reach
        can_reach |= new
        todo.extend(new)
    return next((step for step in reversed(road) if step.stop in can_reach), road[-1])


def _target(draft: Draft, step: Step) -> Place:
    """Where the target of a line stands."""
    return list(ways(draft, step.topic))[step.line].place


def _line(draft: Draft, place: Place) -> int:
    return line_and_column(draft.source.text, draft.source.value_offset(place))[0]


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _shortened(way: str) -> str:
    names = way.split(" - ")
    return way if len(names) <= 6 else " - ".join([*names[:3], "...", *names[-2:]])  # noqa: PLR2004 - what fits a line
