"""Words of every script are whole: compared, quoted, hidden and lined up with their marks, spaced or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interview.calls import flow_of, topic
from webhook.interview.facts import apply
from webhook.interview.flow import Slot, SlotType
from webhook.interview.history import fold
from webhook.interview.masking import MASK, secrets_of
from webhook.interview.understanding import Heard, Understanding
from webhook.interview.verbatim import verbatim, words_of

#: A sentence that says a name, the name, and one that differs from it by a mark alone.
NAMES = [
    ("मेरा नाम प्रिया है।", "प्रिया", "प्रियो"),
    ("আমার নাম সুমন।", "সুমন", "সুমনা"),
    ("ผมชื่อสมชายครับ", "สมชาย", "สมชัย"),
    ("ខ្ញុំឈ្មោះសុខា", "សុខា", "សុខី"),
    ("ကျွန်တော့်နာမည်အောင်ပါ", "အောင်", "အိုင်"),
    ("اسمي مُحَمَّد وأنا هنا", "مُحَمَّد", "مِحَمَّد"),
    ("שמי דָּוִד כהן", "דָּוִד", "דוּד"),
    ("我叫王小明。", "王小明", "王大明"),
    ("私はさくらです", "さくら", "さくろ"),
    ("என் பெயர் கீதா", "கீதா", "கிதா"),
    ("Tôi tên là Nguyễn Huệ", "Huệ", "Huế"),
]


@pytest.mark.parametrize(("said", "name", "other"), NAMES)
def test_a_name_is_found_whole_and_no_other_is_taken_for_it(said: str, name: str, other: str) -> None:
    assert verbatim(name, said) == name
    assert verbatim(other, said) == ""
    assert fold(name) != fold(other)


@pytest.mark.parametrize(("said", "name", "other"), NAMES)
def test_a_private_name_is_hidden_in_a_sentence_of_its_script(said: str, name: str, other: str) -> None:
    hidden = secrets_of([("name", name, name, 1)], "en").hidden(said)
    assert MASK in hidden
    assert name not in hidden


@pytest.mark.parametrize(("said", "name", "other"), NAMES)
def test_a_value_is_taken_where_its_words_were_said(said: str, name: str, other: str) -> None:
    flow = flow_of([topic("name")], [Slot(name="name", type=SlotType.TEXT, topic="name")])

    def learnt(value: str) -> list[object]:
        heard = Understanding(facts=(Heard(slot="name", value=value, words=value),))
        return [event.value for event in apply(flow, {}, heard, utterance=said, turn=1, asked={"name"}).events]

    assert learnt(name) == [name]
    assert learnt(other) == []


def test_what_nobody_says_is_left_out() -> None:
    assert fold("می\u200cخواهم") == fold("میخواهم")
    assert fold("\u202bשלום\u202c") == fold("שלום")
    assert fold("❤️ ok 3️⃣") == "ok 3"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=30))
def test_words_joined_by_blanks_are_what_fold_makes_of_a_text(text: str) -> None:
    assert " ".join(word.folded for word in words_of(text)) == " ".join(fold(text).split())
    assert fold(fold(text)) == fold(text)
