"""Every report that is made fits the schema of its flow, whole or masked; a changed one does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.interview.calls import NOON, Call, shipped
from tests.interview.people import PEOPLE
from tests.interview.reported import canary_session, event, flow, session, whole_report
from webhook.interview.facts import Status, ValueRefused, coerce
from webhook.interview.masking import masked
from webhook.interview.report import build, to_json
from webhook.interview.report_schema import report_schema
from webhook.interview.session import Session, Turn

SCHEMA = Draft202012Validator(report_schema(flow()))
WRITTEN = {"value": "frugal", "quotes": ["Zerbinetta Quux and I'm", "near Zerbinetta", "I rent, for"]}


def assert_fits(report: dict[str, Any], schema: Draft202012Validator = SCHEMA) -> None:
    for made in (report, masked(report)):
        errors = [
            f"{'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in schema.iter_errors(to_json(made))
        ]
        assert errors == []


@pytest.mark.parametrize("flow_id", ["financial_lifestyle", "screening", "stakeholder"])
def test_the_schema_of_each_shipped_flow_is_one(flow_id: str) -> None:
    Draft202012Validator.check_schema(report_schema(shipped(flow_id)))


@pytest.mark.parametrize("person", PEOPLE)
def test_the_report_on_everybody_s_call_fits_at_every_turn(person: str) -> None:
    call = Call(flow=flow()).begin()
    log: list[Turn] = []
    for slot, (utterance, heard) in enumerate(PEOPLE[person], start=1):
        call.hear(heard, utterance)
        log.append(Turn(slot=slot, utterance=utterance))
        held = session(said=())
        held = Session(**{**vars(held), "base": call.state, "log": tuple(log)})
        assert_fits(build(flow(), held, now=NOON, written={"spending_style": WRITTEN}))


def test_a_report_with_everything_in_it_fits() -> None:
    assert_fits(whole_report(canary_session(), spending_style=WRITTEN, what_matters=WRITTEN, in_their_words=WRITTEN))


def test_what_was_heard_otherwise_fits_masked_and_whole() -> None:
    filled = {"status": "filled", "value": "Bob"}
    differences = ({"slot": "name", "code": None, "claude": filled}, {"slot": "age", "code": filled, "claude": None})
    report = whole_report(replace(canary_session(), differences=differences))
    assert_fits(report)
    assert SCHEMA.is_valid(to_json(masked(report)))
    wrong = to_json(report)
    wrong["differences"][0]["claude"] = "Bob"
    assert not SCHEMA.is_valid(wrong)


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_learnt_the_report_fits(data: st.DataObject) -> None:
    """Any value that a slot takes, with any status, said again and again."""
    anything = st.one_of(st.text(max_size=8), st.integers(-5, 200), st.floats(0, 1e4), st.booleans())
    events = []
    for turn in range(1, data.draw(st.integers(1, 12))):
        slot = flow().slots[data.draw(st.sampled_from(list(flow().slots)))]
        status = data.draw(st.sampled_from([s for s in Status if s not in (Status.EMPTY, Status.PARTIAL)]))
        value: Any = None
        if status is Status.FILLED:
            raw = data.draw(st.one_of(anything, st.lists(anything, max_size=3), st.sampled_from(slot.values or ("x",))))
            try:
                value = coerce(slot, raw)
            except ValueRefused:
                continue
        events.append(event(slot.name, value, data.draw(st.text(max_size=8)), turn, status))
    assert_fits(whole_report(session(event("consent", True, "Yes", 1), *events)))


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("facts", "age", "value"), "thirty"),
        (("facts", "age", "status"), "refused"),
        (("facts", "tenure", "value"), "castle"),
        (("facts", "consent", "source"), None),
        (("fields", "spending_style"), {"value": "frugal", "quotes": []}),
        (("fields", "what_matters"), "Peace."),
        (("status",), "done"),
        (("schema",), 1),
    ],
)
def test_what_is_wrong_does_not_fit(place: tuple[str, ...], wrong: object) -> None:
    report = to_json(whole_report(canary_session()))
    node = report
    for name in place[:-1]:
        node = node[name]
    assert SCHEMA.is_valid(report)
    node[place[-1]] = wrong
    assert not SCHEMA.is_valid(report)
