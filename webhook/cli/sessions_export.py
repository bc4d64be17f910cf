"""`webhook sessions export`: recorded calls without who they were, one JSON document a line."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import typer

from webhook.cli.output import hand_over
from webhook.cli.records import all_records, quiet_settings
from webhook.content.library import Library
from webhook.content.versions import Versions
from webhook.errors import WebhookError
from webhook.interview.recording import recording
from webhook.interview.session import from_dict
from webhook.store.base import Filter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from webhook.store.base import Record


def export(*, status: str | None, flow_id: str | None, limit: int, output: Path | None) -> None:
    """Write the recordings, newest first. Raises `StoreError`, `ContentError` and `SettingsError`."""
    settings = quiet_settings()
    library = Library(settings.flows_dir, settings.prompts_dir, versions=Versions(settings.versions_dir))
    library.load_all()
    records = asyncio.run(all_records(settings, Filter(status=status, flow_id=flow_id), limit))
    recordings = list(_recordings(library, records))
    text = "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in recordings)
    hand_over(text, output)
    if output is not None:
        typer.echo(f"{len(recordings)} of {len(records)} calls written to {output}")


def _recordings(library: Library, records: Sequence[Record]) -> Iterator[dict[str, Any]]:
    """Calls in which something was said, of flows that are still there."""
    for number, record in enumerate(records, start=1):
        try:
            session = from_dict(record)
            flow = library.flow_of_call(session.flow_id, session.flow_hash)
        except WebhookError:  # of a later release, damaged, or of a flow nobody has any more
            continue
        made = recording(flow, session, call=f"call-{number}")
        if made["turns"]:
            yield made
