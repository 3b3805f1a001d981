"""Oracles that are functions: laws, batches, answers, failures."""

import threading
import time

import numpy as np
import pytest
import wend
from conftest import MOST_DEVIATIONS, TableOracle, chi_square, coins, counts_of, guided


@pytest.mark.parametrize("algorithm", ["lifted", "jerrum-sinclair"])
def test_the_law_of_a_function(algorithm):
    table = TableOracle()
    run = wend.sample(guided(table), 20_000, algorithm=algorithm, seed=3)
    assert run.report["guarantee"]["kind"] == "proven"
    assert chi_square(counts_of(run.samples, 3), table.law) < MOST_DEVIATIONS


def test_masses_are_as_good_as_log_ratios():
    table = TableOracle()
    masses = wend.oracle(
        table.masses, alphabet=3, horizon=4, kappa=table.kappa, rows="mass", name="masses"
    )
    run = wend.sample(masses, 20_000, seed=3)
    assert chi_square(counts_of(run.samples, 3), table.law) < MOST_DEVIATIONS
    assert run.report["instance"]["estimate"] == "masses"


def test_what_a_batch_says():
    seen = []

    def expand(batch):
        assert len(batch) == batch.size
        for values in (batch.slot, batch.depth, batch.symbol, batch.known):
            assert values.dtype == np.int64 and values.shape == (batch.size,)
        assert batch.prefix.shape == (batch.size, batch.depth.max())
        for row, depth, symbol in zip(batch.prefix, batch.depth, batch.symbol, strict=True):
            assert symbol == (row[depth - 1] if depth else 0)
            assert (row[depth:] == 0).all()
        assert len(set(batch.slot.tolist())) == batch.size
        assert (batch.known <= batch.depth).all()
        seen.append(batch)
        return coins(batch)

    target = wend.oracle(expand, alphabet=2, horizon=6, kappa=1)
    wend.sample(target, 100, chains=8, memo=0, visits=1, self_test="off")
    assert max(batch.size for batch in seen) == 8
    with pytest.raises(wend.UsageError, match="gone when the call has ended"):
        seen[0].prefix  # noqa: B018


def test_known_tells_what_a_slot_had():
    had = {}

    def expand(batch):
        for slot, depth, known, row in zip(
            batch.slot, batch.depth, batch.known, batch.prefix, strict=True
        ):
            before = had.get(slot, [])
            assert list(row[:known]) == before[:known]
            had[slot] = list(row[:depth])
        return coins(batch)

    target = wend.oracle(expand, alphabet=2, horizon=9, kappa=1)
    wend.sample(target, 200, chains=5, memo=0, visits=2, self_test="off")
    assert len(had) == 5


def arrays():
    yield "float64", lambda rows: rows
    yield "float32", lambda rows: rows.astype(np.float32)
    yield "transposed", lambda rows: np.asfortranarray(rows)
    yield "every second", lambda rows: np.repeat(rows, 2, axis=1)[:, ::2]
    yield "read-only", lambda rows: np.broadcast_to(rows[0], rows.shape)


@pytest.mark.parametrize("make", [a[1] for a in arrays()], ids=[a[0] for a in arrays()])
def test_kinds_of_arrays(make):
    plain = wend.oracle(coins, alphabet=2, horizon=8, kappa=1)
    other = wend.oracle(lambda batch: make(coins(batch)), alphabet=2, horizon=8, kappa=1)
    expected = wend.sample(plain, 100, seed=1)
    assert (wend.sample(other, 100, seed=1).samples == expected.samples).all()


def test_halves():
    # Numbers that half precision has: powers of two, and what is below its normal range.
    values = np.array([-1.0, -2.0**-15, -2.0**-24, -np.inf, 0.0, -0.0, -65504.0, -0.333251953125])
    seen = {}
    for kind in (np.float16, np.float64):
        target = wend.oracle(
            lambda batch, kind=kind: np.tile(values.astype(kind), (batch.size, 1)),
            alphabet=8,
            horizon=1,
        )
        seen[kind] = wend.log_mass(target, np.arange(8)[:, None]).tolist()
    assert seen[np.float16] == seen[np.float64] == values.astype(np.float32).tolist()


def raising(batch):
    raise ArithmeticError("too\nhard")


@pytest.mark.parametrize(
    ("expand", "message"),
    [
        (raising, 'oracle "oracle": ArithmeticError: too hard'),
        (lambda batch: 3, "log ratios: must be an array .* not <class 'int'>"),
        (lambda batch: np.zeros((batch.size, 3)), r"must have shape \(1, 2\), not \(1, 3\)"),
        (lambda batch: np.zeros(2), r"must have shape \(1, 2\), not \(2\)"),
        (lambda batch: np.zeros((batch.size, 2), int), "must be of float16, bfloat16, float32 or"),
        (lambda batch: np.full((batch.size, 2), np.nan), "depth 0: symbol 0: the log ratio is nan"),
        (lambda batch: np.full((batch.size, 2), -np.inf), "no child"),
    ],
)
@pytest.mark.parametrize("self_test", ["refuse", "off"])
def test_bad_answers(expand, message, self_test):
    target = wend.oracle(expand, alphabet=2, horizon=4, kappa=1)
    with pytest.raises(wend.RunError, match=message) as caught:
        wend.sample(target, 10, chains=1, self_test=self_test)
    assert isinstance(caught.value.__cause__, ArithmeticError) == (expand is raising)


def test_what_was_drawn_before_a_failure_is_kept():
    calls = [0]

    def expand(batch):
        calls[0] += 1
        if calls[0] > 100:
            raise ValueError("no more")
        return coins(batch)

    target = wend.oracle(expand, alphabet=2, horizon=5, kappa=1)
    with pytest.raises(wend.RunError, match="ValueError: no more") as caught:
        wend.sample(target, 100_000, chains=4, memo=0, visits=1, self_test="off")
    run = caught.value.run
    assert run.partial and 0 < len(run) < 100_000 and run.report["failure"]
    assert str(caught.value.__cause__) == "no more"


def test_answers_that_depend_on_the_batch():
    def expand(batch):
        return coins(batch) + 0.01 * batch.size

    target = wend.oracle(expand, alphabet=2, horizon=5, kappa=2)
    with pytest.raises(wend.RunError, match="self.test"):
        wend.sample(target, 100, chains=16)
    run = wend.sample(target, 100, chains=16, self_test="pin")
    assert run.report["oracle"]["pinned"]


def test_contexts_are_called_side_by_side():
    threads = [set(), set()]
    slots = [set(), set()]
    running = [0, 0]  # at once, most at once
    lock = threading.Lock()

    def context(number):
        def expand(batch):
            with lock:
                running[0] += 1
                running[1] = max(running)
            threads[number].add(threading.get_ident())
            slots[number].update(batch.slot.tolist())
            time.sleep(0.002)
            with lock:
                running[0] -= 1
            return coins(batch)

        return expand

    target = wend.oracle([context(0), context(1)], alphabet=2, horizon=8, kappa=1)
    both = wend.sample(target, 64, chains=32, memo=0, visits=1, threads=2, seed=9)
    assert running[1] == 2 and slots[0] and slots[1] and not slots[0] & slots[1]
    one = wend.sample(
        wend.oracle(coins, alphabet=2, horizon=8, kappa=1), 64, chains=32, visits=1, seed=9
    )
    assert (both.samples == one.samples).all()


def test_end_symbols_and_texts():
    target = wend.oracle(
        coins, alphabet=2, horizon=10, end=[1], kappa=1, symbol_bytes=[b"\xc3\xa9", ""]
    )
    run = wend.sample(target, 200, seed=1)
    assert target.end == (1,)
    assert all(text == "é" * length for text, length in zip(run.text(), run.lengths()))
    assert run.text(lambda row: str(len(row))) == [str(n) for n in run.lengths()]
    with pytest.raises(wend.UsageError, match="does not say what its symbols stand for"):
        wend.sample(wend.oracle(coins, alphabet=2, horizon=2, kappa=1), 1).text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"alphabet": 1}, "alphabet: 1 is not an integer from 2"),
        ({"horizon": 0}, "horizon: 0 is not an integer from 1"),
        ({"end": [2]}, r"end\[0\]: 2 is not an integer from 0 to 1"),
        ({"rows": "counts"}, "rows: 'counts' is not log_ratio or mass"),
        ({"kappa": 0.9}, "kappa: 0.9 is not a number of at least 1"),
        ({"symbol_bytes": [1, 2]}, "symbol_bytes: must be bytes or strings"),
        ({"expand": []}, "expand: is an empty list"),
        ({"expand": [3]}, "expand: must be a function"),
        ({"potentials": [3]}, "potentials: 3 is no potential"),
        ({"potentials": 3}, "potentials: must be a list, not 3"),
        ({"end": 2}, "end: must be a list, not 2"),
        ({"symbol_names": [1, 2]}, "symbol_names: 1 is not a string"),
        ({"ratio_bound": "high"}, "ratio_bound: 'high' is not a sequence"),
    ],
)
def test_bad_traits(options, message):
    with pytest.raises(wend.UsageError, match=message):
        wend.oracle(**{"expand": coins, "alphabet": 2, "horizon": 3, **options})


@pytest.mark.parametrize(
    ("stated", "samples", "kind", "why"),
    [
        ({"ratio_bound": [1] * 5}, 2, "none", "so few leaf visits"),
        ({"ratio_bound": [1] * 5}, 200, "proven", "leaf visit"),
        ({"kappa": 1.01}, 200, "proven", "leaf visits"),
        ({"kappa_by_depth": [1] * 5}, 200, "none", "on one side alone"),
    ],
)
def test_what_is_promised(stated, samples, kind, why):
    target = wend.oracle(lambda batch: coins(batch) - 1e-6, alphabet=2, horizon=5, **stated)
    run = wend.sample(target, samples, algorithm="lifted", seed=1)
    guarantee = run.report["guarantee"]
    assert guarantee["kind"] == kind and why in guarantee["why"]


def test_a_failure_is_forgotten_with_its_run():
    def fail(batch):
        raise ValueError("old")

    target = wend.oracle(fail, alphabet=2, horizon=3, kappa=1)
    with pytest.raises(wend.RunError):
        wend.log_mass(target, [0, 0, 0])
    with pytest.raises(wend.RunError) as caught:
        wend.sample(target, 10)
    assert str(caught.value.__cause__) == "old"
    with pytest.raises(wend.UsageError) as caught:
        wend.sample(target, algorithm="x")
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "error", [ValueError("\udcff"), type("Mute", (Exception,), {"__str__": lambda self: 1 / 0})()]
)
def test_exceptions_that_cannot_be_said(error):
    def fail(batch):
        raise error

    with pytest.raises(wend.RunError, match=type(error).__name__) as caught:
        wend.sample(wend.oracle(fail, alphabet=2, horizon=3, kappa=1), self_test="off")
    assert caught.value.__cause__ is error and "\n" not in str(caught.value)


def test_what_an_estimate_found_before_a_failure_is_kept():
    calls = [0]

    def expand(batch):
        calls[0] += 1
        if calls[0] > 60:
            raise ValueError("no more")
        return coins(batch)

    target = wend.oracle(expand, alphabet=2, horizon=3, kappa=1)
    with pytest.raises(wend.RunError, match="no more") as caught:
        wend.estimate(target, chains=2, memo=0, relative_error=1e-6, self_test="off")
    assert caught.value.run.partial and caught.value.run.log_z is not None
