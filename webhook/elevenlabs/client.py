"""The client: one key, one pool of connections, and every failure made an error of the `ElevenLabsError` tree.

The key, signed URLs and tokens are in no error, log line or repr.

The HTTP client takes a while to import, so it is made on first use, in a thread.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, BinaryIO, Final, Literal, TypeVar

import orjson
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from webhook.elevenlabs.failures import NeverSent, failure, log_failure
from webhook.elevenlabs.problems import json_of, problem_of, refused
from webhook.elevenlabs.stream import LARGEST as LONGEST
from webhook.elevenlabs.stream import Stream
from webhook.errors import ElevenLabsAnswer, ElevenLabsError, ElevenLabsNotFound, ElevenLabsUnavailable, InvalidState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    import httpx2
    from pydantic import SecretStr

    Take = Callable[[httpx2.Response], Awaitable["Read"]]

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer, unpacked. The transcript of the longest call (two hours) has about one million."""

Method = Literal["GET", "POST", "PATCH", "DELETE"]
Read = TypeVar("Read")
_JSON: Final = {"content-type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long to wait for ElevenLabs, in seconds."""

    connect_s: float = 3.0
    """A connection takes a tenth of a second from the other side of the world; a lost packet is sent again after one."""
    silence_s: float = 6.0
    """The longest wait for the next bytes. Their answers are small and take well under a second."""
    total_s: float = 15.0
    """All tries of one call together: a person looks at a start button meanwhile."""
    first_s: float = 15.0
    """All tries of a streamed answer together, until its first bytes; `silence_s` holds between the later ones."""
    tries: int = 3
    first_wait_s: float = 0.3
    """Before the second try; twice as long before each further one."""


PATIENT: Final = Patience()


@dataclass(frozen=True, kw_only=True)
class Form:
    """A body of fields and one file, which is read piece by piece as it is sent."""

    fields: Mapping[str, str] = field(repr=False)
    file: BinaryIO = field(repr=False)
    media_type: str


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """One call, as it is sent each time."""

    method: Method
    path: str
    query: Mapping[str, str]
    body: Mapping[str, Any] | Form | None
    patience: Patience
    total_s: float
    read_s: float

    def request(self, http: httpx2.AsyncClient) -> httpx2.Request:
        import httpx2  # noqa: PLC0415 - loaded by now, in a thread

        sent: dict[str, Any]
        if isinstance(self.body, Form):
            # Its own name may be that of a person; a file without any would be taken for a field.
            sent = {"data": self.body.fields, "files": {"file": ("audio", self.body.file, self.body.media_type)}}
        else:
            sent = {"content": None if self.body is None else orjson.dumps(self.body), "headers": _JSON}
        timeout = httpx2.Timeout(self.read_s, connect=self.patience.connect_s)
        return http.build_request(self.method, self.path, params=self.query, timeout=timeout, **sent)


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
        body: Mapping[str, Any] | Form | None = None,
        patience: Patience | None = None,
        may_be_missing: bool = False,
    ) -> Read:
        """What `read` makes of the answer, after as many tries as may be of use.

        Only a GET is sent twice, and what never arrived: anything else could happen twice. `may_be_missing`: that
        something is not there is what the caller wants to know, and no failure to be logged.
        """

        async def whole(answer: httpx2.Response) -> Read:
            return read(self._document(answer.status_code, answer.headers, await _read(answer)))

        patience = patience or self._patience
        asked = _Asked(
            method=method,
            path=path,
            query=query or {},
            body=body,
            patience=patience,
            total_s=patience.total_s,
            read_s=patience.silence_s,
        )
        return await self._answered(asked, whole, may_be_missing=may_be_missing)

    async def delete(self, path: str) -> None:
        """Whatever is answered, unless it is a refusal; what is not there is one that nobody need be told of."""

        async def taken(answer: httpx2.Response) -> None:
            self._refuse(answer.status_code, answer.headers, await _read(answer))

        patience = self._patience
        asked = _Asked(
            method="DELETE",
            path=path,
            query={},
            body=None,
            patience=patience,
            total_s=patience.total_s,
            read_s=patience.silence_s,
        )
        await self._answered(asked, taken, may_be_missing=True)

    async def stream(
        self,
        path: str,
        check: Callable[[str], None],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        largest: int = LONGEST,
        patience: Patience | None = None,
    ) -> Stream:
        """The answer to a POST (a GET without `body`) from its first bytes on, and at most `largest` of them.

        What fails before them is an error here, as with `ask`. `check` gets its media type, and raises what is wrong
        with it.
        """
        patience = patience or self._patience
        until = asyncio.get_running_loop().time() + patience.total_s

        async def begun(answer: httpx2.Response) -> Stream:
            self._refuse(answer.status_code, answer.headers, b"" if answer.is_success else await _read(answer))
            check(answer.headers.get("content-type", "").lower())
            return await Stream.begun(answer, silence_s=patience.silence_s, until=until, largest=largest)

        asked = _Asked(
            method="GET" if body is None else "POST",
            path=path,
            query=query or {},
            body=body,
            patience=patience,
            total_s=patience.first_s,
            read_s=max(patience.first_s, patience.silence_s),
        )
        return await self._answered(asked, begun)

    async def _answered(self, asked: _Asked, take: Take[Read], *, may_be_missing: bool = False) -> Read:
        failed: ElevenLabsError | None = None
        try:
            async with asyncio.timeout(asked.total_s):
                return await self._tried(asked, take)
        except TimeoutError:
            failed = ElevenLabsUnavailable("ElevenLabs did not answer in time")
        except ElevenLabsError as error:
            failed = error
        if not (may_be_missing and isinstance(failed, ElevenLabsNotFound)):
            log_failure(asked.method, failed)
        raise failed

    async def _tried(self, asked: _Asked, take: Take[Read]) -> Read:
        first_s = asked.patience.first_wait_s
        waits = wait_exponential_jitter(multiplier=first_s, jitter=first_s)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome is not None else None
            told = error.retry_after_s if isinstance(error, ElevenLabsError) else None
            return waits(state) if told is None else told

        def is_worth_it(error: BaseException) -> bool:
            if isinstance(error, NeverSent):
                return True
            return asked.method == "GET" and isinstance(error, ElevenLabsError) and error.retryable

        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(asked.patience.tries) | stop_before_delay(asked.total_s),
            wait=wait,
            retry=retry_if_exception(is_worth_it),
            reraise=True,
        ):
            with attempt:
                return await self._once(asked, take)
        raise InvalidState("tenacity ended without a result")

    async def _once(self, asked: _Asked, take: Take[Read]) -> Read:
        http = await self._client()
        import httpx2  # noqa: PLC0415 - loaded by now, in a thread

        failed: ElevenLabsError
        try:
            answer = await http.send(asked.request(http), stream=True)
            try:
                return await take(answer)
            except BaseException:  # even a cancelled call gives its connection back
                await answer.aclose()
                raise
        # Raised again outside: the library's error holds the request, and the request the key.
        except httpx2.HTTPError as error:
            failed = failure(error)
        raise failed

    def _refuse(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        if not HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            raise refused(problem_of(status, content, self._api_key.get_secret_value()), headers)

    def _document(self, status: int, headers: Mapping[str, str], content: bytes) -> dict[str, Any]:
        self._refuse(status, headers, content)
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
            headers={"xi-api-key": self._api_key.get_secret_value(), "user-agent": "voice-interviewer"},
            follow_redirects=False,  # the key would go along
            http2=False,
        )


async def _read(answer: httpx2.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise ElevenLabsAnswer("ElevenLabs answered with more than it ever should")
        parts.append(part)
    return b"".join(parts)
