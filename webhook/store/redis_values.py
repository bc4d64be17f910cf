"""What the Redis store puts into Redis and how it reads it back. Nothing is connected here."""

from __future__ import annotations

import base64
import binascii
import re
import struct
from typing import TYPE_CHECKING, Any

import orjson

from webhook.errors import MalformedRequest, RecordDamaged, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

#: What `place_of` makes.
_PLACE = re.compile(rb"[0-9a-f]{16}:")


def place_of(created_at: float, session_id: str) -> str:
    """A session's place in the index: places compare as (created_at, session_id) do."""
    return f"{hex_of(created_at)}:{session_id}"


def hex_of(seconds: float) -> str:
    """Sixteen characters that sort like the number (the bits of a positive double do)."""
    return struct.pack(">d", max(0.0, seconds)).hex()


def session_of(place: str) -> str:
    return place.partition(":")[2]


def ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def encode_record(session_id: str, record: Mapping[str, Any]) -> tuple[bytes, str, str, float]:
    try:
        data = orjson.dumps(dict(record))
        return data, str(record["status"]), str(record["flow_id"]), float(record["created_at"])
    except (KeyError, TypeError, ValueError) as exc:
        raise StoreRefused(f"The record of session {session_id!r} cannot be stored as JSON.") from exc


def parse_version(session_id: str, version: bytes | None, data: bytes | None) -> int:
    """`RecordDamaged` when it is no number; what is stored then counts as version 0, and a save takes its place."""
    if version is None or not version.isdigit():
        raise RecordDamaged(f"The stored version of session {session_id!r} is damaged.", data=data or b"", version=0)
    return int(version)


def cursor_of(place: bytes) -> str:
    return base64.urlsafe_b64encode(place).decode()


def parse_cursor(cursor: str) -> bytes:
    try:
        place = base64.b64decode(cursor, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as exc:
        raise MalformedRequest("the cursor is none of this store's") from exc
    if not _PLACE.match(place):
        raise MalformedRequest("the cursor is none of this store's")
    return place
