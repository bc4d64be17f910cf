"""The guards that `make mutants` takes out are all still there to be taken out."""

from __future__ import annotations

import pytest

from tests.mutants import ALL, ROOT, Mutant


@pytest.mark.parametrize("mutant", ALL, ids=lambda mutant: mutant.name.replace(" ", "_"))
def test_a_guard_stands_once_in_its_file_and_has_tests(mutant: Mutant) -> None:
    text = (ROOT / mutant.file).read_text()

    assert mutant.mutated(text) != text
    assert all((ROOT / test.partition("::")[0]).exists() for test in mutant.tests if test.startswith("tests/"))
