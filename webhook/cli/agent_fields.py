"""The few settings of the agent at ElevenLabs that break a call when they are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PROMPT: Final = "conversation_config.agent.prompt"
_OVERRIDES: Final = "platform_settings.overrides"
_ALLOWED: Final = (
    "custom_llm_extra_body",
    "conversation_config_override.agent.language",
    "conversation_config_override.agent.first_message",
    "conversation_config_override.tts.voice_id",
    "conversation_config_override.tts.speed",
    "conversation_config_override.tts.stability",
    "conversation_config_override.tts.similarity_boost",
)
"""What a start of ours sets for one call; an override that is not allowed ends the call at once."""
_DEFAULT_LONGEST_S: Final = 600


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One setting, by its path at ElevenLabs, that is not as the service needs it; `harm` is what comes of it."""

    path: str
    found: str
    wanted: str
    harm: str
    is_grave: bool = True


def differences(agent: Mapping[str, Any], *, url: str | None, longest_s: float) -> Iterator[Difference]:
    """Without a `url` the agent's own is not compared; `longest_s` is how long the flows let a call be."""
    yield from _custom_llm(agent, url)
    backup = _at(agent, f"{_PROMPT}.backup_llm_config.preference")
    if backup != "disabled":
        yield Difference(
            path=f"{_PROMPT}.backup_llm_config.preference",
            found=_shown(backup),
            wanted="disabled",
            harm="a model that knows nothing of the interview may go on with it",
        )
    if _at(agent, "platform_settings.auth.enable_auth") is not True:
        yield Difference(
            path="platform_settings.auth.enable_auth",
            found=_shown(_at(agent, "platform_settings.auth.enable_auth")),
            wanted="true",
            harm="whoever learns the agent's id may hold calls with it",
        )
    yield from _overrides(agent)
    yield from _length(agent, longest_s)


def _custom_llm(agent: Mapping[str, Any], url: str | None) -> Iterator[Difference]:
    llm = _at(agent, f"{_PROMPT}.llm")
    if llm != "custom-llm":
        yield Difference(
            path=f"{_PROMPT}.llm", found=_shown(llm), wanted="custom-llm", harm="calls never reach this service"
        )
        return
    found = _at(agent, f"{_PROMPT}.custom_llm.url")
    if url is not None and str(found).rstrip("/") != url:
        yield Difference(
            path=f"{_PROMPT}.custom_llm.url", found=_address(found), wanted=url, harm=_harm_of_url(str(found))
        )
    header = _at(agent, f"{_PROMPT}.custom_llm.request_headers.X-Conversation-Id")
    if not isinstance(header, dict) or header.get("variable_name") != "system__conversation_id":
        yield Difference(
            path=f"{_PROMPT}.custom_llm.request_headers.X-Conversation-Id",
            found="another value" if header else "not set",
            wanted="the dynamic variable system__conversation_id",
            harm="a call does not find its own session",
        )
    if not _at(agent, f"{_PROMPT}.custom_llm.api_key"):
        yield Difference(
            path=f"{_PROMPT}.custom_llm.api_key",
            found="not set",
            wanted="a secret with the value of WEBHOOK_SECRET",
            harm="every turn is answered 401 and the call fails",
        )


def _harm_of_url(found: str) -> str:
    if "/chat/completions" in found:
        return "it is a base: ElevenLabs adds /chat/completions itself"
    return "calls go to another place than this service"


def _overrides(agent: Mapping[str, Any]) -> Iterator[Difference]:
    closed = [path for path in _ALLOWED if _at(agent, f"{_OVERRIDES}.{path}") is not True]
    if closed:
        yield Difference(
            path=_OVERRIDES,
            found=f"not allowed: {', '.join(path.removeprefix('conversation_config_override.') for path in closed)}",
            wanted="allowed",
            harm="a call that sets one of them is closed at once",
        )


def _length(agent: Mapping[str, Any], longest_s: float) -> Iterator[Difference]:
    told = _at(agent, "conversation_config.conversation.max_duration_seconds")
    found = told if isinstance(told, int | float) else _DEFAULT_LONGEST_S
    if found < longest_s:
        yield Difference(
            path="conversation_config.conversation.max_duration_seconds",
            found=f"{found:g} ({found / 60:g} minutes)",
            wanted=f"{longest_s:g} or more, as the longest flow",
            harm="the platform ends the call in the middle of the interview",
            is_grave=False,
        )


def _at(document: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(document, dict):
            return None
        document = document.get(name)
    return document


def _shown(value: object) -> str:
    return "not set" if value is None else str(value).lower() if isinstance(value, bool) else str(value)[:100]


def _address(url: object) -> str:
    """Without user, password and query: somebody may have put a secret there."""
    if not isinstance(url, str) or not url:
        return "not set"
    scheme, _, rest = url.partition("?")[0].partition("#")[0].partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}"[:200]
