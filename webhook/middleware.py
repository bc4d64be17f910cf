"""Pure ASGI round every request: a request id, safe headers, a last resort, cross-origin rules where allowed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from uuid import uuid4

import orjson
import structlog
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response

from webhook import log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_CROSS_ORIGIN = ("/api/register-session", "/api/first-message", "/api/therapist-response")
_VOICE = re.compile(r"/api/v1/interviews/[^/]+/voice/(?:start|status|end)")
_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_NO_STORE = (b"cache-control", b"no-store")
log_ = structlog.get_logger("webhook.http")


class RequestContext:
    """Gives each request an id, in every log line and in the answer's `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = [*message["headers"], (b"x-request-id", request_id.encode("latin-1")), _NO_SNIFFING]
                if all(name != b"cache-control" for name, _ in headers):
                    headers.append(_NO_STORE)
                message["headers"] = headers
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            log_.error("request_failed", route=scope["path"][:100], where=log.where(error))
            if started:
                raise
            await error_response("internal_error", "internal error", request_id, 500)(scope, receive, send_with_headers)


class CrossOrigin:
    """CORS for the few routes a browser calls, with exactly the origins that were named; none for all others."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        headers = ["authorization", "content-type"]
        self.open = CORSMiddleware(app, allow_origins=origins, allow_methods=["POST"], allow_headers=headers)
        self.voice = CORSMiddleware(
            app, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=[*headers, "idempotency-key"]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app_for(scope)(scope, receive, send)

    def _app_for(self, scope: Scope) -> ASGIApp:
        if scope["type"] != "http":
            return self.app
        if _VOICE.fullmatch(scope["path"]):
            return self.voice
        return self.open if scope["path"] in _CROSS_ORIGIN else self.app


def error_response(code: str, message: str, request_id: str | None, status: int) -> Response:
    """The one shape of an error of the JSON API."""
    content = {"error": {"code": code, "message": message, "request_id": request_id}}
    return Response(orjson.dumps(content), status, media_type="application/json")


def current_request_id() -> str | None:
    request_id: str | None = structlog.contextvars.get_contextvars().get("request_id")
    return request_id


def _request_id(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            given = value.decode("latin-1")
            if _REQUEST_ID.fullmatch(given):
                return str(given)
    return f"req-{uuid4().hex[:16]}"
