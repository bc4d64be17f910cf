"""How long an interview takes, by hand and as `check` counts it."""

from __future__ import annotations

from pathlib import Path

from tests.content.conftest import Check
from webhook.content.lengths import Length
from webhook.content.load import read_folder

ARROW = "    follow_up: summary"
PETS = """\
  pets:
    importance: could
    fallback: Do you have pets?
    required_info:
      pet: {type: text}
    probes: 2
    follow_up: summary
"""
FORK = (ARROW, "    follow_up:\n      - {if: age < 30, go_to: pets}\n      - else: summary")


def measured(check: Check, *changes: tuple[str, str]) -> Length:
    flow, findings = check(*changes)
    assert flow is not None, findings
    return read_folder(Path("flows"), Path("prompts")).lengths["small"]


def test_each_question_is_asked_once_at_best_and_twice_at_worst(check: Check) -> None:
    length = measured(check)

    assert (length.best_turns, length.worst_turns) == (4, 8)
    assert (length.best_minutes, length.worst_minutes) == (1.7, 3.3)


def test_the_best_road_is_the_shortest_whole_one_and_the_worst_the_longest(check: Check) -> None:
    length = measured(check, FORK, ("  summary:\n", PETS + "  summary:\n"))

    assert (length.best_turns, length.worst_turns, length.could) == (4, 8 + 2 + 2, ("pets",))


def test_roads_that_exclude_each_other_are_not_added_up(check: Check) -> None:
    """Those who come to `pets` are under thirty, and never come to `cars`, which has a probe more."""
    cars = PETS.replace("pet", "car").replace("probes: 2", "probes: 3")
    fork = "    follow_up:\n      - {if: age >= 30, go_to: summary}\n      - else: summary"
    length = measured(check, FORK, ("  summary:\n", PETS.replace(ARROW, fork) + "  summary:\n"))
    both = measured(
        check,
        FORK,
        (
            "  summary:\n",
            PETS.replace(ARROW, "    follow_up:\n      - {if: age >= 30, go_to: cars}\n      - else: summary")
            + cars
            + "  summary:\n",
        ),
    )

    assert both.worst_turns == length.worst_turns == 12


def test_what_enough_turns_back_for_is_counted(check: Check) -> None:
    side = (ARROW, "    follow_up:\n      - {if: age < 30, go_to: summary}\n      - else: pets")
    plain = measured(check, side, ("  summary:\n", PETS + "  summary:\n"))
    owed = measured(check, side, ("  summary:\n", PETS + "  summary:\n"), ("must_have: [age]", "must_have: [age, pet]"))

    assert owed.worst_turns == plain.worst_turns + 4


def test_where_roads_run_in_circles_every_topic_is_counted_once(check: Check) -> None:
    back = (ARROW, "    follow_up:\n      - {if: age < 30, go_to: intro}\n      - else: summary")

    assert measured(check, back).worst_turns == 8


def test_an_interview_that_may_take_too_long_is_told_with_what_is_dropped(check: Check) -> None:
    _, findings = check(FORK, ("  summary:\n", PETS + "  summary:\n"), ("minutes: 10,", "minutes: 4.5,"))

    assert findings == [
        "flows/x.yaml:9:17: warning: at worst the interview takes 12 turns, 5 minutes of 4.5; without time, these are dropped first: `pets`"
    ]


def test_with_nothing_to_drop_that_is_told_too(check: Check) -> None:
    _, findings = check(("time: {minutes: 10, wrap_up_minutes: 2}", "time: {minutes: 3}"))

    assert findings == [
        "flows/x.yaml:9:17: warning: at worst the interview takes 8 turns, 3.3 minutes of 3; no topic is marked `could`, to be dropped first"
    ]
