"""Danger: looked for by code in the words of every turn; doubtful words are asked about once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.danger_table import DANGER, Row, of_danger, tables
from tests.interview.calls import EVERYTHING, NOON, NOTHING, ROOT, Call, given, lifestyle, understood
from tests.interview.reported import event, session
from tests.test_histories import agent, talk
from webhook.interview import moves, turns
from webhook.interview.facts import TOGETHER
from webhook.interview.flow import SafetyRule, Text
from webhook.interview.foresight import foresee
from webhook.interview.lines import Line, line
from webhook.interview.listening import read_in_code
from webhook.interview.moves import MoveKind, State, absorb, take_back
from webhook.interview.reading.danger import danger_in, says_safe
from webhook.interview.reading.danger_words import KNOWN
from webhook.interview.relistening import DANGER_AFTERWARDS, relistened
from webhook.interview.report import build
from webhook.interview.session import SessionStatus, Turn
from webhook.interview.understanding import Heard, Signal, Understanding

FLOW = lifestyle()
K = MoveKind
SAM = {"consent": True, "name": "Sam", "age": 34}
DIE, DOUBT, SAFE = "I want to die.", "I can't go on like this.", "Yes, I'm safe, just a figure of speech."
SIGN = Understanding(signals=frozenset({Signal.DISTRESS}))
LISTENED, READ = Understanding(), Understanding(source="reading")


def asked() -> Call:
    """A call in which somebody was asked whether they are safe."""
    call = given(**SAM).hear(NOTHING, DOUBT)
    assert call.move.kind is K.SAFETY_CHECK
    return call


# The words


@pytest.mark.parametrize("row", DANGER, ids=lambda row: f"{row.language}-{row.words}")
def test_danger_is_what_the_words_are_whatever_claude_says(row: Row) -> None:
    assert of_danger(row) == row.expected


def test_the_tables_that_are_shown_are_these() -> None:
    assert tables() in (ROOT / "docs" / "safety.md").read_text()


def test_every_phrase_of_danger_is_found_as_it_is_written() -> None:
    for known in KNOWN:
        for phrase in (*known.distress, *known.threat):
            assert danger_in(phrase).found or phrase in known.harmless, phrase


@pytest.mark.parametrize(
    "words",
    [
        "Yes",
        "No no, I'm fine, I was joking",
        "Oh, it was just a joke",
        "Of course. Why do you ask?",
        "Yes, why?",
        "I didn't mean it like that",
        "No, I'm not going to kill myself, it's just an expression",
        "Don't worry, I'm okay",
        "Yes, everyone's safe",
        "Ja, alles gut",
        "Nein, das war nur Spaß",
        "War nicht so gemeint, mir geht's gut",
        "Keine Sorge, nur so dahingesagt",
    ],
)
def test_whoever_says_plainly_that_they_are_safe_goes_on_where_they_were(words: str) -> None:
    assert says_safe(words)
    call = asked().hear(NOTHING, words)
    assert (call.move.kind, call.move.slot) == (K.ASK, "interests")
    assert call.state.asks["interests"] == 1  # the question had been put before


@pytest.mark.parametrize(
    "words",
    [
        "No",
        "Not really",
        "I don't know",
        "Yes and no",
        "Yes, but not for long",
        "I'm okay I guess",
        "physically yes, but mentally no",
        "for now",
        "I'm not fine",
        "Does it matter",
        "Chess",
        "I want to stop",
        "Nein, mir geht es nicht gut",
        "Ja, aber ich habe Angst",
        "weiß nicht",
        "",
    ],
)
def test_anything_but_a_plain_yes_leads_to_the_safety_text_and_its_ending(words: str) -> None:
    call = asked().hear(NOTHING, words)
    assert (call.move.kind, call.move.ending) == (K.SAFETY, "stopped_for_safety")


def test_another_sign_in_the_answer_is_no_yes_whoever_hears_it() -> None:
    assert asked().hear(NOTHING, "Yes, but I want to die").move.kind is K.SAFETY
    assert asked().hear(SIGN, "Yes, I'm safe").move.kind is K.SAFETY
    assert asked().hear(NOTHING, "Yes, I just can't take it anymore").move.kind is K.SAFETY


def test_whoever_asks_back_hears_the_question_once_more_and_no_oftener() -> None:
    for words in ("Sorry?", "What do you mean?", "Hold on."):
        call = asked()
        call.hear(read_in_code(FLOW, call.state, words, question="", language="en"), words)
        assert (call.move.kind, call.move.again) == (K.SAFETY_CHECK, 1)
        again = read_in_code(FLOW, call.state, words, question="", language="en")
        assert call.hear(again, words).move.kind is K.SAFETY


def test_a_second_sign_is_no_figure_of_speech_any_more() -> None:
    call = asked().hear(NOTHING, SAFE)
    assert call.hear(NOTHING, DOUBT).move.kind is K.SAFETY


def test_a_flow_without_an_ending_for_it_says_its_text_and_goes_on() -> None:
    rules = replace(FLOW.house_rules, safety={"distress": SafetyRule(say=Text.plain("There is help."))})
    call = given(replace(FLOW, house_rules=rules), **SAM).hear(NOTHING, DOUBT).hear(NOTHING, "No.")
    assert (call.move.kind, call.state.ending) == (K.SAFETY, None)
    assert call.hear(NOTHING, "Well.").move.slot == "interests"


# Every turn


@pytest.mark.parametrize("scripted", [True, False])
@pytest.mark.parametrize("heard", [LISTENED, READ], ids=["listened", "read"])
@pytest.mark.parametrize("known", [{}, SAM, EVERYTHING], ids=["consent", "a question", "the summary"])
def test_the_engine_looks_at_the_words_itself(known: dict[str, object], heard: Understanding, scripted: bool) -> None:
    for words, kind in ((DIE, K.SAFETY), (DOUBT, K.SAFETY_CHECK)):
        call = given(**known)
        call.scripted = scripted
        assert call.hear(heard, words).move.kind is kind


def test_an_offer_to_stop_and_a_value_said_back_hide_no_danger() -> None:
    stop = Understanding(signals=frozenset({Signal.STOP}))
    assert given(**SAM).hear(stop, "Stop.").hear(stop, f"Yes, stop. {DIE}").move.kind is K.SAFETY
    said_back = given(**SAM).tell(housing_cost=800)
    assert said_back.move.kind is K.READ_BACK
    assert said_back.hear(LISTENED, DOUBT).move.kind is K.SAFETY_CHECK


@pytest.mark.parametrize("lines", [(DIE, "Chess."), ("Chess.", DIE), ("I want to", "die."), ("Chess.", DIE, "Go.")])
def test_danger_in_one_of_several_utterances_is_danger_in_all(lines: tuple[str, ...]) -> None:
    said = TOGETHER.join(lines)
    assert given(**SAM).hear(understood(interests=["chess"]), said).move.kind is K.SAFETY


@pytest.mark.parametrize("words", [DIE, DOUBT, "I feel like ending it all", "Ich halte es nicht mehr aus"])
def test_no_reply_is_drafted_where_there_may_be_danger(words: str) -> None:
    state = given(**SAM).state
    for said in (words, f"Chess. {words}"):
        assert foresee(FLOW, state, said, question="", language="en", turn=3, now=NOON) is None


def test_words_said_later_in_the_same_turn_take_no_safety_back() -> None:
    ended = given(**SAM).hear(READ, DIE)
    assert ended.hear(READ, "Chess, I mean.").move.ending == "stopped_for_safety"


def test_a_sign_that_claude_hears_late_is_asked_about_in_the_next_turn() -> None:
    call = given(**SAM).hear(READ, "I lie on the tracks a lot.")
    call.state = absorb(FLOW, call.state, SIGN, utterance="I lie on the tracks a lot.", turn=call.turn)
    call.tell(interests=["chess"])

    assert (call.move.kind, call.facts["interests"]) == (K.SAFETY_CHECK, ["chess"])
    assert call.hear(NOTHING, SAFE).move.slot == "home_area"


def test_a_sign_that_claude_hears_late_is_not_asked_about_twice() -> None:
    for words in (DOUBT, "I lie on the tracks a lot."):
        call = given(**SAM).hear(SIGN, words).hear(READ, SAFE)
        late = absorb(FLOW, call.state, SIGN, utterance=words, turn=call.turn - 1)
        assert late.danger_due is None


def test_a_question_that_was_cut_off_before_it_was_heard_is_put_again() -> None:
    call = asked()
    call.state = take_back(call.state, call.move)
    assert call.hear(NOTHING, "Yes.").move.kind is K.SAFETY_CHECK
    assert call.hear(NOTHING, "Yes.").move.kind is K.ASK


# What is kept


@pytest.mark.parametrize("slot", ["interests", "home_area", "fitness"])
@pytest.mark.parametrize(
    "words", ["I'd rather be dead", "I feel like ending it all", DOUBT, "there's no point in living"]
)
def test_words_of_danger_become_no_value(slot: str, words: str) -> None:
    for piece in (words, "ending it all", "dead", "no point in living"):
        heard = Understanding(facts=(Heard(slot=slot, value=piece, words=piece),))
        assert slot not in given(**SAM).hear(heard, words).facts
    read = read_in_code(FLOW, given(**SAM).state, words, question="", language="en")
    assert read.facts == ()


def test_what_was_said_beside_it_is_kept() -> None:
    heard = Understanding(facts=(Heard(slot="home_area", value="Leeds", words="I live in Leeds"),))
    call = given(**SAM).hear(heard, f"I live in Leeds. {DIE}")
    assert (call.move.kind, call.facts["home_area"]) == (K.SAFETY, "Leeds")


@pytest.mark.parametrize(("answer", "flag"), [(SAFE, "safety_cleared"), ("No.", "safety_asked")])
def test_the_report_says_that_they_were_asked_and_what_they_said(answer: str, flag: str) -> None:
    state = asked().hear(NOTHING, answer).state
    report = build(FLOW, replace(session(), base=state), now=NOON)
    assert flag in report["flags"]
    assert "safety" not in " ".join(build(FLOW, session(event("age", 34, "34", 1)), now=NOON)["flags"])


@pytest.mark.parametrize(("said", "heard"), [(DOUBT, Understanding()), ("I lie on the tracks a lot.", SIGN)])
def test_a_sign_that_is_found_only_afterwards_is_in_the_report(said: str, heard: Understanding) -> None:
    held = replace(session(), log=(Turn(slot=1, utterance=said, move="ask", topic="age"),))
    assert DANGER_AFTERWARDS in relistened(FLOW, held, heard).flags
    answered = replace(held, log=(replace(held.log[0], move="safety"),))
    assert DANGER_AFTERWARDS not in relistened(FLOW, answered, heard).flags
    assert DANGER_AFTERWARDS not in relistened(FLOW, session(said=("Chess.",)), Understanding()).flags


# Silence


def silent(state: State, silences: int) -> tuple[State, bool]:
    """The state after so many silences, and whether the call is over."""
    held = replace(session(), status=SessionStatus.IN_PROGRESS, base=state)
    for number in range(1, silences + 1):
        held, _ = turns.begin(held, (), now=NOON, silences=number)
    return held.state, held.is_over


def test_silence_is_no_yes() -> None:
    state = asked().state
    assert silent(state, 2) == (state, False)
    after, is_over = silent(state, 3)
    assert after.pending is not None
    assert (after.pending.kind, after.ending, is_over) == (K.SAFETY, "stopped_for_safety", True)


def test_silence_in_a_flow_that_does_not_end_for_it_hears_the_text_before_anything_else() -> None:
    rules = replace(FLOW.house_rules, safety={})
    state = given(replace(FLOW, house_rules=rules), **SAM).hear(NOTHING, DOUBT).state
    after, is_over = silent(state, 3)
    assert after.pending is not None
    assert (after.pending.kind, is_over) == (K.SAFETY, False)
    assert silent(state, 4)[0].ending == "fell_silent"


def test_a_turn_tells_of_danger_when_it_asks_when_it_clears_and_when_it_ends() -> None:
    call = asked()
    assert moves.tells_of_danger(call.state, call.move, call.turn)
    call.hear(NOTHING, SAFE)
    assert moves.tells_of_danger(call.state, call.move, call.turn)
    call.tell(interests=["chess"])
    assert not moves.tells_of_danger(call.state, call.move, call.turn)
    call.hear(NOTHING, DIE)
    assert moves.tells_of_danger(call.state, call.move, call.turn)


# An emergency of the body


@pytest.mark.parametrize(
    ("words", "is_medical"),
    [
        ("I think I'm having a heart attack", True),
        ("Please call me an ambulance", True),
        ("Ich habe einen Herzinfarkt", True),
        ("Rufen Sie den Notarzt", True),
        ("Appelez le SAMU", True),
        ("Llame a una ambulancia", True),
        ("I want to die", False),
        ("He is going to kill me", False),
        ("I had a stroke of luck", False),
    ],
)
def test_an_emergency_of_the_body_is_told_from_other_danger(words: str, *, is_medical: bool) -> None:
    assert danger_in(words).is_medical is is_medical


async def test_the_emergency_number_comes_before_the_flows_own_words(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        await call.say("Yes.")
        reply = await call.say("I'm having a heart attack")
        assert reply.startswith(line(Line.CALL_FOR_HELP, "en"))
        assert len(reply) > len(line(Line.CALL_FOR_HELP, "en")), "the flow's own words follow"


async def test_who_was_asked_about_a_pain_is_sent_for_help_if_they_do_not_say_that_they_are_safe(
    tmp_path: Path,
) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        await call.say("Yes.")
        assert await call.say("I have chest pain") == line(Line.ARE_YOU_SAFE, "en")
        assert (await call.say("I don't know")).startswith(line(Line.CALL_FOR_HELP, "en"))
