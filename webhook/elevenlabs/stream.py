"""An answer of ElevenLabs that is passed on while it comes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from webhook.elevenlabs.failures import failure, log_failure
from webhook.errors import ElevenLabsAnswer, ElevenLabsError, ElevenLabsUnavailable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    import httpx2

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of an answer that is passed on in parts, unless it may have more: ten minutes of the fattest audio have 58
million."""


class Stream:
    """An answer that comes in parts, of which the first is there already. `parts` closes it, or `aclose` does."""

    def __init__(
        self,
        answer: httpx2.Response,
        first: bytes,
        rest: AsyncIterator[bytes],
        *,
        silence_s: float,
        until: float,
        largest: int,
    ) -> None:
        self._answer = answer
        self._first = first
        self._rest = rest
        self._silence_s = silence_s
        self._until = until
        self._largest = largest

    @classmethod
    async def begun(cls, answer: httpx2.Response, *, silence_s: float, until: float, largest: int = LARGEST) -> Stream:
        rest = answer.aiter_bytes()
        first: bytes | None = b""
        while first == b"":
            first = await anext(rest, None)
        if first is None:
            raise ElevenLabsAnswer("ElevenLabs answered with nothing")
        return cls(answer, first, rest, silence_s=silence_s, until=until, largest=largest)

    async def parts(self) -> AsyncGenerator[bytes]:
        """Raises `ElevenLabsError` when the answer ends before it is whole."""
        part: bytes | None = self._first
        size = 0
        try:
            while part is not None:
                size += len(part)
                if size > self._largest:
                    raise ElevenLabsAnswer("ElevenLabs answered with more than it ever should")
                yield part
                part = await self._next()
        except ElevenLabsError as error:
            log_failure(self._answer.request.method, error)
            raise
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Hang up, if the answer is not over."""
        await self._answer.aclose()

    async def _next(self) -> bytes | None:
        import httpx2  # noqa: PLC0415 - loaded by now, in a thread

        failed: ElevenLabsError
        try:
            async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + self._silence_s, self._until)):
                return await anext(self._rest, None)
        except TimeoutError:
            failed = ElevenLabsUnavailable("ElevenLabs stopped in the middle of its answer")
        except httpx2.HTTPError as error:
            failed = failure(error)
        raise failed
