"""The contract of `webhook.store.base`, held by every store."""

from __future__ import annotations

import asyncio
import sys
import uuid
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.servers import RedisServer
from tests.store.conftest import Place
from webhook.errors import MalformedRequest, StoreError
from webhook.store.base import Chunk, Filter, Job, Page, Store, Stored, VersionConflict
from webhook.store.open import open_store
from webhook.store.redis import RedisStore

ROOT = Path(__file__).parents[2]

WRITE_UNTIL_KILLED = """
import asyncio, sys
from pathlib import Path
from webhook.store.open import open_store

async def write():
    store = open_store(sys.argv[1] or None, Path(sys.argv[2]))
    await store.open()
    for number in range(1_000_000):
        session_id = f"{sys.argv[3]}-{number}"
        record = {"session_id": session_id, "status": "running", "flow_id": "f", "created_at": 1.0, "updated_at": 1.0}
        await store.save(session_id, record | {"number": number}, expect=0, ttl_s=600.0)
        print(session_id, flush=True)

asyncio.run(write())
"""


def a_record(session_id: str = "s", created_at: float = 1.0, **more: Any) -> dict[str, Any]:
    plain = {"status": "running", "flow_id": "f"}
    return plain | {"session_id": session_id, "created_at": created_at, "updated_at": created_at} | more


async def save_new(store: Store, session_id: str, created_at: float = 1.0, **more: Any) -> int:
    return await saved(store, a_record(session_id, created_at, **more), expect=0)


async def saved(store: Store, record: dict[str, Any], *, expect: int) -> int:
    version = await store.save(record["session_id"], record, expect=expect)
    assert isinstance(version, int)
    return version


async def ids(store: Store, where: Filter, **how: Any) -> list[str]:
    return ids_of(await store.list_sessions(where, **how))


def ids_of(page: Page) -> list[str]:
    return [record["session_id"] for record in page.records]


async def heard(store: Store, session_id: str = "s", generation: int = 1, *, wait_s: float = 5.0) -> list[str]:
    async with aclosing(store.follow_chunks(session_id, generation, wait_s=wait_s)) as chunks:
        return [chunk.data async for chunk in chunks]


async def become(wanted: object, look: Callable[[], Awaitable[object]]) -> None:
    """Look until it is so; the test's own timeout ends a wait in vain."""
    while await look() != wanted:  # noqa: ASYNC110 - time alone changes it, and no event tells
        await asyncio.sleep(0.01)


# --- records -----------------------------------------------------------------------------------------------------


async def test_a_version_is_a_time_so_that_a_store_that_lost_its_last_writes_takes_none_of_them_again(
    store: Store,
) -> None:
    first = await save_new(store, "s")
    await asyncio.sleep(0.02)
    second = await store.save("s", a_record(), expect=first)
    assert isinstance(second, int)
    assert second - first >= 20_000


async def test_a_saved_record_is_loaded_with_its_version(store: Store) -> None:
    assert await store.load("s") is None
    record = a_record(facts={"age": 41, "pets": ["cat", None, True]}, share=0.1)
    first = await saved(store, record, expect=0)
    assert await store.load("s") == Stored(record=record, version=first)
    second = await saved(store, record | {"status": "done"}, expect=first)
    assert await store.load("s") == Stored(record=record | {"status": "done"}, version=second)
    assert second > first > 0


async def test_a_record_the_caller_has_is_not_given_out_again(store: Store) -> None:
    first = await save_new(store, "s", words="first")
    assert await store.load("s", known=first) == Stored(record={}, version=first)
    assert await store.load("s", known=first + 1) == Stored(record=a_record(words="first"), version=first)
    second = await saved(store, a_record(words="second"), expect=first)
    assert await store.load("s", known=first) == Stored(record=a_record(words="second"), version=second)
    assert await store.load("nobody", known=first) is None


async def test_parts_of_a_record_may_be_encoded_already(store: Store) -> None:
    await saved(store, a_record(words=orjson.Fragment(b'["a",{"b":1}]')), expect=0)
    stored = await store.load("s")
    assert stored is not None
    assert stored.record == a_record(words=["a", {"b": 1}])


async def test_a_late_writer_cannot_overwrite_a_newer_record(store: Store) -> None:
    first = await save_new(store, "s", words="first")
    second = await saved(store, a_record(words="second"), expect=first)
    assert await store.save("s", a_record(words="late"), expect=first) == VersionConflict(version=second)
    assert await store.load("s") == Stored(record=a_record(words="second"), version=second)


async def test_a_session_is_created_once(store: Store) -> None:
    results = await asyncio.gather(*(store.save("s", a_record(by=number), expect=0) for number in range(20)))
    (version,) = (result for result in results if isinstance(result, int))
    assert results.count(VersionConflict(version=version)) == 19
    assert await store.load("s") == Stored(record=a_record(by=results.index(version)), version=version)


async def test_saving_what_is_not_there_any_more_is_a_conflict_with_nothing(store: Store) -> None:
    assert await store.save("s", a_record(), expect=3) == VersionConflict(version=0)
    assert await store.load("s") is None


async def test_fifty_writers_at_once_lose_no_increment(place: Place) -> None:
    stores = [await place.connect() for _ in range(2)]
    first = await save_new(stores[0], "s", count=0)

    async def count_up(store: Store) -> None:
        while True:
            stored = await store.load("s")
            assert stored is not None
            grown = stored.record | {"count": stored.record["count"] + 1}
            await asyncio.sleep(0)  # lets every writer come in between, also where nothing else waits
            if isinstance(await store.save("s", grown, expect=stored.version), int):
                return

    await asyncio.gather(*(count_up(stores[number % 2]) for number in range(50)))
    stored = await stores[1].load("s")
    assert stored is not None
    assert stored.record["count"] == 50
    assert stored.version >= first + 50


@pytest.mark.parametrize("words", ["Grüße, 東京 – “quoted”", "\U0001f44d\u200d\u0000 zero", "x" * 1_000_000])
async def test_any_text_and_a_megabyte_of_it_comes_back_as_it_was(store: Store, words: str) -> None:
    await store.save("s", a_record(words=words), expect=0)
    stored = await store.load("s")
    assert stored is not None
    assert stored.record["words"] == words


@pytest.mark.parametrize("value", ["half \ud83d", {"a set"}, 2**70])
async def test_what_is_no_json_text_is_refused_and_changes_nothing(store: Store, value: object) -> None:
    version = await save_new(store, "s")
    with pytest.raises(StoreError) as caught:
        await store.save("s", a_record(words=value), expect=version)
    assert "half" not in str(caught.value)
    assert await store.load("s") == Stored(record=a_record(), version=version)


async def test_half_a_character_in_a_chunk_is_refused(store: Store) -> None:
    await save_new(store, "s")
    with pytest.raises(StoreError) as caught:
        await store.append_chunk("s", 1, Chunk(data="half \ud83d"))
    assert "half" not in str(caught.value)


async def test_a_session_is_gone_when_its_time_is_over(store: Store) -> None:
    version = await store.save("s", a_record(), expect=0, ttl_s=0.05)
    assert isinstance(version, int)
    await store.save("kept", a_record("kept"), expect=0, ttl_s=600.0)
    await become(None, lambda: store.load("s"))
    assert await store.save("s", a_record(), expect=version) == VersionConflict(version=0)
    assert await ids(store, Filter()) == ["kept"]
    assert await save_new(store, "s") > version


async def test_saving_again_makes_a_session_last_longer(store: Store) -> None:
    version = await store.save("s", a_record(), expect=0, ttl_s=0.5)
    assert isinstance(version, int)
    await store.save("s", a_record(), expect=version, ttl_s=600.0)
    await store.save("witness", a_record("witness"), expect=0, ttl_s=0.55)
    await become(None, lambda: store.load("witness"))
    assert await store.load("s") is not None


async def test_deleting_removes_everything_of_the_session_and_nothing_else(store: Store) -> None:
    for session_id in ("s", "other"):
        await save_new(store, session_id)
        await store.append_chunk(session_id, 1, Chunk(data="one", last=True))
        await store.append_chunk(session_id, 2, Chunk(data="two", last=True))
        await store.tag("caller", session_id, ttl_s=60.0)
        await store.schedule_job("report", session_id, due_at=1.0)
    assert await store.delete("s") is True
    assert await store.load("s") is None
    assert await heard(store, "s", 1, wait_s=0.0) == []
    assert await heard(store, "s", 2, wait_s=0.0) == []
    assert await store.tagged("caller") == ("other",)
    assert [job.session_id for job in await store.claim_due("report", now=2.0, lease_s=9.0)] == ["other"]
    assert await ids(store, Filter()) == ["other"]
    assert await heard(store, "other", 2) == ["two"]
    assert await store.delete("s") is False


async def test_a_save_that_was_under_way_does_not_bring_a_deleted_session_back(store: Store) -> None:
    version = await save_new(store, "s")
    await store.delete("s")
    assert await store.save("s", a_record(), expect=version) == VersionConflict(version=0)
    assert await store.load("s") is None


async def test_a_save_that_was_under_way_does_not_overwrite_the_next_session_of_that_id(store: Store) -> None:
    """A worker that loaded early and saves late, while the session was deleted and has begun and grown again."""
    early = await save_new(store, "s", words="of a session long gone")
    await store.delete("s")
    newest = await save_new(store, "s", words="new")
    for _ in range(2):
        assert await store.save("s", a_record(words="late"), expect=early) == VersionConflict(version=newest)
        newest = await saved(store, a_record(words="new"), expect=newest)
    assert await store.load("s") == Stored(record=a_record(words="new"), version=newest)


# --- the list ----------------------------------------------------------------------------------------------------


async def test_sessions_are_listed_newest_first_page_by_page(store: Store) -> None:
    for number in range(7):
        await save_new(store, f"s{number}", float(number))
    pages, cursor = [], None
    while True:
        page = await store.list_sessions(Filter(), cursor=cursor, limit=3)
        pages.append(ids_of(page))
        cursor = page.next_cursor
        if cursor is None:
            break
    assert pages == [["s6", "s5", "s4"], ["s3", "s2", "s1"], ["s0"]]


async def test_the_last_page_has_no_cursor_even_when_it_is_full(store: Store) -> None:
    for number in range(4):
        await save_new(store, f"s{number}", float(number))
    first = await store.list_sessions(Filter(), limit=2)
    last = await store.list_sessions(Filter(), cursor=first.next_cursor, limit=2)
    assert (ids_of(last), last.next_cursor) == (["s1", "s0"], None)


async def test_sessions_of_the_same_moment_are_each_listed_once(store: Store) -> None:
    names = {f"s{number}" for number in range(5)}
    for name in names:
        await save_new(store, name, 1_760_000_000.123456)
    seen: list[str] = []
    page = await store.list_sessions(Filter(), limit=2)
    seen += ids_of(page)
    while page.next_cursor is not None:
        page = await store.list_sessions(Filter(), cursor=page.next_cursor, limit=2)
        seen += ids_of(page)
    assert sorted(seen) == sorted(names)


async def test_a_cursor_stays_good_while_sessions_come_and_go(store: Store) -> None:
    for number in range(6):
        await save_new(store, f"s{number}", float(number))
    first = await store.list_sessions(Filter(), limit=3)
    assert ids_of(first) == ["s5", "s4", "s3"]
    await save_new(store, "newer", 99.0)
    await store.delete("s3")
    await store.delete("s2")
    assert await ids(store, Filter(), cursor=first.next_cursor, limit=3) == ["s1", "s0"]


@pytest.mark.parametrize("limit", [0, -1, -7])
async def test_a_page_holds_one_session_at_least(store: Store, limit: int) -> None:
    for number in range(3):
        await save_new(store, f"s{number}", float(number))
    first = await store.list_sessions(Filter(), limit=limit)
    assert ids_of(first) == ["s2"]
    assert await ids(store, Filter(), cursor=first.next_cursor, limit=limit) == ["s1"]


@pytest.mark.parametrize("cursor", ["nonsense", "!!!", "W10=", "é"])
async def test_a_cursor_of_somebody_elses_is_the_requests_fault(store: Store, cursor: str) -> None:
    with pytest.raises(MalformedRequest):
        await store.list_sessions(Filter(), cursor=cursor)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Filter(), ["d", "c", "b", "a"]),
        (Filter(status="done"), ["d", "b"]),
        (Filter(flow_id="housing"), ["b", "a"]),
        (Filter(status="done", flow_id="housing"), ["b"]),
        (Filter(from_at=2.0), ["d", "c", "b"]),
        (Filter(to_at=3.0), ["b", "a"]),
        (Filter(from_at=2.0, to_at=4.0, status="running"), ["c"]),
        (Filter(status="unheard of"), []),
    ],
)
async def test_filters_choose_among_the_sessions(store: Store, where: Filter, expected: list[str]) -> None:
    await save_new(store, "a", 1.0, flow_id="housing", status="running")
    await save_new(store, "b", 2.0, flow_id="housing", status="done")
    await save_new(store, "c", 3.0, flow_id="money", status="running")
    await save_new(store, "d", 4.0, flow_id="money", status="done")
    assert await ids(store, where) == expected


async def test_a_filtered_list_pages_over_what_does_not_match(store: Store) -> None:
    for number in range(30):
        await save_new(store, f"s{number:02}", float(number), status="done" if number % 10 == 0 else "running")
    first = await store.list_sessions(Filter(status="done"), limit=2)
    assert ids_of(first) == ["s20", "s10"]
    last = await store.list_sessions(Filter(status="done"), cursor=first.next_cursor, limit=2)
    assert (ids_of(last), last.next_cursor) == (["s00"], None)


async def test_the_list_follows_a_change_of_status(store: Store) -> None:
    version = await save_new(store, "s", status="running")
    await store.save("s", a_record(status="done"), expect=version)
    assert await ids(store, Filter(status="running")) == []
    assert await ids(store, Filter(status="done")) == ["s"]


# --- chunk logs --------------------------------------------------------------------------------------------------


async def test_a_follower_that_comes_late_gets_everything_and_ends_with_the_last(store: Store) -> None:
    await save_new(store, "s")
    for chunk in (Chunk(data="Good "), Chunk(data="mörning"), Chunk(data="", last=True)):
        await store.append_chunk("s", 1, chunk)
    async with aclosing(store.follow_chunks("s", 1, wait_s=5.0)) as chunks:
        followed = [chunk async for chunk in chunks]
    assert followed == [Chunk(data="Good "), Chunk(data="mörning"), Chunk(data="", last=True)]


async def test_two_followers_in_two_workers_hear_the_same_while_it_is_written(place: Place) -> None:
    writer, reader = await place.connect(), await place.connect()
    await save_new(writer, "s")
    followers = [asyncio.create_task(heard(each)) for each in (writer, reader, reader)]
    words = [f"word {number}" for number in range(10)]
    for word in words:
        await writer.append_chunk("s", 1, Chunk(data=word))
        await asyncio.sleep(0.005)
    await writer.append_chunk("s", 1, Chunk(data="end", last=True))
    assert await asyncio.gather(*followers) == [[*words, "end"]] * 3


async def test_generations_and_sessions_have_logs_of_their_own(store: Store) -> None:
    for session_id in ("s", "t"):
        await save_new(store, session_id)
    for session_id, generation in (("s", 1), ("s", 2), ("t", 1)):
        await store.append_chunk(session_id, generation, Chunk(data=f"{session_id}{generation}", last=True))
    assert await heard(store, "s", 1) == ["s1"]
    assert await heard(store, "s", 2) == ["s2"]
    assert await heard(store, "t", 1) == ["t1"]


async def test_a_chunk_of_a_session_that_is_not_there_is_dropped(store: Store) -> None:
    """A reply that is still being made while its session is deleted leaves nothing behind."""
    await store.append_chunk("never there", 1, Chunk(data="dropped", last=True))
    assert await heard(store, "never there", wait_s=0.0) == []
    await save_new(store, "s")
    await store.append_chunk("s", 1, Chunk(data="kept until"))
    await store.delete("s")
    await store.append_chunk("s", 1, Chunk(data="dropped", last=True))
    await save_new(store, "s")
    assert await heard(store, wait_s=0.0) == []


async def test_a_follower_gives_up_when_nothing_comes(store: Store) -> None:
    await save_new(store, "s")
    assert await heard(store, wait_s=0.05) == []
    await store.append_chunk("s", 1, Chunk(data="only"))
    assert await heard(store, wait_s=0.05) == ["only"]


async def test_a_follower_waits_anew_after_each_chunk(store: Store) -> None:
    """Each gap is shorter than the wait, all together are longer, and longer than a short wait on the network."""
    await save_new(store, "s")
    following = asyncio.create_task(heard(store, wait_s=1.2))
    for number in range(4):
        await asyncio.sleep(0.35)
        await store.append_chunk("s", 1, Chunk(data=str(number), last=number == 3))
    assert await following == ["0", "1", "2", "3"]


async def test_a_follower_that_leaves_disturbs_nobody(store: Store) -> None:
    await save_new(store, "s")
    staying = asyncio.create_task(heard(store, wait_s=300.0))
    leaving = asyncio.create_task(heard(store, wait_s=300.0))
    await asyncio.sleep(0.02)
    leaving.cancel()
    await asyncio.wait([leaving])
    assert leaving.cancelled()
    await store.append_chunk("s", 1, Chunk(data="still here", last=True))
    assert await staying == ["still here"]


# --- tags --------------------------------------------------------------------------------------------------------


async def test_a_key_holds_several_sessions_until_they_are_untagged(store: Store) -> None:
    assert await store.tagged("caller:+49 30") == ()
    for session_id in ("a", "b", "a"):
        await store.tag("caller:+49 30", session_id, ttl_s=60.0)
    await store.tag("caller:other", "c", ttl_s=60.0)
    assert sorted(await store.tagged("caller:+49 30")) == ["a", "b"]
    await store.untag("caller:+49 30", "a")
    await store.untag("caller:+49 30", "never there")
    assert await store.tagged("caller:+49 30") == ("b",)


async def test_what_was_tagged_last_comes_first(store: Store) -> None:
    for session_id in ("a", "b", "c", "a"):
        await store.tag("caller", session_id, ttl_s=60.0)
        await asyncio.sleep(0.002)  # Redis counts milliseconds
    assert await store.tagged("caller") == ("a", "c", "b")


async def test_each_tag_has_a_time_of_its_own(store: Store) -> None:
    await store.tag("caller", "long", ttl_s=60.0)
    await store.tag("caller", "short", ttl_s=0.05)
    await become(("long",), lambda: store.tagged("caller"))


# --- jobs --------------------------------------------------------------------------------------------------------


async def test_a_job_is_claimed_once_among_many_claimers(place: Place) -> None:
    stores = [await place.connect() for _ in range(4)]
    for number in range(5):
        await stores[0].schedule_job("report", f"s{number}", due_at=10.0)
    claims = await asyncio.gather(*(stores[n % 4].claim_due("report", now=20.0, lease_s=30.0) for n in range(20)))
    claimed = [job.session_id for jobs in claims for job in jobs]
    assert sorted(claimed) == ["s0", "s1", "s2", "s3", "s4"]


async def test_only_due_jobs_of_the_kind_are_claimed_the_earliest_first(store: Store) -> None:
    for session_id, due_at in (("late", 30.0), ("second", 20.0), ("first", 10.0), ("future", 41.0)):
        await store.schedule_job("report", session_id, due_at=due_at)
    await store.schedule_job("reconcile", "other", due_at=1.0)
    first = await store.claim_due("report", now=40.0, lease_s=30.0, limit=2)
    assert [(job.kind, job.session_id, job.attempts) for job in first] == [
        ("report", "first", 1),
        ("report", "second", 1),
    ]
    assert [job.session_id for job in await store.claim_due("report", now=40.0, lease_s=30.0)] == ["late"]
    assert await store.claim_due("report", now=40.0, lease_s=30.0) == ()


async def test_the_earlier_of_two_times_wins(store: Store) -> None:
    for due_at in (20.0, 10.0, 30.0):
        await store.schedule_job("report", "s", due_at=due_at)
    assert await store.claim_due("report", now=9.9, lease_s=30.0) == ()
    assert len(await store.claim_due("report", now=10.0, lease_s=30.0)) == 1


async def test_a_finished_job_does_not_come_back(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    (job,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    assert await store.finish_job(job) is True
    assert await store.finish_job(job) is False
    assert await store.claim_due("report", now=1000.0, lease_s=30.0) == ()


async def test_a_lease_that_ended_gives_the_job_to_another_and_its_first_owner_cannot_finish_it(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    (lost,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    assert await store.claim_due("report", now=39.9, lease_s=30.0) == ()
    (taken,) = await store.claim_due("report", now=40.0, lease_s=30.0)
    assert (taken.session_id, taken.attempts) == ("s", 2)
    assert taken.token != lost.token
    assert await store.finish_job(lost) is False
    assert await store.finish_job(taken) is True


async def test_asking_again_for_a_claimed_job_does_not_take_it_from_its_owner(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    (job,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    await store.schedule_job("report", "s", due_at=5.0)
    assert await store.claim_due("report", now=20.0, lease_s=30.0) == ()
    assert await store.finish_job(job) is True


async def test_a_claimed_job_that_is_asked_for_again_is_due_again_when_it_is_finished(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    (job,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    for due_at in (90.0, 70.0, 80.0):
        await store.schedule_job("report", "s", due_at=due_at)
    assert await store.finish_job(job) is True
    assert await store.finish_job(job) is False
    assert await store.claim_due("report", now=69.9, lease_s=30.0) == ()
    (again,) = await store.claim_due("report", now=70.0, lease_s=30.0)
    assert (again.session_id, again.attempts) == ("s", 1)
    assert await store.finish_job(again) is True
    assert await store.claim_due("report", now=1000.0, lease_s=30.0) == ()


async def test_a_job_that_was_asked_for_again_is_not_lost_with_its_first_owner(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    (lost,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    await store.schedule_job("report", "s", due_at=500.0)
    (taken,) = await store.claim_due("report", now=40.0, lease_s=30.0)
    assert taken.attempts == 2
    assert await store.finish_job(lost) is False
    assert await store.finish_job(taken) is True
    assert await store.claim_due("report", now=499.9, lease_s=30.0) == ()
    assert len(await store.claim_due("report", now=500.0, lease_s=30.0)) == 1


async def test_a_deleted_session_leaves_no_wish_for_a_claimed_job_behind(store: Store) -> None:
    await save_new(store, "s")
    await store.schedule_job("report", "s", due_at=10.0)
    (job,) = await store.claim_due("report", now=10.0, lease_s=30.0)
    await store.schedule_job("report", "s", due_at=70.0)
    await store.delete("s")
    assert await store.finish_job(job) is False
    await store.schedule_job("report", "s", due_at=80.0)
    (job,) = await store.claim_due("report", now=80.0, lease_s=30.0)
    assert await store.finish_job(job) is True
    assert await store.claim_due("report", now=1000.0, lease_s=30.0) == ()


async def test_jobs_whose_lease_ended_are_claimed_in_turn_with_the_others(store: Store) -> None:
    await store.schedule_job("report", "lost", due_at=10.0)
    await store.claim_due("report", now=10.0, lease_s=30.0)
    for session_id, due_at in (("before", 39.0), ("after", 41.0)):
        await store.schedule_job("report", session_id, due_at=due_at)
    jobs = await store.claim_due("report", now=50.0, lease_s=30.0)
    assert [job.session_id for job in jobs] == ["before", "lost", "after"]


async def test_a_job_nobody_claimed_cannot_be_finished(store: Store) -> None:
    await store.schedule_job("report", "s", due_at=10.0)
    assert await store.finish_job(Job(kind="report", session_id="s", token="made up")) is False
    assert len(await store.claim_due("report", now=10.0, lease_s=30.0)) == 1


# --- opening, outages, durability --------------------------------------------------------------------------------


async def test_opening_twice_and_closing_twice_is_fine(store: Store) -> None:
    await store.open()
    await store.ping()
    await store.close()
    await store.close()
    await store.open()
    await store.ping()


async def test_what_one_worker_saves_another_loads(place: Place) -> None:
    one, other = await place.connect(), await place.connect()
    version = await save_new(one, "s")
    assert await other.load("s") == Stored(record=a_record(), version=version)


def operations(store: Store) -> list[Callable[[], Awaitable[object]]]:
    job = Job(kind="report", session_id="s", token="t")
    return [
        store.ping,
        lambda: store.load("s"),
        lambda: store.save("s", a_record(), expect=1),
        lambda: store.delete("s"),
        lambda: store.list_sessions(Filter()),
        lambda: store.append_chunk("s", 1, Chunk(data="x")),
        lambda: heard(store),
        lambda: store.tag("key", "s", ttl_s=1.0),
        lambda: store.untag("key", "s"),
        lambda: store.tagged("key"),
        lambda: store.schedule_job("report", "s", due_at=1.0),
        lambda: store.claim_due("report", now=2.0, lease_s=1.0),
        lambda: store.finish_job(job),
    ]


async def assert_every_operation_fails_in_time(store: Store) -> None:
    for operation in operations(store):
        async with asyncio.timeout(3.0):  # many times the budget of 0.25 s, far less than a client's own patience
            with pytest.raises(StoreError):
                await operation()


async def test_a_redis_that_is_down_is_an_error_in_time_and_is_used_again_when_it_is_back(
    own_redis_server: RedisServer,
) -> None:
    store = RedisStore(own_redis_server.url)
    await store.open()
    await save_new(store, "s")
    own_redis_server.kill()
    await assert_every_operation_fails_in_time(store)
    own_redis_server.start()
    await store.ping()
    await save_new(store, "t")
    await store.close()


async def test_a_frozen_redis_is_an_error_in_time_and_is_used_again_when_it_goes_on(
    own_redis_server: RedisServer,
) -> None:
    store = RedisStore(own_redis_server.url)
    await store.open()
    await save_new(store, "s")
    own_redis_server.freeze()
    try:
        await assert_every_operation_fails_in_time(store)
    finally:
        own_redis_server.resume()
    await store.ping()
    await save_new(store, "t")
    await store.close()


@pytest.mark.parametrize("kind", ["sqlite", "redis-server"])
async def test_what_a_worker_acknowledged_is_there_after_the_worker_was_killed(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = "" if kind == "sqlite" else request.getfixturevalue("redis_server").url
    command = (sys.executable, "-c", WRITE_UNTIL_KILLED, url, str(tmp_path), uuid.uuid4().hex)
    worker = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    assert worker.stdout is not None
    acknowledged = [await worker.stdout.readline() for _ in range(200)]
    worker.kill()
    acknowledged += (await worker.stdout.read()).splitlines()
    await worker.wait()
    store = open_store(url or None, tmp_path)
    await store.open()
    lost = [line for line in acknowledged if line.strip() and await store.load(line.decode().strip()) is None]
    await store.close()
    assert len(acknowledged) >= 200
    assert lost == []
