"""One HTTP connection, with the limits that uvicorn's own lacks: how long a request's head may take, how big it is.

A socket that says nothing, half a head or a body nobody reads would stay open for ever, and a head may grow to any
size. How long a body may take and how big it may be is in `routes.common`: only a route knows what it wants to read.
Loaded together with uvicorn, behind the open port.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

HEAD_S = 5.0
"""From the first byte of a request, or from a new connection, to the end of the head."""
LINGER_S = 1.0
"""How long the rest of a request is thrown away after its answer."""
HEAD_BYTES = 16 * 1024
"""The request line and all header fields; the platform's have about one kilobyte."""
FIELD_BYTES = 32
"""What a field counts beyond its name and value, as in HTTP/2 (RFC 9113, 6.5.2): many small ones cost time, too."""
MOST_AHEAD = 16
"""Requests that may wait on one connection; a stranger could send thousands in one piece."""
UNREAD_S = 30.0
"""How long a peer may leave its answer unread while there is more to send."""
_UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:", re.IGNORECASE)


class EdgeProtocol(HttpToolsProtocol):
    """uvicorn's protocol on httptools; one is made for each connection."""

    head_s = HEAD_S
    linger_s = LINGER_S
    unread_s = UNREAD_S
    _unread: asyncio.TimerHandle | None = None
    _patience: asyncio.TimerHandle | None = None
    _is_in_message = False
    _is_in_head = False
    #: Bytes of the head so far, as they were parsed, and as they came.
    _parsed = 0
    _came = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's own
        super().connection_made(transport)
        self._close_after(self.head_s)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        self._is_read()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        was_in_head = self._is_in_head
        if was_in_head or not self._is_in_message:
            data = _without_upgrade(data)
        super().data_received(data)
        if self._is_in_head and not self.transport.is_closing():
            # One field may be too long by itself: it is counted before it is parsed.
            self._came = self._came + len(data) if was_in_head else len(data)
            if self._came > HEAD_BYTES:
                self.send_400_response("The head of the request is too large.")
        elif not self._is_in_message and self._is_idle():
            self._close_after(self.head_s)  # blank lines between requests, which end uvicorn's own waiting

    def pause_writing(self) -> None:
        super().pause_writing()
        # Not `close`: that would wait for what nobody reads.
        self._unread = self.loop.call_later(self.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    # What the parser finds. An error here ends the connection with a 400.

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MOST_AHEAD:
            raise ValueError("too many requests were sent ahead")
        self._is_in_message = self._is_in_head = True
        self._parsed = 0
        self._close_after(self.head_s)
        super().on_message_begin()
        self.scope["state"]["came_at"] = time.monotonic()

    def on_url(self, url: bytes) -> None:
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._count(len(name) + len(value) + FIELD_BYTES)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._is_in_message = False
        self._stop_waiting()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_in_message and self.cycle.response_complete:
            # Answered before the request was all there. Nobody reads the rest, but a socket that is closed with bytes
            # unread takes the answer with it.
            self._close_after(self.linger_s)

    def _count(self, size: int) -> None:
        self._parsed += size
        if self._parsed > HEAD_BYTES:
            raise ValueError("the head is too large")

    def _unsupported_upgrade_warning(self) -> None:
        """An upgrade that `_without_upgrade` did not see: its body would be read as the next request."""
        self.send_400_response("Upgrades are not supported.")

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _is_idle(self) -> bool:
        return (self.cycle is None or self.cycle.response_complete) and self.timeout_keep_alive_task is None

    def _close_after(self, seconds: float) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(seconds, self.transport.close)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def _without_upgrade(data: bytes) -> bytes:
    """A head whose wish to upgrade is ignored, as a server may (RFC 9110, 7.8): the parser would skip the body.

    Java's HTTP client and `curl --http2` wish for HTTP/2 in the first request on each connection.
    """
    head, end, rest = data.partition(b"\r\n\r\n")
    return _UPGRADE.sub(b"\r\nx-upgrade:", head) + end + rest
