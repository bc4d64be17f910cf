"""Results on their way to whoever uses them: one record for each event, sent until it arrives or is given up.

An event is found in its session (`events_of`), so it can be noticed any number of times and is recorded once. A
`deliver` job takes it to the receiver, one attempt at a time, also when a worker dies on the way: then it is sent once
more, under the same id. A session that was erased takes its deliveries with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import structlog

from webhook.delivery import (
    FLOW,
    KEY,
    Delivery,
    DeliveryStatus,
    Receiver,
    again,
    answered,
    attempted,
    delivery_of,
    new_delivery,
    record_of,
)
from webhook.errors import Conflict, NotFound, RecordDamaged, StoreError
from webhook.jobs import Jobs
from webhook.sessions import Tries
from webhook.store.base import SESSION_TTL_S, Filter, VersionConflict
from webhook.store.raw import raw_record
from webhook.wire.standard_webhooks import events_of, signed_headers

if TYPE_CHECKING:
    from collections.abc import Callable

    from webhook.interview.session import Session
    from webhook.metrics import Metrics
    from webhook.outbound import Answer, Outbound
    from webhook.sessions import Sessions
    from webhook.store.base import Job, Record, Store
    from webhook.wire.standard_webhooks import ResultEvent

ROUND_S: Final = 5.0
PAUSED_LOOK_S: Final = 600.0
"""How often what waits for a paused receiver is looked at."""
_LEASE_S: Final = 60.0
"""Several times what an attempt may take (`outbound.TOTAL_S`)."""
_AGAIN_S: Final = 10.0
_AT_ONCE: Final = 8
"""Attempts of one worker at the same time; a receiver that is slow holds up no more than these."""
_PAGE: Final = 200
log_ = structlog.get_logger("webhook.deliveries")


@dataclass(frozen=True, kw_only=True)
class Deliveries:
    """The deliveries to one receiver. `url` only tells receivers apart; `outbound` knows the way."""

    store: Store
    sessions: Sessions
    outbound: Outbound
    url: str = field(repr=False)
    secrets: tuple[str, ...] = field(repr=False)
    metrics: Metrics
    clock: Callable[[], float]
    public_url: str | None = None
    jitter: Callable[[], float] = random.random
    tries: Callable[[], Tries] = Tries
    #: How long one is kept after its last change; it leaves with its session.
    keep_s: float = SESSION_TTL_S
    _woken: asyncio.Event = field(default_factory=asyncio.Event, init=False, repr=False)

    # What is to be told

    async def notice(self, session: Session) -> None:
        """Record what there is to tell of the session; what is recorded already stays as it is. Raises `StoreError`."""
        for event in events_of(session, self.public_url):
            await self._keep(event)

    async def notice_soon(self, session: Session) -> None:
        """The same where nobody could do anything about an error: the jobs of the session's report notice it again."""
        try:
            await self.notice(session)
        except StoreError as error:
            log_.warning("delivery_not_kept", session_id=session.session_id, code=error.code)

    async def _keep(self, event: ResultEvent) -> None:
        """As `Calls.receive`: the job is set before the record as well, so that no record is ever without one."""
        delivery = new_delivery(event, self.clock())
        if await self.store.load(delivery.key) is not None:
            return
        await self._jobs.schedule(delivery.key, due_at=self.clock() + _AGAIN_S)
        await self.store.tag(_of_session(event.session_id), delivery.key, ttl_s=self.keep_s)
        if not await self._save(delivery, 0):
            return
        await self._now(delivery.key)

    async def _now(self, key: str) -> None:
        await self._jobs.schedule(key)
        self._woken.set()

    # Sending

    async def keep_going(self) -> None:
        """Do what is due, for ever; at once where something was noticed in this process."""
        while True:
            self._woken.clear()
            await self.run_due()
            with suppress(TimeoutError):
                async with asyncio.timeout(ROUND_S):
                    await self._woken.wait()

    async def run_due(self) -> None:
        """One round."""
        await self._jobs.run_due(self._run)
        with suppress(StoreError):  # the figure is as old as the last round then
            self.metrics.deliveries_paused(is_paused=bool(await self.paused()))

    @property
    def _jobs(self) -> Jobs:
        return Jobs(store=self.store, kind="deliver", lease_s=_LEASE_S, clock=self.clock, at_once=_AT_ONCE)

    async def _run(self, job: Job) -> None:
        try:
            await self._deliver(job.session_id)
        except RecordDamaged as error:  # nobody will ever read it
            log_.error("delivery_failed", session_id=job.session_id, code=error.code)

    async def _deliver(self, key: str) -> None:
        """One attempt, if one is due. What comes after it is in the store before the job is finished."""
        delivery, version = await self._load(key)
        if delivery is None or delivery.status is not DeliveryStatus.PENDING:
            return
        if await self._is_erased(delivery.session):
            await self.store.delete(key)
            return
        if await self.paused():
            await self._jobs.schedule(key, due_at=self.clock() + PAUSED_LOOK_S)
            return
        if delivery.due_at is not None and delivery.due_at > self.clock():
            # A worker died after it had marked an attempt, before it had set the job for the next one.
            await self._jobs.schedule(key, due_at=delivery.due_at)
            return
        body = delivery.body.encode("ascii")
        answer = await self.outbound.post(body, signed_headers(delivery.id, body, self.secrets, at=self.clock()))
        after = attempted(delivery, answer, now=self.clock(), jitter=self.jitter())
        if not await self._save(after, version):
            # Somebody asked for it again meanwhile, or erased it: their word counts, and they have set the job.
            return
        self._tell(after, answer)
        if after.due_at is not None:
            await self._jobs.schedule(key, due_at=after.due_at)
        await self._note(answer)

    async def _is_erased(self, session_id: str) -> bool:
        """What cannot be read is there all the same."""
        try:
            return await self.sessions.find(session_id) is None
        except StoreError as error:
            if error.retryable:
                raise
            return False

    def _tell(self, delivery: Delivery, answer: Answer) -> None:
        self.metrics.delivery(delivery.type, "arrived" if answer.is_good else "failed")
        told: dict[str, Any] = {"session_id": delivery.session, "kind": delivery.type, "attempt": delivery.attempts}
        if answer.is_good:
            log_.info("delivered", **told)
        elif delivery.status is DeliveryStatus.GIVEN_UP:
            log_.error("delivery_given_up", **told, status=answer.status, code=answer.code or None)
        else:
            log_.warning("delivery_refused", **told, status=answer.status, code=answer.code or None)

    # The receiver

    async def _receiver(self) -> tuple[Receiver, int]:
        try:
            stored = await self.store.load(self._receiver_key)
            if stored is None:
                return Receiver(), 0
            told = stored.record
            receiver = Receiver(**{name: told[name] for name in ("failing_since", "failures", "paused")})
        except RecordDamaged as damaged:
            return Receiver(), damaged.version
        return receiver, stored.version

    @property
    def _receiver_key(self) -> str:
        """Another address is another receiver, and begins anew."""
        return f"receiver:{hashlib.sha256(self.url.encode()).hexdigest()[:16]}"

    async def paused(self) -> str:
        """Why nothing is sent: `gone`, `failing`, or "" while it is."""
        receiver, _ = await self._receiver()
        return receiver.paused

    async def _note(self, answer: Answer) -> None:
        """What an attempt tells of the receiver."""
        before, after = await self._change(lambda receiver: answered(receiver, answer, self.clock()))
        if after.paused and not before.paused:
            log_.error("deliveries_paused", reason=after.paused, count=after.failures)

    async def _change(self, apply: Callable[[Receiver], Receiver]) -> tuple[Receiver, Receiver]:
        async for _ in self.tries():
            receiver, version = await self._receiver()
            changed = apply(receiver)
            if changed == receiver:
                return receiver, changed
            now = self.clock()
            about = {"session_id": self._receiver_key, "status": "receiver", "flow_id": ""}
            record = {**about, "created_at": now, "updated_at": now, **vars(changed)}
            if not isinstance(await self.store.save(self._receiver_key, record, expect=version), VersionConflict):
                return receiver, changed
        raise StoreError("the record of the receiver changed too often")

    # What operators do

    async def listed(
        self, status: DeliveryStatus | None = None, *, cursor: str | None = None, limit: int = 50
    ) -> tuple[list[Delivery], str | None]:
        """Newest first, and where the next page begins. Raises `MalformedRequest` for a foreign cursor."""
        where = Filter(status=None if status is None else status.value, flow_id=FLOW)
        page = await self.store.list_sessions(where, cursor=cursor, limit=limit)
        found = []
        for record in page.records:
            with suppress(RecordDamaged):  # there is nothing to show of it
                found.append(delivery_of(record))
        return found, page.next_cursor

    async def redeliver(self, delivery_id: str) -> Delivery:
        """Send it again, under the same id. Raises `NotFound`, and `Conflict` while the receiver is paused."""
        if await self.paused():
            raise Conflict("nothing is sent: the receiver is paused; resume it first (webhook deliveries resume)")
        return await self._again(f"{KEY}{delivery_id}")

    async def resume(self) -> int:
        """Begin to send again, and send all that has not arrived; how much that is."""
        await self._change(lambda _: Receiver())
        count = 0
        for status in (DeliveryStatus.PENDING, DeliveryStatus.GIVEN_UP):
            cursor: str | None = None
            while True:
                found, cursor = await self.listed(status, cursor=cursor, limit=_PAGE)
                for delivery in found:
                    with suppress(NotFound):  # erased meanwhile
                        await self._again(delivery.key)
                        count += 1
                if cursor is None:
                    break
        log_.info("deliveries_resumed", count=count)
        return count

    async def _again(self, key: str) -> Delivery:
        async for _ in self.tries():
            delivery, version = await self._load(key)
            if delivery is None:
                raise NotFound("there is no delivery by that id")
            changed = again(delivery, self.clock())
            await self._jobs.schedule(key, due_at=self.clock() + _AGAIN_S)
            if await self._save(changed, version):
                await self._now(key)
                return changed
        raise StoreError("the record of a delivery changed too often")

    async def _load(self, key: str) -> tuple[Delivery | None, int]:
        stored = await self.store.load(key)
        return (None, 0) if stored is None else (delivery_of(stored.record, stored.version), stored.version)

    async def _save(self, delivery: Delivery, expect: int) -> bool:
        saved = await self.store.save(delivery.key, record_of(delivery), expect=expect, ttl_s=self.keep_s)
        return not isinstance(saved, VersionConflict)


async def kept_of(store: Store, session_id: str) -> tuple[Delivery, ...]:
    """What there was to tell of a session and is still kept; also where results are sent nowhere any more."""
    loaded = [await store.load(key) for key in await store.tagged(_of_session(session_id))]
    return tuple(delivery_of(stored.record, stored.version) for stored in loaded if stored is not None)


async def raw_of(store: Store, session_id: str) -> tuple[Record | bytes, ...]:
    """The same whether or not they can be read."""
    found = [await raw_record(store, key) for key in sorted(await store.tagged(_of_session(session_id)))]
    return tuple(raw for raw in found if raw is not None)


async def forget(store: Store, session_id: str) -> None:
    """Erase what was to be told of a session. Raises `StoreError`."""
    for key in await store.tagged(_of_session(session_id)):
        await store.delete(key)
        await store.untag(_of_session(session_id), key)


def _of_session(session_id: str) -> str:
    """The tag under which a session's deliveries are found."""
    return f"deliveries:{session_id}"
