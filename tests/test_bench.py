"""The benchmark measures; nothing here says how fast anything is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.load import Result
from tests.bench.scenarios import INSTANT, Bench, Scenario, measure
from tests.bench.table import HEAD, summary, table, write_into

pytestmark = pytest.mark.anyio


async def test_the_smallest_scenario_has_turns_without_errors_and_a_row(tmp_path: Path) -> None:
    smallest = Scenario(name="smallest", calls=2, seconds=2.0, pace=INSTANT, think_s=0.02, surplus=0.2)
    result = await measure(Bench(folder=tmp_path, is_pinned=False), smallest)
    assert result.errors == {}
    assert result.turns > 0
    assert result.cpu_ms_per_turn > 0
    assert result.words_heard > 0
    assert result.model["speak_tokens"] >= 32
    head, rule, row, *_ = table({"smallest": result}, {}).splitlines()
    assert [cell.strip() for cell in head.strip("|").split("|")] == list(HEAD)
    assert rule.count("---") == len(HEAD)
    assert row.startswith("| smallest ")
    assert row.count("|") == len(HEAD) + 1


async def test_the_bare_passthrough_is_measured_by_the_same_callers(tmp_path: Path) -> None:
    floor = Scenario(name="floor", calls=2, seconds=0.5, warm_up_s=0.2, target="passthrough")
    result = await measure(Bench(folder=tmp_path, is_pinned=False), floor)
    assert result.errors == {}
    assert result.turns > 0
    assert result.model["listens"] == 0


async def test_calls_with_a_past_are_healed_before_they_are_measured(tmp_path: Path) -> None:
    past = Scenario(name="past", calls=2, seconds=1.0, past=100)
    result = await measure(Bench(folder=tmp_path, is_pinned=False), past)
    assert result.errors == {}
    assert 0 < result.turns < result.all_turns


def test_the_table_is_written_between_its_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")
    text = table({"a": Result()}, {"memory": {"rss_idle_mb": 1.0}})
    write_into(page, text)
    write_into(page, text)
    assert page.read_text() == f"before\n<!-- bench -->\n{text}<!-- /bench -->\nafter\n"


def test_the_summary_names_what_was_measured_and_nothing_else() -> None:
    row = Result(cpu_ms_per_turn=2.0, turns_per_s=100.0, added_ms={"p50": 1.0, "p99": 5.0}, floor_ms=300.0)
    long = Result(cpu_ms_per_turn=3.0)
    rows = {"floor-redis": row, "saturation-redis": row, "calls-16": row, "past-10-redis": row, "past-1000-redis": long}
    said = summary(rows, {"memory": {"rss_idle_mb": 101.0, "rss_per_stream_kb_200": 70.0}})
    assert "| CPU of a turn, two model calls in it | 2.0 ms |" in said
    assert "| 1.5 times |" in said
    assert "| 101 MB | 70 KB more" in said
    assert "never spoken" not in said
    assert summary({}, {}).count("\n") == 2


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing here\n")
    with pytest.raises(ValueError, match="has no"):
        write_into(page, "text\n")
    assert page.read_text() == "nothing here\n"
