"""pydantic-ai: an agent with plain tools, run and run by its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract import ENOUGH, Call, Said, Talk, Usage
from openai import AsyncOpenAI
from pydantic_ai import Agent, AgentRunResultEvent
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, TextPart, UserPromptPart
from pydantic_ai.models import Model
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider


class _PydanticAI(Talk):
    package = "pydantic-ai-slim"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.client = AsyncOpenAI(base_url=call.base_url, api_key=call.key, default_headers=call.headers)
        self.agent = Agent(self.model(OpenAIProvider(openai_client=self.client)), tools=call.functions())
        self.history: Sequence[ModelMessage] = []

    def model(self, provider: OpenAIProvider) -> Model:
        raise NotImplementedError

    async def close(self) -> None:
        await self.client.close()

    async def say(self, words: str) -> Said:
        result: Any = None
        if self.call.stream:
            async with self.agent.run_stream_events(words, message_history=self.history) as events:
                async for event in events:
                    if isinstance(event, AgentRunResultEvent):
                        result = event.result
        else:
            result = await self.agent.run(words, message_history=self.history)
        self.history = result.all_messages()
        replies = [message for message in result.new_messages() if isinstance(message, ModelResponse)]
        text = "".join(part.content for reply in replies for part in reply.parts if isinstance(part, TextPart))
        return Said(text, Usage(result.usage.input_tokens, result.usage.output_tokens))

    async def interrupt(self, words: str) -> str:
        heard = ""
        async with self.agent.run_stream(words, message_history=self.history) as run:
            async for delta in run.stream_text(delta=True, debounce_by=None):
                heard += delta
                if len(heard) >= ENOUGH:
                    await run.cancel()
                    break
        said = ModelRequest(parts=[UserPromptPart(words)])
        self.history = [*self.history, said, ModelResponse(parts=[TextPart(heard)])]
        return heard


class Responses(_PydanticAI):
    def model(self, provider: OpenAIProvider) -> Model:
        return OpenAIResponsesModel("webhook", provider=provider)


class Chat(_PydanticAI):
    def model(self, provider: OpenAIProvider) -> Model:
        return OpenAIChatModel("webhook", provider=provider)


CLIENTS = {"pydantic-ai, `openai:` (responses)": Responses, "pydantic-ai, `openai-chat:`": Chat}
