"""Test files written by tests, read against the shipped flow."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tests.interview.calls import lifestyle
from webhook.content.findings import Finding
from webhook.flowtest.load import Case, read_file
from webhook.flowtest.outcome import Outcome
from webhook.flowtest.told import hold

SHIPPED = Path(__file__).parents[2] / "flows" / "tests" / "financial_lifestyle.yaml"
CONSENTED = "given: {consent: true, name: Sam, age: 34}"


def written(folder: Path, body: str) -> tuple[tuple[Case, ...], tuple[Finding, ...]]:
    """Cases and findings of a file whose tests are `body`."""
    path = folder / "talks.yaml"
    tests = textwrap.indent(textwrap.dedent(body).strip("\n"), "  ")
    path.write_text(f"flow: financial_lifestyle\ntests:\n{tests}\n", encoding="utf-8")
    return read_file(path, {"financial_lifestyle": lifestyle()})


def case(folder: Path, body: str) -> Case:
    cases, findings = written(folder, body)
    assert not findings, findings
    return cases[0]


def outcome(folder: Path, body: str) -> Outcome:
    return hold(case(folder, body))


def finding(folder: Path, body: str) -> str:
    """The only finding, without its path."""
    cases, findings = written(folder, body)
    assert not cases
    assert len(findings) == 1, findings
    return str(findings[0]).partition("talks.yaml:")[2]
