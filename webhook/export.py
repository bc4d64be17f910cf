"""What an export is made of: its files and what stands in them. Values only; `webhook.exports` gathers and writes.

It is for the person it is about, so values are whole and files are readable. What opens something (tokens, secrets)
stays out, and what cannot be read goes in as it is.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from webhook.delivery import delivery_of
from webhook.delivery import shown as delivery_shown
from webhook.erasure import erasure_of
from webhook.erasure import shown as erasure_shown
from webhook.errors import RecordDamaged, StoreError
from webhook.interview.report import iso, to_json, transcript
from webhook.interview.report_forms import to_markdown
from webhook.interview.session import from_dict
from webhook.interview.told import Kind, ToldStatus
from webhook.interview.transcript_forms import cues_of, to_srt, to_text, to_vtt
from webhook.wire.limits import ELEVENLABS_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from webhook.erasure import Whom
    from webhook.interview.session import Session

    Raw = Mapping[str, Any] | bytes
    """A record, or the bytes of one that cannot be read."""

SCHEMA: Final = 1
_TOKEN: Final = re.compile(rb"eyJ[A-Za-z0-9_-]{16,4096}\.[A-Za-z0-9_-]{16,256}")
"""The shape of a session's token, for records in which nobody can tell where it stands."""
_LEFT_OUT: Final = b"(token left out)"
_ODD: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError)
"""What code raises that takes an odd document for one of ours; the last two for times that no calendar has."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is to hand over. `began` has the ids of the sessions, the oldest first, and when they began."""

    whom: Whom
    at: float
    began: Mapping[str, float | None]
    #: By what stands for the caller's number: what they were invited to.
    invites: Mapping[str, Raw | None] = field(default_factory=dict)
    erasures: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Held:
    """One session with what hangs on it. Of its records, the one of the session store comes before its standby's."""

    session_id: str
    records: tuple[Raw, ...] = ()
    interviews: Mapping[str, Raw] = field(default_factory=dict)
    deliveries: tuple[Raw, ...] = ()
    #: By conversation; None where only a recording may be there.
    told: Mapping[str, Raw | None] = field(default_factory=dict)

    @property
    def session(self) -> Session | None:
        return session_in(self.records[0]) if self.records else None


def session_in(raw: Raw) -> Session | None:
    """None for what this release cannot read."""
    try:
        return None if isinstance(raw, bytes) else from_dict(raw)
    except StoreError:
        return None


def caller_in(raw: Raw | None) -> str:
    """What stands for the caller's number; "" where none is known."""
    call = raw.get("call") if raw is not None and not isinstance(raw, bytes) else None
    caller = call.get("caller") if isinstance(call, dict) else None
    return caller if isinstance(caller, str) else ""


def began_in(raw: Raw | None) -> float | None:
    at = raw.get("created_at") if raw is not None and not isinstance(raw, bytes) else None
    return float(at) if isinstance(at, int | float) else None


def is_tombstone(told: Raw) -> bool:
    """Whether all that is known of a conversation is that it was erased."""
    return not isinstance(told, bytes) and told.get("status") == ToldStatus.DELETED and not told.get("events")


def conversations_in(raw: Raw) -> tuple[str, ...]:
    """Those a record names, also one that is no session to this release."""
    if isinstance(raw, bytes):
        return ()
    past = raw.get("past_conversations")
    named = [raw.get("conversation_id"), *(past if isinstance(past, list | tuple) else ())]
    return tuple(each for each in named if isinstance(each, str) and ELEVENLABS_ID.fullmatch(each))


def folder_of(number: int, began: float | None) -> str:
    at = _time(began)
    return f"{number:03}_{'unknown-date' if at is None else at[:10]}"


# The files of a session


def files_of(held: Held) -> Iterator[tuple[str, bytes]]:
    """The name of each file in the session's folder, and what stands in it; recordings are not among them."""
    for place, record in zip(("session.json", "session-standby.json"), held.records, strict=False):
        yield place, pretty(readable(record))
    if held.records:
        yield from _report_files(held.records[0])
        yield from _transcript_files(held.session)
    if held.interviews:
        yield "interviews.json", pretty([_interview(name, raw, held) for name, raw in held.interviews.items()])
    if held.deliveries:
        yield "deliveries.json", pretty([_delivery(raw) for raw in held.deliveries])
    told = {name: raw for name, raw in held.told.items() if raw is not None and not is_tombstone(raw)}
    if told:
        yield "platform.json", pretty({name: readable(raw) for name, raw in told.items()})
    for number, raw in enumerate(held.told.values(), start=1):
        yield from _subtitle_files(number, raw)


def _report_files(raw: Raw) -> Iterator[tuple[str, bytes]]:
    report = None if isinstance(raw, bytes) else raw.get("report")
    if not isinstance(report, dict):
        return
    yield "report.json", pretty(_or_as_it_is(to_json, report))
    markdown = _or_nothing(lambda: to_markdown(report))
    if markdown is not None:
        yield "report.md", encoded(markdown)


def _transcript_files(session: Session | None) -> Iterator[tuple[str, bytes]]:
    if session is None:
        return
    said = transcript(session)
    alone = [{"role": "user", "text": words} for words in session.missed]
    yield "transcript.txt", encoded(to_text([*said, *alone]))
    document: dict[str, Any] = {"sessionId": session.session_id, "transcript": said}
    yield (
        "transcript.json",
        pretty({**document, "heardByThePlatformAlone": list(session.missed)} if alone else document),
    )


def _subtitle_files(number: int, raw: Raw | None) -> Iterator[tuple[str, bytes]]:
    """With the number of the recording they belong to."""
    content = None if raw is None or isinstance(raw, bytes) else _or_nothing(lambda: _content(raw))
    cues = None if content is None else _or_nothing(lambda: cues_of(content))
    if cues:
        yield f"subtitles-{number}.srt", encoded(to_srt(cues))
        yield f"subtitles-{number}.vtt", encoded(to_vtt(cues))


def _content(told: Mapping[str, Any]) -> Any:
    return told["events"][Kind.TRANSCRIPT.value]["content"]


def _interview(interview_id: str, raw: Raw, held: Held) -> dict[str, Any]:
    """Whether it leads to another session, but not to which: that one may be somebody else's."""
    if isinstance(raw, bytes):
        return {"interviewId": interview_id, **readable(raw)}
    times = {"createdAt": _time(raw.get("created_at")), "updatedAt": _time(raw.get("updated_at"))}
    return {
        "interviewId": interview_id,
        "leadsToThisSession": raw.get("current") == held.session_id,
        "wasErased": raw.get("erased") is True,
        **times,
    }


def _delivery(raw: Raw) -> dict[str, Any]:
    if isinstance(raw, bytes):
        return readable(raw)
    try:
        delivery = delivery_of(dict(raw))
        return {**delivery_shown(delivery), "event": json.loads(delivery.body)}
    except (RecordDamaged, *_ODD):
        return dict(raw)


# The files beside the sessions


def caller_file(found: Found) -> bytes:
    """Who was meant, and what they were invited to."""
    return pretty({"callers": [_caller(key, raw) for key, raw in found.invites.items()]})


def _caller(key: str, raw: Raw | None) -> dict[str, Any]:
    if raw is None or isinstance(raw, bytes):
        return {"caller": key, "invitedTo": None if raw is None else readable(raw)}
    invited = {
        "interviewId": raw.get("interview_id"),
        "flow": raw.get("flow_id") or None,
        "persona": raw.get("persona_id"),
        "language": raw.get("language"),
        "invitedAt": _time(raw.get("created_at")),
        "expiresAt": _time(raw.get("expires_at")),
    }
    return {"caller": key, "invitedTo": invited}


def erasures_file(found: Found) -> bytes:
    return pretty({"erasures": [_erasure(record) for record in found.erasures]})


def _erasure(record: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return erasure_shown(erasure_of(record))
    except (RecordDamaged, *_ODD):
        return dict(record)


def is_erasure_of(record: Mapping[str, Any], sessions: Iterable[str], callers: Iterable[str]) -> bool:
    """Whether an erasure was of one of these; a record that is none of ours is of nobody."""
    whom = record.get("whom")
    if not isinstance(whom, dict):
        return False
    erased = {whom.get("session_id"), *(record.get("sessions") or ())}
    return not (erased.isdisjoint(sessions) and set(whom.get("callers") or ()).isdisjoint(callers))


# Forms


def pretty(document: Any) -> bytes:
    return encoded(json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n")


def encoded(text: str) -> bytes:
    """A half of a character, which no UTF-8 can hold, as JSON writes it."""
    return text.encode("utf-8", "backslashreplace")


def readable(raw: Raw) -> dict[str, Any]:
    """The record without what opens something; of bytes that cannot be read all others, and the letters in them."""
    if isinstance(raw, bytes):
        kept = _TOKEN.sub(_LEFT_OUT, raw)
        return {"unreadable": True, "base64": base64.b64encode(kept).decode(), "text": kept.decode("utf-8", "replace")}
    if raw.get("status") != "damaged":
        return {name: value for name, value in raw.items() if name != "tokens"}
    kept = _or_nothing(lambda: base64.b64decode(raw["data"], validate=True))
    return dict(raw) if kept is None else {**raw, "data": None, **readable(kept)}


def _time(value: object) -> str | None:
    at: str | None = _or_nothing(lambda: iso(value)) if isinstance(value, int | float) else None
    return at


def _or_nothing(made: Callable[[], Any]) -> Any:
    """What is odd has no such form; its record is in the export in any case."""
    try:
        return made()
    except _ODD:
        return None


def _or_as_it_is(form: Callable[[Mapping[str, Any]], Any], document: Mapping[str, Any]) -> Any:
    made = _or_nothing(lambda: form(document))
    return document if made is None else made


# What explains it


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that was written. `conversation` is that of a recording."""

    path: str
    size: int
    sha256: str
    conversation: str | None = None


def session_entry(held: Held, folder: str, recordings: Sequence[Entry]) -> dict[str, Any]:
    """What the index says of a session."""
    first = held.records[0] if held.records else None
    record: Mapping[str, Any] = {} if first is None or isinstance(first, bytes) else first
    return {
        "sessionId": held.session_id,
        "folder": folder,
        "createdAt": _time(began_in(first)),
        "updatedAt": _time(record.get("updated_at")),
        "flow": record.get("flow_id"),
        "status": record.get("status"),
        "reportStatus": record.get("report_status"),
        "isReadable": held.session is not None,
        "records": len(held.records),
        "interviews": list(held.interviews),
        "conversations": list(held.told),
        "deliveries": len(held.deliveries),
        "recordings": {each.path: each.conversation for each in recordings},
    }


def index_file(found: Found, sessions: Sequence[Mapping[str, Any]], files: Sequence[Entry]) -> bytes:
    listed = [{"path": each.path, "size": each.size, "sha256": each.sha256} for each in files]
    counted = {
        "sessions": len(sessions),
        "conversations": len({name for each in sessions for name in each["conversations"]}),
        "recordings": sum(len(each["recordings"]) for each in sessions),
        "deliveries": sum(each["deliveries"] for each in sessions),
        "invites": sum(raw is not None for raw in found.invites.values()),
        "erasures": len(found.erasures),
    }
    return pretty(
        {
            "schema": SCHEMA,
            "madeAt": iso(found.at),
            "about": {"sessionId": found.whom.session_id, "callers": list(found.invites)},
            "found": counted,
            "sessions": list(sessions),
            "files": listed,
        }
    )


def read_me(found: Found, *, sessions: int, recordings: int) -> bytes:
    about = "one interview" if found.whom.session_id is not None else "one caller"
    return _READ_ME.format(at=iso(found.at), about=about, sessions=sessions, recordings=recordings).encode()


_READ_ME: Final = """\
Everything this service holds about {about}
===========================================

Made at {at} (UTC). Interviews: {sessions}. Recordings: {recordings}.

Nothing is shortened or hidden in these files, so keep them as safe as what they tell.


What is in it
-------------

Each interview has a folder of its own, named by a number and the day it began. In it, as far as it is there:

session.json           the interview as it is stored: every turn, what was understood, how it ended
session-standby.json   a second copy of it, from the store that steps in when the first one is away
report.md, report.json the report that was made of it, to read and for programs
transcript.txt, .json  what was said, to read and for programs
subtitles-1.srt, .vtt  the same with times, to play along with recording-1.mp3
recording-1.mp3        the sound of the call; a call that broke off and went on has several
platform.json          what the voice platform told of the call after it, by its conversations
deliveries.json        what other systems were told of the interview: when, and whether it arrived
interviews.json        the invitation or start that the interview belongs to

A text that says "unreadable" holds a record that is damaged, or of a newer release, exactly as it is stored.

Beside the folders:

caller.json    what stands for the phone number that called, and what it was invited to; the number itself is not
               kept, only a keyed fingerprint from which it cannot be read
erasures.json  when something of this was erased earlier: ids and times, nothing that was said
index.json     what was found where, and the size and SHA-256 of every file (but its own), to prove that it is whole


What is not in it, and why
--------------------------

- What the voice platform (ElevenLabs) keeps itself: its own transcript and recording of a call, for as many days as its
  agent is set to. Ask there; each conversation's id stands in index.json.
- What other systems made of the results that were sent to them: ask those who run them.
- Copies that others make of the disk or the database (backups).
- Tokens and secrets, which open doors and tell nothing of anybody.
- The service's log: it has ids, sizes and times, never what was said or a number.
- Marks that something was erased and must not come back: they hold an id and a time.
- What was erased, and what was over its time.
- What was told of a call that no interview was found for, and damaged records of which nobody can tell whose they are:
  such things are found by their own id only.

All calls from one number count as one caller, whoever spoke; a call with its number withheld belongs to no caller and
is found by its own id.
"""
