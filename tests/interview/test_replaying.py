"""Recorded calls held again: the same version gives the same call, another one is told apart by what it does."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.interview.calls import NOON, Call, lifestyle
from tests.interview.people import PEOPLE
from webhook.interview.flow import Flow, SlotType
from webhook.interview.recording import recording
from webhook.interview.replaying import as_it_was, differences, recorded_answers, replay
from webhook.interview.session import Session, SessionStatus, Turn

FLOW = lifestyle()


def recorded(person: str, flow: Flow = FLOW) -> dict[str, Any]:
    """The recording of one person's call, as it is written to a file."""
    call = Call(flow=flow).begin()
    log = []
    for slot, (utterance, heard) in enumerate(PEOPLE[person], start=1):
        call.hear(heard, utterance)
        log.append(Turn(slot=slot, utterance=utterance, move=call.move.kind.value, topic=call.move.topic))
    session = Session(
        session_id="s",
        flow_id=flow.id,
        flow_version=flow.version,
        flow_hash=flow.content_hash,
        persona_id=flow.persona,
        language="en",
        created_at=NOON,
        updated_at=NOON,
        status=SessionStatus.COMPLETED,
        base=call.state,
        log=tuple(log),
        sealed=len(log),
    )
    made: dict[str, Any] = json.loads(json.dumps(recording(flow, session, call="call-1")))
    return made


def changed(person: str, now: Flow) -> list[str]:
    turns = recorded(person)["turns"]
    return list(differences(replay(FLOW, turns), replay(now, turns)))


def with_topic(name: str, **more: Any) -> Flow:
    return replace(FLOW, topics={**FLOW.topics, name: replace(FLOW.topics[name], **more)})


@pytest.mark.parametrize("person", PEOPLE)
def test_a_call_that_is_held_again_with_its_own_version_is_the_same_call(person: str) -> None:
    made = recorded(person)
    again = replay(FLOW, made["turns"])
    assert again.answers == recorded_answers(made["turns"])
    assert again.ending == made["ending"]
    assert list(differences(as_it_was(again, made["turns"], made["ending"]), again)) == []


@pytest.mark.parametrize("person", PEOPLE)
def test_no_words_of_a_person_are_in_the_recording(person: str) -> None:
    written = json.dumps(recorded(person)).casefold()
    heard = [fact for _, understood in PEOPLE[person] for fact in understood.facts]
    private = [str(fact.value) for fact in heard if FLOW.slots[fact.slot].type is SlotType.TEXT]
    private += [
        item for fact in heard if fact.slot == "interests" and isinstance(fact.value, list) for item in fact.value
    ]
    private += ["Netflix", "Spotify", "600"]
    choices = {value for slot in FLOW.slots.values() for value in slot.values}
    assert not [words for words in private if words.casefold() in written and words not in choices]


def test_a_road_that_leads_elsewhere_is_told_with_what_comes_of_it() -> None:
    told = changed("rosa", with_topic("age", follow_up=FLOW.topics["interests"].follow_up))
    assert told[0] == "after turn 3: ask housing_location rather than ask interests"
    assert "no longer comes to interests" in told
    assert "reports interests: nothing rather than ['(interests 1)', '(interests 2)']" in told


def test_a_question_that_is_new_is_told() -> None:
    now = with_topic("name", required=("name", "home_wish"))
    assert "after turn 2: ask name rather than ask age" in changed("rosa", now)


def test_a_value_that_is_no_longer_taken_is_told() -> None:
    tenure = replace(FLOW.slots["tenure"], values=("rent", "with_family", "other"))
    now = replace(FLOW, slots={**FLOW.slots, "tenure": tenure})
    assert "reports tenure: (given_up) rather than own" in changed("rosa", now)
    assert changed("omar", now) == []


def test_an_ending_that_comes_sooner_is_told() -> None:
    arrows = FLOW.topics["intro"].follow_up
    now = with_topic("name", follow_up=(replace(arrows[0], condition=None),))
    told = changed("mei", now)
    assert "ends as no_consent rather than completed" in told
    assert "ends after turn 2 rather than 12" in told
