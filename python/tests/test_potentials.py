"""Factors beside an oracle."""

import numpy as np
import pytest
import wend
from conftest import MOST_DEVIATIONS, TableOracle, chi_square, coins, counts_of, guided


class TestPotentials:
    def exact(self, keeps, alphabet=3, horizon=4):
        """The law of a table's sequences that `keeps` keeps."""
        table = TableOracle(alphabet, horizon, kappa=1)
        sequences = np.stack(np.unravel_index(np.arange(alphabet**horizon), (alphabet,) * horizon))
        masses = table.leaf_mass * [keeps(tuple(row)) for row in sequences.T]
        return table, masses / masses.sum()

    def test_substrings(self):
        table, law = self.exact(
            lambda x: (0, 1) in zip(x, x[1:]) and (2, 2) not in zip(x, x[1:])
        )
        target = guided(
            table, potentials=[wend.substrings(forbid=[[2, 2]], require=[np.array([0, 1])])]
        )
        run = wend.sample(target, 20_000, seed=1, visits=30)
        assert chi_square(counts_of(run.samples, 3), law) < MOST_DEVIATIONS

    def test_a_function(self):
        factor = np.log([1.0, 0.5, 0.25])
        table = TableOracle(kappa=1)
        totals = np.stack(np.unravel_index(np.arange(81), (3,) * 4))
        masses = table.leaf_mass * np.exp(factor[totals].sum(axis=0))

        def evaluate(batch):
            own = np.array(
                [factor[row[:depth]].sum() for row, depth in zip(batch.prefix, batch.depth)]
            )
            return own[:, None] + factor, own

        target = guided(table, potentials=[wend.potential(evaluate, never_rises=True)])
        run = wend.sample(target, 20_000, seed=1, visits=30)
        assert chi_square(counts_of(run.samples, 3), masses / masses.sum()) < MOST_DEVIATIONS

    def test_text(self):
        letters = wend.oracle(
            lambda batch: np.full((batch.size, 3), -np.log(3)),
            alphabet=3,
            horizon=5,
            end=[0],
            kappa=1,
            symbol_bytes=["", "a", "b"],
            ratio_bound=[1] * 5,
            potentials=[
                wend.substrings(forbid=["aa"], require=[b"b"]),
                wend.length(2, 3),
                *([wend.regular_expression("a.*")] if expressions() else []),
            ],
        )
        for text in wend.sample(letters, 300, visits=20).text():
            assert "aa" not in text and "b" in text and 2 <= len(text) <= 3
            assert not expressions() or text.startswith("a")

    def test_refusals(self):
        with pytest.raises(wend.UsageError, match="forbid: must be a list of patterns"):
            wend.substrings(forbid="ab")
        with pytest.raises(wend.UsageError, match="least: -1 is not an integer from 0"):
            wend.length(-1, 3)
        with pytest.raises(wend.UsageError, match="symbol_bytes"):
            guided(TableOracle(), potentials=[wend.substrings(forbid=["a"])])
        with pytest.raises(wend.UsageError, match="symbol_bytes"):
            guided(TableOracle(), potentials=[wend.regular_expression("a")])
        with pytest.raises(wend.RunError, match="ZeroDivisionError"):
            wend.sample(
                guided(TableOracle(), potentials=[wend.potential(lambda batch: 1 / 0)]),
                10,
                visits=1,
            )
        with pytest.raises(wend.RunError, match="V of the root must be 1, its logarithm 0, not -1"):
            wend.sample(
                guided(
                    TableOracle(),
                    potentials=[
                        wend.potential(
                            lambda batch: (np.full((batch.size, 3), -1.0), np.full(batch.size, -1.0))
                        )
                    ],
                ),
                10,
                visits=1,
            )
        with pytest.raises(wend.RunError, match="must return two arrays"):
            wend.sample(
                guided(TableOracle(), potentials=[wend.potential(lambda batch: coins(batch))]),
                10,
                visits=1,
            )


def expressions() -> bool:
    """Whether wend was built with libfa."""
    try:
        wend.oracle(
            coins,
            alphabet=2,
            horizon=1,
            symbol_bytes=["a", "b"],
            potentials=[wend.regular_expression("a")],
        )
    except wend.UsageError:
        return False
    return True
