"""From a file to a `Flow`: read, check, and put the frozen values together.

`check_file` and `read_folder` collect every finding they can; nothing here raises for what a designer wrote.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webhook.content.draft import Draft
from webhook.content.findings import Finding, has_errors, line_and_column
from webhook.content.prompts import PromptFolder, is_inside
from webhook.content.roads import read_arrows
from webhook.content.rules import RULES, check_flow
from webhook.content.slots import item_type, read_slots
from webhook.content.source import LARGEST_BYTES, read_source
from webhook.content.structure import read_structure
from webhook.content.wordings import check_wordings
from webhook.content.words import Wording, check_question
from webhook.interview.flow import (
    ANSWERED_BY_MACHINE,
    BROKEN,
    COMPLETED,
    FELL_SILENT,
    NOT_UNDERSTOOD,
    OUT_OF_TIME,
    STOPPED_BY_CALLER,
    Ending,
    Enough,
    Flow,
    HouseRules,
    Persona,
    ReportField,
    ReportPlan,
    SafetyRule,
    SlotType,
    Text,
    TimeBudget,
    Topic,
    Voice,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from webhook.content.document import FlowDoc, TextDoc, TopicDoc
    from webhook.content.findings import Severity
    from webhook.content.lengths import Length
    from webhook.content.source import Place, Source
    from webhook.interview.flow import Slot

_HASH_CHARACTERS = 16


@dataclass(frozen=True, kw_only=True)
class Sources:
    """What a flow was made of: its file, and the prompt files it names (`prompts/x.md`), byte for byte."""

    file_name: str
    flow: bytes
    prompts: Mapping[str, bytes]


@dataclass(frozen=True, kw_only=True)
class Folder:
    """What became of the files of a folder: flows, their sources and lengths by flow id, and everything found."""

    flows: Mapping[str, Flow]
    sources: Mapping[str, Sources]
    lengths: Mapping[str, Length]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True)
class _Checked:
    """What became of one file."""

    flow: Flow | None
    findings: tuple[Finding, ...]
    source: Source | None = None
    sources: Sources | None = None
    length: Length | None = None


def check_file(path: Path, prompts_dir: Path) -> tuple[Flow | None, tuple[Finding, ...]]:
    """One flow and everything found in it; the flow is None when something is an error."""
    checked = _check(path, prompts_dir)
    return checked.flow, checked.findings


def read_folder(flows_dir: Path, prompts_dir: Path) -> Folder:
    """Every `*.yaml` directly in `flows_dir`, by flow id, and everything found in all of them."""
    findings: list[Finding] = []
    paths = sorted(flows_dir.glob("*.yaml")) if flows_dir.is_dir() else []
    if not paths:
        findings.append(_about(flows_dir, "no-flows", "there is no flow here: a flow is a file that ends in .yaml"))
    findings += [
        _about(path, "not-read", "this file is not read: a flow ends in .yaml", severity="warning")
        for path in sorted(flows_dir.glob("*.yml"))
    ]
    inside = [path for path in paths if is_inside(path, flows_dir)]
    findings += [
        _about(path, "unreadable-file", "the file is a link that leads out of its folder")
        for path in paths
        if path not in inside
    ]
    files = read_files(inside, prompts_dir)
    return replace(files, findings=(*findings, *files.findings))


def read_files(paths: Iterable[Path], prompts_dir: Path) -> Folder:
    """These files, by flow id, and everything found in them."""
    usable: dict[str, _Checked] = {}
    findings: list[Finding] = []
    for path in paths:
        checked = _check(path, prompts_dir)
        findings += checked.findings
        if checked.flow is not None and checked.flow.id in usable:
            findings.append(_twice(path, checked))
        elif checked.flow is not None:
            usable[checked.flow.id] = checked
    return Folder(
        flows={name: checked.flow for name, checked in usable.items() if checked.flow is not None},
        sources={name: checked.sources for name, checked in usable.items() if checked.sources is not None},
        lengths={name: checked.length for name, checked in usable.items() if checked.length is not None},
        findings=tuple(findings),
    )


def _check(path: Path, prompts_dir: Path) -> _Checked:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        return _Checked(flow=None, findings=(_about(path, "unreadable-file", error.strerror or "cannot be read"),))
    source, findings = read_source(raw, str(path))
    if source is None:
        return _Checked(flow=None, findings=findings)
    structure = read_structure(source)
    findings += structure.findings
    if structure.doc is None:
        return _Checked(flow=None, findings=_sorted(findings), source=source)
    draft = Draft(source, structure.doc, structure.mended, PromptFolder(prompts_dir))
    flow = _flow(draft, raw)
    check_wordings(draft, flow)
    length = None if has_errors((*findings, *draft.findings)) else check_flow(draft, flow)
    findings = _sorted((*findings, *draft.findings))
    if has_errors(findings):
        return _Checked(flow=None, findings=findings, source=source)
    sources = Sources(file_name=path.name, flow=raw, prompts=dict(draft.folder.used))
    return _Checked(flow=flow, findings=findings, source=source, sources=sources, length=length)


def _flow(draft: Draft, raw: bytes) -> Flow:
    """Build everything, even if parts of it are wrong: building is how most faults are found."""
    doc = draft.doc
    slots = read_slots(draft)
    words = Wording(draft, slots)
    slots = _with_fallbacks(draft, words, slots)
    personas = _personas(doc, words)
    house_rules = _house_rules(doc, words)
    topics = {name: _topic(draft, words, name, topic, slots) for name, topic in doc.topics.items()}
    endings = _endings(doc, words)
    report = _report(doc, words)
    for rule in RULES:
        rule(draft, slots)
    return Flow(
        id=doc.flow,
        version=doc.version,
        title=doc.title,
        languages=tuple(doc.languages),
        start=doc.start,
        persona=doc.persona,
        personas=personas,
        topics=topics,
        slots=slots,
        endings=endings,
        time=TimeBudget(minutes=doc.time.minutes, wrap_up_minutes=doc.time.wrap_up_minutes),
        house_rules=house_rules,
        enough=Enough(must_have=tuple(doc.enough.must_have), at_least=doc.enough.at_least, of=tuple(doc.enough.of)),
        report=report,
        content_hash=_content_hash(raw, draft.folder),
    )


def _with_fallbacks(draft: Draft, words: Wording, slots: dict[str, Slot]) -> dict[str, Slot]:
    """The slots with their own plain questions, for topics with several facts."""
    own = {}
    for place, name, doc, _ in draft.slot_docs():
        if doc.fallback is not None:
            text = words.spoken((*place, "fallback"), doc.fallback)
            check_question(draft, (*place, "fallback"), text, slots)
            own[name] = replace(slots[name], fallback=text)
    return {**slots, **own}


def _personas(doc: FlowDoc, words: Wording) -> dict[str, Persona]:
    return {
        name: Persona(
            id=name,
            name=persona.name or _as_name(name),
            style=words.brief(("personas", name, "style"), persona.style),
            voice=Voice(**persona.voice.model_dump()),
        )
        for name, persona in doc.personas.items()
    }


def _as_name(persona_id: str) -> str:
    """`anita-bhargava` is Anita Bhargava."""
    return " ".join(part.capitalize() for part in re.split(r"[-_]+", persona_id) if part)


def _house_rules(doc: FlowDoc, words: Wording) -> HouseRules:
    rules = doc.house_rules
    place: Place = ("house_rules",)
    safety = {
        name: SafetyRule(say=words.spoken((*place, "safety", name, "say"), rule.say), end=rule.end)
        for name, rule in (("distress", rules.safety.distress), ("threat", rules.safety.threat))
        if rule is not None
    }
    return HouseRules(
        asks=rules.asks,
        after_refusal=rules.after_refusal,
        silence_seconds=rules.silence_seconds,
        holding_line=_spoken(words, (*place, "holding_line"), rules.holding_line),
        bridge_line=_spoken(words, (*place, "bridge_line"), rules.bridge_line),
        safety=safety,
    )


def _topic(draft: Draft, words: Wording, name: str, topic: TopicDoc, slots: dict[str, Slot]) -> Topic:
    place: Place = ("topics", name)
    fallback = Text.plain("", draft.doc.languages[0])
    if topic.fallback is not None:
        fallback = words.spoken((*place, "fallback"), topic.fallback)
        check_question(draft, (*place, "fallback"), fallback, slots)
    return Topic(
        id=name,
        fallback=fallback,
        follow_up=read_arrows(draft, name, slots),
        importance=topic.importance,
        say=_spoken(words, (*place, "say"), topic.say),
        ask=_brief(words, (*place, "ask"), topic.ask),
        required=tuple(topic.required_info),
        nice_to_know=tuple(topic.nice_to_know),
        probes=topic.probes,
        probe_for=_brief(words, (*place, "probe_for"), topic.probe_for),
    )


def _endings(doc: FlowDoc, words: Wording) -> dict[str, Ending]:
    """The endings of the file, and those the engine can choose by itself, which may be left out."""
    written = {
        name: Ending(id=name, say=_spoken(words, ("endings", name, "say"), ending.say))
        for name, ending in doc.endings.items()
    }
    own = (COMPLETED, STOPPED_BY_CALLER, OUT_OF_TIME, FELL_SILENT, ANSWERED_BY_MACHINE, NOT_UNDERSTOOD, BROKEN)
    return {**written, **{name: Ending(id=name) for name in own if name not in written}}


def _report(doc: FlowDoc, words: Wording) -> ReportPlan:
    fields = []
    for name, field in doc.report.fields.items():
        taken = [field.from_] if isinstance(field.from_, str) else field.from_ or []
        place: Place = ("report", "fields", name, "write")
        fields.append(
            ReportField(
                name=name,
                slots=tuple(taken),
                single=isinstance(field.from_, str),
                write=words.plain(place, field.write) if field.write else None,
                type=SlotType(field.type),
                values=tuple(field.values or ()),
                of=item_type(field.of),
                evidence=field.evidence,
            )
        )
    return ReportPlan(send_as=tuple(doc.report.send_as), fields=tuple(fields))


def _spoken(words: Wording, place: Place, value: TextDoc | None) -> Text | None:
    return None if value is None else words.spoken(place, value)


def _brief(words: Wording, place: Place, value: TextDoc | None) -> Text | None:
    return None if value is None else words.brief(place, value)


def _content_hash(raw: bytes, folder: PromptFolder) -> str:
    digest = hashlib.sha256(raw)
    for name in sorted(folder.used):
        content = folder.used[name]
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:_HASH_CHARACTERS]


def _sorted(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(sorted(dict.fromkeys(findings), key=lambda f: (f.path, f.line, f.column, f.rule)))


def _about(path: Path, rule: str, message: str, *, severity: Severity = "error") -> Finding:
    return Finding(path=str(path), line=1, column=1, rule=rule, message=message, severity=severity)


def _twice(path: Path, checked: _Checked) -> Finding:
    assert checked.flow is not None
    assert checked.source is not None
    line, column = line_and_column(checked.source.text, checked.source.value_offset(("flow",)))
    message = f"another file has the flow `{checked.flow.id}` already"
    return Finding(path=str(path), line=line, column=column, rule="duplicate-flow", message=message)
