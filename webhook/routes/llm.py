"""Chat completions: ElevenLabs' custom LLM, and any OpenAI client.

An authenticated request is always answered 200 with something that can be spoken, whatever breaks inside: a failed
turn ends the caller's call. The only refusals are a wrong secret (401) and a body over the limit (413).
"""

from __future__ import annotations

import asyncio
import hashlib
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response
from starlette.routing import Route

from webhook import log
from webhook.asks import Ask, Reply
from webhook.errors import MalformedRequest, RequestError, StoreError, TooLarge, Unauthorized
from webhook.interview.history import ToolCall
from webhook.interview.lines import Line, line
from webhook.routes.common import caller_of, came_at, check_bearer, read_body, services_of
from webhook.routes.streamed import Streamed, Write
from webhook.settings import opened
from webhook.wire.chat_completions import (
    ChatRequest,
    ChunkEncoder,
    encode_completion,
    encode_error,
    encode_models,
    parse_chat,
)
from webhook.wire.identity import IDENTITY_HEADERS, find_identity
from webhook.wire.tools import END_CALL, arguments_for, find_tool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

    from webhook.services import Services

log_ = structlog.get_logger("webhook.routes.llm")
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


async def chat_completions(request: Request) -> Response:
    services = services_of(request)
    body = b""
    try:
        check_bearer(request, services.settings.webhook_secret)
        body = await read_body(request)
        chat = parse_chat(body)
    except (Unauthorized, TooLarge) as error:
        kind = "authentication_error" if isinstance(error, Unauthorized) else "invalid_request_error"
        return Response(encode_error(str(error), kind, error.code), error.status, media_type="application/json")
    except MalformedRequest as error:
        log_.warning("turn_not_understood", code=error.code, bytes_in=len(body))
        return _respond(ChatRequest(messages=(), stream=True), services, _sorry(services))
    # Detached, so that the headers leave at once and a hang-up does not undo what was begun.
    answering = services.interviewer.generations.spawn(answer_safely(services, _ask(request, chat, services)))
    return _respond(chat, services, answering)


async def answer_safely(services: Services, ask: Ask) -> Reply | str:
    """The reply, or a sentence to say when there is none."""
    try:
        return await services.interviewer.answer(ask)
    except (StoreError, RequestError) as error:
        log_.error("turn_not_answered", code=error.code, session_id=ask.session_id)
    except Exception as error:  # noqa: BLE001 - the caller is on the phone and must hear something
        log_.error("turn_not_answered", where=log.where(error), session_id=ask.session_id)
    return _sorry(services)


def _sorry(services: Services) -> str:
    return line(Line.DID_NOT_CATCH, services.admission.choose_flow(None).language)


def _ask(request: Request, chat: ChatRequest, services: Services) -> Ask:
    secrets = opened(services.settings.webhook_secret)
    found = find_identity(_headers(request), chat, secrets, services.interviewer.clock())
    if found.contradiction or found.rejected:
        log_.warning("session_id_doubtful", conversation_id=found.conversation_id, source=found.source)
    flow_id = found.flow_id if found.flow_id in services.library.contents.flows else None
    return Ask(
        messages=chat.messages,
        session_id=found.session_id,
        conversation_id=found.conversation_id,
        flow_id=flow_id,
        persona_id=found.persona_id,
        language=found.language,
        fresh=found.contradiction,
        tools=chat.tools,
        agent=caller_of(request),
        came_at=came_at(request),
    )


def _headers(request: Request) -> dict[str, str]:
    """One value per name; different values of the same name are joined, and no id or token looks like that."""
    found = {name: request.headers.getlist(name) for name in IDENTITY_HEADERS}
    return {name: ", ".join(dict.fromkeys(values)) for name, values in found.items() if values}


def _respond(chat: ChatRequest, services: Services, answering: asyncio.Task[Reply | str] | str) -> Response:
    if chat.stream:
        events = partial(_events, chat, services, answering)
        return Streamed(events, media_type="text/event-stream; charset=utf-8", headers=_STREAM_HEADERS)
    return Streamed(partial(_completion, chat, services, answering), media_type="application/json")


async def _events(
    chat: ChatRequest, services: Services, answering: asyncio.Task[Reply | str] | str, write: Write
) -> None:
    """Each piece is an event of its own; what is there at the same moment leaves in one write."""
    reply = await _answered(answering)
    head = _head(reply, chat, services)
    encoder = ChunkEncoder(head.completion_id, head.created, head.model)
    await write(encoder.role())
    said: list[str] = []
    async with aclosing(_batches(reply)) as batches:
        async for pieces in batches:
            said += pieces
            await write(b"".join(map(encoder.text, pieces)))
    call = _tool_call(reply, chat, head.completion_id, "".join(said))
    calls = encoder.tool_call(call.id, call.name, call.arguments) if call is not None else b""
    await write(calls + encoder.finish("stop" if call is None else "tool_calls") + encoder.DONE, last=True)


async def _completion(
    chat: ChatRequest, services: Services, answering: asyncio.Task[Reply | str] | str, write: Write
) -> None:
    reply = await _answered(answering)
    head = _head(reply, chat, services)
    async with aclosing(_batches(reply)) as batches:
        text = "".join(["".join(pieces) async for pieces in batches]).strip()
    call = _tool_call(reply, chat, head.completion_id, text)
    calls = (call,) if call is not None else ()
    document = encode_completion(
        completion_id=head.completion_id, created=head.created, model=head.model, text=text, tool_calls=calls
    )
    await write(document, last=True)


async def _answered(answering: asyncio.Task[Reply | str] | str) -> Reply | str:
    return answering if isinstance(answering, str) else await asyncio.shield(answering)


@dataclass(frozen=True)
class _Head:
    """What stands in every chunk of an answer; a request that is sent again gets the same."""

    completion_id: str
    created: int
    model: str


def _head(reply: Reply | str, chat: ChatRequest, services: Services) -> _Head:
    key, created = "aside", services.interviewer.clock()
    if isinstance(reply, Reply):
        key, created = f"{reply.session.session_id}/{reply.number}", reply.session.created_at
    completion_id = f"chatcmpl-{hashlib.sha256(key.encode()).hexdigest()[:24]}"
    return _Head(completion_id, int(created), chat.model or services.settings.claude_model)


async def _batches(reply: Reply | str) -> AsyncGenerator[tuple[str, ...]]:
    if isinstance(reply, str):
        yield (reply,)
        return
    async with aclosing(reply.batches()) as batches:
        async for pieces in batches:
            yield pieces


def _tool_call(reply: Reply | str, chat: ChatRequest, completion_id: str, said: str) -> ToolCall | None:
    """Hanging up goes with the last words, waiting goes without words; only the engine decides on either."""
    if isinstance(reply, str):
        return None
    if reply.skip is not None:
        arguments = arguments_for(reply.skip, reason="the caller is silent")
        return ToolCall(id=f"call_{completion_id[-24:]}", name=reply.skip.name, arguments=arguments)
    tool = find_tool(chat.tools, END_CALL)
    if tool is None or reply.ending is None:
        return None
    arguments = arguments_for(tool, reason=reply.ending, message=said.strip())
    return ToolCall(id=f"call_{completion_id[-24:]}", name=END_CALL, arguments=arguments)


async def models(request: Request) -> Response:
    services = services_of(request)
    check_bearer(request, services.settings.webhook_secret)
    return Response(encode_models(["webhook", services.settings.claude_model], 0), media_type="application/json")


#: The real path, and what agents with a mis-typed base URL ask for; none of them redirects.
PATHS = ("/v1/chat/completions", "/v1", "/v1/", "/v1/chat/completions/chat/completions", "/chat/completions")

routes = [
    *(Route(path, chat_completions, methods=["POST"]) for path in PATHS),
    Route("/v1/models", models, methods=["GET"]),
]
