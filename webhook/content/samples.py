"""Samples: a few values of each slot that stand for all of them, as far as conditions can tell.

A condition that compares slots with literals changes its mind only at those literals. So the literals, their
neighbours, the limits of the slot and "nothing known" are enough to say whether it can ever hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations, pairwise
from math import ceil, floor
from typing import TYPE_CHECKING, Any

from webhook.content.conditions import MINUTES_LEFT, RuleCondition, children, slot_of
from webhook.content.grammar import ast
from webhook.interview.flow import MANY, NUMERIC, Slot, SlotType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from webhook.interview.flow import Flow

_MOST_MENTIONED = 6
"""Values of one list that conditions look for; their sets double with each."""
_LONGEST_LIST = 60
_OTHER = "something else"


@dataclass(kw_only=True)
class _Mentioned:
    """The literals a slot is compared with."""

    numbers: set[float] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)


def samples_of(flow: Flow) -> dict[str, tuple[object, ...]]:
    """For each slot the conditions of the flow look at (and `minutes_left`): values that stand for all it can have.

    A slot that cannot be told by a few values has none.
    """
    mentioned: dict[str, _Mentioned] = {}
    for condition in conditions_of(flow):
        if is_plain(condition, flow.slots):
            _collect(condition.tree, mentioned)
    samples = {name: tuple(_samples(flow.slots[name], m)) for name, m in mentioned.items() if name != MINUTES_LEFT}
    if MINUTES_LEFT in mentioned:
        samples[MINUTES_LEFT] = tuple(_numbers(mentioned[MINUTES_LEFT].numbers, most=flow.time.minutes))
    return samples


def conditions_of(flow: Flow) -> Iterator[RuleCondition]:
    for topic in flow.topics.values():
        for arrow in topic.follow_up:
            if isinstance(arrow.condition, RuleCondition):
                yield arrow.condition


def is_plain(condition: RuleCondition, slots: Mapping[str, Slot]) -> bool:
    """True when every part of it compares one slot with literals: what samples can tell."""
    return _is_plain(condition.tree, slots)


def _is_plain(node: Any, slots: Mapping[str, Slot]) -> bool:
    if isinstance(node, ast.LogicExpression | ast.UnaryExpression):
        return all(_is_plain(child, slots) for child in children(node))
    names = list(names_in(node))
    if len(names) > 1 or _reckons(node):
        return False
    if not names or names[0] == MINUTES_LEFT:
        return True
    kind = slots[names[0]].type
    if kind in MANY:
        return not isinstance(node, ast.ComparisonExpression) or _asks_length(node)
    # How long a text is, and what stands in it, no few values can tell.
    return kind is not SlotType.TEXT or not (_asks_length(node) or _looks_into(node))


def names_in(node: Any) -> Iterator[str]:
    """The slots a part of a condition looks at."""
    if isinstance(node, ast.SymbolExpression):
        yield slot_of(node)
    for child in children(node):
        yield from names_in(child)


def _reckons(node: Any) -> bool:
    """A slot inside a sum, or behind a minus."""
    sums = isinstance(node, ast.AddExpression | ast.SubtractExpression | ast.UnaryExpression)
    return (sums and any(names_in(node))) or any(_reckons(child) for child in children(node))


def _asks_length(node: Any) -> bool:
    return isinstance(node, ast.GetAttributeExpression) or any(_asks_length(child) for child in children(node))


def _looks_into(node: Any) -> bool:
    return isinstance(node, ast.ContainsExpression) and isinstance(node.container, ast.SymbolExpression)


def _collect(node: Any, mentioned: dict[str, _Mentioned]) -> None:
    if isinstance(node, ast.LogicExpression | ast.UnaryExpression):
        for child in children(node):
            _collect(child, mentioned)
        return
    for name in names_in(node):
        found = mentioned.setdefault(name, _Mentioned())
        for literal in _literals(node):
            if isinstance(literal, str):
                found.texts.add(literal)
            else:
                found.numbers.add(float(literal))


def _literals(node: Any) -> Iterator[Any]:
    if isinstance(node, ast.StringExpression | ast.FloatExpression):
        yield node.value
    if isinstance(node, ast.UnaryExpression) and isinstance(node.right, ast.FloatExpression):
        yield -node.right.value
    for child in children(node):
        yield from _literals(child)


def _samples(slot: Slot, mentioned: _Mentioned) -> Iterable[object]:
    if slot.type in MANY:
        return _lists(slot, mentioned)
    if slot.type is SlotType.YES_NO:
        return (True, False, None)
    if slot.type in NUMERIC:
        whole = slot.type is SlotType.WHOLE_NUMBER
        return (*_numbers(mentioned.numbers, least=slot.min, most=slot.max, whole=whole), None)
    others = [v for v in slot.values if v not in mentioned.texts][:1] if slot.values else [_unlike(mentioned.texts)]
    return (*sorted(mentioned.texts), *others, None)


def _unlike(texts: set[str]) -> str:
    return _OTHER + "".join(sorted(texts, key=len)[-1:])


def _numbers(
    literals: set[float], *, least: float | None = None, most: float | None = None, whole: bool = False
) -> list[float]:
    """The boundaries, a number in each gap between them, and one beyond each end; those the slot can have."""
    edges = sorted(literals | {edge for edge in (least, most) if edge is not None})
    tried = set(edges)
    for low, high in pairwise(edges):
        tried |= {floor(low) + 1, ceil(high) - 1} if whole else {(low + high) / 2}
    if edges:
        tried |= {floor(edges[0]) - 1, ceil(edges[-1]) + 1}
    fitting = [n for n in tried if (least is None or n >= least) and (most is None or n <= most)]
    return sorted(n for n in fitting if not whole or float(n).is_integer())


def _lists(slot: Slot, mentioned: _Mentioned) -> Iterator[object]:
    """Every set of the items that are looked for, made longer with others to each length that matters."""
    looked_for: list[object] = [*sorted(mentioned.texts)] if slot.of in (SlotType.TEXT, None) else []
    looked_for += sorted(mentioned.numbers) if slot.of in NUMERIC else []
    if len(looked_for) > _MOST_MENTIONED:
        return
    others = [v for v in slot.values if v not in mentioned.texts] if slot.values else None
    lengths = {0, 1} | {int(n) + d for n in mentioned.numbers if abs(n) < _LONGEST_LIST for d in (-1, 0, 1)}
    for count in range(len(looked_for) + 1):
        for chosen in combinations(looked_for, count):
            for more in sorted({0, 1} | {length - count for length in lengths if length >= count}):
                filler = [f"{_OTHER} {n}" for n in range(more)] if others is None else others[:more]
                if len(filler) == more and _can_be(slot, count + more):
                    yield [*chosen, *filler]


def _can_be(slot: Slot, length: int) -> bool:
    return length == 0 or (length >= slot.at_least and (slot.at_most is None or length <= slot.at_most))
