"""`webhook agent push` and `check` against the fake ElevenLabs: what is sent, what is said, and what is never shown."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.conftest import ROOT, CommandLine, Inside
from tests.fake_elevenlabs import AGENT_ID, KEY, Answer, FakeElevenLabs, at, problem
from webhook.allowed import Allowed
from webhook.store.open import open_calls
from webhook.wire.identity import derived_secret

SECRET = "turns-are-open-with-this"
DERIVED = derived_secret(SECRET, "initiation")
PROMPT = ("conversation_config", "agent", "prompt")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def fake() -> Iterator[FakeElevenLabs]:
    """In a loop of its own: the verb under test runs one too."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = asyncio.run_coroutine_threadsafe(FakeElevenLabs().start(), loop).result()
    yield running
    asyncio.run_coroutine_threadsafe(running.__aexit__(), loop).result()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def agent(inside: Inside, fake: FakeElevenLabs) -> Run:
    """`webhook agent ...` for the agent the fake has; what it prints never has a secret in it."""

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        known = {
            "PUBLIC_URL": "https://talk.example.org",
            "ELEVENLABS_API_KEY": KEY,
            "ELEVENLABS_AGENT_ID": AGENT_ID,
            "ELEVENLABS_BASE_URL": fake.base_url,
            "WEBHOOK_SECRET": SECRET,
        }
        done = inside("agent", *words, **known | env)
        for secret in (SECRET, DERIVED, KEY):
            assert secret not in done.stdout + done.stderr
        return done

    return run


def sent(fake: FakeElevenLabs) -> list[str]:
    """The requests that change something."""
    return [f"{r.method} {r.path.removeprefix('/v1/convai/')}" for r in fake.received if r.method != "GET"]


def test_a_push_makes_the_agent_that_check_finds_right(agent: Run, fake: FakeElevenLabs) -> None:
    pushed = agent("push", ELEVENLABS_AGENT_ID="")
    assert pushed.returncode == 0, pushed.stderr
    line = next(line for line in pushed.stdout.splitlines() if line.startswith("ELEVENLABS_AGENT_ID="))
    made = line.partition("=")[2]
    assert sent(fake) == ["POST secrets", "POST secrets", "POST agents/create"]
    checked = agent("check", ELEVENLABS_AGENT_ID=made)
    assert checked.returncode == 0, checked.stdout
    assert ", 0 differ\n" in checked.stdout
    assert "\nNO" not in checked.stdout
    assert fake.agents[made]["name"] == "Voice interviewer"


def test_the_agent_gets_what_flow_settings_and_secrets_say(agent: Run, fake: FakeElevenLabs) -> None:
    assert agent("push", FLOW="financial_lifestyle").returncode == 0
    document = fake.agents[AGENT_ID]
    prompt, config = at(document, PROMPT), document["conversation_config"]
    assert prompt["custom_llm"]["url"] == "https://talk.example.org/v1"
    assert fake.secrets[prompt["custom_llm"]["api_key"]["secret_id"]]["value"] == SECRET
    assert config["agent"]["first_message"].startswith("Hello, my name is Anita Bhargava.")
    assert config["turn"]["turn_timeout"] == 8
    assert config["conversation"]["max_duration_seconds"] == 15 * 60 + 120  # of the longest flow, which it serves too
    assert config["tts"] == {"stability": 0.8, "similarity_boost": 0.4, "speed": 0.75}
    assert set(config["language_presets"]) == {"de"}
    told = at(document, ("platform_settings", "workspace_overrides", "conversation_initiation_client_data_webhook"))
    assert fake.secrets[told["request_headers"]["X-Initiation-Secret"]["secret_id"]]["value"] == DERIVED
    assert document["name"] == "Interviewer"


def test_the_flow_of_a_call_that_names_none_says_the_opening_in_each_of_its_languages(
    agent: Run, fake: FakeElevenLabs
) -> None:
    assert agent("push", FLOW="screening").returncode == 0
    config = fake.agents[AGENT_ID]["conversation_config"]
    german = config["language_presets"]["de"]["overrides"]["agent"]["first_message"]
    assert german
    assert german != config["agent"]["first_message"]


def test_a_second_push_sends_nothing(agent: Run, fake: FakeElevenLabs) -> None:
    first = agent("push")
    assert "set platform_settings.auth.enable_auth: false -> true\n" in first.stdout
    assert sent(fake) == ["POST secrets", "POST secrets", f"PATCH agents/{AGENT_ID}"]
    fake.received.clear()
    again = agent("push")
    assert again.returncode == 0
    assert again.stdout.startswith("nothing to do")
    assert sent(fake) == []


def test_a_push_sends_what_differs_and_leaves_the_rest(agent: Run, fake: FakeElevenLabs) -> None:
    agent("push")
    config = fake.agents[AGENT_ID]["conversation_config"]
    config["turn"]["speculative_turn"] = True
    config["asr"] = {"keywords": ["mine"]}
    fake.received.clear()
    pushed = agent("push")
    assert "set conversation_config.turn.speculative_turn: true -> false\n" in pushed.stdout
    (changed,) = [request for request in fake.received if request.method == "PATCH"]
    assert changed.body == {"conversation_config": {"turn": {"speculative_turn": False}}}
    assert fake.agents[AGENT_ID]["conversation_config"]["asr"] == {"keywords": ["mine"]}


def test_a_new_secret_is_stored_and_named_and_the_old_one_stays(agent: Run, fake: FakeElevenLabs) -> None:
    agent("push")
    old = dict(fake.secrets)
    assert agent("check", WEBHOOK_SECRET="a-new-one,turns-are-open-with-this").returncode == 1
    pushed = agent("push", WEBHOOK_SECRET="a-new-one,turns-are-open-with-this")
    assert pushed.stdout.count("stored the secret voice-interviewer ") == 2
    assert "a-new-one" not in pushed.stdout
    assert old.items() < fake.secrets.items()
    used = at(fake.agents[AGENT_ID], (*PROMPT, "custom_llm", "api_key", "secret_id"))
    assert fake.secrets[used]["value"] == "a-new-one"


def test_a_dry_run_shows_all_and_changes_nothing(agent: Run, fake: FakeElevenLabs) -> None:
    for agent_id in ("", AGENT_ID):
        dry = agent("push", "--dry-run", ELEVENLABS_AGENT_ID=agent_id)
        assert dry.returncode == 0
        shown = json.loads(dry.stdout[dry.stdout.index("{") :])
        assert at(shown, (*PROMPT, "custom_llm", "api_key", "secret_id")).startswith("voice-interviewer turns ")
        assert dry.stdout.count("would store the secret") == 2
    assert sent(fake) == []
    agent("push")
    assert agent("push", "--dry-run").stdout == "nothing would be sent: the agent is as it should be\n"


def test_check_lists_every_setting_marks_what_differs_and_changes_nothing(agent: Run, fake: FakeElevenLabs) -> None:
    before = agent("check")
    assert before.returncode == 1
    assert "`webhook agent push` sets them right" in before.stdout
    agent("push")
    fake.agents[AGENT_ID]["platform_settings"]["overrides"]["conversation_config_override"]["agent"]["prompt"] = {
        "prompt": True
    }
    fake.received.clear()
    checked = agent("check")
    wrong = [line.split() for line in checked.stdout.splitlines() if line.startswith("NO")]
    path = "platform_settings.overrides.conversation_config_override.agent.prompt.prompt"
    assert wrong == [["NO", path, "false", "true"]]
    assert checked.returncode == 1
    assert sent(fake) == []


def test_retention_is_an_option_of_both(agent: Run, fake: FakeElevenLabs) -> None:
    agent("push", "--retention-days", "7")
    assert at(fake.agents[AGENT_ID], ("platform_settings", "privacy", "retention_days")) == 7
    assert agent("check", "--retention-days", "7").returncode == 0
    assert agent("check").returncode == 1


def test_a_post_call_webhook_is_named_once_and_kept(agent: Run, fake: FakeElevenLabs) -> None:
    by_hand = "https://talk.example.org/api/v1/webhooks/elevenlabs/events"
    assert by_hand in agent("push").stdout
    assert by_hand in agent("check").stdout
    chosen = agent("push", "--post-call-webhook", "wh_1")
    kept = agent("push")
    assert by_hand not in chosen.stdout + kept.stdout
    assert kept.stdout.startswith("nothing to do")
    place = ("platform_settings", "workspace_overrides", "webhooks")
    at(fake.agents[AGENT_ID], place)["events"] = ["transcript"]
    assert agent("check").returncode == 1
    agent("push")
    hooks = at(fake.agents[AGENT_ID], place)
    assert hooks["post_call_webhook_id"] == "wh_1"
    assert hooks["events"] == ["transcript", "audio", "call_initiation_failure"]


def test_what_elevenlabs_does_not_take_is_told(agent: Run, fake: FakeElevenLabs) -> None:
    agent("push")
    stale = fake.agents[AGENT_ID] | {"agent_id": AGENT_ID}
    stale["conversation_config"] = {**stale["conversation_config"], "turn": {"turn_timeout": 3}}
    fake.script.extend(
        Answer(document=document)
        for document in (stale, {"secrets": listed(fake)}, stale, stale)  # read, secrets, PATCH, read back
    )
    pushed = agent("push")
    assert pushed.returncode == 1
    assert "did not take conversation_config.turn.turn_timeout: it was to be 8, and is 3\n" in pushed.stderr
    assert "set conversation_config.turn.turn_timeout" not in pushed.stdout


def listed(fake: FakeElevenLabs) -> list[dict[str, Any]]:
    return [{"secret_id": secret_id, "name": secret["name"]} for secret_id, secret in fake.secrets.items()]


def test_the_id_of_a_new_agent_is_told_though_it_cannot_be_read_back(agent: Run, fake: FakeElevenLabs) -> None:
    fake.script.extend(
        [
            Answer(document={"secrets": []}),
            Answer(document={"secret_id": "s1"}),
            Answer(document={"secret_id": "s2"}),
            Answer(document={"agent_id": "agent_new"}),
            *[Answer(status=404)],
        ]
    )
    pushed = agent("push", ELEVENLABS_AGENT_ID="")
    assert pushed.returncode == 1
    assert "ELEVENLABS_AGENT_ID=agent_new\n" in pushed.stdout


def test_a_refusal_names_the_setting_elevenlabs_does_not_like(agent: Run, fake: FakeElevenLabs) -> None:
    agent("push")
    fake.agents[AGENT_ID]["conversation_config"]["turn"]["turn_timeout"] = 3
    read = fake.agents[AGENT_ID] | {"agent_id": AGENT_ID}
    refusal = problem(400, kind="validation_error", code="bad_turn", message="turn_timeout is too patient")
    fake.script.extend([Answer(document=read), Answer(document={"secrets": listed(fake)}), refusal])
    pushed = agent("push")
    assert pushed.returncode == 1
    assert "ElevenLabs (400): bad_turn, turn_timeout is too patient, request " in pushed.stderr
    assert pushed.stderr.endswith("webhook: ElevenLabs takes the request for wrong.\n")


@pytest.mark.parametrize("verb", ["push", "check"])
@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"PUBLIC_URL": ""}, "PUBLIC_URL: it is not set"),
        ({"PUBLIC_URL": "http://talk.example.org"}, "PUBLIC_URL: it must begin with https://"),
        ({"PUBLIC_URL": "https://talk.example.org/v1"}, "PUBLIC_URL: leave out /v1"),
        ({"ELEVENLABS_API_KEY": ""}, "ELEVENLABS_API_KEY: it is not set"),
        ({"WEBHOOK_SECRET": "", "HOST": "0.0.0.0"}, "WEBHOOK_SECRET"),
        ({"FLOW": "nothing"}, "FLOW: there is no flow by that id; there is "),
        ({"ELEVENLABS_BASE_URL": "ftp://x"}, "ELEVENLABS_BASE_URL"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named_and_nothing_is_asked(
    agent: Run, fake: FakeElevenLabs, verb: str, env: dict[str, str], told: str
) -> None:
    refused = agent(verb, **env)
    assert refused.returncode == 2
    assert told in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert fake.received == []


def test_check_needs_an_agent_and_says_how_to_get_one(agent: Run) -> None:
    refused = agent("check", ELEVENLABS_AGENT_ID="")
    assert refused.returncode == 2
    assert "ELEVENLABS_AGENT_ID: it is not set; `webhook agent push` makes an agent" in refused.stderr


def test_an_agent_that_is_not_there_and_a_wrong_key_end_in_one_line(agent: Run, fake: FakeElevenLabs) -> None:
    assert "knows nothing by that id" in agent("push", ELEVENLABS_AGENT_ID="agent_gone").stderr
    assert sent(fake) == []
    fake.key = "another"
    refused = agent("check")
    assert refused.returncode == 1
    assert refused.stderr.startswith("webhook: ElevenLabs refuses the key: look at ELEVENLABS_API_KEY")
    assert refused.stderr.count("\n") == 1


def test_the_secret_that_was_made_for_this_machine_is_the_one_that_is_stored(
    agent: Run, fake: FakeElevenLabs, cli: CommandLine
) -> None:
    assert agent("push", WEBHOOK_SECRET="").returncode == 0
    kept = (cli.data_dir / "webhook_secret").read_text()
    assert kept in [secret["value"] for secret in fake.secrets.values()]


def test_flows_with_mistakes_stop_a_push_before_anything_is_sent(
    agent: Run, fake: FakeElevenLabs, broken: dict[str, str]
) -> None:
    refused = agent("push", **broken)
    assert refused.returncode == 1
    assert "supscr" in refused.stderr
    assert fake.received == []


def test_a_look_keeps_no_copies_of_flows(agent: Run, cli: CommandLine) -> None:
    agent("check")
    assert not (cli.data_dir / "flow_versions").exists()
    assert ROOT not in cli.data_dir.parents


async def test_what_the_agent_allows_is_known_to_the_service_after_a_push_and_after_a_look(
    agent: Run, fake: FakeElevenLabs, cli: CommandLine
) -> None:
    """The service finds it in the store and need not ask before it starts a call."""

    async def known() -> frozenset[str]:
        store = open_calls(None, cli.data_dir)
        await store.open()
        allowed = await Allowed(store=store, elevenlabs=None).of(AGENT_ID)
        await store.close()
        return allowed

    assert await asyncio.to_thread(agent, "check")
    assert await known() == frozenset()
    assert (await asyncio.to_thread(agent, "push")).returncode == 0
    assert {"agent.first_message", "tts.voice_id", "custom_llm_extra_body"} <= await known()
    assert "agent.prompt.prompt" not in await known()
