"""YAML as designers mean it: bytes in, plain values with a position for each of them out.

The tree is built from the parser's events, so nothing here can construct an object. A plain `true` or `false` is a
boolean, a plain decimal number a number, and everything else is text: `yes`, `on`, `12:30`, `010`, `1e3`, `0x10`
and dates stay what they look like. Anchors, aliases, tags and a key written twice are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

from webhook.content.findings import Finding, line_and_column

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ruamel.yaml.events import Event

LARGEST_BYTES = 256 * 1024
DEEPEST = 32
MOST_NODES = 10_000
"""Keys, values and list items in one file; a flow of 1,200 lines has a third of it."""

Place = tuple[str | int, ...]
"""The way to a value: keys and list positions from the top."""

MOST_FINDINGS = 100

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Offsets into the text: where the key stands (for a list item: the value), and the value from `start` to `end`."""

    key: int
    start: int
    end: int


@dataclass(frozen=True, kw_only=True)
class Source:
    """One file. `spots` knows a place for every value of `data`."""

    path: str
    text: str
    data: Any
    spots: Mapping[Place, Spot]

    def key_offset(self, place: Place) -> int:
        return self._spot(place).key

    def value_offset(self, place: Place) -> int:
        return self._spot(place).start

    def offset_in(self, place: Place, text: str, offset: int, snippet: str = "") -> int:
        """Where a character of a text value stands in the file.

        Exact for a text on one line; in a folded text the `snippet` is looked for, else it is the start of the value.
        """
        spot = self._spot(place)
        for quote in (0, 1):
            start = spot.start + quote
            if self.text[start : start + len(text)] == text:
                return start + offset
        pattern = _whole_words(snippet)
        found = [m.start() for m in re.finditer(pattern, self.text[spot.start : spot.end])] if snippet else []
        earlier = len(re.findall(pattern, text[:offset])) if found else 0
        return spot.start + found[min(earlier, len(found) - 1)] if found else spot.start

    def _spot(self, place: Place) -> Spot:
        while place and place not in self.spots:
            place = place[:-1]
        return self.spots[place]


@lru_cache(maxsize=8)
def read_source(raw: bytes, path: str) -> tuple[Source | None, tuple[Finding, ...]]:
    """Parse one file. There is no source when the file cannot be understood at all.

    Parsing is most of what reading flows costs: of a folder in which one file was saved, the others are known already.
    Nobody changes the `data` of a source.
    """
    try:
        text = _decode(raw)
    except _Unreadable as refused:
        return None, (Finding(path=path, line=refused.line, column=1, rule="unreadable-file", message=str(refused)),)
    reader = _Reader(path, text)
    try:
        data = reader.document()
    except _Refused:
        return None, tuple(reader.findings)
    except YAMLError as error:
        return None, (*reader.findings, _syntax(path, text, error))
    return Source(path=path, text=text, data=data, spots=reader.spots), tuple(reader.findings)


class _Unreadable(Exception):
    """Not a text at all; `line` is the first that shows it."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class _Refused(Exception):
    """What stands here is not allowed; the finding is already noted."""


class _Reader:
    """Walks the events of one document."""

    def __init__(self, path: str, text: str) -> None:
        self.findings: list[Finding] = []
        self.spots: dict[Place, Spot] = {}
        self._path = path
        self._text = text
        self._events: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
        self._nodes = 0

    def document(self) -> Any:
        for event in self._events:
            if type(event).__name__ not in ("StreamStartEvent", "DocumentStartEvent"):
                break
        if not isinstance(event, MappingStartEvent):
            self._refuse(0, "wrong-type", "a flow is a block of keys, such as `flow: my_interview`")
        data = self._value(event, (), key=event.start_mark.index)
        if any(type(later).__name__ == "DocumentStartEvent" for later in self._events):
            self._refuse(0, "yaml-feature", "one file holds one flow: `---` starts a second document")
        return data

    def _value(self, event: Any, place: Place, *, key: int) -> Any:
        self._check(event, place)
        start, end = event.start_mark.index, event.end_mark.index
        value: Any
        if isinstance(event, ScalarEvent):
            value = _scalar(event)
        elif isinstance(event, SequenceStartEvent):
            value, end = self._items(place)
        else:
            value, end = self._entries(place, in_braces=event.flow_style)
        # An empty value has no place of its own: the parser puts it at the next token.
        self.spots[place] = Spot(key=key, start=key if value is None else start, end=end)
        return value

    def _items(self, place: Place) -> tuple[list[Any], int]:
        items: list[Any] = []
        while (event := next(self._events)).__class__.__name__ != "SequenceEndEvent":
            items.append(self._value(event, (*place, len(items)), key=event.start_mark.index))
        return items, event.end_mark.index

    def _entries(self, place: Place, *, in_braces: bool) -> tuple[dict[str, Any], int]:
        entries: dict[str, Any] = {}
        last: str | None = None
        while (event := next(self._events)).__class__.__name__ != "MappingEndEvent":
            self._check(event, place)
            offset = event.start_mark.index
            if not isinstance(event, ScalarEvent):
                self._refuse(offset, "yaml-feature", "a key must be plain text")
            name: str = event.value
            value_event = next(self._events)
            if in_braces and last is not None and _goes_on(entries[last], name, value_event):
                entries[last] += f", {name}"
                spot = self.spots[*place, last]
                self.spots[*place, last] = Spot(key=spot.key, start=spot.start, end=event.end_mark.index)
                continue
            if name in entries:
                line, _ = line_and_column(self._text, self.spots[*place, name].key)
                self._note(offset, "duplicate-key", f"key `{name}` is written twice, first on line {line}")
            entries[name] = self._value(value_event, (*place, name), key=offset)
            last = name
        return entries, event.end_mark.index

    def _check(self, event: Any, place: Place) -> None:
        self._nodes += 1
        offset = event.start_mark.index
        if isinstance(event, AliasEvent):
            self._refuse(offset, "yaml-feature", f"`*{event.anchor}` is an alias: write the value out instead")
        if event.anchor is not None:
            self._refuse(offset, "yaml-feature", f"`&{event.anchor}` is an anchor: anchors are not part of this format")
        if event.tag is not None:
            self._refuse(offset, "yaml-feature", "tags (words after `!`) are not part of this format")
        if len(place) > DEEPEST:
            self._refuse(offset, "too-large", f"nested more than {DEEPEST} levels deep")
        if self._nodes > MOST_NODES:
            self._refuse(offset, "too-large", f"more than {MOST_NODES} keys and values in one file")
        if isinstance(event, ScalarEvent) and _CONTROL.search(str(event.value)):
            self._refuse(offset, "yaml-feature", "this text holds a control character")

    def _note(self, offset: int, rule: str, message: str) -> None:
        line, column = line_and_column(self._text, offset)
        self.findings.append(Finding(path=self._path, line=line, column=column, rule=rule, message=message))
        if len(self.findings) >= MOST_FINDINGS:
            raise _Refused

    def _refuse(self, offset: int, rule: str, message: str) -> NoReturn:
        self._note(offset, rule, message)
        raise _Refused


def _decode(raw: bytes) -> str:
    if len(raw) > LARGEST_BYTES:
        raise _Unreadable(f"the file is larger than {LARGEST_BYTES // 1024} KB")
    try:
        # Editors on Windows write a mark in front and two characters at each line end.
        text = raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _Unreadable("the file is not UTF-8 text: save it again with the encoding UTF-8", line) from None
    control = _CONTROL.search(text)
    if control:
        line, _ = line_and_column(text, control.start())
        raise _Unreadable("this line holds a control character, which editors do not show: write it anew", line)
    return text


def _goes_on(value: Any, name: str, after: Any) -> bool:
    """A comma inside braces ends a text. Several words that have no value behind them can only be the rest of it."""
    is_empty = isinstance(after, ScalarEvent) and after.implicit[0] and not after.value
    return isinstance(value, str) and " " in name and is_empty


def _scalar(event: ScalarEvent) -> Any:
    text = str(event.value)
    if not event.implicit[0]:  # in quotes, or a block of text
        return text.rstrip("\n") if event.style in ("|", ">") else text
    if text in ("true", "false"):
        return text == "true"
    if _WHOLE.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return text or None


_ADVICE = (
    (
        "mapping values are not allowed",
        (
            "a colon followed by a space inside a text (put the text in quotes), or a line that is indented too far,"
            " or the line before it lacks the colon and space behind its key"
        ),
    ),
    ("found character '\\t'", "a tab where spaces are needed: YAML is indented with spaces only"),
    ("while scanning a quoted scalar", "this text begins with a quote that is never closed"),
    ("could not find expected ':'", "a key without a colon after it"),
    ("expected <block end>", "this line is indented differently from the lines it belongs to"),
    ("expected the node content, but found '<stream end>'", "a bracket that is never closed"),
    (
        "expected ',' or",
        "a bracket that is never closed, a comma that is missing, or a text inside brackets that needs quotes",
    ),
    ("that cannot start any token", "this character begins a text only in quotes"),
)


_BEHIND = (
    "this stands behind a quote or bracket that is closed already: put the whole text in quotes"
    """ (" " if it holds a ', ' ' if it holds a "), or take one bracket out"""
)


def _syntax(path: str, text: str, error: YAMLError) -> Finding:
    problem, mark = "this is not YAML", None
    if isinstance(error, MarkedYAMLError):
        said = f"{error.context} {error.problem}"
        problem = next((advice for sign, advice in _ADVICE if sign in said), str(error.problem))
        quote = "quoted scalar" in str(error.context)
        mark = error.context_mark if quote and error.context_mark else error.problem_mark or error.context_mark
        if mark and ("expected <block end>" in said or "expected ',' or" in said):
            if opened := _left_open(text, mark.index):
                line, column = line_and_column(text, opened.start_mark.index)
                last, _ = line_and_column(text, opened.end_mark.index)
                problem = f"the quote that opens here is closed only in line {last}: is its closing quote missing?"
                return Finding(path=path, line=line, column=column, rule="yaml-syntax", message=problem)
            if "expected <block end>" in said and text[text.rfind("\n", 0, mark.index) + 1 : mark.index].strip():
                problem = _BEHIND
    line, column = line_and_column(text, mark.index) if mark else (1, 1)
    return Finding(path=path, line=line, column=column, rule="yaml-syntax", message=problem)


def _left_open(text: str, offset: int) -> Any:
    """The text in quotes right before a mistake, if it runs over several lines: its end is a later text's beginning."""
    before: Any = None
    try:
        for token in YAML(typ="safe", pure=True).scan(text):
            if token.start_mark.index >= offset:
                break
            before = token
    except YAMLError:
        return None
    is_quoted = getattr(before, "style", None) in ('"', "'")
    return before if is_quoted and before.start_mark.line != before.end_mark.line else None


def _whole_words(snippet: str) -> str:
    """A name is found only as a whole: `age` not in `page`."""
    left = r"(?<!\w)" if snippet[:1].isidentifier() else ""
    right = r"(?!\w)" if snippet[-1:].isalnum() or snippet[-1:] == "_" else ""
    return f"{left}{re.escape(snippet)}{right}"
