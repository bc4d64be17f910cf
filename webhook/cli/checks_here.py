"""Checks of `webhook doctor` on this machine: secrets, keys, disk, store, flows."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from webhook.cli.checkup import Finding
from webhook.cli.delivering import opened_deliveries
from webhook.cli.records import opened_store
from webhook.content.load import read_folder
from webhook.content.service_prompts import check_prompts
from webhook.content.versions import Versions
from webhook.delivery import DeliveryStatus
from webhook.errors import StoreError
from webhook.folders import make_private
from webhook.settings import misspelt_settings
from webhook.store.base import VersionConflict
from webhook.store.expiry_clock import doubted_s
from webhook.store.open import open_calls
from webhook.wire.secret_strength import REMEDY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from webhook.cli.checkup import Checkup, State
    from webhook.interview.flow import Flow
    from webhook.settings import Settings
    from webhook.store.base import Store

LITTLE_DISK: Final = 1024**3
NO_DISK: Final = 100 * 1024**2
OLDEST_REDIS: Final = (6, 2)
SKEW_WARNING_S: Final = 5.0
SKEW_PROBLEM_S: Final = 60.0
MOST_NAMED: Final = 5


async def settings_read(checkup: Checkup) -> Sequence[Finding]:
    """Whoever got here has read them; the rest is told by its own check."""
    where = "the environment and .env" if os.path.exists(".env") else "the environment (there is no .env here)"  # noqa: ASYNC240, PTH110 - one look
    host = f"HOST {checkup.settings.host}, PORT {checkup.settings.port}"
    read = Finding(name="settings", state="ok", found=f"read from {where}; {host}")
    return (read, *(_misspelt(name, meant) for name, meant in misspelt_settings().items()))


def _misspelt(name: str, meant: str | None) -> Finding:
    remedy = f"did you mean {meant}?" if meant else "take it out; the README lists the settings"
    return Finding(name="settings", state="warning", found=f"{name} is no setting: nobody reads it", remedy=remedy)


# Secrets


async def own_secrets(checkup: Checkup) -> Sequence[Finding]:
    return tuple(_secrets(checkup.settings))


def _secrets(settings: Settings) -> Iterator[Finding]:
    flaws = settings.secret_flaws
    for name in ("WEBHOOK_SECRET", "API_TOKEN"):
        given = len(getattr(settings, name.lower()))
        if not given:
            yield _missing_secret(name, settings)
        elif not any(name in flaw.names for flaw in flaws):
            yield Finding(name=name, state="ok", found=f"{given} values" if given > 1 else "set")
    is_reachable = not settings.is_local or settings.public_url is not None
    for flaw in flaws:
        why = "others can reach the service" if is_reachable else "enough while nobody else can reach the service"
        state: State = "problem" if is_reachable or len(flaw.names) > 1 else "warning"
        yield Finding(name=" and ".join(flaw.names), state=state, found=f"{flaw.found} ({why})", remedy=REMEDY)


def _missing_secret(name: str, settings: Settings) -> Finding:
    if settings.is_local:
        return Finding(name=name, state="ok", found=f"made by the service, kept in {settings.data_dir / name.lower()}")
    found = f"not set, and other machines can connect (HOST is {settings.host})"
    return Finding(name=name, state="problem", found=found, remedy=f"set {name}; {REMEDY}")


# Keys


async def keys(checkup: Checkup) -> Sequence[Finding]:
    return tuple(_keys(checkup.settings))


def _keys(settings: Settings) -> Iterator[Finding]:
    yield _claude_key(settings)
    yield _elevenlabs_key(settings)
    if settings.elevenlabs_agent_id is None:
        found = "not set: a request has to name its agent, and the agent cannot be checked"
        remedy = "set ELEVENLABS_AGENT_ID to the agent's id from ElevenLabs"
        yield Finding(name="ELEVENLABS_AGENT_ID", state="warning", found=found, remedy=remedy)
    else:
        yield Finding(name="ELEVENLABS_AGENT_ID", state="ok", found="set")
    yield _webhook_key(settings)


def _claude_key(settings: Settings) -> Finding:
    name = "ANTHROPIC_API_KEY"
    if settings.anthropic_api_key is None:
        found = "not set: the interview is scripted and reads only plain answers"
        return Finding(name=name, state="warning", found=found, remedy=f"set {name} to a key of Anthropic's console")
    key = settings.anthropic_api_key.get_secret_value()
    if key.startswith("sk_") or not key.isascii() or any(c.isspace() or c in "'\"" for c in key):
        found = "set to something that is no key of Claude (another service's key, or copied with blanks or quotes)"
        return Finding(name=name, state="problem", found=found, remedy="copy the key once more, and nothing else")
    return Finding(name=name, state="ok", found="set")


def _elevenlabs_key(settings: Settings) -> Finding:
    name = "ELEVENLABS_API_KEY"
    if settings.elevenlabs_api_key is None:
        found = "not set: no signed URLs, and the agent cannot be checked"
        return Finding(name=name, state="warning", found=found, remedy=f"set {name} to a key of ElevenLabs")
    if settings.elevenlabs_api_key.get_secret_value().startswith("sk-ant-"):
        return Finding(name=name, state="problem", found="set to a key of Claude", remedy="copy ElevenLabs' own key")
    return Finding(name=name, state="ok", found="set")


def _webhook_key(settings: Settings) -> Finding:
    name = "ELEVENLABS_WEBHOOK_SECRET"
    if settings.elevenlabs_webhook_secret:
        return Finding(name=name, state="ok", found="set")
    found = "not set: post-call webhooks are refused, so transcripts come late or not at all"
    remedy = f"make a post-call webhook at ElevenLabs and set {name} to the secret it shows once"
    return Finding(name=name, state="warning", found=found, remedy=remedy)


# Disk and store


async def data_dir(checkup: Checkup) -> Sequence[Finding]:
    return (await asyncio.to_thread(_data_dir, checkup.settings),)


def _data_dir(settings: Settings) -> Finding:
    name, folder = "data folder", settings.data_dir
    probe = folder / f".doctor-{secrets.token_hex(8)}"
    try:
        make_private(folder)
        probe.write_bytes(b"written by webhook doctor")
        probe.unlink()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        with suppress(OSError):
            probe.unlink(missing_ok=True)
        found = f"{folder} cannot be written to ({error.strerror})"
        return Finding(name=name, state="problem", found=found, remedy="let DATA_DIR name a folder this user may write")
    found = f"{folder} can be written to, {free / 1024**3:.1f} GB free"
    if free >= LITTLE_DISK:
        return Finding(name=name, state="ok", found=found)
    remedy = "make room on that disk, or let DATA_DIR name a folder on another"
    return Finding(name=name, state="problem" if free < NO_DISK else "warning", found=found, remedy=remedy)


async def store(checkup: Checkup) -> Sequence[Finding]:
    """A record is written, read and deleted, as a session would be."""
    settings = checkup.settings
    is_redis = settings.redis_url is not None
    if is_redis and checkup.offline:
        return (Finding(name="store", state="not checked", found="Redis needs the network (--offline)"),)
    try:
        async with opened_store(settings) as opened:
            await opened.ping()
            await _probe(opened, checkup.clock())
            started = checkup.clock()
            theirs = await opened.now()
            skew_s = 0.0 if theirs is None else theirs - (started + checkup.clock()) / 2
    except StoreError as error:
        remedy = "start Redis, or look at REDIS_URL" if is_redis else "look at the folder DATA_DIR and its rights"
        return (Finding(name="store", state="problem", found=str(error), remedy=remedy),)
    kept = "Redis" if is_redis else "SQLite"
    found = [Finding(name="store", state="ok", found=f"{kept}: a record was written, read and deleted")]
    if is_redis:
        found.append(skewed("store's clock", skew_s, "the store"))
        found += await _redis(settings)
    return (*found, *await _expiry(settings, checkup.clock()))


async def _expiry(settings: Settings, now: float) -> Sequence[Finding]:
    """Whether data may expire by this machine's clock; nothing to say where it may."""
    redis_url = settings.redis_url.get_secret_value() if settings.redis_url else None
    if redis_url is None and not (settings.data_dir / "calls.db").exists():
        return ()
    calls = open_calls(redis_url, settings.data_dir)
    try:
        await calls.open()
        far_s = await doubted_s(calls, now)
    except StoreError:
        return ()  # the finding on the store says it
    finally:
        await calls.close()
    if not far_s:
        return ()
    side = "ahead of" if far_s > 0 else "behind"
    found = f"this machine's clock is {abs(far_s) / 3600:.0f} hours {side} what was stored last: nothing expires by it"
    remedy = "set the clock; if it is right and the service was off: webhook retention --trust-clock, or wait a day"
    return (Finding(name="expiry", state="warning", found=found, remedy=remedy),)


async def results(checkup: Checkup) -> Sequence[Finding]:
    """Whether results are sent at all; no receiver is asked."""
    settings = checkup.settings
    if settings.result_webhook_url is None:
        return (Finding(name="results", state="ok", found="they are sent nowhere (RESULT_WEBHOOK_URL is not set)"),)
    if settings.redis_url is not None and checkup.offline:
        return (Finding(name="results", state="not checked", found="Redis needs the network (--offline)"),)
    try:
        async with opened_deliveries(settings) as deliveries:
            paused = await deliveries.paused()
            waiting, _ = await deliveries.listed(DeliveryStatus.GIVEN_UP, limit=1)
    except StoreError as error:
        return (Finding(name="results", state="problem", found=str(error), remedy="see the finding on the store"),)
    if paused:
        found = "nothing is sent: the receiver " + (
            "says that it is gone (410)" if paused == "gone" else "kept failing"
        )
        remedy = "mend the receiver at RESULT_WEBHOOK_URL, then: webhook deliveries resume"
        return (Finding(name="results", state="problem", found=found, remedy=remedy),)
    if waiting:
        found, remedy = "some never arrived", "webhook deliveries --status given_up; webhook deliveries redeliver ID"
        return (Finding(name="results", state="warning", found=found, remedy=remedy),)
    return (Finding(name="results", state="ok", found="they are sent to RESULT_WEBHOOK_URL"),)


async def _probe(opened: Store, now: float) -> None:
    session_id = f"doctor-{secrets.token_hex(8)}"
    times = {"created_at": now, "updated_at": now}
    record: dict[str, Any] = {"session_id": session_id, "status": "created", "flow_id": "doctor", **times}
    try:
        version = await opened.save(session_id, record, expect=0, ttl_s=60.0)
        read = await opened.load(session_id)
        if isinstance(version, VersionConflict) or read is None or read.record != record:
            raise StoreError("what was written to the store is not what is read from it")
    finally:
        await opened.delete(session_id)


async def _redis(settings: Settings) -> Sequence[Finding]:
    """What the server tells of itself; one that keeps it to itself, or a Cluster, is not asked further."""
    from redis.asyncio import Redis  # noqa: PLC0415 - only with REDIS_URL
    from redis.exceptions import RedisError  # noqa: PLC0415 - the same

    from webhook.store.redis_client import connect, disconnect  # noqa: PLC0415 - the same

    assert settings.redis_url is not None
    client = connect(settings.redis_url.get_secret_value(), timeout_s=2.0, answer_timeout_s=2.0, max_connections=1)
    told: dict[str, Any] = {}
    try:
        if isinstance(client, Redis):
            told = {**await client.info("server"), **await client.info("memory")}
    except RedisError:
        told = {}
    finally:
        await disconnect(client)
    return (_version(told), _policy(told)) if told else ()


def _version(told: dict[str, Any]) -> Finding:
    version = str(told.get("valkey_version") or told.get("redis_version") or "")
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    name, kind = "store's version", "Valkey" if "valkey_version" in told else "Redis"
    if parts and parts < OLDEST_REDIS:
        return Finding(name=name, state="problem", found=f"{kind} {version}", remedy="use Redis or Valkey 6.2 or newer")
    return Finding(name=name, state="ok", found=f"{kind} {version}")


def _policy(told: dict[str, Any]) -> Finding:
    name, policy = "store's memory", str(told.get("maxmemory_policy", "noeviction"))
    if policy == "noeviction" or not told.get("maxmemory"):
        return Finding(name=name, state="ok", found=f"no session is dropped when it is short (policy {policy})")
    found = f"maxmemory-policy is {policy}: short of memory, Redis drops interviews that are going on"
    return Finding(name=name, state="warning", found=found, remedy="CONFIG SET maxmemory-policy noeviction")


def skewed(name: str, skew_s: float, whose: str) -> Finding:
    """`skew_s` is how far the other clock is ahead of this one."""
    size, side = abs(skew_s), "behind" if skew_s > 0 else "ahead of"
    if size < SKEW_WARNING_S:
        return Finding(name=name, state="ok", found=f"within {SKEW_WARNING_S:g} seconds of {whose}")
    found = f"this machine's clock is {size:.0f} seconds {side} {whose}: signatures and tokens look stale or too new"
    remedy = "set the clock by the network (timedatectl set-ntp true, or the system's date settings)"
    return Finding(name=name, state="problem" if size >= SKEW_PROBLEM_S else "warning", found=found, remedy=remedy)


# Flows


async def flows(checkup: Checkup) -> Sequence[Finding]:
    return (await asyncio.to_thread(_flows, checkup.settings),)


def _flows(settings: Settings) -> Finding:
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    found = (*folder.findings, *check_prompts(settings.prompts_dir))
    errors = [finding for finding in found if finding.is_error]
    if errors:
        named = "; ".join(str(error) for error in errors[:MOST_NAMED])
        more = f"; and {len(errors) - MOST_NAMED} more" if len(errors) > MOST_NAMED else ""
        told = f"{_count(len(errors), 'error')}: {named}{more}"
        return Finding(name="flows", state="problem", found=told, remedy="mend them; webhook check shows each line")
    if settings.flow is not None and settings.flow not in folder.flows:
        remedy = f"set FLOW to one of {', '.join(folder.flows)}"
        return Finding(name="flows", state="problem", found="FLOW names a flow that is not there", remedy=remedy)
    if unserved := _without_a_flow(settings, folder.flows):
        remedy = "mend FLOW_WEIGHTS; until then the share goes to the version in the file"
        told = f"FLOW_WEIGHTS names {', '.join(unserved)}, never in service here"
        return Finding(name="flows", state="warning", found=told, remedy=remedy)
    ids = ", ".join(folder.flows)
    told = f"{ids}; webhook check shows {_count(len(found), 'warning')}" if found else ids
    return Finding(name="flows", state="ok", found=told)


def _without_a_flow(settings: Settings, flows: Mapping[str, Flow]) -> list[str]:
    """The versions with a share that are neither in the files nor among the copies."""
    copies, in_service = Versions(settings.versions_dir), {(flow.id, flow.version) for flow in flows.values()}
    named = [(flow_id, version) for flow_id, shares in settings.flow_weights.items() for version in shares]
    return [f"{i} version {v}" for i, v in named if (i, v) not in in_service and copies.numbered(i, v) is None]


def longest_call_s(settings: Settings) -> float:
    """How long the flows let a call be."""
    folder = read_folder(settings.flows_dir, settings.prompts_dir)
    return max((flow.time.minutes * 60 for flow in folder.flows.values()), default=0.0)


def _count(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
