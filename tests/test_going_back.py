"""Without Claude, too, a caller can go back to an answer: to the last one, to one they name, and at the summary."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hearing.bank import FLOW
from tests.test_histories import Talk, agent, talk
from webhook.interview.reading import read

UNTIL_HOME = ("Yes.", "Sam.", "34.", "Chess.", "Leeds.")


async def told(call: Talk, *said: str) -> None:
    call.history = [agent(call.opening)]
    for words in said:
        await call.say(words)


@pytest.mark.parametrize("words", ["I want to change my answer.", "can we go back", "Sorry, let me correct that"])
async def test_the_last_answer_is_asked_for_again_and_the_new_one_stands(words: str, tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        await told(call, *UNTIL_HOME[:3])
        assert "How old are you" in await call.say(words)
        await call.say("43.")

        facts = await call.worker.facts()
        assert facts == {"consent": True, "name": "Sam", "age": 43}


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("Can we go back to my age?", "How old are you"),
        ("I'd like to go back to the name", "What name"),
        ("I want to change my answer about my interests", "what do you like to do"),
        ("Can we go back to the town?", "which town or region"),
    ],
)
async def test_an_answer_is_named_by_its_slot_its_topic_or_its_question(words: str, asked: str, tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        await told(call, *UNTIL_HOME)
        assert asked in await call.say(words)


async def test_what_cannot_be_found_is_not_guessed(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        await told(call, *UNTIL_HOME)
        before = await call.worker.facts()
        await call.say("Can we go back to the elephant thing?")

        assert await call.worker.facts() == {**before, "tenure": None}


async def test_a_consent_is_not_gone_back_to(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        await told(call, "Yes.")
        assert "What name" in await call.say("Can we go back?")
        assert await call.worker.facts() == {"consent": True, "name": None}


@pytest.mark.parametrize(
    ("language", "words", "meant"),
    [
        ("de", "Ich möchte meine Antwort ändern.", "rooms"),
        ("de", "Können wir noch mal zurück zu den Kindern?", None),
        ("de", "Kann ich noch mal zurück zum Alter?", None),
        ("de", "können wir zurück zu den rooms", "rooms"),
        ("fr", "Je voudrais changer ma réponse", "rooms"),
        ("fr", "on peut revenir en arrière", "rooms"),
        ("es", "Quiero cambiar mi respuesta", "rooms"),
        ("es", "¿Podemos volver atrás?", "rooms"),
        ("en", "could we go back please", "rooms"),
        ("en", "I go back to work in March", None),
        ("en", "I'd change the kitchen", None),
    ],
)
def test_in_each_language_the_whole_utterance_must_say_so(language: str, words: str, meant: str | None) -> None:
    understood = read(
        FLOW, words, asked=FLOW.slots["hours"], language=language, question="?", answered=("age", "rooms")
    )

    assert understood.wants_to_change == (() if meant is None else (meant,))
    assert not understood.facts
