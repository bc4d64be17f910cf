"""Every row of the fault catalogue that is dealt with has a test with its number in the name."""

from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parent
#: Claude 1 to 13, requests 14 to 33, the store 34 to 42, processes 43 to 50, webhooks and calls 51 to 58, flows that are
#: saved while calls run, the time of an interview, reports and what is erased.
ROWS = {*range(1, 63)}
_NAME = re.compile(r"def test((?:_row)?(?:_\d\d)+)_", re.MULTILINE)


def test_each_row_has_a_test() -> None:
    found: set[int] = set()
    for path in TESTS.rglob("test_*.py"):
        for name in _NAME.findall(path.read_text()):
            if name.startswith("_row"):
                found |= {int(number) for number in re.findall(r"\d\d", name)}

    assert sorted(ROWS - found) == []
