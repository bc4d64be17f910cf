"""pipecat-ai: a running pipeline of context aggregators and an OpenAI service, with functions of theirs as tools."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from contract import ENOUGH, Call, Said, Talk, Usage, added
from pipecat.adapters.schemas.function_schema import FunctionSchema
from pipecat.frames.frames import (
    CancelFrame,
    ErrorFrame,
    FunctionCallsStartedFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMTextFrame,
    MetricsFrame,
)
from pipecat.metrics.metrics import LLMUsageMetricsData
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import FunctionCallParams, LLMService
from pipecat.services.openai.llm import OpenAILLMService
from pipecat.services.openai.responses.llm import OpenAIResponsesHttpLLMService
from pipecat.workers.runner import WorkerRunner

_MOST_REPLIES = 12
"""To one utterance: a pipeline that asks on and on would never be done."""

_NO_WORDS = "completed with no text or function call"
"""Told of a reply without words, by the service for Responses alone; it is not fatal, and the call goes on."""


def _tools(call: Call) -> list[FunctionSchema]:
    async def run(params: FunctionCallParams) -> None:
        await params.result_callback(call.run(params.function_name, json.dumps(dict(params.arguments))))

    functions = [tool["function"] for tool in call.schemas()]
    return [
        FunctionSchema(
            name=function["name"],
            description=function["description"],
            properties=function["parameters"]["properties"],
            required=function["parameters"]["required"],
            handler=run,
        )
        for function in functions
    ]


class _Listener(BaseObserver):
    """What goes through the pipeline in a turn; each result of a tool makes it ask once more."""

    def __init__(self) -> None:
        super().__init__(observe_every_push=False)
        self.begin()

    def begin(self) -> None:
        self.text, self.error = "", ""
        self.usage: Usage | None = None
        self.due, self.replies = 1, 0
        self.over, self.heard = asyncio.Event(), asyncio.Event()

    async def on_push_frame(self, data: FramePushed) -> None:
        frame: Any = data.frame
        if isinstance(frame, LLMTextFrame):
            self.text += frame.text
            if len(self.text) >= ENOUGH:
                self.heard.set()
        elif isinstance(frame, MetricsFrame):
            for metric in frame.data:
                if isinstance(metric, LLMUsageMetricsData):
                    self.usage = added(self.usage, Usage(metric.value.prompt_tokens, metric.value.completion_tokens))
        elif isinstance(frame, FunctionCallsStartedFrame) and data.direction is FrameDirection.DOWNSTREAM:
            self.due += len(frame.function_calls)  # it goes the other way, too
        elif isinstance(frame, ErrorFrame) and _NO_WORDS not in frame.error:
            self.error = frame.error
            self.over.set()
        elif isinstance(frame, LLMFullResponseEndFrame):
            self.replies += 1
            if self.replies in (self.due, _MOST_REPLIES):
                self.over.set()


class Chat(Talk):
    package = "pipecat-ai"
    modes = ("stream",)

    def service(self, **where: Any) -> LLMService[Any]:
        return OpenAILLMService(settings=OpenAILLMService.Settings(model="webhook"), **where)

    async def open(self) -> None:
        call = self.call
        llm = self.service(base_url=call.base_url, api_key=call.key, default_headers=call.headers)
        self.context = LLMContext(tools=list(_tools(call)))
        pair = LLMContextAggregatorPair(self.context)
        self.listener = _Listener()
        self.worker = PipelineWorker(
            Pipeline([pair.user(), llm, pair.assistant()]),
            params=PipelineParams(enable_metrics=True, enable_usage_metrics=True),
            observers=[self.listener],
            enable_rtvi=False,
            cancel_on_idle_timeout=False,
        )
        started = asyncio.Event()
        self.worker.add_event_handler("on_pipeline_started", lambda *_: started.set())
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self.worker)
        self.running = asyncio.create_task(runner.run())
        await started.wait()

    async def close(self) -> None:
        await self.worker.queue_frame(CancelFrame())
        await self.running

    async def begin(self, words: str) -> _Listener:
        self.listener.begin()
        said: Any = {"role": "user", "content": words}
        await self.worker.queue_frame(LLMMessagesAppendFrame([said], run_llm=True))
        return self.listener

    async def say(self, words: str) -> Said:
        turn = await self.begin(words)
        await turn.over.wait()
        await asyncio.sleep(0)
        if turn.error:
            raise RuntimeError(turn.error)
        return Said(turn.text, turn.usage)

    async def interrupt(self, words: str) -> str:
        turn = await self.begin(words)
        await turn.heard.wait()
        await self.worker.queue_frame(InterruptionFrame())
        while self.last_role() != "assistant":  # noqa: ASYNC110 - pipecat has no event for it
            await asyncio.sleep(0.01)
        last: Any = self.context.get_messages()[-1]
        return str(last["content"])

    def last_role(self) -> str:
        last: Any = self.context.get_messages()[-1]
        return str(last["role"])


class Responses(Chat):
    def service(self, **where: Any) -> LLMService[Any]:
        settings = OpenAIResponsesHttpLLMService.Settings(model="webhook")
        return OpenAIResponsesHttpLLMService(settings=settings, **where)


CLIENTS = {"pipecat-ai, `OpenAILLMService`": Chat, "pipecat-ai, `OpenAIResponsesHttpLLMService`": Responses}
