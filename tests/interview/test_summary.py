"""What many interviews come to: counted by hand first, then what must hold of any of them."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.interview.calls import NOON, When, ends, flow_of, known, topic
from webhook.interview.call import Call, CallState, Outcome
from webhook.interview.charts import wrapped
from webhook.interview.cost import Call as ModelCall
from webhook.interview.cost import Price, Usage, spending_of, to_rows
from webhook.interview.facts import FactEvent, Status
from webhook.interview.flow import Arrow, Flow, Slot, SlotType
from webhook.interview.moves import State
from webhook.interview.session import Session, SessionStatus, Turn, to_dict
from webhook.interview.summary import hidden, histogram, nice_step, quantile, summary
from webhook.interview.summary_page import page
from webhook.interview.tally import Tally, glimpse

CANARY = "<script>alert('canary')</script>"
PRICES = {"m": Price(input=1.0, output=10.0)}
COMPLETED, EARLY, GOING = SessionStatus.COMPLETED, SessionStatus.ENDED_EARLY, SessionStatus.IN_PROGRESS


def small_flow() -> Flow:
    """Agreed -> age -> food -> (eats out: place) -> summary."""
    topics = (
        topic("agreed", (ends("no_consent", when=When("agreed", value=False)), Arrow(go_to="age"))),
        topic("age", "food"),
        topic("food", (Arrow(go_to="place", condition=When("food", "eat_out")), Arrow(go_to="summary"))),
        topic("place", "summary", required=("place", "spend", "means")),
        topic("summary", (ends(),), required=("note",)),
    )
    slots = (
        Slot(name="agreed", type=SlotType.YES_NO, topic="agreed"),
        Slot(name="age", type=SlotType.WHOLE_NUMBER, topic="age"),
        Slot(name="food", type=SlotType.CHOICE, topic="food", values=("cook", "eat_out")),
        Slot(name="place", type=SlotType.TEXT, topic="place"),
        Slot(name="spend", type=SlotType.MONEY, topic="place", private=True),
        Slot(name="means", type=SlotType.CHOICES, topic="place", values=("car", "bus", "bike")),
        Slot(name="note", type=SlotType.TEXT, topic="summary"),
    )
    return flow_of(topics, slots)


FLOW = small_flow()


def held(status: SessionStatus = COMPLETED, *topics: str, ending: str | None = None, **facts: Any) -> Session:
    """An interview in which our replies led to these topics, one after the other; the first question was of `agreed`."""
    status_of = {k: v for k, v in facts.items() if isinstance(v, Status)}
    values = known(**{k: v for k, v in facts.items() if k not in status_of})
    others = tuple(FactEvent(slot=k, status=v, words=CANARY) for k, v in status_of.items())
    turns = tuple(Turn(slot=n, utterance=CANARY, reply=CANARY, topic=t) for n, t in enumerate(topics, start=1))
    state = State(events=values + others, ending="completed" if status is COMPLETED else ending, started_at=NOON)
    return replace(begun(), status=status, log=turns, base=state)


def begun(**fields: Any) -> Session:
    made = Session(
        session_id="s",
        flow_id="small",
        flow_version=1,
        flow_hash="abc",
        persona_id="mia",
        language="en",
        created_at=NOON,
        updated_at=NOON,
    )
    return replace(made, **fields)


def told_of(seconds: float, **fields: Any) -> Call:
    return Call(started_at=NOON, outcome=Outcome(duration_s=seconds), **fields)


def spent(tokens: int, *, wasted: bool = False, model: str = "m") -> ModelCall:
    return ModelCall(purpose="speak", model=model, usage=Usage(input_tokens=tokens), is_wasted=wasted)


def summed(*sessions: Session, flow: Flow = FLOW, version: int | None = None, least: int = 1) -> dict[str, Any]:
    tally = Tally(flow, version=version)
    for session in sessions:
        tally.add(json.loads(json.dumps(to_dict(session))), now=NOON + 3600)
    made = summary(tally, now=NOON, least=least, prices=PRICES)
    assert made == json.loads(json.dumps(made))
    return made


def slot_of(made: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(slot for slot in made["slots"] if slot["slot"] == name)
    return found


def topic_of(made: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in made["topics"] if each["topic"] == name)
    return found


def four_interviews() -> tuple[Session, ...]:
    return (
        held(COMPLETED, "age", "food", "summary", "summary", agreed=True, age=30, food="cook", note=CANARY),
        held(
            COMPLETED,
            *("age", "food", "food", "place", "place", "summary", "summary"),
            agreed=True,
            age=50,
            food="eat_out",
            place=CANARY,
            spend=777.25,
            means=["car", "bike"],
            note=Status.REFUSED,
        ),
        held(EARLY, "age", "age", ending="stopped_by_caller", agreed=True, age=Status.UNKNOWN),
        held(EARLY, ending="no_consent", agreed=False),
    )


# Counted by hand


def test_interviews_are_counted_by_how_they_ended() -> None:
    failed = begun(call=Call(started_at=NOON, outcome=Outcome(failure="busy")))
    expired = begun(call=Call(started_at=NOON, expires_at=NOON + 60))
    hung_up = held(EARLY, "age", agreed=True)
    made = summed(held(COMPLETED, "age"), held(GOING, "age"), hung_up, begun(), failed, expired)

    assert made["interviews"] == 6
    expected = {"completed": 1, "ended_early": 1, "going_on": 1, "not_begun": 1, "failed": 1, "expired": 1}
    assert made["ends"] == expected
    assert made["endings"] == {"without_ending": 1}
    assert made["completionRate"] == 0.5


def test_a_call_that_was_refused_before_a_word_stopped_in_no_topic() -> None:
    made = summed(begun(status=EARLY))
    assert made["ends"]["ended_early"] == made["stoppedBeforeTheFirstAnswer"] == 1
    assert all(each["entered"] == 0 for each in made["topics"])
    assert slot_of(made, "agreed")["statuses"] == dict.fromkeys(slot_of(made, "agreed")["statuses"], 0)


def test_a_call_that_expired_stays_expired_also_when_it_was_ended_afterwards() -> None:
    over = begun(status=EARLY, call=Call(started_at=NOON, state=CallState.EXPIRED))
    assert summed(over)["ends"]["expired"] == 1


def test_topics_tell_who_came_who_went_on_and_who_stopped_there() -> None:
    first, second, third, _ = four_interviews()
    made = summed(first, second, third, held(EARLY, "agreed", ending="no_consent", agreed=False))

    rows = {t["topic"]: [t["entered"], t["left"], t["stopped"], t["still"]] for t in made["topics"]}
    assert list(rows) == ["agreed", "age", "food", "place", "summary"]
    assert rows == {
        "agreed": [4, 3, 1, 0],
        "age": [3, 2, 1, 0],
        "food": [2, 2, 0, 0],
        "place": [1, 1, 0, 0],
        "summary": [2, 2, 0, 0],
    }
    assert topic_of(made, "agreed")["endings"] == {"no_consent": 1}
    assert topic_of(made, "age")["endings"] == {"stopped_by_caller": 1}


def test_a_turn_belongs_to_the_topic_of_the_question_before_it() -> None:
    made = summed(held(COMPLETED, "age", "food", "food", "summary", "summary"))
    assert {t["topic"]: t["turns"] for t in made["topics"]} == {
        "agreed": 1,
        "age": 1,
        "food": 2,
        "place": 0,
        "summary": 1,
    }


def test_a_reply_without_a_topic_leaves_the_talk_where_it_was() -> None:
    session = held(EARLY, "age", "age")
    silent = replace(session.log[-1], slot=3, topic=None)
    made = summed(replace(session, log=(*session.log, silent)))
    assert (topic_of(made, "age")["turns"], topic_of(made, "age")["stopped"]) == (2, 1)


def test_each_fact_is_counted_by_what_became_of_it() -> None:
    made = summed(*four_interviews()[:3])
    assert slot_of(made, "age")["statuses"] == {
        "filled": 2,
        "refused": 0,
        "unknown": 1,
        "partial": 0,
        "not_understood": 0,
        "given_up": 0,
        "not_reached": 0,
        "off_the_road": 0,
    }
    assert slot_of(made, "note")["statuses"]["refused"] == 1
    assert slot_of(made, "note")["statuses"]["not_reached"] == 1
    assert slot_of(made, "place")["statuses"] | {"filled": 0} == dict.fromkeys(made["slots"][0]["statuses"], 0) | {
        "not_reached": 2
    }


def test_what_was_told_on_a_road_that_was_left_counts_as_off_the_road_and_not_as_an_answer() -> None:
    made = summed(held(COMPLETED, "age", agreed=True, age=30, food="cook", means=["bus"]))
    assert slot_of(made, "means")["statuses"]["off_the_road"] == 1
    assert slot_of(made, "means")["answers"]["counts"] == {"car": 0, "bus": 0, "bike": 0}


def test_choices_are_counted_by_value_and_numbers_by_their_spread() -> None:
    made = summed(*four_interviews()[:2])
    assert slot_of(made, "agreed")["answers"]["counts"] == {"yes": 2, "no": 0}
    assert slot_of(made, "food")["answers"]["counts"] == {"cook": 1, "eat_out": 1}
    assert slot_of(made, "means")["answers"]["counts"] == {"car": 1, "bus": 0, "bike": 1}
    age = slot_of(made, "age")["answers"]
    marks = {"count": 2, "min": 30, "lowerQuartile": 35, "median": 40, "upperQuartile": 45, "max": 50}
    assert {name: age[name] for name in marks} == marks
    assert [(b["from"], b["to"], b["count"]) for b in age["histogram"] if b["count"]] == [(30, 35, 1), (50, 55, 1)]


def test_none_of_a_list_of_choices_is_an_answer() -> None:
    made = summed(held(COMPLETED, "age", agreed=True, age=3, food="eat_out", place="x", spend=1, means=[]))
    assert slot_of(made, "means")["answers"]["counts"] == {"car": 0, "bus": 0, "bike": 0, "none": 1}


def test_length_is_that_of_what_is_over_and_minutes_are_what_the_platform_told() -> None:
    long, short = (replace(held(COMPLETED, *(["age"] * n)), call=told_of(60.0 * n)) for n in (9, 3))
    early = held(EARLY, "age")
    made = summed(long, short, early, replace(held(GOING, *(["age"] * 50)), call=told_of(9999)))["length"]
    assert (made["minutes"]["over"]["count"], made["minutes"]["over"]["median"]) == (2, 6)
    assert (made["turns"]["over"]["count"], made["turns"]["over"]["median"]) == (3, 3)
    assert (made["turns"]["completed"]["count"], made["turns"]["completed"]["max"]) == (2, 9)


def test_the_cost_of_what_came_to_nothing_is_borne_by_what_was_completed() -> None:
    paid = replace(held(COMPLETED, "age"), spending=spending_of(spent(3_000_000), spent(1_000_000, wasted=True)))
    lost = replace(held(EARLY, "age"), spending=spending_of(spent(4_000_000)))
    claude = summed(paid, lost, begun())["claude"]
    assert claude == {
        "calls": 3,
        "wastedCalls": 1,
        "costUsd": 8.0,
        "perInterviewUsd": 4.0,
        "perCompletedUsd": 8.0,
        "wastedCostUsd": 1.0,
        "wastedShare": 0.125,
        "modelsWithoutPrice": [],
    }


def test_a_model_without_a_price_makes_the_cost_unknown_and_is_named() -> None:
    claude = summed(replace(held(COMPLETED, "age"), spending=spending_of(spent(1, model="x"))))["claude"]
    assert (claude["costUsd"], claude["perInterviewUsd"], claude["modelsWithoutPrice"]) == (None, None, ["x"])


def test_flags_languages_and_personas_are_counted_and_an_early_end_is_partial() -> None:
    flagged = replace(held(EARLY, "age"), flags=("recovered", "partial"), language="de", persona_id="tom")
    made = summed(flagged, held(EARLY, "age"), held(COMPLETED, "age"))
    assert made["flags"] == {"partial": 2, "recovered": 1}
    assert made["languages"] == {"en": 2, "de": 1}
    assert made["personas"] == {"mia": 2, "tom": 1}


# Other versions, damaged records


def test_interviews_by_other_versions_count_where_names_are_the_same() -> None:
    other = replace(held(EARLY, "age", "hobbies", agreed=True, age=20, hobby=CANARY), flow_version=2, flow_hash="d")
    made = summed(held(COMPLETED, "age", agreed=True, age=40), other)
    assert (made["versions"], made["contents"]) == ({"1": 1, "2": 1}, 2)
    assert slot_of(made, "age")["answers"]["median"] == 30
    assert made["stoppedElsewhere"] == 1
    assert "2 editions" in page(made)


def test_with_a_version_only_its_own_interviews_count() -> None:
    made = summed(held(COMPLETED, "age"), replace(held(COMPLETED, "age"), flow_version=2), version=2)
    assert (made["interviews"], made["versions"]) == (1, {"2": 1})


def test_a_choice_that_was_free_text_in_another_version_shows_no_word_of_it() -> None:
    made = summed(held(COMPLETED, "age", agreed=CANARY, age=CANARY, food=CANARY))
    assert slot_of(made, "food")["answers"]["counts"] == {"cook": 0, "eat_out": 0, "other": 1}
    assert slot_of(made, "agreed")["answers"]["counts"] == {"yes": 0, "no": 0, "other": 1}
    assert slot_of(made, "age")["answers"]["count"] == 0


@pytest.mark.parametrize(
    "damage",
    [
        {"status": "?"},
        {"schema": 99},
        {"base": None},
        {"flags": 7},
        {"flow_version": "first"},
        {"updated_at": "noon"},
        {"spending": [to_rows(spending_of(spent(1)))[0] | {"calls": "many"}]},
        {"call": {"outcome": {}}},
        {"log": [{"slot": 1, "utterance": "", "topic": ["x"]}]},
    ],
)
def test_a_damaged_record_is_counted_as_that_and_spoils_nothing(damage: dict[str, Any]) -> None:
    tally = Tally(FLOW)
    for record in (to_dict(four_interviews()[0]), to_dict(four_interviews()[1]) | damage):
        tally.add(record, now=NOON)
    made = summary(tally, now=NOON)
    assert (made["damaged"], made["interviews"], made["ends"]["completed"]) == (1, 1, 1)
    assert "1 record could not be read" in page(made)


# What must hold of any interviews


def some_sessions(seed: int, count: int) -> list[Session]:
    draw = random.Random(seed)
    names = list(FLOW.topics)
    found = []
    for _ in range(count):
        status = draw.choice([COMPLETED, EARLY, GOING, EARLY, SessionStatus.CREATED])
        walked = [draw.choice([*names, "elsewhere"]) for _ in range(draw.randint(0, 9))]
        facts: dict[str, Any] = {"agreed": draw.random() < 0.8, "age": draw.randint(1, 99)}
        facts["food"] = draw.choice(["cook", "eat_out", Status.REFUSED, Status.EMPTY])
        facts["place"] = draw.choice([CANARY, Status.UNKNOWN, Status.GIVEN_UP])
        made = held(status, *walked, ending=draw.choice([None, "stopped_by_caller"]), **facts)
        call = draw.choice([None, told_of(draw.random() * 900), Call(started_at=NOON, expires_at=NOON + 9)])
        found.append(replace(made, call=call, language=draw.choice(["en", "de"])))
    return found


@given(seed=st.integers(0, 10_000), count=st.integers(0, 30))
def test_counts_add_up(seed: int, count: int) -> None:
    made = summed(*some_sessions(seed, count))
    ends_ = made["ends"]
    assert sum(ends_.values()) == made["interviews"] == count
    assert sum(made["versions"].values()) == sum(made["languages"].values()) == sum(made["personas"].values()) == count
    assert sum(made["endings"].values()) == ends_["ended_early"]
    stopped = sum(t["stopped"] for t in made["topics"])
    assert stopped + made["stoppedBeforeTheFirstAnswer"] + made["stoppedElsewhere"] == ends_["ended_early"]
    for each in made["topics"]:
        assert each["entered"] == each["left"] + each["stopped"] + each["still"]
        assert each["stopped"] == sum(each["endings"].values())
    talks = topic_of(made, "agreed")["entered"]
    assert all(sum(slot["statuses"].values()) == talks for slot in made["slots"])
    assert sum(slot_of(made, "food")["answers"]["counts"].values()) == slot_of(made, "food")["statuses"]["filled"]
    for length in made["length"].values():
        assert sum(b["count"] for b in length["histogram"]) == length["over"]["count"]


@given(seed=st.integers(0, 10_000), count=st.integers(0, 20), least=st.integers(1, 4))
def test_the_order_of_interviews_does_not_matter(seed: int, count: int, least: int) -> None:
    sessions = some_sessions(seed, count)
    shuffled = random.Random(seed + 1).sample(sessions, len(sessions))
    assert summed(*sessions, least=least) == summed(*shuffled, least=least)


def test_a_tally_of_ten_thousand_keeps_nothing_but_numbers() -> None:
    tally = Tally(FLOW)
    seen = glimpse(FLOW, four_interviews()[1], now=NOON)
    for _ in range(10_000):
        tally.count(seen)
    kept = {name: value for name, value in vars(tally).items() if name != "flow"}
    assert CANARY not in repr(kept)
    assert tally.numbers.keys() == {"age"}, "the private number is no number of ours"
    assert sum(array.itemsize * len(array) for array in tally.topic_turns.values()) == 8 * 10_000 * 5
    assert len(tally.spending.spent) == 0
    assert all(len(counts) < 10 for counts in (*tally.statuses.values(), *tally.chosen.values(), tally.endings))


# Small groups


def test_small_groups_are_hidden_and_one_more_where_the_total_would_tell() -> None:
    assert hidden({"a": 90, "b": 3, "c": 7, "d": 0}, 5) == {"a": 90, "b": None, "c": None, "d": 0}
    assert hidden({"a": 90, "b": 3, "c": 2}, 5) == {"a": 90, "b": None, "c": None}
    assert hidden({"a": 90, "b": 3}, 1) == {"a": 90, "b": 3}


@given(seed=st.integers(0, 10_000), count=st.integers(0, 40), least=st.integers(2, 6))
def test_no_count_of_people_below_the_least_is_told(seed: int, count: int, least: int) -> None:
    made = summed(*some_sessions(seed, count), least=least)
    groups = [made["endings"], made["languages"], made["flags"], *(s["statuses"] for s in made["slots"])]
    groups += [{k: made["ends"][k] for k in ("completed", "ended_early")}]
    groups += [{k: t[k] for k in ("entered", "left", "stopped", "still")} | t["endings"] for t in made["topics"]]
    groups += [s["answers"]["counts"] for s in made["slots"] if s["answers"] and "counts" in s["answers"]]
    spreads = [slot_of(made, "age")["answers"], *(length["over"] for length in made["length"].values())]
    groups += [{"count": spread["count"]} for spread in spreads]
    groups += [{"count": b["count"]} for b in slot_of(made, "age")["answers"]["histogram"]]
    for counts in groups:
        assert all(each is None or each == 0 or each >= least for each in counts.values()), counts
    assert all(spread["min"] is None and spread["max"] is None for spread in spreads if spread["count"])
    assert page(made)


# Numbers


@given(st.lists(st.floats(-1e9, 1e9).map(lambda x: round(x, 3)), max_size=60), st.integers(1, 6))
def test_a_histogram_has_every_number_in_one_of_a_few_bins(numbers: list[float], least: int) -> None:
    bins = histogram(sorted(numbers), least)
    assert sum(b["count"] for b in bins) == (len(numbers) if len(numbers) >= least else 0)
    assert len(bins) <= 10
    for each in bins:
        assert each["from"] < each["to"]
        assert each["count"] == sum(each["from"] <= n < each["to"] for n in numbers)


def test_quantiles_lie_between_two_numbers_in_proportion() -> None:
    assert [quantile([1, 2, 4, 8], share) for share in (0, 0.25, 0.5, 1)] == [1, 1.75, 3, 8]
    assert quantile([], 0.5) is None


def test_steps_of_an_axis_are_round() -> None:
    assert [nice_step(x) for x in (0, 0.03, 1, 1.1, 3, 7, 12, 400)] == [1, 0.05, 1, 2, 5, 10, 20, 500]


# The page


def test_the_page_has_no_script_and_nothing_from_elsewhere_whatever_the_names_in_a_record() -> None:
    made = summed(*four_interviews(), replace(held(EARLY, "age", ending=CANARY), flags=(CANARY,), language=CANARY))
    shown = page(made)
    assert "<script" not in shown
    assert "http" not in shown.replace("http-equiv", "")
    assert " style=" not in shown
    assert not re.search(r"\son\w+=|javascript:|url\(|@import|<(?:img|link|iframe|object|a|form)\b", shown)


def test_no_text_and_no_private_value_stands_in_any_form() -> None:
    made = summed(*four_interviews())
    for form in (json.dumps(made), page(made)):
        assert "canary" not in form
        assert "777" not in form
    assert slot_of(made, "spend")["answers"] is None
    assert slot_of(made, "spend")["statuses"]["filled"] == 1


def test_names_a_designer_chose_are_escaped_as_well() -> None:
    name = f'"{CANARY}'
    slot = replace(FLOW.slots["food"], name=name, values=(CANARY, "b"))
    food = replace(FLOW.topics["food"], nice_to_know=(name,))
    flow = replace(FLOW, title=CANARY, slots={**FLOW.slots, name: slot}, topics={**FLOW.topics, "food": food})
    shown = page(summed(held(COMPLETED, "age", agreed=True, age=3, food="cook", **{name: CANARY}), flow=flow))
    assert "<script" not in shown
    assert f'"{CANARY[:3]}' not in shown
    assert 'aria-label="Answers: &quot;&lt;script&gt;' in shown


def test_the_policy_of_the_page_lets_its_own_style_through_and_nothing_else() -> None:
    shown = page(summed(held(COMPLETED, "age")))
    style = re.search(r"<style>(.*?)</style>", shown, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src &#x27;none&#x27;; style-src &#x27;sha256-{digest}&#x27;" in shown


def test_every_chart_has_a_table_with_its_numbers_beside_it() -> None:
    shown = page(summed(*four_interviews()))
    charts = re.findall(r"<svg .*?</svg>(.*?)(?=<svg|$)", shown, re.DOTALL)
    assert len(charts) > 8
    assert all("<table>" in after for after in charts)
    assert shown.count("<svg ") == shown.count('role="img" aria-label="')


def test_a_page_of_no_interviews_says_so() -> None:
    shown = page(summed())
    assert "There are no interviews" in shown
    assert "<svg" not in shown


@given(st.text(max_size=120))
def test_a_long_name_takes_two_lines_at_most(text: str) -> None:
    lines = wrapped(text)
    assert 1 <= len(lines) <= 2
    assert all(len(line) <= 27 for line in lines)


def test_calls_that_still_go_on_hide_nothing_of_those_that_are_over() -> None:
    made = summed(*[held(COMPLETED, "age")] * 6, *[held(EARLY, "age")] * 5, held(GOING, "age"), begun(), least=5)
    assert made["ends"] == {
        "completed": 6,
        "ended_early": 5,
        "going_on": 1,
        "not_begun": 1,
        "failed": 0,
        "expired": 0,
    }
    assert (made["completionRate"], made["length"]["turns"]["over"]["count"]) == (round(6 / 11, 4), 11)


@pytest.mark.parametrize(("completed", "early"), [(9, 2), (2, 9)])
def test_of_few_that_ended_one_way_nothing_is_told_by_another_name(completed: int, early: int) -> None:
    made = summed(*[held(COMPLETED, "age")] * completed, *[held(EARLY, "age", "food")] * early, least=5)
    assert made["ends"]["completed"] is made["ends"]["ended_early"] is made["completionRate"] is None
    assert made["endings"] == {"without_ending": None}
    assert made["length"]["turns"]["completed"]["count"] is made["claude"]["perCompletedUsd"] is None
