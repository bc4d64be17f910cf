"""What ElevenLabs sends after a call. It is acknowledged once it is kept; what follows from it happens afterwards.

ElevenLabs sends a transcript again after 408, 429 and 5xx, and after nothing else; so these are the answers where
another try may go better.
"""

from __future__ import annotations

import asyncio
import io
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Final

import structlog
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from webhook.errors import NotConfigured, RequestError, TooLarge, TooSlow
from webhook.recordings import IN_MEMORY
from webhook.routes.common import json_response, refusals_noted, services_of
from webhook.settings import opened
from webhook.wire.agent import EVENTS_PATH
from webhook.wire.limits import read_object
from webhook.wire.post_call import parse_event, type_of
from webhook.wire.webhook_signature import HEADER, SignatureCheck

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.interview.told import Event
    from webhook.services import Services

LEAST_PER_S: Final = 500_000
"""Bytes a second. A recording comes from a data centre; through a tunnel on a home line it is still twice as fast as
this. So the longest recording has the minutes it needs, and whoever sends a byte now and then has ten seconds."""
_BATCH = 1024 * 1024
log_ = structlog.get_logger("webhook.webhooks")


async def events(request: Request) -> Response:
    services = services_of(request)
    secrets = opened(services.settings.elevenlabs_webhook_secret)
    if not secrets:
        raise NotConfigured("ELEVENLABS_WEBHOOK_SECRET is not set")
    headers = request.headers.getlist(HEADER)
    with refusals_noted(request):
        check = SignatureCheck(headers[0] if len(headers) == 1 else None, secrets, services.interviewer.clock())
    async with _received(request, services, check) as body:
        unpacked = await asyncio.to_thread(services.calls.recordings.unpack, body)
    await services.calls.take(partial(_event, unpacked.envelope), unpacked)
    return json_response({"received": True})


def _event(envelope: bytes) -> Event | None:
    document = read_object(envelope)
    event = parse_event(document)
    if event is None:
        log_.info("webhook_ignored", kind=type_of(document))
    else:
        log_.info("webhook_received", kind=event.kind.value, conversation_id=event.conversation_id)
    return event


@asynccontextmanager
async def _received(request: Request, services: Services, check: SignatureCheck) -> AsyncGenerator[IO[bytes]]:
    """The whole body, in memory or on the disk, once its signature was found right."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(services.calls.recordings.door())
        try:
            async with asyncio.timeout(services.body_s) as patience:
                body = await _read(request, services, check, patience, stack)
        except TimeoutError:
            raise TooSlow("the body did not come in time") from None
        except ClientDisconnect:
            raise RequestError("the client hung up before its request was complete") from None
        with refusals_noted(request):
            check.finish()
        yield body


async def _read(
    request: Request, services: Services, check: SignatureCheck, patience: asyncio.Timeout, stack: AsyncExitStack
) -> IO[bytes]:
    recordings, loop_time = services.calls.recordings, asyncio.get_running_loop().time
    length = request.headers.get("content-length", "")
    _check_size(int(length) if length.isdigit() else 0, recordings.most_body)
    file: IO[bytes] | None = None
    batch = bytearray()
    begun, size = loop_time(), 0
    async for part in request.stream():
        size += len(part)
        _check_size(size, recordings.most_body)
        check.feed(part)
        batch += part
        if file is None and size > IN_MEMORY:
            patience.reschedule(None)  # while we wait for ourselves, the sender is not late
            before = loop_time()
            await stack.enter_async_context(recordings.slot())
            file = await asyncio.to_thread(recordings.scratch)
            stack.push_async_callback(asyncio.to_thread, recordings.close, file)
            begun += loop_time() - before
        if file is not None and len(batch) >= _BATCH:
            await asyncio.to_thread(recordings.write, file, bytes(batch))
            batch.clear()
        patience.reschedule(begun + services.body_s + size / LEAST_PER_S)
    if file is None:
        return io.BytesIO(batch)
    await asyncio.to_thread(recordings.write, file, bytes(batch))
    return file


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge(f"the body is larger than {most} bytes")


routes = [Route(EVENTS_PATH, events, methods=["POST"])]
