"""Numbers and names as they are dictated: read, said back, put right, and hidden in every form."""

from __future__ import annotations

import pytest

from tests.interview.calls import Call, ends, flow_of, topic
from webhook.interview.flow import Flow, Slot, SlotType
from webhook.interview.listening import read_in_code
from webhook.interview.masking import MASK, Secrets, secrets_of
from webhook.interview.moves import MoveKind
from webhook.interview.reading.dictation import read_figures, read_letters
from webhook.interview.reading.languages import language as tables_of

K = MoveKind


def flow() -> Flow:
    slots = [
        Slot(name="hello", type=SlotType.YES_NO, topic="hello"),
        Slot(name="name", type=SlotType.TEXT, topic="name", private=True, read_back=True),
        Slot(name="phone", type=SlotType.TEXT, topic="phone", private=True, read_back=True),
        Slot(name="bye", type=SlotType.TEXT, topic="bye"),
    ]
    return flow_of(
        [topic("hello", "name"), topic("name", "phone"), topic("phone", "bye"), topic("bye", (ends(),))], slots
    )


class Caller(Call):
    """A call without Claude."""

    def say(self, words: str) -> Call:
        heard = read_in_code(self.flow, self.state, words, question="So that is it, right?", language="en")
        return self.hear(heard, words)


def asked_for_name() -> Caller:
    call = Caller(flow=flow(), scripted=True)
    call.begin()
    call.say("yes")
    return call


def asked_for_phone() -> Caller:
    call = asked_for_name()
    call.say("Sam")
    call.say("Yes.")
    assert call.move.slot == "phone"
    return call


@pytest.mark.parametrize(
    ("language", "said", "figures"),
    [
        ("en", "oh one seven one double five five one two three", "0171555123"),
        ("en", "It's 0171, five five five, twelve thirty four", "01715551234"),
        ("en", "zero one triple seven, eight hundred", "01777800"),
        ("en", "plus four four twenty seventy nine forty six", "+44207946"),
        ("en", "my number is 555 1234, thank you", "555 1234"),
        ("en", "+44 20 7946 0018", "+44 20 7946 0018"),
        ("en", "one two three no wait four", None),
        ("en", "I live at 24", None),
        ("de", "null eins sieben eins fünf fünf fünf zwölf vierunddreißig", "01715551234"),
        ("de", "Meine Nummer ist null drei null zweimal vier eins zwei", "0304412"),
        ("fr", "zéro six douze trente-quatre cinquante-six soixante-dix-huit", "0612345678"),
        ("fr", "c'est le zéro un quarante-deux quatre-vingt-dix", "014290"),
        ("es", "seis uno dos treinta y cuatro cincuenta y seis", "6123456"),
        ("es", "mi número es el nueve uno doble cinco", "9155"),
        ("en", "०१७१ ५५५", "०१७१ ५५५"),
    ],
)
def test_a_number_is_read_as_it_is_dictated(language: str, said: str, figures: str | None) -> None:
    tables = tables_of(language)
    assert tables is not None
    assert read_figures(said, tables.dictating) == figures


@pytest.mark.parametrize(
    ("language", "said", "name"),
    [
        ("en", "K A T H R Y N", "Kathryn"),
        ("en", "It's spelled K-A-T-H-R-Y-N.", "Kathryn"),
        ("en", "K for Kilo, A, double T, Y", "Katty"),
        ("en", "B as in Bravo, O, B", "Bob"),
        ("de", "K wie Kaufmann, A wie Anton, I, Doppel T", "Kaitt"),
        ("fr", "M comme Marie, A, X", "Max"),
        ("es", "Se escribe con K A R I N", "Karin"),
        ("en", "I am a man", None),
        ("en", "Kathryn with a K", None),
    ],
)
def test_a_name_is_read_as_it_is_spelled(language: str, said: str, name: str | None) -> None:
    tables = tables_of(language)
    assert tables is not None
    assert read_letters(said, tables.dictating) == name


@pytest.mark.parametrize(
    ("correction", "name"),
    [
        ("No, Kathryn", "Kathryn"),
        ("It's Kathryn.", "Kathryn"),
        ("No no, it's Kathryn, please", "Kathryn"),
        ("K A T H R Y N", "Kathryn"),
        ("It's spelled K A T H R Y N.", "Kathryn"),
        ("No, it's spelled K-A-T-H-R-Y-N", "Kathryn"),
    ],
)
def test_a_name_that_was_said_back_wrongly_is_put_right_and_said_back_once_more(correction: str, name: str) -> None:
    call = asked_for_name()
    assert call.say("Catherine").move.kind is K.READ_BACK
    assert call.say(correction).move.kind is K.READ_BACK
    assert call.facts["name"] == name
    assert (call.say("Yes.").move.slot, call.facts["name"]) == ("phone", name)


@pytest.mark.parametrize("words", ["No.", "No, that's wrong.", "No, you got that all wrong, I don't think so"])
def test_a_plain_no_is_no_name(words: str) -> None:
    call = asked_for_name()
    call.say("Catherine")
    call.say(words)
    assert call.facts.get("name") in (None, "Catherine")


def test_a_number_in_several_turns_is_one_number() -> None:
    call = asked_for_phone()
    assert call.say("oh one seven one five five").move.kind is K.READ_BACK
    assert call.say("five one two").move.kind is K.READ_BACK
    assert call.say("three four").move.kind is K.READ_BACK
    assert (call.say("Yes.").move.slot, call.facts["phone"]) == ("bye", "01715551234")


def test_a_number_said_anew_takes_the_place_of_the_old_one() -> None:
    call = asked_for_phone()
    call.say("oh one seven one five five five one two three four")
    call.say("No, oh one seven one five five five one two three five")
    assert call.facts["phone"] == "01715551235"


def test_a_part_said_again_changes_nothing() -> None:
    call = asked_for_phone()
    call.say("oh one seven one five five five one two three four")
    call.say("one two three four")
    assert call.facts["phone"] == "01715551234"


# Hidden


def private() -> Secrets:
    told = [
        ("phone", "01715551234", "oh one seven one five five five one two three four", 3),
        ("name", "Kathryn", "Kathryn", 1),
    ]
    return secrets_of(told, "en")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("oh one seven one, double five five, twelve thirty four", MASK),
        ("the end is one two three four", f"the end is {MASK}"),
        ("it ends in 1234", f"it ends in {MASK}"),
        ("0171 555 1234 is it", f"{MASK} is it"),
        ("K A T H R Y N, got it?", f"{MASK}, got it?"),
        ("with a K, then A, T, H", f"with a K, then {MASK}"),
        ("I, a man of 12, agree", "I, a man of 12, agree"),
        ("K for Kilo, A, T, H, R", MASK),
        ("I have one or two cats and 12 mice", "I have one or two cats and 12 mice"),
    ],
)
def test_what_is_private_is_hidden_as_it_is_dictated(text: str, shown: str) -> None:
    assert private().hidden(text) == shown
