"""Trials: which lines of a `follow_up` can be taken at all, found by trying samples of every slot they look at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any, Literal

from webhook.content.conditions import EVALUATION_ERRORS, RuleCondition
from webhook.content.grammar import ast
from webhook.content.samples import conditions_of, is_plain, names_in, samples_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from webhook.interview.flow import Arrow, Flow

_MOST_CASES = 4_000
"""Combinations of samples that are looked at for one question."""
_MOST_EVALUATIONS = 200_000
"""Conditions that are tried for one flow: about a fifth of a second."""

Case = dict[str, int]
"""For each slot the number of one of its samples."""
_Test = Callable[[Case], bool]
Fate = Literal["never", "same", "covered", "always", "after"]


@dataclass(frozen=True, kw_only=True)
class Doom:
    """Why a line is never taken (`always`: why those after it are not). `line` is the earlier line with the same `if`."""

    fate: Fate
    line: int | None = None


class TooMany(Exception):
    """There are more combinations than anybody wants to wait for."""


class _NotKnown(Exception):
    """A value that is needed is not there: the whole condition is false."""


class Trials:
    """Tries conditions on samples, and there is an end to how many times."""

    def __init__(self, flow: Flow) -> None:
        self._samples = samples_of(flow)
        self._slots = flow.slots
        self._tests: dict[str, _Test | None] = {}
        self._left = _MOST_EVALUATIONS
        self._columns: dict[str, list[tuple[bool | None, ...]]] = {}
        plain = [c for c in conditions_of(flow) if self.is_plain(c)]
        self._kinds = {name: self._different(name) for condition in plain for name in condition.names}

    def is_plain(self, condition: RuleCondition) -> bool:
        """True when samples can tell about this condition."""
        return self._test(condition) is not None

    def cases(self, names: Collection[str]) -> Iterator[Case]:
        """Every combination of samples of these slots. Raises `TooMany`."""
        order = sorted(names)
        choices = [self._kinds[name] for name in order]
        if prod(map(len, choices)) > _MOST_CASES:
            raise TooMany
        return (dict(zip(order, picked, strict=True)) for picked in product(*choices))

    def holds(self, condition: RuleCondition, case: Case) -> bool:
        """Raises `TooMany` when the flow has had its share."""
        self._left -= 1
        if self._left < 0:
            raise TooMany
        test = self._test(condition)
        assert test is not None
        try:
            return test(case)
        except _NotKnown:
            return False

    def is_answered(self, case: Case) -> bool:
        """True when every slot of the case has a value."""
        return all(self._samples[name][number] is not None for name, number in case.items())

    def _test(self, condition: RuleCondition) -> _Test | None:
        if condition.source not in self._tests:
            plain = is_plain(condition, self._slots) and all(self._samples.get(name) for name in condition.names)
            self._tests[condition.source] = self._compiled(condition.tree) if plain else None
        return self._tests[condition.source]

    def _different(self, name: str) -> tuple[int, ...]:
        """Of samples that no comparison in the whole flow can tell apart, one."""
        rows = zip(*self._columns[name], strict=True)
        first: dict[tuple[bool | None, ...], int] = {}
        for number, row in enumerate(rows):
            first.setdefault(row, number)
        return tuple(first.values())

    def _compiled(self, node: Any) -> _Test:
        """A condition over numbers of samples: each comparison is worked out once for each sample of its slot."""
        if isinstance(node, ast.LogicExpression):
            left, right = self._compiled(node.left), self._compiled(node.right)
            if node.type == "and":
                return lambda case: left(case) and right(case)
            return lambda case: left(case) or right(case)
        if isinstance(node, ast.UnaryExpression):
            inner = self._compiled(node.right)
            return lambda case: not inner(case)
        name = next(names_in(node), None)
        if name is None:
            constant = _outcome(node, {})
            return lambda _: _known(constant)
        table = tuple(_outcome(node, {name: sample}) for sample in self._samples[name])
        self._columns.setdefault(name, []).append(table)
        return lambda case: _known(table[case[name]])


def _outcome(node: Any, values: Mapping[str, object]) -> bool | None:
    try:
        return bool(node.evaluate(values))
    except EVALUATION_ERRORS:
        return None


def _known(outcome: bool | None) -> bool:  # noqa: FBT001 - an entry of a table
    if outcome is None:
        raise _NotKnown
    return outcome


def dooms(arrows: Sequence[Arrow], trials: Trials) -> dict[int, Doom]:
    """The lines of one `follow_up` that are never taken, or always."""
    found: dict[int, Doom] = {}
    sources: dict[str, int] = {}
    closed = False
    for index, arrow in enumerate(arrows):
        if closed:
            found[index] = Doom(fate="after")
            continue
        condition = arrow.condition
        if not isinstance(condition, RuleCondition):
            closed = True
            continue
        words = " ".join(condition.source.split())
        if words in sources:
            found[index] = Doom(fate="same", line=sources[words])
            continue
        sources[words] = index
        above = [arrows[i].condition for i in range(index) if i not in found]
        fate = _fate(condition, [c for c in above if isinstance(c, RuleCondition)], trials)
        if fate is not None:
            found[index] = Doom(fate=fate)
        closed = fate == "always"
    return found


def _fate(condition: RuleCondition, above: list[RuleCondition], trials: Trials) -> Fate | None:
    if not trials.is_plain(condition):
        return None
    plain = [c for c in above if trials.is_plain(c)]
    near = [c for c in plain if c.names & condition.names]
    try:
        alone = list(_outcomes(condition, (), trials))
    except TooMany:
        return None
    if not any(alone):
        return "never"
    # What is true of some of the lines above is true of all of them: fewer lines, fewer combinations.
    for lines in (plain, near):
        try:
            outcomes = list(_outcomes(condition, lines, trials))
        except TooMany:
            continue
        if not any(outcomes):
            return "covered"
        return "always" if all(outcomes) else None
    return "always" if all(alone) else None


def _outcomes(condition: RuleCondition, above: Iterable[RuleCondition], trials: Trials) -> Iterator[bool]:
    """Whether it holds, for every case in which none of the lines above does."""
    lines = tuple(above)
    names = condition.names.union(*(line.names for line in lines))
    for case in trials.cases(names):
        if not any(trials.holds(line, case) for line in lines):
            yield trials.holds(condition, case)
