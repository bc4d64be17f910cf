"""What is refused at the door: counted each time, logged at a bounded rate, so that whoever knocks fills no disk."""

from __future__ import annotations

import asyncio
from contextvars import Context
from typing import TYPE_CHECKING, Any, Final

import structlog

if TYPE_CHECKING:
    from webhook.metrics import Metrics

PERIOD_S: Final = 60.0
log_ = structlog.get_logger("webhook.http")


class BoundedWarning:
    """A warning that is logged at once, and then once in `PERIOD_S` while it goes on.

    `count` in a line is how many it stands for; its other fields are those of the last one.
    """

    def __init__(self, event: str) -> None:
        self._event = event
        self._fields: dict[str, Any] = {}
        self._suppressed = 0
        self._timer: asyncio.TimerHandle | None = None

    def note(self, **fields: Any) -> None:
        """Needs a running event loop."""
        self._fields, self._suppressed = fields, self._suppressed + 1
        if self._timer is None:
            self._say()

    def _say(self) -> None:
        self._timer = None
        if self._suppressed:
            # In a context of its own: a later line is not about the request that came first.
            self._timer = asyncio.get_running_loop().call_later(PERIOD_S, self._say, context=Context())
        self.flush()

    def flush(self) -> None:
        """Log what was suppressed until now, if anything was."""
        if self._suppressed:
            log_.warning(self._event, **self._fields, count=self._suppressed)
        self._suppressed = 0


class Refusals:
    """Requests whose secret was refused, by route template and reason: never by secret, and never by address."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._warning = BoundedWarning("secret_refused")

    def note(self, route: str, reason: str) -> None:
        self._metrics.refused(route, reason)
        self._warning.note(route=route, reason=reason)

    def flush(self) -> None:
        """At the end of the process."""
        self._warning.flush()
