"""Slots: the facts a flow collects, and the options each type takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from webhook.content.conditions import RESERVED
from webhook.content.findings import closest
from webhook.interview.flow import SaidAs, Slot, SlotType
from webhook.interview.understanding import OWN_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.content.document import SlotDoc
    from webhook.content.draft import Draft
    from webhook.content.source import Place

_NUMBERS = ("whole_number", "number", "money")
_LISTS = ("choices", "list")
_OPTIONS = {
    "min": _NUMBERS,
    "max": _NUMBERS,
    "per": _NUMBERS,
    "values": ("choice", "choices"),
    "of": ("list",),
    "at_least": _LISTS,
    "at_most": _LISTS,
}
"""The types each option is for; an option that is not listed here is for all of them."""


def read_slots(draft: Draft) -> dict[str, Slot]:
    """Every slot of the flow, in file order, checked."""
    slots: dict[str, Slot] = {}
    first: dict[str, tuple[Place, SlotDoc]] = {}
    for place, name, doc, required in draft.slot_docs():
        if name in first:
            _same_definition(draft, place, name, doc, first[name])
            if required and not slots[name].required:
                slots[name] = _slot(name, doc, str(place[1]), required=True)
            continue
        first[name] = (place, doc)
        if name in RESERVED:
            draft.note("bad-name", place, f"`{name}` cannot be the name of a slot: conditions use it", at_key=True)
        if name in OWN_KEYS:
            message = f"`{name}` is a key of its own in tests and recordings: there, no slot can be told by that name"
            draft.note("bad-name", place, message, at_key=True, severity="warning")
        if name not in draft.lost_slots:
            check_options(draft, place, doc.type, doc)
            _check_said_as(draft, place, doc)
        slots[name] = _slot(name, doc, str(place[1]), required=required)
    return slots


def check_options(draft: Draft, place: Place, kind: str, doc: SlotDoc) -> None:
    """Options that do not belong to the type, are missing, or contradict each other."""
    for option, kinds in _OPTIONS.items():
        if getattr(doc, option) is not None and kind not in kinds:
            message = f"`{option}` is for {_or(kinds)}, and slot `{place[-1]}` is {kind}"
            draft.note("option-type", (*place, option), message, at_key=True)
    if kind in ("choice", "choices") and doc.values is None and not draft.is_mended(*place, "values"):
        draft.note("missing-key", place, f"missing key `values` in slot `{place[-1]}`", at_key=True)
    for low, high in (("min", "max"), ("at_least", "at_most")):
        least, most = getattr(doc, low), getattr(doc, high)
        if least is not None and most is not None and least > most:
            draft.note("impossible-range", (*place, low), f"`{low}` {least:g} is more than `{high}` {most:g}")
    if kind == "choices" and doc.values and (doc.at_least or 0) > len(doc.values):
        draft.note("impossible-range", (*place, "at_least"), f"`at_least` {doc.at_least} is more than there are values")
    check_values(draft, place, tuple(doc.values or ()))


def _check_said_as(draft: Draft, place: Place, doc: SlotDoc) -> None:
    """The words of values are in the languages of the flow, and tell one value from the others."""
    taken: dict[tuple[str, str], str] = {}
    for value, language, words in _said_as(doc):
        if language and language not in draft.doc.languages:
            message = f"language `{language}` is not one of `languages`"
            suggestion = closest(language, draft.doc.languages)
            draft.note(
                "unknown-language", (*place, "values", value, language), message, at_key=True, suggestion=suggestion
            )
        for word in words:
            other = taken.setdefault((language, word.casefold()), value)
            if other != value:
                message = f"`{word}` stands for `{other}` already: what is said for two values tells neither"
                draft.note("duplicate-value", (*place, "values", value), message)


def _said_as(doc: SlotDoc) -> Iterator[SaidAs]:
    """What people say for each value, language by language."""
    for value, said in doc.values.items() if isinstance(doc.values, Mapping) else ():
        by_language = said if isinstance(said, Mapping) else {"": said or ()}
        yield from (SaidAs(value, language, tuple(words)) for language, words in by_language.items() if words)


def check_values(draft: Draft, place: Place, values: Sequence[str]) -> None:
    for index, value in enumerate(values):
        same = [each for each in values[:index] if each.casefold() == value.casefold()]
        if same:
            draft.note("duplicate-value", (*place, "values", index), f"value `{value}` is there twice")


def check_slot_names(draft: Draft, names: Sequence[str], place: Place, slots: dict[str, Slot]) -> None:
    """A list of names of slots, at `place`."""
    for index, name in enumerate(names):
        if name not in slots and name not in draft.lost_slots:
            draft.note_unknown("slot", name, (*place, index), slots)
        elif name in names[:index]:
            draft.note("duplicate-value", (*place, index), f"slot `{name}` is there twice")


def _same_definition(draft: Draft, place: Place, name: str, doc: SlotDoc, first: tuple[Place, SlotDoc]) -> None:
    before, same = first
    if doc != same:
        message = f"slot `{name}` is defined differently in topic `{before[1]}`"
        draft.note("slot-conflict", place, message, at_key=True)


def _slot(name: str, doc: SlotDoc, topic: str, *, required: bool) -> Slot:
    return Slot(
        name=name,
        type=SlotType(doc.type),
        topic=topic,
        required=required,
        about=" ".join((doc.about or "").split()),
        min=doc.min,
        max=doc.max,
        values=tuple(doc.values or ()),
        said_as=tuple(_said_as(doc)),
        of=item_type(doc.of),
        at_least=doc.at_least or 0,
        at_most=doc.at_most,
        per=doc.per,
        private=doc.private,
        read_back=doc.read_back,
        may_refuse=doc.may_refuse,
    )


def item_type(of: str | Mapping[str, str] | None) -> SlotType | tuple[tuple[str, SlotType], ...]:
    """What a list holds, as the engine has it."""
    if isinstance(of, Mapping):
        return tuple((name, SlotType(kind)) for name, kind in of.items())
    return SlotType(of or "text")


def _or(kinds: Sequence[str]) -> str:
    return kinds[0] if len(kinds) == 1 else f"{', '.join(kinds[:-1])} or {kinds[-1]}"
