"""Judging a talk by plain sentences: the request to Claude, and what its answer means."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from webhook.interview.prompt import Block, ModelMessage, ModelRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.dialogue import Dialogue
    from webhook.flowtest.talk import Talk
    from webhook.interview.flow import Template

_TOKENS = 4000
_VERDICT: dict[str, Any] = {
    "type": "object",
    "properties": {"pass": {"type": "boolean"}, "why": {"type": "string"}},
    "required": ["pass", "why"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"verdicts": {"type": "array", "items": _VERDICT}},
    "required": ["verdicts"],
    "additionalProperties": False,
}
UNREADABLE = "the judge did not give one verdict for each sentence"


async def judged(dialogue: Dialogue, prompt: Template, talk: Talk, sentences: Sequence[str]) -> str | None:
    """The first sentence that does not hold, and why; None when all do. Raises `ModelError`."""
    if not sentences:
        return None
    return verdict(await dialogue.write(judge_request(prompt, talk, sentences)), sentences)


def judge_request(prompt: Template, talk: Talk, sentences: Sequence[str]) -> ModelRequest:
    numbered = "\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, start=1))
    text = f"<talk>\n{_unmarked(transcript(talk))}\n</talk>\n<sentences>\n{numbered}\n</sentences>"
    return ModelRequest(
        purpose="report",  # it may think, and nobody waits on the line
        system=(Block(text=prompt.render({})),),
        messages=(ModelMessage(role="user", blocks=(Block(text=text),)),),
        max_tokens=_TOKENS,
        schema=SCHEMA,
    )


def verdict(answer: str, sentences: Sequence[str]) -> str | None:
    """What an answer says; anything but a clear yes to each sentence fails the talk."""
    try:
        verdicts = json.loads(answer)["verdicts"]
        found = [(one["pass"], str(one["why"])) for one in verdicts]
    except (ValueError, KeyError, TypeError):
        return UNREADABLE
    if len(found) != len(sentences):
        return UNREADABLE
    for sentence, (holds, why) in zip(sentences, found, strict=True):
        if holds is not True:
            return f"judged against “{sentence}”: {why}"
    return None


def transcript(talk: Talk) -> str:
    """The talk for a reader."""
    lines: list[str] = []
    for step in talk.steps:
        if step.caller:
            lines.append(f"[turn {step.number}] caller: {step.caller}")
        lines.append(f"[turn {step.number}] interviewer: {step.said}")
    return "\n".join(lines)


def _unmarked(text: str) -> str:
    """Nobody in the talk can close the marks round it."""
    return text.replace("<", "‹").replace(">", "›")
