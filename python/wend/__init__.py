"""Exact samples from approximate mass estimates.

    >>> import wend
    >>> target = wend.tree([[1, 2], [3, 4]])
    >>> run = wend.sample(target, samples=1000, seed=1)
    >>> run.samples.shape
    (1000, 2)

A target is a distribution over sequences of H symbols; its oracle says, of any prefix, roughly how
much of the mass lies below each next symbol. See `wend.oracle` for oracles of your own, and
`wend.sample` for what is drawn and how sure it is.
"""

from wend._wend import Batch, Instance, Potential, __version__
from wend.answers import log_mass, rows
from wend.errors import Error, InputError, RunError, UsageError
from wend.estimates import Estimates, estimate
from wend.inspection import Inspection, inspect
from wend.instances import class_target, document, knapsack, load, neural, ngram, tree
from wend.oracles import length, oracle, potential, regular_expression, substrings
from wend.plans import Plan, plan
from wend.rates import Rates, throughput
from wend.run import Run, baseline, compare, sample

__all__ = [
    "Batch",
    "Error",
    "Estimates",
    "InputError",
    "Inspection",
    "Instance",
    "Plan",
    "Potential",
    "Rates",
    "Run",
    "RunError",
    "UsageError",
    "__version__",
    "baseline",
    "class_target",
    "compare",
    "document",
    "estimate",
    "inspect",
    "knapsack",
    "length",
    "load",
    "log_mass",
    "neural",
    "ngram",
    "oracle",
    "plan",
    "potential",
    "regular_expression",
    "rows",
    "sample",
    "substrings",
    "throughput",
    "tree",
]
