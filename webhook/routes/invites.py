"""Invites: an operator makes a link, and a participant's browser or phone opens one interview with it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import MalformedRequest
from webhook.interview import report
from webhook.routes.common import (
    PERSONA_ID,
    ApiRoute,
    check_bearer,
    check_fields,
    json_response,
    read_small_document,
    services_of,
    text_field,
)
from webhook.routes.sessions import chosen_language, chosen_persona
from webhook.settings import opened
from webhook.wire.invites import USUAL_S, Invite, lasting, link, sign_invite
from webhook.wire.limits import WHAT_AN_ID_IS, is_id
from webhook.wire.phone import international

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.services import Services


_FIELDS: Final = frozenset(
    {"interviewId", "interview_id", "flow", *PERSONA_ID, "language", "expiresInSeconds", "page", "phone"}
)


@dataclass(frozen=True, kw_only=True)
class Made:
    """An invite as it was made; `told` is what its maker gets."""

    invite: Invite
    expires_at: int
    told: dict[str, Any]


async def make_invite(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    document = await read_small_document(request)
    check_fields(document, _FIELDS)
    number = _number(document)
    made = made_of(services, document)
    if number is not None:
        await services.callers.remember(
            number,
            made.invite,
            secrets=opened(services.settings.webhook_secret),
            expires_at=made.expires_at,
            now=services.interviewer.clock(),
        )
    return json_response(made.told, 201)


def made_of(services: Services, document: dict[str, Any]) -> Made:
    """The invite a document asks for. Raises `MalformedRequest` and `NotFound`.

    What it does not name is settled now: an invite means the same tomorrow, whatever the default is then.
    """
    interview_id = text_field(document, "interviewId", "interview_id")
    if interview_id is not None and not is_id(interview_id):
        raise MalformedRequest(f"interviewId must be {WHAT_AN_ID_IS}")
    flow = services.admission.choose_flow(text_field(document, "flow"))
    persona_id = chosen_persona(services, flow.id, document)
    language = chosen_language(services, flow.id, document)
    expires_at = int(services.interviewer.clock()) + lasting(document.get("expiresInSeconds", USUAL_S))
    invite = Invite(
        interview_id=interview_id or f"i-{secrets.token_hex(16)}",
        flow=flow.id,
        persona=flow.persona_or_default(persona_id).id,
        language=language or flow.language,
    )
    token = sign_invite(invite, expires_at, services.settings.webhook_secret[0].get_secret_value())
    page = text_field(document, "page")
    told = {
        "invite": token,
        "interviewId": invite.interview_id,
        "url": link(page, token) if page is not None else None,
        "expiresAt": report.iso(expires_at),
    }
    return Made(invite=invite, expires_at=expires_at, told=told)


def _number(document: dict[str, Any]) -> str | None:
    phone = text_field(document, "phone")
    if phone is None:
        return None
    number = international(phone)
    if number is None:
        raise MalformedRequest("phone must be an international number, like +49 30 1234567")
    return number


routes = [ApiRoute("/api/invites", make_invite, methods=["POST"])]
