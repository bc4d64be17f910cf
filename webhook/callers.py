"""Callers who were invited with their number: who greets them, until the invite is over.

The number itself is never kept: a record is found by the keyed hash of the number that calls.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import RecordDamaged, StoreError
from webhook.sessions import Tries
from webhook.store.base import VersionConflict, record_beside
from webhook.store.raw import raw_record
from webhook.wire.invites import Invite
from webhook.wire.phone import number_keys

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from webhook.store.base import Store

STATUS: Final = "caller"


@dataclass(frozen=True, kw_only=True)
class Known:
    """A caller who was invited. `key` is what stands for their number."""

    key: str
    invite: Invite


@dataclass(frozen=True, kw_only=True)
class Callers:
    """Records in the store of calls; with several secrets the first one writes and all of them read."""

    store: Store
    tries: Callable[[], Tries] = Tries

    async def remember(
        self, number: str, invite: Invite, *, secrets: Sequence[str], expires_at: float, now: float
    ) -> None:
        """From now on this number is greeted so; a later invite for it takes the place of an earlier one."""
        key = _id(number_keys(number, secrets)[0])
        record = record_beside(
            key,
            STATUS,
            now,
            flow_id=invite.flow or "",
            expires_at=expires_at,
            interview_id=invite.interview_id,
            persona_id=invite.persona,
            language=invite.language,
        )
        version = 0
        async for _ in self.tries():
            saved = await self.store.save(key, record, expect=version, ttl_s=expires_at - now)
            if not isinstance(saved, VersionConflict):
                return
            version = saved.version
        raise StoreError("the caller's record changed too often")

    async def raw(self, key: str) -> dict[str, Any] | bytes | None:
        """What is kept of a caller, whether or not it can be read. Raises `StoreError`."""
        return await raw_record(self.store, _id(key))

    async def was_invited(self, key: str, *, before: float) -> bool:
        """Whether an invite from then or earlier is kept; one that cannot be read is. Raises `StoreError`."""
        try:
            stored = await self.store.load(_id(key))
        except RecordDamaged:
            return True
        return stored is not None and stored.record["created_at"] <= before

    async def forget(self, key: str, *, before: float) -> None:
        """Forget such an invite; a later one is another matter. Raises `StoreError`."""
        if await self.was_invited(key, before=before):
            await self.store.delete(_id(key))

    async def find(self, number: str, *, secrets: Sequence[str], now: float) -> Known | None:
        """Who this number was invited as, if it was and the invite is still good. Raises `StoreError`."""
        keys = number_keys(number, secrets)
        found = await asyncio.gather(*(self.store.load(_id(key)) for key in keys))
        for stored in found:
            if stored is not None and stored.record.get("expires_at", 0.0) > now:
                return Known(key=keys[0], invite=_invite(stored.record))
        return None


def _id(key: str) -> str:
    return f"caller:{key}"


def _invite(record: dict[str, Any]) -> Invite:
    return Invite(
        interview_id=record["interview_id"],
        flow=record["flow_id"] or None,
        persona=record["persona_id"],
        language=record["language"],
    )
