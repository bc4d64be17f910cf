"""Code reads simple answers by itself: at once as a first guess, and alone when Claude is late, down or not there.

An answer is read whole or not at all: what no table understands means that nothing is taken, which costs a second
question, while a wrong value costs the interview. Only signs of danger are looked for anywhere. `line` cuts an answer,
`languages` holds what is said, and there is a reader for each kind of slot.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from webhook.interview.flow import NUMERIC, SUMMARY, Flow, Slot, SlotType
from webhook.interview.history import is_silence, normalise
from webhook.interview.reading import assent, choices, texts
from webhook.interview.reading.about_us import about_us
from webhook.interview.reading.danger import danger_in
from webhook.interview.reading.dictation import LEAST_FIGURES, read_figures, read_letters
from webhook.interview.reading.going_back import slot_meant
from webhook.interview.reading.languages import Language
from webhook.interview.reading.languages import language as tables_of
from webhook.interview.reading.line import tokens_of
from webhook.interview.reading.numbers import read_age_statement, read_number
from webhook.interview.reading.remarks import before_remarks
from webhook.interview.reading.wishes import Wish, wish_in
from webhook.interview.understanding import Fullness, Heard, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_THIN = 4
"""Words below which an answer in one's own words is thin."""
_FREE = frozenset({SlotType.TEXT, SlotType.LIST})
_WITH_REMARKS = NUMERIC | {SlotType.YES_NO, SlotType.CHOICE}
_LONGEST_WITH_PIECES = 600
"""Characters of an answer in which statements about other slots, a pause or a question are looked for."""
_BEFORE_AN_ANSWER = frozenset({Signal.WAIT})
_PAST_AN_ANSWER = frozenset({Signal.WAIT, Signal.QUESTION})
"""What may be said before or behind an answer, and is let go."""
_LONGEST_DICTATED = 200
"""Characters of a number or a name that is dictated."""
_AGE_SLOTS = frozenset({"age", "alter"})
_FIGURE = re.compile(r"-?\d{1,12}(?:\.\d{1,6})?")
_SENTENCE = re.compile(r"[^.!?…]+[.!?…]*|[.!?…]+")
_CLAUSE = re.compile(r"[^.!?…,;]+[.!?…,;]*|[.!?…,;]+")


def read(
    flow: Flow,
    utterance: str,
    *,
    asked: Slot | None,
    question: str = "",
    language: str = "en",
    open_slots: Collection[str] = (),
    answered: Sequence[str] = (),
    is_consent: bool = False,
) -> Understanding:
    """What code can take from an utterance. Never raises, whatever the text.

    `asked` is the slot the last question was about, `question` its words; `is_consent`: an answer that is too dear to
    be guessed. A value for one of the `open_slots` is taken in passing only where it is unmistakable, and never for a
    private one. `answered` are the slots whose answers they can go back to, the last one last.
    """
    text = normalise(utterance)
    if is_silence(text):
        return Understanding(source="reading")
    if danger := danger_in(text).signals:
        return Understanding(signals=danger, source="reading")
    tables = tables_of(language)
    if tables is None:
        return _heard(asked, _bare_value(asked, text), text)
    is_yes_no = asked is not None and asked.type is SlotType.YES_NO
    if is_yes_no and not is_consent and (verdict := _value(asked, text, question, tables)) is not None:
        return _heard(asked, verdict, text)  # before a wish: "rather not" is a no, where there is one to say
    if wish := wish_in(text, tables.wishes):
        return _wished(flow, wish, asked, answered, text, language)
    if about_us(text) is not None:
        return Understanding(signals=frozenset({Signal.QUESTION}), source="reading")
    if is_consent:
        return _heard(asked, assent.read_consent(text, tables.assent), text)
    return _answer(flow, text, asked, question, open_slots, tables)


def _answer(
    flow: Flow, text: str, asked: Slot | None, question: str, open_slots: Collection[str], tables: Language
) -> Understanding:
    """A value, with a pause before it, a question behind it or statements about other slots beside it.

    All of it must be understood; where a piece is not, nothing is taken.
    """
    core = _without_wishes(text, asked, tables)
    passing, rest = _in_passing(flow, core, asked, open_slots, tables)
    value = _value(asked, core, question, tables)
    if value is None and passing and rest:
        value = _value(asked, rest, question, tables)
    if value is None and asked is not None and asked.type in _WITH_REMARKS and len(core) <= _LONGEST_WITH_PIECES:
        # "No, that's fine": what sounds like a yes or a no behind one is part of the answer.
        said = tables.assent
        nor = (said.yes, said.no, said.permit, said.agree) if asked.type is SlotType.YES_NO else ()
        short = before_remarks(core, question, tables.remarks, tables.numbers, nor=nor)
        value = next((v for text in short if (v := _value(asked, text, question, tables)) is not None), None)
    if value is None and rest:
        return Understanding(source="reading")
    return _heard(asked, value, core, passing)


def _without_wishes(text: str, asked: Slot | None, tables: Language) -> str:
    """Without what asks for a moment before an answer, and what asks us something behind it.

    Of an answer in one's own words that must be a sentence, for what follows a comma can be the reason for the wish.
    """
    if len(text) > _LONGEST_WITH_PIECES:
        return text
    is_free = asked is None or asked.type in _FREE
    sentences = (_SENTENCE if is_free else _CLAUSE).findall(text)
    while len(sentences) > 1 and _is_wish(sentences[0], _BEFORE_AN_ANSWER, tables):
        sentences.pop(0)
    while len(sentences) > 1 and _is_wish(sentences[-1], _PAST_AN_ANSWER, tables):
        sentences.pop()
    return "".join(sentences).strip()


def _is_wish(sentence: str, signals: Collection[Signal], tables: Language) -> bool:
    wish = wish_in(sentence.strip(), tables.wishes)
    return wish is not None and wish.signal in signals


def _in_passing(
    flow: Flow, text: str, asked: Slot | None, open_slots: Collection[str], tables: Language
) -> tuple[tuple[Heard, ...], str]:
    """Statements about other slots that cannot be mistaken, each a clause of its own, and the text without them."""
    facts: list[Heard] = []
    rest: list[str] = []
    if len(text) > _LONGEST_WITH_PIECES:
        return (), text
    for clause in _CLAUSE.findall(text):
        stated = clause.strip(" .!?…,;")
        found = next(
            (
                Heard(slot=slot.name, value=value, words=stated)
                for slot in flow.slots.values()
                if slot.name in open_slots and not slot.private and slot != asked
                if (value := _stated(slot, stated, tables)) is not None
            ),
            None,
        )
        if found is None:
            rest.append(clause)
        else:
            facts.append(found)
    left = "".join(rest).strip(" ,;")
    return tuple(facts), left if facts else text


def _stated(slot: Slot, clause: str, tables: Language) -> Any:
    """The value of a clause that is nothing but "I" and a value: "I rent", "I'm 34 years old"."""
    if slot.type is SlotType.CHOICE:
        return choices.read_statement(slot, clause, tables.choosing)
    is_age = slot.type is SlotType.WHOLE_NUMBER and slot.name in _AGE_SLOTS
    return read_age_statement(slot, clause, tables.numbers) if is_age else None


def _heard(asked: Slot | None, value: Any, words: str, passing: tuple[Heard, ...] = ()) -> Understanding:
    """What was taken for the slot that was asked for, out of these words of the utterance."""
    if asked is None or value is None:
        return Understanding(facts=passing, source="reading")
    fact = Heard(slot=asked.name, value=value, words=words)
    fullness: Fullness = "thin" if asked.type in _FREE and len(tokens_of(words)) < _THIN else "fine"
    return Understanding(facts=(*passing, fact), fullness=fullness, source="reading")


def _wished(
    flow: Flow, wish: Wish, asked: Slot | None, answered: Sequence[str], text: str, language: str
) -> Understanding:
    name = () if asked is None else (asked.name,)
    if wish.changes:
        at_summary = asked is not None and asked.topic == SUMMARY and asked.type is SlotType.YES_NO
        if at_summary and not wish.about:
            return _heard(asked, False, text)  # not all of it is right: they are asked what is not
        meant = slot_meant(flow, wish.about, answered, language)
        return Understanding(wants_to_change=() if meant is None else (meant,), source="reading")
    return Understanding(
        signals=frozenset() if wish.signal is None else frozenset({wish.signal}),
        refused=name if wish.refuses else (),
        unknown=name if wish.is_unknown else (),
        source="reading",
    )


def _value(asked: Slot | None, text: str, question: str, tables: Language) -> Any:
    """The value that the whole of a text is; None where it is none, or anything more."""
    if asked is None:
        return None
    if asked.type is SlotType.YES_NO:
        return assent.read_yes_no(text, question, tables.assent)
    if asked.type in NUMERIC:
        return read_number(asked, question, text, tables.numbers)
    if asked.type is SlotType.CHOICE:
        return choices.read_choice(asked, text, question, tables.choosing)
    if asked.type is SlotType.CHOICES:
        return choices.read_choices(asked, text, question, tables.choosing)
    if asked.type is SlotType.LIST:
        return texts.read_list(asked, text, tables.telling, lambda words: _amount(asked, words, tables))
    return _dictated(asked, text, tables) or texts.read_text(asked, text, question, tables.telling)


def _dictated(asked: Slot, text: str, tables: Language) -> str | None:
    """A name that is spelled, or a number that is said figure by figure, and nothing else."""
    if len(text) > _LONGEST_DICTATED:
        return None
    if texts.asks_for_name(asked):
        return read_letters(text, tables.dictating)
    figures = read_figures(text, tables.dictating)
    return figures if figures is not None and sum(map(str.isdecimal, figures)) >= LEAST_FIGURES else None


def read_correction(asked: Slot, text: str, known: object, *, question: str, language: str) -> Any:
    """The value that an answer to "so that is ..., right?" puts in the place of the `known` one; None for none.

    "No, thirty five", "it's Kathryn", "K A T H R Y N"; further figures of a number that was not finished go on from it.
    """
    tables, text = tables_of(language), normalise(text)
    if tables is None or danger_in(text).found or assent.read_yes_no(text, question, tables.assent) is not None:
        return None
    rest = texts.without_no(text, tables.telling)
    is_denied = rest != text
    if asked.type is not SlotType.TEXT:
        return _value(asked, rest, "", tables) if is_denied else None
    figures = read_figures(rest, tables.dictating)
    if figures is not None and isinstance(known, str) and _is_number(known):
        return _number_after(known, figures, is_denied=is_denied)
    dictated = _dictated(asked, rest, tables)
    if dictated is not None:
        return dictated
    stated = texts.stated(rest, tables.telling)
    is_new = stated is not None and (is_denied or stated != rest)
    return texts.read_text(asked, stated or "", "", tables.telling) if is_new else None


def _is_number(text: str) -> bool:
    return re.fullmatch(r"\+?[\d\s./()-]*\d", text) is not None


def _number_after(known: str, figures: str, *, is_denied: bool) -> str | None:
    """A number said again as a whole, or the rest of one that was said in part."""
    before, now = ("".join(filter(str.isdecimal, number)) for number in (known, figures))
    if now in before:
        return None  # a part said again: neither a yes nor another number
    if len(now) >= len(before) or now.startswith(before[:LEAST_FIGURES]):
        return figures
    return None if is_denied else known + figures


def _amount(asked: Slot, words: str, tables: Language) -> int | float | None:
    """A number of a list: an amount of money where the list holds things with a price."""
    kind = SlotType.MONEY if isinstance(asked.of, tuple) else asked.of
    item = replace(asked, type=kind, per="month" if kind is SlotType.MONEY else None)
    return read_number(item, "", words, tables.numbers, is_price=True)


def _bare_value(asked: Slot | None, text: str) -> Any:
    """The value in a language without tables: a figure alone, a value word for word, or the words themselves."""
    if asked is None or asked.type is SlotType.YES_NO:
        return None
    if asked.type in NUMERIC:
        return _figure(asked, text)
    if asked.type is SlotType.CHOICE:
        return choices.is_value(asked, text)
    if asked.type is SlotType.CHOICES:
        named = [choices.is_value(asked, word) for word in text.split(",")]
        return named if None not in named else None
    if asked.type is SlotType.LIST:
        return texts.read_list(asked, text, None, lambda words: _figure(asked, words))
    return texts.read_text(asked, text, "", None)


def _figure(asked: Slot, text: str) -> int | float | None:
    if not _FIGURE.fullmatch(text.rstrip(".")):
        return None
    value = float(text.rstrip("."))
    is_within = (asked.min is None or value >= asked.min) and (asked.max is None or value <= asked.max)
    return (int(value) if value.is_integer() else value) if is_within else None
