"""What the interviews of one flow come to, for operators."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import Response

from webhook.errors import MalformedRequest
from webhook.interview.summary_page import POLICY, page
from webhook.routes.common import ApiRoute, check_bearer, json_response, services_of
from webhook.summaries import summarise, wanted_of

if TYPE_CHECKING:
    from starlette.requests import Request


async def summary_of_flow(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    query = request.query_params
    form = query.get("format", "json")
    if form not in ("json", "html"):
        raise MalformedRequest("format must be json or html")
    wanted = wanted_of(
        from_=query.get("from"), to=query.get("to"), version=query.get("version"), least=query.get("least")
    )
    # In a thread, for an old version is read from the disk.
    flow = await asyncio.to_thread(services.library.numbered, request.path_params["flow_id"], wanted.version)
    now = services.interviewer.clock()
    made = await summarise(services.store, flow, wanted, now=now, prices=services.costs.prices)
    if form == "json":
        return json_response(made)
    return Response(page(made), media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": POLICY})


routes = [
    ApiRoute(
        "/api/flows/{flow_id}/summary",
        summary_of_flow,
        methods=["GET"],
        query=("from", "to", "version", "least", "format"),
    )
]
