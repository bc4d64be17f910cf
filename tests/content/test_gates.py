"""A gate that falls open where nothing is known is told, with what closes it."""

from __future__ import annotations

import pytest

from tests.content.conftest import Check

ARROW = "    follow_up: summary"
MUST = ("  age:\n    ", "  age:\n    importance: must\n    ")


def gate(condition: str, *before: str) -> tuple[str, str]:
    lines = [*before, f"- {{if: {condition}, end: no_consent}}", "- else: summary"]
    return ARROW, "    follow_up:\n" + "".join(f"      {line}\n" for line in lines)


@pytest.mark.parametrize(
    ("condition", "remedy"),
    [
        ("age < 18", "begin it with `age == null or`, or say with `if: age == null` where they go"),
        ("age == 3 or age > 75", "begin it with `age == null or`, or say with `if: age == null` where they go"),
    ],
)
def test_a_gate_that_nobody_needs_to_answer_is_told(check: Check, condition: str, remedy: str) -> None:
    _, findings = check(MUST, gate(condition))

    assert [finding.partition("warning: ")[2] for finding in findings] == [
        f"whoever gives no answer passes this line: {remedy}"
    ]


@pytest.mark.parametrize("condition", ["age == null or age < 18", "age != 30"])
def test_a_gate_that_is_closed_is_fine(check: Check, condition: str) -> None:
    assert check(MUST, gate(condition))[1] == []


def test_a_line_of_its_own_for_no_answer_is_an_answer(check: Check) -> None:
    assert check(MUST, gate("age < 18", "- {if: age == null, go_to: summary}"))[1] == []


def test_what_is_no_must_may_be_passed_by(check: Check) -> None:
    assert check(gate("age < 18"))[1] == []
