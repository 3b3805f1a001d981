"""Rows of a language model's law."""

import numpy as np
import pytest
import wend
from wend._law import Law


@pytest.fixture
def logits():
    return np.random.default_rng(5).normal(0, 4, 50_000).astype(np.float32)


def test_law_is_the_softmax_and_sums_to_at_most_one(logits):
    row = Law().row(logits)
    exact = logits.astype(np.float64) - np.logaddexp.reduce(logits.astype(np.float64))
    assert row.dtype == np.float32
    assert np.all(row <= exact)
    assert np.abs(row - exact).max() < 4e-6
    assert 1 - 1e-5 < np.exp(row.astype(np.float64)).sum() <= 1


def test_temperature_and_power(logits):
    row = Law(temperature=0.5, power=1.5).row(logits)
    warm = 2 * logits.astype(np.float64)
    assert np.allclose(row, 1.5 * (warm - np.logaddexp.reduce(warm)), atol=2e-5, rtol=1e-6)


def test_top_k_keeps_the_first_of_equal_symbols():
    row = Law(top_k=3).row(np.array([1.0, 2.0, 1.0, 3.0, 1.0], np.float32))
    assert np.isfinite(row).tolist() == [True, True, False, True, False]
    assert np.exp(row.astype(np.float64)).sum() == pytest.approx(1, abs=1e-6)


def test_bounds():
    assert Law(power=2).bounds(100, 3)["ratio_bound"] == [1, 1, 1]
    bounds = Law(power=0.5, top_k=16).bounds(100, 3)
    assert bounds["ratio_bound"] == pytest.approx([4, 4, 4])
    assert "kappa_by_depth" not in bounds
    flat = Law(power=0.5, top_k=16).row(np.zeros(100, np.float32))
    assert np.exp(flat.astype(np.float64)).sum() <= bounds["ratio_bound"][0]


@pytest.mark.parametrize("wrong", [{"temperature": 0}, {"power": -1}, {"top_k": 0}])
def test_refusals(wrong):
    with pytest.raises(wend.UsageError):
        Law(**wrong)
