"""`webhook talk`: a whole interview through a pipe, and every way to leave it."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.callers import SAM, as_claude, is_listen, is_speak, shown
from tests.cli.conftest import ROOT, TIMEOUT_S, CommandLine, Inside
from tests.fake_claude import FakeClaude, Reply
from webhook.cli.talk_views import fact_line
from webhook.interview.facts import FactEvent, Status


def left_behind(cli: CommandLine) -> list[Path]:
    return [*cli.here.iterdir(), *Path(cli.env["TMPDIR"]).iterdir(), *cli.data_dir.glob("*")]


def test_an_interview_is_held_to_its_end_and_reported(cli: CommandLine) -> None:
    talked = cli.run("talk", "financial_lifestyle", stdin="\n".join(SAM.values()))
    assert talked.returncode == 0, talked.stderr
    assert talked.stderr == ""

    said = talked.stdout
    assert said.index("Anita Bhargava: Hello") < said.index("you> I'm Sam.") < said.index("Goodbye.")
    explained = r'\+ age = 34 \(filled\) "I.m 34\."\n> ask \[interests\]: it is the next open topic on the road \(\d+:\d\d left\)\n'
    assert re.search(explained, said)
    assert "> end [summary]: the road ends: completed (" in said
    assert re.search(r"Session talk, begun [-0-9]+ [:0-9]+ UTC, completed\.", said)
    assert "| home area | Leeds | filled | 5 | Leeds. |" in said
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
    assert re.search(r"Session talk, begun [-0-9]+ [:0-9]+ UTC, completed\.", talked.stdout)


def test_empty_lines_are_silence_and_four_of_them_end_the_interview(cli: CommandLine) -> None:
    talked = cli.run("talk", stdin="\n" + "Yes.\n" + "\n" * 4)
    assert (talked.returncode, talked.stderr) == (0, "")
    assert [line for line in talked.stdout.splitlines() if line.startswith("> silence")] == [
        f"> silence, {number} in a row: it teaches and moves nothing" for number in (1, 1, 2, 3, 4)
    ]
    assert talked.stdout.count("What name should I use for you?") == 2
    assert re.search(r"Session talk, begun [-0-9]+ [:0-9]+ UTC, ended early", talked.stdout)


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


# Commands


@pytest.fixture
def flows(cli: CommandLine) -> Path:
    """A copy of the flows that a talk may write to."""
    return Path(shutil.copytree(ROOT / "flows", cli.here / "flows", ignore=shutil.ignore_patterns("tests")))


def asides(talked: CompletedProcess[str], after: str) -> list[str]:
    """What was shown in answer to one line of input."""
    shown = talked.stdout.split(f"you> {after}\n", 1)[1].split("\nyou> ", 1)[0]
    return [line.removeprefix("> ") for line in shown.splitlines() if line.startswith("> ")]


def test_facts_road_and_reasons_are_shown_when_asked_for(cli: CommandLine) -> None:
    lines = ("/why", "Yes, that's fine.", "I'm Sam.", "34", "I'd rather not say.", "/facts", "/road", "/why")
    talked = cli.run("talk", stdin="\n".join(lines))
    assert (talked.returncode, talked.stderr) == (0, "")
    assert asides(talked, "/why")[0] == "ask [intro] for consent: it is the next open topic on the road"
    facts = asides(talked, "/facts")
    assert 'name           filled   Sam  "I\'m Sam."' in facts
    assert 'interests      refused   "I\'d rather not say."' in facts
    assert "tenure         empty" in facts
    assert asides(talked, "/road")[:5] == [
        "done   intro",
        "done   name",
        "done   age",
        "done   interests",
        "now    housing_location",
    ]
    assert talked.stdout.rsplit("you> /why\n", 1)[1].splitlines()[:6] == [
        "> ask [housing_location] for home_area: it is the next open topic on the road",
        "> after intro: if consent != true does not hold",
        "> after intro: else -> name",
        "> after age: if age == null does not hold",
        "> after age: if age < 18 does not hold",
        "> after age: else -> interests",
    ]


def test_a_turn_is_taken_back_as_if_it_had_never_been(cli: CommandLine) -> None:
    start = ("Yes, that's fine.", "I'm Sam.")
    plain = cli.run("talk", stdin="\n".join((*start, "/facts", "/road", "I'm 34.", "/facts")))
    undone = cli.run("talk", stdin="\n".join((*start, "I'm 16.", "/back", "/facts", "/road", "I'm 34.", "/facts")))
    assert (undone.returncode, undone.stderr) == (0, "")
    assert "> end [age]: the road ends: under_age" in undone.stdout
    assert asides(undone, "/back") == ["taken back; you were asked: How old are you, roughly?"]
    for view in ("/facts", "/road"):
        assert asides(undone, view) == asides(plain, view)
    assert asides(undone, "I'm 34.")[0][:40] == asides(plain, "I'm 34.")[0][:40]
    assert undone.stdout.rsplit("you> /facts\n")[1] == plain.stdout.rsplit("you> /facts\n")[1]
    assert asides(cli.run("talk", stdin="/back"), "/back") == ["there is no turn to take back"]


def test_silence_is_taken_back_as_well(cli: CommandLine) -> None:
    talked = cli.run("talk", stdin="Yes, that's fine.\n\n\n/back\n/back\n\n")
    counts = [line.split()[2] for line in talked.stdout.splitlines() if line.startswith("> silence")]
    assert counts == ["1", "2", "1"]


def test_minutes_can_be_let_pass_until_little_is_left(cli: CommandLine) -> None:
    answers = ("Yes, that's fine.", "I'm Sam.")
    talked = cli.run("talk", stdin="\n".join(("/clock 2", *answers, "/clock 8.5", "/road", "I'm 34.")))
    assert asides(talked, "/clock 2")[0].startswith(("10:00", "9:5"))
    assert "ahead  fitness_preference, but time is too short for it" in asides(talked, "/road")
    assert "> ask [housing_location]: little time is left, and this must be known (" in talked.stdout


def test_a_call_that_runs_short_asks_what_must_be_known_before_the_summary_and_is_not_completed(
    cli: CommandLine,
) -> None:
    answers = ("Yes.", "Sam.", "34", "/clock 10", "Chess", "/why", "Leeds", "/clock 2", "/facts", "I rent")
    talked = cli.run("talk", "financial_lifestyle", stdin="\n".join(answers))
    assert "Whereabouts do you live" in talked.stdout
    assert "Is your home rented" in talked.stdout
    assert "time is up. Thank you" in talked.stdout
    assert any(line.startswith("home_area") and "Leeds" in line for line in asides(talked, "/facts"))
    assert "That's everything I wanted to ask" not in talked.stdout
    assert "ended early (out of time)" in talked.stdout
    assert "Please note (partial)" in talked.stdout


def test_why_tells_only_of_topics_that_were_entered_and_of_those_that_are_still_open(cli: CommandLine) -> None:
    answers = ("Yes.", "Sam.", "34", "/clock 10", "Chess", "Leeds", "I rent", "/why")
    why = asides(cli.run("talk", "financial_lifestyle", stdin="\n".join(answers)), "/why")
    short = next(line for line in why if line.startswith("time is too short for"))
    assert not {"name", "age", "interests", "housing_location", "intro", "summary"} & set(
        short.removeprefix("time is too short for ").split(", ")
    )
    assert "food_preference" in short
    assert not [line for line in why if "entertainment" in line and line.startswith("after")]


@pytest.mark.parametrize("typed", ["/clock", "/clock soon", "/clock -1", "/clock nan"])
def test_minutes_that_are_none_are_asked_for_again(cli: CommandLine, typed: str) -> None:
    assert asides(cli.run("talk", stdin=typed), typed) == ["/clock needs the minutes that shall pass, such as /clock 5"]


def test_an_unknown_command_lists_those_there_are_and_help_explains_them(cli: CommandLine) -> None:
    talked = cli.run("talk", stdin="/fact\n/help\n")
    assert asides(talked, "/fact") == [
        "there is no /fact; there is /facts, /road, /why, /back, /late, /clock, /save, /help"
    ]
    assert len(asides(talked, "/help")) == 8
    assert "+ " not in talked.stdout, "a command is no answer"


def test_without_a_key_there_is_no_claude_to_be_late(cli: CommandLine) -> None:
    assert asides(cli.run("talk", stdin="/late"), "/late")[0].startswith("there is no Claude that could be late")


async def test_a_turn_with_a_late_claude_is_made_by_code_and_the_next_one_is_not(cli: CommandLine) -> None:
    async with FakeClaude(as_claude) as fake:
        env = {"ANTHROPIC_API_KEY": "key-of-the-tests", "ANTHROPIC_BASE_URL": fake.base_url}
        lines = "/late\nYes, that's fine.\nI'm Sam.\n/facts"
        talked = await asyncio.to_thread(cli.run, "talk", stdin=lines, **env)
        listened = [shown(body) for body in fake.bodies if is_listen(body)]
    assert (talked.returncode, talked.stderr) == (0, "")
    late, on_time = talked.stdout.split("you> Yes, that's fine.\n")[1].split("you> I'm Sam.\n")
    assert "Anita Bhargava: What name should I use for you?" in late
    assert "+ consent = true (filled)" in late
    assert "Thank you for that. Now, could you tell me this" in on_time
    assert len(listened) == 1
    assert "<caller>I'm Sam.</caller>" in listened[0]


def test_a_talk_is_saved_as_a_test_behind_those_there_are(cli: CommandLine, flows: Path) -> None:
    lines = (
        "Yes, that's fine.",
        "I'm Sam.",
        "I'm 16.",
        "/save a caller who is too young",
        "/back",
        "/save second: try",
    )
    env = {"FLOWS_DIR": str(flows)}
    talked = cli.run("talk", "financial_lifestyle", stdin="\n".join(lines), **env)
    saved = flows / "tests" / "financial_lifestyle.yaml"
    assert asides(talked, "/save a caller who is too young") == [f"saved in {saved}"]
    first = """\
flow: financial_lifestyle

tests:
  - test: a caller who is too young
    turns:
      - caller: "Yes, that's fine."
        understood: {consent: true}
        expect: {topic: name}
      - caller: "I'm Sam."
        understood: {name: Sam}
        expect: {topic: age}
      - caller: "I'm 16."
        understood: {age: 16}
        expect: {end: under_age}
"""
    second = """
  - test: "second: try"
    turns:
      - caller: "Yes, that's fine."
        understood: {consent: true}
        expect: {topic: name}
      - caller: "I'm Sam."
        understood: {name: Sam}
        expect: {topic: age}
"""
    assert saved.read_text() == first + second
    assert talked.stdout.endswith("You left the interview. Nothing was kept but what you saved.\n")
    again = cli.run("talk", stdin="Yes, that's fine.\n/save a caller who is too young\n", **env)
    assert "has a test of that name already" in again.stdout
    assert saved.read_text() == first + second


def test_nothing_is_saved_without_a_name_or_a_turn(cli: CommandLine, flows: Path) -> None:
    talked = cli.run("talk", stdin="/save\n/save early\n", FLOWS_DIR=str(flows))
    assert asides(talked, "/save")[0].startswith("/save needs a name")
    assert asides(talked, "/save early")[0].startswith("there is nothing to save yet")
    assert not (flows / "tests").exists()


def test_a_clock_that_was_moved_before_the_first_answer_is_part_of_the_test(cli: CommandLine, flows: Path) -> None:
    lines = "/clock 4\nYes, that's fine.\n/save short\n/clock 1\nI'm Sam.\n/save shorter\n"
    talked = cli.run("talk", stdin=lines, FLOWS_DIR=str(flows))
    short, shorter = (flows / "tests" / "financial_lifestyle.yaml").read_text().split("- test: shorter")
    assert "- test: short\n    minutes_left: 8\n    turns:\n" in short
    assert "minutes_left" not in shorter
    assert asides(talked, "/save shorter")[1].startswith("a test cannot let minutes pass on its way")


def test_a_fact_is_shown_with_its_value_its_status_and_the_words() -> None:
    refused = FactEvent(slot="age", status=Status.REFUSED, words="None of your business")
    several = FactEvent(slot="transport", status=Status.FILLED, value=["car", "bike"], words="car and bike")
    assert fact_line(refused) == '+ age (refused) "None of your business"'
    assert fact_line(several) == '+ transport = ["car", "bike"] (filled) "car and bike"'
