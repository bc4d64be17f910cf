"""agno: an agent that keeps its own history."""

from __future__ import annotations

from typing import Any, ClassVar

from agno.agent import Agent
from agno.db.in_memory import InMemoryDb
from agno.models.base import Model
from agno.models.openai import OpenAIChat, OpenAIResponses
from agno.run.agent import RunContentEvent, RunErrorEvent, RunOutput
from agno.run.base import RunStatus
from contract import ENOUGH, Call, Said, Talk, Usage


class _Agno(Talk):
    package = "agno"
    faults: ClassVar[dict[str, str]] = {
        "interruption": "a turn that is broken off is not in its history: what the caller said in it is gone, "
        "and is asked for again"
    }

    def __init__(self, call: Call) -> None:
        super().__init__(call)
        where: dict[str, Any] = {
            "id": "webhook",
            "base_url": call.base_url,
            "api_key": call.key,
            "default_headers": call.headers,
        }
        self.agent = Agent(
            model=self.model(where),
            tools=list(call.functions()),
            db=InMemoryDb(),
            session_id="call",
            add_history_to_context=True,
            num_history_runs=100,
            telemetry=False,
        )

    def model(self, where: dict[str, Any]) -> Model:
        raise NotImplementedError

    async def say(self, words: str) -> Said:
        result: Any = None
        if self.call.stream:
            async for event in self.agent.arun(words, stream=True, yield_run_output=True):
                result = event if isinstance(event, RunOutput | RunErrorEvent) else result
        else:
            result = await self.agent.arun(words)
        if isinstance(result, RunErrorEvent) or result.status is RunStatus.error:
            raise RuntimeError(result.content)
        spoken = [m.content or "" for m in result.messages if m.role == "assistant" and not m.from_history]
        return Said("".join(spoken), Usage(result.metrics.input_tokens, result.metrics.output_tokens))

    async def interrupt(self, words: str) -> str:
        heard = ""
        stream: Any = self.agent.arun(words, stream=True)
        async for event in stream:
            heard += event.content or "" if isinstance(event, RunContentEvent) else ""
            if len(heard) >= ENOUGH:
                break
        await stream.aclose()
        return heard


class Chat(_Agno):
    def model(self, where: dict[str, Any]) -> Model:
        return OpenAIChat(**where)


class Responses(_Agno):
    def model(self, where: dict[str, Any]) -> Model:
        return OpenAIResponses(**where)


CLIENTS = {"agno, `OpenAIChat`": Chat, "agno, `OpenAIResponses`": Responses}
