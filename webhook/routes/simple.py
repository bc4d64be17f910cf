"""The plain JSON webhook: `{messages, variables}` in, `{content, variables}` out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from starlette.responses import Response
from starlette.routing import Route

from webhook import log
from webhook.asks import Ask
from webhook.errors import MalformedRequest, NotFound
from webhook.interview.lines import Line, line
from webhook.routes.common import caller_of, came_at, check_bearer, is_id, read_body, services_of
from webhook.routes.llm import answer_safely
from webhook.runner import variables_of
from webhook.wire.simple import SimpleRequest, encode_simple, parse_simple

if TYPE_CHECKING:
    from starlette.requests import Request

    from webhook.interview.session import Session
    from webhook.services import Services

log_ = structlog.get_logger("webhook.routes.simple")


async def webhook(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.webhook_secret)
    body = b""
    try:
        body = await read_body(request)
        document = parse_simple(body)
    except MalformedRequest as error:
        log_.warning("turn_not_understood", code=error.code, bytes_in=len(body))
        document = SimpleRequest(messages=(), variables={})
    session_id = _session_id(document, services)
    variables = {**document.variables, "session_id": session_id}
    if not document.messages or document.messages[-1].role != "user":
        return await _not_caught(services, session_id, variables)
    reply = await answer_safely(services, _ask(request, document, session_id, services))
    if isinstance(reply, str):
        return _answer(reply, variables)
    content = await reply.text()
    if reply.generation is not None:
        await reply.generation.settled.wait()
    # Not always the session that was asked for: a history that does not belong to it is served in one of its own.
    answered = reply.session.session_id
    return _answer(content, {**variables, "session_id": answered, **await _told(services, answered)})


def _session_id(document: SimpleRequest, services: Services) -> str:
    known = document.variables.get("session_id")
    return str(known) if is_id(known) else services.admission.new_id()


def _ask(request: Request, document: SimpleRequest, session_id: str, services: Services) -> Ask:
    variables = document.variables
    persona = variables.get("persona_id") or variables.get("therapist_id")
    flow = variables.get("flow")
    language = variables.get("language")
    return Ask(
        messages=document.messages,
        session_id=session_id,
        flow_id=flow if isinstance(flow, str) and flow in services.library.contents.flows else None,
        persona_id=persona if isinstance(persona, str) else None,
        language=language if isinstance(language, str) else None,
        tells_heard=False,
        is_claimed=True,
        agent=caller_of(request),
        came_at=came_at(request),
    )


async def _not_caught(services: Services, session_id: str, variables: dict[str, Any]) -> Response:
    """Nothing was said, so nothing moves; the same sentence in the flow's language."""
    session = await _find(services, session_id)
    if session is not None and session.conversation_id is not None:
        session = None  # a call of the other route; see `admission.is_somebody_else_s`
    language = session.language if session is not None else services.admission.choose_flow(None).language
    told = variables_of(session) if session is not None else {}
    return _answer(line(Line.DID_NOT_CATCH, language), {**variables, **told})


async def _told(services: Services, session_id: str) -> dict[str, Any]:
    session = await _find(services, session_id)
    return variables_of(session) if session is not None else {}


async def _find(services: Services, session_id: str) -> Session | None:
    """The session; None as well when it cannot be read, as the caller hears words all the same."""
    try:
        return await services.sessions.load(session_id)
    except NotFound:
        return None
    except Exception as error:  # noqa: BLE001 - what was said is out, and the turn must end well
        log_.error("session_not_read", where=log.where(error), session_id=session_id)
        return None


def _answer(content: str, variables: dict[str, Any]) -> Response:
    return Response(encode_simple(content, variables), media_type="application/json")


routes = [Route("/api/elevenlabs-webhook", webhook, methods=["POST"])]
