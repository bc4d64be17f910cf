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

from webhook.interview.letters import INVISIBLE, WORD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

T = TypeVar("T")
_A_PAIR = 2
_SLACK = 2
_DEPTH = 16
"""Utterances that are compared at each offset, and the first one besides."""
_MOST_ALIKE = 64
"""Offsets at which enough agrees, of which the best is taken; more are there only where all is the same."""
_MANY = 4
"""Where as many agree, one that differs may be a platform's second thought."""

Role = Literal["system", "user", "agent", "tool"]

#: What platforms send for "the caller said nothing": dots, dashes, or a bracketed remark such as `[silence]`.
_SILENCE = re.compile(r"[\W_]*|[\[(][\w\s]{0,30}[\])]", re.UNICODE)
_APOSTROPHE = re.compile("['’`]")
_NO_WORD = re.compile(r"[\W_]+")
_WORD = re.compile(WORD)
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
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
    text = _APOSTROPHE.sub("", normalise(text))
    if text.isascii():
        return " ".join(_NO_WORD.sub(" ", text.casefold()).split())
    words = _WORD.findall(_INVISIBLE.sub("", text))  # first: some marks become letters when case is dropped (U+0345)
    return " ".join(_WORD.findall(" ".join(words).casefold()))


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


def shows_ours(messages: Sequence[Message]) -> bool:
    """Whether the history holds anything that we said; there are clients that keep nothing of it."""
    return any(m.role == "agent" and m.text for m in messages)


def heard_before(messages: Sequence[Message]) -> Sequence[str]:
    """What the caller heard of us before each of their utterances, since the one before it; "" where nothing."""
    fields = _fields(messages)
    places = [i for i, m in enumerate(fields) if m[0] == "user" and not is_silence(m[1])]

    def heard(number: int) -> str:
        between = fields[places[number - 1] + 1 if number else 0 : places[number]]
        return " ".join(normalise(m[1]) for m in between if m[0] == "agent" and m[1])

    return Lazy(range(len(places)), heard)


def shown_before(messages: Sequence[Message]) -> str | None:
    """What the platform says the caller heard before their last utterance, since the one before it.

    "" when they heard nothing; None when the history does not tell: the client keeps no messages of ours, or what
    stood before the only utterance is left out.
    """
    heard = heard_before(messages) if shows_ours(messages) else ()
    if not heard:
        return None
    return heard[-1] or (None if len(heard) == 1 else "")


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


class Ours(NamedTuple):
    """What we said between two utterances; `heard` is what a history showed of it, None as long as none has."""

    sent: str = ""
    heard: str | None = None


class _Sides(NamedTuple):
    """What we know of a talk, and what a history tells of it.

    `asked[i]` is what we said before `known[i]`, and the last of them what we said after all; `heard[i]` stands in the
    history before `incoming[i]`. Both are empty where nothing is known of our side.
    """

    known: Sequence[str]
    incoming: Sequence[str]
    asked: Sequence[Ours]
    heard: Sequence[str]


class _Match(NamedTuple):
    """How well the two agree at one offset.

    The newest utterance of either side may be revised, so it never counts against. Nor does the newest of the history
    count for an offset: it is a new one as often as a known one.
    """

    agree: int
    against: int
    #: Our words that stand where we said them, and those that stand where we said others.
    ours_agree: int
    ours_against: int
    is_newest_told_same: bool
    is_newest_known_same: bool

    @property
    def score(self) -> int:
        return self.agree + self.ours_agree - _MANY * (self.against + self.ours_against)

    def is_enough(self, offset: int, known: int, trimmed: int) -> bool:
        """Whether a talk is known by it.

        One utterance is too little where more was left out than before, unless it is the newest we know, or words of
        ours stand beside it.
        """
        if not self.against and (self.is_newest_known_same or self.ours_agree > self.ours_against):
            return True
        evidence = self.agree + self.is_newest_told_same - _A_PAIR * self.against
        if offset in (0, trimmed):
            return evidence > 0 or (known == 1 and not self.ours_against)
        return evidence >= _A_PAIR


def align(
    known: Sequence[str],
    incoming: Sequence[str],
    *,
    asked: Sequence[Ours] = (),
    heard: Sequence[str] = (),
    trimmed: int = 0,
    is_answered: bool = False,
) -> int | None:
    """How many of the caller's first utterances the platform has left out of its history.

    Each offset is rated by what both sides have, the caller's words and ours (see `_Sides`); the best one is taken.
    None: at none of them the two have enough in common.

    Where the same was answered again and again, or the history does not show our words, several may be rated alike:
    - The newest known utterance came again, or was revised, until it `is_answered`: its reply is complete, and was for
      so long that it can have been heard. After that the words are a new utterance.
    - Nothing comes back that was `trimmed` when the newest known utterance came.
    - A history that is shorter than it was then is a late copy of an older request. If it is none, the words are in
      the next history, too; words that were applied twice would stay.
    - Otherwise as few utterances as possible were never told to us.
    """
    if not known:
        return 0
    sides = _Sides(known, incoming, asked, heard)
    if _is_as_expected(sides, trimmed, is_answered=is_answered):
        return trimmed
    seen: dict[tuple[Ours, str], int] = {}
    most, alike = _most(sides), 0
    best: tuple[int, int] | None = None
    for offset in sorted(
        range(len(known) + 1), key=lambda o: _likelihood(sides, o, trimmed, is_answered=is_answered), reverse=True
    ):
        match = _match(sides, offset, seen)
        if match is None or not match.is_enough(offset, len(known), trimmed):
            continue
        alike += 1
        if best is None or match.score > best[0]:
            best = match.score, offset
        if match.score >= most or alike == _MOST_ALIKE:
            break
    return None if best is None else best[1]


def _most(sides: _Sides) -> int:
    """The score of an offset at which everything agrees that is compared."""
    told = len(sides.incoming)
    heard = sum(bool(sides.heard[place]) for place in _ends(told)) if sides.asked and sides.heard else 0
    return heard + sum(1 for _ in _ends(told - 1))


def _is_as_expected(sides: _Sides, trimmed: int, *, is_answered: bool) -> bool:
    """Nearly every request, by a few looks: as much is left out as before, and one utterance is new, or none."""
    known, incoming, asked, heard = sides
    new = trimmed + len(incoming) - len(known)
    if not incoming or new not in (0, 1):
        return False
    match = _match(sides, trimmed, {})
    if match is None or match.score < _most(sides) or not match.is_enough(trimmed, len(known), trimmed):
        return False
    if new:
        return True
    # The same number of them: was the oldest left out, and is there a new one?
    return not is_answered and not (asked and heard and _agreement(asked[len(known)], heard[-1]) > 0)


def _match(sides: _Sides, offset: int, seen: dict[tuple[Ours, str], int]) -> _Match | None:
    """The last `_DEPTH` utterances on both sides at that offset, and the first one. None: they hardly agree.

    `seen` keeps what was found of our words, for the same few are compared again and again.
    """
    known, incoming, _, _ = sides
    agree = against = 0
    newest_told = newest_known = False
    newest = len(incoming) - 1
    both = [newest] if offset + newest < len(known) else []
    for place in (*both, *_ends(min(newest, len(known) - offset))):
        ours, theirs = known[offset + place], incoming[place]
        is_newest_told, is_newest_known = place == newest, offset + place == len(known) - 1
        if is_same(ours, theirs):
            agree += not is_newest_told
            newest_told |= is_newest_told
            newest_known |= is_newest_known
        elif not (is_newest_known or (is_newest_told and _is_guess(ours, theirs))):
            against += 1
            if against > 1 and _A_PAIR * (against - 1) > agree:
                return None
    return _Match(agree, against, *_compared(sides, offset, seen), newest_told, newest_known)


def _compared(sides: _Sides, offset: int, seen: dict[tuple[Ours, str], int]) -> tuple[int, int]:
    """How often our words agree and how often they do not, as `_match` has it of the caller's."""
    if not sides.asked or not sides.heard:
        return 0, 0
    found = []
    for place in _ends(min(len(sides.incoming), len(sides.known) - offset + 1)):
        pair = sides.asked[offset + place], sides.heard[place]
        if pair not in seen:
            seen[pair] = _agreement(*pair)
        found.append(seen[pair])
    return found.count(1), found.count(-1)


def _ends(count: int) -> Iterator[int]:
    """The last `_DEPTH` of so many places, the last one first, and the first one."""
    yield from range(count - 1, max(count - _DEPTH, 0) - 1, -1)
    if count > _DEPTH:
        yield 0


def _is_guess(known: str, told: str) -> bool:
    """Whether one of the two is the other before it was said to its end."""
    return known.startswith(told) or told.startswith(known)


def _agreement(asked: Ours, heard: str) -> int:
    """1: what was heard is what we said; -1: it is something else; 0: there is no telling.

    What a history has shown once it goes on showing. Before that our words may be cut off, or have something of ours
    beside them.
    """
    if asked.heard == heard:
        return int(bool(heard))  # nearly always
    theirs = fold(heard)
    if not theirs or not (asked.sent or asked.heard):
        return 0
    if asked.heard is not None:
        return 1 if is_same(fold(asked.heard), theirs) else -1
    ours = fold(asked.sent)
    if ours.startswith(theirs) or f" {ours} " in f" {theirs} ":
        return 1
    return 0 if heard_words(ours, theirs) else -1


def _likelihood(sides: _Sides, offset: int, trimmed: int, *, is_answered: bool) -> tuple[bool, bool, int]:
    """The order of offsets that are rated alike, the least likely first; see `align`."""
    new = offset + len(sides.incoming) - len(sides.known)
    is_shorter = len(sides.incoming) < len(sides.known) - trimmed
    if new < 0:
        return is_shorter, offset <= trimmed, new
    return not is_shorter, offset >= trimmed, -new if new > 1 else -abs(is_answered - new)
