"""How long each class of data is kept, and what is left of a record when one of them is over.

A period counts from the beginning of the interview. What belongs to the report stays as long as the report: facts with
their words and turn, how the call went, what it cost. Of the talk itself nothing stays.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from webhook.interview.told import Kind, Told

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.interview.session import Head, Session, Turn

DAY_S: Final = 24 * 3600.0
MOST_DAYS: Final = 3650
NET_S: Final = 7 * DAY_S
"""How much later a store drops by itself what nobody has deleted: the job that also deletes at ElevenLabs comes first."""
LIVE_S: Final = 3600.0
"""An interview that is not over and changed within this time is left alone."""
PATIENCE_S: Final = DAY_S
"""How long what was said waits, beyond its time, for a report that is still being made of it."""
_OF_A_CALL: Final = ("start_time_unix_secs", "call_duration_secs", "termination_reason")


class Data(StrEnum):
    """The classes, by their names in KEEP_DAYS."""

    RECORDINGS = "recordings"
    TRANSCRIPTS = "transcripts"
    REPORTS = "reports"
    #: Ids and times of what was erased.
    AUDIT = "audit"


@dataclass(frozen=True, kw_only=True)
class Keep:
    """Days, by class. An interview is kept as long as its report."""

    recordings: int = 30
    transcripts: int = 30
    reports: int = 30
    audit: int = 365

    def __post_init__(self) -> None:
        """Raises `ValueError`."""
        for data, days in vars(self).items():
            if not 1 <= days <= MOST_DAYS:
                raise ValueError(f"{data}: whole days from 1 to {MOST_DAYS}")
        for data in (Data.RECORDINGS, Data.TRANSCRIPTS):
            if self.days(data) > self.reports:
                raise ValueError(f"{data} ({self.days(data)}) must not be kept longer than reports ({self.reports})")
        if self.audit < self.reports:  # the longest of the others
            raise ValueError(f"audit ({self.audit}) must not be shorter than reports ({self.reports})")

    def days(self, data: Data) -> int:
        return int(getattr(self, data))

    def seconds(self, data: Data) -> float:
        return self.days(data) * DAY_S

    def over_at(self, data: Data, began: float) -> float:
        return began + self.seconds(data)

    def over(self, began: float, now: float) -> frozenset[Data]:
        """The classes that are over for what began then."""
        return frozenset(data for data in Data if self.over_at(data, began) <= now)

    @property
    def net_s(self) -> float:
        """After so long a store drops by itself what hangs on an interview."""
        return self.seconds(Data.REPORTS) + NET_S

    def ttl_s(self, began: float, now: float) -> float:
        """The same for a record of which it is known when it began."""
        return max(self.over_at(Data.REPORTS, began) - now, 0.0) + NET_S


def parse_keep(text: str) -> Keep:
    """`recordings=30,audit=365`; what is left out keeps its default. Raises `ValueError`."""
    given: dict[str, int] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, days = (piece.strip() for piece in part.partition("="))
        if name not in list(Data):
            raise ValueError(f"classes are {', '.join(Data)}, each like reports=30")
        if name in given:
            raise ValueError(f"{name}: given twice")
        if not re.fullmatch("[0-9]{1,9}", days):
            raise ValueError(f"{name}: whole days from 1 to {MOST_DAYS}, like {name}=30")
        given[name] = int(days)
    return Keep(**given)


# A session


def is_live(session: Session, now: float) -> bool:
    return not session.is_over and now < session.updated_at + LIVE_S


def waits_for(session: Session, *, now: float, over_at: float) -> str:
    """Why what was said is not deleted yet: `live`, `report`, or "" when nothing keeps it.

    A report that is not made long after its time is waited for no longer: that the words go was promised.
    """
    if is_live(session, now):
        return "live"
    is_made = session.is_over and session.report_status in ("ready", "failed")
    return "" if is_made or now >= over_at + PATIENCE_S else "report"


def has_transcript(session: Session) -> bool:
    """Whether anything that was said is in it."""
    call = session.call
    said = (session.first_message, session.pending, session.late, session.left_out, session.missed, session.written)
    of_the_call = call is not None and call.opening
    return any(map(bool, said)) or bool(of_the_call) or any(map(_is_spoken, session.turns))


def without_transcript(session: Session, now: float) -> Session:
    """The session without anything that was said in it, but for what belongs to the report."""
    if not has_transcript(session):
        return session
    call = session.call
    is_made = session.report is not None and session.report_status == "pending"
    return replace(
        session,
        log=tuple(map(_unspoken, session.log)),
        head=None if session.head is None else _unspoken_head(session.head),
        first_message="",
        pending=(),
        late=(),
        left_out=(),
        missed=(),
        written=None,
        call=None if call is None else replace(call, opening=""),
        report_status="ready" if is_made else session.report_status,  # the one there is stays the last
        transcript_gone_at=now,
    )


def has_recording(session: Session) -> bool:
    return session.call is not None and (session.call.outcome.has_audio or session.call.outcome.recording is not None)


def without_recording(session: Session) -> Session:
    if session.call is None or not has_recording(session):
        return session
    outcome = replace(session.call.outcome, has_audio=False, recording=None)
    return replace(session, call=replace(session.call, outcome=outcome))


def _is_spoken(turn: Turn) -> bool:
    return bool(turn.utterance or turn.reply or turn.heard)


def _unspoken(turn: Turn) -> Turn:
    return replace(turn, utterance="", reply="", heard=None)


def _unspoken_head(head: Head) -> Head:
    return replace(head, utterance="", reply="", pieces=(), late_seen=0)


# What the platform told


def has_words(told: Told) -> bool:
    return Kind.TRANSCRIPT in told.events and Kind.TRANSCRIPT not in told.gone


def told_without(told: Told, over: frozenset[Data]) -> Told:
    """What was told, less what is over; it is remembered that it was, so that it does not come back.

    The same object where nothing changes.
    """
    if Data.TRANSCRIPTS in over and Kind.TRANSCRIPT not in told.gone:
        told = _wordless(told)
    if Data.RECORDINGS in over and Kind.AUDIO not in told.gone:
        told = _soundless(told)
    return told


def _wordless(told: Told) -> Told:
    received = told.events.get(Kind.TRANSCRIPT)
    events = dict(told.events)
    if received is not None:
        events[Kind.TRANSCRIPT.value] = replace(received, content=_bare(received.content))
    return replace(told, events=events, gone=(*told.gone, Kind.TRANSCRIPT.value))


def _bare(content: Mapping[str, Any]) -> dict[str, Any]:
    """How the call went, without what was said in it."""
    metadata, analysis = content["metadata"], content["analysis"]
    return {
        "status": content.get("status"),
        "transcript": [],
        "metadata": {name: metadata.get(name) for name in _OF_A_CALL},
        "analysis": {"call_successful": analysis.get("call_successful")},
        "has_audio": content["has_audio"],
    }


def _soundless(told: Told) -> Told:
    events = {kind: received for kind, received in told.events.items() if kind != Kind.AUDIO}
    received = events.get(Kind.TRANSCRIPT)
    if received is not None:
        events[Kind.TRANSCRIPT.value] = replace(received, content={**received.content, "has_audio": False})
    return replace(told, events=events, gone=(*told.gone, Kind.AUDIO.value))
