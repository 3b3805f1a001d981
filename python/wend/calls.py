"""Calls that last: their progress, and what becomes of a failure."""

from __future__ import annotations

import typing
from collections.abc import Callable

from wend._wend import Instance
from wend.errors import Error, RunError, UsageError
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

    A run that an oracle ended raises a RunError that has what was done before it; one that was
    interrupted twice before anything was done raises the KeyboardInterrupt.
    """
    check_instance(instance)
    instance._take_failure()  # of calls that nobody asked about
    with Progress.of(progress) as bar:
        try:
            found = run(instance, options, bar.tick)
        except Error as error:
            raise_from_callback(instance, error)
    done = result(found)
    failure = getattr(found, "failure", "")
    if failure:
        cause = instance._take_failure()
        if isinstance(cause, KeyboardInterrupt):
            return done
        error = RunError(failure)
        error.run = done
        raise error from cause
    return done


def check_instance(instance: Instance) -> None:
    """Raises UsageError for what is no instance."""
    if not isinstance(instance, Instance):
        raise UsageError(
            f"instance: must be a wend.Instance (of wend.load, wend.oracle, ..), "
            f"not {type(instance).__name__}"
        )


def raise_from_callback(instance: Instance, error: Error) -> typing.NoReturn:
    """Raises `error` with the exception of a callback as its cause, or an interrupt itself."""
    cause = instance._take_failure()
    if isinstance(cause, KeyboardInterrupt):
        raise cause
    raise error from cause
