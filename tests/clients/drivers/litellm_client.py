"""litellm: `acompletion` and `aresponses`."""

from __future__ import annotations

from typing import Any

import litellm
from contract import ENOUGH, Call, Said, Talk, Usage, added

# Without this `aresponses(stream=True)` of a model that is not in its price list asks for a whole answer and cuts that.
litellm.register_model({"openai/webhook": {"litellm_provider": "openai", "supports_native_streaming": True}})


class _LiteLLM(Talk):
    package = "litellm"

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        self.history: list[Any] = []
        self.fields: dict[str, Any] = {
            "model": "openai/webhook",
            "api_base": call.base_url,
            "api_key": call.key,
            "extra_headers": call.headers,
        }

    async def say(self, words: str) -> Said:
        self.history.append({"role": "user", "content": words})
        said = Said("")
        while True:
            text, usage, has_called = await self.ask()
            said = Said(said.text + text, added(said.usage, usage))
            if not has_called:
                return said

    async def ask(self) -> tuple[str, Usage | None, bool]:
        raise NotImplementedError


class Completion(_LiteLLM):
    async def ask(self) -> tuple[str, Usage | None, bool]:
        tools = {"tools": self.call.schemas()} if self.call.tools else {}
        reply: Any
        if self.call.stream:
            options = {"stream": True, "stream_options": {"include_usage": True}}
            stream: Any = await litellm.acompletion(messages=self.history, **self.fields, **tools, **options)
            reply = litellm.stream_chunk_builder([chunk async for chunk in stream], messages=self.history)
        else:
            reply = await litellm.acompletion(messages=self.history, **self.fields, **tools)
        message = reply.choices[0].message
        self.history.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls or ():
            result = self.call.run(call.function.name, call.function.arguments)
            self.history.append({"role": "tool", "tool_call_id": call.id, "content": result})
        usage = Usage(reply.usage.prompt_tokens, reply.usage.completion_tokens)
        return message.content or "", usage, bool(message.tool_calls)

    async def interrupt(self, words: str) -> str:
        self.history.append({"role": "user", "content": words})
        heard = ""
        stream: Any = await litellm.acompletion(messages=self.history, **self.fields, stream=True)
        async for chunk in stream:
            heard += chunk.choices[0].delta.content or ""
            if len(heard) >= ENOUGH:
                break
        await stream.aclose()
        self.history.append({"role": "assistant", "content": heard})
        return heard


class Responses(_LiteLLM):
    async def ask(self) -> tuple[str, Usage | None, bool]:
        tools = {"tools": self.call.schemas(flat=True)} if self.call.tools else {}
        answer: Any = await litellm.aresponses(input=self.history, **self.fields, **tools, stream=self.call.stream)
        if self.call.stream:
            events = [event async for event in answer]
            answer = next(event.response for event in events if event.type == "response.completed")
        items = [item if isinstance(item, dict) else item.model_dump(exclude_none=True) for item in answer.output]
        self.history += items
        calls = [item for item in items if item["type"] == "function_call"]
        for call in calls:
            result = self.call.run(call["name"], call["arguments"])
            self.history.append({"type": "function_call_output", "call_id": call["call_id"], "output": result})
        usage = Usage(answer.usage.input_tokens, answer.usage.output_tokens) if answer.usage else None
        spoken = [part["text"] for item in items if item["type"] == "message" for part in item["content"]]
        return "".join(spoken), usage, bool(calls)

    async def interrupt(self, words: str) -> str:
        self.history.append({"role": "user", "content": words})
        heard = ""
        stream: Any = await litellm.aresponses(input=self.history, **self.fields, stream=True)
        async for event in stream:
            heard += event.delta if event.type == "response.output_text.delta" else ""
            if len(heard) >= ENOUGH:
                break
        await stream.aclose()
        self.history.append({"role": "assistant", "content": heard})
        return heard


CLIENTS = {"litellm, completion": Completion, "litellm, responses": Responses}
