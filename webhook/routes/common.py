"""What every route needs: the services, a bounded body, a checked secret, one shape of error."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import orjson
import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from webhook.content.findings import closest, with_suggestion
from webhook.errors import Compressed, MalformedRequest, NotConfigured, RequestError, TooLarge, Unauthorized
from webhook.settings import opened
from webhook.wire.identity import bearer_ok
from webhook.wire.limits import read_object

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator

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
_ENCODINGS = frozenset({"br", "compress", "deflate", "gzip", "x-gzip", "zstd"})
"""Of the registry of content codings (IANA, RFC 9110); another word of a stranger's is in no log."""
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,40}")
"""What may be repeated in an error: a stranger's text may not."""


class ApiRoute(Route):
    """A route of the JSON API, with the query parameters it knows: whoever has a right to it is refused any other."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[[Request], Awaitable[Response]],
        *,
        methods: list[str],
        query: Collection[str] = (),
    ) -> None:
        super().__init__(path, endpoint, methods=methods)
        self.query = frozenset(query)


def services_of(request: Request) -> Services:
    services: Services = request.state.services
    return services


def came_at(request: Request) -> float:
    """When the first byte of the request was read, in monotonic seconds; in a busy moment it waits before its route."""
    return float(getattr(request.state, "came_at", None) or time.monotonic())


async def read_body(request: Request, limit: int = TURN_BODY) -> bytes:
    """The body, never more than `limit` bytes of it in memory.

    Raises `TooLarge`, `MalformedRequest` when it is not all there in time (`Services.body_s`) or not plain JSON
    (`Compressed`), and a plain `RequestError` when the client hung up: that is nobody's fault, and the answer reaches nobody.
    """
    try:
        async with asyncio.timeout(services_of(request).body_s):
            body = await _read_body(request, limit)
    except TimeoutError:
        raise MalformedRequest("the body did not come in time") from None
    except ClientDisconnect:
        raise RequestError("the client hung up before its request was complete") from None
    _check_plain(request, body)
    return body


def _check_plain(request: Request, body: bytes) -> None:
    """Raises `Compressed`. Whoever is on the phone cannot be told what is wrong, so the log is."""
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in ("", "identity") or body.lstrip()[:1] in (b"", b"{"):
        return
    kind = encoding if encoding in _ENCODINGS else "unknown"
    services_of(request).compressed.note(route=request.scope["route"].path, kind=kind)
    raise Compressed


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
    """Raises `Unauthorized` unless there is exactly one `Authorization` header and it carries a valid secret.

    Then as `check_query`.
    """
    headers = request.headers.getlist("authorization")
    valid = opened(secrets)
    with refusals_noted(request):
        if not headers:
            raise Unauthorized(reason="missing")
        if len(headers) != 1 or not bearer_ok(headers[0], valid):
            raise Unauthorized
    check_query(request)


def check_query(request: Request) -> None:
    """Raises `MalformedRequest` for a parameter that an `ApiRoute` would ignore: mistyped, or there twice.

    Called where a secret was found right, so that a stranger hears of the secret alone.
    """
    route = request.scope["route"]
    if not isinstance(route, ApiRoute):
        return
    names = [name for name, _ in request.query_params.multi_items()]
    check_names(names, route.query, "query parameter")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise MalformedRequest(f"{twice} is in the query twice")


def check_names(given: Iterable[str], known: Collection[str], kind: str) -> None:
    """Raises `MalformedRequest` that names the first that is not known, and all that are."""
    for name in given:
        if name not in known:
            named = f"{name} is no {kind} here" if _NAME.fullmatch(name) else f"a {kind} is none of those here"
            there_is = f"there is {', '.join(sorted(known))}" if known else "there is none here"
            raise MalformedRequest(with_suggestion(f"{named}; {there_is}", closest(name, known)))


def check_fields(document: dict[str, Any], known: Collection[str]) -> None:
    """The same for a document, where a field that is mistyped and ignored would give or delete more than was meant."""
    check_names(document, known, "field")


@contextmanager
def refusals_noted(request: Request) -> Iterator[None]:
    """Counts an `Unauthorized` by the template of the route; wherever a secret is checked, it is checked within this."""
    try:
        yield
    except Unauthorized as error:
        services_of(request).refusals.note(request.scope["route"].path, error.reason)
        raise


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


def json_response(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status_code=status, media_type="application/json")
