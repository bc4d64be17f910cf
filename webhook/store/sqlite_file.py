"""The file under the SQLite store: opening it, its transactions, waiting for its locks, its errors made ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
from typing import TYPE_CHECKING, Final, TypeVar

from webhook.errors import StoreError, StoreRefused
from webhook.folders import make_private
from webhook.store.budget import AT_MOST
from webhook.store.sqlite_statements import SCHEMA, SCHEMA_VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_T = TypeVar("_T")

#: How long SQLite itself may wait for a lock, and with it the whole loop: most locks are gone much sooner.
_BUSY_TIMEOUT_MS: Final = 2
_RETRY_S: Final = (0.001, 0.010)
_BUSY_CODES: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY_CODE: Final = 0xFF  # an extended result code keeps its primary code in the low byte


def connect(path: Path | None) -> sqlite3.Connection:
    """The database in a file, or one in memory that ends with the connection."""
    if path is not None:
        make_private(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its -wal and -shm files the same mode
    connection = sqlite3.connect(path or ":memory:", timeout=_BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(db: sqlite3.Connection) -> None:
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        db.execute(f"PRAGMA {pragma}").fetchall()
    with transaction(db):
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise StoreError(f"The session database has version {version}; this program knows {SCHEMA_VERSION}.")
        for statement in SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


@contextlib.contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, with the write lock from the start: a lock taken later could fail half-way."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite rolls back by itself after a full disk, for one
            db.execute("ROLLBACK")
        raise


async def patiently(work: Callable[[], _T], timeout_s: float) -> _T:
    """Do the work, again and again while another process holds a lock, until it has paused for so long.

    As in `budget`, a process that is late for its own work does not use up the time, within a limit.
    """
    loop = asyncio.get_running_loop()
    give_up_at = loop.time() + AT_MOST * timeout_s
    pause_s, paclock_s = _RETRY_S[0], 0.0
    with store_errors():
        while True:
            try:
                return work()
            except sqlite3.OperationalError as exc:
                is_time_up = paclock_s + pause_s > timeout_s or loop.time() + pause_s > give_up_at
                if is_time_up or not _is_busy(exc):
                    raise
            await asyncio.sleep(pause_s)
            paclock_s += pause_s + _BUSY_TIMEOUT_MS / 1000
            pause_s = min(pause_s * 2, _RETRY_S[1])


def forget_old_pages(db: sqlite3.Connection) -> bool:
    """Empty the write-ahead log, where what was just deleted can still be read.

    False: another process reads or writes, so they are still there.
    """
    is_busy, *_ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def _is_busy(exc: sqlite3.OperationalError) -> bool:
    return getattr(exc, "sqlite_errorcode", 0) & _PRIMARY_CODE in _BUSY_CODES


@contextlib.contextmanager
def store_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as exc:
        name = getattr(exc, "sqlite_errorname", type(exc).__name__)
        raise StoreError(f"SQLite cannot serve: {name}.") from exc
    except OSError as exc:
        raise StoreError(f"The session database cannot be opened: {exc.strerror}.") from exc
    except (UnicodeError, OverflowError) as exc:  # sqlite3's own conversion of a lone surrogate, of a huge number
        raise StoreRefused("A value is neither valid text nor a number of 64 bits.") from exc
