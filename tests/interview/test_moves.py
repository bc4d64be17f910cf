"""Which move comes next: whole calls without a model, one rule of the order after the other."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.interview.calls import (
    EVERYTHING,
    NOON,
    NOTHING,
    Call,
    ends,
    flow_of,
    given,
    lifestyle,
    talk,
    topic,
    understood,
)
from tests.interview.understandings import ANYTHING, UTTERANCE, WORDS
from webhook.interview.facts import OPEN, Status, facts_of
from webhook.interview.flow import (
    Arrow,
    Ending,
    Enough,
    Flow,
    HouseRules,
    SafetyRule,
    Slot,
    SlotType,
    Text,
    TimeBudget,
    Topic,
)
from webhook.interview.listening import read_in_code
from webhook.interview.moves import (
    READ_BACKS,
    REOPENINGS,
    REPAIRS_IN_A_ROW,
    Move,
    MoveKind,
    State,
    absorb,
    advance,
    minutes_left,
)
from webhook.interview.road import walk
from webhook.interview.understanding import Signal, Understanding
from webhook.interview.wording import Voicing, wording

FLOW = lifestyle()
SAM = {"consent": True, "name": "Sam", "age": 34}
K = MoveKind


def text_slot(name: str, **options: Any) -> Slot:
    return Slot(name=name, type=options.pop("type", SlotType.TEXT), topic=options.pop("topic", name), **options)


def signal(*signals: Signal, **told: Any) -> Understanding:
    return understood(signals=frozenset(signals), **told)


def with_rules(flow: Flow = FLOW, **rules: Any) -> Flow:
    return replace(flow, house_rules=replace(flow.house_rules, **rules))


# The designers' tests of this flow


def test_many_answers_in_one_breath_are_not_asked_again() -> None:
    call = given()
    assert call.tell(consent=True).move.topic == "name"
    call.tell(name="Sam", age=34, tenure="rent", home_area="Leeds", eating_style="cook")
    assert call.move.topic == "interests"
    call.tell(interests=["chess"]).tell(transport=["bike"])
    assert not {"age", "home_area", "tenure", "eating_style"} & set(call.slots_asked)


def test_a_correction_after_the_fact_is_acknowledged_and_not_asked_again() -> None:
    call = given(**SAM).tell("Actually I'm 43.", corrected={"age": 43})
    assert (call.facts["age"], call.move.topic, call.move.acknowledge) == (43, "interests", ("age",))


def test_a_correction_can_change_the_road() -> None:
    call = given(**SAM, interests=["chess"]).tell("Sorry, I misspoke, I'm 16.", corrected={"age": 16})
    assert (call.move.kind, call.move.ending, call.state.ending) == (K.END, "under_age", "under_age")


def test_an_answer_on_a_road_no_longer_taken_leaves_the_road() -> None:
    before = {k: v for k, v in EVERYTHING.items() if k != "travel_style"}
    call = given(**before | {"entertainment": ["streaming"], "subscriptions": [{"service": "Netflix"}]})
    assert "subscriptions_preference" in call.on_road
    call.tell("that's my flatmate's, I just read: reading", corrected={"entertainment": ["reading"]})
    assert call.move.topic == "travel_preference"
    assert "subscriptions_preference" not in call.on_road
    assert call.facts["subscriptions"] == [{"service": "Netflix"}]  # kept, though not on the road


def test_correcting_the_correction_brings_everything_back_and_asks_nothing_twice() -> None:
    call = given(**{k: v for k, v in EVERYTHING.items() if k not in ("entertainment", "travel_style")})
    call.tell(entertainment=["streaming"]).tell(subscriptions=[{"service": "Netflix"}])
    road = call.on_road
    call.tell(corrected={"entertainment": ["reading"]})
    assert call.on_road != road
    call.tell(corrected={"entertainment": ["streaming"]}, travel_style="budget")
    assert call.on_road == road
    assert call.move.topic == "summary"
    assert call.slots_asked.count("subscriptions") == 1
    assert call.slots_asked.count("entertainment") == 1


def test_no_clear_yes_means_no_interview() -> None:
    for heard in (understood(refused=("consent",)), understood(consent=False)):
        call = given().hear(heard, "False, I'd rather not be recorded")
        assert (call.move.kind, call.move.ending) == (K.END, "no_consent")


def test_refusing_is_an_answer() -> None:
    call = given(**SAM).tell(refused=("interests",))
    assert (call.move.topic, call.status("interests")) == ("housing_location", Status.REFUSED)


@pytest.mark.parametrize("heard", [understood(refused=("age",)), understood(unknown=("age",)), NOTHING])
def test_a_gate_that_asks_for_an_age_does_not_fall_open_without_one(heard: Understanding) -> None:
    call = given(consent=True, name="Sam").hear(heard, "I'm in ninth grade")
    if heard is NOTHING:
        assert (call.move.slot, call.move.again) == ("age", 1)
        call.hear(NOTHING, "ninth grade")
    assert call.move.ending == "age_unknown"


def test_a_gate_that_is_still_open_ends_no_road_ahead() -> None:
    call = given(consent=True, name="Sam")
    assert {"age", "interests", "summary"} <= set(call.on_road)


def test_with_the_model_down_from_first_to_last_the_interview_is_held_in_fallback_lines() -> None:
    call = Call(scripted=True).begin()
    said = [spoken(call)]
    for words in (
        "yes",
        "Sam",
        "34",
        "chess",
        "Leeds",
        "I rent",
        "mostly cooking",
        "by bike",
        "gym",
        "I just read",
        "cheap trips",
        "all good",
    ):
        heard = read_in_code(FLOW, call.state, words, question=said[-1], language="en")
        call.hear(heard, words)
        said.append(spoken(call))
    assert (call.move.kind, call.move.ending) == (K.END, "completed")
    fallbacks = {text(t.fallback) for t in FLOW.topics.values()}
    assert set(said[1:-2]) <= fallbacks
    assert said[-2].endswith(text(FLOW.topics["summary"].fallback))
    assert call.facts.items() >= {"name": "Sam", "age": 34, "home_area": "Leeds", "tenure": "rent"}.items()


def text(words: Text) -> str:
    return words.render("en", {})


def spoken(call: Call) -> str:
    voicing = Voicing(flow=call.flow, state=call.state, language="en", persona_id="", minutes_left=9)
    return wording(voicing, call.move).fixed


def test_with_the_model_down_and_nothing_readable_each_question_is_asked_as_often_as_ever_and_the_words_are_kept() -> (
    None
):
    call = given(scripted_flow(), a="known")
    call.scripted = True
    while call.move.kind is not K.END:
        call.hear(Understanding(source="reading"), "mumble mumble")
    assert call.slots_asked == ["b", "b", "b2", "b2", "c", "c"]
    kept = [e for e in call.state.events if e.status is Status.GIVEN_UP]
    assert [(e.slot, e.words, e.source) for e in kept] == [
        ("b", "mumble mumble", "reading"),
        ("b2", "mumble mumble", "reading"),
        ("c", "mumble mumble", "reading"),
    ]


def scripted_flow() -> Flow:
    return flow_of(
        [topic("a", "b"), topic("b", "c", required=("b", "b2")), topic("c", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("b2", topic="b"), text_slot("c")],
    )


# The beginning


def test_the_call_begins_with_the_fixed_words_of_the_first_topic() -> None:
    move = Call().begin().move
    assert (move.kind, move.topic, move.slot, move.say, move.again) == (K.ASK, "intro", "consent", ("intro",), 0)


def test_fixed_words_are_said_once() -> None:
    call = Call().begin().hear(NOTHING)
    assert (call.move.topic, call.move.say, call.move.again) == ("intro", (), 1)


@pytest.mark.parametrize("first", [*Signal])
def test_whatever_the_caller_says_first_they_hear_the_fixed_words_before_anything_else(first: Signal) -> None:
    call = Call().hear(signal(first, consent=True), "True, hello?")
    assert call.status("consent") is Status.EMPTY
    if first not in (Signal.STOP, Signal.DISTRESS, Signal.THREAT):
        assert (call.move.kind, call.move.say) == (K.ASK, ("intro",))


def test_nobody_can_agree_to_what_they_have_not_heard() -> None:
    call = Call().tell(consent=True, name="Sam")
    assert (call.facts, call.move.topic) == ({"name": "Sam"}, "intro")
    assert call.tell(consent=True).move.topic == "age"


def test_a_refusal_before_the_fixed_words_does_not_use_up_the_second_asking() -> None:
    flow = flow_of(
        [topic("a", "b", ask=None, say=Text.plain("Hear me.")), topic("b", (ends(),))],
        [text_slot("a", may_refuse=False), text_slot("b")],
    )
    call = Call(flow=flow).tell(refused=("a",))
    assert call.tell(refused=("a",)).move.slot == "a"
    assert call.tell(refused=("a",)).status("a") is Status.REFUSED


def test_the_clock_starts_with_the_first_word() -> None:
    state = State()
    assert minutes_left(FLOW, state, NOON) == 12
    assert minutes_left(FLOW, Call().begin().state, NOON + 90) == 10.5
    assert Call().hear(NOTHING).state.started_at == NOON + 5


# The order of signals

ORDER = (Signal.DISTRESS, Signal.THREAT, Signal.STOP, Signal.REPEAT, Signal.WAIT, Signal.QUESTION, Signal.OFF_TOPIC)
MOVE_OF = {
    Signal.DISTRESS: K.SAFETY_CHECK,
    Signal.THREAT: K.SAFETY_CHECK,
    Signal.STOP: K.OFFER_STOP,
    Signal.REPEAT: K.REPEAT,
    Signal.WAIT: K.WAIT,
    Signal.QUESTION: K.ANSWER,
    Signal.OFF_TOPIC: K.REDIRECT,
    Signal.OTHER_LANGUAGE: K.REDIRECT,
}


@pytest.mark.parametrize(("first", "second"), list(combinations((*ORDER, Signal.OTHER_LANGUAGE), 2)))
def test_of_two_signals_the_earlier_in_the_order_makes_the_move(first: Signal, second: Signal) -> None:
    move = given(**SAM).hear(signal(second, first)).move
    assert move.kind is MOVE_OF[first]
    if first in (Signal.DISTRESS, Signal.THREAT, Signal.QUESTION, Signal.OFF_TOPIC):
        assert move.signal is first


@pytest.mark.parametrize("first", [Signal.DISTRESS, Signal.THREAT, Signal.STOP])
def test_danger_and_stop_outrank_any_answer_and_the_answer_is_kept(first: Signal) -> None:
    call = given(**SAM).hear(signal(first, interests=["chess"], corrected={"age": 430}))
    assert call.move.kind is MOVE_OF[first]
    assert call.facts["interests"] == ["chess"]


@pytest.mark.parametrize("beside", [Signal.REPEAT, Signal.WAIT, Signal.OFF_TOPIC, Signal.OTHER_LANGUAGE])
def test_an_answer_counts_more_than_a_wish_beside_it(beside: Signal) -> None:
    move = given(**SAM).hear(signal(beside, interests=["chess"])).move
    assert (move.kind, move.topic) == (K.ASK, "housing_location")


def test_a_question_beside_an_answer_is_answered_on_the_way_to_the_next_topic() -> None:
    call = given(**SAM).hear(signal(Signal.QUESTION, interests=["chess"]))
    assert (call.move.kind, call.move.topic, call.state.asks["home_area"]) == (K.ANSWER, "housing_location", 1)


def test_a_question_comes_before_a_bad_value_and_a_bad_value_before_a_read_back() -> None:
    call = given(consent=True, name="Sam")
    assert call.hear(signal(Signal.QUESTION, age=430)).move.kind is K.ANSWER
    move = given(consent=True, name="Sam").tell(age=430, housing_cost=900).move
    assert (move.kind, move.slot, move.problem) == (K.CLARIFY, "age", "above the greatest possible value 120")


def test_safety_ends_the_call_where_the_flow_says_so() -> None:
    call = given(**SAM).hear(NOTHING, "I want to die.")
    assert (call.move.ending, call.state.ending) == ("stopped_for_safety", "stopped_for_safety")


def test_safety_without_a_rule_or_an_ending_goes_on_with_the_open_question() -> None:
    for safety in ({}, {"threat": SafetyRule(say=Text.plain("Please stay calm."))}):
        call = given(with_rules(safety=safety), **SAM).hear(NOTHING, "I'm going to kill you.")
        assert (call.move.kind, call.move.ending, call.state.ending) == (K.SAFETY, None, None)
        assert call.hear(NOTHING).move.topic == "interests"
        assert call.move.again == 1
        assert call.state.asks["interests"] == 1  # asked again, but not counted: we had said something else


# Repeats, waits, questions, stop


@pytest.mark.parametrize("kind", [Signal.REPEAT, Signal.WAIT])
def test_repeat_and_wait_leave_the_question_open_and_cost_nothing(kind: Signal) -> None:
    call = given(**SAM)
    asks = call.state.asks
    call.hear(signal(kind))
    assert (call.move.kind, call.move.topic, call.move.slot) == (MOVE_OF[kind], "interests", "interests")
    assert call.state.asks == asks
    assert call.tell(interests=["chess"]).move.topic == "housing_location"


@pytest.mark.parametrize("kind", [Signal.REPEAT, Signal.WAIT, Signal.QUESTION, Signal.OTHER_LANGUAGE])
def test_after_three_in_a_row_we_offer_to_stop(kind: Signal) -> None:
    call = given(**SAM)
    kinds = [call.hear(signal(kind)).move.kind for _ in range(REPAIRS_IN_A_ROW + 1)]
    assert kinds == [MOVE_OF[kind]] * REPAIRS_IN_A_ROW + [K.OFFER_STOP]
    assert call.status("interests") is Status.EMPTY
    assert call.tell(interests=["chess"]).move.topic == "housing_location"


def test_an_answer_between_them_starts_the_count_anew() -> None:
    call = given(**SAM)
    for heard in [signal(Signal.REPEAT)] * 3 + [understood(interests=["chess"])] + [signal(Signal.WAIT)] * 3:
        assert call.hear(heard).move.kind is not K.OFFER_STOP
    assert call.hear(signal(Signal.QUESTION)).move.kind is K.OFFER_STOP


def test_a_question_of_theirs_is_answered_and_ours_stays() -> None:
    call = given(**SAM).hear(signal(Signal.QUESTION), "Who sees this?")
    assert (call.move.kind, call.move.topic, call.move.slot) == (K.ANSWER, "interests", "interests")
    assert call.state.asks["interests"] == 1


def test_wandering_off_counts_as_an_asking() -> None:
    call = given(**SAM).hear(signal(Signal.OFF_TOPIC), "The weather")
    assert (call.move.kind, call.state.asks["interests"]) == (K.REDIRECT, 2)
    call.hear(signal(Signal.OFF_TOPIC), "My cat")
    assert (call.status("interests"), call.move.topic) == (Status.GIVEN_UP, "housing_location")


def test_stop_is_confirmed_once() -> None:
    call = given(**SAM)
    assert call.hear(signal(Signal.STOP)).move.kind is K.OFFER_STOP
    call.hear(signal(Signal.STOP))
    assert (call.move.kind, call.move.ending) == (K.END, "stopped_by_caller")


def test_whoever_does_not_confirm_goes_on_where_they_were() -> None:
    call = given(**SAM).hear(signal(Signal.STOP)).hear(NOTHING, "no, go on")
    assert (call.move.kind, call.move.slot, call.state.asks["interests"]) == (K.ASK, "interests", 1)
    assert call.hear(signal(Signal.STOP)).move.kind is K.OFFER_STOP


@pytest.mark.parametrize("before", [{}, SAM, EVERYTHING])
def test_the_caller_can_stop_and_be_kept_safe_anywhere(before: dict[str, Any]) -> None:
    stop = signal(Signal.STOP)
    assert given(**before).hear(stop).hear(stop).move.ending == "stopped_by_caller"
    assert given(**before).hear(NOTHING, "I want to die").move.ending == "stopped_for_safety"


# Asking, clarifying, giving up


def test_a_question_is_asked_as_often_as_the_house_rules_allow_and_then_given_up() -> None:
    call = given(**SAM)
    assert call.hear(NOTHING, "mumble").move.again == 1
    call.hear(NOTHING, "mumble again")
    assert (call.status("interests"), call.move.topic) == (Status.GIVEN_UP, "housing_location")
    assert call.state.facts["interests"].words == "mumble again"


def test_an_answer_after_giving_up_still_counts() -> None:
    call = given(**SAM).hear(NOTHING).hear(NOTHING).tell(interests=["chess"])
    assert call.facts["interests"] == ["chess"]


def test_a_bad_value_is_cleared_up_within_the_same_count() -> None:
    call = given(consent=True, name="Sam").tell(age=430)
    assert (call.move.kind, call.move.again) == (K.CLARIFY, 1)
    call.tell(age=500)
    assert (call.status("age"), call.move.ending) == (Status.GIVEN_UP, "age_unknown")


def test_a_bad_value_for_what_is_nice_to_know_is_let_go() -> None:
    move = given(**SAM).tell(housing_cost="a lot", interests=["chess"]).move
    assert (move.kind, move.topic) == (K.ASK, "housing_location")


def test_a_bad_correction_is_cleared_up_and_rubbish_about_a_settled_slot_is_not() -> None:
    call = given(**SAM).tell(corrected={"age": 430})
    assert (call.move.kind, call.move.slot, call.facts["age"]) == (K.CLARIFY, "age", 34)
    assert call.tell(corrected={"age": 43}).move.topic == "interests"
    assert given(**SAM).tell(age=430).move.topic == "interests"


def test_a_topic_stays_current_until_it_is_complete() -> None:
    flow = flow_of(
        [topic("a", "b"), topic("b", (ends(),), required=("b", "b2"))],
        [text_slot("a"), text_slot("b"), text_slot("b2", topic="b")],
    )
    call = Call(flow=flow).begin().tell(b="x")
    assert call.move.slot == "a"
    call.tell(a="y")
    assert (call.move.topic, call.move.slot) == ("b", "b2")


def test_a_correction_does_not_yank_the_caller_out_of_their_subject() -> None:
    arrows = (Arrow(go_to="extra", condition=_IsNo()), Arrow(go_to="b"))
    flow = flow_of(
        [topic("a", arrows), topic("extra", "b"), topic("b", "c", required=("b", "b2")), topic("c", (ends(),))],
        [text_slot("a"), text_slot("extra"), text_slot("b"), text_slot("b2", topic="b"), text_slot("c")],
    )
    call = Call(flow=flow).begin().tell(a="yes").tell(b="x")
    assert call.tell(corrected={"a": "no"}).move.slot == "b2"
    assert call.tell(b2="x").move.slot == "extra"


class _IsNo:
    source, names = "a == 'no'", frozenset({"a"})

    def holds(self, values: Any) -> bool:
        return bool(values["a"] == "no")


@pytest.mark.parametrize("scripted", [False, True])
def test_what_enough_asks_for_is_asked_for_even_when_it_is_only_nice_to_know(scripted: bool) -> None:
    flow = flow_of(
        [topic("a", nice_to_know=("extra",)), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("extra", topic="a", required=False), text_slot("summary")],
        enough=Enough(must_have=("extra",)),
    )
    call = given(flow, a="x")
    call.scripted = scripted
    assert (call.move.kind, call.move.slot) == (K.ASK, "extra")
    assert replace_scripted(call).tell(extra="y").move.topic == "summary"
    source: Any = "reading" if scripted else "listen"
    for _ in range(2):
        call.hear(Understanding(source=source))
    assert (call.status("extra"), call.move.topic) == (Status.GIVEN_UP, "summary")


def replace_scripted(call: Call) -> Call:
    return Call(flow=call.flow, state=call.state, scripted=call.scripted)


# Refusals


def important() -> Flow:
    return flow_of(
        [topic("a", "b"), topic("b", (ends(),))],
        [text_slot("a", may_refuse=False), text_slot("b")],
    )


def test_a_refusal_that_matters_is_asked_about_once_more_and_then_stands() -> None:
    call = Call(flow=important()).begin().tell(refused=("a",))
    assert (call.move.slot, call.status("a"), call.state.pressed) == ("a", Status.EMPTY, ("a",))
    call.tell(refused=("a",))
    assert (call.move.slot, call.status("a")) == ("b", Status.REFUSED)


def test_house_rules_may_explain_once_after_any_refusal() -> None:
    call = given(with_rules(after_refusal="explain_once"), **SAM).tell(refused=("interests",))
    assert (call.move.slot, call.state.pressed) == ("interests", ("interests",))
    assert call.tell(refused=("interests",)).move.topic == "housing_location"


def test_pressing_earns_one_asking_more() -> None:
    call = Call(flow=important()).begin().hear(NOTHING).tell(refused=("a",))
    assert (call.move.slot, call.move.again) == ("a", 2)
    assert call.hear(NOTHING).status("a") is Status.GIVEN_UP


def test_a_refusal_of_what_is_only_nice_to_know_is_never_pressed() -> None:
    call = given(with_rules(after_refusal="explain_once"), **SAM).tell(refused=("home_wish",))
    assert (call.status("home_wish"), call.state.pressed) == (Status.REFUSED, ())


def test_a_slot_that_is_known_can_be_refused_without_being_pressed() -> None:
    call = given(with_rules(after_refusal="explain_once"), **SAM).tell(refused=("age",))
    assert call.status("age") is Status.REFUSED


# Thin answers


def test_a_thin_answer_is_probed_as_often_as_the_topic_allows() -> None:
    call = given(**SAM).tell(interests=["chess"], fullness="thin")
    assert (call.move.kind, call.move.topic, call.move.slot) == (K.PROBE, "interests", None)
    call.tell("dunno", fullness="thin")
    assert (call.move.kind, call.move.topic) == (K.ASK, "housing_location")


def test_a_topic_with_two_probes_gets_two() -> None:
    flow = flow_of([topic("a", "b", probes=2), topic("b", (ends(),))], [text_slot("a"), text_slot("b")])
    call = Call(flow=flow).begin().tell(a="x", fullness="thin").tell(fullness="thin").tell(fullness="thin")
    assert [m.kind for m in call.moves] == [K.ASK, K.PROBE, K.PROBE, K.ASK]


@pytest.mark.parametrize("fullness", ["fine", "rich"])
def test_an_answer_that_is_not_thin_is_not_probed(fullness: str) -> None:
    assert given(**SAM).tell(interests=["chess"], fullness=fullness).move.topic == "housing_location"


def test_no_probe_without_an_answer_without_claude_or_for_other_slots() -> None:
    assert given(**SAM).tell(fullness="thin").move.kind is K.ASK
    assert given(**SAM).tell(home_area="Leeds", fullness="thin").move.kind is K.ASK
    assert given(**SAM).tell(interests=["chess"], fullness="thin", source="reading").move.kind is K.ASK
    assert given(**SAM).tell(refused=("interests",), fullness="thin").move.topic == "housing_location"


def test_a_question_of_theirs_takes_the_place_of_a_probe() -> None:
    move = given(**SAM).hear(signal(Signal.QUESTION, interests=["chess"], fullness="thin")).move
    assert (move.kind, move.topic) == (K.ANSWER, "housing_location")


def test_facts_heard_in_a_probes_answer_are_kept() -> None:
    call = given(**SAM).tell(interests=["chess"], fullness="thin").tell(interests=["go"], age=34)
    assert call.facts["interests"] == ["chess", "go"]


# Saying back


def test_a_value_to_be_said_back_is_said_back_before_the_next_question() -> None:
    call = given(**SAM).tell(interests=["chess"], housing_cost=800)
    assert (call.move.kind, call.move.slot) == (K.READ_BACK, "housing_cost")
    call.hear(NOTHING, "yes")
    assert (call.move.kind, call.move.topic, call.facts["housing_cost"]) == (K.ASK, "housing_location", 800)


def test_a_wrong_value_said_back_is_asked_for_once() -> None:
    call = given(**SAM).tell(interests=["chess"], housing_cost=800)
    call.hear(understood(wants_to_change=("housing_cost",)), "no")
    assert (call.move.kind, call.move.slot, call.status("housing_cost")) == (K.CLARIFY, "housing_cost", Status.EMPTY)
    call.hear(NOTHING, "never mind")
    assert (call.move.kind, call.move.slot) == (K.ASK, "tenure")  # the subject is housing now, so it stays there


def test_a_wrong_value_corrected_at_once_is_said_back_again_but_not_for_ever() -> None:
    call = given(**SAM).tell(interests=["chess"], housing_cost=800)
    call.tell(corrected={"housing_cost": 900}, wants_to_change=("housing_cost",))
    assert (call.move.kind, call.move.acknowledge) == (K.READ_BACK, ("housing_cost",))
    call.tell(corrected={"housing_cost": 950})
    assert (call.move.kind, call.facts["housing_cost"]) == (K.ASK, 950)
    assert [m.kind for m in call.moves].count(K.READ_BACK) == READ_BACKS


# Going back


def test_the_caller_can_go_back_to_a_topic_and_the_walk_resumes_after_it() -> None:
    call = given(**{k: v for k, v in EVERYTHING.items() if k != "travel_style"})
    assert call.move.topic == "travel_preference"
    call.tell("can we go back to housing?", wants_to_change=("tenure",))
    assert (call.move.kind, call.move.topic, call.move.slot) == (K.ASK, "housing_preference", "tenure")
    call.tell(corrected={"tenure": "own"})
    assert (call.move.topic, call.facts["tenure"]) == ("travel_preference", "own")


def test_going_back_and_saying_the_same_again_settles_it() -> None:
    call = given(**SAM).tell(wants_to_change=("age",))
    assert call.move.slot == "age"
    call.tell(age=34)
    assert (call.move.topic, call.state.reopened, call.facts["age"]) == ("interests", (), 34)


def test_going_back_without_an_answer_keeps_what_was_known() -> None:
    call = given(**SAM).tell(wants_to_change=("age",)).hear(NOTHING).hear(NOTHING)
    assert (call.move.topic, call.facts["age"], call.state.reopened) == ("interests", 34, ())


def test_a_reopened_slot_that_was_asked_for_often_enough_is_left_as_it_was() -> None:
    call = given(**SAM).tell(wants_to_change=("age",)).hear(NOTHING)
    call.hear(signal(Signal.QUESTION, corrected={"age": 430}))
    assert (call.move.kind, call.move.topic) == (K.ANSWER, "interests")
    assert (call.facts["age"], call.state.reopened) == (34, ())


def test_a_slot_is_reopened_only_so_often_in_one_call() -> None:
    call = given(**SAM)
    for _ in range(REOPENINGS + 2):
        call.tell(wants_to_change=("age",)).tell(age=34)
    assert call.slots_asked.count("age") == REOPENINGS
    assert call.tell(corrected={"age": 43}).facts["age"] == 43


def test_wanting_to_change_what_is_open_unknown_or_only_nice_to_know_changes_nothing() -> None:
    call = given(**SAM, housing_cost=800)
    for name in ("interests", "housing_cost", "no_such_slot"):
        call.tell(wants_to_change=(name,))
    assert call.state.reopened == ()


# The summary


def test_a_yes_to_the_summary_ends_the_call() -> None:
    call = given(**EVERYTHING)
    assert (call.move.kind, call.move.topic) == (K.SUMMARY, "summary")
    assert call.tell(summary_ok=True).move.ending == "completed"


def test_a_no_to_the_summary_asks_what_to_change_first() -> None:
    call = given(**EVERYTHING).tell("False", summary_ok=False)
    assert (call.move.kind, call.status("summary_ok"), bool(call.move.problem)) == (K.SUMMARY, Status.EMPTY, True)
    call.tell(corrected={"age": 43})
    assert (call.move.kind, call.move.problem, call.move.acknowledge) == (K.SUMMARY, "", ("age",))
    assert call.tell(summary_ok=True).move.ending == "completed"


def test_two_noes_in_a_row_end_the_call_too() -> None:
    call = given(**EVERYTHING).tell(summary_ok=False).tell(summary_ok=False)
    assert (call.move.kind, call.move.ending, call.facts["summary_ok"]) == (K.END, "completed", False)


def test_a_no_with_its_correction_reads_back_again() -> None:
    call = given(**EVERYTHING).tell(summary_ok=False, corrected={"tenure": "own"})
    assert (call.move.kind, call.move.problem, call.move.acknowledge) == (K.SUMMARY, "", ("tenure",))


def test_a_correction_at_the_summary_can_lead_to_a_topic_that_was_not_on_the_road() -> None:
    call = given(**EVERYTHING).tell(corrected={"entertainment": ["streaming"]})
    assert call.move.topic == "summary"  # the current topic is not complete yet
    assert call.tell(summary_ok=True).move.topic == "subscriptions_preference"


def test_going_back_from_the_summary() -> None:
    call = given(**EVERYTHING).tell(summary_ok=False, wants_to_change=("tenure",))
    assert call.move.slot == "tenure"
    assert call.tell(tenure="own").move.kind is K.SUMMARY


# Time


def hurried(left: float, **values: Any) -> Call:
    call = given(**values)
    call.now += (FLOW.time.minutes - left) * 60 - call.seconds_a_turn
    return call


MUST_HAVES = {**SAM, "home_area": "Leeds", "tenure": "rent"}
"""All that `enough` must have."""


def test_row_60_with_little_time_left_the_summary_begins() -> None:
    call = hurried(FLOW.time.wrap_up_minutes, **MUST_HAVES).tell(interests=["chess"], fullness="thin")
    assert (call.move.kind, call.move.reason) == (K.SUMMARY, "little time is left")
    assert call.tell(summary_ok=True).move.ending == "completed"


def test_row_60_the_last_minutes_are_spent_on_what_must_be_known_and_then_on_the_summary() -> None:
    call = hurried(FLOW.time.wrap_up_minutes, **SAM).tell(interests=["chess"], fullness="thin")
    assert (call.move.kind, call.move.slot) == (K.ASK, "home_area")
    assert call.tell(home_area="Leeds").move.slot == "tenure"
    assert call.tell(tenure="rent").move.kind is K.SUMMARY
    assert call.tell(summary_ok=True).move.ending == "completed"


def test_what_nobody_will_say_in_the_last_minutes_is_settled_as_well() -> None:
    call = hurried(FLOW.time.wrap_up_minutes, **SAM).tell(interests=["chess"])
    call.hear(understood(refused=("home_area",)))
    assert call.move.slot == "tenure"
    assert call.hear(NOTHING).hear(NOTHING).move.kind is K.SUMMARY
    assert call.status("tenure") is Status.GIVEN_UP
    assert call.tell(summary_ok=True).move.ending == "completed"


def test_a_call_without_time_for_what_matters_is_never_completed() -> None:
    flow = flow_of(
        [topic("a", "b"), topic("b", "summary", importance="must"), topic("summary", (ends(),))],
        [text_slot("a"), text_slot("b"), text_slot("summary")],
        time=TimeBudget(minutes=3, wrap_up_minutes=2),
    )
    call = Call(flow=flow, seconds_a_turn=70).begin().tell(a="x")
    assert call.move.kind is K.SUMMARY
    assert call.tell(summary="right").move.ending == "out_of_time"


def test_the_answer_that_comes_as_the_time_runs_out_is_heard_and_may_be_the_last_one_needed() -> None:
    call = hurried(0.0, **MUST_HAVES)
    assert call.tell(interests=["chess"]).move.ending == "out_of_time"
    assert call.facts["interests"] == ["chess"]

    call = hurried(1.0, **MUST_HAVES).tell(interests=["chess"])
    call.now += 120
    assert call.tell(summary_ok=True).move.ending == "completed"

    call = hurried(1.0, **SAM).tell(interests=["chess"])
    call.now += 120
    assert (call.tell(home_area="Leeds").move.ending, call.facts["home_area"]) == ("out_of_time", "Leeds")

    child = hurried(0.0, consent=True, name="Sam")
    assert child.tell(age=12).move.ending == "under_age"


def test_the_wrap_up_does_not_jump_over_consent() -> None:
    assert hurried(1.0).hear(NOTHING).move.slot == "consent"


def test_with_the_summary_said_already_the_wrap_up_ends_the_call() -> None:
    call = hurried(1.0, **MUST_HAVES, summary_ok=True).hear(NOTHING)
    assert (call.move.kind, call.move.ending) == (K.END, "completed")


def test_a_flow_without_a_summary_just_goes_on_until_the_time_is_up() -> None:
    flow = flow_of(
        [topic("a", "b"), topic("b", (ends(),))],
        [text_slot("a"), text_slot("b")],
        time=TimeBudget(minutes=3, wrap_up_minutes=2),
    )
    call = Call(flow=flow, seconds_a_turn=110).begin().tell(a="x")
    assert (call.move.kind, call.move.slot) == (K.ASK, "b")
    assert call.hear(NOTHING).move.ending == "out_of_time"


@pytest.mark.parametrize(
    "heard",
    [
        NOTHING,
        signal(Signal.REPEAT),
        signal(Signal.WAIT),
        signal(Signal.QUESTION),
        understood(age=430),
        understood(housing_cost=800),
        Understanding(source="reading"),
    ],
)
def test_row_60_when_the_time_is_up_the_call_ends_whatever_was_said(heard: Understanding) -> None:
    call = hurried(0.0, **SAM).hear(heard)
    assert (call.move.kind, call.move.ending, call.state.ending) == (K.END, "out_of_time", "out_of_time")


@pytest.mark.parametrize(("language", "words"), [("en", "our time is up"), ("de", "unsere Zeit um")])
def test_a_flow_that_has_no_words_for_the_end_of_the_time_has_the_ending_and_ours(language: str, words: str) -> None:
    flow = replace(FLOW, endings={"completed": Ending(id="completed")})
    call = given(flow, **SAM)
    call.now += FLOW.time.minutes * 60
    assert call.hear(NOTHING).move.ending == "out_of_time"
    voicing = Voicing(flow=flow, state=call.state, language=language, persona_id="", minutes_left=0)
    assert words in wording(voicing, call.move).fixed


def test_danger_and_stop_come_before_the_clock() -> None:
    assert hurried(0.0, **SAM).hear(signal(Signal.DISTRESS)).move.kind is K.SAFETY_CHECK
    assert hurried(0.0, **SAM).hear(NOTHING, "I want to die").move.kind is K.SAFETY
    call = hurried(0.0, **SAM).hear(signal(Signal.STOP))
    assert call.move.kind is K.OFFER_STOP
    assert call.hear(NOTHING).move.ending == "out_of_time"


def test_under_pressure_probes_go_first_and_could_topics_are_passed_by() -> None:
    probed = {**SAM, "home_area": "Leeds", "tenure": "rent"}
    assert hurried(11, **probed).tell(interests=["chess"], fullness="thin").move.kind is K.PROBE
    assert hurried(4, **probed).tell(interests=["chess"], fullness="thin").move.topic == "food_preference"
    flow = flow_of(
        [topic("a", "b"), topic("b", "c", importance="could"), topic("c"), topic("summary", (ends(),))],
        [text_slot(name) for name in ("a", "b", "c", "summary")],
        time=TimeBudget(minutes=2, wrap_up_minutes=0.1),
    )
    assert Call(flow=flow).begin().tell(a="x").move.slot == "b"
    assert Call(flow=flow, seconds_a_turn=60).begin().tell(a="x").move.slot == "c"


# When Claude is late


def late(**told: Any) -> Understanding:
    return understood(source="reading", **told)


def test_what_code_can_read_moves_the_call_on() -> None:
    assert given(**SAM).hear(late(interests=["chess"])).move.topic == "housing_location"


def test_when_claude_is_late_once_and_code_cannot_read_the_line_is_held_and_the_question_stays_open() -> None:
    call = given(**SAM).hear(late())
    assert (call.move.kind, call.move.slot, call.state.unheard) == (K.HOLD, "interests", 1)
    assert call.tell(interests=["chess"]).move.topic == "housing_location"
    assert call.state.unheard == 0


def test_the_line_is_held_only_once_in_a_row() -> None:
    call = given(**SAM).hear(late()).hear(late(), "chess perhaps")
    assert (call.move.kind, call.move.topic, call.move.again) == (K.ASK, "interests", 1)
    assert call.status("interests") is Status.NOT_UNDERSTOOD
    assert call.state.facts["interests"].words == "chess perhaps"
    assert call.hear(late(), "chess, I said").move.topic == "housing_location"
    assert call.state.facts["interests"].words == "chess, I said"


def test_nothing_is_held_where_nothing_was_asked_for_or_all_is_settled() -> None:
    assert given(**SAM).hear(signal(Signal.STOP)).hear(late()).move.kind is K.ASK
    call = given(**SAM)
    call.state = replace(call.state, events=given(**SAM, interests=["chess"]).state.events)
    assert call.hear(late()).move.topic == "housing_location"


def test_late_facts_are_taken_without_moving_and_without_overruling_what_was_said_since() -> None:
    call = given(consent=True).hear(late())
    assert call.move.kind is K.HOLD
    call.tell(age=40)
    state = absorb(FLOW, call.state, understood(name="Sam", age=34), utterance="Sam, 34", turn=1)
    values = {e.slot: e.value for e in facts_of(state.events).values()}
    assert (values["name"], values["age"]) == ("Sam", 40)
    assert (state.topic, state.pending, state.asks) == (call.state.topic, call.state.pending, call.state.asks)


def test_a_late_no_to_the_summary_does_not_end_the_call() -> None:
    call = given(**EVERYTHING).hear(late(), "hm, not quite")
    state = absorb(FLOW, call.state, understood(summary_ok=False), utterance="False", turn=1)
    assert facts_of(state.events)["summary_ok"].status is Status.NOT_UNDERSTOOD


def test_a_late_refusal_of_what_matters_is_pressed_like_any_other() -> None:
    call = Call(flow=important()).begin().hear(late(), "that thing there")
    state = absorb(call.flow, call.state, understood(refused=("a",)), utterance="no", turn=1)
    assert (facts_of(state.events)["a"].status, state.pressed) == (Status.NOT_UNDERSTOOD, ("a",))


# What holds for every call


def test_what_a_move_says_about_itself_holds_nothing_the_caller_said() -> None:
    call = given(consent=True, name="Sam").hear(signal(Signal.QUESTION, age=430), "is 430 fine? Xylophone")
    call.tell("Xylophone 500", age=500).tell("Xylophone", interests=["Xylophone"], fullness="thin")
    assert not any("xylophone" in f"{m.reason} {m.problem}".lower() or "430" in m.reason for m in call.moves)


_LEAST = settings(max_examples=60)


def asked(move: Move) -> list[str]:
    """Slots the move asks for."""
    return [move.slot] if move.slot and move.kind in (K.ASK, K.SUMMARY, K.ANSWER, K.REDIRECT) else []


def most_turns(flow: Flow) -> int:
    """What a caller without any wish of their own can make of a call, if they are as contrary as can be.

    Each slot is asked `asks` times and once more when pressed, anew after each reopening; values are said back and
    cleared up; probes; every second turn may be held because Claude is late; and the end.
    """
    asks = (flow.house_rules.asks + 1) * len(flow.slots) * (1 + REOPENINGS)
    said_back = 2 * READ_BACKS * sum(s.read_back for s in flow.slots.values())
    probes = sum(t.probes for t in flow.topics.values())
    return 2 * (asks + 2 * said_back + probes) + 1


@_LEAST
@for_all(heard=st.lists(WORDS, min_size=1, max_size=12))
def test_without_signals_every_call_ends_even_if_the_clock_stands_still(heard: list[Understanding]) -> None:
    call = Call(seconds_a_turn=0).begin()
    bound = most_turns(FLOW)
    while call.move.kind is not K.END:
        assert call.turn <= bound
        open_before = {s for s in FLOW.slots if call.status(s) in OPEN} | set(call.state.reopened)
        one = heard[call.turn % len(heard)]
        call.hear(one, UTTERANCE)
        reopened = open_before | set(call.state.reopened)
        assert set(asked(call.move)) <= reopened | set(one.wants_to_change)
        assert all(call.status(s) in OPEN or s in call.state.reopened for s in asked(call.move))
    assert call.state.ending is not None


@_LEAST
@for_all(heard=st.lists(ANYTHING, min_size=1, max_size=8), scripted=st.booleans())
def test_row_60_with_the_clock_running_every_call_ends_soon_after_its_time(
    heard: list[Understanding], scripted: bool
) -> None:
    call = Call(seconds_a_turn=5, scripted=scripted).begin()
    while call.state.ending is None:
        assert call.turn <= FLOW.time.minutes * 60 / 5 + 2
        call.hear(heard[call.turn % len(heard)], UTTERANCE)
    assert call.state.ending in {*FLOW.endings, "completed"}


@_LEAST
@for_all(heard=st.lists(ANYTHING, max_size=15))
def test_the_position_is_derived_from_facts_and_never_stored(heard: list[Understanding]) -> None:
    call = Call().begin()
    for one in heard:
        call.hear(one, UTTERANCE)
    replayed = State(events=call.state.events)
    left = minutes_left(FLOW, call.state, call.now)
    assert call.road == walk(FLOW, facts_of(replayed.events), minutes_left=left)
    assert call.last is not None
    assert call.last.topics == call.on_road


@_LEAST
@for_all(data=st.data())
def test_the_order_of_a_turns_facts_changes_nothing(data: st.DataObject) -> None:
    one = data.draw(ANYTHING)
    other = replace(
        one, facts=tuple(data.draw(st.permutations(one.facts))), refused=one.refused[::-1], unknown=one.unknown[::-1]
    )
    start = given(**SAM)
    results = [advance(FLOW, start.state, heard, utterance=UTTERANCE, turn=1, now=NOON) for heard in (one, other)]
    assert results[0] == results[1]


def test_the_whole_call_of_a_plain_caller() -> None:
    turns = [(str(v) if not isinstance(v, list) else v[0], understood(**{k: v})) for k, v in EVERYTHING.items()]
    moves = talk(Call().begin(), *turns, ("True", understood(summary_ok=True)))
    assert moves[0] == (K.ASK, "name")
    assert moves[-2:] == [(K.SUMMARY, "summary"), (K.END, None)]
    assert len(moves) == len(EVERYTHING) + 1


def test_house_rules_say_how_often_a_question_is_asked() -> None:
    flow = replace(FLOW, house_rules=HouseRules(asks=3))
    call = given(flow, **SAM).hear(NOTHING).hear(NOTHING)
    assert (call.move.slot, call.move.again) == ("interests", 2)
    assert call.hear(NOTHING).status("interests") is Status.GIVEN_UP


def test_a_topic_that_requires_nothing_is_walked_through_and_its_fixed_words_are_said_on_the_way() -> None:
    notice: Topic = topic("notice", "b", required=(), ask=None, say=Text.plain("A word of notice."))
    flow = flow_of(
        [topic("a", "notice"), notice, topic("b", (ends(),))],
        [text_slot("a"), text_slot("b")],
    )
    call = Call(flow=flow).begin().tell(a="x")
    assert (call.move.topic, call.move.say) == ("b", ("notice",))


# Nothing leads off the road


def test_a_wish_leads_nowhere_the_call_has_not_come_to() -> None:
    """What was said of the home in passing can be talked about when the call is there."""
    call = given(consent=True, tenure="rent").hear(understood(wants_to_change=("tenure",)), "about the flat")

    assert (call.move.topic, call.move.slot) == ("name", "name")


def test_a_doubtful_value_leads_nowhere_the_call_has_not_come_to() -> None:
    call = given(tenure="rent").tell(corrected={"tenure": "castle"})

    assert (call.move.topic, call.move.slot) == ("intro", "consent")


def test_whoever_takes_their_consent_back_is_asked_nothing_more() -> None:
    call = given(consent=True, name="Sam").tell(corrected={"consent": False}, age=500)

    assert (call.move.kind, call.move.ending) == (K.END, "no_consent")


def test_a_value_is_not_said_back_before_there_is_a_consent() -> None:
    call = Call().begin().tell(housing_cost=800)

    assert (call.move.kind, call.move.topic) == (K.ASK, "intro")
