"""`webhook retention`: what is over by KEEP_DAYS, listed, or deleted now and looked for again, beside a running server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import typer

from webhook.cli.records import quiet_settings
from webhook.cli.service import opened_services
from webhook.interview.report import iso
from webhook.interview.retention import DAY_S
from webhook.privacy.retention import WAITING

if TYPE_CHECKING:
    from webhook.privacy.retention import Leftover, Round
    from webhook.settings import Settings

_DRAIN_S = 60.0
"""For reports that the round has found unmade."""
_WHY = {
    "live": "the interview is being held",
    "report": "its report is being made",
    "erasure": "ElevenLabs has not said that it is gone",
    "still_there": "it came back, or is in another store; the next round takes it",
    "record_too_new": "saved by a later release, which can delete it",
    "recording_error": "the file cannot be deleted",
}


def retention(*, dry_run: bool, trust_clock: bool) -> bool:
    """Whether nothing is left that should be gone. Raises `StoreError`, `RecordingError` and `SettingsError`.

    `trust_clock`: a clock that is far from the newest record is right, for the service was off so long.
    """
    settings = quiet_settings()
    if dry_run:
        asyncio.run(_list(settings))
        return True
    done, doubted_s = asyncio.run(_round(settings, trust_clock=trust_clock))
    _print(done, doubted_s)
    return done.is_proved and not doubted_s


async def _list(settings: Settings) -> None:
    count = 0
    async with opened_services(settings) as services:
        async for each in services.retention.overdue():
            typer.echo(f"{each.place.data:<12} {each.name}  begun {iso(each.began)}  over {iso(each.over_at)}")
            count += 1
    typer.echo(f"{count} would go; what is being held, or reported on, waits" if count else "nothing is over")


async def _round(settings: Settings, *, trust_clock: bool) -> tuple[Round, float]:
    """The round, and how far this machine's clock is from what was believed in it."""
    async with opened_services(settings, drain_s=_DRAIN_S) as services:
        if trust_clock:
            await services.expiry.trust(services.call_store)
        return await services.retention.round(is_whole=True), services.expiry.doubted_s


def _print(done: Round, doubted_s: float) -> None:
    if doubted_s:
        side = "ahead of" if doubted_s > 0 else "behind"
        typer.echo(f"this machine's clock is {abs(doubted_s) / DAY_S:.1f} days {side} what was stored last:")
        typer.echo(f"nothing is over by it yet, but by {iso(done.at)}; if it is right, say so with --trust-clock")
    counts = ", ".join(f"{count} {data}" for data, count in sorted(done.deleted.items()))
    typer.echo(f"deleted: {counts or 'nothing was over'}")
    for left in done.left:
        typer.echo(_told(left))
    if done.is_proved and not doubted_s:
        typer.echo(f"looked at everything again at {iso(done.at)}: nothing is left that should be gone")


def _told(left: Leftover) -> str:
    waits = "waits" if left.why in WAITING else "left"
    return f"{waits}: {left.count} {left.data}, over since {iso(left.over_at)}: {_WHY.get(left.why, left.why)}"
