"""What an export is made of: its files and what stands in them. Values only; `webhook.privacy.exports` gathers and writes.

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
from webhook.errors import RecordDamaged
from webhook.interview.report import iso, to_json, transcript
from webhook.interview.report_forms import to_markdown
from webhook.interview.told import Kind
from webhook.interview.transcript_forms import cues_of, to_srt, to_text, to_vtt
from webhook.privacy.erasure import erasure_of
from webhook.privacy.erasure import shown as erasure_shown
from webhook.privacy.raw_records import is_tombstone, session_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from webhook.interview.session import Session
    from webhook.privacy.erasure import Whom
    from webhook.privacy.raw_records import Raw

_TOKEN: Final = re.compile(rb"eyJ[A-Za-z0-9_-]{16,4096}\.[A-Za-z0-9_-]{16,256}")
"""The shape of a session's token, for records in which nobody can tell where it stands."""
_LEFT_OUT: Final = b"(token left out)"
_ODD: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError)
"""What code raises that takes an odd document for one of ours; the last two for times that no calendar has."""


@dataclass(frozen=True, kw_only=True)
class Overview:
    """What there is to hand over. `began` has the ids of the sessions, the oldest first, and when they began."""

    whom: Whom
    at: float
    began: Mapping[str, float | None]
    #: By what stands for the caller's number: what they were invited to.
    invites: Mapping[str, Raw | None] = field(default_factory=dict)
    erasures: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bundle:
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


def folder_of(number: int, began: float | None) -> str:
    at = time_of(began)
    return f"{number:03}_{'unknown-date' if at is None else at[:10]}"


# The files of a session


def files_of(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """The name of each file in the session's folder, and what stands in it; recordings are not among them."""
    for place, record in zip(("session.json", "session-standby.json"), bundle.records, strict=False):
        yield place, pretty(readable(record))
    if bundle.records:
        yield from _report_files(bundle.records[0])
        yield from _transcript_files(bundle.session)
    if bundle.interviews:
        yield "interviews.json", pretty([_interview(name, raw, bundle) for name, raw in bundle.interviews.items()])
    if bundle.deliveries:
        yield "deliveries.json", pretty([_delivery(raw) for raw in bundle.deliveries])
    told = {name: raw for name, raw in bundle.told.items() if raw is not None and not is_tombstone(raw)}
    if told:
        yield "platform.json", pretty({name: readable(raw) for name, raw in told.items()})
    for number, raw in enumerate(bundle.told.values(), start=1):
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


def _interview(interview_id: str, raw: Raw, bundle: Bundle) -> dict[str, Any]:
    """Whether it leads to another session, but not to which: that one may be somebody else's."""
    if isinstance(raw, bytes):
        return {"interviewId": interview_id, **readable(raw)}
    times = {"createdAt": time_of(raw.get("created_at")), "updatedAt": time_of(raw.get("updated_at"))}
    return {
        "interviewId": interview_id,
        "leadsToThisSession": raw.get("current") == bundle.session_id,
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


def caller_file(overview: Overview) -> bytes:
    """Who was meant, and what they were invited to."""
    return pretty({"callers": [_caller(key, raw) for key, raw in overview.invites.items()]})


def _caller(key: str, raw: Raw | None) -> dict[str, Any]:
    if raw is None or isinstance(raw, bytes):
        return {"caller": key, "invitedTo": None if raw is None else readable(raw)}
    invited = {
        "interviewId": raw.get("interview_id"),
        "flow": raw.get("flow_id") or None,
        "persona": raw.get("persona_id"),
        "language": raw.get("language"),
        "invitedAt": time_of(raw.get("created_at")),
        "expiresAt": time_of(raw.get("expires_at")),
    }
    return {"caller": key, "invitedTo": invited}


def erasures_file(overview: Overview) -> bytes:
    return pretty({"erasures": [_erasure(record) for record in overview.erasures]})


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


def time_of(value: object) -> str | None:
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
