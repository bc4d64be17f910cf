"""Whose data a verb is about, and the service's parts on every store that may hold some of it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from webhook.cli.records import named
from webhook.errors import RequestError, StoreError
from webhook.routes.whom import whom_of
from webhook.services import build_services
from webhook.settings import opened, with_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.erasure import Whom
    from webhook.services import Services
    from webhook.settings import Settings


_DRAIN_S = 1.0
"""For what goes on behind a verb that has its answer."""


def whom_from(settings: Settings, *, session: str | None, number: str | None, caller: str | None) -> Whom:
    """As `POST /api/exports` takes them. Raises `RequestError` unless exactly one of the three is given."""
    if sum(1 for given in (session, number, caller) if given) != 1:
        raise RequestError("exactly one of --session, --number and --caller says whose data it is about")
    document = {"sessionId": session, "number": number, "caller": caller}
    return whom_of(document, opened(with_secrets(settings).webhook_secret))


@asynccontextmanager
async def services_on_all(settings: Settings) -> AsyncGenerator[Services]:
    """On the server's stores, the standby's file included, without a server. Raises `StoreError`.

    Results are told of by a server's own jobs.
    """
    services = build_services(settings.model_copy(update={"result_webhook_url": None}))
    try:
        await services.store.open()
        try:
            await services.store.primary.ping()
            await services.call_store.open()
        except StoreError as error:
            raise named(error, settings) from error
        yield services
    finally:
        await services.interviewer.generations.drain(_DRAIN_S)
        if services.elevenlabs is not None:
            await services.elevenlabs.close()
        await services.call_store.close()
        await services.store.close()
        if services.claude is not None:
            await services.claude.close()
