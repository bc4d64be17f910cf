"""The JSON Schema of a flow's reports, made of the flow itself: what `to_json` gives always fits it, masked or whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webhook.interview.facts import KNOWN, Status
from webhook.interview.flow import NUMERIC, SlotType
from webhook.interview.masking import MASK
from webhook.interview.report import CANNOT_TELL, NOT_REACHED, OFF_THE_ROAD, SCHEMA
from webhook.interview.session import SessionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.interview.flow import Flow, ReportField, Slot

Schema = dict[str, Any]
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$",  # no `format`: validators ignore it, or refuse it (Ajv)
    "description": "ISO 8601, in UTC.",
}
_MASKED: Schema = {"type": "string", "pattern": MASK, "description": "Private, and masked."}
_LEARNT = [status.value for status in Status if status is not Status.EMPTY]

_HEARD: Schema = {
    "anyOf": [
        {"type": "null"},
        _MASKED,
        {"type": "object", "properties": {"status": _TEXT, "value": {}}, "required": ["status", "value"]},
    ]
}


def report_schema(flow: Flow) -> Schema:
    """For reports of this version of the flow (draft 2020-12). Later releases may add what is not named here.

    In Ajv it compiles in strict mode, which wants every required property to be described.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Report of {flow.id}, version {flow.version}",
        "type": "object",
        "required": ["schema", "sessionId", "flow", "status", "ending", "flags", "topics", "fields", "facts", "claude"],
        "properties": {
            "schema": {"const": SCHEMA},
            "version": {"type": "integer", "minimum": 1},
            "sessionId": _TEXT,
            "conversationId": _or_null(_TEXT),
            "flow": _object({"id": {"const": flow.id}, "version": {"type": "integer"}, "hash": _TEXT, "title": _TEXT}),
            "personaId": _TEXT,
            "language": _TEXT,
            "status": {"enum": [status.value for status in SessionStatus]},
            "ending": _or_null(_TEXT),
            "flags": {"type": "array", "items": _TEXT},
            "createdAt": _TIME,
            "reportedAt": _TIME,
            "topics": {"type": "array", "items": {"enum": list(flow.topics)}},
            "fields": _object({field.name: _field(flow, field) for field in flow.report.fields}),
            "privateFields": {"type": "array", "items": _TEXT},
            "facts": _object({name: _fact(slot) for name, slot in flow.slots.items()}, required=()),
            "differences": {
                "description": "what was heard otherwise when the talk was listened to afterwards",
                "type": "array",
                "items": _object({"slot": _TEXT, "code": _HEARD, "claude": _HEARD}),
            },
            "claude": {"type": "object"},
        },
    }


def _field(flow: Flow, field: ReportField) -> Schema:
    if field.write is None:
        values = {name: _or_null(_value(flow.slots[name])) for name in field.slots}
        return values[field.slots[0]] if field.single else _object(values)
    value = _or_masked(_type(field.type, field.values, field.of))
    quote = _object({"words": _TEXT, "turn": _COUNT})
    quotes: Schema = {"type": "array", "items": quote}
    return {
        "description": " ".join(field.write.split()),
        "anyOf": [
            _object({"value": value, "quotes": {**quotes, "minItems": field.evidence}}),
            _object({"value": {"const": CANNOT_TELL}, "quotes": quotes}),
        ],
    }


def _fact(slot: Slot) -> Schema:
    value, topic = _or_null(_value(slot)), {"topic": {"const": slot.topic}}
    told = {"value": value, "words": _TEXT, "turn": _COUNT, "source": _TEXT}
    earlier = _object({"status": {"enum": _LEARNT}, **told})
    optional: Schema = {"corrected": {"type": "array", "items": earlier, "minItems": 1}}
    if slot.private:
        optional["private"] = {"const": True}
    nothing: Schema = {"type": "null"}
    learnt = _object({"status": {"enum": _LEARNT}, "value": value})
    with_value = [status.value for status in Status if status in KNOWN]
    without_value = [status for status in _LEARNT if status not in with_value]
    forms = (
        {"status": {"enum": with_value}, **told, "value": _value(slot), **topic},
        {"status": {"enum": without_value}, **told, "value": nothing, **topic},
        {"status": {"const": OFF_THE_ROAD}, **told, "value": nothing, **topic, "learnt": learnt},
        {"status": {"const": NOT_REACHED}, "value": nothing, **topic},
    )
    fact: Schema = {"anyOf": [_object({**form, **optional}, required=form) for form in forms]}
    return {**fact, "description": slot.about} if slot.about else fact


def _value(slot: Slot) -> Schema:
    kind = _type(slot.type, slot.values, slot.of)
    if slot.type in NUMERIC:
        limits = {"minimum": slot.min, "maximum": slot.max}
        kind |= {name: limit for name, limit in limits.items() if limit is not None}
    return _or_masked(kind)


def _type(kind: SlotType, values: tuple[str, ...], of: SlotType | tuple[tuple[str, SlotType], ...]) -> Schema:
    if kind is SlotType.CHOICE:
        return {"enum": list(values)}
    if kind is SlotType.CHOICES:
        return {"type": "array", "items": _or_masked({"enum": list(values)}), "uniqueItems": True}
    if kind is SlotType.LIST:
        item = _type(of, (), SlotType.TEXT) if isinstance(of, SlotType) else _record(of)
        return {"type": "array", "items": item}
    if kind is SlotType.YES_NO:
        return {"type": "boolean"}
    if kind is SlotType.WHOLE_NUMBER:
        return {"type": "integer"}
    return {"type": "string"} if kind is SlotType.TEXT else {"type": "number"}


def _record(fields: tuple[tuple[str, SlotType], ...]) -> Schema:
    parts = {name: _or_masked(_type(kind, (), SlotType.TEXT)) for name, kind in fields}
    return {**_object(parts, required=()), "minProperties": 1}


def _object(properties: Schema, *, required: Mapping[str, Any] | tuple[str, ...] | None = None) -> Schema:
    names = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": names, "additionalProperties": False}


def _or_masked(schema: Schema) -> Schema:
    return schema if schema.get("type") == "string" else {"anyOf": [schema, _MASKED]}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}
