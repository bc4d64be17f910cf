"""What a request gets: a reply begun for it, one that is being made, one that was made, or a word aside.

Every change of a session is a pure function tried again until compare-and-set lets it through.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import structlog

from webhook import log
from webhook.admission import Admission, is_somebody_else_s, voicing_of
from webhook.asks import Ask, Reply
from webhook.errors import RecordTooNew, StoreError
from webhook.generations import Generation, Generations
from webhook.interview import turns
from webhook.interview.continued import whole_talk
from webhook.interview.cost import NOTHING
from webhook.interview.history import heard_words, silences
from webhook.interview.lines import Line, line
from webhook.interview.moves import MoveKind
from webhook.interview.session import SCHEMA
from webhook.interview.speech import gap
from webhook.interview.turns import Action, Begin
from webhook.interview.wording import last_words, wording
from webhook.maker import MOVED, job_of
from webhook.wire.identity import anonymous_key
from webhook.wire.tools import END_CALL, SKIP_TURN, find_tool, is_named, is_second_offer

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.dialogue import Dialogue
    from webhook.interview.moves import Move
    from webhook.interview.session import Session
    from webhook.interview.tool_results import ToolResult
    from webhook.limits import Limits
    from webhook.maker import Maker
    from webhook.reports import Reports
    from webhook.sessions import Found, Sessions

BUSY = "busy"
"""The ending of a call that could not begin."""
AT_ONCE_S = 5.0
"""A result of `skip_turn` that comes within so many seconds is a framework's, which returns it at once and asks again."""
log_ = structlog.get_logger("webhook.runner")


@dataclass(frozen=True, kw_only=True)
class Interviewer:
    """Answers turns."""

    sessions: Sessions
    admission: Admission
    maker: Maker
    reports: Reports
    limits: Limits
    clock: Callable[[], float] = time.time
    #: Numbers for replies, which grow and are nobody else's: microseconds since 1970, and three digits of chance.
    new_number: Callable[[], int] = lambda: time.time_ns() // 1000 * 1000 + secrets.randbelow(1000)

    @property
    def generations(self) -> Generations:
        return self.maker.generations

    @property
    def dialogue(self) -> Dialogue | None:
        return self.maker.dialogue

    def first_words(self, session: Session) -> str:
        """What a call is opened with: the flow's opening, or where the interview goes on, its open question."""
        if session.is_over:
            return self._after_the_end(session)
        if not session.has_turns:
            return self.admission.opening_of(session)
        return f"{line(Line.GO_ON, session.language)} {self.maker.asides.pending_words(session)}"

    async def answer(self, request: Ask) -> Reply:
        """The reply to a request. Raises `StoreError` and `NotFound`; the routes have words for those."""
        session_id = await self.admission.session_id(request)
        if request.is_after_hanging_up:
            return await self._after_hanging_up(session_id, request)
        return await self._next_turn(session_id, request) or await self._any_turn(session_id, request)

    async def _any_turn(self, session_id: str, request: Ask) -> Reply:
        forked = False
        async for _ in self.sessions.tries():
            try:
                found = await self.admission.load_or_new(session_id, request)
            except RecordTooNew:
                # A later release holds this call; here it goes on beside it.
                session_id = await self.sessions.beside(session_id, f"v{SCHEMA}")
                continue
            ask = _whole(found.session, request)
            if is_somebody_else_s(found.session, ask):
                session_id = self.admission.new_id() if ask.is_known else await self.admission.session_id(ask)
                continue
            # Also a session registered anew, which must not take up what was said in the one before it.
            has_past = not found.session.has_turns and len(ask.words) > 1
            if (found.version == 0 or has_past) and await self._is_erased(session_id, ask):
                words = line(Line.ALREADY_OVER, found.session.language)
                return Reply(session=found.session, fixed=(words,), over=MOVED)
            if not self._admits(found, ask):
                words = line(Line.BUSY, found.session.language)
                return Reply(session=found.session, fixed=(words,), over=BUSY)
            changed, begun = self._begin(found, ask, forked=forked)
            if begun.action is Action.CONFLICT:
                self.generations.spawn(self._flag(session_id, "conflict"))
                session_id, forked = await self.sessions.beside(session_id, str(ask.conversation_id)), True
                continue
            if begun.action is Action.UNALIGNED:
                branch = anonymous_key(ask.words[:1], "")[:12]
                session_id, forked = await self.sessions.beside(session_id, branch), True
                continue
            is_unchanged = changed is found.session or not (ask.words or ask.is_known)
            if is_unchanged or await self.sessions.save(changed, expect=found.version, at=found.at):
                return await self._begun(found.session if is_unchanged else changed, begun, ask, found)
        raise StoreError("the session changed too often while a turn was begun")

    async def _next_turn(self, session_id: str, request: Ask) -> Reply | None:
        """The next turn of a call, begun of what was seen last of it: that saves a look at the store.

        None: it is something else, or the store has something else; only a look can tell.
        """
        found = self.sessions.seen(session_id)
        if found is None or found.session.head is None:
            return None
        ask = _whole(found.session, request)
        if is_somebody_else_s(found.session, ask):
            return None
        changed, begun = self._begin(found, ask, forked=False)
        if begun.action is not Action.RUN or not await self.sessions.save(changed, expect=found.version, at=found.at):
            return None
        self.maker.live.seen(session_id, time.monotonic())
        return await self._begun(changed, begun, ask, found)

    def _begin(self, found: Found, ask: Ask, *, forked: bool) -> tuple[Session, Begin]:
        session = found.session.flagged("conflict") if forked else found.session
        changed, begun = turns.begin(
            session,
            ask.words,
            now=found.at,
            number=self.new_number(),
            silences=silences(ask.messages),
            tool_ran=ask.tool_result is not None,
            shown=self._shown(found.session, ask),
            heard=ask.heard,
            keeps_ours=ask.keeps_ours,
            conversation_id=ask.conversation_id,
            may_resume=self._may_resume(found.session, ask),
            has_heard_us=ask.is_signed and ask.conversation_id is None and self._has_heard_us(found.session, ask),
            lease_s=self.maker.deadlines.lease_s,
            alive=session.generation if self.generations.ours(session.session_id, session.generation) else 0,
            has_hung_up=session.is_over and ask.has_hung_up,
        )
        if changed is not session and (ask.is_known or session.has_turns):
            changed = replace(changed, known_by="id" if ask.is_known else "words")
        if changed is not session:
            changed = turns.timed(changed, self.sessions.reading(found.at))
        return changed, begun

    async def _is_erased(self, session_id: str, ask: Ask) -> bool:
        """Whether what was said in this call was erased: what its history still tells is not kept again."""
        names = (session_id, ask.conversation_id or session_id)
        return ask.is_known and await self.admission.bindings.erased_at(*names) is not None

    def _may_resume(self, session: Session, ask: Ask) -> bool:
        if ask.is_signed and ask.session_id == session.session_id:
            return True
        conversation_id = ask.conversation_id
        return conversation_id is not None and self.admission.bindings.are_bound(conversation_id, session.session_id)

    def _shown(self, session: Session, ask: Ask) -> str | None:
        """In a call that goes on with an interview, the first words were heard after our greeting, not after nothing.

        Where the platform greets in its own way, the open question was not heard on this line.
        """
        if len(ask.words) != 1 or not session.has_turns or not self._may_resume(session, ask):
            return ask.shown
        return ask.last_heard if self._has_heard_us(session, ask) else ""

    def _has_heard_us(self, session: Session, ask: Ask) -> bool:
        """Whether the caller's last words were said after what we said last, or would say to open the line anew."""
        if not ask.last_heard:
            return False
        ours = (session.head.reply if session.head is not None else "", self.first_words(session))
        return any(words and heard_words(words, ask.last_heard) is not None for words in ours)

    def _admits(self, found: Found, ask: Ask) -> bool:
        """Whether there is room for a call that begins; one that goes on always has its place."""
        if not (ask.words or ask.is_known):
            return True  # nobody has called: a framework looks whether there is an answer, and no session is made
        busy = line(Line.BUSY, found.session.language)
        begins = found.session.head is None and (len(ask.words) <= 1 or ask.last_heard == busy)
        now = time.monotonic()
        if begins and not self.maker.live.admits(found.session.session_id, now):
            log_.warning("call_not_admitted", session_id=found.session.session_id)
            return False
        self.maker.live.seen(found.session.session_id, now)
        return True

    async def _begun(self, session: Session, begun: Begin, ask: Ask, found: Found) -> Reply:
        log_.info(
            "asked",
            session_id=session.session_id,
            action=begun.action.value,
            generation=begun.generation,
            healed=max(len(begun.utterances) - 1, 0),
            flags=list(session.flags),
        )
        before = found.session.conversation_id
        if before not in (None, session.conversation_id):  # it goes on over this line; the other one hears that
            await self.generations.stop(session.session_id, words=line(Line.ALREADY_OVER, session.language))
        if session is not found.session or (begun.action is Action.CLOSED and not ask.is_known):
            is_new = found.version == 0 or found.session.head is None
            self.generations.spawn(self.admission.remember(session, ask, is_new=is_new))
        return await self._reply(session, begun, ask, found.at)

    async def _reply(self, session: Session, begun: Begin, ask: Ask, at: float) -> Reply:
        if begun.action in (Action.RUN, Action.RESPEAK):
            allowed = self.limits.allows(session.session_id, ask.agent, time.monotonic())
            if not allowed:
                log_.warning("turn_without_claude", session_id=session.session_id)
            generation = self.maker.start(session, begun, ask, at=at, may_ask_claude=allowed)
            return Reply(session=session, generation=generation, number=begun.generation)
        if begun.action is Action.JOIN:
            return await self._join(session, begun, ask, at)
        if begun.action is Action.REPLAY:
            pieces = session.head.pieces if session.head else ()
            return Reply(
                session=session,
                fixed=pieces or (begun.reply,),
                number=begun.generation,
                over=begun.move.ending if begun.move else None,
                billed=self.generations.billed.get(f"{session.session_id}/{begun.generation}") or NOTHING,
            )
        running = self.generations.find(session.session_id, session.generation)
        if begun.action is Action.STALE and running is not None:
            return Reply(session=session, generation=running, number=session.generation)
        if begun.action is Action.NUDGE:
            return await self._nudged(session, begun, ask)
        if begun.action is Action.CONTINUE:
            return self._continued(session, ask, at)
        if begun.action is Action.CLOSED:
            return self._closed(session, ask)
        if begun.action is Action.STALE and session.head is not None and session.head.reply:
            return Reply(session=session, fixed=(session.head.reply,))
        return Reply(session=session, fixed=(self.maker.asides.pending_words(session),))

    def _closed(self, session: Session, ask: Ask) -> Reply:
        """The caller speaks after the end. A client that has told us that it hung up is not asked to do so again."""
        words = (self._after_the_end(session),)
        if ask.has_hung_up:
            return Reply(session=session, fixed=words, is_after_hanging_up=True)
        return Reply(session=session, fixed=words, over=session.state.ending or MOVED)

    async def _nudged(self, session: Session, begun: Begin, ask: Ask) -> Reply:
        """The caller is silent: ask again, leave them in peace, offer to stop, stop."""
        if session.is_over:
            self.maker.live.left(session.session_id)
            await self.reports.call_ended(session)
            return Reply(session=session, fixed=(self._last_words(session),), over=session.state.ending or "")
        if begun.nudge == turns.NUDGE_WAIT:
            return self._in_peace(session, ask)
        return Reply(session=session, fixed=(self.maker.asides.pending_words(session),))

    def _in_peace(self, session: Session, ask: Ask) -> Reply:
        skip = find_tool(ask.tools, SKIP_TURN)
        words = () if skip is not None else (line(Line.NO_HURRY, session.language),)
        return Reply(session=session, fixed=words, skip=skip)

    def _continued(self, session: Session, ask: Ask, at: float) -> Reply:
        """A tool has run, and nothing was said since.

        After `skip_turn` nothing is said: every agent framework returns the result within moments and asks again, and
        another `skip_turn` would go round for ever. An empty completion is what ElevenLabs ends a call for, after
        three of them. It was not seen to ask at once after a `skip_turn`; where it asks once its wait is over (with no
        message for the silence, as some have seen it), the record is older than any framework takes, and the caller is
        asked again. Neither is counted as a silence.
        """
        if session.is_over:
            return Reply(session=session)
        result = ask.tool_result
        was_skipped = result is not None and is_named(result.name, SKIP_TURN)
        if was_skipped and at - session.updated_at < AT_ONCE_S:
            return Reply(session=session)
        return Reply(session=session, fixed=(self.maker.asides.pending_words(session),))

    async def _after_hanging_up(self, session_id: str, ask: Ask) -> Reply:
        """The result of `end_call`: nothing more is said, whatever came before. One that failed is offered again, once.

        Nothing is saved, and no turn is begun, for the call was over when it was hung up.
        """
        try:
            session = (await self.admission.load_or_new(session_id, ask)).session
        except StoreError:  # nothing is needed of it but its name
            session = self.admission.new(session_id)
        result = ask.tool_result
        if result is None or not result.has_failed or _was_offered_again(result):
            return Reply(session=session, is_after_hanging_up=True)
        return Reply(session=session, over=session.state.ending or MOVED, is_second_offer=True)

    async def _join(self, session: Session, begun: Begin, ask: Ask, at: float) -> Reply:
        running = self.generations.find(session.session_id, begun.generation)
        if running is not None:
            return Reply(session=session, generation=running, number=begun.generation)
        followed = Generation(session.session_id, begun.generation)
        self.generations.start(followed, self._read_along(followed, session, begun, ask, at))
        return Reply(session=session, generation=followed, number=begun.generation)

    async def _read_along(self, followed: Generation, session: Session, begun: Begin, ask: Ask, at: float) -> None:
        """The reply another worker makes; ours in its place once that worker shows no sign of life any more."""
        asides = self.maker.asides
        bridge = self.maker.bridge_later(job_of(followed, session, begun, ask, at=at))
        ask_again = asides.ask_again_later(followed, session, ask, at=at)
        usage = NOTHING
        try:
            owner_lives = await self.maker.relay.follow(followed, followed.number)
            if owner_lives:
                return
            log_.warning("taken_over", session_id=session.session_id, generation=followed.number)
            ask_again.cancel()  # the reply of our own is sure to come, and has deadlines of its own
            reply = await self.answer(replace(ask, is_bridged=bool(followed.text)))
            followed.add(gap(followed.text))
            async for piece in reply.pieces():
                followed.add_read(piece)
            followed.ending = reply.ending
            followed.close()  # what it costs is known some moments later
            usage = await reply.usage()
        except Exception as error:  # noqa: BLE001 - whoever reads along must hear words, too
            log_.error("turn_failed", session_id=session.session_id, where=log.where(error))
            if "?" not in followed.text:
                followed.add(asides.pending_words(session))
        finally:
            followed.bill(usage)
            bridge.cancel()
            ask_again.cancel()

    def _last_words(self, session: Session) -> str:
        """What ends a call in which nothing more is said."""
        voicing = voicing_of(self.admission.flow_of(session), session, session.state, now=session.time.clock_s)
        ended = _ended_for_safety(session)
        return last_words(voicing, session.state.ending or "") if ended is None else wording(voicing, ended).fixed

    def _after_the_end(self, session: Session) -> str:
        """The words that ended a call for the caller's safety are said again; a goodbye is no answer after them."""
        if _ended_for_safety(session) is None:
            return line(Line.ALREADY_OVER, session.language)
        return self._last_words(session)

    async def _flag(self, session_id: str, flag: str) -> None:
        try:
            await self.sessions.change(session_id, lambda s, _: None if flag in s.flags else s.flagged(flag))
        except StoreError as error:
            log_.warning("flag_lost", session_id=session_id, code=error.code)


def _whole(session: Session, ask: Ask) -> Ask:
    """The request with what its client leaves to our record."""
    if ask.known is None and not ask.has_references:
        return ask
    messages = whole_talk(session, ask.messages, ask.known, has_references=ask.has_references)
    had_hung_up = ask.known is not None and ask.known.has_hung_up
    return replace(ask, messages=messages, known=None, has_references=False, had_hung_up=had_hung_up)


def _was_offered_again(result: ToolResult) -> bool:
    """By the call's own id, or by the calls in the history where a client writes ids of its own."""
    return is_second_offer(result.call_id) or sum(is_named(name, END_CALL) for name in result.calls) > 1


def _ended_for_safety(session: Session) -> Move | None:
    """The move that ended the call for the caller's safety; None where it goes on, or ended otherwise."""
    last = session.state.pending
    is_safety = last is not None and last.kind is MoveKind.SAFETY and last.ending == session.state.ending
    return last if is_safety and session.is_over else None


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
