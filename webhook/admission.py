"""Which session a request belongs to, and how a new one begins.

Never by time, by address, or by a part of what is said: a request without any id is known only by all its words so
far. Of sessions that know the same words and heard the same replies any would do, and the newest is taken.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from uuid import uuid4

import structlog

from webhook.asks import Ask
from webhook.errors import RecordDamaged, RecordTooNew, StoreError
from webhook.interview import moves
from webhook.interview.history import fold, is_question_heard, normalise, utterances
from webhook.interview.recognising import Fit, fit, says_all
from webhook.interview.session import Session, Turn
from webhook.interview.talk_time import TalkTime
from webhook.interview.wording import Voicing, opening_words
from webhook.sessions import Found
from webhook.wire.identity import anonymous_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webhook.bindings import Bindings
    from webhook.content.library import Library
    from webhook.interview.call import Call
    from webhook.interview.flow import Flow
    from webhook.interview.moves import State
    from webhook.reports import Reports
    from webhook.sessions import Sessions

_ANONYMOUS_TTL_S = 900.0
"""How long a call without any id is found by its words; longer than a call is silent."""
_MOMENT_S = 120.0
"""The same where less speaks for it: the words of an end that may be sent again, a history without a word of ours, or a
caller whose session another one with the same words took up."""
_MOST_ALIKE = 32
"""Sessions that are looked at, of those that know the same words."""
_OPENING_OVERLAP = 0.6
log_ = structlog.get_logger("webhook.admission")


@dataclass(frozen=True, kw_only=True)
class Admission:
    """Finds sessions and makes them."""

    sessions: Sessions
    library: Library
    reports: Reports
    bindings: Bindings
    is_scripted: bool
    default_flow: str | None = None
    clock: Callable[[], float] = time.time
    new_id: Callable[[], str] = lambda: f"s-{uuid4().hex}"

    async def register(
        self,
        session_id: str,
        *,
        flow_id: str | None,
        persona_id: str | None,
        language: str | None = None,
        call: Call | None = None,
    ) -> Session:
        """Make a session before its call; one that is there already stays as it is."""
        return await self.registered(
            self.new(session_id, flow_id=flow_id, persona_id=persona_id, language=language, call=call)
        )

    async def registered(self, session: Session) -> Session:
        """Save a new session; one that is there already by its id stays as it is."""
        is_new = await self.sessions.save(session, expect=0)
        return session if is_new else await self.sessions.load(session.session_id)

    def new(
        self,
        session_id: str,
        *,
        flow_id: str | None = None,
        persona_id: str | None = None,
        language: str | None = None,
        call: Call | None = None,
    ) -> Session:
        """A session that nobody has talked in; it is not saved yet."""
        ask = Ask(messages=(), flow_id=flow_id, persona_id=persona_id, language=language)
        return replace(self._new(session_id, ask), call=call)

    def opening(self, flow_id: str | None, persona_id: str | None, language: str | None = None) -> str:
        """The first words of a call, fixed by the flow."""
        return self.opening_of(self.new("", flow_id=flow_id, persona_id=persona_id, language=language))

    def opening_of(self, session: Session) -> str:
        if session.call is not None and session.call.opening:
            return session.call.opening
        return opening_words(self.flow_of(session), language=session.language, persona_id=session.persona_id)

    def flow_of(self, session: Session) -> Flow:
        """The version the call began with, else the one in service."""
        return self.library.flow_of_call(session.flow_id, session.flow_hash)

    def has_flow(self, flow_id: str | None) -> bool:
        return flow_id in self.library.contents.flows

    def choose_flow(self, flow_id: str | None) -> Flow:
        """The flow by that id, the default, or the first. Raises `NotFound`."""
        flows = self.library.contents.flows
        return self.library.flow(flow_id or self.default_flow or next(iter(flows)))

    async def session_id(self, ask: Ask) -> str:
        conversation_id = ask.conversation_id
        if conversation_id is None:
            return ask.session_id if ask.session_id is not None and not ask.fresh else await self._anonymous_id(ask)
        if ask.fresh:
            return await self.sessions.beside(conversation_id, "fresh")
        bound = await self.bindings.session_id(conversation_id)
        if ask.session_id is None or bound == ask.session_id:
            return bound
        if bound == conversation_id:
            return ask.session_id
        # The platform says which call this is; what the call's page sends may be of another one.
        log_.warning("session_id_doubtful", conversation_id=conversation_id, source="bound")
        return bound

    async def _anonymous_id(self, ask: Ask) -> str:
        """Without any id a call is known only by all its words so far; anything less would mix callers.

        Its first words always begin a session: thousands say "Hello?". Later ones go on in the session that fits
        best, and of several that fit as well in the newest: the others are those of callers who hung up, or who say
        the same at this moment, and get theirs with their next words.
        """
        words = ask.words
        if not words or ask.begins:
            return self.new_id()
        best = await self._best([words, words[:-1]], ask, within_s=_ANONYMOUS_TTL_S)
        if best is None:  # perhaps somebody with the same words went on in what was this caller's
            best = await self._best([words[:-2], words[:-3]], ask, within_s=_MOMENT_S)
        return best or self.new_id()

    async def _best(self, known: Sequence[Sequence[str]], ask: Ask, *, within_s: float) -> str | None:
        """Of the sessions that know so many of the caller's words the one that fits best, then the newest."""
        found = [await self._fitting(words, ask, within_s) for words in known if words]
        return max((each for each in found if each is not None), default=(0, 0.0, None))[2]

    async def _fitting(self, words: Sequence[str], ask: Ask, within_s: float) -> tuple[Fit, float, str] | None:
        """How well it fits, when it was changed last, and its id."""
        best: tuple[Fit, float, str] | None = None
        for session_id in (await self.sessions.store.tagged(_anonymous_tag(words, ask)))[:_MOST_ALIKE]:
            try:
                found = await self.sessions.find(session_id)
            except (RecordDamaged, RecordTooNew):
                continue
            how = None if found is None else fit(found.session, ask.told)
            if found is None or how is None:
                continue
            age_s = found.at - found.session.updated_at
            is_sure = how is not Fit.AGAIN and ask.told.shows_us
            is_young = age_s < (within_s if is_sure else min(within_s, _MOMENT_S))
            if is_young and (best is None or how > best[0]):
                best = (how, found.session.updated_at, session_id)
            if how is Fit.WELL:
                break
        return best

    async def remember(self, session: Session, ask: Ask, *, is_new: bool) -> None:
        """What can wait until the reply is on its way."""
        try:
            if not ask.is_known:
                await self._remember_words(session, ask)
            if is_new:
                await self.reports.watch(session.session_id)
        except StoreError as error:
            log_.warning("remember_failed", session_id=session.session_id, code=error.code)

    async def _remember_words(self, session: Session, ask: Ask) -> None:
        """Also by all but the last words: those may be said otherwise yet."""
        store = self.sessions.store
        await store.tag(_anonymous_tag(ask.words, ask), session.session_id, ttl_s=_ANONYMOUS_TTL_S)
        if len(ask.words) > 2:  # noqa: PLR2004 - as said above
            await store.untag(_anonymous_tag(ask.words[:-2], ask), session.session_id)

    async def load_or_new(self, session_id: str, ask: Ask) -> Found:
        """The session, or a new one in its place. Raises `RecordTooNew`."""
        version = 0
        try:
            found = await self.sessions.find(session_id)
        except RecordDamaged as damaged:
            found, version = None, damaged.version
        if found is not None:
            return replace(found, session=self._opened(found.session, ask, found.at))
        at = await self.sessions.now()
        session = self._new(session_id, ask)
        if len(ask.words) > 1 or version:
            session = session.flagged("recovered")  # the talk has a past that the store does not know
        return Found(session=self._opened(session, ask, at), version=version, at=at)

    def _new(self, session_id: str, ask: Ask) -> Session:
        flow = self.library.flow_of_new_call(self.choose_flow(ask.flow_id).id, session_id)
        now = self.clock()
        return Session(
            session_id=session_id,
            flow_id=flow.id,
            flow_version=flow.version,
            flow_hash=flow.content_hash,
            persona_id=flow.persona_or_default(ask.persona_id).id,
            language=ask.language if ask.language in flow.languages else flow.language,
            created_at=now,
            updated_at=now,
            flags=("scripted",) if self.is_scripted else (),
        )

    def _opened(self, session: Session, ask: Ask, at: float) -> Session:
        """A session without turns of its own: where the history shows our opening, the interview has begun there.

        A platform speaks the first message itself. In a lost session the caller may have greeted us before it;
        those words were no answer to anything. Where only its beginning was heard, it counts as asked but not as
        spoken: it is spoken again, unless the caller has declined by then.
        """
        if session.head is not None or session.sealed or session.base.pending is not None:
            return session
        opening = self.opening_of(session)
        told = [i for i, m in enumerate(ask.messages) if m.role == "agent" and m.text]
        whole = next((i for i in told if _is_opening(opening, ask.messages[i].text)), None)
        begun = next((i for i in reversed(told) if _begins(opening, ask.messages[i].text)), None)
        place = begun if whole is None else whole
        if place is None:
            return session
        opened = moves.opening(self.flow_of(session), session.base, now=session.time.clock_s)
        base = opened.state if whole is not None else moves.take_back(opened.state, opened.move)
        greetings = utterances(ask.messages[:place])
        log = tuple(Turn(slot=i, utterance=u, healed=True) for i, u in enumerate(greetings, start=1))
        first = normalise(ask.messages[place].text)
        time = TalkTime(clock_s=session.time.clock_s, read=self.sessions.reading(at))
        return replace(session, base=base, first_message="" if log else first, log=log, sealed=len(log), time=time)


def voicing_of(flow: Flow, session: Session, state: State, *, now: float, last_said: str = "") -> Voicing:
    """Who speaks to whom in this session."""
    return Voicing(
        flow=flow,
        state=state,
        language=session.language,
        persona_id=session.persona_id,
        minutes_left=moves.minutes_left(flow, state, now),
        last_said=last_said,
    )


def _is_opening(opening: str, first: str) -> bool:
    """Whether the platform's first message is our opening, heard to its end; a consent heard in part is none."""
    ours, theirs = fold(opening).split(), fold(first).split()
    if len(set(ours) & set(theirs)) < _OPENING_OVERLAP * len(set(ours)):
        return False
    return is_question_heard(opening, first)


def _begins(opening: str, shown: str) -> bool:
    """Whether these are the first words of our opening; the last of them may be cut in the middle."""
    heard = fold(shown)
    return bool(heard) and fold(opening).startswith(heard)


def is_somebody_else_s(session: Session, ask: Ask) -> bool:
    """Callers without an id who began with the same words share a session until one of them says something else.

    A call that the platform told us of in a header or a signed token is nobody's who merely names it. A session that
    somebody went on in by words alone is theirs, also where another caller was told its id.
    """
    if ask.is_claimed and session.conversation_id is not None:
        return True
    if ask.is_known:
        return session.known_by == "words" and not says_all(session, ask.words)
    return fit(session, ask.told) is None


def _anonymous_tag(words: Sequence[str], ask: Ask) -> str:
    places = [i for i, m in enumerate(ask.messages) if m.role in ("user", "agent")]
    starts = ask.messages[places[0]] if places else None
    first = starts.text if starts is not None and starts.role == "agent" else ""
    return f"anon:{anonymous_key(words, first, (ask.agent, ask.flow_id, ask.persona_id, ask.language))}"
