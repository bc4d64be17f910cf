"""What is wrong with a test file is said with its place, and with what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flowtest.suites import SHIPPED, case, finding, written
from tests.interview.calls import lifestyle
from webhook.flowtest.load import files_of, read_file

TURN = "turns: [{caller: hi, understood: {}, expect: {topic: name}}]"


def test_the_shipped_tests_have_no_findings() -> None:
    cases, findings = read_file(SHIPPED, {"financial_lifestyle": lifestyle()})

    assert findings == ()
    assert {c.tier for c in cases} == {"understood", "off", "caller", "interviewee"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "- test: a\n  turn: []\n  expect: {end: completed}",
            "4:5: unknown key `turn` in test 1 (did you mean `turns`?)",
        ),
        (f"- {TURN}", "3:5: missing key `test` in test 1"),
        (
            "- test: a\n  turns: [{caller: hi, understood: {}, expect: {topc: name}}]",
            "4:51: unknown key `topc` in `expect` of test 1 (did you mean `topic`?)",
        ),
        (
            "- test: a\n  turns: [{caller: hi, understood: {}, expect: {topic: nam}}]",
            "4:58: there is no topic `nam` (did you mean `name`?)",
        ),
        (
            "- test: a\n  turns: [{caller: hi, understood: {agee: 3}, expect: {topic: name}}]",
            "4:39: there is no slot `agee` (did you mean `age`?)",
        ),
        (
            "- test: a\n  turns: [{caller: hi, understood: {refsed: [age]}, expect: {topic: name}}]",
            "4:39: there is no slot `refsed` (did you mean `refused`?)",
        ),
        (
            "- test: a\n  turns: [{caller: hi, understood: {signals: [stopp]}, expect: {topic: name}}]",
            "4:49: there is no signal `stopp` (did you mean `stop`?)",
        ),
        (
            f"- test: a\n  given: {{tenure: castle}}\n  {TURN}",
            "4:21: this is no value for `tenure`: not one of rent, own, with_family, other",
        ),
        (
            f"- test: a\n  model: on\n  {TURN}",
            "4:12: `model` of test 1 should be off",
        ),
        ("- test: a\n  expect: {end: completed}", "3:5: test 1 needs one of `turns`, `caller_says` and `interviewee`"),
        (
            "- test: a\n  turns: [{caller: hi, understood: {}}]",
            "3:5: test 1 expects nothing, so it cannot fail",
        ),
        (
            f'- test: a\n  model: "off"\n  {TURN}',
            '4:5: `model: "off"` lets code read the words: no `understood`, no `interviewee`',
        ),
        (f"- test: a\n  {TURN}\n- test: a\n  {TURN}", "5:11: another test is named `a` already"),
    ],
)
def test_a_mistake_is_named_by_its_place(tmp_path: Path, body: str, said: str) -> None:
    assert finding(tmp_path, body) == said


def test_a_flow_that_is_not_there_is_named_with_the_one_that_was_meant(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("flow: financial_lifestile\ntests: []\n")

    _, findings = read_file(path, {"financial_lifestyle": lifestyle()})

    assert "did you mean `financial_lifestyle`?" in str(findings[0])


def test_a_file_that_is_not_there_is_a_finding(tmp_path: Path) -> None:
    _, findings = read_file(tmp_path / "none.yaml", {})

    assert [f.rule for f in findings] == ["unreadable-file"]


def test_a_folder_stands_for_its_yaml_files(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yaml", "notes.md"):
        (tmp_path / name).touch()

    assert [p.name for p in files_of([tmp_path, tmp_path / "notes.md"])] == ["a.yaml", "b.yaml", "notes.md"]


def test_a_turn_without_understood_is_for_claude(tmp_path: Path) -> None:
    assert case(tmp_path, "- {test: a, turns: [{caller: hi, expect: {topic: name}}]}").needs_claude


def test_given_values_get_the_type_of_their_slot(tmp_path: Path) -> None:
    cases, _ = written(tmp_path, f"- test: a\n  given: {{age: '34'}}\n  {TURN}")

    assert cases[0].given == {"age": 34}
