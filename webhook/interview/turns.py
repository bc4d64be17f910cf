"""The turn protocol: begin, decide, finish, as pure functions over one session record.

A request is not a turn. It asks for the answer to utterance number `slot`, and the platform may ask for the same
one several times, in parallel, cut short or with other words. Every write carries a generation number and is
refused once a newer generation exists. The caller saves each returned session by compare-and-set and calls again
on a conflict; nothing here is ever done twice by being called twice.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from webhook.errors import InvalidState
from webhook.interview.call import CallState
from webhook.interview.flow import BROKEN, COMPLETED, STOPPED_BY_CALLER
from webhook.interview.history import align, is_question_heard
from webhook.interview.moves import Move, MoveKind, take_back
from webhook.interview.relistening import READ_BY_CODE
from webhook.interview.session import Head, HeadStatus, Late, Session, SessionStatus, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.moves import Alarm, Decision, State
    from webhook.interview.understanding import Understanding

LEASE_S = 2.0
"""How long a generation may go without a sign of life before another worker takes it over."""
NUDGE_WAIT = 2
"""The silence at which we leave the caller in peace for a while."""
NUDGE_OFFER = 3
"""The silence at which we offer to stop; at the next one we do."""
WITHOUT_CLAUDE = 3
"""After so many failed attempts in a row a turn is made by code alone: it may be Claude's answers that break it."""
MOST_TURNS = 4_000
"""As many as a request can tell of. No talk is as long; each turn costs the record some bytes, however few."""
MOST_CONVERSATIONS = 20
"""An interview that was taken up so often is not taken up again; each is remembered, so that none comes back."""
MOST_FAILURES = 5
"""After so many the call is ended: whatever breaks it is in the session itself, and each attempt costs all others."""


class Action(StrEnum):
    """What a request means to the session."""

    RUN = "run"  # listen, decide, speak
    RESPEAK = "respeak"  # the decision stands, its owner died: speak it again
    REPLAY = "replay"  # answered already: the same bytes
    JOIN = "join"  # being answered now: read along
    NUDGE = "nudge"  # nothing new was said
    CONTINUE = "continue"  # a tool has run; the same turn goes on
    STALE = "stale"  # an older request that arrived late
    CLOSED = "closed"  # the interview is over
    CONFLICT = "conflict"  # another conversation claims this session
    UNALIGNED = "unaligned"  # a history that has nothing in common with ours


@dataclass(frozen=True, kw_only=True)
class Begin:
    """The answer of `begin`. `utterances` are those not yet applied, oldest first; the last is the one to answer."""

    action: Action
    generation: int = 0
    slot: int = 0
    utterances: tuple[str, ...] = ()
    reply: str = ""
    move: Move | None = None
    #: For `NUDGE`: the how manieth since the caller's last words; 0 before anything was said.
    nudge: int = 0


def begin(
    session: Session,
    utterances: Sequence[str],
    *,
    now: float,
    number: int = 0,
    silences: int = 0,
    tool_results: int = 0,
    shown: str | None = None,
    conversation_id: str | None = None,
    may_resume: bool = False,
    lease_s: float = LEASE_S,
) -> tuple[Session, Begin]:
    """What to do about a request whose history holds these utterances of the caller.

    `now` is the store's clock, which all workers share: a lease must not end early on a worker whose clock is ahead.
    `number` becomes the generation's, if it is greater than all before it. It must be nobody else's: two workers may
    for a moment know different records of one session (one of them was lost, or the store is away for one of them),
    and what one began must not be written into what the other began.
    `silences`: not 0 when we have spoken since the last of them, so there is nothing new to answer
    (`history.silences`).
    `tool_results`: how many results of tool calls end the history (`history.tool_results`).
    `shown`: what the caller heard before the last of them (`history.shown_before`).
    `may_resume`: another conversation than the one so far was started for this very session, so it takes over.
    """
    if session.call is not None and session.call_at(now).state is CallState.EXPIRED:
        return session, Begin(action=Action.CLOSED)
    if conversation_id and session.conversation_id and conversation_id != session.conversation_id:
        is_used_up = len(session.past_conversations) >= MOST_CONVERSATIONS
        if conversation_id in session.past_conversations or (may_resume and (session.is_over or is_used_up)):
            return session, Begin(action=Action.CLOSED)
        if not may_resume:
            return session, Begin(action=Action.CONFLICT)
        session = _resumed(session, conversation_id)
    if conversation_id and not session.conversation_id:
        session = replace(session, conversation_id=conversation_id)
    if not utterances:
        return _nudge(session, silences, tool_results)
    known = [turn.utterance for turn in session.turns]
    utterances = [*known[: session.carried], *utterances]
    left_out = align(known, utterances)
    if left_out is None:
        return session, Begin(action=Action.CLOSED if session.is_over else Action.UNALIGNED)
    if left_out:
        utterances = [*known[:left_out], *utterances]
    head = session.head
    if head is not None and len(utterances) == head.slot and head.utterance == utterances[-1]:
        return _again(session, head, silences, tool_results, now=now, number=number, lease_s=lease_s)
    return _place(session, utterances, now=now, number=number, shown=shown, lease_s=lease_s)


def _resumed(session: Session, conversation_id: str) -> Session:
    """The interview goes on where it stands over another line; what is said on the old one is heard no more."""
    past = (*session.past_conversations, session.conversation_id or "")
    return replace(
        session, conversation_id=conversation_id, past_conversations=past, carried=len(session.turns), nudges=()
    )


def decide(
    session: Session,
    generation: int,
    decision: Decision,
    *,
    now: float,
    lease_s: float = LEASE_S,
    late_seen: int | None = None,
    by_code: bool = False,
) -> Session | None:
    """Commit the turn's effects, before the first word that depends on them.

    `late_seen` is how many late understandings the decision covers (None: all). `by_code`: Claude, who should have
    listened, did not. None is returned when a newer generation exists, or the call was ended meanwhile.
    """
    head = session.head
    if head is None or head.generation != generation or session.is_over:  # ended meanwhile: an end stays
        return None
    head = replace(
        head,
        status=HeadStatus.DECIDED,
        state=decision.state,
        move=decision.move,
        late_seen=len(session.late) if late_seen is None else late_seen,
        lease_until=now + lease_s,
    )
    session = session.flagged(READ_BY_CODE) if by_code else session
    return replace(session, head=head, status=_status(decision.state))


def finish(
    session: Session, generation: int, reply: str, pieces: Sequence[str] = (), *, cut: str = "", refused: bool = False
) -> Session | None:
    """Remember what was said. None: a newer generation exists.

    `cut`: why Claude's own words are not all of it (`session.Head`).
    `refused`: Claude declined to deal with the caller's words; they are left out of what it is shown later.
    """
    head = session.head
    if head is None or head.generation != generation:
        return None
    if head.status is HeadStatus.BEGUN:
        raise InvalidState("a turn was finished before it was decided")
    head = replace(head, status=HeadStatus.COMPLETE, reply=reply, pieces=tuple(pieces), cut=cut, lease_until=0.0)
    left_out = (*session.left_out, head.utterance) if refused else session.left_out
    return replace(session, head=head, failures=0, left_out=left_out)


def fail(session: Session, generation: int) -> Session | None:
    """An attempt at the turn broke off: whoever is asked next need not wait for the lease.

    None: a newer generation exists, or the turn was finished. After `MOST_FAILURES` in a row the call is over.
    """
    let = let_go(session, generation)
    if let is None:
        return None
    session = replace(let, failures=session.failures + 1)
    return _broken(session) if session.failures >= MOST_FAILURES else session


def let_go(session: Session, generation: int) -> Session | None:
    """The owner has to stop: whoever is asked next need not wait for its lease.

    None: a newer generation exists, or the turn was finished.
    """
    head = session.head
    if head is None or head.generation != generation or head.status is HeadStatus.COMPLETE:
        return None
    return replace(session, head=replace(head, lease_until=0.0))


def renew(session: Session, generation: int, *, now: float, lease_s: float = LEASE_S) -> Session | None:
    """A sign of life from the owner. None: a newer generation exists."""
    head = session.head
    if head is None or head.generation != generation or head.status is HeadStatus.COMPLETE:
        return None
    return replace(session, head=replace(head, lease_until=now + lease_s))


def note_late(
    session: Session, slot: int, utterance: str, understanding: Understanding, *, said: str | None = None
) -> Session | None:
    """Keep an understanding that missed its own turn. None: the turn was replaced, or it is over.

    `said` are all the words it was taken from, where several utterances were heard together.
    """
    head = session.head
    current = head is not None and (head.slot, head.utterance) == (slot, utterance) and head.state is not None
    past = any(turn.slot == slot and turn.utterance == utterance and turn.move for turn in session.log)
    if session.is_over or not (current or past):
        return None
    return replace(
        session, late=(*session.late, Late(slot=slot, utterance=said or utterance, understanding=understanding))
    )


def _place(
    session: Session, utterances: Sequence[str], *, now: float, number: int, shown: str | None, lease_s: float
) -> tuple[Session, Begin]:
    """Where the newest of all utterances stands against what the session knows."""
    slot = len(utterances)
    head = session.head
    if session.is_over and not _may_be_revised(head, slot):
        return session, Begin(action=Action.CLOSED)
    if slot <= session.sealed or (head is not None and slot < head.slot):
        return session, Begin(action=Action.STALE)
    if slot > MOST_TURNS:
        return _broken(session), Begin(action=Action.CLOSED)
    if head is not None and slot == head.slot:
        if head.utterance.startswith(utterances[-1]):
            return session, Begin(action=Action.STALE)  # a shorter guess that arrives late
        return _run(session, utterances[-1], slot, now=now, number=number, lease_s=lease_s)
    session = _seal(session, utterances, shown)
    return _run(session, utterances[-1], slot, now=now, number=number, lease_s=lease_s)


def _again(
    session: Session, head: Head, silences: int, tool_results: int, *, now: float, number: int, lease_s: float
) -> tuple[Session, Begin]:
    """The same utterance once more."""
    is_answered = head.status is HeadStatus.COMPLETE
    if tool_results and (is_answered or session.is_over):
        return _nudge(session, silences, tool_results)
    if silences and (session.nudges or not session.is_over):
        return _nudge(session, silences, tool_results)
    if is_answered:
        begun = Begin(
            action=Action.REPLAY, generation=head.generation, slot=head.slot, reply=head.reply, move=head.move
        )
        return session, begun
    if now < head.lease_until:
        return session, Begin(action=Action.JOIN, generation=head.generation, slot=head.slot, move=head.move)
    session = replace(session, failures=session.failures + 1)
    if session.failures >= MOST_FAILURES:
        return _broken(session), Begin(action=Action.CLOSED)
    generation = max(session.generation + 1, number)
    taken = replace(head, generation=generation, lease_until=now + lease_s)
    session = replace(session, head=taken, generation=generation)
    if head.status is HeadStatus.DECIDED:
        return session, Begin(action=Action.RESPEAK, generation=generation, slot=head.slot, move=head.move)
    utterances = (*session.pending, head.utterance)
    return session, Begin(action=Action.RUN, generation=generation, slot=head.slot, utterances=utterances)


def _nudge(session: Session, silences: int, tool_results: int) -> tuple[Session, Begin]:
    """The caller is silent. Facts and road stay; at last we offer to stop, and then stop.

    A tool's result is no silence: first it asks us to go on with what the tool was called for. The one after it,
    with nothing said in between, is a silence as any other.
    """
    if tool_results % 2 or (tool_results and session.is_over):
        return session, Begin(action=Action.CONTINUE)
    if not silences:
        return session, Begin(action=Action.NUDGE)
    if silences not in session.nudges:
        if session.is_over:
            return session, Begin(action=Action.CLOSED)
        session = replace(session, nudges=(*session.nudges, silences))
        session = _silent(session, len(session.nudges))
    return session, Begin(action=Action.NUDGE, nudge=session.nudges.index(silences) + 1)


def _silent(session: Session, nudge: int) -> Session:
    if nudge < NUDGE_OFFER:
        return session
    state = session.state
    pending = state.pending
    if pending is not None and pending.kind is MoveKind.SAFETY_CHECK and state.alarm is not None:
        return _unanswered(session, state, state.alarm)
    if nudge == NUDGE_OFFER:
        offer = Move(kind=MoveKind.OFFER_STOP, topic=state.topic, reason="silence")
        state = replace(state, pending=offer)
    else:
        state = replace(state, ending=STOPPED_BY_CALLER)
        session = replace(session, status=SessionStatus.ENDED_EARLY)
    return session.with_state(state)


def _unanswered(session: Session, state: State, alarm: Alarm) -> Session:
    """Whoever was asked whether they are safe and says nothing has not said that they are."""
    safety = Move(kind=MoveKind.SAFETY, signal=alarm.signal, ending=alarm.ending, reason="silence")
    state = replace(state, pending=safety, ending=alarm.ending)
    return replace(session, status=_status(state)).with_state(state)


def _may_be_revised(head: Head | None, slot: int) -> bool:
    """The call ended in the very turn that is now said otherwise ("stop" ... "stopping is what I do at night")."""
    return head is not None and head.slot == slot and head.state is not None and head.state.ending is not None


def _broken(session: Session) -> Session:
    """End a call that breaks every turn; what is known of it stays."""
    session = replace(session.flagged("broken"), status=SessionStatus.ENDED_EARLY)
    return session.with_state(replace(session.state, ending=BROKEN))


def _run(
    session: Session, utterance: str, slot: int, *, now: float, number: int, lease_s: float
) -> tuple[Session, Begin]:
    generation = max(session.generation + 1, number)
    head = Head(slot=slot, utterance=utterance, generation=generation, lease_until=now + lease_s)
    # What was understood of an earlier version of this turn goes with it.
    late = tuple(x for x in session.late if x.slot < slot)
    session = replace(session, head=head, generation=generation, late=late, nudges=(), status=SessionStatus.IN_PROGRESS)
    if session.report_status != "none":
        session = replace(session, report=None, report_status="none", written=None)  # the call had ended too early
    utterances = (*session.pending, utterance)
    return session, Begin(action=Action.RUN, generation=generation, slot=slot, utterances=utterances)


def _seal(session: Session, utterances: Sequence[str], shown: str | None) -> Session:
    """A next utterance exists: the head becomes part of the base, as the history tells it."""
    head = session.head
    known = session.sealed
    if head is not None:
        known = head.slot
        said = utterances[head.slot - 1]
        if said == head.utterance and head.state is not None:
            late = session.late[head.late_seen :]
            heard = shown if _follows(head, utterances) else None
            log = (*session.log, replace(session.turns[-1], heard=heard))
            session = replace(session, base=_as_heard(head, head.state, heard), pending=(), log=log, late=late)
        else:
            # Never decided, or decided for other words than were finally said: the words wait for the next decision.
            turn = Turn(slot=head.slot, utterance=said, healed=said != head.utterance)
            late = tuple(x for x in session.late if x.slot < head.slot)
            session = replace(session, pending=(*session.pending, said), log=(*session.log, turn), late=late)
    missed = tuple(utterances[known:-1])
    healed = tuple(Turn(slot=known + i, utterance=u, healed=True) for i, u in enumerate(missed, start=1))
    return replace(
        session,
        pending=session.pending + missed,
        log=session.log + healed,
        sealed=len(utterances) - 1,
        head=None,
    )


def _follows(head: Head, utterances: Sequence[str]) -> bool:
    """Whether the newest utterance comes right after the head, so that what was shown before it is our reply."""
    return len(utterances) == head.slot + 1


def _as_heard(head: Head, state: State, heard: str | None) -> State:
    """The decided state, less the question that was cut off before the caller heard it.

    A reply that was never finished (superseded, or its worker died) is known only by what the caller heard of it.
    """
    if heard is None or head.move is None:
        return state
    is_heard = is_question_heard(head.reply, heard) if head.reply else "?" in heard
    return state if is_heard else take_back(state, head.move)


def _status(state: State) -> SessionStatus:
    if state.ending is None:
        return SessionStatus.IN_PROGRESS
    return SessionStatus.COMPLETED if state.ending == COMPLETED else SessionStatus.ENDED_EARLY
