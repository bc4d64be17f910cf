"""haystack: an `Agent` over its OpenAI chat generators."""

from __future__ import annotations

from typing import Any

from contract import Call, Said, Talk, Usage, added
from haystack.components.agents import Agent
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.tools import create_tool_from_function
from haystack.utils import Secret


class Chat(Talk):
    package = "haystack-ai"
    interrupts = False

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        kwargs: dict[str, Any] = {"extra_headers": call.headers}
        if call.stream:
            kwargs["stream_options"] = {"include_usage": True}
        generator = OpenAIChatGenerator(
            api_key=Secret.from_token(call.key),
            model="webhook",
            api_base_url=call.base_url,
            generation_kwargs=kwargs,
            streaming_callback=_listen if call.stream else None,
        )
        tools = [create_tool_from_function(function) for function in call.functions()]
        self.agent = Agent(chat_generator=generator, tools=tools, max_agent_steps=12)
        self.history: list[ChatMessage] = []

    async def say(self, words: str) -> Said:
        self.history.append(ChatMessage.from_user(words))
        known = len(self.history)
        result = await self.agent.run_async(self.history)
        self.history = result["messages"]
        said = Said("")
        for message in self.history[known:]:
            if message.role == "assistant":
                said.text += message.text or ""
                told = message.meta.get("usage") or None
                usage = Usage(told["prompt_tokens"], told["completion_tokens"]) if told else None
                said.usage = added(said.usage, usage)
        return said


async def _listen(_: Any) -> None: ...


CLIENTS = {"haystack, `Agent`": Chat}
