"""Potentials of genlm-control as bases and as factors, held against lists of all sequences."""

import asyncio
import itertools

import numpy as np
import pytest

pytest.importorskip("genlm.control")

import wend  # noqa: E402
import wend.genlm  # noqa: E402
from genlm.control import BoolFSA, Potential  # noqa: E402

H = 5


class Bigrams(Potential):
    """A normalised law of strings over a, b and c: each letter, and the end, by the one before."""

    def __init__(self, vocabulary=("a", "b", "c")):
        super().__init__(list(vocabulary))
        draws = np.random.default_rng(8).gamma(0.7, size=(4, 4)) + 0.02
        self.law = {
            before: dict(zip("abc$", np.log(row / row.sum()))) for before, row in zip("^abc", draws)
        }
        self.asked = 0

    async def prefix(self, context):
        return sum(self.law[u][c] for u, c in zip(["^", *context], context))

    async def complete(self, context):
        return await self.prefix(context) + self.law[context[-1] if context else "^"]["$"]

    async def logw_next(self, context):
        self.asked += 1
        row = self.law[context[-1] if context else "^"]
        return self.make_lazy_weights(np.array([row[c] for c in [*self.vocab, "$"]]))


class Discount(Potential):
    """A reward of e^-0.7 for each b, and of e^-1 at the end of strings that do not end with c."""

    async def prefix(self, context):
        return -0.7 * context.count("b")

    async def complete(self, context):
        return await self.prefix(context) - (context[-1:] != ["c"])


def constraint():
    return BoolFSA.from_regex("a(b|c)*(a|b)", to_bytes=False)


def strings(most):
    return [x for n in range(most + 1) for x in itertools.product("abc", repeat=n)]


def law_of(potential, most):
    """Masses of all strings of up to `most` letters that have one."""
    masses = {x: np.exp(asyncio.run(potential.complete(list(x)))) for x in strings(most)}
    return {x: mass for x, mass in masses.items() if mass > 0}


def drawn(run, vocabulary):
    counts = {}
    for symbols in run.samples.tolist():
        end = symbols.index(3) if 3 in symbols else len(symbols)
        x = tuple(vocabulary[s] for s in symbols[:end])
        counts[x] = counts.get(x, 0) + 1
    return counts


def distance(counts, law):
    assert set(counts) <= set(law)
    draws, total = sum(counts.values()), sum(law.values())
    return sum(abs(counts.get(x, 0) / draws - mass / total) for x, mass in law.items()) / 2


def test_a_language_model_times_a_constraint():
    product = Bigrams() * constraint()
    instance = wend.genlm.oracle(product, H, upper_bound=True)
    run = wend.sample(instance, 5000, seed=3)
    assert run.report["guarantee"]["kind"] == "proven"
    law = law_of(product, H - 1)
    assert len(law) > 10
    assert distance(drawn(run, product.vocab), law) < 0.05
    texts = run.text()
    for text, log_mass in zip(texts[:40], run.log_mass):
        assert np.exp(log_mass) == pytest.approx(law[tuple(text)], rel=1e-5)


def test_a_constraint_as_a_factor_of_a_base():
    base = Bigrams()
    only = BoolFSA.from_regex("(a|b|c)*b(a|b|c)", to_bytes=False)
    base = Bigrams(only.vocab)  # in its order
    factor = wend.genlm.potential(only, H, never_rises=True)
    instance = wend.genlm.oracle(base, H, upper_bound=True, potentials=[factor])
    run = wend.sample(instance, 5000, seed=3)
    assert distance(drawn(run, base.vocab), law_of(base * only, H - 1)) < 0.06


def test_a_reward_as_a_factor_of_a_base():
    base, reward = Bigrams(), Discount(["a", "b", "c"])
    factor = wend.genlm.potential(reward, 4, never_rises=True)
    instance = wend.genlm.oracle(base, 4, upper_bound=True, potentials=[factor])
    run = wend.sample(instance, 6000, seed=9)
    law = law_of(base * reward, 3)
    assert distance(drawn(run, base.vocab), law) < 0.05
    for text, log_mass in zip(run.text()[:40], run.log_mass):
        assert np.exp(log_mass) == pytest.approx(law[tuple(text)], rel=1e-5)


def test_truncated_sequences_count_by_their_prefix():
    base = Bigrams()
    run = wend.sample(wend.genlm.oracle(base, 3, truncate=True, upper_bound=True), 6000, seed=5)
    law = law_of(base, 2)
    law |= {x: np.exp(asyncio.run(base.prefix(list(x)))) for x in strings(3) if len(x) == 3}
    assert sum(law.values()) == pytest.approx(1)
    assert distance(drawn(run, base.vocab), law) < 0.05


def test_bytes_decode():
    fsa = BoolFSA.from_regex("gr(ü|u)n")
    run = wend.sample(wend.genlm.oracle(fsa, 6), 200, seed=1, visits=20)
    assert set(run.text()) == {"grün", "grun"}


def test_refusals():
    with pytest.raises(wend.UsageError):
        wend.genlm.oracle("no potential", 3)
    with pytest.raises(wend.UsageError):
        wend.genlm.oracle(Bigrams(), 0)
