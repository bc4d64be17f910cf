"""Deliveries of results, for operators: look at them, send one again, begin again after a pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.delivery import DeliveryStatus, shown
from webhook.errors import MalformedRequest, NotConfigured
from webhook.routes.common import ApiRoute, check_bearer, json_response, services_of
from webhook.routes.sessions import limit_in

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.deliveries import Deliveries


async def list_deliveries(request: Request) -> Response:
    deliveries = _authorised(request)
    query = request.query_params
    status = _status(query.get("status"))
    limit = limit_in(query.get("limit"))
    found, cursor = await deliveries.listed(status, cursor=query.get("cursor") or None, limit=limit)
    paused = await deliveries.paused() or None
    return json_response({"deliveries": [shown(d) for d in found], "nextCursor": cursor, "paused": paused})


async def redeliver(request: Request) -> Response:
    return json_response(shown(await _authorised(request).redeliver(request.path_params["delivery_id"])), 202)


async def resume(request: Request) -> Response:
    return json_response({"resumed": await _authorised(request).resume()}, 202)


def _authorised(request: Request) -> Deliveries:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    if services.deliveries is None:
        raise NotConfigured("results are sent nowhere: RESULT_WEBHOOK_URL is not set")
    return services.deliveries


def _status(text: str | None) -> DeliveryStatus | None:
    if not text:
        return None
    try:
        return DeliveryStatus(text)
    except ValueError:
        raise MalformedRequest(f"status must be one of {', '.join(DeliveryStatus)}") from None


routes = [
    ApiRoute("/api/deliveries", list_deliveries, methods=["GET"], query=("status", "cursor", "limit")),
    ApiRoute("/api/deliveries/resume", resume, methods=["POST"]),
    ApiRoute("/api/deliveries/{delivery_id}/redeliver", redeliver, methods=["POST"]),
]
