"""The bar: the figures of each bank that the suite holds. It only rises."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping

from tests.hearing.bank import FOLDER, WRONG

_FILE = FOLDER / "bar.toml"
_AT_MOST = frozenset({WRONG, "false_consents"})
_HEAD = "# By bank: what the suite holds. Written by `python -m tests.hearing --raise`, which never lowers it.\n"
Bar = dict[str, dict[str, int]]


def bar() -> Bar:
    return tomllib.loads(_FILE.read_text()) if _FILE.exists() else {}


def below(bank: str, figures: Mapping[str, int]) -> list[str]:
    """Which figures of a bank are worse than its bar."""
    return [name for name, held in bar().get(bank, {}).items() if _better(name, held, figures[name]) != figures[name]]


def raised(figures: Bar) -> Bar:
    """The bar with each figure as it is, or as it is measured where that is better."""
    held = bar()
    return {
        bank: {name: _better(name, held.get(bank, {}).get(name, value), value) for name, value in found.items()}
        for bank, found in figures.items()
    }


def write(new: Bar) -> None:
    tables = ("".join([f"\n[{bank}]\n", *(f"{n} = {v}\n" for n, v in found.items())]) for bank, found in new.items())
    _FILE.write_text(_HEAD + "".join(tables))


def _better(name: str, one: int, other: int) -> int:
    return min(one, other) if name in _AT_MOST else max(one, other)
