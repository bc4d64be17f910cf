"""An interview that was held without Claude, listened to afterwards: what Claude hears goes over what code had read.

The road was what it was; only facts change, each with the words that show it, and where the two differ is kept.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from webhook.interview import moves
from webhook.interview.history import fold
from webhook.interview.speech import question_of

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
    before = session.state
    last = max((turn.slot for turn in session.told), default=0)
    state = moves.absorb(flow, before, heard, utterance=" / ".join(utterances(session)), turn=last)
    known = {id(event) for event in before.events}
    events = tuple(e if id(e) in known else replace(e, turn=_turn_of(e, session.told, last)) for e in state.events)
    state = replace(state, events=events)
    flags = tuple(flag for flag in session.flags if flag not in (READ_BY_CODE, TRANSCRIPT_DIFFERS))
    session = replace(session.with_state(state), flags=flags).flagged(RECOVERED)
    return replace(session, differences=(*session.differences, *_differences(before.facts, state.facts)))


def _differences(before: Any, after: Any) -> tuple[dict[str, Any], ...]:
    """Fact by fact, where the two do not say the same."""
    return tuple(
        {"slot": name, "code": _told(before.get(name)), "claude": _told(event)}
        for name, event in after.items()
        if _told(before.get(name)) != _told(event)
    )


def _told(event: FactEvent | None) -> dict[str, Any] | None:
    return None if event is None else {"status": event.status.value, "value": event.value}


def _turn_of(event: FactEvent, turns: Sequence[Turn], last: int) -> int:
    """The turn in which the words stand, the latest if there are several."""
    words = fold(event.words)
    found = [turn.slot for turn in turns if words and f" {words} " in f" {fold(turn.utterance)} "]
    return found[-1] if found else last


def _said(turn: Turn) -> bool:
    return bool(turn.utterance.strip())
