"""Which store the settings ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webhook.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from pathlib import Path

    from webhook.store.base import Store


def open_store(redis_url: str | None, data_dir: Path) -> Store:
    """Redis when there is a URL for it (its forms: `webhook.store.redis`), else `sessions.db` in `data_dir`.

    Nothing is connected or created yet: await the store's `open`.
    """
    if not redis_url:
        return SqliteStore(data_dir / "sessions.db")
    from webhook.store.redis import RedisStore  # noqa: PLC0415 - the client costs memory and start time without use

    return RedisStore(redis_url)
