"""`webhook doctor`: each usual failure is found, with what to do about it, and nothing secret is said.

The tunnel is a real proxy on loopback in front of the real service; only Claude and ElevenLabs are faked.
"""

from __future__ import annotations

import asyncio
import copy
import subprocess
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from pydantic import SecretStr

from tests.cli.conftest import ROOT, CommandLine, Inside
from tests.fake_claude import FakeClaude, Reply, error_reply
from tests.fake_elevenlabs import AGENT_ID, KEY, FakeElevenLabs, merged, problem
from tests.live_server import live_server, settings_for
from tests.servers import RedisServer, free_port
from tests.tcp_proxy import TcpProxy
from webhook.cli import checks_beyond, checks_here
from webhook.cli.checkup import Check, Checkup, Finding, findings
from webhook.cli.doctor import CHECKS
from webhook.cli.records import opened_store
from webhook.settings import Settings
from webhook.store.base import Filter

SECRET = "q7XrV2mKc9TzL4bWn8HsYd3JfP6gAeUo"
TOKEN = "Zk5RwN1vQx8CtG7mBy4LhS9pDj2FuKa3"
CLAUDE_KEY = "sk-ant-no-key-of-anybody"


def agent_at(base_url: str) -> dict[str, Any]:
    """The agent as the service needs it."""
    prompt = {
        "llm": "custom-llm",
        "custom_llm": {
            "url": f"{base_url}/v1",
            "api_key": {"secret_id": "sec_1"},
            "request_headers": {"X-Conversation-Id": {"variable_name": "system__conversation_id"}},
        },
        "backup_llm_config": {"preference": "disabled"},
    }
    voice = dict.fromkeys(("voice_id", "speed", "stability", "similarity_boost"), True)
    opening = {"first_message": True, "language": True}
    return {
        "name": "Interviewer",
        "conversation_config": {"agent": {"prompt": prompt}, "conversation": {"max_duration_seconds": 3600}},
        "platform_settings": {
            "auth": {"enable_auth": True},
            "overrides": {
                "custom_llm_extra_body": True,
                "conversation_config_override": {"agent": opening, "tts": voice},
            },
        },
    }


@dataclass(frozen=True, kw_only=True)
class World:
    """A service that runs behind a tunnel, and everything it needs, as it should be."""

    claude: FakeClaude
    elevenlabs: FakeElevenLabs
    tunnel: TcpProxy
    data_dir: Path

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.tunnel.port}"

    @property
    def env(self) -> dict[str, str]:
        return {
            "PUBLIC_URL": self.public_url,
            "WEBHOOK_SECRET": SECRET,
            "ELEVENLABS_WEBHOOK_SECRET": "wsec_1",
            "API_TOKEN": TOKEN,
            "DATA_DIR": str(self.data_dir),
            "ANTHROPIC_API_KEY": CLAUDE_KEY,
            "ANTHROPIC_BASE_URL": self.claude.base_url,
            "ELEVENLABS_API_KEY": KEY,
            "ELEVENLABS_AGENT_ID": AGENT_ID,
            "ELEVENLABS_BASE_URL": self.elevenlabs.base_url,
        }

    @property
    def settings(self) -> Settings:
        """The same as `env` says."""
        return settings_for(
            self.data_dir,
            public_url=self.public_url,
            webhook_secret=(SecretStr(SECRET),),
            api_token=(SecretStr(TOKEN),),
            anthropic_api_key=SecretStr(CLAUDE_KEY),
            anthropic_base_url=self.claude.base_url,
            elevenlabs_api_key=SecretStr(KEY),
            elevenlabs_agent_id=AGENT_ID,
            elevenlabs_base_url=self.elevenlabs.base_url,
        )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[World]:
    secret = (SecretStr(SECRET),)
    async with (
        FakeClaude() as claude,
        FakeElevenLabs() as elevenlabs,
        live_server(tmp_path / "served", webhook_secret=secret) as live,
        TcpProxy(int(live.base_url.rpartition(":")[2])) as tunnel,
    ):
        made = World(claude=claude, elevenlabs=elevenlabs, tunnel=tunnel, data_dir=tmp_path / "data")
        elevenlabs.agents[AGENT_ID] = agent_at(made.public_url)
        yield made


async def run(cli: CommandLine, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """A process of its own, while the fakes of this one answer it."""
    return await asyncio.to_thread(lambda: cli.run("doctor", *words, **env))


Told = Callable[[Checkup], Awaitable[Sequence[Finding]]]


async def one(check: Told, settings: Settings, **options: Any) -> Finding:
    """What a check tells first of what is not in order."""
    told = await check(Checkup(settings=settings, **options))
    return next((finding for finding in told if finding.state in {"problem", "warning"}), told[0])


def assert_finding(finding: Finding, state: str, *words: str) -> None:
    assert finding.state == state, finding
    for word in words:
        assert word in f"{finding.found} -> {finding.remedy}", finding
    assert finding.remedy or state in {"ok", "not checked"}, finding


# The whole command


async def test_where_all_is_fine_it_says_so_and_what_it_cannot_see(cli: CommandLine, world: World) -> None:
    done = await run(cli, **world.env)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "problem " not in done.stdout
    assert "no problems, 1 warning\n" in done.stdout  # the address of this test
    assert f"{world.public_url} is this service, but only this machine can reach it" in done.stdout
    assert "WEBHOOK_SECRET opens the service, a wrong one does not" in done.stdout
    assert "set up as the service needs it" in done.stdout
    assert "claude-haiku-5-5 (speaks, listens) answers" in done.stdout
    assert "claude-sonnet-5-5 (writes reports) answers" in done.stdout
    assert "the microphone" in done.stdout
    assert [body["max_tokens"] for body in world.claude.bodies] == [1, 1]


async def test_a_problem_gives_exit_code_1_and_no_list_of_what_it_cannot_see(cli: CommandLine, world: World) -> None:
    world.tunnel.down = True
    done = await run(cli, **world.env)

    assert done.returncode == 1
    assert f"problem     tunnel: nobody answers at {world.public_url}" in done.stdout
    assert "-> start the tunnel" in done.stdout
    assert "the microphone" not in done.stdout


async def test_nothing_secret_is_printed_whatever_is_wrong(cli: CommandLine, world: World) -> None:
    world.claude.replies = lambda _: error_reply(401, "authentication_error")
    world.elevenlabs.key = "another-key"
    wrong_secret = "Zk5RwN1vQx8CtG7mBy4LhS9pDj2FuKaX"
    redis = f"redis://someone:hunter2@127.0.0.1:{free_port()}/0"
    given = {"WEBHOOK_SECRET": f"{SECRET},{wrong_secret}", "REDIS_URL": redis, "LOG_LEVEL": "debug"}
    done = await run(cli, **{**world.env, **given})

    assert done.returncode == 1
    for name in ("store", "Claude", "secret", "ElevenLabs"):
        assert f"problem     {name}: " in done.stdout
    for secret in (SECRET, wrong_secret, TOKEN, CLAUDE_KEY, KEY, "hunter2", "someone"):
        assert secret not in done.stdout + done.stderr


async def test_machines_get_every_finding_as_json(cli: CommandLine, world: World) -> None:
    world.elevenlabs.agents[AGENT_ID]["platform_settings"]["auth"]["enable_auth"] = False
    done = await run(cli, "--json", **world.env)
    told = orjson.loads(done.stdout)

    assert done.returncode == 1
    assert told["ok"] is False
    assert {finding["state"] for finding in told["findings"]} <= {"ok", "warning", "problem", "not checked"}
    [wrong] = [finding for finding in told["findings"] if finding["state"] == "problem"]
    assert wrong["name"] == "agent"
    assert "enable_auth" in wrong["found"]
    assert "webhook agent push" in wrong["remedy"]


async def test_offline_asks_nobody(cli: CommandLine, world: World) -> None:
    done = await run(cli, "--offline", **world.env)

    assert done.returncode == 0
    for name in ("clock", "Claude", "tunnel", "ElevenLabs"):
        assert f"not checked {name}: it needs the network" in done.stdout
    assert not world.claude.received
    assert not world.elevenlabs.received
    assert world.tunnel.connections == 0


def test_settings_that_cannot_be_read_are_a_finding_and_name_the_variable(inside: Inside) -> None:
    done = inside("doctor", PORT="many")

    assert done.returncode == 1
    assert "problem     settings: PORT: " in done.stdout
    assert "not checked store: the settings come first" in done.stdout


def test_wrong_use_is_exit_code_2(inside: Inside) -> None:
    assert inside("doctor", "--everything").returncode == 2


def test_a_service_that_made_its_own_secret_is_recognised_by_it(cli: CommandLine) -> None:
    process = cli.start("serve", "--port", "0")
    assert process.stdout is not None
    line = next(line for line in process.stdout if line.lstrip().startswith("curl "))
    address = line.split()[2].removesuffix("/api/elevenlabs-webhook")
    done = cli.run("doctor", PUBLIC_URL=address, ELEVENLABS_BASE_URL=address, ANTHROPIC_BASE_URL=address)

    assert done.returncode == 0, done.stdout
    assert "WEBHOOK_SECRET opens the service" in done.stdout


# The frame


async def test_a_check_that_fails_or_hangs_does_not_keep_the_others_from_telling() -> None:
    async def fails(_: Checkup) -> Sequence[Finding]:
        raise RuntimeError("with a secret in its text")

    async def hangs(_: Checkup) -> Sequence[Finding]:
        await asyncio.Event().wait()
        return ()

    async def is_fine(_: Checkup) -> Sequence[Finding]:
        return (Finding(name="last", state="ok", found="fine"),)

    checks = [
        Check(name="first", run=fails),
        Check(name="second", run=hangs, limit_s=0.05),
        Check(name="last", run=is_fine),
    ]
    told = [finding async for finding in findings(checks, Checkup(settings=settings_for(Path())))]

    assert [(finding.name, finding.state) for finding in told] == [
        ("first", "problem"),
        ("second", "problem"),
        ("last", "ok"),
    ]
    assert "RuntimeError" in told[0].found
    assert "secret" not in told[0].found
    assert "no result within 0.05 seconds" in told[1].found


def test_what_needs_the_network_says_so() -> None:
    assert {check.name for check in CHECKS if check.needs_network} == {"clock", "Claude", "tunnel", "ElevenLabs"}


# On this machine


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("short-but-random-9XqT", "shorter than 32"),
        ("a" * 40, "does not look random"),
        ("changeme" * 5, "does not look random"),
        ("changeme-changeme-changeme-chang", "does not look random"),
        ("abcdefghijklmnopqrstuvwxyz0123456789", "does not look random"),
    ],
)
async def test_a_secret_that_can_be_guessed_is_a_problem_once_the_world_can_reach_it(
    tmp_path: Path, secret: str, words: str
) -> None:
    given = {"webhook_secret": (SecretStr(SECRET), SecretStr(secret)), "api_token": (SecretStr(TOKEN),)}
    at_home = await one(checks_here.own_secrets, settings_for(tmp_path, **given))
    outside = await one(checks_here.own_secrets, settings_for(tmp_path, public_url="https://a.example", **given))

    assert_finding(at_home, "warning", words, "openssl rand -hex 32")
    assert_finding(outside, "problem", words, "openssl rand -hex 32")
    assert secret not in str(outside)


@pytest.mark.parametrize(
    "random", [SECRET, TOKEN, "9f86d081884c7d659a2feaa0c55ad015", "correct-horse-battery-staple-mint"]
)
async def test_random_secrets_are_good_enough(tmp_path: Path, random: str) -> None:
    given = {"webhook_secret": (SecretStr(random),), "public_url": "https://a.example"}
    told = await checks_here.own_secrets(Checkup(settings=settings_for(tmp_path, **given)))
    assert told[0].state == "ok"


async def test_one_value_for_both_secrets_is_a_problem(tmp_path: Path) -> None:
    given = {"webhook_secret": (SecretStr(TOKEN), SecretStr(SECRET)), "api_token": (SecretStr(SECRET),)}
    found = await one(checks_here.own_secrets, settings_for(tmp_path, **given))
    assert found.name == "WEBHOOK_SECRET and API_TOKEN"
    assert_finding(found, "problem", "the same value", "a random value of its own")


async def test_a_name_that_only_looks_like_a_setting_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_MODL", "x")
    _, misspelt = await checks_here.settings_read(Checkup(settings=world.settings))
    assert_finding(misspelt, "warning", "CLAUDE_MODL is no setting", "did you mean CLAUDE_MODEL?")


async def test_a_missing_secret_is_a_problem_only_where_others_can_connect(tmp_path: Path) -> None:
    made = await one(checks_here.own_secrets, settings_for(tmp_path, webhook_secret=()))
    missing = await one(checks_here.own_secrets, settings_for(tmp_path, webhook_secret=(), host="0.0.0.0"))

    assert_finding(made, "ok", "made by the service")
    assert_finding(missing, "problem", "HOST is 0.0.0.0", "set WEBHOOK_SECRET")


@pytest.mark.parametrize(
    ("given", "state", "words"),
    [
        ({"anthropic_api_key": None}, "warning", ("scripted", "set ANTHROPIC_API_KEY")),
        ({"anthropic_api_key": SecretStr("sk_0123")}, "problem", ("no key of Claude", "copy the key once more")),
        ({"anthropic_api_key": SecretStr("'sk-ant-1'")}, "problem", ("quotes", "copy the key once more")),
        ({"elevenlabs_api_key": None}, "warning", ("no signed URLs", "set ELEVENLABS_API_KEY")),
        ({"elevenlabs_api_key": SecretStr("sk-ant-1")}, "problem", ("a key of Claude", "ElevenLabs' own key")),
        ({"elevenlabs_agent_id": None}, "warning", ("not set", "set ELEVENLABS_AGENT_ID")),
    ],
)
async def test_a_key_that_is_missing_or_anothers_is_named(
    world: World, given: dict[str, Any], state: str, words: Sequence[str]
) -> None:
    found = await one(checks_here.keys, world.settings.model_copy(update=given))
    assert_finding(found, state, *words)


async def test_the_secret_of_the_post_call_webhooks_is_asked_for(tmp_path: Path) -> None:
    async def told(**given: Any) -> Finding:
        *_, last = await checks_here.keys(Checkup(settings=settings_for(tmp_path, **given)))
        return last

    assert_finding(await told(), "warning", "post-call webhooks are refused", "ELEVENLABS_WEBHOOK_SECRET")
    assert_finding(await told(elevenlabs_webhook_secret=(SecretStr("wsec_1"),)), "ok", "set")


async def test_a_data_folder_that_cannot_be_written_to_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = await one(checks_here.data_dir, settings_for(tmp_path / "file"))
    assert_finding(found, "problem", "cannot be written to", "DATA_DIR")


async def test_the_look_into_the_data_folder_leaves_nothing_behind(tmp_path: Path) -> None:
    found = await one(checks_here.data_dir, settings_for(tmp_path / "new"))

    assert_finding(found, "ok", "GB free")
    assert list((tmp_path / "new").iterdir()) == []


async def test_the_record_that_tries_the_store_is_gone_again(tmp_path: Path) -> None:
    settings = settings_for(tmp_path)
    assert_finding(await one(checks_here.store, settings), "ok", "SQLite: a record was written, read and deleted")
    async with opened_store(settings) as opened:
        assert not (await opened.list_sessions(Filter())).records


async def test_a_store_that_does_not_answer_is_a_problem(tmp_path: Path) -> None:
    url = SecretStr(f"redis://127.0.0.1:{free_port()}/0")
    found = await one(checks_here.store, settings_for(tmp_path, redis_url=url))
    assert_finding(found, "problem", "Redis did not answer", "start Redis, or look at REDIS_URL")


async def test_a_redis_that_drops_sessions_or_has_another_time_is_told(
    tmp_path: Path, own_redis_server: RedisServer
) -> None:
    settings = settings_for(tmp_path, redis_url=SecretStr(own_redis_server.url))
    good = await checks_here.store(Checkup(settings=settings))
    own_redis_server.command("CONFIG", "SET", "maxmemory", "100mb")
    own_redis_server.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    dropping = await one(checks_here.store, settings)
    own_redis_server.command("CONFIG", "SET", "maxmemory-policy", "noeviction")
    late = await one(checks_here.store, settings, clock=lambda: time.time() - 20)

    assert [finding.name for finding in good] == ["store", "store's clock", "store's version", "store's memory"]
    assert {finding.state for finding in good} == {"ok"}
    assert_finding(dropping, "warning", "allkeys-lru", "CONFIG SET maxmemory-policy noeviction")
    assert_finding(late, "warning", "20 seconds behind the store", "set the clock")


async def test_flows_with_mistakes_are_counted_and_named(tmp_path: Path) -> None:
    flow = (ROOT / "flows" / "financial_lifestyle.yaml").read_text().replace("go_to: subscr", "go_to: supscr")
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "financial_lifestyle.yaml").write_text(flow)
    found = await one(checks_here.flows, settings_for(tmp_path, flows_dir=tmp_path / "flows"))
    assert_finding(found, "problem", "1 error: ", "financial_lifestyle.yaml:", "supscr", "webhook check")


async def test_a_share_of_a_version_that_was_never_in_service_is_told(tmp_path: Path) -> None:
    given = {"financial_lifestyle": {1: 0.5, 9: 0.5}}
    found = await one(checks_here.flows, settings_for(tmp_path, flow_weights=given))
    assert_finding(found, "warning", "FLOW_WEIGHTS names financial_lifestyle version 9", "mend FLOW_WEIGHTS")
    fine = await one(checks_here.flows, settings_for(tmp_path, flow_weights={"financial_lifestyle": {1: 1.0}}))
    assert fine.state == "ok"


async def test_a_default_flow_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    found = await one(checks_here.flows, settings_for(tmp_path, flow="nobody_wrote_this"))
    assert_finding(found, "problem", "FLOW names a flow that is not there", "financial_lifestyle")


# The clock


@pytest.mark.parametrize(
    ("ahead_s", "state", "words"),
    [
        (0, "ok", ("within 5 seconds",)),
        (20, "warning", ("seconds ahead of", "set the clock")),
        (-20, "warning", ("seconds behind", "set the clock")),
        (300, "problem", ("seconds ahead of", "timedatectl")),
        (-2000, "problem", ("seconds behind", "timedatectl")),
    ],
)
async def test_a_clock_that_is_wrong_is_told(world: World, ahead_s: int, state: str, words: Sequence[str]) -> None:
    found = await one(checks_beyond.clock, world.settings, clock=lambda: time.time() + ahead_s)
    assert_finding(found, state, *words)


async def test_without_an_answer_the_clock_is_not_judged(world: World) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    given = {"elevenlabs_base_url": nobody, "anthropic_base_url": nobody}
    assert (await one(checks_beyond.clock, world.settings.model_copy(update=given))).state == "not checked"


# Claude


@pytest.mark.parametrize(
    ("reply", "state", "words"),
    [
        (error_reply(401, "authentication_error"), "problem", ("the key is wrong", "ANTHROPIC_API_KEY")),
        (error_reply(403, "permission_error"), "problem", ("no permission", "allow the model")),
        (error_reply(404, "not_found_error"), "problem", ("is not known", "CLAUDE_MODEL")),
        (error_reply(402, "billing_error"), "problem", ("no credit", "spend limit")),
        (
            error_reply(429, "rate_limit_error", code="enforced_spend_limit_reached"),
            "problem",
            ("spend limit is reached", "raise the spend limit"),
        ),
        (error_reply(429, "rate_limit_error"), "warning", ("over its rate limit", "CLAUDE_FALLBACK_MODEL")),
        (error_reply(529, "overloaded_error"), "warning", ("overloaded", "wait")),
        (error_reply(400, "invalid_request_error"), "problem", ("refuses our request", "try another")),
        (error_reply(500, "api_error"), "problem", ("cannot be reached, or broke off", "status page")),
    ],
)
async def test_why_claude_cannot_be_used_is_told_apart(
    world: World, reply: Reply, state: str, words: Sequence[str]
) -> None:
    world.claude.replies = lambda _: reply
    assert_finding(await one(checks_beyond.claude, world.settings), state, *words)


async def test_each_model_is_asked_and_the_one_that_is_wrong_is_named(world: World) -> None:
    def answer(body: dict[str, Any]) -> Reply:
        return error_reply(404, "not_found_error") if body["model"] == "claude-typo" else Reply()

    world.claude.replies = answer
    given = {"claude_fallback_model": "claude-typo"}
    told = await checks_beyond.claude(Checkup(settings=world.settings.model_copy(update=given)))

    assert [finding.state for finding in told] == ["ok", "ok", "problem"]
    assert_finding(told[2], "problem", "claude-typo (steps in) is not known", "CLAUDE_FALLBACK_MODEL")


async def test_nobody_at_claudes_address_is_a_problem(world: World) -> None:
    given = {"anthropic_base_url": f"http://127.0.0.1:{free_port()}"}
    found = await one(checks_beyond.claude, world.settings.model_copy(update=given))
    assert_finding(found, "problem", "cannot be reached", "ANTHROPIC_BASE_URL")


# The public address


@asynccontextmanager
async def stranger(status: int, *, body: bytes = b"", headers: Mapping[str, str] = {}) -> AsyncIterator[str]:
    """Something else that answers every request like this; yields its address."""

    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=headers)

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def at(world: World, url: str | None) -> Settings:
    return world.settings.model_copy(update={"public_url": url})


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://calls.example/v1", ("ends in /v1: ", "set PUBLIC_URL=https://calls.example, without")),
        ("https://calls.example/v1/chat/completions", ("adds /chat/completions", "PUBLIC_URL=https://calls.example")),
        ("https://calls.example/brain/v1/", ("ends in /brain/v1/", "PUBLIC_URL=https://calls.example")),
        ("https://calls.example?key=hunter2", ("more in it than a host", "PUBLIC_URL=https://calls.example")),
        ("https://me:hunter2@calls.example", ("more in it than a host", "PUBLIC_URL=https://calls.example")),
        ("http://calls.example", ("not encrypted", "PUBLIC_URL=https://calls.example")),
        ("calls.example", ("is no address", "https://<your-domain>")),
        ("https://[calls", ("is no address", "https://<your-domain>")),
    ],
)
async def test_a_public_address_that_is_written_wrongly_is_told_without_asking_there(
    world: World, url: str, words: Sequence[str]
) -> None:
    told = await checks_beyond.public_address(Checkup(settings=at(world, url)))

    assert_finding(told[0], "problem", *words)
    assert told[1].state == "not checked"
    assert "hunter2" not in str(told)


async def test_without_a_public_address_it_says_how_to_get_one(world: World) -> None:
    found = await one(checks_beyond.public_address, at(world, None))
    assert_finding(found, "warning", "PUBLIC_URL is not set", "ngrok start --all --config ngrok.yml")


NGROK_PAGE = b"<!DOCTYPE html><title>ngrok</title><p>ERR_NGROK_8012</p>"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            {"status": 404, "headers": {"ngrok-error-code": "ERR_NGROK_3200"}},
            ("no tunnel open", "ERR_NGROK_3200", "run ngrok start"),
        ),
        ({"status": 502, "body": NGROK_PAGE}, ("no service answers it", "ERR_NGROK_8012", "make run")),
        (
            {"status": 429, "headers": {"ngrok-error-code": "ERR_NGROK_9999"}},
            ("did not pass the request on", "ngrok.com/docs/errors/err_ngrok_9999"),
        ),
        ({"status": 502}, ("the tunnel is there, the service is not", "start the service")),
        ({"status": 308, "headers": {"location": "https://calls.example"}}, ("redirects (308)", "set PUBLIC_URL")),
        ({"status": 403}, ("stands before the service", "let ElevenLabs through")),
        ({"status": 200, "body": b'{"status": "ok"}'}, ("another service answers", "look at PUBLIC_URL")),
        ({"status": 200, "body": b"x" * 1_000_000}, ("another service answers", "look at PUBLIC_URL")),
    ],
)
async def test_what_answers_instead_of_the_service_is_recognised_and_gets_no_secret(
    world: World, answer: dict[str, Any], words: Sequence[str]
) -> None:
    async with stranger(**answer) as url:
        told = await checks_beyond.public_address(Checkup(settings=at(world, url)))

    assert_finding(told[0], "problem", *words)
    assert told[1].state == "not checked"


async def test_another_secret_than_that_of_the_running_service_is_told(world: World) -> None:
    given = {"webhook_secret": (SecretStr(TOKEN),)}
    found = await checks_beyond.public_address(Checkup(settings=world.settings.model_copy(update=given)))
    assert_finding(found[1], "problem", "does not know WEBHOOK_SECRET as it is here (401)", "DATA_DIR")


async def test_something_in_between_that_lets_every_secret_in_is_told(world: World) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        headers = {"x-request-id": request.headers.get("x-request-id", "")}
        return web.json_response({"status": "ok"}, headers=headers)

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    settings = at(world, f"http://127.0.0.1:{runner.addresses[0][1]}")
    found = await checks_beyond.public_address(Checkup(settings=settings))
    await runner.cleanup()

    assert_finding(found[1], "problem", "a wrong secret is let in as well", "between the tunnel and the service")


# ElevenLabs and its agent


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (
            problem(401, kind="authentication_error", code="invalid_api_key", message="no"),
            ("the key is refused (401, invalid_api_key)", "ELEVENLABS_API_KEY"),
        ),
        (
            problem(403, kind="authorization_error", code="missing_permissions", message="no"),
            ("may not read agents", "permission"),
        ),
        (
            problem(402, kind="payment_required", code="payment_required", message="no"),
            ("has to be paid", "plan"),
        ),
        (
            problem(404, kind="not_found", code="agent_not_found", message="no"),
            ("no agent by ELEVENLABS_AGENT_ID", "same workspace"),
        ),
    ],
)
async def test_why_elevenlabs_refuses_is_told_apart(world: World, answer: Any, words: Sequence[str]) -> None:
    world.elevenlabs.script.append(answer)
    assert_finding(await one(checks_beyond.elevenlabs, world.settings), "problem", *words)


async def test_nobody_at_elevenlabs_address_is_a_problem(world: World) -> None:
    given = {"elevenlabs_base_url": f"http://127.0.0.1:{free_port()}"}
    found = await one(checks_beyond.elevenlabs, world.settings.model_copy(update=given))
    assert_finding(found, "problem", "ElevenLabs cannot be reached", "ELEVENLABS_BASE_URL")


async def test_a_key_of_another_region_is_told_with_its_address(world: World) -> None:
    async with FakeElevenLabs(key="another-key") as here:
        regions = {"global": here.base_url, "EU residency": world.elevenlabs.base_url}
        settings = world.settings.model_copy(update={"elevenlabs_base_url": here.base_url})
        found = await one(checks_beyond.elevenlabs, settings, regions=regions)
    assert_finding(found, "problem", "another region: EU residency", f"ELEVENLABS_BASE_URL={world.elevenlabs.base_url}")


async def test_an_address_that_is_none_of_elevenlabs_sends_the_key_nowhere_else(world: World) -> None:
    async with FakeElevenLabs(key="another-key") as here:
        settings = world.settings.model_copy(update={"elevenlabs_base_url": here.base_url})
        found = await one(checks_beyond.elevenlabs, settings, regions={"EU residency": world.elevenlabs.base_url})
    assert_finding(found, "problem", "the key is refused")
    assert not world.elevenlabs.received


async def test_without_an_agents_id_the_key_is_tried_all_the_same(world: World) -> None:
    settings = world.settings.model_copy(update={"elevenlabs_agent_id": None})
    told = await checks_beyond.elevenlabs(Checkup(settings=settings))
    world.elevenlabs.key = "another-key"
    refused = await one(checks_beyond.elevenlabs, settings)

    assert [(finding.name, finding.state) for finding in told] == [("ElevenLabs", "ok"), ("agent", "not checked")]
    assert_finding(refused, "problem", "the key is refused")


def changed(path: str, value: Any) -> dict[str, Any]:
    """A document with this one value."""
    for name in reversed(path.split(".")):
        value = {name: value}
    document: dict[str, Any] = value
    return document


PROMPT = "conversation_config.agent.prompt"


@pytest.mark.parametrize(
    ("path", "value", "state", "words"),
    [
        (f"{PROMPT}.llm", "gemini-3-flash", "problem", ("gemini-3-flash, not custom-llm", "never reach")),
        (
            f"{PROMPT}.custom_llm.url",
            "https://calls.example/v1/chat/completions?key=hunter2",
            "problem",
            ("https://calls.example/v1/chat/completions", "it is a base"),
        ),
        (f"{PROMPT}.custom_llm.url", "https://calls.example/v1", "problem", ("another place than this service",)),
        (f"{PROMPT}.custom_llm.api_key", None, "problem", ("WEBHOOK_SECRET", "401")),
        (f"{PROMPT}.custom_llm.request_headers", [], "problem", ("X-Conversation-Id", "its own session")),
        (f"{PROMPT}.backup_llm_config.preference", "default", "problem", ("default, not disabled",)),
        ("platform_settings.auth.enable_auth", False, "problem", ("enable_auth is false", "the agent's id")),
        (
            "platform_settings.overrides.conversation_config_override.tts.speed",
            False,
            "problem",
            ("not allowed: tts.speed,", "closed at once"),
        ),
        (
            "platform_settings.overrides.custom_llm_extra_body",
            False,
            "problem",
            ("not allowed: custom_llm_extra_body,",),
        ),
        (
            "conversation_config.conversation.max_duration_seconds",
            300,
            "warning",
            ("300 (5 minutes)", "in the middle of the interview"),
        ),
    ],
)
async def test_a_setting_of_the_agent_that_breaks_calls_is_told(
    world: World, path: str, value: Any, state: str, words: Sequence[str]
) -> None:
    good = copy.deepcopy(world.elevenlabs.agents[AGENT_ID])
    world.elevenlabs.agents[AGENT_ID] = merged(good, changed(path, value))
    told = await checks_beyond.elevenlabs(Checkup(settings=world.settings))
    reached, found = told

    assert reached.state == "ok"
    assert_finding(found, state, *words, "webhook agent push")
    assert "hunter2" not in str(found)


async def test_without_a_public_address_the_agents_own_is_not_compared(world: World) -> None:
    told = await checks_beyond.elevenlabs(Checkup(settings=at(world, None)))
    assert_finding(told[1], "ok", "its URL was not compared")
