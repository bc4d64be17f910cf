"""The initiation webhook: ElevenLabs asks, while the phone rings, whom the caller is to talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from webhook.errors import MalformedRequest, Unauthorized
from webhook.routes.common import SMALL_BODY, json_response, read_body, refusals_noted, services_of
from webhook.settings import opened
from webhook.wire.agent import INITIATION_HEADER, INITIATION_PATH, INITIATION_PURPOSE
from webhook.wire.identity import derived_secret, secret_ok
from webhook.wire.phone import PhoneCall, parse_phone_call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response


async def initiation(request: Request) -> Response:
    """With the right secret a call is always taken, whatever else is odd about what announces it."""
    services = services_of(request)
    secrets = opened(services.settings.webhook_secret)
    _check(request, secrets)
    try:
        ringing = parse_phone_call(await read_body(request, SMALL_BODY))
    except MalformedRequest:  # it did not come in time
        ringing = PhoneCall()
    agent_id = services.settings.elevenlabs_agent_id
    return json_response(await services.phone_calls.take(ringing, secrets=secrets, agent_id=agent_id))


def _check(request: Request, secrets: Sequence[str]) -> None:
    given = request.headers.getlist(INITIATION_HEADER)
    derived = [derived_secret(secret, INITIATION_PURPOSE) for secret in secrets]
    with refusals_noted(request):
        if not given:
            raise Unauthorized(reason="missing")
        if len(given) != 1 or not secret_ok(given[0].strip(), derived):
            raise Unauthorized


routes = [Route(INITIATION_PATH, initiation, methods=["POST"])]
