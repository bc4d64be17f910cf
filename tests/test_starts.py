"""Starting, watching and ending in every order, against a model; and openings that Claude writes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import settings as of_hypothesis
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.live_server import services_for
from webhook.errors import Conflict, NotFound
from webhook.interview.call import ENDS, GRACE_S, CallState
from webhook.interview.session import Session
from webhook.interview.turns import begin
from webhook.services import Services
from webhook.starts import CONNECT_S, Wish

KEYS = ("a", "b")
RANK = {CallState.CREATED: 0, CallState.CONNECTED: 1, CallState.IN_PROGRESS: 2}


class Model:
    """One interview as the specification has it: at most one session that is not over."""

    def __init__(self) -> None:
        self.current: str | None = None
        self.state = CallState.CREATED
        self.until = 0.0
        self.keys: dict[str, tuple[object, str]] = {}
        self.told: dict[str, list[CallState]] = {}

    def at(self, now: float) -> None:
        if self.current is not None and self.state is CallState.CREATED and now >= self.until:
            self.state = CallState.EXPIRED

    @property
    def is_live(self) -> bool:
        return self.current is not None and self.state not in ENDS


class Calls(RuleBasedStateMachine):
    """start, status, end, a first request, a turn and time, in any order, on two workers of one store."""

    services: tuple[Services, Services]
    loop: asyncio.AbstractEventLoop
    at: list[float]
    count = 0

    @initialize()
    def begin_anew(self) -> None:
        type(self).count += 1
        self.interview_id = f"interview-{self.count}"
        self.model = Model()

    def run(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def settled(self) -> Model:
        self.model.at(self.at[0])
        return self.model

    def note(self, session: Session) -> None:
        self.model.told.setdefault(session.session_id, []).append(session.call_at(self.at[0]).state)

    @rule(worker=st.integers(0, 1), key=st.sampled_from([None, *KEYS]), asked=st.sampled_from(["x", "y"]))
    def start(self, worker: int, key: str | None, asked: str) -> None:
        model, starts = self.settled(), self.services[worker].starts
        known = model.keys.get(key) if key is not None else None
        work = starts.start(self.interview_id, Wish(), key=key, asked=asked)
        if known is not None and (known[0] != asked or not (model.is_live and known[1] == model.current)):
            with pytest.raises(Conflict):
                self.run(work)
            return
        session = self.run(work)
        self.run(starts.connecting(session))
        if model.is_live:
            assert session.session_id == model.current
        else:
            assert session.session_id not in model.told
            model.state = CallState.CREATED
        model.current, model.until = session.session_id, max(model.until, self.at[0] + CONNECT_S + GRACE_S)
        if key is not None:
            model.keys[key] = (asked, session.session_id)
        self.note(session)

    @rule(worker=st.integers(0, 1))
    def status(self, worker: int) -> None:
        model, work = self.settled(), self.services[worker].starts.watch(self.interview_id)
        if model.current is None:
            with pytest.raises(NotFound):
                self.run(work)
            return
        session = self.run(work)
        assert (session.session_id, session.call_at(self.at[0]).state) == (model.current, model.state)
        self.note(session)

    @rule(worker=st.integers(0, 1))
    def end(self, worker: int) -> None:
        model, work = self.settled(), self.services[worker].starts.end(self.interview_id)
        if model.current is None:
            with pytest.raises(NotFound):
                self.run(work)
            return
        session = self.run(work)
        if model.is_live:
            model.state = CallState.ENDED_EARLY
        assert session.call_at(self.at[0]).state is model.state
        self.note(session)

    @precondition(lambda self: self.settled().is_live)
    @rule(worker=st.integers(0, 1), words=st.booleans())
    def request(self, worker: int, words: bool) -> None:
        model = self.model
        assert model.current is not None
        said = ("Yes.",) if words else ()

        def begun(session: Session, now: float) -> Session:
            return begin(
                session, said, now=now, number=session.generation + 1, conversation_id=f"conv-{model.current}"
            )[0]

        self.run(self.services[worker].sessions.change(model.current, begun))
        model.state = max(model.state, CallState.IN_PROGRESS if words else CallState.CONNECTED, key=RANK.__getitem__)

    @rule(seconds=st.sampled_from([1.0, CONNECT_S / 2, CONNECT_S, CONNECT_S + GRACE_S]))
    def time(self, seconds: float) -> None:
        self.at[0] += seconds

    @invariant()
    def no_session_goes_back(self) -> None:
        for states in getattr(self, "model", Model()).told.values():
            ranks = [RANK.get(state, 3) for state in states]
            assert ranks == sorted(ranks)


def test_row_57_start_status_and_end_in_every_order_are_as_the_model_says(tmp_path: Any) -> None:
    Calls.loop = asyncio.new_event_loop()
    Calls.at = [1_800_000_000.0]
    first = services_for(tmp_path, clock=lambda: Calls.at[0])
    second = services_for(tmp_path, clock=lambda: Calls.at[0])
    Calls.services = first, second
    stores = [store for one in Calls.services for store in (one.store, one.call_store)]
    try:
        for store in stores:
            Calls.loop.run_until_complete(store.open())
        run_state_machine_as_test(Calls, settings=of_hypothesis(max_examples=60, stateful_step_count=25))
    finally:
        for store in stores:
            Calls.loop.run_until_complete(store.close())
        Calls.loop.close()


async def test_a_start_that_was_lost_half_way_is_taken_up_by_the_next(tmp_path: Any) -> None:
    """The worker died between its note in the interview's record and the session."""
    services = services_for(tmp_path)
    await services.store.open()
    await services.call_store.open()
    begun = await services.starts.start("i-1", Wish())
    await services.sessions.delete(begun.session_id)
    again = await services.starts.start("i-1", Wish())
    assert again.session_id == begun.session_id
    assert (await services.sessions.load(again.session_id)).call is not None
    await services.call_store.close()
    await services.store.close()


async def test_where_there_is_to_be_one_interview_a_second_is_refused_unless_nobody_came(tmp_path: Any) -> None:
    at = [1_800_000_000.0]
    services = services_for(tmp_path, clock=lambda: at[0])
    await services.store.open()
    await services.call_store.open()
    await services.starts.start("i-1", Wish(), only_one=True)
    at[0] += CONNECT_S + GRACE_S
    second = await services.starts.start("i-1", Wish(), only_one=True)
    await services.sessions.change(second.session_id, lambda s, now: begin(s, ("Yes.",), now=now, number=1)[0])
    await services.starts.end("i-1")
    with pytest.raises(Conflict, match="held already"):
        await services.starts.start("i-1", Wish(), only_one=True)
    await services.call_store.close()
    await services.store.close()
