"""Which answer a caller wants to go back to: the one whose slot, topic or question they name, or the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.reading.line import tokens_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.flow import Flow, Slot

_LONGEST = 200
"""Tokens of a question."""
_LEAST_CHARS = 4
"""Of a word of a question that names something: "the" and "you" do not."""


def slot_meant(flow: Flow, about: str, answered: Sequence[str], language: str) -> str | None:
    """The slot of the answer that is `about` something, among those `answered`, the last one last.

    Without a word of what it is about it is the last. None where no answer is named, or more than one.
    """
    if not about:
        return answered[-1] if answered else None
    said = frozenset(tokens_of(about))
    for words_of in (_label, _topic, _question):
        if meant := [slot for slot in answered if said & words_of(flow, flow.slots[slot], language)]:
            return meant[0] if len(meant) == 1 else None
    return None


def _label(_flow: Flow, slot: Slot, _language: str) -> frozenset[str]:
    return frozenset(tokens_of(slot.label))


def _topic(flow: Flow, slot: Slot, _language: str) -> frozenset[str]:
    return frozenset(tokens_of(flow.topics[slot.topic].label))


def _question(flow: Flow, slot: Slot, language: str) -> frozenset[str]:
    template = (slot.fallback or flow.topics[slot.topic].fallback).by_language.get(language)
    words = tokens_of(f"{slot.about} {template.source if template is not None else ''}", longest=_LONGEST)
    return frozenset(word for word in words if len(word) >= _LEAST_CHARS)
