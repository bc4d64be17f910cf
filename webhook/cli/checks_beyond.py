"""Checks of `webhook doctor` beyond this machine: the clock, Claude, the public address, ElevenLabs and its agent."""

from __future__ import annotations

import asyncio
import re
import secrets
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

from webhook.cli.agent_fields import differences
from webhook.cli.checks_here import longest_call_s, skewed
from webhook.cli.checkup import Finding, get, http_client
from webhook.elevenlabs.agents import agent
from webhook.elevenlabs.client import ElevenLabs, Patience
from webhook.elevenlabs.conversations import conversations
from webhook.elevenlabs.problems import Problem
from webhook.errors import (
    ElevenLabsError,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
    ModelError,
    ModelOverloaded,
    ModelTimeout,
    ModelUnavailable,
)
from webhook.ground import claude_of, models_of
from webhook.interview.prompt import Block, ModelMessage, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from urllib.parse import SplitResult

    import httpx2

    from webhook.claude import Claude
    from webhook.cli.checkup import Answer, Checkup
    from webhook.settings import Settings

CLAUDE_S: Final = 15.0
"""For one call, once the client is loaded."""
_QUICK: Final = Patience(connect_s=3.0, silence_s=5.0, total_s=6.0, tries=1)
_ANTHROPIC: Final = "https://api.anthropic.com"
_AGENT_REMEDY: Final = "webhook agent push sets it, or set it by hand at ElevenLabs"


# The clock


async def clock(checkup: Checkup) -> Sequence[Finding]:
    """Against the `Date` of an answer. Not PUBLIC_URL's: behind a tunnel that is this machine's own clock."""
    async with http_client() as http:
        for place in (checkup.settings.elevenlabs_base_url, checkup.settings.anthropic_base_url or _ANTHROPIC):
            skew_s = await _skew_s(http, place, checkup)
            if skew_s is not None:
                return (skewed("clock", skew_s, urlsplit(place).hostname or place),)
    return (Finding(name="clock", state="not checked", found="nobody answered with the time"),)


async def _skew_s(http: httpx2.AsyncClient, place: str, checkup: Checkup) -> float | None:
    """How far the clock there is ahead; the answer's second is taken at its middle, and so is the round trip."""
    import httpx2  # noqa: PLC0415 - loaded with the client

    started = checkup.clock()
    try:
        answer = await get(http, place, {"cache-control": "no-cache"})
        middle = (started + checkup.clock()) / 2
        age = answer.headers.get("age", "0")
        at = parsedate_to_datetime(answer.headers["date"]).timestamp() + (int(age) if age.isdigit() else 0)
    except (httpx2.HTTPError, httpx2.InvalidURL, KeyError, ValueError):
        return None
    return at + 0.5 - middle


# Claude


async def claude(checkup: Checkup) -> Sequence[Finding]:
    """A call of one token for each model the service would use."""
    client = claude_of(checkup.settings)
    if client is None:
        return (Finding(name="Claude", state="not checked", found="ANTHROPIC_API_KEY is not set: scripted"),)
    models = models_of(checkup.settings)
    does: dict[str, list[str]] = {}
    for model, what in (
        (models.speak, "speaks"),
        (models.listen, "listens"),
        (models.report, "writes reports"),
        (models.fallback, "steps in"),
    ):
        if model:
            does.setdefault(model, []).append(what)
    try:
        await client.warm()  # loading it takes seconds on a busy machine, which is no fault of Claude's
        told = await asyncio.gather(*(_ask(client, model) for model in does))
    finally:
        await client.close()
    return tuple(
        Finding(name="Claude", state=state, found=f"{model} ({', '.join(whats)}) {found}", remedy=remedy)
        for (model, whats), (state, found, remedy) in zip(does.items(), told, strict=True)
    )


async def _ask(client: Claude, model: str) -> tuple[Any, str, str]:
    """State, what was found, what to do."""
    hello = ModelMessage(role="user", blocks=(Block(text="Say yes."),))
    request = ModelRequest(purpose="speak", system=(), messages=(hello,), max_tokens=1)
    try:
        await client.complete(request, model=model, timeout_s=CLAUDE_S)
    except ModelUnavailable as error:
        return ("problem", *_FINAL[error.reason])
    except ModelOverloaded:
        remedy = "wait; if it stays so, raise the rate limit in Anthropic's console or set CLAUDE_FALLBACK_MODEL"
        return ("warning", "is overloaded or over its rate limit", remedy)
    except ModelTimeout:
        return ("problem", f"did not answer within {CLAUDE_S:g} seconds", _NETWORK)
    except ModelError:
        return ("problem", "cannot be reached, or broke off", _NETWORK)
    return ("ok", "answers", "")


_NETWORK: Final = "look at the network and its proxy, at ANTHROPIC_BASE_URL, and at Anthropic's status page"
_FINAL: Final[Mapping[str, tuple[str, str]]] = {
    "key": ("is refused: the key is wrong", "set ANTHROPIC_API_KEY to a valid key of Anthropic's console"),
    "permission": (
        "is refused: the key has no permission",
        "allow the model for the key's workspace in Anthropic's console, or use a key of another",
    ),
    "budget": (
        "is refused: no credit, or the spend limit is reached",
        "add credit or raise the spend limit in Anthropic's console; until then calls are scripted",
    ),
    "model": (
        "is not known",
        "look at the name in CLAUDE_MODEL, CLAUDE_LISTEN_MODEL, CLAUDE_REPORT_MODEL or CLAUDE_FALLBACK_MODEL",
    ),
    "request": ("refuses our request", "look whether the model is meant for the Messages API, and try another"),
}


# The public address


async def public_address(checkup: Checkup) -> Sequence[Finding]:
    """From outside in: the address, what answers there, and whether it has our secret.

    The secret is sent only to an address that has shown that it is this service.
    """
    url = checkup.settings.public_url
    if url is None:
        remedy = "ngrok start --all --config ngrok.yml, then start the service with PUBLIC_URL=https://<your-domain>"
        found = "PUBLIC_URL is not set: no voice platform can reach the service"
        return (Finding(name="tunnel", state="warning", found=found, remedy=remedy), _secret_not_checked())
    wrong = address_problem(url)
    if wrong is not None:
        return (wrong, _secret_not_checked())
    base = url.rstrip("/")
    async with http_client() as http:
        reached = await _reached(http, base)
        if reached.state == "problem":
            return (reached, _secret_not_checked())
        return (reached, await _same_secret(http, base, checkup))


def address_problem(url: str) -> Finding | None:
    """What is wrong with PUBLIC_URL as it is written."""

    def wrong(found: str, remedy: str) -> Finding:
        return Finding(name="tunnel", state="problem", found=f"PUBLIC_URL {found}", remedy=remedy)

    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"}:
        return wrong("is no address", "write it like https://<your-domain>")
    origin = origin_of(parts)
    if re.search(r"/(v1|chat/completions)/?$", parts.path):
        why = "ElevenLabs' custom LLM gets /v1 behind it, and adds /chat/completions by itself"
        return wrong(f"ends in {parts.path[-30:]}: {why}", f"set PUBLIC_URL={origin}, without a path")
    if parts.query or parts.fragment or "@" in parts.netloc:
        return wrong("has more in it than a host", f"set PUBLIC_URL={origin}")
    if parts.scheme == "http" and not _is_loopback(host):
        return wrong(
            "is not encrypted: the secret and what callers say could be read", f"set PUBLIC_URL=https://{host}"
        )
    return None


def origin_of(parts: SplitResult) -> str:
    """Scheme and host, without user and password."""
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def _reached(http: httpx2.AsyncClient, base: str) -> Finding:
    import httpx2  # noqa: PLC0415 - loaded with the client

    sent = f"doctor-{secrets.token_hex(8)}"
    try:
        answer = await get(http, f"{base}/healthz", {"x-request-id": sent})
    except httpx2.TimeoutException:
        return _unreached(f"{base} did not answer in time", "see whether the tunnel and the service run")
    except httpx2.HTTPError as error:
        return _unreached(*_why_unreached(error, base))
    if code := _ngrok_code(answer):
        return _unreached(*_ngrok(code, base))
    if answer.headers.get("x-request-id") != sent or not _is_alive(answer):
        return _unreached(*_stranger(answer, base))
    host = urlsplit(base).hostname or ""
    if _is_loopback(host):
        remedy = "for calls: ngrok start --all --config ngrok.yml, and PUBLIC_URL=https://<your-domain>"
        found = f"{base} is this service, but only this machine can reach it"
        return Finding(name="tunnel", state="warning", found=found, remedy=remedy)
    free = "; a free ngrok address: one agent at a time, limited requests a month" if _is_free_ngrok(host) else ""
    return Finding(name="tunnel", state="ok", found=f"{base} is this service{free}")


def _unreached(found: str, remedy: str) -> Finding:
    return Finding(name="tunnel", state="problem", found=found, remedy=remedy)


def _why_unreached(error: BaseException, base: str) -> tuple[str, str]:
    """Which part of the way fails; only the kinds of the causes are looked at, never their text."""
    kinds: set[str] = set()
    cause: BaseException | None = error
    while cause is not None and len(kinds) < 10:  # noqa: PLR2004 - a chain of causes is short
        kinds.add(type(cause).__name__)
        cause = cause.__cause__ or cause.__context__
    if "gaierror" in kinds:
        return f"{urlsplit(base).hostname} has no address (DNS)", "look for a slip in PUBLIC_URL, or start the tunnel"
    if any("Cert" in kind for kind in kinds):
        return f"{base} has no valid certificate", "let the tunnel or proxy end TLS with a certificate of that name"
    return f"nobody answers at {base}", "start the tunnel (ngrok start --all --config ngrok.yml) and the service"


def _ngrok_code(answer: Answer) -> str | None:
    """By its header, or by its page where a proxy has taken the header away."""
    told = answer.headers.get("ngrok-error-code", "").encode() or answer.body
    found = re.search(rb"ERR_NGROK_[0-9]{1,6}", told)
    return found.group().decode() if found else None


def _ngrok(code: str, base: str) -> tuple[str, str]:
    found, remedy = _NGROK.get(
        code, ("did not pass the request on", f"look the code up at https://ngrok.com/docs/errors/{code.lower()}")
    )
    return f"ngrok {found} ({code}, {base})", remedy


_NGROK: Final[Mapping[str, tuple[str, str]]] = {
    "ERR_NGROK_3200": (
        "has no tunnel open for this address",
        "run ngrok start --all --config ngrok.yml, and see that its domain is that of PUBLIC_URL",
    ),
    "ERR_NGROK_8012": (
        "is there, but no service answers it on this machine",
        "start the service (make run) on the port that stands in ngrok.yml",
    ),
    "ERR_NGROK_3004": (
        "got no proper HTTP from what it forwards to",
        "let the upstream in ngrok.yml be http:// and the port of the service",
    ),
    "ERR_NGROK_6024": (
        "shows a page for browsers in between",
        "turn the interstitial page off for this domain, or use a paid or own domain",
    ),
    "ERR_NGROK_108": (
        "allows no further agent on this account",
        "stop the other ngrok agent: a free account has one at a time",
    ),
    "ERR_NGROK_725": ("has used up its traffic for this month", "use another plan, or another tunnel"),
    "ERR_NGROK_727": ("has used up its requests for this month", "use another plan, or another tunnel"),
}


def _is_free_ngrok(host: str) -> bool:
    return host.endswith((".ngrok-free.app", ".ngrok-free.dev"))


def _is_alive(answer: Answer) -> bool:
    try:
        return answer.status == HTTPStatus.OK and bool(orjson.loads(answer.body)["status"] == "ok")
    except (ValueError, KeyError, TypeError):
        return False


def _stranger(answer: Answer, base: str) -> tuple[str, str]:
    status = answer.status
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return f"{base} redirects ({status})", "set PUBLIC_URL to the address it leads to; ElevenLabs may not follow"
    if status in {502, 503, 504}:
        return f"{base} answers {status}: the tunnel is there, the service is not", "start the service on its port"
    if status in {401, 403}:
        return (
            f"{base} answers {status}: a password or firewall stands before the service",
            "let ElevenLabs through to /v1 (it sends a bearer token of its own)",
        )
    return (
        f"another service answers at {base} ({status})",
        "look at PUBLIC_URL (it usually has no path) and the port the tunnel forwards to",
    )


async def _same_secret(http: httpx2.AsyncClient, base: str, checkup: Checkup) -> Finding:
    """Whether the process behind the tunnel has the secret of this shell, and lets nobody else in."""
    import httpx2  # noqa: PLC0415 - loaded with the client

    name = "secret"
    statuses: list[int] = []
    for secret in (*(s.get_secret_value() for s in checkup.webhook_secrets()), f"wrong-{secrets.token_hex(16)}"):
        try:
            answer = await get(http, f"{base}/v1/models", {"authorization": f"Bearer {secret}"})
        except (httpx2.HTTPError, UnicodeEncodeError):
            return Finding(name=name, state="problem", found="the answer broke off", remedy="try again")
        statuses.append(answer.status)
    *right, wrong = statuses
    if wrong == HTTPStatus.OK:
        remedy = "see what stands between the tunnel and the service: it answers by itself"
        return Finding(name=name, state="problem", found="a wrong secret is let in as well", remedy=remedy)
    if not right or set(right) != {HTTPStatus.OK}:
        found = f"the service at {base} does not know WEBHOOK_SECRET as it is here ({', '.join(map(str, right))})"
        remedy = "start it with the same WEBHOOK_SECRET and DATA_DIR as this shell, and give ElevenLabs that one"
        return Finding(name=name, state="problem", found=found, remedy=remedy)
    return Finding(name=name, state="ok", found="WEBHOOK_SECRET opens the service, a wrong one does not")


def _secret_not_checked() -> Finding:
    return Finding(name="secret", state="not checked", found="the secret goes only to a service that was recognised")


# ElevenLabs


async def elevenlabs(checkup: Checkup) -> Sequence[Finding]:
    """With the key, the agent; without an agent's id, whether the key is good."""
    settings = checkup.settings
    if settings.elevenlabs_api_key is None:
        return (Finding(name="ElevenLabs", state="not checked", found="ELEVENLABS_API_KEY is not set"),)
    try:
        document = await _asked(settings, settings.elevenlabs_base_url, _PATIENT)
    except ElevenLabsError as error:
        return (await _refused(error, checkup),)
    host = urlsplit(settings.elevenlabs_base_url).hostname
    reached = Finding(name="ElevenLabs", state="ok", found=f"{host} takes the key")
    if document is None:
        return (reached, Finding(name="agent", state="not checked", found="ELEVENLABS_AGENT_ID is not set"))
    return (reached, *await _agent(document, checkup))


_PATIENT: Final = Patience()


async def _asked(settings: Settings, base_url: str, patience: Patience) -> dict[str, Any] | None:
    """The agent, if one is set. Raises `ElevenLabsError`."""
    assert settings.elevenlabs_api_key is not None
    client = ElevenLabs(api_key=settings.elevenlabs_api_key, base_url=base_url, patience=patience)
    try:
        if settings.elevenlabs_agent_id is not None:
            return await agent(client, settings.elevenlabs_agent_id)
        await conversations(client, limit=1)
    finally:
        await client.close()
    return None


async def _refused(error: ElevenLabsError, checkup: Checkup) -> Finding:
    name: Final = "ElevenLabs"
    problem = error.problem if isinstance(error.problem, Problem) else None
    told = f" ({problem.status}{f', {problem.code}' if problem.code else ''})" if problem else ""
    if isinstance(error, ElevenLabsUnavailable):
        remedy = "look at the network, at ELEVENLABS_BASE_URL and at ElevenLabs' status page"
        return Finding(name=name, state="problem", found=f"{error}{told}", remedy=remedy)
    if not isinstance(error, ElevenLabsUnauthorised | ElevenLabsNotFound):
        return Finding(name=name, state="warning", found=f"{error}{told}", remedy="wait a little and try again")
    if (elsewhere := await _elsewhere(checkup)) is not None:
        region, base_url = elsewhere
        found = f"key and agent belong to another region: {region}"
        return Finding(name=name, state="problem", found=found, remedy=f"set ELEVENLABS_BASE_URL={base_url}")
    if isinstance(error, ElevenLabsNotFound):
        found = f"the key is good, but there is no agent by ELEVENLABS_AGENT_ID{told}"
        remedy = "copy the agent's id from ElevenLabs; key and agent must be of the same workspace"
        return Finding(name=name, state="problem", found=found, remedy=remedy)
    return Finding(name=name, state="problem", **_unauthorised(problem, told))


def _unauthorised(problem: Problem | None, told: str) -> dict[str, str]:
    if problem is not None and problem.status == HTTPStatus.PAYMENT_REQUIRED:
        return {"found": f"the account has to be paid first{told}", "remedy": "look at the plan and its invoices"}
    if problem is not None and problem.status == HTTPStatus.FORBIDDEN:
        return {
            "found": f"the key may not read agents or conversations{told}",
            "remedy": "give the key the permission for ElevenAgents (Conversational AI), read and write",
        }
    return {"found": f"the key is refused{told}", "remedy": "set ELEVENLABS_API_KEY to a key that is in use, whole"}


async def _elsewhere(checkup: Checkup) -> tuple[str, str] | None:
    """The region that knows key and agent. Only ElevenLabs' own hosts are asked, and only instead of one of them."""
    if checkup.settings.elevenlabs_base_url not in checkup.regions.values():
        return None
    others = {n: url for n, url in checkup.regions.items() if url != checkup.settings.elevenlabs_base_url}
    known = await asyncio.gather(*(_knows(checkup.settings, url) for url in others.values()))
    return next((place for place, is_it in zip(others.items(), known, strict=True) if is_it), None)


async def _knows(settings: Settings, base_url: str) -> bool:
    try:
        await _asked(settings, base_url, _QUICK)
    except ElevenLabsError:
        return False
    return True


async def _agent(document: dict[str, Any], checkup: Checkup) -> Sequence[Finding]:
    url = checkup.settings.public_url
    base = f"{url.rstrip('/')}/v1" if url is not None and address_problem(url) is None else None
    longest_s = await asyncio.to_thread(longest_call_s, checkup.settings)
    found = tuple(
        Finding(
            name="agent",
            state="problem" if one.is_grave else "warning",
            found=f"{one.path} is {one.found}, not {one.wanted}: {one.harm}",
            remedy=_AGENT_REMEDY,
        )
        for one in differences(document, url=base, longest_s=longest_s)
    )
    where = "" if base is not None else " (its URL was not compared: there is no usable PUBLIC_URL)"
    return found or (Finding(name="agent", state="ok", found=f"set up as the service needs it{where}"),)
