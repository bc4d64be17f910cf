"""Phone calls: a session for each call that rings, and what the platform is to hold it with.

Nobody waits for a store here: the phone rings. What does not answer in time is done without, and the call is greeted
by the default flow; the signed token that goes out carries all that the session needs to begin by itself.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

import structlog

from webhook import log
from webhook.errors import StoreError
from webhook.interview.call import Call
from webhook.store.budget import budget
from webhook.wire.identity import session_token
from webhook.wire.overrides import initiation, overrides
from webhook.wire.phone import call_session_id, number_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from webhook.admission import Admission
    from webhook.allowed import Allowed
    from webhook.callers import Callers, Known
    from webhook.generations import Generations
    from webhook.interview.session import Session
    from webhook.starts import Starts
    from webhook.wire.phone import PhoneCall

T = TypeVar("T")
LOOK_S: Final = 0.09
"""How long it may take to find out who calls; of 200 ms for all, the rest is for the session and for ourselves."""
SAVE_S: Final = 0.05
RINGS_S: Final = 15 * 60.0
"""A call that was announced and brought no turn by then never came about."""
log_ = structlog.get_logger("webhook.phone_calls")


@dataclass(frozen=True, kw_only=True)
class PhoneCalls:
    """Takes calls that ring."""

    admission: Admission
    callers: Callers
    generations: Generations
    starts: Starts
    allowed: Allowed
    clock: Callable[[], float] = time.time

    async def take(self, ringing: PhoneCall, *, secrets: Sequence[str], agent_id: str | None) -> dict[str, Any]:
        """The answer to the platform. `agent_id` is the agent of a call that names none."""
        agent_id = ringing.agent_id or agent_id
        known, allowed = await asyncio.gather(
            self._within(LOOK_S, self._known(ringing, secrets), "caller_not_looked_up"),
            self._within(LOOK_S, self._allowed(agent_id), "allowed_not_looked_up"),
        )
        session = self._session(ringing, known, secrets)
        if known is not None and not await self._within(LOOK_S, self._takes(known, session), "interview_not_taken"):
            session = self._session(ringing, None, secrets)  # it is held, or was: another call is none of it
        saved = await self._within(SAVE_S, self.admission.registered(session), "phone_call_not_registered")
        return self._answer(saved or session, allowed or frozenset(), secrets[0])

    async def _known(self, ringing: PhoneCall, secrets: Sequence[str]) -> Known | None:
        if ringing.number is None:
            return None
        return await self.callers.find(ringing.number, secrets=secrets, now=self.clock())

    async def _takes(self, known: Known, session: Session) -> bool:
        return await self.starts.take(known.invite.interview_id, session.session_id, caller=known.key)

    async def _allowed(self, agent_id: str | None) -> frozenset[str]:
        return await self.allowed.of(agent_id) if agent_id is not None else frozenset()

    def _session(self, ringing: PhoneCall, known: Known | None, secrets: Sequence[str]) -> Session:
        now = self.clock()
        invite = known.invite if known is not None else None
        session_id = call_session_id(ringing.call_sid, secrets[0]) if ringing.call_sid else self.admission.new_id()
        call = Call(
            interview_id=invite.interview_id if invite is not None else None,
            started_at=now,
            expires_at=now + RINGS_S,
            caller=number_keys(ringing.number, secrets)[0] if ringing.number is not None else "",
        )
        is_there = invite is not None and self.admission.has_flow(invite.flow)
        if invite is None or not is_there:
            return self.admission.new(session_id, call=call)
        return self.admission.new(
            session_id, flow_id=invite.flow, persona_id=invite.persona, language=invite.language, call=call
        )

    def _answer(self, session: Session, allowed: frozenset[str], secret: str) -> dict[str, Any]:
        made = overrides(
            self.admission.flow_of(session).persona_or_default(session.persona_id),
            language=session.language,
            first_message=self.admission.opening_of(session),
            allowed=allowed,
        )
        token = session_token(session, self.clock(), secret)
        return initiation(made, session_token=token, allowed=allowed)

    async def _within(self, seconds: float, work: Coroutine[Any, Any, T], event: str) -> T | None:
        """What comes of it in time. What is late goes on behind the answer: a session is still saved then."""
        task = self.generations.spawn(self._safely(work, event))
        try:
            async with budget(seconds):
                return await asyncio.shield(task)
        except TimeoutError:
            log_.warning(event, reason="late")
            return None

    async def _safely(self, work: Coroutine[Any, Any, T], event: str) -> T | None:
        try:
            return await work
        except StoreError as error:
            log_.warning(event, code=error.code)
        except Exception as error:  # noqa: BLE001 - the phone rings: the call is better greeted by the default flow than not at all
            log_.error(event, where=log.where(error))
        return None
