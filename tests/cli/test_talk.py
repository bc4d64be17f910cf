"""`webhook talk`: a whole interview through a pipe, and every way to leave it."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

from tests.callers import SAM, as_claude, is_listen, is_speak
from tests.cli.conftest import ROOT, TIMEOUT_S, CommandLine, Inside
from tests.fake_claude import FakeClaude, Reply
from webhook.cli.talking import fact_line
from webhook.interview.facts import FactEvent, Status


def left_behind(cli: CommandLine) -> list[Path]:
    return [*cli.here.iterdir(), *Path(cli.env["TMPDIR"]).iterdir(), *cli.data_dir.glob("*")]


def test_an_interview_is_held_to_its_end_and_reported(cli: CommandLine) -> None:
    talked = cli.run("talk", "financial_lifestyle", stdin="\n".join(SAM.values()))
    assert talked.returncode == 0, talked.stderr
    assert talked.stderr == ""

    said = talked.stdout
    assert said.index("Anita Bhargava: Hello") < said.index("you> I'm Sam.") < said.index("Goodbye.")
    assert '+ age = 34 (filled) "34"\n> ask [interests]: it is the next open topic on the road\n' in said
    assert "> end [summary]: the road ends: completed\n" in said
    assert "Session talk, completed." in said
    assert "| home area | Leeds | filled | Leeds |" in said
    assert left_behind(cli) == []


def test_ctrl_c_ends_the_talk_without_waiting_for_a_line(cli: CommandLine) -> None:
    process = cli.start("talk", PYTHONUNBUFFERED="1")
    assert process.stdout is not None
    said = ""
    while not said.endswith("you> "):
        said += process.stdout.read(1)
    process.send_signal(signal.SIGINT)
    assert process.stdout.read() == "\nYou left the interview. Nothing was kept.\n"
    assert process.wait(TIMEOUT_S) == 0
    assert [path.name for path in left_behind(cli)] == ["stderr"]
    assert (cli.here / "stderr").read_text() == ""


async def test_with_a_key_claude_listens_and_speaks_and_the_end_of_the_input_is_polite(cli: CommandLine) -> None:
    async with FakeClaude(as_claude) as fake:
        env = {"ANTHROPIC_API_KEY": "key-of-the-tests", "ANTHROPIC_BASE_URL": fake.base_url}
        words = ("talk", "--persona", "danielle-town")
        talked = await asyncio.to_thread(cli.run, *words, stdin="Yes, that's fine.\n\n...\n", **env)
        bodies = fake.bodies
    assert talked.returncode == 0, talked.stderr
    assert "with Claude" in talked.stdout
    assert "Danielle Town: Hello, my name is Danielle Town." in talked.stdout
    assert "+ consent = true (filled)" in talked.stdout
    assert talked.stdout.count("\n+ ") == talked.stdout.count("\n> ask ") == 1, "silence is no turn"
    assert talked.stdout.endswith("you> \nYou left the interview. Nothing was kept.\n")
    assert any(map(is_listen, bodies))
    assert any(map(is_speak, bodies))


def test_the_lines_that_the_readme_suggests_complete_the_interview(cli: CommandLine) -> None:
    start = (ROOT / "README.md").read_text().split("\n## Connect ", 1)[0]
    lines = re.findall(r"`([^`\n]+\.)`", start)
    talked = cli.run("talk", "financial_lifestyle", stdin="\n".join(lines))
    assert len(lines) == 12
    assert "Session talk, completed." in talked.stdout


def test_empty_lines_are_silence_and_four_of_them_end_the_interview(cli: CommandLine) -> None:
    talked = cli.run("talk", stdin="\n" + "Yes.\n" + "\n" * 4)
    assert (talked.returncode, talked.stderr) == (0, "")
    assert [line for line in talked.stdout.splitlines() if line.startswith("> silence")] == [
        f"> silence, {number} in a row: it teaches and moves nothing" for number in (1, 1, 2, 3, 4)
    ]
    assert talked.stdout.count("What name should I use for you?") == 2
    assert "Session talk, ended early." in talked.stdout


async def test_trouble_with_claude_does_not_break_into_the_dialogue(cli: CommandLine) -> None:
    async with FakeClaude(lambda _: Reply(status=500)) as fake:
        env = {"ANTHROPIC_API_KEY": "key-of-the-tests", "ANTHROPIC_BASE_URL": fake.base_url}
        talked = await asyncio.to_thread(cli.run, "talk", stdin="Yes, that's fine.\n", **env)
    assert fake.received
    assert (talked.returncode, talked.stderr) == (0, "")
    assert "What name should I use for you?" in talked.stdout


def test_an_unknown_flow_or_persona_is_wrong_use_and_the_known_ones_are_named(inside: Inside) -> None:
    no_flow = inside("talk", "nobody_wrote_this")
    no_persona = inside("talk", "--persona", "nobody")
    assert no_flow.returncode == no_persona.returncode == 2
    assert (
        no_flow.stderr == "webhook: there is no flow by that id; there is financial_lifestyle, screening, stakeholder\n"
    )
    assert "anita-bhargava, danielle-town" in no_persona.stderr


def test_a_fact_is_shown_with_its_value_its_status_and_the_words() -> None:
    refused = FactEvent(slot="age", status=Status.REFUSED, words="None of your business")
    several = FactEvent(slot="transport", status=Status.FILLED, value=["car", "bike"], words="car and bike")
    assert fact_line(refused) == '+ age (refused) "None of your business"'
    assert fact_line(several) == '+ transport = ["car", "bike"] (filled) "car and bike"'
