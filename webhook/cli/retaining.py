"""`webhook retention`: what is over by KEEP_DAYS, listed, or deleted now and looked for again, beside a running server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import typer

from webhook.cli.records import quiet_settings
from webhook.interview.report import iso
from webhook.retention import WAITING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.retention import Left, Retention, Round
    from webhook.settings import Settings

_DRAIN_S = 60.0
_WHY = {
    "live": "the interview is being held",
    "report": "its report is being made",
    "erasure": "ElevenLabs has not said that it is gone",
    "still_there": "it came back, or is in another store; the next round takes it",
    "record_too_new": "saved by a later release, which can delete it",
    "recording_error": "the file cannot be deleted",
}


def retention(*, dry_run: bool) -> bool:
    """Whether nothing is left that should be gone. Raises `StoreError`, `RecordingError` and `SettingsError`."""
    settings = quiet_settings()
    if dry_run:
        asyncio.run(_list(settings))
        return True
    done = asyncio.run(_round(settings))
    _print(done)
    return done.is_proved


async def _list(settings: Settings) -> None:
    count = 0
    async with _opened(settings) as here:
        async for due in here.due():
            typer.echo(f"{due.place.data:<12} {due.name}  begun {iso(due.began)}  over {iso(due.over_at)}")
            count += 1
    typer.echo(f"{count} would go; what is being held, or reported on, waits" if count else "nothing is over")


async def _round(settings: Settings) -> Round:
    async with _opened(settings) as here:
        return await here.round(is_whole=True)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncGenerator[Retention]:
    """The service's own parts on all its stores, without a server."""
    from webhook.services import build_services  # noqa: PLC0415 - the settings are looked at first

    # A server's own jobs see to it that a report is told of.
    services = build_services(settings.model_copy(update={"result_webhook_url": None}))
    try:
        await services.store.open()
        await services.call_store.open()
        yield services.retention
        await services.interviewer.generations.drain(_DRAIN_S)
    finally:
        await services.call_store.close()
        await services.store.close()
        if services.claude is not None:
            await services.claude.close()
        if services.elevenlabs is not None:
            await services.elevenlabs.close()


def _print(done: Round) -> None:
    counts = ", ".join(f"{count} {data}" for data, count in sorted(done.deleted.items()))
    typer.echo(f"deleted: {counts or 'nothing was over'}")
    for left in done.left:
        typer.echo(_told(left))
    if done.is_proved:
        typer.echo(f"looked at everything again at {iso(done.at)}: nothing is left that should be gone")


def _told(left: Left) -> str:
    waits = "waits" if left.why in WAITING else "left"
    return f"{waits}: {left.count} {left.data}, over since {iso(left.over_at)}: {_WHY.get(left.why, left.why)}"
