"""What is too dear to be taken on one witness: a consent, and any value out of words that hold a sign of danger.

Whoever understood the words, Claude in time, late or afterwards, or code: `trusted` looks at the words themselves.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from webhook.interview.facts import PIECE, TOGETHER
from webhook.interview.flow import Flow, SlotType
from webhook.interview.history import fold
from webhook.interview.reading import consent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.reading.danger import Danger
    from webhook.interview.understanding import Heard, Understanding


def consents(flow: Flow) -> frozenset[str]:
    """The yes-or-no slots of topics that are spoken word for word."""
    topics = [t for t in flow.topics.values() if t.say is not None and t.ask is None]
    return frozenset(s for t in topics for s in t.required if flow.slots[s].type is SlotType.YES_NO)


def trusted(flow: Flow, heard: Understanding, utterance: str, danger: Danger) -> Understanding:
    """What was understood, with the signs of `danger` in the words, and less what the words themselves leave in doubt.

    No value is taken of words that are such a sign. Of a consent neither a yes nor a no is taken where the words leave
    it open, and the question is put once more. `utterance` may be several (`TOGETHER`, `PIECE`).
    """
    if danger.found:
        facts = tuple(f for f in heard.facts if not danger.touches(f.words) and not danger.touches(str(f.value)))
        heard = replace(heard, facts=facts, signals=heard.signals | danger.signals)
    return _without_doubtful_consents(flow, heard, utterance)


def _without_doubtful_consents(flow: Flow, heard: Understanding, utterance: str) -> Understanding:
    asked = consents(flow)
    if asked.isdisjoint((*heard.refused, *heard.unknown, *(fact.slot for fact in heard.facts))):
        return heard
    answers = [answer.split(PIECE) for answer in utterance.split(TOGETHER)]
    facts = tuple(f for f in heard.facts if f.slot not in asked or _is_sure(flow, f, answers))
    last = " ".join(answers[-1])
    refused = tuple(s for s in heard.refused if s not in asked or not consent.says_yes_too(last, flow.languages))
    # "I don't know" is neither a yes nor a no.
    unknown = tuple(s for s in heard.unknown if s not in asked)
    return replace(heard, facts=facts, refused=refused, unknown=unknown)


def _is_sure(flow: Flow, fact: Heard, answers: Sequence[Sequence[str]]) -> bool:
    """Whether a consent stands in one of the answers, each in its pieces, with nothing in it that speaks against it."""
    words = f" {fold(fact.words)} "
    said = [pieces for pieces in answers if words in f" {fold(' '.join(pieces))} "]
    if fold(str(fact.value)) in ("false", "no"):
        return not any(consent.says_yes_too(" ".join(pieces), flow.languages) for pieces in said)
    no_is_yes = _asks_who_minds(flow, fact.slot)
    return any(_agrees(flow, pieces, words, no_is_yes=no_is_yes) for pieces in said)


def _agrees(flow: Flow, pieces: Sequence[str], words: str, *, no_is_yes: bool) -> bool:
    """Whether nothing in the answer is doubtful. A bare no that was put right by what came after it is none."""
    first = max((i for i, piece in enumerate(pieces) if words in f" {fold(piece)} "), default=0)
    left = [p for i, p in enumerate(pieces) if i >= first or no_is_yes or not consent.is_bare_no(p, flow.languages)]
    return not any(consent.is_doubtful(piece, flow.languages, no_is_yes=no_is_yes) for piece in left)


def _asks_who_minds(flow: Flow, slot: str) -> bool:
    topic = flow.topics[flow.slots[slot].topic]
    texts = (t for text in (topic.say, topic.fallback) if text is not None for t in text.by_language.values())
    return any(consent.minds(text.source, flow.languages) for text in texts)
