"""A machine that answers the call is known by what only machines say; what people say on the phone is none of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.test_histories import agent, talk
from webhook.interview.reading.announcements import is_announcement
from webhook.interview.session import SessionStatus

MACHINES = (
    "You've reached the voicemail of Jo Smith, please leave a message after the tone",
    "HI THIS IS ANNA I CAN'T COME TO THE PHONE RIGHT NOW LEAVE YOUR NAME AND NUMBER AFTER THE BEEP",
    "The person you are calling is not available",
    "You have reached an automated voice messaging system",
    "your call is important to us please hold the line",
    "All our agents are currently busy.",
    "the number you have dialed is not in service",
    "For sales, press one. For support, press two.",
    "Der angerufene Teilnehmer ist zurzeit nicht erreichbar.",
    "Guten Tag, dies ist die Mailbox von Peter Maier",
    "Bitte hinterlassen Sie eine Nachricht nach dem Signalton",
    "Alle unsere Mitarbeiter sind derzeit im Gespräch, bitte haben Sie einen Moment Geduld",
    "Kein Anschluss unter dieser Nummer",
    "Bonjour, vous êtes bien sur la messagerie de Paul, laissez un message après le bip",
    "Votre correspondant n'est pas joignable",
    "Tous nos conseillers sont en ligne",
    "Ha llamado al buzón de voz de Juan, deje su mensaje después de la señal",
    "El número que ha marcado no existe",
    "Su llamada es muy importante para nosotros",
)
PEOPLE = (
    "Yes, that's fine",
    "who is this?",
    "sorry I'm not available right now",
    "She is not available",
    "I can't talk at the moment, call me later",
    "please hold on a second",
    "please hold while I get him",
    "can you leave a message with my wife",
    "I have to press on",
    "is this a recording?",
    "I thought this was a voicemail",
    "I heard your message on my answering machine",
    "J'ai eu votre message sur mon répondeur",
    "He oído su mensaje en el buzón de voz",
    "Moment bitte",
    "Ich bin gerade nicht zu Hause",
    "Mein Mann ist gerade nicht zu erreichen",
    "Bleiben Sie am Apparat, ich hole ihn",
    "Ich habe leider keine Zeit",
    "Je ne suis pas disponible",
    "Veuillez patienter, je vous le passe",
    "no estoy disponible ahora",
    "No cuelgue, ahora se pone",
)


@pytest.mark.parametrize("said", MACHINES)
def test_machines_are_known(said: str) -> None:
    assert is_announcement(said)


@pytest.mark.parametrize("said", PEOPLE)
def test_people_are_no_machines(said: str) -> None:
    assert not is_announcement(said)


@pytest.mark.parametrize("is_greeted", [True, False])
async def test_a_mailbox_hears_a_goodbye_and_nothing_is_learnt_of_it(is_greeted: bool, tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)] if is_greeted else []
        assert await call.say("Hi, this is Sam. Yes, leave a message after the tone.") == "Goodbye."

        session = await call.worker.session()
        assert (session.status, session.state.ending) == (SessionStatus.ENDED_EARLY, "answered_by_machine")
        assert await call.worker.facts() == {}


async def test_a_mailbox_that_goes_on_is_still_one(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        await call.say("Hi, this is Sam.")
        assert await call.say("Leave your message after the tone.") == "Goodbye."


async def test_who_has_told_anything_is_a_person(tmp_path: Path) -> None:
    async with talk(tmp_path) as call:
        call.history = [agent(call.opening)]
        await call.say("Yes.")
        await call.say("After the tone")

        assert not (await call.worker.session()).is_over
