"""`webhook draw` as people run it; Mermaid's own renderer is stood in for by a script on the PATH."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, CommandLine, Inside
from tests.cli.test_records import session
from tests.interview.calls import known
from tests.live_server import services_for
from webhook.interview.moves import State
from webhook.interview.session import SessionStatus

FLOW_FILE = str(ROOT / "flows" / "financial_lifestyle.yaml")


@pytest.fixture
def renderer(cli: CommandLine, tmp_path: Path) -> dict[str, str]:
    """The environment with an `mmdc` that writes what it was given, and which file it was to make."""
    folder = tmp_path / "bin"
    folder.mkdir()
    mmdc = folder / "mmdc"
    mmdc.write_text(
        "#!/bin/sh\n"
        "while [ $# -gt 0 ]; do case $1 in --input) from=$2;; --output) to=$2;; esac; shift; done\n"
        'grep -q unlucky "$from" && { echo "Error: no browser"; exit 1; }\n'
        '{ echo "drawn: ${to##*.}"; cat "$from"; } > "$to"\n'
    )
    mmdc.chmod(0o755)
    return {"PATH": f"{folder}:{cli.env['PATH']}"}


def test_a_flow_is_drawn_by_its_id_or_its_file(inside: Inside) -> None:
    by_id, by_file = inside("draw", "financial_lifestyle"), inside("draw", FLOW_FILE)
    assert (by_id.returncode, by_id.stderr) == (0, "")
    assert by_id.stdout == by_file.stdout
    assert '  t3_age -->|"age #60; 18"| e3_under_age\n' in by_id.stdout


def test_a_flow_with_mistakes_is_not_drawn_but_its_findings_are_listed(
    inside: Inside, cli: CommandLine, broken: dict[str, str]
) -> None:
    by_id = inside("draw", "financial_lifestyle", **broken)
    by_file = inside("draw", str(cli.here / "flows" / "financial_lifestyle.yaml"), **broken)
    for drawn in (by_id, by_file):
        assert (drawn.returncode, drawn.stdout) == (1, "")
        assert "did you mean" in drawn.stderr
        assert "supscriptions_preference" in drawn.stderr


def test_unknown_flows_and_files_are_named(inside: Inside) -> None:
    no_flow, no_file = inside("draw", "nobody_wrote_this"), inside("draw", "nobody_wrote_this.yaml")
    assert no_flow.returncode == 2
    assert no_flow.stderr.startswith("webhook: there is no flow by that id; there is financial_lifestyle")
    assert no_file.returncode == 1
    assert "nobody_wrote_this.yaml:1:1: No such file" in no_file.stderr


def test_the_form_is_told_by_the_name_of_the_output(inside: Inside, cli: CommandLine, renderer: dict[str, str]) -> None:
    for name, starts in (("a.svg", "drawn: svg\n---\n"), ("a.PNG", "drawn: png\n---\n"), ("a.mmd", "---\n")):
        drawn = inside("draw", "financial_lifestyle", "--output", name, **renderer)
        assert (drawn.returncode, drawn.stdout, drawn.stderr) == (0, "", "")
        assert (cli.here / name).read_text().startswith(starts)


def test_a_form_that_is_named_goes_before_the_name_of_the_output(
    inside: Inside, cli: CommandLine, renderer: dict[str, str]
) -> None:
    assert inside("draw", "financial_lifestyle", "--format", "svg", **renderer).stdout.startswith("drawn: svg\n")
    assert inside("draw", "financial_lifestyle", "--format", "mermaid", "--output", "a.svg").returncode == 0
    assert (cli.here / "a.svg").read_text().startswith("---\n")


def test_without_the_renderer_it_is_told_where_to_get_it(inside: Inside) -> None:
    drawn = inside("draw", "financial_lifestyle", "--format", "svg", PATH="/nowhere")
    assert (drawn.returncode, drawn.stdout) == (2, "")
    assert "npm install -g @mermaid-js/mermaid-cli" in drawn.stderr


def test_a_renderer_that_fails_leaves_no_file_and_its_word_for_it(
    inside: Inside, cli: CommandLine, renderer: dict[str, str]
) -> None:
    unlucky = Path(FLOW_FILE).read_text().replace("title: Financial", "title: unlucky Financial")
    (cli.here / "unlucky.yaml").write_text(unlucky)
    drawn = inside("draw", "unlucky.yaml", "--output", "a.svg", **renderer)
    assert drawn.returncode == 1
    assert drawn.stderr == "webhook: mmdc could not draw the flow: Error: no browser\n"
    assert not (cli.here / "a.svg").exists()


def test_a_picture_of_dots_needs_a_file_and_a_file_needs_a_folder(inside: Inside) -> None:
    assert inside("draw", "financial_lifestyle", "--format", "png").returncode == 2
    nowhere = inside("draw", "financial_lifestyle", "--output", "no/such/folder.mmd")
    assert nowhere.returncode == 2
    assert "no/such/folder.mmd cannot be written" in nowhere.stderr


def _kept(cli: CommandLine, *, flow_hash: str | None = None) -> None:
    """A call in the store that is at the topic after `age`."""

    async def keep() -> None:
        services = services_for(cli.data_dir)
        now = services.interviewer.clock()
        made = session(services, "s-running", SessionStatus.IN_PROGRESS, at=now)
        state = State(events=known(consent=True, name="Sam", age=34), topic="interests", started_at=now)
        made = replace(made, base=state, flow_hash=flow_hash or made.flow_hash)
        await services.store.open()
        assert await services.sessions.save(made, expect=0)
        await services.store.close()

    asyncio.run(keep())


def test_an_interview_in_the_store_is_drawn_with_its_road(cli: CommandLine) -> None:
    _kept(cli)
    drawn = cli.run("draw", "financial_lifestyle", "--facts", "s-running")
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert 't3_age["age<br/>must<br/>age = 34"]:::walked' in drawn.stdout
    assert "name = •••" in drawn.stdout
    assert "Sam" not in drawn.stdout
    assert 't4_interests("interests<br/>should<br/>the call is here"):::open' in drawn.stdout


def test_an_interview_by_a_version_that_is_gone_is_drawn_with_a_warning(cli: CommandLine) -> None:
    _kept(cli, flow_hash="of-long-ago")
    drawn = cli.run("draw", "financial_lifestyle", "--facts", "s-running")
    assert drawn.returncode == 0
    assert drawn.stderr == "webhook: the call began with another version than the one that is drawn\n"


def test_an_interview_that_never_was_cannot_be_drawn(cli: CommandLine) -> None:
    drawn = cli.run("draw", "financial_lifestyle", "--facts", "s-nobody")
    assert (drawn.returncode, drawn.stdout) == (2, "")
    assert drawn.stderr == "webhook: there is no session by that id\n"
