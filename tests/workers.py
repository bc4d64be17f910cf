"""The service as processes of its own, to be killed, stopped and restarted."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import httpx2
import orjson

from tests.fork_server import Forked, Nursery
from tests.live_server import API_TOKEN, OPERATORS, ROOT, WEBHOOK_SECRET
from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

START_S = 30.0
#: What every process of ours is started with; nothing of the tester's own settings gets in.
_PLAIN = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "COVERAGE_PROCESS_START") if name in os.environ}


class Service:
    """`webhook serve` on a port of its own; two over one store are two workers that can be killed alone.

    With a `nursery` it is there in milliseconds, as one worker.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        claude_url: str | None = None,
        redis_url: str | None = None,
        flows_dir: Path = ROOT / "flows",
        workers: int = 1,
        nursery: Nursery | None = None,
        module: Sequence[str] = ("webhook", "serve"),
        env: Mapping[str, str] = {},
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data_dir / f"service-{self.port}.jsonl"
        self._workers = workers
        self._nursery = nursery
        self._module = module
        self._process: subprocess.Popen[bytes] | Forked | None = None
        claude = {"ANTHROPIC_API_KEY": "key", "ANTHROPIC_BASE_URL": claude_url} if claude_url else {}
        redis = {"REDIS_URL": redis_url} if redis_url else {}
        self.env = {
            **_PLAIN,
            "DATA_DIR": str(data_dir),
            "FLOWS_DIR": str(flows_dir),
            "PROMPTS_DIR": str(ROOT / "prompts"),
            "WEBHOOK_SECRET": WEBHOOK_SECRET,
            "API_TOKEN": API_TOKEN,
            "LOG_FORMAT": "json",
            "PORT": str(self.port),
            **claude,
            **redis,
            **env,
        }

    async def __aenter__(self) -> Self:
        self.start()
        await self.ready()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self.end()

    def start(self) -> None:
        """Does not wait until it answers: `ready`."""
        self._log.parent.mkdir(parents=True, exist_ok=True)
        if self._nursery is not None:
            self._process = self._nursery.start(self.env, self._log)
            return
        words = [sys.executable, "-m", *self._module, "--workers", str(self._workers)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                words, cwd=ROOT, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log
            )

    async def ready(self) -> None:
        give_up = time.monotonic() + START_S
        async with httpx2.AsyncClient() as http:
            while True:
                try:
                    await http.get(f"{self.url}/healthz", timeout=5.0)
                except httpx2.HTTPError:
                    assert self._process is not None
                    assert self._process.poll() is None, self._log.read_text()[-2000:]
                    assert time.monotonic() < give_up, "the service did not come up"
                    await asyncio.sleep(0.02)
                else:
                    return

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def worker_pids(self) -> list[int]:
        """The processes under a supervisor, or the one process there is."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(pid) for pid in children if b"spawn_main" in _command_of(pid)] or [self.pid]

    def kill(self) -> None:
        """SIGKILL; only for a service of one worker."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def end(self) -> None:
        """In good order if it goes, else at once, with everything under it."""
        process, self._process = self._process, None
        if process is None or process.poll() is not None:
            return
        below = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.terminate()
        try:
            process.wait(timeout=30.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            for pid in below:
                if Path(f"/proc/{pid}").exists():
                    os.kill(int(pid), signal.SIGKILL)

    def logged(self, event: str | None = None) -> list[dict[str, Any]]:
        """The log lines so far, those of one event only if it is named."""
        lines = [orjson.loads(line) for line in self._log.read_bytes().splitlines() if line.startswith(b"{")]
        return [line for line in lines if event is None or line["event"] == event]

    async def get(self, path: str) -> httpx2.Response:
        """As an operator."""
        async with httpx2.AsyncClient(base_url=self.url, timeout=10.0) as http:
            return await http.get(path, headers=OPERATORS)


def _command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def takes_connections(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
