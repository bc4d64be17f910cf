"""What goes into the rows of the SQLite store and comes out of them. No database is touched here."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

import orjson

from webhook.errors import MalformedRequest, StoreRefused

if TYPE_CHECKING:
    from collections.abc import Mapping


def row_of(session_id: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """The named columns of a record; `StoreRefused` when it is no JSON or lacks a key by which sessions are listed."""
    try:
        return {
            "session_id": session_id,
            "record": orjson.dumps(dict(record)),
            "status": record["status"],
            "flow_id": record["flow_id"],
            "created_at": float(record["created_at"]),
        }
    except (KeyError, TypeError, ValueError) as exc:
        raise StoreRefused(f"The record of session {session_id!r} cannot be stored as JSON.") from exc


def cursor_of(created_at: float, session_id: str) -> str:
    """The place after this session in the listing, safe in a URL."""
    return base64.urlsafe_b64encode(orjson.dumps([created_at, session_id])).decode()


def parse_cursor(cursor: str) -> tuple[float, str]:
    try:
        created_at, session_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        return float(created_at), str(session_id)
    except (binascii.Error, TypeError, ValueError) as exc:
        raise MalformedRequest("the cursor is none of this store's") from exc
