"""Charts as SVG that stands inside a page: bars that lie, one below the other, so that long names find room.

Colours are the page's own (`.p0`, `.p1`, ...), so that dark and light are decided in one place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

from webhook.interview.summary import nice_step

_WIDTH, _LEFT, _RIGHT = 640, 196, 40
_BAR, _ROW, _TOP, _AXIS = 18, 34, 6, 24
_LINE_CHARS = 26
_LINES = 2


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One row: its parts lie end to end, `note` stands behind them."""

    label: str
    parts: tuple[int, ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _Plot:
    """Where values lie: `end` is the last tick, at `width`. Notes have room behind it."""

    end: float
    width: float

    def x(self, value: float) -> float:
        return _LEFT + value / self.end * self.width


def bars(title: str, rows: tuple[Bar, ...], *, series: tuple[str, ...], first_colour: int = 0) -> str:
    """The chart, with a legend where there is more than one series. The `title` is read out; it is not drawn."""
    most = max((sum(row.parts) for row in rows), default=0)
    step = max(nice_step(most / 5), 1.0)
    end = max(math.ceil(most / step) * step, step)
    top = _TOP + (_AXIS if len(series) > 1 else 0)
    bottom = top + _ROW * len(rows)
    plot = _Plot(end=end, width=_WIDTH - _LEFT - max(_RIGHT, *(10 + 7 * len(row.note) for row in rows)))
    drawn = [
        _legend(series, first_colour) if len(series) > 1 else "",
        *_axis(plot, step, top, bottom),
        *(_bar(row, top + _ROW * n, plot, series, first_colour) for n, row in enumerate(rows)),
    ]
    return (
        f'<svg role="img" aria-label="{escape(title)}" viewBox="0 0 {_WIDTH} {bottom + _AXIS}" '
        f'width="{_WIDTH}" height="{bottom + _AXIS}">{"".join(drawn)}</svg>'
    )


def _axis(plot: _Plot, step: float, top: int, bottom: int) -> list[str]:
    lines = []
    for n in range(round(plot.end / step) + 1):
        x = plot.x(n * step)
        kind = "axis" if n == 0 else "grid"
        lines.append(f'<line class="{kind}" x1="{x:g}" y1="{top}" x2="{x:g}" y2="{bottom}"/>')
        lines.append(f'<text class="tick" x="{x:g}" y="{bottom + 16}" text-anchor="middle">{n * step:g}</text>')
    return lines


def _bar(row: Bar, y: int, plot: _Plot, series: tuple[str, ...], first_colour: int) -> str:
    middle = y + _ROW / 2
    drawn, at = [_label(row.label, middle)], 0
    for n, (part, name) in enumerate(zip(row.parts, series, strict=True)):
        if part:
            x, width = plot.x(at), plot.x(at + part) - plot.x(at)
            drawn.append(
                f'<rect class="p{first_colour + n}" x="{x:.1f}" y="{middle - _BAR / 2:g}" width="{width:.1f}" '
                f'height="{_BAR}"><title>{escape(f"{row.label}, {name}: {part}")}</title></rect>'
            )
        at += part
    drawn.append(f'<text class="note" x="{plot.x(at) + 6:.1f}" y="{middle + 4:g}">{escape(row.note)}</text>')
    return "".join(drawn)


def _legend(series: tuple[str, ...], first_colour: int) -> str:
    drawn, x = [], 8
    for n, name in enumerate(series):
        drawn.append(f'<rect class="p{first_colour + n}" x="{x}" y="4" width="12" height="12"/>')
        drawn.append(f'<text class="tick" x="{x + 17}" y="14">{escape(name)}</text>')
        x += 17 + 7 * len(name) + 18
    return "".join(drawn)


def _label(text: str, middle: float) -> str:
    lines = wrapped(text)
    first = middle + 4 - 7 * (len(lines) - 1)
    spans = (
        f'<text class="label" x="{_LEFT - 8}" y="{first + 14 * n:g}" text-anchor="end">{escape(line)}</text>'
        for n, line in enumerate(lines)
    )
    return f"<g><title>{escape(text)}</title>{''.join(spans)}</g>"


def wrapped(text: str) -> list[str]:
    """At most two lines, broken between words where there are any; the rest of a longer text is left out."""
    lines: list[str] = []
    rest = " ".join(text.split())
    for n in range(_LINES):
        if _columns(rest) <= _LINE_CHARS:
            return [*lines, rest]
        fits = max(i for i in range(1, len(rest) + 1) if _columns(rest[:i]) <= _LINE_CHARS)
        if n == _LINES - 1:
            return [*lines, f"{rest[: fits - 1].rstrip()}…"]
        space = rest.rfind(" ", 0, fits + 1)
        cut = space if space > fits // 2 else fits
        lines.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return lines


def _columns(text: str) -> int:
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)
