"""Training: options as the command's, buckets that a function names, and the law."""

import numpy as np
import pytest

import wend

A, H = 3, 6


def logs(prefix):
    """Log ratios by the sum of the prefix: far from masses."""
    total = sum(prefix)
    row = np.array([(total * 7 + c * 5) % 11 for c in range(A)], float) / 3
    return row - 2


def rows(batch, prefixes):
    return np.stack([logs(p) for p in prefixes]).astype("f4")


def prefixes_of(batch):
    return [tuple(int(s) for s in batch.prefix[i, : batch.depth[i]]) for i in range(batch.size)]


def with_buckets(batch):
    prefixes = prefixes_of(batch)
    own = np.array([sum(p) for p in prefixes])
    return rows(batch, prefixes), own[:, None] + np.arange(A), own


def features():
    return [[b, b * b / 10] for b in range(2 * H + A)]


def law():
    masses = {}
    for number in range(A**H):
        leaf = tuple(number // A**k % A for k in reversed(range(H)))
        masses[leaf] = np.exp(sum(np.float32(logs(leaf[:h])[leaf[h]]) for h in range(H)))
    total = sum(masses.values())
    return {leaf: mass / total for leaf, mass in masses.items()}


@pytest.mark.parametrize("adapt", ["auto", "depth", "bucket", "features"])
def test_draws_have_the_law(adapt):
    target = wend.oracle(with_buckets, alphabet=A, horizon=H, buckets=2 * H + A, bucket_why="sum",
                         bucket_features=features())
    run = wend.sample(target, 20_000, algorithm="lifted", adapt=adapt, chains=200, visits=60,
                      thin=20, seed=4)
    assert run.report["adaptation"]["stages"] >= 1
    exact = law()
    leaves, counts = np.unique(run.samples, axis=0, return_counts=True)
    seen = dict(zip(map(tuple, leaves.tolist()), counts / len(run.samples)))
    distance = sum(abs(seen.get(leaf, 0) - mass) for leaf, mass in exact.items()) / 2
    # Of independent draws this is sqrt(leaves / draws) at most in the mean, 0.1: a tenth of it more.
    assert distance < 0.11


def test_buckets_by_their_name_and_what_they_bring():
    target = wend.oracle(with_buckets, alphabet=A, horizon=H, buckets=2 * H + A, bucket_why="sum")
    run = wend.sample(target, 2_000, algorithm="lifted", adapt="bucket", seed=4)
    families = {f["name"]: f["queries_per_effective_sample"]
                for f in run.report["adaptation"]["families"]}
    assert any("depth and sum" in name for name in families)
    assert "adapt" in run.report["options"] and run.report["options"]["adapt"] == "bucket"


def test_features_of_symbols_stand_in_for_buckets():
    target = wend.oracle(lambda batch: rows(batch, prefixes_of(batch)), alphabet=A, horizon=H,
                         bucket_features=np.array([[0.0, 1], [1, 0], [2, 5]]))
    run = wend.sample(target, 2_000, algorithm="lifted", adapt="features", seed=4)
    assert "depth and features of last symbol" in run.report["adaptation"]["family"]


def test_what_does_not_fit_is_refused():
    plain = wend.oracle(lambda batch: rows(batch, prefixes_of(batch)), alphabet=A, horizon=H)
    with pytest.raises(wend.UsageError, match="adapt"):
        wend.sample(plain, 10, adapt="nonsense")
    with pytest.raises(wend.UsageError, match="adapt_floor"):
        wend.sample(plain, 10, adapt="auto", adapt_floor=2)
    with pytest.raises(wend.UsageError, match="scouts"):
        wend.sample(plain, 10, algorithm="lifted", scouts=5)
    short = wend.oracle(lambda batch: rows(batch, prefixes_of(batch)), alphabet=A, horizon=H,
                        buckets=4)
    with pytest.raises(wend.RunError, match="buckets"):
        wend.sample(short, 10, algorithm="lifted", adapt="bucket")

    def out_of_range(batch):
        log_ratio, bucket, own = with_buckets(batch)
        return log_ratio, bucket + 1000, own

    for rows_given in ([[1.0]] * 3, [[1.0], [1.0, 2.0], [1.0], [1.0]], [["x"]] * 4, 3,
                       [[1.0] * 65] * 4, [[]] * 4, [[np.nan]] * 4):
        with pytest.raises(wend.UsageError, match="bucket_features"):
            wend.oracle(with_buckets, alphabet=A, horizon=H, buckets=4, bucket_features=rows_given)

    with pytest.raises(wend.UsageError, match="3 rows, one a symbol"):
        wend.oracle(lambda batch: rows(batch, prefixes_of(batch)), alphabet=A, horizon=H,
                    bucket_features=[[1.0]] * 4)

    wrong = wend.oracle(out_of_range, alphabet=A, horizon=H, buckets=4)
    with pytest.raises(wend.RunError, match="bucket"):
        wend.sample(wrong, 10, algorithm="lifted", adapt="bucket")
