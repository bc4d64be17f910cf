"""Figures that a run measures; `conftest.py` prints them when the run is over."""

from __future__ import annotations

noted: list[str] = []


def note(name: str, **values: object) -> None:
    """Keep one line: the figure's name and what was measured."""
    shown = (f"{key}={value:.3g}" if isinstance(value, float) else f"{key}={value}" for key, value in values.items())
    noted.append(f"{name}: {', '.join(shown)}")
