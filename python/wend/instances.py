"""Instances: read from files, or made in memory with the keys that a file would have."""

from __future__ import annotations

import json
import os
import typing
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from wend import _wend
from wend._wend import Instance
from wend.errors import InputError, UsageError

Estimate = Mapping[str, typing.Any]
EXACT: Estimate = {"kind": "exact"}


def load(path: str | os.PathLike[str], *, allow_plugins: bool = False) -> Instance:
    """Reads an instance file (docs/instances.md has the kinds and their keys).

    Args:
        path: a JSON file.
        allow_plugins: whether an instance of kind "external" may load its library, whose code then
            runs in this process.

    Raises:
        InputError: one line that names the file, the key and the reason.
    """
    return _wend.load(_path(path), allow_plugins)


def document(
    keys: Mapping[str, typing.Any],
    *,
    folder: str | os.PathLike[str] = "",
    name: str | None = None,
    allow_plugins: bool = False,
) -> Instance:
    """Makes an instance from what would stand in an instance file.

    Args:
        keys: the keys of the file; ``"wend": 1`` may be left out. Wherever a file may name an .npy
            file (`leaf_mass`, `transition`, the `path` of an estimate), an array will do; other
            arrays become lists.
        folder: what relative paths in it are relative to; the current folder by default.
        name: what messages call it, without slashes; its kind in angle brackets by default.
        allow_plugins: as of `load`.

    Raises:
        InputError: one line "NAME: KEY: reason".
    """
    name = name or f"<{keys.get('kind', 'instance')}>".replace("/", " ")
    if "/" in name or "\0" in name:
        raise UsageError(f"name: {name!r} has a slash")
    arrays: dict[str, np.ndarray] = {}
    try:
        plain = _plain({"wend": 1, **keys}, arrays, "")
        text = json.dumps(plain, allow_nan=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{name}: {_line(error)}") from None
    return _wend.make(text, name, _path(folder), arrays, allow_plugins)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _path(path: str | os.PathLike[str]) -> bytes:
    """A path as the system has it. Raises InputError for what is none."""
    try:
        encoded = os.fsencode(path)
    except TypeError as error:
        raise InputError(_line(error)) from None
    if b"\0" in encoded:
        raise InputError(f"{path!r}: a path has no NUL characters")
    return encoded


def _is_array_place(place: str) -> bool:
    """Whether a file may name an .npy file here."""
    last = place.rsplit(".", 1)
    return last[-1] in ("leaf_mass", "transition") or place.endswith("estimate.path")


def _plain(value: typing.Any, arrays: dict[str, np.ndarray], place: str) -> typing.Any:
    """A value as JSON has it; arrays that files would hold go to `arrays`, by their places."""
    if isinstance(value, Mapping):
        return {
            str(key): _plain(element, arrays, f"{place}.{key}" if place else str(key))
            for key, element in value.items()
            if element is not None
        }
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if _is_array_place(place) and not isinstance(value, str):
        arrays[place] = _array(value, place)
        return {"array": place}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(element, arrays, f"{place}[{i}]") for i, element in enumerate(value)]
    return value


def _array(value: npt.ArrayLike, place: str) -> np.ndarray:
    """Numbers in C order and the machine's byte order, of a type that .npy files may have."""
    array = np.asarray(value)
    if array.dtype.kind not in "iuf" or array.dtype.itemsize not in (1, 2, 4, 8):
        raise TypeError(f"{place}: must be numbers, not {array.dtype}")
    if array.dtype == np.float16:
        raise TypeError(f"{place}: must be float32, float64 or integers, not float16")
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def tree(
    leaf_mass: npt.ArrayLike,
    *,
    alphabet: int | None = None,
    horizon: int | None = None,
    estimate: Estimate = EXACT,
) -> Instance:
    """A complete tree with a table of its leaves' masses.

    Args:
        leaf_mass: A^H masses, an array of H dimensions of A elements each; or of one dimension,
            first symbol most significant, with `alphabet` and `horizon`.
        alphabet: A.
        horizon: H.
        estimate: of the nodes' masses: ``{"kind": "exact"}``; ``{"kind": "noise", "model": "iid",
            "kappa": 2, "seed": 1}`` ("sign" is the other model); or ``{"kind": "file", "path":
            values}`` with an array of all nodes' estimates, breadth first.

    Raises:
        InputError: masses that are negative, not finite or all zero, sizes that do not fit.
    """
    try:
        masses = np.asarray(leaf_mass)
    except ValueError as error:
        raise InputError(f"<tree>: leaf_mass: {_line(error)}") from None
    if alphabet is None and horizon is None and masses.ndim > 0:
        alphabet, horizon = masses.shape[0], masses.ndim
        if masses.shape != (alphabet,) * horizon:
            raise InputError(
                f"<tree>: leaf_mass: has shape {masses.shape}; without `alphabet` and `horizon` "
                "all dimensions must be alike"
            )
    return document(
        {
            "kind": "tree",
            "alphabet": alphabet,
            "horizon": horizon,
            "leaf_mass": masses.reshape(-1),
            "estimate": estimate,
        }
    )


def knapsack(
    weights: Sequence[int],
    capacity: int,
    *,
    values: Sequence[float] | None = None,
    temperature: float | None = None,
    estimate: Estimate = EXACT,
) -> Instance:
    """Selections of items that a knapsack holds; symbol 1 takes the item.

    Args:
        weights: H whole numbers.
        capacity: what the weights taken may sum to.
        values: H numbers; a selection's mass is exp(sum of values / temperature), else 1.
        temperature: goes with `values`; above 0.
        estimate: ``{"kind": "exact"}``, ``{"kind": "noise", ...}`` as of `tree`, or ``{"kind":
            "rounded", "kappa": 1.5}`` for capacities beyond any table.
    """
    return document(
        {
            "kind": "knapsack",
            "weights": np.asarray(weights).tolist(),
            "capacity": capacity,
            "values": None if values is None else np.asarray(values).tolist(),
            "temperature": temperature,
            "estimate": estimate,
        }
    )


def ngram(
    *,
    order: int,
    horizon: int,
    corpus: str | os.PathLike[str] | None = None,
    transition: npt.ArrayLike | None = None,
    smoothing: float | None = None,
    forbid: Iterable[typing.Any] | None = None,
    require: Iterable[typing.Any] | None = None,
    estimate: Estimate = EXACT,
) -> Instance:
    """Words of an n-gram model, with substrings that are forbidden or required.

    Args:
        order: n of the n-grams.
        horizon: H; words that end earlier are filled with the end symbol, 0.
        corpus: a text file, one word a line.
        transition: in its place, A^(order-1) rows of A weights, oldest symbol of the history most
            significant; a path of an .npy file will do, too.
        smoothing: added to every count, with a corpus.
        forbid, require: strings, or without a corpus lists of symbols.
        estimate: ``{"kind": "exact"}``, ``{"kind": "noise", ...}`` or ``{"kind": "lookahead",
            "depth": d}``, which sees the constraints d symbols ahead.
    """
    return document(
        {
            "kind": "ngram",
            "corpus": corpus,
            "transition": transition,
            "order": order,
            "horizon": horizon,
            "smoothing": smoothing,
            "forbid": None if forbid is None else patterns("forbid", forbid),
            "require": None if require is None else patterns("require", require),
            "estimate": estimate,
        }
    )


def class_target(
    *,
    horizon: int | None = None,
    family: Mapping[str, typing.Any] | None = None,
    members: Sequence[typing.Any] | None = None,
    truth: int | None = None,
    kappa: float | None = None,
    **keys: typing.Any,
) -> Instance:
    """A target that is known to be one of a class's members, for ``algorithm="class-elimination"``.

    The keys are those of kind "class" in docs/instances.md.
    """
    return document(
        {
            "kind": "class",
            "horizon": horizon,
            "family": family,
            "members": members,
            "truth": truth,
            "kappa": kappa,
            **keys,
        }
    )


def neural(
    model: str | os.PathLike[str],
    *,
    horizon: int,
    prompt: Sequence[int] = (),
    end: Sequence[int] | None = None,
    top_k: int | None = None,
    temperature: float | None = None,
    power: float | None = None,
    symbols: typing.Any = None,
    potentials: Sequence[Mapping[str, typing.Any]] | None = None,
    value: Mapping[str, typing.Any] | None = None,
    **keys: typing.Any,
) -> Instance:
    """Sequences of a neural network that wend evaluates itself (docs/neural.md).

    Args:
        model: a folder in the Hugging Face layout, or a .safetensors file with `architecture`.
        horizon: H, the most symbols drawn.
        prompt: symbols that are read first.
        end: symbols that complete a sequence.
        top_k, temperature, power: of each next symbol's law; `power` is of the whole sequence's.
        symbols: what symbols stand for: a list of strings, or the path of a file with it.
        potentials, value: factors, as in an instance file.
    """
    return document(
        {
            "kind": "neural",
            "model": model,
            "horizon": horizon,
            "prompt": np.asarray(prompt).tolist(),
            "end": None if end is None else np.asarray(end).tolist(),
            "top_k": top_k,
            "temperature": temperature,
            "power": power,
            "symbols": symbols,
            "potentials": potentials,
            "value": value,
            **keys,
        }
    )


def patterns(name: str, given: Iterable[typing.Any]) -> list[typing.Any]:
    """A list of patterns. Raises UsageError for one string, which would be split into letters."""
    if isinstance(given, (str, bytes)):
        raise UsageError(f"{name}: must be a list of patterns, not one of them")
    return list(given)
