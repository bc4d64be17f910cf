"""What a call is started with: the persona as overrides of the agent, and the token that names the session.

An override that the agent does not allow ends the call at once (protocols: section 2.3), so only allowed ones are given.
Two forms are written: ElevenLabs' own (WebSocket, initiation webhook) and that of its JavaScript SDK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from webhook.interview.flow import Persona, Voice

EXTRA_BODY: Final = "custom_llm_extra_body"
TOKEN_VARIABLE: Final = "secret__session_token"  # noqa: S105 - the name of a variable
"""A dynamic variable whose name begins so is sent in headers only, never into a prompt."""
_TTS: Final = ("voice_id", "stability", "similarity_boost", "speed")
_CLIENT: Final = {
    "first_message": "firstMessage",
    "voice_id": "voiceId",
    "similarity_boost": "similarityBoost",
}


def allowed_overrides(agent: Mapping[str, Any]) -> frozenset[str]:
    """What a call may override at this agent, as `agent.first_message`, `tts.voice_id`, `custom_llm_extra_body`, ...

    `agent` is the document of `GET /v1/convai/agents/{id}`. What it does not say is not allowed.
    """
    found: Any = agent.get("platform_settings")
    found = found.get("overrides") if isinstance(found, dict) else None
    if not isinstance(found, dict):
        return frozenset()
    config = found.get("conversation_config_override")
    flags = [name for name, value in found.items() if value is True]
    return frozenset(flags) | frozenset(_flags(config, "") if isinstance(config, dict) else ())


def _flags(config: Mapping[str, Any], prefix: str) -> list[str]:
    found = []
    for name, value in config.items():
        if value is True:
            found.append(f"{prefix}{name}")
        elif isinstance(value, dict):
            found += _flags(value, f"{prefix}{name}.")
    return found


def overrides(
    persona: Persona, *, language: str, first_message: str, allowed: Collection[str]
) -> dict[str, dict[str, Any]]:
    """`conversation_config_override` for this persona; {} where nothing is allowed."""
    wished = {"agent": {"first_message": first_message, "language": language}, "tts": tts(persona.voice)}
    made = {
        part: {name: value for name, value in of.items() if f"{part}.{name}" in allowed} for part, of in wished.items()
    }
    return {part: of for part, of in made.items() if of}


def tts(voice: Voice) -> dict[str, Any]:
    """What an agent's voice can be set to, as far as the flow says."""
    return {name: value for name in _TTS if (value := getattr(voice, name)) is not None}


def for_client(made: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same as `overrides` of the JavaScript SDK's `startSession`."""
    return {part: {_CLIENT.get(name, name): value for name, value in of.items()} for part, of in made.items()}


def variables(session_token: str) -> dict[str, str]:
    """The dynamic variables of a call."""
    return {TOKEN_VARIABLE: session_token}


def extra_body(session_token: str, allowed: Collection[str]) -> dict[str, str]:
    """`custom_llm_extra_body`, which comes with every turn; {} where the agent does not allow it."""
    return {"session_token": session_token} if EXTRA_BODY in allowed else {}


def initiation(
    made: Mapping[str, Mapping[str, Any]], *, session_token: str, allowed: Collection[str]
) -> dict[str, Any]:
    """The answer to the initiation webhook of a phone call (protocols: section 3.1)."""
    answer: dict[str, Any] = {
        "type": "conversation_initiation_client_data",
        "dynamic_variables": variables(session_token),
    }
    if made:
        answer["conversation_config_override"] = {part: dict(of) for part, of in made.items()}
    if extra := extra_body(session_token, allowed):
        answer[EXTRA_BODY] = extra
    return answer
