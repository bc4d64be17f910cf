"""From the model's JSON, or from code alone, to an understanding."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.interview.calls import EVERYTHING, Call, given, lifestyle, understood
from webhook.interview.listening import parse_understanding, read_in_code, read_on_in_code
from webhook.interview.moves import MoveKind, State, advance
from webhook.interview.understanding import Heard, Signal, Understanding

FLOW = lifestyle()
SAM = {"consent": True, "name": "Sam", "age": 34}
FACT = {"slot": "age", "value": 34, "words": "34", "how": "said"}


def parsed(**document: Any) -> Understanding:
    understanding = parse_understanding(FLOW, json.dumps({"facts": [], **document}))
    assert understanding is not None
    return understanding


def read(call: Call, utterance: str, question: str = "") -> Understanding:
    return read_in_code(FLOW, call.state, utterance, question=question, language="en")


def test_a_whole_document_becomes_an_understanding() -> None:
    assert parsed(
        facts=[FACT, {**FACT, "slot": "name", "value": "Sam", "how": "corrected"}, {**FACT, "how": "implied"}],
        refused=["tenure"],
        unknown=["food_spend"],
        wants_to_change=["home_area"],
        signals=["question", "wait"],
        fullness="rich",
    ) == Understanding(
        facts=(
            Heard(slot="age", value=34, words="34"),
            Heard(slot="name", value="Sam", words="34", correction=True),
            Heard(slot="age", value=34, words="34", outright=False),
        ),
        refused=("tenure",),
        unknown=("food_spend",),
        wants_to_change=("home_area",),
        signals=frozenset({Signal.QUESTION, Signal.WAIT}),
        fullness="rich",
    )


@pytest.mark.parametrize(
    "text", ["", "hello", "[]", "null", "5", "{}", '{"facts": {}}', '{"facts": []', "[" * 100_000, '{"facts": null}']
)
def test_what_is_no_such_document_is_none(text: str) -> None:
    assert parse_understanding(FLOW, text) is None


@pytest.mark.parametrize(
    "item",
    [
        None,
        "age",
        {},
        {**FACT, "slot": "shoe_size"},
        {**FACT, "slot": ["age"]},
        {**FACT, "words": None},
        {k: v for k, v in FACT.items() if k != "value"},
    ],
)
def test_a_fact_that_does_not_fit_is_left_out(item: object) -> None:
    assert parsed(facts=[item, FACT]).facts == (Heard(slot="age", value=34, words="34"),)


def test_names_and_signals_that_do_not_exist_are_left_out_and_the_rest_once() -> None:
    heard = parsed(refused=["age", "nose", 5, "age"], unknown="age", signals=["shout", "stop", None], fullness=["thin"])
    assert heard == Understanding(refused=("age",), signals=frozenset({Signal.STOP}))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(sorted(FLOW.slots)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "facts",
                    "slot",
                    "value",
                    "words",
                    "how",
                    "refused",
                    "unknown",
                    "wants_to_change",
                    "signals",
                    "fullness",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=200)
@for_all(document=_JSON)
def test_row_12_whatever_the_model_answers_the_engine_can_go_on_with_it(document: object) -> None:
    for whole in (document, {"facts": [document]}, {"facts": document}):
        heard = parse_understanding(FLOW, json.dumps(whole))
        if heard is not None:
            advance(FLOW, given(**SAM).state, heard, utterance="so it is", turn=1, now=0)


# In code alone


def test_the_pending_question_says_what_the_words_are_about() -> None:
    assert read(given(consent=True, name="Sam"), "34") == understood(age=34, source="reading")
    assert read(Call().begin(), "yes").facts[0] == Heard(slot="consent", value=True, words="yes")


def test_before_anything_was_asked_only_signals_are_read() -> None:
    assert read_in_code(FLOW, State(), "34", question="", language="en").facts == ()


def test_a_yes_to_our_offer_to_stop_is_a_stop_and_a_no_is_none() -> None:
    offered = given(**SAM).hear(understood(signals=frozenset({Signal.STOP})))
    assert offered.move.kind is MoveKind.OFFER_STOP
    question = "Would you like to stop here?"
    assert read(offered, "yes please", question).signals == {Signal.STOP}
    assert read(offered, "no, go on", question) == Understanding(source="reading")
    assert read(offered, "hm", question) == Understanding(source="reading")


def test_a_no_to_what_we_said_back_wants_that_changed() -> None:
    said_back = given(**SAM).tell(housing_cost=800)
    assert said_back.move.kind is MoveKind.READ_BACK
    question = "So that is 800 per month, right?"
    assert read(said_back, "no", question).wants_to_change == ("housing_cost",)
    assert read(said_back, "yes", question) == Understanding(source="reading")


def test_danger_is_heard_whatever_was_asked() -> None:
    offered = given(**SAM).hear(understood(signals=frozenset({Signal.STOP})))
    for call in (Call().begin(), offered, given(**EVERYTHING)):
        assert read(call, "I want to kill myself").signals == {Signal.DISTRESS}


def test_a_value_in_passing_counts_only_for_the_topic_that_is_open() -> None:
    probe = given(**SAM, home_area="Leeds", tenure="rent").tell(interests=["chess"], fullness="thin")
    assert probe.move.kind is MoveKind.PROBE
    assert read(probe, "I rent").facts == ()
    assert read(given(**SAM, interests=["chess"], home_area="Leeds"), "I rent").facts[0].slot == "tenure"


# Several turns read together


def read_on(call: Call, said: str, *, heard_before: str, heard: str, question: str) -> Understanding:
    """`call` has heard the words before; its state is the one in which they were decided."""
    before = given(consent=True, name="Sam").state
    return read_on_in_code(
        FLOW,
        before,
        call.state,
        said,
        heard_before=heard_before,
        heard=heard,
        question=question,
        language="en",
    )


AGE, INTERESTS = "How old are you, roughly?", "What do you enjoy doing in your free time?"


@pytest.mark.parametrize("heard", [AGE, f"Sorry. {AGE}", f"Mm-hm, okay... {AGE}"])
def test_whoever_was_asked_the_same_again_answers_the_same_again(heard: str) -> None:
    call = given(consent=True, name="Sam").tell(age=34)
    read = read_on(call, "43", heard_before=f"Thanks. {AGE}", heard=heard, question=INTERESTS)

    assert read == understood(corrected={"age": 43}, source="reading")


def test_whoever_was_asked_what_we_would_have_asked_answers_that() -> None:
    call = given(consent=True, name="Sam").tell(age=34)
    read = read_on(call, "chess", heard_before=AGE, heard=f"Lovely. {INTERESTS}", question=INTERESTS)

    assert [fact.slot for fact in read.facts] == ["interests"]


def test_of_whoever_was_asked_something_else_code_takes_nothing_but_signs_of_danger() -> None:
    call = given(consent=True, name="Sam").tell(age=34)
    for said, signals in (("forty three", set()), ("I want to kill myself", {Signal.DISTRESS})):
        read = read_on(call, said, heard_before=AGE, heard="And what is it you like?", question=INTERESTS)
        assert (read.facts, set(read.signals)) == ((), signals)


def test_a_client_that_does_not_tell_what_was_asked_is_taken_to_have_asked_it() -> None:
    call = given(consent=True, name="Sam").tell(age=34)
    read = read_on(call, "chess", heard_before="", heard="", question=INTERESTS)

    assert [fact.slot for fact in read.facts] == ["interests"]
