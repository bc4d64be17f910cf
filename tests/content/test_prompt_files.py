"""Prompt files: found where they should be, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.content.conftest import Check
from webhook.content.load import check_file


def test_a_prompt_file_is_read_from_the_prompts_folder(check: Check) -> None:
    flow, _ = check()

    assert flow is not None
    ask = flow.topics["age"].ask
    assert ask is not None
    assert ask.render("en", {"slots": {"tenure": "rent"}}) == "Find out their age. They rent."


def test_the_prompts_folder_can_be_anywhere(check: Check, tmp_path: Path) -> None:
    elsewhere = tmp_path / "deep" / "texts"
    elsewhere.mkdir(parents=True)
    (elsewhere / "age.md").write_text("Ask.")
    check()

    flow, findings = check_file(Path("flows/x.yaml"), elsewhere)

    assert findings == ()
    assert flow is not None


@pytest.mark.parametrize(
    "name",
    [
        "prompts/../secret.md",
        "prompts/a/../../secret.md",
        "prompts//etc/secret.md",
        "prompts/..\\secret.md",
        "prompts/link.md",
        "prompts/folder/secret.md",
        "prompts/circle.md",
    ],
)
def test_no_name_leads_out_of_the_prompts_folder(check: Check, tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for place in (tmp_path / "secret.md", outside / "secret.md"):
        place.write_text("a secret")
    Path("prompts/link.md").symlink_to(tmp_path / "secret.md")
    Path("prompts/folder").symlink_to(outside)
    Path("prompts/circle.md").symlink_to("circle.md")

    flow, findings = check(("prompts/age.md", name))

    assert flow is None
    assert findings[0].startswith("flows/x.yaml:21:10: ")
    assert "is outside the prompts folder" in findings[0] or "there is no prompt file" in findings[0]
    assert "a secret" not in "".join(findings)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "prompt file `prompts/age.md` is empty"),
        (b" \n\n", "prompt file `prompts/age.md` is empty"),
        (b"\xff\xfe", "prompt file `prompts/age.md` is not UTF-8 text"),
        (b"x" * 70_000, "prompt file `prompts/age.md` is larger than 64 KB"),
    ],
)
def test_a_prompt_file_that_cannot_be_used_is_a_finding(check: Check, raw: bytes, message: str) -> None:
    Path("prompts/age.md").write_bytes(raw)

    assert check() == (None, [f"flows/x.yaml:21:10: {message}"])


def test_a_name_too_long_for_any_file_is_a_finding(check: Check) -> None:
    _, findings = check(("prompts/age.md", f"prompts/{'a' * 400}.md"))

    assert len(findings) == 1


def test_a_text_that_only_speaks_of_prompts_is_a_text(check: Check) -> None:
    flow, findings = check(("ask: prompts/age.md", "ask: prompts/age.md is where the long text was"))

    assert findings == []
    assert flow is not None
