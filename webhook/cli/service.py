"""The service's own parts in a verb: on all the stores that a server uses, without a server."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from webhook.cli.records import named
from webhook.errors import StoreError
from webhook.services import build_services

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.services import Services
    from webhook.settings import Settings

_DRAIN_S = 1.0
"""For what goes on behind a verb that has its answer."""


@asynccontextmanager
async def opened_services(settings: Settings, *, drain_s: float = _DRAIN_S) -> AsyncGenerator[Services]:
    """With the standby's file, which may hold what nothing else does. Raises `StoreError`.

    Results are told of by a server's own jobs.
    """
    services = build_services(settings.model_copy(update={"result_webhook_url": None}))
    try:
        await services.store.open()
        try:
            await services.store.primary.ping()
            await services.call_store.open()
            await services.expiry.restore(services.call_store, services.store)
        except StoreError as error:
            raise named(error, settings) from error
        yield services
    finally:
        await services.interviewer.generations.drain(drain_s)
        await services.close()
