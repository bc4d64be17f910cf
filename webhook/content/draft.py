"""A flow while it is being checked: the document, and every finding about it so far."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from webhook.content.findings import Finding, Problem, closest, line_and_column
from webhook.content.parts import called

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from webhook.content.document import FlowDoc, SlotDoc
    from webhook.content.findings import Severity
    from webhook.content.prompts import PromptFolder
    from webhook.content.source import Place, Source

_SLOT_KEYS = ("required_info", "nice_to_know")
_SLOT_DEPTH = 3
"""Where the name of a slot stands in its place: topics, topic, required_info, name."""


class Draft:
    """What the rules look at and write into."""

    def __init__(self, source: Source, doc: FlowDoc, mended: frozenset[Place], folder: PromptFolder) -> None:
        self.source = source
        self.doc = doc
        self.folder = folder
        self.findings: list[Finding] = []
        self._mended = mended

    @cached_property
    def lost_slots(self) -> frozenset[str]:
        """Slots whose definition is faulty: nothing that mentions them can be judged."""
        inside = [place for place in self._mended if len(place) > _SLOT_DEPTH and place[2] in _SLOT_KEYS]
        return frozenset(str(place[_SLOT_DEPTH]) for place in inside)

    def is_mended(self, *place: str | int) -> bool:
        """True when this place or one above it was faulty: what stands there now is not what was written."""
        return any(place[:depth] in self._mended for depth in range(len(place) + 1))

    def note(
        self,
        rule: str,
        place: Place,
        message: str,
        *,
        at_key: bool = False,
        suggestion: str | None = None,
        severity: Severity = "error",
    ) -> None:
        offset = self.source.key_offset(place) if at_key else self.source.value_offset(place)
        self._add(self.source.path, self.source.text, offset, rule, message, suggestion, severity)

    def note_unknown(self, kind: str, name: str, place: Place, known: Collection[str]) -> None:
        """A name that does not exist, with what was probably meant."""
        where = called(place)
        self.note(f"unknown-{kind}", place, f"unknown {kind} `{name}` in {where}", suggestion=closest(name, known))

    def note_problems(self, place: Place, text: str, problems: Iterable[object], *, file: str | None = None) -> None:
        """Problems inside a text value, or inside the prompt file it names."""
        for problem in problems:
            assert isinstance(problem, Problem)
            path, whole, offset = self.source.path, self.source.text, problem.offset
            if file is None:
                offset = self.source.offset_in(place, text, problem.offset, problem.snippet)
            else:
                path, whole = file, text
            self._add(path, whole, offset, problem.rule, problem.message, problem.suggestion, problem.severity)

    def slot_docs(self) -> Iterable[tuple[Place, str, SlotDoc, bool]]:
        """Every slot definition in file order: place, name, definition, whether its topic requires it."""
        for topic_id, topic in self.doc.topics.items():
            for name, slot in topic.required_info.items():
                yield ("topics", topic_id, "required_info", name), name, slot, True
            for name, slot in topic.nice_to_know.items():
                yield ("topics", topic_id, "nice_to_know", name), name, slot, False

    def _add(
        self, path: str, text: str, offset: int, rule: str, message: str, suggestion: str | None, severity: Severity
    ) -> None:
        line, column = line_and_column(text, offset)
        self.findings.append(
            Finding(
                path=path,
                line=line,
                column=column,
                rule=rule,
                message=message,
                suggestion=suggestion,
                severity=severity,
            )
        )
