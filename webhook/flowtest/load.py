"""From test files to cases: read, check every name against the flow, and say what is wrong where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from webhook.content.findings import Finding, closest, line_and_column
from webhook.content.source import LARGEST_BYTES, Source, read_source
from webhook.flowtest.document import CaseDoc, ExpectDoc, TurnDoc, UnderstoodDoc
from webhook.flowtest.structure import noted, read_suite, where
from webhook.interview.facts import ValueRefused, coerce
from webhook.interview.moves import MoveKind
from webhook.interview.understanding import Signal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from webhook.content.source import Place
    from webhook.flowtest.document import IntervieweeDoc
    from webhook.interview.flow import Flow

Tier = Literal["understood", "off", "caller", "interviewee"]
"""How a talk is held: facts given, code reads, Claude listens, Claude plays the caller as well."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One test, ready to run; `given` has its slots' own types."""

    flow: Flow
    path: str
    line: int
    doc: CaseDoc
    given: Mapping[str, Any]
    turns: tuple[TurnDoc, ...]
    turn_lines: tuple[int, ...]

    @property
    def name(self) -> str:
        return self.doc.test

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    @property
    def language(self) -> str:
        return self.doc.language or self.flow.language

    @property
    def persona(self) -> str:
        return self.doc.persona or self.flow.persona

    @cached_property
    def tier(self) -> Tier:
        if self.doc.interviewee is not None:
            return "interviewee"
        if self.doc.model == "off":
            return "off"
        return "caller" if any(turn.understood is None for turn in self.turns) else "understood"

    @property
    def needs_claude(self) -> bool:
        return self.tier in ("caller", "interviewee")


@dataclass(frozen=True, kw_only=True)
class Cases:
    """What was read: the cases in the order of their files, and everything found."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]


def files_of(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files these paths mean: themselves, or every `*.yaml` in a folder."""
    return tuple(file for path in paths for file in (sorted(path.glob("*.yaml")) if path.is_dir() else [path]))


def read_tests(files: Sequence[Path], flows: Mapping[str, Flow]) -> Cases:
    """Read and check these files."""
    cases: list[Case] = []
    findings: list[Finding] = []
    for file in files:
        found, wrong = read_file(file, flows)
        cases += found
        findings += wrong
    return Cases(cases=tuple(cases), findings=tuple(findings))


def read_file(path: Path, flows: Mapping[str, Flow]) -> tuple[tuple[Case, ...], tuple[Finding, ...]]:
    """The cases of one file; none when something in it is an error."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        message = error.strerror or "cannot be read"
        return (), (Finding(path=str(path), line=1, column=1, rule="unreadable-file", message=message),)
    source, findings = read_source(raw, str(path))
    if source is None or findings:
        return (), findings
    doc, findings = read_suite(source)
    if doc is None:
        return (), findings
    flow = flows.get(doc.flow)
    if flow is None:
        message = f"there is no flow `{doc.flow}`"
        return (), (noted(source, ("flow",), "unknown-flow", message, suggestion=closest(doc.flow, flows)),)
    findings = tuple(_check(source, flow, doc.tests))
    if findings:
        return (), findings
    return tuple(_case(source, flow, case, index) for index, case in enumerate(doc.tests)), ()


def _case(source: Source, flow: Flow, doc: CaseDoc, index: int) -> Case:
    place: Place = ("tests", index)
    key = "caller_says" if doc.caller_says else "turns"
    turns = tuple(TurnDoc(caller=line) for line in doc.caller_says) or tuple(doc.turns)
    return Case(
        flow=flow,
        path=source.path,
        line=_line(source, place),
        doc=doc,
        given={name: coerce(flow.slots[name], value) for name, value in doc.given.items()},
        turns=turns,
        turn_lines=tuple(_line(source, (*place, key, i)) for i in range(len(turns))),
    )


def _line(source: Source, place: Place) -> int:
    return line_and_column(source.text, source.value_offset(place))[0]


# What a document cannot tell about itself


def _check(source: Source, flow: Flow, cases: Sequence[CaseDoc]) -> Iterator[Finding]:
    seen: set[str] = set()
    for index, case in enumerate(cases):
        place: Place = ("tests", index)
        if case.test in seen:
            yield noted(source, (*place, "test"), "duplicate-test", f"another test is named `{case.test}` already")
        seen.add(case.test)
        yield from _check_kind(source, place, case)
        names = _Names(source, flow)
        yield from names.of_case(place, case)


def _check_kind(source: Source, place: Place, case: CaseDoc) -> Iterator[Finding]:
    """Whether the keys make one kind of test."""
    ways = [key for key in ("turns", "caller_says", "interviewee") if getattr(case, key)]
    is_off = case.model == "off"
    if len(ways) != 1:
        message = f"{where(place)} needs one of `turns`, `caller_says` and `interviewee`"
        yield noted(source, place, "test-kind", message)
    elif ways == ["caller_says"] and not is_off:
        message = '`caller_says` goes with `model: "off"`; with a model write `turns` with `caller`'
        yield noted(source, (*place, "caller_says"), "test-kind", message, at_key=True)
    elif is_off and (case.interviewee or any(turn.understood is not None for turn in case.turns)):
        message = '`model: "off"` lets code read the words: no `understood`, no `interviewee`'
        yield noted(source, (*place, "model"), "test-kind", message, at_key=True)
    if case.interviewee is None and case.runs != 1:
        yield noted(source, (*place, "runs"), "test-kind", "`runs` goes with `interviewee`", at_key=True)
    if case.interviewee and case.given:
        message = "an `interviewee` holds the whole call: no `given`"
        yield noted(source, (*place, "given"), "test-kind", message, at_key=True)
    no_model = is_off or (case.turns and all(turn.understood is not None for turn in case.turns))
    expects = [((*place, "expect"), case.expect)]
    expects += [((*place, "turns", i, "expect"), turn.expect) for i, turn in enumerate(case.turns)]
    for at, expect in expects:
        if expect.judge and no_model:
            message = "`judge` needs words of Claude: it goes with `interviewee` or `caller` alone"
            yield noted(source, (*at, "judge"), "test-kind", message, at_key=True)
    if all(expect == ExpectDoc() for _, expect in expects):
        yield noted(source, place, "expects-nothing", f"{where(place)} expects nothing, so it cannot fail")


class _Names:
    """Checks names against one flow."""

    def __init__(self, source: Source, flow: Flow) -> None:
        self.source = source
        self.flow = flow

    def of_case(self, place: Place, case: CaseDoc) -> Iterator[Finding]:
        flow = self.flow
        yield from self._value(flow, (*place, "given"), case.given)
        if case.persona:
            yield from self._known((*place, "persona"), case.persona, "persona", flow.personas)
        if case.language:
            yield from self._known((*place, "language"), case.language, "language", flow.languages)
        for index, turn in enumerate(case.turns):
            here: Place = (*place, "turns", index)
            if turn.understood is not None:
                yield from self._understood((*here, "understood"), turn.understood)
            yield from self._expect((*here, "expect"), turn.expect)
        if case.interviewee:
            yield from self._interviewee((*place, "interviewee"), case.interviewee)
        yield from self._expect((*place, "expect"), case.expect)

    def _value(self, flow: Flow, place: Place, values: Mapping[str, Any]) -> Iterator[Finding]:
        for name, value in values.items():
            unknown = list(self._known((*place, name), name, "slot", flow.slots, at_key=True))
            yield from unknown
            if unknown:
                continue
            try:
                coerce(flow.slots[name], value)
            except ValueRefused as refused:
                yield noted(self.source, (*place, name), "wrong-value", f"this is no value for `{name}`: {refused}")

    def _understood(self, place: Place, doc: UnderstoodDoc) -> Iterator[Finding]:
        slots = self.flow.slots
        for name in doc.slots:
            if name not in slots:
                meant = closest(name, [*slots, *UnderstoodDoc.model_fields])
                message = f"there is no slot `{name}`"
                yield noted(self.source, (*place, name), "unknown-name", message, suggestion=meant, at_key=True)
        for name in doc.corrected:
            yield from self._known((*place, "corrected", name), name, "slot", slots, at_key=True)
        for key in ("refused", "unknown", "wants_to_change"):
            yield from self._each((*place, key), getattr(doc, key), "slot", slots)
        yield from self._each((*place, "signals"), doc.signals, "signal", [s.value for s in Signal])

    def _interviewee(self, place: Place, doc: IntervieweeDoc) -> Iterator[Finding]:
        for name in doc.facts:
            yield from self._known((*place, "facts", name), name, "slot", self.flow.slots, at_key=True)
        yield from self._each((*place, "will_not_say"), doc.will_not_say, "slot", self.flow.slots)

    def _expect(self, place: Place, doc: ExpectDoc) -> Iterator[Finding]:
        flow = self.flow
        fields = [field.name for field in flow.report.fields]
        singles: tuple[tuple[str, str, Collection[str]], ...] = (
            ("topic", "topic", flow.topics),
            ("asked", "topic", flow.topics),
            ("end", "ending", flow.endings),
            ("move", "move", [m.value for m in MoveKind]),
        )
        for key, what, known in singles:
            if (name := getattr(doc, key)) is not None:
                yield from self._known((*place, key), name, what, known)
        for key in ("refused", "unknown", "empty"):
            yield from self._each((*place, key), getattr(doc, key), "slot", flow.slots)
        yield from self._each((*place, "never_asked"), doc.never_asked, "slot or topic", [*flow.slots, *flow.topics])
        yield from self._each(
            (*place, "not_in_report"), doc.not_in_report, "slot or report field", [*flow.slots, *fields]
        )
        for key, what, known in (
            ("filled", "slot", list(flow.slots)),
            ("in_report", "slot or report field", [*flow.slots, *fields]),
        ):
            for name in getattr(doc, key):
                yield from self._known((*place, key, name), name, what, known, at_key=True)

    def _each(self, place: Place, names: Sequence[str], what: str, known: Collection[str]) -> Iterator[Finding]:
        for index, name in enumerate(names):
            yield from self._known((*place, index), name, what, known)

    def _known(
        self, place: Place, name: str, what: str, known: Collection[str], *, at_key: bool = False
    ) -> Iterator[Finding]:
        if name not in known:
            message = f"there is no {what} `{name}`"
            yield noted(self.source, place, "unknown-name", message, suggestion=closest(name, known), at_key=at_key)
