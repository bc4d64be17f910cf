"""Whose monotonic clock this is.

On Linux all processes of a machine read the same one, from its boot on (`clock_gettime(2)`: CLOCK_MONOTONIC), except
that a time namespace may shift it. So a boot and a namespace together name the clock.
"""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path


def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii")
        namespace = Path("/proc/self/ns/time").readlink()
    except (OSError, ValueError):  # elsewhere each process is by itself
        return secrets.token_hex(8)
    return hashlib.sha256(f"{boot} {namespace}".encode()).hexdigest()[:16]


MACHINE = _machine()
"""Readings of the monotonic clock compare where this is the same. It tells nothing of the machine."""
