"""Programs that some tests need; what is not there is skipped, and said loudly at the end of the run."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import Final

import pytest

NEEDED: Final = {
    "foreman": "foreman is not on PATH (Debian: ruby-foreman): the Procfile was not tried under it",
    "honcho": "honcho is not installed: the Procfile was not tried under it",
    "npm": "npm is not on PATH: no schema was compiled by Ajv",
}


def program(name: str) -> str:
    """Where it is: beside this interpreter, or on PATH. Skips the test where it is not."""
    found = _find(name)
    if found is None:
        pytest.skip(NEEDED[name])
    return found


def left_out() -> list[str]:
    """What was not tried, one sentence for each missing program."""
    return [sentence for name, sentence in NEEDED.items() if _find(name) is None]


def _find(name: str) -> str | None:
    return shutil.which(name, path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
