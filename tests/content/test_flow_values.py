"""From the document to the values the engine works with."""

from __future__ import annotations

import subprocess
import sys

from tests.content.conftest import Check
from webhook.interview.flow import Enough, Flow, ReportField, SaidAs, SlotType, Text, TimeBudget, Voice


def made(check: Check, *changes: tuple[str, str]) -> Flow:
    flow, findings = check(*changes)
    assert findings == []
    assert flow is not None
    return flow


def said(text: Text | None, language: str = "en") -> str:
    assert text is not None
    return text.render(language, {"persona": {"name": "Mia"}})


def test_the_whole_of_a_flow_arrives(check: Check) -> None:
    flow = made(check)

    assert (flow.id, flow.version, flow.title, flow.languages) == ("small", 1, "A small flow", ("en",))
    assert list(flow.topics) == ["intro", "age", "summary"]
    assert list(flow.slots) == ["consent", "age", "tenure", "summary_ok"]
    assert flow.time == TimeBudget(minutes=10, wrap_up_minutes=2)
    assert flow.enough == Enough(must_have=("age",))
    assert flow.report.fields == (ReportField(name="person", slots=("age", "tenure")),)
    assert said(flow.topics["intro"].say) == "Hello, this is Mia."
    assert said(flow.endings["no_consent"].say) == "Goodbye."


def test_slots_have_their_options_and_know_their_topic(check: Check) -> None:
    flow = made(
        check,
        (
            "tenure: {type: choice, values: [rent, own]}",
            "bills: {type: list, of: {who: text, cost: money}, at_most: 3, private: true}",
        ),
        ("{from: [age, tenure]}", "{from: bills}"),
        ("ask: prompts/age.md", "ask: Ask."),
    )

    bills = flow.slots["bills"]
    assert (bills.type, bills.topic, bills.required, bills.at_most, bills.private) == (
        SlotType.LIST,
        "age",
        True,
        3,
        True,
    )
    assert bills.of == (("who", SlotType.TEXT), ("cost", SlotType.MONEY))
    assert (flow.slots["age"].min, flow.slots["age"].max) == (1, 120)
    assert flow.slots["consent"].may_refuse is False
    assert flow.report.fields[0].single is True


def test_every_form_of_follow_up_becomes_arrows(check: Check) -> None:
    intro = made(check).topics["intro"].follow_up
    assert intro[0].condition is not None
    assert (intro[0].condition.source, intro[0].end, intro[1].go_to) == ("consent != true", "no_consent", "age")

    assert made(check).topics["age"].follow_up[0].go_to == "summary"
    assert made(check).topics["summary"].follow_up[0].end == "completed"

    for form in ("{end: no_consent}", "{go_to: age}"):
        last = made(
            check, ("      - else: age", f"      - else: {form}"), ("        end: no_consent", "        go_to: age")
        )
        arrow = last.topics["intro"].follow_up[1]
        assert (arrow.end, arrow.go_to) == (("no_consent", None) if "end" in form else (None, "age"))


def test_a_persona_is_called_by_its_id_unless_it_has_a_name(check: Check) -> None:
    flow = made(
        check,
        (
            "  mia: {style: Warm and plain.}",
            "  mia: {style: Warm.}\n  anita-bhargava: {style: Calm.}\n  tom: {name: Tommy, style: Dry.}",
        ),
    )

    assert [persona.name for persona in flow.personas.values()] == ["Mia", "Anita Bhargava", "Tommy"]
    assert flow.personas["tom"].voice == Voice()
    assert flow.persona_or_default("nobody").id == "mia"


def test_spoken_texts_come_in_each_language_and_briefs_in_one(check: Check) -> None:
    flow = made(
        check,
        ("languages: [en]", "languages: [de, en]"),
        (
            "say: Hello, this is {{ persona.name }}.",
            "say: {en: 'I am {{ persona.name }}', de: 'Ich bin {{ persona.name }}'}",
        ),
        ("fallback: May I begin?", "fallback: {de: Darf ich?, en: May I?}"),
        ("fallback: How old are you?", "fallback: {de: Wie alt?, en: How old?}"),
        ("fallback: Did I get that right?", "fallback: {de: Stimmt das?, en: Is it right?}"),
        ("{say: Thank you.}", "{say: {de: Danke., en: Thanks.}}"),
        ("{say: Goodbye.}", "{say: {de: Ade., en: Bye.}}"),
    )

    assert said(flow.topics["intro"].say, "en") == "I am Mia"
    assert said(flow.topics["intro"].say, "fr") == "Ich bin Mia"
    assert said(flow.topics["age"].ask, "en") == "Find out their age."


def test_the_endings_the_engine_chooses_by_itself_are_always_there(check: Check) -> None:
    flow = made(check)

    own = ["stopped_by_caller", "out_of_time", "fell_silent", "answered_by_machine", "not_understood", "broken"]
    assert list(flow.endings) == ["completed", "no_consent", *own]
    assert flow.endings["out_of_time"].say is None


def test_a_slot_in_two_topics_belongs_to_the_one_that_requires_it(check: Check) -> None:
    flow = made(
        check,
        (
            "      consent: {type: yes_no, may_refuse: false}",
            "      consent: {type: yes_no, may_refuse: false}\n    nice_to_know:\n      tenure: {type: choice, values: [rent, own]}",
        ),
    )

    assert (flow.slots["tenure"].topic, flow.slots["tenure"].required) == ("age", True)
    assert flow.topics["intro"].nice_to_know == ("tenure",)


def test_a_topic_that_asks_nothing_needs_no_fallback(check: Check) -> None:
    flow = made(check, ("follow_up: summary", "follow_up: bridge\n  bridge:\n    follow_up: summary"))

    assert said(flow.topics["bridge"].fallback) == ""


def test_reading_flows_loads_no_network_and_no_terminal_packages() -> None:
    code = "import sys, webhook.content.library; print([m for m in ('typer', 'rich', 'redis', 'starlette', 'anthropic', 'httpx2') if m in sys.modules])"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)

    assert printed.stdout.strip() == "[]"


def test_values_may_say_what_people_say_for_them(check: Check) -> None:
    flow = made(
        check, ("values: [rent, own]", "values: {rent: [a flat we let], own: {en: [my house, mine]}, other: []}")
    )

    assert flow.slots["tenure"].values == ("rent", "own", "other")
    assert flow.slots["tenure"].said_as == (
        SaidAs("rent", "", ("a flat we let",)),
        SaidAs("own", "en", ("my house", "mine")),
    )
