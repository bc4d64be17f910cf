"""The forms of a report: Markdown for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
from typing import Any

from webhook.interview.report import to_json
from webhook.interview.report_forms import to_csv, to_markdown

NOON = 1_800_000_000.0


def fact(value: Any, status: str = "filled", words: str = "") -> dict[str, Any]:
    return {"status": status, "value": value, "topic": "t", "words": words, "turn": 1, "source": "listen"}


REPORT: dict[str, Any] = {
    "schema": 1,
    "sessionId": "s",
    "flow": {"id": "f", "version": 1, "hash": "h", "title": "A talk"},
    "status": "ended_early",
    "ending": "stopped_by_caller",
    "flags": ["partial"],
    "createdAt": NOON,
    "reportedAt": NOON + 60.5,
    "fields": {
        "habits": {"interests": ["chess", "tea"], "fitness": None},
        "subscriptions": [{"service": "Netflix", "monthly_cost": 12}, {"service": "Spotify"}],
        "what_matters": {"value": "Peace and tea.", "quotes": [{"words": "I like it quiet", "turn": 2}]},
        "style": {"value": "cannot_tell", "quotes": []},
    },
    "facts": {
        "consent": fact(True, words="Yes | sure"),
        "summary_ok": fact(False),
        "interests": fact(["chess", "tea"], words="Chess and tea."),
        "subscriptions": fact([{"service": "Netflix", "monthly_cost": 12}, {"service": "Spotify"}]),
        "age": fact(None, "given_up"),
        "name": fact("=Sam"),
        "home_area": {"status": "not_reached", "value": None, "topic": "t"},
    },
}


def test_people_read_words_not_json() -> None:
    shown = to_markdown(REPORT).splitlines()
    assert shown[:3] == ["# A talk", "", "Session s, ended early."]
    for line in (
        "- **habits**: interests: chess, tea, fitness: –",
        "- **subscriptions**: service: Netflix, monthly cost: 12; service: Spotify",
        "- **what matters**: Peace and tea. (“I like it quiet”)",
        "- **style**: cannot tell",
        "| consent | yes | filled | Yes \\| sure |",
        "| summary ok | no | filled |  |",
        "| interests | chess, tea | filled | Chess and tea. |",
        "| age |  | not understood |  |",
        "| home area |  | not reached |  |",
    ):
        assert line in shown


def test_people_read_what_claude_cost_where_it_is_known() -> None:
    assert "Claude" not in to_markdown(REPORT)
    known = {"calls": 24, "costUsd": 0.01234, "wastedCostUsd": 0.001, "modelsWithoutPrice": []}
    line = "Claude: 24 calls, 0.0123 USD, of which 0.0010 USD for words nobody heard."
    assert to_markdown({**REPORT, "claude": known}).splitlines()[-1] == line
    unknown = {**known, "costUsd": None, "modelsWithoutPrice": ["claude-x"]}
    line = "Claude: 24 calls; what they cost is not known (claude-x)."
    assert to_markdown({**REPORT, "claude": unknown}).splitlines()[-1] == line


def test_a_spreadsheet_gets_one_row_with_the_entries_of_a_list_divided() -> None:
    (row,) = csv.DictReader(io.StringIO(to_csv(REPORT)))
    assert (row["consent"], row["interests"], row["age"]) == ("true", "chess; tea", "")
    assert row["subscriptions"] == '{"service": "Netflix", "monthly_cost": 12}; {"service": "Spotify"}'
    assert row["name"] == "'=Sam"


def test_programs_get_times_as_the_sessions_api_writes_them_and_all_else_as_it_is_kept() -> None:
    made = to_json(REPORT)
    assert (made["createdAt"], made["reportedAt"]) == ("2027-01-15T08:00:00.000Z", "2027-01-15T08:01:00.500Z")
    times = {"createdAt": NOON, "reportedAt": NOON + 60.5}
    assert made | times == REPORT
