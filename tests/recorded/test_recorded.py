"""Twenty recorded interviews, held over the real service, and their reports against what a person wrote down for each."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from tests.fake_claude import FakeClaude
from tests.fake_elevenlabs import signed
from tests.live_server import Live, assistant, live_server, spoken, user
from tests.office import Clock
from tests.post_call import SECRET, deliver, transcription
from tests.recorded.recordings import Recording, Stage, load, recordings
from webhook.breaker import Breaker
from webhook.interview.masking import MASK
from webhook.reports import BACK_OFF_S, IDLE_S

PRIVATE = {"name", "housing_cost", "deciders", "next_person"}
NEVER_REACHED = {"status": "not_reached", "value": None}
ALL = pytest.mark.parametrize("path", recordings(), ids=lambda path: path.stem)
#: One service for all of them, also where several processes share the tests.
pytestmark = pytest.mark.xdist_group("recorded")


@dataclass(frozen=True)
class Studio:
    """The service and the Claude that everything is played back on."""

    live: Live
    fake: FakeClaude
    clock: Clock
    #: What came of each recording, by its name.
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """All that a recording came to."""

    report: dict[str, Any]
    masked: dict[str, Any]
    transcript: list[dict[str, Any]]
    times_heard_again: int


@pytest.fixture(scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Studio]:
    clock = Clock(time.time())
    secrets: dict[str, Any] = {"elevenlabs_webhook_secret": (SecretStr(SECRET),)}
    async with (
        FakeClaude() as fake,
        live_server(tmp_path_factory.mktemp("studio"), claude_url=fake.base_url, clock=clock, **secrets) as live,
    ):
        yield Studio(live, fake, clock)


# Held as they were recorded


async def played(studio: Studio, path: Path) -> tuple[Recording, Outcome]:
    """The recording and what came of it; held once, whoever asks."""
    recording = load(path)
    if recording.name not in studio.outcomes:
        stage = Stage(recording)
        studio.fake.replies = stage
        await hold(studio, recording, stage)
        await finish(studio, recording)
        studio.outcomes[recording.name] = await outcome(studio, recording.name, stage)
    return recording, studio.outcomes[recording.name]


async def hold(studio: Studio, recording: Recording, stage: Stage) -> None:
    live = studio.live
    named = {"sessionId": recording.name, "flow": recording.flow, "language": recording.language}
    assert (await live.post("/api/register-session", named)).status_code == 201
    opening = (await live.post("/api/first-message", named)).json()["message"]
    messages, call = [assistant(opening)], 1
    await live.services.bindings.bind(conversation(recording, call), recording.name)
    for turn in recording.turns:
        stage.turn = turn
        studio.clock.now += 60 * turn.minutes
        if turn.call != call:
            messages, call = [assistant("Hello again. Shall we go on where we were?")], turn.call
            await live.services.bindings.bind(conversation(recording, call), recording.name)
        messages.append(user(turn.caller))
        async with claude_is_well(live):
            said = spoken(await live.chat(messages, headers={"X-Conversation-Id": conversation(recording, call)}))
            await live.settle()
        messages[-1] = user(turn.seen or turn.caller)
        messages.append(assistant(said))


@asynccontextmanager
async def claude_is_well(live: Live) -> AsyncGenerator[None]:
    """Nothing is held against Claude of an outage that is over."""
    assert live.services.interviewer.dialogue is not None
    yield
    live.services.interviewer.dialogue.breaker = Breaker()


def conversation(recording: Recording, call: int) -> str:
    return f"conv_{recording.name}_{call}"


async def finish(studio: Studio, recording: Recording) -> None:
    """The call is over, by itself or because nobody says anything any more; what is due afterwards is done."""
    live = studio.live
    if recording.platform is not None:
        lines = [{"role": "user", "message": said, "time_in_call_secs": i} for i, said in enumerate(recording.platform)]
        body = transcription(conversation(recording, recording.turns[-1].call), transcript=lines)
        delivered = await deliver(live.http, body, header=signed(body, SECRET, int(studio.clock.now)))
        assert delivered.status_code == 200
        await live.settle()
    for pause_s in (BACK_OFF_S[0], IDLE_S):
        if (await live.session(recording.name)).report_status == "ready":
            return
        async with claude_is_well(live):
            studio.clock.now += pause_s
            await live.services.reports.run_due()
            await live.settle()


async def outcome(studio: Studio, session_id: str, stage: Stage) -> Outcome:
    async def shown(what: str, **query: str) -> Any:
        answer = await studio.live.get(f"/api/sessions/{session_id}/{what}", **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    return Outcome(
        report=await shown("report", private="show"),
        masked=await shown("report"),
        transcript=(await shown("transcript", private="show"))["transcript"],
        times_heard_again=stage.again,
    )


# Checked


@ALL
async def test_a_report_says_what_a_person_expects_of_the_interview(studio: Studio, path: Path) -> None:
    recording, made = await played(studio, path)
    assert told(made.report) == expected(recording.report)


@ALL
async def test_a_shared_report_hides_what_is_private_and_nothing_else(studio: Studio, path: Path) -> None:
    recording, made = await played(studio, path)
    assert told(made.masked) == laid_over(expected(recording.report), recording.masked)


@ALL
async def test_all_words_of_a_report_are_the_callers_own_letter_by_letter(studio: Studio, path: Path) -> None:
    """Each in the turn it is said to be from, by the transcript that anybody can look up."""
    _, made = await played(studio, path)
    said = {line["turn"]: line["text"] for line in made.transcript if line["role"] == "user"}
    quoted = [*quotes_of(made.report["fields"]), *evidence_of(made.report["facts"])]
    assert [(words, turn) for words, turn in quoted if not stands_in(words, said.get(turn, ""))] == []
    statements = made.report["fields"].get("in_their_words", {}).get("value", [])
    if statements != "cannot_tell":
        assert [words for words in statements if not any(words in text for text in said.values())] == []


@ALL
async def test_a_report_fits_the_schema_of_its_flow(studio: Studio, path: Path) -> None:
    recording, made = await played(studio, path)
    schema = Draft202012Validator((await studio.live.get("/api/reports/schema", flow=recording.flow)).json())
    for report in (made.report, made.masked):
        assert [error.message for error in schema.iter_errors(report)] == []


@ALL
async def test_claude_listens_again_once_and_only_where_it_has_to(studio: Studio, path: Path) -> None:
    recording, made = await played(studio, path)
    assert made.times_heard_again == (recording.again is not None)


def test_there_are_twenty_one_of_them_in_both_languages_and_all_shipped_flows() -> None:
    corpus = [load(path) for path in recordings()]
    assert len(corpus) == 21
    assert {(each.flow, each.language) for each in corpus} == {
        ("financial_lifestyle", "en"),
        ("stakeholder", "en"),
        ("stakeholder", "de"),
        ("screening", "en"),
        ("screening", "de"),
    }


def test_every_status_stands_in_some_expectation() -> None:
    facts = [fact for path in recordings() for fact in expected(load(path).report)["facts"].values()]
    assert {fact["status"] for fact in facts} == {
        "filled",
        "refused",
        "unknown",
        "given_up",
        "not_reached",
        "off_the_road",
    }


# What is compared


def expected(report: Any) -> dict[str, Any]:
    """A report as it is written by hand, with what goes without saying: filled, and heard by Claude."""
    facts = {name: _expected_fact(name, fact) for name, fact in report["facts"].items()}
    left = {name: _private(name, dict(NEVER_REACHED)) for name in report.get("not_reached", ())}
    assert not facts.keys() & left.keys()
    rest = {name: report[name] for name in ("status", "ending", "flags", "topics", "fields")}
    return {**rest, "facts": facts | left, "differences": report.get("differences", [])}


def _expected_fact(name: str, written: Any) -> dict[str, Any]:
    fact = {"status": "filled", "value": None, "source": "listen", **written}
    if "corrected" in fact:
        fact["corrected"] = [{"status": "filled", "value": None, "source": "listen", **e} for e in fact["corrected"]]
    return _private(name, fact)


def _private(name: str, fact: dict[str, Any]) -> dict[str, Any]:
    return {**fact, "private": True} if name in PRIVATE else fact


def told(report: dict[str, Any]) -> dict[str, Any]:
    """The report but for ids, times and costs."""
    names = ("status", "ending", "flags", "topics", "fields", "differences")
    facts = {name: {k: v for k, v in fact.items() if k != "topic"} for name, fact in report["facts"].items()}
    told = {**{name: report[name] for name in names}, "facts": facts}
    return {**told, "differences": sorted(told["differences"], key=lambda each: each["slot"])}


def laid_over(report: Any, other: Any) -> Any:
    """The report with what the other has in place of its own."""
    if not isinstance(report, dict) or not isinstance(other, dict):
        return deepcopy(other)
    assert not other.keys() - report.keys(), "only what is there can differ"
    return {name: laid_over(value, other[name]) if name in other else value for name, value in report.items()}


def quotes_of(node: Any) -> list[tuple[str, int]]:
    if isinstance(node, dict):
        own = [(quote["words"], quote["turn"]) for quote in node.get("quotes", ()) if isinstance(quote, dict)]
        return own + [found for value in node.values() if isinstance(value, dict) for found in quotes_of(value)]
    return []


def stands_in(words: str, text: str) -> bool:
    """Letter for letter; of whoever did not agree to be asked, all but what is hidden in any case."""
    return bool(words) and all(part in text for part in words.split(MASK))


def evidence_of(facts: dict[str, Any]) -> list[tuple[str, int]]:
    told = [each for fact in facts.values() for each in (fact, *fact.get("corrected", ()))]
    return [(each["words"], each["turn"]) for each in told if each["status"] != "not_reached"]
