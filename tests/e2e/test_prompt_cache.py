"""What the API can take from its prompt cache during a whole interview, by the requests as they went over the wire.

A prefix is compared in the order system, messages, block by block, and what stands before a marker is kept.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.callers import Caller, as_claude, is_listen, is_speak
from tests.e2e.test_whole_interview import by_openai
from tests.fake_claude import Body, FakeClaude
from tests.live_server import live_server

LEAST = 512
"""Tokens of the shortest prefix that the 5.5 models keep (protocols/anthropic-and-stack.md 1.8)."""
CHARS_A_TOKEN = 5
"""More than English has, so that fewer tokens are counted than there are."""


def blocks(body: Body) -> list[tuple[str, dict[str, Any]]]:
    said = [(m["role"], block) for m in body["messages"] for block in m["content"]]
    return [("system", block) for block in body["system"]] + said


def rendered(some: Sequence[tuple[str, dict[str, Any]]]) -> str:
    return "".join(f"[{role}]{block['text']}" for role, block in some)


def kept(body: Body) -> str:
    """The longest prefix that is kept of a request."""
    marked = [i for i, (_, block) in enumerate(blocks(body)) if "cache_control" in block]
    assert 1 <= len(marked) <= 4
    return rendered(blocks(body)[: marked[-1] + 1])


async def test_each_request_begins_with_what_is_kept_of_the_one_before_it(tmp_path: Path) -> None:
    async with FakeClaude(as_claude) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        await by_openai(live, fake, Caller())
        bodies = [received.body for received in fake.received]

    speaks = [body for body in bodies if is_speak(body)]
    assert len(speaks) > 10
    for before, after in itertools.pairwise(speaks):
        assert rendered(blocks(after)).startswith(kept(before))
    grown = [len(kept(body)) for body in speaks]
    assert grown == sorted(grown)
    # What is sent anew in a turn is the reply before it, their words and the brief; the talk is not.
    new = [len(rendered(blocks(b))) - len(kept(a)) for a, b in itertools.pairwise(speaks)]
    assert max(new) < 1_500

    listens = [body for body in bodies if is_listen(body)]
    assert len({(kept(body), json.dumps(body["output_config"])) for body in listens}) == 1


async def test_what_listen_begins_with_is_long_enough_to_be_kept(tmp_path: Path) -> None:
    async with FakeClaude(as_claude) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        await by_openai(live, fake, Caller())
        (first, *_) = [received.body for received in fake.received if is_listen(received.body)]
    assert len(kept(first)) > LEAST * CHARS_A_TOKEN
