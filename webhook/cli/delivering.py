"""`webhook deliveries`: results on their way, seen and sent again beside a running server, which does the sending."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from webhook.cli.records import opened_store, quiet_settings
from webhook.cli.table import print_table
from webhook.delivery import DeliveryStatus, shown
from webhook.errors import SettingsError
from webhook.metrics import Metrics
from webhook.parts import deliveries_of
from webhook.sessions import Sessions
from webhook.store.open import open_calls

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.deliveries import Deliveries
    from webhook.delivery import Delivery
    from webhook.settings import Settings

_PAGE = 200
_COLUMNS = {
    "delivery": "id",
    "event": "type",
    "session": "sessionId",
    "status": "status",
    "tries": "attempts",
    "last result": "lastResult",
    "next": "nextAttemptAt",
}
_PIPE_WIDTH = 220


def deliveries(*, status: str | None, limit: int, as_json: bool) -> None:
    """Print them, newest first. Raises `StoreError` and `SettingsError`."""
    found, paused = asyncio.run(_listed(None if status is None else DeliveryStatus(status), limit))
    rows = [shown(delivery) for delivery in found]
    if as_json:
        typer.echo(json.dumps({"deliveries": rows, "paused": paused or None}, indent=2))
        return
    if rows:
        print_table(_COLUMNS, rows)
    else:
        typer.echo("no deliveries")
    if paused:
        why = "the receiver said that it is gone (410)" if paused == "gone" else "the receiver failed for too long"
        typer.echo(f"nothing is sent: {why}; when it is well again: webhook deliveries resume")


def redeliver(delivery_id: str) -> None:
    """Raises `NotFound`, `Conflict`, `StoreError` and `SettingsError`."""

    async def run() -> None:
        async with opened_deliveries(quiet_settings()) as here:
            await here.redeliver(delivery_id)

    asyncio.run(run())
    typer.echo("it is sent again within seconds, while a server runs")


def resume() -> None:
    """Raises `StoreError` and `SettingsError`."""

    async def run() -> int:
        async with opened_deliveries(quiet_settings()) as here:
            return await here.resume()

    typer.echo(f"{asyncio.run(run())} to be sent, while a server runs")


async def _listed(status: DeliveryStatus | None, limit: int) -> tuple[list[Delivery], str]:
    found: list[Delivery] = []
    cursor: str | None = None
    async with opened_deliveries(quiet_settings()) as here:
        while len(found) < limit:
            page, cursor = await here.listed(status, cursor=cursor, limit=min(limit - len(found), _PAGE))
            found += page
            if cursor is None:
                break
        return found, await here.paused()


@asynccontextmanager
async def opened_deliveries(settings: Settings) -> AsyncGenerator[Deliveries]:
    """Those of the store the settings ask for. Raises `StoreError`, and `SettingsError` where nothing is sent."""
    calls = open_calls(settings.redis_url.get_secret_value() if settings.redis_url else None, settings.data_dir)
    async with opened_store(settings) as store:
        here = deliveries_of(
            settings, store=calls, sessions=Sessions(store=store), metrics=Metrics(settings.claude_prices)
        )
        if here is None:
            raise SettingsError("RESULT_WEBHOOK_URL is not set: results are sent nowhere")
        try:
            await calls.open()
            yield here
        finally:
            await calls.close()
