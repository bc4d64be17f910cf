"""The talk as the platform tells it: messages in, utterances and what was heard out.

The platform's history is the truth about what the caller said and heard, and only about that: it re-sends, trims
and rewrites (see `turns` for what a request means to a session).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_A_PAIR = 2
_SLACK = 2
_COMPARED = 3

Role = Literal["system", "user", "agent", "tool"]

#: What platforms send for "the caller said nothing": dots, dashes, or a bracketed remark such as `[silence]`.
_SILENCE = re.compile(r"[\W_]*|[\[(][\w\s]{0,30}[\])]", re.UNICODE)
_APOSTROPHE = re.compile("['’`]")
_NO_WORD = re.compile(r"[\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, kw_only=True)
class ToolCall:
    """A tool call that stands in the history; `arguments` is a JSON string."""

    id: str
    name: str
    arguments: str = "{}"


class Message(NamedTuple):
    """One message of the history, text parts already joined."""

    role: Role
    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    #: A tool's result that is marked as an error.
    has_failed: bool = False
    #: Words of ours that the client does not repeat but refers to; what they were stands in our record.
    is_reference: bool = False


class Lazy(Sequence[T], Generic[T]):
    """Values that are made of `raw` whenever they are looked at: of a thousand messages a turn looks at the last few."""

    def __init__(self, raw: Sequence[Any], make: Callable[[Any], T]) -> None:
        self.raw = raw
        self._make = make

    def __len__(self) -> int:
        return len(self.raw)

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self.raw)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        return tuple(map(self._make, self.raw[place])) if isinstance(place, slice) else self._make(self.raw[place])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple | Lazy) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


def history_of(raw: Sequence[tuple[Any, ...]]) -> Sequence[Message]:
    """The messages whose fields, or the first of them, stand in these tuples."""
    return Lazy(raw, lambda fields: Message(*fields))


_MOST_MARKS = 30
"""Marks on one letter, as in Unicode's stream-safe form (UAX 15); sorting thousands of them takes seconds."""
_MARKS = re.compile(rf"[^\w\s\x00-\x7f]{{{_MOST_MARKS + 1},}}")


def normalise(text: str) -> str:
    """One spelling for the same words: NFC, no surrogates or control characters, white space collapsed."""
    if not text.isascii():
        text = _MARKS.sub(lambda marks: marks[0][:_MOST_MARKS], text)
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
    if text.isprintable() and "  " not in text:
        return text.strip(" ")  # nearly every text: no control character, and no white space but single blanks
    return " ".join(_CONTROL.sub(" ", text).split())


def fold(text: str) -> str:
    """For comparing words with words: normalised, case and punctuation dropped."""
    return " ".join(_NO_WORD.sub(" ", _APOSTROPHE.sub("", normalise(text).casefold())).split())


def is_silence(text: str) -> bool:
    """True for a user message that is a silence signal rather than words."""
    if text[:1].isalnum():
        return False  # nearly every message; the rest is looked at closely
    return _SILENCE.fullmatch(normalise(text)) is not None


def utterances(messages: Sequence[Message]) -> Sequence[str]:
    """What the caller said so far, oldest first, silence left out."""
    return Lazy([m[1] for m in _fields(messages) if m[0] == "user" and not is_silence(m[1])], normalise)


def places_of_words(messages: Sequence[Message]) -> list[int]:
    """Where those stand among the messages."""
    return [i for i, m in enumerate(_fields(messages)) if m[0] == "user" and not is_silence(m[1])]


def spoken(messages: Sequence[Message]) -> list[int]:
    """The places of the messages with words that were said, by either side."""
    return [i for i, m in enumerate(_fields(messages)) if m[0] in ("user", "agent") and m[1] and not is_silence(m[1])]


def _fields(messages: Sequence[Message]) -> Sequence[tuple[Any, ...]]:
    """For a look at all of them: no message is made for it."""
    return messages.raw if isinstance(messages, Lazy) else messages


def last_agent_text(messages: Sequence[Message]) -> str:
    """The last thing the caller heard from us before their last words, as the platform tells it ("" when nothing)."""
    places = range(len(messages) - 1, -1, -1)
    last_user = next((i for i in places if messages[i].role == "user"), len(messages))
    told = (messages[i] for i in range(last_user - 1, -1, -1))
    return next((normalise(m.text) for m in told if m.role == "agent" and m.text), "")


def questions(messages: Sequence[Message], count: int) -> tuple[str, ...]:
    """The last thing the caller heard from us before each of their last `count` utterances ("" when nothing).

    There are fewer where the history holds fewer.
    """
    found: list[str] = []
    waiting = 0
    for message in reversed(messages):
        if message.role == "agent" and message.text:
            found += [normalise(message.text)] * waiting
            waiting = 0
            if len(found) == count:
                break
        elif _is_words(message) and len(found) + waiting < count:
            waiting += 1
    return tuple(reversed([*found, *[""] * waiting]))


def is_nudge(messages: Sequence[Message]) -> bool:
    """True when we have spoken since the caller's last words: the platform asks us to go on, not to answer."""
    for message in reversed(messages):
        if _is_words(message):
            return False
        if message.role == "agent" and message.text:
            return True
    return False


def silences(messages: Sequence[Message]) -> int:
    """0 while the caller's last words wait for an answer; else how many messages came after them.

    A re-sent nudge has the same number, the next one a greater: together with the utterance it names the nudge.
    A tool's result is never one of them: frameworks return it at once and ask again, with no time gone by.
    """
    if not is_nudge(messages):
        return 0
    said = 0
    for message in reversed(messages):
        if _is_words(message):
            break
        said += message.role == "user" or (message.role == "agent" and bool(message.text))
    return said


def shown_before(messages: Sequence[Message]) -> str | None:
    """What the platform says the caller heard between their last two utterances.

    "" when they heard nothing; None when the history does not tell (a client that keeps no messages of ours).
    """
    if not any(m.role == "agent" and m.text for m in messages):
        return None
    places = (i for i in range(len(messages) - 1, -1, -1) if _is_words(messages[i]))
    newest, before = next(places, None), next(places, None)
    if newest is None or before is None:
        return None
    between = messages[before + 1 : newest]
    return " ".join(normalise(m.text) for m in between if m.role == "agent" and m.text)


def _is_words(message: Message) -> bool:
    return message.role == "user" and not is_silence(message.text)


def heard_words(sent: str, shown: str) -> int | None:
    """How many words of what was sent were heard; None when the platform shows something else altogether."""
    ours, theirs = fold(sent).split(), fold(shown).split()
    same = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    # The last word may be cut in the middle, and a platform may add a word or two of its own.
    return same if same >= len(theirs) - _SLACK else None


def is_question_heard(sent: str, shown: str) -> bool:
    """Whether the question in what was sent reached the caller. True when it cannot be told, or there is none."""
    heard = heard_words(sent, shown)
    end = sent.rfind("?")
    if heard is None or end < 0:
        return True
    return heard >= len(fold(sent[:end]).split()) - 1


FEW_CHARS, MANY_CHARS = 24, 2_000
"""To what an utterance is shortened where a record would grow too big (`session.bounded`)."""


def shortened(text: str, most: int) -> str:
    """The two ends of a text, with a mark between them by which `is_same` knows it.

    Many begin alike ("Well, I think that"), and few of those end alike as well.
    """
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def is_same(known: str, told: str) -> bool:
    """Whether an utterance that we know is the one of the history; ours may be shortened."""
    if known == told:
        return True
    half = (len(known) - 1) // 2
    if len(known) - 1 not in (FEW_CHARS, MANY_CHARS) or len(told) < len(known):
        return False
    return known[half] == "…" and told.startswith(known[:half]) and told.endswith(known[half + 1 :])


def align(known: Sequence[str], incoming: Sequence[str]) -> int | None:
    """How many of the caller's first utterances the platform has left out of its history.

    Compared are the last few utterances that both sides have. The newest known one may still be revised: it does not
    count against a match, and where something was left out it counts for one only beside others. None when the two
    have nothing in common.
    """
    if not known or _agrees(known, incoming):
        return 0
    for offset in range(1, len(known)):
        if _agrees_without(known, incoming, offset):
            return offset
    return None


def _agrees(known: Sequence[str], incoming: Sequence[str]) -> bool:
    equal = _last_compared(known, incoming, 0, min(len(known) - 1, len(incoming)), _COMPARED)
    return not equal or any(equal)


def _agrees_without(known: Sequence[str], incoming: Sequence[str], offset: int) -> bool:
    """Whether the two agree when the first `offset` are left out. All that are settled must; one alone is too few."""
    both = min(len(known) - offset, len(incoming))
    *settled, newest = _last_compared(known, incoming, offset, both, _COMPARED + 1)
    if len(incoming) < len(known) - offset:  # a late copy of an older request
        return all(settled) and newest and bool(settled)
    return all(settled) and (newest or len(settled) >= _A_PAIR)


def _last_compared(known: Sequence[str], incoming: Sequence[str], offset: int, both: int, most: int) -> list[bool]:
    """Which of the last `most` are equal among the `both` that stand on both sides without the first `offset`."""
    return [is_same(known[offset + i], incoming[i]) for i in range(max(both - most, 0), both)]
