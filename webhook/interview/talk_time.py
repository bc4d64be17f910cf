"""The interview's own clock, in seconds: how much of its time an interview has used.

No clock is believed alone. Between two turns a process of the same machine knows the span by the monotonic clock;
any other span is the difference of two readings of the store's clock, and is taken only where it can be true. A clock
that stepped is noticed, and the time it claims is not lived through.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from webhook.interview.road import SECONDS_A_TURN

LONGEST_SILENCE_S = 900.0
"""No caller is silent for longer within one call: platforms give up long before (ElevenLabs: seconds, with a request
at each silence). Only the monotonic clock can tell of a longer one."""
TOLERANCE_S = 60.0
"""Readings of different clocks may differ by this much: a server's clock may stand in for a machine's own."""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the clocks say at one moment.

    `at` is the store's clock (seconds since 1970). `steady` is a monotonic one, in seconds; it compares only with
    readings of the same `machine` ("": there is none).
    """

    at: float
    steady: float = 0.0
    machine: str = ""


@dataclass(frozen=True, kw_only=True)
class TalkTime:
    """Where the interview's own clock stood at the last turn, and what the other clocks said then.

    It begins anywhere: what counts is how far it has come since the first words (`State.started_at`). Without a reading
    it stands still until the next turn.
    """

    clock_s: float = 0.0
    read: Reading | None = None

    def passed(self, now: Reading) -> tuple[TalkTime, bool]:
        """With the span until now; and whether the store's clock had jumped, so that it was corrected."""
        span_s, has_jumped = _span(self.read, now)
        return TalkTime(clock_s=self.clock_s + span_s, read=now), has_jumped

    def stopped(self) -> TalkTime:
        """What passes from now on does not count, until the next turn."""
        return replace(self, read=None)


def _span(before: Reading | None, now: Reading) -> tuple[float, bool]:
    if before is None:
        return 0.0, False
    told_s = now.at - before.at
    if now.machine and now.machine == before.machine and now.steady >= before.steady:
        span_s = now.steady - before.steady
        return span_s, abs(told_s - span_s) > TOLERANCE_S
    if -TOLERANCE_S <= told_s <= LONGEST_SILENCE_S:
        return max(told_s, 0.0), False
    return SECONDS_A_TURN, True
