"""Facts: what is taken from what was understood, and what is not."""

from __future__ import annotations

import math
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from tests.interview.calls import known, lifestyle, understood, utterance_for
from webhook.interview.facts import (
    TOGETHER,
    Applied,
    FactEvent,
    Status,
    ValueRefused,
    apply,
    coerce,
    condition_values,
    facts_of,
    filled_values,
    status_of,
)
from webhook.interview.flow import Slot, SlotType
from webhook.interview.understanding import Heard, Understanding

FLOW = lifestyle()


def slot(kind: SlotType, **options: Any) -> Slot:
    return Slot(name="x", type=kind, topic="t", **options)


def applied(heard: Understanding, *before: FactEvent, utterance: str | None = None, **more: Any) -> Applied:
    said = utterance_for(heard) if utterance is None else utterance
    return apply(FLOW, facts_of(before), heard, utterance=said, turn=3, **more)


def values(done: Applied) -> dict[str, Any]:
    return {e.slot: e.value for e in done.events}


RECORD = slot(SlotType.LIST, of=(("service", SlotType.TEXT), ("monthly_cost", SlotType.MONEY)))


@pytest.mark.parametrize(
    ("of", "raw", "value"),
    [
        (slot(SlotType.TEXT), "  Sam\n Smith ", "Sam Smith"),
        (slot(SlotType.TEXT), 7, "7"),
        (slot(SlotType.TEXT), "x" * 900, "x" * 900),
        (slot(SlotType.YES_NO), True, True),
        (slot(SlotType.YES_NO), " No ", False),
        (slot(SlotType.YES_NO), "true", True),
        (slot(SlotType.WHOLE_NUMBER), 34.0, 34),
        (slot(SlotType.WHOLE_NUMBER), "1,200", 1200),
        (slot(SlotType.WHOLE_NUMBER, min=1, max=120), 120, 120),
        (slot(SlotType.NUMBER), 2.5, 2.5),
        (slot(SlotType.MONEY), "9.99", 9.99),
        (slot(SlotType.CHOICE, values=("rent", "with_family")), "With family", "with_family"),
        (slot(SlotType.CHOICES, values=("car", "bike")), ["bike", "hovercraft", "bike", "car"], ["bike", "car"]),
        (slot(SlotType.CHOICES, values=("car", "bike")), "bike", ["bike"]),
        (slot(SlotType.CHOICES, values=("car",)), [], []),
        (slot(SlotType.LIST), ["chess", " chess", "go"], ["chess", "go"]),
        (slot(SlotType.LIST), ["Chess", "chess!", "go"], ["Chess", "go"]),
        (slot(SlotType.LIST), ["C", "C++", "c#", "C#", "👍", "👎"], ["C", "C++", "c#", "👍", "👎"]),
        (slot(SlotType.LIST), "chess", ["chess"]),
        (slot(SlotType.LIST, at_most=2), ["a", "b", "c"], ["a", "b"]),
        (slot(SlotType.LIST, at_most=2), ["a", "a", None, "b", "c"], ["a", "b"]),
        (
            slot(SlotType.CHOICES, values=("car", "bike", "bus"), at_most=2),
            ["car", "?", "bike", "bus"],
            ["car", "bike"],
        ),
        (slot(SlotType.LIST), [f"item {n}" for n in range(20_000)], [f"item {n}" for n in range(50)]),
        (slot(SlotType.CHOICES, values=("car", "bike")), ["car"] * 50 + ["bike"] * 20_000, ["car"]),
        (slot(SlotType.LIST, of=SlotType.MONEY), [1, "two", 3.5], [1, 3.5]),
        (RECORD, [], []),
        (RECORD, ["Netflix", {"service": "netflix", "monthly_cost": 10}], [{"service": "Netflix", "monthly_cost": 10}]),
        (RECORD, [{"monthly_cost": 10}, {"monthly_cost": 12}], [{"monthly_cost": 10}, {"monthly_cost": 12}]),
        (RECORD, ["Netflix"], [{"service": "Netflix"}]),
        (RECORD, [{"service": "Netflix", "monthly_cost": None}], [{"service": "Netflix"}]),
        (RECORD, [{"service": "Sky", "monthly_cost": "a lot"}], [{"service": "Sky"}]),
        (RECORD, [{"service": "Sky", "monthly_cost": 11, "stars": 5}], [{"service": "Sky", "monthly_cost": 11}]),
    ],
)
def test_a_value_is_brought_into_its_slots_own_type(of: Slot, raw: object, value: object) -> None:
    made = coerce(of, raw)
    assert made == value
    assert type(made) is type(value)


@pytest.mark.parametrize(
    ("of", "raw"),
    [
        (slot(SlotType.TEXT), "  "),
        (slot(SlotType.TEXT), True),
        (slot(SlotType.TEXT), {"a": 1}),
        (slot(SlotType.YES_NO), "maybe"),
        (slot(SlotType.YES_NO), 1),
        (slot(SlotType.WHOLE_NUMBER), 34.5),
        (slot(SlotType.WHOLE_NUMBER), True),
        (slot(SlotType.WHOLE_NUMBER), "old"),
        (slot(SlotType.WHOLE_NUMBER, min=1), 0),
        (slot(SlotType.WHOLE_NUMBER, max=120), 121),
        (slot(SlotType.NUMBER), math.nan),
        (slot(SlotType.NUMBER), -math.inf),
        (slot(SlotType.NUMBER), "1e999"),
        (slot(SlotType.MONEY), 10**400),
        (slot(SlotType.MONEY), None),
        (slot(SlotType.CHOICE, values=("rent",)), "castle"),
        (slot(SlotType.CHOICES, values=("car",)), ["hovercraft"]),
        (slot(SlotType.LIST, at_least=1), []),
        (slot(SlotType.LIST), [None]),
        (RECORD, [{"service": None, "monthly_cost": None}]),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_a_reason_that_does_not_repeat_it(of: Slot, raw: object) -> None:
    with pytest.raises(ValueRefused) as refused:
        coerce(of, raw)
    assert str(refused.value)
    assert str(raw) not in str(refused.value).split() or raw in ("", None)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@for_all(name=st.sampled_from(list(FLOW.slots)), raw=_JSON)
def test_whatever_is_proposed_either_fits_or_is_refused_and_fits_again(name: str, raw: object) -> None:
    try:
        value = coerce(FLOW.slots[name], raw)
    except ValueRefused:
        return
    assert coerce(FLOW.slots[name], value) == value


def test_five_facts_in_one_breath_become_five_events_in_the_order_of_the_file() -> None:
    done = applied(understood(eating_style="cook", tenure="rent", home_area="Leeds", age=34, name="Sam"))
    assert list(values(done)) == ["name", "age", "home_area", "tenure", "eating_style"]


def test_the_order_in_which_facts_are_listed_makes_no_difference() -> None:
    said = "I'm Sam, thirty four, no, 35, I like chess and go and I rent in Leeds"
    facts = (
        Heard(slot="name", value="Sam", words="Sam"),
        Heard(slot="age", value=34, words="thirty four"),
        Heard(slot="age", value=35, words="35", correction=True),
        Heard(slot="interests", value=["chess"], words="chess"),
        Heard(slot="interests", value=["go"], words="go"),
    )
    results = {repr(applied(Understanding(facts=order), utterance=said)) for order in permutations(facts)}
    assert len(results) == 1
    assert values(applied(Understanding(facts=facts), utterance=said)) == {
        "name": "Sam",
        "age": 35,
        "interests": ["chess", "go"],
    }


@pytest.mark.parametrize("words", ["", "?!", "35", "3", "I am thirty", "34 years and"])
def test_a_value_whose_words_were_not_said_is_dropped(words: str) -> None:
    heard = Understanding(facts=(Heard(slot="age", value=34, words=words),))
    assert applied(heard, utterance="Well, I'm 34.") == Applied()


@pytest.mark.parametrize("words", ["34", "I'm 34", "im 34", "WELL, i'm", "34."])
def test_case_and_punctuation_of_the_words_do_not_matter(words: str) -> None:
    heard = Understanding(facts=(Heard(slot="age", value=34, words=words),))
    assert values(applied(heard, utterance="Well, I’m 34.")) == {"age": 34}


def test_words_are_kept_as_the_caller_said_them_and_not_as_claude_spells_them() -> None:
    heard = Understanding(facts=(Heard(slot="home_area", value="Straße", words="near THE STRASSE, I'd say"),))
    (event,) = applied(heard, utterance="Well — near the Straße I’d say!").events
    assert event.words == "near the Straße I’d say"


def test_of_utterances_heard_together_each_value_has_the_turn_it_was_said_in() -> None:
    heard = Understanding(
        facts=(
            Heard(slot="name", value="Sam", words="I'm Sam"),
            Heard(slot="age", value=34, words="34"),
            Heard(slot="home_area", value="Sam 34", words="Sam 34"),  # the end of one and the beginning of the next
        ),
        refused=("tenure",),
    )
    events = applied(heard, utterance=TOGETHER.join(("I'm Sam", "34", "rather not"))).events
    assert [(e.slot, e.words, e.turn) for e in events] == [
        ("name", "I'm Sam", 1),
        ("age", "34", 2),
        ("tenure", "rather not", 3),
    ]


def test_an_implied_value_counts_only_for_a_slot_that_was_asked() -> None:
    heard = understood(implied={"tenure": "own"})
    assert applied(heard) == Applied()
    assert values(applied(heard, asked={"tenure"})) == {"tenure": "own"}


def test_a_locked_slot_accepts_nothing_at_all() -> None:
    for heard in (understood(consent=True), understood(refused=("consent",)), understood(unknown=("consent",))):
        assert applied(heard, utterance="True it is", locked={"consent"}) == Applied()


def test_an_event_keeps_the_words_the_turn_and_what_it_replaces() -> None:
    done = applied(understood(corrected={"age": 43}), *known(age=34), utterance="Sorry, it's 43")
    (event,) = done.events
    assert (event.value, event.old_value, event.status, event.old_status) == (43, 34, Status.FILLED, Status.FILLED)
    assert (event.words, event.turn, event.source) == ("43", 3, "listen")
    assert done.corrected == ("age",)


def test_a_bad_value_leaves_the_status_as_it_was() -> None:
    done = applied(understood(age=430))
    assert done.events == ()
    assert [(b.slot, b.reason, b.words) for b in done.bad] == [("age", "above the greatest possible value 120", "430")]


def test_the_same_value_again_is_confirmed_and_no_event() -> None:
    done = applied(understood(age=34), *known(age=34))
    assert (done.events, done.confirmed) == ((), ("age",))


def test_a_list_grows_from_turn_to_turn_and_that_is_no_correction() -> None:
    done = applied(understood(interests=["go", "chess"]), *known(interests=["chess"]))
    assert values(done) == {"interests": ["chess", "go"]}
    assert done.corrected == ()


def test_a_thing_that_is_named_again_in_another_spelling_is_no_second_one() -> None:
    done = applied(understood(interests=["chess"]), *known(interests=["Chess", "hiking"]))
    assert (done.events, done.confirmed) == ((), ("interests",))


TWO = [{"service": "Netflix"}, {"service": "Spotify"}]


def test_what_is_said_of_a_record_fills_what_is_missing() -> None:
    done = applied(understood(subscriptions=[{"service": "netflix", "monthly_cost": 10}]), *known(subscriptions=TWO))
    assert values(done) == {"subscriptions": [{"service": "Netflix", "monthly_cost": 10}, {"service": "Spotify"}]}
    assert done.corrected == ()


@pytest.mark.parametrize("said_as", ["told", "corrected"])
def test_another_value_for_a_field_of_a_record_is_a_correction_of_that_field(said_as: str) -> None:
    priced = [{"service": "Netflix", "monthly_cost": 10}, {"service": "Spotify"}]
    now: dict[str, Any] = {"subscriptions": [{"service": "Netflix", "monthly_cost": 12}]}
    heard = understood(corrected=now) if said_as == "corrected" else understood(**now)
    done = applied(heard, *known(subscriptions=priced))
    assert values(done) == {"subscriptions": [{"service": "Netflix", "monthly_cost": 12}, {"service": "Spotify"}]}
    assert done.corrected == ("subscriptions",)


def test_a_list_of_records_is_replaced_by_a_correction_that_names_fewer() -> None:
    done = applied(understood(corrected={"subscriptions": [{"service": "Spotify"}]}), *known(subscriptions=TWO))
    assert values(done) == {"subscriptions": [{"service": "Spotify"}]}


def test_a_corrected_list_is_replaced() -> None:
    done = applied(understood(corrected={"entertainment": ["reading"]}), *known(entertainment=["streaming"]))
    assert values(done) == {"entertainment": ["reading"]}
    assert done.corrected == ("entertainment",)


def test_rubbish_does_not_make_a_list_grow() -> None:
    done = applied(understood(transport=["teleport"]), *known(transport=["bike"]))
    assert done.events == ()
    assert done.bad[0].slot == "transport"


def test_refusing_and_not_knowing_are_answers_and_keep_the_whole_utterance() -> None:
    done = applied(understood(refused=("age",), unknown=("tenure",)), utterance="rather not, and no idea")
    assert [(e.slot, e.status, e.words) for e in done.events] == [
        ("age", Status.REFUSED, "rather not, and no idea"),
        ("tenure", Status.UNKNOWN, "rather not, and no idea"),
    ]


def test_an_answer_can_be_taken_back_but_not_be_forgotten_by_not_knowing() -> None:
    assert values(applied(understood(refused=("age",)), *known(age=34))) == {"age": None}
    assert applied(understood(unknown=("age",)), *known(age=34)) == Applied()


def test_whoever_was_not_understood_and_does_not_know_does_not_know() -> None:
    given_up = FactEvent(slot="age", status=Status.GIVEN_UP)
    assert [e.status for e in applied(understood(unknown=("age",)), given_up).events] == [Status.UNKNOWN]


def test_a_second_refusal_is_no_news() -> None:
    refused = FactEvent(slot="age", status=Status.REFUSED)
    assert applied(understood(refused=("age",)), refused) == Applied()


def test_an_answer_after_a_refusal_counts() -> None:
    refused = FactEvent(slot="age", status=Status.REFUSED)
    done = applied(understood(age=34), refused)
    assert values(done) == {"age": 34}
    assert done.corrected == ()


def test_facts_are_a_fold_and_the_newest_event_of_a_slot_stands() -> None:
    facts = facts_of([*known(age=34, name="Sam"), *known(age=43), FactEvent(slot="name", status=Status.REFUSED)])
    assert filled_values(facts) == {"age": 43}
    assert [status_of(facts, s) for s in ("age", "name", "tenure")] == [Status.FILLED, Status.REFUSED, Status.EMPTY]


def test_conditions_see_every_slot_with_empty_lists_and_none_for_what_is_missing() -> None:
    seen = condition_values(FLOW, facts_of(known(age=34)), 7.5)
    assert seen.keys() == {*FLOW.slots, "minutes_left"}
    assert (seen["age"], seen["name"], seen["interests"], seen["minutes_left"]) == (34, None, [], 7.5)


def test_words_for_a_slot_the_flow_does_not_have_are_dropped() -> None:
    assert applied(understood(shoe_size=43, refused=("nose",))) == Applied()
