"""A value for a JSON schema, whatever the schema holds: the plainest one that is valid.

Schemas are a stranger's. Work is bounded by a budget and by depth, so that cycles of `$ref` and nested `anyOf` end; no
regular expression of theirs is ever run (a string for a `pattern` is built from its parts); what is no schema at all
allows everything. Keywords that are not known here are ignored, so a value may be refused for one of them.

Source: JSON Schema 2020-12 and draft 7; the subset that OpenAI's strict mode knows is covered.
"""

from __future__ import annotations

import math
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeGuard
from urllib.parse import unquote

from webhook.wire.pattern_text import MOST_CHARS, text_matching

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_PROPERTIES: Final = 128
"""Properties of an object that are looked at, the required ones first; live tools have two or three."""
_MOST_STEPS = 10_000
"""Schemas looked at for one value, large ones counted several times; a strict tool of thirty properties needs hundreds."""
_A_STEP = 64
"""Members of a schema that are looked at in one step."""
_DEEPEST = 24
_MOST_OPTIONS = 200
"""Members of an `enum`, and alternatives of an `anyOf`, that are tried."""
_MOST_ITEMS = 200
_MOST_MULTIPLES = 50
_LARGEST = 1e18
_NONE: Final = object()
_ANYTHING: Final[Mapping[str, Any]] = {}
_TYPES = ("null", "string", "boolean", "integer", "number", "array", "object")
_COMBINING = ("$ref", "allOf", "anyOf", "oneOf")
_GREATER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_SMALLER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_FORMATS = {
    "date-time": "1970-01-01T00:00:00Z",
    "date": "1970-01-01",
    "time": "00:00:00Z",
    "duration": "PT0S",
    "email": "nobody@example.com",
    "hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv6": "::1",
    "uri": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def object_for(schema: object, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """An object that the schema allows: each of `wanted` where a property of that name allows its value, and of the
    others only what is required. Where none is found it is the best that could be made; never raises.
    """
    values = _Values(schema)
    best: dict[str, Any] | None = None
    for flat in values.flat(schema, 0):
        made = values.made(flat, 0, wanted)
        best = made if best is None else best
        if values.allows(made, schema):
            return made
    return values.made(_ANYTHING, 0, wanted) if best is None else best


def value_for(schema: object) -> Any:
    """The plainest value that the schema allows; None where none is found."""
    value = _Values(schema).value(schema, 0)
    return None if value is _NONE else value


def allows(schema: object, value: object) -> bool:
    """Whether the value is valid; a `pattern` counts as not kept, as nobody here runs it."""
    return _Values(schema).allows(value, schema)


class _Values:
    """Values for one schema document; `root` is what its references begin at."""

    def __init__(self, root: object) -> None:
        self._root = root
        self._left = _MOST_STEPS

    def value(self, schema: object, depth: int) -> Any:
        """A valid value, or `_NONE`."""
        if not isinstance(schema, dict):
            return _NONE if schema is False else ""
        for candidate in self._candidates(schema, depth):
            if self.allows(candidate, schema, depth, built=True):
                return candidate
            if self._left < 0:
                break
        return _NONE

    def made(self, flat: Mapping[str, Any], depth: int, wanted: Mapping[str, Any]) -> dict[str, Any]:
        properties = _object(flat.get("properties"))
        required = [n for n in _list(flat.get("required"))[:MOST_PROPERTIES] if isinstance(n, str)]
        made: dict[str, Any] = {}
        for name in islice(dict.fromkeys((*required, *properties)), MOST_PROPERTIES):
            schema = properties.get(name, _ANYTHING)
            if name in wanted and self.allows(wanted[name], schema, depth + 1):
                made[name] = wanted[name]
            elif name in required or len(made) < _count(flat.get("minProperties")):
                value = self.value(schema, depth + 1)
                made[name] = "" if value is _NONE else value
        return made

    # What a schema comes down to

    def flat(self, schema: object, depth: int) -> Iterator[dict[str, Any]]:
        """The schema's alternatives, without references and without what combines schemas."""
        self._left -= _steps(schema)
        if schema is False or depth > _DEEPEST or self._left < 0:
            return
        if not isinstance(schema, dict):
            yield {}
            return
        choices: list[Sequence[object]] = []
        if isinstance(schema.get("$ref"), str):
            choices.append([self._target(schema["$ref"])])
        choices += [[each] for each in _list(schema.get("allOf"))[:_MOST_OPTIONS]]
        for name in ("anyOf", "oneOf"):
            if options := _list(schema.get(name))[:_MOST_OPTIONS]:
                choices.append(sorted(options, key=_type_order))
        own = {name: value for name, value in schema.items() if name not in _COMBINING}
        yield from self._joined(own, choices, depth + 1)

    def _joined(
        self, so_far: dict[str, Any], choices: Sequence[Sequence[object]], depth: int
    ) -> Iterator[dict[str, Any]]:
        if not choices:
            yield so_far
            return
        for option in choices[0]:
            for flat in self.flat(option, depth):
                yield from self._joined(_merged(so_far, flat), choices[1:], depth)

    def _target(self, reference: str) -> object:
        """What a reference within the document leads to; anything goes where it leads nowhere."""
        if not reference.startswith("#"):
            return _ANYTHING
        found: object = self._root
        for part in reference.removeprefix("#").split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(found, list) and name.isdecimal() and int(name) < len(found):
                found = found[int(name)]
            elif isinstance(found, dict) and name in found:
                found = found[name]
            else:
                return _ANYTHING
        return found

    # Values to try, the plainest first

    def _candidates(self, schema: Mapping[str, Any], depth: int) -> Iterator[Any]:
        for flat in self.flat(schema, depth):
            if "const" in flat:
                yield flat["const"]
            elif isinstance(flat.get("enum"), list):
                yield from flat["enum"][:_MOST_OPTIONS]
            else:
                if "default" in flat:
                    yield flat["default"]
                yield from self._of_types(flat, depth)
                yield from _list(flat.get("examples"))[:_MOST_OPTIONS]

    def _of_types(self, flat: Mapping[str, Any], depth: int) -> Iterator[Any]:
        kinds = flat.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        wanted = [kind for kind in _TYPES if kind in kinds] or [_implied_type(flat), *_TYPES]
        for kind in wanted:
            if kind == "null":
                yield None
            elif kind == "string":
                yield from _strings(flat)
            elif kind == "boolean":
                yield from (False, True)
            elif kind in {"integer", "number"}:
                yield from _numbers(flat, whole=kind == "integer")
            elif kind == "array":
                yield from self._arrays(flat, depth)
            else:
                yield self.made(flat, depth, {})

    def _arrays(self, flat: Mapping[str, Any], depth: int) -> Iterator[list[Any]]:
        count = _count(flat.get("minItems"))
        if count > _MOST_ITEMS:
            return
        first = _list(flat.get("prefixItems"))
        items = flat.get("items", _ANYTHING)
        made: list[Any] = []
        for place in range(count):
            value = self._item(first[place] if place < len(first) else items, flat, made, depth)
            if value is _NONE:
                return
            made.append(value)
        yield made

    def _item(self, schema: object, flat: Mapping[str, Any], before: Sequence[Any], depth: int) -> Any:
        if flat.get("uniqueItems") is not True or not before:
            return self.value(schema, depth + 1)
        form: Mapping[str, Any] = schema if isinstance(schema, dict) else {}
        options = (v for v in self._candidates(form, depth + 1) if self.allows(v, form, depth + 1, built=True))
        more = (v for v in _more_values(form, len(before)) if self.allows(v, form, depth + 1))
        new = (v for source in (options, more) for v in source if not any(_same(v, old) for old in before))
        return next(new, _NONE)

    # Whether a value is valid

    def allows(self, value: object, schema: object, depth: int = 0, *, built: bool = False) -> bool:
        """`built`: a string was made for the schema's own pattern, so it is not looked at."""
        self._left -= _steps(schema)
        if schema is False or depth > _DEEPEST or self._left < 0:
            return False
        if not isinstance(schema, dict):
            return True
        return (
            self._combined(value, schema, depth + 1, built=built)
            and _is_of_type(value, schema.get("type"))
            and ("const" not in schema or _same(value, schema["const"]))
            and _is_member(value, schema.get("enum"))
            and self._keeps_bounds(value, schema, depth + 1, built=built)
        )

    def _combined(self, value: object, schema: Mapping[str, Any], depth: int, *, built: bool) -> bool:
        def holds(each: object) -> bool:
            return self.allows(value, each, depth, built=built)

        reference, any_of, one_of = schema.get("$ref"), schema.get("anyOf"), schema.get("oneOf")
        return (
            (not isinstance(reference, str) or holds(self._target(reference)))
            and all(holds(each) for each in _list(schema.get("allOf")))
            and (not isinstance(any_of, list) or any(holds(each) for each in any_of))
            and (not isinstance(one_of, list) or sum(holds(each) for each in one_of) == 1)
            and ("not" not in schema or not self.allows(value, schema["not"], depth))
        )

    def _keeps_bounds(self, value: object, schema: Mapping[str, Any], depth: int, *, built: bool) -> bool:
        if isinstance(value, str):
            is_matched = built or not isinstance(schema.get("pattern"), str)
            return is_matched and _within(len(value), schema, "minLength", "maxLength")
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _is_in_range(value, schema)
        if isinstance(value, list):
            return self._items_fit(value, schema, depth)
        return not isinstance(value, dict) or self._properties_fit(value, schema, depth)

    def _items_fit(self, value: list[Any], schema: Mapping[str, Any], depth: int) -> bool:
        first = _list(schema.get("prefixItems"))
        items = schema.get("items", _ANYTHING)
        if isinstance(items, list):  # as draft 7 wrote `prefixItems`
            first, items = items, schema.get("additionalItems", _ANYTHING)
        each = [first[i] if i < len(first) else items for i in range(len(value))]
        if len(value) > _MOST_ITEMS:
            return False
        is_unique = schema.get("uniqueItems") is not True or not any(
            _same(a, b) for i, a in enumerate(value) for b in value[:i]
        )
        fits = all(self.allows(v, s, depth, built=True) for v, s in zip(value, each, strict=True))
        return is_unique and fits and _within(len(value), schema, "minItems", "maxItems")

    def _properties_fit(self, value: dict[str, Any], schema: Mapping[str, Any], depth: int) -> bool:
        properties = _object(schema.get("properties"))
        others = (
            _ANYTHING if _object(schema.get("patternProperties")) else schema.get("additionalProperties", _ANYTHING)
        )
        return (
            all(name in value for name in _list(schema.get("required")) if isinstance(name, str))
            and _within(len(value), schema, "minProperties", "maxProperties")
            and all(self.allows(v, properties.get(n, others), depth, built=True) for n, v in value.items())
        )


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """A schema of which the values are valid by both, as far as that can be told of flat schemas."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        a, b = one[name], other[name]
        if name == "properties":
            both[name] = _properties_of_both(_object(a), _object(b))
        elif name == "required":
            both[name] = [*_list(a), *_list(b)]
        elif name == "type":
            both[name] = _types_of_both(a, b)
        elif name == "enum":
            both[name] = [v for v in _list(a)[:_MOST_OPTIONS] if _is_member(v, _list(b)[:_MOST_OPTIONS])]
        elif name in _GREATER and _is_number(a) and _is_number(b):
            both[name] = max(a, b)
        elif name in _SMALLER and _is_number(a) and _is_number(b):
            both[name] = min(a, b)
        elif name in {"items", "additionalProperties"} and a != b:
            both[name] = {"allOf": [a, b]}
    return both


def _properties_of_both(a: Mapping[str, Any], b: Mapping[str, Any]) -> dict[str, Any]:
    return {n: {"allOf": [a[n], b[n]]} if n in a and n in b else a.get(n, b.get(n)) for n in {**a, **b}}


def _types_of_both(a: object, b: object) -> list[str]:
    """A whole number is a number as well."""
    one, other = (set(t) if isinstance(t, list) else {t} for t in (_hashable(a), _hashable(b)))
    shared = one & other
    is_whole = any("integer" in x and "number" in y for x, y in ((one, other), (other, one)))
    return [*map(str, shared), *(["integer"] if is_whole else [])]


def _hashable(kinds: object) -> object:
    return [kind for kind in kinds if isinstance(kind, str)] if isinstance(kinds, list) else str(kinds)


def _type_order(option: object) -> int:
    """Null before everything else: where it is allowed, nothing is meant."""
    kind = option.get("type") if isinstance(option, dict) else None
    return 0 if kind == "null" else 1


def _implied_type(flat: Mapping[str, Any]) -> str:
    hints = {"properties": "object", "required": "object", "items": "array", "minItems": "array"}
    hints |= {"minimum": "number", "exclusiveMinimum": "number", "maximum": "number", "multipleOf": "number"}
    return next((kind for name, kind in hints.items() if name in flat), "string")


def _strings(flat: Mapping[str, Any]) -> Iterator[str]:
    least, pattern, form = _count(flat.get("minLength")), flat.get("pattern"), flat.get("format")
    if isinstance(pattern, str):
        built = text_matching(pattern, least)
        yield from [] if built is None else [built]
        return
    if isinstance(form, str) and form in _FORMATS:
        yield _FORMATS[form]
    if least <= MOST_CHARS:
        yield "-" * least


def _numbers(flat: Mapping[str, Any], *, whole: bool) -> Iterator[float]:
    yield 0
    bounds = [flat.get(n) for n in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")]
    numbers = [b for b in bounds if _is_number(b)]
    step = flat.get("multipleOf")
    step = step if _is_number(step) and step > 0 else None
    for bound in numbers:
        around = (math.floor(bound), math.ceil(bound), math.floor(bound) + 1, math.ceil(bound) - 1)
        yield from around if whole else (bound, *around)
        if step is not None:
            nearest = math.floor(bound / step)
            yield from (n * step for i in range(_MOST_MULTIPLES) for n in (nearest + i, nearest - i))
    if not whole:
        yield from ((a + b) / 2 for a in numbers for b in numbers if a < b)
        yield from (bound + sign * 2.0**-i for bound in numbers for sign in (1, -1) for i in range(1, 20))


def _more_values(form: Mapping[str, Any], count: int) -> Iterator[Any]:
    """For lists whose items must differ."""
    least = _count(form.get("minLength"))
    for n in range(count + 2):
        yield from (n, -n, n + 0.5, f"{n}".rjust(min(least, MOST_CHARS), "-"), [n])
    start = form.get("minimum")
    if _is_number(start):
        yield from (math.ceil(start) + n for n in range(count + 2))


def _is_of_type(value: object, kinds: object) -> bool:
    names = kinds if isinstance(kinds, list) else [kinds]
    known = [name for name in names if name in _TYPES]
    return not known or any(_is_a(value, name) for name in known)


def _is_a(value: object, kind: str) -> bool:
    if kind == "integer":
        is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return is_whole and not isinstance(value, bool)
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    types: dict[str, type] = {"null": type(None), "string": str, "boolean": bool, "array": list, "object": dict}
    return isinstance(value, types[kind])


def _is_member(value: object, options: object) -> bool:
    return not isinstance(options, list) or any(_same(value, option) for option in options)


def _same(a: object, b: object) -> bool:
    """As JSON has it: true is not 1."""
    return isinstance(a, bool) == isinstance(b, bool) and a == b


def _is_in_range(value: float, schema: Mapping[str, Any]) -> bool:
    low, high, step = schema.get("minimum"), schema.get("maximum"), schema.get("multipleOf")
    over, under = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # In draft 4 they were flags of the bounds beside them.
    over = low if over is True else over
    under = high if under is True else under
    return not (
        (_is_number(low) and value < low)
        or (_is_number(high) and value > high)
        or (_is_number(over) and value <= over)
        or (_is_number(under) and value >= under)
        or (_is_number(step) and step > 0 and not _is_multiple(value, step))
    )


def _is_multiple(value: float, step: float) -> bool:
    try:
        times = value / step
    except OverflowError:
        return False
    return math.isfinite(times) and int(times) == times


def _within(size: int, schema: Mapping[str, Any], least: str, most: str) -> bool:
    low, high = schema.get(least), schema.get(most)
    return not ((_is_number(low) and size < low) or (_is_number(high) and size > high))


def _is_number(value: object) -> TypeGuard[float]:
    """A bound that can be calculated with; what is beyond that bounds nothing."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST


def _steps(schema: object) -> int:
    if not isinstance(schema, dict):
        return 1
    size = len(schema) + sum(len(value) for value in schema.values() if isinstance(value, list | dict))
    return 1 + size // _A_STEP


def _count(value: object) -> int:
    return max(math.ceil(value), 0) if isinstance(value, int | float) and _is_number(value) else 0


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
