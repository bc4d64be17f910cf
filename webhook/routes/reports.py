"""Reports and transcripts for operators, in every form.

Private values are masked unless `?private=show` asks for them; whoever may read reports here may ask for them too.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, get_args

from starlette.responses import Response

from webhook import documents
from webhook.errors import MalformedRequest
from webhook.interview import report_forms
from webhook.interview.masking import masked, secrets_of_session
from webhook.interview.report import to_json, transcript
from webhook.interview.report_schema import report_schema
from webhook.interview.transcript_forms import masked_talk, to_text
from webhook.reading_back import ReportForm, TranscriptForm, check_kept, ready_reports, subtitles
from webhook.routes.common import ApiRoute, check_bearer, json_response, services_of, wants_private
from webhook.routes.sessions import limit_in
from webhook.store.base import Filter
from webhook.wire.query import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from webhook.interview.session import Session
    from webhook.services import Services

_NO_NAME = re.compile(r"[^A-Za-z0-9._-]")
_TYPES = {
    "md": "text/markdown; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "pdf": documents.PDF,
    "docx": documents.DOCX,
}


async def report_of(request: Request) -> Response:
    services = _authorised(request)
    form = _form(request, get_args(ReportForm))
    shows_all = wants_private(request, request.path_params["session_id"])
    session = await services.reports.make_now(request.path_params["session_id"])
    made = services.reports.report_of(session)
    made = made if shows_all else masked(made)
    name = f"report-{session.session_id}"
    if form == "json":
        return _named(json_response(to_json(made)), name, form)
    return _named(_file(await _rendered(services, session, made, form), form), name, form)


async def _rendered(services: Services, session: Session, made: Mapping[str, Any], form: str) -> str | bytes:
    if form == "md":
        return report_forms.to_markdown(made)
    if form == "csv":
        flow = services.reports.known_flow(session)
        return report_forms.to_csv(made, None if flow is None else report_forms.columns_of(flow))
    draw = documents.to_pdf if form == "pdf" else documents.to_docx
    return await asyncio.to_thread(draw, made)  # it takes a good part of a second


async def transcript_of(request: Request) -> Response:
    services = _authorised(request)
    form = _form(request, get_args(TranscriptForm))
    session = await services.sessions.load(request.path_params["session_id"])
    check_kept(session)
    shows_all = wants_private(request, session.session_id)
    secrets = None if shows_all else secrets_of_session(services.reports.known_flow(session), session)
    name = f"transcript-{session.session_id}"
    if form in ("srt", "vtt"):
        return _named(_file(await subtitles(services.calls, session, form, secrets), form), name, form)
    said = transcript(session)
    if secrets is not None:
        said = await asyncio.to_thread(masked_talk, said, secrets)  # half a millisecond a turn: others must not wait
    if form == "txt":
        return _named(_file(to_text(said), form), name, form)
    return _named(json_response({"sessionId": session.session_id, "transcript": said}), name, form)


async def list_reports(request: Request) -> Response:
    services = _authorised(request)
    query = request.query_params
    form = _form(request, ("json", "csv"))
    flow_id = query.get("flow") or None
    if form == "csv" and flow_id is None:
        raise MalformedRequest("flow: reports of different flows have no columns in common")
    where = Filter(flow_id=flow_id, from_at=moment(query.get("from"), "from"), to_at=moment(query.get("to"), "to"))
    limit = limit_in(query.get("limit"))
    shows_all = wants_private(request)
    page = await services.store.list_sessions(where, cursor=query.get("cursor") or None, limit=limit)
    made: list[Mapping[str, Any]] = list(ready_reports(page.records))
    if not shows_all:
        made = await asyncio.to_thread(lambda: [masked(each) for each in made])  # some 2 ms each: turns must not wait
    if form == "json":
        return json_response({"reports": [to_json(each) for each in made], "nextCursor": page.next_cursor})
    assert flow_id is not None
    answer = _file(_sheet(services, flow_id, made), "csv")
    if page.next_cursor is not None:
        answer.headers["x-next-cursor"] = page.next_cursor
    return _named(answer, f"reports-{flow_id}", "csv")


def _sheet(services: Services, flow_id: str, made: list[Mapping[str, Any]]) -> str:
    """The columns of the flow as it is now, then those that only other versions of it have. Raises `NotFound`."""
    columns = report_forms.columns_of(services.library.flow(flow_id))
    for each in made:
        columns = columns.with_those_of(each)
    return report_forms.csv_head(columns) + "".join(report_forms.csv_row(each, columns) for each in made)


async def schema_of_reports(request: Request) -> Response:
    services = _authorised(request)
    flow = services.admission.choose_flow(request.query_params.get("flow") or None)
    return json_response(report_schema(flow))


def _authorised(request: Request) -> Services:
    services = services_of(request)
    check_bearer(request, services.settings.api_token)
    return services


def _form(request: Request, known: tuple[str, ...]) -> str:
    form = request.query_params.get("format") or "json"
    if form not in known:
        raise MalformedRequest(f"format must be {', '.join(known[:-1])} or {known[-1]}")
    return form


def _file(content: str | bytes, form: str) -> Response:
    return Response(content, media_type=_TYPES[form])


def _named(answer: Response, name: str, form: str) -> Response:
    """With a file name made of ids only: what anybody said must not end in a list of downloads."""
    answer.headers["content-disposition"] = f'attachment; filename="{_NO_NAME.sub("-", name)}.{form}"'
    return answer


routes = [
    ApiRoute("/api/sessions/{session_id}/transcript", transcript_of, methods=["GET"], query=("format", "private")),
    ApiRoute("/api/sessions/{session_id}/report", report_of, methods=["GET"], query=("format", "private")),
    ApiRoute(
        "/api/reports",
        list_reports,
        methods=["GET"],
        query=("flow", "from", "to", "cursor", "limit", "format", "private"),
    ),
    ApiRoute("/api/reports/schema", schema_of_reports, methods=["GET"], query=("flow",)),
]
