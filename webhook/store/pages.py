"""All records of a kind, one after the other, for who goes through everything while calls go on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.store.base import Filter, Record, Store

_PAGE: Final = 20
"""Records that are decoded in one go: some milliseconds."""


async def every_record(store: Store, where: Filter) -> AsyncGenerator[Record]:
    """Newest first. Raises `StoreError`."""
    cursor: str | None = None
    while True:
        page = await store.list_sessions(where, cursor=cursor, limit=_PAGE)
        for record in page.records:
            yield record
            await asyncio.sleep(0)  # a store in a file keeps nobody waiting, so calls would not go on by themselves
        cursor = page.next_cursor
        if cursor is None:
            return
