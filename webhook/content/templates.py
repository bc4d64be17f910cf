"""Templates: words that name facts, in a small part of Liquid.

Names are checked when the file is loaded; while a call runs, what is not known yet is simply empty. Only `if`,
`unless`, `case` and `for` over lists are there, and a few filters: nothing that reads files, takes in other
templates, builds up text or runs for long.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from liquid import BoundTemplate, Environment, RenderContext
from liquid.builtin import content, illegal, output
from liquid.builtin.expressions.primitive import RangeLiteral
from liquid.builtin.filters import array, misc, string
from liquid.builtin.tags import case_tag, comment_tag, for_tag, if_tag, inline_comment_tag, unless_tag
from liquid.exceptions import LiquidError

from webhook.content.findings import Problem, closest
from webhook.errors import ContentError
from webhook.interview.flow import PlainTemplate, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from liquid.ast import Node
    from liquid.expression import Expression

_TAGS = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    for_tag.ForTag,
    for_tag.BreakTag,
    for_tag.ContinueTag,
    comment_tag.CommentTag,
    inline_comment_tag.InlineCommentTag,
)


def _join(value: object, separator: str = ", ") -> str:
    """Liquid's own makes "None" of nothing."""
    if value is None:
        return ""
    return str(separator).join(str(item) for item in value) if isinstance(value, tuple) else str(value)


_FILTERS: dict[str, Callable[..., Any]] = {
    "capitalize": string.capitalize,
    "default": misc.default,
    "downcase": string.downcase,
    "first": array.first,
    "join": _join,
    "last": array.last,
    "size": misc.size,
    "strip": string.strip,
    "truncatewords": string.truncatewords,
    "upcase": string.upcase,
}
_INSIDE = frozenset({"first", "last", "size"})
"""What may follow the name of a list."""
_MARKUP = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)


class _Environment(Environment):
    """Liquid with the tags and filters above, and a limit on everything that can grow."""

    block_nesting_limit = 8
    context_depth_limit = 10
    loop_iteration_limit = 500
    local_namespace_limit = 10_000
    output_stream_limit = 32_768

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:  # noqa: ARG002 - the library's shape
        for tag in _TAGS:
            self.add_tag(tag)
        for name, function in _FILTERS.items():
            self.add_filter(name, function)


_ENVIRONMENT = _Environment()


@dataclass(frozen=True, kw_only=True)
class LiquidTemplate:
    """A checked template."""

    source: str
    _template: BoundTemplate = field(repr=False, compare=False)

    def render(self, context: Mapping[str, object]) -> str:
        """Fill in the names. Words are said whatever happens: if a value does not fit, the plain words remain."""
        try:
            return self._template.render(**{name: _spoken(value) for name, value in context.items()})
        except (LiquidError, ArithmeticError, LookupError, TypeError, ValueError):
            return _MARKUP.sub(" ", self.source)


class _Spoken(tuple[object, ...]):
    """A list that reads as words: "chess, cooking"."""

    __slots__ = ()

    def __str__(self) -> str:
        return ", ".join(str(item) for item in self)


class _Record(dict[str, object]):
    """A record of a list that reads as words: "Netflix 11"."""

    def __str__(self) -> str:
        return " ".join(str(item) for item in self.values() if item is not None)


def compile_template(source: str, known_names: Collection[str]) -> Template:
    """Check one text; text without markup becomes a `PlainTemplate`.

    `known_names` are dotted: ``slots.age``, ``persona.name``, ``language``. Raises `ContentError` whose findings are
    `Problem`s with offsets into `source`.
    """
    if "{{" not in source and "{%" not in source:
        return PlainTemplate(source=source)
    try:
        template = _ENVIRONMENT.from_string(source)
    except LiquidError as error:
        raise ContentError(findings=[_syntax(error)]) from error
    except RecursionError as error:
        raise ContentError(findings=[_problem(0, "template-syntax", "the template is nested too deep")]) from error
    problems: list[Problem] = [
        *_ranges(template.nodes, RenderContext(template)),
        *_unknown_names(template, known_names),
    ]
    problems += _unknown_filters(template)
    if problems:
        problems.sort(key=lambda problem: problem.offset)
        raise ContentError(findings=problems)
    return LiquidTemplate(source=source, _template=template)


def _spoken(value: object) -> object:
    """Values as Liquid should see them: nothing is empty, and lists and records read as words."""
    if isinstance(value, Mapping):
        return _Record({str(key): _spoken(inner) for key, inner in value.items()})
    if isinstance(value, str):
        return value or None
    if isinstance(value, Sequence):
        return _Spoken(_spoken(item) for item in value) if value else None
    return value


def _unknown_names(template: BoundTemplate, known: Collection[str]) -> Iterator[Problem]:
    for uses in template.analyze(include_partials=False).globals.values():
        for use in uses:
            problem = _unknown(list(use.segments), use.span.index, known)
            if problem is not None:
                yield problem


def _unknown_filters(template: BoundTemplate) -> Iterator[Problem]:
    for name, spans in template.analyze(include_partials=False).filters.items():
        if name not in _FILTERS:
            for span in spans:
                message = f"unknown filter `{name}` in a template"
                yield _problem(span.index, "template-syntax", message, name, closest(name, _FILTERS))


def _unknown(segments: Sequence[object], offset: int, known: Collection[str]) -> Problem | None:
    if any(isinstance(segment, list) for segment in segments):
        return _problem(offset, "template-syntax", "a name in brackets is not part of templates", str(segments[0]))
    names = [str(segment) for segment in segments]
    for length in (1, 2):
        if ".".join(names[:length]) in known and len(names) >= length:
            rest = segments[length:]
            if all(isinstance(step, int) or step in _INSIDE for step in rest):
                return None
            return _problem(
                offset, "template-name", f"nothing called `{rest[0]}` in `{'.'.join(names[:length])}`", ".".join(names)
            )
    name = ".".join(names[:2])
    return _problem(offset, "template-name", f"unknown name `{name}` in a template", name, _meant(name, known))


def _meant(name: str, known: Collection[str]) -> str | None:
    """A slot written by its name alone is the usual slip."""
    bare = {each.rpartition(".")[2]: each for each in sorted(known)}
    return bare.get(name) or closest(name, known)


def _ranges(nodes: Iterable[Node], static: RenderContext) -> Iterator[Problem]:
    """`(1..1000000)` makes a list of any length out of nothing."""
    for node in nodes:
        for expression in node.expressions():
            if any(isinstance(part, RangeLiteral) for part in _parts(expression)):
                yield _problem(
                    node.token.start_index, "template-syntax", "ranges such as (1..3) are not part of templates"
                )
        yield from _ranges(node.children(static), static)


def _parts(expression: Expression) -> Iterator[Expression]:
    yield expression
    for child in expression.children():
        yield from _parts(child)


def _syntax(error: LiquidError) -> Problem:
    offset = max(0, error.token.start_index) if error.token is not None else 0
    message = str(error.message).replace("'", "`")
    return _problem(offset, "template-syntax", f"in the template: {message}")


def _problem(offset: int, rule: str, message: str, snippet: str = "", suggestion: str | None = None) -> Problem:
    return Problem(offset=offset, rule=rule, message=message, snippet=snippet, suggestion=suggestion)
