"""Musts, `enough` and consent: what is said of a road that does without."""

from __future__ import annotations

import pytest

from tests.content.conftest import Check

ARROW = "    follow_up: summary"
HOME = """\
  home:
    importance: must
    fallback: Where do you live?
    required_info:
      area: {type: text}
    follow_up: summary
"""
AREA = ("  summary:\n", HOME + "  summary:\n")
FORK = (ARROW, "    follow_up:\n      - {if: age < 30, go_to: summary}\n      - else: home")


def test_a_line_that_leads_past_a_must_is_told(check: Check) -> None:
    _, findings = check(FORK, AREA)

    assert findings == [
        "flows/x.yaml:27:31: warning: this line leads past `home`, which is a `must`: a whole interview can go without"
    ]


def test_a_road_that_ends_early_need_not_have_the_musts(check: Check) -> None:
    _, findings = check((ARROW, "    follow_up:\n      - {if: age < 30, end: no_consent}\n      - else: home"), AREA)

    assert findings == []


def test_a_way_that_no_facts_allow_is_no_way_past_a_must(check: Check) -> None:
    """Only tenants come to `rooms`, so its line for owners leads nobody past `home`."""
    rooms = '  rooms:\n    follow_up:\n      - {if: tenure == "own", go_to: summary}\n      - else: home\n'
    fork = '    follow_up:\n      - {if: tenure == "rent", go_to: rooms}\n      - else: home'
    _, findings = check((ARROW, fork), ("  summary:\n", rooms + HOME + "  summary:\n"))

    assert findings == []


def test_a_must_have_that_a_road_leads_past_says_what_the_call_does_then(check: Check) -> None:
    _, findings = check(FORK, AREA, ("must_have: [age]", "must_have: [age, area]"), ("importance: must", "probes: 0"))

    assert findings == [
        "flows/x.yaml:41:20: warning: no topic on some road into the summary asks for `area` (line 27 leads past it): the call then turns back to topic `home` before the summary"
    ]


def test_a_must_have_that_is_only_nice_to_know_is_told(check: Check) -> None:
    _, findings = check(
        ("must_have: [age]", "must_have: [pet]"), (ARROW, "    nice_to_know:\n      pet: {type: text}\n" + ARROW)
    )

    assert findings == [
        "flows/x.yaml:35:15: warning: no topic before the summary requires `pet`: the call then turns back to topic `age` before the summary"
    ]


def test_too_few_of_the_facts_that_count_on_some_road_are_told(check: Check) -> None:
    _, findings = check(
        FORK,
        AREA,
        ("importance: must", "probes: 0"),
        ("must_have: [age]", "at_least: 3\n  of: [age, tenure, area]"),
    )

    assert findings == [
        "flows/x.yaml:41:13: warning: on the road intro - age - summary only 2 of the slots in `of` are asked for: the call then turns back to topic `home` before the summary"
    ]


CONSENT = "consent: {type: yes_no, may_refuse: false}"


@pytest.mark.parametrize(
    ("consent", "message"),
    [
        (
            "consent: {type: yes_no}",
            "slot `age` is private, and no road asks for consent (yes_no with `may_refuse: false`)",
        ),
        (CONSENT, None),
    ],
)
def test_a_private_slot_before_consent_is_told(check: Check, consent: str, message: str | None) -> None:
    _, findings = check((CONSENT, consent), ("min: 1,", "private: true, min: 1,"))

    assert findings == ([f"flows/x.yaml:24:7: warning: {message}"] if message else [])


def test_consent_that_some_road_leaves_for_later_is_told(check: Check) -> None:
    _, findings = check(
        (CONSENT, "consent: {type: yes_no}"),
        (
            "      tenure:",
            "      pay: {type: money, private: true}\n      really: {type: yes_no, may_refuse: false}\n      tenure:",
        ),
    )

    assert findings == [
        "flows/x.yaml:25:7: warning: slot `pay` is private, and on some road it is asked for before consent is (yes_no with `may_refuse: false`)"
    ]
