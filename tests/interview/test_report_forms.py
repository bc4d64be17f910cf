"""The forms of a report: Markdown for people, JSON and CSV for programs."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interview.calls import lifestyle
from webhook.documents import to_docx, to_pdf
from webhook.interview.masking import masked
from webhook.interview.report import to_json
from webhook.interview.report_forms import Columns, columns_of, csv_head, csv_row, to_csv, to_markdown

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


def test_what_was_heard_otherwise_afterwards_is_told_to_people_too() -> None:
    differences = [
        {
            "slot": "home_area",
            "code": {"status": "filled", "value": "outside"},
            "claude": {"status": "refused", "value": None},
        },
        {"slot": "age", "code": None, "claude": {"status": "filled", "value": 34}},
        {"slot": "name", "code": "•••", "claude": "•••"},
    ]
    shown = to_markdown({**REPORT, "differences": differences, "flags": ["recovered", "of_a_later_release"]})
    assert "Please note (recovered): put together again afterwards from what was said." in shown
    assert "Please note: of a later release." in shown
    table = shown[shown.index("## Heard otherwise afterwards") :]
    assert "| home area | outside | refused |\n| age | – | 34 |\n| name | ••• | ••• |" in table
    assert to_pdf({**REPORT, "differences": differences}).startswith(b"%PDF")


def test_people_read_words_not_json() -> None:
    shown = to_markdown(REPORT).splitlines()
    assert shown[:5] == [
        "# A talk",
        "",
        "Session s, begun 2027-01-15 08:00 UTC, ended early (stopped by caller).",
        "",
        "Please note (partial): the interview did not come to its end.",
    ]
    for line in (
        "- **habits**: interests: chess, tea, fitness: –",
        "- **subscriptions**: service: Netflix, monthly cost: 12; service: Spotify",
        "- **what matters**: Peace and tea. (“I like it quiet”)",
        "- **style**: cannot tell",
        "| consent | yes | filled | 1 | Yes \\| sure |",
        "| summary ok | no | filled | 1 |  |",
        "| interests | chess, tea | filled | 1 | Chess and tea. |",
        "| age |  | not understood | 1 |  |",
        "| home area |  | not reached |  |  |",
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


def test_a_report_of_an_earlier_release_has_every_form() -> None:
    old = {name: value for name, value in REPORT.items() if name != "privateFields"}
    old["facts"] = {**REPORT["facts"], "age": {**fact(35), "corrected": [{"value": 34, "status": "filled", "turn": 1}]}}
    shown = masked(old)
    assert "| age | 34 | filled | 1 |  |" in to_markdown(shown).splitlines()
    assert next(csv.DictReader(io.StringIO(to_csv(shown))))["age"] == "35"
    assert to_pdf(shown).startswith(b"%PDF")
    assert to_docx(shown).startswith(b"PK")


def test_mark_up_of_a_caller_s_is_text_in_markdown() -> None:
    said = "<img src=x onerror=alert(1)> [go](javascript:x) **a** `b` \n# c &lt; ~~d~~ _e_"
    shown = to_markdown({**REPORT, "facts": {"name": fact("x", words=said)}, "fields": {"f": said}})
    assert "<" not in shown
    assert r"\[go\](javascript:x) \*\*a\*\* \`b\` # c &amp;lt; \~\~d\~\~ \_e\_" in shown
    assert len(shown.splitlines()) == len(to_markdown({**REPORT, "facts": {"name": fact("x")}}).splitlines()) - 3


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("see http://evil.example/x", r"see http\://evil.example/x"),
        ("HTTPS://evil.example and ftp://b", r"HTTPS\://evil.example and ftp\://b"),
        ("www.evil.example", r"www\.evil.example"),
        ("me@evil.example", r"me\@evil.example"),
        ("at 8:30, and/or later...", "at 8:30, and/or later..."),
    ],
)
def test_an_address_a_caller_says_becomes_no_link(said: str, shown: str) -> None:
    """Readers that make links by themselves (GitHub's Markdown) leave an escaped one alone."""
    made = to_markdown({**REPORT, "facts": {"name": fact("x", words=said)}, "fields": {"f": said}})
    assert made.count(shown) == 2
    assert shown == said or said not in made


# A set of them


def test_a_set_has_one_row_for_each_interview_and_the_flow_s_own_order() -> None:
    flow = lifestyle()
    columns = columns_of(flow).with_those_of({**REPORT, "facts": {"gone_slot": fact("old")}, "fields": {}})
    text = csv_head(columns) + "".join(csv_row({**REPORT, "sessionId": name}, columns) for name in ("a", "b"))
    head, *rows = csv.reader(io.StringIO(text))
    slots = [name for name in head if name in flow.slots]
    assert slots == list(flow.slots)
    assert head.index("gone_slot") > max(map(head.index, slots))
    assert [row[0] for row in rows] == ["a", "b"]
    assert {len(row) for row in rows} == {len(head)}
    one = dict(zip(head, rows[0], strict=True))
    assert (one["age"], one["age.status"], one["home_area.status"]) == ("", "given_up", "not_reached")
    assert (one["what_matters"], one["flags"]) == ("Peace and tea.", "partial")


def test_a_slot_with_the_name_of_another_column_keeps_its_own() -> None:
    columns = Columns(slots=("status", "x"), written=("x",))
    head = csv_head(columns).strip().split(",")
    assert len(set(head)) == len(head)
    assert {"status", "fact:status", "x", "field:x"} <= set(head)


SIGNS = "=+-@＝＋－＠−﹣⁺"
INVISIBLE = " \t\r\n\u00a0\u3000\u200b\u2028\ufeff\x00\x1b\"'“"


def is_formula(cell: str) -> bool:
    """As a spreadsheet might see it, quotes and invisible signs left out."""
    seen = unicodedata.normalize("NFKC", "".join(c for c in cell if c not in INVISIBLE)).lstrip()
    return not cell.lstrip().startswith("'") and seen[:1] in tuple("=+-@−")


@given(st.lists(st.text(alphabet=f"{SIGNS}{INVISIBLE};|,a1") | st.text(), min_size=1, max_size=4))
def test_no_cell_is_a_formula_whatever_was_said_and_by_whatever_sign_cells_are_divided(said: list[str]) -> None:
    made = {**REPORT, "facts": {"a": fact(said[0]), "b": fact(said), "c": fact([{"x": said[-1]}])}}
    text = to_csv(made)
    row = list(csv.reader(io.StringIO(text, newline="")))[1]
    divided = [part for cell in row for part in re.split(r"[;|\t\r\n]", cell)]
    assert [part for part in divided if is_formula(part)] == []
    assert len(row) == len(csv_head(Columns().with_those_of(made)).split(","))


def test_numbers_stay_numbers_below_zero_too() -> None:
    row = next(csv.DictReader(io.StringIO(to_csv({**REPORT, "facts": {"a": fact(-5), "b": fact([-1, 2.5])}}))))
    assert (row["a"], row["b"]) == ("-5", "-1; 2.5")
