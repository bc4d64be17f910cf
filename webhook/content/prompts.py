"""Prompt files: long texts that a flow names as `prompts/….md`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.content.findings import Problem, closest
from webhook.errors import ContentError

if TYPE_CHECKING:
    from pathlib import Path

PREFIX = "prompts/"
SUFFIX = ".md"
LARGEST_BYTES = 64 * 1024


def is_prompt_file(value: str) -> bool:
    """One line that begins with `prompts/` and ends in `.md` names a file; anything else is the text itself."""
    return value.startswith(PREFIX) and value.endswith(SUFFIX) and "\n" not in value


def is_inside(path: Path, folder: Path) -> bool:
    """True when a path, with every link followed, stays in its folder."""
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # links in a circle
        return False


class PromptFolder:
    """The prompt files one flow may use. `used` keeps what was read, by its name in the flow, for the content hash."""

    def __init__(self, prompts_dir: Path) -> None:
        self.used: dict[str, bytes] = {}
        self._dir = prompts_dir

    def path_of(self, name: str) -> Path:
        return self._dir / name.removeprefix(PREFIX)

    def read(self, name: str) -> str:
        """The text of a file. Raises `ContentError` with one `Problem` about the name."""
        path = self.path_of(name)
        if not self._may_read(name):
            raise _refused("prompt-file", f"prompt file `{name}` is outside the prompts folder", name)
        try:
            raw = path.read_bytes()
        except OSError:
            meant = closest(name, self._names())
            raise _refused("prompt-file", f"there is no prompt file `{name}`", name, meant) from None
        if len(raw) > LARGEST_BYTES:
            raise _refused("prompt-file", f"prompt file `{name}` is larger than {LARGEST_BYTES // 1024} KB", name)
        try:
            text = raw.decode("utf-8-sig").replace("\r\n", "\n").rstrip()
        except UnicodeDecodeError:
            raise _refused("prompt-file", f"prompt file `{name}` is not UTF-8 text", name) from None
        if not text.strip():
            raise _refused("prompt-file", f"prompt file `{name}` is empty", name)
        self.used[name] = raw
        return text

    def _may_read(self, name: str) -> bool:
        """No way up, no other root, and no link that leads out."""
        inner = name.removeprefix(PREFIX)
        if inner.startswith("/") or "\\" in inner or "\0" in inner or ".." in inner.split("/"):
            return False
        return is_inside(self.path_of(name), self._dir)

    def _names(self) -> list[str]:
        return [PREFIX + path.relative_to(self._dir).as_posix() for path in self._dir.rglob(f"*{SUFFIX}")]


def _refused(rule: str, message: str, snippet: str, suggestion: str | None = None) -> ContentError:
    problem = Problem(offset=0, rule=rule, message=message, snippet=snippet, suggestion=suggestion)
    return ContentError(findings=[problem])
