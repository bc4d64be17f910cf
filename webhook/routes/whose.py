"""Whose call a request of any route that takes turns is about, as far as it proves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from webhook.routes.common import services_of
from webhook.settings import opened
from webhook.wire.identity import IDENTITY_HEADERS, find_identity

if TYPE_CHECKING:
    from starlette.requests import Request

    from webhook.wire.identity import Asking, Identity

log_ = structlog.get_logger("webhook.routes.whose")


def identity_of(request: Request, asking: Asking) -> Identity:
    """What the request proves. Ids and tokens that do not count are named in the log by where they stood."""
    services = services_of(request)
    secrets = opened(services.settings.webhook_secret)
    found = find_identity(_headers(request), asking, secrets, services.interviewer.clock())
    if found.contradiction or found.rejected:
        log_.warning(
            "session_id_doubtful",
            conversation_id=found.conversation_id,
            source=found.source,
            rejected=list(found.rejected),
            contradiction=found.contradiction,
        )
    return found


def _headers(request: Request) -> dict[str, str]:
    """One value per name; different values of the same name are joined, and no id or token looks like that."""
    found = {name: request.headers.getlist(name) for name in IDENTITY_HEADERS}
    return {name: ", ".join(dict.fromkeys(values)) for name, values in found.items() if values}
