"""One POST to a receiver of results, with no more trust in it than it needs.

Its name is resolved once, all its IP addresses must be allowed, and the connection is made to one that was looked at:
a name that leads elsewhere the next moment leads nowhere. Certificate and `Host` are still those of the name. No
redirect is followed, no proxy of the environment is used, and of the answer little more than its status is read.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from webhook.wire.destinations import is_public

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    import httpx2

    from webhook.wire.destinations import Destination

TOTAL_S: Final = 15.0
"""For the whole attempt; the rules advise a receiver to answer within 15 seconds and to work afterwards."""
_CONNECT_S: Final = 5.0
_BODY_S: Final = 1.0
_MOST_BODY: Final = 4_096
"""Bytes of an answer's body that are read, out of politeness: nothing is made of them."""
_MOST_WAIT_S: Final = 24 * 3600.0
_MOST_ADDRESSES: Final = 32


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came of an attempt: the status of the answer, or why there is none (a stable code, never a text of theirs)."""

    status: int | None = None
    code: str = ""
    #: How long the receiver wants to be left alone.
    retry_after_s: float = 0.0

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300  # noqa: PLR2004 - HTTP's

    @property
    def is_gone(self) -> bool:
        """Whether the receiver says that it wants no more, ever."""
        return self.status == 410  # noqa: PLR2004 - HTTP's


async def resolved(host: str, port: int) -> Sequence[str]:
    """The IP addresses of a name, as this machine's resolver gives them. Raises `OSError`."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


@dataclass(kw_only=True)
class Outbound:
    """The way out to one receiver. `is_allowed` says of an IP address whether it may be connected to."""

    to: Destination = field(repr=False)
    is_allowed: Callable[[str], bool] = is_public
    resolve: Callable[[str, int], Awaitable[Sequence[str]]] = resolved
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context
    total_s: float = TOTAL_S
    clock: Callable[[], float] = time.time
    _http: httpx2.AsyncClient | None = field(default=None, init=False, repr=False)

    async def post(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send it. Raises nothing: whatever goes wrong is an answer without a status."""
        import httpx2  # noqa: PLC0415 - takes a while, and only whoever sends needs it

        try:
            async with asyncio.timeout(self.total_s):
                addresses = await self._addresses()
                if isinstance(addresses, Answer):
                    return addresses
                return await self._tried(addresses, body, headers)
        except TimeoutError:
            return Answer(code="timeout")
        except httpx2.TimeoutException:
            return Answer(code="timeout")
        except httpx2.ConnectError as error:
            is_tls = isinstance(error.__cause__, ssl.SSLError) or "certificate" in str(error).lower()
            return Answer(code="tls" if is_tls else "connect")
        except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError):
            return Answer(code="broken")  # no HTTP, too large a head, a connection that broke

    async def close(self) -> None:
        """Give back the client."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def _addresses(self) -> Sequence[str] | Answer:
        """Where to connect. Whatever cannot be looked at, and one address that is not allowed, keeps everything back."""
        try:
            found = list(dict.fromkeys(await self.resolve(self.to.host, self.to.port)))
        except (OSError, UnicodeError):
            return Answer(code="not_resolved")
        if not found:
            return Answer(code="not_resolved")
        if len(found) > _MOST_ADDRESSES or not all(map(self.is_allowed, found)):
            return Answer(code="forbidden_address")
        return found

    async def _tried(self, addresses: Sequence[str], body: bytes, headers: Mapping[str, str]) -> Answer:
        """The first address that can be connected to; IPv4 first, for not every network has a way for the other."""
        import httpx2  # noqa: PLC0415 - loaded by now

        *before, last = sorted(addresses, key=lambda address: ":" in address)
        for address in before:
            with suppress(httpx2.ConnectError, httpx2.ConnectTimeout):  # nothing was sent yet
                return await self._sent(address, body, headers)
        return await self._sent(last, body, headers)

    async def _sent(self, address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self._http is None:
            self._http = await asyncio.to_thread(self._made)
        request = self._request(self._http, address, body, headers)
        answer = await self._http.send(request, stream=True, follow_redirects=False)
        try:
            await _read_a_little(answer)
            wait_s = _retry_after_s(answer.headers.get("retry-after", ""), self.clock())
            return Answer(status=answer.status_code, retry_after_s=wait_s)
        finally:
            await answer.aclose()

    def _request(
        self, http: httpx2.AsyncClient, address: str, body: bytes, headers: Mapping[str, str]
    ) -> httpx2.Request:
        """The address takes the name's place in the URL; the name stays in `Host` and in what the certificate is for."""
        import httpx2  # noqa: PLC0415 - loaded by now

        host = f"[{address}]" if ":" in address else address
        url = httpx2.URL(f"{self.to.scheme}://{host}:{self.to.port}{self.to.path}")
        made = http.build_request("POST", url, content=body, headers={**headers, "host": self.to.netloc})
        made.extensions["sni_hostname"] = self.to.host
        return made

    def _made(self) -> httpx2.AsyncClient:
        import httpx2  # noqa: PLC0415 - loaded by now

        return httpx2.AsyncClient(
            verify=self.trust(),
            trust_env=False,  # a proxy would connect to whatever address it finds
            follow_redirects=False,
            http2=False,
            timeout=httpx2.Timeout(self.total_s, connect=_CONNECT_S),
            limits=httpx2.Limits(max_keepalive_connections=0),  # each attempt goes to an address looked at for it
            headers={"user-agent": "voice-interviewer", "accept-encoding": "identity"},
        )


async def _read_a_little(answer: httpx2.Response) -> None:
    """Some receivers take it for an error when nobody reads their answer; what the status says is settled by now."""
    import httpx2  # noqa: PLC0415 - loaded by now

    read = 0
    with suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(_BODY_S):
            async for part in answer.aiter_raw(_MOST_BODY):
                read += len(part)
                if read >= _MOST_BODY:
                    return


def _retry_after_s(text: str, now: float) -> float:
    """Seconds, or a date; 0 for neither."""
    text = text.strip()
    try:
        seconds = float(text) if text.isdigit() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), _MOST_WAIT_S)
