"""`webhook test` and `webhook cover`: exit codes, what is listed, what is written, and what is never loaded."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

from tests.cli.conftest import CommandLine, Inside

GOOD = '  - {test: good, turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: name}}]}\n'
BAD = '  - {test: bad, turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: age}}]}\n'


def talks(folder: Path, *tests: str) -> str:
    path = folder / "talks.yaml"
    path.write_text("flow: financial_lifestyle\ntests:\n" + "".join(tests))
    return str(path)


def test_the_shipped_tests_pass_and_those_for_claude_are_listed_as_skipped(inside: Inside) -> None:
    done = inside("test")
    *skipped, last = done.stdout.splitlines()
    assert done.returncode == 0
    assert last == "60 passed, 4 skipped"
    assert all("SKIPPED" in line and "ANTHROPIC_API_KEY is not set" in line for line in skipped)


def test_a_failure_is_exit_code_one_and_shows_the_talk_without_colours(inside: Inside, tmp_path: Path) -> None:
    done = inside("test", talks(tmp_path, GOOD, BAD))
    assert done.returncode == 1
    assert done.stdout.startswith(f"FAILED {tmp_path}/talks.yaml:4: bad\n")
    assert "expected topic `age`, the talk is at `name` because: " in done.stdout
    assert done.stdout.endswith("1 passed, 1 failed\n")


def test_only_some_tests_can_be_run(inside: Inside, tmp_path: Path) -> None:
    path = talks(tmp_path, GOOD, BAD)
    assert inside("test", path, "--only", "GOOD").stdout == "1 passed\n"
    nothing = inside("test", path, "--only", "ugly")
    assert (nothing.returncode, nothing.stderr) == (2, "webhook: no test has “ugly” in its name\n")


def test_outcomes_are_written_for_a_build_server(inside: Inside, tmp_path: Path) -> None:
    inside("test", talks(tmp_path, GOOD, BAD), "--junit", str(tmp_path / "tests.xml"))
    assert ET.parse(tmp_path / "tests.xml").getroot().get("failures") == "1"


def test_a_mistake_in_a_test_file_is_listed_and_nothing_is_run(inside: Inside, tmp_path: Path) -> None:
    done = inside("test", talks(tmp_path, GOOD.replace("topic:", "topc:")))
    assert (done.returncode, done.stdout) == (1, "")
    assert "unknown key `topc` in `expect` of test 1 (did you mean `topic`?)" in done.stderr


def test_the_shipped_tests_reach_every_topic_and_ending(inside: Inside) -> None:
    done = inside("cover", "financial_lifestyle", "--format", "json")
    (covered,) = json.loads(done.stdout)
    assert covered["kinds"]["topic"]["percent"] == covered["kinds"]["ending"]["percent"] == 100


def test_too_little_reached_is_exit_code_one_and_is_listed_by_line(inside: Inside, cli: CommandLine) -> None:
    inside("init", str(cli.here))
    talks(cli.here / "flows" / "tests", GOOD)
    (cli.here / "flows" / "tests" / "financial_lifestyle.yaml").unlink()
    done = inside("cover", "--fail-under", "50", FLOWS_DIR=str(cli.here / "flows"))
    assert done.returncode == 1
    assert "no test reaches ending `under_age`" in done.stdout
    assert "topics 2/13 15 %" in done.stdout


def test_tests_without_a_model_load_no_server_no_client_and_no_store(cli: CommandLine) -> None:
    script = (
        "import sys\n"
        "from webhook.cli.commands import app\n"
        "app(['test', '--no-model'], standalone_mode=False)\n"
        "print(sorted({'starlette', 'uvicorn', 'anthropic', 'httpx2', 'redis', 'sqlite3'} & set(sys.modules)))"
    )
    assert cli.python(script).splitlines()[-1] == "[]"
