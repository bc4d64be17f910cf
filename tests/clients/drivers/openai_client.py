"""openai from PyPI, as its own documentation uses it: `create`, and the helper `.stream()`."""

from __future__ import annotations

from typing import Any

from contract import ENOUGH, Call, Said, Talk, Usage, added
from openai import AsyncOpenAI


class _OpenAI(Talk):
    package = "openai"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.client = AsyncOpenAI(base_url=call.base_url, api_key=call.key, default_headers=call.headers)
        self.history: list[Any] = []

    async def close(self) -> None:
        await self.client.close()

    async def say(self, words: str) -> Said:
        self.history.append({"role": "user", "content": words})
        said = Said("")
        while True:
            text, usage, has_called = await self.ask()
            said = Said(said.text + text, added(said.usage, usage))
            if not has_called:
                return said

    async def ask(self) -> tuple[str, Usage | None, bool]:
        """One request; the reply goes into the history, and so do the results of its tools."""
        raise NotImplementedError


class Chat(_OpenAI):
    """`chat.completions.create`, and `chat.completions.stream` with its final message."""

    def fields(self) -> dict[str, Any]:
        tools = {"tools": self.call.schemas()} if self.call.tools else {}
        return {"model": "webhook", "messages": self.history, **tools}

    async def ask(self) -> tuple[str, Usage | None, bool]:
        if self.call.stream:
            options = {"stream_options": {"include_usage": True}}
            async with self.client.chat.completions.stream(**self.fields(), **options) as stream:
                completion = await stream.get_final_completion()
        else:
            completion = await self.client.chat.completions.create(**self.fields())
        message = completion.choices[0].message
        assert message.role == "assistant", message.role
        self.history.append(message.model_dump(exclude_none=True, exclude={"parsed", "tool_calls"}))
        if message.tool_calls:
            calls = [call.model_dump(exclude={"function": {"parsed_arguments"}}) for call in message.tool_calls]
            self.history[-1]["tool_calls"] = calls
        for call in message.tool_calls or ():
            result = self.call.run(call.function.name, call.function.arguments)
            self.history.append({"role": "tool", "tool_call_id": call.id, "content": result})
        usage = completion.usage
        told = Usage(usage.prompt_tokens, usage.completion_tokens) if usage else None
        return message.content or "", told, bool(message.tool_calls)

    async def interrupt(self, words: str) -> str:
        self.history.append({"role": "user", "content": words})
        heard = ""
        async with await self.client.chat.completions.create(**self.fields(), stream=True) as stream:
            async for chunk in stream:
                heard += chunk.choices[0].delta.content or "" if chunk.choices else ""
                if len(heard) >= ENOUGH:
                    break
        self.history.append({"role": "assistant", "content": heard})
        return heard


class Responses(_OpenAI):
    """`responses.create` with the whole history as input, and `responses.stream`."""

    def fields(self) -> dict[str, Any]:
        tools = {"tools": self.call.schemas(flat=True)} if self.call.tools else {}
        return {"model": "webhook", "input": self.history, **tools}

    async def ask(self) -> tuple[str, Usage | None, bool]:
        if self.call.stream:
            async with self.client.responses.stream(**self.fields()) as stream:
                response = await stream.get_final_response()
        else:
            response = await self.client.responses.create(**self.fields())
        return response.output_text, *self._taken(response)

    def _taken(self, response: Any) -> tuple[Usage | None, bool]:
        calls = [item for item in response.output if item.type == "function_call"]
        self.remember(response)
        for call in calls:
            result = self.call.run(call.name, call.arguments)
            self.history.append({"type": "function_call_output", "call_id": call.call_id, "output": result})
        usage = response.usage
        return (Usage(usage.input_tokens, usage.output_tokens) if usage else None), bool(calls)

    def remember(self, response: Any) -> None:
        unknown = {"parsed": True, "content": {"__all__": {"parsed"}}, "parsed_arguments": True}
        self.history += [item.model_dump(exclude_none=True, exclude=unknown) for item in response.output]

    async def interrupt(self, words: str) -> str:
        self.history.append({"role": "user", "content": words})
        heard = ""
        async with await self.client.responses.create(**self.fields(), stream=True) as stream:
            async for event in stream:
                heard += event.delta if event.type == "response.output_text.delta" else ""
                if len(heard) >= ENOUGH:
                    break
        self.history.append({"role": "assistant", "content": heard})
        return heard


class Chained(Responses):
    """`previous_response_id` instead of the history: each request holds only what is new."""

    previous: str | None = None

    def fields(self) -> dict[str, Any]:
        return {**super().fields(), "previous_response_id": self.previous}

    def remember(self, response: Any) -> None:
        self.previous = response.id
        self.history = []


CLIENTS = {"openai (PyPI), chat": Chat, "openai (PyPI), responses": Responses, "openai (PyPI), chained": Chained}
