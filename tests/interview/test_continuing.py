"""What is no new turn and no silence either: a tool has run. And attempts at a turn that break off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.test_turns import answered, decided, new, over, start, words
from webhook.interview.history import Message, ToolCall, silences
from webhook.interview.moves import MoveKind
from webhook.interview.session import HeadStatus, Session, SessionStatus
from webhook.interview.tool_results import ToolResult, is_failure, last_tool_result
from webhook.interview.turns import LEASE_S, MOST_FAILURES, Action, Begin, begin, fail, finish

NOW = 1_800_000_000.0
HELLO = Message(role="user", text="hello")
REPLY = Message(role="agent", text="How old are you?")
DOTS = Message(role="user", text="...")
SKIP = Message(role="agent", tool_calls=(ToolCall(id="1", name="skip_turn"),))
RESULT = Message(role="tool", text="ok", tool_call_id="1")
SYSTEM = Message(role="system", text="Remember the rules.")


def result_of(history: list[Message]) -> ToolResult | None:
    return last_tool_result(
        history, lambda call_id: ToolCall(id=call_id, name="end_call") if call_id == "ours" else None
    )


@pytest.mark.parametrize(
    ("history", "is_result"),
    [
        ([], False),
        ([HELLO, REPLY], False),
        ([HELLO, REPLY, DOTS, SKIP], False),
        ([HELLO, REPLY, DOTS, SKIP, RESULT], True),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, SYSTEM], True),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, Message(role="agent")], True),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, SKIP, RESULT], True),
        ([HELLO, REPLY._replace(tool_calls=SKIP.tool_calls), RESULT], True),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, DOTS], False),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, REPLY], False),
        ([HELLO, REPLY, SKIP, RESULT, HELLO], False),
    ],
)
def test_a_history_ends_with_a_tool_result_where_nobody_has_said_anything_since(
    history: list[Message], is_result: bool
) -> None:
    assert (result_of(history) is not None) is is_result


def test_neither_a_tool_call_of_ours_nor_its_result_is_a_silence() -> None:
    first = silences([HELLO, REPLY, DOTS])
    for times in range(1, 5):
        assert silences([HELLO, REPLY, DOTS, *[SKIP, RESULT] * times]) == first
    assert silences([HELLO, REPLY, DOTS, SKIP, RESULT, DOTS]) == first + 1


def test_the_tool_is_known_by_its_call_or_by_the_id_alone_where_the_call_was_left_out() -> None:
    called = result_of([HELLO, REPLY, DOTS, SKIP, RESULT])
    assert called is not None
    assert (called.call_id, called.name, called.calls) == ("1", "skip_turn", ("skip_turn",))
    by_id = result_of([RESULT._replace(tool_call_id="ours")])
    assert by_id is not None
    assert (by_id.name, by_id.calls) == ("end_call", ())
    unknown = result_of([HELLO, RESULT])
    assert unknown is not None
    assert unknown.name is None
    elsewhere = result_of([HELLO, REPLY, SKIP, RESULT._replace(tool_call_id="somebody else's")])
    assert elsewhere is not None
    assert elsewhere.name == "skip_turn"


def test_the_calls_since_the_caller_s_last_message_are_counted() -> None:
    found = result_of([HELLO, SKIP, RESULT, DOTS, SKIP, RESULT, SKIP, RESULT])
    assert found is not None
    assert found.calls == ("skip_turn", "skip_turn")


FAILED = (
    "An error occurred while running the tool. Please try again. Error: 1 validation error for end_call_args",
    "1 validation error: {'type': 'missing', 'loc': ['delay']}\n\nFix the errors and try again.",
    "Error: Error executing tool end_call",
    "Unknown tool name: 'end_call'. Available tools: hang_up",
    "Traceback (most recent call last):\n  File ...",
    "Tool end_call not found in agent",
    "Invalid JSON input for tool: end_call",
    '{"error": "no such call"}',
    '{"isError": true, "content": []}',
    '{"success": false}',
    '{"status": "error", "message": "x"}',
    "Request timed out",
    "error " + "x" * 100_000,
)
DONE = (
    "ok",
    "",
    "null",
    "None",
    "Call ended successfully.",
    "The call was ended without any errors",
    '{"error": null, "success": true}',
    '{"is_error": false}',
    '{"status": "success"}',
    '"done"',
    "[" * 50_000,
)


@pytest.mark.parametrize("text", FAILED, ids=range(len(FAILED)))
def test_a_result_that_tells_of_an_error_is_a_failure(text: str) -> None:
    assert is_failure(text)


@pytest.mark.parametrize("text", DONE, ids=range(len(DONE)))
def test_any_other_result_is_none(text: str) -> None:
    assert not is_failure(text)


def test_a_result_that_is_marked_as_an_error_is_one_whatever_it_says() -> None:
    found = result_of([HELLO, REPLY, SKIP, RESULT._replace(has_failed=True)])
    assert found is not None
    assert found.has_failed


def follow_up(session: Session, *said: str, silent: int = 0) -> tuple[Session, Begin]:
    return begin(session, said, now=NOW, silences=silent, tool_ran=True)


def test_row_22_a_tool_result_continues_the_same_turn_and_changes_nothing() -> None:
    session = answered(new(), "hello")
    for silent in (0, 2):
        assert follow_up(session, "hello", silent=silent) == (session, Begin(action=Action.CONTINUE))
    assert follow_up(new()) == (new(), Begin(action=Action.CONTINUE))


def test_row_22_a_tool_result_while_the_reply_is_being_made_joins_it() -> None:
    session = decided(new(), "hello")
    assert follow_up(session, "hello")[1].action in (Action.JOIN, Action.RESPEAK)


def test_row_22_whatever_comes_after_hanging_up_ends_nothing_twice() -> None:
    for said in (("one", "stop"), ("one", "stop", "Are you there?"), ("something", "else"), ()):
        assert follow_up(over(), *said) == (over(), Begin(action=Action.CONTINUE))


def test_row_22_new_words_with_a_tool_result_behind_them_are_a_turn() -> None:
    assert follow_up(answered(new(), "hello"), "hello", "forty")[1].action is Action.RUN


def test_a_tool_result_is_no_silence_and_leaves_the_count_alone() -> None:
    session = replace(answered(new(), "hello"), nudges=(1, 2))
    for silent in (1, 2, 3, 7):
        assert follow_up(session, "hello", silent=silent) == (session, Begin(action=Action.CONTINUE))


# Attempts that break off


def broken_off(session: Session, times: int) -> Session:
    for _ in range(times):
        assert session.head is not None
        session = fail(session, session.head.generation) or session
    return session


def test_a_turn_that_broke_off_can_be_taken_over_at_once() -> None:
    session = broken_off(start(new(), "hello")[0], 1)
    again, begun = start(session, "hello")
    assert (begun.action, begun.utterances, again.failures) == (Action.RUN, ("hello",), 2)


def test_a_turn_that_is_finished_clears_the_account() -> None:
    session = decided(broken_off(start(new(), "hello")[0], 2), "hello", "again")
    assert session.failures == 2
    assert session.head is not None
    finished = finish(session, session.head.generation, "Well.")
    assert finished is not None
    assert finished.failures == 0


def test_nothing_breaks_off_that_is_finished_or_was_replaced() -> None:
    session = answered(new(), "hello")
    assert session.head is not None
    assert fail(session, session.head.generation) is None
    assert fail(start(session, "hello", "you")[0], session.head.generation) is None
    assert fail(new(), 1) is None


def test_row_50_a_call_in_which_every_turn_breaks_off_is_ended_with_all_that_is_known() -> None:
    session = answered(new(), "one")
    session, _ = start(session, "one", "two")
    nearly = broken_off(session, MOST_FAILURES - 1)
    assert not nearly.is_over
    ended = broken_off(nearly, 1)
    assert (ended.status, ended.state.ending, "broken" in ended.flags) == (SessionStatus.ENDED_EARLY, "broken", True)
    assert words(ended.state) == ["one"]
    assert start(ended, "one", "two", "three")[1].action is Action.CLOSED


def test_row_50_workers_that_die_of_a_turn_count_as_well() -> None:
    session, now = start(new(), "one")[0], NOW
    actions = []
    while not session.is_over:
        now += LEASE_S
        session, begun = start(session, "one", now=now)
        actions.append(begun.action)
    assert actions == [Action.RUN] * (MOST_FAILURES - 1) + [Action.CLOSED]


def test_row_09_words_that_were_declined_are_remembered_by_the_turn_they_came_in() -> None:
    session = decided(new(), "hello")
    finished = finish(session, 1, "Let us move on.", refused=True)
    assert finished is not None
    assert finished.left_out == ("hello",)
    assert finished.head is not None
    assert finished.head.status is HeadStatus.COMPLETE
    assert finished.head.move is not None
    assert finished.head.move.kind is MoveKind.ASK
