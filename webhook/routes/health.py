"""Alive, ready and in figures, for whatever runs the service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from webhook.errors import StoreError
from webhook.routes.common import check_bearer, json_response, services_of

if TYPE_CHECKING:
    from starlette.requests import Request


async def healthz(_: Request) -> Response:
    return json_response({"status": "ok"})


async def readyz(request: Request) -> Response:
    """200 while calls can be served; 503 when neither the store nor its standby can.

    `store` is `ok`, `standby` while calls go on without it, or `down`. `claude` is `scripted`, `ok`, or the models that
    are left alone after failures, with the reason.
    """
    services = services_of(request)
    try:
        await services.store.ping()
        store = "ok" if services.store.is_here else "standby"
    except StoreError:
        store = "down"
    flows = {f.id: {"version": f.version, "hash": f.content_hash} for f in services.library.contents.flows.values()}
    dialogue = services.interviewer.dialogue
    claude = "scripted" if dialogue is None else (dialogue.left_alone() or "ok")
    ready = store != "down"
    content: dict[str, object] = {
        "status": "ready" if ready else "not_ready",
        "store": store,
        "flows": flows,
        "claude": claude,
    }
    if refused := services.library.contents.refused:
        # What the files say now is not in service. Only names: anybody may read this.
        content["refused"] = [f"{Path(f.path).name}:{f.line}: {f.rule}" for f in refused if f.is_error]
    return json_response(content, 200 if ready else 503)


async def metrics(request: Request) -> Response:
    """Figures of this worker in Prometheus' text format."""
    services = services_of(request)
    if services.settings.metrics == "off":
        raise HTTPException(404)
    if services.settings.metrics_need_token:
        check_bearer(request, services.settings.api_token)
    return Response(services.costs.metrics.text(), media_type=CONTENT_TYPE_LATEST)


routes = [
    Route("/healthz", healthz, methods=["GET"]),
    Route("/readyz", readyz, methods=["GET"]),
    Route("/metrics", metrics, methods=["GET"]),
]
