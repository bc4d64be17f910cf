"""What was kept of interviews, read back: for the routes and for the command line alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from webhook.errors import Conflict, NoLongerKept
from webhook.interview.told import Kind
from webhook.interview.transcript_forms import cues_of, masked_cues, to_srt, to_vtt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Protocol

    from webhook.interview.masking import Secrets
    from webhook.interview.session import Session
    from webhook.interview.told import Told
    from webhook.store.base import Record

    class Calls(Protocol):
        """Whoever knows what the platform told of a conversation."""

        async def find(self, conversation_id: str) -> Told | None: ...


ReportForm = Literal["json", "md", "csv", "pdf", "docx"]
TranscriptForm = Literal["json", "txt", "srt", "vtt"]


def ready_reports(records: Iterable[Record]) -> Iterator[Mapping[str, Any]]:
    """The reports in these records of sessions; one that is still being made is left out."""
    for record in records:
        report = record.get("report")
        if record.get("report_status") == "ready" and isinstance(report, dict):
            yield report


def check_kept(session: Session) -> None:
    """Raises `NoLongerKept` where what was said has been deleted: an empty talk would be a wrong answer."""
    if session.transcript_gone_at is not None:
        raise NoLongerKept


async def subtitles(calls: Calls, session: Session, form: str, secrets: Secrets | None) -> str:
    """The subtitles of the interview's last call, as `srt` or `vtt`. Raises `Conflict` where there are no times, `NoLongerKept`."""
    check_kept(session)
    told = None if session.conversation_id is None else await calls.find(session.conversation_id)
    content = None if told is None else told.content(Kind.TRANSCRIPT)
    if told is not None and Kind.TRANSCRIPT in told.gone:
        raise NoLongerKept
    if content is None:
        raise Conflict(
            "subtitles need times, and the platform has told no transcript of this call (yet): take json or txt"
        )
    cues = cues_of(content)
    if cues is None:
        raise Conflict(
            "subtitles need times, and the platform's transcript of this call does not have them: take json or txt"
        )
    cues = cues if secrets is None else masked_cues(cues, secrets)
    return to_srt(cues) if form == "srt" else to_vtt(cues)
