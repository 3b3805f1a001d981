"""A jitted function as an oracle."""

import itertools

import numpy as np
import pytest

jax = pytest.importorskip("jax")

import jax.numpy as jnp  # noqa: E402
import wend  # noqa: E402
import wend.jax  # noqa: E402

A, H = 4, 5


def law(prefix, depth):
    """A law that depends on the whole prefix."""
    weight = jnp.where(jnp.arange(prefix.shape[1]) < depth[:, None], prefix + 1, 0)
    state = (weight * jnp.arange(1, prefix.shape[1] + 1)).sum(axis=1, keepdims=True)
    return jax.nn.log_softmax(jnp.sin(state * (1.0 + jnp.arange(A))), axis=1)


def leaf_log_mass():
    leaves = np.array(list(itertools.product(range(A), repeat=H)), np.int32)
    total = np.zeros(len(leaves))
    for h in range(H):
        prefix = np.where(np.arange(H - 1) < h, leaves[:, : H - 1], 0)
        rows = np.asarray(law(prefix, np.full(len(leaves), h)))
        total += rows[np.arange(len(leaves)), leaves[:, h]]
    return leaves, total


@pytest.mark.parametrize("buckets", [16, (1, 4, 16)])
def test_masses_and_draws(buckets):
    instance = wend.jax.oracle(
        law, A, H, buckets=buckets, ratio_bound=[1.0] * H, kappa_by_depth=[1.0] * H,
    )  # fmt: skip
    leaves, log_mass = leaf_log_mass()
    assert np.allclose(wend.log_mass(instance, leaves), log_mass, atol=1e-5)
    run = wend.sample(instance, 20_000, seed=6)
    codes = run.samples.astype(int) @ A ** np.arange(H - 1, -1, -1)
    distance = np.abs(np.bincount(codes, minlength=A**H) / 20_000 - np.exp(log_mass)).sum() / 2
    assert distance < 0.12  # 1,024 leaves: 0.08 by chance


def test_one_compilation_for_one_bucket():
    traced = []

    def counted(prefix, depth):
        traced.append(prefix.shape)
        return law(prefix, depth)

    wend.sample(wend.jax.oracle(counted, A, H, buckets=16), 500, seed=6, visits=3)
    assert traced == [(16, H - 1)]


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
def test_float_types(dtype):
    instance = wend.jax.oracle(lambda p, d: law(p, d).astype(dtype), A, H)
    leaves, log_mass = leaf_log_mass()
    assert np.allclose(wend.log_mass(instance, leaves[:64]), log_mass[:64], atol=0.1)


def test_masses_as_rows():
    """w(u) of 2^-depth and (c + 1) times a tenth of it for the children."""

    def masses(prefix, depth):
        own = 2.0 ** -depth.astype(jnp.float32)
        return own[:, None] * (1 + jnp.arange(A)) / 10, own

    instance = wend.jax.oracle(masses, A, 1, rows="mass")
    run = wend.sample(instance, 20_000, seed=1, visits=8)
    assert np.bincount(run.samples[:, 0]) / 20_000 == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.02)


def test_refusal_and_failure():
    with pytest.raises(wend.UsageError):
        wend.jax.oracle(law, A, H, buckets=())

    def broken(prefix, depth):
        raise ArithmeticError("no rows today")

    with pytest.raises(Exception, match="no rows today"):
        wend.sample(wend.jax.oracle(broken, A, H), 10, visits=1)
