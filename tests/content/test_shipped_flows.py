"""What is shipped: every flow loads without a finding, and the schema beside it is current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webhook.content.load import check_file, read_folder
from webhook.content.schema import schema, schema_text
from webhook.content.words import LONGEST_QUESTION
from webhook.interview.facts import FactEvent, Facts, Status
from webhook.interview.flow import Flow
from webhook.interview.road import walk

ROOT = Path(__file__).resolve().parents[2]
FLOWS = sorted((ROOT / "flows").glob("*.yaml"))


def shipped(flow_id: str) -> Flow:
    flow, _ = check_file(ROOT / "flows" / f"{flow_id}.yaml", ROOT / "prompts")
    assert flow is not None
    return flow


@pytest.fixture(scope="module")
def lifestyle() -> Flow:
    return shipped("financial_lifestyle")


@pytest.fixture(scope="module")
def stakeholder() -> Flow:
    return shipped("stakeholder")


@pytest.fixture(scope="module")
def screening() -> Flow:
    return shipped("screening")


def test_every_shipped_flow_loads_and_only_a_caller_who_needs_every_question_twice_runs_out_of_time() -> None:
    folder = read_folder(ROOT / "flows", ROOT / "prompts")

    assert [finding.rule for finding in folder.findings] == ["too-long"]
    assert "`fitness_preference`, `subscriptions_preference`" in folder.findings[0].message
    assert set(folder.flows) == {path.stem for path in FLOWS}


def test_the_length_of_the_lifestyle_interview() -> None:
    length = read_folder(ROOT / "flows", ROOT / "prompts").lengths["financial_lifestyle"]

    assert (length.best_turns, length.best_minutes) == (12, 5.0)
    assert (length.worst_turns, length.worst_minutes) == (32, 13.3)


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


def spoken() -> list[tuple[Flow, str]]:
    """Every shipped flow in each of its languages."""
    flows = read_folder(ROOT / "flows", ROOT / "prompts").flows
    return [(flow, language) for flow in flows.values() for language in flow.languages]


in_each_language = pytest.mark.parametrize(
    ("flow", "language"), spoken(), ids=lambda p: p if isinstance(p, str) else p.id
)
A_MACHINE = {"en": r"\bAI\b", "de": r"\bKI\b"}
RECORDED = {"en": "recorded", "de": "aufgezeichnet"}
HELP = {"en": "emergency number", "de": "Notruf"}


@in_each_language
def test_the_caller_is_told_who_speaks_and_that_it_is_recorded(flow: Flow, language: str) -> None:
    say = flow.topics["intro"].say
    assert say is not None
    for persona in flow.personas.values():
        words = say.render(language, {"persona": {"name": persona.name}})

        assert persona.name in words
        assert re.search(A_MACHINE[language], words)
        assert RECORDED[language] in words
        assert words.endswith("?")
        assert words.count("?") == 1
    assert flow.slots["consent"].may_refuse is False


@in_each_language
@pytest.mark.parametrize("name", ["distress", "threat"])
def test_the_safety_texts_end_the_call_and_ask_nothing(flow: Flow, language: str, name: str) -> None:
    rule = flow.house_rules.safety[name]

    assert rule.end == "stopped_for_safety"
    assert HELP[language] in rule.say.render(language, {})
    assert "?" not in rule.say.render(language, {})


@in_each_language
def test_no_spoken_sentence_is_longer_than_a_listener_can_hold(flow: Flow, language: str) -> None:
    says = [topic.say for topic in flow.topics.values()] + [ending.say for ending in flow.endings.values()]
    texts = [text.render(language, {"persona": {"name": "Mia Moss"}}) for text in says if text is not None]
    sentences = [sentence for text in texts for sentence in re.split(r"(?<=[.?!]) ", " ".join(text.split()))]

    assert [s for s in sentences if len(s.split()) > LONGEST_QUESTION] == []


def test_the_german_speaks_to_grown_ups(stakeholder: Flow, screening: Flow) -> None:
    for flow in (stakeholder, screening):
        texts = [text for topic in flow.topics.values() for text in (topic.say, topic.fallback) if text is not None]
        said = " ".join(text.render("de", {}) for text in texts)
        assert "Sie" in said
        assert not re.search(r"\b(du|dich|dir|dein\w*)\b", said, re.IGNORECASE)


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


SHOP_TALK: dict[str, object] = {"consent": True, "role": "finance", "years": 2, "goals": ["save time"]}
UP_TO_RATING: dict[str, object] = {**SHOP_TALK, "part": "build", "works_well": "the news", "pains": []}


@pytest.mark.parametrize(
    ("values", "minutes_left", "open_topic"),
    [
        ({**SHOP_TALK, "part": "use"}, 10, "last_use"),
        ({**SHOP_TALK, "part": "decide"}, 10, "success"),
        ({**SHOP_TALK, "part": "build"}, 10, "works"),
        ({**UP_TO_RATING, "rating": 4}, 10, "alternatives"),
        ({**UP_TO_RATING, "rating": 4}, 5, "channels"),
        ({**UP_TO_RATING, "rating": 5}, 10, "channels"),
    ],
)
def test_the_roads_of_the_stakeholder_interview(
    stakeholder: Flow, values: dict[str, object], minutes_left: float, open_topic: str
) -> None:
    assert walk(stakeholder, known(**values), minutes_left=minutes_left).open == open_topic


FITS: dict[str, object] = {"consent": True, "age": 41, "lives_here": True, "orders": 2, "in_the_trade": False}


@pytest.mark.parametrize(
    "unfit", [{"age": 17}, {"age": 76}, {"lives_here": False}, {"orders": 1}, {"in_the_trade": True}]
)
def test_whoever_does_not_fit_is_screened_out_and_everybody_else_is_not(
    screening: Flow, unfit: dict[str, object]
) -> None:
    assert walk(screening, known(**{**FITS, **unfit}), minutes_left=5).ending == "screened_out"
    assert walk(screening, known(**FITS), minutes_left=5).open == "name"
