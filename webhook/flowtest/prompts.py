"""The prompts that only tests need: `interviewee.md` and `judge.md` in the prompts folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.prompts import PromptFolder
from webhook.content.templates import compile_template

if TYPE_CHECKING:
    from pathlib import Path

    from webhook.interview.flow import Template


@dataclass(frozen=True, kw_only=True)
class CastPrompts:
    """Who plays the caller, and who judges."""

    interviewee: Template
    judge: Template


def load_cast_prompts(prompts_dir: Path) -> CastPrompts:
    """Read and compile both. Raises `ContentError`."""
    folder = PromptFolder(prompts_dir)
    names = ("language", "style", "facts", "will_not_say")
    return CastPrompts(
        interviewee=compile_template(folder.read("prompts/interviewee.md"), names),
        judge=compile_template(folder.read("prompts/judge.md"), ()),
    )
