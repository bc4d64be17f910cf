"""Each kind of finding, word for word: this is what designers read."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.content.conftest import SMALL, Check
from webhook.content.findings import Finding, closest
from webhook.content.load import check_file

KEYS = [
    (
        "    follow_up: summary",
        "    folow_up: summary",
        ["flows/x.yaml:26:5: unknown key `folow_up` in topic `age` (did you mean `follow_up`?)"],
    ),
    (
        "time: {minutes: 10",
        "tmie: {minutes: 10",
        ["flows/x.yaml:9:1: unknown key `tmie` in the flow (did you mean `time`?)"],
    ),
    ("{say: Thank you.}", "{said: Thank you.}", ["flows/x.yaml:35:15: unknown key `said` in ending `completed`"]),
    ("version: 1\n", "", ["flows/x.yaml:1:1: missing key `version` in the flow"]),
    ("    follow_up: summary\n", "", ["flows/x.yaml:20:3: missing key `follow_up` in topic `age`"]),
    ("{type: yes_no, may_refuse", "{may_refuse", ["flows/x.yaml:15:7: missing key `type` in slot `consent`"]),
    ("version: 1\n", "version: 1\nversion: 2\n", ["flows/x.yaml:3:1: key `version` is written twice, first on line 2"]),
    ("title: A small flow", "title:", ["flows/x.yaml:3:1: `title` is empty"]),
    ("{type: yes_no}", "{type: yes_no, private}", ["flows/x.yaml:30:34: `private` in slot `summary_ok` is empty"]),
]


VALUES = [
    ("version: 1", "version: one", ["flows/x.yaml:2:10: `version` should be a whole number, not `one`"]),
    (
        "version: 1",
        'version: "1"',
        ["flows/x.yaml:2:10: `version` should be a whole number: take `1` out of its quotes"],
    ),
    ("version: 1", "version: 01", ["flows/x.yaml:2:10: `version` should be a whole number, not `01`"]),
    ("version: 1", "version: 1.5", ["flows/x.yaml:2:10: `version` should be a whole number, not `1.5`"]),
    ("version: 1", "version: 0", ["flows/x.yaml:2:10: `version` should be at least 1, not `0`"]),
    ("title: A small flow", "title: 2026", ["flows/x.yaml:3:8: `title` should be text, not `2026`: put it in quotes"]),
    ("title: A small flow", "title: [a, b]", ["flows/x.yaml:3:8: `title` should be text, not a list"]),
    ("min: 1,", "min: 12:30,", ["flows/x.yaml:24:38: `min` in slot `age` should be a number, not `12:30`"]),
    (
        "may_refuse: false",
        "may_refuse: no",
        ["flows/x.yaml:15:43: `may_refuse` in slot `consent` should be true or false, not `no`"],
    ),
    (
        "type: whole_number",
        "type: whole_numbr",
        [
            "flows/x.yaml:24:19: `type` in slot `age` should be one of text, whole_number, number, money, yes_no, choice, choices, list, not `whole_numbr` (did you mean `whole_number`?)"
        ],
    ),
    (
        "values: [rent, own]",
        "values: rent",
        [
            "flows/x.yaml:25:38: `values` in slot `tenure` should be a list of values, or each value with what people say for it"
        ],
    ),
    (
        "values: [rent, own]",
        "values: [rent, true]",
        ["flows/x.yaml:25:45: `values` in slot `tenure` should be text, not `true`: put it in quotes"],
    ),
    (
        "values: [rent, own]",
        "values: {rent: {de: [Miete]}, own: []}",
        ["flows/x.yaml:25:46: language `de` is not one of `languages`"],
    ),
    (
        "values: [rent, own]",
        "values: {rent: [a flat], own: [A flat]}",
        ["flows/x.yaml:25:60: `A flat` stands for `rent` already: what is said for two values tells neither"],
    ),
    (
        "values: [rent, own]",
        "values: {rent: a flat, own: []}",
        [
            "flows/x.yaml:25:45: `values.rent` in slot `tenure` should be a list of words, or one for each language such as {en: [my boss], de: [mein Chef]}"
        ],
    ),
    ("values: [rent, own]", "values: []", ["flows/x.yaml:25:38: `values` in slot `tenure` should not be empty"]),
    (
        "    ask: prompts/age.md",
        "    ask: {en: Age, de: 5}",
        ["flows/x.yaml:21:24: `ask.de` in topic `age` should be text, not `5`: put it in quotes"],
    ),
    (
        "    ask: prompts/age.md",
        "    ask: 5",
        [
            "flows/x.yaml:21:10: `ask` in topic `age` should be text, or one text for each language such as {en: ..., de: ...}"
        ],
    ),
    (
        "    ask: prompts/age.md",
        "    importance: maybe",
        ["flows/x.yaml:21:17: `importance` in topic `age` should be one of must, should, could, not `maybe`"],
    ),
    (
        "follow_up: {end: completed}",
        "follow_up: 5",
        [
            "flows/x.yaml:31:16: the follow_up of topic `summary` should be the name of a topic, {end: name of an ending}, or a list of lines with `if`"
        ],
    ),
    (
        "      - else: age",
        "      - age",
        [
            "flows/x.yaml:19:9: the follow_up of topic `intro` should be a line with `if` and `go_to` or `end`, or a line with `else`"
        ],
    ),
    (
        "mia: {style: Warm and plain.}",
        "mia: Warm and plain.",
        ["flows/x.yaml:8:8: persona `mia` should be a block of keys, not `Warm and plain.`"],
    ),
    (
        "mia: {style: Warm and plain.}",
        "mia: {style: Warm., voice: {speed: 2}}",
        ["flows/x.yaml:8:38: `speed` in the voice of persona `mia` should be at most 1.2, not `2`"],
    ),
]


NAMES = [
    (
        "flow: small",
        "flow: Small Flow",
        ["flows/x.yaml:1:7: `flow` is not a usable name: small letters, digits, - and _ only, at most 64"],
    ),
    (
        "  mia: {",
        "  Mia: {",
        ["flows/x.yaml:8:3: `Mia` is not a usable name: small letters, digits, - and _ only, at most 64"],
    ),
    (
        "consent: {",
        "1consent: {",
        [
            "flows/x.yaml:15:7: `1consent` is not a usable name: begin with a small letter; small letters, digits and _ only, at most 64",
            "flows/x.yaml:17:13: unknown slot `consent` in a condition",
        ],
    ),
    (
        "consent: {",
        "minutes_left: {",
        [
            "flows/x.yaml:15:7: `minutes_left` cannot be the name of a slot: conditions use it",
            "flows/x.yaml:17:13: unknown slot `consent` in a condition",
        ],
    ),
    (
        "languages: [en]",
        "languages: [English]",
        ["flows/x.yaml:4:13: `English` is not a usable name: a language is written like en or pt-BR"],
    ),
]


REFERENCES = [
    ("start: intro", "start: intor", ["flows/x.yaml:5:8: unknown topic `intor` in the flow (did you mean `intro`?)"]),
    ("persona: mia", "persona: mai", ["flows/x.yaml:6:10: unknown persona `mai` in the flow (did you mean `mia`?)"]),
    (
        "follow_up: summary",
        "follow_up: sumary",
        ["flows/x.yaml:26:16: unknown topic `sumary` in the follow_up of topic `age` (did you mean `summary`?)"],
    ),
    (
        "- else: age",
        "- else: aeg",
        ["flows/x.yaml:19:15: unknown topic `aeg` in the follow_up of topic `intro` (did you mean `age`?)"],
    ),
    (
        "follow_up: summary",
        "follow_up: completed",
        [
            "flows/x.yaml:26:16: `completed` is an ending: write {end: completed}, in the follow_up of topic `age`",
            "flows/x.yaml:27:3: topic `summary` can never be reached",
        ],
    ),
    (
        "end: no_consent",
        "end: no_consnt",
        [
            "flows/x.yaml:18:14: unknown ending `no_consnt` in the follow_up of topic `intro` (did you mean `no_consent`?)"
        ],
    ),
    (
        "{end: completed}",
        "{end: completd}",
        [
            "flows/x.yaml:31:22: unknown ending `completd` in the follow_up of topic `summary` (did you mean `completed`?)"
        ],
    ),
    (
        "end: no_consent",
        "go_to: nowhere_at_all",
        ["flows/x.yaml:18:16: unknown topic `nowhere_at_all` in the follow_up of topic `intro`"],
    ),
    (
        "end: no_consent\n",
        "end: no_consent\n        go_to: age\n",
        ["flows/x.yaml:18:14: a line needs either `go_to` or `end`, in the follow_up of topic `intro`"],
    ),
    (
        "        end: no_consent\n",
        "",
        ["flows/x.yaml:17:9: a line needs either `go_to` or `end`, in the follow_up of topic `intro`"],
    ),
    (
        "must_have: [age]",
        "must_have: [aeg]",
        ["flows/x.yaml:33:15: unknown slot `aeg` in `enough` (did you mean `age`?)"],
    ),
    ("must_have: [age]", "must_have: [age, age]", ["flows/x.yaml:33:20: slot `age` is there twice"]),
    (
        "must_have: [age]",
        "must_have: [age]\n  at_least: 3\n  of: [age, tenure]",
        ["flows/x.yaml:34:13: `at_least` 3 is more than the 2 slots in `of`"],
    ),
    (
        "{from: [age, tenure]}",
        "{from: [age, tenur]}",
        ["flows/x.yaml:39:26: unknown slot `tenur` in report field `person` (did you mean `tenure`?)"],
    ),
    (
        "{from: [age, tenure]}",
        "{from: tenur}",
        ["flows/x.yaml:39:20: unknown slot `tenur` in report field `person` (did you mean `tenure`?)"],
    ),
    (
        "{from: [age, tenure]}",
        "{evidence: 1}",
        ["flows/x.yaml:39:5: report field `person` needs either `from` or `write`"],
    ),
    (
        "time: {",
        "house_rules: {safety: {distress: {say: Stop., end: completd}}}\ntime: {",
        ["flows/x.yaml:9:52: unknown ending `completd` in safety rule `distress` (did you mean `completed`?)"],
    ),
    (
        "ask: prompts/age.md",
        "ask: prompts/aeg.md",
        ["flows/x.yaml:21:10: there is no prompt file `prompts/aeg.md` (did you mean `prompts/age.md`?)"],
    ),
    (
        "ask: prompts/age.md",
        "ask: prompts/../flows/x.md",
        ["flows/x.yaml:21:10: prompt file `prompts/../flows/x.md` is outside the prompts folder"],
    ),
    (
        "ask: prompts/age.md",
        "ask: prompts/age.txt",
        ["flows/x.yaml:21:10: `prompts/age.txt` looks like a prompt file, but does not end in .md"],
    ),
    (
        "ask: prompts/age.md",
        "ask: Prompts/age.md",
        [
            "flows/x.yaml:21:10: warning: `Prompts/age.md` looks like a file, but is the text itself: a prompt file is `prompts/NAME.md`"
        ],
    ),
    (
        "ask: prompts/age.md",
        "say: /etc/passwd",
        [
            "flows/x.yaml:21:10: warning: `/etc/passwd` looks like a file, but is the text itself: a prompt file is `prompts/NAME.md`"
        ],
    ),
]


CONDITIONS = [
    (
        "consent != true",
        "consnt != true",
        ["flows/x.yaml:17:13: unknown slot `consnt` in a condition (did you mean `consent`?)"],
    ),
    (
        "consent != true",
        'age < "18"',
        ['flows/x.yaml:17:19: only numbers have an order: the number `age` against the text "18"'],
    ),
    (
        "consent != true",
        'age == "18"',
        ['flows/x.yaml:17:20: the number `age` is compared with the text "18": they can never be equal'],
    ),
    (
        "consent != true",
        'tenure == "rnt"',
        ['flows/x.yaml:17:23: "rnt" is not a value of `tenure`, which can be rent, own (did you mean `rent`?)'],
    ),
    (
        "consent != true",
        "tenure == rent",
        ['flows/x.yaml:17:23: `rent` is a value: put it in quotes (did you mean `"rent"`?)'],
    ),
    (
        "consent != true",
        'tenure == "rent" or "own"',
        ['flows/x.yaml:17:33: both sides of `or` must be questions with the answer true or false, not the text "own"'],
    ),
    ("consent != true", "consent = true", ["flows/x.yaml:17:21: a comparison is written with two signs: `==`"]),
    ("consent != true", "consent !=", ["flows/x.yaml:17:23: the condition ends too early"]),
    (
        "consent != true",
        "age > 1 and\n            aeg < 18",
        ["flows/x.yaml:18:13: unknown slot `aeg` in a condition (did you mean `age`?)"],
    ),
    (
        "consent != true",
        'minutes_left < 3 or name =~ "a"',
        [
            "flows/x.yaml:17:33: unknown slot `name` in a condition",
            "flows/x.yaml:17:38: patterns are not part of conditions",
        ],
    ),
    (
        "consent != true",
        "1 < 2",
        [
            "flows/x.yaml:17:13: warning: this condition looks at no slot: it never changes",
            "flows/x.yaml:20:3: warning: topic `age` can never be reached: the lines that lead to it are never taken",
            "flows/x.yaml:27:3: warning: topic `summary` can never be reached: the lines that lead to it are never taken",
        ],
    ),
    (
        "      - else: age\n",
        "",
        [
            "flows/x.yaml:17:9: the follow_up of topic `intro` does not end in `else`",
            "flows/x.yaml:19:3: topic `age` can never be reached, and so neither can `summary`",
        ],
    ),
    (
        "      - if: consent",
        "      - else: age\n      - if: consent",
        ["flows/x.yaml:18:9: lines after `else` are never read: put `else` last, in the follow_up of topic `intro`"],
    ),
]


TEMPLATES = [
    (
        "{{ persona.name }}",
        "{{ persona.nam }}",
        ["flows/x.yaml:12:28: unknown name `persona.nam` in a template (did you mean `persona.name`?)"],
    ),
    (
        "{{ persona.name }}",
        "{{ tenure }}",
        ["flows/x.yaml:12:28: unknown name `tenure` in a template (did you mean `slots.tenure`?)"],
    ),
    (
        "{{ persona.name }}",
        "{{ persona.name",
        ["flows/x.yaml:12:25: in the template: expected `}}`, found end of file"],
    ),
    ("{{ persona.name }}", "{% include 'x' %}", ["flows/x.yaml:12:28: in the template: unexpected tag `include`"]),
    (
        "ask: prompts/age.md",
        "ask: prompts/bad.md",
        ["prompts/bad.md:2:10: unknown name `slots.aeg` in a template (did you mean `slots.age`?)"],
    ),
    (
        "say: Hello, this is {{ persona.name }}.",
        "say: >\n      Hello, this is\n      {{ persona.name }} and {{ persona.nmae }}.",
        ["flows/x.yaml:14:33: unknown name `persona.nmae` in a template (did you mean `persona.name`?)"],
    ),
]


LANGUAGES = [
    ("languages: [en]", "languages: [en, en]", ["flows/x.yaml:4:17: language `en` is there twice"]),
    (
        "{say: Thank you.}",
        "{say: {en: Thank you., dee: Danke.}}",
        ["flows/x.yaml:35:37: language `dee` is not one of `languages`"],
    ),
    (
        "{say: Thank you.}",
        "{say: {de: Danke.}}",
        [
            "flows/x.yaml:35:15: no `en` for `say` in ending `completed`",
            "flows/x.yaml:35:21: language `de` is not one of `languages`",
        ],
    ),
]


FALLBACKS = [
    ("    fallback: How old are you?\n", "", ["flows/x.yaml:20:3: topic `age` asks but has no `fallback`"]),
    (
        "fallback: How old are you?",
        "fallback: Tell me your age.",
        ["flows/x.yaml:22:15: the fallback of topic `age` should have exactly one question mark, not 0"],
    ),
    (
        "fallback: How old are you?",
        "fallback: How old are you? And where do you live?",
        [
            "flows/x.yaml:22:15: the fallback of topic `age` should have exactly one question mark, not 2",
            'flows/x.yaml:22:32: warning: "And where do" asks two things at once: callers answer one of them',
        ],
    ),
    (
        "fallback: How old are you?",
        "fallback: well well well well well well well well well well well well well well well well well well well well well well well well well how old?",
        ["flows/x.yaml:22:15: warning: the fallback of topic `age` has 27 words; at most 25 are easy to hear"],
    ),
    (
        "fallback: How old are you?",
        'fallback: "{% if slots.tenure %}How old?{% endif %}"',
        ["flows/x.yaml:22:15: the fallback of topic `age` should have exactly one question mark, not 0"],
    ),
]


OPTIONS = [
    ("min: 1, max: 120", "min: 121, max: 120", ["flows/x.yaml:24:38: `min` 121 is more than `max` 120"]),
    (
        "min: 1, max: 120",
        "values: [a, b]",
        ["flows/x.yaml:24:33: `values` is for choice or choices, and slot `age` is whole_number"],
    ),
    (
        "{type: choice, values: [rent, own]}",
        "{type: choice}",
        ["flows/x.yaml:25:7: missing key `values` in slot `tenure`"],
    ),
    (
        "{type: choice, values: [rent, own]}",
        "{type: choice, values: [rent, Rent]}",
        ["flows/x.yaml:25:45: value `Rent` is there twice"],
    ),
    (
        "{type: choice, values: [rent, own]}",
        "{type: choices, values: [rent, own], at_least: 3}",
        ["flows/x.yaml:25:62: `at_least` 3 is more than there are values"],
    ),
    (
        "{type: choice, values: [rent, own]}",
        "{type: list, at_least: 3, at_most: 2}",
        ["flows/x.yaml:25:38: `at_least` 3 is more than `at_most` 2"],
    ),
    (
        "{type: choice, values: [rent, own]}",
        "{type: list, of: choice}",
        [
            "flows/x.yaml:25:32: `of` in slot `tenure` should be one of text, whole_number, number, money, yes_no, not `choice`"
        ],
    ),
    (
        "summary_ok: {type: yes_no}",
        "summary_ok: {type: yes_no}\n      age: {type: number}",
        ["flows/x.yaml:31:7: slot `age` is defined differently in topic `age`"],
    ),
    (
        "wrap_up_minutes: 2",
        "wrap_up_minutes: 10",
        ["flows/x.yaml:9:38: `wrap_up_minutes` 10 leaves nothing of `minutes` 10"],
    ),
    (
        "{from: [age, tenure]}",
        "{write: Frugal?, type: choice}",
        ["flows/x.yaml:39:5: missing key `values` in report field `person`"],
    ),
    (
        "{from: [age, tenure]}",
        "{write: Frugal?, values: [a]}",
        ["flows/x.yaml:39:30: `values` is for choice or choices, and report field `person` is text"],
    ),
]


ROADS = [
    ("- else: age", "- else: summary", ["flows/x.yaml:20:3: topic `age` can never be reached"]),
    (
        "follow_up: summary",
        "follow_up: age",
        [
            "flows/x.yaml:20:3: topic `age` leads only to itself",
            "flows/x.yaml:27:3: topic `summary` can never be reached",
        ],
    ),
    ("follow_up: {end: completed}", "follow_up: age", ["flows/x.yaml:20:3: no way out of the loop `age`, `summary`"]),
    (
        "        end: no_consent\n      - else: age",
        "        go_to: age\n      - else: summary",
        [
            "flows/x.yaml:33:15: warning: no topic on some road into the summary asks for `age` (line 19 leads past it): the call then turns back to topic `age` before the summary"
        ],
    ),
    (
        "start: intro",
        "start: summary",
        ["flows/x.yaml:11:3: topic `intro` can never be reached, and so neither can `age`"],
    ),
    (
        "  summary:\n",
        "  closing:\n",
        [
            "flows/x.yaml:26:16: unknown topic `summary` in the follow_up of topic `age`",
            "flows/x.yaml:27:3: topic `closing` can never be reached",
            "flows/x.yaml:32:1: warning: `enough` guards the way into the topic `summary`, and there is none",
        ],
    ),
]


YAML = [
    (
        "title: A small flow",
        "title: A small flow: the first",
        [
            (
                "flows/x.yaml:3:20: a colon followed by a space inside a text (put the text in quotes), or a line that is"
                " indented too far, or the line before it lacks the colon and space behind its key"
            )
        ],
    ),
    (
        "title: A small flow",
        'title: "A small flow',
        ["flows/x.yaml:3:8: this text begins with a quote that is never closed"],
    ),
    ("time: {", "time:\t{", ["flows/x.yaml:9:6: a tab where spaces are needed: YAML is indented with spaces only"]),
    (
        "  must_have",
        "\tmust_have",
        ["flows/x.yaml:33:1: a tab where spaces are needed: YAML is indented with spaces only"],
    ),
    (
        "languages: [en]",
        "languages: [en",
        [
            (
                "flows/x.yaml:5:6: a bracket that is never closed, a comma that is missing, or a text inside brackets that"
                " needs quotes"
            )
        ],
    ),
    (
        "languages: [en]",
        "languages: &l [en]",
        ["flows/x.yaml:4:12: `&l` is an anchor: anchors are not part of this format"],
    ),
    ("start: intro", "start: *l", ["flows/x.yaml:5:8: `*l` is an alias: write the value out instead"]),
    ("version: 1", "version: !!int 1", ["flows/x.yaml:2:10: tags (words after `!`) are not part of this format"]),
    (
        "flow: small",
        "---\nflow: small\n---",
        ["flows/x.yaml:1:1: one file holds one flow: `---` starts a second document"],
    ),
]


def test_the_small_flow_itself_has_no_finding(check: Check) -> None:
    flow, findings = check()

    assert findings == []
    assert flow is not None


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [*KEYS, *VALUES, *NAMES, *REFERENCES, *CONDITIONS, *TEMPLATES, *LANGUAGES, *FALLBACKS, *OPTIONS, *ROADS, *YAML],
)
def test_a_finding_says_where_and_what_and_what_was_meant(
    check: Check, old: str, new: str, expected: list[str]
) -> None:
    flow, findings = check((old, new))

    assert findings == expected
    assert (flow is None) == any("warning: " not in finding for finding in expected)


def test_everything_is_found_in_one_go(check: Check) -> None:
    flow, findings = check(
        ("version: 1", "version: one"),
        ("consent != true", "consnt != true"),
        ("fallback: How old are you?", "fallback: Tell me your age."),
        ("    follow_up: summary", "    folow_up: summary"),
        ("must_have: [age]", "must_have: [agee]"),
        ("{say: Goodbye.}", "{said: Goodbye.}"),
    )

    assert flow is None
    assert findings == [
        "flows/x.yaml:2:10: `version` should be a whole number, not `one`",
        "flows/x.yaml:17:13: unknown slot `consnt` in a condition (did you mean `consent`?)",
        "flows/x.yaml:22:15: the fallback of topic `age` should have exactly one question mark, not 0",
        "flows/x.yaml:26:5: unknown key `folow_up` in topic `age` (did you mean `follow_up`?)",
        "flows/x.yaml:33:15: unknown slot `agee` in `enough` (did you mean `age`?)",
        "flows/x.yaml:36:16: unknown key `said` in ending `no_consent`",
    ]


def test_one_slip_in_a_key_is_one_finding(check: Check) -> None:
    """What a misspelt `required_info` holds still counts, so nothing that names its slots is called unknown."""
    _, findings = check(("    required_info:\n      age", "    required_inf:\n      age"))

    assert findings == ["flows/x.yaml:23:5: unknown key `required_inf` in topic `age` (did you mean `required_info`?)"]


def test_a_text_with_a_comma_in_braces_goes_on(check: Check) -> None:
    flow, findings = check(("{type: yes_no}", "{type: yes_no, about: They agree, after any change, with all of it}"))

    assert findings == []
    assert flow is not None
    assert flow.slots["summary_ok"].about == "They agree, after any change, with all of it"


def test_a_single_word_after_a_comma_in_braces_is_pointed_at(check: Check) -> None:
    _, findings = check(("{type: yes_no}", "{type: yes_no, about: They agree, really}"))

    assert findings == [
        "flows/x.yaml:30:53: unknown key `really` in slot `summary_ok`, without a value: a text with a comma needs quotes"
    ]


def test_a_topic_written_inside_the_one_before_is_told_as_such_not_as_a_comma(check: Check) -> None:
    _, findings = check(("  age:\n", "    age:\n"))

    assert "unknown key `age` in topic `intro`, without a value: does it stand too far left or right?" in findings[0]


def test_an_ending_named_like_a_topic_is_one_finding_and_no_loop(check: Check) -> None:
    """`completed` is near `complaint`: taken for it, half the flow would seem to have no way out."""
    _, findings = check(
        ("  age:\n", "  complaint:\n"),
        ("else: age", "else: complaint"),
        ("follow_up: {end: completed}", "follow_up: completed"),
    )

    assert [finding.partition(": ")[2] for finding in findings] == [
        "`completed` is an ending: write {end: completed}, in the follow_up of topic `summary`"
    ]


def test_a_last_line_without_else_is_told_with_how_it_is_written(check: Check) -> None:
    _, findings = check(("      - else: age", "      - go_to: age"))

    assert findings[0].endswith(
        "missing key `if` in the follow_up of topic `intro`; the last line is `- else: next_topic`"
    )


def test_an_else_above_the_last_line_is_told_once(check: Check) -> None:
    """That the last line is no `else` says the same again."""
    last = "      - if: consent != true\n        end: no_consent\n"
    _, findings = check((f"{last}      - else: age\n", f"      - else: age\n{last}"))

    assert [finding.partition(": ")[2] for finding in findings if "`else`" in finding] == [
        "lines after `else` are never read: put `else` last, in the follow_up of topic `intro`"
    ]


def test_a_file_that_is_not_there_is_a_finding(folder: Path) -> None:
    flow, findings = check_file(Path("flows/none.yaml"), Path("prompts"))

    assert flow is None
    assert [str(finding) for finding in findings] == ["flows/none.yaml:1:1: No such file or directory"]


def test_positions_count_from_one_after_line_ends_of_every_kind(folder: Path) -> None:
    text = "\ufeff" + SMALL.replace("version: 1", "version: one")
    Path("flows/x.yaml").write_bytes(text.replace("\n", "\r\n").encode())

    _, findings = check_file(Path("flows/x.yaml"), Path("prompts"))

    assert [(finding.line, finding.column, finding.rule) for finding in findings] == [(2, 10, "wrong-value")]


def test_a_finding_prints_as_editors_and_terminals_expect() -> None:
    finding = Finding(
        path="flows/x.yaml", line=12, column=5, rule="unknown-key", message="unknown key `a`", suggestion="b"
    )

    assert str(finding) == "flows/x.yaml:12:5: unknown key `a` (did you mean `b`?)"


def test_what_was_meant_is_only_guessed_when_it_is_near() -> None:
    assert closest("Follow-up", ["follow_up", "fallback"]) == "follow_up"
    assert closest("zebra", ["follow_up", "fallback"]) is None


@pytest.mark.parametrize("seed", range(6))
def test_no_broken_file_breaks_the_checker(folder: Path, seed: int) -> None:
    """Lines lost, doubled, shuffled and scribbled on: there is a flow, or there are findings with a position."""
    rng = random.Random(seed)
    for _ in range(12):
        lines = SMALL.splitlines()
        for _ in range(3):
            _scribble(lines, rng)
        Path("flows/x.yaml").write_text("\n".join(lines))

        flow, findings = check_file(Path("flows/x.yaml"), Path("prompts"))

        assert (flow is None) == any(finding.is_error for finding in findings)
        assert all(finding.line >= 1 and finding.column >= 1 for finding in findings)


def _scribble(lines: list[str], rng: random.Random) -> None:
    at = rng.randrange(len(lines))
    line = lines[at]
    key = line.split(":")[0]
    values = [
        "5",
        "[]",
        "{}",
        "[a, {b: c}]",
        "{end: [1]}",
        "[{else: 5}]",
        "[{if: 3, go_to: x}, {else: {go_to: [x]}}]",
        "",
    ]
    lines[at] = rng.choice(
        [
            "",
            "  " + line,
            line.lstrip(),
            f"{key}: {rng.choice(values)}",
            line[: rng.randrange(len(line) + 1)] + rng.choice("{}[]:,\"'#&*!|>-%@`?=<\t"),
            rng.choice(lines),
        ]
    )


@pytest.mark.parametrize("name", ["corrected", "refused", "unknown", "wants_to_change", "signals", "thin"])
def test_a_slot_by_the_name_of_a_key_of_tests_is_warned_of(check: Check, name: str) -> None:
    flow, findings = check(
        ("      age: {type: whole_number, min: 1, max: 120}\n", f"      {name}: {{type: yes_no}}\n"),
        ("must_have: [age]", f"must_have: [{name}]"),
        ("from: [age, tenure]", "from: [tenure]"),
    )

    assert flow is not None
    assert any(f"`{name}` is a key of its own in tests and recordings" in finding for finding in findings)
