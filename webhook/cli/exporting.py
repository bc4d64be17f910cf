"""`webhook export`: everything that is held about one caller or of one session, as a zip."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from webhook.cli.output import opened_output, progress
from webhook.cli.records import quiet_settings
from webhook.cli.service import opened_services
from webhook.cli.whom import whom_from
from webhook.errors import NotFound
from webhook.routes.exports import file_name

if TYPE_CHECKING:
    from webhook.privacy.erasure import Whom
    from webhook.settings import Settings

_MODE = 0o600


def export(session: str | None, number: str | None, caller: str | None, output: Path | None) -> bool:
    """Whether something is held. Raises `RequestError`, `StoreError`, `ExportError` and `SettingsError`."""
    settings = quiet_settings()
    whom = whom_from(settings, session=session, number=number, caller=caller)
    output = output or Path(file_name(time.time()))
    try:
        count = asyncio.run(_export(settings, whom, output))
    except NotFound as nothing:
        typer.echo(f"webhook: {nothing}", err=True)
        return False
    interviews = "1 interview" if count == 1 else f"{count} interviews"
    typer.echo(f"{interviews} and what else is held written to {output}")
    return True


async def _export(settings: Settings, whom: Whom, output: Path) -> int:
    async with opened_services(settings) as services:
        found = await services.exports.find(whom)
        with (
            opened_output(output, mode=_MODE) as out,
            progress("Writing interviews", len(found.began), is_shown=True) as advance,
        ):
            await services.exports.write(found, out, advance)
    return len(found.began)
