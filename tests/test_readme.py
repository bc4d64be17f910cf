"""The README is a promise: it names every setting, route and command there is, and no other."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.routing import Route
from typer.main import get_command

from tests.routes.test_voice_calls import ANSWERED
from tests.wire.test_standard_webhooks import OVER
from webhook.app import ROUTES
from webhook.cli.commands import app as commands
from webhook.delivery import PAUSES_S
from webhook.settings import Settings
from webhook.wire.standard_webhooks import TYPES, events_of

ROOT = Path(__file__).parent.parent
VERBS: dict[str, Any] = get_command(commands).commands  # type: ignore[attr-defined]  # a group has commands
README = (ROOT / "README.md").read_text()


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_setting_is_listed_and_every_listed_one_exists() -> None:
    names = {name.upper() for name in Settings.model_fields}
    table = "\n".join(line.split("|")[1] for line in section("Settings").splitlines() if line.startswith("| `"))

    assert set(re.findall(r"`([A-Z_]+)`", table)) == names


def test_every_route_is_listed_and_every_listed_one_exists() -> None:
    listed = section("Routes")
    routes = ROUTES
    paths = {route.path for route in routes if isinstance(route, Route)}

    assert set(re.findall(r"`(?:[A-Z]+ )?(/[^`\s?]*)`", listed)) == paths


def test_every_command_is_listed_and_every_listed_one_exists() -> None:
    of_groups = {f"{name} {inner}" for name, command in VERBS.items() for inner in getattr(command, "commands", {})}
    listed = set(re.findall(r"`webhook (\w+(?: [a-z]+)?)", section("Commands")))

    only_groups = {n for n, c in VERBS.items() if hasattr(c, "commands") and not c.invoke_without_command}
    assert listed == (VERBS.keys() - only_groups) | of_groups


def test_every_option_that_is_shown_exists() -> None:
    inner = [c for command in VERBS.values() for c in getattr(command, "commands", {}).values()]
    known = {option for c in [*VERBS.values(), *inner] for p in c.params for option in p.opts}

    assert set(re.findall(r"`(--[a-z-]+)", section("Commands"))) <= known


def test_the_port_of_the_tunnel_is_the_port_of_make_run() -> None:
    port = Settings.model_fields["port"].default

    assert f"http://127.0.0.1:{port}" in (ROOT / "ngrok.yml.example").read_text()


def test_the_readme_stays_readable_in_one_sitting() -> None:
    written = re.sub(r"<!-- bench -->.*<!-- /bench -->\n\n", "", README, flags=re.DOTALL)  # the rest is measured
    assert len(written.splitlines()) <= 165


def test_the_page_on_calls_shows_what_a_start_answers() -> None:
    page = (ROOT / "docs/voice.md").read_text()
    answer = json.loads(page.split("```json\n", 1)[1].split("```", 1)[0])

    assert answer.keys() == ANSWERED | {"customLlmExtraBody"}
    for name in ("flow", "personaId", "language", "agentId", "connectionType", "firstMessage"):
        assert f"`{name}`" in page


def test_the_page_on_results_shows_an_event_and_pauses_as_they_are() -> None:
    page = (ROOT / "docs/results.md").read_text()
    event = json.loads(page.split("```json\n", 1)[1].split("```", 1)[0])
    session = replace(OVER, report={"reportedAt": 0.0}, report_status="ready")
    (ready,) = [one for one in events_of(session, "https://interviews.example.com") if one.type == event["type"]]

    assert event.keys() == json.loads(ready.body(0.0)).keys()
    assert event["data"].keys() == ready.data.keys()
    assert set(re.findall(r"^\| `([a-z.]+)`", page, re.MULTILINE)) - {"type"} == set(TYPES)
    hours = [pause_s / 3600 for pause_s in PAUSES_S[3:]]
    assert PAUSES_S[:3] == (5.0, 300.0, 1800.0)
    assert hours == [2, 5, 10, 14, 20]
