"""What an interview costs, from the first call to Claude to the report, the log and /metrics."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.callers import Caller, as_claude, is_listen, is_speak, shown
from tests.e2e.test_whole_interview import by_webhook, finished
from tests.fake_claude import Body, FakeClaude, Received, Reply, error_reply
from tests.live_server import OPERATORS, PATIENT, QUICK, Live, assistant, live_server, spoken, user
from webhook.costs import Costs
from webhook.interview.cost import PRICES, Call, Spending, Spent, Usage, spending_of
from webhook.interview.session import Session

HAIKU = "claude-haiku-5-5"
YES = "Yes, that's fine."
#: What the fake says it bills for a prompt.
PROMPTS = {
    "listen": {"input_tokens": 300, "cache_read_input_tokens": 2000, "cache_creation_input_tokens": 100},
    "speak": {"input_tokens": 500, "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 0},
    "report": {"input_tokens": 4000, "cache_read_input_tokens": 0, "cache_creation_input_tokens": 0},
}


def purpose_of(body: Body) -> str:
    return "listen" if is_listen(body) else "speak" if is_speak(body) else "report"


def billing(script: Callable[[Body], Reply] = as_claude) -> Callable[[Body], Reply]:
    """The same replies, with prompts of a known size."""
    return lambda body: replace(script(body), usage=PROMPTS[purpose_of(body)])


def usage_of(received: Received) -> Usage:
    billed = received.usage
    return Usage(
        input_tokens=billed.get("input_tokens", 0),
        cache_write_tokens=billed.get("cache_creation_input_tokens", 0),
        cache_read_tokens=billed.get("cache_read_input_tokens", 0),
        output_tokens=billed.get("output_tokens", 0),
    )


def billed_for(received: Iterable[Received]) -> Spending:
    calls = [Call(purpose=purpose_of(r.body), model=r.body["model"], usage=usage_of(r)) for r in received]
    return spending_of(*calls)


async def figures(live: Live) -> dict[tuple[str, ...], float]:
    """The samples of /metrics by name and the values of their labels, without the worker."""
    answer = await live.http.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    samples: dict[tuple[str, ...], float] = {}
    for line in answer.text.splitlines():
        if found := re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line):
            labels = dict(re.findall(r'(\w+)="([^"]*)"', found[2]))
            labels.pop("worker")
            samples[found[1], *(labels[name] for name in sorted(labels))] = float(found[3])
    return samples


async def opened(live: Live) -> list[dict[str, str]]:
    opening = (await live.post("/api/first-message", {})).json()["message"]
    return [assistant(opening), user(YES)]


async def told(live: Live, messages: Any, session_id: str = "s-1") -> str:
    answer = await live.talk({"messages": messages, "variables": {"session_id": session_id}})
    return str(answer["content"])


async def spent(live: Live, session_id: str = "s-1") -> Spending:
    """As far as it is in the record."""
    return (await live.session(session_id)).spending


def wasted(spending: Spending) -> dict[str, int]:
    """Wasted calls by purpose."""
    counted: Counter[str] = Counter()
    for (purpose, _), each in spending.spent.items():
        counted[purpose] += each.wasted_calls
    return {purpose: count for purpose, count in counted.items() if count}


# A whole interview


async def test_the_cost_in_the_report_is_what_was_billed(tmp_path: Path) -> None:
    async with (
        FakeClaude(billing()) as fake,
        live_server(tmp_path, claude_url=fake.base_url, turn_draft=False) as live,
    ):
        record = await by_webhook(live, fake, Caller())
        report = await finished(live, record.session_id)
        session = await live.session(record.session_id)
        samples = await figures(live)
    billed = billed_for(fake.received)
    assert {purpose for purpose, _ in billed.spent} == {"listen", "speak", "report"}
    assert session.spending == billed
    claude = report["claude"]
    assert (claude["calls"], claude["wastedCalls"], claude["modelsWithoutPrice"]) == (len(fake.received), 0, [])
    assert claude["costUsd"] == pytest.approx(billed.cost(PRICES), abs=1e-8)
    assert claude["wastedCostUsd"] == 0.0
    for row in claude["tokens"]:
        each = billed.spent[row["purpose"], row["model"]]
        assert (row["calls"], row["input"], row["cacheRead"], row["cacheWrite"], row["output"]) == (
            each.calls,
            each.usage.input_tokens,
            each.usage.cache_read_tokens,
            each.usage.cache_write_tokens,
            each.usage.output_tokens,
        )
        price = PRICES[row["model"]].of(each.usage)
        assert row["costUsd"] == pytest.approx(price, abs=1e-8)
        assert samples["webhook_claude_cost_dollars_total", row["model"], row["purpose"]] == pytest.approx(price)
        assert samples["webhook_claude_calls_total", row["model"], "whole", row["purpose"]] == each.calls
        named = "webhook_claude_tokens_total", "output", row["model"], row["purpose"]
        assert samples[named] == each.usage.output_tokens
    assert sum(n for (name, *_), n in samples.items() if name == "webhook_turns_total") == len(record.heard)
    assert samples["webhook_turn_seconds_count",] == samples["webhook_first_text_seconds_count",] == len(record.heard)


async def test_a_model_without_a_price_is_named_and_its_cost_not_guessed(tmp_path: Path) -> None:
    options: dict[str, Any] = {"turn_draft": False, "claude_model": "claude-x", "claude_report_model": HAIKU}
    async with FakeClaude(billing()) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        record = await by_webhook(live, fake, Caller())
        claude = (await finished(live, record.session_id))["claude"]
    assert (claude["costUsd"], claude["modelsWithoutPrice"]) == (None, ["claude-x"])
    assert {row["model"]: row["costUsd"] is None for row in claude["tokens"]} == {"claude-x": True, HAIKU: False}


async def test_a_scripted_interview_costs_nothing(tmp_path: Path) -> None:
    async with FakeClaude() as fake, live_server(tmp_path) as live:
        record = await by_webhook(live, fake, Caller())
        claude = (await finished(live, record.session_id))["claude"]
    assert (claude["calls"], claude["costUsd"], claude["tokens"]) == (0, 0.0, [])


async def test_a_turn_says_in_the_log_what_it_cost(tmp_path: Path) -> None:
    async with FakeClaude(billing()) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        with capture_logs() as logs:
            await told(live, await opened(live))
            await live.settle()
    (line,) = [entry for entry in logs if entry["event"] == "turn"]
    total = billed_for(fake.received).total().usage
    assert (line["tokens_in"], line["tokens_cached"]) == (total.prompt_tokens, total.cache_read_tokens) == (3900, 3000)
    assert line["tokens_out"] == total.output_tokens
    assert line["cost"] == pytest.approx(PRICES[HAIKU].of(total), abs=1e-8)


# Words that nobody heard


async def test_a_draft_that_is_not_spoken_is_wasted(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        if is_listen(body) and "Basta" in shown(body):
            return replace(
                as_claude(body),
                json={**(as_claude(body).json or {}), "facts": [], "signals": ["stop"]},
                first_token_s=0.3,
            )
        return as_claude(body)

    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        talk = await opened(live)
        talk += [assistant(await told(live, talk)), user("Basta.")]
        await told(live, talk)
        await live.settle()
        spending = await spent(live)
        samples = await figures(live)
    assert wasted(spending) == {"speak": 1}
    assert spending.spent["speak", HAIKU].wasted.input_tokens == 500
    assert samples["webhook_claude_calls_total", HAIKU, "wasted", "speak"] == 1
    assert samples["webhook_claude_wasted_tokens_total", "input", HAIKU, "speak"] == 500
    assert samples["webhook_drafts_total", "dropped"] == 1


async def test_a_draft_that_is_spoken_says_what_it_has_spared_the_caller(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        reply = as_claude(body)
        return replace(reply, first_token_s=0.3) if is_listen(body) else reply

    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url) as live:
        talk = await opened(live)
        talk += [assistant(await told(live, talk)), user("I'm Sam.")]
        await told(live, talk)
        await live.settle()
        samples = await figures(live)
    assert samples["webhook_drafts_total", "used"] == 1
    assert samples["webhook_draft_lead_seconds_count",] == 1
    assert samples["webhook_draft_lead_seconds_sum",] > 0.0
    assert samples["webhook_claude_cache_total", HAIKU, "hit", "speak"] == 2
    assert samples["webhook_claude_cache_total", HAIKU, "miss", "speak"] == 0


async def test_the_loser_of_a_race_is_wasted(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        slow = is_speak(body) and body["model"] == HAIKU
        return replace(as_claude(body), first_token_s=20.0 if slow else 0.0)

    waits = replace(PATIENT, hedge_s=0.1)
    options: dict[str, Any] = {"claude_fallback_model": "claude-sonnet-5-5", "deadlines": waits, "turn_draft": False}
    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        await told(live, await opened(live))
        await live.settle()
        spending = await spent(live)
    loser = spending.spent["speak", HAIKU]
    assert (loser.calls, loser.wasted_calls, loser.wasted.input_tokens) == (1, 1, 500)
    assert spending.spent["speak", "claude-sonnet-5-5"].wasted_calls == 0


async def test_a_late_listen_that_is_used_is_not_wasted(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        return replace(as_claude(body), first_token_s=0.4 if is_listen(body) and "fine" in shown(body) else 0.0)

    waits = replace(PATIENT, listen_s=0.1)
    options: dict[str, Any] = {"deadlines": waits, "turn_draft": False}
    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        talk = await opened(live)
        talk += [assistant(await told(live, talk)), user("I'm Sam.")]
        await live.settle()
        assert (await spent(live)).total().calls == 1  # speak; listen was noted after the turn was saved
        await told(live, talk)
        await live.settle()
        spending = await spent(live)
    assert spending.total().calls == len(fake.received) == 4
    assert wasted(spending) == {}


async def test_a_late_listen_is_wasted_when_its_turn_was_replaced(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        late = is_listen(body) and "Samuel" not in shown(body) and "I'm Sam" in shown(body)
        return replace(as_claude(body), first_token_s=0.6 if late else 0.0)

    waits = replace(PATIENT, listen_s=0.1)
    options: dict[str, Any] = {"deadlines": waits, "turn_draft": False}
    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        first = await opened(live)
        talk = [*first, assistant(await told(live, first))]
        await told(live, [*talk, user("I'm Sam")])
        await told(live, [*talk, user("I'm Samuel")])
        await live.settle()
        await told(live, [*talk, user("I'm Samuel"), assistant("And your age?"), user("34")])
        await live.settle()
        spending = await spent(live)
    assert wasted(spending) == {"listen": 1}
    assert spending.spent["listen", HAIKU].wasted.input_tokens == 300


async def test_what_was_made_for_words_that_were_replaced_is_wasted(tmp_path: Path) -> None:
    speaking = asyncio.Event()

    def script(body: Body) -> Reply:
        reply = as_claude(body)
        if is_speak(body) and "I'm Sam<" in shown(body):
            speaking.set()
            return replace(reply, gap_s=5.0)
        return reply

    async with (
        FakeClaude(billing(script)) as fake,
        live_server(tmp_path, claude_url=fake.base_url, turn_draft=False) as live,
    ):
        first = await opened(live)
        talk = [*first, assistant(await told(live, first))]
        older = asyncio.create_task(told(live, [*talk, user("I'm Sam")]))
        await speaking.wait()
        await told(live, [*talk, user("I'm Samuel")])
        await older
        await live.settle()
        await told(live, [*talk, user("I'm Samuel"), assistant("And your age?"), user("34")])
        await live.settle()
        spending = await spent(live)
    assert wasted(spending) == {"listen": 1, "speak": 1}
    assert spending.total().calls == len(fake.received)


async def test_what_is_said_after_everybody_has_hung_up_is_wasted(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        reply = as_claude(body)
        slow = is_speak(body) and "I'm Sam<" in shown(body)
        return replace(reply, text="Well " + "then " * 40 + "what is next?", gap_s=0.1) if slow else reply

    options: dict[str, Any] = {"deadlines": replace(PATIENT, resend_s=0.2), "turn_draft": False}
    async with FakeClaude(billing(script)) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        talk = await opened(live)
        call = {"X-Conversation-Id": "conversation-1"}
        talk += [assistant(spoken(await live.chat(talk, headers=call))), user("I'm Sam")]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.6):
                await live.chat(talk, headers=call)
        await live.settle()
        await live.chat([*talk, assistant("What is next?"), user("34")], headers=call)
        await live.settle()
        spending = await spent(live, "conversation-1")
    assert wasted(spending) == {"speak": 1}
    assert spending.spent["speak", HAIKU].wasted.output_tokens > 1


async def test_calls_that_failed_are_counted_and_wasted(tmp_path: Path) -> None:
    def script(body: Body) -> Reply:
        return error_reply(500, "api_error") if is_speak(body) else as_claude(body)

    options: dict[str, Any] = {"deadlines": QUICK, "turn_draft": False}
    async with FakeClaude(script) as fake, live_server(tmp_path, claude_url=fake.base_url, **options) as live:
        await told(live, await opened(live))
        await live.settle()
        spending = await spent(live)
    assert spending.spent["speak", HAIKU] == Spent(calls=1, wasted_calls=1)


# The ledger


def made(session_id: str, created_at: float = 0.0) -> Session:
    return Session(
        session_id=session_id, flow_id="f", flow_version=1, flow_hash="h", persona_id="p", language="en",
        created_at=created_at, updated_at=created_at,
    )  # fmt: skip


class Store:
    """Saves that can be refused or fail."""

    def __init__(self) -> None:
        self.saved = made("s")
        self.fails = False

    async def change(self, _: str, apply: Callable[[Session, float], Session | None]) -> Session | None:
        changed = apply(self.saved, 0.0)
        if changed is not None and self.fails:
            raise ConnectionError
        self.saved = changed or self.saved
        return changed


async def test_what_was_not_saved_goes_with_the_next_save_and_only_once() -> None:
    costs, store = Costs(PRICES), Store()
    call = Call(purpose="speak", model=HAIKU, usage=Usage(output_tokens=3))
    costs.noting(made("s"))(call)
    sessions: Any = store
    assert await costs.change(sessions, "s", lambda _, __: None) is None
    store.fails = True
    with pytest.raises(ConnectionError):
        await costs.change(sessions, "s", lambda s, _: s)
    store.fails = False
    for _ in range(2):
        await costs.change(sessions, "s", lambda s, _: s)
        assert store.saved.spending == spending_of(call)


async def test_what_is_kept_for_a_save_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webhook.costs.MOST_UNSAVED", 3)
    costs = Costs(PRICES)
    for number in range(9):
        costs.noting(made(f"s{number}"))(Call(purpose="speak", model=HAIKU))
    assert list(costs._unsaved) == [("s6", 0.0), ("s7", 0.0), ("s8", 0.0)]


async def test_what_a_deleted_interview_cost_does_not_go_into_the_next_by_its_id() -> None:
    costs, store = Costs(PRICES), Store()
    costs.noting(made("s"))(Call(purpose="speak", model=HAIKU, usage=Usage(output_tokens=3)))
    store.saved = made("s", created_at=1.0)
    sessions: Any = store
    await costs.change(sessions, "s", lambda s, _: s)
    assert store.saved.spending == Spending()


# Who may look


async def test_metrics_need_the_token_where_the_setting_says_so(tmp_path: Path) -> None:
    async with live_server(tmp_path, metrics="token") as live:
        assert (await live.http.get("/metrics")).status_code == 401
        assert (await live.http.get("/metrics", headers=OPERATORS)).status_code == 200


async def test_metrics_can_be_turned_off(tmp_path: Path) -> None:
    async with live_server(tmp_path, metrics="off") as live:
        answer = await live.http.get("/metrics", headers=OPERATORS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


async def test_two_services_in_one_process_count_for_themselves(tmp_path: Path) -> None:
    async with live_server(tmp_path / "a") as one, live_server(tmp_path / "b") as other:
        await told(one, [user("Hello?")])
        await one.settle()
        counted = [
            sum(n for (name, *_), n in (await figures(each)).items() if name == "webhook_turns_total")
            for each in (one, other)
        ]
    assert counted == [1, 0]
