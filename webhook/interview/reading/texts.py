"""Free text and lists: what was said, in the caller's own words.

Nothing is cut from a text but the lead-in of a name or a place and the full stop behind it. A list is cut at commas and
"and" where each of its items is short; else it is one item, whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webhook.interview.flow import NUMERIC, Slot, SlotType
from webhook.interview.reading.line import PAUSES, any_of, compiled, line, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Price = Callable[[str], float | None]

_LONGEST = 500
"""Tokens of a text that are looked at to tell whether it is an answer at all; whoever says more tells something."""
_MARKS = PAUSES | {"?"}
_WORDS_OF_A_NAME = 4
_WORDS_OF_AN_ITEM = 4
_LONGEST_LEAD = 8
"""Words of a lead-in, or of what may follow."""
_LONGEST_LIST = 400
"""Characters of an answer that is looked at as a list; a longer one is one thing, whole."""
_NAME = frozenset(
    {"name", "nickname", "vorname", "nachname", "surname", "nom", "prénom", "prenom", "nombre", "apellido"}
)
_PLACE = frozenset({"area", "town", "city", "region", "place", "wohnort", "ort", "stadt", "ville", "ciudad", "lugar"})
_ABBREVIATED = frozenset({"jr", "sr", "st", "dr", "mr", "mrs", "ms", "prof", "etc", "inc", "ltd", "co", "nr", "str"})


@dataclass(frozen=True, kw_only=True, eq=False)
class Telling:
    """How a language leads in to an answer in one's own words. Tables of phrases (see `line.any_of`)."""

    noise: str  #: says nothing
    yes: str  #: no answer to an open question, and before one without meaning
    no: str  #: no answer but to a question that can be answered by it
    wh: str  #: words of a question that a bare no does not answer ("what", "which")
    if_any: str  #: words of a question that it does answer, all the same
    nothing: str  #: an answer to an open question: "nothing really", "never"
    no_answer: str  #: the whole text: "I already told you"
    name_lead: str
    name_tail: str
    no_name: str  #: within a name: it is none
    place_lead: str
    place_tail: str
    item_lead: str
    joiner: str  #: between two items
    denied: str  #: begins an item that is not meant
    denies: str  #: within an item: nobody knows what is meant
    none: str  #: the whole of a list that is empty
    closer: str  #: an item that is none: "that's all"
    costs: str  #: between a thing and its price
    per: str  #: after a price
    loose: str  #: a price that is no number: "a tenner"


def read_text(slot: Slot, text: str, question: str, telling: Telling | None) -> str | None:
    """The answer in the caller's own words; None where they are no answer."""
    said = text.strip()
    if telling is None:
        return _without_stop(said) or None
    words = line(token for token in tokens_of(said, _LONGEST) if token not in _MARKS)
    if re.fullmatch(r"\[[^\]]*\]", said):
        return None  # a mark of the recogniser's: "[inaudible]"
    if not words:
        # Too long to be looked at, or signs alone: a thumb raised is an answer, dots are none.
        return said if said and not re.fullmatch(r"[\s.…,;!?-]*", said) else None
    if not _is_answer(words, slot, question, telling):
        return None
    if asks_for_name(slot):
        return _name(said, telling)
    if _asks(slot, _PLACE):
        is_lead = _is_all(said.split(), any_of(telling.noise, telling.yes, telling.place_lead))
        return None if is_lead else _short(said, telling, telling.place_lead, telling.place_tail) or _without_stop(said)
    return _without_stop(said)


def _is_answer(words: str, slot: Slot, question: str, telling: Telling) -> bool:
    """Whether the words tell anything at all."""
    noise = f"{any_of(telling.noise)}*+"
    if compiled(f"{noise}(?:{any_of(telling.yes, telling.no_answer)}{noise})*+").fullmatch(words):
        return False
    if compiled(f"{noise}{any_of(telling.no)}*?{noise}{any_of(telling.nothing)}{noise}").fullmatch(words):
        return not _asks(slot, _NAME | _PLACE)
    if compiled(f"{noise}(?:{any_of(telling.no)}{noise})++").fullmatch(words):
        return not _asks(slot, _NAME | _PLACE) and _may_be_no(question, telling)
    return True


def _may_be_no(question: str, telling: Telling) -> bool:
    """True for "Do you do anything to keep fit?", which a plain no answers, unlike "What should I call you?"."""
    asked = f" {line(tokens_of(question, _LONGEST))}"
    if "?" not in asked:
        return False
    asks_what = compiled(f" {any_of(telling.wh)}").search(asked) is not None
    return not asks_what or compiled(f" {any_of(telling.if_any)}").search(asked) is not None


def asks_for_name(slot: Slot) -> bool:
    return _asks(slot, _NAME)


def without_no(text: str, telling: Telling) -> str:
    """An answer without the no it begins with; as it is where it is nothing but a no, or begins otherwise."""
    words = text.split()
    begins = any_of(telling.no, telling.noise)
    for count in range(min(len(words) - 1, _LONGEST_LEAD), 0, -1):
        if _is_all(words[count - 1 : count], any_of(telling.no)) and _is_all(words[:count], begins):
            return " ".join(words[count:])
    return text


def stated(text: str, telling: Telling) -> str | None:
    """The few words that an answer says something is: "it's Kathryn", "Kathryn"; None where it says more."""
    return _short(text, telling, telling.name_lead, telling.name_tail)


def _asks(slot: Slot, words: frozenset[str]) -> bool:
    return not words.isdisjoint(tokens_of(f"{slot.label} {slot.about}", _LONGEST))


def _without_stop(text: str) -> str:
    """Without the one full stop that recognisers put behind everything, which is none of an abbreviation."""
    head = text.removesuffix(".")
    last = head.rpartition(" ")[2]
    if head == text or not head or "." in last or last.casefold() in _ABBREVIATED or head.endswith("."):
        return text.removesuffix("!")
    return head


def _name(said: str, telling: Telling) -> str | None:
    """A name without what leads in to it; None where anything else is said."""
    name = _short(said, telling, telling.name_lead, telling.name_tail)
    if name is None:
        return None
    is_none = compiled(f"(?:.* )?{any_of(telling.no_name)}").match(line(tokens_of(name)))
    return None if is_none or any(map(str.isdigit, name)) or not any(map(str.isalpha, name)) else name


def _short(said: str, telling: Telling, lead: str, tail: str) -> str | None:
    """The few words between a lead-in and what may follow them, as they were said; None where they are more."""
    core = _without_stop(
        _trimmed(said, any_of(telling.noise, telling.yes, lead), any_of(telling.noise, tail)).strip(" ,;!?")
    )
    has_break = re.search(r"[,;:!?]", core) is not None
    return core if core and not has_break and len(core.split()) <= _WORDS_OF_A_NAME else None


def _trimmed(text: str, lead: str, tail: str) -> str:
    """Without the longest beginning that is made of the phrases of one pattern, and the longest end of the other."""
    words = text.split()
    first = next((n for n in range(min(len(words), _LONGEST_LEAD), 0, -1) if _is_all(words[:n], lead)), 0)
    words = words[first:]
    last = next(
        (n for n in range(max(0, len(words) - _LONGEST_LEAD), len(words)) if _is_all(words[n:], tail)), len(words)
    )
    return " ".join(words[:last])


def _is_all(words: Sequence[str], pattern: str) -> bool:
    said = line(token for token in tokens_of(" ".join(words)) if token not in PAUSES)
    return compiled(f"{pattern}++").fullmatch(said) is not None


# --- lists --------------------------------------------------------------------------------------------------------


def read_list(slot: Slot, text: str, telling: Telling | None, price: Price) -> list[Any] | None:
    """The things that were named; [] for "none". `price` reads an amount of money, a number, or nothing at all."""
    said = text.strip()
    if telling is None:
        return _bare_items(slot, said)
    if len(said) > _LONGEST_LIST:
        return [said] if slot.of is SlotType.TEXT else None
    words = line(token for token in tokens_of(said, _LONGEST_LIST) if token not in PAUSES)
    if "?" in said or not words:
        return None
    empty = any_of(telling.none, telling.no)
    if compiled(f"{any_of(telling.noise)}*+(?:{empty}|{any_of(telling.closer)})++{any_of(telling.noise)}*+").fullmatch(
        words
    ):
        return [] if slot.at_least == 0 else None
    if not isinstance(slot.of, tuple) and slot.of in NUMERIC:
        numbers = [price(item) for item in _pieces(said, telling, price)]
        return numbers if numbers and None not in numbers else None
    if isinstance(slot.of, tuple):
        return _records(slot.of, _pieces(said, telling, price), telling, price)
    return _things(said, telling, price)


def _bare_items(slot: Slot, said: str) -> list[Any] | None:
    """A list in a language without tables: what stands between commas."""
    items = [item.strip() for item in said.split(",") if item.strip()]
    return items if items and slot.of is SlotType.TEXT and "?" not in said else None


def _pieces(said: str, telling: Telling, price: Price) -> list[str]:
    """What stands between commas, stops and words that join, but not within a number ("a hundred and five")."""
    pieces: list[list[str]] = [[]]
    words = said.split()
    for at, word in enumerate(words):
        bare = word.strip(",;.!")
        joins = compiled(any_of(telling.joiner)).fullmatch(line(tokens_of(bare))) is not None
        if joins and not (0 < at < len(words) - 1 and price(" ".join(words[at - 1 : at + 2])) is not None):
            pieces.append([])
            continue
        pieces[-1].append(bare if len(bare) > 1 or bare.isalnum() else word)
        if word.endswith((",", ";", "!")) or (word.endswith(".") and _without_stop(word) != word):
            pieces.append([])
    return [" ".join(piece) for piece in pieces if piece]


def _things(said: str, telling: Telling, price: Price) -> list[str] | None:
    """Short items each by itself; where one is long, or denies something, the words as a whole or nothing."""
    items: list[str] = []
    for piece in _pieces(said, telling, price):
        words = line(tokens_of(piece))
        item = _trimmed(
            piece, any_of(telling.noise, telling.yes, telling.item_lead), any_of(telling.noise, telling.closer)
        )
        if compiled(f"{any_of(telling.noise)}*+{any_of(telling.denied)}").match(words) or _is_no_item(item, telling):
            continue
        if compiled(f"(?:.* )?{any_of(telling.denies)}").match(words):
            return None
        items.append(item)
    if not items:
        return None
    return (
        items
        if len(items) == 1 or all(len(item.split()) <= _WORDS_OF_AN_ITEM for item in items)
        else [_without_stop(said)]
    )


def _is_no_item(item: str, telling: Telling) -> bool:
    words = line(tokens_of(item))
    is_nothing = compiled(
        f"(?:{any_of(telling.noise, telling.closer, telling.no_answer, telling.none, telling.yes, telling.no)})*+"
    )
    return not any(map(str.isalpha, item)) or (bool(words) and is_nothing.fullmatch(words) is not None)


def _records(
    fields: tuple[tuple[str, SlotType], ...], pieces: Sequence[str], telling: Telling, price: Price
) -> list[dict[str, Any]] | None:
    """Things with a price: "Netflix for 11 and Spotify". A price by itself belongs to the thing before it."""
    thing = next((name for name, kind in fields if kind not in NUMERIC), None)
    cost = next((name for name, kind in fields if kind in NUMERIC), None)
    records: list[dict[str, Any]] = []
    count: float | None = None
    for piece in pieces:
        if _is_all(piece.split(), any_of(telling.noise, telling.closer, telling.loose)):
            continue
        name, amount = _priced(piece, telling, price)
        if name and thing:
            records.append({thing: name} | ({cost: amount} if cost and amount is not None else {}))
        elif amount is not None and cost and records and cost not in records[-1]:
            records[-1][cost] = amount
        elif amount is not None and not records and count is None:
            count = amount  # "I have two, Netflix and Spotify"
        else:
            return None
    return records if records and count in (None, len(records)) else None


def _priced(piece: str, telling: Telling, price: Price) -> tuple[str, float | None]:
    """The name and the price in "Netflix for eleven", "eleven for Netflix", "Netflix", "which is eleven"."""
    costs, around = any_of(telling.costs), any_of(telling.costs, telling.per, telling.item_lead)
    amount = price(_trimmed(piece, around, any_of("")))
    if amount is not None:
        return "", amount
    words = piece.split()
    links = [at for at in range(1, len(words)) if _is_all(words[at : at + 1], costs)]
    for at in links:
        before, after = " ".join(words[:at]), _trimmed(" ".join(words[at:]), costs, any_of(telling.per))
        for name, told in ((before, after), (after, before)):
            amount = price(told)
            if amount is not None and (found := _thing(name, telling)):
                return found, amount
    return _thing(" ".join(words[: links[0]]) if links else piece, telling), None


def _thing(text: str, telling: Telling) -> str:
    """A name of a few words that is no sentence; "" where it is none."""
    ends = any_of(telling.costs, telling.per, telling.noise)
    name = _trimmed(text, any_of(telling.noise, telling.yes, telling.item_lead, telling.costs), ends)
    words = name.split()
    is_name = 0 < len(words) <= _WORDS_OF_AN_ITEM and not _is_no_item(name, telling)
    is_name = is_name and not compiled(f"(?:.* )?{any_of(telling.no_name)}").match(line(tokens_of(name)))
    is_name = is_name and not any(_is_all([word], any_of(telling.costs, telling.loose)) for word in words)
    return name if is_name and not compiled(f"(?:.* )?{any_of(telling.denies)}").match(line(tokens_of(name))) else ""
