"""The words of a move without a model: every move has some, and they are the flow's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.interview.calls import EVERYTHING, NOTHING, Call, given, lifestyle, shipped, understood
from tests.interview.understandings import ANYTHING, UTTERANCE
from webhook.interview.flow import Ending, Flow, SafetyRule, Slot, SlotType, Text
from webhook.interview.lines import Line, line
from webhook.interview.moves import Move, MoveKind, State
from webhook.interview.understanding import Signal, Understanding
from webhook.interview.wording import Voicing, Wording, last_words, spoken_value, wording

FLOW = lifestyle()
K = MoveKind
SAM = {"consent": True, "name": "Sam", "age": 34}


def voicing(state: State | None = None, flow: Flow = FLOW, **more: Any) -> Voicing:
    fields: dict[str, Any] = {"language": "en", "persona_id": "", "minutes_left": 9.6, **more}
    return Voicing(flow=flow, state=state or State(), **fields)


def worded(call: Call, **more: Any) -> Wording:
    return wording(voicing(call.state, call.flow, **more), call.move)


def fallback(topic: str) -> str:
    return FLOW.topics[topic].fallback.render("en", {})


def with_rules(**rules: Any) -> Flow:
    return replace(FLOW, house_rules=replace(FLOW.house_rules, **rules))


def signal(one: Signal) -> Understanding:
    return understood(signals=frozenset({one}))


def test_the_fixed_words_come_word_for_word_and_are_not_followed_by_their_own_question_again() -> None:
    words = worded(Call().begin(), persona_id="danielle-town")
    assert words.lead.startswith("Hello, my name is Danielle Town.")
    assert (words.by_claude, words.fallback, words.fixed) == (False, "", words.lead)


def test_consent_is_never_worded_by_claude() -> None:
    words = worded(Call().begin().hear(NOTHING))
    assert words == Wording(fallback=fallback("intro"))


def test_a_question_is_claudes_to_word_and_has_the_topics_own_as_fallback() -> None:
    assert worded(given(**SAM)) == Wording(
        by_claude=True, fallback=fallback("interests"), question=fallback("interests")
    )


def test_an_acknowledgement_or_a_pressed_refusal_stands_before_the_question() -> None:
    assert worded(given(**SAM).tell(corrected={"age": 43})).fallback == f"Got it, thank you. {fallback('interests')}"
    call = given(with_rules(after_refusal="explain_once"), **SAM).tell(refused=("interests",))
    assert worded(call).fallback == f"{line(Line.EXPLAIN_WHY, 'en')} {fallback('interests')}"


@pytest.mark.parametrize(
    ("one", "before"),
    [
        (Signal.QUESTION, Line.CANNOT_ANSWER),
        (Signal.OFF_TOPIC, Line.BACK_TO_IT),
        (Signal.OTHER_LANGUAGE, Line.ONLY_THIS_LANGUAGE),
    ],
)
def test_a_digression_has_its_line_and_the_question_after_it(one: Signal, before: Line) -> None:
    words = worded(given(**SAM).hear(signal(one)))
    assert (words.by_claude, words.fallback) == (True, f"{line(before, 'en')} {fallback('interests')}")


def test_a_bad_value_has_its_line_and_the_question_after_it() -> None:
    call = given(consent=True, name="Sam").tell(age=430)
    assert worded(call).fallback == f"{line(Line.SAY_AGAIN_VALUE, 'en')} {fallback('age')}"


def test_a_probe_falls_back_to_a_line_that_fits_any_subject() -> None:
    call = given(**SAM).tell(interests=["chess"], fullness="thin")
    more = line(Line.ASK_MORE, "en")
    assert worded(call) == Wording(by_claude=True, fallback=more, question=more)


def test_repeating_says_the_last_question_again_or_the_topics_own() -> None:
    call = given(**SAM).hear(signal(Signal.REPEAT))
    assert worded(call, last_said="Lovely. So what do you do for fun?") == Wording(
        fallback="So what do you do for fun?"
    )
    assert worded(call).fallback == fallback("interests")


def test_waiting_stopping_and_holding_have_lines_of_their_own() -> None:
    assert worded(given(**SAM).hear(signal(Signal.WAIT))).fixed == line(Line.TAKE_YOUR_TIME, "en")
    assert worded(given(**SAM).hear(signal(Signal.STOP))).fixed == line(Line.CONFIRM_STOP, "en")
    late = Understanding(source="reading")
    assert worded(given(**SAM).hear(late)).fixed == "Thank you, I'm just making a note of that."
    assert worded(given(with_rules(holding_line=None), **SAM).hear(late)).fixed == line(Line.HOLDING, "en")


def test_a_value_is_said_back_with_what_it_is_for() -> None:
    assert worded(given(**SAM).tell(housing_cost=812.5)).fixed == "So that is 812.5 per month, right?"


def test_safety_is_said_word_for_word_with_the_last_words_of_its_ending() -> None:
    die, kill = "I want to die.", "I will kill you."
    words = worded(given(**SAM).hear(NOTHING, die))
    rule = FLOW.house_rules.safety["distress"]
    assert words == Wording(fallback=rule.say.render("en", voicing().context))
    rules = {"threat": SafetyRule(say=Text.plain("Please stay calm."), end="stopped")}
    flow = replace(with_rules(safety=rules), endings={"stopped": Ending(id="stopped", say=Text.plain("Goodbye."))})
    assert worded(given(flow, **SAM).hear(NOTHING, kill)).fixed == "Please stay calm. Goodbye."
    assert worded(given(with_rules(safety={}), **SAM).hear(NOTHING, die)).fixed == line(Line.NOTHING_BAD, "en")


def test_whether_they_are_safe_is_asked_for_by_what_was_heard() -> None:
    assert worded(given(**SAM).hear(signal(Signal.DISTRESS))).fixed == line(Line.ARE_YOU_SAFE, "en")
    assert worded(given(**SAM).hear(signal(Signal.THREAT))).fixed == line(Line.IS_EVERYBODY_SAFE, "en")


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        ("no_consent", "That's absolutely fine, I won't ask you anything more. Thank you for hearing me out. Goodbye."),
        ("stopped_for_safety", line(Line.GOODBYE, "en")),
        ("no_such_ending", line(Line.GOODBYE, "en")),
    ],
)
def test_last_words_are_the_endings_own_or_ours(ending: str, words: str) -> None:
    assert last_words(voicing(), ending) == words


def test_a_caller_who_stops_is_thanked_even_where_the_flow_has_no_words_for_it() -> None:
    assert last_words(voicing(flow=replace(FLOW, endings={})), "stopped_by_caller") == line(Line.STOPPED, "en")


def test_the_summary_in_code_reads_back_what_was_said_on_the_road_taken() -> None:
    words = worded(given(**EVERYTHING))
    assert words.by_claude
    assert words.fallback.startswith("Here is what I have so far: age: 34; interests: chess; home area: Leeds;")
    assert words.fallback.endswith(fallback("summary"))
    assert "consent" not in words.fallback
    summary = Move(kind=K.SUMMARY, topic="summary", slot="summary_ok")
    for entertainment, on_road in (["reading"], False), (["streaming"], True):
        branch = {"entertainment": entertainment, "subscriptions": [{"service": "Netflix", "monthly_cost": 11}]}
        said = wording(voicing(given(**SAM, **branch).state), summary).fallback
        assert ("subscriptions: Netflix 11" in said) is on_road


def test_the_summary_in_code_says_no_word_of_the_flows_own_language_in_another() -> None:
    told = {"consent": True, "role": "Einkauf", "part": "build", "years": 3, "goals": ["Zeit sparen"], "rating": 8}
    rest = {"works_well": "die Suche", "pains": [{"problem": "die Anmeldung"}], "channels": ["meeting"]}
    call = given(shipped("stakeholder"), **told, **rest, deciders=["der Vorstand"], next_person="Petra Lang")
    assert call.move.kind is K.SUMMARY
    assert worded(call, language="de").fallback == (
        "Das habe ich bisher notiert: Einkauf; bauen; Zeit sparen; die Suche; die Anmeldung; Besprechung."
        " Vielen Dank für das alles. Habe ich Sie richtig verstanden?"
    )
    assert "part: build; years: 3;" in worded(call, language="en").fallback


def test_the_summary_in_code_says_nothing_private_aloud() -> None:
    words = worded(given(**EVERYTHING, housing_cost=900))
    assert "housing" not in words.fallback
    assert "Sam" not in words.fallback


def test_a_one_and_a_nought_are_values_like_any_other() -> None:
    for spent in (0, 1):
        words = worded(given(**EVERYTHING | {"interests": []}, food_spend=spent))
        assert f"food spend: {spent} per week" in words.fallback
        assert "interests" not in words.fallback


def test_a_summary_of_nothing_is_only_its_question() -> None:
    nothing = Move(kind=K.SUMMARY, topic="summary", slot="summary_ok")
    assert wording(voicing(), nothing).fallback == fallback("summary")


def test_a_no_to_the_summary_asks_what_to_change() -> None:
    assert worded(given(**EVERYTHING).tell(summary_ok=False)) == Wording(fallback=line(Line.TELL_ME_CHANGE, "en"))


@pytest.mark.parametrize(
    ("slot", "value", "spoken"),
    [
        (Slot(name="x", type=SlotType.MONEY, topic="t", per="week"), 40, "40 per week"),
        (Slot(name="x", type=SlotType.MONEY, topic="t"), 9.5, "9.5"),
        (Slot(name="x", type=SlotType.CHOICE, topic="t"), "with_family", "with family"),
        (Slot(name="x", type=SlotType.CHOICES, topic="t"), ["going_out", "sport"], "going out, sport"),
        (Slot(name="x", type=SlotType.YES_NO, topic="t"), True, "yes"),
        (Slot(name="x", type=SlotType.YES_NO, topic="t"), False, "no"),
        (Slot(name="x", type=SlotType.LIST, topic="t"), [{"a": "Sky", "b": 11, "c": None}, {"a": "Go"}], "Sky 11, Go"),
        (Slot(name="x", type=SlotType.LIST, topic="t"), ["<script>chess", "**", "- go"], "scriptchess, go"),
        (Slot(name="x", type=SlotType.TEXT, topic="t"), "# [Sam](https://evil.example)", "Sam"),
    ],
)
def test_a_value_is_spoken_as_one_would_say_it(slot: Slot, value: object, spoken: str) -> None:
    assert spoken_value(slot, value) == spoken


def test_texts_may_name_facts_the_time_and_the_persona() -> None:
    context = voicing(given(**SAM).state).context
    assert context["slots"] == SAM
    assert (context["time"], context["language"]) == ({"minutes_left": 10}, "en")
    assert context["persona"] == {"name": FLOW.personas[FLOW.persona].name}
    assert voicing(minutes_left=-3).context["time"] == {"minutes_left": 0}


def test_a_text_speaks_no_marks_that_a_caller_dictated() -> None:
    context = voicing(given(**SAM | {"name": "<b>Sam</b> *", "interests": ["{chess}"]}).state).context
    assert (context["slots"]["name"], context["slots"]["interests"]) == ("bSam/b", ["chess"])


@settings(max_examples=100)
@for_all(heard=st.lists(ANYTHING, min_size=1, max_size=10))
def test_every_move_of_every_call_has_words_and_asks_at_most_one_question(heard: list[Understanding]) -> None:
    call = Call().begin()
    for one in heard:
        words = worded(call, last_said="Is that so?")
        assert words.fixed.strip()
        if call.move.kind not in (K.END, K.SAFETY):
            assert words.fixed.count("?") <= 1
        if call.state.ending is not None:
            return
        call.hear(one, UTTERANCE)
