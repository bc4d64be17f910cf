"""Settings come from the environment and from `.env`, complain by name, and never show a secret."""

from __future__ import annotations

import multiprocessing
import re
import stat
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.live_server import settings_for
from webhook.cli import checks_here
from webhook.cli.checkup import Checkup
from webhook.errors import SettingsError
from webhook.folders import make_private
from webhook.ground import library_of
from webhook.interview.cost import PRICES, Price
from webhook.interview.retention import Keep
from webhook.recordings import Recordings
from webhook.settings import Settings, doubts, load_settings, misspelt_settings, with_secrets
from webhook.store.sqlite_file import connect

CANARY = "sk-canary-0123456789"
WHSEC = "whsec_" + "QUFB" * 10
WHSEC_RANDOM = "whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH"
STRONG = ("q7XrV2mKc9TzL4bWn8HsYd3JfP6gAeUo", "Zk5RwN1vQx8CtG7mBy4LhS9pDj2FuKa3", "0a1f7c35d9e24b886f13ac5be7209d48")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory, and an environment without any of our names."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_an_environment_everything_has_a_value_and_the_interview_is_scripted() -> None:
    settings = load_settings()
    assert settings.is_scripted
    assert settings.is_local
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8080, Path(".data"))
    assert (settings.webhook_secret, settings.api_token, settings.redis_url) == ((), (), None)


def test_the_environment_is_read_and_lists_are_split_at_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_SECRET", " new , old ,")
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://a.example,https://b.example")
    monkeypatch.setenv("ANTHROPIC_API_KEY", CANARY)
    monkeypatch.setenv("LOG_LEVEL", "DEBUG")
    monkeypatch.setenv("PORT", "0")
    settings = load_settings()
    assert [s.get_secret_value() for s in settings.webhook_secret] == ["new", "old"]
    assert settings.allowed_origins == ("https://a.example", "https://b.example")
    assert not settings.is_scripted
    assert (settings.log_level, settings.port) == ("debug", 0)


def test_an_empty_variable_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "")
    monkeypatch.setenv("PORT", "")
    assert load_settings().is_scripted
    assert load_settings().port == 8080


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("PORT=1111\nHOST=localhost\nSOMETHING_ELSE=1\n")
    monkeypatch.setenv("PORT", "2222")
    settings = load_settings()
    assert (settings.host, settings.port) == ("localhost", 2222)
    assert load_settings(None).host == "127.0.0.1"


def test_the_listening_model_is_the_speaking_one_unless_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_MODEL", "a")
    assert load_settings().listen_model == "a"
    monkeypatch.setenv("CLAUDE_LISTEN_MODEL", "b")
    assert load_settings().listen_model == "b"


def test_prices_are_laid_over_the_known_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "CLAUDE_PRICES", '{"claude-haiku-5-5": {"input": 0.2, "output": 0.9}, "x": {"input": 1, "output": 2}}'
    )
    prices = load_settings().claude_prices
    assert prices["claude-haiku-5-5"] == Price(input=0.2, output=0.9)
    assert prices["x"] == Price(input=1, output=2)
    assert prices["claude-sonnet-5-5"] == PRICES["claude-sonnet-5-5"]


@pytest.mark.parametrize(
    "wrong", ["{", "[]", '"x"', '{"x": 3}', '{"x": {"input": 1}}', '{"x": {"input": 1, "output": -2}}']
)
def test_wrong_prices_are_named_by_their_variable(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAUDE_PRICES", wrong)
    with pytest.raises(SettingsError, match=r"^CLAUDE_PRICES: "):
        load_settings()


@pytest.mark.parametrize(
    ("metrics", "host", "public_url", "needed"),
    [
        ("auto", "127.0.0.1", None, False),
        ("auto", "127.0.0.1", "https://a.example", True),
        ("auto", "0.0.0.0", None, True),
        ("open", "0.0.0.0", None, False),
        ("TOKEN", "127.0.0.1", None, True),
    ],
)
def test_who_may_read_the_metrics_follows_from_who_can_connect(
    metrics: str, host: str, public_url: str | None, needed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("METRICS", metrics)
    monkeypatch.setenv("HOST", host)
    monkeypatch.setenv("PUBLIC_URL", public_url or "")
    assert load_settings().metrics_need_token is needed


def test_days_are_read_class_by_class_and_a_wrong_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().keep_days == Keep()
    monkeypatch.setenv("KEEP_DAYS", "recordings=7,reports=365")
    assert load_settings().keep_days == Keep(recordings=7, reports=365)
    monkeypatch.setenv("KEEP_DAYS", "reports=7")
    with pytest.raises(SettingsError, match=r"^KEEP_DAYS: .*recordings \(30\) must not be kept longer than reports"):
        load_settings()


@pytest.mark.parametrize("name", ["PORT", "LOG_LEVEL", "LOG_FORMAT", "METRICS"])
def test_a_wrong_value_is_named_and_not_shown(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CANARY)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"{name}: ")
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_no_secret_shows_in_a_printed_settings_object(tmp_path: Path) -> None:
    secret = SecretStr(CANARY)
    given = {
        "anthropic_api_key": secret,
        "redis_url": SecretStr(f"redis://:{CANARY}@localhost/0"),
        "webhook_secret": (secret,),
        "api_token": (secret,),
    }
    settings = settings_for(tmp_path, **given)
    for shown in (repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()):
        assert CANARY not in shown


@pytest.mark.parametrize(
    ("host", "is_local"),
    [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False)],
)
def test_only_loopback_is_local(host: str, is_local: bool, tmp_path: Path) -> None:
    assert settings_for(tmp_path, host=host).is_local is is_local


def test_missing_secrets_are_made_once_and_kept_to_the_owner(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data", webhook_secret=(), api_token=())
    made = with_secrets(settings)
    again = with_secrets(settings)
    assert made.webhook_secret == again.webhook_secret
    assert made.api_token == again.api_token
    assert made.webhook_secret != made.api_token
    assert len(made.webhook_secret[0].get_secret_value()) > 30
    for name in ("webhook_secret", "api_token"):
        assert stat.S_IMODE((tmp_path / "data" / name).stat().st_mode) == 0o600
    assert sorted(p.name for p in (tmp_path / "data").iterdir()) == ["api_token", "webhook_secret"]


def test_secrets_that_were_given_are_not_written_down(tmp_path: Path) -> None:
    settings = settings_for(tmp_path / "data")
    assert with_secrets(settings) == settings
    assert not (tmp_path / "data").exists()


def _make(data_dir: Path) -> str:
    settings = with_secrets(settings_for(data_dir, webhook_secret=(), api_token=()))
    return settings.webhook_secret[0].get_secret_value()


def test_workers_that_start_together_agree_on_the_secret(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert len(set(pool.map(_make, [tmp_path] * 4, chunksize=1))) == 1


def test_where_others_can_connect_secrets_must_be_given(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, host="0.0.0.0", webhook_secret=(), api_token=())
    with pytest.raises(SettingsError, match="WEBHOOK_SECRET and API_TOKEN must be set"):
        with_secrets(settings)
    with pytest.raises(SettingsError, match="API_TOKEN must be set"):
        with_secrets(settings_for(tmp_path, host="0.0.0.0", api_token=()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"webhook_secret": "a"}, "WEBHOOK_SECRET: shorter than 32"),
        ({"webhook_secret": f"{STRONG[0]},changeme"}, "WEBHOOK_SECRET: shorter than 32"),
        ({"api_token": "a" * 64}, "API_TOKEN: does not look random"),
        ({"api_token": STRONG[0]}, "WEBHOOK_SECRET and API_TOKEN: the same value"),
        ({"api_token": f"{STRONG[1]},{STRONG[0]}"}, "WEBHOOK_SECRET and API_TOKEN: the same value"),
        ({"elevenlabs_webhook_secret": STRONG[0]}, "WEBHOOK_SECRET and ELEVENLABS_WEBHOOK_SECRET: the same value"),
        (
            {"api_token": WHSEC_RANDOM, "result_webhook_secret": WHSEC_RANDOM},
            "API_TOKEN and RESULT_WEBHOOK_SECRET: the same value",
        ),
    ],
)
def test_where_others_can_connect_a_weak_or_shared_secret_ends_the_start_and_is_not_shown(
    tmp_path: Path, given: dict[str, str], named: str
) -> None:
    secrets = {"webhook_secret": STRONG[0], "api_token": STRONG[1], **given}
    others = settings_for(tmp_path, host="0.0.0.0", **secrets)
    with pytest.raises(SettingsError, match=f"^{named}.*HOST is 0.0.0.0.*openssl rand -hex 32") as refused:
        with_secrets(others)
    assert not any(value in str(refused.value) for value in STRONG)
    alone = settings_for(tmp_path, **secrets)
    assert with_secrets(alone) == alone
    assert any(doubt.startswith(named) for doubt in doubts(alone))


def test_random_secrets_of_their_own_are_taken_wherever_the_service_listens(tmp_path: Path) -> None:
    settings = settings_for(
        tmp_path,
        host="0.0.0.0",
        webhook_secret=",".join(STRONG[:2]),
        api_token=STRONG[2],
        elevenlabs_webhook_secret="wsec_1",
    )
    assert with_secrets(settings) == settings
    assert doubts(settings) == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CLAUDE_MODL", "CLAUDE_MODEL"),
        ("WEBHOOK_SECRETS", "WEBHOOK_SECRET"),
        ("API_TOKN", "API_TOKEN"),
        ("FLOW_WEIGHT", "FLOW_WEIGHTS"),
        ("flow_dir", "FLOWS_DIR"),
        ("TURN_LISTEN_SECONDS", None),
        ("ELEVENLABS_VOICE", None),
    ],
)
def test_a_name_that_only_looks_like_a_setting_is_told_with_the_one_that_was_meant(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, meant: str | None
) -> None:
    monkeypatch.setenv(name, CANARY)
    assert misspelt_settings() == {name: meant}
    monkeypatch.delenv(name)
    (folder / ".env").write_text(f"PORT=1\n{name}={CANARY}\n")
    assert misspelt_settings() == {name: meant}
    (doubt,) = doubts(load_settings())
    assert doubt.startswith(f"{name} is no setting")
    assert CANARY not in doubt


@pytest.mark.parametrize(
    "name",
    [
        *("PORTS", "HOSTS", "HOSTNAME", "WEBHOOK_PORT", "REDIS_HOST", "REDIS_TLS_URL", "FLOW_SERVICE_HOST", "API_KEY"),
        *("CLAUDE_CODE_ENTRYPOINT", "TURN_URL", "ANTHROPIC_AUTH_TOKEN", "DATABASE_URL", "LOG_FILE", "WEB_CONCURRENCY"),
    ],
)
def test_names_of_platforms_and_of_other_programs_are_no_misspelt_settings(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    assert misspelt_settings() == {}


def test_a_setting_may_be_written_in_small_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("claude_model", "x")
    assert misspelt_settings() == {}
    assert load_settings().claude_model == "x"


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="DATA_DIR"):
        with_secrets(settings_for(tmp_path / "file", webhook_secret=(), api_token=()))


def test_an_empty_kept_secret_opens_no_door(tmp_path: Path) -> None:
    (tmp_path / "webhook_secret").write_text("\n")
    with pytest.raises(SettingsError, match="webhook_secret"):
        with_secrets(settings_for(tmp_path, webhook_secret=()))


def test_nothing_but_settings_reads_the_environment() -> None:
    package = Path(__file__).parents[1] / "webhook"
    assert [p for p in package.rglob("*.py") if re.search(r"environ\.get|environ\[|getenv", p.read_text())] == []


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://api.eu.residency.elevenlabs.io/", "https://api.eu.residency.elevenlabs.io"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_the_address_of_elevenlabs_may_be_another_region(
    monkeypatch: pytest.MonkeyPatch, given: str, kept: str
) -> None:
    monkeypatch.setenv("ELEVENLABS_BASE_URL", given)
    assert load_settings().elevenlabs_base_url == kept


@pytest.mark.parametrize(
    "given",
    [
        *("http://api.elevenlabs.io", "https://api.elevenlabs.io/v1", "https://", "api.elevenlabs.io", "https://h?x=1"),
        *("https://user:pw@h", "https://h#x", "ftp://h", "http://127.0.0.1.example", "https://h:port", "https://["),
    ],
)
def test_the_key_goes_to_no_address_that_is_open_or_odd(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("ELEVENLABS_BASE_URL", given)
    with pytest.raises(SettingsError, match="ELEVENLABS_BASE_URL"):
        load_settings()


@pytest.mark.parametrize("name", ["ELEVENLABS_API_KEY", "ELEVENLABS_AGENT_ID"])
@pytest.mark.parametrize("given", [f"{CANARY} {CANARY}", f"{CANARY}\r\nx: y", f"é{CANARY}"])
def test_a_key_or_agent_that_was_copied_wrongly_stops_the_start_unseen(
    monkeypatch: pytest.MonkeyPatch, name: str, given: str
) -> None:
    monkeypatch.setenv(name, given)
    with pytest.raises(SettingsError, match=name) as caught:
        load_settings()
    assert CANARY not in str(caught.value)


def test_results_are_sent_where_the_world_is_and_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULT_WEBHOOK_URL", f"https://hooks.example.com/{CANARY}")
    monkeypatch.setenv("RESULT_WEBHOOK_SECRET", f"{WHSEC} , {WHSEC}")
    settings = load_settings()
    assert len(settings.result_webhook_secret) == 2
    assert CANARY not in repr(settings)
    assert WHSEC not in repr(settings)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"RESULT_WEBHOOK_URL": "https://hooks.example.com"}, "RESULT_WEBHOOK_SECRET"),
        ({"RESULT_WEBHOOK_URL": "https://hooks.example.com", "RESULT_WEBHOOK_SECRET": CANARY}, "RESULT_WEBHOOK_SECRET"),
        ({"RESULT_WEBHOOK_URL": f"http://hooks.example.com/{CANARY}"}, "RESULT_WEBHOOK_URL"),
        ({"RESULT_WEBHOOK_URL": f"https://10.0.0.1/{CANARY}"}, "RESULT_WEBHOOK_URL"),
        ({"RESULT_WEBHOOK_URL": f"https://2130706433/{CANARY}"}, "RESULT_WEBHOOK_URL"),
        ({"RESULT_WEBHOOK_URL": f"http://localhost:9/{CANARY}", "HOST": "0.0.0.0"}, "RESULT_WEBHOOK_URL"),
    ],
)
def test_a_receiver_of_results_that_cannot_be_used_is_named_at_start_without_its_address(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], named: str
) -> None:
    secret = {"RESULT_WEBHOOK_SECRET": WHSEC} if named == "RESULT_WEBHOOK_URL" else {}
    for name, value in (secret | given).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{named}: ") as refused:
        load_settings()
    assert CANARY not in str(refused.value)


def test_while_others_cannot_connect_results_may_stay_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESULT_WEBHOOK_URL", "http://localhost:9000/results")
    monkeypatch.setenv("RESULT_WEBHOOK_SECRET", WHSEC)
    assert load_settings().result_webhook_url is not None


def test_what_holds_speech_is_in_folders_for_this_user_alone(tmp_path: Path) -> None:
    """The listed fault: `.data` and what is in it were readable for everybody on the machine."""
    data = tmp_path / "new" / ".data"
    with_secrets(settings_for(data, webhook_secret=()))
    make_private(data / "recordings")
    for folder in (data.parent, data, data / "recordings"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    data.chmod(0o750)
    make_private(data)
    assert stat.S_IMODE(data.stat().st_mode) == 0o750, "what is there stays as its owner wants it"


@pytest.mark.parametrize("maker", ["store", "versions", "recordings", "doctor"])
async def test_whoever_makes_the_data_folder_first_makes_it_private(tmp_path: Path, maker: str) -> None:
    data = tmp_path / ".data"
    settings = settings_for(data)
    if maker == "store":
        connect(data / "sessions.db").close()
    elif maker == "versions":
        library_of(settings)
    elif maker == "recordings":
        Recordings(folder=settings.recordings_dir, most=1)._made()
    else:
        await checks_here.data_dir(Checkup(settings=settings))
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
