"""A flow of 1,200 lines is checked whole: nothing in it is too much to work out."""

from __future__ import annotations

from pathlib import Path

from webhook.content.journeys import journeys_of
from webhook.content.load import read_files
from webhook.content.trials import Trials

TOPICS = 62
HEAD = """\
flow: large
version: 1
title: A large flow
languages: [en]
start: t0
persona: mia
personas:
  mia: {style: Warm.}
time: {minutes: 240, wrap_up_minutes: 2}
house_rules: {asks: 1}
topics:
"""
TAIL = """\
  summary:
    fallback: Is that right?
    required_info:
      ok: {type: yes_no}
    follow_up: {end: completed}
endings:
  completed: {say: Bye.}
"""


def large(topics: int = TOPICS) -> str:
    """Each topic looks at an answer of its own and at one of the topic before it."""
    return HEAD + "".join(_topic(number, topics) for number in range(topics)) + TAIL


def _topic(number: int, topics: int) -> str:
    following, after = (f"t{n}" if n < topics else "summary" for n in (number + 1, number + 2))
    return f"""\
  t{number}:
    importance: {("should", "could")[number % 2]}
    ask: Find out about thing {number}, in a line or so.
    fallback: What about thing number {number}?
    required_info:
      kind_{number}:
        type: choice
        values: [a, b, c, d]
      age_{number}: {{type: whole_number, min: 1, max: 120}}
    nice_to_know:
      wish_{number}: {{type: text, about: A wish}}
    probes: 1
    probe_for: More of it
    follow_up:
      - if: kind_{number} == "a" and age_{number} > 30
        go_to: {after}
      - if: kind_{max(0, number - 1)} in ["b", "c"] or age_{number} < 18
        go_to: {following}
      - else: {following}
"""


def test_a_flow_of_1200_lines_is_checked_whole(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(large())
    folder = read_files([path], tmp_path)

    assert len(path.read_text().splitlines()) == 1196
    assert folder.findings == ()
    # Every second topic can be left out, none of two in a row: the roads were worked out, not only the topics.
    assert folder.lengths["large"].best_turns == TOPICS + 1
    assert folder.lengths["large"].worst_turns == 3 * TOPICS + 1


def test_one_mistake_at_the_far_end_of_it_is_found(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(large().replace("age_61 > 30", "age_61 > 130"))
    (finding,) = read_files([path], tmp_path).findings

    assert (finding.line, finding.column, finding.rule) == (1185, 13, "dead-condition")


def test_a_flow_three_times_as_long_is_checked_as_well(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.write_text(large(170))
    folder = read_files([path], tmp_path)

    assert [finding for finding in folder.findings if finding.is_error] == []
    assert folder.lengths["large"].worst_turns == 3 * 170 + 1


def crossing(slots: int = 4) -> str:
    """Two topics after each other that each tell hundreds of cases apart, and two that look at them again."""
    return HEAD.replace("start: t0", "start: one") + "".join(
        (
            _crossing("one", "x", slots, ("two", "two"), asks=True),
            _crossing("two", "y", slots, ("three", "four"), asks=True),
            _crossing("three", "y", slots, ("summary", "summary")),
            _crossing("four", "x", slots, ("summary", "summary")),
            TAIL,
        )
    )


def _crossing(topic: str, slots: str, count: int, targets: tuple[str, str], *, asks: bool = False) -> str:
    info = "".join(f"      {slots}{i}: {{type: choice, values: [a, b, c, d]}}\n" for i in range(count))
    lines = "".join(
        "      - if: "
        + " and ".join(f'{slots}{i} == "{"abcd"[(i + turn) % 4]}"' for i in range(count))
        + f"\n        go_to: {targets[turn % 2]}\n"
        for turn in range(4)
    )
    required = f"    required_info:\n{info}" if asks else ""
    return f"  {topic}:\n    fallback: What about that?\n{required}    follow_up:\n{lines}      - else: {targets[0]}\n"


def test_a_few_topics_with_too_many_roads_between_them_are_told_by_their_topics_alone(tmp_path: Path) -> None:
    path = tmp_path / "crossing.yaml"
    path.write_text(crossing())
    (flow,) = read_files([path], tmp_path).flows.values()

    assert not journeys_of(flow, Trials(flow)).exact


def test_fewer_roads_between_them_are_walked_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "crossing.yaml"
    path.write_text(crossing(2))
    (flow,) = read_files([path], tmp_path).flows.values()

    assert journeys_of(flow, Trials(flow)).exact
