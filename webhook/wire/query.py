"""What stands in the query of a request, read."""

from __future__ import annotations

from datetime import UTC, datetime

from webhook.errors import MalformedRequest


def moment(text: str | None, name: str) -> float | None:
    """A time in ISO 8601 as seconds since 1970, without a zone in UTC; None for none. Raises `MalformedRequest`."""
    if not text:
        return None
    try:
        told = datetime.fromisoformat(text)
        return told.replace(tzinfo=told.tzinfo or UTC).astimezone(UTC).timestamp()  # a zone may lead beyond year 9999
    except (ValueError, OverflowError):
        raise MalformedRequest(f"{name} must be a time like 2026-11-20 or 2026-11-20T12:00:00Z") from None
