"""Real servers that tests start for themselves, on the loopback interface only."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

START_TIMEOUT_S = 10.0
NO_REDIS = "redis-server is not on PATH: nothing of this was tried on a real Redis"
NO_FAKETIME = "faketime is not on PATH: no process was tried with a clock that steps"


def free_port() -> int:
    """A TCP port nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class RedisServer:
    """A `redis-server` process of our own with its data in `directory`.

    It keeps an append-only file (synced every second), so it comes back with its data after `kill`. The port stays
    the same over a restart. `options` are further words of its command line (`"--cluster-enabled", "yes"`).
    """

    def __init__(self, directory: Path, *, port: int | None = None, options: Sequence[str] = ()) -> None:
        self._directory = directory
        self._options = tuple(options)
        self._process: subprocess.Popen[bytes] | None = None
        self.port = port or free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"

    @staticmethod
    def available() -> bool:
        return shutil.which("redis-server") is not None

    def start(self) -> None:
        """Start and wait until it answers PONG. Safe to call while it runs."""
        if self._process is not None:
            return
        self._directory.mkdir(parents=True, exist_ok=True)
        with (self._directory / "redis.log").open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self._wait_for_pong()

    def stop(self) -> None:
        """End it in good order (SIGTERM): everything is on disk."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash does."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Connections stay open, nothing is answered (SIGSTOP)."""
        self._running().send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._running().send_signal(signal.SIGCONT)

    def command(self, *words: str) -> bytes:
        """The first piece of the raw answer to one command, without a client library in between."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=1.0) as connection:
            connection.sendall((" ".join(words) + "\r\n").encode())
            return connection.recv(65536)

    def _command(self) -> tuple[str, ...]:
        place = ("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._directory))
        durability = ("--appendonly", "yes", "--appendfsync", "everysec", "--save", "")
        return (_program(), *place, *durability, *self._options)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("the server is not running")
        return self._process

    def _end(self, sign: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal.SIGCONT)  # a frozen process hears no SIGTERM
        process.send_signal(sign)
        process.wait(timeout=START_TIMEOUT_S)

    def _wait_for_pong(self) -> None:
        give_up = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            if self._running().poll() is not None or time.monotonic() > give_up:
                self.kill()
                log = (self._directory / "redis.log").read_text(errors="replace")
                raise RuntimeError(f"redis-server did not start:\n{log[-2000:]}")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            return self.command("PING").startswith(b"+PONG")
        except OSError:
            return False


@contextmanager
def running_redis(directory: Path, **options: Any) -> Iterator[RedisServer]:
    """A `RedisServer` that ends with the block; the test is skipped where there is none."""
    if not RedisServer.available():
        pytest.skip(NO_REDIS)
    server = RedisServer(directory, **options)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class RedisSentinel(RedisServer):
    """A Sentinel of our own; it watches the server on `primary_port` under the name `service`."""

    def __init__(self, directory: Path, *, primary_port: int, service: str = "interviews") -> None:
        super().__init__(directory)
        self._watched = f"{service} 127.0.0.1 {primary_port} 1"
        self.url = f"redis+sentinel://127.0.0.1:{self.port}/{service}/0"

    def _command(self) -> tuple[str, ...]:
        config = self._directory / "sentinel.conf"  # a Sentinel writes what it learns into its own configuration
        place = f"bind 127.0.0.1\nport {self.port}\ndir {self._directory}\n"
        config.write_text(f"{place}sentinel monitor {self._watched}\n")
        return (_program(), str(config), "--sentinel")


def _program() -> str:
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("redis-server is not on PATH")
    return program
