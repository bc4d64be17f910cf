"""Whether a history that comes without any id belongs to a session: by its words, and by nothing else.

Callers begin alike ("Hello?", "Yes."), so several sessions may fit; `Fit` says how well each does. Whatever is wrong
about a choice between them is harmless: they have heard the same words up to there, and part where the words do.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from webhook.interview.history import heard_words, is_same, silences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.history import Message
    from webhook.interview.session import Session, Turn

_LOOKED_AT = 2
"""The newest replies that are looked for in the history; those before them were looked for with earlier requests."""


class Fit(IntEnum):
    """How well a history fits a session; the greater the better."""

    AGAIN = 0  # the session is over, and the history has the words that ended it, unanswered: a re-sent request
    OVER = 1  # the session is over, and the history shows its end
    OTHERWISE = 2  # the same words, but the history shows other replies, or does not show a silence
    WELL = 3


@dataclass(frozen=True, kw_only=True)
class Told:
    """A history: the caller's words, normalised, and at which places in its messages they stand."""

    messages: Sequence[Message]
    words: Sequence[str]
    places: Sequence[int]

    @property
    def shows_us(self) -> bool:
        """Whether anything that we said stands in it."""
        return any(m.role == "agent" for m in self.messages)

    def after(self, number: int) -> Sequence[Message]:
        """The words of that number, from 0 on, and what the history shows until the next ones."""
        end = self.places[number + 1] if number + 1 < len(self.places) else len(self.messages)
        return self.messages[self.places[number] : end]


def fit(session: Session, told: Told) -> Fit | None:
    """None: somebody else's call.

    A session that is known by an id belongs to whoever has the id. One that knows words which the history lacks is
    another call; so is one that is over, unless the history knows its end. The last words may have gone on since
    ("Yes" ... "Yes, please"): nothing rests on them before the next ones are said.
    """
    if session.known_by == "id" or session.conversation_id is not None or session.call is not None:
        return None
    turns = session.turns
    if not turns:
        return None if session.is_over else Fit.WELL
    if not says_all(session, told.words):
        return None
    if session.is_over:
        return _fit_of_the_end(session, turns, told)
    shows_silences = _silences(turns, told) >= max(session.nudges, default=0)
    newest = range(max(len(turns) - _LOOKED_AT, 0), len(turns))
    shows_replies = all(_may_show(turns[i], told.after(i)) for i in newest)
    return Fit.WELL if shows_silences and shows_replies else Fit.OTHERWISE


def says_all(session: Session, words: Sequence[str]) -> bool:
    """Whether all that the session knows was said: the first of these words, the last of them perhaps not to its end."""
    turns = session.turns
    if len(turns) > len(words):
        return False
    *settled, newest = (turn.utterance for turn in turns) if turns else ("",)
    may_go_on = session.head is not None and not session.is_over and len(turns) == len(words)
    is_newest = not turns or is_same(newest, words[len(settled)]) or (may_go_on and words[-1].startswith(newest))
    return is_newest and all(map(is_same, settled, words))


def _may_show(turn: Turn, after: Sequence[Message]) -> bool:
    """Whether what was heard after these words may be our reply to them; so may nothing at all."""
    heard = next((m.text for m in after if m.role == "agent" and m.text), "")
    return not (heard and turn.reply) or heard_words(turn.reply, heard) is not None


def _fit_of_the_end(session: Session, turns: Sequence[Turn], told: Told) -> Fit | None:
    """An end that nobody decided (a call that stopped, or was ended from outside) is known to no history."""
    if session.state.ending is None:
        return None
    if session.nudges:
        return Fit.OVER if _silences(turns, told) >= session.nudges[-1] else None
    after = told.after(len(turns) - 1)
    if any(m.role == "agent" and (m.text or m.tool_calls) for m in after) and _may_show(turns[-1], after):
        return Fit.OVER
    return Fit.AGAIN if len(told.words) == len(turns) else None


def _silences(turns: Sequence[Turn], told: Told) -> int:
    """The silences that the history shows after the last words that the session knows (`history.silences`)."""
    return silences(told.after(len(turns) - 1))
