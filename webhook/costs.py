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
        # By when the session was made as well: of a deleted one nothing goes into the next by that id.
        self._unsaved: OrderedDict[tuple[str, float], Spending] = OrderedDict()

    def noting(self, session: Session) -> Note:
        """What takes down the calls of a session."""
        key = session.session_id, session.created_at

        def note(call: Call) -> None:
            self.metrics.call(call)
            self._keep(key, spending_of(call))

        return note

    async def change(
        self, sessions: Sessions, session_id: str, apply: Callable[[Session, float], Session | None]
    ) -> Session | None:
        """As `Sessions.change`, of the session with what is not in its record yet; that goes with it.

        Where the answer to a save is lost, it may be saved twice: rather too much than too little.
        """
        taken: dict[tuple[str, float], Spending] = {}

        def with_unsaved(session: Session, now: float) -> Session | None:
            key = session.session_id, session.created_at
            taken[key] = taken.get(key, Spending()) + self._unsaved.pop(key, Spending())
            return apply(_with(session, taken[key]), now)

        changed = None
        try:
            changed = await sessions.change(session_id, with_unsaved)
        finally:
            if changed is None:
                for key, spending in taken.items():
                    self._keep(key, spending)
        return changed

    def _keep(self, key: tuple[str, float], spending: Spending) -> None:
        if not spending:
            return
        before = self._unsaved.pop(key, None)
        self._unsaved[key] = spending if before is None else before + spending
        if len(self._unsaved) > MOST_UNSAVED:
            self._unsaved.popitem(last=False)


def _with(session: Session, spending: Spending) -> Session:
    return replace(session, spending=session.spending + spending) if spending else session
