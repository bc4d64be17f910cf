"""Sessions for the product's front end (register, first message) and for operators (list, look, delete)."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from webhook.errors import MalformedRequest, NotFound, Unauthorized
from webhook.interview import report
from webhook.interview.masking import secrets_of_session
from webhook.interview.session import SessionStatus
from webhook.privacy.erasure import Whom
from webhook.routes.common import (
    PERSONA_ID,
    ApiRoute,
    check_bearer,
    check_fields,
    json_response,
    read_document,
    read_small_document,
    refusals_noted,
    services_of,
    text_field,
    wants_private,
)
from webhook.routes.credentials import invited
from webhook.store.base import Filter
from webhook.wire.identity import SESSION_TOKEN_S, session_token
from webhook.wire.limits import WHAT_AN_ID_IS, is_id, is_session_id
from webhook.wire.query import moment

if TYPE_CHECKING:
    from starlette.requests import Request

    from webhook.interview.facts import FactEvent
    from webhook.interview.masking import Secrets
    from webhook.interview.session import Session
    from webhook.services import Services
    from webhook.wire.invites import Invite

_MOST_A_PAGE = 200
_SESSION_ID = ("sessionId", "session_id")
"""As this API writes them, and as the turn routes do."""
_REGISTERED = frozenset({*_SESSION_ID, *PERSONA_ID, "flow", "language", "timestamp"})
"""`timestamp` is sent by front ends of old, and read by nobody."""


async def register_session(request: Request) -> Response:
    services = _authorised(request)
    document = await read_document(request)
    check_fields(document, _REGISTERED)
    session_id = text_field(document, *_SESSION_ID)
    if session_id is None or not is_id(session_id):
        raise MalformedRequest(f"sessionId must be {WHAT_AN_ID_IS}")
    flow_id = text_field(document, "flow")
    persona_id = chosen_persona(services, flow_id, document)
    language = chosen_language(services, flow_id, document)
    session = await services.admission.register(session_id, flow_id=flow_id, persona_id=persona_id, language=language)
    now = services.interviewer.clock()
    token = session_token(session, now, services.settings.webhook_secret[0].get_secret_value())
    good = {"sessionToken": token, "expiresAt": report.iso(now + SESSION_TOKEN_S)}
    return json_response({**_summary(session), **good}, 201)


async def first_message(request: Request) -> Response:
    invite = invited(request).invite
    services = services_of(request)
    document = await read_small_document(request)
    if invite is not None:
        with refusals_noted(request):
            return json_response({"message": await _first_words_of_invite(services, invite, document)})
    session_id = text_field(document, *_SESSION_ID)
    if session_id is not None and not is_session_id(session_id):
        raise MalformedRequest(f"sessionId must be {WHAT_AN_ID_IS}")
    found = await services.sessions.find(session_id) if session_id is not None else None
    if found is not None and found.session.has_turns:
        return json_response({"message": services.interviewer.first_words(found.session)})
    flow_id = found.session.flow_id if found is not None else text_field(document, "flow")
    persona_id = chosen_persona(services, flow_id, document)
    language = chosen_language(services, flow_id, document)
    if found is not None:
        persona_id, language = persona_id or found.session.persona_id, language or found.session.language
    return json_response({"message": services.admission.opening(flow_id, persona_id, language)})


async def _first_words_of_invite(services: Services, invite: Invite, document: dict[str, Any]) -> str:
    """Of the interview the invite is for. No session is looked at but its own: another could be somebody else's."""
    flow = services.admission.choose_flow(invite.flow)
    own = {"flow": flow.id, "persona": flow.persona_or_default(invite.persona).id, "language": invite.language}
    named = {
        "flow": text_field(document, "flow"),
        "persona": text_field(document, *PERSONA_ID),
        "language": text_field(document, "language"),
    }
    if any(value not in (None, own[name]) for name, value in named.items()):
        raise Unauthorized("this invite is for another flow, persona or language", reason="other")
    with suppress(NotFound):
        session = await services.starts.watch(invite.interview_id)
        if session.has_turns:
            return services.interviewer.first_words(session)
    return services.admission.opening(flow.id, own["persona"], invite.language)


async def list_sessions(request: Request) -> Response:
    services = _authorised(request)
    query = request.query_params
    where = Filter(
        status=_status(query.get("status")),
        flow_id=query.get("flow") or None,
        from_at=moment(query.get("from"), "from"),
        to_at=moment(query.get("to"), "to"),
    )
    limit = limit_in(query.get("limit"))
    page = await services.store.list_sessions(where, cursor=query.get("cursor") or None, limit=limit)
    return json_response({"sessions": [listed(r) for r in page.records], "nextCursor": page.next_cursor})


async def one_session(request: Request) -> Response:
    services = _authorised(request)
    session = await services.sessions.load(request.path_params["session_id"])
    shows_all = wants_private(request, session.session_id)
    secrets = secrets_of_session(services.reports.known_flow(session), session)
    call = _call(services, session)
    pending = session.state.pending
    detail = {
        "facts": {name: _fact(event, None if shows_all else secrets) for name, event in session.state.facts.items()},
        "ending": session.state.ending,
        "turns": len(session.turns),
        "flags": list(session.flags),
        "move": pending.kind.value if pending else None,
        "call": call if shows_all else secrets.within(call),
    }
    return json_response(_summary(session) | detail)


def _fact(event: FactEvent, secrets: Secrets | None) -> dict[str, Any]:
    fact = {"status": event.status.value, "value": event.value, "words": event.words, "turn": event.turn}
    return fact if secrets is None else secrets.fact(event.slot, fact)


async def delete_session(request: Request) -> Response:
    """Gone from here when this is answered; the erasure goes on at ElevenLabs, and with its proof."""
    services = _authorised(request)
    await services.erasures.ask(Whom(session_id=request.path_params["session_id"]))
    return Response(status_code=204)


def _authorised(request: Request) -> Services:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    return services


def chosen_persona(services: Services, flow_id: str | None, document: dict[str, Any]) -> str | None:
    """The persona the document names. Raises `NotFound` for one the flow has not."""
    persona_id = text_field(document, *PERSONA_ID)
    flow = services.admission.choose_flow(flow_id)
    if persona_id is not None and persona_id not in flow.personas:
        raise NotFound(f"flow {flow.id} has no such persona; it has {', '.join(flow.personas)}")
    return persona_id


def chosen_language(services: Services, flow_id: str | None, document: dict[str, Any]) -> str | None:
    """The language the document names. Raises `MalformedRequest` for one the flow does not speak."""
    language = text_field(document, "language")
    flow = services.admission.choose_flow(flow_id)
    if language is not None and language not in flow.languages:
        raise MalformedRequest(f"flow {flow.id} speaks {', '.join(flow.languages)}")
    return language


def _summary(session: Session) -> dict[str, Any]:
    return {
        "sessionId": session.session_id,
        "conversationId": session.conversation_id,
        "flow": session.flow_id,
        "flowVersion": session.flow_version,
        "personaId": session.persona_id,
        "status": session.status.value,
        "currentTopic": session.current_topic,
        "createdAt": report.iso(session.created_at),
        "updatedAt": report.iso(session.updated_at),
        "reportStatus": session.report_status,
    }


def _call(services: Services, session: Session) -> dict[str, Any] | None:
    """How the call went, as far as it is known; None where there was none that anybody told of."""
    if session.call is None:
        return None
    call = session.call_at(services.interviewer.clock())
    told = call.outcome
    return {
        "state": call.state.value,
        "interviewId": call.interview_id,
        "caller": call.caller or None,
        "hasAudio": told.has_audio,
        "durationSeconds": told.duration_s,
        "reason": told.reason or None,
        "verdict": told.verdict or None,
        "summary": told.summary or None,
        "transcriptAt": None if told.transcript_at is None else report.iso(told.transcript_at),
        "failure": told.failure or None,
    }


def listed(record: dict[str, Any]) -> dict[str, Any]:
    """The same from a stored record, without building the whole session."""
    return {
        "sessionId": record["session_id"],
        "conversationId": record.get("conversation_id"),
        "flow": record["flow_id"],
        "flowVersion": record.get("flow_version"),
        "personaId": record.get("persona_id"),
        "status": record["status"],
        "currentTopic": record.get("current_topic"),
        "createdAt": report.iso(record["created_at"]),
        "updatedAt": report.iso(record["updated_at"]),
        "reportStatus": record.get("report_status"),
    }


def _status(text: str | None) -> str | None:
    known = [status.value for status in SessionStatus]
    if text and text not in known:
        raise MalformedRequest(f"status must be one of {', '.join(known)}")
    return text or None


def limit_in(text: str | None) -> int:
    if not text:
        return 50
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= _MOST_A_PAGE:
        raise MalformedRequest(f"limit must be a number from 1 to {_MOST_A_PAGE}")
    return int(text)


routes = [
    ApiRoute("/api/register-session", register_session, methods=["POST"]),
    ApiRoute("/api/first-message", first_message, methods=["POST"]),
    ApiRoute("/api/therapist-response", first_message, methods=["POST"]),
    ApiRoute(
        "/api/sessions", list_sessions, methods=["GET"], query=("status", "flow", "from", "to", "cursor", "limit")
    ),
    ApiRoute("/api/sessions/{session_id}", one_session, methods=["GET"], query=("private",)),
    ApiRoute("/api/sessions/{session_id}", delete_session, methods=["DELETE"]),
]
