"""One caller, a platform that does whatever platforms do, workers that die, and one record behind compare-and-set.

No sockets, no clock, no draw of its own: whoever holds the world says what happens next, so that a run is a list of
decisions that can be repeated. `truth` is what the caller finally said, in order; `what_is_wrong` compares it with
what the turn protocol made of it. `reached` counts the states that were entered: a run that never joined a reply has
shown nothing about joining.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from tests.interview.calls import NOON
from webhook.interview.facts import FactEvent, Status
from webhook.interview.history import (
    Message,
    ToolCall,
    heard_before,
    shown_before,
    shows_ours,
    silences,
    utterances,
)
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.session import Session
from webhook.interview.tool_results import last_tool_result
from webhook.interview.turns import LEASE_S, Action, Begin, begin, decide, fail, finish, let_go, renew

Decide = Callable[[Session, int, Decision, float], Session | None]
OPENING = Message(role="agent", text="Hello. What is your first word?")
CALL, OTHER_CALL = "conversation-1", "conversation-2"


def guarded(session: Session, generation: int, made: Decision, now: float) -> Session | None:
    return decide(session, generation, made, now=now)


def new_session(session_id: str = "s") -> Session:
    return Session(
        session_id=session_id,
        flow_id="small",
        flow_version=1,
        flow_hash="abc",
        persona_id="mia",
        language="en",
        created_at=NOON,
        updated_at=NOON,
    )


@dataclass
class Task:
    """A generation at work in some worker."""

    session_id: str
    begun: Begin
    #: What the worker had in hand when it began.
    seen: Session
    is_decided: bool = False


class World:
    """`write` is `turns.decide`, or what stands in for it to show that its guard is needed."""

    def __init__(self, write: Decide = guarded) -> None:
        self._write = write
        self.now = NOON
        self.records: dict[str, Session] = {}
        self.history: list[Message] = [OPENING]
        self.truth: list[str] = []
        self.tasks: list[Task] = []
        self.reached: Counter[str] = Counter()
        #: How many messages the platform leaves out from now on.
        self.trimmed = 0
        self._calls = 0
        self._number = 0

    @property
    def record(self) -> Session | None:
        return self.records.get("s")

    @property
    def is_over(self) -> bool:
        return self.record is not None and self.record.is_over

    # The caller and the platform

    def say(self, words: str, *, arrives: bool = True) -> None:
        """The next thing the caller says, for good. `arrives`: whether any request for it does."""
        self._hear()
        self.history.append(Message(role="user", text=words))
        self.truth.append(words)
        if arrives:
            self.ask()

    def ask(self, conversation: str = CALL) -> Begin:
        """A request with the history as it stands."""
        return self._request(self.history[self.trimmed :], conversation)

    def guess(self, words: str) -> Begin:
        """A request for words that are not said to their end yet, or that were understood otherwise at first."""
        return self._request([*self.history[self.trimmed :], *self._heard(), Message(role="user", text=words)])

    def ask_for_older(self, number: int) -> Begin:
        """A late copy of the request for utterance `number` (from 1)."""
        places = [i for i, m in enumerate(self.history) if m.role == "user" and m.text in self.truth]
        return self._request(self.history[self.trimmed : places[number - 1] + 1])

    def ask_for_part(self) -> Begin:
        """A late request for the first half of what the caller said last."""
        place = max(i for i, m in enumerate(self.history) if m.role == "user" and m.text in self.truth)
        words = self.history[place].text
        part = Message(role="user", text=words[: len(words) // 2])
        return self._request([*self.history[self.trimmed : place], part])

    def be_silent(self, *, dots: bool) -> Begin:
        """The platform asks us to go on although nothing was said."""
        self._hear()
        if dots:
            self.history.append(Message(role="user", text="..."))
        return self.ask()

    def call_a_tool(self) -> Begin:
        """What we asked the platform to do is done, and it asks us to go on."""
        self._hear()
        self._calls += 1
        call = ToolCall(id=f"call_{self._calls}", name="skip_turn")
        self.history.append(Message(role="agent", tool_calls=(call,)))
        self.history.append(Message(role="tool", text="ok", tool_call_id=call.id))
        return self.ask()

    def cut(self, words: int) -> None:
        """Only so many words of our last reply were heard."""
        self._hear(words)

    def trim(self, messages: int) -> None:
        """The platform leaves out more of the beginning, but never the last few utterances."""
        users = [i for i, m in enumerate(self.history) if m.role == "user" and m.text in self.truth]
        if len(users) > 4:
            self.trimmed = min(self.trimmed + messages, users[-4])

    # Workers and the store

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def step(self, task: Task) -> None:
        """The worker does the next thing: decide, then finish."""
        session = self.records.get(task.session_id)
        if session is None:
            self.tasks.remove(task)
            return
        number = task.begun.generation
        if not task.is_decided:
            made = Decision(state=self._applied(task.seen.base, task.begun.utterances), move=_ASK)
            changed = self._write(session, number, made, self.now)
            task.is_decided = True
        else:
            reply = f"Thank you for number {task.begun.slot}. What is the next one?"
            changed = finish(session, number, reply, (reply,))
            self.tasks.remove(task)
        if changed is None:
            self.reached["superseded"] += 1
            self.tasks = [t for t in self.tasks if t is not task]
        else:
            self.records[task.session_id] = replace(changed, updated_at=self.now)

    def kill(self, task: Task) -> None:
        """The worker dies of SIGKILL; nobody is told."""
        self.tasks.remove(task)
        self.reached["killed"] += 1

    def break_off(self, task: Task) -> None:
        """Something breaks inside the turn."""
        self._change(task, fail(self.records.get(task.session_id, new_session()), task.begun.generation))

    def let_go(self, task: Task) -> None:
        """The worker has to stop."""
        self._change(task, let_go(self.records.get(task.session_id, new_session()), task.begun.generation))

    def renew(self, task: Task) -> None:
        """A sign of life."""
        session = self.records.get(task.session_id)
        changed = None if session is None else renew(session, task.begun.generation, now=self.now)
        if changed is not None:
            self.records[task.session_id] = changed

    def lose(self) -> None:
        """The record is gone; the workers that hold it do not know."""
        if self.records.pop("s", None) is not None:
            self.reached["lost"] += 1

    # What came of it

    def hang_up(self) -> str | None:
        """A last utterance seals the rest; what is wrong then."""
        self.wait(LEASE_S + 1)
        if not self.is_over:
            self.say("goodbye")
        return self.what_is_wrong()

    def what_is_wrong(self) -> str | None:
        """How the record differs from the truth, as far as that is settled; None: not at all."""
        session = self.record
        if session is None:
            return None
        kept = [turn.utterance for turn in session.log]
        if kept != self.truth[: len(kept)]:
            return f"said {self.truth}, sealed {kept}"
        took = [event.words for event in session.base.events]
        waiting = list(session.pending)
        if took + waiting != kept:
            return f"sealed {kept}, applied {took}, waiting {waiting}"
        head = session.head
        if head is not None and head.state is not None:
            of_head = [event.words for event in head.state.events]
            if of_head != [*kept, head.utterance]:
                return f"sealed {kept}, head {head.utterance}, applied {of_head}"
        if not session.is_over and head is not None and head.generation != session.generation:
            return f"head is of generation {head.generation}, the session of {session.generation}"
        return None

    # Inside

    def _request(self, messages: list[Message], conversation: str = CALL) -> Begin:
        """As the runner does it: load, begin, save."""
        self._number += 10
        session_id = "s"
        said = utterances(messages)
        while True:
            session = self.records.get(session_id) or new_session(session_id)
            changed, begun = begin(
                session,
                said,
                now=self.now,
                number=self._number,
                silences=silences(messages),
                tool_ran=last_tool_result(messages, lambda _: None) is not None,
                shown=shown_before(messages),
                heard=heard_before(messages),
                keeps_ours=shows_ours(messages),
                conversation_id=conversation,
            )
            self._count(session, begun)
            if begun.action is not Action.CONFLICT:
                break
            session_id = f"s~{conversation}"
        if said and begun.action is not Action.UNALIGNED:
            self.records[session_id] = replace(changed, updated_at=self.now)
        if begun.action in (Action.RUN, Action.RESPEAK):
            is_decided = begun.action is Action.RESPEAK
            self.tasks.append(Task(session_id=session_id, begun=begun, seen=changed, is_decided=is_decided))
        return begun

    def _count(self, session: Session, begun: Begin) -> None:
        self.reached[begun.action.value] += 1
        if begun.action is not Action.RUN:
            return
        head = session.head
        if head is None and session.sealed == 0 and begun.slot > 1:
            self.reached["rebuilt"] += 1
        elif len(begun.utterances) > 1:
            self.reached["healed"] += 1
        if head is not None and head.slot == begun.slot and head.utterance != begun.utterances[-1]:
            self.reached["revised"] += 1

    def _change(self, task: Task, changed: Session | None) -> None:
        self.tasks.remove(task)
        if changed is not None and task.session_id in self.records:
            self.records[task.session_id] = changed

    def _heard(self, words: int | None = None) -> list[Message]:
        """Our reply to the last utterance, as far as it was heard, if it stands in no history yet."""
        head = self.record.head if self.record is not None else None
        if head is None or not head.reply or not self.truth or head.utterance != self.truth[-1]:
            return []
        if self.history[-1].role != "user" or self.history[-1].text != head.utterance:
            return []
        text = " ".join(head.reply.split()[:words])
        return [Message(role="agent", text=text)] if text else []

    def _hear(self, words: int | None = None) -> None:
        self.history += self._heard(words)

    def _applied(self, state: State, said: tuple[str, ...]) -> State:
        """A state that shows which utterances went into it."""
        events = tuple(FactEvent(slot=u, status=Status.FILLED, value=u, words=u) for u in said)
        return replace(state, events=state.events + events, pending=_ASK, topic="word")


_ASK = Move(kind=MoveKind.ASK, topic="word", slot="word")
