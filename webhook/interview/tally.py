"""Interviews counted one at a time: nothing of an interview is kept but numbers, however many there are.

`glimpse` is one interview as far as it counts; `Tally` adds them up, in any order. No word of a caller gets in: of a
text only that there is one, of a choice only which of the designer's values it is, of a private slot its status.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webhook.errors import StoreError
from webhook.interview.call import CallState
from webhook.interview.cost import Spending
from webhook.interview.facts import KNOWN, Status
from webhook.interview.flow import COMPLETED, NUMERIC, Flow, Slot, SlotType
from webhook.interview.report import road_of
from webhook.interview.session import Session, SessionStatus, from_dict

if TYPE_CHECKING:
    from collections.abc import Mapping

ENDS = ("completed", "ended_early", "going_on", "not_begun", "failed", "expired")
"""How far an interview came; each is counted under one of them."""
ENDED, HELD = ENDS[:2], ENDS[:3]
WITHOUT_ENDING = "without_ending"
"""Ended early, and not by an ending of the flow: hung up, or broken off."""
STATUSES = ("filled", "refused", "unknown", "partial", "not_understood", "given_up", "not_reached", "off_the_road")
OTHER = "other"
"""An answer that is none of the values the slot has now: it comes from another version of the flow."""
NONE = "none"
"""None of a list of choices."""
_CHOSEN = frozenset({SlotType.YES_NO, SlotType.CHOICE, SlotType.CHOICES})


@dataclass(frozen=True, kw_only=True)
class Glimpse:
    """What counts of one interview."""

    end: str
    ending: str | None
    version: int
    content: str
    language: str
    persona: str
    flags: tuple[str, ...]
    #: As the platform told; None where it told nothing.
    minutes: float | None
    #: How many of their turns fell into each topic. Every topic that was entered is there.
    turns: Mapping[str, int]
    #: The topic the talk was at last, None where nobody had said a word.
    last: str | None
    #: By slot; nothing where no talk was held.
    statuses: Mapping[str, str]
    #: By slot, of those that are counted: the values chosen.
    chosen: Mapping[str, tuple[str, ...]]
    numbers: Mapping[str, float]
    spending: Spending


def glimpse(flow: Flow, session: Session, *, now: float) -> Glimpse:
    """One interview as seen by this version of its flow, whichever version it was held by."""
    end = _end(session, now)
    turns, last = _turns(flow, session)
    statuses = _statuses(flow, session) if session.has_turns else {}
    filled = {n: session.state.facts[n].value for n, status in statuses.items() if status in KNOWN}
    shown = {n: v for n, v in filled.items() if not flow.slots[n].private}
    duration_s = None if session.call is None else session.call.outcome.duration_s
    session.spending.total()  # of a damaged record it cannot be added up, and that must show before it is counted
    flags = dict.fromkeys((*session.flags, *(("partial",) if end == "ended_early" else ())))
    return Glimpse(
        end=end,
        ending=(session.state.ending or WITHOUT_ENDING) if end == "ended_early" else None,
        version=int(session.flow_version),
        content=str(session.flow_hash),
        language=str(session.language),
        persona=str(session.persona_id),
        flags=tuple(map(str, flags)),
        minutes=None if duration_s is None or not session.has_turns else float(duration_s) / 60,
        turns=turns,
        last=last,
        statuses=statuses,
        chosen={n: _chosen(flow.slots[n], v) for n, v in shown.items() if flow.slots[n].type in _CHOSEN},
        numbers={n: float(v) for n, v in shown.items() if flow.slots[n].type in NUMERIC and _is_number(v)},
        spending=session.spending,
    )


def _end(session: Session, now: float) -> str:
    if session.has_turns and session.status is SessionStatus.CREATED:
        return "going_on"
    if session.has_turns or session.status is SessionStatus.COMPLETED:
        return str(session.status.value).replace("in_progress", "going_on")
    # Nobody has said a word: what became of the call is all there is to tell.
    states = {CallState.FAILED: "failed", CallState.EXPIRED: "expired", CallState.ENDED_EARLY: "ended_early"}
    return states.get(session.call_at(now).state, "not_begun")


def _turns(flow: Flow, session: Session) -> tuple[dict[str, int], str | None]:
    """Their turns by the topic they answered, and the topic of the last question.

    A turn keeps the topic of our reply, so an answer belongs to the topic of the turn before it.
    """
    if not session.has_turns:
        return {}, None
    here, turns = flow.start, Counter[str]()
    for turn in session.turns:
        turns[here] += 1
        here = turn.topic or here
    turns[here] += 0
    return dict(turns), here


def _statuses(flow: Flow, session: Session) -> dict[str, str]:
    """As the report has them: what was learnt on a road that later answers left does not count."""
    facts = session.state.facts
    on_road = {s for t in road_of(flow, session) for s in (*flow.topics[t].required, *flow.topics[t].nice_to_know)}
    statuses = {}
    for name in flow.slots:
        event = facts.get(name)
        if event is None or event.status is Status.EMPTY:
            statuses[name] = "not_reached"
        else:
            statuses[name] = event.status.value if name in on_road else "off_the_road"
    return statuses


def _chosen(slot: Slot, value: Any) -> tuple[str, ...]:
    """The designer's own words for it and no others: in another version the slot may have taken any text."""
    if slot.type is SlotType.YES_NO:
        return (("yes" if value else "no") if isinstance(value, bool) else OTHER,)
    values = value if isinstance(value, list) else [value]
    if not values:
        return (NONE,)
    return tuple(dict.fromkeys(v if isinstance(v, str) and v in slot.values else OTHER for v in values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


class Tally:
    """Counts of interviews by one flow, with `version` only of those held by that version."""

    def __init__(self, flow: Flow, *, version: int | None = None) -> None:
        self.flow = flow
        self.version = version
        self.interviews = 0
        #: Records nobody can read; they are in no other count.
        self.damaged = 0
        self.ends = Counter[str]()
        self.endings = Counter[str]()
        self.versions = Counter[int]()
        self.contents: set[str] = set()
        self.languages = Counter[str]()
        self.personas = Counter[str]()
        self.flags = Counter[str]()
        self.minutes: dict[str, array[float]] = defaultdict(_numbers)
        self.turns: dict[str, array[float]] = defaultdict(_numbers)
        self.topic_turns: dict[str, array[float]] = defaultdict(_numbers)
        #: How each topic was left behind: `left`, `stopped` or `still`.
        self.topic_ends: dict[str, Counter[str]] = defaultdict(Counter)
        self.topic_endings: dict[str, Counter[str]] = defaultdict(Counter)
        self.stopped_unspoken = 0
        self.stopped_elsewhere = 0
        self.statuses: dict[str, Counter[str]] = defaultdict(Counter)
        self.chosen: dict[str, Counter[str]] = defaultdict(Counter)
        self.numbers: dict[str, array[float]] = defaultdict(_numbers)
        self.spending = Spending()

    def add(self, record: Mapping[str, Any], *, now: float) -> None:
        """A record of the store. One that is damaged is counted as that, and spoils nothing else."""
        try:
            session = from_dict(record)
            if self.version is not None and session.flow_version != self.version:
                return
            seen = glimpse(self.flow, session, now=now)
        except (StoreError, KeyError, TypeError, ValueError, AttributeError):  # `from_dict` looks at forms, not at all
            self.damaged += 1
            return
        self.count(seen)

    def count(self, seen: Glimpse) -> None:
        self.interviews += 1
        self.ends[seen.end] += 1
        self.versions[seen.version] += 1
        self.contents.add(seen.content)
        self.languages[seen.language] += 1
        self.personas[seen.persona] += 1
        self.flags.update(seen.flags)
        self.spending += seen.spending
        if seen.ending is not None:
            self.endings[seen.ending] += 1
        self._count_length(seen)
        self._count_topics(seen)
        for name, status in seen.statuses.items():
            self.statuses[name][status] += 1
        for name, values in seen.chosen.items():
            self.chosen[name].update(values)
        for name, number in seen.numbers.items():
            self.numbers[name].append(number)

    def _count_length(self, seen: Glimpse) -> None:
        """Of interviews that are over: how long another one will be, nobody knows yet."""
        if seen.end not in ENDED or seen.last is None:
            return
        self.turns[seen.end].append(sum(seen.turns.values()))
        if seen.minutes is not None:
            self.minutes[seen.end].append(seen.minutes)

    def _count_topics(self, seen: Glimpse) -> None:
        for topic, turns in seen.turns.items():
            is_last = topic == seen.last and seen.end != COMPLETED
            how = ("still" if seen.end == "going_on" else "stopped") if is_last else "left"
            self.topic_ends[topic][how] += 1
            self.topic_turns[topic].append(turns)
        if seen.ending is None:
            return
        if seen.last is None:
            self.stopped_unspoken += 1
        elif seen.last in self.flow.topics:
            self.topic_endings[seen.last][seen.ending] += 1
        else:
            self.stopped_elsewhere += 1


def _numbers() -> array[float]:
    return array("d")
