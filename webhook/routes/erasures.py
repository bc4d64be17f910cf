"""Erasing what is held of a session or of a caller, for operators: ask for it, and see how far it has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.errors import MalformedRequest
from webhook.privacy.erasure import ErasureStatus, shown
from webhook.routes.common import ApiRoute, check_bearer, json_response, read_small_document, services_of
from webhook.routes.sessions import limit_in
from webhook.routes.whom import whom_of
from webhook.settings import opened

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.services import Services


async def erase(request: Request) -> Response:
    """202: it is written down, and what was known of one session is gone from here; the rest goes on by itself."""
    services = _authorised(request)
    whom = whom_of(await read_small_document(request), opened(services.settings.webhook_secret))
    return json_response(shown(await services.erasures.ask(whom)), 202)


async def list_erasures(request: Request) -> Response:
    services = _authorised(request)
    query = request.query_params
    limit = limit_in(query.get("limit"))
    status = _status(query.get("status"))
    found, cursor = await services.erasures.listed(status, cursor=query.get("cursor") or None, limit=limit)
    return json_response({"erasures": [shown(each) for each in found], "nextCursor": cursor})


async def one_erasure(request: Request) -> Response:
    services = _authorised(request)
    return json_response(shown(await services.erasures.find(request.path_params["erasure_id"])))


def _authorised(request: Request) -> Services:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    return services


def _status(text: str | None) -> ErasureStatus | None:
    if text and text not in list(ErasureStatus):
        raise MalformedRequest(f"status must be one of {', '.join(ErasureStatus)}")
    return ErasureStatus(text) if text else None


routes = [
    ApiRoute("/api/erasures", erase, methods=["POST"]),
    ApiRoute("/api/erasures", list_erasures, methods=["GET"], query=("status", "cursor", "limit")),
    ApiRoute("/api/erasures/{erasure_id}", one_erasure, methods=["GET"]),
]
