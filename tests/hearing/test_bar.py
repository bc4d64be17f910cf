"""What code hears in the banks is not worse than it was."""

from __future__ import annotations

import pytest

from tests import figures
from tests.hearing.bank import FLOW, QUESTIONS, banks, figures_of, rows_of
from tests.hearing.bar import bar, below, raised

every_bank = pytest.mark.parametrize("bank", banks())


@every_bank
def test_no_figure_of_a_bank_is_below_its_bar(bank: str) -> None:
    found = figures_of(rows_of(bank)).bar()
    figures.note(f"hearing {bank}", **found)
    assert below(bank, found) == []


@every_bank
def test_every_bank_has_a_bar_and_rows_of_slots_that_are_known(bank: str) -> None:
    assert bank in bar()
    assert all(row.slot in QUESTIONS[row.language] and row.slot in FLOW.slots for row in rows_of(bank))


@every_bank
def test_the_bar_only_rises(bank: str) -> None:
    held = bar()
    worse = {bank: {name: held[bank][name] + change for name, change in _WORSE.items()}}
    better = {bank: {name: held[bank][name] - change for name, change in _WORSE.items()}}
    assert raised(worse)[bank] == held[bank]
    assert raised(better)[bank] == better[bank]
    assert set(below(bank, worse[bank])) == set(_WORSE)


_WORSE = {"right": -1, "wrong": 1, "false_consents": 1, "taken": -1}
