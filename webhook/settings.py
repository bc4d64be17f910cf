"""Settings: the only reader of the environment. Names are fixed; `.env` is read, the environment wins."""

from __future__ import annotations

import json
import os
import re
import secrets
from difflib import get_close_matches
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webhook.errors import SettingsError
from webhook.folders import make_private
from webhook.interview.cost import PRICES, Price
from webhook.interview.retention import Keep, parse_keep
from webhook.wire.destinations import destination
from webhook.wire.secret_strength import REMEDY, SecretFlaw, secret_flaws
from webhook.wire.standard_webhooks import key_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Secrets = Annotated[tuple[SecretStr, ...], NoDecode]
"""Comma-separated, so that an old and a new one can be valid together."""


_PREFIXES: Final = ("CLAUDE_", "ELEVENLABS_", "LIMIT_", "RESULT_WEBHOOK_", "TURN_")
"""Of our names. Not all of them: `REDIS_`, `FLOW_` or `WEBHOOK_` begin what platforms set for their own services."""
_FOREIGN: Final = re.compile(
    r"CLAUDE_(CODE|CONFIG|AGENT|PLUGIN|PROJECT|ENV)_.*|CLAUDE_EFFORT|TURN_(URL|URI|SERVER|HOST|USER|PASS|CRED|SECRET|REALM).*"
)
"""What other programs read that begins as ours does: Claude Code, and relays of WebRTC."""
_SHORTEST_NAME: Final = 6
"""Letters; shorter names than that are close to too many others."""
_CLOSE: Final = 0.85
"""Of `difflib`: a letter or two of ten may be wrong."""

Share = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def opened(secrets: Iterable[SecretStr]) -> list[str]:
    """The values themselves, for comparing and signing."""
    return [secret.get_secret_value() for secret in secrets]


class Settings(BaseSettings):
    """Everything a deployment can say. A secret prints as `***`."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", frozen=True, env_ignore_empty=True)

    anthropic_api_key: SecretStr | None = Field(None, description="Claude's key; without it the interview is scripted")
    anthropic_base_url: str | None = Field(None, description="another address of the Messages API")
    claude_model: str = Field("claude-haiku-5-5", description="the model that speaks")
    claude_listen_model: str | None = Field(None, description="the model that listens (default: the one that speaks)")
    claude_fallback_model: str | None = Field(None, description="asked when the first model fails or is slow")
    claude_report_model: str = Field("claude-sonnet-5-5", description="the model that writes reports")
    claude_prices: Annotated[dict[str, Price], NoDecode] = Field(
        dict(PRICES), description="dollars per million tokens by the beginning of a model's name, as JSON"
    )
    elevenlabs_api_key: SecretStr | None = Field(None, description="ElevenLabs' key; without it calls start elsewhere")
    elevenlabs_agent_id: str | None = Field(
        None, pattern=r"^[A-Za-z0-9_-]{1,128}$", description="the agent of a call that names none"
    )
    elevenlabs_base_url: str = Field("https://api.elevenlabs.io", description="the address of another region")
    elevenlabs_webhook_secret: Secrets = Field((), description="secrets of post-call webhooks, comma-separated")
    recording_mb: int = Field(200, ge=1, le=4096, description="the largest recording of a call that is kept")
    keep_days: Annotated[Keep, NoDecode] = Field(
        Keep(), description="days that each class of data is kept, like recordings=30,transcripts=30,reports=30"
    )
    redis_url: SecretStr | None = Field(None, description="Redis or Valkey (default: SQLite in DATA_DIR)")
    data_dir: Path = Field(Path(".data"), description="where SQLite and generated secrets are kept")
    webhook_secret: Secrets = Field((), description="bearer secrets of the turn routes, comma-separated")
    api_token: Secrets = Field((), description="bearer secrets of the operators' API, comma-separated")
    flows_dir: Path = Field(Path("flows"), description="where the flows are")
    prompts_dir: Path = Field(Path("prompts"), description="where the prompts are")
    flow: str | None = Field(None, description="the flow of a call that names none (default: the only or first one)")
    flow_weights: Annotated[dict[str, dict[int, Share]], NoDecode] = Field(
        {}, description="which version of a flow new calls get, by share, as JSON"
    )
    public_url: str | None = Field(None, description="the address under which the world reaches this service")
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field((), description="browser origins, comma-separated")
    turn_store_s: float = Field(0.25, gt=0, description="how long the store may take before its standby serves")
    turn_listen_s: float = Field(1.6, gt=0, description="Claude has listened by then, or code reads by itself")
    turn_hedge_s: float = Field(1.0, gt=0, description="without words by then the fallback model is asked as well")
    turn_first_text_s: float = Field(1.8, gt=0, description="Claude's first words, or the flow's own line")
    turn_bridge_s: float = Field(1.8, gt=0, description="a bridge phrase is said, counted from the turn's start")
    turn_gap_s: float = Field(2.0, gt=0, description="the longest silence inside a reply")
    turn_speak_s: float = Field(7.0, gt=0, description="the longest Claude may speak")
    turn_end_s: float = Field(12.0, gt=0, description="the hard end of a turn")
    turn_lease_s: float = Field(2.0, ge=0.5, description="a reply without a sign of life is taken over")
    turn_resend_s: float = Field(3.0, gt=0, description="Claude speaks on so long when nobody listens any more")
    turn_draft: bool = Field(True, description="draft the likely reply while Claude still listens")
    max_calls: int = Field(150, ge=1, description="live calls a worker takes; one more is asked to call later")
    limit_session: int = Field(40, ge=1, description="turns a minute with Claude in one call; then code answers")
    limit_agent: int = Field(3000, ge=1, description="the same for one agent (one secret), in each worker")
    limit_all: int = Field(6000, ge=1, description="the same for all calls of a worker")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    log_format: Literal["auto", "json", "console"] = Field("auto", description="auto: console on a terminal")
    metrics: Literal["auto", "open", "token", "off"] = Field(
        "auto", description="who may read /metrics; auto: all on one's own machine without PUBLIC_URL, else API_TOKEN"
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8080, ge=0, le=65535, description="port to listen on")
    # After `host`: where it is this machine alone, results may stay on it as well.
    result_webhook_url: SecretStr | None = Field(None, description="where results of interviews are sent, by https")
    result_webhook_secret: Secrets = Field(
        (), validate_default=True, description="whsec_ secrets that sign them, comma-separated"
    )

    @field_validator(
        *("webhook_secret", "api_token", "elevenlabs_webhook_secret", "allowed_origins", "result_webhook_secret"),
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(p.strip() for p in value.split(",") if p.strip()) if isinstance(value, str) else value

    @field_validator("elevenlabs_api_key")
    @classmethod
    def _a_header(cls, value: SecretStr | None) -> SecretStr | None:
        """A key that was copied with more than itself would only be found out in the middle of a call."""
        if value is not None and not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("a key has no spaces, line ends or letters beyond ASCII in it")
        return value

    @field_validator("elevenlabs_base_url")
    @classmethod
    def _an_origin(cls, value: str) -> str:
        """The key goes there: encrypted, or no further than this machine."""
        try:
            parts = urlsplit(value)
            is_near = parts.hostname in {"127.0.0.1", "localhost", "::1"}
            is_open = parts.port != 0
        except ValueError:  # no host, or no port, in any sense
            raise ValueError("an address like https://api.elevenlabs.io") from None
        is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_near)
        is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment) and "@" not in parts.netloc
        if not (is_safe and is_bare and is_open and parts.hostname):
            raise ValueError("https:// and a host, without a path, like https://api.elevenlabs.io")
        return f"{parts.scheme}://{parts.netloc}"

    @field_validator("result_webhook_url")
    @classmethod
    def _a_destination(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if value is not None:
            destination(value.get_secret_value(), may_be_near=_is_local(info.data.get("host", "")))
        return value

    @field_validator("result_webhook_secret")
    @classmethod
    def _keys(cls, value: tuple[SecretStr, ...], info: ValidationInfo) -> tuple[SecretStr, ...]:
        """Nothing is sent unsigned, and a secret that signs nothing is a mistake found early."""
        for secret in value:
            key_of(secret.get_secret_value())
        if info.data.get("result_webhook_url") is not None and not value:
            raise ValueError("must be set with RESULT_WEBHOOK_URL: whsec_ and `openssl rand -base64 32`")
        return value

    @field_validator("keep_days", mode="before")
    @classmethod
    def _kept(cls, value: object) -> object:
        return parse_keep(value) if isinstance(value, str) else value

    @field_validator("claude_prices", mode="before")
    @classmethod
    def _priced(cls, value: object) -> object:
        """JSON is merged over the known prices."""
        if not isinstance(value, str):
            return value
        given = json.loads(value)
        if not isinstance(given, dict):
            raise ValueError("a JSON object of prices by model")  # noqa: TRY004 - what pydantic takes for a wrong value
        return {**PRICES, **given}

    @field_validator("flow_weights", mode="before")
    @classmethod
    def _weighed(cls, value: object) -> object:
        return json.loads(value) if isinstance(value, str) else value

    @field_validator("log_level", "log_format", "metrics", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @property
    def is_scripted(self) -> bool:
        return self.anthropic_api_key is None

    @property
    def versions_dir(self) -> Path:
        """Where copies are kept of the flows that were in service."""
        return self.data_dir / "flow_versions"

    @property
    def recordings_dir(self) -> Path:
        return self.data_dir / "recordings"

    @property
    def listen_model(self) -> str:
        return self.claude_listen_model or self.claude_model

    @property
    def secret_flaws(self) -> tuple[SecretFlaw, ...]:
        """What is wrong with the secrets that open us; those of ElevenLabs and of receivers must be others."""
        ours = {"WEBHOOK_SECRET": opened(self.webhook_secret), "API_TOKEN": opened(self.api_token)}
        of_others = {
            "ELEVENLABS_WEBHOOK_SECRET": opened(self.elevenlabs_webhook_secret),
            "RESULT_WEBHOOK_SECRET": opened(self.result_webhook_secret),
        }
        return tuple(secret_flaws(ours, of_others))

    @property
    def metrics_need_token(self) -> bool:
        is_mine_alone = self.is_local and self.public_url is None
        return self.metrics == "token" or (self.metrics == "auto" and not is_mine_alone)

    @property
    def is_local(self) -> bool:
        """True when only this machine can connect."""
        return _is_local(self.host)


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def load_settings(env_file: str | None = ".env") -> Settings:
    """Read the environment. Raises `SettingsError` that names the variable, without its value."""
    try:
        settings = Settings(_env_file=env_file)  # type: ignore[call-arg]  # pydantic-settings' own, without its mypy plugin
    except ValidationError as exc:
        first = exc.errors(include_input=False, include_url=False)[0]
        message = first["msg"].removeprefix("Value error, ")  # pydantic's own word before ours
        raise SettingsError(f"{str(first['loc'][0]).upper()}: {message}") from None
    return settings


def misspelt_settings(env_file: str = ".env") -> Mapping[str, str | None]:
    """Names in the environment and in the file that look like ours and are not, with the one that was meant, if any."""
    known = {name.upper() for name in Settings.model_fields}
    found: dict[str, str | None] = {}
    for name in sorted({*os.environ, *dotenv_values(env_file)}):
        folded = name.upper()
        if folded in known or len(folded) < _SHORTEST_NAME or _FOREIGN.fullmatch(folded):
            continue
        meant = get_close_matches(folded, known, n=1, cutoff=_CLOSE)
        if meant or folded.startswith(_PREFIXES):
            found[name] = meant[0] if meant else None
    return found


def doubts(settings: Settings) -> tuple[str, ...]:
    """What no start fails for and somebody should mend, one sentence each; `settings` are those `with_secrets`."""
    names = (
        f"{name} is no setting{f': did you mean {meant}?' if meant else ', the README lists them'}"
        for name, meant in misspelt_settings().items()
    )
    return (*names, *(f"{flaw}; {REMEDY}" for flaw in settings.secret_flaws))


def with_secrets(settings: Settings) -> Settings:
    """The settings with both secrets there: on one's own machine they are made once and kept in DATA_DIR.

    Raises `SettingsError` when other machines could connect and secrets are missing, weak or shared.
    """
    missing = [n for n in ("webhook_secret", "api_token") if not getattr(settings, n)]
    if missing and not settings.is_local:
        names = " and ".join(n.upper() for n in missing)
        raise SettingsError(f"{names} must be set when HOST is {settings.host}: others can connect")
    if settings.secret_flaws and not settings.is_local:
        flaws = "; ".join(map(str, settings.secret_flaws))
        raise SettingsError(f"{flaws}. Others can connect (HOST is {settings.host}): {REMEDY}")
    kept = {name: (SecretStr(_kept_secret(settings.data_dir / name)),) for name in missing}
    return settings.model_copy(update=kept)


def _kept_secret(path: Path) -> str:
    """The secret in the file, made on first use; several workers starting together agree on one."""
    try:
        make_private(path.parent)
        made = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(32))
        try:
            os.link(made, path)
        except FileExistsError:
            pass
        finally:
            made.unlink()
        kept = path.read_text().strip()
    except OSError as exc:
        raise SettingsError(f"DATA_DIR: {path.parent} cannot be written to ({exc.strerror})") from exc
    if not kept:
        raise SettingsError(f"DATA_DIR: {path} is empty; remove it and a new secret is made")
    return kept
