"""Reports: one for each call that ended, whoever died on the way; times come from a clock that the test turns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.callers import SAM, as_claude, is_listen, shown, write
from tests.fake_claude import UNDERSTOOD, Body, FakeClaude, Reply, error_reply
from tests.live_server import decision_of
from tests.office import NOON, Office, staffed
from webhook.asks import Ask
from webhook.errors import NotFound, ReportPending
from webhook.interview import turns
from webhook.interview.history import Message
from webhook.interview.relistening import READ_BY_CODE
from webhook.interview.session import SessionStatus
from webhook.reports import BACK_OFF_S, IDLE_S, _pending_again

YES = "Yes, that's fine."
NO = "No, I don't agree."
BUSY = error_reply(529, "overloaded_error")
REPORT = Reply(json={name: {"value": "frugal", "quotes": []} for name in ("spending_style", "what_matters")})
CANNOT_TELL = {"value": "cannot_tell", "quotes": []}
#: As long as it takes until a job that was left to its lease is due again.
LEASE_S = 121.0


class Desk(Office):
    """Where reports are made."""

    async def jobs(self) -> None:
        """What is due, in all workers at once."""
        await asyncio.gather(*(worker.reports.run_due() for worker in self.workers))
        await self.settle()

    async def report(self, session_id: str = "s") -> dict[str, Any]:
        session = await self.session(session_id)
        assert session.report_status == "ready"
        assert session.report is not None
        return dict(session.report)

    async def whole_call(self, session_id: str = "s") -> None:
        said: list[str] = []
        for topic in SAM:
            said.append(SAM[topic])
            said.append(await self.hear(*said, session_id=session_id))


def written(fake: FakeClaude) -> int:
    """How many reports were asked for."""
    return sum(map(is_report, fake.bodies))


def is_report(body: Body) -> bool:
    properties = body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})
    return "spending_style" in properties


def failing(reply: Reply) -> Any:
    """All is well but the writing of reports."""
    return lambda body: reply if is_report(body) else understands(body)


def understands(body: Body) -> Reply:
    """Hears a no to the opening as well."""
    if is_listen(body) and f"<caller>{NO}</caller>" in shown(body):
        return Reply(json={**UNDERSTOOD, "facts": [{"slot": "consent", "value": False, "words": "No", "how": "said"}]})
    return as_claude(body)


def office(data_dir: Path, fake: FakeClaude | None = None, *, workers: int = 1) -> AbstractAsyncContextManager[Desk]:
    claude: dict[str, Any] = {}
    if fake is not None:
        claude = {"anthropic_api_key": SecretStr("key"), "anthropic_base_url": fake.base_url}
    return staffed(Desk(), data_dir, workers=workers, **claude)


@pytest.fixture(scope="module")
async def server() -> AsyncGenerator[FakeClaude]:
    async with FakeClaude(as_claude) as running:
        yield running


@pytest.fixture
def fake(server: FakeClaude) -> FakeClaude:
    server.received.clear()
    server.replies = understands
    return server


# Made once


async def test_when_a_call_ends_its_report_is_there_without_anybody_asking(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        await here.whole_call()
        report = await here.report()
        assert (report["status"], report["ending"], report["flags"]) == ("completed", "completed", [])
        assert report["reportedAt"] == NOON
        assert written(fake) == 1


async def test_quotes_that_were_never_said_leave_the_written_fields(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        await here.whole_call()
        report = await here.report()
    claimed = write(next(body for body in fake.bodies if is_report(body)))
    assert "yacht" in str(claimed)
    assert "yacht" not in str(report)
    said = ["Netflix for 12 a month and Spotify.", "Mostly budget trips."]
    style = report["fields"]["spending_style"]
    assert style["value"] == "frugal"
    assert [quote["words"] for quote in style["quotes"]] == said
    assert report["fields"]["in_their_words"]["value"] == said


async def test_too_few_true_quotes_make_a_written_field_unknown(fake: FakeClaude, tmp_path: Path) -> None:
    quotes = ["Mostly budget trips.", "I never spend a penny."]
    fields = ("spending_style", "what_matters", "in_their_words")
    fake.replies = failing(Reply(json={name: {"value": "frugal", "quotes": quotes} for name in fields}))
    async with office(tmp_path, fake) as here:
        await here.whole_call()
        report = await here.report()
    assert report["fields"]["spending_style"] == CANNOT_TELL  # it asks for two
    assert [quote["words"] for quote in report["fields"]["what_matters"]["quotes"]] == quotes[:1]


async def test_a_call_that_is_said_to_have_ended_twice_is_reported_once(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake, workers=2) as here:
        await here.hear(NO)
        before = await here.report()
        here.clock.now += 60.0
        ended = await here.session()
        await asyncio.gather(*(w.reports.call_ended(ended) for w in here.workers for _ in range(2)))
        await here.jobs()
        assert await here.report() == before
        assert written(fake) == 1
        here.clock.now += 10 * IDLE_S
        await here.jobs()
        assert await here.report() == before
        assert written(fake) == 1


async def test_workers_that_look_at_the_same_time_share_the_work(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = failing(BUSY)
    async with office(tmp_path, fake, workers=3) as here:
        for number in range(3):
            await here.hear(NO, session_id=f"s{number}")
        assert written(fake) == 3
        fake.received.clear()
        fake.replies = understands
        here.clock.now += LEASE_S
        await asyncio.gather(here.jobs(), here.jobs())
        assert written(fake) == 3
        for number in range(3):
            assert (await here.report(f"s{number}"))["ending"] == "no_consent"


async def test_without_claude_a_report_holds_facts_only_and_is_there_at_once(tmp_path: Path) -> None:
    async with office(tmp_path) as here:
        await here.whole_call()
        report = await here.report()
        assert report["flags"] == ["scripted"]
        assert report["facts"]["name"]["value"] == "Sam"
        assert report["fields"]["caller"] == {"name": "Sam", "age": 34, "home_area": "Leeds"}
        assert report["fields"]["spending_style"] == CANNOT_TELL


# Claude is down


async def test_a_report_that_cannot_be_written_is_tried_again_until_it_is(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = failing(BUSY)
    async with office(tmp_path, fake) as here:
        await here.whole_call()
        assert ((await here.session()).report, (await here.session()).report_status) == (None, "pending")
        await here.jobs()
        assert written(fake) == 1  # not before its time
        here.clock.now += LEASE_S
        fake.replies = as_claude
        await here.jobs()
        assert (await here.report())["fields"]["spending_style"]["value"] == "frugal"
        assert written(fake) == 2


@pytest.mark.parametrize(
    "reply",
    [
        BUSY,
        Reply(text="I would say frugal."),
        Reply(text='{"spending_style": {"va', stop_reason="max_tokens"),
        Reply(text="", stop_reason="refusal"),
        error_reply(401, "authentication_error"),
    ],
    ids=["busy", "no JSON", "cut", "refused", "wrong key"],
)
async def test_after_the_last_attempt_the_facts_alone_are_reported(
    fake: FakeClaude, tmp_path: Path, reply: Reply
) -> None:
    fake.replies = failing(reply)
    async with office(tmp_path, fake, workers=2) as here:
        await here.hear(NO)
        for attempt, pause_s in enumerate(BACK_OFF_S, start=1):
            assert written(fake) == attempt
            session = await here.session()
            assert (session.report, session.report_status, session.report_tries) == (None, "pending", attempt)
            here.clock.now += pause_s - 1.0
            await here.jobs()
            assert written(fake) == attempt, "not before its time"
            here.clock.now += 1.0
            await here.jobs()
        session = await here.session()
        assert session.report_status == "failed"
        assert session.report is not None
        assert session.report["fields"]["spending_style"] == CANNOT_TELL
        assert session.report["facts"]["consent"]["value"] is False
        assert written(fake) == len(BACK_OFF_S) + 1
        fake.replies = as_claude
        await here.first.reports.remake("s")
        await here.settle()
        assert (await here.report())["version"] == 2


@pytest.mark.parametrize("answer", ["[]", '"frugal"', "{}", '{"spending_style": null, "what_matters": [7]}'])
async def test_an_answer_of_another_form_tells_nothing_and_breaks_nothing(
    fake: FakeClaude, tmp_path: Path, answer: str
) -> None:
    fake.replies = failing(Reply(text=answer))
    async with office(tmp_path, fake) as here:
        await here.hear(NO)
        fields = (await here.report())["fields"]
    assert fields["spending_style"] == fields["what_matters"] == CANNOT_TELL


async def test_another_report_takes_the_place_of_the_one_there_is_which_counts_until_then(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with office(tmp_path, fake, workers=3) as here:
        await here.whole_call()
        first = await here.report()
        fake.replies = failing(BUSY)
        await here.first.reports.remake("s")
        await here.settle()
        session = await here.session()
        assert (session.report, session.report_status, session.report_version) == (first, "pending", 1)
        fake.replies = as_claude
        here.clock.now += BACK_OFF_S[0]
        await here.jobs()
        assert [(await here.report())["version"], (await here.session()).report_version] == [2, 2]


@pytest.mark.parametrize("runs", [40, pytest.param(1000, marks=pytest.mark.chaos)])
async def test_row_61_whoever_dies_at_whatever_step_there_is_one_current_report(
    fake: FakeClaude, tmp_path: Path, runs: int
) -> None:
    """Each run is stopped a little later than the one before, and finished by another worker when its lease is over."""
    async with office(tmp_path, fake, workers=2) as here:
        await here.whole_call()
        for run in range(1, runs + 1):
            assert await here.first.sessions.change("s", _pending_again) is not None
            await here.first.sessions.store.schedule_job("report", "s", due_at=here.clock.now)
            dying = asyncio.create_task(here.first.reports.run_due())
            for _ in range(run % 60):
                await asyncio.sleep(0)
            dying.cancel()
            await asyncio.gather(dying, return_exceptions=True)
            here.clock.now += LEASE_S
            await here.workers[1].reports.run_due()
            await here.settle()
            report = await here.report()
            assert (report["version"], (await here.session()).report_version) == (run + 1, run + 1)
            assert report["fields"]["spending_style"]["value"] == "frugal"
            assert (await here.session()).written is None


async def test_what_claude_wrote_is_not_asked_for_again_by_whoever_goes_on(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake, workers=2) as here:
        await here.whole_call()
        await here.first.sessions.change("s", _pending_again)
        session = await here.session()
        dialogue = here.first.interviewer.dialogue
        assert dialogue is not None
        await here.first.reports._written(dialogue, session)
        asked = written(fake)
        await here.first.sessions.store.schedule_job("report", "s", due_at=here.clock.now)
        await here.workers[1].reports.run_due()
        assert (await here.report())["version"] == 2
        assert written(fake) == asked


async def test_what_was_said_while_claude_was_away_is_listened_to_before_the_report(
    fake: FakeClaude, tmp_path: Path
) -> None:
    """Code read the name and could not read the age; Claude, back again, hears all of it in its own words."""
    fake.replies = lambda body: BUSY if is_listen(body) or is_report(body) else as_claude(body)
    async with office(tmp_path, fake) as here:
        said = [YES]
        said += [await here.hear(*said), "I'm Sam."]
        said += [await here.hear(*said), "My wife is 30 and I was two when she was born, no, four: thirty-four."]
        await here.hear(*said)
        before = await here.session()
        assert READ_BY_CODE in before.flags
        heard = [
            {"slot": "name", "value": "Sam", "words": "Sam", "how": "said"},
            {"slot": "age", "value": 34, "words": "thirty-four", "how": "said"},
            {"slot": "interests", "value": ["chess"], "words": "never said", "how": "said"},
        ]
        fake.replies = lambda body: Reply(json={**UNDERSTOOD, "facts": heard}) if is_listen(body) else as_claude(body)
        fake.received.clear()
        here.clock.now += IDLE_S + 1.0
        await here.jobs()
        asked = [body for body in fake.bodies if is_listen(body)]
        assert len(asked) == 1
        assert "I'm Sam." in shown(asked[0])
        assert "thirty-four" in shown(asked[0])
        report = await here.report()
        assert report["facts"]["age"]["value"] == 34
        assert (report["facts"]["age"]["words"], report["facts"]["age"]["turn"]) == ("thirty-four", 3)
        assert report["facts"]["interests"]["value"] is None, "words that nobody said prove nothing"
        assert "recovered" in report["flags"]
        assert READ_BY_CODE not in report["flags"]
        told = before.state.facts.get("age")
        code = None if told is None else {"status": told.status.value, "value": told.value}
        assert {"slot": "age", "code": code, "claude": {"status": "filled", "value": 34}} in report["differences"]
        await here.first.reports.remake("s")
        await here.settle()
        assert len([body for body in fake.bodies if is_listen(body)]) == 1, "it is listened to once"


async def test_a_call_that_claude_heard_is_not_listened_to_again(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        await here.whole_call()
        report = await here.report()
        assert (report["differences"], report["flags"]) == ([], [])


async def test_a_report_that_is_being_written_is_left_to_who_writes_it(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = failing(BUSY)
    async with office(tmp_path, fake) as here:
        await here.hear(NO)
        wanted = await here.first.reports.make_now("s")
        assert (wanted.report, wanted.report_status) == (None, "pending")
        with pytest.raises(NotFound):
            await here.first.reports.make_now("nobody")


async def test_a_report_that_waits_is_pending_and_says_when_to_ask_again(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = failing(BUSY)
    async with office(tmp_path, fake) as here:
        await here.hear(NO)
        for pause_s in BACK_OFF_S:
            with pytest.raises(ReportPending, match="is over and its report is still being made") as waits:
                here.first.reports.report_of(await here.session())
            assert pause_s <= waits.value.retry_after_s <= pause_s + 10
            here.clock.now += pause_s
            await here.jobs()
        session = await here.session()
        assert here.first.reports.report_of(session) == session.report


async def test_a_running_call_gets_no_report_even_when_it_is_wanted(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        await here.hear(YES)
        session = await here.first.reports.make_now("s")
        with pytest.raises(NotFound, match="still going on"):
            here.first.reports.report_of(session)
        assert written(fake) == 0


@pytest.mark.parametrize("writing_s", [0.0, 0.3], ids=["before it is written", "while it is written"])
async def test_a_call_that_goes_on_after_all_gets_its_report_when_it_really_ends(
    fake: FakeClaude, tmp_path: Path, writing_s: float
) -> None:
    fake.replies = failing(replace(REPORT, headers_s=writing_s) if writing_s else BUSY)
    async with office(tmp_path, fake) as here:
        interviewer = here.first.interviewer
        opening = Message(role="agent", text=interviewer.admission.opening(None, None))
        for words in (NO, f"{NO} Or wait."):
            ask = Ask(messages=(opening, Message(role="user", text=words)), session_id="s")
            await (await interviewer.answer(ask)).text()
            while not written(fake):  # noqa: ASYNC110 - there is no event to wait for
                await asyncio.sleep(0.01)
        await here.settle()
        here.clock.now += LEASE_S
        await here.jobs()
        session = await here.session()
        assert (session.status, session.report, session.report_status) == (SessionStatus.IN_PROGRESS, None, "none")
        assert written(fake) == 1
        fake.replies = understands
        here.clock.now += IDLE_S
        await here.jobs()
        assert (await here.report())["flags"] == ["partial"]


# Calls that just stop


async def test_a_call_that_just_stops_is_ended_after_a_while_and_its_report_says_so(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with office(tmp_path, fake, workers=2) as here:
        await here.hear(YES)
        here.clock.now += IDLE_S - 1.0
        await here.jobs()
        assert (await here.session()).status is SessionStatus.IN_PROGRESS
        here.clock.now += 1.1
        await here.jobs()
        assert (await here.session()).status is SessionStatus.ENDED_EARLY
        report = await here.report()
        assert (report["status"], report["ending"], report["flags"]) == ("ended_early", None, ["partial"])
        assert report["facts"]["consent"]["value"] is True
        assert report["facts"]["name"]["status"] == "not_reached"
        assert written(fake) == 1


async def test_a_call_that_goes_on_is_left_alone_however_long_it_lasts(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        said = [YES, await here.hear(YES)]
        for words in ("I'm Sam.", "I'm 34."):
            here.clock.now += IDLE_S / 3
            said.append(words)
            said.append(await here.hear(*said))
        for seconds in (IDLE_S / 3 + 1.0, IDLE_S * 2 / 3 - 2.0):
            here.clock.now += seconds
            await here.jobs()
            session = await here.session()
            assert (session.status, session.report) == (SessionStatus.IN_PROGRESS, None)
        here.clock.now += 2.0
        await here.jobs()
        assert (await here.session()).status is SessionStatus.ENDED_EARLY
        assert (await here.report())["flags"] == ["partial"]
        assert written(fake) == 1


async def test_a_call_whose_worker_died_between_the_last_decision_and_the_report_gets_one(
    fake: FakeClaude, tmp_path: Path
) -> None:
    async with office(tmp_path, fake, workers=2) as here:
        dead, alive = here.workers
        interviewer = dead.interviewer
        opening = Message(role="agent", text=interviewer.admission.opening(None, None))
        ask = Ask(messages=(opening, Message(role="user", text=NO)), session_id="s")
        found = await interviewer.admission.load_or_new("s", ask)
        changed, begun = turns.begin(found.session, ask.words, now=here.clock())
        assert await dead.sessions.save(changed, expect=found.version)
        await dead.reports.watch("s")
        decision = await decision_of(dead, changed, begun, ask)
        decided = await dead.sessions.change(
            "s", lambda s, _: turns.decide(s, begun.generation, decision, now=here.clock())
        )
        assert decided is not None
        assert decided.is_over
        await alive.reports.run_due()
        assert (await here.session()).report is None
        here.clock.now += IDLE_S
        await here.jobs()
        report = await here.report()
        assert (report["status"], report["ending"]) == ("ended_early", "no_consent")
        assert written(fake) == 1


async def test_a_deleted_call_leaves_no_work_behind(fake: FakeClaude, tmp_path: Path) -> None:
    fake.replies = failing(BUSY)
    async with office(tmp_path, fake) as here:
        await here.hear(NO)
        assert await here.first.store.delete("s")
        here.clock.now += 10 * IDLE_S
        fake.received.clear()
        await here.jobs()
        assert written(fake) == 0
        assert await here.first.store.load("s") is None


async def test_one_call_that_cannot_be_reported_does_not_hold_up_the_others(fake: FakeClaude, tmp_path: Path) -> None:
    async with office(tmp_path, fake) as here:
        for session_id in ("good", "bad"):
            await here.hear(YES, session_id=session_id)
        stored = await here.first.store.load("bad")
        assert stored is not None
        await here.first.store.save("bad", {**stored.record, "schema": 99}, expect=stored.version)
        here.clock.now += IDLE_S + 1.0
        await here.jobs()
        assert (await here.report("good"))["flags"] == ["partial"]
        kept = await here.first.store.load("bad")
        assert kept is not None
        assert kept.record["schema"] == 99
