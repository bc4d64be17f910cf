"""`webhook erase` and `webhook erasures`: what is held of a session or of a caller, erased here and at ElevenLabs."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import typer

from webhook.cli.records import quiet_settings
from webhook.cli.service import opened_services
from webhook.cli.table import print_table
from webhook.cli.whom import whom_from
from webhook.privacy.erasure import ErasureStatus, shown

if TYPE_CHECKING:
    from webhook.privacy.erasure import Erasure, Whom
    from webhook.settings import Settings

_COLUMNS = {
    "erasure": "id",
    "why": "reason",
    "status": "status",
    "left": "problem",
    "asked": "askedAt",
    "erased": "erasedAt",
    "proved": "provedAt",
}
_PATIENCE_S = 120.0
"""For what can be done now; a running server goes on with the rest."""


def erase(*, session: str | None, number: str | None, caller: str | None, as_json: bool) -> bool:
    """Ask for it and carry it out as far as it goes now; whether nothing is left.

    Raises `NotFound`, `RequestError`, `StoreError` and `SettingsError`.
    """
    settings = quiet_settings()
    whom = whom_from(settings, session=session, number=number, caller=caller)
    erasure = asyncio.run(_erased(settings, whom))
    _tell(erasure, as_json=as_json)
    return erasure.status is not ErasureStatus.PENDING


async def _erased(settings: Settings, whom: Whom) -> Erasure:
    async with opened_services(settings) as services:
        erasure = await services.erasures.ask(whom)
        await services.interviewer.generations.drain(_PATIENCE_S)
        return await services.erasures.find(erasure.id)


def _tell(erasure: Erasure, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(shown(erasure), indent=2))
        return
    typer.echo(f"erasure {erasure.id}: {erasure.status.value}")
    typer.echo(f"  sessions: {', '.join(erasure.sessions) or 'none'}")
    for conversation_id, state in erasure.conversations.items():
        typer.echo(f"  at ElevenLabs: {conversation_id} {state.value.replace('_', ' ')}")
    if erasure.problem:
        typer.echo(
            f"  left: {erasure.problem}; a running server tries again, and so does the next webhook erasures --run"
        )
    else:
        typer.echo("  every place was looked at and nothing is left; a running server looks once more in three hours")


def erasures(*, status: str | None, limit: int, as_json: bool, run: bool) -> bool:
    """Print them, newest first; whether none is pending. Raises `StoreError` and `SettingsError`."""
    wanted = None if status is None else ErasureStatus(status)
    found = asyncio.run(_listed(quiet_settings(), wanted, limit, run=run))
    rows = [shown(erasure) for erasure in found]
    if as_json:
        typer.echo(json.dumps({"erasures": rows}, indent=2))
    elif rows:
        print_table(_COLUMNS, rows)
    else:
        typer.echo("no erasures")
    return all(erasure.status is not ErasureStatus.PENDING for erasure in found)


async def _listed(settings: Settings, status: ErasureStatus | None, limit: int, *, run: bool) -> list[Erasure]:
    async with opened_services(settings) as services:
        if run:
            await services.erasures.run_due()
        found: list[Erasure] = []
        async for erasure in services.erasures.every(status):
            found.append(erasure)
            if len(found) == limit:
                break
        return found
