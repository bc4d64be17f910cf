"""A talk as a test: what each turn comes down to, and a file in which nothing else changes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.interview.calls import Call, given, lifestyle, understood
from webhook.cli.talk_saving import SavedTurn, save_test, saved_turn
from webhook.content.source import read_source
from webhook.errors import Conflict, ContentError, WebhookError
from webhook.interview.understanding import Signal, Understanding

FLOW = lifestyle()
TURN = SavedTurn(caller="Yes.", understood={"consent": True}, expect={"topic": "name"})
START = {"consent": True, "name": "Sam", "age": 34}


def told(call: Call, utterance: str | None = None, **heard: Any) -> SavedTurn:
    before = call.state
    call.tell(utterance, **heard)
    return saved_turn(FLOW, utterance or "", before, call.state, call.move)


def read(path: Path) -> Any:
    source, findings = read_source(path.read_bytes(), str(path))
    assert source is not None, findings
    return source.data


def test_facts_refusals_and_what_is_not_known_are_told_by_slot() -> None:
    assert told(given(**START), interests=["chess"], home_area="Leeds").understood == {
        "interests": ["chess"],
        "home_area": "Leeds",
    }
    assert told(given(consent=True, name="Sam"), "no", refused=("age",)).understood == {"refused": ["age"]}
    assert told(given(consent=True, name="Sam"), "dunno", unknown=("age",)).understood == {"unknown": ["age"]}


def test_a_correction_is_told_apart_from_a_list_that_grows() -> None:
    call = given(**START, interests=["chess"])
    assert told(call, corrected={"age": 43}).understood == {"corrected": {"age": 43}}
    assert told(call, interests=["hiking"]).understood == {"interests": ["hiking"]}
    assert told(call, corrected={"interests": ["reading"]}).understood == {"corrected": {"interests": ["reading"]}}


@pytest.mark.parametrize("wanted", ["stop", "repeat", "wait", "question", "off_topic", "distress", "threat"])
def test_what_the_caller_wanted_is_a_signal(wanted: str) -> None:
    turn = told(given(**START), "well", signals=frozenset({Signal(wanted)}))
    assert turn.understood == {"signals": [wanted]}


def test_a_stop_that_is_confirmed_is_a_signal_and_an_end() -> None:
    call = given(**START)
    told(call, "stop", signals=frozenset({Signal.STOP}))
    assert told(call, "yes", signals=frozenset({Signal.STOP})) == SavedTurn(
        caller="yes", understood={"signals": ["stop"]}, expect={"end": "stopped_by_caller"}
    )


def test_a_thin_answer_is_told_as_one() -> None:
    turn = told(given(**START), interests=["chess"], fullness="thin")
    assert (turn.understood, turn.expect) == ({"interests": ["chess"], "thin": True}, {"topic": "interests"})


def test_what_the_engine_held_back_is_told_all_the_same() -> None:
    call = given(FLOW, **START)
    call.flow = replace(FLOW, house_rules=replace(FLOW.house_rules, after_refusal="explain_once"))
    assert told(call, "no", refused=("interests",)).understood == {"refused": ["interests"]}


def test_what_code_cannot_read_is_nothing_until_it_is_given_up_and_then_leads_on_as_what_is_not_known() -> None:
    call = given(**START)
    call.scripted = True
    first = told(call, "well", source="reading")
    assert (first.understood, first.expect) == ({}, {"topic": "interests"})
    second = told(call, "well, well", source="reading")
    assert (second.understood, second.expect) == ({"unknown": ["interests"]}, {"topic": "housing_location"})


def test_a_wish_to_go_back_is_told_by_slot() -> None:
    assert told(given(**START), "my age", wants_to_change=("age",)).understood == {"wants_to_change": ["age"]}


def test_a_saved_talk_replayed_from_its_file_takes_the_same_road(tmp_path: Path) -> None:
    call, turns = given(), []
    script: list[tuple[str, dict[str, Any]]] = [
        ("Yes, Sam", {"consent": True, "name": "Sam"}),
        ("34", {"age": 34}),
        ("not telling", {"refused": ("interests",)}),
        ("chess", {"interests": ["chess"], "fullness": "thin"}),
        ("Leeds, and hiking too: yes", {"home_area": "Leeds"}),
        ('I said "no": 12:30', {"signals": frozenset({Signal.QUESTION})}),
        ("rent", {"tenure": "rent", "corrected": {"home_area": "yes"}}),
    ]
    for utterance, heard in script:
        turns.append(told(call, f"{utterance} yes True" if "corrected" in heard else f"{utterance} True", **heard))
    save_test(tmp_path / "t.yaml", FLOW.id, "a road", turns, minutes_left=None)
    (test,) = read(tmp_path / "t.yaml")["tests"]
    again = given()
    for turn in test["turns"]:
        again.hear(_understanding(turn["understood"]), turn["caller"])
        assert turn["expect"] == {"topic": again.state.topic}
    assert again.facts == call.facts


def _understanding(facts: dict[str, Any]) -> Understanding:
    """As a designers' test is read."""
    facts = dict(facts)
    signals = frozenset(Signal(s) for s in facts.pop("signals", []))
    fullness = "thin" if facts.pop("thin", False) else "fine"
    return understood(**facts, signals=signals, fullness=fullness)


def test_words_that_yaml_would_read_as_something_else_come_back_as_they_were(tmp_path: Path) -> None:
    words = ["true", "12", "- a: b", "# x", '"q" \\ {a}', "größer, née", "yes", "", "a\x1b[0m", "  x "]
    turns = [SavedTurn(caller=w, understood={"fitness": w, "interests": [w]}, expect={"topic": "age"}) for w in words]
    save_test(tmp_path / "t.yaml", FLOW.id, "12", turns, minutes_left=None)
    (test,) = read(tmp_path / "t.yaml")["tests"]
    assert test["test"] == "12"
    kept = ["a [0m" if "\x1b" in w else w for w in words]
    assert [turn["caller"] for turn in test["turns"]] == kept
    assert [turn["understood"] for turn in test["turns"]] == [{"fitness": w, "interests": [w]} for w in kept]


@pytest.mark.parametrize(
    "there",
    [
        "flow: financial_lifestyle # mine\ntests:\n- test: one # first\n  turns: []",
        "flow: financial_lifestyle\ntests:\n    - test: one\n      turns: []\n\n# the end\n",
        "flow: financial_lifestyle\r\ntests:\r\n  - test: one\r\n    turns: []\r\n",
        "flow: financial_lifestyle\ntests:\n",
    ],
)
def test_what_stands_in_the_file_stays_to_the_byte(tmp_path: Path, there: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_bytes(there.encode())
    save_test(path, FLOW.id, "two", [TURN], minutes_left=8.5)
    assert path.read_bytes().startswith(there.encode())
    added = read(path)["tests"][-1]
    assert added["test"] == "two"
    assert added["minutes_left"] == 8.5
    assert added["turns"] == [{"caller": "Yes.", "understood": {"consent": True}, "expect": {"topic": "name"}}]


@pytest.mark.parametrize(
    ("there", "error", "told_is"),
    [
        ("flow: financial_lifestyle\ntests:\n  - test: two\n", Conflict, "a test of that name already"),
        ("flow: other\ntests: []\n", Conflict, "the tests of another flow"),
        ("flow: financial_lifestyle\ntests: [{test: one}]\n", Conflict, "must be the last list"),
        ("flow: financial_lifestyle\ntests:\n  - test: one\nlanguage: en\n", Conflict, "must be the last list"),
        ("flow: financial_lifestyle\ntests: none\n", Conflict, "`tests` is not a list"),
        ("flow: [\n", ContentError, "never closed"),
    ],
)
def test_a_file_that_cannot_take_the_test_stays_as_it_is(
    tmp_path: Path, there: str, error: type[WebhookError], told_is: str
) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(there)
    with pytest.raises(error, match=told_is):
        save_test(path, FLOW.id, "two", [TURN], minutes_left=None)
    assert path.read_text() == there
