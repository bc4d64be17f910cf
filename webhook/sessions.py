"""Sessions in the store: load, and change by compare-and-set."""

from __future__ import annotations

import asyncio
import random
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from webhook.errors import NotFound, StoreError
from webhook.interview.session import Session, from_dict, to_dict
from webhook.store.base import VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.store.base import Store

TRY_S = 1.0
"""How long a change is tried again after somebody else saved first. Each round lets one of them through: 30 writers
of one session need some 0.2 s on Redis, and a caller should not wait longer than this for a turn to begin."""
_PAUSE_S = (0.004, 0.064)
"""The longest first and the longest later pause; in between it doubles."""


@dataclass(kw_only=True)
class Tries:
    """For `async for`: once at once, then again after pauses of random length until the time is up.

    `jitter` gives 0 to 1: how much of a pause is waited, so that those who met do not meet again.
    """

    within_s: float = TRY_S
    jitter: Callable[[], float] = random.random
    _give_up_at: float | None = field(default=None, init=False)
    _longest_s: float = field(default=_PAUSE_S[0], init=False)

    def __aiter__(self) -> Tries:
        return self

    async def __anext__(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._give_up_at is None:
            self._give_up_at = now + self.within_s
            return
        pause_s = self._longest_s * self.jitter()
        if now + pause_s > self._give_up_at:
            raise StopAsyncIteration
        await asyncio.sleep(pause_s)
        self._longest_s = min(self._longest_s * 2, _PAUSE_S[1])


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The sessions of one store."""

    store: Store
    clock: Callable[[], float] = time.time
    tries: Callable[[], Tries] = Tries

    async def find(self, session_id: str) -> tuple[Session, int] | None:
        """The session and the version to give back to `save`."""
        stored = await self.store.load(session_id)
        return None if stored is None else (from_dict(stored.record), stored.version)

    async def load(self, session_id: str) -> Session:
        """Raises `NotFound`."""
        found = await self.find(session_id)
        if found is None:
            raise NotFound("there is no session by that id")
        return found[0]

    async def save(self, session: Session, *, expect: int) -> bool:
        """False when somebody else saved first."""
        record = to_dict(replace(session, updated_at=self.clock()))
        saved = await self.store.save(session.session_id, record, expect=expect)
        return not isinstance(saved, VersionConflict)

    async def change(self, session_id: str, apply: Callable[[Session], Session | None]) -> Session | None:
        """Apply a pure change until compare-and-set lets it through.

        None: there is no such session, or the change was refused (`apply` gave None).
        """
        async for _ in self.tries():
            found = await self.find(session_id)
            changed = None if found is None else apply(found[0])
            if found is None or changed is None:
                return None
            if await self.save(changed, expect=found[1]):
                return changed
        raise StoreError("the session changed too often")
