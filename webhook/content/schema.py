"""The JSON Schema of a flow, for the editor: `flows/flow.schema.json` is written from it."""

from __future__ import annotations

import json
from typing import Any

from webhook.content.document import FlowDoc


def schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of the document `webhook.content.document.FlowDoc`."""
    made: dict[str, Any] = _tidied(FlowDoc.model_json_schema(by_alias=True))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "Flow"}


def schema_text() -> str:
    """The schema as it stands in the file: sorted, indented, with a line end."""
    return json.dumps(schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _tidied(node: Any) -> Any:
    """What an editor should not offer is left out: generated titles, and `null` for a key that is simply absent."""
    if isinstance(node, list):
        return [_tidied(item) for item in node]
    if not isinstance(node, dict):
        return node
    # Under these two the keys are names of ours, not words of JSON Schema.
    kept = {
        key: {name: _tidied(each) for name, each in value.items()} if key in ("properties", "$defs") else _tidied(value)
        for key, value in node.items()
        if not (key == "title" and isinstance(value, str)) and not (key == "default" and value is None)
    }
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    choices = kept.get("anyOf", [])
    if {"type": "null"} in choices:
        rest = [choice for choice in choices if choice != {"type": "null"}]
        del kept["anyOf"]
        kept |= rest[0] if len(rest) == 1 else {"anyOf": rest}
    return kept
