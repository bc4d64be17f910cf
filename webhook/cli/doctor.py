"""`webhook doctor`: whether everything is there, reachable and configured, and what to do about what is not."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import typer

from webhook import log
from webhook.cli import checks_beyond, checks_here
from webhook.cli.checkup import Check, Checkup, Finding, findings
from webhook.errors import SettingsError
from webhook.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CHECKS: Final = (
    Check(name="settings", run=checks_here.settings_read),
    Check(name="secrets", run=checks_here.own_secrets),
    Check(name="keys", run=checks_here.keys),
    Check(name="data folder", run=checks_here.data_dir),
    Check(name="store", run=checks_here.store),
    Check(name="results", run=checks_here.results),
    Check(name="flows", run=checks_here.flows, limit_s=60.0),
    Check(name="clock", run=checks_beyond.clock, limit_s=25.0, needs_network=True),
    Check(name="Claude", run=checks_beyond.claude, limit_s=50.0, needs_network=True),
    Check(name="tunnel", run=checks_beyond.public_address, limit_s=35.0, needs_network=True),
    Check(name="ElevenLabs", run=checks_beyond.elevenlabs, limit_s=30.0, needs_network=True),
)
UNSEEN: Final = (
    "the microphone: the browser has asked for it, it is allowed, and it is the right one",
    "the page with the call is https:// (or localhost): elsewhere a browser gives no microphone",
    "the browser's tab stays open and awake, and no second tab holds the same call",
    "a call that breaks off after some minutes, often five: the maximum duration of the agent, or of the plan",
    "the agent's secret at ElevenLabs is the WEBHOOK_SECRET of now: it cannot be read back from there",
    "the account has credit and a free line: plans allow few calls at the same time",
)
"""The usual failures that cannot be seen from here."""
_WIDTH: Final = 12
_COLOURS: Final = {"ok": "green", "warning": "yellow", "problem": "red", "not checked": "bright_black"}


def doctor(*, as_json: bool, offline: bool) -> bool:
    """Print what was found; False when something is a problem."""
    log.set_up(level="critical", style="json")  # what fails is told as a finding
    try:
        checkup = Checkup(settings=load_settings(), offline=offline)
    except SettingsError as error:
        found = _unread(error)
        for finding in () if as_json else found:
            _print(finding)
    else:
        found = asyncio.run(_told(checkup, _keep_silent if as_json else _print))
    is_well = all(finding.state != "problem" for finding in found)
    if as_json:
        typer.echo(json.dumps({"ok": is_well, "findings": [asdict(one) for one in found]}, indent=2))
    else:
        _print_end(found, ends_with_list=is_well and not offline)
    return is_well


async def _told(checkup: Checkup, tell: Callable[[Finding], object]) -> Sequence[Finding]:
    found: list[Finding] = []
    async for finding in findings(CHECKS, checkup):
        tell(finding)
        found.append(finding)
    return found


def _unread(error: SettingsError) -> Sequence[Finding]:
    """Nothing can be looked at with settings that are wrong."""
    remedy = "mend it in the environment or in .env; the README lists the settings"
    wrong = Finding(name="settings", state="problem", found=str(error), remedy=remedy)
    waits = [Finding(name=one.name, state="not checked", found="the settings come first") for one in CHECKS[1:]]
    return [wrong, *waits]


def _keep_silent(_: Finding) -> None:
    """JSON comes in one piece."""


def _print(finding: Finding) -> None:
    # Colour only on a terminal: click sees to it.
    state = typer.style(f"{finding.state:<{_WIDTH}}", fg=_COLOURS[finding.state])
    typer.echo(f"{state}{finding.name}: {finding.found}")
    if finding.remedy:
        typer.echo(f"{'':<{_WIDTH}}  -> {finding.remedy}")


def _print_end(found: Sequence[Finding], *, ends_with_list: bool) -> None:
    problems = sum(finding.state == "problem" for finding in found)
    warnings = sum(finding.state == "warning" for finding in found)
    typer.echo(f"\n{_count(problems, 'problem')}, {_count(warnings, 'warning')}")
    if ends_with_list:
        typer.echo("If a call still fails, look at what cannot be seen from here:")
        for one in UNSEEN:
            typer.echo(f"  - {one}")


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
