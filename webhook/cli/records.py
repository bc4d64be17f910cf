"""`webhook sessions`: a look at the store that the server uses."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from webhook import log
from webhook.cli.banner import without_secrets
from webhook.cli.table import print_table
from webhook.errors import StoreError
from webhook.settings import load_settings
from webhook.store.base import Filter
from webhook.store.open import open_store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from webhook.settings import Settings
    from webhook.store.base import Record, Store

_PAGE = 200
_COLUMNS = {
    "session": "sessionId",
    "flow": "flow",
    "status": "status",
    "topic": "currentTopic",
    "began": "createdAt",
    "report": "reportStatus",
}


def sessions(*, status: str | None, flow_id: str | None, limit: int, as_json: bool) -> None:
    """Print the sessions, newest first. Raises `StoreError`."""
    from webhook.routes.sessions import listed  # noqa: PLC0415 - one form of a listed session, with the web's imports

    settings = quiet_settings()
    records = asyncio.run(all_records(settings, Filter(status=status, flow_id=flow_id), limit))
    rows = [listed(record) for record in records]
    if as_json:
        typer.echo(json.dumps({"sessions": rows}, indent=2, ensure_ascii=False))
    elif rows:
        print_table(_COLUMNS, rows)
    else:
        typer.echo("no sessions")


def quiet_settings() -> Settings:
    """The settings, and a log that only tells what went wrong."""
    settings = load_settings()
    log.set_up(level="warning", style=settings.log_format)
    return settings


@asynccontextmanager
async def opened_store(settings: Settings) -> AsyncGenerator[Store]:
    """The store the settings ask for. Raises `StoreError` when it cannot be reached."""
    store = open_store(settings.redis_url.get_secret_value() if settings.redis_url else None, settings.data_dir)
    try:
        try:
            await store.open()
        except StoreError as error:
            raise named(error, settings) from error
        yield store
    finally:
        await store.close()


def named(error: StoreError, settings: Settings) -> StoreError:
    """With the setting to look at, and the place it leads to."""
    if settings.redis_url is None:
        return error
    return StoreError(f"REDIS_URL: {without_secrets(settings.redis_url.get_secret_value())}: {error}")


async def all_records(settings: Settings, where: Filter, limit: int) -> list[Record]:
    """At most so many, newest first. Raises `StoreError`."""
    async with opened_store(settings) as store:
        return [record async for page in pages_of(store, where, limit) for record in page]


async def pages_of(store: Store, where: Filter, limit: int | None = None) -> AsyncGenerator[Sequence[Record]]:
    """The same page by page, so that nobody needs to hold them all; no limit gives every one."""
    cursor, found = None, 0
    while limit is None or found < limit:
        most = _PAGE if limit is None else min(limit - found, _PAGE)
        page = await store.list_sessions(where, cursor=cursor, limit=most)
        found += len(page.records)
        yield page.records
        cursor = page.next_cursor
        if cursor is None:
            return
