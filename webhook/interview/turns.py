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
from webhook.interview.flow import BROKEN, COMPLETED, FELL_SILENT
from webhook.interview.history import Lazy, Ours, align, is_question_heard, is_same
from webhook.interview.moves import Move, MoveKind, take_back
from webhook.interview.relistening import READ_BY_CODE
from webhook.interview.session import Head, HeadStatus, Late, Session, SessionStatus, Turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.moves import Alarm, Decision, State
    from webhook.interview.talk_time import Reading
    from webhook.interview.understanding import Understanding

ANSWERED_S = 3.0
"""Seconds after which the reply to a turn can have been heard and answered.

Clients send again within fractions of a second to two seconds of a failure; nobody hears a question to its end and
has answered it, recognised by the platform, in less than three.
"""
SPOKEN_S = 0.25
"""Seconds that lie at least between the ends of two utterances: the second has to be said, and a silence to end it.

A client whose requests follow each other faster than that is written to, not spoken to, and reads what it is sent.
"""
_A_PAIR = 2
LEASE_S = 2.0
"""How long a generation may go without a sign of life before another worker takes it over."""
_LONGEST_LEASES = 2
"""In leases: how far from now one may end, for workers with other settings and small corrections of a clock."""
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
CLOCK_JUMPED = "clock_jumped"
"""The flag of an interview during which a clock stepped: its time was counted otherwise."""
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
    tool_ran: bool = False,
    shown: str | None = None,
    heard: Sequence[str] = (),
    keeps_ours: bool = True,
    conversation_id: str | None = None,
    may_resume: bool = False,
    has_heard_us: bool = False,
    lease_s: float = LEASE_S,
    alive: int = 0,
    has_hung_up: bool = False,
) -> tuple[Session, Begin]:
    """What to do about a request whose history holds these utterances of the caller.

    `now` is the store's clock, which all workers share: a lease must not end early on a worker whose clock is ahead.
    `number` becomes the generation's, if it is greater than all before it. It must be nobody else's: two workers may
    for a moment know different records of one session (one of them was lost, or the store is away for one of them),
    and what one began must not be written into what the other began.
    `silences`: not 0 when we have spoken since the last of them, so there is nothing new to answer
    (`history.silences`).
    `tool_ran`: the history ends with a tool's result (`tool_results.last_tool_result`): whatever came before it, it
    asks us to go on, and is neither words nor a silence.
    `shown`: what the caller heard before the last of them (`history.shown_before`).
    `heard`: what they heard before each of them (`history.heard_before`).
    `keeps_ours`: False where nothing that we said stands in the history (`history.shows_ours`).
    `may_resume`: whoever asks was given this very session (its conversation was started for it, or a token of ours
    says so), so a line that is opened anew takes over.
    `has_heard_us`: the last of the utterances was said after what we said last, so it is no older one; False where
    that is not known.
    `alive`: the number of the generation that this process is making, whatever a clock says of its lease.
    `has_hung_up`: the client has told that it hung up when the call was over, so nobody takes that end back.
    """
    if session.call is not None and session.call_at(now).state is CallState.EXPIRED:
        return session, Begin(action=Action.CLOSED)
    line = _line(session, utterances, conversation_id, may_resume=may_resume, has_heard_us=has_heard_us)
    if isinstance(line, Action):
        return session, Begin(action=line)
    session = line
    if session.is_over and has_hung_up and not tool_ran:
        return session, Begin(action=Action.CLOSED)
    if not utterances or (tool_ran and session.is_over):
        return _nudge(session, silences, tool_ran=tool_ran)
    is_answered = not silences and _is_answered(session, now)
    look = _trimmed if keeps_ours or len(utterances) > 1 else _trimmed_of_one
    trimmed = look(session, utterances, heard, is_answered=is_answered)
    if trimmed is None:
        return session, Begin(action=Action.CLOSED if session.is_over else Action.UNALIGNED)
    may_be_a_guess = len(utterances) == 1
    utterances = [*(turn.utterance for turn in session.turns[:trimmed]), *utterances]
    head = session.head
    if head is not None and len(utterances) == head.slot and head.utterance == utterances[-1]:
        is_alive = head.generation == alive or is_leased(head, now=now, lease_s=lease_s)
        return _again(
            session, head, silences, tool_ran=tool_ran, is_alive=is_alive, now=now, number=number, lease_s=lease_s
        )
    if not keeps_ours:
        is_answered = is_answered or (not may_be_a_guess and _is_written(session, now))
        if _keeps_nothing(session, utterances[-1], is_answered=is_answered):
            shown = None
    told = _Told(utterances=utterances, trimmed=trimmed, shown=shown)
    return _place(session, told, now=now, number=number, lease_s=lease_s)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """All utterances up to the newest; the first `trimmed` of them stand only in our record."""

    utterances: Sequence[str]
    trimmed: int
    shown: str | None


def _is_answered(session: Session, now: float) -> bool:
    """Whether the reply to the newest utterance is complete, and was for so long that it can have been heard.

    The session was saved last when the reply was complete, or later.
    """
    head = session.head
    return head is not None and head.status is HeadStatus.COMPLETE and now - session.updated_at >= ANSWERED_S


def _is_written(session: Session, now: float) -> bool:
    """Whether the reply to the newest utterance is complete, and this request came sooner after that utterance than
    anybody speaks: whoever sent it has read the reply.
    """
    head = session.head
    return head is not None and head.status is HeadStatus.COMPLETE and 0 <= now - head.asked_at < SPOKEN_S


def _trimmed(session: Session, utterances: Sequence[str], heard: Sequence[str], *, is_answered: bool) -> int | None:
    """How many utterances stand before those of this history. It knows nothing of earlier conversations."""
    carried, turns = session.carried, session.turns[session.carried :]

    def asked(place: int) -> Ours:
        if place == 0:
            return Ours(sent="" if carried else session.first_message)
        return Ours(sent=turns[place - 1].reply, heard=turns[place - 1].heard)

    trimmed = align(
        [turn.utterance for turn in turns],
        utterances,
        asked=Lazy(range(len(turns) + 1), asked),
        heard=heard,
        trimmed=max(0, session.head.trimmed - carried) if session.head is not None else 0,
        is_answered=is_answered,
    )
    return None if trimmed is None else carried + trimmed


def _trimmed_of_one(
    session: Session, utterances: Sequence[str], heard: Sequence[str], *, is_answered: bool
) -> int | None:
    """As `_trimmed`, of a history that holds one utterance and nothing of ours: nothing in it can be lined up.

    A client that never sends more sends a new utterance with every request. Words that were said before are said
    again, or sent again: which of the two, only the time can tell. The second request of a call may still revise the
    first, or be its copy, so there it takes other words, or some time, for a new utterance.
    """
    head, known, utterance = session.head, len(session.turns), utterances[0]
    if head is None or known == session.carried:
        return known
    is_first = known == session.carried + 1
    if not is_first and head.trimmed != known - 1:
        return _trimmed(session, utterances, heard, is_answered=is_answered)  # there was more in it before
    is_more = head.utterance.startswith(utterance) or utterance.startswith(head.utterance)
    is_new = head.status is HeadStatus.COMPLETE and (is_answered or not is_more)
    return known if is_new else known - 1


def _keeps_nothing(session: Session, utterance: str, *, is_answered: bool) -> bool:
    """Whether a history without a word of ours comes from a client that keeps none, so that it says nothing of what
    was heard.

    Until that is known, a reply that is not shown was not heard: the caller spoke into the greeting before its first
    word. It is known when the reply was there long enough to be heard; at the latest when a second one is missing, so
    that nobody is greeted more than twice. The same words as before tell nothing: they may have been sent again.
    """
    head, before = session.head, session.log[-1] if session.log else None
    if head is None or not head.reply or head.slot <= session.carried:  # nobody heard it on this line
        return False
    return (is_answered and utterance != head.utterance) or (
        before is not None and bool(before.reply) and not before.heard
    )


def _line(
    session: Session, utterances: Sequence[str], conversation_id: str | None, *, may_resume: bool, has_heard_us: bool
) -> Session | Action:
    """The session as it is held over the line that these utterances come from; or what they mean if it is not."""
    if conversation_id in session.past_conversations:
        return Action.CLOSED
    if conversation_id is None or session.conversation_id is None:
        held = _unnamed_line(session, utterances, has_heard_us=has_heard_us) if may_resume else session
        if held is None:
            return Action.CLOSED
        return held if conversation_id is None else replace(held, conversation_id=conversation_id)
    if conversation_id == session.conversation_id:
        return session
    if not may_resume:
        return Action.CONFLICT
    is_used_up = len(session.past_conversations) >= MOST_CONVERSATIONS
    return Action.CLOSED if session.is_over or is_used_up else _resumed(session, conversation_id)


def _unnamed_line(session: Session, utterances: Sequence[str], *, has_heard_us: bool) -> Session | None:
    """The session where no conversation's name tells one line from another, only words do; None: an old line."""
    known = [turn.utterance for turn in session.turns]
    carried, here = known[: session.carried], known[session.carried :]
    if not utterances or session.is_over or [*carried, *utterances] == known:
        return session
    if not has_heard_us and _is_of_an_old_line(utterances[:-1], carried, here):
        return None
    is_other = bool(carried) and len(here) == len(utterances) == 1 and not _may_be_revised_to(here[0], utterances[0])
    if not (is_other or _is_opened_anew(here, utterances, has_heard_us=has_heard_us)):
        return session
    resumed, greetings = _resumed(session, None), len(utterances) - 1
    if not (has_heard_us and greetings):
        return resumed
    # Until they heard on this line what we ask, nothing that they said on it was an answer.
    sealed = _seal(resumed, _Told(utterances=[*known, *utterances], trimmed=0, shown=None))
    return replace(sealed, pending=sealed.pending[:-greetings])


def _is_opened_anew(here: Sequence[str], utterances: Sequence[str], *, has_heard_us: bool) -> bool:
    """Whether a history begins after all that we know, on another line than the one we know.

    It has nothing in common with that, or its last words came after our last ones and yet would be older than those.
    """
    left_out = align(here, utterances)
    return left_out is None or (has_heard_us and left_out + len(utterances) <= len(here))


def _may_be_revised_to(known: str, told: str) -> bool:
    return known.startswith(told) or told.startswith(known)


def _is_of_an_old_line(before: Sequence[str], carried: Sequence[str], here: Sequence[str]) -> bool:
    """Whether what was said `before` the newest words was said in a row before this line was opened, and not on it."""
    count = len(before)
    if count < _A_PAIR or (all(map(is_same, here[:count], before)) and len(here) >= count):
        return False
    rows = (carried[i : i + count] for i in range(len(carried) - count + 1))
    return any(all(map(is_same, row, before)) for row in rows)


def is_leased(head: Head, *, now: float, lease_s: float) -> bool:
    """Whether the head's owner may still be alive. A lease that ends later than any can was taken by a clock that has
    stepped back since: nobody waits for it.
    """
    return now < head.lease_until <= now + _LONGEST_LEASES * lease_s


def timed(session: Session, reading: Reading) -> Session:
    """The session with the interview's own clock advanced to now; for every request that `begin` changed it for."""
    time, has_jumped = session.time.passed(reading)
    session = replace(session, time=time)
    return session.flagged(CLOCK_JUMPED) if has_jumped else session


def _resumed(session: Session, conversation_id: str | None) -> Session:
    """The interview goes on where it stands over another line; what is said on the old one is heard no more.

    The time between the two lines is not the interview's.
    """
    past = session.past_conversations
    past = past if session.conversation_id is None else (*past, session.conversation_id)
    return replace(
        session,
        conversation_id=conversation_id,
        past_conversations=past,
        carried=len(session.turns),
        nudges=(),
        time=session.time.stopped(),
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


def _place(session: Session, told: _Told, *, now: float, number: int, lease_s: float) -> tuple[Session, Begin]:
    """Where the newest of all utterances stands against what the session knows."""
    newest, slot = told.utterances[-1], len(told.utterances)
    head = session.head
    if session.is_over and not _may_go_on(session, told):
        return session, Begin(action=Action.CLOSED)
    if slot <= session.sealed or (head is not None and slot < head.slot):
        return session, Begin(action=Action.STALE)
    if slot > MOST_TURNS:
        return _broken(session), Begin(action=Action.CLOSED)
    if head is not None and slot == head.slot:
        if head.utterance.startswith(newest):
            return session, Begin(action=Action.STALE)  # a shorter guess that arrives late
    else:
        session = _seal(session, told)
    return _run(session, newest, told, now=now, number=number, lease_s=lease_s)


def _again(
    session: Session,
    head: Head,
    silences: int,
    *,
    tool_ran: bool,
    is_alive: bool,
    now: float,
    number: int,
    lease_s: float,
) -> tuple[Session, Begin]:
    """The same utterance once more."""
    is_answered = head.status is HeadStatus.COMPLETE
    utterances = (*session.pending, head.utterance)
    if tool_ran and (is_answered or silences):
        return _nudge(session, silences, tool_ran=True)
    if silences and (session.nudges or not session.is_over):
        return _nudge(session, silences)
    if is_answered:
        begun = Begin(
            action=Action.REPLAY, generation=head.generation, slot=head.slot, reply=head.reply, move=head.move
        )
        return session, begun
    if is_alive:
        begun = Begin(action=Action.JOIN, generation=head.generation, slot=head.slot, move=head.move)
        return session, replace(begun, utterances=utterances)
    session = replace(session, failures=session.failures + 1)
    if session.failures >= MOST_FAILURES:
        return _broken(session), Begin(action=Action.CLOSED)
    generation = max(session.generation + 1, number)
    taken = replace(head, generation=generation, lease_until=now + lease_s)
    session = replace(session, head=taken, generation=generation)
    if head.status is HeadStatus.DECIDED:
        return session, Begin(action=Action.RESPEAK, generation=generation, slot=head.slot, move=head.move)
    return session, Begin(action=Action.RUN, generation=generation, slot=head.slot, utterances=utterances)


def _nudge(session: Session, silences: int, *, tool_ran: bool = False) -> tuple[Session, Begin]:
    """The caller is silent. Facts and road stay; at last we offer to stop, and then stop."""
    if tool_ran:
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
        state = replace(state, ending=FELL_SILENT)
        session = replace(session, status=SessionStatus.ENDED_EARLY)
    return session.with_state(state)


def _unanswered(session: Session, state: State, alarm: Alarm) -> Session:
    """Whoever was asked whether they are safe and says nothing has not said that they are."""
    problem = state.pending.problem if state.pending is not None else ""
    safety = Move(kind=MoveKind.SAFETY, signal=alarm.signal, ending=alarm.ending, problem=problem, reason="silence")
    state = replace(state, pending=safety, ending=alarm.ending)
    return replace(session, status=_status(state)).with_state(state)


def _may_go_on(session: Session, told: _Told) -> bool:
    """Whether the caller takes the end of the call back before they have heard of it.

    They say otherwise what ended it ("stop" ... "stopping is what I do at night"), or go on ("No." ... "Yes.").
    """
    head = session.head
    if head is None or head.state is None or head.state.ending is None:
        return False
    is_revised = head.slot == len(told.utterances) or _is_put_right(head, told)
    return is_revised or _is_same_answer(session, head, told)


def _is_put_right(head: Head, told: _Told) -> bool:
    """Whether a client that shows nothing of ours tells other words in the head's place than those that were answered:
    a guess of the recogniser, which nobody said.
    """
    in_place = told.utterances[head.slot - 1 : head.slot]
    return told.shown is None and not all(is_same(utterance, head.utterance) for utterance in in_place)


def _is_same_answer(session: Session, head: Head, told: _Told) -> bool:
    """Whether the newest utterance belongs to what the head began to answer: the caller has heard nothing since.

    Before we have asked anything, there is nothing that words could be the answer to; what we say then is heard in
    part or not at all, as any other question (`_as_heard`).
    """
    is_answer = head.slot > session.carried and session.base.pending is not None
    return told.shown == "" and is_answer and _follows(head, told.utterances)


def _broken(session: Session) -> Session:
    """End a call that breaks every turn; what is known of it stays."""
    session = replace(session.flagged("broken"), status=SessionStatus.ENDED_EARLY)
    return session.with_state(replace(session.state, ending=BROKEN))


def _run(
    session: Session, utterance: str, told: _Told, *, now: float, number: int, lease_s: float
) -> tuple[Session, Begin]:
    slot = len(told.utterances)
    generation = max(session.generation + 1, number)
    head = Head(
        slot=slot,
        utterance=utterance,
        generation=generation,
        asked_at=now,
        lease_until=now + lease_s,
        trimmed=told.trimmed,
    )
    # What was understood of an earlier version of this turn goes with it.
    late = tuple(x for x in session.late if x.slot < slot)
    session = replace(session, head=head, generation=generation, late=late, nudges=(), status=SessionStatus.IN_PROGRESS)
    if session.report_status != "none":
        session = replace(session, report=None, report_status="none", written=None)  # the call had ended too early
    utterances = (*session.pending, utterance)
    return session, Begin(action=Action.RUN, generation=generation, slot=slot, utterances=utterances)


def _seal(session: Session, told: _Told) -> Session:
    """A next utterance exists: the head becomes part of the base, as the history tells it."""
    head = session.head
    utterances, known = told.utterances, session.sealed
    if head is not None:
        known = head.slot
        said = utterances[head.slot - 1]
        if said == head.utterance and head.state is not None and not _is_same_answer(session, head, told):
            late = session.late[head.late_seen :]
            heard = told.shown if _follows(head, utterances) else None
            log = (*session.log, replace(session.turns[-1], heard=heard))
            session = replace(session, base=_as_heard(head, head.state, heard), pending=(), log=log, late=late)
        else:
            # Never decided, decided for other words than were finally said, or for the first words of an answer that
            # goes on: the words wait for the next decision, and of the one before nothing stays.
            turn = Turn(slot=head.slot, utterance=said, healed=said != head.utterance)
            if not turn.healed and head.reply:
                turn = replace(turn, reply=head.reply, heard="", cut=head.cut)
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
