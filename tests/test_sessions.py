"""Changing a session while others change it too: nobody's change is lost, and nobody tries for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.counting_store import CountingStore
from tests.live_server import services_for
from webhook.asks import Ask
from webhook.errors import StoreError
from webhook.interview.facts import FactEvent, Status
from webhook.interview.history import Message
from webhook.interview.moves import Decision, Move, MoveKind
from webhook.interview.session import Session, Turn, from_dict
from webhook.interview.turns import Action, begin, decide, finish, note_late
from webhook.interview.understanding import Understanding
from webhook.sessions import LEAST_TRIES, Sessions, Tries, _LastSeen
from webhook.store.base import SESSION_TTL_S, Stored, VersionConflict
from webhook.store.sqlite import SqliteStore

NOON = 1_800_000_000.0
WRITERS = 30
PLAIN = Session(
    session_id="s",
    flow_id="f",
    flow_version=1,
    flow_hash="",
    persona_id="p",
    language="en",
    created_at=1.0,
    updated_at=1.0,
)


class BusyStore(SqliteStore):
    """As over a network: everybody has loaded before the first of them saves."""

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        stored = await super().load(session_id, known=known)
        await asyncio.sleep(0)
        return stored


class SlowStore(SqliteStore):
    """The answer to the next load is on its way for as long as `gate` is shut."""

    gate: asyncio.Event | None = None

    async def load(self, session_id: str, *, known: int = 0) -> Stored | None:
        stored = await super().load(session_id, known=known)
        gate, self.gate = self.gate, None
        if gate is not None:
            await gate.wait()
        return stored


class LostStore(SqliteStore):
    """Somebody else always saves first."""

    async def save(
        self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float = SESSION_TTL_S
    ) -> int | VersionConflict:
        version = await super().save(session_id, record, expect=expect, ttl_s=ttl_s)
        return VersionConflict(version=version) if expect and isinstance(version, int) else version


@pytest.fixture
async def busy(tmp_path: Path) -> AsyncGenerator[BusyStore]:
    store = BusyStore(tmp_path / "sessions.db")
    await store.open()
    yield store
    await store.close()


async def test_thirty_changes_of_one_session_at_once_all_go_through(busy: BusyStore) -> None:
    sessions = Sessions(store=busy)
    await sessions.save(PLAIN, expect=0)

    async def change(number: int) -> Session | None:
        return await sessions.change("s", lambda s, _: s.flagged(f"by-{number}"))

    assert None not in await asyncio.gather(*(change(n) for n in range(WRITERS)))
    assert set((await sessions.load("s")).flags) == {f"by-{n}" for n in range(WRITERS)}


async def test_thirty_versions_of_one_turn_at_once_are_all_answered(tmp_path: Path, busy: BusyStore) -> None:
    interviewer = services_for(tmp_path, store=busy).interviewer
    opening = Message(role="agent", text=interviewer.admission.opening(None, None))
    asks = [
        Ask(messages=(opening, Message(role="user", text=f"Yes, that is fine {n}")), session_id="s")
        for n in range(WRITERS)
    ]
    replies = await asyncio.gather(*(interviewer.answer(ask) for ask in asks))
    texts = await asyncio.gather(*(reply.text() for reply in replies))
    await interviewer.generations.drain(5.0)
    assert all(texts)
    assert len(replies) == WRITERS
    assert len((await interviewer.sessions.load("s")).turns) == 1


async def test_a_change_that_never_gets_through_is_a_store_error_in_the_end(tmp_path: Path) -> None:
    store = LostStore(tmp_path / "sessions.db")
    await store.open()
    sessions = Sessions(store=store, tries=lambda: Tries(within_s=0.02))
    await sessions.save(PLAIN, expect=0)
    with pytest.raises(StoreError, match="too often"):
        await sessions.change("s", lambda s, _: replace(s, flags=(*s.flags, "x")))
    await store.close()


async def test_a_change_is_tried_a_few_times_even_without_any_time() -> None:
    assert [None async for _ in Tries(within_s=0.0, jitter=lambda: 0.0)] == [None] * LEAST_TRIES


async def test_a_change_that_is_refused_is_not_tried_again(busy: BusyStore) -> None:
    sessions = Sessions(store=busy)
    await sessions.save(PLAIN, expect=0)
    seen: list[Session] = []
    assert await sessions.change("s", lambda s, _: seen.append(s)) is None
    assert len(seen) == 1
    assert await sessions.change("nobody", lambda s, _: s) is None


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncGenerator[CountingStore]:
    store = CountingStore(tmp_path / "sessions.db")
    await store.open()
    yield store
    await store.close()


async def test_what_this_process_saw_last_is_changed_without_another_look(counting: CountingStore) -> None:
    sessions = Sessions(store=counting)
    await sessions.save(PLAIN, expect=0)
    assert await sessions.change("s", lambda s, _: s.flagged("one")) is not None
    assert counting.looks == 0
    assert (await sessions.load("s")).flags == ("one",)
    assert (counting.looks, counting.records) == (1, 0)


async def test_what_somebody_else_saved_since_is_seen(counting: CountingStore) -> None:
    here, there = Sessions(store=counting), Sessions(store=counting)
    await here.save(PLAIN, expect=0)
    await there.change("s", lambda s, _: s.flagged("there"))
    changed = await here.change("s", lambda s, _: s.flagged("here"))
    assert changed is not None
    assert set(changed.flags) == {"there", "here"}
    assert (await there.load("s")).flags == changed.flags


async def test_a_deleted_session_is_forgotten(counting: CountingStore) -> None:
    sessions = Sessions(store=counting)
    await sessions.save(PLAIN, expect=0)
    assert await sessions.delete("s")
    assert await sessions.find("s") is None
    assert await sessions.change("s", lambda s, _: s.flagged("late")) is None
    assert await sessions.find("s") is None


async def test_a_log_that_grows_is_stored_as_one_that_is_written_at_once(counting: CountingStore) -> None:
    sessions = Sessions(store=counting)
    await sessions.save(PLAIN, expect=0)
    for slot in range(1, 8):
        session = await sessions.load("s")
        log = session.log[:2] if slot == 5 else session.log
        log = (*log, Turn(slot=slot, utterance=f"number {slot}", reply="Well?"))
        await sessions.change("s", partial(lambda log, s, _: replace(s, log=log), log))
    stored = await counting.load("s")
    assert stored is not None
    assert [turn["slot"] for turn in stored.record["log"]] == [1, 2, 5, 6, 7]
    assert from_dict(stored.record) == await sessions.load("s")


async def test_words_that_no_store_can_take_are_a_typed_error_without_the_words(counting: CountingStore) -> None:
    odd = replace(PLAIN, log=(Turn(slot=1, utterance="half \ud83d"),))
    with pytest.raises(StoreError) as caught:
        await Sessions(store=counting).save(odd, expect=0)
    assert "half" not in str(caught.value)
    assert caught.value.__cause__ is None


def hostile_turn(session: Session, said: list[str]) -> Session:
    """As much as fits into a turn that nobody needs: words, corrections, understandings that came late, refusals."""
    slot = len(said)
    begun, what = begin(session, said, now=NOON, shown="\U0001f600" * 3_000)
    assert what.action is Action.RUN
    event = FactEvent(slot=f"slot_{slot % 15}", status=Status.FILLED, value=slot, words="\U0001f600" * 500, turn=slot)
    state = replace(begun.base, events=(*begun.base.events, event))
    decided = decide(begun, what.generation, Decision(state=state, move=Move(kind=MoveKind.ASK)), now=NOON)
    assert decided is not None
    finished = finish(decided, what.generation, "Well? " * 150, ["Well? "] * 150, refused=True)
    late = finished and note_late(finished, slot, said[-1], Understanding(), said=said[-1] * 20)
    assert late is not None
    return replace(late, pending=(*late.pending, said[-1]))


class LastRecord:
    """Keeps the newest record and nothing else."""

    record: Mapping[str, Any] = {}
    version = 0

    async def save(self, session_id: str, record: Mapping[str, Any], *, expect: int, ttl_s: float) -> int:
        assert ttl_s > 0
        assert (session_id, expect) == ("s", self.version)
        self.record, self.version = record, self.version + 1
        return self.version


@pytest.mark.parametrize("turns", [1_000, pytest.param(3_000, marks=[pytest.mark.chaos, pytest.mark.timeout(600)])])
async def test_a_record_of_a_thousand_hostile_turns_stays_small_and_loses_no_fact(turns: int) -> None:
    store: Any = LastRecord()
    sessions = Sessions(store=store)
    await sessions.save(PLAIN, expect=0)
    said: list[str] = []
    sizes: list[int] = []
    for number in range(turns):
        said.append(f"{number} " + "\U0001f600\"'" * 500)
        await sessions.change("s", lambda s, _: hostile_turn(s, said))
        if number % 50 == 0 or number > turns - 50:
            sizes.append(len(orjson.dumps(store.record)))
    assert max(sizes) < 2_000_000
    session = from_dict(orjson.loads(orjson.dumps(store.record)))
    assert len(session.turns) == turns
    assert {event.value for event in session.state.facts.values()} == set(range(turns - 14, turns + 1))
    again, begun = begin(session, said, now=NOON)
    assert (again, begun.action) == (session, Action.REPLAY)
    assert begin(session, said[: turns // 3], now=NOON)[1].action is Action.STALE, "a late copy of an old request"
    assert begin(session, said[-3:], now=NOON)[1].slot == turns, "a history that was trimmed"


async def test_an_answer_that_comes_late_does_not_take_back_what_was_saved_meanwhile() -> None:
    store = SlowStore(None)
    await store.open()
    ours, another = Sessions(store=store), Sessions(store=store)
    begun, _ = begin(PLAIN, ["Hello"], now=NOON, number=7)
    await another.save(begun, expect=0)
    await ours.find("s")
    await another.change("s", lambda s, _: s.flagged("by-another-worker"))
    store.gate = gate = asyncio.Event()
    late = asyncio.create_task(ours.find("s"))
    await asyncio.sleep(0.05)
    decision = Decision(state=PLAIN.base, move=Move(kind=MoveKind.ASK))
    await ours.change("s", lambda s, now: decide(s, 7, decision, now=now))
    gate.set()
    await late
    finished = await ours.change("s", lambda s, _: finish(s, 7, "How old are you?"))
    await store.close()
    assert finished is not None
    assert finished.head is not None
    assert (finished.head.reply, finished.flags) == ("How old are you?", ("by-another-worker",))


def test_what_was_seen_is_let_go_in_time() -> None:
    seen = _LastSeen(keep_s=60.0)
    seen.saw(PLAIN, 1)
    assert seen.get("s") is not None
    seen = _LastSeen(keep_s=0.0)
    seen.saw(PLAIN, 1)
    assert seen.get("s") is None
