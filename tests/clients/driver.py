"""A driver's process, seen from the runner: one JSON line there, one back.

The drivers themselves are in `drivers/`, in Python or JavaScript; `drivers/contract.py` says what one is.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from tests.clients.service import ROOT

HERE = Path(__file__).parent
INSTALLED = ROOT / ".clients"
STEP_S = 30.0
"""After this a driver hangs; no step but the start takes a tenth of it."""
_LINE_BYTES = 1 << 20
#: Nothing that a client would tell or ask the world by itself: the run stays on this machine.
_QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "AGNO_TELEMETRY": "false",
    "DO_NOT_TRACK": "1",
    "LANGSMITH_TRACING": "false",
    "OTEL_SDK_DISABLED": "true",
}


class ClientFailed(Exception):
    """The client raised; the text is what it shows its user."""


@dataclass(frozen=True, kw_only=True)
class Client:
    """A row of the table, as its driver describes it."""

    name: str
    package: str
    version: str
    modes: tuple[str, ...]  # stream, whole
    interrupts: bool
    faults: dict[str, str]  # column: how the client itself is at fault there


class Driver:
    """The process of one driver file. One that hangs is ended, and there is another for the next call."""

    def __init__(self, command: list[str], log: Path) -> None:
        self._command = command
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self.clients: list[Client] = []

    async def start(self) -> None:
        env = {**{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}, **_QUIET}
        pipe = asyncio.subprocess.PIPE
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, env=env, stdin=pipe, stdout=pipe, stderr=log, limit=_LINE_BYTES
            )
        described = (await self._read())["clients"]
        self.clients = [Client(**{**client, "modes": tuple(client["modes"])}) for client in described]

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def ask(self, **step: Any) -> dict[str, Any]:
        """Raises `ClientFailed` where the client did."""
        if self._process is None:
            await self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(orjson.dumps(step) + b"\n")
        answer = await self._read()
        if "error" in answer:
            raise ClientFailed(" ".join(answer["error"].split()))
        return answer

    async def _read(self) -> dict[str, Any]:
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(STEP_S):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line:
            await self.end()
            raise ClientFailed("the client hangs, or its process has ended")
        answer: dict[str, Any] = orjson.loads(line)
        return answer


def drivers() -> dict[str, list[str]]:
    """The command of each driver file, by its name."""
    python = [str(INSTALLED / "venv" / "bin" / "python"), str(HERE / "drivers" / "host.py")]
    # Node looks for packages beside the file: there is a link to `drivers` beside them, and it must stay one.
    node = ["node", "--preserve-symlinks", "--preserve-symlinks-main", str(INSTALLED / "drivers" / "host.mjs")]
    found = {path.stem: [*python, path.stem] for path in (HERE / "drivers").glob("*_client.py")}
    found |= {path.stem: [*node, path.stem] for path in (HERE / "drivers").glob("*_client.mjs")}
    return dict(sorted(found.items()))


@asynccontextmanager
async def started(command: list[str], log: Path) -> AsyncGenerator[Driver]:
    driver = Driver(command, log)
    try:
        await driver.start()
        yield driver
    finally:
        await driver.end()
