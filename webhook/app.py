"""The ASGI application: routes, lifespan, middleware, error handlers. Nothing is built at import."""

from __future__ import annotations

import asyncio
import gc
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from webhook import log
from webhook.errors import ContentError, ReportPending, SettingsError, StoreError, WebhookError
from webhook.middleware import CrossOrigin, RequestContext, current_request_id, error_response
from webhook.routes import (
    deliveries,
    erasures,
    exports,
    health,
    initiation,
    invites,
    llm,
    reports,
    sessions,
    simple,
    speech,
    summaries,
    voice,
    webhooks,
)
from webhook.services import Services, build_services
from webhook.settings import Settings, doubts, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Collection, Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from webhook.content.library import Library

DRAIN_S = 4.0
"""How long what goes on behind the requests may still take once those have ended, or were ended."""
STOP_S = 1.0
"""How long what is cancelled may take before it is cancelled once more."""
_TIMES_CANCELLED = 3
SWEEP_S = 600.0
LOOK_S = 1.0
"""How often it is looked whether a flow was saved: some twenty files' times."""
_CODES = {404: "not_found", 405: "method_not_allowed"}


ROUTES = [
    *llm.routes,
    *simple.routes,
    *sessions.routes,
    *summaries.routes,
    *reports.routes,
    *deliveries.routes,
    *erasures.routes,
    *exports.routes,
    *invites.routes,
    *voice.routes,
    *speech.routes,
    *initiation.routes,
    *webhooks.routes,
    *health.routes,
]
log_ = structlog.get_logger("webhook.content")


class LifespanState(TypedDict):
    services: Services


def create_app(settings: Settings | None = None, services: Services | None = None) -> Starlette:
    """The application. Without arguments it reads the environment, as `uvicorn --factory` wants it.

    Raises `SettingsError` and `ContentError` before any port is opened.
    """
    is_alone = services is None  # in a process of its own
    if services is None:
        with _one_line_under_uvicorn():
            services = build_services(_set_up(settings))
        _log_doubts(services)
    made = services

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[LifespanState]:
        async with running(made, is_alone=is_alone):
            yield {"services": made}

    middleware = [Middleware(RequestContext)]
    if made.settings.allowed_origins:
        middleware.append(Middleware(CrossOrigin, origins=made.settings.allowed_origins))
    app = Starlette(
        routes=ROUTES,
        lifespan=lifespan,
        middleware=middleware,
        exception_handlers={WebhookError: _ours, HTTPException: _theirs},  # type: ignore[dict-item]  # narrower than declared
    )
    app.router.redirect_slashes = False
    return app


def _set_up(settings: Settings | None) -> Settings:
    """The settings, and the log as they want it; `uvicorn --host` opens the service to others as HOST does."""
    settings = settings or load_settings()
    log.set_up(level=settings.log_level, style=settings.log_format)
    as_uvicorn_listens = settings.model_copy(update={"host": _host_of_uvicorn() or settings.host})
    return settings if as_uvicorn_listens.is_local else as_uvicorn_listens


def _log_doubts(services: Services) -> None:
    """What a banner says at a start by `webhook serve`."""
    weights = [str(finding) for finding in services.library.contents.findings if finding.path == "FLOW_WEIGHTS"]
    if found := [*doubts(services.settings), *weights]:
        log_.warning("settings_doubtful", findings=found)


def _is_under_uvicorn() -> bool:
    """Whether uvicorn's own command runs us: its script, or `python -m uvicorn`."""
    program = Path(sys.argv[0])
    return "uvicorn" in (program.stem, program.parent.name)


def _host_of_uvicorn() -> str | None:
    """Where it listens, which it tells no application; None where another program runs us."""
    if not _is_under_uvicorn():
        return None
    from uvicorn.main import main  # noqa: PLC0415 - it is loaded already where it is needed

    host: str | None = main.make_context("uvicorn", sys.argv[1:], resilient_parsing=True).params["host"]
    return host


@contextmanager
def _one_line_under_uvicorn() -> Iterator[None]:
    """An error of ours ends the start. Uvicorn restarts a worker that raises for ever; this exit code is final to it."""
    try:
        yield
    except (SettingsError, ContentError) as error:
        if not _is_under_uvicorn():
            raise
        from uvicorn.config import STARTUP_FAILURE  # noqa: PLC0415 - it is loaded already where it is needed

        sys.stderr.write(f"webhook: {error}\n")
        sys.exit(STARTUP_FAILURE)


@asynccontextmanager
async def running(services: Services, *, is_alone: bool = False) -> AsyncGenerator[None]:
    """Open the store, load Claude's SDK, do what is due; drain replies before pools close.

    A server accepts nothing before this has begun (ASGI lifespan; uvicorn, with one worker or several), so that a new
    worker takes no turn while a thread that loads the SDK keeps its loop waiting for the interpreter's lock.
    `is_alone`: nothing else lives in this process, so what is there at the start stays to its end.
    """
    generations = services.interviewer.generations
    await services.store.open()
    with suppress(StoreError):  # what needs it says so itself; calls go on without
        await services.call_store.open()
    with suppress(Exception):  # the sweep tries again, and drops nothing before
        await services.expiry.restore(services.call_store, services.store)
    if services.claude is not None:
        with suppress(WebhookError):  # the turns will find out
            await services.claude.load()
    if is_alone:
        _spare_the_garbage_collector()
    endless = [services.store.watch(), services.reports.keep_going(), _sweep(services), _watch_files(services.library)]
    endless += [services.calls.keep_going(), services.erasures.keep_going(), services.retention.keep_going()]
    if services.reconciler is not None:
        endless.append(services.reconciler.keep_going())
    if services.deliveries is not None:
        endless.append(services.deliveries.keep_going())
    if services.cooldowns is not None:
        endless.append(services.cooldowns.keep_going())
    background = [asyncio.create_task(work) for work in endless]
    background.append(asyncio.create_task(_warm(services)))
    try:
        yield
    finally:
        await generations.drain(DRAIN_S)
        await _stopped(background)
        await services.close()


async def _stopped(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancelled until they have ended: a library that catches a cancellation must not keep the process from stopping."""
    running = set(tasks)
    for _ in range(_TIMES_CANCELLED):
        for task in running:
            task.cancel()
        if running:
            _, running = await asyncio.wait(running, timeout=STOP_S)
    if running:
        log_.error("tasks_left", count=len(running))


async def _warm(services: Services) -> None:
    """Open a connection to Claude behind the open port: nobody waits for one that does not answer."""
    if services.claude is not None:
        with suppress(WebhookError):  # the turns will find out
            await services.claude.warm()


def _spare_the_garbage_collector() -> None:
    """The modules are hundreds of thousands of objects that never die; it would go through all of them again and again,
    in the middle of turns.
    """
    gc.freeze()


async def _sweep(services: Services) -> None:
    """Let the store drop what is over its time."""
    while True:
        with suppress(WebhookError, OSError):  # tried again in the next round
            services.sessions.forget_old()
            services.store.forget_old()
            services.bindings.forget_old()
            if not services.expiry.is_restored:
                await services.expiry.restore(services.call_store, services.store)
            services.library.sweep(services.expiry())
            await services.store.expire(services.expiry())
            await services.call_store.expire(services.expiry())
            await services.expiry.keep(services.call_store)
        await asyncio.sleep(SWEEP_S)


async def _watch_files(library: Library, look_s: float = LOOK_S) -> None:
    """Put flows into service that were saved; in a thread, for calls go on meanwhile."""
    while True:
        await asyncio.sleep(look_s)
        try:
            if not library.has_changed():
                continue
            contents = await asyncio.to_thread(library.reload)
        except Exception as error:  # noqa: BLE001 - one save that nobody foresaw must not keep all later ones out
            log_.error("flows_not_read", error=type(error).__name__)
            continue
        in_service = [f"{flow.id} {flow.version} {flow.content_hash}" for flow in contents.flows.values()]
        log_.info("flows_in_service", flows=in_service)
        if contents.refused:
            log_.error("flows_refused", findings=[str(finding) for finding in contents.refused if finding.is_error])


async def _ours(_: Request, error: WebhookError) -> Response:
    answer = error_response(error.code, str(error), current_request_id(), error.status)
    if isinstance(error, ReportPending):
        answer.headers["retry-after"] = str(error.retry_after_s)
    return answer


async def _theirs(_: Request, error: HTTPException) -> Response:
    code = _CODES.get(error.status_code, "bad_request")
    return error_response(code, error.detail, current_request_id(), error.status_code)
