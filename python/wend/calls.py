"""Calls that last: their progress, and what becomes of a failure."""

from __future__ import annotations

import typing
from collections.abc import Callable

from wend._wend import Instance
from wend.errors import Error, RunError
from wend.progress import Progress

Result = typing.TypeVar("Result")


def called(
    run: Callable[..., typing.Any],
    result: Callable[[typing.Any], Result],
    instance: Instance,
    options: dict[str, typing.Any],
    progress: bool | None,
) -> Result:
    """``result(run(instance, options, tick))``, with what an oracle of the user's raised as cause.

    A run that an oracle ended raises a RunError that has what was done before it.
    """
    with Progress.of(progress) as bar:
        try:
            found = run(instance, options, bar.tick)
        except Error as error:
            raise error from _cause(instance)
    done = result(found)
    failure = getattr(found, "failure", "")
    if failure:
        cause = _cause(instance)
        if isinstance(cause, KeyboardInterrupt):
            return done
        error = RunError(failure)
        error.run = done if hasattr(done, "samples") else None
        raise error from cause
    return done


def _cause(instance: Instance) -> BaseException | None:
    return instance._take_failure()
