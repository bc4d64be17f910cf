"""The agent at ElevenLabs as this service needs it, and where one that was found differs.

Only settings this service has an opinion of are named; what else an agent holds (its voice, its widget, its analysis)
stays as somebody set it. Field names and ranges are ElevenLabs' own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from webhook.errors import SettingsError
from webhook.interview.flow import Voice
from webhook.wire.overrides import tts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Document = dict[str, Any]
Path = tuple[str, ...]

INITIATION_PATH: Final = "/api/v1/webhooks/elevenlabs/initiation"
EVENTS_PATH: Final = "/api/v1/webhooks/elevenlabs/events"
INITIATION_HEADER: Final = "X-Initiation-Secret"
INITIATION_PURPOSE: Final = "initiation"
"""For which the header's secret is derived from `WEBHOOK_SECRET`."""
MODEL_ID: Final = "webhook"
"""Any text will do; it is what `GET /v1/models` lists."""
EVENTS: Final = ("transcript", "audio", "call_initiation_failure")
RETENTION_DAYS: Final = 30
"""How long ElevenLabs keeps its copy. Ours is complete within minutes of the call; theirs is for looking into a call that
somebody complains about, and a month covers that. Without a number they keep it for ever."""

_CASCADE_S: Final = 8
"""Twice their default: the first words come within two seconds, and a hand-over to a second model takes a few more."""
_MARGIN_S: Final = 120
"""The flow itself ends the call in time; the platform's own limit, which is silent, must not be there first."""
_SKIP_S: Final = 20
"""After "take your time" the caller is asked again. Without a limit a line that went dead would be held to the end."""
_SILENCE_END_S: Final = 240
"""The flow ends a silent call long before; this is for a call whose turns no longer reach it."""
_DURATION_S: Final = (60, 7200)
_TURN_TIMEOUT_S: Final = (1, 30)
_PROMPT: Final = (
    "The service behind this agent's custom LLM leads the interview; nothing is to be written here.\n"
    "CALL_ID={{system__conversation_id}}"
)
"""The marker says whose call it is where the header is lost, at a proxy or in an agent that was copied."""
_WHOLE: Final = frozenset(
    {
        "custom_llm",
        "backup_llm_config",
        "built_in_tools",
        "language_presets",
        "conversation_initiation_client_data_webhook",
        "webhooks",
    }
)
"""Objects that are sent whole, over what was found in them: ElevenLabs takes none of them without its required fields,
and of some a PATCH may well replace all there is."""


_EITHER_OR: Final = frozenset({"secret_id", "variable_name", "preference"})
"""Objects with one of these are one of several kinds: what was found in them belongs to another kind."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the agent is made from. `url` is what `public_base` gives, secrets are ids of stored ones.

    `openings` has the first words of a call that names no flow, by language, its own language first; a language of
    another flow has none. `voice` is the default persona's. `webhook_id` is the workspace's post-call webhook, None
    where nobody told.
    """

    url: str
    turn_secret_id: str
    initiation_secret_id: str
    openings: Mapping[str, str | None]
    voice: Voice = field(default_factory=Voice)
    silence_s: float
    longest_s: float
    retention_days: int = RETENTION_DAYS
    webhook_id: str | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """One setting as it is wanted and as it was found; `path` is dotted."""

    path: str
    wanted: Any
    found: Any
    is_same: bool


Difference = Setting
"""A setting that is not the same."""


def public_base(url: str) -> str:
    """PUBLIC_URL without a slash at its end. Raises `SettingsError` when ElevenLabs could not call it."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        raise SettingsError("PUBLIC_URL: that is no address; it is written like https://talk.example.org") from None
    if parts.scheme != "https":
        raise SettingsError("PUBLIC_URL: it must begin with https://, for the secret and what callers say go there")
    if not host or parts.query or parts.fragment or "@" in parts.netloc or any(c.isspace() for c in url):
        raise SettingsError("PUBLIC_URL: it is https:// and a host, like https://talk.example.org, and nothing behind")
    if host in {"localhost", "::1"} or host.startswith("127."):
        raise SettingsError(f"PUBLIC_URL: {host} is this machine only; a tunnel gives an address for the world")
    base = url.rstrip("/")
    for end in ("/chat/completions", "/v1"):
        if base.endswith(end):
            raise SettingsError(f"PUBLIC_URL: leave out {end} at its end; the agent gets that by itself")
    return base


def wanted(wishes: Wishes) -> Document:
    """The part of an agent document that this service has an opinion of."""
    return {
        "conversation_config": {
            "agent": _agent(wishes),
            "turn": {
                "turn_timeout": _within(wishes.silence_s, _TURN_TIMEOUT_S),
                "turn_eagerness": "patient",
                "turn_model": "turn_v3",  # the one before is known to ask speculatively whatever is set
                "speculative_turn": False,
                "silence_end_call_timeout": _SILENCE_END_S,
                "soft_timeout_config": {"timeout_seconds": -1},  # this service says its own bridge phrases
            },
            "conversation": {"max_duration_seconds": _within(wishes.longest_s + _MARGIN_S, _DURATION_S)},
            **_tts(wishes.voice),
            **_presets(wishes.openings),
        },
        "platform_settings": {
            "overrides": _overrides(),
            "auth": {"enable_auth": True},
            "privacy": {
                "retention_days": wishes.retention_days,
                "zero_retention_mode": False,  # a call whose webhook was lost could not be fetched
            },
            "workspace_overrides": _webhooks(wishes),
        },
    }


def compare(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Every setting that `wanted` names. What is off and what is not there are the same; lists may hold more."""
    return tuple(_compared(wanted, found, ()))


def differences(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Those settings that are not as they are wanted."""
    return tuple(setting for setting in compare(wanted, found) if not setting.is_same)


def patch(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> Document:
    """What to send so that `found` becomes as `wanted`: nothing for what is so already."""
    changes: Document = {}
    for name, value in wanted.items():
        before = found.get(name)
        if all(setting.is_same for setting in _compared({name: value}, found, ())):
            continue
        if isinstance(value, dict) and name not in _WHOLE:
            changes[name] = patch(value, before if isinstance(before, dict) else {})
        else:
            changes[name] = _over(before, value)
    return changes


def named(document: Any, names: Mapping[str, str]) -> Any:
    """`document` for people: stored secrets by their names, as far as those are known."""
    if isinstance(document, dict):
        return {
            key: names.get(value, value) if key == "secret_id" and isinstance(value, str) else named(value, names)
            for key, value in document.items()
        }
    return document


def post_call_webhook(found: Mapping[str, Any]) -> str | None:
    """The id of the agent's own post-call webhook; None where the workspace's counts, which the agent does not tell."""
    value: Any = found
    for name in ("platform_settings", "workspace_overrides", "webhooks", "post_call_webhook_id"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) and value else None


def _agent(wishes: Wishes) -> Document:
    language, opening = next(iter(wishes.openings.items()))
    return {
        "first_message": opening or "",
        "language": _code(language),
        "prompt": {
            "prompt": _PROMPT,
            "llm": "custom-llm",  # here and nowhere else: anywhere but in `prompt` it is dropped without a word
            "custom_llm": _custom_llm(wishes),
            "temperature": 0,
            "ignore_default_personality": True,
            "cascade_timeout_seconds": _CASCADE_S,
            "backup_llm_config": {"preference": "disabled"},  # another model knows nothing of the interview
            "built_in_tools": {
                "end_call": _tool("end_call", speech="auto"),
                "skip_turn": _tool("skip_turn", speech="off", wait_timeout_secs=_SKIP_S),
            },
        },
    }


def _custom_llm(wishes: Wishes) -> Document:
    """There is no header X-Session-Token from `secret__session_token`: a call that brings no such variable, as every
    phone call without an initiation webhook, would end before its first word, and the token comes in the extra body.
    """
    return {
        "url": f"{wishes.url}/v1",
        "model_id": MODEL_ID,
        "api_type": "chat_completions",
        "api_key": {"secret_id": wishes.turn_secret_id},
        "auth_connection": None,  # it would put another secret where this one belongs
        "request_headers": {"X-Conversation-Id": {"variable_name": "system__conversation_id"}},
    }


def _tool(name: str, *, speech: str, **params: Any) -> Document:
    """An empty description stands for the platform's own."""
    return {
        "type": "system",
        "name": name,
        "description": "",
        "response_timeout_secs": 20,
        "pre_tool_speech": speech,
        "interruption_mode": "allow",
        "tool_call_sound": None,
        "tool_error_handling_mode": "auto",
        "assignments": [],
        "params": {"system_tool_type": name, **params},
    }


def _tts(voice: Voice) -> Document:
    said = tts(voice)
    return {"tts": said} if said else {}


def _presets(openings: Mapping[str, str | None]) -> Document:
    """A call may only change to a language that has one; where the flow opens in it, the platform says so in it."""
    _, *others = openings.items()
    presets = {_code(code): {"overrides": {"agent": {"first_message": text}} if text else {}} for code, text in others}
    return {"language_presets": presets} if presets else {}


def _overrides() -> Document:
    """Voice and opening follow the persona of the session. Everything else would let whoever holds a call's page
    put another interviewer into it.
    """
    return {
        "conversation_config_override": {
            "agent": {
                "first_message": True,
                "language": True,
                "max_conversation_duration_message": False,
                "prompt": dict.fromkeys(
                    (
                        "prompt",
                        "llm",
                        "reasoning_effort",
                        "tool_ids",
                        "tool_ids_strict",
                        "native_mcp_server_ids",
                        "knowledge_base",
                    ),
                    False,
                ),
            },
            "tts": {
                "voice_id": True,
                "speed": True,
                "stability": True,
                "similarity_boost": True,
                "model_id": False,
                "supported_voices": False,
                "clone_strength": False,
                "pronunciation_dictionary_locators": False,
            },
            "turn": {"soft_timeout_config": {"message": False}, "noisy_environment_message": False},
            "asr": {"keywords": False},
            "conversation": {"text_only": False, "max_duration_seconds": False},
        },
        "custom_llm_extra_body": True,
        "enable_conversation_initiation_client_data_from_webhook": True,
        "enable_starting_workflow_node_id_from_client": False,
        "enable_procedure_ids_from_client": False,
    }


def _webhooks(wishes: Wishes) -> Document:
    told: Document = {
        "conversation_initiation_client_data_webhook": {
            "url": wishes.url + INITIATION_PATH,
            "request_headers": {INITIATION_HEADER: {"secret_id": wishes.initiation_secret_id}},
        }
    }
    if wishes.webhook_id is not None:
        told["webhooks"] = {
            "post_call_webhook_id": wishes.webhook_id,
            "events": list(EVENTS),
            "transcript_format": "json",
            "exclude_transcript": False,
        }
    return told


def _code(language: str) -> str:
    """ElevenLabs writes pt-br where flows may say pt-BR."""
    return language.lower()


def _within(seconds: float, limits: tuple[int, int]) -> int:
    least, most = limits
    return max(least, min(round(seconds), most))


def _compared(wanted: Mapping[str, Any], found: object, place: Path) -> Iterator[Setting]:
    inside: Mapping[str, Any] = found if isinstance(found, dict) else {}
    for name, value in wanted.items():
        path, there = (*place, name), inside.get(name)
        # An empty object is wanted for itself: a language without an opening must be there all the same.
        if isinstance(value, dict) and value:
            yield from _compared(value, there, path)
        else:
            yield Setting(path=".".join(path), wanted=value, found=there, is_same=_is_same(value, there))


def _is_same(wanted: object, found: object) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, dict)
    if isinstance(wanted, list):
        return all(item in (found if isinstance(found, list) else []) for item in wanted)
    if wanted is None or wanted is False or wanted == "":
        return found is None or found is False or found == ""
    # A switch is no number: 1 is not what turns something on.
    return isinstance(wanted, bool) == isinstance(found, bool) and wanted == found


def _over(before: object, value: object) -> Any:
    """`value`, with what it does not speak of as it was."""
    if isinstance(value, dict):
        kept: Mapping[str, Any] = before if isinstance(before, dict) and not value.keys() & _EITHER_OR else {}
        return {**kept, **{name: _over(kept.get(name), inner) for name, inner in value.items()}}
    if isinstance(value, list):
        kept_items: Sequence[Any] = before if isinstance(before, list) else ()
        return [*kept_items, *(item for item in value if item not in kept_items)]
    return value
