"""Code reads simple answers by itself: at once as a first guess, and alone when Claude is late, down or not there.

It is conservative: a miss costs a second question, a wrong value costs the interview. Only signs of danger are read
generously. `words` cuts, `lexicon` holds the phrases, `values` reads the value of the slot that was asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.interview.flow import Flow, Slot, SlotType
from webhook.interview.history import is_silence, normalise
from webhook.interview.reading.about_us import ASKS_US
from webhook.interview.reading.lexicon import KNOWN, lexicon
from webhook.interview.reading.numerals import numbers_in
from webhook.interview.reading.values import read_value
from webhook.interview.reading.words import (
    Clause,
    Found,
    begins_with,
    by_last_word,
    contains,
    cut,
    flat,
    forms_of,
    joined,
    opening,
    plain,
)
from webhook.interview.understanding import Fullness, Heard, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from webhook.interview.reading.wordlist import Lexicon
    from webhook.interview.reading.words import Said, Token

LONGEST_READ = 2000
"""Characters of an utterance that are read for anything but danger."""
_SHORT = 20
"""Words up to which a wish such as "hold on" or "skip that" is taken for one."""
_THIN = 4
_AGE_SLOTS = frozenset({"age", "alter"})
_FREE = frozenset({SlotType.TEXT, SlotType.LIST})
_DISTRESS = by_last_word(phrase for known in KNOWN for phrase in known.distress)
_THREAT = by_last_word(phrase for known in KNOWN for phrase in known.threat)
_HARMLESS = by_last_word(phrase for known in KNOWN for phrase in known.harmless)


def read(
    flow: Flow,
    utterance: str,
    *,
    asked: Slot | None,
    question: str = "",
    language: str = "en",
    open_slots: Collection[str] = (),
) -> Understanding:
    """What code can take from an utterance. Never raises, whatever the text.

    `asked` is the slot the last question was about, `question` its words. A value for one of the `open_slots` is
    taken in passing only where it is unmistakable, and never for a private one.
    """
    text = normalise(utterance)
    if is_silence(text):
        return Understanding(source="reading")
    if danger := _danger(text):
        return Understanding(signals=danger, source="reading")
    words = lexicon(language)
    said = cut(text[:LONGEST_READ], words.breaks)
    if _wants_to_stop(said, words):
        return Understanding(signals=frozenset({Signal.STOP}), source="reading")
    passing = tuple(_in_passing(flow, said, asked, open_slots, words))
    taken = {token for found in passing for token in found[1]}
    clauses = [left for c in said.clauses if (left := tuple(token for token in c if token not in taken))]
    facts = tuple(heard for heard, _ in passing)
    if asked is not None and _refuses(asked, clauses, words):
        return Understanding(facts=facts, refused=(asked.name,), source="reading")
    return _answer(asked, said, clauses, facts, question, words)


def is_plain(utterance: str, language: str) -> bool:
    """Whether the words are free of whatever could be more, or something else, than an answer.

    Generous with its doubts: what is not plain is only answered a moment later. Nothing is plain in a language that
    code has no words for.
    """
    text = normalise(utterance)
    words = lexicon(language)
    if is_silence(text) or "?" in text or len(text) > LONGEST_READ or not words.doubts or _danger(text):
        return False
    spaced = f" {plain(text)} "
    present = set(spaced.split())
    if any(contains(spaced, words.doubts_by_word[word]) for word in present & words.doubts_by_word.keys()):
        return False
    said = cut(text, words.breaks)
    return not any(begins_with(joined(clause), words.asking) for clause in said.clauses)


def _answer(
    asked: Slot | None,
    said: Said,
    clauses: Sequence[Clause],
    passing: tuple[Heard, ...],
    question: str,
    words: Lexicon,
) -> Understanding:
    signals, rest = _wishes(said, clauses, words)
    if asked is None:
        return Understanding(facts=passing, signals=signals, source="reading")
    known = [c for c in rest if not forms_of(c, words.hedges) & words.unknown]
    found = None
    # Free text can be anything, so a wish beside it leaves nothing to rely on.
    if not (signals and asked.type in _FREE):
        found = read_value(asked, said.text, known, question, words)
    if found is not None:
        heard = Heard(slot=asked.name, value=found.value, words=said.text[found.first.start : found.last.end])
        return Understanding(facts=(*passing, heard), fullness=_fullness(asked, clauses), source="reading")
    unknown = (asked.name,) if len(known) < len(rest) and _is_short(said) else ()
    return Understanding(facts=passing, unknown=unknown, signals=signals, source="reading")


def _fullness(slot: Slot, clauses: Sequence[Clause]) -> Fullness:
    return "thin" if slot.type in _FREE and len(flat(clauses)) < _THIN else "fine"


def _danger(text: str) -> frozenset[Signal]:
    """Danger is looked for in all of the text and in every language."""
    spaced = f" {plain(text)} "
    for word in set(spaced.split()) & _HARMLESS.keys():
        for phrase in _HARMLESS[word]:
            spaced = spaced.replace(f" {phrase} ", " ")
    found = ((Signal.DISTRESS, _DISTRESS), (Signal.THREAT, _THREAT))
    present = set(spaced.split())
    return frozenset(
        signal for signal, phrases in found if any(contains(spaced, phrases[word]) for word in present & phrases.keys())
    )


def _is_short(said: Said) -> bool:
    return sum(map(len, said.clauses)) <= _SHORT


def _wants_to_stop(said: Said, words: Lexicon) -> bool:
    return _is_short(said) and any(forms_of(clause, words.fillers) & words.stop for clause in said.clauses)


def _refuses(slot: Slot, clauses: Sequence[Clause], words: Lexicon) -> bool:
    starts = words.refclock_start | (words.refused_yes_no if slot.type is SlotType.YES_NO else frozenset())
    if sum(map(len, clauses)) > _SHORT:
        return False
    for clause in clauses:
        forms = forms_of(clause, words.fillers)
        if any(begins_with(form, starts) for form in forms):
            return True
        # "No" and "rather not" answer a yes/no question, "pass" may be part of a longer answer.
        if forms & words.refused and not (slot.type is SlotType.YES_NO and forms & words.no):
            return True
    return False


def _wishes(said: Said, clauses: Sequence[Clause], words: Lexicon) -> tuple[frozenset[Signal], list[Clause]]:
    """What the caller wants from us, and the clauses that are left when those wishes are taken out."""
    signals: set[Signal] = set()
    rest: list[Clause] = []
    asking = _questions(said, words)
    is_short = _is_short(said)
    alone = len(clauses) == 1
    for clause in clauses:
        forms = forms_of(clause, words.fillers)
        if is_short and (forms & words.repeat or (alone and forms & words.repeat_alone)):
            signals.add(Signal.REPEAT)
        elif is_short and forms & words.wait:
            signals.add(Signal.WAIT)
        elif clause[0].sentence in asking and asking[clause[0].sentence] <= clause[0]:
            signals.add(Signal.QUESTION)
        else:
            rest.append(clause)
    return frozenset(signals), rest


def _questions(said: Said, words: Lexicon) -> dict[int, Token]:
    """By sentence, where it begins to ask us something; "Leeds?" is an answer in a questioning voice."""
    found: dict[int, Token] = {}
    for clause in said.clauses:
        sentence = clause[0].sentence
        forms = forms_of(clause, words.between_wishes)
        starts = words.asking if sentence in said.asking else words.ask_starts
        asks = any(begins_with(form, starts) or form in ASKS_US for form in forms)
        if asks and not forms & words.yes:
            found.setdefault(sentence, clause[0])
    return found


def _in_passing(
    flow: Flow, said: Said, asked: Slot | None, open_slots: Collection[str], words: Lexicon
) -> Iterator[tuple[Heard, Clause]]:
    """Values for other slots that cannot be mistaken, with the tokens that say them."""
    for name, slot in flow.slots.items():
        if name not in open_slots or slot.private or (asked is not None and name == asked.name):
            continue
        found = None
        if slot.type is SlotType.CHOICE:
            found = _choice_in_passing(slot, said, words)
        elif slot.type is SlotType.WHOLE_NUMBER and name in _AGE_SLOTS:
            found = _age_in_passing(said, words)
        if found is not None:
            span = tuple(t for t in flat(said.clauses) if found.first <= t <= found.last)
            quote = said.text[found.first.start : found.last.end]
            yield Heard(slot=name, value=found.value, words=quote), span


def _choice_in_passing(slot: Slot, said: Said, words: Lexicon) -> Found | None:
    """A clause that is nothing but "I" and a value: "I rent", "we mostly cook"."""
    for value in slot.values:
        statements = {f"{i} {plain(value.replace('_', ' '))}" for i in words.i}
        for clause in said.clauses:
            if forms_of(clause, words.hedges) & statements:
                return Found(value, clause[0], clause[-1])
    return None


def _age_in_passing(said: Said, words: Lexicon) -> Found | None:
    """An age only where it is the caller's own: "I'm 34 years old"."""
    tokens = flat(said.clauses)
    for number in numbers_in(said.text, tokens, words):
        before, after = f" {joined(tokens[: number.first])}", joined(tokens[number.stop :])
        old = opening(after, words.years_old)
        me = next((m for m in words.i_am if before.endswith(f" {m}")), "")
        if old and me:
            first, last = number.first - len(me.split()), number.stop + len(old.split()) - 1
            return Found(int(number.value), tokens[first], tokens[last])
    return None
