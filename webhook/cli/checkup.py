"""The frame of `webhook doctor`: what a check is given, what it tells, and how all of them are run."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from webhook import log
from webhook.errors import SettingsError, WebhookError
from webhook.settings import with_secrets

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence

    import httpx2
    from pydantic import SecretStr

    from webhook.settings import Settings

State = Literal["ok", "warning", "problem", "not checked"]

REGIONS: Final[Mapping[str, str]] = {
    "global": "https://api.elevenlabs.io",
    "US": "https://api.us.elevenlabs.io",
    "EU residency": "https://api.eu.residency.elevenlabs.io",
    "India residency": "https://api.in.residency.elevenlabs.io",
    "Singapore residency": "https://api.sg.residency.elevenlabs.io",
}
"""Where ElevenLabs answers; a residency key is good on its own host only."""
HTTP_S: Final = 10.0
"""How long one request of a check may take: a tunnel across the world needs one."""

MOST_BODY: Final = 100_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check tells; `remedy` says what to do, where something is to be done."""

    name: str
    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True, kw_only=True)
class Checkup:
    """What the checks are given. `clock` is this machine's, in seconds since 1970."""

    settings: Settings
    offline: bool = False
    clock: Callable[[], float] = time.time
    regions: Mapping[str, str] = field(default_factory=lambda: REGIONS)

    def webhook_secrets(self) -> tuple[SecretStr, ...]:
        """As a server with these settings has them, the one it makes for itself included."""
        try:
            return with_secrets(self.settings).webhook_secret
        except SettingsError:  # another check tells why
            return self.settings.webhook_secret


@dataclass(frozen=True, kw_only=True)
class Check:
    """`run` gives one finding or several; what takes longer than `limit_s` is a problem by itself."""

    name: str
    run: Callable[[Checkup], Awaitable[Sequence[Finding]]]
    limit_s: float = 20.0
    needs_network: bool = False


async def findings(checks: Sequence[Check], checkup: Checkup) -> AsyncGenerator[Finding]:
    """All checks run at the same time; their findings come in the order of the checks, each as soon as it can."""
    running = [asyncio.create_task(_run(check, checkup)) for check in checks]
    try:
        for task in running:
            for finding in await task:
                yield finding
    finally:
        for task in running:
            task.cancel()


async def _run(check: Check, checkup: Checkup) -> Sequence[Finding]:
    """What a check found; whatever goes wrong in it is a finding as well, so that the others are heard."""
    if check.needs_network and checkup.offline:
        return (Finding(name=check.name, state="not checked", found="it needs the network (--offline)"),)
    try:
        async with asyncio.timeout(check.limit_s):
            return await check.run(checkup)
    except TimeoutError:
        found = f"no result within {check.limit_s:g} seconds"
        remedy = "see whether the network, the disk or this machine is overloaded, and try again"
    except WebhookError as error:
        found, remedy = str(error), "see what the message names"
    except Exception as error:  # noqa: BLE001 - one check that fails must not keep the others from telling theirs
        found, remedy = f"the check itself failed: {log.where(error)}", "report this as a mistake of the service"
    return (Finding(name=check.name, state="problem", found=found, remedy=remedy),)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What answered an HTTP request, its body as far as it is of interest."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def get(http: httpx2.AsyncClient, url: str, headers: Mapping[str, str]) -> Answer:
    """Raises httpx2's errors. Who knows what answers there: an endless body is left after its beginning."""
    body = b""
    async with http.stream("GET", url, headers=headers) as answer:
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_BODY:
                break
        return Answer(status=answer.status_code, headers=answer.headers, body=body)


def http_client() -> httpx2.AsyncClient:
    """For answers whose status and headers matter. No redirect is followed: a secret would go along."""
    import httpx2  # noqa: PLC0415 - takes a while, and `--offline` does without

    return httpx2.AsyncClient(timeout=HTTP_S, follow_redirects=False, headers={"user-agent": "voice-interviewer"})
