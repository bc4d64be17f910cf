"""agent-framework (Microsoft): an agent with a session, over its two OpenAI clients."""

from __future__ import annotations

from typing import Any, ClassVar

from agent_framework import Agent
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from contract import ENOUGH, Call, Said, Talk, Usage


class _AgentFramework(Talk):
    package = "agent-framework-openai"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        client = self.client(base_url=call.base_url, api_key=call.key, default_headers=call.headers)
        self.agent: Any = Agent(client=client, tools=call.functions())
        self.session = self.agent.create_session()

    def client(self, **where: Any) -> Any:
        raise NotImplementedError

    async def say(self, words: str) -> Said:
        if self.call.stream:
            response = await self.agent.run(words, session=self.session, stream=True).get_final_response()
        else:
            response = await self.agent.run(words, session=self.session)
        told = response.usage_details or {}
        usage = Usage(told["input_token_count"], told["output_token_count"]) if told else None
        return Said(response.text, usage)

    async def interrupt(self, words: str) -> str:
        heard = ""
        stream = self.agent.run(words, session=self.session, stream=True)
        updates = stream.__aiter__()
        async for update in updates:
            heard += update.text
            if len(heard) >= ENOUGH:
                break
        return heard


class Responses(_AgentFramework):
    def client(self, **where: Any) -> Any:
        return OpenAIChatClient(model="webhook", **where)


class Chat(_AgentFramework):
    faults: ClassVar[dict[str, str]] = {
        "interruption": "a turn that is broken off is not in its history: what the caller said in it is gone, "
        "and is asked for again"
    }

    def client(self, **where: Any) -> Any:
        return OpenAIChatCompletionClient(model="webhook", **where)


CLIENTS = {
    "agent-framework, `OpenAIChatClient` (responses)": Responses,
    "agent-framework, `OpenAIChatCompletionClient`": Chat,
}
