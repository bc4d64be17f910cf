"""The record of a session: what goes in comes out, and nothing damaged gets in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from tests.interview.calls import NOON, Call, understood, utterance_for
from tests.interview.understandings import ANYTHING, UTTERANCE
from webhook.errors import RecordTooNew, StoreError
from webhook.interview.cost import Call as ClaudeCall
from webhook.interview.cost import Spending, Usage, spending_of
from webhook.interview.moves import State
from webhook.interview.session import (
    SCHEMA,
    Head,
    HeadStatus,
    Session,
    SessionStatus,
    from_dict,
    further,
    to_dict,
)
from webhook.interview.turns import begin, decide, finish, note_late
from webhook.interview.understanding import Understanding


def new(**fields: Any) -> Session:
    plain: dict[str, Any] = {
        "session_id": "s-1",
        "flow_id": "financial_lifestyle",
        "flow_version": 1,
        "flow_hash": "abc",
        "persona_id": "mia",
        "language": "en",
        "created_at": NOON,
        "updated_at": NOON + 0.5,
    }
    return Session(**plain | fields)


def session_of(heard: list[Understanding], steps: int) -> Session:
    """A session as `turns` leaves it after these turns; `steps` is how far the last one came (0 to 3)."""
    session, call = new(), Call().begin()
    said: list[str] = []
    for number, one in enumerate(heard, start=1):
        if session.is_over:
            break
        said.append(f"{number} {UTTERANCE} {utterance_for(one)}")
        session, begun = begin(session, said, now=call.now, conversation_id="c-1")
        last = number == len(heard)
        if last and steps == 0:
            break
        call.hear(one, said[-1])
        assert call.last is not None
        session = decide(session, begun.generation, call.last, now=call.now) or session
        if last and steps == 1:
            break
        session = note_late(session, begun.slot, said[-1], one) or session
        if last and steps == 2:
            break
        session = finish(session, begun.generation, "Well, well.", ("Well, ", "well.")) or session
    return session


SESSIONS = st.builds(session_of, st.lists(ANYTHING, max_size=8), st.integers(0, 3))


def through_json(session: Session) -> Session:
    return from_dict(json.loads(json.dumps(to_dict(session), allow_nan=False)))


@settings(max_examples=150)
@for_all(session=SESSIONS)
def test_a_session_comes_back_from_its_record_as_it_was(session: Session) -> None:
    assert through_json(session) == session


def test_every_field_comes_back() -> None:
    session = new(
        conversation_id="c-1",
        status=SessionStatus.ENDED_EARLY,
        first_message="Hi.",
        pending=("one", "two"),
        flags=("recovered",),
        report={"fields": [1, None, {"a": "ü"}]},
        report_status="ready",
        spending=spending_of(ClaudeCall(purpose="speak", model="m", usage=Usage(input_tokens=7), is_wasted=True)),
    )
    assert through_json(session) == session


def test_a_record_can_be_read_without_code() -> None:
    record = to_dict(session_of([understood(consent=True), understood(name="Sam")], 3))
    assert record["schema"] == SCHEMA
    assert (record["status"], record["flow_id"], record["current_topic"]) == (
        "in_progress",
        "financial_lifestyle",
        "age",
    )
    assert record["head"]["move"]["kind"] == "ask"
    json.dumps(record)


def test_the_state_is_the_heads_once_it_is_decided() -> None:
    head = Head(slot=1, utterance="x", generation=1)
    base, later = State(topic="name"), State(topic="age")
    assert new(base=base).state == new(base=base, head=head).state == base
    decided = new(base=base, head=replace(head, status=HeadStatus.DECIDED, state=later))
    assert (decided.state, decided.current_topic) == (later, "age")


def test_turns_are_the_log_and_the_head() -> None:
    session = session_of([understood(consent=True), understood(name="Sam")], 3)
    assert [(t.slot, t.move, t.reply) for t in session.turns] == [(1, "ask", "Well, well."), (2, "ask", "Well, well.")]
    begun = session_of([understood(consent=True), understood(name="Sam")], 0)
    assert [(t.slot, t.move, t.reply) for t in begun.turns] == [(1, "ask", "Well, well."), (2, "", "")]
    assert new().turns == ()


def test_a_flag_is_set_once() -> None:
    assert new().flagged("partial").flagged("partial").flags == ("partial",)


@pytest.mark.parametrize(
    ("status", "over"), [("created", False), ("in_progress", False), ("completed", True), ("ended_early", True)]
)
def test_a_session_is_over_when_it_was_completed_or_ended_early(status: str, over: bool) -> None:
    assert new(status=SessionStatus(status)).is_over is over


@pytest.mark.parametrize("schema", [None, 0, SCHEMA + 1, "1"])
def test_a_record_of_another_form_is_refused(schema: object) -> None:
    with pytest.raises(StoreError):
        from_dict({**to_dict(new()), "schema": schema})


def test_a_record_of_a_later_release_is_told_apart_from_a_damaged_one() -> None:
    with pytest.raises(RecordTooNew):
        from_dict({**to_dict(new()), "schema": SCHEMA + 1, "whatever": "comes"})


NEW_IN_4: dict[str, Any] = {
    "call": None,
    "past_conversations": [],
    "carried": 0,
    "transcript_gone_at": None,
    "report_version": 0,
    "report_tries": 0,
    "written": None,
    "differences": [],
    "missed": [],
}


def new_in_5(old: dict[str, Any]) -> dict[str, Any]:
    """What version 5 added to a record: the interview's clock goes on from the store's."""
    time = {"clock_s": old["updated_at"], "read": {"at": old["updated_at"], "steady": 0.0, "machine": ""}}
    return {"known_by": "", "time": time}


def new_since(old: dict[str, Any]) -> dict[str, Any]:
    return NEW_IN_4 | new_in_5(old)


def written_out(session: Session) -> dict[str, Any]:
    """The record, less what version 5 knows of a move, a state and a head."""
    told: dict[str, Any] = json.loads(json.dumps(to_dict(session)))
    assert told["head"].pop("asked_at") == session.updated_at
    assert told["head"].pop("trimmed") == 0
    states = [state for state in (told["base"], told["head"]["state"]) if state is not None]
    for state in states:
        assert (state.pop("alarm"), state.pop("danger_due")) == (None, None)
    for move in (told["head"]["move"], *(state["pending"] for state in states)):
        assert move is None or move.pop("about_us") is None
    return told


def test_row_42_a_record_of_the_first_form_is_read_as_it_was_written() -> None:
    """Beside this file stands a record as version 1 wrote it; what came later has its first value."""
    old = json.loads((Path(__file__).parent / "record_1.json").read_text())
    assert old["schema"] == 1
    session = from_dict(old)
    assert (session.failures, session.left_out) == (0, ())
    told = written_out(session)
    assert [part.pop("cut") for part in (told["head"], *told["log"])] == ["", ""]
    assert {k: told[k] for k in old if k != "schema"} == {k: v for k, v in old.items() if k != "schema"}


def test_a_record_of_the_second_form_is_read_as_it_was_written() -> None:
    """As above, with a record of version 2: nothing is known of what it has cost."""
    old = json.loads((Path(__file__).parent / "record_2.json").read_text())
    assert old["schema"] == 2
    session = from_dict(old)
    assert session.spending == Spending()
    told = written_out(session)
    assert (told.pop("schema"), told.pop("spending")) == (SCHEMA, [])
    assert {name: told.pop(name) for name in new_since(old)} == new_since(old)
    assert told == {k: v for k, v in old.items() if k != "schema"}


def test_a_record_of_the_third_form_is_read_as_it_was_written() -> None:
    """As above, with a record of version 3: nothing is known of its call."""
    old = json.loads((Path(__file__).parent / "record_3.json").read_text())
    assert old["schema"] == 3
    told = written_out(from_dict(old))
    assert told.pop("schema") == SCHEMA
    assert {name: told.pop(name) for name in new_since(old)} == new_since(old)
    assert told == {k: v for k, v in old.items() if k != "schema"}


@pytest.mark.parametrize("has_turns", [True, False])
def test_a_record_of_the_fourth_form_does_not_tell_when_its_turn_was_first_asked_for(has_turns: bool) -> None:
    session = new(head=Head(slot=1, utterance="x", generation=1) if has_turns else None)
    old = {**to_dict(session), "schema": 4}
    if has_turns:
        old["head"] = {name: value for name, value in old["head"].items() if name != "asked_at"}
    head = from_dict(old).head
    assert head == (session.head and replace(session.head, asked_at=session.updated_at))


def test_a_record_of_the_fourth_form_is_read_as_it_was_written() -> None:
    """As above, with a record of version 4: nobody was asked whether they are safe."""
    old = json.loads((Path(__file__).parent / "record_4.json").read_text())
    assert old["schema"] == 4
    session = from_dict(old)
    assert (session.state.alarm, session.state.danger_due) == (None, None)
    assert written_out(session) == {**old, **new_in_5(old), "schema": SCHEMA}


def test_a_record_of_the_fifth_form_is_read_as_it_was_written() -> None:
    """As above, with a record of version 5: its facts have no status for what was said and not understood."""
    old = json.loads((Path(__file__).parent / "record_5.json").read_text())
    assert old["schema"] == 5
    assert json.loads(json.dumps(to_dict(from_dict(old)))) == {**old, "schema": SCHEMA}


def test_of_two_records_the_one_that_has_come_further_is_kept() -> None:
    def record(slot: int, generation: int, stage: HeadStatus, **fields: Any) -> dict[str, Any]:
        head = Head(slot=slot, utterance="x", generation=generation, status=stage)
        return to_dict(new(head=head, generation=generation, **fields))

    in_order = [
        to_dict(new()),
        record(1, 1, HeadStatus.BEGUN),
        record(1, 1, HeadStatus.DECIDED),
        record(1, 2, HeadStatus.BEGUN),
        record(1, 2, HeadStatus.COMPLETE),
        record(1, 2, HeadStatus.COMPLETE, status=SessionStatus.ENDED_EARLY),
        record(1, 2, HeadStatus.COMPLETE, status=SessionStatus.ENDED_EARLY, report={}),
        record(2, 1, HeadStatus.BEGUN),
    ]
    for i, lesser in enumerate(in_order):
        assert further(lesser, dict(lesser)) is lesser
        for greater in in_order[i + 1 :]:
            assert further(lesser, greater) is greater
            assert further(greater, lesser) is greater


def test_of_two_records_of_a_turn_the_one_that_knows_all_of_its_words_is_kept() -> None:
    def record(utterance: str, generation: int) -> dict[str, Any]:
        head = Head(slot=2, utterance=utterance, generation=generation, status=HeadStatus.COMPLETE)
        return to_dict(new(head=head, generation=generation))

    whole, late, other = record("I rent a flat.", 5), record("I rent", 7), record("I own one.", 6)
    assert further(whole, late) is further(late, whole) is whole
    assert further(whole, other) is further(other, whole) is other


@pytest.mark.parametrize("record", [{}, [], None, "record", 5])
def test_what_is_no_record_at_all_is_refused(record: Any) -> None:
    with pytest.raises(StoreError):
        from_dict(record)


REMOVED = object()
FULL = json.loads(json.dumps(to_dict(session_of([understood(consent=True, age=430), understood(name="Sam")], 2))))
JUNK: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 5, -1.5, "junk", "", [], [1], [[]], {}, {"a": 1}, [{}], [None]]
)


def places(data: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [here, *(place for key, value in inside for place in places(value, (*here, key)))]


@settings(max_examples=400)
@for_all(place=st.sampled_from(places(FULL)[1:]), junk=JUNK | st.just(REMOVED))
def test_a_mutilated_record_is_a_session_still_or_a_store_error(place: tuple[Any, ...], junk: object) -> None:
    record = json.loads(json.dumps(FULL))
    inner = record
    for key in place[:-1]:
        inner = inner[key]
    if junk is REMOVED:
        del inner[place[-1]]
    else:
        inner[place[-1]] = junk
    try:
        assert isinstance(from_dict(record), Session)
    except StoreError:
        return


@pytest.mark.parametrize("name", sorted(set(FULL) - {"current_topic"}))
def test_a_field_of_the_wrong_kind_where_a_value_is_built_is_a_store_error(name: str) -> None:
    record = {**FULL, name: object()}
    if name in ("schema", "status", "base", "head", "log", "late", "pending", "flags"):
        with pytest.raises(StoreError):
            from_dict(record)
    with pytest.raises(StoreError):
        from_dict({**FULL, f"{name}_unknown": 1})
