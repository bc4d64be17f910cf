"""What every route needs: the services, a bounded body, a checked secret, one shape of error."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from webhook.errors import MalformedRequest, NotConfigured, RequestError, TooLarge, Unauthorized
from webhook.settings import opened
from webhook.wire.identity import bearer_ok
from webhook.wire.limits import read_object

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import SecretStr
    from starlette.requests import Request

    from webhook.elevenlabs.client import ElevenLabs
    from webhook.services import Services

TURN_BODY = 6 * 1024 * 1024
"""Bytes of a turn request. A talk of 2,000 messages has about 200 KB; a platform that writes ten times as much into
each of them must not lose its call for it."""
SMALL_BODY = 64 * 1024
"""Bytes of a document with some ids in it."""
PERSONA_ID = ("personaId", "persona_id", "therapistId", "therapist_id")
"""The names under which a document may tell its persona."""
log_ = structlog.get_logger("webhook.http")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~:-]{0,127}")


def services_of(request: Request) -> Services:
    services: Services = request.state.services
    return services


def came_at(request: Request) -> float:
    """When the first byte of the request was read, in monotonic seconds; in a busy moment it waits before its route."""
    return float(getattr(request.state, "came_at", None) or time.monotonic())


async def read_body(request: Request, limit: int = TURN_BODY) -> bytes:
    """The body, never more than `limit` bytes of it in memory.

    Raises `TooLarge`, `MalformedRequest` when it is not all there in time (`Services.body_s`), and a plain
    `RequestError` when the client hung up: that is nobody's fault, and the answer reaches nobody.
    """
    try:
        async with asyncio.timeout(services_of(request).body_s):
            return await _read_body(request, limit)
    except TimeoutError:
        raise MalformedRequest("the body did not come in time") from None
    except ClientDisconnect:
        raise RequestError("the client hung up before its request was complete") from None


async def _read_body(request: Request, limit: int) -> bytes:
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > limit:
        raise TooLarge(f"the body is larger than {limit} bytes")
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge(f"the body is larger than {limit} bytes")
        parts.append(part)
    return b"".join(parts)


async def read_document(request: Request) -> dict[str, Any]:
    """The body as a JSON object. Raises `MalformedRequest`."""
    return read_object(await read_body(request))


async def read_small_document(request: Request) -> dict[str, Any]:
    """The same where all of it may be left out, and there is little in it. Raises `MalformedRequest` and `TooLarge`."""
    body = await read_body(request, SMALL_BODY)
    return read_object(body) if body.strip() else {}


def elevenlabs_of(services: Services) -> ElevenLabs:
    """Raises `NotConfigured` where there is no key."""
    if services.elevenlabs is None:
        raise NotConfigured("ELEVENLABS_API_KEY is not set")
    return services.elevenlabs


def check_bearer(request: Request, secrets: Iterable[SecretStr]) -> None:
    """Raises `Unauthorized` unless there is exactly one `Authorization` header and it carries a valid secret."""
    headers = request.headers.getlist("authorization")
    valid = opened(secrets)
    if len(headers) != 1 or not bearer_ok(headers[0], valid):
        raise Unauthorized


def wants_private(request: Request, session_id: str | None = None) -> bool:
    """Whether values that are private to the caller are to be shown (`?private=show`), which is noted in the log.

    Only for routes that the operators' token opens and nothing else: the token is the right to see them, an invite
    never is. Raises `MalformedRequest` for another wish.
    """
    wish = request.query_params.get("private")
    if not wish:
        return False
    if wish != "show":
        raise MalformedRequest("private must be show, or left out: then private values are masked")
    log_.info("private_shown", session_id=session_id, route=request.url.path)
    return True


def caller_of(request: Request) -> str:
    """A name for whoever has the secret of this request, which does not tell the secret."""
    return hashlib.sha256(request.headers.get("authorization", "").encode()).hexdigest()[:16]


def text_field(document: dict[str, Any], *names: str) -> str | None:
    """The first of these fields that holds text. Raises `MalformedRequest` when one holds something else."""
    for name in names:
        value = document.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            raise MalformedRequest(f"{name} must be text")
        return value
    return None


def is_id(value: object) -> bool:
    """Whether something may be used as a session id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def json_response(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")
