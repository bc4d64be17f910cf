"""A store that tells how often it was asked."""

from __future__ import annotations

from webhook.store.base import Stored
from webhook.store.sqlite import SqliteStore


class CountingStore(SqliteStore):
    """Counts the looks at it, and the records it gave out."""

    looks = 0
    records = 0

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        stored = await super().load(session_id, known=known)
        self.looks += 1
        self.records += stored is not None and bool(stored.record)
        return stored
