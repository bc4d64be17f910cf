"""Everything that is held about one caller or of one session, for operators to hand over."""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

import structlog
from starlette.responses import StreamingResponse

from webhook.privacy.archive import PIECE
from webhook.routes.common import ApiRoute, check_bearer, read_small_document, services_of
from webhook.routes.whom import whom_of
from webhook.settings import opened

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request
    from starlette.responses import Response

log_ = structlog.get_logger("webhook.privacy.exports")


async def make_export(request: Request) -> Response:
    """The log tells that it was asked for, by the request's id, and never of whom."""
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    whom = whom_of(await read_small_document(request), opened(services.settings.webhook_secret))
    log_.info("export_asked", kind="caller" if whom.session_id is None else "session")
    found = await services.exports.find(whom)
    file = await services.exports.made(found)
    size = os.fstat(file.fileno()).st_size
    log_.info("export_made", count=len(found.began), bytes_out=size)
    headers = {
        "content-length": str(size),
        "content-disposition": f'attachment; filename="{file_name(found.at)}"',
        "cache-control": "no-store",
    }
    return StreamingResponse(_pieces(file), media_type="application/zip", headers=headers)


def file_name(at: float) -> str:
    """Made of the time only: whose data it is must not end in a list of downloads."""
    return f"export-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}.zip"


async def _pieces(file: IO[bytes]) -> AsyncGenerator[bytes]:
    with file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


routes = [ApiRoute("/api/exports", make_export, methods=["POST"])]
