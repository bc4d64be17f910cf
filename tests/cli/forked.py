"""A process that has loaded all there is and runs each verb in a fork of itself: no verb waits two seconds for imports.

What the fork runs is `webhook.cli.main`, in a process that is its own: environment, working folder, time limit, exit
code and what it reads and writes. Use it through `Verbs`; by itself it reads one JSON object a line and answers with
the exit code. What a verb loads, and what it does on a terminal, is for tests that start one the usual way.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import NoReturn

import webhook
from tests.fork_server import LOADED, ROOT
from webhook.cli import main as verb


class Verbs:
    """Runs verbs, one at a time; the process behind it is there from the first to `close`."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[str] | None = None
        self._lock = Lock()  # a test that serves fakes runs its verb in a thread

    def run(
        self, words: Sequence[str], *, here: Path, env: Mapping[str, str], stdin: str, limit_s: int
    ) -> subprocess.CompletedProcess[str]:
        with self._lock, tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("stdin", "stdout", "stderr")]
            files[0].write_text(stdin)
            asked = {"words": words, "here": str(here), "env": env, "files": [*map(str, files)], "limit_s": limit_s}
            code = self._ask(json.dumps(asked))
            return subprocess.CompletedProcess(words, code, files[1].read_text(), files[2].read_text())

    def _ask(self, line: str) -> int:
        if self._server is None:
            command = [sys.executable, "-m", "tests.cli.forked"]
            self._server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(f"{line}\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())

    def close(self) -> None:
        if self._server is not None:
            self._server.communicate()  # it ends with its input


def main() -> None:
    for module in pkgutil.walk_packages(webhook.__path__, "webhook."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for name in LOADED:
        importlib.import_module(name)
    gc.freeze()  # what is loaded stays where it is: a fork that looks at all of it copies all of it
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _be_a_verb(**json.loads(line))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - tells the parent


def _be_a_verb(words: list[str], here: str, env: dict[str, str], files: list[str], limit_s: int) -> NoReturn:
    for number, (file, mode) in enumerate(zip(files, (os.O_RDONLY, *[os.O_WRONLY | os.O_CREAT] * 2), strict=True)):
        os.dup2(os.open(file, mode), number)
    sys.stdin, sys.stdout = open(0, closefd=False), open(1, "w", closefd=False)  # noqa: SIM115 - they stay open
    sys.stderr = open(2, "w", buffering=1, errors="backslashreplace", closefd=False)  # noqa: SIM115 - it stays open
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(here)
    sys.argv = [str(ROOT / "webhook" / "__main__.py"), *words]
    tempfile.tempdir = None  # what was looked up under another environment
    signal.alarm(limit_s)
    code: object = 0
    try:
        verb(words)
    except SystemExit as left:
        code = left.code
        if isinstance(code, str):
            print(code, file=sys.stderr)  # noqa: T201 - as an interpreter does
    except BaseException:  # noqa: BLE001 - as an interpreter does in the end
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))  # taking down all that is loaded costs a second


if __name__ == "__main__":
    main()
