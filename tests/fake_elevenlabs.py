"""A stand-in for ElevenLabs' REST API on a real loopback socket, and the signature of its webhooks.

It refuses a wrong key and an unknown id as the API does, keeps every request it got, and gives scripted answers first::

    async with FakeElevenLabs(script=[Answer(status=500)]) as fake:
        client = ElevenLabs(api_key=fake.key, base_url=fake.base_url)

For a client in another process: `python -m tests.fake_elevenlabs --port N`.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import re
import secrets
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import BodyPartReader, web

KEY = "sk_fake_key_of_the_tests"
AGENT_ID = "agent_fake0001"
VOICE_ID = "voiceFake0001"
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One scripted answer: a document or raw bytes, or a fault instead of either."""

    status: int = 200
    document: Any = None
    raw: bytes | None = None
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    fault: Literal["reset", "close", "cut"] | None = None  # before the status line, or in the middle of the body
    #: A chunked body instead, with a wait before each further piece; `cut` ends it without its end.
    pieces: Iterable[bytes] | None = None
    gap_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Received:
    """A request, as it came."""

    method: str
    path: str  # undecoded, without the query
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


def problem(status: int, *, kind: str, code: str, message: str) -> Answer:
    """The newer shape of an error."""
    detail = {"type": kind, "code": code, "message": message, "status": code, "request_id": secrets.token_hex(8)}
    return Answer(status=status, document={"detail": detail})


def wrong_field(*loc: str, message: str = "Field required") -> Answer:
    """The older shape, of a 422."""
    return Answer(status=422, document={"detail": [{"loc": list(loc), "msg": message, "type": "missing"}]})


def signed(body: bytes, secret: str, at: int) -> str:
    """The value of `ElevenLabs-Signature` for a post-call webhook with this body, sent at this second."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v0={digest}"


class FakeElevenLabs:
    """Agents, conversations and secrets by id, speech both ways; `script` is used up first, in order."""

    def __init__(self, *, script: Iterable[Answer] = (), key: str = KEY, page: int = 30) -> None:
        self.key = key
        self.page = page
        self.script = deque(script)
        self.received: list[Received] = []
        self.agents: dict[str, Document] = {AGENT_ID: {"name": "Interviewer", "conversation_config": {"agent": {}}}}
        self.conversations: dict[str, Document] = {}
        self.secrets: dict[str, Document] = {}  # by id; the values stay here
        self.voices = {VOICE_ID}
        self.hung_up = asyncio.Event()  # somebody did, before it had all of its answer
        self.recordings: dict[str, bytes] = {}  # by conversation
        self.erases = True  # at once what it was asked to, or later
        self.interrupt: Callable[[Received], Answer | None] | None = None  # an answer in place of the right one
        self.base_url = ""

    async def __aenter__(self) -> Self:
        return self if self.base_url else await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def start(self, port: int = 0) -> Self:
        app = web.Application(middlewares=[self._guard])
        start, agents, talks = "/v1/convai/conversation", "/v1/convai/agents", "/v1/convai/conversations"
        stored = "/v1/convai/secrets"
        app.add_routes(
            [
                web.get(f"{start}/get-signed-url", self._signed_url),
                web.get(f"{start}/token", self._token),
                web.get(talks, self._list),
                web.get(talks + "/{id}", self._conversation),
                web.delete(talks + "/{id}", self._delete),
                web.get(talks + "/{id}/audio", self._recording),
                web.post(f"{agents}/create", self._create),
                web.get(agents + "/{id}", self._agent),
                web.patch(agents + "/{id}", self._update),
                web.get(stored, self._list_secrets),
                web.post(stored, self._store_secret),
                web.patch(stored + "/{id}", self._change_secret),
                web.post("/v1/text-to-speech/{id}/stream", self._speak),
                web.post("/v1/speech-to-text", self._transcribe),
            ]
        )
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        self.base_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    def add_conversation(self, conversation_id: str, **fields: Any) -> Document:
        """A call that is over, unless the fields say otherwise."""
        document: Document = {
            "agent_id": AGENT_ID,
            "conversation_id": conversation_id,
            "status": "done",
            "transcript": [{"role": "agent", "message": "Hello.", "time_in_call_secs": 0}],
            "metadata": {"start_time_unix_secs": 1_800_000_000, "call_duration_secs": 60},
            "has_audio": True,
            "has_user_audio": True,
            "has_response_audio": True,
            **fields,
        }
        self.conversations[conversation_id] = document
        return document

    @web.middleware
    async def _guard(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        self.received.append(
            Received(
                method=request.method,
                path=request.raw_path.split("?")[0],
                query=dict(request.query),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=await _body(request),
            )
        )
        if self.interrupt is not None and (answer := self.interrupt(self.received[-1])) is not None:
            return await self._scripted(request, answer)
        if self.script:
            return await self._scripted(request, self.script.popleft())
        if request.headers.get("xi-api-key") != self.key:
            return await self._scripted(
                request, problem(401, kind="authentication_error", code="invalid_api_key", message="Invalid API key")
            )
        try:
            return await handler(request)
        except web.HTTPNotFound:
            return web.json_response({"detail": "Not Found"}, status=404)

    async def _scripted(self, request: web.Request, answer: Answer) -> web.StreamResponse:
        await self._wait(request, answer.delay_s)
        if answer.pieces is not None:
            return await self._chunked(request, answer, answer.pieces)
        content = answer.raw if answer.raw is not None else json.dumps(answer.document).encode()
        if answer.fault == "cut":
            whole = web.StreamResponse(status=answer.status, headers={"Content-Length": str(len(content) + 10)})
            await whole.prepare(request)
            await whole.write(content)
        if answer.fault is not None:
            transport = request.transport
            assert transport is not None
            if answer.fault == "reset":
                transport.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
                transport.abort()
            else:
                transport.close()
        return web.Response(
            status=answer.status, body=content, content_type=answer.content_type, headers=dict(answer.headers)
        )

    async def _wait(self, request: web.Request, seconds: float) -> None:
        """As long, or until the client hangs up."""
        until = asyncio.get_running_loop().time() + seconds
        while (left := until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(left, 0.01))
            if request.transport is None or request.transport.is_closing():
                self.hung_up.set()
                raise ConnectionResetError

    async def _chunked(self, request: web.Request, answer: Answer, pieces: Iterable[bytes]) -> web.StreamResponse:
        response = web.StreamResponse(status=answer.status, headers=dict(answer.headers))
        response.content_type = answer.content_type
        response.enable_chunked_encoding()
        await response.prepare(request)
        try:
            for number, piece in enumerate(pieces):
                await self._wait(request, answer.gap_s if number else 0.0)
                await response.write(piece)
        except ConnectionResetError:
            self.hung_up.set()
            raise
        if answer.fault == "cut":
            assert request.transport is not None
            request.transport.close()
            return response
        await response.write_eof()
        return response

    async def _speak(self, request: web.Request) -> web.StreamResponse:
        """Four pieces of one kilobyte for each character: the text is in them, so that a test can tell them apart."""
        body = self.received[-1].body
        if not isinstance(body, dict) or not isinstance(body.get("text"), str):
            return await self._scripted(request, wrong_field("body", "text"))
        if not _OUTPUT.fullmatch(output := request.query.get("output_format", "mp3_44100_128")):
            return await self._scripted(request, wrong_field("query", "output_format", message="Input should be ..."))
        for name, value in (body.get("voice_settings") or {}).items():
            low, high = (0.7, 1.2) if name == "speed" else (0.0, 1.0)
            if not low <= value <= high:
                return await self._scripted(
                    request, wrong_field("body", "voice_settings", name, message="out of range")
                )
        if request.match_info["id"] not in self.voices:
            return await self._unknown(request, "voice")
        sound = Answer(pieces=audio_of(body["text"]), content_type=_CONTENT.get(output[:3], "audio/mpeg"))
        return await self._scripted(request, sound)

    async def _transcribe(self, request: web.Request) -> web.StreamResponse:
        form = self.received[-1].body
        if not isinstance(form, dict) or not isinstance(form.get("model_id"), str):
            return await self._scripted(request, wrong_field("body", "model_id"))
        if not isinstance(form.get("file"), dict) and "source_url" not in form:
            return await self._scripted(request, wrong_field("body", "file"))
        if form["model_id"] not in {"scribe_v1", "scribe_v2"}:
            missing = problem(400, kind="invalid_request", code="invalid_model_id", message="There is no such model.")
            return await self._scripted(request, missing)
        return web.json_response(transcript_of(form.get("language_code", "en")))

    async def _signed_url(self, request: web.Request) -> web.StreamResponse:
        agent_id = request.query.get("agent_id")
        if agent_id is None:
            return await self._scripted(request, wrong_field("query", "agent_id"))
        if agent_id not in self.agents:
            return await self._unknown(request, "agent")
        signature = secrets.token_urlsafe(24)
        url = f"wss://api.elevenlabs.io/v1/convai/conversation?agent_id={agent_id}&conversation_signature={signature}"
        if request.query.get("include_conversation_id") != "true":
            return web.json_response({"signed_url": url})
        return web.json_response({"signed_url": url, "conversation_id": self._new_id("conv")})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        agent_id = request.query.get("agent_id")
        if agent_id is None:
            return await self._scripted(request, wrong_field("query", "agent_id"))
        if agent_id not in self.agents:
            return await self._unknown(request, "agent")
        return web.json_response({"token": secrets.token_urlsafe(32), "conversation_id": self._new_id("conv")})

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        after, before = (int(query.get(f"call_start_{side}_unix", default)) for side, default in _SIDES)
        found = [
            {name: document[name] for name in ("agent_id", "conversation_id", "status")}
            | document["metadata"]
            | {"message_count": len(document["transcript"]), "call_successful": "success"}
            for document in self.conversations.values()
            if query.get("agent_id") in {None, document["agent_id"]}
            and after <= document["metadata"]["start_time_unix_secs"] <= before
        ]
        first = int(query.get("cursor", 0))
        last = first + min(int(query.get("page_size", 30)), self.page)
        has_more = last < len(found)
        listed = {"conversations": found[first:last], "has_more": has_more}
        return web.json_response(listed | {"next_cursor": str(last) if has_more else None})

    async def _conversation(self, request: web.Request) -> web.StreamResponse:
        found = self.conversations.get(request.match_info["id"])
        return web.json_response(found) if found else await self._unknown(request, "conversation")

    async def _delete(self, request: web.Request) -> web.StreamResponse:
        """The whole conversation is erased; nothing is known of the answer but that it is good."""
        conversation_id = request.match_info["id"]
        if conversation_id not in self.conversations:
            return await self._unknown(request, "conversation")
        if self.erases:
            self.conversations.pop(conversation_id)
            self.recordings.pop(conversation_id, None)
        return web.Response()

    async def _recording(self, request: web.Request) -> web.StreamResponse:
        sound = self.recordings.get(request.match_info["id"])
        if sound is None:
            return await self._unknown(request, "recording")
        return web.Response(body=sound, content_type="audio/mpeg")

    async def _agent(self, request: web.Request) -> web.StreamResponse:
        agent_id = request.match_info["id"]
        if agent_id not in self.agents:
            return await self._unknown(request, "agent")
        return web.json_response(self._whole(agent_id))

    async def _create(self, request: web.Request) -> web.StreamResponse:
        document = await request.json()
        if "conversation_config" not in document:
            return await self._scripted(request, wrong_field("body", "conversation_config"))
        if (wrong := self._wrong(document)) is not None:
            return await self._scripted(request, wrong)
        agent_id = self._new_id("agent")
        self.agents[agent_id] = without_misplaced(document)
        return web.json_response({"agent_id": agent_id})

    async def _update(self, request: web.Request) -> web.StreamResponse:
        agent_id = request.match_info["id"]
        if agent_id not in self.agents:
            return await self._unknown(request, "agent")
        document = await request.json()
        if (wrong := self._wrong(document)) is not None:
            return await self._scripted(request, wrong)
        self.agents[agent_id] = merged(self.agents[agent_id], without_misplaced(document))
        return web.json_response(self._whole(agent_id))

    def _whole(self, agent_id: str) -> Document:
        """An agent as it is read: with what nobody set, as the platform has it by default."""
        return merged(DEFAULTS, self.agents[agent_id]) | {"agent_id": agent_id}

    def _wrong(self, document: Document) -> Answer | None:
        """What the API refuses in an agent: figures out of range, tools and LLMs by half, secrets that are not there."""
        for path, (least, most) in RANGES.items():
            value = at(document, path)
            if value is not None and not least <= value <= most:
                return wrong_field("body", *path, message=f"Input should be from {least} to {most}")
        prompt = ("conversation_config", "agent", "prompt")
        wholes: dict[tuple[str, ...], tuple[str, ...]] = {(*prompt, "custom_llm"): ("url",)}
        wholes |= {(*prompt, "built_in_tools", name): ("name", "params") for name in ("end_call", "skip_turn")}
        wholes[("platform_settings", "workspace_overrides", "conversation_initiation_client_data_webhook")] = (
            "url",
            "request_headers",
        )
        for path, required in wholes.items():
            there = at(document, path)
            missing = [name for name in required if there is not None and name not in there]
            if missing:
                return wrong_field("body", *path, missing[0])
        if unknown := [found for found in secret_ids(document) if found not in self.secrets]:
            return problem(404, kind="not_found", code="secret_not_found", message=f"There is no secret {unknown[0]}.")
        return None

    async def _list_secrets(self, request: web.Request) -> web.StreamResponse:
        found = [
            {"type": "stored", "secret_id": secret_id, "name": secret["name"], "used_by": {}}
            for secret_id, secret in self.secrets.items()
        ]
        first = int(request.query.get("cursor", 0))
        size = request.query.get("page_size")
        last = len(found) if size is None else first + min(int(size), self.page)
        cursor = {"next_cursor": str(last)} if last < len(found) else {"next_cursor": None}
        return web.json_response({"secrets": found[first:last]} | cursor)

    async def _store_secret(self, request: web.Request) -> web.StreamResponse:
        return await self._keep_secret(request, "new", self._new_id("secret"))

    async def _change_secret(self, request: web.Request) -> web.StreamResponse:
        if request.match_info["id"] not in self.secrets:
            return await self._unknown(request, "secret")
        return await self._keep_secret(request, "update", request.match_info["id"])

    async def _keep_secret(self, request: web.Request, kind: str, secret_id: str) -> web.StreamResponse:
        document = await request.json()
        missing = [name for name in ("name", "value") if not document.get(name)]
        if missing or document.get("type") != kind:
            return await self._scripted(request, wrong_field("body", *(missing[:1] or ["type"])))
        self.secrets[secret_id] = {"name": document["name"], "value": document["value"]}
        return web.json_response({"type": "stored", "secret_id": secret_id, "name": document["name"]})

    async def _unknown(self, request: web.Request, what: str) -> web.StreamResponse:
        missing = problem(404, kind="not_found", code=f"{what}_not_found", message=f"There is no such {what}.")
        return await self._scripted(request, missing)

    @staticmethod
    def _new_id(kind: str) -> str:
        return f"{kind}_{secrets.token_hex(14)}"


_OUTPUT = re.compile(r"(mp3|pcm|wav|ulaw|alaw|opus)_[0-9]+(_[0-9]+)?")
_CONTENT = {"pcm": "audio/pcm", "wav": "audio/wav", "ula": "audio/basic", "ala": "audio/basic"}


def audio_of(text: str) -> list[bytes]:
    """What the fake makes of a text."""
    once = hashlib.sha256(text.encode()).digest() * 32
    return [once] * 4 * min(len(text), 64)


def transcript_of(language: str) -> Document:
    """What the fake hears in every recording."""
    times = {"logprob": -0.01, "speaker_id": None}
    return {
        "language_code": language,
        "language_probability": 0.98,
        "text": "Chess, mostly.",
        "words": [
            {"text": "Chess,", "start": 0.1, "end": 0.62, "type": "word", **times},
            {"text": " ", "start": 0.62, "end": 0.7, "type": "spacing", **times},
            {"text": "mostly.", "start": 0.7, "end": 1.2, "type": "word", **times},
            {"text": "(laughs)", "start": None, "end": None, "type": "audio_event", **times},
        ],
        "transcription_id": secrets.token_hex(10),
        "audio_duration_secs": 1.3,
    }


async def _body(request: web.Request) -> Any:
    """JSON as it is; a form as its fields, of a file only what it was: it may be larger than it is good to keep."""
    if request.content_type != "multipart/form-data":
        content = await request.read()
        return json.loads(content) if content else None
    form: Document = {}
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        if part.filename is None:
            form[part.name or ""] = await part.text()
            continue
        digest, size = hashlib.sha256(), 0
        while chunk := await part.read_chunk(64 * 1024):
            digest.update(chunk)
            size += len(chunk)
        kind = part.headers.get("Content-Type")
        form[part.name or ""] = {"name": part.filename, "type": kind, "size": size, "sha256": digest.hexdigest()}
    return form


_SIDES = (("after", "0"), ("before", "9999999999"))


def merged(old: Document, new: Document) -> Document:
    """What a PATCH leaves: objects are gone into, everything else is replaced."""
    both = {n: merged(old[n], v) if isinstance(v, dict) and isinstance(old.get(n), dict) else v for n, v in new.items()}
    return old | both


#: What an agent has where nobody set anything, and the range of what may be set.
DEFAULTS: Document = {
    "conversation_config": {
        "turn": {"turn_timeout": 7, "turn_eagerness": "normal", "turn_model": "turn_v3", "speculative_turn": False}
        | {"silence_end_call_timeout": -1, "soft_timeout_config": {"timeout_seconds": -1}},
        "conversation": {"max_duration_seconds": 600, "text_only": False},
    },
    "platform_settings": {
        "overrides": {"custom_llm_extra_body": False, "enable_conversation_initiation_client_data_from_webhook": False},
        "auth": {"enable_auth": False, "allowlist": []},
        "privacy": {"record_voice": True, "retention_days": -1, "zero_retention_mode": False},
        "workspace_overrides": {"conversation_initiation_client_data_webhook": None, "webhooks": None},
    },
}
RANGES = {
    ("conversation_config", "turn", "turn_timeout"): (1, 30),
    ("conversation_config", "conversation", "max_duration_seconds"): (60, 7200),
    ("conversation_config", "agent", "prompt", "cascade_timeout_seconds"): (2, 15),
}


def at(document: Any, path: Iterable[str]) -> Any:
    """What stands at this path, None where nothing does."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def secret_ids(document: Any) -> list[str]:
    """The ids of all secrets a document names."""
    if not isinstance(document, dict):
        return []
    inside = [found for value in document.values() for found in secret_ids(value)]
    return [*inside, document["secret_id"]] if isinstance(document.get("secret_id"), str) else inside


def without_misplaced(document: Document) -> Document:
    """An LLM that stands anywhere but in the prompt is dropped without an error."""
    agent = at(document, ("conversation_config", "agent"))
    if not isinstance(agent, dict):
        return document
    kept = {name: value for name, value in agent.items() if name not in {"llm", "custom_llm"}}
    return document | {"conversation_config": document["conversation_config"] | {"agent": kept}}


async def _serve(port: int) -> None:
    fake = FakeElevenLabs()
    fake.add_conversation("conv_fake0001")
    await fake.start(port)
    await asyncio.Event().wait()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--port", type=int, required=True)
    asyncio.run(_serve(arguments.parse_args().port))
