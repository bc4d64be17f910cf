"""A store that goes on while the real one is away: two SQLite stores, the first of which can be switched off."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from webhook.errors import RecordDamaged, StoreError, StoreRefused
from webhook.store.base import Chunk, Filter, Record, Stored, VersionConflict
from webhook.store.sqlite import SqliteStore
from webhook.store.standby import COPY_S, StandbyStore


class Primary:
    """A store that fails in every way while it is `away`, and always for the sessions it `refuses`."""

    def __init__(self, path: Path) -> None:
        self.inner = SqliteStore(path)
        self.away = False
        self.refuses: frozenset[str] = frozenset()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.inner, name)

        def asked(*words: Any, **options: Any) -> Any:
            if self.away and name != "close":
                raise StoreError
            if self.refuses.intersection(word for word in words if isinstance(word, str)):
                raise StoreRefused
            return method(*words, **options)

        return asked


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def longer(one: Record, other: Record) -> Record:
    return other if len(other["said"]) > len(one["said"]) else one


@pytest.fixture
async def primary(tmp_path: Path) -> Primary:
    return Primary(tmp_path / "primary.db")


@pytest.fixture
async def standby(tmp_path: Path) -> SqliteStore:
    return SqliteStore(tmp_path / "standby.db")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(primary: Primary, standby: SqliteStore, clock: Clock) -> AsyncGenerator[StandbyStore]:
    made = StandbyStore(primary, standby, further=longer, clock=clock)
    await made.open()
    yield made
    primary.away = False
    await made.close()


def record(session_id: str = "s", *said: str) -> Record:
    return {
        "session_id": session_id,
        "status": "in_progress",
        "flow_id": "f",
        "created_at": 1.0,
        "updated_at": 1.0,
        "said": list(said),
    }


async def say(store: StandbyStore, session_id: str, word: str) -> None:
    """One change of a session, as the service makes it."""
    found = await store.load(session_id)
    said, version = (found.record["said"], found.version) if found is not None else ([], 0)
    assert isinstance(await store.save(session_id, record(session_id, *said, word), expect=version), int)


async def said(store: Any, session_id: str = "s") -> list[str] | None:
    found = await store.load(session_id)
    return found.record["said"] if found is not None else None


async def test_while_the_primary_is_there_the_standby_holds_nothing(store: StandbyStore, standby: SqliteStore) -> None:
    await say(store, "s", "one")

    assert store.is_here
    assert await said(standby) is None


async def test_row_35_a_session_goes_on_where_it_was_and_is_put_back_once(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    told: list[str] = []

    async def tell(session_id: str) -> None:
        told.append(session_id)

    store.put_back = tell
    await say(store, "s", "one")
    primary.away = True
    await say(store, "s", "two")
    await say(store, "s", "three")
    await say(store, "new", "hello")
    assert not store.is_here
    assert await said(store) == ["one", "two", "three"]

    primary.away = False
    await store.mend()
    await store.mend()

    assert store.is_here
    assert await said(primary) == ["one", "two", "three"]
    assert await said(primary, "new") == ["hello"]
    assert await said(standby) is None
    assert sorted(told) == ["new", "s"]
    await say(store, "s", "four")
    assert await said(primary) == ["one", "two", "three", "four"]


async def test_while_the_primary_is_away_nobody_asks_it_again_but_the_watch(
    store: StandbyStore, primary: Primary
) -> None:
    primary.away = True
    await say(store, "s", "one")
    primary.away = False
    await say(store, "s", "two")

    assert await said(primary) is None
    primary.away = True
    with pytest.raises(StoreError):
        await store.mend()


async def test_a_session_is_put_back_as_soon_as_it_is_wanted(store: StandbyStore, primary: Primary) -> None:
    primary.away = True
    await say(store, "s", "one")
    primary.away = False
    store._is_here = True  # between the first answer of the primary and the round that puts everything back

    await say(store, "s", "two")

    assert await said(primary) == ["one", "two"]


@pytest.mark.parametrize(("kept", "elsewhere"), [(("one", "two"), ("x",)), (("one",), ("x", "y"))])
async def test_of_a_session_that_was_changed_in_both_places_the_one_that_has_come_further_is_kept(
    store: StandbyStore, primary: Primary, kept: tuple[str, ...], elsewhere: tuple[str, ...]
) -> None:
    primary.away = True
    for word in kept:
        await say(store, "s", word)
    primary.away = False
    await primary.save("s", record("s", *elsewhere), expect=0)

    await store.mend()

    assert await said(store) == list(kept if len(kept) > len(elsewhere) else elsewhere)


async def test_what_a_process_kept_that_died_is_put_back_by_the_next_one(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    primary.away = True
    await say(store, "s", "one")
    primary.away = False
    after = StandbyStore(primary, standby, further=longer)
    await after.open()

    assert await said(after) == ["one"]
    assert await said(primary) == ["one"]


async def test_two_workers_of_one_machine_go_on_together(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    other = StandbyStore(primary, standby, further=longer)
    await other.open()
    await say(store, "s", "one")
    assert await said(other) == ["one"]
    primary.away = True

    await say(store, "s", "two")
    await say(other, "s", "three")
    await say(store, "s", "four")

    assert await said(store) == await said(other) == ["one", "two", "three", "four"]
    primary.away = False
    await other.mend()
    await store.mend()
    assert await said(primary) == ["one", "two", "three", "four"]


async def test_one_of_two_workers_at_a_time_changes_a_session_that_is_kept(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    other = StandbyStore(primary, standby, further=longer)
    await other.open()
    await say(store, "s", "one")
    mine, theirs = await store.load("s"), await other.load("s")
    assert mine is not None
    assert theirs is not None
    primary.away = True

    assert isinstance(await store.save("s", record("s", "one", "a"), expect=mine.version), int)
    assert isinstance(await other.save("s", record("s", "one", "b"), expect=theirs.version), VersionConflict)


async def test_a_worker_that_has_not_noticed_yet_loses_nothing(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    """One worker puts a session back while the primary is still away for another one, which goes on with the call."""
    slow = StandbyStore(primary, standby, further=longer)
    await slow.open()
    primary.away = True
    await say(store, "s", "one")
    await say(slow, "s", "two")
    primary.away = False
    await store.mend()

    assert await said(primary) == ["one", "two"]
    await slow.mend()
    await say(slow, "s", "three")
    assert await said(store) == ["one", "two", "three"]


async def test_what_needs_all_sessions_waits_for_the_primary(store: StandbyStore, primary: Primary) -> None:
    await say(store, "s", "one")
    primary.away = True
    await say(store, "s", "two")

    for wanted in (store.delete("s"), store.list_sessions(Filter())):
        with pytest.raises(StoreError):
            await wanted


async def test_a_deleted_session_does_not_come_back(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    primary.away = True
    await say(store, "s", "one")
    with pytest.raises(StoreError):
        await store.delete("s")
    primary.away = False
    await store.mend()

    assert await said(standby) is None
    assert await said(store) is None


async def test_tags_of_the_time_between_are_there_afterwards(store: StandbyStore, primary: Primary) -> None:
    for session_id in ("s", "t", "gone"):
        await say(store, session_id, "one")
    await store.tag("k", "gone", ttl_s=60)
    await store.tag("k", "t", ttl_s=60)
    primary.away = True
    await store.ping()
    await store.tag("k", "s", ttl_s=60)
    await store.untag("k", "gone")
    primary.away = False
    store._is_here = True

    assert await store.tagged("k") == ("s", "t"), "the newest first"
    await store.mend()
    assert sorted(await primary.tagged("k")) == ["s", "t"]


async def test_a_job_is_finished_where_it_was_claimed(store: StandbyStore, primary: Primary) -> None:
    primary.away = True
    await say(store, "s", "one")
    await store.schedule_job("report", "s", due_at=1.0)
    (job,) = await store.claim_due("report", now=2.0, lease_s=60.0)
    primary.away = False
    store._is_here = True

    assert await store.finish_job(job)
    assert not await store.finish_job(job)


async def test_a_reply_is_read_along_where_it_is_written(store: StandbyStore, primary: Primary) -> None:
    primary.away = True
    await say(store, "s", "one")
    await store.append_chunk("s", 1, Chunk(data="Well.", last=True))

    assert [chunk.data async for chunk in store.follow_chunks("s", 1, wait_s=0.1)] == ["Well."]


async def test_a_reader_that_fails_leaves_it_to_the_next_operation_whether_the_primary_is_away(
    store: StandbyStore, primary: Primary
) -> None:
    await say(store, "s", "one")
    primary.away = True

    with pytest.raises(StoreError):
        async for _ in store.follow_chunks("s", 1, wait_s=0.1):
            pass
    assert store.is_here
    await store.load("s")
    assert not store.is_here


async def test_one_session_that_cannot_be_stored_sends_no_other_to_the_standby(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    primary.refuses = frozenset({"odd"})

    await say(store, "odd", "one")
    await say(store, "s", "one")
    await store.mend()
    await say(store, "odd", "two")

    assert store.is_here
    assert await said(primary) == ["one"]
    assert await said(standby, "odd") == ["one", "two"]
    assert await said(standby) is None


async def test_what_no_store_can_take_is_refused_and_nothing_else(store: StandbyStore) -> None:
    with pytest.raises(StoreRefused):
        await store.save("s", {**record("s"), "said": ["\ud800"]}, expect=0)

    assert store.is_here


async def test_the_last_record_is_remembered_as_long_as_a_call_is_silent_at_most(
    store: StandbyStore, primary: Primary, clock: Clock
) -> None:
    await say(store, "old", "one")
    clock.now += COPY_S + 1
    await say(store, "young", "one")
    primary.away = True

    assert await said(store, "young") == ["one"]
    assert await said(store, "old") is None


async def test_a_primary_that_is_away_at_the_start_is_asked_again(primary: Primary, standby: SqliteStore) -> None:
    primary.away = True
    store = StandbyStore(primary, standby, further=longer)
    await store.open()
    await say(store, "s", "one")
    primary.away = False
    await store.mend()

    assert await said(primary) == ["one"]


async def test_a_session_that_another_worker_put_back_stays_in_sight_of_those_without_the_primary(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    """The primary is there for one worker and not yet for the other one, which is in the middle of a turn."""
    slow = StandbyStore(primary, standby, further=longer)
    await slow.open()
    primary.away = True
    await say(slow, "s", "one")
    with pytest.raises(StoreError):
        await store.mend()
    primary.away = False
    await store.mend()
    assert await said(standby) is None

    assert not slow.is_here
    await say(slow, "s", "two")
    await say(slow, "s", "three")
    await slow.mend()
    assert await said(primary) == ["one", "two", "three"]


async def test_a_kept_record_that_cannot_be_compared_keeps_no_other_from_the_primary(
    store: StandbyStore, primary: Primary
) -> None:
    await say(store, "odd", "one")
    await say(store, "s", "one")
    primary.away = True
    for session_id in ("odd", "s"):
        stored = await store.load(session_id)
        assert stored is not None
        changed = record(session_id, "one", "two")
        if session_id == "odd":
            del changed["said"]
        assert isinstance(await store.save(session_id, changed, expect=stored.version), int)

    primary.away = False
    await store.mend()

    assert store.is_here
    there = await primary.inner.load("s")
    assert there is not None
    assert there.record["said"] == ["one", "two"]
    kept = await store.load("odd")
    assert kept is not None
    assert "said" not in kept.record


async def test_a_copy_does_not_say_what_time_it_is(store: StandbyStore, primary: Primary) -> None:
    await say(store, "s", "one")
    store._remember("s", replace(await seen(store), at=5.0))
    primary.away = True
    assert (await seen(store)).at is None


async def seen(store: StandbyStore) -> Stored:
    stored = await store.load("s")
    assert stored is not None
    return stored


async def test_a_record_of_which_parts_were_encoded_goes_on_where_it_was(store: StandbyStore, primary: Primary) -> None:
    version = await store.save("s", record("s") | {"said": orjson.Fragment(b'["one"]')}, expect=0)
    assert isinstance(version, int)
    assert (await store.load("s", known=version)) == Stored(record={}, version=version)
    primary.away = True
    assert await said(store) == ["one"]


async def test_what_the_standby_could_not_go_on_from_is_fetched_whole(primary: Primary, standby: SqliteStore) -> None:
    fresh = StandbyStore(primary, standby, further=longer)
    await fresh.open()
    version = await primary.save("s", record("s", "one"), expect=0)
    stored = await fresh.load("s", known=version)
    assert stored is not None
    assert stored.record["said"] == ["one"]
    primary.away = True
    assert await said(fresh) == ["one"]


async def test_a_record_that_is_damaged_keeps_no_other_from_the_primary(
    store: StandbyStore, primary: Primary, standby: SqliteStore
) -> None:
    class Damaged:
        """The standby, where nobody can read what it kept of `s`."""

        def __getattr__(self, name: str) -> Any:
            return getattr(standby, name)

        async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
            if session_id == "s":
                raise RecordDamaged("damaged", data=b"", version=1)
            return await standby.load(session_id, known=known)

    held = StandbyStore(primary, Damaged(), further=longer)
    await held.open()
    with pytest.raises(RecordDamaged):
        await held.save("s", record("s", "one"), expect=0)

    assert held.is_here
