"""Rows of a language model's law from its logits, for the adapters of models."""

from __future__ import annotations

import numpy as np

import wend


def upper_bounds(horizon: int, why: str) -> dict:
    """What makes draws proven, as arguments of wend.oracle(): no row sums to more than 1."""
    return {
        "ratio_bound": [1.0] * horizon,
        "kappa_by_depth": [1.0] * horizon,
        "kappa_why": why,
    }


class Law:
    """What makes rows of logits: temperature, top_k and power, as docs/neural.md defines them.

    w(u) = p(u)^power, with p the model's law of logits / temperature among the `top_k` most likely
    symbols of each row (of equal ones the first; all by default).
    """

    def __init__(self, temperature: float = 1.0, top_k: int | None = None, power: float = 1.0):
        if not (np.isfinite(temperature) and temperature > 0):
            raise wend.UsageError(f"temperature is {temperature}, not a number above 0")
        if not (np.isfinite(power) and power > 0):
            raise wend.UsageError(f"power is {power}, not a number above 0")
        if top_k is not None and top_k < 1:
            raise wend.UsageError(f"top_k is {top_k}, not at least 1")
        self.temperature, self.top_k, self.power = float(temperature), top_k, float(power)

    def row(self, logits: np.ndarray) -> np.ndarray:
        """ln( w(c)/w(u) ) of one row: logits (A,) of any float type, to (A,) in float32.

        The normaliser is a sum in float64, raised by 1e-11, and what is left is rounded down, so
        that no row sums to more than 1 where power >= 1. O(A).
        """
        scaled = np.asarray(logits, dtype=np.float64) / self.temperature
        if self.top_k is not None and self.top_k < len(scaled):
            least = np.partition(scaled, -self.top_k)[-self.top_k]
            above = scaled > least
            equal = np.flatnonzero(scaled == least)[: self.top_k - np.count_nonzero(above)]
            above[equal] = True
            scaled[~above] = -np.inf
        scaled -= scaled.max()
        exact = self.power * (scaled - (np.log(np.exp(scaled).sum()) + 1e-11))
        row = exact.astype(np.float32)
        risen = row > exact
        row[risen] = np.nextafter(row[risen], np.float32(-np.inf))
        return row

    def bounds(self, alphabet: int, horizon: int) -> dict:
        """What is known of these rows, as arguments of wend.oracle().

        With power >= 1 a row sums to at most 1: w is nowhere below the mass. With power < 1 a row
        of k symbols sums to at most k^(1 - power).
        """
        if self.power >= 1:
            return upper_bounds(horizon, "no row of p^power sums to more than 1")
        symbols = min(alphabet, self.top_k or alphabet)
        return {"ratio_bound": [symbols ** (1 - self.power) * (1 + 1e-9)] * horizon}
