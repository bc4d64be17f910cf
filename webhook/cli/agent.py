"""`webhook agent push` and `check`: the agent at ElevenLabs, held against what this service needs of it."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import typer

from webhook import log
from webhook.allowed import Allowed
from webhook.content.library import Library
from webhook.elevenlabs import agents
from webhook.elevenlabs.client import ElevenLabs
from webhook.elevenlabs.problems import Problem
from webhook.elevenlabs.secrets import secret_name, store_secret, stored_secrets
from webhook.errors import ElevenLabsError, SettingsError, StoreError
from webhook.interview.wording import opening_words
from webhook.settings import load_settings, with_secrets
from webhook.store.open import open_calls
from webhook.wire import agent as wire
from webhook.wire.identity import derived_secret

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Mapping

    from pydantic import SecretStr

    from webhook.interview.flow import Flow
    from webhook.settings import Settings

_NAME: Final = "Voice interviewer"
"""Of a new agent; whoever renames it knows why."""
_TURNS, _INITIATION = "turns", wire.INITIATION_PURPOSE
_MOST_SHOWN: Final = 60
_PIPE_WIDTH: Final = 280


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the command line says about the agent."""

    retention_days: int
    post_call_webhook: str | None = None


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """What settings and flows say about the agent, before anything is known of ElevenLabs.

    `values` are the secrets that are stored there, by purpose.
    """

    url: str
    agent_id: str | None
    values: Mapping[str, SecretStr]
    flow: Flow
    flows: Iterable[Flow]
    wish: Wish

    def wanted(self, secret_ids: Mapping[str, str], found: Mapping[str, Any]) -> wire.Document:
        return wire.wanted(
            wire.Wishes(
                url=self.url,
                turn_secret_id=secret_ids[_TURNS],
                initiation_secret_id=secret_ids[_INITIATION],
                openings=_openings(self.flow, self.flows),
                voice=self.flow.persona_or_default(None).voice,
                silence_s=self.flow.house_rules.silence_seconds,
                longest_s=max(flow.time.minutes for flow in self.flows) * 60,
                retention_days=self.wish.retention_days,
                # One that somebody chose at ElevenLabs stays; only its events are ours to say.
                webhook_id=self.wish.post_call_webhook or wire.post_call_webhook(found),
            )
        )


def push(wish: Wish, *, dry_run: bool) -> bool:
    """Make or change the agent; False when ElevenLabs did not take all of it.

    Raises `SettingsError`, `ContentError` and `ElevenLabsError`.
    """
    settings = _quiet_settings()
    plan = _plan(settings, wish)
    return asyncio.run(_dry_push(settings, plan) if dry_run else _push(settings, plan))


def check(wish: Wish) -> bool:
    """Print every setting as it is wanted and as it is; False when one differs. Raises as `push` does."""
    settings = _quiet_settings()
    plan = _plan(settings, wish)
    if plan.agent_id is None:
        raise SettingsError("ELEVENLABS_AGENT_ID: it is not set; `webhook agent push` makes an agent and prints its id")
    return asyncio.run(_check(settings, plan, plan.agent_id))


async def _push(settings: Settings, plan: _Plan) -> bool:
    async with _client(settings) as client:
        before = {} if plan.agent_id is None else await _read_back(client, plan.agent_id)
        names = await stored_secrets(client)
        ids = _known_ids(plan, names)
        for purpose, value in plan.values.items():
            if purpose not in ids:
                name = secret_name(purpose, value)
                ids[purpose] = await store_secret(client, name, value)
                names[ids[purpose]] = name
                typer.echo(f"stored the secret {name}")
        wanted = plan.wanted(ids, before)
        changed = wire.differences(wanted, before)
        agent_id = plan.agent_id
        if agent_id is None:
            agent_id = await _create(client, wanted)
        elif changed:
            with _Telling():
                await agents.update_agent(client, agent_id, wire.patch(wanted, before))
        after = await _read_back(client, agent_id)
        left = wire.differences(wanted, after)
    await _remember(settings, agent_id, after)
    if plan.agent_id is not None:
        _tell_changes(changed, left, names)
    _tell_webhook(plan, after)
    return _tell_left(left, names)


async def _create(client: ElevenLabs, wanted: Mapping[str, Any]) -> str:
    with _Telling():
        agent_id = await agents.create_agent(client, {"name": _NAME, **wanted})
    # At once: whatever fails from here on, nobody must have to look for an agent that was made.
    typer.echo(f"made the agent {agent_id}; put this into .env, so that the next push finds it:")
    typer.echo(f"ELEVENLABS_AGENT_ID={agent_id}")
    return agent_id


async def _dry_push(settings: Settings, plan: _Plan) -> bool:
    """Secrets are shown by name, whether they are stored or would be."""
    async with _client(settings) as client:
        before = {} if plan.agent_id is None else await _read_back(client, plan.agent_id)
        names = await stored_secrets(client)
    ids = _known_ids(plan, names)
    for purpose, value in plan.values.items():
        if purpose not in ids:
            ids[purpose] = secret_name(purpose, value)
            typer.echo(f"would store the secret {ids[purpose]}")
    wanted = plan.wanted(ids, before)
    body = {"name": _NAME, **wanted} if plan.agent_id is None else wire.patch(wanted, before)
    if not body:
        typer.echo("nothing would be sent: the agent is as it should be")
        return True
    typer.echo("would make an agent:" if plan.agent_id is None else f"would send to the agent {plan.agent_id}:")
    typer.echo(json.dumps(wire.named(body, names), indent=2, ensure_ascii=False))
    return True


async def _check(settings: Settings, plan: _Plan, agent_id: str) -> bool:
    async with _client(settings) as client:
        found = await _read_back(client, agent_id)
        names = await stored_secrets(client)
    await _remember(settings, agent_id, found)
    # A secret that is not stored yet is wanted by its name; no id looks like one.
    ids = {purpose: secret_name(purpose, value) for purpose, value in plan.values.items()} | _known_ids(plan, names)
    settings_found = wire.compare(plan.wanted(ids, found), found)
    _print_table(settings_found, names)
    wrong = [setting for setting in settings_found if not setting.is_same]
    remedy = ": `webhook agent push` sets them right" if wrong else ""
    typer.echo(f"{len(settings_found)} settings, {len(wrong)} differ{remedy}")
    _tell_webhook(plan, found)
    return not wrong


async def _read_back(client: ElevenLabs, agent_id: str) -> wire.Document:
    """The agent as ElevenLabs has it."""
    return await agents.agent(client, agent_id)


async def _remember(settings: Settings, agent_id: str, found: wire.Document) -> None:
    """What the agent lets a call override, where the service finds it: it need not ask before it starts one."""
    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    store = open_calls(url, settings.data_dir)
    try:
        await store.open()
        await Allowed(store=store, elevenlabs=None).keep(agent_id, found)
    except StoreError as error:
        typer.echo(f"the store cannot be told what the agent allows ({error}); the service asks ElevenLabs itself")
    finally:
        await store.close()


def _quiet_settings() -> Settings:
    """The settings, and a log that does not say again what this command says itself."""
    settings = load_settings()
    log.set_up(level="error", style=settings.log_format)
    return settings


def _plan(settings: Settings, wish: Wish) -> _Plan:
    if settings.public_url is None:
        raise SettingsError("PUBLIC_URL: it is not set, and ElevenLabs needs an address where it reaches this service")
    url = wire.public_base(settings.public_url)
    if settings.elevenlabs_api_key is None:
        raise SettingsError("ELEVENLABS_API_KEY: it is not set, and nothing at ElevenLabs can be seen without it")
    # The first of several is the one that stays when the others are rotated out.
    secret = with_secrets(settings).webhook_secret[0]
    initiation = type(secret)(derived_secret(secret.get_secret_value(), _INITIATION))
    library = Library(settings.flows_dir, settings.prompts_dir, default=settings.flow)
    flows = library.load_all().flows
    if settings.flow is not None and settings.flow not in flows:
        raise SettingsError(f"FLOW: there is no flow by that id; there is {', '.join(flows)}")
    return _Plan(
        url=url,
        agent_id=settings.elevenlabs_agent_id,
        values={_TURNS: secret, _INITIATION: initiation},
        flow=flows[settings.flow or next(iter(flows))],
        flows=tuple(flows.values()),
        wish=wish,
    )


def _openings(flow: Flow, flows: Iterable[Flow]) -> dict[str, str | None]:
    """The languages of all flows, with the opening of that which answers a call that names none."""
    openings: dict[str, str | None] = {
        language: opening_words(flow, language=language, persona_id=flow.persona) for language in flow.languages
    }
    for other in flows:
        for language in other.languages:
            openings.setdefault(language, None)
    return openings


def _known_ids(plan: _Plan, names: Mapping[str, str]) -> dict[str, str]:
    """The ids of secrets that are stored already, by purpose; of two with one name always the same one."""
    known: dict[str, str] = {}
    for purpose, value in plan.values.items():
        name = secret_name(purpose, value)
        if ids := [secret_id for secret_id, stored in names.items() if stored == name]:
            known[purpose] = min(ids)
    return known


@asynccontextmanager
async def _client(settings: Settings) -> AsyncGenerator[ElevenLabs]:
    assert settings.elevenlabs_api_key is not None  # `_plan` has seen it
    client = ElevenLabs(api_key=settings.elevenlabs_api_key, base_url=settings.elevenlabs_base_url)
    try:
        yield client
    finally:
        await client.close()


class _Telling:
    """What ElevenLabs says against an agent names the setting it does not like. No secret is in what was sent."""

    def __enter__(self) -> None:
        return

    def __exit__(self, _type: object, error: object, _trace: object) -> None:
        if isinstance(error, ElevenLabsError) and isinstance(error.problem, Problem):
            problem = error.problem
            told = (
                problem.code,
                problem.param,
                problem.message,
                problem.request_id and f"request {problem.request_id}",
            )
            typer.echo(f"ElevenLabs ({problem.status}): {', '.join(part for part in told if part)}", err=True)


def _tell_changes(
    changed: Iterable[wire.Difference], left: Iterable[wire.Difference], names: Mapping[str, str]
) -> None:
    not_taken = {difference.path for difference in left}
    taken = [difference for difference in changed if difference.path not in not_taken]
    if not changed:
        typer.echo("nothing to do: the agent is as it should be")
    for difference in taken:
        was, is_now = (_shown(value, difference.path, names) for value in (difference.found, difference.wanted))
        typer.echo(f"set {difference.path}: {was} -> {is_now}")


def _tell_left(left: Iterable[wire.Difference], names: Mapping[str, str]) -> bool:
    for difference in left:
        found, asked = (_shown(value, difference.path, names) for value in (difference.found, difference.wanted))
        typer.echo(f"ElevenLabs did not take {difference.path}: it was to be {asked}, and is {found}", err=True)
    return not left


def _tell_webhook(plan: _Plan, found: Mapping[str, Any]) -> None:
    """No finding: the workspace's own webhook may be there, and an agent does not tell."""
    if wire.post_call_webhook(found) is None:
        typer.echo(
            "\nStill to be done by hand, unless it is: the agent names no post-call webhook. In the workspace's settings"
            f"\nat ElevenLabs make a webhook with HMAC to {plan.url}{wire.EVENTS_PATH},\nkeep the secret it shows for "
            "this service, and choose it as post-call webhook for all agents; or for\nthis one: webhook agent push "
            "--post-call-webhook ID"
        )


def _print_table(rows: Iterable[wire.Setting], names: Mapping[str, str]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only `check` draws a table
    from rich.table import Table  # noqa: PLC0415 - only `check` draws a table
    from rich.text import Text  # noqa: PLC0415 - only `check` draws a table

    is_read_here = sys.stdout.isatty()
    console = Console(width=None if is_read_here else _PIPE_WIDTH)
    table = Table(box=None, pad_edge=False)
    for name in ("", "setting", "wanted", "found"):
        table.add_column(name, overflow="fold", no_wrap=name == "setting" and not is_read_here)
    for row in rows:
        wanted, found = (_shown(value, row.path, names) for value in (row.wanted, row.found))
        mark = Text("ok", style="green") if row.is_same else Text("NO", style="bold red")
        table.add_row(mark, Text(row.path), Text(wanted), Text(found))
    console.print(table)


def _shown(value: object, path: str, names: Mapping[str, str]) -> str:
    if value is None:
        return "-"
    if path.endswith(".secret_id"):
        return names.get(str(value), str(value))
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."
