"""Questions about the call itself, answered in code where Claude is away, and never with more than is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.calls import given, lifestyle, shipped
from webhook.interview.flow import Flow, Text
from webhook.interview.lines import LANGUAGES, Line, line
from webhook.interview.listening import read_in_code
from webhook.interview.moves import MoveKind, advance
from webhook.interview.reading.about_us import about_us
from webhook.interview.understanding import AboutUs, Signal, Understanding
from webhook.interview.wording import Voicing, wording

ASKED = {
    AboutUs.AI: (
        ("en", "Are you an AI?", "are you a robot", "Wait, are you a real person?", "Am I talking to a machine?"),
        ("de", "Sind Sie eine KI?", "bist du ein mensch", "Moment, spreche ich mit einem Roboter?"),
    ),
    AboutUs.WHO: (
        ("en", "Who are you?", "who is this", "Sorry, who am I talking to?", "What's your name?"),
        ("de", "Wer sind Sie?", "wer ist da", "Mit wem spreche ich?", "Wie heißen Sie?"),
    ),
    AboutUs.RECORDING: (
        ("en", "Is this being recorded?", "is this call recorded", "Are you recording this?"),
        ("de", "Wird das aufgezeichnet?", "wird dieses Gespräch hier aufgenommen", "Nehmen Sie das auf?"),
    ),
    AboutUs.DURATION: (
        ("en", "How long will this take?", "how long does it take", "So how long is this?", "How many more questions?"),
        ("de", "Wie lange dauert das?", "wie lange dauert es noch", "Wie lange noch?"),
    ),
}
EACH = [(kind, language, words) for kind, tables in ASKED.items() for language, *asked in tables for words in asked]


@pytest.mark.parametrize(("kind", "language", "words"), EACH)
def test_code_reads_what_of_the_call_is_asked_and_takes_it_for_no_answer(
    kind: AboutUs, language: str, words: str
) -> None:
    flow = shipped("stakeholder")
    call = given(flow, consent=True)
    heard = read_in_code(flow, call.state, words, question="What is your work here?", language=language)
    assert about_us(words) is kind
    assert Signal.QUESTION in heard.signals
    assert not heard.facts


@pytest.mark.parametrize(
    "words",
    [
        "How long will this be kept?",
        "How long have you lived there?",
        "Who are you working for?",
        "How many people live in Leeds?",
        "I asked them who they are.",
        "I'm a robot engineer.",
        "It was recorded last year.",
        "Wie lange bleibt das gespeichert?",
        "Ich weiß nicht, wie lange das dauert.",
        "Ich zeichne gern.",
        "",
        "x" * 10_000,
    ],
)
def test_other_questions_and_answers_are_no_question_about_the_call(words: str) -> None:
    assert about_us(words) is None


def answer(flow: Flow, words: str, *, language: str = "en", minutes_left: float = 8.0) -> str:
    """What a caller who asks this instead of answering hears where Claude is away."""
    call = given(flow, consent=True)
    question = "What comes next?"
    heard = read_in_code(flow, call.state, words, question=question, language=language)
    decision = advance(flow, call.state, heard, utterance=words, turn=1, now=call.now, scripted=True)
    assert decision.move.kind is MoveKind.ANSWER
    voicing = Voicing(
        flow=flow, state=decision.state, language=language, persona_id=flow.persona, minutes_left=minutes_left
    )
    return wording(voicing, decision.move).fixed


@pytest.mark.parametrize(
    ("kind", "language", "said"),
    [
        (AboutUs.AI, "en", "I'm an AI, not a person. What is your work"),
        (AboutUs.AI, "de", "Ich bin eine KI und kein Mensch. Was ist Ihre Aufgabe"),
        (AboutUs.WHO, "en", "My name is Leonie Brandt, and I'm an AI interviewer. What is your work"),
        (AboutUs.WHO, "de", "Mein Name ist Leonie Brandt, und ich bin eine KI"),
        (AboutUs.RECORDING, "en", "I'm an AI interviewer, not a person, and this call is recorded. What is your work"),
        (AboutUs.RECORDING, "de", "Ich bin eine KI und kein Mensch, und dieses Gespräch wird aufgezeichnet. Was ist"),
        (AboutUs.DURATION, "en", "It takes 8 minutes more at most. What is your work"),
        (AboutUs.DURATION, "de", "Es dauert höchstens noch 8 Minuten. Was ist Ihre Aufgabe"),
    ],
)
def test_code_answers_what_the_fixed_lines_know_and_asks_its_question(kind: AboutUs, language: str, said: str) -> None:
    for words in next(asked for each_language, *asked in ASKED[kind] if each_language == language):
        assert answer(shipped("stakeholder"), words, language=language).startswith(said), words


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("say", "kept"),
    [
        ("Hello. May I ask you something?", None),
        ("Hello. Is it all right if this is recorded?", None),
        ("Hello. This call is not recorded. Shall we begin?", "This call is not recorded."),
        ("Guten Tag. Es gibt keine Aufnahme. Fangen wir an?", "Es gibt keine Aufnahme."),
    ],
)
def test_of_a_recording_nothing_is_said_but_what_the_flow_says_of_it(say: str, kept: str | None, language: str) -> None:
    flow = shipped("stakeholder")
    start = replace(flow.topics[flow.start], say=Text.plain(say))
    flow = replace(flow, topics={**flow.topics, flow.start: start})
    said = answer(flow, ASKED[AboutUs.RECORDING][language == "de"][1], language=language)
    assert said.startswith(kept or line(Line.ASK_THE_HOSTS, language))


def test_any_other_question_is_put_off_as_before() -> None:
    assert answer(lifestyle(), "What do you think of Leeds?").startswith(line(Line.CANNOT_ANSWER, "en"))


def test_claude_has_its_own_answer_and_code_s_stands_in_for_it() -> None:
    call = given(lifestyle(), consent=True).hear(Understanding(signals=frozenset({Signal.QUESTION})), "Are you an AI?")
    voicing = Voicing(flow=call.flow, state=call.state, language="en", persona_id=call.flow.persona, minutes_left=8.0)
    words = wording(voicing, call.move)
    assert words.by_claude
    assert words.fallback.startswith("I'm an AI, not a person.")
