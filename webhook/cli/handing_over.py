"""Where a verb's result goes: to a file, which is there as a whole or not at all, or to standard output."""

from __future__ import annotations

import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from webhook.errors import RequestError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path


def hand_over(made: str | bytes, output: Path | None) -> None:
    """Raises `SettingsError` for a file that cannot be written, `RequestError` for bytes that nobody could read."""
    if output is None and isinstance(made, bytes) and sys.stdout.isatty():
        raise RequestError("this form is for a file, not for a terminal: --output FILE")
    with opened(output) as out:
        out.write(made.encode() if isinstance(made, str) else made)


@contextmanager
def opened(output: Path | None) -> Generator[BinaryIO]:
    """To write into; a file that was there stays as it is until all is written. Raises `SettingsError`."""
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(output)
    except OSError as error:
        raise SettingsError(f"{output} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
