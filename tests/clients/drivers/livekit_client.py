"""livekit-agents: a real `AgentSession` without sound, with the OpenAI plugin and function tools."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from contract import ENOUGH, Call, Said, Talk, Usage, added
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice.io import TextOutput
from livekit.agents.voice.run_result import ChatMessageEvent
from livekit.plugins import openai as plugin
from openai import AsyncOpenAI


def _awaited(function: Callable[..., str]) -> Callable[..., Awaitable[str]]:
    """LiveKit's tools are coroutines."""

    @wraps(function)
    async def tool(*args: Any, **kwargs: Any) -> str:
        return function(*args, **kwargs)

    return tool


class _Heard(TextOutput):
    """The words as they come."""

    def __init__(self) -> None:
        super().__init__(label="heard", next_in_chain=None)
        self.begin()

    def begin(self) -> None:
        self.text, self.enough = "", asyncio.Event()

    async def capture_text(self, text: str) -> None:
        self.text += text
        if len(self.text) >= ENOUGH:
            self.enough.set()

    def flush(self) -> None: ...


class Chat(Talk):
    package = "livekit-agents"
    modes = ("stream",)

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.client = AsyncOpenAI(base_url=call.base_url, api_key=call.key, default_headers=call.headers, max_retries=0)
        self.usage: Usage | None = None
        self.heard = _Heard()

    def model(self) -> Any:
        return plugin.LLM(model="webhook", client=self.client)

    async def open(self) -> None:
        self.session: AgentSession[Any] = AgentSession(llm=self.model(), user_away_timeout=None)
        self.session.output.transcription = self.heard
        self.session.on("metrics_collected", self._count)
        tools: Any = [function_tool(_awaited(function)) for function in self.call.functions()]
        await self.session.start(Agent(instructions="Interview.", tools=tools), record=False)

    def _count(self, event: Any) -> None:
        if event.metrics.type == "llm_metrics":
            self.usage = added(self.usage, Usage(event.metrics.prompt_tokens, event.metrics.completion_tokens))

    async def close(self) -> None:
        await self.session.aclose()
        await self.client.close()

    async def say(self, words: str) -> Said:
        self.usage = None
        result = await self.session.run(user_input=words)
        spoken = [event.item for event in result.events if isinstance(event, ChatMessageEvent)]
        text = "".join(item.text_content or "" for item in spoken if item.role == "assistant")
        return Said(text, self.usage)

    async def interrupt(self, words: str) -> str:
        self.heard.begin()
        self.session.generate_reply(user_input=words)
        await self.heard.enough.wait()
        await self.session.interrupt()
        last: Any = self.session.history.items[-1]
        return last.text_content or ""


class Responses(Chat):
    def model(self) -> Any:
        return plugin.responses.LLM(model="webhook", client=self.client, use_websocket=False)


CLIENTS = {"livekit-agents, `openai.LLM`": Chat, "livekit-agents, `openai.responses.LLM`": Responses}
