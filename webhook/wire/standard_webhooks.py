"""What we send when an interview has a result: signed by the Standard Webhooks rules (version 1 of its signatures).

`webhook-id` names one event for good: each attempt has the same, so that a receiver can drop what it has seen.
`webhook-signature` is an HMAC-SHA256 over `<id>.<timestamp>.<body>`, one for each secret while secrets are changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from webhook.interview.moves import MoveKind
from webhook.interview.report import iso

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webhook.interview.session import Session

REPORT_READY: Final = "report.ready"
SESSION_ENDED: Final = "session.ended"
SAFETY_RAISED: Final = "safety.raised"
TYPES: Final = (REPORT_READY, SESSION_ENDED, SAFETY_RAISED)
PREFIX: Final = "whsec_"
_KEY_BYTES: Final = (24, 64)
"""How long a key is by the rules."""


def key_of(secret: str) -> bytes:
    """The key in `whsec_<base64>`. Raises `ValueError` that does not quote it."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(PREFIX) or not _KEY_BYTES[0] <= len(key) <= _KEY_BYTES[1]:
        raise ValueError("whsec_ and 24 to 64 random bytes as base64, as `openssl rand -base64 32` makes them")
    return key


def signed_headers(event_id: str, body: bytes, secrets: Sequence[str], *, at: float) -> dict[str, str]:
    """The headers of one attempt, made now: a receiver refuses what was signed more than five minutes ago."""
    seconds = str(int(at))
    content = b"%s.%s.%s" % (event_id.encode("ascii"), seconds.encode("ascii"), body)
    macs = [hmac.new(key_of(secret), content, hashlib.sha256).digest() for secret in secrets]
    return {
        "content-type": "application/json",
        "webhook-id": event_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(mac).decode('ascii')}" for mac in macs),
    }


@dataclass(frozen=True, kw_only=True)
class ResultEvent:
    """Something whoever uses the interviews is told of: ids and states, nothing that was said."""

    type: str
    session_id: str
    #: What sets it apart from another event of the same type and session.
    occasion: str
    data: Mapping[str, Any] = field(compare=False, repr=False)

    @property
    def id(self) -> str:
        told = json.dumps([self.type, self.session_id, self.occasion]).encode("ascii")
        return f"msg_{hashlib.sha256(told).hexdigest()[:40]}"

    def body(self, at: float) -> bytes:
        """The bytes that are sent, and signed, at every attempt."""
        document = {"type": self.type, "timestamp": iso(at), "data": self.data}
        return json.dumps(document, separators=(",", ":")).encode("ascii")


def events_of(session: Session, public_url: str | None = None) -> tuple[ResultEvent, ...]:
    """Everything there is to tell of the session as it stands, each time the same."""
    return tuple(_events(session, public_url))


def _events(session: Session, public_url: str | None) -> Iterator[ResultEvent]:
    ids: dict[str, Any] = {
        "sessionId": session.session_id,
        "conversationId": session.conversation_id,
        "interviewId": session.call.interview_id if session.call is not None else None,
        "flow": session.flow_id,
        "flowVersion": session.flow_version,
    }
    for occasion, told in _safety(session):
        yield ResultEvent(type=SAFETY_RAISED, session_id=session.session_id, occasion=occasion, data={**ids, **told})
    if not session.is_over:
        return
    how = {**ids, "status": session.status.value, "ending": session.state.ending, "flags": list(session.flags)}
    # A call that went on after its end and ended in another way is told of again; the same end is told once.
    occasion = f"{session.status.value} {session.state.ending or ''}"
    yield ResultEvent(type=SESSION_ENDED, session_id=session.session_id, occasion=occasion, data=how)
    if session.report is not None and session.report_status == "ready":
        report = session.report
        data = {**how, "flags": list(report.get("flags", session.flags))}
        if public_url is not None:
            data["reportUrl"] = f"{public_url.rstrip('/')}/api/sessions/{session.session_id}/report"
        made = f"{report.get('version', 1)} {report.get('reportedAt')}"
        yield ResultEvent(type=REPORT_READY, session_id=session.session_id, occasion=made, data=data)


def _safety(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    """The turns in which a caller seemed to be in need, and what came of it; each with the occasion that names it.

    `asked`: whether they are safe; `cleared`: they said so; `ended`: they heard the safety text and the call was over;
    `told`: they heard it and the call went on. Of an old turn only the move is kept, not which signal it was.
    """
    alarm, head = session.state.alarm, session.head
    if alarm is not None:
        yield str(alarm.turn), {"turn": alarm.turn, "signal": alarm.signal.value, "outcome": "asked"}
    if alarm is not None and alarm.cleared_in is not None:
        told = {"turn": alarm.cleared_in, "signal": alarm.signal.value, "outcome": "cleared"}
        yield f"{alarm.cleared_in} cleared", told
    for turn in session.turns:
        if turn.move == MoveKind.SAFETY.value:
            move = head.move if head is not None and turn.slot == head.slot else None
            signal = move.signal.value if move is not None and move.signal is not None else None
            outcome = "ended" if move is not None and move.ending else "told"
            yield str(turn.slot), {"turn": turn.slot, "signal": signal, "outcome": outcome}
