"""Results arrive: once or more, under one id, whoever dies on the way; times come from a clock that the test turns."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from pydantic import SecretStr
from standardwebhooks.webhooks import Webhook

from tests.callers import as_claude, is_listen
from tests.dying import Died, Dying
from tests.fake_claude import UNDERSTOOD, FakeClaude, Reply
from tests.fork_server import Nursery
from tests.live_server import ROOT, SIMPLE, Live, assistant, live_server, settings_for, user
from tests.office import NOON, Clock, Office, staffed
from tests.receiver import OK, Got, Receiver, answer
from tests.wire.test_standard_webhooks import OTHER, SECRET
from tests.workers import Service
from webhook.deliveries import PAUSED_LOOK_S, Deliveries
from webhook.delivery import PAUSE_AFTER_S, PAUSES_S, Delivery, DeliveryStatus
from webhook.errors import Conflict, NotFound, StoreError
from webhook.interview.session import Session, SessionStatus
from webhook.outbound import Outbound
from webhook.privacy.erasure import Whom
from webhook.reports import IDLE_S
from webhook.services import Services, build_services
from webhook.sessions import Tries
from webhook.store.sqlite import SqliteStore

LEASE_S = 61.0
NO = "No, I don't agree."
REFUSED = [user("Hello?"), assistant("Is that all right?"), user(NO)]
ENDS = ["session.ended", "report.ready"]
HOURS = 3600.0


@dataclass(frozen=True, kw_only=True)
class PostOffice(Office):
    """And who gets its results."""

    receiver: Receiver

    @property
    def deliveries(self) -> Deliveries:
        return deliveries_of(self.first)

    async def due(self) -> None:
        """What is due, in all workers at once."""
        await asyncio.gather(*(deliveries_of(worker).run_due() for worker in self.workers))

    async def ended(self, session_id: str = "s") -> None:
        """A call that is over, with its report; nothing is sent yet."""
        await self.hear(NO, session_id=session_id)

    async def one(self, kind: str = "session.ended") -> Delivery:
        found, _ = await self.deliveries.listed()
        (delivery,) = [one for one in found if one.type == kind]
        return delivery

    async def statuses(self) -> dict[str, int]:
        found, _ = await self.deliveries.listed(limit=200)
        return {s.value: n for s in DeliveryStatus if (n := sum(one.status is s for one in found))}


def deliveries_of(services: Services) -> Deliveries:
    assert services.deliveries is not None
    return services.deliveries


def office(
    data_dir: Path, receiver: Receiver, *, workers: int = 1, start: float = NOON, **given: Any
) -> AbstractAsyncContextManager[PostOffice]:
    sent = {"result_webhook_url": SecretStr(receiver.url), "result_webhook_secret": (SecretStr(SECRET),)}
    empty = PostOffice(clock=Clock(start), receiver=receiver)
    return staffed(empty, data_dir, workers=workers, prepare=_punctual, **{**sent, **given})


def _punctual(services: Services) -> Services:
    """What is tried again comes exactly after its pause."""
    return replace(services, deliveries=replace(deliveries_of(services), jitter=lambda: 0.0))


# What arrives


async def test_when_a_call_ends_its_end_and_its_report_arrive_signed(tmp_path: Path) -> None:
    secrets = (SecretStr(OTHER), SecretStr(SECRET))
    async with (
        Receiver() as receiver,
        office(
            tmp_path, receiver, start=time.time(), result_webhook_secret=secrets, public_url="https://us.example"
        ) as here,
    ):
        await here.ended()
        await here.due()
        for got in receiver.got:
            for secret in (SECRET, OTHER):
                assert Webhook(secret).verify(got.body, got.headers) == got.document
            assert got.headers["content-type"] == "application/json"
        ended, ready = sorted(receiver.got, key=lambda got: ENDS.index(got.type))
        session = await here.first.sessions.load("s")
        assert [ended.type, ready.type] == ENDS
        assert ended.document["data"]["sessionId"] == "s"
        assert ended.document["data"]["ending"] == session.state.ending
        assert ready.document["data"]["reportUrl"] == "https://us.example/api/sessions/s/report"
        assert NO.encode() not in ended.body + ready.body
        assert await here.statuses() == {"delivered": 2}


async def test_what_has_arrived_is_not_sent_again_however_often_it_is_noticed(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        await here.due()
        session = await here.first.sessions.load("s")
        for _ in range(3):
            await here.deliveries.notice(session)
            here.clock.now += 24 * HOURS
            await here.first.reports.run_due()
            await here.due()
        assert sorted(receiver.types) == sorted(ENDS)


async def test_need_is_told_of_at_once_while_the_call_goes_on(tmp_path: Path) -> None:
    def in_need(body: Any) -> Reply:
        return Reply(json={**UNDERSTOOD, "signals": ["distress"]}) if is_listen(body) else as_claude(body)

    flows = tmp_path / "flows"
    shutil.copytree(ROOT / "flows", flows)
    flow = flows / "financial_lifestyle.yaml"
    flow.write_text(flow.read_text().replace("safety_distress.md, end: stopped_for_safety", "safety_distress.md"))
    async with FakeClaude(in_need) as fake, Receiver() as receiver:
        claude: dict[str, Any] = {
            "anthropic_api_key": SecretStr("key"),
            "anthropic_base_url": fake.base_url,
            "flows_dir": flows,
        }
        async with office(tmp_path, receiver, **claude) as here:
            await here.hear("I do not want to live any more.")
            await here.due()
            assert not (await here.first.sessions.load("s")).is_over
            (raised,) = receiver.got
            assert raised.type == "safety.raised"
            assert raised.document["data"]["signal"] == "distress"
            assert raised.document["data"]["turn"] == 1
            assert b"live" not in raised.body


async def test_without_a_receiver_nothing_is_recorded(tmp_path: Path) -> None:
    services = build_services(settings_for(tmp_path), clock=Clock())
    assert services.deliveries is None
    assert services.reports.deliveries is None


async def test_fifty_workers_send_each_event_once(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here, AsyncExitStack() as stack:
        await here.hear("Yes.")
        session = replace(await here.first.sessions.load("s"), status=SessionStatus.COMPLETED)
        workers = []
        for _ in range(50):
            store = SqliteStore(tmp_path / "calls.db", timeout_s=20.0)
            await store.open()
            stack.push_async_callback(store.close)
            workers.append(replace(here.deliveries, store=store))
        await asyncio.gather(*(worker.notice(session) for worker in workers))
        await asyncio.gather(*(worker.run_due() for worker in workers))
        assert receiver.types == ["session.ended"]


# What does not arrive


async def test_a_receiver_in_trouble_is_tried_again_over_days_under_one_id_and_then_given_up(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        await here.due()
        receiver.got.clear()
        receiver.say = lambda _: answer(500)
        await here.deliveries.redeliver((await here.one()).id)
        await here.due()
        for tries, pause_s in enumerate(PAUSES_S, start=1):
            here.clock.now += pause_s - 1.0
            await here.due()
            assert len(receiver.got) == tries  # not before its time
            here.clock.now += 1.0
            await here.due()
            assert len(receiver.got) == tries + 1
        assert 2 * 24 * HOURS < here.clock.now - NOON < 3 * 24 * HOURS
        assert len(set(receiver.ids)) == 1
        assert len({got.body for got in receiver.got}) == 1
        assert len({got.headers["webhook-signature"] for got in receiver.got}) == len(receiver.got)  # each made anew
        assert await here.statuses() == {"delivered": 1, "given_up": 1}
        here.clock.now += 30 * 24 * HOURS - 1
        await here.due()
        assert len(receiver.got) == len(PAUSES_S) + 1


async def test_it_arrives_once_the_receiver_is_well_again(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(500)) as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        await here.due()
        assert await here.statuses() == {"pending": 2}
        assert (await here.one()).last == "500"
        receiver.say = lambda _: OK
        here.clock.now += PAUSES_S[0]
        await here.due()
        assert await here.statuses() == {"delivered": 2}
        assert len(receiver.got) == 4
        assert len(set(receiver.ids)) == 2


@pytest.mark.parametrize(("said", "waits_s"), [("3600", 3600.0), ("1", PAUSES_S[0])])
async def test_a_receiver_that_wants_to_be_left_alone_is_left_alone(tmp_path: Path, said: str, waits_s: float) -> None:
    async with (
        Receiver(say=lambda _: answer(429, f"Retry-After: {said}")) as receiver,
        office(tmp_path, receiver) as here,
    ):
        await here.ended()
        await here.due()
        here.clock.now += waits_s - 0.5
        await here.due()
        assert len(receiver.got) == 2
        here.clock.now += 1.0
        await here.due()
        assert len(receiver.got) == 4


async def test_what_failed_together_does_not_come_back_together(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(503)) as receiver, office(tmp_path, receiver) as here:
        parts = iter((0.0, 1.0))
        here.workers[0] = replace(here.first, deliveries=replace(here.deliveries, jitter=lambda: next(parts)))
        await here.ended()
        await here.due()
        found, _ = await here.deliveries.listed()
        assert sorted(one.due_at or 0.0 for one in found) == [NOON + PAUSES_S[0], NOON + PAUSES_S[0] * 1.25]


async def test_one_that_says_nothing_or_everything_holds_up_nobody_for_long(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: None) as receiver, office(tmp_path, receiver) as here:
        slow = Outbound(to=here.deliveries.outbound.to, is_allowed=here.deliveries.outbound.is_allowed, total_s=0.2)
        here.workers[0] = replace(here.first, deliveries=replace(here.deliveries, outbound=slow))
        await here.ended()
        await here.due()
        assert (await here.one()).last == "timeout"
        assert await here.statuses() == {"pending": 2}
        await slow.close()


async def test_while_the_store_is_gone_a_call_ends_all_the_same_and_is_told_of_afterwards(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.first.call_store.close()
        await here.ended()
        assert (await here.first.sessions.load("s")).report_status == "ready"
        await here.first.call_store.open()
        await here.due()
        assert not receiver.got
        here.clock.now += IDLE_S + 1
        await here.first.reports.run_due()
        await here.due()
        assert sorted(receiver.types) == sorted(ENDS)


# Paused


async def test_a_receiver_that_is_gone_gets_nothing_more_until_somebody_says_so(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(410)) as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        with structlog.testing.capture_logs() as logged:
            await here.due()
        assert [line["reason"] for line in logged if line["event"] == "deliveries_paused"] == ["gone"]
        assert await here.deliveries.paused() == "gone"
        assert b"webhook_deliveries_paused" in here.first.costs.metrics.text()
        asked = len(receiver.got)
        for _ in range(3):
            here.clock.now += PAUSED_LOOK_S
            await here.ended(f"s-{here.clock.now}")
            await here.due()
        assert len(receiver.got) == asked
        with pytest.raises(Conflict, match="paused"):
            await here.deliveries.redeliver((await here.deliveries.listed())[0][0].id)

        receiver.say = lambda _: OK
        receiver.got.clear()
        assert await here.deliveries.resume() == 8
        await here.due()
        assert await here.statuses() == {"delivered": 8}
        assert len(set(receiver.ids)) == 8
        assert await here.deliveries.paused() == ""


async def test_who_failed_for_days_and_often_is_paused_and_nothing_is_lost(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(500)) as receiver, office(tmp_path, receiver) as here:
        hours = 0
        while not await here.deliveries.paused():
            if hours % 24 == 0:
                await here.ended(f"s-{hours}")
            await here.due()
            here.clock.now += HOURS
            hours += 1
            assert hours < 6 * 24
        assert PAUSE_AFTER_S < hours * HOURS < PAUSE_AFTER_S + 24 * HOURS
        assert await here.deliveries.paused() == "failing"
        assert (await here.statuses()).keys() == {"pending", "given_up"}
        receiver.say = lambda _: OK
        count = await here.deliveries.resume()
        await here.due()
        assert await here.statuses() == {"delivered": count}
        assert count == 2 * (hours // 24 + 1)


async def test_a_single_failure_now_and_then_pauses_nobody(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        for day in range(12):
            receiver.say = lambda _: answer(500)
            await here.ended(f"s-{day}")
            await here.due()
            receiver.say = lambda _: OK
            here.clock.now += 24 * HOURS
            await here.due()
        assert await here.deliveries.paused() == ""
        assert await here.statuses() == {"delivered": 24}


async def test_another_address_is_not_paused_with_the_one_before_it(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(410)) as gone, office(tmp_path, gone) as here:
        await here.ended()
        await here.due()
    async with Receiver() as other, office(tmp_path, other, start=NOON + PAUSED_LOOK_S) as here:
        await here.due()
        assert sorted(other.types) == sorted(ENDS)


# Asked for again


async def test_what_has_arrived_is_sent_again_on_request_under_the_same_id(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        await here.due()
        sent = await here.one()
        await here.deliveries.redeliver(sent.id)
        await here.due()
        assert receiver.ids.count(sent.id) == 2
        assert await here.statuses() == {"delivered": 2}
        with pytest.raises(NotFound):
            await here.deliveries.redeliver("msg_nobody")


async def test_what_is_asked_for_while_it_is_under_way_is_sent_once_more(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver, workers=2) as here:
        await here.ended()
        sent, held = asyncio.Event(), asyncio.Event()
        kept = here.deliveries.outbound.post

        async def slowly(body: bytes, headers: Any) -> Any:
            told = await kept(body, headers)
            sent.set()
            await held.wait()
            return told

        here.deliveries.outbound.post = slowly  # type: ignore[method-assign]  # the moment between attempt and mark
        under_way = asyncio.create_task(here.deliveries.run_due())
        await sent.wait()
        again = await deliveries_of(here.workers[1]).redeliver((await here.one()).id)
        held.set()
        await under_way
        await here.due()
        assert receiver.ids.count(again.id) == 2
        assert await here.statuses() == {"delivered": 2}


# Erased


async def test_what_is_erased_is_not_sent_and_leaves_nothing_behind(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(500)) as receiver, office(tmp_path, receiver) as here:
        await here.ended("canary-of-the-session")
        await here.due()
        asked = len(receiver.got)
        await here.first.erasures.ask(Whom(session_id="canary-of-the-session"))
        assert await here.statuses() == {}
        here.clock.now += 24 * HOURS
        await here.due()
        assert len(receiver.got) == asked
        assert await here.statuses() == {}
        assert await here.first.call_store.claim_due("deliver", now=here.clock.now + 1e6, lease_s=1.0) == ()


async def test_a_session_that_was_erased_while_it_was_noticed_takes_its_deliveries_with_it(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        await here.first.sessions.delete("s")
        await here.due()
        assert not receiver.got
        assert await here.statuses() == {}


# Who dies on the way


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_whoever_dies_at_any_step_each_event_arrives_and_is_marked_once(tmp_path: Path, *, after: bool) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        for step in itertools.count():
            session_id = f"s-{step}"
            await _over_but_not_told_of(here, session_id)
            dying = Dying(here.first.call_store, step, after=after)
            deliveries: Any = replace(here.deliveries, store=dying)
            with suppress(Died):
                await replace(here.first.reports, deliveries=deliveries).run_due()
                await deliveries.run_due()
            await here.settle()
            for _ in range(2):
                here.clock.now += IDLE_S  # leases are over
                await here.first.reports.run_due()
                await here.settle()
                await here.due()
            # By session: what the dead one had sent before it died may arrive in a later step.
            got = [one for one in receiver.got if one.document["data"]["sessionId"] == session_id]
            assert sorted({one.type for one in got}) == sorted(ENDS), step
            assert len({one.headers["webhook-id"] for one in got}) == 2, step
            assert len(got) <= 4, step  # nothing more than once more
            assert await here.statuses() == {"delivered": 2 * (step + 1)}, step
            if not dying.has_died:
                break
        assert step > 15


async def _over_but_not_told_of(here: PostOffice, session_id: str) -> None:
    """A call whose worker died right after its last turn was saved: only its idle job is left."""
    flow = here.first.library.flow("financial_lifestyle")
    session = Session(
        session_id=session_id,
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=flow.persona,
        language="en",
        created_at=here.clock.now,
        updated_at=here.clock.now,
        status=SessionStatus.COMPLETED,
    )
    assert await here.first.sessions.save(session, expect=0)
    await here.first.reports.watch(session_id)
    here.clock.now += IDLE_S


@pytest.fixture(params=["sqlite", "redis"])
def redis_url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    return str(request.getfixturevalue("own_redis_server").url)


async def test_a_worker_killed_between_attempt_and_mark_is_followed_by_one_that_sends_it_again(
    tmp_path: Path, redis_url: str | None, nursery: Nursery
) -> None:
    async with Receiver() as receiver:
        env = {"RESULT_WEBHOOK_URL": receiver.url, "RESULT_WEBHOOK_SECRET": SECRET}
        service = Service(tmp_path, nursery=nursery, redis_url=redis_url, env=env)

        def kills(_: Got) -> bytes | None:
            if service.is_running:
                service.kill()
            return None

        receiver.say = kills
        async with service:
            await _call_that_ends(service)
            await asyncio.wait_for(receiver.arrived.wait(), 30.0)
        told_first = set(receiver.ids)
        assert told_first
        receiver.say = lambda _: OK
        late = time.time() + LEASE_S
        given: dict[str, Any] = {"redis_url": None if redis_url is None else SecretStr(redis_url)}
        async with office(tmp_path, receiver, start=late, **given) as here:
            for _ in range(3):
                here.clock.now += IDLE_S
                await here.first.reports.run_due()
                await here.due()
            assert await here.statuses() == {"delivered": 2}
        again = [got for got in receiver.got if got.headers["webhook-id"] in told_first]
        assert len(again) == 2 * len(told_first)
        assert len({got.body for got in again}) == len(told_first)
        assert len(set(receiver.ids)) == 2


async def _call_that_ends(service: Service) -> None:
    secret = {"Authorization": f"Bearer {service.env['WEBHOOK_SECRET']}"}
    async with httpx2.AsyncClient(base_url=service.url, timeout=10.0, headers=secret) as http:
        with suppress(httpx2.HTTPError):  # it may be killed over its answer
            begun = await http.post(SIMPLE, json={"messages": [user("Hello?")]})
            variables = {"session_id": begun.json()["variables"]["session_id"]}
            await http.post(SIMPLE, json={"messages": REFUSED, "variables": variables})


# What is told about it


async def test_neither_address_nor_secret_nor_words_are_in_a_log_line_a_figure_or_a_repr(tmp_path: Path) -> None:
    bad = b"HTTP/1.1 500 canary-of-the-answer\r\nContent-Length: 20\r\n\r\ncanary-of-the-answer"
    async with Receiver(say=lambda _: bad) as receiver, office(tmp_path, receiver) as here:
        with structlog.testing.capture_logs() as logged:
            await here.ended()
            await here.due()
            receiver.say = lambda _: answer(410)
            here.clock.now += HOURS
            await here.due()
        told = f"{logged}{here.first.costs.metrics.text()!r}{here.deliveries}{here.first.settings}{await here.one()}"
        assert "delivery_refused" in told
        for canary in ("canary", SECRET, SECRET.removeprefix("whsec_"), NO):
            assert canary not in told
        assert 'outcome="failed",type="session.ended"' in told


async def test_operators_list_what_is_under_way_send_it_again_and_resume(tmp_path: Path) -> None:
    async with Receiver(say=lambda _: answer(410)) as receiver:
        secret = (SecretStr(SECRET),)
        given: dict[str, Any] = {"result_webhook_url": SecretStr(receiver.url), "result_webhook_secret": secret}
        async with live_server(tmp_path, **given) as live:
            for _ in range(2):
                begun = await live.talk({"messages": [user("Hello?")]})
                session_id = begun["variables"]["session_id"]
                await live.talk({"messages": REFUSED, "variables": {"session_id": session_id}})
            listed = await _listed(live, lambda told: len(told["deliveries"]) == 4 and told["paused"] == "gone")
            one = listed["deliveries"][0]
            assert (await live.post(f"/api/deliveries/{one['id']}/redeliver", {})).status_code == 409

            receiver.say = lambda _: OK
            resumed = await live.post("/api/deliveries/resume", {})
            assert (resumed.status_code, resumed.json()) == (202, {"resumed": 4})
            await _listed(live, lambda told: len(told["deliveries"]) == 4, status="delivered")
            again = await live.post(f"/api/deliveries/{one['id']}/redeliver", {})
            assert (again.status_code, again.json()["status"]) == (202, "pending")
            await _listed(live, lambda told: len(told["deliveries"]) == 4, status="delivered")
            assert [got for got in receiver.ids if got == one["id"]][-2:] == [one["id"]] * 2

            pages, cursor = [], ""
            while cursor is not None:
                page = (await live.get("/api/deliveries", limit=1, cursor=cursor)).json()
                pages += page["deliveries"]
                cursor = page["nextCursor"]
            assert len({each["id"] for each in pages}) == len(pages) == 4
            assert (await live.post("/api/deliveries/msg_nobody/redeliver", {})).status_code == 404
            for wrong in ({"status": "lost"}, {"limit": 0}, {"limit": 201}, {"cursor": "?"}):
                assert (await live.get("/api/deliveries", **wrong)).status_code == 400


async def _listed(live: Live, is_there: Callable[[dict[str, Any]], bool], **query: str) -> dict[str, Any]:
    """The list, once it is as it should be."""
    while True:
        told: dict[str, Any] = (await live.get("/api/deliveries", **query)).json()
        if is_there(told):
            return told
        await asyncio.sleep(0.02)


async def test_without_a_receiver_the_routes_say_what_is_missing(tmp_path: Path) -> None:
    async with live_server(tmp_path) as live:
        answered = await live.get("/api/deliveries")
    assert answered.status_code == 503
    assert "RESULT_WEBHOOK_URL" in answered.text


async def test_the_record_of_a_delivery_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        await here.ended()
        delivery = await here.one()
        stored = await here.first.call_store.load(delivery.key)
        assert stored is not None
        await here.first.call_store.save(delivery.key, {**stored.record, "status": "odd"}, expect=stored.version)
        await here.due()
        assert receiver.types == ["report.ready"]


async def test_a_receiver_s_record_that_changes_too_often_is_an_error_of_the_store(tmp_path: Path) -> None:
    async with Receiver() as receiver, office(tmp_path, receiver) as here:
        never: Callable[[], Tries] = lambda: Tries(within_s=0.0)  # noqa: E731 - a factory of one line
        deliveries = replace(here.deliveries, tries=never, store=_Conflicting(here.first.call_store))
        await here.ended()
        with pytest.raises(StoreError, match="too often"):
            await deliveries.redeliver((await here.one()).id)


class _Conflicting:
    """Somebody else is always a little faster."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def save(self, key: str, record: Any, *, expect: int, ttl_s: float = 60.0) -> Any:
        return await self._store.save(key, record, expect=expect + 1, ttl_s=ttl_s)
