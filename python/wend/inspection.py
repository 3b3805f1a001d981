"""What is known of an instance without drawing from it."""

from __future__ import annotations

import html
import json
import typing

from wend._wend import Instance
from wend.calls import check_instance


class Inspection(dict[str, typing.Any]):
    """What ``wend inspect --json`` prints, as a dictionary; ``str()`` is the table for people."""

    def __init__(self, facts: dict[str, typing.Any], text: str) -> None:
        super().__init__(facts)
        self._text = text

    def __str__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self._text)}</pre>"


def inspect(instance: Instance) -> Inspection:
    """Sizes, memory, accuracy, and what each algorithm would cost with the default options."""
    check_instance(instance)
    return Inspection(json.loads(instance._inspection()), instance._inspection_text())
