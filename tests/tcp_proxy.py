"""A TCP proxy between two real processes, with faults that can be switched on and off at any time."""

from __future__ import annotations

import asyncio
import socket
import struct
from typing import Self

_PIECE = 65536


class TcpProxy:
    """Forwards bytes to a port of this machine. All faults are off at first; times are seconds, sizes bytes.

    - `latency_s`: each piece is held back so long, in both directions
    - `stalled`: connections stay open and nothing is forwarded
    - `cut_after`: a connection is closed after so many bytes of answers
    - `slice_to`: pieces are cut to this size
    - `bandwidth`: bytes of answers a second
    - `down`: new connections are closed at once; `reset()` breaks those that are open
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        self.latency_s = 0.0
        self.stalled = False
        self.cut_after: int | None = None
        self.slice_to = _PIECE
        self.bandwidth: float | None = None
        self.down = False

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reset(self) -> None:
        """Break every open connection by RST."""
        for writer in list(self._open):
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        if self.down:
            writer.transport.abort()
            return
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self.target_port)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, there_writer}
        ways = [
            asyncio.create_task(self._pump(reader, there_writer, is_answer=False)),
            asyncio.create_task(self._pump(there_reader, writer, is_answer=True)),
        ]
        self._tasks.update(ways)
        try:
            await asyncio.wait(ways)
        finally:
            for way in ways:
                way.cancel()
                self._tasks.discard(way)
            for each in (writer, there_writer):
                self._open.discard(each)
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool) -> None:
        sent = 0
        try:
            while data := await reader.read(self.slice_to):
                await self._hold_back(len(data), is_answer=is_answer)
                sent += len(data)
                if is_answer and self.cut_after is not None and sent > self.cut_after:
                    writer.write(data[: max(0, len(data) - (sent - self.cut_after))])
                    await writer.drain()
                    writer.transport.abort()
                    return
                writer.write(data)
                await writer.drain()
            writer.write_eof()
        except OSError:
            writer.transport.abort()

    async def _hold_back(self, size: int, *, is_answer: bool) -> None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if is_answer and self.bandwidth:
            await asyncio.sleep(size / self.bandwidth)
        while self.stalled:  # noqa: ASYNC110 - a flag that a test sets is plainer than an event
            await asyncio.sleep(0.01)
