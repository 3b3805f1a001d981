"""Small pictures as SVG: lines over two axes, and bars. Nothing but the standard library."""

from __future__ import annotations

import html
import math
import pathlib
import typing
from collections.abc import Sequence

WIDTH, HEIGHT = 760, 440
LEFT, RIGHT, TOP, BOTTOM = 64, 210, 64, 56
COLOURS = ("#555555", "#c4441c", "#1b6ca8", "#3a7d2c", "#d08a00", "#7b4ea3", "#d0489a")


class Line(typing.NamedTuple):
    """Points in data units; one point alone is a large dot. An `exact` one lies on the floor."""

    label: str
    points: Sequence[tuple[float, float]]
    exact: bool = False


def line_plot(
    path: pathlib.Path,
    lines: Sequence[Line],
    *,
    title: str,
    across: str,
    up: str,
    least: float,
) -> None:
    """Writes lines over a linear axis from 0 and a logarithmic one from `least` to 1."""
    right = max(x for line in lines for x, _ in line.points) * 1.05
    low = math.log10(least)
    floor = HEIGHT - BOTTOM

    def place(x: float, y: float) -> tuple[float, float]:
        share = (math.log10(max(y, least)) - low) / -low
        return LEFT + (WIDTH - LEFT - RIGHT) * x / right, floor - (floor - TOP) * share

    parts = []
    step = _step(right)
    for i in range(int(right / step) + 1):
        x, _ = place(i * step, 1)
        parts += [_stroke(x, TOP, x, floor), _text(x, floor + 18, "middle", f"{i * step:g}")]
    for power in range(math.ceil(low), 1):
        _, y = place(0, 10.0**power)
        parts += [
            _stroke(LEFT, y, WIDTH - RIGHT, y),
            _text(LEFT - 8, y + 4, "end", f"{10.0**power:g}"),
        ]
    for i, line in enumerate(lines):
        colour = COLOURS[i % len(COLOURS)]
        places = [place(x, y) for x, y in line.points if line.exact or y >= least]
        if len(places) > 1:
            joined = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
            parts.append(
                f'<polyline points="{joined}" fill="none" stroke="{colour}" stroke-width="2"/>'
            )
        radius = 6 if line.exact else 3
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{colour}" fill-opacity="0.8"/>'
            for x, y in places
        ]
        parts.append(
            _text(WIDTH - RIGHT + 14, TOP + 18 + 20 * i, "start", line.label, f' fill="{colour}"')
        )
    parts += _frame(title, across, up)
    _write(path, parts, HEIGHT)


class Bar(typing.NamedTuple):
    label: str
    value: float
    colour: int
    note: str = ""


def bar_plot(
    path: pathlib.Path, groups: Sequence[tuple[str, Sequence[Bar]]], *, title: str, most: float
) -> None:
    """Writes groups of horizontal bars from 0 to `most`, each with its label and value."""
    left, thick = 190, 18
    rows = sum(len(bars) + 1.5 for _, bars in groups)
    parts = [_text(16, 28, "start", title, ' font-size="14"')]
    y = 44.0
    for name, bars in groups:
        y += thick
        parts.append(_text(16, y, "start", name, ' font-weight="bold"'))
        for bar in bars:
            y += thick
            wide = (WIDTH - left - 230) * min(bar.value / most, 1)
            parts.append(_text(left - 8, y, "end", bar.label))
            parts.append(
                f'<rect x="{left}" y="{y - 12:.1f}" width="{max(wide, 1):.1f}" '
                f'height="{thick - 4}" fill="{COLOURS[bar.colour]}"/>'
            )
            parts.append(_text(left + wide + 6, y, "start", bar.note or f"{bar.value:.3f}"))
        y += thick / 2
    _write(path, parts, round(60 + rows * thick))


def _step(most: float) -> float:
    """Between ticks: 1, 2 or 5 times a power of ten, at most ten of them."""
    power = 10.0 ** math.floor(math.log10(most))
    return next(f * power / 10 for f in (1, 2, 5, 10) if most / (f * power / 10) <= 10)


def _frame(title: str, across: str, up: str) -> list[str]:
    floor = HEIGHT - BOTTOM
    return [
        _stroke(LEFT, floor, WIDTH - RIGHT, floor, "#333333"),
        _stroke(LEFT, TOP, LEFT, floor, "#333333"),
        _text(LEFT, 24, "start", title, ' font-size="14"'),
        _text(LEFT, TOP - 12, "start", up),
        _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, "middle", across),
    ]


def _stroke(x1: float, y1: float, x2: float, y2: float, colour: str = "#dddddd") -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def _text(x: float, y: float, anchor: str, text: str, more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{html.escape(text)}</text>'


def _write(path: pathlib.Path, parts: Sequence[str], height: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n",
        encoding="utf-8",
    )
