"""One shape for every error, and turns that end in words even when everything behind them is broken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.live_server import OPERATORS, SIMPLE, TURNS, Live, live_server, spoken, user
from tests.routes.broken_store import BrokenStore

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
    "too large": ("POST", "/api/register-session", {"content": b"x" * 5_000_000}, 413, "too_large"),
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
        assert_is_error(await broken.post("/api/register-session", {"sessionId": "x"}), 503, "store_error")


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
