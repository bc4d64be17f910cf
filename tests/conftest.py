"""What every test shares."""

from __future__ import annotations

import pytest

from tests import figures


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if figures.noted:
        terminalreporter.section("figures")
        for line in figures.noted:
            terminalreporter.write_line(line)
