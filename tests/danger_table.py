"""What becomes of words of danger and of consent, whatever Claude says of them: `python -m tests.danger_table`.

Each row stands for a kind. `docs/safety.md` shows the same tables; `tests/interview/test_danger.py` and
`tests/interview/test_consent.py` hold them to what is expected here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.interview.calls import NOON, given, shipped
from webhook.interview import moves
from webhook.interview.facts import Status, is_open
from webhook.interview.listening import checked_in_code, read_in_code
from webhook.interview.moves import MoveKind, State
from webhook.interview.understanding import Heard, Signal, Understanding
from webhook.interview.wording import opening_words

FLOWS = {"en": shipped("financial_lifestyle"), "de": shipped("stakeholder")}
#: What Claude makes of the words: a sign of danger or a consent, none or a refusal, nothing in time, or the first too late.
CLAUDE = ("yes", "no", "late", "late yes")
ENDS, ASKS, GOES_ON = "ends the call", "asks first", "goes on"
AGREED, DECLINED, OPEN = "agreed", "declined", "asks again"


@dataclass(frozen=True)
class Row:
    """Words, and what becomes of them for each of `CLAUDE`."""

    language: str
    words: str
    expected: tuple[str, ...]


def rows(language: str, expected: Sequence[str], *words: str) -> Iterator[Row]:
    yield from (Row(language, said, tuple(expected)) for said in words)


_ALWAYS, _DOUBT, _HARMLESS = (ENDS,) * 4, (ASKS,) * 4, (ASKS, GOES_ON, GOES_ON, ASKS)
DANGER = (
    *rows(
        "en",
        _ALWAYS,
        "I'm going to kill myself tonight.",
        "I just wanna die",
        "I'd rather be dead",
        "I feel like ending it all",
        "There's nothing left to live for",
        "I really don't want to be alive anymore",
        "I took too many pills",
        "My husband hits me",
        "Someone is breaking in",
        "Please call an ambulance",
        "I'm going to kill you",
        "There's a bomb in the building",
    ),
    *rows(
        "de",
        _ALWAYS,
        "Ich möchte tot sein",
        "Ich habe keine Kraft mehr zu leben",
        "Ich will einfach nicht mehr leben",
        "Am liebsten wäre ich tot",
        "Ich bring mich um",
        "Mein Mann schlägt mich",
        "Ich krieg keine Luft",
        "Ich bringe Sie um",
    ),
    *rows(
        "en",
        _DOUBT,
        "There's no point in living",
        "I can't go on like this",
        "Honestly, I don't want to be here any more",
        "I'd rather die than live in London",
        "I could kill myself for saying that",
        "They'd be better off without me",
        "My brother committed suicide",
        "I'll kill him if he is late again",
    ),
    *rows(
        "de",
        _DOUBT,
        "Ich halte es nicht mehr aus",
        "Ich weiß nicht mehr weiter",
        "Dort will ich nicht mehr leben",
        "Ich könnte ihn umbringen",
        "Sonst passiert ihm was",
    ),
    *rows(
        "en",
        _HARMLESS,
        "This traffic kills me",
        "I'm dying to see Japan",
        "I'm dead tired",
        "Killing time, mostly",
        "I hurt myself at the gym",
        "I don't want to live in London",
        "He beats me at chess",
        "I don't want to die before I see Japan",
        "I loved Suicide Squad",
        "A coffee to die for",
    ),
    *rows("de", _HARMLESS, "Ich lach mich tot", "Die App stirbt dauernd", "Die Arbeit bringt mich noch um", "Todmüde"),
)

_YES, _OPEN = (AGREED, OPEN, AGREED, AGREED), (OPEN, DECLINED, OPEN, OPEN)
_NO, _BOTH = (OPEN, DECLINED, DECLINED, DECLINED), (OPEN, OPEN, OPEN, OPEN)
CONSENT = (
    *rows("en", (AGREED, DECLINED, AGREED, AGREED), "Yes.", "Sure", "Okay"),
    *rows("en", _YES, "Yes, go ahead.", "Yes, that's fine", "No problem at all", "Um, yeah, sure, why not"),
    *rows("de", (AGREED, DECLINED, AGREED, AGREED), "Ja", "Klar, meinetwegen"),
    *rows("de", _YES, "Ja, das passt", "Ja, einverstanden, von mir aus"),
    *rows("en", (AGREED, DECLINED, OPEN, AGREED), "Yes, whatever gets us there", "Be my guest"),
    *rows(
        "en",
        _OPEN,
        "Yes, I mind",
        "Fine, but no AI",
        "Sure, sure, but turn off the recording",
        "Yes as long as I'm talking to a person",
        "I agree with nothing",
        "Yes?",
        "Yes, who is this?",
        "Okay, wait a second",
        "Yes, speaking",
        "Right",
        "Fine, thanks",
        "Yes, maybe later",
        "Yeah right",
        "If I say yes, what happens",
    ),
    *rows(
        "de",
        _OPEN,
        "Gerne, aber nur mit einem Menschen",
        "Ja bitte?",
        "Ja, worum geht es?",
        "Ja, Moment",
        "Ja, hallo",
        "Ja, wenn es schnell geht",
        "Ja, das stört mich",
        "Na ja",
    ),
    *rows("en", _NO, "No.", "No, I do not agree", "I'd rather not be recorded", "Certainly not"),
    *rows("en", _OPEN, "That's not okay"),
    *rows("de", _NO, "Nein", "Lieber nicht"),
    *rows("en", _BOTH, "No, that's fine"),
    *rows("de", _BOTH, "Nein, das passt schon"),
)


def of_danger(row: Row) -> tuple[str, ...]:
    """What each of `CLAUDE` comes to; of a late yes, what the next turn does."""
    flow = FLOWS[row.language]
    state = _asked_for_a_list(row.language)
    sign = Understanding(signals=frozenset({Signal.DISTRESS}))
    read = read_in_code(flow, state, row.words, question="", language=row.language)
    outcomes = []
    for claude, heard in zip(CLAUDE, (sign, Understanding(), read, read), strict=True):
        decision = moves.advance(flow, state, heard, utterance=row.words, turn=3, now=NOON)
        if claude == "late yes" and decision.move.kind not in _SAFETY:
            later = moves.absorb(flow, decision.state, sign, utterance=row.words, turn=3)
            decision = moves.advance(flow, later, Understanding(), utterance="Well.", turn=4, now=NOON)
        outcomes.append(_SAFETY.get(decision.move.kind, GOES_ON))
    return tuple(outcomes)


def of_consent(row: Row) -> tuple[str, ...]:
    flow = FLOWS[row.language]
    state = moves.opening(flow, State(), now=NOON).state
    question = opening_words(flow, language=row.language, persona_id=flow.persona)
    yes, no = (Understanding(facts=(Heard(slot="consent", value=v, words=row.words),)) for v in (True, False))
    read = read_in_code(flow, state, row.words, question=question, language=row.language)
    outcomes = []
    for claude, heard in zip(CLAUDE, (yes, no, read, read), strict=True):
        checked = checked_in_code(flow, state, heard, row.words, question=question, language=row.language)
        understood = checked if claude in ("yes", "no") else heard
        after = moves.advance(flow, state, understood, utterance=row.words, turn=1, now=NOON).state
        if claude == "late yes" and after.ending is None:
            after = moves.absorb(flow, after, yes, utterance=row.words, turn=1)
        outcomes.append(_consent_in(after))
    return tuple(outcomes)


_SAFETY = {MoveKind.SAFETY: ENDS, MoveKind.SAFETY_CHECK: ASKS}


def _asked_for_a_list(language: str) -> State:
    flow = FLOWS[language]
    known = {"name": "Sam", "age": 34} if language == "en" else {"role": "finance"}
    return replace(given(flow, consent=True, **known).state, started_at=NOON)


def _consent_in(state: State) -> str:
    if is_open(state.facts, "consent"):
        return OPEN
    fact = state.facts["consent"]
    return AGREED if fact.status is Status.FILLED and fact.value is True else DECLINED


def tables() -> str:
    """Both as Markdown."""
    danger = _table("Claude hears a sign", "hears none", "is late", "hears it late", DANGER, of_danger)
    consent = _table("Claude hears a yes", "hears a no", "is late", "hears a yes late", CONSENT, of_consent)
    return f"### Danger\n\n{danger}\n\n### Consent\n\n{consent}\n"


def _table(*parts: object) -> str:
    *heads, table, of = parts
    assert isinstance(table, tuple)
    assert callable(of)
    lines = [f"| words | {' | '.join(map(str, heads))} |", "| --- |" + " --- |" * len(heads)]
    lines += [f"| {row.words} | {' | '.join(of(row))} |" for row in table]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(tables())
