"""Sessions in the store: load, and change by compare-and-set."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from webhook.errors import NotFound, StoreError
from webhook.interview.session import Session, from_dict, to_dict
from webhook.store.base import VersionConflict

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.store.base import Store

TRIES = 8
"""How often a change is tried again after somebody else saved first."""


@dataclass(frozen=True, kw_only=True)
class Sessions:
    """The sessions of one store."""

    store: Store
    clock: Callable[[], float] = time.time

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
        for _ in range(TRIES):
            found = await self.find(session_id)
            changed = None if found is None else apply(found[0])
            if found is None or changed is None:
                return None
            if await self.save(changed, expect=found[1]):
                return changed
        raise StoreError("the session changed too often")
