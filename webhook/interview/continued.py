"""A talk of which the client sends only a part: the rest stands in our record.

It leaves out everything up to a response of ours that it names, or sends our own words as mere references.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.interview.history import Message, is_same, is_silence, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.session import Session, Turn


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a client leaves to us that goes on from a response: the talk of that session, so far.

    `turns` is how many of the caller's utterances were answered or being answered by then, `silences` how often the
    caller had been silent since the last of them.
    """

    session_id: str
    turns: int
    silences: int
    #: The call was hung up by then, as its client has told.
    has_hung_up: bool = False


def whole_talk(
    session: Session, messages: Sequence[Message], known: Known | None, *, has_references: bool
) -> Sequence[Message]:
    """The messages with what the client has left out of them.

    What is known of another session than this one is left out for good.
    """
    if known is not None and known.session_id == session.session_id:
        system = [message for message in messages if message.role == "system"]
        new = [message for message in messages if message.role != "system"]
        messages = [*system, *_talk_until(session, known), *new]
    return _with_our_words(session, messages) if has_references else messages


def _talk_until(session: Session, known: Known) -> list[Message]:
    """The messages of this conversation; silence is told by its signal alone."""
    told = [Message(role="agent", text=session.first_message)] if session.first_message else []
    for turn in session.turns[session.carried : known.turns]:
        told.append(Message(role="user", text=turn.utterance))
        if turn.reply:
            told.append(Message(role="agent", text=turn.reply))
    return told + [Message(role="user", text="...")] * known.silences


def _with_our_words(session: Session, messages: Sequence[Message]) -> list[Message]:
    """Each reference becomes the reply to the utterance before it."""
    said = [normalise(message.text) for message in messages if _is_words(message)]
    turns = session.turns[session.carried :]
    left_out = max(len(turns) - len(said) + _is_new(turns, said), 0)
    whole: list[Message] = []
    before = 0
    for message in messages:
        before += _is_words(message)
        if not message.is_reference:
            whole.append(message)
            continue
        place = left_out + before - 1
        text = session.first_message if place < 0 else turns[place].reply if place < len(turns) else ""
        if text:
            whole.append(Message(role="agent", text=text))
    return whole


def _is_new(turns: Sequence[Turn], said: Sequence[str]) -> bool:
    """Whether the last of these utterances is none that we know, nor another form of the last that we know."""
    if not turns or not said:
        return bool(said)
    is_known = is_same(turns[-1].utterance, said[-1])
    if len(said) != len(turns):
        return len(said) > len(turns) or not is_known
    return not is_known and len(said) > 1 and is_same(turns[-1].utterance, said[-2])


def _is_words(message: Message) -> bool:
    return message.role == "user" and not is_silence(message.text)
