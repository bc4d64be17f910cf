"""The Procfile under the managers that read such files: it serves, and the manager's end is the end of all of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.live_server import API_TOKEN, ROOT, WEBHOOK_SECRET
from tests.programs import manager
from tests.servers import free_port
from tests.workers import takes_connections

WAIT_S = 25.0


@contextmanager
def managed(name: str, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The manager with the repository's Procfile, except that nobody beyond this machine can connect."""
    text = (ROOT / "Procfile").read_text()
    assert text.count("HOST=0.0.0.0") == 1
    (folder / "Procfile").write_text(text.replace("HOST=0.0.0.0", "HOST=127.0.0.1"))
    env = {
        **{name: os.environ[name] for name in ("HOME", "LANG", "PYTHONPATH") if name in os.environ},
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "DATA_DIR": str(folder / "data"),
        "FLOWS_DIR": str(ROOT / "flows"),
        "PROMPTS_DIR": str(ROOT / "prompts"),
        "WEBHOOK_SECRET": WEBHOOK_SECRET,
        "API_TOKEN": API_TOKEN,
    }
    words = [manager(name), "start", "-f", str(folder / "Procfile"), "-p", str(port)]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(words, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            yield process
        finally:
            process.kill()
            process.wait()
            for pid in ours(folder):
                os.kill(pid, signal.SIGKILL)


def ours(folder: Path) -> list[int]:
    """The processes whose environment has the folder in it: whatever the manager started, and itself."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if os.fsencode(folder / "data") in (place / "environ").read_bytes():
                found.append(int(place.name))
        except OSError:  # it ended in this moment
            continue
    return found


def answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=5.0).status_code == 200
    except httpx2.HTTPError:
        return False


def wait_until(holds: Callable[[], bool], told: Callable[[], object]) -> None:
    give_up = time.monotonic() + WAIT_S
    while not holds():
        assert time.monotonic() < give_up, told()
        time.sleep(0.05)


@pytest.mark.parametrize("name", ["foreman", "honcho"])
def test_a_manager_that_is_told_to_stop_leaves_no_process_and_no_port_behind(name: str, tmp_path: Path) -> None:
    port = free_port()
    with managed(name, tmp_path, port) as process:
        wait_until(lambda: answers(port), (tmp_path / "output").read_text)
        assert len(ours(tmp_path)) > 3, "the manager, the supervisor and two workers"
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: ours(tmp_path) == [], lambda: f"still running: {ours(tmp_path)}")
        assert not takes_connections(port)
