"""A small plot as SVG, for notebooks."""

from __future__ import annotations

import html

import numpy as np

WIDTH, HEIGHT, BINS = 420, 90, 60
MOST = 1 << 20  # values that are looked at


def histogram(values: np.ndarray, title: str) -> str:
    """The histogram of the finite ones of some values, without other libraries; "" of none."""
    values = values[:: max(1, len(values) // MOST)]
    values = values[np.isfinite(values)]
    if not len(values):
        return ""
    low, high = float(values.min()), float(values.max())
    if high - low <= 1e-9 * max(1.0, abs(low)):  # all alike
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    step = WIDTH / BINS
    bars = "".join(
        f"<rect x='{i * step:.1f}' y='{HEIGHT - height:.1f}' width='{step - 1:.1f}' "
        f"height='{height:.1f}'/>"
        for i, height in enumerate(counts / counts.max() * HEIGHT)
        if height > 0
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{HEIGHT + 20}' "
        f"font-family='sans-serif' font-size='11'><g fill='#4477aa'>{bars}</g>"
        f"<text x='0' y='{HEIGHT + 14}'>{edges[0]:.4g}</text>"
        f"<text x='{WIDTH / 2}' y='{HEIGHT + 14}' text-anchor='middle'>{html.escape(title)}</text>"
        f"<text x='{WIDTH}' y='{HEIGHT + 14}' text-anchor='end'>{edges[-1]:.4g}</text></svg>"
    )
