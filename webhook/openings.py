"""The first words of a call in the persona's own words: written by Claude before the call, where somebody asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from webhook.admission import voicing_of
from webhook.dialogue import Spoken
from webhook.interview import moves, prompt
from webhook.interview.cost import Bill
from webhook.interview.moves import State
from webhook.interview.wording import wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.admission import Admission
    from webhook.costs import Costs
    from webhook.dialogue import Dialogue
    from webhook.interview.prompt import Prompts
    from webhook.interview.session import Session

_BEFORE_THE_CALL: Final = "(The call begins; the caller has said nothing yet.)"
log_ = structlog.get_logger("webhook.openings")


@dataclass(frozen=True, kw_only=True)
class Openings:
    """Writes first messages. `dialogue` is None in scripted mode."""

    admission: Admission
    prompts: Prompts
    dialogue: Dialogue | None
    costs: Costs
    clock: Callable[[], float]

    async def written(self, session: Session) -> str | None:
        """What the flow says word for word, then Claude's words; None: the flow's own opening must do.

        The deadlines are those of a reply. Words that broke off or ask nothing are not used: the caller would not
        know what they agree to.
        """
        flow = self.admission.flow_of(session)
        now = self.clock()
        decision = moves.opening(flow, State(), now=now)
        voicing = voicing_of(flow, session, decision.state, now=now)
        words = wording(voicing, decision.move)
        if self.dialogue is None or not words.by_claude:
            return None
        request = prompt.speak_request(
            self.prompts, voicing, decision.move, history=(), utterance=_BEFORE_THE_CALL, turn=0
        )
        bill, spoken = Bill(self.costs.noting(session)), Spoken()
        async for _ in self.dialogue.speak(request, spoken, note=bill.note):
            pass
        is_whole = not spoken.cut and "?" in spoken.text
        bill.close(wasted=not is_whole)
        if not is_whole:
            log_.warning("opening_not_written", session_id=session.session_id, code=spoken.cut or "no_question")
            return None
        return " ".join(part for part in (words.lead, spoken.text.strip()) if part)
