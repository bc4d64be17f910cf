"""The events of a streamed answer of the Messages API: bytes in, one decoded document for each event out.

Server-sent events, of which the API uses one part: `data` lines that hold JSON, with the kind of event repeated in its
`type`. Names, ids, comments and waits are passed over.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_EVENT_BYTES = 1_000_000
"""Of one event. The longest the API sends repeats a few words, or a page of a report."""
_ENDS = (b"\n", b"\r")


class MessageStream:
    """One stream; its bytes may come in pieces of any size."""

    def __init__(self, loads: Callable[[bytes], Any] = json.loads) -> None:
        self._loads = loads
        self._line = b""
        self._data: list[bytes] = []
        self._held = 0
        self._is_after_cr = False

    def feed(self, piece: bytes) -> Iterator[Any]:
        """The events that end in this piece, each as soon as it is decoded.

        Raises `ValueError` at one that is no JSON, or that does not end within `MOST_EVENT_BYTES`.
        Read it to its end before the next piece is fed.
        """
        if not piece:
            return
        if self._is_after_cr and piece.startswith(b"\n"):
            piece = piece[1:]  # the other half of a line end that was cut in two
        self._is_after_cr = piece.endswith(b"\r")
        lines = (self._line + piece).splitlines(keepends=True)
        self._line = lines.pop() if lines and not lines[-1].endswith(_ENDS) else b""
        for line in lines:
            field = line.rstrip(b"\r\n")
            if field.startswith(b"data:"):
                self._data.append(field[5:])
                self._held += len(field)
            elif not field and self._data:
                data, self._data, self._held = b"\n".join(self._data), [], 0
                yield self._loads(data)
        if len(self._line) + self._held > MOST_EVENT_BYTES:
            raise ValueError("an event without an end")
