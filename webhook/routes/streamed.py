"""A response in parts, at less cost than the framework's own.

The head leaves at once. A part that is the last closes the response in the same write, and a client that hangs up
ends the writing wherever it is.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

import structlog
from starlette.responses import Response

from webhook import log

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import Receive, Scope, Send

log_ = structlog.get_logger("webhook.http")


class Write(Protocol):
    """Sends a part; nothing may follow the one that is `last`."""

    async def __call__(self, part: bytes, *, last: bool = False) -> None: ...


class Streamed(Response):
    """Status 200 and whatever `body` writes; it is cancelled when the client hangs up."""

    def __init__(
        self, body: Callable[[Write], Awaitable[None]], *, media_type: str, headers: Mapping[str, str] | None = None
    ) -> None:
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers(headers)
        self._write_body = body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        async def write(part: bytes, *, last: bool = False) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": not last})

        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        ours = asyncio.current_task()
        watch = asyncio.create_task(_hung_up(receive))
        is_cut, is_over = False, False

        def cut(watch: asyncio.Task[None]) -> None:
            nonlocal is_cut
            if not watch.cancelled() and (error := watch.exception()) is not None:
                log_.warning("request_not_watched", where=log.where(error))
            if ours is not None and not is_over:
                is_cut = ours.cancel()

        watch.add_done_callback(cut)
        try:
            await self._write_body(write)
        except asyncio.CancelledError:
            # Not only the client's hanging up may have cancelled this task: then the end goes on upwards.
            if not is_cut or ours is None or ours.uncancel() > 0:
                raise
        finally:
            is_over = True
            watch.remove_done_callback(cut)
            watch.cancel()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
