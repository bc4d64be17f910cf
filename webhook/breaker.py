"""Which models may be asked: a breaker per model, and a budget for asking twice.

Times are seconds of a monotonic clock and are arguments, so that every rule can be tested without waiting.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import structlog

from webhook.errors import ModelError, ModelOverloaded, ModelRefused, ModelUnavailable

PERMANENT_S = 60.0
"""A wrong key or an unknown model does not mend itself; it is looked at again after this long."""
TRANSIENT_S = 5.0
LONGEST_COOLDOWN_S = 60.0
log_ = structlog.get_logger("webhook.breaker")
_FAILURES = 3
_WINDOW_S = 10.0
_HEDGE_WINDOW_S = 60.0


@dataclass(kw_only=True)
class _Model:
    failures: deque[float] = field(default_factory=deque)
    closed_until: float = 0.0
    reason: str = ""


class Breaker:
    """Remembers how each model fared."""

    def __init__(self) -> None:
        self._models: dict[str, _Model] = {}

    def allows(self, model: str, now: float) -> bool:
        """Whether the model may be asked. Soon after a cooldown one more failure is enough for the next."""
        return now >= self._of(model).closed_until

    def succeeded(self, model: str) -> None:
        self._models.pop(model, None)

    def failed(self, model: str, error: ModelError, now: float) -> float:
        """Count a failure; the seconds for which the model is now left alone (0: it may be asked again at once).

        A refusal is an answer about the words, not about the model.
        """
        if isinstance(error, ModelRefused):
            return 0.0
        known = self._of(model)
        known.failures.append(now)
        while known.failures and known.failures[0] < now - _WINDOW_S:
            known.failures.popleft()
        cooldown = _cooldown(error, len(known.failures))
        if cooldown and now >= known.closed_until:
            log_.error("model_left_alone", model=model, code=error.code, duration_ms=round(cooldown * 1000))
        known.closed_until = max(known.closed_until, now + cooldown) if cooldown else known.closed_until
        known.reason = error.code
        return cooldown

    def left_alone_for(self, model: str, now: float) -> float:
        """Seconds until the model may be asked again; 0 when it may be asked now."""
        known = self._models.get(model)
        return max(known.closed_until - now, 0.0) if known is not None else 0.0

    def leave_alone(self, model: str, reason: str, *, until: float) -> None:
        """Another worker found out that the model had better not be asked."""
        known = self._of(model)
        known.closed_until, known.reason = max(known.closed_until, until), reason

    def closed(self, now: float) -> dict[str, str]:
        """Models that are left alone now, with the reason."""
        return {name: m.reason for name, m in self._models.items() if m.closed_until > now}

    def _of(self, model: str) -> _Model:
        return self._models.setdefault(model, _Model())


class HedgeBudget:
    """At most a share of extra calls over any minute, so that an outage does not become a storm."""

    def __init__(self, share: float = 0.05, at_least: int = 1) -> None:
        self._share = share
        self._at_least = at_least
        self._calls: deque[float] = deque()
        self._hedges: deque[float] = deque()

    def called(self, now: float) -> None:
        self._calls.append(now)
        self._forget(now)

    def take(self, now: float) -> bool:
        """Whether one more extra call fits; counts it if so."""
        self._forget(now)
        if len(self._hedges) >= max(self._at_least, int(self._share * len(self._calls))):
            return False
        self._hedges.append(now)
        return True

    def _forget(self, now: float) -> None:
        for times in (self._calls, self._hedges):
            while times and times[0] < now - _HEDGE_WINDOW_S:
                times.popleft()


def _cooldown(error: ModelError, failures: int) -> float:
    if isinstance(error, ModelUnavailable):
        return PERMANENT_S
    if isinstance(error, ModelOverloaded) and error.retry_after_s is not None:
        return min(error.retry_after_s, LONGEST_COOLDOWN_S)
    return TRANSIENT_S if failures >= _FAILURES else 0.0
