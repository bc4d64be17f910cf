"""Calls at ElevenLabs: what a front end needs to start one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from webhook.elevenlabs import conversations
from webhook.errors import NotConfigured
from webhook.routes.common import check_bearer, json_response, read_body, services_of, text_field
from webhook.wire.limits import read_object

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

BODY = 64 * 1024
"""Bytes; there is an id in it."""


async def signed_url(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    body = await read_body(request, BODY)
    document = read_object(body) if body.strip() else {}
    agent_id = text_field(document, "agentId", "agent_id") or services.settings.elevenlabs_agent_id
    if services.elevenlabs is None:
        raise NotConfigured("ELEVENLABS_API_KEY is not set")
    if agent_id is None:
        raise NotConfigured("ELEVENLABS_AGENT_ID is not set, and the request names no agentId")
    signed = await conversations.signed_url(services.elevenlabs, agent_id)
    return json_response({"signedUrl": signed.url})


routes = [Route("/api/elevenlabs-signed-url", signed_url, methods=["POST"])]
