"""The call of a session, as the voice API and the platform know it: how far it has come, and how it went.

A session is the interview; its call is the line it is held over. The state of a call is derived from the session and
kept only so that it never goes back: what somebody was told once stays true.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class CallState(StrEnum):
    """How far a call has come; it only ever moves on, and the last four are ends."""

    CREATED = "CREATED"
    CONNECTED = "CONNECTED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    ENDED_EARLY = "ENDED_EARLY"
    FAILED = "FAILED"
    EXPIRED = "EXPIRED"


GRACE_S: Final = 120.0
"""Somebody who connected at the last moment is heard of within seconds: by then the platform asks what to do about
their silence. So what has expired stays so."""
ENDS: Final = frozenset({CallState.COMPLETED, CallState.ENDED_EARLY, CallState.FAILED, CallState.EXPIRED})
_STEPS: Final = (CallState.CREATED, CallState.CONNECTED, CallState.IN_PROGRESS)


@dataclass(frozen=True, kw_only=True)
class Recording:
    """The audio of a call in a file of this machine; `file` is its name in the folder of recordings."""

    file: str
    size: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the platform told of the call once it was over. Times are seconds, since 1970 where they are moments."""

    #: When the platform's own transcript was in our hands; None: not yet, or there never was a talk.
    transcript_at: float | None = None
    has_audio: bool = False
    duration_s: float | None = None
    reason: str = ""
    #: The platform's own verdict: `success`, `failure`, `unknown`; "" when it gave none.
    verdict: str = ""
    summary: str = ""
    #: Why no call came about: `busy`, `no-answer`, `unknown`; "" when one did.
    failure: str = ""
    recording: Recording | None = None
    #: Models that spoke in our place.
    other_models: tuple[str, ...] = ()

    def joined(self, later: Outcome) -> Outcome:
        """Both together, in whichever order they came: what one of them tells is not lost by the other."""
        told = {name: value for name, value in vars(later).items() if value not in (None, "", (), False)}
        if self.transcript_at is not None:
            told.pop("transcript_at", None)
        return replace(self, **told)


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a session knows of its call. `expires_at` (seconds since 1970) is when nobody can connect any more."""

    interview_id: str | None = None
    state: CallState = CallState.CREATED
    started_at: float = 0.0
    expires_at: float = 0.0
    #: The conversations that the newest start handed out.
    newest: tuple[str, ...] = ()
    #: The first message where it was written for this one call; "" for the flow's own.
    opening: str = ""
    #: Who called, as the keyed hash of their number; "" where no number came or none is known.
    caller: str = ""
    outcome: Outcome = field(default_factory=Outcome)


def may_be_taken_up(call: Call, conversation_id: str, now: float) -> bool:
    """Whether somebody holds the means to connect anew, after a conversation that is over: handed out since, and good."""
    return bool(call.newest) and conversation_id not in call.newest and now < call.expires_at


def advanced(call: Call, *, has_connected: bool, has_turns: bool, end: CallState | None, now: float) -> Call:
    """The call in the state these facts show, unless it has come further: an end stays, and nothing goes back."""
    if call.state in ENDS:
        return call
    reached = end
    if reached is None:
        reached = _STEPS[2] if has_turns else _STEPS[1] if has_connected else _STEPS[0]
        reached = max(reached, call.state, key=_STEPS.index)
        if reached is CallState.CREATED and call.expires_at and now >= call.expires_at + GRACE_S:
            reached = CallState.EXPIRED
    return call if reached is call.state else replace(call, state=reached)


def call_to(call: Call) -> dict[str, Any]:
    """The call as a JSON-able dict."""
    recording = call.outcome.recording
    outcome = {**vars(call.outcome), "recording": None if recording is None else dict(vars(recording))}
    return {**vars(call), "state": call.state.value, "outcome": outcome}


def call_from(data: Mapping[str, Any]) -> Call:
    """Raises `KeyError`, `TypeError` or `ValueError` for what is no call."""
    outcome = data["outcome"]
    recording = outcome["recording"]
    return Call(
        **{
            **data,
            "state": CallState(data["state"]),
            "newest": tuple(data.get("newest", ())),
            "outcome": Outcome(
                **{
                    **outcome,
                    "recording": None if recording is None else Recording(**recording),
                    "other_models": tuple(outcome["other_models"]),
                }
            ),
        }
    )
