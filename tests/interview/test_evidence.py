"""What is in a report rests on what the caller said: statuses, corrections, quotes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.interview.calls import shipped
from tests.interview.reported import event, session, whole_report
from webhook.interview.evidence import found_quotes, is_telling
from webhook.interview.facts import Status
from webhook.interview.history import fold, normalise
from webhook.interview.report import road_of, transcript
from webhook.interview.session import Turn
from webhook.interview.talk_time import TalkTime
from webhook.interview.verbatim import words_of

SAID = (
    Turn(slot=1, utterance="Yes, I do.", reply="You love old trains, right?"),
    Turn(slot=2, utterance="I like it quiet, with tea. Don't you?", reply="I do."),
    Turn(slot=3, utterance="Über Geld spricht man nicht"),
)


def words(*quotes: object) -> list[tuple[str, int]]:
    return [(quote["words"], quote["turn"]) for quote in found_quotes(list(quotes), SAID)]


def test_a_quote_is_found_whatever_its_case_and_punctuation_and_kept_as_it_was_said() -> None:
    assert words("I LIKE IT - quiet") == [("I like it quiet", 2)]
    assert words("über geld", "dont you") == [("Über Geld", 3)]  # the second one tells nothing
    assert words("with tea. Don't you?") == [("with tea. Don't you?", 2)]


def test_the_same_sentence_counts_once_in_any_spelling_and_as_a_piece_of_itself() -> None:
    assert words("I like it quiet", "i LIKE it quiet!", "like it quiet") == [("I like it quiet", 2)]
    assert words("quiet", "I like it quiet") == [("I like it quiet", 2)]


def test_our_own_words_and_words_of_every_talk_are_no_evidence() -> None:
    assert words("You love old trains", "old trains") == []
    assert words("Yes", "I do", "yes, I do.", "", "...", None, 7, ["quiet"]) == []
    assert found_quotes("quiet", SAID) == []


def test_a_quote_does_not_begin_or_end_in_the_middle_of_a_word() -> None:
    assert words("iet with tea", "like it qui") == []


@given(st.text())
@example("\u0345")  # no letter, and one when case is dropped
def test_the_words_of_a_text_are_those_it_is_compared_by(text: str) -> None:
    said = normalise(text)
    assert " ".join(word.folded for word in words_of(said)) == fold(said)


@given(st.lists(st.text(alphabet="aAbB cd,.'é", max_size=12), max_size=5), st.text(alphabet="aAbB cd,.'é"))
def test_every_quote_that_is_kept_was_said_and_none_twice(quotes: list[str], utterance: str) -> None:
    turn = Turn(slot=1, utterance=normalise(utterance))
    kept = [quote["words"] for quote in found_quotes(quotes, [turn])]
    assert all(quote in turn.utterance and is_telling(quote) for quote in kept)
    folded = [fold(quote) for quote in kept]
    assert len(set(folded)) == len(folded)


# In the report


def test_a_written_field_with_too_few_quotes_left_cannot_be_told() -> None:
    held = session(event("consent", True, "Yes", 1), said=("Yes, I do.", "I like it quiet."))
    twice = {"value": "frugal", "quotes": ["I like it quiet", "I LIKE IT QUIET", "Yes, I do."]}
    fields = whole_report(held, spending_style=twice, what_matters={**twice, "value": "Peace."})["fields"]
    assert fields["spending_style"] == {"value": "cannot_tell", "quotes": []}  # it asks for two
    assert fields["what_matters"] == {"value": "Peace.", "quotes": [{"words": "I like it quiet", "turn": 2}]}


def test_a_list_of_statements_of_which_none_was_made_cannot_be_told() -> None:
    held = session(said=("I like it quiet.",))
    claimed = {"value": ["I own a yacht", "yes"], "quotes": ["I like it quiet"]}
    assert whole_report(held, in_their_words=claimed)["fields"]["in_their_words"]["value"] == "cannot_tell"


def test_statements_stand_in_a_list_as_they_were_said_and_once() -> None:
    held = session(event("consent", True, "Yes", 1), said=("I like it quiet, Straße or not.",))
    claimed = {"value": ["i LIKE it quiet", "I like it quiet", "STRASSE"], "quotes": ["Straße"]}
    made = whole_report(held, in_their_words=claimed)
    assert made["fields"]["in_their_words"]["value"] == ["I like it quiet", "Straße"]


def test_every_status_is_told_with_words_and_turn() -> None:
    held = session(
        event("consent", True, "Yes", 1),
        event("name", None, "I won't say", 2, Status.REFUSED),
        event("age", 34, "34", 2),
        event("interests", None, "no idea", 3, Status.UNKNOWN),
        event("home_area", None, "hm hm", 4, Status.GIVEN_UP),
        event("subscriptions", ["Netflix"], "Netflix", 5),
    )
    facts = whole_report(held)["facts"]
    told = {
        name: (facts[name]["status"], facts[name]["words"], facts[name]["turn"])
        for name in ("consent", "name", "interests")
    }
    assert told == {
        "consent": ("filled", "Yes", 1),
        "name": ("refused", "I won't say", 2),
        "interests": ("unknown", "no idea", 3),
    }
    assert (facts["home_area"]["status"], facts["home_area"]["words"]) == ("given_up", "hm hm")
    assert facts["tenure"] == {"status": "not_reached", "value": None, "topic": "housing_preference"}


def test_what_was_learnt_on_a_road_that_was_left_is_listed_and_counts_for_nothing() -> None:
    with_streaming = [event("consent", True, "Yes", 1), event("entertainment", ["streaming"], "streaming", 2)]
    learnt = event("subscriptions", [{"service": "Netflix"}], "Netflix", 3)
    on = whole_report(session(*with_streaming, learnt))
    assert on["facts"]["subscriptions"]["value"] == on["fields"]["subscriptions"] == [{"service": "Netflix"}]
    off = whole_report(session(*with_streaming, learnt, event("entertainment", ["reading"], "only reading", 4)))
    fact = off["facts"]["subscriptions"]
    assert (fact["status"], fact["value"], fact["words"], fact["turn"]) == ("off_the_road", None, "Netflix", 3)
    assert fact["learnt"] == {"status": "filled", "value": [{"service": "Netflix"}]}
    assert off["fields"]["subscriptions"] is None


def test_a_correction_shows_everything_that_was_said_before() -> None:
    held = session(
        event("consent", True, "Yes", 1),
        event("age", None, "dunno", 2, Status.UNKNOWN),
        event("age", 43, "43", 3),
        event("age", 34, "no, 34", 4),
    )
    fact = whole_report(held)["facts"]["age"]
    assert (fact["value"], fact["words"]) == (34, "no, 34")
    assert fact["corrected"] == [
        {"status": "unknown", "value": None, "words": "dunno", "turn": 2, "source": "listen"},
        {"status": "filled", "value": 43, "words": "43", "turn": 3, "source": "listen"},
    ]


@pytest.mark.parametrize("answer", [None, [], {"quotes": None}, {"value": {}, "quotes": [{}]}])
def test_an_answer_of_another_form_tells_nothing(answer: object) -> None:
    fields = whole_report(session(said=("Quiet.",)), what_matters=answer)["fields"]
    assert fields["what_matters"] == {"value": "cannot_tell", "quotes": []}


def test_of_whoever_did_not_agree_nothing_they_said_in_passing_is_told() -> None:
    """Who says "I'm Sam, and no, I'd rather not" was heard with their name, which is nobody's business."""
    refused = session(event("name", "Sam", "Sam", 1), event("consent", False, "I'd rather not", 1))
    made = whole_report(refused)
    assert list(made["facts"]) == ["consent"]
    assert "Sam" not in str(made["facts"])


def test_whoever_did_not_agree_is_not_quoted_nor_named_in_the_words_of_it() -> None:
    said = "I'm Sam, and I'd rather not"
    refused = session(event("name", "Sam", "Sam", 1), event("consent", None, said, 1, Status.REFUSED), said=(said,))
    made = whole_report(refused, what_matters={"value": "Sam's peace.", "quotes": [said]})
    assert made["facts"]["consent"]["words"] == "I'm •••, and I'd rather not"
    assert made["fields"]["what_matters"] == {"value": "cannot_tell", "quotes": []}


def test_what_was_said_back_wrong_stays_in_the_history_and_is_no_status_of_its_own() -> None:
    denied = [event("housing_cost", 800, "800", 2), event("housing_cost", None, "No", 3, Status.EMPTY)]
    agreed = event("consent", True, "Yes", 1)
    earlier = {"status": "filled", "value": 800, "words": "800", "turn": 2, "source": "listen"}
    fact = whole_report(session(agreed, *denied))["facts"]["housing_cost"]
    assert (fact["status"], fact["value"], fact["corrected"]) == ("not_reached", None, [earlier])
    fact = whole_report(session(agreed, *denied, event("housing_cost", 900, "900", 4)))["facts"]["housing_cost"]
    assert (fact["value"], fact["corrected"]) == (900, [earlier])


@pytest.mark.parametrize(
    ("rating", "asked", "minutes", "is_told"),
    [(3, True, 14, True), (3, True, 2, True), (3, False, 2, True), (3, False, 14, False), (8, True, 2, False)],
    ids=["asked", "asked early", "hung up before it", "time was short", "the rating was corrected"],
)
def test_a_road_that_the_clock_chose_is_told_as_it_went(rating: int, asked: bool, minutes: int, is_told: bool) -> None:
    """Unhappy people are asked what they use instead while more than five of fifteen minutes are left."""
    base = session(
        event("consent", True, "Yes", 1),
        event("part", "build", "build", 2),
        *(event(name, "x", "x", 3) for name in ("role", "years", "goals", "works_well", "pains")),
        event("rating", rating, "three", 4),
    )
    turns = (Turn(slot=4, utterance="three", topic="alternatives" if asked else "rating"),)
    state = replace(base.base, started_at=0.0)
    held = replace(base, base=state, log=turns, time=TalkTime(clock_s=60.0 * minutes))
    assert ("alternatives" in road_of(shipped("stakeholder"), held)) == is_told


def test_the_transcript_has_what_only_the_platform_heard() -> None:
    held = replace(session(said=("Yes.",)), missed=("And I'm Sam.",))
    assert transcript(held)[-1] == {"role": "user", "text": "And I'm Sam.", "turn": 2}
