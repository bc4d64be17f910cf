"""`webhook serve`: check everything, open the port, say what is served where, serve until told to stop."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
from contextlib import suppress
from math import ceil
from typing import TYPE_CHECKING, Any

import typer

from webhook import log
from webhook.cli.banner import Banner
from webhook.cli.records import opened_store
from webhook.errors import SettingsError, StoreError
from webhook.services import Services, build_services
from webhook.settings import Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

BACKLOG = 2048
GRACE_S = 2
"""How much longer than the longest turn requests may take to end once the service is told to stop."""
KEEP_ALIVE_S = 75
"""Longer than the pauses in a talk, so that a platform's connection lives from turn to turn."""


def serve(given: Mapping[str, str], *, workers: int) -> None:
    """Serve with the environment, overruled by `given` (names as in the environment, so that workers see it too).

    Raises `SettingsError`, `ContentError` and `StoreError` before the banner is printed.
    """
    os.environ.update(given)
    settings = load_settings()
    services = build_services(settings)
    log.set_up(level=settings.log_level, style=settings.log_format)
    asyncio.run(_try_store(settings))
    with listen(settings.host, settings.port) as listening:
        typer.echo(Banner(settings, services, port=listening.getsockname()[1]).text())
        _stop_is_no_failure()
        _allow_many_connections()
        _run(services, listening, workers)


async def _try_store(settings: Settings) -> None:
    """A store that cannot be opened is said in one line now, rather than by every worker as it dies."""
    async with opened_store(settings):
        pass


def listen(host: str, port: int) -> socket.socket:
    """The open port; connections wait in its queue until they are served. Raises `SettingsError`."""
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(f"PORT: {port} on {host} is in use; choose another with --port") from error
        raise SettingsError(f"HOST: cannot listen on {host}, port {port} ({error.strerror})") from error


def _stop_is_no_failure() -> None:
    """The server raises the signal that stopped it once more when all is done; that ends the process with 0."""

    def leave(*_: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)


def uvicorn_options(settings: Settings) -> dict[str, Any]:
    """How uvicorn serves us, with one worker or several."""
    from webhook.edge import EdgeProtocol  # noqa: PLC0415 - loads uvicorn

    return {
        "loop": "auto",  # uvloop, except where it does not exist
        "http": EdgeProtocol,
        "ws": "none",
        "lifespan": "on",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "timeout_keep_alive": KEEP_ALIVE_S,
        "timeout_graceful_shutdown": ceil(settings.turn_end_s) + GRACE_S,
        "backlog": BACKLOG,
    }


def _allow_many_connections() -> None:
    """As many open sockets as this process may ask for: the usual 1,024 are soon taken by connections that idle."""
    with suppress(ImportError, ValueError, OSError):  # not on Windows; not everywhere allowed
        import resource  # noqa: PLC0415 - only where there is one

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _run(services: Services, listening: socket.socket, workers: int) -> None:
    import uvicorn  # noqa: PLC0415 - loaded when the port is open and connections can wait
    from uvicorn.config import STARTUP_FAILURE  # noqa: PLC0415 - the port is open before this is loaded
    from uvicorn.supervisors import Multiprocess  # noqa: PLC0415 - the port is open before this is loaded

    from webhook.app import create_app  # noqa: PLC0415 - the port is open before this is loaded

    options = uvicorn_options(services.settings)
    if workers == 1:
        config = uvicorn.Config(create_app(services=services), workers=1, **options)
        uvicorn.Server(config).run([listening])
        return
    listening.set_inheritable(True)
    config = uvicorn.Config("webhook.app:create_app", factory=True, workers=workers, **options)
    supervisor = Multiprocess(config, [listening])
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise StoreError("a worker could not start")
