"""What the tests reach of a flow, and what they do not."""

from __future__ import annotations

from pathlib import Path

from tests.flowtest.suites import SHIPPED, outcome
from tests.interview.calls import ROOT, lifestyle
from webhook.content.source import read_source
from webhook.flowtest.coverage import Coverage, cover
from webhook.flowtest.load import read_file
from webhook.flowtest.outcome import Outcome
from webhook.flowtest.run import run_told

FLOW = ROOT / "flows" / "financial_lifestyle.yaml"


def covered(*outcomes: Outcome) -> Coverage:
    source, _ = read_source(FLOW.read_bytes(), str(FLOW))
    assert source is not None
    return cover(lifestyle(), source, [o.talk for o in outcomes if o.talk is not None])


def test_the_shipped_tests_reach_every_topic_and_every_ending() -> None:
    cases, _ = read_file(SHIPPED, {"financial_lifestyle": lifestyle()})
    reached = covered(*map(run_told, cases))

    assert reached.percent("topic") == 100
    assert reached.percent("ending") == 100


def test_without_tests_nothing_is_reached() -> None:
    assert covered().percent() == 0


def test_one_talk_reaches_what_it_went_through_and_no_more(tmp_path: Path) -> None:
    body = '- {test: a, turns: [{caller: "No.", understood: {consent: false}, expect: {end: no_consent}}]}'
    reached = {item.text: item for item in covered(outcome(tmp_path, body)).items if item.is_reached}

    assert set(reached) == {
        "topic `intro`",
        "slot `consent`",
        "arrow `intro` to end `no_consent`",
        "condition `consent != true` true",
        "ending `no_consent`",
    }


def test_what_is_missed_is_named_with_its_line_in_the_flow() -> None:
    lines = FLOW.read_text().splitlines()
    missed = {item.text: lines[item.line - 1].strip() for item in covered().missed}

    assert missed["condition `age < 18` true"] == "- if: age < 18"
    assert missed["topic `summary`"] == "summary:"
    assert missed["arrow `name` to `age`"] == "follow_up: age"
    assert missed["slot `trip_budget`"].startswith("trip_budget:")
    assert missed["ending `out_of_time`"] == "out_of_time:"


def test_the_lines_of_a_topic_that_is_still_open_are_not_reached(tmp_path: Path) -> None:
    body = '- {test: a, turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: name}}]}'
    reached = {item.text for item in covered(outcome(tmp_path, body)).items if item.is_reached}

    assert "arrow `intro` to `name`" in reached
    assert "condition `consent != true` false" in reached
    assert "arrow `name` to `age`" not in reached
