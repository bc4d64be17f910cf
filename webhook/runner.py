"""The I/O shell round the engine: find the session, begin, listen, decide, save, speak, finish.

Every change of a session is a pure function tried again until compare-and-set lets it through. What the caller
hears never depends on an exception: whatever breaks inside ends in words.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from webhook import log
from webhook.admission import Admission, is_somebody_else_s, voicing_of
from webhook.asks import Ask, Reply
from webhook.dialogue import Dialogue, Spoken
from webhook.errors import ModelError, StoreError, WebhookError
from webhook.generations import Generation, Generations
from webhook.interview import moves, prompt, turns
from webhook.interview.facts import filled_values
from webhook.interview.history import (
    questions,
    silences,
)
from webhook.interview.lines import Line, line
from webhook.interview.listening import checked_in_code, read_in_code
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.speech import has_words
from webhook.interview.turns import Action, Begin
from webhook.interview.wording import last_words, wording
from webhook.store.base import Chunk
from webhook.wire.identity import anonymous_key
from webhook.wire.tools import SKIP_TURN, find_tool

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webhook.interview.flow import Flow
    from webhook.interview.prompt import Prompts
    from webhook.interview.session import Session
    from webhook.interview.understanding import Understanding
    from webhook.reports import Reports
    from webhook.sessions import Sessions

_PUBLISH_S = 0.25
_FOLLOW_S = 6.0
"""The longest a reply of another worker may be silent: longer than its owner waits for listen and the first words."""
_MOST_AT_ONCE = 60
"""Utterances of a lost session that are heard together; older ones are left, so that nobody waits for them."""
log_ = structlog.get_logger("webhook.runner")


@dataclass(frozen=True, kw_only=True)
class Interviewer:
    """Answers turns. `dialogue` is None in scripted mode."""

    sessions: Sessions
    admission: Admission
    prompts: Prompts
    dialogue: Dialogue | None
    reports: Reports
    generations: Generations
    clock: Callable[[], float] = time.time

    # A turn

    async def answer(self, ask: Ask) -> Reply:
        """The reply to a request. Raises `StoreError` and `NotFound`; the routes have words for those."""
        session_id = await self.admission.session_id(ask)
        forked = False
        async for _ in self.sessions.tries():
            session, version = await self.admission.load_or_new(session_id, ask)
            if is_somebody_else_s(session, ask):
                session_id = self.admission.new_id()
                continue
            session = session.flagged("conflict") if forked else session
            changed, begun = turns.begin(
                session,
                ask.words,
                now=self.clock(),
                silences=silences(ask.messages),
                shown=ask.shown,
                conversation_id=ask.conversation_id,
            )
            if begun.action is Action.CONFLICT:
                session_id, forked = f"{session_id}~{ask.conversation_id}", True
                continue
            if begun.action is Action.UNALIGNED:
                session_id, forked = f"{session_id}~{anonymous_key(ask.words[:1], '')[:12]}", True
                continue
            if changed is session or not (ask.words or ask.is_known):
                return await self._reply(session, begun, ask)
            if await self.sessions.save(changed, expect=version):
                self.generations.spawn(
                    self.admission.remember(changed, ask, is_new=version == 0 or session.generation == 0)
                )
                return await self._reply(changed, begun, ask)
        raise StoreError("the session changed too often while a turn was begun")

    async def _reply(self, session: Session, begun: Begin, ask: Ask) -> Reply:
        if begun.action in (Action.RUN, Action.RESPEAK):
            generation = Generation(session.session_id, begun.generation)
            self.generations.supersede(generation)
            self.generations.start(generation, self._generate(generation, session, begun, ask))
            return Reply(session=session, generation=generation, number=begun.generation)
        if begun.action is Action.JOIN:
            return await self._join(session, begun)
        if begun.action is Action.REPLAY:
            pieces = session.head.pieces if session.head else ()
            over = begun.move.ending if begun.move else None
            return Reply(session=session, fixed=pieces or (begun.reply,), number=begun.generation, over=over)
        running = self.generations.find(session.session_id, session.generation)
        if begun.action is Action.STALE and running is not None:
            return Reply(session=session, generation=running, number=session.generation)
        if begun.action is Action.NUDGE:
            return await self._nudged(session, begun, ask)
        over = session.state.ending if begun.action is Action.CLOSED else None
        return Reply(session=session, fixed=(self._aside(session, begun),), over=over)

    async def _nudged(self, session: Session, begun: Begin, ask: Ask) -> Reply:
        """The caller is silent: ask again, leave them in peace, offer to stop, stop."""
        if session.is_over:
            await self.reports.call_ended(session)
            voicing = voicing_of(self.admission.flow_of(session), session, session.state, now=self.clock())
            ending = session.state.ending or ""
            return Reply(session=session, fixed=(last_words(voicing, ending),), over=ending)
        if begun.nudge == turns.NUDGE_WAIT:
            skip = find_tool(ask.tools, SKIP_TURN)
            words = () if skip is not None else (line(Line.TAKE_YOUR_TIME, session.language),)
            return Reply(session=session, fixed=words, skip=skip)
        return Reply(session=session, fixed=(self._pending_words(session),))

    async def _join(self, session: Session, begun: Begin) -> Reply:
        running = self.generations.find(session.session_id, begun.generation)
        if running is not None:
            return Reply(session=session, generation=running, number=begun.generation)
        followed = Generation(session.session_id, begun.generation)
        self.generations.start(followed, self._follow(followed, begun.generation))
        return Reply(session=session, generation=followed, number=begun.generation)

    async def _follow(self, generation: Generation, number: int) -> None:
        """Read along the reply another worker makes under that number; its words, or the fallback when it is silent."""
        try:
            async for chunk in self.sessions.store.follow_chunks(generation.session_id, number, wait_s=_FOLLOW_S):
                generation.add(chunk.data)
        except StoreError as error:
            log_.warning("follow_failed", session_id=generation.session_id, error=error.code)
        found = await self.sessions.find(generation.session_id)
        if found is None:
            generation.add(line(Line.DID_NOT_CATCH, self.admission.choose_flow(None).language))
            return
        generation.ending = found[0].state.ending
        if not generation.pieces:
            generation.add(self._pending_words(found[0]))

    def _aside(self, session: Session, begun: Begin) -> str:
        """Words for requests that are no turn."""
        last = session.head.move if session.head is not None else None
        if begun.action is Action.CLOSED and last is not None and last.kind is MoveKind.SAFETY:
            # The words that ended the call were there for the caller's safety; a goodbye is no answer after them.
            return wording(
                voicing_of(self.admission.flow_of(session), session, session.state, now=self.clock()), last
            ).fixed
        if begun.action is Action.CLOSED:
            return line(Line.ALREADY_OVER, session.language)
        if begun.action is Action.STALE and session.head is not None and session.head.reply:
            return session.head.reply
        return self._pending_words(session)

    def _pending_words(self, session: Session) -> str:
        """The open question once more, without moving anything."""
        flow = self.admission.flow_of(session)
        state = session.state
        if state.pending is None:
            return self.admission.opening_of(session)
        return wording(
            voicing_of(flow, session, state, now=self.clock()), replace(state.pending, say=())
        ).fixed or line(Line.STILL_THERE, session.language)

    # A generation

    async def _generate(self, generation: Generation, session: Session, begun: Begin, ask: Ask) -> None:
        """Listen, decide, speak, finish. The one place where anything may be caught: the caller hears words."""
        started = time.monotonic()
        log_line: dict[str, Any] = {}
        self.generations.spawn(self._publish(generation))
        bridge: asyncio.TimerHandle | None = None
        try:
            bridge = self._bridge_later(generation, session)
            decided = await self._decided(session, begun, ask, log_line)
            if decided is None:
                # Another worker answers newer words; whoever still listens here hears that reply.
                found = await self.sessions.find(session.session_id)
                await self._follow(generation, found[0].generation if found else generation.number)
                return
            session, move = decided
            generation.ending = move.ending
            await self._speak(generation, session, move, ask)
            log_line["total_ms"] = _ms(started)
            await self._finish(generation, session, move, log_line)
        except Exception as error:  # noqa: BLE001 - the last resort that lets no caller hear silence
            log_.error(
                "turn_failed", session_id=session.session_id, generation=generation.number, where=log.where(error)
            )
            if not generation.pieces:
                generation.add(self._last_resort(session))
        finally:
            if bridge is not None:
                bridge.cancel()

    def _last_resort(self, session: Session) -> str:
        """Words when everything else failed, the flow itself included."""
        try:
            return self._pending_words(session)
        except WebhookError:
            return line(Line.DID_NOT_CATCH, session.language)

    def _bridge_later(self, generation: Generation, session: Session) -> asyncio.TimerHandle:
        """Say the bridge phrase if there are no words by then."""
        flow = self.admission.flow_of(session)
        phrase = flow.house_rules.bridge_line
        voicing = voicing_of(flow, session, session.state, now=self.clock())
        words = f"{voicing.text(phrase).rstrip(' .…')}... " if phrase else voicing.line(Line.BRIDGE)

        def bridge() -> None:
            if not generation.pieces and not generation.is_done:
                generation.add(words)

        delay_s = self.dialogue.deadlines.bridge_s if self.dialogue is not None else turns.LEASE_S
        return asyncio.get_running_loop().call_later(delay_s, bridge)

    async def _decided(
        self, session: Session, begun: Begin, ask: Ask, log_line: dict[str, Any]
    ) -> tuple[Session, Move] | None:
        if begun.action is Action.RESPEAK and begun.move is not None:
            return session, begun.move
        flow = self.admission.flow_of(session)
        state = _with_late(flow, session)
        started = time.monotonic()
        decision = await self._decide(flow, session, state, begun, ask)
        log_line["listen_ms"] = _ms(started)
        changed = await self.sessions.change(
            session.session_id,
            lambda s: turns.decide(s, begun.generation, decision, now=self.clock(), late_seen=len(session.late)),
        )
        if changed is None:
            return None
        log_line.update(reason=decision.move.reason, facts=len(decision.learnt))
        return changed, decision.move

    async def _decide(self, flow: Flow, session: Session, state: State, begun: Begin, ask: Ask) -> Decision:
        now = self.clock()
        begun = replace(begun, utterances=begun.utterances[-_MOST_AT_ONCE:])
        asked = questions(ask.messages)[-len(begun.utterances) :]
        heard = None
        if self.dialogue is not None and not _is_greeting(flow, state, begun):
            heard = await self._listen(self.dialogue, flow, session, state, begun, asked)
        if heard is not None:
            utterance = " / ".join(begun.utterances)
            heard = checked_in_code(
                flow, state, heard, begun.utterances[-1], question=asked[-1], language=session.language
            )
            return moves.advance(flow, state, heard, utterance=utterance, turn=begun.slot, now=now)
        decision = None
        question = asked[0]
        first = begun.slot - len(begun.utterances) + 1
        for turn, utterance in enumerate(begun.utterances, start=first):
            guess = read_in_code(flow, state, utterance, question=question, language=session.language)
            scripted = self.dialogue is None
            decision = moves.advance(flow, state, guess, utterance=utterance, turn=turn, now=now, scripted=scripted)
            state = decision.state
            question = wording(voicing_of(flow, session, state, now=self.clock()), decision.move).fixed
        assert decision is not None
        return decision

    async def _listen(
        self, dialogue: Dialogue, flow: Flow, session: Session, state: State, begun: Begin, asked: Sequence[str]
    ) -> Understanding | None:
        request = prompt.listen_request(
            self.prompts,
            flow,
            language=session.language,
            utterances=begun.utterances,
            question=asked[-1],
            earlier=asked[:-1],
            known=filled_values(state.facts),
            offered_stop=state.pending is not None and state.pending.kind is MoveKind.OFFER_STOP,
        )

        def late(task: asyncio.Task[Understanding]) -> None:
            self.generations.spawn(self._keep_late(task, session.session_id, begun))

        try:
            return await dialogue.listen(request, flow, late=late)
        except ModelError as error:
            log_.warning("listen_failed", session_id=session.session_id, code=error.code)
            return None

    async def _keep_late(self, task: asyncio.Task[Understanding], session_id: str, begun: Begin) -> None:
        """An understanding that missed its turn is applied before the next one."""
        try:
            understanding = await task
            await self.sessions.change(
                session_id,
                lambda s: turns.note_late(
                    s, begun.slot, begun.utterances[-1], understanding, said=" / ".join(begun.utterances)
                ),
            )
        except (ModelError, StoreError) as error:
            log_.warning("late_listen_lost", session_id=session_id, code=error.code)

    async def _speak(self, generation: Generation, session: Session, move: Move, ask: Ask) -> None:
        flow = self.admission.flow_of(session)
        voicing = voicing_of(flow, session, session.state, last_said=_last_said(session), now=self.clock())
        words = wording(voicing, move)
        if words.lead:
            generation.add(words.lead + (" " if words.by_claude or words.fallback else ""))
        if not words.by_claude or self.dialogue is None:
            generation.add(words.fallback)
            return
        request = prompt.speak_request(self.prompts, voicing, move, history=ask.messages, utterance=ask.words[-1])
        spoken = Spoken()
        async for piece in self.dialogue.speak(request, spoken):
            generation.add(piece)
        if spoken.failed is not None:
            log_.warning("speak_failed", session_id=session.session_id, code=spoken.failed.code, move=move.kind.value)
        if "?" not in spoken.text or not has_words(spoken.text):
            # Late, cut off, empty, or words without a question: the flow's own question closes the turn.
            generation.add(_gap(spoken.text) + (words.question if has_words(spoken.text) else words.fallback))

    async def _finish(self, generation: Generation, session: Session, move: Move, log_line: dict[str, Any]) -> None:
        text = generation.text.strip()
        # The words are out, so the readers need not wait for the book-keeping.
        generation.close()
        changed = await self.sessions.change(
            session.session_id, lambda s: turns.finish(s, generation.number, text, generation.pieces)
        )
        log_.info(
            "turn",
            session_id=session.session_id,
            generation=generation.number,
            topic=move.topic,
            move=move.kind.value,
            chars_out=len(text),
            **log_line,
        )
        if changed is not None and changed.is_over:
            await self.reports.call_ended(changed)

    async def _publish(self, generation: Generation) -> None:
        """Copy the reply to the store's chunk log in steps, for readers in other workers, and show signs of life."""
        sent, alive_at = 0, time.monotonic()
        try:
            while True:
                done = await generation.rest(_PUBLISH_S)
                pieces = generation.pieces[sent:]
                sent += len(pieces)
                if pieces or done:
                    chunk = Chunk(data="".join(pieces), last=done)
                    await self.sessions.store.append_chunk(generation.session_id, generation.number, chunk)
                if done:
                    return
                if time.monotonic() - alive_at > turns.LEASE_S / 2:
                    alive_at = time.monotonic()
                    await self.sessions.change(
                        generation.session_id, lambda s: turns.renew(s, generation.number, now=self.clock())
                    )
        except StoreError as error:
            log_.warning("publish_failed", session_id=generation.session_id, code=error.code)


def _with_late(flow: Flow, session: Session) -> State:
    """The sealed state with what was understood too late for its own turn."""
    state = session.base
    for x in session.late:
        state = moves.absorb(flow, state, x.understanding, utterance=x.utterance, turn=x.slot)
    return state


def _is_greeting(flow: Flow, state: State, begun: Begin) -> bool:
    """Words before our first words ("hello?") hold nothing to learn and need no model call."""
    start = flow.topics[flow.start]
    return begun.slot == 1 and start.say is not None and start.id not in state.said


def _last_said(session: Session) -> str:
    """The last thing we said, in our own words: what the platform shows may be anybody's."""
    return next((turn.reply for turn in reversed(session.log) if turn.reply), session.first_message)


def _gap(said: str) -> str:
    """What goes between these words and the flow's own question; a pause where they broke off inside a sentence."""
    if not said.strip():
        return ""
    pause = "" if said.rstrip().endswith((".", "!", "…")) else "... "
    return pause if said[-1].isspace() else f" {pause}"


def _ms(since: float) -> int:
    return round((time.monotonic() - since) * 1000)


def variables_of(session: Session) -> dict[str, Any]:
    """What the JSON webhook tells of a session."""
    return {
        "session_id": session.session_id,
        "persona_id": session.persona_id,
        "current_topic": session.current_topic,
        "report_generated": session.report_status == "ready",
        "report_status": session.report_status,
        "ended": session.is_over,
    }
