"""A streamed answer is read the same wherever its bytes are cut."""

from __future__ import annotations

import json
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhook.wire.message_stream import MOST_EVENT_BYTES, MessageStream

#: As the API writes it, with a keep-alive comment, a ping, and characters of several bytes.
RECORDED = (
    "event: message_start\n"
    'data: {"type": "message_start", "message": {"usage": {"input_tokens": 9}}}\n\n'
    ": keep-alive\n\n"
    'event: ping\ndata: {"type": "ping"}\n\n'
    'event: content_block_delta\ndata: {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Schön"}}\n\n'
    'event: content_block_delta\ndata: {"type": "content_block_delta",\ndata:  "delta": {"type": "text_delta", "text": "🙂?"}}\n\n'
    'id: 7\nretry: 3000\nevent: message_stop\ndata:{"type": "message_stop"}\n\n'
).encode()
EVENTS = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 9}}},
    {"type": "ping"},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Schön"}},
    {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "🙂?"}},
    {"type": "message_stop"},
]
BY_LINE_END = {
    "LF": RECORDED,
    "CRLF": RECORDED.replace(b"\n", b"\r\n"),
    "CR": RECORDED.replace(b"\n", b"\r"),
}


def read(*pieces: bytes) -> list[object]:
    stream = MessageStream(orjson.loads)
    return [event for piece in pieces for event in stream.feed(piece)]


@pytest.mark.parametrize("recorded", BY_LINE_END.values(), ids=BY_LINE_END)
def test_a_stream_is_read_the_same_wherever_it_is_cut_in_two(recorded: bytes) -> None:
    for cut in range(len(recorded) + 1):
        assert read(recorded[:cut], recorded[cut:]) == EVENTS


@pytest.mark.parametrize("recorded", BY_LINE_END.values(), ids=BY_LINE_END)
def test_a_stream_is_read_the_same_byte_by_byte(recorded: bytes) -> None:
    assert read(*(recorded[i : i + 1] for i in range(len(recorded)))) == EVENTS


@given(st.sampled_from(sorted(BY_LINE_END.values())), st.lists(st.integers(0, len(RECORDED) * 2), max_size=12))
def test_a_stream_is_read_the_same_in_pieces_of_any_size(recorded: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(recorded), *(cut for cut in cuts if cut < len(recorded))})
    pieces = [recorded[start:end] for start, end in pairwise(edges)]

    assert read(b"", *pieces, b"") == EVENTS


@given(st.lists(st.dictionaries(st.text(), st.text()), max_size=5), st.integers(1, 40))
def test_whatever_is_written_as_events_is_read_back(documents: list[dict[str, str]], size: int) -> None:
    written = b"".join(b"data: %b\n\n" % json.dumps(d).encode() for d in documents)

    assert read(*(written[i : i + size] for i in range(0, len(written), size))) == documents


def test_an_event_is_told_at_its_blank_line_and_not_before() -> None:
    stream = MessageStream()

    assert list(stream.feed(b'data: {"a": 1}\n')) == []
    assert list(stream.feed(b"\n")) == [{"a": 1}]


def test_an_event_that_never_ended_is_not_told() -> None:
    assert read(b'data: {"a": 1}\n\ndata: {"b": 2}\n') == [{"a": 1}]


def test_what_came_before_an_event_that_is_no_json_is_told() -> None:
    events = MessageStream().feed(b'data: {"a": 1}\n\ndata: {"b\n\n')

    assert next(events) == {"a": 1}
    with pytest.raises(ValueError, match="Unterminated string"):
        next(events)


@pytest.mark.parametrize(
    "begin", [b"", b"data: ", b"data: {}\ndata: "], ids=["a line", "data", "several lines of data"]
)
def test_an_event_without_an_end_is_not_held_for_ever(begin: bytes) -> None:
    pieces = [begin, *[b"x" * 100_000] * (MOST_EVENT_BYTES // 100_000 + 1)]

    with pytest.raises(ValueError, match="without an end"):
        read(*pieces)


def test_many_events_may_be_longer_together_than_one_may_be() -> None:
    event = b'data: "%b"\n\n' % (b"x" * (MOST_EVENT_BYTES // 2))

    assert len(read(*[event] * 5)) == 5
