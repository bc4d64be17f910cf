"""The summary as one HTML file that needs nothing else: no scripts, nothing from elsewhere, all of it escaped.

Every chart has its numbers in a table beside it, for those who do not see it and for those who want them exact.
"""

from __future__ import annotations

import base64
import hashlib
from html import escape
from typing import TYPE_CHECKING, Any

from webhook.interview.charts import Bar, bars
from webhook.interview.tally import STATUSES, WITHOUT_ENDING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2430; --soft: #5a6574; --line: #d9dee5; --card: #f4f6f9;
  --p0: #2f6db5; --p1: #d9822b; --p2: #aeb8c4; --p3: #7c5aa8; --p4: #b8434e; --p5: #e3e7ec; --p6: #6b7a3a; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181e; --ink: #e6eaf0; --soft: #a0abba; --line: #363f4b;
  --card: #1d232b; --p0: #6aa5e8; --p1: #eda354; --p2: #66717f; --p3: #b094da; --p4: #e57f88; --p5: #39424e;
  --p6: #a9bb68; } }
@media print { :root { color-scheme: light; --ground: #fff; --ink: #000; --soft: #444; --line: #bbb; --card: #fff;
  --p0: #2f6db5; --p1: #d9822b; --p2: #aeb8c4; --p3: #7c5aa8; --p4: #b8434e; --p5: #e3e7ec; --p6: #6b7a3a; }
  body { max-width: none; padding: 0; } svg rect { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .25rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin: 2.25rem 0 .25rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .25rem; overflow-wrap: anywhere; }
p { margin: .25rem 0 .75rem; max-width: 60rem; } .soft { color: var(--soft); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 1rem 0 0; }
.tiles div { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .8rem; }
.tiles dt { color: var(--soft); } .tiles dd { margin: 0; font-size: 1.5rem; font-weight: 600; }
.pair { display: flex; flex-wrap: wrap; gap: 1rem 2rem; align-items: flex-start; }
.pair > svg { flex: 1 1 26rem; max-width: 40rem; min-width: 0; height: auto; }
.wide { overflow-x: auto; flex: 1 1 20rem; } .stack > svg { max-width: 100%; height: auto; display: block; }
.stack > .wide { margin-top: .75rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; overflow-wrap: anywhere; color: var(--soft); padding-bottom: .25rem; }
th, td { text-align: right; padding: .2rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child { text-align: left; padding-left: 0; min-width: 8rem; max-width: 22rem; overflow-wrap: break-word; }
.text { text-align: left; max-width: 22rem; overflow-wrap: break-word; }
tbody th { font-weight: 400; } .pair, tr, svg { break-inside: avoid; } h2, h3, p, caption { break-after: avoid; }
svg text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: var(--ink); }
svg .label, svg .tick, svg .note { font-size: 12px; } svg .tick { fill: var(--soft); }
svg .grid { stroke: var(--line); } svg .axis { stroke: var(--soft); }
svg rect { stroke: var(--ground); stroke-width: 1; }
.p0 { fill: var(--p0); } .p1 { fill: var(--p1); } .p2 { fill: var(--p2); } .p3 { fill: var(--p3); }
.p4 { fill: var(--p4); } .p5 { fill: var(--p5); } .p6 { fill: var(--p6); }
@media print { html { font-size: 12px; } body { font-size: 11px; } .pair { flex-wrap: nowrap; gap: 1rem; }
  p { break-inside: avoid; } .stack > svg { max-width: 34rem; } .pair > svg { flex: 1 1 55%; } .pair > .wide { flex: 1 1 45%; } .wide { overflow: visible; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"
"""The browser runs nothing and fetches nothing, whatever the page says."""

HIDDEN = "hidden"
_TENS = 10
NOTHING = "–"
ENDS = {
    "completed": "completed",
    "ended_early": "ended early",
    "going_on": "going on",
    "not_begun": "not begun",
    "failed": "call failed",
    "expired": "link expired",
}
STATUS_NAMES = {
    "filled": "answered",
    "refused": "refused",
    "unknown": "don't know",
    "partial": "told in part",
    "not_understood": "not understood",
    "given_up": "given up",
    "not_reached": "not reached",
    "off_the_road": "off the road",
}
#: The order of the colours, so that what was not reached is pale.
_STATUS_ORDER = ("filled", "refused", "off_the_road", "unknown", "partial", "not_understood", "given_up", "not_reached")
Cells = tuple[str, ...]


def page(summary: Mapping[str, Any]) -> str:
    """The whole file."""
    title = f"{summary['flow']['title']}: summary of {counted(summary['interviews'], 'interview')}"
    body = [_head(summary), *(_sections(summary) if summary["interviews"] else ())]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )


def _sections(summary: Mapping[str, Any]) -> tuple[str, ...]:
    return (
        _ends(summary),
        _topics(summary),
        _length(summary),
        _settled(summary),
        _answers(summary),
        _turns(summary),
        _claude(summary["claude"]),
        _rest(summary),
    )


def _head(summary: Mapping[str, Any]) -> str:
    flow, claude, minutes = summary["flow"], summary["claude"], summary["length"]["minutes"]["over"]
    tiles = {
        "Interviews": str(summary["interviews"]),
        "Completed": percent(summary["completionRate"]),
        "Median length": NOTHING if minutes["median"] is None else f"{minutes['median']:.1f} min",
        "Claude, per completed": dollars(claude["perCompletedUsd"]),
    }
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in tiles.items())
    notes = "".join(f"<p>{escape(note)}</p>" for note in remarks(summary))
    made = f"Flow {flow['id']}, version {flow['version']}. {period(summary)} Made {when(summary['madeAt'])}."
    return (
        f'<header><h1>{escape(flow["title"])}</h1><p class="soft">{escape(made)}</p>{notes}'
        f'<dl class="tiles">{shown}</dl></header>'
    )


def _ends(summary: Mapping[str, Any]) -> str:
    ends = {ENDS[name]: count for name, count in summary["ends"].items()}
    endings = {ending_name(name): count for name, count in summary["endings"].items()}
    drawn = _pair("How interviews ended", "end", ends, of=summary["interviews"])
    if endings:
        early = summary["ends"]["ended_early"]
        drawn += f"<h3>Those that ended early</h3>{_pair('By which ending', 'ending', endings, of=early, colour=1)}"
    said = (
        f"{percent(summary['completionRate'])} of the interviews that were begun and are over were held to their end."
    )
    return _section("How interviews ended", said, drawn)


def _topics(summary: Mapping[str, Any]) -> str:
    rows, table = [], []
    for topic in summary["topics"]:
        parts = [topic[way] for way in ("left", "stopped", "still")]
        if topic["entered"]:
            rows.append(Bar(label=words(topic["topic"]), parts=_drawn(parts), note=_stopped_note(topic)))
        endings = ", ".join(f"{ending_name(n)} {count_text(c)}" for n, c in topic["endings"].items())
        table.append((words(topic["topic"]), *map(count_text, (topic["entered"], *parts)), endings))
    elsewhere = [
        (name, NOTHING, NOTHING, count_text(summary[key]), NOTHING, "")
        for name, key in (
            ("before the first answer", "stoppedBeforeTheFirstAnswer"),
            ("in topics this version has not", "stoppedElsewhere"),
        )
        if summary[key] != 0
    ]
    chart = _chart("Topics: left, stopped there, still there", rows, ("left", "stopped there", "still there"))
    heads = ("topic", "entered", "left", "stopped there", "still there", "stopped by")
    said = (
        "A topic was entered when something was asked in it; one whose facts were known before is passed by. "
        "Who ended early stopped in the topic of the last question."
    )
    return _section("Where they stopped", said, _stacked(chart, _table("Topics", heads, [*table, *elsewhere], text=5)))


def _stopped_note(topic: Mapping[str, Any]) -> str:
    if not topic["stopped"]:
        return ""
    return f"{topic['stopped']} stopped ({percent(topic['stopped'] / topic['entered'])})"


def _length(summary: Mapping[str, Any]) -> str:
    minutes, turns = summary["length"]["minutes"], summary["length"]["turns"]
    rows = [
        (name, *spread_cells(spread))
        for name, spread in (
            ("minutes, all that are over", minutes["over"]),
            ("minutes, completed", minutes["completed"]),
            ("their turns, all that are over", turns["over"]),
            ("their turns, completed", turns["completed"]),
        )
    ]
    table = _table("Length", ("", *SPREAD_HEADS), rows)
    drawn = f'<div class="wide">{table}</div>' + "".join(
        f"<h3>{title}</h3>{_side_by_side(*_bins(title, bins, unit=unit, is_whole=is_whole))}"
        for title, bins, unit, is_whole in (
            ("Interviews by minutes", minutes["histogram"], " min", False),
            ("Interviews by turns", turns["histogram"], "", True),
        )
        if bins
    )
    said = "Minutes are known of calls whose length the platform told; turns are the caller's, and known of all."
    return _section("Length", said, drawn)


def _settled(summary: Mapping[str, Any]) -> str:
    rows, table = [], []
    for slot in summary["slots"]:
        counts = slot["statuses"]
        parts = _drawn([counts[status] for status in _STATUS_ORDER])
        if sum(parts):
            rows.append(Bar(label=words(slot["slot"]), parts=parts))
        name = f"{words(slot['slot'])}{' (private)' if slot['private'] else ''}"
        table.append((name, words(slot["topic"]), *(count_text(counts[status]) for status in STATUSES)))
    names = tuple(STATUS_NAMES[status] for status in _STATUS_ORDER)
    chart = _chart("What became of each question", rows, names)
    heads = ("fact", "topic", *(STATUS_NAMES[status] for status in STATUSES))
    said = (
        "Of the interviews in which something was said. Given up: asked as often as the flow allows and not "
        "understood. Off the road: told, but a later answer led the talk elsewhere."
    )
    return _section("Answered and refused", said, _stacked(chart, _table("Facts", heads, table, text=1)))


def _answers(summary: Mapping[str, Any]) -> str:
    drawn = "".join(_answer(s) for s in summary["slots"] if s["answers"] is not None and s["statuses"]["filled"] != 0)
    said = "Of choices and numbers only: texts and private facts are counted above, and not shown."
    return _section("Answers", said, drawn) if drawn else ""


def _answer(slot: Mapping[str, Any]) -> str:
    answers, label = slot["answers"], words(slot["slot"])
    filled = slot["statuses"]["filled"]
    said = f"{count_text(filled)} answered, in the topic {words(slot['topic'])}"
    if "counts" in answers:
        counts = {words(value): count for value, count in answers["counts"].items()}
        drawn = _pair(f"Answers: {label}", "answer", counts, of=filled)
        said += "; each may have named several" if slot["type"] == "choices" else ""
    else:
        is_whole = slot["type"] == "whole_number"
        drawn = _side_by_side(*_bins(f"Answers: {label}", answers["histogram"], is_whole=is_whole))
        said += _spread_in_words(answers)
    return f'<h3>{escape(label)}</h3><p class="soft">{escape(said)}.</p>{drawn}'


def _spread_in_words(spread: Mapping[str, Any]) -> str:
    if spread["median"] is None:
        return ""
    said = f"; the median is {number(spread['median'])}"
    for group, low, high in (("half of them", "lowerQuartile", "upperQuartile"), ("all", "min", "max")):
        if spread[low] is not None:
            said += f", {group} lie between {number(spread[low])} and {number(spread[high])}"
    return said


def _turns(summary: Mapping[str, Any]) -> str:
    table = [
        (words(t["topic"]), count_text(t["turns"]), NOTHING if t["medianTurns"] is None else f"{t['medianTurns']:g}")
        for t in summary["topics"]
    ]
    rows = [
        Bar(label=words(t["topic"]), parts=(t["turns"],), note=str(t["turns"])) for t in summary["topics"] if t["turns"]
    ]
    chart = _chart("Their turns in each topic", rows, ("turns",))
    heads = ("topic", "turns", "median per interview")
    said = "In turns of the caller: a record keeps no time of each turn, so minutes per topic are not known."
    return _section("How long topics took", said, _side_by_side(chart, _table("Turns", heads, table)))


def _claude(claude: Mapping[str, Any]) -> str:
    return _section("Claude", "", _table("In US dollars", ("", ""), claude_rows(claude)))


def claude_rows(claude: Mapping[str, Any]) -> list[Cells]:
    rows: list[Cells] = [
        ("all interviews", dollars(claude["costUsd"])),
        ("per interview held", dollars(claude["perInterviewUsd"])),
        ("all of it, per completed interview", dollars(claude["perCompletedUsd"])),
        ("for words nobody heard", f"{dollars(claude['wastedCostUsd'])} ({percent(claude['wastedShare'])})"),
        ("calls of Claude, and of them for nothing", f"{claude['calls']}, {claude['wastedCalls']}"),
    ]
    if claude["modelsWithoutPrice"]:
        rows.append(("models without a known price", ", ".join(claude["modelsWithoutPrice"])))
    return rows


def _rest(summary: Mapping[str, Any]) -> str:
    groups = {"Flags": "flags", "Languages": "languages", "Personas": "personas", "Versions": "versions"}
    tables = [
        f'<div class="wide">{_table(name, (name.lower().removesuffix("s"), "interviews"), counts_rows(summary[key]))}</div>'
        for name, key in groups.items()
        if summary[key]
    ]
    said = "Flags are what a report says of its interview: partial is one that was not held to its end."
    return _section("Flags, languages, personas, versions", said, f'<div class="pair">{"".join(tables)}</div>')


# Parts of a page


def _section(title: str, said: str, drawn: str) -> str:
    note = f'<p class="soft">{escape(said)}</p>' if said else ""
    return f"<section><h2>{escape(title)}</h2>{note}{drawn}</section>"


def _pair(title: str, head: str, counts: Mapping[str, int | None], *, of: int | None, colour: int = 0) -> str:
    """Counts as a chart and as a table."""
    rows = [Bar(label=name, parts=_drawn([count]), note=count_text(count)) for name, count in counts.items()]
    cells = [
        (name, count_text(count), percent(count / of if count is not None and of else None))
        for name, count in counts.items()
    ]
    chart = _chart(title, rows, ("interviews",), colour)
    return _side_by_side(chart, _table(title, (head, "interviews", "share"), cells))


def _bins(title: str, bins: Sequence[Mapping[str, Any]], *, unit: str = "", is_whole: bool = False) -> tuple[str, str]:
    """A histogram as a chart and as a table."""
    rows = [
        Bar(label=_bin(b["from"], b["to"], is_whole=is_whole) + unit, parts=(b["count"],), note=str(b["count"]))
        for b in bins
    ]
    cells = [(row.label, row.note) for row in rows]
    return _chart(title, rows, ("interviews",)), _table(title, ("", "interviews"), cells) if cells else ""


def _bin(low: float, high: float, *, is_whole: bool) -> str:
    if not is_whole:
        return f"{number(low)} to below {number(high)}"
    return number(low) if high - low == 1 else f"{number(low)} to {number(high - 1)}"


def _chart(title: str, rows: Sequence[Bar], series: tuple[str, ...], colour: int = 0) -> str:
    if not any(sum(row.parts) for row in rows):
        return ""
    return bars(f"{title}; the numbers stand in the table", tuple(rows), series=series, first_colour=colour)


def _drawn(counts: Iterable[int | None]) -> tuple[int, ...]:
    """What is hidden has no length."""
    return tuple(count or 0 for count in counts)


def _side_by_side(chart: str, table: str) -> str:
    return f'<div class="pair">{chart}<div class="wide">{table}</div></div>'


def _stacked(chart: str, table: str) -> str:
    """Where the table is as wide as the page."""
    return f'<div class="stack">{chart}<div class="wide">{table}</div></div>'


def _table(caption: str, heads: Sequence[str], rows: Iterable[Cells], *, text: int = 0) -> str:
    """`text` is the column that holds words, beside the first one."""
    look = {text: ' class="text"'}
    head = "".join(f'<th scope="col"{look.get(n, "")}>{escape(name)}</th>' for n, name in enumerate(heads))
    body = "".join(_row(cells, look) for cells in rows)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _row(cells: Cells, look: Mapping[int, str]) -> str:
    first, *rest = cells
    data = "".join(f"<td{look.get(n, '')}>{escape(cell)}</td>" for n, cell in enumerate(rest, start=1))
    return f'<tr><th scope="row">{escape(first)}</th>{data}</tr>'


# Words that the table of the command line uses as well

SPREAD_HEADS = ("interviews", "least", "lower quartile", "median", "upper quartile", "most")


def spread_cells(spread: Mapping[str, Any]) -> Cells:
    if spread["count"] is None:
        return (HIDDEN,) * len(SPREAD_HEADS)
    nothing = HIDDEN if spread["count"] else NOTHING
    marks = (spread[name] for name in ("min", "lowerQuartile", "median", "upperQuartile", "max"))
    return (str(spread["count"]), *(nothing if mark is None else number(mark) for mark in marks))


def number(value: float) -> str:
    """As exact as anybody reads it."""
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= _TENS else f"{value:,.2f}"


def remarks(summary: Mapping[str, Any]) -> list[str]:
    """What whoever reads the numbers should know of them."""
    notes = []
    if not summary["interviews"]:
        notes.append("There are no interviews by this flow in this time.")
    if len(summary["versions"]) > 1 or summary["contents"] > 1:
        versions = ", ".join(summary["versions"])
        notes.append(
            f"Held by {counted(summary['contents'], 'edition')} of the flow (version {versions}); answers count where "
            "topics and facts have the same names in this one."
        )
    if summary["damaged"]:
        notes.append(f"{counted(summary['damaged'], 'record')} could not be read: not counted.")
    if summary["least"] > 1:
        notes.append(
            f"Groups of fewer than {summary['least']} are hidden, and one more of the same table where the total would tell."
        )
    return notes


def counts_rows(counts: Mapping[str, int | None]) -> list[Cells]:
    return [(words(name), count_text(count)) for name, count in counts.items()]


def words(name: str) -> str:
    """A name as words."""
    return name.replace("_", " ")


def ending_name(name: str) -> str:
    return "no ending (hung up, or broken off)" if name == WITHOUT_ENDING else words(name)


def count_text(count: int | None) -> str:
    return HIDDEN if count is None else str(count)


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def percent(share: float | None) -> str:
    return NOTHING if share is None else f"{share * 100:.0f} %"


def dollars(amount: float | None) -> str:
    return NOTHING if amount is None else f"${amount:,.4f}"


def when(moment: str) -> str:
    """`2026-11-20 12:00 UTC`."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def period(summary: Mapping[str, Any]) -> str:
    since, until = summary["from"], summary["to"]
    if since is None and until is None:
        return "All interviews that are kept."
    return (
        " ".join(["Begun", *(["from", when(since)] if since else []), *(["until", when(until)] if until else [])]) + "."
    )
