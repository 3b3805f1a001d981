"""What the tests share."""

import os
import pathlib

import numpy as np
import pytest
import wend

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def examples() -> pathlib.Path:
    return ROOT / "examples"


@pytest.fixture(scope="session")
def command() -> pathlib.Path:
    """The command of this source tree: WEND_COMMAND, or the one in build/."""
    path = pathlib.Path(os.environ.get("WEND_COMMAND", ROOT / "build/bin/wend"))
    if not path.is_file():
        pytest.skip(f"no command at {path}")
    return path


class TableOracle:
    """Log ratios of random masses of all nodes of a small tree, by one array lookup a row.

    Estimates are off by factors between 1/`kappa` and `kappa`, but exact at leaves.
    """

    def __init__(self, alphabet: int = 3, horizon: int = 4, kappa: float = 1.5, seed: int = 0):
        random = np.random.default_rng(seed)
        self.alphabet, self.horizon, self.kappa = alphabet, horizon, kappa
        self.leaf_mass = random.uniform(0.05, 1, alphabet**horizon)
        masses = [self.leaf_mass]
        while len(masses[-1]) > 1:
            masses.append(masses[-1].reshape(-1, alphabet).sum(axis=1))
        masses.reverse()
        for level in masses[:-1]:
            level *= kappa ** random.uniform(-1, 1, len(level))
        self.levels = masses  # by depth
        self.calls = 0

    def node(self, batch) -> np.ndarray:
        """The number of each node at its depth."""
        numbers = np.zeros(batch.size, dtype=np.int64)
        prefix = batch.prefix
        for i, depth in enumerate(batch.depth):
            for symbol in prefix[i, :depth]:
                numbers[i] = numbers[i] * self.alphabet + symbol
        return numbers

    def masses(self, batch) -> tuple[np.ndarray, np.ndarray]:
        self.calls += 1
        numbers, children = self.node(batch), np.empty((batch.size, self.alphabet))
        own = np.empty(batch.size)
        for i, depth in enumerate(batch.depth):
            own[i] = self.levels[depth][numbers[i]]
            first = numbers[i] * self.alphabet
            children[i] = self.levels[depth + 1][first : first + self.alphabet]
        return children, own

    def log_ratios(self, batch) -> np.ndarray:
        children, own = self.masses(batch)
        return np.log(children / own[:, None])

    @property
    def law(self) -> np.ndarray:
        return self.leaf_mass / self.leaf_mass.sum()


def coins(batch):
    return np.tile(np.log([1 / 3, 2 / 3]), (batch.size, 1))


def guided(table, **options):
    return wend.oracle(
        table.log_ratios,
        alphabet=table.alphabet,
        horizon=table.horizon,
        kappa=table.kappa,
        **options,
    )


def counts_of(samples: np.ndarray, alphabet: int) -> np.ndarray:
    """How often each sequence was drawn, first symbol most significant."""
    powers = alphabet ** np.arange(samples.shape[1])[::-1]
    return np.bincount(samples @ powers, minlength=alphabet ** samples.shape[1])


def chi_square(counts: np.ndarray, law: np.ndarray) -> float:
    """Standard deviations by which Pearson's statistic lies above its mean (Wilson-Hilferty)."""
    expected = counts.sum() * law
    assert (counts[law == 0] == 0).all()
    statistic = (((counts - expected) ** 2)[law > 0] / expected[law > 0]).sum()
    freedom = (law > 0).sum() - 1
    return ((statistic / freedom) ** (1 / 3) - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)) ** 0.5


# One false alarm in some 10^6 runs of a test with another seed; the seeds are fixed.
MOST_DEVIATIONS = 4.8
