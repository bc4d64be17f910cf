"""autogen: an `AssistantAgent` that asks again with the results of its tools."""

from __future__ import annotations

from typing import Any

from autogen_agentchat.agents import AssistantAgent
from autogen_agentchat.messages import ModelClientStreamingChunkEvent, TextMessage, ThoughtEvent
from autogen_core import CancellationToken
from autogen_ext.models.openai import OpenAIChatCompletionClient
from contract import ENOUGH, Call, Said, Talk, Usage, added

_MODEL: Any = {
    "vision": False,
    "function_calling": True,
    "json_output": False,
    "family": "unknown",
    "structured_output": False,
}


class Chat(Talk):
    package = "autogen-ext"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.model = OpenAIChatCompletionClient(
            model="webhook",
            base_url=call.base_url,
            api_key=call.key,
            default_headers=call.headers,
            model_info=_MODEL,
            include_name_in_message=False,
            **({"stream_options": {"include_usage": True}} if call.stream else {}),
        )
        self.agent = AssistantAgent(
            "interviewer",
            self.model,
            tools=list(call.functions()),
            model_client_stream=call.stream,
            reflect_on_tool_use=True,
        )

    async def close(self) -> None:
        await self.model.close()

    async def say(self, words: str) -> Said:
        said = Said("")
        async for event in self.agent.run_stream(task=words):
            if isinstance(event, ThoughtEvent) or (isinstance(event, TextMessage) and event.source != "user"):
                said.text += event.content
            if told := getattr(event, "models_usage", None):
                said.usage = added(said.usage, Usage(told.prompt_tokens, told.completion_tokens))
        return said

    async def interrupt(self, words: str) -> str:
        heard = ""
        hang_up = CancellationToken()
        stream = self.agent.run_stream(task=words, cancellation_token=hang_up)
        async for event in stream:
            if isinstance(event, ModelClientStreamingChunkEvent):
                heard += event.content
            if len(heard) >= ENOUGH:
                hang_up.cancel()
                break
        await stream.aclose()
        return heard


CLIENTS = {"autogen, `AssistantAgent`": Chat}
