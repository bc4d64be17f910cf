"""Conditions: what they mean, and what is refused when the file is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests import grammar_tables
from webhook.content.conditions import LONGEST, compile_condition
from webhook.content.findings import Problem
from webhook.errors import ContentError
from webhook.interview.flow import Slot, SlotType

SLOTS = {
    slot.name: slot
    for slot in (
        Slot(name="age", type=SlotType.WHOLE_NUMBER, topic="t"),
        Slot(name="rent", type=SlotType.MONEY, topic="t"),
        Slot(name="consent", type=SlotType.YES_NO, topic="t"),
        Slot(name="tenure", type=SlotType.CHOICE, topic="t", values=("rent", "own")),
        Slot(name="fun", type=SlotType.CHOICES, topic="t", values=("streaming", "gaming")),
        Slot(name="hobbies", type=SlotType.LIST, topic="t"),
        Slot(name="scores", type=SlotType.LIST, topic="t", of=SlotType.NUMBER),
        Slot(name="bills", type=SlotType.LIST, topic="t", of=(("who", SlotType.TEXT), ("cost", SlotType.MONEY))),
        Slot(name="name", type=SlotType.TEXT, topic="t"),
    )
}
EMPTY: dict[str, object] = {
    "age": None,
    "rent": None,
    "consent": None,
    "tenure": None,
    "fun": [],
    "hobbies": [],
    "scores": [],
    "bills": [],
    "name": None,
    "minutes_left": 5.0,
}
FULL: dict[str, object] = {
    "age": 17,
    "rent": 810.5,
    "consent": True,
    "tenure": "rent",
    "fun": ["streaming"],
    "hobbies": ["chess"],
    "scores": [3, 4.5],
    "bills": [{"who": "Netflix", "cost": 11.5}, {"who": "gym"}],
    "name": "Sam",
    "minutes_left": 1.5,
}


@pytest.mark.parametrize(
    ("source", "when_empty", "when_full"),
    [
        # `==` and `!=` take an empty slot as null
        ("consent != true", True, False),
        ("consent == null", True, False),
        ("tenure != null", False, True),
        ('tenure != "own"', True, True),
        ('name == "Sam"', False, True),
        # any other use of an empty slot makes the whole condition false
        ("age < 18", False, True),
        ("not (age < 18)", False, False),
        ("consent", False, True),
        ("not consent", False, False),
        ("age + 1 > 17", False, True),
        ("-age < -3", False, True),
        ('tenure in ["rent", "own"]', False, True),
        ('tenure not in ["own"]', False, True),
        ('"a" in name', False, True),
        ("name.length > 2", False, True),
        ("age < 18 or age == null", False, True),
        # ... but only if it is come to
        ("age == null or age < 18", True, True),
        # empty lists are lists
        ('("streaming" in fun) or ("gaming" in fun)', False, True),
        ('not ("streaming" in fun)', True, False),
        ("fun.length == 0", True, False),
        ('fun == ["streaming"]', False, True),
        ('"chess" in hobbies', False, True),
        ("4.5 in scores", False, True),
        ("bills.length == 2", False, True),
        # numbers are numbers, whole or not
        ("rent == 810.5", False, True),
        ("age == 17.0", False, True),
        ("rent - age > 793", False, True),
        ("minutes_left < 3", False, True),
        ('age < 18 and tenure == "rent" and not (consent == false)', False, True),
        ("1 < 2", True, True),
    ],
)
def test_what_a_condition_means(source: str, when_empty: bool, when_full: bool) -> None:
    condition = compile_condition(source, SLOTS)

    assert condition.holds(EMPTY) is when_empty
    assert condition.holds(FULL) is when_full


def test_a_condition_knows_what_it_looks_at() -> None:
    condition = compile_condition("age < 18 and minutes_left > 3", SLOTS)

    assert condition.names == {"age", "minutes_left"}
    assert condition.source == "age < 18 and minutes_left > 3"


def test_a_value_of_the_wrong_type_makes_a_condition_false() -> None:
    condition = compile_condition('age < 18 or tenure == "rent"', SLOTS)

    assert condition.holds({**FULL, "age": "seventeen"}) is False
    assert condition.holds({}) is False


@pytest.mark.parametrize(
    ("source", "offset", "rule", "message"),
    [
        ("aeg < 18", 0, "unknown-slot", "unknown slot `aeg` in a condition (did you mean `age`?)"),
        ("age < 18 and mintes_left > 3", 13, "unknown-slot", "unknown slot `mintes_left` in a condition (did you mean `minutes_left`?)"),
        ("tenure == rent or tenure == own", 28, "unknown-slot", '`own` is a value: put it in quotes (did you mean `"own"`?)'),
        ('tenure == "rnt"', 10, "unknown-value", '"rnt" is not a value of `tenure`, which can be rent, own (did you mean `rent`?)'),
        ('tenure in ["rent", "onw"]', 19, "unknown-value", '"onw" is not a value of `tenure`, which can be rent, own (did you mean `own`?)'),
        ('"steaming" in fun', 0, "unknown-value", '"steaming" is not a value of `fun`, which can be streaming, gaming (did you mean `streaming`?)'),
        ('age < "18"', 6, "condition-type", 'only numbers have an order: the number `age` against the text "18"'),
        ('age == "18"', 7, "condition-type", 'the number `age` is compared with the text "18": they can never be equal'),
        ('consent == "yes"', 11, "condition-type", 'the yes-or-no `consent` is compared with the text "yes": they can never be equal'),
        ('tenure == "rent" or "own"', 20, "condition-type", 'both sides of `or` must be questions with the answer true or false, not the text "own"'),
        ("not age", 0, "condition-type", "`not` stands before a question with the answer true or false, not the number `age`"),
        ("age", 0, "condition-type", "a condition must be a question with the answer true or false, not the number `age`"),
        ("fun == null", 0, "condition-type", "the list `fun` is compared with null: write `fun.length == 0`"),
        ('fun == "gaming"', 0, "condition-type", 'the list `fun` is compared with the text "gaming": write `"value" in fun`'),
        ('"rent" in tenure', 0, "condition-type", "the choice `tenure` is not a list: `in` needs one; compare `tenure` with =="),
        ('"Netflix" in bills', 0, "condition-type", "the list `bills` holds records, which `in` cannot look into"),
        ("3 in hobbies", 0, "condition-type", "a number cannot stand in the list `hobbies`"),
        ('name + "x" == name', 0, "condition-type", "only numbers can be added and subtracted, not the text `name`"),
        ("age.length > 1", 0, "condition-type", "the number `age` has no `.length`"),
        ("age = 18", 4, "condition-syntax", "a comparison is written with two signs: `==`"),
        ("age < 18 && consent", 9, "condition-syntax", "write `and` for `&&`"),
        ("age < 18 || consent", 9, "condition-syntax", "write `or` for `||`"),
        ("!consent", 0, "condition-syntax", "write `not` for `!`"),
        ("consent == True", 11, "condition-syntax", "`True` is not part of conditions (did you mean `true`?)"),
        ("age == None", 7, "condition-syntax", "`None` is not part of conditions (did you mean `null`?)"),
        ("age >", 5, "condition-syntax", "the condition ends too early"),
        ("age < 18)", 8, "condition-syntax", "`)` does not fit here"),
        ("1 < age < 3", 8, "condition-syntax", "`<` does not fit here"),
        ("consent == yes", 11, "unknown-slot", "unknown slot `yes` in a condition (did you mean `true`?)"),
        ("consent != no", 11, "unknown-slot", "unknown slot `no` in a condition (did you mean `false`?)"),
        ("name == \u201cSam\u201d", 8, "condition-syntax", 'use straight quotes in conditions: `"`'),
        ("age\u00a0< 3", 3, "condition-syntax", "a space of an unusual kind, often from copied text: write a plain space"),
        ('name == "Sam', 8, "condition-syntax", "a text that begins with a quote is never closed"),
    ],
)  # fmt: skip
def test_a_wrong_condition_is_told_at_load(source: str, offset: int, rule: str, message: str) -> None:
    problem = problems(source)[0]

    assert (problem.offset, problem.rule, str(problem)) == (offset, rule, message)


@pytest.mark.parametrize(
    "source",
    [
        '__import__("os").system("ls")',
        '"".__class__.__mro__',
        "age.__class__",
        "name.to_upper()",
        'name =~ "(a+)+$"',
        'name !~~ "a"',
        '"aaaaaaaaaaaaaaaaaaaaaaaaaaaa!" =~ "(a+)+$"',
        "9 ** 9 ** 9 ** 9 > 1",
        "age * 2 > 3",
        "age / 0 > 1",
        "age % 2 == 0",
        "age << 100000000 > 1",
        "[x for x in fun]",
        '[x for x in fun if x == "gaming"].length > 0',
        'fun[0] == "gaming"',
        "fun[0:1].length > 1",
        'd"2020-01-01" < d"2021-01-01"',
        't"P1D" == t"P1D"',
        'b"x" == b"x"',
        'r"x" == name',
        "$now == $now",
        "$abs(age) > 1",
        "age < 1 ? true : false",
        "age ?? 3 > 1",
        "name&.length > 1",
        '{"a": 1} == age',
        "1e9 < age",
        "0x10 < age",
        "inf > age",
        "age < 18 # always",
        '"\\x41" == name',
        "lambda: 1",
        "null",
        "",
        " ",
        "age\u00a0< 18",
        "аge < 18",
    ],
)
def test_what_is_not_of_the_language_is_refused_at_load(source: str) -> None:
    assert problems(source)


def test_a_condition_has_a_longest_length() -> None:
    fits = "age < 18" + " " * (LONGEST - 8)

    assert compile_condition(fits, SLOTS).holds(FULL)
    assert str(problems(fits + " ")[0]) == "a condition has at most 200 characters, this one 201"


@pytest.mark.parametrize("source", ["(" * 96 + "age<18" + ")" * 96, "not " * 47 + "consent", "-" * 190 + "age < 1"])
def test_the_deepest_condition_there_can_be_is_no_trouble(source: str) -> None:
    assert compile_condition(source, SLOTS).holds(EMPTY) is False


def test_every_unknown_name_is_told_not_only_the_first() -> None:
    assert [problem.snippet for problem in problems("agee < 18 and consnt == true")] == ["agee", "consnt"]


def problems(source: str) -> list[Problem]:
    with pytest.raises(ContentError) as raised:
        compile_condition(source, SLOTS)
    found = [each for each in raised.value.findings if isinstance(each, Problem)]
    assert len(found) == len(raised.value.findings)
    return found


def test_the_tables_of_the_grammar_are_those_of_the_release_that_is_installed() -> None:
    assert grammar_tables.PLACE.read_text() == grammar_tables.made(), "run make tables"


def test_nobody_waits_for_the_tables_to_be_worked_out() -> None:
    """That they are read shows in what is never called."""
    program = """
from cProfile import Profile
with Profile() as profile:
    from webhook.content.conditions import compile_condition
print(any(getattr(entry.code, "co_name", "") == "lr_parse_table" for entry in profile.getstats()))
"""
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert asked.stdout.strip() == "False"
