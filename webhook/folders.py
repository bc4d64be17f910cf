"""Folders for what callers said."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def make_private(folder: Path) -> None:
    """Make it, and what is missing above it, for this user alone (0700); one that is there stays as it is.

    Raises `OSError`. `Path.mkdir(parents=True)` gives its mode to the last folder only.
    """
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
