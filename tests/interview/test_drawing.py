"""A flow as Mermaid text: what is drawn, how, and what is faded when it shows one call."""

from __future__ import annotations

import pytest

from tests.interview.calls import When, ends, flow_of, known, lifestyle, topic
from webhook.interview.drawing import escaped, to_mermaid, trace_of
from webhook.interview.facts import FactEvent, Status
from webhook.interview.flow import Arrow, Ending, Flow, Topic
from webhook.interview.moves import State

FLOW = lifestyle()


def lines(flow: Flow) -> list[str]:
    return [line.strip() for line in to_mermaid(flow).splitlines()]


def small(*topics: Topic) -> list[str]:
    return lines(flow_of(topics, (), endings={"completed": Ending(id="completed")}))


def traced(state: State, *, minutes_left: float = 10) -> list[str]:
    text = to_mermaid(FLOW, trace_of(FLOW, state, minutes_left=minutes_left))
    return [line.strip() for line in text.splitlines()]


def node(drawn: list[str], name: str) -> str:
    """The line of a topic or an ending."""
    return next(line for line in drawn if line.split("[")[0].split("(")[0].split("{")[0].endswith(f"_{name}"))


def faded_links(drawn: list[str]) -> list[str]:
    links = [line for line in drawn if "->" in line]
    style = next(line for line in drawn if line.startswith("linkStyle"))
    return [links[int(number)] for number in style.split()[1].split(",")]


def test_topics_have_a_shape_by_importance_and_the_start_is_marked() -> None:
    drawn = lines(FLOW)
    assert drawn[:4] == ["---", 'title: "Financial lifestyle interview (version 1)"', "---", "flowchart TD"]
    assert 't3_age["age<br/>must"]:::must' in drawn
    assert 't4_interests("interests<br/>should"):::should' in drawn
    assert 't9_fitness_preference{{"fitness preference<br/>could"}}:::could' in drawn
    assert "start --> t1_intro" in drawn


def test_endings_stand_together_and_only_where_an_arrow_leads_to_them() -> None:
    drawn = lines(FLOW)
    group = drawn[drawn.index('subgraph endings ["endings"]') + 1 : drawn.index("end")]
    assert group == [
        'e1_completed(["completed"]):::ending',
        'e2_no_consent(["no consent"]):::ending',
        'e3_under_age(["under age"]):::ending',
        'e4_age_unknown(["age unknown"]):::ending',
    ]
    assert not [line for line in drawn if "safety" in line or "stopped" in line]


def test_arrows_carry_their_conditions_and_the_last_one_says_else() -> None:
    drawn = lines(FLOW)
    assert 't3_age -->|"age #60; 18"| e3_under_age' in drawn
    assert 't3_age -->|"else"| t4_interests' in drawn
    assert "t2_name --> t3_age" in drawn


def test_a_road_past_a_could_topic_is_dashed() -> None:
    dashed = [line for line in lines(FLOW) if "-.->" in line]
    streaming = "(#34;streaming#34; in entertainment)"
    assert dashed[0] == 't8_transport_preference -.->|"time is short"| t10_entertainment_preference'
    assert dashed[1].startswith(f't10_entertainment_preference -.->|"time is short, {streaming}')
    assert dashed[1].endswith("t12_travel_preference")
    assert len(dashed) == 2


def test_could_topics_in_a_row_are_passed_together_and_a_circle_of_them_ends() -> None:
    back_or_out = (Arrow(go_to="b", condition=When("a", "again")), ends())
    drawn = small(topic("a", "b"), topic("b", "c", importance="could"), topic("c", back_or_out, importance="could"))
    dashed = [line for line in drawn if "-.->" in line]
    assert 't1_a -.->|"time is short"| e1_completed' in dashed
    assert not [line for line in dashed if line.startswith("t1_a") and not line.endswith("e1_completed")]


def test_the_first_topic_is_never_passed_by() -> None:
    drawn = small(topic("a", "b", importance="could"), topic("b", (Arrow(go_to="a", condition=When("b", 1)), ends())))
    assert not [line for line in drawn if "-.->" in line]


def test_an_arrow_that_looks_at_the_clock_is_dashed() -> None:
    drawn = small(topic("a", (Arrow(go_to="b", condition=When("minutes_left", 1)), ends())), topic("b", (ends(),)))
    assert 't1_a -.->|"a test\'s own"| t2_b' in drawn
    assert 't1_a -->|"else"| e1_completed' in drawn


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ('tenure == "rent"', "tenure == #34;rent#34;"),
        ("a[1] <b> {c} | d", "a#91;1#93; #60;b#62; #123;c#125; #124; d"),
        ("#35; %% `x` \\n: a\nb", "#35;35#59; #37;#37; #96;x#96; #92;n#58; a b"),
        ("größer ≥ 3 (null)", "größer ≥ 3 (null)"),
    ],
)
def test_what_mermaid_would_read_as_its_own_is_written_by_number(words: str, written: str) -> None:
    assert escaped(words) == written


def test_topics_named_like_words_of_mermaid_or_like_each_other_stay_apart() -> None:
    drawn = small(topic("end", "a-b"), topic("a-b", "a_b"), topic("a_b", (ends(),)))
    assert "t1_end --> t2_a_b" in drawn
    assert "t2_a_b --> t3_a_b" in drawn


def test_a_call_shows_its_road_its_facts_and_where_it_is() -> None:
    refused = FactEvent(slot="home_area", status=Status.REFUSED, words="no")
    events = (*known(consent=True, name="Sam", age=34, interests=["chess"]), refused)
    drawn = traced(State(events=events, topic="housing_preference"))
    assert node(drawn, "name") == 't2_name["name<br/>must<br/>name = •••"]:::walked', "private"
    area = node(drawn, "housing_location")
    assert area == 't5_housing_location["housing location<br/>must<br/>home_area (refused)"]:::walked'
    assert "interests = #91;#34;chess#34;#93;" in node(drawn, "interests")
    assert node(drawn, "housing_preference").endswith('<br/>the call is here"]:::open')
    assert node(drawn, "summary").endswith(":::faded")
    assert node(drawn, "completed").endswith(":::faded")
    faded = faded_links(drawn)
    assert 't3_age -->|"age #60; 18"| e3_under_age' in faded
    assert 't3_age -->|"else"| t4_interests' not in faded
    assert "start --> t1_intro" not in faded
    assert "t6_housing_preference --> t7_food_preference" in faded


def test_a_call_that_ended_shows_its_ending() -> None:
    drawn = traced(State(events=known(consent=True, name="Sam", age=16), topic="age", ending="under_age"))
    assert node(drawn, "under_age").endswith(":::reached")
    assert node(drawn, "age").endswith(":::walked")
    assert 't3_age -->|"age #60; 18"| e3_under_age' not in faded_links(drawn)


def test_a_call_that_was_broken_off_shows_where_and_how() -> None:
    state = State(events=known(consent=True, name="Sam"), topic="age", ending="stopped_by_caller")
    drawn = traced(state)
    ending = list(FLOW.endings).index("stopped_by_caller") + 1
    assert node(drawn, "age").endswith('the call ended here"]:::open')
    assert f"t3_age -.-> e{ending}_stopped_by_caller" in drawn
    assert f"t3_age -.-> e{ending}_stopped_by_caller" not in faded_links(drawn)


def test_topics_passed_by_for_want_of_time_are_not_shown_as_talked_about() -> None:
    drawn = traced(State(events=known(consent=True, name="Sam", age=34), topic="summary"), minutes_left=1)
    assert node(drawn, "interests").endswith('not reached"):::faded')
    assert node(drawn, "summary").endswith(":::open")


def test_long_values_are_shortened() -> None:
    drawn = traced(State(events=known(consent=True, home_area="L" * 200)))
    assert f"home_area = {'L' * 39}…" in node(drawn, "housing_location")
