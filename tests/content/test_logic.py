"""Conditions that never or always hold, and lines that are never read."""

from __future__ import annotations

import pytest

from tests.content.conftest import Check

ARROW = "    follow_up: summary"
SLOTS = """\
      fun: {type: choices, values: [streaming, gaming, music], at_most: 2}
      hobbies: {type: list, of: text, at_least: 1}
      wish: {type: text}
      cost: {type: money, min: 0}
"""
#: Where the first two conditions stand.
FIRST, SECOND = "31:13", "33:13"


def told(check: Check, *conditions: str) -> list[str]:
    """What is said of these conditions, in one follow_up that ends in `else`."""
    lines = "".join(f"      - if: '{condition}'\n        go_to: summary\n" for condition in conditions)
    _, findings = check(
        ("{type: choice, values: [rent, own]}\n", "{type: choice, values: [rent, own, other]}\n" + SLOTS),
        (ARROW, f"    follow_up:\n{lines}      - else: summary"),
    )
    return [finding.removeprefix("flows/x.yaml:").replace(": warning", "") for finding in findings]


NEVER = "this condition can never hold"
ALWAYS = "this condition always holds whatever is answered: the lines after it are never read"
ALWAYS_HERE = "this condition always holds when it is read: the lines after it are never read"
COVERED = "this line is never read: whenever it holds, a line above it holds as well"


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("age > 5 and age < 3", f"{NEVER} (did you mean `age > 5 or age < 3`?)"),
        ("age > 5 and age < 6", NEVER),
        ("age > 120", NEVER),
        ("age < 1", NEVER),
        ("cost < 0", NEVER),
        ('tenure == "rent" and tenure == "own"', f'{NEVER} (did you mean `tenure == "rent" or tenure == "own"`?)'),
        ('tenure == "rent" and tenure == null', f'{NEVER} (did you mean `tenure == "rent" or tenure == null`?)'),
        ('wish == "a" and wish == "b"', f'{NEVER} (did you mean `wish == "a" or wish == "b"`?)'),
        ('"streaming" in fun and fun.length == 0', f'{NEVER} (did you mean `"streaming" in fun or fun.length == 0`?)'),
        ('"streaming" in fun and "gaming" in fun and "music" in fun', f'{NEVER} (did you mean `"streaming" in fun or "gaming" in fun or "music" in fun`?)'),
        ("fun.length > 2", NEVER),
        ("hobbies.length < 0", NEVER),
        ("minutes_left > 10", NEVER),
        ("age == 5.5", NEVER),
        ('tenure != "rent" or tenure != "own"', f'{ALWAYS} (did you mean `tenure != "rent" and tenure != "own"`?)'),
        ("consent == true or consent != true", f"{ALWAYS}"),
        ("fun.length >= 0", ALWAYS),
    ],
)  # fmt: skip
def test_a_condition_that_is_always_the_same_is_told(check: Check, condition: str, said: str) -> None:
    assert told(check, condition) == [f"{FIRST}: {said}"]


@pytest.mark.parametrize(
    "condition",
    [
        "age > 5 and age < 7",
        "age >= 120",
        "cost > 5 and cost < 6",
        "age < 18 or age >= 18",
        'tenure != "rent" and tenure != "own"',
        '"streaming" in fun and "gaming" in fun',
        '"streaming" in fun and fun.length == 1',
        "hobbies.length == 7",
        'not ("chess" in hobbies) and hobbies.length > 1',
        "minutes_left < 3",
        'wish == "a" or wish == null',
    ],
)
def test_a_condition_that_depends_on_the_answer_is_fine(check: Check, condition: str) -> None:
    assert told(check, condition) == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ("age < 18", "age  <  18", "this line is never read: line 31 has the same condition"),
        ('"dog" in wish', '"dog" in wish', "this line is never read: line 31 has the same condition"),
        ("age < 18", "age < 12", COVERED),
        ('tenure != "rent"', 'tenure == "own"', COVERED),
        ('tenure == "rent" or age < 18', 'tenure == "rent" and "music" in fun', COVERED),
        ('tenure != "rent"', 'tenure == "rent"', ALWAYS_HERE),
        ("age < 18", "not (age < 18)", None),
        ("age < 18", "age < 20", None),
        ('tenure == "rent"', "age < 12", None),
    ],
)
def test_a_line_that_the_lines_above_leave_nothing_for_is_told(
    check: Check, first: str, second: str, said: str | None
) -> None:
    assert told(check, first, second) == ([f"{SECOND}: {said}"] if said else [])


def test_lines_after_one_that_always_holds_are_not_told_one_by_one(check: Check) -> None:
    assert told(check, "age == null or age >= 0", "age < 3", "age < 4") == [f"{FIRST}: {ALWAYS}"]


@pytest.mark.parametrize(
    "condition",
    [
        "wish.length > 5 and wish.length < 3",
        "age + cost > 5 and age + cost < 3",
        "age < cost and age > cost",
        '"a" in wish and not ("a" in wish)',
    ],
)
def test_nothing_is_said_of_what_a_few_values_cannot_tell(check: Check, condition: str) -> None:
    assert told(check, condition) == []


def test_too_many_combinations_are_passed_over(check: Check) -> None:
    names = [f"n{number}" for number in range(9)]
    slots = "".join(f"      {name}: {{type: choice, values: [a, b, c, d]}}\n" for name in names)
    wide = " and ".join(f'{name} == "a"' for name in names)
    flow, findings = check(
        ("      tenure:", slots + "      tenure:"),
        ("minutes: 10", "minutes: 60"),
        (ARROW, f"    follow_up:\n      - {{if: '{wide}', go_to: summary}}\n      - else: summary"),
    )

    assert flow is not None
    assert findings == []


def test_a_topic_that_only_dead_lines_lead_to_is_told(check: Check) -> None:
    fork = "    follow_up:\n      - {if: age > 200, go_to: old}\n      - else: summary\n"
    _, findings = check((ARROW, fork + "  old:\n    follow_up: older\n  older:\n    follow_up: summary"))

    assert findings == [
        f"flows/x.yaml:27:14: warning: {NEVER}",
        "flows/x.yaml:29:3: warning: topic `old` can never be reached: the lines that lead to it are never taken",
        "flows/x.yaml:31:3: warning: topic `older` can never be reached: the lines that lead to it are never taken",
    ]
