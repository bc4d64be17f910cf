"""`webhook report`, `webhook transcript` and `webhook reports`: what came of interviews, in the form that is needed."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import typer

from webhook import documents, reading_back
from webhook.cli.output import hand_over, opened_output, progress
from webhook.cli.records import opened_store, pages_of, quiet_settings
from webhook.content.library import Library
from webhook.content.versions import Versions
from webhook.errors import NotFound
from webhook.interview import transcript_forms
from webhook.interview.masking import masked, secrets_of_session
from webhook.interview.report import to_json
from webhook.interview.report import transcript as transcript_of
from webhook.interview.report_forms import Columns, columns_of, csv_head, csv_row, to_csv, to_markdown
from webhook.store.base import Filter
from webhook.store.open import open_calls

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping
    from pathlib import Path

    from webhook.interview.flow import Flow
    from webhook.interview.session import Session
    from webhook.services import Services
    from webhook.settings import Settings


def report(session_id: str, form: str, *, private: bool, output: Path | None) -> None:
    """Raises `NotFound`, `ReportPending`, `NotConfigured`, `StoreError` and `SettingsError`."""
    made, flow = asyncio.run(_report(quiet_settings(), session_id))
    made = made if private else masked(made)
    forms: dict[str, Callable[[], str | bytes]] = {
        "json": lambda: _json(to_json(made)),
        "md": lambda: to_markdown(made),
        "csv": lambda: to_csv(made, None if flow is None else columns_of(flow)),
        "pdf": lambda: documents.to_pdf(made),
        "docx": lambda: documents.to_docx(made),
    }
    hand_over(forms[form](), output)


async def _report(settings: Settings, session_id: str) -> tuple[Mapping[str, Any], Flow | None]:
    """A report that no server has made yet is made now: that needs the flows, and Claude if there is a key."""
    async with _services(settings) as services:
        session = await services.reports.make_now(session_id)
        return services.reports.report_of(session), services.reports.known_flow(session)


def transcript(session_id: str, form: str, *, private: bool, output: Path | None) -> None:
    """Raises `NotFound`, `NoLongerKept`, `Conflict` for subtitles without times, `StoreError` and `SettingsError`."""
    hand_over(asyncio.run(_transcript(quiet_settings(), session_id, form, private=private)), output)


async def _transcript(settings: Settings, session_id: str, form: str, *, private: bool) -> str:
    async with _services(settings) as services:
        session: Session = await services.sessions.load(session_id)
        reading_back.check_kept(session)
        secrets = None if private else secrets_of_session(services.reports.known_flow(session), session)
        if form in ("srt", "vtt"):
            return await reading_back.subtitles(services.calls, session, form, secrets)
    said = transcript_of(session) if secrets is None else transcript_forms.masked_talk(transcript_of(session), secrets)
    return transcript_forms.to_text(said) if form == "txt" else _json({"sessionId": session_id, "transcript": said})


@asynccontextmanager
async def _services(settings: Settings) -> AsyncGenerator[Services]:
    """The service's own parts on its stores, without a server."""
    from webhook.services import build_services  # noqa: PLC0415 - `reports` needs nothing of it

    url = settings.redis_url.get_secret_value() if settings.redis_url else None
    calls = open_calls(url, settings.data_dir)
    async with opened_store(settings) as store:
        # A server's own jobs see to it that the report is told of.
        alone = settings.model_copy(update={"result_webhook_url": None})
        services = build_services(alone, store=store, call_store=calls)
        try:
            await calls.open()
            yield services
        finally:
            await calls.close()
            if services.claude is not None:
                await services.claude.close()


# A set of them


def reports(
    flow_id: str,
    begun_from: datetime | None,
    begun_to: datetime | None,
    form: str,
    *,
    private: bool,
    output: Path | None,
) -> None:
    """Write all that are ready, newest first; none is held longer than it takes to write it. Raises as `report`."""
    settings = quiet_settings()
    where = Filter(flow_id=flow_id, from_at=_seconds(begun_from), to_at=_seconds(begun_to))
    columns = _columns_now(settings, flow_id)
    export = _Export(settings=settings, where=where, form=form, shown=_whole if private else masked)
    written, left = asyncio.run(export.write(columns, output))
    if output is not None:
        typer.echo(f"{written} reports written to {output}" + (f"; {left} interviews have none yet" if left else ""))


def _columns_now(settings: Settings, flow_id: str) -> Columns | None:
    """Of the flow as it is now; None where it is gone and only its reports may be left."""
    library = Library(settings.flows_dir, settings.prompts_dir, versions=Versions(settings.versions_dir))
    library.load_all()
    try:
        return columns_of(library.flow(flow_id))
    except NotFound:
        return None


def _whole(made: Mapping[str, Any]) -> Mapping[str, Any]:
    return made


class _Export:
    """Two rounds over the store: the first counts and finds the columns, the second writes."""

    def __init__(
        self, *, settings: Settings, where: Filter, form: str, shown: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    ) -> None:
        self.settings = settings
        self.where = where
        self.form = form
        self.shown = shown
        self.seen = 0

    async def write(self, columns: Columns | None, output: Path | None) -> tuple[int, int]:
        """How many were written, and how many interviews have no report yet. Raises `NotFound` for no such flow."""
        found, ready = columns or Columns(), 0
        async for made in self._reports():
            found, ready = found.with_those_of(made), ready + 1
        left = self.seen - ready
        if columns is None and not self.seen:
            raise NotFound("there is no flow by that id, and no interview by one")
        written = 0
        with opened_output(output) as out, progress("Writing reports", ready, is_shown=output is not None) as advance:
            out.write(self._head(found).encode())
            async for made in self._reports():
                out.write(self._one(self.shown(made), found, is_first=not written).encode())
                written += 1
                advance()
            out.write(b"" if self.form == "csv" else b"\n]}\n")
        return written, left

    async def _reports(self) -> AsyncGenerator[Mapping[str, Any]]:
        self.seen = 0
        async with opened_store(self.settings) as store:
            async for page in pages_of(store, self.where):
                self.seen += len(page)
                for made in reading_back.ready_reports(page):
                    yield made

    def _head(self, columns: Columns) -> str:
        return csv_head(columns) if self.form == "csv" else '{"reports": ['

    def _one(self, made: Mapping[str, Any], columns: Columns, *, is_first: bool) -> str:
        if self.form == "csv":
            return csv_row(made, columns)
        return ("\n" if is_first else ",\n") + json.dumps(to_json(made), ensure_ascii=False)


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.replace(tzinfo=UTC).timestamp()


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
