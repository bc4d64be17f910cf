"""What every test shares."""

from __future__ import annotations

from typing import Any

import pytest

from tests import figures


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One of several processes that share the tests hands its figures to the one that prints."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["figures"] = figures.noted


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    figures.noted.extend(getattr(node, "workeroutput", {}).get("figures", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.noted:
        terminalreporter.section("figures")
        for line in figures.noted:
            terminalreporter.write_line(line)
