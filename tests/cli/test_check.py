"""`webhook check`, `schema` and what all verbs share: the version, wrong use, nothing loaded that is not needed."""

from __future__ import annotations

import json

from tests.cli.conftest import ROOT, CommandLine, Inside
from webhook import __version__

LENGTH = "financial_lifestyle: 12 turns (5 min) at best, 32 turns (13.3 min) at worst, of 12 min"


def test_what_is_found_stands_above_its_line_with_a_caret_and_how_long_a_call_takes_below(inside: Inside) -> None:
    checked = inside("check")
    finding, excerpt, caret, *rest = checked.stdout.splitlines()
    assert finding.startswith(f"{ROOT}/flows/financial_lifestyle.yaml:33:12: warning: at worst the interview takes 32")
    assert (excerpt, caret) == ("   33 |   minutes: 12", "      |            ^")
    assert (rest[0], rest[-1]) == (LENGTH, "3 flows, 1 warning")
    assert (checked.returncode, checked.stderr) == (0, "")


def test_flows_without_a_finding_are_their_length_and_the_sum(cli: CommandLine, inside: Inside) -> None:
    good = (ROOT / "flows" / "financial_lifestyle.yaml").read_text().replace("minutes: 12", "minutes: 14")
    (cli.here / "good.yaml").write_text(good)
    checked = inside("check", "good.yaml")
    assert checked.stdout.splitlines() == [LENGTH.replace("of 12", "of 14"), "1 flow, no findings"]


def test_each_mistake_is_a_line_with_its_place_and_what_was_meant(inside: Inside, broken: dict[str, str]) -> None:
    checked = inside("check", **broken)
    *lines, last = checked.stdout.splitlines()
    findings = [line for line in lines if not line.lstrip("0123456789 ").startswith("|")]
    assert checked.returncode == 1
    assert findings[0].startswith("flows/financial_lifestyle.yaml:")
    assert "did you mean `subscriptions_preference`?" in findings[0]
    assert findings[-1].startswith("prompts/report.md:2:")
    assert "did you mean `title`?" in findings[-1]
    assert last == f"0 flows, {len(findings)} errors"


def test_warnings_alone_are_no_failure(cli: CommandLine, inside: Inside) -> None:
    flows = cli.here / "flows"
    flows.mkdir()
    (flows / "good.yaml").write_bytes((ROOT / "flows" / "financial_lifestyle.yaml").read_bytes())
    (flows / "forgotten.yml").touch()
    checked = inside("check", FLOWS_DIR=str(flows))
    assert checked.returncode == 0
    assert checked.stdout.splitlines()[-1] == "1 flow, 2 warnings"


def test_single_files_can_be_checked(inside: Inside) -> None:
    checked = inside("check", str(ROOT / "flows" / "financial_lifestyle.yaml"), "nowhere.yaml")
    assert checked.returncode == 1
    assert "\nnowhere.yaml:1:1: " in checked.stdout
    assert checked.stdout.splitlines()[-1] == "2 flows, 1 error, 1 warning"


def test_checking_loads_no_server_no_client_and_no_store(cli: CommandLine) -> None:
    script = (
        "import sys\n"
        "from webhook.cli.commands import app\n"
        "app(['check'], standalone_mode=False)\n"
        "print(sorted({'starlette', 'uvicorn', 'anthropic', 'httpx2', 'redis', 'sqlite3'} & set(sys.modules)))"
    )
    assert cli.python(script).splitlines()[-2:] == ["3 flows, 1 warning", "[]"]


def test_the_schema_is_printed_or_written(cli: CommandLine, inside: Inside) -> None:
    printed = inside("schema")
    written = inside("schema", "--output", "flow.schema.json")
    assert printed.returncode == written.returncode == 0
    assert json.loads(printed.stdout)["title"] == "Flow"
    assert (cli.here / "flow.schema.json").read_text() == printed.stdout


def test_the_version_is_told_and_wrong_use_is_2(cli: CommandLine, inside: Inside) -> None:
    assert cli.run("--version").stdout == f"webhook {__version__}\n"
    assert inside("srve").returncode == 2
