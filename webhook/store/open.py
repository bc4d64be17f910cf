"""Which store the settings ask for."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from webhook.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from webhook.store.base import Store


def open_store(
    redis_url: str | None, data_dir: Path, *, timeout_s: float = 0.25, clock: Callable[[], float] = time.time
) -> Store:
    """Redis when there is a URL for it (its forms: `webhook.store.redis`), else `sessions.db` in `data_dir`.

    `timeout_s` bounds each operation; by `clock` a file's records expire. Nothing is connected or created yet: await the store's `open`.
    """
    if not redis_url:
        return SqliteStore(data_dir / "sessions.db", timeout_s=timeout_s, clock=clock)
    from webhook.store.redis import RedisStore  # noqa: PLC0415 - the client costs memory and start time without use

    return RedisStore(redis_url, timeout_s=timeout_s)


def open_calls(
    redis_url: str | None, data_dir: Path, *, timeout_s: float = 1.0, clock: Callable[[], float] = time.time
) -> Store:
    """What is kept of starts, of callers and of what the platform sends after a call: records beside the sessions.

    It has no standby. What is acknowledged to the platform must be where every worker finds it, and nobody is on the
    phone: whoever is refused comes again.
    """
    if not redis_url:
        return SqliteStore(data_dir / "calls.db", timeout_s=timeout_s, clock=clock)
    from webhook.store.redis import RedisStore  # noqa: PLC0415 - as above

    return RedisStore(redis_url, timeout_s=timeout_s, prefix="webhook-calls:", max_connections=10, max_followers=1)


def open_standby(data_dir: Path, *, clock: Callable[[], float] = time.time) -> Store:
    """The file that serves while Redis does not; all workers of this machine share it."""
    return SqliteStore(data_dir / "standby.db", clock=clock)
