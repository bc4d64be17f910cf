"""The documents after a call, and a body taken apart in whatever pieces it comes."""

from __future__ import annotations

import base64
import itertools
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.post_call import audio, conversation, failure, transcription
from webhook.errors import MalformedRequest, TooLarge
from webhook.interview.told import Kind
from webhook.wire.audio_body import AudioBody
from webhook.wire.limits import read_object
from webhook.wire.post_call import event_of_conversation, parse_event, type_of

MOST = 1_000_000


def taken(body: bytes, *cuts: int) -> tuple[bytes, bytes]:
    """The document and the audio of a body that comes in these pieces."""
    parts, sound = AudioBody(MOST), bytearray()
    edges = [0, *sorted(cuts), len(body)]
    for start, end in itertools.pairwise(edges):
        for piece in parts.feed(body[start:end]):
            sound += piece
    parts.finish()
    return parts.envelope, bytes(sound)


@given(st.binary(max_size=200), st.lists(st.integers(0, 200), max_size=8), st.booleans(), st.booleans())
def test_audio_comes_out_as_it_went_in_however_the_body_is_cut_and_written(
    sound: bytes, cuts: list[int], slashes: bool, plus: bool
) -> None:
    body = audio("conv_1", sound, at=5)
    head, mark, tail = body.rpartition(b'"full_audio": "')
    tail = tail.replace(b"/", b"\\/") if slashes else tail
    tail = tail.replace(b"+", b"\\u002B").replace(b"=", b"\\u003d") if plus else tail
    body = head + mark + tail
    envelope, came = taken(body, *(min(cut, len(body)) for cut in cuts))
    assert came == sound
    assert json.loads(envelope) == json.loads(audio("conv_1", b"", at=5))


@given(st.recursive(st.text() | st.none(), lambda inner: st.dictionaries(st.text(), inner)), st.integers(1, 7))
def test_a_body_without_audio_is_its_own_document(inner: Any, size: int) -> None:
    body = json.dumps({"data": inner, 'x"full_audio': "AA", "full_audio ": "AA"}, ensure_ascii=False).encode(
        "utf-8", "replace"
    )
    assert taken(body, *range(0, len(body), size)) == (body, b"")


def test_the_audio_may_come_first_and_the_words_may_quote_its_name() -> None:
    body = b'{"full_audio" : "QUJD", "note": "\\"full_audio\\": \\"RUZH\\"", "type":"post_call_audio"}'
    envelope, sound = taken(body)
    assert sound == b"ABC"
    assert json.loads(envelope)["note"] == '"full_audio": "RUZH"'


@pytest.mark.parametrize("text", ["QUJ", "QQ==QUJD", "Q\\\\JD", "QU D", "Qé==", "Q===", "QUJD\\x"])
@pytest.mark.parametrize("cut", range(12, 24))
def test_what_is_no_base64_is_refused(text: str, cut: int) -> None:
    body = f'{{"full_audio":"{text}"}}'.encode()
    with pytest.raises(MalformedRequest):
        taken(body, min(cut, len(body)))


@pytest.mark.parametrize("body", [b'{"full_audio":"QUJD', b'{"full_audio":"QUJD","full_audio":"QUJD"}'])
def test_audio_without_an_end_or_twice_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        taken(body)


def test_a_document_that_is_large_without_its_audio_is_too_large() -> None:
    with pytest.raises(TooLarge):
        taken(transcription("conv_1", user_id="x" * MOST))


def test_each_kind_of_event_is_read_and_numbers_of_callers_are_left_out() -> None:
    for body, kind in (
        (transcription("conv_1", at=7), Kind.TRANSCRIPT),
        (audio("conv_1", b"abc", at=7), Kind.AUDIO),
        (failure("conv_1", at=7), Kind.FAILURE),
    ):
        event = parse_event(read_object(body))
        assert event is not None
        assert (event.kind, event.conversation_id, event.at) == (kind, "conv_1", 7)
        assert "+1555" not in str(event.content)


def test_a_conversation_that_was_asked_for_is_the_same_event() -> None:
    document = conversation("conv_1", metadata={"start_time_unix_secs": 100, "call_duration_secs": 61})
    asked = event_of_conversation(document)
    sent = parse_event({"type": "post_call_transcription", "event_timestamp": 161, "data": document})
    assert asked == sent


TOKENS = (
    {"custom_llm_extra_body": {"session_token": "a.b"}},
    {"dynamic_variables": {"secret__session_token": "a.b"}},
    {"custom_llm_extra_body": {"session_token": "a.b"}, "dynamic_variables": {"secret__session_token": "a.b"}},
)


@pytest.mark.parametrize("start", TOKENS)
def test_the_session_token_is_found_in_both_places_and_shown_nowhere(start: dict[str, Any]) -> None:
    event = event_of_conversation(conversation("conv_1", conversation_initiation_client_data=start))
    assert event.tokens == ("a.b",)
    assert "a.b" not in repr(event)


def test_an_unknown_type_is_no_event_and_its_name_is_told_only_if_it_is_one() -> None:
    assert parse_event({"type": "answering_machine_detection", "event_timestamp": 1, "data": {}}) is None
    assert type_of({"type": "answering_machine_detection"}) == "answering_machine_detection"
    assert type_of({"type": "He said hello"}) == "other"


GOOD: dict[str, Any] = json.loads(transcription("conv_1", at=7))
MALFORMED = (
    {**GOOD, "type": None},
    {**GOOD, "type": 7},
    {**GOOD, "event_timestamp": None},
    {**GOOD, "event_timestamp": True},
    {**GOOD, "event_timestamp": "7"},
    {**GOOD, "event_timestamp": -1},
    {**GOOD, "event_timestamp": 10**300},
    {**GOOD, "data": []},
    {**GOOD, "data": {}},
    *(
        {**GOOD, "data": {**GOOD["data"], "conversation_id": i}}
        for i in (None, 7, "", "../x", "a/b", "a\n", "é", "a" * 129)
    ),
    {**GOOD, "data": {**GOOD["data"], "transcript": None}},
)


@pytest.mark.parametrize("document", MALFORMED, ids=range(len(MALFORMED)))
def test_a_document_that_is_not_what_it_says_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest):
        parse_event(document)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(GOOD["data"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(list(Kind)), ODD)
def test_whatever_the_data_is_it_is_an_event_or_refused(kind: Kind, data: object) -> None:
    try:
        parse_event({"type": kind.value, "event_timestamp": 1, "data": data})
    except MalformedRequest:
        return


def test_the_escapes_of_base64_are_those_of_json() -> None:
    sound = bytes(range(256))
    text = base64.b64encode(sound).replace(b"/", b"\\u002f").decode()
    assert taken(f'{{"full_audio":"{text}"}}'.encode(), 40, 41, 42) == (b'{"full_audio":""}', sound)
