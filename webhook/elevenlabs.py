"""ElevenLabs over REST: the only module that knows its addresses, answers and errors.

Ids go in; values or documents come out, or an error of the `ElevenLabsError` tree. An answer that lacks what it promises
is an error, so nobody downstream holds half of one. The key, signed URLs and tokens are in no error, log line or repr.

The HTTP client takes a while to import, so it is made on first use, in a thread.
"""

from __future__ import annotations

import asyncio
import math
import re
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from urllib.parse import parse_qs, urlsplit

import orjson
import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential_jitter

from webhook.errors import (
    ElevenLabsAnswer,
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsInvalid,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
    InvalidState,
    MalformedRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx2
    from pydantic import SecretStr

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of an answer, unpacked. The transcript of the longest call (two hours) has about one million."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_MOST_OF_A_MESSAGE: Final = 300
_MOST_A_PAGE: Final = 100
_AGENTS: Final = "/v1/convai/agents"
_CONVERSATIONS: Final = "/v1/convai/conversations"
_START: Final = "/v1/convai/conversation"

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


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What an error's body told, whichever of its three shapes it had. The message is theirs, without our key."""

    status: int
    kind: str | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    message: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class SignedUrl:
    """Where a browser opens one WebSocket call, within 15 minutes; whoever has it may hold the call."""

    url: str = field(repr=False)
    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class ConversationToken:
    """The same for a WebRTC call."""

    token: str = field(repr=False)
    conversation_id: str


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some conversations, as ElevenLabs lists them; each has a `conversation_id`, an `agent_id` and a `status`."""

    conversations: tuple[dict[str, Any], ...]
    next_cursor: str | None


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

    async def signed_url(self, agent_id: str) -> SignedUrl:
        """Asks for the conversation's id as well: it is what joins the call to its session later."""
        query = {"agent_id": checked_id(agent_id), "include_conversation_id": "true"}
        return await self._ask("GET", f"{_START}/get-signed-url", _signed_url, query=query)

    async def conversation_token(self, agent_id: str) -> ConversationToken:
        return await self._ask("GET", f"{_START}/token", _conversation_token, query={"agent_id": checked_id(agent_id)})

    async def conversation(self, conversation_id: str) -> dict[str, Any]:
        """One conversation with its transcript, which is final once its `status` is `done` or `failed`."""
        path = f"{_CONVERSATIONS}/{checked_id(conversation_id)}"
        return await self._ask("GET", path, lambda document: _conversation(document, conversation_id))

    async def conversations(
        self,
        *,
        agent_id: str | None = None,
        from_at: float | None = None,
        to_at: float | None = None,
        cursor: str | None = None,
        limit: int = _MOST_A_PAGE,
    ) -> Page:
        """A page of the calls that started in this time."""
        query = {"page_size": str(max(1, min(limit, _MOST_A_PAGE)))}
        if agent_id is not None:
            query["agent_id"] = checked_id(agent_id)
        if from_at is not None:
            query["call_start_after_unix"] = str(math.floor(from_at))
        if to_at is not None:
            query["call_start_before_unix"] = str(math.ceil(to_at))
        if cursor is not None:
            query["cursor"] = cursor
        return await self._ask("GET", _CONVERSATIONS, _page, query=query)

    async def agent(self, agent_id: str) -> dict[str, Any]:
        """The agent as it is configured."""
        path = f"{_AGENTS}/{checked_id(agent_id)}"
        return await self._ask("GET", path, lambda document: _agent(document, agent_id))

    async def create_agent(self, document: Mapping[str, Any]) -> str:
        """The new agent's id. Never sent twice: the first may have arrived, and there would be two agents."""
        return await self._ask("POST", f"{_AGENTS}/create", lambda answer: _id(answer, "agent_id"), body=document)

    async def update_agent(self, agent_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """The agent as it is then. Never sent twice either: each time makes a version."""
        path = f"{_AGENTS}/{checked_id(agent_id)}"
        return await self._ask("PATCH", path, lambda answer: _agent(answer, agent_id), body=document)

    async def _ask(
        self,
        method: Method,
        path: str,
        read: Callable[[dict[str, Any]], Read],
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Read:
        """What `read` makes of the answer, after as many tries as may be of use."""
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
            raise _refused(problem_of(status, content, self._api_key.get_secret_value()), headers)
        document = _json(content)
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


def checked_id(value: str) -> str:
    """An id of an agent or conversation, fit to stand in an address. Raises `MalformedRequest`."""
    if not _ID.fullmatch(value):
        raise MalformedRequest("an id of ElevenLabs has 1 to 128 letters, digits, _ or -")
    return value


def problem_of(status: int, content: bytes, key: str) -> Problem:
    """What an error's body tells; a body of no known shape tells nothing."""
    document = _json(content)
    detail = document.get("detail") if isinstance(document, dict) else None
    if isinstance(detail, str):
        return Problem(status=status, message=_message(detail, key))
    if isinstance(detail, list):
        return _of_fields(status, [one for one in detail if isinstance(one, dict)], key)
    if not isinstance(detail, dict):
        return Problem(status=status)
    named = {name: _token(detail.get(name), key) for name in ("type", "code", "status", "param", "request_id")}
    return Problem(
        status=status,
        kind=named["type"],
        code=named["code"] or named["status"],
        param=named["param"],
        request_id=named["request_id"],
        message=_message(detail.get("message"), key),
    )


def _of_fields(status: int, fields: list[dict[str, Any]], key: str) -> Problem:
    """The older shape of a 422: one entry for each wrong field, with its place."""
    if not fields:
        return Problem(status=status)
    loc = fields[0].get("loc")
    param = ".".join(str(part) for part in loc) if isinstance(loc, list) else None
    told = "; ".join(str(one.get("msg")) for one in fields if one.get("msg"))
    return Problem(
        status=status, kind=_token(fields[0].get("type"), key), param=_token(param, key), message=_message(told, key)
    )


def _refused(problem: Problem, headers: Mapping[str, str]) -> ElevenLabsError:
    match problem.status:
        case 401 | 402 | 403:
            return ElevenLabsUnauthorised(problem=problem)
        case 404:
            return ElevenLabsNotFound(problem=problem)
        case 429:
            return ElevenLabsBusy(problem=problem, retry_after_s=_seconds(headers.get("retry-after")))
        case 408 | 425:
            return ElevenLabsUnavailable(problem=problem)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ElevenLabsUnavailable(problem=problem, retry_after_s=_seconds(headers.get("retry-after")))
        case status if status >= HTTPStatus.BAD_REQUEST:
            return ElevenLabsInvalid(problem=problem)
    return ElevenLabsAnswer("ElevenLabs answered with a redirect: look at ELEVENLABS_BASE_URL", problem=problem)


async def _read(answer: httpx2.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in answer.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise ElevenLabsAnswer("ElevenLabs answered with more than it ever should")
        parts.append(part)
    return b"".join(parts)


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds; the other form, a date, is answered by our own back-off."""
    return float(text) if text is not None and re.fullmatch(r"[0-9]{1,6}", text) else None


def _message(value: object, key: str) -> str | None:
    """The key goes before the text is cut, or a part of it could stay."""
    return value.replace(key, "***")[:_MOST_OF_A_MESSAGE] if isinstance(value, str) and value else None


def _token(value: object, key: str) -> str | None:
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) and key not in value else None


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise ElevenLabsAnswer(f"ElevenLabs answered without {name}")
    return value


def _id(document: Mapping[str, Any], name: str) -> str:
    value = _text(document, name)
    if not _ID.fullmatch(value):
        raise ElevenLabsAnswer(f"ElevenLabs answered with {name} that is no id")
    return value


def _same(document: Mapping[str, Any], name: str, asked: str) -> None:
    if _id(document, name) != asked:
        raise ElevenLabsAnswer(f"ElevenLabs answered with another {name} than it was asked for")


def _kind_of(document: Mapping[str, Any], name: str, kind: type) -> Any:
    value = document.get(name)
    if not isinstance(value, kind):
        raise ElevenLabsAnswer(f"ElevenLabs answered without {name}")
    return value


def _signed_url(document: dict[str, Any]) -> SignedUrl:
    url = _text(document, "signed_url")
    try:
        parts = urlsplit(url)
        is_one = parts.scheme == "wss" and parts.hostname is not None
        in_url = parse_qs(parts.query).get("conversation_id", [])
    except ValueError:
        is_one, in_url = False, []
    if not is_one:
        raise ElevenLabsAnswer("ElevenLabs answered with a signed URL that is none")
    # Beside the URL or in it: the page on the protocol does not say which.
    given = document if document.get("conversation_id") else {"conversation_id": "".join(in_url[:1])}
    return SignedUrl(url=url, conversation_id=_id(given, "conversation_id"))


def _conversation_token(document: dict[str, Any]) -> ConversationToken:
    return ConversationToken(token=_text(document, "token"), conversation_id=_id(document, "conversation_id"))


def _conversation(document: dict[str, Any], conversation_id: str) -> dict[str, Any]:
    _same(document, "conversation_id", conversation_id)
    _listed(document)
    _kind_of(document, "transcript", list)
    _kind_of(document, "metadata", dict)
    return document


def _page(document: dict[str, Any]) -> Page:
    found = _kind_of(document, "conversations", list)
    has_more: bool = _kind_of(document, "has_more", bool)
    return Page(
        conversations=tuple(_listed(one) for one in found),
        next_cursor=_text(document, "next_cursor") if has_more else None,
    )


def _listed(conversation: object) -> dict[str, Any]:
    if not isinstance(conversation, dict):
        raise ElevenLabsAnswer("ElevenLabs listed a conversation that is none")
    _id(conversation, "conversation_id")
    _id(conversation, "agent_id")
    _text(conversation, "status")
    return conversation


def _agent(document: dict[str, Any], agent_id: str) -> dict[str, Any]:
    _same(document, "agent_id", agent_id)
    _kind_of(document, "conversation_config", dict)
    return document
