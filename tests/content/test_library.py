"""The library: what is in service, and what a running call keeps."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.content.conftest import SMALL
from webhook.content.library import Library
from webhook.content.load import check_all
from webhook.errors import ContentError, NotFound


@pytest.fixture
def library(folder: Path) -> Library:
    return Library(Path("flows"), Path("prompts"))


def test_flows_are_found_by_their_id(library: Library) -> None:
    contents = library.load_all()

    assert list(contents.flows) == ["small"]
    assert library.flow("small") is contents.flows["small"]


@pytest.mark.parametrize("flow_id", ["", "x", "../flows/x", "%2e%2e", "small\0", "SMALL", "ſmall", "small.yaml"])
def test_no_other_id_finds_anything(library: Library, flow_id: str) -> None:
    library.load_all()

    with pytest.raises(NotFound):
        library.flow(flow_id)


def test_a_running_call_keeps_the_version_it_began_with(library: Library) -> None:
    library.load_all()
    before = library.flow("small")
    Path("flows/x.yaml").write_text(SMALL.replace("version: 1", "version: 2"))
    library.load_all()

    assert library.flow("small").version == 2
    assert library.pinned("small", before.content_hash) is before
    assert library.pinned("small", "0" * 16) is None


def test_a_changed_prompt_file_is_another_version(library: Library) -> None:
    library.load_all()
    before = library.flow("small")
    Path("prompts/age.md").write_text("Ask.")
    library.load_all()

    assert library.flow("small").content_hash != before.content_hash
    assert library.flow("small").version == before.version


def test_a_prompt_file_the_flow_does_not_name_changes_nothing(library: Library) -> None:
    library.load_all()
    before = library.flow("small").content_hash
    Path("prompts/other.md").write_text("Ask.")
    library.load_all()

    assert library.flow("small").content_hash == before
    assert len(before) == 16


def test_a_broken_file_leaves_the_last_good_flows_in_service(library: Library) -> None:
    library.load_all()
    before = library.flow("small")
    Path("flows/x.yaml").write_text(SMALL.replace("start: intro", "start: intor"))

    with pytest.raises(ContentError):
        library.load_all()

    assert library.flow("small") is before


def test_the_findings_of_all_files_are_told_at_once(library: Library) -> None:
    Path("flows/x.yaml").write_text(SMALL.replace("start: intro", "start: intor"))
    Path("flows/y.yaml").write_text("flow: [")

    with pytest.raises(ContentError) as raised:
        library.load_all()

    assert str(raised.value).splitlines() == [
        "the flows cannot be used:",
        "flows/x.yaml:5:8: unknown topic `intor` in the flow (did you mean `intro`?)",
        "flows/y.yaml:1:8: a bracket that is never closed",
    ]


def test_two_files_with_the_same_id_are_refused(library: Library) -> None:
    shutil.copy("flows/x.yaml", "flows/y.yaml")

    with pytest.raises(ContentError) as raised:
        library.load_all()

    assert [str(finding) for finding in raised.value.findings] == [
        "flows/y.yaml:1:7: another file has the flow `small` already"
    ]


def test_warnings_come_along_without_stopping_anything(library: Library) -> None:
    Path("flows/z.yml").write_text(SMALL)

    findings = library.load_all().findings

    assert [str(finding) for finding in findings] == [
        "flows/z.yml:1:1: warning: this file is not read: a flow ends in .yaml"
    ]


def test_tests_of_designers_and_links_that_lead_out_are_no_flows(folder: Path) -> None:
    Path("flows/tests").mkdir()
    Path("flows/tests/small.yaml").write_text("flow: small\ntests: []\n")
    Path("elsewhere.yaml").write_text(SMALL.replace("flow: small", "flow: stolen"))
    Path("flows/y.yaml").symlink_to(Path("elsewhere.yaml").resolve())

    flows, findings = check_all(Path("flows"), Path("prompts"))

    assert list(flows) == ["small"]
    assert [str(finding) for finding in findings] == [
        "flows/y.yaml:1:1: the file is a link that leads out of its folder"
    ]


def test_a_folder_without_flows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"there is no flow here: a flow is a file that ends in \.yaml"):
        Library(tmp_path / "none", tmp_path).load_all()
