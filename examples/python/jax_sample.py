"""A recurrent network in JAX as an oracle, and what the walk costs beside listing everything."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import wend
import wend.jax

A, H, WIDTH, DRAWS = 6, 5, 32, 20_000
keys = jax.random.split(jax.random.key(4), 4)
embedding = jax.random.normal(keys[0], (A, WIDTH))
recurrent = jax.random.normal(keys[1], (WIDTH, WIDTH)) / WIDTH**0.5
head = 2 * jax.random.normal(keys[2], (WIDTH, A)) / WIDTH**0.5
reward = jax.random.normal(keys[3], (A,))
reward -= reward.max()  # at most 1, so that no row sums to more than 1


def rows(prefix, depth):
    """ln p(c | prefix) of a network, times e^reward of every symbol: an unnormalised target."""

    def step(state, at):
        moved = jnp.tanh(state @ recurrent + embedding[prefix[:, at]])
        return jnp.where((at < depth)[:, None], moved, state), None

    state, _ = jax.lax.scan(step, jnp.zeros((prefix.shape[0], WIDTH)), jnp.arange(H - 1))
    return jax.nn.log_softmax(state @ head) + reward


bounds = {"ratio_bound": [1.0] * H, "kappa_by_depth": [1.0] * H, "kappa_why": "rewards <= 1"}
instance = wend.jax.oracle(rows, A, H, buckets=32, **bounds)
sequences = np.array(list(itertools.product(range(A), repeat=H)))
mass = np.exp(wend.log_mass(instance, sequences))
print(f"{len(mass)} sequences, Z = {mass.sum():.4f}")
print("ln Z by listing:", np.log(mass.sum()))
print(wend.estimate(instance, of="log-z", seed=1))
for name, options in {
    "lifted walk": {},
    "forward, rejection": {"algorithm": "sequential"},
    "forward alone (biased)": {"algorithm": "sequential", "correct": "none"},
}.items():
    run = wend.sample(instance, DRAWS, seed=2, **options)
    counts = np.bincount(run.samples @ A ** np.arange(H - 1, -1, -1), minlength=len(mass))
    distance = np.abs(counts / DRAWS - mass / mass.sum()).sum() / 2
    print(f"{name}: TV {distance:.3f}, {run.report['oracle']['evaluations']} evaluations")
