"""Two models, one first word: over a real socket, with waits short enough for a test and long enough for a busy one.

Where a model is slow it never answers at all, so that nothing here depends on how fast the machine is.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field

import pytest

from tests.fake_claude import FakeClaude, Reply, error_reply
from webhook.breaker import Breaker, HedgeBudget
from webhook.claude import Claude, Done
from webhook.errors import ModelError, ModelOverloaded, ModelTimeout, ModelUnavailable
from webhook.interview.cost import Call
from webhook.interview.prompt import Block, ModelMessage, ModelRequest
from webhook.race import Race

FIRST = "claude-haiku-5-5"
SECOND = "claude-haiku-4-5"
SPEAK = ModelRequest(
    purpose="speak",
    system=(),
    messages=(ModelMessage(role="user", blocks=(Block(text="I'm Sam."),)),),
    max_tokens=100,
)
EVER = 9.0
SOON = 0.05
NEVER = Reply(headers_s=30.0)
PINGS = Reply(fault="stall", after=0, ping_s=0.02)
BUSY = error_reply(529, "overloaded_error")
HI, HO = Reply(text="Hi there. And you?"), Reply(text="Ho ho. And you?")


@dataclass
class Track:
    """Both models' scripts, and what is remembered of them."""

    fake: FakeClaude
    claude: Claude
    breaker: Breaker = field(default_factory=Breaker)
    budget: HedgeBudget = field(default_factory=HedgeBudget)
    noted: list[Call] = field(default_factory=list)

    def scripts(self, replies: Mapping[str, Reply]) -> None:
        self.fake.replies = lambda body: replies[body["model"]]

    def race(self, *names: str) -> Race:
        return Race(self.claude, SPEAK, list(names), self.breaker, self.budget, time.monotonic, self.noted.append)

    async def heard(self, *names: str, hedge_s: float = EVER, first_s: float = EVER) -> tuple[str, str]:
        """Who spoke first, and all that was said."""
        item, name, stream = await self.race(*names).first(hedge_s=hedge_s, first_s=first_s)
        async with aclosing(stream):
            rest = [piece async for piece in stream]
        return name, "".join(piece for piece in (item, *rest) if isinstance(piece, str))

    @property
    def fates(self) -> list[tuple[str, bool, bool]]:
        """The model of each call, whether its end was read and whether it was for nothing."""
        return sorted((call.model, call.is_whole, call.is_wasted) for call in self.noted)

    @property
    def asked(self) -> list[str]:
        return [body["model"] for body in self.fake.bodies]


def tasks() -> set[asyncio.Task[object]]:
    """All but pytest's own."""
    return {t for t in asyncio.all_tasks() if not str(t.get_coro()).startswith("<coroutine object TestRunner.")}


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude() as running:
        yield running


@pytest.fixture(scope="module")
async def claude(server: FakeClaude) -> AsyncGenerator[Claude]:
    client = Claude(api_key="key", base_url=server.base_url)
    await client.warm()
    yield client
    await client.close()


@pytest.fixture
async def track(server: FakeClaude, claude: Claude) -> AsyncGenerator[Track]:
    """Nothing may go on behind a race that is over."""
    server.received.clear()
    before = tasks()
    yield Track(server, claude)
    async with asyncio.timeout(5):
        for received in server.received:
            await received.ended.wait()
        while left := tasks() - before:
            await asyncio.wait(left)


async def test_a_first_model_that_answers_is_the_only_one_asked(track: Track) -> None:
    track.scripts({FIRST: HI, SECOND: HO})
    assert await track.heard(FIRST, SECOND) == (FIRST, HI.text)
    assert track.asked == [FIRST]
    assert track.fates == [(FIRST, True, False)]


@pytest.mark.parametrize(
    "broken",
    [BUSY, error_reply(404, "not_found_error"), Reply(fault="error", after=0), Reply(fault="cut", after=0)],
    ids=["busy", "unknown", "error event", "cut"],
)
async def test_when_the_first_model_fails_the_second_is_asked_at_once(track: Track, broken: Reply) -> None:
    track.scripts({FIRST: broken, SECOND: HO})
    assert await track.heard(FIRST, SECOND) == (SECOND, HO.text)
    assert track.asked == [FIRST, SECOND]
    assert track.fates == sorted([(FIRST, False, True), (SECOND, True, False)])


@pytest.mark.parametrize("slow", [NEVER, PINGS], ids=["silence", "pings"])
async def test_a_slow_first_model_gets_company_and_loses_its_connection_when_the_other_speaks(
    track: Track, slow: Reply
) -> None:
    track.scripts({FIRST: slow, SECOND: HO})
    assert await track.heard(FIRST, SECOND, hedge_s=SOON) == (SECOND, HO.text)
    assert track.asked == [FIRST, SECOND]
    loser, winner = track.fake.received
    await loser.ended.wait()
    assert (loser.hung_up, winner.hung_up) == (True, False)
    assert track.fates == sorted([(FIRST, False, True), (SECOND, True, False)])


async def test_a_slow_first_model_wins_when_it_speaks_before_its_company(track: Track) -> None:
    track.scripts({FIRST: Reply(text=HI.text, first_token_s=0.3), SECOND: NEVER})
    assert await track.heard(FIRST, SECOND, hedge_s=SOON) == (FIRST, HI.text)
    assert track.asked == [FIRST, SECOND]
    winner, loser = track.fake.received
    await loser.ended.wait()
    assert (winner.hung_up, loser.hung_up) == (False, True)
    assert track.breaker.closed(time.monotonic()) == {}


@pytest.mark.parametrize("company", [BUSY, Reply(fault="garbage", after=0)], ids=["busy", "garbage"])
async def test_a_slow_first_model_is_waited_for_when_its_company_fails(track: Track, company: Reply) -> None:
    track.scripts({FIRST: Reply(text=HI.text, first_token_s=0.3), SECOND: company})
    assert await track.heard(FIRST, SECOND, hedge_s=SOON) == (FIRST, HI.text)


async def test_when_both_models_are_late_it_is_a_timeout_that_counts_against_both(track: Track) -> None:
    track.scripts({FIRST: NEVER, SECOND: PINGS})
    for _ in range(3):
        track.budget = HedgeBudget()
        with pytest.raises(ModelTimeout):
            await track.heard(FIRST, SECOND, hedge_s=SOON, first_s=0.2)
    assert track.asked == [FIRST, SECOND] * 3
    assert track.breaker.closed(time.monotonic()) == {FIRST: "model_timeout", SECOND: "model_timeout"}
    for received in track.fake.received:
        await received.ended.wait()
        assert received.hung_up


async def test_when_both_models_fail_the_last_error_tells_why(track: Track) -> None:
    track.scripts({FIRST: BUSY, SECOND: error_reply(403, "permission_error")})
    with pytest.raises(ModelUnavailable):
        await track.heard(FIRST, SECOND)
    assert track.asked == [FIRST, SECOND]


@pytest.mark.parametrize(("first", "error"), [(BUSY, ModelOverloaded), (NEVER, ModelTimeout)], ids=["fails", "slow"])
async def test_without_budget_nobody_is_asked_a_second_time(
    track: Track, first: Reply, error: type[ModelError]
) -> None:
    track.scripts({FIRST: first, SECOND: HO})
    track.budget = HedgeBudget(at_least=0)
    with pytest.raises(error):
        await track.heard(FIRST, SECOND, hedge_s=SOON, first_s=0.2)
    assert track.asked == [FIRST]


async def test_a_slow_model_without_company_is_heard_until_the_deadline(track: Track) -> None:
    track.scripts({FIRST: Reply(text=HI.text, first_token_s=0.2), SECOND: HO})
    track.budget = HedgeBudget(at_least=0)
    assert await track.heard(FIRST, SECOND, hedge_s=SOON) == (FIRST, HI.text)
    assert track.asked == [FIRST]


async def test_with_nobody_to_ask_it_is_an_error_at_once_and_earns_no_budget(track: Track) -> None:
    track.budget = HedgeBudget(share=1.0, at_least=0)
    with pytest.raises(ModelOverloaded):
        await track.heard()
    assert track.asked == []
    assert not track.budget.take(time.monotonic())


async def test_an_empty_answer_is_an_answer(track: Track) -> None:
    track.scripts({FIRST: Reply(text=""), SECOND: HO})
    item, name, stream = await track.race(FIRST, SECOND).first(hedge_s=EVER, first_s=EVER)
    assert isinstance(item, Done)
    assert (name, [piece async for piece in stream]) == (FIRST, [])
    assert track.asked == [FIRST]


async def test_a_race_that_is_given_up_hangs_up_on_everybody(track: Track) -> None:
    track.scripts({FIRST: NEVER, SECOND: NEVER})
    racing = asyncio.create_task(track.race(FIRST, SECOND).first(hedge_s=SOON, first_s=EVER))
    while len(track.fake.received) < 2:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.01)
    racing.cancel()
    await asyncio.wait({racing})
    assert racing.cancelled()
    for received in track.fake.received:
        await received.ended.wait()
        assert received.hung_up


async def test_a_second_model_that_would_be_asked_too_late_delays_nothing(track: Track) -> None:
    track.scripts({FIRST: NEVER, SECOND: NEVER})
    with pytest.raises(ModelTimeout):
        async with asyncio.timeout(EVER / 3):
            await track.heard(FIRST, SECOND, hedge_s=EVER, first_s=SOON)
