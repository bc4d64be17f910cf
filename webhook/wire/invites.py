"""Invites: signed links by which a participant's browser opens one interview, and nothing else.

What stands in an invite can be read by whoever holds it; only we can write one.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from webhook.errors import InvalidState, MalformedRequest, Unauthorized
from webhook.wire.identity import signed, verified

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_S: Final = 60
MOST_S: Final = 30 * 24 * 3600
USUAL_S: Final = 24 * 3600
MOST_PAGE_CHARS: Final = 2_000
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
_NEAR: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_FRAGMENT: Final = "#invite="


@dataclass(frozen=True, kw_only=True)
class Invite:
    """The interview it opens, and what that interview is to be held with."""

    interview_id: str
    flow: str | None = None
    persona: str | None = None
    language: str | None = None


def sign_invite(invite: Invite, expires_at: float, secret: str) -> str:
    """A token for `verify_invite`, valid until `expires_at` (seconds since 1970)."""
    if not invite.interview_id:
        raise InvalidState("an invite needs an interview id")
    return signed(asdict(invite), expires_at, secret, "invite")


def verify_invite(token: str, secrets: Iterable[str], now: float) -> Invite:
    """What the invite says. Raises `Unauthorized` unless one of `secrets` signed it and it is valid at `now`."""
    payload = verified(token, secrets, now, "invite")
    claims = {name: payload[name] for name in Invite.__dataclass_fields__ if name in payload}
    if not claims.get("interview_id") or not all(isinstance(value, str) for value in claims.values()):
        raise Unauthorized
    return Invite(**claims)


def lasting(seconds: object) -> int:
    """How long an invite is good for. Raises `MalformedRequest` beyond a minute and thirty days."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not LEAST_S <= seconds <= MOST_S:
        raise MalformedRequest(f"an invite is good for {LEAST_S} to {MOST_S} seconds (a minute to 30 days)")
    return int(seconds)


def seconds_of(text: str) -> int:
    """`90`, `90s`, `45m`, `24h` or `7d` in seconds. Raises `MalformedRequest`."""
    found = re.fullmatch(r"([0-9]{1,9}) ?([smhd]?)", text.strip().lower())
    if found is None:
        raise MalformedRequest("a time is a number of seconds, or a number with s, m, h or d behind it, like 24h")
    return int(found[1]) * _UNITS[found[2]]


def link(page: str, token: str) -> str:
    """The page with the invite behind it, in the part of the address that browsers keep to themselves.

    It is in no request, so neither in the log of the page's server nor in what that page tells others (`Referer`).
    Raises `MalformedRequest` for a page that is not safe to put it on.
    """
    if not _is_safe(page):
        raise MalformedRequest(
            "page must be an address like https://study.example/start, without a # part (http only for localhost)"
        )
    return f"{page}{_FRAGMENT}{token}"


def _is_safe(page: str) -> bool:
    if len(page) > MOST_PAGE_CHARS or not re.fullmatch(r"[!-~]+", page) or "#" in page or "\\" in page:
        return False
    try:
        parts = urlsplit(page)
        is_open = parts.port != 0
    except ValueError:  # no port or no host, in any sense
        return False
    is_near = parts.scheme == "http" and parts.hostname in _NEAR
    return is_open and bool(parts.hostname) and "@" not in parts.netloc and (parts.scheme == "https" or is_near)
