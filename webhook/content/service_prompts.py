"""The service's own prompts: `listen.md`, `speak.md` and `report.md` in the prompts folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content.prompts import PromptFolder
from webhook.content.templates import compile_template
from webhook.interview.prompt import Prompts

if TYPE_CHECKING:
    from pathlib import Path

_NAMES = {
    "listen": ("title", "language", "slots"),
    "speak": ("title", "language", "persona.name", "persona.style"),
    "report": ("title",),
}


def load_prompts(prompts_dir: Path) -> Prompts:
    """Read and compile all three. Raises `ContentError`."""
    folder = PromptFolder(prompts_dir)
    made = {purpose: compile_template(folder.read(f"prompts/{purpose}.md"), names) for purpose, names in _NAMES.items()}
    return Prompts(**made)
