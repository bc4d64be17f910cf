"""Whose data a verb is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.errors import RequestError
from webhook.routes.whom import whom_of
from webhook.settings import opened, with_secrets

if TYPE_CHECKING:
    from webhook.privacy.erasure import Whom
    from webhook.settings import Settings


def whom_from(settings: Settings, *, session: str | None, number: str | None, caller: str | None) -> Whom:
    """As `POST /api/exports` takes them. Raises `RequestError` unless exactly one of the three is given."""
    if sum(1 for given in (session, number, caller) if given) != 1:
        raise RequestError("exactly one of --session, --number and --caller says whose data it is about")
    document = {"sessionId": session, "number": number, "caller": caller}
    return whom_of(document, opened(with_secrets(settings).webhook_secret))
