"""From plain values to the document of a test file: what pydantic finds, said in the words of the format."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from webhook.content.findings import Finding, closest, line_and_column
from webhook.flowtest.document import KEYS, SuiteDoc

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from webhook.content.source import Place, Source

_WANTED = {
    "string_type": "text (a text that looks like a number needs quotes)",
    "string_too_short": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a block of keys",
    "model_type": "a block of keys",
    "model_attributes_type": "a block of keys",
}


def read_suite(source: Source) -> tuple[SuiteDoc | None, tuple[Finding, ...]]:
    """The document, or everything that is wrong with it."""
    try:
        return SuiteDoc.model_validate(source.data), ()
    except ValidationError as error:
        return None, tuple(_finding(source, details) for details in error.errors(include_url=False))


def noted(
    source: Source, place: Place, rule: str, message: str, *, suggestion: str | None = None, at_key: bool = False
) -> Finding:
    """A finding about a place of the file."""
    line, column = line_and_column(source.text, source.key_offset(place) if at_key else source.value_offset(place))
    return Finding(path=source.path, line=line, column=column, rule=rule, message=message, suggestion=suggestion)


def where(place: Place) -> str:
    """What to call a place, e.g. "`expect` of test 3"."""
    number = next((f"test {step + 1}" for step in place if isinstance(step, int)), "the file")
    names = [step for step in place[1:] if isinstance(step, str)]
    return f"`{names[-1]}` of {number}" if names else number


def _finding(source: Source, details: ErrorDetails) -> Finding:
    kind, place = details["type"], tuple(details["loc"])
    if kind == "extra_forbidden":
        message = f"unknown key `{place[-1]}` in {where(place[:-1])}"
        meant = closest(str(place[-1]), _keys_of(place[:-1]))
        return noted(source, place, "unknown-key", message, suggestion=meant, at_key=True)
    if kind == "missing":
        return noted(
            source, place[:-1], "missing-key", f"missing key `{place[-1]}` in {where(place[:-1])}", at_key=True
        )
    context: dict[str, Any] = details.get("ctx", {})
    if kind == "literal_error":
        options = re.findall(r"'([^']+)'", str(context.get("expected", "")))
        meant = closest(str(details["input"]), options)
        message = f"{where(place)} should be {' or '.join(options)}"
        return noted(source, place, "wrong-value", message, suggestion=meant)
    if kind in _WANTED:
        return noted(source, place, "wrong-value", f"{where(place)} should be {_WANTED[kind]}")
    said = details["msg"].removeprefix("Input should be ")
    return noted(source, place, "wrong-value", f"{where(place)} should be {said}")


def _keys_of(place: Place) -> list[str]:
    name = next((step for step in reversed(place) if isinstance(step, str)), "")
    return list(KEYS.get(name, SuiteDoc).model_fields)
