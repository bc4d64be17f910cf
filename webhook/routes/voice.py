"""The calls of interviews at ElevenLabs: what a front end needs to start one, how far it is, and its end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from webhook.elevenlabs import conversations
from webhook.elevenlabs.answers import checked_id
from webhook.errors import MalformedRequest, NotConfigured, NotFound
from webhook.interview import report
from webhook.interview.moves import minutes_left
from webhook.interview.road import progress
from webhook.routes.common import (
    PERSONA_ID,
    ApiRoute,
    check_bearer,
    check_fields,
    elevenlabs_of,
    json_response,
    read_small_document,
    services_of,
    text_field,
)
from webhook.routes.credentials import check_caller
from webhook.routes.sessions import chosen_language, chosen_persona
from webhook.starts import CONNECT_S, Wish
from webhook.wire.identity import session_token
from webhook.wire.limits import WHAT_AN_ID_IS, is_id
from webhook.wire.overrides import extra_body, for_client, overrides, variables

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.elevenlabs.client import ElevenLabs
    from webhook.elevenlabs.conversations import ConversationToken, SignedUrl
    from webhook.interview.session import Session
    from webhook.services import Services
    from webhook.wire.invites import Invite

_MOST_OF_A_KEY: Final = 255
_PARTICIPANTS: Final = ("connectionType", "firstMessage")
_AGENT_ID: Final = ("agentId", "agent_id")
_SESSION_ID: Final = ("sessionId", "session_id")
_WISHES: Final = frozenset({*_AGENT_ID, *_PARTICIPANTS, *PERSONA_ID, "flow", "language"})
ConnectionType = Literal["websocket", "webrtc"]


async def signed_url(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    document = await read_small_document(request)
    check_fields(document, (*_AGENT_ID, *_SESSION_ID))
    elevenlabs, agent_id = _agent(services, document)
    session_id = text_field(document, *_SESSION_ID)
    if session_id is not None and await services.sessions.find(session_id) is None:
        raise NotFound("there is no session by that id")
    signed = await conversations.signed_url(elevenlabs, agent_id)
    if session_id is not None:
        await _bind(services, signed.conversation_id, session_id)
    return json_response({"signedUrl": signed.url})


async def start(request: Request) -> Response:
    services = services_of(request)
    interview_id = request.path_params["interview_id"]
    invite = check_caller(request, interview_id).invite
    _check_interview_id(interview_id)
    document = await read_small_document(request)
    check_fields(document, _WISHES)
    if invite is not None:
        document = _of_invite(invite, document)
    elevenlabs, agent_id = _agent(services, document)
    wish = _wish(services, document)
    kind = _connection_type(document)
    is_written = _is_written(document)
    session = await services.starts.start(
        interview_id,
        wish,
        key=_idempotency_key(request),
        asked=[document, agent_id],
        only_one=invite is not None,
    )
    connection, allowed, opening = await asyncio.gather(
        _connect(services, elevenlabs, agent_id, session),
        services.allowed.fresh(agent_id),
        _opening(services, session, is_written=is_written),
    )
    handed_out = (connection.url.conversation_id, connection.token.conversation_id)
    session = await services.starts.connecting(session, handed_out, opening)
    return json_response(_started(request, session, connection, kind, agent_id, allowed), 201)


async def status(request: Request) -> Response:
    services, interview_id = services_of(request), request.path_params["interview_id"]
    check_caller(request, interview_id)
    _check_interview_id(interview_id)
    return json_response(_status(services, await services.starts.watch(interview_id)))


async def end(request: Request) -> Response:
    services, interview_id = services_of(request), request.path_params["interview_id"]
    check_caller(request, interview_id)
    _check_interview_id(interview_id)
    await read_small_document(request)
    return json_response(_status(services, await services.starts.end(interview_id)))


@dataclass(frozen=True, kw_only=True)
class _Connection:
    """Two ways to connect, each to a conversation of its own; both are bound to the session."""

    url: SignedUrl
    token: ConversationToken

    def conversation_id(self, kind: ConnectionType) -> str:
        return self.url.conversation_id if kind == "websocket" else self.token.conversation_id


async def _connect(services: Services, elevenlabs: ElevenLabs, agent_id: str, session: Session) -> _Connection:
    """Whole or not at all: an answer without one of them would look like a start."""
    asked = (
        conversations.signed_url(elevenlabs, agent_id),
        conversations.conversation_token(elevenlabs, agent_id),
    )
    url, token = await asyncio.gather(*asked, return_exceptions=True)
    if isinstance(url, BaseException):
        raise url
    if isinstance(token, BaseException):
        raise token
    for conversation_id in (url.conversation_id, token.conversation_id):
        await _bind(services, conversation_id, session.session_id)
    return _Connection(url=url, token=token)


async def _bind(services: Services, conversation_id: str, session_id: str) -> None:
    """Before anybody can connect, so that neither turns nor webhooks of the call are anybody else's."""
    await services.bindings.bind(conversation_id, session_id)
    await services.calls.expect(conversation_id, session_id)


async def _opening(services: Services, session: Session, *, is_written: bool) -> str | None:
    """Asked for once: where Claude has none, the flow's own is what stays."""
    has_one = session.has_turns or (session.call is not None and session.call.opening)
    if not is_written or has_one:
        return None
    return await services.openings.written(session) or services.admission.opening_of(session)


def _started(
    request: Request,
    session: Session,
    connection: _Connection,
    kind: ConnectionType,
    agent_id: str,
    allowed: frozenset[str],
) -> dict[str, Any]:
    services = services_of(request)
    now = services.interviewer.clock()
    token = session_token(session, now, services.settings.webhook_secret[0].get_secret_value())
    made = overrides(
        services.admission.flow_of(session).persona_or_default(session.persona_id),
        language=session.language,
        first_message=services.interviewer.first_words(session),
        allowed=allowed,
    )
    public_url = services.settings.public_url or str(request.base_url)
    return {
        "sessionId": session.session_id,
        "status": session.call_at(now).state.value,
        "agentId": agent_id,
        "webhookUrl": f"{public_url.rstrip('/')}/api/elevenlabs-webhook",
        "signedUrl": connection.url.url,
        "conversationToken": connection.token.token,
        "conversationId": connection.conversation_id(kind),
        "dynamicVariables": variables(token),
        "overrides": for_client(made),
        "customLlmExtraBody": extra_body(token, allowed),
        "expiresAt": report.iso(now + CONNECT_S),
        "createdAt": report.iso(session.created_at),
    }


def _status(services: Services, session: Session) -> dict[str, Any]:
    now = services.interviewer.clock()
    call = session.call_at(now)
    flow = services.admission.flow_of(session)
    resolved, total = progress(
        flow, session.state.facts, minutes_left=minutes_left(flow, session.state, session.time.clock_s)
    )
    return {
        "sessionId": session.session_id,
        "interviewId": call.interview_id,
        "status": call.state.value,
        "currentTopic": session.current_topic,
        "progress": {"resolved": resolved, "total": total},
        "lastActivityAt": report.iso(session.updated_at),
        "conversationId": session.conversation_id,
        "reportStatus": session.report_status,
        "hasAudio": call.outcome.has_audio,
        "expiresAt": report.iso(call.expires_at),
        "createdAt": report.iso(session.created_at),
    }


def _agent(services: Services, document: dict[str, Any]) -> tuple[ElevenLabs, str]:
    agent_id = text_field(document, *_AGENT_ID) or services.settings.elevenlabs_agent_id
    elevenlabs = elevenlabs_of(services)
    if agent_id is None:
        raise NotConfigured("ELEVENLABS_AGENT_ID is not set, and the request names no agentId")
    return elevenlabs, checked_id(agent_id)


def _check_interview_id(interview_id: str) -> None:
    if not is_id(interview_id):
        raise MalformedRequest(f"the interview's id must be {WHAT_AN_ID_IS}")


def _of_invite(invite: Invite, document: dict[str, Any]) -> dict[str, Any]:
    """What a participant asks for: how to connect is theirs to say, with whom they talk stands in the invite."""
    own = {name: document[name] for name in _PARTICIPANTS if name in document}
    given = {"flow": invite.flow, "personaId": invite.persona, "language": invite.language}
    return own | {name: value for name, value in given.items() if value is not None}


def _wish(services: Services, document: dict[str, Any]) -> Wish:
    flow_id = text_field(document, "flow")
    return Wish(
        flow_id=flow_id,
        persona_id=chosen_persona(services, flow_id, document),
        language=chosen_language(services, flow_id, document),
    )


def _connection_type(document: dict[str, Any]) -> ConnectionType:
    given = text_field(document, "connectionType") or "websocket"
    if given == "websocket":
        return "websocket"
    if given == "webrtc":
        return "webrtc"
    raise MalformedRequest("connectionType must be websocket or webrtc")


def _is_written(document: dict[str, Any]) -> bool:
    given = text_field(document, "firstMessage") or "fixed"
    if given not in ("fixed", "written"):
        raise MalformedRequest("firstMessage must be fixed (the flow's own) or written (by Claude)")
    return given == "written"


def _idempotency_key(request: Request) -> str | None:
    keys = request.headers.getlist("idempotency-key")
    if not keys:
        return None
    if len(keys) > 1 or not 1 <= len(keys[0]) <= _MOST_OF_A_KEY:
        raise MalformedRequest(f"Idempotency-Key must be one text of 1 to {_MOST_OF_A_KEY} characters")
    return keys[0]


_VOICE: Final = "/api/v1/interviews/{interview_id}/voice"
routes = [
    ApiRoute("/api/elevenlabs-signed-url", signed_url, methods=["POST"]),
    ApiRoute(f"{_VOICE}/start", start, methods=["POST"]),
    ApiRoute(f"{_VOICE}/status", status, methods=["GET"]),
    ApiRoute(f"{_VOICE}/end", end, methods=["POST"]),
]
