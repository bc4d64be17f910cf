"""Everything the tests with Claude share: one client, patient deadlines, the prompts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.content.service_prompts import load_prompts
from webhook.dialogue import Deadlines, Dialogue
from webhook.flowtest import interviewee, listened
from webhook.flowtest.prompts import CastPrompts, load_cast_prompts
from webhook.ground import claude_of, models_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from webhook.claude import Claude
    from webhook.flowtest.load import Case
    from webhook.flowtest.outcome import Outcome
    from webhook.interview.prompt import Prompts
    from webhook.settings import Settings

_PATIENT = Deadlines(
    listen_s=30.0, listen_late_s=30.0, hedge_s=15.0, first_text_s=30.0, gap_s=15.0, speak_s=60.0, report_s=120.0
)
"""A test is about what Claude understands; how fast it does is measured elsewhere."""


@dataclass(frozen=True, kw_only=True)
class WithClaude:
    """Holds the talks that need Claude."""

    settings: Settings
    claude: Claude
    dialogue: Dialogue
    prompts: Prompts
    cast: CastPrompts

    async def hold(self, case: Case) -> Outcome:
        if case.tier == "interviewee":
            return await interviewee.hold(case, self.settings, self.claude, self.dialogue, self.cast)
        return await listened.hold(case, self.dialogue, self.prompts, self.cast)


@asynccontextmanager
async def with_claude(settings: Settings) -> AsyncGenerator[WithClaude | None]:
    """None where no key is set. Raises `ContentError` for prompts that cannot be used."""
    claude = claude_of(settings)
    if claude is None:
        yield None
        return
    try:
        yield WithClaude(
            settings=settings,
            claude=claude,
            dialogue=Dialogue(claude, models_of(settings), _PATIENT),
            prompts=load_prompts(settings.prompts_dir),
            cast=load_cast_prompts(settings.prompts_dir),
        )
    finally:
        await claude.close()
