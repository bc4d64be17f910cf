"""Summaries: the interviews of one flow read page by page and counted, so that no number of them fills the memory."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from webhook.errors import MalformedRequest
from webhook.interview.cost import PRICES, Prices
from webhook.interview.summary import summary
from webhook.interview.tally import Tally
from webhook.store.base import Filter
from webhook.wire.query import moment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webhook.interview.flow import Flow
    from webhook.store.base import Record, Store

_PAGE = 50
MOST_LEAST = 1000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which interviews, and how small a group may be; times are seconds since 1970, `to_at` is not included."""

    from_at: float | None = None
    to_at: float | None = None
    #: Only interviews held by this version.
    version: int | None = None
    least: int = 1


async def summarise(store: Store, flow: Flow, wanted: Wanted, *, now: float, prices: Prices = PRICES) -> dict[str, Any]:
    """The summary. Raises `StoreError`: half of the interviews would be a wrong answer."""
    tally = Tally(flow, version=wanted.version)
    where = Filter(flow_id=flow.id, from_at=wanted.from_at, to_at=wanted.to_at)
    cursor: str | None = None
    while True:
        page = await store.list_sessions(where, cursor=cursor, limit=_PAGE)
        await asyncio.to_thread(_add, tally, page.records, now)  # calls go on meanwhile
        cursor = page.next_cursor
        if cursor is None:
            break
    return summary(tally, now=now, from_at=wanted.from_at, to_at=wanted.to_at, least=wanted.least, prices=prices)


def _add(tally: Tally, records: Sequence[Record], now: float) -> None:
    for record in records:
        tally.add(record, now=now)


def wanted_of(*, from_: str | None, to: str | None, version: str | None, least: str | None) -> Wanted:
    """What was asked for, as text. Raises `MalformedRequest`."""
    return Wanted(
        from_at=moment(from_, "from"),
        to_at=moment(to, "to"),
        version=_number(version, "version", None),
        least=_number(least, "least", MOST_LEAST) or 1,
    )


def _number(text: str | None, name: str, most: int | None) -> int | None:
    if not text:
        return None
    if not re.fullmatch("[1-9][0-9]{0,8}", text) or (most is not None and int(text) > most):
        raise MalformedRequest(f"{name} must be a whole number from 1{f' to {most}' if most else ' on'}")
    return int(text)
