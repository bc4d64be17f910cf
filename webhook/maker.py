"""One turn in the making: listen, decide, save, speak, finish.

It runs detached from the request that asked for it. What is decided is saved before the first word that depends on
it, every write carries the generation's number, and whatever breaks inside ends in words.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from webhook import log
from webhook.admission import Admission, voicing_of
from webhook.errors import ModelError, ModelRefused, StoreError
from webhook.generations import Generation, Generations
from webhook.interview import moves, prompt, turns
from webhook.interview.answers import Answer, answers_of, decide_in_code, together
from webhook.interview.cost import Bill, spending_of, unnoted
from webhook.interview.facts import filled_values
from webhook.interview.foresight import foresee
from webhook.interview.history import questions
from webhook.interview.lines import Line, line
from webhook.interview.listening import checked_in_code
from webhook.interview.speech import gap, has_words
from webhook.interview.turns import Action, Begin
from webhook.interview.wording import wording
from webhook.speaking import Speaking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.asides import Asides
    from webhook.asks import Ask
    from webhook.costs import Costs
    from webhook.dialogue import Deadlines, Dialogue
    from webhook.interview.flow import Flow
    from webhook.interview.moves import Decision, Move, State
    from webhook.interview.prompt import ModelRequest, Prompts
    from webhook.interview.session import Session
    from webhook.interview.understanding import Understanding
    from webhook.interview.wording import Voicing
    from webhook.limits import LiveCalls
    from webhook.relay import Relay
    from webhook.reports import Reports
    from webhook.sessions import Sessions

_MOST_AT_ONCE = 60
"""Utterances of a lost session that are heard together; older ones are left, so that nobody waits for them."""
MOVED = "moved"
"""The ending of a call whose interview is over, or goes on in another one."""
log_ = structlog.get_logger("webhook.turn")


@dataclass(kw_only=True)
class Job:
    """One generation, what it was asked for and how it goes."""

    generation: Generation
    session: Session
    begun: Begin
    ask: Ask
    #: None: this turn is made by code alone.
    dialogue: Dialogue | None
    started: float
    #: What the store's clock said when the request was looked at, in seconds since 1970.
    store_at: float
    #: What the interview's own clock said when the turn was begun, in seconds.
    at: float
    listen_ms: int | None = None
    learnt: int | None = None
    #: Claude declined to deal with the caller's words.
    refused: bool = False
    #: Claude should have listened, and did not.
    by_code: bool = False
    #: Why its own words are not all of the reply.
    cut: str = ""
    is_decided: bool = False
    #: The bridge phrase was due before the move was decided, and was held back: no goodbye begins with it.
    owes_bridge: bool = False
    #: What Claude says, or most likely will say: a draft until the move is decided.
    speaking: Speaking | None = None
    #: What became of the draft: `used`, `dropped`; "" when there was none.
    drafted: str = ""
    #: How much sooner it was asked for than the reply would have been without it.
    lead_s: float | None = None
    #: Its calls, held until it is known whether they were of use.
    bill: Bill = field(default_factory=lambda: Bill(unnoted))
    is_billed: bool = False

    @property
    def left_out(self) -> tuple[str, ...]:
        """What Claude is not to be shown again."""
        return (*self.session.left_out, *self.begun.utterances) if self.refused else self.session.left_out


def job_of(generation: Generation, session: Session, begun: Begin, ask: Ask, *, at: float) -> Job:
    """One that asks no model and bills nobody; `at` is the store's clock now."""
    return Job(
        generation=generation,
        session=session,
        begun=begun,
        ask=ask,
        dialogue=None,
        started=ask.came_at,
        store_at=at,
        at=session.time.clock_s,
    )


@dataclass(frozen=True, kw_only=True)
class Maker:
    """Makes replies. `dialogue` is None in scripted mode."""

    sessions: Sessions
    admission: Admission
    prompts: Prompts
    dialogue: Dialogue | None
    deadlines: Deadlines
    reports: Reports
    generations: Generations
    live: LiveCalls
    costs: Costs
    asides: Asides
    relay: Relay
    #: Speak is asked while Claude still listens, where the move can be foreseen.
    drafts: bool = True

    def start(self, session: Session, begun: Begin, ask: Ask, *, at: float, may_ask_claude: bool) -> Generation:
        """Begin the generation that `begun` calls for; older ones of the session are stopped.

        `at` is the store's clock now.
        """
        generation = Generation(session.session_id, begun.generation, resend_s=self.deadlines.resend_s, is_ours=True)
        dialogue = self.dialogue if may_ask_claude and session.failures < turns.WITHOUT_CLAUDE else None
        job = job_of(generation, session, begun, ask, at=at)
        job.dialogue, job.bill = dialogue, Bill(self.costs.noting(session))
        self.generations.supersede(generation)
        self.generations.start(generation, self._make(job))
        return generation

    async def _make(self, job: Job) -> None:
        """Anything may be caught here: the caller hears words."""
        generation = job.generation
        self.generations.spawn(self.relay.publish(generation))
        bridge: asyncio.TimerHandle | None = None
        try:
            if not job.ask.is_bridged:
                bridge = self.bridge_later(job)
            async with asyncio.timeout(self.deadlines.end_s):
                move = await self._decide_and_speak(job)
            if move is not None:
                await self._finish(job, move)
        except asyncio.CancelledError:
            if generation.successor is None:
                await self._let_go(generation)
            raise
        except Exception as error:  # noqa: BLE001 - the last resort that lets no caller hear silence
            log_.error(
                "turn_failed",
                session_id=generation.session_id,
                generation=generation.number,
                where=log.where(error),
            )
            self._last_resort(job)
            generation.close()
            with suppress(StoreError):
                await self.sessions.change(generation.session_id, lambda s, _: turns.fail(s, generation.number))
        finally:
            # Not done: newer words are answered, or another worker answers these.
            job.bill.close(wasted=not generation.is_done)
            if not job.is_billed:
                self.generations.spawn(self._bill(job))
            if bridge is not None:
                bridge.cancel()
            if job.speaking is not None:
                job.speaking.drop()

    def bridge_later(self, job: Job) -> asyncio.TimerHandle:
        """Say the bridge phrase if there are no words in time; most turns need none, so it is made when it is due."""
        left_s = self.asides.bridge_left_s(job.session, job.ask, job.store_at)
        return asyncio.get_running_loop().call_later(left_s, self._bridge, job)

    def _bridge(self, job: Job) -> None:
        if not job.is_decided and self._is_likely_last(job):
            job.owes_bridge = True
        else:
            job.generation.bridge(self.asides.bridge_words(job.session))

    def _is_likely_last(self, job: Job) -> bool:
        """Whether the reply is a goodbye or a safety text, as far as code can tell before the move is decided."""
        try:
            move = job.begun.move or self._read_ahead(job)
        except Exception as error:  # noqa: BLE001 - the turn itself has words for what is broken
            log_.error("bridge_failed", session_id=job.session.session_id, where=log.where(error))
            return False
        return move.ending is not None or move.kind is moves.MoveKind.SAFETY

    def _read_ahead(self, job: Job) -> Move:
        """The move that code alone would make."""
        flow = self.admission.flow_of(job.session)
        answers = _answers(job.session, job.begun, job.ask)
        return self._read(job, flow, _with_late(flow, job.session), answers).move

    async def _let_go(self, generation: Generation) -> None:
        """Stopped before the reply is made: another worker need not wait to make it."""
        with suppress(StoreError):
            await self.sessions.change(generation.session_id, lambda s, _: turns.let_go(s, generation.number))

    def _last_resort(self, job: Job) -> None:
        """Words when everything else failed, the flow itself included."""
        if job.generation.is_done or "?" in job.generation.text:
            return
        job.generation.add(gap(job.generation.text) + self.asides.pending_words(job.session))

    async def _decide_and_speak(self, job: Job) -> Move | None:
        decided = await self._decided(job)
        if decided is None:
            # Another worker answers newer words; whoever still listens here hears that reply.
            found = await self.sessions.find(job.session.session_id)
            if found is not None and self._is_closed(found.session, job.ask):
                job.generation.ending = found.session.state.ending or MOVED
                job.generation.add(line(Line.ALREADY_OVER, found.session.language))
                return None
            if found is None or found.session.generation == job.generation.number:
                raise StoreError("the session was not there to be changed")
            if not await self.relay.follow(job.generation, found.session.generation):
                self._last_resort(job)
            return None
        session, move = decided
        job.is_decided = True
        job.generation.ending = move.ending
        await self._speak(job, session, move)
        return move

    @staticmethod
    def _is_closed(session: Session, ask: Ask) -> bool:
        """Whether the call was ended while its turn was decided, or the interview goes on over another line."""
        has_moved = ask.conversation_id is not None and ask.conversation_id in session.past_conversations
        return session.is_over or has_moved

    async def _decided(self, job: Job) -> tuple[Session, Move] | None:
        session, begun = job.session, job.begun
        if begun.action is Action.RESPEAK and begun.move is not None:
            return session, begun.move
        flow = self.admission.flow_of(session)
        decision = await self._decide(job, flow, _with_late(flow, session))
        changed = await self.sessions.change(
            session.session_id,
            lambda s, now: turns.decide(
                s,
                begun.generation,
                decision,
                now=now,
                late_seen=len(session.late),
                by_code=job.by_code,
                lease_s=self.deadlines.lease_s,
            ),
        )
        if changed is None:
            return None
        job.learnt = len(decision.learnt)
        return changed, decision.move

    async def _decide(self, job: Job, flow: Flow, state: State) -> Decision:
        session = job.session
        begun = replace(job.begun, utterances=job.begun.utterances[-_MOST_AT_ONCE:])
        answers = _answers(session, begun, job.ask)
        heard = None
        is_greeting = _is_greeting(flow, state, begun)
        if job.dialogue is not None and not is_greeting:
            job.speaking = self._draft(job, job.dialogue, flow, state, begun, answers[0].question)
            heard = await self._listen(job, job.dialogue, flow, state, begun, answers)
        job.listen_ms = _ms(job.started)
        if heard is not None:
            last = answers[-1]
            heard = checked_in_code(flow, state, heard, last.text, question=last.question, language=session.language)
            return moves.advance(flow, state, heard, utterance=together(answers), turn=begun.slot, now=job.at)
        job.by_code = self.dialogue is not None and not is_greeting
        return self._read(job, flow, state, answers)

    def _read(self, job: Job, flow: Flow, state: State, answers: Sequence[Answer]) -> Decision:
        """Code reads alone."""
        voicing = voicing_of(flow, job.session, state, now=job.at)
        return decide_in_code(voicing, answers, turn=job.begun.slot, now=job.at, scripted=self.dialogue is None)

    def _draft(
        self, job: Job, dialogue: Dialogue, flow: Flow, state: State, begun: Begin, question: str
    ) -> Speaking | None:
        """Ask for the words of the move that these words most likely lead to, where that can be told."""
        is_backlog = time.monotonic() - job.started > self.deadlines.draft_s
        if not self.drafts or len(begun.utterances) != 1 or is_backlog:
            return None
        session = job.session
        foreseen = foresee(
            flow,
            state,
            begun.utterances[0],
            question=question,
            language=session.language,
            turn=begun.slot,
            now=job.at,
        )
        if foreseen is None:
            return None
        voicing = voicing_of(flow, session, foreseen.state, now=job.at)
        if not wording(voicing, foreseen.move).by_claude:
            return None
        return Speaking(dialogue, self._speak_request(job, voicing, foreseen.move), note=job.bill.note)

    async def _listen(
        self, job: Job, dialogue: Dialogue, flow: Flow, state: State, begun: Begin, answers: Sequence[Answer]
    ) -> Understanding | None:
        request = prompt.listen_request(
            self.prompts,
            flow,
            language=job.session.language,
            utterances=tuple(" ".join(prompt.without(job.left_out, answer.pieces)) for answer in answers),
            question=answers[-1].question,
            earlier=tuple(answer.question for answer in answers[:-1]),
            known=filled_values(state.facts),
            offered_stop=state.pending is not None and state.pending.kind is moves.MoveKind.OFFER_STOP,
        )

        bill, is_late = Bill(job.bill.note), False

        def late(task: asyncio.Task[Understanding]) -> None:
            nonlocal is_late
            is_late = True
            self.generations.spawn(self._keep_late(task, job.session.session_id, begun, together(answers), bill))

        try:
            return await dialogue.listen(request, flow, late=late, note=bill.note)
        except ModelError as error:
            job.refused = isinstance(error, ModelRefused)
            log_.warning("listen_failed", session_id=job.session.session_id, code=error.code)
            return None
        finally:
            if not is_late:
                bill.close()

    async def _keep_late(
        self, task: asyncio.Task[Understanding], session_id: str, begun: Begin, said: str, bill: Bill
    ) -> None:
        """An understanding that missed its turn is applied before the next one."""
        kept = None
        try:
            understanding = await task
            kept = await self.sessions.change(
                session_id,
                lambda s, _: turns.note_late(s, begun.slot, begun.utterances[-1], understanding, said=said),
            )
        except (ModelError, StoreError) as error:
            log_.warning("late_listen_lost", session_id=session_id, code=error.code)
        finally:
            bill.close(wasted=kept is None)

    async def _speak(self, job: Job, session: Session, move: Move) -> None:
        generation = job.generation
        flow = self.admission.flow_of(session)
        voicing = voicing_of(flow, session, session.state, last_said=_last_said(session), now=job.at)
        words = wording(voicing, move)
        if words.lead:
            generation.add(words.lead + (" " if words.by_claude or words.fallback else ""))
        by_claude = words.by_claude and job.dialogue is not None
        request = self._speak_request(job, voicing, move) if by_claude else None
        self._settle_draft(job, request)
        if request is None or job.dialogue is None:
            generation.add(words.fallback)
            return
        if job.owes_bridge:
            generation.bridge(self.asides.bridge_words(job.session))
        speaking = job.speaking = job.speaking or Speaking(job.dialogue, request, note=job.bill.note)
        generation.when_abandoned(speaking.drop)
        async for piece in speaking.pieces():
            generation.add(piece)
        spoken = speaking.spoken
        job.cut = spoken.cut
        if spoken.failed is not None:
            job.refused = job.refused or isinstance(spoken.failed, ModelRefused)
            log_.warning("speak_failed", session_id=session.session_id, code=spoken.failed.code, move=move.kind.value)
        if "?" not in spoken.text or not has_words(spoken.text):
            # Late, cut off, empty, or words without a question: the flow's own question closes the turn.
            generation.add(gap(spoken.text) + (words.question if has_words(spoken.text) else words.fallback))

    def _settle_draft(self, job: Job, request: ModelRequest | None) -> None:
        """A draft that is not what is to be said is dropped."""
        if job.speaking is None:
            return
        if request is not None and job.speaking.fits(request):
            job.drafted, job.lead_s = "used", time.monotonic() - job.speaking.asked_at
            return
        job.drafted = "dropped"
        job.speaking.drop()
        job.speaking = None

    def _speak_request(self, job: Job, voicing: Voicing, move: Move) -> ModelRequest:
        return prompt.speak_request(
            self.prompts,
            voicing,
            move,
            history=job.ask.messages,
            utterance=job.ask.words[-1],
            turn=job.begun.slot,
            left_out=job.left_out,
        )

    async def _finish(self, job: Job, move: Move) -> None:
        generation = job.generation
        text = generation.text.strip()
        # The words are out, so the readers need not wait for the book-keeping.
        generation.close()
        self._measure(job, move)
        job.bill.close()
        job.is_billed = True
        self.generations.spawn(self._bill(job))
        changed = await self.costs.change(
            self.sessions,
            generation.session_id,
            lambda s, _: turns.finish(s, generation.number, text, generation.pieces, cut=job.cut, refused=job.refused),
        )
        self.generations.spawn(self._tell(job, move, _ms(job.started)))
        if changed is not None and moves.tells_of_danger(changed.state, move, job.begun.slot):
            self.reports.tell_soon(changed)
        if changed is not None and changed.is_over:
            self.live.left(generation.session_id)
            if job.dialogue is not None:
                await job.dialogue.left()  # then it is known what the call has cost
            await self.reports.call_ended(changed)

    async def _bill(self, job: Job) -> None:
        """Tell the readers what the reply has cost, once its calls have ended; of a reply made elsewhere, nothing."""
        if job.dialogue is not None:
            await job.dialogue.left()
        generation, usage = job.generation, spending_of(*job.bill.calls).total().usage
        generation.bill(usage)
        self.generations.billed.keep(f"{generation.session_id}/{generation.number}", usage)

    def _measure(self, job: Job, move: Move) -> None:
        first_at, now = job.generation.first_at, time.monotonic()
        first_text_s = None if first_at is None else first_at - job.started
        self.costs.metrics.turn(move.kind.value, first_text_s=first_text_s, total_s=now - job.started)
        if job.drafted:
            self.costs.metrics.draft(job.drafted, lead_s=job.lead_s)

    async def _tell(self, job: Job, move: Move, total_ms: int) -> None:
        """The turn's line in the log, once its calls have ended."""
        if job.dialogue is not None:
            await job.dialogue.left()
        generation = job.generation
        spending = spending_of(*job.bill.calls)
        usage, cost = spending.total().usage, spending.cost(self.costs.prices)
        log_.info(
            "turn",
            session_id=generation.session_id,
            generation=generation.number,
            topic=move.topic,
            move=move.kind.value,
            reason=move.reason,
            facts=job.learnt,
            listen_ms=job.listen_ms,
            first_text_ms=_first_text_ms(job),
            total_ms=total_ms,
            chars_out=len(generation.text.strip()),
            cut=job.cut or None,
            draft=job.drafted or None,
            tokens_in=usage.prompt_tokens,
            tokens_cached=usage.cache_read_tokens,
            tokens_out=usage.output_tokens,
            cost=None if cost is None else round(cost, 8),
        )


def _with_late(flow: Flow, session: Session) -> State:
    """The sealed state with what was understood too late for its own turn."""
    state = session.base
    for x in session.late:
        state = moves.absorb(flow, state, x.understanding, utterance=x.utterance, turn=x.slot)
    return state


def _answers(session: Session, begun: Begin, ask: Ask) -> tuple[Answer, ...]:
    """What the turn has to answer, each with the question that was heard before it.

    "" where a trimmed history does not tell. Of a client that keeps nothing of ours, and whose callers heard our last
    reply all the same (`turns.begin`), that reply is what they answered.
    """
    count = len(begun.utterances)
    told = questions(ask.messages, count)
    if not ask.keeps_ours and session.log and session.log[-1].heard is None:
        told = (_last_said(session),) * count
    return answers_of(begun.utterances, ("",) * (count - len(told)) + told, ask.heard)


def _is_greeting(flow: Flow, state: State, begun: Begin) -> bool:
    """Words before our first words ("hello?") hold nothing to learn and need no model call."""
    start = flow.topics[flow.start]
    return begun.slot == 1 and start.say is not None and start.id not in state.said


def _last_said(session: Session) -> str:
    """The last thing we said, in our own words: what the platform shows may be anybody's.

    "" when that reply was never finished: it asked something else than the one before it did.
    """
    last = next((turn for turn in reversed(session.log) if turn.reply or turn.move), None)
    return session.first_message if last is None else last.reply


def _first_text_ms(job: Job) -> int | None:
    at = job.generation.first_at
    return None if at is None else round((at - job.started) * 1000)


def _ms(since: float) -> int:
    return round((time.monotonic() - since) * 1000)
