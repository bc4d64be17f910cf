"""A process that dies in the middle of its work, as far as a store can tell."""

from __future__ import annotations

from typing import Any


class Died(BaseException):
    """As SIGKILL: nobody gets to handle it."""


class Dying:
    """A store whose process dies at its n-th operation, before it is done or just after it."""

    def __init__(self, store: Any, at: int, *, after: bool) -> None:
        self._store, self._left, self._after = store, at, after

    @property
    def has_died(self) -> bool:
        return self._left < 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        async def counted(*words: Any, **named: Any) -> Any:
            self._left -= 1
            if self._left == -1 and not self._after:
                raise Died
            told = await method(*words, **named)
            if self._left == -1 and self._after:
                raise Died
            return told

        return counted
