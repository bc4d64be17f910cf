"""One speak call in the making, which may begin before it is known whether its words are wanted.

A draft is asked for while Claude still listens, for the move that the caller's words most likely lead to. It is heard
only if what was decided asks for the very same words, byte for byte; otherwise it is thrown away and nobody has heard
any of it. So it costs tokens at worst, and never a wrong word.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from webhook.dialogue import Spoken
from webhook.interview.cost import Bill, Note, unnoted

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.dialogue import Dialogue
    from webhook.interview.prompt import ModelRequest


class Speaking:
    """The words for `request`, as they are made. Read `pieces` or `drop` it, once."""

    def __init__(self, dialogue: Dialogue, request: ModelRequest, *, note: Note = unnoted) -> None:
        self.request = request
        self.asked_at = time.monotonic()
        self._bill = Bill(note)
        self.spoken = Spoken()
        self._is_read = False
        self._is_dropped = False
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._make(dialogue))

    async def _make(self, dialogue: Dialogue) -> None:
        try:
            async for piece in dialogue.speak(self.request, self.spoken, note=self._bill.note):
                self._pieces.put_nowait(piece)
        finally:
            self._pieces.put_nowait(None)

    def fits(self, request: ModelRequest) -> bool:
        """Whether these are the words of that request, and the model has not failed before the first of them."""
        is_lost = self._task.done() and not self.spoken.text
        return request == self.request and not is_lost

    async def pieces(self) -> AsyncGenerator[str]:
        """As `Dialogue.speak`; how it ended stands in `spoken`."""
        self._is_read = True
        self._bill.close()
        while (piece := await self._pieces.get()) is not None:
            yield piece
        if not self._is_dropped:
            await self._task

    def drop(self) -> None:
        """Hang up on Claude, if it still speaks. Whoever reads the pieces gets those there are.

        What was not read until now was for nothing, and so is what is still to come.
        """
        if not (self._is_read and self._task.done()):
            self._bill.close(wasted=True)
        self._is_dropped = True
        self._task.cancel()
        self._pieces.put_nowait(None)  # its own end does not come if it never began
