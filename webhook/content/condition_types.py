"""The types of a condition: what may be compared with what, found by walking its syntax tree."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webhook.content.findings import Problem, closest
from webhook.content.grammar import ast
from webhook.interview.flow import MANY, NUMERIC, Slot, SlotType

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """What a part of a condition is: number, text, yes_no, list or null; the slot it comes from, or its literals."""

    name: str
    slot: Slot | None = None
    literals: tuple[str, ...] = ()
    items: str | None = None
    called: str = ""


_NUMBER, _TEXT, _YES_NO, _NULL = (
    _Kind(name=n, called=c)
    for n, c in (
        ("number", "a number"),
        ("text", "a text"),
        ("yes_no", "true or false"),
        ("null", "null"),
    )
)


def check_types(source: str, statement: Any, slots: Mapping[str, Slot]) -> list[Problem]:
    """What a parsed condition compares that does not go together."""
    checker = _Checker(source, slots)
    checker.check(statement)
    return checker.problems


class _Checker:
    """Walks the tree once; every node kind that is not listed is refused."""

    def __init__(self, source: str, slots: Mapping[str, Slot]) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._slots = slots
        self._by_node: dict[type, Callable[[Any], _Kind]] = {
            ast.FloatExpression: lambda _: _NUMBER,
            ast.NullExpression: lambda _: _NULL,
            ast.BooleanExpression: lambda _: _YES_NO,
            ast.StringExpression: lambda n: _Kind(name="text", literals=(n.value,), called=f'the text "{n.value}"'),
            ast.ArrayExpression: self._array,
            ast.SymbolExpression: self._symbol,
            ast.GetAttributeExpression: self._attribute,
            ast.UnaryExpression: self._unary,
            ast.LogicExpression: self._logic,
            ast.ComparisonExpression: self._equality,
            ast.ArithmeticComparisonExpression: self._order,
            ast.ContainsExpression: self._contains,
            ast.AddExpression: self._sum,
            ast.SubtractExpression: self._sum,
        }

    def check(self, statement: Any) -> None:
        kind = self._kind(statement.expression)
        self._must_be(kind, "yes_no", "a condition must be a question with the answer true or false")

    def _kind(self, node: Any) -> _Kind:
        known = self._by_node.get(type(node))
        if known is None:
            self._note("condition-syntax", "this is not part of conditions: only comparisons, `and`, `or`, `not`, `in`")
            return _NULL
        return known(node)

    def _array(self, node: Any) -> _Kind:
        kinds = [self._kind(item) for item in node.value]
        names = {kind.name for kind in kinds}
        if len(names) > 1 or names & {"list", "null", "yes_no"}:
            self._note("condition-type", "a list in a condition holds only texts or only numbers")
        literals = tuple(text for kind in kinds for text in kind.literals)
        return _Kind(name="list", literals=literals, items=next(iter(names), None), called="a list")

    def _symbol(self, node: Any) -> _Kind:
        called = f"`{node.name}`"
        slot = self._slots.get(node.name)
        if slot is None or slot.type in NUMERIC:
            return _Kind(name="number", slot=slot, called=f"the number {called}")
        if slot.type in MANY:
            return _Kind(name="list", slot=slot, items=_items(slot), called=f"the list {called}")
        if slot.type is SlotType.YES_NO:
            return _Kind(name="yes_no", slot=slot, called=f"the yes-or-no {called}")
        return _Kind(name="text", slot=slot, called=f"the {slot.type.value} {called}")

    def _attribute(self, node: Any) -> _Kind:
        inner = self._kind(node.object)
        if node.name != "length" or node.safe or inner.name not in ("list", "text"):
            self._note("condition-type", f"{inner.called} has no `.{node.name}`")
        return _NUMBER

    def _unary(self, node: Any) -> _Kind:
        inner = self._kind(node.right)
        if node.type == "not":
            self._must_be(inner, "yes_no", "`not` stands before a question with the answer true or false")
            return _YES_NO
        self._must_be(inner, "number", "minus stands before a number")
        return _NUMBER

    def _logic(self, node: Any) -> _Kind:
        for side in (node.left, node.right):
            self._must_be(
                self._kind(side),
                "yes_no",
                f"both sides of `{node.type}` must be questions with the answer true or false",
            )
        return _YES_NO

    def _sum(self, node: Any) -> _Kind:
        for side in (node.left, node.right):
            self._must_be(self._kind(side), "number", "only numbers can be added and subtracted")
        return _NUMBER

    def _order(self, node: Any) -> _Kind:
        left, right = self._kind(node.left), self._kind(node.right)
        if (left.name, right.name) != ("number", "number"):
            self._note(
                "condition-type", f"only numbers have an order: {left.called} against {right.called}", left, right
            )
        return _YES_NO

    def _equality(self, node: Any) -> _Kind:
        left, right = self._kind(node.left), self._kind(node.right)
        for one, other in ((left, right), (right, left)):
            self._must_be_values(one, other)
        if "list" in (left.name, right.name) and left.name != right.name:
            name = next((k.slot.name for k in (left, right) if k.name == "list" and k.slot), "it")
            advice = f"`{name}.length == 0`" if "null" in (left.name, right.name) else f'`"value" in {name}`'
            self._note("condition-type", f"{_pair(left, right)}: write {advice}")
        elif left.name != right.name and "null" not in (left.name, right.name):
            self._note("condition-type", f"{_pair(left, right)}: they can never be equal", left, right)
        return _YES_NO

    def _contains(self, node: Any) -> _Kind:
        container, member = self._kind(node.container), self._kind(node.member)
        self._must_be_values(container, member)
        self._must_be_values(member, container)
        if container.name == "text" and (container.slot is None or container.slot.type is SlotType.TEXT):
            self._must_be(member, "text", "only a text can stand in a text")
        elif container.name != "list":
            name = container.slot.name if container.slot else "it"
            self._note("condition-type", f"{container.called} is not a list: `in` needs one; compare `{name}` with ==")
        elif container.items == "record":
            self._note("condition-type", f"{container.called} holds records, which `in` cannot look into")
        elif container.items not in (None, member.name):
            self._note("condition-type", f"{member.called} cannot stand in {container.called}", member, container)
        return _YES_NO

    def _must_be(self, kind: _Kind, name: str, message: str) -> None:
        if kind.name != name:
            self._note("condition-type", f"{message}, not {kind.called}", kind)

    def _must_be_values(self, slot_side: _Kind, literal_side: _Kind) -> None:
        slot = slot_side.slot
        if slot is None or not slot.values:
            return
        for text in literal_side.literals:
            if text not in slot.values:
                message = f'"{text}" is not a value of `{slot.name}`, which can be {", ".join(slot.values)}'
                self._note("unknown-value", message, literal_side, suggestion=closest(text, slot.values), text=text)

    def _note(
        self, rule: str, message: str, *kinds: _Kind, suggestion: str | None = None, text: str | None = None
    ) -> None:
        """The place is the text literal that is wrong, if there is one, else the start of the condition."""
        literals = [text] if text is not None else [each for kind in kinds for each in kind.literals]
        for literal in literals:
            for quote in "\"'":
                offset = self._source.find(f"{quote}{literal}{quote}")
                if offset >= 0:
                    snippet = f"{quote}{literal}{quote}"
                    self.problems.append(
                        Problem(offset=offset, rule=rule, message=message, snippet=snippet, suggestion=suggestion)
                    )
                    return
        self.problems.append(Problem(offset=0, rule=rule, message=message, suggestion=suggestion))


def _items(slot: Slot) -> str:
    if slot.type is SlotType.CHOICES:
        return "text"
    if isinstance(slot.of, tuple):
        return "record"
    return "number" if slot.of in NUMERIC else "yes_no" if slot.of is SlotType.YES_NO else "text"


def _pair(left: _Kind, right: _Kind) -> str:
    return f"{left.called} is compared with {right.called}"
