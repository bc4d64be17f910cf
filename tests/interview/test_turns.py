"""The turn protocol: each action by itself. All of them together: `test_simulation.py`, `test_any_order.py`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.interview.calls import NOON
from webhook.errors import InvalidState
from webhook.interview.facts import FactEvent, Status
from webhook.interview.moves import Decision, Move, MoveKind, State
from webhook.interview.session import HeadStatus, Session, SessionStatus
from webhook.interview.turns import LEASE_S, MOST_TURNS, Action, Begin, begin, decide, finish, note_late, renew
from webhook.interview.understanding import Understanding

ASK = Move(kind=MoveKind.ASK, topic="name", slot="name")
END = Move(kind=MoveKind.END, ending="completed")


def new() -> Session:
    return Session(
        session_id="s-1",
        flow_id="small",
        flow_version=1,
        flow_hash="abc",
        persona_id="mia",
        language="en",
        created_at=NOON,
        updated_at=NOON,
    )


def applied(state: State, *utterances: str) -> State:
    """A state that shows which utterances went into it."""
    events = tuple(FactEvent(slot=u, status=Status.FILLED, value=u, words=u) for u in utterances)
    return replace(state, events=state.events + events)


def words(state: State) -> list[str]:
    return [e.words for e in state.events]


def decision(session: Session, begun: Begin, *, move: Move = ASK, ending: str | None = None) -> Decision:
    return Decision(state=replace(applied(session.base, *begun.utterances), ending=ending), move=move)


def start(session: Session, *utterances: str, now: float = NOON) -> tuple[Session, Begin]:
    return begin(session, utterances, now=now)


def decided(session: Session, *utterances: str, move: Move = ASK, ending: str | None = None) -> Session:
    session, begun = start(session, *utterances)
    assert begun.action is Action.RUN
    changed = decide(session, begun.generation, decision(session, begun, move=move, ending=ending), now=NOON)
    assert changed is not None
    return changed


def answered(session: Session, *utterances: str, reply: str = "Well.") -> Session:
    session = decided(session, *utterances)
    assert session.head is not None
    finished = finish(session, session.head.generation, reply, ("We", "ll."))
    assert finished is not None
    return finished


# Begin


def test_a_new_utterance_is_to_be_run() -> None:
    session, begun = start(new(), "hello")
    assert begun == Begin(action=Action.RUN, generation=1, slot=1, utterances=("hello",))
    assert session.status is SessionStatus.IN_PROGRESS
    assert session.head is not None
    assert (session.head.status, session.head.lease_until) == (HeadStatus.BEGUN, NOON + LEASE_S)


def test_a_call_with_more_turns_than_a_talk_can_have_is_over() -> None:
    session, begun = start(new(), *(f"word {i}" for i in range(MOST_TURNS)))
    assert begun.action is Action.RUN
    said = [turn.utterance for turn in session.turns]
    after, begun = start(session, *said, "one more")
    assert begun.action is Action.CLOSED
    assert (after.is_over, after.flags) == (True, ("broken",))
    assert len(after.turns) == MOST_TURNS


def test_a_request_without_words_is_a_nudge() -> None:
    session = answered(new(), "hello")
    assert start(session) == (session, Begin(action=Action.NUDGE))


def test_the_same_words_after_we_have_spoken_are_a_nudge_while_the_call_goes_on() -> None:
    for session in (decided(new(), "hello"), answered(new(), "hello")):
        assert begin(session, ["hello"], now=NOON, silences=1)[1].action is Action.NUDGE
    assert begin(over(), ["one", "stop"], now=NOON, silences=1)[1].action is Action.REPLAY
    assert begin(answered(new(), "hello"), ["hello", "next"], now=NOON, silences=1)[1].action is Action.RUN


def test_the_same_request_while_its_owner_lives_joins_it() -> None:
    for session in (start(new(), "hello")[0], decided(new(), "hello")):
        again, begun = start(session, "hello", now=NOON + LEASE_S - 0.1)
        assert (again, begun.action, begun.generation) == (session, Action.JOIN, 1)


def test_an_answered_request_gets_the_same_reply() -> None:
    session = answered(new(), "hello")
    again, begun = start(session, "hello", now=NOON + 99)
    assert (again, begun.action, begun.reply, begun.move) == (session, Action.REPLAY, "Well.", ASK)
    assert session.head is not None
    assert session.head.pieces == ("We", "ll.")


def test_a_turn_whose_owner_died_before_deciding_is_run_again() -> None:
    session, _ = start(new(), "hello")
    session, begun = start(session, "hello", now=NOON + LEASE_S)
    assert begun == Begin(action=Action.RUN, generation=2, slot=1, utterances=("hello",))
    assert decide(session, 1, decision(session, begun), now=NOON) is None
    assert decide(session, 2, decision(session, begun), now=NOON) is not None


def test_a_turn_whose_owner_died_after_deciding_is_only_spoken_again() -> None:
    session, begun = start(decided(new(), "hello"), "hello", now=NOON + LEASE_S)
    assert (begun.action, begun.generation, begun.move) == (Action.RESPEAK, 2, ASK)
    assert words(session.state) == ["hello"]
    assert finish(session, 1, "late") is None
    finished = finish(session, 2, "Well.")
    assert finished is not None
    assert words(finished.state) == ["hello"]


def test_a_turn_was_first_asked_for_when_its_first_request_came() -> None:
    """Whoever is asked for it again, joins or takes over leaves the time as it is; other words are another turn."""
    first, _ = begin(new(), ["Yes."], now=NOON)
    joined, begun = begin(first, ["Yes."], now=NOON + 1)
    assert (asked_at(joined), begun.action) == (NOON, Action.JOIN)
    taken, begun = begin(first, ["Yes."], now=NOON + 2 * LEASE_S)
    assert (asked_at(taken), begun.action) == (NOON, Action.RUN)
    spoken_again, begun = begin(decided(new(), "Yes."), ["Yes."], now=NOON + 2 * LEASE_S)
    assert (asked_at(spoken_again), begun.action) == (NOON, Action.RESPEAK)
    fuller, _ = begin(first, ["Yes. I'm Sam."], now=NOON + 1)
    assert asked_at(fuller) == NOON + 1
    following, _ = begin(first, ["Yes.", "I'm Sam."], now=NOON + 3)
    assert asked_at(following) == NOON + 3


def asked_at(session: Session) -> float:
    assert session.head is not None
    return session.head.asked_at


def test_a_revised_utterance_replaces_the_turn_and_its_effects() -> None:
    session, begun = start(answered(new(), "I'm forty"), "I'm forty three")
    assert (begun.action, begun.generation, begun.utterances) == (Action.RUN, 2, ("I'm forty three",))
    assert words(session.state) == []


def test_a_shorter_guess_that_arrives_late_is_stale() -> None:
    session = answered(new(), "I'm forty three")
    assert start(session, "I'm forty") == (session, Begin(action=Action.STALE))


@pytest.mark.parametrize("history", [("one",), ("one", "two")])
def test_a_late_copy_of_an_older_turn_is_stale(history: tuple[str, ...]) -> None:
    session = answered(answered(answered(new(), "one"), "one", "two"), "one", "two", "three")
    assert start(session, *history) == (session, Begin(action=Action.STALE))


def test_a_history_that_has_nothing_in_common_with_ours_touches_nothing() -> None:
    session = answered(answered(answered(new(), "one"), "one", "two"), "one", "two", "three")
    assert start(session, "other") == (session, Begin(action=Action.UNALIGNED))
    assert start(session, "other", "words", "here", "now") == (session, Begin(action=Action.UNALIGNED))


@pytest.mark.parametrize("left_out", [1, 2, 3])
def test_a_history_that_lost_its_beginning_is_lined_up_by_its_end(left_out: int) -> None:
    said = ["one", "two", "three", "four"]
    session = new()
    for i in range(1, 5):
        session = answered(session, *said[:i])

    session, begun = start(session, *[*said, "five"][left_out:])

    assert (begun.action, begun.slot, begun.utterances) == (Action.RUN, 5, ("five",))
    assert words(session.base) == said


def test_a_trimmed_history_that_is_sent_again_is_answered_from_the_store() -> None:
    session = answered(answered(answered(new(), "one"), "one", "two"), "one", "two", "three")

    assert start(session, "two", "three")[1].action is Action.REPLAY


def test_an_older_turn_is_stale_even_before_anything_was_sealed() -> None:
    session, _ = start(new(), "one", "two")
    assert start(session, "one")[1].action is Action.STALE
    assert start(replace(session, sealed=0), "one")[1].action is Action.STALE


def test_the_next_utterance_seals_the_turn_before_it() -> None:
    session, begun = start(answered(new(), "one"), "one", "two")
    assert (begun.utterances, session.sealed, words(session.base)) == (("two",), 1, ["one"])
    assert [(t.slot, t.utterance, t.reply, t.move, t.topic, t.healed) for t in session.log] == [
        (1, "one", "Well.", "ask", "name", False)
    ]


def test_a_turn_that_was_never_decided_waits_for_the_next_decision() -> None:
    session, begun = start(start(new(), "one")[0], "one", "two")
    assert (begun.utterances, session.pending, words(session.base)) == (("one", "two"), ("one",), [])
    session = decided(start(new(), "one")[0], "one", "two")
    sealed, begun = start(session, "one", "two", "three")
    assert (begun.utterances, sealed.pending, words(sealed.base)) == (("three",), (), ["one", "two"])


def test_the_history_wins_over_what_we_took_for_the_turn() -> None:
    session, begun = start(answered(new(), "I'm forty"), "I'm forty three", "yes")
    assert (begun.utterances, words(session.base)) == (("I'm forty three", "yes"), [])
    assert [(t.utterance, t.healed, t.reply) for t in session.log] == [("I'm forty three", True, "")]


def test_turns_we_missed_are_healed_from_the_history() -> None:
    session, begun = start(answered(new(), "one"), "one", "two", "three", "four")
    assert begun.utterances == ("two", "three", "four")
    assert [(t.slot, t.utterance, t.healed) for t in session.log] == [
        (1, "one", False),
        (2, "two", True),
        (3, "three", True),
    ]
    assert start(new(), "one", "two")[1].utterances == ("one", "two")


def test_a_crash_while_running_pending_words_runs_them_all_again() -> None:
    session, _ = start(start(new(), "one")[0], "one", "two")
    assert start(session, "one", "two", now=NOON + LEASE_S)[1].utterances == ("one", "two")


# Conversations


def test_a_session_belongs_to_the_first_conversation_that_speaks_in_it() -> None:
    session, _ = begin(new(), ["hello"], now=NOON, conversation_id="c-1")
    assert session.conversation_id == "c-1"
    assert begin(session, ["hello"], now=NOON, conversation_id="c-2") == (session, Begin(action=Action.CONFLICT))
    for same in ("c-1", None):
        assert begin(session, ["hello"], now=NOON, conversation_id=same)[1].action is Action.JOIN


def resumed(
    session: Session, *utterances: str, conversation_id: str | None = None, has_heard_us: bool = False
) -> tuple[Session, Begin]:
    """As asked by somebody who was given this very session."""
    return begin(
        session,
        utterances,
        now=NOON,
        conversation_id=conversation_id,
        may_resume=True,
        has_heard_us=has_heard_us,
    )


def known() -> Session:
    """Three turns over a line that nobody named."""
    return answered(answered(answered(new(), "Hello?"), "Hello?", "Yes."), "Hello?", "Yes.", "Sam.", reply="How old?")


@pytest.mark.parametrize("conversation_id", [None, "c-1"])
def test_a_line_that_is_opened_anew_goes_on_after_all_that_is_known(conversation_id: str | None) -> None:
    session, begun = resumed(known(), "Hi again.", conversation_id=conversation_id)
    assert (begun.action, begun.slot, begun.utterances) == (Action.RUN, 4, ("Hi again.",))
    assert (session.carried, session.conversation_id) == (3, conversation_id)
    assert resumed(session, "Hi again.", conversation_id=conversation_id)[1].action is Action.JOIN


def test_the_greeting_of_a_new_line_that_sounds_like_the_old_one_s_is_no_answer() -> None:
    """It could have been a late copy, until what was heard after it tells."""
    session, begun = resumed(known(), "Hello?")
    assert (begun.action, session) == (Action.STALE, known())
    session, begun = resumed(known(), "Hello?", "34.", has_heard_us=True)
    assert (begun.action, begun.slot, begun.utterances) == (Action.RUN, 5, ("34.",))
    session, begun = resumed(answered_by(session, begun), "Hello?", "34.", "Chess.", has_heard_us=True)
    assert (begun.slot, begun.utterances, session.carried) == (6, ("Chess.",), 3)


def answered_by(session: Session, begun: Begin) -> Session:
    changed = decide(session, begun.generation, decision(session, begun), now=NOON)
    changed = None if changed is None else finish(changed, begun.generation, "What do you like?")
    assert changed is not None
    return changed


def test_the_line_before_hears_that_it_is_over_and_changes_nothing() -> None:
    session = resumed(known(), "Hi again.")[0]
    for late in (("Hello?", "Yes.", "Sam.", "34."), ("Hello?", "Yes.", "Sam.")):
        assert resumed(session, *late) == (session, Begin(action=Action.CLOSED))
    named = resumed(begin(known(), ["Hello?", "Yes.", "Sam."], now=NOON, conversation_id="c-1")[0], "Hi again.")[0]
    assert named.past_conversations == ("c-1",)
    for may_resume in (True, False):
        told = begin(named, ["Hello?"], now=NOON, conversation_id="c-1", may_resume=may_resume)
        assert told == (named, Begin(action=Action.CLOSED))


def test_a_line_that_goes_on_is_no_new_one_whatever_of_its_history_comes() -> None:
    session = known()
    for said in (("Hello?",), ("Hello?", "Yes."), ("Hello?", "Yes.", "Sam."), ("Hello?", "Yes.", "Sam. Smith.")):
        assert resumed(session, *said)[0].carried == 0
    assert resumed(session, "Hello?", "Yes.", "Sam.", "34.")[1].utterances == ("34.",)


# The end of the call


def over() -> Session:
    session = decided(answered(new(), "one"), "one", "stop", move=END, ending="stopped_by_caller")
    finished = finish(session, 2, "Bye.")
    assert finished is not None
    return finished


def test_the_ending_of_a_decision_is_the_status_of_the_session() -> None:
    assert over().status is SessionStatus.ENDED_EARLY
    assert decided(new(), "bye", move=END, ending="completed").status is SessionStatus.COMPLETED
    assert decided(new(), "hello").status is SessionStatus.IN_PROGRESS


def test_after_the_end_only_the_last_words_are_repeated() -> None:
    assert start(over(), "one", "stop")[1].action is Action.REPLAY
    assert start(over(), "one", "stop", "hello?") == (over(), Begin(action=Action.CLOSED))
    assert start(over(), "one")[1].action is Action.CLOSED


def test_an_end_that_was_misheard_can_be_revised() -> None:
    session, begun = start(over(), "one", "stopping by the woods")
    assert (begun.action, session.status) == (Action.RUN, SessionStatus.IN_PROGRESS)
    assert words(session.state) == ["one"]


def test_an_end_from_outside_cannot_be_revised() -> None:
    session = replace(answered(new(), "one"), status=SessionStatus.ENDED_EARLY)
    assert start(session, "one more")[1].action is Action.CLOSED


# Decide, finish, renew


@pytest.mark.parametrize("generation", [0, 1, 3])
def test_every_write_of_another_generation_is_refused(generation: int) -> None:
    session, begun = start(start(new(), "I'm")[0], "I'm Sam")
    assert begun.generation == 2
    assert decide(session, generation, decision(session, begun), now=NOON) is None
    assert finish(session, generation, "x") is None
    assert renew(session, generation, now=NOON) is None


def test_nothing_can_be_written_where_nothing_was_begun() -> None:
    assert decide(new(), 1, Decision(state=State(), move=ASK), now=NOON) is None
    assert finish(new(), 1, "x") is None
    assert renew(new(), 1, now=NOON) is None
    assert note_late(new(), 1, "x", Understanding()) is None


def test_a_sign_of_life_keeps_the_lease() -> None:
    renewed = renew(decided(new(), "one"), 1, now=NOON + 1.5)
    assert renewed is not None
    assert start(renewed, "one", now=NOON + 3)[1].action is Action.JOIN
    assert renew(answered(new(), "one"), 1, now=NOON) is None


def test_finishing_before_deciding_is_a_bug_of_ours() -> None:
    session, _ = start(new(), "one")
    with pytest.raises(InvalidState):
        finish(session, 1, "x")


# What comes late


def heard(name: str) -> Understanding:
    return Understanding(refused=(name,))


def late(session: Session, slot: int, utterance: str, name: str) -> Session:
    changed = note_late(session, slot, utterance, heard(name))
    assert changed is not None
    return changed


def names(session: Session) -> list[str]:
    return [x.understanding.refused[0] for x in session.late]


def test_a_late_understanding_waits_for_the_next_turn_and_leaves_when_that_one_is_sealed() -> None:
    session = late(answered(new(), "one"), 1, "one", "a")
    session = decided(session, "one", "two")
    assert names(session) == ["a"]
    assert names(start(session, "one", "two", "three")[0]) == []


def test_a_late_understanding_survives_a_revised_turn_that_had_covered_it() -> None:
    session = decided(late(answered(new(), "one"), 1, "one", "a"), "one", "tw")
    session, begun = start(session, "one", "two")
    assert (begun.action, names(session)) == (Action.RUN, ["a"])


def test_a_late_understanding_survives_a_turn_that_was_never_decided() -> None:
    session, _ = start(late(answered(new(), "one"), 1, "one", "a"), "one", "two")
    assert names(start(session, "one", "two", "three")[0]) == ["a"]


def test_what_came_late_for_words_that_were_revised_goes_with_them() -> None:
    session = late(decided(new(), "I'm forty"), 1, "I'm forty", "a")
    assert names(start(session, "I'm forty three")[0]) == []
    assert names(start(session, "I'm forty three", "next")[0]) == []
    assert note_late(start(session, "I'm forty three")[0], 1, "I'm forty", heard("a")) is None


def test_what_comes_even_later_than_the_next_decision_waits_one_turn_more() -> None:
    session, begun = start(answered(new(), "one"), "one", "two")
    seen = len(session.late)
    session = late(session, 1, "one", "a")
    changed = decide(session, begun.generation, decision(session, begun), now=NOON, late_seen=seen)
    assert changed is not None
    assert names(start(changed, "one", "two", "three")[0]) == ["a"]


def test_nothing_comes_late_for_an_undecided_turn_or_after_the_end() -> None:
    assert note_late(start(new(), "one")[0], 1, "one", heard("a")) is None
    assert note_late(over(), 2, "stop", heard("a")) is None


def test_a_head_goes_from_begun_to_decided_to_complete() -> None:
    session, begun = start(new(), "one")
    stages = [session]
    stages.append(decide(session, 1, decision(session, begun), now=NOON) or session)
    stages.append(finish(stages[-1], 1, "Well.") or session)
    assert [s.head.status for s in stages if s.head] == [HeadStatus.BEGUN, HeadStatus.DECIDED, HeadStatus.COMPLETE]
