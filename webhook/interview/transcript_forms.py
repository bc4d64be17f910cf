"""The forms of a transcript: text for people, subtitles for the recording.

Only the platform knows when something was said, so subtitles are made of its own transcript of the call.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from webhook.interview.history import is_silence, normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from webhook.interview.masking import Secrets

_WHO = {"agent": "Interviewer", "user": "Caller"}
_LEAST_S = 0.5
_A_CHAR_S = 0.07
"""How long one character takes to be said, for the last words of a call whose length is not known."""
_FOR_SUBTITLES = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")"})
"""Players read tags and styles between these."""
_FOR_VTT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


@dataclass(frozen=True, kw_only=True)
class Cue:
    """Words with the seconds of the call between which they are shown; `turn` counts the caller's utterances."""

    role: str
    text: str
    start: float
    end: float
    turn: int


def masked_talk(said: Iterable[Mapping[str, Any]], secrets: Secrets) -> list[dict[str, Any]]:
    return [{**line, "text": secrets.hidden(line["text"], line["turn"])} for line in said]


def masked_cues(cues: Iterable[Cue], secrets: Secrets) -> tuple[Cue, ...]:
    return tuple(replace(cue, text=secrets.hidden(cue.text, cue.turn)) for cue in cues)


def to_text(said: Iterable[Mapping[str, Any]]) -> str:
    """One paragraph for each utterance."""
    return "\n".join(f"{_WHO[line['role']]}: {normalise(line['text'])}\n" for line in said)


def cues_of(told: Mapping[str, Any]) -> tuple[Cue, ...] | None:
    """The cues of what the platform told of a call; None when it did not say when each thing was said."""
    spoken = [
        (line["role"], normalise(line["message"]), line.get("time_in_call_secs"))
        for line in told["transcript"]
        if line.get("role") in _WHO and isinstance(line.get("message"), str) and line["message"].strip()
    ]
    starts = [float(at) for _, _, at in spoken if isinstance(at, int | float) and not isinstance(at, bool) and at >= 0]
    if not spoken or len(starts) < len(spoken):
        return None
    ends = [*starts[1:], _end(told, spoken[-1][1], starts[-1])]
    cues: list[Cue] = []
    turn, last = 0, 0.0
    for (role, text, _), start, end in zip(spoken, starts, ends, strict=True):
        turn += role == "user" and not is_silence(text)
        begin = max(start, last)  # the platform counts whole seconds: two may have the same
        last = max(end, begin + _LEAST_S)
        cues.append(Cue(role=role, text=text, start=begin, end=last, turn=turn))
    return tuple(cues)


def _end(told: Mapping[str, Any], text: str, start: float) -> float:
    length = told.get("metadata", {}).get("call_duration_secs")
    known = length if isinstance(length, int | float) and not isinstance(length, bool) else 0.0
    return max(float(known), start + len(text) * _A_CHAR_S)


def to_srt(cues: Sequence[Cue]) -> str:
    """SubRip."""
    blocks = (
        f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n"
        f"{_WHO[cue.role]}: {cue.text.translate(_FOR_SUBTITLES)}\n"
        for number, cue in enumerate(cues, start=1)
    )
    return "\n".join(blocks)


def to_vtt(cues: Sequence[Cue]) -> str:
    """WebVTT, with each speaker's name as its voice."""
    blocks = (
        f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n<v {_WHO[cue.role]}>{cue.text.translate(_FOR_VTT)}\n"
        for cue in cues
    )
    return "\n".join(("WEBVTT\n", *blocks))


def _clock(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    return (
        f"{thousandths // 3_600_000:02}:{thousandths // 60_000 % 60:02}:{thousandths // 1000 % 60:02}"
        f"{point}{thousandths % 1000:03}"
    )
