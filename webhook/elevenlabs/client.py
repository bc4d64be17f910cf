"""The client: one key, one pool of connections, and every failure made an error of the `ElevenLabsError` tree.

The key, signed URLs and tokens are in no error, log line or repr.

The HTTP client takes a while to import, so it is made on first use, in a thread.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

import orjson
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from webhook.elevenlabs.problems import Problem, json_of, problem_of, refused
from webhook.errors import ElevenLabsAnswer, ElevenLabsError, ElevenLabsUnavailable, InvalidState

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2
    from pydantic import SecretStr

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer, unpacked. The transcript of the longest call (two hours) has about one million."""

Method = Literal["GET", "POST", "PATCH"]
Read = TypeVar("Read")
log_ = structlog.get_logger("webhook.elevenlabs")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for ElevenLabs, in seconds."""

    connect_s: float = 3.0
    """A connection takes a tenth of a second from the other side of the world; a lost packet is sent again after one."""
    silence_s: float = 6.0
    """The longest wait for the next bytes. Their answers are small and take well under a second."""
    total_s: float = 15.0
    """All tries of one call together: a person looks at a start button meanwhile."""
    tries: int = 3
    first_wait_s: float = 0.3
    """Before the second try; twice as long before each further one."""


PATIENT: Final = Patience()


class ElevenLabs:
    """One key and one pool of connections."""

    def __init__(self, *, api_key: SecretStr, base_url: str, patience: Patience = PATIENT) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._patience = patience
        self._loading: asyncio.Task[httpx2.AsyncClient] | None = None
        self._is_closed = False

    async def close(self) -> None:
        """Give back the connections."""
        self._is_closed = True
        if self._loading is not None:
            with suppress(Exception):  # it never was there
                await (await self._loading).aclose()

    async def ask(
        self,
        method: Method,
        path: str,
        read: Callable[[dict[str, Any]], Read],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Read:
        """What `read` makes of the answer, after as many tries as may be of use.

        Only a GET is sent twice, and what never arrived: anything else could happen twice.
        """
        failed: ElevenLabsError | None = None
        try:
            async with asyncio.timeout(self._patience.total_s):
                return read(await self._tried(method, path, query or {}, None if body is None else orjson.dumps(body)))
        except TimeoutError:
            failed = ElevenLabsUnavailable("ElevenLabs did not answer in time")
        except ElevenLabsError as error:
            failed = error
        status = failed.problem.status if isinstance(failed.problem, Problem) else None
        log_.warning("elevenlabs_failed", method=method, code=failed.code, status=status)
        raise failed

    async def _tried(self, method: Method, path: str, query: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
        waits = wait_exponential_jitter(multiplier=self._patience.first_wait_s, jitter=self._patience.first_wait_s)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome is not None else None
            asked = error.retry_after_s if isinstance(error, ElevenLabsError) else None
            return waits(state) if asked is None else asked

        def is_worth_it(error: BaseException) -> bool:
            if isinstance(error, _NeverSent):
                return True
            return method == "GET" and isinstance(error, ElevenLabsError) and error.retryable

        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(self._patience.tries) | stop_before_delay(self._patience.total_s),
            wait=wait,
            retry=retry_if_exception(is_worth_it),
            reraise=True,
        ):
            with attempt:
                return await self._once(method, path, query, body)
        raise InvalidState("tenacity ended without a result")

    async def _once(self, method: Method, path: str, query: Mapping[str, str], body: bytes | None) -> dict[str, Any]:
        http = await self._client()
        import httpx2  # noqa: PLC0415 - loaded by now, in a thread

        failed: ElevenLabsError
        try:
            async with http.stream(method, path, params=query, content=body) as answer:
                content = await _read(answer)
                return self._document(answer.status_code, answer.headers, content)
        # Raised again outside: the library's error holds the request, and the request the key.
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout):
            failed = _NeverSent("ElevenLabs cannot be reached")
        except httpx2.TimeoutException:
            failed = ElevenLabsUnavailable("ElevenLabs did not answer in time")
        except httpx2.DecodingError:
            failed = ElevenLabsAnswer("ElevenLabs answered with something that cannot be unpacked")
        except httpx2.HTTPError:
            failed = ElevenLabsUnavailable("the connection to ElevenLabs broke")
        raise failed

    def _document(self, status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise refused(problem_of(status, content, self._api_key.get_secret_value()), headers)
        document = json_of(content)
        if not isinstance(document, dict):
            raise ElevenLabsAnswer("ElevenLabs answered with something that is no JSON object")
        return document

    async def _client(self) -> httpx2.AsyncClient:
        if self._is_closed:
            raise InvalidState("this client of ElevenLabs is closed")
        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(self._made))
        return await asyncio.shield(self._loading)

    def _made(self) -> httpx2.AsyncClient:
        import httpx2  # noqa: PLC0415 - on first use, in a thread

        return httpx2.AsyncClient(
            base_url=self._base_url,
            headers={
                "xi-api-key": self._api_key.get_secret_value(),
                "content-type": "application/json",
                "user-agent": "voice-interviewer",
            },
            timeout=httpx2.Timeout(self._patience.silence_s, connect=self._patience.connect_s),
            follow_redirects=False,  # the key would go along
            http2=False,
        )


class _NeverSent(ElevenLabsUnavailable):
    """ElevenLabs cannot be reached."""


async def _read(answer: httpx2.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise ElevenLabsAnswer("ElevenLabs answered with more than it ever should")
        parts.append(part)
    return b"".join(parts)
