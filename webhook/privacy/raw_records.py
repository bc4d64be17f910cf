"""What a record tells that may be no session to this release: damaged, of a later one, or somebody's odd document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from webhook.errors import StoreError
from webhook.interview.session import from_dict
from webhook.interview.told import ToldStatus
from webhook.wire.limits import is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from webhook.interview.session import Session

    Raw = Mapping[str, Any] | bytes
    """A record, or the bytes of one that cannot be read."""


def session_in(raw: Raw) -> Session | None:
    """None for what this release cannot read."""
    try:
        return None if isinstance(raw, bytes) else from_dict(raw)
    except StoreError:
        return None


def caller_in(raw: Raw | None) -> str:
    """What stands for the caller's number; "" where none is known."""
    call = raw.get("call") if raw is not None and not isinstance(raw, bytes) else None
    caller = call.get("caller") if isinstance(call, dict) else None
    return caller if isinstance(caller, str) else ""


def began_in(raw: Raw | None) -> float | None:
    at = raw.get("created_at") if raw is not None and not isinstance(raw, bytes) else None
    return float(at) if isinstance(at, int | float) else None


def is_tombstone(told: Raw) -> bool:
    """Whether all that is known of a conversation is that it was erased."""
    return not isinstance(told, bytes) and told.get("status") == ToldStatus.DELETED and not told.get("events")


def conversations_in(raw: Raw) -> tuple[str, ...]:
    """Those a record names, also one that is no session to this release."""
    if isinstance(raw, bytes):
        return ()
    past = raw.get("past_conversations")
    named = [raw.get("conversation_id"), *(past if isinstance(past, list | tuple) else ())]
    return tuple(each for each in named if is_id(each))
