"""One session's record: everything we keep of one interview, and its form as a JSON-able dict.

One sealed `base` state plus one replaceable `head`: the head may be computed again from the base any number of
times until the next utterance seals it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from webhook.errors import RecordTooNew, StoreError
from webhook.interview.call import Call, CallState, advanced, call_from, call_to
from webhook.interview.cost import Spending, from_rows, to_rows
from webhook.interview.facts import FactEvent, Status
from webhook.interview.history import FEW_CHARS, MANY_CHARS, shortened
from webhook.interview.moves import Alarm, Move, MoveKind, State
from webhook.interview.talk_time import Reading, TalkTime
from webhook.interview.understanding import AboutUs, Heard, Signal, Understanding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SCHEMA = 6
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


KnownBy = Literal["", "id", "words"]
"""How a call came back to its session after its first words: with an id, or by its words alone; "": not yet."""
ReportStatus = Literal["none", "pending", "ready", "failed"]
"""`failed`: what Claude was to write could not be written; the report holds the facts alone."""


@dataclass(frozen=True, kw_only=True)
class Head:
    """The turn that is being answered, or was answered last. Times are the store's clock, in seconds since 1970."""

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
    #: When the turn was first asked for; a request that is sent again, and a take-over, leave it as it is.
    asked_at: float = 0.0
    lease_until: float = 0.0
    #: How many of the caller's first utterances were trimmed off the history it came with (`history.align`).
    trimmed: int = 0


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
    #: How many reports there were before and with the current one.
    report_version: int = 0
    #: How often the one that is pending was tried in vain.
    report_tries: int = 0
    #: Claude's answer for the pending one, so that whoever goes on with it need not ask again.
    written: Mapping[str, Any] | None = None
    #: What the caller said by the platform's own transcript, and we were never told.
    missed: tuple[str, ...] = ()
    #: Where Claude heard afterwards something else than code had read.
    differences: tuple[Mapping[str, Any], ...] = ()
    #: What Claude has cost so far, as far as it was known at the last save.
    spending: Spending = field(default_factory=Spending)
    #: None: nobody started the call through us, and the platform has told nothing of it yet.
    call: Call | None = None
    #: Conversations this interview was held over before the one it is held over now; a line may break.
    past_conversations: tuple[str, ...] = ()
    #: How many of the caller's utterances belong to those: the platform's history of this one begins after them.
    carried: int = 0
    known_by: KnownBy = ""
    #: When what was said was deleted, in seconds since 1970; None: it is kept.
    transcript_gone_at: float | None = None
    #: The interview's own clock, as of the last turn.
    time: TalkTime = field(default_factory=TalkTime)

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

    @property
    def told(self) -> tuple[Turn, ...]:
        """All that the caller said: the turns, and what only the platform heard, as turns that nobody answered."""
        last = max((turn.slot for turn in self.turns), default=0)
        return (*self.turns, *(Turn(slot=last + i, utterance=u) for i, u in enumerate(self.missed, start=1)))

    @property
    def has_turns(self) -> bool:
        return self.head is not None or bool(self.log)

    def call_at(self, now: float) -> Call:
        """The call as far as it has come by now."""
        end = {SessionStatus.COMPLETED: CallState.COMPLETED, SessionStatus.ENDED_EARLY: CallState.ENDED_EARLY}
        call = self.call or Call(started_at=self.created_at)
        failed = CallState.FAILED if call.outcome.failure and not self.has_turns else None
        return advanced(
            call,
            has_connected=self.conversation_id is not None,
            has_turns=self.has_turns,
            end=failed or end.get(self.status),
            now=now,
        )

    def with_state(self, state: State) -> Session:
        """The interview stands there: in the head once it is decided, else in the sealed state."""
        if self.head is None or self.head.state is None:
            return replace(self, base=state)
        return replace(self, head=replace(self.head, state=state))

    def flagged(self, flag: str) -> Session:
        return self if flag in self.flags else replace(self, flags=(*self.flags, flag))


# How big it may grow. A call of an hour reaches none of these; whoever says as much as a request can hold, turn after
# turn, would fill the store and make each turn dearer than the one before. Facts are never dropped.

MOST_LOG_BYTES = 800_000
"""Bytes of the turns as JSON; beyond them the oldest are shortened until half of it is left."""
MOST_OLD_EVENTS = 50
"""Events that newer ones of the same slot have replaced; the newest of each slot is the fact itself."""
MOST_PENDING_CHARS = 40_000
"""Characters of utterances that wait to be understood; the newest are kept."""
MOST_LATE_CHARS = 50_000
"""Characters of the words that late understandings were taken from; what comes on top is not kept."""
MOST_LEFT_OUT_CHARS = 20_000
"""Characters of utterances that Claude is not shown again; the newest are kept."""
_WHOLE_TURNS = 10
"""The newest turns, by which a history is recognised, keep more of their words."""
_TURN_BYTES = 130
"""A turn as JSON without any words."""


def bounded(session: Session) -> Session:
    """The session without what no record may grow by; its log has a bound of its own (`shortened_log`)."""
    pending = _newest_within(session.pending, MOST_PENDING_CHARS)
    left_out = _newest_within(session.left_out, MOST_LEFT_OUT_CHARS)
    late = _first_within(session.late, MOST_LATE_CHARS)
    base = _with_few_events(session.base)
    head = session.head
    if head is not None and head.state is not None:
        state = _with_few_events(head.state)
        head = head if state is head.state else replace(head, state=state)
    is_small = (pending, left_out, late) == (session.pending, session.left_out, session.late)
    if is_small and base is session.base and head is session.head:
        return session
    return replace(session, pending=pending, left_out=left_out, late=late, base=base, head=head)


def shortened_log(log: Sequence[Turn]) -> tuple[Turn, ...]:
    """The turns with fewer words, the oldest first, until they are half as big as they may be."""
    recent = [_short(turn, MANY_CHARS) for turn in log[-_WHOLE_TURNS:]]
    kept: list[Turn] = recent[::-1]
    size = sum(map(_size, recent))
    for turn in reversed(log[:-_WHOLE_TURNS]):
        size += _size(turn)
        is_old = size > MOST_LOG_BYTES // 2
        kept.append(_shortest(turn) if is_old else turn)
    return tuple(reversed(kept))


def _short(turn: Turn, most: int) -> Turn:
    heard = None if turn.heard is None else shortened(turn.heard, most)
    return replace(turn, utterance=shortened(turn.utterance, most), reply=shortened(turn.reply, most), heard=heard)


def _shortest(turn: Turn) -> Turn:
    if not turn.reply and turn.heard is None and len(turn.utterance) <= FEW_CHARS + 1:
        return turn  # shortened before
    return replace(turn, utterance=shortened(turn.utterance, FEW_CHARS), reply="", heard=None)


def _size(turn: Turn) -> int:
    words = f"{turn.utterance}{turn.reply}{turn.heard or ''}"
    return _TURN_BYTES + len(words.encode("utf-8", "replace")) + words.count('"') + words.count("\\")


def _newest_within(texts: tuple[str, ...], most: int) -> tuple[str, ...]:
    """The last of the texts that have so many characters together; the newest of all in any case."""
    left, first = most, len(texts)
    for text in reversed(texts):
        left -= len(text)
        if left < 0 and first < len(texts):
            break
        first -= 1
    return texts[first:]


def _first_within(late: tuple[Late, ...], most: int) -> tuple[Late, ...]:
    """The first ones, for a head counts how many of them it has seen."""
    count = 0
    for x in late:
        most -= len(x.utterance)
        if most < 0 and count:
            break
        count += 1
    return late[:count]


def _with_few_events(state: State) -> State:
    if len(state.events) <= MOST_OLD_EVENTS:
        return state
    facts = {id(event) for event in state.facts.values()}
    old = [event for event in state.events if id(event) not in facts]
    dropped = {id(event) for event in old[:-MOST_OLD_EVENTS]}
    return replace(state, events=tuple(e for e in state.events if id(e) not in dropped)) if dropped else state


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
        spending=to_rows(session.spending),
        call=None if session.call is None else call_to(session.call),
        time=_time_to(session.time),
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
            updated_at=float(record["updated_at"]),
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
            past_conversations=tuple(record["past_conversations"]),
            differences=tuple(record["differences"]),
            missed=tuple(record["missed"]),
            spending=from_rows(record["spending"]),
            call=None if record["call"] is None else call_from(record["call"]),
            time=_time_from(record["time"]),
        )
        return Session(**fields)
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise StoreError("the session record is damaged") from exc


def further(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Of two records of the same session the one that has come further; `one` when neither has.

    Each of them is whole by itself: it holds every utterance up to its own turn, and turns that only the other one
    knows are healed from the next history. A request that came late tells the beginning of what the caller said; of
    two records of the same turn the one that knows it all is further, whichever was made later. What was deleted from
    one of them does not come back from the other.
    """
    if _has_lost(one, other) != _has_lost(other, one):
        return one if _has_lost(one, other) else other
    if _is_cut_short(one, other):
        return other
    return other if _progress(other) > _progress(one) and not _is_cut_short(other, one) else one


def _has_lost(record: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether what was said was deleted from the record, of the same interview."""
    return record.get("transcript_gone_at") is not None and record["created_at"] == other["created_at"]


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
    """The record in this release's form.

    Version 2 added `failures`, `left_out` and `cut`, version 3 `spending`, version 4 `call`, what a second call of the
    same interview needs, what a report needs to be made again, and when what was said was deleted, version 5
    `known_by`, when the head was first asked for and what was trimmed off its history, what a state knows of signs of
    danger, and `time`: until then the interview's clock was the store's. Version 6 added the statuses `not_understood`
    and `partial` of facts, which no earlier release can read.
    """
    if record["schema"] == 1:
        record = {**record, "schema": 2, "failures": 0, "left_out": []}
    if record["schema"] == 2:  # noqa: PLR2004 - the number of a form
        record = {**record, "schema": 3, "spending": []}
    if record["schema"] == 3:  # noqa: PLR2004 - the number of a form
        new: dict[str, Any] = {"call": None, "past_conversations": [], "carried": 0}
        report = {"report_version": 0 if record["report"] is None else 1, "report_tries": 0, "written": None}
        record = {**record, **new, **report, "schema": 4, "differences": [], "missed": []}
    if record["schema"] == 4:  # noqa: PLR2004 - the number of a form
        at = record["updated_at"]  # the interview's clock goes on from there, at its own pace
        time = {"clock_s": at, "read": {"at": at, "steady": 0.0, "machine": ""}}
        head = record["head"]
        if head is not None:
            state = head["state"] and head["state"] | _NEW_IN_STATES
            head = {**head, "asked_at": at, "trimmed": 0, "state": state}
        base = record["base"] | _NEW_IN_STATES
        record = {**record, "schema": 5, "known_by": "", "time": time, "base": base, "head": head}
    if record["schema"] == 5:  # noqa: PLR2004 - the number of a form
        record = {**record, "schema": 6}
    if record["schema"] != SCHEMA:
        raise ValueError("a form no release had")
    return record


_NEW_IN_STATES: Mapping[str, Any] = {"alarm": None, "danger_due": None}


def _time_to(time: TalkTime) -> dict[str, Any]:
    return {"clock_s": time.clock_s, "read": None if time.read is None else dict(vars(time.read))}


def _time_from(data: Mapping[str, Any]) -> TalkTime:
    return TalkTime(clock_s=data["clock_s"], read=None if data["read"] is None else Reading(**data["read"]))


def _state_to(state: State) -> dict[str, Any]:
    return {
        **{name: value for name, value in vars(state).items() if name != "facts"},
        "events": [dict(vars(e)) for e in state.events],  # a status is a str, and is written as one
        "said": sorted(state.said),
        "alarm": None if state.alarm is None else dict(vars(state.alarm)),
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
            "alarm": None if data["alarm"] is None else _alarm_from(data["alarm"]),
            "danger_due": None if data["danger_due"] is None else Signal(data["danger_due"]),
            "pending": None if data["pending"] is None else _move_from(data["pending"]),
        }
    )


def _alarm_from(data: Mapping[str, Any]) -> Alarm:
    return Alarm(**{**data, "signal": Signal(data["signal"])})


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
            "about_us": AboutUs(data["about_us"]) if data.get("about_us") else None,
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
