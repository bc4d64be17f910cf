"""The command line as people run it: a process of its own, in an empty folder, with an environment of its own."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog

from tests.cli.forked import Verbs
from webhook.cli import main
from webhook.settings import Settings

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 30.0


@dataclass(frozen=True)
class CommandLine:
    """`env` holds nothing of the machine but PATH; `here` is the working folder."""

    here: Path
    env: dict[str, str]
    verbs: Verbs
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return Path(self.env["DATA_DIR"])

    def run(self, *words: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
        """Run one verb to its end."""
        return self.verbs.run(words, here=self.here, env=self.env | env, stdin=stdin, limit_s=int(TIMEOUT_S))

    def python(self, script: str, **env: str) -> str:
        """What a script prints in a fresh interpreter."""
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            cwd=self.here,
            env=self.env | env,
            timeout=TIMEOUT_S,
            check=True,
        )
        return done.stdout.strip()

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start one verb; stderr goes to the file `stderr`, where it blocks nobody."""
        with (self.here / "stderr").open("w") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "webhook", *words],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                cwd=self.here,
                env=self.env | env,
                preexec_fn=_as_on_a_terminal,  # noqa: PLW1509 - it calls nothing that could wait for a thread
            )
        self.started.append(process)
        return process


def _as_on_a_terminal() -> None:
    """Ctrl-C ends a program, also where the tests themselves are a background job that ignores it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture(scope="session")
def verbs() -> Iterator[Verbs]:
    made = Verbs()
    yield made
    made.close()


@pytest.fixture
def cli(tmp_path: Path, verbs: Verbs) -> Iterator[CommandLine]:
    for folder in ("here", "tmp"):
        (tmp_path / folder).mkdir()
    env = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TMPDIR": str(tmp_path / "tmp"),
        "DATA_DIR": str(tmp_path / "data"),
        "FLOWS_DIR": str(ROOT / "flows"),
        "PROMPTS_DIR": str(ROOT / "prompts"),
    }
    command_line = CommandLine(tmp_path / "here", env, verbs)
    yield command_line
    for process in command_line.started:
        process.kill()
        process.communicate()


Inside = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def inside(cli: CommandLine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Inside]:
    """`cli.run` without a process. What a verb did to the log is undone: it was set up for the output of this test."""
    root, known = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    monkeypatch.chdir(cli.here)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def run(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        for name, value in (cli.env | env).items():
            monkeypatch.setenv(name, value)
        with pytest.raises(SystemExit) as left:
            main(words)
        printed = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return subprocess.CompletedProcess(words, left.value.code, printed.out, printed.err)

    yield run
    structlog.configure(**known)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def broken(cli: CommandLine) -> dict[str, str]:
    """The environment with a flow and a service prompt in the working folder, each with one mistake."""
    for folder in ("flows", "prompts"):
        (cli.here / folder).mkdir()
    flow = (ROOT / "flows" / "financial_lifestyle.yaml").read_text().replace("go_to: subscr", "go_to: supscr")
    prompts = (ROOT / "prompts").rglob("*.md")
    (cli.here / "flows" / "financial_lifestyle.yaml").write_text(flow)
    for path in prompts:
        copy = cli.here / path.relative_to(ROOT)
        copy.parent.mkdir(exist_ok=True)
        copy.write_text(path.read_text())
    (cli.here / "prompts" / "report.md").write_text("You write reports.\nOn {{ titel }}.\n")
    return {"FLOWS_DIR": "flows", "PROMPTS_DIR": "prompts"}
