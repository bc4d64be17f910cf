"""Turns below HTTP: an `Interviewer` over SQLite, with a Claude on a real socket or none.

A second `Interviewer` on the same file is another worker: it shares nothing else.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.callers import SAM, as_claude, calls_of, is_listen, is_speak, shown
from tests.counting_store import CountingStore
from tests.fake_claude import UNDERSTOOD, Body, FakeClaude, Reply
from tests.live_server import PATIENT, ROOT, decision_of, settings_for
from webhook.asks import Ask
from webhook.asks import Reply as Answer
from webhook.dialogue import Deadlines
from webhook.errors import StoreError
from webhook.interview import turns
from webhook.interview.facts import Status
from webhook.interview.history import Message, is_nudge, silences
from webhook.interview.lines import Line, line
from webhook.interview.moves import MoveKind
from webhook.interview.session import Head, HeadStatus, Session, SessionStatus, from_dict
from webhook.reports import IDLE_S
from webhook.runner import Interviewer
from webhook.services import Services, build_services
from webhook.store.base import Chunk
from webhook.store.sqlite import SqliteStore

YES = "Yes, that's fine."
NO = "No, I don't agree."
ASK_NAME = "What name should I use for you?"
ASK_AGE = "How old are you, roughly?"
BRIDGE = "Mm-hm, okay... "
SECOND_BRIDGE = "Okay, let me see... "
SAID = "Thank you so much. Who am I talking to?"
PIECES = ["Thank ", "you ", "so ", "much. ", "Who ", "am ", "I ", "talking ", "to?"]


@dataclass(frozen=True)
class Worker:
    """One process' worth of the service."""

    services: Services

    @property
    def interviewer(self) -> Interviewer:
        return self.services.interviewer

    def talk(self, *said: str) -> tuple[Message, ...]:
        """A history: our opening, then theirs and ours in turn."""
        told = (self.interviewer.admission.opening(None, None), *said)
        return tuple(Message(role="user" if i % 2 else "agent", text=text) for i, text in enumerate(told))

    def ask(self, *said: str, session_id: str = "s", **fields: Any) -> Ask:
        return Ask(messages=self.talk(*said), session_id=session_id, **fields)

    async def answer(self, *said: str, **fields: Any) -> Answer:
        return await self.interviewer.answer(self.ask(*said, **fields))

    async def hear(self, *said: str, **fields: Any) -> str:
        """One turn, its book-keeping included."""
        text = await (await self.answer(*said, **fields)).text()
        await self.settle()
        return text

    async def settle(self) -> None:
        while running := set(self.interviewer.generations._tasks):
            await asyncio.wait(running)

    async def session(self, session_id: str = "s") -> Session:
        return await self.services.sessions.load(session_id)

    async def head(self, session_id: str = "s") -> Head:
        head = (await self.session(session_id)).head
        assert head is not None
        return head

    async def facts(self, session_id: str = "s") -> dict[str, Any]:
        return {name: fact.value for name, fact in (await self.session(session_id)).state.facts.items()}


@asynccontextmanager
async def worker(
    data_dir: Path,
    fake: FakeClaude | None = None,
    *,
    store: SqliteStore | None = None,
    clock: Callable[[], float] = time.time,
    **waits: float,
) -> AsyncGenerator[Worker]:
    """Scripted without `fake`; `waits` are deadlines other than the patient ones."""
    claude = {"anthropic_api_key": SecretStr("key"), "anthropic_base_url": fake.base_url} if fake is not None else {}
    deadlines: Deadlines = replace(PATIENT, **waits)
    services = build_services(settings_for(data_dir, **claude), store=store, deadlines=deadlines, clock=clock)
    await services.store.open()
    if services.claude is not None:
        await services.claude.warm()
    try:
        yield Worker(services)
    finally:
        await services.interviewer.generations.drain(5.0)
        if services.claude is not None:
            await services.claude.close()
        await services.store.close()


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(as_claude) as running:
        yield running


@pytest.fixture
def fake(server: FakeClaude) -> FakeClaude:
    server.received.clear()
    server.replies = as_claude
    return server


@pytest.fixture
async def ours(fake: FakeClaude, tmp_path: Path) -> AsyncGenerator[Worker]:
    """With Claude, and all the time in the world."""
    async with worker(tmp_path, fake) as running:
        yield running


@pytest.fixture
async def theirs(ours: Worker, fake: FakeClaude, tmp_path: Path) -> AsyncGenerator[Worker]:
    """Another worker on the same store."""
    async with worker(tmp_path, fake) as running:
        yield running


@pytest.fixture
async def scripted(tmp_path: Path) -> AsyncGenerator[Worker]:
    async with worker(tmp_path) as running:
        yield running


def speaking(reply: Reply) -> Callable[[Body], Reply]:
    """Listens as it should, and speaks so."""
    return lambda body: reply if is_speak(body) else as_claude(body)


def listening(**late: float) -> Callable[[Body], Reply]:
    """Speaks as it should, and takes its time to listen."""
    return lambda body: replace(as_claude(body), **late) if is_listen(body) else as_claude(body)  # type: ignore[arg-type]  # times only


async def read(reply: Answer, most: int) -> list[str]:
    """The first pieces, then the reader is gone."""
    pieces: list[str] = []
    async with aclosing(reply.pieces()) as coming:
        while len(pieces) < most:
            pieces.append(await anext(coming))
    return pieces


async def until_asked(fake: FakeClaude, kind: Callable[[Body], bool], count: int = 1) -> None:
    while sum(map(kind, fake.bodies)) < count:  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(0.005)


# Hanging up, sending again


async def test_row_14_a_hang_up_after_each_piece_keeps_the_decision_and_the_whole_reply(
    ours: Worker, fake: FakeClaude
) -> None:
    fake.replies = speaking(Reply(text=SAID, gap_s=0.003))
    for most in range(len(PIECES) + 1):
        fake.received.clear()
        session_id = f"s{most}"
        reply = await ours.answer(YES, session_id=session_id)
        assert await read(reply, most) == PIECES[:most]
        await ours.settle()
        head = await ours.head(session_id)
        assert (head.status, head.reply, list(head.pieces)) == (HeadStatus.COMPLETE, SAID, PIECES)
        assert await ours.facts(session_id) == {"consent": True}
        assert calls_of(fake) == (1, 1)


async def test_a_request_that_comes_again_gets_the_same_pieces(ours: Worker, theirs: Worker, fake: FakeClaude) -> None:
    fake.replies = speaking(Reply(text=SAID))
    first = [piece async for piece in (await ours.answer(YES)).pieces()]
    await ours.settle()
    before = await ours.session()
    for each in (ours, theirs):
        again = await each.answer(YES)
        assert [piece async for piece in again.pieces()] == first == PIECES
        assert again.generation is None
    assert calls_of(fake) == (1, 1)
    assert await ours.session() == before


async def test_row_15_identical_requests_at_the_same_time_make_one_reply(ours: Worker, fake: FakeClaude) -> None:
    fake.replies = speaking(Reply(text=SAID, gap_s=0.003))
    replies = await asyncio.gather(*(ours.answer(YES) for _ in range(8)))
    assert {await reply.text() for reply in replies} == {SAID}
    assert len({reply.number for reply in replies}) == 1
    await ours.settle()
    assert calls_of(fake) == (1, 1)
    assert len((await ours.session()).state.events) == 1


@pytest.mark.parametrize("heard", [0, 1, 4, 9])
async def test_another_worker_reads_along_from_the_first_word_on(
    ours: Worker, theirs: Worker, fake: FakeClaude, heard: int
) -> None:
    fake.replies = speaking(Reply(text=SAID, gap_s=0.01))
    reply = await ours.answer(YES)
    await read(reply, heard)
    other = await theirs.answer(YES)
    assert other.number == reply.number
    assert await other.text() == await reply.text() == SAID
    await ours.settle()
    assert calls_of(fake) == (1, 1)


async def test_readers_in_two_workers_who_come_while_claude_listens_hear_one_reply(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    fake.replies = listening(headers_s=0.2)
    mine = await ours.answer(YES)
    replies = [mine, await ours.answer(YES), await theirs.answer(YES), await theirs.answer(YES)]
    assert len({await reply.text() for reply in replies}) == 1
    assert calls_of(fake) == (1, 1)
    assert [reply.number for reply in replies] == [mine.number] * 4


# Workers that die


async def dies_after_begin(dead: Worker, *said: str, ago_s: float = 60.0) -> tuple[Session, turns.Begin, Ask]:
    """A turn is begun, and its owner gives no sign of life any more."""
    ask = dead.ask(*said)
    found = await dead.interviewer.admission.load_or_new("s", ask)
    changed, begun = turns.begin(
        found.session, ask.words, now=dead.interviewer.clock() - ago_s, silences=silences(ask.messages)
    )
    assert await dead.services.sessions.save(changed, expect=found.version)
    return changed, begun, ask


async def dies_after_decide(dead: Worker, *said: str, ago_s: float = 60.0) -> turns.Begin:
    session, begun, ask = await dies_after_begin(dead, *said, ago_s=ago_s)
    decision = await decision_of(dead.services, session, begun, ask)
    changed = await dead.services.sessions.change(
        "s", lambda s, _: turns.decide(s, begun.generation, decision, now=dead.interviewer.clock() - ago_s)
    )
    assert changed is not None
    return begun


async def test_a_turn_whose_owner_died_before_the_decision_is_made_by_another(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    session, _, _ = await dies_after_begin(ours, YES)
    text = await theirs.hear(YES)
    assert text.endswith("?")
    assert calls_of(fake) == (1, 1)
    head = await theirs.head()
    assert head.generation > session.generation
    assert (head.status, head.reply) == (HeadStatus.COMPLETE, text)
    assert await theirs.facts() == {"consent": True}


async def test_a_turn_whose_owner_died_after_the_decision_is_only_spoken_again(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    await dies_after_decide(ours, f"{YES} I'm Sam.")
    decided = await ours.head()
    fake.received.clear()
    text = await theirs.hear(f"{YES} I'm Sam.")
    assert text.endswith("?")
    assert calls_of(fake) == (0, 1)
    head = await theirs.head()
    assert head.generation > decided.generation
    assert (head.status, head.reply) == (HeadStatus.COMPLETE, text)
    assert (head.move, head.state) == (decided.move, decided.state)
    heard = await theirs.hear(f"{YES} I'm Sam.", text, "I'm 34.")
    events = [(event.slot, event.value) for event in (await theirs.session()).state.events]
    assert events == [("consent", True), ("name", "Sam"), ("age", 34)]
    assert heard.endswith("?")


async def test_the_next_turn_hears_what_a_dead_worker_left_behind(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    """Its caller never sent the turn again, but went on speaking."""
    await dies_after_begin(ours, YES)
    await theirs.hear(YES, ASK_NAME, "I'm Sam.")
    assert await theirs.facts() == {"consent": True, "name": "Sam"}
    assert calls_of(fake) == (1, 1)


@pytest.mark.parametrize("stage", ["begun", "decided"])
async def test_row_43_44_whoever_follows_a_worker_that_dies_makes_the_reply_in_its_place(
    ours: Worker, theirs: Worker, fake: FakeClaude, stage: str
) -> None:
    await ours.hear(YES)
    dies = dies_after_begin if stage == "begun" else dies_after_decide
    await dies(ours, YES, ASK_NAME, "I'm Sam.", ago_s=0.0)
    fake.received.clear()
    heard = await theirs.hear(YES, ASK_NAME, "I'm Sam.")
    assert heard.endswith("?")
    assert calls_of(fake) == ((1, 1) if stage == "begun" else (0, 1))
    assert await theirs.facts() == {"consent": True, "name": "Sam"}
    assert (await theirs.head()).reply == heard


@pytest.mark.parametrize("dies", [dies_after_begin, dies_after_decide])
async def test_row_43_44_whoever_takes_over_after_the_bridge_phrase_still_makes_the_whole_reply(
    dies: Callable[..., Awaitable[object]], fake: FakeClaude, tmp_path: Path
) -> None:
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=0.2, lease_s=0.6) as theirs:
        await ours.hear(YES)
        await dies(ours, YES, ASK_NAME, "I'm Sam.", ago_s=1.4)
        heard = await theirs.hear(YES, ASK_NAME, "I'm Sam.")
        reply = (await theirs.head()).reply
        assert heard.startswith(SECOND_BRIDGE)
        assert heard.count("... ") == 1
        assert reply.endswith("?")
        assert heard.endswith(reply)


async def test_row_43_44_whoever_takes_over_does_not_ask_the_old_question_meanwhile(
    fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = listening(headers_s=1.0)
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=0.2, gap_s=1.4, lease_s=0.6) as theirs:
        await ours.hear(YES)
        await dies_after_begin(ours, YES, ASK_NAME, "I'm Sam.", ago_s=1.4)
        heard = await theirs.hear(YES, ASK_NAME, "I'm Sam.")
        assert ASK_NAME not in heard
        assert heard.endswith((await theirs.head()).reply)


async def test_row_42_a_call_whose_question_the_flow_no_longer_has_hears_words_and_its_turn_is_free_again(
    tmp_path: Path,
) -> None:
    text = (ROOT / "flows" / "financial_lifestyle.yaml").read_text()
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "financial_lifestyle.yaml").write_text(re.sub(r"\bage\b", "years_old", text))
    async with worker(tmp_path) as before:
        await before.hear(YES)
        question = await before.hear(YES, ASK_NAME, "I'm Sam.")
    shutil.rmtree(tmp_path / "flow_versions")  # of another machine, say
    services = build_services(settings_for(tmp_path, flows_dir=tmp_path / "flows"), deadlines=PATIENT)
    await services.store.open()
    after = Worker(services)
    try:
        heard = await after.hear(YES, ASK_NAME, "I'm Sam.", question, "I am 34.")
        await services.interviewer.generations.drain(5.0)
        assert heard == "How old are you, roughly?", "the question that the flow has now"
        assert (await after.head()).lease_until <= time.time()
    finally:
        await services.store.close()


async def test_a_registered_call_that_just_stops_is_ended_like_any_other(tmp_path: Path) -> None:
    now = [time.time()]
    async with worker(tmp_path, clock=lambda: now[0]) as ours:
        await ours.interviewer.admission.register("s", flow_id=None, persona_id=None)
        await ours.hear(YES)
        await ours.services.interviewer.generations.drain(5.0)
        now[0] += 2 * IDLE_S
        await ours.services.reports.run_due()
        assert (await ours.session()).status is SessionStatus.ENDED_EARLY


async def test_an_owner_that_lives_keeps_its_lease_however_long_it_takes(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = listening(headers_s=1.2)
    async with worker(tmp_path, fake, lease_s=0.3) as ours, worker(tmp_path, fake, lease_s=0.3) as theirs:
        reply = await ours.answer(YES)
        await asyncio.sleep(0.8)
        other = await theirs.answer(YES)
        assert other.number == reply.number
        assert await other.text() == await reply.text()
        assert calls_of(fake) == (1, 1)


async def test_whoever_follows_a_silent_owner_is_not_left_without_a_word(fake: FakeClaude, tmp_path: Path) -> None:
    async with (
        worker(tmp_path, fake) as ours,
        worker(tmp_path, fake, bridge_s=0.05, gap_s=0.1, lease_s=30.0) as theirs,
    ):
        await ours.hear(YES)
        session, begun, _ = await dies_after_begin(ours, YES, ASK_NAME, "I'm Sam.", ago_s=0.0)
        await ours.services.sessions.change("s", lambda s, now: turns.renew(s, begun.generation, now=now, lease_s=30.0))
        reply = await theirs.answer(YES, ASK_NAME, "I'm Sam.")
        assert await reply.text() == f"{SECOND_BRIDGE}{ASK_NAME}"
        assert (await theirs.session()).generation == session.generation


async def test_a_reply_whose_words_were_written_elsewhere_is_heard_when_it_is_complete(
    fake: FakeClaude, tmp_path: Path
) -> None:
    """The chunk log of its owner is not in the store that this worker sees, or ended with it."""
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=0.05) as theirs:
        begun = await dies_after_decide(ours, YES, ago_s=0.0)
        reply = await theirs.answer(YES)
        await asyncio.sleep(0.2)
        await ours.services.sessions.change("s", lambda s, _: turns.finish(s, begun.generation, SAID, (SAID,)))
        assert await reply.text() == f"{BRIDGE}{SAID}"


@pytest.mark.parametrize("stage", ["listen", "speak"])
async def test_row_45_a_worker_that_has_to_stop_hands_its_turn_over_at_once(
    ours: Worker, theirs: Worker, fake: FakeClaude, stage: str
) -> None:
    slow = Reply(headers_s=30.0)
    fake.replies = (lambda _: slow) if stage == "listen" else speaking(slow)
    first = await ours.answer(YES)
    await until_asked(fake, is_listen if stage == "listen" else is_speak)
    await ours.interviewer.generations.drain(0.01)
    fake.replies = as_claude
    fake.received.clear()
    reply = await theirs.answer(YES)
    assert reply.number > first.number
    assert (await reply.text()).endswith("?")
    assert calls_of(fake) == ((1, 1) if stage == "listen" else (0, 1))


# Other words than were sent first


async def test_what_was_understood_late_counts_before_the_next_turn(fake: FakeClaude, tmp_path: Path) -> None:
    async with worker(tmp_path, fake, listen_s=0.05) as ours:
        fake.replies = listening(headers_s=0.3)
        first = await ours.hear(f"{YES} I'm Sam, 34, from Leeds.")
        known = await ours.session()
        assert known.state.facts["consent"].status is Status.NOT_UNDERSTOOD, "code takes no consent out of more words"
        assert [late.slot for late in known.late] == [1]
        fake.replies = as_claude
        await ours.hear(f"{YES} I'm Sam, 34, from Leeds.", first, "Well, go on.")
        assert await ours.facts() == {"consent": True, "name": "Sam", "age": 34, "home_area": "Leeds"}
        head = await ours.head()
        assert head.move is not None
        assert head.move.topic == "interests"


@pytest.mark.parametrize("heard", [0, 2])
async def test_row_16_fuller_words_take_the_place_of_what_was_being_answered(
    ours: Worker, fake: FakeClaude, heard: int
) -> None:
    def brain(body: Body) -> Reply:
        if not is_speak(body):
            return as_claude(body)
        return Reply(text=SAID) if "Sam" in shown(body) else Reply(text=SAID, fault="stall", after=heard + 1)

    fake.replies = brain
    short = await ours.answer(YES)
    await read(short, heard)
    await until_asked(fake, is_speak)
    rest = asyncio.create_task(short.text())
    await asyncio.sleep(0)
    full = await ours.answer(f"{YES} I'm Sam.")
    assert await full.text() == SAID
    # Who had heard nothing yet reads on in the new reply; to the others nothing is added.
    assert await rest == (SAID if heard == 0 else "Thank you")
    await ours.settle()
    session = await ours.session()
    assert [turn.utterance for turn in session.turns] == [f"{YES} I'm Sam."]
    assert await ours.facts() == {"consent": True, "name": "Sam"}
    given_up = next(received for received in fake.received if is_speak(received.body))
    await given_up.ended.wait()
    assert given_up.hung_up


async def test_fuller_words_in_another_worker_are_what_both_readers_hear(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    def brain(body: Body) -> Reply:
        reply = as_claude(body)
        return replace(reply, headers_s=0.3) if is_listen(body) and "Sam" not in shown(body) else reply

    fake.replies = brain
    short = await ours.answer(YES)
    await until_asked(fake, is_listen)
    full = await theirs.answer(f"{YES} I'm Sam.")
    assert await short.text() == await full.text() != ""
    assert calls_of(fake) == (2, 1)
    assert await ours.facts() == {"consent": True, "name": "Sam"}


async def test_a_shorter_guess_that_arrives_late_hears_the_reply_to_the_full_words(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    fake.replies = speaking(Reply(text=SAID, gap_s=0.01))
    full = await ours.answer(f"{YES} I'm Sam.")
    late = await ours.answer(YES)
    assert await late.text() == await full.text() == SAID
    await ours.settle()
    before = await ours.session()
    for each in (ours, theirs):
        assert await each.hear(YES) == SAID
    assert await ours.session() == before
    assert calls_of(fake) == (1, 1)


async def test_row_17_an_older_turn_that_arrives_late_changes_nothing(ours: Worker, fake: FakeClaude) -> None:
    first = await ours.hear(YES)
    second = await ours.hear(YES, first, "I'm Sam.")
    before = await ours.session()
    fake.received.clear()
    assert await ours.hear(YES) == second
    assert await ours.session() == before
    assert calls_of(fake) == (0, 0)


async def test_turns_that_never_reached_us_are_listened_to_together_with_the_next(
    ours: Worker, fake: FakeClaude
) -> None:
    first = await ours.hear(YES)
    fake.received.clear()
    await ours.hear(YES, first, "I'm Sam.", ASK_AGE, "I'm 34.", "And where do you live?", "From Leeds.")
    assert calls_of(fake) == (1, 1)
    listened = next(shown(body) for body in fake.bodies if is_listen(body))
    for words in ("I'm Sam.", "I'm 34.", "From Leeds."):
        assert f"<caller>{words}</caller>" in listened
    session = await ours.session()
    assert [(turn.utterance, turn.healed) for turn in session.turns] == [
        (YES, False),
        ("I'm Sam.", True),
        ("I'm 34.", True),
        ("From Leeds.", False),
    ]
    assert await ours.facts() == {"consent": True, "name": "Sam", "age": 34, "home_area": "Leeds"}


# Sessions that are lost, or claimed twice


async def scripted_call(scripted: Worker, session_id: str) -> list[str]:
    """The history of a whole call after the opening: theirs and ours in turn."""
    said: list[str] = []
    for topic in SAM:
        said.append(SAM[topic])
        said.append(await scripted.hear(*said, session_id=session_id))
    return said


async def test_row_39_a_session_that_is_lost_between_any_two_turns_is_made_again_from_the_history(
    scripted: Worker,
) -> None:
    said = await scripted_call(scripted, "whole")
    whole = await scripted.session("whole")
    assert whole.status is SessionStatus.COMPLETED
    for lost in range(3, len(said), 2):
        session_id = f"lost{lost}"
        await scripted.hear(*said[: lost - 2], session_id=session_id)
        assert await scripted.services.store.delete(session_id)
        for end in range(lost, len(said), 2):
            assert await scripted.hear(*said[:end], session_id=session_id) == said[end]
        session = await scripted.session(session_id)
        assert session.flags == ("scripted", "recovered")
        assert await scripted.facts(session_id) == await scripted.facts("whole")
        assert (session.status, session.current_topic) == (whole.status, whole.current_topic)


async def test_the_next_turn_of_a_call_is_made_without_a_look_at_the_store(tmp_path: Path) -> None:
    store = CountingStore(tmp_path / "sessions.db")
    async with worker(tmp_path, store=store) as one:
        asked = await one.hear("Yes, go ahead.")
        store.looks = 0
        await one.hear("Yes, go ahead.", asked, "I'm called Maya.")
        assert store.looks == 0
        assert (await one.facts())["name"] == "Maya"


async def test_the_next_turn_goes_on_from_what_another_worker_saved(tmp_path: Path) -> None:
    async with worker(tmp_path) as one, worker(tmp_path) as other:
        first = await one.hear("Yes, go ahead.")
        second = await other.hear("Yes, go ahead.", first, "I'm called Maya.")
        await one.hear("Yes, go ahead.", first, "I'm called Maya.", second, "I'm 34.")
        assert len((await one.session()).turns) == 3
        assert ((await one.facts())["name"], (await one.facts())["age"]) == ("Maya", 34)


async def test_with_claude_a_lost_session_is_listened_to_anew(ours: Worker, fake: FakeClaude) -> None:
    first = await ours.hear(f"{YES} I'm Sam.")
    await ours.services.store.delete("s")
    fake.received.clear()
    await ours.hear(f"{YES} I'm Sam.", first, "I'm 34.")
    assert await ours.facts() == {"consent": True, "name": "Sam", "age": 34}
    session = await ours.session()
    assert (session.current_topic, session.flags) == ("interests", ("recovered",))
    assert calls_of(fake) == (1, 1)


async def test_row_25_another_conversation_with_the_same_session_gets_one_of_its_own(scripted: Worker) -> None:
    await scripted.hear(YES, conversation_id="one")
    before = await scripted.session()
    assert await scripted.hear(YES, conversation_id="two") == ASK_NAME
    await scripted.settle()
    flagged = await scripted.session()
    assert flagged == replace(before, flags=("scripted", "conflict"), updated_at=flagged.updated_at)
    for said, conversation_id in (("I'm Quentin.", "one"), ("I'm Walter.", "two")):
        assert await scripted.hear(YES, ASK_NAME, said, conversation_id=conversation_id) == ASK_AGE
    first, second = await scripted.session(), await scripted.session("s~two")
    assert (first.conversation_id, second.conversation_id) == ("one", "two")
    assert (first.state.facts["name"].value, second.state.facts["name"].value) == ("Quentin", "Walter")
    assert second.flags == ("scripted", "conflict")
    assert first.flags == ("scripted", "conflict")


# Waiting


@pytest.mark.parametrize("other_s", [True, False], ids=["another worker", "the same worker"])
async def test_a_bridge_phrase_is_said_once_when_nothing_came_by_then_also_to_those_who_follow(
    fake: FakeClaude, tmp_path: Path, other_s: bool
) -> None:
    fake.replies = listening(headers_s=0.4)
    async with worker(tmp_path, fake, bridge_s=0.05) as ours, worker(tmp_path, fake, bridge_s=0.05) as theirs:
        reply = await ours.answer(YES)
        followed = await (theirs if other_s else ours).answer(YES)
        text, same = await asyncio.gather(reply.text(), followed.text())
        await ours.settle()
        assert text == same
        assert text.startswith(f"{BRIDGE}Thank you")
        assert text.count(BRIDGE.strip()) == 1
        assert (await ours.head()).reply == text
        assert calls_of(fake) == (1, 1)


LONG_S = 9.0
"""A wait that a test does not live to see; it passes on the clock alone."""


@pytest.mark.parametrize("dies", [dies_after_begin, dies_after_decide])
async def test_the_bridge_counts_from_the_turn_s_first_request_which_another_worker_got(
    dies: Callable[..., Awaitable[object]], fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(Reply(text=SAID, headers_s=0.3))
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=LONG_S) as theirs:
        await dies(ours, YES, ago_s=LONG_S)
        assert await theirs.hear(YES) == f"{BRIDGE}{SAID}"


async def test_whoever_reads_along_with_another_worker_counts_from_the_first_request_too(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=LONG_S, lease_s=30.0) as theirs:
        _, begun, _ = await dies_after_begin(ours, YES, ago_s=LONG_S)
        await ours.services.sessions.change("s", lambda s, now: turns.renew(s, begun.generation, now=now, lease_s=30.0))
        assert "".join(await read(await theirs.answer(YES), 1)) == BRIDGE


@pytest.mark.parametrize("ahead_s", [-86_400.0, 86_400.0], ids=["a day back", "a day ahead"])
async def test_a_clock_that_was_set_makes_nobody_wait_longer_for_the_bridge(
    fake: FakeClaude, tmp_path: Path, ahead_s: float
) -> None:
    fake.replies = speaking(Reply(text=SAID, headers_s=0.3))
    async with (
        worker(tmp_path, fake) as ours,
        worker(tmp_path, fake, bridge_s=0.05, clock=lambda: time.time() + ahead_s) as theirs,
    ):
        begun = await dies_after_decide(ours, YES, ago_s=0.0)
        await ours.services.sessions.change("s", lambda s, _: turns.let_go(s, begun.generation))
        assert await theirs.hear(YES) == f"{BRIDGE}{SAID}"


async def test_whoever_takes_over_after_words_of_the_dead_worker_says_no_second_bridge_phrase(
    fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(Reply(text=SAID, headers_s=0.3))
    async with worker(tmp_path, fake) as ours, worker(tmp_path, fake, bridge_s=0.05) as theirs:
        begun = await dies_after_decide(ours, YES, ago_s=1.4)
        await ours.services.store.append_chunk("s", begun.generation, Chunk(data=f"{BRIDGE}Thank you."))
        assert await theirs.hear(YES) == f"{BRIDGE}Thank you. {SAID}"


async def test_the_bridge_phrases_of_a_call_take_turns(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = listening(headers_s=0.2)
    said: list[str] = [YES]
    async with worker(tmp_path, fake, bridge_s=0.01) as ours:
        for answer in ("I'm Sam.", "I'm 34.", "I like chess."):
            said += [await ours.hear(*said), answer]
        last = await ours.hear(*said)
    openings = [reply.partition("... ")[0] for reply in (*said[1::2], last)]
    assert openings == ["Mm-hm, okay", "Okay, let me see", "One moment, please", "Let me think for a second"]


@pytest.mark.parametrize(
    ("words", "last"),
    [(NO, "thank you"), ("I want to kill myself.", "emergency")],
    ids=["a goodbye", "a safety text"],
)
async def test_no_bridge_phrase_goes_before_the_words_that_end_a_call(
    fake: FakeClaude, tmp_path: Path, words: str, last: str
) -> None:
    fake.replies = listening(headers_s=0.2)
    async with worker(tmp_path, fake, bridge_s=0.01, listen_s=0.1) as ours:
        heard = await ours.hear(words)
        assert (await ours.session()).is_over
        assert last in heard.casefold()
        assert "... " not in heard


async def test_a_bridge_phrase_that_was_held_back_is_said_where_the_call_goes_on_after_all(
    fake: FakeClaude, tmp_path: Path
) -> None:
    """Code reads that the caller is a child, which ends the call; Claude hears that somebody else is."""
    async with worker(tmp_path, fake, bridge_s=0.01) as ours:
        said = [YES, await ours.hear(YES), "I'm Sam."]
        said += [await ours.hear(*said), "My son is 12."]
        slow = replace(Reply(json=UNDERSTOOD), headers_s=0.2)
        fake.replies = lambda body: slow if is_listen(body) else Reply(text=SAID, headers_s=0.2)
        assert await ours.hear(*said) == f"One moment, please... {SAID}"
        assert not (await ours.session()).is_over


async def test_no_bridge_phrase_is_said_over_words_that_came_in_time(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = speaking(Reply(text=SAID, fault="stall", after=4, ping_s=0.05))
    async with worker(tmp_path, fake, bridge_s=0.6, gap_s=0.9) as ours:
        text = await ours.hear(YES)
    assert text == f"Thank you so ... {ASK_NAME}"


async def test_after_a_bridge_phrase_the_flow_s_own_question_stands_in_for_a_silent_claude(
    fake: FakeClaude, tmp_path: Path
) -> None:
    fake.replies = speaking(Reply(headers_s=30.0))
    async with worker(tmp_path, fake, bridge_s=0.05, first_text_s=0.4) as ours:
        assert await ours.hear(YES) == f"{BRIDGE}{ASK_NAME}"
        assert await ours.facts() == {"consent": True}


@pytest.mark.parametrize("silence", [(), ("...",), ("",)], ids=["ours is last", "dots", "nothing"])
async def test_a_first_silence_gets_the_open_question_again_and_moves_nothing(
    ours: Worker, fake: FakeClaude, silence: tuple[str, ...]
) -> None:
    heard = await ours.hear(YES)
    before = await ours.session()
    fake.received.clear()
    for _ in range(2):
        assert is_nudge(ours.talk(YES, heard, *silence))
        assert await ours.hear(YES, heard, *silence) == ASK_NAME
    after = await ours.session()
    assert (after.state, after.head, after.log) == (before.state, before.head, before.log)
    assert calls_of(fake) == (0, 0)
    await ours.hear(YES, heard, "I'm Sam.")
    assert await ours.facts() == {"consent": True, "name": "Sam"}


async def test_a_caller_who_has_not_spoken_yet_hears_the_opening(ours: Worker, fake: FakeClaude) -> None:
    opening = ours.interviewer.admission.opening(None, None)
    for messages in ((), (Message(role="user", text="..."),)):
        reply = await ours.interviewer.answer(Ask(messages=messages, session_id="new"))
        assert await reply.text() == opening
    assert fake.received == []


# The end


async def test_the_last_words_know_the_ending_also_when_they_are_sent_again(scripted: Worker) -> None:
    reply = await scripted.answer(NO)
    farewell = await reply.text()
    await scripted.settle()
    assert reply.ending == "no_consent"
    again = await scripted.answer(NO)
    assert (await again.text(), again.ending) == (farewell, "no_consent")


async def test_row_27_after_the_end_the_caller_is_told_so_and_nothing_changes(scripted: Worker) -> None:
    farewell = await scripted.hear(NO)
    before = await scripted.session()
    assert before.is_over
    reply = await scripted.answer(NO, farewell, "Oh, wait, one more thing.")
    assert (await reply.text(), reply.ending) == (line(Line.ALREADY_OVER, "en"), "no_consent")
    assert await scripted.session() == before


async def test_a_call_that_ended_by_half_a_sentence_goes_on_when_the_rest_comes(scripted: Worker) -> None:
    await scripted.hear("No")
    assert (await scripted.session()).is_over
    assert await scripted.hear("No problem, yes, that's fine.") == ASK_NAME
    session = await scripted.session()
    assert (session.status, session.report, session.report_status) == (SessionStatus.IN_PROGRESS, None, "none")


# Danger

ARE_YOU_SAFE = line(Line.ARE_YOU_SAFE, "en")


async def test_what_claude_overlooks_code_does_not(ours: Worker) -> None:
    heard = await ours.hear(YES)
    words = await ours.hear(YES, heard, "I'm going to kill myself tonight.")
    session = await ours.session()
    assert "call a crisis line" in words
    assert (session.state.ending, session.is_over) == ("stopped_for_safety", True)


async def test_nobody_says_that_they_are_safe_before_they_are_asked(ours: Worker, scripted: Worker) -> None:
    for here, session_id in ((ours, "with Claude"), (scripted, "scripted")):
        heard = await here.hear(YES, session_id=session_id)
        told = here.talk(YES, heard)
        more = [Message(role="user", text=text) for text in ("I can't go on like this.", "Yes.")]
        reply = await here.interviewer.answer(Ask(messages=(*told, *more), session_id=session_id))
        assert await reply.text() == ARE_YOU_SAFE
        await here.settle()
        more += [Message(role="agent", text=ARE_YOU_SAFE), Message(role="user", text="Yes, I'm safe.")]
        reply = await here.interviewer.answer(Ask(messages=(*told, *more), session_id=session_id))
        assert (await reply.text()).endswith("?")
        await here.settle()
        alarm = (await here.session(session_id)).state.alarm
        assert alarm is not None
        assert alarm.cleared_in == 4


async def test_whoever_does_not_say_that_they_are_safe_hears_where_there_is_help(scripted: Worker) -> None:
    said = [YES, await scripted.hear(YES), "I can't go on like this."]
    said.append(await scripted.hear(*said))
    heard = []
    for _ in range(3):
        said.append("...")
        heard.append(await scripted.hear(*said))
        said.append(heard[-1])
    assert heard[0] == ARE_YOU_SAFE
    assert "call a crisis line" in heard[2]
    reply = await scripted.answer(*said, "Hello?")
    assert (await reply.text(), reply.ending) == (heard[2], "stopped_for_safety")


# Whatever breaks


class FullDisk(SqliteStore):
    """Takes so many saves, then none."""

    saves = 1

    async def save(self, *args: Any, **fields: Any) -> Any:
        self.saves -= 1
        if self.saves < 0:
            raise StoreError
        return await super().save(*args, **fields)


@pytest.mark.parametrize("saves", [1, 2])
async def test_a_store_that_fails_in_the_middle_of_a_turn_still_leaves_words(
    fake: FakeClaude, tmp_path: Path, saves: int
) -> None:
    store = FullDisk(tmp_path / "sessions.db")
    async with worker(tmp_path, fake, store=store) as ours:
        store.saves = saves
        text = await ours.hear(YES)
        assert text.endswith("?")
        store.saves = 99
        # The failed turn is not lost: the next one covers it.
        await ours.hear(YES, text, "I'm Sam.")
        assert await ours.facts() == {"consent": True, "name": "Sam"}


async def test_row_49_a_full_disk_is_nothing_the_caller_hears_of(fake: FakeClaude, tmp_path: Path) -> None:
    store = FullDisk(tmp_path / "sessions.db")
    store.saves = 0
    async with worker(tmp_path, fake, store=store) as ours:
        text = await ours.hear(YES)
        assert not ours.services.store.is_here
        assert (await ours.hear(YES, text, "I'm Sam.")).endswith("?")
        assert await store.load("s") is None
        store.saves = 99
        await ours.services.store.mend()
        stored = await store.load("s")
        assert stored is not None
        assert {name: fact.value for name, fact in from_dict(stored.record).state.facts.items()} == {
            "consent": True,
            "name": "Sam",
        }
    assert calls_of(fake) == (2, 2)


async def test_when_every_model_fails_at_once_the_turn_is_kept(ours: Worker, fake: FakeClaude) -> None:
    fake.replies = lambda _: Reply(status=500, error="api_error")
    assert await ours.hear(YES) == ASK_NAME
    head = await ours.head()
    assert (head.status, head.reply) == (HeadStatus.COMPLETE, ASK_NAME)
    assert head.move is not None
    assert head.move.kind is MoveKind.ASK


async def test_nothing_runs_on_behind_finished_turns(ours: Worker) -> None:
    said: list[str] = []
    for topic in list(SAM)[:4]:
        said.append(SAM[topic])
        said.append(await ours.hear(*said))
    before = asyncio.all_tasks()
    said.append(SAM["housing_location"])
    await ours.hear(*said)
    dialogue = ours.interviewer.dialogue
    assert dialogue is not None
    while dialogue._leaving:
        await asyncio.wait(set(dialogue._leaving))
    left = {t for t in asyncio.all_tasks() - before if "fake_claude" not in repr(t)}
    assert left == set()


async def test_words_that_a_trimmed_history_no_longer_tells_are_read_all_the_same(
    ours: Worker, theirs: Worker, fake: FakeClaude
) -> None:
    """The owner of a turn died, and the platform leaves out the beginning when the next one comes."""
    said = [YES]
    for words in ("I'm Sam.", "I'm 34.", "Reading."):
        said += [await ours.hear(*said), words]
    await dies_after_begin(ours, *said, "And who are you?", "Chess.", "What else?", "Hiking.")
    fake.replies = lambda _: Reply(status=500, error="api_error")
    trimmed = theirs.talk(*said, "And who are you?", "Chess.", "What else?", "Hiking.", "Anything?", "From Leeds.")[-5:]
    reply = await theirs.interviewer.answer(Ask(messages=trimmed, session_id="s"))
    assert (await reply.text()).endswith("?")
    await theirs.settle()
    assert [turn.utterance for turn in (await theirs.session()).turns][-3:] == ["Chess.", "Hiking.", "From Leeds."]
    assert (await theirs.session()).failures == 0
