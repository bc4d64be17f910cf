"""Programs that some tests need; what is not there is skipped, and said loudly at the end of the run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
AJV: Final = ROOT / ".ajv"
"""Where `make test` installs it, of `tests/ajv/package-lock.json`."""
MANAGERS: Final = {
    "foreman": "foreman is not on PATH (Debian: ruby-foreman): the Procfile was not tried under it",
    "honcho": "honcho is not installed: the Procfile was not tried under it",
}
NO_AJV: Final = "Ajv is not in .ajv (make test installs it where npm is on PATH): no schema was compiled by it"


def manager(name: str) -> str:
    """Where it is: beside this interpreter, or on PATH. Skips the test where it is not."""
    found = _find(name)
    if found is None:
        pytest.skip(MANAGERS[name])
    return found


def node_with_ajv() -> str:
    """Node, to be run in the folder `AJV`. Skips the test where either is missing."""
    node = _find("node")
    if node is None or not _has_ajv():
        pytest.skip(NO_AJV)
    return node


def left_out() -> list[str]:
    """What was not tried, one sentence each."""
    missing = [sentence for name, sentence in MANAGERS.items() if _find(name) is None]
    return missing if _find("node") and _has_ajv() else [*missing, NO_AJV]


def _has_ajv() -> bool:
    return (AJV / "node_modules" / "ajv").is_dir()


def _find(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
