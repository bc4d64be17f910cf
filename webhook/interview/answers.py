"""What one turn has to answer, and what code makes of it: answers in, one decision out.

Whatever the caller says between two things of ours that they heard is one answer, in however many messages it came:
a sentence that speech recognition cut in two, or words that put right what they had just said. Several answers come
together where their turns were lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING

from webhook.interview import moves
from webhook.interview.facts import PIECE, TOGETHER
from webhook.interview.flow import MANY, SlotType
from webhook.interview.history import fold, heard_words, is_question_heard
from webhook.interview.listening import asks_the_same, read_in_code, read_on_in_code
from webhook.interview.moves import MoveKind
from webhook.interview.understanding import Signal
from webhook.interview.wording import Voicing, wording

if TYPE_CHECKING:
    from webhook.interview.flow import Flow
    from webhook.interview.moves import Decision, State
    from webhook.interview.understanding import Understanding

Read = Callable[[str], "Understanding"]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Utterances that are one answer. `question` is what was heard before them, "" where the history does not tell."""

    pieces: tuple[str, ...]
    question: str = ""

    @property
    def text(self) -> str:
        return " ".join(self.pieces)


def answers_of(utterances: Sequence[str], questions: Sequence[str], heard: Sequence[str]) -> tuple[Answer, ...]:
    """The answers that these utterances are.

    `questions`: the last thing that was heard of us before each of them. `heard`: what was heard since the one before,
    "" where nothing was, of the last of them; a trimmed history does not tell of all.
    """
    told = ("",) * (len(utterances) - len(heard)) + tuple(heard[len(heard) - min(len(heard), len(utterances)) :])
    answers: list[Answer] = []
    for utterance, question, before in zip(utterances, questions, told, strict=True):
        if answers and not before:
            answers[-1] = replace(answers[-1], pieces=(*answers[-1].pieces, utterance))
        else:
            answers.append(Answer(pieces=(utterance,), question=question))
    return tuple(answers)


def together(answers: Sequence[Answer]) -> str:
    """All of them as one text, of which `facts.apply` can tell which words were said when."""
    return TOGETHER.join(PIECE.join(answer.pieces) for answer in answers)


def decide_in_code(
    voicing: Voicing, answers: Sequence[Answer], *, turn: int, now: float, scripted: bool = False
) -> Decision:
    """What code alone makes of the answers, one after the other; `turn` is the number of the last utterance.

    The last decision alone counts. An ending that an earlier answer would have meant was none, for the talk went on
    after it: that answer was misread, and nothing of it stays. A plain sign of danger is not misread, and stays.
    """
    flow, state = voicing.flow, voicing.state
    first = turn - sum(len(answer.pieces) for answer in answers)
    read = _reader(voicing, answers[0])
    for answer, following in zip_longest(answers, answers[1:]):
        first += len(answer.pieces)
        heard = _read_together(flow, answer.pieces, read)
        decision = moves.advance(
            flow, state, heard, utterance=together([answer]), turn=first, now=now, scripted=scripted
        )
        if following is None:
            return decision
        if decision.state.ending is not None and decision.move.kind is not MoveKind.SAFETY:
            read = _reader(replace(voicing, state=state), following)
        else:
            asked = wording(replace(voicing, state=decision.state), decision.move).fixed
            before, state = state, _unless_spoken(decision, asked, following.question)
            read = _reader_on(voicing, before, state, asked, answer, following)
    raise AssertionError("a turn has an answer")


def _reader(voicing: Voicing, answer: Answer) -> Read:
    return lambda text: read_in_code(
        voicing.flow, voicing.state, text, question=answer.question, language=voicing.language
    )


def _unless_spoken(decision: Decision, asked: str, heard: str) -> State:
    """Words that a flow has spoken to the letter, a consent's above all, are spoken only where they were heard.

    So is the question whether the caller is safe: where nobody heard it, the next words do not answer it.
    """
    if decision.move.kind is MoveKind.SAFETY_CHECK and not asks_the_same(heard, asked):
        return moves.take_back(decision.state, decision.move)
    if not decision.move.say or (heard_words(asked, heard) and is_question_heard(asked, heard)):
        return decision.state
    return moves.take_back(decision.state, decision.move)


def _reader_on(voicing: Voicing, before: State, state: State, asked: str, answer: Answer, following: Answer) -> Read:
    return lambda text: read_on_in_code(
        voicing.flow,
        before,
        state,
        text,
        heard_before=answer.question,
        heard=following.question,
        question=asked,
        language=voicing.language,
    )


def _read_together(flow: Flow, said: Sequence[str], read: Read) -> Understanding:
    """The pieces of an answer, read as one.

    The shortest end of it that says something is what the caller came to in the end ("No." "Yes."), unless a longer
    one says the same value more fully ("Thirty" "four."); to a text or a list each piece adds.
    """
    pieces = [piece for i, piece in enumerate(said) if i == 0 or fold(piece) != fold(said[i - 1])]
    ends = [read(" ".join(pieces[i:])) for i in range(len(pieces))]
    whole, start = ends[0], max((i for i, end in enumerate(ends) if _says_something(end)), default=0)
    chosen = ends[start]
    if start and _is_added_to(flow, whole, chosen):
        chosen = whole
    elif start and _is_cut(ends[start - 1], chosen):
        chosen = ends[start - 1]
    settled = {fact.slot for fact in chosen.facts} | {*chosen.refused, *chosen.unknown}
    return replace(chosen, facts=(*chosen.facts, *(fact for fact in whole.facts if fact.slot not in settled)))


def _says_something(heard: Understanding) -> bool:
    is_answer = heard.facts or heard.refused or heard.unknown or heard.wants_to_change
    return bool(is_answer) or Signal.STOP in heard.signals


def _is_added_to(flow: Flow, whole: Understanding, chosen: Understanding) -> bool:
    """Whether all of it has a value for the same slot, of a kind to which each piece adds."""
    adding = {f.slot for f in chosen.facts if flow.slots[f.slot].type in (SlotType.TEXT, *MANY)}
    return any(fact.slot in adding for fact in whole.facts)


def _is_cut(longer: Understanding, chosen: Understanding) -> bool:
    """Whether the longer reading has a value for the same slot with more words before it."""
    words = {fact.slot: fold(fact.words) for fact in chosen.facts}
    return any(fold(fact.words).endswith(f" {words[fact.slot]}") for fact in longer.facts if fact.slot in words)
