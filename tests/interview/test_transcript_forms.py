"""A transcript as text and as subtitles."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from webhook.interview.transcript_forms import cues_of, to_srt, to_text, to_vtt


def told(*lines: tuple[str, str, object], seconds: object = 61) -> dict[str, Any]:
    turns = [{"role": role, "message": text, "time_in_call_secs": at} for role, text, at in lines]
    return {"transcript": turns, "metadata": {"call_duration_secs": seconds}}


TALK = told(("agent", "Hello. <b>Ready?</b>", 0), ("user", "Yes --> & no", 3), ("agent", "Thanks.\n\nBye.", 3603))


def test_text_has_a_paragraph_for_each_utterance() -> None:
    said = [{"role": "agent", "text": "Hello.\nReady?", "turn": 0}, {"role": "user", "text": "Yes.", "turn": 1}]
    assert to_text(said) == "Interviewer: Hello. Ready?\n\nCaller: Yes.\n"


def test_subrip_numbers_its_cues_and_lets_no_tag_through() -> None:
    cues = cues_of(TALK)
    assert cues is not None
    assert to_srt(cues).splitlines() == [
        "1",
        "00:00:00,000 --> 00:00:03,000",
        "Interviewer: Hello. ‹b›Ready?‹/b›",
        "",
        "2",
        "00:00:03,000 --> 01:00:03,000",
        "Caller: Yes --› & no",
        "",
        "3",
        "01:00:03,000 --> 01:00:03,840",
        "Interviewer: Thanks. Bye.",
    ]


def test_webvtt_names_the_voices_and_escapes_the_words() -> None:
    cues = cues_of(TALK)
    assert cues is not None
    assert to_vtt(cues).splitlines()[:6] == [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:03.000",
        "<v Interviewer>Hello. &lt;b&gt;Ready?&lt;/b&gt;",
        "",
        "00:00:03.000 --> 01:00:03.000",
    ]
    assert "<v Caller>Yes --&gt; &amp; no" in to_vtt(cues)


def test_cues_follow_each_other_also_where_several_have_the_same_second() -> None:
    cues = cues_of(told(("agent", "A", 2), ("user", "B", 2), ("agent", "C", 2), ("user", "D", 1), seconds=None))
    assert cues is not None
    assert all(cue.start < cue.end for cue in cues)
    assert all(before.end <= after.start for before, after in pairwise(cues))


def test_cues_know_the_turn_of_the_caller_s_that_they_belong_to() -> None:
    cues = cues_of(told(("agent", "A?", 0), ("user", "...", 1), ("user", "B", 2), ("agent", "C", 3)))
    assert cues is not None
    assert [cue.turn for cue in cues] == [0, 0, 1, 1]


@pytest.mark.parametrize("at", [None, "3", True, -1])
def test_without_every_time_there_are_no_cues(at: object) -> None:
    assert cues_of(told(("agent", "A", 0), ("user", "B", at))) is None
    assert cues_of(told()) is None
