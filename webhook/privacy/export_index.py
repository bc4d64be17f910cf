"""What explains an export: an index of what was found where, and a text for the person it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from webhook.interview.report import iso
from webhook.privacy.export import pretty, time_of
from webhook.privacy.raw_records import began_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from webhook.privacy.export import Bundle, Overview

SCHEMA: Final = 1


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A file that was written. `conversation` is that of a recording."""

    path: str
    size: int
    sha256: str
    conversation: str | None = None


def session_entry(bundle: Bundle, folder: str, recordings: Sequence[Entry]) -> dict[str, Any]:
    """What the index says of a session."""
    first = bundle.records[0] if bundle.records else None
    record: Mapping[str, Any] = {} if first is None or isinstance(first, bytes) else first
    return {
        "sessionId": bundle.session_id,
        "folder": folder,
        "createdAt": time_of(began_in(first)),
        "updatedAt": time_of(record.get("updated_at")),
        "flow": record.get("flow_id"),
        "status": record.get("status"),
        "reportStatus": record.get("report_status"),
        "isReadable": bundle.session is not None,
        "records": len(bundle.records),
        "interviews": list(bundle.interviews),
        "conversations": list(bundle.told),
        "deliveries": len(bundle.deliveries),
        "recordings": {each.path: each.conversation for each in recordings},
    }


def index_file(overview: Overview, sessions: Sequence[Mapping[str, Any]], files: Sequence[Entry]) -> bytes:
    listed = [{"path": each.path, "size": each.size, "sha256": each.sha256} for each in files]
    counted = {
        "sessions": len(sessions),
        "conversations": len({name for each in sessions for name in each["conversations"]}),
        "recordings": sum(len(each["recordings"]) for each in sessions),
        "deliveries": sum(each["deliveries"] for each in sessions),
        "invites": sum(raw is not None for raw in overview.invites.values()),
        "erasures": len(overview.erasures),
    }
    return pretty(
        {
            "schema": SCHEMA,
            "madeAt": iso(overview.at),
            "about": {"sessionId": overview.whom.session_id, "callers": list(overview.invites)},
            "found": counted,
            "sessions": list(sessions),
            "files": listed,
        }
    )


def read_me(overview: Overview, *, sessions: int, recordings: int) -> bytes:
    about = "one interview" if overview.whom.session_id is not None else "one caller"
    title = f"Everything this service holds about {about}"
    return _READ_ME.format(
        title=title, line="=" * len(title), at=iso(overview.at), sessions=sessions, recordings=recordings
    ).encode()


_READ_ME: Final = """\
{title}
{line}

Made at {at} (UTC). Interviews: {sessions}. Recordings: {recordings}.

Nothing is shortened or hidden in these files, so keep them as safe as what they tell.


What is in it
-------------

Each interview has a folder of its own, named by a number and the day it began. In it, as far as it is there:

session.json           the interview as it is stored: every turn, what was understood, how it ended
session-standby.json   a second copy of it, from the store that steps in when the first one is away
report.md, report.json the report that was made of it, to read and for programs
transcript.txt, .json  what was said, to read and for programs
subtitles-1.srt, .vtt  the same with times, to play along with recording-1.mp3
recording-1.mp3        the sound of the call; a call that broke off and went on has several
platform.json          what the voice platform told of the call after it, by its conversations
deliveries.json        what other systems were told of the interview: when, and whether it arrived
interviews.json        the invitation or start that the interview belongs to

A text that says "unreadable" holds a record that is damaged, or of a newer release, exactly as it is stored.

Beside the folders:

caller.json    what stands for the phone number that called, and what it was invited to; the number itself is not
               kept, only a keyed fingerprint from which it cannot be read
erasures.json  when something of this was erased earlier: ids and times, nothing that was said
index.json     what was found where, and the size and SHA-256 of every file (but its own), to prove that it is whole


What is not in it, and why
--------------------------

- What the voice platform (ElevenLabs) keeps itself: its own transcript and recording of a call, for as many days as its
  agent is set to. Ask there; each conversation's id stands in index.json.
- What other systems made of the results that were sent to them: ask those who run them.
- Copies that others make of the disk or the database (backups).
- Tokens and secrets, which open doors and tell nothing of anybody.
- The service's log: it has ids, sizes and times, never what was said or a number.
- Marks that something was erased and must not come back: they hold an id and a time.
- What was erased, and what was over its time.
- What was told of a call that no interview was found for, and damaged records of which nobody can tell whose they are:
  such things are found by their own id only.

All calls from one number count as one caller, whoever spoke; a call with its number withheld belongs to no caller and
is found by its own id.
"""
