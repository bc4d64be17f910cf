"""Times in the query of a request: one way to read them for every route."""

from __future__ import annotations

import pytest

from webhook.errors import MalformedRequest
from webhook.wire.query import moment

NOON = 1_795_694_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (None, None),
        ("", None),
        ("2026-11-26T12:00:00Z", NOON),
        ("2026-11-26T12:00:00", NOON),
        ("2026-11-26T14:00:00+02:00", NOON),
        ("2026-11-26", NOON - 12 * 3600),
    ],
)
def test_a_time_is_read_in_its_zone_and_without_one_in_utc(text: str | None, seconds: float | None) -> None:
    assert moment(text, "from") == seconds


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "12", "9999-12-31T23:59:59-23:59", "2026-11-26T25:00:00Z"])
def test_what_is_no_time_is_refused_by_the_name_of_its_field(text: str) -> None:
    with pytest.raises(MalformedRequest, match="to must be a time like"):
        moment(text, "to")
