"""Agents at ElevenLabs, as raw JSON: there are more settings than this service has an opinion of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from webhook.elevenlabs.answers import checked_id, id_of, kind_of, same_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.elevenlabs.client import ElevenLabs

_AGENTS: Final = "/v1/convai/agents"


async def agent(client: ElevenLabs, agent_id: str) -> dict[str, Any]:
    """The agent as it is configured."""
    path = f"{_AGENTS}/{checked_id(agent_id)}"
    return await client.ask("GET", path, lambda document: _agent(document, agent_id))


async def create_agent(client: ElevenLabs, document: Mapping[str, Any]) -> str:
    """The new agent's id. Never sent twice: the first may have arrived, and there would be two agents."""
    return await client.ask("POST", f"{_AGENTS}/create", lambda answer: id_of(answer, "agent_id"), body=document)


async def update_agent(client: ElevenLabs, agent_id: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The agent as it is then. Never sent twice either: each time makes a version."""
    path = f"{_AGENTS}/{checked_id(agent_id)}"
    return await client.ask("PATCH", path, lambda answer: _agent(answer, agent_id), body=document)


def _agent(document: dict[str, Any], agent_id: str) -> dict[str, Any]:
    same_id(document, "agent_id", agent_id)
    kind_of(document, "conversation_config", dict)
    return document
