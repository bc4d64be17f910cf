"""pytest collects the tests of flows: one item for each test of each `tests/*.yaml` beside the flows.

Tests that need Claude are skipped where ANTHROPIC_API_KEY is not set, as by `webhook test`.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any

import pytest

# ruff: noqa: PLC0415 - pytest loads this everywhere; what it needs is imported where there are such tests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from webhook.flowtest.load import Case
    from webhook.flowtest.outcome import Outcome
    from webhook.settings import Settings

_KEYS = (re.compile(rb"^flow:", re.MULTILINE), re.compile(rb"^tests:", re.MULTILINE))


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix != ".yaml" or file_path.parent.name != "tests":
        return None
    raw = file_path.read_bytes()
    return FlowTests.from_parent(parent, path=file_path) if all(key.search(raw) for key in _KEYS) else None


class FlowTests(pytest.File):
    """One file of tests."""

    def collect(self) -> Iterator[pytest.Item]:
        from webhook.content.load import read_folder
        from webhook.flowtest.load import read_file
        from webhook.settings import load_settings

        settings = load_settings()
        folder = read_folder(self.path.parent.parent, settings.prompts_dir)
        cases, findings = read_file(self.path, folder.flows)
        if findings:
            raise self.CollectError("\n".join(map(str, (*findings, *folder.findings))))
        for case in cases:
            yield FlowTest.from_parent(self, name=case.name, case=case, settings=settings)


class FlowTest(pytest.Item):
    """One test."""

    def __init__(self, *, case: Case, settings: Settings, **more: Any) -> None:
        super().__init__(**more)
        self.case = case
        self.settings = settings

    def runtest(self) -> None:
        outcome = asyncio.run(_outcome(self.case, self.settings))
        if outcome.status == "skipped":
            pytest.skip(outcome.why)
        if outcome.status == "failed":
            raise Difference(outcome)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from webhook.flowtest.failure import failure_text

        if isinstance(excinfo.value, Difference):
            return failure_text(excinfo.value.outcome)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        return self.path, self.case.line - 1, self.case.name


class Difference(Exception):
    """The talk was not as expected."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.case.place)
        self.outcome = outcome


async def _outcome(case: Case, settings: Settings) -> Outcome:
    from webhook.flowtest.run import run_told

    if not case.needs_claude or settings.anthropic_api_key is None:
        return run_told(case)
    from webhook.flowtest.live import with_claude

    async with with_claude(settings) as live:
        assert live is not None
        return await live.hold(case)
