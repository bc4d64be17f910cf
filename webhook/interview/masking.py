"""Masking: a report or a talk without what is nobody else's business (`private: true` in the flow).

Hidden are the values and the words of private facts, and both wherever else they stand: in quotes, in written fields,
in other facts, in what either side said. Better a word too many than one too few. What is kept stays whole.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from webhook.interview.evidence import is_telling
from webhook.interview.history import fold
from webhook.interview.reading.dictation import figures_in, letters_in
from webhook.interview.reading.figures import numbers_in, plain_digits
from webhook.interview.reading.languages import language as tables_of
from webhook.interview.verbatim import Word, places_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from webhook.interview.flow import Flow
    from webhook.interview.session import Session

MASK = "•••"
_SHORT = 3
"""Words of a value that may be a name: of "Sam Miller" both words are hidden, of a sentence only the whole."""
_LEAST_CHARS = 3
_DIGITS = re.compile(r"\d(?:[ ().\[\]/\u2010-\u2015-]{0,3}\d)+")
_SPOKEN = re.compile(r"\d+(?:[.,]\d+)*[kK]?|[^\W\d_]+")
"""What may be a part of a number."""
_LEAST_DIGITS, _MOST_DIGITS = 6, 8
"""Figures of a text that is more than a year or a house number; of a phone number the end, for its beginning varies."""
_LEAST_AGAIN = 4
"""Figures of a part that is said again: the last four."""
_UMLAUT = re.compile(r"([aou])e")
_OWN = ("schema", "sessionId", "conversationId", "flow", "personaId", "language", "status", "ending", "flags")
_OURS = frozenset({*_OWN, "createdAt", "reportedAt", "topics", "claude", "fields", "facts", "privateFields"})
"""What a report holds that nobody said, and what is masked part by part."""
_NOT_SAID = frozenset({"slot", "status", "turn", "source", "topic"})

Told = tuple[str, Any, str, int]
"""A slot, a value of it, the words for it and their turn."""


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What is to be hidden. Its repr shows none of it."""

    language: str = "en"
    #: Hidden wherever they stand, by their folded words.
    phrases: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)
    #: Names like "Will", made of words that everybody uses: hidden where they are spelt just so.
    spelt: frozenset[str] = field(default=frozenset(), repr=False)
    numbers: frozenset[float] = field(default=frozenset(), repr=False)
    #: The last figures of phone numbers and the like, which everybody groups in another way.
    digits: frozenset[str] = field(default=frozenset(), repr=False)
    #: All figures of those numbers, for what is said of them again figure by figure.
    dictated: frozenset[str] = field(default=frozenset(), repr=False)
    #: Words like "yes" give nothing away but in the turn in which they were the answer.
    in_turn: Mapping[int, frozenset[tuple[str, ...]]] = field(default_factory=dict, repr=False)
    #: Whose facts they are.
    slots: frozenset[str] = frozenset()

    def fact(self, slot: str, fact: Mapping[str, Any]) -> dict[str, Any]:
        """A fact as it may be shown."""
        return _hidden_fact(fact) if slot in self.slots else _open_fact(fact, self)

    def hidden(self, text: str, turn: int | None = None) -> str:
        """The text with a mask in place of what is private. `turn` is the caller's turn it comes from."""
        text = unicodedata.normalize("NFC", text)
        words = [Word(word.start, word.end, _bare(word.folded)) for word in words_of(text)]
        wanted = self.phrases | self.in_turn.get(turn or 0, frozenset())
        spans = [span for phrase in wanted for form in _forms(phrase) for span in places_of(form, words)]
        for name in self.spelt:
            found = (span for form in _forms(tuple(fold(name).split())) for span in places_of(form, words))
            spans += [(a, b) for a, b in found if text[a:b].startswith(name)]
        spans += [found.span() for found in _DIGITS.finditer(text) if self._is_private_number(found[0])]
        if self.numbers:
            spans += _numbers(text, self.numbers, self.language)
        spans += self._dictated(text)
        return _without(text, spans)

    def _dictated(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a private number, or a part of one, is said figure by figure, and where a private name is spelled."""
        tables = tables_of(self.language) or tables_of("en")
        if self.dictated and tables is not None:
            for part in figures_in(text, tables.dictating):
                figures = part.text.strip("+")
                if len(figures) >= _LEAST_AGAIN and any(figures in n or n in figures for n in self.dictated):
                    yield part.start, part.stop
        names = {_bare(word) for phrase in self.phrases for word in phrase if len(word) >= _LEAST_CHARS}
        for part in letters_in(text) if names else ():
            letters = _bare(fold(part.text))
            if len(letters) >= _LEAST_CHARS and any(letters in name or name in letters for name in names):
                yield part.start, part.stop

    def _is_private_number(self, text: str) -> bool:
        digits = _figures(text)
        return any(end in digits for end in self.digits)

    def within(self, node: Any, turn: int | None = None) -> Any:
        """The same for every text in a value; other values stay as they are."""
        if isinstance(node, str):
            return self.hidden(node, turn)
        if isinstance(node, list):
            return [self.within(each, turn) for each in node]
        if isinstance(node, dict):
            return {name: self.within(each, turn) for name, each in node.items()}
        return node


def _numbers(text: str, wanted: frozenset[float], language: str) -> Iterator[tuple[int, int]]:
    """Where one of the numbers is said, in figures or in words of the language; figures alone in one code cannot read."""
    found = list(_SPOKEN.finditer(text))
    tokens = [plain_digits(token[0].rstrip("kK") if _is_in_figures(token) else token[0].casefold()) for token in found]
    tables = tables_of(language) or tables_of("en")
    if tables is None:
        return
    for first, stop, value in numbers_in(tokens, tables.numbers):
        is_in_thousands = _is_in_figures(found[stop - 1]) and found[stop - 1][0][-1] in "kK"
        if (value * 1000 if is_in_thousands else value) in wanted:
            yield found[first].start(), found[stop - 1].end()


def _is_in_figures(token: re.Match[str]) -> bool:
    return token[0][0].isdecimal()


def _forms(phrase: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """A name and its genitive, each also in one word: of "Annas Rad" and "Annalenas Rad" nothing of it is left."""
    bare = tuple(map(_bare, phrase))
    yield bare
    if bare:
        yield (*bare[:-1], f"{bare[-1]}s")
    if 1 < len(bare) <= _SHORT:
        yield ("".join(bare),)
        yield (f"{''.join(bare)}s",)


def _bare(word: str) -> str:
    """Without accents: who hears "Zoë Müller" writes "Zoe Mueller" as well."""
    letters = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
    return _UMLAUT.sub(r"\1", letters)


def _figures(text: str) -> str:
    return "".join(c for c in text if c.isdecimal())


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    """Spans that touch or overlap become one mask."""
    kept, end = "", 0
    for start, stop in sorted(spans):
        if start >= end:
            kept += text[end:start] + MASK
        end = max(end, stop)
    return kept + text[end:]


# What there is to hide


def secrets_of_session(flow: Flow | None, session: Session) -> Secrets:
    """Where the flow is not known any more nobody can say what is private, so all that was learnt is."""
    told = (
        (event.slot, event.value, event.words, event.turn)
        for event in session.state.events
        if flow is None or event.slot not in flow.slots or flow.slots[event.slot].private
    )
    return secrets_of(told, session.language)


def secrets_of_report(report: Mapping[str, Any]) -> Secrets:
    facts = ((name, fact) for name, fact in report["facts"].items() if fact.get("private"))
    return secrets_of((told for name, fact in facts for told in _told(name, fact)), report.get("language", "en"))


def _told(slot: str, fact: Mapping[str, Any]) -> Iterator[Told]:
    for each in (fact, *fact.get("corrected", ())):
        yield slot, each["value"], each.get("words", ""), each.get("turn", 0)
    yield slot, fact.get("learnt", {}).get("value"), "", 0


def secrets_of(told: Iterable[Told], language: str) -> Secrets:
    slots: set[str] = set()
    phrases: set[tuple[str, ...]] = set()
    spelt: set[str] = set()
    numbers: set[float] = set()
    digits: set[str] = set()
    dictated: set[str] = set()
    in_turn: dict[int, frozenset[tuple[str, ...]]] = {}
    for slot, value, words, turn in told:
        slots.add(slot)
        said = tuple(fold(words).split())
        in_turn[turn] = in_turn.get(turn, frozenset()) | {said}
        if is_telling(words):
            phrases.add(said)
        for text in (words, *_leaves(value)):
            found = _DIGITS.findall(text) if isinstance(text, str) else ()
            digits |= {_figures(each)[-_MOST_DIGITS:] for each in found if len(_figures(each)) >= _LEAST_DIGITS}
            dictated |= _dictated_in(text, language) if isinstance(text, str) else set()
        for leaf in _leaves(value):
            if not isinstance(leaf, str):
                numbers.add(float(leaf))
                phrases |= {tuple(fold(form).split()) for form in (f"{leaf}", f"{leaf:,}")}
            elif is_telling(leaf):
                phrases |= _names(leaf)
            else:
                spelt.add(leaf)
    return Secrets(
        language=language,
        phrases=frozenset(phrases - {()}),
        spelt=frozenset(spelt),
        numbers=frozenset(numbers),
        digits=frozenset(digits),
        dictated=frozenset(dictated),
        in_turn=in_turn,
        slots=frozenset(slots),
    )


def _dictated_in(text: str, language: str) -> set[str]:
    tables = tables_of(language) or tables_of("en")
    found = figures_in(text, tables.dictating) if tables is not None else ()
    return {figures for part in found if len(figures := part.text.strip("+")) >= _LEAST_DIGITS}


def _leaves(value: Any) -> Iterator[str | float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value


def _names(value: str) -> set[tuple[str, ...]]:
    words = tuple(fold(value).split())
    parts = words if len(words) <= _SHORT else ()
    return {words} | {(word,) for word in parts if len(word) >= _LEAST_CHARS and is_telling(word)}


# A report without it


def masked(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report, of this release or an earlier one, fit to be shared."""
    secrets = secrets_of_report(report)
    private = {name: fact for name, fact in report["facts"].items() if fact.get("private")}
    rest = {name: _rest(node, secrets, private) for name, node in report.items() if name not in _OURS}
    return {
        **report,
        **rest,
        "fields": {name: _field(report, name, secrets, private) for name in report["fields"]},
        "facts": {name: secrets.fact(name, fact) for name, fact in report["facts"].items()},
    }


def _field(report: Mapping[str, Any], name: str, secrets: Secrets, private: Mapping[str, Any]) -> Any:
    value = report["fields"][name]
    known = report.get("privateFields")
    if known is None:  # an earlier release did not say where a field came from
        known = [name] if any(fact["value"] == value for fact in private.values()) else []
    if name in known:
        return _mask(value)
    if not isinstance(value, dict):
        return secrets.within(value)
    if "quotes" in value:
        quotes = [{**quote, "words": secrets.hidden(quote["words"], quote["turn"])} for quote in value["quotes"]]
        return {**value, "value": secrets.within(value["value"]), "quotes": quotes}
    return {slot: _mask(v) if slot in private else secrets.within(v) for slot, v in value.items()}


def _hidden_fact(fact: Mapping[str, Any]) -> dict[str, Any]:
    shown = {name: _mask(value) if name in ("value", "words") else value for name, value in fact.items()}
    if "corrected" in fact:
        shown["corrected"] = [_hidden_fact(earlier) for earlier in fact["corrected"]]
    if "learnt" in fact:
        shown["learnt"] = _hidden_fact(fact["learnt"])
    return shown


def _open_fact(fact: Mapping[str, Any], secrets: Secrets) -> dict[str, Any]:
    said = ("value", "words", "learnt")
    shown = {name: secrets.within(v, fact.get("turn")) if name in said else v for name, v in fact.items()}
    if "learnt" in fact:
        shown["learnt"] = {**fact["learnt"], "value": secrets.within(fact["learnt"]["value"])}
    if "corrected" in fact:
        shown["corrected"] = [_open_fact(earlier, secrets) for earlier in fact["corrected"]]
    return shown


def _rest(node: Any, secrets: Secrets, private: Mapping[str, Any]) -> Any:
    """Whatever else a report tells; what speaks of a private slot is hidden whole."""
    if isinstance(node, dict):
        is_private = node.get("slot") in private
        return {
            name: _mask(each) if is_private and name not in _NOT_SAID else _rest(each, secrets, private)
            for name, each in node.items()
        }
    return [_rest(each, secrets, private) for each in node] if isinstance(node, list) else secrets.within(node)


def _mask(value: Any) -> Any:
    return value if value is None or value == "" else MASK
