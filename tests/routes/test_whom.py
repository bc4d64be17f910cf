"""One session or one caller is meant, never two and never nobody; who is meant is not told by a refusal."""

from __future__ import annotations

from typing import Any

import pytest

from webhook.errors import MalformedRequest
from webhook.privacy.erasure import Whom
from webhook.routes.whom import whom_of
from webhook.wire.phone import number_keys

SECRETS = ["the-secret-of-today", "the-secret-of-yesterday"]
NUMBER = "+4930123456"
KEYS = number_keys(NUMBER, SECRETS)


@pytest.mark.parametrize("name", ["sessionId", "session_id"])
def test_a_session_is_meant_by_its_id(name: str) -> None:
    assert whom_of({name: "s-1~conv_2"}, SECRETS) == Whom(session_id="s-1~conv_2")


@pytest.mark.parametrize("text", [NUMBER, "004930123456", "+49 30 123-456", " +49 (0)30 / 123456 "])
def test_a_number_finds_what_was_kept_under_every_secret_however_it_is_written(text: str) -> None:
    assert whom_of({"number": text}, SECRETS) == Whom(callers=KEYS)


def test_what_stands_for_a_number_means_that_caller() -> None:
    assert whom_of({"caller": KEYS[1].upper()}, SECRETS) == Whom(callers=(KEYS[1],))


def test_fields_that_hold_nothing_count_as_left_out() -> None:
    assert whom_of({"sessionId": None, "number": "", "caller": KEYS[0]}, SECRETS) == Whom(callers=KEYS[:1])


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"sessionId": ""},
        {"sessionId": "s-1", "session_id": "s-2"},
        {"sessionId": "s-1", "number": NUMBER},
        {"number": NUMBER, "caller": KEYS[0]},
    ],
)
def test_nobody_or_more_than_one_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(MalformedRequest, match="exactly one of sessionId, number and caller"):
        whom_of(document, SECRETS)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("number", "030 99887766"),  # of which country?
        ("number", "2025550123"),
        ("number", "+266696687"),  # withheld: whole crowds share it
        ("number", "+99887766x5"),
        ("caller", "99887766"),
        ("caller", "g" * 64),
        ("sessionId", "99887766 or another"),
        ("sessionId", "s" * 513),
    ],
)
def test_a_refusal_names_the_field_and_does_not_repeat_what_was_in_it(name: str, text: str) -> None:
    with pytest.raises(MalformedRequest, match=f"^{name} must be") as refused:
        whom_of({name: text}, SECRETS)
    assert text not in str(refused.value)


@pytest.mark.parametrize("value", [4930123456, [NUMBER], {"is": NUMBER}, True])
def test_something_else_than_text_is_refused(value: object) -> None:
    with pytest.raises(MalformedRequest, match=r"^number must be text$"):
        whom_of({"number": value}, SECRETS)
