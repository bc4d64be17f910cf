"""OpenAI's two APIs: ElevenLabs' custom LLM, and any OpenAI client.

An authenticated request is always answered 200 with something that can be spoken, whatever breaks inside: a failed
turn ends the caller's call. The only refusals are a wrong secret (401), a body over the limit (413), and addresses
that are none of these. Chat Completions and Responses are two codecs over the same turn.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import structlog
from starlette.responses import Response
from starlette.routing import Mount, Route, request_response

from webhook import log
from webhook.asks import Ask, Reply
from webhook.errors import MalformedRequest, RequestError, StoreError, TooLarge, Unauthorized
from webhook.interview.continued import Known
from webhook.interview.cost import NOTHING
from webhook.interview.history import ToolCall
from webhook.interview.lines import Line, line
from webhook.routes.common import caller_of, came_at, check_bearer, read_body, services_of
from webhook.routes.streamed import Streamed, Write
from webhook.routes.whose import identity_of
from webhook.settings import opened
from webhook.wire.chat_completions import (
    ChatRequest,
    ChunkEncoder,
    Encoder,
    ReplyHead,
    encode_completion,
    encode_error,
    encode_model,
    encode_models,
    parse_chat,
    request_digest,
    wants_stream,
)
from webhook.wire.responses import (
    GOOD_FOR_S,
    ResponseEncoder,
    encode_response,
    known_of,
    parse_response,
    response_id,
)
from webhook.wire.schema_values import value_for
from webhook.wire.tools import END_CALL, SKIP_TURN, arguments_for, call_id, find_tool

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping

    from starlette.requests import Request

    from webhook.interview.cost import Usage
    from webhook.services import Services

log_ = structlog.get_logger("webhook.routes.llm")
_BLANK = (" ",)
"""Said where nothing is: three frameworks take a reply without text for an unfinished one, and ask on and on or raise
(pydantic-ai 2.68, haystack 3.4, @openai/agents 0.20)."""
_STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


@dataclass(frozen=True, kw_only=True)
class Api:
    """One of OpenAI's APIs: how its requests are read and its replies are written."""

    parse: Callable[[bytes], ChatRequest]
    encoder: Callable[[ReplyHead, ChatRequest], Encoder]
    encode_whole: Callable[[ReplyHead, str, ToolCall | None, Usage], bytes]
    #: The reply's id by its key; what is known after it is told by the ids of responses.
    reply_id: Callable[[Reply | str, str, Services], str]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A request that is being answered."""

    api: Api
    chat: ChatRequest
    services: Services
    answering: asyncio.Task[Reply | str] | str
    #: Of a body that was not understood; else what was asked tells one request from another.
    body_digest: str = ""

    @property
    def digest(self) -> str:
        """Stands for what was asked, wherever a reply has no number of its own."""
        return self.body_digest or request_digest(self.chat)

    async def reply(self) -> Reply | str:
        reply = self.answering if isinstance(self.answering, str) else await asyncio.shield(self.answering)
        return replace(reply, fixed=_BLANK) if isinstance(reply, Reply) and reply.is_empty else reply


async def answer_turn(request: Request, api: Api) -> Response:
    services = services_of(request)
    body = b""
    try:
        check_bearer(request, services.settings.webhook_secret)
        body = await read_body(request)
        chat = api.parse(body)
    except (Unauthorized, TooLarge) as error:
        return _refused(error)
    except MalformedRequest as error:
        log_.warning("turn_not_understood", code=error.code, bytes_in=len(body))
        chat = ChatRequest(messages=(), stream=wants_stream(body))
        digest = hashlib.sha256(body).hexdigest()
        return _respond(Answer(api=api, chat=chat, services=services, answering=_sorry(services), body_digest=digest))
    _note_not_honoured(services, *chat.not_honoured)
    if chat.json_schema is not None:  # a framework's own question, such as for a title: nobody is on the phone
        _note_not_honoured(services, "response_format")
        answering: asyncio.Task[Reply | str] | str = _json_for(chat.json_schema)
    else:
        # Detached, so that the headers leave at once and a hang-up does not undo what was begun.
        answering = services.interviewer.generations.spawn(answer_safely(services, _ask(request, chat, services)))
    return _respond(Answer(api=api, chat=chat, services=services, answering=answering))


async def answer_safely(services: Services, ask: Ask) -> Reply | str:
    """The reply, or a sentence to say when there is none."""
    try:
        return await services.interviewer.answer(ask)
    except (StoreError, RequestError) as error:
        log_.error("turn_not_answered", code=error.code, session_id=ask.session_id)
    except Exception as error:  # noqa: BLE001 - the caller is on the phone and must hear something
        log_.error("turn_not_answered", where=log.where(error), session_id=ask.session_id)
    return _sorry(services)


def _refused(error: Unauthorized | TooLarge) -> Response:
    kind = "authentication_error" if isinstance(error, Unauthorized) else "invalid_request_error"
    return Response(encode_error(str(error), kind, error.code), error.status, media_type="application/json")


def _sorry(services: Services) -> str:
    return line(Line.DID_NOT_CATCH, services.admission.choose_flow(None).language)


def _json_for(schema: object) -> str:
    return json.dumps(value_for(schema) if schema else {})


def _note_not_honoured(services: Services, *fields: str) -> None:
    """Say it once for each field; `fields` are names that we know, never a client's."""
    for name in fields:
        if name not in services.not_honoured:
            services.not_honoured.add(name)
            log_.info("field_not_honoured", field=name)


def _ask(request: Request, chat: ChatRequest, services: Services) -> Ask:
    found = identity_of(request, chat)
    secrets, now = opened(services.settings.webhook_secret), services.interviewer.clock()
    known = known_of(chat.previous_response_id, secrets, now)
    flow_id = found.flow_id if found.flow_id in services.library.contents.flows else None
    return Ask(
        messages=chat.messages,
        session_id=found.session_id or (known.session_id if known is not None else None),
        conversation_id=found.conversation_id,
        flow_id=flow_id,
        persona_id=found.persona_id,
        language=found.language,
        fresh=found.contradiction,
        is_signed=found.session_id is not None,
        tools=chat.tools,
        agent=caller_of(request),
        known=known,
        has_references=chat.has_references,
        came_at=came_at(request),
    )


def _respond(answer: Answer) -> Response:
    if answer.chat.stream:
        media_type = "text/event-stream; charset=utf-8"
        return Streamed(partial(_events, answer), media_type=media_type, headers=_STREAM_HEADERS)
    return Streamed(partial(_whole, answer), media_type="application/json")


async def _events(answer: Answer, write: Write) -> None:
    """Each piece is an event of its own; what is there at the same moment leaves in one write."""
    reply = await answer.reply()
    head = _head(reply, answer)
    encoder = answer.api.encoder(head, answer.chat)
    if begun := encoder.begin(has_words=isinstance(reply, str) or reply.has_words):
        await write(begun)
    said: list[str] = []
    async with aclosing(_batches(reply)) as batches:
        async for pieces in batches:
            said += pieces
            await write(b"".join(map(encoder.text, pieces)))
    text = "".join(said)
    closed = encoder.close(text, _tool_call(reply, answer, head.key, text))
    if not answer.chat.wants_usage:
        await write(closed + encoder.end(NOTHING), last=True)
        return
    await write(closed)  # what a reply costs is known some moments after it
    await write(encoder.end(await _usage(reply)), last=True)


async def _whole(answer: Answer, write: Write) -> None:
    reply = await answer.reply()
    head = _head(reply, answer)
    async with aclosing(_batches(reply)) as batches:
        said = "".join(["".join(pieces) async for pieces in batches])
    text = said.strip() or said[:1]
    call = _tool_call(reply, answer, head.key, text)
    await write(answer.api.encode_whole(head, text, call, await _usage(reply)), last=True)


async def _usage(reply: Reply | str) -> Usage:
    return NOTHING if isinstance(reply, str) else await reply.usage()


def _head(reply: Reply | str, answer: Answer) -> ReplyHead:
    services = answer.services
    if isinstance(reply, str):
        key, created = answer.digest, services.interviewer.clock()
    else:
        # A reply without a number moves nothing: it has no other name than what was asked.
        key = f"{reply.session.session_id}/{reply.number or answer.digest}"
        created = reply.session.created_at
    key = hashlib.sha256(key.encode()).hexdigest()[:24]
    return ReplyHead(
        reply_id=answer.api.reply_id(reply, key, services),
        key=key,
        created=int(created),
        model=answer.chat.model or services.settings.claude_model,
        is_blank=isinstance(reply, Reply) and reply.fixed == _BLANK,
    )


async def _batches(reply: Reply | str) -> AsyncGenerator[tuple[str, ...]]:
    if isinstance(reply, str):
        yield (reply,)
        return
    async with aclosing(reply.batches()) as batches:
        async for pieces in batches:
            yield pieces


def _tool_call(reply: Reply | str, answer: Answer, key: str, said: str) -> ToolCall | None:
    """Hanging up goes with the last words, waiting goes without words; only the engine decides on either."""
    call = _engine_call(reply, answer.chat, key, said)
    if call is None and answer.chat.must_call:
        _note_not_honoured(answer.services, "tool_choice")
    return call


def _engine_call(reply: Reply | str, chat: ChatRequest, key: str, said: str) -> ToolCall | None:
    if isinstance(reply, str):
        return None
    if reply.skip is not None:
        arguments = arguments_for(reply.skip, reason="the caller is silent")
        return ToolCall(id=call_id(SKIP_TURN, key), name=reply.skip.name, arguments=arguments)
    tool = find_tool(chat.tools, END_CALL)
    if tool is None or reply.ending is None:
        return None
    arguments = arguments_for(tool, reason=reply.ending, message=said.strip())
    return ToolCall(id=call_id(END_CALL, key, again=reply.is_second_offer), name=tool.name, arguments=arguments)


def _response_id(reply: Reply | str, key: str, services: Services) -> str:
    if isinstance(reply, str):
        return f"resp_{key}"
    session = reply.session
    known = Known(
        session_id=session.session_id,
        turns=len(session.turns),
        silences=len(session.nudges),
        has_hung_up=reply.is_after_hanging_up,
    )
    secret = opened(services.settings.webhook_secret)[0]
    return response_id(known, key, session.created_at + GOOD_FOR_S, secret)


CHAT_COMPLETIONS = Api(
    parse=parse_chat,
    encoder=lambda head, chat: ChunkEncoder(head, wants_usage=chat.wants_usage),
    encode_whole=encode_completion,
    reply_id=lambda _, key, __: f"chatcmpl-{key}",
)
RESPONSES = Api(
    parse=parse_response,
    encoder=lambda head, _: ResponseEncoder(head),
    encode_whole=encode_response,
    reply_id=_response_id,
)


async def chat_completions(request: Request) -> Response:
    return await answer_turn(request, CHAT_COMPLETIONS)


async def responses(request: Request) -> Response:
    return await answer_turn(request, RESPONSES)


async def models(request: Request) -> Response:
    services = services_of(request)
    try:
        check_bearer(request, services.settings.webhook_secret)
    except Unauthorized as error:
        return _refused(error)
    names = ["webhook", services.settings.claude_model]
    wanted = request.path_params.get("model_id")
    if wanted is None:
        return Response(encode_models(names, 0), media_type="application/json")
    if wanted in names:
        return Response(encode_model(wanted, 0), media_type="application/json")
    message = f"There is no such model. There are {' and '.join(names)}; a turn may name any."
    return Response(
        encode_error(message, "invalid_request_error", "model_not_found"), 404, media_type="application/json"
    )


async def nothing_here(request: Request) -> Response:
    """What OpenAI has and we have not, told in its own shape."""
    allowed = _METHODS.get(request.url.path)
    code, status = ("unknown_url", 404) if allowed is None else ("method_not_supported", 405)
    message = (
        "There is nothing at this address. A turn is POST /v1/chat/completions or POST /v1/responses; "
        "GET /v1/models and GET /v1/models/webhook name the models."
    )
    headers: Mapping[str, str] = {} if allowed is None else {"Allow": allowed}
    document = encode_error(message, "invalid_request_error", code)
    return Response(document, status, headers=headers, media_type="application/json")


#: The real path, and what agents with a mis-typed base URL ask for; none of them redirects.
CHAT_PATHS = ("/v1/chat/completions", "/v1", "/v1/", "/v1/chat/completions/chat/completions", "/chat/completions")
RESPONSE_PATHS = ("/v1/responses", "/responses")
_METHODS = {**dict.fromkeys((*CHAT_PATHS, *RESPONSE_PATHS), "POST"), "/v1/models": "GET"}

routes = [
    *(Route(path, chat_completions, methods=["POST"]) for path in CHAT_PATHS),
    *(Route(path, responses, methods=["POST"]) for path in RESPONSE_PATHS),
    Route("/v1/models", models, methods=["GET"]),
    Route("/v1/models/{model_id}", models, methods=["GET"]),
    Mount("/v1", request_response(nothing_here)),
]
