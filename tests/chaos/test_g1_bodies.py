"""G1: whatever bytes an authenticated platform sends, the caller hears words; nothing is a server error."""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests import figures
from tests.fork_server import Nursery
from tests.live_server import CHAT, SIMPLE, TURNS
from tests.workers import Service

AT_ONCE = 16
FULL = [pytest.mark.chaos, pytest.mark.timeout(3600)]
#: Shapes that naive servers answered with 400, 422 or 500, or with nothing at all.
HOSTILE: tuple[bytes, ...] = (
    b'{"messages":' + b"[" * 5000 + b"]" * 5000 + b"}",
    b'{"messages": [], "n": ' + b"9" * 5000 + b"}",
    b'{"messages": [{"role": "user", "content": "\xff\xfe broken"}]}',
    b"this is no JSON",
    b"",
    b"[]",
    b"null",
    b'"messages"',
    b'{"messages": []}',
    b'{"messages": null}',
    b'{"messages": [{"role": "user", "content": null}]}',
    b'{"messages": [{"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "image_url"}]}]}',
    b'{"messages": [{"role": "user", "content": "Hello"}], "temperature": NaN}',
    b'{"messages": [{"role": "user", "content": "Hello"}], "max_tokens": 1e999}',
    '{"messages": [{"role": "user", "content": "Hello"}]}'.encode("utf-16"),
    b'\xef\xbb\xbf{"messages": [{"role": "user", "content": "Hello"}]}',
    b'{"messages": [], "messages": [{"role": "user", "content": "Hello"}]}',
    b'{"messages": [{"role": "user", "content": "Hel\\u0000lo"}]}',
    b'{"messages": [{"role": "tool", "tool_call_id": "x", "content": "ok"}]}',
    b'{"messages": [{"role": "user", "content": "Hello"}], "elevenlabs_extra_body": "text"}',
    b'{"messages": [{"role": "user", "content": "\\ud800"}], "stream": true}',
    b'{"messages": [{"role": "user", "content": "Hello \\udc00 there"}], "stream": true}',
)
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 2**70, 1e300, "", " ", "...", "\x00", "\u2028", "x" * 40_000, [], {}, [[]], [None]),
    *({"text": "hi"}, {"type": "text"}, [{"type": "text", "text": 5}], [{"type": "input_text", "text": "hi"}]),
    *({"a": {"b": {"c": {"d": [1, [2, [3]]]}}}}, "system", "developer", "{{system__conversation_id}}", "CALL_ID=x"),
)


def sensible(draw: random.Random) -> dict[str, Any]:
    """A request as a platform sends it."""
    said = ["Hello?", "Yes, that's fine.", "I'm Sam.", "34", "...", "Chess", "No idea.", "Stop it."]
    messages: list[dict[str, Any]] = [{"role": "system", "content": "Ask questions. CALL_ID=conversation-1"}]
    for _ in range(draw.randrange(6)):
        messages.append({"role": "assistant", "content": "Is that all right with you?"})
        messages.append({"role": "user", "content": draw.choice(said)})
    if draw.random() < 0.2:
        call = {"id": "call_1", "type": "function", "function": {"name": "skip_turn", "arguments": "{}"}}
        messages.append({"role": "assistant", "content": None, "tool_calls": [call]})
        messages.append({"role": "tool", "tool_call_id": "call_1", "content": "ok"})
    tool = {"type": "function", "function": {"name": "end_call", "parameters": {"type": "object"}}}
    return {
        "model": "webhook",
        "messages": messages,
        "stream": draw.random() < 0.8,
        "temperature": 0,
        "max_tokens": 500,
        "tools": [tool],
        "user_id": "u-1",
        "elevenlabs_extra_body": {"session_token": "abc"},
        "variables": {"session_id": f"fuzz-{draw.randrange(50)}"},
    }


def mutated(draw: random.Random, document: Any) -> Any:
    """The document with a few of its values dropped, doubled, or exchanged for odd ones."""
    for _ in range(draw.randint(0, 3)):
        places = list(places_in(document))
        if not places:
            return deepcopy(draw.choice(ODD))
        parent, key = draw.choice(places)
        match draw.randrange(4):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, list):
                parent.insert(key, deepcopy(parent[key]))
            case _:
                parent[key] = deepcopy(draw.choice(ODD))
    return document


def places_in(value: Any) -> Iterator[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places_in(value[key])


def bodies(draw: random.Random, count: int) -> Iterator[bytes]:
    yield from HOSTILE
    for _ in range(count - len(HOSTILE)):
        body = json.dumps(mutated(draw, sensible(draw))).encode()
        match draw.randrange(12):
            case 0:
                body = body[: draw.randrange(len(body))]
            case 1:
                at = draw.randrange(len(body))
                body = body[:at] + bytes([draw.randrange(256)]) + body[at + 1 :]
            case 2:
                body = draw.choice([gzip.compress(body), body.decode().encode("utf-16"), b"\xef\xbb\xbf" + body])
        yield body


def what_is_wrong(answer: httpx2.Response, body: bytes) -> str | None:
    """None: the caller hears words, or a tool is called. After a tool's result a blank will do."""
    if answer.status_code != 200:
        return f"status {answer.status_code}"
    if not answer.headers["content-type"].startswith("text/event-stream"):
        told = answer.json()
        content = told["content"] if "content" in told else told["choices"][0]["message"]["content"]
        return None if is_said(content, body) else "nothing to say"
    lines = answer.text.split("\n\n")
    if lines[-2:] != ["data: [DONE]", ""]:
        return "a stream without its end"
    deltas = [orjson.loads(line.removeprefix("data: "))["choices"][0]["delta"] for line in lines[:-2]]
    speaks = is_said("".join(delta.get("content") or "" for delta in deltas), body)
    return None if speaks or any("tool_calls" in delta for delta in deltas) else "nothing to say"


def is_said(content: str, body: bytes) -> bool:
    is_after_a_tool = b"tool_call_id" in body.replace(b"\0", b"")
    return any(c.isalpha() for c in content) or (content == " " and is_after_a_tool)


@pytest.mark.parametrize(
    "count", [pytest.param(1_000, marks=pytest.mark.timeout(600)), pytest.param(10_000, marks=FULL)]
)
async def test_row_29_30_g1_whatever_the_body_the_caller_hears_words(
    count: int, tmp_path: Path, nursery: Nursery
) -> None:
    draw = random.Random(count)
    wrong: Counter[str] = Counter()
    coming = bodies(draw, count)
    async with Service(tmp_path / "data", nursery=nursery, env={"MAX_CALLS": "100000"}) as service:
        async with httpx2.AsyncClient(base_url=service.url, timeout=30.0) as http:

            async def send() -> None:
                for body in coming:
                    path = draw.choice([CHAT, CHAT, SIMPLE])
                    headers = {**TURNS, "X-Conversation-Id": f"conversation-{draw.randrange(40)}"}
                    answer = await http.post(path, content=body, headers=headers)
                    if (problem := what_is_wrong(answer, body)) is not None:
                        wrong[f"{path} {problem} {body[:80]!r}"] += 1

            await asyncio.gather(*(send() for _ in range(AT_ONCE)))
        unhandled = [
            line for line in service.logged() if line["event"] in {"request_failed", "turn_not_answered", "turn_failed"}
        ]

    figures.note("G1", bodies=count, wrong=wrong.total(), unhandled=len(unhandled))
    assert wrong == Counter()
    assert unhandled == []
