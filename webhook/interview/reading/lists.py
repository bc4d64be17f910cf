"""Lists: things cut at commas and "and", and things with a price ("Netflix for 11 and Spotify")."""

from __future__ import annotations

from itertools import dropwhile, pairwise
from typing import TYPE_CHECKING, Any

from webhook.interview.flow import NUMERIC, Slot, SlotType
from webhook.interview.reading.amounts import has_currency, tidy, with_small_change
from webhook.interview.reading.free_text import LONGEST_VALUE, trimmed
from webhook.interview.reading.numerals import Number, numbers_in
from webhook.interview.reading.words import Clause, Found, Token, flat, forms_of, says_only

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.reading.wordlist import Lexicon

_WORDS_OF_A_THING = 4


def read_list(slot: Slot, text: str, clauses: Sequence[Clause], lexicon: Lexicon) -> Found | None:
    tokens = flat(clauses)
    if says_only(clauses, lexicon.none | lexicon.closers, lexicon.hedges):
        return Found([], tokens[0], tokens[-1]) if slot.at_least == 0 else None
    numbers = numbers_in(text, tokens, lexicon)
    if not isinstance(slot.of, tuple) and slot.of in NUMERIC:
        spans = [tokens[n.first] for n in numbers] + [tokens[n.stop - 1] for n in numbers]
        return Found([tidy(n.value) for n in numbers], min(spans), max(spans)) if spans else None
    items = _items(tokens, numbers, lexicon)
    if isinstance(slot.of, tuple):
        return _records(slot.of, text, items, lexicon)
    meant = [item for item in items if not _says_nothing(item, lexicon)]
    named = [core for item in meant if (core := trimmed(item, lexicon, lexicon.list_lead_ins))]
    named = [core for core in named if not _says_nothing(core, lexicon)]
    if not named:
        return None
    return Found([_quote(text, core) for core in named], named[0][0], named[-1][-1])


def _items(tokens: Sequence[Token], numbers: Sequence[Number], lexicon: Lexicon) -> list[list[Token]]:
    """Cut at commas and "and", but never inside a number; what "because" begins is no item."""
    inside = {at for number in numbers for at in range(number.first + 1, number.stop)}
    items: list[list[Token]] = [[]]
    for at, token in enumerate(tokens):
        if at not in inside and (token.word in lexicon.joiners or (items[-1] and items[-1][-1].clause != token.clause)):
            items.append([])
        if token.word not in lexicon.joiners or at in inside:
            items[-1].append(token)
    return [item for item in items if item and item[0].word not in lexicon.breaks]


def _says_nothing(core: Sequence[Token], lexicon: Lexicon) -> bool:
    denied = lexicon.negators | lexicon.negators_before
    return any(token.word in denied for token in core[:2]) or bool(
        forms_of(core, lexicon.hedges) & (lexicon.closers | lexicon.none | lexicon.yes)
    )


def _quote(text: str, tokens: Sequence[Token]) -> str:
    return text[tokens[0].start : tokens[-1].end][:LONGEST_VALUE]


def _records(
    fields: tuple[tuple[str, SlotType], ...], text: str, items: Sequence[Sequence[Token]], lexicon: Lexicon
) -> Found | None:
    """Things with a price: "Netflix for 11 and Spotify". A price on its own belongs to the thing before it."""
    thing = next((name for name, kind in fields if kind not in NUMERIC), None)
    price = next((name for name, kind in fields if kind in NUMERIC), None)
    records: list[dict[str, Any]] = []
    said: list[Token] = []
    for item in items:
        amounts = _prices(text, item, lexicon) if price else []
        name = _thing(item, amounts, lexicon)
        if not name and not (amounts and records and price not in records[-1]):
            continue
        if name and thing:
            records.append({thing: _quote(text, name)})
        if amounts and price and records:
            records[-1][price] = tidy(amounts[0].value)
        said += [*name, *(token for n in amounts[:1] for token in item[n.first : n.stop])]
    return Found(records, min(said), max(said)) if records else None


def _prices(text: str, item: Sequence[Token], lexicon: Lexicon) -> list[Number]:
    """Numbers that are said to be a price or stand alone: the figures in "Microsoft 365" are part of a name."""
    prices: list[Number] = []
    for number in with_small_change(numbers_in(text, item, lexicon), item, lexicon):
        lead = item[: number.first]
        linked = not lead or lead[-1].word in lexicon.connectors
        if linked or has_currency(number, text, item, lexicon):
            prices.append(number)
    return prices


def _thing(item: Sequence[Token], prices: Sequence[Number], lexicon: Lexicon) -> list[Token]:
    """What is named before the price, else after it, without the words between ("which is", "a month for")."""
    parts = [item[: prices[0].first], item[prices[0].stop :]] if prices else [item]
    for is_after, part in enumerate(parts):
        core = list(dropwhile(lambda token: token.word in lexicon.connectors, part)) if is_after else list(part)
        core = _before_price(trimmed(core, lexicon, lexicon.list_lead_ins), lexicon)
        if core and not _is_no_thing(core, lexicon):
            return core
    return []


def _is_no_thing(core: Sequence[Token], lexicon: Lexicon) -> bool:
    """Too long for a name, a sentence ("my wife pays for it"), or only a number."""
    is_sentence = len(core) > _WORDS_OF_A_THING or any(token.word in lexicon.connectors for token in core)
    priced = lexicon.numbers.keys() | lexicon.loose_prices
    is_number = all(token.word in priced or token.word[0].isdigit() for token in core)
    return is_sentence or is_number or _says_nothing(core, lexicon)


def _before_price(core: Sequence[Token], lexicon: Lexicon) -> list[Token]:
    """The name alone in "Spotify for nine ninety nine", even if the price stays unread."""
    pairs = enumerate(pairwise(core), 1)
    priced = lexicon.numbers.keys() | lexicon.loose_prices
    is_price = (at for at, (one, two) in pairs if one.word in lexicon.connectors and two.word in priced)
    name = list(core[: next(is_price, len(core))])
    while name and (name[-1].word in lexicon.connectors or name[-1].word in lexicon.hedges):
        name.pop()
    return name
