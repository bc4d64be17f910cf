"""What every test shares."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tests import figures
from tests.fork_server import Nursery
from tests.programs import left_out
from tests.servers import NO_FAKETIME, NO_REDIS, RedisServer, running_redis

# What is asserted is what comes out, never how long it took: the machine may be busy.
hypothesis.settings.register_profile("suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("suite")


def pytest_configure(config: pytest.Config) -> None:
    """Nobody's certificates are trusted but those a test names, unless the network is wanted.

    All servers are on this machine, and to read what the system trusts costs every client 0.07 s of CPU.
    """
    if "not live" in config.getoption("markexpr"):
        os.environ.pop("SSL_CERT_FILE", None)
        os.environ["SSL_CERT_DIR"] = str(Path(__file__).parent)  # it holds none


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One for the whole run: tests keep apart by their key prefix and leave it running."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """One that is empty, and there to be killed or frozen."""
    with running_redis(tmp_path / "redis") as server:
        yield server


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    """Services that start in milliseconds."""
    with Nursery() as made:
        yield made


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
    missing = left_out() if RedisServer.available() else [NO_REDIS, *left_out()]
    missing += [NO_FAKETIME] if shutil.which("faketime") is None else []
    if missing:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        for line in missing:
            terminalreporter.write_line(line)
