"""A target of genlm-control, by wend's walk and by genlm's own sequential Monte Carlo, in one run.

A bigram law of strings over four letters, times a constraint that can only be judged late: the
string must have as many a's as b's, and end with "d". All strings that it leaves are listed, so
that the distance (TV) to the target is known, beside how many rows of the model each method asked
for.
"""

import asyncio
import itertools
import warnings

import numpy as np
import wend
import wend.genlm
from genlm.control import SMC, Potential, direct_token_sampler

LETTERS, H = list("abcd"), 8  # the end of a sequence counts as one of the 8


class Bigrams(Potential):
    """A normalised law: each letter, and the end, by the letter before."""

    def __init__(self):
        super().__init__(LETTERS)
        rows = np.random.default_rng(3).dirichlet(np.full(5, 0.8), size=5)
        self.law = dict(zip(["", *LETTERS], np.log(0.97 * rows + 0.03 / 5)))
        self.forget()

    def forget(self):
        self.asked, self.contexts = 0, set()

    async def prefix(self, context):
        return sum(self.law[u][LETTERS.index(c)] for u, c in zip(["", *context], context))

    async def complete(self, context):
        return await self.prefix(context) + self.law[context[-1] if context else ""][-1]

    async def logw_next(self, context):
        self.asked += 1
        self.contexts.add(tuple(context))
        return self.make_lazy_weights(self.law[context[-1] if context else ""])


class Balanced(Potential):
    """1 for strings with as many a's as b's that end with d, and for all prefixes, else 0."""

    async def prefix(self, context):
        return 0.0

    async def complete(self, context):
        fits = context[-1:] == ["d"] and context.count("a") == context.count("b")
        return 0.0 if fits else -np.inf


warnings.simplefilter("ignore")
model, constraint = Bigrams(), Balanced(LETTERS)
product = model * constraint
strings = [list(x) for n in range(H) for x in itertools.product(LETTERS, repeat=n)]
log_mass = asyncio.run(product.batch_complete(strings))
law = {"".join(x): np.exp(m) for x, m in zip(strings, log_mass) if m > -np.inf}
total = sum(law.values())
print(f"{len(law)} of {len(strings)} strings fit; they have {total:.4f} of the model's mass")


def distance(weights):
    return sum(abs(weights.get(x, 0) - mass / total) for x, mass in law.items()) / 2


instance = wend.genlm.oracle(product, H, upper_bound=True)
for draws in (1_000, 10_000, 100_000):
    model.forget()
    run = wend.sample(instance, draws, seed=1, visits="proven")
    texts, counts = np.unique(run.text(), return_counts=True)
    tv = distance(dict(zip(texts.tolist(), counts / draws)))
    print(f"walk, {draws:6d} draws:     TV {tv:.3f}, {model.asked:6d} rows of the model")
for particles in (100, 1_000, 4_000):
    model.forget()
    smc = SMC(direct_token_sampler(product))
    found = asyncio.run(smc(particles, ess_threshold=0.5, max_tokens=H))
    weights = {}
    for context, weight in zip(found.contexts, found.normalized_weights):
        text = "".join(c for c in context if isinstance(c, str))
        weights[text] = weights.get(text, 0) + weight
    tv = distance(weights)
    print(
        f"SMC, {particles:6d} particles:  TV {tv:.3f}, {model.asked:6d} rows of the model, "
        f"{len(model.contexts)} of them different"
    )
