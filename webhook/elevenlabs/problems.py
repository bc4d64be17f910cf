"""What ElevenLabs tells when it refuses, in the three shapes its error bodies have, as errors of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

import orjson

from webhook.errors import (
    ElevenLabsAnswer,
    ElevenLabsBusy,
    ElevenLabsError,
    ElevenLabsInvalid,
    ElevenLabsNotFound,
    ElevenLabsUnauthorised,
    ElevenLabsUnavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKEN: Final = re.compile(r"[A-Za-z0-9_.:-]{1,128}")
_MOST_OF_A_MESSAGE: Final = 300


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What an error's body told, whichever of its three shapes it had. The message is theirs, without our key."""

    status: int
    kind: str | None = None
    code: str | None = None
    param: str | None = None
    request_id: str | None = None
    message: str | None = field(default=None, repr=False)


def problem_of(status: int, content: bytes, key: str) -> Problem:
    """What an error's body tells; a body of no known shape tells nothing."""
    document = json_of(content)
    detail = document.get("detail") if isinstance(document, dict) else None
    if isinstance(detail, str):
        return Problem(status=status, message=_message(detail, key))
    if isinstance(detail, list):
        return _of_fields(status, [one for one in detail if isinstance(one, dict)], key)
    if not isinstance(detail, dict):
        return Problem(status=status)
    named = {name: _token(detail.get(name), key) for name in ("type", "code", "status", "param", "request_id")}
    return Problem(
        status=status,
        kind=named["type"],
        code=named["code"] or named["status"],
        param=named["param"],
        request_id=named["request_id"],
        message=_message(detail.get("message"), key),
    )


def _of_fields(status: int, fields: list[dict[str, Any]], key: str) -> Problem:
    """The older shape of a 422: one entry for each wrong field, with its place."""
    if not fields:
        return Problem(status=status)
    loc = fields[0].get("loc")
    param = ".".join(str(part) for part in loc) if isinstance(loc, list) else None
    told = "; ".join(str(one.get("msg")) for one in fields if one.get("msg"))
    return Problem(
        status=status, kind=_token(fields[0].get("type"), key), param=_token(param, key), message=_message(told, key)
    )


def refused(problem: Problem, headers: Mapping[str, str]) -> ElevenLabsError:
    match problem.status:
        case 401 | 402 | 403:
            return ElevenLabsUnauthorised(problem=problem)
        case 404:
            return ElevenLabsNotFound(problem=problem)
        case 429:
            return ElevenLabsBusy(problem=problem, retry_after_s=_seconds(headers.get("retry-after")))
        case 408 | 425:
            return ElevenLabsUnavailable(problem=problem)
        case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return ElevenLabsUnavailable(problem=problem, retry_after_s=_seconds(headers.get("retry-after")))
        case status if status >= HTTPStatus.BAD_REQUEST:
            return ElevenLabsInvalid(problem=problem)
    return ElevenLabsAnswer("ElevenLabs answered with a redirect: look at ELEVENLABS_BASE_URL", problem=problem)


def json_of(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def _seconds(text: str | None) -> float | None:
    """`Retry-After` in seconds; the other form, a date, is answered by our own back-off."""
    return float(text) if text is not None and re.fullmatch(r"[0-9]{1,6}", text) else None


def _message(value: object, key: str) -> str | None:
    """The key goes before the text is cut, or a part of it could stay."""
    return value.replace(key, "***")[:_MOST_OF_A_MESSAGE] if isinstance(value, str) and value else None


def _token(value: object, key: str) -> str | None:
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) and key not in value else None
