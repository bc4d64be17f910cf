"""What Claude costs, as it happens: into the metrics at once, into a session's record with the saves it has anyway."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING

from webhook.interview.cost import Spending, spending_of
from webhook.metrics import Metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.interview.cost import Call, Note, Prices
    from webhook.interview.session import Session
    from webhook.sessions import Sessions

MOST_UNSAVED = 2000
"""Sessions whose last calls wait for a save that may never come; the oldest are forgotten first."""


class Costs:
    """The spending of this process, of each session that which is not in its record yet."""

    def __init__(self, prices: Prices) -> None:
        self.prices = prices
        self.metrics = Metrics(prices)
        self._unsaved: OrderedDict[str, Spending] = OrderedDict()

    def noting(self, session_id: str) -> Note:
        """What takes down the calls of a session."""

        def note(call: Call) -> None:
            self.metrics.call(call)
            self._keep(session_id, spending_of(call))

        return note

    async def change(
        self, sessions: Sessions, session_id: str, apply: Callable[[Session, float], Session | None]
    ) -> Session | None:
        """As `Sessions.change`, of the session with what is not in its record yet; that goes with it.

        Where the answer to a save is lost, it may be saved twice: rather too much than too little.
        """
        spending = self._unsaved.pop(session_id, Spending())
        changed = None
        try:
            changed = await sessions.change(session_id, lambda s, now: apply(_with(s, spending), now))
        finally:
            if changed is None:
                self._keep(session_id, spending)
        return changed

    def _keep(self, session_id: str, spending: Spending) -> None:
        if not spending:
            return
        before = self._unsaved.pop(session_id, None)
        self._unsaved[session_id] = spending if before is None else before + spending
        if len(self._unsaved) > MOST_UNSAVED:
            self._unsaved.popitem(last=False)


def _with(session: Session, spending: Spending) -> Session:
    return replace(session, spending=session.spending + spending) if spending else session
