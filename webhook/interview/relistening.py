"""An interview that was held without Claude, listened to afterwards: what Claude hears goes over what code had read.

The road was what it was; only facts change, each with the words that show it, and where the two differ is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from webhook.interview import moves
from webhook.interview.facts import TOGETHER, Status
from webhook.interview.moves import MoveKind
from webhook.interview.reading.danger import SIGNS, danger_in
from webhook.interview.speech import question_of
from webhook.interview.verbatim import verbatim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.facts import FactEvent
    from webhook.interview.flow import Flow
    from webhook.interview.session import Session, Turn
    from webhook.interview.understanding import Understanding

READ_BY_CODE: Final = "read_by_code"
"""The flag of a session in which Claude did not listen to all that was said."""
TRANSCRIPT_DIFFERS: Final = "transcript_differs"
"""The flag of one of which the platform heard words that never came to us."""
RECOVERED: Final = "recovered"
"""The flag of one whose facts were found again from its talk."""


DANGER_AFTERWARDS: Final = "danger_afterwards"
"""The flag of one in which a sign of danger was found only when it was over."""


def is_unheard(session: Session) -> bool:
    """Whether there is something said that Claude has not listened to."""
    is_doubtful = READ_BY_CODE in session.flags or TRANSCRIPT_DIFFERS in session.flags
    return is_doubtful and any(_said(turn) for turn in session.told)


def utterances(session: Session) -> tuple[str, ...]:
    """What the caller said, in order."""
    return tuple(turn.utterance for turn in session.told if _said(turn))


def questions(session: Session, opening: str) -> tuple[str, ...]:
    """What each of them was the answer to."""
    asked, question = [], question_of(opening)
    for turn in session.told:
        if _said(turn):
            asked.append(question)
        if turn.reply:
            question = question_of(turn.reply)
    return tuple(asked)


def relistened(flow: Flow, session: Session, heard: Understanding) -> Session:
    """The session with what Claude heard in the whole of it; what code read stands where Claude heard nothing."""
    before, told = session.state, session.told
    said = TOGETHER.join(turn.utterance for turn in told)
    last = max((turn.slot for turn in told), default=0)
    state = moves.absorb(flow, before, heard, utterance=said, turn=last, is_over=True)
    known = {id(event) for event in before.events}
    events = tuple(e if id(e) in known else _placed(flow, e, before.facts.get(e.slot), told) for e in state.events)
    state = replace(state, events=events)
    flags = tuple(flag for flag in session.flags if flag not in (READ_BY_CODE, TRANSCRIPT_DIFFERS))
    session = replace(session.with_state(state), flags=flags).flagged(RECOVERED)
    if _is_missed_danger(session, heard, said):
        session = session.flagged(DANGER_AFTERWARDS)
    return replace(session, differences=(*session.differences, *_differences(before.facts, state.facts)))


def _is_missed_danger(session: Session, heard: Understanding, said: str) -> bool:
    """Whether there is a sign of danger, in whatever was said, and the call went on as if there were none."""
    was_raised = any(turn.move in (MoveKind.SAFETY, MoveKind.SAFETY_CHECK) for turn in session.turns)
    return not was_raised and bool(SIGNS & (heard.signals | danger_in(said).signals))


def _differences(before: Any, after: Any) -> tuple[dict[str, Any], ...]:
    """Fact by fact, where the two do not say the same."""
    return tuple(
        {"slot": name, "code": _told(before.get(name)), "claude": _told(event)}
        for name, event in after.items()
        if _told(before.get(name)) != _told(event)
    )


def _told(event: FactEvent | None) -> dict[str, Any] | None:
    return None if event is None else {"status": event.status.value, "value": event.value}


def _placed(flow: Flow, event: FactEvent, old: FactEvent | None, turns: Sequence[Turn]) -> FactEvent:
    """The event with the turn it came about in, rather the answer to its question than another one.

    Claude tells no words of a refusal. They are those that code could not read, or the answer to the question; of
    who refused something they were never asked, nobody can say where.
    """
    answers = _answers(flow, flow.slots[event.slot].topic, turns)
    if event.status is Status.FILLED:
        found = [turn for turn in turns if verbatim(event.words, turn.utterance)]
        turn = next((turn for turn in reversed(answers) if turn in found), found[0] if found else None)
        if turn is None:  # words so long that they were cut
            return event
        return replace(event, words=verbatim(event.words, turn.utterance), turn=turn.slot)
    if old is not None and old.status in (Status.GIVEN_UP, Status.NOT_UNDERSTOOD):
        return replace(event, words=old.words, turn=old.turn)
    if answers:
        return replace(event, words=answers[-1].utterance, turn=answers[-1].slot)
    return replace(event, words="", turn=0)


def _answers(flow: Flow, topic: str, turns: Sequence[Turn]) -> list[Turn]:
    """What was said after a question of this topic: a turn keeps the topic of our reply to it."""
    found, here = [], flow.start
    for turn in turns:
        if here == topic and _said(turn):
            found.append(turn)
        here = turn.topic or here
    return found


def _said(turn: Turn) -> bool:
    return bool(turn.utterance.strip())
