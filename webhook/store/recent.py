"""Values that were kept last, a bounded number for a bounded time: what callers say is not for keeping."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Recent(Generic[T]):
    """By session id. `keep_s` counts in seconds from the last `keep`, by `clock`."""

    def __init__(self, *, most: int, keep_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._keep_s = keep_s
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, T]] = OrderedDict()

    def get(self, session_id: str) -> T | None:
        self.forget_old()
        found = self._kept.get(session_id)
        return None if found is None else found[1]

    def keep(self, session_id: str, value: T) -> None:
        self._kept[session_id] = self._clock(), value
        self._kept.move_to_end(session_id)
        self.forget_old()

    def forget(self, session_id: str) -> None:
        self._kept.pop(session_id, None)

    def forget_old(self) -> None:
        """Let go of what is over its time; nothing else does while nothing is looked for."""
        while self._kept and (
            len(self._kept) > self._most or next(iter(self._kept.values()))[0] < self._clock() - self._keep_s
        ):
            self._kept.popitem(last=False)
