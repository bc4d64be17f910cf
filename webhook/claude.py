"""Claude over the Messages API: the only module that knows the Anthropic SDK.

`ModelRequest` values go in; text and token counts come out, or an error of the `ModelError` tree. Nothing is retried
here and no wall clock watches the text of a stream: the caller's deadlines do both.

The SDK takes most of a second and 40 MB to import, so it is loaded on first use, in a thread. Wire facts are those of
SDK 2.11 and API version 2026-10-21: no sampling parameters, no prefill, JSON by `output_config.format`.

Of the SDK we use its HTTP client, its address, its headers (key, API version, platform) and its error classes, and not
its resource methods: building options, checking them and making a pydantic model of each event took two thirds of the
CPU of a call. The headers are asked for once, requests are encoded and answers decoded by orjson.
"""

from __future__ import annotations

import asyncio
import math
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import orjson

from webhook.errors import (
    InvalidState,
    ModelError,
    ModelOverloaded,
    ModelRefused,
    ModelTimeout,
    ModelTrouble,
    ModelUnavailable,
    WebhookError,
)
from webhook.interview.cost import Call, Note, Usage, unnoted
from webhook.wire.message_stream import MessageStream

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence

    import anthropic
    import httpx2

    from webhook.interview.prompt import Block, ModelMessage, ModelRequest

CONNECT_S: Final = 1.0
# Until there is a connection, one of the pool or a new one; the transport has no limit of its own for writing.
POOL_S: Final = 1.5
# Bytes of a stream, pings included. Whoever reads it times the text, and much sooner; this frees a dead connection.
STREAM_READ_S: Final = 15.0
# The answer is complete by then; only the end of the body is still to come, and it decides if the connection lives on.
STREAM_END_S: Final = 0.25
# Two turns of a call are seconds apart, thinking pauses longer: the default of 5 s would pay TCP and TLS each time.
KEEP_ALIVE_S: Final = 300.0
# A connection is opened before the first turn needs it; whoever does not answer by then will not be waited for.
OPEN_S: Final = 3.0
# Once so much is said that a voice has some two seconds to speak, what comes is handed on in groups: each piece wakes
# everything from socket to socket, and no caller hears the difference (docs/profile.md).
AHEAD_CHARS: Final = 30
GROUP_S: Final = 0.06
CHARS_PER_TOKEN: Final = 4
MAX_CACHE_MARKERS: Final = 4
# No call has as many; more is a mistake that would spoil the sums.
MOST_TOKENS: Final = 10**8
CALL_BEGINS: Final = "(The call begins.)"

_SPEND_LIMITS: Final = frozenset({"enforced_spend_limit_reached", "contract_spend_limit_reached"})
# An error event arrives inside a stream whose status is 200: only its type tells what it is.
_STATUS_OF_TYPE: Final[Mapping[str | None, int]] = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "conflict_error": 409,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "api_error": 500,
    "timeout_error": 504,
    "overloaded_error": 529,
}
_TROUBLES: Final[Mapping[int, ModelTrouble]] = {
    401: "key",
    402: "budget",
    403: "permission",
    404: "model",
    429: "budget",  # the spend caps; any other 429 passes by itself
}
# Models that answer `disabled` with a 400, and the least thinking each accepts (None: it cannot be asked for less).
_LEAST_THINKING: Final[Mapping[str, str | None]] = {
    "claude-sonnet-5-5": "between_tools",
    "claude-opus-5-5": None,
    "claude-fable-5": None,
    "claude-mythos-5": None,
}


@dataclass(frozen=True, kw_only=True)
class Done:
    """The last item of a stream that came to its proper end; `model` is the one that answered."""

    stop_reason: str
    usage: Usage
    model: str


@dataclass(frozen=True, kw_only=True)
class Completion:
    """A whole answer. `stop_reason` other than `end_turn` means the text, JSON included, may be cut."""

    text: str
    stop_reason: str
    usage: Usage
    model: str


class Claude:
    """One key and one pool of connections, for many calls at once.

    Without a `base_url` the SDK's own rule holds: `ANTHROPIC_BASE_URL`, else the public API.
    """

    def __init__(self, *, api_key: str, base_url: str | None = None, stream_read_s: float = STREAM_READ_S) -> None:
        self._api_key = api_key
        self._base_url = base_url
        self._stream_read_s = stream_read_s
        self._loading: asyncio.Task[_Client] | None = None

    async def load(self) -> None:
        """Load the SDK and build the client; no network. Raises `ModelError` if the SDK cannot be loaded."""
        with translated():
            await self._client()

    async def warm(self) -> None:
        """`load`, and open a connection, so that the first turn need not; it does not matter if Claude is away."""
        await self.load()
        client = await self._client()
        with suppress(Exception):
            async with asyncio.timeout(OPEN_S):
                await client.http.send(client.request("GET", "v1/models?limit=1", read_s=OPEN_S))

    async def close(self) -> None:
        """Give back the connections. Streams still open break with a `ModelError`."""
        if self._loading is not None:
            with suppress(Exception):  # it never was there
                await (await self._loading).http.aclose()

    async def complete(
        self, request: ModelRequest, *, model: str, timeout_s: float, note: Note = unnoted
    ) -> Completion:
        """One answer in one piece; `timeout_s` is for all of it, the first load of the SDK included.

        `note` is called once, when the outcome is known, unless the request never reached the API.
        Raises `ModelError` or a child of it; `InvalidState` for a request that cannot be sent.
        """
        call = encode_request(request, model=model)
        with translated():
            async with asyncio.timeout(timeout_s):
                client = await self._client()
                sent = client.messages({**call, "stream": False}, read_s=timeout_s)
                with _noted(note, request.purpose, model) as reading:
                    response = await client.http.send(sent)
                    if not response.is_success:
                        raise _status_error(response)
                    answer = orjson.loads(response.content)
                    reading.take_whole(answer)
            return _completion(answer)

    async def stream(
        self, request: ModelRequest, *, model: str, note: Note = unnoted
    ) -> AsyncGenerator[str | Done, None]:
        """Pieces of text as they come, then exactly one `Done`.

        `note` is called once, before `Done` or the error or when the stream is left, unless the request never reached
        the API.
        Raises `ModelError` or a child of it, before or after the first text; `ModelRefused` after whatever text came.
        Leave it early only under `contextlib.aclosing`: otherwise the connection stays busy until garbage collection.
        """
        call = encode_request(request, model=model)
        with translated():
            client = await self._client()
            sent = client.messages({**call, "stream": True}, read_s=self._stream_read_s)
            with _noted(note, request.purpose, model) as reading:
                response = await client.http.send(sent, stream=True)
                try:
                    if not response.is_success:
                        await response.aread()
                        raise _status_error(response)
                    events, pieces = MessageStream(orjson.loads), response.aiter_bytes()
                    reading.response = response
                    async for piece in pieces:
                        text, failed = _text_of(reading, events.feed(piece))
                        if text:
                            yield text
                        if failed is not None:
                            raise failed
                        if reading.is_complete:
                            await _read_to_end(pieces)
                        elif reading.chars > AHEAD_CHARS:
                            await asyncio.sleep(GROUP_S)
                finally:
                    await response.aclose()
            yield reading.done()

    async def _client(self) -> _Client:
        if self._loading is None or (self._loading.done() and self._loading.exception() is not None):
            self._loading = asyncio.create_task(asyncio.to_thread(_connect, self._api_key, self._base_url))
        # A caller who gives up must not take the load away from the others.
        return await asyncio.shield(self._loading)


def encode_request(request: ModelRequest, *, model: str) -> dict[str, Any]:
    """The arguments of `messages.create`. Blank blocks are left out, as the API refuses them.

    Raises `InvalidState` if no user message comes last (a prefill, which the API refuses) or there are too many markers.
    """
    messages = [encoded for message in request.messages if (encoded := _encode_message(message))]
    if not messages or messages[-1]["role"] != "user":
        raise InvalidState("a model request ends with a user message")
    if messages[0]["role"] != "user":
        messages.insert(0, {"role": "user", "content": [{"type": "text", "text": CALL_BEGINS}]})
    call: dict[str, Any] = {"model": model, "max_tokens": request.max_tokens, "messages": messages}
    if system := _encode_blocks(request.system):
        call["system"] = system
    if thinking := _thinking(request, model):
        call["thinking"] = {"type": thinking}
    if request.schema is not None:
        call["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    _check_markers(request)
    return call


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the SDK and of what lies under it, as ours.

    Once a stream has begun the SDK wraps nothing, so anything that is not ours is a `ModelError`; `CancelledError`
    passes. The original is not chained: its text can quote the prompt or the answer, and tracebacks get logged.
    """
    try:
        yield
    except (WebhookError, InvalidState):
        raise
    except Exception as error:  # noqa: BLE001 - any type can come out of a broken stream; none may reach the turn
        raise _ours(error) from None


class _Client:
    """The SDK's HTTP client, with the address and the headers the SDK gives every request."""

    def __init__(self, sdk: anthropic.AsyncAnthropic, http: httpx2.AsyncClient) -> None:
        self.http = http
        self._base_url = sdk.base_url
        given = {name: value for name, value in sdk.default_headers.items() if isinstance(value, str)}
        self._headers = http.build_request("GET", sdk.base_url, headers=given).headers
        self._messages_url = sdk.base_url.join("v1/messages")

    def messages(self, call: dict[str, Any], *, read_s: float) -> httpx2.Request:
        return self._request("POST", self._messages_url, orjson.dumps(call), read_s)

    def request(self, method: str, path: str, *, read_s: float) -> httpx2.Request:
        return self._request(method, self._base_url.join(path), None, read_s)

    def _request(self, method: str, url: httpx2.URL, content: bytes | None, read_s: float) -> httpx2.Request:
        import httpx2  # noqa: PLC0415 - loaded with the SDK

        limits = {"connect": CONNECT_S, "read": read_s, "pool": POOL_S}
        return httpx2.Request(method, url, headers=self._headers, content=content, extensions={"timeout": limits})


def _connect(api_key: str, base_url: str | None) -> _Client:
    import anthropic  # noqa: PLC0415 - slow: loaded once, off the event loop
    import httpx2  # noqa: PLC0415 - the same

    # HTTP/1.1 on purpose: over HTTP/2 all calls share a connection, and httpx2 fails every one of them when the read
    # of one times out. The price, a new connection after a cancelled stream, is paid by one call alone.
    # The SDK's own transport over aiohttp, whose parser is C and hands over what has come in one piece: a streamed call
    # costs less than half the CPU of one over httpcore2 (docs/profile.md).
    http = anthropic.DefaultAioHttpClient(
        limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=100, keepalive_expiry=KEEP_ALIVE_S),
        timeout=httpx2.Timeout(connect=CONNECT_S, read=STREAM_READ_S, write=None, pool=POOL_S),
        # The key is for this address alone; the API redirects nobody.
        follow_redirects=False,
        # Answers are small, and what is small when packed may be anything when unpacked.
        headers={"accept-encoding": "identity"},
    )
    sdk = anthropic.AsyncAnthropic(
        api_key=api_key, base_url=base_url, max_retries=0, open_telemetry=False, http_client=http
    )
    return _Client(sdk, http)


# Requests


def _encode_message(message: ModelMessage) -> dict[str, Any] | None:
    content = _encode_blocks(message.blocks)
    return {"role": message.role, "content": content} if content else None


def _encode_blocks(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [_encode_block(block) for block in blocks if block.text.strip()]


def _encode_block(block: Block) -> dict[str, Any]:
    encoded: dict[str, Any] = {"type": "text", "text": block.text}
    if block.cached:
        encoded["cache_control"] = {"type": "ephemeral"}
    return encoded


def _check_markers(request: ModelRequest) -> None:
    blocks = [*request.system, *(block for message in request.messages for block in message.blocks)]
    if sum(block.cached for block in blocks) > MAX_CACHE_MARKERS:
        raise InvalidState(f"a model request has at most {MAX_CACHE_MARKERS} cache markers")


def _thinking(request: ModelRequest, model: str) -> str | None:
    """Thinking is on by default and delays the first word: a talking turn asks for the least, a report for no less."""
    if request.purpose == "report":
        return None
    for prefix, least in _LEAST_THINKING.items():
        if model.startswith(prefix):
            return least
    return "disabled"


# Answers


class _Reading:
    """What has been read of one answer."""

    def __init__(self) -> None:
        self.is_complete = False
        #: What a stream's events come in.
        self.response: httpx2.Response | None = None
        self.chars = 0
        self._stop_reason: str | None = None
        self._category: str | None = None
        self._model = ""
        self._usage = Usage()

    def take(self, event: Mapping[str, Any]) -> str:
        """Note one event; its text, or nothing. Kinds of events nobody knows yet are passed over."""
        kind = event["type"]
        if kind == "content_block_delta":
            delta = event["delta"]
            text = delta["text"] if delta["type"] == "text_delta" else ""
            if not isinstance(text, str):
                raise ModelError("a delta of text has none")
            self.chars += len(text)
            return text
        if kind == "message_start":
            self._model = event["message"]["model"]
            self._usage = _usage(event["message"].get("usage"))
        elif kind == "message_delta":
            self._stop_reason = event["delta"]["stop_reason"]
            self._category = _category(event["delta"])
            self._usage = replace(self._usage, output_tokens=_usage(event.get("usage")).output_tokens)
        elif kind == "message_stop":
            self.is_complete = True
        elif kind == "error" and self.response is not None:
            raise _status_error(self.response, event)
        return ""

    def take_whole(self, answer: Mapping[str, Any]) -> None:
        self._usage = _usage(answer.get("usage"))
        self.is_complete = True

    @property
    def usage(self) -> Usage:
        """As told; the output of an answer that was not read to its end is estimated from its text."""
        if self._stop_reason is not None or self.is_complete:
            return self._usage
        estimated = math.ceil(self.chars / CHARS_PER_TOKEN)
        return replace(self._usage, output_tokens=max(self._usage.output_tokens, estimated))

    def done(self) -> Done:
        # A connection that ends where no length was announced looks like a proper end.
        if not self.is_complete or self._stop_reason is None:
            raise ModelError("the stream ended before its message did")
        _check_refusal(self._stop_reason, self._category)
        return Done(stop_reason=self._stop_reason, usage=self._usage, model=self._model)


@contextmanager
def _noted(note: Note, purpose: str, model: str) -> Iterator[_Reading]:
    """Tell of the call when it ends, however it ends."""
    reading, is_sent = _Reading(), True
    try:
        yield reading
    except Exception as error:
        is_sent = not _is_unsent(error)
        raise
    finally:
        if is_sent:
            note(Call(purpose=purpose, model=model, usage=reading.usage, is_whole=reading.is_complete))


def _text_of(reading: _Reading, events: Iterator[Any]) -> tuple[str, Exception | None]:
    """The text of the events that came together, in one piece, and what was wrong with the one after them."""
    text = ""
    try:
        for event in events:
            text += reading.take(event)
            if reading.is_complete:
                break  # nothing belongs to a message after its stop
    except Exception as error:  # noqa: BLE001 - raised again once the text is out
        return text, error
    return text, None


async def _read_to_end(pieces: AsyncIterator[bytes]) -> None:
    """Only a body read to its end gives the connection back; whatever goes wrong now, the answer is complete."""
    with suppress(Exception):
        async with asyncio.timeout(STREAM_END_S):
            async for _ in pieces:
                pass


def _completion(answer: Mapping[str, Any]) -> Completion:
    stop_reason = answer["stop_reason"]
    if stop_reason is None:
        raise ModelError("the answer has no stop reason")
    _check_refusal(stop_reason, _category(answer))
    text = "".join(block["text"] for block in answer["content"] if block["type"] == "text")
    return Completion(text=text, stop_reason=stop_reason, usage=_usage(answer.get("usage")), model=answer["model"])


def _category(answer: Mapping[str, Any]) -> str | None:
    """Of a refusal; other answers have no details."""
    details = answer.get("stop_details")
    return None if details is None else details.get("category")


def _check_refusal(stop_reason: str, category: str | None) -> None:
    if stop_reason == "refusal":
        raise ModelRefused(f"Claude declined to answer (category: {category or 'none given'})")


def _usage(told: object) -> Usage:
    """What is no count of tokens is 0: a bill nobody can read is no reason to lose an answer."""
    counts = told if isinstance(told, dict) else {}
    return Usage(
        input_tokens=_count(counts.get("input_tokens")),
        cache_write_tokens=_count(counts.get("cache_creation_input_tokens")),
        cache_read_tokens=_count(counts.get("cache_read_input_tokens")),
        output_tokens=_count(counts.get("output_tokens")),
    )


def _count(told: object) -> int:
    return told if type(told) is int and 0 <= told < MOST_TOKENS else 0


# Errors


def _ours(error: Exception) -> ModelError:
    import anthropic  # noqa: PLC0415 - loaded by the call that failed
    import httpx2  # noqa: PLC0415 - the same

    if isinstance(error, anthropic.APIStatusError):
        return _from_status(error)
    if isinstance(error, (TimeoutError, anthropic.APITimeoutError, httpx2.TimeoutException)):
        return ModelTimeout(_described(error))
    return ModelError(_described(error))


def _status_error(response: httpx2.Response, body: object = None) -> anthropic.APIStatusError:
    """An error answer, or an error event inside a stream (`body`), as the SDK's own error."""
    import anthropic  # noqa: PLC0415 - loaded by the call that failed

    if body is None:
        with suppress(ValueError):
            body = orjson.loads(response.content)
    return anthropic.APIStatusError("", response=response, body=body)


def _from_status(error: anthropic.APIStatusError) -> ModelError:
    status = error.status_code
    if status < HTTPStatus.BAD_REQUEST:
        status = _STATUS_OF_TYPE.get(error.type, HTTPStatus.INTERNAL_SERVER_ERROR)
    said = f"{type(error).__name__} {error.status_code}, type {error.type}"
    said += f", code {error.error_code}, request {error.request_id}"
    if error.type == "overloaded_error" or status in (503, 529):
        return ModelOverloaded(said, retry_after_s=_retry_after_s(error.response.headers))
    match status:
        case 429 if error.error_code not in _SPEND_LIMITS:
            return ModelOverloaded(said, retry_after_s=_retry_after_s(error.response.headers))
        case 408 | 504:
            return ModelTimeout(said)
        case 409 | 499:
            return ModelError(said)
    # What is left below 500 stays wrong however often it is sent: key, permission, budget, model, or our own mistake.
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return ModelError(said)
    return ModelUnavailable(said, reason=_TROUBLES.get(status, "request"))


def _is_unsent(error: Exception) -> bool:
    """Whether the request never left, so that nobody can charge for it. A cancelled one counts as sent."""
    import aiohttp  # noqa: PLC0415 - loaded by the call that failed
    import httpx2  # noqa: PLC0415 - the same

    if isinstance(error, httpx2.ConnectError):  # of the transport's, which says so of a broken connection as well
        return isinstance(error.__cause__, aiohttp.ClientConnectorError)
    return isinstance(error, (httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.LocalProtocolError))


def _described(error: Exception) -> str:
    """Class, cause and place; never the error's own text."""
    cause = f" from {type(error.__cause__).__name__}" if error.__cause__ else ""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f" at {PurePath(frame.tb_frame.f_code.co_filename).name}:{frame.tb_lineno}" if frame else ""
    return f"{type(error).__name__}{cause}{place}"


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    """`retry-after-ms`, else `retry-after` in seconds or as a date."""
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    given = headers.get("retry-after", "")
    if (seconds := _number(given)) is not None:
        return seconds
    try:
        wait = parsedate_to_datetime(given) - datetime.now(UTC)
    except (TypeError, ValueError):
        return None
    return max(0.0, wait.total_seconds())


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
