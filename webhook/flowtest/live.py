"""Everything the tests with Claude share: one client, patient deadlines, the prompts."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from webhook.claude import Claude
from webhook.content.service_prompts import load_prompts
from webhook.dialogue import Deadlines, Dialogue, Models
from webhook.flowtest import interviewee, listened
from webhook.flowtest.prompts import CastPrompts, load_cast_prompts

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

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
    if settings.anthropic_api_key is None:
        yield None
        return
    claude = Claude(api_key=settings.anthropic_api_key.get_secret_value(), base_url=settings.anthropic_base_url)
    models = Models(
        speak=settings.claude_model,
        listen=settings.listen_model,
        report=settings.claude_report_model,
        fallback=settings.claude_fallback_model,
    )
    try:
        yield WithClaude(
            settings=settings,
            claude=claude,
            dialogue=Dialogue(claude, models, _PATIENT),
            prompts=load_prompts(settings.prompts_dir),
            cast=load_cast_prompts(settings.prompts_dir),
        )
    finally:
        await claude.close()
