"""`webhook check`, `schema` and what all verbs share: the version, wrong use, nothing loaded that is not needed."""

from __future__ import annotations

import json

from tests.cli.conftest import ROOT, CommandLine, Inside
from webhook import __version__


def test_good_flows_are_one_line(inside: Inside) -> None:
    checked = inside("check")
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "3 flows, no findings\n", "")


def test_each_mistake_is_a_line_with_its_place_and_what_was_meant(inside: Inside, broken: dict[str, str]) -> None:
    checked = inside("check", **broken)
    *findings, last = checked.stdout.splitlines()
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
    assert checked.stdout.splitlines()[-1] == "1 flow, 1 warning"


def test_single_files_can_be_checked(inside: Inside) -> None:
    checked = inside("check", str(ROOT / "flows" / "financial_lifestyle.yaml"), "nowhere.yaml")
    assert checked.returncode == 1
    assert checked.stdout.splitlines()[0].startswith("nowhere.yaml:1:1: ")
    assert checked.stdout.splitlines()[-1] == "2 flows, 1 error"


def test_checking_loads_no_server_no_client_and_no_store(cli: CommandLine) -> None:
    script = (
        "import sys\n"
        "from webhook.cli.commands import app\n"
        "app(['check'], standalone_mode=False)\n"
        "print(sorted({'starlette', 'uvicorn', 'anthropic', 'httpx2', 'redis', 'sqlite3'} & set(sys.modules)))"
    )
    assert cli.python(script).splitlines() == ["3 flows, no findings", "[]"]


def test_the_schema_is_printed_or_written(cli: CommandLine, inside: Inside) -> None:
    printed = inside("schema")
    written = inside("schema", "--output", "flow.schema.json")
    assert printed.returncode == written.returncode == 0
    assert json.loads(printed.stdout)["title"] == "Flow"
    assert (cli.here / "flow.schema.json").read_text() == printed.stdout


def test_the_version_is_told_and_wrong_use_is_2(cli: CommandLine, inside: Inside) -> None:
    assert cli.run("--version").stdout == f"webhook {__version__}\n"
    assert inside("srve").returncode == 2
