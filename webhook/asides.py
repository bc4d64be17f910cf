"""What code says beside a reply, or in its place: the bridge phrase, and the open question once more."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from webhook import log
from webhook.admission import Admission, voicing_of
from webhook.interview.lines import Line, bridge_of_turn, bridges, line
from webhook.interview.speech import gap
from webhook.interview.wording import wording

if TYPE_CHECKING:
    from webhook.asks import Ask
    from webhook.dialogue import Deadlines
    from webhook.generations import Generation
    from webhook.interview.session import Session
    from webhook.sessions import Found

log_ = structlog.get_logger("webhook.turn")


@dataclass(frozen=True, kw_only=True)
class Asides:
    """Words that need no model and move nothing."""

    admission: Admission
    deadlines: Deadlines

    def bridge_left_s(self, session: Session, ask: Ask, at: float) -> float:
        """Seconds until the bridge phrase is due, counted from the turn's first request, whichever worker got that.

        `at` is the store's clock now. Between 0 and `bridge_s`, even if that clock was set meanwhile.
        """
        waited_s = time.monotonic() - ask.came_at
        if session.head is not None:
            waited_s = max(waited_s, at - session.head.asked_at)
        return max(self.deadlines.bridge_s - waited_s, 0.0)

    def bridge_words(self, session: Session) -> str:
        """The bridge phrase of the session's current turn, the same in every worker; never the last one of the call."""
        flow = self.admission.flow_of(session)
        own, now = flow.house_rules.bridge_line, session.time.clock_s
        said = None if own is None else voicing_of(flow, session, session.state, now=now).text(own)
        phrases = bridges(session.language, said)
        slot = session.head.slot if session.head is not None else 1
        return bridge_of_turn(phrases, slot, [turn.reply for turn in session.log])

    def ask_again_later(self, followed: Generation, session: Session, ask: Ask, *, at: float) -> asyncio.TimerHandle:
        """Put the open question once more if nothing is heard of the reply another worker makes."""

        def ask_again() -> None:
            if not followed.has_words:
                followed.add(gap(followed.text) + self.pending_words(session))
                followed.close()

        left_s = self.bridge_left_s(session, ask, at) + self.deadlines.gap_s
        return asyncio.get_running_loop().call_later(left_s, ask_again)

    def pending_words(self, session: Session) -> str:
        """The open question once more, without moving anything; something to say in any case."""
        state = session.state
        try:
            flow = self.admission.flow_of(session)
            if state.pending is None:
                return self.admission.opening_of(session)
            voicing = voicing_of(flow, session, state, now=session.time.clock_s)
            return wording(voicing, replace(state.pending, say=())).fixed or line(Line.STILL_THERE, session.language)
        except Exception as error:  # noqa: BLE001 - a flow that no longer knows what this call asked: words all the same
            log_.error("flow_unfit", session_id=session.session_id, where=log.where(error))
            return line(Line.DID_NOT_CATCH, session.language)

    def lost(self, found: Found | None) -> str:
        """Words when the session is gone, or has nothing that could be read along any more."""
        if found is None:
            return line(Line.DID_NOT_CATCH, self.admission.choose_flow(None).language)
        return self.pending_words(found.session)
