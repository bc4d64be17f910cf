"""One erasure: its record, and how far it has come. Values only; `webhook.privacy.erasures` carries them out.

Its record is what stays of what was erased: ids and times, nothing that was said and nobody's number.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import RecordDamaged
from webhook.interview.report import iso

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

KEY: Final = "erasure:"
FLOW: Final = "erasure"
"""Stands where a session's record names its flow, so that erasures are found among other records."""
LAST_LOOK_S: Final = 3 * 3600.0
"""A call lasts two hours at most, and what the platform tells of it comes within one more: then all has come."""
AGAIN_S: Final = (10.0, 60.0, 600.0, 3600.0, 6 * 3600.0, 24 * 3600.0)
"""Until what could not be erased is tried again; daily in the end, for what is promised is not given up."""


class ErasureStatus(StrEnum):
    """How far an erasure has come."""

    #: Something is left, here or at ElevenLabs.
    PENDING = "pending"
    #: Every place was looked at, and nothing was left.
    ERASED = "erased"
    #: The same once more, after all that could still come has come.
    PROVED = "proved"


class Reason(StrEnum):
    """Why something is erased."""

    REQUEST = "request"
    RETENTION = "retention"


class AtElevenLabs(StrEnum):
    """What became of a conversation there."""

    NOT_YET = "not_yet"
    #: ElevenLabs was asked for it, and knows no such conversation.
    GONE = "gone"
    #: There is no key to ask with, or it is no conversation of theirs.
    NOT_ASKED = "not_asked"


@dataclass(frozen=True, kw_only=True)
class Whom:
    """Whose data: one session, or a caller by what stands for their number (under each secret there is)."""

    session_id: str | None = None
    callers: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Erasure:
    """`asked_at` and the other times are seconds since 1970."""

    id: str
    whom: Whom
    reason: Reason
    asked_at: float
    updated_at: float
    status: ErasureStatus = ErasureStatus.PENDING
    #: What was found and is erased, as soon as it was found.
    sessions: tuple[str, ...] = ()
    interviews: tuple[str, ...] = ()
    conversations: Mapping[str, AtElevenLabs] = field(default_factory=dict)
    erased_at: float | None = None
    proved_at: float | None = None
    #: Looks in vain since the last one that was not.
    tries: int = 0
    #: Why it is still pending: an error's code, or the kinds of places where something is left; "" when it is not.
    problem: str = ""

    @property
    def key(self) -> str:
        return f"{KEY}{self.id}"


def with_found(
    erasure: Erasure, *, sessions: Iterable[str], conversations: Iterable[str], interviews: Iterable[str]
) -> Erasure:
    """With more that belongs to it; the same object where it is known already."""
    found = replace(
        erasure,
        sessions=tuple(dict.fromkeys((*erasure.sessions, *sessions))),
        interviews=tuple(dict.fromkeys((*erasure.interviews, *interviews))),
        conversations={**dict.fromkeys(conversations, AtElevenLabs.NOT_YET), **erasure.conversations},
    )
    return erasure if found == erasure else found


def looked(erasure: Erasure, *, problem: str, now: float) -> tuple[Erasure, float | None]:
    """After a look, and when the next one is due; None: it is done. `problem` is "" where nothing is left."""
    seen = replace(erasure, updated_at=now, problem=problem)
    if problem:
        pause_s = AGAIN_S[min(erasure.tries, len(AGAIN_S) - 1)]
        return replace(seen, status=ErasureStatus.PENDING, tries=erasure.tries + 1), now + pause_s
    seen = replace(seen, tries=0, erased_at=erasure.erased_at or now)
    last_look_at = erasure.asked_at + LAST_LOOK_S
    if now < last_look_at:
        return replace(seen, status=ErasureStatus.ERASED), last_look_at
    return replace(seen, status=ErasureStatus.PROVED, proved_at=now), None


def record_of(erasure: Erasure) -> dict[str, Any]:
    about = {"session_id": erasure.key, "flow_id": FLOW, "created_at": erasure.asked_at}
    return {**vars(erasure), **about, "whom": dict(vars(erasure.whom)), "conversations": dict(erasure.conversations)}


def erasure_of(record: Mapping[str, Any], version: int = 0) -> Erasure:
    """Raises `RecordDamaged`."""
    try:
        fields = {name: value for name, value in record.items() if name not in ("session_id", "flow_id", "created_at")}
        whom = Whom(session_id=record["whom"]["session_id"], callers=tuple(record["whom"]["callers"]))
        typed = {
            "whom": whom,
            "reason": Reason(record["reason"]),
            "status": ErasureStatus(record["status"]),
            "sessions": tuple(record["sessions"]),
            "interviews": tuple(record["interviews"]),
            "conversations": {name: AtElevenLabs(state) for name, state in record["conversations"].items()},
        }
        return Erasure(**{**fields, **typed})
    except (AttributeError, KeyError, TypeError, ValueError):
        raise RecordDamaged("the record of an erasure is damaged", data=b"", version=version) from None


def shown(erasure: Erasure) -> dict[str, Any]:
    """As operators see it."""
    return {
        "id": erasure.id,
        "sessionId": erasure.whom.session_id,
        "caller": next(iter(erasure.whom.callers), None),
        "reason": erasure.reason.value,
        "status": erasure.status.value,
        "problem": erasure.problem or None,
        "sessions": list(erasure.sessions),
        "conversations": {name: state.value for name, state in erasure.conversations.items()},
        "askedAt": iso(erasure.asked_at),
        "erasedAt": None if erasure.erased_at is None else iso(erasure.erased_at),
        "provedAt": None if erasure.proved_at is None else iso(erasure.proved_at),
    }
