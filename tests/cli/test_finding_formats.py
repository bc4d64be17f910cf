"""Findings as people, scripts, GitHub and code scanners read them."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from rich.console import Console

from tests.cli.conftest import ROOT, CommandLine, Inside
from webhook.cli.finding_formats import Checked, CheckedFlow, as_github, as_json, as_sarif, as_text
from webhook.content.findings import Finding
from webhook.content.lengths import Length

WRONG = Finding(path="flows/a b.yaml", line=2, column=5, rule="unknown-key", message="unknown key `a`", suggestion="b")
POOR = Finding(
    path="flows/x.yaml", line=9, column=1, rule="too-long", message="50% over,\nat: worst", severity="warning"
)
FLOW = CheckedFlow(
    id="x", version=3, path="flows/x.yaml", length=Length(best_turns=4, worst_turns=8, limit_minutes=3, could=("pets",))
)


def checked(*findings: Finding) -> Checked:
    return Checked(count=1, flows=(FLOW,), findings=findings)


def text(line: str, finding: Finding = WRONG, *, terminal: bool = False, **env: str) -> list[str]:
    """What is printed when this is the second line of the file."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=80, soft_wrap=True, highlight=False, _environ=env)
    lines: Sequence[str] = ["first", line]
    console.print(as_text(checked(finding), lambda _: lines))
    return out.getvalue().splitlines()


def test_a_caret_stands_under_the_place() -> None:
    assert text("    a: 1") == [
        "flows/a b.yaml:2:5: unknown key `a` (did you mean `b`?)",
        "    2 |     a: 1",
        "      |     ^",
        "x: 4 turns (1.7 min) at best, 8 turns (3.3 min) at worst, of 3 min",
        "1 flow, 1 error",
    ]


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        ("名前: x", 5, "名前: x", "      |       ^"),
        ("\ta: 1", 2, " a: 1", "      |  ^"),
        ("a: \x1b[31m\u202eb", 3, "a: \ufffd[31m\ufffdb", "      |   ^"),
        ("a", 2, "a", "      |  ^"),
        ("x" * 300 + "HERE" + "y" * 300, 301, "x" * 55 + "HERE" + "y" * 51, "      | " + " " * 55 + "^"),
    ],
)
def test_the_caret_stands_right_in_every_kind_of_line(line: str, column: int, shown: str, caret: str) -> None:
    finding = Finding(path="p", line=2, column=column, rule="r", message="m")

    assert text(line, finding)[1:3] == [f"    2 | {shown}", caret]


def test_a_place_that_is_not_in_the_file_has_no_excerpt() -> None:
    assert text("x", POOR)[0].startswith("flows/x.yaml:9:1: warning: 50% over")
    assert not any("|" in line for line in text("x", POOR))


def test_colour_is_for_terminals_whose_user_did_not_refuse_it() -> None:
    assert "\x1b[" in "".join(text("    a: 1", terminal=True, TERM="xterm"))
    assert "\x1b[" not in "".join(text("    a: 1"))
    refused = "".join(text("    a: 1", terminal=True, TERM="xterm", NO_COLOR="1"))
    assert "\x1b[31m" not in refused
    assert "31m" not in refused


def test_json_has_flows_with_their_length_and_every_finding() -> None:
    told = json.loads(as_json(checked(WRONG, POOR)))

    assert told["flows"] == [
        {
            "id": "x",
            "version": 3,
            "path": "flows/x.yaml",
            "length": {
                "best": {"turns": 4, "minutes": 1.7},
                "worst": {"turns": 8, "minutes": 3.3},
                "limit_minutes": 3,
                "dropped_first": ["pets"],
            },
        }
    ]
    assert told["findings"][0] == {
        "path": "flows/a b.yaml",
        "line": 2,
        "column": 5,
        "rule": "unknown-key",
        "severity": "error",
        "message": "unknown key `a`",
        "suggestion": "b",
    }
    assert (told["errors"], told["warnings"]) == (1, 1)


def test_workflow_commands_are_escaped() -> None:
    odd = Finding(path="a,b:c%.yaml", line=1, column=2, rule="r", message="::error::x\r\n100%")

    assert as_github(checked(odd, POOR)).splitlines() == [
        "::error file=a%2Cb%3Ac%25.yaml,line=1,col=2,title=r::::error::x%0D%0A100%25",
        "::warning file=flows/x.yaml,line=9,col=1,title=too-long::50%25 over,%0Aat: worst",
    ]


def test_sarif_has_what_its_schema_requires() -> None:
    log = json.loads(as_sarif(checked(WRONG, POOR, WRONG)))

    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"]
    assert [rule["id"] for rule in driver["rules"]] == ["too-long", "unknown-key"]
    for result, level in zip(run["results"], ("error", "warning", "error"), strict=True):
        assert result["level"] == level
        assert result["message"]["text"]
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "flows/a%20b.yaml"
    assert place["region"] == {"startLine": 2, "startColumn": 5, "endLine": 2, "endColumn": 6}


def test_sarif_has_what_github_wants_beyond_its_schema() -> None:
    (run,) = json.loads(as_sarif(checked(WRONG, POOR, WRONG)))["runs"]
    driver = run["tool"]["driver"]
    page = urlsplit(driver["informationUri"])
    assert (page.scheme, Path(page.path).name) == ("file", "README.md")
    assert Path(page.path).is_file()
    for rule in driver["rules"]:
        for told in ("shortDescription", "fullDescription", "help"):
            assert rule[told]["text"]
    hashes = [result["partialFingerprints"]["primaryLocationLineHash"] for result in run["results"]]
    assert len(set(hashes)) == 3
    (moved,) = json.loads(as_sarif(checked(replace(WRONG, line=99))))["runs"][0]["results"]
    assert moved["partialFingerprints"]["primaryLocationLineHash"] == hashes[0]


def test_every_format_keeps_the_exit_code(inside: Inside, broken: dict[str, str]) -> None:
    for form in ("json", "github", "sarif"):
        assert inside("check", "--format", form).returncode == 0
        assert inside("check", "--format", form, **broken).returncode == 1
    assert inside("check", "--format", "xml").returncode == 2


def test_machines_get_nothing_but_their_format(cli: CommandLine, inside: Inside) -> None:
    file = str(ROOT / "flows" / "financial_lifestyle.yaml")
    assert json.loads(inside("check", file, "--format", "json").stdout)["flows"][0]["id"] == "financial_lifestyle"
    assert json.loads(inside("check", file, "--format", "sarif").stdout)["runs"][0]["results"]
    good = (ROOT / "flows" / "financial_lifestyle.yaml").read_text().replace("minutes: 12", "minutes: 14")
    (cli.here / "good.yaml").write_text(good)
    assert inside("check", "good.yaml", "--format", "github").stdout == ""
