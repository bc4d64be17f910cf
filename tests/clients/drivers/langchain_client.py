"""langchain-openai: a chat model with tools bound, invoked and streamed."""

from __future__ import annotations

from typing import Any, ClassVar

from contract import ENOUGH, Call, Said, Talk, Usage, added
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI


class Chat(Talk):
    package = "langchain-openai"
    responses: ClassVar[bool] = False

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.model: Any = ChatOpenAI(
            model="webhook",
            base_url=call.base_url,
            api_key=call.key,
            default_headers=call.headers,
            use_responses_api=self.responses,
            stream_usage=True,
        )
        self.tools = {function.__name__: tool(function) for function in call.functions()}
        if self.tools:
            self.model = self.model.bind_tools(list(self.tools.values()))
        self.history: list[BaseMessage] = []

    async def say(self, words: str) -> Said:
        self.history.append(HumanMessage(words))
        said = Said("")
        while True:
            reply = await self.reply()
            self.history.append(reply)
            told = reply.usage_metadata
            usage = Usage(told["input_tokens"], told["output_tokens"]) if told else None
            said = Said(said.text + reply.text, added(said.usage, usage))
            self.history += [await self.tools[call["name"]].ainvoke(call) for call in reply.tool_calls]
            if not reply.tool_calls:
                return said

    async def reply(self) -> Any:
        if not self.call.stream:
            return await self.model.ainvoke(self.history)
        whole: Any = None
        async for chunk in self.model.astream(self.history):
            whole = chunk if whole is None else whole + chunk
        return whole

    async def interrupt(self, words: str) -> str:
        self.history.append(HumanMessage(words))
        heard = ""
        stream = self.model.astream(self.history)
        async for chunk in stream:
            heard += chunk.text
            if len(heard) >= ENOUGH:
                break
        await stream.aclose()
        self.history.append(AIMessage(heard))
        return heard


class Responses(Chat):
    responses = True


CLIENTS = {"langchain-openai, chat": Chat, "langchain-openai, `use_responses_api`": Responses}
