"""`webhook serve` over real sockets: what it says before it serves, how it ends, and what it refuses."""

from __future__ import annotations

import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.cli.conftest import ROOT, TIMEOUT_S, CommandLine, Inside
from tests.live_server import API_TOKEN, WEBHOOK_SECRET, services_for
from tests.servers import free_port
from tests.workers import takes_connections
from webhook.cli.banner import Banner, without_secrets


@dataclass(frozen=True)
class Serving:
    """A server that has said its banner."""

    process: subprocess.Popen[str]
    banner: str

    @property
    def suggested(self) -> list[str]:
        """The words of the last line: a command to try."""
        return shlex.split(self.banner.strip().splitlines()[-1])

    def get(self, path: str) -> httpx2.Response:
        address = self.suggested[2].removesuffix("/api/elevenlabs-webhook")
        return httpx2.get(f"{address}{path}", timeout=TIMEOUT_S)

    def end(self, sign: signal.Signals) -> int:
        """The exit code."""
        self.process.send_signal(sign)
        return self.process.wait(TIMEOUT_S)


def serving(cli: CommandLine, *words: str, **env: str) -> Serving:
    process = cli.start("serve", "--port", "0", *words, **env)
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.lstrip().startswith("curl "):
            return Serving(process, "".join(lines))
    pytest.fail("".join(lines) + (cli.here / "stderr").read_text())


def test_the_turn_that_the_banner_suggests_is_answered(cli: CommandLine) -> None:
    served = serving(cli)
    program, _, url, _, header, _, body = served.suggested
    name, _, value = header.partition(": ")
    answer = httpx2.post(url, headers={name: value}, content=body, timeout=TIMEOUT_S)
    health = served.get("/healthz")

    assert program == "curl"
    assert answer.json()["content"].startswith("Hello, my name is Anita Bhargava.")
    assert health.status_code == 200
    assert "server" not in health.headers
    for secret in ("webhook_secret", "api_token"):
        assert (cli.data_dir / secret).read_text() in served.banner
    assert f"{url.removesuffix('/api/elevenlabs-webhook')}/v1\n" in served.banner
    assert "scripted" in served.banner
    assert "SQLite" in served.banner
    assert "financial_lifestyle (version 1)" in served.banner
    assert served.end(signal.SIGTERM) == 0


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not on PATH: the README's requests were not sent")
def test_the_requests_of_the_readme_work_as_they_are_typed(cli: CommandLine) -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = [block for block in re.findall(r"```sh\n(.*?)```", readme, re.DOTALL) if "curl" in block]
    served = serving(cli, DATA_DIR=".data")
    address = served.suggested[2].removesuffix("/api/elevenlabs-webhook")
    typed = "".join(blocks).replace("localhost:8080", address)
    shell = ["sh", "-e", "-c", typed]
    answered = subprocess.run(shell, cwd=cli.here, capture_output=True, text=True, timeout=TIMEOUT_S, check=True).stdout
    turn, _, rest = answered.partition("}}")
    assert '"ended":true' in turn
    for words in ('"sessionToken":', '{"message":"Hello, my name is Danielle Town.', '"status":"ended_early"'):
        assert words in rest
    assert "# Financial lifestyle interview\n" in rest
    assert "error" not in rest


def test_what_the_environment_sets_is_named_and_no_secret_is_shown(tmp_path: Path) -> None:
    """Without a server: only the words matter."""
    given: dict[str, Any] = {"claude_fallback_model": "claude-sonnet-5-5", "public_url": "https://interviews.example/"}
    services = services_for(tmp_path, claude_url="http://127.0.0.1:9", **given)
    assert services.settings.anthropic_api_key is not None
    banner = Banner(services.settings, services, port=8080).text()

    assert banner.count("set by the environment") == 2
    assert "https://interviews.example/v1\n" in banner
    assert "https://interviews.example/api/elevenlabs-webhook\n" in banner
    assert "curl -s http://127.0.0.1:8080/api/elevenlabs-webhook" in banner
    assert "claude-haiku-5-5 speaks" in banner
    assert "claude-sonnet-5-5 steps in" in banner
    for secret in (WEBHOOK_SECRET, API_TOKEN, services.settings.anthropic_api_key.get_secret_value()):
        assert secret not in banner


def test_several_workers_share_the_port_and_the_generated_secret(cli: CommandLine) -> None:
    served = serving(cli, "--workers", "2", "--log-format", "json")
    _, _, url, _, header, _, body = served.suggested
    name, _, value = header.partition(": ")
    for _ in range(4):  # each on a connection of its own
        assert httpx2.post(url, headers={name: value}, content=body, timeout=TIMEOUT_S).status_code == 200
    assert served.end(signal.SIGINT) == 0
    logged = [orjson.loads(line) for line in (cli.here / "stderr").read_text().splitlines()]
    assert [line["event"] for line in logged if line["event"] not in {"asked", "retention_done"}] == ["turn"] * 4


def test_a_broken_flow_is_not_served_and_the_findings_are_those_of_check(
    inside: Inside, broken: dict[str, str]
) -> None:
    checked = inside("check", **broken)
    served = inside("serve", PORT="0", **broken)
    assert served.returncode == checked.returncode == 1
    assert served.stdout == checked.stderr == ""
    assert served.stderr == checked.stdout


def test_a_port_in_use_is_one_clear_line(cli: CommandLine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = cli.run("serve", "--port", str(port))
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr == f"webhook: PORT: {port} on 127.0.0.1 is in use; choose another with --port\n"


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({"LOG_LEVEL": "loud"}, ["LOG_LEVEL"]),
        ({"HOST": "0.0.0.0"}, ["WEBHOOK_SECRET", "API_TOKEN"]),
        ({"HOST": "0.0.0.0", "WEBHOOK_SECRET": "a", "API_TOKEN": "a"}, ["WEBHOOK_SECRET", "API_TOKEN", "openssl rand"]),
        ({"FLOW": "nobody_wrote_this"}, ["FLOW", "financial_lifestyle"]),
    ],
)
def test_a_wrong_setting_is_one_line_that_names_it(inside: Inside, env: dict[str, str], names: list[str]) -> None:
    refused = inside("serve", PORT="0", **env)
    assert refused.returncode == 2
    assert refused.stdout == ""
    assert refused.stderr.count("\n") == 1
    assert all(name in refused.stderr for name in names)


WEAK = {"WEBHOOK_SECRET": "a", "API_TOKEN": "a"}


def python(cli: CommandLine, *words: str, **env: str) -> str:
    """What a process that ends by itself says on stderr."""
    command, told = [sys.executable, *words], cli.env | env
    ended = subprocess.run(
        command, cwd=cli.here, env=told, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    return ended.stderr


@pytest.mark.parametrize(
    "options", [("--host", "0.0.0.0"), ("--host=0.0.0.0", "--workers", "2")], ids=["one worker", "a supervisor"]
)
def test_uvicorn_by_itself_does_not_open_weak_secrets_to_others_either(
    cli: CommandLine, options: tuple[str, ...]
) -> None:
    port = free_port()
    words = ("-m", "uvicorn", "--factory", "webhook.app:create_app", "--port", str(port))
    said = python(cli, *words, *options, **WEAK)
    assert "webhook: WEBHOOK_SECRET: shorter than 32 characters" in said
    assert "Traceback" not in said
    assert not takes_connections(port)


def test_on_one_s_own_machine_weak_secrets_and_misspelt_settings_are_said_in_the_banner(cli: CommandLine) -> None:
    served = serving(cli, CLAUDE_MODL="x", FLOW_WEIGHTS='{"financial_lifestyle": {"9": 1}}', **WEAK)
    assert "WEBHOOK_SECRET and API_TOKEN: the same value" in served.banner
    assert "CLAUDE_MODL is no setting: did you mean CLAUDE_MODEL?" in served.banner
    assert "version 9 of flow `financial_lifestyle` was never in service here" in served.banner


def test_without_a_banner_the_log_says_it(cli: CommandLine) -> None:
    script = "from webhook.app import create_app; create_app()"
    doubtful = {"CLAUDE_MODL": "x", "FLOW_WEIGHTS": '{"financial_lifestyle": {"9": 1}}', **WEAK}
    (line,) = map(orjson.loads, python(cli, "-c", script, LOG_FORMAT="json", **doubtful).splitlines())
    assert line["event"] == "settings_doubtful"
    said = " ".join(line["findings"])
    for words in ("CLAUDE_MODL", "WEBHOOK_SECRET: shorter", "version 9 of flow `financial_lifestyle`"):
        assert words in said


def test_a_store_that_cannot_be_reached_is_one_line_without_its_password(cli: CommandLine) -> None:
    port = free_port()
    for words in (("serve", "--port", "0"), ("sessions",)):
        refused = cli.run(*words, REDIS_URL=f"redis://someone:hunter2@127.0.0.1:{port}/0?password=hunter3")
        assert refused.returncode == 1
        assert refused.stdout == ""
        assert refused.stderr.startswith(f"webhook: REDIS_URL: redis://127.0.0.1:{port}/0: Redis did not answer")
        assert refused.stderr.count("\n") == 1
        assert not any(secret in refused.stderr for secret in ("someone", "hunter"))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://cache:6379/0", "redis://cache:6379/0"),
        ("rediss://someone:p@ss@cache:6379/0?password=hunter2", "rediss://cache:6379/0"),
        ("redis+sentinel://:hunter2@one,two:26379/calls?sentinel_password=x", "redis+sentinel://one,two:26379/calls"),
        ("unix://someone:hunter2@/run/redis.sock?db=1", "unix:///run/redis.sock"),
        ("redis://someone:12?hunter2@cache:6379/0", "redis://..."),
    ],
)
def test_a_store_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_until_the_port_is_open_neither_claude_nor_a_web_server_is_loaded(cli: CommandLine) -> None:
    script = (
        "import sys\n"
        "from webhook.cli import serving\n"
        "serving.build_services(serving.load_settings())\n"
        "serving.listen('127.0.0.1', 0).close()\n"
        "print(sorted({'anthropic', 'uvicorn', 'starlette', 'redis'} & set(sys.modules)))"
    )
    assert cli.python(script, ANTHROPIC_API_KEY="key-of-claude") == "[]"
