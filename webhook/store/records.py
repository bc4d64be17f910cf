"""Reading stored records back. No database is touched here."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import structlog

from webhook.errors import RecordDamaged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from webhook.store.base import Record

log_ = structlog.get_logger("webhook.store")


def parse_record(session_id: str, data: bytes | None, version: int) -> Record:
    """`RecordDamaged` when the stored bytes are no JSON object."""
    try:
        record = orjson.loads(data or b"")
    except orjson.JSONDecodeError:
        record = None  # the error would carry the bytes along, and with them what a caller said
    if not isinstance(record, dict):
        raise RecordDamaged(
            f"The stored record of session {session_id!r} is damaged.", data=data or b"", version=version
        )
    return record


def plain(record: Record) -> Record:
    """The record as it would come back from a store."""
    decoded: Record = orjson.loads(orjson.dumps(record))
    return decoded


def readable_records(rows: Iterable[tuple[str, bytes]]) -> tuple[Record, ...]:
    """The records of (session id, bytes) that can be read: one that is damaged must not hide the others."""
    readable = []
    for session_id, data in rows:
        try:
            readable.append(parse_record(session_id, data, 0))
        except RecordDamaged:
            log_.warning("record_damaged", session_id=session_id)
    return tuple(readable)
