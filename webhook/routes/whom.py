"""Whose data a request is about: one session, or a caller by number or by what stands for it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import MalformedRequest
from webhook.privacy.erasure import Whom
from webhook.routes.common import check_fields, text_field
from webhook.wire.phone import international, number_keys

if TYPE_CHECKING:
    from collections.abc import Sequence

_SESSION_ID = ("sessionId", "session_id")
_FIELDS: Final = (*_SESSION_ID, "number", "caller")
_ANY_SESSION_ID: Final = re.compile(r"[A-Za-z0-9._~:-]{1,512}")
"""Wider than an id that may be registered: platforms name sessions too, and what stands beside one has a longer name."""
_KEY: Final = re.compile(r"[0-9a-f]{64}")


def whom_of(document: dict[str, Any], secrets: Sequence[str]) -> Whom:
    """Raises `MalformedRequest` unless exactly one of the three is there, and nothing else; the text tells no value.

    A number finds what was kept under any of the secrets, what stands for it only what was kept under its own.
    """
    check_fields(document, _FIELDS)
    given = [name for name in _FIELDS if text_field(document, name) is not None]
    if len(given) != 1:
        raise MalformedRequest("exactly one of sessionId, number and caller says whose data it is about")
    text = str(document[given[0]]).strip()
    if given[0] in _SESSION_ID:
        return Whom(session_id=_session_id(text))
    return Whom(callers=number_keys(_number(text), secrets) if given[0] == "number" else (_key(text),))


def _session_id(text: str) -> str:
    if not _ANY_SESSION_ID.fullmatch(text):
        raise MalformedRequest("sessionId must be letters, digits, or . _ ~ : -, as GET /api/sessions shows it")
    return text


def _number(text: str) -> str:
    number = international(text)
    if number is None:
        raise MalformedRequest("number must be an international number, like +49 30 1234567")
    return number


def _key(text: str) -> str:
    if not _KEY.fullmatch(text.lower()):
        raise MalformedRequest("caller must be the 64 hexadecimal digits that GET /api/sessions/{id} shows as caller")
    return text.lower()
