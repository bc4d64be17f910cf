"""Conditions: the `if` lines of a `follow_up`, checked when the file is loaded.

The language is a small part of rule-engine's: comparison, `and`, `or`, `not`, `in`, `null`, literals, names of
slots, `.length`, plus and minus. rule-engine reckons with literals while it parses, so what is not allowed is
refused by its words before the parser sees it, and once more by the kind of each node afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webhook.content.condition_types import check_types
from webhook.content.findings import Problem, closest
from webhook.content.grammar import ast, rule_engine
from webhook.errors import ContentError
from webhook.interview.flow import Slot, SlotType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST = 200
MINUTES_LEFT = "minutes_left"
KEYWORDS = frozenset({"and", "or", "not", "in", "null", "true", "false"})
RESERVED = KEYWORDS | {MINUTES_LEFT, "if", "for", "while", "elif", "else", "inf", "nan"}
"""Names no slot may have."""

_TOKEN = re.compile(
    r"""(?P<space>[ \t\n]+)
    |(?P<text>"[^"\\\n]*"|'[^'\\\n]*')
    |(?P<number>[0-9]+(?:\.[0-9]+)?(?![\w.]))
    |(?P<length>(?<=[\w\]"'])\.length\b)
    |(?P<name>[A-Za-z_]\w*(?!["'\w]))
    |(?P<sign>==|!=|<=|>=|<(?![<=])|>(?![>=])|[()\[\],+-])""",
    re.VERBOSE | re.ASCII,
)
_ADVICE = (
    (re.compile(r"=~|!~"), "patterns are not part of conditions"),
    (re.compile(r"=(?!=)"), "a comparison is written with two signs: `==`"),
    (re.compile(r"&&"), "write `and` for `&&`"),
    (re.compile(r"\|\|"), "write `or` for `||`"),
    (re.compile(r"!"), "write `not` for `!`"),
    (re.compile(r"[/*%^|&]"), "a condition can only add and subtract"),
    (re.compile(r"\.\w+"), "only `.length` may follow a name; a slot is written by its name alone"),
    (re.compile(r"[0-9]"), "a number is written in plain decimals, such as 18 or 0.5"),
    (re.compile("[\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb]"), 'use straight quotes in conditions: `"`'),
    (re.compile(r"\s"), "a space of an unusual kind, often from copied text: write a plain space"),
    (re.compile(r"[\"']"), "a text that begins with a quote is never closed"),
)
#: Stands behind a name whose value must be known; no name of a slot can hold it.
_NEEDED = "!"
_YES_NO = {"yes": "true", "no": "false"}
"""How people write it, and how a condition does."""
_NAMES = re.compile(r"[A-Za-z_]\w*")
_UNTYPED = rule_engine.Context(default_timezone="utc")
"""Making one takes longer than reading a condition; this one keeps nothing that anybody looks at."""
EVALUATION_ERRORS = (rule_engine.EngineError, ArithmeticError, LookupError, TypeError, ValueError)
"""What a value that is not there, or does not fit, makes of an evaluation."""
_NOTHING_KNOWN = "the value is not known yet"


@dataclass(frozen=True, kw_only=True)
class RuleCondition:
    """A checked condition."""

    source: str
    names: frozenset[str]
    _rule: Any = field(repr=False, compare=False)

    @property
    def tree(self) -> Any:
        """The top of its syntax tree."""
        return self._rule.statement.expression

    def holds(self, values: Mapping[str, object]) -> bool:
        try:
            return bool(self._rule.matches(values))
        except EVALUATION_ERRORS:
            return False


def compile_condition(source: str, slots: Mapping[str, Slot]) -> RuleCondition:
    """Check one condition against the slots of its flow.

    Raises `ContentError` whose findings are `Problem`s with offsets into `source`.
    """
    problems = list(_bad_words(source, slots))
    if problems:
        raise ContentError(findings=problems)
    try:
        untyped = rule_engine.Rule(source, _UNTYPED)
        problems = check_types(source, untyped.statement, slots)
        if problems:
            raise ContentError(findings=problems)
        named = {name: slots[name] for name in _NAMES.findall(source) if name in slots}
        context = rule_engine.Context(resolver=_resolve, type_resolver=_types(named), default_timezone="utc")
        rule = rule_engine.Rule(source, context)
    except rule_engine.EngineError as error:
        raise ContentError(findings=[_from_parser(source, error)]) from error
    except RecursionError as error:
        raise ContentError(findings=[_problem(0, "condition-syntax", "the condition is nested too deep")]) from error
    names = frozenset(context.symbols)
    _mark_needed(rule.statement.expression)
    return RuleCondition(source=source, names=names, _rule=rule)


def _resolve(values: Mapping[str, object], name: str) -> object:
    """`==` and `!=` take an empty slot as null; any other use ends the evaluation."""
    value = values.get(name.removesuffix(_NEEDED))
    if value is None and name.endswith(_NEEDED):
        raise rule_engine.EvaluationError(_NOTHING_KNOWN)
    return value


def _mark_needed(node: Any) -> None:
    if isinstance(node, ast.SymbolExpression):
        node.name += _NEEDED
        return
    for child in children(node):
        if not (type(node) is ast.ComparisonExpression and isinstance(child, ast.SymbolExpression)):
            _mark_needed(child)


def slot_of(node: Any) -> str:
    """The slot a name in the tree stands for."""
    return str(node.name).removesuffix(_NEEDED)


def children(node: Any) -> list[Any]:
    """What a node of the tree is made of."""
    names = ("left", "right", "container", "member", "object")
    children = [getattr(node, name) for name in names if isinstance(getattr(node, name, None), ast.ASTNodeBase)]
    return [*children, *(node.value if isinstance(node, ast.ArrayExpression) else ())]


def _types(slots: Mapping[str, Slot]) -> dict[str, Any]:
    kinds = rule_engine.DataType
    by_type = {
        SlotType.TEXT: kinds.STRING,
        SlotType.CHOICE: kinds.STRING,
        SlotType.YES_NO: kinds.BOOLEAN,
        SlotType.CHOICES: kinds.ARRAY(kinds.STRING),
        SlotType.LIST: kinds.ARRAY,
    }
    known = {name: by_type.get(slot.type, kinds.FLOAT) for name, slot in slots.items()}
    return {**known, MINUTES_LEFT: kinds.FLOAT}


def _bad_words(source: str, slots: Mapping[str, Slot]) -> Iterator[Problem]:
    """What can be refused word by word; stops at the first sign that is not of the language."""
    if len(source) > LONGEST:
        yield _problem(0, "condition-syntax", f"a condition has at most {LONGEST} characters, this one {len(source)}")
        return
    offset = 0
    while offset < len(source):
        token = _TOKEN.match(source, offset)
        if token is None:
            rest = source[offset:]
            advice = next((said for sign, said in _ADVICE if sign.match(rest)), f"`{rest[0]}` is not allowed here")
            yield _problem(offset, "condition-syntax", advice)
            return
        if token.lastgroup == "name" and token[0] not in KEYWORDS:
            yield from _bad_name(token[0], offset, slots)
        offset = token.end()


def _bad_name(name: str, offset: int, slots: Mapping[str, Slot]) -> Iterator[Problem]:
    if name in slots or name == MINUTES_LEFT:
        return
    if name in RESERVED:
        yield _problem(offset, "condition-syntax", f"`{name}` is not part of conditions", name)
        return
    if name.lower() in KEYWORDS or name == "None":
        meant = "null" if name == "None" else name.lower()
        yield _problem(offset, "condition-syntax", f"`{name}` is not part of conditions", name, meant)
        return
    if any(name in slot.values for slot in slots.values()):
        yield _problem(offset, "unknown-slot", f"`{name}` is a value: put it in quotes", name, f'"{name}"')
        return
    if name in _YES_NO:
        yield _problem(offset, "unknown-slot", f"unknown slot `{name}` in a condition", name, _YES_NO[name])
        return
    meant_slot = closest(name, {*slots, MINUTES_LEFT})
    yield _problem(offset, "unknown-slot", f"unknown slot `{name}` in a condition", name, meant_slot)


def _from_parser(source: str, error: Any) -> Problem:
    token = getattr(error, "token", None)
    if isinstance(error, rule_engine.errors.RuleSyntaxError):
        offset = getattr(token, "lexpos", None)
        if offset is None:
            return _problem(len(source.rstrip()), "condition-syntax", "the condition ends too early")
        word = str(getattr(token, "value", ""))
        return _problem(offset, "condition-syntax", f"`{word}` does not fit here", word)
    return _problem(0, "condition-type", "the condition compares values that do not fit each other")


def _problem(offset: int, rule: str, message: str, snippet: str = "", suggestion: str | None = None) -> Problem:
    return Problem(offset=offset, rule=rule, message=message, snippet=snippet, suggestion=suggestion)
