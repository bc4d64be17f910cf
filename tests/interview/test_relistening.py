"""What Claude hears afterwards in a whole call: each fact in the turn that it was said in."""

from __future__ import annotations

from dataclasses import replace

from tests.interview.calls import shipped
from tests.interview.reported import event, flow, session
from webhook.interview.facts import Status
from webhook.interview.relistening import relistened
from webhook.interview.session import Session, Turn
from webhook.interview.understanding import Heard, Understanding

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


def test_a_refusal_counts_at_once_where_nobody_can_ask_again() -> None:
    """The flow gives its reason once and asks again; the caller has hung up."""
    screening = shipped("screening")
    refused = replace(held(given_up=False), flow_id=screening.id)
    assert told(relistened(screening, refused, Understanding(refused=("orders",))))["orders"][0] == "refused"
