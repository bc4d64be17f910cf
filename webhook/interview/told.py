"""What the platform told of one conversation, event by event, and how that joins the session it belongs to.

Events come late, twice and in any order: a newer one of a kind replaces an older one, the same one changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import StoreError
from webhook.interview.call import Call, Outcome, Recording, may_be_taken_up
from webhook.interview.history import fold, is_silence, normalise
from webhook.interview.relistening import TRANSCRIPT_DIFFERS
from webhook.interview.session import Session, SessionStatus

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA: Final = 1
_MOST_MISSED: Final = 50
_LONGEST_MISSED: Final = 2_000
ANOTHER_MODEL: Final = "another_model"
"""The flag of a session in whose call another model than ours spoke."""


class Kind(StrEnum):
    """The events we know, by the platform's own names."""

    TRANSCRIPT = "post_call_transcription"
    AUDIO = "post_call_audio"
    FAILURE = "call_initiation_failure"


class ToldStatus(StrEnum):
    """Where what was told is: waiting for its session, in it, without one for good, or erased."""

    PARKED = "parked"
    JOINED = "joined"
    ORPHAN = "orphan"
    DELETED = "deleted"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing the platform tells; `at` is when it says it happened, in seconds since 1970."""

    kind: Kind
    conversation_id: str
    at: int
    content: Mapping[str, Any]
    #: What the call was started with and might prove whose it is; nobody has checked it yet.
    tokens: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, kw_only=True)
class Received:
    """The newest event of a kind."""

    at: int
    received_at: float
    content: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Told:
    """All that was told of one conversation. `session_id` is the session it was joined to."""

    conversation_id: str
    created_at: float
    updated_at: float
    status: ToldStatus = ToldStatus.PARKED
    session_id: str | None = None
    events: Mapping[str, Received] = field(default_factory=dict)
    tokens: tuple[str, ...] = field(default=(), repr=False)
    #: Somebody was told that this has waited for long.
    has_alarmed: bool = False
    #: The kinds of events of which no content is kept any more; one that still comes is let go.
    gone: tuple[str, ...] = ()

    def content(self, kind: Kind) -> Mapping[str, Any] | None:
        received = self.events.get(kind)
        return None if received is None else received.content

    @property
    def recording(self) -> Recording | None:
        audio = self.content(Kind.AUDIO)
        return None if audio is None else Recording(**audio["recording"])

    @property
    def started_at(self) -> float:
        """When the call began, as far as it was told."""
        metadata = (self.content(Kind.TRANSCRIPT) or {}).get("metadata", {})
        return _number(metadata.get("start_time_unix_secs")) or 0.0

    @property
    def ended_at(self) -> float:
        """When it ended, as far as it was told."""
        metadata = (self.content(Kind.TRANSCRIPT) or {}).get("metadata", {})
        return self.started_at + (_number(metadata.get("call_duration_secs")) or 0.0)


def with_event(told: Told | None, event: Event, now: float) -> Told:
    """With one more event; the same object where it tells nothing new, or its conversation is to be forgotten."""
    if told is None:
        told = Told(conversation_id=event.conversation_id, created_at=now, updated_at=now)
    known = told.events.get(event.kind)
    is_unwanted = told.status is ToldStatus.DELETED or event.kind in told.gone
    if is_unwanted or (known is not None and known.at >= event.at):
        return told
    received = Received(at=event.at, received_at=now, content=event.content)
    return replace(
        told,
        updated_at=now,
        status=ToldStatus.PARKED,
        events={**told.events, event.kind.value: received},
        tokens=tuple(dict.fromkeys((*told.tokens, *event.tokens))),
    )


def outcome_of(told: Told, own_models: frozenset[str]) -> Outcome:
    """How the call went, as far as it was told."""
    failure = told.content(Kind.FAILURE)
    outcome = Outcome(
        recording=told.recording,
        has_audio=told.recording is not None,
        failure="" if failure is None else str(failure["reason"]),
    )
    transcript = told.content(Kind.TRANSCRIPT)
    if transcript is None:
        return outcome
    metadata, analysis = transcript["metadata"], transcript["analysis"]
    spoke = (t.get("producing_llm") for t in transcript["transcript"] if t.get("role") == "agent")
    others = {model for model in spoke if isinstance(model, str) and model and model not in own_models}
    return replace(
        outcome,
        transcript_at=told.events[Kind.TRANSCRIPT].received_at,
        has_audio=outcome.has_audio or transcript["has_audio"],
        duration_s=_number(metadata.get("call_duration_secs")),
        reason=_text(metadata.get("termination_reason")),
        verdict=_text(analysis.get("call_successful")),
        summary=_text(analysis.get("transcript_summary")),
        other_models=tuple(sorted(others)),
    )


def joined(session: Session, told: Told, own_models: frozenset[str], *, now: float) -> Session:
    """The session with what was told of its call; the same object when it knows all that.

    A call's state is not advanced here: it follows from turns and outcome in whatever order they come. A conversation
    that is not the session's own ends nothing in it: the interview goes on over another one; nor does one after which
    somebody was given the means to take the interview up. `now` is in seconds since 1970.
    """
    if session.conversation_id not in (None, told.conversation_id):
        return _with_part(session, told, own_models)
    outcome = outcome_of(told, own_models)
    call = session.call or Call(started_at=session.created_at)
    call = replace(call, outcome=call.outcome.joined(outcome))
    changed = replace(session, call=call)
    is_taken_up = may_be_taken_up(call, told.conversation_id, now)
    if told.events.keys() - {Kind.FAILURE} and not (is_taken_up and not session.has_turns):
        changed = replace(changed, conversation_id=told.conversation_id)  # a call that never came about binds nothing
    if outcome.other_models:
        changed = changed.flagged(ANOTHER_MODEL)
    if told.content(Kind.TRANSCRIPT) is not None and not session.is_over and not is_taken_up:
        changed = replace(changed, status=SessionStatus.ENDED_EARLY)
    return session if changed == session else changed


def with_missed(session: Session, told: Told) -> Session:
    """The session with what the platform alone heard; the same object where that is nothing new, or kept no longer."""
    if session.transcript_gone_at is not None:
        return session
    missed = tuple(dict.fromkeys((*session.missed, *missed_words(session, told))))[-_MOST_MISSED:]
    return session if missed == session.missed else replace(session, missed=missed).flagged(TRANSCRIPT_DIFFERS)


def missed_words(session: Session, told: Told) -> tuple[str, ...]:
    """What the caller said by the platform's transcript that stands in nothing we were told: the last words, mostly."""
    transcript = told.content(Kind.TRANSCRIPT)
    turns = [] if transcript is None else transcript["transcript"]
    known = f" {' '.join(fold(turn.utterance) for turn in session.turns)} "
    said = [normalise(t["message"]) for t in turns if t.get("role") == "user" and isinstance(t.get("message"), str)]
    return tuple(
        words[:_LONGEST_MISSED]
        for words in said
        if not is_silence(words) and fold(words) and f" {fold(words)} " not in known
    )


def _with_part(session: Session, told: Told, own_models: frozenset[str]) -> Session:
    """A conversation over which the interview was held at first: what it has for all of the call counts."""
    if told.conversation_id not in session.past_conversations:
        return session
    part = outcome_of(told, own_models)
    call = session.call or Call(started_at=session.created_at)
    models = tuple(sorted({*call.outcome.other_models, *part.other_models}))
    outcome = replace(call.outcome, has_audio=call.outcome.has_audio or part.has_audio, other_models=models)
    changed = replace(session, call=replace(call, outcome=outcome))
    changed = changed.flagged(ANOTHER_MODEL) if part.other_models else changed
    return session if changed == session else changed


def told_to(told: Told) -> dict[str, Any]:
    """As a JSON-able dict, which shares with the record what was told: a transcript is too long to be copied each time."""
    events = {kind: dict(vars(received)) for kind, received in told.events.items()}
    lists = {"tokens": list(told.tokens), "gone": list(told.gone)}
    return {**vars(told), "schema": SCHEMA, "status": told.status.value, "events": events, **lists}


def told_from(data: Mapping[str, Any]) -> Told:
    """Raises `StoreError` when it is no such record."""
    try:
        fields = {name: data[name] for name in Told.__dataclass_fields__ if name != "gone"}
        events = {kind: Received(**received) for kind, received in data["events"].items()}
        return Told(
            **{**fields, "status": ToldStatus(data["status"]), "events": events, "tokens": tuple(data["tokens"])},
            gone=tuple(data.get("gone", ())),  # an older record has lost nothing yet
        )
    except (KeyError, TypeError, ValueError, AttributeError):
        pass  # raised again without it: its text may quote the record
    raise StoreError("the record of a call is damaged")


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
