"""The library: what is in service, and what a running call keeps."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from tests.content.conftest import SMALL
from webhook.content.library import Library
from webhook.content.load import read_folder
from webhook.content.versions import KEPT_S, Versions
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

    read = read_folder(Path("flows"), Path("prompts"))
    flows, findings = read.flows, read.findings

    assert list(flows) == ["small"]
    assert [str(finding) for finding in findings] == [
        "flows/y.yaml:1:1: the file is a link that leads out of its folder"
    ]


def test_a_folder_without_flows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match=r"there is no flow here: a flow is a file that ends in \.yaml"):
        Library(tmp_path / "none", tmp_path).load_all()


# Files that are saved while calls are running

BROKEN = SMALL.replace("go_to", "goto").replace("follow_up: summary", "follow_up: sumary")


def newer(version: int = 2) -> str:
    return SMALL.replace("version: 1", f"version: {version}")


def kept(library_dir: Path, **options: Any) -> Library:
    return Library(Path("flows"), Path("prompts"), versions=Versions(library_dir), **options)


def saved(library: Library, text: str, path: str = "flows/x.yaml") -> None:
    """Save a file and let the library see it, as it does in its rounds."""
    Path(path).write_text(text)
    library.has_changed()
    assert library.has_changed()
    library.reload()


def test_a_file_that_is_saved_serves_new_calls_and_running_ones_keep_theirs(library: Library) -> None:
    library.load_all()
    before = library.flow("small")
    assert not library.has_changed()
    saved(library, newer())

    assert library.flow("small").version == 2
    assert library.flow_of_call("small", before.content_hash) is before
    assert not library.has_changed()


def test_a_file_is_not_read_while_it_is_being_written(library: Library) -> None:
    library.load_all()
    for part in (SMALL[:300], SMALL[:900], newer()):
        Path("flows/x.yaml").write_text(part)
        assert not library.has_changed()
    assert library.has_changed()


def test_a_prompt_that_is_saved_counts_as_well(library: Library) -> None:
    library.load_all()
    before = library.flow("small").content_hash
    saved(library, "Ask gently.", "prompts/age.md")

    assert library.flow("small").content_hash != before


def test_a_file_that_fails_leaves_the_last_good_one_in_service_and_says_why(library: Library) -> None:
    library.load_all()
    before = library.flow("small")
    saved(library, BROKEN)

    assert library.flow("small") is before
    assert [finding.rule for finding in library.contents.refused] == ["unknown-topic"]
    saved(library, newer())
    assert library.flow("small").version == 2
    assert library.contents.refused == ()


def test_one_file_that_fails_does_not_hold_up_another(library: Library) -> None:
    library.load_all()
    saved(library, SMALL.replace("flow: small", "flow: other"), "flows/y.yaml")
    Path("flows/x.yaml").write_text(BROKEN)
    saved(library, SMALL.replace("flow: small", "flow: other").replace("version: 1", "version: 7"), "flows/y.yaml")

    assert (library.flow("small").version, library.flow("other").version) == (1, 7)


def test_a_flow_whose_file_is_gone_takes_no_new_calls_unless_it_is_the_default(folder: Path, tmp_path: Path) -> None:
    other = SMALL.replace("flow: small", "flow: other")
    for default, left in ((None, ["other"]), ("small", ["small", "other"])):
        Path("flows/x.yaml").write_text(SMALL)
        library = kept(tmp_path / "kept", default=default)
        library.load_all()
        before = library.flow("small")
        Path("flows/x.yaml").unlink()
        saved(library, other, "flows/y.yaml")
        assert list(library.contents.flows) == left
        assert library.flow_of_call("small", before.content_hash) is before


def test_another_worker_and_a_restarted_one_know_the_version_a_call_began_with(folder: Path, tmp_path: Path) -> None:
    first = kept(tmp_path / "kept")
    first.load_all()
    before = first.flow("small")
    Path("prompts/age.md").write_text("Ask for their age only.")
    saved(first, newer())
    second = kept(tmp_path / "kept")
    second.load_all()

    found = second.flow_of_call("small", before.content_hash)
    assert (found.version, found.content_hash) == (1, before.content_hash)
    assert found.topics["age"].ask == before.topics["age"].ask
    assert second.pinned("small", "0" * 16) is None
    assert second.pinned("small", "../small") is None


def test_a_copy_that_somebody_changed_is_not_used(folder: Path, tmp_path: Path) -> None:
    first = kept(tmp_path / "kept")
    first.load_all()
    content_hash = first.flow("small").content_hash
    (tmp_path / "kept" / f"small-{content_hash}" / "flow.yaml").write_text(newer(9))

    assert Versions(tmp_path / "kept").find("small", content_hash) is None


def test_a_start_with_a_file_that_fails_is_served_by_its_last_good_version(folder: Path, tmp_path: Path) -> None:
    kept(tmp_path / "kept").load_all()
    Path("flows/x.yaml").write_text(BROKEN)
    library = kept(tmp_path / "kept")
    library.load_all()

    assert library.flow("small").version == 1
    assert library.contents.refused
    with pytest.raises(ContentError):
        kept(tmp_path / "empty").load_all()


def test_a_folder_that_cannot_be_written_keeps_nothing_and_stops_nobody(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    library = kept(tmp_path / "file" / "kept")

    assert library.load_all().flows["small"].version == 1
    assert [finding.rule for finding in library.contents.findings] == ["copy-not-kept"]
    assert library.contents.refused == ()


def test_copies_leave_when_no_call_can_need_them_and_those_in_service_stay(folder: Path, tmp_path: Path) -> None:
    library = kept(tmp_path / "kept")
    library.load_all()
    before = library.flow("small")
    saved(library, newer())
    versions, later = Versions(tmp_path / "kept"), time.time() + KEPT_S + 60
    for copy in (tmp_path / "kept").iterdir():
        os.utime(copy, (0, 0))
    library.sweep()

    assert versions.find("small", before.content_hash) is None
    assert versions.find("small", library.flow("small").content_hash) is not None
    assert versions.forget_old(later) == 1


def test_versions_share_new_calls_as_asked_for_and_a_session_always_gets_the_same(folder: Path, tmp_path: Path) -> None:
    kept(tmp_path / "kept").load_all()
    Path("flows/x.yaml").write_text(newer())
    library = kept(tmp_path / "kept", shares={"small": {1: 20, 2: 80}})
    library.load_all()
    chosen = [library.flow_of_new_call("small", f"s-{i}").version for i in range(5000)]

    assert 900 < chosen.count(1) < 1100
    assert chosen == [library.flow_of_new_call("small", f"s-{i}").version for i in range(5000)]


@pytest.mark.parametrize("shares", [{}, {"small": {}}, {"small": {3: 1}}, {"small": {1: 0}}, {"other": {1: 1}}])
def test_without_a_share_that_can_be_served_the_file_s_version_is(
    folder: Path, tmp_path: Path, shares: dict[str, dict[int, float]]
) -> None:
    library = kept(tmp_path / "kept", shares=shares)
    library.load_all()

    assert library.flow_of_new_call("small", "s").version == 1
    told = [str(finding) for finding in library.contents.findings]
    assert all("was never in service here" in line for line in told)
    assert len(told) == sum((i, v) != ("small", 1) for i, versions in shares.items() for v in versions)


def test_a_version_with_a_share_is_kept_while_it_has_one(folder: Path, tmp_path: Path) -> None:
    kept(tmp_path / "kept").load_all()
    Path("flows/x.yaml").write_text(newer())
    shares = {"small": {1: 20.0, 2: 80.0}}
    library = kept(tmp_path / "kept", shares=shares)
    library.load_all()
    for copy in (tmp_path / "kept").iterdir():
        os.utime(copy, (0, 0))
    library.sweep()

    assert kept(tmp_path / "kept", shares=shares).load_all().findings == ()


def test_a_version_is_found_by_its_number_while_a_copy_of_it_is_kept(folder: Path, tmp_path: Path) -> None:
    library = Library(Path("flows"), Path("prompts"), versions=Versions(tmp_path / "versions"))
    library.load_all()
    first = library.flow("small")
    Path("flows/x.yaml").write_text(SMALL.replace("version: 1", "version: 2"))
    library.load_all()

    assert library.numbered("small", None) is library.numbered("small", 2) is library.flow("small")
    assert library.numbered("small", 1).content_hash == first.content_hash
    for flow_id, version in (("small", 3), ("*", 1), ("../versions/small", 1)):
        with pytest.raises(NotFound):
            library.numbered(flow_id, version)
    without_copies = Library(Path("flows"), Path("prompts"))
    without_copies.load_all()
    with pytest.raises(NotFound, match="in service is 2"):
        without_copies.numbered("small", 1)


def test_a_version_that_another_worker_lets_go_of_at_the_same_time_stops_nobody(folder: Path, tmp_path: Path) -> None:
    class Another(type(tmp_path)):  # type: ignore[misc]  # the class of paths differs between systems
        """Lists a version that is gone a moment later."""

        def glob(self, pattern: str) -> Any:
            yield self / "gone-0000000000000000"
            yield from super().glob(pattern)

        def is_dir(self) -> bool:
            return self.name.startswith("gone") or bool(super().is_dir())

    kept(tmp_path / "kept").load_all()
    (copy,) = (tmp_path / "kept").iterdir()
    os.utime(copy, (0, 0))
    versions = Versions(Another(tmp_path / "kept"))

    assert versions.last_of("flows/x.yaml") is not None
    assert versions.forget_old() == 1


def test_a_copy_that_cannot_be_put_in_its_place_is_told(folder: Path, tmp_path: Path) -> None:
    read = read_folder(Path("flows"), Path("prompts"))
    flow = read.flows["small"]
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / f"small-{flow.content_hash}").write_text("in the way")
    library = kept(tmp_path / "kept")

    assert [finding.rule for finding in library.load_all().findings] == ["copy-not-kept"]
