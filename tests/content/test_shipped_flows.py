"""What is shipped: every flow loads without a finding, and the schema beside it is current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webhook.content.load import check_file, read_folder
from webhook.content.schema import schema, schema_text
from webhook.interview.facts import FactEvent, Facts, Status
from webhook.interview.flow import Flow
from webhook.interview.road import walk

ROOT = Path(__file__).resolve().parents[2]
FLOWS = sorted((ROOT / "flows").glob("*.yaml"))


@pytest.fixture(scope="module")
def lifestyle() -> Flow:
    flow, findings = check_file(ROOT / "flows/financial_lifestyle.yaml", ROOT / "prompts")
    assert findings == ()
    assert flow is not None
    return flow


def test_every_shipped_flow_loads_without_a_finding() -> None:
    folder = read_folder(ROOT / "flows", ROOT / "prompts")
    flows, findings = folder.flows, folder.findings

    assert findings == ()
    assert set(flows) == {path.stem for path in FLOWS}


@pytest.mark.parametrize("path", FLOWS, ids=lambda path: path.stem)
def test_editors_find_the_schema_of_a_shipped_flow(path: Path) -> None:
    assert path.read_text().startswith("# yaml-language-server: $schema=flow.schema.json\n")


def test_the_schema_file_is_current() -> None:
    assert (ROOT / "flows/flow.schema.json").read_text() == schema_text()


def test_the_schema_helps_with_every_key() -> None:
    made = schema()

    assert set(made["required"]) == {"flow", "version", "title", "start", "persona", "personas", "topics", "endings"}
    for part in [made, *made["$defs"].values()]:
        assert part["additionalProperties"] is False
        for key, value in part["properties"].items():
            assert value.get("description"), key


def test_the_topics_of_the_lifestyle_interview(lifestyle: Flow) -> None:
    assert list(lifestyle.topics) == [
        "intro",
        "name",
        "age",
        "interests",
        "housing_location",
        "housing_preference",
        "food_preference",
        "transport_preference",
        "fitness_preference",
        "entertainment_preference",
        "subscriptions_preference",
        "travel_preference",
        "summary",
    ]


def test_the_voices_of_the_lifestyle_interview(lifestyle: Flow) -> None:
    anita, danielle = lifestyle.personas["anita-bhargava"], lifestyle.personas["danielle-town"]

    assert lifestyle.persona == "anita-bhargava"
    assert (anita.name, danielle.name) == ("Anita Bhargava", "Danielle Town")
    assert (anita.voice.stability, anita.voice.similarity_boost, anita.voice.style) == (0.8, 0.4, 0.1)
    assert (anita.voice.use_speaker_boost, anita.voice.speed) == (True, 0.75)
    assert (danielle.voice.stability, danielle.voice.similarity_boost, danielle.voice.style) == (0.6, 0.8, 0.3)
    assert danielle.voice.speed == 1.0
    assert {anita.voice.voice_id, danielle.voice.voice_id} == {None}


def test_the_caller_is_told_who_speaks_and_that_it_is_recorded(lifestyle: Flow) -> None:
    say = lifestyle.topics["intro"].say
    assert say is not None
    words = say.render("en", {"persona": {"name": "Danielle Town"}})

    assert "Danielle Town" in words
    assert re.search(r"\bAI\b", words)
    assert "recorded" in words
    assert words.endswith("?")
    assert words.count("?") == 1
    assert lifestyle.slots["consent"].may_refuse is False


@pytest.mark.parametrize("name", ["distress", "threat"])
def test_the_safety_texts_end_the_call_and_ask_nothing(lifestyle: Flow, name: str) -> None:
    rule = lifestyle.house_rules.safety[name]

    assert rule.end == "stopped_for_safety"
    assert "emergency number" in rule.say.render("en", {})
    assert "?" not in rule.say.render("en", {})


def known(**values: object) -> Facts:
    return {name: FactEvent(slot=name, status=Status.FILLED, value=value) for name, value in values.items()}


BASICS: dict[str, object] = {
    "consent": True,
    "name": "Sam",
    "age": 34,
    "interests": ["chess"],
    "home_area": "Leeds",
    "tenure": "rent",
    "eating_style": "cook",
    "transport": ["bike"],
    "fitness": "gym",
}


@pytest.mark.parametrize(
    ("values", "open_topic", "ending"),
    [
        ({}, "intro", None),
        ({"consent": False}, None, "no_consent"),
        ({"consent": True}, "name", None),
        ({"consent": True, "name": "Sam", "age": 16}, None, "under_age"),
        ({**BASICS, "entertainment": ["streaming"]}, "subscriptions_preference", None),
        ({**BASICS, "entertainment": ["reading"]}, "travel_preference", None),
        ({**BASICS, "entertainment": ["reading"], "travel_style": "budget"}, "summary", None),
        ({**BASICS, "entertainment": ["reading"], "travel_style": "budget", "summary_ok": True}, None, "completed"),
    ],
)
def test_the_roads_of_the_lifestyle_interview(
    lifestyle: Flow, values: dict[str, object], open_topic: str | None, ending: str | None
) -> None:
    road = walk(lifestyle, known(**values), minutes_left=10)

    assert (road.open, road.ending) == (open_topic, ending)
