"""What is private is in no form of anything, unless it is asked for; what is kept stays whole."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interview.reported import CANARY, canary_session, event, flow, session, whole_report
from webhook.interview.history import fold
from webhook.interview.masking import MASK, masked, secrets_of, secrets_of_session
from webhook.interview.report import to_json, transcript
from webhook.interview.report_forms import to_csv, to_markdown
from webhook.interview.transcript_forms import Cue, masked_cues, masked_talk, to_srt, to_text, to_vtt

WRITTEN = {"value": f"{CANARY} pays 1234 and loves tea.", "quotes": [f"I'm {CANARY} and I'm 34", "I rent, for 1,234"]}


def report() -> dict[str, Any]:
    return whole_report(canary_session(), what_matters=WRITTEN, in_their_words={**WRITTEN, "value": [f"near {CANARY}"]})


def forms(made: dict[str, Any]) -> str:
    return json.dumps(to_json(made)) + to_markdown(made) + to_csv(made)


def test_a_private_value_stands_nowhere_in_any_form_of_the_report() -> None:
    whole = report()
    assert CANARY in forms(whole)
    shown = fold(forms(masked(whole)))
    for secret in ("zerbinetta", "quux", "1234", "1 234", "bob", "private matter"):
        assert secret not in shown, secret


def test_what_is_not_private_is_still_there() -> None:
    shown = masked(report())
    assert shown["facts"]["age"]["value"] == 34
    assert shown["facts"]["age"]["words"] == f"I'm {MASK} and I'm 34"
    assert shown["facts"]["tenure"] == report()["facts"]["tenure"]
    assert shown["fields"]["what_matters"]["value"] == f"{MASK} pays {MASK} and loves tea."
    assert shown["fields"]["caller"] == {"name": MASK, "age": 34, "home_area": f"near {MASK}"}
    assert shown["fields"]["called"] == MASK
    name = shown["facts"]["name"]
    assert (name["status"], name["value"], name["words"], name["turn"]) == ("filled", MASK, MASK, 3)
    assert [(e["value"], e["words"], e["turn"]) for e in name["corrected"]] == [(MASK, MASK, 2)]


def test_masking_changes_nothing_of_what_is_kept() -> None:
    whole = report()
    before = copy.deepcopy(whole)
    masked(whole)
    assert whole == before
    assert masked(masked(whole)) == masked(whole)


def test_a_private_value_stands_nowhere_in_any_form_of_the_transcript() -> None:
    held = canary_session()
    secrets = secrets_of_session(flow(), held)
    said = masked_talk(transcript(held), secrets)
    cues = masked_cues(
        [Cue(role=line["role"], text=line["text"], start=1, end=2, turn=line["turn"]) for line in transcript(held)],
        secrets,
    )
    shown = fold(to_text(said) + json.dumps(said) + to_srt(cues) + to_vtt(cues))
    for secret in ("zerbinetta", "quux", "1 234", "bob", "private matter"):
        assert secret not in shown, secret
    assert "how old" in shown
    assert "zerbinetta" not in repr(secrets).casefold()


def test_a_report_of_an_earlier_release_is_masked_as_well() -> None:
    old = report()
    del old["privateFields"]
    old["schema"] = 1
    for fact in old["facts"].values():
        fact.pop("learnt", None)
        for earlier in fact.get("corrected", ()):
            del earlier["words"], earlier["source"]
    shown = fold(forms(masked(old)))
    assert "zerbinetta" not in shown
    assert masked(old)["fields"]["called"] == MASK


def test_an_answer_like_yes_is_hidden_where_it_was_the_answer_and_nowhere_else() -> None:
    held = session(event("name", None, "Yes", 2), said=("Yes, that's fine.", "Yes."), replies=("Name?", "Yes it is."))
    said = [line["text"] for line in masked_talk(transcript(held), secrets_of_session(flow(), held))]
    assert said == ["Yes, that's fine.", "Name?", f"{MASK}.", f"{MASK} it is."]


def test_a_name_that_is_a_word_as_well_is_hidden_where_it_is_spelt_as_a_name() -> None:
    held = session(event("name", "Will", "I'm Will", 2), said=("I will.", "I'm Will."), replies=("", "Thanks, Will."))
    said = [line["text"] for line in masked_talk(transcript(held), secrets_of_session(flow(), held))]
    assert said == ["I will.", f"{MASK}.", f"Thanks, {MASK}."]


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("Kim", "Kim's bike and KIM’S tea, and the Kims.", f"{MASK} bike and {MASK} tea, and the {MASK}."),
        ("Frau Müller", "Frau Müllers Team, und Müllers Rad.", f"{MASK} Team, und {MASK} Rad."),
        ("Will", "Will's will, and two wills.", f"{MASK} will, and two wills."),
    ],
)
def test_a_name_is_hidden_in_the_genitive_too(name: str, text: str, shown: str) -> None:
    secrets = secrets_of_session(flow(), session(event("name", name, name, 1)))
    assert secrets.hidden(text) == shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Zoë Müller", "Zoe"),
        ("Zoë Müller", "Mueller"),
        ("Zoë Müller", "Mullers"),
        ("Zoe Mueller", "Zoë Müller"),
        ("José", "JOSE"),
        ("Anna-Lena", "Annalena"),
        ("Anna-Lena", "AnnaLenas"),
    ],
)
def test_a_name_is_hidden_as_others_spell_it(value: str, text: str) -> None:
    secrets = secrets_of_session(flow(), session(event("name", value, value, 2)))
    assert secrets.hidden(f"So {text}, and then?") == f"So {MASK}, and then?"


@pytest.mark.parametrize("value", ["+49 171 1234567", "0171 1234567"])
@pytest.mark.parametrize("text", ["01711234567", "+491711234567", "0171 123 45 67", "+49 (0)171-123/4567"])
def test_a_number_that_is_no_amount_is_hidden_however_it_is_grouped(value: str, text: str) -> None:
    secrets = secrets_of_session(flow(), session(event("name", value, "", 2)))
    assert not any(c.isdecimal() for c in secrets.hidden(f"Call {text}, please."))
    assert secrets.hidden("In 2024, at 12, 30 people.") == "In 2024, at 12, 30 people."


def test_a_private_number_is_hidden_in_figures_and_in_words() -> None:
    secrets = secrets_of_session(flow(), session(event("housing_cost", 1200, "about that", 5)))
    for number in ("twelve hundred", "one thousand two hundred", "1,200", "1200"):
        assert secrets.hidden(f"So it is {number} a month, I see.") == f"So it is {MASK} a month, I see."
    assert secrets.hidden("That is 1300 a month.") == "That is 1300 a month."


@pytest.mark.parametrize(
    ("said", "shown"),
    [("K.", "K."), ("K", "K"), ("\u212a", "K"), ("1.4k", "[hidden]"), ("1.4K a month", "[hidden] a month")],
)
def test_a_letter_that_stands_for_thousands_is_one_after_figures_alone(said: str, shown: str) -> None:
    assert secrets_of([("housing_cost", 1400, "", 1)], "en").hidden(said).replace(MASK, "[hidden]") == shown


def test_a_flow_that_nobody_knows_any_more_keeps_everything_private() -> None:
    held = canary_session()
    secrets = secrets_of_session(None, held)
    assert "34" not in secrets.hidden("I'm 34")


def test_what_a_later_release_tells_of_a_private_slot_is_hidden_too() -> None:
    told = [{"slot": "name", "before": None, "after": CANARY}, {"slot": "age", "note": f"{CANARY} said so"}]
    shown = masked({**report(), "differences": told})["differences"]
    assert shown == [{"slot": "name", "before": None, "after": MASK}, {"slot": "age", "note": f"{MASK} said so"}]


NAMES = st.from_regex(r"[B-DF-HJ-NP-TV-Z][a-zé]{4,9}( [B-DF-HJ-NP-TV-Z][a-zß]{4,9})?", fullmatch=True)


@given(NAMES, st.sampled_from(["{}", "x {}.", "„{}“", "a-{}-b", "({},{})", "{}\n{}", "Ms {}'s"]))
def test_whatever_the_name_it_is_found_in_whatever_stands_round_it(name: str, around: str) -> None:
    text = around.format(name, name)
    held = session(event("name", name, name, 3), said=("Yes.", text))
    secrets = secrets_of_session(flow(), held)
    shown = f" {fold(secrets.hidden(text) + ' ' + secrets.hidden(text.upper()))} "
    assert all(f" {word} " not in shown for word in fold(name).split())


@pytest.mark.parametrize("value", [True, None, [], {}])
def test_values_without_words_break_nothing(value: object) -> None:
    secrets = secrets_of_session(flow(), session(event("name", value, "", 2)))
    assert secrets.hidden("Yes, all of it.", 2) == "Yes, all of it."
