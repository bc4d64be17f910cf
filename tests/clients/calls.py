"""Calls as a client holds them, and what became of each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.callers import Caller
from tests.clients.driver import Client, ClientFailed, Driver
from tests.clients.service import SECRET, Service
from tests.clients.tap import Exchange

#: The interview of the README, after the first hello.
WORDS = (
    "Hello?",
    "Yes.",
    "Sam.",
    "I'm 34.",
    "Chess and hiking.",
    "Leeds.",
    "I rent.",
    "I mostly cook.",
    "By bike.",
    "I go swimming.",
    "Reading.",
    "Budget trips.",
    "Yes.",
)
PAST = ("Are you there?", "Hello?")
MOST_TURNS = 25
_numbers = itertools.count(1)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """To one utterance: all that was heard, the tools that the client ran, and the tokens that it tells of."""

    text: str
    ran: tuple[str, ...] = ()
    usage: dict[str, int] | None = None


@dataclass(kw_only=True)
class Held:
    """One call. `failed` is what the client raised, which ends it."""

    stream: bool
    tools: bool
    answers: list[Answer] = field(default_factory=list)
    past: list[Answer] = field(default_factory=list)
    failed: str = ""
    exchanges: Sequence[Exchange] = ()  # of the call
    exchanges_past: Sequence[Exchange] = ()  # after its end
    new_sessions: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def everything(self) -> list[Exchange]:
        return [*self.exchanges, *self.exchanges_past]


async def hold(
    service: Service,
    driver: Driver,
    client: Client,
    *,
    stream: bool,
    tools: bool = False,
    words: Sequence[str] = WORDS,
    past: Sequence[str] = (),
    known: bool = True,
    key: str = SECRET,
) -> Held:
    """A call in which `words` are said one by one, and `past` after its end. `known`: the client sends its id."""
    held = Held(stream=stream, tools=tools)
    before, since = await service.sessions(), len(service.exchanges)
    end = since
    try:
        await _open(service, driver, client, stream=stream, tools=tools, known=known, key=key)
        for text in words:
            held.answers.append(await _said(driver, text))
        end = len(service.exchanges)
        for text in past:
            held.past.append(await _said(driver, text))
        await driver.ask(close=True)
    except ClientFailed as error:
        held.failed = str(error)
        end = max(end, len(service.exchanges)) if not held.past else end
    held.exchanges = [e for e in service.exchanges[since:end] if e.method == "POST"]
    held.exchanges_past = [e for e in service.exchanges[end:] if e.method == "POST"]
    held.new_sessions = {key: value for key, value in (await service.sessions()).items() if key not in before}
    return held


async def hold_with_claude(service: Service, driver: Driver, client: Client, *, interrupts: Sequence[str]) -> Held:
    """A streamed call in which the replies to the answers on the topics `interrupts` are broken off."""
    held = Held(stream=True, tools=True)
    before, since = await service.sessions(), len(service.exchanges)
    caller = Caller()
    words, topic = "Hello?", ""
    try:
        session_id = await _open(service, driver, client, stream=True, tools=True)
        while len(held.answers) < MOST_TURNS:
            if topic in interrupts:
                answer = Answer(text=(await driver.ask(interrupt=words))["text"])
            else:
                answer = await _said(driver, words)
            held.answers.append(answer)
            told = await service.session(session_id)
            if told["status"] != "in_progress":
                break
            topic = told["currentTopic"]
            words = caller.answer(topic, answer.text)
        await driver.ask(close=True)
    except ClientFailed as error:
        held.failed = str(error)
    held.exchanges = [e for e in service.exchanges[since:] if e.method == "POST"]
    held.new_sessions = {key: value for key, value in (await service.sessions()).items() if key not in before}
    return held


async def _open(
    service: Service,
    driver: Driver,
    client: Client,
    *,
    stream: bool,
    tools: bool,
    known: bool = True,
    key: str = SECRET,
) -> str:
    session_id = f"conv-of-the-clients-{next(_numbers)}"
    headers = {"X-Conversation-Id": session_id} if known else {}
    where = {"base_url": f"{service.url}/v1", "key": key, "headers": headers, "stream": stream, "tools": tools}
    await driver.ask(client=client.name, open=where)
    return session_id


async def _said(driver: Driver, words: str) -> Answer:
    answer = await driver.ask(say=words)
    return Answer(text=answer["text"], ran=tuple(answer["ran"]), usage=answer["usage"])


async def scripted_replies(service: Service) -> list[str]:
    """What each of `WORDS` and `PAST` is answered with: told by the JSON webhook, another door to the same interview."""
    messages: list[dict[str, str]] = []
    variables: dict[str, Any] = {}
    for said in (*WORDS, *PAST):
        messages.append({"role": "user", "content": said})
        answer = await service.turn({"messages": messages, "variables": variables})
        variables = answer["variables"]
        messages.append({"role": "assistant", "content": answer["content"]})
    replies = [message["content"] for message in messages if message["role"] == "assistant"]
    assert variables["ended"]
    assert len(set(replies[: len(WORDS)])) == len(WORDS), replies
    return replies
