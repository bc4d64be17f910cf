"""One shape for every error, and turns that end in words even when everything behind them is broken."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncGenerator, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import orjson
import pytest
from structlog.testing import capture_logs

from tests.live_server import CHAT, OPERATORS, SIMPLE, TURNS, Live, live_server, spoken, user
from tests.routes.broken_store import BrokenStore
from webhook.app import create_app
from webhook.routes.common import TURN_BODY

CANARY = "my-salary-is-52000"
REFUSED: dict[str, tuple[str, str, dict[str, Any], int, str]] = {
    "no such route": ("GET", "/nothing/here", {}, 404, "not_found"),
    "root": ("GET", "/", {}, 404, "not_found"),
    "another method": ("PUT", "/api/sessions", {}, 405, "method_not_allowed"),
    "no secret": ("GET", "/api/sessions", {"headers": {}}, 401, "unauthorized"),
    "no session": ("GET", "/api/sessions/nobody", {}, 404, "not_found"),
    "odd session": ("GET", "/api/sessions/%00%ff", {}, 404, "not_found"),
    "no JSON": ("POST", "/api/register-session", {"content": CANARY}, 400, "malformed_request"),
    "no object": ("POST", "/api/register-session", {"json": [CANARY]}, 400, "malformed_request"),
    "wrong field": ("POST", "/api/register-session", {"json": {"sessionId": {CANARY: 1}}}, 400, "malformed_request"),
    "too large": ("POST", "/api/register-session", {"content": b"x" * (TURN_BODY + 1)}, 413, "too_large"),
    "wrong limit": ("GET", "/api/sessions", {"params": {"limit": CANARY}}, 400, "malformed_request"),
}


def assert_is_error(answer: httpx2.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert answer.json().keys() == {"error"}
    assert error.keys() == {"code", "message", "request_id"}
    assert error["code"] == code
    assert error["request_id"] == answer.headers["x-request-id"]
    assert isinstance(error["message"], str)
    assert error["message"]
    assert CANARY not in answer.text


@pytest.mark.parametrize(("method", "path", "options", "status", "code"), REFUSED.values(), ids=REFUSED)
async def test_every_error_has_the_same_shape(
    scripted: Live, method: str, path: str, options: dict[str, Any], status: int, code: str
) -> None:
    answer = await scripted.http.request(method, path, **{"headers": OPERATORS, **options})
    assert_is_error(answer, status, code)


COMPRESSED = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


async def test_a_compressed_turn_is_answered_and_the_log_names_why_once_in_a_while(scripted: Live) -> None:
    body = gzip.compress(orjson.dumps({"messages": [user(CANARY)], "stream": True}))
    with capture_logs() as logged:
        for path in (CHAT, SIMPLE, CHAT):
            answer = await scripted.http.post(path, content=body, headers={**TURNS, **COMPRESSED})
            assert "catch that" in (spoken(answer) if path == CHAT else answer.json()["content"])
        scripted.services.compressed.flush()
    said = [line for line in logged if line["event"] == "body_compressed"]
    assert [(line["kind"], line["count"]) for line in said] == [("gzip", 1), ("gzip", 2)]


async def test_a_compressed_document_is_refused_with_the_remedy(scripted: Live) -> None:
    body = gzip.compress(b'{"sessionId": "try-1"}')
    answer = await scripted.http.post("/api/register-session", content=body, headers={**OPERATORS, **COMPRESSED})
    assert_is_error(answer, 415, "compressed")
    assert "without Content-Encoding" in answer.text


async def test_a_plain_turn_that_is_only_labelled_as_compressed_is_understood(scripted: Live) -> None:
    body = orjson.dumps({"messages": [user("Hello?")], "stream": True})
    answer = await scripted.http.post(CHAT, content=body, headers={**TURNS, **COMPRESSED})
    assert spoken(answer).startswith("Hello, my name is")


async def test_a_request_id_that_is_sent_is_used_and_an_odd_one_is_not(scripted: Live) -> None:
    for sent, used in (("trace-12345678", True), ("short", False), ("x" * 65, False), ("a b c d e f g", False)):
        answer = await scripted.http.get("/api/sessions", headers={"X-Request-Id": sent})
        assert (answer.headers["x-request-id"] == sent) is used
        assert answer.json()["error"]["request_id"] == answer.headers["x-request-id"]


async def test_every_answer_has_safe_headers(scripted: Live) -> None:
    for path in ("/healthz", "/nothing", "/api/sessions"):
        headers = (await scripted.http.get(path)).headers
        assert (headers["x-content-type-options"], headers["cache-control"]) == ("nosniff", "no-store")


async def test_a_store_that_is_down_is_an_error_of_its_own(tmp_path: Path) -> None:
    async with live_server(tmp_path, store=BrokenStore()) as broken:
        assert_is_error(await broken.get("/api/sessions"), 503, "store_error")
        assert_is_error(await broken.http.delete("/api/sessions/x", headers=OPERATORS), 503, "store_error")
        assert (await broken.post("/api/register-session", {"sessionId": "x"})).status_code == 201


async def test_a_bug_is_an_internal_error_and_says_nothing_more(tmp_path: Path) -> None:
    async with live_server(tmp_path, store=BrokenStore(ZeroDivisionError(CANARY))) as broken:
        answer = await broken.get("/api/sessions")
        assert_is_error(answer, 500, "internal_error")
        assert answer.json()["error"]["message"] == "internal error"


@pytest.mark.parametrize("error", [None, ZeroDivisionError(CANARY)], ids=["store down", "bug"])
async def test_a_turn_is_answered_in_words_even_then(tmp_path: Path, error: Exception | None) -> None:
    store = BrokenStore(error) if error else BrokenStore()
    async with live_server(tmp_path, store=store) as broken:
        assert "?" in spoken(await broken.chat([user("Hello")], headers={"X-Conversation-Id": "conv_12345678"}))
        assert "?" in spoken(await broken.chat([user("Hello"), user("Yes.")]))
        whole = await broken.chat([user("Hello")], stream=False)
        assert "?" in whole.json()["choices"][0]["message"]["content"]
        answer = await broken.talk({"messages": [user("Hello")], "variables": {"mine": 1}})
        assert "?" in answer["content"]
        assert answer["variables"]["mine"] == 1
        again = await broken.http.post(SIMPLE, json={"messages": []}, headers=TURNS)
        assert (again.status_code, "?" in again.json()["content"]) == (200, True)


# Bodies that do not come


@pytest.fixture(scope="module")
async def hurried(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Live]:
    """Waits a tenth of a second for a body."""
    async with live_server(tmp_path_factory.mktemp("hurried"), body_s=0.1) as running:
        yield running


async def drip(live: Live, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    """Status and body of the answer to a request whose body comes byte by byte and never ends."""
    place = urlsplit(live.base_url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    told = {"Host": "x", "Content-Type": "application/json", "Content-Length": "1000000", **headers}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items()), "", ""]
    writer.write("\r\n".join(lines).encode())

    async def dripping() -> None:
        while True:
            writer.write(b" ")
            await asyncio.sleep(0.01)

    dripper = asyncio.create_task(dripping())
    try:
        async with asyncio.timeout(5.0):  # far below the ten seconds that count in service
            head = await reader.readuntil(b"\r\n\r\n")
            return int(head.split()[1]), await _rest(reader, head.lower())
    finally:
        dripper.cancel()
        writer.close()


async def _rest(reader: asyncio.StreamReader, head: bytes) -> bytes:
    if b"transfer-encoding: chunked" in head:
        return await reader.readuntil(b"\r\n0\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.startswith(b"content-length:"))
    return await reader.readexactly(int(length.split()[1]))


async def test_a_turn_whose_body_does_not_come_in_time_is_answered_in_words(hurried: Live) -> None:
    status, body = await drip(hurried, SIMPLE, TURNS)
    assert (status, "?" in orjson.loads(body)["content"]) == (200, True)
    status, body = await drip(hurried, CHAT, TURNS)
    assert (status, b"?" in body, b"[DONE]" in body) == (200, True, True)


async def test_any_other_body_that_does_not_come_in_time_is_a_malformed_request(hurried: Live) -> None:
    status, body = await drip(hurried, "/api/register-session", OPERATORS)
    assert (status, orjson.loads(body)["error"]["code"]) == (400, "malformed_request")


@pytest.mark.parametrize(("path", "headers"), [(SIMPLE, TURNS), (CHAT, TURNS), ("/api/register-session", OPERATORS)])
async def test_a_client_that_hangs_up_while_it_sends_is_no_error(
    scripted: Live, path: str, headers: Mapping[str, str]
) -> None:
    coming: list[MutableMapping[str, Any]] = [
        {"type": "http.request", "body": b'{"mess', "more_body": True},
        {"type": "http.disconnect"},
    ]
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return coming.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "state": {"services": scripted.services},
    }
    with capture_logs() as logged:
        await create_app(services=scripted.services)(scope, receive, send)
    assert [line for line in logged if line["log_level"] not in ("debug", "info")] == []
    assert [message["status"] for message in sent if message.get("status", 0) >= 500] == []
    assert coming == []


# Headers that contradict themselves


async def test_two_conversation_ids_in_one_request_name_no_conversation(scripted: Live) -> None:
    one, other = f"conv_{uuid4().hex}", f"conv_{uuid4().hex}"
    headers = [*TURNS.items(), ("X-Conversation-Id", one), ("X-Conversation-Id", other)]
    body = {"model": "webhook", "messages": [user("Hello")], "stream": True}
    assert "?" in spoken(await scripted.http.post(CHAT, json=body, headers=headers))
    for session_id in (one, other):
        assert (await scripted.get(f"/api/sessions/{session_id}")).status_code == 404


async def test_the_same_conversation_id_twice_is_one(scripted: Live) -> None:
    one = f"conv_{uuid4().hex}"
    headers = [*TURNS.items(), ("X-Conversation-Id", one), ("X-Conversation-Id", one)]
    body = {"model": "webhook", "messages": [user("Hello")], "stream": True}
    assert "?" in spoken(await scripted.http.post(CHAT, json=body, headers=headers))
    assert (await scripted.get(f"/api/sessions/{one}")).status_code == 200
