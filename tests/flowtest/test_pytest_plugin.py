"""pytest collects the tests of flows by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.interview.calls import ROOT

BODY = """flow: financial_lifestyle
tests:
  - {test: good, turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: name}}]}
  - {test: bad, turns: [{caller: "Yes.", understood: {consent: true}, expect: {topic: age}}]}
  - {test: claude, turns: [{caller: "Yes.", expect: {topic: name}}]}
"""


def run(folder: Path, body: str) -> str:
    """Pytest's own words about a project with one file of tests."""
    (folder / "flows" / "tests").mkdir(parents=True)
    shutil.copy(ROOT / "flows" / "financial_lifestyle.yaml", folder / "flows")
    (folder / "flows" / "tests" / "talks.yaml").write_text(body)
    (folder / "flows" / "tests" / "other.yaml").write_text("services: {}\n")
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "flows"]
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "ANTHROPIC"))},
        "PYTHONPATH": str(ROOT),
        "PROMPTS_DIR": str(ROOT / "prompts"),
    }
    done = subprocess.run([*words, "-rs"], capture_output=True, text=True, cwd=folder, env=env, check=False)
    return done.stdout + done.stderr


def test_each_test_is_an_item_and_fails_with_the_talk(tmp_path: Path) -> None:
    said = run(tmp_path, BODY)

    assert "1 failed, 1 passed, 1 skipped" in said
    assert "talks.yaml:4: bad" in said
    assert "expected topic `age`, the talk is at `name` because" in said
    assert "ANTHROPIC_API_KEY is not set" in said
    assert "Traceback" not in said


def test_a_mistake_in_a_file_of_tests_stops_the_collection(tmp_path: Path) -> None:
    said = run(tmp_path, BODY.replace("topic: age", "topic: agee"))

    assert "there is no topic `agee` (did you mean `age`?)" in said
