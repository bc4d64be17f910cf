"""Tests with Claude, held against a stand-in for it: who is asked what, and what is never taken for a pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from tests.fake_claude import Body, FakeClaude, Reply, error_reply
from tests.flowtest.suites import case
from tests.interview.calls import ROOT
from webhook.flowtest.live import with_claude
from webhook.flowtest.load import Case
from webhook.flowtest.outcome import Outcome
from webhook.flowtest.run import run_told
from webhook.settings import Settings

LISTENED = """
    - test: a talk
      turns:
        - {caller: "Yes, go ahead.", expect: {topic: name%s}}
        - {caller: "I'm Sam.", expect: {topic: age, filled: {name: Sam}}}
    """
CALL = """
    - test: a call
      interviewee: {style: Says little, facts: {age: 16}, will_not_say: [housing_cost]}
      runs: 2
      expect: {end: under_age, filled: {age: 16}, minutes_under: 12, judge: [It is kind, It is short]}
    """
UNDERSTOOD: dict[str, dict[str, Any]] = {
    "Yes, go ahead.": {"consent": True},
    "I'm Sam.": {"name": "Sam"},
    "Sixteen.": {"age": 16},
}


def script(*, verdicts: list[bool], callers: tuple[str, ...] = ()) -> Callable[[Body], Reply]:
    """Claude in all its parts: it understands the lines above, speaks, plays a caller, and judges."""
    lines: list[str] = []

    def answer(body: Body) -> Reply:
        schema = body.get("output_config", {}).get("format", {}).get("schema", {}).get("properties", {})
        system = body["system"] if isinstance(body["system"], str) else body["system"][0]["text"]
        if "verdicts" in schema:
            return Reply(json={"verdicts": [{"pass": v, "why": "so it is"} for v in verdicts]})
        if "facts" in schema:
            return Reply(json=understood(json.dumps(body["messages"][-1])))
        if system.startswith("You play a person"):
            lines[:] = lines or list(callers)
            return Reply(text=lines.pop(0))
        return Reply(text="Thank you. What comes next?")

    return answer


def understood(message: str) -> dict[str, Any]:
    told = next((line for line in UNDERSTOOD if line in message.rpartition("<caller>")[2]), "")
    facts = [{"slot": s, "value": v, "words": told, "how": "said"} for s, v in UNDERSTOOD.get(told, {}).items()]
    return {"facts": facts, "refused": [], "unknown": [], "wants_to_change": [], "signals": [], "fullness": "fine"}


async def held(fake: FakeClaude, one: Case) -> Outcome:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings' own argument
        anthropic_api_key=SecretStr("key"),
        anthropic_base_url=fake.base_url,
        flows_dir=ROOT / "flows",
        prompts_dir=ROOT / "prompts",
    )
    async with with_claude(settings) as live:
        assert live is not None
        return await live.hold(one)


async def test_claude_listens_to_the_words_of_the_test(tmp_path: Path) -> None:
    async with FakeClaude(script(verdicts=[])) as fake:
        outcome = await held(fake, case(tmp_path, LISTENED % ""))

    assert outcome.status == "passed", outcome.why
    assert len(fake.bodies) == 2, "only the listening is asked for where nobody judges the words"


async def test_what_claude_does_not_understand_fails_the_test(tmp_path: Path) -> None:
    async with FakeClaude() as fake:  # understands nothing
        outcome = await held(fake, case(tmp_path, LISTENED % ""))

    assert outcome.status == "failed"
    assert outcome.why.startswith("expected topic `name`, the talk is at `intro` because")


async def test_words_that_are_expected_of_claude_are_judged(tmp_path: Path) -> None:
    body = LISTENED % ", said: it says thank you"
    async with FakeClaude(script(verdicts=[True])) as fake:
        good = await held(fake, case(tmp_path, body))
    async with FakeClaude(script(verdicts=[False])) as fake:
        bad = await held(fake, case(tmp_path, body))

    assert good.status == "passed", good.why
    assert bad.status == "failed"
    assert "it says thank you”: so it is" in bad.why


async def test_a_claude_that_cannot_be_asked_is_never_a_pass(tmp_path: Path) -> None:
    async with FakeClaude(lambda _: error_reply(401, "authentication_error")) as fake:
        listened = await held(fake, case(tmp_path, LISTENED % ""))
        called = await held(fake, case(tmp_path, CALL))

    assert [listened.status, called.status] == ["failed", "failed"]
    assert "Claude could not be asked" in listened.why
    assert "Claude could not be asked" in called.why


async def test_a_whole_call_is_held_as_often_as_the_test_says(tmp_path: Path) -> None:
    callers = ("Yes, go ahead.", "I'm Sam.", "Sixteen.")
    async with FakeClaude(script(verdicts=[True, True], callers=callers)) as fake:
        outcome = await held(fake, case(tmp_path, CALL))

    assert outcome.status == "passed", outcome.why
    assert (outcome.runs, outcome.runs_passed) == (2, 2)
    assert outcome.talk is not None
    assert [step.caller for step in outcome.talk.steps] == ["", *callers]
    assert outcome.talk.last.move.ending == "under_age"


async def test_a_verdict_against_the_talk_fails_it(tmp_path: Path) -> None:
    callers = ("Yes, go ahead.", "I'm Sam.", "Sixteen.")
    async with FakeClaude(script(verdicts=[True, False], callers=callers)) as fake:
        outcome = await held(fake, case(tmp_path, CALL))

    assert (outcome.status, outcome.runs_passed) == ("failed", 0)
    assert outcome.why == "judged against “It is short”: so it is"


async def test_a_judge_that_leaves_a_sentence_out_passes_nothing(tmp_path: Path) -> None:
    callers = ("Yes, go ahead.", "I'm Sam.", "Sixteen.")
    async with FakeClaude(script(verdicts=[True], callers=callers)) as fake:
        outcome = await held(fake, case(tmp_path, CALL))

    assert outcome.why == "the judge did not give one verdict for each sentence"


def test_without_claude_the_test_is_skipped_and_says_why(tmp_path: Path) -> None:
    outcome = run_told(case(tmp_path, LISTENED % ""))

    assert outcome.status == "skipped"
    assert "ANTHROPIC_API_KEY" in outcome.why
