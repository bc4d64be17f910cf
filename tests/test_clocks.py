"""Clocks that step: interviews, leases and expiry go on as if nothing had happened."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import time
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.callers import as_claude
from tests.fake_claude import FakeClaude
from tests.live_server import CHAT, OPERATORS, PATIENT, TURNS, assistant, settings_for, user
from tests.servers import NO_FAKETIME
from tests.workers import Service
from webhook.asks import Ask
from webhook.interview import turns
from webhook.interview.flow import COMPLETED
from webhook.interview.history import Message
from webhook.interview.session import Session
from webhook.interview.turns import CLOCK_JUMPED
from webhook.services import Services, build_services

DAY_S = 24 * 3600.0
TALK = {
    "consent": "Yes, that's fine.",
    "name": "Sam.",
    "age": "34",
    "interests": "chess",
    "home_area": "Leeds",
    "tenure": "I rent",
    "eating_style": "mostly cooking",
    "transport": "by bike",
    "fitness": "gym",
    "entertainment": "I just read",
    "travel_style": "cheap trips",
    "summary_ok": "all good",
}


@dataclass
class Steps:
    """A wall clock that steps by up to a day, either way, each time it is looked at; and one that never does."""

    draw: Callable[[], float]
    steady_s: float = field(default_factory=time.monotonic)

    def wall(self) -> float:
        return 1_800_000_000.0 + self.steady() + self.draw() * DAY_S

    def steady(self) -> float:
        return time.monotonic() - self.steady_s


async def opened(data_dir: Path, wall: Callable[[], float], steady: Callable[[], float]) -> Services:
    services = build_services(settings_for(data_dir), deadlines=PATIENT, clock=wall, steady=steady)
    await services.store.open()
    await services.call_store.open()
    await services.expiry.restore(services.call_store, services.store)
    return services


async def closed(*all_services: Services) -> None:
    for services in all_services:
        await services.interviewer.generations.drain(5.0)
        await services.close()


async def held(workers: list[Services], *, pause: Callable[[int], None] = lambda _: None) -> Session:
    """The whole talk, one turn in each worker in turn; each answer is asked for twice."""
    messages = [Message(role="agent", text=workers[0].admission.opening(None, None))]
    for number, words in enumerate(TALK.values()):
        pause(number)
        messages.append(Message(role="user", text=words))
        worker = workers[number % len(workers)]
        ask = Ask(messages=tuple(messages), session_id="s-1", conversation_id="conversation-1")
        text = await (await worker.interviewer.answer(ask)).text()
        again = await (await worker.interviewer.answer(ask)).text()
        assert text.strip()
        assert again == text
        for each in workers:
            await each.interviewer.generations.drain(5.0)
        messages.append(Message(role="agent", text=text))
    return await workers[0].sessions.load("s-1")


def check(session: Session) -> None:
    assert [turn.utterance for turn in session.turns] == list(TALK.values())
    assert set(session.state.facts) >= set(TALK)
    assert session.state.facts["tenure"].value == "rent"
    assert session.state.ending == COMPLETED


@pytest.mark.timeout(240)
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32), count=st.sampled_from([1, 2]))
def test_with_a_clock_that_steps_by_a_day_at_every_look_each_turn_is_answered_and_nothing_is_lost(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int
) -> None:
    rng = random.Random(seed)
    steps = Steps(draw=lambda: rng.choice((-1.0, 0.0, 1.0)))
    asyncio.run(_held_among_steps(tmp_path_factory.mktemp("stepping"), steps, count))


async def _held_among_steps(data_dir: Path, steps: Steps, count: int) -> None:
    workers = [await opened(data_dir, steps.wall, steps.steady) for _ in range(count)]
    try:
        session = await held(workers)
        check(session)
        assert CLOCK_JUMPED in session.flags
        assert session.time.clock_s < 120
        for services in workers:
            await services.store.expire(services.expiry())
            await services.retention.round(is_whole=True)
        check(await workers[0].sessions.load("s-1"))
    finally:
        await closed(*workers)


async def test_ten_minutes_forward_in_a_talk_of_twelve_cost_it_nothing_and_are_flagged(tmp_path: Path) -> None:
    ahead = [0.0]
    services = await opened(tmp_path, lambda: time.time() + ahead[0], time.monotonic)

    def pause(number: int) -> None:
        ahead[0] += 600.0 if number == 3 else 0.0

    try:
        session = await held([services], pause=pause)
        check(session)
        assert CLOCK_JUMPED in session.flags
    finally:
        await closed(services)


async def test_ten_minutes_that_really_pass_are_ten_minutes(tmp_path: Path) -> None:
    passed = [0.0]
    services = await opened(tmp_path, lambda: time.time() + passed[0], lambda: time.monotonic() + passed[0])

    def pause(number: int) -> None:
        passed[0] += 600.0 if number == 3 else 0.0

    try:
        session = await held([services], pause=pause)
        assert CLOCK_JUMPED not in session.flags
        assert session.state.ending == "completed"
        assert session.state.facts["tenure"].value == "rent", "the last minutes are spent on what must be known"
        assert "transport" not in session.state.facts
    finally:
        await closed(services)


@pytest.mark.parametrize("step_s", [-DAY_S, DAY_S])
async def test_a_lease_taken_before_the_clock_stepped_holds_nobody_up(tmp_path: Path, step_s: float) -> None:
    """Its owner died; whoever is asked next takes the turn over within a lease, whatever the clock says."""
    ahead = [0.0]
    dead, other = [await opened(tmp_path, lambda: time.time() + ahead[0], time.monotonic) for _ in range(2)]
    try:
        opening = Message(role="agent", text=dead.admission.opening(None, None))
        ask = Ask(messages=(opening, Message(role="user", text=TALK["consent"])), session_id="s-1")
        found = await dead.admission.load_or_new("s-1", ask)
        begun, _ = turns.begin(found.session, ask.words, now=found.at, lease_s=PATIENT.lease_s)
        assert await dead.sessions.save(begun, expect=0)
        ahead[0] = step_s
        reply = await other.interviewer.answer(ask)
        assert (await reply.text()).endswith("?")
        session = await other.sessions.load("s-1")
        assert session.state.facts["consent"].value is True
    finally:
        await closed(dead, other)


@pytest.mark.parametrize("step_s", [-DAY_S, DAY_S])
async def test_a_reply_that_this_process_makes_is_not_taken_from_it_when_the_clock_steps(
    tmp_path: Path, server: FakeClaude, step_s: float
) -> None:
    ahead = [0.0]
    claude = {"anthropic_api_key": "key", "anthropic_base_url": server.base_url}
    services = build_services(
        settings_for(tmp_path, **claude),
        deadlines=PATIENT,
        clock=lambda: time.time() + ahead[0],
        steady=time.monotonic,
    )
    await services.store.open()
    assert services.claude is not None
    await services.claude.warm()
    try:
        opening = Message(role="agent", text=services.admission.opening(None, None))
        ask = Ask(messages=(opening, Message(role="user", text=TALK["consent"])), session_id="s-1")
        first = await services.interviewer.answer(ask)
        ahead[0] = step_s
        again = await services.interviewer.answer(ask)
        assert again.number == first.number
        assert await again.text() == await first.text()
    finally:
        await closed(services)


@pytest.fixture
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(lambda body: replace(as_claude(body), headers_s=0.3)) as running:
        yield running


# Expiry


async def test_one_start_with_the_clock_forty_days_ahead_drops_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    right = await opened(tmp_path, time.time, time.monotonic)
    check(await held([right]))
    await right.expiry.keep(right.call_store)
    await closed(right)
    capsys.readouterr()

    ahead = await opened(tmp_path, lambda: time.time() + 40 * DAY_S, time.monotonic)
    assert await ahead.store.expire(ahead.expiry()) == 0
    done = await ahead.retention.round(is_whole=True)
    assert not any(done.deleted.values())
    check(await ahead.sessions.load("s-1"))
    await ahead.expiry.keep(ahead.call_store)
    await closed(ahead)
    told = capsys.readouterr().out
    assert "clock_doubted" in told
    assert "retention_done" not in told

    back = await opened(tmp_path, time.time, time.monotonic)
    check(await back.sessions.load("s-1"))
    assert back.expiry.doubted_s == 0
    await closed(back)


async def test_a_store_of_an_earlier_release_is_not_dropped_either(tmp_path: Path) -> None:
    right = await opened(tmp_path, time.time, time.monotonic)
    check(await held([right]))
    assert await right.call_store.load("clock") is None
    await closed(right)
    ahead = await opened(tmp_path, lambda: time.time() + 400 * DAY_S, time.monotonic)
    assert ahead.expiry.doubted_s > 399 * DAY_S
    await ahead.store.expire(ahead.expiry())
    check(await ahead.sessions.load("s-1"))
    await closed(ahead)


async def test_after_a_pause_of_forty_days_what_is_over_goes_a_day_later_or_when_somebody_says_so(
    tmp_path: Path,
) -> None:
    steady = [0.0]
    right = await opened(tmp_path, time.time, time.monotonic)
    check(await held([right]))
    await right.expiry.keep(right.call_store)
    await closed(right)

    def wall() -> float:
        return time.time() + 40 * DAY_S + steady[0]

    later, beside = [await opened(tmp_path, wall, lambda: steady[0]) for _ in range(2)]
    for _ in range(23):
        steady[0] += 3600.0
        await later.expiry.keep(later.call_store)
        await later.retention.round(is_whole=True)
    check(await later.sessions.load("s-1"))
    await beside.expiry.keep(beside.call_store)
    assert beside.expiry.doubted_s
    await later.expiry.trust(later.call_store)
    await beside.expiry.keep(beside.call_store)
    assert not beside.expiry.doubted_s, "what an operator says is believed by the others"
    await closed(beside)
    await later.retention.round(is_whole=True)
    assert await later.sessions.find("s-1") is None
    await closed(later)


async def test_a_clock_that_stays_where_it_is_for_a_day_is_believed_also_by_processes_that_come_and_go(
    tmp_path: Path,
) -> None:
    right = await opened(tmp_path, time.time, time.monotonic)
    await right.expiry.keep(right.call_store)
    await closed(right)
    for run in range(5):
        steady = [0.0]
        again = await opened(tmp_path, lambda: time.time() + 40 * DAY_S, lambda: steady[0])  # noqa: B023 - closed below
        assert bool(again.expiry.doubted_s) == (run * 7 < 24)
        steady[0] += 7 * 3600.0
        await again.expiry.keep(again.call_store)
        await closed(again)


# Real processes


def faketime_library() -> str:
    """What the program preloads; more than itself may be wanted of it, so it is asked."""
    words = ["faketime", "-m", "-f", "+0", "printenv", "LD_PRELOAD"]
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()


async def test_a_process_whose_clock_steps_by_days_answers_every_turn_and_drops_nothing(tmp_path: Path) -> None:
    if shutil.which("faketime") is None:
        pytest.skip(NO_FAKETIME)
    offset = tmp_path / "offset"
    offset.write_text("+0\n")
    env = {
        "LD_PRELOAD": faketime_library(),
        "FAKETIME_TIMESTAMP_FILE": str(offset),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    steps = ("+0", "+600", "-86400", "+86400", "+0", "+3456000", "-600", "+0")
    async with Service(tmp_path, env=env) as service, httpx2.AsyncClient(base_url=service.url, timeout=20.0) as http:
        opening = (await http.post("/api/first-message", json={}, headers=OPERATORS)).json()["message"]
        messages = [assistant(opening)]
        for number, words in enumerate(TALK.values()):
            offset.write_text(f"{steps[number % len(steps)]}\n")
            messages.append(user(words))
            answer = await http.post(
                CHAT,
                json={"model": "interviewer", "messages": messages, "stream": False},
                headers={**TURNS, "X-Conversation-Id": "conversation-1"},
            )
            assert answer.status_code == 200
            text = answer.json()["choices"][0]["message"]["content"]
            assert text.strip()
            messages.append(assistant(text))
        offset.write_text("+0\n")
        told_session = (await service.get("/api/sessions/conversation-1")).json()
        assert told_session["ending"] == "completed", told_session
        assert CLOCK_JUMPED in told_session["flags"]
    offset.write_text("+3456000\n")
    async with Service(tmp_path, env=env) as service:
        assert service.logged("clock_doubted")
    offset.write_text("+0\n")
    async with Service(tmp_path, env=env) as service:
        assert (await service.get("/api/sessions/conversation-1")).status_code == 200
