"""Logging: one line a turn, with ids, sizes and timings, never with what was said.

Only fields on the allow list leave the process. That is the one rule that holds for speech: a regular expression
can miss a name, a field that is not on the list cannot get out.
"""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO

import orjson
import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

ALLOWED = frozenset(
    {
        *("event", "level", "timestamp", "logger", "request_id", "session_id", "conversation_id"),
        *("route", "method", "status", "code", "error", "where", "duration_ms", "bytes_in", "bytes_out"),
        *("flow", "flow_version", "topic", "move", "reason", "slot", "generation", "action", "source", "ending"),
        *("listen_ms", "first_text_ms", "total_ms", "chars_in", "chars_out", "facts", "calls", "model", "purpose"),
        *("tokens_in", "tokens_cached", "tokens_out", "flags", "findings", "flows", "kind", "attempt", "count"),
        *("recordings", "transcripts", "reports", "left", "field"),
        *("store", "cut", "cost", "draft", "healed", "scripted", "age_s", "host", "port", "version", "messages"),
    }
)
_NOISY = ("anthropic", "httpx2", "httpcore2", "uvicorn.access", "uvicorn.error", "asyncio", "redis")


def set_up(*, level: str, style: str, stream: TextIO | None = None) -> None:
    """Configure structlog and the standard library's logging. `style` is auto, json or console."""
    stream = stream or sys.stderr
    as_json = style == "json" or (style == "auto" and not stream.isatty())
    render: Any = structlog.processors.JSONRenderer(serializer=_dumps) if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_allowed,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(stream),
        cache_logger_on_first_use=False,
    )
    # Libraries log request bodies and addresses at their lower levels; only their warnings are let through, and of
    # those only the name of the logger and where it stands.
    root = logging.getLogger()
    root.handlers[:] = [_Foreign()]
    root.setLevel(logging.WARNING)
    for name in _NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)


def _dumps(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=str).decode()


def _only_allowed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {k: v for k, v in event.items() if k in ALLOWED}


class _Foreign(logging.Handler):
    """A library's warning, without its text: it could quote a request."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(
            record.levelno,
            "library_warning",
            logger=record.name,
            where=f"{record.filename}:{record.lineno}",
            error=record.exc_info[0].__name__ if record.exc_info and record.exc_info[0] else None,
        )


def where(error: BaseException) -> str:
    """Type and place of an error, without its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}" if trace else "?"
    return f"{type(error).__name__} at {place}"
