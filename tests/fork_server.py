"""A process that has loaded everything and makes workers by fork: one is there in milliseconds, and dies alone.

A worker started the usual way spends two seconds of CPU on imports, and a run that kills a thousand of them would
measure little else. What the child runs is `webhook serve` itself. Use it through `Nursery`; by itself it reads one
JSON object a line, `{"env": {...}, "log": "path"}`, and answers with the child's pid.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
#: What a worker loads on its way to its first turn.
LOADED = (
    "anthropic",
    "redis.asyncio.cluster",
    "redis.asyncio.sentinel",
    "uvloop",
    "webhook.app",
    "webhook.cli.serving",
    "webhook.edge",
)


class Nursery:
    """Starts workers; they end with it."""

    def __enter__(self) -> Self:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.fork_server"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._server.stdin.close()  # type: ignore[union-attr]  # it has pipes
        self._server.wait()
        self._server.stdout.close()  # type: ignore[union-attr]  # it has pipes

    def start(self, env: Mapping[str, str], log: Path) -> Forked:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps({"env": dict(env), "log": str(log)}) + "\n")
        self._server.stdin.flush()
        return Forked(int(self._server.stdout.readline()))


class Forked:
    """As much of `subprocess.Popen` as a test needs, of a process that is somebody else's child."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return 0
        return 0 if state == "Z" else None

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float = 30.0) -> int:
        give_up = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > give_up:
                raise subprocess.TimeoutExpired("a forked worker", timeout)
            time.sleep(0.001)
        return 0


def main() -> None:
    for name in LOADED:
        importlib.import_module(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    children: list[int] = []
    for line in sys.stdin:
        given = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_a_worker(given["env"], given["log"])
        children.append(child)
        print(child, flush=True)  # noqa: T201 - tells the parent
    for child in children:
        Forked(child).kill()


def _be_a_worker(env: Mapping[str, str], log: str) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    quiet = os.open(os.devnull, os.O_RDWR)
    written = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, target in ((0, quiet), (1, quiet), (2, written)):
        os.dup2(target, number)
    os.environ.clear()
    os.environ.update(env)
    from webhook.cli.serving import serve  # noqa: PLC0415 - loaded by then; a `Nursery` needs none of it

    try:
        serve({}, workers=1)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
