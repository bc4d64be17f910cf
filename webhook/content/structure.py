"""From plain values to the document: what pydantic finds, said in the words of the format.

A document with faults is mended as far as possible (the faulty parts are left out), so that the rules after this
one still run and a designer sees everything in one go.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from webhook.content import document
from webhook.content.findings import Finding, closest, line_and_column
from webhook.content.parts import called, keys_of, part_of, thing
from webhook.content.source import Place, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic_core import ErrorDetails

Fault = tuple[Place, "ErrorDetails"]
"""A place, and what pydantic says of it."""
_ROUNDS = 4
_STAND_INS: dict[str, Any] = {
    "flow": "unnamed",
    "version": 1,
    "title": "-",
    "type": "text",
    "style": "-",
    "say": "-",
    "follow_up": "-",
}
"""What a missing or broken required key is mended with, so that the rest can be looked at."""


@dataclass(frozen=True, kw_only=True)
class Structure:
    """The document, if there is enough of it, and the places that had to be mended."""

    doc: document.FlowDoc | None
    findings: tuple[Finding, ...]
    mended: frozenset[Place]


def read_structure(source: Source) -> Structure:
    """Check keys and types of one file."""
    data = copy.deepcopy(source.data)
    findings = list(_take_out_empty(source, data))
    mended = set(_empty(source.data, ()))
    doc = None
    for turn in range(_ROUNDS):
        try:
            doc = document.FlowDoc.model_validate(data)
        except ValidationError as error:
            faults = [(_place(details["loc"]), details) for details in error.errors(include_url=False)]
            if turn == 0:
                findings += _findings(source, faults, mended)
            # From the back, so that the places of list items before stay true.
            for place, details in sorted(faults, key=lambda fault: _sort_key(fault[0]), reverse=True):
                mended.add(_mend(data, place, details["type"]))
        else:
            break
    return Structure(doc=doc, findings=tuple(findings), mended=frozenset(mended))


def _take_out_empty(source: Source, data: Any) -> Iterator[Finding]:
    """A key without a value is a slip, whatever the key is."""
    for place in sorted(_empty(source.data, ()), key=_sort_key, reverse=True):
        parent = _at(data, place[:-1])
        del parent[place[-1]]
        keys = keys_of(place[:-1])
        if isinstance(place[-1], int):
            yield _made(source, source.key_offset(place), "empty-value", f"a line is empty in {called(place[:-1])}")
        elif keys and place[-1] not in keys:
            in_braces = source.text[source.value_offset(place[:-1])] == "{"
            remedy = (
                ", without a value: a text with a comma needs quotes"
                if in_braces
                else ", without a value: does it stand too far left or right?"
            )
            message = f"unknown key `{place[-1]}` in {called(place[:-1])}{remedy}"
            yield _made(source, source.key_offset(place), "unknown-key", message, _meant_key(place))
        else:
            yield _made(source, source.key_offset(place), "empty-value", f"{thing(place)} is empty")


def _empty(value: Any, place: Place) -> Iterator[Place]:
    if value is None:
        yield place
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from _empty(inner, (*place, key))


def _place(loc: tuple[str | int, ...]) -> Place:
    """Pydantic's way without the tags of unions; `[key]` at the end means the key itself."""
    steps: list[str | int] = []
    for step in loc:
        if isinstance(step, str) and step.startswith("<") and step.endswith(">"):
            continue
        if step == "[key]":
            break
        steps.append(step)
    return tuple(steps)


def _findings(source: Source, faults: list[Fault], known: set[Place]) -> Iterator[Finding]:
    """One finding for each fault; a misspelt key is not told a second time as a missing one."""
    misspelt = {place[:-1] for place in _unknown_keys(faults)}
    meant = {(*place[:-1], _meant_key(place)) for place in _unknown_keys(faults)}
    for place, details in faults:
        is_line = _is_inside_follow_up(place) and place[:-1] in misspelt
        if place in known or (details["type"] == "missing" and (place in meant or is_line)):
            continue
        yield _finding(source, place, details)


def _meant_key(place: Place) -> str | None:
    return closest(str(place[-1]), keys_of(place[:-1]))


def _unknown_keys(faults: list[Fault]) -> Iterator[Place]:
    return (place for place, details in faults if details["type"] == "extra_forbidden")


def _finding(source: Source, place: Place, details: ErrorDetails) -> Finding:
    kind, value = details["type"], details["input"]
    if kind == "extra_forbidden":
        message = f"unknown key `{place[-1]}` in {called(place[:-1])}"
        suggestion = _meant_key(place)
        return _made(source, source.key_offset(place), "unknown-key", message, suggestion)
    if kind == "missing":
        is_line = _is_inside_follow_up(place) and place[-1] == "if"
        remedy = "; the last line is `- else: next_topic`" if is_line else ""
        message = f"missing key `{place[-1]}` in {called(place[:-1])}{remedy}"
        return _made(source, source.key_offset(place[:-1]), "missing-key", message)
    if details["loc"][-1] == "[key]":
        message = f"`{place[-1]}` is not a usable name: {_name_advice(place)}"
        return _made(source, source.key_offset(place), "bad-name", message)
    message, suggestion = _wrong_value(place, kind, value, details.get("ctx", {}), details["msg"])
    return _made(source, source.value_offset(place), "wrong-value", message, suggestion)


def _wrong_value(place: Place, kind: str, value: Any, ctx: dict[str, Any], said: str) -> tuple[str, str | None]:
    what, shown = thing(place), _shown(value)
    if kind == "literal_error":
        options = re.findall(r"'([^']+)'", str(ctx.get("expected", "")))
        return f"{what} should be one of {', '.join(options)}, not {shown}", closest(str(value), options)
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f"{what} should be text, not {shown}: put it in quotes", None
    if kind in ("too_short", "string_too_short"):
        return f"{what} should not be empty", None
    if kind == "string_pattern_mismatch":
        what = shown if place[0] == "languages" else what
        return f"{what} is not a usable name: {_name_advice(place)}", None
    limits = {"greater_than_equal": "ge", "less_than_equal": "le", "greater_than": "gt", "less_than": "lt"}
    if kind in limits:
        words = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}[limits[kind]]
        return f"{what} should be {words} {ctx[limits[kind]]:g}, not {shown}", None
    wanted = {
        "string_type": "text",
        "int_type": "a whole number",
        "int_from_float": "a whole number",
        "float_type": "a number",
        "bool_type": "true or false",
        "dict_type": "a block of keys",
        "model_type": "a block of keys",
        "model_attributes_type": "a block of keys",
        "list_type": "a list",
    }.get(kind)
    if wanted in ("a whole number", "a number") and re.fullmatch(r"-?(0|[1-9][0-9]{0,14})", str(value)):
        return f"{what} should be {wanted}: take {shown} out of its quotes", None
    if wanted:
        return f"{what} should be {wanted}, not {shown}", None
    return f"{what} {said}", None


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a block of keys"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    text = str(value)
    return f"`{text[:40]}…`" if len(text) > 40 else f"`{text}`"  # noqa: PLR2004 - what fits a line


def _name_advice(place: Place) -> str:
    is_slot = len(place) > 2 and place[-2] in ("required_info", "nice_to_know", "of", "fields")  # noqa: PLR2004 - a slot stands two steps below its list
    if is_slot:
        return "begin with a small letter; small letters, digits and _ only, at most 64"
    if place[0] == "languages" or part_of(place)[1] < len(place) - 1:
        return "a language is written like en or pt-BR"
    return "small letters, digits, - and _ only, at most 64"


def _made(source: Source, offset: int, rule: str, message: str, suggestion: str | None = None) -> Finding:
    line, column = line_and_column(source.text, offset)
    return Finding(path=source.path, line=line, column=column, rule=rule, message=message, suggestion=suggestion)


def _mend(data: Any, place: Place, kind: str) -> Place:
    """Leave the faulty part out, or put a stand-in where something must be. Returns the place that was changed."""
    if kind != "extra_forbidden" and _is_inside_follow_up(place):
        # A line less would move the lines after it, so the whole list goes.
        place = place[:3]
    parent, key = _at(data, place[:-1]), place[-1] if place else ""
    if isinstance(parent, dict) and kind == "missing" and key in parent:
        return place
    if isinstance(parent, dict):
        value = parent.pop(key, None)
        meant = _meant_key(place) if kind == "extra_forbidden" else None
        if meant is not None and meant not in parent:
            # What a misspelt key holds is still read, so that what others say of it stays true.
            parent[meant] = value
            return (*place[:-1], meant)
        if _must_stand(place):
            parent[key] = _STAND_INS[str(key)]
    elif isinstance(parent, list) and isinstance(key, int) and key < len(parent):
        del parent[key]
    return place


def _is_inside_follow_up(place: Place) -> bool:
    return len(place) > 2 and place[0] == "topics" and place[2] == "follow_up"  # noqa: PLR2004 - topics, name, key


def _must_stand(place: Place) -> bool:
    part, depth = part_of(place[:-1])
    if depth != len(place) - 1:
        return False
    fields = {f.alias or name: f for model in part.models for name, f in model.model_fields.items()}
    key = str(place[-1])
    return key in _STAND_INS and key in fields and fields[key].is_required()


def _at(data: Any, place: Place) -> Any:
    for step in place:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _sort_key(place: Place) -> tuple[tuple[int, str], ...]:
    return tuple((step, "") if isinstance(step, int) else (0, step) for step in place)
