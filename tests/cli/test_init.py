"""`webhook init`: a starter that works where it was written, from a checkout and from an installed wheel."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, TIMEOUT_S, CommandLine, Inside
from webhook.cli.starter import FOLDERS, next_steps, starter_dir, starter_files


def test_a_starter_is_written_and_passes_its_check(cli: CommandLine, inside: Inside) -> None:
    made = inside("init", "mine")
    target = cli.here / "mine"
    assert made.returncode == 0, made.stderr
    for name in ("flows/financial_lifestyle.yaml", "flows/flow.schema.json", "prompts/listen.md"):
        assert (target / name).read_bytes() == (ROOT / name).read_bytes()
    checked = inside("check", FLOWS_DIR=str(target / "flows"), PROMPTS_DIR=str(target / "prompts"))
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "3 flows, 1 warning")


def test_the_next_steps_work_as_they_are_printed(cli: CommandLine) -> None:
    made = cli.run("init", "my interviews")
    *_, change, check, talk = made.stdout.splitlines()
    steps = f"{change}\n{check}\n{talk} </dev/null\n"
    env = {name: value for name, value in cli.env.items() if name not in {"FLOWS_DIR", "PROMPTS_DIR"}}
    done = subprocess.run(
        ["sh", "-e"], input=steps, cwd=cli.here, env=env, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "\n3 flows, 1 warning\n" in done.stdout
    assert "Anita Bhargava: Hello" in done.stdout


def test_a_program_that_is_not_on_the_path_is_called_by_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "bin" / "webhook"
    script.parent.mkdir()
    script.touch(mode=0o755)
    monkeypatch.setenv("PATH", "/nowhere")
    assert next_steps(Path("mine"), str(script)).splitlines()[-1] == f"  {script} talk"
    monkeypatch.setenv("PATH", str(script.parent))
    assert next_steps(Path("mine"), str(script)).splitlines()[-1] == "  webhook talk"


def test_what_is_there_is_kept_and_said(cli: CommandLine, inside: Inside) -> None:
    mine = cli.here / "prompts" / "listen.md"
    mine.parent.mkdir()
    mine.write_text("My own words.")
    made = inside("init", ".")
    assert made.returncode == 0
    assert mine.read_text() == "My own words."
    assert "kept   prompts/listen.md\n" in made.stdout
    assert "wrote  prompts/speak.md\n" in made.stdout


def test_a_folder_that_cannot_be_made_is_wrong_use(cli: CommandLine, inside: Inside) -> None:
    (cli.here / "flows").write_text("a file, where a folder is needed")
    made = inside("init", ".")
    assert made.returncode == 2
    assert made.stderr.startswith("webhook: flows/")
    assert made.stderr.count("\n") == 1


def test_the_starter_of_a_wheel_is_inside_the_package_and_that_of_a_checkout_round_it(tmp_path: Path) -> None:
    package = tmp_path / "webhook"
    (package / "starter" / "flows" / "tests").mkdir(parents=True)
    (package / "starter" / "flows" / "one.yaml").touch()
    (package / "starter" / "flows" / "tests" / "one.yaml").touch()
    assert starter_dir(package) == package / "starter"
    assert starter_files(package / "starter") == [Path("flows/one.yaml"), Path("flows/tests/one.yaml")]
    assert starter_dir() == ROOT


def test_a_wheel_takes_the_starter_along() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["only-include"] == ["webhook", *FOLDERS]
    assert wheel["sources"] == {folder: f"webhook/starter/{folder}" for folder in FOLDERS}
    assert project["project"]["scripts"] == {"webhook": "webhook.cli:main"}
