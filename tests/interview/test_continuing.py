"""What is no new turn and no silence either: a tool has run. And attempts at a turn that break off."""

from __future__ import annotations

import pytest

from tests.interview.test_turns import answered, decided, new, over, start, words
from webhook.interview.history import Message, ToolCall, last_call, silences, tool_results
from webhook.interview.moves import MoveKind
from webhook.interview.session import HeadStatus, Session, SessionStatus
from webhook.interview.turns import LEASE_S, MOST_FAILURES, Action, Begin, begin, fail, finish

NOW = 1_800_000_000.0
HELLO = Message(role="user", text="hello")
REPLY = Message(role="agent", text="How old are you?")
DOTS = Message(role="user", text="...")
SKIP = Message(role="agent", tool_calls=(ToolCall(id="1", name="skip_turn"),))
RESULT = Message(role="tool", text="ok", tool_call_id="1")
SYSTEM = Message(role="system", text="Remember the rules.")


@pytest.mark.parametrize(
    ("history", "results"),
    [
        ([], 0),
        ([HELLO, REPLY], 0),
        ([HELLO, REPLY, DOTS, SKIP, RESULT], 1),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, SYSTEM], 1),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, SKIP, RESULT], 2),
        ([HELLO, REPLY._replace(tool_calls=SKIP.tool_calls), RESULT], 1),
        ([HELLO, REPLY, DOTS, SKIP, RESULT, DOTS], 0),
        ([HELLO, REPLY, SKIP, RESULT, HELLO], 0),
    ],
)
def test_the_tool_results_at_the_end_of_a_history_are_counted(history: list[Message], results: int) -> None:
    assert tool_results(history) == results


def test_a_tool_call_of_ours_is_no_message_the_caller_heard() -> None:
    first = silences([HELLO, REPLY, DOTS])
    assert silences([HELLO, REPLY, DOTS, SKIP, RESULT]) == first
    assert silences([HELLO, REPLY, DOTS, SKIP, RESULT, DOTS]) == first + 1
    assert silences([HELLO, REPLY, DOTS, SKIP, RESULT, SKIP, RESULT]) == first + 1


def test_the_tool_that_was_called_last_is_known_by_its_name() -> None:
    assert last_call([HELLO, REPLY, DOTS, SKIP, RESULT]) == "skip_turn"
    assert last_call([HELLO, REPLY]) is None


def follow_up(session: Session, *said: str, results: int = 1, silent: int = 0) -> tuple[Session, Begin]:
    return begin(session, said, now=NOW, silences=silent, tool_results=results)


def test_row_22_a_tool_result_continues_the_same_turn_and_changes_nothing() -> None:
    session = answered(new(), "hello")
    for silent in (0, 2):
        assert follow_up(session, "hello", silent=silent) == (session, Begin(action=Action.CONTINUE))
    assert follow_up(new()) == (new(), Begin(action=Action.CONTINUE))


def test_row_22_a_tool_result_while_the_reply_is_being_made_joins_it() -> None:
    session = decided(new(), "hello")
    assert follow_up(session, "hello")[1].action in (Action.JOIN, Action.RESPEAK)


def test_row_22_whatever_comes_after_hanging_up_ends_nothing_twice() -> None:
    for results in (1, 2, 3):
        assert follow_up(over(), "one", "stop", results=results) == (over(), Begin(action=Action.CONTINUE))


def test_row_22_new_words_with_a_tool_result_behind_them_are_a_turn() -> None:
    assert follow_up(answered(new(), "hello"), "hello", "forty")[1].action is Action.RUN


def test_a_second_result_without_a_word_between_is_a_silence() -> None:
    session, begun = follow_up(answered(new(), "hello"), "hello", results=2, silent=3)
    assert (begun.action, begun.nudge) == (Action.NUDGE, 1)
    assert follow_up(session, "hello", results=2, silent=3) == (session, begun)


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
