"""The suite itself: green or red by what comes out, never by how busy the machine is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import hypothesis

TESTS = Path(__file__).parent
#: They measure, and say so; the long versions run on a machine that does nothing else.
MEASURING = ("bench", "chaos")
CLOCKS = frozenset({"monotonic", "perf_counter", "process_time"})


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(TESTS.rglob("*.py")):
        name = path.relative_to(TESTS)
        if name.parts[0] not in MEASURING:
            yield str(name), ast.parse(path.read_text())


def test_no_example_of_hypothesis_has_a_deadline() -> None:
    assert hypothesis.settings().deadline is None
    own = [
        f"{name}:{node.value.lineno}"
        for name, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.keyword) and node.arg == "deadline" and name != "conftest.py"
    ]
    assert own == []


def test_no_assert_measures_how_long_something_took() -> None:
    """A wait that is given up after a while is no measurement: `assert monotonic() < give_up`."""
    timed = [
        f"{name}:{difference.lineno}"
        for name, tree in sources()
        for claim in ast.walk(tree)
        if isinstance(claim, ast.Assert)
        for difference in ast.walk(claim.test)
        if isinstance(difference, ast.BinOp) and isinstance(difference.op, ast.Sub) and _reads_a_clock(difference)
    ]
    assert timed == []


def _reads_a_clock(node: ast.AST) -> bool:
    calls = [found.func for found in ast.walk(node) if isinstance(found, ast.Call)]
    return any(isinstance(called, ast.Attribute) and called.attr in CLOCKS for called in calls)
