"""Where a verb's result goes: to a file, which is there as a whole or not at all, or to standard output."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO

from webhook.errors import RequestError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from pathlib import Path


def hand_over(made: str | bytes, output: Path | None) -> None:
    """Raises `SettingsError` for a file that cannot be written, `RequestError` for bytes that nobody could read."""
    if output is None and isinstance(made, bytes) and sys.stdout.isatty():
        raise RequestError("this form is for a file, not for a terminal: --output FILE")
    with opened_output(output) as out:
        out.write(made.encode() if isinstance(made, str) else made)


@contextmanager
def opened_output(output: Path | None, *, mode: int = 0o666) -> Generator[BinaryIO]:
    """To write into; a file that was there stays as it is until all is written. Raises `SettingsError`.

    `mode` says who may use the file, as far as the process's own mask lets them.
    """
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = output.with_name(f".{output.name}.part")
    try:
        part.unlink(missing_ok=True)  # one that somebody left behind would keep its own mode
        with open(part, "wb", opener=lambda path, flags: os.open(path, flags | os.O_EXCL, mode)) as out:
            yield out
        part.replace(output)
    except OSError as error:
        raise SettingsError(f"{output} cannot be written ({error.strerror})") from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def progress(what: str, total: int, *, is_shown: bool) -> Generator[Callable[[], None]]:
    """A bar on a terminal; nothing where nobody looks, or where the result itself is shown."""
    if not (is_shown and sys.stderr.isatty()):
        yield lambda: None
        return
    from rich.console import Console  # noqa: PLC0415 - only for a terminal
    from rich.progress import Progress  # noqa: PLC0415 - as above

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)
