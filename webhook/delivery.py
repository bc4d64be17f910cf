"""One delivery: its record, and when it is tried again. Values only; `webhook.deliveries` keeps and sends them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from webhook.errors import RecordDamaged
from webhook.interview.report import iso

if TYPE_CHECKING:
    from webhook.outbound import Answer
    from webhook.wire.standard_webhooks import ResultEvent

KEY: Final = "delivery:"
FLOW: Final = "delivery"
"""Stands where a session's record names its flow, so that deliveries are found among other records."""
PAUSES_S: Final = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0)
"""Between the attempts, as the rules advise: soon at first, over two days in all."""
_JITTER: Final = 0.25
PAUSE_AFTER_S: Final = 3 * 24 * 3600.0
PAUSE_AFTER_TRIES: Final = 10
"""So long and so often in vain, and nothing that arrived in between: then nothing is sent until somebody says so."""


class DeliveryStatus(StrEnum):
    """What became of it."""

    PENDING = "pending"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """An event on its way. `body` is what is sent each time."""

    id: str
    type: str
    session: str
    body: str
    created_at: float
    updated_at: float
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    #: The next attempt; None where there is none to come.
    due_at: float | None = None
    #: What the last attempt came to: a status of HTTP, or a code of ours.
    last: str | None = None

    @property
    def key(self) -> str:
        return f"{KEY}{self.id}"


def new_delivery(event: ResultEvent, now: float) -> Delivery:
    return Delivery(
        id=event.id,
        type=event.type,
        session=event.session_id,
        body=event.body(now).decode("ascii"),
        created_at=now,
        updated_at=now,
        due_at=now,
    )


def attempted(delivery: Delivery, answer: Answer, *, now: float, jitter: float) -> Delivery:
    """After an attempt. `jitter` is 0 to 1, so that what failed together does not come back together."""
    told = replace(
        delivery,
        attempts=delivery.attempts + 1,
        last=answer.code or str(answer.status),
        updated_at=now,
        due_at=None,
    )
    if answer.is_good:
        return replace(told, status=DeliveryStatus.DELIVERED)
    if told.attempts > len(PAUSES_S):
        return replace(told, status=DeliveryStatus.GIVEN_UP)
    pause_s = max(PAUSES_S[told.attempts - 1] * (1 + _JITTER * jitter), answer.retry_after_s)
    return replace(told, due_at=now + pause_s)


def again(delivery: Delivery, now: float) -> Delivery:
    """Sent anew, whatever became of it; with all its attempts before it."""
    return replace(delivery, status=DeliveryStatus.PENDING, attempts=0, due_at=now, updated_at=now)


def record_of(delivery: Delivery) -> dict[str, Any]:
    return {**vars(delivery), "status": delivery.status.value, "session_id": delivery.key, "flow_id": FLOW}


def delivery_of(record: dict[str, Any], version: int = 0) -> Delivery:
    """Raises `RecordDamaged`."""
    try:
        fields = {name: value for name, value in record.items() if name not in ("session_id", "flow_id")}
        return Delivery(**{**fields, "status": DeliveryStatus(record["status"])})
    except (KeyError, TypeError, ValueError):
        raise RecordDamaged("the record of a delivery is damaged", data=b"", version=version) from None


def shown(delivery: Delivery) -> dict[str, Any]:
    """As operators see it."""
    return {
        "id": delivery.id,
        "type": delivery.type,
        "sessionId": delivery.session,
        "status": delivery.status.value,
        "attempts": delivery.attempts,
        "lastResult": delivery.last,
        "createdAt": iso(delivery.created_at),
        "updatedAt": iso(delivery.updated_at),
        "nextAttemptAt": None if delivery.due_at is None else iso(delivery.due_at),
    }


@dataclass(frozen=True, kw_only=True)
class Receiver:
    """How the one who gets the results has been doing since something last arrived."""

    failing_since: float | None = None
    failures: int = 0
    #: Why nothing is sent: `gone` or `failing`; "" while it is.
    paused: str = ""


def answered(receiver: Receiver, answer: Answer, now: float) -> Receiver:
    """After an attempt. What is paused stays so, whatever an attempt that was on its way still comes to."""
    if receiver.paused:
        return receiver
    if answer.is_good:
        return Receiver()
    since = now if receiver.failing_since is None else receiver.failing_since
    failures = receiver.failures + 1
    is_hopeless = failures >= PAUSE_AFTER_TRIES and now - since >= PAUSE_AFTER_S
    paused = "gone" if answer.is_gone else "failing" if is_hopeless else ""
    return Receiver(failing_since=since, failures=failures, paused=paused)
