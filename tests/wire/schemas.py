"""Schemas that a value exists for, as Hypothesis draws them: whatever frameworks write of a tool's parameters."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
NAMES = ("reason", "message", "system__message_to_speak", "outcome", "rating", "delay", "notes")
PATTERNS = (r"^[a-z]+$", r"^\d{3}-\d{4}$", "^(done|later)$", "^.{3,}$", "[A-F0-9]{4}", r"^\w+ \w+$", "^[^a-z]{2}$")
NULL: Schema = {"type": "null"}


@st.composite
def numbers(draw: st.DrawFn) -> Schema:
    """Bounds of every kind, with room for a whole number between them."""
    low = draw(st.integers(-50, 50))
    room = draw(st.integers(3, 40))
    schema: Schema = {"type": draw(st.sampled_from(["integer", "number"]))}
    schema |= draw(st.sampled_from([{}, {"minimum": low}, {"exclusiveMinimum": low}]))
    schema |= draw(st.sampled_from([{}, {"maximum": low + room}, {"exclusiveMaximum": low + room}]))
    return schema | draw(st.sampled_from([{}, {"multipleOf": draw(st.integers(1, max(room // 3, 1)))}]))


@st.composite
def strings(draw: st.DrawFn) -> Schema:
    if draw(st.booleans()):
        return {"type": "string", "pattern": draw(st.sampled_from(PATTERNS))}
    least = draw(st.integers(0, 30))
    schema: Schema = {"type": "string"}
    schema |= draw(st.sampled_from([{}, {"minLength": least}]))
    schema |= draw(st.sampled_from([{}, {"maxLength": least + draw(st.integers(0, 5))}]))
    return schema | draw(st.sampled_from([{}, {"default": "as it was"}, {"examples": ["one", 2]}]))


LEAVES = st.one_of(
    numbers(),
    strings(),
    st.just({"type": "boolean"}),
    st.just(NULL),
    st.just({}),
    st.fixed_dictionaries({"enum": st.lists(st.sampled_from(["done", "later", 3, None, True]), min_size=1)}),
    st.fixed_dictionaries({"const": st.sampled_from(["done", 0, False, None, [1], {"a": 1}])}),
    st.fixed_dictionaries({"$ref": st.sampled_from(["#/$defs/Word", "#/definitions/Node", "#/$defs/Tree"])}),
)
DEFINITIONS: Schema = {
    "$defs": {
        "Word": {"enum": ["done", "user_request"], "type": "string"},
        "Tree": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Tree"}, "minItems": 1}, {"const": 4}]},
    },
    "definitions": {
        "Node": {
            "type": "object",
            "properties": {
                "value": {"type": "string", "minLength": 1},
                "next": {"anyOf": [{"$ref": "#/definitions/Node"}, NULL]},
                "children": {"type": "array", "items": {"$ref": "#/definitions/Node"}},
            },
            "required": ["value", "next", "children"],
            "additionalProperties": False,
        }
    },
}


def _larger(inner: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    return st.one_of(
        st.builds(lambda s: {"anyOf": [s, NULL]}, inner),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(lambda s: {"oneOf": [{"type": "array", "items": s, "minItems": 1}, NULL]}, inner),
        st.builds(lambda s: {"allOf": [s, {"description": "All of it."}]}, inner),
        st.builds(lambda s, n: {"type": "array", "items": s, "minItems": n}, inner, st.integers(0, 3)),
        st.builds(lambda a, b: {"type": "array", "prefixItems": [a, b], "minItems": 2}, inner, inner),
        objects(inner),
    )


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(st.sampled_from(NAMES), inner, max_size=4))
    required = draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []
    return {"type": "object", "properties": properties, "required": required} | draw(
        st.sampled_from([{}, {"additionalProperties": False}, {"minProperties": len(required)}])
    )


VALUES = st.recursive(LEAVES, _larger, max_leaves=6)
#: The `parameters` of a tool.
PARAMETERS = st.builds(lambda schema: schema | DEFINITIONS, objects(VALUES))
