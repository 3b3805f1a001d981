"""What an instance says when it is asked: masses of sequences, rows of prefixes."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from wend._wend import Instance
from wend.calls import check_instance, raise_from_callback
from wend.errors import Error, UsageError


def log_mass(instance: Instance, symbols: npt.ArrayLike) -> np.ndarray:
    """ln g of sequences, -inf where there is no mass.

    Args:
        symbols: (n, H) integers below A, or (H) for one sequence. What follows an end symbol is of
            no matter.

    Returns:
        (n,) float64, or a scalar for one sequence. Of an oracle, H evaluations a sequence.
    """
    check_instance(instance)
    array = _symbols("symbols", symbols, instance.alphabet)
    try:
        masses = instance._log_mass(np.atleast_2d(array))
    except Error as error:
        raise_from_callback(instance, error)
    return masses if array.ndim > 1 else masses[0]


def rows(instance: Instance, prefixes: npt.ArrayLike) -> np.ndarray:
    """ln( w(c)/w(u) ) of every child c of prefixes u: what the oracle says, potentials included.

    At the last level, and for end symbols, the child is a leaf and w(c) its mass.

        >>> import wend
        >>> wend.rows(wend.tree([[1, 2], [3, 4]]), [[0], [1]]).shape
        (2, 2)

    Args:
        prefixes: (n, d) integers below A, d below H; (n, 0) is the root, n times. Prefixes must not
            go on behind an end symbol. (d) for one prefix.

    Returns:
        (n, A) float32, or (A) for one prefix; -inf where w(c) is 0. An evaluation each, in batches
        of 64 or what the oracle takes; nothing is remembered, and nothing checked. Where rows are masses the root's is
        on a scale of its own.

    Raises:
        UsageError: such prefixes there are not; the instance is being sampled.
    """
    check_instance(instance)
    array = _symbols("prefixes", prefixes, instance.alphabet)
    if array.shape[-1] >= instance.horizon:
        raise UsageError(
            f"prefixes: must be shorter than the horizon, {instance.horizon}, "
            f"not of {array.shape[-1]} symbols"
        )
    try:
        found = instance._rows(np.atleast_2d(array))
    except Error as error:
        raise_from_callback(instance, error)
    return found if array.ndim > 1 else found[0]


def _symbols(name: str, values: npt.ArrayLike, alphabet: int) -> np.ndarray:
    """(n, length) or (length), uint32, in C order."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise UsageError(f"{name}: {' '.join(str(error).split())}") from None
    if array.ndim not in (1, 2):
        raise UsageError(f"{name}: must have one dimension or two, not {array.ndim}")
    if array.size and (not np.issubdtype(array.dtype, np.integer) or array.min() < 0):
        raise UsageError(f"{name}: must be integers, 0 or more")
    if array.size and array.max() >= alphabet:
        raise UsageError(f"{name}: {array.max()} is not below the alphabet's size, {alphabet}")
    return np.ascontiguousarray(array, dtype=np.uint32)
