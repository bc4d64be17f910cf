"""How much one caller, one agent and all of them together may ask for. A limit changes what is said, never the status.

Times are seconds of a monotonic clock and are arguments. Each worker counts for itself.
"""

from __future__ import annotations

from collections import OrderedDict, deque

WINDOW_S = 60.0
LIVE_S = 90.0
"""A call is live until it was silent for so long: longer than the pauses in a talk."""


class Quota:
    """At most so many in any minute, for each key by itself."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        #: In order of their last use, so that those to forget stand first.
        self._times: OrderedDict[str, deque[float]] = OrderedDict()

    def has_room(self, key: str, now: float) -> bool:
        times = self._times.get(key)
        if times is None:
            return True
        while times and times[0] <= now - WINDOW_S:
            times.popleft()
        return len(times) < self._per_minute

    def count(self, key: str, now: float) -> None:
        self._times.setdefault(key, deque()).append(now)
        self._times.move_to_end(key)
        # A key without times is one whose times were all dropped above; it goes with the old ones.
        while not (oldest := next(iter(self._times.values()))) or oldest[-1] <= now - WINDOW_S:
            self._times.popitem(last=False)


class Limits:
    """Whether a turn may ask Claude; one that may not is made by code."""

    def __init__(self, *, session: int = 40, agent: int = 3000, everyone: int = 6000) -> None:
        self._session, self._agent, self._everyone = Quota(session), Quota(agent), Quota(everyone)

    def allows(self, session_id: str, agent: str, now: float) -> bool:
        """Counts the turn if so."""
        quotas = ((self._session, session_id), (self._agent, agent), (self._everyone, ""))
        if not all(quota.has_room(key, now) for quota, key in quotas):
            return False
        for quota, key in quotas:
            quota.count(key, now)
        return True


class LiveCalls:
    """The calls that are going on. One that begins when there are too many is asked to call later."""

    def __init__(self, most: int = 150) -> None:
        self._most = most
        #: When each was seen last, oldest first.
        self._seen: OrderedDict[str, float] = OrderedDict()

    def admits(self, session_id: str, now: float) -> bool:
        while self._seen and next(iter(self._seen.values())) <= now - LIVE_S:
            self._seen.popitem(last=False)
        return session_id in self._seen or len(self._seen) < self._most

    def seen(self, session_id: str, now: float) -> None:
        self._seen[session_id] = now
        self._seen.move_to_end(session_id)

    def left(self, session_id: str) -> None:
        """The call is over."""
        self._seen.pop(session_id, None)
