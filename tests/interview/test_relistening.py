"""What Claude hears afterwards in a whole call: each fact in the turn that it was said in."""

from __future__ import annotations

from dataclasses import replace

from tests.interview.calls import shipped
from tests.interview.reported import event, flow, session
from webhook.interview.facts import Status
from webhook.interview.moves import absorb
from webhook.interview.relistening import relistened
from webhook.interview.session import Session, Turn
from webhook.interview.understanding import Heard, Source, Understanding

TALK = (
    Turn(slot=1, utterance="Yes.", topic="name"),
    Turn(slot=2, utterance="That's nobody's business.", topic="age"),
    Turn(slot=3, utterance="Oh, all over the shop.", topic="summary"),
    Turn(slot=4, utterance="Yes."),
)


def held(*, given_up: bool = True) -> Session:
    lost = (event("age", None, "Oh, all over the shop.", 3, Status.GIVEN_UP),) if given_up else ()
    before = session(*lost)
    state = replace(before.base, said=frozenset({"intro"}), asks={"consent": 1, "name": 1, "age": 1, "summary_ok": 1})
    return replace(before, log=TALK, base=state)


def told(after: Session) -> dict[str, tuple[str, str, int]]:
    return {name: (fact.status.value, fact.words, fact.turn) for name, fact in after.state.facts.items()}


def test_an_answer_stands_with_its_own_question_wherever_else_the_words_were_said() -> None:
    heard = Understanding(facts=tuple(Heard(slot=s, value=True, words="YES") for s in ("consent", "summary_ok")))
    after = told(relistened(flow(), held(given_up=False), heard))
    assert after == {"consent": ("filled", "Yes", 1), "summary_ok": ("filled", "Yes", 4)}


def test_a_refusal_has_the_words_it_was_made_with_and_not_the_whole_talk() -> None:
    after = told(relistened(flow(), held(), Understanding(refused=("name", "tenure"), unknown=("age",))))
    assert after == {
        "name": ("refused", "That's nobody's business.", 2),
        "age": ("unknown", "Oh, all over the shop.", 3),
        "tenure": ("refused", "", 0),  # nobody asked, so nobody can say where
    }


def test_words_of_two_turns_at_once_prove_nothing() -> None:
    heard = Understanding(facts=(Heard(slot="home_area", value="Yes That", words="Yes. That's"),))
    assert told(relistened(flow(), held(given_up=False), heard)) == {}


def read_by_code(*lists: tuple[str, list[str], int, Source]) -> Session:
    """A talk in which the list of interests grew; each as it stood after a turn, by whoever heard that turn."""
    before: list[str] = []
    events = []
    for words, value, turn, source in lists:
        status = Status.FILLED if before else Status.EMPTY
        heard = event("interests", value, words, turn)
        events.append(replace(heard, source=source, old_value=before or None, old_status=status))
        before = value
    told = tuple(Turn(slot=turn, utterance=words, topic="interests") for words, _, turn, _ in lists)
    known = session(*events)
    return replace(known, log=told, base=replace(known.base, said=frozenset({"intro"}), asks={"interests": 1}))


MISREAD: tuple[str, list[str], int, Source] = ("Sorry, make that 61.", ["Sorry", "make that 61"], 1, "reading")


def test_of_a_list_too_what_claude_hears_takes_the_place_of_what_code_read() -> None:
    held = read_by_code(MISREAD, ("I like chess.", ["Sorry", "make that 61", "chess"], 2, "reading"))
    heard = Understanding(facts=(Heard(slot="interests", value=["Chess"], words="chess"),))
    after = relistened(flow(), held, heard)

    assert after.state.facts["interests"].value == ["Chess"]
    assert after.differences[0]["claude"] == {"status": "filled", "value": ["Chess"]}


def test_what_claude_heard_in_its_own_turn_stays_in_the_list() -> None:
    held = read_by_code(
        ("Hiking, say.", ["hiking"], 1, "listen"),
        ("Sorry, make that 61.", ["hiking", "Sorry", "make that 61"], 2, "reading"),
    )
    heard = Understanding(facts=(Heard(slot="interests", value=["chess"], words="Hiking"),))

    assert relistened(flow(), held, heard).state.facts["interests"].value == ["hiking", "chess"]


def test_a_listen_that_comes_late_replaces_what_code_read_in_its_own_turn_alone() -> None:
    held = read_by_code(
        ("Hiking, say.", ["Hiking"], 1, "reading"),
        ("Sorry, make that 61. And chess.", ["Hiking", "Sorry", "make that 61", "chess"], 2, "reading"),
    )
    heard = Understanding(facts=(Heard(slot="interests", value=["chess"], words="chess"),))
    after = absorb(flow(), held.state, heard, utterance="Sorry, make that 61. And chess.", turn=2)

    assert after.facts["interests"].value == ["Hiking", "chess"]


def test_rubbish_that_code_read_keeps_nothing_out_of_a_full_list() -> None:
    rubbish = [f"rubbish {n}" for n in range(6)]
    held = read_by_code(("a, b, c, d, e, f and chess", rubbish, 1, "reading"))
    heard = Understanding(facts=(Heard(slot="interests", value=["chess"], words="chess"),))

    assert relistened(flow(), held, heard).state.facts["interests"].value == ["chess"]


def test_a_refusal_counts_at_once_where_nobody_can_ask_again() -> None:
    """The flow gives its reason once and asks again; the caller has hung up."""
    screening = shipped("screening")
    refused = replace(held(given_up=False), flow_id=screening.id)
    assert told(relistened(screening, refused, Understanding(refused=("orders",))))["orders"][0] == "refused"
