"""The forms of a report for people and for spreadsheets: an outline, Markdown, CSV.

`masking` comes before: a form shows all it is given. Reports of earlier releases have every form as well.
"""

from __future__ import annotations

import json
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webhook.interview.report import CANNOT_TELL, NOT_REACHED, iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webhook.interview.flow import Flow

_STATUS = {
    "given_up": "not understood",
    "not_understood": "not understood",
    "partial": "told in part",
    NOT_REACHED: "not reached",
}
_FLAGS = {
    "partial": "the interview did not come to its end",
    "recovered": "put together again afterwards from what was said",
    "safety_asked": "a sign of danger was in doubt; the caller was asked whether they are safe, and did not say that they are",
    "safety_cleared": "a sign of danger was in doubt; the caller was asked whether they are safe, and said so",
    "danger_afterwards": "a sign of danger was found only when the call was over, so that nobody answered it",
    "read_by_code": "Claude did not listen to all that was said; plain answers were read by code",
    "transcript_differs": "the platform heard words that never came to us",
    "another_model": "another model than ours spoke in this call",
    "conflict": "two calls named one session; this one went on beside the other",
    "scripted": "held without Claude, with the flow's own lines",
    "clock_jumped": "a clock stepped during the call; its time was counted otherwise",
    "broken": "ended because turns failed again and again",
}
_NOTHING = "–"

# For people


@dataclass(frozen=True, kw_only=True)
class Item:
    """A field of the report: its name, what it says, and the quotes that bear it."""

    name: str
    text: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """Rows of plain text; `name` is its heading."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What every form for people shows, in plain text: each form escapes what it must."""

    title: str
    about: tuple[str, ...]
    fields: tuple[Item, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def outline(report: Mapping[str, Any]) -> Outline:
    began = iso(report["createdAt"])
    about = [f"Session {report['sessionId']}, begun {began[:10]} {began[11:16]} UTC, {_how_it_ended(report)}."]
    about += [_flag_note(flag) for flag in report["flags"]]
    claude = report.get("claude")  # reports of earlier releases know nothing of it
    return Outline(
        title=report["flow"]["title"],
        about=tuple(about),
        fields=tuple(_item(name, value) for name, value in report["fields"].items()),
        tables=(_facts(report), *_corrections(report), *_differences(report)),
        notes=() if not claude else (_cost_line(claude),),
    )


def _item(name: str, value: Any) -> Item:
    if not isinstance(value, dict) or "quotes" not in value:
        return Item(name=_label(name), text=_plain(value) or _NOTHING)
    said = "cannot tell" if value["value"] == CANNOT_TELL else _plain(value["value"])
    return Item(name=_label(name), text=said, quotes=tuple(quote["words"] for quote in value["quotes"]))


def _facts(report: Mapping[str, Any]) -> Table:
    rows = tuple(_row(name, fact) for name, fact in report["facts"].items())
    return Table(name="Facts", columns=("fact", "value", "status", "turn", "in their words"), rows=rows)


def _row(name: str, fact: Mapping[str, Any]) -> tuple[str, ...]:
    learnt = fact.get("learnt", {}).get("value")
    value = _plain(fact["value"]) if learnt is None else f"({_plain(learnt)})"
    return _label(name), value, status_text(fact["status"]), str(fact.get("turn") or ""), fact.get("words", "")


def _corrections(report: Mapping[str, Any]) -> Iterable[Table]:
    rows = tuple(_row(name, each) for name, fact in report["facts"].items() for each in fact.get("corrected", ()))
    if rows:
        yield Table(
            name="What was said before", columns=("fact", "value", "status", "turn", "in their words"), rows=rows
        )


def _differences(report: Mapping[str, Any]) -> Iterable[Table]:
    rows = tuple(
        (_label(each["slot"]), _read(each["code"]), _read(each["claude"])) for each in report.get("differences", ())
    )
    if rows:
        yield Table(name="Heard otherwise afterwards", columns=("fact", "during the call", "afterwards"), rows=rows)


def _read(fact: Mapping[str, Any] | str | None) -> str:
    """What was heard; one that may not be shown is a mask."""
    if fact is None or isinstance(fact, str):
        return fact or _NOTHING
    return _plain(fact["value"]) if fact["status"] == "filled" else status_text(fact["status"])


def _how_it_ended(report: Mapping[str, Any]) -> str:
    status, ending = _label(report["status"]), _label(report.get("ending") or "")
    return status if ending in ("", status) else f"{status} ({ending})"


def _flag_note(flag: str) -> str:
    return f"Please note ({_label(flag)}): {_FLAGS[flag]}." if flag in _FLAGS else f"Please note: {_label(flag)}."


def status_text(status: str) -> str:
    return _STATUS.get(status) or _label(status)


def _cost_line(claude: Mapping[str, Any]) -> str:
    calls, cost, wasted = claude["calls"], claude["costUsd"], claude["wastedCostUsd"]
    if cost is None or wasted is None:
        return f"Claude: {calls} calls; what they cost is not known ({', '.join(claude['modelsWithoutPrice'])})."
    return f"Claude: {calls} calls, {cost:.4f} USD, of which {wasted:.4f} USD for words nobody heard."


def _label(name: str) -> str:
    return name.replace("_", " ")


def _plain(value: Any) -> str:
    """For people: `yes`, `chess, tea`, `service: Netflix, monthly cost: 12`."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ("; " if any(isinstance(v, dict) for v in value) else ", ").join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{_label(k)}: {_plain(v) or _NOTHING}" for k, v in value.items())
    return str(value)


# Markdown

#: With what GitHub's Markdown makes links of by itself: `http://`, `www.` and addresses of mail.
_MARKUP = re.compile(r"([\\`*_\[\]|~@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_LINE_START = re.compile(r"^(?=(?:[-+#=]|\d+[.)])(?:\s|$)|#|--|==)")


def to_markdown(report: Mapping[str, Any]) -> str:
    """The report for people. What was said is text: no mark-up, no HTML, no link of a caller's comes through."""
    shown = outline(report)
    about = [part for line in shown.about for part in (line, "")]
    lines = [f"# {_escaped(shown.title)}", "", *about, "## Report", ""]
    for item in shown.fields:
        quotes = "; ".join(f"“{_escaped(quote)}”" for quote in item.quotes)
        lines.append(f"- **{_escaped(item.name)}**: {_escaped(item.text)}" + (f" ({quotes})" if quotes else ""))
    for table in shown.tables:
        lines += ["", f"## {table.name}", "", _line(table.columns), "|" + "---|" * len(table.columns)]
        lines += [_line([_escaped(cell) for cell in row]) for row in table.rows]
    for note in shown.notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _escaped(text: str) -> str:
    text = _MARKUP.sub(r"\\\1", " ".join(text.split()))
    return _LINE_START.sub(r"\\", text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"))


# CSV

_BEFORE: Final = ("session_id", "status", "ending")
_AFTER: Final = ("conversation_id", "flow_version", "language", "flags", "created_at", "reported_at")
_FORMULA = frozenset("=+-@−")
_TO_QUOTE = re.compile(r'[",;|\t\r\n]')
#: Where a spreadsheet may take a new cell to begin: at the start, and after what other countries divide cells by.
_CELL = re.compile(r"[^;|\t\r\n]+")


@dataclass(frozen=True, kw_only=True)
class Columns:
    """The columns of a set of reports: slots and written fields, in the flow's order."""

    slots: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    def with_those_of(self, report: Mapping[str, Any]) -> Columns:
        """Reports of other versions of the flow may know more."""
        written = [name for name, value in report["fields"].items() if isinstance(value, dict) and "quotes" in value]
        return Columns(
            slots=tuple(dict.fromkeys((*self.slots, *report["facts"]))),
            written=tuple(dict.fromkeys((*self.written, *written))),
        )


def columns_of(flow: Flow) -> Columns:
    written = tuple(field.name for field in flow.report.fields if field.write is not None)
    return Columns(slots=tuple(flow.slots), written=written)


def to_csv(report: Mapping[str, Any], columns: Columns | None = None) -> str:
    """A head and one row: each fact under its name, with its status beside it."""
    columns = (columns or Columns()).with_those_of(report)
    return csv_head(columns) + csv_row(report, columns)


def csv_head(columns: Columns) -> str:
    """A slot or a field that has the name of another column says what it is: `fact:status`, `field:age`."""
    taken = {*_BEFORE, *_AFTER}
    slots = [f"fact:{name}" if name in taken else name for name in columns.slots]
    written = [f"field:{name}" if name in taken.union(slots) else name for name in columns.written]
    beside = [part for name in slots for part in (name, f"{name}.status")]
    return _csv_line((*_BEFORE, *beside, *written, *_AFTER))


def csv_row(report: Mapping[str, Any], columns: Columns) -> str:
    """Cells that a spreadsheet would run as a formula are made harmless; a number below zero stays one."""
    row = [report["sessionId"], report["status"], report["ending"] or ""]
    for name in columns.slots:
        fact = report["facts"].get(name, {"value": None, "status": ""})
        row += [_cell(fact["value"]), fact["status"]]
    for name in columns.written:
        field = report["fields"].get(name)
        row.append(_cell(field["value"]) if isinstance(field, dict) and "quotes" in field else "")
    row += [
        *(_cell(value) for value in (report.get("conversationId"), report["flow"]["version"], report.get("language"))),
        _cell(report["flags"]),
        iso(report["createdAt"]),
        iso(report["reportedAt"]),
    ]
    return _csv_line(row)


def _cell(value: Any) -> str:
    """For programs: true and false and numbers as in JSON, entries of a list divided by `; `."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_cell, value))
    if isinstance(value, str | dict):
        return _harmless(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


def _harmless(text: str) -> str:
    """An apostrophe goes before what a spreadsheet would take for a formula, whatever stands invisibly before it."""
    text = "".join(c for c in text if c in "\t\r\n" or unicodedata.category(c) not in ("Cc", "Cs"))
    return _CELL.sub(lambda part: f"'{part[0]}" if _starts_formula(part[0]) else part[0], text)


def _starts_formula(part: str) -> bool:
    """Full-width and other signs for the same count as well."""
    seen = (c for c in unicodedata.normalize("NFKC", part) if not c.isspace() and unicodedata.category(c)[0] in "LNPS")
    first = next((c for c in seen if c not in "\"“”'"), "")
    return first in _FORMULA and not part.startswith("'")


def _csv_line(cells: Sequence[str]) -> str:
    quoted = ('"{}"'.format(cell.replace('"', '""')) if _TO_QUOTE.search(cell) else cell for cell in cells)
    return ",".join(quoted) + "\r\n"
