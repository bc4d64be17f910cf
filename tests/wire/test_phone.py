"""Numbers have one form, whoever writes them, and none of them can be read from what is kept."""

from __future__ import annotations

import json

import pytest

from webhook.wire.phone import PhoneCall, call_session_id, number_keys, number_of, parse_phone_call

SECRET, OLD_SECRET = "a-secret", "an-older-secret"
NUMBER = "+4930123456"
WRITTEN = (
    *("+4930123456", "004930123456", "+49 30 123-456", "+49 (30) 123.456", "+49 (0)30 / 123456", "4930123456"),
    *("sip:+4930123456@carrier.example;user=phone", "tel:+49-30-123456", " +49\u00a030\u2011123456 "),
)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_number_has_one_form(text: str) -> None:
    assert number_of(text) == NUMBER


WITHHELD = ("", "anonymous", "Restricted", "unknown", "+266696687", "+7378742833", "sip:anonymous@anonymous.invalid")
ODD = ("110", "+49", "030 123456", "+030123456", "+1234567890123456", "+49301234x6", "+٤٩٣٠١٢٣٤٥٦", "++4930123456")


@pytest.mark.parametrize("text", [*WITHHELD, *ODD])
def test_a_withheld_or_odd_number_is_none(text: str) -> None:
    assert number_of(text) is None


def test_what_stands_for_a_number_is_of_the_number_and_the_secret() -> None:
    first, second = number_keys(NUMBER, [SECRET, OLD_SECRET])
    assert number_keys(NUMBER, [SECRET]) == (first,)
    assert number_keys(NUMBER, [OLD_SECRET]) == (second,)
    assert number_keys("+4930123457", [SECRET]) != (first,)
    assert len(first) == 64
    assert "4930123456" not in first


def test_a_call_has_one_session_which_nobody_else_can_guess() -> None:
    assert call_session_id("CA1", SECRET) == call_session_id("CA1", SECRET)
    assert len({call_session_id(sid, secret) for sid in ("CA1", "CA2") for secret in (SECRET, OLD_SECRET)}) == 4


def test_an_announced_call_is_read_and_shows_neither_number_nor_call_when_printed() -> None:
    document = {"caller_id": "+49 30 123456", "agent_id": "agent_1", "called_number": "+44", "call_sid": "CA1"}
    call = parse_phone_call(json.dumps(document).encode())
    assert call == PhoneCall(number=NUMBER, call_sid="CA1", agent_id="agent_1")
    assert repr(call) == "PhoneCall(agent_id='agent_1')"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"\xff", b"{", b"null", b'{"caller_id": 7, "agent_id": {}, "call_sid": []}', b'{"agent_id": "../x"}'],
)
def test_of_an_odd_announcement_nothing_is_taken_and_it_is_a_call_all_the_same(body: bytes) -> None:
    assert parse_phone_call(body) == PhoneCall()
