"""What goes wrong on the way to ElevenLabs and back, as errors of ours, and the one log line about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from webhook.elevenlabs.problems import Problem
from webhook.errors import ElevenLabsAnswer, ElevenLabsError, ElevenLabsUnavailable

if TYPE_CHECKING:
    import httpx2

log_ = structlog.get_logger("webhook.elevenlabs")


class NeverSent(ElevenLabsUnavailable):
    """ElevenLabs cannot be reached."""


def failure(error: httpx2.HTTPError) -> ElevenLabsError:
    """The library's error as one of ours, which holds nothing of it."""
    import httpx2  # noqa: PLC0415 - loaded by now, in a thread

    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout():
            return NeverSent("ElevenLabs cannot be reached")
        case httpx2.TimeoutException():
            return ElevenLabsUnavailable("ElevenLabs did not answer in time")
        case httpx2.DecodingError():
            return ElevenLabsAnswer("ElevenLabs answered with something that cannot be unpacked")
    return ElevenLabsUnavailable("the connection to ElevenLabs broke")


def log_failure(method: str, error: ElevenLabsError) -> None:
    status = error.problem.status if isinstance(error.problem, Problem) else None
    log_.warning("elevenlabs_failed", method=method, code=error.code, status=status)
