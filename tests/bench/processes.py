"""The processes of a benchmark: started each on its core, watched from outside."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
#: Of what is measured, and of what measures it.
SERVER_CORE, GENERATOR_CORE = 0, 1


@contextmanager
def on_core(core: int | None) -> Generator[None]:
    """What is started meanwhile stays on that core; None: on any."""
    before = os.sched_getaffinity(0)
    if core is not None and core in before:
        os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def started(*words: str) -> Generator[tuple[str, int]]:
    """`python -m WORDS`: the address it prints first, and its pid. It is ended at the end."""
    with subprocess.Popen(
        [sys.executable, "-m", *words], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError(f"{words[0]} did not start")
            yield address, process.pid
        finally:
            process.terminate()


def cpu_s(pids: Sequence[int]) -> float:
    """Seconds of CPU they used so far, in user and system mode, all threads together."""
    return sum(sum(map(int, _stat(pid)[11:13])) for pid in pids) / _TICKS


def _stat(pid: int) -> list[str]:
    """The fields of its `stat` from the third on; the second one, its name, may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def rss_mb(pids: Sequence[int]) -> float:
    """Their resident memory in MB."""
    pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in pids)
    return pages * _PAGE / 1e6
