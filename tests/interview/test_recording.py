"""What leaves of a recorded value: enough to take the same road, nothing that tells who gave it."""

from __future__ import annotations

from typing import Any

import pytest

from webhook.interview.flow import Slot, SlotType
from webhook.interview.recording import anonymous

RECORD = (("service", SlotType.TEXT), ("cost", SlotType.MONEY))


def slot(type_: SlotType, **more: Any) -> Slot:
    return Slot(name="home_area", type=type_, topic="t", **more)


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        (slot(SlotType.TEXT), "Leeds", "(home area)"),
        (slot(SlotType.TEXT, private=True), "Leeds", "(home area)"),
        (slot(SlotType.CHOICE, values=("rent", "own")), "rent", "rent"),
        (slot(SlotType.CHOICES, values=("car", "bike")), ["car"], ["car"]),
        (slot(SlotType.YES_NO), False, False),
        (slot(SlotType.WHOLE_NUMBER), 34, 34),
        (slot(SlotType.WHOLE_NUMBER, private=True, min=18), 34, 18),
        (slot(SlotType.MONEY, private=True), 812.5, 1),
        (slot(SlotType.LIST), ["chess", "hiking"], ["(home area 1)", "(home area 2)"]),
        (slot(SlotType.LIST, of=SlotType.NUMBER), [3, 5], [3, 5]),
        (slot(SlotType.LIST, of=SlotType.NUMBER, private=True), [30, 50], [1, 2]),
        (
            slot(SlotType.LIST, of=RECORD),
            [{"service": "Netflix", "cost": 11}],
            [{"service": "(service 1)", "cost": 11}],
        ),
        (
            slot(SlotType.LIST, of=RECORD),
            [{"service": "Netflix", "cost": None}],
            [{"service": "(service 1)", "cost": None}],
        ),
        (slot(SlotType.LIST), [], []),
    ],
)
def test_words_and_private_numbers_stay_behind(kind: Slot, value: Any, left: Any) -> None:
    assert anonymous(kind, value) == left


def test_what_the_road_looks_at_stays_as_it_is() -> None:
    assert anonymous(slot(SlotType.WHOLE_NUMBER, private=True), 17, conditions="home_area < 18") == 17


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        (slot(SlotType.TEXT), "Leeds", "(home area)"),
        (slot(SlotType.TEXT), "York", "York"),
        (slot(SlotType.TEXT), "", "(home area)"),
        (slot(SlotType.LIST), ["Leeds", "York"], ["(home area 1)", "York"]),
        (slot(SlotType.LIST, of=RECORD), [{"service": "Leeds", "cost": 1}], [{"service": "(service 1)", "cost": 1}]),
    ],
)
def test_words_stay_behind_even_where_the_road_looks_at_them_unless_a_condition_says_them(
    kind: Slot, value: Any, left: Any
) -> None:
    assert anonymous(kind, value, conditions='home_area == "York"\nhome_area != null') == left
