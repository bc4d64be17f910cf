"""`webhook sessions export` and `webhook replay`: from the calls in a store to what they would be like tomorrow."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT, CommandLine
from tests.live_server import services_for
from webhook.asks import Ask
from webhook.interview.history import Message

FLOW = (ROOT / "flows/financial_lifestyle.yaml").read_text()
SAID = ("Yes, that's fine.", "I'm Rosamunde.", "I'm 41.", "Chess and hiking.", "In Norwich.", "I rent.")


@pytest.fixture
def called(cli: CommandLine) -> CommandLine:
    """A store with one call that went on for six turns."""
    asyncio.run(_hold(cli.data_dir))
    return cli


async def _hold(data_dir: Path) -> None:
    services = services_for(data_dir)
    await services.store.open()
    talk = [Message(role="agent", text=services.admission.opening("financial_lifestyle", None))]
    for words in SAID:
        talk.append(Message(role="user", text=words))
        ask = Ask(messages=tuple(talk), session_id="s", flow_id="financial_lifestyle")
        reply = await services.interviewer.answer(ask)
        talk.append(Message(role="agent", text=await reply.text()))
        await services.interviewer.generations.drain(5.0)
    await services.store.close()


def with_flow(cli: CommandLine, text: str) -> dict[str, str]:
    """The environment of one flow of our own."""
    folder = cli.here / "flows"
    folder.mkdir(exist_ok=True)
    (folder / "financial_lifestyle.yaml").write_text(text)
    return {"FLOWS_DIR": str(folder)}


def test_what_is_exported_has_nobody_in_it(called: CommandLine) -> None:
    exported = called.run("sessions", "export").stdout
    (recording,) = (json.loads(line) for line in exported.splitlines())
    assert [turn["topic"] for turn in recording["turns"]][:3] == ["name", "age", "interests"]
    assert recording["turns"][2]["understood"] == {"age": 41}
    assert not [
        words for words in ("Rosamunde", "Norwich", "hiking", "that's") if words.casefold() in exported.casefold()
    ]


def test_calls_are_the_same_on_the_version_they_were_held_with(called: CommandLine) -> None:
    told = called.run("sessions", "export", "--output", "calls.jsonl")
    assert told.stdout == "1 of 1 calls written to calls.jsonl\n"
    again = called.run("replay", "calls.jsonl")
    assert (again.returncode, again.stdout) == (0, "1 calls, 0 of them would be different\n")


def test_a_call_that_would_take_another_road_is_named_with_what_it_comes_to(called: CommandLine) -> None:
    called.run("sessions", "export", "--output", "calls.jsonl")
    env = with_flow(called, FLOW.replace("if: age < 18", "if: age < 50"))
    told = called.run("replay", "calls.jsonl", **env)
    assert told.returncode == 1, told.stderr
    assert told.stdout.splitlines() == [
        "call-1 (financial_lifestyle, version 1 then, 1 now):",
        "  after turn 3: end rather than ask interests",
        "  ends after turn 3 rather than 6",
        "  ends as under_age rather than not over yet",
        *told.stdout.splitlines()[4:],
    ]
    assert "1 calls, 1 of them would be different" in told.stdout
    (outcome,) = json.loads(called.run("replay", "--json", ".", **env).stdout)
    assert outcome["is_replayed_twice"] is True
    assert "reports interests: nothing rather than ['(interests 1)', '(interests 2)']" in outcome["differences"]


def test_without_the_version_of_the_call_it_is_held_against_the_call_itself(called: CommandLine) -> None:
    called.run("sessions", "export", "--output", "calls.jsonl")
    elsewhere = {"DATA_DIR": str(called.here / "elsewhere")}
    told = called.run("replay", "calls.jsonl", **elsewhere)
    assert told.returncode == 0, told.stdout
    assert "held against the calls themselves" in told.stdout


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '"x"', "{}", '{"call": "c", "flow": "f", "version": 1, "hash": "h", "turns": [3]}', "\xff", "[" * 9999],
)
def test_what_is_no_recording_is_named_with_its_line(called: CommandLine, text: str) -> None:
    (called.here / "calls.jsonl").write_text(f"\n{text}\n", encoding="latin-1")
    told = called.run("replay", "calls.jsonl")
    assert told.returncode == 2
    assert told.stderr.startswith("webhook: calls.jsonl"), told.stderr
    assert "webhook sessions export" in told.stderr


def test_a_recording_of_a_flow_that_is_gone_says_so(called: CommandLine) -> None:
    called.run("sessions", "export", "--output", "calls.jsonl")
    env = with_flow(called, FLOW.replace("flow: financial_lifestyle", "flow: other"))
    told = called.run("replay", "calls.jsonl", **env)
    assert told.returncode == 2
    assert "call-1 was held with the flow financial_lifestyle" in told.stderr
