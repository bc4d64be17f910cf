"""A record whether or not it can be read: for who hands over what is held, or looks after what is broken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.errors import RecordDamaged

if TYPE_CHECKING:
    from webhook.store.base import Record, Store


async def raw_record(store: Store, record_id: str) -> Record | bytes | None:
    """The record, or the bytes of one that cannot be read. Raises `StoreError` where nobody can tell."""
    try:
        stored = await store.load(record_id)
    except RecordDamaged as damaged:
        return damaged.data
    return None if stored is None else stored.record
