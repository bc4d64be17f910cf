"""Speaking while listening: quicker where the move was foreseen, and in every other respect as if one came after the other."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests import figures, numbers, reference
from tests.attacks import utterances
from tests.callers import SAM, as_claude, hear, is_listen, is_speak, shown
from tests.fake_claude import Body, FakeClaude, Reply, error_reply
from tests.interview.people import PEOPLE
from tests.live_server import PATIENT, Live, assistant, live_server, services_for, spoken, user
from webhook.asks import Ask
from webhook.claude import Completion, Done
from webhook.dialogue import Dialogue, Models
from webhook.interview.cost import Note, Usage, unnoted
from webhook.interview.history import Message
from webhook.interview.moves import MoveKind
from webhook.interview.prompt import ModelRequest
from webhook.interview.session import Session, to_dict
from webhook.interview.understanding import Signal
from webhook.services import Services
from webhook.store.sqlite import SqliteStore

NOON = 1_800_000_000.0
HEARD = {said: heard for person in PEOPLE.values() for said, heard in person}


class Pure:
    """A model whose every answer follows from the request alone, however often and in whatever order it is asked."""

    async def complete(
        self, request: ModelRequest, *, model: str, timeout_s: float, note: Note = unnoted
    ) -> Completion:
        text = request.messages[-1].blocks[-1].text
        said = text.rpartition("<caller>")[2].partition("</caller>")[0]
        return Completion(text=json.dumps(_heard(said, text)), stop_reason="end_turn", usage=Usage(), model=model)

    async def stream(
        self, request: ModelRequest, *, model: str, note: Note = unnoted
    ) -> AsyncGenerator[str | Done, None]:
        yield "Thank you, "
        yield f"{_digest(request)}. "
        yield "And what comes next?"
        yield Done(stop_reason="end_turn", usage=Usage(), model=model)


def _digest(request: ModelRequest) -> str:
    """Words by which two replies to different requests differ."""
    number = int(hashlib.sha256(repr(request).encode()).hexdigest()[:12], 16)
    return " ".join("abcdefgh"[number >> 3 * i & 7] * 3 for i in range(12))


def _heard(said: str, asked: str) -> dict[str, Any]:
    known = HEARD.get(said)
    if known is None:
        return _made_up(said, random.Random(asked))
    facts = [
        {"slot": f.slot, "value": f.value, "words": f.words, "how": "corrected" if f.correction else "said"}
        for f in known.facts
    ]
    lists = {name: list(getattr(known, name)) for name in ("refused", "unknown", "wants_to_change")}
    return {"facts": facts, **lists, "signals": [s.value for s in known.signals], "fullness": known.fullness}


def _made_up(said: str, draw: random.Random) -> dict[str, Any]:
    """Whatever a listener might claim of these words."""
    names = list(reference.SLOTS)
    values = [True, False, 34, 12, "Sam", "rent", "cook", "budget", ["bike"], ["streaming"], ["reading"], ["chess"]]
    facts = [
        {"slot": draw.choice(names), "value": draw.choice(values), "words": said[:60], "how": "said"}
        for _ in range(draw.choice([0, 1, 1, 2, 6]))
    ]
    return {
        "facts": facts,
        "refused": draw.sample(names, draw.choice([0, 0, 0, 1])),
        "unknown": draw.sample(names, draw.choice([0, 0, 0, 1])),
        "wants_to_change": draw.sample(names, draw.choice([0, 0, 0, 1])),
        "signals": draw.sample([s.value for s in Signal], draw.choice([0, 0, 0, 0, 1])),
        "fullness": draw.choice(["thin", "fine", "rich"]),
    }


def services_of(data_dir: Path, *, drafts: bool) -> Services:
    services = services_for(data_dir, store=SqliteStore(None), limit_session=10**6, limit_all=10**6, clock=lambda: NOON)
    dialogue = Dialogue(Pure(), Models(speak="m", listen="m", report="m"), PATIENT)
    maker = replace(services.interviewer.maker, dialogue=dialogue, drafts=drafts)
    return replace(services, interviewer=replace(services.interviewer, maker=maker))


async def held(services: Services, session_id: str, talk: tuple[str, ...]) -> list[Any]:
    """What each turn left behind: its reply, the decision and the facts."""
    interviewer = services.interviewer
    messages = [Message(role="agent", text=interviewer.admission.opening(None, None))]
    left: list[Any] = []
    for words in talk:
        messages.append(Message(role="user", text=words))
        reply = await interviewer.answer(Ask(messages=tuple(messages), session_id=session_id))
        text = await reply.text()
        if reply.generation is not None:
            await reply.generation.settled.wait()
        messages.append(Message(role="agent", text=text))
        session = await interviewer.sessions.load(session_id)
        left.append((text, _lasting(session)))
        if session.is_over:
            break
    return left


def _lasting(session: Session) -> dict[str, Any]:
    """The record without the numbers and times that no two runs share."""
    record = to_dict(session)
    head = {k: v for k, v in (record.pop("head") or {}).items() if k not in ("generation", "lease_until", "pieces")}
    return {**{k: v for k, v in record.items() if k not in ("generation", "updated_at")}, "head": head}


def generated(count: int) -> list[tuple[str, ...]]:
    """Calls in which anybody's answers, greetings, attacks and silence come in any order."""
    draw = random.Random(4)
    said = [*HEARD, *SAM.values()]
    attacks = utterances()
    return [
        (
            draw.choice(["Yes, that's fine.", "Go ahead."]),
            *(draw.choice(attacks if draw.random() < 0.2 else said) for _ in range(14)),
        )
        for _ in range(count)
    ]


@pytest.mark.timeout(300)
async def test_what_is_stored_and_said_is_the_same_as_when_speak_waits_for_listen(tmp_path: Path) -> None:
    talks = [*(tuple(said for said, _ in person) for person in PEOPLE.values()), *generated(20)]
    ahead, after = services_of(tmp_path / "ahead", drafts=True), services_of(tmp_path / "after", drafts=False)
    await ahead.store.open()
    await after.store.open()
    with capture_logs() as logs:
        for number, talk in enumerate(talks):
            assert await held(ahead, f"s-{number}", talk) == await held(after, f"s-{number}", talk), talk
    for services in (ahead, after):
        await services.interviewer.generations.drain(5.0)
        await services.store.close()
    outcomes = Counter(entry["draft"] for entry in logs if entry["event"] == "turn" and entry["draft"])
    figures.note("drafts", calls=len(talks), **outcomes)
    assert outcomes["used"] > 20
    assert outcomes["dropped"] > 5


# Over HTTP


AFTER_NAME = ("Yes, that's fine.", "I'm Sam.")
"""What was said when the age is asked for; the name is a plain answer, so its turn is drafted."""


async def told(live: Live, talk: tuple[str, ...], session_id: str = "s-1") -> list[str]:
    messages = [assistant((await live.post("/api/first-message", {})).json()["message"])]
    heard = []
    for words in talk:
        messages.append(user(words))
        heard.append((await live.talk({"messages": messages, "variables": {"session_id": session_id}}))["content"])
        messages.append(assistant(heard[-1]))
    await live.settle()
    return heard


async def test_speak_is_asked_while_claude_still_listens(tmp_path: Path) -> None:
    asked = asyncio.Event()

    def script(body: Body) -> Reply:
        """Listens to the name until it is asked to speak."""
        if is_speak(body) and "Sam" in shown(body):
            asked.set()
        return replace(as_claude(body), held_until=asked if is_listen(body) and "Sam" in shown(body) else None)

    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        with capture_logs() as logs:
            heard = await told(live, AFTER_NAME)
    *_, listen, speak = fake.received
    assert (is_listen(listen.body), is_speak(speak.body)) == (True, True)
    assert "their age" in heard[-1]
    assert [entry["draft"] for entry in logs if entry["event"] == "turn"] == [None, "used"]


@pytest.mark.parametrize(("draft_s", "drafted"), [(9.0, "used"), (-1.0, None)], ids=["in time", "in a backlog"])
async def test_a_hundred_first_turns_at_once_are_all_answered_and_in_a_backlog_none_is_drafted(
    tmp_path: Path, draft_s: float, drafted: str | None
) -> None:
    deadlines = replace(PATIENT, listen_s=30.0, first_text_s=30.0, speak_s=60.0, end_s=90.0, draft_s=draft_s)
    async with (
        FakeClaude(numbers.as_claude) as fake,
        live_server(
            tmp_path,
            claude_url=fake.base_url,
            flows_dir=numbers.write_flow(tmp_path / "flows"),
            deadlines=deadlines,
        ) as live,
    ):

        async def first_turn(number: int) -> str:
            words = user(f"My alpha number is {number}.")
            headers = {"X-Conversation-Id": f"conversation-{number:03}"}
            return spoken(await live.chat([assistant(numbers.OPENING), words], headers=headers))

        with capture_logs() as logs:
            heard = await asyncio.gather(*map(first_turn, range(100)))
            await live.settle()
    assert {text.partition("What")[2] for text in heard} == {" is your bravo number?"}
    drafts = {entry["draft"] for entry in logs if entry["event"] == "turn"}
    assert drafts == {None} if drafted is None else drafted in drafts


async def test_with_the_setting_off_speak_waits_for_listen(tmp_path: Path) -> None:
    async with (
        FakeClaude(as_claude) as fake,
        live_server(tmp_path, claude_url=fake.base_url, turn_draft=False) as live,
    ):
        with capture_logs() as logs:
            await told(live, AFTER_NAME)
    *_, listen, speak = fake.received
    assert (is_listen(listen.body), is_speak(speak.body)) == (True, True)
    assert [entry["draft"] for entry in logs if entry["event"] == "turn"] == [None, None]


async def test_a_draft_for_another_move_is_hung_up_on_unheard(tmp_path: Path) -> None:
    """Claude hears that the caller wants to stop, in words that code took for a name."""
    asked = asyncio.Event()

    def script(body: Body) -> Reply:
        if is_listen(body) and "Basta" in shown(body):
            return Reply(json={**hear(body), "facts": [], "signals": ["stop"]}, held_until=asked)
        reply = as_claude(body)
        drafted = is_speak(body) and "Basta" in shown(body)
        if drafted:
            asked.set()
        return replace(reply, text="DRAFTED " + "words " * 60 + "?", gap_s=0.1) if drafted else reply

    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        with capture_logs() as logs:
            heard = await told(live, ("Yes, that's fine.", "Basta."))
        speak = fake.received[-1]
        while not speak.hung_up:  # noqa: ASYNC110 - the fake sends no event
            await asyncio.sleep(0.01)
        session = await live.session("s-1")
    assert is_speak(speak.body)
    assert "DRAFTED" not in heard[-1]
    assert "stop" in heard[-1]
    assert session.head is not None
    assert session.head.move is not None
    assert session.head.move.kind is MoveKind.OFFER_STOP
    assert [entry["draft"] for entry in logs if entry["event"] == "turn"][-1] == "dropped"


async def test_a_draft_that_fails_before_its_first_word_is_asked_for_again(tmp_path: Path) -> None:
    refused = iter([True])

    def script(body: Body) -> Reply:
        if is_speak(body) and "Sam" in shown(body) and next(refused, False):
            return error_reply(500, "api_error")
        return replace(as_claude(body), first_token_s=0.3) if is_listen(body) else as_claude(body)

    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        heard = await told(live, AFTER_NAME)
    assert [is_speak(received.body) for received in fake.received[-3:]] == [False, True, True]
    assert heard[-1].startswith("Thank you for that. Now")


async def test_claude_is_hung_up_on_once_nobody_has_listened_for_a_while(tmp_path: Path) -> None:
    """Who asks again finds a whole reply: Claude's words so far, and the flow's own question."""

    def script(body: Body) -> Reply:
        reply = as_claude(body)
        slow = is_speak(body) and "I'm Sam<" in shown(body)
        return replace(reply, text="Well " + "then " * 40 + "what is next?", gap_s=0.1) if slow else reply

    waits = replace(PATIENT, resend_s=0.3)
    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url, deadlines=waits) as live:
        opening = (await live.post("/api/first-message", {})).json()["message"]
        talk = [assistant(opening), user("Yes, that's fine.")]
        call = {"X-Conversation-Id": "conversation-1"}
        before = spoken(await live.chat(talk, headers=call))
        talk += [assistant(before), user("I'm Sam")]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await live.chat(talk, headers=call)
        await live.settle()
        again = spoken(await live.chat(talk, headers=call))
    drafted = fake.received[-1]
    assert is_speak(drafted.body)
    assert drafted.hung_up
    assert again.startswith("Well then ")
    assert again.endswith("How old are you, roughly?")


async def test_newer_words_stop_the_draft_of_the_older_ones(tmp_path: Path) -> None:
    drafting = asyncio.Event()

    def script(body: Body) -> Reply:
        reply = as_claude(body)
        slow = "I'm Sam<" in shown(body)
        if slow and is_speak(body):
            drafting.set()
        return replace(reply, first_token_s=5.0 if is_listen(body) else 0.0, gap_s=0.5) if slow else reply

    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        opening = (await live.post("/api/first-message", {})).json()["message"]
        first = [assistant(opening), user("Yes, that's fine.")]
        before = await live.talk({"messages": first, "variables": {"session_id": "s-1"}})
        talk = [*first, assistant(before["content"])]
        document = {"variables": {"session_id": "s-1"}}
        older = asyncio.create_task(live.talk({**document, "messages": [*talk, user("I'm Sam")]}))
        await drafting.wait()
        newer = await live.talk({**document, "messages": [*talk, user("I'm Samuel")]})
        await older
        await live.settle()
        (drafted,) = [r for r in fake.received if is_speak(r.body) and "I'm Sam<" in shown(r.body)]
        async with asyncio.timeout(2.0):
            await drafted.ended.wait()
    assert drafted.hung_up
    assert "their age" in newer["content"]
