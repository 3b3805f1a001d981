"""What wend raises."""

from __future__ import annotations

import typing

if typing.TYPE_CHECKING:
    from wend.estimates import Estimates
    from wend.rates import Rates
    from wend.run import Run


class Error(Exception):
    """Every error that wend reports: one line that names what is wrong."""


class UsageError(Error, ValueError):
    """An option that does not fit: the line begins with its name."""


class InputError(Error, ValueError):
    """An instance, or a file that it names, is refused."""


class RunError(Error, RuntimeError):
    """Memory, the device, the disk, an oracle or a counter law failed.

    Attributes:
        run: what was drawn, estimated or measured before that, marked partial, or None. Where an
            oracle of your own raised an exception, that is the error's ``__cause__``.
    """

    run: Run | Estimates | Rates | None = None
