"""The plain JSON webhook: `{messages, variables}` in, `{content, variables}` out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from starlette.responses import Response
from starlette.routing import Route

from webhook import log
from webhook.asks import Ask, Reply
from webhook.errors import MalformedRequest, NotFound
from webhook.interview.lines import Line, line
from webhook.routes.common import caller_of, came_at, check_bearer, read_body, services_of
from webhook.routes.llm import answer_safely
from webhook.routes.whose import identity_of
from webhook.runner import variables_of
from webhook.wire.limits import is_session_id
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
    if not document.messages or document.messages[-1].role != "user":
        return await _not_caught(services, document)
    ask = _ask(request, document, services)
    reply = await answer_safely(services, ask)
    if isinstance(reply, str):
        return _answer(reply, {**document.variables, **_named(ask.session_id)})
    content = await reply.text()
    if reply.generation is not None:
        await reply.generation.settled.wait()
    return _answer(content, {**document.variables, **await _told(services, reply)})


def _claimed(document: SimpleRequest) -> str | None:
    """The session that the variables name; None where they name none, or what cannot be the name of one."""
    claimed = document.variables.get("session_id")
    if is_session_id(claimed):
        return claimed
    if claimed not in (None, ""):
        log_.warning("session_id_doubtful", source="anonymous", rejected=["session_id"], contradiction=False)
    return None


def _ask(request: Request, document: SimpleRequest, services: Services) -> Ask:
    """What is signed, and what the platform says in a header, counts before what the variables say."""
    found = identity_of(request, document)
    is_proved = found.session_id is not None or found.conversation_id is not None or found.contradiction
    claimed = None if is_proved else _claimed(document)
    variables = document.variables
    flow = found.flow_id or variables.get("flow")
    persona = found.persona_id or variables.get("persona_id") or variables.get("therapist_id")
    language = found.language or variables.get("language")
    return Ask(
        messages=document.messages,
        session_id=found.session_id or claimed,
        conversation_id=found.conversation_id,
        flow_id=flow if isinstance(flow, str) and flow in services.library.contents.flows else None,
        persona_id=persona if isinstance(persona, str) else None,
        language=language if isinstance(language, str) else None,
        fresh=found.contradiction,
        tells_heard=False,
        is_claimed=claimed is not None,
        is_signed=found.session_id is not None,
        agent=caller_of(request),
        came_at=came_at(request),
    )


async def _not_caught(services: Services, document: SimpleRequest) -> Response:
    """Nothing was said, so nothing moves; the same sentence in the flow's language, and how the session stands."""
    session_id = _claimed(document) or services.admission.new_id()
    session = await _find(services, session_id)
    if session is not None and session.conversation_id is not None:
        session = None  # a call of the other route; see `admission.is_somebody_else_s`
    language = session.language if session is not None else services.admission.choose_flow(None).language
    told = variables_of(session) if session is not None else {"session_id": session_id}
    return _answer(line(Line.DID_NOT_CATCH, language), {**document.variables, **told})


async def _told(services: Services, reply: Reply) -> dict[str, Any]:
    """How the session that answered stands now: not always the one that was asked for.

    Where a call is over before it had a session, there is none to name.
    """
    session_id, is_over = reply.session.session_id, reply.ending is not None
    session = await _find(services, session_id)
    if session is not None:
        return {**variables_of(session), "ended": session.is_over or is_over}
    return {**variables_of(reply.session), "session_id": None, "ended": True} if is_over else {"session_id": session_id}


def _named(session_id: str | None) -> dict[str, Any]:
    return {} if session_id is None else {"session_id": session_id}


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
