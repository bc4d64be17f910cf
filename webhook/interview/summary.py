"""The summary of many interviews, as a JSON-able dict: numbers only, so that it can be shown to anybody.

With `least` above 1, groups of fewer interviews are hidden (None), and one more of the same table where the total
would give a single one away; of numbers only those marks are told that have as many interviews on each side. Each table is looked at by itself: what
two of them tell together is not hidden.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from webhook.interview.cost import PRICES, Prices, price_of
from webhook.interview.flow import NUMERIC, Flow, Slot, SlotType
from webhook.interview.report import iso
from webhook.interview.tally import ENDED, ENDS, HELD, NONE, OTHER, STATUSES, Tally

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = 1
_MOST_BINS = 8
Counts = dict[str, int | None]


def summary(
    tally: Tally,
    *,
    now: float,
    from_at: float | None = None,
    to_at: float | None = None,
    least: int = 1,
    prices: Prices = PRICES,
) -> dict[str, Any]:
    """What the interviews of one flow come to."""
    flow = tally.flow
    # The others are not over, or nothing was said in them: there is nothing of anybody to hide.
    ends = {end: tally.ends[end] for end in ENDS} | hidden({end: tally.ends[end] for end in ENDED}, least)
    least_over = tally.interviews + 1 if None in ends.values() else least
    return {
        "schema": SCHEMA,
        "flow": {"id": flow.id, "version": flow.version, "hash": flow.content_hash, "title": flow.title},
        "from": None if from_at is None else iso(from_at),
        "to": None if to_at is None else iso(to_at),
        "madeAt": iso(now),
        "least": least,
        "interviews": tally.interviews,
        "damaged": tally.damaged,
        "versions": hidden({str(v): n for v, n in sorted(tally.versions.items())}, least),
        "contents": len(tally.contents),
        "ends": ends,
        "completionRate": _share(ends["completed"], ends["ended_early"]),
        "endings": _all_or(ends["ended_early"], hidden(_sorted(tally.endings), least)),
        "length": {
            "minutes": _length(tally.minutes, least_over),
            "turns": _length(tally.turns, least_over, is_whole=True),
        },
        "topics": [_topic(tally, topic, least) for topic in flow.topics],
        "stoppedBeforeTheFirstAnswer": _lone(tally.stopped_unspoken, least),
        "stoppedElsewhere": _lone(tally.stopped_elsewhere, least),
        "slots": [_slot(tally, flow.slots[name], least) for name in _slots(flow)],
        "claude": _claude(tally, ends, prices),
        "flags": hidden(_sorted(tally.flags), least),
        "languages": hidden(_sorted(tally.languages), least),
        "personas": hidden(_sorted(tally.personas), least),
    }


def _slots(flow: Flow) -> list[str]:
    order = list(flow.topics)
    return sorted(flow.slots, key=lambda name: order.index(flow.slots[name].topic))


def hidden(counts: Mapping[str, int], least: int) -> Counts:
    """Without what fewer than `least` said; a single gap in a table can be computed, so it gets company."""
    small = {name for name, count in counts.items() if 0 < count < least}
    others = [(count, name) for name, count in counts.items() if count and name not in small]
    if len(small) == 1 and others:
        small.add(min(others)[1])
    return {name: None if name in small else count for name, count in counts.items()}


def _lone(count: int, least: int) -> int | None:
    return None if 0 < count < least else count


def _sorted(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent first."""
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _share(part: int | None, rest: int | None) -> float | None:
    if part is None or rest is None or not part + rest:
        return None
    return round(part / (part + rest), 4)


# Topics and slots


def _topic(tally: Tally, topic: str, least: int) -> dict[str, Any]:
    ends, turns = tally.topic_ends[topic], tally.topic_turns[topic]
    entered = _lone(len(turns), least)
    ways = {way: ends[way] for way in ("left", "stopped", "still")}
    shown = hidden(ways, least) if entered is not None else dict.fromkeys(ways)
    return {
        "topic": topic,
        "entered": entered,
        **shown,
        "endings": _all_or(shown["stopped"], hidden(_sorted(tally.topic_endings[topic]), least)),
        "turns": None if entered is None else int(sum(turns)),
        "medianTurns": _mark(sorted(turns), 0.5, least),
    }


def _slot(tally: Tally, slot: Slot, least: int) -> dict[str, Any]:
    statuses = tally.statuses[slot.name]
    shown = hidden({status: statuses[status] for status in STATUSES}, least)
    return {
        "slot": slot.name,
        "topic": slot.topic,
        "type": slot.type.value,
        "private": slot.private,
        "statuses": shown,
        "answers": None if slot.private else _answers(tally, slot, shown["filled"], least),
    }


def _answers(tally: Tally, slot: Slot, filled: int | None, least: int) -> dict[str, Any] | None:
    """Counts of choices, the spread of numbers; None for what is text."""
    if slot.type in NUMERIC:
        numbers = sorted(tally.numbers[slot.name])
        is_whole = slot.type is SlotType.WHOLE_NUMBER
        return {**_spread(numbers, least), "histogram": histogram(numbers, least, is_whole=is_whole)}
    values = ("yes", "no") if slot.type is SlotType.YES_NO else slot.values
    if not values:
        return None
    counts = tally.chosen[slot.name]
    by_value = {value: counts[value] for value in values}
    # A designer's own value may have one of these names; then it holds both.
    by_value |= {name: counts[name] for name in (NONE, OTHER) if counts[name]}
    return {"counts": _all_or(filled, hidden(by_value, least))}


def _all_or(total: int | None, counts: Counts) -> Counts:
    """Of a total that is hidden no part may show."""
    return dict.fromkeys(counts) if total is None else counts


# Numbers


def _length(by_end: Mapping[str, Iterable[float]], least: int, *, is_whole: bool = False) -> dict[str, Any]:
    everybody = sorted(number for numbers in by_end.values() for number in numbers)
    completed = sorted(by_end.get("completed", ()))
    return {
        "over": _spread(everybody, least),
        "completed": _spread(completed, least),
        "histogram": histogram(everybody, least, is_whole=is_whole),
    }


def _spread(ordered: Sequence[float], least: int) -> dict[str, float | None]:
    marks = {"min": 0.0, "lowerQuartile": 0.25, "median": 0.5, "upperQuartile": 0.75, "max": 1.0}
    if _lone(len(ordered), least) is None:
        return {"count": None, **dict.fromkeys(marks)}
    return {"count": len(ordered), **{name: _mark(ordered, share, least) for name, share in marks.items()}}


def _mark(ordered: Sequence[float], share: float, least: int) -> float | None:
    """None where fewer than `least` lie on one side of it: then it tells of them."""
    if least > 1 and min(share, 1 - share) * len(ordered) < least:
        return None
    return quantile(ordered, share)


def quantile(ordered: Sequence[float], share: float) -> float | None:
    """The number below which this share of them lies, between two of them in proportion."""
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    return round(low + (high - low) * (place - math.floor(place)), 4)


def histogram(ordered: Sequence[float], least: int = 1, *, is_whole: bool = False) -> list[dict[str, Any]]:
    """Bins from round numbers to round numbers, `to` not included; bins of too few are joined to their neighbours."""
    if not ordered or len(ordered) < least:
        return []
    step = nice_step((ordered[-1] - ordered[0]) / _MOST_BINS)
    step = max(step, 1.0) if is_whole else step
    first = math.floor(ordered[0] / step)
    edges = [round((first + n) * step, 9) for n in range(_MOST_BINS + 3)]
    counts = [0] * len(edges)
    for number in ordered:
        counts[bisect_right(edges, number) - 1] += 1
    while not counts[-1]:
        counts.pop()
    bins = [(low, high, count) for (low, high), count in zip(pairwise(edges), counts, strict=False)]
    return [{"from": low, "to": high, "count": count} for low, high, count in _joined(bins, least)]


def _joined(bins: Sequence[tuple[float, float, int]], least: int) -> list[tuple[float, float, int]]:
    if least <= 1:
        return list(bins)
    joined: list[tuple[float, float, int]] = []
    for low, high, count in bins:
        if joined and (joined[-1][2] < least or 0 < count < least):
            joined[-1] = (joined[-1][0], high, joined[-1][2] + count)
        else:
            joined.append((low, high, count))
    while len(joined) > 1 and 0 < joined[-1][2] < least:
        _, high, count = joined.pop()
        joined[-1] = (joined[-1][0], high, joined[-1][2] + count)
    return joined


def nice_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50, ... (or 0.1, 0.2, ...) that is not smaller."""
    if least <= 0:
        return 1.0
    power: float = 10.0 ** math.floor(math.log10(least))
    return next(round(power * step, 12) for step in (1, 2, 5, 10) if power * step >= least * (1 - 1e-9))


# Claude


def _claude(tally: Tally, ends: Counts, prices: Prices) -> dict[str, Any]:
    """In US dollars; None where the price of a model is not known."""
    total = tally.spending.total()
    cost, wasted = tally.spending.cost(prices), tally.spending.wasted_cost(prices)
    held = sum(tally.ends[end] for end in HELD)
    completed = ends["completed"]
    models = dict.fromkeys(model for _, model in sorted(tally.spending.spent))
    return {
        "calls": total.calls,
        "wastedCalls": total.wasted_calls,
        "costUsd": _dollars(cost, 1),
        "perInterviewUsd": _dollars(cost, held),
        # All that was spent, those interviews included that came to nothing.
        "perCompletedUsd": _dollars(cost, completed),
        "wastedCostUsd": _dollars(wasted, 1),
        "wastedShare": None if cost is None or wasted is None or not cost else round(wasted / cost, 4),
        "modelsWithoutPrice": [model for model in models if price_of(prices, model) is None],
    }


def _dollars(amount: float | None, among: int | None) -> float | None:
    return None if amount is None or not among else round(amount / among, 6)
