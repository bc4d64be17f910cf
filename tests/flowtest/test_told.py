"""Tests without a model: what they hold, and how they fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flowtest.suites import CONSENTED, SHIPPED, outcome
from tests.interview.calls import lifestyle
from webhook.flowtest.failure import failure_text, summary
from webhook.flowtest.load import read_file
from webhook.flowtest.told import hold

CASES = [c for c in read_file(SHIPPED, {"financial_lifestyle": lifestyle()})[0] if not c.needs_claude]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c.name)
def test_the_shipped_talks_come_out_as_expected(case: object) -> None:
    held = hold(case)  # type: ignore[arg-type]  # a case, by CASES
    assert held.status == "passed", failure_text(held)


def turn(expect: str, understood: str = "corrected: {age: 43}", caller: str = "Actually I'm 43.") -> str:
    return f"""
        - test: a talk
          {CONSENTED}
          turns:
            - caller: "{caller}"
              understood: {{{understood}}}
              expect: {{{expect}}}
        """


@pytest.mark.parametrize(
    ("expect", "why"),
    [
        (
            "topic: summary",
            "expected topic `summary`, the talk is at `interests` because: the current topic is not complete",
        ),
        ("end: completed", "expected the end `completed`, the talk is at `interests` because"),
        ("move: probe", "expected the move `probe`, it is `ask` because"),
        ("asked: age", "expected a question of topic `age`, the talk is at `interests` because"),
        ("filled: {age: 34}", "expected `age` to be 34, it is 43"),
        ("filled: {tenure: rent}", "expected `tenure` to be rent, it is empty"),
        ("refused: [age]", "expected `age` to be refused, it is filled"),
        ("unknown: [age]", "expected `age` to be unknown, it is filled"),
        ("empty: [age]", "expected `age` to be empty, it is filled"),
        ("never_asked: [interests]", "expected never to ask for `interests`, turn 1 asks because"),
        ("said: forty-three", "expected the words “forty-three”, said was “"),
        ("in_report: {age: 34}", "expected `age` in the report to be 34, it is 43"),
        ("in_report: {caller: {age: 34}}", "expected `caller` in the report to be"),
        ("not_in_report: [age]", "expected nothing of `age` in the report, it holds 43"),
        ("minutes_under: 0.1", "expected less than 0.1 minutes, the talk took 0.4"),
    ],
)
def test_a_difference_is_one_plain_sentence(tmp_path: Path, expect: str, why: str) -> None:
    held = outcome(tmp_path, turn(expect))

    assert held.status == "failed"
    assert held.why.startswith(why), held.why


@pytest.mark.parametrize(
    "expect",
    [
        'filled: {age: "43"}',
        "in_report: {caller: {age: 43}}",
        "not_in_report: [tenure, subscriptions, travel]",
        'said: "got it"',
        "never_asked: [age, summary]",
        "spoken_only: fallback_lines",
    ],
)
def test_what_holds_passes(tmp_path: Path, expect: str) -> None:
    held = outcome(tmp_path, turn(expect))
    assert held.status == "passed", held.why


def test_what_is_never_to_be_asked_counts_for_later_turns_too(tmp_path: Path) -> None:
    body = """
        - test: a talk
          given: {consent: true}
          turns:
            - {caller: "Sam.", understood: {name: Sam}, expect: {never_asked: [interests]}}
            - {caller: "34.", understood: {age: 34}}
        """
    held = outcome(tmp_path, body)

    assert (held.status, held.line) == ("failed", 7)


def test_a_turn_after_the_end_of_the_call_fails(tmp_path: Path) -> None:
    body = """
        - test: a talk
          turns:
            - {caller: "No.", understood: {consent: false}, expect: {end: no_consent}}
            - {caller: "Sam.", understood: {name: Sam}}
        """
    assert "the call ended with `no_consent` before “Sam.”" in outcome(tmp_path, body).why


def test_what_is_given_is_past_the_opening(tmp_path: Path) -> None:
    held = outcome(tmp_path, turn("topic: interests"))

    assert held.talk is not None
    assert held.talk.steps[0].move.topic == "interests"
    assert "recorded" not in held.talk.steps[0].said


def test_the_clock_stands_where_the_test_puts_it(tmp_path: Path) -> None:
    body = turn("topic: housing_location").replace("turns:", "minutes_left: 2\n          turns:")
    assert outcome(tmp_path, body).status == "passed"


def test_a_failure_tells_the_talk_and_the_first_difference(tmp_path: Path) -> None:
    text = failure_text(outcome(tmp_path, turn("topic: age")))

    first, *_, last = text.splitlines()
    assert first.endswith("talks.yaml:3: a talk")
    assert "  given   consent = true, name = Sam, age = 34" in text
    assert "   1 caller “Actually I'm 43.”\n     learnt age = 43\n" in text
    assert last.startswith("  line 6: expected topic `age`, the talk is at `interests` because: ")


def test_the_sum_leaves_out_what_there_is_none_of(tmp_path: Path) -> None:
    held = outcome(tmp_path, turn("topic: interests"))

    assert summary((held, held)) == "2 passed"
    assert summary(()) == "no tests"
