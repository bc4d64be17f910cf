"""A small flow, and a way to check it with one thing changed."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

import pytest

from webhook.content.load import check_file
from webhook.interview.flow import Flow

SMALL = """\
flow: small
version: 1
title: A small flow
languages: [en]
start: intro
persona: mia
personas:
  mia: {style: Warm and plain.}
time: {minutes: 10, wrap_up_minutes: 2}
topics:
  intro:
    say: Hello, this is {{ persona.name }}.
    fallback: May I begin?
    required_info:
      consent: {type: yes_no, may_refuse: false}
    follow_up:
      - if: consent != true
        end: no_consent
      - else: age
  age:
    ask: prompts/age.md
    fallback: How old are you?
    required_info:
      age: {type: whole_number, min: 1, max: 120}
      tenure: {type: choice, values: [rent, own]}
    follow_up: summary
  summary:
    fallback: Did I get that right?
    required_info:
      summary_ok: {type: yes_no}
    follow_up: {end: completed}
enough:
  must_have: [age]
endings:
  completed: {say: Thank you.}
  no_consent: {say: Goodbye.}
report:
  fields:
    person: {from: [age, tenure]}
"""


class Check(Protocol):
    """Check the small flow with pieces of it replaced; gives the flow, and the findings as they are printed."""

    def __call__(self, *changes: tuple[str, str]) -> tuple[Flow | None, list[str]]: ...


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with `flows/x.yaml`, `prompts/age.md`, and `prompts/bad.md` with a misspelt name."""
    monkeypatch.chdir(tmp_path)
    Path("flows").mkdir()
    Path("prompts").mkdir()
    Path("flows/x.yaml").write_text(SMALL)
    Path("prompts/age.md").write_text("Find out their age.\n{% if slots.tenure %}They {{ slots.tenure }}.{% endif %}\n")
    Path("prompts/bad.md").write_text("Find out.\nTheir {{ slots.aeg }}.\n")
    return tmp_path


@pytest.fixture
def check(folder: Path) -> Check:
    def changed(*changes: tuple[str, str]) -> tuple[Flow | None, list[str]]:
        text = SMALL
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        Path("flows/x.yaml").write_text(text)
        flow, findings = check_file(Path("flows/x.yaml"), Path("prompts"))
        return flow, [str(finding) for finding in findings]

    return changed
