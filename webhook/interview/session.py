"""One session's record: everything we keep of one interview, and its form as a JSON-able dict.

One sealed `base` state plus one replaceable `head`: the head may be computed again from the base any number of
times until the next utterance seals it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from webhook.errors import RecordTooNew, StoreError
from webhook.interview.facts import FactEvent, Status
from webhook.interview.moves import Move, MoveKind, State
from webhook.interview.understanding import Heard, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SCHEMA = 2
"""The version of this record's form. An older one is upgraded when it is read, a newer one is never overwritten."""


class SessionStatus(StrEnum):
    """How far a session has come. A turn that is made again may take an end back; nothing else leads backwards."""

    CREATED = "created"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"


class HeadStatus(StrEnum):
    """How far the current turn has come."""

    BEGUN = "begun"
    DECIDED = "decided"
    COMPLETE = "complete"


ReportStatus = Literal["none", "pending", "ready"]


@dataclass(frozen=True, kw_only=True)
class Head:
    """The turn that is being answered, or was answered last. `lease_until` is in seconds since 1970."""

    slot: int
    utterance: str
    generation: int
    status: HeadStatus = HeadStatus.BEGUN
    state: State | None = None
    move: Move | None = None
    reply: str = ""
    #: How many of the session's late understandings `state` covers.
    late_seen: int = 0
    #: The reply as it was cut when it was sent, so that a re-sent request gets the same bytes.
    pieces: tuple[str, ...] = ()
    #: Why Claude's own words are not all of the reply: an error's code, `truncated` or `empty`; "" when they are.
    cut: str = ""
    lease_until: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """A sealed turn: what the caller said, what we did and said."""

    slot: int
    utterance: str
    reply: str = ""
    move: str = ""
    topic: str | None = None
    #: What the platform's history shows of the reply; None when it does not tell.
    heard: str | None = None
    #: As in `Head`.
    cut: str = ""
    healed: bool = False


@dataclass(frozen=True, kw_only=True)
class Late:
    """An understanding that came after its turn was decided; it is applied before the next one."""

    slot: int
    utterance: str
    understanding: Understanding


@dataclass(frozen=True, kw_only=True)
class Session:
    """One interview."""

    session_id: str
    flow_id: str
    flow_version: int
    flow_hash: str
    persona_id: str
    language: str
    created_at: float
    updated_at: float
    conversation_id: str | None = None
    status: SessionStatus = SessionStatus.CREATED
    first_message: str = ""
    base: State = field(default_factory=State)
    sealed: int = 0
    pending: tuple[str, ...] = ()
    head: Head | None = None
    #: The number of the newest reply.
    generation: int = 0
    #: The silences since the last utterance, by `history.silences`.
    nudges: tuple[int, ...] = ()
    log: tuple[Turn, ...] = ()
    late: tuple[Late, ...] = ()
    #: Attempts at turns that broke off, since the last one that did not.
    failures: int = 0
    #: Utterances Claude declined to deal with.
    left_out: tuple[str, ...] = ()
    #: `recovered`, `partial`, `scripted`, `conflict`, ...: what whoever reads the report should know.
    flags: tuple[str, ...] = ()
    report: Mapping[str, Any] | None = None
    report_status: ReportStatus = "none"

    @property
    def state(self) -> State:
        """Where the interview stands: the head's state once it is decided, else the sealed one."""
        return self.head.state if self.head is not None and self.head.state is not None else self.base

    @property
    def is_over(self) -> bool:
        return self.status in (SessionStatus.COMPLETED, SessionStatus.ENDED_EARLY)

    @property
    def current_topic(self) -> str | None:
        return self.state.topic

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The sealed turns and the head."""
        head = self.head
        if head is None:
            return self.log
        move, topic = (head.move.kind.value, head.move.topic) if head.move else ("", None)
        turn = Turn(slot=head.slot, utterance=head.utterance, reply=head.reply, move=move, topic=topic, cut=head.cut)
        return (*self.log, turn)

    def flagged(self, flag: str) -> Session:
        return self if flag in self.flags else replace(self, flags=(*self.flags, flag))


# As a dict. Every value is written out, so that a reader of the store needs no code to understand it.


def to_dict(session: Session, *, log: object = None) -> dict[str, Any]:
    """The record. `log` takes the place of the turns where they are encoded already (`turns_to`)."""
    record = dict(vars(session))
    record.update(
        schema=SCHEMA,
        status=session.status.value,
        base=_state_to(session.base),
        head=None if session.head is None else _head_to(session.head),
        log=turns_to(session.log) if log is None else log,
        late=[
            {"slot": x.slot, "utterance": x.utterance, "understanding": _heard_to(x.understanding)}
            for x in session.late
        ],
        current_topic=session.current_topic,
    )
    return record


def turns_to(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    return [dict(vars(turn)) for turn in turns]


def from_dict(record: Mapping[str, Any]) -> Session:
    """The session in a record.

    Raises `RecordTooNew` for the form of a later release, and `StoreError` when the record is damaged.
    """
    schema = record.get("schema") if isinstance(record, dict) else None
    if isinstance(schema, int) and schema > SCHEMA:
        raise RecordTooNew
    try:
        record = _upgraded(record)
        fields = {k: v for k, v in record.items() if k not in ("schema", "current_topic")}
        fields.update(
            status=SessionStatus(record["status"]),
            base=_state_from(record["base"]),
            head=None if record["head"] is None else _head_from(record["head"]),
            log=tuple(Turn(**turn) for turn in record["log"]),
            late=tuple(
                Late(slot=x["slot"], utterance=x["utterance"], understanding=_heard_from(x["understanding"]))
                for x in record["late"]
            ),
            pending=tuple(record["pending"]),
            nudges=tuple(record["nudges"]),
            flags=tuple(record["flags"]),
            left_out=tuple(record["left_out"]),
        )
        return Session(**fields)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise StoreError("the session record is damaged") from exc


def further(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two records of the same session the one that has come further; `one` when neither has.

    Each of them is whole by itself: it holds every utterance up to its own turn, and turns that only the other one
    knows are healed from the next history. A request that came late tells the beginning of what the caller said; of
    two records of the same turn the one that knows it all is further, whichever was made later.
    """
    if _is_cut_short(one, other):
        return other
    return other if _progress(other) > _progress(one) and not _is_cut_short(other, one) else one


def _is_cut_short(record: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the record's turn is the same as the other's, with only the beginning of its words."""
    head, longer = record.get("head"), other.get("head")
    if not head or not longer or head["slot"] != longer["slot"]:
        return False
    words, all_words = head["utterance"], longer["utterance"]
    return len(words) < len(all_words) and bool(all_words.startswith(words))


def _progress(record: Mapping[str, Any]) -> tuple[Any, ...]:
    head = record.get("head") or {}
    stage = ("begun", "decided", "complete").index(head.get("status", "complete"))
    is_over = record["status"] in (SessionStatus.COMPLETED, SessionStatus.ENDED_EARLY)
    has_report = record.get("report") is not None
    slot = head.get("slot", record.get("sealed", 0))
    return slot, record.get("generation", 0), stage, is_over, has_report, record["updated_at"]


def _upgraded(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record in this release's form. Version 2 added `failures`, `left_out` and `cut`."""
    if record["schema"] == 1:
        record = {**record, "schema": 2, "failures": 0, "left_out": []}
    if record["schema"] != SCHEMA:
        raise ValueError("a form no release had")
    return record


def _state_to(state: State) -> dict[str, Any]:
    return {
        **vars(state),
        "events": [{**vars(e), "status": e.status.value, "old_status": e.old_status.value} for e in state.events],
        "said": sorted(state.said),
        "pending": None if state.pending is None else _move_to(state.pending),
    }


def _state_from(data: Mapping[str, Any]) -> State:
    return State(
        **{
            **data,
            "events": tuple(_event_from(e) for e in data["events"]),
            "said": frozenset(data["said"]),
            "reopened": tuple(data["reopened"]),
            "pressed": tuple(data["pressed"]),
            "pending": None if data["pending"] is None else _move_from(data["pending"]),
        }
    )


def _event_from(data: Mapping[str, Any]) -> FactEvent:
    return FactEvent(**{**data, "status": Status(data["status"]), "old_status": Status(data["old_status"])})


def _move_to(move: Move) -> dict[str, Any]:
    return {**vars(move), "kind": move.kind.value, "signal": None if move.signal is None else move.signal.value}


def _move_from(data: Mapping[str, Any]) -> Move:
    return Move(
        **{
            **data,
            "kind": MoveKind(data["kind"]),
            "signal": None if data["signal"] is None else Signal(data["signal"]),
            "say": tuple(data["say"]),
            "acknowledge": tuple(data["acknowledge"]),
        }
    )


def _head_to(head: Head) -> dict[str, Any]:
    return {
        **vars(head),
        "status": head.status.value,
        "state": None if head.state is None else _state_to(head.state),
        "move": None if head.move is None else _move_to(head.move),
    }


def _head_from(data: Mapping[str, Any]) -> Head:
    return Head(
        **{
            **data,
            "status": HeadStatus(data["status"]),
            "pieces": tuple(data["pieces"]),
            "state": None if data["state"] is None else _state_from(data["state"]),
            "move": None if data["move"] is None else _move_from(data["move"]),
        }
    )


def _heard_to(heard: Understanding) -> dict[str, Any]:
    return {
        **vars(heard),
        "facts": [dict(vars(f)) for f in heard.facts],
        "signals": sorted(s.value for s in heard.signals),
    }


def _heard_from(data: Mapping[str, Any]) -> Understanding:
    return Understanding(
        **{
            **data,
            "facts": tuple(Heard(**f) for f in data["facts"]),
            "signals": frozenset(Signal(s) for s in data["signals"]),
            **{k: tuple(data[k]) for k in ("refused", "unknown", "wants_to_change")},
        }
    )
