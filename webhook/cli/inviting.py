"""`webhook invite`: a link for one participant, made from the settings alone; no server is asked."""

from __future__ import annotations

import json
from typing import Any

import typer

from webhook.cli.records import quiet_settings
from webhook.errors import RequestError
from webhook.store.sqlite import SqliteStore
from webhook.wire.invites import seconds_of


def invite(
    flow: str, *, persona: str | None, language: str | None, expires: str, page: str | None, as_json: bool
) -> None:
    """Print an invite. Raises `SettingsError`, `ContentError`, `MalformedRequest` and `NotFound`."""
    told = _made(flow, persona=persona, language=language, expires=expires, page=page)
    if as_json:
        typer.echo(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        if value is not None:
            typer.echo(f"{name:<13}{value}")


def _made(flow: str, *, persona: str | None, language: str | None, expires: str, page: str | None) -> dict[str, Any]:
    from webhook.routes.invites import made_of  # noqa: PLC0415 - one form of an invite, with the web's imports
    from webhook.services import build_services  # noqa: PLC0415 - as above

    try:
        expires_s = seconds_of(expires)
    except RequestError as error:
        raise typer.BadParameter(str(error), param_hint="--expires") from None
    services = build_services(quiet_settings(), store=SqliteStore(None))
    document = {
        "flow": flow,
        "personaId": persona,
        "language": language,
        "expiresInSeconds": expires_s,
        "page": page,
    }
    return made_of(services, document).told
