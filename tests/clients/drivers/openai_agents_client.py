"""openai-agents (Python): an agent with function tools, run and run streamed."""

from __future__ import annotations

from typing import Any

from agents import Agent, ItemHelpers, ModelSettings, Runner, function_tool
from agents.items import MessageOutputItem
from agents.models.interface import Model
from agents.models.openai_chatcompletions import OpenAIChatCompletionsModel
from agents.models.openai_responses import OpenAIResponsesModel
from contract import ENOUGH, Call, Said, Talk, Usage
from openai import AsyncOpenAI


class _Agents(Talk):
    package = "openai-agents"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.client = AsyncOpenAI(base_url=call.base_url, api_key=call.key, default_headers=call.headers)
        tools: list[Any] = [function_tool(function) for function in call.functions()]
        settings = ModelSettings(include_usage=True)
        self.agent = Agent(name="Interviewer", tools=tools, model=self.model(), model_settings=settings)
        self.items: list[Any] = []

    def model(self) -> Model:
        raise NotImplementedError

    async def close(self) -> None:
        await self.client.close()

    async def say(self, words: str) -> Said:
        asked = [*self.items, {"role": "user", "content": words}]
        result: Any
        if self.call.stream:
            result = Runner.run_streamed(self.agent, asked)
            async for _ in result.stream_events():
                pass
        else:
            result = await Runner.run(self.agent, asked)
        self.items = result.to_input_list()
        spoken = [ItemHelpers.text_message_output(i) for i in result.new_items if isinstance(i, MessageOutputItem)]
        usage = result.context_wrapper.usage
        return Said("".join(spoken), Usage(usage.input_tokens, usage.output_tokens))

    async def interrupt(self, words: str) -> str:
        self.items.append({"role": "user", "content": words})
        heard = ""
        result = Runner.run_streamed(self.agent, self.items)
        async for event in result.stream_events():
            data: Any = getattr(event, "data", None)
            if getattr(data, "type", "") == "response.output_text.delta":
                heard += data.delta
            if len(heard) >= ENOUGH:
                result.cancel()
        self.items.append({"role": "assistant", "content": heard})
        return heard


class Responses(_Agents):
    def model(self) -> Model:
        return OpenAIResponsesModel(model="webhook", openai_client=self.client)


class Chat(_Agents):
    def model(self) -> Model:
        return OpenAIChatCompletionsModel(model="webhook", openai_client=self.client)


CLIENTS = {"openai-agents, default (responses)": Responses, "openai-agents, chat": Chat}
