"""Code reads simple answers: tables of what was said, what was asked, and what must come out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webhook.interview import facts as facts_module
from webhook.interview.flow import Arrow, Ending, Flow, Persona, SaidAs, Slot, SlotType, Text, Topic
from webhook.interview.history import normalise
from webhook.interview.reading import read
from webhook.interview.understanding import Signal, Understanding

NOTHING = object()


def slot(name: str, kind: SlotType, **options: Any) -> Slot:
    return Slot(name=name, type=kind, topic="talk", **options)


SLOTS = {
    s.name: s
    for s in (
        slot("consent", SlotType.YES_NO, may_refuse=False),
        slot("name", SlotType.TEXT, private=True, about="First name or nickname"),
        slot("age", SlotType.WHOLE_NUMBER, min=1, max=120),
        slot("household", SlotType.WHOLE_NUMBER, min=0, max=20),
        slot("distance", SlotType.NUMBER),
        slot("degrees", SlotType.NUMBER, min=-50),
        slot("interests", SlotType.LIST, at_least=1, at_most=6),
        slot("home_area", SlotType.TEXT),
        slot("tenure", SlotType.CHOICE, values=("rent", "own", "with_family", "other")),
        slot("housing_cost", SlotType.MONEY, per="month", private=True),
        slot("budget", SlotType.MONEY),
        slot("eating_style", SlotType.CHOICE, values=("cook", "eat_out", "delivery", "mixed")),
        slot("transport", SlotType.CHOICES, values=("car", "public", "bike", "walk", "taxi", "other")),
        slot("fitness", SlotType.TEXT),
        slot(
            "entertainment",
            SlotType.CHOICES,
            values=("streaming", "gaming", "music", "reading", "going_out", "sport", "other"),
        ),
        slot("subscriptions", SlotType.LIST, of=(("service", SlotType.TEXT), ("monthly_cost", SlotType.MONEY))),
        slot("scores", SlotType.LIST, of=SlotType.WHOLE_NUMBER),
        slot("pets", SlotType.LIST),
        slot("travel_style", SlotType.CHOICE, values=("budget", "comfort", "luxury", "rarely_travel")),
        slot("summary_ok", SlotType.YES_NO),
        slot("secret_choice", SlotType.CHOICE, values=("gamble", "save"), private=True),
        slot("wohnen", SlotType.CHOICE, values=("miete", "eigentum", "bei_der_familie")),
        slot("verkehr", SlotType.CHOICES, values=("auto", "bahn", "fahrrad", "zu_fuss")),
        slot("alter", SlotType.WHOLE_NUMBER, min=1, max=120),
        slot("miete", SlotType.MONEY, per="Monat"),
    )
}
FLOW = Flow(
    id="talk",
    version=1,
    title="Talk",
    languages=("en", "de"),
    start="talk",
    persona="mia",
    personas={"mia": Persona(id="mia", name="Mia", style=Text.plain("Warm."))},
    topics={"talk": Topic(id="talk", fallback=Text.plain("Yes?"), follow_up=(Arrow(end="completed"),))},
    slots=SLOTS,
    endings={"completed": Ending(id="completed")},
)
ANY_CHANGE = "Is there anything you would like to change or add before we finish?"
FIT = "Do you do anything to keep fit?"


def hear(utterance: str, asked: str | None, question: str = "", language: str = "en", **more: Any) -> Understanding:
    understood = read(
        FLOW, utterance, asked=SLOTS[asked] if asked else None, question=question, language=language, **more
    )
    assert understood.source == "reading"
    for heard in understood.facts:
        assert heard.words
        assert heard.words in normalise(utterance)
    return understood


def value_of(understood: Understanding, asked: str) -> Any:
    return next((h.value for h in understood.facts if h.slot == asked), NOTHING)


def check(utterance: str, asked: str, expected: Any, question: str = "", language: str = "en") -> None:
    found = value_of(hear(utterance, asked, question, language), asked)
    assert found == expected
    assert type(found) is type(expected)


# numbers


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("34", 34),
        ("34.", 34),
        ("I'm 34", 34),
        ("I am thirty-four", 34),
        ("thirty four", 34),
        ("I'm thirty-four years old.", 34),
        ("Thirty-four, sorry, thirty-five", 35),
        ("34, no, 35", 35),
        ("34, why?", 34),
        ("a hundred and five", 105),
        ("one hundred", 100),
        ("Hold on, it's thirty four", 34),
        ("i'm 34 i think", 34),
        ("Sorry, I'm 34", 34),
        ("I just turned 18", 18),
        ("not 35, 34", 34),
    ],
)
def test_an_age_is_read(utterance: str, expected: int) -> None:
    check(utterance, "age", expected)


@pytest.mark.parametrize(
    "utterance",
    [
        "born in 1991",
        "I'm 34, not 35",
        "I'll be 35 next year, so 34",
        "turning 35 next month, I'm 34 now",
        "I have 2 kids and I'm 34",
        "34, and I've got 2 kids",
        "around forty",
        "thirty-ish",
        "I'm not sure, maybe 30",
        "I'm 17, turning 18 in May",
        "I'm 34, 35 in March",
        "34. Something else?",
        "seventeen and a half",
        "I'm 17 and a half",
        "250",
        "I was born in ninety one",
        "1991",
        "I'm in my 30s",
        "in my thirties",
        "thirty to forty",
        "between 30 and 40",
        "30-40",
        "30 or 31",
        "almost 35",
        "over forty",
        "my 35th birthday was yesterday",
        "my thirty-fifth birthday",
        "twelve fifty",
        "at 12:30",
        "old enough",
        "a couple of years",
        "no one asks me that",
        "I have 2 kids and 3 dogs",
        "I'll be 35 next year",
        "Is this going to take 10 minutes?",
        "I'm not eighteen yet",
        "I'm not 18",
        "not yet 18",
        "I'm not quite 18",
        "I turn 18 in May",
        "I'm 18 in May",
        "I'm 18 in two weeks",
        "In two weeks I'm 18",
        "18 in 3 months",
        "I'll be 18 in March",
        "going on 18",
        "I'm under eighteen",
        "nearly 18",
        "Thirty-something",
        "thirty odd",
    ],
)
def test_what_is_no_clear_age_is_left_unread(utterance: str) -> None:
    check(utterance, "age", NOTHING)


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("forty three point five", "distance", 43.5),
        ("43.5", "distance", 43.5),
        ("two and a half", "distance", 2.5),
        ("4 in a month", "distance", NOTHING),
        ("two thousand", "distance", 2000),
        ("1,200", "distance", 1200),
        ("twelve hundred", "distance", 1200),
        ("two thousand five hundred and six", "distance", 2506),
        ("3 million", "distance", 3_000_000),
        ("minus five", "degrees", -5),
        ("-5", "degrees", -5),
        ("-5", "distance", NOTHING),
        ("nine hundred ninety nine thousand", "distance", 999_000),
        ("half a million", "distance", NOTHING),
        ("zero", "distance", 0),
        ("zero point two five", "distance", 0.25),
        ("a million and one", "distance", 1_000_001),
        ("2 thousand 500", "distance", NOTHING),
        ("twenty 5", "distance", NOTHING),
        ("five six", "distance", NOTHING),
        ("a couple of hundred", "distance", NOTHING),
        ("1,20", "distance", NOTHING),
        ("three", "household", 3),
        ("just one", "household", 1),
        ("one", "household", 1),
        ("none", "household", 0),
        ("nothing", "age", NOTHING),
        ("one of my friends said something", "household", NOTHING),
        ("12345678901234567890123456789", "distance", NOTHING),
    ],
)
def test_numbers_in_figures_and_words(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected)


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("800", 800),
        ("£800", 800),
        ("800 €", 800),
        ("$1,200.50", 1200.5),
        ("eight hundred pounds", 800),
        ("1.2k", 1200),
        ("2k", 2000),
        ("about 1,200 euros a month", 1200),
        ("it's about 800 I think", 800),
        ("twelve pounds fifty", 12.5),
        ("twelve pounds and fifty pence", 12.5),
        ("I share with 2 flatmates and pay 800 pounds", NOTHING),
        ("two and a half thousand", 2500),
        ("five grand", 5000),
        ("twelve fifty", NOTHING),
        ("two hundred pounds a week", NOTHING),
        ("800 to 900", NOTHING),
        ("between eight and nine hundred", NOTHING),
        ("my 2 flatmates pay 800 and the 3 of us share", NOTHING),
        ("too much", NOTHING),
    ],
)
def test_money_by_the_month(utterance: str, expected: Any) -> None:
    check(utterance, "housing_cost", expected)


# yes and no


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("yes", True),
        ("Yes, go ahead.", True),
        ("yeah", True),
        ("Yep!", True),
        ("sure", True),
        ("of course", True),
        ("Okay", True),
        ("that's fine", True),
        ("happy to", True),
        ("I'd be happy to", True),
        ("yes please", True),
        ("Um, yeah, sure, why not", True),
        ("Yes, no problem", True),
        ("no problem", True),
        ("I don't mind", True),
        ("Yes, but is it recorded?", NOTHING),
        ("no", False),
        ("Nope.", False),
        ("not really", False),
        ("rather not", False),
        ("no thanks", False),
        ("No, I'm not interested", False),
        ("absolutely not", False),
        ("I don't think so", False),
        ("yes and no", NOTHING),
        ("no, that's fine", NOTHING),
        ("yes but not now", NOTHING),
        ("I'd love to but I can't talk", NOTHING),
        ("I'd love to but I can't", NOTHING),
        ("hmm okay", True),
        ("yeah I don't want that", NOTHING),
        ("maybe", NOTHING),
        ("my mother used to sing", NOTHING),
        ("", NOTHING),
        ("...", NOTHING),
    ],
)
def test_consent_is_a_clear_yes_or_no(utterance: str, expected: Any) -> None:
    check(utterance, "consent", expected, "Are you happy to start the interview?")


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("No", True),
        ("no thanks", True),
        ("Nope, all good", True),
        ("not really", True),
        ("No, nothing to add", True),
        ("no nothing is wrong", True),
        ("nothing", True),
        ("all good", True),
        ("That's right.", True),
        ("sounds right", True),
        ("correct", True),
        ("perfect", True),
        ("nothing to add", True),
        ("No, that's all", True),
        ("yes", False),
        ("Yes, the rent is wrong", False),
        ("The age is wrong", False),
        ("no, that's not right", False),
        ("not right", False),
        ("I'd like to change my age", False),
        ("yes, that's all correct", NOTHING),
        ("yes that's right", NOTHING),
        ("Looks good to me", True),
        ("I can't think of anything", True),
        ("the weather is nice", NOTHING),
        ("Is anything wrong?", NOTHING),
    ],
)
def test_no_to_anything_to_change_means_content(utterance: str, expected: Any) -> None:
    check(utterance, "summary_ok", expected, ANY_CHANGE)


@pytest.mark.parametrize(
    ("question", "utterance", "expected"),
    [
        ("Did I get anything wrong?", "no", True),
        ("Is something missing?", "yes", False),
        ("Is that correct?", "yes", True),
        ("Is that correct?", "no", False),
        ("Does that sound right, or is there anything you would change?", "no", NOTHING),
        ("Does that sound right, or is there anything you would change?", "yes", NOTHING),
        ("Does that sound right, or is there anything you would change?", "sounds right", True),
        ("Do you mind being recorded?", "no", True),
        ("Do you mind being recorded?", "not at all", True),
        ("Do you mind being recorded?", "yes", NOTHING),
        ("You rent. Is there anything to correct?", "No.", True),
        ("Anything to add? Then let us finish. Are you ready?", "yes", True),
    ],
)
def test_the_question_decides_which_way_a_bare_answer_points(question: str, utterance: str, expected: Any) -> None:
    check(utterance, "summary_ok", expected, question)


# choices


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("I rent", "tenure", "rent"),
        ("renting", "tenure", "rent"),
        ("Rented.", "tenure", "rent"),
        ("RENT", "tenure", "rent"),
        ("we own our place", "tenure", "own"),
        ("I'm a home owner", "tenure", "own"),
        ("with my family", "tenure", "with_family"),
        ("with family", "tenure", "with_family"),
        ("with_family", "tenure", "with_family"),
        ("I rent with my family", "tenure", NOTHING),
        ("I don't own, I rent", "tenure", "rent"),
        ("No, I rent", "tenure", "rent"),
        ("I'd like to own one day but I rent", "tenure", NOTHING),
        ("on the other hand, I rent", "tenure", NOTHING),
        ("rent or own", "tenure", NOTHING),
        ("I don't rent", "tenure", NOTHING),
        ("I live on my own", "tenure", NOTHING),
        ("I used to rent", "tenure", NOTHING),
        ("apparently", "tenure", NOTHING),
        ("mostly cooking", "eating_style", "cook"),
        ("eating out", "eating_style", "eat_out"),
        ("we eat mostly out", "eating_style", "eat_out"),
        ("I get it delivered", "eating_style", "delivery"),
        ("a mix", "eating_style", "mixed"),
        ("cheap trips", "travel_style", NOTHING),
        ("I rarely travel", "travel_style", "rarely_travel"),
        ("comfortable", "travel_style", "comfort"),
        ("cook during the week and order in at weekends", "eating_style", NOTHING),
        ("I cook, and order in at weekends", "eating_style", NOTHING),
        ("we order in at weekends or cook", "eating_style", NOTHING),
        ("I cook and get takeaways", "eating_style", NOTHING),
        ("I cook and I eat out", "eating_style", NOTHING),
        ("a mix of cooking and eating out", "eating_style", NOTHING),
        ("I cook for my wife and son", "eating_style", NOTHING),
        ("I cook, and that's it", "eating_style", "cook"),
        ("I rent, and one day I'd like to own", "tenure", NOTHING),
        ("I live with my mum and dad, we rent", "tenure", NOTHING),
    ],
)
def test_one_of_the_values(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected)


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("by bike", "transport", ["bike"]),
        ("by bike and the bus", "transport", NOTHING),
        ("I walk, or take the car", "transport", ["walk", "car"]),
        ("public transport", "transport", ["public"]),
        ("no car, just the bike", "transport", ["bike"]),
        ("not by car", "transport", NOTHING),
        ("I don't care", "transport", NOTHING),
        ("I just read", "entertainment", ["reading"]),
        ("games and some music", "entertainment", ["gaming", "music"]),
        ("I go out a lot", "entertainment", ["going_out"]),
        ("nothing", "transport", []),
        ("other", "transport", ["other"]),
        ("Train to work, and I walk the dog", "transport", NOTHING),
        ("I don't own a car, and I take the bike", "transport", ["bike"]),
        ("I take the bike and sometimes the car", "transport", ["bike", "car"]),
    ],
)
def test_all_the_values_in_the_order_in_which_they_were_said(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected)


_REASON = slot(
    "reason",
    SlotType.CHOICE,
    values=("manager", "pay", "other"),
    said_as=(
        SaidAs("manager", "en", ("boss", "supervisor")),
        SaidAs("manager", "de", ("Chef", "Vorgesetzte")),
        SaidAs("pay", "de", ("Gehalt", "zu wenig Geld")),
    ),
)


@pytest.mark.parametrize(
    ("utterance", "language", "expected"),
    [
        ("My boss.", "en", "manager"),
        ("It was my supervisor, to be honest", "en", "manager"),
        ("Mein Chef", "de", "manager"),
        ("Das Gehalt.", "de", "pay"),
        ("zu wenig Geld", "de", "pay"),
        ("Mein Chef und das Gehalt", "de", NOTHING),
        ("Chef", "en", NOTHING),
        ("the first one", "en", "manager"),
        ("the last one", "en", "other"),
    ],
)
def test_a_value_is_known_by_the_words_the_flow_gives_it(utterance: str, language: str, expected: Any) -> None:
    question = "Was it your manager, the pay, or something other?"
    understood = read(FLOW, utterance, asked=_REASON, question=question, language=language)
    assert value_of(understood, "reason") == expected


# free text and lists


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("Sam", "name", "Sam"),
        ("my name is Sam", "name", "Sam"),
        ("My name's Sam.", "name", "Sam"),
        ("I'm Sam", "name", "Sam"),
        ("I’m Sam!", "name", "Sam"),
        ("just call me Sam, please", "name", "Sam"),
        ("Yes, it's Sam", "name", "Sam"),
        ("Well, um, Sam", "name", "Sam"),
        ("Sam?", "name", "Sam"),
        ("Hi, I'm Sam, nice to meet you", "name", "Sam"),
        ("My name is Sam and I live in Leeds", "name", NOTHING),
        ("No problem, it's Sam", "name", "Sam"),
        ("Sam. And you?", "name", "Sam"),
        ("I'm good thanks", "name", NOTHING),
        ("I live in", "home_area", NOTHING),
        ("Jean-Luc O'Neill", "name", "Jean-Luc O'Neill"),
        ("it's Leeds", "home_area", "Leeds"),
        ("I live in Leeds", "home_area", "Leeds"),
        ("in Leeds", "home_area", "Leeds"),
        ("I'm mostly into running with friends", "fitness", "I'm mostly into running with friends"),
        ("gym", "fitness", "gym"),
        ("What I like most is chess", "fitness", "What I like most is chess"),
        ("yes", "name", NOTHING),
        ("no", "name", NOTHING),
        ("hello?", "name", NOTHING),
        ("um", "name", NOTHING),
        ("[inaudible]", "name", NOTHING),
        ("Hold on, the door", "name", NOTHING),
        ("Who gets to hear this?", "name", NOTHING),
        ("I already told you", "name", NOTHING),
        ("You can just say Mrs", "name", NOTHING),
        ("You can just say Sam", "name", "Sam"),
        ("Mrs Brown", "name", "Mrs Brown"),
        ("It's with a K", "name", NOTHING),
        ("whatever you like", "name", NOTHING),
        ("call me whatever you like", "name", NOTHING),
        ("It doesn't matter", "name", NOTHING),
        ("It's Katharina with a K", "name", "Katharina"),
        ("I'm Sam and I live in Leeds", "name", NOTHING),
        ("Leeds, to be honest", "home_area", "Leeds"),
        ("I've just moved to Bristol from London", "home_area", "I've just moved to Bristol from London"),
        ("Well, we moved to New York last year", "home_area", "Well, we moved to New York last year"),
        ("I moved from London to Bristol", "home_area", "I moved from London to Bristol"),
        ("I've moved to a village", "home_area", "I've moved to a village"),
        ("I moved to weights from running", "fitness", "I moved to weights from running"),
        ("gym, I guess", "fitness", "gym, I guess"),
    ],
)
def test_free_text_without_its_lead_in(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected, "What should I call you?")


def test_a_plain_no_is_an_answer_where_the_question_allows_one() -> None:
    check("No.", "fitness", "No", FIT)
    check("Not really.", "fitness", "Not really", FIT)
    check("Yes.", "fitness", NOTHING, FIT)


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("Nothing, really", "Nothing, really"),
        ("nothing really", "nothing really"),
        ("nope, nothing", "nope, nothing"),
        ("nothing, to be honest", "nothing, to be honest"),
        ("Never.", "Never"),
        ("Not really.", "Not really"),
    ],
)
def test_nothing_is_an_answer_to_an_open_question(utterance: str, expected: str) -> None:
    check(utterance, "fitness", expected, "What, if anything, do you do to stay active?")
    check(utterance, "fitness", expected, "What do you do to stay active?")


def test_long_text_is_kept_whole() -> None:
    said = "running " * 3000
    assert value_of(hear(said, "fitness"), "fitness") == said.strip()


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("chess", "interests", ["chess"]),
        ("Reading, cooking and hiking.", "interests", ["Reading", "cooking", "hiking"]),
        ("I like chess and also a bit of gardening", "interests", ["chess", "gardening"]),
        (
            "I like long walks with my dog in the park, and reading",
            "interests",
            ["I like long walks with my dog in the park, and reading"],
        ),
        ("chess because it is calm", "interests", ["chess because it is calm"]),
        ("chess, but not football", "interests", ["chess"]),
        ("I don't know, reading and cooking", "interests", ["reading", "cooking"]),
        ("chess, that's all", "interests", ["chess"]),
        ("nothing", "interests", NOTHING),
        ("I don't really have free time, to be honest", "interests", NOTHING),
        ("to be honest, chess, you know, and music, I guess", "interests", ["chess", "music"]),
        ("chess to be honest", "interests", ["chess"]),
        ("none, to be honest", "pets", []),
        ("I don't have any hobbies", "interests", NOTHING),
        ("none", "pets", []),
        ("No, nothing", "pets", []),
        ("a cat and a dog", "pets", ["cat", "dog"]),
        ("3, 5 and seven", "scores", [3, 5, 7]),
        ("twenty, five and 30, 5", "scores", [20, 5, 30, 5]),
    ],
)
def test_lists_are_cut_at_commas_and_and(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected)


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("Netflix for 11 and Spotify", [{"service": "Netflix", "monthly_cost": 11}, {"service": "Spotify"}]),
        ("Netflix", [{"service": "Netflix"}]),
        ("I have Netflix, which is £11.99 a month", [{"service": "Netflix", "monthly_cost": 11.99}]),
        (
            "Netflix, 11, Spotify, nine pounds",
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "Spotify", "monthly_cost": 9}],
        ),
        (
            "eleven pounds for Netflix and a hundred and five for the gym",
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "gym", "monthly_cost": 105}],
        ),
        ("none", []),
        ("I don't have any", []),
        ("no", []),
        ("that's all", []),
        ("eleven", NOTHING),
        ("Microsoft 365", [{"service": "Microsoft 365"}]),
        ("I've got two, Netflix and Disney plus", [{"service": "Netflix"}, {"service": "Disney plus"}]),
        (
            "I have Netflix for eleven pounds a month, and Spotify for nine ninety nine",
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "Spotify"}],
        ),
        ("my wife pays for everything", NOTHING),
        ("None at the moment", []),
        ("Spotify for a tenner", [{"service": "Spotify"}]),
        ("Spotify, a tenner", [{"service": "Spotify"}]),
        (
            "Netflix for a few quid a month and Disney for 8",
            [{"service": "Netflix"}, {"service": "Disney", "monthly_cost": 8}],
        ),
    ],
)
def test_things_with_a_price(utterance: str, expected: Any) -> None:
    check(utterance, "subscriptions", expected)


# refusals and not knowing


@pytest.mark.parametrize(
    ("utterance", "asked"),
    [
        ("I'd rather not say.", "age"),
        ("I’d rather not say", "age"),
        ("I would rather not answer that", "housing_cost"),
        ("no comment", "age"),
        ("skip", "name"),
        ("Can we skip this one?", "age"),
        ("next question please", "interests"),
        ("pass", "fitness"),
        ("none of your business", "name"),
        ("prefer not to", "age"),
        ("I prefer not to say", "tenure"),
        ("I don't want to talk about money", "housing_cost"),
        ("I'd rather not say, they asked me 3 times", "household"),
    ],
)
def test_a_refusal_is_heard(utterance: str, asked: str) -> None:
    understood = hear(utterance, asked)
    assert understood.refused == (asked,)
    assert not understood.facts
    assert not understood.unknown


@pytest.mark.parametrize(
    ("utterance", "asked"),
    [
        ("I'd rather not drive, so the bike", "transport"),
        ("I usually pass the park and then skip the last bus to walk home", "fitness"),
        ("rather not", "consent"),
        ("no", "consent"),
    ],
)
def test_an_answer_is_no_refusal(utterance: str, asked: str) -> None:
    assert hear(utterance, asked).refused == ()


@pytest.mark.parametrize(
    ("utterance", "asked"),
    [
        ("I don't know", "age"),
        ("no idea", "housing_cost"),
        ("I'm not sure", "consent"),
        ("Honestly, I can't remember.", "home_area"),
        ("um, I really don't know", "interests"),
        ("hard to say", "tenure"),
    ],
)
def test_not_knowing_is_heard(utterance: str, asked: str) -> None:
    understood = hear(utterance, asked)
    assert understood.unknown == (asked,)
    assert not understood.facts
    assert not understood.refused


def test_nothing_is_refused_or_unknown_when_nothing_was_asked() -> None:
    assert hear("I'd rather not say", None) == Understanding(source="reading")
    assert hear("I don't know", None) == Understanding(source="reading")


# signals


@pytest.mark.parametrize(
    ("utterance", "signal"),
    [
        ("I want to stop", Signal.STOP),
        ("No, I want to stop now, please.", Signal.STOP),
        ("end the call", Signal.STOP),
        ("goodbye", Signal.STOP),
        ("that's enough, stop", Signal.STOP),
        ("Sorry, I have to go", Signal.STOP),
        ("pardon?", Signal.REPEAT),
        ("Can you say that again please?", Signal.REPEAT),
        ("what was the question", Signal.REPEAT),
        ("sorry?", Signal.REPEAT),
        ("What?", Signal.REPEAT),
        ("I didn't catch that", Signal.REPEAT),
        ("hold on", Signal.WAIT),
        ("One moment please.", Signal.WAIT),
        ("give me a second", Signal.WAIT),
        ("Hmm, let me think", Signal.WAIT),
        ("Why do you need that?", Signal.QUESTION),
        ("who is going to hear this", Signal.QUESTION),
        ("is this a robot", Signal.QUESTION),
        ("Are you a real person?", Signal.QUESTION),
        ("I want to die", Signal.DISTRESS),
        ("honestly I've been thinking about killing myself lately and nobody knows", Signal.DISTRESS),
        ("I feel suicidal", Signal.DISTRESS),
        ("I don’t want to live any more", Signal.DISTRESS),
        ("my husband hits me", Signal.DISTRESS),
        ("I can't go on any more", Signal.DISTRESS),
        ("I can't go on like this", Signal.DISTRESS),
        ("I don't want to go on living", Signal.DISTRESS),
        ("I want to kill myself", Signal.DISTRESS),
        ("I can't go on like this, the rent is killing me, I want to die", Signal.DISTRESS),
        ("I cut my wrists last night", Signal.DISTRESS),
        ("I took all the tablets", Signal.DISTRESS),
        ("sometimes I just want to disappear", Signal.DISTRESS),
        ("my boyfriend strangles me", Signal.DISTRESS),
        ("I'm bleeding", Signal.DISTRESS),
        ("I'll kill you", Signal.THREAT),
        ("I'm going to hurt you", Signal.THREAT),
        ("there is a bomb in the building", Signal.THREAT),
    ],
)
@pytest.mark.parametrize("asked", ["age", "tenure", "fitness", "subscriptions", "consent", None])
def test_a_wish_or_a_danger_is_heard_whatever_was_asked(utterance: str, signal: Signal, asked: str | None) -> None:
    understood = hear(utterance, asked)
    assert understood.signals == {signal}
    assert not understood.facts
    assert not understood.refused
    assert not understood.unknown


@pytest.mark.parametrize(
    ("utterance", "language"),
    [
        ("Let me think for a moment.", "en"),
        ("Hold on a second please.", "en"),
        ("Can you wait a second?", "en"),
        ("I need to think about that for a bit", "en"),
        ("hold on while I close the door", "en"),
        ("Bear with me, I'll be right back", "en"),
        ("Lassen Sie mich kurz nachdenken.", "de"),
        ("Da muss ich mal kurz überlegen", "de"),
        ("Kleinen Moment, bin gleich wieder da", "de"),
    ],
)
@pytest.mark.parametrize("asked", ["name", "interests", "home_area"])
def test_who_asks_us_to_wait_has_told_nothing(utterance: str, language: str, asked: str) -> None:
    understood = hear(utterance, asked, language=language)
    assert understood.signals == {Signal.WAIT}
    assert not understood.facts


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("let me see I'm thirty four", "age", 34),
        ("hang on, 34", "age", 34),
        ("Just a bit of yoga", "fitness", "Just a bit of yoga"),
        ("I wait for the bus", "fitness", "I wait for the bus"),
        ("one minute plank", "fitness", "one minute plank"),
    ],
)
def test_an_answer_beside_the_words_of_waiting_is_an_answer(utterance: str, asked: str, expected: Any) -> None:
    assert value_of(hear(utterance, asked), asked) == expected


@pytest.mark.parametrize(
    ("utterance", "asked"),
    [
        ("I want to stop smoking", "fitness"),
        ("I have to go to work by car", "transport"),
        ("I repeat the same three exercises", "fitness"),
        ("I wait for the bus", "transport"),
        ("my commute is killing my mood", "fitness"),
        ("I loved Suicide Squad", "entertainment"),
        ("What I like is walking", "fitness"),
        ("Leeds?", "home_area"),
        ("34?", "age"),
        ("I'm dying to see Japan", "fitness"),
        ("the gym kills me", "fitness"),
        ("I can't go on like this, the rent is killing me", "fitness"),
        ("I can't go on like this with my job", "fitness"),
        ("I took my tablets and went for a run", "fitness"),
        ("I cut my hair and hang my washing out myself", "fitness"),
    ],
)
def test_ordinary_answers_carry_no_signal(utterance: str, asked: str) -> None:
    assert hear(utterance, asked).signals == frozenset()


def test_danger_is_heard_at_the_end_of_a_very_long_utterance_and_in_another_language() -> None:
    assert hear("la la la " * 3000 + "I want to kill myself", "name").signals == {Signal.DISTRESS}
    assert hear("ich will nicht mehr leben", "name", language="en").signals == {Signal.DISTRESS}
    assert hear("I want to die", "name", language="fr").signals == {Signal.DISTRESS}


def test_a_value_beside_a_question_counts_and_the_question_is_let_go() -> None:
    understood = hear("34. Why do you ask?", "age")
    assert value_of(understood, "age") == 34
    assert understood.signals == frozenset()


# beyond the question


def test_a_statement_about_another_slot_is_taken_in_passing() -> None:
    understood = hear("I'm Sam, I'm 34 years old, and I rent", "name", open_slots={"age", "tenure", "housing_cost"})
    assert {h.slot: h.value for h in understood.facts} == {"name": "Sam", "age": 34, "tenure": "rent"}


@pytest.mark.parametrize(
    "utterance",
    [
        "My dog is 3 years old",
        "I own a dog",
        "I rent a car sometimes",
        "I have 34 plants",
        "My flat is my own",
        "I gamble",
        "I am on a budget",
    ],
)
def test_nothing_that_could_mean_something_else_is_taken_in_passing(utterance: str) -> None:
    understood = hear(utterance, "fitness", open_slots=set(SLOTS) - {"fitness"})
    assert [h.slot for h in understood.facts] == ["fitness"]


def test_nothing_is_taken_in_passing_beside_words_that_are_not_understood() -> None:
    assert hear("I rent. Well, the thing with my landlord is a long story", "age", open_slots={"tenure"}).facts == ()
    assert value_of(hear("I rent, and 34", "age", open_slots={"tenure"}), "age") == NOTHING


def test_only_open_slots_are_filled_in_passing_and_never_a_private_one() -> None:
    assert hear("I rent", None).facts == ()
    assert hear("I gamble", None, open_slots={"secret_choice"}).facts == ()
    assert value_of(hear("I rent", None, open_slots={"tenure"}), "tenure") == "rent"


# fullness


@pytest.mark.parametrize(
    ("utterance", "asked", "fullness"),
    [
        ("chess", "interests", "thin"),
        ("gym", "fitness", "thin"),
        ("I play chess in a club on Mondays", "interests", "fine"),
        ("34", "age", "fine"),
        ("rent", "tenure", "fine"),
        ("skip", "interests", "fine"),
    ],
)
def test_a_few_words_are_a_thin_answer_to_an_open_question(utterance: str, asked: str, fullness: str) -> None:
    assert hear(utterance, asked).fullness == fullness


# German


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("vierunddreißig", "alter", 34),
        ("Ich bin vierunddreissig Jahre alt.", "alter", 34),
        ("ich bin 34", "alter", 34),
        ("hunderteins", "alter", 101),
        ("einundzwanzig", "alter", 21),
        ("ich bin 1991 geboren", "alter", NOTHING),
        ("Jahrgang 91", "alter", NOTHING),
        ("eine Frage", "alter", NOTHING),
        ("ich bin noch nicht achtzehn", "alter", NOTHING),
        ("18 in zwei Wochen", "alter", NOTHING),
        ("ich bin im Mai 18", "alter", NOTHING),
        ("Ende dreißig", "alter", NOTHING),
        ("siebzehneinhalb", "alter", NOTHING),
        ("zwischen 30 und 40", "alter", NOTHING),
        ("zweitausenddreihundert", "distance", 2300),
        ("zwei tausend", "distance", 2000),
        ("eintausendfünfhundert", "distance", 1500),
        ("dreihundertfünfundvierzig", "distance", 345),
        ("dreiundvierzig Komma fünf", "distance", 43.5),
        ("43,5", "distance", 43.5),
        ("1.200", "distance", 1200),
        ("zweieinhalb", "distance", 2.5),
        ("eine Million", "distance", 1_000_000),
        ("etwa 800 Euro im Monat", "miete", 800),
        ("zwölf Euro fünfzig", "miete", 12.5),
        ("200 Euro pro Woche", "miete", NOTHING),
        ("ja", "consent", True),
        ("Ja, gerne.", "consent", True),
        ("klar, gerne", "consent", True),
        ("nein", "consent", False),
        ("eher nicht", "consent", False),
        ("jein", "consent", NOTHING),
        ("ich wohne zur Miete", "wohnen", "miete"),
        ("wir mieten", "wohnen", "miete"),
        ("bei der Familie", "wohnen", "bei_der_familie"),
        ("ich miete nicht", "wohnen", NOTHING),
        ("wir mieten und haben noch ein Haus", "wohnen", NOTHING),
        ("mit dem Fahrrad und zu Fuß", "verkehr", ["fahrrad", "zu_fuss"]),
        ("kein Auto, nur die Bahn", "verkehr", ["bahn"]),
        ("Ich heiße Jürgen.", "name", "Jürgen"),
        ("mein Name ist Jürgen Groß", "name", "Jürgen Groß"),
        ("ich wohne in Köln", "home_area", "Köln"),
        ("Lesen, Kochen und Wandern", "interests", ["Lesen", "Kochen", "Wandern"]),
        (
            "Netflix für 11 Euro und Spotify",
            "subscriptions",
            [{"service": "Netflix", "monthly_cost": 11}, {"service": "Spotify"}],
        ),
        ("keine", "subscriptions", []),
        ("Spotify für einen Zehner", "subscriptions", [{"service": "Spotify"}]),
        ("Schach, weißt du, und Musik, ehrlich gesagt", "interests", ["Schach", "Musik"]),
        ("Das habe ich schon gesagt", "name", NOTHING),
        ("ist mir egal", "name", NOTHING),
        ("Sagen Sie einfach Jürgen", "name", "Jürgen"),
        ("Katharina mit K", "name", "Katharina"),
    ],
)
def test_german_answers(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected, language="de")


@pytest.mark.parametrize(
    ("utterance", "expected"),
    [
        ("nein", True),
        ("Nein, alles gut", True),
        ("passt so", True),
        ("das war's", True),
        ("ja", False),
        ("das Alter ist falsch", False),
        ("das stimmt nicht", False),
    ],
)
def test_nein_means_content_when_asked_for_changes(utterance: str, expected: bool) -> None:
    check(utterance, "summary_ok", expected, "Möchten Sie noch etwas ändern oder ergänzen?", "de")


@pytest.mark.parametrize(
    ("utterance", "signal"),
    [
        ("Ich möchte aufhören", Signal.STOP),
        ("Ich möchte jetzt bitte aufhören.", Signal.STOP),
        ("auf Wiederhören", Signal.STOP),
        ("Wie bitte?", Signal.REPEAT),
        ("Können Sie das bitte wiederholen?", Signal.REPEAT),
        ("Einen Moment bitte", Signal.WAIT),
        ("Warum wollen Sie das wissen?", Signal.QUESTION),
        ("Ich will sterben", Signal.DISTRESS),
        ("Ich tue mir etwas an", Signal.DISTRESS),
        ("er würgt mich", Signal.DISTRESS),
        ("ich spring aus dem Fenster", Signal.DISTRESS),
        ("ich bringe dich um", Signal.THREAT),
    ],
)
@pytest.mark.parametrize("asked", ["alter", "fitness", "wohnen"])
def test_german_wishes(utterance: str, signal: Signal, asked: str) -> None:
    understood = hear(utterance, asked, language="de-AT")
    assert understood.signals == {signal}
    assert not understood.facts


def test_a_german_complaint_about_the_rent_is_no_distress() -> None:
    assert hear("Ich halte es nicht mehr aus, die Miete bringt mich noch ins Grab", "fitness", language="de").facts
    assert hear("Ich halte es nicht mehr aus", "fitness", language="de").signals == {Signal.DISTRESS}


def test_german_refusals_and_not_knowing() -> None:
    assert hear("Das möchte ich nicht sagen", "alter", language="de").refused == ("alter",)
    assert hear("keine Angabe", "miete", language="de").refused == ("miete",)
    assert hear("Nächste Frage, bitte", "name", language="de").refused == ("name",)
    assert hear("Keine Ahnung", "alter", language="de").unknown == ("alter",)
    assert hear("Das weiß ich nicht.", "wohnen", language="de").unknown == ("wohnen",)


# other languages


@pytest.mark.parametrize(
    ("utterance", "asked", "expected"),
    [
        ("34", "age", 34),
        ("ho 34 anni", "age", NOTHING),
        ("rent", "tenure", "rent"),
        ("renting", "tenure", NOTHING),
        ("bike, car", "transport", ["bike", "car"]),
        ("Mi chiamo Sam.", "name", "Mi chiamo Sam"),
        ("leggere, cucinare", "interests", ["leggere", "cucinare"]),
        ("sì", "consent", NOTHING),
        ("trentaquattro", "age", NOTHING),
    ],
)
def test_an_unknown_language_is_read_by_figures_values_and_text(utterance: str, asked: str, expected: Any) -> None:
    check(utterance, asked, expected, language="it")


# the whole road, and any text


def test_a_whole_call_without_a_model_is_read_word_by_word() -> None:
    said = [
        ("consent", "yes", True),
        ("name", "Sam", "Sam"),
        ("age", "34", 34),
        ("interests", "chess", ["chess"]),
        ("home_area", "Leeds", "Leeds"),
        ("tenure", "I rent", "rent"),
        ("eating_style", "mostly cooking", "cook"),
        ("transport", "by bike", ["bike"]),
        ("fitness", "gym", "gym"),
        ("entertainment", "I just read", ["reading"]),
        ("travel_style", "cheap trips", NOTHING),
    ]
    for asked, utterance, expected in said:
        check(utterance, asked, expected)
    check("all good", "summary_ok", True, ANY_CHANGE)


@pytest.mark.parametrize(
    ("utterance", "asked"),
    [
        ("I'm 34", "age"),
        ("it's £800 a month", "housing_cost"),
        ("I rent", "tenure"),
        ("Netflix for 11 and Spotify", "subscriptions"),
        ("I like chess, and O'Brien's pub", "interests"),
        ("Yes, of course", "consent"),
    ],
)
def test_what_is_read_passes_the_check_of_the_facts(utterance: str, asked: str) -> None:
    applied = facts_module.apply(FLOW, {}, hear(utterance, asked), utterance=utterance, turn=1, asked={asked})
    assert [event.slot for event in applied.events] == [asked]
    assert not applied.bad


_WORDS = [
    "i'm",
    "34",
    "30s",
    "one",
    "hundred",
    "and",
    "five",
    "point",
    "thousand",
    "a",
    "half",
    "to",
    "between",
    "£",
    "1.2k",
    "1,2",
    "no",
    "yes",
    "not",
    "that's",
    "all",
    "good",
    "rent",
    "own",
    "with",
    "family",
    "?",
    ".",
    ",",
    "-",
    "because",
    "but",
    "vierunddreißig",
    "tausend",
    "ein",
    "eine",
    "Million",
    "komma",
    "zwölf",
    "Euro",
    "fünfzig",
    "skip",
    "stop",
    "what",
    "sorry",
]
_ANY_TEXT = st.one_of(st.text(), st.lists(st.sampled_from(_WORDS), max_size=25).map(" ".join))


@settings(max_examples=300, derandomize=True)
@given(
    utterance=_ANY_TEXT,
    question=st.sampled_from(["", ANY_CHANGE, FIT]),
    asked=st.sampled_from([None, *SLOTS]),
    language=st.sampled_from(["en", "de", "fr", ""]),
)
def test_no_text_whatever_raises_and_every_quote_is_verbatim(
    utterance: str, question: str, asked: str | None, language: str
) -> None:
    understood = hear(utterance, asked, question, language, open_slots=frozenset(SLOTS))
    assert {h.slot for h in understood.facts} <= set(SLOTS)
    assert understood.fullness in ("thin", "fine")


@pytest.mark.parametrize(
    "piece", ["a ", "1.", "one hundred and ", "no, ", "'", "1 ", "eins", "ja ja ", "?", "ein und ", "£1,"]
)
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_long_repetitive_text_is_read_to_the_end(piece: str, language: str) -> None:
    utterance = piece * (32_768 // len(piece))
    for asked in ("age", "housing_cost", "fitness", "subscriptions", "transport", "summary_ok"):
        hear(utterance, asked, ANY_CHANGE, language)


def test_a_slot_without_values_or_fields_reads_nothing() -> None:
    bare = replace(SLOTS["tenure"], values=())
    assert read(FLOW, "rent", asked=bare).facts == ()
